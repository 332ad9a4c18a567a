//! Dumps made by real servers, and old layouts written down by hand, read to the last byte.

#![allow(clippy::unwrap_used)] // helpers are not known to be tests

mod dumps;

use std::io::Read;

use dumps::{bytes, dump, read};
use russet_rdb::{
    Checksum, Entry, Event, HashField, ModuleAux, Origin, Purpose, ReadOptions, Reader, Value,
    Version, WriteOptions, Writer, listpack,
};

fn entries(dump: &[u8]) -> Vec<Entry> {
    let entry = |event| if let Event::Entry(entry) = event { Some(entry) } else { None };
    read(dump).unwrap().into_iter().filter_map(entry).collect()
}

fn string(key: &str, value: &str) -> Entry {
    Entry::new(key.into(), Value::String(value.into()))
}

fn hash(key: &str, fields: &[(&str, &str, Option<u64>)]) -> Entry {
    let field = |&(field, value, expires_at_ms): &(&str, &str, _)| HashField {
        field: field.into(),
        value: value.into(),
        expires_at_ms,
    };
    Entry::new(key.into(), Value::Hash(fields.iter().map(field).collect()))
}

fn aux(key: &str, value: &str) -> Event {
    Event::Aux { key: key.into(), value: value.into() }
}

#[test]
fn a_dump_is_read_event_by_event() {
    let expected = vec![
        aux("redis-ver", "7.0.15"),
        aux("redis-bits", "64"),
        aux("ctime", "1795225777"),
        aux("used-mem", "1384472"),
        aux("aof-base", "0"),
        Event::Function(b"#!lua name=l\nredis.register_function('f', function() end)".to_vec()),
        Event::SelectDb(9),
        Event::ResizeDb { keys: 1, expiring_keys: 0 },
        Event::Entry(Entry { freq: Some(5), ..string("k", "v") }),
        Event::End { checksum: Checksum::Matches },
    ];
    assert_eq!(read(&bytes(dumps::FUNCTION)).unwrap(), expected);
}

#[test]
fn strings_come_back_from_every_encoding() {
    let expected = [
        string("zeros", "007"),
        string("i16", "32767"),
        string("plain", "hello"),
        string("wide", "9223372036854775807"),
        Entry { expires_at_ms: Some(4_102_444_800_123), ..string("ttl", "v") },
        string("run", &"a".repeat(56)),
        string("i8", "-128"),
        string("i32", "-2147483648"),
    ];
    assert_eq!(entries(&bytes(dumps::STRINGS)), expected);
}

#[test]
fn hashes_come_back_packed_or_not() {
    let small = [
        ("name", "rust", None),
        ("answer", "42", None),
        ("neg", "-4097", None),
        ("huge", "9223372036854775807", None),
    ];
    let long = "a".repeat(76);
    let expected =
        [hash("large", &[("n", "7", None), ("field", &long, None)]), hash("small", &small)];
    assert_eq!(entries(&bytes(dumps::HASHES)), expected);
}

#[test]
fn fields_keep_their_expiry() {
    let (soon, later) = (Some(4_102_444_800_000), Some(4_102_444_800_123));
    let expected = [
        hash("s", &[("c", "3", soon), ("b", "2", later), ("a", "1", None)]),
        hash("big", &[("c", "3", soon), ("a", &"z".repeat(78), None), ("b", "2", later)]),
        hash("s2", &[("a", "1", None)]),
    ];
    assert_eq!(entries(&bytes(dumps::FIELD_EXPIRY)), expected);
}

#[test]
fn the_release_candidates_wrote_expiries_in_full() {
    let mut packed = listpack::Builder::new();
    for text in ["a", "1", "1000000", "b", "2", "0"] {
        packed.push(text.as_bytes());
    }
    let packed = packed.finish();
    let mut items = b"\x16\x01h\x02\x05\x01a\xc0\x01\x00\x01b\xc0\x02\x17\x01p".to_vec();
    items.push(packed.len() as u8);
    items.extend(packed);
    let expected = [
        hash("h", &[("a", "1", Some(5)), ("b", "2", None)]),
        hash("p", &[("a", "1", Some(1_000_000)), ("b", "2", None)]),
    ];
    assert_eq!(entries(&dump("0012", &items)), expected);
}

