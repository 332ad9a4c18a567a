//! Inline requests: a line of words, for people with nothing but a terminal.
//!
//! Words are separated by blanks. `"..."` may hold blanks and the escapes `\n \r \t \b \a \xHH`
//! (any other `\c` is c); `'...'` may hold blanks and `\'`. A quote may open in mid-word, but it
//! ends the word: what follows must be a blank or the end of the line.
//!
//! The words may differ from the bytes on the wire, so the result owns its bytes. This is never the
//! fast path; a line is searched for its end anew each time more of it has come, at memory speed.

use memchr::memchr;

use crate::request::OwnedRequest;
use crate::resp::parse::{Limits, ProtocolError, Step};

/// Parses the line that begins at `buffer[from]` and ends in LF or CRLF.
#[cold]
pub(super) fn parse(buffer: &[u8], from: usize, limits: &Limits) -> Result<Step, ProtocolError> {
    let rest = &buffer[from..];
    let window = &rest[..rest.len().min(limits.inline_len_max.saturating_add(1))];
    let Some(len) = memchr(b'\n', window) else {
        if rest.len() > limits.inline_len_max {
            return Err(ProtocolError::TooBigInline);
        }
        return Ok(Step::Incomplete { needed: 1 });
    };
    let line = &rest[..len];
    let request = split(line.strip_suffix(b"\r").unwrap_or(line))?;
    let end = from + len + 1;
    if request.as_request().is_empty() {
        return Ok(Step::Skip { end });
    }
    Ok(Step::Inline { end, request: Box::new(request) })
}

/// Splits a line into words.
fn split(line: &[u8]) -> Result<OwnedRequest, ProtocolError> {
    let mut request = OwnedRequest::default();
    let mut rest = line;
    loop {
        let blanks = rest.iter().take_while(|&&byte| is_blank(byte)).count();
        rest = &rest[blanks..];
        if rest.is_empty() {
            return Ok(request);
        }
        request.begin_argument();
        rest = take_word(rest, &mut request)?;
    }
}

/// Appends one word to the argument begun last; returns what follows it.
fn take_word<'a>(word: &'a [u8], request: &mut OwnedRequest) -> Result<&'a [u8], ProtocolError> {
    let is_end = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'"' | b'\'');
    let plain = word.iter().position(is_end).unwrap_or(word.len());
    request.extend_argument(&word[..plain]);
    let rest = match &word[plain..] {
        [b'"', quoted @ ..] => take_quoted(quoted, b'"', unescape_double, request)?,
        [b'\'', quoted @ ..] => take_quoted(quoted, b'\'', unescape_single, request)?,
        rest => return Ok(rest),
    };
    match rest.first() {
        Some(&byte) if !is_blank(byte) => Err(ProtocolError::UnbalancedQuotes),
        _ => Ok(rest),
    }
}

/// Appends what is quoted, up to the closing `quote`; returns what follows that.
fn take_quoted<'a>(
    mut text: &'a [u8],
    quote: u8,
    unescape: fn(&[u8]) -> Option<(u8, usize)>,
    request: &mut OwnedRequest,
) -> Result<&'a [u8], ProtocolError> {
    loop {
        let first = *text.first().ok_or(ProtocolError::UnbalancedQuotes)?;
        let (byte, len) = match unescape(text) {
            Some(unescaped) => unescaped,
            None if first == quote => return Ok(&text[1..]),
            None => (first, 1),
        };
        request.extend_argument(&[byte]);
        text = &text[len..];
    }
}

/// The byte that an escape at the front of double-quoted text stands for, and the escape's length.
fn unescape_double(text: &[u8]) -> Option<(u8, usize)> {
    match *text {
        [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            let digit = |c: u8| char::from(c).to_digit(16).unwrap_or(0) as u8;
            Some((digit(high) * 16 + digit(low), 4))
        }
        [b'\\', b'n', ..] => Some((b'\n', 2)),
        [b'\\', b'r', ..] => Some((b'\r', 2)),
        [b'\\', b't', ..] => Some((b'\t', 2)),
        [b'\\', b'b', ..] => Some((0x08, 2)),
        [b'\\', b'a', ..] => Some((0x07, 2)),
        [b'\\', byte, ..] => Some((byte, 2)),
        _ => None,
    }
}

/// The same for single-quoted text, which knows only one.
fn unescape_single(text: &[u8]) -> Option<(u8, usize)> {
    text.starts_with(b"\\'").then_some((b'\'', 2))
}

/// What C calls white space. (Vertical tab and form feed begin a word nowhere but end none either.)
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[u8], expected: Option<&[&[u8]]>) {
        let words = split(line);
        let words = words.as_ref().ok().map(|request| request.as_request().iter().collect());
        assert_eq!(words, expected.map(<[_]>::to_vec), "{}", line.escape_ascii());
    }

    #[test]
    fn lines_split_as_redis_splits_them() {
        check(b"", Some(&[]));
        check(b" \t\x0b\x0c\r ", Some(&[]));
        check(b"GET  key\t", Some(&[b"GET", b"key"]));
        check(b"PING\r", Some(&[b"PING"]));
        check(b"\x0bECHO a\x0bb", Some(&[b"ECHO", b"a\x0bb"]));
        check(b"\xff\xc3 \x00", Some(&[b"\xff\xc3", b"\x00"]));
        check(br#""""#, Some(&[b""]));
        check(br#"'' "" x"#, Some(&[b"", b"", b"x"]));
        check(br#"ECHO "a\x41\n\r\t\b\a\q\"\\""#, Some(&[b"ECHO", b"aA\n\r\t\x08\x07q\"\\"]));
        check(br#""\x4" "\xzz\x4a\x4B\xfF""#, Some(&[b"x4", b"xzzJK\xff"]));
        check(br"'a\'b\n\x41' x", Some(&[br"a'b\n\x41", b"x"]));
        check(br#"a"b c" d'e f'"#, Some(&[b"ab c", b"de f"]));
        check(b"\"a\"\x0bb", Some(&[b"a", b"b"]));
        check(br#""it's" '"'"#, Some(&[b"it's", b"\""]));
    }

    #[test]
    fn quotes_must_close_and_end_the_word() {
        for line in
            [r#"""#, "'", r#""a"#, r#""a\"#, r#""a\""#, "'a'b", r#""a"b"#, r#"""a"#, "a'b", r"'\'"]
        {
            check(line.as_bytes(), None);
        }
    }
}
