//! The keyspace: for each database and each stripe the root of a table, and the stripes' locks.
//!
//! ```text
//!   hash of a key (64 bits):  [ stripe | position within the stripe's table ... ]
//!   roots:  [ database 0: stripe 0, 1, 2 ... | database 1: ... ]
//! ```
//!
//! A key's stripe does not depend on the database, so MOVE and COPY between databases
//! stay within one stripe. The hash order of all keys is: stripe, then position.
#![allow(unsafe_code)]

use std::mem::take;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use base::hash::KeyHasher;
use structures::table::{Peek, Retired, Root, Table, View};

use crate::access::{Alone, Gate, Inside, Stripe};
use crate::entry::Entry;
use crate::snapshot::Current;
use crate::timed::TimedCounts;

/// Stripes a worker should have at least, so that two seldom meet.
const STRIPES_PER_WORKER: usize = if cfg!(feature = "model") { 1 } else { 64 };
const STRIPES_MIN: usize = if cfg!(feature = "model") { 4 } else { 1024 };

/// Everything that is stored.
pub struct Keyspace {
    hasher: KeyHasher,
    stripe_bits: u32,
    stripes: Box<[Stripe]>,
    roots: Box<[Root]>,
    databases: usize,
    timed: TimedCounts,
    snapshot: Current,
    field_expiry: AtomicBool,
    gate: Gate,
}

impl Keyspace {
    /// An empty keyspace for `workers` workers (whoever goes through the gate).
    pub fn new(databases: usize, workers: usize, hasher: KeyHasher) -> Self {
        let stripes = (workers * STRIPES_PER_WORKER).max(STRIPES_MIN).next_power_of_two();
        Self {
            hasher,
            stripe_bits: stripes.trailing_zeros(),
            stripes: (0..stripes).map(|_| Stripe::default()).collect(),
            roots: (0..stripes * databases).map(|_| Root::default()).collect(),
            databases,
            timed: TimedCounts::new(databases, stripes),
            snapshot: Current::new(),
            field_expiry: AtomicBool::new(false),
            gate: Gate::new(workers),
        }
    }

    /// The seats from this one on are for long requests: they wait while somebody wants to be
    /// alone, however many attempts that takes.
    pub fn with_long_seats_from(mut self, seat: usize) -> Self {
        self.gate.set_long_seats_from(seat);
        self
    }

    /// So many seats more, of threads that work when the workers do not: they make no stripes.
    pub fn with_more_seats(mut self, seats: usize) -> Self {
        self.gate.add_seats(seats);
        self
    }

    /// The hash function of keys, and of the fields of big collections.
    #[inline(always)]
    pub fn hasher(&self) -> &KeyHasher {
        &self.hasher
    }

    /// Number of databases.
    pub fn databases(&self) -> usize {
        self.databases
    }

    /// Number of stripes, a power of two.
    pub fn stripe_count(&self) -> usize {
        self.stripes.len()
    }

    /// log2 of the number of stripes.
    pub(crate) fn stripe_bits(&self) -> u32 {
        self.stripe_bits
    }

