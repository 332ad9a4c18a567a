//! Lists: four layouts.
//!
//! ```text
//!    1  count  element*
//!   10  ziplist in a string                           Redis 2.2 to 3.0
//!   14  count  (ziplist in a string)*                 Redis 3.2 to 6.2
//!   18  count  (form string)*                         Redis 7.0 and newer
//!
//!   form     a length: 1 for a string that is one element, 2 for a listpack of several
//! ```

use std::io::{Read, Write};

use base::number::NumberBuffer;

use crate::error::{Packing, ReadError, WriteError};
use crate::format::ValueType;
use crate::listpack::{self, Listpack};
use crate::packed::{Element, PackedError};
use crate::sink::Sink;
use crate::source::{Source, malformed};
use crate::value::Taker;
use crate::write::WriteOptions;
use crate::ziplist::Ziplist;

/// One element.
const FORM_PLAIN: u64 = 1;
/// A listpack.
const FORM_PACKED: u64 = 2;
/// Redis packs no element of this size, in bytes.
const PLAIN_MIN: usize = 1 << 29;

/// Hands the elements to `taker`; how many there are.
pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
    taker: &mut impl Taker,
) -> Result<u64, ReadError> {
    if value_type == ValueType::ListZiplist {
        return read_packed(source, Packing::Ziplist, taker);
    }
    let mut count = 0;
    // The count of parts is only believed part by part: each one has to arrive.
    for _ in 0..source.length()? {
        count += match value_type {
            ValueType::ListQuicklist => read_packed(source, Packing::Ziplist, taker)?,
            ValueType::ListQuicklist2 => {
                let offset = source.offset();
                match source.length()? {
                    FORM_PLAIN => read_plain(source, offset, taker)?,
                    FORM_PACKED => read_packed(source, Packing::Listpack, taker)?,
                    _ => return malformed(offset, "unknown form of a part of a list"),
                }
            }
            _ => source.text(|text| taker.element(&text)).map(|()| 1)?,
        }
    }
    Ok(count)
}

/// A part that is one element and begins at `offset`.
fn read_plain<R: Read>(
    source: &mut Source<R>,
    offset: u64,
    taker: &mut impl Taker,
) -> Result<u64, ReadError> {
    let len = source.text(|text| {
        taker.element(&text);
        text.len()
    })?;
    match len {
        // Nobody writes it, and Redis refuses it.
        0 => malformed(offset, "an empty part of a list"),
        _ => Ok(1),
    }
}

fn read_packed<R: Read>(
    source: &mut Source<R>,
    packing: Packing,
    taker: &mut impl Taker,
) -> Result<u64, ReadError> {
    let offset = source.offset();
    let read = source.text(|bytes| match packing {
        Packing::Listpack => Listpack::new(&bytes).and_then(|list| hand_over(list, taker)),
        _ => Ziplist::new(&bytes).and_then(|list| hand_over(list, taker)),
    })?;
    read.map_err(|cause| ReadError::Packed { offset, packing, cause })
}

fn hand_over<'a>(
    list: impl Iterator<Item = Result<Element<'a>, PackedError>>,
    taker: &mut impl Taker,
) -> Result<u64, PackedError> {
    let (mut buffer, mut count) = (NumberBuffer::new(), 0);
    for element in list {
        taker.element(element?.text(&mut buffer));
        count += 1;
    }
    Ok(count)
}

pub(crate) fn write<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    elements: &[B],
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let parts = parts(elements, options);
    sink.length(parts.len() as u64)?;
    for part in parts {
        match part {
            [element] if element.as_ref().len() >= PLAIN_MIN => {
                sink.length(FORM_PLAIN)?;
                sink.string(element.as_ref())?;
            }
            _ => {
                let mut packed = listpack::Builder::new();
                part.iter().for_each(|element| packed.push(element.as_ref()));
                sink.length(FORM_PACKED)?;
                sink.string(&packed.finish())?;
            }
        }
    }
    Ok(())
}

/// The elements in parts of about the size that is asked for.
fn parts<'e, B: AsRef<[u8]>>(elements: &'e [B], options: &WriteOptions) -> Vec<&'e [B]> {
    let (mut parts, mut start, mut size) = (Vec::new(), 0, 0);
    for (at, element) in elements.iter().enumerate() {
        let added = element.as_ref().len() + listpack::ENTRY_OVERHEAD_MAX;
        if at > start && size + added > options.list_listpack_bytes {
            parts.extend(elements.get(start..at));
            (start, size) = (at, 0);
        }
        size += added;
    }
    parts.extend(elements.get(start..).filter(|part| !part.is_empty()));
    parts
}
