//! `cmsgpack`: values to and from MessagePack.
//!
//! Integral numbers are packed as the shortest integer, others as float if that is exact, else
//! double. A table whose keys are 1 to n becomes an array (so does an empty one), any other a map.
//! What nests deeper than 16 tables becomes nil.
//!
//! Source of the format: the MessagePack specification, without ext types.

use super::{Constant, Library};
use crate::encode::truncated;
use crate::lua::{Frame, Kind, Raise};

/// The library.
pub const LIBRARY: Library = Library {
    name: "cmsgpack",
    functions: &[
        ("pack", pack),
        ("unpack", unpack),
        ("unpack_one", unpack_one),
        ("unpack_limit", unpack_limit),
    ],
    constants: &[
        ("_NAME", Constant::Text("cmsgpack")),
        ("_VERSION", Constant::Text("lua-cmsgpack 0.4.0")),
        ("_COPYRIGHT", Constant::Text("Copyright (C) 2012, Salvatore Sanfilippo")),
        ("_DESCRIPTION", Constant::Text("MessagePack C implementation for Lua")),
    ],
};

/// Tables nested deeper are packed as nil.
const PACK_DEPTH_MAX: u32 = 16;

/// Arrays and maps may nest so deep in what is unpacked; Redis stops at about 4,000, where its
/// stack of values ends.
const UNPACK_DEPTH_MAX: u32 = 1_000;

fn pack(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    if frame.args() == 0 {
        return Err(frame.bad_argument(0, "MessagePack pack needs input."));
    }
    let mut bytes = frame.context().buffer.take();
    bytes.clear();
    for slot in 1..=frame.args() {
        pack_value(frame, &mut bytes, slot, 0)?;
    }
    frame.afford(bytes.len())?;
    frame.push_bytes(&bytes)?;
    frame.context().keep_buffer(bytes);
    Ok(1)
}

/// Appends the value in a slot.
fn pack_value(
    frame: &mut Frame<'_>,
    bytes: &mut Vec<u8>,
    slot: i32,
    depth: u32,
) -> Result<(), Raise> {
    // Cyclic tables of some width would take for ever.
    frame.work(1)?;
    match frame.kind(slot) {
        Kind::String => {
            let text = frame.bytes(slot).unwrap_or_default();
            let len = text.len();
            match len {
                0..32 => bytes.push(0xA0 | len as u8),
                32..=0xFF => bytes.extend([0xD9, len as u8]),
                0x100..=0xFFFF => push_header(bytes, 0xDA, &(len as u16).to_be_bytes()),
                _ => push_header(bytes, 0xDB, &(len as u32).to_be_bytes()),
            }
            bytes.extend_from_slice(text);
        }
        Kind::Number => pack_number(bytes, frame.number(slot).unwrap_or_default()),
        Kind::Boolean => bytes.push(if frame.truth(slot) { 0xC3 } else { 0xC2 }),
        Kind::Table if depth < PACK_DEPTH_MAX => {
            frame.afford(bytes.len())?;
            return pack_table(frame, bytes, slot, depth);
        }
        _ => bytes.push(0xC0),
    }
    Ok(())
}

fn push_header(bytes: &mut Vec<u8>, kind: u8, rest: &[u8]) {
    bytes.push(kind);
    bytes.extend_from_slice(rest);
}

fn pack_number(bytes: &mut Vec<u8>, number: f64) {
    let integer = truncated(number);
    if integer as f64 != number {
        let float = number as f32;
        if f64::from(float) == number {
            push_header(bytes, 0xCA, &float.to_be_bytes());
        } else {
            push_header(bytes, 0xCB, &number.to_be_bytes());
        }
        return;
    }
    match integer {
        -32..=127 => bytes.push(integer as u8),
        128..=0xFF => bytes.extend([0xCC, integer as u8]),
        0x100..=0xFFFF => push_header(bytes, 0xCD, &(integer as u16).to_be_bytes()),
        0x1_0000..=0xFFFF_FFFF => push_header(bytes, 0xCE, &(integer as u32).to_be_bytes()),
        0x1_0000_0000.. => push_header(bytes, 0xCF, &integer.to_be_bytes()),
        -128..=-33 => bytes.extend([0xD0, integer as u8]),
        -0x8000..=-129 => push_header(bytes, 0xD1, &(integer as i16).to_be_bytes()),
        -0x8000_0000..=-0x8001 => push_header(bytes, 0xD2, &(integer as i32).to_be_bytes()),
        _ => push_header(bytes, 0xD3, &integer.to_be_bytes()),
    }
}

