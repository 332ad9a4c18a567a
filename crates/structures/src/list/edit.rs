//! Changes to a long list in its middle, and taking many elements off an end.
//!
//! Each touches one chunk, splits it in two, or moves whole chunks. Where elements were removed, a
//! chunk that has become small is joined to its neighbour.

use std::ops::ControlFlow;

use super::buffer::End;
use super::chunk::Chunk;
use super::run::Direction;
use super::{Edited, Gone, List, Sizing, chunk_of};

/// Two chunks are joined if they then take this share of what a chunk may.
const JOIN_SHARE: usize = 2;

impl List {
    /// Inserts an element before the one at `index`, which is at most the length.
    pub fn insert(&mut self, index: usize, element: &[u8], sizing: &Sizing) {
        if index == 0 {
            return self.push(End::Front, element, sizing);
        }
        if index >= self.len {
            return self.push(End::Back, element, sizing);
        }
        let (at, within) = self.locate(index);
        self.edited = self.edited.and(at);
        self.len += 1;
        self.size += element.len();
        let fits = element.len() <= sizing.element_max;
        if let Some(chunk) = self.chunks.get_mut(at) {
            chunk.open();
            if fits && chunk.has_room(element.len(), sizing) {
                return chunk.insert(within, element);
            }
        }
        self.insert_between(at, within, element, sizing);
    }

    /// Inserts an element that chunk `at` has no room for: into one of its halves, or else between
    /// what is before and behind.
    #[cold]
    fn insert_between(&mut self, at: usize, within: usize, element: &[u8], sizing: &Sizing) {
        let (mut at, mut within) = (at, within);
        let fits = element.len() <= sizing.element_max;
        let middle = self.chunks.get(at).map_or(0, |chunk| chunk.count() / 2);
        if fits && middle > 0 {
            self.split(at, middle);
            if within > middle {
                (at, within) = (at + 1, within - middle);
            }
            if let Some(half) = self.chunks.get_mut(at)
                && half.has_room(element.len(), sizing)
            {
                return half.insert(within, element);
            }
        }
        let border = if within > 0 { at + 1 } else { at };
        if within > 0 {
            self.split(at, within);
        }
        let mut next_to = |at: usize, end: End| match self.chunks.get_mut(at) {
            Some(chunk) if fits && chunk.has_room(element.len(), sizing) => {
                chunk.push(end, element, sizing);
                true
            }
            _ => false,
        };
        let is_in = (border > 0 && next_to(border - 1, End::Back)) || next_to(border, End::Front);
        if !is_in {
            self.chunks.insert(border, chunk_of(element, sizing));
            self.outgrew = true;
        }
    }

    /// Makes two chunks of chunk `at`, unless the first would have all its elements.
    fn split(&mut self, at: usize, within: usize) {
        if let Some(chunk) = self.chunks.get_mut(at)
            && within < chunk.count()
        {
            let rest = chunk.take(within..chunk.count());
            self.chunks.insert(at + 1, rest);
            self.outgrew = true;
        }
    }

    /// Replaces the element at `index`, below the length. A long one goes to `gone`.
    pub fn set(&mut self, index: usize, element: &[u8], sizing: &Sizing, gone: &mut Gone) {
        let (at, within) = self.locate(index);
        if let Some(chunk) = self.chunks.get_mut(at) {
            chunk.open();
            if chunk.overwrite(within, element) {
                self.edited = self.edited.and(at);
                return;
            }
        }
        // In this order, so that the chunk, if this was its only element, is not made anew.
        self.insert(index, element, sizing);
        self.remove(index + 1, sizing, gone);
    }

    /// Removes the element at `index`, below the length. A long one goes to `gone`.
    pub fn remove(&mut self, index: usize, sizing: &Sizing, gone: &mut Gone) {
        let (at, within) = self.locate(index);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        self.edited = self.edited.and(at);
        if chunk.count() > 1 {
            let before = chunk.size();
            chunk.open();
            chunk.remove(within..within + 1);
            self.len -= 1;
            self.size -= before - chunk.size();
            self.join(at, sizing);
        } else if let Some(chunk) = self.chunks.remove(at) {
            self.len -= 1;
            self.size -= chunk.size();
            if chunk.is_alone() {
                gone.add_chunk(chunk);
            }
        }
        self.open_ends();
    }

