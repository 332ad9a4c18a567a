//! A single value as DUMP gives it and RESTORE takes it.
//!
//! ```text
//!   type(1) value  version(2) checksum(8)      both little-endian
//! ```
//!
//! The checksum is CRC-64/REDIS over all that stands before it. Unlike in a file there is neither a
//! key nor an expiry.

use crate::error::{ReadError, WriteError};
use crate::format::{VERSION_NEWEST, ValueType};
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

/// The payload of a value. The version in `options` does not matter: the oldest that has the value
/// is used.
///
/// # Errors
/// The value holds something that the format cannot.
pub fn encode<B: AsRef<[u8]>>(
    value: &Value<B>,
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
    sink.bytes(&(version.number() as u16).to_le_bytes())?;
    let checksum = sink.checksum()?;
    sink.bytes(&checksum.to_le_bytes())?;
    Ok(sink.finish()?)
}

/// The value in a payload, whole and checked.
///
/// # Errors
/// Says which part of the payload is wrong.
pub fn decode(payload: &[u8], check: ChecksumCheck) -> Result<Value, DumpError> {
    let body = payload.len().checked_sub(FOOTER_BYTES).ok_or(DumpError::Footer)?;
    let footer = &payload[body..];
    let version = u32::from(u16::from_le_bytes([footer[0], footer[1]]));
    if version > VERSION_NEWEST {
        return Err(DumpError::Footer);
    }
    if check == ChecksumCheck::On {
        let mut digest = new_digest();
        digest.update(&payload[..payload.len() - CHECKSUM_BYTES]);
        if footer[2..] != digest.finalize().to_le_bytes() {
            return Err(DumpError::Footer);
        }
    }
    read(&payload[..body])
}

fn read(body: &[u8]) -> Result<Value, DumpError> {
    let broken = |error| DumpError::Value(Some(error));
    let mut source = Source::new(body, None);
    let value_type = ValueType::from_byte(source.byte().map_err(broken)?);
    let value_type = value_type.ok_or(DumpError::Value(None))?;
    let value = types::read(&mut source, value_type, b"").map_err(broken)?;
    if source.offset() != body.len() as u64 || value.is_empty() {
        return Err(DumpError::Value(None));
    }
    Ok(value)
}
