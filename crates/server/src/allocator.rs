//! The memory allocator: jemalloc built with 8-byte size classes, and its figures.
//!
//! With classes 8 bytes apart (`.cargo/config.toml` sets the quantum) a block of 24, 40 or 56 bytes
//! is aligned to 8 only. The usual wrapper crate assumes 16, so this file asks for the alignment
//! explicitly whenever a type wants more than 8.
#![allow(unsafe_code)]

use engine::allocator::Allocator;
#[cfg(feature = "jemalloc")]
pub use jemalloc::ALLOCATOR;

/// The allocator as the engine sees it.
#[cfg(not(feature = "jemalloc"))]
pub const ALLOCATOR: Allocator = engine::allocator::UNCOUNTED;

#[cfg(feature = "jemalloc")]
mod jemalloc {
    use std::alloc::{GlobalAlloc, Layout};
    use std::ffi::{c_int, c_void};

    use engine::allocator::Figures;
    use tikv_jemalloc_ctl::{epoch, stats, thread};
    use tikv_jemalloc_sys as ffi;

    use super::Allocator;

    /// The alignment that every block has.
    const QUANTUM: usize = 8;

    #[global_allocator]
    static GLOBAL: Jemalloc = Jemalloc;

    struct Jemalloc;

    /// Unused pages go back to the system after a second, by a thread of the allocator's own: what
    /// a growing table leaves behind would otherwise stay resident until the next allocation.
    // SAFETY: the name is the one jemalloc reads at start; the text ends in a NUL.
    #[unsafe(export_name = "_rjem_malloc_conf")]
    static CONFIGURATION: &[u8; 60] =
        b"background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0\0";

    #[inline(always)]
    fn flags(layout: Layout) -> c_int {
        if layout.align() <= QUANTUM { 0 } else { ffi::MALLOCX_ALIGN(layout.align()) }
    }

    // SAFETY: sizes are never 0 (by GlobalAlloc's contract), alignments are passed on, and the same
    // flags are given to every call about a block.
    unsafe impl GlobalAlloc for Jemalloc {
        #[inline]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the size is not 0.
            unsafe { ffi::mallocx(layout.size(), flags(layout)) }.cast()
        }

        #[inline]
        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the size is not 0.
            unsafe { ffi::mallocx(layout.size(), flags(layout) | ffi::MALLOCX_ZERO) }.cast()
        }

        #[inline]
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the block came from `alloc` with this layout.
            unsafe { ffi::sdallocx(block.cast::<c_void>(), layout.size(), flags(layout)) };
        }

        #[inline]
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: the block came from `alloc` with this layout; the size is not 0.
            unsafe { ffi::rallocx(block.cast::<c_void>(), size, flags(layout)) }.cast()
        }
    }

    /// The allocator as the engine sees it.
    pub const ALLOCATOR: Allocator =
        Allocator { name: "jemalloc-5.3.1", thread_net, figures, purge, report };

    fn thread_net() -> i64 {
        thread_local! {
            static COUNTERS: Option<(thread::ThreadLocal<u64>, thread::ThreadLocal<u64>)> = {
                let allocated = thread::allocatedp::read().ok();
                allocated.zip(thread::deallocatedp::read().ok())
            };
        }
        let net = |counters: &Option<(thread::ThreadLocal<u64>, thread::ThreadLocal<u64>)>| {
            counters.as_ref().map_or(0, |(a, d)| a.get().wrapping_sub(d.get()) as i64)
        };
        COUNTERS.try_with(net).unwrap_or(0)
    }

    fn figures() -> Figures {
        let read = |value: Result<usize, tikv_jemalloc_ctl::Error>| value.unwrap_or(0) as u64;
        // The figures are those of the last epoch.
        let _ = epoch::advance();
        Figures {
            allocated: read(stats::allocated::read()),
            active: read(stats::active::read()),
            resident: read(stats::resident::read()),
            retained: read(stats::retained::read()),
        }
    }

    fn purge() {
        // 4096 stands for all arenas (MALLCTL_ARENAS_ALL).
        let name = c"arena.4096.purge";
        // SAFETY: the name ends in a NUL, and no values are passed either way.
        unsafe {
            ffi::mallctl(
                name.as_ptr(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                0,
            );
        }
    }

    fn report() -> String {
        extern "C" fn collect(text: *mut c_void, line: *const std::ffi::c_char) {
            // SAFETY: jemalloc passes back the pointer given below and a NUL-terminated string.
            let (text, line) =
                unsafe { (&mut *text.cast::<String>(), std::ffi::CStr::from_ptr(line)) };
            text.push_str(&line.to_string_lossy());
        }
        let mut text = String::new();
        let into: *mut String = &mut text;
        // SAFETY: `collect` is called only during this call, with the pointer to `text`.
        unsafe { ffi::malloc_stats_print(Some(collect), into.cast(), std::ptr::null()) };
        text
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn small_blocks_are_eight_bytes_apart_and_alignments_are_kept() {
            // SAFETY: asks for a size only.
            let size = unsafe { tikv_jemalloc_sys::nallocx(56, 0) };
            assert_eq!(size, 56, "jemalloc was built with another quantum");
            for _ in 0..100 {
                let boxed = Box::new([0u128; 3]);
                assert_eq!(boxed.as_ptr() as usize % 16, 0);
            }
        }
    }
}
