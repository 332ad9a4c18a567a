//! A snapshot: the keyspace as it was at one moment (the cut), while everybody goes on.
//!
//! ```text
//!   cut       alone: from now on everybody keeps to the rules below
//!   walk      one thread, stripe after stripe, a few entries under one lock      (`walk.rs`)
//!   writers   before the first change to a key that the walk has not passed: hand over a copy
//! ```
//!
//! Rules
//! 1. The walk passes stripes in ascending order, in each the databases by the number they had at
//!    the cut, in each the positions. Within its stripe it moves only while it holds the stripe, so
//!    whoever holds a stripe knows exactly what of it has been passed.
//! 2. An entry that has not been passed and is not marked `Saved` is as it was at the cut. Whoever
//!    changes it hands over a copy first and marks it; one that arrives is marked. The walk clears
//!    marks as it passes, so that no entry is marked when it has ended.
//! 3. What leaves a table unmarked, by expiry, eviction or a sweep, is given to the snapshot.
//! 4. An entry marked `Owed` does not change: writers wait. It may leave its table, to the walk.
//! 5. Copies that were handed over and not yet written are bounded; then writers wait.
//!
//! Not here: what is made of the entries, and who waits in which way (the engine).

#[cfg(test)]
mod tests;
mod walk;

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::VecDeque;
use std::sync::Arc;

use base::hash::KeyHasher;
use base::sync::Mutex;
use base::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use structures::table::Table;

use crate::access::{Alone, Held};
use crate::db::{Key, Tools};
use crate::entry::{Entry, Kind, Saving};
use crate::keyspace::Keyspace;

pub use walk::{Visitor, Walk, Walked};

/// A collection with more elements, or with more bytes, is not copied by a writer.
const COPIED_ELEMENTS_MAX: usize = 64;
const COPIED_BYTES_MAX: usize = 64 << 10;
/// Text longer than this is not shared with the snapshot: its writer would have to copy it then.
const SHARED_BYTES_MAX: usize = 1 << 20;

/// The bit of stripes' interest words that says: a snapshot has not passed the stripe. The others
/// are the engine's.
pub const INTEREST: u32 = 1 << 31;

/// Copies an entry with a big collection.
pub type Duplicate = fn(&Entry, &KeyHasher) -> Entry;

/// How a snapshot is taken.
#[derive(Clone, Copy)]
pub struct Options {
    /// Bytes of copies that may wait to be written.
    pub copies_bytes_max: usize,
    /// Copies entries that hold a big collection.
    pub duplicate: Duplicate,
}

/// The key may not be changed yet: try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsaved;

/// A snapshot under way, as everybody sees it.
pub struct Snapshot {
    options: Options,
    /// The number that each database had at the cut. Changes only while somebody is alone.
    numbers: Box<[AtomicUsize]>,
    /// Where the walk stands.
    stripe: AtomicUsize,
    database: AtomicUsize,
    position: AtomicU64,
    /// Entries marked `Owed`.
    owed: AtomicUsize,
    copies_bytes: AtomicUsize,
    is_given_up: AtomicBool,
    handed: Mutex<Handed>,
}

/// What the walk gets from others.
#[derive(Default)]
struct Handed {
    /// Entries as they were at the cut, with the number of their database then.
    entries: VecDeque<(usize, Entry)>,
    tables: VecDeque<Loose>,
    /// Keys that somebody waits for.
    wanted: VecDeque<Wanted>,
}

/// A table that was taken out of its database: everything unmarked in it from `from` on is the
/// snapshot's.
struct Loose {
    database: usize,
    stripe: usize,
    from: u64,
    table: Table<Entry>,
}

#[derive(Clone, PartialEq, Eq)]
struct Wanted {
    database: usize,
    hash: u64,
    key: Box<[u8]>,
}

impl Snapshot {
    fn new(databases: usize, options: Options) -> Self {
        Self {
            options,
            numbers: (0..databases).map(AtomicUsize::new).collect(),
            stripe: AtomicUsize::new(0),
            database: AtomicUsize::new(0),
            position: AtomicU64::new(0),
            owed: AtomicUsize::new(0),
            copies_bytes: AtomicUsize::new(0),
            is_given_up: AtomicBool::new(false),
            handed: Mutex::new(Handed::default()),
        }
    }

    /// Nobody wants it any more: the walk only takes away the marks.
    pub fn give_up(&self) {
        self.is_given_up.store(true, Relaxed);
    }

    /// Whether it was given up.
    pub fn is_given_up(&self) -> bool {
        self.is_given_up.load(Relaxed)
    }

