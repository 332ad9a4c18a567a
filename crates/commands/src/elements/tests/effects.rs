//! What commands do, log and announce when they meet members that have expired.

use crate::testing::Bench;

const NOW: i64 = 1_795_000_000_000;

/// A set and a sorted set of the members a (expired), b (will expire) and c.
fn bench() -> Bench {
    let mut bench = Bench::default();
    bench.now_ms = NOW;
    for line in [
        "SADD s a b c",
        "SPEXPIRE s 10 MEMBERS 1 a",
        "SPEXPIRE s 1000 MEMBERS 1 b",
        "SADD other a b c d",
        "ZADD z 1 a 2 b 3 c",
        "ZPEXPIRE z 10 MEMBERS 1 a",
        "ZPEXPIRE z 1000 MEMBERS 1 b",
    ] {
        bench.run(line);
    }
    bench.now_ms = NOW + 10;
    bench
}

/// A set and a sorted set whose only member has expired.
fn last() -> Bench {
    let mut bench = Bench::default();
    bench.now_ms = NOW;
    for line in ["SADD s a", "SPEXPIRE s 10 MEMBERS 1 a", "ZADD z 1 a", "ZPEXPIRE z 10 MEMBERS 1 a"]
    {
        bench.run(line);
    }
    bench.now_ms = NOW + 10;
    bench
}

/// Runs each row on a bench of its own: request, reply, what is logged, events.
fn check(new: fn() -> Bench, rows: &[(&str, &str, &str, &str)]) {
    for row in rows {
        new().check(&[*row]);
    }
}

#[test]
fn expired_members_of_sets_that_are_met_are_removed_and_logged() {
    check(
        bench,
        &[
            ("SADD s a c", ":1", "SREM s a; SADD s a c", "sexpired 1, sadd 1"),
            ("SREM s a c", ":2", "=", "srem 1"),
            ("SISMEMBER s a", ":0", "SREM s a", "sexpired 1"),
            ("SMISMEMBER s c a a", "*3 :1 :0 :0", "SREM s a", "sexpired 1"),
            ("SEXPIRE s 9 MEMBERS 1 a", "*1 :-2", "SREM s a", "sexpired 1"),
            (
                "SEXPIRE s 9 MEMBERS 2 a c",
                "*2 :-2 :1",
                "SREM s a; SPEXPIREAT s 1795000009010 MEMBERS 1 c",
                "sexpired 1, sexpire 1",
            ),
            (
                "SPERSIST s MEMBERS 2 a b",
                "*2 :-2 :1",
                "SREM s a; SPERSIST s MEMBERS 2 a b",
                "sexpired 1, spersist 1",
            ),
            ("SADDEX s MXX MEMBERS 2 a c", ":0", "SREM s a", "sexpired 1"),
            (
                "SADDEX s MNX EX 9 MEMBERS 1 a",
                ":1",
                "SREM s a; SADDEX s PXAT 1795000009010 MEMBERS 1 a",
                "sexpired 1, sadd 1, sexpire 1",
            ),
            ("SADDEX s PXAT 1 MEMBERS 2 a c", ":1", "SREM s a; SREM s c", "sexpired 1, srem 1"),
            ("SMOVE s other a", ":0", "SREM s a", "sexpired 1"),
            ("SMOVE other s a", ":1", "SREM s a; SMOVE other s a", "sexpired 2, srem 1, sadd 2"),
            ("SMOVE s other b", ":1", "=", "srem 1, sexpire 2"),
            ("SMOVE other s b", ":1", "=", "srem 1, spersist 2"),
            ("SMOVE other s d", ":1", "=", "srem 1, sadd 2"),
            ("SRANDMEMBER s 0", "*0", "SREM s a", "sexpired 1"),
            (
                "SUNIONSTORE u s other",
                ":4",
                "SREM s a; SUNIONSTORE u s other",
                "sexpired 2, sunionstore 1",
            ),
            (
                "SDIFFSTORE u other s",
                ":2",
                "SREM s a; SDIFFSTORE u other s",
                "sexpired 3, sdiffstore 1",
            ),
            (
                "SORT s ALPHA STORE u",
                ":2",
                "SREM s a; SORT s ALPHA STORE u",
                "sexpired 1, sortstore 4",
            ),
            ("ZUNIONSTORE u 1 s", ":2", "SREM s a; ZUNIONSTORE u 1 s", "sexpired 3, zunionstore 1"),
        ],
    );
}

