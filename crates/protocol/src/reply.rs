//! What a command answers: one set of calls that gives RESP2 or RESP3.
//!
//! A handler calls one method per value it replies with. An aggregate is announced with its length
//! and followed by its elements; when the length is known only afterwards it is begun with
//! [`Reply::deferred`] and finished by name.
//!
//! Must be true: as many elements follow as were announced; nothing here can check that.
//! Not here: which errors there are; `number` prints doubles, `output` holds the bytes.

use std::sync::Arc;

use memchr::memchr2;

use crate::number::write_double;
use crate::output::{Mark, Output, SHARED_MIN};
use crate::resp::header;

/// The version of the protocol that a client has asked for with HELLO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Arrays, bulk strings, integers, status and error.
    #[default]
    Resp2,
    /// Also maps, sets, doubles, booleans, null, big numbers, verbatim text, pushes, attributes.
    Resp3,
}

/// Writes replies for one client.
#[derive(Debug)]
pub struct Reply<'a> {
    out: &'a mut Output,
    version: Version,
}

/// An aggregate that has been begun and not finished.
#[derive(Debug)]
#[must_use = "its header is still missing"]
pub struct Deferred(Mark);

impl<'a> Reply<'a> {
    /// A writer that appends to `out`.
    #[inline]
    pub fn new(out: &'a mut Output, version: Version) -> Self {
        Reply { out, version }
    }

    /// The client's version, for commands whose reply differs in more than its types.
    #[inline]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Where the replies go, to mark a place or to undo.
    #[inline]
    pub fn output(&mut self) -> &mut Output {
        self.out
    }

    /// `OK`.
    #[inline]
    pub fn ok(&mut self) {
        self.out.bytes.extend_from_slice(b"+OK\r\n");
    }

