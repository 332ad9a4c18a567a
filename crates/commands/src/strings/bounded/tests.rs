//! INCREX, after the examples of the manual.

use crate::testing::Bench;

// The manual's examples, and what they leave open.
#[test]
fn integers() {
    let mut bench = Bench::default();
    bench.check(&[
        ("INCREX k", "*2 :1 :1", "SET k 1 KEEPTTL", "incrby 1"),
        ("INCREX k BYINT 99", "*2 :100 :99", "SET k 100 KEEPTTL", "incrby 1"),
        ("INCREX k BYINT -5", "*2 :95 :-5", "SET k 95 KEEPTTL", "incrby 1"),
        ("INCREX k BYINT 6 UBOUND 100", "*2 :95 :0", "-", ""),
        ("INCREX k BYINT 5 UBOUND 100", "*2 :100 :5", "SET k 100 KEEPTTL", "incrby 1"),
        ("INCREX k BYINT 5 UBOUND 102 SATURATE", "*2 :102 :2", "SET k 102 KEEPTTL", "incrby 1"),
        ("INCREX k BYINT -9 LBOUND 99", "*2 :102 :0", "-", ""),
        ("INCREX k BYINT -9 LBOUND 99 SATURATE", "*2 :99 :-3", "SET k 99 KEEPTTL", "incrby 1"),
        ("INCREX none BYINT 5 UBOUND 4", "*2 :0 :0", "-", ""),
    ]);
    bench.check_reads(&[("EXISTS none", ":0"), ("OBJECT ENCODING k", "$3 int")]);
}

#[test]
fn integers_at_the_limits_of_64_bits() {
    let mut bench = Bench::default();
    bench.run("SET max 9223372036854775806");
    bench.run("SET min -2");
    bench.check(&[
        ("INCREX max BYINT 2", "*2 :9223372036854775806 :0", "-", ""),
        (
            "INCREX max BYINT 2 SATURATE",
            "*2 :9223372036854775807 :1",
            "SET max 9223372036854775807 KEEPTTL",
            "incrby 1",
        ),
        (
            "INCREX min UBOUND 9223372036854775807 LBOUND 9223372036854775807 SATURATE",
            "-ERR increment or decrement would overflow",
            "-",
            "",
        ),
    ]);
}

#[test]
fn floats() {
    let mut bench = Bench::default();
    bench.run("SET f 1.5");
    let overflow = "-ERR increment would produce NaN or Infinity";
    bench.check(&[
        ("INCREX f BYFLOAT 0.25", "*2 $4 1.75 $4 0.25", "SET f 1.75 KEEPTTL", "incrbyfloat 1"),
        ("INCREX f BYFLOAT 1 UBOUND 2.5", "*2 $4 1.75 $1 0", "-", ""),
        (
            "INCREX f BYFLOAT 1 UBOUND 2.5 SATURATE",
            "*2 $3 2.5 $4 0.75",
            "SET f 2.5 KEEPTTL",
            "incrbyfloat 1",
        ),
        ("INCREX f", "-ERR value is not an integer or out of range", "-", ""),
        ("INCREX f BYFLOAT inf", overflow, "-", ""),
        ("INCREX f BYFLOAT x", "-ERR value is not a valid float", "-", ""),
        ("INCREX f BYFLOAT 1 UBOUND inf", "-ERR value is not a valid float", "-", ""),
        ("SET big 1.1e4932", "+OK", "=", "set 1"),
    ]);
    let before = bench.run("GET big");
    let skipped = bench.run("INCREX big BYFLOAT 1.1e4932");
    assert!(skipped.ends_with("$1\r\n0\r\n"), "beyond the type's limits nothing changes");
    assert_eq!((bench.run("GET big"), bench.effects.changes), (before, 0));
    bench.run("INCREX big BYFLOAT 1.1e4932 SATURATE");
    assert_eq!(bench.effects.changes, 1);
    bench.version = protocol::Version::Resp3;
    bench.check(&[("INCREX f BYFLOAT 0.5", "*2 ,3 ,0.5", "SET f 3 KEEPTTL", "incrbyfloat 1")]);
}

#[test]
fn the_expiry_changes_as_asked() {
    let mut bench = Bench::default();
    let until = |seconds: i64| format!("SET k {{}} PXAT {}", 1_795_000_000_000 + seconds * 1000);
    let logged = |n: i64, seconds: i64| until(seconds).replace("{}", &n.to_string());
    bench.check(&[
        ("INCREX k EX 10 ENX", "*2 :1 :1", &logged(1, 10), "incrby 1, expire 1"),
        ("INCREX k EX 20 ENX", "*2 :2 :1", "SET k 2 KEEPTTL", "incrby 1"),
    ]);
    bench.check_reads(&[("TTL k", ":10")]);
    bench.check(&[
        ("INCREX k EX 20", "*2 :3 :1", &logged(3, 20), "incrby 1, expire 1"),
        ("INCREX k PERSIST", "*2 :4 :1", "SET k 4", "incrby 1, persist 1"),
        ("INCREX k PERSIST", "*2 :5 :1", "SET k 5 KEEPTTL", "incrby 1"),
        ("INCREX k EX 20 UBOUND 5", "*2 :5 :0", "-", ""),
    ]);
    bench.check_reads(&[("TTL k", ":-1")]);
}

#[test]
fn errors() {
    let mut bench = Bench::default();
    bench.run("HSET h f v");
    bench.check_reads(&[
        ("INCREX h", "-WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("INCREX h BYINT", "-ERR syntax error"),
        ("INCREX h BYINT 1 BYFLOAT 1", "-ERR syntax error"),
        ("INCREX h ENX", "-ERR syntax error"),
        ("INCREX h PERSIST ENX", "-ERR syntax error"),
        ("INCREX h EX 1 PX 1", "-ERR syntax error"),
        ("INCREX h KEEPTTL", "-ERR syntax error"),
        ("INCREX h EX 0", "-ERR invalid expire time in 'increx' command"),
        ("INCREX h BYINT 1.5", "-ERR value is not an integer or out of range"),
        ("INCREX h LBOUND 2 UBOUND 1", "-ERR LBOUND must be less than or equal to UBOUND"),
    ]);
}
