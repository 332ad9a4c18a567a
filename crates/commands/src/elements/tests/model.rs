//! Hashes, sets and sorted sets under one harness: random histories of elements that expire,
//! against a plain map and a clock that the test turns, and their log against a second keyspace.
//!
//! The replayer's clock stands still long before any expiry, so nothing expires there by itself: in
//! the end it must hold the same live elements with the same expiries. Each state is also read
//! while nothing may go, when what is due is passed over instead of removed.

use std::collections::BTreeMap;

use keyspace::db::Overdue;
use proptest::prelude::*;

use crate::testing::Bench;

const NOW: i64 = 1_795_000_000_000;
const NAMES: u8 = 10;

/// What a family calls things; `k` is the key.
#[derive(Clone, Copy, Debug)]
struct Dialect {
    letter: &'static str,
    word: &'static str,
    /// Adds elements and drops their expiry: head, and what stands around each name.
    renew: (&'static str, &'static str, &'static str),
    /// Adds one element and keeps its expiry.
    keep: (&'static str, &'static str),
    remove: &'static str,
    look: &'static str,
    all: &'static str,
    draw: &'static str,
    count: &'static str,
    /// Whether the count leaves out what is due.
    counts_live: bool,
}

const HASHES: Dialect = Dialect {
    letter: "H",
    word: "FIELDS",
    renew: ("HSET k", "", " 1"),
    keep: ("HINCRBY k ", " 1"),
    remove: "HDEL",
    look: "HMGET",
    all: "HKEYS k",
    draw: "HRANDFIELD k -3",
    count: "HLEN k",
    counts_live: false,
};

const SETS: Dialect = Dialect {
    letter: "S",
    word: "MEMBERS",
    renew: ("SADDEX k MEMBERS #", "", ""),
    keep: ("SADD k ", ""),
    remove: "SREM",
    look: "SMISMEMBER",
    all: "SMEMBERS k",
    draw: "SRANDMEMBER k -3",
    count: "SCARD k",
    counts_live: false,
};

const SORTED_SETS: Dialect = Dialect {
    letter: "Z",
    word: "MEMBERS",
    renew: ("ZADD k", "1 ", ""),
    keep: ("ZINCRBY k 1 ", ""),
    remove: "ZREM",
    look: "ZMSCORE",
    all: "ZRANGE k 0 -1",
    draw: "ZRANDMEMBER k -3",
    count: "ZCARD k",
    counts_live: true,
};

#[derive(Clone, Debug)]
enum Step {
    Renew(Vec<u8>),
    Keep(u8),
    Remove(Vec<u8>),
    Expire(i64, &'static str, Vec<u8>),
    Persist(Vec<u8>),
    Look(Vec<u8>),
    Draw,
    Settle(usize),
    Copy,
    Pass(i64),
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0u8..NAMES, 1..4)
}

fn step() -> impl Strategy<Value = Step> {
    let condition = prop_oneof![Just(""), Just("NX "), Just("XX "), Just("GT "), Just("LT ")];
    prop_oneof![
        4 => names().prop_map(Step::Renew),
        3 => (0u8..NAMES).prop_map(Step::Keep),
        2 => names().prop_map(Step::Remove),
        6 => (0i64..900, condition, names()).prop_map(|(t, c, n)| Step::Expire(t, c, n)),
        1 => names().prop_map(Step::Persist),
        1 => names().prop_map(Step::Look),
        1 => Just(Step::Draw),
        1 => (1usize..40).prop_map(Step::Settle),
        1 => Just(Step::Copy),
        4 => (0i64..500).prop_map(Step::Pass),
    ]
}

/// A name: some are integers, and one is long enough to make the collection a table.
fn name(number: u8) -> String {
    match number {
        0..3 => number.to_string(),
        9 => "a-name-beyond-the-limit".into(),
        _ => format!("n{number}"),
    }
}

fn listed(numbers: &[u8]) -> Vec<String> {
    numbers.iter().map(|number| name(*number)).collect()
}

type Model = BTreeMap<String, Option<i64>>;

struct World {
    dialect: Dialect,
    bench: Bench,
    replayer: Bench,
    model: Model,
}

impl World {
    fn new(dialect: Dialect, packed_max: usize) -> Self {
        let new = || {
            let mut bench = Bench::default();
            bench.now_ms = NOW;
            let limits = &mut bench.limits;
            (limits.packed_hash_fields_max, limits.packed_hash_bytes_max) = (packed_max, 10);
            (limits.packed_set_members_max, limits.packed_set_bytes_max) = (packed_max, 10);
            limits.packed_sorted_set_members_max = packed_max;
            limits.packed_sorted_set_bytes_max = 10;
            limits.integer_set_members_max = packed_max;
            bench
        };
        let (bench, mut replayer) = (new(), new());
        replayer.now_ms = NOW - 1_000_000;
        Self { dialect, bench, replayer, model: Model::new() }
    }

