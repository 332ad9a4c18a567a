//! Sorted integers: the flat form of small sets whose members are all integers.
//!
//! ```text
//!   width (1 byte: 1 to 8) | integers, little-endian, `width` bytes each, ascending
//!   02 | ff ff | 00 01                       {-1, 256}
//! ```
//!
//! All have the width that the widest has needed so far. Functions over byte slices; the owner of
//! the bytes splices them. No bytes at all are no integers too.
//! Must be true: no integer is there twice.

/// Bytes before the first integer.
const HEADER: usize = 1;
/// Bytes of the widest integer.
const WIDTH_MAX: usize = 8;

/// The bytes that an integer takes.
pub fn width_of(integer: i64) -> usize {
    // The bits that differ from the sign, and the sign.
    let bits = 65 - (integer ^ integer >> 63).leading_zeros();
    bits.div_ceil(8) as usize
}

/// The bytes that each of these integers takes; 0 if nothing was ever stored.
#[inline]
pub fn width(bytes: &[u8]) -> usize {
    bytes.first().map_or(0, |width| usize::from(*width))
}

/// How many there are.
#[inline]
pub fn len(bytes: &[u8]) -> usize {
    bytes.len().saturating_sub(HEADER).checked_div(width(bytes)).unwrap_or(0)
}

/// Where the bytes of the integer at `index` begin.
#[inline]
pub fn offset(bytes: &[u8], index: usize) -> usize {
    HEADER + index * width(bytes)
}

/// The integer at `index`, or `None` beyond the last.
#[inline]
pub fn get(bytes: &[u8], index: usize) -> Option<i64> {
    let (at, width) = (offset(bytes, index), width(bytes));
    let shift = 64 - 8 * width as u32;
    let upto = bytes.get(..at + width)?;
    if let Some(eight) = upto.last_chunk() {
        // The integer is the last of these bytes.
        return Some(i64::from_le_bytes(*eight) >> shift);
    }
    let word = upto.get(at..)?.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    Some((word << shift) as i64 >> shift)
}

/// The index of `integer`, or the one it would get. O(log n).
#[inline]
pub fn find(bytes: &[u8], integer: i64) -> Result<usize, usize> {
    let (mut low, mut high) = (0, len(bytes));
    // Ascending integers are stored most often of all.
    if high > 0 && get(bytes, high - 1).is_some_and(|last| last < integer) {
        return Err(high);
    }
    while low < high {
        let middle = (low + high) / 2;
        match get(bytes, middle).map(|found| found.cmp(&integer)) {
            Some(std::cmp::Ordering::Less) => low = middle + 1,
            Some(std::cmp::Ordering::Equal) => return Ok(middle),
            _ => high = middle,
        }
    }
    Err(low)
}

/// All in ascending order.
pub fn iter(bytes: &[u8]) -> impl ExactSizeIterator<Item = i64> + '_ {
    (0..len(bytes)).map(|index| get(bytes, index).unwrap_or_default())
}

/// An integer in as many bytes as it is asked for, which are the first ones.
pub fn encode(integer: i64) -> [u8; WIDTH_MAX] {
    integer.to_le_bytes()
}

/// The bytes of ascending integers.
pub fn pack(ascending: impl Iterator<Item = i64> + Clone) -> Vec<u8> {
    let width = ascending.clone().map(width_of).max().unwrap_or(width_of(0));
    pack_wide(ascending, width)
}

/// The same integers in `width` bytes each.
pub fn widened(bytes: &[u8], width: usize) -> Vec<u8> {
    pack_wide(iter(bytes), width)
}

fn pack_wide(ascending: impl Iterator<Item = i64>, width: usize) -> Vec<u8> {
    let mut bytes = vec![width as u8];
    for integer in ascending {
        bytes.extend_from_slice(&encode(integer)[..width]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn integer() -> impl Strategy<Value = i64> {
        prop_oneof![
            any::<i8>().prop_map(i64::from),
            any::<i16>().prop_map(i64::from),
            any::<i32>().prop_map(i64::from),
            any::<i64>(),
        ]
    }

    #[test]
    fn the_bytes_are_those_of_the_picture() {
        assert_eq!(pack([-1, 256].into_iter()), [2, 0xff, 0xff, 0, 1]);
        assert_eq!(pack([-1, 7].into_iter()), [1, 0xff, 7]);
        assert_eq!(widened(&[2, 0xff, 0xff], 3), [3, 0xff, 0xff, 0xff]);
        for (integer, width) in [
            (0, 1),
            (-1, 1),
            (127, 1),
            (128, 2),
            (-128, 1),
            (-129, 2),
            (32_767, 2),
            (32_768, 3),
            (-32_768, 2),
            (1 << 31, 5),
            (i64::MAX, 8),
            (i64::MIN, 8),
        ] {
            assert_eq!(width_of(integer), width, "{integer}");
        }
        assert_eq!((len(&[]), get(&[], 0), find(&[], 3)), (0, None, Err(0)));
    }

    proptest! {
        #[test]
        fn integers_are_found_where_a_sorted_set_has_them(
            integers: Vec<i16>,
            wide in proptest::collection::vec(integer(), 0..40),
            other in integer(),
        ) {
            let model: BTreeSet<i64> =
                integers.iter().map(|n| i64::from(*n)).chain(wide).collect();
            let bytes = pack(model.iter().copied());
            prop_assert_eq!(len(&bytes), model.len());
            prop_assert!(iter(&bytes).eq(model.iter().copied()));
            prop_assert_eq!(&widened(&bytes, 8)[1..], &pack_wide(iter(&bytes), 8)[1..]);
            for (index, wanted) in model.iter().enumerate() {
                prop_assert_eq!(find(&bytes, *wanted), Ok(index));
            }
            let before = model.range(..other).count();
            let found = find(&bytes, other);
            prop_assert_eq!(found, if model.contains(&other) { Ok(before) } else { Err(before) });
        }
    }
}
