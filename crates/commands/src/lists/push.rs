//! Pushing at either end.

use structures::list::End;

use super::{change, create, note, pushed};
use crate::context::{Ctx, Result};
use crate::spec::{Body, DENYOOM, FAST, Group, INSERT, RW, Spec, WRITE};

#[rustfmt::skip]
pub(super) const LPUSH: Spec = Spec::new("LPUSH", "key element [element ...]", Body::Data(lpush))
    .does("Adds elements in front of a list, one after the other, and returns its length.")
    .since("1.0.0").cost("O(N), N being the number of elements added").group(Group::List)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT)
    .history(&[("2.4.0", "More than one element.")]);

fn lpush(ctx: &mut Ctx) -> Result {
    push(ctx, End::Front)
}

#[rustfmt::skip]
pub(super) const RPUSH: Spec = Spec::new("RPUSH", "key element [element ...]", Body::Data(rpush))
    .does("Adds elements at the end of a list and returns its length.")
    .since("1.0.0").cost("O(N), N being the number of elements added").group(Group::List)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT)
    .history(&[("2.4.0", "More than one element.")]);

fn rpush(ctx: &mut Ctx) -> Result {
    push(ctx, End::Back)
}

#[rustfmt::skip]
pub(super) const LPUSHX: Spec = Spec::new("LPUSHX", "key element [element ...]", Body::Data(lpushx))
    .does("Adds elements in front of a list if it exists, and returns its length.")
    .since("2.2.0").cost("O(N), N being the number of elements added").group(Group::List)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT)
    .history(&[("4.0.0", "More than one element.")]);

fn lpushx(ctx: &mut Ctx) -> Result {
    push_if_there(ctx, End::Front)
}

#[rustfmt::skip]
pub(super) const RPUSHX: Spec = Spec::new("RPUSHX", "key element [element ...]", Body::Data(rpushx))
    .does("Adds elements at the end of a list if it exists, and returns its length.")
    .since("2.2.0").cost("O(N), N being the number of elements added").group(Group::List)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT)
    .history(&[("4.0.0", "More than one element.")]);

fn rpushx(ctx: &mut Ctx) -> Result {
    push_if_there(ctx, End::Back)
}

#[inline]
fn push(ctx: &mut Ctx, end: End) -> Result {
    match push_to_list(ctx, end)? {
        Some(len) => ctx.int(len as i64),
        None => push_anew(ctx, end),
    }
}

fn push_if_there(ctx: &mut Ctx, end: End) -> Result {
    let len = push_to_list(ctx, end)?;
    ctx.int(len.unwrap_or(0) as i64)
}

/// Pushes to a list that is there; its length then.
#[inline]
fn push_to_list(ctx: &mut Ctx, end: End) -> Result<Option<usize>> {
    let elements = ctx.request.from(2);
    let done = change(ctx, 1, |list, _| {
        elements.iter().for_each(|element| list.push(end, element));
        Ok(list.len())
    })?;
    let Some(done) = done else { return Ok(None) };
    note(ctx, 1, (pushed(end), elements.len()), false);
    Ok(Some(done.result))
}

fn push_anew(ctx: &mut Ctx, end: End) -> Result {
    let elements = ctx.request.from(2);
    create(ctx, 1, |list| elements.iter().for_each(|element| list.push(end, element)));
    note(ctx, 1, (pushed(end), elements.len()), false);
    ctx.int(elements.len() as i64)
}
