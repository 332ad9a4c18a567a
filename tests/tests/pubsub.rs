//! Messages to many clients on many workers: each gets all of them, once, in the order of the
//! channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use russet_tests::server::{PATIENCE, POLL};
use russet_tests::{Client, Options, Reply, Server};

const WORKERS: &str = "4";

fn server() -> Server {
    Server::start(Options::under_test().with("io-threads", WORKERS))
}

/// Words of a reply that is a list.
fn words(reply: &Reply) -> Vec<String> {
    let items = reply.items().unwrap_or_default();
    items.iter().map(text).collect()
}

fn text(reply: &Reply) -> String {
    match reply {
        Reply::Integer(number) => number.to_string(),
        other => String::from_utf8_lossy(other.text().unwrap_or_default()).into_owned(),
    }
}

fn subscriber(server: &Server, words: &[&str]) -> Client {
    let mut client = server.client();
    client.send(words).expect("sent");
    for _ in &words[1..] {
        client.read().expect("a confirmation");
    }
    client
}

#[test]
fn all_subscribers_get_all_messages_of_a_channel_in_one_order() {
    const PUBLISHERS: usize = 4;
    const MESSAGES: usize = 2000;
    let server = server();
    let channel: Vec<Client> =
        (0..12).map(|_| subscriber(&server, &["SUBSCRIBE", "news"])).collect();
    let pattern: Vec<Client> = (0..4).map(|_| subscriber(&server, &["PSUBSCRIBE", "n*"])).collect();
    let receivers: Vec<_> = channel
        .into_iter()
        .chain(pattern)
        .map(|mut client| {
            thread::spawn(move || -> Vec<String> {
                let received =
                    (0..PUBLISHERS * MESSAGES).map(|_| client.read().expect("a message"));
                received.map(|reply| words(&reply).pop().expect("a payload")).collect()
            })
        })
        .collect();
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let mut client = server.client();
            thread::spawn(move || {
                for number in 0..MESSAGES {
                    let message = format!("{publisher} {number}");
                    let count = client.call(&["PUBLISH", "news", &message]);
                    assert_eq!(count, Reply::Integer(16));
                }
            })
        })
        .collect();
    publishers.into_iter().for_each(|thread| thread.join().expect("published"));
    let mut received = receivers.into_iter().map(|thread| thread.join().expect("received"));
    let first = received.next().expect("there are some");
    for publisher in 0..PUBLISHERS {
        let own = first.iter().filter(|message| message.starts_with(&format!("{publisher} ")));
        let expected = (0..MESSAGES).map(|number| format!("{publisher} {number}"));
        assert!(own.cloned().eq(expected), "the messages of publisher {publisher}");
    }
    assert!(received.all(|other| other == first), "one order for all");
}

#[test]
fn whoever_was_told_of_an_answer_finds_that_others_were_told_before() {
    let server = server();
    let mut listener = server.client();
    listener.send(&["HELLO", "3"]).expect("sent");
    listener.read().expect("an introduction");
    listener.run("SUBSCRIBE news");
    // On every worker one.
    for mut publisher in (0..8).map(|_| server.client()) {
        for _ in 0..200 {
            publisher.run("PUBLISH news x");
            listener.send(&["PING"]).expect("sent");
            assert!(matches!(listener.read().expect("first"), Reply::Push(_)));
            assert_eq!(listener.read().expect("second"), Reply::Simple(b"PONG".to_vec()));
        }
    }
}

#[test]
fn a_subscription_that_ended_brings_no_message_any_more() {
    let server = server();
    let mut publisher = server.client();
    let publishing = thread::spawn(move || {
        let deadline = Instant::now() + std::time::Duration::from_millis(500);
        while Instant::now() < deadline {
            publisher.run("PUBLISH news x");
        }
    });
    let mut client = server.client();
    while !publishing.is_finished() {
        client.send(&["SUBSCRIBE", "news"]).expect("sent");
        assert_eq!(words(&client.read().expect("confirmed"))[0], "subscribe");
        client.send(&["UNSUBSCRIBE", "news"]).expect("sent");
        loop {
            match words(&client.read().expect("a message"))[0].as_str() {
                "message" => {}
                "unsubscribe" => break,
                other => panic!("{other} while subscribed"),
            }
        }
        assert_eq!(client.run("PING"), Reply::Simple(b"PONG".to_vec()), "nothing before it");
    }
    publishing.join().expect("published");
}

