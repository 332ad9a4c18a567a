//! Bytes to requests, replies to bytes: the wire protocol of Redis (RESP2, RESP3 and inline text),
//! and a compact binary one.
//!
//! The way in is [`Parser`]: it finds one request at a time in a receive buffer and names its
//! arguments as [`Span`]s of that buffer, so nothing is copied. The way out is [`Reply`]: a handler
//! says what it answers, and the bytes for the client's [`Version`] are appended to its [`Output`].
//! [`decode`] reads replies back, for the tools and the tests.
//!
//! Must be true: no byte sequence makes anything here panic, loop, or reserve memory for data that
//! was announced but has not arrived.
//! Not here: sockets, sessions, and what any command means.

pub mod binary;
pub mod fuzz;
mod output;
mod reply;
mod request;
pub mod resp;

pub use output::{Mark, Output, SHARED_MIN};
pub use reply::{Deferred, Replies, Reply, Version};
pub use request::{OwnedRequest, Request, Span};
pub use resp::decode::{DecodeError, Value, decode, skip, write_request};
pub use resp::parse::{Limits, Parser, ProtocolError, Step};
