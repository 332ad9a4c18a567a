//! The load generator: `russet bench`, and `russet-benchmark` for redis-benchmark's scripts.
//!
//! Reading order: `load.rs` (what a run is), `worker.rs` (the loops), `template.rs` (how requests
//! are made for next to nothing), `replies.rs` (how replies are counted), `report.rs`.
//! `floor.rs` is the opposite number: a server that does nothing but the input and output that
//! every server must do, the limit against which ours is measured.
//!
//! Goals: cost less client CPU per request than the server's, so that one core can load another;
//! tell the truth about latency; print what scripts expect. Not a goal: checking answers, beyond
//! counting errors.

pub mod cli;
pub mod client;
pub mod compat;
pub mod error;
pub mod floor;
pub mod keys;
pub mod load;
pub mod replies;
pub mod report;
pub mod template;
mod worker;
pub mod workload;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::error::BenchError;

/// Runs the tool; the first argument is the name by which it was called.
///
/// A name that ends in `-benchmark` selects redis-benchmark's command line.
pub fn main(args: impl IntoIterator<Item = String>) -> ExitCode {
    let args: Vec<String> = args.into_iter().collect();
    let name = args.first().map(|path| Path::new(path).file_stem().unwrap_or_default());
    let compat = name.is_some_and(|name| name.as_encoded_bytes().ends_with(b"-benchmark"));
    let parsed = if compat {
        compat::Args::try_parse_from(args).map(|args| args.run())
    } else {
        cli::Args::try_parse_from(args).map(|args| args.run())
    };
    match parsed {
        Ok(result) => report_failure(result),
        Err(error) => error.exit(),
    }
}

fn report_failure(result: Result<(), BenchError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
