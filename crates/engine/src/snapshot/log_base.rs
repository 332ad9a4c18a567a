//! A new base for the log (BGREWRITEAOF), which also turns the log on while the server runs.
//!
//! The increment behind the base begins at the snapshot's cut, so base and increment together are
//! the whole (`log::Rewrite` says when which files count).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use base::clock::Clock;
use config::{AppendFsync, Settings};
use log::aof::annotations::BATCH_BYTES;
use log::aof::files::Files;
use log::{
    BaseFormat, History, Increment, Layout, LogOptions, Policy, Rewrite, Timestamps, Upkeep,
};
use rdb::Purpose;

use super::serve::{Failure, Place};
use super::{Aim, Asker, Task};
use crate::lifecycle::condition;
use crate::node::Node;

/// Seconds until a rewrite that begins by itself is tried again after one that failed.
const RETRY_AFTER_S: i64 = 5;
/// Failures in a row from which on it is tried again after a minute, then two, then four ...
const FAILURES_MANY: u64 = 3;
const RETRY_MINUTES_MAX: i64 = 60;

/// What INFO shows of rewrites.
pub(crate) struct RewriteFigures {
    /// -1: there was none yet; none runs.
    pub(crate) last_seconds: AtomicI64,
    pub(crate) began_s: AtomicI64,
    pub(crate) last_failed: AtomicBool,
    pub(crate) count: AtomicU64,
    pub(crate) failures_in_a_row: AtomicU64,
    last_try_s: AtomicI64,
    /// Bytes of the log's files when they were last rewritten, or when the server started.
    pub(crate) base_bytes: AtomicU64,
}

impl Default for RewriteFigures {
    fn default() -> Self {
        Self {
            last_seconds: (-1).into(),
            began_s: (-1).into(),
            last_failed: false.into(),
            count: 0.into(),
            failures_in_a_row: 0.into(),
            last_try_s: 0.into(),
            base_bytes: 0.into(),
        }
    }
}

/// How the log is opened with these settings.
pub fn log_options(settings: &Settings, files: &Arc<dyn Files>, clock: &Clock) -> LogOptions {
    LogOptions {
        layout: log_layout(settings),
        policy: policy_of(settings.aof.fsync),
        base_format: if settings.aof.rdb_preamble { BaseFormat::Rdb } else { BaseFormat::Aof },
        history: history_of(settings.aof_files.keep_history),
        upkeep: Upkeep::Thread,
        timestamps: timestamps_of(settings.aof.timestamps),
        batch_bytes: BATCH_BYTES,
        clock: clock.clone(),
        files: Arc::clone(files),
    }
}

/// Where the log's files are with these settings.
pub fn log_layout(settings: &Settings) -> Layout {
    Layout {
        data_dir: settings.process.dir.clone().into(),
        dir_name: settings.aof_files.dir_name.clone(),
        file_name: settings.aof_files.file_name.clone(),
    }
}

/// The log's policy for the configured one.
pub(crate) fn policy_of(fsync: AppendFsync) -> Policy {
    match fsync {
        AppendFsync::Always => Policy::Always,
        AppendFsync::EverySecond => Policy::EverySecond,
        AppendFsync::No => Policy::No,
    }
}

/// What becomes of replaced files, for what is configured.
pub(crate) fn history_of(keep: bool) -> History {
    if keep { History::Keep } else { History::Delete }
}

/// Whether the log notes times, for what is configured.
pub(crate) fn timestamps_of(wanted: bool) -> Timestamps {
    if wanted { Timestamps::EverySecond } else { Timestamps::None }
}

impl Node {
    /// The log is open: growth counts from here.
    pub fn note_log_size(&self) {
        self.snapshots.rewrites.base_bytes.store(self.log.total_bytes(), Relaxed);
    }

    /// Has the log rewritten, unless that is going to happen anyway.
    pub(crate) fn request_rewrite(&self) {
        let mut agenda = self.snapshots.agenda.lock();
        if !agenda.queue.iter().any(|task| task.aim == Aim::LogBase) {
            let task = Task { aim: Aim::LogBase, cut: None, asker: Asker::Nobody };
            agenda.queue.push_back(task);
            self.snapshots.changed.notify_all();
        }
    }

    /// Begins a log if the settings want one and there is none.
    pub(crate) fn turn_on_log(&self) {
        if self.settings.load().aof.enabled && !self.log.has_file() && !self.is_being_turned_on() {
            self.request_rewrite();
        }
    }

    /// Whether the first base is being written, and will be.
    fn is_being_turned_on(&self) -> bool {
        match &self.snapshots.agenda.lock().running {
            Some((Aim::LogBase, snapshot)) => {
                snapshot.as_ref().is_none_or(|snapshot| !snapshot.is_given_up())
            }
            _ => false,
        }
    }

    /// Begins a log with a base of what is in the keyspace. At the start, before anybody is served.
    ///
    /// # Errors
    /// The files could not be written.
    pub fn begin_log_with_contents(&self) -> Result<(), String> {
        self.snapshots.agenda.lock().running = Some((Aim::LogBase, None));
        let done = self.rewrite_log(&Place::Seat(self.snapshot_seat()));
        self.snapshots.agenda.lock().running = None;
        if done { Ok(()) } else { Err("The append-only file could not be begun".to_owned()) }
    }

