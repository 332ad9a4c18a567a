//! The access stamp: 24 bits that say when, or how often, a key was used.
//!
//! Under an LFU policy: `[ minutes (16) | logarithmic counter (8) ]`, otherwise: seconds, modulo
//! 2^24 (194 days), as in Redis's object header. A stamp does not know which of the two it is.

/// 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stamp(u32);

const SECONDS_MASK: u32 = (1 << 24) - 1;
/// The counter of a new key under LFU: it must not be evicted before it had a chance.
pub const LFU_INIT_COUNTER: u8 = 5;

impl Stamp {
    /// For recency: the clock in seconds.
    #[inline]
    pub fn of_seconds(seconds: u64) -> Self {
        Self(seconds as u32 & SECONDS_MASK)
    }

    /// For frequency: the clock in minutes and the counter.
    pub fn of_frequency(minutes: u64, counter: u8) -> Self {
        Self((minutes as u32 & 0xffff) << 8 | u32::from(counter))
    }

    #[inline(always)]
    pub(super) fn to_bytes(self) -> [u8; 3] {
        let [a, b, c, _] = self.0.to_le_bytes();
        [a, b, c]
    }

    #[inline(always)]
    pub(super) fn from_bytes([a, b, c]: [u8; 3]) -> Self {
        Self(u32::from_le_bytes([a, b, c, 0]))
    }

    /// Seconds since the stamp was set, for recency stamps.
    pub fn idle_seconds(self, now_seconds: u64) -> u64 {
        u64::from((now_seconds as u32).wrapping_sub(self.0) & SECONDS_MASK)
    }

    /// The counter as stored, for frequency stamps.
    pub fn counter(self) -> u8 {
        self.0 as u8
    }

    /// Minutes since the stamp was set, for frequency stamps.
    pub fn idle_minutes(self, now_minutes: u64) -> u64 {
        u64::from((now_minutes as u32).wrapping_sub(self.0 >> 8) & 0xffff)
    }
}
