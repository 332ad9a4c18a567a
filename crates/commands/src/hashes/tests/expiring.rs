//! Fields with an expiry: replies and errors as Redis 7.4 and 8 give them, and effects.

use super::{bench, check, check_effects, effects};

const NOW: i64 = 1_795_000_000_000;
const MISPLACED: &str = "-ERR Mandatory argument FIELDS is missing or not at the right position";
const NOT_POSITIVE: &str = "-ERR Number of fields must be a positive integer";
const MISMATCH: &str = "-ERR The `numfields` parameter must match the number of arguments";
const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NEGATIVE: &str = "-ERR invalid expire time, must be >= 0";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";

#[test]
fn an_expiry_is_set_shown_and_taken_back() {
    check(
        &mut bench(),
        &[
            ("HSET h a 1 b 2 c 3", ":3"),
            ("HTTL h FIELDS 2 a x", "*2 :-1 :-2"),
            ("HTTL none FIELDS 2 a x", "*2 :-2 :-2"),
            ("HEXPIRE h 10 FIELDS 3 a b x", "*3 :1 :1 :-2"),
            ("HTTL h FIELDS 3 a b c", "*3 :10 :10 :-1"),
            ("HPTTL h FIELDS 1 a", "*1 :10000"),
            ("HEXPIRETIME h FIELDS 1 a", "*1 :1795000010"),
            ("HPEXPIRETIME h FIELDS 1 a", "*1 :1795000010000"),
            ("HPEXPIRE h 1500 FIELDS 1 a", "*1 :1"),
            ("HTTL h FIELDS 1 a", "*1 :2"),
            ("HEXPIREAT h 1795000100 FIELDS 1 a", "*1 :1"),
            ("HPTTL h FIELDS 1 a", "*1 :100000"),
            ("HPEXPIREAT h 1795000000001 FIELDS 1 a", "*1 :1"),
            ("HPTTL h FIELDS 1 a", "*1 :1"),
            ("HPERSIST h FIELDS 3 a c x", "*3 :1 :-1 :-2"),
            ("HPERSIST none FIELDS 1 a", "*1 :-2"),
            ("HTTL h FIELDS 1 a", "*1 :-1"),
            ("HEXPIRE none 10 FIELDS 2 a b", "*2 :-2 :-2"),
            ("HEXPIRE h 0 FIELDS 2 a x", "*2 :2 :-2"),
            ("HPEXPIREAT h 1 FIELDS 1 b", "*1 :2"),
            ("HGETALL h", "*2 $1 c $1 3"),
        ],
    );
}

#[test]
fn conditions_compare_with_the_old_expiry() {
    check(
        &mut bench(),
        &[
            ("HSET h a 1 b 2", ":2"),
            ("HEXPIRE h 10 XX FIELDS 1 a", "*1 :0"),
            ("HEXPIRE h 10 GT FIELDS 1 a", "*1 :0"),
            ("HEXPIRE h 10 NX FIELDS 2 a a", "*2 :1 :0"),
            ("HEXPIRE h 10 GT FIELDS 1 a", "*1 :0"),
            ("HEXPIRE h 11 gt FIELDS 1 a", "*1 :1"),
            ("HEXPIRE h 11 LT FIELDS 1 a", "*1 :0"),
            ("HEXPIRE h 9 LT FIELDS 2 a b", "*2 :1 :1"),
            ("HEXPIRE h 20 XX FIELDS 1 b", "*1 :1"),
            ("HEXPIRE h 0 GT FIELDS 1 b", "*1 :0"),
        ],
    );
}

