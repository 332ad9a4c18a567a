//! Each list command: reply, record, events.

use crate::testing::Bench;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";

#[test]
fn pushing_adds_at_an_end_one_after_the_other() {
    Bench::default().check(&[
        ("LPUSHX l a", ":0", "-", ""),
        ("RPUSHX l a", ":0", "-", ""),
        ("RPUSH l a b", ":2", "=", "rpush 1"),
        ("LPUSH l c d", ":4", "=", "lpush 1"),
        ("RPUSHX l e f", ":6", "=", "rpush 1"),
        ("LPUSHX l g", ":7", "=", "lpush 1"),
        ("LRANGE l 0 -1", "*7 $1 g $1 d $1 c $1 a $1 b $1 e $1 f", "-", ""),
        ("LLEN l", ":7", "-", ""),
        ("LLEN none", ":0", "-", ""),
    ]);
    let mut bench = Bench::default();
    bench.run("RPUSH l a b c");
    assert_eq!(bench.effects.changes, 3);
}

#[test]
fn popping_removes_at_an_end_and_the_key_with_the_last_element() {
    Bench::default().check(&[
        ("RPUSH l a b c d e", ":5", "=", "rpush 1"),
        ("LPOP l", "$1 a", "=", "lpop 1"),
        ("RPOP l", "$1 e", "=", "rpop 1"),
        ("RPOP l 2", "*2 $1 d $1 c", "=", "rpop 1"),
        ("LPOP l 0", "*0", "-", ""),
        ("LPOP l 9", "*1 $1 b", "=", "lpop 1, del 1"),
        ("EXISTS l", ":0", "-", ""),
        ("LPOP l", "$-1", "-", ""),
        ("RPOP l 3", "*-1", "-", ""),
        ("RPUSH l a", ":1", "=", "rpush 1"),
        ("RPOP l", "$1 a", "=", "rpop 1, del 1"),
        ("LPOP l -1", "-ERR value is out of range, must be positive", "-", ""),
        ("LPOP l x", "-ERR value is out of range, must be positive", "-", ""),
        ("LPOP l 1 2", "-ERR wrong number of arguments for 'lpop' command", "-", ""),
        ("RPOP l 1 2", "-ERR wrong number of arguments for 'rpop' command", "-", ""),
    ]);
}

#[test]
fn the_first_list_of_several_is_popped() {
    Bench::default().check(&[
        ("RPUSH b 1 2 3", ":3", "=", "rpush 1"),
        ("LMPOP 2 a b LEFT", "*2 $1 b *1 $1 1", "LPOP b 1", "lpop 3"),
        ("LMPOP 2 a b right count 9", "*2 $1 b *2 $1 3 $1 2", "RPOP b 2", "rpop 3, del 3"),
        ("LMPOP 2 a b LEFT", "*-1", "-", ""),
        ("LMPOP 0 a LEFT", "-ERR numkeys should be greater than 0", "-", ""),
        ("LMPOP x a LEFT", "-ERR numkeys should be greater than 0", "-", ""),
        ("LMPOP 1 a b LEFT", "-ERR syntax error", "-", ""),
        ("LMPOP 9223372036854775807 a LEFT", "-ERR syntax error", "-", ""),
        ("LMPOP 1 a UP", "-ERR syntax error", "-", ""),
        ("LMPOP 1 a LEFT COUNT", "-ERR syntax error", "-", ""),
        ("LMPOP 1 a LEFT COUNT 1 COUNT 1", "-ERR syntax error", "-", ""),
        ("LMPOP 1 a LEFT COUNT 0", "-ERR count should be greater than 0", "-", ""),
        ("LMPOP 1 a LEFT COUNT x", "-ERR count should be greater than 0", "-", ""),
        ("SET s v", "+OK", "=", "set 1"),
        ("LMPOP 2 s b LEFT", WRONG_TYPE, "-", ""),
    ]);
}

