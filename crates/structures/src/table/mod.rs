//! The hash-ordered segmented table: extendible hashing over segments of cache-line buckets.
//!
//! A table places items by a 64-bit *position* (a keyed hash; the table never sees keys):
//!
//! ```text
//!   position:  [ directory bits | bucket bits (12) | ........ | tag (8, bits 24..32) | .... ]
//!
//!   root -> directory --> segment: header line, then 1..=255 buckets of one cache line each
//!           2^depth words          bucket: 7 tags + 1 overflow count | 7 words
//! ```
//!
//! Everything is ordered by position: directory entries, buckets within a segment. Hence a cursor
//! is simply a position, and survives every growth and shrink in between (see [`scan`]).
//!
//! Growth touches one segment at a time: a full segment moves to the next allocation size, a full
//! segment of 255 buckets splits in two, and the directory (one word a segment) doubles when
//! needed. No insert moves more than 1785 words. A word carries the 16 position bits below the
//! depth at which it was written, so moving it needs no look at the item; every fourth split
//! re-reads them.
//!
//! An item that finds its home bucket full goes to the next bucket with room (linear probing); each
//! bucket counts the items that passed over it, so that a search stops at the first bucket nobody
//! ever passed (the overflow count of "Open-sourcing F14", 2019).
//!
//! Deadlines: a segment that holds an item with a deadline keeps the least deadline of each bucket,
//! the directory the least of each segment, so that a sweep reads only what is due.
//!
//! Invariants
//! 1. A tag byte is 0 exactly when its word is 0.
//! 2. For an item in bucket `b` with home `h`, every bucket in `h..b` (cyclic) counts it in its
//!    overflow byte, unless that byte has stuck at 255.
//! 3. A bucket's deadline is at most that of each of its items; the directory's least ones
//!    likewise.
//! 4. Memory that a concurrent [`Peek`] may be reading (directories, segments) is never freed here
//!    but handed to [`Retired`].
//!
//! Not here: keys and their comparison (closures), locks (the owner of a [`View`] has exclusive
//! access), time (deadlines are opaque numbers).

mod bucket;
mod directory;
mod handle;
mod resize;
mod retired;
mod scan;
mod segment;
mod sweep;
#[cfg(test)]
mod tests;
mod view;

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::atomic::AtomicPtr;

pub use handle::Handle;
pub use retired::Retired;
pub use sweep::{NO_DEADLINE, Verdict};
pub use view::{Aim, Peek, Slot, View};

use crate::prefetch::PREFETCHED;
use directory::Directory;

/// The root of a table: null while it is empty. What a [`View`] or a [`Peek`] looks at.
pub type Root = AtomicPtr<Directory>;

/// An owning pointer that fits a table's word.
///
/// # Safety
/// `into_word` gives a non-zero address that is a multiple of 8 and below 2^48, and `from_word`
/// rebuilds the same owner from it.
#[allow(unsafe_code)]
pub unsafe trait Word: Sized {
    /// Gives up ownership; the word now stands for it.
    fn into_word(self) -> u64;
    /// Takes ownership back.
    ///
    /// # Safety
    /// `word` came from `into_word` and is not used again.
    unsafe fn from_word(word: u64) -> Self;
}

/// An item lent out by a table: behaves as `&T`.
pub struct Lent<'a, T> {
    item: ManuallyDrop<T>,
    table: PhantomData<&'a T>,
}

impl<T> Deref for Lent<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.item
    }
}

/// A table that nobody else looks at: what big collections are made of.
pub struct Table<T: Word> {
    root: Root,
    items: PhantomData<T>,
}

impl<T: Word> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[allow(unsafe_code)]
impl<T: Word> Table<T> {
    /// An empty table; allocates nothing.
    pub const fn new() -> Self {
        Self { root: AtomicPtr::new(std::ptr::null_mut()), items: PhantomData }
    }

