//! One ordered stream of effects, and the append-only file as its first reader.
//!
//! A [`Log`] takes finished records (RESP requests that repeat the effect of a write) from the
//! workers, in an order that is a legal serial order of the keyspace, and brings them to disk as
//! the chosen [`Policy`] promises. [`load`] reads a directory back and hands its contents upwards.
//!
//! Goals: appending costs a worker nanoseconds; what was acknowledged survives as promised; the
//! files are Redis 7's, so that it loads ours and we load its; a failed disk is reported and
//! outlived, never papered over.
//!
//! Not here: what a record means, the keyspace, sockets, what goes into a base.
//!
//! Reading order: `record.rs`, `stream.rs`, `log.rs`, then `aof/`.

pub mod aof;
mod log;
mod record;
mod stream;

use std::sync::Arc;

pub use aof::directory::{BaseFormat, Layout, OpenError};
pub use aof::load::{
    DumpFault, DumpInput, LoadError, LoadOptions, LoadReport, Seal, TornTail, Visitor, load,
};
pub use aof::rewrite::{Increment, Rewrite};
pub use log::{Hooks, Log, LogOptions, Policy, Status, Timestamps, Upkeep};
pub use record::Group;

/// How much a notice matters; the names are those of Redis's `loglevel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Worth knowing: a file was created, the log works again.
    Notice,
    /// Something is wrong: bytes were cut, the disk refuses.
    Warning,
}

/// Where notices go. Called from workers and from the log's own thread.
pub type Notices = Arc<dyn Fn(Level, &str) + Send + Sync>;
