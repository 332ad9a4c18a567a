//! Commands on keys: replies, what is logged, events, as seen from Redis 7.0.15.

use std::collections::BTreeSet;

use keyspace::Stamp;
use keyspace::eviction::LfuSettings;
use protocol::{Value, Version, decode};

use crate::testing::Bench;

/// A bench with a string under `k` and a hash under `h`.
fn bench() -> Bench {
    let mut bench = Bench::default();
    bench.run("SET k v");
    bench.run("HSET h f v");
    bench
}

#[test]
fn del_and_unlink_delete_each_key_once() {
    let mut bench = bench();
    bench.check(&[
        ("DEL none", ":0", "-", ""),
        ("DEL k none k h", ":2", "=", "del 1, del 4"),
        ("SET k v", "+OK", "=", "set 1"),
        ("UNLINK none k", ":1", "=", "del 2"),
    ]);
    bench.run("MSET a 1 b 2");
    bench.run("DEL a b");
    assert_eq!(bench.effects.changes, 2);
}

#[test]
fn exists_and_touch_count_a_key_as_often_as_it_is_named() {
    let mut bench = bench();
    bench.check_reads(&[("EXISTS k none k h", ":3"), ("TOUCH k none", ":1")]);
    assert_eq!((bench.effects.hits, bench.effects.misses), (4, 2));
}

#[test]
fn type_names_what_a_key_holds() {
    let mut bench = bench();
    bench.run("SET n 1");
    bench.check_reads(&[
        ("TYPE k", "+string"),
        ("TYPE n", "+string"),
        ("TYPE h", "+hash"),
        ("TYPE none", "+none"),
    ]);
}

#[test]
fn expire_logs_when_and_not_in_how_long() {
    let mut bench = bench();
    let until = bench.now_ms + 100_000;
    let logged = format!("PEXPIREAT k {until}");
    let expireat = format!("EXPIREAT k {}", until / 1000);
    let pexpireat = format!("PEXPIREAT k {until}");
    for request in ["EXPIRE k 100", "PEXPIRE k 100000", &expireat, &pexpireat] {
        bench.check(&[(request, ":1", &logged, "expire 1")]);
        bench.check_reads(&[("TTL k", ":100")]);
    }
    bench.check(&[("EXPIRE none 100", ":0", "-", "")]);
}

#[test]
fn an_expiry_in_the_past_deletes() {
    let mut bench = bench();
    for request in
        ["EXPIRE k 0", "PEXPIRE k -5", "EXPIREAT k 1", "PEXPIREAT k -9223372036854775808"]
    {
        bench.run("SET k v");
        bench.check(&[(request, ":1", "DEL k", "del 1")]);
        bench.check_reads(&[("EXISTS k", ":0")]);
    }
}

#[test]
fn expire_finds_bad_words_before_bad_numbers_before_missing_keys() {
    let mut bench = bench();
    bench.check_reads(&[
        ("EXPIRE none x foo", "-ERR Unsupported option foo"),
        (
            "EXPIRE none x NX GT",
            "-ERR NX and XX, GT or LT options at the same time are not compatible",
        ),
        ("EXPIRE none x GT xx lt", "-ERR GT and LT options at the same time are not compatible"),
        ("EXPIRE none x", "-ERR value is not an integer or out of range"),
        ("EXPIRE none 9223372036854775", "-ERR invalid expire time in 'expire' command"),
        ("EXPIRE none -9223372036854776", "-ERR invalid expire time in 'expire' command"),
        ("PEXPIRE none 9223372036854775807", "-ERR invalid expire time in 'pexpire' command"),
        ("EXPIREAT none 9223372036854776", "-ERR invalid expire time in 'expireat' command"),
        ("PEXPIREAT none 9223372036854775807", ":0"),
    ]);
}

#[test]
fn expire_under_conditions() {
    let mut bench = bench();
    let logged = |seconds: i64| format!("PEXPIREAT k {}", 1_795_000_000_000 + seconds * 1000);
    bench.check(&[
        ("EXPIRE k 100 XX", ":0", "-", ""),
        // No expiry is later than any.
        ("EXPIRE k 100 GT", ":0", "-", ""),
        ("EXPIRE k 100 NX", ":1", &logged(100), "expire 1"),
        ("EXPIRE k 100 NX", ":0", "-", ""),
        ("EXPIRE k 100 GT", ":0", "-", ""),
        ("EXPIRE k 100 LT", ":0", "-", ""),
        ("EXPIRE k 101 GT", ":1", &logged(101), "expire 1"),
        ("EXPIRE k 100 xx lt", ":1", &logged(100), "expire 1"),
        ("PERSIST k", ":1", "=", "persist 1"),
        ("EXPIRE k 100 XX LT", ":0", "-", ""),
        ("EXPIRE k 100 LT", ":1", &logged(100), "expire 1"),
        ("EXPIRE k -1 GT", ":0", "-", ""),
        ("EXPIRE k -1 LT", ":1", "DEL k", "del 1"),
    ]);
}

