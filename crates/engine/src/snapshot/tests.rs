//! Dumps of a node, read back by the format's own reader.

use std::io::Read;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use log::aof::files::simulated::{Disk, Fault};
use rdb::{Event, ReadOptions, Reader, Value};

use super::Aim;
use super::serve::Place;
use crate::testing::Bench;

/// Runs `body` while the snapshot thread works, and ends it.
fn with_thread(bench: &mut Bench, body: impl FnOnce(&mut Bench)) {
    let node = Arc::clone(&bench.node);
    let walker = thread::spawn(move || node.serve_snapshots());
    body(bench);
    bench.node.stop();
    walker.join().expect("no panic");
}

fn wait_until_idle(bench: &Bench) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while bench.node.snapshots.running().is_some() {
        assert!(Instant::now() < deadline, "the snapshot does not end");
        thread::yield_now();
    }
}

fn events(bench: &Bench) -> Vec<Event> {
    let path = super::dump_file::dump_path(&bench.node.settings());
    let input = bench.node.outside.files.read(&path).expect("a dump");
    let mut reader = Reader::new(input, ReadOptions::default()).expect("a dump");
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().expect("a whole dump") {
        events.push(event);
    }
    events
}

#[test]
fn save_answers_by_mail_when_the_dump_is_on_disk() {
    let mut bench = Bench::default();
    bench.run("SET a 1");
    bench.run("HSET h f v");
    with_thread(&mut bench, |bench| {
        assert_eq!(bench.run("SAVE"), "");
        wait_until_idle(bench);
        // The answer follows when the dump is known to be there.
        let mut reply = String::new();
        while reply.is_empty() {
            thread::yield_now();
            reply = bench.received(0);
        }
        assert_eq!(reply, "+OK");
        assert_eq!(bench.node.unsaved_changes(), 0);
    });
    let keys = events(&bench).iter().filter(|event| matches!(event, Event::Entry(_))).count();
    assert_eq!(keys, 2);
}

