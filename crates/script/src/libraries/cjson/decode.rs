//! `cjson.decode`.
//!
//! More is accepted than JSON: numbers as C reads them, any control characters in strings but NUL,
//! which ends the text. `null` becomes the null pointer, since a table cannot hold nil.
//!
//! Positions in error texts are counted from 1, except where nesting is too deep.

use super::{Settings, number, settings};
use crate::lua::{Frame, Raise};

/// Values may nest so deep, whatever the settings say.
const DEPTH_LIMIT: i32 = 2_000;

/// `cjson.decode(text)`.
pub fn decode(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    if frame.args() != 1 {
        return Err(frame.bad_argument(1, "expected 1 argument"));
    }
    let Some(text) = frame.argument_text(1) else { return Err(frame.bad_kind(1, "string")) };
    if let [first, second, ..] = text
        && (*first == 0 || *second == 0)
    {
        return Err(frame.raise_at(b"JSON parser does not support UTF-16 or UTF-32"));
    }
    let settings = settings(frame);
    let mut unescaped = frame.context().buffer.take();
    unescaped.clear();
    let mut decoder = Decoder { text, position: 0, settings: &settings, unescaped };
    let token = decoder.token();
    decoder.value(frame, token, 0)?;
    match decoder.token() {
        (Token::End, _) => {}
        other => return Err(unexpected(frame, "the end", other)),
    }
    frame.context().keep_buffer(decoder.unescaped);
    Ok(1)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    /// Text as it stands.
    Plain(&'a [u8]),
    /// Text that had escapes; it is in `unescaped`.
    Unescaped,
    Number(f64),
    Boolean(bool),
    Null,
    Colon,
    Comma,
    End,
    Error(&'static str),
}

impl Token<'_> {
    fn name(self) -> &'static str {
        match self {
            Token::ObjectBegin => "T_OBJ_BEGIN",
            Token::ObjectEnd => "T_OBJ_END",
            Token::ArrayBegin => "T_ARR_BEGIN",
            Token::ArrayEnd => "T_ARR_END",
            Token::Plain(_) | Token::Unescaped => "T_STRING",
            Token::Number(_) => "T_NUMBER",
            Token::Boolean(_) => "T_BOOLEAN",
            Token::Null => "T_NULL",
            Token::Colon => "T_COLON",
            Token::Comma => "T_COMMA",
            Token::End => "T_END",
            Token::Error(text) => text,
        }
    }
}

/// A token and where it begins, or where it goes wrong.
type Placed<'a> = (Token<'a>, usize);

fn unexpected(frame: &mut Frame<'_>, expected: &str, (token, position): Placed<'_>) -> Raise {
    let found = token.name();
    let text = format!("Expected {expected} but found {found} at character {}", position + 1);
    frame.raise_at(text.as_bytes())
}

struct Decoder<'a> {
    text: &'a [u8],
    position: usize,
    settings: &'a Settings,
    unescaped: Vec<u8>,
}

impl<'a> Decoder<'a> {
    /// Pushes the value that begins with `token`.
    fn value(&mut self, frame: &mut Frame<'_>, token: Placed<'a>, depth: i32) -> Result<(), Raise> {
        frame.work(1)?;
        match token.0 {
            Token::Plain(text) => frame.push_bytes(text),
            Token::Unescaped => frame.push_bytes(&self.unescaped),
            Token::Number(number) => frame.push_number(number),
            Token::Boolean(value) => frame.push_boolean(value),
            Token::Null => frame.push_null(),
            Token::ObjectBegin => self.object(frame, depth + 1),
            Token::ArrayBegin => self.array(frame, depth + 1),
            _ => Err(unexpected(frame, "value", token)),
        }
    }

    fn descend(&self, frame: &mut Frame<'_>, depth: i32) -> Result<(), Raise> {
        // Empty tables take much more memory than text.
        frame.afford(0)?;
        if depth <= self.settings.decode_depth_max.min(DEPTH_LIMIT) && frame.has_room(4) {
            return Ok(());
        }
        let text = format!(
            "Found too many nested data structures ({depth}) at character {}",
            self.position
        );
        Err(frame.raise_at(text.as_bytes()))
    }

    fn object(&mut self, frame: &mut Frame<'_>, depth: i32) -> Result<(), Raise> {
        self.descend(frame, depth)?;
        frame.push_table(0, 0)?;
        let table = frame.top();
        let mut token = self.token();
        if token.0 == Token::ObjectEnd {
            return Ok(());
        }
        loop {
            match token.0 {
                Token::Plain(text) => frame.push_bytes(text)?,
                Token::Unescaped => frame.push_bytes(&self.unescaped)?,
                _ => return Err(unexpected(frame, "object key string", token)),
            }
            let colon = self.token();
            if colon.0 != Token::Colon {
                return Err(unexpected(frame, "colon", colon));
            }
            let first = self.token();
            self.value(frame, first, depth)?;
            frame.raw_set(table)?;
            match self.token() {
                (Token::ObjectEnd, _) => return Ok(()),
                (Token::Comma, _) => {}
                other => return Err(unexpected(frame, "comma or object end", other)),
            }
            token = self.token();
        }
    }

