//! What happens between start and the first client: settings noted, data loaded.

use std::sync::atomic::Ordering::Relaxed;

use crate::lifecycle::condition;
use crate::node::Node;

impl Node {
    /// Takes note of settings that the engine reads elsewhere than in `Settings`.
    pub(crate) fn note_settings(&self) {
        let settings = self.settings.load();
        self.lifecycle.set(condition::MEMORY_LIMITED, settings.memory.maxmemory_bytes > 0);
    }

    /// Takes note of the memory that an empty server needs.
    pub fn note_startup_memory(&self) {
        let allocated = (self.outside.allocator.figures)().allocated;
        self.memory.startup.store(allocated, Relaxed);
        self.memory.used.store(allocated as i64, Relaxed);
    }
}

impl Node {
    /// Ends the server: workers stop after their present batch.
    pub fn stop(&self) {
        self.lifecycle.end();
        self.outside.post.wake_all();
    }
}
