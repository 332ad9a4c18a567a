//! A snapshot as a dump: what the walk finds becomes bytes in memory, which are taken away between
//! two steps.
//!
//! An error stops the encoding: what comes after it is passed over, and whoever drives the walk
//! finds the error in `failure`.

use std::ops::ControlFlow;

use keyspace::Entry;
use keyspace::eviction::LfuSettings;
use keyspace::snapshot::Visitor;
use rdb::format::ValueType;
use rdb::{Head, MemberExpiries, WriteError, WriteOptions, Writer};

use super::value::{dump_time, member_expiries, value_of};

/// Which use of keys a dump tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uses {
    None,
    /// Seconds without use, as of this second.
    Recency(u64),
    /// The counter, as of this time in unix ms.
    Frequency(LfuSettings, i64),
}

/// Makes a dump in memory.
pub(crate) struct DumpEncoder {
    writer: Writer<Vec<u8>>,
    uses: Uses,
    /// The database of what was written last.
    number: Option<usize>,
    /// Whether the value that was begun is written but for the expiries of its members.
    pub(super) tells_expiries: bool,
    pub(crate) keys: u64,
    pub(crate) failure: Option<WriteError>,
}

impl DumpEncoder {
    pub(crate) fn new(options: WriteOptions, uses: Uses) -> Result<Self, WriteError> {
        let writer = Writer::new(Vec::new(), options)?;
        Ok(Self { writer, uses, number: None, tells_expiries: false, keys: 0, failure: None })
    }

    /// The writer, for what stands before the keys.
    pub(crate) fn writer(&mut self) -> &mut Writer<Vec<u8>> {
        &mut self.writer
    }

    /// The bytes so far; to be taken out.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        self.writer.output()
    }

    /// Hints how many keys come for a database, and how many of them expire.
    pub(crate) fn size(&mut self, number: usize, keys: u64, timed: u64) -> Result<(), WriteError> {
        self.select(number)?;
        self.writer.resize_db(keys, timed)
    }

    /// The rest of the dump.
    pub(crate) fn finish(self) -> Result<Vec<u8>, WriteError> {
        self.writer.finish()
    }

    fn select(&mut self, number: usize) -> Result<(), WriteError> {
        if self.number != Some(number) {
            self.writer.select_db(number as u64)?;
            self.number = Some(number);
        }
        Ok(())
    }

    fn note(&mut self, outcome: Result<(), WriteError>) {
        if let Err(error) = outcome {
            self.failure.get_or_insert(error);
        }
    }

    fn uses_of(&self, entry: &Entry) -> (Option<u64>, Option<u8>) {
        match self.uses {
            Uses::None => (None, None),
            Uses::Recency(now_s) => (Some(entry.stamp().idle_seconds(now_s)), None),
            Uses::Frequency(lfu, now_ms) => (None, Some(lfu.counter(entry.stamp(), now_ms))),
        }
    }

    pub(super) fn whole(&mut self, number: usize, entry: &Entry) -> Result<(), WriteError> {
        self.select(number)?;
        self.keys += 1;
        let (idle_s, freq) = self.uses_of(entry);
        self.writer.entry(&rdb::Entry {
            key: entry.key().into(),
            value: value_of(entry),
            expires_at_ms: entry.expires_at().map(dump_time),
            idle_s,
            freq,
        })?;
        let members = member_expiries(entry);
        if members.is_empty() {
            return Ok(());
        }
        self.writer.member_expiries(&MemberExpiries { key: entry.key().into(), members })
    }

    pub(super) fn begin(
        &mut self,
        number: usize,
        entry: &Entry,
        value_type: ValueType,
    ) -> Result<(), WriteError> {
        self.select(number)?;
        self.keys += 1;
        let (idle_s, freq) = self.uses_of(entry);
        let expires_at_ms = entry.expires_at().map(dump_time);
        self.writer.begin(Head { key: entry.key(), expires_at_ms, idle_s, freq }, value_type)
    }
}

impl Visitor for DumpEncoder {
    fn entry(&mut self, number: usize, entry: &Entry) {
        if self.failure.is_none() {
            let outcome = self.whole(number, entry);
            self.note(outcome);
        }
    }

    fn piece(&mut self, number: usize, entry: &Entry, from: Option<u64>) -> ControlFlow<(), u64> {
        if self.failure.is_some() {
            return ControlFlow::Break(());
        }
        match self.next_piece(number, entry, from) {
            Ok(Some(next)) => ControlFlow::Continue(next),
            Ok(None) => ControlFlow::Break(()),
            Err(error) => {
                self.note(Err(error));
                ControlFlow::Break(())
            }
        }
    }
}

/// Wants nothing: for a walk that was given up.
pub(crate) struct Nobody;

impl Visitor for Nobody {
    fn entry(&mut self, _number: usize, _entry: &Entry) {}

    fn piece(&mut self, _number: usize, _: &Entry, _: Option<u64>) -> ControlFlow<(), u64> {
        ControlFlow::Break(())
    }
}
