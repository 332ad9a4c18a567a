//! Packed members with their scores: the flat form of small sorted sets.
//!
//! ```text
//!   member (packed element) | score | member | score | ...      in the order of the sorted set
//!
//!   score   varint 0, then a double in 8 bytes, little-endian
//!           varint 1 + 2n for an integer: n = 0, 1, 2, 3 ... for 0, -1, 1, -2 ...
//!           varint 2 + 2n for as many hundredths
//!           (-0 becomes 0, as it does in Redis's packed form)
//!   01 'a' 09 | 01 'b' da 04 | 01 'c' 00 00 00 00 00 00 00 c0 3f       a 2, b 1.5, c 0.125
//! ```
//!
//! Functions over byte slices; the owner of the bytes splices them.

use base::bytes::{VARINT_LEN_MAX, read_varint, write_varint};

use crate::packed::{Element, push};

/// Integers beyond this are stored as doubles: they may not be exact, nor shorter.
const INTEGER_MAX: f64 = (1u64 << 52) as f64;
/// Bytes of a score at most.
const SCORE_MAX: usize = 1 + 8;

/// A member, its score, and where the two lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item<'p> {
    /// The member.
    pub member: &'p [u8],
    /// Its score.
    pub score: f64,
    /// Where the member's element begins.
    pub start: usize,
    /// One past the score, where the next item begins.
    pub end: usize,
}

/// The items in order.
#[inline]
pub fn items(packed: &[u8]) -> impl Iterator<Item = Item<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let element = Element::at(packed, start)?;
        let (score, len) = read_score(packed.get(element.end..)?)?;
        let item = Item { member: element.bytes(packed), score, start, end: element.end + len };
        start = item.end;
        Some(item)
    })
}

/// Appends an item.
pub fn push_item(packed: &mut Vec<u8>, member: &[u8], score: f64) {
    push(packed, member);
    let (bytes, len) = encode_score(score);
    packed.extend_from_slice(&bytes[..len]);
}

/// A score as it is stored: bytes, and how many of them count.
pub fn encode_score(score: f64) -> ([u8; VARINT_LEN_MAX], usize) {
    let mut bytes = [0; VARINT_LEN_MAX];
    let whole = |number: f64| number.abs() <= INTEGER_MAX && number.trunc() == number;
    let fold = |number: f64| (number as i64) << 1 ^ (number as i64) >> 63;
    // Division rounds correctly, so whatever has at most two digits behind the point comes back.
    let hundredths = (score * 100.0).round();
    let short = if whole(score) {
        Some(1 + 2 * fold(score) as u64)
    } else if whole(hundredths) && hundredths / 100.0 == score {
        Some(2 + 2 * fold(hundredths) as u64)
    } else {
        None
    };
    if let Some(short) = short {
        let len = write_varint(&mut bytes, short);
        return (bytes, len);
    }
    bytes[1..SCORE_MAX].copy_from_slice(&score.to_le_bytes());
    (bytes, SCORE_MAX)
}

#[inline]
fn read_score(bytes: &[u8]) -> Option<(f64, usize)> {
    match read_varint(bytes)? {
        (0, width) => {
            let score = bytes.get(width..)?.first_chunk()?;
            Some((f64::from_le_bytes(*score), width + 8))
        }
        (number, width) => {
            let folded = (number - 1) >> 1;
            let integer = ((folded >> 1) as i64 ^ -((folded & 1) as i64)) as f64;
            Some((if number & 1 == 1 { integer } else { integer / 100.0 }, width))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_are_those_of_the_picture() {
        let mut packed = Vec::new();
        push_item(&mut packed, b"a", 2.0);
        push_item(&mut packed, b"b", 1.5);
        push_item(&mut packed, b"c", 0.125);
        let doubled = b"\x01c\x00\x00\x00\x00\x00\x00\x00\xc0\x3f";
        assert_eq!(packed, [&b"\x01a\x09\x01b\xda\x04"[..], doubled].concat());
        assert_eq!(encode_score(-1.0).0[..1], [3]);
    }

    #[test]
    fn what_breaks_off_ends_the_items() {
        let mut packed = Vec::new();
        push_item(&mut packed, b"a", 0.125);
        for len in 0..packed.len() {
            assert_eq!(items(&packed[..len]).count(), 0);
        }
    }

    fn member() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..200)
    }

    fn score() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<f64>(),
            any::<i64>().prop_map(|n| n as f64),
            (-300i32..300).prop_map(f64::from),
            any::<i64>().prop_map(|n| n as f64 / 100.0),
            (-9_999i32..9_999).prop_map(|n| f64::from(n) / 1_000.0),
            prop::sample::select(&[0.0, -0.0, f64::INFINITY, INTEGER_MAX, -INTEGER_MAX - 1.0]),
        ]
    }

    proptest! {
        #[test]
        fn items_come_back_in_order(
            list in prop::collection::vec((member(), score()), 0..99),
        ) {
            let mut packed = Vec::new();
            for (member, score) in &list {
                push_item(&mut packed, member, *score);
            }
            let mut end = 0;
            let mut back = items(&packed);
            for (member, score) in &list {
                let item = back.next().expect("as many as went in");
                prop_assert_eq!((item.member, item.start), (&member[..], end));
                prop_assert_eq!(item.score.to_bits(), (score + 0.0).to_bits());
                end = item.end;
            }
            prop_assert!(back.next().is_none() && end == packed.len());
        }
    }
}