#[test]
fn reads_of_sets_pass_over_what_has_expired() {
    for (request, reply) in [
        ("SCARD s", ":3"),
        ("STTL s MEMBERS 2 a b", "*2 :-2 :1"),
        ("SINTER s other", "*2 $1 c $1 b"),
        ("SINTERCARD 2 s other", ":2"),
        ("SUNIONCARD 2 s other", ":4"),
        ("SDIFF other s", "*2 $1 a $1 d"),
        ("SORT s ALPHA", "*2 $1 b $1 c"),
        ("SSCAN s 0 MATCH a", "*2 $1 0 *0"),
    ] {
        bench().check_reads(&[(request, reply)]);
    }
    let members = bench().run("SMEMBERS s");
    assert!(members.starts_with("*2") && !members.contains('a'), "{members}");
}

#[test]
fn a_set_is_popped_without_what_has_expired() {
    let mut bench = bench();
    let popped = bench.run("SPOP s 1");
    let logged = bench.logged();
    let member = popped.split("\r\n").nth(2).unwrap_or_default();
    assert!(member == "b" || member == "c", "{popped}");
    assert_eq!(logged, format!("SREM s a; SREM s {member}"));
    bench.check(&[("SPOP s 9", bench_left(member), "DEL s", "spop 1, del 1")]);
    check(
        last,
        &[
            ("SPOP s", "$-1", "SREM s a", "sexpired 1, del 1"),
            ("SPOP s 3", "*0", "SREM s a", "sexpired 1, del 1"),
        ],
    );
}

fn bench_left(popped: &str) -> &'static str {
    if popped == "b" { "*1 $1 c" } else { "*1 $1 b" }
}

#[test]
fn a_set_whose_last_member_expires_is_gone() {
    check(
        last,
        &[
            ("SISMEMBER s a", ":0", "SREM s a", "sexpired 1, del 1"),
            ("SRANDMEMBER s", "$-1", "SREM s a", "sexpired 1, del 1"),
            ("SPERSIST s MEMBERS 1 a", "*1 :-2", "SREM s a", "sexpired 1, del 1"),
            ("SEXPIRE s 5 MEMBERS 1 a", "*1 :-2", "SREM s a", "sexpired 1, del 1"),
            ("SREM s a", ":1", "=", "srem 1, del 1"),
            ("SMOVE s t a", ":0", "SREM s a", "sexpired 1, del 1"),
        ],
    );
    // What is added at once finds the key still there, with its own expiry.
    let mut bench = last();
    bench.run("PEXPIRE s 5000");
    bench.check(&[("SADD s a", ":1", "SREM s a; SADD s a", "sexpired 1, sadd 1")]);
    bench.check_reads(&[("PTTL s", ":5000"), ("SPTTL s MEMBERS 1 a", "*1 :-1")]);
}

