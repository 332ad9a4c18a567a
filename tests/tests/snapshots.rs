//! Dumps and replicas: what a point in time holds while writers go on, and what others make of it.
//!
//! Writers move amounts between accounts in transactions, so that every moment has the same sum,
//! and only a real moment has it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use russet_tests::server::POLL;
use russet_tests::{Client, Options, Program, Server, keyspace, skip, tool};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
const ACCOUNTS: usize = 3000;
const AMOUNT: i64 = 100;

fn info(client: &mut Client, section: &str, field: &str) -> String {
    let text = client.run(&format!("INFO {section}"));
    let text = String::from_utf8_lossy(text.text().unwrap_or_default()).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{field}:")));
    line.unwrap_or_else(|| panic!("no {field} in:\n{text}")).to_owned()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what} does not come");
        thread::sleep(POLL);
    }
}

fn save(client: &mut Client) {
    let reply = client.run("BGSAVE");
    assert!(!reply.is_error(), "{reply}");
    wait_until("the end of the save", || {
        info(client, "persistence", "rdb_bgsave_in_progress") == "0"
    });
    assert_eq!(info(client, "persistence", "rdb_last_bgsave_status"), "ok");
}

/// Opens the accounts, with other things of every type beside them.
fn fill(client: &mut Client) {
    client.run_all((0..ACCOUNTS).map(|n| format!("SET account:{n} {AMOUNT}")));
    client.run_all((0..400).map(|n| format!("HSET hash:{} field:{n} {n}", n % 7)));
    client.run_all((0..400).map(|n| format!("RPUSH list:{} {n} \"long {n}\"", n % 7)));
    client.run_all((0..400).map(|n| format!("SADD set:{} {n} member:{n}", n % 3)));
    client.run_all((0..400).map(|n| format!("SADD integers {n}")));
    client.run_all((0..400).map(|n| format!("ZADD sorted:{} {n}.25 member:{n}", n % 3)));
    client.run_all((0..50).map(|n| format!("PEXPIREAT account:{n} 33177117420123")));
    client.run("SET text \"\\x00\\xff\\r\\n\"");
    client.run("SETRANGE long 70000 end");
}

/// Moves amounts until told to stop.
fn move_amounts(mut client: Client, mut random: Rng, over: &AtomicBool) -> usize {
    let mut moved = 0;
    while !over.load(Relaxed) {
        let amount = random.i64(1..50);
        let (from, to) = (random.usize(..ACCOUNTS), random.usize(..ACCOUNTS));
        client.run("MULTI");
        client.run(&format!("DECRBY account:{from} {amount}"));
        client.run(&format!("HINCRBY hash:{} moved {amount}", random.usize(..7)));
        client.run(&format!("RPUSH list:{} {amount}", random.usize(..7)));
        client.run(&format!("INCRBY account:{to} {amount}"));
        let reply = client.run("EXEC");
        assert!(!reply.is_error(), "{reply}");
        moved += 1;
    }
    moved
}

/// Runs `body` while amounts are moved.
fn while_moving(server: &Server, body: impl FnOnce()) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|seed| {
                let (client, over) = (server.client(), &over);
                scope.spawn(move || move_amounts(client, Rng::with_seed(seed), over))
            })
            .collect();
        body();
        over.store(true, Relaxed);
        let moved: usize = writers.into_iter().map(|it| it.join().expect("no panic")).sum();
        assert!(moved > 0);
    });
}

fn sum(client: &mut Client) -> i64 {
    let balance = |n| {
        let reply = client.run(&format!("GET account:{n}"));
        let text = String::from_utf8_lossy(reply.text().unwrap_or_default()).into_owned();
        text.parse::<i64>().unwrap_or_else(|_| panic!("account {n}: {reply}"))
    };
    (0..ACCOUNTS).map(balance).sum()
}

fn content(server: &Server) -> BTreeMap<Vec<u8>, keyspace::Entry> {
    keyspace::read(&mut server.client())
}

fn without_log(program: Program, dir: &Path) -> Options {
    Options::of(program).with("appendonly", "no").in_dir(dir)
}

