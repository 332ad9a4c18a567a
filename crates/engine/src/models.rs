//! Waiting clients and transactions under schedules chosen by a model checker.
//!
//! `cargo test -p russet-engine --features model --lib models`; `MODEL_ITERATIONS` for more. Each
//! model is a node with a few workers, one client on each, no sockets; what is checked are replies,
//! what was mailed to whom, and what is left in the end.

use std::sync::Arc;
use std::time::Duration;

use base::clock::{Clock, ManualClock};
use base::hash::KeyHasher;
use base::sync::{TimePasses, check, spawn, yield_now};
use config::Settings;
use keyspace::Keyspace;
use log::Log;
use protocol::resp::decode::write_request;
use protocol::{Output, Version};

use crate::allocator::UNCOUNTED;
use crate::clients::{Address, Visitor};
use crate::journal::Journal;
use crate::mail::{Mail, Post};
use crate::node::{Host, Node, Parts};
use crate::session::Session;
use crate::testing::{Letter, Letterbox, QuietHost, START_MS};
use crate::worker::{Next, WorkerState};

/// Schedules tried for each model.
const ITERATIONS: usize = 400;

/// A node with a client on each of its workers: number 0 has id 1, and so on.
struct Yard {
    node: Arc<Node>,
    letterbox: Arc<Letterbox>,
    hands: Arc<ManualClock>,
}

/// A client and the worker that serves it.
struct Person {
    yard: Arc<Yard>,
    worker: usize,
    session: Session,
}

/// What a client does.
type Acts = fn(&mut At<'_>) -> Vec<String>;

/// A client at its worker.
struct At<'p> {
    person: &'p mut Person,
    state: WorkerState,
}

fn text(output: Output) -> String {
    let bytes = output.pieces().collect::<Vec<_>>().concat();
    String::from_utf8_lossy(&bytes).trim_end().replace("\r\n", " ")
}

impl Yard {
    fn new(workers: usize) -> (Arc<Self>, Vec<Person>) {
        let (clock, hands) = Clock::manual(START_MS * 1000);
        let letterbox = Arc::<Letterbox>::default();
        let node = Node::new(Parts {
            settings: Settings::default(),
            workers: workers + 1,
            clock,
            hasher: KeyHasher::with_key([7; 16]),
            log: Arc::new(Log::off()),
            post: Arc::clone(&letterbox) as Arc<dyn Post>,
            journal: Journal::silent(),
            allocator: UNCOUNTED,
            host: Arc::<QuietHost>::default() as Arc<dyn Host>,
            files: Arc::new(log::aof::files::simulated::Disk::new()),
        })
        .expect("a node");
        let yard = Arc::new(Self { node, letterbox, hands });
        let persons = (0..workers).map(|worker| yard.person(worker)).collect();
        (yard, persons)
    }

    fn person(self: &Arc<Self>, worker: usize) -> Person {
        let visitor = Visitor {
            address: format!("127.0.0.1:{}", 50_000 + worker),
            local: "127.0.0.1:6379".into(),
            is_unix: false,
            is_loopback: true,
            speaks: Version::Resp2,
            descriptor: 8,
            at: Address { worker, slot: 0 },
        };
        let mut state = WorkerState::new(&self.node, worker);
        let mut turn = self.node.begin(&mut state);
        let session = turn.open(visitor, &mut Output::new()).expect("let in");
        turn.commit();
        drop(turn);
        Person { yard: Arc::clone(self), worker, session }
    }

    /// All that was answered by mail to a client.
    fn mailed(&self, worker: usize) -> Vec<String> {
        let mut letters = self.letterbox.letters.lock();
        let (mine, others) = letters.drain(..).partition(
            |letter| matches!(letter, Letter::Mail(to, Mail::Answer { .. }) if to.worker == worker),
        );
        *letters = others;
        let mine: Vec<Letter> = mine;
        let output = |letter| match letter {
            Letter::Mail(_, Mail::Answer { output, .. }) => Some(text(output)),
            _ => None,
        };
        mine.into_iter().filter_map(output).collect()
    }

    /// What a client that comes afterwards is answered.
    fn ask(self: &Arc<Self>, line: &str) -> String {
        let worker = self.node.outside.workers - 1;
        let state = WorkerState::new(&self.node, worker);
        let mut person = self.person(worker);
        At { person: &mut person, state }.ask(line).expect("an answer at once")
    }

    /// True if nobody is waiting for or watching any key of these stripes.
    fn is_quiet(&self, keyspace: &Keyspace) -> bool {
        (0..keyspace.stripe_count()).all(|stripe| keyspace.interest(stripe) == 0)
    }
}

