//! Members by chance: SPOP and SRANDMEMBER.

use keyspace::db::Settled;
use protocol::Reply;
use smallvec::SmallVec;
use structures::packed::{elements, push};

use super::members::Members;
use super::{change, len_of, note, read, read_many};
use crate::arguments::{bounded, integer};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::{read_budget, write_budget};
use crate::errors::Error;
use crate::events::set;
use crate::spec::{ACCESS, Body, DELETE, FAST, Group, READONLY, RO, RW, Spec, WRITE};

/// Members that one logged SREM removes at most.
const LOGGED_AT_ONCE: usize = 1024;

#[rustfmt::skip]
pub(super) const SPOP: Spec = Spec::new("SPOP", "key [count @3.2.0]", Body::Data(spop))
    .does("Removes members chosen at random from a set and returns them.")
    .since("1.0.0").cost("O(N), N being the number of members returned").group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE).draws()
    .history(&[("3.2.0", "The argument `count`.")])
    .tips(&["nondeterministic_output"]);

fn spop(ctx: &mut Ctx) -> Result {
    let settled = ctx.db.settle(ctx.key(1), write_budget(ctx));
    if settled == Settled::Partly && ctx.may_defer {
        return Ok(Outcome::Long);
    }
    let Some(count) = ctx.request.get(2) else { return pop_one(ctx, settled) };
    if ctx.argc() > 3 {
        return Err(Error::Syntax);
    }
    let count = integer(count).ok().and_then(|count| usize::try_from(count).ok());
    let count = count.ok_or(Error::new("ERR value is out of range, must be positive"))?;
    let len = len_of(ctx, 1, settled)?;
    if ctx.defers(count.min(len)) {
        return Ok(Outcome::Long);
    }
    if count == 0 || len == 0 {
        ctx.reply.set(0);
        return Ok(Outcome::Done);
    }
    if count >= len {
        change(ctx, 1, |members, reply| {
            reply.set(len);
            members.members().settled(settled).for_each(|member| member.write(reply));
        })?;
        ctx.db.remove(ctx.key(1));
        ctx.effects.log(&[b"DEL", ctx.arg(1)]);
        note(ctx, 1, &set::SPOP, len, true);
        return Ok(Outcome::Done);
    }
    let mut random = ctx.random.fork();
    let mut popped = Vec::new();
    change(ctx, 1, |members, reply| {
        reply.set(count);
        members.pop((count, settled), &mut random, |member| {
            reply.bulk(member);
            push(&mut popped, member);
        });
    })?;
    log_removed(ctx, &popped);
    note(ctx, 1, &set::SPOP, count, false);
    Ok(Outcome::Done)
}

fn pop_one(ctx: &mut Ctx, settled: Settled) -> Result {
    let mut random = ctx.random.fork();
    let mut popped: SmallVec<[u8; 64]> = SmallVec::new();
    let done = change(ctx, 1, |members, reply| {
        members.pop((1, settled), &mut random, |member| {
            reply.bulk(member);
            popped.extend_from_slice(member);
        });
    })?;
    let Some(done) = done else { return ctx.nil() };
    ctx.effects.log(&[b"SREM", ctx.arg(1), &popped]);
    note(ctx, 1, &set::SPOP, 1, done.emptied);
    Ok(Outcome::Done)
}

/// Logs that packed members were removed from the key.
fn log_removed(ctx: &mut Ctx, packed: &[u8]) {
    let mut members = elements(packed).map(|element| element.bytes(packed)).peekable();
    while members.peek().is_some() {
        let mut words: Vec<&[u8]> = vec![b"SREM", ctx.arg(1)];
        words.extend(members.by_ref().take(LOGGED_AT_ONCE));
        ctx.effects.log(&words);
    }
}

#[rustfmt::skip]
pub(super) const SRANDMEMBER: Spec = Spec::new(
    "SRANDMEMBER",
    "key [count @2.6.0]",
    Body::Data(srandmember),
)
    .does("Returns members of a set chosen at random.")
    .since("1.0.0").cost("O(N), N being the number of members returned").group(Group::Set)
    .flags(READONLY).key(1, RO | ACCESS).draws()
    .history(&[("2.6.0", "The argument `count`.")])
    .tips(&["nondeterministic_output"]);

fn srandmember(ctx: &mut Ctx) -> Result {
    let settled = ctx.db.settle(ctx.key(1), read_budget(ctx));
    let mut random = ctx.random.fork();
    let Some(count) = ctx.request.get(2) else {
        read(ctx, |members, reply| {
            let members = members.settled(settled);
            match members.len() {
                0 => reply.nil(),
                _ => members.draw(1, &mut random, |member| member.write(reply)),
            }
        })?;
        return Ok(Outcome::Done);
    };
    if ctx.argc() > 3 {
        return Err(Error::Syntax);
    }
    let count = bounded(count, -i64::MAX..=i64::MAX)?.max(-ctx.limits.draws_max);
    let draws = count.unsigned_abs() as usize;
    let visits = |members: Members<'_>| if count < 0 { draws } else { draws.min(members.stored()) };
    read_many(ctx, visits, |members, reply| {
        write_random(members.settled(settled), reply, count, &mut random);
    })
}

/// Answers with `count` different members, or all; a negative count allows repetitions.
fn write_random(
    members: Members<'_>,
    reply: &mut Reply<'_>,
    count: i64,
    random: &mut fastrand::Rng,
) {
    let len = members.len();
    let draws = count.unsigned_abs() as usize;
    if len == 0 || draws == 0 {
        reply.array(0);
    } else if count < 0 {
        reply.array(draws);
        members.draw(draws, random, |member| member.write(reply));
    } else if draws >= len {
        reply.array(len);
        members.for_each(|member| member.write(reply));
    } else {
        reply.array(draws);
        members.sample(draws, random, |member| member.write(reply));
    }
}
