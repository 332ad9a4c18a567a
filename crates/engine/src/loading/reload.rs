//! Loading anew while the server runs: DEBUG RELOAD and DEBUG LOADAOF.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use keyspace::{Aside, Patience};

use super::Meeting;
use crate::lifecycle::condition;
use crate::node::Node;
use crate::persistence::check_log;
use crate::scripting::Libraries;
use crate::snapshot::dump_file::dump_path;
use crate::snapshot::serve::Place;
use crate::snapshot::{Aim, Asker, Task};
use crate::worker::Turn;

/// How often whoever waits for a reload looks whether it is over.
const RELOAD_POLL: Duration = Duration::from_millis(1);

impl Node {
    /// Empties the keyspace and loads what the log holds, as at a start. Clients are answered
    /// `-LOADING` meanwhile; the caller's worker waits.
    ///
    /// # Errors
    /// The log could not be written, or loaded: the reason. Everything is as it was then, unless a
    /// snapshot was under way and the log was refused though it is whole.
    pub(crate) fn reload(&self, turn: &mut Turn<'_>) -> Result<(), String> {
        if turn.inside.is_holding() {
            return Err("a transaction or a script cannot wait for it".to_owned());
        }
        let former = self.begin_anew(turn, || check_log(self))?;
        let load = || self.write_log().and_then(|()| self.outside.host.reload());
        self.load_beside(turn, former, load)
    }

    /// Begins to load into an empty keyspace. What was there is kept until the load has succeeded,
    /// unless a snapshot under way has a claim to it: then the file is read once before, by
    /// `check`.
    ///
    /// # Errors
    /// There is a load already, or the check failed: the reason. Nothing has happened.
    fn begin_anew(
        &self,
        turn: &mut Turn<'_>,
        check: impl Fn() -> Result<(), String>,
    ) -> Result<Option<Former>, String> {
        let libraries = self.functions.all();
        let is_loading = |node: &Node| node.lifecycle.conditions() & condition::LOADING != 0;
        let aside = turn.alone(|alone, node, _| {
            let aside = (!is_loading(node)).then(|| node.keyspace.set_aside(alone)).flatten();
            if aside.is_some() {
                node.begin_loading();
            }
            aside
        });
        if let Some(keys) = aside {
            return Ok(Some(Former { keys, libraries }));
        }
        check()?;
        let is_begun = turn.alone(|alone, node, _| {
            if is_loading(node) {
                return false;
            }
            node.begin_loading();
            for database in 0..node.keyspace.databases() {
                let contents = node.keyspace.detach(alone, database);
                node.reaper.free(contents.len() as u64, contents);
            }
            true
        });
        if is_begun { Ok(None) } else { Err("another load is under way".to_owned()) }
    }

    /// Has `load` run on a thread of its own, and waits for it. If it fails, what was there before
    /// is put back.
    fn load_beside(
        &self,
        turn: &mut Turn<'_>,
        former: Option<Former>,
        load: impl FnOnce() -> Result<(), String> + Send,
    ) -> Result<(), String> {
        let outcome = thread::scope(|scope| {
            let loading = scope.spawn(load);
            while !loading.is_finished() {
                // Replayed commands may want to be alone.
                turn.inside.pass();
                thread::sleep(RELOAD_POLL);
            }
            loading.join().unwrap_or_else(|_| Err("the loading thread panicked".to_owned()))
        });
        match former {
            Some(former) if outcome.is_err() => self.put_back(turn, former),
            Some(Former { keys, .. }) => self.reaper.free(keys.len() as u64, keys),
            None => {}
        }
        self.lifecycle.set(condition::LOADING, false);
        outcome
    }

    /// Makes undone what a load did that failed.
    fn put_back(&self, turn: &mut Turn<'_>, former: Former) {
        turn.alone(|alone, node, _| {
            for contents in node.keyspace.put_back(alone, former.keys) {
                node.reaper.free(contents.len() as u64, contents);
            }
            node.functions.replace(Libraries::clone(&former.libraries));
        });
        self.journal().notice(format_args!("The data in memory is what it was before the load."));
    }

