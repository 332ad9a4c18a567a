//! Black-box tests: a real server process on one side, bytes on a socket on the other.
//!
//! Owns the small vocabulary that the scenarios in `tests/*.rs` and the transcripts in
//! `transcripts/*.t` are written in: `Server`, `Client`, `Reply`, `Transcript`.
//!
//! Must be true
//! 1. Nothing here knows the inside of the server under test. The reply decoder is written
//!    again instead of shared with the server, so that the two cannot be wrong together.
//! 2. No fixed ports and no fixed waits: ports come from the system, waits are polls with an end.
//! 3. A test that cannot run says so (`skip`), is counted, and gives its reason.
//!
//! Not here: anything about time that must be steered; such tests run inside the engine's crate.

pub mod aof;
pub mod binary;
pub mod client;
pub mod glob;
pub mod journal;
pub mod keyspace;
pub mod linear;
pub mod reply;
pub mod scripts;
pub mod server;
pub mod skip;
pub mod tool;
pub mod transcript;
pub mod words;

pub use client::{Client, Form};
pub use reply::Reply;
pub use server::{Options, Program, Server};
pub use skip::skip;
