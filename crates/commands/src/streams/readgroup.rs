//! XREADGROUP: new entries for a consumer of a group, or those it has pending.

use keyspace::value::stream::{ConsumerNumber, Counters, Group, Pending, Stream, StreamId};
use smallvec::SmallVec;

use super::effects::{About, Claimed};
use super::read::{Options, Reader, begin_stream, finish_streams, stream_keys};
use super::{ids, read_stream, stream_in, write_entry, write_id};
use crate::context::{Ctx, Effects, Outcome, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{ACCESS, BLOCKING, Begin, Body, Find, Group as Chapter, RO, Spec, WRITE};

#[rustfmt::skip]
pub(super) const XREADGROUP: Spec = Spec::new(
    "XREADGROUP",
    "group_consumer: GROUP (group<string> consumer) [COUNT count] [BLOCK milliseconds] \
     [noack: NOACK] streams: STREAMS (key [key ...] id [id ...])",
    Body::Data(xreadgroup),
)
    .does("Returns new or pending entries of streams to a consumer of a group, or waits for some.")
    .since("5.0.0").cost("O(N), N being the number of entries returned").group(Chapter::Stream)
    .flags(WRITE | BLOCKING)
    .key_spec(
        Begin::Keyword("STREAMS", 4),
        Find::Range { last: -1, step: 1, limit: 2 },
        RO | ACCESS,
    )
    .keys_found_by(|request| stream_keys(request, Reader::ForGroup, RO | ACCESS));

/// What is asked of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// `>`: entries that nobody of the group has got.
    New,
    /// Entries after this id that the consumer has pending.
    Pending(StreamId),
}

fn xreadgroup(ctx: &mut Ctx) -> Result {
    let options = Options::parse(ctx.request, Reader::ForGroup)?;
    let (group, consumer) = options.group.unwrap_or_default();
    let wait = options.wait(ctx.db.moment.now_ms)?;
    let mut asked = SmallVec::<[Asked; 8]>::new();
    for at in ctx.awaited(options.key_range()) {
        asked.push(check(ctx, at, group, ctx.arg(at + options.keys))?);
    }
    let begun = ctx.reply.deferred();
    let mut served = 0;
    for (&asked, at) in asked.iter().zip(ctx.awaited(options.key_range())) {
        let reading = Reading {
            group,
            consumer,
            count: options.count_for(ctx.woken),
            no_ack: options.no_ack,
            now_ms: ctx.db.moment.now_ms,
        };
        if serve(ctx, at, asked, &reading)? == Served::Yes {
            served += 1;
        }
    }
    if served > 0 {
        finish_streams(&mut ctx.reply, begun, served);
        return Ok(Outcome::Done);
    }
    ctx.reply.give_up(begun);
    match wait {
        Some(wait) => ctx.wait_for(options.key_range(), wait),
        None => {
            ctx.reply.nil_array();
            Ok(Outcome::Done)
        }
    }
}

/// The stream and the group must be there, and the id must make sense.
fn check(ctx: &mut Ctx<'_, '_>, at: usize, group: &[u8], id: &[u8]) -> Result<Asked> {
    let (key, is_woken) = (ctx.arg(at), ctx.woken.is_some());
    let found =
        read_stream(ctx, at, |stream, _| Ok(stream.map(|stream| stream.group(group).is_some())));
    match found {
        Ok(Some(true)) => {}
        Ok(None) | Err(_) if is_woken => {
            return Err(Error::new("UNBLOCKED the stream key no longer exists"));
        }
        Ok(Some(false)) if is_woken => {
            return Err(Error::new(
                "NOGROUP the consumer group this client was blocked on no longer exists",
            ));
        }
        Ok(_) => {
            let (key, group) = (String::from_utf8_lossy(key), String::from_utf8_lossy(group));
            return Err(Error::text(format!(
                "NOGROUP No such key '{key}' or consumer group '{group}' in XREADGROUP with \
                 GROUP option"
            )));
        }
        Err(error) => return Err(error),
    }
    match id {
        b">" => Ok(Asked::New),
        b"$" => Err(Error::new(
            "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the \
             history of this consumer by specifying a proper ID, or use the > ID to get new \
             messages. The $ ID would just return an empty result set.",
        )),
        id => Ok(Asked::Pending(ids::strict(id, 0)?)),
    }
}

#[derive(Clone, Copy, Debug)]
struct Reading<'a> {
    group: &'a [u8],
    consumer: &'a [u8],
    count: usize,
    no_ack: bool,
    now_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Yes,
    /// There is nothing new.
    No,
}

