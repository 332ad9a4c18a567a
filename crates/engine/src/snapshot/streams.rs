//! Streams as dumps have them, and back.
//!
//! Blocks stay the blocks they are, so that approximate trimming goes on as it would have. Entries
//! that were removed are not written: they are gone from memory as well.

use keyspace::value::stream::{self, EntryState, Idempotency, Memory, Stream};
use keyspace::{Entry, Object};
use rdb::WriteError;
use rdb::packed::Element;
use rdb::stream as dump;

use super::encode::DumpEncoder;

/// Blocks written under one lock.
const BLOCKS_PER_PIECE: usize = 16;

fn dump_id(id: stream::StreamId) -> dump::StreamId {
    dump::StreamId { ms: id.ms, seq: id.seq }
}

fn own_id(id: dump::StreamId) -> stream::StreamId {
    stream::StreamId { ms: id.ms, seq: id.seq }
}

/// A stream for a dump.
pub(crate) fn stream_of(stream: &Stream) -> dump::Stream {
    let blocks = stream.blocks(stream::StreamId::MIN).filter(|block| !block.is_empty());
    dump::Stream { blocks: blocks.map(block_of).collect(), ..tail_of(stream) }
}

/// A stream for a dump, but for its entries.
fn tail_of(stream: &Stream) -> dump::Stream {
    dump::Stream {
        blocks: Vec::new(),
        last_id: dump_id(stream.last_id),
        max_deleted_id: dump_id(stream.max_deleted_id),
        entries_added: Some(stream.entries_added),
        groups: stream.groups().map(|(name, group)| group_of(name, group)).collect(),
        names: stream.idempotency.as_deref().map(names_of),
    }
}

fn names_of(names: &Idempotency) -> dump::Names {
    let producers = names.producers().map(|(name, entries)| dump::Producer {
        name: name.to_vec(),
        entries: entries.map(|(name, id)| (name.to_vec(), dump_id(id))).collect(),
    });
    let memory = names.memory();
    dump::Names {
        duration_s: memory.duration_s,
        names_max: memory.names_max,
        producers: producers.collect(),
        added: names.added,
        duplicates: names.duplicates,
    }
}

impl DumpEncoder {
    /// The next blocks of a stream, and all that stands behind them with the last ones. A piece
    /// goes on at a millisecond, whose blocks come in one piece therefore.
    pub(super) fn stream_piece(
        &mut self,
        (number, entry): (usize, &Entry),
        stream: &Stream,
        from: Option<u64>,
    ) -> Result<Option<u64>, WriteError> {
        let all = |from| stream.blocks(from).filter(|block| !block.is_empty());
        let start = stream::StreamId { ms: from.unwrap_or(0), seq: 0 };
        if from.is_none() {
            let value_type = self.writer().stream_type(&tail_of(stream));
            self.begin(number, entry, value_type)?;
            self.writer().length(all(start).count() as u64)?;
        }
        let mut last_ms = None;
        for (count, block) in all(start).enumerate() {
            if count >= BLOCKS_PER_PIECE && last_ms != Some(block.first.ms) {
                return Ok(Some(block.first.ms));
            }
            last_ms = Some(block.first.ms);
            self.writer().stream_block(&block_of(block))?;
        }
        let first_id = dump_id(stream.first_id().unwrap_or_default());
        self.writer().stream_tail(&tail_of(stream), stream.len(), first_id)?;
        Ok(None)
    }
}

fn block_of(block: stream::BlockView<'_>) -> dump::Block {
    let first = dump_id(block.first);
    let names = block.names().map(|name| name.to_vec()).collect();
    let mut packed = dump::BlockBuilder::new(first, (block.len(), 0), names);
    for entry in block.entries() {
        let pairs: Vec<(Vec<u8>, Vec<u8>)> =
            entry.pairs().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        packed.push(dump_id(entry.id), &pairs);
    }
    packed.finish()
}

