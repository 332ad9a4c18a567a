//! Asking the processor for memory that will be read soon.
#![allow(unsafe_code)]

/// Bytes the processor fetches at once.
pub(crate) const LINE: usize = 64;

/// Positions whose memory is asked for together: as many cache lines as a core can wait for.
pub(crate) const PREFETCHED: usize = 32;

/// Asks for the cache line at an address; never faults, whatever the address.
#[inline(always)]
pub(crate) fn prefetch_line(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and cannot fault.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Asks for all lines that items lie in.
#[inline(always)]
pub(crate) fn prefetch<T>(items: &[T]) {
    let bytes = size_of_val(items);
    let start = items.as_ptr().cast::<u8>();
    for offset in (0..bytes).step_by(LINE) {
        prefetch_line(start.wrapping_add(offset));
    }
    // What does not begin with a line ends in one more.
    if bytes > 0 {
        prefetch_line(start.wrapping_add(bytes - 1));
    }
}
