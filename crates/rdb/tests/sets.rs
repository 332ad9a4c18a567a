//! Sets and sorted sets: a dump of a real server, and the other layouts written down by hand.

#![allow(clippy::unwrap_used)] // helpers are not known to be tests

mod dumps;

use dumps::{bytes, dump, read, read_error};
use russet_rdb::{Entry, Event, Scored, Value, WriteOptions, Writer, listpack};

fn entries(dump: &[u8]) -> Vec<Entry> {
    let entry = |event| if let Event::Entry(entry) = event { Some(entry) } else { None };
    read(dump).unwrap().into_iter().filter_map(entry).collect()
}

fn set(key: &str, members: &[&str]) -> Entry {
    Entry::new(key.into(), Value::Set(members.iter().map(|&it| it.into()).collect()))
}

fn sorted_set(key: &str, members: &[(&str, f64)]) -> Entry {
    let scored = |&(member, score): &(&str, f64)| Scored { member: member.into(), score };
    Entry::new(key.into(), Value::SortedSet(members.iter().map(scored).collect()))
}

#[test]
fn sets_of_a_real_server_come_back() {
    let big = [("c", f64::INFINITY), ("b", 2.5), ("a", 1.0), ("d", -0.0)];
    let expected = [
        sorted_set("big", &big),
        set("wide", &["-1", "9223372036854775807"]),
        set("ints", &["-2", "1", "70000"]),
        sorted_set("small", &[("c", f64::NEG_INFINITY), ("a", 1.0), ("b", 2.5)]),
        set("plain", &["7", "a", "b"]),
    ];
    assert_eq!(entries(&bytes(dumps::SETS)), expected);
}

/// The bytes of this one entry as written, without header, end and checksum.
fn written(entry: &Entry, options: WriteOptions) -> String {
    let mut writer = Writer::new(Vec::new(), options).unwrap();
    writer.entry(entry).unwrap();
    let dump = writer.finish().unwrap();
    dump[9..dump.len() - 9].escape_ascii().to_string()
}

#[test]
fn each_layout_is_written_as_redis_does() {
    let server = bytes(dumps::SETS).escape_ascii().to_string();
    let packed = WriteOptions { compression: false, ..WriteOptions::default() };
    let plain = WriteOptions { zset_listpack_entries: 0, ..packed };
    let check = |entry: &Entry, options| {
        let ours = written(entry, options);
        assert!(server.contains(&ours), "{ours}");
    };
    check(&set("wide", &["9223372036854775807", "-1"]), packed);
    check(&set("ints", &["1", "70000", "-2"]), packed);
    check(&set("plain", &["7", "a", "b"]), packed);
    let small = [("c", f64::NEG_INFINITY), ("a", 1.0), ("b", 2.5)];
    check(&sorted_set("small", &small), packed);
    let big = [("d", -0.0), ("a", 1.0), ("b", 2.5), ("c", f64::INFINITY)];
    check(&sorted_set("big", &big), plain);
    let few = WriteOptions { set_intset_entries: 1, ..packed };
    assert_eq!(written(&set("s", &["1", "2"]), few), "\\x02\\x01s\\x02\\xc0\\x01\\xc0\\x02");
}

#[test]
fn scores_were_text_once() {
    let items = b"\x03\x01z\x04\x01a\x032.5\x01b\xfe\x01c\xff\x01d\x03-17";
    let infinity = f64::INFINITY;
    let members = [("a", 2.5), ("b", infinity), ("c", -infinity), ("d", -17.0)];
    assert_eq!(entries(&dump("0006", items)), [sorted_set("z", &members)]);
    let wrong = "malformed dump at offset 15: a score that is not a number";
    assert_eq!(read_error(&dump("0006", b"\x03\x01z\x01\x01a\xfd")), wrong);
    assert_eq!(read_error(&dump("0006", b"\x03\x01z\x01\x01a\x01x")), wrong);
}

#[test]
fn redis_2_6_ziplist_and_redis_7_2_listpack() {
    let ziplist = b"\x19\0\0\0\x14\0\0\0\x04\0\0\x01a\x03\xf2\x02\x03foo\x05\xc0\x39\x30\xff";
    let items = [b"\x0c\x01z\x19".as_slice(), ziplist].concat();
    let expected = [sorted_set("z", &[("a", 1.0), ("foo", 12345.0)])];
    assert_eq!(entries(&dump("0006", &items)), expected);

    let mut packed = listpack::Builder::new();
    [b"x".as_slice(), b"7", b"yy"].iter().for_each(|member| packed.push(member));
    let packed = packed.finish();
    let items = [b"\x14\x01s", [packed.len() as u8].as_slice(), &packed].concat();
    assert_eq!(entries(&dump("0011", &items)), [set("s", &["x", "7", "yy"])]);
}

#[test]
fn broken_sets_are_refused_and_empty_ones_passed_over() {
    let intset = |bytes: &[u8]| {
        let items = [b"\x0b\x01s", [bytes.len() as u8].as_slice(), bytes].concat();
        read_error(&dump("0010", &items))
    };
    let error = "malformed dump at offset 12: intset, byte";
    assert_eq!(intset(b"\x03\0\0\0\0\0\0\0"), format!("{error} 0: no width of an integer"));
    let short = intset(b"\x02\0\0\0\x02\0\0\0\x01\0");
    assert_eq!(short, format!("{error} 4: the count does not fit the size"));
    let order = intset(b"\x02\0\0\0\x02\0\0\0\x01\0\x01\0");
    assert_eq!(order, format!("{error} 10: integers out of order"));
    assert_eq!(intset(b"\x02\0\0"), format!("{error} 0: reaches past the end"));

    let items = b"\x02\x01s\x00\x05\x01z\x00\x0b\x01i\x08\x02\0\0\0\0\0\0\0\x02\x01k\x01\x01v";
    assert_eq!(entries(&dump("0010", items)), [set("k", &["v"])]);
    let nan = [b"\x05\x01z\x01\x01a".as_slice(), &f64::NAN.to_le_bytes()].concat();
    let wrong = "malformed dump at offset 15: a score that is not a number";
    assert_eq!(read_error(&dump("0010", &nan)), wrong);
}
