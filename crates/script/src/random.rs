//! The generator behind `math.random`: the 48-bit linear congruence of `lrand48`, begun anew for
//! each script, so that a script draws the same numbers on every machine, and those of Redis.
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
pub struct Random(Cell<u64>);

impl Random {
    /// One that has been seeded with 0.
    pub fn new() -> Self {
        Random(Cell::new(SEED_LOW))
    }

    /// Begins anew.
    pub fn seed(&self, seed: i32) {
        self.0.set(u64::from(seed as u32) << 16 | SEED_LOW);
    }

    /// The next number, of 31 bits.
    pub fn draw(&self) -> u32 {
        let state = self.0.get().wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & MASK;
        self.0.set(state);
        (state >> 17) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_what_lrand48_draws_after_srand48_0() {
        let random = Random::new();
        let drawn: Vec<u32> = (0..3).map(|_| random.draw()).collect();
        assert_eq!(drawn, [366_850_414, 1_610_402_240, 206_956_554]);
        random.seed(0);
        assert_eq!(random.draw(), 366_850_414);
    }
}
