//! Hashes: nine layouts, for size, for age, and for fields that expire.
//!
//! ```text
//!    4  count  (field value)*
//!    9  zipmap in a string                            Redis 2.2 and 2.4
//!   13  ziplist in a string                           Redis 2.6 to 6.2
//!   16  listpack in a string                          Redis 7.0 and newer
//!   24  earliest(8) count  (after field value)*       Redis 7.4 and newer
//!   25  earliest(8) listpack in a string              Redis 7.4 and newer
//!   22  count  (field value expiry(8))*              Valkey 9 and newer: -1 for a field that stays
//!
//!   earliest   when the first field expires, milliseconds since the epoch, little-endian
//!   after      a length: 0 for a field that stays, else its expiry - earliest + 1
//! ```
//!
//! The listpack of type 25 holds field, value, expiry, field, ... with 0 for a field that stays;
//! fields stand in the order of their expiry, those that stay at the end. Redis's types 22 and 23
//! are 24 and 25 as the release candidates of 7.4 wrote them: no `earliest`, and every expiry
//! absolute.

use std::io::{Read, Write};

use base::number::NumberBuffer;

use crate::error::{Packing, ReadError, WriteError};
use crate::format::{FIELD_EXPIRY_MAX_MS, ValueType};
use crate::listpack::{self, Listpack};
use crate::packed::{Element, PackedError};
use crate::sink::Sink;
use crate::source::{Source, malformed};
use crate::value::{HashField, Taker};
use crate::write::WriteOptions;
use crate::ziplist::Ziplist;
use crate::zipmap::Zipmap;

/// Above this a hash is not packed whatever the options say; Redis's own limit is 1 GB.
const PACKED_BYTES_MAX: usize = 1 << 29;

/// How the expiry in a layout is to be understood.
enum Expiry {
    None,
    Absolute,
    /// Counted from this time, in milliseconds, plus one.
    After(u64),
}

/// Hands the fields to `taker`; how many there are.
pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
    taker: &mut impl Taker,
) -> Result<u64, ReadError> {
    match value_type {
        ValueType::HashZipmap => {
            read_packed(source, Packing::Zipmap, |bytes| from_zipmap(bytes, taker))
        }
        ValueType::HashZiplist => read_packed(source, Packing::Ziplist, |bytes| {
            from_pairs(bytes.len(), Ziplist::new(bytes)?, taker)
        }),
        ValueType::HashListpack => read_packed(source, Packing::Listpack, |bytes| {
            from_pairs(bytes.len(), Listpack::new(bytes)?, taker)
        }),
        ValueType::HashListpackExpiringPreRelease => {
            read_packed(source, Packing::Listpack, |bytes| from_triples(bytes, taker))
        }
        ValueType::HashListpackExpiring => {
            // The earliest expiry is there for readers that do not look inside.
            source.array::<8>()?;
            read_packed(source, Packing::Listpack, |bytes| from_triples(bytes, taker))
        }
        ValueType::HashExpiringPreRelease => read_plain(source, Expiry::Absolute, taker),
        ValueType::HashExpiring => {
            let earliest = u64::from_le_bytes(source.array()?);
            read_plain(source, Expiry::After(earliest), taker)
        }
        ValueType::HashExpiringValkey => read_triples(source, taker),
        _ => read_plain(source, Expiry::None, taker),
    }
}

fn read_triples<R: Read>(source: &mut Source<R>, taker: &mut impl Taker) -> Result<u64, ReadError> {
    let count = source.length()?;
    let (mut field, mut value) = (Vec::new(), Vec::new());
    for _ in 0..count {
        source.string_into(&mut field)?;
        source.string_into(&mut value)?;
        let offset = source.offset();
        let expires_at_ms = match i64::from_le_bytes(source.array()?) {
            -1 => None,
            time if (0..=FIELD_EXPIRY_MAX_MS as i64).contains(&time) => Some(time as u64),
            _ => return malformed(offset, "expiry of a hash field beyond 48 bits"),
        };
        taker.field(&field, &value, expires_at_ms);
    }
    Ok(count)
}

