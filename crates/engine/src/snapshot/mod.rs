//! Snapshots as the node takes them: who asks for one, which runs, what became of the last.
//!
//! ```text
//!   agenda     this file: one snapshot at a time, who waits for it, figures
//!   preserve   what writers do while one runs
//!   serve      the thread that walks
//!   encode     what the walk finds, as a dump
//!   streams    streams, as a dump has them, and back
//!   value      one entry's value, as a dump has it
//!   pieces     likewise a big value, bit by bit
//!   dump_file  the file that SAVE writes
//!   log_base   a new base for the log
//!   requests   a snapshot as requests, for such a base
//!   for_replicas  the file that replicas begin with
//!   load       a dump file, read
//! ```
//!
//! BGSAVE and its like take the cut themselves, being alone; the thread takes it for what begins by
//! itself or has waited for another to end.
//!
//! Not here: what a snapshot is and what writers owe it (`keyspace::snapshot`).

#[cfg(test)]
mod crash_tests;
pub(crate) mod dump_file;
mod encode;
mod for_replicas;
pub(crate) mod load;
pub(crate) mod log_base;
mod pieces;
pub(crate) mod preserve;
mod requests;
pub(crate) mod serve;
pub(crate) mod streams;
#[cfg(test)]
mod tests;
pub(crate) mod value;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use keyspace::Alone;
use keyspace::snapshot::{Options, Snapshot};
use parking_lot::{Condvar, Mutex};
use protocol::Version;

use crate::clients::Client;
use crate::lifecycle::condition;
use crate::node::Node;
use crate::scripting::Libraries;

use log_base::RewriteFigures;

/// Bytes of copies that wait for the walk at most.
const COPIES_BYTES_MAX: usize = 64 << 20;
/// Seconds until a save that begins by itself is tried again after one that failed.
const RETRY_AFTER_S: i64 = 5;

/// What a snapshot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The dump file.
    Dump,
    /// Likewise after all databases were emptied; nobody asked for it.
    Flushed,
    /// Replicas that begin.
    Sync,
    /// The base of the log.
    LogBase,
}

/// Who wants to know when it has been taken.
pub(crate) enum Asker {
    Nobody,
    /// A client that waits for the reply.
    Client(Arc<Client>, Version),
}

/// Who waits for a save. As in Redis writes go on after one that failed, if whoever asked for it
/// has heard so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Somebody does: SAVE, SHUTDOWN.
    Fore,
    Back,
}

/// A snapshot that is to be taken.
pub(crate) struct Task {
    pub(crate) aim: Aim,
    /// If whoever asks has taken it.
    pub(crate) cut: Option<Cut>,
    pub(crate) asker: Asker,
}

/// What a dump tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) keys: bool,
    pub(crate) functions: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self { keys: true, functions: true }
    }
}

/// The moment of a snapshot.
#[derive(Clone)]
pub(crate) struct Cut {
    pub(crate) snapshot: Arc<Snapshot>,
    /// Changes to the keyspace before it.
    pub(crate) changes: u64,
    pub(crate) libraries: Arc<Libraries>,
    pub(crate) parts: Parts,
    /// Where the feed goes on, if it is for replicas.
    pub(crate) fed_from: Option<u64>,
}

#[derive(Default)]
struct Agenda {
    /// Begun or about to be.
    running: Option<(Aim, Option<Arc<Snapshot>>)>,
    queue: VecDeque<Task>,
    /// BGSAVE SCHEDULE
    dump_scheduled: bool,
}

/// Where a snapshot for some aim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attendance {
    Absent,
    Waiting,
    /// It runs, or is about to.
    Here,
}

/// The node's snapshots.
pub(crate) struct Snapshots {
    agenda: Mutex<Agenda>,
    changed: Condvar,
    /// The one that runs shall fail. Changes with the agenda locked.
    fails: AtomicBool,
    pub(crate) figures: Figures,
    pub(crate) rewrites: RewriteFigures,
}

