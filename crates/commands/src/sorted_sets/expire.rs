//! When members expire: set, asked for, and taken back, as in Garnet.

use keyspace::Object;
use keyspace::db::Settled;

use super::SortedSets;
use super::scores::Scores;
use crate::arguments::ExpiryUnit;
use crate::context::{Ctx, Outcome, Result};
use crate::elements::expire::{
    Plan, Syntax, expire, milliseconds_left, persist, seconds_left, unix_milliseconds, unix_seconds,
};
use crate::elements::{Env, write_budget};
use crate::spec::{
    ACCESS, ADMIN, Body, DENYOOM, FAST, Group, READONLY, RO, RW, Spec, UPDATE, WRITE,
};

/// How all the commands name members.
const MEMBERS: Syntax = Syntax {
    word: "MEMBERS",
    missing: "ERR Mandatory argument MEMBERS is missing or not at the right position",
    not_positive: "ERR Parameter `numMembers` should be greater than 0",
    mismatch: "ERR The `numMembers` parameter must match the number of arguments",
};

const COST: &str = "O(N), N being the number of members named";

fn expire_members(ctx: &mut Ctx, unit: ExpiryUnit, command: &'static str) -> Result {
    let plan = Plan::parse(ctx, (unit, command), &MEMBERS);
    expire::<SortedSets>(ctx, plan)
}

#[rustfmt::skip]
pub(super) const ZEXPIRE: Spec = Spec::new(
    "ZEXPIRE",
    "key seconds [condition: NX | XX | GT | LT] members: MEMBERS (nummembers member [member ...])",
    Body::Data(zexpire),
)
    .does("Makes members of a sorted set expire after so many seconds.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn zexpire(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::Seconds, "zexpire")
}

#[rustfmt::skip]
pub(super) const ZEXPIREAT: Spec = Spec::new(
    "ZEXPIREAT",
    "key unix-time-seconds [condition: NX | XX | GT | LT] members: MEMBERS (nummembers member \
     [member ...])",
    Body::Data(zexpireat),
)
    .does("Makes members of a sorted set expire at a Unix time in seconds.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn zexpireat(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::UnixSeconds, "zexpireat")
}

#[rustfmt::skip]
pub(super) const ZPEXPIRE: Spec = Spec::new(
    "ZPEXPIRE",
    "key milliseconds [condition: NX | XX | GT | LT] members: MEMBERS (nummembers member \
     [member ...])",
    Body::Data(zpexpire),
)
    .does("Makes members of a sorted set expire after so many milliseconds.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn zpexpire(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::Milliseconds, "zpexpire")
}

#[rustfmt::skip]
pub(super) const ZPEXPIREAT: Spec = Spec::new(
    "ZPEXPIREAT",
    "key unix-time-milliseconds [condition: NX | XX | GT | LT] members: MEMBERS \
     (nummembers member [member ...])",
    Body::Data(zpexpireat),
)
    .does("Makes members of a sorted set expire at a Unix time in milliseconds.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

fn zpexpireat(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::UnixMilliseconds, "zpexpireat")
}

#[rustfmt::skip]
pub(super) const ZTTL: Spec = Spec::new(
    "ZTTL",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(zttl),
)
    .does("Returns in how many seconds members of a sorted set expire.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

fn zttl(ctx: &mut Ctx) -> Result {
    seconds_left::<SortedSets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const ZPTTL: Spec = Spec::new(
    "ZPTTL",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(zpttl),
)
    .does("Returns in how many milliseconds members of a sorted set expire.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

fn zpttl(ctx: &mut Ctx) -> Result {
    milliseconds_left::<SortedSets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const ZEXPIRETIME: Spec = Spec::new(
    "ZEXPIRETIME",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(zexpiretime),
)
    .does("Returns the Unix times in seconds at which members of a sorted set expire.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn zexpiretime(ctx: &mut Ctx) -> Result {
    unix_seconds::<SortedSets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const ZPEXPIRETIME: Spec = Spec::new(
    "ZPEXPIRETIME",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(zpexpiretime),
)
    .does("Returns the Unix times in milliseconds at which members of a sorted set expire.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn zpexpiretime(ctx: &mut Ctx) -> Result {
    unix_milliseconds::<SortedSets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const ZPERSIST: Spec = Spec::new(
    "ZPERSIST",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(zpersist),
)
    .does("Removes the expiry of members of a sorted set.")
    .since("8.12.0").cost(COST).group(Group::SortedSet)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn zpersist(ctx: &mut Ctx) -> Result {
    persist::<SortedSets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const ZCOLLECT: Spec = Spec::new("ZCOLLECT", "key [key ...]", Body::Data(zcollect))
    .does("Removes the members of sorted sets that have expired; `*` stands for all keys.")
    .since("8.12.0").cost("O(N), N being the number of members removed").group(Group::SortedSet)
    .flags(WRITE | ADMIN).keys(1, -1, 1, RW | ACCESS | UPDATE)
    .alone_if(|request| request.get(1) == Some(b"*"));

fn zcollect(ctx: &mut Ctx) -> Result {
    if ctx.arg(1) == b"*" {
        return collect_everywhere(ctx);
    }
    let (env, budget) = (Env::of(ctx), write_budget(ctx));
    for argument in 1..ctx.argc() {
        let key = ctx.key(argument);
        if let Some(slot) = ctx.db.slot(key) {
            Scores::of(&slot.get(), env)?;
        }
    }
    for argument in 1..ctx.argc() {
        if ctx.db.settle(ctx.key(argument), budget) == Settled::Partly && ctx.may_defer {
            return Ok(Outcome::Long);
        }
    }
    ctx.ok()
}

/// Settles all sorted sets of the database; everything is held.
fn collect_everywhere(ctx: &mut Ctx) -> Result {
    let (database, now_ms) = (ctx.db.number, ctx.db.moment.now_ms);
    for stripe in 0..ctx.db.keyspace().stripe_count() {
        let mut names = Vec::new();
        ctx.db.held().table(database, stripe).for_each(|entry| {
            if let Some(object @ Object::SortedSet(_)) = entry.object()
                && object.may_have_expired(now_ms)
            {
                names.push(entry.key().to_vec());
            }
        });
        for name in &names {
            // What a snapshot still needs is left to the sweep.
            let key = ctx.db.key(name);
            let _ = ctx.db.settle(key, usize::MAX);
        }
    }
    ctx.ok()
}
