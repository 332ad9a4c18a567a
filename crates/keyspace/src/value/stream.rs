//! Streams: entries in the order of their ids, in blocks, and the consumer groups that read them.
//!
//! ```text
//!   stream   first id -> block           (see `stream/block.rs`)
//!            name -> group               (see `stream/group.rs`)
//!            producer -> names           (see `stream/idempotent.rs`)
//! ```
//!
//! A block is filled as Redis fills its nodes, so that what approximate trimming removes is the
//! same; entries that are deleted leave their block at once. A long stream of entries with the same
//! two field names takes some fourteen bytes an entry.
//!
//! Must be true
//! 1. `len` is the number of entries in all blocks.
//! 2. `last_id` is at least the id of the last entry, and never goes back but by XSETID.
//!
//! Not here: the clock, what ids a client may ask for, replies.

mod block;
mod counters;
mod group;
mod id;
mod idempotent;
#[cfg(test)]
mod tests;
mod text;
mod trim;

use std::collections::BTreeMap;

pub use block::{BlockLimits, Pairs, StreamEntry};
pub use counters::Counters;
pub use group::{Consumer, ConsumerNumber, Group, Pending};
pub use id::{IdText, StreamId};
pub use idempotent::{Idempotency, Memory};
pub use text::Text;
pub use trim::{Cut, Keep, References};

use block::Block;

/// Blocks looked at to estimate a stream's size.
const SAMPLE: usize = 16;
/// What a block counts for when it is freed, compared with an element of a collection.
const BLOCK_WEIGHT: usize = 4;

/// A stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    blocks: BTreeMap<StreamId, Block>,
    len: u64,
    /// The greatest id that an entry ever had.
    pub last_id: StreamId,
    /// The greatest id that was deleted.
    pub max_deleted_id: StreamId,
    /// How many entries were ever added.
    pub entries_added: u64,
    groups: BTreeMap<Box<[u8]>, Group>,
    /// The names that producers have given entries, if any ever has.
    pub idempotency: Option<Box<Idempotency>>,
}

/// Whether an entry of a dump is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// It is.
    Present,
    /// It was removed, and counts for when its block is full.
    Removed,
}

/// A block, for reading.
#[derive(Clone, Copy)]
pub struct BlockView<'a> {
    /// The id that its entries are told from.
    pub first: StreamId,
    block: &'a Block,
}

impl<'a> BlockView<'a> {
    /// Number of entries.
    pub fn len(&self) -> u64 {
        self.block.live()
    }

    /// Whether all entries were removed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names that most entries have.
    pub fn names(&self) -> impl Iterator<Item = Text<'a>> + use<'a> {
        self.block.names()
    }

    /// The entries in order.
    pub fn entries(&self) -> impl Iterator<Item = StreamEntry<'a>> + use<'a> {
        self.block.entries(self.first)
    }
}

impl Stream {
    /// A stream that has nothing but this group, to be freed with it.
    pub fn of_group(group: Group) -> Self {
        Self { groups: [(Box::default(), group)].into(), ..Self::default() }
    }

    /// A stream that has nothing but these names, to be freed with them.
    pub fn of_names(names: Idempotency) -> Self {
        Self { idempotency: Some(Box::new(names)), ..Self::default() }
    }

    /// Number of entries.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of blocks.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// The work of freeing it, in elements of a collection.
    pub fn weight(&self) -> usize {
        let pending: usize = self.groups.values().map(|group| group.pending().len()).sum();
        let names = self.idempotency.as_ref().map_or(0, |it| it.weight());
        self.blocks.len() * BLOCK_WEIGHT + pending + names
    }

    /// Bytes of everything, estimated from a sample of the blocks.
    pub fn heap_bytes(&self) -> usize {
        let seen = self.blocks.len().min(SAMPLE);
        let sample: usize = self.blocks.values().take(SAMPLE).map(Block::heap_bytes).sum();
        let blocks = (sample * self.blocks.len()).checked_div(seen).unwrap_or(0);
        let nodes = self.blocks.len() * (size_of::<(StreamId, Block)>() * 3 / 2);
        let groups = self
            .groups
            .iter()
            .map(|(name, group)| name.len() + size_of::<Group>() * 3 / 2 + group.heap_bytes());
        let names = self.idempotency.as_ref().map_or(0, |it| it.heap_bytes());
        blocks + nodes + groups.sum::<usize>() + names
    }

    /// Adds an entry with an id above `last_id`.
    pub fn append(&mut self, id: StreamId, pairs: &Pairs<'_>, limits: BlockLimits) {
        let added = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        let mut tail = self.blocks.last_entry();
        if let Some(tail) = &mut tail
            && tail.get().is_full(added, limits)
        {
            tail.get_mut().seal();
        }
        match tail.filter(|tail| !tail.get().is_full(added, limits)) {
            Some(mut tail) => {
                let first = *tail.key();
                tail.get_mut().push(first, id, pairs);
            }
            None => {
                let mut block = Block::new(pairs.iter().map(|(name, _)| *name));
                block.push(id, id, pairs);
                self.blocks.insert(id, block);
            }
        }
        self.len += 1;
        self.entries_added += 1;
        self.last_id = id;
    }

