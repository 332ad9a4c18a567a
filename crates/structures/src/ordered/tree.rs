//! A B+tree with order statistics: each node knows how many handles lie below each child.
//!
//! ```text
//!   node    bounds:    [ key 0 | key 1 | ... | handle and count 0 | handle and count 1 | ... ]
//!                      key and handle of the first member below each child, and how many are there
//!           children:  leaves, or nodes that are all of the same height
//! ```
//!
//! Finding a place, a rank, or a member by rank takes one way down. Members that come in ascending
//! or descending order fill leaves and nodes to the brim; others fill leaves to four fifths, since
//! a full leaf first shares with the one beside it.
//!
//! Must be true: a child's key and handle are those of the first member below it; counts are right;
//! there are no empty nodes or leaves, the root excepted.

use std::ops::Range;

use smallvec::SmallVec;

use super::iter::Handles;
use super::leaf::{Leaf, SLOTS_MAX};
use super::pool::Pool;
use super::{Direction, Edge};
use crate::prefetch::prefetch;
use crate::table::Handle;

/// Children a node has at most.
const CHILDREN_MAX: usize = 64;
/// Handles in a leaf that takes some from a full one beside it.
const SHARING_MAX: usize = SLOTS_MAX * 3 / 4;

/// What a node knows of a child.
#[derive(Clone, Copy)]
struct Bound {
    key: u64,
    handle: Handle,
    count: u32,
}

pub(super) enum Children {
    Leaves(Vec<Leaf>),
    Nodes(Vec<Node>),
}

pub(super) struct Node {
    bounds: Vec<u64>,
    pub(super) children: Children,
}

/// A handle, and a count in the upper half.
#[derive(Clone, Copy)]
struct Lot(u64);

impl Lot {
    fn new(handle: Handle, count: u32) -> Self {
        Self(u64::from(count) << 32 | u64::from(handle.0))
    }

    fn handle(self) -> Handle {
        Handle(self.0 as u32)
    }

    fn count(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// Handles in the order of their members.
#[derive(Default)]
pub struct Tree {
    root: Node,
}

impl Default for Node {
    fn default() -> Self {
        Self::new(&[], Children::Leaves(Vec::new()))
    }
}

impl Tree {
    /// Number of handles.
    pub fn len(&self) -> usize {
        self.root.count()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.root.bounds.is_empty()
    }

    /// How many members lie before an edge. O(log n).
    pub fn rank(&self, edge: &Edge<'_>, pool: &Pool) -> usize {
        let (mut node, mut rank) = (&self.root, 0);
        loop {
            let Some(index) = node.child_at(edge, pool) else { return rank };
            rank += node.count_before(index);
            match &node.children {
                Children::Leaves(leaves) => return rank + leaves[index].before(edge, pool),
                Children::Nodes(nodes) => node = &nodes[index],
            }
        }
    }

    /// How many handles lie before the first one for which `before` is false; it must be true for
    /// all that precede one for which it is true. O(log n).
    pub fn rank_where(&self, before: impl Fn(Handle) -> bool) -> usize {
        let (mut node, mut rank) = (&self.root, 0);
        loop {
            let index = node.lots().partition_point(|lot| before(Lot(*lot).handle()));
            let Some(index) = index.checked_sub(1) else { return rank };
            rank += node.count_before(index);
            match &node.children {
                Children::Leaves(leaves) => return rank + leaves[index].before_where(&before),
                Children::Nodes(nodes) => node = &nodes[index],
            }
        }
    }

    /// The handle with `rank` members before it. O(log n).
    pub fn get(&self, rank: usize) -> Option<Handle> {
        let (mut node, mut rank) = (&self.root, rank);
        loop {
            let index = node.skip(&mut rank)?;
            match &node.children {
                Children::Leaves(leaves) => return Some(leaves[index].handle(rank)),
                Children::Nodes(nodes) => node = &nodes[index],
            }
        }
    }

    /// Asks the memory for the leaves where scores with these keys are, or would be. The steps are
    /// taken for all of them together, so that their accesses overlap.
    pub fn prefetch(&self, keys: impl Iterator<Item = u64>) {
        let leaves: SmallVec<[&Leaf; 64]> = keys.filter_map(|key| self.root.aim(key)).collect();
        leaves.into_iter().for_each(Leaf::prefetch);
    }

    /// The handles of these ranks, which count from the end that the direction starts at. O(log n)
    /// to begin.
    pub fn iter(&self, ranks: Range<usize>, direction: Direction) -> Handles<'_> {
        let ranks = ranks.start..ranks.end.min(self.len());
        Handles::new(&self.root, (ranks.start, ranks.len()), direction)
    }

    /// Adds a handle, whose cell is in the pool and which is not in the tree.
    pub fn insert(&mut self, handle: Handle, pool: &Pool) {
        let edge = Edge::before(pool.score(handle), pool.member(handle));
        let Some(right) = self.root.insert(&edge, handle, pool) else { return };
        let left = std::mem::take(&mut self.root);
        let bounds = [left.bound(), right.bound()];
        self.root = Node::new(&bounds, Children::Nodes(vec![left, right]));
    }

    /// Takes out a handle, whose cell is still as it was when it was added. False if it is not
    /// there.
    pub fn remove(&mut self, handle: Handle, pool: &Pool) -> bool {
        let edge = Edge::before(pool.score(handle), pool.member(handle));
        let removed = self.root.remove(&edge, handle, pool);
        while let Children::Nodes(nodes) = &mut self.root.children
            && nodes.len() <= 1
        {
            self.root = nodes.pop().unwrap_or_default();
        }
        removed
    }

    /// Replaces a handle by another whose cell has the same score and member.
    pub fn replace(&mut self, old: Handle, new: Handle, pool: &Pool) {
        let edge = Edge::before(pool.score(old), pool.member(old));
        let mut node = &mut self.root;
        while let Some(index) = node.child_at(&edge, pool) {
            let bound = node.get_bound(index);
            if bound.handle == old {
                node.set_bound(index, Bound { handle: new, ..bound });
            }
            match &mut node.children {
                Children::Nodes(nodes) => node = &mut nodes[index],
                Children::Leaves(leaves) => {
                    let leaf = &mut leaves[index];
                    let at = leaf.index_of(edge.key, old);
                    debug_assert!(at.is_some(), "the handle that is replaced");
                    return at.into_iter().for_each(|at| leaf.set_handle(at, new));
                }
            }
        }
    }

    /// Bytes of all nodes and leaves.
    pub fn heap_bytes(&self) -> usize {
        self.root.heap_bytes()
    }
}

impl Node {
    fn new(bounds: &[Bound], children: Children) -> Self {
        let keys = bounds.iter().map(|bound| bound.key);
        let lots = bounds.iter().map(|bound| Lot::new(bound.handle, bound.count).0);
        Self { bounds: keys.chain(lots).collect(), children }
    }

