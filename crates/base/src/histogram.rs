//! Counts of latencies: percentiles and power-of-two distributions.
//!
//! A latency falls into one of 16 equal parts of its power of two, so a percentile is known to
//! within 1/16. Recording is an index computation and an increment; memory is one fixed array,
//! allocated with the first record, so that a command nobody calls costs a pointer.
//!
//! The layout, with S = 16: values below S have a bucket each; above, the bucket is
//! `(octave * S) + next four bits`, where octave 1 holds S..2S, octave 2 holds 2S..4S, ...
//!
//! Unlike HdrHistogram, which Redis uses with 2 significant digits (about 25 KB per command), the
//! figures are coarser; the edges printed by `cumulative_us` are those of Redis.

/// Sub-buckets per power of two, as a number of bits.
const SUB_BITS: u32 = 4;
const SUB_COUNT: usize = 1 << SUB_BITS;

/// Values of this many bits and more share the last bucket (2^40 ns is 18 minutes).
const VALUE_BITS: u32 = 40;
const BUCKET_COUNT: usize = (VALUE_BITS - SUB_BITS + 1) as usize * SUB_COUNT;
const VALUE_MAX: u64 = (1 << VALUE_BITS) - 1;

/// The first edge of the printed distribution: 1,024 ns, shown as 1 us.
const EDGE_FIRST_NS: u64 = 1 << 10;

/// The last edge: about one second, and everything above.
const EDGE_LAST_NS: u64 = 1 << 30;

/// A histogram of nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct LatencyHistogram {
    counts: Option<Box<[u64; BUCKET_COUNT]>>,
    total: u64,
}

impl LatencyHistogram {
    /// An empty histogram; allocates nothing.
    pub const fn new() -> Self {
        Self { counts: None, total: 0 }
    }

    /// Counts one latency, in nanoseconds.
    #[inline]
    pub fn record(&mut self, ns: u64) {
        self.record_several(ns, 1);
    }

    /// Counts the same latency `count` times.
    #[inline]
    pub fn record_several(&mut self, ns: u64, count: u64) {
        let counts = self.counts.get_or_insert_with(zeroed);
        counts[bucket_of(ns)] += count;
        self.total += count;
    }

    /// How many latencies were recorded.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// Adds another histogram's counts, for instance those of another worker.
    pub fn merge(&mut self, other: &Self) {
        let Some(theirs) = &other.counts else { return };
        let ours = self.counts.get_or_insert_with(zeroed);
        for (our, their) in ours.iter_mut().zip(theirs.iter()) {
            *our += their;
        }
        self.total += other.total;
    }

    /// Forgets everything and frees the memory.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// The latency in nanoseconds that `percent` (0 to 100) of the records do not exceed, rounded
    /// up to the end of its bucket; zero if there are none. Percentages outside are clamped.
    pub fn percentile(&self, percent: f64) -> u64 {
        let Some(counts) = &self.counts else { return 0 };
        let share = percent.clamp(0.0, 100.0) / 100.0;
        let wanted = ((share * self.total as f64 + 0.5) as u64).max(1);
        let mut seen = 0;
        for (bucket, &count) in counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return highest_in(bucket);
            }
        }
        0
    }

    /// The distribution LATENCY HISTOGRAM shows: pairs of an edge in microseconds and how many
    /// records lie at or below it, edges doubling (1, 2, 4, 8, 16, 33, 66, ...), and only those
    /// where the count grew. All above half a second is counted at the last edge, 1,073,741.
    pub fn cumulative_us(&self) -> Vec<(u64, u64)> {
        let mut pairs = Vec::new();
        let Some(counts) = &self.counts else { return pairs };
        let mut next_bucket = 0;
        let mut seen = 0;
        let mut edge_ns = EDGE_FIRST_NS;
        while next_bucket < BUCKET_COUNT {
            // The bucket that begins at the edge starts the next pair.
            let end = if edge_ns == EDGE_LAST_NS { BUCKET_COUNT } else { bucket_of(edge_ns) };
            let count: u64 = counts[next_bucket..end].iter().sum();
            if count > 0 {
                seen += count;
                pairs.push((edge_us(edge_ns), seen));
            }
            next_bucket = end;
            edge_ns *= 2;
        }
        pairs
    }
}

/// The bucket a value falls into.
#[inline]
fn bucket_of(ns: u64) -> usize {
    let ns = ns.min(VALUE_MAX);
    // The width of the value beyond the bits that number its sub-bucket.
    let octave = (ns | (SUB_COUNT as u64 - 1)).ilog2() + 1 - SUB_BITS;
    if octave == 0 {
        return ns as usize;
    }
    let sub = (ns >> (octave - 1)) as usize & (SUB_COUNT - 1);
    octave as usize * SUB_COUNT + sub
}

