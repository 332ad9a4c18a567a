//! What keys hold: collections too big for their entry's own block.

mod elements;
mod expiries;
mod set;
mod sorted_set;
pub mod stream;

use structures::list::List;
use structures::table::{NO_DEADLINE, Table};

pub use elements::{Before, ElementExpiry, ElementTable, Size, Swept, sweep_elements};
pub use set::{SetMember, SetTable};
pub use sorted_set::{Full, SortedSetTable, Stored};
use stream::Stream;

use crate::entry::Entry;

/// Elements looked at to estimate a collection's size.
const SAMPLE: usize = 64;

/// A big collection.
pub enum Object {
    /// A hash above the packed thresholds, or with a field that expires.
    Hash(ElementTable),
    /// A list above the flat limits. In a box, so that other collections are no bigger for it.
    List(Box<List>),
    /// A set above the packed thresholds, or with a member that expires; in a box like lists.
    Set(Box<SetTable>),
    /// A sorted set above the packed thresholds, or with a member that expires; in a box, since it
    /// is much larger than the others.
    SortedSet(Box<SortedSetTable>),
    /// A stream, however small.
    Stream(Box<Stream>),
}

/// The kinds of collections whose elements may have an expiry of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Hashes, whose elements are fields.
    Hash,
    /// Sets.
    Set,
    /// Sorted sets.
    SortedSet,
}

/// A collection with more elements, or a list of more chunks, than this is freed elsewhere; so is
/// one of more bytes than `BIG_SIZE`, where they are known.
const BIG_COUNT: usize = 64;
const BIG_SIZE: usize = 64 << 10;

impl Object {
    /// The family, if elements may have an expiry of their own.
    pub fn family(&self) -> Option<Family> {
        match self {
            Self::Hash(_) => Some(Family::Hash),
            Self::Set(_) => Some(Family::Set),
            Self::SortedSet(_) => Some(Family::SortedSet),
            Self::List(_) | Self::Stream(_) => None,
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Hash(table) => table.len(),
            Self::Set(set) => set.len(),
            Self::List(list) => list.len(),
            Self::SortedSet(sorted) => sorted.len(),
            Self::Stream(stream) => stream.len() as usize,
        }
    }

    /// True if freeing it takes a while.
    pub fn is_big(&self) -> bool {
        match self {
            Self::List(list) => list.chunk_count() > BIG_COUNT || list.size() > BIG_SIZE,
            Self::Stream(stream) => stream.weight() > BIG_COUNT,
            Self::Hash(_) | Self::Set(_) | Self::SortedSet(_) => self.len() > BIG_COUNT,
        }
    }

    /// True when there is no element (a state between two steps: empty collections are removed,
    /// but for streams).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks the memory for the elements with these hashes, for kinds that find them by hash.
    pub fn prefetch(&self, hashes: &[u64]) {
        match self {
            Self::Hash(table) => table.prefetch(hashes),
            Self::Set(set) => set.prefetch(hashes),
            Self::SortedSet(sorted) => sorted.prefetch(hashes),
            Self::List(_) | Self::Stream(_) => {}
        }
    }

    /// Asks the memory for the elements that draws with these generators will give, for kinds that
    /// are worth it.
    pub fn prefetch_random(&self, randoms: &mut [fastrand::Rng]) {
        if let Self::Set(set) = self {
            set.prefetch_random(randoms);
        }
    }

    /// The least deadline of any element, or earlier; `NO_DEADLINE` if none expires.
    pub fn least_deadline(&self) -> u32 {
        match self {
            Self::Hash(table) => table.least_deadline(),
            Self::Set(set) => set.least_deadline(),
            Self::SortedSet(sorted) => sorted.least_deadline(),
            Self::List(_) | Self::Stream(_) => NO_DEADLINE,
        }
    }

    /// Number of elements with an expiry of their own.
    pub fn expiring(&self) -> usize {
        match self {
            Self::Hash(table) => table.expiring(),
            Self::Set(set) => set.expiring(),
            Self::SortedSet(sorted) => sorted.expiring(),
            Self::List(_) | Self::Stream(_) => 0,
        }
    }

    /// False only if no element can have expired by `now_ms`; O(1).
    #[inline]
    pub fn may_have_expired(&self, now_ms: i64) -> bool {
        match self {
            Self::Hash(table) => table.may_have_expired(now_ms),
            Self::Set(set) => set.may_have_expired(now_ms),
            Self::SortedSet(sorted) => sorted.may_have_expired(now_ms),
            Self::List(_) | Self::Stream(_) => false,
        }
    }

    /// Bytes of everything below, estimated from a sample of the elements.
    pub fn heap_bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Hash(table) => table.heap_bytes(),
                Self::Set(set) => size_of::<SetTable>() + set.heap_bytes(),
                Self::List(list) => size_of::<List>() + list.heap_bytes(),
                Self::SortedSet(sorted) => size_of::<SortedSetTable>() + sorted.heap_bytes(),
                Self::Stream(stream) => size_of::<Stream>() + stream.heap_bytes(),
            }
    }
}

/// A collection's own block: three words, for which allocators have a class.
const _: () = assert!(size_of::<Object>() == 24);

/// Bytes of a table and its entries, the latter estimated from a sample.
fn estimated_bytes(table: &Table<Entry>) -> usize {
    let (mut seen, mut bytes) = (0, 0);
    let mut cursor = Some(0);
    while let Some(from) = cursor.filter(|_| seen < SAMPLE) {
        cursor = table.scan(from, SAMPLE, |entry| {
            seen += 1;
            bytes += entry.heap_bytes();
        });
    }
    table.overhead() + (bytes * table.len()).checked_div(seen).unwrap_or(0)
}
