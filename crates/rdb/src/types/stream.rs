//! Streams: five layouts, each the one before and more.
//!
//! ```text
//!   15  count (id packed)*  length last  groups              Redis 5.0 to 6.2
//!   19  ... length last first deleted added  groups          Redis 7.0
//!   21  as 19                                                Redis 7.2 and newer
//!   26  as 21, names                                         Redis 8.6 and newer
//!   27  as 26                                                Redis 8.8 and newer
//!
//!   id       16 bytes, big-endian, in a string; elsewhere in the clear
//!   packed   a listpack in a string (`stream.rs`)
//!   last, first, deleted   two lengths each: ms, seq
//!
//!   groups   count (name last [read] pending consumers [given])*   read: from 19 on
//!   pending  count (id delivered(8) deliveries)*             times little-endian
//!   consumers  count (name seen(8) [active(8)] count id*)*   active: from 21 on
//!   given    count id*                                       from 27 on: pending, but nobody's
//!   names    seconds max count (producer count (name ms seq)*)* added duplicates
//! ```
//!
//! A number that is not known is written as all ones.

use std::collections::HashSet;
use std::io::{Read, Write};

use crate::error::{Packing, ReadError, WriteError};
use crate::format::ValueType;
use crate::sink::Sink;
use crate::source::{Source, malformed};
use crate::stream::{Block, Consumer, Group, Names, Pending, Producer, Stream, StreamId};
use crate::write::{Version, WriteOptions};

pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
) -> Result<Stream, ReadError> {
    let mut stream = Stream::default();
    let mut last_of_all = None;
    for _ in 0..source.length()? {
        let offset = source.offset();
        let Ok(first) = source.string()?.try_into().map(id_of) else {
            return malformed(offset, "the id of a stream block has not 16 bytes");
        };
        if last_of_all.is_some_and(|last| first <= last) {
            return malformed(offset, "blocks of a stream do not ascend");
        }
        let offset = source.offset();
        let block = Block { first, packed: source.string()? };
        let broken = |cause| ReadError::Packed { offset, packing: Packing::Listpack, cause };
        last_of_all = block.check().map_err(broken)?.or(Some(first));
        stream.blocks.push(block);
    }
    let offset = source.offset();
    // Counted from the blocks; what is said matters only if there are none.
    if source.length()? > 0 && stream.blocks.is_empty() {
        return malformed(offset, "a stream with a length and without entries");
    }
    stream.last_id = read_id(source)?;
    if value_type != ValueType::StreamListpacks {
        // The first entry is known from the blocks.
        read_id(source)?;
        stream.max_deleted_id = read_id(source)?;
        stream.entries_added = Some(source.length()?);
    }
    if last_of_all.is_some_and(|last| last > stream.last_id) {
        return malformed(offset, "the last id of a stream is less than that of an entry");
    }
    let mut names = HashSet::new();
    for _ in 0..source.length()? {
        let offset = source.offset();
        let group = read_group(source, value_type)?;
        if !names.insert(group.name.clone()) {
            return malformed(offset, "a consumer group comes twice");
        }
        stream.groups.push(group);
    }
    if value_type as u8 >= ValueType::StreamListpacks4 as u8 {
        stream.names = Some(read_names(source)?);
    }
    Ok(stream)
}

fn read_names<R: Read>(source: &mut Source<R>) -> Result<Names, ReadError> {
    let mut names = Names { duration_s: source.length()?, ..Names::default() };
    names.names_max = source.length()?;
    for _ in 0..source.length()? {
        let mut producer = Producer { name: source.string()?, ..Producer::default() };
        for _ in 0..source.length()? {
            producer.entries.push((source.string()?, read_id(source)?));
        }
        names.producers.push(producer);
    }
    names.added = source.length()?;
    names.duplicates = source.length()?;
    Ok(names)
}

fn id_of(bytes: [u8; 16]) -> StreamId {
    let number = u128::from_be_bytes(bytes);
    StreamId { ms: (number >> 64) as u64, seq: number as u64 }
}

fn read_id<R: Read>(source: &mut Source<R>) -> Result<StreamId, ReadError> {
    Ok(StreamId { ms: source.length()?, seq: source.length()? })
}

fn read_time<R: Read>(source: &mut Source<R>) -> Result<i64, ReadError> {
    Ok(i64::from_le_bytes(source.array()?))
}

fn read_group<R: Read>(source: &mut Source<R>, value_type: ValueType) -> Result<Group, ReadError> {
    let mut group = Group { name: source.string()?, ..Group::default() };
    group.last_id = read_id(source)?;
    if value_type != ValueType::StreamListpacks {
        group.entries_read = Some(source.length()?).filter(|read| *read != u64::MAX);
    }
    let mut unowned = HashSet::new();
    for _ in 0..source.length()? {
        let offset = source.offset();
        let id = id_of(source.array()?);
        let delivered_ms = read_time(source)?;
        let deliveries = source.length()?;
        if !unowned.insert((id.ms, id.seq)) {
            return malformed(offset, "an entry is pending twice");
        }
        group.pending.push(Pending { id, delivered_ms, deliveries });
    }
    let mut names = HashSet::new();
    for _ in 0..source.length()? {
        let offset = source.offset();
        let mut consumer = Consumer { name: source.string()?, ..Consumer::default() };
        if !names.insert(consumer.name.clone()) {
            return malformed(offset, "Duplicate stream consumer detected");
        }
        consumer.seen_ms = read_time(source)?;
        consumer.active_ms = match has_active(value_type) {
            true => Some(read_time(source)?).filter(|time| *time != -1),
            // When it was seen is the best that is known.
            false => Some(consumer.seen_ms),
        };
        for _ in 0..source.length()? {
            let offset = source.offset();
            let id = id_of(source.array()?);
            if !unowned.remove(&(id.ms, id.seq)) {
                return malformed(offset, "a consumer has what its group has not, or twice");
            }
            consumer.pending.push(id);
        }
        group.consumers.push(consumer);
    }
    if value_type == ValueType::StreamListpacks5 {
        for _ in 0..source.length()? {
            let offset = source.offset();
            let id = id_of(source.array()?);
            if !unowned.remove(&(id.ms, id.seq)) {
                return malformed(offset, "an entry was given back that a consumer has, or twice");
            }
            group.given_back.push(id);
        }
    }
    if !unowned.is_empty() {
        return malformed(source.offset(), "a pending entry without a consumer");
    }
    Ok(group)
}

