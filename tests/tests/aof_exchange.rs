//! A data directory written by one server is loaded by the other, both ways.

use std::time::{Duration, Instant};

use russet_tests::server::POLL;
use russet_tests::{Client, Options, Program, Server, keyspace};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

fn fill(client: &mut Client) {
    for database in [0, 2, 0] {
        client.run(&format!("SELECT {database}"));
        client.run_all((0..200).map(|n| format!("SET key:{n} \"value\\x00\\r\\n{n}\"")));
        client.run_all((0..200).map(|n| format!("HSET hash:{} field:{n} {n}", n % 7)));
        client.run_all((0..3000).map(|n| format!("RPUSH queue element:{n} {n}")));
        client.run_all((0..500).map(|_| "LPOP queue".to_owned()));
        client.run("LTRIM queue 1 -100");
        client.run("LREM queue -3 element:700");
        for line in [
            "SET number 12345678901",
            "INCRBYFLOAT number 0.5",
            "SETRANGE key:1 100 end",
            "APPEND key:2 more",
            "EXPIREAT key:3 33177117420",
            "PEXPIRE key:4 100000000",
            "SET key:5 v EX 100000 GET",
            "GETEX key:6 PXAT 33177117420123",
            "SET key:7 v PX 1",
            "PERSIST key:3",
            "EXPIRE key:8 -1",
            "EXPIREAT hash:1 33177117420",
            "HINCRBY hash:2 field:2 40",
            "HINCRBYFLOAT hash:2 field:9 0.25",
            "HDEL hash:3 field:3",
            "HSETNX hash:3 new v",
            "DEL hash:4 key:9",
            "UNLINK key:10",
            "RENAME key:11 renamed",
            "COPY hash:5 copied",
            "MSETNX x 1 y 2",
            "GETDEL key:12",
            "MOVE key:13 5",
            "LPUSH list a b \"\" c",
            "LINSERT list AFTER b between",
            "LSET list 0 \"long\"*5000",
            "BLPOP none list 0",
            "LMPOP 2 none list RIGHT COUNT 2",
            "BLMOVE list moved LEFT RIGHT 0",
            "BRPOPLPUSH list moved 0",
            "EXPIREAT moved 33177117420",
        ] {
            client.run(line);
        }
    }
}

fn exchange(writer: Program, reader: Program) {
    let dir = TempDir::new().expect("a directory");
    let options = |program| Options::of(program).with("appendonly", "yes").in_dir(dir.path());
    let mut server = Server::start(options(writer));
    fill(&mut server.client());
    let written = [0, 2, 5].map(|database| content(&server, database));
    assert!(written[0].len() > 190, "{} keys", written[0].len());
    assert!(server.terminate().success(), "its log:\n{}", server.log());

    let mut server = Server::start(options(reader));
    for (database, written) in [0, 2, 5].into_iter().zip(&written) {
        let differences = keyspace::differences(written, &content(&server, database), 0);
        assert!(differences.is_empty(), "database {database}:\n{}", differences.join("\n"));
    }
    // The reader goes on with the file, and the writer can read that too.
    server.client().run("SET handed back");
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    let server = Server::start(options(writer));
    assert_eq!(server.client().run("GET handed").text(), Some(&b"back"[..]));
}

fn content(server: &Server, database: u8) -> std::collections::BTreeMap<Vec<u8>, keyspace::Entry> {
    let mut client = server.client();
    client.run(&format!("SELECT {database}"));
    keyspace::read(&mut client)
}

#[test]
fn we_load_the_snapshot_that_the_oracle_rewrote_its_log_to() {
    let dir = TempDir::new().expect("a directory");
    let options = |program| Options::of(program).with("appendonly", "yes").in_dir(dir.path());
    let mut server = Server::start(options(Program::Oracle));
    let mut client = server.client();
    fill(&mut client);
    client.run("BGREWRITEAOF");
    let persistence = |client: &mut Client| client.run("INFO persistence").to_string();
    let end = Instant::now() + PATIENCE;
    while !persistence(&mut client).contains("aof_rewrite_in_progress:0")
        || persistence(&mut client).contains("aof_rewrite_scheduled:1")
    {
        assert!(Instant::now() < end, "the rewrite does not end");
        std::thread::sleep(POLL);
    }
    let written = [0, 2, 5].map(|database| content(&server, database));
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    let server = Server::start(options(Program::UnderTest));
    for (database, written) in [0, 2, 5].into_iter().zip(&written) {
        let differences = keyspace::differences(written, &content(&server, database), 0);
        assert!(differences.is_empty(), "database {database}:\n{}", differences.join("\n"));
    }
}

#[test]
fn the_oracle_loads_what_we_wrote() {
    exchange(Program::UnderTest, Program::Oracle);
}

#[test]
fn we_load_what_the_oracle_wrote() {
    exchange(Program::Oracle, Program::UnderTest);
}