#[test]
fn arguments_are_checked_in_redis_order() {
    let too_late = "-ERR invalid expire time in 'hpexpire' command";
    check(
        &mut bench(),
        &[
            ("SET s x", "+OK"),
            ("HSET h a 1", ":1"),
            ("HEXPIRE s x FIELDS 1 a", WRONG_TYPE),
            ("HEXPIRE h x FIELDS 0 a", NOT_INTEGER),
            ("HEXPIRE none -1 FIELDS 0 a", NEGATIVE),
            ("HPEXPIRE h 70368744177663 FIELDS 1 a", too_late),
            ("HPEXPIREAT h 70368744177663 FIELDS 1 a", "*1 :1"),
            (
                "HEXPIREAT h 70368744178 FIELDS 1 a",
                "-ERR invalid expire time in 'hexpireat' command",
            ),
            ("HPEXPIRE h 9223372036854775807 FIELDS 1 a", too_late),
            ("HEXPIRE h 1 FIELD 1 a", MISPLACED),
            ("HEXPIRE h 1 NX FIELDS 1 a", "*1 :0"),
            ("HEXPIRE h 1 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0"),
            ("HEXPIRE h 1 FIELDS x a", "-ERR Parameter `numFields` should be greater than 0"),
            ("HEXPIRE h 1 FIELDS 2 a", MISMATCH),
            ("HTTL s FIELDS x a", WRONG_TYPE),
            ("HTTL h FIELD 1 a", MISPLACED),
            ("HTTL h FIELDS 0 a", NOT_POSITIVE),
            ("HTTL h FIELDS 1 a b", MISMATCH),
            ("HPERSIST s FIELDS x a", WRONG_TYPE),
            ("HPERSIST h FIELDS 2 a", MISMATCH),
            ("HGETDEL s FIELDS x a", WRONG_TYPE),
            ("HGETDEL h FIELD 1 a", MISPLACED),
            ("HGETDEL h FIELDS -1 a", NOT_POSITIVE),
            ("HGETDEL none FIELDS 2 a", MISMATCH),
            ("HGETEX s EX x FIELDS 1 a", WRONG_TYPE),
            ("HGETEX h EX x FIELDS 1 a", NOT_INTEGER),
            ("HGETEX h EX -1 FIELDS 1 a", NEGATIVE),
            ("HGETEX h EX 10 FIELDS", NOT_POSITIVE),
            ("HGETEX h PERSIST 10 FIELDS 1 a", MISPLACED),
            ("HSETEX s EX 10 FIELDS 1 a 1", WRONG_TYPE),
            ("HSETEX s EX x FIELDS 1 a 1", NOT_INTEGER),
            ("HSETEX h EX 10 PX 5 FIELDS 1 a 1", ONE_EXPIRY),
            ("HSETEX h EX 10 KEEPTTL FIELDS 1 a 1", ONE_EXPIRY),
            (
                "HSETEX h FNX FXX FIELDS 1 a 1",
                "-ERR Only one of FXX or FNX arguments can be specified",
            ),
            ("HSETEX h GT FIELDS 1 a 1", "-ERR unknown argument: GT"),
            ("HSETEX h EX FIELDS 1 a 1", NOT_INTEGER),
            (
                "HSETEX h FNX KEEPTTL FNX EX",
                "-ERR Only one of FXX or FNX arguments can be specified",
            ),
            ("HSETEX h FNX FIELDS 1 a", "-ERR wrong number of arguments for 'hsetex' command"),
            ("HSETEX h FIELDS 2 a 1", "-ERR wrong number of arguments for 'hsetex' command"),
            ("HSETEX h FIELDS 0 a 1", "-ERR invalid number of fields"),
            (
                "HSETEX h EX 70368744178 FIELDS 1 a 1",
                "-ERR invalid expire time in 'hsetex' command",
            ),
        ],
    );
}

const ONE_EXPIRY: &str =
    "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";

