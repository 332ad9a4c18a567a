//! Damaged, truncated and hostile dumps: each is an error that says where, and nothing panics.

mod dumps;

use std::io::{self, Read};

use dumps::{bytes, dump, read, read_error};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use russet_rdb::fuzz::fuzz_read;
use russet_rdb::{ChecksumCheck, Event, ReadOptions, Reader};

#[test]
fn a_dump_cut_anywhere_is_an_error_and_what_came_before_is_right() {
    for hex in dumps::ALL {
        let whole = bytes(hex);
        let expected = read(&whole).unwrap();
        for len in 0..whole.len() {
            let cut = &whole[..len];
            let Ok(reader) = Reader::new(cut, ReadOptions::default()) else {
                assert!(len < 9);
                continue;
            };
            let mut events: Vec<_> = reader.collect();
            let error = events.pop().unwrap().unwrap_err().to_string();
            assert_eq!(error, format!("unexpected end of the dump at offset {len}"));
            let before: Vec<Event> = events.into_iter().map(Result::unwrap).collect();
            assert_eq!(before, expected[..before.len()]);
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    for hex in dumps::ALL {
        let mut damaged = bytes(hex);
        for bit in 0..damaged.len() * 8 {
            damaged[bit / 8] ^= 1 << (bit % 8);
            // A flip in the version may turn it into one that had no checksum yet.
            let in_version = (5..9).contains(&(bit / 8));
            assert!(in_version || read(&damaged).is_err(), "bit {bit}");
            fuzz_read(&damaged);
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn errors_say_what_and_where() {
    let cases: [(&[u8], &str); 14] = [
        (
            b"\x07\x05a\"b\n\x00\x05",
            "the value of key \"a\\\"b\\n\\x00\" belongs to module \"AAAAAAAAA\", which cannot be \
             loaded",
        ),
        (b"\x08", "malformed dump at offset 9: 8 is no opcode and no value type known here"),
        (b"\xf3", "the dump holds a module's data about a key at offset 9, which cannot be loaded"),
        (b"\xf6", "unsupported pre-release format of a function library at offset 9"),
        (b"\xfe\x82", "malformed dump at offset 10: unknown encoding of a length"),
        (b"\xfe\xc0\x01", "malformed dump at offset 10: a special string where a length should be"),
        (b"\x00\x01k\xc4", "malformed dump at offset 12: unknown encoding of a string"),
        (
            b"\x00\x01k\xc3\x02\x05\x01ab",
            "malformed dump at offset 12: compressed string ends early",
        ),
        (
            b"\x00\x01k\xc3\x02\x81\x10\0\0\0\0\0\0\0ab",
            "malformed dump at offset 12: compressed string is too short for its plain size",
        ),
        (
            b"\x10\x01h\x07\x08\0\0\0\0\0\xff",
            "malformed dump at offset 12: listpack, byte 0: wrong size in the header",
        ),
        (
            b"\x10\x01h\x09\x09\0\0\0\x01\0\x05\x01\xff",
            "malformed dump at offset 12: listpack, byte 9: the last field is incomplete",
        ),
        (
            b"\x17\x01h\x0e\x0e\0\0\0\x03\0\x05\x01\x05\x01\xdf\xff\x02\xff",
            "malformed dump at offset 12: listpack, byte 10: expiry of a field is not a time",
        ),
        (
            b"\x16\x01h\x01\x81\0\x01\0\0\0\0\0\0\x00\x00",
            "malformed dump at offset 13: expiry of a hash field beyond 48 bits",
        ),
        (
            b"\x09\x01h\x02\x01\xff",
            "malformed dump at offset 12: zipmap, byte 0: wrong count of pairs",
        ),
    ];
    for (items, error) in cases {
        assert_eq!(read_error(&dump("0011", items)), error);
    }
}

#[test]
fn only_known_versions_are_read() {
    for version in 1..=16 {
        assert!(read(&dump(&format!("{version:04}"), b"")).is_ok(), "{version}");
    }
    for (dump, version) in [(&b"REDIS0017"[..], 17), (b"VALKEY082", 82), (b"VALKEY011", 11)] {
        let supported = "(1 to 16 are, and Valkey's 80)";
        let expected = format!("dump format version {version} is not supported {supported}");
        assert_eq!(read_error(dump), expected);
    }
    let zero = "dump format version 0 is not supported (1 to 16 are, and Valkey's 80)";
    assert_eq!(read_error(b"REDIS0000"), zero);
    assert_eq!(read_error(b"REDIS+012"), "not a Redis dump: \"+012\" is not a format version");
    let other = "not a Redis dump: it starts with \"VALKE\", not with \"REDIS\"";
    assert_eq!(read_error(b"VALKEX080"), other);
    assert_eq!(read_error(b"REDI"), "unexpected end of the dump at offset 4");
}

#[test]
fn a_wrong_checksum_is_an_error_unless_not_asked_for() {
    let mut damaged = bytes(dumps::FUNCTION);
    let value_at = damaged.len() - 10;
    damaged[value_at] = b'w';
    let error = read_error(&damaged);
    assert!(error.starts_with("wrong checksum of the dump (CRC error): computed "), "{error}");
    assert!(error.ends_with(", found c1ec28b2078d8af1"), "{error}");
    let options = ReadOptions { checksum: ChecksumCheck::Off, ..ReadOptions::default() };
    assert!(Reader::new(&damaged[..], options).unwrap().all(|event| event.is_ok()));
}

#[test]
fn huge_lengths_do_not_allocate() {
    let huge = b"\x81\x10\0\0\0\0\0\0\0";
    let plain = [b"\x00".as_slice(), huge].concat();
    let hash = [b"\x04\x01h".as_slice(), huge].concat();
    let listpack = [b"\x10\x01h".as_slice(), huge].concat();
    let compressed = [b"\x00\x01k\xc3".as_slice(), huge, huge].concat();
    for items in [plain, hash, listpack, compressed] {
        let input = [b"REDIS0011".as_slice(), &items].concat();
        let end = format!("unexpected end of the dump at offset {}", input.len());
        assert_eq!(read_error(&input), end);
    }
}

#[test]
fn after_an_error_there_is_nothing_more() {
    let dump = dump("0011", b"\x08\x00\x01k\x01v");
    let mut reader = Reader::new(&dump[..], ReadOptions::default()).unwrap();
    assert!(reader.next_event().is_err());
    assert!(matches!(reader.next_event(), Ok(None)));
    assert!(reader.next().is_none());
}

/// Gives one byte at a time, is interrupted before each, and fails at the end.
struct Flaky<'a> {
    left: &'a [u8],
    interrupted: bool,
}

impl Read for Flaky<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match self.left.split_first() {
            Some((first, left)) => {
                buffer[0] = *first;
                self.left = left;
                Ok(1)
            }
            None => Err(io::Error::other("the cable is out")),
        }
    }
}

#[test]
fn input_may_come_in_drops_and_fail() {
    let whole = bytes(dumps::HASHES);
    let flaky = |left| Flaky { left, interrupted: false };
    let reader = Reader::new(flaky(&whole), ReadOptions::default()).unwrap();
    let events: Vec<Event> = reader.map(Result::unwrap).collect();
    assert_eq!(events, read(&whole).unwrap());
    let reader = Reader::new(flaky(&whole[..20]), ReadOptions::default()).unwrap();
    let error = reader.last().unwrap().unwrap_err().to_string();
    assert_eq!(error, "cannot read the dump at offset 20: the cable is out");
}

proptest! {
    #[test]
    fn random_bytes_are_answered(items: Vec<u8>) {
        fuzz_read(&items);
        fuzz_read(&dump("0012", &items));
    }

    /// Bytes that the format likes, so that decoding gets further than with random ones.
    #[test]
    fn likely_bytes_are_answered(
        pieces in proptest::collection::vec(
            prop_oneof![
                select(vec![0u8, 4, 9, 13, 16, 22, 23, 24, 25]).prop_map(|byte| vec![byte]),
                (0xf4u8..=0xff).prop_map(|opcode| vec![opcode]),
                (0u8..16).prop_map(|len| vec![len]),
                Just(b"\x01k\x01v".to_vec()),
                Just(b"\xc3\x04\x09\x00a\x80\x00".to_vec()),
                Just(b"\x0d\x0d\0\0\0\x02\0\x81f\x02\x81v\x02\xff".to_vec()),
                Just(b"\0\0\0\0\0\0\0\0".to_vec()),
            ],
            0..40,
        ),
    ) {
        fuzz_read(&dump("0012", &pieces.concat()));
    }

    #[test]
    fn several_damaged_bytes_are_answered(
        which in 0..dumps::ALL.len(),
        damage in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut damaged = bytes(dumps::ALL[which]);
        for (place, byte) in damage {
            let place = place.index(damaged.len());
            damaged[place] = byte;
        }
        fuzz_read(&damaged);
    }
}
