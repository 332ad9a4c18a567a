//! Who wants to know when a key is touched: transactions that watch it, requests that wait for it.
//!
//! For each stripe there is a list of parties under a mutex of its own, and in the stripe's own
//! cache line a word of bits that says which kinds of party there are (`Keyspace::interest`). A
//! command looks at that word while it holds the stripe anyway; only if a bit is set does it come
//! here.
//!
//! Must be true
//! 1. A party is entered while its key's stripe is held. So whoever holds the stripe afterwards
//!    sees the bit, and nothing falls between looking at a key and being entered.
//! 2. Bits change under the stripe's mutex here, so that they agree with the list.
//!
//! Locks: the stripe's lock comes before the mutex here; of these mutexes one is taken at a time,
//! and nothing is called while it is held.
//! Not here: what becomes of a touched party (`transaction`, `waiting`).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base::sync::atomic::{AtomicBool, Ordering::Relaxed};
use base::sync::{Mutex, MutexGuard};
use commands::spec::Group;
use keyspace::Keyspace;

use crate::waiting::Waiter;

/// Bits of a stripe's interest word.
pub(crate) mod bit {
    /// A transaction watches a key of the stripe.
    pub(crate) const WATCHED: u32 = 1 << 0;
    /// A request waits for a key of the stripe.
    pub(crate) const AWAITED: u32 = 1 << 1;
    /// One of those that wait needs other stripes as well when it is served.
    pub(crate) const WIDE: u32 = 1 << 2;
    /// A session has read a key of the stripe and caches it (`tracking`).
    pub(crate) const TRACKED: u32 = 1 << 3;
    /// Somebody wants to know of every key: by notification.
    pub(crate) const NOTIFIED: u32 = 1 << 4;
    /// ... or by prefix.
    pub(crate) const PREFIXED: u32 = 1 << 5;
    /// A snapshot has not passed the stripe.
    pub(crate) const SNAPSHOT: u32 = keyspace::snapshot::INTEREST;
    /// Somebody wants to know of every key. Set in all stripes.
    pub(crate) const HEARD: u32 = NOTIFIED | PREFIXED;
}

/// A key by its database, bytes and stripe.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    pub(crate) database: usize,
    pub(crate) key: &'a [u8],
    pub(crate) stripe: usize,
}

/// A [`Name`] with bytes of its own.
#[derive(Clone, Debug)]
pub(crate) struct OwnedName {
    database: usize,
    key: Box<[u8]>,
    stripe: usize,
}

impl Name<'_> {
    pub(crate) fn to_owned_name(self) -> OwnedName {
        OwnedName { database: self.database, key: self.key.into(), stripe: self.stripe }
    }
}

impl OwnedName {
    pub(crate) fn as_name(&self) -> Name<'_> {
        Name { database: self.database, key: &self.key, stripe: self.stripe }
    }
}

/// Whether somebody waits for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    Yes,
    No,
}

/// Values by database and key.
struct ByKey<T>(HashMap<usize, HashMap<Box<[u8]>, T>>);

impl<T> Default for ByKey<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Default> ByKey<T> {
    fn get_mut(&mut self, name: Name<'_>) -> Option<&mut T> {
        self.0.get_mut(&name.database)?.get_mut(name.key)
    }

    fn get_or_default(&mut self, name: Name<'_>) -> &mut T {
        self.0.entry(name.database).or_default().entry(name.key.into()).or_default()
    }

