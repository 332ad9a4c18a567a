//! How many elements of a collection have an expiry, and from when on one may have expired.
//!
//! The deadlines of a collection's own structure lead a sweep to what is due. They alone would say
//! of a quarter of a second that something may have expired, in which everything that expires
//! about then would be looked at again and again.
//!
//! Must be true: `count` counts the elements that have an expiry, due or not; `first_ms` is at most
//! the least of their expiries, and means nothing while there are none.

use structures::table::{NO_DEADLINE, Verdict};

use crate::deadline::{comes_at, deadline_of};

/// What a collection keeps of its elements' expiries. Packed, so that a hash is no larger than
/// other collections; four bytes count enough, since so many elements would take 100 GB.
#[derive(Clone, Copy, Debug, Default)]
#[repr(Rust, packed(4))]
pub(super) struct Expiries {
    first_ms: i64,
    count: u32,
}

/// A sweep's account of what it met.
pub(super) struct Due {
    now_ms: i64,
    first_kept_ms: i64,
    gone: u32,
}

impl Expiries {
    /// Number of elements with an expiry.
    #[inline]
    pub(super) fn count(self) -> usize {
        self.count as usize
    }

    /// False only if no element can have expired by `now_ms`.
    #[inline]
    pub(super) fn may_have_come(self, now_ms: i64) -> bool {
        self.count > 0 && self.first_ms <= now_ms
    }

    /// The least deadline of any element, or earlier; `least` is that of all that ever had one.
    #[inline]
    pub(super) fn least_deadline(self, least: impl FnOnce() -> u32) -> u32 {
        if self.count == 0 { NO_DEADLINE } else { least() }
    }

    /// An element has this expiry now, or none; `had` one before.
    #[inline]
    pub(super) fn change(&mut self, had: bool, expires_at: Option<i64>) {
        if let Some(at) = expires_at {
            self.first_ms = if self.count == 0 { at } else { at.min(self.first_ms) };
        }
        self.count = self.count + u32::from(expires_at.is_some()) - u32::from(had);
    }

    /// Notes what a sweep removed, and if it is `done` what it left.
    pub(super) fn settle(&mut self, due: &Due, done: bool) {
        self.count -= due.gone;
        if done {
            // What was not looked at has a later deadline.
            self.first_ms = due.first_kept_ms.min(comes_at(deadline_of(due.now_ms)) + 1);
        }
    }
}

impl Due {
    /// A sweep of what expired by `now_ms`.
    pub(super) fn by(now_ms: i64) -> Self {
        Self { now_ms, first_kept_ms: i64::MAX, gone: 0 }
    }

    /// What becomes of an element with this expiry or none.
    pub(super) fn verdict(&mut self, expires_at: Option<i64>) -> Verdict {
        match expires_at {
            Some(at) if at <= self.now_ms => {
                self.gone += 1;
                Verdict::Remove
            }
            Some(at) => {
                self.first_kept_ms = self.first_kept_ms.min(at);
                Verdict::Keep(deadline_of(at))
            }
            None => Verdict::Keep(NO_DEADLINE),
        }
    }
}
