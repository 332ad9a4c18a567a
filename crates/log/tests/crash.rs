//! The power is cut, or an operation fails, at every single operation of opening, appending and
//! syncing. Whatever is found afterwards must load, be a prefix of what was appended, and hold
//! everything that had been promised.

mod support;

use russet_log::aof::files::simulated::{Disk, Fault, Keep};
use russet_log::{Group, Hooks, Log, Policy};
use support::{open, options, record, reload};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// What a run could have told its clients, as counts of numbers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    appended: u64,
    released: u64,
    durable: u64,
}

/// Opens, appends 0, 1, 2, ... in records and groups, commits after every second, and lets the log
/// sync after every third.
fn work(disk: &Disk, policy: Policy) -> Told {
    let mut told = Told::default();
    let Ok(log) = Log::open(&options(disk, policy), Hooks::none()) else { return told };
    let mut offsets = Vec::new();
    let mut number = 0;
    for turn in 0..12 {
        let database = (turn / 4) as u32;
        if turn % 4 == 3 {
            let mut group = Group::new();
            for step in 0..3 {
                group.push(database + step, &record(number));
                number += 1;
            }
            let offset = log.append_group(&group);
            offsets.extend([offset; 3]);
        } else {
            offsets.push(log.append(database, &record(number)));
            number += 1;
        }
        if turn % 2 == 1 {
            log.commit();
        }
        if turn % 3 == 2 {
            log.upkeep();
        }
        let reached = |limit| offsets.iter().filter(|&&offset| offset <= limit).count() as u64;
        told.released = told.released.max(reached(log.released()));
        told.durable = told.durable.max(reached(log.durable()));
    }
    told.appended = number;
    if log.close().is_ok() {
        (told.released, told.durable) = (number, number);
    }
    told
}

fn check(disk: &Disk, told: &Told, context: &str) {
    for (keep, promised) in [
        (Keep::Nothing, told.durable),
        (Keep::Half, told.durable),
        (Keep::Everything, told.released.max(told.durable)),
    ] {
        let found = disk.survivors(keep);
        let numbers = reload(&found);
        let context = format!("{context}, {keep:?}: {told:?}, found {}", numbers.len());
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "{context}");
        assert!(numbers.len() as u64 >= promised, "{context}");
        assert!(numbers.len() as u64 <= told.appended, "{context}");

        // The next process goes on from there.
        let log = open(&found, Policy::Always);
        log.append(0, &record(numbers.len() as u64));
        log.close().expect("a healthy disk");
        let next = reload(&found.survivors(Keep::Nothing));
        assert!(next.into_iter().eq(0..=numbers.len() as u64), "{context}");
    }
}

fn every_operation(policy: Policy, fault: Fault) {
    let healthy = Disk::new();
    let told = work(&healthy, policy);
    assert_eq!(told.durable, told.appended);
    for at in 0..healthy.operations() {
        let disk = Disk::new();
        disk.fault_at(at, fault);
        let mut told = work(&disk, policy);
        told.appended = told.appended.max(20);
        check(&disk, &told, &format!("{policy:?}, {fault:?} at {at}"));
    }
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_promised() {
    for policy in [Policy::Always, Policy::EverySecond, Policy::No] {
        every_operation(policy, Fault::PowerCut);
    }
}

#[test]
fn an_error_at_any_operation_loses_nothing_promised() {
    for policy in [Policy::Always, Policy::EverySecond, Policy::No] {
        every_operation(policy, Fault::Error(EIO));
        every_operation(policy, Fault::Short(ENOSPC));
    }
}

#[test]
fn two_faults_in_a_row_lose_nothing_promised() {
    for policy in [Policy::Always, Policy::EverySecond] {
        for at in 0..40 {
            let disk = Disk::new();
            disk.fault_at(at, Fault::Short(ENOSPC));
            disk.fault_at(at + 1, Fault::Error(EIO));
            disk.fault_at(at + 2, Fault::Error(EIO));
            let mut told = work(&disk, policy);
            told.appended = 20;
            check(&disk, &told, &format!("{policy:?} at {at}"));
        }
    }
}
