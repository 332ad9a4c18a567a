//! What an entry holds, whatever it is kept as: for digests and dumped lengths.

use std::borrow::Cow;

use base::number::{NumberBuffer, format_i64};
use keyspace::{Entry, Kind, Object};
use structures::packed;

/// A string value, or the value of a field.
pub(crate) fn text(entry: &Entry) -> Cow<'_, [u8]> {
    match entry.kind() {
        Kind::Integer => {
            let mut buffer = NumberBuffer::new();
            Cow::Owned(format_i64(entry.integer(), &mut buffer).to_vec())
        }
        Kind::Shared => Cow::Borrowed(entry.shared_text().unwrap_or_default()),
        Kind::Text | Kind::PackedHash | Kind::Object => Cow::Borrowed(entry.payload()),
    }
}

/// A field of a hash: name, value, expiry in unix ms.
pub(crate) type Field<'a> = (&'a [u8], &'a [u8], Option<i64>);

/// What a value is, type by type.
pub(crate) enum Shape<'a> {
    String(Cow<'a, [u8]>),
    Hash(&'a Entry),
}

pub(crate) fn shape(entry: &Entry) -> Shape<'_> {
    match entry.kind() {
        Kind::Text | Kind::Integer | Kind::Shared => Shape::String(text(entry)),
        Kind::PackedHash => Shape::Hash(entry),
        Kind::Object => match entry.object() {
            Some(Object::Hash(_)) | None => Shape::Hash(entry),
        },
    }
}

/// Visits the fields of a hash in no particular order.
pub(crate) fn for_each_field(entry: &Entry, mut visit: impl FnMut(Field<'_>)) {
    match entry.object() {
        Some(Object::Hash(hash)) => {
            hash.for_each(|field| visit((field.key(), &text(field), field.expires_at())));
        }
        None => {
            let bytes = entry.payload();
            for (field, value) in packed::pairs(bytes) {
                visit((field.bytes(bytes), value.bytes(bytes), None));
            }
        }
    }
}
