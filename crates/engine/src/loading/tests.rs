//! A dump loaded by several threads is the dump loaded by one; so is what is wrong with it.

use std::io::Read;

use ::log::{DumpInput, Visitor};
use config::EvictionPolicy;
use config::settings::RedisVersion;
use log::aof::files::simulated::Disk;
use log::aof::files::{Create, Files};
use protocol::OwnedRequest;
use rdb::{Entry, Pieces, ReadOptions, Value, WriteOptions, Writer};

use super::{Loader, Meeting, Rules};
use crate::snapshot::dump_file::dump_path;
use crate::snapshot::load::DumpReport;
use crate::testing::Bench;

const THREADS: [usize; 3] = [1, 2, 4];

/// Loads a dump into an empty node of so many workers. What was loaded, or the error.
fn load(threads: usize, dump: &[u8], rules: Rules) -> (Bench, Result<DumpReport, String>) {
    let bench = Bench::of(threads, Disk::new(), |_| {});
    let mut loader = Loader::new(&bench.node);
    (loader.threads, loader.rules) = (threads, rules);
    loader.on_total(dump.len() as u64);
    let input: DumpInput<'_> = Box::new(dump);
    let mut pieces = Pieces::new(input, ReadOptions::default()).expect("a header");
    let outcome = loader.on_dump(&mut pieces).map_err(|fault| fault.to_string());
    let report = loader.report;
    drop(loader);
    (bench, outcome.map(|_| report))
}

const OF_A_DUMP: Rules =
    Rules { meeting: Meeting::Refuse, libraries: Meeting::Refuse, drop_expired_at: Some(1000) };

fn text(key: impl Into<String>, len: usize) -> Entry {
    Entry::new(key.into().into_bytes(), Value::String(vec![b'x'; len]))
}

fn dump_of(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let options = WriteOptions { compression: false, ..WriteOptions::default() };
    let mut writer = Writer::new(Vec::new(), options).expect("a header");
    for entry in entries {
        writer.entry(&entry).expect("an entry");
    }
    writer.finish().expect("an end")
}

/// Enough for a few dozen pieces.
fn many() -> impl Iterator<Item = Entry> {
    (0..20_000).map(|n| text(format!("key:{n}"), 200))
}

#[test]
fn any_number_of_threads_loads_the_same() {
    let disk = Disk::new();
    let mut source = Bench::on(disk.clone(), |_| {});
    for n in 0..3000 {
        source.run(&format!("SET text:{n} {}", "words ".repeat(20)));
        source.run(&format!("HSET hash:{} field:{n} {n}", n % 900));
        source.run(&format!("ZADD sorted:{} {n} member:{n}", n % 20));
        source.run(&format!("SADD set:{} {n} member:{n}", n % 500));
        source.run(&format!("RPUSH list:{} {n} element:{n}", n % 30));
        source.run(&format!("XADD stream:{} {n}-1 field {n}", n % 100));
        source.run(&format!("SADD big member:{n}"));
    }
    source.run("HPEXPIREAT hash:1 99999999999999 FIELDS 1 field:1");
    source.run("SPEXPIREAT big 99999999999999 MEMBERS 1 member:7");
    source.run("ZPEXPIREAT sorted:1 99999999999999 MEMBERS 1 member:1");
    source.run("PEXPIREAT text:1 99999999999999");
    source.run("SELECT 2");
    source.run("SET elsewhere v");
    let digest = source.run("DEBUG DIGEST");
    assert_eq!(source.run("DEBUG RELOAD"), "+OK\r\n");
    assert_eq!(source.run("DEBUG DIGEST"), digest);
    for threads in THREADS {
        let mut bench = Bench::of(threads, disk.clone(), |_| {});
        let report = bench.node.load_dump().expect("a whole dump").expect("a dump");
        assert_eq!(bench.run("DEBUG DIGEST"), digest, "{threads} threads");
        assert_eq!((report.expired, report.empty), (0, 0));
        let sizes = ["0", "2"].map(|database| {
            bench.run(&format!("SELECT {database}"));
            bench.run("DBSIZE")
        });
        let keys = report.keys - 1;
        assert_eq!(sizes, [format!(":{keys}\r\n"), ":1\r\n".into()]);
    }
}

