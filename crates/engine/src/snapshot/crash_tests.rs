//! The power is cut, or an operation fails, at every operation of saving a dump and of the life of
//! a log with a rewrite in it. A node that starts on what is found must have a state that was, and
//! everything that had been promised.

use std::sync::Arc;
use std::thread;

use config::{AppendFsync, Settings};
use log::aof::files::Files;
use log::aof::files::simulated::{Disk, Fault, Keep};
use log::{LoadOptions, LogOptions, Upkeep, load};

use super::log_base::{log_layout, log_options};
use super::serve::Place;
use super::{Aim, Asker, Task};
use crate::loading::Loader;
use crate::testing::Bench;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const FAULTS: [Fault; 3] = [Fault::PowerCut, Fault::Error(EIO), Fault::Short(ENOSPC)];
const KEEPS: [Keep; 3] = [Keep::Nothing, Keep::Half, Keep::Everything];

fn carry_out(bench: &Bench, aim: Aim) -> bool {
    let task = Task { aim, cut: None, asker: Asker::Nobody };
    bench.node.carry_out(task, &Place::Seat(bench.node.snapshot_seat()))
}

/// Keys whose values are all `text`, in more than one write to the disk.
fn fill(bench: &mut Bench, text: &str) {
    for number in 0..20 {
        bench.run(&format!("SET key:{number} {text}{}", "x".repeat(10_000)));
    }
    bench.run(&format!("HSET hash a {text} b {text}"));
}

/// The beginning of all the values in the dump that is found, or nothing if there is no dump.
fn dumped(disk: Disk) -> Option<String> {
    let mut bench = Bench::on(disk, |settings| settings.aof.enabled = false);
    bench.node.load_dump().expect("a whole dump")?;
    let first = bench.run("GETRANGE key:0 0 4").replace("$5\r\n", "");
    for number in 1..20 {
        assert_eq!(bench.run(&format!("GETRANGE key:{number} 0 4")), format!("$5\r\n{first}"));
    }
    bench.check(&[("HMGET hash a b", &format!("*2 $5 {0} $5 {0}", first.trim_end()))]);
    Some(first.trim_end().to_owned())
}

#[test]
fn a_save_that_is_interrupted_leaves_one_of_two_whole_dumps() {
    let begin = |disk: &Disk| {
        let mut bench = Bench::on(disk.clone(), |settings| {
            settings.aof.enabled = false;
            settings.snapshot.compression = false;
        });
        fill(&mut bench, "old..");
        assert!(carry_out(&bench, Aim::Dump));
        fill(&mut bench, "new..");
        bench
    };
    let healthy = Disk::new();
    let bench = begin(&healthy);
    let before = healthy.operations();
    assert!(carry_out(&bench, Aim::Dump));
    let count = healthy.operations() - before;
    assert!(count >= 6, "{count} operations");
    for fault in FAULTS {
        for at in before..before + count {
            let disk = Disk::new();
            let bench = begin(&disk);
            disk.fault_at(at, fault);
            let saved = carry_out(&bench, Aim::Dump);
            for keep in KEEPS {
                let found = dumped(disk.survivors(keep)).expect("one of two dumps");
                let context = format!("{fault:?} at {at}, {keep:?}: saved {saved}, found {found}");
                assert!(found == "new.." || found == "old.." && !saved, "{context}");
            }
        }
    }
}

#[test]
fn the_first_save_leaves_a_whole_dump_or_none() {
    for at in 0..12 {
        let disk = Disk::new();
        let mut bench = Bench::on(disk.clone(), |settings| settings.aof.enabled = false);
        fill(&mut bench, "first");
        disk.fault_at(at, Fault::PowerCut);
        let saved = carry_out(&bench, Aim::Dump);
        for keep in KEEPS {
            let found = dumped(disk.survivors(keep));
            assert!(found.is_some() || !saved, "cut at {at}, {keep:?}");
        }
    }
}

/// What could have been told to clients, as counts of numbers.
#[derive(Debug, Default)]
struct Told {
    carried_out: u64,
    released: u64,
    durable: u64,
}

/// A node with a log that pushes numbers.
struct Pusher {
    disk: Disk,
    bench: Bench,
    offsets: Vec<u64>,
    told: Told,
}

impl Pusher {
    fn new(disk: &Disk, fsync: AppendFsync, preamble: bool) -> Option<Self> {
        let bench = Bench::on(disk.clone(), settings(fsync, preamble));
        let files: Arc<dyn Files> = Arc::new(disk.clone());
        let options = LogOptions {
            upkeep: Upkeep::Caller,
            batch_bytes: 100,
            ..log_options(&bench.node.settings(), &files, &bench.node.outside.clock)
        };
        bench.node.log.start(&options).ok()?;
        Some(Self { disk: disk.clone(), bench, offsets: Vec::new(), told: Told::default() })
    }

