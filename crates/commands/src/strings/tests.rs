//! Commands on strings: replies, what is logged, events. Replies and orders of checks as seen from
//! Redis 7.0.15, those of newer commands as its manual has them.

use crate::testing::Bench;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";

/// A bench with a hash under `h`.
fn bench() -> Bench {
    let mut bench = Bench::default();
    bench.run("HSET h f v");
    bench
}

/// The bench's clock, in ms: requests with relative times are logged with a sum of it.
fn at(bench: &Bench, ms: i64) -> String {
    (bench.now_ms + ms).to_string()
}

#[test]
fn get_answers_text_integers_and_nothing_else() {
    let mut bench = bench();
    bench.check(&[("SET k v", "+OK", "=", "set 1"), ("SET n -12", "+OK", "=", "set 1")]);
    bench.check_reads(&[
        ("GET k", "$1 v"),
        ("GET n", "$3 -12"),
        ("GET none", "$-1"),
        ("GET h", WRONG_TYPE),
        ("STRLEN k", ":1"),
        ("STRLEN n", ":3"),
        ("STRLEN none", ":0"),
        ("STRLEN h", WRONG_TYPE),
    ]);
    assert_eq!((bench.effects.hits, bench.effects.misses), (6, 2));
}

#[test]
fn set_replaces_any_type_and_drops_the_expiry() {
    let mut bench = bench();
    let until = at(&bench, 5_000);
    bench.check(&[
        ("SET h v PX 5000", "+OK", &format!("SET h v PXAT {until}"), "set 1, expire 1"),
        ("SET h w KEEPTTL", "+OK", "SET h w KEEPTTL", "set 1"),
    ]);
    bench.check_reads(&[("PTTL h", ":5000"), ("GET h", "$1 w")]);
    bench.check(&[("SET h x", "+OK", "=", "set 1")]);
    bench.check_reads(&[("PTTL h", ":-1")]);
}

#[test]
fn set_logs_absolute_times_only() {
    let mut bench = bench();
    let until = at(&bench, 7_000);
    let logged = format!("SET k v PXAT {until}");
    let requests = ["SET k v EX 7", "SET k v px 7000", "SETEX k 7 v", "PSETEX k 7000 v"];
    let absolute = format!("SET k v PXAT {until}");
    for request in requests.into_iter().chain([absolute.as_str()]) {
        bench.check(&[(request, "+OK", &logged, "set 1, expire 1")]);
    }
    bench.check(&[(
        "SET k v EXAT 4000000000",
        "+OK",
        "SET k v PXAT 4000000000000",
        "set 1, expire 1",
    )]);
}

#[test]
fn set_with_a_condition() {
    let mut bench = bench();
    bench.check(&[
        ("SET k a XX", "$-1", "-", ""),
        ("SET k a NX", "+OK", "SET k a", "set 1"),
        ("SET k b NX", "$-1", "-", ""),
        ("SET k b XX XX", "+OK", "SET k b", "set 1"),
        ("SET h b NX", "$-1", "-", ""),
        ("SET k c GET", "$1 b", "SET k c", "set 1"),
        ("SET k d NX GET", "$1 c", "-", ""),
        ("SET new d NX GET", "$-1", "SET new d", "set 1"),
        ("SET none d XX GET", "$-1", "-", ""),
        ("SET h d GET", WRONG_TYPE, "-", ""),
        ("SET h d XX", "+OK", "SET h d", "set 1"),
    ]);
}

#[test]
fn set_compares_values_and_digests() {
    let mut bench = bench();
    bench.check(&[
        ("SET k a IFEQ a", "$-1", "-", ""),
        ("SET k a IFNE a", "+OK", "SET k a", "set 1"),
        ("SET k b IFNE a", "$-1", "-", ""),
        ("SET k b IFEQ a", "+OK", "SET k b", "set 1"),
        ("SET k a IFDEQ 0123456789abcdef", "$-1", "-", ""),
        ("SET k Hello IFDNE 0123456789abcdef GET", "$1 b", "SET k Hello", "set 1"),
        ("SET none a IFDEQ 0123456789abcdef", "$-1", "-", ""),
        ("SET none a IFDNE 0123456789abcdef", "+OK", "SET none a", "set 1"),
        ("SET h a IFEQ a", WRONG_TYPE, "-", ""),
        ("SET n 7", "+OK", "=", "set 1"),
        ("SET n 8 IFEQ 7", "+OK", "SET n 8", "set 1"),
    ]);
    bench.check_reads(&[
        ("SET k a IFDEQ 01", "-ERR digest must be exactly 16 hexadecimal characters"),
        ("SET k a IFEQ", "-ERR syntax error"),
        ("SET k a IFEQ a NX", "-ERR syntax error"),
        ("SET k a NX IFEQ a", "-ERR syntax error"),
    ]);
}

