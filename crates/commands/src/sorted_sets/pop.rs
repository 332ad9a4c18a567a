//! The least and the greatest members as they are taken out, now or when some come.

use std::ops::Range;

use base::number::{NumberBuffer, format_i64};
use structures::ordered::Direction;

use super::{change, defers, note};
use crate::arguments::{integer, is_word, timeout};
use crate::context::{Ctx, Lapse, Outcome, Result, Wait};
use crate::elements::ElementsMut;
use crate::errors::Error;
use crate::events::sorted_set;
use crate::spec::{ACCESS, BLOCKING, Body, DELETE, FAST, Group, NOSCRIPT, RW, Spec, WRITE};

const COST: &str = "O(log N) for each member, N being the number of members in the set";

const SEVERAL_COST: &str = "O(K) + O(M log N), K being the number of keys, N of members in the set \
                            and M of those returned";

#[rustfmt::skip]
pub(super) const ZPOPMIN: Spec = Spec::new("ZPOPMIN", "key [count]", Body::Data(zpopmin))
    .does("Removes the members of a sorted set with the lowest scores and returns them.")
    .since("5.0.0").cost(COST).group(Group::SortedSet)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE);

fn zpopmin(ctx: &mut Ctx) -> Result {
    pop_plain(ctx, Direction::Ascending)
}

#[rustfmt::skip]
pub(super) const ZPOPMAX: Spec = Spec::new("ZPOPMAX", "key [count]", Body::Data(zpopmax))
    .does("Removes the members of a sorted set with the highest scores and returns them.")
    .since("5.0.0").cost(COST).group(Group::SortedSet)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE);

fn zpopmax(ctx: &mut Ctx) -> Result {
    pop_plain(ctx, Direction::Descending)
}

/// How popped members are answered.
#[derive(Clone, Copy)]
enum Shape {
    /// One array of members and scores.
    Flat,
    /// An array of pairs.
    Nested,
    /// The key and one member with its score.
    KeyAndOne,
    /// The key and an array of pairs.
    KeyAndNested,
}

fn pop_plain(ctx: &mut Ctx, direction: Direction) -> Result {
    if ctx.argc() > 3 {
        return Err(Error::Syntax);
    }
    let mut shape = Shape::Flat;
    let mut count = 1;
    if let Some(text) = ctx.request.get(2) {
        let given = integer(text).ok().and_then(|count| usize::try_from(count).ok());
        count = given.ok_or(Error::new("ERR value is out of range, must be positive"))?;
        if ctx.reply.version().is_typed() {
            shape = Shape::Nested;
        }
    }
    if defers(ctx, 1, |scores| count.min(scores.len())) {
        return Ok(Outcome::Long);
    }
    if pop(ctx, (1, count), direction, shape)?.is_none() {
        ctx.reply.array(0);
    }
    Ok(Outcome::Done)
}

/// Takes up to `count` members out of the sorted set that argument `argument` names and answers
/// with them. Gives how many, or `None` if there is no such key, which answers nothing.
fn pop(
    ctx: &mut Ctx,
    (argument, count): (usize, usize),
    direction: Direction,
    shape: Shape,
) -> Result<Option<usize>> {
    let key = ctx.arg(argument);
    let done = change(ctx, argument, |scores, reply| {
        scores.lose_expired();
        if scores.is_empty() {
            return Ok(None);
        }
        let taken = count.min(scores.settled().len());
        match shape {
            Shape::Flat => reply.array(taken * 2),
            Shape::Nested => reply.array(taken),
            Shape::KeyAndOne => {
                reply.array(1 + taken * 2);
                reply.bulk(key);
            }
            Shape::KeyAndNested => {
                reply.array(2);
                reply.bulk(key);
                reply.array(taken);
            }
        }
        scores.remove_range(0..taken, direction, |member, score| {
            if matches!(shape, Shape::Nested | Shape::KeyAndNested) {
                reply.array(2);
            }
            reply.bulk(member);
            reply.double(score);
        });
        Ok(Some(taken))
    })?;
    let Some(done) = done else { return Ok(None) };
    let Some(taken) = done.result else {
        // All of it had expired.
        done.note_emptied(ctx, argument);
        return Ok(None);
    };
    if taken > 0 {
        let event = match direction {
            Direction::Ascending => &sorted_set::ZPOPMIN,
            Direction::Descending => &sorted_set::ZPOPMAX,
        };
        note(ctx, argument, event, taken, done.emptied);
    }
    Ok(Some(taken))
}

/// The command that a pop is logged as.
fn logged_as(direction: Direction) -> &'static [u8] {
    match direction {
        Direction::Ascending => b"ZPOPMIN",
        Direction::Descending => b"ZPOPMAX",
    }
}

/// Which members to take from which keys.
struct Several {
    keys: Range<usize>,
    direction: Direction,
    count: usize,
}

impl Several {
    /// From the argument that says how many keys follow on.
    fn parse(ctx: &Ctx, numkeys: usize) -> Result<Self> {
        let positive = |index, error| {
            let number = integer(ctx.arg(index)).ok().filter(|number| *number > 0);
            number.map(|number| number as usize).ok_or(Error::new(error))
        };
        let keys = positive(numkeys, "ERR numkeys should be greater than 0")?;
        let end = numkeys.saturating_add(1).saturating_add(keys);
        let direction = match ctx.request.get(end) {
            Some(word) if is_word(word, "MIN") => Direction::Ascending,
            Some(word) if is_word(word, "MAX") => Direction::Descending,
            _ => return Err(Error::Syntax),
        };
        let mut several = Self { keys: numkeys + 1..end, direction, count: 1 };
        match ctx.argc() - end - 1 {
            0 => {}
            2 if is_word(ctx.arg(end + 1), "COUNT") => {
                several.count = positive(end + 2, "ERR count should be greater than 0")?;
            }
            more if more > 2 && is_word(ctx.arg(end + 1), "COUNT") => {
                positive(end + 2, "ERR count should be greater than 0")?;
                return Err(Error::Syntax);
            }
            _ => return Err(Error::Syntax),
        }
        Ok(several)
    }
}