/// What INFO shows.
pub(crate) struct Figures {
    pub(crate) last_save_s: AtomicI64,
    pub(crate) last_failed: AtomicBool,
    /// Of the last one in the background; -1: none yet.
    pub(crate) last_seconds: AtomicI64,
    /// When the one that runs began; -1: none runs.
    pub(crate) began_s: AtomicI64,
    last_try_s: AtomicI64,
    pub(crate) saves: AtomicU64,
    /// Changes to the keyspace before all databases were last emptied, and these.
    changes_at_flush: AtomicU64,
    /// Snapshots in the background, since the start.
    pub(crate) begun: AtomicU64,
    /// Keys written by the one that runs, and keys to be written.
    pub(crate) keys_done: AtomicU64,
    pub(crate) keys_total: AtomicU64,
    pub(crate) copies_bytes: AtomicU64,
    pub(crate) keys_loaded: AtomicU64,
    pub(crate) keys_expired: AtomicU64,
}

impl Snapshots {
    pub(crate) fn new(now_s: i64) -> Self {
        Self {
            agenda: Mutex::default(),
            changed: Condvar::new(),
            fails: AtomicBool::new(false),
            figures: Figures {
                last_save_s: now_s.into(),
                last_failed: AtomicBool::new(false),
                last_seconds: (-1).into(),
                began_s: (-1).into(),
                last_try_s: 0.into(),
                saves: 0.into(),
                changes_at_flush: 0.into(),
                begun: 0.into(),
                keys_done: 0.into(),
                keys_total: 0.into(),
                copies_bytes: 0.into(),
                keys_loaded: 0.into(),
                keys_expired: 0.into(),
            },
            rewrites: RewriteFigures::default(),
        }
    }

    /// What runs, if anything does.
    pub(crate) fn running(&self) -> Option<Aim> {
        self.agenda.lock().running.as_ref().map(|(aim, _)| *aim)
    }

    /// Whether the dump file is being written because somebody asked for it, or is about to be.
    pub(crate) fn is_saving(&self) -> bool {
        self.is_at(Aim::Dump) == Attendance::Here
    }

    /// Whether a snapshot for this aim runs, or waits for another to end.
    pub(crate) fn is_at(&self, aim: Aim) -> Attendance {
        let agenda = self.agenda.lock();
        let is_queued = agenda.queue.iter().any(|task| task.aim == aim);
        let is_next = agenda.queue.front().is_some_and(|task| task.aim == aim);
        match &agenda.running {
            Some((running, _)) if *running == aim => Attendance::Here,
            Some((Aim::Flushed, _)) | None if is_next => Attendance::Here,
            _ if is_queued => Attendance::Waiting,
            _ => Attendance::Absent,
        }
    }

    pub(crate) fn is_dump_scheduled(&self) -> bool {
        self.agenda.lock().dump_scheduled
    }

    pub(crate) fn schedule_dump(&self, scheduled: bool) {
        self.agenda.lock().dump_scheduled = scheduled;
    }

    /// Has it taken, now or when the one that runs has ended.
    pub(crate) fn put(&self, task: Task) {
        let mut agenda = self.agenda.lock();
        if let Some(cut) = &task.cut {
            assert!(agenda.running.is_none(), "two snapshots at once");
            agenda.running = Some((task.aim, Some(Arc::clone(&cut.snapshot))));
            // Those that have no cut yet can wait longer.
            agenda.queue.push_front(task);
        } else {
            agenda.queue.push_back(task);
        }
        self.changed.notify_all();
    }

    /// Ends the one that runs without a result. False if none does.
    pub(crate) fn cancel(&self) -> bool {
        let agenda = self.agenda.lock();
        let snapshot = agenda.running.as_ref().and_then(|(_, snapshot)| snapshot.as_ref());
        snapshot.inspect(|snapshot| snapshot.give_up()).is_some()
    }

    /// Has the one that runs fail. False if none does.
    pub(crate) fn fail(&self) -> bool {
        let agenda = self.agenda.lock();
        self.fails.store(agenda.running.is_some(), Relaxed);
        agenda.running.is_some()
    }

    fn note_end(&self) {
        let mut agenda = self.agenda.lock();
        agenda.running = None;
        self.fails.store(false, Relaxed);
    }

    /// Forgets those that were not begun.
    pub(crate) fn drop_queue(&self) {
        let mut agenda = self.agenda.lock();
        agenda.queue.retain(|task| task.cut.is_some());
    }

    /// Wakes the thread, to see that the server ends.
    pub(crate) fn wake_all(&self) {
        // Under the lock, so that nobody is between looking and waiting.
        let _agenda = self.agenda.lock();
        self.changed.notify_all();
    }
}

