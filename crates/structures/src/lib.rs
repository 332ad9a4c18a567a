//! Plain data structures: no keys of a database, no clocks, no locks.
//!
//! [`table`] is the hash-ordered segmented table that holds the keyspace and every big collection;
//! [`packed`] is the flat form of the small ones; [`list`] is a sequence, small or big.

pub mod block;
pub mod list;
pub mod packed;
pub mod table;
