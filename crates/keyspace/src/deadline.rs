//! Deadlines: expiry times in the 32 bits that a table keeps for a bucket.
//!
//! A deadline counts quarter seconds (256 ms) since 2020, rounded up: when it has come, so has the
//! expiry itself, and at most 256 ms late. Times beyond 2054 share the last deadline, which
//! never comes; before it would matter they are still compared exactly on access.

use structures::table::NO_DEADLINE;

use crate::entry::{Entry, Kind};

/// 2020-01-01T00:00:00Z in unix ms.
const EPOCH_MS: i64 = 1_577_836_800_000;
/// Milliseconds in one step.
pub const STEP_MS: i64 = 256;

/// The first deadline at which `unix_ms` has passed.
#[inline]
pub fn deadline_of(unix_ms: i64) -> u32 {
    let steps = unix_ms.saturating_sub(EPOCH_MS).saturating_add(STEP_MS - 1) / STEP_MS;
    steps.clamp(0, i64::from(NO_DEADLINE) - 1) as u32
}

/// The first deadline at which something of the entry is due: the key itself, or an element of a
/// big collection. [`NO_DEADLINE`] if nothing of it expires.
#[inline]
pub fn deadline_of_entry(entry: &Entry) -> u32 {
    let own = entry.expires_at().map_or(NO_DEADLINE, deadline_of);
    match entry.kind() {
        Kind::Object => entry.object().map_or(own, |object| own.min(object.least_deadline())),
        _ => own,
    }
}

/// The last deadline that has come by `unix_ms`.
#[inline]
pub fn deadlines_come(unix_ms: i64) -> u32 {
    let steps = unix_ms.saturating_sub(EPOCH_MS) / STEP_MS;
    steps.clamp(0, i64::from(NO_DEADLINE) - 2) as u32
}

/// The unix ms at which a deadline comes.
pub fn comes_at(deadline: u32) -> i64 {
    EPOCH_MS + i64::from(deadline) * STEP_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_comes_after_the_expiry_and_at_most_one_step_late() {
        for at in [EPOCH_MS + 1, 1_795_000_000_123, 2_000_000_000_000] {
            let comes = comes_at(deadline_of(at));
            assert!(comes >= at && comes < at + STEP_MS, "{at}");
            assert!(deadlines_come(comes) >= deadline_of(at));
            assert!(deadlines_come(at - 1) < deadline_of(at));
        }
        assert_eq!(deadline_of(i64::MAX), NO_DEADLINE - 1);
        assert!(deadlines_come(i64::MAX) < deadline_of(i64::MAX));
        assert_eq!(deadline_of(-5), 0);
    }
}
