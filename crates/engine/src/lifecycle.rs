//! Where the server stands between start and stop.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

/// Facts about the whole server that make some requests wait or fail. While none holds, a request
/// is admitted by looking at this one word.
pub(crate) mod condition {
    /// Data is being loaded.
    pub(crate) const LOADING: u32 = 1 << 0;
    /// `maxmemory` is set.
    pub(crate) const MEMORY_LIMITED: u32 = 1 << 1;
    /// The log cannot be written.
    pub(crate) const LOG_FAILED: u32 = 1 << 2;
    /// Clients may be paused.
    pub(crate) const PAUSED: u32 = 1 << 3;
    /// There are fewer replicas than `min-replicas-to-write` asks for.
    pub(crate) const TOO_FEW_REPLICAS: u32 = 1 << 4;
    /// Somebody is shown every request.
    pub(crate) const MONITORED: u32 = 1 << 5;
    /// A script has run for too long: only what may end it is let in.
    pub(crate) const SCRIPT_BUSY: u32 = 1 << 6;
}

/// Start, run, stop.
#[derive(Default)]
pub struct Lifecycle {
    conditions: AtomicU32,
    over: AtomicBool,
    /// DEBUG SET-ACTIVE-EXPIRE 0
    pub(crate) no_active_expiry: AtomicBool,
    pub(crate) rehearsal: Rehearsal,
    saving: AtomicU8,
}

/// What DEBUG switches for tests of the server.
#[derive(Default)]
pub(crate) struct Rehearsal {
    /// PAUSE-CRON: workers do nothing by themselves.
    pub(crate) upkeep_paused: AtomicBool,
    /// QUICKLIST-PACKED-THRESHOLD, in bytes; 0: the usual one.
    pub(crate) packed_threshold: AtomicU64,
    /// SET-DISABLE-DENY-SCRIPTS: scripts may call anything.
    pub(crate) unbound_scripts: AtomicBool,
    /// SET-SKIP-CHECKSUM-VALIDATION
    pub(crate) unchecked_dumps: AtomicBool,
    /// AOF-FLUSH-SLEEP, in microseconds.
    pub(crate) flush_sleep_us: AtomicU64,
}

/// Whether the data is saved when the server ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Saving {
    /// If the settings ask for snapshots.
    #[default]
    AsConfigured,
    /// SHUTDOWN SAVE
    Always,
    /// SHUTDOWN NOSAVE
    Never,
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

    /// Whether the data is to be saved at the end.
    pub fn saving(&self) -> Saving {
        match self.saving.load(Relaxed) {
            1 => Saving::Always,
            2 => Saving::Never,
            _ => Saving::AsConfigured,
        }
    }

    pub(crate) fn set_saving(&self, saving: Saving) {
        let number = match saving {
            Saving::AsConfigured => 0,
            Saving::Always => 1,
            Saving::Never => 2,
        };
        self.saving.store(number, Relaxed);
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
