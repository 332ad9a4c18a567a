//! Values made of their elements, as a dump or a payload of RESTORE brings them.
//!
//! ```text
//!   begin(key)   field, field, field ...   finish() -> the entry
//! ```
//!
//! The outcome is that of the commands that add elements (HSET, RPUSH, SADD, ZADD), one after the
//! other: the same form under the same limits, and of an element that comes twice the last. A small
//! collection is packed into a buffer that is used again, and becomes an entry in one piece. What
//! is not so simple (it is too big, an element expires or comes twice, members are out of order)
//! goes on in an entry as a command would.
//!
//! Must be true: it needs no stripe, since the entry is nowhere yet.

use base::hash::KeyHasher;
use base::lzf::Compressor;
use base::number::{NumberBuffer, format_i64, is_canonical_integer};
use keyspace::value::ElementExpiry;
use keyspace::{Entry, Kind, Object, Payload, Stamp};
use structures::integers;
use structures::list::{End, flat};
use structures::ordered::Edge;
use structures::packed::{elements, find_pair, push};
use structures::scored::{items, push_item};

use crate::arguments::payload;
use crate::context::Limits;
use crate::elements::{ElementsMut, Env, Expiry};
use crate::errors::Error;
use crate::hashes::edit::FieldsMut;
use crate::lists::edit::ListMut;
use crate::sets::edit::MembersMut;
use crate::sorted_sets::edit::ScoresMut;

/// Makes one entry after the other.
pub struct Builder<'l> {
    env: Env<'l>,
    key: Vec<u8>,
    expires_at: Option<i64>,
    stamp: Stamp,
    /// What the elements so far are in, and the entry, if that is it.
    form: Form,
    entry: Option<Entry>,
    /// For packed forms: their bytes and number, and which elements may be among them.
    packed: Vec<u8>,
    count: usize,
    sieve: Sieve,
    integers: Vec<i64>,
    /// The last member of a packed sorted set.
    last: (f64, Vec<u8>),
    failure: Option<Error>,
    compressor: Option<Compressor>,
}

/// What elements are gathered in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Nothing,
    /// In `packed`, which will be the payload of this kind.
    Packed(Kind),
    /// In `integers`.
    Integers,
    /// In the entry.
    Entry,
}

impl<'l> Builder<'l> {
    /// A builder of entries under these limits; `hasher` is the keyspace's.
    pub fn new(hasher: &'l KeyHasher, limits: &'l Limits) -> Self {
        Self {
            // No element's time is up: what is in a dump is taken as it is.
            env: Env { hasher, now_ms: 0, limits },
            key: Vec::new(),
            expires_at: None,
            stamp: Stamp::default(),
            form: Form::Nothing,
            entry: None,
            packed: Vec::new(),
            count: 0,
            sieve: Sieve::default(),
            integers: Vec::new(),
            last: (0.0, Vec::new()),
            failure: None,
            compressor: None,
        }
    }

    /// Begins an entry; what became of another that is not finished is dropped.
    pub fn begin(&mut self, key: &[u8], expires_at: Option<i64>, stamp: Stamp) {
        self.key.clear();
        self.key.extend_from_slice(key);
        (self.expires_at, self.stamp) = (expires_at, stamp);
        (self.form, self.entry, self.failure) = (Form::Nothing, None, None);
    }

    /// The key.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The value is a string.
    pub fn text(&mut self, text: &[u8]) {
        self.entry = Some(self.entry_of(payload(text)));
        self.form = Form::Entry;
    }

    /// The value is this collection, which has its form already.
    pub fn object(&mut self, object: Box<Object>) {
        let (expires_at, stamp) = (self.expires_at, self.stamp);
        self.entry = Some(Entry::with_object(&self.key, object, expires_at, stamp));
        self.form = Form::Entry;
    }

