//! XADD.

use keyspace::value::stream::{Stream, StreamId};
use smallvec::SmallVec;

use super::ids::{self, Seq};
use super::producers::{Naming, names_of};
use super::trim::{Options, Replaced, Rewrite, Trim, Trimmed};
use super::{block_limits, change_stream, discard, store_stream, write_id};
use crate::arguments::is_word;
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{Body, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

/// Bytes of names and values that one entry may have.
const ENTRY_BYTES_MAX: usize = 1 << 30;

#[rustfmt::skip]
pub(super) const XADD: Spec = Spec::new(
    "XADD",
    "key [NOMKSTREAM @6.2.0] [condition: KEEPREF | DELREF | ACKED @8.2.0] \
     [idmp: IDMPAUTO producer-id | IDMP (producer-id idempotent-id) @8.6.0] \
     [trim: strategy: (MAXLEN | MINID @6.2.0) [operator: equal: '=' | approximately: '~'] \
     threshold \
     [LIMIT count @6.2.0]] \
     (id_or_auto: auto_id: '*' | id) (field value) [(field value) ...]",
    Body::Data(xadd),
)
    .does("Adds an entry to the end of a stream, which is created if it is missing.")
    .since("5.0.0")
    .cost("O(1) when adding an entry, O(N) when trimming, N being the number of entries removed")
    .group(Group::Stream)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE)
    .key_note("UPDATE instead of INSERT because of the optional trimming feature")
    .tips(&["nondeterministic_output"])
    .history(&[
        ("6.2.0", "`NOMKSTREAM`, `MINID` and `LIMIT`."),
        ("7.0.0", "Ids of which the server makes the second half: `ms-*`."),
        ("8.2.0", "`KEEPREF`, `DELREF` and `ACKED`."),
        ("8.6.0", "`IDMP` and `IDMPAUTO`."),
    ]);

/// The id that an entry is to have.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Auto,
    Id(u64, Seq),
}

impl Wanted {
    /// The id itself, which must come after all others.
    fn resolve(self, last: StreamId, now_ms: i64) -> Result<StreamId> {
        const TOO_SMALL: Error = Error::new(
            "ERR The ID specified in XADD is equal or smaller than the target stream top item",
        );
        if last == StreamId::MAX {
            return Err(Error::new(
                "ERR The stream has exhausted the last possible ID, unable to add more items",
            ));
        }
        let id = match self {
            Self::Auto => match now_ms as u64 {
                ms if ms > last.ms => Some(StreamId { ms, seq: 0 }),
                _ => last.next(),
            },
            Self::Id(ms, Seq::Auto) if ms == last.ms => {
                last.seq.checked_add(1).map(|seq| StreamId { ms, seq })
            }
            Self::Id(ms, Seq::Given(seq)) => Some(StreamId { ms, seq }),
            Self::Id(ms, Seq::Auto | Seq::Missing) => Some(StreamId { ms, seq: 0 }),
        };
        id.filter(|id| *id > last).ok_or(TOO_SMALL)
    }

    fn is_zero(self) -> bool {
        matches!(self, Self::Id(0, Seq::Given(0) | Seq::Missing))
    }

    /// Whether the client knows the whole id.
    fn is_given(self) -> bool {
        matches!(self, Self::Id(_, Seq::Given(_) | Seq::Missing))
    }
}

/// What XADD is asked for.
struct Plan<'a> {
    /// Index of the id.
    id_at: usize,
    wanted: Wanted,
    trim: Option<Trim>,
    naming: Option<Naming<'a>>,
    create: bool,
}

impl<'a> Plan<'a> {
    fn parse(ctx: &Ctx<'a, '_>) -> Result<Self> {
        let mut options = Options::default();
        let (mut at, mut create, mut naming) = (2, true, None);
        while at < ctx.argc() {
            let word = ctx.arg(at);
            let mut wanted = Wanted::Auto;
            if word != b"*" {
                if let Some(last) = options.parse(ctx, at)? {
                    at = last + 1;
                    continue;
                }
                if is_word(word, "NOMKSTREAM") {
                    create = false;
                    at += 1;
                    continue;
                }
                if let Some((found, last)) = Naming::parse(ctx.request, at)? {
                    if naming.replace(found).is_some() {
                        return Err(Error::new(
                            "ERR syntax error, IDMP/IDMPAUTO specified multiple times",
                        ));
                    }
                    at = last + 1;
                    continue;
                }
                let (ms, seq) = ids::for_new_entry(word)?;
                wanted = Wanted::Id(ms, seq);
            }
            let trim = options.finish(ctx)?;
            if naming.is_some() && !matches!(wanted, Wanted::Auto) && !ctx.is_replay() {
                return Err(Error::new(
                    "ERR IDMP/IDMPAUTO can be used only with auto-generated IDs",
                ));
            }
            return Ok(Self { id_at: at, wanted, trim, naming, create });
        }
        options.finish(ctx)?;
        Err(Error::Arity("xadd".into()))
    }
}

