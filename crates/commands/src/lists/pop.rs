//! Popping at either end, one element or several, of one key or the first of several, waiting for
//! one or not.

use std::ops::Range;

use base::number::{NumberBuffer, format_i64};
use structures::list::{Direction, End};

use super::elements::write_one;
use super::{change, defers, end, note, pop_name, popped};
use crate::arguments::{is_word, limited, timeout};
use crate::context::{Ctx, LONG_MIN, Lapse, Outcome, Result, Wait};
use crate::errors::Error;
use crate::spec::{ACCESS, BLOCKING, Body, DELETE, FAST, Group, NOSCRIPT, RW, Spec, WRITE};

#[rustfmt::skip]
pub(super) const LPOP: Spec = Spec::new("LPOP", "key [count @6.2.0]", Body::Data(lpop))
    .does("Removes the first elements of a list and returns them.")
    .since("1.0.0").cost("O(N), N being the number of elements returned").group(Group::List)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE)
    .history(&[("6.2.0", "The argument `count`.")]);

fn lpop(ctx: &mut Ctx) -> Result {
    pop(ctx, End::Front, "lpop")
}

#[rustfmt::skip]
pub(super) const RPOP: Spec = Spec::new("RPOP", "key [count @6.2.0]", Body::Data(rpop))
    .does("Removes the last elements of a list and returns them, the last one first.")
    .since("1.0.0").cost("O(N), N being the number of elements returned").group(Group::List)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE)
    .history(&[("6.2.0", "The argument `count`.")]);

fn rpop(ctx: &mut Ctx) -> Result {
    pop(ctx, End::Back, "rpop")
}

#[inline]
fn pop(ctx: &mut Ctx, end: End, command: &'static str) -> Result {
    if ctx.argc() != 2 {
        return pop_several(ctx, end, command);
    }
    let done = change(ctx, 1, |list, reply| {
        if let Some(element) = list.elements().end(end) {
            write_one(element, reply);
        }
        list.pop(end);
        Ok(())
    })?;
    let Some(done) = done else { return ctx.nil() };
    note(ctx, 1, (popped(end), 1), done.emptied);
    Ok(Outcome::Done)
}

fn pop_several(ctx: &mut Ctx, end: End, command: &'static str) -> Result {
    if ctx.argc() > 3 {
        return Err(Error::Arity(command.into()));
    }
    let count = limited(ctx.arg(2), 0, "ERR value is out of range, must be positive")? as usize;
    if count > LONG_MIN && defers(ctx, 1, |len| len.min(count)) {
        return Ok(Outcome::Long);
    }
    let done = take(ctx, 1, (end, count), |_| {})?;
    if done.is_none() {
        ctx.reply.nil_array();
    }
    Ok(Outcome::Done)
}

/// Pops up to `count` elements of the key that an argument names, and answers them as an array,
/// after what `before` wrote. Gives how many, or `None` if there is no key.
fn take<'a>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    (end, count): (End, usize),
    before: impl FnOnce(&mut protocol::Reply<'a>),
) -> Result<Option<usize>> {
    let done = change(ctx, argument, |list, reply| {
        before(reply);
        let elements = list.elements();
        let (len, count) = (elements.len(), count.min(elements.len()));
        match end {
            End::Front => elements.write(0..count, Direction::Forward, reply),
            End::Back => elements.write(len - count..len, Direction::Backward, reply),
        }
        if count > 0 {
            list.drop_many(end, count);
        }
        Ok(count)
    })?;
    let Some(done) = done else { return Ok(None) };
    if done.result > 0 {
        note(ctx, argument, (popped(end), done.result), done.emptied);
    }
    Ok(Some(done.result))
}

#[rustfmt::skip]
pub(super) const LMPOP: Spec = Spec::new(
    "LMPOP",
    "numkeys key [key ...] (where: LEFT | RIGHT) [COUNT count]",
    Body::Data(lmpop),
)
    .does("Removes elements of the first list that exists among several, and returns them.")
    .since("7.0.0")
    .cost("O(N + M), N being the number of keys and M the number of elements returned")
    .group(Group::List)
    .flags(WRITE).keys_counted(1, 1, RW | ACCESS | DELETE);

