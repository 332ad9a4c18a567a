//! The ACL categories, one bit each, in the order in which they are listed.
//!
//! A row gets most of its categories from its flags and its group (`Spec::derive`); this file only
//! names them.
//!
//! Must be true: `NAMES[i]` is the name of bit `i`; ACL rules and COMMAND INFO rely on it.

/// Works on keys whatever their type.
pub const KEYSPACE: u64 = 1 << 0;
/// Reads keys.
pub const READ: u64 = 1 << 1;
/// Writes keys.
pub const WRITE: u64 = 1 << 2;
/// Sets.
pub const SET: u64 = 1 << 3;
/// Sorted sets.
pub const SORTEDSET: u64 = 1 << 4;
/// Lists.
pub const LIST: u64 = 1 << 5;
/// Hashes.
pub const HASH: u64 = 1 << 6;
/// Strings.
pub const STRING: u64 = 1 << 7;
/// Bitmaps.
pub const BITMAP: u64 = 1 << 8;
/// HyperLogLogs.
pub const HYPERLOGLOG: u64 = 1 << 9;
/// Geographic indexes.
pub const GEO: u64 = 1 << 10;
/// Streams.
pub const STREAM: u64 = 1 << 11;
/// Publish/subscribe.
pub const PUBSUB: u64 = 1 << 12;
/// Administration.
pub const ADMIN: u64 = 1 << 13;
/// Constant or logarithmic time.
pub const FAST: u64 = 1 << 14;
/// Everything that is not fast.
pub const SLOW: u64 = 1 << 15;
/// May wait.
pub const BLOCKING: u64 = 1 << 16;
/// Can do harm, or is not for applications.
pub const DANGEROUS: u64 = 1 << 17;
/// About connections, not data.
pub const CONNECTION: u64 = 1 << 18;
/// MULTI and its kin.
pub const TRANSACTION: u64 = 1 << 19;
/// Scripts and functions.
pub const SCRIPTING: u64 = 1 << 20;

/// The names of the categories; the one at index `i` has bit `1 << i`.
pub const NAMES: [&str; 21] = [
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];

/// The bit of the category called `name`, in any case.
pub fn by_name(name: &[u8]) -> Option<u64> {
    NAMES.iter().position(|each| each.as_bytes().eq_ignore_ascii_case(name)).map(|index| 1 << index)
}
