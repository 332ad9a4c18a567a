//! How many keys of each database have an expiry.
//!
//! ```text
//!   lines:  [ stripe 0: databases 0..16 | stripe 1: databases 0..16 | ... ]
//! ```
//!
//! A counter for each stripe and database, a stripe's counters in a cache line of their own. Only who
//! holds the stripe changes them, so a change is a plain load and store that no other worker's
//! change can meet; keys without expiry never come here. Who wants the number adds up all
//! stripes.
//!
//! Not here: when a key's time is up (`deadline`), fields of hashes with an expiry of their own.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::entry::Entry;

/// Counters in a cache line.
const LINE: usize = 16;

#[repr(align(64))]
#[derive(Default)]
struct Line([AtomicU32; LINE]);

/// What a change did to the number of keys with an expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the keyspace counts the keys that have an expiry: hand it to Db::count_timed"]
pub struct TimedChange(i8);

impl TimedChange {
    /// From a key that had an expiry, or had none, to one that has or has not.
    #[inline(always)]
    pub fn between(before: bool, after: bool) -> Self {
        Self(after as i8 - before as i8)
    }

    /// A key that was not there before.
    #[inline(always)]
    pub(crate) fn arrival(entry: &Entry) -> Self {
        Self::between(false, entry.expires_at().is_some())
    }

    /// A key that is gone.
    #[inline(always)]
    pub(crate) fn departure(entry: &Entry) -> Self {
        Self::between(entry.expires_at().is_some(), false)
    }
}

/// The counters.
pub(crate) struct TimedCounts {
    lines: Box<[Line]>,
    lines_per_stripe: usize,
}

impl TimedCounts {
    pub(crate) fn new(databases: usize, stripes: usize) -> Self {
        let lines_per_stripe = databases.div_ceil(LINE).max(1);
        let lines = (0..stripes * lines_per_stripe).map(|_| Line::default()).collect();
        Self { lines, lines_per_stripe }
    }

    fn counter(&self, database: usize, stripe: usize) -> &AtomicU32 {
        &self.lines[stripe * self.lines_per_stripe + database / LINE].0[database % LINE]
    }

    /// Counts a change in a stripe that the caller holds.
    #[inline(always)]
    pub(crate) fn note(&self, database: usize, stripe: usize, change: TimedChange) {
        if change.0 != 0 {
            let counter = self.counter(database, stripe);
            counter.store(counter.load(Relaxed).wrapping_add_signed(change.0.into()), Relaxed);
        }
    }

    /// Keys with an expiry in a database; others may be changing it meanwhile.
    pub(crate) fn total(&self, database: usize) -> usize {
        let stripes = self.lines.len() / self.lines_per_stripe;
        (0..stripes).map(|stripe| self.counter(database, stripe).load(Relaxed) as usize).sum()
    }

    /// Exchanges two databases. The caller is alone.
    pub(crate) fn swap(&self, one: usize, other: usize) {
        for stripe in 0..self.lines.len() / self.lines_per_stripe {
            let (one, other) = (self.counter(one, stripe), self.counter(other, stripe));
            let count = one.load(Relaxed);
            one.store(other.load(Relaxed), Relaxed);
            other.store(count, Relaxed);
        }
    }

    /// The database is empty. The caller is alone.
    pub(crate) fn clear(&self, database: usize) {
        for stripe in 0..self.lines.len() / self.lines_per_stripe {
            self.counter(database, stripe).store(0, Relaxed);
        }
    }
}
