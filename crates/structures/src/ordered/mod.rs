//! Members in the order of their scores: what big sorted sets are made of.
//!
//! ```text
//!   pool    cells: each one member with its score, in chunks of 8 KB; a handle names a cell
//!   tree    a B+tree of handles in ascending order, which knows how many lie below each node
//!   iter    handles one after the other, from any rank on
//!   leaf    one leaf of it: up to 64 handles, each with the 32 bits of its score that matter here
//! ```
//!
//! A member's bytes and its score are stored once, in the pool; the tree compares the 32 bits, and
//! looks into the pool only where they are equal. Beside them the owner keeps a table from members
//! to handles ([`crate::table::Handle`]).
//!
//! Order: ascending by score, then by the bytes of the member. -0 and 0 are the same score.
//! Must be true: a handle that is in the tree names a live cell, whose score is the one that it was
//! inserted with.
//! Not here: hashing, and whether a member is there already.

mod iter;
mod leaf;
mod pool;
#[cfg(test)]
mod tests;
mod tree;

pub use iter::Handles;
pub use pool::{Cell, Pool};
pub use tree::Tree;

use std::cmp::Ordering;

/// A score as an integer with the same order, in which -0 is 0. It must be a number.
#[inline]
pub fn rank_key(score: f64) -> u64 {
    const SIGN: u64 = 1 << 63;
    // Adding zero turns -0 into 0 and changes nothing else.
    let bits = (score + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// A place between members: after all that are less, before all others.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'m> {
    /// The score as [`rank_key`] gives it.
    pub key: u64,
    /// Where among members of just this score.
    pub tie: Tie<'m>,
}

/// Where among members of the same score.
#[derive(Clone, Copy, Debug)]
pub enum Tie<'m> {
    /// Before all of them.
    First,
    /// Before this member and those that follow it.
    Before(&'m [u8]),
    /// After all of them.
    Last,
}

impl<'m> Edge<'m> {
    /// Right before a member with this score, or where it would be.
    pub fn before(score: f64, member: &'m [u8]) -> Self {
        Self { key: rank_key(score), tie: Tie::Before(member) }
    }

    /// True if a member with this score lies before the edge.
    #[inline]
    pub fn is_after(&self, score: f64, member: &[u8]) -> bool {
        match rank_key(score).cmp(&self.key) {
            Ordering::Equal => self.compare_tie(|| member).is_lt(),
            order => order.is_lt(),
        }
    }

    /// Whether the edge is right before `member`, or would be if it had the score.
    fn is_at(&self, member: &[u8]) -> bool {
        matches!(self.tie, Tie::Before(edge) if edge == member)
    }

    /// How a member of the same score lies to the edge: `Less` is before it. `member` is asked for
    /// if it matters.
    #[inline]
    fn compare_tie<'c>(&self, member: impl FnOnce() -> &'c [u8]) -> Ordering {
        match self.tie {
            Tie::First => Ordering::Greater,
            Tie::Last => Ordering::Less,
            Tie::Before(edge) => match member().cmp(edge) {
                Ordering::Less => Ordering::Less,
                _ => Ordering::Greater,
            },
        }
    }
}

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the least member on.
    Ascending,
    /// From the greatest on.
    Descending,
}
