//! Many connections at once: commands are atomic, over several keys too, and nothing is lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use russet_tests::{Client, Options, Reply, Server};

const THREADS: usize = 8;
const ROUNDS: usize = 300;
/// Keys that are always written together; many, so that they lie in different parts of the
/// keyspace.
const KEYS: usize = 16;

/// Runs `work` on a connection per thread, and `watch` on one more again and again meanwhile.
fn storm(
    server: &Server,
    work: impl Fn(usize, &mut Client) + Sync,
    mut watch: impl FnMut(&mut Client),
) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|number| {
                let (mut client, work) = (server.client(), &work);
                scope.spawn(move || work(number, &mut client))
            })
            .collect();
        let done = &done;
        let waiter = scope.spawn(move || {
            let outcomes: Vec<_> =
                workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
            done.store(true, Ordering::Relaxed);
            assert!(outcomes.iter().all(Result::is_ok), "a worker failed");
        });
        let mut client = server.client();
        while !done.load(Ordering::Relaxed) {
            watch(&mut client);
        }
        waiter.join().expect("the workers");
    });
}

fn pairs(value: &str) -> Vec<String> {
    let pairs = (0..KEYS).flat_map(|number| [format!("key:{number}"), value.to_owned()]);
    std::iter::once("MSET".to_owned()).chain(pairs).collect()
}

fn names(command: &str) -> Vec<String> {
    std::iter::once(command.to_owned()).chain((0..KEYS).map(|n| format!("key:{n}"))).collect()
}

/// All values that MGET read in one go.
fn values(reply: &Reply) -> Vec<Reply> {
    reply.items().unwrap_or_else(|| panic!("MGET: {reply}")).to_vec()
}

#[test]
fn no_increment_is_lost() {
    let server = Server::start(Options::under_test());
    storm(
        &server,
        |_, client| {
            for _ in 0..ROUNDS {
                for line in [["INCR", "n"], ["INCR", "m"], ["DECR", "m"], ["APPEND", "text"]] {
                    let mut words = line.to_vec();
                    words.extend((line[0] == "APPEND").then_some("x"));
                    client.send(&words).expect("a connection");
                }
                client.send(&["HINCRBY", "h", "f", "2"]).expect("a connection");
                for _ in 0..5 {
                    assert!(client.read().expect("a reply").integer().is_some());
                }
            }
        },
        |client| assert!(!client.run("GET n").is_error()),
    );
    let mut client = server.client();
    let total = (THREADS * ROUNDS).to_string();
    assert_eq!(client.run("GET n").text(), Some(total.as_bytes()));
    assert_eq!(client.run("GET m").text(), Some(&b"0"[..]));
    assert_eq!(client.run("STRLEN text").to_string(), total);
    assert_eq!(client.run("HGET h f").text(), Some((2 * THREADS * ROUNDS).to_string().as_bytes()));
}

#[test]
fn several_keys_are_written_and_read_as_one() {
    let server = Server::start(Options::under_test());
    storm(
        &server,
        |number, client| {
            for round in 0..ROUNDS {
                let reply = client.call(&pairs(&format!("{number}.{round}")));
                assert_eq!(reply.to_string(), "OK");
                let read = values(&client.call(&names("MGET")));
                assert!(read.iter().all(|value| value == &read[0]), "torn: {read:?}");
            }
        },
        |client| {
            let read = values(&client.call(&names("MGET")));
            assert!(read.iter().all(|value| value == &read[0]), "torn: {read:?}");
        },
    );
}

