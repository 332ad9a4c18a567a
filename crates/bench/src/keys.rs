//! Which key the next request names: uniform, zipf or one after the other.
//!
//! Keys are numbers below `count`, written as twelve digits into request bytes that already hold
//! zeros (`key:000000012345`), as redis-benchmark does, so that data sets are interchangeable.
//! Everything is drawn from a seeded generator: the same arguments give the same requests.

use std::str::FromStr;

use fastrand::Rng;

/// Digits of a key number in a request.
pub const KEY_DIGITS: usize = 12;
/// The most keys that `KEY_DIGITS` can name.
pub const KEY_COUNT_MAX: u64 = 1_000_000_000_000;

/// How keys are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Every key equally often.
    Uniform,
    /// Key `k` (from 0) with probability proportional to `1 / (k + 1)^exponent`.
    Zipf {
        /// Above 0; 0.99 is what YCSB uses.
        exponent: f64,
    },
    /// 0, 1, 2 ... and around again.
    Sequential,
}

impl FromStr for Distribution {
    type Err = String;

    /// Reads `uniform`, `zipf`, `zipf:0.9` or `seq`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':').unwrap_or((text, "0.99")) {
            ("uniform", _) => Ok(Self::Uniform),
            ("seq" | "sequential", _) => Ok(Self::Sequential),
            ("zipf", exponent) => match exponent.parse() {
                Ok(exponent) if exponent > 0.0 && exponent < 20.0 => Ok(Self::Zipf { exponent }),
                _ => Err(format!("zipf wants an exponent above 0, not {exponent:?}")),
            },
            _ => Err(format!("{text:?} is not uniform, zipf:EXPONENT or seq")),
        }
    }
}

/// The source of one thread's key numbers.
#[derive(Debug)]
pub struct Keys {
    rng: Rng,
    count: u64,
    digits: usize,
    draw: Draw,
}

#[derive(Debug)]
enum Draw {
    Uniform,
    Zipf(Zipf),
    Sequential { next: u64, first: u64, end: u64 },
}

impl Keys {
    /// A source over the keys below `count` for thread `index` of `threads`.
    ///
    /// Threads draw different numbers; sequential ones walk disjoint, adjoining ranges.
    pub fn new(distribution: Distribution, count: u64, seed: u64, part: (u64, u64)) -> Self {
        let count = count.clamp(1, KEY_COUNT_MAX);
        let (index, threads) = part;
        let draw = match distribution {
            Distribution::Uniform => Draw::Uniform,
            Distribution::Zipf { exponent } => Draw::Zipf(Zipf::new(count, exponent)),
            Distribution::Sequential => {
                let first = count * index / threads;
                let end = (count * (index + 1) / threads).max(first + 1);
                Draw::Sequential { next: first, first, end }
            }
        };
        let rng = Rng::with_seed(seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self { rng, count, digits: digit_count(count - 1), draw }
    }

    /// The next key number.
    #[inline]
    pub fn next_key(&mut self) -> u64 {
        match &mut self.draw {
            Draw::Uniform => self.rng.u64(..self.count),
            Draw::Zipf(zipf) => zipf.sample(&mut self.rng) - 1,
            Draw::Sequential { next, first, end } => {
                let key = *next;
                *next = if key + 1 == *end { *first } else { key + 1 };
                key
            }
        }
    }

    /// A uniform number below the key count, whatever the distribution.
    #[inline]
    pub fn uniform(&mut self) -> u64 {
        self.rng.u64(..self.count)
    }

    /// A uniform number below `end`, for choices other than keys.
    #[inline]
    pub fn below(&mut self, end: u32) -> u32 {
        self.rng.u32(..end)
    }

    /// Writes `key` over the last digits of a field of zeros or of an earlier key.
    #[inline]
    pub fn write_digits(&self, mut key: u64, field: &mut [u8]) {
        for digit in field.iter_mut().rev().take(self.digits) {
            *digit = b'0' + (key % 10) as u8;
            key /= 10;
        }
    }
}

fn digit_count(mut number: u64) -> usize {
    let mut digits = 1;
    while number >= 10 {
        number /= 10;
        digits += 1;
    }
    digits
}

/// Zipf numbers from 1 to `count` without a table, for any exponent.
///
/// Rejection-inversion: W. Hormann and G. Derflinger, "Rejection-inversion to generate variates
/// from monotone discrete distributions", ACM TOMACS 6 (1996).
#[derive(Debug)]
struct Zipf {
    exponent: f64,
    count: f64,
    /// The integral of the hat function at 1.5, less the weight of 1, and at `count + 0.5`.
    low: f64,
    high: f64,
    /// Candidates this close below a whole number need no second look.
    shortcut: f64,
}

impl Zipf {
    fn new(count: u64, exponent: f64) -> Self {
        let mut zipf = Self { exponent, count: count as f64, low: 0.0, high: 0.0, shortcut: 0.0 };
        zipf.low = zipf.integral(1.5) - 1.0;
        zipf.high = zipf.integral(zipf.count + 0.5);
        zipf.shortcut = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.weight(2.0));
        zipf
    }

