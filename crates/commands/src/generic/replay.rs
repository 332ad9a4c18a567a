//! The promise of the log: replayed elsewhere, at another time, it gives the same keys.

use proptest::prelude::*;

use crate::testing::Bench;

const KEYS: [&str; 4] = ["a", "b", "c", "d"];

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&KEYS)
}

fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "7", "-3", "2.5", "text", "9223372036854775807"])
}

/// The options of SET and the like.
fn options() -> impl Strategy<Value = String> {
    let option = prop::sample::select(&[
        "NX",
        "XX",
        "GET",
        "KEEPTTL",
        "EX 500",
        "PX 500123",
        "EXAT 1895000000",
        "PXAT 1",
        "PERSIST",
        "IFEQ 7",
        "IFNE 7",
        "IFDNE 0123456789abcdef",
    ]);
    proptest::collection::vec(option, 0..3)
        .prop_map(|options| options.iter().map(|option| format!(" {option}")).collect())
}

fn on_strings() -> impl Strategy<Value = String> {
    prop_oneof![
        (key(), value(), options()).prop_map(|(k, v, o)| format!("SET {k} {v}{o}")),
        (key(), options()).prop_map(|(k, o)| format!("GETEX {k}{o}")),
        (key(), value(), key(), options())
            .prop_map(|(k, v, l, o)| { format!("MSETEX 2 {k} {v} {l} {v}{o}") }),
        (key(), value(), key(), value()).prop_map(|(k, v, l, w)| format!("MSETNX {k} {v} {l} {w}")),
        (key(), value()).prop_map(|(k, v)| format!("SETEX {k} 700 {v}")),
        (key(), value()).prop_map(|(k, v)| format!("GETSET {k} {v}")),
        (key(), value()).prop_map(|(k, v)| format!("APPEND {k} {v}")),
        (key(), value()).prop_map(|(k, v)| format!("SETRANGE {k} 3 {v}")),
        (key(), value()).prop_map(|(k, v)| format!("INCRBY {k} {v}")),
        (key(), value()).prop_map(|(k, v)| format!("INCRBYFLOAT {k} {v}")),
        (key(), value()).prop_map(|(k, v)| format!("INCREX {k} UBOUND {v} SATURATE EX 900 ENX")),
        key().prop_map(|k| format!("INCREX {k} BYFLOAT 0.1 PERSIST")),
        key().prop_map(|k| format!("GETDEL {k}")),
        (key(), value()).prop_map(|(k, v)| format!("DELIFEQ {k} {v}")),
    ]
}

fn on_keys() -> impl Strategy<Value = String> {
    let expire = prop::sample::select(&["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"]);
    let time = prop::sample::select(&["-1", "0", "600000", "900000", "1895000000000"]);
    let condition = prop::sample::select(&["", " NX", " XX", " GT", " LT"]);
    let pair = prop::sample::select(&["RENAME", "RENAMENX", "COPY"]);
    prop_oneof![
        (expire, key(), time, condition).prop_map(|(e, k, t, c)| format!("{e} {k} {t}{c}")),
        (pair, key(), key()).prop_map(|(p, k, l)| format!("{p} {k} {l}")),
        (key(), key()).prop_map(|(k, l)| format!("COPY {k} {l} DB 1 REPLACE")),
        key().prop_map(|k| format!("PERSIST {k}")),
        key().prop_map(|k| format!("MOVE {k} 1")),
        (key(), key()).prop_map(|(k, l)| format!("DEL {k} {l}")),
        key().prop_map(|k| format!("HSET {k} f v")),
    ]
}

/// Everything about the keys that the log must bring back.
fn contents(bench: &mut Bench) -> Vec<String> {
    let mut contents = Vec::new();
    for database in [0, 1] {
        bench.database = database;
        for key in KEYS {
            for request in ["TYPE", "PEXPIRETIME", "GET", "HGETALL"] {
                contents
                    .push(format!("{request} {key}: {}", bench.run(&format!("{request} {key}"))));
            }
        }
    }
    bench.database = 0;
    contents
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_logged_rebuilds_the_same_keys(
        steps in proptest::collection::vec((prop_oneof![on_strings(), on_keys()], 0..50i64), 1..40),
    ) {
        let (mut bench, mut replica) = (Bench::default(), Bench::default());
        for (request, passed_ms) in steps {
            bench.now_ms += passed_ms;
            // Late: a relative time would show.
            replica.now_ms = bench.now_ms + 77;
            let reply = bench.run(&request);
            let failed = reply.starts_with('-');
            prop_assert!(!failed || bench.effects.changes == 0, "{}: {}", request, reply);
            match bench.logged().as_str() {
                "-" => {}
                "=" => prop_assert!(!replica.run(&request).starts_with('-'), "{}", request),
                logged => {
                    for record in logged.split("; ") {
                        let reply = replica.run(record);
                        prop_assert!(!reply.starts_with('-'), "{}: {}", record, reply);
                    }
                }
            }
            prop_assert_eq!(contents(&mut bench), contents(&mut replica), "after {}", request);
        }
    }
}
