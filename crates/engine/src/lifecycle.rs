//! Where the server stands between start and stop.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// Facts about the whole server that make some requests wait or fail. While none holds, a request is
/// admitted by looking at this one word.
pub(crate) mod condition {
    /// Data is being loaded.
    pub(crate) const LOADING: u32 = 1 << 0;
    /// `maxmemory` is set.
    pub(crate) const MEMORY_LIMITED: u32 = 1 << 1;
    /// The log cannot be written.
    pub(crate) const LOG_FAILED: u32 = 1 << 2;
    /// Clients may be paused.
    pub(crate) const PAUSED: u32 = 1 << 3;
}

/// Start, run, stop.
#[derive(Default)]
pub struct Lifecycle {
    conditions: AtomicU32,
    over: AtomicBool,
    /// DEBUG SET-ACTIVE-EXPIRE 0
    pub(crate) no_active_expiry: AtomicBool,
}

impl Lifecycle {
    #[inline(always)]
    pub(crate) fn conditions(&self) -> u32 {
        self.conditions.load(Relaxed)
    }

    pub(crate) fn set(&self, condition: u32, on: bool) {
        if on {
            self.conditions.fetch_or(condition, Relaxed);
        } else {
            self.conditions.fetch_and(!condition, Relaxed);
        }
    }

    /// Whether workers shall stop.
    pub fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    /// Makes the workers stop after their present batch.
    pub fn end(&self) {
        self.over.store(true, Relaxed);
    }
}
