//! Tests of the family: single commands here, generated ones against a model in `model.rs`.

mod model;

use protocol::Version;

use crate::testing::Bench;

/// Two benches: one keeps sorted sets packed, the other never does.
fn benches() -> [Bench; 2] {
    let mut big = Bench::default();
    big.limits.packed_sorted_set_members_max = 0;
    [Bench::default(), big]
}

#[test]
fn members_are_added_and_their_scores_changed() {
    for mut bench in benches() {
        bench.check(&[
            ("ZADD z 1 a 2 b 3 c", ":3", "=", "zadd 1"),
            ("ZADD z 1 a", ":0", "-", ""),
            ("ZADD z CH 5 a 2 b 4 d", ":2", "=", "zadd 1"),
            ("ZADD z NX 9 a 9 e", ":1", "=", "zadd 1"),
            ("ZADD z XX 8 a 9 f", ":0", "=", "zadd 1"),
            ("ZADD z XX CH 8 f", ":0", "-", ""),
            ("ZADD z GT CH 7 a 10 b", ":1", "=", "zadd 1"),
            ("ZADD z LT CH 7 a 11 b", ":1", "=", "zadd 1"),
            ("ZADD z INCR 1.5 a", "$3 8.5", "=", "zincr 1"),
            ("ZADD z NX INCR 1 a", "$-1", "-", ""),
            ("ZADD z XX INCR 1 g", "$-1", "-", ""),
            ("ZADD z GT INCR -1 a", "$-1", "-", ""),
            ("ZINCRBY z 0 a", "$3 8.5", "-", ""),
            ("ZINCRBY z -0.5 a", "$1 8", "=", "zincr 1"),
            ("ZINCRBY z 3 new", "$1 3", "=", "zincr 1"),
            ("ZADD none XX 1 a", ":0", "-", ""),
            (
                "ZRANGE z 0 -1 WITHSCORES",
                "*12 $1 c $1 3 $3 new $1 3 $1 d $1 4 $1 a $1 8 $1 e $1 9 \
              $1 b $2 10",
                "-",
                "",
            ),
            ("ZCARD z", ":6", "-", ""),
        ]);
        bench.check_reads(&[
            ("ZADD z NX XX 1 a", "-ERR XX and NX options at the same time are not compatible"),
            (
                "ZADD z NX GT 1 a",
                "-ERR GT, LT, and/or NX options at the same time are not \
              compatible",
            ),
            ("ZADD z INCR 1 a 2 b", "-ERR INCR option supports a single increment-element pair"),
            ("ZADD z CH 1", "-ERR syntax error"),
            ("ZADD z 1 a 2", "-ERR syntax error"),
            ("ZADD z 1 a x b", "-ERR value is not a valid float"),
            ("ZADD z nan a", "-ERR value is not a valid float"),
        ]);
        bench.run("ZADD z inf i");
        bench.check_reads(&[
            ("ZINCRBY z -inf i", "-ERR resulting score is not a number (NaN)"),
            ("ZSCORE z i", "$3 inf"),
        ]);
    }
}

#[test]
fn scores_and_ranks_are_read() {
    for mut bench in benches() {
        bench.run("ZADD z 1 a 2 b 2 c 3.25 d");
        bench.check_reads(&[
            ("ZSCORE z d", "$4 3.25"),
            ("ZSCORE z x", "$-1"),
            ("ZMSCORE z a x d", "*3 $1 1 $-1 $4 3.25"),
            ("ZMSCORE none a", "*1 $-1"),
            ("ZRANK z a", ":0"),
            ("ZRANK z c", ":2"),
            ("ZREVRANK z c", ":1"),
            ("ZRANK z x", "$-1"),
            ("ZRANK z b WITHSCORE", "*2 :1 $1 2"),
            ("ZREVRANK z x WITHSCORE", "*-1"),
            ("ZRANK z b SCORE", "-ERR syntax error"),
            ("ZRANK z b WITHSCORE x", "-ERR wrong number of arguments for 'zrank' command"),
            ("ZCOUNT z 2 3", ":2"),
            ("ZCOUNT z (2 +inf", ":1"),
            ("ZCOUNT z 3 2", ":0"),
            ("ZCOUNT z x 2", "-ERR min or max is not a float"),
            ("ZLEXCOUNT z x 2", "-ERR min or max not valid string range item"),
        ]);
    }
}

