//! Plain data structures: no keys of a database, no clocks, no locks.
//!
//! [`table`] is the hash-ordered segmented table that holds the keyspace and most big collections;
//! [`packed`] is the flat form of the small ones, [`integers`] that of small sets of integers,
//! [`scored`] that of small sorted sets; [`ordered`] keeps members in the order of their scores;
//! [`groups`] has the members of big sets, [`list`] is a sequence, small or big.

pub mod block;
pub mod groups;
pub mod integers;
pub mod list;
pub mod ordered;
pub mod packed;
mod prefetch;
pub mod scored;
pub mod table;
