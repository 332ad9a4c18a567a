//! Ziplist: how Redis 2.6 to 6.2 packed small collections. Read only.
//!
//! ```text
//!   bytes(4) tail(4) count(2)  entry*  0xFF         all header numbers little-endian
//!   |        |       `- 65535 means "count them"
//!   |        `- where the last entry starts (where the first would, if there is none)
//!   `- size of the whole ziplist
//!
//!   entry    previous  encoding  data
//!            `- size of the entry before, 0 for the first: one byte below 254,
//!               or 254 and 4 bytes, little-endian
//!
//!   encoding 00llllll                     string of up to 63 bytes
//!            01llllll llllllll            string of up to 16383 bytes, high bits first
//!            10______ + 4 bytes           string, length big-endian
//!            0xC0 0xD0 0xE0               integer of 2, 4, 8 bytes, little-endian
//!            0xF0 0xFE                    integer of 3 bytes, of 1 byte
//!            0xF1 to 0xFD                 the integers 0 to 12, no data
//! ```

use crate::packed::{Element, PackedError, array_at, signed, slice_at};

const HEADER_BYTES: usize = 10;
const COUNT_UNKNOWN: u16 = u16::MAX;
const PREVIOUS_LONG: u8 = 254;
const END: u8 = 255;

/// The elements of a ziplist in order; stops after the first error.
#[derive(Debug, Clone)]
pub struct Ziplist<'a> {
    bytes: &'a [u8],
    at: usize,
    previous: usize,
    seen: usize,
    done: bool,
}

impl<'a> Ziplist<'a> {
    /// Looks only at the frame; the entries are checked as they are yielded.
    pub fn new(bytes: &'a [u8]) -> Result<Ziplist<'a>, PackedError> {
        let size = u32::from_le_bytes(array_at(bytes, 0)?);
        if size as usize != bytes.len() {
            return Err(PackedError { at: 0, reason: "wrong size in the header" });
        }
        if bytes.len() <= HEADER_BYTES || bytes.last() != Some(&END) {
            return Err(PackedError { at: bytes.len(), reason: "no end mark" });
        }
        Ok(Ziplist { bytes, at: HEADER_BYTES, previous: 0, seen: 0, done: false })
    }

    fn advance(&mut self) -> Result<Option<Element<'a>>, PackedError> {
        let start = self.at;
        let [first] = array_at::<1>(self.bytes, start)?;
        let (previous, previous_len) = match first {
            END => return self.close().map(|()| None),
            PREVIOUS_LONG => (u32::from_le_bytes(array_at(self.bytes, start + 1)?) as usize, 5),
            short => (usize::from(short), 1),
        };
        if previous != self.previous {
            return Err(PackedError { at: start, reason: "wrong size of the entry before" });
        }
        let (element, len) = self.element(start + previous_len)?;
        self.at = start + previous_len + len;
        self.previous = previous_len + len;
        self.seen += 1;
        Ok(Some(element))
    }

    /// The element whose encoding stands at `at`, and the bytes that encoding and data take.
    fn element(&self, at: usize) -> Result<(Element<'a>, usize), PackedError> {
        let [first] = array_at::<1>(self.bytes, at)?;
        let (header, length) = match first {
            0x00..=0x3F => (1, usize::from(first)),
            0x40..=0x7F => (2, usize::from(u16::from_be_bytes(array_at(self.bytes, at)?) & 0x3FFF)),
            0x80..=0xBF => (5, u32::from_be_bytes(array_at(self.bytes, at + 1)?) as usize),
            _ => return self.integer(first, at),
        };
        let text = slice_at(self.bytes, at + header, length)?;
        Ok((Element::Bytes(text), header + length))
    }

    fn integer(&self, first: u8, at: usize) -> Result<(Element<'a>, usize), PackedError> {
        let data = at + 1;
        let (value, len) = match first {
            0xC0 => (signed(array_at::<2>(self.bytes, data)?), 2),
            0xD0 => (signed(array_at::<4>(self.bytes, data)?), 4),
            0xE0 => (signed(array_at::<8>(self.bytes, data)?), 8),
            0xF0 => (signed(array_at::<3>(self.bytes, data)?), 3),
            0xFE => (signed(array_at::<1>(self.bytes, data)?), 1),
            0xF1..=0xFD => (i64::from(first - 0xF1), 0),
            _ => return Err(PackedError { at, reason: "unknown encoding of an element" }),
        };
        Ok((Element::Integer(value), 1 + len))
    }

    fn close(&self) -> Result<(), PackedError> {
        if self.at != self.bytes.len() - 1 {
            return Err(PackedError { at: self.at, reason: "end mark before the end" });
        }
        let tail = u32::from_le_bytes(array_at(self.bytes, 4)?) as usize;
        if tail != self.at - self.previous {
            return Err(PackedError { at: 4, reason: "wrong position of the last entry" });
        }
        let count = u16::from_le_bytes(array_at(self.bytes, 8)?);
        if count != COUNT_UNKNOWN && usize::from(count) != self.seen {
            return Err(PackedError { at: 8, reason: "wrong count of elements" });
        }
        Ok(())
    }
}

