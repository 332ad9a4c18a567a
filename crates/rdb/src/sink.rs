//! The output of a writer: buffered and summed up.
//!
//! The counterpart of `source.rs`. It takes bytes, lengths and strings, chooses the shortest
//! encoding of the latter two, and keeps the checksum of all it was given.

use std::io::{self, Write};

use base::number::is_canonical_integer;
use crc_fast::Digest;

use crate::format;
use crate::lzf::Compressor;

const BUFFER_BYTES: usize = 64 * 1024;
/// Redis tries no compression up to this size, since it never helps.
const COMPRESS_ABOVE_BYTES: usize = 20;
/// Redis wants at least this much gain from compression.
const COMPRESS_GAIN_BYTES: usize = 4;
/// The longest text of a 32-bit integer: "-2147483648".
const INTEGER_TEXT_MAX: usize = 11;

pub(crate) struct Sink<W> {
    inner: W,
    buffer: Vec<u8>,
    digest: Option<Digest>,
    compressor: Option<Compressor>,
}

impl<W: Write> Sink<W> {
    /// With a checksum only if `digest` is given, and compression only if `compressor` is.
    pub(crate) fn new(inner: W, digest: Option<Digest>, compressor: Option<Compressor>) -> Sink<W> {
        Sink { inner, buffer: Vec::with_capacity(BUFFER_BYTES), digest, compressor }
    }

    pub(crate) fn output(&mut self) -> &mut W {
        &mut self.inner
    }

    pub(crate) fn byte(&mut self, byte: u8) -> io::Result<()> {
        self.bytes(&[byte])
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > BUFFER_BYTES - self.buffer.len() {
            self.drain()?;
        }
        if bytes.len() > BUFFER_BYTES {
            if let Some(digest) = &mut self.digest {
                digest.update(bytes);
            }
            return self.inner.write_all(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn length(&mut self, length: u64) -> io::Result<()> {
        match length {
            0..=0x3F => self.byte(length as u8),
            0x40..=0x3FFF => self.bytes(&(0x4000 | length as u16).to_be_bytes()),
            _ => match u32::try_from(length) {
                Ok(length) => {
                    self.byte(format::LENGTH_32)?;
                    self.bytes(&length.to_be_bytes())
                }
                Err(_) => {
                    self.byte(format::LENGTH_64)?;
                    self.bytes(&length.to_be_bytes())
                }
            },
        }
    }

    /// A string, as an integer if it is one, else compressed if that helps, else as it is.
    pub(crate) fn string(&mut self, text: &[u8]) -> io::Result<()> {
        if text.len() <= INTEGER_TEXT_MAX
            && let Some(value) = is_canonical_integer(text)
            && let Ok(value) = i32::try_from(value)
        {
            return self.integer(value);
        }
        if text.len() > COMPRESS_ABOVE_BYTES
            && let Some(mut compressor) = self.compressor.take()
        {
            let written = match compressor.compress(text, text.len() - COMPRESS_GAIN_BYTES) {
                Some(packed) => self.compressed(packed, text.len()),
                None => self.plain(text),
            };
            self.compressor = Some(compressor);
            return written;
        }
        self.plain(text)
    }

    /// The checksum of everything so far; zero, which means none, if none is kept.
    pub(crate) fn checksum(&mut self) -> io::Result<u64> {
        self.drain()?;
        Ok(self.digest.as_ref().map_or(0, Digest::finalize))
    }

    /// Hands everything on and gives the output back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.drain()?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn integer(&mut self, value: i32) -> io::Result<()> {
        if let Ok(value) = i8::try_from(value) {
            self.byte(format::STRING_INT8)?;
            return self.bytes(&value.to_le_bytes());
        }
        if let Ok(value) = i16::try_from(value) {
            self.byte(format::STRING_INT16)?;
            return self.bytes(&value.to_le_bytes());
        }
        self.byte(format::STRING_INT32)?;
        self.bytes(&value.to_le_bytes())
    }

    fn compressed(&mut self, packed: &[u8], plain_len: usize) -> io::Result<()> {
        self.byte(format::STRING_LZF)?;
        self.length(packed.len() as u64)?;
        self.length(plain_len as u64)?;
        self.bytes(packed)
    }

    fn plain(&mut self, text: &[u8]) -> io::Result<()> {
        self.length(text.len() as u64)?;
        self.bytes(text)
    }

    fn drain(&mut self) -> io::Result<()> {
        if let Some(digest) = &mut self.digest {
            digest.update(&self.buffer);
        }
        self.inner.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Sink<Vec<u8>>) -> io::Result<()>) -> Vec<u8> {
        let mut sink = Sink::new(Vec::new(), None, Some(Compressor::new()));
        write(&mut sink).and_then(|()| sink.finish()).expect("memory takes everything")
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        let cases: [(u64, &[u8]); 8] = [
            (0, b"\x00"),
            (63, b"\x3f"),
            (64, b"\x40\x40"),
            (16_383, b"\x7f\xff"),
            (16_384, b"\x80\x00\x00\x40\x00"),
            (u32::MAX.into(), b"\x80\xff\xff\xff\xff"),
            (1 << 32, b"\x81\x00\x00\x00\x01\x00\x00\x00\x00"),
            (u64::MAX, b"\x81\xff\xff\xff\xff\xff\xff\xff\xff"),
        ];
        for (length, expected) in cases {
            assert_eq!(written(|sink| sink.length(length)), expected, "{length}");
        }
    }

    #[test]
    fn strings_take_the_form_redis_chooses() {
        let cases: [(&str, &[u8]); 12] = [
            ("", b"\x00"),
            ("0", b"\xc0\x00"),
            ("-128", b"\xc0\x80"),
            ("128", b"\xc1\x80\x00"),
            ("-32769", b"\xc2\xff\x7f\xff\xff"),
            ("2147483647", b"\xc2\xff\xff\xff\x7f"),
            ("-2147483648", b"\xc2\x00\x00\x00\x80"),
            ("2147483648", b"\x0a2147483648"),
            ("007", b"\x03007"),
            ("-0", b"\x02-0"),
            ("aaaaaaaaaaaaaaaaaaaa", b"\x14aaaaaaaaaaaaaaaaaaaa"),
            ("aaaaaaaaaaaaaaaaaaaaa", b"\xc3\x05\x15\x00a\xe0\x0b\x00"),
        ];
        for (text, expected) in cases {
            assert_eq!(written(|sink| sink.string(text.as_bytes())), expected, "{text:?}");
        }
    }
}