fn read_plain<R: Read>(
    source: &mut Source<R>,
    expiry: Expiry,
    taker: &mut impl Taker,
) -> Result<u64, ReadError> {
    let count = source.length()?;
    // The count is only believed field by field: each one has to arrive.
    let mut field = Vec::new();
    for _ in 0..count {
        let expires_at_ms = read_expiry(source, &expiry)?;
        source.string_into(&mut field)?;
        source.text(|value| taker.field(&field, &value, expires_at_ms))?;
    }
    Ok(count)
}

fn read_expiry<R: Read>(source: &mut Source<R>, expiry: &Expiry) -> Result<Option<u64>, ReadError> {
    if matches!(expiry, Expiry::None) {
        return Ok(None);
    }
    let offset = source.offset();
    let expires_at_ms = match (source.length()?, expiry) {
        (0, _) => return Ok(None),
        (after, Expiry::After(earliest)) => earliest.checked_add(after - 1),
        (absolute, _) => Some(absolute),
    };
    match expires_at_ms {
        // Redis takes an expiry of zero for none, however it was arrived at.
        Some(0) => Ok(None),
        Some(time) if time <= FIELD_EXPIRY_MAX_MS => Ok(Some(time)),
        _ => malformed(offset, "expiry of a hash field beyond 48 bits"),
    }
}

fn read_packed<R: Read>(
    source: &mut Source<R>,
    packing: Packing,
    decode: impl FnOnce(&[u8]) -> Result<u64, PackedError>,
) -> Result<u64, ReadError> {
    let offset = source.offset();
    let decoded = source.text(|bytes| decode(&bytes))?;
    decoded.map_err(|cause| ReadError::Packed { offset, packing, cause })
}

fn from_zipmap(bytes: &[u8], taker: &mut impl Taker) -> Result<u64, PackedError> {
    let mut count = 0;
    for pair in Zipmap::new(bytes)? {
        let (field, value) = pair?;
        taker.field(field, value, None);
        count += 1;
    }
    Ok(count)
}

fn from_pairs<'a>(
    end: usize,
    mut elements: impl Iterator<Item = Result<Element<'a>, PackedError>>,
    taker: &mut impl Taker,
) -> Result<u64, PackedError> {
    let (mut names, mut values) = (NumberBuffer::new(), NumberBuffer::new());
    let mut count = 0;
    while let Some(field) = elements.next() {
        let (field, value) = (field?, elements.next().ok_or(incomplete(end))??);
        taker.field(field.text(&mut names), value.text(&mut values), None);
        count += 1;
    }
    Ok(count)
}

fn from_triples(bytes: &[u8], taker: &mut impl Taker) -> Result<u64, PackedError> {
    let (mut names, mut values) = (NumberBuffer::new(), NumberBuffer::new());
    let mut elements = Listpack::new(bytes)?;
    let mut count = 0;
    while let Some(field) = elements.next() {
        let (field, value) = (field?, elements.next().ok_or(incomplete(bytes.len()))??);
        let at = elements.position();
        let expires_at_ms = match elements.next().ok_or(incomplete(bytes.len()))?? {
            Element::Integer(0) => None,
            Element::Integer(time) if (1..=FIELD_EXPIRY_MAX_MS as i64).contains(&time) => {
                Some(time as u64)
            }
            _ => return Err(PackedError { at, reason: "expiry of a field is not a time" }),
        };
        taker.field(field.text(&mut names), value.text(&mut values), expires_at_ms);
        count += 1;
    }
    Ok(count)
}

fn incomplete(at: usize) -> PackedError {
    PackedError { at, reason: "the last field is incomplete" }
}

