//! Exact bytes for every kind of reply in both versions, and the way back through `decode`.

use super::*;
use crate::binary::decode as binary;
use crate::resp::decode::decode;
use proptest::prelude::*;

fn written(version: Version, write: impl Fn(&mut Reply)) -> Vec<u8> {
    let mut output = Output::new();
    write(&mut Reply::new(&mut output, version));
    output.pieces().collect::<Vec<_>>().concat()
}

fn check(write: impl Fn(&mut Reply), resp2: &str, resp3: &str) {
    let found = [Version::Resp2, Version::Resp3].map(|version| written(version, &write));
    assert_eq!(
        found.map(|bytes| bytes.escape_ascii().to_string()),
        [resp2.escape_default().to_string(), resp3.escape_default().to_string(),]
    );
}

fn same(write: impl Fn(&mut Reply), bytes: &str) {
    check(write, bytes, bytes);
}

#[test]
fn kinds_that_both_versions_have() {
    same(|r| r.ok(), "+OK\r\n");
    same(|r| r.status("QUEUED"), "+QUEUED\r\n");
    same(|r| r.error("ERR no such key"), "-ERR no such key\r\n");
    same(|r| r.error("ERR a\r\nb\nc"), "-ERR a  b c\r\n");
    same(|r| r.error_bytes(b"ERR '\r'"), "-ERR ' '\r\n");
    same(|r| r.int(0), ":0\r\n");
    same(|r| r.int(-7), ":-7\r\n");
    same(|r| r.int(i64::MIN), ":-9223372036854775808\r\n");
    same(|r| r.int(i64::MAX), ":9223372036854775807\r\n");
    same(|r| r.bulk(b""), "$0\r\n\r\n");
    same(|r| r.bulk(b"a\r\nb"), "$4\r\na\r\nb\r\n");
    same(|r| r.bulk_int(-12), "$3\r\n-12\r\n");
    same(|r| r.array(2), "*2\r\n");
    same(|r| r.array(12_345), "*12345\r\n");
}

