//! Growth and shrink, one segment at a time.
//!
//! Each function here does a bounded amount of work: at most 1785 words move, at most one
//! directory is copied.
#![allow(unsafe_code)]

use super::bucket::{ADDRESS, SLOTS, WINDOW_SPLITS, home_of_word, window_of};
use super::directory::DirectoryRef;
use super::retired::Retired;
use super::segment::{BUCKETS_MAX, Segment, limit, size_above, size_for};
use super::sweep::NO_DEADLINE;
use super::view::View;
use super::{Word, lend};

/// Directories never get deeper: 2^34 segments a table.
const DEPTH_MAX: u32 = 34;
/// A segment emptier than this share of its slots moves to a smaller allocation.
const SPARSE_PERCENT: usize = 40;
/// Two neighbours with together at most this share of a largest segment become one.
const MERGE_PERCENT: usize = 45;

/// Segments are reserved so that they are filled to this share of what they take.
const RESERVED_PERCENT: usize = 90;
/// 2^12 segments are reserved at most.
const RESERVED_DEPTH_MAX: u32 = 12;

/// An item on the move.
struct Moved {
    tag: u8,
    word: u64,
    /// That of the bucket it came from.
    deadline: u32,
}

/// Makes room for one more item at `position`: the first segment, a larger one, or a split.
#[cold]
#[inline(never)]
pub(super) fn make_room<T: Word>(
    view: &mut View<'_, T>,
    position: u64,
    place_of: &impl Fn(&T) -> u64,
    retired: &mut Retired,
) {
    let Some(directory) = view.directory() else {
        let directory = DirectoryRef::allocate(0, 0, 1);
        directory.place(0, Segment::allocate(1, 0, 0));
        view.set_directory(Some(directory));
        return;
    };
    let index = directory.index(position);
    let segment = directory.segment(index);
    let mut buckets = segment.buckets();
    while let Some(larger) = size_above(buckets) {
        if let Some(grown) = resized(segment, larger) {
            replace(directory, index, segment, grown, retired);
            return;
        }
        buckets = larger;
    }
    split(view, directory, position, place_of, retired);
}

/// Gives an empty table so many segments, and those so many buckets, as `items` items will need.
pub(super) fn reserve<T: Word>(view: &mut View<'_, T>, items: usize) {
    if view.directory().is_some() || items == 0 {
        return;
    }
    // Positions are hashes, so segments differ little; what does not fit splits one.
    let most = limit(BUCKETS_MAX) * RESERVED_PERCENT / 100;
    let depth = items.div_ceil(most).next_power_of_two().trailing_zeros().min(RESERVED_DEPTH_MAX);
    let buckets = size_for(items >> depth);
    let directory = DirectoryRef::allocate(depth, 0, 1 << depth);
    for index in 0..1 << depth {
        directory.set_segment(index, Segment::allocate(buckets, depth, depth));
    }
    view.set_directory(Some(directory));
}

/// After a removal at `position`: shrinks or merges its segment, or frees an empty table.
#[inline]
pub(super) fn give_back<T: Word>(
    view: &mut View<'_, T>,
    position: u64,
    place_of: &impl Fn(&T) -> u64,
    retired: &mut Retired,
) {
    let Some(directory) = view.directory() else { return };
    let segment = directory.segment(directory.index(position));
    if segment.count() * 100 < segment.buckets() * SLOTS * SPARSE_PERCENT {
        shrink(view, directory, position, place_of, retired);
    }
}

#[cold]
fn shrink<T: Word>(
    view: &mut View<'_, T>,
    directory: DirectoryRef,
    position: u64,
    place_of: &impl Fn(&T) -> u64,
    retired: &mut Retired,
) {
    if directory.len() == 0 {
        return view.clear(retired, drop);
    }
    let index = directory.index(position);
    let segment = directory.segment(index);
    if merge(view, directory, index, place_of, retired) {
        return;
    }
    let buckets = size_for(segment.count());
    if buckets < segment.buckets()
        && let Some(smaller) = resized(segment, buckets)
    {
        replace(directory, index, segment, smaller, retired);
    }
}

/// A copy of `segment` with another bucket count, or `None` if the items do not settle in it.
fn resized(segment: Segment, buckets: usize) -> Option<Segment> {
    let behind = segment.behind();
    let copy = Segment::allocate(buckets, segment.depth(), segment.depth() - behind);
    let items = segment.items().map(|(bucket, tag, word)| {
        let deadline = segment.deadline(bucket);
        (home_of_word(word, behind, buckets), Moved { tag, word, deadline })
    });
    if settle_all(copy, items) {
        return Some(copy);
    }
    free(copy);
    None
}

/// Settles moved items; false if one finds no place.
fn settle_all(segment: Segment, items: impl Iterator<Item = (usize, Moved)>) -> bool {
    for (home, moved) in items {
        let Some(place) = segment.settle(home, moved.tag, moved.word) else { return false };
        // The bucket's deadline may belong to a neighbour of the item; too early is harmless.
        if moved.deadline < segment.deadline(place.bucket) {
            segment.set_deadline(place.bucket, moved.deadline);
        }
    }
    true
}

/// Frees a segment that nobody else has seen, leaving its items alone.
fn free(segment: Segment) {
    let mut retired = Retired::default();
    segment.retire(&mut retired);
    retired.free_now();
}

fn replace(
    directory: DirectoryRef,
    index: usize,
    old: Segment,
    new: Segment,
    retired: &mut Retired,
) {
    directory.place(index, new);
    old.retire(retired);
}

