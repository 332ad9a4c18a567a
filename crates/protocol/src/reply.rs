//! What a command answers: one set of calls that gives RESP2, RESP3 or the binary form.
//!
//! A handler calls one method per value it replies with. An aggregate is announced with its length
//! and followed by its elements; when the length is known only afterwards it is begun with
//! [`Reply::deferred`] and finished by name.
//!
//! Must be true: as many elements follow as were announced; nothing here can check that.
//! Not here: which errors there are; `number` prints doubles, `output` holds the bytes.

use std::sync::Arc;

use memchr::memchr2;

use crate::binary::decode::error_text;
use crate::binary::{kind, write};
use crate::output::{Mark, Output, SHARED_MIN};
use crate::resp::decode::Value;
use crate::resp::header;
use base::number::append_f64_17g;

/// How replies are written: in which form, which follows from where the client connected, and with
/// which types, which it asks for with HELLO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Arrays, bulk strings, integers, status and error.
    #[default]
    Resp2,
    /// Also maps, sets, doubles, booleans, null, big numbers, verbatim text, pushes, attributes.
    Resp3,
    /// The types of RESP2 in the binary form; a status is a string.
    Binary2,
    /// The types of RESP3 in the binary form, but for attributes.
    Binary3,
}

impl Version {
    /// Whether it has types of its own for maps, sets, doubles and the like, and pushes.
    #[inline]
    pub fn is_typed(self) -> bool {
        matches!(self, Version::Resp3 | Version::Binary3)
    }

    /// Whether its form is the binary one.
    #[inline]
    pub fn is_binary(self) -> bool {
        self as u8 >= Version::Binary2 as u8
    }

    /// The same form, with other types.
    pub fn with_types_of(self, other: Version) -> Self {
        match (self.is_binary(), other.is_typed()) {
            (false, false) => Version::Resp2,
            (false, true) => Version::Resp3,
            (true, false) => Version::Binary2,
            (true, true) => Version::Binary3,
        }
    }

    /// What HELLO calls it.
    pub fn number(self) -> u8 {
        if self.is_typed() { 3 } else { 2 }
    }
}

/// Writes replies for one client. The version is kept with the output, so that a writer is one
/// pointer: RESP's usual replies need to know of nothing else.
#[derive(Debug)]
pub struct Reply<'a> {
    out: &'a mut Output,
}

/// An aggregate that has been begun and not finished. It must be: in the binary form its place is
/// taken already.
#[derive(Debug)]
#[must_use = "its header is still missing"]
pub struct Deferred(Mark);

/// An array whose elements are others' replies.
#[derive(Debug)]
#[must_use = "its header may still be missing"]
pub struct Replies(Option<Deferred>, usize);

impl<'a> Reply<'a> {
    /// A writer that appends to `out`. Another that was made for the same output before goes on in
    /// this version too.
    #[inline]
    pub fn new(out: &'a mut Output, version: Version) -> Self {
        out.version = version;
        Reply { out }
    }

    /// The client's version, for commands whose reply differs in more than its types.
    #[inline]
    pub fn version(&self) -> Version {
        self.out.version
    }

    /// Where the replies go, to mark a place or to undo.
    #[inline]
    pub fn output(&mut self) -> &mut Output {
        self.out
    }

    /// `OK`.
    #[inline]
    pub fn ok(&mut self) {
        if self.out.version.is_binary() {
            let kind = self.kind_of_status();
            return write::fixed(self.out, kind, *b"\x02\0\0\0OK");
        }
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
        if self.out.version.is_binary() {
            return write::int(self.out, number);
        }
        match u64::try_from(number) {
            Ok(number) => header::write(&mut self.out.bytes, b':', number),
            Err(_) => self.line(b':', itoa::Buffer::new().format(number).as_bytes()),
        }
    }

