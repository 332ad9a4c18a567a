//! A segment: up to 64 groups in the order of positions, and what is known of their members.
//!
//! ```text
//!   position:  [ depth: which segment | bits: which group | .. | tag (8, the lowest) ]
//!              [ .. window ..][ next (8) ]
//! ```
//!
//! A member's next byte is the eight bits of its position from the window on. It tells to which
//! half a member goes when its group splits, without a look at the member, until the groups are
//! eight splits ahead of the window; then positions are asked for and the window moves.
//!
//! Must be true
//! 1. The level, depth and bits together, is at least the window and at most eight more.
//! 2. A group's deadline is at most that of each of its members.
//!
//! Not here: which segment is whose (`mod.rs`).

mod ahead;
mod resize;

use base::bytes::same;

use crate::table::NO_DEADLINE;

use super::group::{Data, GROUP_MAX, Group, INSIDE_MAX, Part, sum};
use super::outside::Outsiders;
use super::{Brief, Item, Near, Outside};

/// The most groups are two to the power of this.
const BITS_MAX: u32 = 6;
const GROUPS_MAX: usize = 1 << BITS_MAX;
/// Bits in a next byte.
const NEXT_BITS: u32 = 8;
/// Members a group has at most on average; with more, groups split. See [`full`].
const FULL: usize = 16;
/// Members a group has at least on average; with fewer, two of them become one.
const SPARSE: usize = 4;
/// The most members of a segment.
pub(super) const SEGMENT_MAX: usize = FULLS[FULLS.len() - 1];
/// Members with which segments of 64 groups are full: about 16 for each group, in eight steps that
/// make a doubling.
const FULLS: [usize; 8] = [724, 790, 861, 939, 1024, 1117, 1218, 1328];

/// How many members a segment can have. Were it the same for all, all would split at about the same
/// time, and all blocks pass through the same sizes together: what the allocator set aside for the
/// sizes before would be left behind half empty (9 of 34 bytes a member).
fn full(start: u64, depth: u8, bits: u8) -> usize {
    if u32::from(bits) < BITS_MAX {
        return FULL << bits;
    }
    let mixed = (start ^ u64::from(depth)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    FULLS[(mixed >> 61) as usize]
}

/// Some groups; see the file's head.
pub(super) struct Segment<T> {
    counts: [u8; GROUPS_MAX],
    groups: Box<[Group]>,
    /// The least position that falls to the segment.
    start: u64,
    len: u32,
    /// The most members before groups split.
    full: u32,
    depth: u8,
    bits: u8,
    window: u8,
    outside: Outsiders<T>,
    /// One for each group, once there was one.
    deadlines: Option<Box<[u32]>>,
}

/// Where a member is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) group: usize,
    pub(super) index: usize,
}

/// Where a member lies, or lay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies<T> {
    /// In its group.
    Inside,
    /// Outside, where this stands for it.
    Outside(T),
}

type Counted = (Group, u8);

#[inline(always)]
fn tag_of(position: u64) -> u8 {
    position as u8
}

/// Eight bits of a position from a window on.
#[inline(always)]
fn next_of(position: u64, window: u32) -> u8 {
    ((position << window) >> (64 - NEXT_BITS)) as u8
}

impl<T: Outside> Segment<T> {
    /// The first segment of a table.
    pub(super) fn first() -> Self {
        let start = Start { start: 0, depth: 0, bits: 0, window: 0 };
        Self::of(start, vec![Default::default()])
    }

    fn of(start: Start, groups: Vec<Counted>) -> Self {
        let Start { start, depth, bits, window } = start;
        let mut counts = [0; GROUPS_MAX];
        counts.iter_mut().zip(&groups).for_each(|(to, (_, count))| *to = *count);
        let len = counts.iter().map(|count| u32::from(*count)).sum();
        let groups = groups.into_iter().map(|(group, _)| group).collect();
        let (outside, deadlines) = (Outsiders::default(), None);
        let full = full(start, depth, bits) as u32;
        Self { counts, groups, start, len, full, depth, bits, window, outside, deadlines }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline(always)]
    pub(super) fn depth(&self) -> u32 {
        self.depth.into()
    }

