//! Plain data structures: no keys of a database, no clocks, no locks.
//!
//! [`table`] is the hash-ordered segmented table that holds the keyspace and every big collection;
//! [`packed`] is the flat form of the small ones, [`integers`] that of small sets of integers.

pub mod integers;
pub mod packed;
pub mod table;