    fn sample(&self, rng: &mut Rng) -> u64 {
        loop {
            let point = self.high + rng.f64() * (self.low - self.high);
            let x = self.inverse(point);
            let rank = x.round().clamp(1.0, self.count);
            if rank - x <= self.shortcut || point >= self.integral(rank + 0.5) - self.weight(rank) {
                return rank as u64;
            }
        }
    }

    fn weight(&self, x: f64) -> f64 {
        (-self.exponent * x.ln()).exp()
    }

    /// The integral of `x^-exponent` from 1, which is `ln x` in the limit of exponent 1.
    fn integral(&self, x: f64) -> f64 {
        let (log, power) = (x.ln(), 1.0 - self.exponent);
        if power.abs() < 1e-9 { log } else { (power * log).exp_m1() / power }
    }

    fn inverse(&self, y: f64) -> f64 {
        let power = 1.0 - self.exponent;
        if power.abs() < 1e-9 {
            return y.exp();
        }
        ((power * y).max(-1.0).ln_1p() / power).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(distribution: Distribution, count: u64, part: (u64, u64)) -> Keys {
        Keys::new(distribution, count, 7, part)
    }

    #[test]
    fn digits_overwrite_earlier_digits() {
        let source = keys(Distribution::Uniform, 1000, (0, 1));
        let mut field = *b"000000000999";
        source.write_digits(5, &mut field);
        assert_eq!(&field, b"000000000005");
        let source = keys(Distribution::Uniform, KEY_COUNT_MAX, (0, 1));
        source.write_digits(999_999_999_998, &mut field);
        assert_eq!(&field, b"999999999998");
    }

    #[test]
    fn sequential_threads_cover_every_key_once() {
        let mut seen = Vec::new();
        for index in 0..3 {
            let mut source = keys(Distribution::Sequential, 10, (index, 3));
            let own = 10 * (index + 1) / 3 - 10 * index / 3;
            let first = source.next_key();
            seen.push(first);
            seen.extend((1..own).map(|_| source.next_key()));
            assert_eq!(source.next_key(), first, "wraps around");
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn zipf_frequencies_match_the_law() {
        for exponent in [0.5, 0.99, 1.0, 1.5] {
            let (count, draws) = (100_u64, 400_000);
            let mut source = keys(Distribution::Zipf { exponent }, count, (0, 1));
            let mut seen = vec![0_u64; count as usize];
            for _ in 0..draws {
                seen[source.next_key() as usize] += 1;
            }
            let total: f64 = (1..=count).map(|k| (k as f64).powf(-exponent)).sum();
            for rank in [1_usize, 2, 3, 10, 50, 100] {
                let expected = f64::from(draws) * (rank as f64).powf(-exponent) / total;
                let off = (seen[rank - 1] as f64 - expected).abs();
                assert!(off < 6.0 * expected.sqrt(), "{exponent} {rank} {expected} {off}");
            }
        }
    }

    #[test]
    fn distributions_are_read_from_text() {
        assert_eq!("uniform".parse(), Ok(Distribution::Uniform));
        assert_eq!("seq".parse(), Ok(Distribution::Sequential));
        assert_eq!("zipf:1.2".parse(), Ok(Distribution::Zipf { exponent: 1.2 }));
        assert!("zipf:-1".parse::<Distribution>().is_err());
        assert!("normal".parse::<Distribution>().is_err());
    }
}
