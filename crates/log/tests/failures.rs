//! A disk that refuses and comes back: what the log says meanwhile, and what is in the file then.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use russet_log::aof::files::simulated::{Disk, Keep};
use russet_log::{Hooks, Level, Log, Policy, Status};
use support::{open, options, record, reload};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// A log on a disk, with what it said and how often it woke the workers.
struct Bench {
    disk: Disk,
    log: Log,
    notices: Arc<Mutex<Vec<(Level, String)>>>,
    wakes: Arc<AtomicUsize>,
}

impl Bench {
    fn new(policy: Policy) -> Bench {
        let (disk, notices) = (Disk::new(), Arc::new(Mutex::new(Vec::new())));
        let wakes = Arc::new(AtomicUsize::new(0));
        let (heard, woken) = (notices.clone(), wakes.clone());
        let hooks = Hooks {
            notices: Arc::new(move |level, text| heard.lock().push((level, text.to_owned()))),
            wake: Arc::new(move || {
                woken.fetch_add(1, Ordering::Relaxed);
            }),
        };
        let log = Log::open(&options(&disk, policy), hooks).expect("a log");
        Bench { disk, log, notices, wakes }
    }

    fn write(&self, number: u64) -> u64 {
        let offset = self.log.append(0, &record(number));
        self.log.commit();
        offset
    }

    fn wakes(&self) -> usize {
        self.wakes.load(Ordering::Relaxed)
    }

    fn warnings(&self) -> Vec<String> {
        let notices = self.notices.lock();
        let warnings = notices.iter().filter(|(level, _)| *level == Level::Warning);
        warnings.map(|(_, text)| text.clone()).collect()
    }
}

fn failed(error: &str, lasting: bool) -> Status {
    Status::Failed { error: error.to_owned(), lasting }
}

#[test]
fn a_full_disk_is_reported_and_outlived() {
    for policy in [Policy::EverySecond, Policy::No, Policy::Always] {
        let bench = Bench::new(policy);
        let first = bench.write(0);
        bench.log.upkeep();
        assert_eq!(bench.log.released(), first);
        let wakes = bench.wakes();

        bench.disk.break_appends(Some(ENOSPC));
        let second = bench.write(1);
        bench.log.upkeep();
        bench.log.upkeep();
        assert_eq!(bench.log.status(), failed("No space left on device", false));
        assert_eq!((bench.log.released(), bench.log.pending_bytes()), (first, second - first));
        let expected = ["Error writing to the AOF file: No space left on device"];
        assert_eq!(bench.warnings(), expected, "said once, not at every attempt");
        let third = bench.write(2);
        assert_eq!(bench.wakes(), wakes);

        bench.disk.break_appends(None);
        bench.log.upkeep();
        assert_eq!(bench.log.status(), Status::Working);
        assert_eq!((bench.log.released(), bench.wakes()), (third, wakes + 1));
        bench.write(3);
        bench.log.close().expect("a healthy disk");
        assert_eq!(reload(&bench.disk), [0, 1, 2, 3]);
    }
}

#[test]
fn a_disk_that_is_full_at_the_end_has_everything_that_was_written() {
    let bench = Bench::new(Policy::EverySecond);
    bench.write(0);
    bench.disk.break_appends(Some(ENOSPC));
    bench.log.close().expect("only the checksum of the last records is missing");
    assert_eq!(reload(&bench.disk.survivors(Keep::Nothing)), [0]);
}

#[test]
fn under_always_a_failed_sync_is_made_good_by_writing_again() {
    let bench = Bench::new(Policy::Always);
    let first = bench.write(0);
    bench.log.upkeep();
    bench.disk.break_syncs(Some(EIO));
    let second = bench.write(1);
    bench.log.upkeep();
    assert_eq!(bench.log.status(), failed("Input/output error", false));
    assert_eq!(bench.log.durable(), first);
    // A second sync alone would succeed, and the bytes would still not be there.
    bench.disk.break_syncs(None);
    bench.log.upkeep();
    assert_eq!((bench.log.status(), bench.log.durable()), (Status::Working, second));
    assert_eq!(reload(&bench.disk.survivors(Keep::Nothing)), [0, 1]);
    assert_eq!(reload(&bench.disk), [0, 1], "and not twice");
}

