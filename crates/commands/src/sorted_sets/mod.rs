//! Sorted sets: members in the order of their scores under a key.
//!
//! ```text
//!   scores     what is read of a sorted set, whichever of its two forms it has
//!   edit       what is changed, and when a packed sorted set becomes a table with a tree
//!   range      ranges by rank, score or member
//!   add, basic, ranges, remove, pop, random, scan, algebra, expire    the commands
//! ```
//!
//! Must be true: bodies never look at a sorted set's form, and there are no empty ones. What holds
//! of members with an expiry is said in `crate::elements`.

pub(crate) mod add;
mod algebra;
mod basic;
pub(crate) mod edit;
mod expire;
mod pop;
mod random;
mod range;
mod ranges;
mod remove;
mod scan;
pub(crate) mod scores;

use keyspace::db::Settled;
use keyspace::value::Family;
use keyspace::{Entry, Payload, Stamp};
use protocol::Reply;

use crate::context::{Ctx, LONG_MIN, Outcome};
use crate::elements::{Change, Elements, Env, Expiry, Missing, READ_BUDGET, lose, settle_sources};
use crate::errors::Error;
use crate::events::{Event, generic};
use crate::spec::Spec;

use edit::ScoresMut;
use scores::Scores;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    pop::BZMPOP, pop::BZPOPMAX, pop::BZPOPMIN, add::ZADD, basic::ZCARD, expire::ZCOLLECT,
    ranges::ZCOUNT, algebra::ZDIFF, algebra::ZDIFFSTORE, expire::ZEXPIRE, expire::ZEXPIREAT,
    expire::ZEXPIRETIME, add::ZINCRBY, algebra::ZINTER, algebra::ZINTERCARD, algebra::ZINTERSTORE,
    ranges::ZLEXCOUNT, pop::ZMPOP, basic::ZMSCORE, expire::ZPERSIST, expire::ZPEXPIRE,
    expire::ZPEXPIREAT, expire::ZPEXPIRETIME, pop::ZPOPMAX, pop::ZPOPMIN, expire::ZPTTL,
    random::ZRANDMEMBER, ranges::ZRANGE, ranges::ZRANGEBYLEX, ranges::ZRANGEBYSCORE,
    ranges::ZRANGESTORE, basic::ZRANK, remove::ZREM, remove::ZREMRANGEBYLEX,
    remove::ZREMRANGEBYRANK, remove::ZREMRANGEBYSCORE, ranges::ZREVRANGE, ranges::ZREVRANGEBYLEX,
    ranges::ZREVRANGEBYSCORE, basic::ZREVRANK, scan::ZSCAN, basic::ZSCORE, expire::ZTTL,
    algebra::ZUNION, algebra::ZUNIONSTORE,
];

/// Sorted sets, as a family of collections whose elements may expire.
pub(crate) struct SortedSets;

impl Elements for SortedSets {
    const FAMILY: Family = Family::SortedSet;

    type Mut<'e, 'a> = ScoresMut<'e, 'a>;

    fn new_entry(key: &[u8], stamp: Stamp) -> Entry {
        Entry::new(key, Payload::PackedSortedSet(&[]), None, stamp)
    }

    fn expiry(entry: &Entry, env: Env<'_>, name: &[u8]) -> Result<Expiry, Error> {
        Ok(Scores::of(entry, env)?.expiry(name))
    }
}

/// Runs `body` on the sorted set that argument `argument` names; a missing key is an empty one.
/// Counts a hit or a miss.
///
/// # Errors
/// The key holds something else.
#[inline]
fn read<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(Scores<'_>, &mut Reply<'a>) -> R,
) -> Result<R, Error> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else {
        ctx.missed(argument);
        return Ok(body(Scores::none(env), &mut ctx.reply));
    };
    let entry = slot.get();
    let scores = Scores::of(&entry, env)?;
    if !scores.hides() {
        ctx.effects.hits += 1;
        return Ok(body(scores, &mut ctx.reply));
    }
    let settled = ctx.db.settle(key, READ_BUDGET);
    read_settled(ctx, (argument, settled), body)
}

