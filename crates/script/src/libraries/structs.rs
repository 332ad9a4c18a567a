//! `struct`: values to and from C's layouts.
//!
//! ```text
//! format  >  <  !N   big, little endian; align to N at most      b B h H l L T   integers
//!         iN IN      integers of N bytes                         f d             floating
//!         cN         N bytes; c0: as many as the number before   s               up to NUL
//!         x          a zero, or skipped
//! ```
//!
//! Source: the library's manual (Roberto Ierusalimschy, struct 0.2).

use super::Library;
use crate::encode::{truncated, until_nul};
use crate::lua::{Frame, Raise};

/// The library.
pub const LIBRARY: Library = Library {
    name: "struct",
    functions: &[("pack", pack), ("unpack", unpack), ("size", size)],
    constants: &[],
};

/// The longest integer, in bytes.
const INTEGER_SIZE_MAX: i32 = 32;

/// The alignment of `!` alone.
const ALIGN_DEFAULT: i32 = 8;

/// A format that is being read, and the state that its parts have set.
struct Format<'a> {
    rest: &'a [u8],
    is_little: bool,
    align: usize,
}

impl<'a> Format<'a> {
    fn of_argument(frame: &mut Frame<'a>) -> Result<Self, Raise> {
        let Some(text) = frame.argument_text(1) else { return Err(frame.bad_kind(1, "string")) };
        let is_little = cfg!(target_endian = "little");
        Ok(Format { rest: until_nul(text), is_little, align: 1 })
    }

    /// The next option, the size of its value and the bytes that align it at `position`.
    fn next(
        &mut self,
        frame: &mut Frame<'_>,
        position: usize,
    ) -> Result<Option<(u8, usize, usize)>, Raise> {
        let Some((&option, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        let size = match option {
            b'B' | b'b' | b'x' => 1,
            b'H' | b'h' => 2,
            b'L' | b'l' | b'T' | b'd' => 8,
            b'f' => 4,
            b'c' => self.number(frame, 1)? as usize,
            b'i' | b'I' => {
                let size = self.number(frame, 4)?;
                if size > INTEGER_SIZE_MAX {
                    let text =
                        format!("integral size {size} is larger than limit of {INTEGER_SIZE_MAX}");
                    return Err(frame.raise_at(text.as_bytes()));
                }
                size as usize
            }
            _ => 0,
        };
        let padding = match size.min(self.align) {
            0 => 0,
            _ if option == b'c' => 0,
            unit => unit.wrapping_sub(position & (unit - 1)) & (unit - 1),
        };
        Ok(Some((option, size, padding)))
    }

    /// The number at the front, or `default`.
    fn number(&mut self, frame: &mut Frame<'_>, default: i32) -> Result<i32, Raise> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let (digits, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let number = digits.iter().try_fold(0i32, |number, digit| {
            number.checked_mul(10)?.checked_add(i32::from(digit - b'0'))
        });
        number.ok_or_else(|| frame.raise_at(b"integral size overflow"))
    }

    /// Carries out an option that is no value.
    fn control(&mut self, frame: &mut Frame<'_>, option: u8) -> Result<(), Raise> {
        match option {
            b' ' => {}
            b'>' => self.is_little = false,
            b'<' => self.is_little = true,
            b'!' => {
                let align = self.number(frame, ALIGN_DEFAULT)?;
                if align.count_ones() != 1 {
                    let text = format!("alignment {align} is not a power of 2");
                    return Err(frame.raise_at(text.as_bytes()));
                }
                self.align = align as usize;
            }
            _ => {
                let problem = format!("invalid format option '{}'", char::from(option));
                return Err(frame.bad_argument(1, &problem));
            }
        }
        Ok(())
    }

    /// The low bytes of an integer, in the format's order.
    fn write(&self, out: &mut Vec<u8>, value: u64, size: usize) {
        let byte = |index: usize| {
            if index < 8 { (value >> (index * 8)) as u8 } else { 0 }
        };
        if self.is_little {
            out.extend((0..size).map(byte));
        } else {
            out.extend((0..size).rev().map(byte));
        }
    }

    fn read(&self, bytes: &[u8]) -> u64 {
        let add = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if self.is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }
}

fn number_argument(frame: &mut Frame<'_>, slot: i32) -> Result<f64, Raise> {
    match frame.to_number(slot) {
        Some(number) => Ok(number),
        None => Err(frame.bad_kind(slot, "number")),
    }
}

/// A number that is not negative, as C converts it on common processors: what is too large gives
/// 0, NaN the highest bit.
fn unsigned(number: f64) -> u64 {
    const END: f64 = 18_446_744_073_709_551_616.0;
    match number {
        _ if number.is_nan() => 1 << 63,
        _ if number < END => number as u64,
        _ => 0,
    }
}

/// An argument of `pack` that is missing is nil, not absent: the original puts one there.
fn bad_value(frame: &mut Frame<'_>, slot: i32, expected: &str) -> Raise {
    if slot == frame.args() + 1 {
        return frame.bad_argument(slot, &format!("{expected} expected, got nil"));
    }
    frame.bad_kind(slot, expected)
}

