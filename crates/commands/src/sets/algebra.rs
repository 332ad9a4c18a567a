//! Unions, intersections and differences of several sets: answered, counted, stored.
//!
//! The inputs are never copied. A union of a few sets looks each member up in the sets before its
//! own; that of many sets, and a difference whose first set is large, remember members in a set of
//! their own, as few as they can. Big sets are in the same order, so that members of one are looked
//! up in others in the order of those, without hashing them, and the memory is asked for ahead.

use std::ops::{ControlFlow, Range};

use base::hash::KeyHasher;
use keyspace::SetTable;
use keyspace::db::Key;
use keyspace::value::Before;
use protocol::{Reply, Request};
use smallvec::SmallVec;

use super::edit::MembersMut;
use super::members::{Member, Members};
use super::{Sets, note};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, LONG_MIN, Outcome, Result};
use crate::elements::{Elements, ElementsMut, Env, settle_sources};
use crate::errors::Error;
use crate::events::{Event, generic, set};
use crate::spec::{ACCESS, Body, DENYOOM, Group, OW, READONLY, RO, RW, Spec, UPDATE, WRITE};

/// Sets up to which a union looks members up in each of those before.
const FEW: usize = 4;

const ALL_MEMBERS: &str = "O(N), N being the number of members of all the sets";
const SMALLEST: &str =
    "O(N * M) at worst, N being the number of members of the smallest set and M of sets";

#[derive(Clone, Copy)]
enum Operation {
    Intersection,
    Union,
    Difference,
}

