//! Blocks of memory for entries, in sizes that the allocator really has.
//!
//! Sizes are rounded up (`block_size`), so that a value may change within its class without a call,
//! and so that the accounting is exact.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::ptr::NonNull;

pub use structures::block::block_size;

const ALIGN: usize = 8;

#[inline(always)]
fn layout(size: usize) -> Layout {
    debug_assert!(size > 0 && size == block_size(size));
    // SAFETY: a power-of-two alignment, and sizes of live or intended blocks, far below isize::MAX.
    unsafe { Layout::from_size_align_unchecked(size, ALIGN) }
}

#[inline(always)]
pub(super) fn allocate(size: usize) -> NonNull<u8> {
    let layout = layout(size);
    // SAFETY: the size is not zero.
    match NonNull::new(unsafe { alloc(layout) }) {
        Some(block) => block,
        None => handle_alloc_error(layout),
    }
}

/// Moves the first bytes of a block into one of another size.
pub(super) fn resize(block: NonNull<u8>, old: usize, new: usize) -> NonNull<u8> {
    // SAFETY: the block was allocated here with `old` bytes and is given up.
    match NonNull::new(unsafe { realloc(block.as_ptr(), layout(old), new) }) {
        Some(block) => block,
        None => handle_alloc_error(layout(new)),
    }
}

#[inline(always)]
pub(super) fn free(block: NonNull<u8>, size: usize) {
    // SAFETY: the block was allocated here with `size` bytes and is given up.
    unsafe { dealloc(block.as_ptr(), layout(size)) };
}
