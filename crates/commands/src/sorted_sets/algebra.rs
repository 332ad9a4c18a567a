//! Unions, intersections and differences of several sorted sets: answered, counted, stored. Plain
//! sets take part as sorted sets whose scores are all 1.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

use keyspace::Entry;
use keyspace::db::{Key, Settled};
use protocol::{Reply, Request};
use smallvec::SmallVec;
use structures::ordered::{Direction, rank_key};

use super::edit::ScoresMut;
use super::scores::Scores;
use super::{SortedSets, WithScores, note};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, LONG_MIN, Outcome, Result};
use crate::elements::{Elements, ElementsMut, Env, read_budget, settle_sources};
use crate::errors::Error;
use crate::events::{Event, generic, sorted_set};
use crate::sets::members::Members;
use crate::spec::{ACCESS, Body, DENYOOM, Group, OW, READONLY, RO, Spec, UPDATE, WRITE};

const UNION_COST: &str = "O(N) + O(M log M), N being the number of members of all the sets and M \
                          of those in the result";
const INTERSECTION_COST: &str = "O(N * K) + O(M log M) at worst, N being the number of members of \
                                 the smallest set, K of sets and M of members in the result";
const DIFFERENCE_COST: &str = "O(L + (N - K) log N) at worst, L being the number of members of all \
                               the sets, N of those in the first and K of those in the result";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Intersection,
    Union,
    Difference,
}

impl Operation {
    /// About how many members are visited.
    fn visits(self, sources: &[Source<'_>]) -> usize {
        let lens = sources.iter().map(Source::len);
        match self {
            Self::Intersection => lens.min().unwrap_or(0).saturating_mul(sources.len()),
            Self::Union | Self::Difference => lens.sum(),
        }
    }
}

/// A sorted set, or a set, that takes part.
#[derive(Clone, Copy)]
enum Source<'e> {
    Sorted(Scores<'e>),
    Plain(Members<'e>),
}

impl<'e> Source<'e> {
    fn of(entry: &'e Entry, env: Env<'e>, settled: Settled) -> Result<Self> {
        match Scores::of(entry, env) {
            Ok(scores) => Ok(Self::Sorted(scores.settled(settled))),
            Err(_) => Members::of(entry, env).map(|it| Self::Plain(it.settled(settled))),
        }
    }

    /// Number of members, some of which may have expired.
    fn len(&self) -> usize {
        match self {
            Self::Sorted(scores) => scores.stored(),
            Self::Plain(members) => members.stored(),
        }
    }

    fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            Self::Sorted(scores) => scores.score(member),
            Self::Plain(members) => members.contains(member).then_some(1.0),
        }
    }

    /// Visits members until `visit` breaks off.
    fn until(&self, mut visit: impl FnMut(&[u8], f64) -> ControlFlow<()>) {
        match self {
            Self::Sorted(scores) => scores.walk(0..usize::MAX, Direction::Ascending, visit),
            Self::Plain(members) => {
                let _ = members.until(|member| member.with_text(|text| visit(text, 1.0)));
            }
        }
    }

    fn for_each(&self, mut visit: impl FnMut(&[u8], f64)) {
        self.until(|member, score| {
            visit(member, score);
            ControlFlow::Continue(())
        });
    }
}

/// How the scores of a member become one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
    /// The sum of the weights.
    Count,
}

impl Aggregate {
    fn parse(word: &[u8]) -> Result<Self> {
        let all =
            [("SUM", Self::Sum), ("MIN", Self::Min), ("MAX", Self::Max), ("COUNT", Self::Count)];
        let found = all.into_iter().find(|(name, _)| is_word(word, name));
        found.map(|(_, aggregate)| aggregate).ok_or(Error::Syntax)
    }

    /// What a source of this weight contributes with a score.
    fn weigh(self, score: f64, weight: f64) -> f64 {
        match self {
            Self::Count => weight,
            _ => number(score * weight),
        }
    }

    fn join(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Sum | Self::Count => number(one + other),
            Self::Min => {
                if other < one {
                    other
                } else {
                    one
                }
            }
            Self::Max => {
                if other > one {
                    other
                } else {
                    one
                }
            }
        }
    }
}

/// 0 for what is not a number: infinity times 0, or less itself.
fn number(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// What follows the keys.
struct Options {
    weights: SmallVec<[f64; 8]>,
    aggregate: Aggregate,
    with_scores: WithScores,
    /// 0: none.
    limit: usize,
}

/// What a command does with its result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Answer,
    Count,
    Store,
}

