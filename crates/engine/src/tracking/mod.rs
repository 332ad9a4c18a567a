//! Client-side caching: who is told when a key changes.
//!
//! ```text
//!   table      for each stripe: key -> ids of the sessions that have read it
//!   prefixes   prefix -> sessions that are told of every key that begins with it (BCAST)
//! ```
//!
//! A key is entered before a command reads it, and taken out when those who read it are told that
//! it changed. Sessions that end are not looked for in the table: their ids mean nobody later.
//! Keys have no database here, as in Redis: a change in one database is told to who read the key in
//! another.
//!
//! Must be true
//! 1. A key is entered before its stripe is locked for reading; whoever changes it looks here while
//!    holding the stripe. So either the reader sees the change, or the change sees the reader.
//! 2. Mail is left while the stripe is held: per key it has the order of changes. What is told by
//!    prefix is gathered during a batch and left at its end, before any reply of it is sent.
//!
//! Locks: the table's and the prefixes' come after any stripe's; they are not held together.
//! Not here: the commands (`control::tracking`).

mod own;
mod send;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base::sync::Mutex;
use base::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use keyspace::Keyspace;

pub(crate) use self::own::{Choice, Own};
pub use self::send::Value;
pub(crate) use self::send::{write_broken, write_invalid};
use crate::clients::{Client, flag};
use crate::interest::bit;
use crate::node::Node;
use crate::worker::WorkerState;

/// Keys put out of a table that is too full, at first; more each time that was not enough.
const EFFORT: usize = 100;

/// Who read which keys of a stripe. The stripe's bit `TRACKED` says whether there are any; it
/// changes under the mutex.
type Table = Mutex<HashMap<Box<[u8]>, Vec<u64>>>;

/// The sessions that are told of each prefix.
type Prefixes = BTreeMap<Box<[u8]>, Vec<Arc<Client>>>;

/// Who tracks what, on the whole node.
pub(crate) struct Tracking {
    tables: Box<[Table]>,
    keys: AtomicUsize,
    items: AtomicUsize,
    /// Sessions that track.
    clients: AtomicUsize,
    prefixes: Mutex<Prefixes>,
    prefix_count: AtomicUsize,
    /// How often in a row the table was found too full and stayed so.
    strain: AtomicUsize,
}

/// Keys that changed during a batch and that some prefix is to be told of; and who changed each
/// last, if that was a session.
pub(crate) type Changed = BTreeMap<Box<[u8]>, Option<u64>>;

impl Tracking {
    pub(crate) fn new(stripes: usize) -> Self {
        Self {
            tables: (0..stripes).map(|_| Table::default()).collect(),
            keys: AtomicUsize::new(0),
            items: AtomicUsize::new(0),
            clients: AtomicUsize::new(0),
            prefixes: Mutex::default(),
            prefix_count: AtomicUsize::new(0),
            strain: AtomicUsize::new(0),
        }
    }

    /// Sessions that track; keys and items of the table; prefixes.
    pub(crate) fn counts(&self) -> [usize; 4] {
        [&self.clients, &self.keys, &self.items, &self.prefix_count].map(|it| it.load(Relaxed))
    }

    /// A session began to track, or ended it.
    pub(crate) fn count_client(&self, change: isize) {
        self.clients.fetch_add(change as usize, Relaxed);
    }

    /// A session is about to read a key.
    pub(crate) fn remember(&self, keyspace: &Keyspace, (stripe, key): (usize, &[u8]), id: u64) {
        let mut keys = self.tables[stripe].lock();
        if keys.is_empty() {
            keyspace.add_interest(stripe, bit::TRACKED);
        }
        match keys.get_mut(key) {
            Some(ids) => {
                let Err(place) = ids.binary_search(&id) else { return };
                ids.insert(place, id);
            }
            None => {
                keys.insert(key.into(), vec![id]);
                self.keys.fetch_add(1, Relaxed);
            }
        }
        self.items.fetch_add(1, Relaxed);
    }

    /// Takes a key out of the table: the ids of those who read it.
    fn forget(&self, keyspace: &Keyspace, stripe: usize, key: &[u8]) -> Vec<u64> {
        let mut keys = self.tables[stripe].lock();
        let ids = keys.remove(key).unwrap_or_default();
        if !ids.is_empty() {
            self.keys.fetch_sub(1, Relaxed);
            self.items.fetch_sub(ids.len(), Relaxed);
        }
        if keys.is_empty() {
            keyspace.remove_interest(stripe, bit::TRACKED);
        }
        ids
    }

    /// Some key of the table, from a random stripe on.
    fn some_key(&self, keyspace: &Keyspace, first: usize) -> Option<(usize, Box<[u8]>)> {
        let stripes = (first..self.tables.len()).chain(0..first);
        let mut used = stripes.filter(|&it| keyspace.interest(it) & bit::TRACKED != 0);
        used.find_map(|stripe| {
            let keys = self.tables[stripe].lock();
            keys.keys().next().map(|key| (stripe, key.clone()))
        })
    }

