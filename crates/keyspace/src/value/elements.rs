//! A big hash: one entry a field, in the table that also holds the keyspace.
//!
//! An entry has the field as key and its value as payload. It may have an expiry of its own; the
//! table's deadlines lead the sweep to what is due, here as in sets (`set.rs`), in sorted sets
//! (`sorted_set.rs`) and among keys.
//!
//! Must be true
//! 1. `expiries` knows of every element's expiry.
//! 2. Nothing here looks at the clock: an element that is due stays until it is swept or removed,
//!    and callers treat it as absent.
//!
//! Not here: small hashes, which are packed in the key's entry; when one becomes a table.

use base::hash::KeyHasher;
use structures::table::{Lent, NO_DEADLINE, Retired, Slot, Table};

use super::expiries::{Due, Expiries};
use crate::deadline::{deadline_of, deadline_of_entry};
use crate::entry::{Entry, Payload, Stamp};
use crate::value::{Object, estimated_bytes};

/// Fields with their values, in no particular order.
#[derive(Default)]
pub struct ElementTable {
    elements: Table<Entry>,
    expiries: Expiries,
    size: Size,
}

/// Why a collection is a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// It is, or once was, too big to be packed.
    #[default]
    Big,
    /// It got an expiring element while it was small enough to be packed, and still is.
    Small,
}

/// What an element was before a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It did not exist.
    Absent,
    /// It had no expiry.
    Lasting,
    /// It had this expiry, in unix ms.
    Expiring(i64),
}

/// What becomes of an element's expiry when it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementExpiry {
    /// It goes.
    None,
    /// It stays as it is.
    Keep,
    /// It becomes this, in unix ms.
    At(i64),
}

impl From<Option<i64>> for ElementExpiry {
    fn from(expires_at: Option<i64>) -> Self {
        expires_at.map_or(Self::None, Self::At)
    }
}

impl ElementTable {
    /// A table for a collection of this size.
    pub fn new(size: Size) -> Self {
        Self { size, ..Self::default() }
    }

    /// Why the collection is a table.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Notes that the collection outgrew the packed form.
    pub fn outgrow(&mut self) {
        self.size = Size::Big;
    }

    /// Number of elements, those included that expired and were not yet removed.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// True when there is no element.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Number of elements with an expiry.
    pub fn expiring(&self) -> usize {
        self.expiries.count()
    }

    /// False only if no element can have expired by `now_ms`; O(1).
    #[inline]
    pub fn may_have_expired(&self, now_ms: i64) -> bool {
        self.expiries.may_have_come(now_ms)
    }

    /// See [`Object::prefetch`].
    pub(super) fn prefetch(&self, hashes: &[u64]) {
        self.elements.prefetch(hashes);
    }

