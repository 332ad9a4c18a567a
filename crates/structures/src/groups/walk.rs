//! Walks in the order of positions: cursors, whole sets, the sweep.

use std::ops::ControlFlow;

use crate::table::{NO_DEADLINE, Verdict};

use super::segment::{Lies, Place, Segment};
use super::{Groups, Item, Near, Outside};

/// Groups that are asked of the memory ahead of their turn.
const AHEAD: usize = 3;

impl<T: Outside> Groups<T> {
    /// Visits all members of whole groups, from the one that `from` falls to, until at least
    /// `count` members or `10 * count` groups were seen. Gives the position to go on from, or
    /// `None` after the last group.
    ///
    /// A member that is there from a walk's start (0) to its end (`None`) is visited at least once,
    /// whatever is added and removed between the calls: its position does not change, and the walk
    /// passes every position. It may be visited twice if its segment changed.
    pub fn scan(&self, from: u64, count: usize, mut visit: impl FnMut(Item<'_, T>)) -> Option<u64> {
        let (mut position, mut seen) = (from, 0);
        for _ in 0..count.saturating_mul(10) {
            let segment = self.segment(position)?;
            let group = segment.group_of(position);
            for item in segment.items(group) {
                seen += 1;
                visit(item);
            }
            position = segment.end_of(group)?;
            if seen >= count {
                break;
            }
        }
        Some(position)
    }

    /// Visits every member.
    pub fn for_each(&self, mut visit: impl FnMut(Item<'_, T>)) {
        let _ = self.until(
            |_| {},
            |item| {
                visit(item);
                ControlFlow::Continue(())
            },
        );
    }

    /// Visits members until `visit` breaks off, which the result tells. Before that `ahead` hears
    /// of places where the walk will be soon.
    #[inline]
    pub fn until(
        &self,
        mut ahead: impl FnMut(Near),
        mut visit: impl FnMut(Item<'_, T>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for segment in self.in_order() {
            for group in 0..segment.group_count() {
                segment.prefetch_whole(group + AHEAD);
                if group + AHEAD < segment.group_count() {
                    ahead(segment.near(group + AHEAD));
                }
                segment.items(group).try_for_each(&mut visit)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The segments in the order of positions, each once.
    fn in_order(&self) -> impl Iterator<Item = &Segment<T>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let segment = &self.segments[*self.directory.get(next)? as usize];
            next += 1 << (self.depth - segment.depth());
            Some(&**segment)
        })
    }

    /// Visits the items that stand for members of groups whose deadline is at most `now` (they may
    /// be changed), removing those whose verdict says so and handing them to `removed`. Stops after
    /// about `budget` removals; true if it saw everything that is due. Segments keep their size.
    pub fn sweep(
        &mut self,
        now: u32,
        budget: usize,
        mut visit: impl FnMut(&mut T) -> Verdict,
        mut removed: impl FnMut(T),
    ) -> bool {
        if self.least > now {
            return true;
        }
        let (mut left, mut gone, mut done) = (budget, 0, true);
        for (segment, brief) in self.segments.iter_mut().zip(&mut self.briefs) {
            if brief.least > now {
                continue;
            }
            done = sweep_segment(segment, now, &mut left, &mut visit, &mut |item| {
                gone += 1;
                removed(item);
            });
            *brief = segment.brief();
            if !done {
                break;
            }
        }
        self.len -= gone;
        if done {
            self.least = self.briefs.iter().map(|it| it.least).min().unwrap_or(NO_DEADLINE);
        }
        if self.len == 0 {
            *self = Self::new();
        }
        done
    }
}

fn sweep_segment<T: Outside>(
    segment: &mut Segment<T>,
    now: u32,
    left: &mut usize,
    visit: &mut impl FnMut(&mut T) -> Verdict,
    removed: &mut impl FnMut(T),
) -> bool {
    for group in 0..segment.group_count() {
        if segment.deadline(group) > now {
            continue;
        }
        if *left == 0 {
            return false;
        }
        let mut least = NO_DEADLINE;
        // From the last to the first, since one that goes leaves its index to the last.
        for (index, number) in segment.outsiders(group).into_iter().rev() {
            let Some(item) = segment.outsider_mut(number) else { continue };
            match visit(item) {
                Verdict::Keep(deadline) => least = least.min(deadline),
                Verdict::Remove => {
                    *left = left.saturating_sub(1);
                    if let Lies::Outside(item) = segment.take(Place { group, index }) {
                        removed(item);
                    }
                }
            }
        }
        segment.set_deadline(group, least);
    }
    true
}
