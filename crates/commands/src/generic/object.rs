//! OBJECT: how values are kept.

use keyspace::{Entry, Kind};

use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::generic::encoding::encoding;
use crate::spec::{Body, Group, LOADING, READONLY, RO, STALE, Spec};
use crate::{docs, table};

#[rustfmt::skip]
pub(super) const OBJECT_ENCODING: Spec = Spec::sub(
    "OBJECT", "ENCODING",
    "key",
    Body::Data(object_encoding),
)
    .does("Returns the internal encoding of a value.")
    .since("2.2.3").cost("O(1)").group(Group::Generic)
    .flags(READONLY).key(2, RO)
    .tips(&["nondeterministic_output"]);

fn object_encoding(ctx: &mut Ctx) -> Result {
    let limits = ctx.limits;
    match ctx.look(2, |entry| entry.map(|entry| encoding(entry, limits))) {
        Some(name) => ctx.bulk(name.as_bytes()),
        None => ctx.nil(),
    }
}

#[rustfmt::skip]
pub(super) const OBJECT_FREQ: Spec = Spec::sub("OBJECT", "FREQ", "key", Body::Data(object_freq))
    .does("Returns the logarithmic counter of how often a key is used.")
    .since("4.0.0").cost("O(1)").group(Group::Generic)
    .flags(READONLY).key(2, RO)
    .tips(&["nondeterministic_output"]);

fn object_freq(ctx: &mut Ctx) -> Result {
    let Some(stamp) = ctx.look(2, |entry| entry.map(Entry::stamp)) else { return ctx.nil() };
    let lfu = ctx.limits.lfu.ok_or(NO_LFU)?;
    ctx.int(lfu.counter(stamp, ctx.db.moment.now_ms).into())
}

#[rustfmt::skip]
pub(super) const OBJECT_IDLETIME: Spec = Spec::sub(
    "OBJECT", "IDLETIME",
    "key",
    Body::Data(object_idletime),
)
    .does("Returns for how many seconds a key has not been used.")
    .since("2.2.3").cost("O(1)").group(Group::Generic)
    .flags(READONLY).key(2, RO)
    .tips(&["nondeterministic_output"]);

fn object_idletime(ctx: &mut Ctx) -> Result {
    let Some(stamp) = ctx.look(2, |entry| entry.map(Entry::stamp)) else { return ctx.nil() };
    if ctx.limits.lfu.is_some() {
        return Err(LFU);
    }
    ctx.int(stamp.idle_seconds(ctx.db.moment.now_ms as u64 / 1000) as i64)
}

const NO_LFU: Error = Error::new(
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that \
     when switching between policies at runtime LRU and LFU data will take some time to adjust.",
);
const LFU: Error = Error::new(
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when \
     switching between policies at runtime LRU and LFU data will take some time to adjust.",
);

/// Redis has one object for each integer from 0 to below this, and counts references to it as
/// without number. Here nothing is shared; the answer is what tests and tools look for.
const SHARED_INTEGERS: i64 = 10_000;
const SHARED: i64 = i32::MAX as i64;

#[rustfmt::skip]
pub(super) const OBJECT_REFCOUNT: Spec = Spec::sub(
    "OBJECT", "REFCOUNT",
    "key",
    Body::Data(object_refcount),
)
    .does("Returns how many references there are to a value.")
    .since("2.2.3").cost("O(1)").group(Group::Generic)
    .flags(READONLY).key(2, RO)
    .tips(&["nondeterministic_output"]);

fn object_refcount(ctx: &mut Ctx) -> Result {
    let is_small = |entry: &Entry| {
        entry.kind() == Kind::Integer && (0..SHARED_INTEGERS).contains(&entry.integer())
    };
    let count = ctx.look(2, |entry| entry.map(|it| if is_small(it) { SHARED } else { 1 }));
    match count {
        Some(count) => ctx.int(count),
        None => ctx.nil(),
    }
}

#[rustfmt::skip]
pub(super) const OBJECT_HELP: Spec = Spec::sub("OBJECT", "HELP", "", Body::Data(object_help))
    .does("Describes the subcommands.")
    .since("6.2.0").cost("O(1)").group(Group::Generic)
    .flags(LOADING | STALE);

fn object_help(ctx: &mut Ctx) -> Result {
    if let Some(container) = table::lookup(b"OBJECT") {
        docs::help(&mut ctx.reply, container);
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const OBJECT: Spec = Spec::container(
    "OBJECT",
    &[
        OBJECT_ENCODING, OBJECT_FREQ, OBJECT_HELP, OBJECT_IDLETIME, OBJECT_REFCOUNT,
    ],
)
    .does("Looks at how values are kept.")
    .since("2.2.3").cost("See the subcommands").group(Group::Generic);
