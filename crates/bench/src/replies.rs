//! Counts complete replies in a stream of RESP2, RESP3 or binary bytes.
//!
//! A load generator needs two facts about a reply: that it ended, and whether it was an error.
//! So nothing is decoded, and nothing copied but the reply that a read has cut in two.
//! Pushes answer no request and are passed over.
//!
//! Invariant: `rest` holds the beginning of at most one reply; between replies it is empty.
//! Not here: what a reply says (`client.rs` reads the few whose contents matter).

use protocol::binary::{self, kind};
use protocol::skip;

use crate::error::BenchError;

/// The replies counted so far on one or more connections.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Complete replies, errors included.
    pub replies: u64,
    /// Replies that were errors at the top level.
    pub errors: u64,
    /// The text of the first error, without its type byte.
    pub first_error: Option<String>,
}

impl Tally {
    /// Adds another tally to this one, keeping the earlier first error.
    pub fn merge(&mut self, other: &Self) {
        self.replies += other.replies;
        self.errors += other.errors;
        if self.first_error.is_none() {
            self.first_error.clone_from(&other.first_error);
        }
    }

    #[inline]
    fn count(&mut self, reply: &[u8]) {
        match reply[0] {
            b'>' => return,
            b'-' | b'!' => self.note_error(reply),
            _ => {}
        }
        self.replies += 1;
    }

    #[inline]
    fn count_binary(&mut self, reply: &[u8]) {
        match reply.get(4) {
            Some(&kind::PUSH) => return,
            // Behind the length and the kind are a code and the text's length.
            Some(&kind::ERROR) => self.note_error(reply.get(12..).unwrap_or(reply)),
            _ => {}
        }
        self.replies += 1;
    }

    /// `reply` is the text of an error behind one byte.
    #[cold]
    fn note_error(&mut self, reply: &[u8]) {
        self.errors += 1;
        if self.first_error.is_none() {
            self.first_error = Some(String::from_utf8_lossy(&reply[1..]).trim_end().to_owned());
        }
    }
}

/// The position of one connection within its reply stream.
#[derive(Debug, Default)]
pub struct ReplyCounter {
    rest: Vec<u8>,
    is_binary: bool,
}

impl ReplyCounter {
    /// For a stream of the binary form.
    pub fn binary() -> Self {
        Self { is_binary: true, ..Self::default() }
    }

    /// Passes over `bytes` and returns how many replies ended in them.
    ///
    /// # Errors
    /// `BenchError::Protocol` when the bytes are no replies.
    #[inline]
    pub fn feed(&mut self, bytes: &[u8], tally: &mut Tally) -> Result<u64, BenchError> {
        let before = tally.replies;
        if self.rest.is_empty() {
            let passed = pass(bytes, self.is_binary, tally)?;
            self.rest.extend_from_slice(&bytes[passed..]);
        } else {
            self.rest.extend_from_slice(bytes);
            let passed = pass(&self.rest, self.is_binary, tally)?;
            self.rest.drain(..passed);
        }
        Ok(tally.replies - before)
    }
}

/// Counts the whole replies at the front; returns their length in bytes.
#[inline]
fn pass(bytes: &[u8], is_binary: bool, tally: &mut Tally) -> Result<usize, BenchError> {
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let found = if is_binary { binary::decode::skip(rest) } else { skip(rest) };
        match found {
            Ok(Some(length)) => {
                let reply = &rest[..length];
                if is_binary {
                    tally.count_binary(reply)
                } else {
                    tally.count(reply)
                }
                at += length;
            }
            Ok(None) => break,
            Err(_) => return Err(BenchError::protocol(&bytes[at..])),
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &[u8] = b"+OK\r\n-ERR no\r\n:12\r\n$5\r\nhe\r\no\r\n$-1\r\n*-1\r\n*0\r\n\
        *2\r\n$1\r\na\r\n*2\r\n:1\r\n-inner\r\n>2\r\n+message\r\n+x\r\n%1\r\n+k\r\n#t\r\n\
        |1\r\n+ttl\r\n:3\r\n_\r\n!5\r\nERR x\r\n$0\r\n\r\n";
    const REPLIES: u64 = 12;
    const ERRORS: u64 = 2;

    #[test]
    fn every_kind_of_reply_is_counted_once() {
        let mut tally = Tally::default();
        let ended = ReplyCounter::default().feed(STREAM, &mut tally).unwrap();
        assert_eq!((ended, tally.replies, tally.errors), (REPLIES, REPLIES, ERRORS));
        assert_eq!(tally.first_error.as_deref(), Some("ERR no"));
    }

    #[test]
    fn binary_replies_are_counted_too() {
        let stream = b"\x01\0\0\0\0\x0f\0\0\0\x01\x01\0\0\0\x06\0\0\0ERR no\x05\0\0\0\x0b\0\0\0\0";
        for cut in 0..stream.len() {
            let (mut counter, mut tally) = (ReplyCounter::binary(), Tally::default());
            counter.feed(&stream[..cut], &mut tally).unwrap();
            counter.feed(&stream[cut..], &mut tally).unwrap();
            assert_eq!((tally.replies, tally.errors), (2, 1));
            assert_eq!(tally.first_error.as_deref(), Some("ERR no"));
        }
    }

    #[test]
    fn what_is_not_resp_is_refused() {
        for bad in [&b"hello\r\n"[..], b"$x\r\n", b"HTTP/1.1 400 Bad Request\r\n"] {
            let result = ReplyCounter::default().feed(bad, &mut Tally::default());
            assert!(result.is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn the_cuts_between_reads_do_not_matter(
            cuts in proptest::collection::vec(1_usize..9, 1..200)
        ) {
            let (mut counter, mut tally, mut rest) =
                (ReplyCounter::default(), Tally::default(), STREAM);
            for cut in cuts.into_iter().cycle() {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                counter.feed(now, &mut tally).unwrap();
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!((tally.replies, tally.errors), (REPLIES, ERRORS));
        }
    }
}
