//! The dump file: written beside the old one, brought to disk, and put in its place.
//!
//! ```text
//!   temp-PID.rdb   written and synced    renamed to dbfilename    the directory synced
//! ```
//!
//! So at any moment there is a whole dump under the name, the old one or the new one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use config::{EvictionPolicy, Settings};
use keyspace::Entry;
use keyspace::snapshot::Visitor;
use log::aof::annotations::Sums;
use log::aof::files::{Create, File};
use protocol::resp::decode::write_request;
use rdb::{Origin, Purpose, Version, WriteError, WriteOptions};

use super::encode::{DumpEncoder, Uses};
use super::requests::RequestEncoder;
use super::serve::{Failure, Place, Sink};
use super::{Cut, Ground};
use crate::limits::Knobs;
use crate::node::Node;

/// Bytes gathered before they are written, and written before they are brought to disk.
const WRITE_BYTES: usize = 64 << 10;
const SYNC_BYTES: usize = 32 << 20;

/// A file that the walk fills.
pub(crate) struct FileSink {
    encoder: DumpEncoder,
    file: Arc<dyn File>,
    unsynced: usize,
}

impl Visitor for FileSink {
    fn entry(&mut self, number: usize, entry: &Entry) {
        self.encoder.entry(number, entry);
    }

    fn piece(
        &mut self,
        number: usize,
        entry: &Entry,
        from: Option<u64>,
    ) -> std::ops::ControlFlow<(), u64> {
        self.encoder.piece(number, entry, from)
    }
}

impl Sink for FileSink {
    fn flush(&mut self) -> Result<(), Failure> {
        if let Some(failure) = self.encoder.failure.take() {
            return Err(failure.into());
        }
        if self.encoder.bytes().len() >= WRITE_BYTES {
            self.write()?;
        }
        Ok(())
    }

    fn keys(&self) -> u64 {
        self.encoder.keys
    }
}

impl FileSink {
    fn write(&mut self) -> Result<(), Failure> {
        let bytes = self.encoder.bytes();
        append(self.file.as_ref(), bytes).map_err(|cause| Failure::Io { doing: WRITING, cause })?;
        self.unsynced += bytes.len();
        bytes.clear();
        if self.unsynced >= SYNC_BYTES {
            self.unsynced = 0;
            self.file.sync().map_err(|cause| Failure::Io { doing: SYNCING, cause })?;
        }
        Ok(())
    }

    /// Writes the end of the dump and brings all of it to disk.
    fn finish(self) -> Result<(), Failure> {
        let rest = self.encoder.finish()?;
        append(self.file.as_ref(), &rest).map_err(|cause| Failure::Io { doing: WRITING, cause })?;
        self.file.sync().map_err(|cause| Failure::Io { doing: SYNCING, cause })
    }
}

/// A file of requests that the walk fills.
struct RequestSink {
    encoder: RequestEncoder,
    file: Arc<dyn File>,
    sums: Sums,
}

impl Visitor for RequestSink {
    fn entry(&mut self, number: usize, entry: &Entry) {
        self.encoder.entry(number, entry);
    }

    fn piece(
        &mut self,
        number: usize,
        entry: &Entry,
        from: Option<u64>,
    ) -> std::ops::ControlFlow<(), u64> {
        self.encoder.piece(number, entry, from)
    }
}

impl Sink for RequestSink {
    fn flush(&mut self) -> Result<(), Failure> {
        if self.encoder.bytes.len() >= WRITE_BYTES { self.write() } else { Ok(()) }
    }

    fn keys(&self) -> u64 {
        self.encoder.keys
    }
}

impl RequestSink {
    fn write(&mut self) -> Result<(), Failure> {
        if self.encoder.has_failed {
            let cause = std::io::Error::other("a stream cannot be written");
            return Err(Failure::Io { doing: WRITING, cause });
        }
        let bytes = &mut self.encoder.bytes;
        if bytes.is_empty() {
            return Ok(());
        }
        self.sums.add(bytes);
        self.sums.close(bytes);
        append(self.file.as_ref(), bytes).map_err(|cause| Failure::Io { doing: WRITING, cause })?;
        bytes.clear();
        Ok(())
    }
}

const WRITING: &str = "Write error saving DB on disk";
const SYNCING: &str = "Error syncing DB on disk";

