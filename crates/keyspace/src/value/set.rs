//! A big set: a table of entries that have a member as key and no value.
//!
//! The entries are those of hashes, so that members could have an expiry of their own as fields
//! have.
//! Not here: small sets, which are integers or packed members in the key's entry; when a set
//! becomes a table.

use base::hash::KeyHasher;
use fastrand::Rng;
use structures::table::{NO_DEADLINE, Retired, Table};

use super::estimated_bytes;
use crate::entry::{Entry, Payload, Stamp};

/// Members in no particular order.
#[derive(Default)]
pub struct SetTable {
    members: Table<Entry>,
}

impl SetTable {
    /// Number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// See [`Object::prefetch`](super::Object::prefetch).
    pub(super) fn prefetch(&self, hashes: &[u64]) {
        self.members.prefetch(hashes);
    }

    /// True if `member` is there.
    #[inline]
    pub fn contains(&self, hasher: &KeyHasher, member: &[u8]) -> bool {
        self.members.find(hasher.hash(member), |entry| entry.has_key(member)).is_some()
    }

    /// Adds `member`. False if it is there.
    #[inline]
    pub fn add(&mut self, hasher: &KeyHasher, member: &[u8]) -> bool {
        let position = hasher.hash(member);
        let mut view = self.members.view();
        if view.find(position, |entry| entry.has_key(member)).is_some() {
            return false;
        }
        let entry = Entry::new(member, Payload::Text(b""), None, Stamp::default());
        let place_of = |entry: &Entry| hasher.hash(entry.key());
        let mut retired = Retired::default();
        view.insert(position, entry, NO_DEADLINE, &place_of, &mut retired);
        retired.free_now();
        true
    }

    /// Removes `member`. False if it was not there.
    pub fn remove(&mut self, hasher: &KeyHasher, member: &[u8]) -> bool {
        let place_of = |entry: &Entry| hasher.hash(entry.key());
        let same = |entry: &Entry| entry.key() == member;
        let mut retired = Retired::default();
        let position = hasher.hash(member);
        let removed = self.members.view().remove(position, same, &place_of, &mut retired);
        retired.free_now();
        removed.is_some()
    }

    /// Visits about `count` members from cursor position `from` on; see the table's scan.
    pub fn scan(&self, from: u64, count: usize, mut visit: impl FnMut(&[u8])) -> Option<u64> {
        self.members.scan(from, count, |entry| visit(entry.key()))
    }

    /// Visits every member.
    pub fn for_each(&self, mut visit: impl FnMut(&[u8])) {
        self.members.for_each(|entry| visit(entry.key()));
    }

    /// Visits a random member; does nothing if there is none.
    pub fn random(&self, random: &mut Rng, visit: impl FnOnce(&[u8])) {
        if let Some(entry) = self.members.random(random) {
            visit(entry.key());
        }
    }

    /// Bytes of table and entries, the latter estimated from a sample.
    pub fn heap_bytes(&self) -> usize {
        estimated_bytes(&self.members)
    }
}
