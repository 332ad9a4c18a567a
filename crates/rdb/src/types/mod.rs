//! One file per kind of value: how it is laid out, read and written.
//!
//! To add a kind: a variant in [`Value`], a file here with `read` and `write`, and an arm in each
//! of the three functions below. The packed encodings it may use are decoded by `listpack.rs`,
//! `ziplist.rs` and `zipmap.rs`.

mod hash;
mod list;
mod set;
mod sorted_set;
pub(crate) mod stream;

use std::io::{Read, Write};

use crate::error::{ReadError, WriteError};
use crate::format::{ValueType, module_name};
use crate::sink::Sink;
use crate::source::Source;
use crate::value::{Taker, Value};
use crate::write::WriteOptions;

/// Reads a value of the given type, or `None` for a collection without elements; `key` is for error
/// messages.
pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
    key: &[u8],
) -> Result<Option<Value>, ReadError> {
    // A string is the one kind that need not be copied.
    if value_type == ValueType::String {
        return Ok(Some(Value::String(source.string()?)));
    }
    let mut value = Value::String(Vec::new());
    Ok(take(source, value_type, key, &mut value)?.then_some(value))
}

/// Reads a value of the given type and hands it to `taker`; false if it is a collection without
/// elements. What was handed over before an error means nothing.
pub(crate) fn take<R: Read>(
    source: &mut Source<R>,
    value_type: ValueType,
    key: &[u8],
    taker: &mut impl Taker,
) -> Result<bool, ReadError> {
    let count = match value_type {
        ValueType::String => source.text(|text| taker.string(&text)).map(|()| 1)?,
        ValueType::Hash
        | ValueType::HashZipmap
        | ValueType::HashZiplist
        | ValueType::HashListpack
        | ValueType::HashExpiringPreRelease
        | ValueType::HashListpackExpiringPreRelease
        | ValueType::HashExpiring
        | ValueType::HashListpackExpiring
        | ValueType::HashExpiringValkey => hash::read(source, value_type, taker)?,
        ValueType::List
        | ValueType::ListZiplist
        | ValueType::ListQuicklist
        | ValueType::ListQuicklist2 => list::read(source, value_type, taker)?,
        ValueType::Set | ValueType::SetIntset | ValueType::SetListpack => {
            set::read(source, value_type, taker)?
        }
        ValueType::ZsetText
        | ValueType::Zset
        | ValueType::ZsetZiplist
        | ValueType::ZsetListpack => sorted_set::read(source, value_type, taker)?,
        ValueType::StreamListpacks
        | ValueType::StreamListpacks2
        | ValueType::StreamListpacks3
        | ValueType::StreamListpacks4
        | ValueType::StreamListpacks5 => {
            taker.stream(stream::read(source, value_type)?);
            1
        }
        ValueType::ModulePreRelease | ValueType::Module => {
            let module = module_name(source.length()?);
            return Err(ReadError::ModuleValue { module, key: key.to_vec() });
        }
    };
    Ok(count > 0)
}

/// The type under which `value` is best written.
pub(crate) fn type_for<B: AsRef<[u8]>>(value: &Value<B>, options: &WriteOptions) -> ValueType {
    match value {
        Value::String(_) => ValueType::String,
        Value::Hash(fields) => hash::type_for(fields, options),
        Value::List(_) => ValueType::ListQuicklist2,
        Value::Set(members) => set::type_for(members, options),
        Value::SortedSet(members) => sorted_set::type_for(members, options),
        Value::Stream(stream) => stream::type_for(stream, options),
    }
}

/// Writes `value` as the type chosen by [`type_for`].
pub(crate) fn write<B: AsRef<[u8]>, W: Write>(
    sink: &mut Sink<W>,
    value_type: ValueType,
    value: &Value<B>,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    match value {
        Value::String(text) => Ok(sink.string(text.as_ref())?),
        Value::Hash(fields) => hash::write(sink, value_type, fields),
        Value::List(elements) => list::write(sink, elements, options),
        Value::Set(members) => set::write(sink, value_type, members),
        Value::SortedSet(members) => sorted_set::write(sink, value_type, members),
        Value::Stream(stream) => stream::write(sink, value_type, stream),
    }
}
