//! SORT: orders, patterns, what is stored, and when it runs alone.

use crate::spec::Class;
use crate::testing::Bench;

fn bench() -> Bench {
    let mut bench = Bench::default();
    for request in [
        "RPUSH l 3 1 2 10",
        "SADD s b a c",
        "ZADD z 3 x 1 y 2 z",
        "SET w_1 9",
        "SET w_2 8",
        "SET w_3 7",
        "HSET h_1 name one",
        "HSET h_2 name two",
        "SET str v",
    ] {
        bench.run(request);
    }
    bench
}

#[test]
fn elements_come_in_order() {
    bench().check_reads(&[
        ("SORT l", "*4 $1 1 $1 2 $1 3 $2 10"),
        ("SORT l DESC LIMIT 1 2", "*2 $1 3 $1 2"),
        ("SORT l ALPHA", "*4 $1 1 $2 10 $1 2 $1 3"),
        ("SORT l BY nosort", "*4 $1 3 $1 1 $1 2 $2 10"),
        ("SORT l BY nosort DESC LIMIT 0 2", "*2 $2 10 $1 2"),
        ("SORT s ALPHA DESC", "*3 $1 c $1 b $1 a"),
        ("SORT z BY nosort", "*3 $1 y $1 z $1 x"),
        ("SORT s", "-ERR One or more scores can't be converted into double"),
        ("SORT missing", "*0"),
        ("SORT str", "-WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("SORT l LIMIT 2 -1", "*2 $1 3 $2 10"),
        ("SORT l LIMIT -5 1", "*1 $1 1"),
        ("SORT l LIMIT 9 9", "*0"),
        ("SORT l LIMIT 1", "-ERR syntax error"),
        ("SORT_RO l STORE d", "-ERR syntax error"),
    ]);
}

#[test]
fn patterns_name_other_keys() {
    bench().check_reads(&[
        // A missing weight is 0.
        ("SORT l BY w_*", "*4 $2 10 $1 3 $1 2 $1 1"),
        ("SORT l BY w_* ALPHA", "*4 $2 10 $1 3 $1 2 $1 1"),
        ("SORT l GET h_*->name GET #", "*8 $3 one $1 1 $3 two $1 2 $-1 $1 3 $-1 $2 10"),
        ("SORT l LIMIT 0 1 GET w_*", "*1 $1 9"),
        ("SORT l LIMIT 0 1 GET w_*->", "*1 $-1"),
        ("SORT l LIMIT 0 1 GET fixed", "*1 $-1"),
        ("SORT_RO l LIMIT 0 1 GET h_*->name", "*1 $3 one"),
    ]);
}

#[test]
fn the_result_can_be_stored() {
    let mut bench = bench();
    bench.check(&[
        ("SORT l STORE d", ":4", "=", "sortstore 3"),
        ("LRANGE d 0 -1", "*4 $1 1 $1 2 $1 3 $2 10", "-", ""),
        ("SORT l GET h_*->name LIMIT 1 2 STORE d", ":2", "=", "sortstore 8"),
        ("LRANGE d 0 -1", "*2 $3 two $0", "-", ""),
        ("SORT s BY nosort STORE d", ":3", "=", "sortstore 5"),
        ("LRANGE d 0 -1", "*3 $1 a $1 b $1 c", "-", ""),
        ("SORT missing STORE d", ":0", "=", "del 3"),
        ("SORT missing STORE d", ":0", "-", ""),
    ]);
}

#[test]
fn only_patterns_make_it_run_alone() {
    let class = |line: &str| {
        let words: protocol::OwnedRequest = line.split(' ').map(str::as_bytes).collect();
        let request = words.as_request();
        crate::table::find(request).expect("a command").class_of(request)
    };
    assert_eq!(class("SORT l LIMIT 0 1 GET # BY nosort STORE a*"), Class::Keys);
    assert_eq!(class("SORT l BY w_*"), Class::Gate);
    assert_eq!(class("SORT_RO l GET # GET h_*->f"), Class::Gate);
}
