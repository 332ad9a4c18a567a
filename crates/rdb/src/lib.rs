//! Redis's dump format: bytes in, entries out, and back.
//!
//! A [`Reader`] turns any `std::io::Read` into a sequence of [`Event`]s; a [`Writer`] turns
//! entries into bytes that Redis, its tools and its replicas accept. Both work on plain values
//! (byte strings and lists of them), so this crate knows nothing of how a keyspace stores them.
//!
//! Goals: every encoding Redis has ever written for a supported type can be read; what is written
//! loads in the oldest Redis that can represent it; input is never trusted: a malformed dump is
//! an error with an offset, never a panic, and never an allocation larger than what has arrived
//! justifies.
//!
//! Another type is one more file in `types/`; modules' values are refused.
//!
//! Not here: files, sockets, fsync, progress, and the decision whether an expired entry is
//! loaded. Duplicate keys, or duplicate fields in one hash, are not looked for: whoever stores
//! the entries finds them for free.
//!
//! Reading order: `format.rs` (the bytes), `read.rs`, `types/hash.rs`, `write.rs`.

pub mod dump;
mod error;
mod expiries;
pub mod format;
#[doc(hidden)]
pub mod fuzz;
pub mod listpack;
pub mod packed;
pub mod payload;
mod pieces;
mod read;
mod sink;
mod skip;
mod source;
pub mod stream;
mod types;
mod value;
mod write;
pub mod ziplist;
pub mod zipmap;

pub use base::lzf;
pub use error::{Packing, ReadError, WriteError};
pub use expiries::MemberExpiries;
pub use pieces::{EntryTaker, Head as KeyHead, Part, Piece, PieceReader, Pieces, Step};
pub use read::{Checksum, ChecksumCheck, Event, ModuleAux, ReadOptions, Reader};
pub use value::{Entry, HashField, Scored, Taker, Value};
pub use write::{Head, Origin, Purpose, Version, WriteOptions, Writer};
