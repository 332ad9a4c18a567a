//! What keys hold: collections too big for their entry's own block.

mod hash;
pub mod stream;

pub use hash::{Before, FieldExpiry, HashTable, Size, Swept, sweep_fields};
use stream::Stream;
use structures::table::NO_DEADLINE;

/// A big collection.
pub enum Object {
    /// A hash above the packed thresholds, or with a field that expires.
    Hash(HashTable),
    /// A stream, however small.
    Stream(Box<Stream>),
}

impl Object {
    /// Elements that freeing would have to visit.
    pub fn len(&self) -> usize {
        match self {
            Self::Hash(hash) => hash.len(),
            Self::Stream(stream) => stream.weight(),
        }
    }

    /// True when there is no element (a state between two steps: empty collections are removed,
    /// but for streams).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The least deadline of any element, or earlier; `NO_DEADLINE` if none expires.
    pub fn least_deadline(&self) -> u32 {
        match self {
            Self::Hash(hash) => hash.least_deadline(),
            Self::Stream(_) => NO_DEADLINE,
        }
    }

    /// Bytes of everything below, estimated from a sample of the elements.
    pub fn heap_bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Hash(hash) => hash.heap_bytes(),
                Self::Stream(stream) => size_of::<Stream>() + stream.heap_bytes(),
            }
    }
}
