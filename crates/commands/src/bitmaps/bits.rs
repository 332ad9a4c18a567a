//! One bit at a time.

use base::number::parse_i64;
use keyspace::Entry;

use super::{Grown, bit_offset, change_text, read_text};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::string;
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, READONLY, RO, RW, Spec, UPDATE, WRITE};
use crate::strings::{overwrite, with_text};

#[rustfmt::skip]
pub(super) const SETBIT: Spec = Spec::new(
    "SETBIT",
    "key offset value<integer>",
    Body::Data(setbit),
)
    .does("Sets or clears a bit of a string and returns what it was.")
    .since("2.2.0").cost("O(1)").group(Group::Bitmap)
    .flags(WRITE | DENYOOM).key(1, RW | ACCESS | UPDATE);

fn setbit(ctx: &mut Ctx) -> Result {
    let offset = bit_offset(ctx.arg(2), ctx.limits.string_len_max)?;
    let bit = match parse_i64(ctx.arg(3)) {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(Error::new("ERR bit is not an integer or out of range")),
    };
    let at = (offset >> 3) as usize;
    let mask = 0x80 >> (offset & 7);
    let (was, grown) = change_text(ctx, at + 1, |entry| {
        let (len, byte) = byte_at(entry, at);
        let was = byte & mask != 0;
        if was != bit {
            overwrite(entry, len, at, &[byte ^ mask]);
        }
        was
    })?;
    if was != bit || grown == Grown::Yes {
        ctx.touched(1, &string::SETBIT);
    }
    ctx.int(was.into())
}

/// The length of a string, and one of its bytes.
fn byte_at(entry: &Entry, at: usize) -> (usize, u8) {
    let look = |text: &[u8]| (text.len(), text.get(at).copied().unwrap_or(0));
    with_text(entry, look).unwrap_or((0, 0))
}

#[rustfmt::skip]
pub(super) const GETBIT: Spec = Spec::new("GETBIT", "key offset", Body::Data(getbit))
    .does("Returns a bit of a string.")
    .since("2.2.0").cost("O(1)").group(Group::Bitmap)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn getbit(ctx: &mut Ctx) -> Result {
    let offset = bit_offset(ctx.arg(2), ctx.limits.string_len_max)?;
    let bit = read_text(ctx, |text| {
        let byte = text.get((offset >> 3) as usize).copied().unwrap_or(0);
        byte & 0x80 >> (offset & 7) != 0
    })?;
    ctx.int(bit.into())
}
