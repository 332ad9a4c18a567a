//! Elements with an expiry of their own: what hashes, sets and sorted sets have in common.
//!
//! ```text
//!   elements   a family: its words and events, changing a collection, absent elements that go
//!   expire     the bodies of HEXPIRE, SEXPIRE, ZEXPIRE and their relatives
//! ```
//!
//! Must be true
//! 1. An element whose time is up is absent, but to what counts what is stored (HLEN, SCARD, ZCARD)
//!    and to HDEL, SREM and ZREM.
//! 2. Commands that name elements remove those they meet whose time is up; what draws or ranks
//!    elements removes all of them first, as far as it may (`Db::settle`). Others leave them to the
//!    sweep.
//! 3. What is logged leads to the same collection on a replayer whose clock never lets elements
//!    expire: what went by itself is noted, and logged before the command.
//!
//! Not here: how a family stores its elements (its `edit.rs`), the sweep (the engine's).

pub(crate) mod expire;

use std::ops::Range;

use base::hash::KeyHasher;
use keyspace::db::Settled;
use keyspace::value::Family;
use keyspace::{Entry, Stamp};
use protocol::{Reply, Request};
use smallvec::SmallVec;
use structures::table::NO_DEADLINE;

use crate::context::{Ctx, LONG_MIN, Limits, Outcome};
use crate::errors::Error;
use crate::events::{Event, generic, hash, set, sorted_set};

/// Elements that a read removes at most because their time is up.
pub(crate) const READ_BUDGET: usize = 64;

/// What a family calls the things that all have.
#[derive(Debug)]
pub struct Words {
    /// The command that removes elements, as it is logged.
    pub removal: &'static [u8],
    /// The command that gives elements an expiry in unix ms.
    pub expiry: &'static [u8],
    /// The word before the number of elements.
    pub elements: &'static [u8],
    /// Elements went since their time was up.
    pub expired: &'static Event,
    /// Elements were removed.
    pub removed: &'static Event,
    /// Elements got an expiry.
    pub timed: &'static Event,
    /// Elements lost their expiry.
    pub persisted: &'static Event,
}

static HASH: Words = Words {
    removal: b"HDEL",
    expiry: b"HPEXPIREAT",
    elements: b"FIELDS",
    expired: &hash::HEXPIRED,
    removed: &hash::HDEL,
    timed: &hash::HEXPIRE,
    persisted: &hash::HPERSIST,
};

static SET: Words = Words {
    removal: b"SREM",
    expiry: b"SPEXPIREAT",
    elements: b"MEMBERS",
    expired: &set::SEXPIRED,
    removed: &set::SREM,
    timed: &set::SEXPIRE,
    persisted: &set::SPERSIST,
};

static SORTED_SET: Words = Words {
    removal: b"ZREM",
    expiry: b"ZPEXPIREAT",
    elements: b"MEMBERS",
    expired: &sorted_set::ZEXPIRED,
    removed: &sorted_set::ZREM,
    timed: &sorted_set::ZEXPIRE,
    persisted: &sorted_set::ZPERSIST,
};

/// The words of a family.
pub fn words(family: Family) -> &'static Words {
    match family {
        Family::Hash => &HASH,
        Family::Set => &SET,
        Family::SortedSet => &SORTED_SET,
    }
}

/// What collections need of their surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) hasher: &'a KeyHasher,
    /// Unix time in ms.
    pub(crate) now_ms: i64,
    pub(crate) limits: &'a Limits,
}

impl<'a> Env<'a> {
    #[inline(always)]
    pub(crate) fn of<'k: 'a>(ctx: &Ctx<'a, 'k>) -> Self {
        Self {
            hasher: ctx.db.keyspace().hasher(),
            now_ms: ctx.db.moment.now_ms,
            limits: ctx.limits,
        }
    }
}

/// When an element expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// There is no such element.
    Absent,
    /// Never.
    Never,
    /// At this unix time in ms.
    At(i64),
}