fn pack(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut format = Format::of_argument(frame)?;
    let mut out = Vec::new();
    let mut slot = 1;
    while let Some((option, size, padding)) = format.next(frame, out.len())? {
        out.resize(out.len() + padding, 0);
        match option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                slot += 1;
                let number = value_argument(frame, slot)?;
                let value = if number < 0.0 { truncated(number) as u64 } else { unsigned(number) };
                format.write(&mut out, value, size);
            }
            b'x' => out.push(0),
            b'f' => {
                slot += 1;
                let bits = (value_argument(frame, slot)? as f32).to_bits();
                format.write(&mut out, u64::from(bits), size);
            }
            b'd' => {
                slot += 1;
                let bits = value_argument(frame, slot)?.to_bits();
                format.write(&mut out, bits, size);
            }
            b'c' | b's' => {
                slot += 1;
                let Some(text) = frame.argument_text(slot) else {
                    return Err(bad_value(frame, slot, "string"));
                };
                let size = if size == 0 { text.len() } else { size };
                let Some(text) = text.get(..size) else {
                    return Err(frame.bad_argument(slot + 1, "string too short"));
                };
                frame.afford(out.len() + size)?;
                out.extend_from_slice(text);
                if option == b's' {
                    out.push(0);
                }
            }
            _ => format.control(frame, option)?,
        }
    }
    frame.push_bytes(&out)?;
    Ok(1)
}

fn value_argument(frame: &mut Frame<'_>, slot: i32) -> Result<f64, Raise> {
    match frame.to_number(slot) {
        Some(number) => Ok(number),
        None => Err(bad_value(frame, slot, "number")),
    }
}

fn unpack(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut format = Format::of_argument(frame)?;
    let Some(data) = frame.argument_text(2) else { return Err(frame.bad_kind(2, "string")) };
    let start = match frame.kind(3) {
        crate::lua::Kind::Nil => 1,
        _ => truncated(number_argument(frame, 3)?),
    };
    if start == 0 {
        return Err(frame.bad_argument(3, "offset must be 1 or greater"));
    }
    let mut position = (start as usize).wrapping_sub(1);
    let mut count = 0;
    while let Some((option, size, padding)) = format.next(frame, position)? {
        position = position.wrapping_add(padding);
        let Some(field) = field(data, position, size) else {
            return Err(frame.bad_argument(2, "data string too short"));
        };
        if !frame.has_room(2) {
            return Err(frame.raise_at(b"stack overflow (too many results)"));
        }
        let mut taken = size;
        let before = count;
        count += 1;
        match option {
            b'b' | b'h' | b'l' | b'i' => {
                frame.push_number(sign_extended(format.read(field), size) as f64)?;
            }
            b'B' | b'H' | b'L' | b'T' | b'I' => frame.push_number(format.read(field) as f64)?,
            b'f' => {
                let number = f32::from_bits(format.read(field) as u32);
                frame.push_number(f64::from(number))?;
            }
            b'd' => frame.push_number(f64::from_bits(format.read(field)))?,
            b'c' if size == 0 => {
                taken = counted(frame, before)?;
                count = before;
                let Some(text) = self::field(data, position, taken) else {
                    return Err(frame.bad_argument(2, "data string too short"));
                };
                frame.push_bytes(text)?;
            }
            b'c' => frame.push_bytes(field)?,
            b's' => {
                let rest = data.get(position..).unwrap_or_default();
                let Some(end) = rest.iter().position(|&byte| byte == 0) else {
                    return Err(frame.raise_at(b"unfinished string in data"));
                };
                frame.push_bytes(&rest[..end])?;
                taken = end + 1;
            }
            b'x' => count = before,
            _ => {
                count = before;
                format.control(frame, option)?;
            }
        }
        position = position.wrapping_add(taken);
    }
    frame.push_number(position as f64 + 1.0)?;
    Ok(count + 1)
}

fn field(data: &[u8], position: usize, size: usize) -> Option<&[u8]> {
    data.get(position..position.checked_add(size)?)
}

/// Takes the last result, a number, as the size of what follows.
fn counted(frame: &mut Frame<'_>, results: i32) -> Result<usize, Raise> {
    let size = if results > 0 { frame.to_number(frame.top()) } else { None };
    let Some(size) = size else {
        return Err(frame.raise_at(b"format 'c0' needs a previous size"));
    };
    frame.pop(1);
    Ok(truncated(size) as usize)
}

/// The value of a signed integer of so many bytes.
fn sign_extended(value: u64, size: usize) -> i64 {
    match size {
        1..8 => {
            let unused = 64 - size * 8;
            (value << unused) as i64 >> unused
        }
        _ => value as i64,
    }
}

fn size(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut format = Format::of_argument(frame)?;
    let mut position = 0usize;
    while let Some((option, size, padding)) = format.next(frame, position)? {
        position = position.wrapping_add(padding);
        match (option, size) {
            (b's', _) => return Err(frame.bad_argument(1, "option 's' has no fixed size")),
            (b'c', 0) => return Err(frame.bad_argument(1, "option 'c0' has no fixed size")),
            _ if !option.is_ascii_alphanumeric() => format.control(frame, option)?,
            _ => {}
        }
        position = position.wrapping_add(size);
    }
    frame.push_number(position as f64)?;
    Ok(1)
}