    /// Removes up to `limit` elements that equal `element`, the first or the last ones. Returns how
    /// many. Long ones go to `gone`.
    pub fn remove_equal(
        &mut self,
        (element, limit): (&[u8], usize),
        direction: Direction,
        sizing: &Sizing,
        gone: &mut Gone,
    ) -> usize {
        let (mut left, mut emptied, mut shrunk) = (limit, false, 0);
        let mut visit = |chunk: &mut Chunk| {
            let size = chunk.size();
            let removed = chunk.remove_equal(element, left, direction);
            left -= removed;
            emptied |= chunk.count() == 0;
            if removed > 0 && !chunk.is_alone() {
                shrunk += size - chunk.size();
            }
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let _ = match direction {
            Direction::Forward => self.chunks.iter_mut().try_for_each(&mut visit),
            Direction::Backward => self.chunks.iter_mut().rev().try_for_each(&mut visit),
        };
        let removed = limit - left;
        self.len -= removed;
        self.size -= shrunk;
        if removed > 0 {
            self.edited = Edited::Anywhere;
            self.sweep(emptied, sizing, gone);
        }
        removed
    }

    /// Takes emptied chunks out and joins small ones.
    fn sweep(&mut self, emptied: bool, sizing: &Sizing, gone: &mut Gone) {
        if emptied {
            let (full, empty) =
                std::mem::take(&mut self.chunks)
                    .into_iter()
                    .partition::<std::collections::VecDeque<_>, _>(|chunk| chunk.count() > 0);
            self.chunks = full;
            for mut chunk in empty.into_iter().filter(Chunk::is_alone) {
                chunk.revive();
                self.size -= chunk.size();
                gone.add_chunk(chunk);
            }
        }
        let mut at = 0;
        while at + 1 < self.chunks.len() {
            if !self.join_with_next(at, sizing) {
                at += 1;
            }
        }
        self.open_ends();
    }

    /// Joins chunk `at` with a neighbour if both are small.
    fn join(&mut self, at: usize, sizing: &Sizing) {
        if !self.join_with_next(at, sizing) && at > 0 {
            self.join_with_next(at - 1, sizing);
        }
    }

    fn join_with_next(&mut self, at: usize, sizing: &Sizing) -> bool {
        let (Some(first), Some(second)) = (self.chunks.get(at), self.chunks.get(at + 1)) else {
            return false;
        };
        let plain = |chunk: &Chunk| !chunk.is_alone() && !chunk.is_squeezed();
        let joins = plain(first)
            && plain(second)
            && first.count() + second.count() <= sizing.count_max
            && (first.size() + second.size()) * JOIN_SHARE <= sizing.size_max;
        if joins
            && let Some(second) = self.chunks.remove(at + 1)
            && let Some(first) = self.chunks.get_mut(at)
        {
            first.append(&second, sizing);
        }
        joins
    }

    /// Removes the `count` elements at an end, at most all. Whole chunks go to `gone`: there may be
    /// many.
    pub fn pop_many(&mut self, end: End, count: usize, gone: &mut Gone) {
        if count >= self.len {
            return gone.add(std::mem::take(self));
        }
        let border = match end {
            End::Front => count,
            End::Back => self.len - count,
        };
        let (at, within) = self.locate(border);
        let part = |chunk: &mut Chunk| {
            let range = match end {
                End::Front => 0..within,
                End::Back => within..chunk.count(),
            };
            let before = chunk.size();
            chunk.open();
            chunk.remove(range);
            before - chunk.size()
        };
        // The border lies in chunk `at`, or in front of it.
        let (whole, cut) = match end {
            End::Front => {
                let whole = self.chunks.drain(..at).collect();
                (whole, self.chunks.front_mut().filter(|_| within > 0))
            }
            End::Back => {
                let whole = self.chunks.split_off(at + usize::from(within > 0));
                (whole, self.chunks.back_mut().filter(|_| within > 0))
            }
        };
        let cut = cut.map_or(0, part);
        let size = gone.add_chunks(whole);
        (self.len, self.size) = (self.len - count, self.size - size - cut);
        self.open_ends();
    }
}

impl Edited {
    /// With a change at chunk `at`.
    fn and(self, at: usize) -> Self {
        match self {
            Self::Ends => Self::Around(at as u32),
            Self::Around(before) if before as usize == at => self,
            _ => Self::Anywhere,
        }
    }
}
