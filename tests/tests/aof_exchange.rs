//! A data directory written by one server is loaded by the other, both ways.

use std::fs;
use std::path::Path;

use russet_tests::server::POLL;
use russet_tests::{Client, Options, Program, Server, aof, keyspace, skip, tool};
use tempfile::TempDir;

/// A little of everything, on top of what there is much of.
const LINES: &[&str] = &[
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
    "SADD set:4 \"\\x00\\r\\n\" 7 -9223372036854775808",
    "SPOP set:0 20",
    "SPOP set:1",
    "SREM set:2 member:2",
    "SMOVE set:1 set:2 4",
    "SINTERSTORE set:5 set:0 set:1",
    "SUNIONSTORE set:6 set:0 integers:0",
    "SDIFFSTORE set:7 set:0 set:6",
    "SPOP set:7 1000",
    "ZADD sorted:9 INCR 0.1 a",
    "ZADD sorted:9 inf b -inf c 1e300 d 1e-7 e -0 f",
    "ZINCRBY sorted:9 0.2 a",
    "ZADD sorted:0 XX GT CH 10000 member:0",
    "ZPOPMIN sorted:1",
    "ZPOPMAX sorted:1 3",
    "ZMPOP 2 sorted:8 sorted:2 MAX COUNT 5",
    "BZPOPMIN sorted:8 sorted:2 1",
    "BZMPOP 1 1 sorted:3 MIN COUNT 2",
    "ZREMRANGEBYRANK sorted:3 1 2",
    "ZREMRANGEBYSCORE sorted:4 0 50",
    "ZREM sorted:4 member:9 member:14",
    "ZRANGESTORE sorted:10 sorted:0 3 9 REV",
    "ZUNIONSTORE sorted:11 2 sorted:0 set:0 WEIGHTS 0.1 3",
    "ZINTERSTORE sorted:12 2 sorted:0 sorted:11 AGGREGATE MAX",
    "ZDIFFSTORE sorted:13 2 sorted:11 sorted:0",
    "EXPIREAT set:4 33177117420",
    "COPY sorted:0 copied:sorted",
];

fn fill(client: &mut Client) {
    for database in [0, 2, 0] {
        client.run(&format!("SELECT {database}"));
        client.run_all((0..200).map(|n| format!("SET key:{n} \"value\\x00\\r\\n{n}\"")));
        client.run_all((0..200).map(|n| format!("HSET hash:{} field:{n} {n}", n % 7)));
        client.run_all((0..3000).map(|n| format!("RPUSH queue element:{n} {n}")));
        client.run_all((0..500).map(|_| "LPOP queue".to_owned()));
        client.run("LTRIM queue 1 -100");
        client.run("LREM queue -3 element:700");
        client.run_all((0..200).map(|n| format!("SADD integers:{} {n}", n % 3)));
        client.run_all((0..200).map(|n| format!("SADD set:{} member:{n} {n}", n % 3)));
        client.run_all((0..600).map(|n| format!("ZADD sorted:{} {n}.5 member:{n}", n % 5)));
        for line in LINES {
            client.run(line);
        }
    }
}

/// What is in the writer's files when it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    /// An increment of all its commands.
    Commands,
    /// A base in the dump format, written over.
    Dump,
}

/// Makes a server write all it holds into a base file.
fn rewrite(server: &Server) {
    let mut client = server.client();
    let reply = client.run("BGREWRITEAOF");
    assert!(!reply.is_error(), "{reply}");
    let busy = |client: &mut Client| {
        let info = client.run("INFO persistence").to_string();
        info.contains("aof_rewrite_in_progress:1") || info.contains("aof_rewrite_scheduled:1")
    };
    while busy(&mut client) {
        std::thread::sleep(POLL);
    }
}

fn exchange(writer: Program, reader: Program, files: Files) {
    let dir = TempDir::new().expect("a directory");
    let options = |program| Options::of(program).with("appendonly", "yes").in_dir(dir.path());
    let mut server = Server::start(options(writer));
    fill(&mut server.client());
    let written = [0, 2, 5].map(|database| content(&server, database));
    assert!(written[0].len() > 190, "{} keys", written[0].len());
    if files == Files::Dump {
        rewrite(&server);
    }
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    if writer.is_russet() {
        let bytes = fs::read(aof::incremental(dir.path())).expect("an increment");
        let sums = bytes.windows(7).filter(|seven| *seven == b"\r\n#SUM:").count();
        assert!(sums > 10, "{sums} checksums in {} bytes", bytes.len());
    }
    accepted(&dir.path().join("appendonlydir/appendonly.aof.manifest"));

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

/// What redis-check-aof says of the files, if there is one.
fn accepted(manifest: &Path) {
    match tool::run("redis-check-aof".as_ref(), &[manifest], b"") {
        None => skip("there is no redis-check-aof"),
        Some(outcome) => assert!(outcome.success, "{}", outcome.stdout),
    }
}

fn content(server: &Server, database: u8) -> std::collections::BTreeMap<Vec<u8>, keyspace::Entry> {
    let mut client = server.client();
    client.run(&format!("SELECT {database}"));
    keyspace::read(&mut client)
}

#[test]
fn the_oracle_loads_what_we_wrote() {
    exchange(Program::UnderTest, Program::Oracle, Files::Commands);
}

#[test]
fn we_load_what_the_oracle_wrote() {
    exchange(Program::Oracle, Program::UnderTest, Files::Commands);
}

#[test]
fn we_load_what_the_oracle_dumped() {
    exchange(Program::Oracle, Program::UnderTest, Files::Dump);
}
