//! HyperLogLog: how many different elements there were, about, in at most 12 KB.
//!
//! ```text
//!   sketch   the string's header, its checks, and the estimate
//!   dense    16384 registers of six bits
//!   sparse   runs of equal registers
//!   debug    PFDEBUG, PFSELFTEST
//! ```
//!
//! A sketch is a string whose bytes are Redis's, so that GET, SET, DUMP and RESTORE exchange it.
//!
//! Must be true: strings come from anybody. None is read beyond its end, whatever it says; one that
//! makes no sense is refused, at the latest when all of it is read.

mod debug;
mod dense;
mod sketch;
mod sparse;
#[cfg(test)]
mod tests;

use keyspace::{Entry, Payload};
use smallvec::SmallVec;

use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::string;
use crate::spec::{
    ACCESS, Body, DENYOOM, FAST, Group, INSERT, MAY_REPLICATE, READONLY, RO, RW, Spec, WRITE,
};
use crate::strings::{overwrite, with_text};
use sketch::{Encoding, Registers, Sketch};

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    PFADD, PFCOUNT, debug::PFDEBUG, PFMERGE, debug::PFSELFTEST,
];

/// The text of a key that holds no sketch.
const NO_SKETCH: Error = Error::new("WRONGTYPE Key is not a valid HyperLogLog string value.");
/// A sketch that makes no sense.
const CORRUPT: Error = Error::new("INVALIDOBJ Corrupted HLL object detected");

/// Runs `body` on the sketch in an entry.
fn with_sketch<R>(entry: &Entry, body: impl FnOnce(Sketch<'_>) -> R) -> Result<R> {
    with_text(entry, |text| Sketch::of(text).map(body).ok_or(NO_SKETCH))?
}

/// Stores a sketch in place of what the entry holds.
fn set_sketch(entry: &mut Entry, bytes: &[u8]) {
    entry.set_payload(Payload::Text(bytes));
    entry.set_edited();
}

#[rustfmt::skip]
const PFADD: Spec = Spec::new("PFADD", "key [element ...]", Body::Data(pfadd))
    .does("Adds elements to a HyperLogLog and tells whether that changes its count.")
    .since("2.8.9").cost("O(1) for each element").group(Group::HyperLogLog)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT);

fn pfadd(ctx: &mut Ctx) -> Result {
    let (key, elements, max) =
        (ctx.key(1), ctx.request.from(2), ctx.limits.sparse_sketch_bytes_max);
    let mut changes = 0;
    match ctx.db.used(key) {
        None => {
            let mut bytes = sparse::empty();
            for element in elements.iter() {
                let (index, count) = sketch::place(element);
                sketch::set(&mut bytes, index, count, max)?;
            }
            changes = 1 + elements.len() as u64;
            sketch::invalidate(&mut bytes);
            let payload = Payload::Text(&bytes);
            let mut entry = Entry::new(key.bytes, payload, None, ctx.db.fresh_stamp());
            entry.set_edited();
            ctx.db.put(key, entry);
        }
        Some(mut slot) => {
            let encoding = with_sketch(&slot.get(), |sketch| sketch.encoding())?;
            let mut entry = slot.get_mut();
            match encoding {
                Encoding::Dense => {
                    for element in elements.iter() {
                        changes += u64::from(add_dense(&mut entry, element));
                    }
                    if changes > 0 {
                        overwrite(&mut entry, dense::LEN, sketch::STALE_AT, &[sketch::STALE]);
                    }
                }
                Encoding::Sparse => {
                    let mut bytes = with_text(&entry, <[u8]>::to_vec)?;
                    for element in elements.iter() {
                        let (index, count) = sketch::place(element);
                        changes += u64::from(sketch::set(&mut bytes, index, count, max)?);
                    }
                    if changes > 0 {
                        sketch::invalidate(&mut bytes);
                        set_sketch(&mut entry, &bytes);
                    }
                }
            }
        }
    }
    if changes > 0 {
        ctx.effects.changes += changes;
        ctx.note(1, &string::PFADD);
    }
    ctx.int((changes > 0).into())
}

/// Adds an element to a dense sketch where it lies.
fn add_dense(entry: &mut Entry, element: &[u8]) -> bool {
    let (index, count) = sketch::place(element);
    let changed = with_text(entry, |text| dense::changed(text, index, count));
    let Ok(Some((at, bytes))) = changed else { return false };
    let end = dense::LEN.min(at + bytes.len());
    overwrite(entry, dense::LEN, at, &bytes[..end - at]);
    true
}

