//! Zipmap: how Redis 2.2 and 2.4 packed small hashes. Read only.
//!
//! ```text
//!   pairs  length field  length free value padding[free]  ...  0xFF
//!   |      |                    `- one byte
//!   |      `- one byte below 254, or 254 and 4 bytes, little-endian
//!   `- one byte: how many pairs, or 254 and more for "count them"
//! ```
//!
//! Padding was left behind when a value was replaced by a shorter one.

use crate::packed::{PackedError, array_at, slice_at};

/// From this value on, the leading count says nothing.
const COUNT_UNKNOWN: u8 = 254;
/// Introduces a 4-byte length.
const LENGTH_LONG: u8 = 254;
/// Closes the zipmap.
const END: u8 = 255;

/// Field and value, borrowed from the packed string.
pub type Pair<'a> = (&'a [u8], &'a [u8]);

/// The pairs of a zipmap in stored order; stops after the first error.
#[derive(Debug, Clone)]
pub struct Zipmap<'a> {
    bytes: &'a [u8],
    at: usize,
    seen: usize,
    done: bool,
}

impl<'a> Zipmap<'a> {
    /// Looks only at the frame; the pairs are checked as they are yielded.
    pub fn new(bytes: &'a [u8]) -> Result<Zipmap<'a>, PackedError> {
        match bytes {
            [_, .., END] => Ok(Zipmap { bytes, at: 1, seen: 0, done: false }),
            _ => Err(PackedError { at: 0, reason: "no count or no end mark" }),
        }
    }

    fn advance(&mut self) -> Result<Option<Pair<'a>>, PackedError> {
        let [mark] = array_at::<1>(self.bytes, self.at)?;
        if mark == END {
            return self.close().map(|()| None);
        }
        let field_len = self.length()?;
        let field = slice_at(self.bytes, self.at, field_len)?;
        self.at += field_len;
        let value_len = self.length()?;
        let [free] = array_at::<1>(self.bytes, self.at)?;
        let value = slice_at(self.bytes, self.at + 1, value_len)?;
        slice_at(self.bytes, self.at + 1 + value_len, usize::from(free))?;
        self.at += 1 + value_len + usize::from(free);
        self.seen += 1;
        Ok(Some((field, value)))
    }

    fn length(&mut self) -> Result<usize, PackedError> {
        let [first] = array_at::<1>(self.bytes, self.at)?;
        match first {
            END => Err(PackedError { at: self.at, reason: "end mark instead of a length" }),
            LENGTH_LONG => {
                let length = u32::from_le_bytes(array_at(self.bytes, self.at + 1)?);
                self.at += 5;
                Ok(length as usize)
            }
            short => {
                self.at += 1;
                Ok(usize::from(short))
            }
        }
    }

    fn close(&self) -> Result<(), PackedError> {
        if self.at != self.bytes.len() - 1 {
            return Err(PackedError { at: self.at, reason: "end mark before the end" });
        }
        let count = self.bytes[0];
        if count < COUNT_UNKNOWN && usize::from(count) != self.seen {
            return Err(PackedError { at: 0, reason: "wrong count of pairs" });
        }
        Ok(())
    }
}

impl<'a> Iterator for Zipmap<'a> {
    type Item = Result<Pair<'a>, PackedError>;

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

    fn pairs(bytes: &[u8]) -> Result<Vec<Pair<'_>>, PackedError> {
        Zipmap::new(bytes)?.collect()
    }

    #[test]
    fn pairs_come_out_in_order_and_padding_is_skipped() {
        let packed = b"\x02\x03foo\x03\x00bar\x05hello\x02\x03hi\x00\x00\x00\xff";
        let expected: Vec<Pair> = vec![(b"foo", b"bar"), (b"hello", b"hi")];
        assert_eq!(pairs(packed), Ok(expected));
    }

    #[test]
    fn a_long_length_takes_five_bytes() {
        let mut packed = b"\xfe\x01k\xfe\x2c\x01\x00\x00\x00".to_vec();
        packed.extend(vec![b'v'; 300]);
        packed.push(END);
        assert_eq!(pairs(&packed), Ok(vec![(&b"k"[..], &vec![b'v'; 300][..])]));
    }

    #[test]
    fn an_empty_zipmap_has_no_pairs() {
        assert_eq!(pairs(b"\x00\xff"), Ok(vec![]));
    }

    #[test]
    fn every_broken_zipmap_is_refused() {
        let broken: [&[u8]; 8] = [
            b"",
            b"\xff",
            b"\x01\xff",                               // count of one, no pair
            b"\x01\x03foo\xff",                        // no value
            b"\x01\x03foo\x03\x00ba\xff",              // value reaches into the end mark
            b"\x01\x03foo\x03\x09bar\xff",             // padding reaches past the end
            b"\x01\xfe\xff\xff\xff\xffo\x01\x00a\xff", // 4 GB field
            b"\x00\xff\xff",                           // bytes after the end mark
        ];
        for packed in broken {
            assert!(pairs(packed).is_err(), "{}", packed.escape_ascii());
        }
    }
}
