//! Walks in position order: cursors, whole tables, random picks.
#![allow(unsafe_code)]

use super::bucket::{BUCKET_BITS, SLOTS};
use super::directory::DirectoryRef;
use super::segment::{BUCKETS_MAX, Segment};
use super::sweep::NO_DEADLINE;
use super::view::View;
use super::{Word, lend};

/// How many buckets before it is visited a bucket's items are asked for. Items lie anywhere:
/// without that a walk over a big table does little but wait.
const BUCKETS_AHEAD: usize = 2;

impl<T: Word> View<'_, T> {
    /// Visits all items of whole home buckets from the one that `from` falls to, until at least
    /// `count` items or `10 * count` buckets were seen. Gives the position to go on from, or `None`
    /// after the last bucket.
    ///
    /// An item that is in the table from a walk's start (0) to its end (`None`) is visited at
    /// least once, whatever is added, removed or resized between the calls: its position does not
    /// change, and the walk passes every position. It may be visited twice if its segment was
    /// resized.
    pub fn scan(&self, from: u64, count: usize, mut visit: impl FnMut(&T)) -> Option<u64> {
        let mut position = from;
        let mut seen = 0;
        for _ in 0..count.saturating_mul(10) {
            let directory = self.directory()?;
            let segment = directory.segment(directory.index(position));
            let home = segment.home(position);
            segment.prefetch_items(home + BUCKETS_AHEAD);
            segment.for_each_of_home(home, |word| {
                seen += 1;
                // SAFETY: words of a live segment are items of this table.
                visit(&*unsafe { lend::<T>(word) });
            });
            position = next_home(directory, segment, position, home)?;
            if seen >= count {
                break;
            }
        }
        Some(position)
    }

    /// As [`View::scan`], but an item is visited exactly once in a walk, if it is there from start
    /// to end: those of the first bucket that lie before `from` were visited before a resize.
    pub fn scan_once(
        &self,
        from: u64,
        count: usize,
        place_of: &impl Fn(&T) -> u64,
        mut visit: impl FnMut(&T),
    ) -> Option<u64> {
        let directory = self.directory()?;
        let segment = directory.segment(directory.index(from));
        let home = segment.home(from);
        let mut seen = 0;
        segment.for_each_of_home(home, |word| {
            // SAFETY: words of a live segment are items of this table.
            let item = unsafe { lend::<T>(word) };
            if from == 0 || place_of(&item) >= from {
                seen += 1;
                visit(&item);
            }
        });
        let next = next_home(directory, segment, from, home)?;
        if seen >= count { Some(next) } else { self.scan(next, count - seen, visit) }
    }

    /// Visits every item, in segment order.
    pub fn for_each(&self, mut visit: impl FnMut(&T)) {
        let Some(directory) = self.directory() else { return };
        for (_, segment) in directory.segments() {
            let mut ahead = 0;
            for (bucket, _, word) in segment.items() {
                while ahead <= bucket + BUCKETS_AHEAD {
                    segment.prefetch_items(ahead);
                    ahead += 1;
                }
                // SAFETY: words of a live segment are items of this table.
                visit(&*unsafe { lend::<T>(word) });
            }
        }
    }

    /// The word of a uniformly random item.
    pub(super) fn random_word(&self, random: &mut fastrand::Rng) -> Option<u64> {
        let directory = self.directory()?;
        if directory.len() == 0 {
            return None;
        }
        // A position falls to a segment with chance 2^-depth. Drawing the bucket from as many as
        // the widest possible segment of the directory's depth would have, and rejecting what is
        // not there, makes every slot of the table equally likely.
        loop {
            let segment = directory.segment(directory.index(random.u64(..)));
            let range = match directory.depth() {
                0 => segment.buckets(),
                depth => BUCKETS_MAX << (depth - segment.depth()),
            };
            let bucket = random.usize(..range);
            if bucket < segment.buckets() {
                let word = segment.bucket(bucket).word(random.usize(..SLOTS));
                if word != 0 {
                    return Some(word);
                }
            }
        }
    }

    /// A random item among those with a deadline, as far as the deadlines kept for buckets tell:
    /// `is` says whether an item really has one. Near enough to fair for sampling.
    pub fn random_timed(
        &self,
        random: &mut fastrand::Rng,
        is: impl Fn(&T) -> bool,
    ) -> Option<super::Lent<'_, T>> {
        let directory = self.directory()?;
        if directory.least() == NO_DEADLINE {
            return None;
        }
        let width = directory.width();
        let first = random.usize(..width);
        for step in 0..width {
            let (index, _) = directory.extent((first + step) % width);
            if directory.deadline(index) == NO_DEADLINE {
                continue;
            }
            let segment = directory.segment(index);
            let start = random.usize(..segment.buckets());
            for bucket in (start..segment.buckets()).chain(0..start) {
                if segment.deadline(bucket) == NO_DEADLINE {
                    continue;
                }
                let turn = random.usize(..SLOTS);
                for slot in (turn..SLOTS).chain(0..turn) {
                    let word = segment.bucket(bucket).word(slot);
                    // SAFETY: words of a live segment are items of this table.
                    if word != 0 && is(&*unsafe { lend::<T>(word) }) {
                        // SAFETY: as above.
                        return Some(unsafe { lend(word) });
                    }
                }
            }
        }
        None
    }

    /// A random item, or `None` when the table is empty.
    pub fn random(&self, random: &mut fastrand::Rng) -> Option<super::Lent<'_, T>> {
        let word = self.random_word(random)?;
        // SAFETY: found in the table, which does not change while `self` is borrowed.
        Some(unsafe { lend(word) })
    }
}

/// The first position whose home comes after `home` in this segment, or in the next one.
fn next_home(directory: DirectoryRef, segment: Segment, position: u64, home: usize) -> Option<u64> {
    let depth = segment.depth();
    let (first, count) = directory.extent(directory.index(position));
    if home + 1 < segment.buckets() {
        // The least b with b * buckets >> BUCKET_BITS == home + 1.
        let bits = ((home + 1) << BUCKET_BITS).div_ceil(segment.buckets()) as u64;
        let start = start_of(first, directory.depth());
        return Some(start | bits << (64 - BUCKET_BITS - depth));
    }
    let next = first + count;
    (next < directory.width()).then(|| start_of(next, directory.depth()))
}

/// The first position of directory word `index`.
fn start_of(index: usize, depth: u32) -> u64 {
    // Two shifts, because a shift by 64 (depth 0) is not defined.
    ((index as u64) << (63 - depth)) << 1
}
