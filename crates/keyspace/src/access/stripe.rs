//! A stripe's lock: one word in a cache line of its own.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Attempts before giving up: about a microsecond.
const SPINS: usize = 40;

#[repr(align(64))]
#[derive(Default)]
pub(crate) struct Stripe {
    locked: AtomicBool,
}

impl Stripe {
    /// Locks, unless somebody else holds it for more than about a microsecond.
    #[inline(always)]
    pub(super) fn try_lock(&self) -> bool {
        if !self.locked.swap(true, Acquire) {
            return true;
        }
        self.spin()
    }

    #[cold]
    fn spin(&self) -> bool {
        for _ in 0..SPINS {
            if !self.locked.load(Relaxed) && !self.locked.swap(true, Acquire) {
                return true;
            }
            spin_loop();
        }
        false
    }

    #[inline(always)]
    pub(super) fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
