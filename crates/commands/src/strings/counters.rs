//! Numbers kept as strings.

use base::extended::Extended;
use base::number::parse_i64;
use keyspace::{Entry, Kind, Payload};

use crate::arguments::integer;
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::string;
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

use super::{Logged, log_set, with_text};

#[rustfmt::skip]
pub(super) const INCR: Spec = Spec::new("INCR", "key", Body::Data(incr))
    .does("Adds one to an integer; a missing key counts as 0.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE);

fn incr(ctx: &mut Ctx) -> Result {
    add(ctx, 1)
}

#[rustfmt::skip]
pub(super) const DECR: Spec = Spec::new("DECR", "key", Body::Data(decr))
    .does("Subtracts one from an integer; a missing key counts as 0.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE);

fn decr(ctx: &mut Ctx) -> Result {
    add(ctx, -1)
}

#[rustfmt::skip]
pub(super) const INCRBY: Spec = Spec::new("INCRBY", "key increment", Body::Data(incrby))
    .does("Adds a number to an integer; a missing key counts as 0.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE);

fn incrby(ctx: &mut Ctx) -> Result {
    let increment = integer(ctx.arg(2))?;
    add(ctx, increment)
}

#[rustfmt::skip]
pub(super) const DECRBY: Spec = Spec::new("DECRBY", "key decrement", Body::Data(decrby))
    .does("Subtracts a number from an integer; a missing key counts as 0.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE);

fn decrby(ctx: &mut Ctx) -> Result {
    let decrement = integer(ctx.arg(2))?;
    let increment = decrement.checked_neg().ok_or(Error::new("ERR decrement would overflow"))?;
    add(ctx, increment)
}

/// Adds to the first key's integer, in place if there is one.
#[inline]
fn add(ctx: &mut Ctx, increment: i64) -> Result {
    let key = ctx.key(1);
    let sum = match ctx.db.used(key) {
        Some(mut slot) => {
            let sum = integer_of(&slot.get())?.checked_add(increment).ok_or(Error::Overflow)?;
            slot.get_mut().set_integer(sum);
            sum
        }
        None => {
            ctx.db.store(key, Payload::Integer(increment), None);
            increment
        }
    };
    ctx.touched(1, &string::INCRBY);
    ctx.int(sum)
}

/// The integer that a string is.
#[inline]
pub(super) fn integer_of(entry: &Entry) -> Result<i64> {
    match entry.kind() {
        Kind::Integer => Ok(entry.integer()),
        _ => with_text(entry, parse_i64)?.ok_or(Error::NotInteger),
    }
}

/// The number that a string is.
pub(super) fn number_of(entry: &Entry) -> Result<Extended> {
    with_text(entry, Extended::parse)?.ok_or(Error::NotFloat)
}

/// A sum that is not finite.
pub(super) const NOT_FINITE: Error = Error::new("ERR increment would produce NaN or Infinity");

#[rustfmt::skip]
pub(super) const INCRBYFLOAT: Spec = Spec::new(
    "INCRBYFLOAT",
    "key increment<double>",
    Body::Data(incrbyfloat),
)
    .does("Adds a number to a floating-point one; a missing key counts as 0.")
    .since("2.6.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE);

fn incrbyfloat(ctx: &mut Ctx) -> Result {
    let key = ctx.key(1);
    let parsed = Extended::parse(ctx.arg(2)).ok_or(Error::NotFloat);
    let text = match ctx.db.used(key) {
        Some(mut slot) => {
            let text = sum_text(number_of(&slot.get())?, parsed?)?;
            // Text even where it reads as an integer, as in Redis.
            slot.get_mut().set_payload(Payload::Text(text.as_bytes()));
            text
        }
        None => {
            let text = sum_text(Extended::ZERO, parsed?)?;
            ctx.db.store(key, Payload::Text(text.as_bytes()), None);
            text
        }
    };
    ctx.touched(1, &string::INCRBYFLOAT);
    log_set(ctx.effects, key.bytes, text.as_bytes(), Logged::Keep);
    ctx.bulk(text.as_bytes())
}

fn sum_text(value: Extended, increment: Extended) -> Result<String> {
    let sum = value + increment;
    if sum.is_nan() || sum.is_infinite() { Err(NOT_FINITE) } else { Ok(sum.to_human()) }
}
