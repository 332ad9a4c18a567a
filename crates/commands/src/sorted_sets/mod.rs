//! Sorted sets: members in the order of their scores under a key.
//!
//! ```text
//!   scores     what is read of a sorted set, whichever of its two forms it has
//!   edit       what is changed, and when a packed sorted set becomes a table with a tree
//!   range      ranges by rank, score or member
//!   add, basic, ranges, remove, pop, random, scan, algebra    the commands
//! ```
//!
//! Must be true: bodies never look at a sorted set's form, and there are no empty ones.

pub(crate) mod add;
mod algebra;
mod basic;
pub(crate) mod edit;
mod pop;
mod random;
mod range;
mod ranges;
mod remove;
mod scan;
pub(crate) mod scores;

use keyspace::{Entry, Payload};
use protocol::Reply;

use crate::context::{Ctx, LONG_MIN, Outcome};
use crate::errors::Error;
use crate::events::{Event, generic};
use crate::sets::Env;
use crate::spec::Spec;

use edit::ScoresMut;
use scores::Scores;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    pop::BZMPOP, pop::BZPOPMAX, pop::BZPOPMIN, add::ZADD, basic::ZCARD, ranges::ZCOUNT,
    algebra::ZDIFF, algebra::ZDIFFSTORE, add::ZINCRBY, algebra::ZINTER, algebra::ZINTERCARD,
    algebra::ZINTERSTORE, ranges::ZLEXCOUNT, pop::ZMPOP, basic::ZMSCORE, pop::ZPOPMAX, pop::ZPOPMIN,
    random::ZRANDMEMBER, ranges::ZRANGE, ranges::ZRANGEBYLEX, ranges::ZRANGEBYSCORE,
    ranges::ZRANGESTORE, basic::ZRANK, remove::ZREM, remove::ZREMRANGEBYLEX,
    remove::ZREMRANGEBYRANK, remove::ZREMRANGEBYSCORE, ranges::ZREVRANGE, ranges::ZREVRANGEBYLEX,
    ranges::ZREVRANGEBYSCORE, basic::ZREVRANK, scan::ZSCAN, basic::ZSCORE, algebra::ZUNION,
    algebra::ZUNIONSTORE,
];

/// An entry with an empty sorted set.
pub(crate) fn new_sorted_set(ctx: &Ctx, key: &[u8]) -> Entry {
    Entry::new(key, Payload::PackedSortedSet(&[]), None, ctx.db.fresh_stamp())
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
    let (key, hasher) = (ctx.key(argument), ctx.db.keyspace().hasher());
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            Ok(body(Scores::of(&slot.get(), hasher)?, &mut ctx.reply))
        }
        None => {
            ctx.missed(argument);
            Ok(body(Scores::none(hasher), &mut ctx.reply))
        }
    }
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
        if visits(scores) > most {
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
fn defers(ctx: &mut Ctx, argument: usize, visits: impl FnOnce(Scores<'_>) -> usize) -> bool {
    let (key, hasher) = (ctx.key(argument), ctx.db.keyspace().hasher());
    ctx.may_defer
        && ctx.db.slot(key).is_some_and(|slot| {
            Scores::of(&slot.get(), hasher).is_ok_and(|scores| visits(scores) > LONG_MIN)
        })
}

/// What was done to a sorted set.
struct Change<R> {
    /// What the body gave.
    result: R,
    /// True if no member was left, so that there is no key any more.
    emptied: bool,
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
    body: impl FnOnce(&mut ScoresMut<'_>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<Option<Change<R>>, Error> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let Some(mut slot) = ctx.db.used(key) else { return Ok(None) };
    let mut entry = slot.get_mut();
    let mut scores = ScoresMut::of(&mut entry, env)?;
    let result = body(&mut scores, &mut ctx.reply)?;
    let emptied = scores.scores().is_empty();
    drop(entry);
    if emptied {
        ctx.db.remove(key);
    }
    Ok(Some(Change { result, emptied }))
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