#[test]
fn indexes_count_from_either_end() {
    let mut bench = Bench::default();
    bench.run("RPUSH l a b c d");
    bench.check_reads(&[
        ("LINDEX l 0", "$1 a"),
        ("LINDEX l -1", "$1 d"),
        ("LINDEX l -4", "$1 a"),
        ("LINDEX l 4", "$-1"),
        ("LINDEX l -5", "$-1"),
        ("LINDEX l -9223372036854775808", "$-1"),
        ("LINDEX none x", "$-1"),
        ("LINDEX l x", "-ERR value is not an integer or out of range"),
        ("LRANGE l 1 2", "*2 $1 b $1 c"),
        ("LRANGE l -2 -1", "*2 $1 c $1 d"),
        ("LRANGE l -100 0", "*1 $1 a"),
        ("LRANGE l 2 1", "*0"),
        ("LRANGE l 4 9", "*0"),
        ("LRANGE l 0 -9223372036854775808", "*0"),
        ("LRANGE l -9223372036854775808 9223372036854775807", "*4 $1 a $1 b $1 c $1 d"),
        ("LRANGE none 0 -1", "*0"),
        ("LRANGE none 0 x", "-ERR value is not an integer or out of range"),
    ]);
}

#[test]
fn setting_inserting_and_removing_touch_what_they_name() {
    Bench::default().check(&[
        ("LSET l 0 a", "-ERR no such key", "-", ""),
        ("RPUSH l a b a c a", ":5", "=", "rpush 1"),
        ("LSET l 1 B", "+OK", "=", "lset 1"),
        ("LSET l -2 C", "+OK", "=", "lset 1"),
        ("LSET l 5 x", "-ERR index out of range", "-", ""),
        ("LSET l -6 x", "-ERR index out of range", "-", ""),
        ("LSET l y x", "-ERR value is not an integer or out of range", "-", ""),
        ("LINSERT l BEFORE a 0", ":6", "=", "linsert 1"),
        ("LINSERT l after C 1", ":7", "=", "linsert 1"),
        ("LINSERT l AFTER none 1", ":-1", "-", ""),
        ("LINSERT none AFTER a 1", ":0", "-", ""),
        ("LINSERT l BEHIND a 1", "-ERR syntax error", "-", ""),
        ("LRANGE l 0 -1", "*7 $1 0 $1 a $1 B $1 a $1 C $1 1 $1 a", "-", ""),
        ("LREM l -1 a", ":1", "=", "lrem 1"),
        ("LREM l 1 a", ":1", "=", "lrem 1"),
        ("LREM l 5 none", ":0", "-", ""),
        ("LREM none 0 a", ":0", "-", ""),
        ("LREM l x a", "-ERR value is not an integer or out of range", "-", ""),
        ("LRANGE l 0 -1", "*5 $1 0 $1 B $1 a $1 C $1 1", "-", ""),
        ("DEL l", ":1", "=", "del 1"),
        ("RPUSH l a a a", ":3", "=", "rpush 1"),
        ("LREM l 0 a", ":3", "=", "lrem 1, del 1"),
    ]);
}

#[test]
fn trimming_keeps_a_range() {
    Bench::default().check(&[
        ("LTRIM none 0 1", "+OK", "-", ""),
        ("RPUSH l a b c d e", ":5", "=", "rpush 1"),
        ("LTRIM l 1 -2", "+OK", "=", "ltrim 1"),
        ("LRANGE l 0 -1", "*3 $1 b $1 c $1 d", "-", ""),
        ("LTRIM l 0 -1", "+OK", "-", "ltrim 1"),
        ("LTRIM l 2 100", "+OK", "=", "ltrim 1"),
        ("LTRIM l 5 9", "+OK", "=", "ltrim 1, del 1"),
        ("EXISTS l", ":0", "-", ""),
        ("LTRIM l x 0", "-ERR value is not an integer or out of range", "-", ""),
    ]);
}

#[test]
fn places_are_found_from_either_end() {
    let mut bench = Bench::default();
    bench.run("RPUSH l a b c 1 2 3 c c");
    let zero = "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second \
                ... or use negative to start from the end of the list";
    let least = "-ERR value is out of range, value must between -9223372036854775807 and \
                 9223372036854775807";
    bench.check_reads(&[
        ("LPOS l c", ":2"),
        ("LPOS l none", "$-1"),
        ("LPOS none c", "$-1"),
        ("LPOS l c RANK 2", ":6"),
        ("LPOS l c RANK 4", "$-1"),
        ("LPOS l c RANK -1", ":7"),
        ("LPOS l c RANK -9223372036854775808", least),
        ("LPOS l c COUNT 2", "*2 :2 :6"),
        ("LPOS l c COUNT 0", "*3 :2 :6 :7"),
        ("LPOS l c COUNT 0 RANK 2", "*2 :6 :7"),
        ("LPOS l c COUNT 2 RANK -1", "*2 :7 :6"),
        ("LPOS l c COUNT 0 RANK -1 MAXLEN 2", "*2 :7 :6"),
        ("LPOS l c MAXLEN 2", "$-1"),
        ("LPOS l c MAXLEN 0", ":2"),
        ("LPOS l c COUNT 1 MAXLEN 3", "*1 :2"),
        ("LPOS l none COUNT 0", "*0"),
        ("LPOS none c COUNT 0", "*0"),
        ("LPOS l c RANK 0", zero),
        ("LPOS l c COUNT -1", "-ERR COUNT can't be negative"),
        ("LPOS l c COUNT x", "-ERR COUNT can't be negative"),
        ("LPOS l c MAXLEN -1", "-ERR MAXLEN can't be negative"),
        ("LPOS l c RANK", "-ERR syntax error"),
        ("LPOS l c FIRST 1", "-ERR syntax error"),
    ]);
}

