//! Consumer groups: how far a group has read, who reads for it, and what is not acknowledged yet.
//!
//! Must be true
//! 1. `pending` of the group holds the ids that the `pending` of its consumers hold, and those that
//!    were given back (XNACK) and that nobody has.
//! 2. Each id's `consumer` is the one that has it too.
//! 3. `by_time`, once it is kept, has all of `pending` that somebody has.
//!
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
    /// When it was delivered last, unix ms; 0 if nobody has it.
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

impl Pending {
    /// How long somebody has had it, in ms; -1 if nobody has it.
    pub fn idle_ms(&self, now_ms: i64) -> i64 {
        if self.consumer == ConsumerNumber::NOBODY {
            return -1;
        }
        now_ms.saturating_sub(self.delivered_ms).max(0)
    }
}

/// Entries that nobody has any more, in the order in which they were given back.
#[derive(Clone, Debug, Default)]
struct GivenBack {
    by_turn: BTreeMap<u64, StreamId>,
    turns: BTreeMap<StreamId, u64>,
}

impl GivenBack {
    fn add(&mut self, id: StreamId) {
        let turn = self.by_turn.last_key_value().map_or(0, |(last, _)| last + 1);
        self.by_turn.insert(turn, id);
        self.turns.insert(id, turn);
    }

    fn remove(&mut self, id: StreamId) {
        if let Some(turn) = self.turns.remove(&id) {
            self.by_turn.remove(&turn);
        }
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
    given_back: GivenBack,
    /// What somebody has, by the time of its delivery; kept from when it is first asked for.
    by_time: Option<BTreeSet<(i64, StreamId)>>,
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

    /// What nobody has, in the order in which it was given back.
    pub fn given_back(&self) -> impl ExactSizeIterator<Item = StreamId> {
        self.given_back.by_turn.values().copied()
    }

    /// What may be claimed: first what nobody has, then what was delivered up to a time, which has
    /// waited longest first.
    pub fn claimable(&mut self, delivered_until_ms: i64) -> impl Iterator<Item = StreamId> {
        let by_time = self.by_time.get_or_insert_with(|| {
            let owned = self.pending.iter().filter(|(_, it)| it.consumer != ConsumerNumber::NOBODY);
            owned.map(|(id, pending)| (pending.delivered_ms, *id)).collect()
        });
        let until = by_time.range(..=(delivered_until_ms, StreamId::MAX));
        self.given_back.by_turn.values().copied().chain(until.map(|(_, id)| *id))
    }

    /// Removes a consumer and what it has not acknowledged; how much that was.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let number = self.by_name.remove(name)?;
        let consumer = self.consumers.get_mut(number.0 as usize)?.take()?;
        for id in &consumer.pending {
            if let Some(pending) = self.pending.remove(id) {
                self.forget(*id, pending);
            }
        }
        Some(consumer.pending.len())
    }

    /// An entry is with `pending.consumer` from now on, whoever had it before.
    pub fn assign(&mut self, id: StreamId, pending: Pending) {
        if let Some(before) = self.pending.insert(id, pending) {
            self.forget(id, before);
        }
        if pending.consumer == ConsumerNumber::NOBODY {
            return self.given_back.add(id);
        }
        if let Some(by_time) = &mut self.by_time {
            by_time.insert((pending.delivered_ms, id));
        }
        if let Some(consumer) = self.consumer_mut(pending.consumer) {
            consumer.pending.insert(id);
        }
    }

    /// Nobody has the entry from now on: whoever claims something gets it, after all that were
    /// given back before.
    pub fn give_back(&mut self, id: StreamId, deliveries: u64) {
        let consumer = ConsumerNumber::NOBODY;
        self.assign(id, Pending { consumer, delivered_ms: 0, deliveries });
    }

    /// An entry is acknowledged. False if it was not pending.
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        self.forget(id, pending);
        true
    }

    /// Takes an entry out of everything but `pending`.
    fn forget(&mut self, id: StreamId, pending: Pending) {
        if pending.consumer == ConsumerNumber::NOBODY {
            return self.given_back.remove(id);
        }
        if let Some(by_time) = &mut self.by_time {
            by_time.remove(&(pending.delivered_ms, id));
        }
        if let Some(consumer) = self.consumer_mut(pending.consumer) {
            consumer.pending.remove(&id);
        }
    }

    /// Bytes of everything, roughly.
    pub fn heap_bytes(&self) -> usize {
        const NODE_PER_ENTRY: usize = 8;
        let pending = size_of::<(StreamId, Pending)>() + size_of::<StreamId>() + 2 * NODE_PER_ENTRY;
        let names = self.by_name.keys().map(|name| 2 * name.len() + size_of::<Consumer>() + 32);
        let timed = size_of::<(i64, StreamId)>() + NODE_PER_ENTRY;
        let turns = 2 * size_of::<(u64, StreamId)>() + 2 * NODE_PER_ENTRY;
        self.pending.len() * pending
            + self.by_time.as_ref().map_or(0, |by_time| by_time.len() * timed)
            + self.given_back.turns.len() * turns
            + names.sum::<usize>()
    }
}