/// What redis-check-rdb says of a dump, if there is one.
fn check_dump(path: &Path) {
    let arguments = [path.as_os_str()];
    match tool::run("redis-check-rdb".as_ref(), &arguments, b"") {
        None => skip("there is no redis-check-rdb"),
        Some(outcome) => {
            assert!(outcome.stdout.contains("RDB looks OK"), "{}", outcome.stdout);
        }
    }
}

#[test]
fn a_dump_taken_under_load_holds_one_moment() {
    let dir = TempDir::new().expect("a directory");
    let mut server = Server::start(without_log(Program::UnderTest, dir.path()));
    fill(&mut server.client());
    let dump = dir.path().join("dump.rdb");
    while_moving(&server, || {
        for _ in 0..3 {
            save(&mut server.client());
            check_dump(&dump);
        }
    });
    assert_eq!(sum(&mut server.client()), ACCOUNTS as i64 * AMOUNT);
    server.kill9();
    for reader in [Program::UnderTest, Program::Oracle] {
        let server = Server::start(without_log(reader, dir.path()));
        assert_eq!(sum(&mut server.client()), ACCOUNTS as i64 * AMOUNT, "{reader:?}");
    }
}

#[test]
fn dumps_are_exchanged_with_redis() {
    for (writer, reader) in
        [(Program::UnderTest, Program::Oracle), (Program::Oracle, Program::UnderTest)]
    {
        let dir = TempDir::new().expect("a directory");
        let mut server = Server::start(without_log(writer, dir.path()));
        fill(&mut server.client());
        let written = content(&server);
        let reply = server.client().run("SAVE");
        assert!(!reply.is_error(), "{reply}");
        assert!(server.terminate().success(), "its log:\n{}", server.log());
        let server = Server::start(without_log(reader, dir.path()));
        let differences = keyspace::differences(&written, &content(&server), 0);
        assert!(differences.is_empty(), "{writer:?}:\n{}", differences.join("\n"));
    }
}

/// Gives every other member of a set and of a sorted set an expiry far away.
fn fill_with_expiring_members(client: &mut Client) {
    client.run_all((0..400).map(|n| format!("SADD s member:{n}")));
    client.run_all((0..400).map(|n| format!("ZADD z {n} member:{n}")));
    client.run_all((0..400).filter(|n| n % 2 == 0).flat_map(|n| {
        let when = format!("33177117420123 MEMBERS 1 member:{n}");
        [format!("SPEXPIREAT s {when}"), format!("ZPEXPIREAT z {when}")]
    }));
}

#[test]
fn redis_loads_members_that_expire_and_keeps_them() {
    let dir = TempDir::new().expect("a directory");
    let mut server = Server::start(without_log(Program::UnderTest, dir.path()));
    let mut client = server.client();
    fill_with_expiring_members(&mut client);
    let payload = client.run("DUMP z").text().expect("a payload").to_vec();
    assert_eq!(client.run("SAVE").to_string(), "OK");
    check_dump(&dir.path().join("dump.rdb"));
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    let server = Server::start(without_log(Program::Oracle, dir.path()));
    let mut client = server.client();
    assert_eq!(client.run("SCARD s").integer(), Some(400));
    assert_eq!(client.run("ZCARD z").integer(), Some(400));
    let restored = client.call(&[&b"RESTORE"[..], b"again", b"0", &payload]);
    assert_eq!(restored.to_string(), "OK");
    assert_eq!(client.run("ZCARD again").integer(), Some(400));
}

#[test]
fn members_that_expire_outlive_rewrites_and_restarts() {
    for preamble in ["yes", "no"] {
        let options = Options::under_test().with("aof-use-rdb-preamble", preamble);
        let mut server = Server::start(options.with("appendonly", "yes"));
        let mut client = server.client();
        fill_with_expiring_members(&mut client);
        assert!(!client.run("BGREWRITEAOF").is_error());
        wait_until("the end of the rewrite", || {
            info(&mut client, "persistence", "aof_rewrite_in_progress") == "0"
        });
        client.run("SPERSIST s MEMBERS 1 member:0");
        client.run("ZPEXPIRE z 1 MEMBERS 1 member:399");
        wait_until("the expiry", || client.run("ZCARD z").integer() == Some(399));
        let digest = client.run("DEBUG DIGEST").to_string();
        server.kill9();
        server.start_again();
        let mut client = server.client();
        assert_eq!(client.run("DEBUG DIGEST").to_string(), digest, "{preamble}");
        let expiries = client.run("SPEXPIRETIME s MEMBERS 3 member:0 member:1 member:2");
        assert_eq!(expiries.to_string(), "[-1, -1, 33177117420123]");
    }
}

