//! Clients that wait for lists, many at once: every element reaches one of them or stays, those who
//! wait longest come first, and waits end on time.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use russet_tests::{Client, Options, Reply, Server};

const KEYS: [&str; 4] = ["q0", "q1", "q2", "q3"];
const PRODUCERS: u64 = 3;
const CONSUMERS: usize = 6;
const PUSHED_BY_EACH: u64 = 3_000;
/// How far the producers' first numbers are apart.
const APART: u64 = 1_000_000;

fn server() -> Server {
    Server::start(Options::under_test().with("io-threads", "4"))
}

/// Waits until so many clients wait.
fn until_blocked(client: &mut Client, count: usize) {
    let wanted = format!("blocked_clients:{count}\r\n");
    let end = Instant::now() + Duration::from_secs(20);
    while !client.run("INFO clients").to_string().contains(wanted.trim_end()) {
        assert!(Instant::now() < end, "not {count} clients wait");
        thread::sleep(Duration::from_millis(1));
    }
}

/// The elements in a reply to a pop, without names of keys.
fn elements(reply: &Reply, into: &mut Vec<u64>) {
    match reply {
        Reply::Array(items) => items.iter().for_each(|item| elements(item, into)),
        _ => into.extend(
            reply.text().and_then(|text| std::str::from_utf8(text).ok()?.parse::<u64>().ok()),
        ),
    }
}

/// What producers and consumers share.
#[derive(Default)]
struct Market {
    received: Mutex<Vec<u64>>,
    /// Elements that may have been sent to connections that had ended by then.
    in_flight: AtomicUsize,
    is_over: AtomicBool,
    /// The clients' ids.
    ids: Mutex<Vec<i64>>,
}

/// Pushes the numbers from `first` on, and returns the first that it did not push.
fn produce(mut client: Client, first: u64, random: &mut Rng) -> u64 {
    let mut next = first;
    while next < first + PUSHED_BY_EACH {
        let key = KEYS[random.usize(..KEYS.len())];
        let other = KEYS[random.usize(..KEYS.len())];
        let one = next;
        match random.u8(..4) {
            0 => {
                client.run(&format!("LPUSH {key} {one}"));
                next += 1;
            }
            1 => {
                client.run(&format!("RPUSH {key} {one} {}", one + 1));
                next += 2;
            }
            2 => {
                client.run_all(["MULTI".into(), format!("RPUSH {key} {one}")]);
                client.run_all([format!("LPUSH {other} {}", one + 1), "EXEC".into()]);
                next += 2;
            }
            _ => {
                client.run(&format!("LMOVE {key} {other} LEFT RIGHT"));
            }
        }
    }
    next
}

/// One wait's request, and how many elements it can take.
fn wish(random: &mut Rng) -> (String, usize) {
    let mut key = || KEYS[random.usize(..KEYS.len())];
    let (one, two) = (key(), key());
    let timeout = ["0.001", "0.01", "0.05"][random.usize(..3)];
    match random.u8(..4) {
        0 => (format!("BLPOP {one} {two} {timeout}"), 1),
        1 => (format!("BRPOP {one} {two} {timeout}"), 1),
        2 => (format!("BLMPOP {timeout} 2 {one} {two} LEFT COUNT 3"), 3),
        _ => (format!("BLMOVE {one} {two} LEFT RIGHT {timeout}"), 0),
    }
}

/// Takes until all is over. `rough`: sometimes leaves in the middle of a wait.
fn consume(server: &Server, market: &Market, random: &mut Rng, rough: bool) {
    let connect = || {
        let mut client = server.client();
        market.ids.lock().expect("no panic").extend(client.run("CLIENT ID").integer());
        client
    };
    let mut client = connect();
    while !market.is_over.load(Relaxed) {
        let (line, count) = wish(random);
        let words: Vec<&str> = line.split(' ').collect();
        let is_sent = client.send(&words).is_ok();
        if rough && random.u8(..) < 10 {
            market.in_flight.fetch_add(count, Relaxed);
            client = connect();
            continue;
        }
        match client.read() {
            Ok(_) if line.starts_with("BLMOVE") => assert!(is_sent),
            Ok(reply) => {
                elements(&reply, &mut market.received.lock().expect("no panic"));
            }
            Err(_) => {
                market.in_flight.fetch_add(count, Relaxed);
                client = connect();
            }
        }
    }
}

fn run_market(rough: bool) {
    let (server, market) = (server(), Market::default());
    let seed = fastrand::u64(..1_000_000);
    println!("seed {seed}");
    let mut pushed = BTreeSet::new();
    thread::scope(|scope| {
        for number in 0..CONSUMERS {
            let (server, market) = (&server, &market);
            let mut random = Rng::with_seed(seed + 100 + number as u64);
            scope.spawn(move || consume(server, market, &mut random, rough));
        }
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|number| {
                let client = server.client();
                let mut random = Rng::with_seed(seed + number);
                scope.spawn(move || produce(client, number * APART, &mut random))
            })
            .collect();
        let mut client = server.client();
        while producers.iter().any(|producer| !producer.is_finished()) {
            let id = fastrand::choice(market.ids.lock().expect("no panic").iter()).copied();
            let Some(id) = id else { continue };
            let what = if rough && fastrand::u8(..) < 20 { "KILL ID" } else { "UNBLOCK" };
            client.run(&format!("CLIENT {what} {id}"));
        }
        market.is_over.store(true, Relaxed);
        let ends = producers.into_iter().map(|producer| producer.join().expect("no panic"));
        pushed = ends.zip(0..).flat_map(|(end, number)| number * APART..end).collect();
    });
    account(&server, &market, &pushed);
}

