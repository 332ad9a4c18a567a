//! What each command is and does: a row of the command table and a short function.
//!
//! Must be true: a body takes no locks and knows no socket, session or log. Its keys are locked
//! when it runs; it changes them and writes its reply.
//! Not here: carrying requests out (the engine), and the bodies of control commands, which need the
//! engine's insides; their rows are here all the same, so that there is one table.

pub mod arguments;
mod bitmaps;
pub mod build;
pub mod context;
pub mod control;
pub mod docs;
pub mod elements;
pub mod errors;
pub mod events;
pub mod follows;
mod generic;
mod geo;
pub mod hashes;
mod hyperloglog;
pub mod keys;
mod lists;
mod scanning;
pub(crate) mod sets;
pub(crate) mod sorted_sets;
pub mod spec;
mod streams;
mod strings;
pub mod syntax;
pub mod table;
#[cfg(test)]
mod testing;

pub use generic::{duplicate, encoding};
