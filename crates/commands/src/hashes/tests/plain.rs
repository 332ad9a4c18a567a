//! The commands of Redis 7.0: replies and errors as its server gives them, and effects.

use super::{bench, check, check_effects};
use crate::testing::Bench;
use protocol::Version;

#[test]
fn fields_are_set_read_and_deleted() {
    check(
        &mut bench(),
        &[
            ("HSET h a 1 b 2 a 3", ":2"),
            ("HSET h a 4 c 5", ":1"),
            ("HMSET h d 6", "+OK"),
            ("HGET h a", "$1 4"),
            ("HGET h x", "$-1"),
            ("HGET none x", "$-1"),
            ("HMGET h a x d", "*3 $1 4 $-1 $1 6"),
            ("HMGET none a b", "*2 $-1 $-1"),
            ("HEXISTS h a", ":1"),
            ("HEXISTS h x", ":0"),
            ("HLEN h", ":4"),
            ("HLEN none", ":0"),
            ("HKEYS h", "*4 $1 a $1 b $1 c $1 d"),
            ("HVALS h", "*4 $1 4 $1 2 $1 5 $1 6"),
            ("HGETALL h", "*8 $1 a $1 4 $1 b $1 2 $1 c $1 5 $1 d $1 6"),
            ("HGETALL none", "*0"),
            ("HSETNX h a 9", ":0"),
            ("HSETNX h e 10", ":1"),
            ("HSTRLEN h e", ":2"),
            ("HSTRLEN h x", ":0"),
            ("HDEL h a x a", ":1"),
            ("HDEL h b c d e f", ":4"),
            ("HLEN h", ":0"),
            ("HDEL h a", ":0"),
        ],
    );
}

#[test]
fn a_hash_is_a_map_in_resp3() {
    let mut bench = bench();
    bench.version = Version::Resp3;
    check(
        &mut bench,
        &[
            ("HSET h a 1", ":1"),
            ("HGETALL h", "%1 $1 a $1 1"),
            ("HGETALL none", "%0"),
            ("HGET h x", "_"),
            ("HRANDFIELD none", "_"),
            ("HRANDFIELD h 1 WITHVALUES", "*1 *2 $1 a $1 1"),
            ("HRANDFIELD h -2 WITHVALUES", "*2 *2 $1 a $1 1 *2 $1 a $1 1"),
        ],
    );
}

#[test]
fn integers_are_added_within_64_bits() {
    check(
        &mut bench(),
        &[
            ("HINCRBY h n 5", ":5"),
            ("HINCRBY h n -7", ":-2"),
            ("HGET h n", "$2 -2"),
            ("HSET h big 9223372036854775807 text x zero 01", ":3"),
            ("HINCRBY h big 1", "-ERR increment or decrement would overflow"),
            ("HINCRBY h big -9223372036854775808", ":-1"),
            ("HINCRBY h text 1", "-ERR hash value is not an integer"),
            ("HINCRBY h zero 1", "-ERR hash value is not an integer"),
            ("HINCRBY h n 1.5", "-ERR value is not an integer or out of range"),
        ],
    );
}

#[test]
fn floats_are_added_with_80_bits() {
    check(
        &mut bench(),
        &[
            ("HINCRBYFLOAT h n 10.5", "$4 10.5"),
            ("HINCRBYFLOAT h n 0.1", "$4 10.6"),
            ("HINCRBYFLOAT h n -10.6", "$1 0"),
            ("HINCRBYFLOAT h n 5.0e3", "$4 5000"),
            ("HINCRBYFLOAT h n x", "-ERR value is not a valid float"),
            ("HINCRBYFLOAT h n inf", "-ERR value is NaN or Infinity"),
            ("HSET h text x much inf", ":2"),
            ("HINCRBYFLOAT h text 1", "-ERR hash value is not a float"),
            ("HINCRBYFLOAT h much 1", "-ERR increment would produce NaN or Infinity"),
        ],
    );
}