impl Options {
    fn parse(
        words: Request<'_>,
        sources: usize,
        operation: Operation,
        purpose: Purpose,
    ) -> Result<Self> {
        let mut options = Self {
            weights: SmallVec::from_elem(1.0, sources),
            aggregate: Aggregate::Sum,
            with_scores: WithScores::No,
            limit: 0,
        };
        let weighs = operation != Operation::Difference && purpose != Purpose::Count;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if weighs && words.len() >= sources && is_word(word, "WEIGHTS") {
                for weight in &mut options.weights {
                    let text = words.next().unwrap_or_default();
                    *weight = base::number::parse_f64(text)
                        .ok_or(Error::new("ERR weight value is not a float"))?;
                }
            } else if weighs && words.len() >= 1 && is_word(word, "AGGREGATE") {
                options.aggregate = Aggregate::parse(words.next().unwrap_or_default())?;
            } else if purpose == Purpose::Answer && is_word(word, "WITHSCORES") {
                options.with_scores = WithScores::Yes;
            } else if purpose == Purpose::Count && words.len() >= 1 && is_word(word, "LIMIT") {
                options.limit = integer(words.next().unwrap_or_default())
                    .ok()
                    .and_then(|limit| usize::try_from(limit).ok())
                    .ok_or(Error::new("ERR LIMIT can't be negative"))?;
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }
}

/// The arguments that are keys, after the one that says how many they are.
fn source_keys(ctx: &Ctx, numkeys: usize, command: &str) -> Result<Range<usize>> {
    let count = integer(ctx.arg(numkeys))?;
    if count < 1 {
        return Err(Error::text(format!(
            "ERR at least 1 input key is needed for '{command}' command"
        )));
    }
    let first = numkeys + 1;
    match usize::try_from(count).ok().filter(|count| *count <= ctx.argc() - first) {
        Some(count) => Ok(first..first + count),
        None => Err(Error::Syntax),
    }
}

/// Runs `body` on what the arguments `keys` name; missing keys are empty sorted sets. Counts hits
/// and misses. An operation on very many members is left for later: then the result is `None`.
///
/// # Errors
/// A key holds something else, or those of `body`.
fn with_sources<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    keys: Range<usize>,
    operation: Operation,
    body: impl FnOnce(&[Source<'_>], &mut Reply<'a>) -> Result<R>,
) -> Result<Option<R>> {
    let result = with_entries(ctx, keys.clone(), operation, body);
    if !matches!(result, Ok(None)) {
        ctx.note_absent(keys);
    }
    result
}

fn with_entries<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    keys: Range<usize>,
    operation: Operation,
    body: impl FnOnce(&[Source<'_>], &mut Reply<'a>) -> Result<R>,
) -> Result<Option<R>> {
    let most = if ctx.may_defer { LONG_MIN } else { usize::MAX };
    let env = Env::of(ctx);
    let keys: SmallVec<[Key<'_>; 8]> = keys.map(|index| ctx.key(index)).collect();
    let settled: SmallVec<[Settled; 8]> =
        keys.iter().map(|key| ctx.db.settle(*key, read_budget(ctx))).collect();
    let entries = ctx.db.several(keys.iter().copied());
    let sources = entries.iter().zip(settled).map(|(entry, settled)| match entry {
        Some(entry) => Source::of(entry, env, settled),
        None => Ok(Source::Sorted(Scores::none(env))),
    });
    let sources: SmallVec<[Source<'_>; 8]> = sources.collect::<Result<_>>()?;
    if operation.visits(&sources) > most {
        return Ok(None);
    }
    let hits = entries.iter().flatten().count();
    ctx.effects.hits += hits as u64;
    ctx.effects.misses += (entries.len() - hits) as u64;
    body(&sources, &mut ctx.reply).map(Some)
}

/// Members with their scores in ascending order.
type Scored = Vec<(Vec<u8>, f64)>;

/// The result of an operation.
fn result(operation: Operation, sources: &[Source<'_>], options: &Options) -> Scored {
    let mut weighed: SmallVec<[(usize, Source<'_>, f64); 8]> =
        sources.iter().zip(&options.weights).map(|(it, weight)| (it.len(), *it, *weight)).collect();
    if operation != Operation::Difference {
        // As Redis: where sums are rounded, their order shows.
        weighed.sort_by_key(|(len, ..)| *len);
    }
    let mut scored = match operation {
        Operation::Union => union(&weighed, options.aggregate),
        Operation::Intersection => {
            let mut scored = Scored::new();
            intersection(&weighed, options.aggregate, |member, score| {
                scored.push((member.to_vec(), score));
                ControlFlow::Continue(())
            });
            scored
        }
        Operation::Difference => difference(sources),
    };
    scored.sort_unstable_by(|(member, score), (other, other_score)| {
        rank_key(*score).cmp(&rank_key(*other_score)).then_with(|| member.cmp(other))
    });
    scored
}

fn union(sources: &[(usize, Source<'_>, f64)], aggregate: Aggregate) -> Scored {
    let mut scores: HashMap<Vec<u8>, f64> = HashMap::new();
    for (_, source, weight) in sources {
        source.for_each(|member, score| {
            let score = aggregate.weigh(score, *weight);
            match scores.get_mut(member) {
                Some(before) => *before = aggregate.join(*before, score),
                None => drop(scores.insert(member.to_vec(), score)),
            }
        });
    }
    scores.into_iter().collect()
}

/// Visits the members that all sources have, with their joined scores, until `visit` breaks off.
fn intersection(
    sources: &[(usize, Source<'_>, f64)],
    aggregate: Aggregate,
    mut visit: impl FnMut(&[u8], f64) -> ControlFlow<()>,
) {
    let Some(((_, smallest, weight), others)) = sources.split_first() else { return };
    smallest.until(|member, score| {
        let mut joined = Some(aggregate.weigh(score, *weight));
        for (_, source, weight) in others {
            // A product that is not a number is left alone here, as in Redis: it makes the sum 0.
            let score = source.score(member).map(|score| match aggregate {
                Aggregate::Count => *weight,
                _ => score * weight,
            });
            joined = joined.zip(score).map(|(one, other)| aggregate.join(one, other));
            if joined.is_none() {
                break;
            }
        }
        match joined {
            Some(score) => visit(member, score),
            None => ControlFlow::Continue(()),
        }
    });
}

fn difference(sources: &[Source<'_>]) -> Scored {
    let mut scored = Scored::new();
    let Some((first, others)) = sources.split_first() else { return scored };
    let many: usize = others.iter().map(Source::len).sum();
    // Looking up every member of the first one in every other, or every other's in the first.
    if first.len().saturating_mul(others.len()) / 2 <= many {
        first.for_each(|member, score| {
            if others.iter().all(|source| source.score(member).is_none()) {
                scored.push((member.to_vec(), score));
            }
        });
        return scored;
    }
    let mut elsewhere = std::collections::HashSet::new();
    for source in others {
        source.for_each(|member, _| {
            if first.score(member).is_some() {
                elsewhere.insert(member.to_vec());
            }
        });
    }
    first.for_each(|member, score| {
        if !elsewhere.contains(member) {
            scored.push((member.to_vec(), score));
        }
    });
    scored
}

fn answer(ctx: &mut Ctx, operation: Operation, command: &str) -> Result {
    let keys = source_keys(ctx, 1, command)?;
    let words = ctx.request.from(keys.end);
    let done = with_sources(ctx, keys, operation, |sources, reply| {
        let options = Options::parse(words, sources.len(), operation, Purpose::Answer)?;
        let scored = result(operation, sources, &options);
        options.with_scores.begin(reply, scored.len());
        for (member, score) in &scored {
            options.with_scores.write(reply, member, *score);
        }
        Ok(Outcome::Done)
    })?;
    Ok(done.unwrap_or(Outcome::Long))
}

fn store(ctx: &mut Ctx, operation: Operation, (command, event): (&str, &'static Event)) -> Result {
    let keys = source_keys(ctx, 2, command)?;
    let (words, target, env) = (ctx.request.from(keys.end), ctx.key(1), Env::of(ctx));
    if settle_sources(ctx, keys.clone()) == Outcome::Long {
        return Ok(Outcome::Long);
    }
    let scored = with_sources(ctx, keys, operation, |sources, _| {
        let options = Options::parse(words, sources.len(), operation, Purpose::Store)?;
        Ok(result(operation, sources, &options))
    })?;
    let Some(scored) = scored else { return Ok(Outcome::Long) };
    if scored.is_empty() {
        if ctx.db.remove(target) {
            note(ctx, 1, &generic::DEL, 1, false);
        }
        return ctx.int(0);
    }
    let mut entry = SortedSets::new_entry(target.bytes, ctx.db.fresh_stamp());
    let mut stored = ScoresMut::of(&mut entry, env)?;
    stored.prepare_for(scored.len())?;
    for (member, score) in &scored {
        stored.set(member, *score)?;
    }
    ctx.db.put(target, entry);
    note(ctx, 1, event, 1, false);
    ctx.int(scored.len() as i64)
}

#[rustfmt::skip]
pub(super) const ZUNION: Spec = Spec::new(
    "ZUNION",
    "numkeys key [key ...] [WEIGHTS weight [weight ...]] \
     [aggregate: AGGREGATE (SUM | MIN | MAX | COUNT @8.8.0)] [withscores: WITHSCORES]",
    Body::Data(zunion),
)
    .does("Returns the members that any of several sorted sets has.")
    .since("6.2.0").cost(UNION_COST).group(Group::SortedSet)
    .flags(READONLY).keys_counted(1, 1, RO | ACCESS)
    .history(&[("8.8.0", "The aggregate `COUNT`.")]);

fn zunion(ctx: &mut Ctx) -> Result {
    answer(ctx, Operation::Union, "zunion")
}

#[rustfmt::skip]
pub(super) const ZUNIONSTORE: Spec = Spec::new(
    "ZUNIONSTORE",
    "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] \
     [aggregate: AGGREGATE (SUM | MIN | MAX | COUNT @8.8.0)]",
    Body::Data(zunionstore),
)
    .does("Stores the members that any of several sorted sets has in a key.")
    .since("2.0.0").cost(UNION_COST).group(Group::SortedSet)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE).keys_counted(2, 1, RO | ACCESS)
    .history(&[("8.8.0", "The aggregate `COUNT`.")]);

fn zunionstore(ctx: &mut Ctx) -> Result {
    store(ctx, Operation::Union, ("zunionstore", &sorted_set::ZUNIONSTORE))
}

#[rustfmt::skip]
pub(super) const ZINTER: Spec = Spec::new(
    "ZINTER",
    "numkeys key [key ...] [WEIGHTS weight [weight ...]] \
     [aggregate: AGGREGATE (SUM | MIN | MAX | COUNT @8.8.0)] [withscores: WITHSCORES]",
    Body::Data(zinter),
)
    .does("Returns the members that several sorted sets have in common.")
    .since("6.2.0").cost(INTERSECTION_COST).group(Group::SortedSet)
    .flags(READONLY).keys_counted(1, 1, RO | ACCESS)
    .history(&[("8.8.0", "The aggregate `COUNT`.")]);

fn zinter(ctx: &mut Ctx) -> Result {
    answer(ctx, Operation::Intersection, "zinter")
}

#[rustfmt::skip]
pub(super) const ZINTERSTORE: Spec = Spec::new(
    "ZINTERSTORE",
    "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] \
     [aggregate: AGGREGATE (SUM | MIN | MAX | COUNT @8.8.0)]",
    Body::Data(zinterstore),
)
    .does("Stores the members that several sorted sets have in common in a key.")
    .since("2.0.0").cost(INTERSECTION_COST).group(Group::SortedSet)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE).keys_counted(2, 1, RO | ACCESS)
    .history(&[("8.8.0", "The aggregate `COUNT`.")]);

fn zinterstore(ctx: &mut Ctx) -> Result {
    store(ctx, Operation::Intersection, ("zinterstore", &sorted_set::ZINTERSTORE))
}

#[rustfmt::skip]
pub(super) const ZINTERCARD: Spec = Spec::new(
    "ZINTERCARD",
    "numkeys key [key ...] [LIMIT limit<integer>]",
    Body::Data(zintercard),
)
    .does("Counts the members that several sorted sets have in common.")
    .since("7.0.0").cost(INTERSECTION_COST).group(Group::SortedSet)
    .flags(READONLY).keys_counted(1, 1, RO | ACCESS);

fn zintercard(ctx: &mut Ctx) -> Result {
    let keys = source_keys(ctx, 1, "zintercard")?;
    let words = ctx.request.from(keys.end);
    let operation = Operation::Intersection;
    let count = with_sources(ctx, keys, operation, |sources, _| {
        let options = Options::parse(words, sources.len(), operation, Purpose::Count)?;
        let mut sources: SmallVec<[_; 8]> = sources.iter().map(|it| (it.len(), *it, 1.0)).collect();
        sources.sort_by_key(|(len, ..)| *len);
        let mut count = 0;
        intersection(&sources, options.aggregate, |_, _| {
            count += 1;
            if count == options.limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        Ok(count)
    })?;
    count.map_or(Ok(Outcome::Long), |count| ctx.int(count as i64))
}

#[rustfmt::skip]
pub(super) const ZDIFF: Spec = Spec::new(
    "ZDIFF",
    "numkeys key [key ...] [withscores: WITHSCORES]",
    Body::Data(zdiff),
)
    .does("Returns the members that the first of several sorted sets has and the others have not.")
    .since("6.2.0").cost(DIFFERENCE_COST).group(Group::SortedSet)
    .flags(READONLY).keys_counted(1, 1, RO | ACCESS);

fn zdiff(ctx: &mut Ctx) -> Result {
    answer(ctx, Operation::Difference, "zdiff")
}

#[rustfmt::skip]
pub(super) const ZDIFFSTORE: Spec = Spec::new(
    "ZDIFFSTORE",
    "destination numkeys key [key ...]",
    Body::Data(zdiffstore),
)
    .does("Stores the members that the first of several sorted sets has and the others have not in \
           a key.")
    .since("6.2.0").cost(DIFFERENCE_COST).group(Group::SortedSet)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE).keys_counted(2, 1, RO | ACCESS);

fn zdiffstore(ctx: &mut Ctx) -> Result {
    store(ctx, Operation::Difference, ("zdiffstore", &sorted_set::ZDIFFSTORE))
}