#[test]
fn ranges_go_both_ways_by_rank_score_and_member() {
    for mut bench in benches() {
        bench.run("ZADD z 1 a 2 b 2 c 3.25 d");
        bench.run("ZADD l 0 a 0 b 0 c 0 d");
        bench.check_reads(&[
            ("ZRANGE z 1 2", "*2 $1 b $1 c"),
            ("ZRANGE z -2 -1", "*2 $1 c $1 d"),
            ("ZRANGE z 2 1", "*0"),
            ("ZRANGE z -100 100 REV", "*4 $1 d $1 c $1 b $1 a"),
            ("ZREVRANGE z 0 1 WITHSCORES", "*4 $1 d $4 3.25 $1 c $1 2"),
            ("ZRANGEBYSCORE z -inf (2", "*1 $1 a"),
            ("ZRANGEBYSCORE z (1 3 LIMIT 1 5", "*1 $1 c"),
            ("ZRANGEBYSCORE z 1 3 LIMIT 0 2", "*2 $1 a $1 b"),
            ("ZRANGEBYSCORE z 1 3 LIMIT -1 2", "*0"),
            ("ZRANGEBYSCORE z 1 3 LIMIT 1 -7", "*2 $1 b $1 c"),
            ("ZREVRANGEBYSCORE z 3 1 LIMIT 1 2", "*2 $1 b $1 a"),
            ("ZRANGE z (3 2 BYSCORE REV", "*2 $1 c $1 b"),
            ("ZRANGEBYLEX l [b (d", "*2 $1 b $1 c"),
            ("ZRANGEBYLEX l - +", "*4 $1 a $1 b $1 c $1 d"),
            ("ZRANGEBYLEX l + -", "*0"),
            ("ZREVRANGEBYLEX l + (b LIMIT 1 1", "*1 $1 c"),
            ("ZRANGE l (a [c BYLEX", "*2 $1 b $1 c"),
            ("ZLEXCOUNT l (a +", ":3"),
            (
                "ZRANGE z 0 1 LIMIT 0 1",
                "-ERR syntax error, LIMIT is only supported in combination \
              with either BYSCORE or BYLEX",
            ),
            (
                "ZRANGE z - + BYLEX WITHSCORES",
                "-ERR syntax error, WITHSCORES not supported in \
              combination with BYLEX",
            ),
            ("ZRANGE z 0 1 LIMIT 0", "-ERR syntax error"),
            ("ZREVRANGE z 0 1 REV", "-ERR syntax error"),
            ("ZRANGE none 0 -1", "*0"),
        ]);
        bench.version = Version::Resp3;
        bench.check_reads(&[
            ("ZRANGE z 0 0 WITHSCORES", "*1 *2 $1 a ,1"),
            ("ZSCORE z d", ",3.25"),
            ("ZSCORE z x", "_"),
        ]);
    }
}

#[test]
fn members_are_removed_by_name_and_by_range() {
    for mut bench in benches() {
        bench.run("ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g");
        bench.check(&[
            ("ZREM z a x a", ":1", "=", "zrem 1"),
            ("ZREM z x", ":0", "-", ""),
            ("ZREMRANGEBYRANK z 0 0", ":1", "=", "zremrangebyrank 1"),
            ("ZREMRANGEBYRANK z 9 10", ":0", "-", ""),
            ("ZREMRANGEBYSCORE z (3 4", ":1", "=", "zremrangebyscore 1"),
            ("ZREMRANGEBYLEX z - +", ":4", "=", "zremrangebylex 1, del 1"),
            ("EXISTS z", ":0", "-", ""),
            ("ZREMRANGEBYSCORE z 0 1", ":0", "-", ""),
        ]);
    }
}

#[test]
fn the_ends_are_popped() {
    for mut bench in benches() {
        bench.run("ZADD z 1 a 2 b 3 c 4 d 5 e");
        bench.check(&[
            ("ZPOPMIN z", "*2 $1 a $1 1", "=", "zpopmin 1"),
            ("ZPOPMAX z 2", "*4 $1 e $1 5 $1 d $1 4", "=", "zpopmax 1"),
            ("ZPOPMIN z 0", "*0", "-", ""),
            ("ZPOPMIN z 9", "*4 $1 b $1 2 $1 c $1 3", "=", "zpopmin 1, del 1"),
            ("ZPOPMIN z", "*0", "-", ""),
            ("ZPOPMIN z -1", "-ERR value is out of range, must be positive", "-", ""),
            ("ZMPOP 2 z y MIN", "*-1", "-", ""),
            ("ZADD y 1 a 2 b 3 c", ":3", "=", "zadd 1"),
            ("ZMPOP 2 z y MIN", "*2 $1 y *1 *2 $1 a $1 1", "ZPOPMIN y 1", "zpopmin 3"),
            (
                "ZMPOP 2 z y MAX COUNT 9",
                "*2 $1 y *2 *2 $1 c $1 3 *2 $1 b $1 2",
                "ZPOPMAX y 2",
                "zpopmax 3, del 3",
            ),
            ("ZADD z 1 a 2 b 3 c", ":3", "=", "zadd 1"),
            ("BZPOPMIN y z 0", "*3 $1 z $1 a $1 1", "ZPOPMIN z", "zpopmin 2"),
            ("BZPOPMAX y z 0", "*3 $1 z $1 c $1 3", "ZPOPMAX z", "zpopmax 2"),
            ("BZMPOP 0 1 z MIN", "*2 $1 z *1 *2 $1 b $1 2", "ZPOPMIN z 1", "zpopmin 3, del 3"),
            ("BZMPOP 0 1 z MIN", "*-1", "-", ""),
            ("BZPOPMIN z 0", "*-1", "-", ""),
        ]);
        bench.check_reads(&[
            ("ZMPOP 0 z MIN", "-ERR numkeys should be greater than 0"),
            ("ZMPOP 1 z", "-ERR wrong number of arguments"),
            ("ZMPOP 1 z UP", "-ERR syntax error"),
            ("ZMPOP 2 z MIN", "-ERR syntax error"),
            ("ZMPOP 1 z MIN COUNT 0", "-ERR count should be greater than 0"),
            ("ZMPOP 1 z MIN COUNT 1 COUNT 1", "-ERR syntax error"),
            ("BZPOPMIN z x", "-ERR timeout is not a float or out of range"),
        ]);
    }
}

