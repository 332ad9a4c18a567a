//! Several strings at once.

use base::number::{NumberBuffer, format_i64, parse_i64};

use crate::arguments::payload;
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::{generic, string};
use crate::spec::{
    ACCESS, Body, DENYOOM, FAST, Group, INSERT, OW, READONLY, RO, Spec, UPDATE, WRITE,
};

use super::options::{Condition, Expiry, Options};
use super::write_text;

#[rustfmt::skip]
pub(super) const MGET: Spec = Spec::new("MGET", "key [key ...]", Body::Data(mget))
    .does("Returns the string values of several keys.")
    .since("1.0.0").cost("O(N), N being the number of keys").group(Group::String)
    .flags(READONLY | FAST).keys(1, -1, 1, RO | ACCESS)
    .tips(&["request_policy:multi_shard"]);

fn mget(ctx: &mut Ctx) -> Result {
    ctx.reply.array(ctx.argc() - 1);
    for index in 1..ctx.argc() {
        let key = ctx.nth_key(index - 1, index);
        match ctx.db.used(key) {
            Some(slot) => {
                ctx.effects.hits += 1;
                // Nothing was written if it is no string.
                if write_text(&mut ctx.reply, &slot.get()).is_err() {
                    ctx.reply.nil();
                }
            }
            None => {
                ctx.missed(index);
                ctx.reply.nil();
            }
        }
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const MSET: Spec = Spec::new("MSET", "key value [key value ...]", Body::Data(mset))
    .does("Sets several strings at once.")
    .since("1.0.1").cost("O(N), N being the number of keys").group(Group::String)
    .flags(WRITE | DENYOOM).keys(1, -1, 2, OW | UPDATE)
    .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"]);

fn mset(ctx: &mut Ctx) -> Result {
    if ctx.argc().is_multiple_of(2) {
        return Err(Error::Arity("mset".into()));
    }
    set_pairs(ctx);
    ctx.ok()
}

#[rustfmt::skip]
pub(super) const MSETNX: Spec = Spec::new("MSETNX", "key value [key value ...]", Body::Data(msetnx))
    .does("Sets several strings at once, or none if any of the keys exists.")
    .since("1.0.1").cost("O(N), N being the number of keys").group(Group::String)
    .flags(WRITE | DENYOOM).keys(1, -1, 2, OW | INSERT)
    .tips(&["request_policy:multi_shard", "response_policy:agg_min"]);

fn msetnx(ctx: &mut Ctx) -> Result {
    if ctx.argc().is_multiple_of(2) {
        return Err(Error::Arity("msetnx".into()));
    }
    for (nth, index) in (1..ctx.argc()).step_by(2).enumerate() {
        let key = ctx.nth_key(nth, index);
        if ctx.db.contains(key) {
            return ctx.int(0);
        }
    }
    set_pairs(ctx);
    ctx.int(1)
}

/// Sets the pairs that all arguments are.
fn set_pairs(ctx: &mut Ctx) {
    for (nth, index) in (1..ctx.argc()).step_by(2).enumerate() {
        let key = ctx.nth_key(nth, index);
        ctx.db.store(key, payload(ctx.arg(index + 1)), None);
        ctx.touched(index, &string::SET);
    }
}

#[rustfmt::skip]
pub(super) const MSETEX: Spec = Spec::new(
    "MSETEX",
    "numkeys data: (key value) [key value ...] [condition: NX | XX] \
     [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds \
     | PXAT unix-time-milliseconds | KEEPTTL]",
    Body::Data(msetex),
)
    .does("Sets several strings at once, with one condition and one expiry for all.")
    .since("8.4.0").cost("O(N), N being the number of keys").group(Group::String)
    .flags(WRITE | DENYOOM).keys_counted(1, 2, OW | UPDATE)
    .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"]);

fn msetex(ctx: &mut Ctx) -> Result {
    let end = end_of_pairs(ctx)?;
    let options = Options::of_msetex(ctx.request, end)?;
    let expires_at = options.expiry.unix_ms(ctx.db.moment.now_ms, "msetex")?;
    if options.condition != Condition::Always {
        for (nth, index) in (2..end).step_by(2).enumerate() {
            let key = ctx.nth_key(nth, index);
            if ctx.db.contains(key) != (options.condition == Condition::Present) {
                return ctx.int(0);
            }
        }
    }
    for (nth, index) in (2..end).step_by(2).enumerate() {
        let key = ctx.nth_key(nth, index);
        let expires_at = match options.expiry {
            Expiry::Keep => ctx.db.slot(key).and_then(|slot| slot.get().expires_at()),
            _ => expires_at,
        };
        ctx.db.store(key, payload(ctx.arg(index + 1)), expires_at);
        ctx.touched(index, &string::SET);
        if matches!(options.expiry, Expiry::At(..)) {
            ctx.note(index, &generic::EXPIRE);
        }
    }
    if let Some(at) = expires_at {
        log_msetex(ctx, end, at);
    }
    ctx.int(1)
}

/// Where the options begin that follow the counted pairs.
fn end_of_pairs(ctx: &Ctx) -> Result<usize> {
    let count = parse_i64(ctx.arg(1)).and_then(|count| i32::try_from(count).ok());
    let count = count.filter(|count| *count > 0).ok_or(BAD_COUNT)?;
    let end = 2 + 2 * count as usize;
    if end <= ctx.argc() { Ok(end) } else { Err(BAD_PAIRS) }
}

const BAD_COUNT: Error = Error::new("ERR invalid numkeys value");
const BAD_PAIRS: Error = Error::new("ERR wrong number of key-value pairs");

/// Logs the pairs before argument `end` with the time at which they expire, and no condition: it
/// held.
fn log_msetex(ctx: &mut Ctx, end: usize, unix_ms: i64) {
    let mut buffer = NumberBuffer::new();
    let mut request: Vec<&[u8]> = ctx.request.iter().take(end).collect();
    request.extend([b"PXAT", format_i64(unix_ms, &mut buffer)]);
    ctx.effects.log(&request);
}
