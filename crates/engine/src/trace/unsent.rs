//! What is known only when a request's output is sent: when the log had kept its promise, and when
//! the system had taken the bytes.
//!
//! Such an output is kept until the end of the turn even if the log does not ask for it
//! (`keep_output`), because whoever sends tells of kept output.

use base::clock::Ticks;

use super::stream::Streamed;
use crate::session::Session;
use crate::worker::{KEPT, Turn};

/// At most so many wait on one worker.
const UNSENT_MAX: usize = 256;

/// What waits longer is forgotten: nothing was sent for it, as with CLIENT REPLY OFF.
const WAIT_NS_MAX: u64 = 30_000_000_000;

/// A request whose output is not sent yet.
#[derive(Debug)]
pub(crate) struct Unsent {
    client: u64,
    ended: Ticks,
    /// Whether its output waits for the log.
    waits: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The slow log's entry of this id.
    Slow(u64),
    /// A request that others are shown.
    Streamed(Box<Streamed>),
}

impl Unsent {
    pub(super) fn slow(client: u64, id: u64, ended: Ticks) -> Self {
        Self { client, ended, waits: false, what: What::Slow(id) }
    }

    pub(super) fn streamed(client: u64, streamed: Box<Streamed>) -> Self {
        let what = What::Streamed(streamed);
        Self { client, ended: Ticks::now(), waits: false, what }
    }
}

impl Turn<'_> {
    /// Waits for a request's output to be sent.
    #[cold]
    pub(super) fn await_sending(&mut self, mut unsent: Unsent) {
        if self.state.index >= self.node.outside.workers {
            // Its output goes by mail, from another thread.
            return;
        }
        if self.state.unsent.len() >= UNSENT_MAX {
            if matches!(unsent.what, What::Streamed(_)) {
                self.node.tracers.skip();
            }
            return;
        }
        unsent.waits = self.release_at.is_some_and(|at| at != KEPT);
        self.state.unsent.push(unsent);
        self.keep_output();
    }

    /// The present session's output is kept until the end of the turn.
    fn keep_output(&mut self) {
        let log = &self.node.log;
        let can_be_kept = !log.has_file() || log.released() > 0;
        if self.release_at.is_none() && can_be_kept {
            self.release_at = Some(KEPT);
        }
    }

    /// The turn was committed: outputs may go.
    #[cold]
    pub(crate) fn note_committed(&mut self) {
        self.state.committed_at = Ticks::now();
    }

    /// Forgets those for whom nothing was ever sent.
    #[cold]
    pub(crate) fn forget_unsent(&mut self) {
        let now = Ticks::now();
        self.state.unsent.retain(|unsent| now.since(unsent.ended) < WAIT_NS_MAX);
    }

    /// All output that was kept for the session is sent.
    #[cold]
    pub(crate) fn note_sent(&mut self, session: &Session) {
        let now = Ticks::now();
        let (mine, others) = std::mem::take(&mut self.state.unsent)
            .into_iter()
            .partition(|unsent: &Unsent| unsent.client == session.client.id);
        self.state.unsent = others;
        let mine: Vec<Unsent> = mine;
        for Unsent { ended, waits, what, .. } in mine {
            let committed_at = self.state.committed_at;
            let (fsync, from) = match waits {
                true => (committed_at.since(ended), committed_at.max(ended)),
                false => (0, ended),
            };
            let write = now.since(from);
            match what {
                What::Slow(id) => self.node.reports.slowlog.complete(id, fsync, write),
                What::Streamed(mut streamed) => {
                    streamed.stages.fsync = Some(fsync);
                    streamed.stages.write = Some(write);
                    self.cast_trace(&streamed);
                }
            }
        }
        self.state.wake_receivers(self.node);
    }
}