impl At<'_> {
    /// Sends a request until it is not told to try again. `None`: it waits.
    fn ask(&mut self, line: &str) -> Option<String> {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let mut bytes = Vec::new();
        write_request(&mut bytes, &words);
        loop {
            let mut output = Output::new();
            let node = &self.person.yard.node;
            let mut turn = node.begin(&mut self.state);
            let progress = turn.on_bytes(&mut self.person.session, &bytes, &mut output);
            turn.commit();
            drop(turn);
            match progress.next {
                Next::Retry => yield_now(),
                Next::Park => return None,
                _ => return Some(text(output)),
            }
        }
    }

    /// Asks and gives the answer as a list of one, or none if it waits.
    fn list(&mut self, line: &str) -> Vec<String> {
        self.ask(line).into_iter().collect()
    }

    /// Lets time pass and its worker do its own work.
    fn later(&mut self, ms: u64) {
        self.person.yard.hands.advance(Duration::from_millis(ms));
        let mut turn = self.person.yard.node.begin(&mut self.state);
        turn.tick();
        turn.commit();
    }
}

/// What each client was answered, at once or by mail.
fn meanwhile(workers: &[Acts]) -> (Arc<Yard>, Vec<Vec<String>>) {
    let (yard, persons) = Yard::new(workers.len());
    let threads: Vec<_> = persons
        .into_iter()
        .zip(workers)
        .map(|(mut person, &acts)| {
            spawn(move || {
                let state = WorkerState::new(&person.yard.node, person.worker);
                let answers = acts(&mut At { person: &mut person, state });
                (person, answers)
            })
        })
        .collect();
    let mut answers: Vec<Vec<String>> =
        threads.into_iter().map(|thread| thread.join().expect("no worker fails").1).collect();
    for (worker, answers) in answers.iter_mut().enumerate() {
        answers.extend(yard.mailed(worker));
    }
    (yard, answers)
}

#[test]
fn what_is_pushed_goes_to_one_who_waits_or_stays() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| {
                it.ask("RPUSH k a");
                it.ask("RPUSH k b");
                it.ask("CLIENT UNBLOCK 2");
                it.ask("CLIENT UNBLOCK 3");
                Vec::new()
            },
            |it| it.list("BLPOP k 0"),
            |it| it.list("BLPOP k l 0"),
        ]);
        let left = yard.ask("LLEN k");
        let of = |worker: usize| -> &[String] { &answers[worker] };
        assert!(of(1).len() <= 1 && of(2).len() <= 1, "answered twice: {answers:?}");
        let is_pop = |text: &&String| text.starts_with("*2");
        let taken = answers.iter().flatten().filter(is_pop).count();
        // One that began to wait after the CLIENT UNBLOCK found the list empty.
        assert_eq!(format!(":{}", 2 - taken), left, "{answers:?}");
        let mut all: Vec<&String> = answers.iter().flatten().filter(is_pop).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), taken, "taken twice: {answers:?}");
    });
}

#[test]
fn one_who_waits_for_two_keys_is_served_once() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| it.list("BLPOP a b 0"),
            |it| it.list("RPUSH a x"),
            |it| it.list("RPUSH b y"),
        ]);
        assert_eq!(answers[0].len(), 1, "{answers:?}");
        let left = [yard.ask("LLEN a"), yard.ask("LLEN b")];
        let taken = if answers[0][0].contains(" x") { 0 } else { 1 };
        let expected = if taken == 0 { [":0", ":1"] } else { [":1", ":0"] };
        assert_eq!(left, expected, "{answers:?}");
        assert!(yard.is_quiet(&yard.node.keyspace), "somebody is still in a queue");
    });
}

#[test]
fn what_moves_on_when_it_is_served_reaches_the_next_who_waits() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| it.list("BLMOVE a b LEFT RIGHT 0"),
            |it| it.list("BLMOVE b c LEFT RIGHT 0"),
            |it| it.list("RPUSH a x"),
            |it| it.list("BLPOP d c 0"),
        ]);
        assert_eq!(answers[0], ["$1 x"], "{answers:?}");
        assert_eq!(answers[1], ["$1 x"], "{answers:?}");
        assert_eq!(answers[3], ["*2 $1 c $1 x"], "{answers:?}");
        assert_eq!(yard.ask("EXISTS a b c"), ":0");
        assert!(yard.is_quiet(&yard.node.keyspace), "somebody is still in a queue");
    });
}

#[test]
fn a_wait_that_lapses_while_it_is_served_ends_one_way() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| {
                let answer = it.list("BLPOP k 1");
                it.later(2_000);
                answer
            },
            |it| it.list("RPUSH k x"),
            |it| it.list("CLIENT UNBLOCK 1 ERROR"),
        ]);
        assert_eq!(answers[0].len(), 1, "{answers:?}");
        let is_served = answers[0][0] == "*2 $1 k $1 x";
        assert_eq!(yard.ask("LLEN k"), if is_served { ":0" } else { ":1" }, "{answers:?}");
        assert!(yard.is_quiet(&yard.node.keyspace), "somebody is still in a queue");
    });
}

