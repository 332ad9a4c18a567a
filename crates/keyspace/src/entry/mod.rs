//! An entry: one allocation that holds a key, its bookkeeping and its value.
//!
//! ```text
//!   byte 0      kind (low 4 bits), HAS_EXPIRY, EDITED, two bits for snapshots (`saving.rs`)
//!   byte 1..4   access stamp, little-endian (see `stamp.rs`)
//!   then        key length (varint) | payload length (varint)
//!               | [expiry, unix ms, 8 bytes] | key | payload
//! ```
//!
//! The payload is the value itself when it is small (text, integer, packed pairs, a flat list),
//! or a pointer to it. A key of 16 bytes with 32 bytes of text takes 54 bytes, hence a block of 56.
//! The same layout serves the fields of big hashes: field as key, field value as payload.
//!
//! Invariants
//! 1. The block's size follows from the header alone (`block_size` of header + key + payload), so
//!    it is stored nowhere.
//! 2. A payload of kind `Shared` or `Object` is one owning pointer.
//! 3. Whoever has `&mut Entry` may move the block; key and position never change.
//!
//! Not here: what a value means (`value`), where entries lie (`keyspace`), time (deadlines are
//! compared by the caller).
#![allow(unsafe_code)]

mod block;
mod saving;
mod stamp;
#[cfg(test)]
mod tests;

use std::ptr::NonNull;
use std::sync::Arc;

use base::bytes::{read_varint, same, varint_len, write_varint};
use structures::list::flat::FlatOwner;
use structures::table::Word;

pub use block::block_size;
pub use saving::Saving;
pub use stamp::{LFU_INIT_COUNTER, Stamp};

use crate::value::Object;

/// Text longer than this is kept in a block of its own, shared with replies on their way.
pub const SHARED_MIN: usize = 32 << 10;

const KIND_MASK: u8 = 0x0f;
const HAS_EXPIRY: u8 = 0x10;
const EDITED: u8 = 0x20;
const STAMP_END: usize = 4;
const EXPIRY_LEN: usize = 8;
/// Meta, stamp, two varints of at most 5 bytes, expiry.
const HEADER_MAX: usize = STAMP_END + 5 + 5 + EXPIRY_LEN;

/// What the payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Bytes.
    Text = 0,
    /// A 64-bit integer, little-endian; its text is the value.
    Integer = 1,
    /// An `Arc<Vec<u8>>`.
    Shared = 2,
    /// Packed (field, value) pairs.
    PackedHash = 3,
    /// A `Box<Object>`: a big collection.
    Object = 4,
    /// A flat list.
    FlatList = 5,
    /// A set of integers, sorted (`structures::integers`).
    IntegerSet = 6,
    /// The packed members of a set.
    PackedSet = 7,
    /// The packed (member, score) pairs of a sorted set, in its order.
    PackedSortedSet = 8,
}

