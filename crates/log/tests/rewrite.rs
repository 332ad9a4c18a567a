//! A new base is written while records keep coming, and the power is cut, or an operation fails, at
//! every single operation. Whatever is found afterwards must load, be a prefix of what was
//! appended, and hold everything that had been promised.

mod support;

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use russet_log::aof::files::simulated::{Disk, Fault, Keep};
use russet_log::aof::files::{Create, File, Files};
use russet_log::{BaseFormat, Hooks, Increment, Log, LogOptions, Policy, Rewrite, Status};
use support::{open, options, record, reload};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Records that a run appends.
const COUNT: u64 = 30;

fn rewriting(disk: &Disk, policy: Policy) -> LogOptions {
    LogOptions { base_format: BaseFormat::Aof, ..options(disk, policy) }
}

/// What a run could have told its clients, as counts of numbers.
#[derive(Debug, Default)]
struct Told {
    released: u64,
    durable: u64,
}

/// A log to which numbers are appended.
struct Work<'d> {
    disk: &'d Disk,
    log: Log,
    offsets: Vec<u64>,
    told: Told,
}

impl Work<'_> {
    fn append(&mut self, count: u64) {
        for _ in 0..count {
            let number = self.offsets.len() as u64;
            self.offsets.push(self.log.append(0, &record(number)));
            if number % 2 == 1 {
                self.log.commit();
            }
            if number % 3 == 2 {
                self.log.upkeep();
            }
            self.look();
        }
    }

    fn look(&mut self) {
        let reached = |limit: u64| {
            let is_reached = |offset: &&u64| **offset <= limit;
            self.offsets.iter().filter(is_reached).count() as u64
        };
        let (released, durable) = (reached(self.log.released()), reached(self.log.durable()));
        self.told.released = self.told.released.max(released);
        self.told.durable = self.told.durable.max(durable);
    }

    /// Writes a base of everything so far while more is appended. False: it came to nothing.
    fn rewrite(&mut self, policy: Policy) -> bool {
        let options = rewriting(self.disk, policy);
        let prepared = Rewrite::prepare(&options, Increment::New, self.log.has_file());
        let Ok(mut rewrite) = prepared else { return false };
        self.append(3);
        let begun = self.log.begin_rewrite(&mut rewrite, &options).is_ok();
        let cut = self.offsets.len() as u64;
        self.append(3);
        let written = begun && write_base(self.disk, &rewrite.base_path(), cut).is_ok();
        self.append(3);
        if written && self.log.finish_rewrite(&rewrite).is_ok() {
            return true;
        }
        self.log.abort_rewrite(&rewrite);
        false
    }
}

fn write_base(disk: &Disk, path: &Path, count: u64) -> io::Result<()> {
    let file = disk.append_to(path, Create::Empty)?;
    for number in 0..count {
        let record = record(number);
        let mut rest = record.as_slice();
        while !rest.is_empty() {
            rest = &rest[file.append(rest)?..];
        }
    }
    file.sync()
}

/// Appends, rewrites twice and appends again.
fn work(disk: &Disk, policy: Policy) -> (Told, usize) {
    let Ok(log) = Log::open(&rewriting(disk, policy), Hooks::none()) else {
        return (Told::default(), 0);
    };
    let mut work = Work { disk, log, offsets: Vec::new(), told: Told::default() };
    work.append(4);
    let mut rewrites = usize::from(work.rewrite(policy));
    work.append(4);
    rewrites += usize::from(work.rewrite(policy));
    work.append(4);
    let Work { log, mut told, offsets, .. } = work;
    if log.close().is_ok() {
        let all = offsets.len() as u64;
        told = Told { released: all, durable: all };
    }
    (told, rewrites)
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
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "{context}: {numbers:?}");
        assert!(numbers.len() as u64 >= promised, "{context}");
        assert!(numbers.len() as u64 <= COUNT, "{context}");
        let log = open(&found, Policy::Always);
        log.append(0, &record(numbers.len() as u64));
        log.close().expect("a healthy disk");
        let next = reload(&found.survivors(Keep::Nothing));
        assert!(next.into_iter().eq(0..=numbers.len() as u64), "{context}");
    }
}

fn every_operation(policy: Policy, fault: Fault) {
    let healthy = Disk::new();
    let (told, rewrites) = work(&healthy, policy);
    assert_eq!((told.durable, rewrites), (COUNT, 2));
    for at in 0..healthy.operations() {
        let disk = Disk::new();
        disk.fault_at(at, fault);
        let (told, _) = work(&disk, policy);
        check(&disk, &told, &format!("{policy:?}, {fault:?} at {at}"));
    }
}

#[test]
fn a_power_cut_at_any_operation_of_a_rewrite_loses_nothing_promised() {
    for policy in [Policy::Always, Policy::EverySecond] {
        every_operation(policy, Fault::PowerCut);
    }
}