#[test]
fn other_types_are_refused_after_the_arguments_where_redis_does_so() {
    let wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    check(
        &mut bench(),
        &[
            ("SET s x", "+OK"),
            ("HSET s a", "-ERR wrong number of arguments"),
            ("HSET s a 1 b", "-ERR wrong number of arguments for 'hset' command"),
            ("HMSET s a 1 b", "-ERR wrong number of arguments for 'hmset' command"),
            ("HSET s a 1", wrong),
            ("HSETNX s a 1", wrong),
            ("HGET s a", wrong),
            ("HMGET s a", wrong),
            ("HDEL s a", wrong),
            ("HLEN s", wrong),
            ("HSTRLEN s a", wrong),
            ("HEXISTS s a", wrong),
            ("HKEYS s", wrong),
            ("HVALS s", wrong),
            ("HGETALL s", wrong),
            ("HINCRBY s a x", "-ERR value is not an integer or out of range"),
            ("HINCRBY s a 1", wrong),
            ("HINCRBYFLOAT s a nan", "-ERR value is not a valid float"),
            ("HINCRBYFLOAT s a 1", wrong),
            ("HRANDFIELD s", wrong),
            ("HRANDFIELD s 1 x", "-ERR syntax error"),
            ("HRANDFIELD s 1", wrong),
            ("HSCAN s x", "-ERR invalid cursor"),
            ("HSCAN s 0 COUNT x", wrong),
            ("GET s", "$1 x"),
        ],
    );
}

#[test]
fn each_command_says_what_it_did() {
    check_effects(
        &mut bench(),
        &[
            ("HSET h a 1 b 2 a 3", "3 | hset | ="),
            ("HMSET h c 1", "1 | hset | ="),
            ("HSETNX h c 1", "0 |  | -"),
            ("HSETNX h d 1", "1 | hset | ="),
            ("HINCRBY h a 2", "1 | hincrby | ="),
            ("HINCRBY h a x", "0 |  | -"),
            ("HINCRBYFLOAT h a 0.5", "1 | hincrbyfloat | HSET h a 5.5"),
            ("HGET h a", "0 |  | -"),
            ("HDEL h x", "0 |  | -"),
            ("HDEL h a b x", "2 | hdel | ="),
            ("HDEL h c d", "2 | hdel del | ="),
            ("HDEL h c d", "0 |  | -"),
            ("HINCRBY new n 1", "1 | hincrby | ="),
        ],
    );
}

#[test]
fn reads_count_as_hits_and_misses_and_writes_do_not() {
    let mut bench = bench();
    bench.run("HSET h a 1");
    bench.run("HSET h a 2");
    assert_eq!((bench.effects.hits, bench.effects.misses), (0, 0));
    bench.run("HGET h x");
    bench.run("HGETALL none");
    assert_eq!((bench.effects.hits, bench.effects.misses), (1, 1));
}

#[test]
fn random_fields_come_in_the_numbers_asked_for() {
    let out_of_range = "-ERR value is out of range, value must between \
                        -9223372036854775807 and 9223372036854775807";
    check(
        &mut bench(),
        &[
            ("HRANDFIELD none", "$-1"),
            ("HRANDFIELD none 3", "*0"),
            ("HRANDFIELD none -3 WITHVALUES", "*0"),
            ("HSET h a 1", ":1"),
            ("HRANDFIELD h", "$1 a"),
            ("HRANDFIELD h 0", "*0"),
            ("HRANDFIELD h 5", "*1 $1 a"),
            ("HRANDFIELD h 5 withvalues", "*2 $1 a $1 1"),
            ("HRANDFIELD h -3", "*3 $1 a $1 a $1 a"),
            ("HRANDFIELD h -2 WITHVALUES", "*4 $1 a $1 1 $1 a $1 1"),
            ("HRANDFIELD h x", "-ERR value is not an integer or out of range"),
            ("HRANDFIELD h 1 VALUES", "-ERR syntax error"),
            ("HRANDFIELD h 1 WITHVALUES x", "-ERR syntax error"),
            ("HRANDFIELD h -9223372036854775808", out_of_range),
            ("HRANDFIELD h 9223372036854775807 WITHVALUES", "-ERR value is out of range"),
            ("HRANDFIELD h -4611686018427387904 WITHVALUES", "-ERR value is out of range"),
            ("HRANDFIELD h 9223372036854775807", "*1 $1 a"),
        ],
    );
}

