//! Strings: text, or an integer in binary, under a key.

mod basic;

use keyspace::{Entry, Kind};
use protocol::Reply;

use crate::errors::Error;
use crate::spec::Spec;

/// The rows of the family.
pub(crate) const COMMANDS: &[Spec] = basic::COMMANDS;

/// Answers with a string entry's value.
#[inline]
pub(crate) fn write_text(reply: &mut Reply<'_>, entry: &Entry) -> Result<(), Error> {
    match entry.kind() {
        Kind::Text => reply.bulk(entry.payload()),
        Kind::Integer => reply.bulk_int(entry.integer()),
        Kind::Shared => write_shared(reply, entry),
        Kind::PackedHash | Kind::Object => return Err(Error::WrongType),
    }
    Ok(())
}

#[cold]
fn write_shared(reply: &mut Reply<'_>, entry: &Entry) {
    if let Some(text) = entry.shared() {
        reply.bulk_shared(&text);
    }
}

/// Runs `body` on a string entry's text.
pub(crate) fn with_text<R>(entry: &Entry, body: impl FnOnce(&[u8]) -> R) -> Result<R, Error> {
    match entry.kind() {
        Kind::Text => Ok(body(entry.payload())),
        Kind::Integer => {
            let mut buffer = base::number::NumberBuffer::new();
            Ok(body(base::number::format_i64(entry.integer(), &mut buffer)))
        }
        Kind::Shared => Ok(body(entry.shared_text().unwrap_or_default())),
        Kind::PackedHash | Kind::Object => Err(Error::WrongType),
    }
}

/// Whether an entry holds a string.
pub(crate) fn is_string(entry: &Entry) -> bool {
    matches!(entry.kind(), Kind::Text | Kind::Integer | Kind::Shared)
}
