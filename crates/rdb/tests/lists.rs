//! Lists in every layout: as a real server saved them, and old ones written down by hand.

#![allow(clippy::unwrap_used)] // helpers are not known to be tests

mod dumps;

use dumps::{bytes, dump, read, read_error};
use russet_rdb::{Entry, Event, Value, WriteOptions, Writer};

/// Redis 7.0.15: integers and texts in one listpack, a long element alone between two, and a list
/// in parts of three elements.
const LISTS: &str = "
    524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa0563
    74696d65c21f61086bfa08757365642d6d656dc2c8190f00fa08616f662d62617365c000fe00fb0300120573
    6d616c6c01021e1e000000050001018361626304f178ec038001f4ffffffffffffff7f09ff1205706c61696e
    03020a0a0000000100817802ff01c3094096017070e08900017070020a0a0000000100817902ff1205706172
    7473020210100000000300816102816202816302ff020a0a0000000100816402ffff68bebb326e62d311";

fn list(key: &str, elements: &[&str]) -> Entry {
    let elements = elements.iter().map(|element| element.as_bytes().to_vec());
    Entry::new(key.into(), Value::List(elements.collect()))
}

fn entries(dump: &[u8]) -> Vec<Entry> {
    let entry = |event| if let Event::Entry(entry) = event { Some(entry) } else { None };
    read(dump).unwrap().into_iter().filter_map(entry).collect()
}

#[test]
fn lists_of_redis_7_come_back() {
    let expected = [
        list("small", &["1", "abc", "-5000", "", "9223372036854775807"]),
        list("plain", &["x", &"p".repeat(150), "y"]),
        list("parts", &["a", "b", "c", "d"]),
    ];
    assert_eq!(entries(&bytes(LISTS)), expected);
}

#[test]
fn lists_of_older_servers_come_back() {
    let ziplist = b"\x19\0\0\0\x14\0\0\0\x04\0\0\x01a\x03\xf2\x02\x03foo\x05\xc0\x39\x30\xff";
    let expected = ["a", "1", "foo", "12345"];
    let plain = b"\x01\x01l\x04\x01a\xc0\x01\x03foo\xc1\x39\x30";
    assert_eq!(entries(&dump("0003", plain)), [list("l", &expected)]);
    let one = [b"\x0a\x01l\x19".as_slice(), ziplist].concat();
    assert_eq!(entries(&dump("0006", &one)), [list("l", &expected)]);
    let two = [b"\x0e\x01l\x02\x19".as_slice(), ziplist, b"\x19", ziplist].concat();
    assert_eq!(entries(&dump("0009", &two)), [list("l", &expected.repeat(2))]);
}

#[test]
fn a_list_without_elements_is_passed_over() {
    for items in [b"\x01\x01l\x00".as_slice(), b"\x12\x01l\x00"] {
        assert_eq!(entries(&dump("0010", items)), []);
    }
}

#[test]
fn an_unknown_form_of_a_part_is_refused() {
    let error = "malformed dump at offset 13: unknown form of a part of a list";
    assert_eq!(read_error(&dump("0010", b"\x12\x01l\x01\x03\x01a")), error);
}

#[test]
fn lists_are_written_as_redis_does() {
    let server = bytes(LISTS).escape_ascii().to_string();
    let three = list("parts", &["a", "b", "c", "d"]);
    let small = list("small", &["1", "abc", "-5000", "", "9223372036854775807"]);
    for (entry, list_listpack_bytes) in [(small, 8 << 10), (three, 33)] {
        let options =
            WriteOptions { compression: false, list_listpack_bytes, ..WriteOptions::default() };
        let mut writer = Writer::new(Vec::new(), options).unwrap();
        writer.entry(&entry).unwrap();
        let written = writer.finish().unwrap();
        let ours = written[9..written.len() - 9].escape_ascii().to_string();
        assert!(server.contains(&ours), "{ours}");
    }
}