fn split<T: Word>(
    view: &mut View<'_, T>,
    directory: DirectoryRef,
    position: u64,
    place_of: &impl Fn(&T) -> u64,
    retired: &mut Retired,
) {
    let segment = directory.segment(directory.index(position));
    let depth = segment.depth();
    assert!(
        depth < DEPTH_MAX,
        "a segment overflows at the greatest depth: positions are not hashes"
    );
    let directory = if depth == directory.depth() {
        let doubled = double(directory);
        view.set_directory(Some(doubled));
        directory.retire(retired);
        doubled
    } else {
        directory
    };
    let halves = halves(segment, place_of);
    let (first, count) = directory.extent(directory.index(position));
    let children = [first, first + count / 2];
    for (child, half) in children.into_iter().zip(halves) {
        directory.place(child, half);
    }
    if depth + 1 == directory.depth() {
        directory.set_deepest(directory.deepest() + 2);
    }
    segment.retire(retired);
}

/// The two segments that `segment` splits into.
fn halves<T: Word>(segment: Segment, place_of: &impl Fn(&T) -> u64) -> [Segment; 2] {
    let depth = segment.depth();
    let behind = segment.behind();
    // The bit below the segment's depth tells the half.
    let upper = |word: u64| ((word >> 48) << behind) & 0x8000 != 0;
    let counts = segment.items().fold([0, 0], |mut counts, (_, _, word)| {
        counts[usize::from(upper(word))] += 1;
        counts
    });
    let refresh = behind + 1 > WINDOW_SPLITS;
    let window_depth = if refresh { depth + 1 } else { depth - behind };
    [false, true].map(|half| {
        let items = segment.items().filter(|&(_, _, word)| upper(word) == half);
        let items = items.map(|(bucket, tag, word)| {
            let word = if refresh { rewindowed(word, window_depth, place_of) } else { word };
            Moved { tag, word, deadline: segment.deadline(bucket) }
        });
        let moved: Vec<Moved> = items.collect();
        assemble(&moved, depth + 1, window_depth, size_for(counts[usize::from(half)]))
    })
}

/// The word with its window read anew from the item's position.
fn rewindowed<T: Word>(word: u64, window_depth: u32, place_of: &impl Fn(&T) -> u64) -> u64 {
    // SAFETY: the word is an item of the table being resized.
    let position = place_of(&*unsafe { lend::<T>(word) });
    word & ADDRESS | window_of(position, window_depth) << 48
}

/// A segment of at least `buckets` that holds all of `moved`.
fn assemble(moved: &[Moved], depth: u32, window_depth: u32, buckets: usize) -> Segment {
    let mut buckets = buckets;
    loop {
        let segment = Segment::allocate(buckets, depth, window_depth);
        let items = moved.iter().map(|m| {
            let home = home_of_word(m.word, depth - window_depth, buckets);
            (home, Moved { tag: m.tag, word: m.word, deadline: m.deadline })
        });
        if settle_all(segment, items) {
            return segment;
        }
        free(segment);
        let larger = size_above(buckets);
        // Half a segment's items always settle in a largest segment if positions are hashes.
        assert!(larger.is_some(), "more than ten neighbouring buckets share a home: not hashes");
        buckets = larger.unwrap_or(BUCKETS_MAX);
    }
}

/// A directory of twice the width over the same segments.
fn double(directory: DirectoryRef) -> DirectoryRef {
    let doubled = DirectoryRef::allocate(directory.depth() + 1, directory.len(), 0);
    for index in 0..doubled.width() {
        doubled.set_segment(index, directory.segment(index / 2));
        if index % 2 == 0 {
            doubled.set_deadline(index, directory.deadline(index / 2));
        }
    }
    doubled.set_least(directory.least());
    doubled
}

/// A directory of half the width, when no segment needs the full one.
fn halve(directory: DirectoryRef) -> DirectoryRef {
    let depth = directory.depth() - 1;
    let halved = DirectoryRef::allocate(depth, directory.len(), 0);
    for index in 0..halved.width() {
        halved.set_segment(index, directory.segment(index * 2));
        halved.set_deadline(index, directory.deadline(index * 2));
    }
    let deepest = halved.segments().filter(|(_, s)| s.depth() == depth).count();
    halved.set_deepest(deepest as u32);
    halved.set_least(directory.least());
    halved
}

/// Joins the segment at `index` with its neighbour if both are sparse. True if it did.
fn merge<T: Word>(
    view: &mut View<'_, T>,
    directory: DirectoryRef,
    index: usize,
    place_of: &impl Fn(&T) -> u64,
    retired: &mut Retired,
) -> bool {
    let segment = directory.segment(index);
    let depth = segment.depth();
    if depth == 0 {
        return false;
    }
    let (first, count) = directory.extent(index);
    let buddy_first = first ^ count;
    let buddy = directory.segment(buddy_first);
    let items = segment.count() + buddy.count();
    if buddy.depth() != depth || items * 100 > limit(BUCKETS_MAX) * MERGE_PERCENT {
        return false;
    }
    let moved: Vec<Moved> = [segment, buddy]
        .into_iter()
        .flat_map(|s| s.items().map(move |(bucket, tag, word)| (tag, word, s.deadline(bucket))))
        .map(|(tag, word, deadline)| {
            let word = rewindowed(word, depth - 1, place_of);
            Moved { tag, word, deadline }
        })
        .collect();
    let joined = assemble(&moved, depth - 1, depth - 1, size_for(items));
    directory.set_deadline(first | count, NO_DEADLINE);
    directory.place(first & !count, joined);
    segment.retire(retired);
    buddy.retire(retired);
    if depth == directory.depth() {
        directory.set_deepest(directory.deepest() - 2);
        if directory.deepest() == 0 {
            view.set_directory(Some(halve(directory)));
            directory.retire(retired);
        }
    }
    true
}
