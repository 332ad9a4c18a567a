//! What an entry holds, as a dump has it: one arm for each type.
//!
//! Small values are given whole. Big ones are written piece by piece (`encode.rs`).

use std::borrow::Cow;

use keyspace::Entry;
use rdb::{HashField, Value};

use crate::control::debug::contents::{Shape, for_each_field, shape};

/// The value of an entry. Copies the elements of collections.
pub(crate) fn value_of(entry: &Entry) -> Value<Cow<'_, [u8]>> {
    match shape(entry) {
        Shape::String(text) => Value::String(text),
        Shape::Hash(hash) => {
            let mut fields = Vec::new();
            for_each_field(hash, |(field, value, expires_at)| {
                let (field, value) = (Cow::Owned(field.to_vec()), Cow::Owned(value.to_vec()));
                fields.push(HashField { field, value, expires_at_ms: expires_at.map(dump_time) });
            });
            Value::Hash(fields)
        }
    }
}

/// A time as dumps have it: none lies before the epoch.
pub(super) fn dump_time(unix_ms: i64) -> u64 {
    unix_ms.max(0) as u64
}
