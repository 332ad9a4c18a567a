//! What a worker does by itself, ten times a second: expiry, accounting, the end of pauses.
//!
//! Each worker sweeps the stripes that fall to it. The tables know what is due (see
//! `structures::table`), so a sweep costs what expires, not what is stored. It runs in slices of
//! half a millisecond, between which commands are served, and takes no lock that is not free.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use keyspace::Held;
use keyspace::db::Cause;
use keyspace::deadline::{comes_at, deadline_of, deadlines_come};
use structures::table::{NO_DEADLINE, Verdict};

use crate::clients::Mail;
use crate::lifecycle::condition;
use crate::run::publish_removals;
use crate::worker::Turn;

/// Time between two sweeps, and what a running one may take before commands have their turn.
const TICK_MS: u64 = 100;
const SLICE: Duration = Duration::from_micros(500);
/// Keys removed under one lock.
const REMOVALS_PER_LOCK: usize = 64;
/// How far removals may lag behind before the worst lag shown is forgotten.
const LAG_WINDOW_MS: i64 = 60_000;

/// A worker's own agenda.
#[derive(Default)]
pub(crate) struct Upkeep {
    /// Milliseconds until the next tick is wanted.
    pub(crate) next_tick_ms: u64,
    /// Where a sweep that ran out of time goes on: (database, stripe).
    resume: Option<(usize, usize)>,
    ticks: u64,
}

/// How late expired keys are removed, in ms: the worst of the last minute.
#[derive(Default)]
pub(crate) struct Lag {
    worst_ms: AtomicU64,
    since_ms: AtomicU64,
}

impl Lag {
    fn note(&self, lag_ms: i64, now_ms: i64) {
        let since = self.since_ms.load(Relaxed) as i64;
        if now_ms - since > LAG_WINDOW_MS {
            self.since_ms.store(now_ms as u64, Relaxed);
            self.worst_ms.store(0, Relaxed);
        }
        self.worst_ms.fetch_max(lag_ms.max(0) as u64, Relaxed);
    }

    pub(crate) fn worst_ms(&self) -> u64 {
        self.worst_ms.load(Relaxed)
    }
}

/// Operations and bytes a second, over the last seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    at_ms: i64,
    commands: u64,
    input_bytes: u64,
    output_bytes: u64,
    pub(crate) commands_per_s: u64,
    pub(crate) input_bytes_per_s: u64,
    pub(crate) output_bytes_per_s: u64,
}

impl Turn<'_> {
    /// The worker's own work, when its time has come.
    pub fn tick(&mut self) {
        self.state.upkeep.next_tick_ms = TICK_MS;
        self.state.upkeep.ticks += 1;
        self.end_pause();
        if self.state.index == 0 {
            self.watch_node();
        }
        let loading = self.node.lifecycle.conditions() & condition::LOADING != 0;
        let off = self.node.lifecycle.no_active_expiry.load(Relaxed);
        if !loading && !off && !self.node.pause.is_on(self.moment.now_ms) {
            self.sweep();
        }
        let net = (self.node.outside.allocator.thread_net)();
        self.node.memory.report(net, &mut self.state.reported_memory);
    }

    /// Sends sessions on their way whose pause is over.
    fn end_pause(&mut self) {
        if self.state.paused.is_empty() || self.node.pause.is_on(self.moment.now_ms) {
            return;
        }
        for client in std::mem::take(&mut self.state.paused) {
            self.node.outside.post.post(client.visitor.at, Mail::Resume { id: client.id });
        }
    }

    /// What one worker does for all.
    fn watch_node(&mut self) {
        let node = self.node;
        let paused = node.pause.is_on(self.moment.now_ms);
        node.lifecycle.set(condition::PAUSED, paused);
        node.lifecycle.set(condition::LOG_FAILED, node.log.is_failed());
        if self.state.upkeep.ticks % 10 == 1 {
            let allocated = (node.outside.allocator.figures)().allocated;
            if allocated > 0 {
                node.memory.used.store(allocated as i64, Relaxed);
                node.memory.peak.fetch_max(allocated, Relaxed);
            }
            self.sample_rates();
        }
    }

    fn sample_rates(&mut self) {
        let totals = self.node.reports.stats.totals();
        let mut rates = self.node.reports.rates.lock();
        let elapsed_ms = (self.moment.now_ms - rates.at_ms).max(1) as u64;
        let per_second = |now: u64, then: u64| now.saturating_sub(then) * 1000 / elapsed_ms;
        *rates = Rates {
            at_ms: self.moment.now_ms,
            commands: totals.commands,
            input_bytes: totals.input_bytes,
            output_bytes: totals.output_bytes,
            commands_per_s: per_second(totals.commands, rates.commands),
            input_bytes_per_s: per_second(totals.input_bytes, rates.input_bytes),
            output_bytes_per_s: per_second(totals.output_bytes, rates.output_bytes),
        };
    }

    /// Removes expired keys from this worker's share of the stripes, for one slice of time.
    fn sweep(&mut self) {
        let begun = Instant::now();
        let keyspace = &self.node.keyspace;
        let workers = self.node.outside.workers.max(1);
        let index = self.state.index;
        let share = |n: usize| keyspace.stripe_count() * n / workers;
        let (first, end) = (share(index), share(index + 1));
        let come = deadlines_come(self.moment.now_ms);
        let (database, stripe) = self.state.upkeep.resume.take().unwrap_or((0, first));
        let mut at = (database, stripe);
        while at.0 < keyspace.databases() {
            if at.1 >= end {
                at = (at.0 + 1, first);
                continue;
            }
            if keyspace.least_deadline(&self.inside, at.0, at.1) <= come {
                let done = self.sweep_stripe(at.0, at.1, come);
                if begun.elapsed() >= SLICE {
                    self.state.upkeep.resume = Some(if done { (at.0, at.1 + 1) } else { at });
                    self.state.upkeep.next_tick_ms = 1;
                    break;
                }
                if !done {
                    continue;
                }
            }
            at.1 += 1;
        }
        self.state.tally.totals.expire_ns += begun.elapsed().as_nanos() as u64;
    }

    /// One lock's worth of removals. True if the stripe has nothing more that is due (or is taken).
    fn sweep_stripe(&mut self, database: usize, stripe: usize, come: u32) -> bool {
        let keyspace = &self.node.keyspace;
        let Ok(mut held) = Held::stripe(keyspace, &self.inside, stripe) else { return true };
        let now_ms = self.moment.now_ms;
        let mut table = held.table(database, stripe);
        self.node.reports.expiry_lag.note(now_ms - comes_at(table.least_deadline()), now_ms);
        let tools = &mut self.state.tools;
        let mut gone = Vec::new();
        let verdict = |entry: &mut keyspace::Entry| match entry.expires_at() {
            Some(at) if at <= now_ms => Verdict::Remove,
            Some(at) => Verdict::Keep(deadline_of(at)),
            None => Verdict::Keep(NO_DEADLINE),
        };
        let done = table.sweep(come, REMOVALS_PER_LOCK, verdict, |entry| gone.push(entry));
        for entry in gone {
            tools.removals.note(Cause::Expired, database, entry.key());
            tools.discard(entry);
        }
        publish_removals(self.node, self.state, &mut self.release_at);
        done
    }
}
