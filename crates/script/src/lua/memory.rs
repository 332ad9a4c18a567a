//! Where the interpreter gets its memory, and how much it may have.
//!
//! Must be true: `used` is the sum of the sizes of all blocks that the interpreter holds; while
//! `suspended`, a request is never refused (see the module's rule 2).
//! Not here: what happens to a script that wants more.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null_mut;

use super::state::Shared;

/// Alignment of all blocks; the interpreter's own allocator gives no more.
const ALIGN: usize = 8;

/// The account of one interpreter, in bytes.
#[derive(Debug)]
pub struct Memory {
    used: Cell<usize>,
    limit: usize,
    suspended: Cell<bool>,
}

impl Memory {
    /// An account with nothing in use.
    pub fn new(limit: usize) -> Self {
        // The interpreter's own start must not fail half way.
        Memory { used: Cell::new(0), limit, suspended: Cell::new(true) }
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// The most that may be in use.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether more is in use than allowed.
    pub fn is_exceeded(&self) -> bool {
        self.used.get() > self.limit
    }

    /// Grants every request until `enforce`. Returns whether that was so already.
    pub(super) fn suspend(&self) -> bool {
        self.suspended.replace(true)
    }

    /// Refuses what exceeds the limit.
    pub(super) fn enforce(&self) {
        self.suspended.set(false);
    }

    fn refuses(&self, more: usize) -> bool {
        !self.suspended.get() && self.used.get().saturating_add(more) > self.limit
    }

    fn account(&self, old_size: usize, new_size: usize) {
        self.used.set(self.used.get() - old_size + new_size);
    }
}

/// What the interpreter calls to get (`old_size` 0), resize and give back (`new_size` 0) a block.
///
/// # Safety
/// `shared` points to a living `Shared`; `block` is null, or came from here with `old_size`.
pub(super) unsafe extern "C" fn allocate(
    shared: *mut c_void,
    block: *mut c_void,
    old_size: usize,
    new_size: usize,
) -> *mut c_void {
    // SAFETY: as promised by the caller, `Lua::new`.
    let memory = unsafe { &(*shared.cast::<Shared>()).memory };
    let old_size = if block.is_null() { 0 } else { old_size };
    if new_size > old_size && memory.refuses(new_size - old_size) {
        return null_mut();
    }
    let layout = |size| Layout::from_size_align(size, ALIGN).unwrap_or(Layout::new::<u64>());
    let new = match (old_size, new_size) {
        (0, 0) => null_mut(),
        // A size above `isize::MAX` would have been refused: no limit is as large.
        (_, size) if isize::try_from(size).is_err() => return null_mut(),
        (_, 0) => {
            // SAFETY: the block came from here with this size.
            unsafe { dealloc(block.cast(), layout(old_size)) };
            null_mut()
        }
        // SAFETY: the size is not zero.
        (0, size) => unsafe { alloc(layout(size)) },
        // SAFETY: the block came from here with this size, and the new size is not zero.
        (_, size) => unsafe { realloc(block.cast(), layout(old_size), size) },
    };
    if new.is_null() && new_size > 0 {
        handle_alloc_error(layout(new_size));
    }
    memory.account(old_size, new_size);
    new.cast()
}
