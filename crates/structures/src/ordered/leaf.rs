//! A leaf of the tree: handles in ascending order, each with 32 bits of its score.
//!
//! ```text
//!   key of a slot = (key of the score - base) >> shift        saturated at neither end: it fits
//! ```
//!
//! `base` and `shift` are chosen so that all scores of the leaf fit, with as much room again below
//! and above, and so many bits are left that scores which differ seldom have the same key. Where
//! keys are equal and bits were dropped, the pool is asked.
//!
//! Keys lie side by side and are searched from end to end: the processor fetches all their cache
//! lines at once, where halving would wait for one after the other.
//!
//! ```text
//!   slots:   [ key 0 | key 1 | ... | handle 0 | handle 1 | ... ]      one allocation
//! ```
//!
//! Must be true: slots ascend by (score, member); no leaf in a tree is empty.

use std::cmp::Ordering;

use super::pool::Pool;
use super::{Edge, rank_key};
use crate::prefetch::prefetch;
use crate::table::Handle;

/// Handles a leaf holds at most.
pub(super) const SLOTS_MAX: usize = 64;
/// The room that is left below the least and above the greatest score, in steps of a key.
const SLACK: u64 = 1 << 30;
/// Bits more than needed for the scores of a leaf that are worth the choice of another shift.
const COARSE: u32 = 8;

#[derive(Default)]
pub(super) struct Leaf {
    base: u64,
    shift: u32,
    slots: Vec<u32>,
}

/// Where the key of a score lies to the range of a leaf.
enum Place {
    Below,
    At(u32),
    Above,
}

