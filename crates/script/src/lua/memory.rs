//! Where the interpreter gets its memory, and how much it may have.
//!
//! ```text
//! block   |its size, 8 bytes|what the interpreter gets ...
//! ```
//!
//! The interpreter says how large a block is that it gives back, but not always truly: when it
//! runs out of memory while it makes a function, that one is counted too small from then on. So
//! each block knows its own size.
//!
//! Must be true: `used` is the sum of the sizes of all blocks that the interpreter holds; while
//! `suspended`, a request is never refused (see the module's rule 2).
//! Not here: what happens to a script that wants more.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

use super::state::Shared;

/// Alignment of all blocks; the interpreter's own allocator gives no more.
const ALIGN: usize = 8;

/// Bytes before each block: its size.
const HEADER: usize = 8;

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

/// What the interpreter calls to get (`block` null), resize and give back (`new_size` 0) a block.
///
/// # Safety
/// `shared` points to a living `Shared`; `block` is null, or came from here and is not used again.
pub(super) unsafe extern "C" fn allocate(
    shared: *mut c_void,
    block: *mut c_void,
    _old_size: usize,
    new_size: usize,
) -> *mut c_void {
    // SAFETY: as promised by the caller, `Lua::new`.
    let memory = unsafe { &(*shared.cast::<Shared>()).memory };
    let block = NonNull::new(block.cast::<u8>()).map(|block| {
        // SAFETY: a block that came from here has its start and size before it.
        unsafe {
            let start = block.sub(HEADER);
            (start, start.cast::<usize>().read())
        }
    });
    let old_size = block.map_or(0, |(_, size)| size);
    let layout = |size: usize| Layout::from_size_align(size + HEADER, ALIGN);
    let Ok(new_layout) = layout(new_size.min(isize::MAX as usize)) else { return null_mut() };
    if new_size > old_size && memory.refuses(new_size - old_size) {
        return null_mut();
    }
    let old_layout = layout(old_size).unwrap_or(new_layout);
    let start = match (block, new_size) {
        (None, 0) => return null_mut(),
        (Some((start, _)), 0) => {
            // SAFETY: it was allocated here with this layout.
            unsafe { dealloc(start.as_ptr(), old_layout) };
            memory.account(old_size, 0);
            return null_mut();
        }
        // SAFETY: the layout has a size: the header's at least.
        (None, _) => unsafe { alloc(new_layout) },
        // SAFETY: it was allocated here with this layout, and the new size is a valid one.
        (Some((start, _)), _) => unsafe { realloc(start.as_ptr(), old_layout, new_layout.size()) },
    };
    let Some(start) = NonNull::new(start) else { handle_alloc_error(new_layout) };
    memory.account(old_size, new_size);
    // SAFETY: the block begins with room for its size, aligned for it.
    unsafe {
        start.cast::<usize>().write(new_size);
        start.add(HEADER).as_ptr().cast()
    }
}
