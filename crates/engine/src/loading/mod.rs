//! Loading: dumps and records become the contents of the keyspace.
//!
//! ```text
//!   replay     records, one after the other, as requests of a client nobody sees
//!   crew       a dump, on as many threads as there are workers: who is free cuts the next piece
//!   store      a piece: its entries are made, and stored under their stripes
//!   reload     DEBUG RELOAD and its like
//! ```
//!
//! Time stands still at 0 meanwhile: a key expires only by its record, exactly where it did before.
//! The workers answer `-LOADING`. A server that is asked to end gives the load up.
//!
//! Must be true
//! 1. What is told of a dump that is wrong is what comes first in it that is wrong, however many
//!    threads there are (`docs/decisions/0017-loading-on-all-workers.md`).
//! 2. A value is stored whole or not at all.
//!
//! Not here: which files there are (`persistence`), what is in them (`log`, `rdb`).

mod crew;
mod reload;
mod replay;
mod store;
#[cfg(test)]
mod tests;

use std::sync::atomic::Ordering::Relaxed;

use keyspace::db::Tools;

use crate::lifecycle::condition;
use crate::node::Node;

pub(crate) use reload::{Others, Reload, Unloaded};
pub use replay::Loader;

/// Why a load is given up that nobody needs any more.
const ENDING: &str = "the server is ending";

/// Progress is logged so often.
const TELL_PROGRESS_MS: u64 = 5_000;

/// How the entries of a dump are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// What a key means that is there already.
    pub(crate) meeting: Meeting,
    /// What a function library means that is there already.
    pub(crate) libraries: Meeting,
    /// Keys that expired before this time, in unix ms, are left out.
    pub(crate) drop_expired_at: Option<i64>,
}

/// What a key of a dump means that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// The dump is wrong.
    Refuse,
    /// It replaces the one that is there.
    Replace,
}

impl Node {
    /// Whether a load is to go on.
    fn check_load_wanted(&self) -> Result<(), String> {
        if self.lifecycle.is_over() { Err(ENDING.to_owned()) } else { Ok(()) }
    }

    /// From now until [`Node::end_loading`] clients are answered `-LOADING`.
    pub fn begin_loading(&self) {
        self.note_load_begun(0);
        self.lifecycle.set(condition::LOADING, true);
    }

    /// The data is there. Replayed commands do not count.
    pub fn end_loading(&self) {
        self.reports.stats.reset();
        self.lifecycle.set(condition::LOADING, false);
    }

    /// So much is to be loaded.
    fn note_load_begun(&self, total_bytes: u64) {
        let (figures, now_ms) = (&self.lifecycle.loading, self.outside.clock.unix_ms());
        figures.began_ms.store(now_ms, Relaxed);
        figures.told_ms.store(now_ms, Relaxed);
        figures.total_bytes.store(total_bytes, Relaxed);
        figures.loaded_bytes.store(0, Relaxed);
        figures.dump_keys.store(0, Relaxed);
    }

    /// So many more bytes of a dump, and the keys in them, are loaded.
    fn note_loaded(&self, bytes: u64, keys: u64) {
        let figures = &self.lifecycle.loading;
        figures.dump_keys.fetch_add(keys, Relaxed);
        let loaded = figures.loaded_bytes.fetch_add(bytes, Relaxed) + bytes;
        self.tell_progress(loaded);
    }

    /// So many bytes in all are loaded.
    fn note_loaded_to(&self, bytes: u64) {
        self.lifecycle.loading.loaded_bytes.store(bytes, Relaxed);
        self.tell_progress(bytes);
    }

    /// Frees what whoever loaded on this seat took out of tables, and would leave behind: somebody
    /// may have been peeking at it.
    fn free_retired(&self, seat: usize, tools: &mut Tools) {
        if tools.graveyard.bytes() > 0 {
            let mut inside = self.keyspace.gate().enter(seat);
            inside.alone(|alone| tools.graveyard.clear(alone));
        }
    }

    fn tell_progress(&self, loaded: u64) {
        let figures = &self.lifecycle.loading;
        let (told_ms, now_ms) = (figures.told_ms.load(Relaxed), self.outside.clock.unix_ms());
        if now_ms.saturating_sub(told_ms) < TELL_PROGRESS_MS
            || figures.told_ms.compare_exchange(told_ms, now_ms, Relaxed, Relaxed).is_err()
        {
            return;
        }
        let total = figures.total_bytes.load(Relaxed).max(1);
        self.journal().notice(format_args!(
            "Loading: {}% of {total} bytes are read, {} keys of dumps so far",
            loaded * 100 / total,
            figures.dump_keys.load(Relaxed)
        ));
    }
}
