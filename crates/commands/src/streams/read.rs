//! XREAD: entries after an id, of several streams, waited for if need be.
//!
//! A request that waits must remember what `$` was when it came: it waits as a request that says
//! the id itself (`Ctx::wait_as`).

use base::number::parse_i64;
use keyspace::value::stream::{Stream, StreamEntry, StreamId};
use protocol::{OwnedRequest, Reply, Request};
use smallvec::SmallVec;

use super::{ids, stream_of, write_entry};
use crate::arguments::{integer, is_word, limited};
use crate::context::{Ctx, Lapse, Outcome, Result, Wait};
use crate::errors::Error;
use crate::keys::FoundKey;
use crate::spec::{ACCESS, BLOCKING, Begin, Body, Find, Group, READONLY, RO, Spec};

/// Entries that a request which waited gets at most, if it does not say, up to Redis 7.0.
const COUNT_AFTER_WAIT: usize = 1000;

#[rustfmt::skip]
pub(super) const XREAD: Spec = Spec::new(
    "XREAD",
    "[COUNT count] [MAXCOUNT maxcount<integer> @8.10.0] [MAXSIZE maxsize<integer> @8.10.0] \
     [BLOCK milliseconds] streams: STREAMS (key [key ...] id [id ...])",
    Body::Data(xread),
)
    .does("Returns the entries of streams after given ids, or waits until there are some.")
    .since("5.0.0").cost("O(N), N being the number of entries returned").group(Group::Stream)
    .flags(READONLY | BLOCKING)
    .key_spec(
        Begin::Keyword("STREAMS", 1),
        Find::Range { last: -1, step: 1, limit: 2 },
        RO | ACCESS,
    )
    .keys_found_by(|request| stream_keys(request, Reader::Alone, RO | ACCESS))
    .history(&[("8.10.0", "`MAXCOUNT` and `MAXSIZE`.")]);

/// Which of the two commands it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// XREAD
    Alone,
    /// XREADGROUP
    ForGroup,
}

/// What XREAD and XREADGROUP are asked for, but for the ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Options<'a> {
    pub(super) count: usize,
    /// The most entries and the most bytes of all streams together.
    limits: (Option<u64>, Option<u64>),
    /// CLAIM: pending entries as well that have been idle so long, in ms.
    pub(super) claim_ms: Option<i64>,
    /// The argument of BLOCK.
    pub(super) block: Option<&'a [u8]>,
    /// Group and consumer.
    pub(super) group: Option<(&'a [u8], &'a [u8])>,
    pub(super) no_ack: bool,
    /// Index of the first key.
    pub(super) first_key: usize,
    /// Number of keys; as many ids follow them.
    pub(super) keys: usize,
}

