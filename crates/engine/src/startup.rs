//! What happens between start and the first client, but for loading; and the end.

use std::sync::atomic::Ordering::Relaxed;

use crate::interest::bit;
use crate::lifecycle::condition;
use crate::node::Node;
use crate::notify::Notices;
use crate::tracking::set_everywhere;

impl Node {
    /// Takes note of settings that the engine reads elsewhere than in `Settings`.
    pub(crate) fn note_settings(&self) {
        let settings = self.settings.load();
        self.lifecycle.set(condition::MEMORY_LIMITED, settings.memory.maxmemory_bytes > 0);
        let notices = Notices::of(settings.notifications.events);
        set_everywhere(&self.keyspace, bit::NOTIFIED, notices.is_on());
        let replicas = &settings.replicas;
        let wanted = replicas.min_to_write as usize;
        let now_ms = self.outside.clock.unix_ms() as i64;
        let good = self.replication.good_count(now_ms, replicas.min_max_lag_s.into());
        let too_few = replicas.min_max_lag_s > 0 && good < wanted;
        self.lifecycle.set(condition::TOO_FEW_REPLICAS, too_few);
        self.note_dump_state();
    }

    /// Takes note of the memory that an empty server needs.
    pub fn note_startup_memory(&self) {
        let allocated = (self.outside.allocator.figures)().allocated;
        self.memory.startup.store(allocated, Relaxed);
        self.memory.used.store(allocated as i64, Relaxed);
    }

    /// Ends the server: workers stop after their present batch.
    pub fn stop(&self) {
        self.lifecycle.end();
        self.long_requests.wake_all();
        self.snapshots.wake_all();
        self.replication.wake();
        self.outside.post.wake_all();
    }
}
