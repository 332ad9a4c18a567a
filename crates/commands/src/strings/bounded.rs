//! INCREX: adds to a number within bounds, and sets its expiry.
//!
//! One course for integers and for floating-point numbers: what a result outside of the bounds
//! means is decided once, in [`settle`].

use base::extended::Extended;
use base::number::{NumberBuffer, format_i64};
use keyspace::db::set_slot_expiry;
use keyspace::{Entry, Payload};

use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::{Event, generic, string};
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

use super::counters::{NOT_FINITE, integer_of, number_of};
use super::options::Expiry;
use super::{Logged, log_set};

#[rustfmt::skip]
pub(super) const INCREX: Spec = Spec::new(
    "INCREX",
    "key [increment: BYFLOAT float<double> | BYINT integer<integer>] [SATURATE] \
     [LBOUND lowerbound] [UBOUND upperbound] [expiration: EX seconds | PX milliseconds \
     | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] [ENX]",
    Body::Data(increx),
)
    .does("Adds to a number within bounds and sets its expiry.")
    .since("8.8.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE);

fn increx(ctx: &mut Ctx) -> Result {
    let options = Options::parse(ctx)?;
    let expires_at = options.expiry.unix_ms(ctx.db.moment.now_ms, "increx")?;
    match options.increment {
        Increment::Float(increment) => add_float(ctx, &options, increment, expires_at),
        Increment::Unsaid => add_integer(ctx, &options, b"1", expires_at),
        Increment::Integer(increment) => add_integer(ctx, &options, increment, expires_at),
    }
}

/// What is to be added.
#[derive(Clone, Copy)]
enum Increment<'a> {
    Unsaid,
    Float(&'a [u8]),
    Integer(&'a [u8]),
}

/// What becomes of a result outside of the bounds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    /// Nothing changes.
    Skip,
    /// The bound takes its place.
    Saturate,
}

struct Options<'a> {
    increment: Increment<'a>,
    outside: Outside,
    lower: Option<&'a [u8]>,
    upper: Option<&'a [u8]>,
    expiry: Expiry<'a>,
    /// ENX: leave an expiry alone that is there already.
    only_new_expiry: bool,
}

impl<'a> Options<'a> {
    fn parse(ctx: &Ctx<'a, '_>) -> Result<Self> {
        let mut options = Self {
            increment: Increment::Unsaid,
            outside: Outside::Skip,
            lower: None,
            upper: None,
            expiry: Expiry::Unsaid,
            only_new_expiry: false,
        };
        let mut at = 2;
        while at < ctx.argc() {
            at += options.take(ctx, at).ok_or(Error::Syntax)?;
        }
        if options.only_new_expiry && !matches!(options.expiry, Expiry::At(..)) {
            return Err(Error::Syntax);
        }
        Ok(options)
    }

    /// Takes the option at argument `at`; gives the number of arguments it takes.
    fn take(&mut self, ctx: &Ctx<'a, '_>, at: usize) -> Option<usize> {
        let word = ctx.request.get(at)?;
        if is_word(word, "SATURATE") {
            self.outside = Outside::Saturate;
        } else if is_word(word, "ENX") {
            self.only_new_expiry = true;
        } else if let Some(taken) = self.expiry.take_persist(word) {
            return Some(taken);
        } else if let Some(taken) = self.expiry.take(ctx.request, at) {
            return Some(taken);
        } else {
            return self.take_number(word, ctx.request.get(at + 1)?);
        }
        Some(1)
    }

    fn take_number(&mut self, word: &[u8], number: &'a [u8]) -> Option<usize> {
        if is_word(word, "LBOUND") {
            self.lower = Some(number);
        } else if is_word(word, "UBOUND") {
            self.upper = Some(number);
        } else if is_word(word, "BYFLOAT") && !matches!(self.increment, Increment::Integer(_)) {
            self.increment = Increment::Float(number);
        } else if is_word(word, "BYINT") && !matches!(self.increment, Increment::Float(_)) {
            self.increment = Increment::Integer(number);
        } else {
            return None;
        }
        Some(2)
    }

    /// The bounds, which must not cross.
    fn bounds<T: PartialOrd>(
        &self,
        limits: (T, T),
        parse: impl Fn(&[u8]) -> Result<T>,
    ) -> Result<(T, T)> {
        let lower = self.lower.map_or(Ok(limits.0), &parse)?;
        let upper = self.upper.map_or(Ok(limits.1), &parse)?;
        if lower > upper {
            return Err(Error::new("ERR LBOUND must be less than or equal to UBOUND"));
        }
        Ok((lower, upper))
    }
}

/// The sum within the bounds, or `None` if nothing is to change.
fn settle<T: PartialOrd>(sum: T, (lower, upper): (T, T), outside: Outside) -> Option<T> {
    let (below, above) = (sum < lower, sum > upper);
    match outside {
        Outside::Skip if below || above => None,
        _ if below => Some(lower),
        _ if above => Some(upper),
        _ => Some(sum),
    }
}

