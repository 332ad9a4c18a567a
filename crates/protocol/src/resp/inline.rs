//! Inline requests: a line of words, for people with nothing but a terminal.
//!
//! How words are quoted is written down in [`base::words`].
//!
//! The words may differ from the bytes on the wire, so the result owns its bytes. This is never the
//! fast path; a line is searched for its end anew each time more of it has come, at memory speed.

use base::words;
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
    let words = words::split(line).ok_or(ProtocolError::UnbalancedQuotes)?;
    let mut request = OwnedRequest::default();
    for word in words {
        request.begin_argument();
        request.extend_argument(&word);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_into_arguments() {
        let request = split(b"SET 'a b' \"\\x41\" ").expect("words");
        let words: Vec<&[u8]> = request.as_request().iter().collect();
        assert_eq!(words, [&b"SET"[..], b"a b", b"A"]);
        assert!(split(b"").expect("no words").as_request().is_empty());
        assert!(matches!(split(b"'a'b"), Err(ProtocolError::UnbalancedQuotes)));
    }
}
