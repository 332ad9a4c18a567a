//! The stages of a request that turned out to have been slow, from what was noted on the way.
//!
//! A brief request (`BRIEF`) does not read the clock before it is logged: its `run` contains its
//! `log`.

use base::clock::Ticks;

use super::{Stages, Unsent};
use crate::clients::Client;
use crate::worker::Turn;

impl Turn<'_> {
    /// The stages of the request that ended at `self.ticks` after so many nanoseconds.
    #[cold]
    pub(crate) fn stages_of_slow(&self, started: Ticks) -> Stages {
        let ended = self.ticks;
        let took = ended.since(started);
        let waited = match self.refused_at {
            // Only the first request of a batch can be one that was tried before.
            Some(refused_at) if started == self.batch_at => started.since(refused_at),
            _ => 0,
        };
        let log = match self.state.logging_at {
            Some(at) if at >= started => ended.since(at),
            _ => 0,
        };
        Stages {
            queue: started.since(self.began).saturating_sub(waited),
            lock: waited,
            run: took.saturating_sub(log),
            log,
            fsync: None,
            write: None,
        }
    }

    /// The slow log's entry `id` gets what is still missing when its client's output is sent.
    #[cold]
    pub(crate) fn await_sending_of_slow(&mut self, client: &Client, id: u64) {
        self.await_sending(Unsent::slow(client.id, id, self.ticks));
    }
}