pub(crate) fn type_for<B: AsRef<[u8]>>(
    fields: &[HashField<B>],
    options: &WriteOptions,
) -> ValueType {
    let expiring = fields.iter().any(|field| field.expires_at_ms.is_some());
    match (is_small(fields, options), expiring) {
        (true, false) => ValueType::HashListpack,
        (false, false) => ValueType::Hash,
        (true, true) => ValueType::HashListpackExpiring,
        (false, true) => ValueType::HashExpiring,
    }
}

fn is_small<B: AsRef<[u8]>>(fields: &[HashField<B>], options: &WriteOptions) -> bool {
    let len_max = options.hash_listpack_value_bytes;
    let mut packed_bytes = 0usize;
    fields.len() <= options.hash_listpack_entries
        && fields.iter().all(|HashField { field, value, .. }| {
            let (field_len, value_len) = (field.as_ref().len(), value.as_ref().len());
            let added = field_len + value_len + 3 * listpack::ENTRY_OVERHEAD_MAX;
            packed_bytes = packed_bytes.saturating_add(added);
            field_len <= len_max && value_len <= len_max && packed_bytes <= PACKED_BYTES_MAX
        })
}

pub(crate) fn write<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    value_type: ValueType,
    fields: &[HashField<B>],
) -> Result<(), WriteError> {
    match value_type {
        ValueType::HashListpack => write_listpack(sink, fields)?,
        ValueType::HashListpackExpiring => write_listpack_expiring(sink, fields)?,
        ValueType::HashExpiring => write_expiring(sink, fields)?,
        _ => {
            sink.length(fields.len() as u64)?;
            for field in fields {
                sink.string(field.field.as_ref())?;
                sink.string(field.value.as_ref())?;
            }
        }
    }
    Ok(())
}

fn write_listpack<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    fields: &[HashField<B>],
) -> Result<(), WriteError> {
    let mut packed = listpack::Builder::new();
    for field in fields {
        packed.push(field.field.as_ref());
        packed.push(field.value.as_ref());
    }
    Ok(sink.string(&packed.finish())?)
}

fn write_listpack_expiring<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    fields: &[HashField<B>],
) -> Result<(), WriteError> {
    let mut timed = timed_fields(fields)?;
    // Redis relies on the order: it finds the next field to expire at the front.
    timed.sort_by_key(|(time, _)| time.unwrap_or(u64::MAX));
    let earliest = timed.first().and_then(|(time, _)| *time).unwrap_or(0);
    let mut packed = listpack::Builder::new();
    for (time, field) in timed {
        packed.push(field.field.as_ref());
        packed.push(field.value.as_ref());
        packed.push_integer(time.unwrap_or(0) as i64);
    }
    sink.bytes(&earliest.to_le_bytes())?;
    Ok(sink.string(&packed.finish())?)
}

fn write_expiring<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    fields: &[HashField<B>],
) -> Result<(), WriteError> {
    let timed = timed_fields(fields)?;
    let earliest = timed.iter().filter_map(|(time, _)| *time).min().unwrap_or(0);
    sink.bytes(&earliest.to_le_bytes())?;
    sink.length(fields.len() as u64)?;
    for (time, field) in timed {
        sink.length(time.map_or(0, |time| time - earliest + 1))?;
        sink.string(field.field.as_ref())?;
        sink.string(field.value.as_ref())?;
    }
    Ok(())
}

type Timed<'a, B> = (Option<u64>, &'a HashField<B>);

/// Fields with their expiry as the format can hold it. Zero means "stays" there, so a field that
/// expired at the epoch is moved on by a millisecond.
fn timed_fields<B>(fields: &[HashField<B>]) -> Result<Vec<Timed<'_, B>>, WriteError> {
    let checked = |field: &HashField<B>| match field.expires_at_ms {
        Some(expires_at_ms) if expires_at_ms > FIELD_EXPIRY_MAX_MS => {
            Err(WriteError::FieldExpiryRange { expires_at_ms })
        }
        time => Ok(time.map(|time| time.max(1))),
    };
    fields.iter().map(|field| Ok((checked(field)?, field))).collect()
}