    /// Begins a block as a dump has it. Its first id lies above all others.
    pub fn load_block<'n>(
        &mut self,
        first: StreamId,
        names: impl ExactSizeIterator<Item = &'n [u8]>,
    ) {
        self.blocks.insert(first, Block::new(names));
    }

    /// Adds an entry to the block that was begun last. Counters other than the length are the
    /// caller's.
    pub fn load_entry(&mut self, id: StreamId, pairs: &Pairs<'_>, state: EntryState) {
        let Some(mut tail) = self.blocks.last_entry() else { return };
        let first = *tail.key();
        match state {
            EntryState::Present => {
                tail.get_mut().push(first, id, pairs);
                self.len += 1;
            }
            EntryState::Removed => tail.get_mut().push_removed(first, id, pairs),
        }
    }

    /// The blocks in order, from the first one whose id is not less.
    pub fn blocks(&self, from: StreamId) -> impl Iterator<Item = BlockView<'_>> {
        self.blocks.range(from..).map(|(first, block)| BlockView { first: *first, block })
    }

    /// The id of the first entry.
    pub fn first_id(&self) -> Option<StreamId> {
        self.range(StreamId::MIN, StreamId::MAX).next().map(|entry| entry.id)
    }

    /// The id of the last entry.
    pub fn last_entry_id(&self) -> Option<StreamId> {
        let (_, block) = self.blocks.last_key_value()?;
        // The last entry ever is still there, unless it was deleted or the id was set.
        if block.removed() == 0 {
            return Some(block.last());
        }
        self.range_back(StreamId::MIN, StreamId::MAX).next().map(|entry| entry.id)
    }

    /// Whether there is an entry with this id.
    pub fn contains(&self, id: StreamId) -> bool {
        has_entry(&self.blocks, id)
    }

    /// Entries from one id to another, both included, in order.
    pub fn range(&self, from: StreamId, to: StreamId) -> impl Iterator<Item = StreamEntry<'_>> {
        let start = self.blocks.range(..=from).next_back().map_or(from, |(first, _)| *first);
        let blocks = self.blocks.range(start..);
        blocks
            .flat_map(|(first, block)| block.entries(*first))
            .skip_while(move |entry| entry.id < from)
            .take_while(move |entry| entry.id <= to)
    }

    /// Entries from one id to another, both included, in reverse order.
    pub fn range_back(
        &self,
        from: StreamId,
        to: StreamId,
    ) -> impl Iterator<Item = StreamEntry<'_>> {
        let blocks = self.blocks.range(..=to).rev();
        blocks
            .flat_map(|(first, block)| block::backwards(block, *first))
            .skip_while(move |entry| entry.id > to)
            .take_while(move |entry| entry.id >= from)
    }

    /// Removes the entry with this id. False if there is none. `max_deleted_id` is the caller's.
    pub fn remove(&mut self, id: StreamId) -> bool {
        let Some((first, block)) = self.blocks.range_mut(..=id).next_back() else { return false };
        let first = *first;
        if !block.remove(first, id) {
            return false;
        }
        if block.live() == 0 {
            self.blocks.remove(&first);
        }
        self.len -= 1;
        true
    }

    /// The counters that a group's progress is told by.
    pub fn counters(&self) -> Counters {
        Counters {
            len: self.len,
            first_id: self.first_id().unwrap_or_default(),
            last_id: self.last_id,
            max_deleted_id: self.max_deleted_id,
            entries_added: self.entries_added,
        }
    }

    /// The groups in the order of their names.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (&[u8], &Group)> {
        self.groups.iter().map(|(name, group)| (&**name, group))
    }

    /// The groups, for changing them.
    pub fn groups_mut(&mut self) -> impl Iterator<Item = (&[u8], &mut Group)> {
        self.groups.iter_mut().map(|(name, group)| (&**name, group))
    }

    /// A group.
    pub fn group(&self, name: &[u8]) -> Option<&Group> {
        self.groups.get(name)
    }

    /// A group, for changing it.
    pub fn group_mut(&mut self, name: &[u8]) -> Option<&mut Group> {
        self.groups.get_mut(name)
    }

    /// At most `max` entries that a group has pending and that may be claimed, in the order of
    /// [`Group::claimable`]; those that were deleted are passed over.
    pub fn claimable(
        &mut self,
        group: &[u8],
        delivered_until_ms: i64,
        max: usize,
    ) -> Vec<StreamId> {
        let Some(group) = self.groups.get_mut(group) else { return Vec::new() };
        let ids = group.claimable(delivered_until_ms);
        ids.filter(|id| has_entry(&self.blocks, *id)).take(max).collect()
    }

    /// When the entry was delivered that may be claimed next, if any is pending.
    pub fn claimable_later_ms(&mut self, group: &[u8]) -> Option<i64> {
        let group = self.groups.get_mut(group)?;
        let next = group.claimable(i64::MAX).find(|id| has_entry(&self.blocks, *id))?;
        Some(group.pending().get(&next)?.delivered_ms)
    }

    /// Adds a group. False if there is one of that name.
    pub fn add_group(&mut self, name: &[u8], group: Group) -> bool {
        if self.groups.contains_key(name) {
            return false;
        }
        self.groups.insert(name.into(), group);
        true
    }

    /// Removes a group and gives it.
    pub fn remove_group(&mut self, name: &[u8]) -> Option<Group> {
        self.groups.remove(name)
    }
}

fn has_entry(blocks: &BTreeMap<StreamId, Block>, id: StreamId) -> bool {
    let block = blocks.range(..=id).next_back();
    block.is_some_and(|(first, block)| {
        let mut ids = block.entries(*first).map(|entry| entry.id);
        ids.find(|found| *found >= id) == Some(id)
    })
}
