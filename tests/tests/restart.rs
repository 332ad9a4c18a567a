//! The append-only file over an orderly end, a torn tail and damage in the middle.

use russet_tests::server::StartError;
use russet_tests::{Options, Server, aof, keyspace};

fn durable() -> Options {
    Options::under_test().with("appendonly", "yes").with("appendfsync", "always")
}

/// Keys of every type and expiry that must outlive the process.
fn fill(server: &Server) {
    let mut client = server.client();
    client.run_all((0..100).map(|number| format!("SET key:{number} value:{number}")));
    for line in [
        "SET far v PXAT 33177117420123",
        "SET near v EX 100000",
        "SET gone v PX 1",
        "HSET h a 1 b \"\\x00\\r\\n\"",
        "HSET big f \"x\"*100",
        "EXPIRE h 100000",
        "RPUSH list a \"\" b \"x\"*20000",
        "LPOP list",
        "BRPOPLPUSH list other 0",
        "SADD integers 1 -70000 9223372036854775807",
        "SADD set a 1 \"\\x00\\r\\n\"",
        "SPOP set",
        "ZADD sorted 1 a 0.1 b inf c",
        "ZINCRBY sorted 0.2 b",
        "ZPOPMIN sorted",
        "APPEND far w",
        "INCRBYFLOAT float 0.1",
        "DEL key:7",
        "RENAME key:8 renamed",
        "COPY renamed copied",
        "SELECT 3",
        "SET elsewhere v",
        "SELECT 0",
        "MOVE key:9 3",
    ] {
        let reply = client.run(line);
        assert!(!reply.is_error(), "{line}: {reply}");
    }
}

#[test]
fn data_outlives_an_orderly_end() {
    let mut server = Server::start(durable());
    fill(&server);
    let before = keyspace::read(&mut server.client());
    assert!(before.len() > 100, "{} keys", before.len());
    let status = server.terminate();
    assert!(status.success(), "SIGTERM ended it with {status}; its log:\n{}", server.log());
    server.start_again();
    let mut client = server.client();
    let differences = keyspace::differences(&before, &keyspace::read(&mut client), 0);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    client.run("SELECT 3");
    assert_eq!(keyspace::read(&mut client).len(), 2);
}

#[test]
fn data_outlives_shutdown() {
    for command in ["SHUTDOWN", "SHUTDOWN NOSAVE", "shutdown now force"] {
        let mut server = Server::start(durable());
        fill(&server);
        let before = keyspace::read(&mut server.client());
        let mut client = server.client();
        let refused = client.run("SHUTDOWN SAVE NOSAVE");
        assert_eq!(refused.to_string(), "(error) ERR syntax error");
        let words: Vec<&str> = command.split(' ').collect();
        client.send(&words).expect("a connection");
        let last = client.read_until_closed().expect("a closed connection");
        assert!(last.is_empty(), "{command} is answered with {last:?}");
        let status = server.wait_end();
        assert!(status.success(), "{command} ended it with {status}; its log:\n{}", server.log());
        server.start_again();
        let differences = keyspace::differences(&before, &keyspace::read(&mut server.client()), 0);
        assert!(differences.is_empty(), "{command}: {}", differences.join("\n"));
    }
}

#[test]
fn data_outlives_restarts_in_a_row() {
    let mut server = Server::start(durable());
    for round in 1..=3 {
        assert_eq!(server.client().run("INCR n").integer(), Some(round));
        server.terminate();
        server.start_again();
    }
    assert_eq!(server.client().run("GET n").text(), Some(&b"3"[..]));
}

#[test]
fn a_torn_tail_is_cut_with_a_warning() {
    let mut server = Server::start(durable());
    fill(&server);
    server.client().run("SET last v");
    server.kill9();
    aof::cut(&aof::incremental(&server.dir()), 3).expect("a file to cut");
    server.start_again();
    let log = server.log().to_lowercase();
    assert!(log.contains("truncat"), "no word of it in the log:\n{log}");
    let mut client = server.client();
    assert_eq!(client.run("EXISTS last").integer(), Some(0));
    assert_eq!(client.run("GET key:99").text(), Some(&b"value:99"[..]));
    // The cut file can be written to and read again.
    client.run("SET after v");
    server.terminate();
    server.start_again();
    assert_eq!(server.client().run("EXISTS after key:99").integer(), Some(2));
}

/// Wherever the tail is torn, what was whole before it is kept.
#[test]
fn a_tail_torn_anywhere_keeps_what_stands_before_it() {
    let mut server = Server::start(durable());
    server.client().run("SET first v");
    let record = "*3\r\n$3\r\nSET\r\n$4\r\nlast\r\n$1\r\nv\r\n".len() as u64;
    for count in 1..record {
        server.client().run("SET last v");
        server.kill9();
        aof::cut(&aof::incremental(&server.dir()), count).expect("a file to cut");
        server.start_again();
        let mut client = server.client();
        assert_eq!(client.run("EXISTS first").integer(), Some(1), "{count} bytes cut");
        assert_eq!(client.run("EXISTS last").integer(), Some(0), "{count} bytes cut");
    }
}

#[test]
fn a_torn_tail_is_refused_when_told_so() {
    let mut server = Server::start(durable().with("aof-load-truncated", "no"));
    fill(&server);
    server.kill9();
    let file = aof::incremental(&server.dir());
    aof::cut(&file, 3).expect("a file to cut");
    let length = std::fs::metadata(&file).expect("a file").len();
    refused(&mut server, "Unexpected end of file reading the append only file");
    assert_eq!(std::fs::metadata(&file).expect("a file").len(), length, "the file was changed");
}

#[test]
fn damage_in_the_middle_is_refused() {
    let mut server = Server::start(durable());
    fill(&server);
    server.kill9();
    aof::corrupt_middle(&aof::incremental(&server.dir())).expect("a file to damage");
    refused(&mut server, "Bad file format reading the append only file");
}

fn refused(server: &mut Server, reason: &str) {
    match server.try_start_again() {
        Ok(()) => panic!("it started; its log:\n{}", server.log()),
        Err(StartError::Ended { status, log }) => {
            assert!(!status.success(), "it ended without an error: {status}");
            assert!(log.contains(reason), "{reason:?} is not in the log:\n{log}");
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_log_that_cannot_be_loaded_again_takes_nothing_from_memory() {
    for is_saving in [false, true] {
        let server = Server::start(durable().with("enable-debug-command", "yes"));
        let mut client = server.client();
        fill(&server);
        client.run_all((0..2000).map(|number| format!("SET more:{number} value")));
        if is_saving {
            // Whoever saves has a claim to what is in memory, and does not end by itself.
            client.run("CONFIG SET rdb-key-save-delay 10000000");
            assert!(!client.run("BGSAVE").is_error());
            assert_eq!(client.run("DEBUG LOADAOF").to_string(), "OK");
        }
        let before = keyspace::read(&mut client);
        assert!(before.len() > 2000, "{} keys", before.len());
        aof::corrupt_middle(&aof::incremental(&server.dir())).expect("a damaged increment");
        let refused = client.run("DEBUG LOADAOF").to_string();
        assert!(refused.starts_with("(error) ERR Error trying to load the AOF files"), "{refused}");
        let differences = keyspace::differences(&before, &keyspace::read(&mut client), 0);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert!(!client.run("SET after 1").is_error());
        let is_told = server.log().contains("what it was before the load");
        assert!(is_told || is_saving, "{}", server.log());
    }
}
