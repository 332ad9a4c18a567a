//! Histories that have an order, and histories that must be refused.

use super::check::{Verdict, check};
use super::shrink::shrink;
use super::{Act, Operation, Request, Script, request};
use crate::reply::Reply;

/// Client, call and return in ms, what was asked (`EXEC x; y` for a transaction), the reply.
type Row = (u8, u64, u64, &'static str, &'static str);

fn reply(text: &str) -> Reply {
    let bytes = |text: &str| text.as_bytes().to_vec();
    if let Some(items) = text.strip_prefix('[') {
        let items = items.strip_suffix(']').expect("a whole array").split(", ");
        return Reply::Array(items.filter(|item| !item.is_empty()).map(reply).collect());
    }
    match text.split_at(1) {
        _ if text == "nil" => Reply::Nil,
        _ if text == "none" => Reply::NilArray,
        (":", number) => Reply::Integer(number.parse().expect("a number")),
        ("$", text) => Reply::Bulk(bytes(text)),
        ("-", text) => Reply::Error(bytes(text)),
        _ => Reply::Simple(bytes(text)),
    }
}

fn history(rows: &[Row]) -> Vec<Operation> {
    let operation = |&(client, call, ret, line, answer): &Row| {
        let act = match line.strip_prefix("EXEC ") {
            Some(lines) => Act::Exec(lines.split("; ").map(request).collect::<Vec<Request>>()),
            None => match line.strip_prefix("EVAL ") {
                Some(lines) => Act::Script(Script {
                    requests: lines.split("; ").map(request).collect(),
                    declared: 0,
                }),
                None => Act::One(request(line)),
            },
        };
        let (call, ret) = (call * 1_000_000, ret.saturating_mul(1_000_000));
        let reply = (ret != u64::MAX).then(|| reply(answer));
        Operation { client, call, ret, act, reply }
    };
    rows.iter().map(operation).collect()
}

#[track_caller]
fn has_order(rows: &[Row]) {
    let found = check(&history(rows));
    assert!(matches!(found, Verdict::Order(_)), "{found:?}");
}

#[track_caller]
fn has_none(rows: &[Row]) {
    let found = check(&history(rows));
    assert!(matches!(found, Verdict::None(_)), "{found:?}");
}

/// Never answered.
const NEVER: u64 = u64::MAX;

#[test]
fn a_read_during_a_write_may_see_either() {
    for seen in ["nil", "$1"] {
        has_order(&[(0, 0, 10, "SET a 1", "OK"), (1, 2, 5, "GET a", seen)]);
    }
    has_none(&[(0, 0, 10, "SET a 1", "OK"), (1, 2, 5, "GET a", "$2")]);
}

#[test]
fn a_read_after_a_write_sees_it() {
    has_order(&[(0, 0, 1, "SET a 1", "OK"), (1, 2, 3, "GET a", "$1")]);
    has_none(&[(0, 0, 1, "SET a 1", "OK"), (1, 2, 3, "GET a", "nil")]);
}

#[test]
fn what_one_has_seen_another_does_not_see_undone() {
    let rows = |second| {
        [(0, 0, 10, "SET a 1", "OK"), (1, 1, 2, "GET a", "$1"), (2, 3, 4, "GET a", second)]
    };
    has_order(&rows("$1"));
    has_none(&rows("nil"));
}

#[test]
fn no_increment_is_lost() {
    has_order(&[(0, 0, 5, "INCR a", ":2"), (1, 0, 5, "INCR a", ":1"), (0, 6, 7, "GET a", "$2")]);
    has_none(&[(0, 0, 5, "INCR a", ":1"), (1, 0, 5, "INCR a", ":1")]);
    has_none(&[(0, 0, 5, "INCR a", ":1"), (1, 0, 5, "INCR a", ":2"), (0, 6, 7, "GET a", "$1")]);
}

#[test]
fn several_keys_are_not_torn() {
    let rows = |seen| [(0, 0, 10, "MSET a 1 b 2", "OK"), (1, 0, 10, "MGET a b", seen)];
    has_order(&rows("[$1, $2]"));
    has_order(&rows("[nil, nil]"));
    has_none(&rows("[$1, nil]"));
    has_none(&rows("[nil, $2]"));
}

#[test]
fn an_element_is_taken_once() {
    let rows = |first, second| {
        [(0, 0, 9, "RPUSH a x", ":1"), (1, 0, 9, "BLPOP a 1", first), (2, 0, 9, "LPOP a", second)]
    };
    has_order(&rows("[$a, $x]", "nil"));
    has_order(&rows("none", "$x"));
    has_none(&rows("[$a, $x]", "$x"));
    has_none(
        &rows("none", "nil")
            .iter()
            .copied()
            .chain([(3, 10, 11, "LLEN a", ":0")])
            .collect::<Vec<_>>(),
    );
}

#[test]
fn who_gives_up_waiting_leaves_nothing_behind_that_was_there() {
    // A wait for nothing ends when nothing is there.
    has_none(&[(0, 0, 1, "RPUSH a x", ":1"), (1, 2, 9, "BLPOP a 1", "none")]);
    has_order(&[(0, 0, 3, "RPUSH a x", ":1"), (1, 2, 9, "BLPOP a 1", "none")]);
    has_none(&[(0, 0, 1, "RPUSH a x", ":1"), (1, 2, 9, "BLMOVE a b LEFT LEFT 1", "none")]);
}

