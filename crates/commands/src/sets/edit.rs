//! A set as it is changed: integers, then packed members, then a table, as it grows.
//!
//! A set begins as sorted integers. It becomes packed, or a table if the limits of the packed form
//! are passed, when a member is no integer or there are too many. It never goes back.
//!
//! Not here: taking an emptied set away, and noting what happened (`change` in `mod.rs`).

use base::bytes::write_varint;
use base::number::{NumberBuffer, format_i64, is_canonical_integer};
use fastrand::Rng;
use keyspace::{Entry, Kind, Object, Payload, SetTable};
use structures::integers;
use structures::packed::{elements, push};

use super::Env;
use super::members::{Member, Members};
use crate::errors::Error;

/// A set, for changing it.
pub(crate) struct MembersMut<'e> {
    entry: &'e mut Entry,
    env: Env<'e>,
}

impl<'e> MembersMut<'e> {
    /// The set in a key's entry.
    ///
    /// # Errors
    /// The entry holds something else.
    #[inline]
    pub(crate) fn of(entry: &'e mut Entry, env: Env<'e>) -> Result<Self, Error> {
        Members::of(entry, env.hasher)?;
        Ok(Self { entry, env })
    }

    /// The set, for reading.
    pub(super) fn members(&self) -> Members<'_> {
        let none = Members::none(self.env.hasher);
        Members::of(self.entry, self.env.hasher).unwrap_or(none)
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        self.members().len()
    }

    /// True if there is no member.
    pub(crate) fn is_empty(&self) -> bool {
        match self.entry.kind() {
            Kind::IntegerSet => integers::len(self.entry.payload()) == 0,
            Kind::PackedSet => self.entry.payload().is_empty(),
            _ => self.entry.object().is_none_or(Object::is_empty),
        }
    }

    /// Adds a member. False if it was there.
    #[inline]
    pub(crate) fn add(&mut self, member: &[u8]) -> bool {
        let hasher = self.env.hasher;
        if let Some(Object::Set(table)) = self.entry.object_mut() {
            return table.add(hasher, member);
        }
        if self.entry.kind() == Kind::IntegerSet {
            match is_canonical_integer(member) {
                Some(integer) => return self.add_integer(integer),
                None => self.leave_integers(1, member.len()),
            }
        }
        if self.entry.kind() == Kind::PackedSet {
            return self.add_packed(member);
        }
        self.add(member)
    }

    fn add_integer(&mut self, integer: i64) -> bool {
        let bytes = self.entry.payload();
        let Err(index) = integers::find(bytes, integer) else { return false };
        if integers::len(bytes) >= self.env.limits.integer_set_members_max {
            let mut buffer = NumberBuffer::new();
            let text = format_i64(integer, &mut buffer);
            self.leave_integers(1, text.len());
            return self.add(text);
        }
        let width = integers::width_of(integer);
        if width > integers::width(bytes) {
            let wider = integers::widened(bytes, width);
            self.entry.set_payload(Payload::IntegerSet(&wider));
        }
        let bytes = self.entry.payload();
        let (at, width) = (integers::offset(bytes, index), integers::width(bytes));
        self.entry.splice(at, 0, &[&integers::encode(integer)[..width]]);
        true
    }

    /// Makes integers packed members, or a table if `more` members of up to `len_max` bytes would
    /// be too much.
    #[cold]
    fn leave_integers(&mut self, more: usize, len_max: usize) {
        let limits = self.env.limits;
        let bytes = self.entry.payload();
        let mut packed = Vec::new();
        let mut longest = len_max;
        for integer in integers::iter(bytes) {
            Member::Integer(integer).with_text(|text| {
                longest = longest.max(text.len());
                push(&mut packed, text);
            });
        }
        self.entry.set_payload(Payload::PackedSet(&packed));
        let count = elements(&packed).count() + more;
        if longest > limits.packed_set_bytes_max || count > limits.packed_set_members_max {
            self.become_table();
        }
    }

    fn add_packed(&mut self, member: &[u8]) -> bool {
        let packed = self.entry.payload();
        let mut count = 0;
        for element in elements(packed) {
            if element.bytes(packed) == member {
                return false;
            }
            count += 1;
        }
        let limits = self.env.limits;
        if count >= limits.packed_set_members_max || member.len() > limits.packed_set_bytes_max {
            self.become_table();
            return self.add(member);
        }
        let mut prefix = [0; 10];
        let width = write_varint(&mut prefix, member.len() as u64);
        let end = packed.len();
        self.entry.splice(end, 0, &[&prefix[..width], member]);
        true
    }

    #[cold]
    fn become_table(&mut self) {
        let mut table = SetTable::default();
        let packed = self.entry.payload();
        for element in elements(packed) {
            table.add(self.env.hasher, element.bytes(packed));
        }
        self.entry.set_object(Box::new(Object::Set(table)));
    }

    /// Removes a member. False if it was not there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        let hasher = self.env.hasher;
        if let Some(Object::Set(table)) = self.entry.object_mut() {
            return table.remove(hasher, member);
        }
        let bytes = self.entry.payload();
        let found = if self.entry.kind() == Kind::IntegerSet {
            let index = is_canonical_integer(member).and_then(|it| integers::find(bytes, it).ok());
            index.map(|index| (integers::offset(bytes, index), integers::width(bytes)))
        } else {
            let element = elements(bytes).find(|element| element.bytes(bytes) == member);
            element.map(|element| (element.start, element.end - element.start))
        };
        let Some((at, len)) = found else { return false };
        self.entry.splice(at, len, &[]);
        true
    }

    /// Removes `count` different members by chance, every set of as many equally likely, handing
    /// each to `removed`. There are more.
    pub(super) fn pop(&mut self, count: usize, random: &mut Rng, mut removed: impl FnMut(&[u8])) {
        let mut packed = Vec::new();
        if count == 1 {
            self.members().draw(1, random, |member| member.with_text(|it| push(&mut packed, it)));
        } else {
            self.members().sample(count, random, |member| {
                member.with_text(|it| push(&mut packed, it));
            });
        }
        for element in elements(&packed) {
            let member = element.bytes(&packed);
            self.remove(member);
            removed(member);
        }
    }
}