    /// Number of children.
    pub(super) fn len(&self) -> usize {
        self.bounds.len() / 2
    }

    #[inline]
    fn lots(&self) -> &[u64] {
        &self.bounds[self.len()..]
    }

    /// Number of members below.
    fn count(&self) -> usize {
        self.count_before(self.len())
    }

    /// Number of members below the first `index` children.
    #[inline]
    fn count_before(&self, index: usize) -> usize {
        self.lots()[..index].iter().map(|lot| Lot(*lot).count() as usize).sum()
    }

    /// Number of members below a child.
    #[inline]
    pub(super) fn count_of(&self, index: usize) -> usize {
        Lot(self.lots()[index]).count() as usize
    }

    fn bound(&self) -> Bound {
        match self.bounds.is_empty() {
            true => Bound { key: 0, handle: Handle(0), count: 0 },
            false => Bound { count: self.count() as u32, ..self.get_bound(0) },
        }
    }

    fn get_bound(&self, index: usize) -> Bound {
        let lot = Lot(self.lots()[index]);
        Bound { key: self.bounds[index], handle: lot.handle(), count: lot.count() }
    }

    fn set_bound(&mut self, index: usize, bound: Bound) {
        let at = self.len() + index;
        self.bounds[index] = bound.key;
        self.bounds[at] = Lot::new(bound.handle, bound.count).0;
    }

    fn insert_bound(&mut self, index: usize, bound: Bound) {
        let len = self.len();
        if self.bounds.len() + 2 > self.bounds.capacity() {
            self.bounds.reserve_exact(2 * (len / 4 + 4));
        }
        self.bounds.insert(len + index, Lot::new(bound.handle, bound.count).0);
        self.bounds.insert(index, bound.key);
    }

    fn remove_bound(&mut self, index: usize) {
        self.bounds.remove(self.len() + index);
        self.bounds.remove(index);
    }

    /// The bound of a child as it is now.
    fn child_bound(&self, index: usize, pool: &Pool) -> Bound {
        match &self.children {
            Children::Nodes(nodes) => nodes[index].bound(),
            Children::Leaves(leaves) => {
                let leaf = &leaves[index];
                Bound {
                    key: leaf.first_key(pool),
                    handle: leaf.handle(0),
                    count: leaf.len() as u32,
                }
            }
        }
    }

