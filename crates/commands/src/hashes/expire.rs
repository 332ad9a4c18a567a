//! When fields expire: set, asked for, and taken back.

use super::{FIELDS, Hashes};
use crate::arguments::ExpiryUnit;
use crate::context::{Ctx, Result};
use crate::elements::expire::{
    Plan, Syntax, expire, milliseconds_left, persist, seconds_left, unix_milliseconds, unix_seconds,
};
use crate::spec::{ACCESS, Body, DENYOOM, FAST, Group, READONLY, RO, RW, Spec, UPDATE, WRITE};

/// How HEXPIRE and its like name fields.
const EXPIRING: Syntax =
    Syntax { not_positive: "ERR Parameter `numFields` should be greater than 0", ..FIELDS };

fn expire_fields(ctx: &mut Ctx, unit: ExpiryUnit, command: &'static str) -> Result {
    let plan = Plan::parse(ctx, (unit, command), &EXPIRING);
    expire::<Hashes>(ctx, plan)
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
    expire_fields(ctx, ExpiryUnit::Seconds, "hexpire")
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
    expire_fields(ctx, ExpiryUnit::UnixSeconds, "hexpireat")
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
    expire_fields(ctx, ExpiryUnit::Milliseconds, "hpexpire")
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
    expire_fields(ctx, ExpiryUnit::UnixMilliseconds, "hpexpireat")
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
    seconds_left::<Hashes>(ctx, &FIELDS)
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
    milliseconds_left::<Hashes>(ctx, &FIELDS)
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
    unix_seconds::<Hashes>(ctx, &FIELDS)
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
    unix_milliseconds::<Hashes>(ctx, &FIELDS)
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
    persist::<Hashes>(ctx, &FIELDS)
}
