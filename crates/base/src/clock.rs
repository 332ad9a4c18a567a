//! The only source of time; tests steer it.
//!
//! `Clock` answers what time it is: the wall (expiry, LASTSAVE, stream IDs) and a monotonic count
//! (timeouts). It is passed in as a parameter, and read once per batch of requests rather than once
//! per request. The manual kind moves only when told to.
//!
//! `Ticks` is another thing: a timestamp for measuring how long a command took, cheap enough to
//! take twice per command. On x86-64 it is the cycle counter, its rate measured once against
//! `Instant`; elsewhere it is `Instant`. It feeds statistics only: on a machine whose counter
//! is not constant the figures are wrong and nothing else is.
//!
//! Not here: timers and deadlines.
#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where time comes from. Cheap to clone; clones of a manual clock move together.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clocks; monotonic time counts from the moment given.
    System(Instant),
    /// Hands that tests move.
    Manual(Arc<ManualClock>),
}

impl Clock {
    /// The machine's time. Its monotonic count starts at zero now.
    pub fn system() -> Self {
        Self::System(Instant::now())
    }

    /// A clock standing at `unix_us` microseconds since the epoch, and the handle that moves it.
    pub fn manual(unix_us: u64) -> (Self, Arc<ManualClock>) {
        let hands = Arc::new(ManualClock {
            unix_us: AtomicU64::new(unix_us),
            monotonic_ns: AtomicU64::new(0),
        });
        (Self::Manual(Arc::clone(&hands)), hands)
    }

    /// Microseconds since the epoch. Zero if the machine's clock stands before it.
    pub fn unix_us(&self) -> u64 {
        match self {
            Self::System(_) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros),
            Self::Manual(hands) => hands.unix_us.load(Ordering::Relaxed),
        }
    }

    /// Milliseconds since the epoch.
    pub fn unix_ms(&self) -> u64 {
        self.unix_us() / 1_000
    }

    /// Nanoseconds since some fixed moment; never runs backwards.
    pub fn monotonic_ns(&self) -> u64 {
        match self {
            Self::System(start) => nanos(start.elapsed()),
            Self::Manual(hands) => hands.monotonic_ns.load(Ordering::Relaxed),
        }
    }
}

/// The hands of a clock that stands still until moved.
#[derive(Debug)]
pub struct ManualClock {
    unix_us: AtomicU64,
    monotonic_ns: AtomicU64,
}

impl ManualClock {
    /// Lets time pass, on the wall and on the monotonic count alike. Parts of a microsecond reach
    /// the monotonic count only.
    pub fn advance(&self, by: Duration) {
        self.unix_us.fetch_add(micros(by), Ordering::Relaxed);
        self.monotonic_ns.fetch_add(nanos(by), Ordering::Relaxed);
    }

