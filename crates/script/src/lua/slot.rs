//! A place that lends a borrowed object to code that is called without a way to pass it.
//!
//! A script's host is borrowed for the length of one run, and is needed inside functions that the
//! interpreter calls. [`Slot::lend`] puts it here for that long; [`Slot::with`] takes it out while
//! it is used, so that nobody can reach it twice at once.
//!
//! Must be true: the pointer is set only while `lend` runs, whose borrow it is.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::host::Host;

/// Where a host is lent.
#[derive(Default)]
pub struct Slot(Cell<Option<NonNull<dyn Host>>>);

impl Slot {
    /// Lends `host` while `run` runs.
    pub fn lend<R>(&self, host: &mut dyn Host, run: impl FnOnce() -> R) -> R {
        /// Puts back what was there before, however `run` ends.
        struct Restore<'a>(&'a Slot, Option<NonNull<dyn Host>>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.0.set(self.1);
            }
        }
        // SAFETY: this only makes the lifetime longer; the pointer is gone before the borrow ends.
        let host: NonNull<dyn Host + 'static> =
            unsafe { std::mem::transmute::<NonNull<dyn Host + '_>, _>(NonNull::from(host)) };
        let _restore = Restore(self, self.0.replace(Some(host)));
        run()
    }

    /// Calls `act` with the host, or returns `None` if none is lent or it is in use.
    pub fn with<R>(&self, act: impl FnOnce(&mut dyn Host) -> R) -> Option<R> {
        let mut host = self.0.take()?;
        // SAFETY: set in `lend`, which has not returned, and taken out: there is no other user.
        let result = act(unsafe { host.as_mut() });
        self.0.set(Some(host));
        Some(result)
    }

    /// Whether a host is lent.
    pub fn is_lent(&self) -> bool {
        let host = self.0.take();
        self.0.set(host);
        host.is_some()
    }
}