fn lmpop(ctx: &mut Ctx) -> Result {
    let pops = Pops::parse(ctx, 1)?;
    if pop_first(ctx, pops.keys.clone(), &pops)? {
        return Ok(Outcome::Done);
    }
    ctx.reply.nil_array();
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const BLMPOP: Spec = Spec::new(
    "BLMPOP",
    "timeout<double> numkeys key [key ...] (where: LEFT | RIGHT) [COUNT count]",
    Body::Data(blmpop),
)
    .does("Removes elements of the first list that exists among several, and returns them; waits \
           until there is one.")
    .since("7.0.0")
    .cost("O(N + M), N being the number of keys and M the number of elements returned")
    .group(Group::List)
    .flags(WRITE | BLOCKING).keys_counted(2, 1, RW | ACCESS | DELETE);

fn blmpop(ctx: &mut Ctx) -> Result {
    let pops = Pops::parse(ctx, 2)?;
    let until_ms = timeout(ctx.arg(1), ctx.db.moment.now_ms)?;
    if pop_first(ctx, ctx.awaited(pops.keys.clone()), &pops)? {
        return Ok(Outcome::Done);
    }
    ctx.wait_for(pops.keys, Wait { until_ms, lapse: Lapse::NilArray })
}

/// What LMPOP and BLMPOP are asked for.
struct Pops {
    keys: Range<usize>,
    end: End,
    count: usize,
}

impl Pops {
    /// Reads the arguments from the number of keys, at `from`, on.
    fn parse(ctx: &Ctx, from: usize) -> Result<Self> {
        let key_count = limited(ctx.arg(from), 1, "ERR numkeys should be greater than 0")?;
        let after = usize::try_from(key_count).ok().and_then(|count| count.checked_add(from + 1));
        let after = after.filter(|after| *after < ctx.argc()).ok_or(Error::Syntax)?;
        let mut pops = Self { keys: from + 1..after, end: end(ctx.arg(after))?, count: 0 };
        let mut words = ctx.request.iter().skip(after + 1);
        while let Some(word) = words.next() {
            let amount = words.next().ok_or(Error::Syntax)?;
            if !is_word(word, "COUNT") || pops.count > 0 {
                return Err(Error::Syntax);
            }
            pops.count = limited(amount, 1, "ERR count should be greater than 0")? as usize;
        }
        pops.count = pops.count.max(1);
        Ok(pops)
    }
}

/// Pops of the first list among `keys`; false if there is none. A key that woke the request and
/// holds something else counts as absent.
fn pop_first(ctx: &mut Ctx, keys: Range<usize>, pops: &Pops) -> Result<bool> {
    for argument in keys {
        let key = ctx.arg(argument);
        let done = take(ctx, argument, (pops.end, pops.count), |reply| {
            reply.array(2);
            reply.bulk(key);
        });
        if let Some(count) = unless_woken(ctx, done)? {
            let mut buffer = NumberBuffer::new();
            let count = format_i64(count as i64, &mut buffer);
            ctx.effects.log(&[pop_name(pops.end), key, count]);
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was done, if anything; that the key which woke the request is no list is no error.
fn unless_woken<R>(ctx: &Ctx, done: Result<Option<R>>) -> Result<Option<R>> {
    match done {
        Err(Error::WrongType) if ctx.woken.is_some() => Ok(None),
        done => done,
    }
}

#[rustfmt::skip]
pub(super) const BLPOP: Spec = Spec::new(
    "BLPOP",
    "key [key ...] timeout<double>",
    Body::Data(blpop),
)
    .does("Removes the first element of the first list that exists among several, and returns it; \
           waits until there is one.")
    .since("2.0.0").cost("O(N), N being the number of keys").group(Group::List)
    .flags(WRITE | NOSCRIPT | BLOCKING).keys(1, -2, 1, RW | ACCESS | DELETE)
    .history(&[("6.0.0", "`timeout` may be a fraction.")]);

fn blpop(ctx: &mut Ctx) -> Result {
    pop_or_wait(ctx, End::Front)
}

#[rustfmt::skip]
pub(super) const BRPOP: Spec = Spec::new(
    "BRPOP",
    "key [key ...] timeout<double>",
    Body::Data(brpop),
)
    .does("Removes the last element of the first list that exists among several, and returns it; \
           waits until there is one.")
    .since("2.0.0").cost("O(N), N being the number of keys").group(Group::List)
    .flags(WRITE | NOSCRIPT | BLOCKING).keys(1, -2, 1, RW | ACCESS | DELETE)
    .history(&[("6.0.0", "`timeout` may be a fraction.")]);

fn brpop(ctx: &mut Ctx) -> Result {
    pop_or_wait(ctx, End::Back)
}

fn pop_or_wait(ctx: &mut Ctx, end: End) -> Result {
    let last = ctx.argc() - 1;
    let until_ms = timeout(ctx.arg(last), ctx.db.moment.now_ms)?;
    for argument in ctx.awaited(1..last) {
        let key = ctx.arg(argument);
        let done = change(ctx, argument, |list, reply| {
            reply.array(2);
            reply.bulk(key);
            if let Some(element) = list.elements().end(end) {
                write_one(element, reply);
            }
            list.pop(end);
            Ok(())
        });
        if let Some(done) = unless_woken(ctx, done)? {
            ctx.effects.log(&[pop_name(end), key]);
            note(ctx, argument, (popped(end), 1), done.emptied);
            return Ok(Outcome::Done);
        }
    }
    ctx.wait_for(1..last, Wait { until_ms, lapse: Lapse::NilArray })
}
