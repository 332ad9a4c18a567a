//! Field names and values as a block keeps them.
//!
//! ```text
//!   element   header (varint) | bytes
//!   header    2 * length of the text      the bytes are the text
//!             2 * zigzag + 1              the text is that integer's; no bytes
//! ```
//!
//! Small integers thus take one byte, a time in ms seven. Also here: how many bytes an element
//! would take in the listpacks that Redis keeps entries in, since the size of those decides where
//! blocks end.

use base::bytes::{VARINT_LEN_MAX, read_varint, write_varint};
use base::number::{NumberBuffer, format_i64, is_canonical_integer};

/// A field's name or value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// The decimal text of an integer.
    Integer(i64),
}

impl Text<'_> {
    /// Runs `body` on the bytes.
    pub fn with_bytes<R>(self, body: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Bytes(bytes) => body(bytes),
            Self::Integer(integer) => body(format_i64(integer, &mut NumberBuffer::new())),
        }
    }

    /// The bytes, owned.
    pub fn to_vec(self) -> Vec<u8> {
        self.with_bytes(<[u8]>::to_vec)
    }
}

/// Integers whose zigzag form leaves room for the header's lowest bit.
const INTEGER_BITS: u32 = 62;

pub(super) fn zigzag(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}

pub(super) fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

pub(super) fn push_varint(out: &mut Vec<u8>, n: u64) {
    let mut bytes = [0; VARINT_LEN_MAX];
    let width = write_varint(&mut bytes, n);
    out.extend_from_slice(&bytes[..width]);
}

/// Reads a varint at `at` and moves on. Blocks are written here, so that it is there.
pub(super) fn take_varint(bytes: &[u8], at: &mut usize) -> u64 {
    let (value, width) = read_varint(bytes.get(*at..).unwrap_or_default()).unwrap_or((0, 1));
    *at += width;
    value
}

/// Appends an element.
pub(super) fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    match is_canonical_integer(text) {
        Some(n) if zigzag(n) >> INTEGER_BITS == 0 => push_varint(out, zigzag(n) << 1 | 1),
        _ => {
            push_varint(out, (text.len() as u64) << 1);
            out.extend_from_slice(text);
        }
    }
}

/// Reads the element at `at` and moves on.
pub(super) fn take_text<'a>(bytes: &'a [u8], at: &mut usize) -> Text<'a> {
    let header = take_varint(bytes, at);
    if header & 1 == 1 {
        return Text::Integer(unzigzag(header >> 1));
    }
    let end = *at + (header >> 1) as usize;
    let text = bytes.get(*at..end).unwrap_or_default();
    *at = end;
    Text::Bytes(text)
}

/// Bytes of a string in a listpack.
pub(super) fn listpack_text_len(text: &[u8]) -> usize {
    if let Some(n) = is_canonical_integer(text) {
        return listpack_integer_len(n);
    }
    let len = match text.len() {
        len @ 0..=63 => 1 + len,
        len @ 64..=4095 => 2 + len,
        len => 5 + len,
    };
    len + back_len(len)
}

/// Bytes of an integer in a listpack.
pub(super) fn listpack_integer_len(n: i64) -> usize {
    let fits = |bits: u32| n >> (bits - 1) == n >> 63;
    let len = match n {
        0..=127 => 1,
        _ if fits(13) => 2,
        _ if fits(16) => 3,
        _ if fits(24) => 4,
        _ if fits(32) => 5,
        _ => 9,
    };
    len + back_len(len)
}

/// Bytes of the length that stands behind each element, so that lists can be read backwards.
fn back_len(len: usize) -> usize {
    match len {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers_take_few_bytes() {
        let lens = [("0", 1), ("31", 1), ("-32", 1), ("32", 2), ("1700000000000", 7), ("007", 4)];
        for (text, len) in lens {
            let mut bytes = Vec::new();
            push_text(&mut bytes, text.as_bytes());
            assert_eq!(bytes.len(), len, "{text}");
        }
    }

    #[test]
    fn listpack_sizes_are_those_of_redis() {
        let sizes = [
            ("0", 2),
            ("127", 2),
            ("128", 3),
            ("-1", 3),
            ("-4096", 3),
            ("4096", 4),
            ("32768", 5),
            ("8388608", 6),
            ("2147483648", 10),
            ("-9223372036854775808", 10),
            ("", 2),
            ("a", 3),
            ("01", 4),
        ];
        for (text, size) in sizes {
            assert_eq!(listpack_text_len(text.as_bytes()), size, "{text}");
        }
        for (len, size) in [(63, 65), (64, 67), (125, 128), (126, 130), (4095, 4099), (4096, 4103)]
        {
            assert_eq!(listpack_text_len(&vec![b'x'; len]), size, "{len}");
        }
    }

    proptest! {
        #[test]
        fn elements_come_back(
            texts in proptest::collection::vec(prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                any::<i64>().prop_map(|n| n.to_string().into_bytes()),
            ], 0..20),
        ) {
            let mut bytes = Vec::new();
            texts.iter().for_each(|text| push_text(&mut bytes, text));
            let mut at = 0;
            for text in &texts {
                prop_assert_eq!(&take_text(&bytes, &mut at).to_vec(), text);
            }
            prop_assert_eq!(at, bytes.len());
        }

        #[test]
        fn zigzag_is_undone(n: i64) {
            prop_assert_eq!(unzigzag(zigzag(n)), n);
        }
    }
}