#[test]
fn a_transaction_is_one_step() {
    let rows = |seen, second| [(0, 0, 9, "EXEC INCR a; INCR a", seen), (1, 0, 9, "INCR a", second)];
    has_order(&rows("[:1, :2]", ":3"));
    has_order(&rows("[:2, :3]", ":1"));
    has_none(&rows("[:1, :3]", ":2"));
}

#[test]
fn a_watched_key_decides_and_nothing_else() {
    let rows = |write, executed| {
        [
            (0, 0, 1, "WATCH a", "OK"),
            (1, 2, 3, write, if write == "DEL a" { ":0" } else { "OK" }),
            (0, 4, 5, "EXEC SET b 1", executed),
        ]
    };
    has_order(&rows("SET a 1", "none"));
    has_none(&rows("SET a 1", "[OK]"));
    has_order(&rows("SET c 1", "[OK]"));
    has_none(&rows("SET c 1", "none"));
    // What is not there is not changed by being deleted.
    has_none(&rows("DEL a", "none"));
}

#[test]
fn a_key_goes_once_and_only_when_its_time_may_be_up() {
    let set = (0, 0, 1, "SET a 1 PX 100", "OK");
    has_order(&[set, (0, 2, 3, "GET a", "$1"), (0, 100, 101, "GET a", "nil")]);
    has_order(&[set, (0, 100, 101, "GET a", "$1")]);
    has_none(&[set, (0, 20, 21, "GET a", "nil")]);
    has_none(&[set, (0, 200, 201, "GET a", "$1")]);
    has_none(&[set, (0, 99, 100, "GET a", "nil"), (0, 101, 102, "GET a", "$1")]);
    let watched = (0, 2, 3, "WATCH a", "OK");
    has_order(&[set, watched, (0, 200, 201, "EXEC GET b", "none")]);
    has_none(&[set, watched, (0, 200, 201, "EXEC GET b", "[nil]")]);
}

#[test]
fn what_was_never_answered_may_have_happened_or_not() {
    for seen in ["nil", "$1"] {
        has_order(&[(0, 0, NEVER, "SET a 1", ""), (1, 2, 3, "GET a", seen)]);
    }
    has_none(&[(0, 0, NEVER, "SET a 1", ""), (1, 2, 3, "GET a", "$1"), (1, 4, 5, "GET a", "nil")]);
}

#[test]
fn a_pipeline_keeps_its_order() {
    has_order(&[(0, 0, 5, "SET a 1", "OK"), (0, 0, 6, "GET a", "$1")]);
    has_none(&[(0, 0, 5, "GET a", "$1"), (0, 0, 6, "SET a 1", "OK")]);
}

#[test]
fn a_key_is_at_one_place_while_it_is_renamed() {
    let rows = |seen| {
        [(0, 0, 1, "SET a 1", "OK"), (0, 2, 9, "RENAME a b", "OK"), (1, 2, 9, "EXISTS a b", seen)]
    };
    has_order(&rows(":1"));
    has_none(&rows(":0"));
    has_none(&rows(":2"));
}

#[test]
fn hashes_and_types() {
    has_order(&[
        (0, 0, 1, "HSET a name 1", ":1"),
        (0, 2, 3, "HINCRBY a name 2", ":3"),
        (0, 4, 5, "HGETALL a", "[$name, $3]"),
        (0, 6, 7, "HDEL a name", ":1"),
        (0, 8, 9, "EXISTS a", ":0"),
    ]);
    let wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    has_order(&[(0, 0, 1, "SET a 1", "OK"), (0, 2, 3, "RPUSH a x", wrong)]);
    has_order(&[(0, 0, 1, "SET a 1", "OK"), (0, 2, 3, "BLPOP a b 1", wrong)]);
    has_none(&[(0, 0, 1, "SET a 1", "OK"), (0, 2, 3, "BLPOP b 1", wrong)]);
}

#[test]
fn a_history_without_an_order_shrinks_to_what_shows_it() {
    let all = history(&[
        (0, 0, 1, "SET b 1", "OK"),
        (1, 0, 1, "GET a", "nil"),
        (0, 2, 3, "SET a 1", "OK"),
        (1, 4, 5, "GET b", "$1"),
        (2, 4, 5, "GET a", "nil"),
        (0, 6, 7, "SET a 2", "OK"),
        (1, 8, 9, "GET a", "$2"),
    ]);
    let small: Vec<String> = shrink(&all).iter().map(|it| it.act.to_string()).collect();
    assert_eq!(small, ["SET b 1", "SET a 1", "GET a"]);
}

#[test]
fn a_script_is_one_step() {
    has_order(&[
        (0, 0, 10, "EVAL INCR a; SADD b x", "[:1, :1]"),
        (1, 0, 10, "EVAL INCR a; SADD b x", "[:2, :0]"),
    ]);
    has_none(&[
        (0, 0, 10, "EVAL INCR a; SADD b x", "[:1, :0]"),
        (1, 0, 10, "EVAL INCR a; SADD b x", "[:2, :1]"),
    ]);
    // In a script there is one kind of nothing.
    has_order(&[(0, 0, 1, "EVAL GET a; LPOP a", "[nil, nil]")]);
}

#[test]
fn members_leave_in_the_order_of_their_scores() {
    let row = (0, 0, 1, "ZADD a 3 z 1 x 2 y", ":3");
    has_order(&[row, (0, 2, 3, "ZPOPMIN a", "[$x, $1]"), (0, 4, 5, "ZRANGE a 0 -1", "[$y, $z]")]);
    has_none(&[row, (0, 2, 3, "ZPOPMIN a", "[$y, $2]")]);
    has_order(&[(1, 0, 9, "BZPOPMIN b a 0", "[$a, $x, $1]"), row]);
}
