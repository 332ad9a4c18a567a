//! Sorted sets: four layouts.
//!
//! ```text
//!    3  count  (member  text)*                        before Redis 4.0
//!    5  count  (member  score)*                       Redis 4.0 and newer
//!   12  ziplist in a string                           Redis 2.6 to 6.2
//!   17  listpack in a string                          Redis 7.0 and newer
//!
//!   text    length(1) and that many bytes; lengths 253, 254, 255: not a number, inf, -inf
//!   score   a double in 8 bytes, little-endian
//! ```
//!
//! The packed ones hold member, score, member, ... in ascending order, scores as text or integers.

use std::io::{Read, Write};

use base::number::{NumberBuffer, format_f64_stored, parse_f64};

use crate::error::{Packing, ReadError, WriteError};
use crate::format::ValueType;
use crate::listpack::{self, Listpack};
use crate::packed::{Element, PackedError};
use crate::sink::Sink;
use crate::source::{Source, malformed};
use crate::value::{Scored, Taker};
use crate::write::WriteOptions;
use crate::ziplist::Ziplist;

/// Above this a sorted set is not packed whatever the options say; Redis's own limit is 1 GB.
const PACKED_BYTES_MAX: usize = 1 << 29;
/// The longest text of a score, and its overhead in a listpack.
const SCORE_BYTES_MAX: usize = 32 + listpack::ENTRY_OVERHEAD_MAX;

/// Hands the members to `taker`; how many there are.
pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
    taker: &mut impl Taker,
) -> Result<u64, ReadError> {
    match value_type {
        ValueType::ZsetZiplist => read_packed(source, Packing::Ziplist, |bytes| {
            from_pairs(bytes.len(), Ziplist::new(bytes)?, taker)
        }),
        ValueType::ZsetListpack => read_packed(source, Packing::Listpack, |bytes| {
            from_pairs(bytes.len(), Listpack::new(bytes)?, taker)
        }),
        _ => {
            let count = source.length()?;
            // The count is only believed member by member: each one has to arrive.
            let mut member = Vec::new();
            for _ in 0..count {
                source.string_into(&mut member)?;
                let offset = source.offset();
                let score = match value_type {
                    ValueType::ZsetText => text_score(source)?,
                    _ => Some(f64::from_le_bytes(source.array()?)),
                };
                match score.filter(|score| !score.is_nan()) {
                    Some(score) => taker.scored(&member, score),
                    None => return malformed(offset, "a score that is not a number"),
                }
            }
            Ok(count)
        }
    }
}

fn text_score<R: Read>(source: &mut Source<R>) -> Result<Option<f64>, ReadError> {
    Ok(match source.byte()? {
        253 => None,
        254 => Some(f64::INFINITY),
        255 => Some(f64::NEG_INFINITY),
        len => parse_f64(&source.bytes(len.into())?),
    })
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

fn from_pairs<'a>(
    end: usize,
    mut elements: impl Iterator<Item = Result<Element<'a>, PackedError>>,
    taker: &mut impl Taker,
) -> Result<u64, PackedError> {
    let incomplete = PackedError { at: end, reason: "the last member has no score" };
    let (mut buffer, mut count) = (NumberBuffer::new(), 0);
    while let Some(member) = elements.next() {
        let member = member?;
        let score = match elements.next().ok_or(incomplete)?? {
            Element::Integer(score) => Some(score as f64),
            Element::Bytes(text) => parse_f64(text),
        };
        match score {
            Some(score) => taker.scored(member.text(&mut buffer), score),
            None => {
                return Err(PackedError { at: end, reason: "a score that is not a number" });
            }
        }
        count += 1;
    }
    Ok(count)
}

pub(crate) fn type_for<B: AsRef<[u8]>>(members: &[Scored<B>], options: &WriteOptions) -> ValueType {
    let mut packed_bytes = 0usize;
    let small = members.len() <= options.zset_listpack_entries
        && members.iter().all(|Scored { member, .. }| {
            let len = member.as_ref().len();
            let added = len + listpack::ENTRY_OVERHEAD_MAX + SCORE_BYTES_MAX;
            packed_bytes = packed_bytes.saturating_add(added);
            len <= options.zset_listpack_value_bytes && packed_bytes <= PACKED_BYTES_MAX
        });
    if small { ValueType::ZsetListpack } else { ValueType::Zset }
}

/// Writes members, which stand in ascending order.
pub(crate) fn write<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    value_type: ValueType,
    members: &[Scored<B>],
) -> Result<(), WriteError> {
    if value_type == ValueType::ZsetListpack {
        let mut packed = listpack::Builder::new();
        let mut buffer = NumberBuffer::new();
        for Scored { member, score } in members {
            packed.push(member.as_ref());
            packed.push(format_f64_stored(*score, &mut buffer));
        }
        return Ok(sink.string(&packed.finish())?);
    }
    sink.length(members.len() as u64)?;
    // From the greatest to the least, as Redis does: its loader then adds at the head each time.
    for Scored { member, score } in members.iter().rev() {
        sink.string(member.as_ref())?;
        sink.bytes(&score.to_le_bytes())?;
    }
    Ok(())
}
