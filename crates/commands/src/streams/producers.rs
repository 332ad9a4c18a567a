//! Names that producers give entries, so that what is sent twice is added once: the options of
//! XADD, XCFGSET, and XIDMPRECORD.
//!
//! A log says `IDMP producer name` with the id that the entry got; with another id the name is
//! given anew, for it had been forgotten by then.

use base::hash::KeyHasher;
use keyspace::value::stream::{Idempotency, Memory, Stream, StreamId};
use protocol::Request;
use smallvec::SmallVec;

use super::{change_stream, discard, ids};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::spec::{Body, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

/// Bytes of a name that is made of an entry's content.
const CONTENT_NAME_LEN: usize = 16;

const NO_PRODUCER: Error = Error::new("ERR IDMP requires a non-empty producer ID");
const NO_NAME: Error = Error::new("ERR IDMP requires a non-empty idempotent ID");

/// How XADD names an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming<'a> {
    pub(super) producer: &'a [u8],
    /// The name; `None` if it is made of the content.
    given: Option<&'a [u8]>,
    /// Index of the option.
    pub(super) at: usize,
}

impl<'a> Naming<'a> {
    /// Reads the option at `at`, and gives the index of its last word too; `None` if it is
    /// another's.
    pub(super) fn parse(request: Request<'a>, at: usize) -> Result<Option<(Self, usize)>> {
        let (word, more) = (request.arg(at), request.len() - at - 1);
        let (given, last) = if is_word(word, "IDMP") && more >= 2 {
            (Some(request.arg(at + 2)), at + 2)
        } else if is_word(word, "IDMPAUTO") && more >= 1 {
            (None, at + 1)
        } else {
            return Ok(None);
        };
        let producer = request.arg(at + 1);
        match given {
            None if producer.is_empty() => {
                Err(Error::new("ERR IDMPAUTO requires a non-empty producer ID"))
            }
            Some(_) if producer.is_empty() => Err(NO_PRODUCER),
            Some([]) => Err(NO_NAME),
            given => Ok(Some((Self { producer, given, at }, last))),
        }
    }

    /// The name of an entry with these names and values.
    pub(super) fn name(&self, pairs: &[(&[u8], &[u8])]) -> SmallVec<[u8; 32]> {
        match self.given {
            Some(name) => SmallVec::from_slice(name),
            None => SmallVec::from_slice(&name_of(pairs)),
        }
    }

    /// Whether the name is made of the content.
    pub(super) fn is_made(&self) -> bool {
        self.given.is_none()
    }
}

/// A name for what an entry says, in whatever order it says it.
fn name_of(pairs: &[(&[u8], &[u8])]) -> [u8; CONTENT_NAME_LEN] {
    let mut sums = [0u64; 2];
    let mut bytes = Vec::new();
    for (name, value) in pairs {
        bytes.clear();
        bytes.extend_from_slice(&(name.len() as u64).to_le_bytes());
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(value);
        for (sum, lane) in sums.iter_mut().zip([1, 2]) {
            *sum = sum.wrapping_add(KeyHasher::with_key([lane; 16]).hash(&bytes));
        }
    }
    let mut made = [0; CONTENT_NAME_LEN];
    for (chunk, sum) in made.chunks_exact_mut(8).zip(sums) {
        chunk.copy_from_slice(&sum.to_le_bytes());
    }
    made
}

/// The names that producers have given entries of a stream.
pub(super) fn names_of(stream: &mut Stream, memory: Memory) -> &mut Idempotency {
    stream.idempotency.get_or_insert_with(|| Box::new(Idempotency::new(memory)))
}

#[rustfmt::skip]
pub(super) const XCFGSET: Spec = Spec::new(
    "XCFGSET",
    "key [IDMP-DURATION idmp-duration<integer>] [IDMP-MAXSIZE idmp-maxsize<integer>]",
    Body::Data(xcfgset),
)
    .does("Sets how long and how many names of each producer a stream remembers.")
    .since("8.6.0").cost("O(1)").group(Group::Stream)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

