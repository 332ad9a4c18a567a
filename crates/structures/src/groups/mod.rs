//! Members in groups: a set of byte strings that lie together, a few to a block.
//!
//! As in [`table`](crate::table), whoever owns the structure gives each member a 64-bit *position*
//! (a keyed hash), and everything is ordered by it:
//!
//! ```text
//!   directory --> segment: 1..=64 groups --> group: one block of 8 to 16 members on average
//!   2^depth numbers   counts, blocks           tags, lengths, the members' bytes (`group.rs`)
//! ```
//!
//! A member of 16 bytes takes 21 to 25 bytes all told, where an entry of its own in the table takes
//! 35; a search reads one block instead of a bucket and an entry; and since two sets are in the
//! same order, members of one are found in the other as one goes along (see [`Near`]).
//!
//! A segment whose groups are full gets twice as many, and splits in two if it has 64. So no insert
//! moves more than 1,024 members, and none looks at members to move them, but for every eighth
//! such step (`segment.rs`).
//!
//! A member that is longer than 127 bytes, or of which more is known than its bytes, lies outside:
//! its group has the number of an item of the owner's.
//!
//! Must be true
//! 1. `directory` has a word for every value of the first `depth` bits of a position, and a segment
//!    of depth `d` has `2^(depth - d)` neighbouring ones.
//! 2. `deepest` is the number of segments of the directory's depth; at zero it halves.
//! 3. A deadline is at most that of each member below it.
//!
//! Not here: hashing, locks, time (deadlines are opaque numbers). Nobody but the owner may look,
//! not even to prefetch.

mod ahead;
mod group;
mod outside;
mod segment;
#[cfg(test)]
mod tests;
mod walk;

pub use segment::Lies;

use segment::{Place, SEGMENT_MAX, Segment};

use crate::table::NO_DEADLINE;

/// Directories never get deeper: 2^28 segments.
const DEPTH_MAX: u32 = 28;
/// An item that stands for a member outside its group.
pub trait Outside {
    /// The member.
    fn bytes(&self) -> &[u8];
}

/// A member.
pub struct Item<'a, T> {
    /// The member itself.
    pub bytes: &'a [u8],
    /// What stands for it, if it lies outside.
    pub outside: Option<&'a T>,
    /// About where it is.
    pub near: Near,
}

/// What a member's place tells of its position: enough to look for it in most other sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// The first `known` bits and the last eight; the others are 0.
    position: u64,
    known: u32,
}

/// What is asked of segments more often than it is worth looking at them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Brief {
    /// The least deadline.
    least: u32,
    len: u16,
    depth: u8,
}

/// A set of members; see the file's head.
pub struct Groups<T> {
    directory: Vec<u32>,
    // In boxes, so that the growth of a large set moves little at once.
    #[expect(clippy::vec_box, reason = "growing moves pointers, not segments")]
    segments: Vec<Box<Segment<T>>>,
    briefs: Vec<Brief>,
    len: usize,
    least: u32,
    depth: u32,
    deepest: u32,
}

impl<T: Outside> Default for Groups<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Outside> Groups<T> {
    /// No members; allocates nothing.
    pub const fn new() -> Self {
        Self {
            directory: Vec::new(),
            segments: Vec::new(),
            briefs: Vec::new(),
            len: 0,
            least: NO_DEADLINE,
            depth: 0,
            deepest: 0,
        }
    }

    /// True if a member is too long for a group.
    pub fn is_long(bytes: &[u8]) -> bool {
        bytes.len() > group::INSIDE_MAX
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline(always)]
    fn index(&self, position: u64) -> usize {
        // Two shifts, because a shift by 64 (depth 0) is not defined.
        ((position >> 1) >> (63 - self.depth)) as usize
    }

    /// The number of the segment of a position. There is a segment.
    #[inline(always)]
    fn at(&self, position: u64) -> usize {
        self.directory[self.index(position)] as usize
    }

    #[inline(always)]
    fn segment(&self, position: u64) -> Option<&Segment<T>> {
        let number = *self.directory.get(self.index(position))?;
        self.segments.get(number as usize).map(|segment| &**segment)
    }