#[test]
fn set_finds_syntax_errors_before_bad_times_before_wrong_types() {
    let mut bench = bench();
    bench.check_reads(&[
        ("SET h v EX x BAD", "-ERR syntax error"),
        ("SET h v EX", "-ERR syntax error"),
        ("SET h v NX XX", "-ERR syntax error"),
        ("SET h v EX 1 PX 1", "-ERR syntax error"),
        ("SET h v EX 1 KEEPTTL", "-ERR syntax error"),
        ("SET h v KEEPTTL EX 1", "-ERR syntax error"),
        ("SET h v PERSIST", "-ERR syntax error"),
        ("SET h v EX x GET", "-ERR value is not an integer or out of range"),
        ("SET h v EX 0 GET", "-ERR invalid expire time in 'set' command"),
        ("SET h v EX 9223372036854775807", "-ERR invalid expire time in 'set' command"),
        ("SET h v PX 9223372036854775807", "-ERR invalid expire time in 'set' command"),
        ("SETEX h 0 v", "-ERR invalid expire time in 'setex' command"),
        ("PSETEX h -1 v", "-ERR invalid expire time in 'psetex' command"),
        ("SETEX h x v", "-ERR value is not an integer or out of range"),
    ]);
    // The last of several amounts in the same unit counts.
    bench.run("SET k v EX 1 ex 2");
    bench.check_reads(&[("TTL k", ":2"), ("TYPE h", "+hash")]);
}

#[test]
fn a_key_lives_through_its_last_millisecond_and_is_gone_in_the_next() {
    let mut bench = bench();
    bench.run("SET k v PX 100");
    bench.now_ms += 99;
    bench.check_reads(&[("GET k", "$1 v"), ("PTTL k", ":1")]);
    bench.now_ms += 1;
    bench.check_reads(&[("GET k", "$-1"), ("PTTL k", ":-2"), ("SET k v XX", "$-1")]);
    // Set in the past: there, and gone at once.
    bench.check(&[("SET k v PXAT 1", "+OK", "SET k v PXAT 1", "set 1, expire 1")]);
    bench.check_reads(&[("EXISTS k", ":0")]);
}

#[test]
fn keepttl_keeps_no_expiry_that_is_over() {
    let mut bench = bench();
    bench.run("SET k v PX 100");
    bench.now_ms += 100;
    bench.check(&[("SET k w KEEPTTL", "+OK", "SET k w KEEPTTL", "set 1")]);
    bench.check_reads(&[("TTL k", ":-1"), ("GET k", "$1 w")]);
}

#[test]
fn setnx_sets_once() {
    let mut bench = bench();
    bench.check(&[
        ("SETNX k 5", ":1", "=", "set 1"),
        ("SETNX k 6", ":0", "-", ""),
        ("SETNX h 6", ":0", "-", ""),
    ]);
    bench.check_reads(&[("OBJECT ENCODING k", "$3 int")]);
}

#[test]
fn getset_and_getdel_answer_the_old_value() {
    let mut bench = bench();
    bench.check(&[
        ("GETSET k a", "$-1", "SET k a", "set 1"),
        ("GETSET k b", "$1 a", "SET k b", "set 1"),
        ("GETSET h b", WRONG_TYPE, "-", ""),
        ("GETDEL k", "$1 b", "DEL k", "del 1"),
        ("GETDEL k", "$-1", "-", ""),
        ("GETDEL h", WRONG_TYPE, "-", ""),
    ]);
    bench.run("SET k a EX 10");
    bench.run("GETSET k b");
    bench.check_reads(&[("TTL k", ":-1"), ("EXISTS h", ":1")]);
}