#[test]
fn under_everysec_a_failed_sync_lasts_until_the_log_is_turned_off() {
    let bench = Bench::new(Policy::EverySecond);
    let first = bench.write(0);
    bench.log.upkeep();
    assert_eq!(bench.log.durable(), first);
    bench.write(1);
    bench.disk.break_syncs(Some(EIO));
    bench.log.upkeep();
    bench.disk.break_syncs(None);
    let second = bench.write(2);
    for _ in 0..3 {
        bench.log.upkeep();
    }
    assert_eq!(bench.log.status(), failed("Input/output error", true));
    assert_eq!((bench.log.durable(), bench.log.released()), (first, second));
    // It must not become good by a change of policy either.
    bench.log.set_policy(Policy::Always);
    bench.log.upkeep();
    assert_eq!(bench.log.durable(), first);
    bench.log.turn_off().expect_err("what the sync has lost is not on disk");
    assert_eq!((bench.log.status(), bench.log.released()), (Status::Working, u64::MAX));
    assert_eq!(bench.log.append(0, b"lost"), second);
}

#[test]
fn the_policy_changes_what_is_released() {
    let bench = Bench::new(Policy::Always);
    let first = bench.write(0);
    assert_eq!((bench.log.released(), bench.log.pending_bytes()), (0, first));
    bench.log.set_policy(Policy::EverySecond);
    assert_eq!((bench.log.released(), bench.log.durable()), (first, 0));
    let second = bench.write(1);
    assert_eq!(bench.log.released(), second);
    bench.log.set_policy(Policy::Always);
    assert_eq!(bench.log.released(), 0);
    bench.log.upkeep();
    assert_eq!(bench.log.released(), second);
    assert_eq!(reload(&bench.disk.survivors(Keep::Nothing)), [0, 1]);
}

#[test]
fn a_failure_after_a_change_of_policy_rolls_back_only_what_is_still_known() {
    let bench = Bench::new(Policy::Always);
    bench.write(0);
    bench.disk.break_syncs(Some(EIO));
    bench.log.set_policy(Policy::EverySecond);
    bench.write(1);
    bench.log.set_policy(Policy::Always);
    bench.write(2);
    bench.log.upkeep();
    assert_eq!(bench.log.status(), failed("Input/output error", true));
    bench.disk.break_syncs(None);
    bench.log.upkeep();
    assert_eq!(bench.log.durable(), 0);
    assert_eq!(reload(&bench.disk), [0, 1, 2]);
}

#[test]
fn a_log_that_is_off_takes_nothing_and_holds_nothing_back() {
    let log = Log::off();
    assert!(!log.is_on());
    assert_eq!((log.append(0, b"x"), log.commit(), log.pending_bytes()), (0, u64::MAX, 0));
    let disk = Disk::new();
    let log = open(&disk, Policy::No);
    log.append(1, &record(0));
    log.turn_off().expect("a healthy disk");
    assert_eq!(reload(&disk.survivors(Keep::Nothing)), [0]);
}

#[test]
fn a_lone_client_s_record_is_synced_at_once_on_a_fast_disk() {
    let bench = Bench::new(Policy::Always);
    let first = bench.log.append(0, &record(0));
    assert_eq!((bench.log.commit_alone(), bench.log.durable()), (first, first));
    assert_eq!(bench.wakes(), 0);
    bench.log.append(0, &record(1));
    let second = bench.log.append(0, &record(2));
    assert_eq!(bench.log.commit_alone(), first, "with two the syncer may gather more");
    bench.log.upkeep();
    assert_eq!(bench.log.durable(), second);

    bench.disk.break_syncs(Some(EIO));
    bench.log.append(0, &record(3));
    assert_eq!(bench.log.commit_alone(), second);
    assert_eq!(bench.log.status(), failed("Input/output error", false));
    bench.disk.break_syncs(None);
    bench.log.upkeep();
    assert_eq!(reload(&bench.disk.survivors(Keep::Nothing)), [0, 1, 2, 3]);
}
