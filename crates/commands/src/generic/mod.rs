//! Commands on keys, whatever they hold.
//!
//! ```text
//!   delete   DEL, UNLINK, EXISTS, TOUCH, TYPE
//!   expire   EXPIRE and its relatives, PERSIST
//!   ttl      TTL and its relatives
//!   rename   RENAME, RENAMENX, MOVE
//!   copy     COPY
//!   object   OBJECT
//!   encoding the names that OBJECT ENCODING answers with
//!   sort     SORT, SORT_RO
//!   scan     SCAN, KEYS, RANDOMKEY, DBSIZE
//! ```

mod copy;
mod delete;
mod encoding;
mod expire;
mod object;
mod rename;
mod scan;
mod sort;
mod ttl;

use keyspace::{Entry, Kind, Object};

use crate::errors::Error;
use crate::spec::Spec;

pub use copy::duplicate;
pub use encoding::encoding;

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    copy::COPY, scan::DBSIZE, delete::DEL, delete::EXISTS, expire::EXPIRE, expire::EXPIREAT,
    ttl::EXPIRETIME, scan::KEYS, rename::MOVE, object::OBJECT, expire::PERSIST, expire::PEXPIRE,
    expire::PEXPIREAT, ttl::PEXPIRETIME, ttl::PTTL, scan::RANDOMKEY, rename::RENAME,
    rename::RENAMENX, scan::SCAN, sort::SORT, sort::SORT_RO,
    delete::TOUCH, ttl::TTL, delete::TYPE, delete::UNLINK,
];

/// Where a key would be moved or copied onto itself.
const SAME_KEY: Error = Error::new("ERR source and destination objects are the same");

/// The names of all types.
const TYPE_NAMES: [&str; 6] = ["string", "list", "set", "zset", "hash", "stream"];

/// The name of an entry's type, for TYPE and SCAN.
fn type_name(entry: &Entry) -> &'static str {
    match entry.kind() {
        Kind::Text | Kind::Integer | Kind::Shared => "string",
        Kind::PackedHash => "hash",
        Kind::FlatList => "list",
        Kind::IntegerSet | Kind::PackedSet => "set",
        Kind::PackedSortedSet => "zset",
        Kind::Object => match entry.object() {
            Some(Object::Hash(_)) => "hash",
            Some(Object::List(_)) => "list",
            Some(Object::Set(_)) => "set",
            Some(Object::SortedSet(_)) => "zset",
            Some(Object::Stream(_)) => "stream",
            None => "none",
        },
    }
}

#[cfg(test)]
mod replay;
#[cfg(test)]
mod tests;
