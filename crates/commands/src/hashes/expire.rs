//! When fields expire: set, asked for, and taken back.

use base::number::{NumberBuffer, format_i64, parse_i64};
use protocol::Request;
use smallvec::SmallVec;

use super::edit::FieldsMut;
use super::fields::Expiry;
use super::{Missing, change, log_request, log_with_fields, note, read};
use crate::arguments::{ExpiryUnit, integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::hash;
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, READONLY, RO, RW, Spec, UPDATE, WRITE};

/// The last time a field may expire at, in unix ms: 46 bits, the year 4199.
const EXPIRY_MAX_MS: i64 = (1 << 46) - 1;

/// Answers about a field.
const NO_FIELD: i64 = -2;
const NO_EXPIRY: i64 = -1;
const NOT_MET: i64 = 0;
const DONE: i64 = 1;
const DELETED: i64 = 2;

/// Names of fields, as the request has them.
pub(super) type Names<'a> = SmallVec<[&'a [u8]; 4]>;

/// The fields of `FIELDS numfields field ...`, which must be the arguments from `at` on.
pub(super) fn field_list<'a>(
    request: Request<'a>,
    at: usize,
    not_positive: &'static str,
) -> Result<Request<'a>> {
    if !request.get(at).is_some_and(|word| is_word(word, "FIELDS")) {
        return Err(Error::new(
            "ERR Mandatory argument FIELDS is missing or not at the right position",
        ));
    }
    let count = request.get(at + 1).and_then(parse_i64).filter(|count| *count > 0);
    let count = count.ok_or(Error::new(not_positive))?;
    let names = request.from(at + 2);
    if names.len() as i64 != count {
        return Err(Error::new("ERR The `numfields` parameter must match the number of arguments"));
    }
    Ok(names)
}

/// What `numfields` must be, in most commands' words.
pub(super) const NOT_POSITIVE: &str = "ERR Number of fields must be a positive integer";

/// The unix time in ms that a field's expiry argument means.
pub(super) fn field_expiry(
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

#[rustfmt::skip]
pub(super) const HEXPIRE: Spec = Spec::new(
    "HEXPIRE",
    "key seconds [condition: NX | XX | GT | LT] fields: FIELDS (numfields field [field ...])",
    Body::Data(hexpire),
)
    .does("Makes fields of a hash expire after so many seconds.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn hexpire(ctx: &mut Ctx) -> Result {
    expire(ctx, ExpiryUnit::Seconds, "hexpire")
}

#[rustfmt::skip]
pub(super) const HEXPIREAT: Spec = Spec::new(
    "HEXPIREAT",
    "key unix-time-seconds [condition: NX | XX | GT | LT] fields: FIELDS (numfields field \
     [field ...])",
    Body::Data(hexpireat),
)
    .does("Makes fields of a hash expire at a Unix time in seconds.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn hexpireat(ctx: &mut Ctx) -> Result {
    expire(ctx, ExpiryUnit::UnixSeconds, "hexpireat")
}

#[rustfmt::skip]
pub(super) const HPEXPIRE: Spec = Spec::new(
    "HPEXPIRE",
    "key milliseconds [condition: NX | XX | GT | LT] fields: FIELDS (numfields field \
     [field ...])",
    Body::Data(hpexpire),
)
    .does("Makes fields of a hash expire after so many milliseconds.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn hpexpire(ctx: &mut Ctx) -> Result {
    expire(ctx, ExpiryUnit::Milliseconds, "hpexpire")
}

#[rustfmt::skip]
pub(super) const HPEXPIREAT: Spec = Spec::new(
    "HPEXPIREAT",
    "key unix-time-milliseconds [condition: NX | XX | GT | LT] fields: FIELDS \
     (numfields field [field ...])",
    Body::Data(hpexpireat),
)
    .does("Makes fields of a hash expire at a Unix time in milliseconds.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn hpexpireat(ctx: &mut Ctx) -> Result {
    expire(ctx, ExpiryUnit::UnixMilliseconds, "hpexpireat")
}

/// What is asked of a field's old expiry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Always,
    None,
    Some,
    Earlier,
    Later,
}

impl Condition {
    fn from_word(word: &[u8]) -> Option<Self> {
        let words =
            [("NX", Self::None), ("XX", Self::Some), ("GT", Self::Earlier), ("LT", Self::Later)];
        words.into_iter().find(|(name, _)| is_word(word, name)).map(|(_, condition)| condition)
    }

    /// A field without expiry counts as one that expires after all others.
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

#[derive(Clone, Copy)]
struct Plan<'a> {
    at: i64,
    now_ms: i64,
    condition: Condition,
    names: Request<'a>,
}

impl<'a> Plan<'a> {
    fn parse(ctx: &Ctx<'a, '_>, unit: ExpiryUnit, command: &'static str) -> Result<Self> {
        let now_ms = ctx.db.moment.now_ms;
        let at = field_expiry(ctx.arg(2), unit, now_ms, command)?;
        let condition = Condition::from_word(ctx.arg(3));
        let not_positive = "ERR Parameter `numFields` should be greater than 0";
        let start = if condition.is_some() { 4 } else { 3 };
        let names = field_list(ctx.request, start, not_positive)?;
        Ok(Self { at, now_ms, condition: condition.unwrap_or(Condition::Always), names })
    }

    /// Gives one field its expiry; says what became of it.
    fn apply(&self, fields: &mut FieldsMut<'_, 'a>, name: &'a [u8]) -> i64 {
        let old = match fields.expiry(name) {
            Expiry::NoField => return NO_FIELD,
            Expiry::Never => None,
            Expiry::At(at) => Some(at),
        };
        if !self.condition.is_met(old, self.at) {
            NOT_MET
        } else if self.at <= self.now_ms {
            fields.remove(name);
            DELETED
        } else {
            fields.set_expiry(name, Some(self.at));
            DONE
        }
    }
}

