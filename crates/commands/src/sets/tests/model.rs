//! Random histories over three sets against plain sets of strings, in all forms, and what they log
//! against a second keyspace.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::bench;
use crate::testing::Bench;

const KEYS: [&str; 3] = ["a", "b", "c"];

type Model = [BTreeSet<String>; 3];

#[derive(Clone, Debug)]
enum Step {
    Add(usize, Vec<u8>),
    Remove(usize, Vec<u8>),
    Move(usize, usize, u8),
    Pop(usize, Option<usize>),
    Algebra(usize, Vec<usize>),
    Store(usize, usize, Vec<usize>),
    Draw(usize, i64),
}

/// A member; small numbers are integers of each width, others are texts of several lengths.
fn member(number: u8) -> String {
    match number {
        0..10 => (i64::from(number) - 3).to_string(),
        10..14 => (70_000 * i64::from(number)).to_string(),
        14..17 => (i64::MAX - i64::from(number)).to_string(),
        17..20 => format!("0{number}"),
        20 => "a-member-beyond-the-limit".to_owned(),
        _ => format!("m{number}"),
    }
}

fn members() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(0u8..10, 1..5),
        prop::collection::vec(0u8..17, 1..5),
        prop::collection::vec(0u8..40, 1..5),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let keys = || prop::collection::vec(0usize..3, 1..6);
    prop_oneof![
        6 => (0usize..3, members()).prop_map(|(k, m)| Step::Add(k, m)),
        3 => (0usize..3, members()).prop_map(|(k, m)| Step::Remove(k, m)),
        1 => (0usize..3, 0usize..3, 0u8..40).prop_map(|(k, l, m)| Step::Move(k, l, m)),
        1 => (0usize..3, prop::option::of(0usize..6)).prop_map(|(k, n)| Step::Pop(k, n)),
        1 => (0usize..3, keys()).prop_map(|(o, k)| Step::Algebra(o, k)),
        1 => (0usize..3, 0usize..3, keys()).prop_map(|(o, t, k)| Step::Store(o, t, k)),
        1 => (0usize..3, -6i64..6).prop_map(|(k, n)| Step::Draw(k, n)),
    ]
}

/// The bulk strings of a reply.
fn texts(reply: &str) -> Vec<String> {
    let mut lines = reply.split("\r\n");
    let mut texts = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with('$') && line != "$-1" {
            texts.extend(lines.next().map(str::to_owned));
        }
    }
    texts
}

struct World {
    bench: Bench,
    replayer: Bench,
    model: Model,
}

impl World {
    /// Runs a request, and what it logs on the replayer.
    fn run(&mut self, line: &str) -> String {
        let reply = self.bench.run(line);
        match self.bench.logged().as_str() {
            "-" => {}
            "=" => drop(self.replayer.run(line)),
            requests => requests.split("; ").for_each(|each| drop(self.replayer.run(each))),
        }
        reply
    }