    /// What stands for the member `bytes` at `position`, if there is one.
    #[inline]
    pub fn find(&self, position: u64, bytes: &[u8]) -> Option<Lies<&T>> {
        self.segment(position)?.find(position, bytes)
    }

    /// As [`find`](Self::find), for a member that was found near here in this or in another set;
    /// `position_of` is asked if that does not tell enough.
    #[inline]
    pub fn find_near(
        &self,
        near: Near,
        bytes: &[u8],
        position_of: impl FnOnce() -> u64,
    ) -> Option<Lies<&T>> {
        if self.depth <= near.known
            && let Some(segment) = self.segment(near.position)
            && segment.level() <= near.known
        {
            return segment.find(near.position, bytes);
        }
        self.find(position_of(), bytes)
    }

    /// Adds `bytes`, unless it is there already: false then. `outside` makes the item that stands
    /// for a member that is too long; `place_of` tells a member's position (asked rarely, of
    /// members that are there).
    #[inline]
    pub fn insert(
        &mut self,
        position: u64,
        bytes: &[u8],
        outside: impl FnOnce() -> T,
        place_of: &impl Fn(&[u8]) -> u64,
    ) -> bool {
        if self.segments.is_empty() {
            self.begin();
        }
        let at = self.at(position);
        if self.segments[at].place(position, bytes).is_some() {
            return false;
        }
        let mut at = at;
        while !self.segments[at].has_room(position) {
            self.make_room(at, place_of);
            at = self.at(position);
        }
        let item = Self::is_long(bytes).then(outside);
        self.segments[at].push(position, bytes, item);
        self.briefs[at].len += 1;
        self.len += 1;
        true
    }

    /// Lets `change` replace what stands for a member outside, if anything does; it says what will.
    /// Nothing can only stand for a member of up to 127 bytes. The member must be looked at by
    /// `deadline`. False if it is not there.
    pub fn exchange(
        &mut self,
        (position, bytes): (u64, &[u8]),
        deadline: u32,
        change: impl FnOnce(Option<T>) -> Option<T>,
    ) -> bool {
        if self.segments.is_empty() {
            return false;
        }
        let at = self.at(position);
        let segment = &mut self.segments[at];
        let Some(place) = segment.place(position, bytes) else { return false };
        segment.exchange(place, bytes, change);
        if deadline < segment.deadline(place.group) {
            segment.set_deadline(place.group, deadline);
            self.briefs[at].least = self.briefs[at].least.min(deadline);
            self.least = self.least.min(deadline);
        }
        true
    }

    /// Takes out the member `bytes` at `position`.
    pub fn remove(&mut self, position: u64, bytes: &[u8]) -> Option<Lies<T>> {
        let place = self.segment(position)?.place(position, bytes)?;
        Some(self.take(self.at(position), place))
    }

    /// Takes out a member by chance, all equally likely, if `may` says that it may go.
    pub fn take_random(
        &mut self,
        random: &mut fastrand::Rng,
        may: impl FnOnce(Item<'_, T>) -> bool,
    ) -> Option<Lies<T>> {
        let (at, place) = self.random_place(random)?;
        may(self.segments[at].item_at(place)).then(|| self.take(at, place))
    }

    /// A member by chance, all equally likely.
    pub fn random(&self, random: &mut fastrand::Rng) -> Option<Item<'_, T>> {
        let (at, place) = self.random_place(random)?;
        Some(self.segments[at].item_at(place))
    }

    #[inline]
    fn random_place(&self, random: &mut fastrand::Rng) -> Option<(usize, Place)> {
        let (at, rank) = self.random_rank(random)?;
        Some((at, self.segments[at].place_of_rank(rank)))
    }

    /// A random member's segment, and its rank there.
    fn random_rank(&self, random: &mut fastrand::Rng) -> Option<(usize, usize)> {
        if self.len == 0 {
            return None;
        }
        // A word falls to a segment with chance 2^-depth. Drawing a rank from as many as a full
        // segment of the directory's depth has for each of the segment's words, and rejecting what
        // is not there, makes all members equally likely.
        loop {
            let at = self.directory[random.usize(..self.directory.len())] as usize;
            let Brief { len, depth, .. } = self.briefs[at];
            let range = match self.depth {
                0 => self.len,
                deepest => SEGMENT_MAX << (deepest - u32::from(depth)),
            };
            let rank = random.usize(..range);
            if rank < usize::from(len) {
                return Some((at, rank));
            }
        }
    }