    /// A short text that is no data, such as `QUEUED`. Line breaks in it become spaces.
    #[inline]
    pub fn status(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// As [`Reply::status`], of any bytes.
    pub fn status_bytes(&mut self, text: &[u8]) {
        self.line(b'+', text);
    }

    /// An error: its code, a space and a text, such as `ERR no such key`. Line breaks in it become
    /// spaces.
    #[inline]
    pub fn error(&mut self, text: &str) {
        self.line(b'-', text.as_bytes());
    }

    /// An error whose text quotes bytes of the client's.
    #[inline]
    pub fn error_bytes(&mut self, text: &[u8]) {
        self.line(b'-', text);
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, number: i64) {
        match u64::try_from(number) {
            Ok(number) => header::write(&mut self.out.bytes, b':', number),
            Err(_) => self.line(b':', itoa::Buffer::new().format(number).as_bytes()),
        }
    }

    /// A string.
    #[inline]
    pub fn bulk(&mut self, value: &[u8]) {
        let bytes = &mut self.out.bytes;
        bytes.reserve(header::LEN_MAX + value.len() + 2);
        header::write(bytes, b'$', value.len() as u64);
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }

    /// `count` strings, which lie within `bytes` at these places (start and length). Room is made
    /// once for all, and short ones are copied in words, so this is several times as fast as a
    /// call for each.
    #[inline]
    pub fn bulks(
        &mut self,
        bytes: &[u8],
        count: usize,
        places: impl Iterator<Item = (usize, usize)>,
    ) {
        let out = &mut self.out.bytes;
        let mut at = out.len();
        let frame = header::len(bytes.len() as u64) + 2;
        out.resize(at + bytes.len() + count * frame + UNIT, 0);
        for (start, len) in places {
            match put_bulk(out, at, bytes, (start, len)) {
                Some(end) => at = end,
                None => {
                    // It takes more room than foreseen: so do all that follow.
                    out.truncate(at);
                    header::write(out, b'$', len as u64);
                    out.extend_from_slice(bytes.get(start..start + len).unwrap_or_default());
                    out.extend_from_slice(b"\r\n");
                    at = out.len();
                }
            }
        }
        out.truncate(at);
    }

    /// An integer as a string.
    #[inline]
    pub fn bulk_int(&mut self, number: i64) {
        self.bulk(itoa::Buffer::new().format(number).as_bytes());
    }

    /// A string that others hold too; it is sent by reference if that pays.
    pub fn bulk_shared(&mut self, value: &Arc<Vec<u8>>) {
        if value.len() < SHARED_MIN {
            return self.bulk(value);
        }
        header::write(&mut self.out.bytes, b'$', value.len() as u64);
        self.out.push_shared(value);
        self.out.bytes.extend_from_slice(b"\r\n");
    }

    /// No value, where a string might be.
    #[inline]
    pub fn nil(&mut self) {
        self.either(b"$-1\r\n", b"_\r\n");
    }

    /// No value, where an array might be.
    #[inline]
    pub fn nil_array(&mut self) {
        self.either(b"*-1\r\n", b"_\r\n");
    }

    /// A truth value; in RESP2 the integer 1 or 0.
    #[inline]
    pub fn boolean(&mut self, value: bool) {
        if value { self.either(b":1\r\n", b"#t\r\n") } else { self.either(b":0\r\n", b"#f\r\n") }
    }

    /// A double; in RESP2 its text as a string.
    pub fn double(&mut self, number: f64) {
        let mark = self.out.mark();
        if self.version == Version::Resp3 {
            self.out.bytes.push(b',');
        }
        write_double(&mut self.out.bytes, number);
        if self.version == Version::Resp2 {
            let len = self.out.bytes_since(mark).len() as u64;
            self.out.insert_header(mark, b'$', len);
        }
        self.out.bytes.extend_from_slice(b"\r\n");
    }

    /// A double that is printed already; in RESP2 a string.
    pub fn double_text(&mut self, text: &str) {
        match self.version {
            Version::Resp3 => self.line(b',', text.as_bytes()),
            Version::Resp2 => self.bulk(text.as_bytes()),
        }
    }

    /// An integer of any size, as decimal digits; in RESP2 a string.
    pub fn big_number(&mut self, digits: &str) {
        match self.version {
            Version::Resp3 => self.line(b'(', digits.as_bytes()),
            Version::Resp2 => self.bulk(digits.as_bytes()),
        }
    }

    /// As [`Reply::big_number`], of bytes that may be no digits. Line breaks become spaces.
    pub fn big_number_bytes(&mut self, digits: &[u8]) {
        let old_len = self.out.bytes.len();
        match self.version {
            Version::Resp3 => self.line(b'(', digits),
            Version::Resp2 => {
                self.bulk(digits);
                let len = self.out.bytes.len();
                let start = (len - 2).saturating_sub(digits.len()).max(old_len);
                without_line_breaks(&mut self.out.bytes[start..len - 2]);
            }
        }
    }

    /// Text for people, and what it is (`b"txt"`, `b"mkd"`); in RESP2 a string.
    pub fn verbatim(&mut self, format: &[u8; 3], text: &[u8]) {
        if self.version == Version::Resp2 {
            return self.bulk(text);
        }
        let bytes = &mut self.out.bytes;
        bytes.reserve(header::LEN_MAX + text.len() + 6);
        header::write(bytes, b'=', text.len() as u64 + 4);
        bytes.extend_from_slice(format);
        bytes.push(b':');
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\r\n");
    }

    /// An array; `len` values follow.
    #[inline]
    pub fn array(&mut self, len: usize) {
        header::write(&mut self.out.bytes, b'*', len as u64);
    }

    /// A map; `len` pairs of values follow. In RESP2 an array of twice as many.
    #[inline]
    pub fn map(&mut self, len: usize) {
        let (kind, len) = self.map_header(len);
        header::write(&mut self.out.bytes, kind, len);
    }

    /// A set; `len` values follow. In RESP2 an array.
    #[inline]
    pub fn set(&mut self, len: usize) {
        let kind = self.kind(b'~');
        header::write(&mut self.out.bytes, kind, len as u64);
    }

    /// A message nobody asked for just now; `len` values follow. In RESP2 an array.
    #[inline]
    pub fn push(&mut self, len: usize) {
        let kind = self.kind(b'>');
        header::write(&mut self.out.bytes, kind, len as u64);
    }

    /// A note to the reply that comes next; `len` pairs of values follow. RESP2 has nothing like
    /// it, so the caller must leave it out there, pairs and all.
    pub fn attribute(&mut self, len: usize) {
        debug_assert_eq!(self.version, Version::Resp3, "RESP2 has no attributes");
        header::write(&mut self.out.bytes, b'|', len as u64);
    }

    /// Begins an aggregate whose length is not known yet.
    #[inline]
    pub fn deferred(&mut self) -> Deferred {
        Deferred(self.out.mark())
    }

    /// Makes an array of the `len` values written since `begun`.
    pub fn finish_array(&mut self, begun: Deferred, len: usize) {
        self.out.insert_header(begun.0, b'*', len as u64);
    }

    /// Makes a map of the `len` pairs written since `begun`.
    pub fn finish_map(&mut self, begun: Deferred, len: usize) {
        let (kind, len) = self.map_header(len);
        self.out.insert_header(begun.0, kind, len);
    }

    /// Makes a set of the `len` values written since `begun`.
    pub fn finish_set(&mut self, begun: Deferred, len: usize) {
        let kind = self.kind(b'~');
        self.out.insert_header(begun.0, kind, len as u64);
    }

    /// The type byte for what RESP2 calls an array and RESP3 `kind`.
    #[inline]
    fn kind(&self, kind: u8) -> u8 {
        if self.version == Version::Resp3 { kind } else { b'*' }
    }

    #[inline]
    fn map_header(&self, len: usize) -> (u8, u64) {
        let len = len as u64;
        if self.version == Version::Resp3 { (b'%', len) } else { (b'*', len * 2) }
    }

    #[inline]
    fn either(&mut self, resp2: &[u8], resp3: &[u8]) {
        let bytes = if self.version == Version::Resp3 { resp3 } else { resp2 };
        self.out.bytes.extend_from_slice(bytes);
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        let bytes = &mut self.out.bytes;
        bytes.reserve(text.len() + 3);
        bytes.push(kind);
        let start = bytes.len();
        bytes.extend_from_slice(text);
        without_line_breaks(&mut bytes[start..]);
        bytes.extend_from_slice(b"\r\n");
    }
}

/// Makes spaces of line breaks.
fn without_line_breaks(text: &mut [u8]) {
    if memchr2(b'\r', b'\n', text).is_some() {
        for byte in text {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
    }
}

/// Bytes that a short string is copied by; a header, it and an end take at most half as many more.
const WORDS: usize = 32;
const UNIT: usize = WORDS + WORDS / 2;

/// Writes a string over the bytes from `at` on; where it ends. `None`, and nothing written, if
/// there is no room.
#[inline(always)]
fn put_bulk(
    out: &mut [u8],
    at: usize,
    bytes: &[u8],
    (start, len): (usize, usize),
) -> Option<usize> {
    let (head, width) = header::short(b'$', len as u64)?;
    let (room, rest) = (out.get_mut(at..)?, bytes.get(start..)?);
    let end = width + len;
    match (rest.first_chunk::<WORDS>(), room.first_chunk_mut::<UNIT>()) {
        (Some(words), Some(unit)) if len <= WORDS => {
            unit[..8].copy_from_slice(&head);
            unit[width..width + WORDS].copy_from_slice(words);
            unit[end..end + 2].copy_from_slice(b"\r\n");
        }
        _ => {
            let room = room.get_mut(..end + 2)?;
            let string = rest.get(..len)?;
            room[..width].copy_from_slice(&head[..width]);
            room[width..end].copy_from_slice(string);
            room[end..].copy_from_slice(b"\r\n");
        }
    }
    Some(at + end + 2)
}

#[cfg(test)]
mod tests;
