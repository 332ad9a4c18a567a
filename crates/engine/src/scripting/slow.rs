//! Scripts that have run for longer than `busy-reply-threshold`: others are refused, and one of
//! them may end it.
//!
//! Must be true: while there is such a script, the condition that says so is set.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use base::clock::Ticks;
use parking_lot::Mutex;
use protocol::Request;

use crate::lifecycle::condition;
use crate::node::Node;

/// What others are told while a script runs.
pub(crate) const SCRIPT_BUSY: &str = "BUSY Redis is busy running a script. \
                                      You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";

/// What others are told while a function runs.
pub(crate) const FUNCTION_BUSY: &str = "BUSY Redis is busy running a script. \
                                        You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

/// What runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of EVAL and its like.
    Script,
    /// Of FCALL.
    Function,
}

impl Kind {
    /// What ends it.
    pub(super) fn kill_command(self) -> &'static str {
        match self {
            Self::Script => "SCRIPT KILL",
            Self::Function => "FUNCTION KILL",
        }
    }
}

/// A script that takes long.
pub(crate) struct SlowRun {
    kind: Kind,
    pub(crate) name: Box<[u8]>,
    /// The request that runs it.
    pub(crate) command: Vec<Box<[u8]>>,
    started: Ticks,
    /// It is to end.
    killed: AtomicBool,
    /// It has written, so that it cannot be ended.
    pub(super) has_written: AtomicBool,
}

impl SlowRun {
    pub(super) fn new(kind: Kind, name: &[u8], request: Request<'_>, started: Ticks) -> Self {
        SlowRun {
            kind,
            name: name.into(),
            command: request.iter().map(Into::into).collect(),
            started,
            killed: AtomicBool::new(false),
            has_written: AtomicBool::new(false),
        }
    }

    pub(super) fn is_killed(&self) -> bool {
        self.killed.load(Relaxed)
    }

    /// For how long it has run.
    pub(crate) fn duration_ms(&self) -> u64 {
        Ticks::now().since(self.started) / 1_000_000
    }
}

/// What became of SCRIPT KILL or FUNCTION KILL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Killed {
    Yes,
    /// There is no such script.
    Nothing,
    /// It has written.
    Unkillable,
    /// What runs is of the other kind.
    OtherKind,
}

/// All that take long.
#[derive(Default)]
pub(crate) struct Slow(Mutex<Vec<Arc<SlowRun>>>);

impl Slow {
    /// A script takes long.
    pub(super) fn enter(&self, node: &Node, run: SlowRun) -> Arc<SlowRun> {
        let run = Arc::new(run);
        let mut all = self.0.lock();
        all.push(Arc::clone(&run));
        node.lifecycle.set(condition::SCRIPT_BUSY, true);
        run
    }

    /// It has ended.
    pub(super) fn leave(&self, node: &Node, run: &Arc<SlowRun>) {
        let mut all = self.0.lock();
        all.retain(|other| !Arc::ptr_eq(other, run));
        node.lifecycle.set(condition::SCRIPT_BUSY, !all.is_empty());
    }

    /// Whether there is any of a kind.
    pub(crate) fn is_any(&self, kind: Kind) -> bool {
        self.0.lock().iter().any(|run| run.kind == kind)
    }

    /// The one that has run for longest.
    pub(crate) fn first(&self) -> Option<Arc<SlowRun>> {
        self.0.lock().first().cloned()
    }

    /// What others are told.
    pub(crate) fn refusal(&self) -> &'static str {
        match self.first().map(|run| run.kind) {
            Some(Kind::Function) => FUNCTION_BUSY,
            _ => SCRIPT_BUSY,
        }
    }

    /// Ends all of a kind that may be ended.
    pub(crate) fn kill(&self, kind: Kind) -> Killed {
        let all = self.0.lock();
        let mut killed = Killed::Nothing;
        for run in all.iter() {
            if run.has_written.load(Relaxed) {
                killed = if killed == Killed::Yes { killed } else { Killed::Unkillable };
            } else if run.kind == kind {
                run.killed.store(true, Relaxed);
                killed = Killed::Yes;
            } else if killed == Killed::Nothing {
                killed = Killed::OtherKind;
            }
        }
        killed
    }
}