#[rustfmt::skip]
pub(super) const ZMPOP: Spec = Spec::new(
    "ZMPOP",
    "numkeys key [key ...] where: (MIN | MAX) [COUNT count]",
    Body::Data(zmpop),
)
    .does("Takes members out of the first sorted set that has any.")
    .since("7.0.0").cost(SEVERAL_COST).group(Group::SortedSet)
    .flags(WRITE).keys_counted(1, 1, RW | ACCESS | DELETE);

fn zmpop(ctx: &mut Ctx) -> Result {
    let several = Several::parse(ctx, 1)?;
    for index in several.keys.clone() {
        if defers(ctx, index, |scores| several.count.min(scores.len())) {
            return Ok(Outcome::Long);
        }
    }
    if !pop_first(ctx, several.keys.clone(), &several)? {
        ctx.reply.nil_array();
    }
    Ok(Outcome::Done)
}

/// Takes members from the first of the keys that is there. False if none is.
fn pop_first(ctx: &mut Ctx, keys: Range<usize>, several: &Several) -> Result<bool> {
    for index in keys {
        let wanted = (index, several.count);
        if let Some(taken) = pop(ctx, wanted, several.direction, Shape::KeyAndNested)? {
            let mut buffer = NumberBuffer::new();
            let taken = format_i64(taken as i64, &mut buffer);
            ctx.effects.log(&[logged_as(several.direction), ctx.arg(index), taken]);
            return Ok(true);
        }
    }
    Ok(false)
}

#[rustfmt::skip]
pub(super) const BZMPOP: Spec = Spec::new(
    "BZMPOP",
    "timeout<double> numkeys key [key ...] where: (MIN | MAX) [COUNT count]",
    Body::Data(bzmpop),
)
    .does("Takes members out of the first sorted set that has any, or waits until one has.")
    .since("7.0.0").cost(SEVERAL_COST).group(Group::SortedSet)
    .flags(WRITE | BLOCKING).keys_counted(2, 1, RW | ACCESS | DELETE);

fn bzmpop(ctx: &mut Ctx) -> Result {
    let several = Several::parse(ctx, 2)?;
    let until_ms = timeout(ctx.arg(1), ctx.db.moment.now_ms)?;
    let served = pop_first(ctx, ctx.awaited(several.keys.clone()), &several);
    wait_unless(ctx, served, several.keys, until_ms)
}

#[rustfmt::skip]
pub(super) const BZPOPMIN: Spec = Spec::new(
    "BZPOPMIN",
    "key [key ...] timeout<double>",
    Body::Data(bzpopmin),
)
    .does("Takes the member with the lowest score out of the first sorted set that has any, or \
           waits until one has.")
    .since("5.0.0").cost("O(log N), N being the number of members in the set")
    .group(Group::SortedSet)
    .flags(WRITE | NOSCRIPT | FAST | BLOCKING).keys(1, -2, 1, RW | ACCESS | DELETE)
    .history(&[("6.0.0", "`timeout` may have a fraction.")]);

fn bzpopmin(ctx: &mut Ctx) -> Result {
    pop_or_wait(ctx, Direction::Ascending)
}

#[rustfmt::skip]
pub(super) const BZPOPMAX: Spec = Spec::new(
    "BZPOPMAX",
    "key [key ...] timeout<double>",
    Body::Data(bzpopmax),
)
    .does("Takes the member with the highest score out of the first sorted set that has any, or \
           waits until one has.")
    .since("5.0.0").cost("O(log N), N being the number of members in the set")
    .group(Group::SortedSet)
    .flags(WRITE | NOSCRIPT | FAST | BLOCKING).keys(1, -2, 1, RW | ACCESS | DELETE)
    .history(&[("6.0.0", "`timeout` may have a fraction.")]);

fn bzpopmax(ctx: &mut Ctx) -> Result {
    pop_or_wait(ctx, Direction::Descending)
}

fn pop_or_wait(ctx: &mut Ctx, direction: Direction) -> Result {
    let last = ctx.argc() - 1;
    let until_ms = timeout(ctx.arg(last), ctx.db.moment.now_ms)?;
    let mut served = Ok(false);
    for index in ctx.awaited(1..last) {
        served = pop(ctx, (index, 1), direction, Shape::KeyAndOne).map(|taken| taken.is_some());
        if let Ok(false) = served {
            continue;
        }
        if served.is_ok() {
            ctx.effects.log(&[logged_as(direction), ctx.arg(index)]);
        }
        break;
    }
    wait_unless(ctx, served, 1..last, until_ms)
}

/// Ends a request that was served; one that was not waits, also if it was woken for a key that then
/// held another type.
fn wait_unless(
    ctx: &mut Ctx,
    served: Result<bool>,
    keys: Range<usize>,
    until_ms: Option<i64>,
) -> Result {
    match served {
        Ok(true) => Ok(Outcome::Done),
        Err(error) if ctx.woken.is_none() => Err(error),
        _ => ctx.wait_for(keys, Wait { until_ms, lapse: Lapse::NilArray }),
    }
}