/// Each element is with one who took it, or in one list; but for what was sent to the departed.
fn account(server: &Server, market: &Market, pushed: &BTreeSet<u64>) {
    let mut client = server.client();
    let mut all = market.received.lock().expect("no panic").clone();
    until_blocked(&mut client, 0);
    for key in KEYS {
        elements(&client.run(&format!("LRANGE {key} 0 -1")), &mut all);
    }
    let different: BTreeSet<u64> = all.iter().copied().collect();
    assert_eq!(all.len(), different.len(), "an element was given twice");
    assert!(different.is_subset(pushed), "an element that nobody pushed");
    let missing = pushed.len() - different.len();
    let in_flight = market.in_flight.load(Relaxed);
    assert!(missing <= in_flight, "{missing} missing, {in_flight} may have been in flight");
}

#[test]
fn every_element_is_taken_once_or_stays() {
    run_market(false);
}

#[test]
fn what_is_lost_was_sent_to_one_who_had_gone() {
    run_market(true);
}

#[test]
fn who_waits_longest_is_served_first() {
    let server = server();
    let mut watcher = server.client();
    let mut waiting: Vec<(i64, Client)> = (0..40)
        .map(|number| {
            let mut client = server.client();
            let id = client.run("CLIENT ID").integer().expect("a number");
            client.send(&["BLPOP", "other", "k", "0"]).expect("a connection");
            until_blocked(&mut watcher, number + 1);
            (id, client)
        })
        .collect();
    // Some lose patience, at the ends and in the middle.
    let mut number = 0;
    waiting.retain_mut(|(id, client)| {
        number += 1;
        let goes = number % 3 == 1;
        if goes {
            assert_eq!(watcher.run(&format!("CLIENT UNBLOCK {id}")).integer(), Some(1));
            assert_eq!(client.read().expect("a reply"), Reply::NilArray);
        }
        !goes
    });
    let (first, rest) = waiting.split_at_mut(10);
    for (element, (_, client)) in first.iter_mut().enumerate() {
        watcher.run(&format!("RPUSH k {element}"));
        assert_eq!(client.read().expect("a reply").to_string(), format!("[\"k\", \"{element}\"]"));
    }
    let all: Vec<String> = (0..rest.len()).map(|element| element.to_string()).collect();
    watcher.run(&format!("RPUSH k {}", all.join(" ")));
    for (element, (_, client)) in rest.iter_mut().enumerate() {
        assert_eq!(client.read().expect("a reply").to_string(), format!("[\"k\", \"{element}\"]"));
    }
    assert_eq!(watcher.run("EXISTS k").integer(), Some(0));
}

#[test]
fn a_short_wait_is_short() {
    let server = server();
    let mut client = server.client();
    let waited = |client: &mut Client| {
        let begun = Instant::now();
        assert_eq!(client.run("BLPOP k 0.01"), Reply::NilArray);
        begun.elapsed()
    };
    let shortest = (0..10).map(|_| waited(&mut client)).min().expect("some");
    let expected = Duration::from_millis(9)..Duration::from_millis(50);
    assert!(expected.contains(&shortest), "10 ms took {shortest:?}");
}

#[test]
fn an_expired_key_that_swapdb_brings_wakes_nobody_and_goes_afterwards() {
    let server = Server::start(Options::under_test().with("appendonly", "yes"));
    let (mut client, mut waiting) = (server.client(), server.client());
    client.run_all(["DEBUG SET-ACTIVE-EXPIRE 0", "SELECT 1", "RPUSH k v"].map(String::from));
    waiting.run("SELECT 9");
    waiting.send(&["BLPOP", "k", "0"]).expect("a connection");
    until_blocked(&mut client, 1);
    // Nobody meets the key once its time is up.
    client.run("PEXPIRE k 5");
    thread::sleep(Duration::from_millis(6));
    assert_eq!(client.run("SWAPDB 1 9").to_string(), "OK");
    until_blocked(&mut client, 1);
    let log = std::fs::read(russet_tests::aof::incremental(&server.dir())).expect("a log");
    let log = String::from_utf8_lossy(&log).into_owned();
    let at = |text: &str| log.rfind(text).unwrap_or_else(|| panic!("no {text} in {log}"));
    assert!(at("SWAPDB") < at("DEL"), "{log}");
    client.run_all(["SELECT 9", "RPUSH k w"].map(String::from));
    assert_eq!(waiting.read().expect("a reply").to_string(), "[\"k\", \"w\"]");
}
