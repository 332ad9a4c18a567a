//! Payloads of DUMP and FUNCTION DUMP: parts of a dump that travel alone.
//!
//! ```text
//! |body: as in a dump ...|version, 2 bytes|CRC-64 of all before, 8 bytes|   little endian
//! ```
//!
//! Not here: what the body of a key's payload is.

use crate::error::{ReadError, WriteError};
use crate::format::{Dialect, MAGIC, OP_END};
use crate::read::{ChecksumCheck, Event, ReadOptions, Reader};
use crate::source::new_digest;
use crate::write::{Version, WriteOptions, Writer};

/// Bytes behind the body.
const FOOTER: usize = 10;

/// Bytes of a dump before its first entry, and behind its last.
const HEADER: usize = 9;
const END: usize = 9;

/// Closes a payload: adds version and checksum to its body.
pub fn seal(mut body: Vec<u8>, version: Version) -> Vec<u8> {
    body.extend_from_slice(&(version.number() as u16).to_le_bytes());
    let mut digest = new_digest();
    digest.update(&body);
    body.extend_from_slice(&digest.finalize().to_le_bytes());
    body
}

/// The body of a payload; `None` if version or checksum are wrong.
pub fn open(payload: &[u8]) -> Option<&[u8]> {
    let body = payload.get(..payload.len().checked_sub(FOOTER)?)?;
    let (checked, checksum) = payload.split_last_chunk::<8>()?;
    let (_, version) = checked.split_last_chunk::<2>()?;
    let mut digest = new_digest();
    digest.update(checked);
    let is_right = digest.finalize() == u64::from_le_bytes(*checksum);
    let dialect = Dialect::of_version(u16::from_le_bytes(*version).into());
    dialect.filter(|_| is_right).map(|_| body)
}

/// The payload of these libraries' sources.
pub fn of_functions<'a>(sources: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, WriteError> {
    let mut dump = Vec::new();
    let options = WriteOptions { checksum: false, ..WriteOptions::default() };
    let mut writer = Writer::new(&mut dump, options)?;
    for source in sources {
        writer.function(source)?;
    }
    writer.finish()?;
    dump.truncate(dump.len().saturating_sub(END));
    Ok(seal(dump.split_off(HEADER.min(dump.len())), options.version))
}

/// The sources of libraries in the body of a payload; `None` in place of what is something else.
pub fn functions(body: &[u8]) -> Result<Vec<Option<Vec<u8>>>, ReadError> {
    let mut dump = [&MAGIC[..], b"0010", body].concat();
    dump.push(OP_END);
    dump.extend_from_slice(&[0; 8]);
    let options = ReadOptions { checksum: ChecksumCheck::Off, ..ReadOptions::default() };
    let mut reader = Reader::new(&dump[..], options)?;
    let mut sources = Vec::new();
    while let Some(event) = reader.next_event()? {
        match event {
            Event::End { .. } => break,
            Event::Function(source) => sources.push(Some(source)),
            _ => sources.push(None),
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_survive_the_round_trip() {
        let sources: [&[u8]; 2] = [b"#!lua name=a\nreturn 1", b"#!lua name=b\n"];
        let payload = of_functions(sources.into_iter()).unwrap();
        let body = open(&payload).unwrap();
        let back: Vec<_> = functions(body).unwrap().into_iter().flatten().collect();
        assert_eq!(back, sources);
        for index in 0..payload.len() {
            let mut bad = payload.clone();
            bad[index] ^= 1;
            assert_eq!(open(&bad), None);
            assert_eq!(open(&payload[..index]), None);
        }
    }

    #[test]
    fn a_payload_of_redis_is_understood() {
        // FUNCTION DUMP of Redis 7.0.15 with one library.
        let text = b"#!lua name=l\nredis.register_function('f', function() end)";
        let payload = include_bytes!("payload/functions.bin");
        let body = open(payload).unwrap();
        assert_eq!(functions(body).unwrap(), [Some(text.to_vec())]);
        assert_eq!(functions(b"\x00\x01k\x01v").unwrap(), [None]);
    }
}
