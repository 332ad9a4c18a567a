//! A dump file, read into the keyspace.
//!
//! Not here: how a key gets into the keyspace (`startup::Loader`).

use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use ::log::Visitor;
use rdb::{ChecksumCheck, Event, ReadOptions, Reader};

use super::dump_file::dump_path;
use crate::node::Node;
use crate::startup::{Loader, Meeting};

/// Keys after which progress is told.
const PROGRESS_ENTRIES: u64 = 64;

/// What was loaded.
#[derive(Clone, Copy, Debug, Default)]
pub struct DumpReport {
    /// Keys that are in the keyspace now.
    pub keys: u64,
    /// Keys that had expired already.
    pub expired: u64,
    /// Keys without elements, which were passed over.
    pub empty: u64,
}

impl Node {
    /// Loads the dump file into the empty keyspace; `None` if there is none. The engine's last seat
    /// is taken meanwhile.
    ///
    /// # Errors
    /// The file cannot be read, or is no dump: the reason, for the operator.
    pub fn load_dump(&self) -> Result<Option<DumpReport>, String> {
        let path = dump_path(&self.settings());
        match self.outside.files.len(&path) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => self.load_dump_file(&path, Meeting::Refuse).map(Some),
            Err(error) => Err(format!("Can't open {}: {error}", path.display())),
        }
    }

    fn keyspace_has_keys(&self) -> bool {
        let inside = self.keyspace.gate().enter(self.outside.workers);
        (0..self.keyspace.databases()).any(|it| self.keyspace.len(&inside, it) > 0)
    }

    pub(crate) fn load_dump_file(
        &self,
        path: &Path,
        meeting: Meeting,
    ) -> Result<DumpReport, String> {
        let shown = path.display();
        let input = self.outside.files.read(path);
        let input = input.map_err(|error| format!("Can't open {shown}: {error}"))?;
        let checked = self.settings().snapshot.checksum
            && !self.lifecycle.rehearsal.unchecked_dumps.load(Relaxed);
        let checksum = if checked { ChecksumCheck::On } else { ChecksumCheck::Off };
        let options = ReadOptions { checksum, ..ReadOptions::default() };
        let mut loader = Loader::new(self);
        loader.meeting = meeting;
        loader.checks_collections = self.keyspace_has_keys();
        loader.drop_expired_at = Some(self.outside.clock.unix_ms() as i64);
        let told = |error: &dyn std::fmt::Display| format!("Error reading {shown}: {error}");
        let mut reader = Reader::new(input, options).map_err(|error| told(&error))?;
        let len = self.outside.files.len(path).ok().flatten().unwrap_or(0);
        loader.on_total(len);
        loader.on_file(len);
        let (mut database, mut entries) = (0, 0u64);
        while let Some(event) = reader.next_event().map_err(|error| told(&error))? {
            match event {
                Event::SelectDb(number) => database = u32::try_from(number).unwrap_or(u32::MAX),
                Event::Entry(entry) => {
                    entries += 1;
                    if entries.is_multiple_of(PROGRESS_ENTRIES) {
                        loader.on_progress(reader.offset());
                    }
                    loader.on_entry(database, entry).map_err(|error| told(&error))?;
                }
                Event::MemberExpiries(expiries) => {
                    let told_of = loader.on_member_expiries(database, expiries);
                    told_of.map_err(|error| told(&error))?;
                }
                Event::Function(source) => {
                    loader.on_function(&source).map_err(|error| told(&error))?;
                }
                Event::EmptyEntry { key } => loader.on_empty_key(&key),
                _ => {}
            }
        }
        loader.flush().map_err(|error| told(&error))?;
        let report = loader.report;
        let figures = &self.snapshots.figures;
        figures.keys_loaded.store(report.keys, Relaxed);
        figures.keys_expired.store(report.expired, Relaxed);
        Ok(report)
    }
}
