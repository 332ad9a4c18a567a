//! The data directory as a whole: loading it, and the log that goes on from there. For whoever
//! puts a node together.

use std::sync::Arc;
use std::time::Instant;

use ::log::aof::files::{Files, OsFiles};
use ::log::{
    DumpFault, DumpInput, Hooks, LoadError, LoadOptions, LoadReport, Log, Seal, TornTail, Visitor,
};
use base::clock::Clock;
use config::Settings;
use protocol::Request;
use rdb::{ChecksumCheck, Pieces, ReadOptions};

use crate::{Journal, Level, Loader, Node, Post, log_layout, log_options};

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

fn level_of(level: ::log::Level) -> Level {
    match level {
        ::log::Level::Notice => Level::Notice,
        ::log::Level::Warning => Level::Warning,
    }
}

/// Loads what the data directory holds and goes on logging there, if the settings want a log.
///
/// # Errors
/// The files are damaged or cannot be used: the reason, for the operator.
pub fn begin(node: &Arc<Node>) -> Result<(), String> {
    let settings = node.settings();
    if !settings.aof.enabled {
        return load_dump(node).map(|_| ());
    }
    let report = load(node, &settings, Seal::Yes)?;
    tell(node.journal(), &report);
    let files: Arc<dyn Files> = Arc::new(OsFiles);
    if report.files == 0 && load_dump(node)? == Found::Dump {
        // A directory in which the log was off until now.
        node.begin_log_with_contents()?;
    } else {
        node.log()
            .start(&log_options(&settings, &files, &Clock::system()))
            .map_err(|e| e.to_string())?;
    }
    node.note_log_size();
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Found {
    Dump,
    Nothing,
}

fn load_dump(node: &Arc<Node>) -> Result<Found, String> {
    let begun = Instant::now();
    let found = node.load_dump().map_err(|reason| {
        format!("{reason}\nTerminating server after rdb file reading failure.")
    })?;
    if let Some(report) = found {
        node.journal().notice(format_args!(
            "Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}.",
            report.keys, report.expired, report.empty
        ));
        node.journal().notice(format_args!(
            "DB loaded from disk: {:.3} seconds",
            begun.elapsed().as_secs_f64()
        ));
    }
    Ok(if found.is_some() { Found::Dump } else { Found::Nothing })
}

/// Puts what the data directory holds into the keyspace.
///
/// # Errors
/// The files are damaged: the reason.
pub fn load(node: &Arc<Node>, settings: &Settings, seal: Seal) -> Result<LoadReport, String> {
    let options = load_options(settings, seal);
    let mut loader = Loader::new(node);
    let report = ::log::load(&OsFiles, &log_layout(settings), &options, &mut loader)
        .map_err(|error| error.to_string())?;
    // The last records are carried out only now.
    loader.flush().map_err(|reason| format!("{reason} reading the append only file"))?;
    Ok(report)
}

fn load_options(settings: &Settings, seal: Seal) -> LoadOptions {
    let torn_tail = if settings.aof.load_truncated { TornTail::Cut } else { TornTail::Refuse };
    let checksum = if settings.snapshot.checksum { ChecksumCheck::On } else { ChecksumCheck::Off };
    let dump = ReadOptions { checksum, ..ReadOptions::default() };
    LoadOptions { torn_tail, seal, dump, ..LoadOptions::default() }
}

/// Reads the log from beginning to end, and does nothing with it, nor with its files: others may be
/// appending, so a record that is not whole yet at the end is no fault.
pub(crate) fn check_log(node: &Node) -> Result<(), String> {
    let settings = node.settings();
    let options = LoadOptions { torn_tail: TornTail::Refuse, ..load_options(&settings, Seal::No) };
    let files = node.outside.files.as_ref();
    match ::log::load(files, &log_layout(&settings), &options, &mut Passing) {
        Ok(_) | Err(LoadError::UnexpectedEnd { .. }) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Takes what is loaded, and leaves it.
pub(crate) struct Passing;

impl Visitor for Passing {
    fn on_dump(&mut self, dump: &mut Pieces<DumpInput<'_>>) -> Result<u64, DumpFault> {
        while dump.next_part(Vec::new())?.is_some() {}
        Ok(0)
    }

    fn on_request(&mut self, _database: u32, _request: Request<'_>) -> Result<(), String> {
        Ok(())
    }
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

/// Brings everything to disk.
pub fn end(node: &Node) {
    if let Err(error) = node.log().close() {
        node.journal().warning(format_args!("Error closing the append only file: {error}"));
    }
}
