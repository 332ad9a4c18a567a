//! Sets: three layouts.
//!
//! ```text
//!    2  count  member*
//!   11  intset in a string                            sets of integers, all versions
//!   20  listpack in a string                          Redis 7.2 and newer
//!
//!   intset   width(4) count(4) integer*               little-endian, ascending; width 2, 4 or 8
//! ```
//!
//! Layout 20 is read and never written: Redis 7.0 does not load it.

use std::io::{Read, Write};

use base::number::is_canonical_integer;

use crate::error::{Packing, ReadError, WriteError};
use crate::format::ValueType;
use crate::listpack::Listpack;
use crate::packed::{Element, PackedError, array_at, signed};
use crate::sink::Sink;
use crate::source::Source;
use crate::value::Taker;
use crate::write::WriteOptions;

const INTSET_HEADER: usize = 8;

/// Hands the members to `taker`; how many there are.
pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
    taker: &mut impl Taker,
) -> Result<u64, ReadError> {
    let packing = match value_type {
        ValueType::SetIntset => Packing::Intset,
        ValueType::SetListpack => Packing::Listpack,
        _ => {
            let count = source.length()?;
            // The count is only believed member by member: each one has to arrive.
            for _ in 0..count {
                source.text(|member| taker.member(&member))?;
            }
            return Ok(count);
        }
    };
    let offset = source.offset();
    let read = source.text(|bytes| match packing {
        Packing::Intset => from_intset(&bytes, taker),
        _ => from_listpack(&bytes, taker),
    })?;
    read.map_err(|cause| ReadError::Packed { offset, packing, cause })
}

fn from_listpack(bytes: &[u8], taker: &mut impl Taker) -> Result<u64, PackedError> {
    let mut count = 0;
    for member in Listpack::new(bytes)? {
        match member? {
            Element::Integer(integer) => taker.integer(integer),
            Element::Bytes(text) => taker.member(text),
        }
        count += 1;
    }
    Ok(count)
}

fn from_intset(bytes: &[u8], taker: &mut impl Taker) -> Result<u64, PackedError> {
    let width = u32::from_le_bytes(array_at(bytes, 0)?);
    let count = u32::from_le_bytes(array_at(bytes, 4)?) as usize;
    let width = match width {
        2 | 4 | 8 => width as usize,
        _ => return Err(PackedError { at: 0, reason: "no width of an integer" }),
    };
    let integers = bytes.get(INTSET_HEADER..).unwrap_or_default();
    if integers.len() != width.saturating_mul(count) {
        return Err(PackedError { at: 4, reason: "the count does not fit the size" });
    }
    let mut last = None;
    for (index, integer) in integers.chunks(width).enumerate() {
        let value = match *integer {
            [a, b] => signed([a, b]),
            [a, b, c, d] => signed([a, b, c, d]),
            _ => signed(array_at::<8>(integer, 0)?),
        };
        if last.is_some_and(|last| last >= value) {
            let at = INTSET_HEADER + index * width;
            return Err(PackedError { at, reason: "integers out of order" });
        }
        last = Some(value);
        taker.integer(value);
    }
    Ok(count as u64)
}

pub(crate) fn type_for<B: AsRef<[u8]>>(members: &[B], options: &WriteOptions) -> ValueType {
    let integers = members.iter().all(|member| is_canonical_integer(member.as_ref()).is_some());
    if integers && members.len() <= options.set_intset_entries {
        ValueType::SetIntset
    } else {
        ValueType::Set
    }
}

pub(crate) fn write<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    value_type: ValueType,
    members: &[B],
) -> Result<(), WriteError> {
    if value_type == ValueType::SetIntset {
        return Ok(sink.string(&intset(members))?);
    }
    sink.length(members.len() as u64)?;
    for member in members {
        sink.string(member.as_ref())?;
    }
    Ok(())
}

/// The intset of members that are all integers.
fn intset<B: AsRef<[u8]>>(members: &[B]) -> Vec<u8> {
    let integers = members.iter().filter_map(|member| is_canonical_integer(member.as_ref()));
    let mut integers: Vec<i64> = integers.collect();
    integers.sort_unstable();
    integers.dedup();
    let fits = |bits: u32| integers.iter().all(|it| it >> (bits - 1) == it >> 63);
    let width = if fits(16) {
        2
    } else if fits(32) {
        4
    } else {
        8
    };
    let mut bytes = Vec::with_capacity(INTSET_HEADER + integers.len() * width);
    bytes.extend_from_slice(&(width as u32).to_le_bytes());
    bytes.extend_from_slice(&(integers.len() as u32).to_le_bytes());
    for integer in integers {
        bytes.extend_from_slice(&integer.to_le_bytes()[..width]);
    }
    bytes
}
