//! Tests of the family: single commands here, generated ones against a model in `model.rs`.

mod model;

use crate::testing::Bench;

/// A bench whose sets take their other forms early.
fn bench() -> Bench {
    let mut bench = Bench::default();
    bench.limits.integer_set_members_max = 4;
    bench.limits.packed_set_members_max = 6;
    bench.limits.packed_set_bytes_max = 8;
    bench
}

#[test]
fn members_are_added_removed_and_looked_for() {
    bench().check(&[
        ("SADD s b a b", ":2", "=", "sadd 1"),
        ("SADD s a b", ":0", "-", ""),
        ("SADD s c", ":1", "=", "sadd 1"),
        ("SCARD s", ":3", "-", ""),
        ("SMEMBERS s", "*3 $1 b $1 a $1 c", "-", ""),
        ("SISMEMBER s a", ":1", "-", ""),
        ("SISMEMBER s x", ":0", "-", ""),
        ("SISMEMBER none x", ":0", "-", ""),
        ("SMISMEMBER s a x c", "*3 :1 :0 :1", "-", ""),
        ("SMISMEMBER none a x", "*2 :0 :0", "-", ""),
        ("SREM s x", ":0", "-", ""),
        ("SREM s a x c", ":2", "=", "srem 1"),
        ("SREM s b", ":1", "=", "srem 1, del 1"),
        ("SREM s b", ":0", "-", ""),
        ("EXISTS s", ":0", "-", ""),
        ("SMEMBERS s", "*0", "-", ""),
    ]);
}

#[test]
fn a_member_moves_from_one_set_to_another() {
    bench().check(&[
        ("SMOVE s t a", ":0", "-", ""),
        ("SADD s a b 7", ":3", "=", "sadd 1"),
        ("SADD t 7", ":1", "=", "sadd 1"),
        ("SMOVE s t x", ":0", "-", ""),
        ("SMOVE s s a", ":1", "-", ""),
        ("SMOVE s s x", ":0", "-", ""),
        ("SMOVE s t a", ":1", "=", "srem 1, sadd 2"),
        ("SMOVE s t 7", ":1", "=", "srem 1"),
        ("SMOVE s u b", ":1", "=", "srem 1, del 1, sadd 2"),
        ("SMEMBERS t", "*2 $1 7 $1 a", "-", ""),
        ("SET text x", "+OK", "=", "set 1"),
    ]);
    let wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    let mut bench = bench();
    bench.run("SET text x");
    bench.run("SADD s a");
    bench.check_reads(&[
        ("SMOVE text s a", wrong),
        ("SMOVE s text a", wrong),
        ("SMOVE s text x", wrong),
        ("SMOVE none text x", ":0"),
        ("SADD text a", wrong),
        ("SREM text a", wrong),
        ("SPOP text", wrong),
        ("SMEMBERS text", wrong),
    ]);
}

#[test]
fn members_are_popped_and_that_is_logged_as_a_removal() {
    bench().check(&[
        ("SPOP s", "$-1", "-", ""),
        ("SPOP s 3", "*0", "-", ""),
        ("SADD s a", ":1", "=", "sadd 1"),
        ("SPOP s 0", "*0", "-", ""),
        ("SPOP s", "$1 a", "SREM s a", "spop 1, del 1"),
        ("SADD s a b", ":2", "=", "sadd 1"),
        ("SPOP s 2", "*2 $1 a $1 b", "DEL s", "spop 1, del 1"),
        ("SPOP s -1", "-ERR value is out of range, must be positive", "-", ""),
        ("SPOP s 1 2", "-ERR syntax error", "-", ""),
    ]);
    let mut bench = bench();
    bench.run("SADD s a b c");
    let reply = bench.run("SPOP s 2");
    let popped: Vec<&str> = reply.split("\r\n").skip(2).step_by(2).collect();
    assert_eq!(popped.len(), 2, "{reply}");
    assert_eq!(bench.logged(), format!("SREM s {} {}", popped[0], popped[1]));
    assert_eq!(bench.run("SCARD s"), ":1\r\n");
}

#[test]
fn a_set_takes_the_forms_that_its_members_need() {
    let mut bench = bench();
    for (request, encoding) in [
        ("SADD i 1 2 3", "intset"),
        ("SADD i 70000 -9223372036854775808", "hashtable"),
        ("SADD p 1 2 x", "hashtable"),
        ("SADD t 1 2 3456789012", "intset"),
        ("SADD t 34567890123", "intset"),
        ("SADD t a b c d e", "hashtable"),
    ] {
        bench.run(request);
        let key = &request[5..6];
        let expected = format!("${}\r\n{encoding}\r\n", encoding.len());
        assert_eq!(bench.run(&format!("OBJECT ENCODING {key}")), expected, "{request}");
    }
    bench.check_reads(&[
        ("SCARD i", ":5"),
        ("SMISMEMBER i 1 70000 -9223372036854775808 01", "*4 :1 :1 :1 :0"),
        ("SMISMEMBER p 1 x 2 3", "*4 :1 :1 :1 :0"),
        ("SMISMEMBER t 3456789012 34567890123 a e f", "*5 :1 :1 :1 :1 :0"),
        ("SCARD t", ":9"),
    ]);
}

#[test]
fn what_takes_long_is_left_for_later() {
    let mut bench = Bench::default();
    for first in (0..20_000).step_by(5_000) {
        let some: Vec<String> = (first..first + 5_000).map(|n| format!("m{n}")).collect();
        bench.run(&format!("SADD s {}", some.join(" ")));
    }
    bench.run("SADD t m1 m2 x");
    bench.may_defer = true;
    for request in [
        "SMEMBERS s",
        "SRANDMEMBER s 10001",
        "SRANDMEMBER s -10001",
        "SPOP s 10001",
        "SUNION s t",
        "SDIFF s t",
        "SINTER s s",
        "SUNIONSTORE u s t",
        "SUNIONCARD 2 s t",
    ] {
        assert_eq!(bench.run(request), "", "{request}");
        let effects = (bench.effects.changes, bench.effects.hits, bench.effects.touched.len());
        assert_eq!(effects, (0, 0, 0), "{request}");
    }
    bench.check_reads(&[("SCARD s", ":20000"), ("SINTERCARD 2 s t", ":2"), ("EXISTS u", ":0")]);
    bench.may_defer = false;
    assert_eq!(bench.run("SUNIONSTORE u s t"), ":20001\r\n");
    assert_eq!(bench.run("SPOP u 10001").matches("\r\n").count(), 1 + 2 * 10_001);
}

#[test]
fn big_sets_are_freed_elsewhere() {
    let mut bench = Bench::default();
    let all: Vec<String> = (0..1_000).map(|n| format!("m{n}")).collect();
    for (count, request) in
        ["DEL s", "SPOP s 1000", "SDIFFSTORE s none", "SUNIONSTORE s t"].into_iter().enumerate()
    {
        bench.run(&format!("SADD s {}", all.join(" ")));
        bench.run("SADD t a");
        bench.run(request);
        assert_eq!(bench.discarded(), count + 1, "{request}");
    }
}
