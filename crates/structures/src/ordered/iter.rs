//! Handles one after the other.

use std::slice;

use smallvec::SmallVec;

use super::Direction;
use super::tree::{Children, Node};
use crate::table::Handle;

/// Handles in the order of their members, or against it.
pub struct Handles<'t> {
    direction: Direction,
    /// How many are still to come.
    left: usize,
    /// The nodes above the leaf, each with the number of children that were passed or entered.
    path: SmallVec<[(&'t Node, usize); 4]>,
    leaf: slice::Iter<'t, u32>,
}

impl<'t> Handles<'t> {
    /// `count` handles, the first `skip` left out, of a tree that has as many.
    pub(super) fn new(root: &'t Node, (skip, count): (usize, usize), direction: Direction) -> Self {
        let (path, leaf) = (SmallVec::new(), [].iter());
        let mut handles = Self { direction, left: count, path, leaf };
        if count > 0 {
            handles.path.push((root, 0));
            handles.go_on(skip);
        }
        handles
    }

    /// Goes to the next leaf, and in it behind what is still to be skipped.
    fn go_on(&mut self, mut skip: usize) {
        while let Some((node, passed)) = self.path.last_mut() {
            let (node, step) = (*node, *passed);
            if step == node.len() {
                self.path.pop();
                continue;
            }
            *passed += 1;
            let index = match self.direction {
                Direction::Ascending => step,
                Direction::Descending => node.len() - 1 - step,
            };
            let count = node.count_of(index);
            if skip >= count {
                skip -= count;
                continue;
            }
            match &node.children {
                Children::Nodes(nodes) => self.path.push((&nodes[index], 0)),
                Children::Leaves(leaves) => {
                    let handles = leaves[index].handles();
                    self.leaf = match self.direction {
                        Direction::Ascending => handles[skip..].iter(),
                        Direction::Descending => handles[..count - skip].iter(),
                    };
                    return;
                }
            }
        }
    }

    #[inline]
    fn next_of_leaf(&mut self) -> Option<Handle> {
        let next = match self.direction {
            Direction::Ascending => self.leaf.next(),
            Direction::Descending => self.leaf.next_back(),
        };
        next.map(|handle| Handle(*handle))
    }
}

impl Iterator for Handles<'_> {
    type Item = Handle;

    #[inline]
    fn next(&mut self) -> Option<Handle> {
        self.left = self.left.checked_sub(1)?;
        self.next_of_leaf().or_else(|| {
            self.go_on(0);
            self.next_of_leaf()
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Handles<'_> {}
