//! The end of the server in good order: what SHUTDOWN and the signals ask for.
//!
//! If the data is to be saved it is saved by whoever ends the server, alone, and nobody is let in
//! again to change anything: what was acknowledged is in the file. If saving fails the server goes
//! on. While data is being loaded there is nothing to save, and the load is given up: the files
//! hold more than the memory. A second SIGINT ends it without the file; what is logged stays.
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

/// Values of `Lifecycle::signal`.
mod signalled {
    /// None came.
    pub(super) const NOT: u8 = 0;
    /// It waits for a worker.
    pub(super) const INTERRUPT: u8 = 1;
    pub(super) const TERMINATE: u8 = 2;
    /// A worker obeys it.
    pub(super) const OBEYED: u8 = 3;
}

impl Node {
    /// A signal came: a worker ends the server with its next tick, or it ends at once if it has not
    /// even loaded its data, or if this is not the first.
    pub fn on_signal(&self, signal: StopSignal) {
        if self.lifecycle.conditions() & condition::LOADING != 0 {
            self.journal()
                .warning(format_args!("Received shutdown signal during loading, exiting now."));
            return self.outside.host.stop();
        }
        let number = match signal {
            StopSignal::Interrupt => signalled::INTERRUPT,
            StopSignal::Terminate => signalled::TERMINATE,
        };
        let noted =
            self.lifecycle.signal.compare_exchange(signalled::NOT, number, Relaxed, Relaxed);
        if noted.is_err() && signal == StopSignal::Interrupt {
            self.journal().warning(format_args!("You insist... exiting now."));
            // A walk for the dump sees that, and takes its file away.
            return self.outside.host.stop();
        }
        self.outside.post.wake_all();
    }

    /// Forgets a signal that no worker obeys yet. False: none came.
    pub(crate) fn forget_signal(&self) -> bool {
        self.take_signal(signalled::NOT).is_some()
    }

    /// Takes a signal that waits for a worker, and leaves `rest` in its place.
    fn take_signal(&self, rest: u8) -> Option<StopSignal> {
        let waits = |it| matches!(it, signalled::INTERRUPT | signalled::TERMINATE);
        let take = |it| waits(it).then_some(rest);
        let taken = self.lifecycle.signal.fetch_update(Relaxed, Relaxed, take).ok()?;
        let is_interrupt = taken == signalled::INTERRUPT;
        Some(if is_interrupt { StopSignal::Interrupt } else { StopSignal::Terminate })
    }
}

impl Turn<'_> {
    /// Ends the server if a signal asked for that.
    #[inline]
    pub(crate) fn obey_signal(&mut self) {
        let lifecycle = &self.node.lifecycle;
        let is_paused = || lifecycle.rehearsal.upkeep_paused.load(Relaxed);
        if lifecycle.signal.load(Relaxed) != signalled::NOT && !is_paused() {
            self.end_by_signal();
        }
    }

    #[cold]
    fn end_by_signal(&mut self) {
        let (node, settings) = (self.node, self.node.settings());
        let options = match node.take_signal(signalled::OBEYED) {
            Some(StopSignal::Interrupt) => settings.shutdown.on_sigint,
            Some(StopSignal::Terminate) => settings.shutdown.on_sigterm,
            // Another worker obeys it.
            None => return,
        };
        let has_ended = self.end_server(options);
        node.lifecycle.signal.store(signalled::NOT, Relaxed);
        if !has_ended && !node.lifecycle.is_over() {
            node.journal().warning(format_args!(
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
        let is_loading = node.lifecycle.conditions() & condition::LOADING != 0;
        if !is_loading && (options.save || is_configured && !options.nosave) {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::StopSignal;
    use crate::testing::Bench;

    fn is_stopped(bench: &Bench) -> bool {
        bench.host.stopped.load(Relaxed)
    }

    #[test]
    fn a_signal_that_waits_can_be_called_off() {
        let mut bench = Bench::default();
        bench.check(&[("DEBUG PAUSE-CRON 1", "+OK")]);
        bench.node.on_signal(StopSignal::Terminate);
        bench.advance_ms(1000);
        bench.check(&[
            ("SHUTDOWN ABORT", "+OK"),
            ("SHUTDOWN ABORT", "-ERR No shutdown in progress."),
            ("DEBUG PAUSE-CRON 0", "+OK"),
        ]);
        bench.advance_ms(1000);
        assert!(!is_stopped(&bench));
        bench.node.on_signal(StopSignal::Terminate);
        bench.advance_ms(1000);
        assert!(is_stopped(&bench) && bench.dump_exists());
    }

    #[test]
    fn a_second_interrupt_does_not_wait_for_a_worker() {
        let mut bench = Bench::default();
        bench.check(&[("DEBUG PAUSE-CRON 1", "+OK")]);
        bench.node.on_signal(StopSignal::Interrupt);
        bench.node.on_signal(StopSignal::Terminate);
        assert!(!is_stopped(&bench), "the second is no interrupt");
        bench.node.on_signal(StopSignal::Interrupt);
        assert!(is_stopped(&bench) && !bench.dump_exists());
    }

    #[test]
    fn nothing_is_saved_while_data_is_loaded() {
        for request in ["SHUTDOWN", "SHUTDOWN SAVE"] {
            let mut bench = Bench::default();
            bench.node.begin_loading();
            assert_eq!(bench.run(request), "");
            assert!(is_stopped(&bench) && !bench.dump_exists(), "{request}");
        }
    }
}
