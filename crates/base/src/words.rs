//! Words of one line, quoted the way redis.conf, inline requests and the first lines of libraries
//! quote them.
//!
//! Blanks separate words. `"..."` understands `\n \r \t \b \a \\ \" \xHH`; `'...'` understands
//! only `\'`. A quote may open inside a word, but after it closes the word must end.
//! [`quoted`](crate::bytes::quoted) is the inverse.
//!
//! Not here: comments (a `#` only counts at the start of a line; the loader knows lines).

/// Splits a line into words, or `None` if its quotes are unbalanced.
///
/// A NUL byte ends the line, since the original is a C string.
pub fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let end = line.iter().position(|&byte| byte == 0).unwrap_or(line.len());
    let mut rest = &line[..end];
    let mut words = Vec::new();
    loop {
        rest = skip_blanks(rest);
        if rest.is_empty() {
            return Some(words);
        }
        let (word, tail) = take_word(rest)?;
        words.push(word);
        rest = tail;
    }
}

/// Blanks between words, a wider set than the blanks that end one.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_blank(byte)).unwrap_or(text.len());
    &text[start..]
}

/// One word and what follows it. The text must not be empty.
fn take_word(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => break,
            b'"' | b'\'' => {
                let used = match byte {
                    b'"' => take_double_quoted(&text[at + 1..], &mut word)?,
                    _ => take_single_quoted(&text[at + 1..], &mut word)?,
                };
                let rest = &text[at + 1 + used..];
                return rest.first().is_none_or(|&next| is_blank(next)).then_some((word, rest));
            }
            _ => word.push(byte),
        }
        at += 1;
    }
    Some((word, &text[at..]))
}

/// Appends up to the closing quote; gives the bytes used, the quote among them.
fn take_double_quoted(text: &[u8], word: &mut Vec<u8>) -> Option<usize> {
    let mut at = 0;
    loop {
        match &text[at..] {
            [b'"', ..] => return Some(at + 1),
            [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                word.push(hex(*high) * 16 + hex(*low));
                at += 4;
            }
            [b'\\', escaped, ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 0x08,
                    b'a' => 0x07,
                    other => *other,
                });
                at += 2;
            }
            [byte, ..] => {
                word.push(*byte);
                at += 1;
            }
            [] => return None,
        }
    }
}

/// Like [`take_double_quoted`], for `'...'`.
fn take_single_quoted(text: &[u8], word: &mut Vec<u8>) -> Option<usize> {
    let mut at = 0;
    loop {
        match &text[at..] {
            [b'\'', ..] => return Some(at + 1),
            [b'\\', b'\'', ..] => {
                word.push(b'\'');
                at += 2;
            }
            [byte, ..] => {
                word.push(*byte);
                at += 1;
            }
            [] => return None,
        }
    }
}

/// The value of one ASCII hex digit.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::quoted;
    use proptest::prelude::*;

    fn check(line: &str, expected: &[&str]) {
        let words = split(line.as_bytes()).expect("balanced");
        let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
        assert_eq!(words, expected, "{line:?}");
    }

    #[test]
    fn words_quotes_and_escapes() {
        check("", &[]);
        check(" \t ", &[]);
        check("save 900 1", &["save", "900", "1"]);
        check("requirepass \"a b\"", &["requirepass", "a b"]);
        check(r#"a "\x41\n\q\"" 'it\'s \n'"#, &["a", "A\nq\"", "it's \\n"]);
        check(r#"a b"c d""#, &["a", "bc d"]);
        check("save \"\"", &["save", ""]);
        check("a\0b", &["a"]);
        check(r#""\xZZ""#, &["xZZ"]);
        check("\x0bECHO a\x0bb", &["ECHO", "a\x0bb"]);
        check("'' \"\" x", &["", "", "x"]);
        check(r#""\x4" "\xzz\x4a\x4B""#, &["x4", "xzzJK"]);
        check(r"'a\'b\n\x41' x", &[r"a'b\n\x41", "x"]);
        check("\"a\"\x0bb", &["a", "b"]);
        check(r#""it's" '"'"#, &["it's", "\""]);
    }

    #[test]
    fn unbalanced() {
        for line in ["\"a", "'a", "\"a\"b", "'a'b", "\"a\\", "a \"b\"\"", "a'b", r"'\'"] {
            assert_eq!(split(line.as_bytes()), None, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_splits_back(words: Vec<Vec<u8>>) {
            let line: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            prop_assert_eq!(split(line.join(" ").as_bytes()), Some(words));
        }
    }
}
