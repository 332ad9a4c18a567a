//! GET and SET and their near relatives.

use keyspace::db::{Key, set_slot_expiry};
use protocol::Request;

use crate::arguments::{ExpiryUnit, is_word, payload};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::{generic, string};
use crate::keys::FoundKey;
use crate::spec::{
    ACCESS, Body, DELETE, DENYOOM, FAST, Group, INSERT, OW, READONLY, RO, RW, Spec, UPDATE,
    VARIABLE_FLAGS, WRITE,
};

use super::options::{Condition, Expiry, Options, of_getex};
use super::{Logged, is_string, log_set, with_text, write_text};

#[rustfmt::skip]
pub(super) const GET: Spec = Spec::new("GET", "key", Body::Data(get))
    .does("Returns the string value of a key.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn get(ctx: &mut Ctx) -> Result {
    let key = ctx.key(1);
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            write_text(&mut ctx.reply, &slot.get())?;
        }
        None => {
            ctx.missed(1);
            ctx.reply.nil();
        }
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const SET: Spec = Spec::new(
    "SET",
    "key value [condition: NX | XX | IFEQ ifeq-value @8.4.0 | IFNE ifne-value @8.4.0 \
     | IFDEQ ifdeq-digest @8.4.0 | IFDNE ifdne-digest @8.4.0] @2.6.12 [GET @6.2.0] \
     [expiration: EX seconds @2.6.12 | PX milliseconds @2.6.12 | EXAT unix-time-seconds @6.2.0 \
     | PXAT unix-time-milliseconds @6.2.0 | KEEPTTL @6.0.0]",
    Body::Data(set),
)
    .does("Sets a string, whatever the key held before, with optional conditions and expiry.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM).key(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS)
    .keys_found_by(set_keys)
    .key_note("RW and ACCESS since GET returns the old value")
    .history(&[
        ("2.6.12", "The `EX`, `PX`, `NX` and `XX` options."),
        ("6.0.0", "The `KEEPTTL` option."),
        ("6.2.0", "The `GET`, `EXAT` and `PXAT` options."),
        ("7.0.0", "`NX` and `GET` may be given together."),
        ("8.4.0", "The conditions `IFEQ`, `IFNE`, `IFDEQ` and `IFDNE`."),
    ]);

/// SET reads the old value only if asked to.
fn set_keys(request: Request<'_>) -> Vec<FoundKey> {
    let get = request.iter().skip(3).any(|word| is_word(word, "GET"));
    vec![FoundKey { index: 1, flags: if get { RW | ACCESS | UPDATE } else { OW | UPDATE } }]
}

fn set(ctx: &mut Ctx) -> Result {
    if ctx.argc() > 3 {
        return set_with_options(ctx);
    }
    let key = ctx.key(1);
    ctx.db.store(key, payload(ctx.arg(2)), None);
    ctx.touched(1, &string::SET);
    ctx.ok()
}

fn set_with_options(ctx: &mut Ctx) -> Result {
    let options = Options::of_set(ctx.request)?;
    let expires_at = options.expiry.unix_ms(ctx.db.moment.now_ms, "set")?;
    let Some(replaced) = look_before_set(ctx, &options)? else { return Ok(Outcome::Done) };
    let keeps = options.expiry == Expiry::Keep;
    set_and_note(ctx, 2, if keeps { replaced.expires_at } else { expires_at });
    if expires_at.is_some() {
        ctx.note(1, &generic::EXPIRE);
    }
    let logged = match expires_at {
        Some(at) => Logged::At(at),
        None if keeps => Logged::Keep,
        None => Logged::Never,
    };
    log_set(ctx.effects, ctx.request.arg(1), ctx.request.arg(2), logged);
    if !options.get {
        ctx.reply.ok();
    }
    Ok(Outcome::Done)
}

/// What SET is about to replace, as far as it asked.
struct Replaced {
    expires_at: Option<i64>,
}

/// Looks at what SET is about to replace, if its options ask for that: `None` if the condition does
/// not hold. Answers with the old value if that was asked for, or else with nil if there is nothing
/// to do.
fn look_before_set(ctx: &mut Ctx, options: &Options<'_>) -> Result<Option<Replaced>> {
    let conditional = options.condition != Condition::Always;
    if !options.get && !conditional && options.expiry != Expiry::Keep {
        return Ok(Some(Replaced { expires_at: None }));
    }
    let key = ctx.key(1);
    let (holds, expires_at) = match ctx.db.used(key) {
        Some(slot) => {
            let entry = slot.get();
            if options.get && !is_string(&entry) {
                return Err(Error::WrongType);
            }
            let holds = options.condition.holds(Some(&entry))?;
            if options.get {
                ctx.effects.hits += 1;
                write_text(&mut ctx.reply, &entry)?;
            }
            (holds, entry.expires_at())
        }
        None => {
            if options.get {
                ctx.missed(1);
                ctx.reply.nil();
            }
            (options.condition.holds(None)?, None)
        }
    };
    if !holds && !options.get {
        ctx.reply.nil();
    }
    Ok(holds.then_some(Replaced { expires_at }))
}

/// Sets the first key to the argument `value`.
fn set_and_note(ctx: &mut Ctx, value: usize, expires_at: Option<i64>) {
    let key = ctx.key(1);
    ctx.db.store(key, payload(ctx.arg(value)), expires_at);
    ctx.touched(1, &string::SET);
}

#[rustfmt::skip]
pub(super) const SETNX: Spec = Spec::new("SETNX", "key value", Body::Data(setnx))
    .does("Sets a string if the key does not exist.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, OW | INSERT);

fn setnx(ctx: &mut Ctx) -> Result {
    let key = ctx.key(1);
    if ctx.db.used(key).is_some() {
        return ctx.int(0);
    }
    set_and_note(ctx, 2, None);
    ctx.int(1)
}

#[rustfmt::skip]
pub(super) const SETEX: Spec = Spec::new("SETEX", "key seconds value", Body::Data(setex))
    .does("Sets a string that expires after so many seconds.")
    .since("2.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE);

fn setex(ctx: &mut Ctx) -> Result {
    set_expiring(ctx, ExpiryUnit::Seconds, "setex")
}

#[rustfmt::skip]
pub(super) const PSETEX: Spec = Spec::new("PSETEX", "key milliseconds value", Body::Data(psetex))
    .does("Sets a string that expires after so many milliseconds.")
    .since("2.6.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE);

fn psetex(ctx: &mut Ctx) -> Result {
    set_expiring(ctx, ExpiryUnit::Milliseconds, "psetex")
}

fn set_expiring(ctx: &mut Ctx, unit: ExpiryUnit, command: &'static str) -> Result {
    let expires_at = unit.parse(ctx.arg(2), ctx.db.moment.now_ms, command)?;
    set_and_note(ctx, 3, Some(expires_at));
    ctx.note(1, &generic::EXPIRE);
    log_set(ctx.effects, ctx.request.arg(1), ctx.request.arg(3), Logged::At(expires_at));
    ctx.ok()
}

#[rustfmt::skip]
pub(super) const GETSET: Spec = Spec::new("GETSET", "key value", Body::Data(getset))
    .does("Sets a string and returns the one it replaces.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | ACCESS | UPDATE)
    .deprecated("6.2.0", "`SET` with `GET`");

fn getset(ctx: &mut Ctx) -> Result {
    get(ctx)?;
    set_and_note(ctx, 2, None);
    log_set(ctx.effects, ctx.request.arg(1), ctx.request.arg(2), Logged::Never);
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const GETDEL: Spec = Spec::new("GETDEL", "key", Body::Data(getdel))
    .does("Returns the string value of a key and deletes the key.")
    .since("6.2.0").cost("O(1)").group(Group::String)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE);

fn getdel(ctx: &mut Ctx) -> Result {
    get(ctx)?;
    let key = ctx.key(1);
    if ctx.db.remove(key) {
        note_removed(ctx, key);
    }
    Ok(Outcome::Done)
}

fn note_removed(ctx: &mut Ctx, key: Key<'_>) {
    ctx.touched(1, &generic::DEL);
    ctx.effects.log(&[b"DEL", key.bytes]);
}

#[rustfmt::skip]
pub(super) const GETEX: Spec = Spec::new(
    "GETEX",
    "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds \
     | PXAT unix-time-milliseconds | PERSIST]",
    Body::Data(getex),
)
    .does("Returns the string value of a key and sets or removes its expiry.")
    .since("6.2.0").cost("O(1)").group(Group::String)
    .flags(WRITE | FAST).key(1, RW | ACCESS | UPDATE)
    .key_note("RW and UPDATE since it may change the expiry");

fn getex(ctx: &mut Ctx) -> Result {
    let expiry = of_getex(ctx.request)?;
    let now_ms = ctx.db.moment.now_ms;
    let key = ctx.key(1);
    let Some(mut slot) = ctx.db.used(key) else {
        ctx.missed(1);
        return ctx.nil();
    };
    ctx.effects.hits += 1;
    if !is_string(&slot.get()) {
        return Err(Error::WrongType);
    }
    let expires_at = expiry.unix_ms(now_ms, "getex")?;
    write_text(&mut ctx.reply, &slot.get())?;
    match expires_at {
        Some(at) if at <= now_ms => {
            ctx.db.remove(key);
            note_removed(ctx, key);
        }
        Some(at) => {
            let change = set_slot_expiry(&mut slot, Some(at));
            ctx.db.count_timed(key, change);
            ctx.touched(1, &generic::EXPIRE);
            ctx.effects.log_expiry(key.bytes, at);
        }
        None if expiry == Expiry::Persist && slot.get().expires_at().is_some() => {
            let change = set_slot_expiry(&mut slot, None);
            ctx.db.count_timed(key, change);
            ctx.touched(1, &generic::PERSIST);
            ctx.effects.log(&[b"PERSIST", key.bytes]);
        }
        None => {}
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const STRLEN: Spec = Spec::new("STRLEN", "key", Body::Data(strlen))
    .does("Returns the length of a string.")
    .since("2.2.0").cost("O(1)").group(Group::String)
    .flags(READONLY | FAST).key(1, RO);

fn strlen(ctx: &mut Ctx) -> Result {
    let len = ctx.read(1, |entry| entry.map_or(Ok(0), |e| with_text(e, <[u8]>::len)))?;
    ctx.int(len as i64)
}
