//! What can be wrong with a dump, and with the attempt to write one.
//!
//! Offsets count bytes from the start of the dump, its header included. An error inside a packed
//! value (listpack, ziplist, zipmap) names the offset at which the packed string starts and the
//! position inside it, because that string may have been compressed.

use std::fmt;
use std::io;

use base::bytes::quoted;

use crate::format::VERSION_NEWEST;
use crate::packed::PackedError;

/// Why a dump could not be read. After the first error a reader yields nothing more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The first five bytes are not the magic word.
    #[error("not a Redis dump: it starts with \"{}\", not with \"REDIS\"", found.escape_ascii())]
    Magic {
        /// What stands there instead.
        found: [u8; 5],
    },
    /// The magic word is not followed by four digits.
    #[error("not a Redis dump: \"{}\" is not a format version", found.escape_ascii())]
    VersionDigits {
        /// What stands there instead.
        found: [u8; 4],
    },
    /// The version is one this reader does not know.
    #[error(
        "dump format version {version} is not supported \
         (1 to {VERSION_NEWEST} are, and Valkey's 80)"
    )]
    Version {
        /// The version the dump claims.
        version: u32,
    },
    /// The input ended before the end-of-file mark.
    #[error("unexpected end of the dump at offset {offset}")]
    Truncated {
        /// Where the input ended.
        offset: u64,
    },
    /// The bytes cannot mean anything.
    #[error("malformed dump at offset {offset}: {reason}")]
    Malformed {
        /// Where the offending item starts.
        offset: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A packed string inside the dump is broken.
    #[error("malformed dump at offset {offset}: {packing}, byte {}: {}", cause.at, cause.reason)]
    Packed {
        /// Where the string that holds the packed value starts.
        offset: u64,
        /// What the string should have been.
        packing: Packing,
        /// Position and reason, inside the unpacked string.
        cause: PackedError,
    },
    /// A byte that is neither an opcode nor a value type.
    #[error("malformed dump at offset {offset}: {byte} is no opcode and no value type known here")]
    UnknownOpcode {
        /// Where the byte stands.
        offset: u64,
        /// The byte.
        byte: u8,
    },
    /// A value of a module's.
    #[error(
        "the value of key {} belongs to module \"{module}\", which cannot be loaded",
        quoted(key)
    )]
    ModuleValue {
        /// The module's name, nine characters.
        module: String,
        /// The key that holds it.
        key: Vec<u8>,
    },
    /// Data of a module, met by a reader that may not skip it.
    #[error("the dump holds data of module \"{module}\" outside its keys, which cannot be loaded")]
    ModuleAux {
        /// The module's name, nine characters.
        module: String,
    },
    /// A function library as written by the release candidates of Redis 7.0.
    #[error("unsupported pre-release format of a function library at offset {offset}")]
    FunctionPreRelease {
        /// Where it starts.
        offset: u64,
    },
    /// What only a cluster, or a module, can make something of stands before a key.
    #[error("the dump holds {what} at offset {offset}, which cannot be loaded")]
    Foreign {
        /// Where it starts.
        offset: u64,
        /// What it is.
        what: &'static str,
    },
    /// The dump was altered after it was written, or written wrongly.
    #[error("wrong checksum of the dump (CRC error): computed {computed:016x}, found {found:016x}")]
    Checksum {
        /// CRC-64 of the bytes read.
        computed: u64,
        /// CRC-64 at the end of the dump.
        found: u64,
    },
    /// The input failed.
    #[error("cannot read the dump at offset {offset}: {cause}")]
    Io {
        /// Bytes received before the failure.
        offset: u64,
        /// What the input said.
        #[source]
        cause: io::Error,
    },
}

/// The layout of a packed string, for error messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Redis 7.0 and newer.
    Listpack,
    /// Redis 2.6 to 6.2.
    Ziplist,
    /// Redis 2.2 and 2.4.
    Zipmap,
    /// Sets of integers, all versions.
    Intset,
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Packing::Listpack => "listpack",
            Packing::Ziplist => "ziplist",
            Packing::Zipmap => "zipmap",
            Packing::Intset => "intset",
        })
    }
}

/// Why a dump could not be written. What has been written so far is not a dump.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A hash with field expiry was given to a writer that announced a version without it.
    #[error("dump format version {version} cannot hold the expiry of a hash field")]
    FieldExpiryVersion {
        /// The version in the header.
        version: u32,
    },
    /// A field's expiry lies beyond what the format can hold.
    #[error("a hash field's expiry of {expires_at_ms} ms does not fit 48 bits")]
    FieldExpiryRange {
        /// The time asked for.
        expires_at_ms: u64,
    },
    /// A key's expiry lies beyond what the format can hold.
    #[error("a key's expiry of {expires_at_ms} ms does not fit 63 bits")]
    KeyExpiryRange {
        /// The time asked for.
        expires_at_ms: u64,
    },
    /// The output failed.
    #[error("cannot write the dump: {0}")]
    Io(#[from] io::Error),
}