#[test]
fn a_key_that_comes_twice_is_refused_by_name() {
    for (first, second) in [(0, 19_999), (9_000, 9_100), (19_000, 19_001)] {
        let mut entries: Vec<Entry> = many().collect();
        entries[second].key = entries[first].key.clone();
        // Whatever the two are.
        entries[second].value = Value::List(vec![b"element".to_vec()]);
        let dump = dump_of(entries);
        for threads in THREADS {
            let (_, outcome) = load(threads, &dump, OF_A_DUMP);
            let error = outcome.expect_err("a key that comes twice");
            assert_eq!(error, format!("the key 'key:{first}' is there already"));
        }
    }
}

#[test]
fn the_first_of_several_faults_is_told() {
    let broken = |n: usize| {
        let mut entries: Vec<Entry> = many().collect();
        // A packed hash whose end is cut off below.
        let fields = vec![rdb::HashField::new(vec![b'z'; 9], b"broken".to_vec())];
        entries[n] = Entry::new(format!("bad:{n}").into_bytes(), Value::Hash(fields));
        entries
    };
    for (first, second) in [(100, 19_000), (10_000, 10_001), (18_000, 19_999)] {
        let mut entries = broken(first);
        entries[second] = broken(second)[second].clone();
        let mut dump = dump_of(entries);
        for at in 0..dump.len() - 9 {
            if dump[at..].starts_with(b"zzzzzzzzz") {
                // The back-length of the field's name.
                dump[at + 9] ^= 0x7f;
            }
        }
        let errors = THREADS.map(|threads| load(threads, &dump, OF_A_DUMP).1);
        let first_error = errors[0].as_ref().expect_err("a fault").clone();
        assert!(first_error.contains("wrong back-length"), "{first_error}");
        assert!(errors.iter().all(|it| it.as_ref().err() == Some(&first_error)), "{errors:?}");
    }
}

#[test]
fn a_dump_cut_off_or_changed_is_refused_with_its_offset() {
    let whole = dump_of(many());
    for len in [whole.len() - 1, whole.len() / 2, 200_000, 100] {
        let errors = THREADS.map(|threads| load(threads, &whole[..len], OF_A_DUMP).1);
        let expected = format!("unexpected end of the dump at offset {len}");
        for error in errors {
            assert_eq!(error.expect_err("a short dump"), expected);
        }
    }
    let mut changed = whole.clone();
    changed[1_000_000] ^= 1;
    for threads in THREADS {
        let error = load(threads, &changed, OF_A_DUMP).1.expect_err("a changed dump");
        assert!(error.contains("CRC error"), "{error}");
    }
}

#[test]
fn what_has_expired_is_left_out_unless_its_record_comes() {
    let entries = (0..9000).map(|n| {
        let mut entry = text(format!("key:{n}"), 50);
        entry.expires_at_ms = Some([999, 1000, 5_000_000_000_000][n % 3]);
        entry
    });
    let dump = dump_of(entries);
    for threads in THREADS {
        let (_, report) = load(threads, &dump, OF_A_DUMP);
        let report = report.expect("a whole dump");
        assert_eq!((report.keys, report.expired), (6000, 3000));
        let of_the_log = Rules { drop_expired_at: None, ..OF_A_DUMP };
        let report = load(threads, &dump, of_the_log).1.expect("a whole dump");
        assert_eq!((report.keys, report.expired), (9000, 0));
    }
}

#[test]
fn of_two_entries_for_one_key_the_later_wins_if_they_may_replace() {
    let mut entries: Vec<Entry> = many().collect();
    entries.push(text("key:0", 3));
    let rules = Rules { meeting: Meeting::Replace, ..OF_A_DUMP };
    for threads in THREADS {
        let (mut bench, report) = load(threads, &dump_of(entries.clone()), rules);
        assert_eq!(report.expect("a whole dump").keys, 20_001);
        assert_eq!(bench.run("GET key:0"), "$3\r\nxxx\r\n");
    }
}

