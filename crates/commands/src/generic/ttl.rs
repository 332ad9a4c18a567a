//! When keys expire.

use crate::context::{Ctx, Result};
use crate::spec::{ACCESS, Body, FAST, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const TTL: Spec = Spec::new("TTL", "key", Body::Data(ttl))
    .does("Returns in how many seconds a key expires.")
    .since("1.0.0").cost("O(1)").group(Group::Generic)
    .flags(READONLY | FAST).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"])
    .history(&[("2.8.0", "-2 for a key that does not exist.")]);

fn ttl(ctx: &mut Ctx) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    answer_time(ctx, |at| rounded_seconds(at - now_ms))
}

#[rustfmt::skip]
pub(super) const PTTL: Spec = Spec::new("PTTL", "key", Body::Data(pttl))
    .does("Returns in how many milliseconds a key expires.")
    .since("2.6.0").cost("O(1)").group(Group::Generic)
    .flags(READONLY | FAST).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"])
    .history(&[("2.8.0", "-2 for a key that does not exist.")]);

fn pttl(ctx: &mut Ctx) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    answer_time(ctx, |at| at - now_ms)
}

#[rustfmt::skip]
pub(super) const EXPIRETIME: Spec = Spec::new("EXPIRETIME", "key", Body::Data(expiretime))
    .does("Returns the Unix time in seconds at which a key expires.")
    .since("7.0.0").cost("O(1)").group(Group::Generic)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn expiretime(ctx: &mut Ctx) -> Result {
    answer_time(ctx, rounded_seconds)
}

#[rustfmt::skip]
pub(super) const PEXPIRETIME: Spec = Spec::new("PEXPIRETIME", "key", Body::Data(pexpiretime))
    .does("Returns the Unix time in milliseconds at which a key expires.")
    .since("7.0.0").cost("O(1)").group(Group::Generic)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn pexpiretime(ctx: &mut Ctx) -> Result {
    answer_time(ctx, |at| at)
}

/// Answers -2 if the key is absent, -1 if it never expires, and otherwise the time that `shown`
/// makes of its expiry.
#[inline]
fn answer_time(ctx: &mut Ctx, shown: impl FnOnce(i64) -> i64) -> Result {
    let time = ctx.look(1, |entry| match entry.map(|entry| entry.expires_at()) {
        None => -2,
        Some(None) => -1,
        Some(Some(at)) => shown(at),
    });
    ctx.int(time)
}

fn rounded_seconds(ms: i64) -> i64 {
    ms.saturating_add(500) / 1000
}
