//! A stripe's lock, who is interested in its keys, and when somebody last could not have it: three
//! words in a cache line of their own.

use base::clock::Ticks;
use base::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use base::sync::spin_loop;

use super::chaos;

/// Attempts before giving up: about a microsecond.
const SPINS: usize = if cfg!(feature = "model") { 2 } else { 40 };

#[repr(align(64))]
#[derive(Default)]
pub(crate) struct Stripe {
    locked: AtomicBool,
    /// Bits whose meaning is the engine's: who must be told of changes to keys of this stripe. Set
    /// by whoever holds the stripe, so that the next holder sees it.
    pub(crate) interest: AtomicU32,
    /// When somebody was last refused, in ticks; 0: never.
    refused_at: AtomicU64,
}

impl Stripe {
    /// Locks, unless somebody else holds it for more than about a microsecond.
    #[inline(always)]
    pub(super) fn try_lock(&self) -> bool {
        chaos::point();
        if !self.locked.swap(true, Acquire) {
            return true;
        }
        self.spin()
    }

    #[cold]
    fn spin(&self) -> bool {
        for _ in 0..SPINS {
            chaos::point();
            if !self.locked.load(Relaxed) && !self.locked.swap(true, Acquire) {
                return true;
            }
            spin_loop();
        }
        self.refused_at.store(Ticks::now().number(), Relaxed);
        false
    }

    /// How long ago somebody was refused the lock, in ns.
    pub(crate) fn refused_ns_ago(&self) -> u64 {
        Ticks::now().since(Ticks::of_number(self.refused_at.load(Relaxed)))
    }

    #[inline(always)]
    pub(super) fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