impl Leaf {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.slots.len() / 2
    }

    #[inline]
    fn keys(&self) -> &[u32] {
        &self.slots[..self.slots.len() / 2]
    }

    #[inline]
    pub(super) fn handle(&self, index: usize) -> Handle {
        Handle(self.handles()[index])
    }

    /// The numbers of all handles.
    #[inline]
    pub(super) fn handles(&self) -> &[u32] {
        &self.slots[self.len()..]
    }

    #[inline]
    fn place(&self, key: u64) -> Place {
        match key.checked_sub(self.base) {
            None => Place::Below,
            Some(distance) => u32::try_from(distance >> self.shift).map_or(Place::Above, Place::At),
        }
    }

    /// The whole key of the score at `index`.
    #[inline]
    fn whole_key(&self, index: usize, pool: &Pool) -> u64 {
        match self.shift {
            0 => self.base + u64::from(self.slots[index]),
            _ => rank_key(pool.score(self.handle(index))),
        }
    }

    /// The whole key of the first score.
    pub(super) fn first_key(&self, pool: &Pool) -> u64 {
        if self.slots.is_empty() { 0 } else { self.whole_key(0, pool) }
    }

    /// How many slots lie before an edge.
    #[inline]
    pub(super) fn before(&self, edge: &Edge<'_>, pool: &Pool) -> usize {
        let key = match self.place(edge.key) {
            Place::Below => return 0,
            Place::Above => return self.len(),
            Place::At(key) => key,
        };
        let (keys, handles) = self.slots.split_at(self.len());
        let lesser = keys.iter().filter(|it| **it < key).count();
        let equal = keys[lesser..].iter().take_while(|it| **it == key).count();
        let tied = handles[lesser..lesser + equal].partition_point(|handle| {
            let handle = Handle(*handle);
            let whole = match self.shift {
                0 => Ordering::Equal,
                _ => rank_key(pool.score(handle)).cmp(&edge.key),
            };
            whole.then_with(|| edge.compare_tie(|| pool.member(handle))).is_lt()
        });
        lesser + tied
    }

    /// The index of a handle whose score has this key. Other than [`Leaf::before`] it asks the pool
    /// for nothing.
    #[inline]
    pub(super) fn index_of(&self, key: u64, handle: Handle) -> Option<usize> {
        let Place::At(key) = self.place(key) else { return None };
        let (keys, handles) = self.slots.split_at(self.len());
        let lesser = keys.iter().filter(|it| **it < key).count();
        let mut equal = handles[lesser..].iter().zip(&keys[lesser..]).take_while(|it| *it.1 == key);
        equal.position(|it| *it.0 == handle.0).map(|index| lesser + index)
    }

    /// Asks the memory for the slots.
    #[inline]
    pub(super) fn prefetch(&self) {
        prefetch(&self.slots);
    }

    /// How many slots lie before the first one for which `before` is false.
    pub(super) fn before_where(&self, before: impl Fn(Handle) -> bool) -> usize {
        self.handles().partition_point(|handle| before(Handle(*handle)))
    }

    /// Puts a handle in at `index`, where its score belongs. Gives the second half if the leaf was
    /// full.
    pub(super) fn insert(
        &mut self,
        index: usize,
        (key, handle): (u64, Handle),
        pool: &Pool,
    ) -> Option<Self> {
        if self.len() < SLOTS_MAX {
            self.insert_with_room(index, (key, handle), pool);
            return None;
        }
        // Members that come in order, either way, fill leaves to the brim.
        let middle = match index {
            0 => 0,
            SLOTS_MAX => SLOTS_MAX,
            _ => SLOTS_MAX / 2,
        };
        let (keys, handles) = self.slots.split_at(SLOTS_MAX);
        let slots = [&keys[middle..], &handles[middle..]].concat();
        let mut right = Self { base: self.base, shift: self.shift, slots };
        self.slots = [&keys[..middle], &handles[..middle]].concat();
        if index < middle || middle == 0 {
            self.insert_with_room(index, (key, handle), pool);
        } else {
            right.insert_with_room(index - middle, (key, handle), pool);
        }
        self.refine(pool);
        right.refine(pool);
        Some(right)
    }

    fn insert_with_room(&mut self, index: usize, (key, handle): (u64, Handle), pool: &Pool) {
        if self.slots.is_empty() {
            (self.base, self.shift) = scale(key, key);
        }
        let key = match self.place(key) {
            Place::At(key) => key,
            _ => self.rescale(key, pool),
        };
        let len = self.len();
        if self.slots.len() + 2 > self.slots.capacity() {
            // Steps that the allocator has blocks for: 32 or 64 bytes.
            let step = if len < SLOTS_MAX / 2 { 4 } else { 8 };
            self.slots.reserve_exact(2 * (step - len % step));
        }
        self.slots.insert(len + index, handle.0);
        self.slots.insert(index, key);
    }

    /// Chooses base and shift anew so that another key fits; gives its short form.
    #[cold]
    fn rescale(&mut self, key: u64, pool: &Pool) -> u32 {
        let whole = (0..self.len()).map(|index| self.whole_key(index, pool));
        let whole: Vec<u64> = whole.collect();
        let least = whole.first().map_or(key, |first| key.min(*first));
        let greatest = whole.last().map_or(key, |last| key.max(*last));
        (self.base, self.shift) = scale(least, greatest);
        let short = |key: u64| ((key - self.base) >> self.shift) as u32;
        for (key, whole) in self.slots.iter_mut().zip(whole) {
            *key = short(whole);
        }
        short(key)
    }

    /// Chooses base and shift anew if many more bits of the scores could be kept.
    fn refine(&mut self, pool: &Pool) {
        let (Some(first), Some(last)) = (self.keys().first(), self.keys().last()) else { return };
        if self.shift == 0 {
            return;
        }
        let span = (u64::from(last - first) + 1) << self.shift;
        if scale(0, span).1 + COARSE <= self.shift {
            let key = self.whole_key(0, pool);
            self.rescale(key, pool);
        }
    }

    /// Takes the slot at `index` out.
    pub(super) fn remove(&mut self, index: usize) {
        self.slots.remove(self.len() + index);
        self.slots.remove(index);
        if self.slots.capacity() >= self.slots.len() + 48 {
            self.slots.shrink_to(self.slots.len() + 16);
        }
    }

    /// Replaces the handle at `index` by another for the same member.
    pub(super) fn set_handle(&mut self, index: usize, handle: Handle) {
        let at = self.len() + index;
        self.slots[at] = handle.0;
    }

    /// Appends the slots of the next leaf.
    pub(super) fn absorb(&mut self, next: &Self, pool: &Pool) {
        for index in 0..next.len() {
            let key = next.whole_key(index, pool);
            self.insert_with_room(self.len(), (key, next.handle(index)), pool);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }
}

/// Base and shift for scores whose keys lie between these.
fn scale(least: u64, greatest: u64) -> (u64, u32) {
    let span = greatest - least;
    // So that the span takes at most half of the 32 bits.
    let shift = (u64::BITS - span.leading_zeros()).saturating_sub(31);
    (least.saturating_sub(SLACK << shift), shift)
}
