//! `bit`: operations on 32-bit integers.
//!
//! A number stands for its integer part modulo 2^32; results are signed.

use super::Library;
use crate::lua::{Frame, Raise};

/// The library.
pub const LIBRARY: Library = Library {
    name: "bit",
    functions: &[
        ("tobit", tobit),
        ("bnot", bnot),
        ("band", |frame| fold(frame, |a, b| a & b)),
        ("bor", |frame| fold(frame, |a, b| a | b)),
        ("bxor", |frame| fold(frame, |a, b| a ^ b)),
        ("lshift", |frame| shift(frame, |bits, by| bits << by)),
        ("rshift", |frame| shift(frame, |bits, by| bits >> by)),
        ("arshift", |frame| shift(frame, |bits, by| (bits as i32 >> by) as u32)),
        ("rol", |frame| shift(frame, u32::rotate_left)),
        ("ror", |frame| shift(frame, u32::rotate_right)),
        ("bswap", bswap),
        ("tohex", tohex),
    ],
    constants: &[],
};

/// Added to a double, this leaves the integer part's low bits at the end of its mantissa.
const MAGIC: f64 = 6_755_399_441_055_744.0; // 2^52 + 2^51

fn argument(frame: &mut Frame<'_>, slot: i32) -> Result<u32, Raise> {
    match frame.to_number(slot) {
        Some(number) => Ok((number + MAGIC).to_bits() as u32),
        None => Err(frame.bad_kind(slot, "number")),
    }
}

fn result(frame: &mut Frame<'_>, bits: u32) -> Result<i32, Raise> {
    frame.push_number(f64::from(bits as i32))?;
    Ok(1)
}

fn tobit(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let bits = argument(frame, 1)?;
    result(frame, bits)
}

fn bnot(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let bits = argument(frame, 1)?;
    result(frame, !bits)
}

fn bswap(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let bits = argument(frame, 1)?;
    result(frame, bits.swap_bytes())
}

fn fold(frame: &mut Frame<'_>, operation: fn(u32, u32) -> u32) -> Result<i32, Raise> {
    let mut bits = argument(frame, 1)?;
    for slot in (2..=frame.args()).rev() {
        bits = operation(bits, argument(frame, slot)?);
    }
    result(frame, bits)
}

fn shift(frame: &mut Frame<'_>, operation: fn(u32, u32) -> u32) -> Result<i32, Raise> {
    let (bits, by) = (argument(frame, 1)?, argument(frame, 2)?);
    result(frame, operation(bits, by & 31))
}

/// Hexadecimal digits, so many from the low end; in capitals if the count is negative.
fn tohex(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let bits = argument(frame, 1)?;
    let count = if frame.args() < 2 { 8 } else { argument(frame, 2)? as i32 };
    let text = if count < 0 { format!("{bits:08X}") } else { format!("{bits:08x}") };
    let count = count.unsigned_abs().min(8) as usize;
    frame.push_bytes(&text.as_bytes()[8 - count..])?;
    Ok(1)
}
