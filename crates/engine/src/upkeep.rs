//! What a worker does by itself, ten times a second: expiry, accounting, the end of pauses.
//!
//! Each worker sweeps the stripes that fall to it. The tables know what is due (see
//! `structures::table`), so a sweep costs what expires, not what is stored. It runs in slices of
//! half a millisecond, between which commands are served, and takes no lock that is not free.
//! Fields of hashes that expire are swept with their keys, some of them under one lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use commands::events::{generic, hash as hash_events};
use keyspace::db::Cause;
use keyspace::deadline::{comes_at, deadlines_come};
use keyspace::value::sweep_fields;
use keyspace::{Entry, Held};
use structures::table::Verdict;

use crate::desk::Desk;
use crate::lifecycle::condition;
use crate::mail::Mail;
use crate::worker::Turn;

/// Time between two sweeps, and what a running one may take before commands have their turn.
const TICK_MS: u64 = 100;
const SLICE: Duration = Duration::from_micros(500);
/// Keys, and fields of hashes, removed under one lock.
const REMOVALS_PER_LOCK: usize = 64;
const FIELDS_PER_LOCK: usize = 64;
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
        let (desk, inside) = self.split();
        let Ok(mut held) = Held::stripe(keyspace, inside, stripe) else { return true };
        let mut table = held.table(database, stripe);
        desk.node.reports.expiry_lag.note(now_ms - comes_at(table.least_deadline()), now_ms);
        // A snapshot may want the fields: they wait until it has ended.
        let is_frozen = keyspace.snapshot().is_some();
        let left = if is_frozen { 0 } else { FIELDS_PER_LOCK };
        let mut fields = FieldSweep { now_ms, left, lost: Vec::new() };
        let mut gone = Vec::new();
        let verdict = |entry: &mut Entry| fields.verdict(entry);
        let swept = table.sweep(come, REMOVALS_PER_LOCK, verdict, |entry| gone.push(entry));
        // With its share of fields used up, a hash may have more.
        let done = swept && (is_frozen || fields.left > 0);
        for entry in &gone {
            held.count_gone(database, stripe, entry);
        }
        let mut desk = desk;
        desk.publish_lost_fields(database, fields.lost, held.interest());
        for entry in gone {
            if is_due(&entry, now_ms) {
                desk.state.tools.removals.note(Cause::Expired, database, entry.key());
            } else {
                desk.log(database, &[b"DEL", entry.key()]);
                if held.interest() != 0 {
                    let hash = keyspace.hasher().hash(entry.key());
                    desk.announce(database, (entry.key(), hash), &hash_events::HEXPIRED);
                    desk.announce(database, (entry.key(), hash), &generic::DEL);
                }
            }
            let hash = keyspace.hasher().hash(entry.key());
            desk.state.tools.part_with(keyspace, database, hash, entry);
        }
        desk.publish_removals(held.interest());
        desk.serve_waiters(&mut held);
        done
    }
}

impl Desk<'_> {
    /// Logs, counts and announces fields that expired, while their keys' stripe is held.
    fn publish_lost_fields(&mut self, database: usize, lost: Vec<LostFields>, interest: u32) {
        for LostFields { key, fields } in lost {
            self.state.tally.totals.expired_fields += fields.len() as u64;
            if let Some(key) = key {
                let words: Vec<&[u8]> = [b"HDEL".as_slice(), &key]
                    .into_iter()
                    .chain(fields.iter().map(Entry::key))
                    .collect();
                self.log(database, &words);
                if interest != 0 {
                    let hash = self.node.keyspace.hasher().hash(&key);
                    self.announce(database, (&key, hash), &hash_events::HEXPIRED);
                }
            }
            fields.into_iter().for_each(|field| self.state.tools.discard(field));
        }
    }
}

/// Fields of one hash that expired.
struct LostFields {
    /// The hash's key, unless no field is left: then the key goes, and the record that says so is
    /// enough.
    key: Option<Vec<u8>>,
    fields: Vec<Entry>,
}

/// What a sweep of keys does about their fields.
struct FieldSweep {
    now_ms: i64,
    /// Fields that may still be removed under this lock.
    left: usize,
    lost: Vec<LostFields>,
}

impl FieldSweep {
    /// Whether a key goes; if not, its fields that are due go.
    fn verdict(&mut self, entry: &mut Entry) -> Verdict {
        if is_due(entry, self.now_ms) {
            return Verdict::Remove;
        }
        let mut fields = Vec::new();
        let swept = sweep_fields(entry, self.now_ms, self.left, |field| fields.push(field));
        self.left = self.left.saturating_sub(swept.removed);
        if swept.removed > 0 {
            let key = (!swept.empty).then(|| entry.key().to_vec());
            self.lost.push(LostFields { key, fields });
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

    #[test]
    fn fields_go_by_themselves_and_the_last_takes_the_key_along() {
        let mut bench = Bench::default();
        bench.run("HSET h a 1 b 2 c 3");
        bench.run("HPEXPIRE h 500 FIELDS 2 a b");
        bench.run("HPEXPIRE h 5000 FIELDS 1 c");
        bench.advance_ms(1000);
        assert_eq!(bench.node.reports.stats.totals().expired_fields, 2);
        bench.check(&[("HLEN h", ":1"), ("DBSIZE", ":1")]);
        bench.advance_ms(5000);
        bench.check(&[("DBSIZE", ":0")]);
        let totals = bench.node.reports.stats.totals();
        assert_eq!((totals.expired_fields, totals.expired), (3, 0));
    }

    #[test]
    fn many_fields_go_in_one_tick() {
        let mut bench = Bench::default();
        for n in 0..1000 {
            bench.run(&format!("HSETEX h PX 500 FIELDS 1 f{n} v"));
        }
        bench.run("HSET h stays v");
        for _ in 0..100 {
            bench.advance_ms(100);
        }
        assert_eq!(bench.node.reports.stats.totals().expired_fields, 1000);
        bench.check(&[("HGETALL h", "*2 $5 stays $1 v")]);
    }
}