    /// Bytes of copies that wait to be written.
    pub fn copies_bytes(&self) -> usize {
        self.copies_bytes.load(Relaxed)
    }

    /// Whether the walk has passed a place. The caller holds the stripe.
    #[inline]
    fn is_passed(&self, number: usize, stripe: usize, position: u64) -> bool {
        let walked = self.stripe.load(Acquire);
        if stripe != walked {
            return stripe < walked;
        }
        let at = (self.database.load(Relaxed), self.position.load(Relaxed));
        (number, position) < at
    }

    fn number(&self, database: usize) -> usize {
        self.numbers[database].load(Relaxed)
    }

    /// The database that had this number at the cut.
    fn database_of(&self, number: usize) -> usize {
        let is = |at: &AtomicUsize| at.load(Relaxed) == number;
        self.numbers.iter().position(is).unwrap_or(number)
    }

    /// Sees to it that the snapshot has what `key` holds, before that changes.
    ///
    /// # Errors
    /// It cannot have it now: the caller changes nothing and tries again later.
    pub fn preserve(
        &self,
        held: &mut Held<'_>,
        database: usize,
        key: Key<'_>,
    ) -> Result<(), Unsaved> {
        self.save(held, database, key, Haste::None)
    }

    /// As [`Snapshot::preserve`] for a caller that cannot try again: copies whatever it takes.
    pub fn preserve_now(&self, held: &mut Held<'_>, database: usize, key: Key<'_>) {
        // With this haste it does not fail.
        let _ = self.save(held, database, key, Haste::Now);
    }

    fn save(
        &self,
        held: &mut Held<'_>,
        database: usize,
        key: Key<'_>,
        haste: Haste,
    ) -> Result<(), Unsaved> {
        let keyspace = held.keyspace();
        let (stripe, position) = (keyspace.stripe_of(key.hash), keyspace.position_of(key.hash));
        let number = self.number(database);
        let is_passed = self.is_passed(number, stripe, position);
        if is_passed && self.owed.load(Relaxed) == 0 || self.is_given_up() {
            return Ok(());
        }
        let table = held.table(database, stripe);
        let Some(entry) = table.find(position, |entry| entry.key() == key.bytes) else {
            return Ok(());
        };
        let saving = entry.saving();
        match saving {
            Saving::Saved => return Ok(()),
            Saving::Unsaved if is_passed => return Ok(()),
            Saving::Owed if haste == Haste::None => return Err(Unsaved),
            Saving::Unsaved if haste == Haste::None => {
                if self.copies_bytes() > self.options.copies_bytes_max {
                    return Err(Unsaved);
                }
                if is_big(&entry) {
                    self.want(number, key);
                    return Err(Unsaved);
                }
            }
            Saving::Unsaved | Saving::Owed => {}
        }
        let duplicate = self.options.duplicate;
        let copy = entry.copied().unwrap_or_else(|| duplicate(&entry, keyspace.hasher()));
        let after = if is_passed { Saving::Unsaved } else { Saving::Saved };
        if saving == Saving::Unsaved {
            entry.set_saving(after);
            self.hand_over(number, copy);
            return Ok(());
        }
        // The walk is in the midst of it and goes on with the original, whose order it knows.
        copy.set_saving(after);
        if let Some(mut slot) = table.into_slot(position, |entry| entry.key() == key.bytes) {
            self.hand_over(number, slot.replace(copy));
        }
        Ok(())
    }

    fn hand_over(&self, number: usize, entry: Entry) {
        self.copies_bytes.fetch_add(entry.heap_bytes(), Relaxed);
        self.handed.lock().entries.push_back((number, entry));
    }

    fn want(&self, number: usize, key: Key<'_>) {
        let wanted = Wanted { database: number, hash: key.hash, key: key.bytes.into() };
        let mut handed = self.handed.lock();
        if !handed.wanted.contains(&wanted) {
            handed.wanted.push_back(wanted);
        }
    }

    /// Marks an entry that is about to come into a held stripe's table.
    pub(crate) fn note_arrival(&self, keyspace: &Keyspace, database: usize, at: (u64, &Entry)) {
        let (hash, entry) = at;
        let (stripe, position) = (keyspace.stripe_of(hash), keyspace.position_of(hash));
        let is_passed = self.is_passed(self.number(database), stripe, position);
        entry.set_saving(if is_passed { Saving::Unsaved } else { Saving::Saved });
    }

