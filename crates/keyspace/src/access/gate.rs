//! The gate: how one worker gets the whole keyspace for itself.
//!
//! Each worker has a cell in a cache line of its own: a turn counter, odd while it is inside, and a
//! word by which others ask it to stop. Going in makes the counter odd and then looks at the word;
//! wanting to be alone sets everybody's word and then waits until every other counter is even. Both
//! are sequentially consistent, so one of the two always sees the other. Going in and out happens
//! once a batch; between commands a worker only reads its own word.
//!
//! Nobody is kept waiting for long by somebody who only wants to be alone: if a worker is busy with
//! a long command, the attempt is given up after `PATIENCE`, everybody else goes on, and only the
//! one that was busy is asked to stay outside when it comes out. The next attempt finds it there;
//! until then attempts end at once and disturb nobody. Seats for long requests stay outside from
//! the first attempt on, so that long requests that overlap cannot keep somebody waiting for ever.
//!
//! Not here: what a worker inside holds (`inside.rs`).

use std::time::Duration;

use base::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use base::sync::{
    Condvar, Deadline, Mutex, MutexGuard, lock_until, spin_loop, unlocked, wait_until, yield_now,
};
use crossbeam_utils::CachePadded;

use super::chaos;
use super::inside::Inside;

/// Spins before whoever waits for the others starts to yield its processor.
const SPINS: usize = if cfg!(feature = "model") { 2 } else { 200 };
/// How long everybody may be kept outside because one does not come out.
const PATIENCE: Duration = Duration::from_micros(200);
/// How long a worker that was asked to stay outside does so before it takes the asker for gone.
const DETAINED_MAX: Duration = Duration::from_millis(5);
/// The same for seats for long requests: others of them may have to end first.
const DETAINED_LONG_MAX: Duration = Duration::from_millis(100);

/// How long to wait for the others to come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Not long: the caller can try again later.
    Short,
    /// Until they do.
    Endless,
}

/// How waiting for the others ended.
enum Waited {
    Out,
    /// One of them wants to be alone and cannot come out.
    Upgrade,
    Late,
}

/// Somebody is inside for longer than one may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupied;

#[derive(Default)]
struct Cell {
    turn: AtomicU64,
    /// Whether somebody asks this worker to stay outside.
    stop: AtomicBool,
}

impl Cell {
    fn is_inside(&self) -> bool {
        self.turn.load(SeqCst) % 2 == 1
    }
}

/// The turnstile of a keyspace.
pub struct Gate {
    cells: Box<[CachePadded<Cell>]>,
    /// Held by whoever is alone, or about to be.
    alone: Mutex<()>,
    /// Told when the words are taken back.
    opened: Condvar,
    /// A worker that holds stripes wants to be alone: others who want that give way.
    upgrading: AtomicBool,
    /// The first of the seats for long requests.
    long_from: usize,
}

impl Gate {
    /// A gate for `workers` workers, numbered from 0.
    pub fn new(workers: usize) -> Self {
        Self {
            cells: (0..workers).map(|_| CachePadded::default()).collect(),
            alone: Mutex::new(()),
            opened: Condvar::new(),
            upgrading: AtomicBool::new(false),
            long_from: workers,
        }
    }

    /// So many workers more, before anybody has gone through.
    pub(crate) fn add_seats(&mut self, workers: usize) {
        self.cells = (0..self.cells.len() + workers).map(|_| CachePadded::default()).collect();
    }

    pub(crate) fn set_long_seats_from(&mut self, seat: usize) {
        self.long_from = seat;
    }