    /// Sets the wall clock (also back), as an administrator or NTP may; the monotonic count stays.
    pub fn set_unix_us(&self, unix_us: u64) {
        self.unix_us.store(unix_us, Ordering::Relaxed);
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A cheap timestamp for measuring short spans within one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticks(u64);

impl Ticks {
    /// Now. A few nanoseconds; not a memory or instruction barrier.
    #[inline]
    pub fn now() -> Self {
        Self(raw_ticks())
    }

    /// Nanoseconds from `earlier` to `self`; zero if they come in the other order, as they may
    /// when taken on two cores at the same time.
    #[inline]
    pub fn since(self, earlier: Self) -> u64 {
        Rate::get().nanos(self.0.saturating_sub(earlier.0))
    }

    /// As a number that can be kept in an atomic.
    pub fn number(self) -> u64 {
        self.0
    }

    /// From that number.
    pub fn of_number(number: u64) -> Self {
        Self(number)
    }

    /// Measures the rate of the counter (about 5 ms, once per process). Call at start, or else
    /// the first `since` does it.
    pub fn calibrate() {
        Rate::get();
    }
}

/// Nanoseconds per tick as a fixed-point number: ns = ticks * multiplier / 2^32.
#[derive(Clone, Copy, Debug)]
struct Rate {
    multiplier: u64,
}

impl Rate {
    #[inline]
    fn get() -> Self {
        static RATE: OnceLock<Rate> = OnceLock::new();
        *RATE.get_or_init(Rate::measure)
    }

    #[inline]
    fn nanos(self, ticks: u64) -> u64 {
        ((u128::from(ticks) * u128::from(self.multiplier)) >> 32) as u64
    }

    fn from_pair(ticks: u64, ns: u64) -> Self {
        let multiplier = (u128::from(ns) << 32) / u128::from(ticks.max(1));
        Self { multiplier: u64::try_from(multiplier).unwrap_or(u64::MAX) }
    }

    #[cfg(target_arch = "x86_64")]
    fn measure() -> Self {
        const SPAN: Duration = Duration::from_millis(5);
        let (start, start_ticks) = (Instant::now(), raw_ticks());
        // Spin: a sleeping thread may wake on a core that ran at another time.
        loop {
            let (span, ticks) = (start.elapsed(), raw_ticks());
            if span >= SPAN {
                return Self::from_pair(ticks.saturating_sub(start_ticks), nanos(span));
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn measure() -> Self {
        Self::from_pair(1, 1)
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn raw_ticks() -> u64 {
    // SAFETY: RDTSC exists on every x86-64 processor and touches no memory. An operating system
    // may forbid it to user programs (a trap, not undefined behaviour); none that we run on does.
    unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
fn raw_ticks() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    nanos(START.get_or_init(Instant::now).elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let (clock, hands) = Clock::manual(1_700_000_000_000_000);
        let copy = clock.clone();
        assert_eq!((clock.unix_ms(), clock.monotonic_ns()), (1_700_000_000_000, 0));
        hands.advance(Duration::from_nanos(2_500_999));
        assert_eq!(clock.unix_us(), 1_700_000_000_002_500);
        assert_eq!(copy.unix_ms(), 1_700_000_000_002);
        assert_eq!(copy.monotonic_ns(), 2_500_999);
    }

    #[test]
    fn setting_the_wall_back_leaves_monotonic_time_alone() {
        let (clock, hands) = Clock::manual(5_000_000);
        hands.advance(Duration::from_secs(1));
        hands.set_unix_us(3_000_000);
        assert_eq!((clock.unix_us(), clock.monotonic_ns()), (3_000_000, 1_000_000_000));
    }

    #[test]
    fn the_system_clock_agrees_with_the_standard_library() {
        let clock = Clock::system();
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seen = clock.unix_us();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!((micros(before)..=micros(after)).contains(&seen));
        assert!(clock.monotonic_ns() <= clock.monotonic_ns());
    }

    #[test]
    fn ticks_measure_what_instant_measures() {
        Ticks::calibrate();
        // Take the pair in an order that makes one span contain the other.
        let outer = Instant::now();
        let start = Ticks::now();
        let inner = Instant::now();
        while inner.elapsed() < Duration::from_millis(20) {}
        let inner = nanos(inner.elapsed());
        let ticks = Ticks::now().since(start);
        let outer = nanos(outer.elapsed());
        let slack = inner / 100;
        assert!(ticks + slack >= inner && ticks <= outer + slack, "{inner} {ticks} {outer}");
    }

    #[test]
    fn ticks_in_the_wrong_order_are_zero_apart() {
        assert_eq!(Ticks(5).since(Ticks(9)), 0);
        assert_eq!(Ticks(9).since(Ticks(9)), 0);
    }

    #[test]
    fn rates_convert_without_overflow_over_a_century() {
        let rate = Rate::from_pair(3_000_000_000, 1_000_000_000);
        let century_ns = 100 * 365 * 86_400 * 1_000_000_000u64;
        let measured = rate.nanos(century_ns * 3);
        assert!(measured.abs_diff(century_ns) < century_ns / 1_000_000);
        assert_eq!(Rate::from_pair(1, 1).nanos(12_345), 12_345);
    }
}