/// A string value to be stored.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// Bytes of any length.
    Text(&'a [u8]),
    /// An integer.
    Integer(i64),
    /// Packed pairs.
    PackedHash(&'a [u8]),
    /// A flat list, or no bytes for one to be filled.
    FlatList(&'a [u8]),
    /// Sorted integers.
    IntegerSet(&'a [u8]),
    /// Packed members.
    PackedSet(&'a [u8]),
    /// Packed members and scores.
    PackedSortedSet(&'a [u8]),
}

/// The owner of a block. 8 bytes wide, 8-aligned: fits a table's word.
pub struct Entry(NonNull<u8>);

// SAFETY: an entry owns its block and everything the payload points to, all of which are Send.
unsafe impl Send for Entry {}
// SAFETY: `&Entry` only reads, but for the stamp, which is written as three plain bytes under the
// stripe's lock; shared access from several threads at once never happens without that lock.
unsafe impl Sync for Entry {}

// SAFETY: blocks come from the allocator: non-null, 8-aligned (Layout), in user space below 2^47.
unsafe impl Word for Entry {
    fn into_word(self) -> u64 {
        let word = self.0.as_ptr() as u64;
        std::mem::forget(self);
        word
    }

    unsafe fn from_word(word: u64) -> Self {
        // SAFETY: by the caller, the word came from `into_word`.
        Self(unsafe { NonNull::new_unchecked(word as *mut u8) })
    }
}

/// The parsed header.
#[derive(Clone, Copy)]
struct Header {
    flags: u8,
    key: usize,
    key_len: usize,
    payload_len: usize,
}

impl Header {
    fn payload(self) -> usize {
        self.key + self.key_len
    }

    fn total(self) -> usize {
        self.payload() + self.payload_len
    }
}

/// A header ready to be written.
struct NewHeader {
    bytes: [u8; HEADER_MAX],
    len: usize,
}

fn new_header(flags: u8, stamp: Stamp, lens: (usize, usize), expires_at: Option<i64>) -> NewHeader {
    let mut bytes = [0; HEADER_MAX];
    bytes[0] = flags & !HAS_EXPIRY | if expires_at.is_some() { HAS_EXPIRY } else { 0 };
    bytes[1..STAMP_END].copy_from_slice(&stamp.to_bytes());
    let mut len = STAMP_END;
    len += write_varint(&mut bytes[len..], lens.0 as u64);
    len += write_varint(&mut bytes[len..], lens.1 as u64);
    if let Some(expires_at) = expires_at {
        bytes[len..len + EXPIRY_LEN].copy_from_slice(&expires_at.to_le_bytes());
        len += EXPIRY_LEN;
    }
    NewHeader { bytes, len }
}

impl Entry {
    /// An entry with a string (or packed) value.
    pub fn new(key: &[u8], payload: Payload<'_>, expires_at: Option<i64>, stamp: Stamp) -> Self {
        match payload {
            Payload::Text(text) if text.len() > SHARED_MIN => {
                Self::with_shared(key, Arc::new(text.to_vec()), expires_at, stamp)
            }
            Payload::Text(text) => Self::build(Kind::Text as u8, key, text, expires_at, stamp),
            Payload::Integer(n) => {
                Self::build(Kind::Integer as u8, key, &n.to_le_bytes(), expires_at, stamp)
            }
            Payload::PackedHash(packed) => {
                Self::build(Kind::PackedHash as u8, key, packed, expires_at, stamp)
            }
            Payload::FlatList(flat) => {
                Self::build(Kind::FlatList as u8, key, flat, expires_at, stamp)
            }
            Payload::IntegerSet(integers) => {
                Self::build(Kind::IntegerSet as u8, key, integers, expires_at, stamp)
            }
            Payload::PackedSet(packed) => {
                Self::build(Kind::PackedSet as u8, key, packed, expires_at, stamp)
            }
            Payload::PackedSortedSet(packed) => {
                Self::build(Kind::PackedSortedSet as u8, key, packed, expires_at, stamp)
            }
        }
    }

    /// An entry whose text lies in a block of its own.
    pub fn with_shared(
        key: &[u8],
        text: Arc<Vec<u8>>,
        expires_at: Option<i64>,
        stamp: Stamp,
    ) -> Self {
        let pointer = Arc::into_raw(text) as usize;
        Self::build(Kind::Shared as u8, key, &pointer.to_ne_bytes(), expires_at, stamp)
    }

    /// An entry with a big collection.
    pub fn with_object(
        key: &[u8],
        object: Box<Object>,
        expires_at: Option<i64>,
        stamp: Stamp,
    ) -> Self {
        let pointer = Box::into_raw(object) as usize;
        Self::build(Kind::Object as u8, key, &pointer.to_ne_bytes(), expires_at, stamp)
    }

    fn build(flags: u8, key: &[u8], payload: &[u8], expires_at: Option<i64>, stamp: Stamp) -> Self {
        let header = new_header(flags, stamp, (key.len(), payload.len()), expires_at);
        let total = header.len + key.len() + payload.len();
        let block = block::allocate(block_size(total));
        // SAFETY: the block is fresh and has `total` bytes at least.
        unsafe {
            let to = block.as_ptr();
            to.copy_from_nonoverlapping(header.bytes.as_ptr(), header.len);
            to.add(header.len).copy_from_nonoverlapping(key.as_ptr(), key.len());
            to.add(header.len + key.len())
                .copy_from_nonoverlapping(payload.as_ptr(), payload.len());
        }
        Self(block)
    }

    #[inline(always)]
    fn at(&self, offset: usize) -> *mut u8 {
        // SAFETY: callers stay within the block.
        unsafe { self.0.as_ptr().add(offset) }
    }

    #[inline(always)]
    fn bytes(&self, offset: usize, len: usize) -> &[u8] {
        // SAFETY: callers stay within the initialised part of the block, which lives as long as
        // self and changes only through `&mut self` (the stamp excepted, which is never lent out).
        unsafe { std::slice::from_raw_parts(self.at(offset), len) }
    }

    #[inline(always)]
    fn header(&self) -> Header {
        let flags = self.bytes(0, 1)[0];
        // One byte each for nearly every key and most values.
        let first = self.bytes(STAMP_END, 2);
        let (key_len, payload_len, end) = if (first[0] | first[1]) < 0x80 {
            (usize::from(first[0]), usize::from(first[1]), STAMP_END + 2)
        } else {
            self.long_lens()
        };
        let key = end + if flags & HAS_EXPIRY != 0 { EXPIRY_LEN } else { 0 };
        Header { flags, key, key_len, payload_len }
    }

    #[cold]
    fn long_lens(&self) -> (usize, usize, usize) {
        let varint = |at: usize| {
            // SAFETY: a varint ends within the block; reading stops at its last byte.
            let more = |i: usize| unsafe { *self.at(at + i) } >= 0x80;
            let width = 1 + (0..4).take_while(|&i| more(i)).count();
            read_varint(self.bytes(at, width)).unwrap_or_default()
        };
        let (key_len, key_width) = varint(STAMP_END);
        let (payload_len, payload_width) = varint(STAMP_END + key_width);
        (key_len as usize, payload_len as usize, STAMP_END + key_width + payload_width)
    }

    /// The key.
    #[inline(always)]
    pub fn key(&self) -> &[u8] {
        let header = self.header();
        self.bytes(header.key, header.key_len)
    }

    /// Whether this is the key.
    #[inline(always)]
    pub fn has_key(&self, key: &[u8]) -> bool {
        same(self.key(), key)
    }

    /// What the payload is.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        match self.bytes(0, 1)[0] & KIND_MASK {
            0 => Kind::Text,
            1 => Kind::Integer,
            2 => Kind::Shared,
            3 => Kind::PackedHash,
            5 => Kind::FlatList,
            6 => Kind::IntegerSet,
            7 => Kind::PackedSet,
            8 => Kind::PackedSortedSet,
            _ => Kind::Object,
        }
    }

    /// The payload's bytes (of a pointer, for kinds that are one).
    #[inline(always)]
    pub fn payload(&self) -> &[u8] {
        let header = self.header();
        self.bytes(header.payload(), header.payload_len)
    }

    /// The payload as an integer, for kind `Integer`.
    #[inline]
    pub fn integer(&self) -> i64 {
        debug_assert_eq!(self.kind(), Kind::Integer);
        i64::from_le_bytes(self.payload().try_into().unwrap_or_default())
    }

    #[inline(always)]
    fn pointer(&self) -> usize {
        self.payload().first_chunk().map_or(0, |bytes| usize::from_ne_bytes(*bytes))
    }

    /// The text of kind `Shared`.
    pub fn shared(&self) -> Option<Arc<Vec<u8>>> {
        (self.kind() == Kind::Shared).then(|| {
            let pointer = self.pointer() as *const Vec<u8>;
            // SAFETY: the payload owns one count of this Arc; we add one for the result.
            unsafe {
                Arc::increment_strong_count(pointer);
                Arc::from_raw(pointer)
            }
        })
    }

    /// The text of kind `Shared`, without counting.
    pub fn shared_text(&self) -> Option<&[u8]> {
        (self.kind() == Kind::Shared).then(|| {
            // SAFETY: the payload owns the Arc, which lives as long as the entry.
            let text: &Vec<u8> = unsafe { &*(self.pointer() as *const Vec<u8>) };
            text.as_slice()
        })
    }

    /// The big collection of kind `Object`.
    #[inline(always)]
    pub fn object(&self) -> Option<&Object> {
        if self.kind() != Kind::Object {
            return None;
        }
        // SAFETY: the payload owns the box.
        Some(unsafe { &*(self.pointer() as *const Object) })
    }

    /// The big collection of kind `Object`, for changing it.
    #[inline]
    pub fn object_mut(&mut self) -> Option<&mut Object> {
        (self.kind() == Kind::Object).then(|| {
            // SAFETY: the payload owns the box and `&mut self` is exclusive.
            unsafe { &mut *(self.pointer() as *mut Object) }
        })
    }

    /// When the key expires, in unix ms.
    #[inline(always)]
    pub fn expires_at(&self) -> Option<i64> {
        let header = self.header();
        (header.flags & HAS_EXPIRY != 0).then(|| {
            let bytes = self.bytes(header.key - EXPIRY_LEN, EXPIRY_LEN);
            i64::from_le_bytes(bytes.try_into().unwrap_or_default())
        })
    }

    /// True if text was changed in place once (APPEND, SETRANGE): its encoding is shown as `raw`.
    pub fn is_edited(&self) -> bool {
        self.bytes(0, 1)[0] & EDITED != 0
    }

    /// Marks text as changed in place.
    pub fn set_edited(&mut self) {
        // SAFETY: byte 0 of our block.
        unsafe { *self.at(0) |= EDITED };
    }

    /// The access stamp.
    #[inline(always)]
    pub fn stamp(&self) -> Stamp {
        let bytes = self.bytes(1, STAMP_END - 1);
        Stamp::from_bytes([bytes[0], bytes[1], bytes[2]])
    }

    /// Renews the access stamp; writes only if it differs, to leave the cache line clean.
    #[inline(always)]
    pub fn set_stamp(&self, stamp: Stamp) {
        if self.stamp() != stamp {
            let bytes = stamp.to_bytes();
            // SAFETY: bytes 1..4 of our block, which are lent to nobody; the caller holds the
            // stripe (see `Sync`).
            unsafe { self.at(1).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
    }

    /// Bytes of the block.
    pub fn block_bytes(&self) -> usize {
        block_size(self.header().total())
    }

    /// Bytes of the block and all it owns.
    pub fn heap_bytes(&self) -> usize {
        let beyond = match self.kind() {
            Kind::Shared => {
                size_of::<Vec<u8>>() + 16 + self.shared_text().map_or(0, |text| text.len())
            }
            Kind::Object => self.object().map_or(0, Object::heap_bytes),
            _ => 0,
        };
        self.block_bytes() + beyond
    }

    /// Replaces the value by text or an integer, keeping key, expiry and stamp. Frees the old
    /// value.
    pub fn set_payload(&mut self, payload: Payload<'_>) {
        let integer;
        let (kind, bytes) = match payload {
            Payload::Text(text) if text.len() > SHARED_MIN => {
                return self.set_shared(Arc::new(text.to_vec()));
            }
            Payload::Text(text) => (Kind::Text, text),
            Payload::Integer(n) => {
                integer = n.to_le_bytes();
                (Kind::Integer, integer.as_slice())
            }
            Payload::PackedHash(packed) => (Kind::PackedHash, packed),
            Payload::FlatList(flat) => (Kind::FlatList, flat),
            Payload::IntegerSet(integers) => (Kind::IntegerSet, integers),
            Payload::PackedSet(packed) => (Kind::PackedSet, packed),
            Payload::PackedSortedSet(packed) => (Kind::PackedSortedSet, packed),
        };
        self.release_payload();
        self.write_payload(kind, bytes);
    }

    /// Puts value, expiry and stamp in the place of the old ones if the block can stay as it is:
    /// the old value owns nothing, the new one is as long, and there is an expiry after as before
    /// or neither. False: it cannot, and nothing was done.
    #[inline(always)]
    pub fn overwrite(
        &mut self,
        payload: Payload<'_>,
        expires_at: Option<i64>,
        stamp: Stamp,
    ) -> bool {
        let integer;
        let (kind, bytes) = match payload {
            Payload::Text(text) if text.len() > SHARED_MIN => return false,
            Payload::Text(text) => (Kind::Text, text),
            Payload::Integer(n) => {
                integer = n.to_le_bytes();
                (Kind::Integer, integer.as_slice())
            }
            _ => return false,
        };
        let header = self.header();
        let has_expiry = header.flags & HAS_EXPIRY != 0;
        let simple = !matches!(self.kind(), Kind::Object | Kind::Shared);
        if !simple || header.payload_len != bytes.len() || has_expiry != expires_at.is_some() {
            return false;
        }
        if let Some(at) = expires_at {
            self.write_expiry(header, at);
        }
        // SAFETY: the payload has as many bytes.
        unsafe {
            *self.at(0) = header.flags & !(KIND_MASK | EDITED) | kind as u8;
            self.at(header.payload()).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.set_stamp(stamp);
        true
    }

    /// Replaces the value by text in a block of its own.
    pub fn set_shared(&mut self, text: Arc<Vec<u8>>) {
        self.release_payload();
        let pointer = Arc::into_raw(text) as usize;
        self.write_payload(Kind::Shared, &pointer.to_ne_bytes());
    }

    /// Replaces the value by a big collection.
    pub fn set_object(&mut self, object: Box<Object>) {
        self.release_payload();
        let pointer = Box::into_raw(object) as usize;
        self.write_payload(Kind::Object, &pointer.to_ne_bytes());
    }

    /// Text of kind `Shared` for changing it; copied first if a reply on its way still uses it.
    pub fn shared_text_mut(&mut self) -> Option<&mut Vec<u8>> {
        let text = self.shared()?;
        // Take the payload's own count away: `text` is now the only one unless a reply has another.
        self.release_payload();
        let mut text = text;
        Arc::make_mut(&mut text);
        let pointer = Arc::into_raw(text);
        self.write_payload(Kind::Shared, &(pointer as usize).to_ne_bytes());
        // SAFETY: `make_mut` made us the sole owner, and the payload is that owner now.
        Some(unsafe { &mut *pointer.cast_mut() })
    }

    fn write_payload(&mut self, kind: Kind, bytes: &[u8]) {
        let header = self.header();
        if varint_len(bytes.len() as u64) == varint_len(header.payload_len as u64) {
            let old = block_size(header.total());
            let new = block_size(header.payload() + bytes.len());
            if old != new {
                self.0 = block::resize(self.0, old, new);
            }
            self.set_payload_len(header, bytes.len());
            // SAFETY: the block has room for header, key and `bytes`.
            unsafe {
                *self.at(0) = header.flags & !(KIND_MASK | EDITED) | kind as u8;
                self.at(header.payload()).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            }
        } else {
            let flags = header.flags & !(KIND_MASK | EDITED) | kind as u8;
            let rebuilt = Self::build(flags, self.key(), bytes, self.expires_at(), self.stamp());
            self.replace_block(rebuilt);
        }
    }

    /// Takes over another entry's block; our own payload must own nothing any more.
    fn replace_block(&mut self, other: Self) {
        let old = self.block_bytes();
        let block = std::mem::replace(&mut self.0, other.0);
        std::mem::forget(other);
        block::free(block, old);
    }

    fn set_payload_len(&mut self, header: Header, len: usize) {
        let mut varint = [0; 10];
        let width = write_varint(&mut varint, len as u64);
        let at = STAMP_END + varint_len(header.key_len as u64);
        // SAFETY: the new length has the width of the old one.
        unsafe { self.at(at).copy_from_nonoverlapping(varint.as_ptr(), width) };
    }

    /// Drops what the payload owns; the payload is then dead bytes.
    fn release_payload(&mut self) {
        match self.kind() {
            // SAFETY: the payload owned this count and is about to be overwritten.
            Kind::Shared => drop(unsafe { Arc::from_raw(self.pointer() as *const Vec<u8>) }),
            // SAFETY: the payload owned this box and is about to be overwritten.
            Kind::Object => drop(unsafe { Box::from_raw(self.pointer() as *mut Object) }),
            _ => {}
        }
    }

    /// The payload's bytes for changing some of them. Nothing for kinds that are a pointer.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        if matches!(self.kind(), Kind::Shared | Kind::Object) {
            return &mut [];
        }
        let header = self.header();
        // SAFETY: the payload lies in our block, which is ours alone as long as the slice lives.
        unsafe { std::slice::from_raw_parts_mut(self.at(header.payload()), header.payload_len) }
    }

    /// In a payload that is the value itself, replaces `remove` bytes at `at` by the pieces.
    /// In a payload of text or packed elements, replaces `remove` bytes at `at` by the pieces.
    pub fn splice(&mut self, at: usize, remove: usize, pieces: &[&[u8]]) {
        let header = self.header();
        debug_assert!(at + remove <= header.payload_len);
        let added: usize = pieces.iter().map(|p| p.len()).sum();
        let len = header.payload_len - remove + added;
        if varint_len(len as u64) != varint_len(header.payload_len as u64) {
            return self.splice_rebuilt(at, remove, pieces);
        }
        let (old, new) = (block_size(header.total()), block_size(header.payload() + len));
        if new > old {
            self.0 = block::resize(self.0, old, new);
        }
        let tail = header.payload_len - at - remove;
        // SAFETY: the block has room for both lengths; source and target lie in the payload.
        unsafe {
            let hole = self.at(header.payload() + at);
            if added != remove {
                hole.add(added).copy_from(hole.add(remove), tail);
            }
            let mut to = hole;
            for piece in pieces {
                to.copy_from_nonoverlapping(piece.as_ptr(), piece.len());
                to = to.add(piece.len());
            }
        }
        if new < old {
            self.0 = block::resize(self.0, old, new);
        }
        self.set_payload_len(header, len);
    }

    fn splice_rebuilt(&mut self, at: usize, remove: usize, pieces: &[&[u8]]) {
        let payload = self.payload();
        let mut bytes = Vec::with_capacity(payload.len() + 64);
        bytes.extend_from_slice(&payload[..at]);
        pieces.iter().for_each(|piece| bytes.extend_from_slice(piece));
        bytes.extend_from_slice(&payload[at + remove..]);
        let flags = self.header().flags;
        let rebuilt = Self::build(flags, self.key(), &bytes, self.expires_at(), self.stamp());
        self.replace_block(rebuilt);
    }

    /// Changes an integer in place.
    #[inline]
    pub fn set_integer(&mut self, value: i64) {
        if self.kind() != Kind::Integer {
            return self.set_payload(Payload::Integer(value));
        }
        let header = self.header();
        // SAFETY: an integer payload has 8 bytes.
        unsafe {
            self.at(header.payload()).copy_from_nonoverlapping(value.to_le_bytes().as_ptr(), 8);
        }
    }

    /// Sets or clears the expiry (unix ms). The table must be told the deadline separately.
    pub fn set_expires_at(&mut self, expires_at: Option<i64>) {
        let header = self.header();
        match (header.flags & HAS_EXPIRY != 0, expires_at) {
            (true, Some(time)) => self.write_expiry(header, time),
            (false, None) => {}
            _ => {
                let rebuilt =
                    Self::build(header.flags, self.key(), self.payload(), expires_at, self.stamp());
                self.replace_block(rebuilt);
            }
        }
    }

    /// Writes the expiry of an entry that has one.
    #[inline]
    fn write_expiry(&mut self, header: Header, time: i64) {
        let bytes = time.to_le_bytes();
        // SAFETY: the expiry lies before the key.
        unsafe { self.at(header.key - EXPIRY_LEN).copy_from_nonoverlapping(bytes.as_ptr(), 8) };
    }

    /// The same value (moved, not copied) under another key.
    pub fn renamed(self, key: &[u8]) -> Self {
        let header = self.header();
        let renamed =
            Self::build(header.flags, key, self.payload(), self.expires_at(), self.stamp());
        // The payload, with whatever it owns, now belongs to `renamed`.
        block::free(self.0, self.block_bytes());
        std::mem::forget(self);
        renamed
    }
}

impl FlatOwner for Entry {
    #[inline]
    fn bytes(&self) -> &[u8] {
        self.payload()
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self.payload_mut()
    }

    #[inline]
    fn splice(&mut self, at: usize, remove: usize, pieces: &[&[u8]]) {
        Self::splice(self, at, remove, pieces);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.release_payload();
        block::free(self.0, self.block_bytes());
    }
}
