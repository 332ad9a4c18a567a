//! What a dump holds, as plain data.
//!
//! The byte strings are generic: reading yields owned ones (`Vec<u8>`, the default), and a writer
//! also takes borrowed ones (`&[u8]`), so that saving a keyspace copies no value.
//!
//! Not here: how values are stored in memory, and how they are laid out in the dump (`types/`).

use crate::packed::decimal;
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

/// Takes a value out of a dump, element by element. Of a value only the methods of its kind are
/// called; of a collection without elements none.
pub trait Taker {
    /// The text.
    fn string(&mut self, text: &[u8]);
    /// The next field of a hash, which may expire by itself, in milliseconds since the Unix epoch.
    fn field(&mut self, field: &[u8], value: &[u8], expires_at_ms: Option<u64>);
    /// The next element of a list.
    fn element(&mut self, element: &[u8]);
    /// The next member of a set.
    fn member(&mut self, member: &[u8]);
    /// The next member of a set, which is the text of this number.
    fn integer(&mut self, member: i64);
    /// The next member of a sorted set, with its score, which is a number.
    fn scored(&mut self, member: &[u8], score: f64);
    /// The stream.
    fn stream(&mut self, stream: Stream);
}

impl Value {
    /// Hands the value over as if it were read now; false if it is a collection without elements.
    pub fn hand_over(self, taker: &mut impl Taker) -> bool {
        let is_there = !self.is_empty();
        match self {
            Value::String(text) => taker.string(&text),
            Value::Hash(fields) => {
                fields.iter().for_each(|it| taker.field(&it.field, &it.value, it.expires_at_ms));
            }
            Value::List(elements) => elements.iter().for_each(|it| taker.element(it)),
            Value::Set(members) => members.iter().for_each(|it| taker.member(it)),
            Value::SortedSet(members) => {
                members.iter().for_each(|it| taker.scored(&it.member, it.score));
            }
            Value::Stream(stream) => taker.stream(*stream),
        }
        is_there
    }
}

/// Becomes what is taken, whatever it was before; a collection without elements it does not become.
impl Taker for Value {
    fn string(&mut self, text: &[u8]) {
        *self = Value::String(text.to_vec());
    }

    fn field(&mut self, field: &[u8], value: &[u8], expires_at_ms: Option<u64>) {
        let field = HashField { field: field.to_vec(), value: value.to_vec(), expires_at_ms };
        match self {
            Value::Hash(fields) => fields.push(field),
            _ => *self = Value::Hash(vec![field]),
        }
    }

    fn element(&mut self, element: &[u8]) {
        match self {
            Value::List(elements) => elements.push(element.to_vec()),
            _ => *self = Value::List(vec![element.to_vec()]),
        }
    }

    fn member(&mut self, member: &[u8]) {
        match self {
            Value::Set(members) => members.push(member.to_vec()),
            _ => *self = Value::Set(vec![member.to_vec()]),
        }
    }

    fn integer(&mut self, member: i64) {
        self.member(&decimal(member));
    }

    fn scored(&mut self, member: &[u8], score: f64) {
        let member = Scored { member: member.to_vec(), score };
        match self {
            Value::SortedSet(members) => members.push(member),
            _ => *self = Value::SortedSet(vec![member]),
        }
    }

    fn stream(&mut self, stream: Stream) {
        *self = Value::Stream(Box::new(stream));
    }
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
