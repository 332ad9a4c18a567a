//! A big hash: one entry a field, in the table that also holds the keyspace.
//!
//! An entry has the field as key and its value as payload. It may have an expiry of its own; the
//! table's deadlines lead the sweep to what is due, here as in sets (`set.rs`), in sorted sets
//! (`sorted_set.rs`) and among keys.
//!
//! Must be true
//! 1. `expiring` counts the elements that have an expiry, due or not.
//! 2. Nothing here looks at the clock: an element that is due stays until it is swept or removed,
//!    and callers treat it as absent.
//!
//! Not here: small hashes, which are packed in the key's entry; when one becomes a table.

use base::hash::KeyHasher;
use structures::table::{Lent, NO_DEADLINE, Retired, Slot, Table, Verdict};

use crate::deadline::{comes_at, deadline_of, deadline_of_entry};
use crate::entry::{Entry, Payload, Stamp};
use crate::value::{Object, estimated_bytes};

/// Fields with their values, in no particular order.
#[derive(Default)]
pub struct ElementTable {
    elements: Table<Entry>,
    /// Elements that have an expiry: while it is 0 nothing looks for them. Four bytes, since so
    /// many entries would take 100 GB, and one word less in every collection.
    expiring: u32,
    size: Size,
    first: FirstExpiry,
}

/// When the first element of a collection expires, or earlier, in unix ms; means something only
/// while an element has an expiry. Deadlines alone would say of a quarter of a second that
/// something may have expired, in which everything that expires about then would be looked at again
/// and again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FirstExpiry(i64);

impl FirstExpiry {
    /// Notes an element's expiry; `expiring` elements had one before.
    #[inline]
    pub(super) fn lower(&mut self, expires_at: i64, expiring: usize) {
        self.0 = if expiring == 0 { expires_at } else { self.0.min(expires_at) };
    }

    /// Whether something may have expired by `now_ms`.
    #[inline]
    pub(super) fn has_come(self, now_ms: i64) -> bool {
        self.0 <= now_ms
    }

    /// Notes that nothing is left that expired by `now_ms`, and the first of what was looked at and
    /// stays.
    pub(super) fn raise(&mut self, now_ms: i64, first_kept: i64) {
        // What was not looked at has a later deadline.
        self.0 = first_kept.min(comes_at(deadline_of(now_ms)) + 1);
    }
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
        self.expiring as usize
    }

    /// False only if no element can have expired by `now_ms`; O(1).
    #[inline]
    pub fn may_have_expired(&self, now_ms: i64) -> bool {
        self.expiring > 0 && self.first.has_come(now_ms)
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
            if let Some(at) = expires_at {
                self.first.lower(at, self.expiring as usize);
            }
            if expires_at.is_some() || before != Before::Lasting {
                let now = give_expiry(&mut slot, expires_at);
                self.expiring = self.expiring + now - u32::from(before != Before::Lasting);
            }
            return before;
        }
        let expires_at = match expiry {
            ElementExpiry::At(at) => Some(at),
            ElementExpiry::None | ElementExpiry::Keep => None,
        };
        if let Some(at) = expires_at {
            self.first.lower(at, self.expiring as usize);
        }
        let entry = Entry::new(name, payload, expires_at, Stamp::default());
        let deadline = expires_at.map_or(NO_DEADLINE, deadline_of);
        let mut retired = Retired::default();
        view.insert(position, entry, deadline, &|e: &Entry| hasher.hash(e.key()), &mut retired);
        retired.free_now();
        self.expiring += u32::from(expires_at.is_some());
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
        let expiring = self.expiring as usize;
        let Some(mut slot) = self.slot(hasher, name) else { return Before::Absent };
        let before = before(&slot.get());
        let now = give_expiry(&mut slot, expires_at);
        self.expiring = self.expiring + now - u32::from(before != Before::Lasting);
        if let Some(at) = expires_at {
            self.first.lower(at, expiring);
        }
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
        self.expiring -= u32::from(removed.expires_at().is_some());
        Some(removed)
    }

    /// Removes elements whose expiry is at most `now_ms`, at most about `budget` of them, handing
    /// each to `removed`. True if none is left.
    pub fn sweep(&mut self, now_ms: i64, budget: usize, mut removed: impl FnMut(Entry)) -> bool {
        let (mut gone, mut first_kept) = (0, i64::MAX);
        let verdict = |e: &mut Entry| match e.expires_at() {
            Some(at) if at <= now_ms => Verdict::Remove,
            Some(at) => {
                first_kept = first_kept.min(at);
                Verdict::Keep(deadline_of(at))
            }
            None => Verdict::Keep(NO_DEADLINE),
        };
        let bound = deadline_of(now_ms);
        let done = self.elements.view().sweep(bound, budget, verdict, |entry| {
            gone += 1;
            removed(entry);
        });
        self.expiring -= gone;
        if done {
            self.first.raise(now_ms, first_kept);
        }
        done
    }

    /// The least deadline of any element, or earlier (see `deadline`).
    #[inline]
    pub fn least_deadline(&self) -> u32 {
        if self.expiring == 0 { NO_DEADLINE } else { self.elements.least_deadline() }
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

/// Gives an element an expiry or none; how many elements with an expiry that makes: 1 or 0.
fn give_expiry(slot: &mut Slot<'_, Entry>, expires_at: Option<i64>) -> u32 {
    slot.get_mut().set_expires_at(expires_at);
    slot.lower_deadline(expires_at.map_or(NO_DEADLINE, deadline_of));
    u32::from(expires_at.is_some())
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
