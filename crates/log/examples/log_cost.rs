//! What the log costs: appending, committing, and reading records back.
//!
//! Run it with `cargo run --release -p russet-log --example log_cost`. Prints nanoseconds, and
//! records per second; the files go to a temporary directory.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use base::clock::Clock;
use protocol::Request;
use russet_log::aof::annotations::BATCH_BYTES;
use russet_log::aof::files::OsFiles;
use russet_log::{
    BaseFormat, DumpFault, DumpInput, Group, Hooks, Layout, LoadOptions, Log, LogOptions, Policy,
    Timestamps, Upkeep, Visitor, load,
};

const RECORD: &[u8] = b"*3\r\n$3\r\nSET\r\n$16\r\nkey:000000012345\r\n$36\r\n\
                        abcdefghijklmnopqrstuvwxyz0123456789\r\n";
const ROUNDS: u64 = 4_000_000;

struct Count(u64);

impl Visitor for Count {
    fn on_dump(&mut self, dump: &mut rdb::Pieces<DumpInput<'_>>) -> Result<u64, DumpFault> {
        while dump.next_part(Vec::new())?.is_some() {}
        Ok(0)
    }

    fn on_request(&mut self, database: u32, request: Request<'_>) -> Result<(), String> {
        self.0 += u64::from(database) + request.arg(1).len() as u64;
        Ok(())
    }
}

fn per<T>(label: &str, count: u64, run: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = run();
    let ns = begun.elapsed().as_nanos() as f64 / count as f64;
    println!("{label:44} {ns:9.1} ns  {:8.2} M/s", 1e3 / ns);
    result
}

fn options(place: &std::path::Path, policy: Policy, name: &str) -> LogOptions {
    LogOptions {
        layout: Layout {
            data_dir: place.to_owned(),
            dir_name: name.to_owned(),
            file_name: "appendonly.aof".to_owned(),
        },
        policy,
        base_format: BaseFormat::Rdb,
        upkeep: Upkeep::Thread,
        timestamps: Timestamps::None,
        batch_bytes: BATCH_BYTES,
        clock: Clock::system(),
        files: Arc::new(OsFiles),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let off = Log::off();
    per("is_on, with the log off", ROUNDS, || {
        (0..ROUNDS).filter(|_| black_box(&off).is_on()).count()
    });
    println!("records of {} bytes", RECORD.len());
    let plain = options(place.path(), Policy::No, "plain");
    let log = Log::open(&plain, Hooks::none())?;
    for batch in [1, 16, 64, 1024] {
        let mut appending = 0;
        let mut committing = 0;
        let turns = ROUNDS.min(200_000 * batch) / batch;
        for _ in 0..turns {
            let begun = Instant::now();
            for _ in 0..batch {
                black_box(log.append(0, black_box(RECORD)));
            }
            let middle = Instant::now();
            black_box(log.commit());
            appending += (middle - begun).as_nanos();
            committing += middle.elapsed().as_nanos();
        }
        let append = appending as f64 / (turns * batch) as f64;
        let commit = committing as f64 / turns as f64;
        println!("{batch:5} appends, then a commit: {append:7.1} ns each; commit {commit:8.0} ns");
    }
    per("commit with nothing to do", ROUNDS, || (0..ROUNDS).map(|_| log.commit()).max());
    log.close()?;
    report(&plain, "replay of single records, per record")?;

    let grouped = options(place.path(), Policy::No, "grouped");
    let log = Log::open(&grouped, Hooks::none())?;
    let mut group = Group::new();
    for turn in 0..500_000 {
        for _ in 0..4 {
            group.push(0, RECORD);
        }
        log.append_group(&group);
        group.clear();
        if turn % 64 == 0 {
            log.commit();
        }
    }
    log.close()?;
    report(&grouped, "replay of groups of four, per record")
}

fn report(options: &LogOptions, label: &str) -> Result<(), Box<dyn Error>> {
    let mut count = Count(0);
    for _ in 0..2 {
        let report = load(&OsFiles, &options.layout, &LoadOptions::default(), &mut count);
        let report = report?;
        let ns = report.seconds * 1e9 / report.records as f64;
        let rate = report.bytes as f64 / report.seconds / 1e6;
        println!("{label:44} {ns:9.1} ns  {:8.2} M/s  {rate:6.0} MB/s", 1e3 / ns);
    }
    Ok(())
}
