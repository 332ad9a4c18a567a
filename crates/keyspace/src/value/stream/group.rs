//! Consumer groups: how far a group has read, who reads for it, and what is not acknowledged yet.
//!
//! Must be true: `pending` of the group and the `pending` of its consumers hold the same ids, and
//! each id's `consumer` is the one that has it too (none: nobody has it, after XNACK).
//! Not here: the clock; which entries exist.

use std::collections::{BTreeMap, BTreeSet};

use super::id::StreamId;

/// The number of a consumer in its group. Numbers of deleted consumers are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerNumber(u32);

impl ConsumerNumber {
    /// No consumer: an entry that was given back and waits for somebody to claim it.
    pub const NOBODY: Self = Self(u32::MAX);
}

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Who has it.
    pub consumer: ConsumerNumber,
    /// When it was delivered last, unix ms.
    pub delivered_ms: i64,
    /// How often it was delivered.
    pub deliveries: u64,
}

/// Somebody who reads for a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    name: Box<[u8]>,
    /// When it last tried something, unix ms.
    pub seen_ms: i64,
    /// When it last got something, unix ms; `None`: never.
    pub active_ms: Option<i64>,
    pending: BTreeSet<StreamId>,
}

impl Consumer {
    /// Its name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// What it has not acknowledged.
    pub fn pending(&self) -> &BTreeSet<StreamId> {
        &self.pending
    }
}

/// A consumer group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The last entry that was delivered.
    pub last_id: StreamId,
    /// How many of all entries ever added come up to `last_id`; `None`: not known.
    pub entries_read: Option<u64>,
    pending: BTreeMap<StreamId, Pending>,
    by_name: BTreeMap<Box<[u8]>, ConsumerNumber>,
    consumers: Vec<Option<Box<Consumer>>>,
}

impl Group {
    /// A group that begins after an id.
    pub fn new(last_id: StreamId, entries_read: Option<u64>) -> Self {
        Self { last_id, entries_read, ..Self::default() }
    }

    /// What is not acknowledged.
    pub fn pending(&self) -> &BTreeMap<StreamId, Pending> {
        &self.pending
    }

    /// Number of consumers.
    pub fn consumer_count(&self) -> usize {
        self.by_name.len()
    }

    /// Consumers in the order of their names.
    pub fn consumers(&self) -> impl Iterator<Item = &Consumer> {
        self.by_name.values().filter_map(|number| self.consumer(*number))
    }

    /// The consumer with this number.
    pub fn consumer(&self, number: ConsumerNumber) -> Option<&Consumer> {
        self.consumers.get(number.0 as usize)?.as_deref()
    }

    /// The consumer with this number, for changing it.
    pub fn consumer_mut(&mut self, number: ConsumerNumber) -> Option<&mut Consumer> {
        self.consumers.get_mut(number.0 as usize)?.as_deref_mut()
    }

    /// The number of the consumer called `name`.
    pub fn find(&self, name: &[u8]) -> Option<ConsumerNumber> {
        self.by_name.get(name).copied()
    }

    /// Adds a consumer; there is none of that name.
    pub fn add_consumer(&mut self, name: &[u8], seen_ms: i64) -> ConsumerNumber {
        let consumer =
            Consumer { name: name.into(), seen_ms, active_ms: None, pending: BTreeSet::new() };
        let free = self.consumers.iter().position(Option::is_none);
        let index = free.unwrap_or(self.consumers.len());
        if free.is_none() {
            self.consumers.push(None);
        }
        self.consumers[index] = Some(Box::new(consumer));
        let number = ConsumerNumber(index as u32);
        self.by_name.insert(name.into(), number);
        number
    }

    /// Takes note of when a consumer of a dump got something last.
    pub fn set_active(&mut self, number: ConsumerNumber, active_ms: Option<i64>) {
        if let Some(consumer) = self.consumer_mut(number) {
            consumer.active_ms = active_ms;
        }
    }

    /// Removes a consumer and what it has not acknowledged; how much that was.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let number = self.by_name.remove(name)?;
        let consumer = self.consumers.get_mut(number.0 as usize)?.take()?;
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// An entry is with `pending.consumer` from now on, whoever had it before.
    pub fn assign(&mut self, id: StreamId, pending: Pending) {
        let before = self.pending.insert(id, pending);
        if before.is_some_and(|before| before.consumer == pending.consumer) {
            return;
        }
        if let Some(consumer) = before.and_then(|before| self.consumer_mut(before.consumer)) {
            consumer.pending.remove(&id);
        }
        if let Some(consumer) = self.consumer_mut(pending.consumer) {
            consumer.pending.insert(id);
        }
    }

    /// An entry is acknowledged. False if it was not pending.
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        if let Some(consumer) = self.consumer_mut(pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Bytes of everything, roughly.
    pub fn heap_bytes(&self) -> usize {
        const NODE_PER_ENTRY: usize = 8;
        let pending = size_of::<(StreamId, Pending)>() + size_of::<StreamId>() + 2 * NODE_PER_ENTRY;
        let names = self.by_name.keys().map(|name| 2 * name.len() + size_of::<Consumer>() + 32);
        self.pending.len() * pending + names.sum::<usize>()
    }
}
