//! A build that yields at random wherever a lock is taken or given back, so that tests meet the
//! interleavings which a quiet machine hides. Without the feature `chaos` it is nothing.

/// A place where another thread may get its turn.
#[inline(always)]
pub(super) fn point() {
    #[cfg(feature = "chaos")]
    dice::roll();
}

#[cfg(feature = "chaos")]
mod dice {
    use std::cell::Cell;
    use std::time::Duration;

    /// One in so many points yields, and one in so many of those sleeps.
    const YIELD_ONE_IN: u64 = 8;
    const SLEEP_ONE_IN: u64 = 64;

    thread_local! {
        static STATE: Cell<u64> = Cell::new(seed());
    }

    fn seed() -> u64 {
        let thread = std::thread::current().id();
        format!("{thread:?}").bytes().fold(0x9e37_79b9_7f4a_7c15, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    pub(super) fn roll() {
        let drawn = STATE.with(|state| {
            // xorshift64*
            let mut x = state.get();
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            state.set(x);
            x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
        });
        if drawn.is_multiple_of(YIELD_ONE_IN) {
            if drawn.is_multiple_of(YIELD_ONE_IN * SLEEP_ONE_IN) {
                std::thread::sleep(Duration::from_micros(20));
            } else {
                std::thread::yield_now();
            }
        }
    }
}
