//! Whether keys are there, and removing them.

use crate::context::{Ctx, Outcome, Result};
use crate::events::generic;
use crate::spec::{Body, DELETE, FAST, Group, READONLY, RM, RO, Spec, WRITE};
use keyspace::db::{self, Key, Moment, Touch};

use super::type_name;

#[rustfmt::skip]
pub(super) const DEL: Spec = Spec::new("DEL", "key [key ...]", Body::Data(del))
    .does("Deletes keys.")
    .since("1.0.0").cost("O(N), N being the number of keys").group(Group::Generic)
    .flags(WRITE).keys(1, -1, 1, RM | DELETE)
    .tips(&["request_policy:multi_shard", "response_policy:agg_sum"]);

fn del(ctx: &mut Ctx) -> Result {
    let mut count = 0;
    for index in 1..ctx.argc() {
        let key = ctx.nth_key(index - 1, index);
        if ctx.db.remove(key) {
            ctx.touched(index, &generic::DEL);
            count += 1;
        }
    }
    ctx.int(count)
}

#[rustfmt::skip]
pub(super) const UNLINK: Spec = Spec::new("UNLINK", "key [key ...]", Body::Data(unlink))
    .does("Deletes keys and frees their memory in the background.")
    .since("4.0.0").cost("O(1) for each key; freeing takes O(N) elsewhere").group(Group::Generic)
    .flags(WRITE | FAST).keys(1, -1, 1, RM | DELETE)
    .tips(&["request_policy:multi_shard", "response_policy:agg_sum"]);

fn unlink(ctx: &mut Ctx) -> Result {
    // What is costly to free is freed elsewhere in any case.
    del(ctx)
}

#[rustfmt::skip]
pub(super) const EXISTS: Spec = Spec::new("EXISTS", "key [key ...]", Body::Data(exists))
    .does("Counts how many of the keys exist; one named twice counts twice.")
    .since("1.0.0").cost("O(N), N being the number of keys").group(Group::Generic)
    .flags(READONLY | FAST).keys(1, -1, 1, RO)
    .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
    .history(&[("3.0.3", "More than one key.")]);

fn exists(ctx: &mut Ctx) -> Result {
    count_found(ctx, |ctx, key| ctx.db.contains(key))
}

#[rustfmt::skip]
pub(super) const TOUCH: Spec = Spec::new("TOUCH", "key [key ...]", Body::Data(touch))
    .does("Marks keys as just used and counts those that exist.")
    .since("3.2.1").cost("O(N), N being the number of keys").group(Group::Generic)
    .flags(READONLY | FAST).keys(1, -1, 1, RO)
    .tips(&["request_policy:multi_shard", "response_policy:agg_sum"]);

fn touch(ctx: &mut Ctx) -> Result {
    // Also for a client that has asked for its reads not to count.
    let touch = ctx.limits.lfu.map_or(Touch::Recency, Touch::Frequency);
    let moment = Moment { touch, ..*ctx.db.moment };
    count_found(ctx, |ctx, key| {
        ctx.db.slot(key).inspect(|slot| db::touch(&slot.get(), &moment)).is_some()
    })
}

/// Answers how many of the keys `found` finds.
fn count_found(ctx: &mut Ctx, found: impl Fn(&mut Ctx, Key<'_>) -> bool) -> Result {
    let mut count = 0;
    for index in 1..ctx.argc() {
        let key = ctx.nth_key(index - 1, index);
        if found(ctx, key) {
            count += 1;
        } else {
            ctx.missed(index);
        }
    }
    ctx.effects.hits += count;
    ctx.int(count as i64)
}

#[rustfmt::skip]
pub(super) const TYPE: Spec = Spec::new("TYPE", "key", Body::Data(type_of))
    .does("Returns the type of a key's value.")
    .since("1.0.0").cost("O(1)").group(Group::Generic)
    .flags(READONLY | FAST).key(1, RO);

fn type_of(ctx: &mut Ctx) -> Result {
    let name = ctx.look(1, |entry| entry.map_or("none", type_name));
    ctx.reply.status(name);
    Ok(Outcome::Done)
}
