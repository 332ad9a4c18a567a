//! What producers have added to a stream under names of their own, so that what is sent twice is
//! added once.
//!
//! ```text
//!   producer -> name -> id of the entry
//!            -> (id, name) in order: the oldest goes first
//! ```
//!
//! A name is remembered for so many seconds after its entry's time, and so many of a producer's
//! names at most. What is too old is dropped when something is added, the other producers' once in
//! that many seconds.
//!
//! Must be true: both maps of a producer have the same names, and no producer is without one.
//! Not here: how a name is made of an entry's content.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::id::StreamId;

/// How long and how many names are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Seconds after which a name is forgotten.
    pub duration_s: u64,
    /// Names of one producer that are remembered.
    pub names_max: u64,
}

/// The names that producers have given entries.
#[derive(Clone, Debug)]
pub struct Idempotency {
    memory: Memory,
    producers: BTreeMap<Box<[u8]>, Producer>,
    /// How many entries were ever added with a name.
    pub added: u64,
    /// How many were not added, since their name was known.
    pub duplicates: u64,
    /// When names of all producers were last dropped, unix ms.
    swept_ms: i64,
}

#[derive(Clone, Debug, Default)]
struct Producer {
    by_name: BTreeMap<Arc<[u8]>, StreamId>,
    by_age: BTreeSet<(StreamId, Arc<[u8]>)>,
}

impl Producer {
    fn remove_oldest(&mut self) {
        if let Some((_, name)) = self.by_age.pop_first() {
            self.by_name.remove(&name);
        }
    }

    fn forget_until(&mut self, ms: u64) {
        while self.by_age.first().is_some_and(|(id, _)| id.ms <= ms) {
            self.remove_oldest();
        }
    }

    fn insert(&mut self, name: &[u8], id: StreamId) {
        let name: Arc<[u8]> = name.into();
        if let Some(before) = self.by_name.insert(Arc::clone(&name), id) {
            self.by_age.remove(&(before, Arc::clone(&name)));
        }
        self.by_age.insert((id, name));
    }
}

impl Memory {
    /// The time of the newest entry whose name is forgotten; `None`: none is.
    fn forgotten_until(self, now_ms: i64) -> Option<u64> {
        u64::try_from(now_ms).ok()?.checked_sub(self.duration_s.checked_mul(1000)?)
    }
}

impl Idempotency {
    /// Nothing yet.
    pub fn new(memory: Memory) -> Self {
        Self { memory, producers: BTreeMap::new(), added: 0, duplicates: 0, swept_ms: 0 }
    }

    /// How long and how many names are remembered.
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Remembers names otherwise from now on; if that is a change, those there are go. Gives what
    /// they were in, which may be costly to free.
    pub fn set_memory(&mut self, memory: Memory) -> Option<Self> {
        if memory == self.memory {
            return None;
        }
        let producers = std::mem::take(&mut self.producers);
        let gone = Self { producers, ..Self::new(self.memory) };
        self.memory = memory;
        Some(gone)
    }

    /// The entry that a producer has given this name, unless that was too long ago.
    pub fn find(&self, producer: &[u8], name: &[u8], now_ms: i64) -> Option<StreamId> {
        let id = *self.producers.get(producer)?.by_name.get(name)?;
        let until = self.memory.forgotten_until(now_ms);
        until.is_none_or(|until| id.ms > until).then_some(id)
    }

    /// A producer has given an entry this name.
    pub fn record(&mut self, producer: &[u8], name: &[u8], id: StreamId, now_ms: i64) {
        if now_ms.saturating_sub(self.swept_ms) >= self.memory.duration_s as i64 * 1000 {
            self.swept_ms = now_ms;
            self.forget_old(now_ms);
        }
        if !self.producers.contains_key(producer) {
            self.producers.insert(producer.into(), Producer::default());
        }
        let Some(producer) = self.producers.get_mut(producer) else { return };
        if let Some(until) = self.memory.forgotten_until(now_ms) {
            producer.forget_until(until);
        }
        producer.insert(name, id);
        while producer.by_age.len() as u64 > self.memory.names_max.max(1) {
            producer.remove_oldest();
        }
    }

    fn forget_old(&mut self, now_ms: i64) {
        let Some(until) = self.memory.forgotten_until(now_ms) else { return };
        self.producers.retain(|_, producer| {
            producer.forget_until(until);
            !producer.by_age.is_empty()
        });
    }

    /// How many producers and how many names of theirs are remembered.
    pub fn counts(&self, now_ms: i64) -> (usize, usize) {
        let until = self.memory.forgotten_until(now_ms);
        let remembered = |producer: &Producer| match until {
            Some(until) => {
                let old = producer.by_age.iter().take_while(|(id, _)| id.ms <= until).count();
                producer.by_age.len() - old
            }
            None => producer.by_age.len(),
        };
        let counts = self.producers.values().map(remembered).filter(|count| *count > 0);
        counts.fold((0, 0), |(producers, names), count| (producers + 1, names + count))
    }

    /// The producers, each with its names in the order of their entries.
    pub fn producers(
        &self,
    ) -> impl ExactSizeIterator<Item = (&[u8], impl ExactSizeIterator<Item = (&[u8], StreamId)>)>
    {
        self.producers
            .iter()
            .map(|(producer, it)| (&**producer, it.by_age.iter().map(|(id, name)| (&**name, *id))))
    }

    /// The work of freeing it, in elements of a collection.
    pub(super) fn weight(&self) -> usize {
        self.producers.values().map(|producer| producer.by_age.len()).sum()
    }

    /// Bytes of everything, roughly.
    pub(super) fn heap_bytes(&self) -> usize {
        const PER_NAME: usize = 2 * size_of::<(StreamId, Arc<[u8]>)>() + 32;
        let names = |producer: &Producer| {
            let bytes: usize = producer.by_name.keys().map(|name| name.len() + PER_NAME).sum();
            bytes + size_of::<Producer>()
        };
        self.producers.iter().map(|(name, producer)| name.len() + names(producer)).sum()
    }
}