#[test]
fn an_expired_field_is_absent() {
    let mut bench = bench();
    let fields = "HSET h a 1 b 2 c 3";
    check(&mut bench, &[(fields, ":3"), ("HPEXPIRE h 10 FIELDS 2 a b", "*2 :1 :1")]);
    bench.now_ms = NOW + 9;
    check(&mut bench, &[("HGET h a", "$1 1")]);
    bench.now_ms = NOW + 10;
    check(
        &mut bench,
        &[
            ("HGETALL h", "*2 $1 c $1 3"),
            ("HKEYS h", "*1 $1 c"),
            ("HVALS h", "*1 $1 3"),
            ("HSCAN h 0 COUNT 100", "*2 $1 0 *2 $1 c $1 3"),
            ("HTTL h FIELDS 1 a", "*1 :-2"),
            ("HLEN h", ":3"),
            ("HGET h a", "$-1"),
            ("HLEN h", ":2"),
            ("HSET h b 5", ":1"),
            ("HTTL h FIELDS 1 b", "*1 :-1"),
            ("HMGET h a c", "*2 $-1 $1 3"),
        ],
    );
    for (line, reply) in [
        ("HMGET h a c", "*2 $-1 $1 3"),
        ("HEXISTS h a", ":0"),
        ("HSTRLEN h a", ":0"),
        ("HRANDFIELD h", "$1 c"),
        ("HRANDFIELD h 3", "*1 $1 c"),
        ("HRANDFIELD h -3", "*3 $1 c $1 c $1 c"),
        ("HPERSIST h FIELDS 1 a", "*1 :-2"),
        ("HGETDEL h FIELDS 1 a", "*1 $-1"),
    ] {
        bench.run("DEL h");
        bench.run("HSET h c 3");
        bench.run("HSETEX h PX 1 FIELDS 1 a 1");
        bench.now_ms += 1;
        check(&mut bench, &[(line, reply), ("HLEN h", ":1")]);
    }
}

#[test]
fn one_live_field_among_many_expired_ones_is_found_by_chance() {
    let mut bench = bench();
    for at in 0..1000 {
        bench.run(&format!("HSETEX h PX 10 FIELDS 1 f{at} v"));
    }
    bench.run("HSET h live v");
    bench.now_ms = NOW + 10;
    check(
        &mut bench,
        &[
            ("HRANDFIELD h", "$4 live"),
            ("HRANDFIELD h -2", "*2 $4 live $4 live"),
            ("HRANDFIELD h 2", "*1 $4 live"),
            ("HSET h second v", ":1"),
            ("HDEL h live", ":1"),
            ("HRANDFIELD h 1", "*1 $6 second"),
            ("HDEL h second", ":1"),
            ("HRANDFIELD h", "$-1"),
            ("HRANDFIELD h -2 WITHVALUES", "*0"),
            ("HGETALL h", "*0"),
        ],
    );
}

#[test]
fn expired_fields_that_are_met_are_removed_and_logged() {
    let cases = [
        ("HDEL h a", "1 | hdel | ="),
        ("HDEL h a c", "2 | hdel | ="),
        ("HSET h a 2", "1 | hset | ="),
        ("HSETNX h a 2", "2 | hexpired hset | HDEL h a; HSETNX h a 2"),
        ("HINCRBY h a 2", "2 | hexpired hincrby | HDEL h a; HINCRBY h a 2"),
        ("HINCRBYFLOAT h a 2", "2 | hexpired hincrbyfloat | HDEL h a; HSET h a 2"),
        ("HEXPIRE h 9 FIELDS 1 a", "1 | hexpired | HDEL h a"),
        (
            "HEXPIRE h 9 FIELDS 2 a c",
            "2 | hexpired hexpire | HDEL h a; HPEXPIREAT h 1795000009010 FIELDS 1 c",
        ),
        ("HPERSIST h FIELDS 2 a b", "2 | hexpired hpersist | HDEL h a; HPERSIST h FIELDS 2 a b"),
        ("HGETEX h FIELDS 1 a", "1 | hexpired | HDEL h a"),
        (
            "HGETEX h PERSIST FIELDS 2 a b",
            "2 | hexpired hpersist | HDEL h a; HPERSIST h FIELDS 1 b",
        ),
        ("HGETDEL h FIELDS 1 a", "1 | hexpired | HDEL h a"),
        ("HGETDEL h FIELDS 2 a c", "2 | hexpired hdel | HDEL h a; HDEL h c"),
        ("HSETEX h FXX FIELDS 2 a 1 c 1", "1 | hexpired | HDEL h a"),
        ("HSETEX h FNX FIELDS 1 a 1", "2 | hexpired hset | HDEL h a; HSETEX h FNX FIELDS 1 a 1"),
        ("HGET h a", "1 | hexpired | HDEL h a"),
        ("HMGET h c a a", "1 | hexpired | HDEL h a"),
        ("HEXISTS h a", "1 | hexpired | HDEL h a"),
        ("HSTRLEN h a", "1 | hexpired | HDEL h a"),
        ("HRANDFIELD h -1", "1 | hexpired | HDEL h a"),
        ("HGET h c", "0 |  | -"),
        ("HTTL h FIELDS 1 a", "0 |  | -"),
        ("HGETALL h", "0 |  | -"),
        ("HSCAN h 0", "0 |  | -"),
        ("HLEN h", "0 |  | -"),
    ];
    for (line, expected) in cases {
        let mut bench = bench();
        bench.run("HSET h a 1 b 2 c 3");
        bench.run("HPEXPIRE h 10 FIELDS 1 a");
        bench.run("HPEXPIRE h 1000 FIELDS 1 b");
        bench.now_ms = NOW + 10;
        check_effects(&mut bench, &[(line, expected)]);
        let count = usize::from(expected.contains("hexpired"));
        assert_eq!(bench.lost(), count, "{line}");
    }
}

