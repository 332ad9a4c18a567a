//! A big sorted set: members in cells, a table that finds them, a tree that keeps them in order.
//!
//! ```text
//!   table   hash of a member -> handle; deadlines, as in tables of elements
//!   pool    handle -> member, score, expiry if it has one
//!   tree    handles in ascending order of (score, member)
//! ```
//!
//! Must be true
//! 1. The table and the tree hold the same handles, all of live cells.
//! 2. `expiries` knows of every member's expiry. As in tables of elements, nothing here looks at
//!    the clock.
//!
//! Not here: small sorted sets, which are packed in the key's entry; when one becomes a table.

use std::ops::Range;

use base::hash::KeyHasher;
use fastrand::Rng;
use smallvec::SmallVec;
use structures::ordered::{Cell, Direction, Edge, Handles, Pool, Tree, rank_key};
use structures::table::{Handle, NO_DEADLINE, Retired, Table};

use super::Before;
use super::expiries::{Due, Expiries};
use crate::deadline::deadline_of;

/// Cells asked for before they are read.
const CELLS_AHEAD: usize = 16;
/// Members removed in one go between two looks at the tree.
const STRIDE: usize = 64;

/// Members in ascending order of their scores.
#[derive(Default)]
pub struct SortedSetTable {
    pool: Pool,
    tree: Tree,
    table: Table<Handle>,
    expiries: Expiries,
}

/// A member as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stored<'m> {
    /// The member.
    pub member: &'m [u8],
    /// Its score.
    pub score: f64,
    /// When it expires, in unix ms.
    pub expires_at: Option<i64>,
}

/// Members in order, or against it: see [`SortedSetTable::iter`].
pub struct Members<'s> {
    pool: &'s Pool,
    /// Those that were not asked for yet.
    handles: Handles<'s>,
    /// The cells that come next, a ring that begins at `at`.
    ahead: [Cell<'s>; CELLS_AHEAD],
    at: usize,
    left: usize,
}

impl<'s> Members<'s> {
    fn new(pool: &'s Pool, handles: Handles<'s>) -> Self {
        let ahead = [Cell::default(); CELLS_AHEAD];
        let mut members = Self { pool, left: handles.len(), handles, ahead, at: 0 };
        members.ahead = std::array::from_fn(|_| members.ask());
        members
    }

    #[inline]
    fn ask(&mut self) -> Cell<'s> {
        self.handles.next().map_or(Cell::default(), |handle| self.pool.ask_for(handle))
    }
}

impl<'s> Iterator for Members<'s> {
    type Item = Stored<'s>;

    #[inline]
    fn next(&mut self) -> Option<Stored<'s>> {
        self.left = self.left.checked_sub(1)?;
        let next = self.ask();
        let cell = std::mem::replace(&mut self.ahead[self.at % CELLS_AHEAD], next);
        self.at += 1;
        let (member, score, expires_at) = self.pool.read(cell);
        Some(Stored { member, score, expires_at })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// No more members can be stored: there are half a billion, or as many as 16 GB hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl SortedSetTable {
    /// Number of members.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Number of members with an expiry.
    pub fn expiring(&self) -> usize {
        self.expiries.count()
    }

    /// The least deadline of any member, or earlier.
    #[inline]
    pub fn least_deadline(&self) -> u32 {
        self.expiries.least_deadline(|| self.table.least_deadline())
    }

    /// False only if no member can have expired by `now_ms`; O(1).
    #[inline]
    pub fn may_have_expired(&self, now_ms: i64) -> bool {
        self.expiries.may_have_come(now_ms)
    }

