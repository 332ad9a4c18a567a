//! Hashes: fields and their values under a key, each field with an expiry of its own if asked for.
//!
//! ```text
//!   fields     what is read of a hash, whichever of its two forms it has
//!   edit       what is changed, and when a packed hash becomes a table
//!   basic, counters, random, scan, expire, expire_set    the commands
//! ```
//!
//! Must be true: bodies never look at a hash's form, and there are no empty hashes. What holds of
//! fields with an expiry is said in `crate::elements`.
//!
//! Not here: HIMPORT's field sets (they belong to the session), the sweep (the engine's).

mod basic;
mod counters;
pub(crate) mod edit;
mod expire;
mod expire_set;
mod fields;
mod random;
mod scan;
#[cfg(test)]
mod tests;

use keyspace::db::Key;
use keyspace::value::{Family, Size};
use keyspace::{Entry, Kind, Object, Payload, Stamp};
use protocol::Reply;

use crate::context::{Ctx, LONG_MIN, Outcome};
use crate::elements::expire::Syntax;
use crate::elements::{Change, Elements, Env, Expiry, Missing, lose};
use crate::errors::Error;
use crate::spec::Spec;

pub use basic::import;
use edit::FieldsMut;
use fields::Fields;

/// The rows of the family.
pub(crate) const COMMANDS: &[Spec] = &[
    basic::HDEL,
    basic::HEXISTS,
    expire::HEXPIRE,
    expire::HEXPIREAT,
    expire::HEXPIRETIME,
    basic::HGET,
    basic::HGETALL,
    expire_set::HGETDEL,
    expire_set::HGETEX,
    counters::HINCRBY,
    counters::HINCRBYFLOAT,
    basic::HKEYS,
    basic::HLEN,
    basic::HMGET,
    basic::HMSET,
    expire::HPERSIST,
    expire::HPEXPIRE,
    expire::HPEXPIREAT,
    expire::HPEXPIRETIME,
    expire::HPTTL,
    random::HRANDFIELD,
    scan::HSCAN,
    basic::HSET,
    expire_set::HSETEX,
    basic::HSETNX,
    basic::HSTRLEN,
    expire::HTTL,
    basic::HVALS,
];

/// The hash's encoding as OBJECT ENCODING names it; `None` if the entry is no hash.
pub(crate) fn encoding_name(entry: &Entry) -> Option<&'static str> {
    match (entry.kind(), entry.object()) {
        (Kind::PackedHash, _) => Some("listpack"),
        (Kind::Object, Some(Object::Hash(table))) => Some(match table.size() {
            Size::Small => "listpackex",
            Size::Big => "hashtable",
        }),
        _ => None,
    }
}

/// Hashes, as a family of collections whose elements may expire.
pub(crate) struct Hashes;

impl Elements for Hashes {
    const FAMILY: Family = Family::Hash;

    type Mut<'e> = FieldsMut<'e>;

    fn new_entry(key: &[u8], stamp: Stamp) -> Entry {
        Entry::new(key, Payload::PackedHash(&[]), None, stamp)
    }

    fn expiry(entry: &Entry, env: Env<'_>, name: &[u8]) -> Result<Expiry, Error> {
        Ok(Fields::of(entry, env)?.expiry(name))
    }
}

/// How most commands name fields.
const FIELDS: Syntax = Syntax {
    word: "FIELDS",
    missing: "ERR Mandatory argument FIELDS is missing or not at the right position",
    not_positive: "ERR Number of fields must be a positive integer",
    mismatch: "ERR The `numfields` parameter must match the number of arguments",
};

/// Runs `body` on the hash that argument 1 names; a missing key is an empty hash. Counts a hit or a
/// miss.
///
/// # Errors
/// The key holds something else.
#[inline]
fn read<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(Fields<'_>, &mut Reply<'a>) -> R,
) -> Result<R, Error> {
    let (key, env) = (ctx.key(1), Env::of(ctx));
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            Ok(body(Fields::of(&slot.get(), env)?, &mut ctx.reply))
        }
        None => {
            ctx.missed(1);
            Ok(body(Fields::none(env), &mut ctx.reply))
        }
    }
}

/// As [`read`], for a body that answers with all fields: of a hash that has very many it is left
/// for later.
fn read_all<'a>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(Fields<'_>, &mut Reply<'a>),
) -> Result<Outcome, Error> {
    let is_long = ctx.may_defer.then_some(LONG_MIN);
    let outcome = read(ctx, |fields, reply| {
        if is_long.is_some_and(|min| fields.has_more_than(min)) {
            return Outcome::Long;
        }
        body(fields, reply);
        Outcome::Done
    })?;
    if outcome == Outcome::Long {
        // It will be counted when it is carried out.
        ctx.effects.hits -= 1;
    }
    Ok(outcome)
}

/// The value of a field of the hash under any key; `None` if there is no such hash or field.
pub(crate) fn field_of(ctx: &mut Ctx<'_, '_>, key: Key<'_>, field: &[u8]) -> Option<Vec<u8>> {
    let env = Env::of(ctx);
    let slot = ctx.db.used(key)?;
    let entry = slot.get();
    let fields = Fields::of(&entry, env).ok()?;
    fields.get(field, |value| value.map(|value| value.with_text(<[u8]>::to_vec)))
}

/// As [`read`], but first removes those of the fields named from argument 2 on that have expired.
#[inline]
fn read_named<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(Fields<'_>, &mut Reply<'a>) -> R,
) -> Result<R, Error> {
    let (key, env) = (ctx.key(1), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else {
        ctx.missed(1);
        return Ok(body(Fields::none(env), &mut ctx.reply));
    };
    let entry = slot.get();
    let fields = Fields::of(&entry, env)?;
    if !fields.may_have_expired() {
        ctx.effects.hits += 1;
        return Ok(body(fields, &mut ctx.reply));
    }
    lose::<Hashes>(ctx, ctx.request.from(2))?;
    read(ctx, body)
}

/// Runs `body` on the hash that argument 1 names, for changing it: see [`crate::elements::change`].
///
/// # Errors
/// The key holds something else, or those of `body`, which must not have changed anything then.
#[inline]
fn change<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    missing: Missing,
    body: impl FnOnce(&mut FieldsMut<'_>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<Option<Change<R>>, Error> {
    crate::elements::change::<Hashes, R>(ctx, (1, missing), body)
}