    #[inline(always)]
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Number of leading bits of a position that name a group.
    #[inline(always)]
    pub(super) fn level(&self) -> u32 {
        u32::from(self.depth) + u32::from(self.bits)
    }

    /// What is asked of it most.
    pub(super) fn brief(&self) -> Brief {
        let Self { len, depth, .. } = *self;
        Brief { least: self.least_deadline(), len: len as u16, depth }
    }

    pub(super) fn group_count(&self) -> usize {
        self.groups.len()
    }

    #[inline(always)]
    pub(super) fn group_of(&self, position: u64) -> usize {
        // Two shifts, because a shift by 64 (no bits) is not defined.
        (((position << self.depth) >> 1) >> (63 - self.bits)) as usize & (self.groups.len() - 1)
    }

    /// The least position that falls to a group.
    #[inline(always)]
    pub(super) fn start_of(&self, group: usize) -> u64 {
        self.start | ((group as u64) << (63 - self.level())) << 1
    }

    /// The least position behind a group, as an offset from the segment's start; `None` if that
    /// is the end of everything.
    pub(super) fn end_of(&self, group: usize) -> Option<u64> {
        let width = 1u64.checked_shl(64 - self.level())?;
        self.start_of(group).checked_add(width)
    }

    #[inline(always)]
    fn bytes_of<'a>(&'a self, data: Data<'a>) -> &'a [u8] {
        match data {
            Data::Inside(bytes) => bytes,
            Data::Outside(number) => self.item_outside(number).map_or(&[], Outside::bytes),
        }
    }

    fn item_outside(&self, number: u16) -> Option<&T> {
        self.outside.get(number)
    }

    /// Where `bytes` at `position` is; of the position, only group and tag count.
    #[inline]
    fn search(&self, position: u64, bytes: &[u8]) -> Option<(Place, Data<'_>)> {
        let group = self.group_of(position);
        let (block, count) = (&self.groups[group], self.counts[group].into());
        let found = block.find(count, tag_of(position), |data| match data {
            Data::Inside(inside) => same(inside, bytes),
            Data::Outside(_) => self.bytes_of(data) == bytes,
        });
        found.map(|(index, data)| (Place { group, index }, data))
    }

    /// The place of `bytes` at `position`.
    #[inline]
    pub(super) fn place(&self, position: u64, bytes: &[u8]) -> Option<Place> {
        self.search(position, bytes).map(|(place, _)| place)
    }

    /// What stands for `bytes` at `position`.
    #[inline]
    pub(super) fn find(&self, position: u64, bytes: &[u8]) -> Option<Lies<&T>> {
        let (_, data) = self.search(position, bytes)?;
        Some(match data {
            Data::Inside(_) => Lies::Inside,
            Data::Outside(number) => self.item_outside(number).map_or(Lies::Inside, Lies::Outside),
        })
    }

    #[inline]
    fn item<'a>(&'a self, group: usize, part: Part<'a>) -> Item<'a, T> {
        let window = u32::from(self.window);
        let next = u64::from(part.next) << (64 - NEXT_BITS) >> window;
        let position = self.start_of(group) | next | u64::from(part.tag);
        let near = Near { position, known: window + NEXT_BITS };
        let outside = match part.data {
            Data::Inside(_) => None,
            Data::Outside(number) => self.item_outside(number),
        };
        Item { bytes: self.bytes_of(part.data), outside, near }
    }

    /// What is known of the positions of a group's members.
    #[inline]
    pub(super) fn near(&self, group: usize) -> Near {
        Near { position: self.start_of(group), known: self.level() }
    }