#[test]
fn a_save_that_is_killed_leaves_the_dump_before_it() {
    let mut server = Server::start(Options::under_test().with("appendonly", "no"));
    let mut client = server.client();
    client.run_all((0..5000).map(|n| format!("SET key:{n} before")));
    save(&mut client);
    client.run_all((0..5000).map(|n| format!("SET key:{n} after")));
    assert_eq!(client.run("CONFIG SET rdb-key-save-delay 1000").to_string(), "OK");
    assert!(!client.run("BGSAVE").is_error());
    let part = server.dir().join(format!("temp-{}.rdb", server.pid().as_raw_nonzero()));
    wait_until("the temporary file", || part.exists());
    server.kill9();
    server.start_again();
    let mut client = server.client();
    assert_eq!(client.run("DBSIZE").integer(), Some(5000));
    assert_eq!(client.run("GET key:4999").text(), Some(&b"before"[..]));
}

#[test]
fn the_end_of_the_server_saves_what_was_acknowledged() {
    let mut server = Server::start(Options::under_test().with("appendonly", "no"));
    let mut client = server.client();
    client.run("CONFIG SET save \"3600 1\"");
    client.run_all((0..1000).map(|n| format!("SET key:{n} v")));
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    server.start_again();
    assert_eq!(server.client().run("DBSIZE").integer(), Some(1000));
    server.client().run("SET last v");
    server.client().send(&["SHUTDOWN", "NOSAVE"]).expect("it listens");
    server.wait_end();
    server.start_again();
    assert_eq!(server.client().run("DBSIZE").integer(), Some(1000));
}

#[test]
fn a_server_that_is_ended_during_a_save_ends_soon_and_keeps_everything() {
    for save_points in ["", "3600 1"] {
        let mut server = Server::start(Options::under_test().with("appendonly", "no"));
        let mut client = server.client();
        client.run(&format!("CONFIG SET save \"{save_points}\""));
        client.run_all((0..3000).map(|n| format!("SET key:{n} before")));
        save(&mut client);
        client.run_all((0..3000).map(|n| format!("SET key:{n} after")));
        // A save that would last an hour.
        client.run("CONFIG SET rdb-key-save-delay 1000000");
        assert!(!client.run("BGSAVE").is_error());
        let part = server.dir().join(format!("temp-{}.rdb", server.pid().as_raw_nonzero()));
        wait_until("the temporary file", || part.exists());
        if !save_points.is_empty() {
            // Else the last save would last as long.
            client.run("CONFIG SET rdb-key-save-delay 0");
        }
        assert!(server.terminate().success(), "its log:\n{}", server.log());
        assert!(!part.exists(), "nothing of the save is left");
        server.start_again();
        let expected: &[u8] = if save_points.is_empty() { b"before" } else { b"after" };
        assert_eq!(server.client().run("GET key:2999").text(), Some(expected), "{save_points:?}");
        assert_eq!(server.client().run("DBSIZE").integer(), Some(3000));
    }
}

#[test]
fn a_second_interrupt_ends_the_server_without_the_save() {
    let mut server = Server::start(Options::under_test().with("appendonly", "no"));
    let mut client = server.client();
    client.run("CONFIG SET save \"3600 1\"");
    client.run_all((0..1000).map(|n| format!("SET key:{n} v")));
    // A save that would last a quarter of an hour.
    client.run("CONFIG SET rdb-key-save-delay 1000000");
    let part = server.dir().join(format!("temp-{}.rdb", server.pid().as_raw_nonzero()));
    server.interrupt();
    wait_until("the temporary file", || part.exists());
    server.interrupt();
    server.wait_end();
    assert!(!part.exists() && !server.dir().join("dump.rdb").exists());
}