    /// Saves the dump file, empties the keyspace and loads the file, each step if `reload` says so.
    /// Nobody comes in between.
    ///
    /// # Errors
    /// What went wrong. Nothing has changed then, unless the keyspace was not emptied: keys of the
    /// file that were added stay.
    pub(crate) fn reload_dump(&self, turn: &mut Turn<'_>, reload: Reload) -> Result<(), Unloaded> {
        if turn.inside.is_holding() || self.lifecycle.conditions() & condition::LOADING != 0 {
            return Err(Unloaded::Unsaved);
        }
        let saved = reload.nosave || self.save_alone(turn, Others::Finish);
        if !saved {
            return Err(Unloaded::Unsaved);
        }
        // After a save it is alone already.
        let former = if reload.noflush {
            // Endless patience does not fail.
            let _ = turn.inside.seclude(Patience::Endless);
            self.begin_loading();
            None
        } else {
            let check = || self.check_dump_file(&dump_path(&self.settings()));
            let former = self.begin_anew(turn, check).map_err(Unloaded::Unloaded)?;
            turn.alone(|_, node, _| node.functions.replace(Libraries::default()));
            former
        };
        turn.inside.unlock();
        let path = dump_path(&self.settings());
        let meeting = if reload.merge { Meeting::Replace } else { Meeting::Refuse };
        let load = || self.load_dump_file(&path, meeting).map(|_| ());
        let outcome = self.load_beside(turn, former, load);
        if outcome.is_ok() {
            // What loading did is in the file.
            let changes = self.reports.stats.totals().changes;
            self.reports.changes_at_save.store(changes, Relaxed);
        } else if reload.noflush {
            self.journal().notice(format_args!(
                "Keys of the dump that were loaded before the error stay, beside those in memory."
            ));
        }
        outcome.map_err(Unloaded::Unloaded)
    }

    /// Saves the dump file while nobody else is inside. If that went well the worker stays alone.
    pub(crate) fn save_alone(&self, turn: &mut Turn<'_>, others: Others) -> bool {
        turn.settle_tally();
        let cut = loop {
            if others == Others::AreCancelled {
                self.snapshots.drop_queue();
                self.snapshots.cancel();
            }
            // Endless patience does not fail.
            let _ = turn.inside.seclude(Patience::Endless);
            if let Some(cut) = turn.inside.alone(|alone| self.cut(alone)) {
                break cut;
            }
            turn.inside.unlock();
            thread::sleep(RELOAD_POLL);
        };
        let task = Task { aim: Aim::Dump, cut: Some(cut), asker: Asker::Nobody };
        let saved = self.carry_out(task, &Place::Alone(&turn.inside));
        if !saved {
            turn.inside.unlock();
        }
        saved
    }

    /// Waits until all that was logged is in the file.
    fn write_log(&self) -> Result<(), String> {
        while self.log.pending_bytes() > 0 {
            if self.log.is_failed() {
                return Err("the log cannot be written".to_owned());
            }
            self.log.commit();
            thread::sleep(RELOAD_POLL);
        }
        Ok(())
    }
}

/// What was there before a load.
struct Former {
    keys: Aside,
    libraries: Arc<Libraries>,
}

/// What DEBUG RELOAD was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reload {
    /// Load what the file holds, without saving first.
    pub(crate) nosave: bool,
    /// Keep what is in memory.
    pub(crate) noflush: bool,
    /// Let keys of the file replace those in memory.
    pub(crate) merge: bool,
}

/// What becomes of other snapshots under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// They go on to their end first.
    Finish,
    /// They are of no use any more.
    AreCancelled,
}

/// Why a reload failed.
pub(crate) enum Unloaded {
    Unsaved,
    Unloaded(String),
}