impl Operation {
    /// About how many members are visited.
    fn visits(self, sets: &[Members<'_>]) -> usize {
        let lens = sets.iter().map(Members::stored);
        match self {
            Self::Intersection => lens.min().unwrap_or(0).saturating_mul(sets.len()),
            Self::Union | Self::Difference => lens.sum(),
        }
    }

    /// Visits the members of the result until `visit` breaks off.
    fn run(
        self,
        sets: &[Members<'_>],
        hasher: &KeyHasher,
        visit: impl FnMut(Member<'_>) -> ControlFlow<()>,
    ) {
        match self {
            Self::Intersection => intersection(sets, visit),
            Self::Union if sets.len() <= FEW => union_of_few(sets, visit),
            Self::Union => union_of_many(sets, hasher, visit),
            Self::Difference => difference(sets, hasher, visit),
        }
    }
}

fn intersection(sets: &[Members<'_>], mut visit: impl FnMut(Member<'_>) -> ControlFlow<()>) {
    let mut sets: SmallVec<[(usize, Members<'_>); 8]> =
        sets.iter().map(|set| (set.stored(), *set)).collect();
    sets.sort_by_key(|(len, _)| *len);
    let Some(((_, smallest), others)) = sets.split_first() else { return };
    let _ = smallest.until_beside(others.iter().map(|(_, set)| set), |member| {
        let everywhere = others.iter().all(|(_, set)| set.has(member));
        if everywhere { visit(member) } else { ControlFlow::Continue(()) }
    });
}

fn union_of_few(sets: &[Members<'_>], mut visit: impl FnMut(Member<'_>) -> ControlFlow<()>) {
    for (index, set) in sets.iter().enumerate() {
        let before = &sets[..index];
        let flow = set.until_beside(before, |member| {
            let is_new = !before.iter().any(|set| set.has(member));
            if is_new { visit(member) } else { ControlFlow::Continue(()) }
        });
        if flow.is_break() {
            return;
        }
    }
}

fn union_of_many(
    sets: &[Members<'_>],
    hasher: &KeyHasher,
    mut visit: impl FnMut(Member<'_>) -> ControlFlow<()>,
) {
    let mut seen = SetTable::default();
    for set in sets {
        let flow = set.until(|member| {
            let is_new = member.with_text(|text| seen.add(hasher, text));
            if is_new { visit(member) } else { ControlFlow::Continue(()) }
        });
        if flow.is_break() {
            return;
        }
    }
}

fn difference(
    sets: &[Members<'_>],
    hasher: &KeyHasher,
    mut visit: impl FnMut(Member<'_>) -> ControlFlow<()>,
) {
    let Some((first, others)) = sets.split_first() else { return };
    let many: usize = others.iter().map(Members::stored).sum();
    // Looking up every member of the first set in every other, or every other's in the first.
    if first.stored().saturating_mul(others.len()) / 2 <= many {
        let _ = first.until_beside(others, |member| {
            let elsewhere = others.iter().any(|set| set.has(member));
            if elsewhere { ControlFlow::Continue(()) } else { visit(member) }
        });
        return;
    }
    let mut elsewhere = SetTable::default();
    for set in others {
        set.for_each(|member| {
            if first.has(member) {
                member.with_text(|text| elsewhere.add(hasher, text));
            }
        });
    }
    let _ = first.until(|member| {
        let is_elsewhere = member.with_text(|text| elsewhere.look(hasher, text) != Before::Absent);
        if is_elsewhere { ControlFlow::Continue(()) } else { visit(member) }
    });
}

/// Runs `body` on the sets that the arguments `keys` name; missing keys are empty sets. Counts hits
/// and misses. An operation on very many members is left for later.
///
/// # Errors
/// A key holds something else.
fn with_sets<'a>(
    ctx: &mut Ctx<'a, '_>,
    keys: Range<usize>,
    operation: Operation,
    body: impl FnOnce(&[Members<'_>], &mut Reply<'a>),
) -> Result {
    let outcome = with_entries(ctx, keys.clone(), operation, body);
    if !matches!(outcome, Ok(Outcome::Long)) {
        ctx.note_absent(keys);
    }
    outcome
}

fn with_entries<'a>(
    ctx: &mut Ctx<'a, '_>,
    keys: Range<usize>,
    operation: Operation,
    body: impl FnOnce(&[Members<'_>], &mut Reply<'a>),
) -> Result {
    let most = if ctx.may_defer { LONG_MIN } else { usize::MAX };
    let env = Env::of(ctx);
    let keys: SmallVec<[Key<'_>; 8]> = keys.map(|index| ctx.key(index)).collect();
    let entries = ctx.db.several(keys.iter().copied());
    let sets = entries.iter().map(|entry| match entry {
        Some(entry) => Members::of(entry, env),
        None => Ok(Members::none(env)),
    });
    let sets: SmallVec<[Members<'_>; 8]> = sets.collect::<Result<_>>()?;
    if operation.visits(&sets) > most {
        return Ok(Outcome::Long);
    }
    let hits = entries.iter().flatten().count();
    ctx.effects.hits += hits as u64;
    ctx.effects.misses += (entries.len() - hits) as u64;
    body(&sets, &mut ctx.reply);
    Ok(Outcome::Done)
}

/// Answers with the members of the result.
fn answer(ctx: &mut Ctx, operation: Operation) -> Result {
    let (hasher, keys) = (Env::of(ctx).hasher, 1..ctx.argc());
    with_sets(ctx, keys, operation, |sets, reply| {
        let begun = reply.deferred();
        let mut count = 0;
        operation.run(sets, hasher, |member| {
            member.write(reply);
            count += 1;
            ControlFlow::Continue(())
        });
        reply.finish_set(begun, count);
    })
}

/// Stores the result under the key that argument 1 names, or removes that key if it is empty.
fn store(ctx: &mut Ctx, operation: Operation, event: &'static Event) -> Result {
    let (target, env, keys) = (ctx.key(1), Env::of(ctx), 2..ctx.argc());
    if settle_sources(ctx, keys.clone()) == Outcome::Long {
        return Ok(Outcome::Long);
    }
    let mut entry = Sets::new_entry(target.bytes, ctx.db.fresh_stamp());
    let mut result = MembersMut::of(&mut entry, env)?;
    let outcome = with_sets(ctx, keys, operation, |sets, _| {
        operation.run(sets, env.hasher, |member| {
            member.with_text(|text| result.insert(text));
            ControlFlow::Continue(())
        });
    })?;
    if outcome == Outcome::Long {
        return Ok(outcome);
    }
    let len = result.len();
    if len > 0 {
        ctx.db.put(target, entry);
        note(ctx, 1, event, 1, false);
    } else if ctx.db.remove(target) {
        note(ctx, 1, &generic::DEL, 1, false);
    }
    ctx.int(len as i64)
}

/// Options of the commands that count a result.
struct Counting {
    keys: Range<usize>,
    limit: usize,
}

impl Counting {
    fn parse(ctx: &Ctx, approximate: Approximate) -> Result<Self> {
        let count = integer(ctx.arg(1)).ok().and_then(|count| usize::try_from(count).ok());
        let count = count
            .filter(|count| *count > 0)
            .ok_or(Error::new("ERR numkeys should be greater than 0"))?;
        if count > ctx.argc() - 2 {
            return Err(Error::new("ERR Number of keys can't be greater than number of args"));
        }
        let limit = Self::limit(ctx.request.from(2 + count), approximate)?;
        Ok(Self { keys: 2..2 + count, limit })
    }

    fn limit(options: Request<'_>, approximate: Approximate) -> Result<usize> {
        let mut limit = 0;
        let mut words = options.iter();
        while let Some(word) = words.next() {
            if approximate == Approximate::May && is_word(word, "APPROX") {
                continue;
            }
            match words.next() {
                Some(number) if is_word(word, "LIMIT") => {
                    limit = integer(number)
                        .ok()
                        .and_then(|limit| usize::try_from(limit).ok())
                        .ok_or(Error::new("ERR LIMIT can't be negative"))?;
                }
                _ => return Err(Error::Syntax),
            }
        }
        Ok(limit)
    }
}

/// Whether an estimate may be asked for. The exact count is a good estimate, and costs no memory
/// for a few sets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Approximate {
    May,
    Never,
}

/// Answers with the number of members of the result, or the limit if there are as many.
fn count(ctx: &mut Ctx, operation: Operation, approximate: Approximate) -> Result {
    let Counting { keys, limit } = Counting::parse(ctx, approximate)?;
    let hasher = Env::of(ctx).hasher;
    let mut count = 0;
    let outcome = with_sets(ctx, keys, operation, |sets, _| {
        operation.run(sets, hasher, |_| {
            count += 1;
            if count == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    })?;
    if outcome == Outcome::Long { Ok(outcome) } else { ctx.int(count as i64) }
}

#[rustfmt::skip]
pub(super) const SINTER: Spec = Spec::new("SINTER", "key [key ...]", Body::Data(sinter))
    .does("Returns the members that several sets have in common.")
    .since("1.0.0").cost(SMALLEST).group(Group::Set)
    .flags(READONLY).keys(1, -1, 1, RO | ACCESS)
    .tips(&["nondeterministic_output_order"]);

fn sinter(ctx: &mut Ctx) -> Result {
    answer(ctx, Operation::Intersection)
}

#[rustfmt::skip]
pub(super) const SINTERCARD: Spec = Spec::new(
    "SINTERCARD",
    "numkeys key [key ...] [LIMIT limit<integer>]",
    Body::Data(sintercard),
)
    .does("Counts the members that several sets have in common.")
    .since("7.0.0").cost(SMALLEST).group(Group::Set)
    .flags(READONLY).keys_counted(1, 1, RO | ACCESS);

fn sintercard(ctx: &mut Ctx) -> Result {
    count(ctx, Operation::Intersection, Approximate::Never)
}

#[rustfmt::skip]
pub(super) const SINTERSTORE: Spec = Spec::new(
    "SINTERSTORE",
    "destination key [key ...]",
    Body::Data(sinterstore),
)
    .does("Stores the members that several sets have in common in a key.")
    .since("1.0.0").cost(SMALLEST).group(Group::Set)
    .flags(WRITE | DENYOOM).key(1, RW | UPDATE).keys(2, -1, 1, RO | ACCESS);

fn sinterstore(ctx: &mut Ctx) -> Result {
    store(ctx, Operation::Intersection, &set::SINTERSTORE)
}

#[rustfmt::skip]
pub(super) const SUNION: Spec = Spec::new("SUNION", "key [key ...]", Body::Data(sunion))
    .does("Returns the members that any of several sets has.")
    .since("1.0.0").cost(ALL_MEMBERS).group(Group::Set)
    .flags(READONLY).keys(1, -1, 1, RO | ACCESS)
    .tips(&["nondeterministic_output_order"]);

fn sunion(ctx: &mut Ctx) -> Result {
    answer(ctx, Operation::Union)
}

#[rustfmt::skip]
pub(super) const SUNIONCARD: Spec = Spec::new(
    "SUNIONCARD",
    "numkeys key [key ...] [approx: APPROX] [LIMIT limit<integer>]",
    Body::Data(sunioncard),
)
    .does("Counts the members that any of several sets has.")
    .since("8.10.0").cost(ALL_MEMBERS).group(Group::Set)
    .flags(READONLY).keys_counted(1, 1, RO | ACCESS);

fn sunioncard(ctx: &mut Ctx) -> Result {
    count(ctx, Operation::Union, Approximate::May)
}

#[rustfmt::skip]
pub(super) const SUNIONSTORE: Spec = Spec::new(
    "SUNIONSTORE",
    "destination key [key ...]",
    Body::Data(sunionstore),
)
    .does("Stores the members that any of several sets has in a key.")
    .since("1.0.0").cost(ALL_MEMBERS).group(Group::Set)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE).keys(2, -1, 1, RO | ACCESS);

fn sunionstore(ctx: &mut Ctx) -> Result {
    store(ctx, Operation::Union, &set::SUNIONSTORE)
}

#[rustfmt::skip]
pub(super) const SDIFF: Spec = Spec::new("SDIFF", "key [key ...]", Body::Data(sdiff))
    .does("Returns the members that the first of several sets has and the others have not.")
    .since("1.0.0").cost(ALL_MEMBERS).group(Group::Set)
    .flags(READONLY).keys(1, -1, 1, RO | ACCESS)
    .tips(&["nondeterministic_output_order"]);

fn sdiff(ctx: &mut Ctx) -> Result {
    answer(ctx, Operation::Difference)
}

#[rustfmt::skip]
pub(super) const SDIFFCARD: Spec = Spec::new(
    "SDIFFCARD",
    "numkeys key [key ...] [LIMIT limit<integer>]",
    Body::Data(sdiffcard),
)
    .does("Counts the members that the first of several sets has and the others have not.")
    .since("8.10.0").cost(ALL_MEMBERS).group(Group::Set)
    .flags(READONLY).keys_counted(1, 1, RO | ACCESS);

fn sdiffcard(ctx: &mut Ctx) -> Result {
    count(ctx, Operation::Difference, Approximate::Never)
}

#[rustfmt::skip]
pub(super) const SDIFFSTORE: Spec = Spec::new(
    "SDIFFSTORE",
    "destination key [key ...]",
    Body::Data(sdiffstore),
)
    .does("Stores the members that the first of several sets has and the others have not in a key.")
    .since("1.0.0").cost(ALL_MEMBERS).group(Group::Set)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE).keys(2, -1, 1, RO | ACCESS);

fn sdiffstore(ctx: &mut Ctx) -> Result {
    store(ctx, Operation::Difference, &set::SDIFFSTORE)
}
