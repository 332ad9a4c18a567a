//! Text as redis-cli reads it: lenient numbers, URI escapes, the words of lines and options.
//!
//! Must be true: what is read here is read as redis-cli reads it, since scripts are written for it.

use std::io;

pub(crate) use base::words::split;

/// The one word that `text` is, quotes and escapes taken away.
pub(crate) fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let mut words = split(text)?;
    (words.len() == 1).then(|| words.swap_remove(0))
}

/// Cuts a pasted text at the line ends that lie outside quotes.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    let (mut lines, mut start, mut quote, mut escaped) = (Vec::new(), 0, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            // Within single quotes a backslash means itself, but before one of them.
            (Some('\''), '\\') => escaped = text[at + 1..].starts_with('\''),
            (Some(_), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if c == open => quote = None,
            (None, '\n') => {
                lines.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    lines.push(&text[start..]);
    lines
}

/// Whether this byte separates words.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16);
    Some((value(*high)? * 16 + value(*low)?) as u8)
}

/// The integer that a text begins with, 0 if none: options are read this way.
pub(crate) fn leading_integer(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let mut value = 0i64;
    for digit in digits.iter().take_while(|b| b.is_ascii_digit()) {
        value = value.saturating_mul(10).saturating_add((digit - b'0').into());
    }
    if negative { -value } else { value }
}

/// The decimal number that a text begins with, 0 if none.
pub(crate) fn leading_number(text: &[u8]) -> f64 {
    let text = text.trim_ascii();
    let is_part = |b: &&u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    let len = text.iter().take_while(is_part).count();
    let text = String::from_utf8_lossy(&text[..len]);
    (0..=text.len()).rev().find_map(|end| text[..end].parse().ok()).unwrap_or(0.0)
}

/// Replaces `%xx` by the byte it stands for.
pub(crate) fn percent_decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let Some(digits) = after.get(..2) else { return Err("Incomplete URI encoding".into()) };
        let bad = || "Illegal character in URI encoding".to_string();
        decoded.push(hex_byte(digits).ok_or_else(bad)?);
        rest = &after[2..];
    }
    Ok(decoded)
}

/// What the system says, without Rust's number at its end.
pub(crate) fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(text).to_owned()
}

/// Text for people: what is no UTF-8 is replaced.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_is_cut_outside_quotes() {
        assert_eq!(lines("a\nb"), ["a", "b"]);
        assert_eq!(lines("set k 'x\\y\\''\nb"), ["set k 'x\\y\\''", "b"]);
        assert_eq!(lines("set k \"x\ny\\\"\"\nget k"), ["set k \"x\ny\\\"\"", "get k"]);
    }

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        assert_eq!(leading_integer(b" -12x"), -12);
        assert_eq!(leading_integer(b"x"), 0);
        assert_eq!(leading_number(b"0.5s"), 0.5);
        assert_eq!(leading_number(b""), 0.0);
    }

    #[test]
    fn uri_escapes_are_bytes() {
        assert_eq!(percent_decode(b"a%20%fF"), Ok(b"a \xff".to_vec()));
        assert!(percent_decode(b"%4").is_err());
        assert!(percent_decode(b"%4g").is_err());
    }
}
