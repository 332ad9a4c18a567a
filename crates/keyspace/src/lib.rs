//! What is stored, and who may touch it.
//!
//! ```text
//!   keyspace   databases x stripes, each a hash-ordered table of entries
//!   entry      one allocation: key, bookkeeping, value
//!   value      collections too big for the entry
//!   access     gate, stripes, what is held; memory reclamation
//!   db         one database through held stripes: what commands use
//!   deadline   expiry times as tables keep them
//!   eviction   which key goes first when memory is short
//!   scan       cursors over a database
//!   random     a random key of a database
//!   snapshot   the keyspace as it was at one moment, while everybody goes on
//!   timed      how many keys have an expiry
//! ```
//!
//! Not here: commands, replies, the log. Time comes in as a `Moment`.

pub mod access;
pub mod db;
pub mod deadline;
pub mod entry;
pub mod eviction;
mod keyspace;
pub mod random;
pub mod scan;
pub mod snapshot;
mod timed;
pub mod value;

pub use access::{Alone, Busy, Gate, Graveyard, Held, Inside, Occupied, Patience};
pub use db::{Db, Moment};
pub use entry::{Entry, Kind, Payload, Stamp};
pub use keyspace::{Aside, Detached, Keyspace};
pub use snapshot::Snapshot;
pub use timed::TimedChange;
pub use value::{ElementTable, Object, SetTable, SortedSetTable};