    /// What the last request left to the log, on the replayer.
    fn replay(&mut self, line: &str) {
        match self.bench.logged().as_str() {
            "-" => {}
            "=" => drop(self.replayer.run(line)),
            requests => requests.split("; ").for_each(|each| drop(self.replayer.run(each))),
        }
    }

    fn run(&mut self, line: &str) -> String {
        let reply = self.bench.run(line);
        self.replay(line);
        reply
    }

    /// The request `letter verb k [extra] WORD count names`.
    fn about(&self, verb: &str, extra: &str, numbers: &[u8]) -> String {
        let Dialect { letter, word, .. } = self.dialect;
        let names = listed(numbers);
        format!("{letter}{verb} k {extra}{word} {} {}", names.len(), names.join(" "))
    }

    fn forget_due(&mut self) {
        let now = self.bench.now_ms;
        self.model.retain(|_, at| at.is_none_or(|at| at > now));
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        self.forget_due();
        match step {
            Step::Renew(numbers) => {
                let (head, before, after) = self.dialect.renew;
                let names = listed(numbers);
                let words: Vec<String> =
                    names.iter().map(|name| format!("{before}{name}{after}")).collect();
                let head = head.replace('#', &names.len().to_string());
                self.run(&format!("{head} {}", words.join(" ")));
                self.model.extend(names.into_iter().map(|name| (name, None)));
            }
            Step::Keep(number) => {
                let (before, after) = self.dialect.keep;
                self.run(&format!("{before}{}{after}", name(*number)));
                self.model.entry(name(*number)).or_insert(None);
            }
            Step::Remove(numbers) => {
                // Removal counts what is stored; a look removes what is due.
                self.step(&Step::Look(numbers.clone()))?;
                let names = listed(numbers);
                let reply = self.run(&format!("{} k {}", self.dialect.remove, names.join(" ")));
                let gone = names.iter().filter(|it| self.model.remove(*it).is_some()).count();
                prop_assert_eq!(reply, format!(":{gone}\r\n"));
            }
            Step::Expire(after, condition, numbers) => {
                let extra = format!("{after} {condition}");
                let reply = self.run(&self.about("PEXPIRE", &extra, numbers));
                let at = self.bench.now_ms + after;
                prop_assert_eq!(reply, self.expire(at, condition.trim(), numbers));
            }
            Step::Persist(numbers) => {
                let reply = self.run(&self.about("PERSIST", "", numbers));
                let persist = |number: &u8| match self.model.get_mut(&name(*number)) {
                    None => -2,
                    Some(at) => at.take().map_or(-1, |_| 1),
                };
                prop_assert_eq!(reply, integers(numbers.iter().map(persist)));
            }
            Step::Look(numbers) => {
                let line = format!("{} k {}", self.dialect.look, listed(numbers).join(" "));
                self.run(&line);
            }
            Step::Draw => {
                let reply = self.run(self.dialect.draw);
                let drawn = words_of(&reply);
                prop_assert_eq!(drawn.is_empty(), self.model.is_empty());
                prop_assert!(drawn.iter().all(|it| self.model.contains_key(it)), "{:?}", drawn);
            }
            Step::Settle(budget) => {
                self.bench.settle("k", *budget);
                self.replay("");
            }
            Step::Copy => {
                self.run("COPY k c REPLACE");
                let (dialect, now) = (self.dialect, self.bench.now_ms);
                let copied = contents(&mut self.bench, dialect, "c", now);
                prop_assert_eq!(copied, self.model.clone());
                self.run("DEL c");
            }
            Step::Pass(ms) => self.bench.now_ms += ms,
        }
        self.forget_due();
        Ok(())
    }

