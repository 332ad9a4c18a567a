//! How many keys of each database have an expiry.
//!
//! ```text
//!   lines:  [ stripe 0: databases 0..16 | stripe 1: databases 0..16 | ... ]
//! ```
//!
//! A counter for each stripe and database, a stripe's counters in a cache line of their own. Only
//! who holds the stripe changes them, so a change is a plain load and store that no other worker's
//! change can meet; keys without expiry never come here. Who wants the number adds up all stripes.
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

    /// A database's counts, one for each stripe. The caller is alone.
    pub(crate) fn counts(&self, database: usize) -> Vec<u32> {
        let stripes = self.lines.len() / self.lines_per_stripe;
        (0..stripes).map(|stripe| self.counter(database, stripe).load(Relaxed)).collect()
    }

    /// The database has again what it had when these were its counts. The caller is alone.
    pub(crate) fn put_back(&self, database: usize, counts: &[u32]) {
        for (stripe, count) in counts.iter().enumerate() {
            self.counter(database, stripe).store(*count, Relaxed);
        }
    }

    /// The database is empty. The caller is alone.
    pub(crate) fn clear(&self, database: usize) {
        for stripe in 0..self.lines.len() / self.lines_per_stripe {
            self.counter(database, stripe).store(0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::hash::KeyHasher;
    use proptest::prelude::*;

    use crate::access::Held;
    use crate::db::{Db, Moment, Tools, Touch, set_slot_expiry};
    use crate::entry::{Payload, Stamp};
    use crate::keyspace::Keyspace;

    /// Two lines of counters.
    const DATABASES: usize = LINE + 2;

    #[derive(Clone, Debug)]
    enum Step {
        Store(Option<i64>),
        Put(Option<i64>),
        SetExpiry(Option<i64>),
        SetSlotExpiry(Option<i64>),
        Remove,
        Rename(u8),
        Move(usize),
        Later,
        Swap(usize),
        Empty,
        SetAside(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let expiry = || proptest::option::of(1i64..40);
        prop_oneof![
            4 => expiry().prop_map(Step::Store),
            4 => expiry().prop_map(Step::Put),
            2 => expiry().prop_map(Step::SetExpiry),
            2 => expiry().prop_map(Step::SetSlotExpiry),
            2 => Just(Step::Remove),
            1 => (0..8u8).prop_map(Step::Rename),
            1 => (0..DATABASES).prop_map(Step::Move),
            1 => Just(Step::Later),
            1 => (0..DATABASES).prop_map(Step::Swap),
            1 => Just(Step::Empty),
            1 => (1i64..40).prop_map(Step::SetAside),
        ]
    }

    /// Runs a step that works on one key.
    fn run_on_key(db: &mut Db<'_, '_>, name: &[u8], step: Step) {
        let key = db.key(name);
        match step {
            Step::Store(at) => db.store(key, Payload::Integer(1), at),
            Step::Put(at) => {
                let text = vec![b'x'; 40_000];
                db.put(key, Entry::new(name, Payload::Text(&text), at, Stamp::default()));
            }
            Step::SetExpiry(at) => drop(db.set_expiry(key, at)),
            Step::SetSlotExpiry(at) => {
                if let Some(mut slot) = db.slot(key) {
                    let change = set_slot_expiry(&mut slot, at);
                    db.count_timed(key, change);
                }
            }
            Step::Remove => drop(db.remove(key)),
            Step::Rename(to) => {
                if let Some(entry) = db.take(key) {
                    db.put(db.key(&[to]), entry.renamed(&[to]));
                }
            }
            Step::Move(to) => {
                if let Some(entry) = db.take(key) {
                    db.other(to).put(key, entry);
                }
            }
            Step::Later | Step::Swap(_) | Step::Empty | Step::SetAside(_) => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_count_is_what_a_walk_finds(
            steps in proptest::collection::vec((0..DATABASES, 0..8u8, step()), 1..120),
        ) {
            let keyspace = Keyspace::new(DATABASES, 1, KeyHasher::with_key([1; 16]));
            let mut inside = keyspace.gate().enter(0);
            let mut tools = Tools::default();
            let mut now_ms = 0;
            for (database, name, step) in steps {
                inside.alone(|alone| match step {
                    Step::Later => now_ms += 10,
                    Step::Swap(other) => keyspace.swap(alone, database, other),
                    Step::Empty => drop(keyspace.detach(alone, database)),
                    Step::SetAside(at) => {
                        let keys = keyspace.set_aside(alone).expect("no snapshot");
                        let moment =
                            Moment { now_ms, stamp: Stamp::default(), touch: Touch::Nothing };
                        let mut held = Held::all(&keyspace, alone);
                        let mut db = Db::new(&mut held, database, &moment, &mut tools);
                        run_on_key(&mut db, &[name], Step::Store(Some(now_ms + at)));
                        drop(held);
                        assert_eq!(keyspace.timed_len(database), 1);
                        keyspace.put_back(alone, keys);
                    }
                    step => {
                        let moment =
                            Moment { now_ms, stamp: Stamp::default(), touch: Touch::Nothing };
                        let mut held = Held::all(&keyspace, alone);
                        let mut db = Db::new(&mut held, database, &moment, &mut tools);
                        run_on_key(&mut db, &[name], step);
                    }
                });
                tools.graveyard.tend(keyspace.gate(), 0);
            }
            inside.alone(|alone| {
                let mut held = Held::all(&keyspace, alone);
                for database in 0..DATABASES {
                    let mut found = 0;
                    for stripe in 0..keyspace.stripe_count() {
                        held.table(database, stripe)
                            .for_each(|entry| found += usize::from(entry.expires_at().is_some()));
                    }
                    assert_eq!(keyspace.timed_len(database), found, "database {database}");
                }
            });
        }
    }
}
