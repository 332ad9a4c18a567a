//! Blocks of memory for entries: sizes that the allocator really has.
//!
//! Sizes are rounded up to jemalloc's classes (multiples of 8 up to 64, then four steps a
//! doubling), so that a value may change within its class without a call, and so that the
//! accounting is exact. With another allocator they are merely good sizes.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::ptr::NonNull;

const ALIGN: usize = 8;

/// The block that holds `bytes`.
#[inline(always)]
pub const fn block_size(bytes: usize) -> usize {
    let step = if bytes <= 64 { ALIGN } else { 1 << ((bytes - 1).ilog2() - 2) };
    (bytes + step - 1) & !(step - 1)
}

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

#[cfg(test)]
mod tests {
    use super::block_size;

    #[test]
    fn sizes_are_jemallocs_classes() {
        let pairs = [
            (1, 8),
            (8, 8),
            (54, 56),
            (64, 64),
            (65, 80),
            (80, 80),
            (112, 112),
            (113, 128),
            (129, 160),
            (200, 224),
            (257, 320),
            (1_000, 1_024),
            (1_025, 1_280),
            (5_000, 5_120),
        ];
        for (bytes, size) in pairs {
            assert_eq!(block_size(bytes), size, "{bytes}");
            assert_eq!(block_size(size), size);
        }
    }
}