    fn stored(&self, handle: Handle) -> Stored<'_> {
        let pool = &self.pool;
        let (member, score) = (pool.member(handle), pool.score(handle));
        Stored { member, score, expires_at: pool.expires_at(handle) }
    }

    /// `member` as it is stored.
    pub fn look(&self, hasher: &KeyHasher, member: &[u8]) -> Option<Stored<'_>> {
        self.find(hasher, member).map(|handle| self.stored(handle))
    }

    /// Gives `member`, if it exists, another expiry or none.
    ///
    /// # Errors
    /// There is no room for a larger cell.
    pub fn set_expiry(
        &mut self,
        hasher: &KeyHasher,
        member: &[u8],
        expires_at: Option<i64>,
    ) -> Result<Before, Full> {
        let position = hasher.hash(member);
        let found = self.table.slot(position, |it| self.pool.member(*it) == member);
        let Some(mut slot) = found else { return Ok(Before::Absent) };
        let handle = *slot.get();
        let before = self.pool.expires_at(handle).map_or(Before::Lasting, Before::Expiring);
        let new = self.pool.set_expires_at(handle, expires_at).ok_or(Full)?;
        if new != handle {
            self.tree.replace(handle, new, &self.pool);
            *slot.get_mut() = new;
            self.pool.leave(handle);
        }
        slot.lower_deadline(expires_at.map_or(NO_DEADLINE, deadline_of));
        self.expiries.change(before != Before::Lasting, expires_at);
        if let Some(chunk) = self.pool.sparse() {
            self.empty_chunk(hasher, chunk);
        }
        Ok(before)
    }

    /// Removes members whose expiry is at most `now_ms`, at most about `budget` of them, handing
    /// each to `removed`. True if none is left.
    pub fn sweep(
        &mut self,
        hasher: &KeyHasher,
        (now_ms, budget): (i64, usize),
        mut removed: impl FnMut(&[u8]),
    ) -> bool {
        let (pool, mut gone, mut due) = (&self.pool, Vec::new(), Due::by(now_ms));
        let verdict = |it: &mut Handle| due.verdict(pool.expires_at(*it));
        let mut table = self.table.view();
        let done = table.sweep(deadline_of(now_ms), budget, verdict, |it| gone.push(it));
        self.expiries.settle(&due, done);
        for handle in gone {
            removed(self.pool.member(handle));
            self.tree.remove(handle, &self.pool);
            self.pool.remove(handle);
        }
        while let Some(chunk) = self.pool.sparse() {
            self.empty_chunk(hasher, chunk);
        }
        done
    }

    /// Asks the memory for the members with these hashes: their cells, and the leaves they are in.
    pub(super) fn prefetch(&self, hashes: &[u64]) {
        let mut handles = SmallVec::<[Handle; 64]>::new();
        self.table.prefetch_likely(hashes, |handle| {
            self.pool.ask_for(*handle);
            handles.push(*handle);
        });
        self.tree.prefetch(handles.iter().map(|handle| rank_key(self.pool.score(*handle))));
    }

    #[inline]
    fn find(&self, hasher: &KeyHasher, member: &[u8]) -> Option<Handle> {
        let found = self.table.find(hasher.hash(member), |it| self.pool.member(*it) == member);
        found.map(|handle| *handle)
    }

    /// The score of `member`.
    #[inline]
    pub fn score(&self, hasher: &KeyHasher, member: &[u8]) -> Option<f64> {
        self.find(hasher, member).map(|handle| self.pool.score(handle))
    }

    /// How many members lie before an edge. O(log n).
    pub fn rank(&self, edge: &Edge<'_>) -> usize {
        self.tree.rank(edge, &self.pool)
    }

    /// How many members lie before the first one for which `before` is false. O(log n).
    pub fn rank_where(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        self.tree.rank_where(|handle| before(self.pool.member(handle)))
    }

    /// True if so many new members can certainly be stored.
    pub fn has_room(&self, members: usize) -> bool {
        self.pool.has_room(members)
    }

    /// Gives `member` the score that `decide` makes of the one it has, or leaves it as it is. Gives
    /// both, the old one and what became of it.
    ///
    /// # Errors
    /// There is no room for a new member.
    #[inline]
    pub fn update(
        &mut self,
        hasher: &KeyHasher,
        member: &[u8],
        decide: impl FnOnce(Option<f64>) -> Option<f64>,
    ) -> Result<(Option<f64>, Option<f64>), Full> {
        let position = hasher.hash(member);
        let found = self.table.find(position, |it| self.pool.member(*it) == member);
        if let Some(handle) = found.map(|handle| *handle) {
            let before = self.pool.score(handle);
            let after = decide(Some(before));
            if let Some(score) = after.filter(|score| score.to_bits() != before.to_bits()) {
                self.tree.prefetch(std::iter::once(rank_key(score)));
                self.tree.remove(handle, &self.pool);
                self.pool.set_score(handle, score);
                self.tree.insert(handle, &self.pool);
            }
            return Ok((Some(before), after));
        }
        let Some(score) = decide(None) else { return Ok((None, None)) };
        let handle = self.pool.insert(score, member).ok_or(Full)?;
        self.tree.insert(handle, &self.pool);
        let place_of = |it: &Handle| hasher.hash(self.pool.member(*it));
        let mut retired = Retired::default();
        self.table.view().insert(position, handle, NO_DEADLINE, &place_of, &mut retired);
        retired.free_now();
        Ok((None, Some(score)))
    }

    /// Gives `member` a score.
    ///
    /// # Errors
    /// There is no room for a new member.
    pub fn set(&mut self, hasher: &KeyHasher, member: &[u8], score: f64) -> Result<(), Full> {
        self.update(hasher, member, |_| Some(score)).map(|_| ())
    }

    /// Removes `member`; the score it had.
    pub fn remove(&mut self, hasher: &KeyHasher, member: &[u8]) -> Option<f64> {
        let handle = self.find(hasher, member)?;
        let score = self.pool.score(handle);
        self.remove_quietly(hasher, handle);
        if let Some(chunk) = self.pool.sparse() {
            self.empty_chunk(hasher, chunk);
        }
        Some(score)
    }

    /// Removes a member and leaves the others where they are.
    fn remove_quietly(&mut self, hasher: &KeyHasher, handle: Handle) {
        self.tree.remove(handle, &self.pool);
        self.expiries.change(self.pool.expires_at(handle).is_some(), None);
        let place_of = |it: &Handle| hasher.hash(self.pool.member(*it));
        let mut retired = Retired::default();
        let position = place_of(&handle);
        let same = |it: &Handle| *it == handle;
        self.table.view().remove(position, same, &place_of, &mut retired);
        retired.free_now();
        self.pool.remove(handle);
    }

    /// Moves what is left in a chunk of the pool elsewhere and gives the chunk back.
    #[cold]
    fn empty_chunk(&mut self, hasher: &KeyHasher, chunk: usize) {
        for old in self.pool.begin_emptying(chunk) {
            // There is always room: half of all cells are free.
            let Some(new) = self.pool.relocate(old) else { return };
            self.tree.replace(old, new, &self.pool);
            let position = hasher.hash(self.pool.member(new));
            if let Some(mut slot) = self.table.slot(position, |it| *it == old) {
                *slot.get_mut() = new;
            }
        }
        self.pool.give_back(chunk);
    }

    /// The members of these ranks, which count from the end that the direction starts at. O(log n)
    /// to begin.
    pub fn iter(&self, ranks: Range<usize>, direction: Direction) -> Members<'_> {
        Members::new(&self.pool, self.tree.iter(ranks, direction))
    }

    /// Removes the members of these ranks, which count from the end that the direction starts at,
    /// handing each to `removed`.
    pub fn remove_range(
        &mut self,
        hasher: &KeyHasher,
        ranks: Range<usize>,
        direction: Direction,
        mut removed: impl FnMut(&[u8], f64),
    ) {
        let (start, mut left) = (ranks.start, ranks.len());
        let mut handles = Vec::with_capacity(left.min(STRIDE));
        while left > 0 {
            handles.clear();
            handles.extend(self.tree.iter(start..start + left.min(STRIDE), direction));
            if handles.is_empty() {
                return;
            }
            handles.iter().for_each(|&it| removed(self.pool.member(it), self.pool.score(it)));
            left -= handles.len();
            // Handles change when a chunk is emptied, so the chunks wait for the whole stride.
            for &handle in &handles {
                self.remove_quietly(hasher, handle);
            }
            while let Some(chunk) = self.pool.sparse() {
                self.empty_chunk(hasher, chunk);
            }
        }
    }

    /// Visits about `count` members from cursor position `from` on; see the table's scan.
    pub fn scan(&self, from: u64, count: usize, mut visit: impl FnMut(&[u8], f64)) -> Option<u64> {
        self.table.scan(from, count, |it| visit(self.pool.member(*it), self.pool.score(*it)))
    }

    /// As [`scan`](Self::scan), with what else is stored of each member.
    pub fn scan_stored(
        &self,
        from: u64,
        count: usize,
        mut visit: impl FnMut(Stored<'_>),
    ) -> Option<u64> {
        self.table.scan(from, count, |it| visit(self.stored(*it)))
    }

    /// A random member.
    pub fn draw(&self, random: &mut Rng) -> Option<Stored<'_>> {
        self.table.random(random).map(|handle| self.stored(*handle))
    }

    /// Visits a random member; does nothing if there is none.
    pub fn random(&self, random: &mut Rng, visit: impl FnOnce(&[u8], f64)) {
        if let Some(handle) = self.table.random(random) {
            visit(self.pool.member(*handle), self.pool.score(*handle));
        }
    }

    /// Bytes of everything.
    pub fn heap_bytes(&self) -> usize {
        self.pool.heap_bytes() + self.tree.heap_bytes() + self.table.overhead()
    }
}

#[cfg(test)]
mod tests;
