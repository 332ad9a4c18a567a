//! Parts of strings: reading them, overwriting them, adding to the end.
//!
//! Text that is changed here stays text, even if it reads as an integer, and is marked as edited: its
//! encoding shows as `raw`, as in Redis.

use std::sync::Arc;

use base::number::{NumberBuffer, format_i64};
use keyspace::entry::SHARED_MIN;
use keyspace::{Entry, Kind, Payload};

use crate::arguments::{integer, payload};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::string;
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, INSERT, READONLY, RO, RW, Spec, UPDATE, WRITE};

use super::with_text;

#[rustfmt::skip]
pub(super) const APPEND: Spec = Spec::new("APPEND", "key value", Body::Data(append))
    .does("Adds text to the end of a string, creating the key if it is missing.")
    .since("2.0.0").cost("O(1) amortised").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT);

fn append(ctx: &mut Ctx) -> Result {
    let key = ctx.key(1);
    let added = ctx.arg(2);
    let len = match ctx.db.used(key) {
        Some(mut slot) => {
            let len = with_text(&slot.get(), <[u8]>::len)?;
            check_len(ctx.limits.string_len_max, len, added.len())?;
            overwrite(&mut slot.get_mut(), len, len, added);
            len + added.len()
        }
        None => {
            ctx.db.store(key, payload(added), None);
            added.len()
        }
    };
    ctx.touched(1, &string::APPEND);
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const SETRANGE: Spec = Spec::new("SETRANGE", "key offset value", Body::Data(setrange))
    .does("Overwrites part of a string from an offset on, with zero bytes before it if need be.")
    .since("2.2.0")
    .cost("O(N), N being the length of the value; O(M) if the string of length M must move")
    .group(Group::String)
    .flags(WRITE | DENYOOM).key(1, RW | UPDATE);

fn setrange(ctx: &mut Ctx) -> Result {
    let offset = integer(ctx.arg(2))?;
    let offset =
        usize::try_from(offset).map_err(|_| Error::new("ERR offset is out of range"))?;
    let key = ctx.key(1);
    let value = ctx.arg(3);
    let max = ctx.limits.string_len_max;
    let len = match ctx.db.used(key) {
        Some(mut slot) => {
            let len = with_text(&slot.get(), <[u8]>::len)?;
            if value.is_empty() {
                return ctx.int(len as i64);
            }
            let end = check_len(max, offset, value.len())?;
            overwrite(&mut slot.get_mut(), len, offset, value);
            len.max(end)
        }
        None if value.is_empty() => return ctx.int(0),
        None => {
            let end = check_len(max, offset, value.len())?;
            let mut entry =
                Entry::new(key.bytes, Payload::Text(b""), None, ctx.db.fresh_stamp());
            overwrite(&mut entry, 0, offset, value);
            ctx.db.put(key, entry);
            end
        }
    };
    ctx.touched(1, &string::SETRANGE);
    ctx.int(len as i64)
}

/// The sum of two lengths, if a string may be that long.
fn check_len(max: usize, len: usize, added: usize) -> Result<usize> {
    len.checked_add(added).filter(|sum| *sum <= max).ok_or(Error::TooLong)
}

/// Writes `value` into a string of length `len` from `offset` on, with zero bytes before it if it
/// starts beyond the end. Text that grows beyond `SHARED_MIN` moves to a block of its own.
fn overwrite(entry: &mut Entry, len: usize, offset: usize, value: &[u8]) {
    if entry.kind() == Kind::Integer {
        let integer = entry.integer();
        let mut buffer = NumberBuffer::new();
        entry.set_payload(Payload::Text(format_i64(integer, &mut buffer)));
    }
    let end = offset + value.len();
    if let Some(text) = entry.shared_text_mut() {
        overwrite_vec(text, offset, value);
    } else if len.max(end) > SHARED_MIN {
        let mut text = Vec::with_capacity(len.max(end));
        text.extend_from_slice(entry.payload());
        overwrite_vec(&mut text, offset, value);
        entry.set_shared(Arc::new(text));
    } else {
        let gap = vec![0; offset.saturating_sub(len)];
        let at = offset.min(len);
        entry.splice(at, end.min(len) - at, &[&gap, value]);
    }
    entry.set_edited();
}

fn overwrite_vec(text: &mut Vec<u8>, offset: usize, value: &[u8]) {
    if text.len() < offset {
        text.resize(offset, 0);
    }
    let (inside, beyond) = value.split_at(value.len().min(text.len() - offset));
    text[offset..offset + inside.len()].copy_from_slice(inside);
    text.extend_from_slice(beyond);
}

#[rustfmt::skip]
pub(super) const GETRANGE: Spec = Spec::new("GETRANGE", "key start end", Body::Data(getrange))
    .does("Returns the part of a string between two offsets.")
    .since("2.4.0").cost("O(N), N being the length of the part").group(Group::String)
    .flags(READONLY).key(1, RO | ACCESS);

fn getrange(ctx: &mut Ctx) -> Result {
    let (start, end) = (integer(ctx.arg(2))?, integer(ctx.arg(3))?);
    let key = ctx.key(1);
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            with_text(&slot.get(), |text| ctx.reply.bulk(part(text, start, end)))?;
        }
        None => {
            ctx.effects.misses += 1;
            ctx.reply.bulk(b"");
        }
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const SUBSTR: Spec = Spec::new("SUBSTR", "key start end", Body::Data(substr))
    .does("Returns the part of a string between two offsets.")
    .since("1.0.0").cost("O(N), N being the length of the part").group(Group::String)
    .flags(READONLY).key(1, RO | ACCESS)
    .deprecated("2.0.0", "`GETRANGE`");

fn substr(ctx: &mut Ctx) -> Result {
    getrange(ctx)
}

/// The bytes from `start` to `end`, both included; negative ones count from the end.
fn part(text: &[u8], start: i64, end: i64) -> &[u8] {
    let len = text.len() as i64;
    if start < 0 && end < 0 && start > end {
        return b"";
    }
    let from_start = |index: i64| if index < 0 { (len + index).max(0) } else { index };
    let (start, end) = (from_start(start), from_start(end).min(len - 1));
    text.get(start as usize..(end + 1) as usize).unwrap_or_default()
}
