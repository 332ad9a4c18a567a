//! A dump that is cut gives what it gives when it is read in one go (`fuzz.rs` compares the two,
//! with pieces of several sizes, for each dump that the other tests make up). Here: streams, the
//! checksum, and input that comes in drops or fails.

#![allow(clippy::unwrap_used)] // helpers are not known to be tests

use std::io::{self, Read};

use russet_rdb::stream::{
    BlockBuilder, Consumer, Group, Names, Pending, Producer, Stream, StreamId,
};
use russet_rdb::{
    Entry, Part, Pieces, ReadError, ReadOptions, Value, Version, WriteOptions, Writer, fuzz,
};

fn id(ms: u64) -> StreamId {
    StreamId { ms, seq: 3 }
}

/// A stream with everything that a stream can have.
fn stream() -> Stream {
    let mut block = BlockBuilder::new(id(1), (2, 0), vec![b"name".to_vec()]);
    block.push(id(1), &[(&b"name"[..], &b"value"[..])]);
    block.push(id(500_000_000_000), &[(&b"other"[..], &b"12"[..])]);
    let pending = |ms| Pending { id: id(ms), delivered_ms: 7, deliveries: 1000 };
    let consumer = Consumer {
        name: b"consumer".to_vec(),
        seen_ms: 9,
        active_ms: Some(8),
        pending: vec![id(1)],
    };
    let group = Group {
        name: b"group".to_vec(),
        last_id: id(2),
        entries_read: Some(70_000),
        pending: vec![pending(1), pending(2)],
        consumers: vec![consumer],
        given_back: vec![id(2)],
    };
    let producer = Producer { name: b"p".to_vec(), entries: vec![(b"first".to_vec(), id(1))] };
    let names = Names {
        duration_s: 100,
        names_max: 99,
        producers: vec![producer],
        added: 1,
        duplicates: 300,
    };
    Stream {
        blocks: vec![block.finish()],
        last_id: id(600_000_000_000),
        max_deleted_id: id(0),
        entries_added: Some(20_000),
        groups: vec![group],
        names: Some(names),
    }
}

fn dump(entries: &[Entry], version: Version) -> Vec<u8> {
    let options = WriteOptions { version, compression: false, ..WriteOptions::default() };
    let mut writer = Writer::new(Vec::new(), options).unwrap();
    writer.select_db(5).unwrap();
    writer.resize_db(entries.len() as u64, 0).unwrap();
    entries.iter().for_each(|entry| writer.entry(entry).unwrap());
    writer.finish().unwrap()
}

fn entry(number: usize, value: Value) -> Entry {
    Entry::new(format!("key:{number}").into_bytes(), value)
}

#[test]
fn each_layout_of_a_stream_can_be_cut() {
    let mut without_names = stream();
    without_names.names = None;
    let mut nothing_given_back = stream();
    nothing_given_back.groups[0].pending.pop();
    nothing_given_back.groups[0].given_back.clear();
    let mut plain = nothing_given_back.clone();
    plain.names = None;
    for stream in [stream(), without_names, nothing_given_back, plain] {
        for version in [Version::V10, Version::V12] {
            let value = || Value::Stream(Box::new(stream.clone()));
            let text = || Value::String(b"behind it".to_vec());
            let dump = dump(&[entry(1, value()), entry(2, text()), entry(3, value())], version);
            // It compares.
            assert_eq!(fuzz::fuzz_read(&dump).len(), 6);
        }
    }
}

/// Hands out `step` bytes at a time, and fails behind the last one if told to.
struct Drops<'a> {
    left: &'a [u8],
    step: usize,
    failure: Option<io::ErrorKind>,
}

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.left.len().min(self.step).min(buffer.len());
        match self.failure {
            Some(kind) if count == 0 => return Err(kind.into()),
            _ => {}
        }
        buffer[..count].copy_from_slice(&self.left[..count]);
        self.left = &self.left[count..];
        Ok(count)
    }
}

/// The keys in a dump, and the pieces and entries by themselves that they came in.
fn keys(input: impl Read) -> Result<(Vec<String>, [usize; 2]), ReadError> {
    let mut pieces = Pieces::new(input, ReadOptions::default())?;
    let (mut events, mut counts) = (Vec::new(), [0, 0]);
    while let Some(part) = pieces.next_part(Vec::new())? {
        match part {
            Part::Piece(piece) => {
                assert_eq!(piece.database, 5);
                counts[0] += 1;
                fuzz::events_of(piece, &mut events)?;
            }
            Part::Entry { database, entry, .. } => {
                assert_eq!(database, 5);
                counts[1] += 1;
                events.push(russet_rdb::Event::Entry(entry));
            }
            Part::Expected { database, keys } => assert_eq!((database, keys), (5, 3003)),
            other => panic!("{other:?}"),
        }
    }
    let key = |event| match event {
        russet_rdb::Event::Entry(entry) => String::from_utf8(entry.key).unwrap(),
        other => panic!("{other:?}"),
    };
    Ok((events.into_iter().map(key).collect(), counts))
}

fn big_dump() -> Vec<u8> {
    let mut entries: Vec<Entry> =
        (0..3000).map(|n| entry(n, Value::List(vec![vec![n as u8; 300]; 1]))).collect();
    let random = (0..1_200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    entries.push(entry(3000, Value::String(random)));
    entries.push(entry(3001, Value::String(vec![b'x'; 200])));
    entries.push(entry(3002, Value::Set(vec![b"member".to_vec()])));
    dump(&entries, Version::V10)
}

#[test]
fn the_checksum_is_compared_and_an_entry_too_long_for_a_piece_stands_alone() {
    let dump = big_dump();
    for step in [1000, 65_536, 10_000_000] {
        let input = Drops { left: &dump, step, failure: None };
        let (keys, [pieces, alone]) = keys(input).unwrap();
        assert!(keys.iter().enumerate().all(|(n, key)| *key == format!("key:{n}")));
        assert_eq!((keys.len(), alone), (3003, 1));
        assert!((7..12).contains(&pieces), "{pieces} pieces");
    }
    let mut changed = dump.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(keys(&changed[..]), Err(ReadError::Checksum { .. })));
}

#[test]
fn input_that_fails_does_so_behind_what_came_before() {
    let dump = big_dump();
    for len in [20, 100_000, 400_000, 1_500_000] {
        let failing = |failure| Drops { left: &dump[..len], step: 7000, failure };
        match keys(failing(Some(io::ErrorKind::TimedOut))) {
            Err(ReadError::Io { offset, cause }) => {
                assert_eq!((offset, cause.kind()), (len as u64, io::ErrorKind::TimedOut));
            }
            other => panic!("{other:?}"),
        }
        match keys(failing(None)) {
            Err(ReadError::Truncated { offset }) => assert_eq!(offset, len as u64),
            other => panic!("{other:?}"),
        }
    }
}
