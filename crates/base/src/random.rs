//! Chance: a small seedable generator for sampling, and random identifiers.
//!
//! `Random` is fast and predictable: for choosing eviction candidates, RANDOMKEY, SPOP and jitter.
//! A simulation replays it from its seed. It is not for secrets; `random_hex` (run ids,
//! replication ids, ACL GENPASS) asks the operating system each time.

use std::fmt::Write;

/// A fast generator for sampling; the same seed gives the same sequence.
#[derive(Clone, Debug)]
pub struct Random(fastrand::Rng);

impl Random {
    /// A generator that starts from `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A generator seeded by the operating system. Fails only if that has no random source.
    pub fn from_system() -> Result<Self, getrandom::Error> {
        getrandom::u64().map(Self::seeded)
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number in `0..end`, every one equally likely; zero if `end` is zero.
    #[inline]
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.0.usize(..end) }
    }

    /// A number in `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        self.0.f64()
    }

    /// An independent generator, for instance one per worker.
    pub fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }
}

/// `digits` random lower-case hexadecimal digits, unpredictable. Fails only if the system has no
/// random source.
pub fn random_hex(digits: usize) -> Result<String, getrandom::Error> {
    let mut bytes = vec![0; digits.div_ceil(2)];
    getrandom::fill(&mut bytes)?;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(digits);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence() {
        let draw = |seed| {
            let mut random = Random::seeded(seed);
            [random.bits(), random.below(1_000) as u64, random.fork().bits()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn below_covers_its_range_and_nothing_else() {
        let mut random = Random::seeded(1);
        let mut seen = [0; 5];
        for _ in 0..1_000 {
            seen[random.below(5)] += 1;
        }
        assert!(seen.iter().all(|&count| count > 100), "{seen:?}");
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn fractions_stay_below_one() {
        let mut random = Random::seeded(2);
        for _ in 0..1_000 {
            assert!((0.0..1.0).contains(&random.unit()));
        }
        assert_ne!(Random::from_system().unwrap().bits(), Random::from_system().unwrap().bits());
    }

    #[test]
    fn hex_has_the_length_asked_for() {
        for digits in [0, 1, 2, 7, 40, 64] {
            let text = random_hex(digits).unwrap();
            assert_eq!(text.len(), digits);
            assert!(text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        }
        assert_ne!(random_hex(40).unwrap(), random_hex(40).unwrap());
    }
}
