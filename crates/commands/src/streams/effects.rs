//! What the log gets of reading for a group: in the forms that Redis gives it, so that either reads
//! the other's log.
//!
//! ```text
//!   XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n FORCE JUSTID LASTID id
//!   XACK key group id                                      nobody had it, and it was deleted
//!   XGROUP SETID key group id ENTRIESREAD n
//!   XGROUP CREATECONSUMER key group consumer
//! ```
//!
//! Where Redis leaves the count of entries read to chance, the second is added.

use base::number::{NumberBuffer, format_i64, format_u64};
use keyspace::value::stream::{Group, Pending, StreamId};

use crate::context::Effects;

/// The key and the group that records are about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) key: &'a [u8],
    pub(super) group: &'a [u8],
}

/// An entry as it is pending now, or that is pending no longer since it was deleted.
pub(super) struct Claimed<'a> {
    pub(super) id: StreamId,
    pub(super) consumer: &'a [u8],
    pub(super) pending: Pending,
    /// The last id of the group.
    pub(super) last_id: StreamId,
}

impl About<'_> {
    /// An entry is with a consumer.
    pub(super) fn log_claim(self, effects: &mut Effects, claimed: &Claimed<'_>) {
        let (mut time, mut count) = (NumberBuffer::new(), NumberBuffer::new());
        effects.log(&[
            b"XCLAIM",
            self.key,
            self.group,
            claimed.consumer,
            b"0",
            claimed.id.text().as_bytes(),
            b"TIME",
            format_i64(claimed.pending.delivered_ms, &mut time),
            b"RETRYCOUNT",
            format_u64(claimed.pending.deliveries, &mut count),
            b"FORCE",
            b"JUSTID",
            b"LASTID",
            claimed.last_id.text().as_bytes(),
        ]);
    }

    /// An entry is pending no longer.
    pub(super) fn log_acknowledged(self, effects: &mut Effects, id: StreamId) {
        effects.log(&[b"XACK", self.key, self.group, id.text().as_bytes()]);
    }

    /// The group stands elsewhere.
    pub(super) fn log_position(self, effects: &mut Effects, id: StreamId, read: Option<u64>) {
        let mut buffer = NumberBuffer::new();
        let read = match read {
            Some(read) => format_u64(read, &mut buffer),
            None => b"-1",
        };
        let id = id.text();
        let words = [b"XGROUP", &b"SETID"[..], self.key, self.group, id.as_bytes()];
        effects.log(&[&words[..], &[b"ENTRIESREAD", read]].concat());
    }

    /// A consumer was added.
    pub(super) fn log_consumer(self, effects: &mut Effects, consumer: &[u8]) {
        effects.log(&[b"XGROUP", b"CREATECONSUMER", self.key, self.group, consumer]);
    }
}

/// The name of the consumer that has an entry.
pub(super) fn owner<'g>(group: &'g Group, pending: &Pending) -> &'g [u8] {
    group.consumer(pending.consumer).map_or(&b""[..], |consumer| consumer.name())
}
