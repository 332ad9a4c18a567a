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
//! A leaf has room for all its slots from the beginning. Blocks that grow with their content took
//! as much memory, in partly filled pages of every size, and time to move.
//!
//! Must be true: slots ascend by (score, member); unused keys are `UNUSED`; no leaf in a tree is
//! empty.

use std::cmp::Ordering;
use std::ops::Range;

use super::pool::Pool;
use super::{Edge, rank_key};
use crate::prefetch::prefetch;
use crate::table::Handle;

/// Handles a leaf holds at most.
pub(super) const SLOTS_MAX: usize = 64;
/// Not less than any key.
const UNUSED: u32 = u32::MAX;
/// The room that is left below the least and above the greatest score, in steps of a key.
const SLACK: u64 = 1 << 30;
/// Bits more than needed for the scores of a leaf that are worth the choice of another shift.
const COARSE: u32 = 8;

pub(super) struct Leaf {
    base: u64,
    shift: u32,
    len: u32,
    slots: Box<Slots>,
}

struct Slots {
    keys: [u32; SLOTS_MAX],
    handles: [u32; SLOTS_MAX],
}

/// Where the key of a score lies to the range of a leaf.
enum Place {
    Below,
    At(u32),
    Above,
}

impl Default for Leaf {
    fn default() -> Self {
        Self::of(0, 0, &[], &[])
    }
}

impl Leaf {
    fn of(base: u64, shift: u32, keys: &[u32], handles: &[u32]) -> Self {
        let len = keys.len();
        let mut slots = Slots { keys: [UNUSED; SLOTS_MAX], handles: [0; SLOTS_MAX] };
        slots.keys[..len].copy_from_slice(keys);
        slots.handles[..len].copy_from_slice(handles);
        Self { base, shift, len: len as u32, slots: Box::new(slots) }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    fn keys(&self) -> &[u32] {
        &self.slots.keys[..self.len()]
    }

    /// The numbers of all handles.
    #[inline]
    pub(super) fn handles(&self) -> &[u32] {
        &self.slots.handles[..self.len()]
    }

    #[inline]
    pub(super) fn handle(&self, index: usize) -> Handle {
        Handle(self.handles()[index])
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
            0 => self.base + u64::from(self.keys()[index]),
            _ => rank_key(pool.score(self.handle(index))),
        }
    }

    /// The whole key of the first score.
    pub(super) fn first_key(&self, pool: &Pool) -> u64 {
        if self.len == 0 { 0 } else { self.whole_key(0, pool) }
    }

    /// The slots whose key is that of a score, or where they would be.
    #[inline]
    fn tied(&self, key: u64) -> Range<usize> {
        let key = match self.place(key) {
            Place::Below => return 0..0,
            Place::Above => return self.len()..self.len(),
            Place::At(key) => key,
        };
        // Unused keys are looked at too: the loop has a known length.
        let lesser = self.slots.keys.iter().filter(|it| **it < key).count();
        let equal = self.keys()[lesser..].iter().take_while(|it| **it == key).count();
        lesser..lesser + equal
    }

    /// How many slots lie before an edge.
    #[inline]
    pub(super) fn before(&self, edge: &Edge<'_>, pool: &Pool) -> usize {
        let tied = self.tied(edge.key);
        let first = tied.start;
        let before = self.handles()[tied].partition_point(|handle| {
            let handle = Handle(*handle);
            let whole = match self.shift {
                0 => Ordering::Equal,
                _ => rank_key(pool.score(handle)).cmp(&edge.key),
            };
            whole.then_with(|| edge.compare_tie(|| pool.member(handle))).is_lt()
        });
        first + before
    }

    /// The index of a handle whose score has this key. Other than [`Leaf::before`] it asks the pool
    /// for nothing.
    #[inline]
    pub(super) fn index_of(&self, key: u64, handle: Handle) -> Option<usize> {
        self.tied(key).find(|index| self.handle(*index) == handle)
    }

    /// Asks the memory for the slots.
    #[inline]
    pub(super) fn prefetch(&self) {
        prefetch(std::slice::from_ref(&*self.slots));
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
        let (keys, handles) = (&self.keys()[middle..], &self.handles()[middle..]);
        let mut right = Self::of(self.base, self.shift, keys, handles);
        self.truncate(middle);
        if index < middle || middle == 0 {
            self.insert_with_room(index, (key, handle), pool);
        } else {
            right.insert_with_room(index - middle, (key, handle), pool);
        }
        self.refine(pool);
        right.refine(pool);
        Some(right)
    }

    fn truncate(&mut self, len: usize) {
        self.slots.keys[len..].fill(UNUSED);
        self.len = len as u32;
    }

    fn insert_with_room(&mut self, index: usize, (key, handle): (u64, Handle), pool: &Pool) {
        if self.len == 0 {
            (self.base, self.shift) = scale(key, key);
        }
        let key = match self.place(key) {
            Place::At(key) => key,
            _ => self.rescale(key, pool),
        };
        let len = self.len();
        self.slots.keys.copy_within(index..len, index + 1);
        self.slots.handles.copy_within(index..len, index + 1);
        (self.slots.keys[index], self.slots.handles[index]) = (key, handle.0);
        self.len += 1;
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
        for (key, whole) in self.slots.keys.iter_mut().zip(whole) {
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
        let len = self.len();
        self.slots.keys.copy_within(index + 1..len, index);
        self.slots.handles.copy_within(index + 1..len, index);
        self.truncate(len - 1);
    }

    /// Replaces the handle at `index` by another for the same member.
    pub(super) fn set_handle(&mut self, index: usize, handle: Handle) {
        self.slots.handles[index] = handle.0;
    }

    /// Appends the slots of the next leaf.
    pub(super) fn absorb(&mut self, next: &Self, pool: &Pool) {
        for index in 0..next.len() {
            let key = next.whole_key(index, pool);
            self.insert_with_room(self.len(), (key, next.handle(index)), pool);
        }
    }

    /// Shares slots with the next leaf so that both have as many.
    pub(super) fn balance(&mut self, next: &mut Self, pool: &Pool) {
        let half = (self.len() + next.len()) / 2;
        let whole = |leaf: &Self, index| (leaf.whole_key(index, pool), leaf.handle(index));
        if self.len() > half {
            for index in (half..self.len()).rev() {
                next.insert_with_room(0, whole(self, index), pool);
            }
            self.truncate(half);
        } else {
            let moved = half - self.len();
            for index in 0..moved {
                self.insert_with_room(self.len(), whole(next, index), pool);
            }
            (0..moved).for_each(|_| next.remove(0));
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Slots>()
    }
}

/// Base and shift for scores whose keys lie between these.
fn scale(least: u64, greatest: u64) -> (u64, u32) {
    let span = greatest - least;
    // So that the span takes at most half of the 32 bits.
    let shift = (u64::BITS - span.leading_zeros()).saturating_sub(31);
    (least.saturating_sub(SLACK << shift), shift)
}
