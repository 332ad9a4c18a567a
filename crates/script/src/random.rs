//! The generator behind `math.random`: the 48-bit linear congruence of `lrand48`.
//!
//! Scripts share one stream of numbers, which goes on from run to run. One that seeds for itself
//! gets the numbers of that seed, as on any other machine and in Redis, to its end.
//!
//! Source: POSIX, `drand48`: x' = (x * 0x5DEECE66D + 0xB) mod 2^48; 31 bits are given out.

use std::cell::Cell;

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const INCREMENT: u64 = 0xB;
const MASK: u64 = (1 << 48) - 1;
/// The low 16 bits of a freshly seeded state.
const SEED_LOW: u64 = 0x330E;

/// A generator.
#[derive(Debug)]
pub struct Random {
    state: Cell<u64>,
    /// Where the shared stream goes on, while a script uses its own.
    stream: Cell<Option<u64>>,
}

impl Random {
    /// One whose shared stream begins at a secret place.
    pub fn new(seed: u64) -> Self {
        Random { state: Cell::new(seed & MASK), stream: Cell::new(None) }
    }

    /// Begins a run: goes back to the shared stream.
    pub fn begin(&self) {
        if let Some(state) = self.stream.take() {
            self.state.set(state);
        }
    }

    /// Begins the numbers of a seed, for this run.
    pub fn seed(&self, seed: i32) {
        let shared = self.stream.get().unwrap_or(self.state.get());
        self.stream.set(Some(shared));
        self.state.set(u64::from(seed as u32) << 16 | SEED_LOW);
    }

    /// The next number, of 31 bits.
    pub fn draw(&self) -> u32 {
        let state = self.state.get().wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & MASK;
        self.state.set(state);
        (state >> 17) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_what_lrand48_gives() {
        let random = Random::new(1);
        for _ in 0..2 {
            random.seed(0);
            let drawn: Vec<u32> = (0..3).map(|_| random.draw()).collect();
            assert_eq!(drawn, [366_850_414, 1_610_402_240, 206_956_554]);
        }
    }

    #[test]
    fn the_shared_stream_goes_on_after_a_run_with_a_seed_of_its_own() {
        let (random, other) = (Random::new(7), Random::new(7));
        assert_eq!(random.draw(), other.draw());
        random.seed(3);
        random.draw();
        random.seed(4);
        random.begin();
        assert_eq!(random.draw(), other.draw());
        random.begin();
        assert_eq!(random.draw(), other.draw());
    }
}