    fn array(&mut self, frame: &mut Frame<'_>, depth: i32) -> Result<(), Raise> {
        self.descend(frame, depth)?;
        frame.push_table(0, 0)?;
        let table = frame.top();
        let mut token = self.token();
        if token.0 == Token::ArrayEnd {
            return Ok(());
        }
        for index in 1.. {
            self.value(frame, token, depth)?;
            frame.raw_set_element(table, index)?;
            match self.token() {
                (Token::ArrayEnd, _) => break,
                (Token::Comma, _) => {}
                other => return Err(unexpected(frame, "comma or array end", other)),
            }
            token = self.token();
        }
        Ok(())
    }

    /// The byte `ahead` of the position; NUL behind the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.position + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self) -> Placed<'a> {
        while matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r') {
            self.position += 1;
        }
        let start = self.position;
        let single = match self.peek(0) {
            b'{' => Token::ObjectBegin,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayBegin,
            b']' => Token::ArrayEnd,
            b',' => Token::Comma,
            b':' => Token::Colon,
            0 => return (Token::End, start),
            b'"' => return self.string(start),
            b'-' | b'0'..=b'9' => {
                if !self.settings.decode_invalid && is_invalid_number(&self.text[start..]) {
                    return (Token::Error("invalid number"), start);
                }
                return self.number(start);
            }
            b'f' | b'i' | b'I' | b'n' | b'N' | b't' | b'+' => return self.word(start),
            _ => return (Token::Error("invalid token"), start),
        };
        self.position += 1;
        (single, start)
    }

    fn word(&mut self, start: usize) -> Placed<'a> {
        let rest = &self.text[start..];
        let words: [(&[u8], Token<'_>); 3] = [
            (b"true", Token::Boolean(true)),
            (b"false", Token::Boolean(false)),
            (b"null", Token::Null),
        ];
        for (word, token) in words {
            if rest.starts_with(word) {
                self.position += word.len();
                return (token, start);
            }
        }
        if self.settings.decode_invalid && is_invalid_number(rest) {
            return self.number(start);
        }
        (Token::Error("invalid token"), start)
    }

    fn number(&mut self, start: usize) -> Placed<'a> {
        match number::read(&self.text[start..]) {
            Some((number, len)) => {
                self.position += len;
                (Token::Number(number), start)
            }
            None => (Token::Error("invalid number"), start),
        }
    }

    fn string(&mut self, start: usize) -> Placed<'a> {
        self.position += 1;
        let rest = &self.text[self.position..];
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0));
        let plain = plain.unwrap_or(rest.len());
        self.position += plain;
        if self.peek(0) == b'"' {
            self.position += 1;
            return (Token::Plain(&rest[..plain]), start);
        }
        self.unescaped.clear();
        self.unescaped.extend_from_slice(&rest[..plain]);
        loop {
            let mut byte = self.peek(0);
            match byte {
                b'"' => break,
                0 => return (Token::Error("unexpected end of string"), self.position),
                b'\\' => {
                    byte = match self.peek(1) {
                        same @ (b'"' | b'\\' | b'/') => same,
                        b'b' => 8,
                        b't' => b'\t',
                        b'n' => b'\n',
                        b'f' => 12,
                        b'r' => b'\r',
                        b'u' => match self.unicode() {
                            Some(()) => continue,
                            None => {
                                let error = Token::Error("invalid unicode escape code");
                                return (error, self.position);
                            }
                        },
                        _ => return (Token::Error("invalid escape code"), self.position),
                    };
                    self.position += 1;
                }
                _ => {}
            }
            self.unescaped.push(byte);
            self.position += 1;
        }
        self.position += 1;
        (Token::Unescaped, start)
    }

    /// Takes `\uXXXX`, or two of them that stand for one character.
    fn unicode(&mut self) -> Option<()> {
        let mut code = self.hex(2)?;
        let mut len = 6;
        if code & 0xF800 == 0xD800 {
            if code & 0x400 != 0 || self.peek(6) != b'\\' || self.peek(7) != b'u' {
                return None;
            }
            let low = self.hex(8)?;
            if low & 0xFC00 != 0xDC00 {
                return None;
            }
            code = ((code & 0x3FF) << 10 | low & 0x3FF) + 0x1_0000;
            len = 12;
        }
        let character = char::from_u32(code)?;
        self.unescaped.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.position += len;
        Some(())
    }

    fn hex(&self, ahead: usize) -> Option<u32> {
        (0..4).try_fold(0, |code, index| {
            Some(code << 4 | char::from(self.peek(ahead + index)).to_digit(16)?)
        })
    }
}

/// Whether what may be a number is none of JSON's: with a plus, hexadecimal, with leading zeros,
/// infinite or NaN.
fn is_invalid_number(text: &[u8]) -> bool {
    let rest = match text {
        [b'+', ..] => return true,
        [b'-', rest @ ..] => rest,
        rest => rest,
    };
    match rest {
        [b'0', second, ..] => second | 0x20 == b'x' || second.is_ascii_digit(),
        [0..=b'9', ..] | [] => false,
        _ => {
            let start = rest.get(..3).unwrap_or_default();
            start.eq_ignore_ascii_case(b"inf") || start.eq_ignore_ascii_case(b"nan")
        }
    }
}
