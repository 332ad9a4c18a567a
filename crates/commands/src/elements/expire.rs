//! When elements expire: set, asked for, and taken back, whatever the family.

use base::number::{NumberBuffer, format_i64, parse_i64};
use protocol::Request;

use super::{
    Change, Elements, ElementsMut, Env, Expiry, Missing, Names, change, log_with, note, words,
};
use crate::arguments::{ExpiryUnit, integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;

/// The last time an element may expire at, in unix ms: 46 bits, the year 4199.
const EXPIRY_MAX_MS: i64 = (1 << 46) - 1;

/// Answers about an element.
const ABSENT: i64 = -2;
const NO_EXPIRY: i64 = -1;
const NOT_MET: i64 = 0;
const DONE: i64 = 1;
const DELETED: i64 = 2;

/// How a command names elements behind a word and their number, and what it says if that is wrong.
#[derive(Debug)]
pub(crate) struct Syntax {
    pub(crate) word: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) not_positive: &'static str,
    pub(crate) mismatch: &'static str,
}

/// The elements of `FIELDS numfields field ...` and its like, which must be the arguments from `at`
/// on.
pub(crate) fn element_list<'a>(
    request: Request<'a>,
    at: usize,
    syntax: &'static Syntax,
) -> Result<Request<'a>> {
    if !request.get(at).is_some_and(|word| is_word(word, syntax.word)) {
        return Err(Error::new(syntax.missing));
    }
    let count = request.get(at + 1).and_then(parse_i64).filter(|count| *count > 0);
    let count = count.ok_or(Error::new(syntax.not_positive))?;
    let names = request.from(at + 2);
    if names.len() as i64 != count {
        return Err(Error::new(syntax.mismatch));
    }
    Ok(names)
}

/// The unix time in ms that an element's expiry argument means.
pub(crate) fn element_expiry(
    text: &[u8],
    unit: ExpiryUnit,
    now_ms: i64,
    command: &'static str,
) -> Result<i64> {
    let amount = integer(text)?;
    if amount < 0 {
        return Err(Error::new("ERR invalid expire time, must be >= 0"));
    }
    unit.to_unix_ms(amount, now_ms)
        .filter(|at| *at <= EXPIRY_MAX_MS)
        .ok_or(Error::InvalidExpire(command))
}

/// What is asked of an element's old expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    None,
    Some,
    Earlier,
    Later,
}

impl Condition {
    pub(crate) fn from_word(word: &[u8]) -> Option<Self> {
        let words =
            [("NX", Self::None), ("XX", Self::Some), ("GT", Self::Earlier), ("LT", Self::Later)];
        words.into_iter().find(|(name, _)| is_word(word, name)).map(|(_, condition)| condition)
    }

    /// An element without expiry counts as one that expires after all others.
    fn is_met(self, old: Option<i64>, new: i64) -> bool {
        match self {
            Self::Always => true,
            Self::None => old.is_none(),
            Self::Some => old.is_some(),
            Self::Earlier => old.is_some_and(|old| old < new),
            Self::Later => old.is_none_or(|old| old > new),
        }
    }
}

/// Which expiry which elements are to get.
#[derive(Clone)]
pub(crate) struct Plan<'a> {
    pub(crate) at: i64,
    pub(crate) condition: Condition,
    pub(crate) names: Request<'a>,
}

impl<'a> Plan<'a> {
    /// From arguments that stand in a fixed order: the time, perhaps a condition, the elements.
    pub(crate) fn parse(
        ctx: &Ctx<'a, '_>,
        (unit, command): (ExpiryUnit, &'static str),
        syntax: &'static Syntax,
    ) -> Result<Self> {
        let at = element_expiry(ctx.arg(2), unit, ctx.db.moment.now_ms, command)?;
        let condition = Condition::from_word(ctx.arg(3));
        let start = if condition.is_some() { 4 } else { 3 };
        let names = element_list(ctx.request, start, syntax)?;
        Ok(Self { at, condition: condition.unwrap_or(Condition::Always), names })
    }

    /// Gives one element its expiry; says what became of it.
    fn apply<'e>(
        &self,
        now_ms: i64,
        elements: &mut impl ElementsMut<'e, 'a>,
        name: &'a [u8],
    ) -> i64 {
        let old = match elements.expiry(name) {
            Expiry::Absent => return ABSENT,
            Expiry::Never => None,
            Expiry::At(at) => Some(at),
        };
        if !self.condition.is_met(old, self.at) {
            NOT_MET
        } else if self.at <= now_ms {
            elements.remove(name);
            DELETED
        } else {
            elements.set_expiry(name, Some(self.at));
            DONE
        }
    }
}

