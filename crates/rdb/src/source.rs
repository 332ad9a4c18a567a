//! The input of a reader: buffered, counted, and summed up.
//!
//! Owns the buffer between the caller's `Read` and the decoders. It hands out bytes, lengths and
//! whole strings, knows the offset of each, and computes the checksum of all that was handed out.
//!
//! Invariants
//! 1. `digested <= start <= end <= buffer.len()`: unread bytes are `start..end`, and the digest
//!    covers everything up to `digested`.
//! 2. Memory follows data: a string's buffer is never more than twice what has arrived of it.
//!
//! What has arrived can be looked at before it is used ([`Source::unread`], [`Source::read_on`]).
//! It may hold bytes that lie behind the dump (the tail of an old append-only file, a replication
//! stream); [`Source::into_rest`] gives them back.

use std::borrow::Cow;
use std::io::{self, Read};

use base::number::{NumberBuffer, format_i64};
use crc_fast::{CrcAlgorithm, Digest};

use crate::error::ReadError;
use crate::format;
use crate::lzf;

const BUFFER_BYTES: usize = 64 * 1024;

pub(crate) struct Source<R> {
    inner: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    digested: usize,
    /// Offset in the dump of the first byte of the buffer.
    buffer_offset: u64,
    digest: Option<Digest>,
    /// What the input said when it was read ahead: told when what came before is used up.
    failure: Option<io::Error>,
}

/// A length, or the mark of a specially encoded string in its place.
enum Length {
    Plain(u64),
    Special(u8),
}

impl<R: Read> Source<R> {
    /// With a checksum only if `digest` is given.
    pub(crate) fn new(inner: R, digest: Option<Digest>) -> Source<R> {
        let buffer = vec![0; BUFFER_BYTES];
        let (start, end, digested, buffer_offset) = (0, 0, 0, 0);
        Source { inner, buffer, start, end, digested, buffer_offset, digest, failure: None }
    }

    /// The bytes that have arrived and were not used.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Gets more bytes behind the unread ones, and makes the buffer as long as it must be for that.
    /// False if there are none.
    pub(crate) fn read_on(&mut self) -> bool {
        self.settle();
        self.buffer.copy_within(self.start..self.end, 0);
        self.buffer_offset += self.start as u64;
        (self.end, self.start, self.digested) = (self.end - self.start, 0, 0);
        if 2 * self.end > self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        while self.failure.is_none() {
            match self.inner.read(&mut self.buffer[self.end..]) {
                Ok(filled) => {
                    self.end += filled;
                    return filled > 0;
                }
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => self.failure = Some(cause),
            }
        }
        false
    }

    /// Moves the next `len` bytes, which are unread ones, to the end of `to`.
    pub(crate) fn move_to(&mut self, to: &mut Vec<u8>, len: usize) {
        to.extend_from_slice(&self.unread()[..len]);
        self.start += len;
    }

    /// Offset of the next byte.
    pub(crate) fn offset(&self) -> u64 {
        self.buffer_offset + self.start as u64
    }

    pub(crate) fn byte(&mut self) -> Result<u8, ReadError> {
        if self.start == self.end {
            self.refill()?;
        }
        let byte = self.buffer[self.start];
        self.start += 1;
        Ok(byte)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        if let Some(found) = self.buffer[self.start..self.end].first_chunk::<N>() {
            self.start += N;
            return Ok(*found);
        }
        let mut found = [0; N];
        for byte in &mut found {
            *byte = self.byte()?;
        }
        Ok(found)
    }

