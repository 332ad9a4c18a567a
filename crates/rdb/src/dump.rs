//! A single value as DUMP gives it and RESTORE takes it.
//!
//! ```text
//!   type(1) value  [expiries of members]  version(2) checksum(8)      both little-endian
//! ```
//!
//! What stands behind the value is described in `expiries.rs`; Redis does not look there.
//! The checksum is CRC-64/REDIS over all that stands before it. Unlike in a file there is neither a
//! key nor an expiry.

use crate::error::{ReadError, WriteError};
use crate::expiries::{self, MemberExpiries};
use crate::format::{self, Dialect, ValueType};
use crate::lzf::Compressor;
use crate::read::ChecksumCheck;
use crate::sink::Sink;
use crate::source::{Source, new_digest};
use crate::types;
use crate::value::Value;
use crate::write::{Version, WriteOptions};

const FOOTER_BYTES: usize = 10;
const CHECKSUM_BYTES: usize = 8;

/// Why a payload was refused.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// It is cut off, of a newer version, or was altered.
    #[error("the payload's version or checksum is wrong")]
    Footer,
    /// It holds nothing that makes sense.
    #[error("the payload is no value")]
    Value(#[source] Option<ReadError>),
}

/// What a payload holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dumped {
    /// The value.
    pub value: Value,
    /// Members of a set or a sorted set with their expiries, in milliseconds since the epoch.
    pub expiries: Vec<(Vec<u8>, u64)>,
}

/// The payload of a value, with the expiries of members of a set or a sorted set. The version in
/// `options` does not matter: the oldest that has the value
/// is used.
///
/// # Errors
/// The value holds something that the format cannot.
pub fn encode<B: AsRef<[u8]>>(
    value: &Value<B>,
    expiries: Vec<(B, u64)>,
    options: &WriteOptions,
) -> Result<Vec<u8>, WriteError> {
    let options = WriteOptions { version: Version::V10, ..*options };
    let value_type = types::type_for(value, &options);
    let needs_v12 = value_type as u8 >= ValueType::HashExpiring as u8;
    let version = if needs_v12 { Version::V12 } else { Version::V10 };
    let compressor = options.compression.then(Compressor::new);
    let mut sink = Sink::new(Vec::new(), Some(new_digest()), compressor);
    sink.byte(value_type as u8)?;
    types::write(&mut sink, value_type, value, &options)?;
    if !expiries.is_empty() {
        sink.byte(format::OP_AUX)?;
        sink.string(expiries::NAME)?;
        let members = expiries.iter().map(|(member, at)| (member.as_ref(), *at)).collect();
        sink.string(&expiries::encode(&MemberExpiries { key: &b""[..], members })?)?;
    }
    sink.bytes(&(version.number() as u16).to_le_bytes())?;
    let checksum = sink.checksum()?;
    sink.bytes(&checksum.to_le_bytes())?;
    Ok(sink.finish()?)
}

/// What a payload holds, whole and checked.
///
/// # Errors
/// Says which part of the payload is wrong.
pub fn decode(payload: &[u8], check: ChecksumCheck) -> Result<Dumped, DumpError> {
    let body = payload.len().checked_sub(FOOTER_BYTES).ok_or(DumpError::Footer)?;
    let footer = &payload[body..];
    let version = u32::from(u16::from_le_bytes([footer[0], footer[1]]));
    let dialect = Dialect::of_version(version).ok_or(DumpError::Footer)?;
    if check == ChecksumCheck::On {
        let mut digest = new_digest();
        digest.update(&payload[..payload.len() - CHECKSUM_BYTES]);
        if footer[2..] != digest.finalize().to_le_bytes() {
            return Err(DumpError::Footer);
        }
    }
    read(&payload[..body], dialect)
}

fn read(body: &[u8], dialect: Dialect) -> Result<Dumped, DumpError> {
    let broken = |error| DumpError::Value(Some(error));
    let mut source = Source::new(body, None);
    let value_type = ValueType::from_byte(source.byte().map_err(broken)?, dialect);
    let value_type = value_type.ok_or(DumpError::Value(None))?;
    let value = types::read(&mut source, value_type, b"").map_err(broken)?;
    let value = value.ok_or(DumpError::Value(None))?;
    let len = body.len() as u64;
    let mut expiries = Vec::new();
    if source.offset() < len && matches!(value, Value::Set(_) | Value::SortedSet(_)) {
        expiries = expiries::read_behind(&mut source).map_err(broken)?.members;
    }
    if source.offset() != len {
        return Err(DumpError::Value(None));
    }
    Ok(Dumped { value, expiries })
}
