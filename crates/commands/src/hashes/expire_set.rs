//! Fields set or read together with their expiry, and read together with their deletion.

use base::number::{NumberBuffer, format_i64, parse_i64};
use keyspace::value::ElementExpiry;
use protocol::Request;
use smallvec::SmallVec;

use super::edit::FieldsMut;
use super::fields::{Fields, write_value};
use super::{FIELDS, Hashes, change};
use crate::arguments::{ExpiryUnit, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::expire::{element_expiry, element_list, note_deleted, note_expiry};
use crate::elements::{ElementsMut, Env, Expiry, Missing, Names, log_with, note};
use crate::errors::Error;
use crate::events::hash;
use crate::spec::{ACCESS, Body, DELETE, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const HGETDEL: Spec = Spec::new(
    "HGETDEL",
    "key fields: FIELDS (numfields field [field ...])",
    Body::Data(hgetdel),
)
    .does("Returns the values of fields of a hash and deletes the fields.")
    .since("8.0.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE);

fn hgetdel(ctx: &mut Ctx) -> Result {
    let names = element_list(ctx.request, 2, &FIELDS);
    let done = change(ctx, Missing::Leave, |fields, reply| {
        let names = names.clone()?;
        reply.array(names.len());
        let mut deleted = Names::new();
        for name in names.iter() {
            fields.get(name, |value| write_value(value, reply));
            if fields.remove(name) {
                deleted.push(name);
            }
        }
        Ok(deleted)
    })?;
    let Some(done) = done else { return nil_for_all(ctx, names?) };
    note_deleted::<Hashes>(ctx, &done.result);
    done.note_emptied(ctx, 1);
    Ok(Outcome::Done)
}

fn nil_for_all(ctx: &mut Ctx, names: Request<'_>) -> Result {
    ctx.reply.array(names.len());
    for _ in names.iter() {
        ctx.reply.nil();
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const HGETEX: Spec = Spec::new(
    "HGETEX",
    "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds \
     | PXAT unix-time-milliseconds | PERSIST] fields: FIELDS (numfields field \
     [field ...])",
    Body::Data(hgetex),
)
    .does("Returns the values of fields of a hash and sets or removes their expiry.")
    .since("8.0.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | FAST).key(1, RW | ACCESS | UPDATE)
    .key_note("RW and UPDATE since it may change the expiry");

/// What HGETEX does about the expiry.
#[derive(Clone, Copy)]
enum Then {
    Nothing,
    Persist,
    ExpireAt(i64),
}

fn hgetex(ctx: &mut Ctx) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    let plan = hgetex_plan(ctx.request, now_ms);
    let done = change(ctx, Missing::Leave, |fields, reply| {
        let (then, names) = plan.clone()?;
        reply.array(names.len());
        let (mut changed, mut deleted) = (Names::new(), Names::new());
        for name in names.iter() {
            let expiry = fields.expiry(name);
            fields.get(name, |value| write_value(value, reply));
            match (then, expiry) {
                (_, Expiry::Absent) | (Then::Nothing, _) | (Then::Persist, Expiry::Never) => {}
                (Then::Persist, Expiry::At(_)) => {
                    fields.set_expiry(name, None);
                    changed.push(name);
                }
                (Then::ExpireAt(at), _) if at <= now_ms => {
                    fields.remove(name);
                    deleted.push(name);
                }
                (Then::ExpireAt(at), _) => {
                    fields.set_expiry(name, Some(at));
                    changed.push(name);
                }
            }
        }
        Ok((changed, deleted))
    })?;
    let (then, names) = plan?;
    let Some(done) = done else { return nil_for_all(ctx, names) };
    let (changed, deleted) = &done.result;
    match then {
        Then::ExpireAt(at) => note_expiry::<Hashes>(ctx, at, changed),
        _ => note_persisted(ctx, changed),
    }
    note_deleted::<Hashes>(ctx, deleted);
    done.note_emptied(ctx, 1);
    Ok(Outcome::Done)
}

fn hgetex_plan(request: Request<'_>, now_ms: i64) -> Result<(Then, Request<'_>)> {
    let word = request.arg(2);
    let (then, at) = if let Some(unit) = ExpiryUnit::from_word(word) {
        (Then::ExpireAt(element_expiry(request.arg(3), unit, now_ms, "hgetex")?), 4)
    } else if is_word(word, "PERSIST") {
        (Then::Persist, 3)
    } else {
        (Then::Nothing, 2)
    };
    Ok((then, element_list(request, at, &FIELDS)?))
}

fn note_persisted(ctx: &mut Ctx, names: &[&[u8]]) {
    if !names.is_empty() {
        let mut buffer = NumberBuffer::new();
        let count = format_i64(names.len() as i64, &mut buffer);
        log_with(ctx, &[b"HPERSIST", ctx.arg(1), b"FIELDS", count], names);
        note(ctx, 1, &hash::HPERSIST, names.len());
    }
}

#[rustfmt::skip]
pub(super) const HSETEX: Spec = Spec::new(
    "HSETEX",
    "key [key-condition: NX | XX] [condition: FNX | FXX] [expiration: EX seconds | PX milliseconds \
     | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] fields: FIELDS \
     (numfields data: (field value) [field value ...])",
    Body::Data(hsetex),
)
    .does("Sets fields of a hash, with optional conditions and expiry.")
    .since("8.0.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE)
    .history(&[("9.1.0", "`NX` and `XX`, as in Valkey 9.1.")]);

/// What HSETEX asks of the fields as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Always,
    NoneExists,
    AllExist,
}

impl Condition {
    fn is_met<'a>(self, fields: &mut FieldsMut<'_, 'a>, pairs: Request<'a>) -> bool {
        let mut names = pairs.iter().step_by(2);
        match self {
            Self::Always => true,
            Self::NoneExists => !names.any(|name| fields.contains(name)),
            Self::AllExist => names.all(|name| fields.contains(name)),
        }
    }
}

/// What HSETEX asks of the key: that it exists (XX), or does not (NX).
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyCondition {
    Absent,
    Present,
}

/// The arguments of HSETEX.
struct SetPlan<'a> {
    key: Option<KeyCondition>,
    condition: Condition,
    expiry: ElementExpiry,
    pairs: Request<'a>,
}

fn hsetex(ctx: &mut Ctx) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    let SetPlan { key, condition, expiry, pairs } = SetPlan::parse(ctx.request, now_ms)?;
    if let Some(asked) = key
        && asked != key_condition(ctx)?
    {
        return ctx.int(0);
    }
    let all_exist = condition == Condition::AllExist;
    let missing = if all_exist { Missing::Leave } else { Missing::Create };
    let in_past = matches!(expiry, ElementExpiry::At(at) if at <= now_ms);
    let done = change(ctx, missing, |fields, _| {
        if !condition.is_met(fields, pairs) {
            return Ok(false);
        }
        for at in (0..pairs.len()).step_by(2) {
            if in_past {
                fields.remove(pairs.arg(at));
            } else {
                fields.set(pairs.arg(at), pairs.arg(at + 1), expiry);
            }
        }
        Ok(true)
    })?;
    let Some(done) = done else { return ctx.int(0) };
    if done.result {
        note(ctx, 1, &hash::HSET, pairs.len() / 2);
        match expiry {
            ElementExpiry::At(_) if in_past => {
                let names: Names<'_> = pairs.iter().step_by(2).collect();
                log_with(ctx, &[b"HDEL", ctx.arg(1)], &names);
                ctx.note(1, &hash::HDEL);
            }
            ElementExpiry::At(at) => {
                log_hsetex(ctx, at, pairs);
                ctx.note(1, &hash::HEXPIRE);
            }
            ElementExpiry::None | ElementExpiry::Keep => {}
        }
    }
    done.note_emptied(ctx, 1);
    ctx.int(done.result.into())
}

/// Whether there is a hash.
fn key_condition(ctx: &mut Ctx<'_, '_>) -> Result<KeyCondition> {
    let (key, env) = (ctx.key(1), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else { return Ok(KeyCondition::Absent) };
    Fields::of(&slot.get(), env)?;
    Ok(KeyCondition::Present)
}

fn log_hsetex(ctx: &mut Ctx, at: i64, pairs: Request<'_>) {
    let (mut at_buffer, mut count_buffer) = (NumberBuffer::new(), NumberBuffer::new());
    let at = format_i64(at, &mut at_buffer);
    let count = format_i64(pairs.len() as i64 / 2, &mut count_buffer);
    let pairs: SmallVec<[&[u8]; 16]> = pairs.iter().collect();
    log_with(ctx, &[b"HSETEX", ctx.arg(1), b"PXAT", at, b"FIELDS", count], &pairs);
}

impl<'a> SetPlan<'a> {
    fn parse(request: Request<'a>, now_ms: i64) -> Result<Self> {
        let (mut key, mut condition, mut expiry) = (None, None, None);
        let mut at = 2;
        while let Some(word) = request.get(at) {
            if is_word(word, "FIELDS") {
                return Ok(Self {
                    key,
                    condition: condition.unwrap_or(Condition::Always),
                    expiry: expiry.unwrap_or(ElementExpiry::None),
                    pairs: field_pairs(request, at)?,
                });
            }
            if let Some(asked) = condition_from(word) {
                if condition.replace(asked).is_some() {
                    return Err(Error::new(
                        "ERR Only one of FXX or FNX arguments can be specified",
                    ));
                }
            } else if is_word(word, "NX") || is_word(word, "XX") {
                let is_nx = is_word(word, "NX");
                let asked = if is_nx { KeyCondition::Absent } else { KeyCondition::Present };
                if key.replace(asked).is_some() {
                    return Err(Error::new("ERR Only one of NX or XX arguments can be specified"));
                }
            } else if let Some(unit) = ExpiryUnit::from_word(word) {
                only_one(expiry)?;
                at += 1;
                let amount = request.get(at).ok_or(Error::new("ERR missing expire time"))?;
                expiry = Some(ElementExpiry::At(element_expiry(amount, unit, now_ms, "hsetex")?));
            } else if is_word(word, "KEEPTTL") {
                only_one(expiry)?;
                expiry = Some(ElementExpiry::Keep);
            } else {
                let word = String::from_utf8_lossy(word);
                return Err(Error::text(format!("ERR unknown argument: {word}")));
            }
            at += 1;
        }
        Err(Error::Arity("hsetex".into()))
    }
}

fn condition_from(word: &[u8]) -> Option<Condition> {
    if is_word(word, "FNX") {
        Some(Condition::NoneExists)
    } else if is_word(word, "FXX") {
        Some(Condition::AllExist)
    } else {
        None
    }
}

fn only_one(expiry: Option<ElementExpiry>) -> Result<()> {
    match expiry {
        None => Ok(()),
        Some(_) => Err(Error::new(
            "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
        )),
    }
}

/// The fields and values of `FIELDS numfields field value ...`, FIELDS being argument `at`.
fn field_pairs(request: Request<'_>, at: usize) -> Result<Request<'_>> {
    let arity = || Error::Arity("hsetex".into());
    let count = request.get(at + 1).filter(|_| request.len() > at + 3).ok_or_else(arity)?;
    let count = parse_i64(count)
        .filter(|count| (1..=i64::from(i32::MAX)).contains(count))
        .ok_or(Error::new("ERR invalid number of fields"))?;
    let pairs = request.from(at + 2);
    if pairs.len() as i64 != count * 2 {
        return Err(arity());
    }
    Ok(pairs)
}
