//! A snapshot as requests that would make it: the base of a log without a dump
//! (`aof-use-rdb-preamble no`). One arm for each type.
//!
//! A big value is several requests, so that its pieces need nothing of one another. A stream, with
//! its groups and what they wait for, is one RESTORE.

use std::ops::ControlFlow;

use base::number::{NumberBuffer, format_f64_stored, format_i64};
use commands::elements::words;
use keyspace::snapshot::Visitor;
use keyspace::value::{Family, Stored};
use keyspace::{Entry, Object};
use protocol::resp::decode::write_request;
use rdb::WriteOptions;
use rdb::dump::encode;
use structures::list::{Direction, Run};
use structures::ordered;

use super::value::value_of;
use crate::control::debug::contents::{
    Shape, for_each_element, for_each_field, for_each_member, for_each_scored, shape, text,
};

/// Elements of one request, as Redis writes them.
const ELEMENTS_PER_REQUEST: usize = 64;
/// Elements written under one lock.
const ELEMENTS_PER_PIECE: usize = 256;

/// Makes requests in memory.
#[derive(Default)]
pub(super) struct RequestEncoder {
    pub(super) bytes: Vec<u8>,
    number: Option<usize>,
    pub(super) keys: u64,
    /// A value was met that cannot be written.
    pub(super) has_failed: bool,
}

/// Gathers the elements of one collection into requests.
struct Batch<'b> {
    bytes: &'b mut Vec<u8>,
    head: [&'b [u8]; 2],
    words: Vec<Vec<u8>>,
    limit: usize,
}

impl<'b> Batch<'b> {
    fn new(bytes: &'b mut Vec<u8>, command: &'b [u8], key: &'b [u8], words: usize) -> Self {
        let limit = ELEMENTS_PER_REQUEST * words;
        Self { bytes, head: [command, key], words: Vec::new(), limit }
    }

