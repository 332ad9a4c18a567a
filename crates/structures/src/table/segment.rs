//! A segment: a header line and 1..=255 buckets in one allocation, and the word that points to it.
//!
//! ```text
//!   word in the directory:  [ buckets (10) | depth (6) | address (48, 64-aligned) ]
//! ```
//!
//! Address, depth and bucket count share a word so that a concurrent `Peek` can never combine the
//! address of one segment with the size of another.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ptr::NonNull;

use super::bucket::{ADDRESS, Bucket, SLOTS, home_of, home_of_word, tag_of, window_of};
use super::retired::Retired;
use super::sweep::NO_DEADLINE;
use crate::prefetch::{LINE, prefetch_line};

/// Bucket counts that, with the header line, fill an allocator size class (geometric, four steps
/// a doubling), so that a segment wastes nothing.
const SIZES: [usize; 27] = [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    9,
    11,
    13,
    15,
    19,
    23,
    27,
    31,
    39,
    47,
    55,
    63,
    79,
    95,
    111,
    127,
    159,
    191,
    223,
    BUCKETS_MAX,
];
/// The tables of a keyspace are filled evenly, so their segments change size all at once, and the
/// classes they leave stay behind half empty. The last classes here have one or two blocks to an
/// extent of the allocator, which then gets whole extents back (with 63 as the most, and eight
/// blocks of 2.5 KB to an extent, ten million keys had 2.5 bytes each of such remains).
pub(super) const BUCKETS_MAX: usize = 255;
/// An item never settles farther than this from its home; growth answers a longer run.
const RUN_MAX: usize = 16;
const DEPTH_SHIFT: u32 = 48;
const BUCKETS_SHIFT: u32 = 54;

/// Bytes a segment of `buckets` occupies.
const fn layout(buckets: usize) -> Layout {
    assert!(buckets <= BUCKETS_MAX);
    // SAFETY: the alignment is a power of two, and 64 lines are far from the largest size there is.
    unsafe { Layout::from_size_align_unchecked((buckets + 1) * LINE, LINE) }
}

/// How many items a segment of `buckets` takes before it grows: 96 %, or all of a tiny one.
pub(super) const fn limit(buckets: usize) -> usize {
    let slots = buckets * SLOTS;
    if buckets <= 3 { slots } else { slots * 96 / 100 }
}

/// The smallest bucket count that holds `items` with room for about a tenth more.
pub(super) fn size_for(items: usize) -> usize {
    let wanted = items + items / 10;
    SIZES.into_iter().find(|&n| limit(n) >= wanted).unwrap_or(BUCKETS_MAX)
}

/// The next larger bucket count, or `None` at the largest.
pub(super) fn size_above(buckets: usize) -> Option<usize> {
    SIZES.into_iter().find(|&n| n > buckets)
}

#[repr(C, align(64))]
struct Header {
    /// Items in the segment.
    count: Cell<u32>,
    /// Depth at which the words' windows begin; at most `WINDOW_SPLITS` below the segment's depth.
    window_depth: Cell<u32>,
    /// One least deadline a bucket, or null while no item has one.
    deadlines: Cell<*mut u32>,
}

/// A segment, alive. Copies of it are as good as the original until it is retired.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment(u64);

/// Where an item lies.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) bucket: usize,
    pub(super) slot: usize,
}

impl Segment {
    pub(super) fn allocate(buckets: usize, depth: u32, window_depth: u32) -> Self {
        let layout = layout(buckets);
        // SAFETY: the layout has a non-zero size.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(memory) = NonNull::new(memory) else { handle_alloc_error(layout) };
        let header = Header {
            count: 0.into(),
            window_depth: window_depth.into(),
            deadlines: Cell::default(),
        };
        // SAFETY: freshly allocated, aligned to a line and at least one line long.
        unsafe { memory.cast::<Header>().write(header) };
        let (buckets, depth) = (buckets as u64, u64::from(depth));
        Self(memory.as_ptr() as u64 | depth << DEPTH_SHIFT | buckets << BUCKETS_SHIFT)
    }

    /// Hands the memory to `retired`. The items must have been moved or dropped.
    pub(super) fn retire(self, retired: &mut Retired) {
        let deadlines = self.header().deadlines.get();
        if let Some(deadlines) = NonNull::new(deadlines) {
            retired.push(deadlines.cast(), deadlines_layout(self.buckets()));
        }
        if let Some(memory) = NonNull::new(self.address() as *mut u8) {
            retired.push(memory, layout(self.buckets()));
        }
    }

