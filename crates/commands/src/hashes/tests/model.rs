//! Random histories against a plain map, in both forms, and their log against a second keyspace.
//!
//! The replayer's clock stands still long before any expiry, so nothing expires there by itself: in
//! the end it must hold the same live fields with the same expiries.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::bench;
use crate::testing::Bench;

const NOW: i64 = 1_795_000_000_000;

#[derive(Clone, Debug)]
enum Step {
    Set(Vec<(u8, u8)>),
    SetNew(u8, u8),
    Delete(Vec<u8>),
    Add(u8, i8),
    AddFloat(u8, i8),
    Expire(i64, &'static str, Vec<u8>),
    Persist(Vec<u8>),
    SetExpiring(&'static str, Option<i64>, Vec<(u8, u8)>),
    GetExpiring(Option<i64>, Vec<u8>),
    GetDelete(Vec<u8>),
    Pass(i64),
}

type Model = BTreeMap<String, (String, Option<i64>)>;

fn fields() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0u8..9, 1..4)
}

fn pairs() -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((0u8..9, any::<u8>()), 1..4)
}

fn step() -> impl Strategy<Value = Step> {
    let condition = prop_oneof![Just(""), Just("NX "), Just("XX "), Just("GT "), Just("LT ")];
    let which = prop_oneof![Just(""), Just("FNX "), Just("FXX ")];
    prop_oneof![
        4 => pairs().prop_map(Step::Set),
        1 => (0u8..9, any::<u8>()).prop_map(|(f, v)| Step::SetNew(f, v)),
        2 => fields().prop_map(Step::Delete),
        2 => (0u8..9, any::<i8>()).prop_map(|(f, n)| Step::Add(f, n)),
        1 => (0u8..9, any::<i8>()).prop_map(|(f, n)| Step::AddFloat(f, n)),
        3 => (0i64..600, condition, fields()).prop_map(|(t, c, f)| Step::Expire(t, c, f)),
        1 => fields().prop_map(Step::Persist),
        2 => (which, proptest::option::of(0i64..600), pairs())
            .prop_map(|(w, t, p)| Step::SetExpiring(w, t, p)),
        1 => (proptest::option::of(0i64..600), fields()).prop_map(|(t, f)| Step::GetExpiring(t, f)),
        1 => fields().prop_map(Step::GetDelete),
        3 => (0i64..300).prop_map(Step::Pass),
    ]
}

/// A name; some are long enough to make the hash a table.
fn name(field: u8) -> String {
    if field == 8 { "a-name-beyond-the-limit".into() } else { format!("f{field}") }
}

fn names(fields: &[u8]) -> String {
    let names: Vec<String> = fields.iter().map(|field| name(*field)).collect();
    format!("FIELDS {} {}", names.len(), names.join(" "))
}

fn words(pairs: &[(u8, u8)]) -> String {
    let words: Vec<String> = pairs.iter().map(|(f, v)| format!("{} {v}", name(*f))).collect();
    words.join(" ")
}

/// The bench, the map, and the replayer.
struct World {
    bench: Bench,
    model: Model,
    replayer: Bench,
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

    fn live(&mut self) {
        let now = self.bench.now_ms;
        self.model.retain(|_, (_, at)| at.is_none_or(|at| at > now));
    }

    /// Carries out a step on the bench and the map; the bench's reply and the map's.
    fn step(&mut self, step: &Step) -> (String, String) {
        self.live();
        match step {
            Step::Set(pairs) => {
                let reply = self.run(&format!("HSET h {}", words(pairs)));
                let mut set =
                    |(f, v): &(u8, u8)| self.model.insert(name(*f), (v.to_string(), None));
                let created = pairs.iter().filter(|pair| set(pair).is_none()).count();
                (reply, format!(":{created}\r\n"))
            }
            Step::SetNew(f, v) => {
                let reply = self.run(&format!("HSETNX h {} {v}", name(*f)));
                let is_new = !self.model.contains_key(&name(*f));
                self.model.entry(name(*f)).or_insert((v.to_string(), None));
                (reply, format!(":{}\r\n", u8::from(is_new)))
            }
            Step::Delete(fields) => {
                let list: Vec<String> = fields.iter().map(|f| name(*f)).collect();
                // HDEL counts expired fields that are still stored; HMGET removes them.
                self.run(&format!("HMGET h {}", list.join(" ")));
                let reply = self.run(&format!("HDEL h {}", list.join(" ")));
                let gone = list.iter().filter(|f| self.model.remove(*f).is_some()).count();
                (reply, format!(":{gone}\r\n"))
            }
            Step::Add(f, n) => {
                let reply = self.run(&format!("HINCRBY h {} {n}", name(*f)));
                (reply, format!(":{}\r\n", self.add(*f, *n)))
            }
            Step::AddFloat(f, n) => {
                let reply = self.run(&format!("HINCRBYFLOAT h {} {n}", name(*f)));
                let sum = self.add(*f, *n).to_string();
                (reply, format!("${}\r\n{sum}\r\n", sum.len()))
            }
            Step::Pass(ms) => {
                self.bench.now_ms += ms;
                (String::new(), String::new())
            }
            _ => self.expiry_step(step),
        }
    }

