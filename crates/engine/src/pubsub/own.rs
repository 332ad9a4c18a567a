//! A session's own list of what it listens to.
//!
//! Kept in the order of subscription, which is the order in which it is confirmed that all of it
//! ended.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Kind;

/// Names of one kind.
#[derive(Default)]
struct Names {
    numbers: HashMap<Arc<[u8]>, u64>,
    order: BTreeMap<u64, Arc<[u8]>>,
    next: u64,
    /// Bytes of the names themselves.
    len: usize,
}

/// What a session listens to.
#[derive(Default)]
pub(crate) struct Subscriptions {
    channels: Names,
    patterns: Names,
    shard_channels: Names,
}

impl Subscriptions {
    fn names(&self, kind: Kind) -> &Names {
        match kind {
            Kind::Channel => &self.channels,
            Kind::Pattern => &self.patterns,
            Kind::ShardChannel => &self.shard_channels,
        }
    }

    fn names_mut(&mut self, kind: Kind) -> &mut Names {
        match kind {
            Kind::Channel => &mut self.channels,
            Kind::Pattern => &mut self.patterns,
            Kind::ShardChannel => &mut self.shard_channels,
        }
    }

    /// Adds a name. `None`: it is there already.
    pub(crate) fn add(&mut self, kind: Kind, name: &[u8]) -> Option<Arc<[u8]>> {
        let names = self.names_mut(kind);
        if names.numbers.contains_key(name) {
            return None;
        }
        let name: Arc<[u8]> = name.into();
        names.numbers.insert(Arc::clone(&name), names.next);
        names.order.insert(names.next, Arc::clone(&name));
        names.next += 1;
        names.len += name.len();
        Some(name)
    }

    /// Takes a name out, if it is there.
    pub(crate) fn remove(&mut self, kind: Kind, name: &[u8]) {
        let names = self.names_mut(kind);
        if let Some(number) = names.numbers.remove(name) {
            names.order.remove(&number);
            names.len -= name.len();
        }
    }

    /// Whether a name is there.
    pub(crate) fn contains(&self, kind: Kind, name: &[u8]) -> bool {
        self.names(kind).numbers.contains_key(name)
    }

    /// The names of a kind, in order.
    pub(crate) fn list(&self, kind: Kind) -> Vec<Arc<[u8]>> {
        self.names(kind).order.values().cloned().collect()
    }

    /// How many names of a kind there are.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.names(kind).order.len()
    }

    /// Heap bytes, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        let all = [&self.channels, &self.patterns, &self.shard_channels];
        // A name stands in a map and in an order, and has two counts of its own.
        all.iter().map(|names| names.order.len() * 96 + names.len).sum()
    }

    /// The number that a confirmation shows: channels and patterns count together.
    pub(crate) fn shown(&self, kind: Kind) -> usize {
        match kind {
            Kind::ShardChannel => self.count(Kind::ShardChannel),
            Kind::Channel | Kind::Pattern => self.count(Kind::Channel) + self.count(Kind::Pattern),
        }
    }
}
