//! Replies to values: what a script gets from `redis.call`.
//!
//! The reply's bytes are read once, and each value is pushed as it is met; no tree is built.
//!
//! | reply | value |
//! |---|---|
//! | `:1` | 1 |
//! | `$3 abc` | "abc" |
//! | `+OK`, `-ERR x` | {ok="OK"}, {err="ERR x"} |
//! | `*2 ..` | {.., ..} |
//! | null | false in RESP2, nil in RESP3 |
//! | `,1.5`, `(12` | {double=1.5}, {big_number="12"} |
//! | `=7 txt:abc` | {verbatim_string={format="txt", string="abc"}} |
//! | `%` `~` `#` | {map={k=v}}, {set={m=true}}, true or false |
//!
//! Must be true: a malformed reply, which only a faulty host can give, is an error of the script's.

use base::number::parse_i64;
use memchr::memchr;

use crate::lua::{Frame, Raise};

/// How deep replies may nest.
const DEPTH_MAX: u32 = 128;

/// Pushes the value that the reply at the front of `bytes` stands for.
pub fn push_reply(frame: &mut Frame<'_>, bytes: &[u8]) -> Result<(), Raise> {
    Reader { bytes }.value(frame, DEPTH_MAX)
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, frame: &mut Frame<'_>, depth: u32) -> Result<(), Raise> {
        let Some((&kind, rest)) = self.bytes.split_first() else { return Err(malformed(frame)) };
        self.bytes = rest;
        let line = self.line(frame)?;
        match kind {
            b'$' => match parse_i64(line) {
                Some(-1) => frame.push_boolean(false),
                _ => {
                    let text = self.bulk(frame, line)?;
                    frame.push_bytes(text)
                }
            },
            b':' => match parse_i64(line) {
                Some(number) => frame.push_number(number as f64),
                None => Err(malformed(frame)),
            },
            b'*' if line == b"-1" => frame.push_boolean(false),
            b'*' | b'~' | b'>' | b'%' | b'|' => self.aggregate(frame, kind, line, depth),
            b'+' => push_field(frame, "ok", line),
            b'-' => push_error(frame, line, Counted::Yes),
            b'!' => {
                let text = self.bulk(frame, line)?;
                push_error(frame, text, Counted::Yes)
            }
            b'_' => frame.push_nil(),
            b'#' => frame.push_boolean(line == b"t"),
            b',' => push_double(frame, line),
            b'(' => push_field(frame, "big_number", line),
            b'=' => {
                let text = self.bulk(frame, line)?;
                push_verbatim(frame, text)
            }
            _ => Err(malformed(frame)),
        }
    }

    fn aggregate(
        &mut self,
        frame: &mut Frame<'_>,
        kind: u8,
        line: &[u8],
        depth: u32,
    ) -> Result<(), Raise> {
        let len = parse_i64(line).and_then(|len| usize::try_from(len).ok());
        let (Some(len), Some(depth)) = (len, depth.checked_sub(1)) else {
            return Err(malformed(frame));
        };
        match kind {
            b'%' => {
                frame.push_table(0, 1)?;
                frame.push_table(0, len)?;
                let table = frame.top();
                for _ in 0..len {
                    self.value(frame, depth)?;
                    self.value(frame, depth)?;
                    frame.raw_set(table)?;
                }
                frame.raw_set_field(table - 1, "map")
            }
            b'~' => {
                frame.push_table(0, 1)?;
                frame.push_table(0, len)?;
                let table = frame.top();
                for _ in 0..len {
                    self.value(frame, depth)?;
                    frame.push_boolean(true)?;
                    frame.raw_set(table)?;
                }
                frame.raw_set_field(table - 1, "set")
            }
            b'|' => {
                // Attributes are not shown to scripts.
                for _ in 0..len.saturating_mul(2) {
                    self.value(frame, depth)?;
                    frame.pop(1);
                }
                self.value(frame, depth)
            }
            _ => {
                frame.push_table(len, 0)?;
                let table = frame.top();
                for index in 1..=len {
                    self.value(frame, depth)?;
                    frame.raw_set_element(table, index as i32)?;
                }
                Ok(())
            }
        }
    }

    /// The rest of a line, without its end.
    fn line(&mut self, frame: &mut Frame<'_>) -> Result<&'a [u8], Raise> {
        let Some(end) = memchr(b'\n', self.bytes) else { return Err(malformed(frame)) };
        let (line, rest) = self.bytes.split_at(end);
        self.bytes = &rest[1..];
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// The string whose length is in `line`.
    fn bulk(&mut self, frame: &mut Frame<'_>, line: &[u8]) -> Result<&'a [u8], Raise> {
        let len = parse_i64(line).and_then(|len| usize::try_from(len).ok());
        let parts = len.and_then(|len| self.bytes.split_at_checked(len));
        let Some((text, rest)) = parts else { return Err(malformed(frame)) };
        self.bytes = rest.get(2..).unwrap_or_default();
        Ok(text)
    }
}

/// The field of an error's table that says that it has been counted.
pub const COUNTED: &str = "ignore_error_stats_update";

/// Whether the server's counters of errors have seen an error already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It came from a command, which was counted.
    Yes,
    /// The script made it.
    No,
}

/// Pushes `{err=text}` as Redis makes it: with a code in front, which is the first word of a text
/// that has several, and without line breaks.
pub fn push_error(frame: &mut Frame<'_>, text: &[u8], counted: Counted) -> Result<(), Raise> {
    let code = match memchr(b' ', text) {
        Some(_) => &b""[..],
        None => &b"ERR "[..],
    };
    let text = clean(&[code, text].concat());
    frame.push_table(0, 4)?;
    let table = frame.top();
    frame.push_bytes(&text)?;
    frame.raw_set_field(table, "err")?;
    if counted == Counted::Yes {
        frame.push_boolean(true)?;
        frame.raw_set_field(table, COUNTED)?;
    }
    Ok(())
}

/// A text as a line of the protocol can hold it: line breaks at the end go, others become spaces.
pub fn clean(text: &[u8]) -> Vec<u8> {
    let is_break = |byte: u8| matches!(byte, b'\r' | b'\n');
    let end = text.iter().rposition(|&byte| !is_break(byte)).map_or(0, |last| last + 1);
    text[..end].iter().map(|&byte| if is_break(byte) { b' ' } else { byte }).collect()
}

fn push_field(frame: &mut Frame<'_>, name: &str, text: &[u8]) -> Result<(), Raise> {
    frame.push_table(0, 1)?;
    let table = frame.top();
    frame.push_bytes(text)?;
    frame.raw_set_field(table, name)
}

fn push_double(frame: &mut Frame<'_>, line: &[u8]) -> Result<(), Raise> {
    let number = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
    let Some(number) = number else { return Err(malformed(frame)) };
    frame.push_table(0, 1)?;
    let table = frame.top();
    frame.push_number(number)?;
    frame.raw_set_field(table, "double")
}

fn push_verbatim(frame: &mut Frame<'_>, text: &[u8]) -> Result<(), Raise> {
    let (Some(format), Some(text)) = (text.get(..3), text.get(4..)) else {
        return Err(malformed(frame));
    };
    frame.push_table(0, 1)?;
    frame.push_table(0, 2)?;
    let table = frame.top();
    frame.push_bytes(text)?;
    frame.raw_set_field(table, "string")?;
    frame.push_bytes(format)?;
    frame.raw_set_field(table, "format")?;
    frame.raw_set_field(table - 1, "verbatim_string")
}

fn malformed(frame: &mut Frame<'_>) -> Raise {
    frame.raise_at(b"malformed reply")
}