#[test]
fn idle_time_is_kept() {
    let expected = [Entry { idle_s: Some(7_621_548), ..string("k", "v") }];
    assert_eq!(entries(&bytes(dumps::IDLE)), expected);
}

#[test]
fn redis_2_4_zipmap_with_an_expiry_in_seconds_and_no_checksum() {
    let zipmap = b"\x02\x03foo\x03\x00bar\x05hello\x02\x02hi\x00\x00\xff";
    let items =
        [b"\xfe\x00\xfd\x00\x65\xcd\x1d\x09\x01h\x17".as_slice(), zipmap, b"\x00\x01k\x01v"]
            .concat();
    let mut expected =
        [hash("h", &[("foo", "bar", None), ("hello", "hi", None)]), string("k", "v")];
    expected[0].expires_at_ms = Some(500_000_000_000);
    let dump = dump("0002", &items);
    assert_eq!(entries(&dump), expected);
    let end = read(&dump).unwrap().pop();
    assert_eq!(end, Some(Event::End { checksum: Checksum::Absent }));
}

#[test]
fn redis_2_6_ziplist() {
    let ziplist = b"\x19\0\0\0\x14\0\0\0\x04\0\0\x01a\x03\xf2\x02\x03foo\x05\xc0\x39\x30\xff";
    let items = [b"\xfe\x00\x0d\x01h\x19".as_slice(), ziplist].concat();
    let expected = [hash("h", &[("a", "1", None), ("foo", "12345", None)])];
    assert_eq!(entries(&dump("0006", &items)), expected);
}

#[test]
fn hints_of_a_cluster_and_skipped_modules_are_events() {
    // The module "AAAAAAAAB", version 3, with one of each kind of item.
    let mut items = b"\xf4\x4a\xbc\x03\x01\xf7\x44\x03".to_vec();
    items.extend(b"\x02\x01\x01\x07\x03\0\0\0\0\x04\0\0\0\0\0\0\0\0\x05\x02hi\x00\x00\x01k\x01v");
    let options = ReadOptions { module_aux: ModuleAux::Skip, ..ReadOptions::default() };
    let dump = dump("0011", &items);
    let events: Vec<_> = Reader::new(&dump[..], options).unwrap().map(Result::unwrap).collect();
    let module = "AAAAAAAAB".to_string();
    assert_eq!(events[0], Event::SlotInfo { slot: 2748, keys: 3, expiring_keys: 1 });
    assert_eq!(events[1], Event::ModuleAuxSkipped { module });
    assert_eq!(events[2], Event::Entry(string("k", "v")));
    let refused = "the dump holds data of module \"AAAAAAAAB\" outside its keys, \
        which cannot be loaded";
    assert_eq!(dumps::read_error(&dump), refused);
}

#[test]
fn an_empty_hash_is_passed_over_with_its_expiry() {
    let items = b"\xfc\x01\0\0\0\0\0\0\0\x04\x05empty\x00\x00\x01k\x01v";
    let dump = dump("0010", items);
    assert_eq!(entries(&dump), [string("k", "v")]);
    let mut reader = Reader::new(&dump[..], ReadOptions::default()).unwrap();
    while reader.next_event().unwrap().is_some() {}
    assert_eq!(reader.offset(), dump.len() as u64);
}

#[test]
fn what_follows_the_dump_is_given_back() {
    let mut input = bytes(dumps::STRINGS);
    input.extend(b"*1\r\n$4\r\nPING\r\n");
    let mut reader = Reader::new(&input[..], ReadOptions::default()).unwrap();
    while reader.next_event().unwrap().is_some() {}
    let mut rest = String::new();
    reader.into_rest().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "*1\r\n$4\r\nPING\r\n");
}

