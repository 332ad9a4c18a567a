//! XACK and XPENDING: what was delivered and is not acknowledged.

use keyspace::value::stream::{Group, Pending, StreamId};
use protocol::Reply;
use smallvec::SmallVec;

use super::claim::no_group;
use super::effects::owner;
use super::{change_stream, ids, read_stream, write_id};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, FAST, Group as Chapter, READONLY, RO, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const XACK: Spec = Spec::new(
    "XACK",
    "key group<string> id [id ...]",
    Body::Data(xack),
)
    .does("Acknowledges entries that a group has pending, and counts them.")
    .since("5.0.0").cost("O(1) for each id").group(Chapter::Stream)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn xack(ctx: &mut Ctx) -> Result {
    let request = ctx.request;
    let count = change_stream(ctx, 1, |stream, _| {
        let group = stream.and_then(|stream| stream.group_mut(request.arg(2)));
        let Some(group) = group else { return Ok(0) };
        let ids: Result<SmallVec<[StreamId; 8]>> =
            request.iter().skip(3).map(|text| ids::strict(text, 0)).collect();
        Ok(ids?.into_iter().filter(|id| group.acknowledge(*id)).count())
    })?;
    // No event tells of it, but the log has to.
    ctx.effects.changes += count as u64;
    ctx.int(count as i64)
}

#[rustfmt::skip]
pub(super) const XPENDING: Spec = Spec::new(
    "XPENDING",
    "key group<string> [filters: [IDLE min-idle-time<integer> @6.2.0] start<string> end<string> \
     count [consumer]]",
    Body::Data(xpending),
)
    .does("Returns what a group has pending, summed up or entry by entry.")
    .since("5.0.0")
    .cost("O(N), N being the number of entries returned, or of consumers for the sum")
    .group(Chapter::Stream)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"])
    .history(&[("6.2.0", "`IDLE`, and intervals that leave their ends out.")]);

/// Which pending entries are asked for.
struct Filter<'a> {
    min_idle_ms: i64,
    from: StreamId,
    to: StreamId,
    count: usize,
    consumer: Option<&'a [u8]>,
}

impl<'a> Filter<'a> {
    fn parse(ctx: &Ctx<'a, '_>) -> Result<Option<Self>> {
        match ctx.argc() {
            3 => return Ok(None),
            6..=9 => {}
            _ => return Err(Error::Syntax),
        }
        let (mut at, mut min_idle_ms) = (3, 0);
        if is_word(ctx.arg(3), "IDLE") {
            min_idle_ms = integer(ctx.arg(4))?;
            if ctx.argc() < 8 {
                return Err(Error::Syntax);
            }
            at = 5;
        }
        let count = integer(ctx.arg(at + 2))?.max(0) as usize;
        let from = ids::interval_start(ctx.arg(at))?;
        let to = ids::interval_end(ctx.arg(at + 1))?;
        Ok(Some(Self { min_idle_ms, from, to, count, consumer: ctx.request.get(at + 3) }))
    }
}

fn xpending(ctx: &mut Ctx) -> Result {
    let filter = Filter::parse(ctx)?;
    let (request, now_ms) = (ctx.request, ctx.db.moment.now_ms);
    read_stream(ctx, 1, |stream, reply| {
        let group = stream.and_then(|stream| stream.group(request.arg(2)));
        let group = group.ok_or_else(|| no_group(request))?;
        match filter {
            None => write_sum(group, reply),
            Some(filter) => write_pending(group, &filter, now_ms, reply),
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn write_sum(group: &Group, reply: &mut Reply<'_>) {
    reply.array(4);
    reply.int(group.pending().len() as i64);
    let ends = (group.pending().first_key_value(), group.pending().last_key_value());
    let (Some((first, _)), Some((last, _))) = ends else {
        reply.nil();
        reply.nil();
        return reply.nil_array();
    };
    write_id(reply, *first);
    write_id(reply, *last);
    let begun = reply.deferred();
    let mut count = 0;
    for consumer in group.consumers().filter(|consumer| !consumer.pending().is_empty()) {
        reply.array(2);
        reply.bulk(consumer.name());
        reply.bulk_int(consumer.pending().len() as i64);
        count += 1;
    }
    reply.finish_array(begun, count);
}

fn write_pending(group: &Group, filter: &Filter<'_>, now_ms: i64, reply: &mut Reply<'_>) {
    let consumer = match filter.consumer {
        None => None,
        Some(name) => match group.find(name).and_then(|number| group.consumer(number)) {
            // Nobody of that name has anything.
            None => return reply.array(0),
            found => found,
        },
    };
    let ids: Box<dyn Iterator<Item = &StreamId>> = match consumer {
        _ if filter.from > filter.to => Box::new(std::iter::empty()),
        Some(consumer) => Box::new(consumer.pending().range(filter.from..=filter.to)),
        None => Box::new(group.pending().range(filter.from..=filter.to).map(|(id, _)| id)),
    };
    let idle = |pending: &Pending| now_ms.saturating_sub(pending.delivered_ms);
    let found = ids
        .filter_map(|id| Some((*id, group.pending().get(id)?)))
        .filter(|(_, pending)| filter.min_idle_ms == 0 || idle(pending) >= filter.min_idle_ms);
    let begun = reply.deferred();
    let mut count = 0;
    for (id, pending) in found.take(filter.count) {
        reply.array(4);
        write_id(reply, id);
        reply.bulk(owner(group, pending));
        reply.int(pending.idle_ms(now_ms));
        reply.int(pending.deliveries as i64);
        count += 1;
    }
    reply.finish_array(begun, count);
}
