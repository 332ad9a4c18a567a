//! CLIENT PAUSE: until when which commands wait.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

/// A pause, over when its time has come.
#[derive(Default)]
pub(crate) struct Pause {
    until_ms: AtomicI64,
    all: AtomicBool,
}

impl Pause {
    /// Pauses writes, or everything, until a unix time. A running pause is only ever prolonged, and
    /// the stricter of the two holds.
    pub(crate) fn begin(&self, until_ms: i64, everything: bool, now_ms: i64) {
        let running = self.until_ms.load(Relaxed) > now_ms;
        self.all.store(everything || running && self.all.load(Relaxed), Relaxed);
        let until = if running { until_ms.max(self.until_ms.load(Relaxed)) } else { until_ms };
        self.until_ms.store(until, Relaxed);
    }

    pub(crate) fn end(&self) {
        self.until_ms.store(0, Relaxed);
    }

    /// Whether anything waits now.
    pub(crate) fn is_on(&self, now_ms: i64) -> bool {
        self.until_ms.load(Relaxed) > now_ms
    }

    /// Whether a command waits now; `changes`: it may change the keyspace.
    pub(crate) fn holds(&self, changes: bool, now_ms: i64) -> bool {
        self.is_on(now_ms) && (changes || self.all.load(Relaxed))
    }
}