#[test]
fn a_dump_holds_what_was_there_when_bgsave_was_answered() {
    let mut bench = Bench::default();
    for n in 0..3000 {
        bench.run(&format!("SET k{n} before"));
    }
    for n in 0..200 {
        bench.run(&format!("HSET big f{n} {}", "v".repeat(70)));
    }
    with_thread(&mut bench, |bench| {
        bench.check(&[
            ("BGSAVE", "+Background saving started"),
            ("BGSAVE", "-ERR Background save already in progress"),
            ("SAVE", "-ERR Background save already in progress"),
        ]);
        for n in 0..3000 {
            bench.run(&format!("SET k{n} after"));
            bench.run(&format!("SET new{n} x"));
        }
        bench.run("HSET big f0 after");
        bench.run("MULTI");
        bench.run("HSET big f1 after");
        bench.run("EXEC");
        bench.run("FLUSHDB");
        wait_until_idle(bench);
        bench.check(&[("DBSIZE", ":0")]);
    });
    let mut strings = 0;
    for event in events(&bench) {
        let Event::Entry(entry) = event else { continue };
        match entry.value {
            Value::String(text) => {
                assert_eq!(text, b"before");
                strings += 1;
            }
            Value::Hash(fields) => {
                assert_eq!(fields.len(), 200);
                assert!(fields.iter().all(|field| field.value == "v".repeat(70).as_bytes()));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(strings, 3000);
}

#[test]
fn a_scheduled_or_cancelled_save_is_as_said() {
    let mut bench = Bench::with(|settings| settings.testing.key_save_delay_us = 100_000);
    for n in 0..1000 {
        bench.run(&format!("SET k{n} v"));
    }
    let before = bench.run("LASTSAVE");
    with_thread(&mut bench, |bench| {
        bench.check(&[
            ("BGSAVE CANCEL", "-ERR Background saving is currently not in progress or scheduled"),
            ("BGSAVE NOW", "-ERR syntax error"),
            ("BGSAVE SCHEDULE", "+Background saving started"),
            ("BGSAVE CANCEL", "+Background saving cancelled"),
        ]);
        wait_until_idle(bench);
        assert_eq!(bench.run("LASTSAVE"), before);
        assert!(!bench.node.snapshots.is_dump_scheduled());
        bench.check(&[("SET k1 after", "+OK")]);
    });
}

#[test]
fn save_points_begin_a_save_and_a_failure_refuses_writes() {
    let mut bench = Bench::with(|settings| {
        settings.aof.enabled = false;
        settings.snapshot.save_points =
            vec![config::settings::SavePoint { seconds: 10, changes: 2 }];
    });
    bench.run("SET a 1");
    with_thread(&mut bench, |bench| {
        bench.advance_ms(11_000);
        assert_eq!(bench.node.snapshots.running(), None, "one change is not enough");
        bench.run("SET a 2");
        bench.advance_ms(100);
        let deadline = Instant::now() + Duration::from_secs(60);
        while bench.node.unsaved_changes() > 0 {
            assert!(Instant::now() < deadline, "nothing was saved");
            thread::yield_now();
        }
        wait_until_idle(bench);
        bench.run("SELECT 1");
    });
    bench.node.snapshots.figures.last_failed.store(true, std::sync::atomic::Ordering::Relaxed);
    bench.node.note_dump_state();
    assert!(bench.run("SET a 3").starts_with("-MISCONF Redis is configured to save RDB"));
    assert!(bench.run("PING").starts_with("-MISCONF"));
    let mut eval = |text: &str| {
        let (reply, _) = bench.send(0, &[b"EVAL", text.as_bytes(), b"1", b"a"]);
        String::from_utf8_lossy(&reply).into_owned()
    };
    let called = eval("return redis.call('SET', KEYS[1], 3)");
    assert!(called.contains("MISCONF Redis is configured to save RDB"), "{called}");
    assert!(called.contains("stop-writes-on-bgsave-error option"), "{called}");
    let declared = eval("#!lua\nreturn redis.call('SET', KEYS[1], 3)");
    assert!(declared.ends_with("Use 'no-writes' flag for read only scripts.\r\n"), "{declared}");
    assert_eq!(eval("#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])"), "$-1\r\n");
    bench.check(&[("GET a", "$-1"), ("CONFIG SET stop-writes-on-bgsave-error no", "+OK")]);
    bench.check(&[("SET a 3", "+OK"), ("PING", "+PONG")]);
}

#[test]
fn writes_go_on_after_a_save_whose_failure_somebody_was_told() {
    let disk = Disk::new();
    let mut bench = Bench::on(disk.clone(), |settings| settings.aof.enabled = false);
    let fail_next = || disk.fault_at(disk.operations(), Fault::Error(28));
    bench.run("SET a 1");
    with_thread(&mut bench, |bench| {
        fail_next();
        bench.run("SAVE");
        wait_until_idle(bench);
        bench.check(&[("SET a 2", "+OK")]);
        assert!(bench.run("INFO persistence").contains("rdb_last_bgsave_status:ok"));
        fail_next();
        bench.run("BGSAVE");
        wait_until_idle(bench);
        assert!(bench.run("SET a 3").starts_with("-MISCONF"));
        bench.run("SAVE");
        wait_until_idle(bench);
        bench.check(&[("SET a 3", "+OK")]);
    });
}

#[test]
fn nothing_is_to_be_saved_after_a_flush_that_saves() {
    for saves in [true, false] {
        let mut bench = Bench::with(|settings| {
            settings.aof.enabled = false;
            if !saves {
                settings.snapshot.save_points.clear();
            }
        });
        bench.check(&[("SET a 1", "+OK"), ("SET b 1", "+OK"), ("DEL b", ":1")]);
        // Nobody saves yet: it only is to be saved.
        bench.check(&[("FLUSHALL", "+OK")]);
        let shown = |bench: &mut Bench| {
            let info = bench.run("INFO persistence");
            let line = info.lines().find_map(|it| it.strip_prefix("rdb_changes_since_last_save:"));
            line.and_then(|it| it.parse::<u64>().ok()).expect("a number")
        };
        assert_eq!(shown(&mut bench) == 0, saves);
        let before = shown(&mut bench);
        bench.check(&[("SET c 1", "+OK")]);
        assert_eq!(shown(&mut bench), before + 1);
    }
}

#[test]
fn a_snapshot_fails_when_told_to() {
    let mut bench = Bench::with(|settings| {
        settings.aof.enabled = false;
        settings.testing.key_save_delay_us = 60_000_000;
    });
    for n in 0..1000 {
        bench.run(&format!("SET k{n} v"));
    }
    let nothing = "-ERR neither a save nor a rewrite is under way";
    with_thread(&mut bench, |bench| {
        bench.check(&[
            ("DEBUG FAIL-SNAPSHOT", nothing),
            ("BGSAVE", "+Background saving started"),
            ("DEBUG FAIL-SNAPSHOT", "+OK"),
        ]);
        wait_until_idle(bench);
        assert!(bench.run("INFO persistence").contains("rdb_last_bgsave_status:err"));
        bench.check(&[
            ("DEBUG FAIL-SNAPSHOT", nothing),
            ("CONFIG SET rdb-key-save-delay 0", "+OK"),
            ("BGSAVE", "+Background saving started"),
        ]);
        wait_until_idle(bench);
        assert!(bench.run("INFO persistence").contains("rdb_last_bgsave_status:ok"));
        assert!(bench.run("INFO stats").contains("total_forks:2"));
    });
}

#[test]
fn debug_reload_keeps_everything_and_merges_if_asked() {
    let mut bench = Bench::default();
    bench.check(&[("SET a 1", "+OK"), ("HSET h f v", ":1")]);
    bench.run("HEXPIRE h 1000 FIELDS 1 f");
    let digest = bench.run("DEBUG DIGEST");
    bench.check(&[("DEBUG RELOAD", "+OK"), ("HLEN h", ":1"), ("HTTL h FIELDS 1 f", "*1 :1000")]);
    assert_eq!(bench.run("DEBUG DIGEST"), digest);
    bench.check(&[
        ("SET a 2", "+OK"),
        ("SET b 1", "+OK"),
        (
            "DEBUG RELOAD NOSAVE NOFLUSH",
            "-ERR Error trying to load the RDB dump, check server logs.",
        ),
        ("DEBUG RELOAD NOSAVE NOFLUSH MERGE", "+OK"),
        ("GET a", "$1 1"),
        ("GET b", "$1 1"),
        ("DEBUG RELOAD NOSAVE", "+OK"),
        ("GET b", "$-1"),
    ]);
    assert_eq!(bench.node.snapshots.running(), None::<Aim>);
}

#[test]
fn a_library_that_is_there_already_is_replaced_only_if_asked() {
    let mut bench = Bench::default();
    let code = b"#!lua name=l\nredis.register_function('f', function() return 1 end)";
    assert_eq!(bench.send(0, &[b"FUNCTION", b"LOAD", code]).0, b"$1\r\nl\r\n");
    bench.check(&[
        ("DEBUG RELOAD", "+OK"),
        ("FCALL f 0", ":1"),
        ("DEBUG RELOAD NOFLUSH", "-ERR Error trying to load the RDB dump, check server logs."),
        ("DEBUG RELOAD NOFLUSH MERGE", "+OK"),
        ("FCALL f 0", ":1"),
        ("FUNCTION FLUSH", "+OK"),
        ("DEBUG RELOAD", "+OK"),
        ("FCALL f 0", "-ERR Function not found"),
    ]);
}

/// Sets and sorted sets, small and so big that they are dumped in pieces, some of whose members
/// expire.
fn fill_with_expiring_members(bench: &mut Bench) {
    for line in [
        "SADD s 1 2 3",
        "SEXPIRE s 1000 MEMBERS 1 2",
        "SADD t a b",
        "SEXPIRE t 1000 MEMBERS 2 a b",
        "ZADD z 1 a 2 b",
        "ZEXPIRE z 1000 MEMBERS 1 b",
    ] {
        bench.run(line);
    }
    for n in 0..1200 {
        bench.run(&format!("SADD bigset m{n}"));
        bench.run(&format!("ZADD bigsorted {n} m{n}"));
        if n % 3 == 0 {
            bench.run(&format!("SPEXPIRE bigset {} MEMBERS 1 m{n}", 1_000_000 + n));
            bench.run(&format!("ZPEXPIRE bigsorted {} MEMBERS 1 m{n}", 1_000_000 + n));
        }
    }
}

#[test]
fn members_that_expire_come_back_from_a_dump() {
    let mut bench = Bench::default();
    fill_with_expiring_members(&mut bench);
    let digest = bench.run("DEBUG DIGEST");
    bench.check(&[
        ("DEBUG RELOAD", "+OK"),
        ("STTL s MEMBERS 3 1 2 3", "*3 :-1 :1000 :-1"),
        ("ZTTL z MEMBERS 2 a b", "*2 :-1 :1000"),
        ("SCARD bigset", ":1200"),
        ("ZCARD bigsorted", ":1200"),
    ]);
    assert_eq!(bench.run("DEBUG DIGEST"), digest);
    bench.advance_ms(1_000_500);
    bench.check(&[("SCARD s", ":2"), ("EXISTS t", ":0"), ("ZCARD z", ":1")]);
}

#[test]
fn a_dump_with_expiring_members_is_of_the_version_that_redis_7_loads() {
    let mut bench = Bench::default();
    fill_with_expiring_members(&mut bench);
    bench.run("DEBUG RELOAD");
    let mut entries = Vec::new();
    let mut expiring = 0;
    for event in events(&bench) {
        match event {
            Event::Entry(entry) => entries.push(entry.key),
            Event::MemberExpiries(expiries) => {
                // They follow the key they belong to.
                assert_eq!(entries.last(), Some(&expiries.key));
                expiring += expiries.members.len();
            }
            _ => {}
        }
    }
    assert_eq!((entries.len(), expiring), (5, 1 + 2 + 1 + 400 + 400));
    assert!(!bench.node.keyspace.has_field_expiry());
}

#[test]
fn members_expire_while_a_snapshot_is_taken_and_are_in_it() {
    let mut bench = Bench::with(|settings| settings.testing.key_save_delay_us = 20_000);
    for n in 0..60 {
        bench.run(&format!("SET k{n} v"));
    }
    fill_with_expiring_members(&mut bench);
    with_thread(&mut bench, |bench| {
        bench.check(&[("BGSAVE", "+Background saving started")]);
        bench.advance_ms(1_000_500);
        let end = Instant::now() + Duration::from_secs(60);
        while bench.run("EXISTS t") == ":1" {
            assert!(Instant::now() < end, "nothing expires");
            bench.advance_ms(100);
        }
        // A read passes over what it may not remove, or waits for the snapshot to have it.
        assert_eq!(bench.run("ZRANGE z 0 -1"), "*1\r\n$1\r\na\r\n");
        bench.check(&[("CONFIG SET rdb-key-save-delay 0", "+OK")]);
        wait_until_idle(bench);
    });
    let mut members = 0;
    for event in events(&bench) {
        let Event::Entry(entry) = event else { continue };
        match entry.value {
            Value::Set(set) => members += set.len(),
            Value::SortedSet(sorted) => members += sorted.len(),
            _ => {}
        }
    }
    assert_eq!(members, 3 + 2 + 2 + 1200 + 1200);
}

fn wait_for_log(bench: &Bench, is_on: bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let rewrites = || bench.node.snapshots.is_at(Aim::LogBase);
    while bench.node.log.has_file() != is_on || rewrites() != super::Attendance::Absent {
        assert!(Instant::now() < deadline, "the log is not turned on or off");
        thread::yield_now();
    }
}

#[test]
fn the_log_is_turned_on_and_rewritten_while_the_server_runs() {
    for preamble in ["yes", "no"] {
        let mut bench = Bench::with(|settings| settings.aof.enabled = false);
        with_thread(&mut bench, |bench| {
            bench.check(&[
                (&format!("CONFIG SET aof-use-rdb-preamble {preamble}"), "+OK"),
                ("SET before 1", "+OK"),
                ("RPUSH l a b", ":2"),
                ("CONFIG SET appendonly yes", "+OK"),
                // This must not turn it on a second time.
                ("CONFIG SET auto-aof-rewrite-percentage 0", "+OK"),
            ]);
            wait_for_log(bench, true);
            bench.check(&[
                ("SET after 1", "+OK"),
                ("BGREWRITEAOF", "+Background append only file rewriting started"),
            ]);
            wait_for_log(bench, true);
            bench.check(&[("SET last 1", "+OK"), ("CONFIG SET appendonly no", "+OK")]);
            wait_for_log(bench, false);
        });
        let layout = super::log_base::log_layout(&bench.node.settings());
        let manifest = layout.read_manifest(bench.node.outside.files.as_ref()).expect("healthy");
        let suffix = if preamble == "yes" { "rdb" } else { "aof" };
        let base = format!("appendonly.aof.2.base.{suffix}");
        assert_eq!(manifest.base.map(|part| part.name), Some(base.into_bytes()));
        let mut content = Vec::new();
        for part in &manifest.increments {
            let mut file = bench.node.outside.files.read(&layout.part(part)).expect("there");
            file.read_to_end(&mut content).expect("healthy");
        }
        let text = String::from_utf8_lossy(&content);
        assert!(text.contains("last") && !text.contains("after"), "{text}");
    }
}

#[test]
fn nobody_waits_for_a_snapshot_that_waits_for_a_script() {
    let bench = Bench::of(2, Disk::new(), |_| {});
    let (node, gate) = (&bench.node, bench.node.keyspace.gate());
    // A script that does not end.
    let script = gate.enter(1);
    let (began, has_begun) = mpsc::channel();
    let (ended, has_ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            began.send(()).expect("somebody who waits");
            Place::Seat(node.snapshot_seat()).alone(node, |_| ());
        });
        scope.spawn(move || {
            has_begun.recv().expect("a beginning");
            let deadline = Instant::now() + Duration::from_millis(50);
            while Instant::now() < deadline {
                drop(gate.enter(0));
            }
            ended.send(()).expect("somebody who waits");
        });
        let result = has_ended.recv_timeout(Duration::from_secs(20));
        drop(script);
        assert!(result.is_ok(), "a worker cannot go on");
    });
}