#[test]
fn an_error_at_any_operation_of_a_rewrite_loses_nothing_promised() {
    for policy in [Policy::Always, Policy::EverySecond] {
        every_operation(policy, Fault::Error(EIO));
        every_operation(policy, Fault::Short(ENOSPC));
    }
}

#[test]
fn a_rewrite_leaves_one_base_and_one_increment() {
    let disk = Disk::new();
    let (_, rewrites) = work(&disk, Policy::EverySecond);
    assert_eq!(rewrites, 2);
    let layout = support::layout();
    let manifest = layout.read_manifest(&disk).expect("a manifest");
    let expected = "file appendonly.aof.3.base.aof seq 3 type b\n\
                    file appendonly.aof.3.incr.aof seq 3 type i\n";
    assert_eq!(String::from_utf8_lossy(&manifest.to_bytes()), expected);
    for gone in ["appendonly.aof.1.base.aof", "appendonly.aof.2.incr.aof"] {
        assert_eq!(disk.len(&layout.dir().join(gone)).expect("healthy"), None, "{gone}");
    }
}

#[test]
fn a_log_can_be_turned_on_and_off_and_on_while_it_runs() {
    let disk = Disk::new();
    let options = rewriting(&disk, Policy::Always);
    let log = Log::new(Hooks::none());
    let mut work = Work { disk: &disk, log, offsets: Vec::new(), told: Told::default() };
    work.append(3);
    assert_eq!(work.log.released(), u64::MAX);
    assert!(work.rewrite(Policy::Always));
    // Numbers that were appended while it was off are in the base.
    let count = work.offsets.len() as u64;
    work.append(1);
    work.log.upkeep();
    assert!(reload(&disk.survivors(Keep::Nothing)).into_iter().eq(0..=count));
    work.log.turn_off().expect("healthy");
    work.append(2);
    assert!(work.rewrite(Policy::Always));
    let count = work.offsets.len() as u64;
    work.log.close().expect("healthy");
    assert!(reload(&disk.survivors(Keep::Nothing)).into_iter().eq(0..count));
    assert!(Arc::strong_count(&options.files) > 0);
}

/// A disk on which something happens before each renaming.
#[derive(Clone)]
struct Meddling {
    disk: Disk,
    meddle: Arc<Mutex<Option<Meddle>>>,
}

type Meddle = Box<dyn FnMut() + Send>;

impl Files for Meddling {
    fn append_to(&self, path: &Path, create: Create) -> io::Result<Arc<dyn File>> {
        self.disk.append_to(path, create)
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        self.disk.read(path)
    }

    fn len(&self, path: &Path) -> io::Result<Option<u64>> {
        self.disk.len(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if let Some(meddle) = self.meddle.lock().as_mut() {
            meddle();
        }
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.create_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_dir(path)
    }
}

#[test]
fn what_is_promised_while_the_files_are_exchanged_is_in_both() {
    // An operation of the next write: to the old file, to the new one, the syncs, and none.
    for (policy, failing) in [Policy::Always, Policy::EverySecond]
        .into_iter()
        .flat_map(|it| (0..5).map(move |n| (it, n)))
    {
        let disk = Disk::new();
        let files = Meddling { disk: disk.clone(), meddle: Arc::new(Mutex::new(None)) };
        let options = LogOptions { files: Arc::new(files.clone()), ..rewriting(&disk, policy) };
        let log = Arc::new(Log::open(&options, Hooks::none()).expect("a log"));
        let told = Arc::new(Mutex::new(Vec::new()));
        let push = {
            let (log, disk, told) = (Arc::clone(&log), disk.clone(), Arc::clone(&told));
            move |failing: u64| {
                disk.fault_at(disk.operations() + failing, Fault::Error(ENOSPC));
                let number = told.lock().len() as u64;
                told.lock().push(log.append(0, &record(number)));
                log.commit();
                log.upkeep();
            }
        };
        push(99);
        let mut rewrite = Rewrite::prepare(&options, Increment::New, true).expect("files");
        log.begin_rewrite(&mut rewrite, &options).expect("a cut");
        write_base(&disk, &rewrite.base_path(), 1).expect("a base");
        push(99);
        let during = push.clone();
        *files.meddle.lock() = Some(Box::new(move || during(failing)));
        let finished = log.finish_rewrite(&rewrite);
        *files.meddle.lock() = None;
        if finished.is_err() {
            log.abort_rewrite(&rewrite);
        }
        push(99);
        let durable = told.lock().iter().filter(|&&offset| offset <= log.durable()).count();
        let found = reload(&disk.survivors(Keep::Nothing));
        let context = format!("{policy:?}, {failing}: {:?}, {}", log.status(), finished.is_ok());
        assert!(found.len() >= durable, "{context}: {durable} promised, found {found:?}");
        assert!(found.iter().copied().eq(0..found.len() as u64), "{context}: {found:?}");
        if policy == Policy::Always {
            assert_eq!((log.status(), durable), (Status::Working, told.lock().len()), "{context}");
        }
    }
}
