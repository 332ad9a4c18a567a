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
    /// The last save failed, and writes are to be refused then.
    pub(crate) const DUMP_FAILED: u32 = 1 << 6;
    /// The server has ended but for its threads: nothing runs any more.
    pub(crate) const ENDING: u32 = 1 << 7;
    /// A script has run for too long: only what may end it is let in.
    pub(crate) const SCRIPT_BUSY: u32 = 1 << 8;
    /// Somebody is shown the ways of requests.
    pub(crate) const TRACED: u32 = 1 << 9;
}

/// Start, run, stop.
#[derive(Default)]
pub struct Lifecycle {
    conditions: AtomicU32,
    over: AtomicBool,
    /// DEBUG SET-ACTIVE-EXPIRE 0
    pub(crate) no_active_expiry: AtomicBool,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) loading: LoadFigures,
    /// A signal that asks for the end, see `shutdown`; 0: none came.
    pub(crate) signal: AtomicU8,
}

/// How far loading has got, for INFO.
#[derive(Default)]
pub(crate) struct LoadFigures {
    pub(crate) began_ms: AtomicU64,
    pub(crate) total_bytes: AtomicU64,
    pub(crate) loaded_bytes: AtomicU64,
    /// Keys of dumps.
    pub(crate) dump_keys: AtomicU64,
    /// When it was last told in the log file.
    pub(crate) told_ms: AtomicU64,
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
