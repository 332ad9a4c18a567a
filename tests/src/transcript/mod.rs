//! Transcripts: commands and the answers they must get, as text.
//!
//! ```text
//! // a remark
//! # what the block promises
//! @ resp3                     every connection says HELLO 3 first
//! @ server --hz 100           the block gets a server of its own, started with these options
//! @ only-russet: reason       not run on the oracle: it lacks this
//! @ differs: reason           not run on the oracle: it answers otherwise, and we mean to differ
//! @ later: reason             not run on Russet, which cannot do this yet; the oracle can
//! > SET k v                   a command on the block's plain connection
//! OK                          and its reply
//! 1> BLPOP q 5                a command on connection 1 (1 to 9)
//! > RPUSH q a
//! 1
//! 1: ["q", "a"]               the next reply on connection 1
//! until> EXISTS k             asked again until the reply is as expected
//! 0
//! raw> "PING\r\n"             bytes as they are, and bytes as they come
//! raw "+PONG\r\n"
//! ```
//!
//! Also as a reply: `(none)` when no reply is due, `(closed)` when the server must close.
//! The forms of replies are in `pattern.rs`. A block starts on an emptied keyspace with fresh
//! connections; settings it changes are put back.

mod parse;
mod pattern;
mod run;

pub use parse::{Block, ParseError, Transcript};
pub use run::{Failure, Stage};
