//! Workers that commit once and then wait to be woken: no wake-up may be lost, whatever the policy
//! does meanwhile, and nothing may be released that is not in the file.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use russet_log::aof::files::simulated::{Disk, Keep};
use russet_log::{Hooks, Log, LogOptions, Policy, Upkeep};
use support::{options, record, reload};

const WORKERS: u64 = 4;
const RECORDS: u64 = 500;
/// Only a lost wake-up takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the workers sleep on.
#[derive(Default)]
struct Door {
    wakes: Mutex<u64>,
    condvar: Condvar,
}

impl Door {
    fn wait(&self, ready: impl Fn() -> bool) {
        let mut wakes = self.wakes.lock();
        while !ready() {
            let lost = self.condvar.wait_for(&mut wakes, PATIENCE).timed_out();
            assert!(!lost || ready(), "nobody was woken");
        }
    }
}

fn start(disk: &Disk, policy: Policy) -> (Log, Arc<Door>) {
    let door = Arc::new(Door::default());
    let inside = door.clone();
    let wake = Arc::new(move || {
        *inside.wakes.lock() += 1;
        inside.condvar.notify_all();
    });
    let options = LogOptions { upkeep: Upkeep::Thread, ..options(disk, policy) };
    let log = Log::open(&options, Hooks { wake, ..Hooks::none() }).expect("a log");
    (log, door)
}

/// Runs the workers, and `meanwhile` again and again until they are done.
fn run(log: &Log, door: &Door, mut meanwhile: impl FnMut()) {
    let left = AtomicUsize::new(WORKERS as usize);
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let left = &left;
            scope.spawn(move || {
                for number in 0..RECORDS {
                    let offset = log.append(0, &record(worker * RECORDS + number));
                    let alone = number % 3 == 0;
                    let released = if alone { log.commit_alone() } else { log.commit() };
                    if released < offset {
                        door.wait(|| log.released() >= offset);
                    }
                }
                left.fetch_sub(1, Ordering::Relaxed);
            });
        }
        while left.load(Ordering::Relaxed) > 0 {
            meanwhile();
            std::thread::yield_now();
        }
    });
}

#[test]
fn under_always_every_worker_is_woken_and_everything_released_is_durable() {
    let disk = Disk::new();
    let (log, door) = start(&disk, Policy::Always);
    run(&log, &door, || ());
    let mut found = reload(&disk.survivors(Keep::Nothing));
    found.sort_unstable();
    assert!(found.into_iter().eq(0..WORKERS * RECORDS));
}

#[test]
fn a_change_of_policy_leaves_nobody_waiting() {
    let disk = Disk::new();
    let (log, door) = start(&disk, Policy::Always);
    let mut policies =
        [Policy::No, Policy::Always, Policy::EverySecond, Policy::Always].iter().cycle();
    run(&log, &door, || log.set_policy(*policies.next().expect("endless")));
    let mut found = reload(&disk);
    found.sort_unstable();
    assert!(found.into_iter().eq(0..WORKERS * RECORDS));
}

#[test]
fn failures_leave_nobody_waiting_and_nothing_twice() {
    let disk = Disk::new();
    let (log, door) = start(&disk, Policy::Always);
    let mut turn = 0;
    run(&log, &door, || {
        turn += 1;
        let errno = (turn % 64 == 0).then_some(5);
        disk.break_syncs(errno.filter(|_| turn % 128 == 0));
        disk.break_appends(errno);
    });
    disk.break_syncs(None);
    disk.break_appends(None);
    log.close().expect("a healthy disk");
    let mut found = reload(&disk.survivors(Keep::Nothing));
    found.sort_unstable();
    assert!(found.into_iter().eq(0..WORKERS * RECORDS));
}