    /// The child in which an edge lies: the last that begins before it, or the first. `None` if
    /// there is no child.
    #[inline]
    fn child_at(&self, edge: &Edge<'_>, pool: &Pool) -> Option<usize> {
        // From end to end, as in a leaf.
        let (keys, lots) = self.bounds.split_at(self.len());
        let lesser = keys.iter().filter(|it| **it < edge.key).count();
        let equal = keys[lesser..].iter().take_while(|it| **it == edge.key).count();
        let ties = &lots[lesser..lesser + equal];
        let member = |lot: &u64| pool.member(Lot(*lot).handle());
        let tied = ties.partition_point(|lot| edge.compare_tie(|| member(lot)).is_lt());
        // Right before the first handle of a child is in that child, not at the end of the one
        // before it.
        let at_first = ties.get(tied).is_some_and(|lot| edge.is_at(member(lot)));
        match lesser + tied {
            _ if keys.is_empty() => None,
            before if at_first => Some(before),
            before => Some(before.saturating_sub(1)),
        }
    }

    /// The leaf for a score; only its address is found out, and it is prefetched.
    fn aim(&self, key: u64) -> Option<&Leaf> {
        let mut node = self;
        loop {
            let keys = &node.bounds[..node.len()];
            let index = keys.iter().filter(|it| **it <= key).count().saturating_sub(1);
            match &node.children {
                Children::Leaves(leaves) => {
                    let leaf = leaves.get(index)?;
                    prefetch(std::slice::from_ref(leaf));
                    return Some(leaf);
                }
                Children::Nodes(nodes) => node = nodes.get(index)?,
            }
        }
    }

    /// The child that holds the handle of this rank, which becomes its rank in that child.
    fn skip(&self, rank: &mut usize) -> Option<usize> {
        self.lots().iter().position(|lot| {
            let count = Lot(*lot).count() as usize;
            let here = *rank < count;
            if !here {
                *rank -= count;
            }
            here
        })
    }

    /// Adds a handle at an edge. Gives the second half if this node was full.
    fn insert(&mut self, edge: &Edge<'_>, handle: Handle, pool: &Pool) -> Option<Self> {
        let Some(index) = self.child_at(edge, pool) else {
            let mut leaf = Leaf::default();
            leaf.insert(0, (edge.key, handle), pool);
            let bound = Bound { key: edge.key, handle, count: 1 };
            *self = Self::new(&[bound], Children::Leaves(vec![leaf]));
            return None;
        };
        let (grown, is_first) = match &mut self.children {
            Children::Nodes(nodes) => {
                let right = nodes[index].insert(edge, handle, pool);
                let is_first = nodes[index].get_bound(0).handle == handle;
                if let Some(right) = right {
                    reserve(nodes);
                    nodes.insert(index + 1, right);
                    (true, is_first)
                } else {
                    (false, is_first)
                }
            }
            Children::Leaves(leaves) => {
                let at = leaves[index].before(edge, pool);
                let is_between = at > 0 && at < SLOTS_MAX;
                if is_between && leaves[index].len() == SLOTS_MAX && self.share(index, pool) {
                    return self.insert(edge, handle, pool);
                }
                let Children::Leaves(leaves) = &mut self.children else { return None };
                match leaves[index].insert(at, (edge.key, handle), pool) {
                    Some(right) => {
                        reserve(leaves);
                        leaves.insert(index + 1, right);
                        (true, at == 0)
                    }
                    None => (false, at == 0),
                }
            }
        };
        let mut bound = self.get_bound(index);
        bound.count += 1;
        if is_first {
            (bound.key, bound.handle) = (edge.key, handle);
        }
        if grown {
            let right = self.child_bound(index + 1, pool);
            bound.count -= right.count;
            self.insert_bound(index + 1, right);
        }
        self.set_bound(index, bound);
        (self.len() > CHILDREN_MAX).then(|| self.split(index))
    }

    /// Makes room in a leaf if one beside it has more than enough. False if none has.
    fn share(&mut self, index: usize, pool: &Pool) -> bool {
        let Children::Leaves(leaves) = &mut self.children else { return false };
        let has_room =
            |index: &usize| leaves.get(*index).is_some_and(|leaf| leaf.len() <= SHARING_MAX);
        let beside = [Some(index + 1), index.checked_sub(1)].into_iter().flatten().find(has_room);
        let Some(beside) = beside else { return false };
        let left = index.min(beside);
        if let [left, right] = &mut leaves[left..left + 2] {
            left.balance(right, pool);
        }
        for index in [left, left + 1] {
            let bound = self.child_bound(index, pool);
            self.set_bound(index, bound);
        }
        true
    }