    fn add(&mut self, words: &[&[u8]]) {
        self.words.extend(words.iter().map(|word| word.to_vec()));
        if self.words.len() >= self.limit {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.words.is_empty() {
            let words = self.words.iter().map(Vec::as_slice);
            let words: Vec<&[u8]> = self.head.into_iter().chain(words).collect();
            write_request(self.bytes, &words);
            self.words.clear();
        }
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl RequestEncoder {
    fn select(&mut self, number: usize) {
        if self.number != Some(number) {
            let mut buffer = NumberBuffer::new();
            write_request(&mut self.bytes, &[b"SELECT", format_i64(number as i64, &mut buffer)]);
            self.number = Some(number);
        }
    }

    fn expiry(&mut self, entry: &Entry) {
        self.keys += 1;
        if let Some(at) = entry.expires_at() {
            let mut buffer = NumberBuffer::new();
            let at = format_i64(at, &mut buffer);
            write_request(&mut self.bytes, &[b"PEXPIREAT", entry.key(), at]);
        }
    }

    fn whole(&mut self, number: usize, entry: &Entry) {
        self.select(number);
        let key = entry.key();
        match shape(entry) {
            Shape::String(text) => write_request(&mut self.bytes, &[b"SET", key, &text]),
            Shape::Hash(hash) => {
                let mut timed = Vec::new();
                let mut batch = Batch::new(&mut self.bytes, b"HSET", key, 2);
                for_each_field(hash, |(field, value, expires_at)| {
                    batch.add(&[field, value]);
                    timed.extend(expires_at.map(|at| (field.to_vec(), at)));
                });
                drop(batch);
                self.expiries(Family::Hash, key, &timed);
            }
            Shape::List(list) => {
                let mut batch = Batch::new(&mut self.bytes, b"RPUSH", key, 1);
                for_each_element(list, |element| batch.add(&[element]));
            }
            Shape::Set(set) => {
                let mut timed = Vec::new();
                let mut batch = Batch::new(&mut self.bytes, b"SADD", key, 1);
                for_each_member(set, |member, expires_at| {
                    batch.add(&[member]);
                    timed.extend(expires_at.map(|at| (member.to_vec(), at)));
                });
                drop(batch);
                self.expiries(Family::Set, key, &timed);
            }
            Shape::SortedSet(sorted) => {
                let mut timed = Vec::new();
                let mut batch = Batch::new(&mut self.bytes, b"ZADD", key, 2);
                for_each_scored(sorted, |it| add_scored(&mut batch, &mut timed, it));
                drop(batch);
                self.expiries(Family::SortedSet, key, &timed);
            }
            Shape::Stream(_) => {
                match encode(&value_of(entry), Vec::new(), &WriteOptions::default()) {
                    Ok(payload) => {
                        write_request(&mut self.bytes, &[b"RESTORE", key, b"0", &payload]);
                    }
                    Err(_) => self.has_failed = true,
                }
            }
        }
        self.expiry(entry);
    }

    /// Gives elements of a key's collection the expiries they have.
    fn expiries(&mut self, family: Family, key: &[u8], timed: &[(Vec<u8>, i64)]) {
        let words = words(family);
        let mut buffer = NumberBuffer::new();
        for (element, at) in timed {
            let at = format_i64(*at, &mut buffer);
            let words: [&[u8]; 6] = [words.expiry, key, at, words.elements, b"1", element];
            write_request(&mut self.bytes, &words);
        }
    }

    /// The next piece; where to go on.
    fn next_piece(&mut self, number: usize, entry: &Entry, from: u64) -> Option<u64> {
        self.select(number);
        let (key, index) = (entry.key(), from as usize);
        match entry.object() {
            Some(Object::Hash(hash)) => {
                let mut timed = Vec::new();
                let mut batch = Batch::new(&mut self.bytes, b"HSET", key, 2);
                let next = hash.scan(from, ELEMENTS_PER_PIECE, |field| {
                    batch.add(&[field.key(), &text(field)]);
                    timed.extend(field.expires_at().map(|at| (field.key().to_vec(), at)));
                });
                drop(batch);
                self.expiries(Family::Hash, key, &timed);
                next
            }
            Some(Object::List(list)) => {
                let mut batch = Batch::new(&mut self.bytes, b"RPUSH", key, 1);
                let end = list.len().min(index + ELEMENTS_PER_PIECE);
                let _ = list.try_for_each_run(index..end, Direction::Forward, |run: Run<'_>| {
                    run.try_for_each::<()>(Direction::Forward, |element| {
                        batch.add(&[element]);
                        ControlFlow::Continue(())
                    })
                });
                (end < list.len()).then_some(end as u64)
            }
            Some(Object::Set(set)) => {
                let mut timed = Vec::new();
                let mut batch = Batch::new(&mut self.bytes, b"SADD", key, 1);
                let next = set.scan(from, ELEMENTS_PER_PIECE, |member| {
                    batch.add(&[member.bytes]);
                    timed.extend(member.expires_at.map(|at| (member.bytes.to_vec(), at)));
                });
                drop(batch);
                self.expiries(Family::Set, key, &timed);
                next
            }
            Some(Object::SortedSet(sorted)) => {
                let mut timed = Vec::new();
                let mut batch = Batch::new(&mut self.bytes, b"ZADD", key, 2);
                let end = sorted.len().min(index + ELEMENTS_PER_PIECE);
                for it in sorted.iter(index..end, ordered::Direction::Ascending) {
                    add_scored(&mut batch, &mut timed, it);
                }
                drop(batch);
                self.expiries(Family::SortedSet, key, &timed);
                (end < sorted.len()).then_some(end as u64)
            }
            Some(Object::Stream(_)) | None => None,
        }
    }
}

/// Adds a member, and notes it if it expires.
fn add_scored(batch: &mut Batch<'_>, timed: &mut Vec<(Vec<u8>, i64)>, it: Stored<'_>) {
    let mut buffer = NumberBuffer::new();
    batch.add(&[format_f64_stored(it.score, &mut buffer), it.member]);
    timed.extend(it.expires_at.map(|at| (it.member.to_vec(), at)));
}

impl Visitor for RequestEncoder {
    fn entry(&mut self, number: usize, entry: &Entry) {
        self.whole(number, entry);
    }

    fn piece(&mut self, number: usize, entry: &Entry, from: Option<u64>) -> ControlFlow<(), u64> {
        if matches!(entry.object(), Some(Object::Stream(_)) | None) {
            self.whole(number, entry);
            return ControlFlow::Break(());
        }
        match self.next_piece(number, entry, from.unwrap_or(0)) {
            Some(next) => ControlFlow::Continue(next),
            None => {
                self.expiry(entry);
                ControlFlow::Break(())
            }
        }
    }
}
