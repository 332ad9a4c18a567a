//! What an entry holds, as a dump has it: one arm for each type.
//!
//! Small values are given whole. Big ones are written piece by piece (`pieces.rs`).

use std::borrow::Cow;

use keyspace::Entry;
use rdb::{HashField, Scored, Value};

use super::streams::stream_of;
use crate::control::debug::contents::{
    Shape, for_each_element, for_each_field, for_each_member, for_each_scored, shape, timed_members,
};

/// A value that borrows its bytes where they lie in one piece.
pub(crate) type Borrowed<'e> = Value<Cow<'e, [u8]>>;

/// The value of an entry. Copies the elements of collections.
pub(crate) fn value_of(entry: &Entry) -> Borrowed<'_> {
    match shape(entry) {
        Shape::String(text) => Value::String(text),
        Shape::Hash(hash) => {
            let mut fields = Vec::new();
            for_each_field(hash, |(field, value, expires_at)| {
                let (field, value) = (owned(field), owned(value));
                fields.push(HashField { field, value, expires_at_ms: expires_at.map(dump_time) });
            });
            Value::Hash(fields)
        }
        Shape::List(list) => {
            let mut elements = Vec::new();
            for_each_element(list, |element| elements.push(owned(element)));
            Value::List(elements)
        }
        Shape::Set(set) => {
            let mut members = Vec::new();
            for_each_member(set, |member, _| members.push(owned(member)));
            Value::Set(members)
        }
        Shape::SortedSet(sorted) => {
            let mut members = Vec::new();
            for_each_scored(sorted, |it| {
                members.push(Scored { member: owned(it.member), score: it.score });
            });
            Value::SortedSet(members)
        }
        Shape::Stream(stream) => Value::Stream(Box::new(stream_of(stream))),
    }
}

/// The members of an entry's set or sorted set that expire, as a dump has them.
pub(crate) fn member_expiries<'e>(entry: &Entry) -> Vec<(Cow<'e, [u8]>, u64)> {
    let timed = timed_members(entry).into_iter();
    timed.map(|(member, at)| (Cow::Owned(member), dump_time(at))).collect()
}

fn owned<'e>(bytes: &[u8]) -> Cow<'e, [u8]> {
    Cow::Owned(bytes.to_vec())
}

/// A time as dumps have it: none lies before the epoch.
pub(super) fn dump_time(unix_ms: i64) -> u64 {
    unix_ms.max(0) as u64
}