#[test]
fn a_hash_whose_last_field_goes_is_gone() {
    let cases = [
        ("HDEL h a", "1 | hdel del | ="),
        ("HGET h a", "1 | hexpired del | HDEL h a"),
        ("HRANDFIELD h", "1 | hexpired del | HDEL h a"),
        ("HGETEX h FIELDS 1 a", "1 | hexpired del | HDEL h a"),
        ("HGETDEL h FIELDS 1 a", "1 | hexpired del | HDEL h a"),
        ("HPERSIST h FIELDS 1 a", "1 | hexpired del | HDEL h a"),
        ("HSETEX h FXX FIELDS 1 a 1", "1 | hexpired del | HDEL h a"),
        ("HEXPIRE h 5 FIELDS 1 a", "1 | hexpired del | HDEL h a"),
    ];
    for (line, expected) in cases {
        let mut bench = bench();
        bench.run("HSETEX h PX 10 FIELDS 1 a 1");
        bench.now_ms = NOW + 10;
        check_effects(&mut bench, &[(line, expected)]);
        check(&mut bench, &[("HLEN h", ":0"), ("SET h x", "+OK"), ("GET h", "$1 x")]);
    }
}

#[test]
fn an_expiry_is_logged_as_a_point_in_time() {
    check_effects(
        &mut bench(),
        &[
            ("HSET h a 1 b 2 c 3 d 4", "4 | hset | ="),
            ("HEXPIRE h 5 FIELDS 2 a x", "1 | hexpire | HPEXPIREAT h 1795000005000 FIELDS 1 a"),
            ("HPEXPIRE h 5 NX FIELDS 2 a b", "1 | hexpire | HPEXPIREAT h 1795000000005 FIELDS 1 b"),
            ("HEXPIRE h 5 NX FIELDS 1 a", "0 |  | -"),
            ("HEXPIRE h 0 FIELDS 2 a b", "2 | hdel | HDEL h a b"),
            ("HEXPIREAT h 1 FIELDS 1 c", "1 | hdel | HDEL h c"),
            ("HPERSIST h FIELDS 1 d", "0 |  | -"),
            ("HGETEX h EX 5 FIELDS 2 d x", "1 | hexpire | HPEXPIREAT h 1795000005000 FIELDS 1 d"),
            ("HINCRBYFLOAT h d 1", "1 | hincrbyfloat | HSETEX h KEEPTTL FIELDS 1 d 5"),
            ("HINCRBY h d 1", "1 | hincrby | ="),
            ("HGETEX h FIELDS 1 d", "0 |  | -"),
            ("HPERSIST h FIELDS 2 d x", "1 | hpersist | ="),
            ("HGETEX h PERSIST FIELDS 1 d", "0 |  | -"),
            ("HGETEX h PXAT 1 FIELDS 1 d", "1 | hdel del | HDEL h d"),
            (
                "HSETEX h EX 5 FIELDS 2 a 1 b 2",
                "2 | hset hexpire | HSETEX h PXAT 1795000005000 FIELDS 2 a 1 b 2",
            ),
            ("HSETEX h KEEPTTL FIELDS 1 a 3", "1 | hset | ="),
            ("HSETEX h FIELDS 1 a 3", "1 | hset | ="),
            ("HSETEX h FNX FIELDS 2 x 1 a 3", "0 |  | -"),
            ("HSETEX none FXX FIELDS 1 a 3", "0 |  | -"),
            ("HSETEX h PXAT 1 FIELDS 1 a 3", "1 | hset hdel | HDEL h a"),
            ("HSETEX new PXAT 1 FIELDS 1 a 3", "1 | hset hdel del | HDEL new a"),
            ("HGETDEL h FIELDS 3 b x b", "1 | hdel del | HDEL h b"),
            ("HGETDEL h FIELDS 1 b", "0 |  | -"),
        ],
    );
}