    /// A session is told of all keys with these prefixes from now on.
    pub(crate) fn enter(&self, keyspace: &Keyspace, client: &Arc<Client>, prefix: &[u8]) {
        let mut prefixes = self.prefixes.lock();
        if prefixes.is_empty() {
            set_everywhere(keyspace, bit::PREFIXED, true);
        }
        prefixes.entry(prefix.into()).or_default().push(Arc::clone(client));
        self.prefix_count.store(prefixes.len(), Relaxed);
    }

    /// It is so no longer.
    pub(crate) fn leave(&self, keyspace: &Keyspace, client: &Client, prefix: &[u8]) {
        let mut prefixes = self.prefixes.lock();
        let Some(clients) = prefixes.get_mut(prefix) else { return };
        clients.retain(|other| other.id != client.id);
        if clients.is_empty() {
            prefixes.remove(prefix);
        }
        if prefixes.is_empty() {
            set_everywhere(keyspace, bit::PREFIXED, false);
        }
        self.prefix_count.store(prefixes.len(), Relaxed);
    }

    /// A key changed, and its stripe is held: tells those who read it, and notes it for those who
    /// want to know by prefix. `running` is the session whose request runs; `by` the one that
    /// changed the key, which is nobody if the key went by itself.
    pub(crate) fn key_changed(
        &self,
        node: &Node,
        state: &mut WorkerState,
        (stripe, key): (usize, &[u8]),
        running: Option<u64>,
        by: Option<u64>,
    ) {
        let bits = node.keyspace.interest(stripe);
        if bits & bit::PREFIXED != 0 {
            state.changed.insert(key.into(), by);
        }
        if bits & bit::TRACKED != 0 {
            self.tell_readers(node, state, (stripe, key), running);
        }
    }

    fn tell_readers(
        &self,
        node: &Node,
        state: &mut WorkerState,
        (stripe, key): (usize, &[u8]),
        running: Option<u64>,
    ) {
        for id in self.forget(&node.keyspace, stripe, key) {
            let Some(client) = node.clients.get(id) else { continue };
            let is_own = client.has(flag::NOLOOP) && running == Some(id);
            if client.has(flag::TRACKING) && !client.has(flag::BROADCAST) && !is_own {
                send::invalidate(node, state, &client, &Value::keys([key].into_iter()));
            }
        }
    }

    /// Tells those who want to know by prefix what changed.
    #[cold]
    pub(crate) fn broadcast(&self, node: &Node, state: &mut WorkerState) {
        let changed = std::mem::take(&mut state.changed);
        let prefixes = self.prefixes.lock();
        for (prefix, clients) in prefixes.iter() {
            let matching = || changed.iter().filter(|(key, _)| key.starts_with(prefix));
            let keys: Vec<&[u8]> = matching().map(|(key, _)| &**key).collect();
            if keys.is_empty() {
                continue;
            }
            let all = Value::keys(keys.iter().copied());
            for client in clients {
                if !client.has(flag::NOLOOP) {
                    send::invalidate(node, state, client, &all);
                    continue;
                }
                let others = matching().filter(|(_, by)| **by != Some(client.id));
                let others: Vec<&[u8]> = others.map(|(key, _)| &**key).collect();
                if !others.is_empty() {
                    let value = Value::keys(others.into_iter());
                    send::invalidate(node, state, client, &value);
                }
            }
        }
    }

    /// A database was emptied, and the caller is alone: whoever tracks forgets everything.
    pub(crate) fn flushed(&self, node: &Node, state: &mut WorkerState) {
        for client in node.clients.all() {
            if client.has(flag::TRACKING) {
                send::invalidate(node, state, &client, &Value::All);
            }
        }
        for (stripe, table) in self.tables.iter().enumerate() {
            if node.keyspace.interest(stripe) & bit::TRACKED != 0 {
                let keys = std::mem::take(&mut *table.lock());
                node.keyspace.remove_interest(stripe, bit::TRACKED);
                self.keys.fetch_sub(keys.len(), Relaxed);
                self.items.fetch_sub(keys.values().map(Vec::len).sum(), Relaxed);
                node.reaper.free(0, keys);
            }
        }
    }

    /// Puts keys out of a table that has more than `tracking-table-max-keys`: those who read them
    /// are told as if they had changed.
    pub(crate) fn limit(&self, node: &Node, state: &mut WorkerState) {
        let keys_max = state.knobs.tracked_keys_max;
        if self.keys.load(Relaxed) <= keys_max {
            return;
        }
        let strain = self.strain.load(Relaxed);
        for _ in 0..EFFORT * (strain + 1) {
            let first = state.random.usize(..self.tables.len());
            let Some((stripe, key)) = self.some_key(&node.keyspace, first) else { break };
            self.tell_readers(node, state, (stripe, &key), None);
            if self.keys.load(Relaxed) <= keys_max {
                return self.strain.store(0, Relaxed);
            }
        }
        self.strain.store(strain + 1, Relaxed);
    }
}

/// Sets or clears an interest bit of every stripe.
pub(crate) fn set_everywhere(keyspace: &Keyspace, bit: u32, is_set: bool) {
    for stripe in 0..keyspace.stripe_count() {
        if is_set {
            keyspace.add_interest(stripe, bit);
        } else {
            keyspace.remove_interest(stripe, bit);
        }
    }
}

#[cfg(test)]
mod tests;
