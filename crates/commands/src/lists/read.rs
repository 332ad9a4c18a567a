//! Reading: length, one element, some, places.

use std::ops::ControlFlow;

use structures::list::Direction;

use super::elements::write_one;
use super::{COMPARED, read};
use crate::arguments::{integer, is_word, limited};
use crate::context::{Ctx, LONG_MIN, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, FAST, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const LLEN: Spec = Spec::new("LLEN", "key", Body::Data(llen))
    .does("Returns the length of a list.")
    .since("1.0.0").cost("O(1)").group(Group::List)
    .flags(READONLY | FAST).key(1, RO);

fn llen(ctx: &mut Ctx) -> Result {
    let found = read(ctx, |list, reply| {
        reply.int(list.len() as i64);
        Ok(Outcome::Done)
    })?;
    found.map_or_else(|| ctx.int(0), Ok)
}

#[rustfmt::skip]
pub(super) const LINDEX: Spec = Spec::new("LINDEX", "key index", Body::Data(lindex))
    .does("Returns the element of a list at an index.")
    .since("1.0.0")
    .cost("O(N/400) or so, N being the number of elements to the nearer end; O(1) at the ends")
    .group(Group::List)
    .flags(READONLY).key(1, RO | ACCESS);

fn lindex(ctx: &mut Ctx) -> Result {
    let number = ctx.arg(2);
    let found = read(ctx, |list, reply| {
        let index = list.index(integer(number)?);
        list.get(index.unwrap_or(usize::MAX), |element| match element {
            Some(element) => write_one(element, reply),
            None => reply.nil(),
        });
        Ok(Outcome::Done)
    })?;
    found.map_or_else(|| ctx.nil(), Ok)
}

#[rustfmt::skip]
pub(super) const LRANGE: Spec = Spec::new("LRANGE", "key start stop", Body::Data(lrange))
    .does("Returns the elements of a list between two indexes.")
    .since("1.0.0")
    .cost("O(S/400 + N), S being the distance of the start from the nearer end and N the number \
           of elements returned")
    .group(Group::List)
    .flags(READONLY).key(1, RO | ACCESS);

fn lrange(ctx: &mut Ctx) -> Result {
    let bounds = (integer(ctx.arg(2))?, integer(ctx.arg(3))?);
    let may_defer = ctx.may_defer;
    let found = read(ctx, |list, reply| {
        let range = list.range(bounds);
        if may_defer && range.len() > LONG_MIN {
            return Ok(Outcome::Long);
        }
        list.write(range, Direction::Forward, reply);
        Ok(Outcome::Done)
    })?;
    found.map_or_else(|| nothing(ctx), Ok)
}

#[rustfmt::skip]
pub(super) const LPOS: Spec = Spec::new(
    "LPOS",
    "key element [RANK rank<integer>] [COUNT num-matches<integer>] [MAXLEN len<integer>]",
    Body::Data(lpos),
)
    .does("Returns the index of elements of a list that equal a given one.")
    .since("6.0.6").cost("O(N), N being the number of elements compared").group(Group::List)
    .flags(READONLY).key(1, RO | ACCESS);

fn lpos(ctx: &mut Ctx) -> Result {
    let (element, options) = (ctx.arg(2), Places::parse(ctx)?);
    let may_defer = ctx.may_defer;
    let found = read(ctx, |list, reply| {
        let limit = options.len_max.min(list.len());
        if may_defer && limit / COMPARED > LONG_MIN {
            return Ok(Outcome::Long);
        }
        let range = match options.direction {
            Direction::Forward => 0..limit,
            Direction::Backward => list.len() - limit..list.len(),
        };
        let mut skip = options.rank - 1;
        let mut left = options.count.unwrap_or(1);
        let begun = options.count.map(|_| reply.deferred());
        let mut count = 0;
        let _ = list.find(element, range, options.direction, |index| {
            if skip > 0 {
                skip -= 1;
                return ControlFlow::Continue(());
            }
            reply.int(index as i64);
            (count, left) = (count + 1, left - 1);
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match begun {
            Some(begun) => reply.finish_array(begun, count),
            // What was written is the reply.
            None if count == 0 => reply.nil(),
            None => {}
        }
        Ok(Outcome::Done)
    })?;
    match (found, options.count) {
        (Some(outcome), _) => Ok(outcome),
        (None, None) => ctx.nil(),
        (None, Some(_)) => nothing(ctx),
    }
}

/// Answers an empty array.
fn nothing(ctx: &mut Ctx) -> Result {
    ctx.reply.array(0);
    Ok(Outcome::Done)
}

/// What LPOS looks for.
struct Places {
    direction: Direction,
    /// From 1.
    rank: u64,
    /// How many; `None` for one that is not answered as an array.
    count: Option<u64>,
    len_max: usize,
}

const RANK_ZERO: Error = Error::new(
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use \
     negative to start from the end of the list",
);

const RANK_RANGE: Error = Error::new(
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
);

impl Places {
    fn parse(ctx: &Ctx) -> Result<Self> {
        let mut places =
            Self { direction: Direction::Forward, rank: 1, count: None, len_max: usize::MAX };
        let mut words = ctx.request.iter().skip(3);
        while let Some(word) = words.next() {
            let amount = words.next().ok_or(Error::Syntax)?;
            if is_word(word, "RANK") {
                let rank = integer(amount)?;
                if rank == i64::MIN {
                    return Err(RANK_RANGE);
                }
                if rank == 0 {
                    return Err(RANK_ZERO);
                }
                places.direction = if rank < 0 { Direction::Backward } else { Direction::Forward };
                places.rank = rank.unsigned_abs();
            } else if is_word(word, "COUNT") {
                let count = limited(amount, 0, "ERR COUNT can't be negative")?;
                places.count = Some(if count == 0 { u64::MAX } else { count as u64 });
            } else if is_word(word, "MAXLEN") {
                let len = limited(amount, 0, "ERR MAXLEN can't be negative")?;
                places.len_max = if len == 0 { usize::MAX } else { len as usize };
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(places)
    }
}
