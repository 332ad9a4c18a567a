//! The directory: `2^depth` segment words in hash order, and the least deadline of each segment.
//!
//! ```text
//!   header | word x 2^depth | deadline (u32) x 2^depth
//! ```
//!
//! A segment of local depth `d` fills `2^(depth - d)` neighbouring words; its deadline is kept at
//! the first of them.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::Release};

use super::retired::Retired;
use super::segment::Segment;
use super::sweep::NO_DEADLINE;

/// The head of a directory's memory. Owned by the table; a `Peek` reads `depth` and the words.
#[repr(C)]
pub struct Directory {
    depth: u32,
    /// Lower bound of all deadlines below.
    least_deadline: AtomicU32,
    /// Items in the table; relaxed, so that DBSIZE may read it from anywhere.
    len: AtomicU64,
    /// Segments whose local depth equals `depth`: at zero the directory can halve.
    deepest: Cell<u32>,
}

/// A directory, alive.
#[derive(Clone, Copy)]
pub(super) struct DirectoryRef(NonNull<Directory>);

fn layout(depth: u32) -> Layout {
    let bytes = size_of::<Directory>() + (12 << depth);
    Layout::from_size_align(bytes, align_of::<Directory>()).unwrap_or(Layout::new::<Directory>())
}

impl DirectoryRef {
    pub(super) fn allocate(depth: u32, len: u64, deepest: u32) -> Self {
        let layout = layout(depth);
        // SAFETY: the layout has a non-zero size.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(memory) = NonNull::new(memory.cast::<Directory>()) else {
            handle_alloc_error(layout)
        };
        let least_deadline = NO_DEADLINE.into();
        let head = Directory { depth, least_deadline, len: len.into(), deepest: deepest.into() };
        // SAFETY: freshly allocated with room for the head and both arrays.
        unsafe { memory.write(head) };
        let directory = Self(memory);
        for index in 0..1 << depth {
            directory.set_deadline(index, NO_DEADLINE);
        }
        directory
    }

    /// # Safety
    /// `pointer` is null or a directory that stays alive as long as the reference is used.
    #[inline(always)]
    pub(super) unsafe fn from_pointer(pointer: *mut Directory) -> Option<Self> {
        NonNull::new(pointer).map(Self)
    }

    pub(super) fn as_pointer(self) -> *mut Directory {
        self.0.as_ptr()
    }

    pub(super) fn retire(self, retired: &mut Retired) {
        retired.push(self.0.cast(), layout(self.depth()));
    }

    #[inline(always)]
    fn head<'a>(self) -> &'a Directory {
        // SAFETY: a reachable directory is alive (invariant 4 of the table).
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub(super) fn depth(self) -> u32 {
        self.head().depth
    }

    pub(super) fn len(self) -> u64 {
        self.head().len.load(Relaxed)
    }

    pub(super) fn add_len(self, change: i64) {
        let len = &self.head().len;
        len.store(len.load(Relaxed).wrapping_add_signed(change), Relaxed);
    }

    pub(super) fn deepest(self) -> u32 {
        self.head().deepest.get()
    }

    pub(super) fn set_deepest(self, count: u32) {
        self.head().deepest.set(count);
    }

    pub(super) fn bytes(self) -> usize {
        layout(self.depth()).size()
    }

    /// Number of words.
    pub(super) fn width(self) -> usize {
        1 << self.depth()
    }

    /// The word that `position` falls to.
    #[inline(always)]
    pub(super) fn index(self, position: u64) -> usize {
        // Two shifts, because a shift by 64 (depth 0) is not defined.
        ((position >> 1) >> (63 - self.depth())) as usize
    }

    #[inline(always)]
    fn words(self) -> *const AtomicU64 {
        // SAFETY: the words follow the head in the same allocation.
        unsafe { self.0.as_ptr().add(1).cast() }
    }

    #[inline(always)]
    pub(super) fn segment(self, index: usize) -> Segment {
        debug_assert!(index < self.width());
        // SAFETY: within the array of `width` words.
        Segment::from_word(unsafe { &*self.words().add(index) }.load(Relaxed))
    }

    /// The address of the word for `position`, for prefetching.
    #[inline(always)]
    pub(super) fn word_address(self, position: u64) -> *const AtomicU64 {
        self.words().wrapping_add(self.index(position))
    }

    pub(super) fn set_segment(self, index: usize, segment: Segment) {
        debug_assert!(index < self.width());
        // SAFETY: within the array of `width` words.
        unsafe { &*self.words().add(index) }.store(segment.word(), Release);
    }

    /// The first word of the segment at `index`, and how many words it fills.
    pub(super) fn extent(self, index: usize) -> (usize, usize) {
        let count = 1 << (self.depth() - self.segment(index).depth());
        (index & !(count - 1), count)
    }

    /// Puts `segment` into all words it fills, of which `index` is one.
    pub(super) fn place(self, index: usize, segment: Segment) {
        let count = 1usize << (self.depth() - segment.depth());
        let first = index & !(count - 1);
        for word in first..first + count {
            self.set_segment(word, segment);
        }
        self.set_deadline(first, segment.least_deadline());
        self.lower_least(segment.least_deadline());
    }

    #[inline(always)]
    fn deadlines(self) -> *mut u32 {
        // SAFETY: the deadlines follow the words in the same allocation.
        unsafe { self.words().add(self.width()).cast_mut().cast() }
    }

    /// The least deadline of the segment whose first word is `first`.
    pub(super) fn deadline(self, first: usize) -> u32 {
        debug_assert!(first < self.width());
        // SAFETY: within the array of `width` deadlines.
        unsafe { *self.deadlines().add(first) }
    }

    pub(super) fn set_deadline(self, first: usize, deadline: u32) {
        debug_assert!(first < self.width());
        // SAFETY: within the array of `width` deadlines.
        unsafe { *self.deadlines().add(first) = deadline };
    }

    pub(super) fn least(self) -> u32 {
        self.head().least_deadline.load(Relaxed)
    }

    pub(super) fn set_least(self, deadline: u32) {
        self.head().least_deadline.store(deadline, Relaxed);
    }

    pub(super) fn lower_least(self, deadline: u32) {
        if deadline < self.least() {
            self.set_least(deadline);
        }
    }

    /// The segments in hash order, each once, with its first word.
    pub(super) fn segments(self) -> impl Iterator<Item = (usize, Segment)> {
        let mut next = 0;
        std::iter::from_fn(move || {
            (next < self.width()).then(|| {
                let (first, count) = self.extent(next);
                next = first + count;
                (first, self.segment(first))
            })
        })
    }
}