impl Node {
    /// The cut of a dump. `None`: a snapshot is under way.
    pub(crate) fn cut(&self, alone: &Alone<'_>) -> Option<Cut> {
        if self.snapshots.running().is_some() {
            return None;
        }
        Some(self.cut_unasked(alone, Aim::Dump))
    }

    /// As [`Node::cut`], for whoever knows that none is under way.
    fn cut_unasked(&self, alone: &Alone<'_>, aim: Aim) -> Cut {
        let options =
            Options { copies_bytes_max: COPIES_BYTES_MAX, duplicate: commands::duplicate };
        let snapshot = self.keyspace.begin_snapshot(alone, options);
        let parts = if aim == Aim::Sync { self.parts_for_replicas() } else { Parts::default() };
        let fed_from = (aim == Aim::Sync).then(|| self.cut_for_replicas(parts));
        let changes = self.reports.stats.totals().changes;
        Cut { snapshot, changes, libraries: self.functions.all(), parts, fed_from }
    }

    /// Changes since the last save.
    pub(crate) fn unsaved_changes(&self) -> u64 {
        let changes = self.reports.stats.totals().changes;
        changes.saturating_sub(self.reports.changes_at_save.load(Relaxed))
    }

    /// Likewise, as if the save that follows a flush were over when it is asked for.
    pub(crate) fn changes_to_save(&self) -> u64 {
        let unsaved = self.unsaved_changes();
        if self.snapshots.is_at(Aim::Flushed) == Attendance::Absent {
            return unsaved;
        }
        let flushed = self.snapshots.figures.changes_at_flush.load(Relaxed);
        unsaved.min(self.reports.stats.totals().changes.saturating_sub(flushed))
    }

    /// Begins saves and rewrites that are due by themselves. Called ten times a second.
    pub(crate) fn watch_snapshots(&self, now_ms: i64) {
        if self.lifecycle.conditions() & condition::LOADING != 0 {
            return;
        }
        let mut agenda = self.snapshots.agenda.lock();
        if agenda.running.is_some() || !agenda.queue.is_empty() {
            return;
        }
        let now_s = now_ms / 1000;
        let aim = if std::mem::take(&mut agenda.dump_scheduled) || self.is_save_due(now_s) {
            Aim::Dump
        } else if self.is_rewrite_due(now_s) {
            Aim::LogBase
        } else {
            return;
        };
        agenda.queue.push_back(Task { aim, cut: None, asker: Asker::Nobody });
        self.snapshots.changed.notify_all();
    }

    /// All databases were emptied. A save under way is of no use any more, and with save points the
    /// file shall not keep what was deleted until one of them is due.
    pub(crate) fn save_after_flush(&self) {
        if matches!(self.snapshots.running(), Some(Aim::Dump | Aim::Flushed)) {
            self.snapshots.cancel();
        }
        let is_coming = self.snapshots.is_at(Aim::Flushed) == Attendance::Waiting;
        let changes = self.reports.stats.totals().changes;
        self.snapshots.figures.changes_at_flush.store(changes, Relaxed);
        if !self.settings.load().snapshot.save_points.is_empty() && !is_coming {
            self.snapshots.put(Task { aim: Aim::Flushed, cut: None, asker: Asker::Nobody });
        }
    }

    fn is_save_due(&self, now_s: i64) -> bool {
        let settings = self.settings.load();
        if settings.snapshot.save_points.is_empty() {
            return false;
        }
        let figures = &self.snapshots.figures;
        let waits = figures.last_failed.load(Relaxed)
            && now_s - figures.last_try_s.load(Relaxed) <= RETRY_AFTER_S;
        let since_s = now_s - figures.last_save_s.load(Relaxed);
        let changes = self.unsaved_changes();
        let due = settings.snapshot.save_points.iter().find(|point| {
            changes >= u64::from(point.changes) && since_s > point.seconds as i64 && !waits
        });
        if let Some(point) = due {
            self.journal().notice(format_args!(
                "{} changes in {} seconds. Saving...",
                point.changes, point.seconds
            ));
        }
        due.is_some()
    }

    /// Whether writes are refused because the last save failed.
    pub(crate) fn note_dump_state(&self) {
        let settings = self.settings.load();
        let snapshot = &settings.snapshot;
        let refuses = snapshot.stop_writes_on_error
            && !snapshot.save_points.is_empty()
            && self.snapshots.figures.last_failed.load(Relaxed);
        self.lifecycle.set(condition::DUMP_FAILED, refuses);
    }
}