#[test]
fn kinds_that_resp2_lacks() {
    check(|r| r.nil(), "$-1\r\n", "_\r\n");
    check(|r| r.nil_array(), "*-1\r\n", "_\r\n");
    check(|r| r.boolean(true), ":1\r\n", "#t\r\n");
    check(|r| r.boolean(false), ":0\r\n", "#f\r\n");
    check(|r| r.double(2.75), "$4\r\n2.75\r\n", ",2.75\r\n");
    check(|r| r.double(f64::NEG_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n");
    check(|r| r.big_number("12345"), "$5\r\n12345\r\n", "(12345\r\n");
    check(|r| r.verbatim(b"txt", b"hi\n"), "$3\r\nhi\n\r\n", "=7\r\ntxt:hi\n\r\n");
    check(|r| r.map(3), "*6\r\n", "%3\r\n");
    check(|r| r.set(3), "*3\r\n", "~3\r\n");
    check(|r| r.push(3), "*3\r\n", ">3\r\n");
    assert_eq!(written(Version::Resp3, |r| r.attribute(1)), b"|1\r\n");
}

#[test]
fn a_length_may_come_afterwards() {
    let write = |r: &mut Reply| {
        let outer = r.deferred();
        r.int(1);
        let map = r.deferred();
        r.bulk(b"a");
        r.int(2);
        r.finish_map(map, 1);
        let set = r.deferred();
        r.finish_set(set, 0);
        r.finish_array(outer, 3);
    };
    check(
        write,
        "*3\r\n:1\r\n*2\r\n$1\r\na\r\n:2\r\n*0\r\n",
        "*3\r\n:1\r\n%1\r\n$1\r\na\r\n:2\r\n~0\r\n",
    );
}

#[test]
fn large_values_go_by_reference_and_stay_in_their_place() {
    let large = Arc::new(vec![b'x'; SHARED_MIN]);
    let small = Arc::new(vec![b'y'; 3]);
    let mut output = Output::new();
    let mut reply = Reply::new(&mut output, Version::Resp2);
    reply.bulk_shared(&large);
    let outer = reply.deferred();
    reply.bulk_shared(&small);
    reply.bulk_shared(&large);
    reply.finish_array(outer, 2);
    assert_eq!((Arc::strong_count(&large), Arc::strong_count(&small)), (3, 1));
    let bytes = output.pieces().collect::<Vec<_>>().concat();
    let end = "$32768\r\n".len() + SHARED_MIN + 2;
    assert_eq!(decode(&bytes), Ok(Some((Value::Bulk(large.to_vec()), end))));
    let array = Value::Array(vec![Value::Bulk(small.to_vec()), Value::Bulk(large.to_vec())]);
    assert_eq!(decode(&bytes[end..]), Ok(Some((array, bytes.len() - end))));
}

#[test]
fn a_reply_can_be_taken_back() {
    let mut output = Output::new();
    let mut reply = Reply::new(&mut output, Version::Resp3);
    reply.ok();
    let mark = reply.output().mark();
    reply.bulk_shared(&Arc::new(vec![0; SHARED_MIN]));
    reply.output().truncate_to(mark);
    reply.error("ERR x");
    assert_eq!(output.bytes_since(mark), b"-ERR x\r\n");
    assert_eq!(output.pieces().collect::<Vec<_>>(), [b"+OK\r\n-ERR x\r\n"]);
}

/// Any value that a server may send; text of lines without line breaks.
fn value() -> impl Strategy<Value = Value> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..200);
    let flat = prop_oneof![
        "[ -~]{0,20}".prop_map(|text| Value::Status(text.into_bytes())),
        "[ -~]{0,20}".prop_map(|text| Value::Error(text.into_bytes())),
        any::<i64>().prop_map(Value::Int),
        (-9..20_000i64).prop_map(Value::Int),
        bytes().prop_map(Value::Bulk),
        Just(Value::Null),
        any::<f64>().prop_filter("equal to itself", |x| !x.is_nan()).prop_map(Value::Double),
        any::<bool>().prop_map(Value::Boolean),
        "-?[1-9][0-9]{0,40}".prop_map(|digits| Value::BigNumber(digits.into_bytes())),
        bytes().prop_map(|text| Value::Verbatim(*b"txt", text)),
    ];
    flat.prop_recursive(4, 40, 6, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..6);
        let pairs = || prop::collection::vec((inner.clone(), inner.clone()), 0..4);
        prop_oneof![
            list().prop_map(Value::Array),
            list().prop_map(Value::Set),
            list().prop_map(Value::Push),
            pairs().prop_map(Value::Map),
            (pairs(), inner.clone()).prop_map(|(notes, v)| Value::Attribute(notes, Box::new(v))),
        ]
    })
}

/// Writes `value` with the calls a handler would make; `deferred` where there is such a call.
fn write(reply: &mut Reply, value: &Value, deferred: bool) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match value {
        Value::Status(line) => reply.status(&text(line)),
        Value::Error(line) => reply.error(&text(line)),
        Value::Int(number) => reply.int(*number),
        Value::Bulk(bytes) => reply.bulk(bytes),
        Value::Null => reply.nil(),
        Value::Double(number) => reply.double(*number),
        Value::Boolean(value) => reply.boolean(*value),
        Value::BigNumber(digits) => reply.big_number(&text(digits)),
        Value::Verbatim(format, bytes) => reply.verbatim(format, bytes),
        Value::Array(values) | Value::Set(values) | Value::Push(values) => {
            let begun = (deferred && !matches!(value, Value::Push(_))).then(|| reply.deferred());
            match value {
                Value::Push(_) => reply.push(values.len()),
                Value::Array(_) if !deferred => reply.array(values.len()),
                Value::Set(_) if !deferred => reply.set(values.len()),
                _ => {}
            }
            values.iter().for_each(|value| write(reply, value, deferred));
            match (begun, value) {
                (None, _) => {}
                (Some(begun), Value::Set(_)) => reply.finish_set(begun, values.len()),
                (Some(begun), _) => reply.finish_array(begun, values.len()),
            }
        }
        Value::Map(pairs) => {
            let begun = deferred.then(|| reply.deferred());
            if !deferred {
                reply.map(pairs.len());
            }
            write_pairs(reply, pairs, deferred);
            if let Some(begun) = begun {
                reply.finish_map(begun, pairs.len());
            }
        }
        Value::Attribute(pairs, value) => {
            if reply.version() == Version::Resp3 {
                reply.attribute(pairs.len());
                write_pairs(reply, pairs, deferred);
            }
            write(reply, value, deferred);
        }
    }
}

