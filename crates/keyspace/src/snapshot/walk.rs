//! The walk: everything that was there at the cut, once, in steps that are short under locks.
//!
//! A step does the first of these that there is to do: go on with a big value that has been begun;
//! take what others handed over; begin a big value that somebody waits for; go on with a table that
//! was taken out of its database; go on with the stripes.
//!
//! Must be true: what a visitor does while a stripe is held is quick; files and sockets come after
//! the step.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use base::sync::atomic::Ordering::Relaxed;

use super::{INTEREST, Loose, Snapshot, Wanted, is_big};
use crate::access::{Busy, Held, Inside};
use crate::entry::{Entry, Saving};
use crate::keyspace::Keyspace;

/// Entries visited under one lock at most, and bytes of them that one step should not exceed.
const ENTRIES_PER_STEP: usize = 64;
const BYTES_PER_STEP: usize = 32 << 10;
/// Stripes without entries that one step passes at most, each under its own lock.
const EMPTY_PER_STEP: usize = 64;

/// Takes what the walk finds.
pub trait Visitor {
    /// A key as it was at the cut, in the database of this number.
    fn entry(&mut self, number: usize, entry: &Entry);

    /// A key whose value is big, piece by piece. `from`: what the last call gave, `None` at first.
    /// Between two calls for one key there are no others.
    fn piece(&mut self, number: usize, entry: &Entry, from: Option<u64>) -> ControlFlow<(), u64>;
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walked {
    /// There is more to do.
    On,
    /// That was all.
    Over,
}

/// A walk. There is one to a snapshot.
pub struct Walk<'k> {
    keyspace: &'k Keyspace,
    snapshot: Arc<Snapshot>,
    /// Handed over and not yet visited.
    entries: VecDeque<(usize, Entry)>,
    tables: VecDeque<Loose>,
    wanted: VecDeque<Wanted>,
    /// Marked as owed; the first may have been begun.
    owed: VecDeque<Wanted>,
    /// How far the first of them has come.
    paid: Paid,
    /// How many entries the next step visits.
    stride: usize,
    is_over: bool,
}

impl<'k> Walk<'k> {
    /// The walk of a snapshot that has just begun.
    pub fn new(keyspace: &'k Keyspace, snapshot: Arc<Snapshot>) -> Self {
        Self {
            keyspace,
            snapshot,
            entries: VecDeque::new(),
            tables: VecDeque::new(),
            wanted: VecDeque::new(),
            owed: VecDeque::new(),
            paid: Paid::Nothing,
            stride: ENTRIES_PER_STEP,
            is_over: false,
        }
    }

    /// One step.
    ///
    /// # Errors
    /// A stripe is taken: nothing happened, try again.
    pub fn step(
        &mut self,
        inside: &Inside<'_>,
        visitor: &mut impl Visitor,
    ) -> Result<Walked, Busy> {
        self.receive();
        if !self.owed.is_empty() {
            self.pay(inside, visitor)?;
        } else if !self.entries.is_empty() {
            let count = self.entries.len().min(self.stride);
            for (number, entry) in self.entries.drain(..count).collect::<Vec<_>>() {
                self.take_in(number, entry, visitor);
            }
        } else if let Some(wanted) = self.wanted.front() {
            let wanted = wanted.clone();
            self.begin_wanted(inside, wanted)?;
            self.wanted.pop_front();
        } else if !self.tables.is_empty() {
            self.step_loose(visitor);
        } else if !self.is_over {
            let mut count = 1;
            while self.step_stripe(inside, visitor)? == 0 && count < EMPTY_PER_STEP {
                if self.is_over {
                    break;
                }
                count += 1;
            }
        } else {
            return Ok(Walked::Over);
        }
        Ok(Walked::On)
    }

    /// Takes over what others handed over.
    fn receive(&mut self) {
        let mut handed = self.snapshot.handed.lock();
        if !handed.is_empty() {
            self.entries.append(&mut handed.entries);
            self.tables.append(&mut handed.tables);
            self.wanted.append(&mut handed.wanted);
        }
    }

    /// Visits an entry that is the walk's own.
    fn take_in(&mut self, number: usize, entry: Entry, visitor: &mut impl Visitor) {
        self.snapshot.copies_bytes.fetch_sub(entry.heap_bytes(), Relaxed);
        if entry.saving() != Saving::Saved {
            visit_whole(number, &entry, visitor);
        }
    }