    /// A string.
    #[inline]
    pub fn bulk(&mut self, value: &[u8]) {
        if self.out.version.is_binary() {
            return write::string(self.out, kind::STRING, value);
        }
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
        if self.out.version.is_binary() {
            return write::strings(self.out, bytes, count, places);
        }
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
        if self.out.version.is_binary() {
            return write::shared(self.out, value);
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
        match self.out.version {
            Version::Binary2 => return write::int(self.out, value.into()),
            Version::Binary3 => return write::fixed(self.out, kind::BOOLEAN, [value.into()]),
            Version::Resp2 | Version::Resp3 => {}
        }
        if value { self.either(b":1\r\n", b"#t\r\n") } else { self.either(b":0\r\n", b"#f\r\n") }
    }

    /// A double; in RESP2 its text as a string.
    pub fn double(&mut self, number: f64) {
        match self.out.version {
            Version::Binary2 => return write::double_string(self.out, number),
            Version::Binary3 => return write::double(self.out, number),
            Version::Resp2 | Version::Resp3 => {}
        }
        let mark = self.out.mark();
        if self.out.version == Version::Resp3 {
            self.out.bytes.push(b',');
        }
        append_f64_17g(&mut self.out.bytes, number);
        if self.out.version == Version::Resp2 {
            let len = self.out.bytes_since(mark).len() as u64;
            self.out.insert_header(mark, b'$', len);
        }
        self.out.bytes.extend_from_slice(b"\r\n");
    }

    /// A double that is printed already; in RESP2 a string.
    pub fn double_text(&mut self, text: &str) {
        match self.out.version {
            Version::Resp3 => self.line(b',', text.as_bytes()),
            Version::Binary3 => write::double(self.out, text.parse().unwrap_or(f64::NAN)),
            Version::Resp2 | Version::Binary2 => self.bulk(text.as_bytes()),
        }
    }

    /// An integer of any size, as decimal digits; in RESP2 a string.
    pub fn big_number(&mut self, digits: &str) {
        match self.out.version {
            Version::Resp3 => self.line(b'(', digits.as_bytes()),
            Version::Binary3 => write::string(self.out, kind::BIG_NUMBER, digits.as_bytes()),
            Version::Resp2 | Version::Binary2 => self.bulk(digits.as_bytes()),
        }
    }

    /// As [`Reply::big_number`], of bytes that may be no digits. Line breaks become spaces.
    pub fn big_number_bytes(&mut self, digits: &[u8]) {
        let old_len = self.out.bytes.len();
        match self.out.version {
            Version::Resp3 => self.line(b'(', digits),
            Version::Binary2 => write::status(self.out, kind::STRING, digits),
            Version::Binary3 => write::status(self.out, kind::BIG_NUMBER, digits),
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
        match self.out.version {
            Version::Resp2 | Version::Binary2 => return self.bulk(text),
            Version::Binary3 => return write::verbatim(self.out, format, text),
            Version::Resp3 => {}
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
        if self.out.version.is_binary() {
            return write::aggregate(self.out, kind::ARRAY, len, len);
        }
        header::write(&mut self.out.bytes, b'*', len as u64);
    }

    /// A map; `len` pairs of values follow. In RESP2 an array of twice as many.
    #[inline]
    pub fn map(&mut self, len: usize) {
        let (kind, count) = self.map_header(len);
        if self.out.version.is_binary() {
            return write::aggregate(self.out, kind, count as usize, len * 2);
        }
        header::write(&mut self.out.bytes, kind, count);
    }

    /// A set; `len` values follow. In RESP2 an array.
    #[inline]
    pub fn set(&mut self, len: usize) {
        let kind = self.kind(b'~', kind::SET);
        if self.out.version.is_binary() {
            return write::aggregate(self.out, kind, len, len);
        }
        header::write(&mut self.out.bytes, kind, len as u64);
    }

    /// A message nobody asked for just now; `len` values follow. In RESP2 an array.
    #[inline]
    pub fn push(&mut self, len: usize) {
        let kind = self.kind(b'>', kind::PUSH);
        if self.out.version.is_binary() {
            return write::aggregate(self.out, kind, len, len);
        }
        header::write(&mut self.out.bytes, kind, len as u64);
    }

    /// A note to the reply that comes next; `len` pairs of values follow. Only RESP3 has anything
    /// like it, so the caller must leave it out elsewhere, pairs and all.
    pub fn attribute(&mut self, len: usize) {
        debug_assert_eq!(self.out.version, Version::Resp3, "only RESP3 has attributes");
        header::write(&mut self.out.bytes, b'|', len as u64);
    }

    /// An array of `len` replies that others write, each of whom may take back its own.
    pub fn replies(&mut self, len: usize) -> Replies {
        if self.out.version.is_binary() {
            return Replies(Some(self.deferred()), len);
        }
        self.array(len);
        Replies(None, len)
    }

    /// The replies are there.
    pub fn finish_replies(&mut self, replies: Replies) {
        if let Replies(Some(begun), len) = replies {
            self.finish_array(begun, len);
        }
    }

    /// Begins an aggregate whose length is not known yet.
    #[inline]
    pub fn deferred(&mut self) -> Deferred {
        if self.out.version.is_binary() {
            return Deferred(write::begin_deferred(self.out));
        }
        Deferred(self.out.mark())
    }

    /// Makes an array of the `len` values written since `begun`.
    pub fn finish_array(&mut self, begun: Deferred, len: usize) {
        self.finish(begun, (b'*', kind::ARRAY), len as u64);
    }

    /// Makes a map of the `len` pairs written since `begun`.
    pub fn finish_map(&mut self, begun: Deferred, len: usize) {
        let (kind, len) = self.map_header(len);
        self.finish(begun, (kind, kind), len);
    }

    /// Makes a set of the `len` values written since `begun`.
    pub fn finish_set(&mut self, begun: Deferred, len: usize) {
        let kind = self.kind(b'~', kind::SET);
        self.finish(begun, (kind, kind), len as u64);
    }

    /// Nothing was written since `begun`, and there is to be no aggregate.
    pub fn give_up(&mut self, begun: Deferred) {
        if self.out.version.is_binary() {
            write::give_up_deferred(self.out, begun.0);
        }
    }

    fn finish(&mut self, begun: Deferred, (resp, binary): (u8, u8), len: u64) {
        if self.out.version.is_binary() {
            return write::end_deferred(self.out, begun.0, binary, len as usize);
        }
        self.out.insert_header(begun.0, resp, len);
    }

    /// The text of the error, if that is all that was written since `mark`.
    pub fn error_since(&self, mark: Mark) -> Option<&[u8]> {
        let written = self.out.bytes_since(mark);
        if self.out.version.is_binary() {
            // A reply of its own has its length in front.
            let length = if self.out.frame.is_open() { 0 } else { 4 };
            return error_text(written.get(length..)?);
        }
        written.strip_prefix(b"-")?.strip_suffix(b"\r\n")
    }

    /// A value that was read from elsewhere, with what it contains.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Status(text) => self.status_bytes(text),
            Value::Error(text) => self.error_bytes(text),
            Value::Int(number) => self.int(*number),
            Value::Bulk(bytes) => self.bulk(bytes),
            Value::Null => self.nil(),
            Value::Double(number) => self.double(*number),
            Value::Boolean(value) => self.boolean(*value),
            Value::BigNumber(digits) => self.big_number_bytes(digits),
            Value::Verbatim(format, text) => self.verbatim(format, text),
            Value::Attribute(_, value) => self.value(value),
            Value::Map(pairs) => {
                self.map(pairs.len());
                for (key, value) in pairs {
                    self.value(key);
                    self.value(value);
                }
            }
            Value::Array(values) | Value::Set(values) | Value::Push(values) => {
                match value {
                    Value::Set(_) => self.set(values.len()),
                    Value::Push(_) => self.push(values.len()),
                    _ => self.array(values.len()),
                }
                values.iter().for_each(|value| self.value(value));
            }
        }
    }

    /// The type byte for what RESP2 calls an array, RESP3 `resp` and the binary form `binary`.
    #[inline]
    fn kind(&self, resp: u8, binary: u8) -> u8 {
        match self.out.version {
            Version::Resp2 => b'*',
            Version::Resp3 => resp,
            Version::Binary2 => kind::ARRAY,
            Version::Binary3 => binary,
        }
    }

    /// The binary form's kind for a status.
    #[inline]
    fn kind_of_status(&self) -> u8 {
        if self.out.version.is_typed() { kind::STATUS } else { kind::STRING }
    }

    #[inline]
    fn map_header(&self, len: usize) -> (u8, u64) {
        let kind = self.kind(b'%', kind::MAP);
        (kind, if self.out.version.is_typed() { len as u64 } else { len as u64 * 2 })
    }

    #[inline]
    fn either(&mut self, resp2: &[u8], resp3: &[u8]) {
        let bytes = match self.out.version {
            Version::Resp2 => resp2,
            Version::Resp3 => resp3,
            Version::Binary2 | Version::Binary3 => return write::fixed(self.out, kind::NIL, []),
        };
        self.out.bytes.extend_from_slice(bytes);
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        if self.out.version.is_binary() {
            return match kind {
                b'-' => write::error(self.out, text),
                _ => write::status(self.out, self.kind_of_status(), text),
            };
        }
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
pub(crate) fn without_line_breaks(text: &mut [u8]) {
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
