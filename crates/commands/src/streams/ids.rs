//! How ids and intervals are read.
//!
//! An id is `ms-seq`, or `ms` alone, which then means the first or the last of that millisecond, as
//! the place demands. Numbers are read as leniently as Redis reads them (`strtoull`).

use base::number::{parse_i64, parse_u64_lenient};
use keyspace::value::stream::StreamId;

use crate::errors::Error;

/// No id.
pub(super) const INVALID: Error =
    Error::new("ERR Invalid stream ID specified as stream command argument");

/// A longer text is no id, whatever it says.
const TEXT_MAX: usize = 127;

/// The second half of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seq {
    Given(u64),
    /// `ms` alone.
    Missing,
    /// `ms-*`
    Auto,
}

fn number(text: &[u8]) -> Option<u64> {
    match parse_i64(text) {
        Some(n) => u64::try_from(n).ok(),
        None => parse_u64_lenient(text),
    }
}

fn halves(text: &[u8]) -> Option<(u64, Seq)> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let Some(dash) = text.iter().position(|byte| *byte == b'-') else {
        return Some((number(text)?, Seq::Missing));
    };
    let (ms, seq) = (number(&text[..dash])?, &text[dash + 1..]);
    Some((ms, if seq == b"*" { Seq::Auto } else { Seq::Given(number(seq)?) }))
}

/// An id that may leave its second half to the server (`ms-*`).
pub(super) fn for_new_entry(text: &[u8]) -> Result<(u64, Seq), Error> {
    halves(text).ok_or(INVALID)
}

/// An id; `seq` is what is missing.
pub(super) fn strict(text: &[u8], seq: u64) -> Result<StreamId, Error> {
    match halves(text) {
        Some((ms, Seq::Given(seq))) => Ok(StreamId { ms, seq }),
        Some((ms, Seq::Missing)) => Ok(StreamId { ms, seq }),
        Some((_, Seq::Auto)) | None => Err(INVALID),
    }
}

/// An id, or `-` or `+` for the least and the greatest.
pub(super) fn lenient(text: &[u8], seq: u64) -> Result<StreamId, Error> {
    match text {
        b"-" => Ok(StreamId::MIN),
        b"+" => Ok(StreamId::MAX),
        _ => strict(text, seq),
    }
}

/// Where an interval starts: an id, `-`, `+`, or with `(` in front the id after.
pub(super) fn interval_start(text: &[u8]) -> Result<StreamId, Error> {
    match text {
        [b'(', id @ ..] if !id.is_empty() => {
            strict(id, 0)?.next().ok_or(Error::new("ERR invalid start ID for the interval"))
        }
        _ => lenient(text, 0),
    }
}

/// Where an interval ends.
pub(super) fn interval_end(text: &[u8]) -> Result<StreamId, Error> {
    match text {
        [b'(', id @ ..] if !id.is_empty() => strict(id, u64::MAX)?
            .previous()
            .ok_or(Error::new("ERR invalid end ID for the interval")),
        _ => lenient(text, u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_redis_reads_them() {
        type Case = (&'static [u8], Option<(u64, u64)>);
        let cases: [Case; 16] = [
            (b"1-2", Some((1, 2))),
            (b"7", Some((7, 99))),
            (b"007-01", Some((7, 1))),
            (b"18446744073709551615-18446744073709551615", Some((u64::MAX, u64::MAX))),
            (b"18446744073709551616-0", None),
            (b"+5", Some((5, 99))),
            (b" 5-0", Some((5, 0))),
            (b"5-0\0x", Some((5, 0))),
            (b"5-*", None),
            (b"5--1", None),
            (b"-", None),
            (b"+", None),
            (b"", None),
            (b"5-", None),
            (b"-5", None),
            (b"a", None),
        ];
        for (text, expected) in cases {
            let found = strict(text, 99).ok().map(|id| (id.ms, id.seq));
            assert_eq!(found, expected, "{}", text.escape_ascii());
        }
        assert_eq!(for_new_entry(b"5-*"), Ok((5, Seq::Auto)));
    }

    #[test]
    fn intervals_may_leave_their_ends_out() {
        assert_eq!(interval_start(b"(5-1"), Ok(StreamId::new(5, 2)));
        assert_eq!(interval_end(b"(5-0"), Ok(StreamId::new(4, u64::MAX)));
        assert_eq!(interval_end(b"(5"), Ok(StreamId::new(5, u64::MAX - 1)));
        assert_eq!(interval_start(b"-"), Ok(StreamId::MIN));
        assert!(interval_start(b"(-").is_err() && interval_start(b"(").is_err());
        assert!(interval_end(b"(0-0").is_err());
    }
}
