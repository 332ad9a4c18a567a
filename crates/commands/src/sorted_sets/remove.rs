//! ZREM and the removal of ranges.

use structures::ordered::Direction;

use super::range::{By, Range};
use super::{change, defers, note};
use crate::context::{Ctx, Outcome, Result};
use crate::events::{Event, sorted_set};
use crate::spec::{Body, DELETE, FAST, Group, RW, Spec, WRITE};

const LOG_N_M: &str =
    "O(log N + M log N), N being the number of members in the set and M of those removed";

#[rustfmt::skip]
pub(super) const ZREM: Spec = Spec::new("ZREM", "key member [member ...]", Body::Data(zrem))
    .does("Removes members from a sorted set, and the set if none are left.")
    .since("1.2.0").cost(LOG_N_M)
    .group(Group::SortedSet)
    .flags(WRITE | FAST).key(1, RW | DELETE).element(2)
    .history(&[("2.4.0", "More than one member.")]);

fn zrem(ctx: &mut Ctx) -> Result {
    let names = ctx.request.from(2);
    let done = change(ctx, 1, |scores, _| Ok(names.iter().filter(|it| scores.delete(it)).count()))?;
    let Some(done) = done.filter(|done| done.result > 0) else { return ctx.int(0) };
    note(ctx, 1, &sorted_set::ZREM, done.result, done.emptied);
    ctx.int(done.result as i64)
}

#[rustfmt::skip]
pub(super) const ZREMRANGEBYRANK: Spec = Spec::new(
    "ZREMRANGEBYRANK",
    "key start stop",
    Body::Data(zremrangebyrank),
)
    .does("Removes the members of a sorted set that lie in a range of indexes.")
    .since("2.0.0").cost(LOG_N_M).group(Group::SortedSet)
    .flags(WRITE).key(1, RW | DELETE);

fn zremrangebyrank(ctx: &mut Ctx) -> Result {
    remove_range(ctx, By::Rank, &sorted_set::ZREMRANGEBYRANK)
}

#[rustfmt::skip]
pub(super) const ZREMRANGEBYSCORE: Spec = Spec::new(
    "ZREMRANGEBYSCORE",
    "key min<double> max<double>",
    Body::Data(zremrangebyscore),
)
    .does("Removes the members of a sorted set whose scores lie in a range.")
    .since("1.2.0").cost(LOG_N_M).group(Group::SortedSet)
    .flags(WRITE).key(1, RW | DELETE);

fn zremrangebyscore(ctx: &mut Ctx) -> Result {
    remove_range(ctx, By::Score, &sorted_set::ZREMRANGEBYSCORE)
}

#[rustfmt::skip]
pub(super) const ZREMRANGEBYLEX: Spec = Spec::new(
    "ZREMRANGEBYLEX",
    "key min max",
    Body::Data(zremrangebylex),
)
    .does("Removes the members of a sorted set that lie in a range by their bytes.")
    .since("2.8.9").cost(LOG_N_M).group(Group::SortedSet)
    .flags(WRITE).key(1, RW | DELETE);

fn zremrangebylex(ctx: &mut Ctx) -> Result {
    remove_range(ctx, By::Lex, &sorted_set::ZREMRANGEBYLEX)
}

fn remove_range(ctx: &mut Ctx, by: By, event: &'static Event) -> Result {
    let range = Range::parse(by, ctx.arg(2), ctx.arg(3))?;
    if defers(ctx, 1, |scores| range.ranks(scores).len()) {
        return Ok(Outcome::Long);
    }
    let done = change(ctx, 1, |scores, _| {
        scores.lose_expired();
        let ranks = range.ranks(scores.settled());
        let count = ranks.len();
        scores.remove_range(ranks, Direction::Ascending, |_, _| {});
        Ok(count)
    })?;
    let Some(done) = done else { return ctx.int(0) };
    if done.result == 0 {
        done.note_emptied(ctx, 1);
        return ctx.int(0);
    }
    note(ctx, 1, event, done.result, done.emptied);
    ctx.int(done.result as i64)
}