    fn expiry_step(&mut self, step: &Step) -> (String, String) {
        let now = self.bench.now_ms;
        match step {
            Step::Expire(after, condition, fields) => {
                let line = format!("HPEXPIRE h {after} {condition}{}", names(fields));
                let reply = self.run(&line);
                (reply, self.expire(now + after, condition.trim(), fields))
            }
            Step::Persist(fields) => {
                let reply = self.run(&format!("HPERSIST h {}", names(fields)));
                let persist = |f: &u8| match self.model.get_mut(&name(*f)) {
                    None => -2,
                    Some((_, at)) => at.take().map_or(-1, |_| 1),
                };
                (reply, integers(fields.iter().map(persist).collect()))
            }
            Step::SetExpiring(which, after, pairs) => {
                let expiry = after.map_or("KEEPTTL ".into(), |after| format!("PX {after} "));
                let count = pairs.len();
                let line = format!("HSETEX h {which}{expiry}FIELDS {count} {}", words(pairs));
                let reply = self.run(&line);
                (reply, self.set_expiring(which.trim(), after.map(|after| now + after), pairs))
            }
            Step::GetExpiring(after, fields) => {
                let expiry = after.map_or("PERSIST ".into(), |after| format!("PX {after} "));
                let reply = self.run(&format!("HGETEX h {expiry}{}", names(fields)));
                let mut values = Vec::new();
                for f in fields {
                    values.push(self.model.get(&name(*f)).map(|(value, _)| value.clone()));
                    if let Some(old) = self.model.get_mut(&name(*f)) {
                        old.1 = after.map(|after| now + after);
                    }
                    self.live();
                }
                (reply, bulks(&values))
            }
            Step::GetDelete(fields) => {
                let reply = self.run(&format!("HGETDEL h {}", names(fields)));
                let values: Vec<_> =
                    fields.iter().map(|f| self.model.remove(&name(*f)).map(|(v, _)| v)).collect();
                (reply, bulks(&values))
            }
            _ => unreachable!("a step without expiry"),
        }
    }

    fn add(&mut self, field: u8, n: i8) -> i64 {
        let (value, _) = self.model.entry(name(field)).or_insert(("0".into(), None));
        let sum = value.parse::<i64>().expect("a number") + i64::from(n);
        *value = sum.to_string();
        sum
    }

    fn expire(&mut self, at: i64, condition: &str, fields: &[u8]) -> String {
        let mut answers = Vec::new();
        for f in fields {
            let Some((_, old)) = self.model.get_mut(&name(*f)) else {
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
            answers.push(if !is_met {
                0
            } else if at <= self.bench.now_ms {
                2
            } else {
                1
            });
            self.live();
        }
        integers(answers)
    }

    fn set_expiring(&mut self, which: &str, at: Option<i64>, pairs: &[(u8, u8)]) -> String {
        let exists = |pair: &(u8, u8)| self.model.contains_key(&name(pair.0));
        let is_met = match which {
            "FNX" => !pairs.iter().any(exists),
            "FXX" => pairs.iter().all(exists),
            _ => true,
        };
        if is_met {
            for (f, v) in pairs {
                let old = self.model.get(&name(*f)).and_then(|(_, at)| *at);
                self.model.insert(name(*f), (v.to_string(), at.or(old)));
            }
            self.live();
        }
        format!(":{}\r\n", u8::from(is_met))
    }
}

fn integers(numbers: Vec<i64>) -> String {
    let body: String = numbers.iter().map(|n| format!(":{n}\r\n")).collect();
    format!("*{}\r\n{body}", numbers.len())
}

fn bulks(values: &[Option<String>]) -> String {
    let body: String = values
        .iter()
        .map(|value| match value {
            None => "$-1\r\n".to_owned(),
            Some(value) => format!("${}\r\n{value}\r\n", value.len()),
        })
        .collect();
    format!("*{}\r\n{body}", values.len())
}

/// What a bench holds: live fields as of `now`, with value and expiry.
fn contents(bench: &mut Bench, now: i64) -> Model {
    let reply = bench.run("HGETALL h");
    let lines: Vec<&str> = reply.split("\r\n").collect();
    let mut contents = Model::new();
    for quad in lines[1..].chunks_exact(4) {
        let reply = bench.run(&format!("HPEXPIRETIME h FIELDS 1 {}", quad[1]));
        let at = reply["*1\r\n:".len()..].trim().parse::<i64>().expect("a number");
        let at = Some(at).filter(|at| *at >= 0);
        if at.is_none_or(|at| at > now) {
            contents.insert(quad[1].to_owned(), (quad[3].to_owned(), at));
        }
    }
    contents
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_hash_does_what_a_map_does(
        steps in proptest::collection::vec(step(), 0..60),
        fields_max in prop_oneof![Just(3usize), Just(100)],
    ) {
        let mut world = World { bench: bench(), model: Model::new(), replayer: bench() };
        world.bench.limits.packed_hash_fields_max = fields_max;
        world.replayer.now_ms = NOW - 1_000_000;
        for step in &steps {
            let (reply, expected) = world.step(step);
            prop_assert_eq!(reply, expected, "{:?}", step);
            world.live();
            let now = world.bench.now_ms;
            let model = world.model.clone();
            prop_assert_eq!(contents(&mut world.bench, now), model.clone(), "{:?}", step);
            prop_assert_eq!(contents(&mut world.replayer, now), model, "replayed: {:?}", step);
        }
        // Without any field there is no key, once the expired fields were met.
        let all: Vec<u8> = (0..9).collect();
        world.run(&format!("HGETDEL h {}", names(&all)));
        prop_assert_eq!(world.bench.run("EXISTS h"), ":0\r\n");
        prop_assert_eq!(world.replayer.run("EXISTS h"), ":0\r\n");
    }
}
