//! Scripts that have run for longer than `busy-reply-threshold`: others are refused, and one of
//! them may end it.
//!
//! Must be true: while there is such a script, the condition that says so is set.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::lifecycle::condition;
use crate::node::Node;

/// What others are told meanwhile.
pub(crate) const BUSY: &str = "BUSY Redis is busy running a script. \
                               You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";

/// A script that takes long.
#[derive(Default)]
pub(crate) struct SlowRun {
    /// It is to end.
    killed: AtomicBool,
    /// It has written, so that it cannot be ended.
    pub(crate) has_written: AtomicBool,
}

impl SlowRun {
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Relaxed)
    }
}

/// What became of SCRIPT KILL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Killed {
    Yes,
    /// There is no such script.
    Nothing,
    /// It has written.
    Unkillable,
}

/// All that take long.
#[derive(Default)]
pub(crate) struct Slow(Mutex<Vec<Arc<SlowRun>>>);

impl Slow {
    /// A script takes long.
    pub(crate) fn enter(&self, node: &Node) -> Arc<SlowRun> {
        let run = Arc::<SlowRun>::default();
        let mut all = self.0.lock();
        all.push(Arc::clone(&run));
        node.lifecycle.set(condition::SCRIPT_BUSY, true);
        run
    }

    /// It has ended.
    pub(crate) fn leave(&self, node: &Node, run: &Arc<SlowRun>) {
        let mut all = self.0.lock();
        all.retain(|other| !Arc::ptr_eq(other, run));
        node.lifecycle.set(condition::SCRIPT_BUSY, !all.is_empty());
    }

    /// Whether there is any.
    pub(crate) fn is_any(&self) -> bool {
        !self.0.lock().is_empty()
    }

    /// Ends all that may be ended.
    pub(crate) fn kill(&self) -> Killed {
        let all = self.0.lock();
        let mut killed = if all.is_empty() { Killed::Nothing } else { Killed::Unkillable };
        for run in all.iter().filter(|run| !run.has_written.load(Relaxed)) {
            run.killed.store(true, Relaxed);
            killed = Killed::Yes;
        }
        killed
    }
}