    /// The next field of a hash, with an expiry of its own or none, in unix ms.
    pub fn field(&mut self, field: &[u8], value: &[u8], expires_at: Option<i64>) {
        let limits = self.env.limits;
        if let Form::Nothing = self.form {
            self.pack(Kind::PackedHash);
        }
        if let Form::Packed(_) = self.form {
            let fits = self.count < limits.packed_hash_fields_max
                && field.len().max(value.len()) <= limits.packed_hash_bytes_max;
            if fits
                && expires_at.is_none()
                && !(self.sieve.may_have(field) && find_pair(&self.packed, field).is_some())
            {
                push(&mut self.packed, field);
                push(&mut self.packed, value);
                self.count += 1;
                return;
            }
        }
        let env = self.env;
        if let Ok(mut fields) = FieldsMut::of(self.unpacked(), env) {
            fields.set(field, value, ElementExpiry::from(expires_at));
        }
    }

    /// The next element of a list.
    pub fn element(&mut self, element: &[u8]) {
        let sizing = &self.env.limits.lists;
        if let Form::Nothing = self.form {
            self.pack(Kind::FlatList);
        }
        if let Form::Packed(_) = self.form
            && flat::push(&mut self.packed, End::Back, element, sizing)
        {
            return;
        }
        if let Ok(mut list) = ListMut::of(self.unpacked(), sizing) {
            list.push(End::Back, element);
        }
    }

    /// The next member of a set.
    pub fn member(&mut self, member: &[u8]) {
        match self.form {
            Form::Nothing | Form::Integers => {
                if let Some(integer) = is_canonical_integer(member) {
                    return self.integer(integer);
                }
                if let Form::Nothing = self.form {
                    self.pack(Kind::PackedSet);
                    return self.member(member);
                }
            }
            Form::Packed(_) => {
                let limits = self.env.limits;
                let fits = self.count < limits.packed_set_members_max
                    && member.len() <= limits.packed_set_bytes_max;
                if fits && !self.has_member(member) {
                    push(&mut self.packed, member);
                    self.count += 1;
                    return;
                }
            }
            Form::Entry => {}
        }
        let env = self.env;
        if let Ok(mut members) = MembersMut::of(self.unpacked(), env) {
            members.insert(member);
        }
    }

    /// The next member of a set, which is the text of this number.
    pub fn integer(&mut self, member: i64) {
        if let Form::Nothing = self.form {
            self.integers.clear();
            self.form = Form::Integers;
        }
        if let Form::Integers = self.form
            && self.integers.len() < self.env.limits.integer_set_members_max
        {
            return self.integers.push(member);
        }
        let env = self.env;
        if let Ok(mut members) = MembersMut::of(self.unpacked(), env) {
            members.insert(format_i64(member, &mut NumberBuffer::new()));
        }
    }

    /// The next member of a sorted set. A set that has as many members as it can have takes no
    /// more, which [`Builder::finish`] tells.
    pub fn scored(&mut self, member: &[u8], score: f64) {
        let limits = self.env.limits;
        if let Form::Nothing = self.form {
            self.pack(Kind::PackedSortedSet);
        }
        if let Form::Packed(_) = self.form {
            let fits = self.count < limits.packed_sorted_set_members_max
                && member.len() <= limits.packed_sorted_set_bytes_max;
            if fits && self.is_behind_last(member, score) && !self.has_scored(member) {
                push_item(&mut self.packed, member, score);
                self.count += 1;
                self.last.0 = score;
                self.last.1.clear();
                self.last.1.extend_from_slice(member);
                return;
            }
        }
        let env = self.env;
        let set = ScoresMut::of(self.unpacked(), env).and_then(|mut it| it.set(member, score));
        self.failure = self.failure.take().or(set.err());
    }

    fn has_member(&mut self, member: &[u8]) -> bool {
        let packed = &self.packed;
        self.sieve.may_have(member) && elements(packed).any(|it| it.bytes(packed) == member)
    }

    fn is_behind_last(&self, member: &[u8], score: f64) -> bool {
        self.count == 0 || Edge::before(score, member).is_after(self.last.0, &self.last.1)
    }

    fn has_scored(&mut self, member: &[u8]) -> bool {
        self.sieve.may_have(member) && items(&self.packed).any(|item| item.member == member)
    }

