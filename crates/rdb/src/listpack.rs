//! Listpack: how Redis 7.0 and newer pack small collections.
//!
//! ```text
//!   bytes(4) count(2)  entry*  0xFF                 header numbers little-endian
//!   |        `- 65535 means "count them"
//!   `- size of the whole listpack
//!
//!   entry    encoding  data  back
//!                            `- size of encoding and data, so that the list can be walked
//!                               backwards: 7 bits a byte, high bits first, the top bit set
//!                               in all bytes but the first; 1 to 5 bytes
//!
//!   encoding 0vvvvvvv                     the integers 0 to 127, no data
//!            10llllll                     string of up to 63 bytes
//!            110vvvvv vvvvvvvv            13-bit signed integer, high bits first, no data
//!            1110llll llllllll            string of up to 4095 bytes, high bits first
//!            0xF0 + 4 bytes               string, length little-endian
//!            0xF1 0xF2 0xF3 0xF4          integer of 2, 3, 4, 8 bytes, little-endian
//! ```
//!
//! Invariant of what is built here: a string that is the canonical text of a 64-bit integer is
//! stored as that integer, in the shortest form. Redis compares packed elements on this ground.

use base::number::is_canonical_integer;

use crate::packed::{Element, PackedError, array_at, signed, slice_at};

const HEADER_BYTES: usize = 6;
const COUNT_UNKNOWN: u16 = u16::MAX;
const END: u8 = 0xFF;
const STRING_32: u8 = 0xF0;
const INT_16: u8 = 0xF1;
const INT_24: u8 = 0xF2;
const INT_32: u8 = 0xF3;
const INT_64: u8 = 0xF4;

/// The most bytes an entry adds to the bytes of its string.
pub(crate) const ENTRY_OVERHEAD_MAX: usize = 10;

/// The elements of a listpack in order; stops after the first error.
#[derive(Debug, Clone)]
pub struct Listpack<'a> {
    bytes: &'a [u8],
    at: usize,
    seen: usize,
    done: bool,
}

impl<'a> Listpack<'a> {
    /// Looks only at the frame; the entries are checked as they are yielded.
    pub fn new(bytes: &'a [u8]) -> Result<Listpack<'a>, PackedError> {
        let size = u32::from_le_bytes(array_at(bytes, 0)?);
        if size as usize != bytes.len() {
            return Err(PackedError { at: 0, reason: "wrong size in the header" });
        }
        if bytes.len() <= HEADER_BYTES || bytes.last() != Some(&END) {
            return Err(PackedError { at: bytes.len(), reason: "no end mark" });
        }
        Ok(Listpack { bytes, at: HEADER_BYTES, seen: 0, done: false })
    }

    /// Where the next element starts, in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    fn advance(&mut self) -> Result<Option<Element<'a>>, PackedError> {
        let start = self.at;
        let [first] = array_at::<1>(self.bytes, start)?;
        if first == END {
            return self.close().map(|()| None);
        }
        let (element, len) = self.element(first)?;
        let (back, back_len) = back_length(len);
        let is_right = match back_len {
            // Nearly always; a call for one byte was a twentieth of the time a dump took.
            1 => array_at::<1>(self.bytes, start + len)? == [back[0]],
            _ => slice_at(self.bytes, start + len, back_len)? == &back[..back_len],
        };
        if !is_right {
            return Err(PackedError { at: start + len, reason: "wrong back-length" });
        }
        self.at = start + len + back_len;
        self.seen += 1;
        Ok(Some(element))
    }

    /// The element at the current position, and the bytes that encoding and data take.
    fn element(&self, first: u8) -> Result<(Element<'a>, usize), PackedError> {
        let (bytes, at) = (self.bytes, self.at);
        let data = at + 1;
        let (value, len) = match first {
            0x00..=0x7F => (i64::from(first), 1),
            0x80..=0xBF => return self.text(1, usize::from(first & 0x3F)),
            0xC0..=0xDF => {
                // Left-align the 13 bits, then shift down to extend the sign.
                let aligned = i16::from_be_bytes(array_at(bytes, at)?) << 3;
                (i64::from(aligned >> 3), 2)
            }
            0xE0..=0xEF => {
                return self.text(2, usize::from(u16::from_be_bytes(array_at(bytes, at)?) & 0xFFF));
            }
            STRING_32 => {
                return self.text(5, u32::from_le_bytes(array_at(bytes, data)?) as usize);
            }
            INT_16 => (signed(array_at::<2>(bytes, data)?), 3),
            INT_24 => (signed(array_at::<3>(bytes, data)?), 4),
            INT_32 => (signed(array_at::<4>(bytes, data)?), 5),
            INT_64 => (signed(array_at::<8>(bytes, data)?), 9),
            _ => return Err(PackedError { at, reason: "unknown encoding of an element" }),
        };
        Ok((Element::Integer(value), len))
    }

