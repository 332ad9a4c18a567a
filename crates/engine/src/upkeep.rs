//! What a worker does by itself, ten times a second: expiry, accounting, the end of pauses.
//!
//! Each worker sweeps the stripes that fall to it. The tables know what is due (see
//! `structures::table`), so a sweep costs what expires, not what is stored. It runs in slices of
//! half a millisecond, between which commands are served, and takes no lock that is not free.
//! Elements that expire, of hashes, sets and sorted sets alike, are swept with their keys, some of
//! them under one lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use base::hash::KeyHasher;
use keyspace::db::{Cause, Tools};
use keyspace::deadline::{comes_at, deadlines_come};
use keyspace::value::{Object, sweep_elements};
use keyspace::{Db, Entry, Held};
use structures::table::Verdict;

use crate::lifecycle::condition;
use crate::mail::Mail;
use crate::worker::Turn;

/// Time between two sweeps, and what a running one may take before commands have their turn.
const TICK_MS: u64 = 100;
const SLICE: Duration = Duration::from_micros(500);
/// Keys, and elements of collections, removed under one lock.
const REMOVALS_PER_LOCK: usize = 64;
const ELEMENTS_PER_LOCK: usize = 64;
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
    /// Unix time in ms of the next tick; before that only waits end.
    due_ms: i64,
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
        self.look_again();
        self.end_waits();
        self.obey_signal();
        if self.moment.now_ms < self.state.upkeep.due_ms {
            return;
        }
        self.state.upkeep.next_tick_ms = TICK_MS;
        if self.node.lifecycle.rehearsal.upkeep_paused.load(Relaxed) {
            return;
        }
        self.state.upkeep.ticks += 1;
        if !self.state.unsent.is_empty() {
            self.forget_unsent();
        }
        self.end_pause();
        self.node.tracking.limit(self.node, self.state);
        if self.node.lifecycle.conditions() & condition::MEMORY_LIMITED != 0 {
            self.make_memory();
        }
        if self.state.index == 0 {
            self.watch_node();
        }
        let loading = self.node.lifecycle.conditions() & condition::LOADING != 0;
        let off = self.node.lifecycle.no_active_expiry.load(Relaxed);
        if !loading && !off && !self.node.pause.is_on(self.moment.now_ms) {
            self.sweep();
        }
        self.state.upkeep.due_ms = self.moment.now_ms + self.state.upkeep.next_tick_ms as i64;
        let net = (self.node.outside.allocator.thread_net)();
        self.node.memory.report(net, &mut self.state.reported_memory);
    }

    /// Sends sessions on their way whose pause is over.
    fn end_pause(&mut self) {
        if self.state.paused.is_empty() || self.node.pause.is_on(self.moment.now_ms) {
            return;
        }
        for client in std::mem::take(&mut self.state.paused) {
            let (node, mail) = (self.node, Mail::Resume { id: client.id });
            self.state.post(node, client.visitor.at, mail);
        }
    }

    /// What one worker does for all.
    fn watch_node(&mut self) {
        let node = self.node;
        let paused = node.pause.is_on(self.moment.now_ms);
        node.lifecycle.set(condition::PAUSED, paused);
        node.lifecycle.set(condition::LOG_FAILED, node.log.is_failed());
        node.watch_snapshots(self.moment.now_ms);
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
        let now_ms = self.moment.now_ms;
        let (mut desk, inside) = self.split();
        let Ok(mut held) = Held::stripe(keyspace, inside, stripe) else { return true };
        let mut table = held.table(database, stripe);
        desk.node.reports.expiry_lag.note(now_ms - comes_at(table.least_deadline()), now_ms);
        // A snapshot may want the elements as they are, which takes a look at each key.
        let is_frozen = keyspace.snapshot().is_some();
        let mut elements = ElementSweep {
            place: (database, now_ms),
            hasher: keyspace.hasher(),
            left: if is_frozen { 0 } else { ELEMENTS_PER_LOCK },
            tools: &mut desk.state.tools,
            is_frozen,
            frozen: Vec::new(),
        };
        let mut gone = Vec::new();
        let verdict = |entry: &mut Entry| elements.verdict(entry);
        let swept = table.sweep(come, REMOVALS_PER_LOCK, verdict, |entry| gone.push(entry));
        // With its share of elements used up, a collection may have more.
        let done = swept && (is_frozen || elements.left > 0);
        let frozen = elements.frozen;
        for entry in &gone {
            held.count_gone(database, stripe, entry);
        }
        let tools = &mut desk.state.tools;
        for entry in gone {
            let cause = if is_due(&entry, now_ms) { Cause::Expired } else { Cause::Emptied };
            tools.removals.note(cause, database, entry.key());
            let hash = keyspace.hasher().hash(entry.key());
            tools.part_with(keyspace, database, hash, entry);
        }
        for name in &frozen {
            let mut db = Db::new(&mut held, database, desk.moment, tools);
            // What the snapshot still needs comes up again.
            let _ = db.settle(db.key(name), ELEMENTS_PER_LOCK);
        }
        desk.publish_removals(held.interest());
        desk.serve_waiters(&mut held);
        done
    }
}

