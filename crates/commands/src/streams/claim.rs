//! XCLAIM and XAUTOCLAIM: pending entries change hands.

use std::ops::Bound;

use base::number::parse_i64;
use keyspace::value::stream::{ConsumerNumber, Group, Pending, Stream, StreamId};
use protocol::Request;
use smallvec::SmallVec;

use super::effects::{About, Claimed, owner};
use super::{ids, read_stream, stream_in, write_entry, write_id};
use crate::arguments::is_word;
use crate::context::{Ctx, Effects, Outcome, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{Body, DELETE, FAST, Group as Chapter, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const XCLAIM: Spec = Spec::new(
    "XCLAIM",
    "key group<string> consumer min-idle-time<string> id [id ...] [IDLE ms<integer>] \
     [TIME unix-time-milliseconds] [RETRYCOUNT count] [force: FORCE] [justid: JUSTID] \
     [LASTID id]",
    Body::Data(xclaim),
)
    .does("Gives pending entries of a group to another of its consumers.")
    .since("5.0.0").cost("O(log N) for each id, N being the number of pending entries")
    .group(Chapter::Stream)
    .flags(WRITE | FAST).key(1, RW | UPDATE)
    .tips(&["nondeterministic_output"]);

/// No such key or group, in the words of most commands.
pub(super) fn no_group(request: Request<'_>) -> Error {
    let (key, group) = (request.arg(1), request.arg(2));
    let (key, group) = (String::from_utf8_lossy(key), String::from_utf8_lossy(group));
    Error::text(format!("NOGROUP No such key '{key}' or consumer group '{group}'"))
}

/// A count of deliveries after another one.
pub(super) fn one_more(deliveries: u64) -> u64 {
    deliveries.saturating_add(1).min(i64::MAX as u64)
}

/// How entries are claimed.
#[derive(Clone, Copy, Debug)]
struct Terms {
    min_idle_ms: i64,
    now_ms: i64,
    delivered_ms: i64,
    deliveries: Option<u64>,
    force: bool,
    just_id: bool,
}

/// What XCLAIM is asked for.
struct Plan {
    terms: Terms,
    ids: SmallVec<[StreamId; 8]>,
    last_id: StreamId,
}

impl Plan {
    fn parse(ctx: &Ctx<'_, '_>) -> Result<Self> {
        let now_ms = ctx.db.moment.now_ms;
        let min_idle_ms = parse_i64(ctx.arg(4))
            .ok_or(Error::new("ERR Invalid min-idle-time argument for XCLAIM"))?
            .max(0);
        let ids: SmallVec<[StreamId; 8]> =
            ctx.request.iter().skip(5).map_while(|text| ids::strict(text, 0).ok()).collect();
        let mut options = Options::default();
        options.parse(ctx.request.from(5 + ids.len()), now_ms)?;
        let delivered_ms = match options.delivered_ms {
            // A log may tell of any time.
            Some(ms) if ctx.is_replay() => ms,
            Some(ms) if (0..=now_ms).contains(&ms) => ms,
            _ => now_ms,
        };
        let now_ms = if ctx.is_replay() { delivered_ms } else { now_ms };
        let terms = Terms {
            min_idle_ms,
            now_ms,
            delivered_ms,
            deliveries: options.deliveries,
            force: options.force,
            just_id: options.just_id,
        };
        Ok(Self { terms, ids, last_id: options.last_id })
    }
}

#[derive(Default)]
struct Options {
    delivered_ms: Option<i64>,
    deliveries: Option<u64>,
    force: bool,
    just_id: bool,
    last_id: StreamId,
}

impl Options {
    fn parse(&mut self, words: Request<'_>, now_ms: i64) -> Result<()> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let is_last = words.len() == 0;
            let mut number = |refusal| words.next().and_then(parse_i64).ok_or(Error::new(refusal));
            if is_word(word, "FORCE") {
                self.force = true;
            } else if is_word(word, "JUSTID") {
                self.just_id = true;
            } else if is_word(word, "IDLE") && !is_last {
                let idle_ms = number("ERR Invalid IDLE option argument for XCLAIM")?;
                self.delivered_ms = Some(now_ms.wrapping_sub(idle_ms));
            } else if is_word(word, "TIME") && !is_last {
                self.delivered_ms = Some(number("ERR Invalid TIME option argument for XCLAIM")?);
            } else if is_word(word, "RETRYCOUNT") && !is_last {
                let count = number("ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
                self.deliveries = u64::try_from(count).ok();
            } else if is_word(word, "LASTID") && !is_last {
                self.last_id = ids::strict(words.next().unwrap_or_default(), 0)?;
            } else {
                let word = String::from_utf8_lossy(word);
                return Err(Error::text(format!("ERR Unrecognized XCLAIM option '{word}'")));
            }
        }
        Ok(())
    }
}

/// What claiming works on.
struct Claiming<'c> {
    stream: &'c mut Stream,
    about: About<'c>,
    /// Who claims.
    name: &'c [u8],
    effects: &'c mut Effects,
    terms: Terms,
    has_new_consumer: bool,
}

/// What became of an entry that was to be claimed.
enum Claim {
    /// The consumer has it.
    Done,
    /// It is pending no longer, since it was deleted from the stream.
    Cleared,
    /// It was not pending, or not long enough.
    None,
}

impl Claiming<'_> {
    fn group(&mut self) -> Option<&mut Group> {
        self.stream.group_mut(self.about.group)
    }

    fn claim(&mut self, id: StreamId) -> Option<Claim> {
        let exists = self.stream.contains(id);
        let terms = self.terms;
        let before = self.group()?.pending().get(&id).copied();
        if !exists {
            let Some(pending) = before else { return Some(Claim::None) };
            if pending.consumer == ConsumerNumber::NOBODY {
                self.about.log_acknowledged(self.effects, id);
            } else {
                self.log(id, pending);
            }
            self.group()?.acknowledge(id);
            self.effects.changes += 1;
            return Some(Claim::Cleared);
        }
        if before.is_none() && !terms.force {
            return Some(Claim::None);
        }
        let idles = |pending: &Pending| terms.now_ms.saturating_sub(pending.delivered_ms);
        if before.is_some_and(|it| terms.min_idle_ms > 0 && idles(&it) < terms.min_idle_ms) {
            return Some(Claim::None);
        }
        let (name, now_ms) = (self.name, terms.now_ms);
        let group = self.group()?;
        let (consumer, is_new) = match group.find(name) {
            Some(number) => (number, false),
            None => (group.add_consumer(name, now_ms), true),
        };
        let known = before.map_or(1, |pending| pending.deliveries);
        let counted = if terms.just_id { known } else { one_more(known) };
        let pending = Pending {
            consumer,
            delivered_ms: terms.delivered_ms,
            deliveries: terms.deliveries.unwrap_or(counted),
        };
        group.assign(id, pending);
        if let Some(consumer) = group.consumer_mut(consumer) {
            consumer.seen_ms = now_ms;
            consumer.active_ms = Some(now_ms);
        }
        self.has_new_consumer |= is_new;
        self.effects.changes += 1 + u64::from(is_new);
        self.log(id, pending);
        Some(Claim::Done)
    }

    /// The consumer was seen, whatever comes of it.
    fn note_seen(&mut self) {
        let (name, now_ms) = (self.name, self.terms.now_ms);
        let Some(group) = self.group() else { return };
        match group.find(name) {
            Some(number) => {
                if let Some(consumer) = group.consumer_mut(number) {
                    consumer.seen_ms = now_ms;
                }
            }
            None => {
                group.add_consumer(name, now_ms);
                self.has_new_consumer = true;
                self.effects.changes += 1;
                self.about.log_consumer(self.effects, name);
            }
        }
    }

    fn log(&mut self, id: StreamId, pending: Pending) {
        let Some(group) = self.stream.group(self.about.group) else { return };
        let consumer = owner(group, &pending);
        let claimed = Claimed { id, consumer, pending, last_id: group.last_id };
        self.about.log_claim(self.effects, &claimed);
    }

    fn write(&self, id: StreamId, reply: &mut protocol::Reply<'_>) {
        if self.terms.just_id {
            return write_id(reply, id);
        }
        if let Some(entry) = self.stream.range(id, id).next() {
            write_entry(reply, &entry);
        }
    }
}

