//! Entry points for fuzzing: any bytes must be answered without a panic.
//!
//! Whatever can be read must also survive being written and read again; a panic here is a finding
//! either way. Hidden from the documentation, and of no use to other crates.

use crate::stream::Stream;
use crate::{
    ChecksumCheck, Entry, EntryTaker, Event, KeyHead, MemberExpiries, ModuleAux, Part, Piece,
    Pieces, ReadError, ReadOptions, Reader, Step, Taker, Value, Version, WriteError, WriteOptions,
    Writer,
};

/// Reads `bytes` as a dump, to its end or to the first error; returns the events before it.
pub fn fuzz_read(bytes: &[u8]) -> Vec<Event> {
    let options = ReadOptions { checksum: ChecksumCheck::Off, module_aux: ModuleAux::Skip };
    let Ok(reader) = Reader::new(bytes, options) else { return Vec::new() };
    let (mut events, mut failure) = (Vec::new(), None);
    for event in reader {
        match event {
            Ok(event) => events.push(event),
            Err(error) => failure = Some(error.to_string()),
        }
    }
    for sizes in [(1, 1 << 20), (100, 40), (128 << 10, 1 << 20)] {
        let mut cut = Vec::new();
        let cut_failure = read_cut(bytes, sizes, &mut cut).err().map(|error| error.to_string());
        assert_eq!((cut, cut_failure.as_ref()), (of_keys(&events), failure.as_ref()), "{sizes:?}");
    }
    assert_eq!(rewrite(&events).map(in_file_order), Ok(in_file_order(events.clone())));
    events
}

/// Reads a dump piece by piece, pieces and the entries in them being of these sizes at most.
fn read_cut(bytes: &[u8], sizes: (usize, usize), events: &mut Vec<Event>) -> Result<(), ReadError> {
    let options = ReadOptions { checksum: ChecksumCheck::Off, module_aux: ModuleAux::Skip };
    let mut pieces = Pieces::new(bytes, options)?.with_sizes(sizes);
    while let Some(part) = pieces.next_part(Vec::new())? {
        match part {
            Part::Piece(piece) => events_of(piece, events)?,
            Part::Entry { entry, expiries, .. } => {
                events.push(Event::Entry(entry));
                events.extend(expiries.into_iter().map(Event::MemberExpiries));
            }
            Part::EmptyEntry { key } => events.push(Event::EmptyEntry { key }),
            Part::Function(source) => events.push(Event::Function(source)),
            Part::Expected { .. } => {}
        }
    }
    Ok(())
}

/// Reads a piece as events.
pub fn events_of(piece: Piece, events: &mut Vec<Event>) -> Result<(), ReadError> {
    let (mut reader, mut taken) = (piece.read(), Taken::default());
    while let Some(step) = reader.next_step(&mut taken)? {
        match step {
            Step::Entry => events.extend(taken.0.take().map(Event::Entry)),
            Step::EmptyEntry(key) => events.push(Event::EmptyEntry { key }),
            Step::MemberExpiries(expiries) => events.push(Event::MemberExpiries(expiries)),
            Step::Fact => {}
        }
    }
    Ok(())
}

/// Those of the events that are about keys, or are functions. Expiries that do not stand behind a
/// key are a fact like others.
fn of_keys(events: &[Event]) -> Vec<Event> {
    let mut behind_key = false;
    let is_wanted = |event: &&Event| match event {
        Event::Entry(_) | Event::EmptyEntry { .. } => {
            behind_key = true;
            true
        }
        Event::MemberExpiries(_) => behind_key,
        Event::Aux { .. } => false,
        other => {
            behind_key = false;
            matches!(other, Event::Function(_))
        }
    };
    events.iter().filter(is_wanted).cloned().collect()
}

/// The entry that was taken last.
#[derive(Default)]
struct Taken(Option<Entry>);

impl Taken {
    fn value(&mut self) -> Option<&mut Value> {
        self.0.as_mut().map(|entry| &mut entry.value)
    }
}

impl EntryTaker for Taken {
    fn begin(&mut self, head: KeyHead<'_>) {
        let KeyHead { key, expires_at_ms, idle_s, freq } = head;
        let value = Value::String(Vec::new());
        self.0 = Some(Entry { key: key.to_vec(), value, expires_at_ms, idle_s, freq });
    }
}

impl Taker for Taken {
    fn string(&mut self, text: &[u8]) {
        self.value().into_iter().for_each(|it| it.string(text));
    }

    fn field(&mut self, field: &[u8], value: &[u8], expires_at_ms: Option<u64>) {
        self.value().into_iter().for_each(|it| it.field(field, value, expires_at_ms));
    }

    fn element(&mut self, element: &[u8]) {
        self.value().into_iter().for_each(|it| it.element(element));
    }

    fn member(&mut self, member: &[u8]) {
        self.value().into_iter().for_each(|it| it.member(member));
    }

    fn integer(&mut self, member: i64) {
        self.value().into_iter().for_each(|it| it.integer(member));
    }

    fn scored(&mut self, member: &[u8], score: f64) {
        self.value().into_iter().for_each(|it| it.scored(member, score));
    }

    fn stream(&mut self, stream: Stream) {
        self.value().into_iter().for_each(|it| it.stream(stream.clone()));
    }
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