#[test]
fn times_to_live() {
    let mut bench = bench();
    bench.check_reads(&[("TTL none", ":-2"), ("PTTL k", ":-1"), ("EXPIRETIME none", ":-2")]);
    bench.run("PEXPIRE k 1499");
    bench.check_reads(&[("TTL k", ":1"), ("PTTL k", ":1499"), ("EXPIRETIME k", ":1795000001")]);
    bench.run("PEXPIRE k 1500");
    bench.check_reads(&[("TTL k", ":2"), ("PEXPIRETIME k", ":1795000001500")]);
    bench.check(&[("PERSIST k", ":1", "=", "persist 1"), ("PERSIST k", ":0", "-", "")]);
    bench.check_reads(&[("PERSIST none", ":0"), ("PEXPIRETIME k", ":-1")]);
}

#[test]
fn rename_takes_value_and_expiry_along() {
    let mut bench = bench();
    bench.run("PEXPIRE k 5000");
    bench.check(&[
        ("RENAME none k", "-ERR no such key", "-", ""),
        ("RENAMENX none none", "-ERR no such key", "-", ""),
        ("RENAMENX k h", ":0", "-", ""),
        ("RENAMENX k k", ":0", "-", ""),
        ("RENAME k k", "+OK", "-", ""),
        ("RENAME k h", "+OK", "=", "rename_from 1, rename_to 2"),
        ("RENAMENX h a-much-longer-name", ":1", "=", "rename_from 1, rename_to 2"),
    ]);
    assert_eq!(bench.effects.changes, 1);
    bench.check_reads(&[
        ("EXISTS k h", ":0"),
        ("GET a-much-longer-name", "$1 v"),
        ("PTTL a-much-longer-name", ":5000"),
    ]);
}

#[test]
fn move_needs_a_free_name_in_another_database() {
    let mut bench = bench();
    bench.run("PEXPIRE k 5000");
    bench.check(&[
        ("MOVE k x", "-ERR value is not an integer or out of range", "-", ""),
        ("MOVE k 16", "-ERR DB index is out of range", "-", ""),
        ("MOVE k -1", "-ERR DB index is out of range", "-", ""),
        ("MOVE k 0", "-ERR source and destination objects are the same", "-", ""),
        (
            "MOVE k 2147483648",
            "-ERR value is out of range, value must between -2147483648 and 2147483647",
            "-",
            "",
        ),
        ("MOVE none 1", ":0", "-", ""),
        ("MOVE k 1", ":1", "=", "move_from 1, move_to 1@1"),
        ("SET k w", "+OK", "=", "set 1"),
        ("MOVE k 1", ":0", "-", ""),
    ]);
    bench.database = 1;
    bench.check_reads(&[("GET k", "$1 v"), ("PTTL k", ":5000")]);
    bench.now_ms += 5000;
    bench.database = 0;
    bench.check(&[("MOVE k 1", ":1", "=", "move_from 1, move_to 1@1")]);
}

#[test]
fn copy_options_and_their_errors() {
    let mut bench = bench();
    bench.check(&[
        ("COPY k k", "-ERR source and destination objects are the same", "-", ""),
        ("COPY k l REPLACE foo", "-ERR syntax error", "-", ""),
        ("COPY k l DB", "-ERR syntax error", "-", ""),
        ("COPY k l DB 16", "-ERR DB index is out of range", "-", ""),
        ("COPY none l", ":0", "-", ""),
        ("COPY k h", ":0", "-", ""),
        ("COPY k h REPLACE", ":1", "=", "copy_to 2"),
        ("COPY k k DB 3", ":1", "=", "copy_to 2@3"),
        ("COPY k k DB 3", ":0", "-", ""),
        ("COPY k k DB 3 REPLACE", ":1", "=", "copy_to 2@3"),
    ]);
    bench.check_reads(&[("GET h", "$1 v")]);
}

