//! XTRIM, and the trimming that XADD does.

use base::number::{NumberBuffer, format_u64};
use keyspace::value::stream::{Cut, Keep, References, Stream, StreamId};
use smallvec::SmallVec;

use super::{change_stream, discard, ids};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{Body, DELETE, Group, RW, Spec, WRITE};

/// Blocks whose entries are the most that approximate trimming removes at once.
const BLOCKS_MAX: usize = 100;

/// How to trim a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trim {
    keep: Keep,
    cut: Cut,
    references: References,
    /// Index of the argument that says what to keep.
    threshold: usize,
    /// Index of LIMIT.
    limit: Option<usize>,
}

/// The options of trimming, as they are met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    keep: Option<(Keep, usize)>,
    is_approximate: bool,
    limit: Option<(u64, usize)>,
    references: Option<References>,
}

/// What becomes of pending entries, as an option says it.
pub(super) fn references_of(word: &[u8]) -> Option<References> {
    if is_word(word, "KEEPREF") {
        Some(References::Keep)
    } else if is_word(word, "DELREF") {
        Some(References::Remove)
    } else if is_word(word, "ACKED") {
        Some(References::Respect)
    } else {
        None
    }
}

/// What was trimmed.
#[derive(Default)]
pub(super) struct Trimmed {
    /// Entries that went.
    pub(super) count: u64,
    /// The blocks they were in, as far as those went too.
    pub(super) gone: Stream,
    /// The last one of them, where it is asked for.
    last: StreamId,
}

impl Options {
    /// Reads the option at `at`. Gives the index of its last word, or `None` if it is another's.
    pub(super) fn parse(&mut self, ctx: &Ctx<'_, '_>, at: usize) -> Result<Option<usize>> {
        let word = ctx.arg(at);
        if self.references.is_none()
            && let Some(references) = references_of(word)
        {
            self.references = Some(references);
            return Ok(Some(at));
        }
        if at + 1 >= ctx.argc() {
            return Ok(None);
        }
        let is_len = is_word(word, "MAXLEN");
        if is_len || is_word(word, "MINID") {
            return self.parse_threshold(ctx, at, is_len).map(Some);
        }
        if is_word(word, "LIMIT") {
            let limit = integer(ctx.arg(at + 1))?;
            let limit = u64::try_from(limit);
            let limit = limit.map_err(|_| Error::new("ERR The LIMIT argument must be >= 0."))?;
            self.limit = Some((limit, at));
            return Ok(Some(at + 1));
        }
        Ok(None)
    }

    fn parse_threshold(&mut self, ctx: &Ctx<'_, '_>, at: usize, is_len: bool) -> Result<usize> {
        if self.keep.is_some() {
            return Err(Error::new(
                "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
            ));
        }
        let mut at = at + 1;
        self.is_approximate = false;
        if at + 1 < ctx.argc() && matches!(ctx.arg(at), b"~" | b"=") {
            self.is_approximate = ctx.arg(at) == b"~";
            at += 1;
        }
        let keep = if is_len {
            let len = u64::try_from(integer(ctx.arg(at))?);
            Keep::Newest(len.map_err(|_| Error::new("ERR The MAXLEN argument must be >= 0."))?)
        } else {
            Keep::From(ids::strict(ctx.arg(at), 0)?)
        };
        self.keep = Some((keep, at));
        Ok(at)
    }

    /// What the options say together; `None` if there is nothing to trim.
    pub(super) fn finish(self, ctx: &Ctx<'_, '_>) -> Result<Option<Trim>> {
        let Some((keep, threshold)) = self.keep else {
            if self.limit.is_some_and(|(limit, _)| limit > 0) {
                return Err(Error::new(
                    "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
                ));
            }
            return Ok(None);
        };
        let cut = match (self.is_approximate, self.limit) {
            (true, Some((limit, _))) => Cut::Blocks(limit),
            (true, None) => Cut::Blocks(default_limit(ctx.limits.stream_block_entries_max)),
            (false, None) => Cut::Exact,
            // Redis leaves the option in the records of what it has trimmed.
            (false, Some(_)) if ctx.is_replay() => Cut::Exact,
            (false, Some(_)) => {
                return Err(Error::new(
                    "ERR syntax error, LIMIT cannot be used without the special ~ option",
                ));
            }
        };
        let (references, limit) = (self.references.unwrap_or_default(), self.limit);
        Ok(Some(Trim { keep, cut, references, threshold, limit: limit.map(|(_, at)| at) }))
    }
}

fn default_limit(entries_max: usize) -> u64 {
    match entries_max.saturating_mul(BLOCKS_MAX) as u64 {
        0 => 10_000,
        limit => limit.min(1_000_000),
    }
}

/// Text that a logged request has in place of an argument.
pub(super) type Replaced = Option<(usize, SmallVec<[u8; 48]>)>;