    /// The entry of `name`.
    #[inline]
    pub fn get(&self, hasher: &KeyHasher, name: &[u8]) -> Option<Lent<'_, Entry>> {
        self.elements.find(hasher.hash(name), |e| e.has_key(name))
    }

    /// Sets the element `name`. One look-up, and no allocation if there is a value whose block
    /// fits.
    #[inline]
    pub fn set(
        &mut self,
        hasher: &KeyHasher,
        name: &[u8],
        payload: Payload<'_>,
        expiry: impl Into<ElementExpiry>,
    ) -> Before {
        let expiry = expiry.into();
        let position = hasher.hash(name);
        let mut view = self.elements.view();
        if let Some(mut slot) = view.slot(position, |e| e.has_key(name)) {
            let before = before(&slot.get());
            let lasting = before == Before::Lasting && !matches!(expiry, ElementExpiry::At(_));
            if lasting && slot.get_mut().overwrite(payload, None, Stamp::default()) {
                return before;
            }
            slot.get_mut().set_payload(payload);
            let expires_at = match expiry {
                ElementExpiry::Keep => return before,
                ElementExpiry::None => None,
                ElementExpiry::At(at) => Some(at),
            };
            let had = before != Before::Lasting;
            if had || expires_at.is_some() {
                give_expiry(&mut slot, expires_at);
                self.expiries.change(had, expires_at);
            }
            return before;
        }
        let expires_at = match expiry {
            ElementExpiry::At(at) => Some(at),
            ElementExpiry::None | ElementExpiry::Keep => None,
        };
        let entry = Entry::new(name, payload, expires_at, Stamp::default());
        let deadline = expires_at.map_or(NO_DEADLINE, deadline_of);
        let mut retired = Retired::default();
        view.insert(position, entry, deadline, &|e: &Entry| hasher.hash(e.key()), &mut retired);
        retired.free_now();
        self.expiries.change(false, expires_at);
        Before::Absent
    }

    /// The place of `name`, for changing its value in place (not its expiry).
    pub fn slot(&mut self, hasher: &KeyHasher, name: &[u8]) -> Option<Slot<'_, Entry>> {
        self.elements.slot(hasher.hash(name), |e| e.has_key(name))
    }

    /// What `name` is.
    pub fn look(&self, hasher: &KeyHasher, name: &[u8]) -> Before {
        self.get(hasher, name).map_or(Before::Absent, |entry| before(&entry))
    }

    /// Gives `name`, if it exists, another expiry or none.
    pub fn set_expiry(
        &mut self,
        hasher: &KeyHasher,
        name: &[u8],
        expires_at: Option<i64>,
    ) -> Before {
        let Some(mut slot) = self.slot(hasher, name) else { return Before::Absent };
        let before = before(&slot.get());
        give_expiry(&mut slot, expires_at);
        self.expiries.change(before != Before::Lasting, expires_at);
        before
    }

    /// Removes `name` and gives its entry.
    pub fn remove(&mut self, hasher: &KeyHasher, name: &[u8]) -> Option<Entry> {
        let mut retired = Retired::default();
        let place_of = |e: &Entry| hasher.hash(e.key());
        let same = |e: &Entry| e.has_key(name);
        let removed =
            self.elements.view().remove(hasher.hash(name), same, &place_of, &mut retired)?;
        retired.free_now();
        self.expiries.change(removed.expires_at().is_some(), None);
        Some(removed)
    }

    /// Removes elements whose expiry is at most `now_ms`, at most about `budget` of them, handing
    /// each to `removed`. True if none is left.
    pub fn sweep(&mut self, now_ms: i64, budget: usize, removed: impl FnMut(Entry)) -> bool {
        let mut due = Due::by(now_ms);
        let verdict = |e: &mut Entry| due.verdict(e.expires_at());
        let bound = deadline_of(now_ms);
        let done = self.elements.view().sweep(bound, budget, verdict, removed);
        self.expiries.settle(&due, done);
        done
    }

    /// The least deadline of any element, or earlier (see `deadline`).
    #[inline]
    pub fn least_deadline(&self) -> u32 {
        self.expiries.least_deadline(|| self.elements.least_deadline())
    }

    /// Visits about `count` elements from cursor position `from` on; see the table's scan.
    pub fn scan(&self, from: u64, count: usize, visit: impl FnMut(&Entry)) -> Option<u64> {
        self.elements.scan(from, count, visit)
    }

    /// Visits every element.
    pub fn for_each(&self, visit: impl FnMut(&Entry)) {
        self.elements.for_each(visit);
    }

    /// A random element.
    pub fn random(&self, random: &mut fastrand::Rng) -> Option<Lent<'_, Entry>> {
        self.elements.random(random)
    }

    /// Bytes of table and entries, the latter estimated from a sample.
    pub fn heap_bytes(&self) -> usize {
        estimated_bytes(&self.elements)
    }
}

fn before(entry: &Entry) -> Before {
    entry.expires_at().map_or(Before::Lasting, Before::Expiring)
}

/// Gives an element an expiry or none.
fn give_expiry(slot: &mut Slot<'_, Entry>, expires_at: Option<i64>) {
    slot.get_mut().set_expires_at(expires_at);
    slot.lower_deadline(expires_at.map_or(NO_DEADLINE, deadline_of));
}

/// What a sweep of a key's elements left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Elements removed.
    pub removed: usize,
    /// True if no element is left whose time is up.
    pub done: bool,
    /// True if no element is left at all, so that the key must go.
    pub empty: bool,
    /// When something of the entry is due next, for the key's table: the key itself or one of its
    /// elements. Has already come if the budget did not suffice.
    pub deadline: u32,
}

/// Removes the elements of a key's collection whose expiry is at most `now_ms`, about `budget` of
/// them at most, handing each one's entry to `removed`; a member of a sorted set comes as an entry
/// made for it. Does nothing to entries that are no big collection.
pub fn sweep_elements(
    entry: &mut Entry,
    hasher: &KeyHasher,
    (now_ms, budget): (i64, usize),
    mut removed: impl FnMut(Entry),
) -> Swept {
    let (mut count, mut done, mut empty) = (0, true, false);
    if let Some(object) = entry.object_mut()
        && object.expiring() > 0
    {
        let mut removed = |element| {
            count += 1;
            removed(element);
        };
        done = match object {
            Object::Hash(table) => table.sweep(now_ms, budget, &mut removed),
            Object::Set(set) => set.sweep(now_ms, budget, &mut removed),
            Object::SortedSet(sorted) => sorted.sweep(hasher, (now_ms, budget), |member| {
                removed(Entry::new(member, Payload::Text(b""), None, Stamp::default()));
            }),
            Object::List(_) | Object::Stream(_) => true,
        };
        empty = object.is_empty();
    }
    Swept { removed: count, done, empty, deadline: deadline_of_entry(entry) }
}

#[cfg(test)]
mod tests;