fn has_group(ctx: &mut Ctx<'_, '_>) -> Result<()> {
    let request = ctx.request;
    read_stream(ctx, 1, |stream, _| {
        let group = stream.and_then(|stream| stream.group(request.arg(2)));
        group.map(|_| ()).ok_or_else(|| no_group(request))
    })
}

/// Runs `body` on the stream of argument 1, which has the group of argument 2.
fn claiming<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    terms: Terms,
    body: impl FnOnce(&mut Claiming<'_>, &mut protocol::Reply<'a>) -> R,
) -> Result<R> {
    let (key, request) = (ctx.key(1), ctx.request);
    let Some(mut slot) = ctx.db.used(key) else { return Err(no_group(request)) };
    let mut entry = slot.get_mut();
    ctx.effects.log_nothing();
    let mut claiming = Claiming {
        stream: stream_in(&mut entry)?,
        about: About { key: key.bytes, group: request.arg(2) },
        name: request.arg(3),
        effects: ctx.effects,
        terms,
        has_new_consumer: false,
    };
    if ctx.limits.follows.makes_idle_consumers() {
        claiming.note_seen();
    }
    let result = body(&mut claiming, &mut ctx.reply);
    let has_new_consumer = claiming.has_new_consumer;
    drop(entry);
    if has_new_consumer {
        ctx.note(1, &stream::XGROUP_CREATECONSUMER);
    }
    Ok(result)
}