#[test]
fn fields_are_read_with_their_expiry_or_deleted() {
    check(
        &mut bench(),
        &[
            ("HSETEX h EX 10 FIELDS 2 a 1 b 2", ":1"),
            ("HTTL h FIELDS 2 a b", "*2 :10 :10"),
            ("HSETEX h KEEPTTL FIELDS 1 a 3", ":1"),
            ("HSETEX h FIELDS 1 b 4", ":1"),
            ("HTTL h FIELDS 2 a b", "*2 :10 :-1"),
            ("HSETEX h FXX PX 5 FIELDS 2 a 1 x 1", ":0"),
            ("HSETEX h FNX FIELDS 2 x 1 a 1", ":0"),
            ("HSETEX h FXX EXAT 1795000050 FIELDS 2 a 5 b 6", ":1"),
            ("HTTL h FIELDS 2 a b", "*2 :50 :50"),
            ("HGETEX h FIELDS 2 a x", "*2 $1 5 $-1"),
            ("HGETEX h PX 7000 FIELDS 1 a", "*1 $1 5"),
            ("HGETEX h PERSIST FIELDS 1 b", "*1 $1 6"),
            ("HTTL h FIELDS 2 a b", "*2 :7 :-1"),
            ("HGETEX none EX 1 FIELDS 2 a b", "*2 $-1 $-1"),
            ("HGETEX h PXAT 5 FIELDS 2 a a", "*2 $1 5 $-1"),
            ("HGETDEL h FIELDS 2 b b", "*2 $1 6 $-1"),
            ("HGETDEL h FIELDS 1 b", "*1 $-1"),
            ("HLEN h", ":0"),
            ("HSETEX new PXAT 5 FIELDS 1 a 1", ":1"),
            ("EXISTS h new", ":0"),
        ],
    );
}

#[test]
fn a_counter_keeps_its_expiry_and_a_new_value_drops_it() {
    check(
        &mut bench(),
        &[
            ("HSETEX h EX 10 FIELDS 2 a 1 b 2", ":1"),
            ("HINCRBY h a 1", ":2"),
            ("HINCRBYFLOAT h b 1", "$1 3"),
            ("HTTL h FIELDS 2 a b", "*2 :10 :10"),
            ("HSET h a 1", ":0"),
            ("HTTL h FIELDS 2 a b", "*2 :-1 :10"),
        ],
    );
}

#[test]
fn an_error_leaves_no_trace() {
    let mut bench = bench();
    bench.run("HINCRBY h a x");
    bench.run("HSETEX h EX -1 FIELDS 1 a 1");
    assert_eq!(effects(&bench), "0 |  | -");
    check(&mut bench, &[("HLEN h", ":0"), ("SET h x", "+OK")]);
}
