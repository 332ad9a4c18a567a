//! The few things the log asks of a file system, and the real one.
//!
//! Everything that can fail, be torn or be lost on a power cut goes through [`Files`] and [`File`],
//! so that tests can make it fail, tear and lose (`simulated.rs`).
//!
//! What is relied upon: appended bytes survive a crash once [`File::sync`] has returned; a name
//! (created, renamed or removed) once [`Files::sync_dir`] has; a rename replaces its target whole
//! or not at all. After a failed sync nothing is known about the bytes it should have covered, and
//! a second sync that succeeds says nothing about them either: the kernel may have dropped them.

pub mod simulated;

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// What a name must be when a file is opened for appending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// Made if it is missing, kept as it is otherwise.
    IfMissing,
    /// Empty afterwards in any case.
    Empty,
}

/// A file system.
pub trait Files: Send + Sync {
    /// Opens a file that is written at its end only.
    fn append_to(&self, path: &Path, create: Create) -> io::Result<Arc<dyn File>>;
    /// Opens a file for reading from its beginning.
    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;
    /// Bytes in a file, or `None` if there is no such file.
    fn len(&self, path: &Path) -> io::Result<Option<u64>>;
    /// Renames a file, replacing what has the new name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory unless there is one.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Brings the names in a directory to disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// A file open for appending. Calls may come from several threads at once.
pub trait File: Send + Sync {
    /// Writes at the end with one system call, and returns how many bytes were taken.
    fn append(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Cuts the file.
    fn truncate(&self, len: u64) -> io::Result<()>;
    /// Brings what was appended to disk.
    fn sync(&self) -> io::Result<()>;
    /// Bytes in the file.
    fn size(&self) -> io::Result<u64>;
}

/// The files of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn append_to(&self, path: &Path, create: Create) -> io::Result<Arc<dyn File>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        if create == Create::Empty {
            file.set_len(0)?;
        }
        Ok(Arc::new(file))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(fs::File::open(path)?))
    }

    fn len(&self, path: &Path) -> io::Result<Option<u64>> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(metadata.is_file().then_some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            other => other,
        }
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        fs::File::open(path)?.sync_all()
    }
}

impl File for fs::File {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        (&mut &*self).write(bytes)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Writes everything; for files that are made in one go, not for the log itself.
pub(crate) fn append_all(file: &dyn File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What the system calls the error, without the number that `io::Error` adds.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_system_s_own_text() {
        assert_eq!(reason(&io::Error::from_raw_os_error(28)), "No space left on device");
        assert_eq!(reason(&io::Error::other("odd")), "odd");
    }
}