    pub(super) fn item_at(&self, place: Place) -> Item<'_, T> {
        self.item(place.group, self.groups[place.group].part(place.index))
    }

    /// The members of a group.
    #[inline]
    pub(super) fn items(&self, group: usize) -> impl Iterator<Item = Item<'_, T>> {
        let parts = self.groups[group].parts(self.counts[group].into());
        parts.map(move |part| self.item(group, part))
    }

    /// The place of the member that has `rank` others before it.
    pub(super) fn place_of_rank(&self, rank: usize) -> Place {
        let mut rank = rank;
        for (word, counts) in self.counts.chunks_exact(8).enumerate() {
            let in_word = counts.first_chunk().map_or(0, |c| sum(u64::from_le_bytes(*c)));
            if rank >= in_word {
                rank -= in_word;
                continue;
            }
            for (group, &count) in counts.iter().enumerate() {
                if rank < count.into() {
                    return Place { group: word * 8 + group, index: rank };
                }
                rank -= usize::from(count);
            }
        }
        Place { group: 0, index: 0 }
    }

    /// True if one more member has room at `position`.
    #[inline]
    pub(super) fn has_room(&self, position: u64) -> bool {
        let count = usize::from(self.counts[self.group_of(position)]);
        self.len < self.full && count < GROUP_MAX
    }

    /// Adds a member that is not there; there is room.
    #[inline]
    pub(super) fn push(&mut self, position: u64, bytes: &[u8], item: Option<T>) {
        debug_assert!(item.is_some() || bytes.len() <= INSIDE_MAX);
        let group = self.group_of(position);
        let (tag, next) = (tag_of(position), next_of(position, self.window.into()));
        let data = match item {
            None => Data::Inside(bytes),
            Some(item) => Data::Outside(self.outside.put(item)),
        };
        self.groups[group].push(self.counts[group].into(), Part { tag, next, data });
        self.counts[group] += 1;
        self.len += 1;
    }

    /// Takes a member out.
    pub(super) fn take(&mut self, place: Place) -> Lies<T> {
        let Place { group, index } = place;
        let taken = match self.groups[group].part(index).data {
            Data::Inside(_) => None,
            Data::Outside(number) => self.outside.take(number),
        };
        self.groups[group].remove(self.counts[group].into(), index);
        self.counts[group] -= 1;
        self.len -= 1;
        taken.map_or(Lies::Inside, Lies::Outside)
    }

    /// Puts a member, given with what stood for it outside, in its place in another form.
    pub(super) fn exchange(
        &mut self,
        place: Place,
        bytes: &[u8],
        change: impl FnOnce(Option<T>) -> Option<T>,
    ) {
        let position = self.item_at(place).near.position;
        let old = match self.take(place) {
            Lies::Inside => None,
            Lies::Outside(item) => Some(item),
        };
        // Group, next byte and tag are all in the position that is known.
        self.push(position, bytes, change(old));
    }

    /// When something of a group must be looked at.
    pub(super) fn deadline(&self, group: usize) -> u32 {
        self.deadlines.as_ref().map_or(NO_DEADLINE, |deadlines| deadlines[group])
    }

    pub(super) fn set_deadline(&mut self, group: usize, deadline: u32) {
        if self.deadlines.is_none() && deadline == NO_DEADLINE {
            return;
        }
        let none = || vec![NO_DEADLINE; self.groups.len()].into();
        self.deadlines.get_or_insert_with(none)[group] = deadline;
    }

    fn set_deadlines(&mut self, deadlines: Vec<u32>) {
        self.deadlines = Some(deadlines.into());
    }

    /// The least deadline of all groups.
    pub(super) fn least_deadline(&self) -> u32 {
        let deadlines = self.deadlines.as_ref().and_then(|it| it.iter().min());
        deadlines.copied().unwrap_or(NO_DEADLINE)
    }

    /// The items that stand for members of a group, by number, with the members' indexes.
    pub(super) fn outsiders(&self, group: usize) -> Vec<(usize, u16)> {
        let parts = self.groups[group].parts(self.counts[group].into()).enumerate();
        let numbers = parts.filter_map(|(index, part)| match part.data {
            Data::Outside(number) => Some((index, number)),
            Data::Inside(_) => None,
        });
        numbers.collect()
    }

    pub(super) fn outsider_mut(&mut self, number: u16) -> Option<&mut T> {
        self.outside.get_mut(number)
    }

    /// Bytes of the segment, those that items outside own not included.
    pub(super) fn bytes(&self) -> usize {
        let blocks: usize = self.groups.iter().map(Group::size).sum();
        let deadlines = self.deadlines.as_ref().map_or(0, |it| size_of_val(&**it));
        size_of::<Self>() + size_of_val(&*self.groups) + blocks + deadlines + self.outside.bytes()
    }
}

/// Where a segment begins and how it counts bits.
struct Start {
    start: u64,
    depth: u8,
    bits: u8,
    window: u8,
}