    fn remove(&mut self, name: Name<'_>) {
        if let Some(keys) = self.0.get_mut(&name.database) {
            keys.remove(name.key);
            if keys.is_empty() {
                self.0.remove(&name.database);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn keys(&self, database: usize) -> impl Iterator<Item = &[u8]> {
        self.0.get(&database).into_iter().flat_map(|keys| keys.keys().map(|key| &**key))
    }
}

/// A transaction's flag: set when a key that it watches is touched.
pub(crate) type Watch = AtomicBool;

/// Those who wait for a key, in the order they came, by the type of value they wait for: a key has
/// one type, so the first of a type that cannot be served ends the matter for that type.
type Queues = Vec<(Group, VecDeque<Arc<Waiter>>)>;

#[derive(Default)]
struct Parties {
    watches: ByKey<Vec<Arc<Watch>>>,
    queues: ByKey<Queues>,
    /// Stripes that waiters of this one need besides, as often as they are needed.
    wide: Vec<u32>,
}

impl Parties {
    fn bits(&self) -> u32 {
        let mut bits = 0;
        for (is_there, bit) in [
            (!self.watches.is_empty(), bit::WATCHED),
            (!self.queues.is_empty(), bit::AWAITED),
            (!self.wide.is_empty(), bit::WIDE),
        ] {
            bits |= if is_there { bit } else { 0 };
        }
        bits
    }
}

/// The parties of all stripes.
pub(crate) struct Interests {
    stripes: Box<[Mutex<Option<Box<Parties>>>]>,
}

const KINDS: u32 = bit::WATCHED | bit::AWAITED | bit::WIDE;

impl Interests {
    pub(crate) fn new(stripes: usize) -> Self {
        Self { stripes: (0..stripes).map(|_| Mutex::default()).collect() }
    }

    fn lock(&self, stripe: usize) -> MutexGuard<'_, Option<Box<Parties>>> {
        self.stripes[stripe].lock()
    }

    /// Changes a stripe's parties and brings its bits in line with them.
    fn change<R>(
        &self,
        keyspace: &Keyspace,
        stripe: usize,
        change: impl FnOnce(&mut Parties) -> R,
    ) -> R {
        let mut guard = self.lock(stripe);
        let parties = guard.get_or_insert_default();
        let before = parties.bits();
        let result = change(parties);
        let after = parties.bits();
        if before != after {
            keyspace.add_interest(stripe, after);
            keyspace.remove_interest(stripe, KINDS & !after);
        }
        if after == 0 {
            *guard = None;
        }
        result
    }

    /// A transaction watches a key, whose stripe is held.
    pub(crate) fn watch(&self, keyspace: &Keyspace, name: Name<'_>, watch: &Arc<Watch>) {
        self.change(keyspace, name.stripe, |parties| {
            parties.watches.get_or_default(name).push(Arc::clone(watch));
        });
    }

    /// It does so no longer.
    pub(crate) fn unwatch(&self, keyspace: &Keyspace, name: Name<'_>, watch: &Arc<Watch>) {
        self.change(keyspace, name.stripe, |parties| {
            let Some(watches) = parties.watches.get_mut(name) else { return };
            watches.retain(|other| !Arc::ptr_eq(other, watch));
            if watches.is_empty() {
                parties.watches.remove(name);
            }
        });
    }

    /// A request waits for a key, whose stripe is held, behind those that wait already.
    pub(crate) fn wait(&self, keyspace: &Keyspace, name: Name<'_>, waiter: &Arc<Waiter>) {
        self.change(keyspace, name.stripe, |parties| {
            parties.wide.extend_from_slice(waiter.wide());
            let queues = parties.queues.get_or_default(name);
            match queues.iter_mut().find(|(group, _)| *group == waiter.group()) {
                Some((_, queue)) => queue.push_back(Arc::clone(waiter)),
                None => queues.push((waiter.group(), [Arc::clone(waiter)].into())),
            }
        });
    }

    /// It does so no longer.
    pub(crate) fn stop_waiting(&self, keyspace: &Keyspace, name: Name<'_>, waiter: &Arc<Waiter>) {
        self.change(keyspace, name.stripe, |parties| {
            let Some(queues) = parties.queues.get_mut(name) else { return };
            let Some(at) = queues.iter().position(|(group, _)| *group == waiter.group()) else {
                return;
            };
            let queue = &mut queues[at].1;
            let Some(place) = queue.iter().position(|other| Arc::ptr_eq(other, waiter)) else {
                return;
            };
            queue.remove(place);
            if queue.is_empty() {
                queues.remove(at);
            }
            if queues.is_empty() {
                parties.queues.remove(name);
            }
            for stripe in waiter.wide() {
                if let Some(at) = parties.wide.iter().position(|other| other == stripe) {
                    parties.wide.swap_remove(at);
                }
            }
        });
    }

    /// A key was touched: whoever watches it is told. Says whether somebody waits for it.
    pub(crate) fn touch(&self, name: Name<'_>) -> Awaited {
        let mut guard = self.lock(name.stripe);
        let Some(parties) = guard.as_mut() else { return Awaited::No };
        if let Some(watches) = parties.watches.get_mut(name) {
            watches.iter().for_each(|watch| watch.store(true, Relaxed));
        }
        match parties.queues.get_mut(name) {
            Some(_) => Awaited::Yes,
            None => Awaited::No,
        }
    }

    /// The types of value that a key is awaited with.
    pub(crate) fn awaited_as(&self, name: Name<'_>) -> Vec<Group> {
        let mut guard = self.lock(name.stripe);
        let queues = guard.as_mut().and_then(|parties| parties.queues.get_mut(name));
        queues.map_or_else(Vec::new, |queues| queues.iter().map(|(group, _)| *group).collect())
    }

    /// The first of those who wait for a key with this type of value.
    pub(crate) fn first_waiter(&self, name: Name<'_>, group: Group) -> Option<Arc<Waiter>> {
        self.with_queue(name, group, |queue| queue.front().cloned())?
    }

    /// All who wait for a key with this type of value.
    pub(crate) fn waiters(&self, name: Name<'_>, group: Group) -> Vec<Arc<Waiter>> {
        let all = self.with_queue(name, group, |queue| queue.iter().cloned().collect());
        all.unwrap_or_default()
    }

    fn with_queue<R>(
        &self,
        name: Name<'_>,
        group: Group,
        look: impl FnOnce(&VecDeque<Arc<Waiter>>) -> R,
    ) -> Option<R> {
        let mut guard = self.lock(name.stripe);
        let queues = guard.as_mut()?.queues.get_mut(name)?;
        queues.iter().find(|(other, _)| *other == group).map(|(_, queue)| look(queue))
    }

    /// How many keys somebody waits for, and how many of them somebody who ends when they go.
    pub(crate) fn awaited_counts(&self) -> (usize, usize) {
        let (mut awaited, mut needed) = (0, 0);
        for parties in &self.stripes {
            let guard = parties.lock();
            let Some(parties) = guard.as_ref() else { continue };
            for queues in parties.queues.0.values().flat_map(HashMap::values) {
                let mut waiters = queues.iter().flat_map(|(_, queue)| queue);
                awaited += 1;
                needed += usize::from(waiters.any(|waiter| waiter.needs_key()));
            }
        }
        (awaited, needed)
    }

    /// All keys of a database that somebody watches or waits for.
    pub(crate) fn names(&self, database: usize) -> Vec<OwnedName> {
        let mut names = Vec::new();
        for (stripe, parties) in self.stripes.iter().enumerate() {
            let guard = parties.lock();
            let Some(parties) = guard.as_ref() else { continue };
            let (watched, awaited) =
                (parties.watches.keys(database), parties.queues.keys(database));
            names.extend(
                watched.chain(awaited).map(|key| Name { database, key, stripe }.to_owned_name()),
            );
        }
        names
    }

    /// These stripes, and those that waiters need who could be served when keys of these are
    /// touched; in no order.
    pub(crate) fn widened(&self, keyspace: &Keyspace, mut stripes: Vec<usize>) -> Vec<usize> {
        let mut at = 0;
        while at < stripes.len() {
            let stripe = stripes[at];
            at += 1;
            if keyspace.interest(stripe) & bit::WIDE == 0 {
                continue;
            }
            let guard = self.lock(stripe);
            for &other in guard.as_ref().map_or(&[][..], |parties| &parties.wide) {
                if !stripes.contains(&(other as usize)) {
                    stripes.push(other as usize);
                }
            }
        }
        stripes
    }
}