/// The oldest layout that has all there is. The newest two do not wait for a version of the file
/// that has them: nothing else is lost on a server that knows neither.
pub(crate) fn type_for(stream: &Stream, options: &WriteOptions) -> ValueType {
    if stream.groups.iter().any(|group| !group.given_back.is_empty()) {
        return ValueType::StreamListpacks5;
    }
    match options.version {
        _ if stream.names.is_some() => ValueType::StreamListpacks4,
        Version::V10 => ValueType::StreamListpacks2,
        Version::V12 => ValueType::StreamListpacks3,
    }
}

fn has_active(value_type: ValueType) -> bool {
    value_type as u8 >= ValueType::StreamListpacks3 as u8
}

pub(crate) fn write<W: Write>(
    sink: &mut Sink<W>,
    value_type: ValueType,
    stream: &Stream,
) -> Result<(), WriteError> {
    let (mut live, mut first_id) = (0, None);
    sink.length(stream.blocks.len() as u64)?;
    for block in &stream.blocks {
        write_block(sink, block)?;
        for entry in block.entries().into_iter().flatten().flatten() {
            if !entry.is_removed {
                live += 1;
                first_id = first_id.or(Some(entry.id));
            }
        }
    }
    write_tail(sink, value_type, stream, (live, first_id.unwrap_or_default()))
}

pub(crate) fn write_block<W: Write>(sink: &mut Sink<W>, block: &Block) -> Result<(), WriteError> {
    sink.string(&bytes_of(block.first))?;
    Ok(sink.string(&block.packed)?)
}

/// What stands behind the blocks, of which it is said how many entries are there and which is the
/// first.
pub(crate) fn write_tail<W: Write>(
    sink: &mut Sink<W>,
    value_type: ValueType,
    stream: &Stream,
    (length, first_id): (u64, StreamId),
) -> Result<(), WriteError> {
    sink.length(length)?;
    write_id(sink, stream.last_id)?;
    write_id(sink, first_id)?;
    write_id(sink, stream.max_deleted_id)?;
    sink.length(stream.entries_added.unwrap_or(length))?;
    sink.length(stream.groups.len() as u64)?;
    stream.groups.iter().try_for_each(|group| write_group(sink, value_type, group))?;
    match &stream.names {
        Some(names) => write_names(sink, names),
        None if value_type == ValueType::StreamListpacks5 => write_names(sink, &NO_NAMES),
        None => Ok(()),
    }
}

/// What Redis writes for a stream to which nobody has added anything by name.
const NO_NAMES: Names =
    Names { duration_s: 100, names_max: 100, producers: Vec::new(), added: 0, duplicates: 0 };

fn write_names<W: Write>(sink: &mut Sink<W>, names: &Names) -> Result<(), WriteError> {
    sink.length(names.duration_s)?;
    sink.length(names.names_max)?;
    sink.length(names.producers.len() as u64)?;
    for producer in &names.producers {
        sink.string(&producer.name)?;
        sink.length(producer.entries.len() as u64)?;
        for (name, id) in &producer.entries {
            sink.string(name)?;
            write_id(sink, *id)?;
        }
    }
    sink.length(names.added)?;
    Ok(sink.length(names.duplicates)?)
}

fn bytes_of(id: StreamId) -> [u8; 16] {
    (u128::from(id.ms) << 64 | u128::from(id.seq)).to_be_bytes()
}

fn write_id<W: Write>(sink: &mut Sink<W>, id: StreamId) -> Result<(), WriteError> {
    sink.length(id.ms)?;
    Ok(sink.length(id.seq)?)
}

fn write_group<W: Write>(
    sink: &mut Sink<W>,
    value_type: ValueType,
    group: &Group,
) -> Result<(), WriteError> {
    sink.string(&group.name)?;
    write_id(sink, group.last_id)?;
    sink.length(group.entries_read.unwrap_or(u64::MAX))?;
    sink.length(group.pending.len() as u64)?;
    for pending in &group.pending {
        sink.bytes(&bytes_of(pending.id))?;
        sink.bytes(&pending.delivered_ms.to_le_bytes())?;
        sink.length(pending.deliveries)?;
    }
    sink.length(group.consumers.len() as u64)?;
    for consumer in &group.consumers {
        sink.string(&consumer.name)?;
        sink.bytes(&consumer.seen_ms.to_le_bytes())?;
        if has_active(value_type) {
            sink.bytes(&consumer.active_ms.unwrap_or(-1).to_le_bytes())?;
        }
        sink.length(consumer.pending.len() as u64)?;
        consumer.pending.iter().try_for_each(|id| sink.bytes(&bytes_of(*id)))?;
    }
    if value_type == ValueType::StreamListpacks5 {
        sink.length(group.given_back.len() as u64)?;
        group.given_back.iter().try_for_each(|id| sink.bytes(&bytes_of(*id)))?;
    }
    Ok(())
}