#[test]
fn a_directory_copied_while_the_server_writes_is_loaded() {
    let options = || Options::under_test().with("appendonly", "yes");
    let server = Server::start(options().with("auto-aof-rewrite-percentage", "0"));
    fill(&mut server.client());
    save(&mut server.client());
    while_moving(&server, || {
        for link in [false, true] {
            let copy = TempDir::new_in(server.dir()).expect("a directory");
            let acknowledged = server.client().run("INCR marker").integer().expect("a number");
            copy_files(&server.dir(), copy.path(), link);
            let other = Server::start(options().in_dir(copy.path()));
            assert_eq!(sum(&mut other.client()), ACCOUNTS as i64 * AMOUNT);
            let marker = other.client().run("GET marker").to_string();
            assert_eq!(marker, format!("\"{acknowledged}\""));
        }
    });
}

/// Copies or links what `russet` keeps in a directory; a linked file that is appended to is copied.
fn copy_files(from: &Path, to: &Path, link: bool) {
    std::fs::copy(from.join("dump.rdb"), to.join("dump.rdb")).expect("a dump");
    std::fs::create_dir(to.join("appendonlydir")).expect("a directory");
    for entry in std::fs::read_dir(from.join("appendonlydir")).expect("a directory") {
        let path = entry.expect("an entry").path();
        let target = to.join("appendonlydir").join(path.file_name().expect("a name"));
        let is_whole = path.extension().is_some_and(|it| it == "rdb");
        if link && is_whole {
            std::fs::hard_link(&path, &target).expect("a link");
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// Waits until a replica has all that its master has.
fn wait_for_replica(master: &Server, replica: &Server) {
    let mut own = replica.client();
    wait_until("the link", || info(&mut own, "replication", "master_link_status") == "up");
    let mut client = master.client();
    client.run("SET marker v");
    assert_eq!(client.run("WAIT 1 60000").integer(), Some(1));
}

#[test]
fn a_redis_that_follows_has_the_same_at_the_end() {
    let server = Server::start(Options::under_test().with("appendonly", "no"));
    fill(&mut server.client());
    let replica = Options::oracle().with("replicaof", &format!("127.0.0.1 {}", server.port()));
    let mut replica = Server::start(replica);
    while_moving(&server, || {
        wait_for_replica(&server, &replica);
    });
    wait_for_replica(&server, &replica);
    let differences = keyspace::differences(&content(&server), &content(&replica), 0);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(sum(&mut replica.client()), ACCOUNTS as i64 * AMOUNT);
    let mut client = server.client();
    assert_eq!(info(&mut client, "replication", "connected_slaves"), "1");
    // Its link breaks: it gets what it lacks and no new dump.
    client.run("CLIENT KILL TYPE replica");
    wait_until("the end of the old link", || info(&mut client, "stats", "sync_partial_ok") == "1");
    wait_for_replica(&server, &replica);
    assert_eq!(info(&mut client, "stats", "sync_full"), "1");
    assert!(replica.terminate().success());
    wait_until("its departure", || info(&mut client, "replication", "connected_slaves") == "0");
}

#[test]
fn redis_cli_fetches_a_dump() {
    let server = Server::start(Options::under_test().with("appendonly", "no"));
    fill(&mut server.client());
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("fetched.rdb");
    let port = server.port().to_string();
    let arguments = ["-p".as_ref(), port.as_ref(), "--rdb".as_ref(), path.as_os_str()];
    if tool::run("redis-cli".as_ref(), &arguments, b"").is_none() {
        return skip("there is no redis-cli");
    }
    check_dump(&path);
    std::fs::rename(&path, dir.path().join("dump.rdb")).expect("it is there");
    let other = Server::start(without_log(Program::Oracle, dir.path()));
    let differences = keyspace::differences(&content(&server), &content(&other), 0);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn redis_cli_fetches_functions_alone() {
    const LIBRARY: &str = "#!lua name=one\nredis.register_function('one', function() return 1 end)";
    let server = Server::start(Options::under_test().with("appendonly", "no"));
    let mut client = server.client();
    fill(&mut client);
    client.send(&["FUNCTION", "LOAD", LIBRARY]).expect("it listens");
    assert_eq!(client.read().expect("a reply").to_string(), "\"one\"");
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("dump.rdb");
    let port = server.port().to_string();
    let arguments = ["-p".as_ref(), port.as_ref(), "--functions-rdb".as_ref(), path.as_os_str()];
    if tool::run("redis-cli".as_ref(), &arguments, b"").is_none() {
        return skip("there is no redis-cli");
    }
    check_dump(&path);
    let other = Server::start(without_log(Program::Oracle, dir.path()));
    let mut client = other.client();
    assert_eq!(client.run("DBSIZE").integer(), Some(0));
    assert_eq!(client.run("FCALL one 0").integer(), Some(1));
}

#[test]
fn each_replica_gets_the_parts_that_it_asked_for() {
    const LIBRARY: &str = "#!lua name=one\nredis.register_function('one', function() return 1 end)";
    let server = Server::start(Options::under_test().with("appendonly", "no"));
    let mut client = server.client();
    client.run("SET key:of:data v");
    client.send(&["FUNCTION", "LOAD", LIBRARY]).expect("it listens");
    client.read().expect("a reply");
    // All wait at once; whoever wants the same gets it from one dump.
    let wishes = [None, Some("functions"), Some(""), None, Some("functions")];
    let mut replicas: Vec<_> = wishes
        .iter()
        .map(|wish| {
            let mut replica = server.client();
            if let Some(names) = wish {
                replica.send(&["REPLCONF", "RDB-FILTER-ONLY", names]).expect("it listens");
                assert_eq!(replica.read().expect("a reply").to_string(), "OK");
            }
            replica.send(&["SYNC"]).expect("it listens");
            replica
        })
        .collect();
    for (wish, replica) in wishes.iter().zip(&mut replicas) {
        let line = read_line(replica);
        let len = line.strip_prefix('$').and_then(|len| len.parse().ok()).expect("a length");
        let dump = replica.read_raw(len).expect("a dump");
        let has = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
        assert_eq!(has("key:of:data"), wish.is_none(), "{wish:?}");
        assert_eq!(has("register_function"), *wish != Some(""), "{wish:?}");
    }
    client.run("SET after v");
    for replica in &mut replicas {
        let records = fed(replica, 2);
        assert_eq!(records, ["[\"SELECT\", \"0\"]", "[\"SET\", \"after\", \"v\"]"]);
    }
}

/// Reads up to the end of a line.
fn read_line(client: &mut Client) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.extend(client.read_raw(1).expect("a line"));
        // Signs of life.
        line = if line == b"\n" { Vec::new() } else { line };
    }
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

fn fed(client: &mut Client, count: usize) -> Vec<String> {
    (0..count).map(|_| client.read().expect("a record").to_string()).collect()
}

#[test]
fn a_plain_connection_is_fed_from_exactly_the_cut_on() {
    let server = Server::start(Options::under_test().with("appendonly", "no"));
    let mut writer = server.client();
    writer.run("SET before 1");
    for request in [&["SYNC"][..], &["PSYNC", "?", "-1"]] {
        let mut replica = server.client();
        replica.send(request).expect("it listens");
        if request.len() > 1 {
            let line = read_line(&mut replica);
            assert!(line.starts_with("+FULLRESYNC "), "{line}");
        }
        let line = read_line(&mut replica);
        let len = line.strip_prefix('$').and_then(|len| len.parse().ok()).expect("a length");
        assert!(replica.read_raw(len).expect("a dump").starts_with(b"REDIS"));
        writer.run("SELECT 3");
        for line in ["SET k v PX 100000", "MULTI", "INCR n", "DEL k", "EXEC", "GET k"] {
            writer.run(line);
        }
        writer.run("SELECT 0");
        writer.run("SPOP nothing");
        writer.run("SADD one member");
        writer.run("SPOP one");
        writer.run("PUBLISH channel message");
        let records = fed(&mut replica, 10);
        assert_eq!(records[0], "[\"SELECT\", \"3\"]");
        assert!(records[1].starts_with("[\"SET\", \"k\", \"v\", \"PXAT\""), "{}", records[1]);
        assert_eq!(
            records[2..6].concat(),
            "[\"MULTI\"][\"INCR\", \"n\"][\"DEL\", \"k\"][\"EXEC\"]"
        );
        assert_eq!(records[6..8].concat(), "[\"SELECT\", \"0\"][\"SADD\", \"one\", \"member\"]");
        assert_eq!(records[8], "[\"SREM\", \"one\", \"member\"]");
        assert_eq!(records[9], "[\"PUBLISH\", \"channel\", \"message\"]");
    }
}
