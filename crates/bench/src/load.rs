//! A load: what to send, for how long, over a fleet of connections shared out among threads.
//!
//! `Plan` says what, `Fleet::run` does it and returns an `Outcome`. One fleet serves the
//! preload, the warm-up and the measured run, so the connections are warm when it counts.
//! The loops themselves are in `worker.rs`; printing is in `report.rs`.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::client::Target;
use crate::error::BenchError;
use crate::keys::Distribution;
use crate::replies::Tally;
use crate::template::Template;
use crate::worker::Worker;

/// The longest latency told apart, in nanoseconds.
const LATENCY_NS_MAX: u64 = 600_000_000_000;
/// How often the watcher of a run is called.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// When a run ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stop {
    /// After this many requests over all threads.
    Requests(u64),
    /// After this time.
    After(Duration),
}

/// When a request is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each connection sends its next requests when the replies to the last have come.
    Closed,
    /// Requests are due at even intervals, this many per second over all threads, whatever the
    /// server does. Latency counts from the due time, so a stalled server cannot hide its
    /// stall by slowing the client ("coordinated omission").
    Open(f64),
}

/// What becomes of a connection when its replies have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// It is used again.
    Kept,
    /// It is closed and a new one opened; only with `Pace::Closed`.
    Renewed,
}

/// What to send.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Commands and their weights.
    pub mix: Vec<(Template, u32)>,
    /// How keys are drawn.
    pub distribution: Distribution,
    /// How many keys there are.
    pub keys: u64,
    /// The seed of everything random.
    pub seed: u64,
    /// Value sizes in bytes, end excluded.
    pub size: Range<usize>,
    /// Requests in flight on one connection, at most.
    pub depth: usize,
    /// When to send.
    pub pace: Pace,
    /// When to stop.
    pub stop: Stop,
    /// Keep or renew connections.
    pub connections: Connections,
}

impl Plan {
    /// One command in a closed loop of depth 1 over kept connections, 3-byte values.
    pub fn new(template: Template, stop: Stop) -> Self {
        Self {
            mix: vec![(template, 1)],
            distribution: Distribution::Uniform,
            keys: 1,
            seed: 1,
            size: 3..4,
            depth: 1,
            pace: Pace::Closed,
            stop,
            connections: Connections::Kept,
        }
    }
}

/// What a run observed.
#[derive(Debug)]
pub struct Outcome {
    /// Replies and errors.
    pub tally: Tally,
    /// Requests that were due before the end but never sent (open loop, overloaded server).
    pub unsent: u64,
    /// From the first request to the last reply.
    pub elapsed: Duration,
    /// Latencies in nanoseconds.
    pub latency: Histogram<u64>,
    /// CPU time used by the load threads.
    pub client_cpu: Duration,
}

impl Outcome {
    /// An outcome before anything happened.
    ///
    /// # Errors
    /// Never in practice: the bounds of the histogram are constants.
    pub fn empty() -> Result<Self, BenchError> {
        let latency = Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3)
            .map_err(|error| BenchError::Usage(error.to_string()))?;
        let (elapsed, client_cpu) = (Duration::ZERO, Duration::ZERO);
        Ok(Self { tally: Tally::default(), unsent: 0, elapsed, latency, client_cpu })
    }

    /// Replies per second.
    pub fn rate(&self) -> f64 {
        self.tally.replies as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// CPU nanoseconds that the client itself spent for each reply.
    pub fn client_ns(&self) -> f64 {
        self.client_cpu.as_nanos() as f64 / (self.tally.replies as f64).max(1.0)
    }

    fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.unsent += other.unsent;
        self.elapsed = self.elapsed.max(other.elapsed);
        // Both histograms have the bounds of `empty`, so this cannot fail.
        let _ = self.latency.add(&other.latency);
        self.client_cpu += other.client_cpu;
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Replies so far.
    pub replies: u64,
    /// Time since the start.
    pub elapsed: Duration,
}

/// Open connections, shared out among threads.
#[derive(Debug)]
pub struct Fleet {
    workers: Vec<Worker>,
}

/// One thread's place in the fleet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub index: u64,
    pub threads: u64,
}

impl Part {
    /// This thread's share of `total`; the shares of all threads add up to it.
    pub fn share(self, total: u64) -> u64 {
        total * (self.index + 1) / self.threads - total * self.index / self.threads
    }
}

impl Fleet {
    /// Opens `connections` connections, at least one for each of `threads` threads.
    ///
    /// # Errors
    /// As `Target::connect`.
    pub fn connect(
        target: &Target,
        connections: usize,
        threads: usize,
    ) -> Result<Self, BenchError> {
        let threads = threads.max(1) as u64;
        let connections = (connections as u64).max(threads);
        let parts = (0..threads).map(|index| Part { index, threads });
        let workers = parts.map(|part| Worker::connect(target, part, part.share(connections)));
        Ok(Self { workers: workers.collect::<Result<_, _>>()? })
    }

    /// Carries out a plan; `watch` is called about once a second meanwhile.
    ///
    /// # Errors
    /// The first failure of any thread.
    pub fn run(
        &mut self,
        plan: &Plan,
        mut watch: impl FnMut(Moment),
    ) -> Result<Outcome, BenchError> {
        let counters: Vec<AtomicU64> = self.workers.iter().map(|_| AtomicU64::new(0)).collect();
        let start = Instant::now();
        let mut total = Outcome::empty()?;
        thread::scope(|scope| {
            let (sender, results) = mpsc::channel();
            let count = self.workers.len();
            for (worker, counter) in self.workers.iter_mut().zip(&counters) {
                let sender = sender.clone();
                scope.spawn(move || {
                    // The receiver is gone only when another thread has failed already.
                    let _ = sender.send(worker.run(plan, start, counter));
                });
            }
            let mut ended = 0;
            while ended < count {
                match results.recv_timeout(WATCH_INTERVAL) {
                    Ok(result) => {
                        total.merge(&result?);
                        ended += 1;
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        let replies = counters.iter().map(|c| c.load(Ordering::Relaxed)).sum();
                        watch(Moment { replies, elapsed: start.elapsed() });
                    }
                    Err(RecvTimeoutError::Disconnected) => return Err(BenchError::Closed),
                }
            }
            Ok(())
        })?;
        Ok(total)
    }
}
