//! Strings: text, or an integer in binary, under a key.
//!
//! ```text
//!   basic      GET, SET and their near relatives
//!   options    what SET, GETEX, MSETEX and INCREX have in common
//!   digest     digests, and deleting what compares as asked
//!   many       several keys at once
//!   counters   INCR and its relatives
//!   bounded    INCREX
//!   ranges     parts of a string, APPEND
//!   lcs        the longest common subsequence
//! ```

mod basic;
mod bounded;
mod counters;
mod digest;
mod lcs;
mod many;
mod options;
mod ranges;

use base::number::{NumberBuffer, format_i64};
use keyspace::{Entry, Kind};
use protocol::Reply;

use crate::context::Effects;
use crate::errors::Error;
use crate::spec::Spec;

pub(crate) use ranges::overwrite;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    ranges::APPEND, counters::DECR, counters::DECRBY, digest::DELEX, digest::DELIFEQ,
    digest::DIGEST, basic::GET, basic::GETDEL, basic::GETEX, ranges::GETRANGE, basic::GETSET,
    counters::INCR, counters::INCRBY, counters::INCRBYFLOAT, bounded::INCREX, lcs::LCS,
    many::MGET, many::MSET, many::MSETEX, many::MSETNX, basic::PSETEX, basic::SET, basic::SETEX,
    basic::SETNX, ranges::SETRANGE, basic::STRLEN, ranges::SUBSTR,
];

/// Answers with a string entry's value.
#[inline]
pub(crate) fn write_text(reply: &mut Reply<'_>, entry: &Entry) -> Result<(), Error> {
    match entry.kind() {
        Kind::Text => reply.bulk(entry.payload()),
        Kind::Integer => reply.bulk_int(entry.integer()),
        Kind::Shared => write_shared(reply, entry),
        _ => return Err(Error::WrongType),
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
        Kind::Integer => Ok(body(format_i64(entry.integer(), &mut NumberBuffer::new()))),
        Kind::Shared => Ok(body(entry.shared_text().unwrap_or_default())),
        _ => Err(Error::WrongType),
    }
}

/// Whether an entry holds a string.
pub(crate) fn is_string(entry: &Entry) -> bool {
    matches!(entry.kind(), Kind::Text | Kind::Integer | Kind::Shared)
}

/// The expiry that a logged SET gives its key.
#[derive(Clone, Copy)]
enum Logged {
    /// None.
    Never,
    /// The one the key has.
    Keep,
    /// This unix time in ms.
    At(i64),
}

/// Logs that `key` was set, in place of what was requested.
fn log_set(effects: &mut Effects, key: &[u8], value: &[u8], expiry: Logged) {
    match expiry {
        Logged::Never => effects.log(&[b"SET", key, value]),
        Logged::Keep => effects.log(&[b"SET", key, value, b"KEEPTTL"]),
        Logged::At(unix_ms) => {
            let mut buffer = NumberBuffer::new();
            effects.log(&[b"SET", key, value, b"PXAT", format_i64(unix_ms, &mut buffer)]);
        }
    }
}

#[cfg(test)]
mod tests;