#[test]
fn one_who_was_killed_is_given_nothing_that_comes_later() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| it.ask("BLPOP k 0").map(|text| format!("at once: {text}")).into_iter().collect(),
            |it| {
                it.ask("CLIENT KILL ID 1");
                it.list("RPUSH k x")
            },
        ]);
        // Its request may still have been run, and then it found what was there; but it does not
        // stay in the queue.
        let is_served = match answers[0].as_slice() {
            [] => false,
            [text] => text == "at once: *2 $1 k $1 x",
            _ => panic!("answered twice: {answers:?}"),
        };
        assert_eq!(yard.ask("LLEN k"), if is_served { ":0" } else { ":1" }, "{answers:?}");
        assert_eq!(answers[0].len(), usize::from(is_served), "{answers:?}");
        assert!(yard.letterbox.letters.lock().len() <= 1, "only that it is killed");
        assert!(yard.is_quiet(&yard.node.keyspace), "somebody is still in a queue");
    });
}

#[test]
fn what_is_read_under_watch_is_what_is_changed() {
    check(TimePasses::No, ITERATIONS, || {
        // Adds one by reading and writing, if nobody else did so in between.
        let add: Acts = |it| {
            it.ask("WATCH n");
            let read = it.ask("GET n").expect("an answer");
            let number: u64 = read.rsplit(' ').next().and_then(|it| it.parse().ok()).unwrap_or(0);
            it.ask("MULTI");
            it.ask(&format!("SET n {}", number + 1));
            it.ask("INCR m");
            it.list("EXEC")
        };
        let (yard, answers) = meanwhile(&[add, add, |it| it.list("GET m")]);
        let done = answers[..2].iter().flatten().filter(|it| it.starts_with("*2")).count();
        assert!(done >= 1, "everybody was in conflict: {answers:?}");
        assert_eq!(yard.ask("GET n"), format!("$1 {done}"), "{answers:?}");
        assert_eq!(yard.ask("GET m"), format!("$1 {done}"), "{answers:?}");
        assert!(yard.is_quiet(&yard.node.keyspace), "somebody is still watching");
    });
}

#[test]
fn a_transaction_is_one_step_for_those_who_need_everything() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| {
                for line in ["MULTI", "SET a 1", "SET b 1", "RPUSH k x"] {
                    it.ask(line);
                }
                it.list("EXEC")
            },
            |it| it.list("FLUSHALL"),
            |it| it.list("BLPOP k 0"),
            |it| it.list("KEYS *"),
        ]);
        let (there, seen) = (yard.ask("EXISTS a b"), &answers[3][0]);
        assert!([":0", ":2"].contains(&there.as_str()), "{there} {answers:?}");
        let is_whole = ["*0", "*2", "*3"].iter().any(|count| seen.starts_with(count));
        assert!(is_whole, "{answers:?}");
        assert_eq!(yard.ask("EXISTS k"), ":0", "somebody waits for it");
    });
}

#[test]
fn what_a_client_caches_is_current_or_it_is_told() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| {
                it.ask("HELLO 3");
                it.ask("CLIENT TRACKING ON");
                it.list("GET k")
            },
            |it| it.list("SET k new"),
            |it| it.list("DEL other"),
        ]);
        let letters = yard.letterbox.letters.lock();
        let told = letters.iter().filter(|it| matches!(it, Letter::Mail(_, Mail::Invalid { .. })));
        let (told, cached) = (told.count(), &answers[0][0]);
        assert!(told == 1 || cached == "$3 new", "{cached} is believed");
        assert!(told <= 1, "told {told} times");
        drop(letters);
        yard.ask("SET k newer");
        assert!(yard.is_quiet(&yard.node.keyspace), "the key is still in the table");
    });
}

#[test]
fn messages_of_a_channel_have_one_order() {
    check(TimePasses::No, ITERATIONS, || {
        let (yard, answers) = meanwhile(&[
            |it| it.list("SUBSCRIBE c"),
            |it| it.list("PSUBSCRIBE c*"),
            |it| it.list("PUBLISH c first"),
            |it| it.list("PUBLISH c second"),
        ]);
        let letters = yard.letterbox.letters.lock();
        let received = |id: u64| -> Vec<bool> {
            let casts = letters.iter().filter_map(|letter| match letter {
                Letter::Cast(to, cast) if to.iter().any(|(_, it)| *it == id) => Some(cast),
                _ => None,
            });
            casts.map(|cast| cast.rest.ends_with(b"first\r\n")).collect()
        };
        let (one, other) = (received(1), received(2));
        let counted: usize = answers[2..]
            .iter()
            .map(|it| usize::from(it[0] != ":0") + usize::from(it[0] == ":2"))
            .sum();
        assert_eq!(one.len() + other.len(), counted, "{answers:?}");
        assert!(one.len() < 2 || other.len() < 2 || one == other, "{one:?} {other:?}");
    });
}