/// Writes everything.
fn append(file: &dyn File, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The path of the dump file.
pub(crate) fn dump_path(settings: &Settings) -> PathBuf {
    Path::new(&settings.process.dir).join(&settings.snapshot.file_name)
}

impl Node {
    /// Writes the dump file, and notes how that went.
    pub(super) fn save_dump(&self, cut: &Cut, ground: Ground, place: &Place<'_, '_>) -> bool {
        let figures = &self.snapshots.figures;
        let began_s = self.now_s();
        figures.began_s.store(began_s, Relaxed);
        figures.last_try_s.store(began_s, Relaxed);
        figures.copies_bytes.store(0, Relaxed);
        let settings = self.settings();
        let path = dump_path(&settings);
        let directory = Path::new(&settings.process.dir);
        let temporary = directory.join(format!("temp-{}.rdb", std::process::id()));
        let outcome = self.write_dump(cut, place, (&temporary, Purpose::Dump));
        let outcome = outcome.and_then(|()| {
            let files = &self.outside.files;
            files
                .rename(&temporary, &path)
                .and_then(|()| files.sync_dir(directory))
                .map_err(|cause| Failure::Io { doing: "Error moving temp DB file", cause })
        });
        let now_s = self.now_s();
        figures.began_s.store(-1, Relaxed);
        if ground == Ground::Back {
            figures.last_seconds.store(now_s - began_s, Relaxed);
        }
        match &outcome {
            Ok(()) => {
                figures.last_save_s.store(now_s, Relaxed);
                figures.last_failed.store(false, Relaxed);
                figures.saves.fetch_add(1, Relaxed);
                self.reports.changes_at_save.store(cut.changes, Relaxed);
                self.journal().notice(format_args!("DB saved on disk"));
            }
            Err(failure) => {
                // There may be none.
                let _ = self.outside.files.remove(&temporary);
                // Whoever cancels does not want to know.
                if ground == Ground::Back && !matches!(failure, Failure::Cancelled) {
                    figures.last_failed.store(true, Relaxed);
                }
                self.journal().warning(format_args!("Saving the dump file failed: {failure}"));
            }
        }
        self.note_dump_state();
        outcome.is_ok()
    }

    pub(super) fn now_s(&self) -> i64 {
        self.outside.clock.unix_ms() as i64 / 1000
    }

    /// Writes a whole dump to a file and brings it to disk.
    pub(super) fn write_dump(
        &self,
        cut: &Cut,
        place: &Place<'_, '_>,
        (path, purpose): (&Path, Purpose),
    ) -> Result<(), Failure> {
        let mut sink = self
            .outside
            .files
            .append_to(path, Create::Empty)
            .map_err(|cause| Failure::Io { doing: "Failed opening the temp DB file", cause })
            .and_then(|file| {
                let encoder = self.dump_encoder(cut, place, purpose)?;
                Ok(FileSink { encoder, file, unsynced: 0 })
            })
            .inspect_err(|_| self.walk_in_vain(cut, place))?;
        if cut.parts.keys {
            self.walk(cut, place, &mut sink)?;
        } else {
            self.walk_in_vain(cut, place);
        }
        sink.finish()
    }

    /// Writes a whole base of requests to a file and brings it to disk.
    pub(super) fn write_requests(
        &self,
        cut: &Cut,
        place: &Place<'_, '_>,
        path: &Path,
    ) -> Result<(), Failure> {
        let file = self
            .outside
            .files
            .append_to(path, Create::Empty)
            .map_err(|cause| Failure::Io { doing: "Failed opening the base file", cause })
            .inspect_err(|_| self.walk_in_vain(cut, place))?;
        let mut sink = RequestSink { encoder: RequestEncoder::default(), file, sums: Sums::new() };
        if self.settings.load().aof.timestamps {
            let line = format!("#TS:{}\r\n", self.now_s());
            sink.encoder.bytes.extend_from_slice(line.as_bytes());
        }
        for library in cut.libraries.by_name.values() {
            let words: [&[u8]; 3] = [b"FUNCTION", b"LOAD", &library.text];
            write_request(&mut sink.encoder.bytes, &words);
        }
        self.walk(cut, place, &mut sink)?;
        sink.write()?;
        sink.file.sync().map_err(|cause| Failure::Io { doing: SYNCING, cause })
    }

    /// An encoder with everything that stands before the keys.
    fn dump_encoder(
        &self,
        cut: &Cut,
        place: &Place<'_, '_>,
        purpose: Purpose,
    ) -> Result<DumpEncoder, WriteError> {
        let settings = self.settings();
        let sizes = &settings.encodings;
        let options = WriteOptions {
            version: if self.keyspace.has_field_expiry() { Version::V12 } else { Version::V10 },
            compression: settings.snapshot.compression,
            checksum: settings.snapshot.checksum,
            hash_listpack_entries: sizes.hash_max_listpack_entries as usize,
            hash_listpack_value_bytes: sizes.hash_max_listpack_value_bytes as usize,
            set_intset_entries: sizes.set_max_intset_entries as usize,
            zset_listpack_entries: sizes.zset_max_listpack_entries as usize,
            zset_listpack_value_bytes: sizes.zset_max_listpack_value_bytes as usize,
            ..WriteOptions::default()
        };
        let uses = match settings.memory.policy {
            EvictionPolicy::AllKeysLru | EvictionPolicy::VolatileLru => {
                Uses::Recency(self.now_s() as u64)
            }
            EvictionPolicy::AllKeysLfu | EvictionPolicy::VolatileLfu => {
                let lfu = Knobs::of(&settings, &self.lifecycle.rehearsal).lfu;
                Uses::Frequency(lfu, self.outside.clock.unix_ms() as i64)
            }
            _ => Uses::None,
        };
        let mut encoder = DumpEncoder::new(options, uses)?;
        encoder.writer().origin(&Origin {
            redis_version: &settings.compatibility.redis_version.to_string(),
            created_at_s: self.now_s() as u64,
            used_memory: self.memory.used(),
            purpose,
        })?;
        if cut.parts.functions {
            for library in cut.libraries.by_name.values() {
                encoder.writer().function(&library.text)?;
            }
        }
        let figures = &self.snapshots.figures;
        figures.keys_done.store(0, Relaxed);
        figures.keys_total.store(0, Relaxed);
        if !cut.parts.keys {
            return Ok(encoder);
        }
        for database in 0..self.keyspace.databases() {
            let keys = place.inside(self, |inside| self.keyspace.len(inside, database)) as u64;
            figures.keys_total.fetch_add(keys, Relaxed);
            if keys > 0 {
                encoder.size(database, keys, self.keyspace.timed_len(database) as u64)?;
            }
        }
        Ok(encoder)
    }
}