#[test]
fn all_keys_go_at_once() {
    let server = Server::start(Options::under_test());
    storm(
        &server,
        |number, client| {
            for round in 0..ROUNDS {
                let clear = match (number, round % 2) {
                    (0, 0) => vec!["FLUSHALL".to_owned()],
                    (0, _) => ["SWAPDB", "0", "1"].map(str::to_owned).to_vec(),
                    (1, _) => names("DEL"),
                    (2, _) => names("UNLINK"),
                    _ => pairs(&round.to_string()),
                };
                assert!(!client.call(&clear).is_error());
            }
        },
        |client| {
            let read = values(&client.call(&names("MGET")));
            assert!(read.iter().all(|value| value == &read[0]), "torn: {read:?}");
            let exist = client.call(&names("EXISTS")).integer();
            assert!(exist == Some(0) || exist == Some(KEYS as i64), "{exist:?} exist");
        },
    );
}

#[test]
fn a_renamed_key_is_always_at_one_place() {
    let server = Server::start(Options::under_test());
    server.client().run("SET a token");
    storm(
        &server,
        |number, client| {
            for _ in 0..ROUNDS {
                let line = if number % 2 == 0 { "RENAME a b" } else { "RENAME b a" };
                let reply = client.run(line).to_string();
                assert!(reply == "OK" || reply == "(error) ERR no such key", "{reply}");
            }
        },
        |client| {
            assert_eq!(client.run("EXISTS a b").integer(), Some(1));
            let read = values(&client.run("MGET a b"));
            let held = read.iter().filter(|value| value.text() == Some(b"token")).count();
            assert_eq!(held, 1, "{read:?}");
        },
    );
}

#[test]
fn setnx_is_a_lock() {
    let server = Server::start(Options::under_test());
    server.client().run("SET counter 0");
    let rounds = ROUNDS / 10;
    storm(
        &server,
        |number, client| {
            for _ in 0..rounds {
                let take = ["SET".to_owned(), "lock".into(), number.to_string(), "NX".into()];
                while client.call(&take) == Reply::Nil {
                    thread::yield_now();
                }
                let read = client.run("GET counter");
                let count: usize = String::from_utf8_lossy(read.text().expect("a number"))
                    .parse()
                    .expect("a number");
                client.run(&format!("SET counter {}", count + 1));
                assert_eq!(client.run("DEL lock").integer(), Some(1), "the lock was not held");
            }
        },
        |client| assert!(!client.run("GET counter").is_error()),
    );
    let expected = (THREADS * rounds).to_string();
    assert_eq!(server.client().run("GET counter").text(), Some(expected.as_bytes()));
}

#[test]
fn connections_come_and_go() {
    let server = Server::start(Options::under_test());
    storm(
        &server,
        |number, _| {
            for round in 0..ROUNDS / 3 {
                let mut client = server.client();
                let text = format!("{number}.{round}");
                assert_eq!(client.call(&["ECHO", &text]).text(), Some(text.as_bytes()));
                // Some leave in the middle of a command, some with replies unread.
                let half: &[u8] =
                    if round % 2 == 0 { b"*2\r\n$4\r\nEC" } else { b"PING\r\nPING\r\n" };
                client.send_raw(half).expect("a connection");
            }
        },
        |client| assert_eq!(client.run("PING").to_string(), "PONG"),
    );
}

#[test]
fn a_member_on_its_way_is_always_in_one_set_or_the_other() {
    let server = Server::start(Options::under_test());
    server.client().run_all((0..64).map(|number| format!("SADD set:{} m{number}", number % 4)));
    let work = |number: usize, client: &mut Client| {
        for round in 0..ROUNDS {
            let (from, to) = (round % 4, (round + number + 1) % 4);
            let member = (round * 7 + number) % 64;
            client.run(&format!("SMOVE set:{from} set:{to} m{member}"));
        }
    };
    storm(&server, work, |client| {
        let union = client.run("SUNION set:0 set:1 set:2 set:3");
        assert_eq!(union.items().map(<[Reply]>::len), Some(64), "{union}");
        let common = client.run("SINTERCARD 2 set:0 set:1");
        assert_eq!(common.integer(), Some(0), "{common}");
    });
    let mut client = server.client();
    let lens = (0..4).filter_map(|set| client.run(&format!("SCARD set:{set}")).integer());
    assert_eq!(lens.sum::<i64>(), 64);
}
