//! More groups, fewer groups; two segments of one, one of two.
//!
//! Each function here moves at most a full segment's members, and looks at them only when the
//! window moves on ([`Segment::grow`]).

use crate::groups::group::{GROUP_MAX, Group};
use crate::groups::outside::Outsiders;
use crate::table::NO_DEADLINE;

use super::{
    BITS_MAX, Counted, FULLS, GROUPS_MAX, NEXT_BITS, Outside, SPARSE, Segment, Start, next_of,
};

impl<T: Outside> Segment<T> {
    /// Makes room: gives the upper half if the segment had to be split.
    pub(in crate::groups) fn grow(&mut self, place_of: &impl Fn(&[u8]) -> u64) -> Option<Self> {
        if self.level() == u32::from(self.window) + NEXT_BITS {
            self.refresh(place_of);
        }
        let mask = 1 << (NEXT_BITS - 1 - (self.level() - u32::from(self.window)));
        let halves = self.groups.iter().zip(self.counts);
        let mut groups: Vec<Counted> =
            halves.flat_map(|(group, count)| group.split(count.into(), mask)).collect();
        let deadlines: Option<Vec<u32>> =
            self.deadlines.as_ref().map(|it| it.iter().flat_map(|&at| [at, at]).collect());
        if u32::from(self.bits) < BITS_MAX {
            self.bits += 1;
            self.install(groups, deadlines);
            return None;
        }
        self.depth += 1;
        let start = self.start | 1 << (64 - u32::from(self.depth));
        let (depth, bits, window) = (self.depth, self.bits, self.window);
        let of_upper = Start { start, depth, bits, window };
        let mut upper = Self::of(of_upper, groups.split_off(GROUPS_MAX));
        if let Some(mut deadlines) = deadlines {
            upper.set_deadlines(deadlines.split_off(GROUPS_MAX));
            self.set_deadlines(deadlines);
        }
        self.install(groups, None);
        // Both halves anew: what is taken would leave its room and its number behind.
        let mut outside = std::mem::take(&mut self.outside);
        if !outside.is_empty() {
            for half in [&mut *self, &mut upper] {
                let mut own = outside.room_for_half();
                half.move_outside(&mut outside, &mut own);
                half.outside = own.or_none();
            }
        }
        Some(upper)
    }

    /// Moves the window to the level.
    #[cold]
    fn refresh(&mut self, place_of: &impl Fn(&[u8]) -> u64) {
        let level = self.level();
        for group in 0..self.groups.len() {
            let places: Vec<u64> = self.items(group).map(|item| place_of(item.bytes)).collect();
            for (index, position) in places.into_iter().enumerate() {
                self.groups[group].set_next(index, next_of(position, level));
            }
        }
        self.window = level as u8;
    }

    /// Moves the window back to `window`; the bits in between are the same for a whole group.
    fn rewind(&mut self, window: u32) {
        let back = u32::from(self.window) - window;
        if back == 0 {
            return;
        }
        for group in 0..self.groups.len() {
            let before = next_of(self.start_of(group), window);
            let before = before & !(u32::from(u8::MAX) >> back) as u8;
            for index in 0..self.counts[group].into() {
                let next = self.groups[group].part(index).next;
                let next = (u32::from(next) >> back) as u8 | before;
                self.groups[group].set_next(index, next);
            }
        }
        self.window = window as u8;
    }

    fn install(&mut self, groups: Vec<Counted>, deadlines: Option<Vec<u32>>) {
        let Self { start, depth, bits, window, .. } = *self;
        let new = Self::of(Start { start, depth, bits, window }, groups);
        (self.counts, self.groups) = (new.counts, new.groups);
        (self.len, self.full) = (new.len, new.full);
        if let Some(deadlines) = deadlines {
            self.set_deadlines(deadlines);
        }
    }

    /// Moves the items that stand for our members; what has none of them left is of no use.
    fn move_outside(&mut self, from: &mut Outsiders<T>, to: &mut Outsiders<T>) {
        if from.is_empty() {
            return;
        }
        for (group, count) in self.groups.iter_mut().zip(self.counts) {
            group.renumber(count.into(), |number| match from.pull(number) {
                Some(item) => to.put(item),
                None => number,
            });
        }
    }

    /// True if two groups are to become one.
    #[inline]
    pub(in crate::groups) fn is_sparse(&self) -> bool {
        self.len() < SPARSE << self.bits && self.level() > 0
    }

    /// Makes two groups one throughout a segment that is all there is.
    pub(in crate::groups) fn shrink(&mut self) {
        debug_assert!(self.depth == 0 && self.bits > 0);
        if !self.pairs_fit() {
            return;
        }
        self.rewind(u32::from(self.window).min(self.level() - 1));
        let groups = std::mem::take(&mut self.groups);
        let groups = pairs(groups.iter().zip(self.counts));
        let deadlines = self.deadlines.take().map(|it| paired(&it));
        self.bits -= 1;
        self.install(groups, deadlines);
    }

    /// True if the segment and its neighbour `upper` can become one.
    pub(in crate::groups) fn can_absorb(&self, upper: &Self) -> bool {
        self.depth == upper.depth
            && [self, upper].iter().all(|it| u32::from(it.bits) == BITS_MAX)
            && self.len() + upper.len() <= FULLS[0] * 3 / 4
            && self.pairs_fit()
            && upper.pairs_fit()
    }

    /// True if every two groups have room in one, as those of hashes do.
    fn pairs_fit(&self) -> bool {
        let pairs = self.counts.chunks_exact(2);
        pairs.into_iter().all(|pair| usize::from(pair[0]) + usize::from(pair[1]) <= GROUP_MAX)
    }

    /// Becomes one with the neighbour whose positions follow.
    pub(in crate::groups) fn absorb(&mut self, mut upper: Self) {
        let window = self.window.min(upper.window).min((self.level() - 1) as u8).into();
        self.rewind(window);
        upper.rewind(window);
        let mut outside = std::mem::take(&mut upper.outside);
        upper.move_outside(&mut outside, &mut self.outside);
        let groups = std::mem::take(&mut self.groups);
        let both = groups.iter().zip(self.counts).chain(upper.groups.iter().zip(upper.counts));
        let groups = pairs(both);
        let deadlines = [self.deadlines.take(), upper.deadlines.take()];
        let deadlines = deadlines.iter().any(Option::is_some).then(|| {
            let all = deadlines.iter().flat_map(|it| match it {
                Some(deadlines) => deadlines.to_vec(),
                None => vec![NO_DEADLINE; GROUPS_MAX],
            });
            paired(&all.collect::<Vec<_>>())
        });
        self.depth -= 1;
        self.install(groups, deadlines);
    }
}

/// Every two groups as one.
fn pairs<'a>(groups: impl Iterator<Item = (&'a Group, u8)>) -> Vec<Counted> {
    let groups: Vec<_> = groups.collect();
    let two = groups.chunks_exact(2).map(|pair| {
        let counts = [0, 1].map(|it| usize::from(pair[it].1));
        (Group::joined([pair[0].0, pair[1].0], counts), pair[0].1 + pair[1].1)
    });
    two.collect()
}

fn paired(deadlines: &[u32]) -> Vec<u32> {
    deadlines.chunks_exact(2).map(|pair| pair[0].min(pair[1])).collect()
}