/// Everything in `dump`, written again.
fn rewritten(dump: &[u8], options: WriteOptions) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), options).unwrap();
    for event in read(dump).unwrap() {
        match event {
            Event::Aux { key, value } => writer.aux(&key, &value).unwrap(),
            Event::SelectDb(db) => writer.select_db(db).unwrap(),
            Event::ResizeDb { keys, expiring_keys } => {
                writer.resize_db(keys, expiring_keys).unwrap()
            }
            Event::Function(source) => writer.function(&source).unwrap(),
            Event::Entry(entry) => writer.entry(&entry).unwrap(),
            _ => {}
        }
    }
    writer.finish().unwrap()
}

#[test]
fn written_again_the_bytes_are_those_of_redis() {
    // The other dumps hold compressed strings, for which there is more than one right answer.
    for hex in [dumps::FUNCTION, dumps::IDLE] {
        assert_eq!(rewritten(&bytes(hex), WriteOptions::default()), bytes(hex));
    }
}

#[test]
fn written_again_nothing_is_lost() {
    for hex in dumps::ALL {
        for compression in [true, false] {
            let version = Version::V12;
            let options = WriteOptions { version, compression, ..WriteOptions::default() };
            let again = rewritten(&bytes(hex), options);
            assert_eq!(read(&again).unwrap(), read(&bytes(hex)).unwrap());
        }
    }
}

