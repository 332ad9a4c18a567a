//! A dump file, read into the keyspace.
//!
//! Not here: how a key gets into the keyspace (`loading`).

use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use ::log::{DumpInput, Visitor};
use rdb::{ChecksumCheck, Pieces, ReadOptions};

use super::dump_file::dump_path;
use crate::loading::{Loader, Meeting, Rules};
use crate::node::Node;
use crate::persistence::Passing;

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

impl DumpReport {
    /// What was loaded besides.
    pub(crate) fn add(&mut self, other: Self) {
        self.keys += other.keys;
        self.expired += other.expired;
        self.empty += other.empty;
    }
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

    /// Reads a dump file from beginning to end, and does nothing with it.
    pub(crate) fn check_dump_file(&self, path: &Path) -> Result<(), String> {
        let told = |fault| format!("Error reading {}: {fault}", path.display());
        Passing.on_dump(&mut self.open_dump(path)?).map(|_| ()).map_err(told)
    }

    fn open_dump(&self, path: &Path) -> Result<Pieces<DumpInput<'_>>, String> {
        let shown = path.display();
        let input = self.outside.files.read(path);
        let input = input.map_err(|error| format!("Can't open {shown}: {error}"))?;
        let checked = self.settings().snapshot.checksum
            && !self.lifecycle.rehearsal.unchecked_dumps.load(Relaxed);
        let checksum = if checked { ChecksumCheck::On } else { ChecksumCheck::Off };
        let options = ReadOptions { checksum, ..ReadOptions::default() };
        Pieces::new(input as DumpInput<'_>, options)
            .map_err(|error| format!("Error reading {shown}: {error}"))
    }

    pub(crate) fn load_dump_file(
        &self,
        path: &Path,
        meeting: Meeting,
    ) -> Result<DumpReport, String> {
        let shown = path.display();
        let drop_expired_at = Some(self.outside.clock.unix_ms() as i64);
        let mut loader = Loader::new(self);
        loader.rules = Rules { meeting, libraries: meeting, drop_expired_at };
        let told = |error: &dyn std::fmt::Display| format!("Error reading {shown}: {error}");
        let mut pieces = self.open_dump(path)?;
        let len = self.outside.files.len(path).ok().flatten().unwrap_or(0);
        loader.on_total(len);
        loader.on_file(len);
        loader.on_dump(&mut pieces).map_err(|fault| told(&fault))?;
        let report = loader.report;
        let figures = &self.snapshots.figures;
        figures.keys_loaded.store(report.keys, Relaxed);
        figures.keys_expired.store(report.expired, Relaxed);
        Ok(report)
    }
}
