//! The digest of a string, and commands that compare before they act.
//!
//! A digest is XXH3 with 64 bits and seed 0, written as 16 hexadecimal digits.

use keyspace::Entry;
use xxhash_rust::xxh3::xxh3_64;

use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::generic;
use crate::spec::{ACCESS, Body, DELETE, FAST, Group, READONLY, RO, RW, Spec, WRITE};

use super::options::Condition;
use super::{is_string, with_text};

/// Digits of a digest.
const DIGEST_LEN: usize = 16;

/// The digest of a text.
fn digest_of(text: &[u8]) -> [u8; DIGEST_LEN] {
    let hash = xxh3_64(text);
    std::array::from_fn(|at| {
        let nibble = hash >> (60 - 4 * at) & 0xf;
        b"0123456789abcdef"[nibble as usize]
    })
}

/// Whether a string has this digest, in digits of either case.
///
/// # Errors
/// The entry is no string.
pub(super) fn has_digest(entry: &Entry, digest: &[u8]) -> Result<bool> {
    with_text(entry, |text| digest_of(text).eq_ignore_ascii_case(digest))
}

/// An argument that should be a digest.
///
/// # Errors
/// It has not the length of one.
pub(super) fn check_digest(argument: &[u8]) -> Result<&[u8]> {
    if argument.len() == DIGEST_LEN {
        Ok(argument)
    } else {
        Err(Error::new("ERR digest must be exactly 16 hexadecimal characters"))
    }
}

#[rustfmt::skip]
pub(super) const DIGEST: Spec = Spec::new("DIGEST", "key", Body::Data(digest))
    .does("Returns the digest of a string, in hexadecimal.")
    .since("8.4.0").cost("O(N), N being the length of the string").group(Group::String)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn digest(ctx: &mut Ctx) -> Result {
    let digest = ctx.read(1, |entry| entry.map(|e| with_text(e, digest_of)).transpose())?;
    match digest {
        Some(digest) => ctx.bulk(&digest),
        None => ctx.nil(),
    }
}

#[rustfmt::skip]
pub(super) const DELEX: Spec = Spec::new(
    "DELEX",
    "key [condition: IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest \
     | IFDNE ifdne-digest]",
    Body::Data(delex),
)
    .does("Deletes a key if its string, or the digest of it, compares as asked.")
    .since("8.4.0").cost("O(1); O(N) when comparing digests, N being the length of the string")
    .group(Group::String)
    .flags(WRITE | FAST).key(1, RW | DELETE);

fn delex(ctx: &mut Ctx) -> Result {
    let condition = match ctx.argc() {
        2 => None,
        4 => Some(Condition::comparison(ctx.arg(2), ctx.arg(3))?.ok_or(BAD_CONDITION)?),
        _ => return Err(Error::Arity("delex".into())),
    };
    delete_if(ctx, |entry| match condition {
        None => Ok(true),
        Some(_) if !is_string(entry) => Err(NOT_A_STRING),
        Some(condition) => condition.holds(Some(entry)),
    })
}

const BAD_CONDITION: Error = Error::new("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
const NOT_A_STRING: Error =
    Error::new("ERR Key should be of string type if conditions are specified");

#[rustfmt::skip]
pub(super) const DELIFEQ: Spec = Spec::new("DELIFEQ", "key value", Body::Data(delifeq))
    .does("Deletes a key if its string equals a value.")
    .since("9.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | FAST).key(1, RW | DELETE);

fn delifeq(ctx: &mut Ctx) -> Result {
    let value = ctx.arg(2);
    delete_if(ctx, |entry| with_text(entry, |text| text == value))
}

/// Deletes the first key if it is there and `condition` holds; answers how many keys went.
fn delete_if(ctx: &mut Ctx, condition: impl FnOnce(&Entry) -> Result<bool>) -> Result {
    let key = ctx.key(1);
    let Some(slot) = ctx.db.used(key) else { return ctx.int(0) };
    if !condition(&slot.get())? {
        return ctx.int(0);
    }
    ctx.db.remove(key);
    ctx.touched(1, &generic::DEL);
    ctx.effects.log(&[b"DEL", key.bytes]);
    ctx.reply.int(1);
    Ok(Outcome::Done)
}