/// The highest value that falls into a bucket.
fn highest_in(bucket: usize) -> u64 {
    let (octave, sub) = (bucket / SUB_COUNT, (bucket % SUB_COUNT) as u64);
    if octave == 0 {
        return sub;
    }
    let width = 1 << (octave - 1);
    (SUB_COUNT as u64 + sub + 1) * width - 1
}

/// An edge as Redis prints it. Its histogram has 128 buckets per power of two, and it prints the
/// end of the bucket that begins at the edge: 32,768 ns becomes 33,023 ns, hence 33 us. At the last
/// edge no bucket begins.
fn edge_us(edge_ns: u64) -> u64 {
    let bucket_width = if edge_ns == EDGE_LAST_NS { 0 } else { edge_ns / 128 };
    (edge_ns + bucket_width - 1) / 1_000
}

fn zeroed() -> Box<[u64; BUCKET_COUNT]> {
    Box::new([0; BUCKET_COUNT])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_are_dense_and_in_order() {
        let mut low = 0;
        for bucket in 0..BUCKET_COUNT {
            let high = highest_in(bucket);
            assert_eq!((bucket_of(low), bucket_of(high)), (bucket, bucket));
            low = high + 1;
        }
        assert_eq!(low, VALUE_MAX + 1);
        assert_eq!(bucket_of(u64::MAX), BUCKET_COUNT - 1);
    }

    #[test]
    fn an_empty_histogram_answers_zero() {
        let histogram = LatencyHistogram::new();
        assert_eq!((histogram.count(), histogram.percentile(50.0)), (0, 0));
        assert!(histogram.cumulative_us().is_empty());
    }

    #[test]
    fn percentiles_of_a_ramp() {
        let mut histogram = LatencyHistogram::new();
        (1..=1_000).for_each(|us| histogram.record(us * 1_000));
        for (percent, exact) in [(50.0, 500_000), (99.0, 990_000), (99.9, 999_000)] {
            let shown = histogram.percentile(percent);
            assert!((exact..=exact + exact / 16).contains(&shown), "p{percent} {shown}");
        }
        assert_eq!(histogram.percentile(0.0), histogram.percentile(-5.0));
    }

    // The answer of HdrHistogram as Redis 7.0.15 configures it, to the same records.
    #[test]
    fn the_distribution_is_that_of_redis() {
        let mut histogram = LatencyHistogram::new();
        (0..21).for_each(|power| histogram.record(1_000 << power));
        histogram.record(1);
        histogram.record(1_000_000_000);
        let edges = [
            1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1_056, 2_113, 4_227, 8_454, 16_908, 33_816,
            67_633, 135_266, 270_532, 541_065, 1_073_741,
        ];
        let mut expected: Vec<(u64, u64)> = edges.into_iter().zip(2..).collect();
        expected[20].1 = 23;
        assert_eq!(histogram.cumulative_us(), expected);
    }

    #[test]
    fn edges_without_new_records_are_left_out() {
        let mut histogram = LatencyHistogram::new();
        for ns in [500, 3_000, 3_000, u64::MAX] {
            histogram.record(ns);
        }
        assert_eq!(histogram.cumulative_us(), [(1, 1), (4, 3), (1_073_741, 4)]);
        histogram.reset();
        assert_eq!(histogram.count(), 0);
    }

    proptest! {
        #[test]
        fn percentiles_bound_the_sorted_values(
            mut values in proptest::collection::vec(0u64..1 << 36, 1..200),
            percent in 0.0f64..=100.0,
        ) {
            let mut histogram = LatencyHistogram::new();
            values.iter().for_each(|&value| histogram.record(value));
            values.sort_unstable();
            let wanted = ((percent / 100.0 * values.len() as f64 + 0.5) as usize).max(1);
            let exact = values[wanted - 1];
            let shown = histogram.percentile(percent);
            prop_assert!(exact <= shown && shown <= exact + exact / 16);
        }

        #[test]
        fn merging_is_recording_everything_in_one(
            ours: Vec<u64>,
            theirs: Vec<u64>,
        ) {
            let fill = |values: &[u64]| {
                let mut histogram = LatencyHistogram::new();
                values.iter().for_each(|&value| histogram.record(value));
                histogram
            };
            let mut merged = fill(&ours);
            merged.merge(&fill(&theirs));
            let all = fill(&[ours, theirs].concat());
            prop_assert_eq!(merged.count(), all.count());
            prop_assert_eq!(merged.cumulative_us(), all.cumulative_us());
        }
    }
}
