//! Opening the directory: finding the manifest, creating what is missing, adopting an old file.
//!
//! Order is everything here. A file is written and synced before a manifest names it; a manifest is
//! replaced by renaming a synced temporary one over it, and the directory is synced before anything
//! relies on it; a file is deleted only once the manifest names it as history or not at all. So a
//! crash between any two steps leaves the old state or the new one, and opening again completes it.
//!
//! A new base, and turning the log on at run time: `rewrite.rs`.
//!
//! Not here: what the files contain (`load.rs`, `writer.rs`).

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdb::{Origin, Purpose, WriteError, WriteOptions, Writer};

use crate::aof::files::{Create, File, Files, append_all, reason};
use crate::aof::manifest::{Manifest, ManifestError, Part};
use crate::log::LogOptions;
use crate::{Level, Notices};

/// Where the files are and what they are called.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The data directory (`dir`).
    pub data_dir: PathBuf,
    /// The directory inside it (`appenddirname`).
    pub dir_name: String,
    /// The common beginning of the files' names (`appendfilename`).
    pub file_name: String,
}

/// What an empty base looks like (`aof-use-rdb-preamble`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BaseFormat {
    /// A dump.
    #[default]
    Rdb,
    /// Records.
    Aof,
}

/// What becomes of files that a newer base has replaced (`aof-disable-auto-gc`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum History {
    /// They are deleted.
    #[default]
    Delete,
    /// They stay, and the manifest goes on naming them.
    Keep,
}

/// Deleted files, whose space the system takes back when this is dropped. That may take long.
pub type Remains = Vec<Box<dyn io::Read + Send>>;

/// Why the directory could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The manifest does not say what it should.
    #[error("{cause}, in {}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        cause: ManifestError,
    },
    /// A file or directory could not be used.
    #[error("Can't {doing} {}: {}", path.display(), reason(cause))]
    Io {
        /// A verb, with what it applies to.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// There are records that no manifest names; appending to them would mix two histories.
    #[error(
        "The append-only file {} holds data, but no manifest names it. Move it away, or restore \
         the manifest", path.display()
    )]
    Unclaimed {
        /// The file.
        path: PathBuf,
    },
    /// The empty base could not be written.
    #[error("Can't write the append-only base file: {0}")]
    Base(#[from] WriteError),
}

impl Layout {
    /// The directory that holds the files.
    pub fn dir(&self) -> PathBuf {
        self.data_dir.join(&self.dir_name)
    }

    /// The manifest.
    pub fn manifest(&self) -> PathBuf {
        self.dir().join(format!("{}.manifest", self.file_name))
    }

    /// One of the files.
    pub fn part(&self, part: &Part) -> PathBuf {
        self.dir().join(OsStr::from_bytes(&part.name))
    }

    /// The single file in which versions before 7 kept everything.
    fn old_file(&self) -> PathBuf {
        self.data_dir.join(&self.file_name)
    }

    /// The manifest, or an empty one if there is none.
    pub fn read_manifest(&self, files: &dyn Files) -> Result<Manifest, OpenError> {
        let path = self.manifest();
        if files.len(&path).map_err(io_error("open", &path))?.is_none() {
            return Ok(Manifest::default());
        }
        let mut bytes = Vec::new();
        let mut file = files.read(&path).map_err(io_error("open", &path))?;
        file.read_to_end(&mut bytes).map_err(io_error("read", &path))?;
        Manifest::parse(&bytes).map_err(|cause| OpenError::Manifest { path, cause })
    }

    /// Makes the single file of an older version the base, if there is one and it is due: there is
    /// no manifest yet, or an earlier attempt got as far as the manifest and no further.
    pub(crate) fn adopt_old_file(
        &self,
        files: &dyn Files,
        manifest: &mut Manifest,
    ) -> Result<Option<String>, OpenError> {
        let (old, part) =
            (self.old_file(), Part { name: self.file_name.clone().into(), number: 1 });
        let new = self.part(&part);
        if files.len(&old).map_err(io_error("open", &old))?.is_none() {
            return Ok(None);
        }
        let moved = files.len(&new).map_err(io_error("open", &new))?.is_some();
        let interrupted = manifest.increments.is_empty()
            && manifest.base.as_ref().is_some_and(|base| base.name == part.name)
            && !moved;
        if !manifest.is_empty() && !interrupted {
            return Ok(None);
        }
        self.create_dir(files)?;
        manifest.base = Some(part);
        self.persist(files, manifest)?;
        files.rename(&old, &new).map_err(io_error("move the old AOF file", &old))?;
        for dir in [&self.dir(), &self.data_dir] {
            files.sync_dir(dir).map_err(io_error("sync", dir))?;
        }
        Ok(Some(format!(
            "Successfully migrated an old-style AOF file ({}) into the AOF directory ({}).",
            self.file_name, self.dir_name
        )))
    }

    pub(crate) fn create_dir(&self, files: &dyn Files) -> Result<(), OpenError> {
        let dir = self.dir();
        files.create_dir(&dir).map_err(io_error("open or create append-only dir", &dir))?;
        files.sync_dir(&self.data_dir).map_err(io_error("sync", &self.data_dir))
    }