/// As [`read`], of a sorted set of which it is known what is left of its expired members.
#[cold]
fn read_settled<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    (argument, settled): (usize, Settled),
    body: impl FnOnce(Scores<'_>, &mut Reply<'a>) -> R,
) -> Result<R, Error> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            Ok(body(Scores::of(&slot.get(), env)?.settled(settled), &mut ctx.reply))
        }
        None => {
            ctx.missed(argument);
            Ok(body(Scores::none(env), &mut ctx.reply))
        }
    }
}

/// As [`read`], for a body that looks at nothing but members named from argument 2 on: only those
/// are removed if they have expired.
#[inline]
fn read_named<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(Scores<'_>, &mut Reply<'a>) -> R,
) -> Result<R, Error> {
    let (key, env) = (ctx.key(1), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else {
        ctx.missed(1);
        return Ok(body(Scores::none(env), &mut ctx.reply));
    };
    let entry = slot.get();
    let scores = Scores::of(&entry, env)?;
    if !scores.hides() {
        ctx.effects.hits += 1;
        return Ok(body(scores, &mut ctx.reply));
    }
    lose::<SortedSets>(ctx, ctx.request.from(2))?;
    read_settled(ctx, (1, Settled::Partly), body)
}

/// As [`read`], for a body that visits as many members as `visits` says: if they are very many it
/// is left for later.
fn read_many<'a>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    visits: impl FnOnce(Scores<'_>) -> usize,
    body: impl FnOnce(Scores<'_>, &mut Reply<'a>),
) -> Result<Outcome, Error> {
    let most = if ctx.may_defer { LONG_MIN } else { usize::MAX };
    let outcome = read(ctx, argument, |scores, reply| {
        // To pass over expired members all are visited.
        if scores.hides() && scores.stored() > most || visits(scores) > most {
            return Outcome::Long;
        }
        body(scores, reply);
        Outcome::Done
    })?;
    if outcome == Outcome::Long {
        // It will be counted when it is carried out.
        ctx.effects.hits -= 1;
    }
    Ok(outcome)
}

/// Whether a body that changes the sorted set that argument `argument` names must be left for
/// later: `visits` tells how many members it is about to visit.
///
/// Members that have expired are removed before they are counted, for as long as that may take
/// here.
fn defers(ctx: &mut Ctx, argument: usize, visits: impl FnOnce(Scores<'_>) -> usize) -> bool {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let Some(slot) = ctx.db.slot(key) else { return false };
    let entry = slot.get();
    let Ok(scores) = Scores::of(&entry, env) else { return false };
    if !scores.hides() {
        return ctx.may_defer && visits(scores) > LONG_MIN;
    }
    if settle_sources(ctx, argument..argument + 1) == Outcome::Long {
        return true;
    }
    ctx.may_defer
        && ctx.db.slot(key).is_some_and(|slot| {
            let entry = slot.get();
            let scores = Scores::of(&entry, env);
            scores.is_ok_and(|scores| visits(scores.settled(Settled::All)) > LONG_MIN)
        })
}

/// Runs `body` on the sorted set that argument `argument` names, for changing it. `None` if there
/// is none.
///
/// # Errors
/// The key holds something else, or those of `body`, which must not have changed anything then.
#[inline]
fn change<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(&mut ScoresMut<'_, 'a>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<Option<Change<R>>, Error> {
    crate::elements::change::<SortedSets, R>(ctx, (argument, Missing::Leave), body)
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

/// Whether scores are answered behind their members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WithScores {
    Yes,
    No,
}

impl WithScores {
    /// Announces so many members.
    fn begin(self, reply: &mut Reply<'_>, members: usize) {
        let flat = self == Self::No || reply.version().is_typed();
        reply.array(if flat { members } else { members * 2 });
    }

    /// Answers with a member.
    fn write(self, reply: &mut Reply<'_>, member: &[u8], score: f64) {
        if self == Self::No {
            return reply.bulk(member);
        }
        if reply.version().is_typed() {
            reply.array(2);
        }
        reply.bulk(member);
        reply.double(score);
    }
}

#[cfg(test)]
mod tests;
