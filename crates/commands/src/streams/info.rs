//! XINFO: what a stream, its groups and their consumers are like.

use keyspace::value::stream::{Consumer, Group, Idempotency, Stream, StreamId};
use protocol::Reply;

use super::groups::{no_group_for_key, unknown_form};
use super::{read_stream, write_entries, write_entry, write_id};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, Group as Chapter, LOADING, READONLY, RO, STALE, Spec};
use crate::{docs, table};

#[rustfmt::skip]
pub(super) const XINFO: Spec = Spec::container(
    "XINFO",
    &[XINFO_CONSUMERS, XINFO_GROUPS, XINFO_HELP, XINFO_STREAM],
)
    .does("Holds the commands that describe streams.")
    .since("5.0.0").cost("Depends on the subcommand").group(Chapter::Stream);

#[rustfmt::skip]
const XINFO_CONSUMERS: Spec = Spec::sub(
    "XINFO", "CONSUMERS",
    "key groupname<string>",
    Body::Data(consumers),
)
    .does("Lists the consumers of a group.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(READONLY).key(2, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

#[rustfmt::skip]
const XINFO_GROUPS: Spec = Spec::sub("XINFO", "GROUPS", "key", Body::Data(groups))
    .does("Lists the consumer groups of a stream.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(READONLY).key(2, RO | ACCESS)
    .history(&[("7.0.0", "The fields `entries-read` and `lag`.")]);

#[rustfmt::skip]
const XINFO_STREAM: Spec = Spec::sub(
    "XINFO", "STREAM",
    "key [full: FULL {[COUNT count]}]",
    Body::Data(stream),
)
    .does("Describes a stream, with `FULL` down to its pending entries.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(READONLY).key(2, RO | ACCESS)
    .history(&[
        ("6.0.0", "`FULL`."),
        (
            "7.0.0",
            "The fields `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, \
             `entries-read` and `lag`.",
        ),
    ]);

#[rustfmt::skip]
const XINFO_HELP: Spec = Spec::sub("XINFO", "HELP", "", Body::Data(help))
    .does("Describes the subcommands.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(LOADING | STALE);

fn help(ctx: &mut Ctx) -> Result {
    if let Some(container) = table::lookup(b"XINFO") {
        docs::help(&mut ctx.reply, container);
    }
    Ok(Outcome::Done)
}

/// Entries and pending entries that FULL shows if it is not told how many.
const COUNT_FULL: usize = 10;

fn id_field(reply: &mut Reply<'_>, name: &str, id: StreamId) {
    reply.bulk(name.as_bytes());
    write_id(reply, id);
}

fn number_field(reply: &mut Reply<'_>, name: &str, number: i64) {
    reply.bulk(name.as_bytes());
    reply.int(number);
}

fn known_field(reply: &mut Reply<'_>, name: &str, number: Option<i64>) {
    reply.bulk(name.as_bytes());
    match number {
        Some(number) => reply.int(number),
        None => reply.nil(),
    }
}

fn text_field(reply: &mut Reply<'_>, name: &str, text: &[u8]) {
    reply.bulk(name.as_bytes());
    reply.bulk(text);
}

/// The progress of a group.
fn progress_fields(reply: &mut Reply<'_>, stream: &Stream, group: &Group) {
    id_field(reply, "last-delivered-id", group.last_id);
    known_field(reply, "entries-read", group.entries_read.map(|read| read as i64));
    known_field(reply, "lag", stream.counters().lag(group));
}

fn consumers(ctx: &mut Ctx) -> Result {
    let (request, now_ms) = (ctx.request, ctx.db.moment.now_ms);
    read_stream(ctx, 2, |stream, reply| {
        let stream = stream.ok_or(Error::NoSuchKey)?;
        let group = stream.group(request.arg(3)).ok_or_else(|| no_group_for_key(request))?;
        reply.array(group.consumer_count());
        for consumer in group.consumers() {
            let since = |ms: i64| now_ms.saturating_sub(ms).max(0);
            reply.map(4);
            text_field(reply, "name", consumer.name());
            number_field(reply, "pending", consumer.pending().len() as i64);
            number_field(reply, "idle", since(consumer.seen_ms));
            number_field(reply, "inactive", consumer.active_ms.map_or(-1, since));
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn groups(ctx: &mut Ctx) -> Result {
    read_stream(ctx, 2, |stream, reply| {
        let stream = stream.ok_or(Error::NoSuchKey)?;
        reply.array(stream.groups().len());
        for (name, group) in stream.groups() {
            reply.map(6);
            text_field(reply, "name", name);
            number_field(reply, "consumers", group.consumer_count() as i64);
            number_field(reply, "pending", group.pending().len() as i64);
            progress_fields(reply, stream, group);
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

/// How many entries to show at most (0: all), or `None` without FULL.
fn full_count(ctx: &Ctx<'_, '_>) -> Result<Option<usize>> {
    let argc = ctx.argc();
    if argc == 3 {
        return Ok(None);
    }
    if !matches!(argc, 4 | 6) || !is_word(ctx.arg(3), "FULL") {
        return Err(unknown_form(ctx.request));
    }
    if argc == 4 {
        return Ok(Some(COUNT_FULL));
    }
    if !is_word(ctx.arg(4), "COUNT") {
        return Err(unknown_form(ctx.request));
    }
    let count = integer(ctx.arg(5))?;
    Ok(Some(usize::try_from(count).unwrap_or(COUNT_FULL)))
}

fn stream(ctx: &mut Ctx) -> Result {
    let (full, now_ms) = (full_count(ctx), ctx.db.moment.now_ms);
    read_stream(ctx, 2, |stream, reply| {
        let stream = stream.ok_or(Error::NoSuchKey)?;
        let full = full?;
        let names = stream.idempotency.as_deref();
        reply.map(if full.is_some() { 9 } else { 10 } + if names.is_some() { 6 } else { 0 });
        number_field(reply, "length", stream.len() as i64);
        number_field(reply, "radix-tree-keys", stream.block_count() as i64);
        // There is no such tree here; that many nodes at least it would have.
        number_field(reply, "radix-tree-nodes", stream.block_count() as i64 + 1);
        id_field(reply, "last-generated-id", stream.last_id);
        id_field(reply, "max-deleted-entry-id", stream.max_deleted_id);
        number_field(reply, "entries-added", stream.entries_added as i64);
        id_field(reply, "recorded-first-entry-id", stream.first_id().unwrap_or_default());
        if let Some(names) = names {
            write_names(reply, names, now_ms);
        }
        match full {
            None => write_ends(reply, stream),
            Some(count) => write_all(reply, stream, count),
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

/// What is remembered of names that producers gave entries; said of streams where one ever did.
fn write_names(reply: &mut Reply<'_>, names: &Idempotency, now_ms: i64) {
    let (memory, (producers, remembered)) = (names.memory(), names.counts(now_ms));
    number_field(reply, "idmp-duration", memory.duration_s as i64);
    number_field(reply, "idmp-maxsize", memory.names_max as i64);
    number_field(reply, "pids-tracked", producers as i64);
    number_field(reply, "iids-tracked", remembered as i64);
    number_field(reply, "iids-added", names.added as i64);
    number_field(reply, "iids-duplicates", names.duplicates as i64);
}

fn write_ends(reply: &mut Reply<'_>, stream: &Stream) {
    number_field(reply, "groups", stream.groups().len() as i64);
    let ends = [
        ("first-entry", stream.range(StreamId::MIN, StreamId::MAX).next()),
        ("last-entry", stream.range_back(StreamId::MIN, StreamId::MAX).next()),
    ];
    for (name, entry) in ends {
        reply.bulk(name.as_bytes());
        match entry {
            Some(entry) => write_entry(reply, &entry),
            None => reply.nil(),
        }
    }
}

fn write_all(reply: &mut Reply<'_>, stream: &Stream, count: usize) {
    reply.bulk(b"entries");
    write_entries(reply, stream.range(StreamId::MIN, StreamId::MAX), count);
    reply.bulk(b"groups");
    reply.array(stream.groups().len());
    for (name, group) in stream.groups() {
        let given_back = group.given_back().len();
        reply.map(if given_back > 0 { 8 } else { 7 });
        text_field(reply, "name", name);
        progress_fields(reply, stream, group);
        number_field(reply, "pel-count", group.pending().len() as i64);
        reply.bulk(b"pending");
        let shown = shown(group.pending().len(), count);
        reply.array(shown);
        for (id, pending) in group.pending().iter().take(shown) {
            reply.array(4);
            write_id(reply, *id);
            reply.bulk(super::effects::owner(group, pending));
            reply.int(pending.delivered_ms);
            reply.int(pending.deliveries as i64);
        }
        reply.bulk(b"consumers");
        reply.array(group.consumer_count());
        group.consumers().for_each(|consumer| write_consumer(reply, group, consumer, count));
        if given_back > 0 {
            number_field(reply, "nacked-count", given_back as i64);
        }
    }
}

fn write_consumer(reply: &mut Reply<'_>, group: &Group, consumer: &Consumer, count: usize) {
    reply.map(5);
    text_field(reply, "name", consumer.name());
    number_field(reply, "seen-time", consumer.seen_ms);
    number_field(reply, "active-time", consumer.active_ms.unwrap_or(-1));
    number_field(reply, "pel-count", consumer.pending().len() as i64);
    reply.bulk(b"pending");
    let shown = shown(consumer.pending().len(), count);
    reply.array(shown);
    for id in consumer.pending().iter().take(shown) {
        let pending = group.pending().get(id);
        reply.array(3);
        write_id(reply, *id);
        reply.int(pending.map_or(0, |pending| pending.delivered_ms));
        reply.int(pending.map_or(0, |pending| pending.deliveries as i64));
    }
}

/// How many of `len` are shown if `count` are asked for, 0 standing for all.
fn shown(len: usize, count: usize) -> usize {
    if count == 0 { len } else { len.min(count) }
}