fn expire(ctx: &mut Ctx, unit: ExpiryUnit, command: &'static str) -> Result {
    // What is wrong with the arguments counts less than a key of another type.
    let plan = Plan::parse(ctx, unit, command);
    let done = change(ctx, Missing::Leave, |fields, reply| {
        let plan = plan.clone()?;
        let (mut set, mut deleted) = (Names::new(), Names::new());
        reply.array(plan.names.len());
        for name in plan.names.iter() {
            let answer = plan.apply(fields, name);
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
    let Some(done) = done else { return same_for_all(ctx, plan.names, NO_FIELD) };
    done.note_expired(ctx);
    let (set, deleted) = &done.result;
    note_expiry(ctx, plan.at, set);
    note_deleted(ctx, deleted);
    done.note_emptied(ctx);
    Ok(Outcome::Done)
}

fn same_for_all(ctx: &mut Ctx, names: Request<'_>, answer: i64) -> Result {
    ctx.reply.array(names.len());
    for _ in names.iter() {
        ctx.reply.int(answer);
    }
    Ok(Outcome::Done)
}

/// Logs and announces that these fields now expire at `at`.
pub(super) fn note_expiry(ctx: &mut Ctx, at: i64, names: &[&[u8]]) {
    if !names.is_empty() {
        let (mut at_buffer, mut count_buffer) = (NumberBuffer::new(), NumberBuffer::new());
        let at = format_i64(at, &mut at_buffer);
        let count = format_i64(names.len() as i64, &mut count_buffer);
        log_with_fields(ctx, &[b"HPEXPIREAT", ctx.arg(1), at, b"FIELDS", count], names);
        note(ctx, &hash::HEXPIRE, names.len());
    }
}

/// Logs and announces that these fields were deleted.
pub(super) fn note_deleted(ctx: &mut Ctx, names: &[&[u8]]) {
    if !names.is_empty() {
        log_with_fields(ctx, &[b"HDEL", ctx.arg(1)], names);
        note(ctx, &hash::HDEL, names.len());
    }
}

#[rustfmt::skip]
pub(super) const HTTL: Spec = Spec::new(
    "HTTL",
    "key fields: FIELDS (numfields field [field ...])",
    Body::Data(httl),
)
    .does("Returns in how many seconds fields of a hash expire.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn httl(ctx: &mut Ctx) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    expiries(ctx, |at| (at + 999 - now_ms) / 1000)
}

#[rustfmt::skip]
pub(super) const HPTTL: Spec = Spec::new(
    "HPTTL",
    "key fields: FIELDS (numfields field [field ...])",
    Body::Data(hpttl),
)
    .does("Returns in how many milliseconds fields of a hash expire.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn hpttl(ctx: &mut Ctx) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    expiries(ctx, |at| at - now_ms)
}

#[rustfmt::skip]
pub(super) const HEXPIRETIME: Spec = Spec::new(
    "HEXPIRETIME",
    "key fields: FIELDS (numfields field [field ...])",
    Body::Data(hexpiretime),
)
    .does("Returns the Unix times in seconds at which fields of a hash expire.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn hexpiretime(ctx: &mut Ctx) -> Result {
    expiries(ctx, |at| (at + 999) / 1000)
}

#[rustfmt::skip]
pub(super) const HPEXPIRETIME: Spec = Spec::new(
    "HPEXPIRETIME",
    "key fields: FIELDS (numfields field [field ...])",
    Body::Data(hpexpiretime),
)
    .does("Returns the Unix times in milliseconds at which fields of a hash expire.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn hpexpiretime(ctx: &mut Ctx) -> Result {
    expiries(ctx, |at| at)
}

/// Answers with each field's expiry, shown as `show` makes of the unix time in ms.
fn expiries(ctx: &mut Ctx, show: impl Fn(i64) -> i64) -> Result {
    let names = field_list(ctx.request, 2, NOT_POSITIVE);
    read(ctx, |fields, reply| {
        let names = names?;
        reply.array(names.len());
        for name in names.iter() {
            reply.int(match fields.expiry(name) {
                Expiry::NoField => NO_FIELD,
                Expiry::Never => NO_EXPIRY,
                Expiry::At(at) => show(at),
            });
        }
        Ok(Outcome::Done)
    })?
}

#[rustfmt::skip]
pub(super) const HPERSIST: Spec = Spec::new(
    "HPERSIST",
    "key fields: FIELDS (numfields field [field ...])",
    Body::Data(hpersist),
)
    .does("Removes the expiry of fields of a hash.")
    .since("7.4.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn hpersist(ctx: &mut Ctx) -> Result {
    let names = field_list(ctx.request, 2, NOT_POSITIVE);
    let done = change(ctx, Missing::Leave, |fields, reply| {
        let names = names.clone()?;
        let mut changed = false;
        reply.array(names.len());
        for name in names.iter() {
            reply.int(match fields.expiry(name) {
                Expiry::NoField => NO_FIELD,
                Expiry::Never => NO_EXPIRY,
                Expiry::At(_) => {
                    fields.set_expiry(name, None);
                    changed = true;
                    DONE
                }
            });
        }
        Ok(changed)
    })?;
    let Some(done) = done else { return same_for_all(ctx, names?, NO_FIELD) };
    done.note_expired(ctx);
    if done.result {
        log_request(ctx);
        note(ctx, &hash::HPERSIST, 1);
    }
    done.note_emptied(ctx);
    Ok(Outcome::Done)
}