#[test]
fn a_written_dump_byte_by_byte() {
    let mut writer = Writer::new(Vec::new(), WriteOptions::default()).unwrap();
    let origin = Origin {
        redis_version: "7.0.15",
        created_at_s: 1_795_225_778,
        used_memory: 1_412_984,
        purpose: Purpose::AofBase,
    };
    writer.origin(&origin).unwrap();
    writer.select_db(0).unwrap();
    writer.resize_db(2, 1).unwrap();
    let mut expiring = Entry::new(&b"ttl"[..], Value::String(&b"-129"[..]));
    expiring.expires_at_ms = Some(4_102_444_800_123);
    writer.entry(&expiring).unwrap();
    let fields = vec![HashField::new(&b"f"[..], &b"v"[..])];
    writer.entry(&Entry::new(&b"h"[..], Value::Hash(fields))).unwrap();
    let written = writer.finish().unwrap();
    let expected = b"REDIS0010\
        \xfa\x09redis-ver\x067.0.15\
        \xfa\x0aredis-bits\xc0\x40\
        \xfa\x05ctime\xc2\xb2\xf8\x00\x6b\
        \xfa\x08used-mem\xc2\x78\x8f\x15\x00\
        \xfa\x08aof-base\xc0\x01\
        \xfe\x00\xfb\x02\x01\
        \xfc\x7b\xd8\xc3\x2c\xbb\x03\0\0\x00\x03ttl\xc1\x7f\xff\
        \x10\x01h\x0d\x0d\0\0\0\x02\0\x81f\x02\x81v\x02\xff\
        \xff";
    assert_eq!(
        written[..written.len() - 8].escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    assert_eq!(read(&written).unwrap().pop(), Some(Event::End { checksum: Checksum::Matches }));
}

/// The bytes of this one entry as written, without header, end and checksum.
fn written(entry: &Entry, options: WriteOptions) -> String {
    let mut writer = Writer::new(Vec::new(), options).unwrap();
    writer.entry(entry).unwrap();
    let dump = writer.finish().unwrap();
    dump[9..dump.len() - 9].escape_ascii().to_string()
}

#[test]
fn each_layout_of_a_hash_is_written_as_redis_does() {
    let version = Version::V12;
    let packed = WriteOptions { version, compression: false, ..WriteOptions::default() };
    let plain = WriteOptions { hash_listpack_entries: 0, ..packed };
    let server = bytes(dumps::FIELD_EXPIRY).escape_ascii().to_string();
    let (soon, later) = (Some(4_102_444_800_000), Some(4_102_444_800_123));

    // Fields are put in the order of their expiry, so the order here must not matter.
    let expiring = hash("s", &[("a", "1", None), ("b", "2", later), ("c", "3", soon)]);
    let ours = written(&expiring, packed);
    // The server's earliest expiry is out of date here, as it may be; ours is exact.
    let (head, listpack) = ours.split_once("\\xbb\\x03\\x00\\x00").unwrap();
    assert_eq!(head, "\\x19\\x01s\\x00\\xd8\\xc3,");
    assert!(listpack.starts_with(",") && server.contains(listpack), "{listpack}");
    assert!(server.contains(&written(&hash("s2", &[("a", "1", None)]), packed)));

    let expected = b"\x18\x01s\x00\xd8\xc3\x2c\xbb\x03\0\0\x03\
        \x00\x01a\xc0\x01\x40\x7c\x01b\xc0\x02\x01\x01c\xc0\x03";
    assert_eq!(written(&expiring, plain), expected.escape_ascii().to_string());
    let expected = b"\x04\x02s2\x01\x01a\xc0\x01".escape_ascii().to_string();
    assert_eq!(written(&hash("s2", &[("a", "1", None)]), plain), expected);
}

#[test]
fn an_expiry_out_of_range_is_refused() {
    let options = WriteOptions { version: Version::V12, ..WriteOptions::default() };
    let mut writer = Writer::new(Vec::new(), options).unwrap();
    let error = writer.entry(&hash("h", &[("f", "v", Some(1 << 48))])).unwrap_err().to_string();
    assert_eq!(error, "a hash field's expiry of 281474976710656 ms does not fit 48 bits");
    let entry = Entry { expires_at_ms: Some(1 << 63), ..string("k", "v") };
    let error = writer.entry(&entry).unwrap_err().to_string();
    assert_eq!(error, "a key's expiry of 9223372036854775808 ms does not fit 63 bits");
}

#[test]
fn field_expiry_needs_the_newer_version() {
    let entry = hash("h", &[("f", "v", Some(5))]);
    let mut writer = Writer::new(Vec::new(), WriteOptions::default()).unwrap();
    let error = writer.entry(&entry).unwrap_err().to_string();
    assert_eq!(error, "dump format version 10 cannot hold the expiry of a hash field");
}

/// A hash whose fields expire as Valkey 9 writes it: expiries behind their fields.
const VALKEY: &[u8] = b"VALKEY080\xfa\x0avalkey-ver\x059.0.0\xfe\x00\xfb\x02\x00\
    \x16\x01h\x02\x01a\x011\x7b\xd8\xc3\x2c\xbb\x03\x00\x00\
    \x01b\x012\xff\xff\xff\xff\xff\xff\xff\xff\
    \x00\x01k\x01v\xff\0\0\0\0\0\0\0\0";

#[test]
fn a_dump_of_valkey_is_read_in_its_own_dialect() {
    let expected =
        [hash("h", &[("a", "1", Some(4_102_444_800_123)), ("b", "2", None)]), string("k", "v")];
    assert_eq!(entries(VALKEY), expected);
    // The same number means another layout to Redis.
    let redis = [b"REDIS0011", &VALKEY[9..]].concat();
    assert!(read(&redis).is_err());
    let unknown = [&VALKEY[..9], b"\x18\x01h"].concat();
    let text = read(&unknown).unwrap_err().to_string();
    assert_eq!(text, "malformed dump at offset 9: 24 is no opcode and no value type known here");
}

#[test]
fn what_belongs_to_a_module_or_a_cluster_is_refused_by_name() {
    let id = b"ReJSON-RL".iter().fold(0u64, |id, letter| {
        let place = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            .bytes()
            .position(|known| known == *letter);
        id << 6 | place.unwrap() as u64
    });
    let value = [b"REDIS0011\x07\x01k\x81", &(id << 10 | 3).to_be_bytes()[..], b"\0"].concat();
    let text = read(&value).unwrap_err().to_string();
    let expected = "the value of key \"k\" belongs to module \"ReJSON-RL\", which cannot be loaded";
    assert_eq!(text, expected);
    for (head, expected) in [
        ("VALKEY080", "slots on their way into a cluster's node"),
        ("REDIS0013", "a module's data about a key"),
    ] {
        let text = read(&[head.as_bytes(), b"\xf3\x01"].concat()).unwrap_err().to_string();
        assert_eq!(text, format!("the dump holds {expected} at offset 9, which cannot be loaded"));
    }
}
