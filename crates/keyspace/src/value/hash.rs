//! A big hash: one entry a field, in the table that also holds the keyspace.
//!
//! A field's entry has the field as key, the field's value as payload and may have an expiry of its
//! own; the table's deadlines lead the sweep to the fields that are due.
//!
//! Must be true
//! 1. `expiring` counts the fields that have an expiry, due or not.
//! 2. Nothing here looks at the clock: a field that is due stays until it is swept or removed, and
//!    callers treat it as absent.
//!
//! Not here: small hashes, which are packed pairs in the key's entry; when a hash becomes a table.

use base::hash::KeyHasher;
use structures::table::{Lent, NO_DEADLINE, Retired, Slot, Table, Verdict};

use crate::deadline::{deadline_of, deadline_of_entry, deadlines_come};
use crate::entry::{Entry, Payload, Stamp};
use crate::value::{Object, estimated_bytes};

/// Fields and values in no particular order.
#[derive(Default)]
pub struct HashTable {
    fields: Table<Entry>,
    /// Fields that have an expiry: while it is 0 nothing looks for them.
    expiring: usize,
    size: Size,
}

/// Why a hash is a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// It is, or once was, too big to be packed.
    #[default]
    Big,
    /// It got an expiring field while it was small enough to be packed, and still is.
    Small,
}

/// What a field was before a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It did not exist.
    Absent,
    /// It had no expiry.
    Lasting,
    /// It had this expiry, in unix ms.
    Expiring(i64),
}

/// What becomes of a field's expiry when its value is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldExpiry {
    /// It goes.
    None,
    /// It stays as it is.
    Keep,
    /// It becomes this, in unix ms.
    At(i64),
}

impl From<Option<i64>> for FieldExpiry {
    fn from(expires_at: Option<i64>) -> Self {
        expires_at.map_or(Self::None, Self::At)
    }
}

impl HashTable {
    /// A table for a hash of this size.
    pub fn new(size: Size) -> Self {
        Self { size, ..Self::default() }
    }

    /// Why the hash is a table.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Notes that the hash outgrew the packed form.
    pub fn outgrow(&mut self) {
        self.size = Size::Big;
    }

    /// Number of fields, those included that expired and were not yet removed.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True when there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Number of fields with an expiry.
    pub fn expiring(&self) -> usize {
        self.expiring
    }

    /// False only if no field can have expired by `now_ms`; O(1).
    #[inline]
    pub fn may_have_expired(&self, now_ms: i64) -> bool {
        self.expiring > 0 && self.least_deadline() <= deadline_of(now_ms)
    }

    /// See [`Object::prefetch`].
    pub(super) fn prefetch(&self, hashes: &[u64]) {
        self.fields.prefetch(hashes);
    }

