//! ZRANGE and its relatives: ranges as they are counted, read and stored.

use std::cell::Cell;
use std::ops;

use structures::ordered::Direction;

use super::edit::ScoresMut;
use super::range::{By, Range};
use super::scores::Scores;
use super::{SortedSets, WithScores, defers, note, read, read_many};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::{Elements, ElementsMut, Env};
use crate::errors::Error;
use crate::events::{generic, sorted_set};
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, OW, READONLY, RO, Spec, UPDATE, WRITE};

const LOG_N: &str = "O(log N), N being the number of members in the set";
const LOG_N_M: &str =
    "O(log N + M), N being the number of members in the set and M of those returned";

#[rustfmt::skip]
pub(super) const ZCOUNT: Spec = Spec::new(
    "ZCOUNT",
    "key min<double> max<double>",
    Body::Data(zcount),
)
    .does("Counts the members of a sorted set whose scores lie in a range.")
    .since("2.0.0").cost(LOG_N).group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn zcount(ctx: &mut Ctx) -> Result {
    count(ctx, By::Score)
}

#[rustfmt::skip]
pub(super) const ZLEXCOUNT: Spec = Spec::new("ZLEXCOUNT", "key min max", Body::Data(zlexcount))
    .does("Counts the members of a sorted set that lie in a range by their bytes.")
    .since("2.8.9").cost(LOG_N).group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn zlexcount(ctx: &mut Ctx) -> Result {
    count(ctx, By::Lex)
}

fn count(ctx: &mut Ctx, by: By) -> Result {
    let range = Range::parse(by, ctx.arg(2), ctx.arg(3))?;
    let count = read(ctx, 1, |scores, _| range.ranks(scores).len())?;
    ctx.int(count as i64)
}

/// A range with the options that narrow it.
struct Query<'a> {
    range: Range<'a>,
    direction: Direction,
    offset: i64,
    limit: i64,
    with_scores: WithScores,
}

/// What a command leaves to the options.
#[derive(Clone, Copy)]
struct Fixed {
    by: Option<By>,
    direction: Option<Direction>,
    /// Index of the argument with the key.
    key: usize,
    /// Whether scores may be asked for.
    scores: bool,
}

impl<'a> Query<'a> {
    fn parse(ctx: &Ctx<'a, '_>, fixed: Fixed) -> Result<Self> {
        let (mut by, mut direction) = (fixed.by, fixed.direction);
        let (mut offset, mut limit, mut with_scores) = (0, -1, WithScores::No);
        let mut words = ctx.request.iter().skip(fixed.key + 3);
        while let Some(word) = words.next() {
            if fixed.scores && is_word(word, "WITHSCORES") {
                with_scores = WithScores::Yes;
            } else if is_word(word, "LIMIT") && words.len() >= 2 {
                let mut number = || integer(words.next().unwrap_or_default());
                (offset, limit) = (number()?, number()?);
            } else if direction.is_none() && is_word(word, "REV") {
                direction = Some(Direction::Descending);
            } else if by.is_none() && is_word(word, "BYLEX") {
                by = Some(By::Lex);
            } else if by.is_none() && is_word(word, "BYSCORE") {
                by = Some(By::Score);
            } else {
                return Err(Error::Syntax);
            }
        }
        let (by, direction) = (by.unwrap_or(By::Rank), direction.unwrap_or(Direction::Ascending));
        if limit != -1 && by == By::Rank {
            return Err(Error::new(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or \
                 BYLEX",
            ));
        }
        if with_scores == WithScores::Yes && by == By::Lex {
            return Err(Error::new(
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
            ));
        }
        let (first, second) = (ctx.arg(fixed.key + 1), ctx.arg(fixed.key + 2));
        let swapped = direction == Direction::Descending && by != By::Rank;
        let (min, max) = if swapped { (second, first) } else { (first, second) };
        let range = Range::parse(by, min, max)?;
        Ok(Self { range, direction, offset, limit, with_scores })
    }

    /// The ranks to take, counted in the direction.
    fn ranks(&self, scores: Scores<'_>) -> ops::Range<usize> {
        let ranks = self.range.ranks(scores);
        if matches!(self.range, Range::Rank(..)) {
            // Indexes count in the direction already.
            return ranks;
        }
        let start = match self.direction {
            Direction::Ascending => ranks.start,
            Direction::Descending => scores.len() - ranks.end,
        };
        // As in Redis, nothing lies beyond a negative offset.
        let Ok(offset) = usize::try_from(self.offset) else { return 0..0 };
        let left = ranks.len().saturating_sub(offset);
        let taken = usize::try_from(self.limit).map_or(left, |limit| left.min(limit));
        let start = start.saturating_add(offset);
        start..start.saturating_add(taken)
    }
}

fn answer(ctx: &mut Ctx, by: Option<By>, direction: Option<Direction>) -> Result {
    let query = Query::parse(ctx, Fixed { by, direction, key: 1, scores: true })?;
    let found = Cell::new(0..0);
    let visits = |scores: Scores<'_>| {
        let ranks = query.ranks(scores);
        let count = ranks.len();
        found.set(ranks);
        count
    };
    read_many(ctx, 1, visits, |scores, reply| {
        let ranks = found.take();
        query.with_scores.begin(reply, ranks.len());
        scores.slice(ranks, query.direction, |member, score| {
            query.with_scores.write(reply, member, score);
        });
    })
}