/// What XCFGSET is asked to change.
#[derive(Default)]
struct Change {
    duration_s: Option<u64>,
    names_max: Option<u64>,
}

impl Change {
    fn parse(request: Request<'_>) -> Result<Self> {
        let mut change = Self::default();
        if request.len() == 2 {
            return Err(Error::new(
                "ERR At least one parameter (IDMP-DURATION or IDMP-MAXSIZE) is required",
            ));
        }
        for at in (2..request.len()).step_by(2) {
            let (word, value) = (request.arg(at), request.get(at + 1));
            let is_duration = is_word(word, "IDMP-DURATION");
            if !is_duration && !is_word(word, "IDMP-MAXSIZE") {
                return Err(Error::Syntax);
            }
            let value = integer(value.ok_or(Error::Syntax)?)?;
            let value = u64::try_from(value).unwrap_or(0);
            if is_duration {
                if !(1..=86_400).contains(&value) {
                    return Err(Error::new(
                        "ERR IDMP-DURATION must be between 1 and 86400 seconds",
                    ));
                }
                change.duration_s = Some(value);
            } else {
                if !(1..=10_000).contains(&value) {
                    return Err(Error::new("ERR IDMP-MAXSIZE must be between 1 and 10000 entries"));
                }
                change.names_max = Some(value);
            }
        }
        Ok(change)
    }
}

fn xcfgset(ctx: &mut Ctx) -> Result {
    let change = Change::parse(ctx.request)?;
    let memory = ctx.limits.stream_names;
    let gone = change_stream(ctx, 1, |stream, _| {
        let names = names_of(stream.ok_or(Error::NoSuchKey)?, memory);
        let now = names.memory();
        Ok(names.set_memory(Memory {
            duration_s: change.duration_s.unwrap_or(now.duration_s),
            names_max: change.names_max.unwrap_or(now.names_max),
        }))
    })?;
    if let Some(gone) = gone {
        discard(ctx, Stream::of_names(gone));
    }
    // No event tells of it, but the log has to.
    ctx.effects.changes += 1;
    ctx.ok()
}

#[rustfmt::skip]
pub(super) const XIDMPRECORD: Spec = Spec::new(
    "XIDMPRECORD",
    "key pid iid stream-id",
    Body::Data(xidmprecord),
)
    .does("Remembers under what name a producer has added an entry. For internal use.")
    .since("8.8.0").cost("O(log N), N being the number of entries").group(Group::Stream)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn xidmprecord(ctx: &mut Ctx) -> Result {
    let (producer, name) = (ctx.arg(2), ctx.arg(3));
    if producer.is_empty() {
        return Err(NO_PRODUCER);
    }
    if name.is_empty() {
        return Err(NO_NAME);
    }
    let id = ids::strict(ctx.arg(4), 0)?;
    let (memory, now_ms) = (ctx.limits.stream_names, ctx.db.moment.now_ms);
    let is_new = change_stream(ctx, 1, |stream, _| {
        let stream = stream.ok_or(Error::NoSuchKey)?;
        if !stream.contains(id) {
            return Err(Error::new("ERR The specified stream ID was deleted or doesn't exist"));
        }
        record(stream, (producer, name), id, (memory, now_ms))
    })?;
    ctx.effects.changes += u64::from(is_new);
    ctx.ok()
}

/// Remembers a name; false if it is known.
fn record(
    stream: &mut Stream,
    (producer, name): (&[u8], &[u8]),
    id: StreamId,
    (memory, now_ms): (Memory, i64),
) -> Result<bool> {
    let names = names_of(stream, memory);
    match names.find(producer, name, now_ms) {
        Some(known) if known == id => Ok(false),
        Some(_) => Err(Error::new(
            "ERR The specified IDMP producer-id/idempotent-id pair maps to a different stream ID",
        )),
        None => {
            names.record(producer, name, id, now_ms);
            names.added += 1;
            Ok(true)
        }
    }
}