    /// The entry of `field`.
    #[inline]
    pub fn get(&self, hasher: &KeyHasher, field: &[u8]) -> Option<Lent<'_, Entry>> {
        self.fields.find(hasher.hash(field), |e| e.has_key(field))
    }

    /// Sets `field`. One look-up, and no allocation if there is a value whose block fits.
    #[inline]
    pub fn set(
        &mut self,
        hasher: &KeyHasher,
        field: &[u8],
        payload: Payload<'_>,
        expiry: impl Into<FieldExpiry>,
    ) -> Before {
        let expiry = expiry.into();
        let position = hasher.hash(field);
        let mut view = self.fields.view();
        if let Some(mut slot) = view.slot(position, |e| e.has_key(field)) {
            let before = before(&slot.get());
            let lasting = before == Before::Lasting && !matches!(expiry, FieldExpiry::At(_));
            if lasting && slot.get_mut().overwrite(payload, None, Stamp::default()) {
                return before;
            }
            slot.get_mut().set_payload(payload);
            let expires_at = match expiry {
                FieldExpiry::Keep => return before,
                FieldExpiry::None => None,
                FieldExpiry::At(at) => Some(at),
            };
            if expires_at.is_some() || before != Before::Lasting {
                let now = give_expiry(&mut slot, expires_at);
                self.expiring = self.expiring + now - usize::from(before != Before::Lasting);
            }
            return before;
        }
        let expires_at = match expiry {
            FieldExpiry::At(at) => Some(at),
            FieldExpiry::None | FieldExpiry::Keep => None,
        };
        let entry = Entry::new(field, payload, expires_at, Stamp::default());
        let deadline = expires_at.map_or(NO_DEADLINE, deadline_of);
        let mut retired = Retired::default();
        view.insert(position, entry, deadline, &|e: &Entry| hasher.hash(e.key()), &mut retired);
        retired.free_now();
        self.expiring += usize::from(expires_at.is_some());
        Before::Absent
    }

    /// The place of `field`, for changing its value in place (not its expiry).
    pub fn slot(&mut self, hasher: &KeyHasher, field: &[u8]) -> Option<Slot<'_, Entry>> {
        self.fields.slot(hasher.hash(field), |e| e.has_key(field))
    }

    /// What `field` is.
    pub fn look(&self, hasher: &KeyHasher, field: &[u8]) -> Before {
        self.get(hasher, field).map_or(Before::Absent, |entry| before(&entry))
    }

    /// Gives `field`, if it exists, another expiry or none.
    pub fn set_expiry(
        &mut self,
        hasher: &KeyHasher,
        field: &[u8],
        expires_at: Option<i64>,
    ) -> Before {
        let Some(mut slot) = self.slot(hasher, field) else { return Before::Absent };
        let before = before(&slot.get());
        let now = give_expiry(&mut slot, expires_at);
        self.expiring = self.expiring + now - usize::from(before != Before::Lasting);
        before
    }

    /// Removes `field` and gives its entry.
    pub fn remove(&mut self, hasher: &KeyHasher, field: &[u8]) -> Option<Entry> {
        let mut retired = Retired::default();
        let place_of = |e: &Entry| hasher.hash(e.key());
        let same = |e: &Entry| e.has_key(field);
        let removed =
            self.fields.view().remove(hasher.hash(field), same, &place_of, &mut retired)?;
        retired.free_now();
        self.expiring -= usize::from(removed.expires_at().is_some());
        Some(removed)
    }

    /// Removes fields whose expiry is at most `now_ms`, at most about `budget` of them, handing
    /// each to `removed`. True if none is left whose deadline has come.
    pub fn sweep(&mut self, now_ms: i64, budget: usize, mut removed: impl FnMut(Entry)) -> bool {
        let mut gone = 0;
        let verdict = |e: &mut Entry| match e.expires_at() {
            Some(at) if at <= now_ms => Verdict::Remove,
            Some(at) => Verdict::Keep(deadline_of(at)),
            None => Verdict::Keep(NO_DEADLINE),
        };
        let done = self.fields.view().sweep(deadlines_come(now_ms), budget, verdict, |entry| {
            gone += 1;
            removed(entry);
        });
        self.expiring -= gone;
        done
    }

    /// The least deadline of any field, or earlier (see `deadline`).
    #[inline]
    pub fn least_deadline(&self) -> u32 {
        if self.expiring == 0 { NO_DEADLINE } else { self.fields.least_deadline() }
    }

    /// Visits about `count` fields from cursor position `from` on; see the table's scan.
    pub fn scan(&self, from: u64, count: usize, visit: impl FnMut(&Entry)) -> Option<u64> {
        self.fields.scan(from, count, visit)
    }

    /// Visits every field.
    pub fn for_each(&self, visit: impl FnMut(&Entry)) {
        self.fields.for_each(visit);
    }

    /// A random field.
    pub fn random(&self, random: &mut fastrand::Rng) -> Option<Lent<'_, Entry>> {
        self.fields.random(random)
    }

    /// Bytes of table and entries, the latter estimated from a sample.
    pub fn heap_bytes(&self) -> usize {
        estimated_bytes(&self.fields)
    }
}

fn before(entry: &Entry) -> Before {
    entry.expires_at().map_or(Before::Lasting, Before::Expiring)
}

/// Gives a field an expiry or none; how many fields with an expiry that makes: 1 or 0.
fn give_expiry(slot: &mut Slot<'_, Entry>, expires_at: Option<i64>) -> usize {
    slot.get_mut().set_expires_at(expires_at);
    slot.lower_deadline(expires_at.map_or(NO_DEADLINE, deadline_of));
    usize::from(expires_at.is_some())
}

/// What a sweep of a key's fields left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Fields removed.
    pub removed: usize,
    /// True if no field is left, so that the key must go.
    pub empty: bool,
    /// When something of the entry is due next, for the key's table: the key itself or one of its
    /// fields. Has already come if the budget did not suffice.
    pub deadline: u32,
}

/// Removes the fields of a key's hash whose expiry is at most `now_ms`, about `budget` of them at
/// most, handing each one's entry to `removed`. Does nothing to entries that are no big hash.
pub fn sweep_fields(
    entry: &mut Entry,
    now_ms: i64,
    budget: usize,
    mut removed: impl FnMut(Entry),
) -> Swept {
    let mut count = 0;
    let mut empty = false;
    if let Some(Object::Hash(hash)) = entry.object_mut()
        && hash.expiring() > 0
    {
        hash.sweep(now_ms, budget, |field| {
            count += 1;
            removed(field);
        });
        empty = hash.is_empty();
    }
    Swept { removed: count, empty, deadline: deadline_of_entry(entry) }
}

#[cfg(test)]
mod tests;