fn pack_table(
    frame: &mut Frame<'_>,
    bytes: &mut Vec<u8>,
    slot: i32,
    depth: u32,
) -> Result<(), Raise> {
    let (count, is_array) = survey(frame, slot)?;
    let fix = if is_array { 0x90 } else { 0x80 };
    let long = if is_array { 0xDC } else { 0xDE };
    match count {
        0..=15 => bytes.push(fix | count as u8),
        16..=0xFFFF => push_header(bytes, long, &(count as u16).to_be_bytes()),
        _ => push_header(bytes, long + 1, &(count as u32).to_be_bytes()),
    }
    let value = frame.top() + 1;
    if is_array {
        for index in 1..=count {
            frame.raw_element(slot, index as i32)?;
            pack_value(frame, bytes, value, depth + 1)?;
            frame.pop(1);
        }
        return Ok(());
    }
    frame.push_nil()?;
    while frame.next(slot)? {
        pack_value(frame, bytes, value, depth + 1)?;
        pack_value(frame, bytes, value + 1, depth + 1)?;
        frame.pop(1);
    }
    Ok(())
}

/// How many pairs a table has, and whether their keys are the numbers from 1 on.
fn survey(frame: &mut Frame<'_>, slot: i32) -> Result<(usize, bool), Raise> {
    let (mut count, mut is_array, mut highest) = (0usize, true, 0.0f64);
    let key = frame.top() + 1;
    frame.push_nil()?;
    while frame.next(slot)? {
        count += 1;
        match frame.number(key) {
            Some(number) if number > 0.0 && f64::from(number as i32) == number => {
                highest = highest.max(number);
            }
            _ => is_array = false,
        }
        frame.pop(1);
    }
    frame.work(count / 16)?;
    Ok((count, is_array && highest == count as f64))
}

fn unpack(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    unpack_from(frame, 0, 0)
}

fn unpack_one(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let offset = integer(frame, 2, Some(0))?;
    unpack_from(frame, 1, offset)
}

fn unpack_limit(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let limit = integer(frame, 2, None)?;
    let offset = integer(frame, 3, Some(0))?;
    unpack_from(frame, limit, offset)
}

fn integer(frame: &mut Frame<'_>, slot: i32, default: Option<i64>) -> Result<i64, Raise> {
    match (frame.kind(slot), default) {
        (Kind::Nil, Some(default)) => Ok(default),
        _ => match frame.to_number(slot) {
            Some(number) => Ok(truncated(number)),
            None => Err(frame.bad_kind(slot, "number")),
        },
    }
}

/// Unpacks up to `limit` values from `offset` on, all if both are 0; unless they are, the offset
/// of what is left comes first, -1 if nothing is.
fn unpack_from(frame: &mut Frame<'_>, limit: i64, offset: i64) -> Result<i32, Raise> {
    let Some(bytes) = frame.argument_text(1) else {
        return Err(frame.bad_kind(1, "string"));
    };
    let (len, is_whole) = (bytes.len(), limit == 0 && offset == 0);
    if offset < 0 || limit < 0 {
        let text = format!(
            "Invalid request to unpack with offset of {} and limit of {len}.",
            offset as i32
        );
        return Err(frame.raise_at(text.as_bytes()));
    }
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let Some(rest) = bytes.get(start..) else {
        let text = format!("Start offset {} greater than input length {len}.", offset as i32);
        return Err(frame.raise_at(text.as_bytes()));
    };
    let limit = if is_whole { i64::from(i32::MAX) } else { limit };
    if !is_whole {
        frame.push_nil()?;
    }
    let (first, mut count) = (frame.top(), 0);
    let mut reader = Reader { rest };
    while !reader.rest.is_empty() && i64::from(count) < limit {
        if let Err(problem) = reader.value(frame, UNPACK_DEPTH_MAX) {
            return Err(match problem {
                Problem::Missing => frame.raise_at(b"Missing bytes in input."),
                Problem::Format => frame.raise_at(b"Bad data format in input."),
                Problem::Raised(raise) => raise,
            });
        }
        count += 1;
    }
    if !is_whole {
        let left = reader.rest.len();
        frame.push_number(if left == 0 { -1.0 } else { (len - left) as f64 })?;
        frame.replace(first);
        count += 1;
    }
    Ok(count)
}

enum Problem {
    Missing,
    Format,
    Raised(Raise),
}