    /// Goes in, waiting while somebody is alone. Panics if this worker is inside already.
    pub fn enter(&self, worker: usize) -> Inside<'_> {
        assert!(!self.cells[worker].is_inside(), "worker {worker} is inside already");
        self.step_in(worker);
        Inside::new(self, worker)
    }

    pub(super) fn step_in(&self, worker: usize) {
        let cell = &self.cells[worker];
        loop {
            cell.turn.fetch_add(1, SeqCst);
            if !cell.stop.load(SeqCst) {
                return;
            }
            cell.turn.fetch_add(1, SeqCst);
            self.wait_outside(worker);
        }
    }

    /// Goes in as the one who is alone, whatever its own word says.
    pub(super) fn step_in_alone(&self, worker: usize) {
        self.cells[worker].turn.fetch_add(1, SeqCst);
    }

    pub(super) fn step_out(&self, worker: usize) {
        self.cells[worker].turn.fetch_add(1, SeqCst);
    }

    /// Whether a worker is asked to stop; one relaxed load of its own line.
    #[inline(always)]
    pub(super) fn stops(&self, worker: usize) -> bool {
        self.cells[worker].stop.load(Relaxed)
    }

    /// Waits until the word is taken back, or whoever set it has gone.
    fn wait_outside(&self, worker: usize) {
        let cell = &self.cells[worker];
        let is_long = worker >= self.long_from;
        let most = if is_long { DETAINED_LONG_MAX } else { DETAINED_MAX };
        let deadline = Deadline::after(most);
        let mut lock = self.alone.lock();
        while cell.stop.load(SeqCst) {
            if wait_until(&self.opened, &mut lock, deadline) {
                // The lock is ours, so nobody is alone: the word is a detention that was forgotten.
                cell.stop.store(false, SeqCst);
            }
        }
    }

    /// Becomes alone for a worker that has stepped out: on success nobody else is inside until
    /// [`Gate::open`] gets the guard back.
    pub(super) fn close(&self, patience: Patience) -> Result<MutexGuard<'_, ()>, Occupied> {
        let deadline = Deadline::after(PATIENCE);
        let mut lock = match patience {
            Patience::Short => lock_until(&self.alone, deadline).ok_or(Occupied)?,
            Patience::Endless => self.alone.lock(),
        };
        if patience == Patience::Short && self.has_straggler() {
            return Err(Occupied);
        }
        loop {
            self.stop_all(true);
            match self.wait_for_others(patience, deadline) {
                Waited::Out => return Ok(lock),
                // It holds what we may need and cannot come out: let it go first.
                Waited::Upgrade => unlocked(&mut lock, || self.wait_for_upgrade()),
                Waited::Late => {
                    self.detain_stragglers();
                    return Err(Occupied);
                }
            }
        }
    }

    /// Whether one that was asked to stay outside has not come out yet. The caller has the lock.
    fn has_straggler(&self) -> bool {
        self.cells.iter().any(|cell| cell.stop.load(SeqCst) && cell.is_inside())
    }

    fn wait_for_others(&self, patience: Patience, deadline: Deadline) -> Waited {
        let mut spins = 0;
        for cell in &self.cells {
            while cell.is_inside() {
                if self.upgrading.load(SeqCst) {
                    return Waited::Upgrade;
                }
                let late = patience == Patience::Short && spins > SPINS;
                if late && deadline.passed() {
                    return Waited::Late;
                }
                wait_a_little(&mut spins);
            }
        }
        Waited::Out
    }

    /// As [`Gate::close`], for a worker that is inside and may hold stripes. It gives up if the
    /// others do not come out soon, or if another such worker is at it.
    pub(super) fn try_close_from_inside(
        &self,
        worker: usize,
    ) -> Result<MutexGuard<'_, ()>, Occupied> {
        if self.upgrading.swap(true, SeqCst) {
            return Err(Occupied);
        }
        let deadline = Deadline::after(PATIENCE);
        let result = match lock_until(&self.alone, deadline) {
            None => Err(Occupied),
            Some(lock) => {
                self.stop_all(true);
                if self.are_others_out(worker, deadline) {
                    Ok(lock)
                } else {
                    self.open(lock);
                    Err(Occupied)
                }
            }
        };
        self.upgrading.store(false, SeqCst);
        result
    }

    fn are_others_out(&self, worker: usize, deadline: Deadline) -> bool {
        let mut spins = 0;
        for (index, cell) in self.cells.iter().enumerate() {
            while index != worker && cell.is_inside() {
                if spins > SPINS && deadline.passed() {
                    return false;
                }
                wait_a_little(&mut spins);
            }
        }
        true
    }

    /// Lets everybody in again.
    pub(super) fn open(&self, lock: MutexGuard<'_, ()>) {
        self.stop_all(false);
        drop(lock);
        self.opened.notify_all();
    }

    fn stop_all(&self, stop: bool) {
        self.cells.iter().for_each(|cell| cell.stop.store(stop, SeqCst));
    }

    /// Lets everybody go on but those who did not come out in time, and seats for long requests.
    fn detain_stragglers(&self) {
        for (worker, cell) in self.cells.iter().enumerate() {
            cell.stop.store(worker >= self.long_from || cell.is_inside(), SeqCst);
        }
        self.opened.notify_all();
    }

    fn wait_for_upgrade(&self) {
        let mut spins = 0;
        while self.upgrading.load(SeqCst) {
            wait_a_little(&mut spins);
        }
    }

    /// The counters of all workers, for telling later whether each has ended its turn.
    pub(super) fn snapshot(&self) -> Box<[u64]> {
        self.cells.iter().map(|cell| cell.turn.load(SeqCst)).collect()
    }

    /// True if every worker was outside at the snapshot or has ended that turn since. `except` asks
    /// nothing of the worker that asks.
    pub(super) fn all_turned(&self, snapshot: &[u64], except: usize) -> bool {
        self.cells.iter().zip(snapshot).enumerate().all(|(worker, (cell, &then))| {
            worker == except || then % 2 == 0 || cell.turn.load(SeqCst) != then
        })
    }

    /// Number of workers.
    pub fn workers(&self) -> usize {
        self.cells.len()
    }
}

fn wait_a_little(spins: &mut usize) {
    chaos::point();
    *spins += 1;
    if *spins < SPINS { spin_loop() } else { yield_now() }
}
