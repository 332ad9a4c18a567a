//! What keys hold: collections too big for their entry's own block.

mod hash;

use structures::list::List;
use structures::table::NO_DEADLINE;

pub use hash::{Before, FieldExpiry, HashTable, Size, Swept, sweep_fields};

/// A big collection.
pub enum Object {
    /// A hash above the packed thresholds, or with a field that expires.
    Hash(HashTable),
    /// A list above the flat limits. In a box, so that other collections are no bigger for it.
    List(Box<List>),
}

/// A collection with more elements, or a list of more chunks, than this is freed elsewhere; so is
/// one of more bytes than `BIG_SIZE`, where they are known.
const BIG_COUNT: usize = 64;
const BIG_SIZE: usize = 64 << 10;

impl Object {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Hash(hash) => hash.len(),
            Self::List(list) => list.len(),
        }
    }

    /// True if freeing it takes a while.
    pub fn is_big(&self) -> bool {
        match self {
            Self::Hash(hash) => hash.len() > BIG_COUNT,
            Self::List(list) => list.chunk_count() > BIG_COUNT || list.size() > BIG_SIZE,
        }
    }

    /// True when there is no element (a state between two steps: empty collections are removed).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The least deadline of any element, or earlier; `NO_DEADLINE` if none expires.
    pub fn least_deadline(&self) -> u32 {
        match self {
            Self::Hash(hash) => hash.least_deadline(),
            Self::List(_) => NO_DEADLINE,
        }
    }

    /// Bytes of everything below, estimated from a sample of the elements.
    pub fn heap_bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Hash(hash) => hash.heap_bytes(),
                Self::List(list) => size_of::<List>() + list.heap_bytes(),
            }
    }
}
