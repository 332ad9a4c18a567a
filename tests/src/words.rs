//! One line of text to the words of a command and back, quoted as redis-cli quotes.
//!
//! Double quotes understand `\n \r \t \b \a \\ \" \xHH`, single quotes only `\'`. One addition:
//! a quoted word may be followed by `*N`, which repeats it N times (`"ab"*1000`).

use thiserror::Error;

/// Why a line could not be split into words.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WordsError {
    /// A quote was opened and not closed on the line.
    #[error("unbalanced quotes")]
    Unbalanced,
    /// Something stands directly behind a closing quote that is neither a space nor `*N`.
    #[error("a closing quote must be followed by a space or by *N")]
    Glued,
}

/// Splits a line into words.
pub fn split(line: &str) -> Result<Vec<Vec<u8>>, WordsError> {
    let mut words = Vec::new();
    let mut rest = line.as_bytes().trim_ascii();
    while !rest.is_empty() {
        let (word, after) = match rest[0] {
            b'"' | b'\'' => {
                let (word, after) = quoted(rest)?;
                if after.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                    return Err(WordsError::Glued);
                }
                (word, after)
            }
            _ => {
                let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                (rest[..end].to_vec(), &rest[end..])
            }
        };
        words.push(word);
        rest = after.trim_ascii_start();
    }
    Ok(words)
}

/// Reads one quoted word from the start of `text`, with its `*N`; returns it and what follows.
pub fn quoted(text: &[u8]) -> Result<(Vec<u8>, &[u8]), WordsError> {
    let quote = text[0];
    let mut word = Vec::new();
    let mut at = 1;
    loop {
        let byte = *text.get(at).ok_or(WordsError::Unbalanced)?;
        at += 1;
        match byte {
            b'\\' if quote == b'"' => {
                let escape = *text.get(at).ok_or(WordsError::Unbalanced)?;
                at += 1;
                let hex = text.get(at..at + 2).and_then(hex_byte);
                match (escape, hex) {
                    (b'x', Some(value)) => {
                        word.push(value);
                        at += 2;
                    }
                    _ => word.push(unescape(escape)),
                }
            }
            b'\\' if text.get(at) == Some(&b'\'') => {
                word.push(b'\'');
                at += 1;
            }
            _ if byte == quote => break,
            _ => word.push(byte),
        }
    }
    let after = &text[at..];
    let Some(count) = after.strip_prefix(b"*") else { return Ok((word, after)) };
    let digits = count.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let times = std::str::from_utf8(&count[..digits]).ok().and_then(|text| text.parse().ok());
    Ok((word.repeat(times.ok_or(WordsError::Glued)?), &count[digits..]))
}

/// Writes bytes as a double-quoted word on one ASCII line.
pub fn quote(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            7 => text.push_str("\\a"),
            8 => text.push_str("\\b"),
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            32..=126 => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push('"');
    text
}

fn unescape(escape: u8) -> u8 {
    match escape {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    }
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_and_unquoted() {
        let words = split(r#"SET 'a b' "c\x00\n\"" "xy"*3 """#).unwrap();
        let expected: [&[u8]; 5] = [b"SET", b"a b", b"c\0\n\"", b"xyxyxy", b""];
        assert_eq!(words, expected);
    }

    #[test]
    fn broken_quotes_are_refused() {
        assert_eq!(split("SET \"a"), Err(WordsError::Unbalanced));
        assert_eq!(split("SET \"a\"b"), Err(WordsError::Glued));
    }

    #[test]
    fn quoting_and_splitting_are_inverse() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(split(&quote(&all)).unwrap(), [all]);
    }
}