    /// Exactly `len` bytes.
    pub(crate) fn bytes(&mut self, len: u64) -> Result<Vec<u8>, ReadError> {
        if let Some(here) = self.arrived(len) {
            let bytes = here.to_vec();
            self.start += bytes.len();
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        let mut missing = len;
        while missing > 0 {
            if self.start == self.end {
                self.refill()?;
            }
            let here = &self.buffer[self.start..self.end];
            let take = usize::try_from(missing).map_or(here.len(), |len| len.min(here.len()));
            let spare = bytes.capacity() - bytes.len();
            if spare < take {
                // Room for as much again as has arrived, but not beyond the end of the string.
                let arrived = (bytes.len() + take) as u64;
                bytes.reserve_exact(missing.min(arrived.max(take as u64)) as usize);
            }
            bytes.extend_from_slice(&here[..take]);
            self.start += take;
            missing -= take as u64;
        }
        Ok(bytes)
    }

    /// The next `len` bytes, if they are in the buffer.
    fn arrived(&self, len: u64) -> Option<&[u8]> {
        let len = usize::try_from(len).ok()?;
        self.buffer[self.start..self.end].get(..len)
    }

    /// A length where no string can stand.
    pub(crate) fn length(&mut self) -> Result<u64, ReadError> {
        let offset = self.offset();
        match self.length_or_mark()? {
            Length::Plain(length) => Ok(length),
            Length::Special(_) => malformed(offset, "a special string where a length should be"),
        }
    }

    /// A string in any of its encodings.
    pub(crate) fn string(&mut self) -> Result<Vec<u8>, ReadError> {
        self.text(|text| text.into_owned())
    }

    /// As [`Source::string`], into a buffer that is used again.
    pub(crate) fn string_into(&mut self, to: &mut Vec<u8>) -> Result<(), ReadError> {
        self.text(|text| match text {
            Cow::Owned(text) => *to = text,
            Cow::Borrowed(text) => {
                to.clear();
                to.extend_from_slice(text);
            }
        })
    }

    /// Runs `body` on a string in any of its encodings, which is not copied if it is here as it is.
    #[inline]
    pub(crate) fn text<T>(
        &mut self,
        body: impl FnOnce(Cow<'_, [u8]>) -> T,
    ) -> Result<T, ReadError> {
        let offset = self.offset();
        let integer = match self.length_or_mark()? {
            Length::Plain(length) if self.arrived(length).is_some() => {
                let from = self.start;
                self.start += length as usize;
                return Ok(body(Cow::Borrowed(&self.buffer[from..self.start])));
            }
            Length::Plain(length) => return Ok(body(Cow::Owned(self.bytes(length)?))),
            Length::Special(format::STRING_INT8) => i8::from_le_bytes(self.array()?).into(),
            Length::Special(format::STRING_INT16) => i16::from_le_bytes(self.array()?).into(),
            Length::Special(format::STRING_INT32) => i32::from_le_bytes(self.array()?).into(),
            Length::Special(format::STRING_LZF) => {
                return Ok(body(Cow::Owned(self.compressed(offset)?)));
            }
            Length::Special(_) => return malformed(offset, "unknown encoding of a string"),
        };
        Ok(body(Cow::Borrowed(format_i64(integer, &mut NumberBuffer::new()))))
    }

    /// The checksum of every byte handed out so far, if one is kept.
    pub(crate) fn checksum(&mut self) -> Option<u64> {
        self.settle();
        self.digest.as_ref().map(Digest::finalize)
    }

    /// The bytes not handed out: those in the buffer, then the rest of the input.
    pub(crate) fn into_rest(self) -> impl Read {
        let buffered = self.buffer[self.start..self.end].to_vec();
        io::Cursor::new(buffered).chain(self.inner)
    }

    fn compressed(&mut self, offset: u64) -> Result<Vec<u8>, ReadError> {
        let packed_len = self.length()?;
        let plain_len = self.length()?;
        // A size beyond the address space cannot be met by any input.
        let plain_len = usize::try_from(plain_len).unwrap_or(usize::MAX);
        let plain = match self.arrived(packed_len) {
            Some(packed) => {
                let plain = lzf::decompress(packed, plain_len);
                self.start += packed_len as usize;
                plain
            }
            None => lzf::decompress(&self.bytes(packed_len)?, plain_len),
        };
        plain.map_err(|reason| ReadError::Malformed { offset, reason })
    }

    fn length_or_mark(&mut self) -> Result<Length, ReadError> {
        let offset = self.offset();
        let first = self.byte()?;
        Ok(match first {
            0x00..=0x3F => Length::Plain(first.into()),
            0x40..=0x7F => Length::Plain(u64::from(first & 0x3F) << 8 | u64::from(self.byte()?)),
            format::LENGTH_32 => Length::Plain(u32::from_be_bytes(self.array()?).into()),
            format::LENGTH_64 => Length::Plain(u64::from_be_bytes(self.array()?)),
            0x82..=0xBF => return malformed(offset, "unknown encoding of a length"),
            0xC0..=0xFF => Length::Special(first),
        })
    }

    /// Gets at least one more byte. Call only when the buffer is used up.
    fn refill(&mut self) -> Result<(), ReadError> {
        self.settle();
        self.buffer_offset += self.end as u64;
        (self.start, self.end, self.digested) = (0, 0, 0);
        if let Some(cause) = self.failure.take() {
            return Err(ReadError::Io { offset: self.buffer_offset, cause });
        }
        loop {
            match self.inner.read(&mut self.buffer) {
                Ok(0) => return Err(ReadError::Truncated { offset: self.buffer_offset }),
                Ok(filled) => {
                    self.end = filled;
                    return Ok(());
                }
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(ReadError::Io { offset: self.buffer_offset, cause }),
            }
        }
    }

    fn settle(&mut self) {
        if let Some(digest) = &mut self.digest {
            digest.update(&self.buffer[self.digested..self.start]);
        }
        self.digested = self.start;
    }
}

impl Source<io::Empty> {
    /// Bytes that stand at `offset` of a dump, and nothing behind them.
    pub(crate) fn over(buffer: Vec<u8>, offset: u64) -> Self {
        let end = buffer.len();
        let (start, digested, digest, failure) = (0, 0, None, None);
        let inner = io::empty();
        Source { inner, buffer, start, end, digested, buffer_offset: offset, digest, failure }
    }

    /// The bytes, for using their room again.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// A new CRC-64/REDIS, the checksum at the end of a dump.
pub(crate) fn new_digest() -> Digest {
    Digest::new(CrcAlgorithm::Crc64Redis)
}

pub(crate) fn malformed<T>(offset: u64, reason: &'static str) -> Result<T, ReadError> {
    Err(ReadError::Malformed { offset, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_redis() {
        let mut digest = new_digest();
        digest.update(b"12345");
        digest.update(b"6789");
        assert_eq!(digest.finalize(), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn a_string_takes_no_more_room_than_twice_what_arrived() {
        let claimed = 1 << 40;
        let mut source = Source::new(io::repeat(b'x').take(300_000), None);
        assert!(matches!(source.bytes(claimed), Err(ReadError::Truncated { offset: 300_000 })));
        let mut source = Source::new(io::repeat(b'x').take(300_000), None);
        let bytes = source.bytes(300_000).expect("as many as there are");
        assert_eq!((bytes.len(), bytes.capacity()), (300_000, 300_000));
    }
}