    /// The next piece of the value that is owed first.
    fn pay(&mut self, inside: &Inside<'_>, visitor: &mut impl Visitor) -> Result<(), Busy> {
        let Some(first) = self.owed.front().cloned() else { return Ok(()) };
        let from = match self.paid {
            Paid::Nothing => None,
            Paid::UpTo(at) => Some(at),
            Paid::All => return self.settle(inside, &first),
        };
        let give = |entry: &Entry, _| visitor.piece(first.database, entry, from);
        self.paid = match self.with_owed(inside, &first, give)? {
            Some(ControlFlow::Continue(at)) => Paid::UpTo(at),
            Some(ControlFlow::Break(())) | None => Paid::All,
        };
        Ok(())
    }

    /// Finds an entry that is owed, wherever it is by now.
    fn with_owed<R>(
        &mut self,
        inside: &Inside<'_>,
        owed: &Wanted,
        give: impl FnOnce(&Entry, Whose) -> R,
    ) -> Result<Option<R>, Busy> {
        let is_it = |entry: &Entry| entry.saving() == Saving::Owed && *entry.key() == *owed.key;
        let (stripe, position) =
            (self.keyspace.stripe_of(owed.hash), self.keyspace.position_of(owed.hash));
        let mut held = Held::stripe(self.keyspace, inside, stripe)?;
        let database = self.snapshot.database_of(owed.database);
        if let Some(entry) = held.table(database, stripe).find(position, is_it) {
            return Ok(Some(give(&entry, Whose::Everybody)));
        }
        drop(held);
        self.receive();
        let handed = |(number, entry): &&(usize, Entry)| *number == owed.database && is_it(entry);
        if let Some((_, entry)) = self.entries.iter().find(handed) {
            return Ok(Some(give(entry, Whose::Walk)));
        }
        let has = |loose: &&Loose| loose.database == owed.database && loose.stripe == stripe;
        let found = self.tables.iter().filter(has).find_map(|it| it.table.find(position, is_it));
        Ok(found.map(|entry| give(&entry, Whose::Walk)))
    }

    /// All of a value has been written: it may change again.
    fn settle(&mut self, inside: &Inside<'_>, owed: &Wanted) -> Result<(), Busy> {
        let stripe = self.keyspace.stripe_of(owed.hash);
        let position = self.keyspace.position_of(owed.hash);
        let snapshot = Arc::clone(&self.snapshot);
        self.with_owed(inside, owed, |entry, whose| {
            let forgets =
                whose == Whose::Everybody && snapshot.is_passed(owed.database, stripe, position);
            entry.set_saving(if forgets { Saving::Unsaved } else { Saving::Saved });
        })?;
        self.snapshot.owed.fetch_sub(1, Relaxed);
        self.paid = Paid::Nothing;
        self.owed.pop_front();
        Ok(())
    }

    fn begin_wanted(&mut self, inside: &Inside<'_>, wanted: Wanted) -> Result<(), Busy> {
        let (stripe, position) =
            (self.keyspace.stripe_of(wanted.hash), self.keyspace.position_of(wanted.hash));
        let mut held = Held::stripe(self.keyspace, inside, stripe)?;
        if self.snapshot.is_passed(wanted.database, stripe, position) {
            return Ok(());
        }
        let database = self.snapshot.database_of(wanted.database);
        let table = held.table(database, stripe);
        let found = table.find(position, |entry| *entry.key() == *wanted.key);
        if let Some(entry) = found
            && entry.saving() == Saving::Unsaved
        {
            entry.set_saving(Saving::Owed);
            self.snapshot.owed.fetch_add(1, Relaxed);
            self.owed.push_back(wanted);
        }
        Ok(())
    }

    /// Goes on with the first table that was taken out of its database.
    fn step_loose(&mut self, visitor: &mut impl Visitor) {
        let Some(loose) = self.tables.front_mut() else { return };
        let keyspace = self.keyspace;
        let place_of = |e: &Entry| keyspace.position_of(keyspace.hasher().hash(e.key()));
        let number = loose.database;
        let next = (loose.from != u64::MAX)
            .then(|| {
                loose.table.scan_once(loose.from, ENTRIES_PER_STEP, &place_of, |entry| {
                    if entry.saving() == Saving::Unsaved {
                        visit_whole(number, entry, visitor);
                    }
                })
            })
            .flatten();
        match next {
            Some(next) => loose.from = next,
            None => drop(self.tables.pop_front()),
        }
    }

