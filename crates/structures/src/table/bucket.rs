//! A bucket: one cache line of seven tagged words, and the position arithmetic around it.
//!
//! ```text
//!   byte 0..7   tags: one fingerprint byte a slot, 0 = free
//!   byte 7      overflow: items that passed over this bucket on their way (sticks at 255)
//!   byte 8..64  words: [ window (16) | address (48, 8-aligned) ] x 7
//! ```
//!
//! All fields are relaxed atomics: the owner changes them under its lock while a `Peek` of another
//! thread may read them to prefetch. On every target that matters these are plain loads and stores.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(super) const SLOTS: usize = 7;
/// The bits of a word that are the item's address.
pub(super) const ADDRESS: u64 = (1 << 48) - 1;
/// Position bits that choose a bucket within a segment.
pub(super) const BUCKET_BITS: u32 = 12;
/// Position bits kept in a word.
pub(super) const WINDOW_BITS: u32 = 16;
/// How many splits the window survives before it must be read anew.
pub(super) const WINDOW_SPLITS: u32 = WINDOW_BITS - BUCKET_BITS;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH_OF_TAGS: u64 = 0x0080_8080_8080_8080;
const OVERFLOW_SHIFT: u32 = 56;
const OVERFLOW_STUCK: u64 = 255;

#[repr(C, align(64))]
pub(super) struct Bucket {
    tags: AtomicU64,
    words: [AtomicU64; SLOTS],
}

/// The fingerprint of a position: never 0.
#[inline(always)]
pub(super) fn tag_of(position: u64) -> u8 {
    ((position >> 24) as u8).max(1)
}

/// The window of a position for a word written at `depth`.
#[inline(always)]
pub(super) fn window_of(position: u64, depth: u32) -> u64 {
    (position << depth) >> (64 - WINDOW_BITS)
}

/// The home bucket of a position in a segment of `buckets` at `depth`.
#[inline(always)]
pub(super) fn home_of(position: u64, depth: u32, buckets: usize) -> usize {
    let bits = (position << depth) >> (64 - BUCKET_BITS);
    (bits as usize * buckets) >> BUCKET_BITS
}

/// The home bucket of a word whose window begins `behind` bits above the segment's depth.
#[inline(always)]
pub(super) fn home_of_word(word: u64, behind: u32, buckets: usize) -> usize {
    let window = (word >> 48) << behind & 0xffff;
    ((window >> (WINDOW_BITS - BUCKET_BITS)) as usize * buckets) >> BUCKET_BITS
}

/// Slots of a bucket, as a set: iterate with [`Matches::next`].
#[derive(Clone, Copy)]
pub(super) struct Matches(u64);

impl Iterator for Matches {
    type Item = usize;
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = (self.0.trailing_zeros() >> 3) as usize;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

/// The tag line of a bucket, read once.
#[derive(Clone, Copy)]
pub(super) struct Tags(u64);

impl Tags {
    /// Slots whose tag equals `tag`. May name a slot too many (even a free one): the borrow of the
    /// byte-wise subtraction can run into the next byte. Callers compare items anyway.
    #[inline(always)]
    pub(super) fn matching(self, tag: u8) -> Matches {
        let x = self.0 ^ (LOW * u64::from(tag));
        Matches(x.wrapping_sub(LOW) & !x & HIGH_OF_TAGS)
    }

    /// The first free slot. Exact: false positives only stand above a true one.
    #[inline(always)]
    pub(super) fn free(self) -> Option<usize> {
        let free = self.0.wrapping_sub(LOW) & !self.0 & HIGH_OF_TAGS;
        (free != 0).then(|| (free.trailing_zeros() >> 3) as usize)
    }

    /// True when some item passed over this bucket.
    #[inline(always)]
    pub(super) fn overflowed(self) -> bool {
        self.0 >> OVERFLOW_SHIFT != 0
    }

    fn tag(self, slot: usize) -> u8 {
        (self.0 >> (slot * 8)) as u8
    }
}

impl Bucket {
    #[inline(always)]
    pub(super) fn tags(&self) -> Tags {
        Tags(self.tags.load(Relaxed))
    }

    #[inline(always)]
    pub(super) fn word(&self, slot: usize) -> u64 {
        self.words[slot].load(Relaxed)
    }

    /// Replaces the address in `slot`, keeping tag and window.
    #[inline(always)]
    pub(super) fn set_address(&self, slot: usize, address: u64) {
        let window = self.word(slot) & !ADDRESS;
        self.words[slot].store(window | address, Relaxed);
    }

    #[inline(always)]
    pub(super) fn fill(&self, slot: usize, tag: u8, word: u64) {
        self.words[slot].store(word, Relaxed);
        let tags = self.tags.load(Relaxed) & !(0xff << (slot * 8));
        self.tags.store(tags | u64::from(tag) << (slot * 8), Relaxed);
    }

    #[inline(always)]
    pub(super) fn empty(&self, slot: usize) {
        self.words[slot].store(0, Relaxed);
        self.tags.store(self.tags.load(Relaxed) & !(0xff << (slot * 8)), Relaxed);
    }

    pub(super) fn count_pass(&self) {
        let tags = self.tags.load(Relaxed);
        if tags >> OVERFLOW_SHIFT != OVERFLOW_STUCK {
            self.tags.store(tags + (1 << OVERFLOW_SHIFT), Relaxed);
        }
    }

    pub(super) fn uncount_pass(&self) {
        let tags = self.tags.load(Relaxed);
        if tags >> OVERFLOW_SHIFT != OVERFLOW_STUCK {
            self.tags.store(tags - (1 << OVERFLOW_SHIFT), Relaxed);
        }
    }

    /// The items of this bucket as (slot, tag, word).
    pub(super) fn items(&self) -> impl Iterator<Item = (usize, u8, u64)> + '_ {
        let tags = self.tags();
        (0..SLOTS).filter_map(move |slot| {
            let word = self.word(slot);
            (word != 0).then(|| (slot, tags.tag(slot), word))
        })
    }
}
