//! Streams: entries under a key in the order of their ids, and groups of consumers that read them.
//!
//! ```text
//!   ids       how ids and intervals are read
//!   add       XADD
//!   trim      XTRIM, and the options that XADD shares with it
//!   range     XRANGE, XREVRANGE, XLEN
//!   delete    XDEL, XSETID
//!   delete_with  XDELEX, XACKDEL
//!   producers XCFGSET, XIDMPRECORD, and the names that XADD gives entries
//!   read      XREAD
//!   groups    XGROUP
//!   readgroup XREADGROUP
//!   pending   XACK, XPENDING
//!   give_back XNACK
//!   claim     XCLAIM, XAUTOCLAIM
//!   effects   what the log gets of reading for a group
//!   info      XINFO
//! ```
//!
//! Must be true
//! 1. A stream may be empty; it goes only as a key.
//! 2. What is logged says ids, times and lengths, never `*`, `~` or `>`.
//!
//! Not here: how entries are kept (`keyspace::value::stream`).

mod add;
mod claim;
mod delete;
mod delete_with;
mod effects;
mod give_back;
mod groups;
mod ids;
mod info;
mod pending;
mod producers;
mod range;
mod read;
mod readgroup;
#[cfg(test)]
mod tests;
mod trim;

use keyspace::value::stream::{BlockLimits, Stream, StreamEntry, StreamId, Text};
use keyspace::{Entry, Object};
use protocol::Reply;

use crate::context::{Ctx, Limits};
use crate::errors::Error;
use crate::spec::Spec;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    pending::XACK, delete_with::XACKDEL, add::XADD, claim::XAUTOCLAIM, producers::XCFGSET,
    claim::XCLAIM, delete::XDEL, delete_with::XDELEX, groups::XGROUP, producers::XIDMPRECORD,
    info::XINFO, range::XLEN, give_back::XNACK, pending::XPENDING, range::XRANGE, read::XREAD,
    readgroup::XREADGROUP, range::XREVRANGE, delete::XSETID, trim::XTRIM,
];

/// The stream in an entry.
///
/// # Errors
/// The entry holds something else.
fn stream_of(entry: &Entry) -> Result<&Stream, Error> {
    match entry.object() {
        Some(Object::Stream(stream)) => Ok(stream),
        _ => Err(Error::WrongType),
    }
}

/// The stream in an entry, for changing it.
///
/// # Errors
/// The entry holds something else.
fn stream_in(entry: &mut Entry) -> Result<&mut Stream, Error> {
    match entry.object_mut() {
        Some(Object::Stream(stream)) => Ok(stream),
        _ => Err(Error::WrongType),
    }
}

/// Runs `body` on the stream that argument `argument` names, if there is one. Counts a hit or a
/// miss.
///
/// # Errors
/// The key holds something else, or what `body` says.
fn read_stream<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(Option<&Stream>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<R, Error> {
    let key = ctx.key(argument);
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            body(Some(stream_of(&slot.get())?), &mut ctx.reply)
        }
        None => {
            ctx.missed(argument);
            body(None, &mut ctx.reply)
        }
    }
}

/// Runs `body` on the stream that argument `argument` names, for changing it, if there is one.
///
/// # Errors
/// The key holds something else, or what `body` says.
fn change_stream<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(Option<&mut Stream>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<R, Error> {
    let key = ctx.key(argument);
    match ctx.db.used(key) {
        Some(mut slot) => body(Some(stream_in(&mut slot.get_mut())?), &mut ctx.reply),
        None => body(None, &mut ctx.reply),
    }
}

/// Stores a stream under a key that is not there.
fn store_stream(ctx: &mut Ctx<'_, '_>, argument: usize, stream: Stream) {
    let key = ctx.key(argument);
    let object = Box::new(Object::Stream(Box::new(stream)));
    ctx.db.put(key, Entry::with_object(key.bytes, object, None, ctx.db.fresh_stamp()));
}

/// Frees parts of a stream, elsewhere if that takes long.
fn discard(ctx: &mut Ctx<'_, '_>, parts: Stream) {
    if parts.weight() > 0 {
        let object = Box::new(Object::Stream(Box::new(parts)));
        ctx.db.tools.discard(Entry::with_object(b"", object, None, ctx.db.fresh_stamp()));
    }
}

fn block_limits(limits: &Limits) -> BlockLimits {
    BlockLimits {
        bytes_max: limits.stream_block_bytes_max,
        entries_max: limits.stream_block_entries_max,
    }
}

fn write_id(reply: &mut Reply<'_>, id: StreamId) {
    reply.bulk(id.text().as_bytes());
}

fn write_text(reply: &mut Reply<'_>, text: Text<'_>) {
    match text {
        Text::Bytes(bytes) => reply.bulk(bytes),
        Text::Integer(integer) => reply.bulk_int(integer),
    }
}

/// Answers with an entry: its id, and its names and values in one array.
fn write_entry(reply: &mut Reply<'_>, entry: &StreamEntry<'_>) {
    reply.array(2);
    write_entry_items(reply, entry);
}

/// The two items of an entry's array.
fn write_entry_items(reply: &mut Reply<'_>, entry: &StreamEntry<'_>) {
    write_id(reply, entry.id);
    reply.array(entry.len() * 2);
    for (name, value) in entry.pairs() {
        write_text(reply, name);
        write_text(reply, value);
    }
}

/// Answers with at most `count` entries (0: all).
fn write_entries<'e>(
    reply: &mut Reply<'_>,
    entries: impl Iterator<Item = StreamEntry<'e>>,
    count: usize,
) -> usize {
    let begun = reply.deferred();
    let mut written = 0;
    let max = if count == 0 { usize::MAX } else { count };
    for entry in entries.take(max) {
        write_entry(reply, &entry);
        written += 1;
    }
    reply.finish_array(begun, written);
    written
}