    pub(super) fn word(self) -> u64 {
        self.0
    }

    pub(super) fn from_word(word: u64) -> Self {
        Self(word)
    }

    #[inline(always)]
    fn address(self) -> u64 {
        self.0 & ADDRESS
    }

    #[inline(always)]
    pub(super) fn buckets(self) -> usize {
        (self.0 >> BUCKETS_SHIFT) as usize
    }

    #[inline(always)]
    pub(super) fn depth(self) -> u32 {
        (self.0 >> DEPTH_SHIFT) as u32 & 63
    }

    #[inline(always)]
    pub(super) fn bucket<'a>(self, index: usize) -> &'a Bucket {
        debug_assert!(index < self.buckets());
        // SAFETY: a segment's memory holds `buckets()` buckets after the header line and is alive
        // while the segment is reachable (invariant 4 of the table).
        unsafe { &*((self.address() as usize + (index + 1) * LINE) as *const Bucket) }
    }

    #[inline(always)]
    fn header<'a>(self) -> &'a Header {
        // SAFETY: the first line of a live segment is its header; only the owner looks at it.
        unsafe { &*(self.address() as *const Header) }
    }

    pub(super) fn count(self) -> usize {
        self.header().count.get() as usize
    }

    /// Bits by which the words' windows lag behind the segment's depth.
    #[inline(always)]
    pub(super) fn behind(self) -> u32 {
        self.depth() - self.header().window_depth.get()
    }

    #[inline(always)]
    pub(super) fn home(self, position: u64) -> usize {
        home_of(position, self.depth(), self.buckets())
    }

    pub(super) fn home_of_word(self, word: u64) -> usize {
        home_of_word(word, self.behind(), self.buckets())
    }

    fn after(self, bucket: usize) -> usize {
        if bucket + 1 == self.buckets() { 0 } else { bucket + 1 }
    }

    /// Calls `check` with the word of each slot that may hold an item of this position, until
    /// it says true; gives that place.
    #[inline(always)]
    pub(super) fn find(self, position: u64, mut check: impl FnMut(u64) -> bool) -> Option<Place> {
        let home = self.home(position);
        let line = self.bucket(home);
        let tags = line.tags();
        for slot in tags.matching(tag_of(position)) {
            let word = line.word(slot);
            if word != 0 && check(word) {
                return Some(Place { bucket: home, slot });
            }
        }
        // Most items lie at home: the walk beyond is a function of its own, so that the way to
        // them keeps its values in registers (25 instructions of 170 in a look-up).
        if tags.overflowed() { self.find_beyond(home, position, &mut check) } else { None }
    }

    /// As `find`, in the buckets behind `home`.
    #[inline(never)]
    fn find_beyond(
        self,
        home: usize,
        position: u64,
        check: &mut impl FnMut(u64) -> bool,
    ) -> Option<Place> {
        let tag = tag_of(position);
        let mut bucket = self.after(home);
        while bucket != home {
            let line = self.bucket(bucket);
            let tags = line.tags();
            for slot in tags.matching(tag) {
                let word = line.word(slot);
                if word != 0 && check(word) {
                    return Some(Place { bucket, slot });
                }
            }
            if !tags.overflowed() {
                return None;
            }
            bucket = self.after(bucket);
        }
        None
    }

    /// Places an item that is not in the segment. `None`: too full, nothing changed.
    #[inline]
    pub(super) fn insert(self, position: u64, address: u64) -> Option<Place> {
        if self.count() >= limit(self.buckets()) {
            return None;
        }
        let window = window_of(position, self.header().window_depth.get());
        self.settle(self.home(position), tag_of(position), address | window << 48)
    }

    /// Puts a word into the first bucket with room from `home` on.
    pub(super) fn settle(self, home: usize, tag: u8, word: u64) -> Option<Place> {
        let mut bucket = home;
        for run in 0..self.buckets().min(RUN_MAX) {
            let line = self.bucket(bucket);
            if let Some(slot) = line.tags().free() {
                line.fill(slot, tag, word);
                self.count_passes(home, run);
                let header = self.header();
                header.count.set(header.count.get() + 1);
                return Some(Place { bucket, slot });
            }
            bucket = self.after(bucket);
        }
        None
    }

