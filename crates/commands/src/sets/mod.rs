//! Sets: members without order under a key.
//!
//! ```text
//!   members    what is read of a set, whichever of its three forms it has
//!   edit       what is changed, and when a set takes another form
//!   basic, random, scan, algebra    the commands
//! ```
//!
//! Must be true: bodies never look at a set's form, and there are no empty sets.

mod algebra;
mod basic;
pub(crate) mod edit;
pub(crate) mod members;
mod random;
mod scan;

use base::hash::KeyHasher;
use keyspace::{Entry, Payload};
use protocol::Reply;

use crate::context::{Ctx, LONG_MIN, Limits, Outcome};
use crate::errors::Error;
use crate::events::{Event, generic};
use crate::spec::Spec;

use edit::MembersMut;
use members::Members;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    basic::SADD, basic::SCARD, algebra::SDIFF, algebra::SDIFFCARD, algebra::SDIFFSTORE,
    algebra::SINTER, algebra::SINTERCARD, algebra::SINTERSTORE, basic::SISMEMBER, basic::SMEMBERS,
    basic::SMISMEMBER, basic::SMOVE, random::SPOP, random::SRANDMEMBER, basic::SREM, scan::SSCAN,
    algebra::SUNION, algebra::SUNIONCARD, algebra::SUNIONSTORE,
];

/// What sets need of their surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) hasher: &'a KeyHasher,
    pub(crate) limits: &'a Limits,
}

impl<'a> Env<'a> {
    #[inline(always)]
    pub(crate) fn of<'k: 'a>(ctx: &Ctx<'a, 'k>) -> Self {
        Self { hasher: ctx.db.keyspace().hasher(), limits: ctx.limits }
    }
}

/// An entry with an empty set.
pub(crate) fn new_set(ctx: &Ctx, key: &[u8]) -> Entry {
    Entry::new(key, Payload::IntegerSet(&[]), None, ctx.db.fresh_stamp())
}

/// Runs `body` on the set that argument 1 names; a missing key is an empty set. Counts a hit or a
/// miss.
///
/// # Errors
/// The key holds something else.
#[inline]
fn read<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(Members<'_>, &mut Reply<'a>) -> R,
) -> Result<R, Error> {
    let (key, hasher) = (ctx.key(1), ctx.db.keyspace().hasher());
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            Ok(body(Members::of(&slot.get(), hasher)?, &mut ctx.reply))
        }
        None => {
            ctx.missed(1);
            Ok(body(Members::none(hasher), &mut ctx.reply))
        }
    }
}

/// As [`read`], for a body that visits as many members as `visits` says: if they are very many it
/// is left for later.
fn read_many<'a>(
    ctx: &mut Ctx<'a, '_>,
    visits: impl FnOnce(Members<'_>) -> usize,
    body: impl FnOnce(Members<'_>, &mut Reply<'a>),
) -> Result<Outcome, Error> {
    let most = if ctx.may_defer { LONG_MIN } else { usize::MAX };
    let outcome = read(ctx, |members, reply| {
        if visits(members) > most {
            return Outcome::Long;
        }
        body(members, reply);
        Outcome::Done
    })?;
    if outcome == Outcome::Long {
        // It will be counted when it is carried out.
        ctx.effects.hits -= 1;
    }
    Ok(outcome)
}

/// The number of members of the set that argument `argument` names, 0 if there is none; not counted
/// as a read.
///
/// # Errors
/// The key holds something else.
fn len_of(ctx: &mut Ctx, argument: usize) -> Result<usize, Error> {
    let (key, hasher) = (ctx.key(argument), ctx.db.keyspace().hasher());
    let Some(slot) = ctx.db.used(key) else { return Ok(0) };
    let len = Members::of(&slot.get(), hasher)?.len();
    Ok(len)
}

/// What was done to a set.
struct Change<R> {
    /// What the body gave.
    result: R,
    /// True if no member was left, so that there is no key any more.
    emptied: bool,
}

/// Runs `body` on the set that argument `argument` names, for changing it. `None` if there is none.
///
/// # Errors
/// The key holds something else.
#[inline]
fn change<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(&mut MembersMut<'_>, &mut Reply<'a>) -> R,
) -> Result<Option<Change<R>>, Error> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let Some(mut slot) = ctx.db.used(key) else { return Ok(None) };
    let mut entry = slot.get_mut();
    let mut members = MembersMut::of(&mut entry, env)?;
    let result = body(&mut members, &mut ctx.reply);
    let emptied = members.is_empty();
    drop(entry);
    if emptied {
        ctx.db.remove(key);
    }
    Ok(Some(Change { result, emptied }))
}

/// Adds members to the set that argument `argument` names, which is made if it is not there: `add`
/// adds at least one and tells how many are new.
///
/// # Errors
/// The key holds something else.
#[inline]
fn add(
    ctx: &mut Ctx,
    argument: usize,
    add: impl Fn(&mut MembersMut<'_>) -> usize,
) -> Result<usize, Error> {
    if let Some(done) = change(ctx, argument, |members, _| add(members))? {
        return Ok(done.result);
    }
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let mut entry = new_set(ctx, key.bytes);
    let count = add(&mut MembersMut::of(&mut entry, env)?);
    ctx.db.put(key, entry);
    Ok(count)
}

/// Notes an event of a key that stands for `changes` changes, and that the key is gone if it is.
#[inline]
fn note(ctx: &mut Ctx, argument: usize, event: &'static Event, changes: usize, emptied: bool) {
    ctx.effects.changes += changes as u64;
    ctx.note(argument, event);
    if emptied {
        ctx.note(argument, &generic::DEL);
    }
}

#[cfg(test)]
mod tests;