impl Trim {
    /// Trims.
    pub(super) fn apply(&self, stream: &mut Stream) -> Trimmed {
        if self.references == References::Keep {
            let (count, gone) = stream.trim(self.keep, self.cut);
            return Trimmed { count, gone, last: StreamId::MIN };
        }
        let ids = stream.trim_with(self.keep, self.cut, self.references);
        let last = ids.last().copied().unwrap_or_default();
        Trimmed { count: ids.len() as u64, gone: Stream::default(), last }
    }

    /// What stands for the threshold in the log: exactly what is left.
    pub(super) fn result(&self, stream: &Stream, trimmed: &Trimmed) -> Replaced {
        if self.cut == Cut::Exact {
            return None;
        }
        let text = match self.keep {
            // Those before it that stayed are referred to, and stay again.
            Keep::From(_) if self.references != References::Keep => {
                let after = if trimmed.count > 0 { trimmed.last.next() } else { None };
                SmallVec::from_slice(after.unwrap_or_default().text().as_bytes())
            }
            Keep::Newest(_) => {
                let mut buffer = NumberBuffer::new();
                SmallVec::from_slice(format_u64(stream.len(), &mut buffer))
            }
            Keep::From(_) => {
                let first = stream.first_id().unwrap_or(StreamId::MAX);
                SmallVec::from_slice(first.text().as_bytes())
            }
        };
        Some((self.threshold, text))
    }

    /// Which arguments the log does not get: what is approximate.
    pub(super) fn left_out(&self) -> std::ops::Range<usize> {
        match self.limit {
            Some(limit) if self.cut != Cut::Exact => limit..limit + 2,
            _ => 0..0,
        }
    }

    /// Whether the log gets something else than what was requested.
    pub(super) fn is_approximate(&self) -> bool {
        self.cut != Cut::Exact
    }
}

/// How a request is logged that is not logged as it came.
#[derive(Default)]
pub(super) struct Rewrite<'r> {
    /// Arguments that are replaced; `~` before one becomes `=`.
    pub(super) replaced: &'r [&'r Replaced],
    /// A word put in behind an argument.
    pub(super) inserted: Option<(usize, &'r [u8])>,
    /// Arguments that are left out.
    pub(super) left_out: std::ops::Range<usize>,
}

impl Rewrite<'_> {
    /// Logs the request so.
    pub(super) fn log(&self, ctx: &mut Ctx<'_, '_>) {
        if ctx.effects.is_unread {
            return ctx.effects.log_nothing();
        }
        let find =
            |at| self.replaced.iter().filter_map(|it| it.as_ref()).find(|it: &&(_, _)| it.0 == at);
        let mut words: SmallVec<[&[u8]; 16]> = SmallVec::new();
        for (at, word) in ctx.request.iter().enumerate() {
            if self.left_out.contains(&at) {
                continue;
            }
            words.push(match find(at) {
                Some((_, text)) => text.as_slice(),
                None if word == b"~" && find(at + 1).is_some() => b"=",
                None => word,
            });
            words.extend(self.inserted.filter(|(after, _)| *after == at).map(|(_, word)| word));
        }
        ctx.effects.log(&words);
    }
}

#[rustfmt::skip]
pub(super) const XTRIM: Spec = Spec::new(
    "XTRIM",
    "key (trim: strategy: (MAXLEN | MINID @6.2.0) [operator: equal: '=' | approximately: '~'] \
     threshold [LIMIT count @6.2.0]) [condition: KEEPREF | DELREF | ACKED @8.2.0]",
    Body::Data(xtrim),
)
    .does("Removes entries from the beginning of a stream.")
    .since("5.0.0").cost("O(N), N being the number of entries removed").group(Group::Stream)
    .flags(WRITE).key(1, RW | DELETE)
    .tips(&["nondeterministic_output"])
    .history(&[
        ("6.2.0", "`MINID` and `LIMIT`."),
        ("8.2.0", "`KEEPREF`, `DELREF` and `ACKED`."),
    ]);

fn xtrim(ctx: &mut Ctx) -> Result {
    let mut options = Options::default();
    let mut at = 2;
    while at < ctx.argc() {
        at = options.parse(ctx, at)?.ok_or(Error::Syntax)? + 1;
    }
    let trim = options
        .finish(ctx)?
        .ok_or(Error::new("ERR syntax error, XTRIM must be called with a trimming strategy"))?;
    let done = change_stream(ctx, 1, |found, _| {
        Ok(found.map(|stream| {
            let trimmed = trim.apply(stream);
            let result = trim.result(stream, &trimmed);
            (trimmed, result)
        }))
    })?;
    let Some((trimmed, result)) = done else { return ctx.int(0) };
    if trimmed.count > 0 {
        if trim.is_approximate() {
            let replaced = &[&result];
            let left_out = trim.left_out();
            Rewrite { replaced, left_out, ..Rewrite::default() }.log(ctx);
        }
        ctx.effects.changes += trimmed.count;
        ctx.note(1, &stream::XTRIM);
        discard(ctx, trimmed.gone);
    }
    ctx.int(trimmed.count as i64)
}
