//! Changes other than at the ends.

use structures::list::Direction;

use super::{COMPARED, change, defers, note};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::list;
use crate::spec::{Body, DELETE, DENYOOM, Group, INSERT, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const LINSERT: Spec = Spec::new(
    "LINSERT",
    "key (where: BEFORE | AFTER) pivot element",
    Body::Data(linsert),
)
    .does("Inserts an element into a list before or after another one.")
    .since("2.2.0").cost("O(N), N being the number of elements before the other one")
    .group(Group::List)
    .flags(WRITE | DENYOOM).key(1, RW | INSERT);

fn linsert(ctx: &mut Ctx) -> Result {
    let (place, pivot, element) = (ctx.arg(2), ctx.arg(3), ctx.arg(4));
    let behind = if is_word(place, "AFTER") {
        1
    } else if is_word(place, "BEFORE") {
        0
    } else {
        return Err(Error::Syntax);
    };
    if defers(ctx, 1, |len| len / COMPARED) {
        return Ok(Outcome::Long);
    }
    let done = change(ctx, 1, |list, _| {
        let elements = list.elements();
        let all = 0..elements.len();
        let found = elements.find(pivot, all, Direction::Forward, std::ops::ControlFlow::Break);
        let Some(at) = found.break_value() else { return Ok(None) };
        list.insert(at + behind, element);
        Ok(Some(list.len()))
    })?;
    let Some(done) = done else { return ctx.int(0) };
    let Some(len) = done.result else { return ctx.int(-1) };
    note(ctx, 1, (&list::LINSERT, 1), false);
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const LREM: Spec = Spec::new("LREM", "key count element", Body::Data(lrem))
    .does("Removes elements of a list that equal a given one.")
    .since("1.0.0").cost("O(N), N being the length of the list").group(Group::List)
    .flags(WRITE).key(1, RW | DELETE);

fn lrem(ctx: &mut Ctx) -> Result {
    let (count, element) = (integer(ctx.arg(2))?, ctx.arg(3));
    let direction = if count < 0 { Direction::Backward } else { Direction::Forward };
    let limit = if count == 0 { usize::MAX } else { count.unsigned_abs() as usize };
    if defers(ctx, 1, |len| len / COMPARED) {
        return Ok(Outcome::Long);
    }
    let done = change(ctx, 1, |list, _| Ok(list.remove_equal(element, limit, direction)))?;
    let Some(done) = done.filter(|done| done.result > 0) else { return ctx.int(0) };
    note(ctx, 1, (&list::LREM, done.result), done.emptied);
    ctx.int(done.result as i64)
}

#[rustfmt::skip]
pub(super) const LSET: Spec = Spec::new("LSET", "key index element", Body::Data(lset))
    .does("Replaces the element of a list at an index.")
    .since("1.0.0")
    .cost("O(N/400) or so, N being the number of elements to the nearer end; O(1) at the ends")
    .group(Group::List)
    .flags(WRITE | DENYOOM).key(1, RW | UPDATE);

fn lset(ctx: &mut Ctx) -> Result {
    let (number, element) = (ctx.arg(2), ctx.arg(3));
    let done = change(ctx, 1, |list, _| {
        let index = list.elements().index(integer(number)?).ok_or(Error::IndexOutOfRange)?;
        list.set(index, element);
        Ok(())
    })?;
    if done.is_none() {
        return Err(Error::NoSuchKey);
    }
    note(ctx, 1, (&list::LSET, 1), false);
    ctx.ok()
}

#[rustfmt::skip]
pub(super) const LTRIM: Spec = Spec::new("LTRIM", "key start stop", Body::Data(ltrim))
    .does("Removes all elements of a list but those between two indexes.")
    .since("1.0.0").cost("O(N), N being the number of elements removed").group(Group::List)
    .flags(WRITE).key(1, RW | DELETE);

fn ltrim(ctx: &mut Ctx) -> Result {
    let bounds = (integer(ctx.arg(2))?, integer(ctx.arg(3))?);
    let done = change(ctx, 1, |list, _| {
        let (len, range) = (list.len(), list.elements().range(bounds));
        list.keep(range.clone());
        Ok(len - range.len())
    })?;
    if let Some(done) = done {
        note(ctx, 1, (&list::LTRIM, done.result), done.emptied);
    }
    ctx.ok()
}