/// What was done to the stream.
struct Added {
    id: StreamId,
    /// Whether the entry is new; a producer may have sent it before.
    is_new: bool,
    trimmed: Trimmed,
    threshold: Replaced,
}

impl Added {
    /// Nothing but that the entry is there already.
    fn before(id: StreamId) -> Self {
        Self { id, is_new: false, trimmed: Trimmed::default(), threshold: None }
    }
}

fn xadd(ctx: &mut Ctx) -> Result {
    let plan = Plan::parse(ctx)?;
    let words = ctx.request.from(plan.id_at + 1);
    if words.len() < 2 || words.len() % 2 == 1 {
        return Err(Error::Arity("xadd".into()));
    }
    if plan.wanted.is_zero() {
        return Err(Error::new("ERR The ID specified in XADD must be greater than 0-0"));
    }
    let size: usize = words.iter().map(<[u8]>::len).sum();
    let pairs: SmallVec<[(&[u8], &[u8]); 8]> =
        (0..words.len()).step_by(2).map(|at| (words.arg(at), words.arg(at + 1))).collect();
    let name = plan.naming.map(|naming| naming.name(&pairs)).unwrap_or_default();
    let (now_ms, memory) = (ctx.db.moment.now_ms, ctx.limits.stream_names);
    let limits = block_limits(ctx.limits);
    let add = |stream: &mut Stream| -> Result<Added> {
        if let Some(id) = find_named(stream, &plan, &name, now_ms) {
            return Ok(Added::before(id));
        }
        let id = plan.wanted.resolve(stream.last_id, now_ms)?;
        if size > ENTRY_BYTES_MAX {
            return Err(Error::new("ERR Elements are too large to be stored"));
        }
        stream.append(id, &pairs, limits);
        if let Some(naming) = plan.naming {
            let names = names_of(stream, memory);
            names.record(naming.producer, &name, id, now_ms);
            names.added += 1;
        }
        let trimmed = plan.trim.map_or_else(Default::default, |trim| trim.apply(stream));
        let threshold = plan.trim.and_then(|trim| trim.result(stream, &trimmed));
        Ok(Added { id, is_new: true, trimmed, threshold })
    };
    let added = change_stream(ctx, 1, |found, _| found.map(add).transpose())?;
    let added = match added {
        Some(added) => added,
        None if !plan.create => return ctx.nil(),
        None => {
            let mut stream = Stream::default();
            let added = add(&mut stream)?;
            store_stream(ctx, 1, stream);
            added
        }
    };
    log(ctx, &plan, &added, &name);
    write_id(&mut ctx.reply, added.id);
    if !added.is_new {
        // Nobody is told, but the log has to count it as well.
        ctx.effects.changes += 1;
        return Ok(Outcome::Done);
    }
    ctx.touched(1, &stream::XADD);
    if added.trimmed.count > 0 {
        ctx.note(1, &stream::XTRIM);
    }
    discard(ctx, added.trimmed.gone);
    Ok(Outcome::Done)
}

/// The entry that the producer has added under this name before, and that counts once more.
fn find_named(stream: &mut Stream, plan: &Plan<'_>, name: &[u8], now_ms: i64) -> Option<StreamId> {
    let naming = plan.naming?;
    let names = stream.idempotency.as_mut()?;
    let id = names.find(naming.producer, name, now_ms)?;
    // A log says which entry it was, or which it became when the name had been forgotten.
    let is_meant = match plan.wanted {
        Wanted::Auto => true,
        Wanted::Id(ms, seq) => id.ms == ms && seq == Seq::Given(id.seq),
    };
    names.duplicates += u64::from(is_meant);
    is_meant.then_some(id)
}

/// Logs the request with the id that the entry got, its name and the length that is left.
fn log(ctx: &mut Ctx, plan: &Plan<'_>, added: &Added, name: &[u8]) {
    let id: Replaced = (!plan.wanted.is_given())
        .then(|| (plan.id_at, SmallVec::from_slice(added.id.text().as_bytes())));
    let made = plan.naming.filter(Naming::is_made);
    let option: Replaced = made.map(|naming| (naming.at, SmallVec::from_slice(b"IDMP")));
    let left_out = plan.trim.filter(Trim::is_approximate).map_or(0..0, |trim| trim.left_out());
    if id.is_some() || added.threshold.is_some() || !left_out.is_empty() {
        let inserted = made.map(|naming| (naming.at + 1, name));
        let replaced = &[&id, &option, &added.threshold];
        Rewrite { replaced, inserted, left_out }.log(ctx);
    }
}
