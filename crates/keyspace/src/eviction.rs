//! Which key goes first when memory is short.
//!
//! As in Redis, candidates are sampled: a few random keys at a time go into a small pool ordered by
//! how well they deserve to go, and the best of the pool goes. Each worker has a pool of its own.
//! LFU counts uses logarithmically (a counter of 8 bits that grows with ever smaller chance and
//! decays with time), after the description in Redis's configuration manual.

use crate::entry::{Entry, LFU_INIT_COUNTER, Stamp};

/// Candidates kept between rounds.
const POOL: usize = 16;

/// How keys are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The least recently used.
    Lru,
    /// The least frequently used.
    Lfu,
    /// Any.
    Random,
    /// The one that expires first.
    Ttl,
}

/// `lfu-log-factor` and `lfu-decay-time` (minutes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LfuSettings {
    /// The larger, the more uses a counter needs to grow.
    pub log_factor: u32,
    /// Minutes after which an unused counter loses one; 0: never.
    pub decay_minutes: u32,
}

impl LfuSettings {
    /// The counter now, after decay.
    pub fn counter(self, stamp: Stamp, now_ms: i64) -> u8 {
        let periods = match self.decay_minutes {
            0 => 0,
            minutes => stamp.idle_minutes(minutes_of(now_ms)) / u64::from(minutes),
        };
        stamp.counter().saturating_sub(periods.min(255) as u8)
    }

    /// The stamp after one more use.
    pub fn used(self, stamp: Stamp, now_ms: i64) -> Stamp {
        let counter = self.counter(stamp, now_ms);
        let base = f64::from(counter.saturating_sub(LFU_INIT_COUNTER));
        let chance = 1.0 / (base * f64::from(self.log_factor) + 1.0);
        let grown = if counter < 255 && fastrand::f64() < chance { counter + 1 } else { counter };
        Stamp::of_frequency(minutes_of(now_ms), grown)
    }

    /// The stamp of a new key.
    pub fn fresh(now_ms: i64) -> Stamp {
        Stamp::of_frequency(minutes_of(now_ms), LFU_INIT_COUNTER)
    }
}

/// The stamp of a key of which somebody tells how long it was not used, in seconds, or how often it
/// was. `None`: what is told is not what is kept (`lfu`: the counter is).
pub fn stamp_told(
    lfu: Option<LfuSettings>,
    now_ms: i64,
    idle_s: Option<u64>,
    counter: Option<u8>,
) -> Option<Stamp> {
    match lfu {
        Some(_) => counter.map(|counter| Stamp::of_frequency(minutes_of(now_ms), counter)),
        None => {
            idle_s.map(|idle_s| Stamp::of_seconds((now_ms as u64 / 1_000).wrapping_sub(idle_s)))
        }
    }
}

fn minutes_of(now_ms: i64) -> u64 {
    now_ms as u64 / 60_000
}

/// A key that might go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The higher, the better it deserves to go.
    pub score: u64,
    /// Its database.
    pub database: usize,
    /// Its name.
    pub key: Vec<u8>,
}

/// How well an entry deserves to go under a policy.
pub fn score(policy: Policy, entry: &Entry, now_ms: i64, lfu: LfuSettings) -> u64 {
    match policy {
        Policy::Lru => entry.stamp().idle_seconds(now_ms as u64 / 1_000),
        Policy::Lfu => 255 - u64::from(lfu.counter(entry.stamp(), now_ms)),
        Policy::Ttl => u64::MAX - entry.expires_at().unwrap_or(i64::MAX) as u64,
        Policy::Random => 0,
    }
}

/// The best candidates seen so far, the best last.
#[derive(Default)]
pub struct Pool {
    candidates: Vec<Candidate>,
}

impl Pool {
    /// Offers a candidate; the worst falls out of a full pool.
    pub fn offer(&mut self, candidate: Candidate) {
        let known = |c: &Candidate| c.database == candidate.database && c.key == candidate.key;
        self.candidates.retain(|c| !known(c));
        let at = self.candidates.partition_point(|c| c.score < candidate.score);
        if self.candidates.len() == POOL {
            if at == 0 {
                return;
            }
            self.candidates.remove(0);
            self.candidates.insert(at - 1, candidate);
        } else {
            self.candidates.insert(at, candidate);
        }
    }

    /// Takes the best.
    pub fn take_best(&mut self) -> Option<Candidate> {
        self.candidates.pop()
    }

    /// Forgets all (after FLUSHALL or a change of policy).
    pub fn clear(&mut self) {
        self.candidates.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(score: u64) -> Candidate {
        Candidate { score, database: 0, key: score.to_string().into_bytes() }
    }

    #[test]
    fn the_pool_keeps_the_best_and_gives_the_very_best_first() {
        let mut pool = Pool::default();
        for n in 0..100u64 {
            pool.offer(candidate(n * 37 % 100));
        }
        let taken: Vec<u64> = std::iter::from_fn(|| pool.take_best()).map(|c| c.score).collect();
        assert!(taken.iter().copied().eq((84..100).rev()));
    }

    #[test]
    fn a_counter_grows_with_use_and_decays_without() {
        let lfu = LfuSettings { log_factor: 10, decay_minutes: 1 };
        let mut stamp = LfuSettings::fresh(0);
        for _ in 0..1_000_000 {
            stamp = lfu.used(stamp, 0);
        }
        assert!(lfu.counter(stamp, 0) > 200, "a million uses come near the top");
        assert_eq!(lfu.counter(stamp, 60_000 * 300), 0);
        assert_eq!(
            LfuSettings { decay_minutes: 0, ..lfu }.counter(stamp, 60_000 * 300),
            stamp.counter()
        );
    }
}
