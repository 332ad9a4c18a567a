//! Random histories over three sorted sets against a map of scores and a sorted set of pairs, in
//! both forms, and what they log against a second keyspace.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;

use crate::testing::Bench;

const KEYS: [&str; 3] = ["a", "b", "c"];

/// A sorted set without any art: scores by member. Scores are whole numbers or halves, so that
/// sums are exact and print alike everywhere.
type Plain = HashMap<String, f64>;

#[derive(Clone, Debug)]
enum Step {
    Add(usize, &'static str, Vec<(u8, i16)>),
    Increase(usize, u8, i16),
    Remove(usize, Vec<u8>),
    RemoveScores(usize, i16, i16),
    RemoveRanks(usize, i8, i8),
    Pop(usize, bool, usize),
    PopOfSeveral(Vec<usize>, bool, usize),
    Range(usize, i8, i8, bool),
    RangeStore(usize, usize, i16, i16),
    Algebra(&'static str, usize, Vec<usize>),
}

fn member(number: u8) -> String {
    if number == 29 { "a-member-beyond-the-limit".to_owned() } else { format!("m{number:02}") }
}

fn half(score: i16) -> f64 {
    f64::from(score) / 2.0
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0usize..3;
    let keys = || prop::collection::vec(0usize..3, 1..4);
    let score = || -20i16..20;
    let pairs = prop::collection::vec((0u8..30, score()), 1..5);
    let options = prop::sample::select(&["", "NX ", "XX ", "GT ", "LT ", "CH ", "XX GT CH "]);
    let algebra = prop::sample::select(&["ZUNION", "ZINTER", "ZDIFF"]);
    prop_oneof![
        8 => (key(), options, pairs).prop_map(|(k, o, p)| Step::Add(k, o, p)),
        2 => (key(), 0u8..30, score()).prop_map(|(k, m, s)| Step::Increase(k, m, s)),
        2 => (key(), prop::collection::vec(0u8..30, 1..4)).prop_map(|(k, m)| Step::Remove(k, m)),
        1 => (key(), score(), score()).prop_map(|(k, a, b)| Step::RemoveScores(k, a, b)),
        1 => (key(), -4i8..4, -4i8..4).prop_map(|(k, a, b)| Step::RemoveRanks(k, a, b)),
        1 => (key(), any::<bool>(), 0usize..4).prop_map(|(k, m, n)| Step::Pop(k, m, n)),
        1 => (keys(), any::<bool>(), 1usize..4).prop_map(|(k, m, n)| Step::PopOfSeveral(k, m, n)),
        2 => (key(), any::<i8>(), any::<i8>(), any::<bool>())
            .prop_map(|(k, a, b, r)| Step::Range(k, a % 12, b % 12, r)),
        1 => (key(), key(), score(), score()).prop_map(|(k, t, a, b)| Step::RangeStore(k, t, a, b)),
        1 => (algebra, key(), keys()).prop_map(|(o, t, k)| Step::Algebra(o, t, k)),
    ]
}

/// The members in order, with their scores.
fn sorted(plain: &Plain) -> Vec<(String, f64)> {
    let mut pairs: Vec<(String, f64)> = plain.iter().map(|(m, s)| (m.clone(), *s)).collect();
    pairs.sort_by(|(m, s), (n, t)| s.total_cmp(t).then_with(|| m.cmp(n)));
    pairs
}

/// An array of members and scores as it is answered.
fn flat(pairs: &[(String, f64)]) -> String {
    let mut reply = format!("*{}\r\n", pairs.len() * 2);
    for (member, score) in pairs {
        let score = score.to_string();
        reply += &format!("${}\r\n{member}\r\n${}\r\n{score}\r\n", member.len(), score.len());
    }
    reply
}

/// What lies between two indexes.
fn slice(pairs: Vec<(String, f64)>, start: i8, stop: i8) -> Vec<(String, f64)> {
    let len = pairs.len() as i64;
    let index = |at: i8| if at < 0 { i64::from(at) + len } else { i64::from(at) };
    let (start, stop) = (index(start).max(0), index(stop));
    let inside = |(at, _): &(usize, (String, f64))| (start..=stop).contains(&(*at as i64));
    pairs.into_iter().enumerate().filter(inside).map(|(_, pair)| pair).collect()
}

struct World {
    bench: Bench,
    replayer: Bench,
    model: [Plain; 3],
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

    /// Takes members out of the model.
    fn take(&mut self, key: usize, gone: &[(String, f64)]) {
        self.model[key].retain(|member, _| gone.iter().all(|(other, _)| other != member));
    }

    fn add(&mut self, key: usize, options: &str, pairs: &[(u8, i16)]) {
        let has = |option: &str| options.split(' ').any(|word| word == option);
        let words: Vec<String> =
            pairs.iter().map(|(m, s)| format!("{} {}", half(*s), member(*m))).collect();
        let reply = self.run(&format!("ZADD {} {options}{}", KEYS[key], words.join(" ")));
        let (mut added, mut updated) = (0, 0);
        for (number, score) in pairs {
            let (name, score) = (member(*number), half(*score));
            match self.model[key].get(&name).copied() {
                None if !has("XX") => added += 1,
                Some(_) if has("NX") => continue,
                Some(before) if has("GT") && score < before => continue,
                Some(before) if has("LT") && score > before => continue,
                Some(before) if before != score => updated += 1,
                _ => continue,
            }
            self.model[key].insert(name, score);
        }
        let count = if has("CH") { added + updated } else { added };
        assert_eq!(reply, format!(":{count}\r\n"), "{options}");
    }

    fn pop(&mut self, key: usize, max: bool, count: usize) -> Vec<(String, f64)> {
        let mut pairs = sorted(&self.model[key]);
        if max {
            pairs.reverse();
        }
        pairs.truncate(count);
        self.take(key, &pairs);
        pairs
    }

    fn between(&self, key: usize, min: i16, max: i16) -> Vec<(String, f64)> {
        let mut pairs = sorted(&self.model[key]);
        pairs.retain(|(_, score)| (half(min)..=half(max)).contains(score));
        pairs
    }

    fn algebra(&self, operation: &str, keys: &[usize]) -> Plain {
        let mut sets = keys.iter().map(|key| self.model[*key].clone());
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |mut one, other| {
            match operation {
                "ZUNION" => {
                    other.into_iter().for_each(|(m, s)| *one.entry(m).or_default() += s);
                }
                "ZINTER" => {
                    one.retain(|m, _| other.contains_key(m));
                    one.iter_mut().for_each(|(m, s)| *s += other[m]);
                }
                _ => one.retain(|m, _| !other.contains_key(m)),
            }
            one
        })
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Add(key, options, pairs) => self.add(*key, options, pairs),
            Step::Increase(key, number, by) => {
                let (name, by) = (member(*number), half(*by));
                let reply = self.run(&format!("ZINCRBY {} {by} {name}", KEYS[*key]));
                let score = self.model[*key].entry(name).or_default();
                *score += by;
                let score = score.to_string();
                assert_eq!(reply, format!("${}\r\n{score}\r\n", score.len()));
            }
            Step::Remove(key, removed) => {
                let list: Vec<String> = removed.iter().map(|it| member(*it)).collect();
                let reply = self.run(&format!("ZREM {} {}", KEYS[*key], list.join(" ")));
                let gone = list.iter().filter(|it| self.model[*key].remove(*it).is_some()).count();
                assert_eq!(reply, format!(":{gone}\r\n"));
            }
            Step::RemoveScores(key, min, max) => {
                let gone = self.between(*key, *min, *max);
                let (min, max) = (half(*min), half(*max));
                let reply = self.run(&format!("ZREMRANGEBYSCORE {} {min} {max}", KEYS[*key]));
                assert_eq!(reply, format!(":{}\r\n", gone.len()));
                self.take(*key, &gone);
            }
            Step::RemoveRanks(key, start, stop) => {
                let gone = slice(sorted(&self.model[*key]), *start, *stop);
                let reply = self.run(&format!("ZREMRANGEBYRANK {} {start} {stop}", KEYS[*key]));
                assert_eq!(reply, format!(":{}\r\n", gone.len()));
                self.take(*key, &gone);
            }
            Step::Pop(key, max, count) => {
                let name = if *max { "ZPOPMAX" } else { "ZPOPMIN" };
                let reply = self.run(&format!("{name} {} {count}", KEYS[*key]));
                assert_eq!(reply, flat(&self.pop(*key, *max, *count)));
            }
            Step::PopOfSeveral(keys, max, count) => {
                let names: Vec<&str> = keys.iter().map(|key| KEYS[*key]).collect();
                let (len, names) = (names.len(), names.join(" "));
                let end = if *max { "MAX" } else { "MIN" };
                let reply = self.run(&format!("ZMPOP {len} {names} {end} COUNT {count}"));
                let Some(key) = keys.iter().find(|key| !self.model[**key].is_empty()) else {
                    return assert_eq!(reply, "*-1\r\n");
                };
                let gone = self.pop(*key, *max, *count);
                let head = format!("*2\r\n$1\r\n{}\r\n*{}\r\n", KEYS[*key], gone.len());
                assert!(reply.starts_with(&head), "{reply:?}");
                assert!(gone.iter().all(|(member, _)| reply.contains(member)), "{reply:?}");
            }
            _ => self.read_step(step),
        }
    }

