//! BGREWRITEAOF: the log shrinks, nothing is lost, not even what was written meanwhile.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use russet_tests::server::POLL;
use russet_tests::{Client, Options, Program, Reply, Server, keyspace, skip};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("the folder of the log");
    entries.map(|entry| entry.expect("an entry").metadata().map_or(0, |file| file.len())).sum()
}

fn info(client: &mut Client, field: &str) -> String {
    let reply = client.run("INFO persistence");
    let text = String::from_utf8_lossy(reply.text().unwrap_or_default()).into_owned();
    let line =
        text.lines().find_map(|line| line.strip_prefix(&format!("{field}:")).map(str::to_owned));
    line.unwrap_or_else(|| panic!("no {field} in:\n{text}"))
}

/// Says so if the server cannot rewrite its log.
fn cannot_rewrite(server: &Server) -> bool {
    let reply = server.client().run("COMMAND INFO BGREWRITEAOF");
    let is_unknown = reply.items().is_some_and(|found| found == [Reply::Nil]);
    if is_unknown {
        skip("the server does not know BGREWRITEAOF yet");
    }
    is_unknown
}

/// Starts a rewrite and writes until it is over; returns how much was written meanwhile.
fn rewrite_under_load(client: &mut Client) -> usize {
    let reply = client.run("BGREWRITEAOF");
    assert!(!reply.is_error(), "{reply}");
    let (end, mut count) = (Instant::now() + PATIENCE, 0);
    loop {
        client.run(&format!("SET meanwhile:{count} v"));
        client.run("INCR counter");
        count += 1;
        let busy = info(client, "aof_rewrite_in_progress") == "1"
            || info(client, "aof_rewrite_scheduled") == "1";
        if !busy {
            assert_eq!(info(client, "aof_last_bgrewrite_status"), "ok");
            return count;
        }
        assert!(Instant::now() < end, "the rewrite does not end");
        std::thread::sleep(POLL);
    }
}

#[test]
fn a_rewrite_shrinks_the_log_and_loses_nothing() {
    let options = Options::under_test().with("appendonly", "yes").with("appendfsync", "always");
    let mut server = Server::start(options);
    if cannot_rewrite(&server) {
        return;
    }
    let mut client = server.client();
    for round in 0..50 {
        client.run_all((0..100).map(|key| format!("SET key:{key} \"value of round {round}\"")));
        client.run_all((0..100).map(|key| format!("HSET hash:{} field:{key} {round}", key % 5)));
    }
    client.run("EXPIREAT key:1 33177117420");
    client.run("PEXPIREAT hash:1 33177117420123");
    let folder = server.dir().join("appendonlydir");
    let before = bytes_in(&folder);
    let written = rewrite_under_load(&mut client);
    assert!(bytes_in(&folder) < before / 4, "{before} bytes before, {} after", bytes_in(&folder));
    let expected = keyspace::read(&mut client);
    assert!(expected.len() > 100 + written, "{} keys", expected.len());
    server.kill9();
    server.start_again();
    let differences = keyspace::differences(&expected, &keyspace::read(&mut server.client()), 0);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn replaced_files_stay_while_they_are_to_stay() {
    for program in [Program::UnderTest, Program::Oracle] {
        let server = Server::start(Options::of(program).with("appendonly", "yes"));
        let mut client = server.client();
        let folder = server.dir().join("appendonlydir");
        let files = || fs::read_dir(&folder).expect("the folder of the log").count();
        client.run("SET a 1");
        client.run("CONFIG SET aof-disable-auto-gc yes");
        for rewrites in 1..3 {
            client.run("BGREWRITEAOF");
            wait_for(&mut client, "aof_rewrites", &rewrites.to_string());
            wait_for(&mut client, "aof_rewrite_in_progress", "0");
        }
        assert_eq!(files(), 7, "a manifest, three bases, three increments");
        client.run("CONFIG SET aof-disable-auto-gc no");
        let manifest = fs::read_to_string(folder.join("appendonly.aof.manifest"));
        let expected = "file appendonly.aof.3.base.rdb seq 3 type b\n\
                        file appendonly.aof.3.incr.aof seq 3 type i\n";
        let manifest = manifest.expect("a manifest");
        let lines = manifest.split_inclusive('\n').filter(|line| !line.starts_with('#'));
        assert_eq!(lines.collect::<String>(), expected);
        let end = Instant::now() + PATIENCE;
        while files() > 3 {
            assert!(Instant::now() < end, "the files stay");
            std::thread::sleep(POLL);
        }
    }
}

fn wait_for(client: &mut Client, field: &str, value: &str) {
    let end = Instant::now() + PATIENCE;
    while info(client, field) != value {
        assert!(Instant::now() < end, "{field} is not {value}");
        std::thread::sleep(POLL);
    }
}

#[test]
fn the_oracle_loads_a_rewritten_log() {
    for preamble in ["yes", "no"] {
        exchange_rewritten(preamble);
    }
}

fn exchange_rewritten(preamble: &str) {
    let dir = TempDir::new().expect("a directory");
    let options = |program| Options::of(program).with("appendonly", "yes").in_dir(dir.path());
    let mut server =
        Server::start(options(Program::UnderTest).with("aof-use-rdb-preamble", preamble));
    if cannot_rewrite(&server) {
        return;
    }
    let mut client = server.client();
    client
        .run_all((0..500).map(|n| format!("SET key:{n} \"value\\x00 {n}\" PXAT 3317711742{n:04}")));
    client.run_all((0..500).map(|n| format!("HSET hash:{} field:{n} {n}", n % 3)));
    let library = "#!lua name=l\\nredis.register_function('f', function() return 7 end)";
    client.run(&format!("FUNCTION LOAD \"{library}\""));
    rewrite_under_load(&mut client);
    client.run("SET after rewrite");
    let expected = keyspace::read(&mut client);
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    for reader in [Program::Oracle, Program::UnderTest] {
        let mut server = Server::start(options(reader));
        let found = keyspace::read(&mut server.client());
        let differences = keyspace::differences(&expected, &found, 0);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert_eq!(server.client().run("FCALL f 0").integer(), Some(7), "{preamble}");
        assert!(server.terminate().success(), "its log:\n{}", server.log());
    }
}
