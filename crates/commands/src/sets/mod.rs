//! Sets: members without order under a key.
//!
//! ```text
//!   members    what is read of a set, whichever of its three forms it has
//!   edit       what is changed, and when a set takes another form
//!   basic, random, scan, algebra, expire, expire_add    the commands
//! ```
//!
//! Must be true: bodies never look at a set's form, and there are no empty sets. What holds of
//! members with an expiry is said in `crate::elements`.

mod algebra;
mod basic;
pub(crate) mod edit;
mod expire;
mod expire_add;
pub(crate) mod members;
mod random;
mod scan;

use keyspace::db::Settled;
use keyspace::value::Family;
use keyspace::{Entry, Payload, Stamp};
use protocol::Reply;

use crate::context::{Ctx, LONG_MIN, Outcome};
use crate::elements::{Change, Elements, Env, Expiry, Missing, lose};
use crate::errors::Error;
use crate::events::{Event, generic};
use crate::spec::Spec;

use edit::MembersMut;
use members::Members;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    basic::SADD, expire_add::SADDEX, basic::SCARD, algebra::SDIFF, algebra::SDIFFCARD,
    algebra::SDIFFSTORE, expire::SEXPIRE, expire::SEXPIREAT, expire::SEXPIRETIME, algebra::SINTER,
    algebra::SINTERCARD, algebra::SINTERSTORE, basic::SISMEMBER, basic::SMEMBERS, basic::SMISMEMBER,
    basic::SMOVE, expire::SPERSIST, expire::SPEXPIRE, expire::SPEXPIREAT, expire::SPEXPIRETIME,
    random::SPOP, expire::SPTTL, random::SRANDMEMBER, basic::SREM, scan::SSCAN, expire::STTL,
    algebra::SUNION, algebra::SUNIONCARD, algebra::SUNIONSTORE,
];

/// Sets, as a family of collections whose elements may expire.
pub(crate) struct Sets;

impl Elements for Sets {
    const FAMILY: Family = Family::Set;

    type Mut<'e, 'a> = MembersMut<'e, 'a>;

    fn new_entry(key: &[u8], stamp: Stamp) -> Entry {
        Entry::new(key, Payload::IntegerSet(&[]), None, stamp)
    }

    fn expiry(entry: &Entry, env: Env<'_>, name: &[u8]) -> Result<Expiry, Error> {
        Ok(Members::of(entry, env)?.expiry(name))
    }
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
    let (key, env) = (ctx.key(1), Env::of(ctx));
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            Ok(body(Members::of(&slot.get(), env)?, &mut ctx.reply))
        }
        None => {
            ctx.missed(1);
            Ok(body(Members::none(env), &mut ctx.reply))
        }
    }
}

/// As [`read`], but first removes those of the members named from argument 2 on that have expired.
#[inline]
fn read_named<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(Members<'_>, &mut Reply<'a>) -> R,
) -> Result<R, Error> {
    let (key, env) = (ctx.key(1), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else {
        ctx.missed(1);
        return Ok(body(Members::none(env), &mut ctx.reply));
    };
    let entry = slot.get();
    let members = Members::of(&entry, env)?;
    if !members.hides() {
        ctx.effects.hits += 1;
        return Ok(body(members, &mut ctx.reply));
    }
    lose::<Sets>(ctx, ctx.request.from(2))?;
    read(ctx, body)
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
fn len_of(ctx: &mut Ctx, argument: usize, settled: Settled) -> Result<usize, Error> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else { return Ok(0) };
    let len = Members::of(&slot.get(), env)?.settled(settled).len();
    Ok(len)
}

/// Runs `body` on the set that argument `argument` names, for changing it. `None` if there is none.
///
/// # Errors
/// The key holds something else.
#[inline]
fn change<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(&mut MembersMut<'_, 'a>, &mut Reply<'a>) -> R,
) -> Result<Option<Change<R>>, Error> {
    let place = (argument, Missing::Leave);
    crate::elements::change::<Sets, R>(ctx, place, |members, reply| Ok(body(members, reply)))
}

/// Adds members to the set that argument `argument` names, which is made if it is not there: `add`
/// adds at least one and tells how many are new.
///
/// # Errors
/// The key holds something else.
#[inline]
fn add<'a>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    add: impl FnOnce(&mut MembersMut<'_, 'a>) -> usize,
) -> Result<usize, Error> {
    let place = (argument, Missing::Create);
    let done = crate::elements::change::<Sets, usize>(ctx, place, |members, _| Ok(add(members)))?;
    Ok(done.map_or(0, |done| done.result))
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