    fn count_passes(self, home: usize, run: usize) {
        let mut bucket = home;
        for _ in 0..run {
            self.bucket(bucket).count_pass();
            bucket = self.after(bucket);
        }
    }

    /// Empties a slot and gives its word. Deadlines stay: a bucket's may be too early, never too
    /// late.
    pub(super) fn remove(self, place: Place) -> u64 {
        let line = self.bucket(place.bucket);
        let word = line.word(place.slot);
        let mut bucket = self.home_of_word(word);
        while bucket != place.bucket {
            self.bucket(bucket).uncount_pass();
            bucket = self.after(bucket);
        }
        line.empty(place.slot);
        let header = self.header();
        header.count.set(header.count.get() - 1);
        word
    }

    /// Visits the words whose home is `home`, wherever they settled.
    pub(super) fn for_each_of_home(self, home: usize, mut visit: impl FnMut(u64)) {
        let mut bucket = home;
        loop {
            let line = self.bucket(bucket);
            for (_, _, word) in line.items() {
                if self.home_of_word(word) == home {
                    visit(word);
                }
            }
            if !line.tags().overflowed() {
                return;
            }
            bucket = self.after(bucket);
            if bucket == home {
                return;
            }
        }
    }

    /// All items as (bucket, tag, word).
    pub(super) fn items(self) -> impl Iterator<Item = (usize, u8, u64)> {
        (0..self.buckets())
            .flat_map(move |b| self.bucket(b).items().map(move |(_, tag, word)| (b, tag, word)))
    }

    /// Asks the memory for the items in a bucket; nothing if there is no such bucket.
    pub(super) fn prefetch_items(self, bucket: usize) {
        if bucket < self.buckets() {
            for (_, _, word) in self.bucket(bucket).items() {
                let address = (word & ADDRESS) as *const u8;
                prefetch_line(address);
                prefetch_line(address.wrapping_add(LINE));
            }
        }
    }

    pub(super) fn deadline(self, bucket: usize) -> u32 {
        let deadlines = self.header().deadlines.get();
        if deadlines.is_null() {
            return NO_DEADLINE;
        }
        // SAFETY: the array has one element a bucket.
        unsafe { *deadlines.add(bucket) }
    }

    pub(super) fn set_deadline(self, bucket: usize, deadline: u32) {
        let header = self.header();
        if header.deadlines.get().is_null() {
            if deadline == NO_DEADLINE {
                return;
            }
            header.deadlines.set(allocate_deadlines(self.buckets()));
        }
        // SAFETY: the array has one element a bucket.
        unsafe { *header.deadlines.get().add(bucket) = deadline };
    }

    /// True when no item ever had a deadline since the segment was allocated.
    pub(super) fn is_timeless(self) -> bool {
        self.header().deadlines.get().is_null()
    }

    /// The least deadline of all buckets.
    pub(super) fn least_deadline(self) -> u32 {
        if self.is_timeless() {
            return NO_DEADLINE;
        }
        (0..self.buckets()).map(|b| self.deadline(b)).min().unwrap_or(NO_DEADLINE)
    }

    /// Bytes of the segment and its deadlines.
    pub(super) fn bytes(self) -> usize {
        let deadlines =
            if self.is_timeless() { 0 } else { deadlines_layout(self.buckets()).size() };
        layout(self.buckets()).size() + deadlines
    }
}

const fn deadlines_layout(buckets: usize) -> Layout {
    assert!(buckets <= BUCKETS_MAX);
    // SAFETY: the size is that of an array of at most 255 of the type whose alignment it is.
    unsafe { Layout::from_size_align_unchecked(buckets * size_of::<u32>(), align_of::<u32>()) }
}

fn allocate_deadlines(buckets: usize) -> *mut u32 {
    let layout = deadlines_layout(buckets);
    // SAFETY: the layout has a non-zero size.
    let memory = unsafe { alloc_zeroed(layout) }.cast::<u32>();
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: freshly allocated for `buckets` numbers, zeroed and therefore initialised.
    unsafe { std::slice::from_raw_parts_mut(memory, buckets) }.fill(NO_DEADLINE);
    memory
}

/// Frees what [`Segment::retire`] or [`super::directory`] handed over.
///
/// # Safety
/// `memory` was allocated with `layout` and nobody will look at it again.
pub(super) unsafe fn free(memory: NonNull<u8>, layout: Layout) {
    // SAFETY: by the caller.
    unsafe { dealloc(memory.as_ptr(), layout) };
}
