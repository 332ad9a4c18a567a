//! Bitmaps: strings whose bits are counted from the highest of the first byte.
//!
//! ```text
//!   bits     SETBIT, GETBIT
//!   count    BITCOUNT, BITPOS
//!   combine  BITOP
//!   fields   BITFIELD, BITFIELD_RO: integers of 1 to 64 bits anywhere in a string
//! ```
//!
//! Must be true: a long string is changed where it lies, not copied. Text that is changed here
//! stays text and shows as `raw`, as with SETRANGE.

mod bits;
mod combine;
mod count;
mod fields;
#[cfg(test)]
mod tests;

use base::number::parse_i64;
use keyspace::{Entry, Payload};

use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::spec::Spec;
use crate::strings::{overwrite, with_text};

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    count::BITCOUNT, fields::BITFIELD, fields::BITFIELD_RO, combine::BITOP, count::BITPOS,
    bits::GETBIT, bits::SETBIT,
];

/// An offset in bits, which must lie in the longest string there may be.
fn bit_offset(text: &[u8], string_len_max: usize) -> Result<u64> {
    checked_offset(parse_i64(text), string_len_max)
}

fn checked_offset(offset: Option<i64>, string_len_max: usize) -> Result<u64> {
    offset
        .and_then(|offset| u64::try_from(offset).ok())
        .filter(|offset| offset >> 3 < string_len_max as u64)
        .ok_or(Error::new("ERR bit offset is not an integer or out of range"))
}

/// Runs `body` on the string that argument 1 names, a missing key being an empty one. Counts a hit
/// or a miss.
fn read_text<R>(ctx: &mut Ctx<'_, '_>, body: impl FnOnce(&[u8]) -> R) -> Result<R> {
    let key = ctx.key(1);
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            with_text(&slot.get(), body)
        }
        None => {
            ctx.missed(1);
            Ok(body(&[]))
        }
    }
}

/// Whether a string had to be made longer, or made at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grown {
    Yes,
    No,
}

/// Runs `body` on the entry of argument 1 after making it a string of at least `len` bytes.
fn change_text<R>(
    ctx: &mut Ctx<'_, '_>,
    len: usize,
    body: impl FnOnce(&mut Entry) -> R,
) -> Result<(R, Grown)> {
    let key = ctx.key(1);
    if let Some(mut slot) = ctx.db.used(key) {
        let old = with_text(&slot.get(), <[u8]>::len)?;
        let mut entry = slot.get_mut();
        let grown = if old < len { Grown::Yes } else { Grown::No };
        if grown == Grown::Yes {
            overwrite(&mut entry, old, len - 1, &[0]);
        } else if !entry.is_edited() {
            // It counts as edited text even if no bit changes.
            overwrite(&mut entry, old, old, &[]);
        }
        return Ok((body(&mut entry), grown));
    }
    let mut entry = Entry::new(key.bytes, Payload::Text(b""), None, ctx.db.fresh_stamp());
    overwrite(&mut entry, 0, len - 1, &[0]);
    let result = body(&mut entry);
    ctx.db.put(key, entry);
    Ok((result, Grown::Yes))
}