    fn take(&mut self, at: usize, place: Place) -> Lies<T> {
        let segment = &mut self.segments[at];
        let taken = segment.take(place);
        let is_sparse = segment.is_sparse();
        self.briefs[at].len -= 1;
        self.len -= 1;
        if self.len == 0 {
            *self = Self::new();
        } else if is_sparse {
            self.give_back(at);
        }
        taken
    }

    fn begin(&mut self) {
        self.directory = vec![0];
        self.segments = Vec::with_capacity(1);
        let first = Box::new(Segment::first());
        self.briefs = vec![first.brief()];
        self.segments.push(first);
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, at: usize, place_of: &impl Fn(&[u8]) -> u64) {
        let Some(upper) = self.segments[at].grow(place_of) else { return };
        let depth = upper.depth();
        assert!(depth <= DEPTH_MAX, "a segment overflows at the greatest depth: not hashes");
        if depth > self.depth {
            self.directory = self.directory.iter().flat_map(|&number| [number, number]).collect();
            self.depth += 1;
            self.deepest = 0;
        }
        if depth == self.depth {
            self.deepest += 2;
        }
        self.briefs[at] = self.segments[at].brief();
        self.briefs.push(upper.brief());
        self.segments.push(Box::new(upper));
        self.fill(self.segments.len() - 1);
    }

    /// Writes a segment's number into all of its words.
    fn fill(&mut self, at: usize) {
        let segment = &self.segments[at];
        let first = self.index(segment.start());
        let count = 1 << (self.depth - segment.depth());
        self.directory[first..first + count].fill(at as u32);
    }

    /// After a removal that left a segment sparse: fewer groups, or one segment less.
    #[cold]
    #[inline(never)]
    fn give_back(&mut self, at: usize) {
        let segment = &mut self.segments[at];
        let depth = segment.depth();
        if depth == 0 {
            return segment.shrink();
        }
        let bit = 1u64 << (64 - depth);
        let start = segment.start();
        let (mut lower, upper) = (self.at(start & !bit), self.at(start | bit));
        if !self.segments[lower].can_absorb(&self.segments[upper]) {
            return;
        }
        let absorbed = self.segments.swap_remove(upper);
        self.briefs.swap_remove(upper);
        if upper < self.segments.len() {
            // What was the last one has this number now.
            if lower == self.segments.len() {
                lower = upper;
            }
            self.fill(upper);
        }
        self.segments[lower].absorb(*absorbed);
        self.briefs[lower] = self.segments[lower].brief();
        self.fill(lower);
        if depth == self.depth {
            self.deepest -= 2;
            if self.deepest == 0 {
                self.halve();
            }
        }
    }

    fn halve(&mut self) {
        self.directory = self.directory.iter().copied().step_by(2).collect();
        self.depth -= 1;
        let deepest = self.segments.iter().filter(|it| it.depth() == self.depth);
        self.deepest = deepest.count() as u32;
        let room = self.segments.len() * 2;
        self.segments.shrink_to(room);
        self.briefs.shrink_to(room);
    }

    /// The least deadline of any member, or earlier.
    pub fn least_deadline(&self) -> u32 {
        self.least
    }

    /// Bytes of everything but what items outside own: of a large set an estimate from a few of its
    /// segments, which are all alike.
    pub fn bytes(&self) -> usize {
        const SAMPLE: usize = 64;
        let seen = self.segments.len().min(SAMPLE);
        let bytes: usize = self.segments.iter().take(seen).map(|it| it.bytes()).sum();
        (bytes * self.segments.len()).checked_div(seen).unwrap_or(0)
            + self.directory.capacity() * size_of::<u32>()
            + self.briefs.capacity() * size_of::<Brief>()
            + self.segments.capacity() * size_of::<usize>()
    }
}

impl<T> Clone for Item<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Item<'_, T> {}