const UNBALANCED: Error = Error::new(
    "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);

impl<'a> Options<'a> {
    /// What a request is asked for.
    ///
    /// # Errors
    /// Words that make no sense.
    pub(super) fn of(ctx: &Ctx<'a, '_>, reader: Reader) -> Result<Self> {
        Self::parse(ctx.request, reader).map_err(|error| {
            if error != UNBALANCED || !ctx.limits.follows.names_readers_of_streams() {
                return error;
            }
            Error::new(match reader {
                Reader::Alone if !ctx.limits.follows.names_the_last_id() => {
                    "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must \
                     be specified."
                }
                Reader::Alone => {
                    "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or \
                     '$' must be specified."
                }
                Reader::ForGroup => {
                    "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or \
                     '>' must be specified."
                }
            })
        })
    }

    fn parse(request: Request<'a>, reader: Reader) -> Result<Self> {
        let mut options = Self::default();
        let argc = request.len();
        let mut at = 1;
        while at < argc {
            let (word, more) = (request.arg(at), argc - at - 1);
            if is_word(word, "BLOCK") && more > 0 {
                options.block = Some(request.arg(at + 1));
                check_timeout(request.arg(at + 1))?;
                at += 2;
            } else if is_word(word, "COUNT") && more > 0 {
                options.count = integer(request.arg(at + 1))?.max(0) as usize;
                at += 2;
            } else if is_word(word, "MAXCOUNT") && more > 0 {
                const POSITIVE: &str = "ERR MAXCOUNT must be a positive integer";
                options.limits.0 = Some(limited(request.arg(at + 1), 1, POSITIVE)? as u64);
                at += 2;
            } else if is_word(word, "MAXSIZE") && more > 0 {
                const POSITIVE: &str = "ERR MAXSIZE must be a positive integer";
                options.limits.1 = Some(limited(request.arg(at + 1), 1, POSITIVE)? as u64);
                at += 2;
            } else if is_word(word, "STREAMS") && more > 0 {
                if more % 2 != 0 {
                    return Err(UNBALANCED);
                }
                (options.first_key, options.keys) = (at + 1, more / 2);
                break;
            } else {
                at += options.parse_of_group(request, at, reader)?;
            }
        }
        if options.keys == 0 {
            return Err(Error::Syntax);
        }
        if options.limits.0.is_some_and(|max| max < options.count as u64) {
            return Err(Error::new("ERR MAXCOUNT must be greater than or equal to COUNT"));
        }
        if reader == Reader::ForGroup && options.group.is_none() {
            return Err(Error::new("ERR Missing GROUP option for XREADGROUP"));
        }
        Ok(options)
    }

    /// Reads an option that only XREADGROUP has; how many words it takes.
    fn parse_of_group(&mut self, request: Request<'a>, at: usize, reader: Reader) -> Result<usize> {
        let word = request.arg(at);
        if is_word(word, "GROUP") && at + 2 < request.len() {
            if reader == Reader::Alone {
                return Err(Error::new(
                    "ERR The GROUP option is only supported by XREADGROUP. You called XREAD \
                     instead.",
                ));
            }
            self.group = Some((request.arg(at + 1), request.arg(at + 2)));
            return Ok(3);
        }
        if is_word(word, "CLAIM") && at + 1 < request.len() {
            if reader == Reader::Alone {
                return Err(Error::new(
                    "ERR The CLAIM option is only supported by XREADGROUP. You called XREAD \
                     instead.",
                ));
            }
            let ms = parse_i64(request.arg(at + 1))
                .ok_or(Error::new("ERR min-idle-time is not an integer or out of range"))?;
            if ms < 0 {
                return Err(Error::new("ERR min-idle-time must be a positive integer"));
            }
            self.claim_ms = Some(ms);
            return Ok(2);
        }
        if is_word(word, "NOACK") {
            if reader == Reader::Alone {
                return Err(Error::new(
                    "ERR The NOACK option is only supported by XREADGROUP. You called XREAD \
                     instead.",
                ));
            }
            self.no_ack = true;
            return Ok(1);
        }
        Err(Error::Syntax)
    }

    /// The arguments that are keys.
    pub(super) fn key_range(&self) -> std::ops::Range<usize> {
        self.first_key..self.first_key + self.keys
    }

    /// Until when to wait; `None` if it is not to wait.
    pub(super) fn wait(&self, now_ms: i64) -> Result<Option<Wait>> {
        let Some(block) = self.block else { return Ok(None) };
        let ms = integer(block)?;
        if ms > i64::MAX - now_ms {
            return Err(Error::new("ERR timeout is out of range"));
        }
        let until_ms = (ms > 0).then_some(now_ms + ms);
        Ok(Some(Wait { until_ms, lapse: Lapse::NilArray }))
    }

    /// What all streams together may be answered with, the reply beginning now.
    pub(super) fn budget(&self, reply: &mut Reply<'_>) -> Budget {
        let (entries, bytes) = self.limits;
        let max = |limit: Option<u64>| limit.map_or(usize::MAX, |limit| limit as usize);
        Budget {
            entries_left: max(entries),
            bytes_end: max(bytes).saturating_add(reply.output().len()),
            is_begun: false,
        }
    }

    /// How many entries of one stream are answered with; 0: all.
    pub(super) fn count_for(&self, ctx: &Ctx<'_, '_>) -> usize {
        let is_bounded = ctx.woken.is_some() && !ctx.limits.follows.reruns_waiting_reads();
        if self.count == 0 && is_bounded { COUNT_AFTER_WAIT } else { self.count }
    }
}

/// What a reply about several streams may still get.
pub(super) struct Budget {
    entries_left: usize,
    /// The length of the output with which it is full.
    bytes_end: usize,
    is_begun: bool,
}

impl Budget {
    /// Whether another entry fits: the first one always does.
    pub(super) fn has_room(&self, reply: &mut Reply<'_>) -> bool {
        self.entries_left > 0 && (!self.is_begun || reply.output().len() < self.bytes_end)
    }

    /// Takes room for an entry, if there is any.
    pub(super) fn take(&mut self, reply: &mut Reply<'_>) -> bool {
        let has_room = self.has_room(reply);
        if has_room {
            self.entries_left -= 1;
            self.is_begun = true;
        }
        has_room
    }
}

fn check_timeout(text: &[u8]) -> Result<()> {
    match parse_i64(text) {
        None => Err(Error::new("ERR timeout is not an integer or out of range")),
        Some(ms) if ms < 0 => Err(Error::new("ERR timeout is negative")),
        Some(_) => Ok(()),
    }
}

/// Finds the keys as the body does.
pub(super) fn stream_keys(request: Request<'_>, reader: Reader, flags: u16) -> Vec<FoundKey> {
    let range = Options::parse(request, reader).map_or(0..0, |options| options.key_range());
    range.map(|index| FoundKey { index, flags }).collect()
}

/// After which id to read.
fn after(text: &[u8], stream: Option<&Stream>) -> Result<StreamId> {
    match text {
        b"$" => Ok(stream.map_or(StreamId::MIN, |stream| stream.last_id)),
        // As if the entry before the last had been read.
        b"+" => Ok(stream.map_or(StreamId::MIN, |stream| match stream.last_entry_id() {
            Some(last) => last.previous().unwrap_or(StreamId::MIN),
            None => stream.last_id,
        })),
        b">" => Err(Error::new(
            "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> \
             <consumer> option.",
        )),
        text => ids::strict(text, 0),
    }
}

fn xread(ctx: &mut Ctx) -> Result {
    let options = Options::of(ctx, Reader::Alone)?;
    let wait = options.wait(ctx.db.moment.now_ms)?;
    let ids = match ids_of(ctx, &options) {
        // What is there now is not what it waits for.
        Err(_) if ctx.woken.is_some() => return wait_on(ctx, &options, &[], wait),
        ids => ids?,
    };
    let count = match options.count_for(ctx) {
        0 => usize::MAX,
        count => count,
    };
    let mut budget = options.budget(&mut ctx.reply);
    let begun = ctx.reply.deferred();
    let mut served = 0;
    for (&after, at) in ids.iter().zip(ctx.awaited(options.key_range())) {
        if !budget.has_room(&mut ctx.reply) {
            break;
        }
        let key = ctx.key(at);
        let Some(slot) = ctx.db.used(key) else { continue };
        let entry = slot.get();
        let stream = stream_of(&entry)?;
        let Some(from) = after.next() else { continue };
        if stream.last_entry_id().is_some_and(|last| last > after) {
            begin_stream(&mut ctx.reply, key.bytes);
            write_while(&mut ctx.reply, stream.range(from, StreamId::MAX), count, &mut budget);
            served += 1;
        }
    }
    if served > 0 {
        finish_streams(&mut ctx.reply, begun, served);
        return Ok(Outcome::Done);
    }
    ctx.reply.give_up(begun);
    wait_on(ctx, &options, &ids, wait)
}

/// The ids after which to read, one for each key to be looked at now.
fn ids_of(ctx: &mut Ctx<'_, '_>, options: &Options<'_>) -> Result<SmallVec<[StreamId; 8]>> {
    let mut ids = SmallVec::new();
    for at in ctx.awaited(options.key_range()) {
        let text = ctx.arg(at + options.keys);
        ids.push(super::read_stream(ctx, at, |stream, _| after(text, stream))?);
    }
    Ok(ids)
}

/// Nothing to answer with: waits, or says so.
fn wait_on(
    ctx: &mut Ctx<'_, '_>,
    options: &Options<'_>,
    ids: &[StreamId],
    wait: Option<Wait>,
) -> Result {
    let Some(wait) = wait else {
        ctx.reply.nil_array();
        return Ok(Outcome::Done);
    };
    let first_id = options.first_key + options.keys;
    let moves = |word: &[u8]| matches!(word, b"$" | b"+");
    let keys = options.key_range();
    if ctx.woken.is_none() && ctx.request.from(first_id).iter().any(moves) {
        let texts: Vec<_> = ids.iter().map(|id| id.text()).collect();
        let words = ctx.request.iter().take(first_id);
        let fixed: OwnedRequest = words.chain(texts.iter().map(|text| text.as_bytes())).collect();
        return ctx.wait_as(fixed, keys, wait);
    }
    ctx.wait_for(keys, wait)
}

/// Answers with at most `count` entries, as far as there is room.
fn write_while<'e>(
    reply: &mut Reply<'_>,
    entries: impl Iterator<Item = StreamEntry<'e>>,
    count: usize,
    budget: &mut Budget,
) {
    let begun = reply.deferred();
    let mut written = 0;
    for entry in entries.take(count) {
        if !budget.take(reply) {
            break;
        }
        write_entry(reply, &entry);
        written += 1;
    }
    reply.finish_array(begun, written);
}

/// Begins the part of a reply that is about one stream: in RESP3 an item of a map.
pub(super) fn begin_stream(reply: &mut Reply<'_>, key: &[u8]) {
    if !reply.version().is_typed() {
        reply.array(2);
    }
    reply.bulk(key);
}

/// Ends a reply about `count` streams.
pub(super) fn finish_streams(reply: &mut Reply<'_>, begun: protocol::Deferred, count: usize) {
    match reply.version().is_typed() {
        false => reply.finish_array(begun, count),
        true => reply.finish_map(begun, count),
    }
}