/// Answers about one stream.
fn serve(ctx: &mut Ctx<'_, '_>, at: usize, asked: Asked, reading: &Reading<'_>) -> Result<Served> {
    let key = ctx.key(at);
    let Some(mut slot) = ctx.db.used(key) else { return Ok(Served::No) };
    let mut entry = slot.get_mut();
    let stream = stream_in(&mut entry)?;
    let newest = stream.last_entry_id();
    let Some(group) = stream.group_mut(reading.group) else { return Ok(Served::No) };
    if asked == Asked::New && newest.is_none_or(|newest| newest <= group.last_id) {
        return Ok(Served::No);
    }
    let about = About { key: key.bytes, group: reading.group };
    let (consumer, is_new) = consumer_of(group, reading);
    if is_new {
        about.log_consumer(ctx.effects, reading.consumer);
    }
    begin_stream(&mut ctx.reply, key.bytes);
    let mut parts = Parts { stream, about, consumer, effects: ctx.effects };
    match asked {
        Asked::New => parts.deliver(reading, &mut ctx.reply),
        Asked::Pending(after) => parts.repeat(reading, after, &mut ctx.reply),
    }
    drop(entry);
    ctx.effects.log_nothing();
    ctx.effects.changes += 1;
    if is_new {
        ctx.touched(at, &stream::XGROUP_CREATECONSUMER);
    }
    Ok(Served::Yes)
}

/// The consumer, who was seen just now; and whether it had to be added.
fn consumer_of(group: &mut Group, reading: &Reading<'_>) -> (ConsumerNumber, bool) {
    match group.find(reading.consumer) {
        Some(number) => {
            if let Some(consumer) = group.consumer_mut(number) {
                consumer.seen_ms = reading.now_ms;
            }
            (number, false)
        }
        None => (group.add_consumer(reading.consumer, reading.now_ms), true),
    }
}

/// What answering about one stream works on.
struct Parts<'p> {
    stream: &'p mut Stream,
    about: About<'p>,
    consumer: ConsumerNumber,
    effects: &'p mut Effects,
}

impl Parts<'_> {
    /// Gives the consumer entries that are new to the group.
    fn deliver(&mut self, reading: &Reading<'_>, reply: &mut protocol::Reply<'_>) {
        let Some(group) = self.stream.group(reading.group) else { return };
        let from = group.last_id.next().unwrap_or(StreamId::MAX);
        let max = if reading.count == 0 { usize::MAX } else { reading.count };
        let begun = reply.deferred();
        let mut ids = Vec::new();
        for entry in self.stream.range(from, StreamId::MAX).take(max) {
            write_entry(reply, &entry);
            ids.push(entry.id);
        }
        reply.finish_array(begun, ids.len());
        let counters = self.stream.counters();
        let Some(group) = self.stream.group_mut(reading.group) else { return };
        for &id in &ids {
            advance(group, id, counters);
            if !reading.no_ack {
                let pending = Pending {
                    consumer: self.consumer,
                    delivered_ms: reading.now_ms,
                    deliveries: 1,
                };
                group.assign(id, pending);
                let consumer = reading.consumer;
                let claimed = Claimed { id, consumer, pending, last_id: group.last_id };
                self.about.log_claim(self.effects, &claimed);
            }
        }
        if let Some(consumer) = group.consumer_mut(self.consumer) {
            consumer.active_ms = Some(reading.now_ms);
        }
        let group = &*group;
        self.about.log_position(self.effects, group.last_id, group.entries_read);
    }

    /// Gives the consumer again what it has pending after an id. What was deleted meanwhile shows
    /// as nothing.
    fn repeat(&mut self, reading: &Reading<'_>, after: StreamId, reply: &mut protocol::Reply<'_>) {
        let Some(group) = self.stream.group(reading.group) else { return };
        let from = after.next();
        let pending = group.consumer(self.consumer).zip(from);
        let max = if reading.count == 0 { usize::MAX } else { reading.count };
        let ids: Vec<StreamId> = pending.map_or_else(Vec::new, |(consumer, from)| {
            consumer.pending().range(from..).take(max).copied().collect()
        });
        reply.array(ids.len());
        for id in ids {
            match self.stream.range(id, id).next() {
                Some(entry) => write_entry(reply, &entry),
                None => {
                    reply.array(2);
                    write_id(reply, id);
                    reply.nil_array();
                    continue;
                }
            }
            let Some(group) = self.stream.group_mut(reading.group) else { continue };
            let Some(mut pending) = group.pending().get(&id).copied() else { continue };
            pending.delivered_ms = reading.now_ms;
            pending.deliveries += 1;
            group.assign(id, pending);
            let consumer = reading.consumer;
            let claimed = Claimed { id, consumer, pending, last_id: group.last_id };
            self.about.log_claim(self.effects, &claimed);
        }
    }
}

/// The group has read an entry.
fn advance(group: &mut Group, id: StreamId, counters: Counters) {
    if id > group.last_id {
        group.entries_read = counters.entries_read_after(group.entries_read, id);
        group.last_id = id;
    }
}
