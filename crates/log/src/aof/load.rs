//! Loading: the base, then the increments, handed to a visitor in order.
//!
//! A torn end of the last file is what a crash leaves, and is cut off if the options say so. A torn
//! end of any other file, damage, or a missing file is an error, and nothing behind it is handed
//! over: a keyspace with a hole in its history is not a keyspace that ever was.
//!
//! Both kinds of base are known by their first bytes, not by their names, as in Redis: an old
//! append-only file may be a dump with records behind it.
//!
//! Not here: what a record does, whether a command exists, expiry (`Visitor`); parsing
//! (`replay.rs`). Time is only measured, for the report.

use std::io::{self, Cursor, Read};
use std::time::Instant;

use protocol::{Limits, Request};
use rdb::{Pieces, ReadError, ReadOptions};

use crate::Level;
use crate::aof::directory::{Layout, OpenError};
use crate::aof::files::{Create, Files, append_all, reason};
use crate::aof::manifest::Part;
use crate::aof::replay::{End, Range, ReplayError, Replayed, replay};

/// What is done with a torn end of the last file (`aof-load-truncated`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TornTail {
    /// It is cut off, with a notice.
    #[default]
    Cut,
    /// It is an error.
    Refuse,
}

/// Whether records at the end of the last increment that have no checksum get one: a process that
/// was killed, or Redis, has left them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seal {
    /// The files are left as they are.
    #[default]
    No,
    /// They get one. Nobody else may have the file open.
    Yes,
}

/// How a directory is loaded.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadOptions {
    /// What is done with a torn end.
    pub torn_tail: TornTail,
    /// Whether records without a checksum get one.
    pub seal: Seal,
    /// What one record may claim.
    pub limits: Limits,
    /// How dumps are read.
    pub dump: ReadOptions,
}

