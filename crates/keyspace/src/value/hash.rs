//! A big hash: one entry a field, in the table that also holds the keyspace.
//!
//! A field's entry has the field as key, the field's value as payload and may have an expiry of its own;
//! the table's deadlines lead the sweep to the fields that are due.

use base::hash::KeyHasher;
use structures::table::{Lent, NO_DEADLINE, Retired, Slot, Table, Verdict};

use crate::deadline::{deadline_of, deadlines_come};
use crate::entry::{Entry, Payload, Stamp};

/// Elements looked at to estimate a collection's size.
const SAMPLE: usize = 64;

/// Fields and values in no particular order.
#[derive(Default)]
pub struct HashTable {
    fields: Table<Entry>,
    /// Fields that have an expiry: while it is 0 nothing looks for them.
    expiring: usize,
}

impl HashTable {
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

    /// The entry of `field`.
    #[inline]
    pub fn get(&self, hasher: &KeyHasher, field: &[u8]) -> Option<Lent<'_, Entry>> {
        self.fields.find(hasher.hash(field), |e| e.key() == field)
    }

    /// Sets `field`, dropping any expiry it had unless `expires_at` gives one. True if it is new.
    #[inline]
    pub fn set(
        &mut self,
        hasher: &KeyHasher,
        field: &[u8],
        payload: Payload<'_>,
        expires_at: Option<i64>,
    ) -> bool {
        let position = hasher.hash(field);
        let deadline = expires_at.map_or(NO_DEADLINE, deadline_of);
        let mut view = self.fields.view();
        if let Some(mut slot) = view.slot(position, |e| e.key() == field) {
            let had = slot.get().expires_at().is_some();
            let mut entry = slot.get_mut();
            entry.set_payload(payload);
            entry.set_expires_at(expires_at);
            drop(entry);
            slot.lower_deadline(deadline);
            self.expiring = self.expiring - usize::from(had) + usize::from(expires_at.is_some());
            return false;
        }
        let entry = Entry::new(field, payload, expires_at, Stamp::default());
        let mut retired = Retired::default();
        view.insert(position, entry, deadline, &|e: &Entry| hasher.hash(e.key()), &mut retired);
        retired.free_now();
        self.expiring += usize::from(expires_at.is_some());
        true
    }

    /// The place of `field`, for changing its value in place (not its expiry).
    pub fn slot(&mut self, hasher: &KeyHasher, field: &[u8]) -> Option<Slot<'_, Entry>> {
        // The view borrows the table for as long as the slot lives.
        self.fields.slot(hasher.hash(field), |e| e.key() == field)
    }

    /// Gives `field` another expiry, or none.
    pub fn set_expiry(
        &mut self,
        hasher: &KeyHasher,
        field: &[u8],
        expires_at: Option<i64>,
    ) -> bool {
        let Some(mut slot) = self.fields.slot(hasher.hash(field), |e| e.key() == field) else {
            return false;
        };
        let had = slot.get().expires_at().is_some();
        slot.get_mut().set_expires_at(expires_at);
        slot.lower_deadline(expires_at.map_or(NO_DEADLINE, deadline_of));
        self.expiring = self.expiring - usize::from(had) + usize::from(expires_at.is_some());
        true
    }

    /// Removes `field` and gives its entry.
    pub fn remove(&mut self, hasher: &KeyHasher, field: &[u8]) -> Option<Entry> {
        let mut retired = Retired::default();
        let place_of = |e: &Entry| hasher.hash(e.key());
        let same = |e: &Entry| e.key() == field;
        let removed =
            self.fields.view().remove(hasher.hash(field), same, &place_of, &mut retired)?;
        retired.free_now();
        self.expiring -= usize::from(removed.expires_at().is_some());
        Some(removed)
    }

    /// Removes fields whose expiry is at most `now_ms`, at most about `budget` of them, handing each
    /// to `removed`. True if none that is due is left.
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
    pub fn least_deadline(&mut self) -> u32 {
        self.fields.view().least_deadline()
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
        let (mut seen, mut bytes) = (0, 0);
        let mut cursor = Some(0);
        while let Some(from) = cursor.filter(|_| seen < SAMPLE) {
            cursor = self.fields.scan(from, SAMPLE, |e| {
                seen += 1;
                bytes += e.heap_bytes();
            });
        }
        self.fields.overhead() + if seen == 0 { 0 } else { bytes * self.len() / seen }
    }
}
