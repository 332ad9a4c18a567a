//! Kill -9 under load: no acknowledged write is lost, whatever the policy, also while the log is
//! being rewritten.
//!
//! Writers pipeline SETs, each noted in a journal before it is sent and again when it is
//! acknowledged. The server is killed, started again on its files, and must hold for every key the
//! last acknowledged value or a later one that was on its way. `ROUNDS` sets the rounds for each
//! policy (2).
//!
//! What this cannot show: the page cache outlives the process, so that a server that never calls
//! fsync passes too. That is tested where the disk is a fake.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use russet_tests::journal::Journal;
use russet_tests::{Client, Options, Reply, Server};

const WRITERS: usize = 4;
const KEYS_OF_A_WRITER: usize = 20;
const BATCH: usize = 8;
const VALUE_BYTES_MAX: usize = 3_000;

#[test]
fn no_acknowledged_write_is_lost() {
    let rounds: usize = std::env::var("ROUNDS").map_or(2, |text| text.parse().expect("a number"));
    let seed = fastrand::u64(..);
    println!("seed {seed}, {rounds} rounds");
    let mut random = Rng::with_seed(seed);
    for policy in ["always", "everysec", "no"] {
        kill_in_a_loop(policy, rounds, &mut random);
    }
}

fn kill_in_a_loop(policy: &str, rounds: usize, random: &mut Rng) {
    let options = Options::under_test().with("appendonly", "yes").with("appendfsync", policy);
    let mut server = Server::start(options.with("auto-aof-rewrite-percentage", "0"));
    let mut journals: Vec<Journal> = Vec::new();
    for round in 0..rounds {
        let enough = random.usize(200..2_000);
        let written = write_until_killed(&mut server, round, enough, random);
        let acknowledged: usize = written.iter().map(Journal::count).sum();
        assert!(acknowledged >= enough, "{policy} {round}: only {acknowledged} acknowledged");
        journals.extend(written);
        server.start_again();
        let mut client = server.client();
        let lost: Vec<String> =
            journals.iter().flat_map(|journal| journal.lost(&mut client)).collect();
        assert!(lost.is_empty(), "{policy}, round {round}:\n{}", lost.join("\n"));
        println!("{policy}, round {round}: {acknowledged} acknowledged, none lost");
    }
}

/// Lets writers run until `enough` writes are acknowledged, then kills the server.
fn write_until_killed(
    server: &mut Server,
    round: usize,
    enough: usize,
    random: &mut Rng,
) -> Vec<Journal> {
    let acknowledged = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let (client, random, acknowledged) =
                    (server.client(), random.fork(), &acknowledged);
                let name = format!("r{round}w{number}");
                scope.spawn(move || write(client, &name, random, acknowledged))
            })
            .collect();
        let end = Instant::now() + Duration::from_secs(60);
        let mut client = server.client();
        while acknowledged.load(Ordering::Relaxed) < enough && Instant::now() < end {
            if round % 2 == 1 {
                // That one is under way already is no matter.
                client.run("BGREWRITEAOF");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        server.kill9();
        writers.into_iter().map(|writer| writer.join().expect("a writer")).collect()
    })
}

/// Writes batches until the connection breaks.
fn write(mut client: Client, name: &str, mut random: Rng, acknowledged: &AtomicUsize) -> Journal {
    let mut journal = Journal::default();
    for number in 0.. {
        let keys: Vec<String> =
            (0..BATCH).map(|_| format!("{name}:{}", random.usize(..KEYS_OF_A_WRITER))).collect();
        for (at, key) in keys.iter().enumerate() {
            let padding = "x".repeat(random.usize(..VALUE_BYTES_MAX));
            let value = format!("{number}.{at}.{padding}");
            journal.sent(key, value.clone());
            if client.send(&["SET", key, &value]).is_err() {
                return journal;
            }
        }
        for key in &keys {
            match client.read() {
                Ok(reply) => {
                    assert_eq!(reply, Reply::Simple(b"OK".to_vec()));
                    journal.acknowledged(key);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => return journal,
            }
        }
    }
    journal
}

/// The check itself: a journal notices an older value, a missing key and a foreign value.
#[test]
fn a_journal_notices_what_is_lost() {
    let server = Server::start(Options::under_test());
    let mut client = server.client();
    let mut journal = Journal::default();
    for value in ["1", "2", "3"] {
        journal.sent("k", value.into());
    }
    journal.acknowledged("k");
    journal.acknowledged("k");
    for (held, lost) in [("1", 1), ("2", 0), ("3", 0), ("4", 1)] {
        client.run(&format!("SET k {held}"));
        assert_eq!(journal.lost(&mut client).len(), lost, "holding {held}");
    }
    client.run("DEL k");
    assert_eq!(journal.lost(&mut client).len(), 1, "holding nothing");
}