impl<'a> Iterator for Ziplist<'a> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Packs as Redis did, from the encoding and data of each entry.
    fn pack(entries: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES];
        let (mut previous, mut tail) = (0, HEADER_BYTES);
        for entry in entries {
            tail = bytes.len();
            if previous < 254 {
                bytes.push(previous as u8);
            } else {
                bytes.push(PREVIOUS_LONG);
                bytes.extend((previous as u32).to_le_bytes());
            }
            bytes.extend(entry);
            previous = bytes.len() - tail;
        }
        bytes.push(END);
        let size = bytes.len() as u32;
        bytes[..4].copy_from_slice(&size.to_le_bytes());
        bytes[4..8].copy_from_slice(&(tail as u32).to_le_bytes());
        bytes[8..10].copy_from_slice(&(entries.len() as u16).to_le_bytes());
        bytes
    }

    fn text(bytes: &[u8]) -> Vec<u8> {
        let mut entry = match bytes.len() {
            len @ 0..=63 => vec![len as u8],
            len @ 64..=16_383 => (0x4000 | len as u16).to_be_bytes().to_vec(),
            len => [&[0x80][..], &(len as u32).to_be_bytes()].concat(),
        };
        entry.extend(bytes);
        entry
    }

    fn unpacked(bytes: &[u8]) -> Result<Vec<Element<'_>>, PackedError> {
        Ziplist::new(bytes)?.collect()
    }

    #[test]
    fn every_integer_encoding_is_read() {
        let cases: [(&[u8], i64); 11] = [
            (b"\xf1", 0),
            (b"\xfd", 12),
            (b"\xfe\x80", -128),
            (b"\xc0\x00\x80", -32_768),
            (b"\xf0\xff\xff\x7f", 8_388_607),
            (b"\xf0\x00\x00\x80", -8_388_608),
            (b"\xf0\xff\xff\xff", -1),
            (b"\xd0\x00\x00\x00\x80", -2_147_483_648),
            (b"\xd0\x01\x00\x00\x00", 1),
            (b"\xe0\xff\xff\xff\xff\xff\xff\xff\x7f", i64::MAX),
            (b"\xe0\x00\x00\x00\x00\x00\x00\x00\x80", i64::MIN),
        ];
        for (entry, value) in cases {
            let bytes = pack(&[entry.to_vec()]);
            assert_eq!(unpacked(&bytes), Ok(vec![Element::Integer(value)]));
        }
    }

    #[test]
    fn a_short_size_before_may_be_written_long() {
        // Redis leaves the long form when the entry before shrinks.
        let bytes = b"\x15\0\0\0\x0d\0\0\0\x02\0\0\x01a\xfe\x03\0\0\0\x01b\xff";
        assert_eq!(unpacked(bytes), Ok(vec![Element::Bytes(b"a"), Element::Bytes(b"b")]));
    }

    #[test]
    fn every_broken_ziplist_is_refused() {
        let broken: [(&[u8], &str); 11] = [
            (b"", "reaches past the end"),
            (b"\x0c\0\0\0\x0a\0\0\0\0\0\xff", "wrong size in the header"),
            (b"\x0a\0\0\0\x0a\0\0\0\0\0", "no end mark"),
            (b"\x0b\0\0\0\x0a\0\0\0\x01\0\xff", "wrong count of elements"),
            (b"\x0b\0\0\0\x0b\0\0\0\0\0\xff", "wrong position of the last entry"),
            (b"\x0f\0\0\0\x0a\0\0\0\x02\0\0\xf1\x02\xf1\xff", "wrong position of the last entry"),
            (b"\x0d\0\0\0\x0a\0\0\0\x01\0\x01\xf1\xff", "wrong size of the entry before"),
            (b"\x0d\0\0\0\x0a\0\0\0\x01\0\0\x09\xff", "reaches past the end"),
            // The string takes the end mark for its last byte.
            (b"\x0d\0\0\0\x0a\0\0\0\x01\0\0\x01\xff", "reaches past the end"),
            (b"\x0d\0\0\0\x0a\0\0\0\x01\0\0\xc1\xff", "unknown encoding of an element"),
            (b"\x0c\0\0\0\x0a\0\0\0\0\0\xff\xff", "end mark before the end"),
        ];
        for (bytes, reason) in broken {
            let found = unpacked(bytes).map_err(|error| error.reason);
            assert_eq!(found, Err(reason), "{}", bytes.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn strings_of_all_widths_are_read(
            strings in vec(
                prop_oneof![0usize..70, 240usize..270, 16_380usize..16_390]
                    .prop_map(|len| vec![b'x'; len]),
                0..12,
            ),
        ) {
            let entries: Vec<_> = strings.iter().map(|string| text(string)).collect();
            let bytes = pack(&entries);
            let expected = strings.iter().map(|string| Element::Bytes(string)).collect();
            prop_assert_eq!(unpacked(&bytes), Ok(expected));
        }

        #[test]
        fn no_damaged_byte_causes_a_panic(
            strings in vec(vec(any::<u8>(), 0..20), 1..8),
            place: proptest::sample::Index,
            byte: u8,
        ) {
            let entries: Vec<_> = strings.iter().map(|string| text(string)).collect();
            let mut bytes = pack(&entries);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let _ = unpacked(&bytes);
            let _ = unpacked(&bytes[..place]);
        }
    }
}
