//! The dense form: registers of six bits one after the other, the lowest bit of the first byte
//! first.
//!
//! ```text
//!   byte      0        1        2
//!   bits   11000000 22221111 33333322     the digits are registers
//! ```

use super::sketch::{HEADER_LEN, REGISTERS};

/// Bits of a register.
const WIDTH: usize = 6;
const MASK: u16 = (1 << WIDTH) - 1;
/// Length of a dense sketch.
pub(super) const LEN: usize = HEADER_LEN + REGISTERS * WIDTH / 8;

/// The registers' values in order.
pub(super) fn registers(body: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let (triples, _) = body.as_chunks::<3>();
    triples.iter().flat_map(|&[a, b, c]| {
        let bits = u32::from_le_bytes([a, b, c, 0]);
        [0, 6, 12, 18].map(|shift| (bits >> shift) as u8 & MASK as u8)
    })
}

/// The two bytes of a dense sketch, and where they lie, that raise a register to `count`. `None` if
/// it is there already.
pub(super) fn changed(sketch: &[u8], index: usize, count: u8) -> Option<(usize, [u8; 2])> {
    let at = HEADER_LEN + index * WIDTH / 8;
    let shift = index * WIDTH % 8;
    let byte = |at: usize| sketch.get(at).copied().unwrap_or(0);
    let pair = u16::from_le_bytes([byte(at), byte(at + 1)]);
    let old = pair >> shift & MASK;
    if old >= u16::from(count) {
        return None;
    }
    let new = pair & !(MASK << shift) | u16::from(count) << shift;
    Some((at, new.to_le_bytes()))
}
