//! SADDEX: members added together with their expiry, as in Redis 8.12.

use base::number::{NumberBuffer, format_i64};
use protocol::Request;

use super::edit::MembersMut;
use super::expire::{MEMBERS_MISSING, MEMBERS_TWICE, member_block, unknown_argument};
use super::{Sets, note};
use crate::arguments::{ExpiryUnit, is_word};
use crate::context::{Ctx, Result};
use crate::elements::expire::{element_expiry, note_deleted};
use crate::elements::{ElementsMut, Expiry, Missing, Names, change, log_with};
use crate::errors::Error;
use crate::events::set;
use crate::spec::{Body, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const SADDEX: Spec = Spec::new(
    "SADDEX",
    "key [condition: MNX | MXX] [expiration: EX seconds | PX milliseconds \
     | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] members: MEMBERS \
     (nummembers member [member ...])",
    Body::Data(saddex),
)
    .does("Adds members to a set, with optional conditions and expiry.")
    .since("8.12.0").cost("O(N), N being the number of members named").group(Group::Set)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE);

/// What is asked of the members as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Always,
    NoneExists,
    AllExist,
}

impl Condition {
    fn from_word(word: &[u8]) -> Option<Self> {
        let words = [("MNX", Self::NoneExists), ("MXX", Self::AllExist)];
        words.into_iter().find(|(name, _)| is_word(word, name)).map(|(_, condition)| condition)
    }

    fn is_met<'a>(self, members: &mut MembersMut<'_, 'a>, names: Request<'a>) -> bool {
        let mut exists = names.iter().map(|name| members.expiry(name) != Expiry::Absent);
        match self {
            Self::Always => true,
            Self::NoneExists => !exists.any(|exists| exists),
            Self::AllExist => exists.all(|exists| exists),
        }
    }
}

/// What becomes of the members' expiries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Persist,
    Keep,
    ExpireAt(i64),
}

/// The arguments.
struct Plan<'a> {
    condition: Condition,
    then: Then,
    names: Request<'a>,
}

impl<'a> Plan<'a> {
    fn parse(request: Request<'a>, now_ms: i64) -> Result<Self> {
        let (mut condition, mut then, mut names, mut at) = (None, None, None, 2);
        let only_one = |then: Option<Then>| match then {
            None => Ok(()),
            Some(_) => Err(Error::new(
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
            )),
        };
        while let Some(word) = request.get(at) {
            if is_word(word, "MEMBERS") {
                if names.is_some() {
                    return Err(MEMBERS_TWICE);
                }
                if request.get(at + 1).is_none() {
                    return Err(Error::Arity("saddex".into()));
                }
                let (members, end) = member_block(request, at, "ERR invalid number of members")?;
                (names, at) = (Some(members), end);
                continue;
            }
            if let Some(unit) = ExpiryUnit::from_word(word) {
                only_one(then)?;
                at += 1;
                let amount = request.get(at).ok_or(Error::new("ERR missing expire time"))?;
                then = Some(Then::ExpireAt(element_expiry(amount, unit, now_ms, "saddex")?));
            } else if is_word(word, "KEEPTTL") {
                only_one(then)?;
                then = Some(Then::Keep);
            } else if let Some(asked) = Condition::from_word(word) {
                if condition.replace(asked).is_some() {
                    return Err(Error::new(
                        "ERR Only one of MXX or MNX arguments can be specified",
                    ));
                }
            } else {
                return Err(unknown_argument(word));
            }
            at += 1;
        }
        let names = names.ok_or(MEMBERS_MISSING)?;
        let condition = condition.unwrap_or(Condition::Always);
        Ok(Self { condition, then: then.unwrap_or(Then::Persist), names })
    }
}

/// What was done.
struct Outcome<'a> {
    is_met: bool,
    deleted: Names<'a>,
}

fn saddex(ctx: &mut Ctx) -> Result {
    let now_ms = ctx.db.moment.now_ms;
    let Plan { condition, then, names } = Plan::parse(ctx.request, now_ms)?;
    let in_past = matches!(then, Then::ExpireAt(at) if at <= now_ms);
    let all_exist = condition == Condition::AllExist;
    let missing = if all_exist || in_past { Missing::Leave } else { Missing::Create };
    let done = change::<Sets, _>(ctx, (1, missing), |members, _| {
        let mut outcome =
            Outcome { is_met: condition.is_met(members, names), deleted: Names::new() };
        for name in names.iter().filter(|_| outcome.is_met) {
            if in_past {
                if members.remove(name) {
                    outcome.deleted.push(name);
                }
                continue;
            }
            members.add(name);
            match then {
                Then::Keep => {}
                Then::Persist => members.set_expiry(name, None),
                Then::ExpireAt(at) => members.set_expiry(name, Some(at)),
            }
        }
        Ok(outcome)
    })?;
    // Of a key that is not there, a time in the past makes nothing and that is all that was asked.
    let Some(done) = done else { return ctx.int((!all_exist).into()) };
    if done.result.is_met && !in_past {
        if let Then::ExpireAt(at) = then {
            log_added(ctx, at, names);
        }
        note(ctx, 1, &set::SADD, names.len(), false);
        if matches!(then, Then::ExpireAt(_)) {
            ctx.note(1, &set::SEXPIRE);
        }
    }
    note_deleted::<Sets>(ctx, &done.result.deleted);
    done.note_emptied(ctx, 1);
    ctx.int(done.result.is_met.into())
}

/// Logs that these members are there and expire at `at`.
fn log_added(ctx: &mut Ctx, at: i64, names: Request<'_>) {
    let (mut at_buffer, mut count_buffer) = (NumberBuffer::new(), NumberBuffer::new());
    let at = format_i64(at, &mut at_buffer);
    let count = format_i64(names.len() as i64, &mut count_buffer);
    let names: Names<'_> = names.iter().collect();
    log_with(ctx, &[b"SADDEX", ctx.arg(1), b"PXAT", at, b"MEMBERS", count], &names);
}