#[test]
fn getex_changes_the_expiry_and_logs_what_became_of_it() {
    let mut bench = bench();
    let until = at(&bench, 10_000);
    bench.run("SET k v");
    bench.check(&[
        ("GETEX k", "$1 v", "-", ""),
        ("GETEX k PERSIST", "$1 v", "-", ""),
        ("GETEX k EX 10", "$1 v", &format!("PEXPIREAT k {until}"), "expire 1"),
        ("GETEX k", "$1 v", "-", ""),
        ("GETEX k PERSIST", "$1 v", "PERSIST k", "persist 1"),
        ("GETEX k EXAT 4000000000", "$1 v", "PEXPIREAT k 4000000000000", "expire 1"),
        ("GETEX k PXAT 1", "$1 v", "DEL k", "del 1"),
        // A missing key hides a bad time, but not bad syntax.
        ("GETEX k EX 0", "$-1", "-", ""),
        ("GETEX k EX 1 PERSIST", "-ERR syntax error", "-", ""),
        ("GETEX h KEEPTTL", "-ERR syntax error", "-", ""),
        ("GETEX h EX 0", WRONG_TYPE, "-", ""),
    ]);
    bench.run("SET k v");
    bench.check_reads(&[("GETEX k EX 0", "-ERR invalid expire time in 'getex' command")]);
}

#[test]
fn mget_has_nil_for_what_is_no_string() {
    let mut bench = bench();
    bench.run("SET k v");
    bench.check_reads(&[("MGET k h none k", "*4 $1 v $-1 $-1 $1 v")]);
    assert_eq!((bench.effects.hits, bench.effects.misses), (3, 1));
}

#[test]
fn mset_sets_all_and_msetnx_all_or_none() {
    let mut bench = bench();
    bench.check(&[
        ("MSET a 1 h 2 a 3", "+OK", "=", "set 1, set 3, set 5"),
        ("MSETNX b 1 a 2", ":0", "-", ""),
        ("MSETNX b 1 c 2", ":1", "=", "set 1, set 3"),
        ("MSET a 1 b", "-ERR wrong number of arguments for 'mset' command", "-", ""),
        ("MSETNX x 1 y", "-ERR wrong number of arguments for 'msetnx' command", "-", ""),
    ]);
    bench.run("MSET x 1 y 2");
    assert_eq!(bench.effects.changes, 2);
    bench.check_reads(&[("MGET a b c h", "*4 $1 3 $1 1 $1 2 $1 2")]);
}

#[test]
fn msetex_sets_all_or_none_with_one_expiry() {
    let mut bench = bench();
    let until = at(&bench, 9_000);
    bench.check(&[
        ("MSETEX 2 a 1 b 2 XX", ":0", "-", ""),
        ("MSETEX 2 a 1 b 2 NX", ":1", "=", "set 2, set 4"),
        ("MSETEX 2 b 3 c 4 NX", ":0", "-", ""),
        (
            "MSETEX 2 a 3 b 4 EX 9 XX",
            ":1",
            &format!("MSETEX 2 a 3 b 4 PXAT {until}"),
            "set 2, expire 2, set 4, expire 4",
        ),
        ("MSETEX 2 a 5 c 6 KEEPTTL", ":1", "=", "set 2, set 4"),
    ]);
    bench.check_reads(&[("MGET a b c", "*3 $1 5 $1 4 $1 6"), ("TTL a", ":9"), ("TTL c", ":-1")]);
    bench.check_reads(&[
        ("MSETEX 0 a 1", "-ERR invalid numkeys value"),
        ("MSETEX x a 1", "-ERR invalid numkeys value"),
        ("MSETEX 2 a 1 b", "-ERR wrong number of key-value pairs"),
        ("MSETEX 1 a 1 NX XX", "-ERR syntax error"),
        ("MSETEX 1 a 1 GET", "-ERR syntax error"),
        ("MSETEX 1 a 1 IFEQ 5", "-ERR syntax error"),
        ("MSETEX 1 a 1 EX 0", "-ERR invalid expire time in 'msetex' command"),
    ]);
}

#[test]
fn counters_count_and_stay_in_range() {
    let mut bench = bench();
    bench.check(&[
        ("INCR n", ":1", "=", "incrby 1"),
        ("INCRBY n 41", ":42", "=", "incrby 1"),
        ("DECR n", ":41", "=", "incrby 1"),
        ("DECRBY n 50", ":-9", "=", "incrby 1"),
        ("DECRBY new 5", ":-5", "=", "incrby 1"),
    ]);
    bench.run("SET max 9223372036854775807");
    bench.run("SET text 1a");
    bench.check_reads(&[
        ("INCR max", "-ERR increment or decrement would overflow"),
        ("DECRBY max -9223372036854775808", "-ERR decrement would overflow"),
        ("INCR text", "-ERR value is not an integer or out of range"),
        ("INCRBY h x", "-ERR value is not an integer or out of range"),
        ("INCR h", WRONG_TYPE),
    ]);
    // Text that reads as an integer becomes one, and keeps its expiry.
    bench.run("SET t 1 EX 10");
    bench.run("APPEND t 0");
    bench.check_reads(&[("OBJECT ENCODING t", "$3 raw")]);
    bench.check(&[("INCR t", ":11", "=", "incrby 1")]);
    bench.check_reads(&[("OBJECT ENCODING t", "$3 int"), ("TTL t", ":10")]);
}

