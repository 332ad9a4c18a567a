//! A command that takes long does not keep others waiting that have nothing to do with it: neither
//! on other workers nor on its own, nor when somebody wants the whole keyspace meanwhile.
//!
//! While a client searches a list of millions for what is not there, again and again, others send
//! short requests, one every millisecond on each connection. The longest silence of a connection
//! during a search is taken as a share of the search: who waits for it is silent for all of it.
//! Shares and their median, since the machine may be busy with other things, which makes searches
//! and silences longer alike.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use russet_tests::{Client, Options, Server};

/// Connections with short requests: on each worker more than one.
const PROBES: usize = 8;
/// Searches that silences are looked for in.
const SEARCHES: usize = 12;
const ELEMENTS: usize = 10_000_000;
const SEARCH: [&str; 3] = ["LPOS", "list", "nothing"];

/// When something began and ended, in microseconds.
type Span = (u64, u64);

struct Measured {
    searches: Vec<Span>,
    /// When short requests were answered, by connection.
    answers: Vec<Vec<u64>>,
    /// Requests that were alone meanwhile.
    alone: u64,
}

fn filled(workers: &str) -> Server {
    let server = Server::start(Options::under_test().with("io-threads", workers));
    let mut client = server.client();
    // As long as what is looked for, so that each is compared.
    let words: Vec<String> = (1_000_000..1_050_000).map(|n| n.to_string()).collect();
    let push: Vec<&str> =
        ["RPUSH", "list"].into_iter().chain(words.iter().map(String::as_str)).collect();
    for _ in 0..ELEMENTS / words.len() {
        assert!(!client.call(&push).is_error());
    }
    server
}

/// Searches with short requests beside them, and with `gate` again and again.
fn measure(server: &Server, gate: &[&str]) -> Measured {
    let (is_over, alone, epoch) = (AtomicBool::new(false), AtomicU64::new(0), Instant::now());
    let now = || epoch.elapsed().as_micros() as u64;
    let mut searches = Vec::new();
    let mut answers = Vec::new();
    thread::scope(|scope| {
        let probes: Vec<_> = (0..PROBES)
            .map(|number| {
                let (client, is_over) = (server.client(), &is_over);
                scope.spawn(move || short_requests(client, number, is_over, &now))
            })
            .collect();
        if !gate.is_empty() {
            let (is_over, alone) = (&is_over, &alone);
            let mut client = server.client();
            client.run("SELECT 9");
            scope.spawn(move || {
                for line in gate.iter().cycle().take_while(|_| !is_over.load(Relaxed)) {
                    assert!(!client.run(line).is_error());
                    alone.fetch_add(1, Relaxed);
                }
            });
        }
        let mut client = server.client();
        for _ in 0..SEARCHES {
            let begun = now();
            assert_eq!(client.call(&SEARCH), russet_tests::Reply::Nil);
            searches.push((begun, now()));
        }
        is_over.store(true, Relaxed);
        answers.extend(probes.into_iter().map(|probe| probe.join().expect("answers")));
    });
    Measured { searches, answers, alone: alone.load(Relaxed) }
}

fn short_requests(
    mut client: Client,
    number: usize,
    is_over: &AtomicBool,
    now: &impl Fn() -> u64,
) -> Vec<u64> {
    let lines = [format!("SET probe:{number} v"), format!("GET probe:{number}"), "PING".into()];
    let mut answered = Vec::new();
    for line in lines.iter().cycle().take_while(|_| !is_over.load(Relaxed)) {
        assert!(!client.run(line).is_error());
        answered.push(now());
        thread::sleep(Duration::from_millis(1));
    }
    answered
}

impl Measured {
    /// For each search and connection: the longest silence as a share of the search, in percent;
    /// sorted.
    fn silences(&self) -> Vec<u64> {
        let share = |&(begun, ended): &Span, answers: &Vec<u64>| {
            let within = answers.iter().copied().filter(|at| (begun..ended).contains(at));
            let moments: Vec<u64> = [begun].into_iter().chain(within).chain([ended]).collect();
            let longest = moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
            longest * 100 / (ended - begun).max(1)
        };
        let pairs = self.searches.iter().flat_map(|s| self.answers.iter().map(move |a| (s, a)));
        let mut silences: Vec<u64> = pairs.map(|(search, all)| share(search, all)).collect();
        silences.sort_unstable();
        silences
    }
}

#[track_caller]
fn nobody_waits(workers: &str, gate: &[&str]) {
    let server = filled(workers);
    let measured = measure(&server, gate);
    let silences = measured.silences();
    let percentile = |percent: usize| silences[(silences.len() - 1) * percent / 100];
    let mut lengths: Vec<u64> = measured.searches.iter().map(|(from, to)| to - from).collect();
    lengths.sort_unstable();
    println!(
        "{workers} workers: search {} us (median); silence, percent of it: median {}, p90 {}, \
         worst {}; alone {} times",
        lengths[SEARCHES / 2],
        percentile(50),
        percentile(90),
        percentile(100),
        measured.alone
    );
    assert!(lengths[0] > 10_000, "a search of {} us is not long", lengths[0]);
    assert!(percentile(50) < 20, "short requests wait for a search");
    assert!(gate.is_empty() || measured.alone >= 3, "nobody was alone");
}

#[test]
fn short_requests_do_not_wait_for_a_long_one() {
    for workers in ["2", "4"] {
        nobody_waits(workers, &[]);
    }
}

#[test]
fn short_requests_do_not_wait_for_one_who_wants_to_be_alone_beside_a_long_one() {
    for workers in ["2", "4"] {
        nobody_waits(workers, &["FLUSHDB", "CONFIG SET slowlog-max-len 64", "KEYS none*"]);
    }
}

/// Searches of one list that follow one another without a gap leave moments to who wants a short
/// look at the same list.
#[test]
fn short_requests_for_the_same_key_have_their_turn() {
    let server = filled("2");
    let (searches, most) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..6 {
            let (mut client, searches) = (server.client(), &searches);
            scope.spawn(move || {
                while searches.load(Relaxed) < 4 * SEARCHES as u64 {
                    client.call(&SEARCH);
                    searches.fetch_add(1, Relaxed);
                }
            });
        }
        let mut client = server.client();
        while searches.load(Relaxed) < 4 * SEARCHES as u64 {
            let begun = searches.load(Relaxed);
            assert_eq!(client.run("LLEN list").integer(), Some(ELEMENTS as i64));
            most.fetch_max(searches.load(Relaxed) - begun, Relaxed);
        }
    });
    let most = most.into_inner();
    println!("one look waited for {most} searches");
    assert!(most <= 5, "one look waited for {most} searches");
}
