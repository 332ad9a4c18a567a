//! Hash commands run in memory: replies, effects, and both forms against a model.

mod expiring;
mod forms;
mod model;
mod plain;

use crate::testing::Bench;

/// A bench where hashes of more than four fields, or with elements over 20 bytes, are tables.
fn bench() -> Bench {
    let mut bench = Bench::default();
    bench.limits.packed_hash_fields_max = 4;
    bench.limits.packed_hash_bytes_max = 20;
    bench
}

/// Runs requests and compares the replies.
#[track_caller]
fn check(bench: &mut Bench, cases: &[(&str, &str)]) {
    for (line, reply) in cases {
        assert_eq!(bench.run(line).replace("\r\n", " ").trim_end(), *reply, "{line}");
    }
}

/// The events of the last request, in order.
fn events(bench: &Bench) -> String {
    let events = bench.events();
    let names = events.split(", ").filter_map(|event| event.split(' ').next());
    names.collect::<Vec<_>>().join(" ")
}

/// What the last request did: changes, events, and what is logged (see [`Bench::logged`]).
fn effects(bench: &Bench) -> String {
    let changes = bench.effects.changes as usize + bench.lost();
    format!("{changes} | {} | {}", events(bench), bench.logged())
}

/// Runs requests and compares what they did.
#[track_caller]
fn check_effects(bench: &mut Bench, cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        bench.run(line);
        assert_eq!(effects(bench), *expected, "{line}");
    }
}
