//! Lists: elements in an order, pushed, popped and waited for at both ends.
//!
//! ```text
//!   elements   what is read of a list, whichever of its two forms it has
//!   edit       what is changed, and when a flat list becomes a long one
//!   push, pop, read, change, moves    the commands; pop and moves with those that wait
//! ```
//!
//! Must be true
//! 1. Bodies never look at a list's form, and there are no empty lists.
//! 2. A command that waited is logged as the one that finds what it wants: BLPOP as LPOP.
//!
//! Not here: who waits for which key and is woken when (the engine's).

mod change;
pub(crate) mod edit;
mod elements;
mod moves;
mod pop;
mod push;
mod read;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use keyspace::{Entry, Payload};
use protocol::Reply;
use structures::list::{Direction, End};

use crate::arguments::is_word;
use crate::context::{Ctx, LONG_MIN, Outcome};
use crate::errors::Error;
use crate::events::{Event, generic, list};
use crate::spec::Spec;

use edit::ListMut;
use elements::Elements;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    moves::BLMOVE, moves::BLMOVEM, pop::BLMPOP, pop::BLPOP, pop::BRPOP, moves::BRPOPLPUSH,
    read::LINDEX, change::LINSERT, read::LLEN, moves::LMOVE, moves::LMOVEM, pop::LMPOP, pop::LPOP,
    read::LPOS, push::LPUSH, push::LPUSHX, read::LRANGE, change::LREM, change::LSET, change::LTRIM,
    pop::RPOP, moves::RPOPLPUSH, push::RPUSH, push::RPUSHX,
];

/// Runs `body` on the list that argument 1 names. Gives `None` if there is none. Counts a hit or a
/// miss, unless the body leaves it for later.
///
/// # Errors
/// The key holds something else, or those of `body`.
#[inline]
fn read<'a>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(Elements<'_>, &mut Reply<'a>) -> Result<Outcome, Error>,
) -> Result<Option<Outcome>, Error> {
    let key = ctx.key(1);
    let Some(slot) = ctx.db.used(key) else {
        ctx.missed(1);
        return Ok(None);
    };
    ctx.effects.hits += 1;
    let outcome = body(Elements::of(&slot.get())?, &mut ctx.reply)?;
    if outcome == Outcome::Long {
        ctx.effects.hits -= 1;
    }
    Ok(Some(outcome))
}

/// Whether a body that changes the list that argument `argument` names must be left for later:
/// `visits` tells how many elements it is about to visit of a list of this length.
fn defers(ctx: &mut Ctx, argument: usize, visits: impl FnOnce(usize) -> usize) -> bool {
    let key = ctx.key(argument);
    ctx.may_defer
        && ctx.db.slot(key).is_some_and(|slot| {
            Elements::of(&slot.get()).is_ok_and(|list| visits(list.len()) > LONG_MIN)
        })
}

/// Comparing so many elements takes as long as answering one.
const COMPARED: usize = 8;

/// What was done to a list.
struct Changed<R> {
    /// What the body gave.
    result: R,
    /// True if no element was left, so that there is no key any more.
    emptied: bool,
}

/// Runs `body` on the list that argument `argument` names, for changing it. Gives `None` if there
/// is none. The caller then notes what happened.
///
/// # Errors
/// The key holds something else, or those of `body`, which must not have changed anything then.
#[inline]
fn change<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(&mut ListMut<'_>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<Option<Changed<R>>, Error> {
    let key = ctx.key(argument);
    let Some(mut slot) = ctx.db.used(key) else { return Ok(None) };
    let mut entry = slot.get_mut();
    let mut list = ListMut::of(&mut entry, &ctx.limits.lists)?;
    let result = body(&mut list, &mut ctx.reply)?;
    let (emptied, gone) = (list.is_empty(), list.into_gone());
    drop(entry);
    if emptied {
        ctx.db.remove(key);
    } else if ctx.limits.lists.depth > 0 {
        settle(ctx, argument);
    }
    ctx.db.tools.discard_gone(gone);
    Ok(Some(Changed { result, emptied }))
}

/// Compresses what of the list is to be compressed.
#[cold]
fn settle(ctx: &mut Ctx, argument: usize) {
    let (key, sizing) = (ctx.key(argument), &ctx.limits.lists);
    let mut compressor = ctx.db.tools.compressor.take().unwrap_or_default();
    if let Some(mut slot) = ctx.db.slot(key)
        && let Ok(mut list) = ListMut::of(&mut slot.get_mut(), sizing)
    {
        list.settle(&mut compressor);
    }
    ctx.db.tools.compressor = Some(compressor);
}

/// Stores a new list under the key that argument `argument` names, where there is none.
fn create(ctx: &mut Ctx, argument: usize, body: impl FnOnce(&mut ListMut<'_>)) {
    let key = ctx.key(argument);
    let mut entry = Entry::new(key.bytes, Payload::FlatList(&[]), None, ctx.db.fresh_stamp());
    if let Ok(mut list) = ListMut::of(&mut entry, &ctx.limits.lists) {
        body(&mut list);
    }
    ctx.db.put(key, entry);
    if ctx.limits.lists.depth > 0 {
        settle(ctx, argument);
    }
}

/// The elements of a list in order; `None` if the entry is no list.
pub(crate) fn elements_of(entry: &Entry) -> Option<Vec<Vec<u8>>> {
    let list = Elements::of(entry).ok()?;
    let mut elements = Vec::with_capacity(list.len());
    let _ = list.try_for_each_run::<()>(0..list.len(), Direction::Forward, |run| {
        run.try_for_each(Direction::Forward, |element| {
            elements.push(element.to_vec());
            ControlFlow::Continue(())
        })
    });
    Some(elements)
}

/// Stores a list of these elements, of which there is one at least, under the key that argument
/// `argument` names, where there is none.
pub(crate) fn store<'e>(ctx: &mut Ctx, argument: usize, elements: impl Iterator<Item = &'e [u8]>) {
    create(ctx, argument, |list| elements.for_each(|element| list.push(End::Back, element)));
}

/// The event of a push at this end.
fn pushed(end: End) -> &'static Event {
    match end {
        End::Front => &list::LPUSH,
        End::Back => &list::RPUSH,
    }
}

/// The event of a pop at this end.
fn popped(end: End) -> &'static Event {
    match end {
        End::Front => &list::LPOP,
        End::Back => &list::RPOP,
    }
}

/// The command that pops at this end, for the log.
fn pop_name(end: End) -> &'static [u8] {
    match end {
        End::Front => b"LPOP",
        End::Back => b"RPOP",
    }
}

/// Notes `changes` changes of the key that argument `argument` names, by one event, and whether it
/// is gone.
#[inline]
fn note(ctx: &mut Ctx, argument: usize, (event, changes): (&'static Event, usize), emptied: bool) {
    ctx.effects.changes += changes as u64;
    ctx.note(argument, event);
    if emptied {
        ctx.note(argument, &generic::DEL);
    }
}

/// LEFT or RIGHT.
fn end(word: &[u8]) -> Result<End, Error> {
    if is_word(word, "LEFT") {
        Ok(End::Front)
    } else if is_word(word, "RIGHT") {
        Ok(End::Back)
    } else {
        Err(Error::Syntax)
    }
}
