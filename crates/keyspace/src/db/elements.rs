//! Elements of collections as they go by themselves: fields of hashes, members of sets and of
//! sorted sets.
//!
//! Whoever meets an element whose time is up treats it as absent. Many remove it too; what the
//! sweep, or nobody, has come to yet is counted by the collection's length and nothing else.
//!
//! Must be true
//! 1. An element goes with a note in [`Removals`](super::Removals), as a key does. The note comes
//!    before what the command does then, so that the log can be replayed by a server whose clock
//!    lets nothing go.
//! 2. While nothing may change ([`Overdue::Stays`]), or a snapshot still needs what the key holds,
//!    nothing is removed; the caller passes over what is due.
//!
//! Not here: the sweep (the engine's), commands' own removal of what they name.

use super::{Cause, Db, Key, Overdue, find, take_out};
use crate::value::{Object, sweep_elements};

/// What is left of a collection's elements whose time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what is left must be passed over"]
pub enum Settled {
    /// Nothing.
    All,
    /// Some may be left.
    Partly,
}

impl Db<'_, '_> {
    /// Removes the elements of the key's collection whose time is up, about `budget` of them at
    /// most, and the key if none is left. O(1) if nothing can have expired.
    #[inline]
    pub fn settle(&mut self, key: Key<'_>, budget: usize) -> Settled {
        let now_ms = self.moment.now_ms;
        let may_have = |object: &Object| object.may_have_expired(now_ms);
        let slot = find(self.held, self.number, key);
        if !slot.is_some_and(|slot| slot.get().object().is_some_and(may_have)) {
            return Settled::All;
        }
        self.settle_due(key, budget)
    }

    /// Whether elements of the key's collection may be removed now because their time is up.
    pub fn may_lose_elements(&mut self, key: Key<'_>) -> bool {
        if self.tools.overdue == Overdue::Stays {
            return false;
        }
        match self.keyspace().snapshot() {
            Some(snapshot) => snapshot.preserve(self.held, self.number, key).is_ok(),
            None => true,
        }
    }

    #[cold]
    fn settle_due(&mut self, key: Key<'_>, budget: usize) -> Settled {
        if !self.may_lose_elements(key) {
            return Settled::Partly;
        }
        let (keyspace, number, now_ms) = (self.keyspace(), self.number, self.moment.now_ms);
        let Some(mut slot) = find(self.held, number, key) else { return Settled::All };
        let Some(family) = slot.get().object().and_then(Object::family) else {
            return Settled::All;
        };
        let (tools, mut names) = (&mut *self.tools, Vec::new());
        let limits = (now_ms, budget);
        let swept = sweep_elements(&mut slot.get_mut(), keyspace.hasher(), limits, |element| {
            names.push(element.key().to_vec());
            tools.discard(element);
        });
        if !names.is_empty() {
            tools.removals.note_lost(family, (number, key.bytes), names);
        }
        if swept.empty {
            let entry = take_out(slot, keyspace, number, key, tools);
            tools.removals.note(Cause::Emptied, number, key.bytes);
            tools.part_with(keyspace, number, key.hash, entry);
        }
        if swept.done { Settled::All } else { Settled::Partly }
    }
}