/// Names of elements, as the request has them.
pub(crate) type Names<'a> = SmallVec<[&'a [u8]; 4]>;

/// What a change leaves to be told.
pub(crate) struct Aftermath<'a> {
    /// The first deadline that an element was given.
    pub(crate) deadline: u32,
    /// Elements, among the arguments, that were removed because their time was up.
    pub(crate) expired: SmallVec<[&'a [u8]; 1]>,
    /// Other elements that were.
    pub(crate) lost: Vec<Vec<u8>>,
}

impl Default for Aftermath<'_> {
    #[inline(always)]
    fn default() -> Self {
        Self { deadline: NO_DEADLINE, expired: SmallVec::new(), lost: Vec::new() }
    }
}

/// A collection, for changing it. `'a` is the request, which elements are named by.
pub(crate) trait ElementsMut<'e, 'a>: Sized {
    /// The collection in a key's entry.
    ///
    /// # Errors
    /// The entry holds something else.
    fn of(entry: &'e mut Entry, env: Env<'e>) -> Result<Self, Error>;

    /// True if nothing is stored.
    fn is_empty(&self) -> bool;

    /// When an element expires. Removes it if its time is up.
    fn expiry(&mut self, name: &'a [u8]) -> Expiry;

    /// Whether so many elements can get an expiry.
    ///
    /// # Errors
    /// They cannot.
    fn reserve_expiries(&mut self, count: usize) -> Result<(), Error>;

    /// Gives an element that exists an expiry, or none.
    fn set_expiry(&mut self, name: &'a [u8], expires_at: Option<i64>);

    /// Removes an element. False if there was none.
    fn remove(&mut self, name: &'a [u8]) -> bool;

    /// What is to be told.
    fn into_aftermath(self) -> Aftermath<'a>;
}

/// A family of collections.
pub(crate) trait Elements {
    /// Which one.
    const FAMILY: Family;

    /// A collection of the family, for changing it.
    type Mut<'e, 'a>: ElementsMut<'e, 'a>;

    /// An entry with an empty collection.
    fn new_entry(key: &[u8], stamp: Stamp) -> Entry;

    /// When an element of the collection in an entry expires.
    ///
    /// # Errors
    /// The entry holds something else.
    fn expiry(entry: &Entry, env: Env<'_>, name: &[u8]) -> Result<Expiry, Error>;
}

/// What becomes of a key that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing.
    Leave,
    /// It becomes a collection, unless that would be empty.
    Create,
}

/// What was done to a collection.
pub(crate) struct Change<R> {
    /// What the body gave.
    pub(crate) result: R,
    /// True if nothing was left, so that there is no key any more.
    pub(crate) emptied: bool,
}

impl<R> Change<R> {
    /// Announces that the key is gone, if it is. To be called after everything else was noted.
    #[inline]
    pub(crate) fn note_emptied(&self, ctx: &mut Ctx, argument: usize) {
        if self.emptied {
            ctx.note(argument, &generic::DEL);
        }
    }
}

/// Runs `body` on the collection that argument `argument` names, for changing it. Gives `None` if
/// there is none and none is to be created. The caller then notes what happened, but for elements
/// that went because their time was up.
///
/// # Errors
/// The key holds something else, or those of `body`, which must not have changed anything then.
#[inline]
pub(crate) fn change<'a, F: Elements, R>(
    ctx: &mut Ctx<'a, '_>,
    (argument, missing): (usize, Missing),
    body: impl FnOnce(&mut F::Mut<'_, 'a>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<Option<Change<R>>, Error> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let Some(mut slot) = ctx.db.used(key) else {
        return match missing {
            Missing::Leave => Ok(None),
            Missing::Create => create::<F, R>(ctx, argument, body).map(Some),
        };
    };
    let mut entry = slot.get_mut();
    let mut elements = F::Mut::of(&mut entry, env)?;
    let result = body(&mut elements, &mut ctx.reply)?;
    let emptied = elements.is_empty();
    let Aftermath { deadline, expired, lost } = elements.into_aftermath();
    drop(entry);
    slot.lower_deadline(deadline);
    if deadline != NO_DEADLINE && F::FAMILY == Family::Hash {
        ctx.db.keyspace().note_field_expiry();
    }
    if !expired.is_empty() || !lost.is_empty() {
        note_lost(ctx, (F::FAMILY, argument), &expired, lost);
    }
    if emptied {
        ctx.db.remove(key);
    }
    Ok(Some(Change { result, emptied }))
}

#[inline]
fn create<'a, F: Elements, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(&mut F::Mut<'_, 'a>, &mut Reply<'a>) -> Result<R, Error>,
) -> Result<Change<R>, Error> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let mut entry = F::new_entry(key.bytes, ctx.db.fresh_stamp());
    let mut elements = F::Mut::of(&mut entry, env)?;
    let result = body(&mut elements, &mut ctx.reply)?;
    let emptied = elements.is_empty();
    // What is new has not expired, and its deadline is the entry's.
    drop(elements.into_aftermath());
    if !emptied {
        ctx.db.put(key, entry);
    }
    Ok(Change { result, emptied })
}

