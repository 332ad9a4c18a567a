//! Moving elements from an end of one list to an end of another, or of the same, waiting for them
//! or not.

use smallvec::SmallVec;
use structures::list::End;

use super::edit::Moved;
use super::{change, create, end, popped, pushed};
use crate::arguments::{is_word, limited, timeout};
use crate::context::{Ctx, Lapse, Outcome, Result, Wait};
use crate::errors::Error;
use crate::events::generic;
use crate::spec::{
    ACCESS, BLOCKING, Body, DELETE, DENYOOM, Group, INSERT, NOSCRIPT, RW, Spec, WRITE,
};

#[rustfmt::skip]
pub(super) const LMOVE: Spec = Spec::new(
    "LMOVE",
    "source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT)",
    Body::Data(lmove),
)
    .does("Moves an element from an end of one list to an end of another, and returns it.")
    .since("6.2.0").cost("O(1)").group(Group::List)
    .flags(WRITE | DENYOOM).key(1, RW | ACCESS | DELETE).key(2, RW | INSERT);

fn lmove(ctx: &mut Ctx) -> Result {
    let ends = (end(ctx.arg(3))?, end(ctx.arg(4))?);
    if move_one(ctx, ends)? { Ok(Outcome::Done) } else { ctx.nil() }
}

#[rustfmt::skip]
pub(super) const RPOPLPUSH: Spec = Spec::new(
    "RPOPLPUSH",
    "source destination",
    Body::Data(rpoplpush),
)
    .does("Moves the last element of one list to the front of another, and returns it.")
    .since("1.2.0").cost("O(1)").group(Group::List)
    .flags(WRITE | DENYOOM).key(1, RW | ACCESS | DELETE).key(2, RW | INSERT)
    .deprecated("6.2.0", "`LMOVE` with `RIGHT` and `LEFT`");

fn rpoplpush(ctx: &mut Ctx) -> Result {
    if move_one(ctx, (End::Back, End::Front))? { Ok(Outcome::Done) } else { ctx.nil() }
}

#[rustfmt::skip]
pub(super) const BLMOVE: Spec = Spec::new(
    "BLMOVE",
    "source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT) timeout<double>",
    Body::Data(blmove),
)
    .does("Moves an element from an end of one list to an end of another, and returns it; waits \
           until there is one.")
    .since("6.2.0").cost("O(1)").group(Group::List)
    .flags(WRITE | DENYOOM | NOSCRIPT | BLOCKING).key(1, RW | ACCESS | DELETE).key(2, RW | INSERT);

fn blmove(ctx: &mut Ctx) -> Result {
    let ends = (end(ctx.arg(3))?, end(ctx.arg(4))?);
    let until_ms = timeout(ctx.arg(5), ctx.db.moment.now_ms)?;
    if !move_one(ctx, ends)? {
        return wait_for_source(ctx, until_ms);
    }
    ctx.effects.log(&[b"LMOVE", ctx.arg(1), ctx.arg(2), ctx.arg(3), ctx.arg(4)]);
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const BRPOPLPUSH: Spec = Spec::new(
    "BRPOPLPUSH",
    "source destination timeout<double>",
    Body::Data(brpoplpush),
)
    .does("Moves the last element of one list to the front of another, and returns it; waits \
           until there is one.")
    .since("2.2.0").cost("O(1)").group(Group::List)
    .flags(WRITE | DENYOOM | NOSCRIPT | BLOCKING).key(1, RW | ACCESS | DELETE).key(2, RW | INSERT)
    .history(&[("6.0.0", "`timeout` may be a fraction.")])
    .deprecated("6.2.0", "`BLMOVE` with `RIGHT` and `LEFT`");

fn brpoplpush(ctx: &mut Ctx) -> Result {
    let until_ms = timeout(ctx.arg(3), ctx.db.moment.now_ms)?;
    if !move_one(ctx, (End::Back, End::Front))? {
        return wait_for_source(ctx, until_ms);
    }
    ctx.effects.log(&[b"RPOPLPUSH", ctx.arg(1), ctx.arg(2)]);
    Ok(Outcome::Done)
}

fn wait_for_source(ctx: &mut Ctx, until_ms: Option<i64>) -> Result {
    ctx.wait_for(1..2, Wait { until_ms, lapse: Lapse::NilArrayInTime })
}

/// Moves one element and answers it; false if there is none to move.
fn move_one(ctx: &mut Ctx, ends: (End, End)) -> Result<bool> {
    let order = Order::OneByOne;
    let Some(moved) = move_some(ctx, ends, &HowMany { least: 1, most: 1, order })? else {
        return Ok(false);
    };
    moved.iter().for_each(|element| element.write(&mut ctx.reply));
    Ok(true)
}

/// The elements that were moved.
type ManyMoved = SmallVec<[Moved; 1]>;

/// How many elements are to be moved, and how.
struct HowMany {
    /// If there are fewer, nothing is moved.
    least: usize,
    most: usize,
    order: Order,
}

/// In which order moved elements are then beside each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As if moved one after the other.
    OneByOne,
    /// As they were.
    Kept,
}

