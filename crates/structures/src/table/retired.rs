//! Memory that was taken out of a table while another thread may still be peeking at it.
//!
//! The owner of a [`Retired`] decides when that can no longer be (after every worker has finished
//! the batch it was in) and calls [`Retired::free_now`].
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::ptr::NonNull;

use super::segment::free;

/// Blocks waiting to be freed. Dropping it leaks them: whoever owns it frees.
#[derive(Default)]
pub struct Retired {
    blocks: Vec<(NonNull<u8>, Layout)>,
    bytes: usize,
}

// SAFETY: the blocks are plain memory that nobody owns but this list.
unsafe impl Send for Retired {}

impl Retired {
    pub(super) fn push(&mut self, memory: NonNull<u8>, layout: Layout) {
        self.bytes += layout.size();
        self.blocks.push((memory, layout));
    }

    /// True when there is nothing to free.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Bytes waiting.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Frees everything.
    ///
    /// Safe to call only for tables without concurrent peeks; a keyspace's owner first waits until
    /// each thread that may peek has been seen outside its batch. (Not marked unsafe: a
    /// peek is itself unsafe to make and names this duty.)
    pub fn free_now(&mut self) {
        self.bytes = 0;
        for (memory, layout) in self.blocks.drain(..) {
            // SAFETY: pushed once with its layout; no peek can reach it any more.
            unsafe { free(memory, layout) };
        }
    }
}
