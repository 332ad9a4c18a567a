//! The chapters of the manual, and the ACL category that each brings with it.
//!
//! Not here: categories that follow from flags (`Spec::derive`).

use super::category;

/// The chapter of the manual a command stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Group {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    Pubsub,
    Transactions,
    Connection,
    Server,
    Scripting,
    HyperLogLog,
    Cluster,
    Sentinel,
    Geo,
    Stream,
    Bitmap,
    Module,
}

impl Group {
    /// The group's name as COMMAND DOCS prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "sorted-set",
            Self::Hash => "hash",
            Self::Pubsub => "pubsub",
            Self::Transactions => "transactions",
            Self::Connection => "connection",
            Self::Server => "server",
            Self::Scripting => "scripting",
            Self::HyperLogLog => "hyperloglog",
            Self::Cluster => "cluster",
            Self::Sentinel => "sentinel",
            Self::Geo => "geo",
            Self::Stream => "stream",
            Self::Bitmap => "bitmap",
            Self::Module => "module",
        }
    }

    /// The ACL category that membership of the group brings; 0 if none. PUBSUB comes from the flag.
    pub(super) const fn category(self) -> u64 {
        match self {
            Self::Generic => category::KEYSPACE,
            Self::String => category::STRING,
            Self::List => category::LIST,
            Self::Set => category::SET,
            Self::SortedSet => category::SORTEDSET,
            Self::Hash => category::HASH,
            Self::Transactions => category::TRANSACTION,
            Self::Connection => category::CONNECTION,
            Self::Scripting => category::SCRIPTING,
            Self::HyperLogLog => category::HYPERLOGLOG,
            Self::Geo => category::GEO,
            Self::Stream => category::STREAM,
            Self::Bitmap => category::BITMAP,
            Self::Pubsub | Self::Server | Self::Cluster | Self::Sentinel | Self::Module => 0,
        }
    }
}
