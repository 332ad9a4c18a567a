//! What a dump holds, as plain data.
//!
//! The byte strings are generic: reading yields owned ones (`Vec<u8>`, the default), and a writer
//! also takes borrowed ones (`&[u8]`), so that saving a keyspace copies no value.
//!
//! Not here: how values are stored in memory, and how they are laid out in the dump (`types/`).

use crate::stream::Stream;

/// One key with its value and what Redis keeps beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<B = Vec<u8>> {
    /// The key's name.
    pub key: B,
    /// What the key holds.
    pub value: Value<B>,
    /// When the key expires, in milliseconds since the Unix epoch. A time before the epoch reads
    /// as 0, which is in the past just as well.
    pub expires_at_ms: Option<u64>,
    /// Seconds since the key was last used, when the saving server evicted by recency.
    pub idle_s: Option<u64>,
    /// Redis's logarithmic access counter, when the saving server evicted by frequency.
    pub freq: Option<u8>,
}

impl<B> Entry<B> {
    /// An entry that does not expire and carries no access statistics.
    pub fn new(key: B, value: Value<B>) -> Entry<B> {
        Entry { key, value, expires_at_ms: None, idle_s: None, freq: None }
    }
}

/// A value, by type. The encoding it had, or will have, in the dump is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<B = Vec<u8>> {
    /// A byte string.
    String(B),
    /// Fields in the order of the dump; never empty when read.
    Hash(Vec<HashField<B>>),
    /// Elements in their order; never empty when read.
    List(Vec<B>),
    /// Members in the order of the dump; never empty when read.
    Set(Vec<B>),
    /// Members with their scores in the order of the dump, which may be descending; never empty
    /// when read. A writer is given them in ascending order.
    SortedSet(Vec<Scored<B>>),
    /// A stream, which may be empty.
    Stream(Box<Stream>),
}

impl<B> Value<B> {
    /// True of a collection without elements.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Value::String(_) | Value::Stream(_) => false,
            Value::Hash(fields) => fields.is_empty(),
            Value::List(elements) => elements.is_empty(),
            Value::Set(members) => members.is_empty(),
            Value::SortedSet(members) => members.is_empty(),
        }
    }
}

/// One member of a sorted set.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored<B = Vec<u8>> {
    /// The member.
    pub member: B,
    /// Its score, which is a number.
    pub score: f64,
}

// A score is never NaN.
impl<B: Eq> Eq for Scored<B> {}

/// One field of a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashField<B = Vec<u8>> {
    /// The field's name.
    pub field: B,
    /// The field's value.
    pub value: B,
    /// When this field alone expires, in milliseconds since the Unix epoch; below 2^48.
    pub expires_at_ms: Option<u64>,
}

impl<B> HashField<B> {
    /// A field that does not expire by itself.
    pub fn new(field: B, value: B) -> HashField<B> {
        HashField { field, value, expires_at_ms: None }
    }
}