#[test]
fn a_hint_of_more_keys_than_the_file_can_hold_takes_no_room() {
    let options = WriteOptions { checksum: false, ..WriteOptions::default() };
    let mut writer = Writer::new(Vec::new(), options).expect("a header");
    writer.select_db(0).expect("a database");
    writer.resize_db(u64::MAX, 0).expect("a hint");
    writer.entry(&text("key", 10)).expect("an entry");
    let dump = writer.finish().expect("an end");
    let (mut bench, report) = load(2, &dump, OF_A_DUMP);
    assert_eq!(report.expect("a whole dump").keys, 1);
    let (mut other, _) = load(1, &dump_of([text("key", 10)]), OF_A_DUMP);
    let room = |bench: &mut Bench| {
        let stats = bench.run("MEMORY STATS");
        let (_, behind) = stats.split_once("overhead.hashtable.main").expect("a figure");
        behind.lines().nth(1).map(str::to_owned)
    };
    assert_eq!(room(&mut bench), room(&mut other));
}

#[test]
fn what_was_accepted_when_it_was_logged_is_accepted_whoever_is_followed() {
    let mut bench = Bench::with(|settings| {
        settings.compatibility.redis_version = RedisVersion::new(8, 0, 0);
    });
    let mut loader = Loader::new(&bench.node);
    for words in [
        vec!["XADD", "s", "1-1", "a", "1"],
        vec!["XADD", "s", "1-2", "a", "1"],
        vec!["XDEL", "s", "1-2"],
        vec!["XSETID", "s", "1-1"],
    ] {
        let request: OwnedRequest = words.iter().map(|word| word.as_bytes()).collect();
        loader.on_request(0, request.as_request()).expect("a request that is taken");
    }
    loader.flush().expect("records that can be carried out");
    drop(loader);
    bench.check(&[(
        "XSETID s 1-1",
        "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
    )]);
}

