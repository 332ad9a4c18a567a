//! What is counted and reported of a request that waited, as Redis does: it is a call when it
//! begins to wait; when it is served its time is what it ran, before and after the wait, without
//! the wait. That is what latencies and the slow log are told. Of a wait whose time is up nothing
//! more is told.
//!
//! The sum of a command's time (`usec` of INFO) has what ran before the wait twice, as in Redis.
//!
//! Not here: requests that do not wait (`run`).

use std::sync::atomic::Ordering::Relaxed;

use commands::spec::{SKIP_SLOWLOG, Spec};
use protocol::Request;

use super::Waiter;
use crate::clients::Client;
use crate::node::Node;
use crate::slowlog::{Slow, shortened};
use crate::stats::Ending;
use crate::trace::Stages;
use crate::worker::{Turn, WorkerState};

/// A request whose wait is over before its time.
pub(super) struct Account<'w> {
    pub(super) waiter: &'w Waiter,
    /// As it waited.
    pub(super) request: Request<'w>,
    pub(super) ending: Ending,
    /// What it took to serve it.
    pub(super) nanoseconds: u64,
}

impl WorkerState {
    /// Counts a request whose wait is over.
    pub(super) fn count_served(&mut self, node: &Node, account: &Account<'_>) {
        let Account { waiter, request, ending, nanoseconds } = *account;
        let total = waiter.ran_ns.load(Relaxed) + nanoseconds;
        self.tally.count(waiter.spec.id, ending, total);
        let unix_s = node.outside.clock.unix_ms() as i64 / 1000;
        let (spike_ms, spike_ms_min) = (nanoseconds / 1_000_000, self.knobs.latency_threshold_ms);
        if spike_ms_min > 0 && spike_ms >= spike_ms_min {
            node.reports.latency.note("command-unblocking", unix_s, spike_ms);
        }
        let slower_than_us = self.knobs.slower_than_us;
        let is_slow = slower_than_us >= 0 && (total / 1000) as i64 >= slower_than_us;
        if !is_slow || waiter.spec.flags & SKIP_SLOWLOG != 0 {
            return;
        }
        let own = waiter.original.as_ref().map_or(request, |own| own.as_request());
        self.slow_served.push(Slow {
            id: 0,
            unix_s,
            microseconds: total / 1000,
            arguments: shortened(own),
            address: waiter.client.visitor.address.clone(),
            name: waiter.client.names().name,
            stages: Stages { run: total, ..Stages::default() },
        });
    }

    /// Enters those that were served into the slow log, behind the request that served them.
    #[cold]
    pub(crate) fn report_slow_served(&mut self, node: &Node) {
        let max_len = self.settings.slowlog.max_len as usize;
        for slow in self.slow_served.drain(..) {
            node.reports.slowlog.enter(slow, max_len);
        }
    }
}

impl Turn<'_> {
    /// Counts a request that has just begun to wait: what it ran is remembered for the end.
    #[cold]
    pub(crate) fn finish_before_wait(&mut self, client: &Client, spec: &Spec) {
        let nanoseconds = self.end_run(spec.id, Ending::Waiting);
        client.last_command.store(spec.id, Relaxed);
        if let Some(waiter) = &*client.waiter.lock() {
            waiter.ran_ns.store(nanoseconds, Relaxed);
        }
        let (milliseconds, spike_ms_min) =
            (nanoseconds / 1_000_000, self.state.knobs.latency_threshold_ms);
        if milliseconds > 0 {
            self.refresh_time();
        }
        if spike_ms_min > 0 && milliseconds >= spike_ms_min {
            self.note_spike(spec, milliseconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use crate::worker::Next;

    /// The words of the slow log's entries, newest first.
    fn slow(bench: &mut Bench) -> Vec<String> {
        let entries = bench.node.reports.slowlog.newest(10);
        let words = |words: &[Vec<u8>]| String::from_utf8_lossy(&words.join(&b' ')).into_owned();
        entries.iter().map(|slow| words(&slow.arguments)).collect()
    }

    fn waiting(request: &str) -> Bench {
        let mut bench = Bench::default();
        bench.connect();
        bench.check(&[("CONFIG SET slowlog-log-slower-than 0", "+OK")]);
        bench.check(&[("CONFIG RESETSTAT", "+OK"), ("SLOWLOG RESET", "+OK")]);
        let words: Vec<&[u8]> = request.split(' ').map(str::as_bytes).collect();
        assert_eq!(bench.send(1, &words).1, Next::Park);
        assert!(!slow(&mut bench).contains(&request.to_owned()), "it has not run yet");
        bench
    }

    /// Calls, failed calls and recorded latencies of a command.
    fn counts(bench: &mut Bench, name: &str) -> (u64, u64, u64) {
        let id = commands::table::lookup(name.as_bytes()).expect("a row").id;
        let stats = &bench.node.reports.stats.commands()[usize::from(id)];
        (stats.calls, stats.failed, stats.latency.count())
    }

    #[test]
    fn a_request_that_waited_is_in_the_slow_log_behind_the_one_that_served_it() {
        let mut bench = waiting("BLPOP l 0");
        assert_eq!(counts(&mut bench, "BLPOP"), (1, 0, 0));
        bench.run("LPUSH l v");
        assert_eq!(slow(&mut bench)[..2], ["BLPOP l 0", "LPUSH l v"]);
        assert_eq!(counts(&mut bench, "BLPOP"), (1, 0, 1));
        let mut bench = waiting("BLPOP l 0");
        bench.check(&[("MULTI", "+OK"), ("LPUSH l v", "+QUEUED"), ("EXEC", "*1 :1")]);
        // EXEC itself is never in it.
        assert_eq!(slow(&mut bench)[..2], ["BLPOP l 0", "LPUSH l v"]);
        let mut bench = waiting("XREAD BLOCK 0 STREAMS s $");
        bench.run("XADD s 1 f v");
        assert_eq!(slow(&mut bench)[0], "XREAD BLOCK 0 STREAMS s $", "as it came");
    }

    #[test]
    fn of_a_wait_that_ends_without_its_key_only_unblocking_is_told() {
        let mut bench = waiting("BLPOP l 0.1");
        bench.advance_ms(200);
        assert_eq!(counts(&mut bench, "BLPOP"), (1, 0, 0));
        assert!(!slow(&mut bench).contains(&"BLPOP l 0.1".to_owned()));
        for how in ["TIMEOUT", "ERROR"] {
            let mut bench = waiting("BLPOP l 0");
            bench.check(&[(&format!("CLIENT UNBLOCK 2 {how}"), ":1")]);
            assert_eq!(counts(&mut bench, "BLPOP"), (1, 1, 1), "{how}");
            assert!(slow(&mut bench).contains(&"BLPOP l 0".to_owned()), "{how}");
        }
        let mut bench = waiting("BLPOP l 0");
        bench.run("SET l text");
        assert_eq!(counts(&mut bench, "BLPOP"), (1, 0, 0), "it waits for a list");
    }

    #[test]
    fn a_request_that_fails_when_it_is_served_has_failed_once() {
        let mut bench = waiting("BLMOVE l k LEFT LEFT 0");
        bench.check(&[("SET k text", "+OK"), ("LPUSH l v", ":1")]);
        assert_eq!(counts(&mut bench, "BLMOVE"), (1, 1, 1));
        assert_eq!(slow(&mut bench)[0], "BLMOVE l k LEFT LEFT 0");
    }
}
