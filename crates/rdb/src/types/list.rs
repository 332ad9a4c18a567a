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

use crate::error::{Packing, ReadError, WriteError};
use crate::format::ValueType;
use crate::listpack::{self, Listpack};
use crate::packed::{Element, PackedError};
use crate::sink::Sink;
use crate::source::{Source, malformed};
use crate::write::WriteOptions;
use crate::ziplist::Ziplist;

/// One element.
const FORM_PLAIN: u64 = 1;
/// A listpack.
const FORM_PACKED: u64 = 2;
/// Redis packs no element of this size, in bytes.
const PLAIN_MIN: usize = 1 << 29;

type Elements = Vec<Vec<u8>>;

pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
) -> Result<Elements, ReadError> {
    let mut elements = Vec::new();
    if value_type == ValueType::ListZiplist {
        read_packed(source, Packing::Ziplist, &mut elements)?;
        return Ok(elements);
    }
    // The count is only believed piece by piece: each one has to arrive.
    for _ in 0..source.length()? {
        match value_type {
            ValueType::ListQuicklist => read_packed(source, Packing::Ziplist, &mut elements)?,
            ValueType::ListQuicklist2 => {
                let offset = source.offset();
                match source.length()? {
                    FORM_PLAIN => match source.string()? {
                        // Nobody writes it, and Redis refuses it.
                        text if text.is_empty() => {
                            return malformed(offset, "an empty part of a list");
                        }
                        text => elements.push(text),
                    },
                    FORM_PACKED => read_packed(source, Packing::Listpack, &mut elements)?,
                    _ => return malformed(offset, "unknown form of a part of a list"),
                }
            }
            _ => elements.push(source.string()?),
        }
    }
    Ok(elements)
}

fn read_packed<R: Read>(
    source: &mut Source<R>,
    packing: Packing,
    elements: &mut Elements,
) -> Result<(), ReadError> {
    let offset = source.offset();
    let bytes = source.string()?;
    let read = match packing {
        Packing::Listpack => Listpack::new(&bytes).and_then(|list| gather(list, elements)),
        _ => Ziplist::new(&bytes).and_then(|list| gather(list, elements)),
    };
    read.map_err(|cause| ReadError::Packed { offset, packing, cause })
}

fn gather<'a>(
    list: impl Iterator<Item = Result<Element<'a>, PackedError>>,
    elements: &mut Elements,
) -> Result<(), PackedError> {
    for element in list {
        elements.push(element?.to_vec());
    }
    Ok(())
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