#[test]
fn a_server_that_ends_gives_up_what_it_is_loading() {
    let dump = dump_of(many());
    for threads in THREADS {
        let bench = Bench::of(threads, Disk::new(), |_| {});
        bench.node.begin_loading();
        bench.node.stop();
        let mut loader = Loader::new(&bench.node);
        loader.threads = threads;
        let mut pieces = Pieces::new(Box::new(&dump[..]) as DumpInput<'_>, ReadOptions::default())
            .expect("a header");
        let given_up = loader.on_dump(&mut pieces).map_err(|fault| fault.to_string());
        assert_eq!(given_up, Err("the server is ending".to_owned()), "{threads} threads");
        assert!(pieces.offset() < dump.len() as u64, "the dump was read to its end");
        assert_eq!(loader.flush(), Err("the server is ending".to_owned()));
    }
}

#[test]
fn a_reload_that_fails_leaves_everything_as_it_was() {
    let disk = Disk::new();
    let mut bench = Bench::on(disk.clone(), |_| {});
    for n in 0..3000 {
        bench.run(&format!("SET old:{n} {}", "words ".repeat(20)));
    }
    bench.check(&[
        ("DEBUG RELOAD", "+OK"),
        ("FLUSHDB", "+OK"),
        ("SELECT 2", "+OK"),
        ("SET b 1", "+OK"),
    ]);
    bench.check(&[("SELECT 0", "+OK"), ("SET a 1 PX 5000", "+OK"), ("SADD s 1 2", ":2")]);
    let code = b"#!lua name=l\nredis.register_function('f', function() return 1 end)";
    assert_eq!(bench.send(0, &[b"FUNCTION", b"LOAD", code]).0, b"$1\r\nl\r\n");
    let path = dump_path(&bench.node.settings());
    let mut dump = Vec::new();
    disk.read(&path).expect("a file").read_to_end(&mut dump).expect("its bytes");
    let last = dump.len() - 1;
    // The checksum at the end: all keys are loaded before that is seen.
    dump[last] ^= 1;
    let file = disk.append_to(&path, Create::Empty).expect("a file");
    assert_eq!(file.append(&dump).expect("room"), dump.len());
    let digest = bench.run("DEBUG DIGEST");
    let unsaved = bench.node.unsaved_changes();
    bench.check(&[
        ("DEBUG RELOAD NOSAVE", "-ERR Error trying to load the RDB dump, check server logs."),
        ("DBSIZE", ":2"),
        ("GET a", "$1 1"),
        ("FCALL f 0", ":1"),
    ]);
    assert_eq!(bench.run("DEBUG DIGEST"), digest);
    assert_eq!(bench.node.keyspace.timed_len(0), 1);
    assert!(bench.node.unsaved_changes() >= unsaved, "the file does not hold what is in memory");
    bench.advance_ms(5000);
    bench.check(&[("GET a", "$-1"), ("DBSIZE", ":1"), ("DEBUG RELOAD", "+OK"), ("DBSIZE", ":1")]);
}

/// A node with this policy, on the disk of others.
fn with_policy(disk: &Disk, policy: EvictionPolicy) -> Bench {
    Bench::on(disk.clone(), |settings| settings.memory.policy = policy)
}

#[test]
fn how_keys_were_used_outlives_a_dump_under_a_policy_that_asks() {
    let disk = Disk::new();
    let mut bench = with_policy(&disk, EvictionPolicy::AllKeysLru);
    bench.check(&[("SET a 1", "+OK"), ("SADD big member", ":1")]);
    for n in 0..70_000 {
        // More than is cut from a dump as a piece.
        bench.run(&format!("SADD big member-of-a-set:{n}"));
    }
    bench.advance_ms(100_000);
    bench.check(&[("GET a", "$1 1"), ("SET b 1", "+OK")]);
    bench.advance_ms(20_000);
    let idle = [("OBJECT IDLETIME a", ":20"), ("OBJECT IDLETIME big", ":120")];
    bench.check(&idle);
    bench.check(&[("DEBUG RELOAD", "+OK")]);
    bench.check(&idle);
    // Whoever evicts by recency, or not at all, keeps the time; by frequency there is none in it.
    for policy in [EvictionPolicy::NoEviction, EvictionPolicy::VolatileLru] {
        let mut other = with_policy(&disk, policy);
        other.node.load_dump().expect("a whole dump");
        // Its clock stands at the start.
        other.check(&idle);
    }
    let mut other = with_policy(&disk, EvictionPolicy::AllKeysLfu);
    other.node.load_dump().expect("a whole dump");
    other.check(&[("OBJECT FREQ a", ":5")]);
    let mut none = with_policy(&Disk::new(), EvictionPolicy::NoEviction);
    none.run("SET a 1");
    none.advance_ms(100_000);
    none.check(&[("DEBUG RELOAD", "+OK"), ("OBJECT IDLETIME a", ":0")]);
}

#[test]
fn how_often_keys_were_used_outlives_a_dump() {
    let disk = Disk::new();
    let mut bench = with_policy(&disk, EvictionPolicy::VolatileLfu);
    bench.run("SET a 1");
    for _ in 0..2000 {
        bench.run("GET a");
    }
    let frequency = |bench: &mut Bench| {
        let reply = bench.run("OBJECT FREQ a");
        reply.trim_start_matches(':').trim_end().parse::<u64>().expect("a number")
    };
    let often = frequency(&mut bench);
    assert!(often > 6, "{often}");
    // Less with every minute, also in the dump.
    bench.advance_ms(120_000);
    bench.check(&[("DEBUG RELOAD", "+OK")]);
    assert_eq!(frequency(&mut bench), often - 2);
    let mut other = with_policy(&disk, EvictionPolicy::AllKeysLfu);
    other.node.load_dump().expect("a whole dump");
    assert_eq!(frequency(&mut other), often - 2);
}
