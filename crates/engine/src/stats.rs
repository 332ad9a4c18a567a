//! Counters: a tally that a worker keeps for itself during a batch, and the sums that all may read.
//!
//! A worker adds its tally to its own sums once a batch, under a mutex that only readers of INFO
//! ever share; a command, or a run of the same one, costs one push.

use base::histogram::LatencyHistogram;
use commands::table;
use crossbeam_utils::CachePadded;
use parking_lot::Mutex;

/// What one command row did.
#[derive(Clone, Debug, Default)]
pub(crate) struct CommandStats {
    pub(crate) calls: u64,
    pub(crate) nanoseconds: u64,
    /// Refused before it ran.
    pub(crate) rejected: u64,
    /// Ran and answered an error.
    pub(crate) failed: u64,
    pub(crate) latency: LatencyHistogram,
}

/// Plain counters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) commands: u64,
    pub(crate) connections: u64,
    pub(crate) rejected_connections: u64,
    pub(crate) input_bytes: u64,
    pub(crate) output_bytes: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) expired: u64,
    pub(crate) expired_elements: u64,
    pub(crate) evicted: u64,
    /// Clients closed because all together took too much memory.
    pub(crate) evicted_clients: u64,
    pub(crate) changes: u64,
    pub(crate) errors: u64,
    /// Times that bytes of a client came, and went out.
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) query_buffer_disconnections: u64,
    pub(crate) output_buffer_disconnections: u64,
    /// Commands that found a stripe taken and were tried again.
    pub(crate) retries: u64,
    /// Nanoseconds spent sweeping expired keys.
    pub(crate) expire_ns: u64,
}

impl Totals {
    pub(crate) fn add(&mut self, other: &Self) {
        self.commands += other.commands;
        self.connections += other.connections;
        self.rejected_connections += other.rejected_connections;
        self.input_bytes += other.input_bytes;
        self.output_bytes += other.output_bytes;
        self.hits += other.hits;
        self.misses += other.misses;
        self.expired += other.expired;
        self.expired_elements += other.expired_elements;
        self.evicted += other.evicted;
        self.evicted_clients += other.evicted_clients;
        self.changes += other.changes;
        self.errors += other.errors;
        self.reads += other.reads;
        self.writes += other.writes;
        self.query_buffer_disconnections += other.query_buffer_disconnections;
        self.output_buffer_disconnections += other.output_buffer_disconnections;
        self.retries += other.retries;
        self.expire_ns += other.expire_ns;
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    Failed,
    Rejected,
    /// It has begun to wait.
    Waiting,
    /// It was counted when it began to wait, and has been served since.
    Served,
    /// Likewise, and has failed since.
    FailedWaiting,
}

/// Requests for one row that ended alike.
pub(crate) struct Calls {
    id: u16,
    ending: Ending,
    count: u32,
    /// That they took together.
    nanoseconds: u64,
}

/// A worker's counts since its last batch.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) totals: Totals,
    calls: Vec<Calls>,
    errors: Vec<String>,
}

/// Error codes kept apart; more than this many would be an attack on INFO.
const ERROR_CODES_MAX: usize = 128;

impl Tally {
    /// Counts a command: its row's id, how it ended, how long it ran.
    #[inline(always)]
    pub(crate) fn count(&mut self, id: u16, ending: Ending, nanoseconds: u64) {
        self.count_run(id, 1, ending, nanoseconds);
    }

    /// As [`Tally::count`], for several of the same that ended alike.
    #[inline(always)]
    pub(crate) fn count_run(&mut self, id: u16, count: u32, ending: Ending, nanoseconds: u64) {
        self.calls.push(Calls { id, ending, count, nanoseconds });
    }

    /// Counts an error reply by its code.
    pub(crate) fn count_error(&mut self, text: &[u8]) {
        self.totals.errors += 1;
        let code = text.split(|&b| b == b' ').next().unwrap_or_default();
        self.errors.push(String::from_utf8_lossy(code).into_owned());
    }
}

/// One worker's sums.
pub(crate) struct Sums {
    pub(crate) totals: Totals,
    pub(crate) commands: Box<[CommandStats]>,
    pub(crate) errors: Vec<(String, u64)>,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            totals: Totals::default(),
            commands: vec![CommandStats::default(); table::COUNT].into(),
            errors: Vec::new(),
        }
    }
}

impl Sums {
    fn take_in(&mut self, tally: &mut Tally, with_latency: bool) {
        self.totals.add(&tally.totals);
        tally.totals = Totals::default();
        for Calls { id, ending, count, nanoseconds } in tally.calls.drain(..) {
            let stats = &mut self.commands[usize::from(id)];
            let count = u64::from(count);
            match ending {
                Ending::Rejected => {
                    stats.rejected += count;
                    continue;
                }
                Ending::Failed | Ending::FailedWaiting => stats.failed += count,
                Ending::Done | Ending::Waiting | Ending::Served => {}
            }
            if !matches!(ending, Ending::Served | Ending::FailedWaiting) {
                self.totals.commands += count;
                stats.calls += count;
            }
            stats.nanoseconds += nanoseconds;
            if with_latency && ending != Ending::Waiting {
                stats.latency.record_several(nanoseconds / count.max(1), count);
            }
        }
        for code in tally.errors.drain(..) {
            count_code(&mut self.errors, code, 1);
        }
    }
}

fn count_code(errors: &mut Vec<(String, u64)>, code: String, count: u64) {
    let has_room = errors.len() < ERROR_CODES_MAX;
    match errors.iter_mut().find(|(known, _)| *known == code) {
        Some((_, total)) => *total += count,
        None if has_room => errors.push((code, count)),
        None => {}
    }
}

/// The sums of all workers.
pub(crate) struct Stats {
    workers: Box<[CachePadded<Mutex<Sums>>]>,
}

impl Stats {
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers: (0..workers).map(|_| CachePadded::default()).collect() }
    }

    /// Adds a worker's tally to its sums and empties it.
    #[inline]
    pub(crate) fn take_in(&self, worker: usize, tally: &mut Tally, with_latency: bool) {
        self.workers[worker].lock().take_in(tally, with_latency);
    }

    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.workers.iter().for_each(|sums| totals.add(&sums.lock().totals));
        totals
    }

    /// Figures of each row, summed over the workers; latencies too.
    pub(crate) fn commands(&self) -> Vec<CommandStats> {
        let mut all = vec![CommandStats::default(); table::COUNT];
        for sums in &self.workers {
            for (sum, part) in all.iter_mut().zip(&sums.lock().commands) {
                sum.calls += part.calls;
                sum.nanoseconds += part.nanoseconds;
                sum.rejected += part.rejected;
                sum.failed += part.failed;
                sum.latency.merge(&part.latency);
            }
        }
        all
    }

    /// Error replies by code, sorted by code.
    pub(crate) fn errors(&self) -> Vec<(String, u64)> {
        let mut all = Vec::new();
        for sums in &self.workers {
            for (code, count) in &sums.lock().errors {
                count_code(&mut all, code.clone(), *count);
            }
        }
        all.sort();
        all
    }

    /// CONFIG RESETSTAT.
    pub(crate) fn reset(&self) {
        self.workers.iter().for_each(|sums| *sums.lock() = Sums::default());
    }
}