    /// Whether the log has grown so much that it should be rewritten, or waits to be turned on.
    pub(super) fn is_rewrite_due(&self, now_s: i64) -> bool {
        let settings = self.settings.load();
        let figures = &self.snapshots.rewrites;
        let failures = figures.failures_in_a_row.load(Relaxed);
        if failures > 0 && now_s - figures.last_try_s.load(Relaxed) <= retry_after_s(failures) {
            return false;
        }
        if !self.log.has_file() {
            return settings.aof.enabled;
        }
        let rule = &settings.aof_rewrite;
        let total = self.log.total_bytes();
        if rule.percentage == 0 || total <= rule.min_size_bytes {
            return false;
        }
        let base = figures.base_bytes.load(Relaxed).max(1);
        let growth = u128::from(total) * 100 / u128::from(base);
        let due = growth >= 100 + u128::from(rule.percentage);
        if due {
            let percent = growth - 100;
            self.journal()
                .notice(format_args!("Starting automatic rewriting of AOF on {percent}% growth"));
        }
        due
    }

    /// Writes a new base and has the log go on behind it.
    pub(super) fn rewrite_log(&self, place: &Place<'_, '_>) -> bool {
        let figures = &self.snapshots.rewrites;
        let began_s = self.now_s();
        figures.began_s.store(began_s, Relaxed);
        figures.last_try_s.store(began_s, Relaxed);
        let outcome = self.try_rewrite(place);
        figures.began_s.store(-1, Relaxed);
        figures.last_seconds.store(self.now_s() - began_s, Relaxed);
        figures.last_failed.store(outcome.is_err(), Relaxed);
        match outcome {
            Ok(bytes) => {
                figures.base_bytes.store(bytes, Relaxed);
                figures.count.fetch_add(1, Relaxed);
                figures.failures_in_a_row.store(0, Relaxed);
                self.lifecycle.set(condition::LOG_FAILED, self.log.is_failed());
                self.journal().notice(format_args!("Background AOF rewrite finished successfully"));
                true
            }
            Err(why) => {
                let failures = figures.failures_in_a_row.fetch_add(1, Relaxed) + 1;
                self.journal().warning(format_args!("Background AOF rewrite failed: {why}"));
                if failures >= FAILURES_MANY {
                    self.journal().warning(format_args!(
                        "Background AOF rewrite has repeatedly failed and triggered the limit, \
                         will retry in {} minutes",
                        retry_after_s(failures) / 60
                    ));
                }
                false
            }
        }
    }

    fn try_rewrite(&self, place: &Place<'_, '_>) -> Result<u64, String> {
        let settings = self.settings();
        let options = log_options(&settings, &self.outside.files, &self.outside.clock);
        let is_on = self.log.has_file();
        let goes_on = is_on || settings.aof.enabled;
        let increment = if goes_on { Increment::New } else { Increment::None };
        let mut rewrite = Rewrite::prepare(&options, increment, is_on).map_err(text)?;
        let Some((cut, begun)) = place.alone(self, |alone| {
            let cut = self.cut_unasked(alone, Aim::LogBase);
            (cut, self.log.begin_rewrite(&mut rewrite, &options))
        }) else {
            return Err("the thread is not where it should be".to_owned());
        };
        self.note_running(Aim::LogBase, &cut);
        let path = rewrite.base_path();
        let written = begun.map_err(|cause| Failure::Io { doing: "Switching the log", cause });
        let written = match written {
            Err(failure) => {
                self.walk_in_vain(&cut, place);
                Err(failure)
            }
            Ok(()) if settings.aof.rdb_preamble => {
                self.write_dump(&cut, place, (&path, Purpose::AofBase))
            }
            Ok(()) => self.write_requests(&cut, place, &path),
        };
        self.keyspace.end_snapshot();
        let finished =
            written.map_err(text).and_then(|()| self.log.finish_rewrite(&rewrite).map_err(text));
        if finished.is_err() {
            self.log.abort_rewrite(&rewrite);
        }
        finished
    }
}

/// Seconds until a rewrite that has failed so often is tried again. What does not fit onto the disk
/// costs a whole walk each time.
fn retry_after_s(failures: u64) -> i64 {
    match failures.checked_sub(FAILURES_MANY) {
        None => RETRY_AFTER_S,
        Some(doublings) => (1 << doublings.min(6)).min(RETRY_MINUTES_MAX) * 60,
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::retry_after_s;

    #[test]
    fn a_rewrite_that_keeps_failing_is_tried_ever_more_rarely() {
        let waits: Vec<i64> = (1..11).map(retry_after_s).collect();
        let minutes = [1, 2, 4, 8, 16, 32, 60, 60].map(|minutes| minutes * 60);
        assert_eq!(waits, [&[5, 5][..], &minutes].concat());
        assert_eq!(retry_after_s(u64::MAX), 3600);
    }
}
