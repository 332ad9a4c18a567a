//! When members expire: set, asked for, and taken back, as in Redis 8.12.

use base::number::parse_i64;
use protocol::Request;

use super::Sets;
use crate::arguments::{ExpiryUnit, is_word};
use crate::context::{Ctx, Result};
use crate::elements::expire::{
    Condition, Plan, Syntax, element_expiry, expire, milliseconds_left, persist, seconds_left,
    unix_milliseconds, unix_seconds,
};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, FAST, Group, READONLY, RO, RW, Spec, UPDATE, WRITE};

/// How the commands that ask for expiries name members.
const MEMBERS: Syntax = Syntax {
    word: "MEMBERS",
    missing: "ERR Mandatory argument MEMBERS is missing or not at the right position",
    not_positive: "ERR Number of members must be a positive integer",
    mismatch: "ERR The `nummembers` parameter must match the number of arguments",
};

const COST: &str = "O(N), N being the number of members named";

/// The members of `MEMBERS nummembers member ...` as options may stand before and behind it, the
/// word being argument `at`; and where it ends.
pub(super) fn member_block<'a>(
    request: Request<'a>,
    at: usize,
    not_positive: &'static str,
) -> Result<(Request<'a>, usize)> {
    let count = request.get(at + 1).and_then(parse_i64);
    let count = count.filter(|count| (1..=i64::from(i32::MAX)).contains(count));
    let count = count.ok_or(Error::new(not_positive))? as usize;
    let end = at + 2 + count;
    if end > request.len() {
        return Err(Error::new("ERR wrong number of arguments"));
    }
    Ok((request.range_of(at + 2..end), end))
}

pub(super) const MEMBERS_TWICE: Error = Error::new("ERR MEMBERS keyword specified multiple times");
pub(super) const MEMBERS_MISSING: Error = Error::new("ERR missing MEMBERS argument");

pub(super) fn unknown_argument(word: &[u8]) -> Error {
    Error::text(format!("ERR unknown argument: {}", String::from_utf8_lossy(word)))
}

/// The arguments of SEXPIRE and its like: behind the time, conditions and members in any order.
fn plan<'a>(ctx: &Ctx<'a, '_>, unit: ExpiryUnit, command: &'static str) -> Result<Plan<'a>> {
    let request = ctx.request;
    let at = element_expiry(ctx.arg(2), unit, ctx.db.moment.now_ms, command)?;
    let (mut names, mut condition, mut several, mut index) = (None, None, false, 3);
    while let Some(word) = request.get(index) {
        if is_word(word, "MEMBERS") {
            if names.is_some() {
                return Err(MEMBERS_TWICE);
            }
            if index + 2 >= request.len() {
                return Err(Error::new(
                    "ERR MEMBERS requires at least nummembers and one member argument",
                ));
            }
            let not_positive = "ERR Parameter `numMembers` should be greater than 0";
            let (members, end) = member_block(request, index, not_positive)?;
            (names, index) = (Some(members), end);
            continue;
        }
        let asked = Condition::from_word(word).ok_or_else(|| unknown_argument(word))?;
        several |= condition.replace(asked).is_some_and(|before| before != asked);
        index += 1;
    }
    let names = names.ok_or(MEMBERS_MISSING)?;
    if several {
        return Err(Error::new("ERR Multiple condition flags specified"));
    }
    Ok(Plan { at, condition: condition.unwrap_or(Condition::Always), names })
}

fn expire_members(ctx: &mut Ctx, unit: ExpiryUnit, command: &'static str) -> Result {
    let plan = plan(ctx, unit, command);
    expire::<Sets>(ctx, plan)
}

#[rustfmt::skip]
pub(super) const SEXPIRE: Spec = Spec::new(
    "SEXPIRE",
    "key seconds [condition: NX | XX | GT | LT] members: MEMBERS (nummembers member [member ...])",
    Body::Data(sexpire),
)
    .does("Makes members of a set expire after so many seconds.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn sexpire(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::Seconds, "sexpire")
}

#[rustfmt::skip]
pub(super) const SEXPIREAT: Spec = Spec::new(
    "SEXPIREAT",
    "key unix-time-seconds [condition: NX | XX | GT | LT] members: MEMBERS (nummembers member \
     [member ...])",
    Body::Data(sexpireat),
)
    .does("Makes members of a set expire at a Unix time in seconds.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn sexpireat(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::UnixSeconds, "sexpireat")
}

#[rustfmt::skip]
pub(super) const SPEXPIRE: Spec = Spec::new(
    "SPEXPIRE",
    "key milliseconds [condition: NX | XX | GT | LT] members: MEMBERS (nummembers member \
     [member ...])",
    Body::Data(spexpire),
)
    .does("Makes members of a set expire after so many milliseconds.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn spexpire(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::Milliseconds, "spexpire")
}

#[rustfmt::skip]
pub(super) const SPEXPIREAT: Spec = Spec::new(
    "SPEXPIREAT",
    "key unix-time-milliseconds [condition: NX | XX | GT | LT] members: MEMBERS \
     (nummembers member [member ...])",
    Body::Data(spexpireat),
)
    .does("Makes members of a set expire at a Unix time in milliseconds.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn spexpireat(ctx: &mut Ctx) -> Result {
    expire_members(ctx, ExpiryUnit::UnixMilliseconds, "spexpireat")
}

#[rustfmt::skip]
pub(super) const STTL: Spec = Spec::new(
    "STTL",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(sttl),
)
    .does("Returns in how many seconds members of a set expire.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(READONLY | FAST).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

fn sttl(ctx: &mut Ctx) -> Result {
    seconds_left::<Sets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const SPTTL: Spec = Spec::new(
    "SPTTL",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(spttl),
)
    .does("Returns in how many milliseconds members of a set expire.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(READONLY | FAST).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

fn spttl(ctx: &mut Ctx) -> Result {
    milliseconds_left::<Sets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const SEXPIRETIME: Spec = Spec::new(
    "SEXPIRETIME",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(sexpiretime),
)
    .does("Returns the Unix times in seconds at which members of a set expire.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn sexpiretime(ctx: &mut Ctx) -> Result {
    unix_seconds::<Sets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const SPEXPIRETIME: Spec = Spec::new(
    "SPEXPIRETIME",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(spexpiretime),
)
    .does("Returns the Unix times in milliseconds at which members of a set expire.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn spexpiretime(ctx: &mut Ctx) -> Result {
    unix_milliseconds::<Sets>(ctx, &MEMBERS)
}

#[rustfmt::skip]
pub(super) const SPERSIST: Spec = Spec::new(
    "SPERSIST",
    "key members: MEMBERS (nummembers member [member ...])",
    Body::Data(spersist),
)
    .does("Removes the expiry of members of a set.")
    .since("8.12.0").cost(COST).group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

fn spersist(ctx: &mut Ctx) -> Result {
    persist::<Sets>(ctx, &MEMBERS)
}