fn group_of(name: &[u8], group: &stream::Group) -> dump::Group {
    let pending = group.pending().iter().map(|(id, pending)| dump::Pending {
        id: dump_id(*id),
        delivered_ms: pending.delivered_ms,
        deliveries: pending.deliveries,
    });
    let consumers = group.consumers().map(|consumer| dump::Consumer {
        name: consumer.name().to_vec(),
        seen_ms: consumer.seen_ms,
        active_ms: consumer.active_ms,
        pending: consumer.pending().iter().map(|id| dump_id(*id)).collect(),
    });
    dump::Group {
        name: name.to_vec(),
        last_id: dump_id(group.last_id),
        entries_read: group.entries_read,
        pending: pending.collect(),
        consumers: consumers.collect(),
        given_back: group.given_back().map(dump_id).collect(),
    }
}

/// A stream out of a dump. The reader has checked it.
pub(crate) fn object_of(dump: &dump::Stream) -> Object {
    let mut stream = Stream::default();
    for block in &dump.blocks {
        load_block(&mut stream, block);
    }
    stream.last_id = own_id(dump.last_id);
    stream.max_deleted_id = own_id(dump.max_deleted_id);
    stream.entries_added = dump.entries_added.unwrap_or(stream.len());
    let counters = stream.counters();
    for group in &dump.groups {
        let last_id = own_id(group.last_id);
        // Old dumps do not say how many entries a group has read.
        let read = match dump.entries_added {
            Some(_) => group.entries_read,
            None => counters.entries_up_to(last_id),
        };
        stream.add_group(&group.name, load_group(group, stream::Group::new(last_id, read)));
    }
    stream.idempotency = dump.names.as_ref().filter(|names| **names != EMPTY).map(load_names);
    Object::Stream(Box::new(stream))
}

/// What a stream has to which nobody ever added anything by name, nor set how it is remembered.
const EMPTY: dump::Names =
    dump::Names { duration_s: 100, names_max: 100, producers: Vec::new(), added: 0, duplicates: 0 };

fn load_names(dump: &dump::Names) -> Box<Idempotency> {
    let (duration_s, names_max) = (dump.duration_s, dump.names_max);
    let mut names = Idempotency::new(Memory { duration_s, names_max });
    for producer in &dump.producers {
        for (name, id) in &producer.entries {
            // Time stands still: what is too old is dropped when the stream is next added to.
            names.record(&producer.name, name, own_id(*id), 0);
        }
    }
    (names.added, names.duplicates) = (dump.added, dump.duplicates);
    Box::new(names)
}

fn load_block(stream: &mut Stream, block: &dump::Block) {
    let names: Vec<Vec<u8>> =
        block.names().unwrap_or_default().into_iter().map(Element::to_vec).collect();
    stream.load_block(own_id(block.first), names.iter().map(Vec::as_slice));
    for entry in block.entries().into_iter().flatten().flatten() {
        let pairs: Vec<(Vec<u8>, Vec<u8>)> =
            entry.pairs.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        let pairs: Vec<(&[u8], &[u8])> =
            pairs.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        let state = if entry.is_removed { EntryState::Removed } else { EntryState::Present };
        stream.load_entry(own_id(entry.id), &pairs, state);
    }
}

fn load_group(dump: &dump::Group, mut group: stream::Group) -> stream::Group {
    let pending: std::collections::HashMap<_, _> =
        dump.pending.iter().map(|pending| ((pending.id.ms, pending.id.seq), pending)).collect();
    for consumer in &dump.consumers {
        let number = group.add_consumer(&consumer.name, consumer.seen_ms);
        group.set_active(number, consumer.active_ms);
        for id in &consumer.pending {
            let Some(pending) = pending.get(&(id.ms, id.seq)) else { continue };
            let (delivered_ms, deliveries) = (pending.delivered_ms, pending.deliveries);
            let pending = stream::Pending { consumer: number, delivered_ms, deliveries };
            group.assign(own_id(*id), pending);
        }
    }
    for id in &dump.given_back {
        let Some(pending) = pending.get(&(id.ms, id.seq)) else { continue };
        group.give_back(own_id(*id), pending.deliveries);
    }
    group
}
