//! What a database has allocated, counted: an allocator that a program puts around its own, so that
//! `maxmemory` can be enforced.
//!
//! ```text
//!   NET     of a thread: bytes it allocated less bytes it freed, whatever for
//!   [ program | a call of a session | program | another seat's upkeep | ... ]   one thread
//!              `Counted` begins   ends: what NET grew by is the seat's
//! ```
//!
//! A seat is worked on by any thread, but by one at a time, and its count goes on where it stood.
//!
//! Must be true: what is allocated while a seat is counted is freed while one is (or on a thread of
//! the database's own), so that the counts of all seats together do not drift.
//! Not here: what the allocator itself needs for each block.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use engine::allocator::{Allocator, UNCOUNTED};

thread_local! {
    static NET: Cell<i64> = const { Cell::new(0) };
    /// What is to be added to it for the seat that is counted.
    static BASE: Cell<i64> = const { Cell::new(0) };
}

/// An allocator that counts for the databases of the program; see [`crate`].
///
/// It adds one addition to each allocation. Bytes are counted as they were asked for.
#[derive(Debug, Default)]
pub struct CountingAllocator<A = System>(A);

impl CountingAllocator {
    /// Around the system's allocator.
    pub const SYSTEM: Self = Self(System);
}

impl<A> CountingAllocator<A> {
    /// Around another one.
    pub const fn around(allocator: A) -> Self {
        Self(allocator)
    }
}

#[inline]
fn count(bytes: i64) {
    // Neither made on first use nor destroyed, so it is always there.
    NET.with(|net| net.set(net.get().wrapping_add(bytes)));
}

// SAFETY: everything is handed on to the allocator within, whose promises these are; counting
// touches no memory but two words of the thread, and allocates nothing.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: as the caller has promised.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: as the caller has promised.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: as the caller has promised.
        unsafe { self.0.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        // SAFETY: as the caller has promised.
        unsafe { self.0.realloc(block, layout, size) }
    }
}

/// The allocator as the engine sees it: figures of the whole process would be the program's.
pub(crate) const ALLOCATOR: Allocator =
    Allocator { name: "embedded", thread_net: counted_net, ..UNCOUNTED };

/// What the seat has that is counted on this thread, or the thread itself if none is.
fn counted_net() -> i64 {
    BASE.get().wrapping_add(NET.get())
}

/// Whether the program has put a [`CountingAllocator`] in place.
pub(crate) fn is_counting() -> bool {
    let before = NET.get();
    let block = black_box(Box::new(0u64));
    let is_counting = NET.get() != before;
    drop(block);
    is_counting
}

/// Counts for a seat what this thread allocates and frees, until it is dropped. There is one at a
/// time on a thread, and for a seat.
pub(crate) struct Counted<'s>(&'s AtomicI64);

impl<'s> Counted<'s> {
    /// From now on for the seat with this count.
    pub(crate) fn on(seat: &'s AtomicI64) -> Self {
        BASE.set(seat.load(Relaxed).wrapping_sub(NET.get()));
        Self(seat)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.store(counted_net(), Relaxed);
        BASE.set(0);
    }
}
