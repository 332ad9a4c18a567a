//! What is noted of requests on their way.

use protocol::{Value, decode};

use crate::lifecycle::condition;
use crate::testing::Bench;

/// A map's value, of a reply in RESP3.
fn field(map: &Value, name: &str) -> Value {
    let Value::Map(pairs) = map else { panic!("{map:?}") };
    let found = pairs.iter().find(|(key, _)| *key == Value::Bulk(name.into()));
    found.unwrap_or_else(|| panic!("no {name} in {map:?}")).1.clone()
}

fn number(map: &Value, name: &str) -> i64 {
    match field(map, name) {
        Value::Int(number) => number,
        other => panic!("{name}: {other:?}"),
    }
}

fn traced(bench: &mut Bench, request: &str) -> Value {
    let reply = bench.run(request);
    decode(reply.as_bytes()).expect("a reply").expect("whole").0
}

fn typed() -> Bench {
    let mut bench = Bench::default();
    bench.run("HELLO 3");
    bench
}

#[test]
fn a_traced_request_is_shown_as_it_is_on_the_wire() {
    let mut bench = typed();
    let map = traced(&mut bench, "TRACE SET k v");
    let bytes = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
    assert_eq!(field(&map, "received"), Value::Bulk(bytes.to_vec()));
    assert_eq!(number(&map, "received-bytes"), bytes.len() as i64);
    assert_eq!(number(&map, "reply-bytes"), 5);
    assert_eq!(field(&map, "reply"), Value::Status(b"OK".to_vec()));
    let stages = field(&map, "nanoseconds");
    assert!(number(&stages, "run") > 0);
    assert_eq!(field(&stages, "write"), Value::Null);
    // The bench has no log.
    assert_eq!((field(&map, "log"), number(&stages, "fsync")), (Value::Null, 0));
}

#[test]
fn keys_lie_where_their_hash_says() {
    let mut bench = typed();
    let map = traced(&mut bench, "TRACE MSET a 1 b 2");
    let Value::Array(keys) = field(&map, "keys") else { panic!("{map:?}") };
    assert_eq!(keys.len(), 2);
    for key in keys {
        let Value::Bulk(name) = field(&key, "name") else { panic!("{key:?}") };
        let hash = bench.node.keyspace.hasher().hash(&name);
        assert_eq!(field(&key, "hash"), Value::Bulk(format!("{hash:016x}").into_bytes()));
        let stripe = bench.node.keyspace.stripe_of(hash);
        assert_eq!(number(&key, "stripe"), stripe as i64);
        assert_eq!(field(&field(&key, "after"), "encoding"), Value::Bulk(b"int".to_vec()));
    }
}

#[test]
fn a_traced_request_is_counted_as_its_own_command() {
    let mut bench = typed();
    traced(&mut bench, "TRACE GET k");
    traced(&mut bench, "TRACE LPUSH k");
    let stats = bench.run("INFO commandstats");
    assert!(stats.contains("cmdstat_get:calls=1,"), "{stats}");
    assert!(stats.contains("cmdstat_trace:calls=2,"), "{stats}");
}

#[test]
fn nobody_watches_once_the_last_watcher_is_gone() {
    let mut bench = typed();
    let traced = |bench: &Bench| bench.node.lifecycle.conditions() & condition::TRACED != 0;
    assert_eq!(bench.run("TRACE ON"), "+OK\r\n");
    bench.run("TRACE ON PREFIX a");
    assert!(traced(&bench));
    bench.run("TRACE OFF");
    assert!(!traced(&bench));
    for end in ["RESET", "QUIT"] {
        bench.run("HELLO 3");
        bench.run("TRACE ON");
        assert!(traced(&bench));
        bench.run(end);
        assert!(!traced(&bench), "{end}");
    }
}

#[test]
fn a_watcher_is_shown_a_bounded_number_of_requests_and_told_of_the_rest() {
    let mut bench = typed();
    bench.connect();
    bench.run("TRACE ON PREFIX a");
    let mut shown = 0;
    for round in 0..1200 {
        bench.run_as(1, if round % 2 == 0 { "GET abc" } else { "GET bcd" });
        bench.sent(1);
        shown += usize::from(!bench.received(0).is_empty());
    }
    assert_eq!(shown, 600);
    for _ in 0..1000 {
        bench.run_as(1, "GET abc");
        bench.sent(1);
        shown += usize::from(!bench.received(0).is_empty());
    }
    assert_eq!(shown, 1000);
    bench.hands.advance(std::time::Duration::from_secs(1));
    bench.run_as(1, "GET abc");
    bench.sent(1);
    let received = bench.received(0);
    assert!(received.ends_with("$7 skipped :600"), "{received}");
}

#[test]
fn a_slow_request_has_its_stages() {
    let mut bench = Bench::with(|settings| settings.slowlog.slower_than_us = 0);
    bench.run("HELLO 3");
    bench.run("SORT nokey");
    bench.sent(0);
    let Value::Array(entries) = traced(&mut bench, "TRACE SLOW 1") else { panic!("no entries") };
    let stages = field(&entries[0], "nanoseconds");
    assert!(number(&stages, "run") > 0);
    assert!(number(&stages, "write") > 0);
    assert_eq!((number(&stages, "lock"), number(&stages, "fsync")), (0, 0));
}
