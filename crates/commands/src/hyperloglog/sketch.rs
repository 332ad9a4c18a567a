//! The string that a HyperLogLog is, and the number it stands for.
//!
//! ```text
//!   "HYLL"  encoding(1)  unused(3)  count(8)  registers
//!           |                       `- little-endian; its highest bit says that it is stale
//!           `- 0 dense, 1 sparse
//! ```
//!
//! A hash of an element chooses one of 16384 registers by its low 14 bits; the register keeps the
//! greatest position of the first set bit above those. The estimate is Otmar Ertl's ("New
//! cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284), its sums in
//! Redis's order, so that the same sketch has the same count.

use super::{CORRUPT, dense, sparse};
use crate::context::Result;

/// Bits of a hash that choose a register.
const INDEX_BITS: u32 = 14;
/// Number of registers.
pub(super) const REGISTERS: usize = 1 << INDEX_BITS;
/// Other bits of a hash.
const RUN_BITS: usize = 64 - INDEX_BITS as usize;

pub(super) const HEADER_LEN: usize = 16;
const MAGIC: &[u8; 4] = b"HYLL";
const ENCODING_AT: usize = 4;
pub(super) const COUNT_AT: usize = 8;
/// The byte whose highest bit says that the count is stale.
pub(super) const STALE_AT: usize = 15;
/// What that byte becomes. A count is far below what this takes the room of.
pub(super) const STALE: u8 = 0x80;

/// How registers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Dense,
    Sparse,
}

/// A string that looks like a sketch. If it is sparse its runs are not checked yet.
#[derive(Clone, Copy)]
pub(super) struct Sketch<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

impl<'a> Sketch<'a> {
    /// `None` if the string does not look like one.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER_LEN || !bytes.starts_with(MAGIC) {
            return None;
        }
        let encoding = match bytes[ENCODING_AT] {
            0 if bytes.len() == dense::LEN => Encoding::Dense,
            1 => Encoding::Sparse,
            _ => return None,
        };
        Some(Self { bytes, encoding })
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The registers' bytes.
    pub(super) fn body(&self) -> &'a [u8] {
        &self.bytes[HEADER_LEN..]
    }

    /// The count of the last estimate, if nothing was added since.
    pub(super) fn known_count(&self) -> Option<u64> {
        let count = self.bytes.get(COUNT_AT..HEADER_LEN)?.try_into().ok()?;
        let count = u64::from_le_bytes(count);
        (count >> 63 == 0).then_some(count)
    }

    /// How many elements there were, about; `None` if the sketch makes no sense.
    pub(super) fn estimate(&self) -> Option<u64> {
        let mut histogram = Histogram::default();
        match self.encoding {
            Encoding::Dense => {
                dense::registers(self.body()).for_each(|value| histogram.add(value, 1))
            }
            Encoding::Sparse => {
                for run in sparse::runs(self.body()) {
                    let run = run?;
                    histogram.add(run.value, run.len);
                }
            }
        }
        Some(histogram.estimate())
    }
}

