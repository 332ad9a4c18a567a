//! Exact bytes of replies, and undoing.

use super::*;
use crate::binary::decode::decode;
use crate::{Reply, SHARED_MIN, Value, Version};

fn written(version: Version, write: impl Fn(&mut Reply)) -> Vec<u8> {
    let mut output = Output::new();
    output.push_bytes(b"before");
    write(&mut Reply::new(&mut output, version));
    assert!(!output.frame.is_open());
    output.pieces().collect::<Vec<_>>().concat()[6..].to_vec()
}

fn check(write: impl Fn(&mut Reply), plain: &[u8], typed: &[u8]) {
    let found = [Version::Binary2, Version::Binary3].map(|version| written(version, &write));
    let shown = found.map(|bytes| bytes.escape_ascii().to_string());
    assert_eq!(shown, [plain.escape_ascii().to_string(), typed.escape_ascii().to_string()]);
}

fn same(write: impl Fn(&mut Reply), bytes: &[u8]) {
    check(write, bytes, bytes);
}

#[test]
fn kinds_that_every_client_knows() {
    same(|r| r.nil(), b"\x01\0\0\0\0");
    same(|r| r.nil_array(), b"\x01\0\0\0\0");
    same(|r| r.error("ERR no"), b"\x0f\0\0\0\x01\x01\0\0\0\x06\0\0\0ERR no");
    same(|r| r.error("HUH\r\n"), b"\x0e\0\0\0\x01\0\0\0\0\x05\0\0\0HUH  ");
    same(|r| r.bulk(b"a\r\nb"), b"\x09\0\0\0\x02\x04\0\0\0a\r\nb");
    same(|r| r.bulk_int(-7), b"\x07\0\0\0\x02\x02\0\0\0-7");
    same(|r| r.int(-2), b"\x09\0\0\0\x03\xfe\xff\xff\xff\xff\xff\xff\xff");
    same(|r| r.array(0), b"\x05\0\0\0\x04\0\0\0\0");
    same(
        |r| {
            r.array(2);
            r.array(1);
            r.int(1);
            r.nil();
        },
        b"\x14\0\0\0\x04\x02\0\0\0\x04\x01\0\0\0\x03\x01\0\0\0\0\0\0\0\0",
    );
}

#[test]
fn kinds_to_be_asked_for() {
    check(|r| r.ok(), b"\x07\0\0\0\x02\x02\0\0\0OK", b"\x07\0\0\0\x0c\x02\0\0\0OK");
    let one = b"\x09\0\0\0\x03\x01\0\0\0\0\0\0\0";
    check(|r| r.boolean(true), one, b"\x02\0\0\0\x08\x01");
    let text = b"\x08\0\0\0\x02\x03\0\0\x002.5";
    check(|r| r.double(2.5), text, b"\x09\0\0\0\x05\0\0\0\0\0\0\x04\x40");
    check(|r| r.double_text("2.5"), text, b"\x09\0\0\0\x05\0\0\0\0\0\0\x04\x40");
    check(|r| r.big_number("12"), b"\x07\0\0\0\x02\x02\0\0\x0012", b"\x07\0\0\0\x09\x02\0\0\x0012");
    let verbatim = b"\x0a\0\0\0\x0a\x05\0\0\0txthi";
    check(|r| r.verbatim(b"txt", b"hi"), b"\x07\0\0\0\x02\x02\0\0\0hi", verbatim);
    let pair = |r: &mut Reply| {
        r.map(1);
        r.nil();
        r.nil();
    };
    check(pair, b"\x07\0\0\0\x04\x02\0\0\0\0\0", b"\x07\0\0\0\x06\x01\0\0\0\0\0");
    let set = |r: &mut Reply| {
        r.set(1);
        r.nil();
    };
    check(set, b"\x06\0\0\0\x04\x01\0\0\0\0", b"\x06\0\0\0\x07\x01\0\0\0\0");
    let push = |r: &mut Reply| {
        r.push(1);
        r.nil();
    };
    check(push, b"\x06\0\0\0\x04\x01\0\0\0\0", b"\x06\0\0\0\x0b\x01\0\0\0\0");
}

#[test]
fn a_reply_of_several_authors_is_one() {
    let mut output = Output::new();
    let replies = Reply::new(&mut output, Version::Binary2).replies(3);
    Reply::new(&mut output, Version::Binary2).int(1);
    let mark = output.mark();
    let mut second = Reply::new(&mut output, Version::Binary2);
    second.array(7);
    let _ = second.deferred();
    output.truncate_to(mark);
    let mut second = Reply::new(&mut output, Version::Binary2);
    second.error("ERR taken back");
    assert_eq!(second.error_since(mark), Some(&b"ERR taken back"[..]));
    let mut others = Output::new();
    Reply::new(&mut others, Version::Binary2).nil();
    output.append(others);
    Reply::new(&mut output, Version::Binary2).finish_replies(replies);
    let bytes = output.pieces().collect::<Vec<_>>().concat();
    let error = Value::Error(b"ERR taken back".to_vec());
    let expected = Value::Array(vec![Value::Int(1), error, Value::Null]);
    assert_eq!(decode(&bytes), Ok(Some((expected, bytes.len()))));
}

#[test]
fn an_aggregate_that_is_given_up_leaves_nothing() {
    same(
        |r| {
            let begun = r.deferred();
            r.give_up(begun);
            r.nil();
        },
        b"\x01\0\0\0\0",
    );
    let mut output = Output::new();
    let mut reply = Reply::new(&mut output, Version::Binary2);
    let begun = reply.deferred();
    reply.give_up(begun);
    assert!(output.is_empty() && !output.frame.is_open());
}

#[test]
fn what_is_undone_does_not_count() {
    let mut output = Output::new();
    Reply::new(&mut output, Version::Binary3).bulk_shared(&Arc::new(vec![1; SHARED_MIN]));
    let mark = output.mark();
    let mut reply = Reply::new(&mut output, Version::Binary3);
    reply.map(2);
    let _ = reply.deferred();
    reply.bulk_shared(&Arc::new(vec![1; SHARED_MIN]));
    output.truncate_to(mark);
    let mut reply = Reply::new(&mut output, Version::Binary3);
    reply.error("ERR x");
    assert_eq!(reply.error_since(mark), Some(&b"ERR x"[..]));
    assert_eq!(output.len(), 9 + SHARED_MIN + 4 + 14);
}

#[test]
fn large_values_go_by_reference_and_are_counted() {
    let large = Arc::new(vec![b'x'; SHARED_MIN]);
    let bytes = written(Version::Binary2, |reply| {
        reply.bulk_shared(&large);
        reply.array(2);
        reply.bulk_shared(&large);
        reply.nil();
    });
    let first = Value::Bulk(large.to_vec());
    let end = 9 + SHARED_MIN;
    assert_eq!(decode(&bytes), Ok(Some((first.clone(), end))));
    let second = Value::Array(vec![first, Value::Null]);
    assert_eq!(decode(&bytes[end..]), Ok(Some((second, bytes.len() - end))));
}
