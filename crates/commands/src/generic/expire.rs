//! Giving keys an expiry, and taking it away.
//!
//! Must be true: what is logged says when a key expires, never in how long.

use keyspace::db::set_slot_expiry;

use crate::arguments::{ExpiryUnit, integer, is_word};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::generic;
use crate::spec::{Body, FAST, Group, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const EXPIRE: Spec = Spec::new(
    "EXPIRE",
    "key seconds [condition: NX | XX | GT | LT] @7.0.0",
    Body::Data(expire),
)
    .does("Makes a key expire after so many seconds.")
    .since("1.0.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE | FAST).key(1, RW | UPDATE)
    .history(&[("7.0.0", "The options `NX`, `XX`, `GT` and `LT`.")]);

fn expire(ctx: &mut Ctx) -> Result {
    set_expiry(ctx, ExpiryUnit::Seconds, "expire")
}

#[rustfmt::skip]
pub(super) const PEXPIRE: Spec = Spec::new(
    "PEXPIRE",
    "key milliseconds [condition: NX | XX | GT | LT] @7.0.0",
    Body::Data(pexpire),
)
    .does("Makes a key expire after so many milliseconds.")
    .since("2.6.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE | FAST).key(1, RW | UPDATE)
    .history(&[("7.0.0", "The options `NX`, `XX`, `GT` and `LT`.")]);

fn pexpire(ctx: &mut Ctx) -> Result {
    set_expiry(ctx, ExpiryUnit::Milliseconds, "pexpire")
}

#[rustfmt::skip]
pub(super) const EXPIREAT: Spec = Spec::new(
    "EXPIREAT",
    "key unix-time-seconds [condition: NX | XX | GT | LT] @7.0.0",
    Body::Data(expireat),
)
    .does("Makes a key expire at a Unix time in seconds.")
    .since("1.2.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE | FAST).key(1, RW | UPDATE)
    .history(&[("7.0.0", "The options `NX`, `XX`, `GT` and `LT`.")]);

fn expireat(ctx: &mut Ctx) -> Result {
    set_expiry(ctx, ExpiryUnit::UnixSeconds, "expireat")
}

#[rustfmt::skip]
pub(super) const PEXPIREAT: Spec = Spec::new(
    "PEXPIREAT",
    "key unix-time-milliseconds [condition: NX | XX | GT | LT] @7.0.0",
    Body::Data(pexpireat),
)
    .does("Makes a key expire at a Unix time in milliseconds.")
    .since("2.6.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE | FAST).key(1, RW | UPDATE)
    .history(&[("7.0.0", "The options `NX`, `XX`, `GT` and `LT`.")]);

fn pexpireat(ctx: &mut Ctx) -> Result {
    set_expiry(ctx, ExpiryUnit::UnixMilliseconds, "pexpireat")
}

fn set_expiry(ctx: &mut Ctx, unit: ExpiryUnit, command: &'static str) -> Result {
    let conditions = Conditions::parse(ctx)?;
    let now_ms = ctx.db.moment.now_ms;
    let at = unit.to_unix_ms(integer(ctx.arg(2))?, now_ms).ok_or(Error::InvalidExpire(command))?;
    let key = ctx.key(1);
    let Some(mut slot) = ctx.db.used(key) else { return ctx.int(0) };
    if !conditions.hold(slot.get().expires_at(), at) {
        return ctx.int(0);
    }
    if at <= now_ms {
        ctx.db.remove(key);
        ctx.touched(1, &generic::DEL);
        ctx.effects.log(&[b"DEL", key.bytes]);
    } else {
        let change = set_slot_expiry(&mut slot, Some(at));
        ctx.db.count_timed(key, change);
        ctx.touched(1, &generic::EXPIRE);
        ctx.effects.log_expiry(key.bytes, at);
    }
    ctx.int(1)
}

/// What must be true of the expiry that the key has. XX may go together with GT or LT.
#[derive(Clone, Copy, Default)]
struct Conditions {
    absent: bool,
    present: bool,
    greater: bool,
    less: bool,
}

impl Conditions {
    fn parse(ctx: &Ctx) -> Result<Self> {
        let mut conditions = Self::default();
        for word in ctx.request.iter().skip(3) {
            let condition = if is_word(word, "NX") {
                &mut conditions.absent
            } else if is_word(word, "XX") {
                &mut conditions.present
            } else if is_word(word, "GT") {
                &mut conditions.greater
            } else if is_word(word, "LT") {
                &mut conditions.less
            } else {
                let word = String::from_utf8_lossy(word);
                return Err(Error::text(format!("ERR Unsupported option {word}")));
            };
            *condition = true;
        }
        let Self { absent, present, greater, less } = conditions;
        if absent && (present || greater || less) {
            return Err(Error::new(
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ));
        }
        if greater && less {
            return Err(Error::new("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(conditions)
    }

    /// Whether they hold for a key with the expiry `current` that is to become `new`. A key without
    /// one counts as living forever.
    fn hold(self, current: Option<i64>, new: i64) -> bool {
        match current {
            None => !self.present && !self.greater,
            Some(current) => {
                !self.absent && (!self.greater || new > current) && (!self.less || new < current)
            }
        }
    }
}

#[rustfmt::skip]
pub(super) const PERSIST: Spec = Spec::new("PERSIST", "key", Body::Data(persist))
    .does("Removes the expiry of a key.")
    .since("2.2.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn persist(ctx: &mut Ctx) -> Result {
    let key = ctx.key(1);
    match ctx.db.used(key) {
        Some(mut slot) if slot.get().expires_at().is_some() => {
            let change = set_slot_expiry(&mut slot, None);
            ctx.db.count_timed(key, change);
        }
        _ => return ctx.int(0),
    }
    ctx.touched(1, &generic::PERSIST);
    ctx.int(1)
}
