//! Fields that are numbers.

use base::extended::Extended;
use base::number::{NumberBuffer, format_i64, parse_i64};
use keyspace::value::ElementExpiry;

use super::change;
use crate::arguments::integer;
use crate::context::{Ctx, Result};
use crate::elements::{ElementsMut, Expiry, Missing, note};
use crate::errors::Error;
use crate::events::hash;
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const HINCRBY: Spec = Spec::new("HINCRBY", "key field increment", Body::Data(hincrby))
    .does("Adds a number to an integer field of a hash; a missing field counts as 0.")
    .since("2.0.0").cost("O(1)").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE).element(2);

fn hincrby(ctx: &mut Ctx) -> Result {
    let (name, increment) = (ctx.arg(2), integer(ctx.arg(3))?);
    let done = change(ctx, Missing::Create, |fields, _| {
        let old = fields.get(name, |value| match value {
            None => Ok(0),
            Some(value) => {
                value.with_text(parse_i64).ok_or(Error::new("ERR hash value is not an integer"))
            }
        })?;
        let new = old.checked_add(increment).ok_or(Error::Overflow)?;
        fields.set(name, format_i64(new, &mut NumberBuffer::new()), ElementExpiry::Keep);
        Ok(new)
    })?;
    let Some(done) = done else { return ctx.nil() };
    note(ctx, 1, &hash::HINCRBY, 1);
    ctx.int(done.result)
}

#[rustfmt::skip]
pub(super) const HINCRBYFLOAT: Spec = Spec::new(
    "HINCRBYFLOAT",
    "key field increment<double>",
    Body::Data(hincrbyfloat),
)
    .does("Adds a number to a floating-point field of a hash; a missing field counts as 0.")
    .since("2.6.0").cost("O(1)").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE).element(2);

fn hincrbyfloat(ctx: &mut Ctx) -> Result {
    let name = ctx.arg(2);
    let increment = Extended::parse(ctx.arg(3)).ok_or(Error::NotFloat)?;
    if increment.is_nan() || increment.is_infinite() {
        return Err(Error::new("ERR value is NaN or Infinity"));
    }
    let done = change(ctx, Missing::Create, |fields, _| {
        let old = fields.get(name, |value| match value {
            None => Ok(Extended::ZERO),
            Some(value) => {
                value.with_text(Extended::parse).ok_or(Error::new("ERR hash value is not a float"))
            }
        })?;
        let new = old + increment;
        if new.is_nan() || new.is_infinite() {
            return Err(Error::new("ERR increment would produce NaN or Infinity"));
        }
        let new = new.to_human();
        fields.set(name, new.as_bytes(), ElementExpiry::Keep);
        Ok((new, fields.expiry(name)))
    })?;
    let Some(done) = done else { return ctx.nil() };
    let ((new, expiry), key) = (&done.result, ctx.arg(1));
    // The sum, not the summands: other machines may round otherwise. HSET would drop an expiry.
    match expiry {
        Expiry::At(_) => {
            ctx.effects.log(&[b"HSETEX", key, b"KEEPTTL", b"FIELDS", b"1", name, new.as_bytes()])
        }
        _ => ctx.effects.log(&[b"HSET", key, name, new.as_bytes()]),
    }
    note(ctx, 1, &hash::HINCRBYFLOAT, 1);
    ctx.bulk(new.as_bytes())
}
