//! Counting and finding bits, eight bytes at a time.

use base::number::parse_i64;

use super::read_text;
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const BITCOUNT: Spec = Spec::new(
    "BITCOUNT",
    "key [index: start end [index_unit: BYTE | BIT] @7.0.0]",
    Body::Data(bitcount),
)
    .does("Counts the bits that are set in a string or a part of it.")
    .since("2.6.0").cost("O(N), N being the length of the part").group(Group::Bitmap)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("7.0.0", "`BYTE` and `BIT`.")]);

/// What a range is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Byte,
    Bit,
}

impl Unit {
    fn parse(word: &[u8]) -> Result<Self> {
        if is_word(word, "BIT") {
            Ok(Self::Bit)
        } else if is_word(word, "BYTE") {
            Ok(Self::Byte)
        } else {
            Err(Error::Syntax)
        }
    }
}

/// A range of bits, both ends included. Its ends count from the end of the text if negative, and
/// stop at its ends. Empty if the start lies behind the end.
fn bit_range(text: &[u8], start: i64, end: i64, unit: Unit) -> Option<(usize, usize)> {
    let len = match unit {
        Unit::Byte => text.len() as i64,
        Unit::Bit => text.len() as i64 * 8,
    };
    let from_start = |at: i64| if at < 0 { len.saturating_add(at).max(0) } else { at };
    let (start, end) = (from_start(start), from_start(end).min(len - 1));
    if start > end {
        return None;
    }
    let (start, end) = (start as usize, end as usize);
    Some(match unit {
        Unit::Byte => (start * 8, end * 8 + 7),
        Unit::Bit => (start, end),
    })
}

fn bitcount(ctx: &mut Ctx) -> Result {
    let request = ctx.request;
    let checks_first = ctx.limits.follows.checks_bit_ranges_first();
    let parse = || -> Result<Option<(i64, i64, Unit)>> {
        if request.len() == 2 {
            return Ok(None);
        }
        if !matches!(request.len(), 4 | 5) {
            return Err(Error::Syntax);
        }
        let (start, end) = (integer(request.arg(2))?, integer(request.arg(3))?);
        let makes_sense = start >= 0 || end >= 0 || start <= end;
        if !makes_sense && !checks_first {
            return Ok(Some((1, 0, Unit::Byte)));
        }
        let unit = request.get(4).map_or(Ok(Unit::Byte), Unit::parse)?;
        Ok(Some(if makes_sense { (start, end, unit) } else { (1, 0, unit) }))
    };
    if checks_first {
        parse()?;
    }
    let key = ctx.key(1);
    if !ctx.db.contains(key) {
        ctx.missed(1);
        return ctx.int(0);
    }
    let count = read_text(ctx, |text| -> Result<u64> {
        Ok(match parse()? {
            None => count_ones(text),
            Some((start, end, unit)) => match bit_range(text, start, end, unit) {
                None => 0,
                Some((first, last)) => count_between(text, first, last),
            },
        })
    })?;
    ctx.int(count? as i64)
}

fn count_ones(text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let words: u64 =
        words.iter().map(|word| u64::from(u64::from_ne_bytes(*word).count_ones())).sum();
    words + rest.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>()
}

/// Counts the bits that are set from one to another, both included.
fn count_between(text: &[u8], first: usize, last: usize) -> u64 {
    let bytes = &text[first / 8..=last / 8];
    let before = bytes[0] & !(0xff >> (first % 8));
    let after = bytes[bytes.len() - 1] & (0x7f_u8 >> (last % 8));
    count_ones(bytes) - u64::from(before.count_ones()) - u64::from(after.count_ones())
}

#[rustfmt::skip]
pub(super) const BITPOS: Spec = Spec::new(
    "BITPOS",
    "key bit<integer> [index: start [end_index: end [index_unit: BYTE | BIT] @7.0.0]]",
    Body::Data(bitpos),
)
    .does("Finds the first bit of a string that is set, or clear.")
    .since("2.8.7").cost("O(N), N being the length of the part").group(Group::Bitmap)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("7.0.0", "`BYTE` and `BIT`.")]);

fn bitpos(ctx: &mut Ctx) -> Result {
    let request = ctx.request;
    let bit = match parse_i64(ctx.arg(2)) {
        Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(Error::new("ERR The bit argument must be 1 or 0.")),
        None => return Err(Error::NotInteger),
    };
    let parse = || -> Result<(i64, Option<i64>, Unit)> {
        match request.len() {
            3 => return Ok((0, None, Unit::Byte)),
            4..=6 => {}
            _ => return Err(Error::Syntax),
        }
        let start = integer(request.arg(3))?;
        let unit = request.get(5).map_or(Ok(Unit::Byte), Unit::parse)?;
        let end = request.get(4).map(integer).transpose()?;
        Ok((start, end, unit))
    };
    if ctx.limits.follows.checks_bit_ranges_first() {
        parse()?;
    }
    let key = ctx.key(1);
    if !ctx.db.contains(key) {
        ctx.missed(1);
        return ctx.int(if bit { -1 } else { 0 });
    }
    let found = read_text(ctx, |text| -> Result<i64> {
        let (start, end, unit) = parse()?;
        let Some((first, last)) = bit_range(text, start, end.unwrap_or(-1), unit) else {
            return Ok(-1);
        };
        Ok(match find_bit(text, first, last, bit) {
            Some(at) => at as i64,
            // Behind a string whose end was not asked for there are zeros.
            None if !bit && end.is_none() => text.len() as i64 * 8,
            None => -1,
        })
    })?;
    ctx.int(found?)
}

/// The first bit from one to another, both included, that is set or clear as asked.
fn find_bit(text: &[u8], first: usize, last: usize, bit: bool) -> Option<usize> {
    // What is looked for is a bit that is set: the others are seen through this mask.
    let flip = if bit { 0 } else { u64::MAX };
    let bytes = &text[first / 8..=last / 8];
    let mut at = first / 8 * 8;
    let mut unseen = 0xffff_ffff_ffff_ffff_u64 >> (first % 8);
    let (words, rest) = bytes.as_chunks::<8>();
    let tail = {
        let mut tail = [0; 8];
        tail[..rest.len()].copy_from_slice(rest);
        tail
    };
    for word in words.iter().chain(std::iter::once(&tail)) {
        let found = (u64::from_be_bytes(*word) ^ flip) & unseen;
        if found != 0 {
            let at = at + found.leading_zeros() as usize;
            return (at <= last).then_some(at);
        }
        at += 64;
        unseen = u64::MAX;
    }
    None
}
