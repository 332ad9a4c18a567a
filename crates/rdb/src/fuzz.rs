//! Entry points for fuzzing: any bytes must be answered without a panic.
//!
//! Whatever can be read must also survive being written and read again; a panic here is a finding
//! either way. Hidden from the documentation, and of no use to other crates.

use crate::{
    ChecksumCheck, Entry, Event, ModuleAux, ReadOptions, Reader, Value, Version, WriteOptions,
    Writer,
};

/// Reads `bytes` as a dump, to its end or to the first error; returns the events before it.
pub fn fuzz_read(bytes: &[u8]) -> Vec<Event> {
    let options = ReadOptions { checksum: ChecksumCheck::Off, module_aux: ModuleAux::Skip };
    let Ok(reader) = Reader::new(bytes, options) else { return Vec::new() };
    let events: Vec<Event> = reader.map_while(Result::ok).collect();
    assert_eq!(in_file_order(rewrite(&events)), in_file_order(events.clone()));
    events
}

/// The same events, written as entries and read again; other events stay as they are.
fn rewrite(events: &[Event]) -> Vec<Event> {
    events.iter().map(|event| rewrite_event(event).unwrap_or_else(|| event.clone())).collect()
}

fn rewrite_event(event: &Event) -> Option<Event> {
    let Event::Entry(entry) = event else { return None };
    let options = WriteOptions { version: Version::V12, ..WriteOptions::default() };
    let mut writer = Writer::new(Vec::new(), options).ok()?;
    let written = writer.entry(entry).and_then(|()| writer.finish());
    let dump = written.unwrap_or_else(|error| panic!("cannot write what was read: {error}"));
    let mut reader = Reader::new(&dump[..], ReadOptions::default()).ok()?;
    match reader.next_event() {
        Ok(Some(event)) => Some(event),
        other => panic!("cannot read what was written: {other:?}"),
    }
}

/// Fields that expire are written in the order of their expiry, so order says nothing here.
fn in_file_order(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        if let Event::Entry(Entry { value: Value::Hash(fields), .. }) = event {
            fields.sort_by_key(|field| field.expires_at_ms.unwrap_or(u64::MAX));
        }
    }
    events
}
