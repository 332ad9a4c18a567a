//! Payloads of Redis, those of our own, and those that somebody made up.

use protocol::{Value, decode};

use crate::testing::Bench;

/// DUMP of "hello" by redis-server 7.0.15.
const HELLO: &[u8] = b"\0\x05hello\x0a\0cr\xdfve4 \n";

fn ask(bench: &mut Bench, words: &[&[u8]]) -> String {
    let (reply, _) = bench.send(0, words);
    String::from_utf8_lossy(&reply).trim_end().replace("\r\n", " ")
}

fn dump(bench: &mut Bench, key: &str) -> Vec<u8> {
    let (reply, _) = bench.send(0, &[b"DUMP", key.as_bytes()]);
    match decode(&reply) {
        Ok(Some((Value::Bulk(bytes), _))) => bytes,
        other => panic!("{key}: {other:?}"),
    }
}

/// One key of each type, small and big.
const MADE: [&str; 18] = [
    "SET text hello",
    "SET number 12345",
    "RPUSH list a 2 c",
    "SADD integers 1 2 300000",
    "SADD members a b 3",
    "ZADD sorted 1 a 2.5 b -inf c",
    "HSET hash f v g 2",
    "HSET timed f v g 2",
    "HPEXPIREAT timed 33177117420000 FIELDS 1 f",
    "SADD timedset a b 3",
    "SPEXPIREAT timedset 33177117420000 MEMBERS 2 a 3",
    "ZADD timedsorted 1 a 2 b",
    "ZPEXPIREAT timedsorted 33177117420000 MEMBERS 1 b",
    "XADD stream 1-1 a b c 4",
    "XADD stream 2-1 d e",
    "XGROUP CREATE stream group 0",
    "XREADGROUP GROUP group me COUNT 1 STREAMS stream >",
    "PFADD sketch a b c",
];

#[test]
fn what_is_dumped_can_be_restored() {
    let mut bench = Bench::default();
    for line in MADE {
        bench.run(line);
    }
    for member in 0..1000 {
        bench.run(&format!("SADD bigset m{member}"));
        bench.run(&format!("ZADD bigsorted {member} m{member}"));
        bench.run(&format!("HSET bighash f{member} v"));
        bench.run(&format!("RPUSH biglist element{member}"));
    }
    let keys = [
        "text",
        "number",
        "list",
        "integers",
        "members",
        "sorted",
        "hash",
        "timed",
        "timedset",
        "timedsorted",
        "stream",
        "sketch",
        "bigset",
        "bigsorted",
        "bighash",
        "biglist",
    ];
    for key in keys {
        let payload = dump(&mut bench, key);
        let restored = ask(&mut bench, &[b"RESTORE", b"copy", b"0", &payload, b"REPLACE"]);
        assert_eq!(restored, "+OK", "{key}");
        for request in ["DEBUG DIGEST-VALUE", "OBJECT ENCODING", "TYPE"] {
            let (old, new) =
                (bench.run(&format!("{request} {key}")), bench.run(&format!("{request} copy")));
            // As in Redis, a short text that was changed in place is one like any other again.
            let may_differ = key == "sketch" && request == "OBJECT ENCODING";
            assert!(old == new || may_differ, "{request} {key}: {old} {new}");
        }
        for at in 0..payload.len().min(60) {
            let mut damaged = payload.clone();
            damaged[at] ^= 0x10;
            let reply = ask(&mut bench, &[b"RESTORE", b"copy", b"0", &damaged, b"REPLACE"]);
            assert_eq!(reply, "-ERR DUMP payload version or checksum are wrong", "{key} {at}");
        }
    }
}

#[test]
fn payloads_are_those_of_redis() {
    let mut bench = Bench::default();
    bench.run("SET k hello");
    assert_eq!(dump(&mut bench, "k"), HELLO);
    assert_eq!(ask(&mut bench, &[b"RESTORE", b"l", b"0", HELLO]), "+OK");
    assert_eq!(bench.run("GET l"), "$5\r\nhello\r\n");
}

#[test]
fn options_and_refusals_are_those_of_redis() {
    let mut bench = Bench::default();
    bench.run("SET k v");
    let mut check = |words: &[&[u8]], expected: &str| {
        let words: Vec<&[u8]> = [b"RESTORE", words[0], words[1], HELLO]
            .into_iter()
            .chain(words[2..].iter().copied())
            .collect();
        assert_eq!(ask(&mut bench, &words), expected, "{expected}");
    };
    check(&[b"k", b"0"], "-BUSYKEY Target key name already exists.");
    check(&[b"n", b"-1"], "-ERR Invalid TTL value, must be >= 0");
    check(&[b"n", b"x"], "-ERR value is not an integer or out of range");
    check(&[b"n", b"0", b"FREQ", b"256"], "-ERR Invalid FREQ value, must be >= 0 and <= 255");
    check(&[b"n", b"0", b"IDLETIME", b"-1"], "-ERR Invalid IDLETIME value, must be >= 0");
    check(&[b"n", b"0", b"IDLETIME", b"1", b"FREQ", b"1"], "-ERR syntax error");
    check(&[b"n", b"0", b"KEEP"], "-ERR syntax error");
    check(&[b"k", b"1", b"ABSTTL", b"REPLACE"], "+OK");
    check(&[b"n", b"1000000", b"IDLETIME", b"500"], "+OK");
    bench.check(&[("EXISTS k", ":0"), ("OBJECT IDLETIME n", ":500"), ("TTL n", ":1000")]);
}

#[test]
fn a_payload_that_makes_no_sense_is_refused() {
    let mut bench = Bench::default();
    bench.run("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1");
    let bodies: [&[u8]; 7] = [
        b"",
        b"\xee",
        b"\0\x05hell",
        b"\0\x05helloo",
        b"\x02\0",
        b"\x02\x02\x01a\x01a",
        b"\x04\x02\x01a\x01b\x01a\x01c",
    ];
    for body in bodies {
        let payload = [body, &[0; 10]].concat();
        let reply = ask(&mut bench, &[b"RESTORE", b"k", b"0", &payload]);
        assert_eq!(reply, "-ERR Bad data format", "{}", body.escape_ascii());
    }
    let reply = ask(&mut bench, &[b"RESTORE", b"k", b"0", b"short"]);
    assert_eq!(reply, "-ERR DUMP payload version or checksum are wrong");
    assert_eq!(bench.run("DBSIZE"), ":0\r\n");
}