    /// Replaces the manifest, durably.
    pub(crate) fn persist(&self, files: &dyn Files, manifest: &Manifest) -> Result<(), OpenError> {
        let (dir, path) = (self.dir(), self.manifest());
        let temporary = dir.join(format!("temp-{}.manifest", self.file_name));
        let write = || {
            let file = files.append_to(&temporary, Create::Empty)?;
            append_all(file.as_ref(), &manifest.to_file())?;
            file.sync()
        };
        write().map_err(io_error("write the AOF manifest file", &temporary))?;
        files
            .rename(&temporary, &path)
            .map_err(io_error("replace the AOF manifest file", &path))?;
        files.sync_dir(&dir).map_err(io_error("sync AOF directory", &dir))
    }
}

/// An open directory: the increment to append to, all of whose bytes are on disk.
pub(crate) struct Opened {
    pub(crate) file: Arc<dyn File>,
    pub(crate) len: u64,
}

/// Opens the last increment, creating directory, base, increment and manifest where they are
/// missing, and deletes what is history unless that is kept.
pub(crate) fn open(options: &LogOptions, notices: &Notices) -> Result<Opened, OpenError> {
    let LogOptions { layout, files, base_format: format, .. } = options;
    let files = files.as_ref();
    layout.create_dir(files)?;
    let mut manifest = layout.read_manifest(files)?;
    if manifest.is_empty() {
        let base = create_base(files, layout, *format)?;
        let name = String::from_utf8_lossy(&base.name).into_owned();
        notices(Level::Notice, &format!("Creating AOF base file {name} on server start"));
        manifest.base = Some(base);
    }
    let existing = manifest.increments.last().cloned();
    let (verb, changed) = if existing.is_some() { ("Opening", false) } else { ("Creating", true) };
    let part = existing.unwrap_or_else(|| manifest.add_increment(&layout.file_name));
    let path = layout.part(&part);
    if changed {
        refuse_unclaimed(files, &path, 0)?;
    }
    let open_file = io_error("open the append-only file", &path);
    let file = files.append_to(&path, Create::IfMissing).map_err(&open_file)?;
    // A process that was killed may have left bytes that no sync has covered.
    file.sync().map_err(&open_file)?;
    let len = file.size().map_err(&open_file)?;
    if changed {
        layout.persist(files, &manifest)?;
    }
    let name = String::from_utf8_lossy(&part.name);
    notices(Level::Notice, &format!("{verb} AOF incr file {name} on server start"));
    if options.history == History::Delete {
        delete_history(files, layout, &mut manifest, notices)?;
    }
    Ok(Opened { file, len })
}

fn create_base(files: &dyn Files, layout: &Layout, format: BaseFormat) -> Result<Part, OpenError> {
    let suffix = if format == BaseFormat::Rdb { "rdb" } else { "aof" };
    let name = format!("{}.1.base.{suffix}", layout.file_name).into_bytes();
    let part = Part { name, number: 1 };
    let content = if format == BaseFormat::Rdb { empty_dump()? } else { Vec::new() };
    let path = layout.part(&part);
    // An earlier attempt may have left the same, or a part of it.
    refuse_unclaimed(files, &path, content.len() as u64)?;
    let write = || {
        let file = files.append_to(&path, Create::Empty)?;
        append_all(file.as_ref(), &content)?;
        file.sync()
    };
    write().map_err(io_error("write the append-only base file", &path))?;
    Ok(part)
}

/// Fails if a file that no manifest names has more than `len_max` bytes: somebody's data.
fn refuse_unclaimed(files: &dyn Files, path: &Path, len_max: u64) -> Result<(), OpenError> {
    match files.len(path).map_err(io_error("open", path))? {
        Some(len) if len > len_max => Err(OpenError::Unclaimed { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// A dump without keys, dated 1970: an empty keyspace is the same at any time, and a clock is not
/// needed here.
fn empty_dump() -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::new(Vec::new(), WriteOptions::default())?;
    writer.origin(&Origin {
        redis_version: "7.0.15",
        created_at_s: 0,
        used_memory: 0,
        purpose: Purpose::AofBase,
    })?;
    writer.finish()
}

pub(crate) fn delete_history(
    files: &dyn Files,
    layout: &Layout,
    manifest: &mut Manifest,
    notices: &Notices,
) -> Result<Remains, OpenError> {
    let mut remains = Remains::new();
    if manifest.history.is_empty() {
        return Ok(remains);
    }
    for part in &manifest.history {
        let name = String::from_utf8_lossy(&part.name);
        notices(Level::Notice, &format!("Removing the history file {name} in the background"));
        let path = layout.part(part);
        remains.extend(files.read(&path));
        match files.remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let cause = reason(&error);
                notices(Level::Warning, &format!("Can't remove the history file {name}: {cause}"));
            }
            _ => {}
        }
    }
    manifest.history.clear();
    layout.persist(files, manifest)?;
    Ok(remains)
}

pub(crate) fn io_error<'a>(
    doing: &'static str,
    path: &'a Path,
) -> impl Fn(io::Error) -> OpenError + 'a {
    move |cause| OpenError::Io { doing, path: path.to_owned(), cause }
}