/// What a sweep of keys does about their elements.
struct ElementSweep<'s> {
    /// Number of the database, and unix time in ms.
    place: (usize, i64),
    hasher: &'s KeyHasher,
    /// Elements that may still be removed under this lock.
    left: usize,
    tools: &'s mut Tools,
    is_frozen: bool,
    /// Keys that have elements to be removed, while a snapshot is under way.
    frozen: Vec<Vec<u8>>,
}

impl ElementSweep<'_> {
    /// Whether a key goes; if not, its elements that are due go.
    fn verdict(&mut self, entry: &mut Entry) -> Verdict {
        let (database, now_ms) = self.place;
        if is_due(entry, now_ms) {
            return Verdict::Remove;
        }
        let family = entry.object().and_then(Object::family);
        let (tools, mut names) = (&mut *self.tools, Vec::new());
        let swept = sweep_elements(entry, self.hasher, (now_ms, self.left), |element| {
            names.push(element.key().to_vec());
            tools.discard(element);
        });
        self.left = self.left.saturating_sub(swept.removed);
        if let (Some(family), 1..) = (family, swept.removed) {
            tools.removals.note_lost(family, (database, entry.key()), names);
        }
        if self.is_frozen && !swept.done && self.frozen.len() < REMOVALS_PER_LOCK {
            self.frozen.push(entry.key().to_vec());
        }
        if swept.empty { Verdict::Remove } else { Verdict::Keep(swept.deadline) }
    }
}

fn is_due(entry: &Entry, now_ms: i64) -> bool {
    entry.expires_at().is_some_and(|at| at <= now_ms)
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[test]
    fn what_is_due_goes_by_itself_and_is_counted() {
        let mut bench = Bench::default();
        bench.check(&[("SET a 1 PX 500", "+OK"), ("SET b 1", "+OK"), ("DBSIZE", ":2")]);
        assert_eq!(bench.node.keyspace.timed_len(0), 1);
        bench.advance_ms(1000);
        bench.check(&[("DBSIZE", ":1")]);
        assert_eq!(bench.node.keyspace.timed_len(0), 0);
        assert_eq!(bench.node.reports.stats.totals().expired, 1);
    }

    #[test]
    fn nothing_goes_by_itself_while_that_is_off() {
        let mut bench = Bench::default();
        bench.check(&[("DEBUG SET-ACTIVE-EXPIRE 0", "+OK"), ("SET a 1 PX 500", "+OK")]);
        bench.advance_ms(1000);
        bench.check(&[("DBSIZE", ":1"), ("DEBUG SET-ACTIVE-EXPIRE 1", "+OK")]);
        bench.advance_ms(100);
        bench.check(&[("DBSIZE", ":0")]);
    }

    /// How each family makes an element that expires after 500 ms.
    const FAMILIES: [(&str, &str, &str); 3] = [
        ("HSETEX k PX 500 FIELDS 1 # v", "HSET k # v", "HLEN k"),
        ("SADDEX k PX 500 MEMBERS 1 #", "SADD k #", "SCARD k"),
        ("ZADD k 1 #;ZPEXPIRE k 500 MEMBERS 1 #", "ZADD k 1 #", "ZCARD k"),
    ];

    fn make(bench: &mut Bench, requests: &str, name: &str) {
        for request in requests.split(';') {
            bench.run(&request.replace('#', name));
        }
    }

    #[test]
    fn elements_go_by_themselves_and_the_last_takes_the_key_along() {
        for (timed, lasting, count) in FAMILIES {
            let mut bench = Bench::default();
            make(&mut bench, timed, "a");
            make(&mut bench, timed, "b");
            make(&mut bench, lasting, "c");
            bench.advance_ms(1000);
            assert_eq!(bench.node.reports.stats.totals().expired_elements, 2, "{count}");
            bench.check(&[(count, ":1"), ("DBSIZE", ":1"), ("DEL k", ":1")]);
            make(&mut bench, timed, "a");
            bench.advance_ms(1000);
            bench.check(&[("DBSIZE", ":0")]);
            let totals = bench.node.reports.stats.totals();
            assert_eq!((totals.expired_elements, totals.expired), (3, 0), "{count}");
        }
    }

    #[test]
    fn many_elements_go_within_the_tick_that_finds_them() {
        for (timed, lasting, count) in FAMILIES {
            let mut bench = Bench::default();
            for n in 0..1000 {
                make(&mut bench, timed, &format!("n{n}"));
            }
            make(&mut bench, lasting, "stays");
            // As long as a sweep runs out of its slice it goes on a millisecond later.
            bench.advance_ms(800);
            for _ in 0..50 {
                bench.advance_ms(1);
            }
            let gone = bench.node.reports.stats.totals().expired_elements;
            assert_eq!(gone, 1000, "{count}");
            bench.check(&[(count, ":1")]);
        }
    }

    #[test]
    fn what_reads_remove_is_counted_and_logged_for_replicas() {
        let mut bench = Bench::default();
        bench.run("DEBUG SET-ACTIVE-EXPIRE 0");
        bench.run("SADD s a b");
        bench.run("SPEXPIRE s 500 MEMBERS 1 a");
        bench.advance_ms(1000);
        bench.check(&[("SCARD s", ":2"), ("SISMEMBER s a", ":0"), ("SCARD s", ":1")]);
        bench.advance_ms(100);
        assert_eq!(bench.node.reports.stats.totals().expired_elements, 1);
    }
}
