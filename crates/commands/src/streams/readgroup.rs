//! XREADGROUP: new entries for a consumer of a group, or those it has pending.

use keyspace::value::stream::{ConsumerNumber, Counters, Group, Pending, Stream, StreamId};
use protocol::Reply;
use smallvec::SmallVec;

use super::claim::one_more;
use super::effects::{About, Claimed};
use super::read::{Budget, Options, Reader, begin_stream, finish_streams, stream_keys};
use super::{ids, read_stream, stream_in, write_entry, write_entry_items, write_id};
use crate::context::{Ctx, Effects, Outcome, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{ACCESS, BLOCKING, Begin, Body, Find, Group as Chapter, RO, Spec, WRITE};

#[rustfmt::skip]
pub(super) const XREADGROUP: Spec = Spec::new(
    "XREADGROUP",
    "group_consumer: GROUP (group<string> consumer) [COUNT count] \
     [MAXCOUNT maxcount<integer> @8.10.0] [MAXSIZE maxsize<integer> @8.10.0] \
     [BLOCK milliseconds] [CLAIM min-idle-time<integer> @8.4.0] [noack: NOACK] \
     streams: STREAMS (key [key ...] id [id ...])",
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
    .keys_found_by(|request| stream_keys(request, Reader::ForGroup, RO | ACCESS))
    .history(&[("8.4.0", "`CLAIM`."), ("8.10.0", "`MAXCOUNT` and `MAXSIZE`.")]);

/// What is asked of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// `>`: entries that nobody of the group has got.
    New,
    /// Entries after this id that the consumer has pending.
    Pending(StreamId),
}

fn xreadgroup(ctx: &mut Ctx) -> Result {
    let options = Options::of(ctx, Reader::ForGroup)?;
    let (group, consumer) = options.group.unwrap_or_default();
    let wait = options.wait(ctx.db.moment.now_ms)?;
    let mut asked = SmallVec::<[Asked; 8]>::new();
    for at in ctx.awaited(options.key_range()) {
        asked.push(check(ctx, at, group, ctx.arg(at + options.keys))?);
    }
    let reading = Reading {
        group,
        consumer,
        count: match options.count_for(ctx) {
            0 => usize::MAX,
            count => count,
        },
        no_ack: options.no_ack,
        claim_ms: options.claim_ms,
        now_ms: ctx.db.moment.now_ms,
    };
    let mut budget = options.budget(&mut ctx.reply);
    let begun = ctx.reply.deferred();
    let (mut served, mut again_ms) = (0, None);
    for (&asked, at) in asked.iter().zip(ctx.awaited(options.key_range())) {
        if !budget.has_room(&mut ctx.reply) {
            break;
        }
        match serve(ctx, at, asked, &reading, &mut budget)? {
            Served::Yes => served += 1,
            Served::No { later_ms } => again_ms = again_ms.into_iter().chain(later_ms).min(),
        }
    }
    if served > 0 {
        finish_streams(&mut ctx.reply, begun, served);
        return Ok(Outcome::Done);
    }
    ctx.reply.give_up(begun);
    match wait {
        Some(wait) => {
            let outcome = ctx.wait_for(options.key_range(), wait);
            ctx.effects.again_ms = again_ms;
            outcome
        }
        None => {
            ctx.reply.nil_array();
            Ok(Outcome::Done)
        }
    }
}

/// The stream and the group must be there, and the id must make sense.
fn check(ctx: &mut Ctx<'_, '_>, at: usize, group: &[u8], id: &[u8]) -> Result<Asked> {
    let key = ctx.arg(at);
    let is_woken = ctx.woken.is_some() && !ctx.limits.follows.reruns_waiting_reads();
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
    /// Pending entries as well that have been idle so long.
    claim_ms: Option<i64>,
    now_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Yes,
    /// There is nothing; at `later_ms` there may be.
    No {
        later_ms: Option<i64>,
    },
}

/// Who waits for pending entries to have been idle long enough looks again after so long at least.
const LOOK_AGAIN_MS_MIN: i64 = 10;

/// Answers about one stream.
fn serve(
    ctx: &mut Ctx<'_, '_>,
    at: usize,
    asked: Asked,
    reading: &Reading<'_>,
    budget: &mut Budget,
) -> Result<Served> {
    const NOTHING: Served = Served::No { later_ms: None };
    let key = ctx.key(at);
    let Some(mut slot) = ctx.db.used(key) else { return Ok(NOTHING) };
    let mut entry = slot.get_mut();
    let stream = stream_in(&mut entry)?;
    let newest = stream.last_entry_id();
    let claim_ms = reading.claim_ms.filter(|_| asked == Asked::New);
    let claimed = claim_ms.map_or_else(Vec::new, |idle_ms| {
        let until_ms = reading.now_ms.saturating_sub(idle_ms);
        stream.claimable(reading.group, until_ms, reading.count)
    });
    let Some(group) = stream.group(reading.group) else { return Ok(NOTHING) };
    let has_none = claimed.is_empty() && newest.is_none_or(|newest| newest <= group.last_id);
    if asked == Asked::New && has_none {
        let later_ms = claim_ms.map(|idle_ms| {
            let oldest_ms = stream.claimable_later_ms(reading.group).unwrap_or(reading.now_ms);
            let soonest_ms = reading.now_ms + LOOK_AGAIN_MS_MIN;
            oldest_ms.saturating_add(idle_ms).max(soonest_ms)
        });
        if ctx.limits.follows.makes_idle_consumers()
            && let Some(group) = stream.group_mut(reading.group)
        {
            let is_new = consumer_of(group, reading).1;
            drop(entry);
            if is_new {
                About { key: key.bytes, group: reading.group }
                    .log_consumer(ctx.effects, reading.consumer);
                ctx.touched(at, &stream::XGROUP_CREATECONSUMER);
            }
        }
        return Ok(Served::No { later_ms });
    }
    let about = About { key: key.bytes, group: reading.group };
    let Some(group) = stream.group_mut(reading.group) else { return Ok(NOTHING) };
    let (consumer, is_new) = consumer_of(group, reading);
    // What it is given is logged as claimed by it, which makes it too.
    if is_new && reading.no_ack {
        about.log_consumer(ctx.effects, reading.consumer);
    }
    let logged = ctx.effects.records.len();
    begin_stream(&mut ctx.reply, key.bytes);
    let mut parts = Parts { stream, about, consumer, effects: ctx.effects, budget };
    match asked {
        Asked::New => parts.deliver(reading, &claimed, &mut ctx.reply),
        Asked::Pending(after) => parts.repeat(reading, after, &mut ctx.reply),
    }
    drop(entry);
    ctx.effects.log_nothing();
    if is_new && !reading.no_ack && ctx.effects.records.len() == logged {
        about.log_consumer(ctx.effects, reading.consumer);
    }
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
    budget: &'p mut Budget,
}

impl Parts<'_> {
    /// Gives the consumer what was claimed, and entries that are new to the group.
    fn deliver(&mut self, reading: &Reading<'_>, claimed: &[StreamId], reply: &mut Reply<'_>) {
        let begun = reply.deferred();
        let mut written = 0;
        for &id in claimed {
            if !self.budget.take(reply) {
                break;
            }
            self.claim(reading, id, reply);
            written += 1;
        }
        written += self.deliver_new(reading, reading.count - written, reply);
        reply.finish_array(begun, written);
        if let Some(group) = self.stream.group_mut(reading.group)
            && let Some(consumer) = group.consumer_mut(self.consumer)
        {
            consumer.active_ms = Some(reading.now_ms);
        }
    }

    /// Gives the consumer an entry that somebody else, or nobody, has pending, and says how long
    /// it was idle and how often it was delivered until then.
    fn claim(&mut self, reading: &Reading<'_>, id: StreamId, reply: &mut Reply<'_>) {
        reply.array(4);
        if let Some(entry) = self.stream.range(id, id).next() {
            write_entry_items(reply, &entry);
        }
        let Some(group) = self.stream.group_mut(reading.group) else { return };
        let before = group.pending().get(&id);
        let (delivered_ms, deliveries) =
            before.map_or((0, 0), |it| (it.delivered_ms, it.deliveries));
        reply.int(reading.now_ms.saturating_sub(delivered_ms).max(0));
        reply.int(deliveries as i64);
        let pending = Pending {
            consumer: self.consumer,
            delivered_ms: reading.now_ms,
            deliveries: one_more(deliveries),
        };
        self.assign(reading, id, pending);
    }

    /// The consumer has an entry pending.
    fn assign(&mut self, reading: &Reading<'_>, id: StreamId, pending: Pending) {
        let Some(group) = self.stream.group_mut(reading.group) else { return };
        group.assign(id, pending);
        let consumer = reading.consumer;
        let claimed = Claimed { id, consumer, pending, last_id: group.last_id };
        self.about.log_claim(self.effects, &claimed);
    }

    /// Gives the consumer entries that are new to the group; how many.
    fn deliver_new(&mut self, reading: &Reading<'_>, max: usize, reply: &mut Reply<'_>) -> usize {
        let Some(group) = self.stream.group(reading.group) else { return 0 };
        let from = group.last_id.next().unwrap_or(StreamId::MAX);
        let mut ids = Vec::new();
        for entry in self.stream.range(from, StreamId::MAX).take(max) {
            if !self.budget.take(reply) {
                break;
            }
            match reading.claim_ms {
                None => write_entry(reply, &entry),
                Some(_) => {
                    reply.array(4);
                    write_entry_items(reply, &entry);
                    reply.int(0);
                    reply.int(0);
                }
            }
            ids.push(entry.id);
        }
        let counters = self.stream.counters();
        for &id in &ids {
            if let Some(group) = self.stream.group_mut(reading.group) {
                advance(group, id, counters);
            }
            if !reading.no_ack {
                let (consumer, delivered_ms) = (self.consumer, reading.now_ms);
                self.assign(reading, id, Pending { consumer, delivered_ms, deliveries: 1 });
            }
        }
        if let Some(group) = self.stream.group(reading.group)
            && !ids.is_empty()
        {
            self.about.log_position(self.effects, group.last_id, group.entries_read);
        }
        ids.len()
    }

    /// Gives the consumer again what it has pending after an id. What was deleted meanwhile shows
    /// as nothing.
    fn repeat(&mut self, reading: &Reading<'_>, after: StreamId, reply: &mut Reply<'_>) {
        let Some(group) = self.stream.group(reading.group) else { return };
        let pending = group.consumer(self.consumer).zip(after.next());
        let ids: Vec<StreamId> = pending.map_or_else(Vec::new, |(consumer, from)| {
            consumer.pending().range(from..).take(reading.count).copied().collect()
        });
        let begun = reply.deferred();
        let mut written = 0;
        for id in ids {
            if !self.budget.take(reply) {
                break;
            }
            written += 1;
            match self.stream.range(id, id).next() {
                Some(entry) => write_entry(reply, &entry),
                None => {
                    reply.array(2);
                    write_id(reply, id);
                    reply.nil_array();
                    continue;
                }
            }
            let Some(group) = self.stream.group(reading.group) else { continue };
            let Some(mut pending) = group.pending().get(&id).copied() else { continue };
            pending.delivered_ms = reading.now_ms;
            pending.deliveries = one_more(pending.deliveries);
            self.assign(reading, id, pending);
        }
        reply.finish_array(begun, written);
    }
}

/// The group has read an entry.
fn advance(group: &mut Group, id: StreamId, counters: Counters) {
    if id > group.last_id {
        group.entries_read = counters.entries_read_after(group.entries_read, group.last_id, id);
        group.last_id = id;
    }
}
