//! Checksums: any changed bit of an increment is noticed, whatever else still fits together; what
//! has no checksum loads as it always did.

mod support;

use std::path::PathBuf;

use base::clock::Clock;
use russet_log::aof::files::simulated::{Disk, Keep};
use russet_log::{Hooks, LoadError, LoadOptions, Log, LogOptions, Policy, Seal, Timestamps, load};
use support::{Numbers, layout, open, options, record, reload, try_reload};

fn path() -> PathBuf {
    layout().dir().join("appendonly.aof.1.incr.aof")
}

fn content(disk: &Disk) -> Vec<u8> {
    disk.content(&path()).expect("an increment")
}

fn lines(disk: &Disk) -> Vec<String> {
    let bytes = content(disk);
    let lines = bytes.split_inclusive(|&byte| byte == b'\n').filter(|line| line[0] == b'#');
    lines.map(|line| line.escape_ascii().to_string()).collect()
}

/// Writes numbers, with a commit behind each, and closes the file.
fn filled(options: &LogOptions, numbers: std::ops::Range<u64>) {
    let log = Log::open(options, Hooks::none()).expect("a log");
    for number in numbers {
        log.append(0, &record(number));
        log.commit();
    }
    log.close().expect("a healthy disk");
}

fn sealed(disk: &Disk) -> Result<u64, LoadError> {
    let options = LoadOptions { seal: Seal::Yes, ..LoadOptions::default() };
    load(disk, &layout(), &options, &mut Numbers::default()).map(|report| report.records)
}

#[test]
fn every_changed_bit_is_noticed() {
    let disk = Disk::new();
    filled(&options(&disk, Policy::No), 100..120);
    filled(&options(&disk, Policy::No), 120..130);
    let bytes = content(&disk);
    assert!(reload(&disk).into_iter().eq(100..130));
    assert!(lines(&disk).len() > 10, "{:?}", lines(&disk));
    let mut unnoticed = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let found = disk.survivors(Keep::Everything);
            found.put(&path(), &damaged);
            match try_reload(&found) {
                Err(error) => assert!(error.to_string().contains("1.incr.aof"), "{error}"),
                Ok((numbers, report)) => {
                    // Only a line that is the last of its process can be missed: the data is whole.
                    unnoticed += 1;
                    let intact = numbers.iter().map(|&(_, number)| number).eq(100..130);
                    assert!(
                        intact && report.cut_bytes <= 32,
                        "bit {bit} of byte {at}: {numbers:?}"
                    );
                }
            }
        }
    }
    assert!(unnoticed < 100, "{unnoticed}");
}

#[test]
fn a_swap_of_records_or_the_loss_of_a_batch_is_noticed() {
    let disk = Disk::new();
    filled(&options(&disk, Policy::No), 10..30);
    let bytes = content(&disk);
    let text = String::from_utf8(bytes.clone()).expect("text");
    let swapped = text.replace("\r\n11\r\n", "\r\nxx\r\n").replace("\r\n12\r\n", "\r\n11\r\n");
    let swapped = swapped.replace("\r\nxx\r\n", "\r\n12\r\n");
    let second = text.match_indices("#SUM").nth(1).expect("a line").0;
    let first = text.match_indices("#SUM").next().expect("a line").0;
    let without = format!("{}{}", &text[..first], &text[second..]);
    for damaged in [swapped, without] {
        assert_ne!(damaged, text);
        disk.put(&path(), damaged.as_bytes());
        let error = try_reload(&disk).expect_err("damage");
        assert!(matches!(error, LoadError::Format { .. }), "{error}");
        assert!(error.to_string().contains("checksum of "), "{error}");
    }
}

#[test]
fn what_a_killed_process_left_is_sealed_at_the_next_start() {
    let disk = Disk::new();
    let log = open(&disk, Policy::Always);
    log.append(0, &record(0));
    log.upkeep();
    std::mem::forget(log); // killed: nothing is closed
    assert_eq!(lines(&disk), [""; 0]);
    assert_eq!(sealed(&disk).expect("loads"), 1);
    assert_eq!(lines(&disk).len(), 1);
    assert_eq!(sealed(&disk).expect("loads again"), 1);
    assert_eq!(lines(&disk).len(), 1, "once is enough");
    let bytes = content(&disk);
    let mut damaged = bytes.clone();
    let zero = bytes.windows(5).position(|five| five == b"\r\n0\r\n").expect("the number");
    damaged[zero + 2] = b'1';
    disk.put(&path(), &damaged);
    assert!(sealed(&disk).is_err());
}

#[test]
fn a_torn_end_is_cut_and_what_stands_before_it_is_sealed() {
    let disk = Disk::new();
    filled(&options(&disk, Policy::No), 0..3);
    let mut bytes = content(&disk);
    let len = bytes.len();
    bytes.extend(record(3));
    bytes.extend(&record(4)[..9]);
    disk.put(&path(), &bytes);
    assert_eq!(sealed(&disk).expect("loads"), 4);
    assert!(content(&disk).len() > len + record(3).len());
    assert_eq!(reload(&disk), [0, 1, 2, 3]);
}

#[test]
fn a_full_disk_leaves_no_half_of_a_line() {
    let disk = Disk::new();
    filled(&options(&disk, Policy::No), 0..1);
    let bytes = [content(&disk), record(1)].concat();
    disk.put(&path(), &bytes);
    disk.break_appends(Some(28));
    assert_eq!(sealed(&disk).expect("loads"), 2);
    disk.break_appends(None);
    assert_eq!(content(&disk), bytes);
}

#[test]
fn what_redis_appended_is_covered_by_no_line_and_loads() {
    let disk = Disk::new();
    filled(&options(&disk, Policy::No), 0..3);
    let bytes = [content(&disk), record(3), record(4)].concat();
    disk.put(&path(), &bytes);
    filled(&options(&disk, Policy::No), 5..8);
    assert!(lines(&disk).contains(&"#SUM:0:0\\r\\n".to_owned()));
    assert!(reload(&disk).into_iter().eq(0..8));
}

#[test]
fn times_are_noted_once_in_a_second_and_a_batch_is_closed_in_time() {
    let disk = Disk::new();
    let (clock, hands) = Clock::manual(1_700_000_000_000_000);
    let options = LogOptions {
        timestamps: Timestamps::EverySecond,
        batch_bytes: 1 << 20,
        clock,
        ..options(&disk, Policy::EverySecond)
    };
    let log = Log::open(&options, Hooks::none()).expect("a log");
    for number in 0..4 {
        log.append(0, &record(number));
        log.commit();
        if number == 1 {
            hands.advance(std::time::Duration::from_secs(2));
        }
        log.upkeep();
    }
    assert_eq!(lines(&disk), ["#TS:1700000000\\r\\n", "#TS:1700000002\\r\\n"]);
    hands.advance(std::time::Duration::from_secs(4));
    log.upkeep();
    assert_eq!(lines(&disk).len(), 3, "{:?}", lines(&disk));
    log.set_timestamps(Timestamps::None);
    log.append(0, &record(4));
    log.close().expect("a healthy disk");
    assert_eq!(lines(&disk).len(), 4);
    assert_eq!(reload(&disk), [0, 1, 2, 3, 4]);
}