#[test]
fn ranges_are_stored() {
    for mut bench in benches() {
        bench.run("ZADD z 1 a 2 b 3 c");
        bench.check(&[
            ("ZRANGESTORE t z 0 1", ":2", "=", "zrangestore 1"),
            ("ZRANGE t 0 -1 WITHSCORES", "*4 $1 a $1 1 $1 b $1 2", "-", ""),
            ("ZRANGESTORE t z (2 inf BYSCORE", ":1", "=", "zrangestore 1"),
            ("ZRANGESTORE t none 0 -1", ":0", "=", "del 1"),
            ("ZRANGESTORE t none 0 -1", ":0", "-", ""),
            ("ZRANGESTORE z z 0 0 REV", ":1", "=", "zrangestore 1"),
            ("ZRANGE z 0 -1", "*1 $1 c", "-", ""),
            ("ZRANGESTORE t z 0 1 WITHSCORES", "-ERR syntax error", "-", ""),
        ]);
    }
}

#[test]
fn what_takes_long_is_left_for_later() {
    let mut bench = Bench::default();
    for first in (0..20_000).step_by(5_000) {
        let some: Vec<String> = (first..first + 5_000).map(|n| format!("{n} m{n}")).collect();
        bench.run(&format!("ZADD z {}", some.join(" ")));
    }
    bench.run("ZADD y 1 m1 2 m2 3 x");
    bench.may_defer = true;
    for request in [
        "ZRANGE z 0 -1",
        "ZRANGEBYSCORE z 5 +inf",
        "ZRANGESTORE t z 0 10000",
        "ZRANDMEMBER z 10001",
        "ZRANDMEMBER z -10001 WITHSCORES",
        "ZPOPMIN z 10001",
        "ZMPOP 2 none z MAX COUNT 20000",
        "ZREMRANGEBYRANK z 0 10000",
        "ZREMRANGEBYSCORE z -inf +inf",
        "ZUNION 2 z y",
        "ZINTER 2 z z",
        "ZDIFFSTORE t 2 z y",
    ] {
        assert_eq!(bench.run(request), "", "{request}");
        let effects = (bench.effects.changes, bench.effects.hits, bench.effects.touched.len());
        assert_eq!(effects, (0, 0, 0), "{request}");
    }
    bench.check_reads(&[
        ("ZCARD z", ":20000"),
        ("ZRANGE z -2 -1", "*2 $6 m19998 $6 m19999"),
        ("ZRANGEBYSCORE z 5 +inf LIMIT 9000 1", "*1 $5 m9005"),
        ("ZCOUNT z 5 +inf", ":19995"),
        ("ZINTERCARD 2 z y", ":2"),
        ("EXISTS t", ":0"),
    ]);
    bench.may_defer = false;
    assert_eq!(bench.run("ZRANGESTORE t z 0 10000"), ":10001\r\n");
    assert_eq!(bench.run("ZREMRANGEBYSCORE z -inf +inf"), ":20000\r\n");
}

#[test]
fn big_sorted_sets_are_freed_elsewhere() {
    let mut bench = Bench::default();
    let all: Vec<String> = (0..1_000).map(|n| format!("{n} m{n}")).collect();
    for (count, request) in
        ["DEL z", "ZDIFFSTORE z 1 none", "ZUNIONSTORE z 1 y", "ZRANGESTORE z y 0 0"]
            .into_iter()
            .enumerate()
    {
        bench.run(&format!("ZADD z {}", all.join(" ")));
        bench.run("ZADD y 1 a");
        bench.run(request);
        assert_eq!(bench.discarded(), count + 1, "{request}");
    }
}