/// Moves elements from the list that argument 1 names to the one that argument 2 names, and notes
/// that. Gives them in the order of the second list, or `None` if there are too few.
///
/// # Errors
/// Either key holds something else; that the key which woke the request does is no error.
fn move_some(
    ctx: &mut Ctx,
    (from, to): (End, End),
    how_many: &HowMany,
) -> Result<Option<ManyMoved>> {
    let (source, target) = (ctx.key(1), ctx.key(2));
    let len = match ctx.db.used(source) {
        None => return Ok(None),
        Some(slot) => match super::Elements::of(&slot.get()) {
            Ok(list) => list.len(),
            Err(_) if ctx.woken.is_some() => return Ok(None),
            Err(error) => return Err(error),
        },
    };
    if len < how_many.least {
        return Ok(None);
    }
    let exists = match ctx.db.slot(target) {
        Some(slot) => super::Elements::of(&slot.get()).map(|_| true)?,
        None => false,
    };
    let count = how_many.most.min(len);
    let mut moved = ManyMoved::new();
    let pop = |list: &mut super::ListMut<'_>, moved: &mut ManyMoved| {
        moved.extend((0..count).map_while(|_| list.take(from)));
    };
    let emptied = if source.bytes == target.bytes {
        change(ctx, 1, |list, _| {
            pop(list, &mut moved);
            arrange(&mut moved, (from, to), how_many.order);
            put(list, to, &moved);
            Ok(())
        })?;
        false
    } else {
        let done = change(ctx, 1, |list, _| {
            pop(list, &mut moved);
            Ok(())
        })?;
        arrange(&mut moved, (from, to), how_many.order);
        if exists {
            change(ctx, 2, |list, _| {
                put(list, to, &moved);
                Ok(())
            })?;
        } else {
            create(ctx, 2, |list| put(list, to, &moved));
        }
        done.is_some_and(|done| done.emptied)
    };
    ctx.effects.changes += moved.len() as u64;
    ctx.note(2, pushed(to));
    ctx.note(1, popped(from));
    if emptied {
        ctx.note(1, &generic::DEL);
    }
    Ok(Some(moved))
}

/// Brings elements, given as they were popped, into the order of the list they go to.
fn arrange(moved: &mut ManyMoved, (from, to): (End, End), order: Order) {
    let reversed = match order {
        Order::OneByOne => to == End::Front,
        Order::Kept => from == End::Back,
    };
    if reversed {
        moved.reverse();
    }
}

/// Pushes elements so that they are in the order given.
fn put(list: &mut super::ListMut<'_>, to: End, moved: &ManyMoved) {
    match to {
        End::Front => moved.iter().rev().for_each(|element| list.push_moved(to, element)),
        End::Back => moved.iter().for_each(|element| list.push_moved(to, element)),
    }
}

