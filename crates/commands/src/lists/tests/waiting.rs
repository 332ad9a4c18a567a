//! Commands that wait: what they find at once, what they wait for, and what they do when woken.

use crate::testing::Bench;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";

/// The keys a request waits for, as argument numbers.
fn waits(bench: &Bench) -> Vec<u32> {
    bench.effects.waits.to_vec()
}

#[test]
fn what_is_there_is_served_at_once() {
    Bench::default().check(&[
        ("RPUSH b 1 2 3 4 5 6 7 8", ":8", "=", "rpush 1"),
        ("BLPOP a b 0", "*2 $1 b $1 1", "LPOP b", "lpop 2"),
        ("BRPOP a b 1.5", "*2 $1 b $1 8", "RPOP b", "rpop 2"),
        ("BLMPOP 0 2 a b LEFT COUNT 2", "*2 $1 b *2 $1 2 $1 3", "LPOP b 2", "lpop 4"),
        ("BLMOVE b c LEFT right 0", "$1 4", "LMOVE b c LEFT right", "rpush 2, lpop 1"),
        ("BRPOPLPUSH b c 0", "$1 7", "RPOPLPUSH b c", "lpush 2, rpop 1"),
        (
            "BLMOVEM b c LEFT LEFT 0 EXACTLY 2 BULK",
            "*2 $1 5 $1 6",
            "LMOVEM b c LEFT LEFT EXACTLY 2 BULK",
            "lpush 2, lpop 1, del 1",
        ),
        ("BLMOVEM c c RIGHT LEFT 0", "*1 $1 4", "LMOVEM c c RIGHT LEFT", "lpush 2, rpop 1"),
        ("BLPOP b c 0", "*2 $1 c $1 4", "LPOP c", "lpop 2"),
    ]);
}

#[test]
fn who_finds_nothing_waits_for_its_keys() {
    let mut bench = Bench::default();
    let rows: [(&str, &[u32]); 8] = [
        ("BLPOP a b c 1", &[1, 2, 3]),
        ("BRPOP a 0", &[1]),
        ("BLMPOP 5 2 a b RIGHT", &[3, 4]),
        ("BLMOVE a b LEFT LEFT 0.01", &[1]),
        ("BRPOPLPUSH a b 0", &[1]),
        ("BLMOVEM a b LEFT LEFT 0", &[1]),
        ("BLMOVEM a b LEFT LEFT 0 COUNT 3 OBO", &[1]),
        ("BLMOVEM a b LEFT LEFT 0 EXACTLY 3 BULK", &[1]),
    ];
    for (request, keys) in rows {
        bench.check_reads(&[(request, "*-1")]);
        assert_eq!(waits(&bench), keys, "{request}");
    }
    bench.run("RPUSH a 1 2");
    bench.check_reads(&[("BLMOVEM a b LEFT LEFT 0 EXACTLY 3 BULK", "*-1")]);
    assert_eq!(waits(&bench), [1]);
}

#[test]
fn how_long_is_checked_before_anything_else_is_looked_at() {
    let mut bench = Bench::default();
    let not_float = "-ERR timeout is not a float or out of range";
    let negative = "-ERR timeout is negative";
    bench.run("SET s v");
    bench.check_reads(&[
        ("BLPOP s x", not_float),
        ("BLPOP s -1", negative),
        ("BRPOP s inf", not_float),
        ("BLMOVE s b LEFT LEFT x", not_float),
        ("BLMOVE s b UP LEFT x", "-ERR syntax error"),
        ("BRPOPLPUSH s b -0.1", negative),
        ("BLMPOP x 1 s LEFT", not_float),
        ("BLMPOP x 0 s LEFT", "-ERR numkeys should be greater than 0"),
        ("BLMPOP 0 1 s LEFT COUNT -1", "-ERR count should be greater than 0"),
        ("BLPOP none s 0", WRONG_TYPE),
        ("BLMPOP 0 2 none s LEFT", WRONG_TYPE),
        ("BLMOVE s b LEFT LEFT 0", WRONG_TYPE),
        ("BRPOPLPUSH s b 0", WRONG_TYPE),
    ]);
}

#[test]
fn who_is_woken_looks_at_the_touched_key_only() {
    let mut bench = Bench::default();
    bench.run("RPUSH a 1");
    bench.run("RPUSH b 2");
    bench.woken = Some(2);
    bench.check(&[("BLPOP a b 0", "*2 $1 b $1 2", "LPOP b", "lpop 2, del 2")]);
    bench.check_reads(&[("BLPOP a b 0", "*-1")]);
    assert_eq!(waits(&bench), [1, 2]);
    bench.woken = Some(3);
    bench.check(&[("BLMPOP 0 2 a b LEFT", "*2 $1 a *1 $1 1", "LPOP a 1", "lpop 3, del 3")]);
}

#[test]
fn who_is_woken_by_something_else_waits_on() {
    let mut bench = Bench::default();
    bench.run("SET s v");
    bench.run("RPUSH l 1");
    bench.woken = Some(1);
    for request in [
        "BLPOP s t 0",
        "BRPOP s 0",
        "BLMOVE s l LEFT LEFT 0",
        "BRPOPLPUSH s l 0",
        "BLMOVEM s l LEFT LEFT 0",
        "BLPOP none 0",
        "BLMOVE none s LEFT LEFT 0",
    ] {
        bench.check_reads(&[(request, "*-1")]);
        assert_eq!(waits(&bench)[0], 1, "{request}");
    }
    bench.woken = Some(3);
    bench.check_reads(&[("BLMPOP 0 1 s LEFT", "*-1")]);
    bench.woken = Some(1);
    bench.check_reads(&[("BLMOVE l s LEFT LEFT 0", WRONG_TYPE), ("BRPOPLPUSH l s 0", WRONG_TYPE)]);
    bench.woken = None;
    bench.check_reads(&[("LLEN l", ":1")]);
}
