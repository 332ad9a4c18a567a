//! What is created, adopted, deleted and refused when a directory is loaded and opened, on a real
//! file system and on a simulated one.

mod support;

use std::path::Path;
use std::sync::Arc;

use base::clock::Clock;
use russet_log::aof::files::OsFiles;
use russet_log::aof::files::simulated::{Disk, Keep};
use russet_log::aof::manifest::Manifest;
use russet_log::{
    BaseFormat, History, Hooks, Layout, LoadError, LoadOptions, Log, LogOptions, OpenError, Policy,
    Timestamps, TornTail, Upkeep, load,
};
use support::{Numbers, layout, open, options, record, reload, try_reload};

const DIR: &str = "/data/appendonlydir";
const OLD: &str = "/data/appendonly.aof";

fn path(name: &str) -> std::path::PathBuf {
    Path::new(DIR).join(name)
}

fn text(disk: &Disk, name: &str) -> String {
    String::from_utf8(disk.content(&path(name)).expect("the file")).expect("text")
}

/// The lines of the manifest, whose checksum is right.
fn manifest_lines(disk: &Disk) -> String {
    let bytes = disk.content(&path("appendonly.aof.manifest")).expect("the file");
    let manifest = Manifest::parse(&bytes).expect("a manifest");
    assert_eq!(manifest.to_file(), bytes);
    String::from_utf8(manifest.to_bytes()).expect("text")
}

fn records(numbers: std::ops::Range<u64>) -> Vec<u8> {
    numbers.flat_map(record).collect()
}

fn manifest(disk: &Disk, text: &str) {
    disk.put(&path("appendonly.aof.manifest"), text.as_bytes());
}

#[test]
fn a_fresh_start_makes_a_base_an_increment_and_a_manifest() {
    for (format, suffix) in [(BaseFormat::Rdb, "rdb"), (BaseFormat::Aof, "aof")] {
        let disk = Disk::new();
        let options = LogOptions { base_format: format, ..options(&disk, Policy::No) };
        assert_eq!(reload(&disk), []);
        Log::open(&options, Hooks::none()).expect("a log").close().expect("a healthy disk");
        let expected = format!(
            "file appendonly.aof.1.base.{suffix} seq 1 type b\n\
             file appendonly.aof.1.incr.aof seq 1 type i\n"
        );
        let disk = disk.survivors(Keep::Nothing);
        assert_eq!(manifest_lines(&disk), expected);
        let base = disk.content(&path(&format!("appendonly.aof.1.base.{suffix}"))).expect("a base");
        assert_eq!(base.starts_with(b"REDIS0010"), format == BaseFormat::Rdb);
        assert_eq!(text(&disk, "appendonly.aof.1.incr.aof"), "");
        assert_eq!(reload(&disk), []);
    }
}

#[test]
fn a_real_directory_holds_what_was_appended_by_several_threads() {
    let place = tempfile::tempdir().expect("a directory");
    let layout = Layout {
        data_dir: place.path().to_owned(),
        dir_name: "dir".to_owned(),
        file_name: "with space".to_owned(),
    };
    for (round, policy) in [Policy::Always, Policy::EverySecond, Policy::No].into_iter().enumerate()
    {
        let options = LogOptions {
            layout: layout.clone(),
            policy,
            base_format: BaseFormat::Rdb,
            history: History::Delete,
            upkeep: Upkeep::Thread,
            timestamps: Timestamps::None,
            batch_bytes: 1000,
            clock: Clock::system(),
            files: Arc::new(OsFiles),
        };
        let log = Log::open(&options, Hooks::none()).expect("a log");
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let log = &log;
                scope.spawn(move || {
                    for number in 0..100 {
                        let offset = log.append(worker, &record(number));
                        while log.commit() < offset {
                            std::thread::yield_now();
                        }
                    }
                });
            }
        });
        log.close().expect("a healthy disk");
        let mut numbers = Numbers::default();
        let report = load(&OsFiles, &layout, &LoadOptions::default(), &mut numbers).expect("loads");
        assert_eq!(report.records, 400 * (round as u64 + 1));
        for worker in 0..4 {
            let own = numbers.0.iter().filter(|(database, _)| *database == worker);
            assert!(own.map(|&(_, number)| number).eq((0..=round).flat_map(|_| 0..100)));
        }
    }
    let manifest = std::fs::read_to_string(layout.manifest()).expect("a manifest");
    assert!(manifest.starts_with("file \"with space.1.base.rdb\" seq 1 type b\n"), "{manifest}");
}

