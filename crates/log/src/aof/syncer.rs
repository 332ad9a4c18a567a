//! The thread behind the log: syncs when the policy says so, and tries again after a failure.
//!
//! `everysec`: one sync a second, if anything was written. `no`: sleeps. `always`: group commit:
//!
//! ```text
//! loop: sleep until a worker has committed something
//!       gather: until as many records have come as were in flight last time, or GATHER_SHARE of a
//!               sync's usual time has passed
//!       write, sync, publish the durable offset, wake the workers
//! ```
//!
//! Why gather: clients that wait for replies come back just after a sync. Starting the next one for
//! the first of them makes all the others wait for two. How many are in flight is known: those just
//! released and those that came meanwhile. A lone client is in flight alone, so it never waits; and
//! clients that do not come back cost the others the share once, as the next count is without them.
//!
//! Waking: the thread says in `wake_at` how many records it waits for; only the worker that reaches
//! the number pays for waking it. Both sides write, fence and then read, so one sees the other.
//!
//! Not here: the file (`writer.rs`), and what a failure means to clients (`log.rs`).

use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::aof::annotations::BATCH_AGE;
use crate::log::{Policy, Shared};

const SYNC_INTERVAL: Duration = Duration::from_secs(1);
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// Part of a sync's usual time, one in so many, that gathering may take, and never more than:
const GATHER_SHARE: u32 = 2;
const GATHER_MAX: Duration = Duration::from_millis(5);

/// How workers and the thread meet.
pub(crate) struct Bell {
    state: Mutex<BellState>,
    condvar: Condvar,
    /// Records, counted as the stream does, at which the thread wants to be woken.
    wake_at: AtomicU64,
}

#[derive(Default)]
struct BellState {
    rung: bool,
    closing: bool,
}

impl Bell {
    pub(crate) fn new() -> Bell {
        Bell {
            state: Mutex::new(BellState::default()),
            condvar: Condvar::new(),
            wake_at: AtomicU64::new(u64::MAX),
        }
    }

    /// A worker has committed; `records` says how many there are by now.
    #[inline]
    pub(crate) fn ring_for(&self, records: u64) {
        fence(Ordering::SeqCst);
        let wanted = self.wake_at.load(Ordering::Relaxed);
        if records >= wanted {
            let claim = self.wake_at.compare_exchange(
                wanted,
                u64::MAX,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            if claim.is_ok() {
                self.ring();
            }
        }
    }

    /// Wakes the thread in any case.
    pub(crate) fn ring(&self) {
        self.state.lock().rung = true;
        self.condvar.notify_one();
    }

    /// Asks the thread to end.
    pub(crate) fn close(&self) {
        self.state.lock().closing = true;
        self.condvar.notify_one();
    }

    /// Sleeps until rung or until `patience` is over, if any; at once if `ready` says so after
    /// `wake_at` has been published. Returns whether the thread shall go on.
    fn wait(&self, wake_at: u64, patience: Option<Duration>, ready: impl Fn() -> bool) -> bool {
        self.wake_at.store(wake_at, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let end = patience.map(|patience| Instant::now() + patience);
        let mut state = self.state.lock();
        while !state.rung && !state.closing && !ready() {
            match end {
                None => self.condvar.wait(&mut state),
                Some(end) if self.condvar.wait_until(&mut state, end).timed_out() => break,
                Some(_) => {}
            }
        }
        self.wake_at.store(u64::MAX, Ordering::Relaxed);
        state.rung = false;
        !state.closing
    }
}

/// What the thread remembers from one batch to the next.
struct Batches {
    /// Records before the batch that is being gathered.
    start: u64,
    /// Records in flight, which is how many the batch may hope for.
    in_flight: u64,
}

/// The body of the thread.
pub(crate) fn run(shared: &Shared) {
    let mut batches = Batches { start: 0, in_flight: 0 };
    loop {
        let go_on = if shared.is_failed() {
            shared.bell.wait(u64::MAX, Some(RETRY_INTERVAL), || false)
        } else {
            match shared.policy() {
                Policy::Always => batches.gather(shared),
                Policy::EverySecond => shared.bell.wait(u64::MAX, Some(SYNC_INTERVAL), || false),
                Policy::No => shared.bell.wait(u64::MAX, Some(BATCH_AGE), || false),
            }
        };
        if !go_on {
            return;
        }
        batches.work(shared);
    }
}

impl Batches {
    /// Sleeps until there is something to sync, and then a little longer if that pays.
    fn gather(&self, shared: &Shared) -> bool {
        let pending = || shared.has_undurable() || shared.policy() != Policy::Always;
        if !shared.bell.wait(0, Some(BATCH_AGE), pending) {
            return false;
        }
        if !pending() {
            // The last batch may want its checksum.
            return true;
        }
        let target = self.start + self.in_flight;
        let patience = (shared.sync_time() / GATHER_SHARE).min(GATHER_MAX);
        let complete = || shared.stream.records() >= target;
        complete() || shared.bell.wait(target, Some(patience), complete)
    }

    fn work(&mut self, shared: &Shared) {
        // Before the records are taken, so that none is left out of both counts.
        let start = shared.stream.records();
        shared.upkeep();
        self.in_flight = shared.stream.records() - self.start;
        self.start = start;
    }
}