#[test]
fn moving_pops_and_pushes() {
    Bench::default().check(&[
        ("LMOVE a b LEFT RIGHT", "$-1", "-", ""),
        ("RPUSH a 1 2 3", ":3", "=", "rpush 1"),
        ("LMOVE a b LEFT RIGHT", "$1 1", "=", "rpush 2, lpop 1"),
        ("RPOPLPUSH a b", "$1 3", "=", "lpush 2, rpop 1"),
        ("LMOVE a b right left", "$1 2", "=", "lpush 2, rpop 1, del 1"),
        ("LRANGE b 0 -1", "*3 $1 2 $1 3 $1 1", "-", ""),
        ("LMOVE b b LEFT RIGHT", "$1 2", "=", "rpush 2, lpop 1"),
        ("LMOVE b b LEFT LEFT", "$1 3", "=", "lpush 2, lpop 1"),
        ("LRANGE b 0 -1", "*3 $1 3 $1 1 $1 2", "-", ""),
        ("LMOVE b c UP LEFT", "-ERR syntax error", "-", ""),
        ("LMOVE b c LEFT UP", "-ERR syntax error", "-", ""),
        ("SET s v", "+OK", "=", "set 1"),
        ("LMOVE b s LEFT LEFT", WRONG_TYPE, "-", ""),
        ("LMOVE s b LEFT LEFT", WRONG_TYPE, "-", ""),
        ("LMOVE none s LEFT LEFT", "$-1", "-", ""),
        ("LLEN b", ":3", "-", ""),
    ]);
    let mut bench = Bench::default();
    bench.run("RPUSH a 1");
    bench.run("LMOVE a a LEFT LEFT");
    assert_eq!((bench.effects.changes, bench.run("LLEN a")), (1, ":1\r\n".to_owned()));
}

#[test]
fn several_are_moved_one_by_one_or_as_they_are() {
    Bench::default().check(&[
        ("RPUSH a 1 2 3 4 5 6 7 8 9", ":9", "=", "rpush 1"),
        ("LMOVEM a b LEFT LEFT", "*1 $1 1", "=", "lpush 2, lpop 1"),
        ("LMOVEM a b LEFT LEFT COUNT 2 OBO", "*2 $1 3 $1 2", "=", "lpush 2, lpop 1"),
        ("LMOVEM a b LEFT LEFT COUNT 2 BULK", "*2 $1 4 $1 5", "=", "lpush 2, lpop 1"),
        ("LRANGE b 0 -1", "*5 $1 4 $1 5 $1 3 $1 2 $1 1", "-", ""),
        ("LMOVEM a b RIGHT RIGHT EXACTLY 2 OBO", "*2 $1 9 $1 8", "=", "rpush 2, rpop 1"),
        ("LMOVEM a b RIGHT RIGHT EXACTLY 3 BULK", "$-1", "-", ""),
        ("LMOVEM a b RIGHT RIGHT COUNT 3 BULK", "*2 $1 6 $1 7", "=", "rpush 2, rpop 1, del 1"),
        ("LRANGE b 4 -1", "*5 $1 1 $1 9 $1 8 $1 6 $1 7", "-", ""),
        ("LMOVEM a b LEFT LEFT COUNT 1 OBO", "*0", "-", ""),
        ("LMOVEM a b LEFT LEFT", "*0", "-", ""),
        ("LMOVEM a b LEFT LEFT EXACTLY 1 OBO", "$-1", "-", ""),
        ("RPUSH c a b c", ":3", "=", "rpush 1"),
        ("LMOVEM c c LEFT LEFT EXACTLY 2 OBO", "*2 $1 b $1 a", "=", "lpush 2, lpop 1"),
        ("LRANGE c 0 -1", "*3 $1 b $1 a $1 c", "-", ""),
        ("LMOVEM c c LEFT LEFT COUNT 3 BULK", "*3 $1 b $1 a $1 c", "=", "lpush 2, lpop 1"),
        ("LMOVEM c d LEFT LEFT COUNT 0 OBO", "-ERR count should be greater than 0", "-", ""),
        ("LMOVEM c d LEFT LEFT COUNT 1", "-ERR syntax error", "-", ""),
        ("LMOVEM c d LEFT LEFT COUNT 1 ALL", "-ERR syntax error", "-", ""),
        ("LMOVEM c d LEFT LEFT SOME 1 OBO", "-ERR syntax error", "-", ""),
        ("LMOVEM c d LEFT LEFT COUNT 1 OBO x", "-ERR syntax error", "-", ""),
    ]);
}