    /// Goes on with the stripes, for one hold of a lock. Gives how many entries it saw.
    fn step_stripe(
        &mut self,
        inside: &Inside<'_>,
        visitor: &mut impl Visitor,
    ) -> Result<usize, Busy> {
        let (keyspace, snapshot) = (self.keyspace, &*self.snapshot);
        let stripe = snapshot.stripe.load(Relaxed);
        let mut held = Held::stripe(keyspace, inside, stripe)?;
        let mut pass = Pass { visitor, owed: Vec::new(), seen: 0, bytes: 0 };
        let mut number = snapshot.database.load(Relaxed);
        let mut from = snapshot.position.load(Relaxed);
        let place_of = |e: &Entry| keyspace.position_of(keyspace.hasher().hash(e.key()));
        let mut next = None;
        while number < snapshot.numbers.len() {
            let database = snapshot.database_of(number);
            if keyspace.table_len(database, stripe) > 0 {
                let left = self.stride.saturating_sub(pass.seen).max(1);
                let table = held.table(database, stripe);
                next = table.scan_once(from, left, &place_of, |e| pass.visit(number, e));
            }
            if next.is_some() || pass.seen >= self.stride {
                break;
            }
            (number, from) = (number + 1, 0);
        }
        // The stripe goes on here; or with the next database; or is done.
        let place = match next {
            Some(position) => (number, position),
            None => (number + 1, 0),
        };
        let Pass { owed, seen, bytes, .. } = pass;
        for (number, key) in owed {
            let hash = keyspace.hasher().hash(&key);
            self.owed.push_back(Wanted { database: number, hash, key });
            self.snapshot.owed.fetch_add(1, Relaxed);
        }
        let is_done = place.0 >= snapshot.numbers.len();
        if is_done && self.owed.is_empty() {
            keyspace.remove_interest(stripe, INTEREST);
        }
        if !is_done {
            snapshot.move_to(stripe, place);
        } else if stripe + 1 < keyspace.stripe_count() {
            snapshot.move_to(stripe + 1, (0, 0));
        } else {
            snapshot.move_to(usize::MAX, (0, 0));
            self.is_over = true;
        }
        drop(held);
        let usual = bytes.checked_div(seen).unwrap_or(0).max(1);
        self.stride = (BYTES_PER_STEP / usual).clamp(1, ENTRIES_PER_STEP);
        Ok(seen)
    }

    /// Where the walk is: stripes passed, of how many.
    pub fn progress(&self) -> (usize, usize) {
        let count = self.keyspace.stripe_count();
        (self.snapshot.stripe.load(Relaxed).min(count), count)
    }
}

/// How much of a big value has been written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paid {
    Nothing,
    UpTo(u64),
    All,
}

/// Who has an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// It is in its table.
    Everybody,
    /// It was given to the walk.
    Walk,
}

/// One hold of a lock.
struct Pass<'v, V> {
    visitor: &'v mut V,
    /// Big values, to be written afterwards.
    owed: Vec<(usize, Box<[u8]>)>,
    seen: usize,
    bytes: usize,
}

impl<V: Visitor> Pass<'_, V> {
    fn visit(&mut self, number: usize, entry: &Entry) {
        self.seen += 1;
        match entry.saving() {
            Saving::Saved => entry.set_saving(Saving::Unsaved),
            Saving::Owed => {}
            Saving::Unsaved if is_big(entry) => {
                entry.set_saving(Saving::Owed);
                self.owed.push((number, entry.key().into()));
            }
            Saving::Unsaved => {
                self.bytes += entry.block_bytes();
                self.visitor.entry(number, entry);
            }
        }
    }
}

/// Visits an entry that nobody else has any more.
fn visit_whole(number: usize, entry: &Entry, visitor: &mut impl Visitor) {
    if !is_big(entry) {
        return visitor.entry(number, entry);
    }
    let mut from = None;
    while let ControlFlow::Continue(next) = visitor.piece(number, entry, from) {
        from = Some(next);
    }
}
