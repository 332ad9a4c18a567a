//! Replies in the binary form.
//!
//! ```text
//! |length|kind|...|     a value without parts is written with its length at once
//! |  ?   |array|count|value|value|...|
//!    ^ the length of an aggregate is filled in when its last value is there
//! ```
//!
//! When that is follows from counting: each value is one less to come, each aggregate announces so
//! many more. Within an aggregate whose own length comes afterwards nothing is counted, since its
//! end is said. What is counted is kept in the [`Output`], because one reply can have several
//! authors: EXEC writes an array, and each of its requests one value of it.
//!
//! Must be true: whatever undoes a part of a reply undoes all of it, or is within an aggregate
//! whose length comes afterwards.

use std::sync::Arc;

use crate::binary::{error_code, kind};
use crate::output::{Mark, Output};
use crate::reply::without_line_breaks;
use base::number::append_f64_17g;

/// The reply that is being written, if any.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// Where its length goes.
    at: usize,
    /// Bytes in shared values before it.
    shared_before: usize,
    /// Values still to come; 0: no reply is being written.
    pending: u64,
    /// Where the outermost aggregate begins whose length comes afterwards.
    deferred_at: Option<usize>,
}

impl Frame {
    /// Whether a reply has been begun and not ended.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.pending > 0
    }

    /// What was written from `position` on is undone.
    pub(crate) fn undo(&mut self, position: usize) {
        if position <= self.at {
            *self = Frame::default();
        } else if self.deferred_at.is_some_and(|at| position <= at) {
            self.deferred_at = None;
        }
    }
}

/// Bytes of a reply's length, of a value's header, and of both.
const LENGTH: usize = 4;
const HEADER: usize = 5;
const HEAD: usize = LENGTH + HEADER;

/// The longest string that its reply's length can tell of.
const STRING_LEN_MAX: usize = u32::MAX as usize - HEADER;

/// Bytes that a short string is copied by, and with its header.
const WORDS: usize = 32;
const UNIT: usize = WORDS + 8;

/// A value of a length and bytes. Not inlined, as nothing here is that RESP's writer calls: its own
/// way would get longer by what these need to save.
#[inline(never)]
pub(crate) fn string(out: &mut Output, kind: u8, value: &[u8]) {
    if out.frame.is_open() || value.len() > STRING_LEN_MAX {
        return string_within(out, kind, value);
    }
    let head = head(kind, value.len());
    out.bytes.reserve(HEAD + value.len());
    out.bytes.extend_from_slice(&head);
    out.bytes.extend_from_slice(value);
}

fn string_within(out: &mut Output, kind: u8, value: &[u8]) {
    begin(out);
    out.bytes.extend_from_slice(&header(kind, value.len()));
    out.bytes.extend_from_slice(value);
    end(out, 1);
}

/// A string that is sent by reference.
#[inline(never)]
pub(crate) fn shared(out: &mut Output, value: &Arc<Vec<u8>>) {
    begin(out);
    out.bytes.extend_from_slice(&header(kind::STRING, value.len()));
    out.push_shared(value);
    end(out, 1);
}

/// Strings at these places of `bytes`: about `count` of them.
pub(crate) fn strings(
    out: &mut Output,
    bytes: &[u8],
    count: usize,
    places: impl Iterator<Item = (usize, usize)>,
) {
    let part = |(start, len): (usize, usize)| bytes.get(start..start + len).unwrap_or_default();
    if !out.frame.is_open() {
        return places.for_each(|place| string(out, kind::STRING, part(place)));
    }
    let mut at = out.bytes.len();
    out.bytes.resize(at + bytes.len() + count * HEADER + UNIT, 0);
    let mut written = 0;
    for (start, len) in places {
        written += 1;
        let room = out.bytes.get_mut(at..).unwrap_or_default();
        if !put_string(room, bytes.get(start..).unwrap_or_default(), len) {
            // It takes more room than foreseen: so do all that follow.
            out.bytes.truncate(at);
            out.bytes.extend_from_slice(&header(kind::STRING, len));
            out.bytes.extend_from_slice(part((start, len)));
        }
        at += HEADER + len;
    }
    out.bytes.truncate(at);
    end(out, written);
}

/// Writes the string of the first `len` bytes over the front of `room`. False, and nothing is
/// written, if there is no room.
#[inline(always)]
fn put_string(room: &mut [u8], bytes: &[u8], len: usize) -> bool {
    let header = header(kind::STRING, len);
    match (room.first_chunk_mut::<UNIT>(), bytes.first_chunk::<WORDS>()) {
        (Some(unit), Some(words)) if len <= WORDS => {
            unit[..HEADER].copy_from_slice(&header);
            unit[HEADER..HEADER + WORDS].copy_from_slice(words);
            true
        }
        _ => match (room.get_mut(..HEADER + len), bytes.get(..len)) {
            (Some(room), Some(bytes)) => {
                room[..HEADER].copy_from_slice(&header);
                room[HEADER..].copy_from_slice(bytes);
                true
            }
            _ => false,
        },
    }
}

/// An integer.
#[inline(never)]
pub(crate) fn int(out: &mut Output, number: i64) {
    fixed_here(out, kind::INTEGER, number.to_le_bytes());
}

/// A double.
#[inline(never)]
pub(crate) fn double(out: &mut Output, number: f64) {
    fixed(out, kind::DOUBLE, number.to_le_bytes());
}

/// A double as a string.
pub(crate) fn double_string(out: &mut Output, number: f64) {
    let mut text = Vec::new();
    append_f64_17g(&mut text, number);
    string(out, kind::STRING, &text);
}