fn write_pairs(reply: &mut Reply, pairs: &[(Value, Value)], deferred: bool) {
    for (key, value) in pairs {
        write(reply, key, deferred);
        write(reply, value, deferred);
    }
}

/// What a RESP2 client sees of `value`.
fn in_resp2(value: &Value) -> Value {
    let list = |values: &[Value]| Value::Array(values.iter().map(in_resp2).collect());
    match value {
        Value::Set(values) | Value::Push(values) | Value::Array(values) => list(values),
        Value::Map(pairs) => {
            Value::Array(pairs.iter().flat_map(|(k, v)| [in_resp2(k), in_resp2(v)]).collect())
        }
        Value::Boolean(value) => Value::Int(i64::from(*value)),
        Value::BigNumber(text) | Value::Verbatim(_, text) => Value::Bulk(text.clone()),
        Value::Double(number) => {
            let mut text = Vec::new();
            append_f64_17g(&mut text, *number);
            Value::Bulk(text)
        }
        Value::Attribute(_, value) => in_resp2(value),
        other => other.clone(),
    }
}

/// What a client of the binary form sees of `value`.
fn in_binary(value: &Value, version: Version) -> Value {
    if version == Version::Binary2 {
        return match in_resp2(value) {
            Value::Status(text) => Value::Bulk(text),
            Value::Array(values) => {
                Value::Array(values.iter().map(|value| in_binary(value, version)).collect())
            }
            other => other,
        };
    }
    let list = |values: &[Value]| values.iter().map(|value| in_binary(value, version)).collect();
    match value {
        Value::Attribute(_, value) => in_binary(value, version),
        Value::Array(values) => Value::Array(list(values)),
        Value::Set(values) => Value::Set(list(values)),
        Value::Push(values) => Value::Push(list(values)),
        Value::Map(pairs) => Value::Map(
            pairs.iter().map(|(k, v)| (in_binary(k, version), in_binary(v, version))).collect(),
        ),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn what_is_written_can_be_read(value in value(), deferred: bool) {
        let bytes = written(Version::Resp3, |reply| write(reply, &value, deferred));
        prop_assert_eq!(decode(&bytes), Ok(Some((value.clone(), bytes.len()))));
        crate::fuzz::fuzz_decode(&bytes);
        let bytes = written(Version::Resp2, |reply| write(reply, &value, deferred));
        prop_assert_eq!(decode(&bytes), Ok(Some((in_resp2(&value), bytes.len()))));
        crate::fuzz::fuzz_decode(&bytes);
        for version in [Version::Binary2, Version::Binary3] {
            let bytes = written(version, |reply| write(reply, &value, deferred));
            let expected = in_binary(&value, version);
            prop_assert_eq!(binary::decode(&bytes), Ok(Some((expected, bytes.len()))));
            crate::fuzz::fuzz_binary_decode(&bytes);
        }
    }
}

proptest! {
    #[test]
    fn many_strings_are_written_as_one_by_one(
        bytes in prop::collection::vec(any::<u8>(), 0..12_000),
        places in prop::collection::vec((any::<usize>(), any::<usize>(), 0u8..5), 0..200),
        fewer in 0usize..3,
    ) {
        let place = |&(start, len, size): &(usize, usize, u8)| {
            let start = start % (bytes.len() + 1);
            let most = [4, 33, 70, 500, usize::MAX][usize::from(size)];
            (start, len % (bytes.len() - start).min(most).saturating_add(1))
        };
        let places: Vec<(usize, usize)> = places.iter().map(place).collect();
        for version in [Version::Resp2, Version::Binary2] {
            let written = |write: &mut dyn FnMut(&mut Reply)| {
                let mut output = Output::new();
                output.push_bytes(b"before");
                let mut reply = Reply::new(&mut output, version);
                reply.array(places.len());
                write(&mut reply);
                output.pieces().collect::<Vec<_>>().concat()
            };
            let singly = written(&mut |reply| {
                places.iter().for_each(|(start, len)| reply.bulk(&bytes[*start..start + len]));
            });
            // A count that is too low costs time only.
            let count = places.len().saturating_sub(fewer);
            let at_once = written(&mut |reply| reply.bulks(&bytes, count, places.iter().copied()));
            prop_assert_eq!(at_once, singly);
        }
    }
}