/// The body of HEXPIRE and its like. What is wrong with the arguments counts less than a key of
/// another type.
pub(crate) fn expire<'a, F: Elements>(ctx: &mut Ctx<'a, '_>, plan: Result<Plan<'a>>) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    let done = change::<F, _>(ctx, (1, Missing::Leave), |elements, reply| {
        let plan = plan.clone()?;
        elements.reserve_expiries(plan.names.len())?;
        let (mut set, mut deleted) = (Names::new(), Names::new());
        reply.array(plan.names.len());
        for name in plan.names.iter() {
            let answer = plan.apply(now_ms, elements, name);
            match answer {
                DONE => set.push(name),
                DELETED => deleted.push(name),
                _ => {}
            }
            reply.int(answer);
        }
        Ok((set, deleted))
    })?;
    let plan = plan?;
    let Some(done) = done else { return same_for_all(ctx, plan.names, ABSENT) };
    let (set, deleted) = &done.result;
    note_deleted::<F>(ctx, deleted);
    note_expiry::<F>(ctx, plan.at, set);
    done.note_emptied(ctx, 1);
    Ok(Outcome::Done)
}

fn same_for_all(ctx: &mut Ctx, names: Request<'_>, answer: i64) -> Result {
    ctx.reply.array(names.len());
    for _ in names.iter() {
        ctx.reply.int(answer);
    }
    Ok(Outcome::Done)
}

/// Logs and announces that these elements now expire at `at`.
pub(crate) fn note_expiry<F: Elements>(ctx: &mut Ctx, at: i64, names: &[&[u8]]) {
    if !names.is_empty() {
        let words = words(F::FAMILY);
        let (mut at_buffer, mut count_buffer) = (NumberBuffer::new(), NumberBuffer::new());
        let at = format_i64(at, &mut at_buffer);
        let count = format_i64(names.len() as i64, &mut count_buffer);
        log_with(ctx, &[words.expiry, ctx.arg(1), at, words.elements, count], names);
        note(ctx, 1, words.timed, names.len());
    }
}

/// Logs and announces that these elements were deleted.
pub(crate) fn note_deleted<F: Elements>(ctx: &mut Ctx, names: &[&[u8]]) {
    if !names.is_empty() {
        let words = words(F::FAMILY);
        log_with(ctx, &[words.removal, ctx.arg(1)], names);
        note(ctx, 1, words.removed, names.len());
    }
}

/// Answers with the expiry of each of the elements of the collection that argument 1 names, shown
/// as `show` makes of the unix time in ms. Counts a hit or a miss.
pub(crate) fn expiries<F: Elements>(
    ctx: &mut Ctx,
    syntax: &'static Syntax,
    show: impl Fn(i64) -> i64,
) -> Result {
    let names = element_list(ctx.request, 2, syntax);
    let (key, env) = (ctx.key(1), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else {
        ctx.missed(1);
        return same_for_all(ctx, names?, ABSENT);
    };
    ctx.effects.hits += 1;
    let entry = slot.get();
    F::expiry(&entry, env, b"")?;
    let names = names?;
    ctx.reply.array(names.len());
    for name in names.iter() {
        ctx.reply.int(match F::expiry(&entry, env, name)? {
            Expiry::Absent => ABSENT,
            Expiry::Never => NO_EXPIRY,
            Expiry::At(at) => show(at),
        });
    }
    Ok(Outcome::Done)
}

/// The body of HTTL and its like.
pub(crate) fn seconds_left<F: Elements>(ctx: &mut Ctx, syntax: &'static Syntax) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    expiries::<F>(ctx, syntax, |at| (at + 999 - now_ms) / 1000)
}

/// The body of HPTTL and its like.
pub(crate) fn milliseconds_left<F: Elements>(ctx: &mut Ctx, syntax: &'static Syntax) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    expiries::<F>(ctx, syntax, |at| at - now_ms)
}

/// The body of HEXPIRETIME and its like.
pub(crate) fn unix_seconds<F: Elements>(ctx: &mut Ctx, syntax: &'static Syntax) -> Result {
    expiries::<F>(ctx, syntax, |at| (at + 999) / 1000)
}

/// The body of HPEXPIRETIME and its like.
pub(crate) fn unix_milliseconds<F: Elements>(ctx: &mut Ctx, syntax: &'static Syntax) -> Result {
    expiries::<F>(ctx, syntax, |at| at)
}

/// The body of HPERSIST and its like.
pub(crate) fn persist<F: Elements>(ctx: &mut Ctx, syntax: &'static Syntax) -> Result {
    let names = element_list(ctx.request, 2, syntax);
    let done: Option<Change<usize>> =
        change::<F, _>(ctx, (1, Missing::Leave), |elements, reply| {
            let names = names.clone()?;
            elements.reserve_expiries(names.len())?;
            let mut persisted = 0;
            reply.array(names.len());
            for name in names.iter() {
                reply.int(match elements.expiry(name) {
                    Expiry::Absent => ABSENT,
                    Expiry::Never => NO_EXPIRY,
                    Expiry::At(_) => {
                        elements.set_expiry(name, None);
                        persisted += 1;
                        DONE
                    }
                });
            }
            Ok(persisted)
        })?;
    let Some(done) = done else { return same_for_all(ctx, names?, ABSENT) };
    if done.result > 0 {
        note(ctx, 1, words(F::FAMILY).persisted, done.result);
    }
    done.note_emptied(ctx, 1);
    Ok(Outcome::Done)
}
