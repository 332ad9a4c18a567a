//! Hashes: fields and their values under a key, each field with an expiry of its own if asked for.
//!
//! ```text
//!   fields     what is read of a hash, whichever of its two forms it has
//!   edit       what is changed, and when a packed hash becomes a table
//!   basic, counters, random, scan, expire, expire_set    the commands
//! ```
//!
//! Must be true
//! 1. Bodies never look at a hash's form, and there are no empty hashes.
//! 2. An expired field is absent, but for HLEN and HDEL, which count what is stored. Commands that
//!    name fields, and HRANDFIELD, remove the expired ones they meet and log that as HDEL; others
//!    leave them to the sweep.
//! 3. What is logged leads to the same hash on a replayer whose clock never lets fields expire.
//!
//! Not here: HIMPORT's field sets (they belong to the session), the sweep (the engine's).

mod basic;
mod counters;
mod edit;
mod expire;
mod expire_set;
mod fields;
mod random;
mod scan;
#[cfg(test)]
mod tests;

use base::hash::KeyHasher;
use keyspace::db::Key;
use keyspace::value::Size;
use keyspace::{Entry, Kind, Object, Payload};
use protocol::Reply;
use smallvec::SmallVec;
use structures::table::NO_DEADLINE;

use crate::context::{Ctx, LONG_MIN, Limits, Outcome, Record};
use crate::errors::Error;
use crate::events::{Event, generic, hash};
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
#[allow(dead_code, reason = "OBJECT is written elsewhere")]
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

/// What hashes need of their surroundings.
#[derive(Clone, Copy)]
struct Env<'a> {
    hasher: &'a KeyHasher,
    /// Unix time in ms.
    now_ms: i64,
    limits: &'a Limits,
}

impl<'a> Env<'a> {
    #[inline(always)]
    fn of<'k: 'a>(ctx: &Ctx<'a, 'k>) -> Self {
        Self {
            hasher: ctx.db.keyspace().hasher(),
            now_ms: ctx.db.moment.now_ms,
            limits: ctx.limits,
        }
    }
}

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
        if is_long.is_some_and(|min| fields.stored() > min) {
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
    let env = Env {
        hasher: ctx.db.keyspace().hasher(),
        now_ms: ctx.db.moment.now_ms,
        limits: ctx.limits,
    };
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
    remove_expired(ctx)?;
    read(ctx, body)
}

#[cold]
fn remove_expired(ctx: &mut Ctx) -> Result<(), Error> {
    let names = ctx.request.from(2);
    let done = change(ctx, Missing::Leave, |fields, _| {
        names.iter().for_each(|name| fields.remove_expired(name));
        Ok(())
    })?;
    if let Some(done) = done {
        done.note_expired(ctx);
        done.note_emptied(ctx);
    }
    Ok(())
}

/// What becomes of a key that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// Nothing.
    Leave,
    /// It becomes a hash, unless it would have no field.
    Create,
}

/// What was done to a hash.
struct Change<'a, R> {
    /// What the body gave.
    result: R,
    /// Fields, among the arguments, that were removed because they had expired.
    expired: SmallVec<[&'a [u8]; 1]>,
    /// True if no field was left, so that there is no key any more.
    emptied: bool,
}

/// Runs `body` on the hash that argument 1 names, for changing it. Gives `None` if there is none
/// and none is to be created. The caller then notes what happened.
///
/// # Errors
/// The key holds something else, or those of `body`, which must not have changed anything then.
#[inline]
fn change<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    missing: Missing,
    body: impl FnOnce(&mut FieldsMut<'_, 'a>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<Option<Change<'a, R>>, Error> {
    let (key, env) = (ctx.key(1), Env::of(ctx));
    if let Some(mut slot) = ctx.db.used(key) {
        let mut entry = slot.get_mut();
        let mut fields = FieldsMut::of(&mut entry, env)?;
        let result = body(&mut fields, &mut ctx.reply)?;
        let (emptied, deadline) = (fields.is_empty(), fields.deadline());
        let expired = fields.into_expired();
        drop(entry);
        slot.lower_deadline(deadline);
        if deadline != NO_DEADLINE {
            ctx.db.keyspace().note_field_expiry();
        }
        if emptied {
            ctx.db.remove(key);
        }
        return Ok(Some(Change { result, expired, emptied }));
    }
    if missing == Missing::Leave {
        return Ok(None);
    }
    let mut entry = Entry::new(key.bytes, Payload::PackedHash(&[]), None, ctx.db.fresh_stamp());
    let mut fields = FieldsMut::of(&mut entry, env)?;
    let result = body(&mut fields, &mut ctx.reply)?;
    let emptied = fields.is_empty();
    let expired = fields.into_expired();
    if !emptied {
        ctx.db.put(key, entry);
    }
    Ok(Some(Change { result, expired, emptied }))
}

impl<R> Change<'_, R> {
    /// Logs and announces the fields that had expired. To be called before anything else is noted.
    #[inline]
    fn note_expired(&self, ctx: &mut Ctx) {
        if !self.expired.is_empty() {
            note_expired_fields(ctx, &self.expired);
        }
    }

    /// Announces that the key is gone, if it is. To be called after everything else was noted.
    #[inline]
    fn note_emptied(&self, ctx: &mut Ctx) {
        if self.emptied {
            ctx.note(1, &generic::DEL);
        }
    }
}

/// Logs, counts and announces fields of the key that had expired and were removed.
#[cold]
fn note_expired_fields(ctx: &mut Ctx, names: &[&[u8]]) {
    log_with_fields(ctx, &[b"HDEL", ctx.arg(1)], names);
    note(ctx, &hash::HEXPIRED, names.len());
    ctx.effects.expired_fields += names.len() as u64;
}

/// Notes an event of the key that stands for `changes` changes.
#[inline]
fn note(ctx: &mut Ctx, event: &'static Event, changes: usize) {
    ctx.effects.changes += changes as u64;
    ctx.note(1, event);
}

/// Logs the request as it came, after what has been logged already.
#[inline]
fn log_request(ctx: &mut Ctx) {
    if ctx.effects.record == Record::Instead {
        let words: SmallVec<[&[u8]; 16]> = ctx.request.iter().collect();
        ctx.effects.log(&words);
    }
}

/// Logs a request that ends in field names.
#[cold]
fn log_with_fields(ctx: &mut Ctx, words: &[&[u8]], fields: &[&[u8]]) {
    let words: SmallVec<[&[u8]; 16]> = words.iter().chain(fields).copied().collect();
    ctx.effects.log(&words);
}