/// How often each of `fields` fields came up in `rounds` answers to `line`.
fn frequencies(bench: &mut Bench, line: &str, fields: usize, rounds: usize) -> Vec<usize> {
    let mut seen = vec![0; fields];
    for _ in 0..rounds {
        let reply = bench.run(line);
        let mut names = Vec::new();
        for word in reply.split("\r\n").filter_map(|word| word.strip_prefix('f')) {
            names.push(word.parse::<usize>().expect("a number"));
            seen[names[names.len() - 1]] += 1;
        }
        if !line.contains('-') {
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{line}: a field came twice");
        }
    }
    seen
}

#[test]
fn random_fields_are_equally_likely() {
    for fields in [4, 60] {
        let mut bench = bench();
        for at in 0..fields {
            bench.run(&format!("HSET h f{at} v"));
        }
        // One, with repetitions, few, more than a third, all but one.
        for count in [1isize, -7, 2, fields as isize / 2, fields as isize - 1] {
            let rounds = 12_000 / count.unsigned_abs();
            let seen = frequencies(&mut bench, &format!("HRANDFIELD h {count}"), fields, rounds);
            let all: usize = seen.iter().sum();
            assert_eq!(all, rounds * count.unsigned_abs());
            let expected = all / fields;
            for times in seen {
                // Far beyond five standard deviations, for these numbers.
                assert!(times.abs_diff(expected) < expected * 2 / 5 + 10, "{count}: {times}");
            }
        }
    }
}

#[test]
fn a_small_hash_is_scanned_in_one_call() {
    check(
        &mut bench(),
        &[
            ("HSET h ab 1 b 2 ac 3", ":3"),
            ("HSCAN h 0", "*2 $1 0 *6 $2 ab $1 1 $1 b $1 2 $2 ac $1 3"),
            ("HSCAN h 7 COUNT 1", "*2 $1 0 *6 $2 ab $1 1 $1 b $1 2 $2 ac $1 3"),
            ("HSCAN h 0 MATCH a* NOVALUES", "*2 $1 0 *2 $2 ab $2 ac"),
            ("HSCAN h 0 match a* count 5", "*2 $1 0 *4 $2 ab $1 1 $2 ac $1 3"),
            ("HSCAN h 0 COUNT 0", "-ERR syntax error"),
            ("HSCAN h 0 COUNT -1", "-ERR syntax error"),
            ("HSCAN h 0 COUNT x", "-ERR value is not an integer or out of range"),
            ("HSCAN h 0 COUNT", "-ERR syntax error"),
            ("HSCAN h 0 TYPE hash", "-ERR syntax error"),
            ("HSCAN none 0 TYPE hash", "*2 $1 0 *0"),
            ("HSCAN h 1x", "-ERR invalid cursor"),
            ("HSCAN h ", "*2 $1 0 *6 $2 ab $1 1 $1 b $1 2 $2 ac $1 3"),
        ],
    );
}

#[test]
fn a_big_hash_is_scanned_in_many_calls() {
    let mut bench = Bench::default();
    for at in 0..2000 {
        bench.run(&format!("HSET h field:{at} {at}"));
    }
    let (mut cursor, mut calls, mut found) = (String::from("0"), 0, Vec::new());
    loop {
        let reply = bench.run(&format!("HSCAN h {cursor} COUNT 20"));
        let lines: Vec<&str> = reply.split("\r\n").collect();
        cursor = lines[2].to_owned();
        assert!(cursor.parse::<u64>().expect("a number") < 1 << 53, "fits a double");
        found.extend(lines.iter().filter(|line| line.starts_with("field:")).map(|s| s.to_string()));
        assert_eq!(lines.len() - 5, 4 * lines.iter().filter(|l| l.starts_with("field:")).count());
        calls += 1;
        if cursor == "0" {
            break;
        }
    }
    assert!((50..=100).contains(&calls), "{calls}");
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 2000);
}
