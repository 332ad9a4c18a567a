//! The append-only file: Redis 7's directory of a base, increments and a manifest.
//!
//! ```text
//! appendonlydir/appendonly.aof.manifest        which files count, and in which order
//! appendonlydir/appendonly.aof.1.base.rdb      a dump: the keyspace at one moment
//! appendonlydir/appendonly.aof.1.incr.aof      the records since then
//! ```
//!
//! `directory.rs` opens or creates it, `writer.rs` appends to the last increment, `annotations.rs`
//! adds checksums and times, `syncer.rs` is the thread that brings it to disk, `load.rs` reads it
//! back, `rewrite.rs` replaces the base. The format and the promises of each policy are in
//! docs/formats/aof.md.

pub mod annotations;
pub mod directory;
pub mod files;
pub mod load;
pub mod manifest;
mod replay;
pub mod rewrite;
pub(crate) mod syncer;
pub(crate) mod writer;