#[test]
fn a_copy_is_independent_of_its_source() {
    let mut bench = Bench::default();
    let long = "x".repeat(40_000);
    bench.run("SET int 5");
    bench.run("APPEND raw ab");
    bench.run("APPEND raw cd");
    bench.run(&format!("SET long {long}"));
    bench.run("HSET small f v");
    bench.run("HSET big a 1 b x c");
    bench.run(&format!("HSET big field {long} n 12"));
    for key in ["int", "raw", "long", "small", "big"] {
        bench.run(&format!("PEXPIRE {key} 9000"));
        bench.check(&[(&format!("COPY {key} {key}2"), ":1", "=", "copy_to 2")]);
        let read = if ["small", "big"].contains(&key) { "HGETALL" } else { "GET" };
        for request in [read, "PTTL", "TYPE", "OBJECT ENCODING"] {
            let of_copy = bench.run(&format!("{request} {key}2"));
            if request == "HGETALL" {
                let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
                assert_eq!(lines(&of_copy), lines(&bench.run(&format!("{request} {key}"))));
            } else {
                assert_eq!(of_copy, bench.run(&format!("{request} {key}")), "{request} {key}");
            }
        }
    }
    for request in
        ["INCR int2", "APPEND raw2 e", "APPEND long2 e", "HSET small2 f w", "HDEL big2 n"]
    {
        assert!(bench.run(request).starts_with(':'));
    }
    bench.check_reads(&[
        ("GET int", "$1 5"),
        ("GET raw", "$4 abcd"),
        ("STRLEN long", ":40000"),
        ("HGET small f", "$1 v"),
        ("HGET big n", "$2 12"),
    ]);
}

#[test]
fn object_encoding_in_the_words_of_redis() {
    let mut bench = bench();
    bench.run("SET int 12");
    bench.run("SET not-int 012");
    bench.run(&format!("SET short {}", "x".repeat(44)));
    bench.run(&format!("SET long {}", "x".repeat(45)));
    bench.run(&format!("SET longest {}", "x".repeat(40_000)));
    bench.run("SETRANGE edited 0 a");
    bench.run("APPEND fresh 12");
    bench.run(&format!("HSET big f {}", "x".repeat(65)));
    bench.check_reads(&[
        ("OBJECT ENCODING int", "$3 int"),
        ("OBJECT ENCODING not-int", "$6 embstr"),
        ("OBJECT ENCODING short", "$6 embstr"),
        ("OBJECT ENCODING long", "$3 raw"),
        ("OBJECT ENCODING longest", "$3 raw"),
        ("OBJECT ENCODING edited", "$3 raw"),
        ("OBJECT ENCODING fresh", "$3 int"),
        ("OBJECT ENCODING h", "$8 listpack"),
        ("OBJECT ENCODING big", "$9 hashtable"),
        ("OBJECT ENCODING none", "$-1"),
        ("OBJECT REFCOUNT k", ":1"),
        ("OBJECT REFCOUNT none", "$-1"),
    ]);
    bench.run("SET edited a");
    bench.check_reads(&[("OBJECT ENCODING edited", "$6 embstr")]);
    assert!(bench.run("OBJECT HELP").starts_with("*11\r\n+OBJECT <subcommand>"));
}

#[test]
fn object_idletime_or_freq_by_policy() {
    let mut bench = bench();
    bench.now_ms += 61_000;
    bench.check_reads(&[
        ("EXISTS k", ":1"),
        ("TTL k", ":-1"),
        ("OBJECT IDLETIME k", ":61"),
        ("OBJECT IDLETIME k", ":61"),
        ("OBJECT FREQ none", "$-1"),
        ("TOUCH k", ":1"),
        ("OBJECT IDLETIME k", ":0"),
    ]);
    assert!(bench.run("OBJECT FREQ k").starts_with("-ERR An LFU maxmemory policy is not selected"));
    let lfu = LfuSettings { log_factor: 0, decay_minutes: 1 };
    bench.limits.lfu = Some(lfu);
    assert!(bench.run("OBJECT IDLETIME k").starts_with("-ERR An LFU maxmemory policy is selected"));
    let stamp = Stamp::of_frequency(bench.now_ms as u64 / 60_000, 7);
    bench.with_entry("k", |entry, _| entry.set_stamp(stamp));
    bench.check_reads(&[("OBJECT FREQ k", ":7"), ("TOUCH k", ":1"), ("OBJECT FREQ k", ":8")]);
    bench.now_ms += 120_000;
    bench.check_reads(&[("OBJECT FREQ k", ":6")]);
}