#[rustfmt::skip]
pub(super) const LMOVEM: Spec = Spec::new(
    "LMOVEM",
    "source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT) \
     [how-many: (selector: COUNT count | EXACTLY exactly<integer>) (ordering: OBO | BULK)]",
    Body::Data(lmovem),
)
    .does("Moves some elements from an end of one list to an end of another, and returns them.")
    .since("8.10.0").cost("O(N), N being the number of elements moved").group(Group::List)
    .flags(WRITE | DENYOOM).key(1, RW | ACCESS | DELETE).key(2, RW | INSERT);

fn lmovem(ctx: &mut Ctx) -> Result {
    let ends = (end(ctx.arg(3))?, end(ctx.arg(4))?);
    let how_many = HowMany::parse(ctx, 5)?;
    match move_some(ctx, ends, &how_many)? {
        Some(moved) => write_moved(ctx, &moved),
        None if is_exact(ctx, 5) => return ctx.nil(),
        None => ctx.reply.array(0),
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const BLMOVEM: Spec = Spec::new(
    "BLMOVEM",
    "source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT) timeout<double> \
     [how-many: (selector: COUNT count | EXACTLY exactly<integer>) (ordering: OBO | BULK)]",
    Body::Data(blmovem),
)
    .does("Moves some elements from an end of one list to an end of another, and returns them; \
           waits until there are enough.")
    .since("8.10.0").cost("O(N), N being the number of elements moved").group(Group::List)
    .flags(WRITE | DENYOOM | BLOCKING).key(1, RW | ACCESS | DELETE).key(2, RW | INSERT);

fn blmovem(ctx: &mut Ctx) -> Result {
    let ends = (end(ctx.arg(3))?, end(ctx.arg(4))?);
    let until_ms = timeout(ctx.arg(5), ctx.db.moment.now_ms)?;
    let how_many = HowMany::parse(ctx, 6)?;
    let Some(moved) = move_some(ctx, ends, &how_many)? else {
        return wait_for_source(ctx, until_ms);
    };
    let words = [&b"LMOVEM"[..], ctx.arg(1), ctx.arg(2), ctx.arg(3), ctx.arg(4)];
    let words: SmallVec<[&[u8]; 8]> = words.into_iter().chain(ctx.request.iter().skip(6)).collect();
    ctx.effects.log(&words);
    write_moved(ctx, &moved);
    Ok(Outcome::Done)
}

fn write_moved(ctx: &mut Ctx, moved: &ManyMoved) {
    ctx.reply.array(moved.len());
    moved.iter().for_each(|element| element.write(&mut ctx.reply));
}

fn is_exact(ctx: &Ctx, at: usize) -> bool {
    ctx.request.get(at).is_some_and(|word| is_word(word, "EXACTLY"))
}

impl HowMany {
    /// Reads the arguments from `at` on: none, or a selector with its number, and an order.
    fn parse(ctx: &Ctx, at: usize) -> Result<Self> {
        if ctx.argc() == at {
            return Ok(Self { least: 1, most: 1, order: Order::OneByOne });
        }
        if ctx.argc() != at + 3 {
            return Err(Error::Syntax);
        }
        let (selector, order) = (ctx.arg(at), ctx.arg(at + 2));
        let is_exact = is_exact(ctx, at);
        if !is_exact && !is_word(selector, "COUNT") {
            return Err(Error::Syntax);
        }
        let order = if is_word(order, "OBO") {
            Order::OneByOne
        } else if is_word(order, "BULK") {
            Order::Kept
        } else {
            return Err(Error::Syntax);
        };
        let error = "ERR count should be greater than 0";
        let most = limited(ctx.arg(at + 1), 1, error)? as usize;
        Ok(Self { least: if is_exact { most } else { 1 }, most, order })
    }
}
