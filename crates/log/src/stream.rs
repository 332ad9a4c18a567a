//! The ordered stream in memory: records appended by workers, not yet taken by the file.
//!
//! Offsets count the bytes ever appended, framing included, since the process started. They never
//! go back, so comparing two of them says which came first.
//!
//! Invariants
//! 1. A worker appends while it holds the stripes of the keys concerned. Hence two records about
//!    one key stand in the order in which they were carried out, and the stream as a whole is a
//!    legal serial order.
//! 2. A record or a group is appended under one hold of the mutex: between two appends the pending
//!    bytes end with a whole record. Whoever takes them takes whole records.
//! 3. `end` and `records` are published before the mutex is released.
//!
//! Locks: the mutex is the innermost of all; nothing is taken or called while it is held.
//! Not here: files, and when anything is written (`log.rs`, `aof/`).

use base::sync::Mutex;
use base::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::record::{self, EXEC, Group, MULTI};

/// Room a buffer has from the start and keeps, in bytes: a busy second's worth of small records
/// must not make it grow, and a burst must not keep the memory for ever.
const BUFFER_BYTES_MIN: usize = 64 << 10;
const BUFFER_BYTES_MAX: usize = 4 << 20;

pub(crate) struct Stream {
    pending: Mutex<Pending>,
    end: AtomicU64,
    records: AtomicU64,
    on: AtomicBool,
}

struct Pending {
    bytes: Vec<u8>,
    end: u64,
    records: u64,
    /// Database of the last record, if a reader of the file would know it.
    database: Option<u32>,
    /// As `on` outside; this one cannot change while a record is appended.
    on: bool,
}

impl Stream {
    pub(crate) fn new() -> Stream {
        let pending = Pending { bytes: Vec::new(), end: 0, records: 0, database: None, on: false };
        Stream {
            pending: Mutex::new(pending),
            end: AtomicU64::new(0),
            records: AtomicU64::new(0),
            on: AtomicBool::new(false),
        }
    }

    /// Whether records are wanted; one relaxed load.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Starts taking records. The next one names its database.
    pub(crate) fn turn_on(&self) {
        let mut pending = self.pending.lock();
        pending.bytes.reserve(BUFFER_BYTES_MIN);
        pending.database = None;
        pending.on = true;
        self.on.store(true, Ordering::Relaxed);
    }

    /// Stops taking records; those pending stay.
    pub(crate) fn turn_off(&self) {
        let mut pending = self.pending.lock();
        pending.on = false;
        self.on.store(false, Ordering::Relaxed);
    }

    /// Bytes ever appended.
    #[inline]
    pub(crate) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Records and groups ever appended.
    #[inline]
    pub(crate) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn append(&self, database: u32, record: &[u8]) -> u64 {
        let mut pending = self.pending.lock();
        if !pending.on {
            return pending.end;
        }
        if pending.database != Some(database) {
            pending.select(database);
        }
        pending.bytes.extend_from_slice(record);
        pending.end += record.len() as u64;
        pending.records += 1;
        self.publish(&pending)
    }

    pub(crate) fn append_group(&self, group: &Group) -> u64 {
        let mut pending = self.pending.lock();
        if !pending.on || group.is_empty() {
            return pending.end;
        }
        if pending.database != Some(group.first_database) {
            pending.select(group.first_database);
        }
        let before = pending.bytes.len();
        if group.len() == 1 {
            pending.bytes.extend_from_slice(&group.bytes);
        } else {
            for part in [MULTI, &group.bytes, EXEC] {
                pending.bytes.extend_from_slice(part);
            }
        }
        pending.end += (pending.bytes.len() - before) as u64;
        pending.database = Some(group.last_database);
        pending.records += 1;
        self.publish(&pending)
    }

    /// Exchanges the pending bytes for an empty buffer, and returns the offset behind them.
    pub(crate) fn take(&self, buffer: &mut Vec<u8>) -> u64 {
        debug_assert!(buffer.is_empty());
        if buffer.capacity() > BUFFER_BYTES_MAX {
            *buffer = Vec::new();
        }
        buffer.reserve(BUFFER_BYTES_MIN);
        let mut pending = self.pending.lock();
        std::mem::swap(&mut pending.bytes, buffer);
        pending.end
    }

    #[inline]
    fn publish(&self, pending: &Pending) -> u64 {
        self.records.store(pending.records, Ordering::Relaxed);
        self.end.store(pending.end, Ordering::Release);
        pending.end
    }
}

impl Pending {
    #[cold]
    fn select(&mut self, database: u32) {
        let before = self.bytes.len();
        record::select(&mut self.bytes, database);
        self.end += (self.bytes.len() - before) as u64;
        self.database = Some(database);
    }
}

#[cfg(all(test, feature = "model"))]
mod models;

#[cfg(test)]
mod tests {
    use super::*;

    const SELECT_2: &str = "*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n";
    const SELECT_5: &str = "*2\r\n$6\r\nSELECT\r\n$1\r\n5\r\n";

    fn taken(stream: &Stream) -> (String, u64) {
        let mut bytes = Vec::new();
        let end = stream.take(&mut bytes);
        (String::from_utf8(bytes).unwrap(), end)
    }

    #[test]
    fn the_database_is_named_when_it_changes_and_after_turning_on() {
        let stream = Stream::new();
        assert_eq!(stream.append(2, b"lost"), 0);
        stream.turn_on();
        stream.append(2, b"a");
        stream.append(2, b"b");
        let end = stream.append(5, b"c");
        assert_eq!(taken(&stream), (format!("{SELECT_2}ab{SELECT_5}c"), end));
        assert_eq!((stream.end(), stream.records()), (end, 3));
        stream.turn_off();
        assert_eq!(stream.append(5, b"lost"), end);
        stream.turn_on();
        assert!(stream.append(5, b"d") > end);
        assert_eq!(taken(&stream).0, format!("{SELECT_5}d"));
    }

    #[test]
    fn a_group_is_wrapped_when_it_has_more_than_one_record() {
        let stream = Stream::new();
        stream.turn_on();
        let mut group = Group::new();
        assert_eq!(stream.append_group(&group), 0);
        group.push(2, b"a");
        stream.append_group(&group);
        group.push(5, b"b");
        let end = stream.append_group(&group);
        stream.append(5, b"c");
        let multi = "*1\r\n$5\r\nMULTI\r\n";
        let exec = "*1\r\n$4\r\nEXEC\r\n";
        let expected = format!("{SELECT_2}a{multi}a{SELECT_5}b{exec}c");
        assert_eq!(taken(&stream), (expected, end + 1));
    }
}