#[test]
fn other_types_are_refused() {
    let mut bench = Bench::default();
    bench.run("SET s v");
    bench.run("HSET h f v");
    bench.run("RPUSH l a");
    for key in ["s", "h"] {
        for request in [
            "LPUSH k a",
            "RPUSH k a",
            "LPUSHX k a",
            "RPUSHX k a",
            "LPOP k",
            "RPOP k",
            "LPOP k 1",
            "LLEN k",
            "LINDEX k 0",
            "LINSERT k BEFORE a b",
            "LRANGE k 0 1",
            "LREM k 0 a",
            "LSET k 0 a",
            "LTRIM k 0 1",
            "LPOS k a",
            "RPOPLPUSH k l",
            "LMOVEM k l LEFT LEFT",
            "LMPOP 1 k LEFT",
        ] {
            bench.check_reads(&[(&request.replacen(" k", &format!(" {key}"), 1), WRONG_TYPE)]);
        }
    }
    bench.check_reads(&[("GET l", WRONG_TYPE), ("HGET l f", WRONG_TYPE), ("TYPE l", "+list")]);
}

#[test]
fn generic_commands_know_lists() {
    let mut bench = Bench::default();
    bench.run("RPUSH l a b");
    let long = "x".repeat(3_000);
    bench.run(&format!("RPUSH long {long} a"));
    for key in ["l", "long"] {
        bench.check_reads(&[
            (&format!("TYPE {key}"), "+list"),
            (&format!("OBJECT ENCODING {key}"), "$9 quicklist"),
        ]);
        bench.run(&format!("COPY {key} copy REPLACE"));
        let read = |bench: &mut Bench, key: &str| bench.run(&format!("LRANGE {key} 0 -1"));
        assert_eq!(read(&mut bench, key), read(&mut bench, "copy"));
        bench.run("LPOP copy");
        bench.check_reads(&[(&format!("LLEN {key}"), ":2"), ("LLEN copy", ":1")]);
        bench.run(&format!("RENAME {key} other"));
        bench.check_reads(&[("LLEN other", ":2"), ("LINDEX other -1", "$1 b")][..1]);
    }
    bench.check(&[("SCAN 0 TYPE list COUNT 1000", "*2 $1 0 *2 $5 other $4 copy", "-", "")][..0]);
}

#[test]
fn hits_and_misses_are_those_of_reads() {
    let mut bench = Bench::default();
    for line in ["RPUSH l a", "LPOP none", "LLEN l", "LRANGE none 0 1", "LINDEX l 0", "LPOS l a"] {
        bench.run(line);
    }
    assert_eq!((bench.effects.hits, bench.effects.misses), (3, 1));
}

#[test]
fn what_takes_long_is_left_for_later() {
    let mut bench = Bench::default();
    let some = vec!["x"; 10_000].join(" ");
    (0..9).for_each(|_| drop(bench.run(&format!("RPUSH l {some}"))));
    bench.may_defer = true;
    for request in [
        "LRANGE l 0 10000",
        "LPOS l y COUNT 0",
        "LREM l 0 y",
        "LINSERT l BEFORE y z",
        "LPOP l 10001",
        "RPOP l 100000",
    ] {
        assert_eq!(bench.run(request), "", "{request}");
        assert_eq!((bench.effects.changes, bench.effects.hits), (0, 0), "{request}");
    }
    bench.check_reads(&[("LINDEX l 0", "$1 x"), ("LPOS l y MAXLEN 80000", "$-1")]);
    assert!(bench.run("LRANGE l 1 10000").starts_with("*10000\r\n"));
    assert!(bench.run("LPOP l 10000").starts_with("*10000\r\n"));
    bench.check_reads(&[("LLEN l", ":80000"), ("LPOS l y", "$-1")]);
}
