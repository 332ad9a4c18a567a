//! A big sorted set: members in cells, a table that finds them, a tree that keeps them in order.
//!
//! ```text
//!   table   hash of a member -> handle
//!   pool    handle -> member and score
//!   tree    handles in ascending order of (score, member)
//! ```
//!
//! Must be true: the table and the tree hold the same handles, all of live cells.
//! Not here: small sorted sets, which are packed in the key's entry; when one becomes a table.

use std::ops::ControlFlow;

use base::hash::KeyHasher;
use fastrand::Rng;
use structures::ordered::{Direction, Edge, Pool, Tree};
use structures::table::{Handle, NO_DEADLINE, Retired, Table};

/// Members removed in one go between two looks at the tree.
const STRIDE: usize = 64;

/// Members in ascending order of their scores.
#[derive(Default)]
pub struct SortedSetTable {
    pool: Pool,
    tree: Tree,
    table: Table<Handle>,
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

    /// Visits members in order, the first `skip` (from the end that the direction starts at) left
    /// out, until `visit` breaks off. O(log n) to begin.
    pub fn walk(
        &self,
        skip: usize,
        direction: Direction,
        mut visit: impl FnMut(&[u8], f64) -> ControlFlow<()>,
    ) {
        self.tree.walk(skip, direction, |handle| {
            visit(self.pool.member(handle), self.pool.score(handle))
        });
    }

    /// Removes `count` members after the first `skip`, all counted from the end that the direction
    /// starts at, handing each to `removed`.
    pub fn remove_range(
        &mut self,
        hasher: &KeyHasher,
        (skip, count): (usize, usize),
        direction: Direction,
        mut removed: impl FnMut(&[u8], f64),
    ) {
        let mut left = count;
        let mut handles = Vec::with_capacity(count.min(STRIDE));
        while left > 0 {
            handles.clear();
            self.tree.walk(skip, direction, |handle| {
                removed(self.pool.member(handle), self.pool.score(handle));
                handles.push(handle);
                match handles.len() < left.min(STRIDE) {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            });
            if handles.is_empty() {
                return;
            }
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