    /// The gate that every worker goes through.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(crate) fn stripes(&self) -> &[Stripe] {
        &self.stripes
    }

    /// Panics if a worker is inside another keyspace's gate.
    #[inline(always)]
    pub(crate) fn check(&self, inside: &Inside<'_>) {
        assert!(std::ptr::eq(inside.gate(), &self.gate), "inside another gate");
    }

    /// The interest bits of a stripe: who must be told of changes to its keys. What a bit means is
    /// the engine's. Whoever sets a bit while holding the stripe is seen by the next to hold it.
    #[inline(always)]
    pub fn interest(&self, stripe: usize) -> u32 {
        self.stripes[stripe].interest.load(Relaxed)
    }

    /// How long ago somebody was last refused this stripe, in ns: whoever waits for it tries again
    /// every millisecond or so.
    pub fn refused_ns_ago(&self, stripe: usize) -> u64 {
        self.stripes[stripe].refused_ns_ago()
    }

    /// Sets interest bits of a stripe.
    pub fn add_interest(&self, stripe: usize, bits: u32) {
        self.stripes[stripe].interest.fetch_or(bits, Relaxed);
    }

    /// Clears interest bits of a stripe.
    pub fn remove_interest(&self, stripe: usize, bits: u32) {
        self.stripes[stripe].interest.fetch_and(!bits, Relaxed);
    }

    /// The stripe of a key.
    #[inline(always)]
    pub fn stripe_of(&self, hash: u64) -> usize {
        (hash >> (64 - self.stripe_bits)) as usize
    }

    /// The position of a key in its stripe's table.
    #[inline(always)]
    pub fn position_of(&self, hash: u64) -> u64 {
        hash.rotate_left(self.stripe_bits)
    }

    #[inline(always)]
    pub(crate) fn root(&self, database: usize, stripe: usize) -> &Root {
        &self.roots[database * self.stripes.len() + stripe]
    }

    /// A look at the table of a key, for prefetching only.
    #[inline(always)]
    pub fn peek<'a>(&'a self, inside: &'a Inside<'_>, database: usize, hash: u64) -> Peek<'a> {
        debug_assert!(std::ptr::eq(inside.gate(), &self.gate));
        // SAFETY: the caller is inside; what it may see is freed only after its turn (graveyard).
        unsafe { Peek::new(self.root(database, self.stripe_of(hash))) }
    }

    /// Number of keys in a database, those included that expired and were not yet removed. Other
    /// workers may be changing it meanwhile.
    pub fn len(&self, _inside: &Inside<'_>, database: usize) -> usize {
        (0..self.stripes.len()).map(|stripe| self.table_len(database, stripe)).sum()
    }

    /// Number of keys in one stripe of a database. The caller is inside or alone.
    pub(crate) fn table_len(&self, database: usize, stripe: usize) -> usize {
        // SAFETY: only the length is read, which is an atomic; the directory stays allocated
        // because the caller is inside (or alone).
        unsafe { View::<Entry>::new(self.root(database, stripe)) }.len()
    }

    /// Number of a database's keys that have an expiry, those included whose time is up. Other
    /// workers may be changing it meanwhile.
    pub fn timed_len(&self, database: usize) -> usize {
        self.timed.total(database)
    }

    /// Notes that a field of some hash has an expiry, which dumps must be able to hold.
    pub fn note_field_expiry(&self) {
        if !self.field_expiry.load(Relaxed) {
            self.field_expiry.store(true, Relaxed);
        }
    }

    /// Whether a field of some hash has, or had, an expiry.
    pub fn has_field_expiry(&self) -> bool {
        self.field_expiry.load(Relaxed)
    }

    #[inline(always)]
    pub(crate) fn current(&self) -> &Current {
        &self.snapshot
    }

    pub(crate) fn timed(&self) -> &TimedCounts {
        &self.timed
    }

    /// The least deadline of a stripe's keys, or earlier; other workers may be changing it
    /// meanwhile.
    pub fn least_deadline(&self, inside: &Inside<'_>, database: usize, stripe: usize) -> u32 {
        self.check(inside);
        // SAFETY: only the least deadline is read, which is an atomic; the directory stays
        // allocated because the caller is inside.
        unsafe { View::<Entry>::new(self.root(database, stripe)) }.least_deadline()
    }

    /// Exchanges two databases.
    pub fn swap(&self, alone: &mut Alone<'_>, one: usize, other: usize) {
        if one == other {
            return;
        }
        for stripe in 0..self.stripes.len() {
            let mut theirs = self.alone_view(alone, other, stripe);
            self.alone_view(alone, one, stripe).swap(&mut theirs);
        }
        self.timed.swap(one, other);
        if let Some(snapshot) = self.snapshot() {
            snapshot.swap(one, other);
        }
    }

    /// Empties a database. Gives the tables for freeing elsewhere, but for what a snapshot wants of
    /// them: no work but a pointer a stripe.
    pub fn detach(&self, alone: &mut Alone<'_>, database: usize) -> Detached {
        let mut tables: Vec<_> = (0..self.stripes.len())
            .map(|stripe| (stripe, self.alone_view(alone, database, stripe).detach()))
            .filter(|(_, table)| !table.is_empty())
            .collect();
        self.timed.clear(database);
        let len = tables.iter().map(|(_, table)| table.len()).sum();
        if let Some(snapshot) = self.snapshot() {
            snapshot.claim_tables(database, &mut tables);
        }
        Detached { tables, len }
    }

    /// Empties all databases in such a way that what they hold can be put back. `None`: a snapshot
    /// under way has a claim to it; it must end first.
    pub fn set_aside(&self, alone: &mut Alone<'_>) -> Option<Aside> {
        if self.snapshot().is_some() {
            return None;
        }
        let databases = (0..self.databases).map(|database| {
            let timed = self.timed.counts(database);
            (self.detach(alone, database), timed)
        });
        Some(Aside { databases: databases.collect() })
    }

    /// Puts what was set aside into the place of what the databases hold now, which is given for
    /// freeing elsewhere. No snapshot may have begun in between.
    pub fn put_back(&self, alone: &mut Alone<'_>, aside: Aside) -> Vec<Detached> {
        assert!(self.snapshot().is_none(), "a snapshot began while the databases were set aside");
        let put_back = |(database, (contents, timed)): (usize, (Detached, Vec<u32>))| {
            let present = self.detach(alone, database);
            for (stripe, mut table) in contents.tables {
                self.alone_view(alone, database, stripe).swap(&mut table.view());
            }
            self.timed.put_back(database, &timed);
            present
        };
        aside.databases.into_iter().enumerate().map(put_back).collect()
    }

    fn alone_view(&self, alone: &Alone<'_>, database: usize, stripe: usize) -> View<'_, Entry> {
        assert!(std::ptr::eq(alone.gate(), &self.gate), "alone at another gate");
        // SAFETY: nobody else is inside, and views made here are of different roots or dropped.
        unsafe { View::new(self.root(database, stripe)) }
    }

    /// Bytes of a database's tables, entries not included.
    pub fn table_overhead(&self, alone: &Alone<'_>, database: usize) -> usize {
        (0..self.stripes.len()).map(|s| self.alone_view(alone, database, s).overhead()).sum()
    }
}

impl Drop for Keyspace {
    fn drop(&mut self) {
        let mut retired = Retired::default();
        for root in take(&mut self.roots) {
            // SAFETY: `&mut self`: nobody else looks at it.
            unsafe { View::<Entry>::new(&root) }.clear(&mut retired, drop);
        }
        retired.free_now();
    }
}

/// What all databases held, to be put back or freed. Dropping it takes O(keys).
pub struct Aside {
    /// With the numbers of keys that have an expiry, by stripe.
    databases: Vec<(Detached, Vec<u32>)>,
}

impl Aside {
    /// Number of keys.
    pub fn len(&self) -> usize {
        self.databases.iter().map(|(contents, _)| contents.len()).sum()
    }

    /// True if there was no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The former contents of a database; dropping it frees them, which takes O(keys).
pub struct Detached {
    /// With the number of its stripe.
    tables: Vec<(usize, Table<Entry>)>,
    len: usize,
}

impl Detached {
    /// Number of keys there were.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there is nothing to free.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}
