//! Expiries of members of sets and sorted sets: facts behind their key, passed over by others.

#![allow(clippy::unwrap_used)] // helpers are not known to be tests

use russet_rdb::dump::{DumpError, Dumped, decode, encode};
use russet_rdb::{
    ChecksumCheck, Entry, Event, MemberExpiries, ReadOptions, Reader, Value, WriteOptions, Writer,
};

const AT: u64 = 4_102_444_800_123;

fn expiries(key: &str, members: &[(&str, u64)]) -> MemberExpiries {
    let members = members.iter().map(|(member, at)| ((*member).into(), *at)).collect();
    MemberExpiries { key: key.into(), members }
}

fn written(told: &[MemberExpiries]) -> Vec<u8> {
    let options = WriteOptions { checksum: false, ..WriteOptions::default() };
    let mut writer = Writer::new(Vec::new(), options).unwrap();
    let value = Value::Set(vec![b"a".to_vec(), b"7".to_vec()]);
    writer.entry(&Entry::new(b"s".to_vec(), value)).unwrap();
    told.iter().for_each(|each| writer.member_expiries(each).unwrap());
    writer.finish().unwrap()
}

#[test]
fn they_are_written_byte_by_byte_behind_their_key() {
    let dump = written(&[expiries("s", &[("a", AT), ("7", 1)])]);
    let expected = [
        &b"REDIS0010"[..],
        b"\x02\x01s\x02\x01a\xC0\x07",
        b"\xFA\x16russet-member-expiries",
        b"\x16",
        b"\x01s",
        b"\x7B\xD8\xC3\x2C\xBB\x03\0\0\x01a",
        b"\x01\0\0\0\0\0\0\0\xC0\x07",
        b"\xFF\0\0\0\0\0\0\0\0",
    ];
    assert_eq!(dump, expected.concat());
}

#[test]
fn they_come_back_as_often_as_they_are_written() {
    let told = [expiries("s", &[("a", AT)]), expiries("s", &[]), expiries("t", &[("", 0)])];
    let dump = written(&told);
    let found: Vec<MemberExpiries> = Reader::new(&dump[..], ReadOptions::default())
        .unwrap()
        .filter_map(|event| match event.unwrap() {
            Event::MemberExpiries(expiries) => Some(expiries),
            _ => None,
        })
        .collect();
    assert_eq!(found, told);
}

#[test]
fn broken_ones_are_refused() {
    let whole = written(&[expiries("s", &[("a", AT)])]);
    // The fact's value begins with its length, and ends before the end mark and the checksum.
    let end = whole.len() - 9;
    let at = end - 13;
    for (len, rest, reason) in [
        (5, &whole[at + 1..at + 6], "expiries of members are broken"),
        (0, &[][..], "expiries of members are broken"),
        (12, &[1, b's', 0, 0, 0, 0, 0, 0, 1, 0, 1, b'a'], "beyond 48 bits"),
    ] {
        let broken = [&whole[..at], &[len], rest, &whole[end..]].concat();
        let error = Reader::new(&broken[..], ReadOptions::default())
            .unwrap()
            .find_map(Result::err)
            .unwrap()
            .to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_payload_has_them_behind_its_value() {
    let value = Value::Set(vec![b"a".to_vec(), b"b".to_vec()]);
    let plain = encode(&value, Vec::new(), &WriteOptions::default()).unwrap();
    let told = vec![(b"b".to_vec(), AT)];
    let payload = encode(&value, told.clone(), &WriteOptions::default()).unwrap();
    // Redis reads the value and the footer, and nothing between them.
    assert_eq!(payload[..plain.len() - 10], plain[..plain.len() - 10]);
    assert_eq!(payload[payload.len() - 10..][..2], plain[plain.len() - 10..][..2]);
    assert_eq!(decode(&payload, ChecksumCheck::On).unwrap(), Dumped { value, expiries: told });
    for cut in plain.len() - 9..payload.len() - 10 {
        let damaged = [&payload[..cut], &payload[payload.len() - 10..]].concat();
        let outcome = decode(&damaged, ChecksumCheck::Off);
        assert!(matches!(outcome, Err(DumpError::Value(_))), "{cut}");
    }
}