/// How many registers have each value.
struct Histogram([u32; 64]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Histogram {
    fn add(&mut self, value: u8, count: usize) {
        self.0[usize::from(value & 63)] += count as u32;
    }

    fn estimate(&self) -> u64 {
        const ALPHA: f64 = 0.721_347_520_444_481_7;
        let m = REGISTERS as f64;
        let with = |value: usize| f64::from(self.0[value]);
        let mut z = m * tau((m - with(RUN_BITS + 1)) / m);
        for value in (1..=RUN_BITS).rev() {
            z += with(value);
            z *= 0.5;
        }
        z += m * sigma(with(0) / m);
        (ALPHA * m * m / z).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

/// Registers a byte each: what several sketches amount to.
pub(super) struct Registers(Box<[u8; REGISTERS]>);

impl Default for Registers {
    fn default() -> Self {
        Self(Box::new([0; REGISTERS]))
    }
}

impl Registers {
    /// Takes a sketch in; `None` if it makes no sense.
    pub(super) fn merge(&mut self, sketch: Sketch<'_>) -> Option<()> {
        match sketch.encoding {
            Encoding::Dense => {
                for (mine, other) in self.0.iter_mut().zip(dense::registers(sketch.body())) {
                    *mine = (*mine).max(other);
                }
            }
            Encoding::Sparse => {
                let mut at = 0;
                for run in sparse::runs(sketch.body()) {
                    let run = run?;
                    for mine in &mut self.0[at..at + run.len] {
                        *mine = (*mine).max(run.value);
                    }
                    at += run.len;
                }
            }
        }
        Some(())
    }

    pub(super) fn estimate(&self) -> u64 {
        let mut histogram = Histogram::default();
        self.0.iter().for_each(|value| histogram.add(*value, 1));
        histogram.estimate()
    }

    /// All values in order.
    pub(super) fn values(&self) -> impl Iterator<Item = u8> {
        self.0.iter().copied()
    }

    /// The registers that are not zero: index and value.
    pub(super) fn set_ones(&self) -> impl Iterator<Item = (usize, u8)> {
        self.0.iter().copied().enumerate().filter(|(_, value)| *value > 0)
    }

    /// Whether a sparse sketch of at most so many bytes has no room for what is set, however well
    /// the values fit together.
    pub(super) fn fills_sparse(&self, bytes_max: usize) -> bool {
        let too_great = self.set_ones().any(|(_, value)| value > sparse::VALUE_MAX);
        let room = bytes_max.saturating_sub(HEADER_LEN).saturating_mul(sparse::VALUE_RUN_MAX);
        too_great || self.set_ones().count() > room
    }
}

/// The register of an element, and the value that it asks for.
pub(super) fn place(element: &[u8]) -> (usize, u8) {
    let hash = murmur(element);
    let index = hash as usize & (REGISTERS - 1);
    // The bit above the run makes an end.
    let run = hash >> INDEX_BITS | 1 << RUN_BITS;
    (index, run.trailing_zeros() as u8 + 1)
}

/// Raises a register. True if its value was lower. A sparse sketch that has no room becomes dense.
pub(super) fn set(bytes: &mut Vec<u8>, index: usize, count: u8, sparse_max: usize) -> Result<bool> {
    if bytes.get(ENCODING_AT) == Some(&1) {
        match sparse::set(bytes, index, count, sparse_max).ok_or(CORRUPT)? {
            sparse::Set::Done => return Ok(true),
            sparse::Set::Unchanged => return Ok(false),
            sparse::Set::NoRoom => *bytes = to_dense(bytes).ok_or(CORRUPT)?,
        }
    }
    let Some((at, pair)) = dense::changed(bytes, index, count) else { return Ok(false) };
    bytes.iter_mut().skip(at).zip(pair).for_each(|(byte, new)| *byte = new);
    Ok(true)
}

/// The count is stale from now on.
pub(super) fn invalidate(bytes: &mut [u8]) {
    if let Some(byte) = bytes.get_mut(STALE_AT) {
        *byte |= STALE;
    }
}

/// The same sketch in dense form; `None` if it makes no sense.
pub(super) fn to_dense(bytes: &[u8]) -> Option<Vec<u8>> {
    let sketch = Sketch::of(bytes)?;
    if sketch.encoding == Encoding::Dense {
        return Some(bytes.to_vec());
    }
    let mut registers = Registers::default();
    registers.merge(sketch)?;
    let mut dense = bytes[..HEADER_LEN].to_vec();
    dense[ENCODING_AT] = 0;
    dense.resize(dense::LEN, 0);
    for (index, value) in registers.set_ones() {
        let (at, pair) = dense::changed(&dense, index, value)?;
        dense.iter_mut().skip(at).zip(pair).for_each(|(byte, new)| *byte = new);
    }
    Some(dense)
}

/// An empty sketch's header.
pub(super) fn header(encoding: Encoding) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.resize(HEADER_LEN, 0);
    bytes[ENCODING_AT] = u8::from(encoding == Encoding::Sparse);
    bytes
}

/// MurmurHash64A with Redis's seed.
fn murmur(bytes: &[u8]) -> u64 {
    const SEED: u64 = 0xadc8_3b19;
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const R: u32 = 47;
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(M);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let mut word = u64::from_le_bytes(*word).wrapping_mul(M);
        word ^= word >> R;
        hash = (hash ^ word.wrapping_mul(M)).wrapping_mul(M);
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash ^= hash >> R;
    hash = hash.wrapping_mul(M);
    hash ^ hash >> R
}
