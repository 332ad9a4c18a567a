//! Sizes of memory blocks that the allocator really has.
//!
//! Must be true: a size that comes out of here stays as it is when asked for again.
//! Not here: the blocks themselves; whoever owns one asks for its size here.

const STEP: usize = 8;

/// The block that holds `bytes`: jemalloc's classes, which are multiples of 8 up to 64 and then
/// four steps a doubling. With another allocator these are merely good sizes.
#[inline(always)]
pub const fn block_size(bytes: usize) -> usize {
    let step = if bytes <= 64 { STEP } else { 1 << ((bytes - 1).ilog2() - 2) };
    (bytes + step - 1) & !(step - 1)
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