    fn expire(&mut self, at: i64, condition: &str, numbers: &[u8]) -> String {
        let mut answers = Vec::new();
        for number in numbers {
            let Some(old) = self.model.get_mut(&name(*number)) else {
                answers.push(-2);
                continue;
            };
            let is_met = match condition {
                "NX" => old.is_none(),
                "XX" => old.is_some(),
                "GT" => old.is_some_and(|old| at > old),
                "LT" => old.is_none_or(|old| at < old),
                _ => true,
            };
            if is_met {
                *old = Some(at);
            }
            let is_past = at <= self.bench.now_ms;
            answers.push(if !is_met { 0 } else { 1 + i64::from(is_past) });
            self.forget_due();
        }
        integers(answers.into_iter())
    }

    /// Compares what can be read with the model, first while nothing may go.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let (dialect, now) = (self.dialect, self.bench.now_ms);
        self.bench.freeze(Overdue::Stays);
        prop_assert_eq!(&contents(&mut self.bench, dialect, "k", now), &self.model, "frozen");
        self.check_ranks()?;
        prop_assert!(self.bench.noted.is_empty(), "something went");
        self.bench.freeze(Overdue::Goes);
        let counted = integer(&self.bench.run(dialect.count)) as usize;
        self.replay(dialect.count);
        prop_assert!(counted >= self.model.len());
        prop_assert!(!dialect.counts_live || counted == self.model.len());
        prop_assert_eq!(contents(&mut self.replayer, dialect, "k", now), self.model.clone());
        Ok(())
    }

    /// Where members of a sorted set stand.
    fn check_ranks(&mut self) -> Result<(), TestCaseError> {
        if self.dialect.letter != "Z" {
            return Ok(());
        }
        let order = words_of(&self.bench.run("ZRANGE k 0 -1"));
        let mut backwards = words_of(&self.bench.run("ZRANGE k 0 -1 REV"));
        backwards.reverse();
        prop_assert_eq!(&order, &backwards);
        prop_assert_eq!(integer(&self.bench.run("ZCOUNT k -inf +inf")), order.len() as i64);
        for (rank, member) in order.iter().enumerate() {
            prop_assert_eq!(integer(&self.bench.run(&format!("ZRANK k {member}"))), rank as i64);
        }
        Ok(())
    }
}

fn integers(numbers: impl ExactSizeIterator<Item = i64>) -> String {
    let count = numbers.len();
    let body: String = numbers.map(|number| format!(":{number}\r\n")).collect();
    format!("*{count}\r\n{body}")
}

fn integer(reply: &str) -> i64 {
    reply.trim_start_matches(':').trim().parse().expect("an integer")
}

/// The strings of an array.
fn words_of(reply: &str) -> Vec<String> {
    let lines = reply.split("\r\n").skip(1).collect::<Vec<_>>();
    lines.chunks_exact(2).map(|pair| pair[1].to_owned()).collect()
}

/// Elements that are live at `now`, with their expiry.
fn contents(bench: &mut Bench, dialect: Dialect, key: &str, now: i64) -> Model {
    let all = dialect.all.replacen('k', key, 1);
    let mut contents = Model::new();
    for name in words_of(&bench.run(&all)) {
        let Dialect { letter, word, .. } = dialect;
        let reply = bench.run(&format!("{letter}PEXPIRETIME {key} {word} 1 {name}"));
        let at = Some(integer(&reply["*1\r\n".len()..])).filter(|at| *at >= 0);
        if at.is_none_or(|at| at > now) {
            contents.insert(name, at);
        }
    }
    contents
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn elements_expire_alike_in_every_family(
        dialect in prop::sample::select(&[HASHES, SETS, SORTED_SETS]),
        steps in proptest::collection::vec(step(), 0..50),
        packed_max in prop::sample::select(&[3usize, 100]),
    ) {
        let mut world = World::new(dialect, packed_max);
        for step in &steps {
            world.step(step)?;
            world.check()?;
        }
        // Without any element there is no key, once what is due was met.
        let all: Vec<u8> = (0..NAMES).collect();
        world.step(&Step::Remove(all))?;
        prop_assert_eq!(world.bench.run("EXISTS k"), ":0\r\n");
        prop_assert_eq!(world.replayer.run("EXISTS k"), ":0\r\n");
    }
}