    /// The table as a [`View`], for changing it.
    pub fn view(&mut self) -> View<'_, T> {
        // SAFETY: `&mut self` excludes every other view and peek of this root.
        unsafe { View::new(&self.root) }
    }

    fn shared(&self) -> View<'_, T> {
        // SAFETY: only methods that read are called on it (`find`, `scan`, ...), and `&self`
        // excludes changes meanwhile.
        unsafe { View::new(&self.root) }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.shared().len()
    }

    /// True when there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `position` for which `same` holds.
    pub fn find(&self, position: u64, same: impl FnMut(&T) -> bool) -> Option<Lent<'_, T>> {
        let word = self.shared().find_word(position, same)?;
        // SAFETY: the word was found in the table, whose items outlive `&self`.
        Some(unsafe { lend(word) })
    }

    /// Asks the memory for what looking at these positions will need, the items included if their
    /// words are addresses.
    pub fn prefetch(&self, positions: &[u64]) {
        // SAFETY: `&self` keeps everything in its place.
        let peek = unsafe { Peek::new(&self.root) };
        for positions in positions.chunks(PREFETCHED) {
            let mut aims = [None; PREFETCHED];
            for (aim, &position) in aims.iter_mut().zip(positions) {
                *aim = peek.prefetch_bucket(position);
            }
            aims[..positions.len()].iter().flatten().for_each(Aim::prefetch_item);
        }
    }

    /// As [`Table::prefetch`], for items that are no addresses: hands the first one that is likely
    /// to be at each position to `visit`.
    pub fn prefetch_likely(&self, positions: &[u64], mut visit: impl FnMut(&T)) {
        // SAFETY: `&self` keeps everything in its place.
        let peek = unsafe { Peek::new(&self.root) };
        for &position in positions {
            peek.prefetch_bucket(position);
        }
        let likely = positions.iter().filter_map(|&position| self.find(position, |_| true));
        likely.for_each(|item| visit(&item));
    }

    /// The place of the item at `position` for which `same` holds.
    pub fn slot(&mut self, position: u64, same: impl FnMut(&T) -> bool) -> Option<Slot<'_, T>> {
        self.view().into_slot(position, same)
    }

    /// Visits the items whose home bucket begins at or after the cursor position, about `count`
    /// of them; see [`View::scan`].
    pub fn scan(&self, from: u64, count: usize, visit: impl FnMut(&T)) -> Option<u64> {
        self.shared().scan(from, count, visit)
    }

    /// Visits items from a cursor position on, each once in a walk; see [`View::scan_once`].
    pub fn scan_once(
        &self,
        from: u64,
        count: usize,
        place_of: &impl Fn(&T) -> u64,
        visit: impl FnMut(&T),
    ) -> Option<u64> {
        self.shared().scan_once(from, count, place_of, visit)
    }

    /// Visits every item.
    pub fn for_each(&self, visit: impl FnMut(&T)) {
        self.shared().for_each(visit);
    }

    /// A uniformly random item, or `None` when the table is empty.
    pub fn random(&self, random: &mut fastrand::Rng) -> Option<Lent<'_, T>> {
        let word = self.shared().random_word(random)?;
        // SAFETY: as in `find`.
        Some(unsafe { lend(word) })
    }

    /// The least deadline of any item, or earlier.
    pub fn least_deadline(&self) -> u32 {
        self.shared().least_deadline()
    }

    /// Bytes of directory and segments, items not included.
    pub fn overhead(&self) -> usize {
        self.shared().overhead()
    }
}

impl<T: Word> Drop for Table<T> {
    fn drop(&mut self) {
        let mut retired = Retired::default();
        self.view().clear(&mut retired, drop);
        retired.free_now();
    }
}

/// # Safety
/// `word` is in a table (tag bits stripped or not) that outlives `'a` unchanged.
#[allow(unsafe_code)]
unsafe fn lend<'a, T: Word>(word: u64) -> Lent<'a, T> {
    // SAFETY: by the caller; ManuallyDrop keeps ownership with the table.
    let item = ManuallyDrop::new(unsafe { T::from_word(word & bucket::ADDRESS) });
    Lent { item, table: PhantomData }
}
