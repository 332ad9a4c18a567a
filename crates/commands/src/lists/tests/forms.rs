//! When a list is flat and when it is long, and what it takes.

use keyspace::{Entry, Kind};
use structures::list::Sizing;

use crate::testing::Bench;

fn is_flat(bench: &mut Bench, key: &str) -> bool {
    bench.with_entry(key, |entry, _| entry.kind() == Kind::FlatList)
}

fn filled(count: usize, len: usize) -> Bench {
    let mut bench = Bench::default();
    (0..count).for_each(|_| drop(bench.run(&format!("RPUSH l {}", "x".repeat(len)))));
    bench
}

#[test]
fn a_list_is_flat_until_it_has_too_many_elements_or_bytes() {
    let limits = [(128, 1, true), (129, 1, false), (51, 20, true), (52, 20, false), (1, 900, true)];
    for (count, len, flat) in limits {
        let mut bench = filled(count, len);
        assert_eq!(is_flat(&mut bench, "l"), flat, "{count} {len}");
        assert_eq!(bench.run("LLEN l"), format!(":{count}\r\n"));
    }
    assert!(!is_flat(&mut filled(1, 1_024), "l"));
}

#[test]
fn what_the_settings_say_is_kept() {
    let mut bench = Bench::default();
    bench.limits.lists = Sizing::new(2, 0);
    bench.run("RPUSH l a b");
    assert!(is_flat(&mut bench, "l"));
    bench.run("RPUSH l c");
    let chunks = bench.with_entry("l", |entry, _| match entry.object() {
        Some(keyspace::Object::List(list)) => list.chunk_count(),
        _ => 0,
    });
    assert_eq!(chunks, 2);
}

#[test]
fn ten_elements_of_twenty_bytes_take_224() {
    let mut bench = Bench::default();
    let elements: Vec<String> = (0..10).map(|number| format!("element{number:013}")).collect();
    bench.run(&format!("RPUSH list:00000000001 {}", elements.join(" ")));
    let bytes = bench.with_entry("list:00000000001", |entry, _| entry.heap_bytes());
    assert_eq!(bytes, 224);
}

#[test]
fn a_long_list_takes_hardly_more_than_its_elements() {
    let mut bench = Bench::default();
    for number in 0..20_000 {
        bench.run(&format!("LPUSH l {number:020}"));
    }
    let bytes = bench.with_entry("l", |entry: &Entry, _| entry.heap_bytes());
    assert!((400_000..410_000).contains(&bytes), "{bytes}");
}

#[test]
fn what_is_big_is_freed_elsewhere() {
    let mut bench = Bench::default();
    let pushed = vec!["y".repeat(20); 10_000].join(" ");
    bench.run(&format!("RPUSH l {pushed}"));
    bench.run(&format!("RPUSH l {}", "z".repeat(100_000)));
    for request in ["RPOP l", "LTRIM l 5000 -1", "LPOP l 4000"] {
        let before = bench.discarded();
        bench.run(request);
        assert_eq!(bench.discarded(), before + 1, "{request}");
    }
    assert_eq!(bench.run("LLEN l"), ":1000\r\n");
}
