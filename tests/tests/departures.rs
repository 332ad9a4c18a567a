//! Clients that leave while what they asked for waits.

use std::thread;
use std::time::Instant;

use russet_tests::server::{PATIENCE, POLL};
use russet_tests::{Client, Options, Reply, Server};

/// Waits until CLIENT LIST has so many lines with this text.
fn wait_for(client: &mut Client, text: &str, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let list = client.run("CLIENT LIST");
        let list = String::from_utf8_lossy(list.text().expect("text")).into_owned();
        if list.lines().filter(|line| line.contains(text)).count() == count {
            return;
        }
        assert!(Instant::now() < deadline, "{count} lines with {text} expected in\n{list}");
        thread::sleep(POLL);
    }
}

#[test]
fn a_held_client_that_leaves_is_closed_at_once_and_does_nothing_later() {
    let server = Server::start(Options::under_test());
    let mut admin = server.client();
    // Far longer than the test has patience.
    assert_eq!(admin.run("CLIENT PAUSE 600000"), Reply::Simple(b"OK".to_vec()));
    for pipelined in [false, true] {
        let mut held = server.client();
        held.send(&["CLIENT", "SETNAME", "held"]).expect("sent");
        held.read().expect("an answer");
        held.send(&["SET", "k", "v"]).expect("sent");
        if pipelined {
            held.send(&["SET", "k", "w"]).expect("sent");
        }
        wait_for(&mut admin, "flags=b", 1);
        drop(held);
        wait_for(&mut admin, "name=held", 0);
    }
    // Its goodbye comes in one piece with the request.
    let mut hasty = server.client();
    hasty.run("CLIENT SETNAME hasty");
    hasty.send(&["SET", "k", "x"]).expect("sent");
    hasty.finish_sending().expect("shut");
    wait_for(&mut admin, "name=hasty", 0);
    admin.run("CLIENT UNPAUSE");
    assert_eq!(admin.run("EXISTS k"), Reply::Integer(0));
}