/// Messages that the one who reads may be behind: far less than the limit.
const LAG_MAX: usize = 32;

#[test]
fn a_subscriber_that_does_not_read_is_dropped_and_others_are_served() {
    let server = server();
    let mut publisher = server.client();
    publisher.run("CONFIG SET client-output-buffer-limit \"pubsub 2mb 0 0\"");
    let slow = subscriber(&server, &["SUBSCRIBE", "news"]);
    let mut good = subscriber(&server, &["SUBSCRIBE", "news"]);
    let received = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&received);
    let reading = thread::spawn(move || {
        while words(&good.read().expect("a message"))[2] != "end" {
            count.fetch_add(1, Relaxed);
        }
    });
    let message = "x".repeat(16 << 10);
    let deadline = Instant::now() + PATIENCE;
    let mut sent = 0;
    while publisher.call(&["PUBLISH", "news", &message]) == Reply::Integer(2) {
        sent += 1;
        // On a busy machine the one who reads may be slow as well: it gets the time it needs.
        while received.load(Relaxed) + LAG_MAX < sent {
            assert!(Instant::now() < deadline, "messages do not come");
            thread::yield_now();
        }
        assert!(Instant::now() < deadline, "a slow subscriber stays after {sent} messages");
    }
    publisher.call(&["PUBLISH", "news", "end"]);
    reading.join().expect("read");
    assert_eq!(received.load(Relaxed), sent + 1);
    drop(slow);
    let stats = publisher.run("INFO stats");
    let stats = String::from_utf8_lossy(stats.text().expect("text")).into_owned();
    assert!(stats.contains("client_output_buffer_limit_disconnections:1\r\n"), "{stats}");
}

#[test]
fn every_change_of_a_key_that_was_read_is_told() {
    const ROUNDS: usize = 3000;
    let server = server();
    let mut writer = server.client();
    writer.run("SET k 0");
    let mut reader = server.client();
    reader.send(&["HELLO", "3"]).expect("sent");
    reader.read().expect("an introduction");
    reader.run("CLIENT TRACKING ON");
    let writing = thread::spawn(move || {
        for _ in 0..ROUNDS {
            writer.run("INCR k");
        }
    });
    // A client with a cache of one key: it may believe in what it read until told otherwise.
    let mut cached: Option<i64> = None;
    let deadline = Instant::now() + PATIENCE;
    loop {
        if cached.is_none() {
            reader.send(&["GET", "k"]).expect("sent");
        }
        match reader.read().expect("a message") {
            Reply::Push(_) => cached = None,
            value => cached = text(&value).parse().ok(),
        }
        if cached == Some(ROUNDS as i64) {
            break;
        }
        assert!(Instant::now() < deadline, "a change was not told: {cached:?} is believed");
    }
    writing.join().expect("written");
}

#[test]
fn clients_that_leave_are_forgotten() {
    let server = server();
    let mut admin = server.client();
    for round in 0..20 {
        let many: Vec<Client> = (0..20)
            .map(|n| subscriber(&server, &["SUBSCRIBE", "news", &format!("own{round}:{n}")]))
            .collect();
        drop(many);
    }
    let deadline = Instant::now() + PATIENCE;
    while admin.run("PUBSUB CHANNELS").items().is_none_or(|names| !names.is_empty()) {
        assert!(Instant::now() < deadline, "channels stay");
        thread::sleep(POLL);
    }
    assert_eq!(admin.run("PUBLISH news x"), Reply::Integer(0));
}

#[test]
fn whoever_has_quit_is_gone_when_it_is_told_so() {
    let server = server();
    // On every worker some.
    let mut others: Vec<Client> = (0..8).map(|_| server.client()).collect();
    for round in 0..200 {
        let mut leaving = subscriber(&server, &["SUBSCRIBE", "news"]);
        leaving.send(&["QUIT"]).expect("sent");
        assert_eq!(leaving.read().expect("an answer"), Reply::Simple(b"OK".to_vec()));
        assert_eq!(others[round % 8].run("PUBLISH news x"), Reply::Integer(0));
    }
}