    fn algebra(&self, operation: usize, keys: &[usize]) -> BTreeSet<String> {
        let mut sets = keys.iter().map(|key| self.model[*key].clone());
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |one, other| match operation {
            0 => &one & &other,
            1 => &one | &other,
            _ => &one - &other,
        })
    }

    fn step(&mut self, step: &Step) {
        const NAMES: [&str; 3] = ["SINTER", "SUNION", "SDIFF"];
        let names =
            |keys: &[usize]| keys.iter().map(|key| KEYS[*key]).collect::<Vec<_>>().join(" ");
        let list =
            |members: &[u8]| members.iter().map(|it| member(*it)).collect::<Vec<_>>().join(" ");
        match step {
            Step::Add(key, added) => {
                let reply = self.run(&format!("SADD {} {}", KEYS[*key], list(added)));
                let count = added.iter().filter(|it| self.model[*key].insert(member(**it))).count();
                assert_eq!(reply, format!(":{count}\r\n"));
            }
            Step::Remove(key, removed) => {
                let reply = self.run(&format!("SREM {} {}", KEYS[*key], list(removed)));
                let gone = removed.iter().filter(|it| self.model[*key].remove(&member(**it)));
                assert_eq!(reply, format!(":{}\r\n", gone.count()));
            }
            Step::Move(from, to, moved) => {
                let moved = member(*moved);
                let reply = self.run(&format!("SMOVE {} {} {moved}", KEYS[*from], KEYS[*to]));
                let found = self.model[*from].remove(&moved);
                if found {
                    self.model[*to].insert(moved);
                }
                assert_eq!(reply, format!(":{}\r\n", u8::from(found)));
            }
            Step::Pop(key, count) => {
                let words = count.map_or_else(String::new, |count| format!(" {count}"));
                let popped = texts(&self.run(&format!("SPOP {}{words}", KEYS[*key])));
                assert_eq!(popped.len(), count.unwrap_or(1).min(self.model[*key].len()));
                assert!(popped.iter().all(|it| self.model[*key].remove(it)), "{popped:?}");
            }
            Step::Algebra(operation, keys) => {
                let found = texts(&self.run(&format!("{} {}", NAMES[*operation], names(keys))));
                let expected = self.algebra(*operation, keys);
                assert_eq!(found.len(), expected.len());
                assert_eq!(BTreeSet::from_iter(found), expected);
                let card = format!("{}CARD {} {}", NAMES[*operation], keys.len(), names(keys));
                assert_eq!(self.run(&card), format!(":{}\r\n", expected.len()));
                let card = self.run(&format!("{card} LIMIT 2"));
                assert_eq!(card, format!(":{}\r\n", expected.len().min(2)));
            }
            Step::Store(operation, target, keys) => {
                let request =
                    format!("{}STORE {} {}", NAMES[*operation], KEYS[*target], names(keys));
                let expected = self.algebra(*operation, keys);
                assert_eq!(self.run(&request), format!(":{}\r\n", expected.len()));
                self.model[*target] = expected;
            }
            Step::Draw(key, count) => {
                let drawn = texts(&self.run(&format!("SRANDMEMBER {} {count}", KEYS[*key])));
                let set = &self.model[*key];
                let wanted = count.unsigned_abs() as usize;
                let expected = if *count > 0 { wanted.min(set.len()) } else { wanted };
                assert_eq!(drawn.len(), if set.is_empty() { 0 } else { expected });
                assert!(drawn.iter().all(|it| set.contains(it)));
                if *count > 0 {
                    assert_eq!(BTreeSet::from_iter(&drawn).len(), drawn.len(), "all different");
                }
            }
        }
    }

    fn check(&mut self) {
        for (key, set) in KEYS.iter().zip(self.model.clone()) {
            for bench in [&mut self.bench, &mut self.replayer] {
                let found = texts(&bench.run(&format!("SMEMBERS {key}")));
                assert_eq!(found.len(), set.len());
                assert_eq!(BTreeSet::from_iter(found), set);
                assert_eq!(bench.run(&format!("SCARD {key}")), format!(":{}\r\n", set.len()));
                let exists = u8::from(!set.is_empty());
                assert_eq!(bench.run(&format!("EXISTS {key}")), format!(":{exists}\r\n"));
                let scanned = texts(&bench.run(&format!("SSCAN {key} 0 COUNT 1000")));
                assert_eq!(scanned[0], "0");
                assert_eq!(BTreeSet::from_iter(scanned[1..].iter().cloned()), set);
            }
            for number in 0..40 {
                let found = self.bench.run(&format!("SISMEMBER {key} {}", member(number)));
                let expected = u8::from(set.contains(&member(number)));
                assert_eq!(found, format!(":{expected}\r\n"), "{}", member(number));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn sets_are_what_plain_sets_are(
        limits in (0usize..8, 0usize..8),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world =
            World { bench: bench(), replayer: Bench::default(), model: Model::default() };
        world.bench.limits.integer_set_members_max = limits.0;
        world.bench.limits.packed_set_members_max = limits.1;
        for step in &steps {
            world.step(step);
        }
        world.check();
    }
}

#[test]
fn every_member_is_drawn_equally_often_in_every_form() {
    for (integers_max, packed_max) in [(512, 0), (0, 128), (0, 0)] {
        let mut bench = Bench::default();
        bench.limits.integer_set_members_max = integers_max;
        bench.limits.packed_set_members_max = packed_max;
        let all: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        bench.run(&format!("SADD s {}", all.join(" ")));
        let mut counts = std::collections::HashMap::<String, u32>::new();
        for _ in 0..2_000 {
            for request in ["SRANDMEMBER s", "SRANDMEMBER s -2", "SRANDMEMBER s 2"] {
                for drawn in texts(&bench.run(request)) {
                    *counts.entry(drawn).or_default() += 1;
                }
            }
        }
        // 500 each; five standard deviations are 112.
        assert_eq!(counts.len(), 20);
        assert!(counts.values().all(|count| (388..612).contains(count)), "{counts:?}");
    }
}

#[test]
fn a_big_set_is_walked_and_popped_to_the_end() {
    let mut bench = Bench::default();
    let all: Vec<String> = (0..3_000).map(|n| format!("member:{n}")).collect();
    bench.run(&format!("SADD s {}", all.join(" ")));
    let (mut cursor, mut seen) = ("0".to_owned(), BTreeSet::new());
    loop {
        let mut reply = texts(&bench.run(&format!("SSCAN s {cursor} COUNT 50")));
        cursor = reply.remove(0);
        seen.extend(reply);
        if cursor == "0" {
            break;
        }
    }
    assert_eq!(seen.len(), 3_000);
    let popped: BTreeSet<String> = [100, 1_500, 1_399]
        .iter()
        .flat_map(|n| texts(&bench.run(&format!("SPOP s {n}"))))
        .collect();
    assert_eq!(popped.len(), 2_999);
    assert_eq!(bench.run("SCARD s"), ":1\r\n");
}