/// A value of a fixed length.
#[inline(never)]
pub(crate) fn fixed<const N: usize>(out: &mut Output, kind: u8, value: [u8; N]) {
    fixed_here(out, kind, value);
}

#[inline(always)]
fn fixed_here<const N: usize>(out: &mut Output, kind: u8, value: [u8; N]) {
    if out.frame.is_open() {
        out.bytes.push(kind);
        out.bytes.extend_from_slice(&value);
        return end(out, 1);
    }
    let mut head = [0; HEADER];
    head[..LENGTH].copy_from_slice(&(N as u32 + 1).to_le_bytes());
    head[LENGTH] = kind;
    out.bytes.extend_from_slice(&head);
    out.bytes.extend_from_slice(&value);
}

/// An error.
#[inline(never)]
pub(crate) fn error(out: &mut Output, text: &[u8]) {
    begin(out);
    let start = out.bytes.len();
    out.bytes.push(kind::ERROR);
    out.bytes.extend_from_slice(&error_code(text).to_le_bytes());
    out.bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.bytes.extend_from_slice(text);
    without_line_breaks(&mut out.bytes[start + 9..]);
    end(out, 1);
}

/// A short text that is no data.
#[inline(never)]
pub(crate) fn status(out: &mut Output, kind: u8, text: &[u8]) {
    string(out, kind, text);
    let start = out.bytes.len() - text.len();
    without_line_breaks(&mut out.bytes[start..]);
}

/// Text for people, and what it is.
#[inline(never)]
pub(crate) fn verbatim(out: &mut Output, format: &[u8; 3], text: &[u8]) {
    begin(out);
    out.bytes.extend_from_slice(&header(kind::VERBATIM, text.len() + format.len()));
    out.bytes.extend_from_slice(format);
    out.bytes.extend_from_slice(text);
    end(out, 1);
}

/// An aggregate of `count` (values or pairs), for which `values` values follow.
#[inline(never)]
pub(crate) fn aggregate(out: &mut Output, kind: u8, count: usize, values: usize) {
    begin(out);
    out.bytes.extend_from_slice(&header(kind, count));
    if out.frame.deferred_at.is_none() {
        out.frame.pending += values as u64;
    }
    end(out, 1);
}

/// Begins an aggregate whose length comes afterwards.
#[inline(never)]
pub(crate) fn begin_deferred(out: &mut Output) -> Mark {
    begin(out);
    let mark = out.mark();
    out.frame.deferred_at.get_or_insert(out.bytes.len());
    out.bytes.extend_from_slice(&[0; HEADER]);
    mark
}

/// Ends one.
#[inline(never)]
pub(crate) fn end_deferred(out: &mut Output, begun: Mark, kind: u8, count: usize) {
    let at = begun.position();
    if let Some(place) = out.bytes.get_mut(at..at + HEADER) {
        place.copy_from_slice(&header(kind, count));
    }
    leave_deferred(out, at);
    end(out, 1);
}

/// Nothing was written into an aggregate whose length was to come: it is as if it had not begun.
pub(crate) fn give_up_deferred(out: &mut Output, begun: Mark) {
    let at = begun.position();
    out.bytes.truncate(at);
    leave_deferred(out, at);
    if out.frame.at + LENGTH == at {
        out.bytes.truncate(out.frame.at);
        out.frame = Frame::default();
    }
}

fn leave_deferred(out: &mut Output, at: usize) {
    if out.frame.deferred_at == Some(at) {
        out.frame.deferred_at = None;
    }
}

/// Appends whole replies, as values of the one that is being written.
pub(crate) fn append_within(out: &mut Output, replies: &[u8]) {
    let mut rest = replies;
    while let Some((len, behind)) = rest.split_first_chunk::<LENGTH>() {
        let len = (u32::from_le_bytes(*len) as usize).min(behind.len());
        out.bytes.extend_from_slice(&behind[..len]);
        rest = &behind[len..];
        end(out, 1);
    }
}

/// A value comes, perhaps as a reply's first.
#[inline]
fn begin(out: &mut Output) {
    if !out.frame.is_open() {
        let (at, shared_before) = (out.bytes.len(), out.shared_bytes());
        out.frame = Frame { at, shared_before, pending: 1, deferred_at: None };
        out.bytes.extend_from_slice(&[0; LENGTH]);
    }
}

/// So many values are there.
#[inline]
fn end(out: &mut Output, values: u64) {
    if out.frame.deferred_at.is_none() {
        debug_assert!(values <= out.frame.pending, "more values than were announced");
        out.frame.pending = out.frame.pending.saturating_sub(values);
        if !out.frame.is_open() {
            close(out);
        }
    }
}

/// The reply is whole: fills its length in.
fn close(out: &mut Output) {
    let Frame { at, shared_before, .. } = std::mem::take(&mut out.frame);
    let len = out.bytes.len() - at - LENGTH + out.shared_bytes() - shared_before;
    match (u32::try_from(len), out.bytes.get_mut(at..at + LENGTH)) {
        (Ok(len), Some(place)) => place.copy_from_slice(&len.to_le_bytes()),
        _ => {
            out.undo_from(at);
            error(out, b"ERR reply is too long for the binary protocol");
        }
    }
}

#[inline]
fn header(kind: u8, len: usize) -> [u8; HEADER] {
    let [a, b, c, d] = (len as u32).to_le_bytes();
    [kind, a, b, c, d]
}

#[inline]
fn head(kind: u8, len: usize) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..LENGTH].copy_from_slice(&((len + HEADER) as u32).to_le_bytes());
    head[LENGTH..].copy_from_slice(&header(kind, len));
    head
}

#[cfg(test)]
mod tests;
