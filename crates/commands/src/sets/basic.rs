//! Members as they are added, removed, moved and looked for.

use super::members::Members;
use super::{add, change, note, read, read_many, read_named};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::{ElementsMut, Env, Expiry};
use crate::events::set;
use crate::spec::{
    ACCESS, Body, DELETE, DENYOOM, FAST, Group, INSERT, READONLY, RO, RW, Spec, WRITE,
};

#[rustfmt::skip]
pub(super) const SADD: Spec = Spec::new("SADD", "key member [member ...]", Body::Data(sadd))
    .does("Adds members to a set, which is made if it does not exist.")
    .since("1.0.0").cost("O(N), N being the number of members named").group(Group::Set)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT).element(2)
    .history(&[("2.4.0", "More than one member.")]);

fn sadd(ctx: &mut Ctx) -> Result {
    let names = ctx.request.from(2);
    let added = add(ctx, 1, |members| names.iter().filter(|name| members.add(name)).count())?;
    if added > 0 {
        note(ctx, 1, &set::SADD, added, false);
    }
    ctx.int(added as i64)
}

#[rustfmt::skip]
pub(super) const SCARD: Spec = Spec::new("SCARD", "key", Body::Data(scard))
    .does("Returns the number of members of a set.")
    .since("1.0.0").cost("O(1)").group(Group::Set)
    .flags(READONLY | FAST).key(1, RO);

fn scard(ctx: &mut Ctx) -> Result {
    let len = read(ctx, |members, _| members.stored())?;
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const SISMEMBER: Spec = Spec::new("SISMEMBER", "key member", Body::Data(sismember))
    .does("Tells whether a set has a member.")
    .since("1.0.0").cost("O(1)").group(Group::Set)
    .flags(READONLY | FAST).key(1, RO).element(2);

fn sismember(ctx: &mut Ctx) -> Result {
    let member = ctx.arg(2);
    let found = read_named(ctx, |members, _| members.contains(member))?;
    ctx.int(found.into())
}

#[rustfmt::skip]
pub(super) const SMEMBERS: Spec = Spec::new("SMEMBERS", "key", Body::Data(smembers))
    .does("Returns all members of a set.")
    .since("1.0.0").cost("O(N), N being the number of members").group(Group::Set)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output_order"]);

fn smembers(ctx: &mut Ctx) -> Result {
    read_many(
        ctx,
        |members| members.stored(),
        |members, reply| {
            reply.set(members.len());
            members.for_each(|member| member.write(reply));
        },
    )
}

#[rustfmt::skip]
pub(super) const SMISMEMBER: Spec = Spec::new(
    "SMISMEMBER",
    "key member [member ...]",
    Body::Data(smismember),
)
    .does("Tells of each of several members whether a set has it.")
    .since("6.2.0").cost("O(N), N being the number of members named").group(Group::Set)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn smismember(ctx: &mut Ctx) -> Result {
    let wanted = ctx.request.from(2);
    read_named(ctx, |members, reply| {
        reply.array(wanted.len());
        wanted.iter().for_each(|member| reply.int(members.contains(member).into()));
    })?;
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const SMOVE: Spec = Spec::new("SMOVE", "source destination member", Body::Data(smove))
    .does("Moves a member from one set to another.")
    .since("1.0.0").cost("O(1)").group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE).key(2, RW | INSERT);

fn smove(ctx: &mut Ctx) -> Result {
    let (source, target, member) = (ctx.key(1), ctx.key(2), ctx.arg(3));
    let env = Env::of(ctx);
    let Some(slot) = ctx.db.used(source) else {
        return ctx.int(0);
    };
    let found = Members::of(&slot.get(), env)?.contains(member);
    if let Some(slot) = ctx.db.used(target) {
        Members::of(&slot.get(), env)?;
    }
    if found && source.bytes == target.bytes {
        return ctx.int(1);
    }
    // Its expiry goes with it. Removes a member that has expired, as commands do with what they
    // name.
    let removed = change(ctx, 1, |members, _| {
        let expiry = members.expiry(member);
        members.remove(member);
        expiry
    })?;
    let Some(removed) = removed else { return ctx.int(0) };
    if removed.result == Expiry::Absent {
        removed.note_emptied(ctx, 1);
        return ctx.int(0);
    }
    note(ctx, 1, &set::SREM, 1, removed.emptied);
    move_to(ctx, removed.result)?;
    ctx.int(1)
}

/// Adds a member that was moved to its new set, with the expiry it had.
fn move_to(ctx: &mut Ctx, expiry: Expiry) -> Result<()> {
    let (member, expires_at) = (
        ctx.arg(3),
        match expiry {
            Expiry::At(at) => Some(at),
            Expiry::Never | Expiry::Absent => None,
        },
    );
    let mut before = Expiry::Absent;
    add(ctx, 2, |members| {
        before = members.expiry(member);
        let is_new = members.add(member);
        if expires_at.is_some() || matches!(before, Expiry::At(_)) {
            members.set_expiry(member, expires_at);
        }
        is_new.into()
    })?;
    if before == Expiry::Absent {
        note(ctx, 2, &set::SADD, 1, false);
    }
    match (before, expires_at) {
        (_, Some(_)) => ctx.note(2, &set::SEXPIRE),
        (Expiry::At(_), None) => ctx.note(2, &set::SPERSIST),
        _ => {}
    }
    Ok(())
}

#[rustfmt::skip]
pub(super) const SREM: Spec = Spec::new("SREM", "key member [member ...]", Body::Data(srem))
    .does("Removes members from a set, and the set if none are left.")
    .since("1.0.0").cost("O(N), N being the number of members named").group(Group::Set)
    .flags(WRITE | FAST).key(1, RW | DELETE).element(2)
    .history(&[("2.4.0", "More than one member.")]);

fn srem(ctx: &mut Ctx) -> Result {
    let names = ctx.request.from(2);
    // As in Redis, expired members count if they are still there.
    let done = change(ctx, 1, |members, _| names.iter().filter(|it| members.delete(it)).count())?;
    let Some(done) = done.filter(|done| done.result > 0) else { return ctx.int(0) };
    note(ctx, 1, &set::SREM, done.result, done.emptied);
    ctx.int(done.result as i64)
}