    fn text(&self, header: usize, len: usize) -> Result<(Element<'a>, usize), PackedError> {
        let text = slice_at(self.bytes, self.at + header, len)?;
        Ok((Element::Bytes(text), header + len))
    }

    fn close(&self) -> Result<(), PackedError> {
        if self.at != self.bytes.len() - 1 {
            return Err(PackedError { at: self.at, reason: "end mark before the end" });
        }
        let count = u16::from_le_bytes(array_at(self.bytes, 4)?);
        if count != COUNT_UNKNOWN && usize::from(count) != self.seen {
            return Err(PackedError { at: 4, reason: "wrong count of elements" });
        }
        Ok(())
    }
}

impl<'a> Iterator for Listpack<'a> {
    type Item = Result<Element<'a>, PackedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.advance();
        self.done = !matches!(step, Ok(Some(_)));
        step.transpose()
    }
}

/// A listpack under construction.
///
/// The format holds at most 4 GB; callers pack small collections only and stay far below.
#[derive(Debug)]
pub struct Builder {
    bytes: Vec<u8>,
    count: usize,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder::new()
    }
}

impl Builder {
    /// An empty listpack.
    pub fn new() -> Builder {
        Builder { bytes: vec![0; HEADER_BYTES], count: 0 }
    }

    /// Appends a string, as an integer if it is one.
    pub fn push(&mut self, text: &[u8]) {
        if let Some(value) = is_canonical_integer(text) {
            return self.push_integer(value);
        }
        let start = self.bytes.len();
        match text.len() {
            len @ 0..=63 => self.bytes.push(0x80 | len as u8),
            len @ 64..=4095 => self.bytes.extend((0xE000 | len as u16).to_be_bytes()),
            len => {
                self.bytes.push(STRING_32);
                self.bytes.extend((len as u32).to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(text);
        self.end_entry(start);
    }

    /// Appends an integer.
    pub fn push_integer(&mut self, value: i64) {
        const INT_24_MIN: i64 = -(1 << 23);
        const INT_24_MAX: i64 = (1 << 23) - 1;
        let start = self.bytes.len();
        let low = value.to_le_bytes();
        match value {
            0..=127 => self.bytes.push(low[0]),
            -4096..=4095 => {
                self.bytes.extend((0xC000 | (value as u16 & 0x1FFF)).to_be_bytes());
            }
            -32768..=32767 => self.wide_integer(INT_16, &low[..2]),
            INT_24_MIN..=INT_24_MAX => self.wide_integer(INT_24, &low[..3]),
            _ if i32::try_from(value).is_ok() => self.wide_integer(INT_32, &low[..4]),
            _ => self.wide_integer(INT_64, &low),
        }
        self.end_entry(start);
    }

    /// The finished bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.push(END);
        debug_assert!(u32::try_from(self.bytes.len()).is_ok(), "a listpack above 4 GB");
        let size = self.bytes.len() as u32;
        let count = u16::try_from(self.count).unwrap_or(COUNT_UNKNOWN);
        self.bytes[..4].copy_from_slice(&size.to_le_bytes());
        self.bytes[4..6].copy_from_slice(&count.to_le_bytes());
        self.bytes
    }

    fn wide_integer(&mut self, encoding: u8, data: &[u8]) {
        self.bytes.push(encoding);
        self.bytes.extend_from_slice(data);
    }

    fn end_entry(&mut self, start: usize) {
        let (back, len) = back_length(self.bytes.len() - start);
        self.bytes.extend_from_slice(&back[..len]);
        self.count += 1;
    }
}

/// The back-length for an entry of `len` bytes, and how many bytes of the array it takes.
///
/// The widths change one step before their bits run out (16382, not 16383, is the last of two
/// bytes). It is a slip of the first implementation that has become the format.
fn back_length(len: usize) -> ([u8; 5], usize) {
    let width = match len {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    };
    let mut back = [0u8; 5];
    for (place, byte) in back[..width].iter_mut().enumerate() {
        let bits = (len >> (7 * (width - 1 - place))) as u8 & 0x7F;
        *byte = if place == 0 { bits } else { bits | 0x80 };
    }
    (back, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn packed(strings: &[Vec<u8>]) -> Vec<u8> {
        let mut builder = Builder::new();
        strings.iter().for_each(|text| builder.push(text));
        builder.finish()
    }

    fn unpacked(bytes: &[u8]) -> Result<Vec<Vec<u8>>, PackedError> {
        Listpack::new(bytes)?.map(|element| element.map(Element::to_vec)).collect()
    }

    #[test]
    fn the_bytes_are_those_of_redis() {
        // The hash {name: rust, answer: 42, neg: -4097, huge: 2^63 - 1} as Redis 7.0.15 packs it.
        let strings =
            ["name", "rust", "answer", "42", "neg", "-4097", "huge", "9223372036854775807"];
        let expected = b"\x36\0\0\0\x08\0\x84name\x05\x84rust\x05\x86answer\x07\x2a\x01\
            \x83neg\x04\xf1\xff\xef\x03\x84huge\x05\xf4\xff\xff\xff\xff\xff\xff\xff\x7f\x09\xff";
        assert_eq!(packed(&strings.map(|text| text.as_bytes().to_vec())), expected);
    }

    #[test]
    fn each_integer_takes_its_shortest_form() {
        let entry_bytes = [
            (0, 2),
            (127, 2),
            (128, 3),
            (-1, 3),
            (4095, 3),
            (-4096, 3),
            (4096, 4),
            (-4097, 4),
            (32_767, 4),
            (-32_768, 4),
            (32_768, 5),
            (8_388_607, 5),
            (-8_388_608, 5),
            (8_388_608, 6),
            (2_147_483_647, 6),
            (-2_147_483_648, 6),
            (2_147_483_648, 10),
            (i64::MIN, 10),
        ];
        for (value, len) in entry_bytes {
            let mut builder = Builder::new();
            builder.push_integer(value);
            let bytes = builder.finish();
            assert_eq!(bytes.len() - HEADER_BYTES - 1, len, "{value}");
            let read: Vec<_> = Listpack::new(&bytes).expect("a frame").collect();
            assert_eq!(read, [Ok(Element::Integer(value))]);
        }
    }

    #[test]
    fn strings_around_each_width_survive() {
        // Back-lengths change width one step early, so the neighbours of 2^14 and 2^21 matter.
        let lengths = [0, 1, 63, 64, 125, 126, 127, 128, 4095, 4096];
        let near_14_bits = 16_370..16_390;
        let near_21_bits = 2_097_140..2_097_155;
        for len in lengths.into_iter().chain(near_14_bits).chain(near_21_bits) {
            let strings = [vec![b'x'; len], b"next".to_vec()];
            assert_eq!(unpacked(&packed(&strings)), Ok(strings.to_vec()), "{len}");
        }
        assert_eq!(back_length(16_382).1, 2);
        assert_eq!(back_length(16_383).1, 3);
        assert_eq!(back_length(300), ([2, 0x80 | 44, 0, 0, 0], 2));
    }

    #[test]
    fn a_count_that_does_not_fit_is_left_open() {
        let strings = vec![b"1".to_vec(); 70_000];
        let bytes = packed(&strings);
        assert_eq!(bytes[4..6], [0xFF, 0xFF]);
        assert_eq!(unpacked(&bytes).map(|found| found.len()), Ok(70_000));
    }

    #[test]
    fn every_broken_listpack_is_refused() {
        let broken: [(&[u8], &str); 9] = [
            (b"", "reaches past the end"),
            (b"\x08\0\0\0\0\0\xff", "wrong size in the header"),
            (b"\x06\0\0\0\0\0", "no end mark"),
            (b"\x07\0\0\0\x01\0\xff", "wrong count of elements"),
            (b"\x09\0\0\0\x01\0\x05\x02\xff", "wrong back-length"),
            (b"\x09\0\0\0\x01\0\x8a\x01\xff", "reaches past the end"),
            (b"\x0a\0\0\0\x01\0\x05\x01\xff\xff", "end mark before the end"),
            (b"\x09\0\0\0\x01\0\xf5\x01\xff", "unknown encoding of an element"),
            (b"\x0d\0\0\0\x01\0\xf0\xff\xff\xff\xff\x01\xff", "reaches past the end"),
        ];
        for (bytes, reason) in broken {
            let found = unpacked(bytes).map_err(|error| error.reason);
            assert_eq!(found, Err(reason), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_back_length_cannot_be_the_end_mark() {
        // An entry of 255 bytes ends with the back-length 01 FF.
        let mut bytes = packed(&[vec![b'x'; 253]]);
        bytes.pop();
        let size = bytes.len() as u32;
        bytes[..4].copy_from_slice(&size.to_le_bytes());
        assert_eq!(bytes.last(), Some(&END));
        assert_eq!(unpacked(&bytes).map_err(|error| error.at), Err(bytes.len()));
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(
            strings in vec(
                prop_oneof![
                    vec(any::<u8>(), 0..200),
                    any::<i64>().prop_map(|value| value.to_string().into_bytes()),
                    (-5000i64..5000).prop_map(|value| value.to_string().into_bytes()),
                ],
                0..40,
            ),
        ) {
            prop_assert_eq!(unpacked(&packed(&strings)), Ok(strings));
        }

        #[test]
        fn no_damaged_byte_causes_a_panic(
            strings in vec(vec(any::<u8>(), 0..20), 0..8),
            place: proptest::sample::Index,
            byte: u8,
        ) {
            let mut bytes = packed(&strings);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let _ = unpacked(&bytes);
            let _ = unpacked(&bytes[..place]);
        }
    }
}