    fn read_step(&mut self, step: &Step) {
        match step {
            Step::Range(key, start, stop, reversed) => {
                let name = if *reversed { "ZREVRANGE" } else { "ZRANGE" };
                let line = format!("{name} {} {start} {stop} WITHSCORES", KEYS[*key]);
                let mut pairs = sorted(&self.model[*key]);
                if *reversed {
                    pairs.reverse();
                }
                assert_eq!(self.run(&line), flat(&slice(pairs, *start, *stop)));
            }
            Step::RangeStore(key, target, min, max) => {
                let pairs = self.between(*key, *min, *max);
                let (from, to) = (KEYS[*key], KEYS[*target]);
                let (min, max) = (half(*min), half(*max));
                let reply = self.run(&format!("ZRANGESTORE {to} {from} {min} {max} BYSCORE"));
                assert_eq!(reply, format!(":{}\r\n", pairs.len()));
                self.model[*target] = pairs.into_iter().collect();
            }
            Step::Algebra(operation, target, keys) => {
                let names: Vec<&str> = keys.iter().map(|key| KEYS[*key]).collect();
                let words = format!("{} {}", names.len(), names.join(" "));
                let expected = self.algebra(operation, keys);
                let found = self.run(&format!("{operation} {words} WITHSCORES"));
                assert_eq!(found, flat(&sorted(&expected)));
                if *operation == "ZINTER" {
                    let card = self.run(&format!("ZINTERCARD {words}"));
                    assert_eq!(card, format!(":{}\r\n", expected.len()));
                }
                let stored = self.run(&format!("{operation}STORE {} {words}", KEYS[*target]));
                assert_eq!(stored, format!(":{}\r\n", expected.len()));
                self.model[*target] = expected;
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        for (index, key) in KEYS.iter().enumerate() {
            let pairs = sorted(&self.model[index]);
            for bench in [&mut self.bench, &mut self.replayer] {
                assert_eq!(bench.run(&format!("ZRANGE {key} 0 -1 WITHSCORES")), flat(&pairs));
                assert_eq!(bench.run(&format!("ZCARD {key}")), format!(":{}\r\n", pairs.len()));
                let exists = u8::from(!pairs.is_empty());
                assert_eq!(bench.run(&format!("EXISTS {key}")), format!(":{exists}\r\n"));
            }
            for (rank, (name, score)) in pairs.iter().enumerate() {
                let (key, bench) = (KEYS[index], &mut self.bench);
                let reverse = pairs.len() - 1 - rank;
                assert_eq!(bench.run(&format!("ZRANK {key} {name}")), format!(":{rank}\r\n"));
                assert_eq!(bench.run(&format!("ZREVRANK {key} {name}")), format!(":{reverse}\r\n"));
                let below = pairs.iter().filter(|(_, other)| other < score).count();
                let count = bench.run(&format!("ZCOUNT {key} -inf ({score}"));
                assert_eq!(count, format!(":{below}\r\n"));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn sorted_sets_are_what_plain_ones_are(
        limit in prop::sample::select(&[0usize, 3, 8, 128]),
        steps in prop::collection::vec(step(), 1..70),
    ) {
        let model = [Plain::new(), Plain::new(), Plain::new()];
        let mut world = World { bench: Bench::default(), replayer: Bench::default(), model };
        world.bench.limits.packed_sorted_set_members_max = limit;
        world.bench.limits.packed_sorted_set_bytes_max = 8;
        for step in &steps {
            world.step(step);
        }
        world.check();
    }
}

#[test]
fn every_member_is_drawn_equally_often_in_both_forms() {
    for limit in [0, 128] {
        let mut bench = Bench::default();
        bench.limits.packed_sorted_set_members_max = limit;
        (0..20).for_each(|n| drop(bench.run(&format!("ZADD z {n} m{n:02}"))));
        let mut counts = BTreeMap::<String, u32>::new();
        for _ in 0..2_000 {
            for request in ["ZRANDMEMBER z", "ZRANDMEMBER z -2", "ZRANDMEMBER z 2"] {
                let reply = bench.run(request);
                let names = reply.split("\r\n").filter(|line| line.starts_with('m'));
                names.for_each(|name| *counts.entry(name.to_owned()).or_default() += 1);
            }
        }
        // 500 each; five standard deviations are 112.
        assert_eq!(counts.len(), 20);
        assert!(counts.values().all(|count| (388..612).contains(count)), "{counts:?}");
    }
}

#[test]
fn a_big_sorted_set_is_walked_by_its_cursor() {
    let mut bench = Bench::default();
    (0..3_000).for_each(|n| drop(bench.run(&format!("ZADD z {n} m{n:04}"))));
    let (mut cursor, mut seen) = ("0".to_owned(), BTreeSet::new());
    loop {
        let reply = bench.run(&format!("ZSCAN z {cursor} COUNT 50"));
        let lines: Vec<&str> = reply.split("\r\n").collect();
        cursor = lines[2].to_owned();
        seen.extend(lines.iter().filter(|it| it.starts_with('m')).map(|it| (*it).to_owned()));
        if cursor == "0" {
            break;
        }
    }
    assert_eq!(seen.len(), 3_000);
}