#[test]
fn an_old_file_becomes_the_base_wherever_the_move_is_interrupted() {
    let start = Disk::new();
    start.put(Path::new(OLD), &records(0..3));
    let healthy = start.survivors(Keep::Nothing);
    assert_eq!(reload(&healthy), [0, 1, 2]);
    assert_eq!(manifest_lines(&healthy), "file appendonly.aof seq 1 type b\n");
    assert!(healthy.content(Path::new(OLD)).is_none());
    for at in 0..healthy.operations() {
        let disk = start.survivors(Keep::Nothing);
        disk.fault_at(at, russet_log::aof::files::simulated::Fault::PowerCut);
        let _ = try_reload(&disk);
        for keep in [Keep::Nothing, Keep::Everything] {
            let found = disk.survivors(keep);
            assert_eq!(reload(&found), [0, 1, 2], "cut at {at}, {keep:?}");
        }
    }
    let log = open(&healthy, Policy::No);
    log.append(0, &record(3));
    log.close().expect("a healthy disk");
    assert_eq!(reload(&healthy), [0, 1, 2, 3]);
    // An old file beside a directory in use belongs to somebody else.
    healthy.put(Path::new(OLD), b"whatever");
    assert_eq!(reload(&healthy), [0, 1, 2, 3]);
}

#[test]
fn history_is_deleted_and_numbers_go_on() {
    let disk = Disk::new();
    disk.put(&path("h"), b"old");
    disk.put(&path("b"), &records(0..1));
    disk.put(&path("i"), &records(1..2));
    manifest(
        &disk,
        "file b seq 4 type b\nfile h seq 3 type h\nfile gone seq 2 type h\nfile i seq 9 type i\n",
    );
    assert_eq!(reload(&disk), [0, 1]);
    let log = open(&disk, Policy::No);
    log.append(0, &record(2));
    log.close().expect("a healthy disk");
    assert!(disk.content(&path("h")).is_none());
    let left = "file b seq 4 type b\nfile i seq 9 type i\n";
    assert_eq!(manifest_lines(&disk), left);
    assert_eq!(reload(&disk.survivors(Keep::Nothing)), [0, 1, 2]);
}

#[test]
fn only_the_last_file_may_be_torn() {
    let torn = [records(1..2), b"*3\r\n$5\r\nRPU".to_vec()].concat();
    let disk = Disk::new();
    disk.put(&path("b"), &records(0..1));
    disk.put(&path("i"), &torn);
    manifest(&disk, "file b seq 1 type b\nfile i seq 1 type i\n");

    let refuse = LoadOptions { torn_tail: TornTail::Refuse, ..LoadOptions::default() };
    let error = load(&disk, &layout(), &refuse, &mut Numbers::default()).expect_err("torn");
    let said = error.to_string();
    assert!(
        said.starts_with("Unexpected end of file reading the append only file i. You can"),
        "{said}"
    );
    assert_eq!(disk.content(&path("i")).expect("the file"), torn);

    let (numbers, report) = try_reload(&disk).expect("loads");
    assert_eq!((numbers.len(), report.cut_bytes, report.records), (2, 11, 2));
    assert_eq!(disk.survivors(Keep::Nothing).content(&path("i")).expect("cut"), records(1..2));

    disk.put(&path("b"), &torn);
    let error = try_reload(&disk).expect_err("torn in the middle");
    assert!(matches!(error, LoadError::NotLast { ref file, .. } if file == "b"), "{error}");
}

#[test]
fn what_cannot_be_loaded_is_named() {
    let disk = Disk::new();
    manifest(&disk, "file b seq 1 type b\n");
    let said = try_reload(&disk).expect_err("missing").to_string();
    assert_eq!(said, "The append log file b doesn't exist: No such file or directory");

    disk.put(&path("b"), b"REDIS0010\xFAbroken");
    let said = try_reload(&disk).expect_err("a broken dump").to_string();
    assert!(said.starts_with("Error reading the RDB base file b, AOF loading aborted: "), "{said}");

    disk.put(&path("b"), &[records(0..1), b"SET a 1\r\n".to_vec()].concat());
    let error = try_reload(&disk).expect_err("inline text");
    let at = records(0..1).len() as u64;
    assert!(matches!(error, LoadError::Format { offset, .. } if offset == at), "{error}");
    assert!(error.to_string().starts_with("Bad file format reading the append only file b: "));

    manifest(&disk, "");
    assert!(matches!(try_reload(&disk), Err(LoadError::Open(OpenError::Manifest { .. }))));
}

#[test]
fn files_that_no_manifest_names_are_left_alone() {
    for name in ["appendonly.aof.1.incr.aof", "appendonly.aof.1.base.rdb"] {
        let disk = Disk::new();
        disk.put(&path(name), &records(0..9));
        let error = Log::open(&options(&disk, Policy::No), Hooks::none()).err().expect("refused");
        assert!(matches!(error, OpenError::Unclaimed { .. }), "{error}");
        assert_eq!(disk.content(&path(name)).expect("the file"), records(0..9));
    }
}

#[test]
fn what_a_killed_process_left_unsynced_is_synced_when_the_next_one_opens() {
    let disk = Disk::new();
    let log = open(&disk, Policy::EverySecond);
    log.append(0, &record(0));
    log.commit();
    std::mem::forget(log); // killed: nothing is closed
    assert_eq!(reload(&disk.survivors(Keep::Nothing)), []);
    let log = open(&disk, Policy::Always);
    assert_eq!(reload(&disk.survivors(Keep::Nothing)), [0]);
    log.close().expect("a healthy disk");
}