#[rustfmt::skip]
pub(super) const ZRANGE: Spec = Spec::new(
    "ZRANGE",
    "key start<string> stop<string> [sortby: (BYSCORE | BYLEX) @6.2.0] [rev: REV @6.2.0] \
     [LIMIT (offset count) @6.2.0] [withscores: WITHSCORES]",
    Body::Data(zrange),
)
    .does("Returns a range of a sorted set.")
    .since("1.2.0").cost(LOG_N_M).group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("6.2.0", "The options `REV`, `BYSCORE`, `BYLEX` and `LIMIT`.")]);

fn zrange(ctx: &mut Ctx) -> Result {
    answer(ctx, None, None)
}

#[rustfmt::skip]
pub(super) const ZREVRANGE: Spec = Spec::new(
    "ZREVRANGE",
    "key start stop [withscores: WITHSCORES]",
    Body::Data(zrevrange),
)
    .does("Returns a range of a sorted set by index, from the greatest member on.")
    .since("1.2.0").cost(LOG_N_M).group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .deprecated("6.2.0", "`ZRANGE` with the `REV` argument");

fn zrevrange(ctx: &mut Ctx) -> Result {
    answer(ctx, Some(By::Rank), Some(Direction::Descending))
}

#[rustfmt::skip]
pub(super) const ZRANGEBYSCORE: Spec = Spec::new(
    "ZRANGEBYSCORE",
    "key min<double> max<double> [withscores: WITHSCORES @2.0.0] [LIMIT (offset count)]",
    Body::Data(zrangebyscore),
)
    .does("Returns the members of a sorted set whose scores lie in a range.")
    .since("1.0.5").cost(LOG_N_M).group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("2.0.0", "The option `WITHSCORES`.")])
    .deprecated("6.2.0", "`ZRANGE` with the `BYSCORE` argument");

fn zrangebyscore(ctx: &mut Ctx) -> Result {
    answer(ctx, Some(By::Score), Some(Direction::Ascending))
}

#[rustfmt::skip]
pub(super) const ZREVRANGEBYSCORE: Spec = Spec::new(
    "ZREVRANGEBYSCORE",
    "key max<double> min<double> [withscores: WITHSCORES] [LIMIT (offset count)]",
    Body::Data(zrevrangebyscore),
)
    .does("Returns the members of a sorted set whose scores lie in a range, the greatest first.")
    .since("2.2.0").cost(LOG_N_M).group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("2.1.6", "`min` and `max` can be exclusive.")])
    .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments");

fn zrevrangebyscore(ctx: &mut Ctx) -> Result {
    answer(ctx, Some(By::Score), Some(Direction::Descending))
}

#[rustfmt::skip]
pub(super) const ZRANGEBYLEX: Spec = Spec::new(
    "ZRANGEBYLEX",
    "key min max [LIMIT (offset count)]",
    Body::Data(zrangebylex),
)
    .does("Returns the members of a sorted set that lie in a range by their bytes.")
    .since("2.8.9").cost(LOG_N_M).group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .deprecated("6.2.0", "`ZRANGE` with the `BYLEX` argument");

fn zrangebylex(ctx: &mut Ctx) -> Result {
    answer(ctx, Some(By::Lex), Some(Direction::Ascending))
}

#[rustfmt::skip]
pub(super) const ZREVRANGEBYLEX: Spec = Spec::new(
    "ZREVRANGEBYLEX",
    "key max min [LIMIT (offset count)]",
    Body::Data(zrevrangebylex),
)
    .does("Returns the members of a sorted set that lie in a range by their bytes, the last first.")
    .since("2.8.9").cost(LOG_N_M).group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments");

fn zrevrangebylex(ctx: &mut Ctx) -> Result {
    answer(ctx, Some(By::Lex), Some(Direction::Descending))
}

#[rustfmt::skip]
pub(super) const ZRANGESTORE: Spec = Spec::new(
    "ZRANGESTORE",
    "dst<key> src<key> min max [sortby: BYSCORE | BYLEX] [rev: REV] [LIMIT (offset count)]",
    Body::Data(zrangestore),
)
    .does("Stores a range of a sorted set in a key.")
    .since("6.2.0").cost("O(log N + M), N being the number of members in the set and M of those \
                          stored").group(Group::SortedSet)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE).key(2, RO | ACCESS);

fn zrangestore(ctx: &mut Ctx) -> Result {
    let query = Query::parse(ctx, Fixed { by: None, direction: None, key: 2, scores: false })?;
    if defers(ctx, 2, |scores| query.ranks(scores).len()) {
        return Ok(Outcome::Long);
    }
    let (target, env) = (ctx.key(1), Env::of(ctx));
    let mut entry = SortedSets::new_entry(target.bytes, ctx.db.fresh_stamp());
    let stored = read(ctx, 2, |scores, _| {
        let ranks = query.ranks(scores);
        let count = ranks.len();
        let mut target = ScoresMut::of(&mut entry, env)?;
        target.prepare_for(count)?;
        let mut outcome = Ok(count);
        scores.slice(ranks, query.direction, |member, score| {
            if outcome.is_ok() {
                outcome = target.set(member, score).map(|()| count);
            }
        });
        outcome
    })??;
    if stored > 0 {
        ctx.db.put(target, entry);
        note(ctx, 1, &sorted_set::ZRANGESTORE, 1, false);
    } else if ctx.db.remove(target) {
        note(ctx, 1, &generic::DEL, 1, false);
    }
    ctx.int(stored as i64)
}