    /// Pushes a number to two lists, at once; every third time the log's own thread has its turn.
    fn push(&mut self) {
        let number = self.offsets.len();
        let queue = format!("RPUSH one {number}");
        for request in ["MULTI", &queue, &format!("RPUSH two {number}")] {
            self.bench.run(request);
        }
        // It waits for the walk, as long as that takes.
        let mut reply = String::new();
        while reply.is_empty() {
            thread::yield_now();
            reply = self.bench.run("EXEC");
        }
        if reply.starts_with('*') {
            self.offsets.push(self.bench.node.log.end());
        }
        if number % 3 == 2 {
            self.bench.node.log.upkeep();
        }
        let (released, durable) = (self.bench.node.log.released(), self.bench.node.log.durable());
        self.told.carried_out = self.offsets.len() as u64;
        if self.disk.has_power() {
            let reached = |limit| self.offsets.iter().filter(|&&at| at <= limit).count() as u64;
            self.told.released = self.told.released.max(reached(released));
            self.told.durable = self.told.durable.max(reached(durable));
        }
    }

    /// Rewrites the log while numbers are pushed.
    fn rewrite(&mut self) {
        let node = Arc::clone(&self.bench.node);
        let seat = node.snapshot_seat();
        let task = Task { aim: Aim::LogBase, cut: None, asker: Asker::Nobody };
        let walker = thread::spawn(move || node.carry_out(task, &Place::Seat(seat)));
        for _ in 0..5 {
            self.push();
        }
        walker.join().expect("no panic");
    }
}

fn settings(fsync: AppendFsync, preamble: bool) -> impl Fn(&mut Settings) {
    move |settings| {
        settings.aof.fsync = fsync;
        settings.aof.rdb_preamble = preamble;
    }
}

fn work(disk: &Disk, fsync: AppendFsync, preamble: bool) -> Told {
    let Some(mut pusher) = Pusher::new(disk, fsync, preamble) else { return Told::default() };
    for _ in 0..2 {
        (0..4).for_each(|_| pusher.push());
        pusher.rewrite();
    }
    (0..3).for_each(|_| pusher.push());
    if pusher.bench.node.log.close().is_ok() {
        let all = pusher.told.carried_out;
        pusher.told = Told { carried_out: all, released: all, durable: all };
    }
    pusher.told
}

/// The numbers that a node finds when it starts.
fn found(disk: Disk) -> u64 {
    let mut bench = Bench::on(disk.clone(), |_| {});
    let layout = log_layout(&bench.node.settings());
    let mut loader = Loader::new(&bench.node);
    let loaded = load(&disk, &layout, &LoadOptions::default(), &mut loader);
    loaded.expect("a directory that loads");
    loader.flush().expect("records that can be carried out");
    drop(loader);
    let lists = ["one", "two"].map(|list| bench.run(&format!("LRANGE {list} 0 -1")));
    assert_eq!(lists[0], lists[1], "a transaction is there or not");
    let count = bench.run("LLEN one").trim_start_matches(':').trim_end().parse().expect("a count");
    let numbers: String =
        (0..count).map(|it: u64| format!("${}\r\n{it}\r\n", it.to_string().len())).collect();
    assert_eq!(lists[0], format!("*{count}\r\n{numbers}"));
    count
}

#[test]
fn a_log_that_is_interrupted_has_everything_that_was_promised() {
    for (fsync, preamble) in [
        (AppendFsync::Always, true),
        (AppendFsync::EverySecond, true),
        (AppendFsync::EverySecond, false),
        (AppendFsync::No, false),
    ] {
        let healthy = Disk::new();
        let told = work(&healthy, fsync, preamble);
        assert_eq!((told.carried_out, told.durable), (21, 21));
        // Threads meet as they like, so the last ones may not be reached.
        for (turn, fault) in FAULTS.into_iter().enumerate() {
            for at in (turn as u64 % 2..healthy.operations()).step_by(2) {
                let disk = Disk::new();
                disk.fault_at(at, fault);
                let told = work(&disk, fsync, preamble);
                for keep in KEEPS {
                    let count = found(disk.survivors(keep));
                    // Behind a failed write what is not synced is no longer promised.
                    let promised = match (keep, fault) {
                        (Keep::Everything, Fault::PowerCut) => told.released.max(told.durable),
                        _ => told.durable,
                    };
                    let context = format!("{fsync:?}, {fault:?} at {at}, {keep:?}: {told:?}");
                    assert!(count >= promised, "{context}: found {count}");
                    assert!(count <= told.carried_out, "{context}: found {count}");
                }
            }
        }
    }
}
