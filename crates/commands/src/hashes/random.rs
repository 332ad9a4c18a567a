//! HRANDFIELD: fields by chance.

use protocol::Reply;

use super::fields::{Fields, Value};
use super::read;
use crate::arguments::{bounded, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::READ_BUDGET;
use crate::errors::Error;
use crate::spec::{ACCESS, Body, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const HRANDFIELD: Spec = Spec::new(
    "HRANDFIELD",
    "key [options: count [WITHVALUES]]",
    Body::Data(hrandfield),
)
    .does("Returns fields of a hash chosen at random.")
    .since("6.2.0").cost("O(N), N being the number of fields returned").group(Group::Hash)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

/// What is answered of each field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Names,
    NamesAndValues,
}

fn hrandfield(ctx: &mut Ctx) -> Result {
    let mut random = ctx.random.fork();
    let Some(count) = ctx.request.get(2) else {
        remove_expired(ctx);
        read(ctx, |fields, reply| match fields.len() {
            0 => reply.nil(),
            _ => fields.draw(1, &mut random, |name, _| reply.bulk(name)),
        })?;
        return Ok(Outcome::Done);
    };
    let count = bounded(count, -i64::MAX..=i64::MAX)?.max(-ctx.limits.draws_max);
    let wanted = match ctx.request.get(3) {
        None => Wanted::Names,
        Some(word) if ctx.argc() == 4 && is_word(word, "WITHVALUES") => Wanted::NamesAndValues,
        Some(_) => return Err(Error::Syntax),
    };
    if wanted == Wanted::NamesAndValues && !(-i64::MAX / 2..=i64::MAX / 2).contains(&count) {
        return Err(Error::new("ERR value is out of range"));
    }
    remove_expired(ctx);
    read(ctx, |fields, reply| write_random(fields, reply, (count, wanted), &mut random))?;
    Ok(Outcome::Done)
}

/// Removes fields that have expired, as Redis does here though it is a read.
fn remove_expired(ctx: &mut Ctx) {
    // What may be left is passed over.
    let _ = ctx.db.settle(ctx.key(1), READ_BUDGET);
}

/// Answers with `count` different fields, or all; a negative count allows repetitions.
fn write_random(
    fields: Fields<'_>,
    reply: &mut Reply<'_>,
    (count, wanted): (i64, Wanted),
    random: &mut fastrand::Rng,
) {
    let len = fields.len();
    let draws = count.unsigned_abs() as usize;
    let answers = match count {
        _ if len == 0 => 0,
        0.. => draws.min(len),
        _ => draws,
    };
    let flat = wanted == Wanted::Names || reply.version().is_typed();
    reply.array(if flat { answers } else { answers * 2 });
    if answers == 0 {
        return;
    }
    let write = |name: &[u8], value: Value<'_>| {
        if wanted == Wanted::NamesAndValues && reply.version().is_typed() {
            reply.array(2);
        }
        reply.bulk(name);
        if wanted == Wanted::NamesAndValues {
            value.write(reply);
        }
    };
    if count < 0 {
        fields.draw(answers, random, write);
    } else if answers == len {
        fields.for_each(write);
    } else {
        fields.sample(answers, random, write);
    }
}
