//! ZADD and ZINCRBY: members with their scores.

use smallvec::SmallVec;

use super::edit::ScoresMut;
use super::{SortedSets, note};
use crate::arguments::{float, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::{Missing, change};
use crate::errors::Error;
use crate::events::{generic, sorted_set};
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const ZADD: Spec = Spec::new(
    "ZADD",
    "key [condition: (NX | XX) @3.0.2] [comparison: (GT | LT) @6.2.0] [change: CH @3.0.2] \
     [increment: INCR @3.0.2] score member [score member ...]",
    Body::Data(zadd),
)
    .does("Adds members to a sorted set, or changes their scores.")
    .since("1.2.0").cost("O(log N) for each member, N being the number of members in the set")
    .group(Group::SortedSet)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE).element(3)
    .history(&[
        ("2.4.0", "More than one member."),
        ("3.0.2", "The options `XX`, `NX`, `CH` and `INCR`."),
        ("6.2.0", "The options `GT` and `LT`."),
    ]);

/// What ZADD is asked to do.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options {
    pub(crate) nx: bool,
    pub(crate) xx: bool,
    gt: bool,
    lt: bool,
    pub(crate) ch: bool,
    incr: bool,
}

impl Options {
    /// The options from argument 2 on, and the index of the first score.
    fn parse(ctx: &Ctx) -> Result<(Self, usize)> {
        let mut options = Self::default();
        let mut index = 2;
        while let Some(word) = ctx.request.get(index) {
            let flag = match word.len() {
                2 if is_word(word, "NX") => &mut options.nx,
                2 if is_word(word, "XX") => &mut options.xx,
                2 if is_word(word, "GT") => &mut options.gt,
                2 if is_word(word, "LT") => &mut options.lt,
                2 if is_word(word, "CH") => &mut options.ch,
                4 if is_word(word, "INCR") => &mut options.incr,
                _ => break,
            };
            *flag = true;
            index += 1;
        }
        Ok((options, index))
    }

    fn check(self, pairs: usize) -> Result<()> {
        if self.nx && self.xx {
            return Err(Error::new("ERR XX and NX options at the same time are not compatible"));
        }
        if (self.nx && (self.gt || self.lt)) || (self.gt && self.lt) {
            return Err(Error::new(
                "ERR GT, LT, and/or NX options at the same time are not compatible",
            ));
        }
        if self.incr && pairs > 1 {
            return Err(Error::new("ERR INCR option supports a single increment-element pair"));
        }
        Ok(())
    }

    /// The score to give a member, or `None` to leave it alone.
    fn decide(self, before: Option<f64>, given: f64) -> Option<f64> {
        let Some(before) = before else { return (!self.xx).then_some(given) };
        if self.nx {
            return None;
        }
        let wanted = if self.incr { before + given } else { given };
        let refused = self.lt && wanted >= before || self.gt && wanted <= before;
        (!refused).then_some(wanted)
    }
}

/// What became of the members.
#[derive(Default)]
struct Tally {
    added: usize,
    updated: usize,
    /// Members that lost their expiry.
    persisted: usize,
    /// The score of the last member that was not left alone.
    score: Option<f64>,
}

fn zadd(ctx: &mut Ctx) -> Result {
    let (options, first) = Options::parse(ctx)?;
    add(ctx, options, first)
}

#[rustfmt::skip]
pub(super) const ZINCRBY: Spec = Spec::new(
    "ZINCRBY",
    "key increment member",
    Body::Data(zincrby),
)
    .does("Adds to the score of a member of a sorted set; a missing member counts as 0.")
    .since("1.2.0").cost("O(log N), N being the number of members in the set")
    .group(Group::SortedSet)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE).element(3);

fn zincrby(ctx: &mut Ctx) -> Result {
    add(ctx, Options { incr: true, ..Options::default() }, 2)
}

fn add(ctx: &mut Ctx, options: Options, first: usize) -> Result {
    let pairs = ctx.request.from(first);
    if pairs.is_empty() || pairs.len() % 2 == 1 {
        return Err(Error::Syntax);
    }
    options.check(pairs.len() / 2)?;
    let pair = |at: usize| Ok((float(pairs.arg(at))?, pairs.arg(at + 1)));
    let pairs: SmallVec<[(f64, &[u8]); 8]> =
        (0..pairs.len()).step_by(2).map(pair).collect::<Result<_>>()?;
    add_scored(ctx, options, &pairs)
}

/// Adds members with these scores to the sorted set that argument 1 names, and answers as ZADD.
pub(crate) fn add_scored(
    ctx: &mut Ctx<'_, '_>,
    options: Options,
    pairs: &[(f64, &[u8])],
) -> Result {
    let missing = if options.xx { Missing::Leave } else { Missing::Create };
    let done = change::<SortedSets, _>(ctx, (1, missing), |set, _| {
        set.reserve(pairs.len())?;
        let mut tally = Tally::default();
        for &(score, member) in pairs {
            apply_one(set, options, (member, score), &mut tally)?;
        }
        Ok(tally)
    })?;
    let emptied = done.as_ref().is_some_and(|done| done.emptied);
    let tally = done.map_or_else(Tally::default, |done| done.result);
    let changed = tally.added + tally.updated;
    if changed > 0 {
        let event = if options.incr { &sorted_set::ZINCR } else { &sorted_set::ZADD };
        note(ctx, 1, event, changed, false);
    }
    if tally.persisted > 0 {
        note(ctx, 1, &sorted_set::ZPERSIST, tally.persisted, false);
    }
    if emptied {
        // What there was had expired.
        ctx.note(1, &generic::DEL);
    }
    match (options.incr, tally.score) {
        (true, Some(score)) => ctx.reply.double(score),
        (true, None) => ctx.reply.nil(),
        (false, _) => ctx.reply.int(if options.ch { changed } else { tally.added } as i64),
    }
    Ok(Outcome::Done)
}

/// Adds or changes one member. As in Garnet, a member that is added once more loses its expiry, and
/// one that is counted up keeps it.
fn apply_one(
    set: &mut ScoresMut<'_>,
    options: Options,
    (member, given): (&[u8], f64),
    tally: &mut Tally,
) -> Result<()> {
    let mut wanted = None;
    set.remove_expired(member);
    let update = set.update(member, |before| {
        wanted = options.decide(before, given);
        // The same score, be it 0 for -0, is no change.
        wanted.filter(|it| !it.is_nan() && before.is_none_or(|before| before != *it))
    })?;
    if wanted.is_some_and(f64::is_nan) {
        return Err(Error::new("ERR resulting score is not a number (NaN)"));
    }
    if update.before.is_some() && wanted.is_some() && !options.incr {
        tally.persisted += usize::from(set.persist(member));
    }
    tally.score = wanted.or(tally.score);
    if update.after.is_some() {
        let count = if update.before.is_none() { &mut tally.added } else { &mut tally.updated };
        *count += 1;
    }
    Ok(())
}
