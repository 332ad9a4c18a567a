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
//! Must be true: slots ascend by (score, member); no leaf in a tree is empty.

use std::cmp::Ordering;

use super::pool::Pool;
use super::{Edge, rank_key};
use crate::table::Handle;

/// Handles a leaf holds at most.
pub(super) const SLOTS_MAX: usize = 64;
/// The room that is left below the least and above the greatest score, in steps of a key.
const SLACK: u64 = 1 << 30;
/// Bits more than needed for the scores of a leaf that are worth the choice of another shift.
const COARSE: u32 = 8;

#[derive(Clone, Copy)]
struct Slot {
    key: u32,
    handle: Handle,
}

#[derive(Default)]
pub(super) struct Leaf {
    base: u64,
    shift: u32,
    slots: Vec<Slot>,
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
        self.slots.len()
    }

    #[inline]
    pub(super) fn handle(&self, index: usize) -> Handle {
        self.slots[index].handle
    }

    pub(super) fn handles(&self) -> impl DoubleEndedIterator<Item = Handle> + '_ {
        self.slots.iter().map(|slot| slot.handle)
    }

    #[inline]
    fn place(&self, key: u64) -> Place {
        match key.checked_sub(self.base) {
            None => Place::Below,
            Some(distance) => u32::try_from(distance >> self.shift).map_or(Place::Above, Place::At),
        }
    }

    /// The whole key of a slot's score.
    #[inline]
    fn whole_key(&self, slot: Slot, pool: &Pool) -> u64 {
        match self.shift {
            0 => self.base + u64::from(slot.key),
            _ => rank_key(pool.score(slot.handle)),
        }
    }

    /// The whole key of the first score.
    pub(super) fn first_key(&self, pool: &Pool) -> u64 {
        self.slots.first().map_or(0, |slot| self.whole_key(*slot, pool))
    }

    /// How many slots lie before an edge.
    #[inline]
    pub(super) fn before(&self, edge: &Edge<'_>, pool: &Pool) -> usize {
        let key = match self.place(edge.key) {
            Place::Below => return 0,
            Place::Above => return self.slots.len(),
            Place::At(key) => key,
        };
        self.slots.partition_point(|slot| {
            let mut order = slot.key.cmp(&key);
            if order == Ordering::Equal && self.shift > 0 {
                order = rank_key(pool.score(slot.handle)).cmp(&edge.key);
            }
            if order == Ordering::Equal {
                order = edge.compare_tie(|| pool.member(slot.handle));
            }
            order == Ordering::Less
        })
    }

    /// How many slots lie before the first one for which `before` is false.
    pub(super) fn before_where(&self, before: impl Fn(Handle) -> bool) -> usize {
        self.slots.partition_point(|slot| before(slot.handle))
    }

    /// Puts a handle in at `index`, where its score belongs. Gives the second half if the leaf was
    /// full.
    pub(super) fn insert(
        &mut self,
        index: usize,
        (key, handle): (u64, Handle),
        pool: &Pool,
    ) -> Option<Self> {
        if self.slots.len() < SLOTS_MAX {
            self.insert_with_room(index, (key, handle), pool);
            return None;
        }
        // Members that come in order, either way, fill leaves to the brim.
        let middle = match index {
            0 => 0,
            SLOTS_MAX => SLOTS_MAX,
            _ => SLOTS_MAX / 2,
        };
        let mut slots = self.slots.split_off(middle);
        slots.shrink_to_fit();
        self.slots.shrink_to(middle);
        let mut right = Self { base: self.base, shift: self.shift, slots };
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
        self.reserve();
        self.slots.insert(index, Slot { key, handle });
    }

    /// Makes room for one more, in steps that the allocator has blocks for.
    fn reserve(&mut self) {
        let len = self.slots.len();
        if len == self.slots.capacity() {
            let step = if len < SLOTS_MAX / 2 { 4 } else { 8 };
            self.slots.reserve_exact(step - len % step);
        }
    }

    /// Chooses base and shift anew so that another key fits; gives its short form.
    #[cold]
    fn rescale(&mut self, key: u64, pool: &Pool) -> u32 {
        let whole: Vec<u64> = self.slots.iter().map(|slot| self.whole_key(*slot, pool)).collect();
        let least = whole.first().map_or(key, |first| key.min(*first));
        let greatest = whole.last().map_or(key, |last| key.max(*last));
        (self.base, self.shift) = scale(least, greatest);
        let short = |key: u64| ((key - self.base) >> self.shift) as u32;
        for (slot, whole) in self.slots.iter_mut().zip(whole) {
            slot.key = short(whole);
        }
        short(key)
    }

    /// Chooses base and shift anew if many more bits of the scores could be kept.
    fn refine(&mut self, pool: &Pool) {
        let (Some(first), Some(last)) = (self.slots.first(), self.slots.last()) else { return };
        if self.shift == 0 {
            return;
        }
        let span = (u64::from(last.key - first.key) + 1) << self.shift;
        if scale(0, span).1 + COARSE <= self.shift {
            let key = self.whole_key(*first, pool);
            self.rescale(key, pool);
        }
    }

    /// Takes the slot at `index` out.
    pub(super) fn remove(&mut self, index: usize) {
        self.slots.remove(index);
        if self.slots.capacity() >= self.slots.len() + 16 {
            self.slots.shrink_to(self.slots.len() + 4);
        }
    }

    /// Replaces the handle at `index` by another for the same member.
    pub(super) fn set_handle(&mut self, index: usize, handle: Handle) {
        self.slots[index].handle = handle;
    }

    /// Appends the slots of the next leaf.
    pub(super) fn absorb(&mut self, next: &Self, pool: &Pool) {
        self.slots.reserve_exact(next.slots.len());
        for slot in &next.slots {
            let key = next.whole_key(*slot, pool);
            self.insert_with_room(self.slots.len(), (key, slot.handle), pool);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }
}

/// Base and shift for scores whose keys lie between these.
fn scale(least: u64, greatest: u64) -> (u64, u32) {
    let span = greatest - least;
    // So that the span takes at most half of the 32 bits.
    let shift = (u64::BITS - span.leading_zeros()).saturating_sub(31);
    (least.saturating_sub(SLACK << shift), shift)
}
