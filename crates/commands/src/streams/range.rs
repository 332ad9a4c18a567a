//! Entries between two ids, and how many there are in all.

use super::{ids, read_stream, write_entries};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, FAST, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const XLEN: Spec = Spec::new("XLEN", "key", Body::Data(xlen))
    .does("Returns the number of entries of a stream.")
    .since("5.0.0").cost("O(1)").group(Group::Stream)
    .flags(READONLY | FAST).key(1, RO);

fn xlen(ctx: &mut Ctx) -> Result {
    let len = read_stream(ctx, 1, |stream, _| Ok(stream.map_or(0, |stream| stream.len())))?;
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const XRANGE: Spec = Spec::new(
    "XRANGE",
    "key start<string> end<string> [COUNT count]",
    Body::Data(xrange),
)
    .does("Returns the entries of a stream with ids from one to another.")
    .since("5.0.0")
    .cost("O(log M + N), N being the number of entries returned, M that of all entries")
    .group(Group::Stream)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("6.2.0", "Intervals that leave their ends out: `(`.")]);

fn xrange(ctx: &mut Ctx) -> Result {
    range(ctx, Order::Forwards)
}

#[rustfmt::skip]
pub(super) const XREVRANGE: Spec = Spec::new(
    "XREVRANGE",
    "key end<string> start<string> [COUNT count]",
    Body::Data(xrevrange),
)
    .does("Returns the entries of a stream with ids from one to another, the last one first.")
    .since("5.0.0")
    .cost("O(log M + N), N being the number of entries returned, M that of all entries")
    .group(Group::Stream)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("6.2.0", "Intervals that leave their ends out: `(`.")]);

fn xrevrange(ctx: &mut Ctx) -> Result {
    range(ctx, Order::Backwards)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Forwards,
    Backwards,
}

fn range(ctx: &mut Ctx, order: Order) -> Result {
    let (start, end) = match order {
        Order::Forwards => (2, 3),
        Order::Backwards => (3, 2),
    };
    let from = ids::interval_start(ctx.arg(start))?;
    let to = ids::interval_end(ctx.arg(end))?;
    let mut count = None;
    let mut at = 4;
    while at < ctx.argc() {
        if !is_word(ctx.arg(at), "COUNT") || at + 1 >= ctx.argc() {
            return Err(Error::Syntax);
        }
        count = Some(integer(ctx.arg(at + 1))?.max(0) as usize);
        at += 2;
    }
    read_stream(ctx, 1, |stream, reply| {
        match (stream, count) {
            (None, _) => reply.array(0),
            (Some(_), Some(0)) => reply.nil_array(),
            (Some(stream), count) => {
                let count = count.unwrap_or(0);
                match order {
                    Order::Forwards => write_entries(reply, stream.range(from, to), count),
                    Order::Backwards => write_entries(reply, stream.range_back(from, to), count),
                };
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}
