//! The gate: how one worker gets the whole keyspace for itself.
//!
//! Each worker has a turn counter in a cache line of its own: odd while it is inside, even while it
//! is outside. Going in stores an odd number and then looks whether somebody wants to be alone;
//! wanting to be alone sets a flag and then waits until every other counter is even. Both are
//! sequentially consistent, so one of the two always sees the other. Going in and out
//! happens once a batch; between commands a worker only reads the flag.
//!
//! Who waits outside blocks on the mutex that the lone worker holds.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::thread::yield_now;

use crossbeam_utils::CachePadded;
use parking_lot::Mutex;

/// Spins before the lone worker starts to yield its processor while waiting for the others.
const SPINS: usize = 200;

/// The turnstile of a keyspace.
pub struct Gate {
    turns: Box<[CachePadded<AtomicU64>]>,
    wanted: CachePadded<AtomicBool>,
    alone: Mutex<()>,
}

impl Gate {
    /// A gate for `workers` workers, numbered from 0.
    pub fn new(workers: usize) -> Self {
        let turns = (0..workers).map(|_| CachePadded::new(AtomicU64::new(0))).collect();
        Self { turns, wanted: CachePadded::new(AtomicBool::new(false)), alone: Mutex::new(()) }
    }

    /// Goes in, waiting while somebody is alone. Panics if this worker is inside already.
    pub fn enter(&self, worker: usize) -> Inside<'_> {
        assert!(
            self.turns[worker].load(Relaxed).is_multiple_of(2),
            "worker {worker} is inside already"
        );
        self.step_in(worker);
        Inside { gate: self, worker }
    }

    fn step_in(&self, worker: usize) {
        let turn = &self.turns[worker];
        loop {
            turn.fetch_add(1, SeqCst);
            if !self.wanted.load(SeqCst) {
                return;
            }
            turn.fetch_add(1, SeqCst);
            drop(self.alone.lock());
        }
    }

    fn step_out(&self, worker: usize) {
        self.turns[worker].fetch_add(1, SeqCst);
    }

    fn wait_for_others(&self) {
        for turn in &self.turns {
            let mut spins = 0;
            while turn.load(SeqCst) % 2 == 1 {
                spins += 1;
                if spins < SPINS { spin_loop() } else { yield_now() }
            }
        }
    }

    /// The counters of all workers, for telling later whether each has ended its turn.
    pub(super) fn snapshot(&self) -> Box<[u64]> {
        self.turns.iter().map(|turn| turn.load(SeqCst)).collect()
    }

    /// True if every worker was outside at the snapshot or has ended that turn since. `except` asks
    /// nothing of the worker that asks.
    pub(super) fn all_turned(&self, snapshot: &[u64], except: usize) -> bool {
        self.turns.iter().zip(snapshot).enumerate().all(|(worker, (turn, &then))| {
            worker == except || then % 2 == 0 || turn.load(SeqCst) != then
        })
    }

    /// Number of workers.
    pub fn workers(&self) -> usize {
        self.turns.len()
    }
}

/// A worker inside the gate; dropping it steps out.
pub struct Inside<'g> {
    gate: &'g Gate,
    worker: usize,
}

impl<'g> Inside<'g> {
    /// The worker's number.
    pub fn worker(&self) -> usize {
        self.worker
    }

    pub(crate) fn gate(&self) -> &'g Gate {
        self.gate
    }

    /// Lets a worker that wants to be alone have its turn. Call between commands; holds no stripes
    /// (a `Held` borrows `self`).
    #[inline(always)]
    pub fn pass(&mut self) {
        if self.gate.wanted.load(Relaxed) {
            self.wait_outside();
        }
    }

    #[cold]
    fn wait_outside(&mut self) {
        self.gate.step_out(self.worker);
        drop(self.gate.alone.lock());
        self.gate.step_in(self.worker);
    }

    /// Runs `body` while every other worker is outside.
    pub fn alone<R>(&mut self, body: impl FnOnce(&mut Alone<'_>) -> R) -> R {
        self.gate.step_out(self.worker);
        let lock = self.gate.alone.lock();
        self.gate.wanted.store(true, SeqCst);
        let reset = Reset(&self.gate.wanted);
        self.gate.wait_for_others();
        let result = body(&mut Alone { gate: self.gate });
        drop(reset);
        drop(lock);
        self.gate.step_in(self.worker);
        result
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.gate.step_out(self.worker);
    }
}

/// Lets the others in again even if the body panics.
struct Reset<'a>(&'a AtomicBool);

impl Drop for Reset<'_> {
    fn drop(&mut self) {
        self.0.store(false, SeqCst);
    }
}

/// Proof that nobody else is inside.
pub struct Alone<'g> {
    gate: &'g Gate,
}

impl Alone<'_> {
    pub(crate) fn gate(&self) -> &Gate {
        self.gate
    }
}
