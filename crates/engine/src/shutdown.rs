//! The end of the server in good order: what SHUTDOWN and the signals ask for.
//!
//! If the data is to be saved it is saved by whoever ends the server, alone, and nobody is let in
//! again to change anything: what was acknowledged is in the file. If saving fails the server goes
//! on.
//!
//! Not here: what stops the threads (`Node::stop`), the log's end (the server, last of all).

use std::sync::atomic::Ordering::Relaxed;

use config::settings::ShutdownOptions;

use crate::lifecycle::condition;
use crate::loading::Others;
use crate::node::Node;
use crate::worker::Turn;

/// A signal that asks for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGINT
    Interrupt,
    /// SIGTERM
    Terminate,
}

impl Node {
    /// A signal came: a worker ends the server with its next tick, or it ends at once if it has not
    /// even loaded its data.
    pub fn on_signal(&self, signal: StopSignal) {
        if self.lifecycle.conditions() & condition::LOADING != 0 {
            return self.outside.host.stop();
        }
        let number = match signal {
            StopSignal::Interrupt => 1,
            StopSignal::Terminate => 2,
        };
        self.lifecycle.signal.store(number, Relaxed);
        self.outside.post.wake_all();
    }
}

impl Turn<'_> {
    /// Ends the server if a signal asked for that.
    #[inline]
    pub(crate) fn obey_signal(&mut self) {
        if self.node.lifecycle.signal.load(Relaxed) != 0 {
            self.end_by_signal();
        }
    }

    #[cold]
    fn end_by_signal(&mut self) {
        let settings = self.node.settings();
        let options = match self.node.lifecycle.signal.swap(0, Relaxed) {
            0 => return,
            1 => settings.shutdown.on_sigint,
            _ => settings.shutdown.on_sigterm,
        };
        if !self.end_server(options) {
            self.node.journal().warning(format_args!(
                "SIGTERM received but errors trying to shut down the server, check the logs for \
                 more information"
            ));
        }
    }

    /// Ends the server. False: the data could not be saved, and it goes on.
    pub(crate) fn end_server(&mut self, options: ShutdownOptions) -> bool {
        let node = self.node;
        let settings = node.settings();
        let is_configured = !settings.snapshot.save_points.is_empty();
        node.journal().warning(format_args!("User requested shutdown..."));
        if options.save || is_configured && !options.nosave {
            node.journal().notice(format_args!("Saving the final RDB snapshot before exiting."));
            if self.inside.is_holding() || !node.save_alone(self, Others::AreCancelled) {
                node.journal().warning(format_args!("Error trying to save the DB, can't exit."));
                if !options.force {
                    return false;
                }
            }
        }
        node.lifecycle.set(condition::ENDING, true);
        node.outside.host.stop();
        self.inside.unlock();
        true
    }
}