/// The cursor and the names that SCAN answers.
fn scan(bench: &mut Bench, request: &str) -> (String, Vec<String>) {
    let reply = bench.run(request);
    let Ok(Some((Value::Array(parts), _))) = decode(reply.as_bytes()) else { panic!("{reply}") };
    let text = |value: &Value| match value {
        Value::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("{other:?}"),
    };
    let Value::Array(names) = &parts[1] else { panic!("{reply}") };
    (text(&parts[0]), names.iter().map(text).collect())
}

#[test]
fn scan_finds_every_key() {
    let mut bench = Bench::default();
    for n in 0..3000 {
        bench.run(&format!("SET key{n} v"));
    }
    let (mut cursor, mut names, mut calls) = ("0".to_owned(), BTreeSet::new(), 0);
    loop {
        let (next, some) = scan(&mut bench, &format!("SCAN {cursor} COUNT 100"));
        assert!(some.len() < 150, "about as many as asked for");
        names.extend(some);
        calls += 1;
        if next == "0" {
            break;
        }
        cursor = next;
    }
    assert_eq!(names.len(), 3000);
    assert!((20..=30).contains(&calls), "{calls}");
}

#[test]
fn scan_filters_by_pattern_type_and_time() {
    let mut bench = bench();
    bench.run("SET gone v PX 5");
    bench.now_ms += 5;
    let names = |bench: &mut Bench, options: &str| {
        let (cursor, mut names) = scan(bench, &format!("SCAN 0{options}"));
        assert_eq!(cursor, "0", "few keys take one call, whatever the number of stripes");
        names.sort();
        names.join(" ")
    };
    assert_eq!(names(&mut bench, ""), "h k");
    assert_eq!(names(&mut bench, " MATCH *"), "h k");
    assert_eq!(names(&mut bench, " match [a-h] COUNT 1000"), "h");
    assert_eq!(names(&mut bench, " TYPE HASH"), "h");
    assert_eq!(names(&mut bench, " TYPE string MATCH h"), "");
    assert_eq!(names(&mut bench, " TYPE nonsense"), "");
    bench.database = 5;
    assert_eq!(names(&mut bench, ""), "");
}

#[test]
fn scan_errors() {
    let mut bench = Bench::default();
    bench.check_reads(&[
        ("SCAN x FOO", "-ERR invalid cursor"),
        ("SCAN 1x", "-ERR invalid cursor"),
        ("SCAN 18446744073709551616", "-ERR invalid cursor"),
        ("SCAN \t1", "-ERR invalid cursor"),
        ("SCAN ", "*2 $1 0 *0"),
        ("SCAN 18446744073709551615", "*2 $1 0 *0"),
        ("SCAN 0 FOO", "-ERR syntax error"),
        ("SCAN 0 FOO 1", "-ERR syntax error"),
        ("SCAN 0 COUNT", "-ERR syntax error"),
        ("SCAN 0 COUNT 0", "-ERR syntax error"),
        ("SCAN 0 COUNT x", "-ERR value is not an integer or out of range"),
    ]);
}

#[test]
fn keys_matches_live_names() {
    let mut bench = bench();
    bench.run("SET gone v PX 5");
    bench.now_ms += 5;
    bench.check_reads(&[("KEYS k*", "*1 $1 k"), ("KEYS x", "*0"), ("KEYS gone", "*0")]);
    assert!(
        ["*2 $1 k $1 h", "*2 $1 h $1 k"]
            .contains(&bench.run("KEYS *").trim_end().replace("\r\n", " ").as_str())
    );
}

#[test]
fn randomkey_and_dbsize() {
    let mut bench = Bench::default();
    bench.check_reads(&[("RANDOMKEY", "$-1"), ("DBSIZE", ":0")]);
    bench.run("SET gone v PX 5");
    bench.run("SET k v");
    bench.check_reads(&[("DBSIZE", ":2")]);
    bench.now_ms += 5;
    for _ in 0..20 {
        bench.check_reads(&[("RANDOMKEY", "$1 k")]);
    }
    bench.database = 1;
    bench.version = Version::Resp3;
    bench.check_reads(&[("RANDOMKEY", "_"), ("DBSIZE", ":0")]);
}
