//! Walks of many steps: what is there from beginning to end is found, whatever else changes.

use std::collections::BTreeSet;

use russet_tests::{Client, Options, Reply, Server};

const STABLE: usize = 5_000;

fn next(reply: &Reply) -> (Vec<u8>, Vec<Vec<u8>>) {
    let Some([cursor, found]) = reply.items() else { panic!("{reply}") };
    let found = found.items().unwrap_or_default().iter().filter_map(Reply::text);
    (cursor.text().unwrap_or_default().to_vec(), found.map(<[u8]>::to_vec).collect())
}

/// Walks with `words` as the command, the cursor in place of `CURSOR`; `between` runs after a step.
fn walk(client: &mut Client, words: &str, mut between: impl FnMut(&mut Client)) -> Vec<Vec<u8>> {
    let (mut cursor, mut all, mut steps) = (b"0".to_vec(), Vec::new(), 0);
    loop {
        let line = words.replace("CURSOR", &String::from_utf8_lossy(&cursor));
        let (after, found) = next(&client.run(&line));
        all.extend(found);
        if after == b"0" {
            assert!(steps > 10, "{words}: a walk in {steps} steps shows nothing");
            return all;
        }
        assert!(steps < 20 * STABLE, "{words}: no end");
        (cursor, steps) = (after, steps + 1);
        between(client);
    }
}

fn stable(prefix: &str) -> BTreeSet<Vec<u8>> {
    (0..STABLE).map(|number| format!("{prefix}{number}").into_bytes()).collect()
}

#[test]
fn scan_finds_every_key_while_others_come_and_go() {
    let server = Server::start(Options::under_test());
    let mut client = server.client();
    client.run_all((0..STABLE).map(|number| format!("SET stable:{number} v")));
    for change in ["nothing", "growth", "removal"] {
        let mut count = 0;
        let found = walk(&mut client, "SCAN CURSOR COUNT 20", |client| {
            let others = count..count + 40;
            match change {
                "growth" => client.run_all(others.map(|n| format!("SET other:{n} v"))),
                "removal" => client.run_all(others.map(|n| format!("DEL other:{n}"))),
                _ => {}
            }
            count += 40;
        });
        let found: BTreeSet<Vec<u8>> = found.into_iter().collect();
        let missed: Vec<_> = stable("stable:").difference(&found).cloned().collect();
        assert!(missed.is_empty(), "{change}: {} keys missed", missed.len());
    }
}

#[test]
fn a_quiet_scan_finds_every_key_once_and_no_other() {
    let server = Server::start(Options::under_test());
    let mut client = server.client();
    client.run_all((0..STABLE).map(|number| format!("SET key:{number} v")));
    client.run_all((0..STABLE).map(|number| format!("HSET hash:{number} f v")));
    let found = walk(&mut client, "SCAN CURSOR MATCH key:* COUNT 50", |_| {});
    assert_eq!(found.len(), STABLE);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), stable("key:"));
    let found = walk(&mut client, "SCAN CURSOR COUNT 50 TYPE hash", |_| {});
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), stable("hash:"));
}

#[test]
fn hscan_finds_every_field_while_others_come_and_go() {
    let server = Server::start(Options::under_test());
    let mut client = server.client();
    client.run_all((0..STABLE).map(|number| format!("HSET h stable:{number} v")));
    let mut count = 0;
    let found = walk(&mut client, "HSCAN h CURSOR COUNT 20", |client| {
        client.run(&format!("HSET h a:{count} v b:{count} v c:{count} v"));
        client.run(&format!("HDEL h a:{}", count / 2));
        count += 1;
    });
    let found: BTreeSet<Vec<u8>> = found.into_iter().step_by(2).collect();
    assert_eq!(stable("stable:").difference(&found).count(), 0);
}