#[rustfmt::skip]
const PFCOUNT: Spec = Spec::new("PFCOUNT", "key [key ...]", Body::Data(pfcount))
    .does("Estimates how many different elements were added to HyperLogLogs.")
    .since("2.8.9")
    .cost("O(1) for one key; O(N) with a large constant for N keys")
    .group(Group::HyperLogLog)
    .flags(READONLY | MAY_REPLICATE).keys(1, -1, 1, RW | ACCESS)
    .key_note("RW because it may change the internal representation of the key, and propagate to \
               replicas");

fn pfcount(ctx: &mut Ctx) -> Result {
    if ctx.argc() > 2 {
        let mut registers = Registers::default();
        for at in 1..ctx.argc() {
            merge(ctx, at, &mut registers)?;
        }
        return ctx.int(registers.estimate() as i64);
    }
    let key = ctx.key(1);
    let Some(mut slot) = ctx.db.used(key) else {
        ctx.effects.misses += 1;
        return ctx.int(0);
    };
    ctx.effects.hits += 1;
    let known = with_sketch(&slot.get(), |sketch| sketch.known_count())?;
    if let Some(count) = known {
        return ctx.int(count as i64);
    }
    let count = with_sketch(&slot.get(), |sketch| sketch.estimate())?.ok_or(CORRUPT)?;
    let len = with_text(&slot.get(), <[u8]>::len)?;
    overwrite(&mut slot.get_mut(), len, sketch::COUNT_AT, &count.to_le_bytes());
    // The string is another one, though it means the same.
    ctx.effects.changes += 1;
    ctx.int(count as i64)
}

/// Takes the sketch of argument `at` in; a missing one has no elements.
fn merge(ctx: &mut Ctx<'_, '_>, at: usize, into: &mut Registers) -> Result<Option<Encoding>> {
    let key = ctx.key(at);
    let Some(slot) = ctx.db.used(key) else {
        ctx.effects.misses += 1;
        return Ok(None);
    };
    ctx.effects.hits += 1;
    let merged = with_sketch(&slot.get(), |sketch| into.merge(sketch).map(|()| sketch.encoding()))?;
    merged.map(Some).ok_or(CORRUPT)
}

#[rustfmt::skip]
const PFMERGE: Spec = Spec::new(
    "PFMERGE",
    "destkey [sourcekey ...]",
    Body::Data(pfmerge),
)
    .does("Adds the elements of HyperLogLogs to another.")
    .since("2.8.9")
    .cost("O(N) with a large constant, N being the number of keys").group(Group::HyperLogLog)
    .flags(WRITE | DENYOOM).key(1, RW | ACCESS | INSERT).keys(2, -1, 1, RO | ACCESS);

fn pfmerge(ctx: &mut Ctx) -> Result {
    let mut registers = Registers::default();
    let mut encodings = SmallVec::<[Encoding; 8]>::new();
    for at in 1..ctx.argc() {
        encodings.extend(merge(ctx, at, &mut registers)?);
    }
    let (key, max) = (ctx.key(1), ctx.limits.sparse_sketch_bytes_max);
    let old = match ctx.db.slot(key) {
        Some(slot) => Some(with_text(&slot.get(), <[u8]>::to_vec)?),
        None => None,
    };
    let is_new = old.is_none();
    let mut bytes = old.unwrap_or_else(sparse::empty);
    let outgrows = bytes.len() <= max && registers.fills_sparse(max);
    if outgrows || encodings.contains(&Encoding::Dense) {
        bytes = sketch::to_dense(&bytes).ok_or(CORRUPT)?;
    }
    for (index, count) in registers.set_ones() {
        sketch::set(&mut bytes, index, count, max)?;
    }
    sketch::invalidate(&mut bytes);
    if is_new {
        let payload = Payload::Text(&bytes);
        let mut entry = Entry::new(key.bytes, payload, None, ctx.db.fresh_stamp());
        entry.set_edited();
        ctx.db.put(key, entry);
    } else if let Some(mut slot) = ctx.db.slot(key) {
        set_sketch(&mut slot.get_mut(), &bytes);
    }
    ctx.touched(1, &string::PFADD);
    ctx.ok()
}