#[cold]
fn note_lost(
    ctx: &mut Ctx,
    (family, argument): (Family, usize),
    expired: &[&[u8]],
    mut lost: Vec<Vec<u8>>,
) {
    let place = (ctx.db.number, ctx.arg(argument));
    lost.extend(expired.iter().map(|name| name.to_vec()));
    ctx.db.tools.removals.note_lost(family, place, lost);
}

/// Removes those of the named elements of the collection that argument 1 names whose time is up,
/// if they may be removed now. For a read that has seen that there may be some.
///
/// # Errors
/// The key holds something else.
#[cold]
pub(crate) fn lose<'a, F: Elements>(
    ctx: &mut Ctx<'a, '_>,
    names: Request<'a>,
) -> Result<(), Error> {
    let key = ctx.key(1);
    if !ctx.db.may_lose_elements(key) {
        return Ok(());
    }
    let done = change::<F, _>(ctx, (1, Missing::Leave), |elements, _| {
        for name in names.iter() {
            elements.expiry(name);
        }
        Ok(())
    })?;
    if let Some(done) = done {
        done.note_emptied(ctx, 1);
    }
    Ok(())
}

/// How many elements whose time is up a command removes before it answers `Outcome::Long` instead.
pub(crate) fn write_budget(ctx: &Ctx) -> usize {
    if ctx.may_defer { LONG_MIN } else { usize::MAX }
}

/// Removes the expired elements of the collections that the arguments `keys` name, for a command
/// that stores what it makes of them: a replayer, which lets nothing expire, has to find the same.
/// `Outcome::Long` if that takes long; else `Outcome::Done`.
pub(crate) fn settle_sources(ctx: &mut Ctx, keys: Range<usize>) -> Outcome {
    let budget = write_budget(ctx);
    for argument in keys {
        let key = ctx.key(argument);
        if ctx.db.settle(key, budget) == Settled::Partly && ctx.may_defer {
            return Outcome::Long;
        }
    }
    Outcome::Done
}

/// Notes an event of a key that stands for `changes` changes.
#[inline]
pub(crate) fn note(ctx: &mut Ctx, argument: usize, event: &'static Event, changes: usize) {
    ctx.effects.changes += changes as u64;
    ctx.note(argument, event);
}

/// Logs a request that ends in names of elements.
#[cold]
pub(crate) fn log_with(ctx: &mut Ctx, words: &[&[u8]], names: &[&[u8]]) {
    let words: SmallVec<[&[u8]; 16]> = words.iter().chain(names).copied().collect();
    ctx.effects.log(&words);
}

#[cfg(test)]
mod tests;
