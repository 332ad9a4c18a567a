//! What a program runs with.

use std::time::{Duration, Instant};

pub use parking_lot::{Condvar, Mutex, MutexGuard};
pub use std::hint::spin_loop;
pub use std::sync::atomic;
pub use std::thread::yield_now;

/// A moment until which one waits.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    #[inline]
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// True if it has come.
    #[inline]
    pub fn passed(&self) -> bool {
        Instant::now() > self.0
    }
}

/// The lock, unless it cannot be had before the deadline.
#[inline]
pub fn lock_until<T>(mutex: &Mutex<T>, deadline: Deadline) -> Option<MutexGuard<'_, T>> {
    mutex.try_lock_until(deadline.0)
}

/// Waits to be notified. True if the deadline came first. Has the lock again either way.
#[inline]
pub fn wait_until<T>(condvar: &Condvar, guard: &mut MutexGuard<'_, T>, deadline: Deadline) -> bool {
    condvar.wait_until(guard, deadline.0).timed_out()
}

/// Runs `body` without the lock.
#[inline]
pub fn unlocked<T, R>(guard: &mut MutexGuard<'_, T>, body: impl FnOnce() -> R) -> R {
    MutexGuard::unlocked(guard, body)
}
