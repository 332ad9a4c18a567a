//! The data directory as the server uses it: loading it, and the log that goes on from there.

use std::sync::Arc;
use std::time::Instant;

use config::{AppendFsync, Settings};
use engine::{Journal, Level, Loader, Node, Post};
use log::aof::files::OsFiles;
use log::{
    BaseFormat, Hooks, Layout, LoadOptions, LoadReport, Log, LogOptions, Policy, TornTail, Upkeep,
};
use rdb::{ChecksumCheck, ReadOptions};

/// A log that is not started yet. It wakes the workers when replies may go out.
pub fn new_log(journal: &Journal, post: Arc<dyn Post>) -> Log {
    let journal = journal.clone();
    Log::new(Hooks {
        notices: Arc::new(move |level, text| {
            journal.write(level_of(level), format_args!("{text}"))
        }),
        wake: Arc::new(move || post.wake_all()),
    })
}

fn level_of(level: log::Level) -> Level {
    match level {
        log::Level::Notice => Level::Notice,
        log::Level::Warning => Level::Warning,
    }
}

fn layout(settings: &Settings) -> Layout {
    Layout {
        data_dir: settings.process.dir.clone().into(),
        dir_name: settings.aof_files.dir_name.clone(),
        file_name: settings.aof_files.file_name.clone(),
    }
}

/// Loads what the data directory holds and goes on logging there, if the settings want a log.
///
/// # Errors
/// The files are damaged or cannot be used: the reason, for the operator.
pub fn begin(node: &Arc<Node>) -> Result<(), String> {
    let settings = node.settings();
    if !settings.aof.enabled {
        return load_dump(node);
    }
    let report = load(node, &settings)?;
    tell(node.journal(), &report);
    let options = LogOptions {
        layout: layout(&settings),
        policy: policy_of(settings.aof.fsync),
        base_format: if settings.aof.rdb_preamble { BaseFormat::Rdb } else { BaseFormat::Aof },
        upkeep: Upkeep::Thread,
        files: Arc::new(OsFiles),
    };
    node.log().start(&options).map_err(|e| e.to_string())?;
    Ok(())
}

fn load_dump(node: &Arc<Node>) -> Result<(), String> {
    let begun = Instant::now();
    if let Some(report) = node.load_dump()? {
        node.journal().notice(format_args!(
            "Done loading RDB, keys loaded: {}, keys expired: {}.",
            report.keys, report.expired
        ));
        node.journal().notice(format_args!(
            "DB loaded from disk: {:.3} seconds",
            begun.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

/// Puts what the data directory holds into the keyspace.
///
/// # Errors
/// The files are damaged: the reason.
pub fn load(node: &Arc<Node>, settings: &Settings) -> Result<LoadReport, String> {
    let torn_tail = if settings.aof.load_truncated { TornTail::Cut } else { TornTail::Refuse };
    let checksum = if settings.snapshot.checksum { ChecksumCheck::On } else { ChecksumCheck::Off };
    let dump = ReadOptions { checksum, ..ReadOptions::default() };
    let options = LoadOptions { torn_tail, dump, ..LoadOptions::default() };
    let mut loader = Loader::new(node);
    let report = log::load(&OsFiles, &layout(settings), &options, &mut loader)
        .map_err(|error| error.to_string())?;
    loader.flush()?;
    Ok(report)
}

fn tell(journal: &Journal, report: &LoadReport) {
    for (level, text) in &report.notices {
        journal.write(level_of(*level), format_args!("{text}"));
    }
    if report.files > 0 {
        journal.notice(format_args!(
            "DB loaded from append only file: {:.3} seconds ({} records, {} dump entries)",
            report.seconds, report.records, report.entries
        ));
    }
}

/// The log's policy for the configured one.
pub fn policy_of(fsync: AppendFsync) -> Policy {
    match fsync {
        AppendFsync::Always => Policy::Always,
        AppendFsync::EverySecond => Policy::EverySecond,
        AppendFsync::No => Policy::No,
    }
}

/// Brings everything to disk.
pub fn end(node: &Node) {
    if let Err(error) = node.log().close() {
        node.journal().warning(format_args!("Error closing the append only file: {error}"));
    }
}
