//! The ordered stream in memory: records appended by workers, not yet taken by the file.
//!
//! Offsets count the bytes ever appended, framing included, since the process started. They never
//! go back, so comparing two of them says which came first.
//!
//! Who reads: the append-only file, and replicas (the feed). Either may be off; both get the same
//! records, but each has offsets of its own, since only the feed carries pings.
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
    /// For either reader.
    on: AtomicBool,
    has_file: AtomicBool,
    feeds: AtomicBool,
    feed_end: AtomicU64,
}

struct Pending {
    bytes: Vec<u8>,
    end: u64,
    records: u64,
    /// Database of the last record, if every reader would know it.
    database: Option<u32>,
    /// As `has_file` outside; this one cannot change while a record is appended.
    on: bool,
    feed: Feed,
}

/// What replicas are to get and nobody has taken yet.
#[derive(Default)]
struct Feed {
    on: bool,
    bytes: Vec<u8>,
    end: u64,
}

impl Stream {
    pub(crate) fn new() -> Stream {
        let pending = Pending {
            bytes: Vec::new(),
            end: 0,
            records: 0,
            database: None,
            on: false,
            feed: Feed::default(),
        };
        Stream {
            pending: Mutex::new(pending),
            end: AtomicU64::new(0),
            records: AtomicU64::new(0),
            on: AtomicBool::new(false),
            has_file: AtomicBool::new(false),
            feeds: AtomicBool::new(false),
            feed_end: AtomicU64::new(0),
        }
    }

    /// Whether records are wanted; one relaxed load.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Whether the file wants them.
    #[inline]
    pub(crate) fn has_file(&self) -> bool {
        self.has_file.load(Ordering::Relaxed)
    }

    /// Whether replicas want them.
    #[inline]
    pub(crate) fn feeds(&self) -> bool {
        self.feeds.load(Ordering::Relaxed)
    }

    /// Starts taking records for the file. The next one names its database.
    pub(crate) fn turn_on(&self) {
        let mut pending = self.pending.lock();
        pending.bytes.reserve(BUFFER_BYTES_MIN);
        pending.database = None;
        pending.on = true;
        self.publish_readers(&pending);
    }

    /// Stops taking records for the file; those pending stay.
    pub(crate) fn turn_off(&self) {
        let mut pending = self.pending.lock();
        pending.on = false;
        self.publish_readers(&pending);
    }

    /// The next record names its database.
    pub(crate) fn name_database(&self) {
        self.pending.lock().database = None;
    }

    /// Starts taking records for replicas, or goes on doing so; the next one names its database.
    /// Returns the feed's end.
    pub(crate) fn begin_feed(&self) -> u64 {
        let mut pending = self.pending.lock();
        pending.database = None;
        pending.feed.on = true;
        self.publish_readers(&pending);
        pending.feed.end
    }

    /// Stops taking records for replicas, and forgets those that nobody took.
    pub(crate) fn end_feed(&self) {
        let mut pending = self.pending.lock();
        pending.feed.on = false;
        pending.feed.bytes = Vec::new();
        self.publish_readers(&pending);
    }

    /// Bytes ever fed.
    #[inline]
    pub(crate) fn feed_end(&self) -> u64 {
        self.feed_end.load(Ordering::Acquire)
    }

    /// Appends a finished record for replicas only, behind one that names its database if it has
    /// one.
    pub(crate) fn append_to_feed(&self, database: Option<u32>, record: &[u8]) {
        let mut pending = self.pending.lock();
        if pending.feed.on {
            if let Some(database) = database.filter(|_| pending.database != database) {
                pending.select(database);
                self.publish(&pending);
            }
            pending.feed.put(record);
            self.feed_end.store(pending.feed.end, Ordering::Release);
        }
    }

    /// As [`take`](Self::take), of what is for replicas.
    pub(crate) fn take_feed(&self, buffer: &mut Vec<u8>) -> u64 {
        debug_assert!(buffer.is_empty());
        let mut pending = self.pending.lock();
        std::mem::swap(&mut pending.feed.bytes, buffer);
        pending.feed.end
    }

    fn publish_readers(&self, pending: &Pending) {
        self.on.store(pending.on || pending.feed.on, Ordering::Relaxed);
        self.has_file.store(pending.on, Ordering::Relaxed);
        self.feeds.store(pending.feed.on, Ordering::Relaxed);
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
        if !pending.on && !pending.feed.on {
            return pending.end;
        }
        if pending.database != Some(database) {
            pending.select(database);
        }
        pending.put(record);
        pending.records += 1;
        self.publish(&pending)
    }

    pub(crate) fn append_group(&self, group: &Group) -> u64 {
        let mut pending = self.pending.lock();
        if !pending.on && !pending.feed.on || group.is_empty() {
            return pending.end;
        }
        if pending.database != Some(group.first_database) {
            pending.select(group.first_database);
        }
        if group.len() == 1 {
            pending.put(&group.bytes);
        } else {
            for part in [MULTI, &group.bytes, EXEC] {
                pending.put(part);
            }
        }
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
        if pending.feed.on {
            self.feed_end.store(pending.feed.end, Ordering::Release);
        }
        self.end.store(pending.end, Ordering::Release);
        pending.end
    }
}

impl Pending {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        if self.on {
            self.bytes.extend_from_slice(bytes);
            self.end += bytes.len() as u64;
        }
        if self.feed.on {
            self.feed.put(bytes);
        }
    }

    #[cold]
    fn select(&mut self, database: u32) {
        let mut bytes = Vec::new();
        record::select(&mut bytes, database);
        self.put(&bytes);
        self.database = Some(database);
    }
}

impl Feed {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.end += bytes.len() as u64;
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
    fn replicas_are_fed_with_or_without_a_file() {
        let stream = Stream::new();
        let fed = || {
            let mut bytes = Vec::new();
            let end = stream.take_feed(&mut bytes);
            (String::from_utf8(bytes).unwrap(), end)
        };
        assert_eq!(stream.begin_feed(), 0);
        assert!(stream.is_on() && stream.feeds() && !stream.has_file());
        assert_eq!(stream.append(2, b"a"), 0, "the file's offset");
        stream.append_to_feed(None, b"pi");
        stream.append_to_feed(Some(2), b"ng");
        let end = SELECT_2.len() as u64 + 5;
        assert_eq!((fed(), stream.feed_end()), ((format!("{SELECT_2}aping"), end), end));
        stream.turn_on();
        stream.append(2, b"b");
        assert_eq!(taken(&stream).0, format!("{SELECT_2}b"));
        assert_eq!(fed().0, format!("{SELECT_2}b"));
        assert_eq!(stream.begin_feed(), end + SELECT_2.len() as u64 + 1);
        stream.append(2, b"c");
        assert_eq!((taken(&stream).0, fed().0), (format!("{SELECT_2}c"), format!("{SELECT_2}c")));
        stream.end_feed();
        stream.append(2, b"d");
        assert_eq!((taken(&stream).0, fed().0), ("d".to_owned(), String::new()));
        assert!(stream.is_on() && !stream.feeds());
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