impl From<Raise> for Problem {
    fn from(raise: Raise) -> Self {
        Problem::Raised(raise)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Problem::Missing)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn len16(&mut self) -> Result<usize, Problem> {
        Ok(usize::from(u16::from_be_bytes(self.take()?)))
    }

    fn len32(&mut self) -> Result<usize, Problem> {
        Ok(u32::from_be_bytes(self.take()?) as usize)
    }

    fn text(&mut self, frame: &mut Frame<'_>, len: usize) -> Result<(), Problem> {
        let (text, rest) = self.rest.split_at_checked(len).ok_or(Problem::Missing)?;
        self.rest = rest;
        Ok(frame.push_bytes(text)?)
    }

    /// Pushes the next value.
    fn value(&mut self, frame: &mut Frame<'_>, depth: u32) -> Result<(), Problem> {
        if !frame.has_room(3) {
            let text = b"stack overflow (too many return values at once; \
                         use unpack_one or unpack_limit instead.)";
            return Err(frame.raise_at(text).into());
        }
        frame.work(1)?;
        let [kind] = self.take()?;
        let number = match kind {
            0x00..=0x7F => f64::from(kind),
            0xE0..=0xFF => f64::from(kind as i8),
            0xA0..=0xBF => return self.text(frame, usize::from(kind & 0x1F)),
            0x80..=0x8F => return self.map(frame, usize::from(kind & 0x0F), depth),
            0x90..=0x9F => return self.array(frame, usize::from(kind & 0x0F), depth),
            0xC0 => return Ok(frame.push_nil()?),
            0xC2 | 0xC3 => return Ok(frame.push_boolean(kind == 0xC3)?),
            0xCA => f64::from(f32::from_be_bytes(self.take()?)),
            0xCB => f64::from_be_bytes(self.take()?),
            0xCC => f64::from(u8::from_be_bytes(self.take()?)),
            0xCD => f64::from(u16::from_be_bytes(self.take()?)),
            0xCE => f64::from(u32::from_be_bytes(self.take()?)),
            // Read as signed by the original too.
            0xCF | 0xD3 => i64::from_be_bytes(self.take()?) as f64,
            0xD0 => f64::from(i8::from_be_bytes(self.take()?)),
            0xD1 => f64::from(i16::from_be_bytes(self.take()?)),
            0xD2 => f64::from(i32::from_be_bytes(self.take()?)),
            0xD9 => {
                let [len] = self.take()?;
                return self.text(frame, usize::from(len));
            }
            0xDA => {
                let len = self.len16()?;
                return self.text(frame, len);
            }
            0xDB => {
                let len = self.len32()?;
                return self.text(frame, len);
            }
            0xDC => {
                let len = self.len16()?;
                return self.array(frame, len, depth);
            }
            0xDD => {
                let len = self.len32()?;
                return self.array(frame, len, depth);
            }
            0xDE => {
                let len = self.len16()?;
                return self.map(frame, len, depth);
            }
            0xDF => {
                let len = self.len32()?;
                return self.map(frame, len, depth);
            }
            0xC1 | 0xC4..=0xC9 | 0xD4..=0xD8 => return Err(Problem::Format),
        };
        Ok(frame.push_number(number)?)
    }

    fn array(&mut self, frame: &mut Frame<'_>, len: usize, depth: u32) -> Result<(), Problem> {
        let depth = self.descend(frame, depth)?;
        // Each element takes a byte at least; no more is reserved on the word of the header.
        frame.push_table(len.min(self.rest.len()), 0)?;
        let table = frame.top();
        for index in 1..=len {
            self.value(frame, depth)?;
            frame.raw_set_element(table, index as i32)?;
        }
        Ok(())
    }

    fn map(&mut self, frame: &mut Frame<'_>, len: usize, depth: u32) -> Result<(), Problem> {
        let depth = self.descend(frame, depth)?;
        frame.push_table(0, len.min(self.rest.len() / 2))?;
        let table = frame.top();
        for _ in 0..len {
            self.value(frame, depth)?;
            self.value(frame, depth)?;
            frame.raw_set(table)?;
        }
        Ok(())
    }

    fn descend(&self, frame: &mut Frame<'_>, depth: u32) -> Result<u32, Problem> {
        // A table costs memory that its header of one byte does not announce.
        frame.afford(0)?;
        match depth.checked_sub(1) {
            Some(depth) => Ok(depth),
            None => Err(frame.raise_at(b"stack overflow (nested too deep)").into()),
        }
    }
}