#[test]
fn incrbyfloat_logs_the_sum() {
    let mut bench = bench();
    bench.check(&[
        ("INCRBYFLOAT f 10.50", "$4 10.5", "SET f 10.5 KEEPTTL", "incrbyfloat 1"),
        ("INCRBYFLOAT f 0.1", "$4 10.6", "SET f 10.6 KEEPTTL", "incrbyfloat 1"),
        ("INCRBYFLOAT f -5.6e0", "$1 5", "SET f 5 KEEPTTL", "incrbyfloat 1"),
    ]);
    bench.run("PEXPIRE f 5000");
    bench.run("INCRBYFLOAT f 1");
    bench.check_reads(&[("OBJECT ENCODING f", "$6 embstr"), ("PTTL f", ":5000")]);
    bench.run("SET text 1x");
    bench.check_reads(&[
        ("INCRBYFLOAT f inf", "-ERR increment would produce NaN or Infinity"),
        ("INCRBYFLOAT f x", "-ERR value is not a valid float"),
        ("INCRBYFLOAT text 1", "-ERR value is not a valid float"),
        ("INCRBYFLOAT h x", WRONG_TYPE),
    ]);
}

#[test]
fn a_digest_is_xxh3() {
    let mut bench = bench();
    bench.run_words(&[b"SET", b"k", b"Hello world"]);
    bench.run("SET n 12");
    bench.run("SET empty ");
    bench.check_reads(&[
        // The manual's example.
        ("DIGEST k", "$16 b6acb9d84a38ff74"),
        ("DIGEST none", "$-1"),
        ("DIGEST h", WRONG_TYPE),
        // XXH3's published value for no input.
        ("DIGEST empty", "$16 2d06800538d394c2"),
    ]);
    bench.run("APPEND m 1");
    bench.run("APPEND m 2");
    assert_eq!(bench.run("DIGEST n"), bench.run("DIGEST m"), "text and integer are the same");
}

#[test]
fn delex_and_delifeq_delete_what_compares() {
    let mut bench = bench();
    bench.run_words(&[b"SET", b"k", b"Hello world"]);
    bench.check(&[
        ("DELEX k IFEQ Hello", ":0", "-", ""),
        ("DELEX k IFDNE b6acb9d84a38ff74", ":0", "-", ""),
        ("DELEX k IFDEQ B6ACB9D84A38FF74", ":1", "DEL k", "del 1"),
        ("DELEX k IFDEQ b6acb9d84a38ff74", ":0", "-", ""),
        ("DELEX k IFNE x", ":0", "-", ""),
        (
            "DELEX h IFNE x",
            "-ERR Key should be of string type if conditions are specified",
            "-",
            "",
        ),
        ("DELEX h NX x", "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE", "-", ""),
        ("DELEX h IFEQ", "-ERR wrong number of arguments for 'delex' command", "-", ""),
        ("DELIFEQ h x", WRONG_TYPE, "-", ""),
        ("DELEX h", ":1", "DEL h", "del 1"),
        ("SET n 5", "+OK", "=", "set 1"),
        ("DELIFEQ n 6", ":0", "-", ""),
        ("DELIFEQ n 5", ":1", "DEL n", "del 1"),
        ("DELIFEQ n 5", ":0", "-", ""),
    ]);
}

#[test]
fn set_asks_for_reading_only_with_get() {
    use crate::spec::{ACCESS, OW, RW, UPDATE};
    let flags = |line: &str| {
        let request: protocol::OwnedRequest = line.split(' ').map(str::as_bytes).collect();
        let spec = crate::table::lookup(b"set").expect("SET");
        crate::keys::find(spec, request.as_request()).expect("fits")[0].flags
    };
    assert_eq!(flags("SET get v EX 1"), OW | UPDATE);
    assert_eq!(flags("SET k v EX 1 get"), RW | ACCESS | UPDATE);
}
