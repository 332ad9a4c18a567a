//! Entry points for fuzzing: any bytes must be answered without a panic.
//!
//! Whatever can be read must also survive being written and read again; a panic here is a finding
//! either way. Hidden from the documentation, and of no use to other crates.

use crate::{
    ChecksumCheck, Entry, Event, MemberExpiries, ModuleAux, ReadError, ReadOptions, Reader, Value,
    Version, WriteError, WriteOptions, Writer,
};

/// Reads `bytes` as a dump, to its end or to the first error; returns the events before it.
pub fn fuzz_read(bytes: &[u8]) -> Vec<Event> {
    let options = ReadOptions { checksum: ChecksumCheck::Off, module_aux: ModuleAux::Skip };
    let Ok(reader) = Reader::new(bytes, options) else { return Vec::new() };
    let events: Vec<Event> = reader.map_while(Result::ok).collect();
    assert_eq!(rewrite(&events).map(in_file_order), Ok(in_file_order(events.clone())));
    events
}

/// The same events, written as entries and read again; other events stay as they are.
fn rewrite(events: &[Event]) -> Result<Vec<Event>, String> {
    let again = |event: &Event| match event {
        Event::Entry(entry) => {
            let dump = write(entry).map_err(|error| format!("cannot be written: {error}"))?;
            let first = read_first(&dump).map_err(|error| format!("cannot be read: {error}"))?;
            first.ok_or_else(|| "was written as nothing".to_owned())
        }
        Event::MemberExpiries(expiries) => {
            let dump = write_expiries(expiries).map_err(|error| format!("not written: {error}"))?;
            let first = read_first(&dump).map_err(|error| format!("cannot be read: {error}"))?;
            first.ok_or_else(|| "was written as nothing".to_owned())
        }
        _ => Ok(event.clone()),
    };
    events.iter().map(again).collect()
}

fn write(entry: &Entry) -> Result<Vec<u8>, WriteError> {
    let options = WriteOptions { version: Version::V12, ..WriteOptions::default() };
    let mut writer = Writer::new(Vec::new(), options)?;
    writer.entry(entry)?;
    writer.finish()
}

fn write_expiries(expiries: &MemberExpiries) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::new(Vec::new(), WriteOptions::default())?;
    writer.member_expiries(expiries)?;
    writer.finish()
}

fn read_first(dump: &[u8]) -> Result<Option<Event>, ReadError> {
    Reader::new(dump, ReadOptions::default())?.next_event()
}

/// Fields that expire are written in the order of their expiry, integers in ascending order, and
/// big sorted sets in descending order, so order says nothing here. Nor does it say anything that
/// a member of a set comes twice.
fn in_file_order(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        let Event::Entry(entry) = event else { continue };
        match &mut entry.value {
            Value::Hash(fields) => {
                fields.sort_by_key(|field| field.expires_at_ms.unwrap_or(u64::MAX));
            }
            Value::Set(members) => {
                members.sort();
                members.dedup();
            }
            Value::SortedSet(members) => {
                members.sort_by(|a, b| {
                    a.score.total_cmp(&b.score).then_with(|| a.member.cmp(&b.member))
                });
            }
            // The first dumps did not say how many entries were added.
            Value::Stream(stream) => stream.entries_added = None,
            Value::String(_) | Value::List(_) => {}
        }
    }
    events
}