fn add_integer(
    ctx: &mut Ctx,
    options: &Options<'_>,
    increment: &[u8],
    expires_at: Option<i64>,
) -> Result {
    let increment = integer(increment)?;
    let bounds = options.bounds((i64::MIN, i64::MAX), integer)?;
    let key = ctx.key(1);
    let slot = ctx.db.used(key);
    let old = slot.map_or(Ok(0), |slot| integer_of(&slot.get()))?;
    let sum = i128::from(old) + i128::from(increment);
    let bounds = (i128::from(bounds.0), i128::from(bounds.1));
    let Some(sum) = settle(sum, bounds, options.outside) else {
        return answer_integers(ctx, old, 0);
    };
    // Both fit: the bounds are integers, and the old value is one.
    let new = sum as i64;
    let applied = new.checked_sub(old).ok_or(Error::Overflow)?;
    let mut buffer = NumberBuffer::new();
    let text = format_i64(new, &mut buffer);
    let expiry = new_expiry(ctx, options, expires_at);
    put(ctx, (Payload::Integer(new), text), expiry, &string::INCRBY);
    answer_integers(ctx, new, applied)
}

fn answer_integers(ctx: &mut Ctx, value: i64, applied: i64) -> Result {
    ctx.reply.array(2);
    ctx.reply.int(value);
    ctx.reply.int(applied);
    Ok(Outcome::Done)
}

fn add_float(
    ctx: &mut Ctx,
    options: &Options<'_>,
    increment: &[u8],
    expires_at: Option<i64>,
) -> Result {
    let finite = |text: &[u8]| {
        Extended::parse(text).filter(|number| !number.is_infinite()).ok_or(Error::NotFloat)
    };
    let increment = Extended::parse(increment).ok_or(Error::NotFloat)?;
    let bounds = options.bounds((Extended::lowest(), Extended::largest()), finite)?;
    let key = ctx.key(1);
    let slot = ctx.db.used(key);
    let old = slot.map_or(Ok(Extended::ZERO), |slot| number_of(&slot.get()))?;
    let sum = old + increment;
    if increment.is_infinite() || old.is_infinite() || sum.is_nan() {
        return Err(NOT_FINITE);
    }
    let Some(new) = settle(sum, bounds, options.outside) else {
        return answer_floats(ctx, old, Extended::ZERO);
    };
    let applied = if new == sum { increment } else { new - old };
    if applied.is_infinite() {
        return Err(NOT_FINITE);
    }
    let text = new.to_human();
    let expiry = new_expiry(ctx, options, expires_at);
    let text = text.as_bytes();
    put(ctx, (Payload::Text(text), text), expiry, &string::INCRBYFLOAT);
    answer_floats(ctx, new, applied)
}

fn answer_floats(ctx: &mut Ctx, value: Extended, applied: Extended) -> Result {
    ctx.reply.array(2);
    for number in [value, applied] {
        let text = number.to_human();
        match ctx.reply.version().is_typed() {
            false => ctx.reply.bulk(text.as_bytes()),
            true => ctx.reply.double(text.parse().unwrap_or(f64::NAN)),
        }
    }
    Ok(Outcome::Done)
}

/// How the expiry changes.
#[derive(Clone, Copy)]
enum NewExpiry {
    Same,
    Gone,
    At(i64),
}

/// What the options mean for the key as it is.
fn new_expiry(ctx: &mut Ctx, options: &Options<'_>, expires_at: Option<i64>) -> NewExpiry {
    let key = ctx.key(1);
    let had = ctx.db.slot(key).is_some_and(|slot| slot.get().expires_at().is_some());
    match expires_at {
        Some(_) if had && options.only_new_expiry => NewExpiry::Same,
        Some(at) => NewExpiry::At(at),
        None if had && options.expiry == Expiry::Persist => NewExpiry::Gone,
        None => NewExpiry::Same,
    }
}

/// Stores the number, and notes and logs what happened; the value is given as stored and as text.
fn put(
    ctx: &mut Ctx,
    (payload, text): (Payload<'_>, &[u8]),
    expiry: NewExpiry,
    event: &'static Event,
) {
    let key = ctx.key(1);
    match ctx.db.slot(key) {
        Some(mut slot) => {
            slot.get_mut().set_payload(payload);
            let expires_at = match expiry {
                NewExpiry::Same => slot.get().expires_at(),
                NewExpiry::Gone => None,
                NewExpiry::At(at) => Some(at),
            };
            let change = set_slot_expiry(&mut slot, expires_at);
            ctx.db.count_timed(key, change);
        }
        None => {
            let expires_at = if let NewExpiry::At(at) = expiry { Some(at) } else { None };
            let entry = Entry::new(key.bytes, payload, expires_at, ctx.db.fresh_stamp());
            ctx.db.put(key, entry);
        }
    }
    ctx.touched(1, event);
    let logged = match expiry {
        NewExpiry::Same => Logged::Keep,
        NewExpiry::Gone => {
            ctx.note(1, &generic::PERSIST);
            Logged::Never
        }
        NewExpiry::At(at) => {
            ctx.note(1, &generic::EXPIRE);
            Logged::At(at)
        }
    };
    log_set(ctx.effects, key.bytes, text, logged);
}

#[cfg(test)]
mod tests;