/// Takes what is loaded. An error is a reason in words, and stops the loading.
pub trait Visitor {
    /// A dump, of which the header was read: all of it is to be read, in whatever way. How many
    /// entries there were.
    ///
    /// # Errors
    /// What comes first in the dump that is wrong or not wanted.
    fn on_dump(&mut self, dump: &mut Pieces<DumpInput<'_>>) -> Result<u64, DumpFault>;

    /// A record: never SELECT, and of a group only its records, once all of it was read.
    fn on_request(&mut self, database: u32, request: Request<'_>) -> Result<(), String>;

    /// Before anything else, how many bytes all files have.
    fn on_total(&mut self, _bytes: u64) {}

    /// A file begins, of so many bytes.
    fn on_file(&mut self, _bytes: u64) {}

    /// Now and then, how many bytes of the present file were read; not while a dump is.
    fn on_progress(&mut self, _bytes: u64) {}
}

/// Where a dump comes from; threads may take turns at reading it.
pub type DumpInput<'a> = Box<dyn Read + Send + 'a>;

/// Why a dump was not loaded to its end.
#[derive(Debug, thiserror::Error)]
pub enum DumpFault {
    /// The dump is wrong, or cannot be read.
    #[error(transparent)]
    Wrong(#[from] ReadError),
    /// The visitor does not want what is in it.
    #[error("{reason}")]
    Refused {
        /// The dump's position behind what it does not want.
        offset: u64,
        /// The visitor's reason.
        reason: String,
    },
}

/// What was loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoadReport {
    /// Files that were read.
    pub files: usize,
    /// Bytes in them, after any cut.
    pub bytes: u64,
    /// Bytes of the base alone.
    pub base_bytes: u64,
    /// Entries of dumps.
    pub entries: u64,
    /// Records, those in groups counted one by one.
    pub records: u64,
    /// Bytes cut off the last file.
    pub cut_bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// What the administrator should read.
    pub notices: Vec<(Level, String)>,
}

/// Why a directory could not be loaded. File names are those inside the directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The manifest is wrong, or an old file could not be adopted.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The manifest names a file that is not there.
    #[error("The append log file {file} doesn't exist: No such file or directory")]
    Missing {
        /// The file.
        file: String,
    },
    /// The file is there and cannot be opened.
    #[error("Fatal error: can't open the append log file {file} for reading: {}", reason(cause))]
    Closed {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The file could not be read to its end.
    #[error("Unrecoverable error reading the append only file {file}: {}", reason(cause))]
    Io {
        /// The file.
        file: String,
        /// Where reading stood.
        offset: u64,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The dump at the beginning is wrong.
    #[error("Error reading the RDB base file {file}, AOF loading aborted: {cause}")]
    Dump {
        /// The file.
        file: String,
        /// What is wrong, with its offset.
        #[source]
        cause: ReadError,
    },
    /// The last file has a torn end that may not be cut.
    #[error(
        "Unexpected end of file reading the append only file {file}. You can: 1) Make a backup of \
         your AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you \
         can set the 'aof-load-truncated' configuration option to yes and restart the server. \
         (the last whole record ends at offset {whole} of {len})"
    )]
    UnexpectedEnd {
        /// The file.
        file: String,
        /// Where the last whole record or group ends.
        whole: u64,
        /// Length of the file.
        len: u64,
    },
    /// A file before the last has a torn end.
    #[error(
        "Fatal error: the truncated file is not the last file ({file}: the last whole record ends \
         at offset {whole} of {len})"
    )]
    NotLast {
        /// The file.
        file: String,
        /// Where its last whole record or group ends.
        whole: u64,
        /// Length of the file.
        len: u64,
    },
    /// There is something that is not a record.
    #[error(
        "Bad file format reading the append only file {file}: make a backup of your AOF file, then \
         use ./redis-check-aof --fix <filename.manifest> (at offset {offset}: {reason})"
    )]
    Format {
        /// The file.
        file: String,
        /// Where the damaged record begins.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The visitor did not want it.
    #[error("{reason} reading the append only file {file}, at offset {offset}")]
    Refused {
        /// The file.
        file: String,
        /// Where the record or group begins, or the dump's position behind the entry.
        offset: u64,
        /// The visitor's reason.
        reason: String,
    },
    /// The torn end could not be cut.
    #[error("Error truncating the AOF file {file}: {}", reason(cause))]
    Cut {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

/// Loads the directory; an absent or empty one is loaded as nothing. An append-only file of a
/// version before 7 is moved into the directory first.
pub fn load(
    files: &dyn Files,
    layout: &Layout,
    options: &LoadOptions,
    visitor: &mut dyn Visitor,
) -> Result<LoadReport, LoadError> {
    let begun = Instant::now();
    let mut report = LoadReport::default();
    let mut manifest = layout.read_manifest(files)?;
    if let Some(notice) = layout.adopt_old_file(files, &mut manifest)? {
        report.notices.push((Level::Notice, notice));
    }
    let mut lens = Vec::new();
    for part in manifest.parts() {
        let len = files.len(&layout.part(part)).ok().flatten();
        lens.push(len.ok_or_else(|| LoadError::Missing { file: name(part) })?);
    }
    visitor.on_total(lens.iter().sum());
    let count = manifest.parts().count();
    for (index, part) in manifest.parts().enumerate() {
        let base = index == 0 && manifest.base.is_some();
        let part_begun = Instant::now();
        visitor.on_file(lens[index]);
        let mut loading =
            Loading { files, layout, part, options, report: &mut report, visitor: &mut *visitor };
        let bytes = loading.load(index + 1 == count, base)?;
        report.files += 1;
        report.bytes += bytes;
        report.base_bytes += if base { bytes } else { 0 };
        let (kind, seconds) = (if base { "base" } else { "incr" }, part_begun.elapsed());
        let text = format!(
            "DB loaded from {kind} file {}: {:.3} seconds",
            name(part),
            seconds.as_secs_f64()
        );
        report.notices.push((Level::Notice, text));
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

/// One file being loaded.
struct Loading<'a> {
    files: &'a dyn Files,
    layout: &'a Layout,
    part: &'a Part,
    options: &'a LoadOptions,
    report: &'a mut LoadReport,
    visitor: &'a mut dyn Visitor,
}

impl Loading<'_> {
    /// Returns the length of the file as it is afterwards.
    fn load(&mut self, last: bool, base: bool) -> Result<u64, LoadError> {
        let opened = self.files.read(&self.layout.part(self.part));
        let mut input =
            opened.map_err(|cause| LoadError::Closed { file: name(self.part), cause })?;
        let mut magic = Vec::new();
        let read = input.by_ref().take(5).read_to_end(&mut magic);
        read.map_err(|cause| LoadError::Io { file: name(self.part), offset: 0, cause })?;
        let is_dump = magic == b"REDIS" || magic == b"VALKE";
        let input = Cursor::new(magic).chain(input);
        let replayed =
            if is_dump { self.dump(Box::new(input))? } else { self.records(Box::new(input), 0)? };
        let Replayed { records, end, len, closing, .. } = replayed;
        self.report.records += records;
        let whole = match end {
            End::Clean | End::Later { .. } => len,
            End::Torn { whole } if !last => {
                return Err(LoadError::NotLast { file: name(self.part), whole, len });
            }
            End::Torn { whole } => self.cut(whole, len)?,
        };
        match closing {
            Some(line) if last && !base && self.options.seal == Seal::Yes => {
                self.seal(whole, &line)
            }
            _ => Ok(whole),
        }
    }

    /// A dump and the records behind it.
    fn dump(&mut self, input: DumpInput<'_>) -> Result<Replayed, LoadError> {
        let file = name(self.part);
        let mut dump = match Pieces::new(input, self.options.dump) {
            Ok(dump) => dump,
            Err(cause) => return Err(LoadError::Dump { file, cause }),
        };
        match self.visitor.on_dump(&mut dump) {
            Ok(entries) => self.report.entries += entries,
            Err(DumpFault::Wrong(cause)) => return Err(LoadError::Dump { file, cause }),
            Err(DumpFault::Refused { offset, reason }) => {
                return Err(LoadError::Refused { file, offset, reason });
            }
        }
        let offset = dump.offset();
        self.visitor.on_progress(offset);
        self.records(Box::new(dump.into_rest()), offset)
    }

    fn records(&mut self, mut input: Box<dyn Read + '_>, from: u64) -> Result<Replayed, LoadError> {
        let range = Range { from, until_s: None, limits: &self.options.limits };
        replay(&mut input, range, self.visitor).map_err(|error| {
            let file = name(self.part);
            match error {
                ReplayError::Damaged { offset, reason } => {
                    LoadError::Format { file, offset, reason }
                }
                ReplayError::Refused { offset, reason } => {
                    LoadError::Refused { file, offset, reason }
                }
                ReplayError::Io { offset, cause } => LoadError::Io { file, offset, cause },
            }
        })
    }

    /// Appends the checksum of the last records to the last file.
    fn seal(&mut self, len: u64, line: &[u8]) -> Result<u64, LoadError> {
        let path = self.layout.part(self.part);
        let file = self.files.append_to(&path, Create::IfMissing);
        let Ok(file) = file else { return Ok(len) };
        if append_all(file.as_ref(), line).and_then(|()| file.sync()).is_ok() {
            return Ok(len + line.len() as u64);
        }
        // A full disk, say. They go without; but half of a line must not stay.
        let cut = file.truncate(len).and_then(|()| file.sync());
        cut.map_err(|cause| LoadError::Cut { file: name(self.part), cause })?;
        Ok(len)
    }

    /// Cuts the torn end of the last file.
    fn cut(&mut self, whole: u64, len: u64) -> Result<u64, LoadError> {
        let file = name(self.part);
        if self.options.torn_tail == TornTail::Refuse {
            return Err(LoadError::UnexpectedEnd { file, whole, len });
        }
        let cut = len - whole;
        for text in [
            format!("!!! Warning: short read while loading the AOF file {file}!!!"),
            format!("!!! Truncating the AOF {file} at offset {whole} !!! ({cut} bytes are cut)"),
            format!("AOF {file} loaded anyway because aof-load-truncated is enabled"),
        ] {
            self.report.notices.push((Level::Warning, text));
        }
        let path = self.layout.part(self.part);
        let truncated = self.files.append_to(&path, Create::IfMissing).and_then(|file| {
            file.truncate(whole)?;
            file.sync()
        });
        truncated.map_err(|cause| LoadError::Cut { file, cause })?;
        self.report.cut_bytes += cut;
        Ok(whole)
    }
}

fn name(part: &Part) -> String {
    String::from_utf8_lossy(&part.name).into_owned()
}
