//! The sweep: visits what is due, and nothing else.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;

use super::Word;
use super::bucket::ADDRESS;
use super::directory::DirectoryRef;
use super::segment::{Place, Segment};
use super::view::View;

/// The deadline of an item that has none.
pub const NO_DEADLINE: u32 = u32::MAX;

/// What a sweep's visitor says of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes.
    Remove,
    /// It stays; look again at this deadline ([`NO_DEADLINE`]: never).
    Keep(u32),
}

impl<T: Word> View<'_, T> {
    /// The least deadline of any item, or earlier.
    pub fn least_deadline(&self) -> u32 {
        self.directory().map_or(NO_DEADLINE, DirectoryRef::least)
    }

    /// Visits the items of buckets whose deadline is at most `now` (they may be changed), removing
    /// those whose verdict says so and handing them to `removed`. Stops after about `budget`
    /// removals; true if it saw everything that is due. The table keeps its size.
    pub fn sweep(
        &mut self,
        now: u32,
        budget: usize,
        mut visit: impl FnMut(&mut T) -> Verdict,
        mut removed: impl FnMut(T),
    ) -> bool {
        let Some(directory) = self.directory() else { return true };
        let mut left = budget;
        let mut least = NO_DEADLINE;
        for (first, segment) in directory.segments() {
            if directory.deadline(first) <= now {
                if left == 0 {
                    return false;
                }
                let done = sweep_segment(segment, now, &mut left, &mut visit, &mut |item| {
                    directory.add_len(-1);
                    removed(item);
                });
                directory.set_deadline(first, segment.least_deadline());
                if !done {
                    return false;
                }
            }
            least = least.min(directory.deadline(first));
        }
        directory.set_least(least);
        true
    }
}

fn sweep_segment<T: Word>(
    segment: Segment,
    now: u32,
    left: &mut usize,
    visit: &mut impl FnMut(&mut T) -> Verdict,
    removed: &mut impl FnMut(T),
) -> bool {
    for bucket in 0..segment.buckets() {
        if segment.deadline(bucket) > now {
            continue;
        }
        if *left == 0 {
            return false;
        }
        let mut least = NO_DEADLINE;
        let items: Vec<(usize, u64)> =
            segment.bucket(bucket).items().map(|(slot, _, word)| (slot, word)).collect();
        for (slot, word) in items {
            // SAFETY: words of a live segment are items of this table; the address goes back below.
            let mut item = ManuallyDrop::new(unsafe { T::from_word(word & ADDRESS) });
            let verdict = visit(&mut item);
            // SAFETY: taken once; ownership returns to the table as a word.
            let address = unsafe { ManuallyDrop::take(&mut item) }.into_word();
            segment.bucket(bucket).set_address(slot, address);
            match verdict {
                Verdict::Keep(deadline) => least = least.min(deadline),
                Verdict::Remove => {
                    let word = segment.remove(Place { bucket, slot });
                    *left = left.saturating_sub(1);
                    // SAFETY: the slot held the item and no longer does.
                    removed(unsafe { T::from_word(word & ADDRESS) });
                }
            }
        }
        segment.set_deadline(bucket, least);
    }
    true
}