fn xclaim(ctx: &mut Ctx) -> Result {
    has_group(ctx)?;
    let plan = Plan::parse(ctx)?;
    claiming(ctx, plan.terms, |claiming, reply| {
        let mut moves = false;
        if let Some(group) = claiming.group()
            && plan.last_id > group.last_id
        {
            group.last_id = plan.last_id;
            moves = true;
        }
        let begun = reply.deferred();
        let mut count = 0;
        for id in plan.ids {
            if let Some(Claim::Done) = claiming.claim(id) {
                claiming.write(id, reply);
                count += 1;
            }
        }
        reply.finish_array(begun, count);
        if moves {
            claiming.effects.changes += 1;
            if let Some(group) = claiming.stream.group(claiming.about.group) {
                let (last_id, read) = (group.last_id, group.entries_read);
                claiming.about.log_position(claiming.effects, last_id, read);
            }
        }
    })?;
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const XAUTOCLAIM: Spec = Spec::new(
    "XAUTOCLAIM",
    "key group<string> consumer min-idle-time<string> start<string> [COUNT count] \
     [justid: JUSTID]",
    Body::Data(xautoclaim),
)
    .does("Gives pending entries that have been idle for long to a consumer of their group.")
    .since("6.2.0").cost("O(1) if COUNT is small").group(Chapter::Stream)
    .flags(WRITE | FAST).key(1, RW | DELETE)
    .tips(&["nondeterministic_output"])
    .history(&[("7.0.0", "Deleted entries are listed apart, and are pending no longer.")]);

/// Pending entries looked at for each that is wanted.
const ATTEMPTS_FACTOR: u64 = 10;
/// The greatest COUNT.
const COUNT_MAX: i64 = i64::MAX / 16;

struct Sweep {
    terms: Terms,
    start: StreamId,
    count: u64,
}

impl Sweep {
    fn parse(ctx: &Ctx<'_, '_>) -> Result<Self> {
        let now_ms = ctx.db.moment.now_ms;
        let min_idle_ms = parse_i64(ctx.arg(4))
            .ok_or(Error::new("ERR Invalid min-idle-time argument for XAUTOCLAIM"))?
            .max(0);
        let start = ids::interval_start(ctx.arg(5))?;
        let (mut count, mut just_id) = (100, false);
        let mut at = 6;
        while at < ctx.argc() {
            if is_word(ctx.arg(at), "COUNT") && at + 1 < ctx.argc() {
                count = parse_i64(ctx.arg(at + 1))
                    .filter(|count| (1..=COUNT_MAX).contains(count))
                    .ok_or(Error::new("ERR COUNT must be > 0"))?;
                at += 1;
            } else if is_word(ctx.arg(at), "JUSTID") {
                just_id = true;
            } else {
                return Err(Error::Syntax);
            }
            at += 1;
        }
        let terms = Terms {
            min_idle_ms,
            now_ms,
            delivered_ms: now_ms,
            deliveries: None,
            force: false,
            just_id,
        };
        Ok(Self { terms, start, count: count as u64 })
    }
}

fn xautoclaim(ctx: &mut Ctx) -> Result {
    let sweep = Sweep::parse(ctx)?;
    has_group(ctx)?;
    claiming(ctx, sweep.terms, |claiming, reply| {
        // The cursor comes first in the reply, and is known last.
        let (mut claimed, mut cleared) = (Vec::new(), Vec::new());
        let mut wanted = sweep.count;
        let mut attempts = sweep.count.saturating_mul(ATTEMPTS_FACTOR);
        let mut next = Bound::Included(sweep.start);
        let pending_from = |claiming: &Claiming<'_>, from| {
            let group = claiming.stream.group(claiming.about.group)?;
            group.pending().range((from, Bound::Unbounded)).next().map(|(id, _)| *id)
        };
        while attempts > 0 && wanted > 0 {
            let Some(id) = pending_from(claiming, next) else { break };
            next = Bound::Excluded(id);
            attempts -= 1;
            match claiming.claim(id) {
                Some(Claim::Done) => claimed.push(id),
                Some(Claim::Cleared) => cleared.push(id),
                Some(Claim::None) | None => continue,
            }
            wanted -= 1;
        }
        reply.array(3);
        write_id(reply, pending_from(claiming, next).unwrap_or_default());
        reply.array(claimed.len());
        claimed.iter().for_each(|id| claiming.write(*id, reply));
        reply.array(cleared.len());
        cleared.iter().for_each(|id| write_id(reply, *id));
    })?;
    Ok(Outcome::Done)
}
