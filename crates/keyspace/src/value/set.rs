//! A big set: a table of entries that have a member as key and no value.
//!
//! It is a hash without values, so that members could have an expiry of their own as fields have.
//! Not here: small sets, which are integers or packed members in the key's entry; when a set
//! becomes a table.

use base::hash::KeyHasher;
use fastrand::Rng;

use crate::value::{HashTable, Size};

/// Members in no particular order.
pub struct SetTable(HashTable);

impl Default for SetTable {
    fn default() -> Self {
        Self(HashTable::new(Size::Big))
    }
}

impl SetTable {
    /// Number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if `member` is there.
    #[inline]
    pub fn contains(&self, hasher: &KeyHasher, member: &[u8]) -> bool {
        self.0.get(hasher, member).is_some()
    }

    /// Adds `member`. False if it is there.
    #[inline]
    pub fn add(&mut self, hasher: &KeyHasher, member: &[u8]) -> bool {
        self.0.add(hasher, member)
    }

    /// Removes `member`. False if it was not there.
    pub fn remove(&mut self, hasher: &KeyHasher, member: &[u8]) -> bool {
        self.0.remove(hasher, member).is_some()
    }

    /// Visits about `count` members from cursor position `from` on; see the table's scan.
    pub fn scan(&self, from: u64, count: usize, mut visit: impl FnMut(&[u8])) -> Option<u64> {
        self.0.scan(from, count, |entry| visit(entry.key()))
    }

    /// Visits every member.
    pub fn for_each(&self, mut visit: impl FnMut(&[u8])) {
        self.0.for_each(|entry| visit(entry.key()));
    }

    /// Visits a random member; does nothing if there is none.
    pub fn random(&self, random: &mut Rng, visit: impl FnOnce(&[u8])) {
        if let Some(entry) = self.0.random(random) {
            visit(entry.key());
        }
    }

    /// Bytes of table and entries, the latter estimated from a sample.
    pub fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }
}