    /// Takes an entry that has left a held stripe's table, if it has a claim to it.
    pub(crate) fn claim(
        &self,
        keyspace: &Keyspace,
        database: usize,
        hash: u64,
        entry: Entry,
    ) -> Option<Entry> {
        let (stripe, position) = (keyspace.stripe_of(hash), keyspace.position_of(hash));
        let number = self.number(database);
        let is_owed = entry.saving() == Saving::Owed;
        let is_passed = self.is_passed(number, stripe, position);
        if self.is_given_up() || entry.saving() == Saving::Saved || is_passed && !is_owed {
            return Some(entry);
        }
        self.hand_over(number, entry);
        None
    }

    /// Two databases change places; the caller is alone.
    pub(crate) fn swap(&self, one: usize, other: usize) {
        let number = self.number(one);
        self.numbers[one].store(self.number(other), Relaxed);
        self.numbers[other].store(number, Relaxed);
    }

    /// Takes the former contents of a database, unless it has all it wants of them; the caller is
    /// alone.
    pub(crate) fn claim_tables(&self, database: usize, tables: &mut Vec<(usize, Table<Entry>)>) {
        let number = self.number(database);
        let walked = self.stripe.load(Acquire);
        let is_over = walked == usize::MAX && self.owed.load(Relaxed) == 0;
        if is_over || self.is_given_up() {
            return;
        }
        let at = (self.database.load(Relaxed), self.position.load(Relaxed));
        let loose = tables.drain(..).map(|(stripe, table)| {
            let from = match (stripe, number).cmp(&(walked, at.0)) {
                // Of what was passed only what is owed matters; the walk frees the rest.
                Less => u64::MAX,
                Equal => at.1,
                Greater => 0,
            };
            Loose { database: number, stripe, from, table }
        });
        self.handed.lock().tables.extend(loose);
    }

    /// The walk has passed everything up to here. It holds the stripe that it leaves.
    fn move_to(&self, stripe: usize, (database, position): (usize, u64)) {
        self.database.store(database, Relaxed);
        self.position.store(position, Relaxed);
        self.stripe.store(stripe, Release);
    }
}

impl Handed {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.tables.is_empty() && self.wanted.is_empty()
    }
}

/// Whether the caller can try again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Haste {
    None,
    Now,
}

/// Whether an entry is too big to be copied by a writer.
fn is_big(entry: &Entry) -> bool {
    match entry.kind() {
        Kind::Object => entry.object().is_some_and(|object| {
            object.len() > COPIED_ELEMENTS_MAX || object.heap_bytes() > COPIED_BYTES_MAX
        }),
        Kind::Shared => entry.shared_text().is_some_and(|text| text.len() > SHARED_BYTES_MAX),
        _ => false,
    }
}

/// Where everybody finds the snapshot under way.
pub(crate) struct Current {
    /// Whether there is one. Becomes true only while somebody is alone.
    is_on: AtomicBool,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
}

impl Current {
    pub(crate) fn new() -> Self {
        Self { is_on: AtomicBool::new(false), snapshot: Mutex::new(None) }
    }
}

impl Keyspace {
    /// The cut: from now on, until [`Keyspace::end_snapshot`], what is there now is kept for the
    /// walk. There must be no other snapshot under way.
    pub fn begin_snapshot(&self, _alone: &Alone<'_>, options: Options) -> Arc<Snapshot> {
        let snapshot = Arc::new(Snapshot::new(self.databases(), options));
        let before = self.current().snapshot.lock().replace(Arc::clone(&snapshot));
        assert!(before.is_none(), "two snapshots at once");
        self.current().is_on.store(true, Release);
        (0..self.stripe_count()).for_each(|stripe| self.add_interest(stripe, INTEREST));
        snapshot
    }

    /// The walk has ended.
    pub fn end_snapshot(&self) {
        self.current().is_on.store(false, Release);
        (0..self.stripe_count()).for_each(|stripe| self.remove_interest(stripe, INTEREST));
        *self.current().snapshot.lock() = None;
    }

    /// The snapshot under way, if there is one.
    #[inline(always)]
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        if self.current().is_on.load(Relaxed) { self.snapshot_under_way() } else { None }
    }

    #[cold]
    fn snapshot_under_way(&self) -> Option<Arc<Snapshot>> {
        self.current().snapshot.lock().clone()
    }
}

impl Tools {
    /// An entry has left a table of a held stripe and is not needed any more.
    #[inline]
    pub fn part_with(&mut self, keyspace: &Keyspace, database: usize, hash: u64, entry: Entry) {
        match keyspace.snapshot() {
            None => self.discard(entry),
            Some(snapshot) => {
                if let Some(entry) = snapshot.claim(keyspace, database, hash, entry) {
                    self.discard(entry);
                }
            }
        }
    }
}