    /// Splits off the second half, or less if children are added at the end.
    fn split(&mut self, grown: usize) -> Self {
        let len = self.len();
        let middle = if grown + 2 >= len { len - 1 } else { len / 2 };
        let children = match &mut self.children {
            Children::Leaves(leaves) => Children::Leaves(leaves.split_off(middle)),
            Children::Nodes(nodes) => Children::Nodes(nodes.split_off(middle)),
        };
        let (keys, lots) = self.bounds.split_at(len);
        let bounds = [&keys[middle..], &lots[middle..]].concat();
        self.bounds = [&keys[..middle], &lots[..middle]].concat();
        Self { bounds, children }
    }

    fn remove(&mut self, edge: &Edge<'_>, handle: Handle, pool: &Pool) -> bool {
        let Some(index) = self.child_at(edge, pool) else { return false };
        let removed = match &mut self.children {
            Children::Nodes(nodes) => nodes[index].remove(edge, handle, pool),
            Children::Leaves(leaves) => {
                let leaf = &mut leaves[index];
                let found = leaf.index_of(edge.key, handle);
                if let Some(at) = found {
                    leaf.remove(at);
                }
                found.is_some()
            }
        };
        if !removed {
            return false;
        }
        let mut bound = self.get_bound(index);
        bound.count -= 1;
        if bound.count == 0 {
            self.drop_child(index);
        } else {
            let was_first = bound.handle == handle;
            self.set_bound(index, if was_first { self.child_bound(index, pool) } else { bound });
        }
        self.merge(index, pool);
        true
    }

    fn drop_child(&mut self, index: usize) {
        self.remove_bound(index);
        match &mut self.children {
            Children::Leaves(leaves) => drop(leaves.remove(index)),
            Children::Nodes(nodes) => drop(nodes.remove(index)),
        }
    }

    /// Joins a child that has become small with the next one, or the one before it with it.
    fn merge(&mut self, index: usize, pool: &Pool) {
        let small = |size: usize, max: usize| size < max / 4;
        let fits = |one: usize, other: usize, max: usize| one + other <= max * 3 / 4;
        let pairs = [index.checked_sub(1), Some(index)].into_iter().flatten();
        for left in pairs {
            let merged = match &mut self.children {
                Children::Leaves(leaves) => match leaves.get(left..left + 2) {
                    Some([one, other])
                        if (small(one.len(), SLOTS_MAX) || small(other.len(), SLOTS_MAX))
                            && fits(one.len(), other.len(), SLOTS_MAX) =>
                    {
                        let next = leaves.remove(left + 1);
                        leaves[left].absorb(&next, pool);
                        true
                    }
                    _ => false,
                },
                Children::Nodes(nodes) => match nodes.get(left..left + 2) {
                    Some([one, other])
                        if (small(one.len(), CHILDREN_MAX) || small(other.len(), CHILDREN_MAX))
                            && fits(one.len(), other.len(), CHILDREN_MAX) =>
                    {
                        let next = nodes.remove(left + 1);
                        nodes[left].absorb(next);
                        true
                    }
                    _ => false,
                },
            };
            if merged {
                let mut bound = self.get_bound(left);
                bound.count += self.get_bound(left + 1).count;
                self.set_bound(left, bound);
                self.remove_bound(left + 1);
                return;
            }
        }
    }

    fn absorb(&mut self, next: Self) {
        let (keys, lots) = self.bounds.split_at(self.len());
        let (more_keys, more_lots) = next.bounds.split_at(next.len());
        self.bounds = [keys, more_keys, lots, more_lots].concat();
        match (&mut self.children, next.children) {
            (Children::Leaves(leaves), Children::Leaves(more)) => leaves.extend(more),
            (Children::Nodes(nodes), Children::Nodes(more)) => nodes.extend(more),
            _ => debug_assert!(false, "children of one node have the same height"),
        }
    }

    fn heap_bytes(&self) -> usize {
        let bounds = self.bounds.capacity() * size_of::<u64>();
        bounds
            + match &self.children {
                Children::Leaves(leaves) => {
                    leaves.capacity() * size_of::<Leaf>()
                        + leaves.iter().map(Leaf::heap_bytes).sum::<usize>()
                }
                Children::Nodes(nodes) => {
                    nodes.capacity() * size_of::<Self>()
                        + nodes.iter().map(Self::heap_bytes).sum::<usize>()
                }
            }
    }
}

/// Makes room for one more, a quarter of what there is and not as much again.
fn reserve<T>(items: &mut Vec<T>) {
    if items.len() == items.capacity() {
        items.reserve_exact(items.len() / 4 + 4);
    }
}
