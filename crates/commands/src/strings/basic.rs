//! GET and SET and their near relatives.

use crate::arguments::{ExpiryUnit, is_word, payload};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::{generic, string};
use crate::spec::{
    ACCESS, Body, DENYOOM, FAST, Group, INSERT, OW, READONLY, RO, RW, Spec, UPDATE,
    VARIABLE_FLAGS, WRITE,
};

use super::{is_string, write_text};

#[rustfmt::skip]
pub const GET: Spec = Spec::new("GET", "key", Body::Data(get))
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
            ctx.effects.misses += 1;
            ctx.reply.nil();
        }
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub const SET: Spec = Spec::new(
    "SET",
    "key value [condition: NX | XX | IFEQ ifeq-value @8.4.0 | IFNE ifne-value @8.4.0 \
     | IFDEQ ifdeq-digest @8.4.0 | IFDNE ifdne-digest @8.4.0] [GET @6.2.0] [expiration: EX seconds \
     | PX milliseconds | EXAT unix-time-seconds @6.2.0 | PXAT unix-time-milliseconds @6.2.0 \
     | KEEPTTL @6.0.0]",
    Body::Data(set),
)
    .does("Stores a string under a key, whatever was there.")
    .since("1.0.0").cost("O(1)").group(Group::String)
    .flags(WRITE | DENYOOM).key(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS);

/// What SET asks of the key as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Always,
    Absent,
    Present,
}

/// What SET does about the expiry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expiry {
    None,
    Keep,
    At(i64),
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

fn set_with_options(_ctx: &mut Ctx) -> Result {
    let _ = (Condition::Always, Condition::Absent, Condition::Present);
    let _ = (Expiry::None, Expiry::Keep, Expiry::At(0), ExpiryUnit::Seconds, is_word(b"", ""));
    let _ = (&generic::DEL, is_string, INSERT, OW);
    Err(Error::Syntax)
}

pub(super) const COMMANDS: &[Spec] = &[GET, SET];
