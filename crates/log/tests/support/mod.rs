//! What the tests of the log share: names, records that are numbers, and a visitor that counts.
#![allow(dead_code)] // each test uses some of it

use std::path::PathBuf;
use std::sync::Arc;

use base::clock::Clock;
use protocol::Request;
use russet_log::aof::files::Files;
use russet_log::aof::files::simulated::Disk;
use russet_log::{
    BaseFormat, DumpFault, DumpInput, Hooks, Layout, LoadError, LoadOptions, LoadReport, Log,
    LogOptions, Policy, Timestamps, Upkeep, Visitor, load,
};

pub fn layout() -> Layout {
    Layout {
        data_dir: PathBuf::from("/data"),
        dir_name: "appendonlydir".to_owned(),
        file_name: "appendonly.aof".to_owned(),
    }
}

pub fn options(disk: &Disk, policy: Policy) -> LogOptions {
    LogOptions {
        layout: layout(),
        policy,
        base_format: BaseFormat::Rdb,
        upkeep: Upkeep::Caller,
        timestamps: Timestamps::None,
        batch_bytes: 64,
        clock: Clock::manual(0).0,
        files: Arc::new(disk.clone()),
    }
}

pub fn open(disk: &Disk, policy: Policy) -> Log {
    Log::open(&options(disk, policy), Hooks::none()).expect("a log")
}

/// The record that stands for `number`.
pub fn record(number: u64) -> Vec<u8> {
    let digits = number.to_string();
    format!("*3\r\n$5\r\nRPUSH\r\n$4\r\nlist\r\n${}\r\n{digits}\r\n", digits.len()).into_bytes()
}

/// Collects the numbers, with their databases.
#[derive(Default)]
pub struct Numbers(pub Vec<(u32, u64)>);

impl Visitor for Numbers {
    fn on_dump(&mut self, dump: &mut rdb::Pieces<DumpInput<'_>>) -> Result<u64, DumpFault> {
        match dump.next_part(Vec::new())? {
            None => Ok(0),
            Some(_) => {
                let reason = "the base should be empty".to_owned();
                Err(DumpFault::Refused { offset: dump.offset(), reason })
            }
        }
    }

    fn on_request(&mut self, database: u32, request: Request<'_>) -> Result<(), String> {
        let number = request.get(2).and_then(base::number::parse_u64);
        self.0.push((database, number.ok_or("not a number")?));
        Ok(())
    }
}

pub fn try_reload(files: &dyn Files) -> Result<(Vec<(u32, u64)>, LoadReport), LoadError> {
    let mut numbers = Numbers::default();
    let report = load(files, &layout(), &LoadOptions::default(), &mut numbers)?;
    Ok((numbers.0, report))
}

/// The numbers found in the directory.
pub fn reload(files: &dyn Files) -> Vec<u64> {
    let (numbers, _) = try_reload(files).expect("a directory that loads");
    numbers.into_iter().map(|(_, number)| number).collect()
}
