//! Expiries of members of sets and sorted sets, for which the format has no place.
//!
//! ```text
//!   FA "russet-member-expiries"  string:   key  (expiry(8)  member)*
//! ```
//!
//! They follow the key they belong to as facts about the dump, which every Redis passes over: a
//! dump with such members loads everywhere, and elsewhere they stay for good. In the payload of
//! DUMP the fact stands behind the value, where Redis looks at nothing, and its key is empty.
//! Expiries are milliseconds since the Unix epoch, little-endian; key and members are strings as
//! everywhere in the format. A key may have several such facts.
//!
//! Not here: fields of hashes, whose expiries the format holds (`types/hash.rs`).

use std::io::Read;

use crate::error::{ReadError, WriteError};
use crate::format;
use crate::sink::Sink;
use crate::source::{Source, malformed};

/// The name of the fact.
pub const NAME: &[u8] = b"russet-member-expiries";

/// When some members of the set or sorted set under one key expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberExpiries<B = Vec<u8>> {
    /// The key; empty in the payload of DUMP.
    pub key: B,
    /// Members, each with its expiry in milliseconds since the Unix epoch.
    pub members: Vec<(B, u64)>,
}

/// The value of the fact.
pub(crate) fn encode<B: AsRef<[u8]>>(expiries: &MemberExpiries<B>) -> Result<Vec<u8>, WriteError> {
    let mut sink = Sink::new(Vec::new(), None, None);
    sink.string(expiries.key.as_ref())?;
    for (member, at) in &expiries.members {
        sink.bytes(&at.to_le_bytes())?;
        sink.string(member.as_ref())?;
    }
    Ok(sink.finish()?)
}

/// What the value of the fact says; `offset` is where it stands.
pub(crate) fn decode(value: &[u8], offset: u64) -> Result<MemberExpiries, ReadError> {
    let mut source = Source::new(value, None);
    let broken = |_| ReadError::Malformed { offset, reason: "expiries of members are broken" };
    let key = source.string().map_err(broken)?;
    let mut members = Vec::new();
    while source.offset() < value.len() as u64 {
        let at = u64::from_le_bytes(source.array().map_err(broken)?);
        if at > format::FIELD_EXPIRY_MAX_MS {
            return malformed(offset, "expiry of a member beyond 48 bits");
        }
        members.push((source.string().map_err(broken)?, at));
    }
    Ok(MemberExpiries { key, members })
}

/// What a fact behind the value in a payload of DUMP says.
pub(crate) fn read_behind<R: Read>(source: &mut Source<R>) -> Result<MemberExpiries, ReadError> {
    let offset = source.offset();
    if source.byte()? != format::OP_AUX || source.string()? != NAME {
        return malformed(offset, "something stands behind the value");
    }
    let value = source.string()?;
    decode(&value, offset)
}