    /// A member of the set or the sorted set expires at this time, in unix ms. Nothing happens if
    /// there is no such member.
    pub fn expire_member(&mut self, member: &[u8], expires_at: i64) {
        if self.form == Form::Nothing {
            return;
        }
        let env = self.env;
        let entry = self.unpacked();
        let is_set = matches!(entry.kind(), Kind::IntegerSet | Kind::PackedSet)
            || matches!(entry.object(), Some(Object::Set(_)));
        let expired = if is_set {
            MembersMut::of(entry, env).map(|mut members| expire(&mut members, member, expires_at))
        } else {
            let scores = ScoresMut::of(entry, env);
            scores.and_then(|mut scores| {
                scores.reserve_expiries(1)?;
                expire(&mut scores, member, expires_at);
                Ok(())
            })
        };
        self.failure = self.failure.take().or(expired.err());
    }

    /// The finished entry; `None` if there is no element.
    ///
    /// # Errors
    /// An element could not be added.
    pub fn finish(&mut self) -> Result<Option<Entry>, Error> {
        if let Some(failure) = self.failure.take() {
            self.form = Form::Nothing;
            return Err(failure);
        }
        if self.form == Form::Nothing {
            return Ok(None);
        }
        self.unpacked();
        self.form = Form::Nothing;
        let Some(mut entry) = self.entry.take() else { return Ok(None) };
        let sizing = &self.env.limits.lists;
        if sizing.depth > 0
            && let Ok(mut list) = ListMut::of(&mut entry, sizing)
        {
            list.settle(self.compressor.get_or_insert_default());
        }
        Ok(Some(entry))
    }

    fn entry_of(&self, payload: Payload<'_>) -> Entry {
        Entry::new(&self.key, payload, self.expires_at, self.stamp)
    }

    /// From now on elements are packed.
    fn pack(&mut self, kind: Kind) {
        self.packed.clear();
        self.count = 0;
        self.sieve = Sieve::default();
        self.form = Form::Packed(kind);
    }

    /// The entry of all elements so far, to which others are added from now on.
    fn unpacked(&mut self) -> &mut Entry {
        let entry = self.entry.take().unwrap_or_else(|| self.gathered());
        self.form = Form::Entry;
        self.entry.insert(entry)
    }

    fn gathered(&mut self) -> Entry {
        let packed = &self.packed;
        match self.form {
            Form::Packed(Kind::PackedHash) => self.entry_of(Payload::PackedHash(packed)),
            Form::Packed(Kind::FlatList) => self.entry_of(Payload::FlatList(packed)),
            Form::Packed(Kind::PackedSortedSet) => self.entry_of(Payload::PackedSortedSet(packed)),
            Form::Packed(_) => self.entry_of(Payload::PackedSet(packed)),
            Form::Nothing | Form::Integers | Form::Entry => {
                self.integers.sort_unstable();
                self.integers.dedup();
                let packed = integers::pack(self.integers.iter().copied());
                self.entry_of(Payload::IntegerSet(&packed))
            }
        }
    }
}

fn expire<'e>(collection: &mut impl ElementsMut<'e>, element: &[u8], expires_at: i64) {
    if collection.expiry(element) != Expiry::Absent {
        collection.set_expiry(element, Some(expires_at));
    }
}

/// Says of most elements that they have not come before, without looking at those that have. Twice
/// the same element is seldom met, and only then a packed collection must be searched.
#[derive(Default)]
struct Sieve([u64; SIEVE_WORDS]);

const SIEVE_WORDS: usize = 16;
const SIEVE_BITS: u32 = (SIEVE_WORDS as u32 * u64::BITS).trailing_zeros();

impl Sieve {
    /// Notes an element. False if it was not noted before; true if it was, or looks as if.
    #[inline]
    fn may_have(&mut self, element: &[u8]) -> bool {
        // What elements differ by is mostly at an end of theirs.
        let (first, last) = match (element.first_chunk(), element.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (element.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)), 0),
        };
        let mixed = (first ^ last.rotate_left(29) ^ element.len() as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bit = mixed >> (u64::BITS - SIEVE_BITS);
        let (word, mask) = (&mut self.0[(bit / 64) as usize], 1 << (bit % 64));
        let was = *word & mask != 0;
        *word |= mask;
        was
    }
}

#[cfg(test)]
mod tests;