#[test]
fn expired_members_of_sorted_sets_are_removed_and_logged() {
    check(
        bench,
        &[
            ("ZADD z 5 a", ":1", "ZREM z a; ZADD z 5 a", "zexpired 1, zadd 1"),
            ("ZADD z XX 5 a", ":0", "ZREM z a", "zexpired 1"),
            ("ZADD z 2 b", ":0", "=", "zpersist 1"),
            ("ZADD z 7 b", ":0", "=", "zadd 1, zpersist 1"),
            ("ZADD z NX 7 b", ":0", "-", ""),
            ("ZINCRBY z 1 a", "$1 1", "ZREM z a; ZINCRBY z 1 a", "zexpired 1, zincr 1"),
            ("ZINCRBY z 1 b", "$1 3", "=", "zincr 1"),
            ("ZREM z a c", ":2", "=", "zrem 1"),
            ("ZSCORE z a", "$-1", "ZREM z a", "zexpired 1"),
            ("ZMSCORE z c a", "*2 $1 3 $-1", "ZREM z a", "zexpired 1"),
            ("ZRANK z c", ":1", "ZREM z a", "zexpired 1"),
            ("ZCARD z", ":2", "ZREM z a", "zexpired 1"),
            ("ZRANGE z 0 0", "*1 $1 b", "ZREM z a", "zexpired 1"),
            ("ZCOUNT z -inf 2", ":1", "ZREM z a", "zexpired 1"),
            ("ZRANDMEMBER z 9", "*2 $1 b $1 c", "ZREM z a", "zexpired 1"),
            ("ZPOPMIN z", "*2 $1 b $1 2", "ZREM z a; ZPOPMIN z", "zexpired 1, zpopmin 1"),
            (
                "ZREMRANGEBYRANK z 0 0",
                ":1",
                "ZREM z a; ZREMRANGEBYRANK z 0 0",
                "zexpired 1, zremrangebyrank 1",
            ),
            ("ZREMRANGEBYSCORE z 1 1", ":0", "ZREM z a", "zexpired 1"),
            (
                "ZRANGESTORE u z 0 0",
                ":1",
                "ZREM z a; ZRANGESTORE u z 0 0",
                "zexpired 2, zrangestore 1",
            ),
            ("ZUNIONSTORE u 1 z", ":2", "ZREM z a; ZUNIONSTORE u 1 z", "zexpired 3, zunionstore 1"),
            ("ZINTER 2 z other", "*2 $1 b $1 c", "ZREM z a", "zexpired 2"),
            ("BZPOPMIN z 0", "*3 $1 z $1 b $1 2", "ZREM z a; ZPOPMIN z", "zexpired 1, zpopmin 1"),
            (
                "ZMPOP 1 z MAX",
                "*2 $1 z *1 *2 $1 c $1 3",
                "ZREM z a; ZPOPMAX z 1",
                "zexpired 2, zpopmax 2",
            ),
            (
                "ZEXPIRE z 9 MEMBERS 2 a c",
                "*2 :-2 :1",
                "ZREM z a; ZPEXPIREAT z 1795000009010 MEMBERS 1 c",
                "zexpired 1, zexpire 1",
            ),
            (
                "ZPERSIST z MEMBERS 2 a b",
                "*2 :-2 :1",
                "ZREM z a; ZPERSIST z MEMBERS 2 a b",
                "zexpired 1, zpersist 1",
            ),
            ("ZCOLLECT z", "+OK", "ZREM z a", "zexpired 1"),
            ("ZCOLLECT *", "+OK", "ZREM z a", ""),
            ("ZSCAN z 0", "*2 $1 0 *4 $1 b $1 2 $1 c $1 3", "-", ""),
            ("ZTTL z MEMBERS 2 a b", "*2 :-2 :1", "-", ""),
            (
                "SORT z BY nosort STORE u",
                ":2",
                "ZREM z a; SORT z BY nosort STORE u",
                "zexpired 1, sortstore 5",
            ),
        ],
    );
}

#[test]
fn a_sorted_set_whose_last_member_expires_is_gone() {
    check(
        last,
        &[
            ("ZSCORE z a", "$-1", "ZREM z a", "zexpired 1, del 1"),
            ("ZRANGE z 0 -1", "*0", "ZREM z a", "zexpired 1, del 1"),
            ("ZPOPMIN z", "*0", "ZREM z a", "zexpired 1, del 1"),
            ("BZPOPMAX z 0", "*-1", "ZREM z a", "zexpired 1, del 1"),
            ("ZREMRANGEBYLEX z - +", ":0", "ZREM z a", "zexpired 1, del 1"),
            ("ZADD z XX 1 a", ":0", "ZREM z a", "zexpired 1, del 1"),
            ("ZRANGESTORE u z 0 -1", ":0", "ZREM z a", "zexpired 2, del 2"),
            ("ZUNIONSTORE u 1 z", ":0", "ZREM z a", "zexpired 3, del 3"),
        ],
    );
}

#[test]
fn many_expired_members_are_removed_aside() {
    let mut bench = Bench::default();
    for start in (0..20_000).step_by(1000) {
        let pairs: Vec<String> = (start..start + 1000).map(|n| format!("{n} m{n}")).collect();
        bench.run(&format!("ZADD z {}", pairs.join(" ")));
        let names: Vec<String> = (start..start + 1000).map(|n| format!("m{n}")).collect();
        bench.run(&format!("ZPEXPIRE z 10 MEMBERS 1000 {}", names.join(" ")));
    }
    bench.run("ZADD z 1 stays");
    bench.now_ms += 10;
    bench.may_defer = true;
    // A read removes few and passes over the others, which are too many to do that here.
    assert_eq!(bench.run("ZRANGE z 0 -1"), "");
    assert!((64..=80).contains(&bench.lost()), "{}", bench.lost());
    // A write removes what it may.
    assert_eq!(bench.run("ZPOPMIN z"), "");
    assert!((10_000..=10_100).contains(&bench.lost()), "{}", bench.lost());
    bench.may_defer = false;
    assert_eq!(bench.run("ZPOPMIN z"), "*2\r\n$5\r\nstays\r\n$1\r\n1\r\n");
    assert_eq!(bench.run("EXISTS z"), ":0\r\n");
}
