//! The append-only files in a data directory, found and damaged from outside.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The incremental file that commands are appended to: the last by its number.
///
/// Fails the test when there is none.
#[track_caller]
pub fn incremental(dir: &Path) -> PathBuf {
    let folder = dir.join("appendonlydir");
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let number: u64 =
            name(&path).strip_suffix(".incr.aof")?.rsplit('.').next()?.parse().ok()?;
        Some((number, path))
    });
    let last = numbered.max();
    last.unwrap_or_else(|| panic!("no incremental file in {}", folder.display())).1
}

/// Cuts `count` bytes off the end of a file.
pub fn cut(path: &Path, count: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    file.set_len(length.saturating_sub(count))
}

/// Makes the command nearest to the middle of a file unreadable: its `*` becomes another letter.
pub fn corrupt_middle(path: &Path) -> io::Result<()> {
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    let start = bytes[middle..].windows(2).position(|pair| pair == b"\n*");
    let at = middle + start.ok_or_else(|| io::Error::other("no command in the second half"))? + 1;
    bytes[at] = b'?';
    fs::write(path, bytes)
}
