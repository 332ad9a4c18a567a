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

/// Cuts the last `count` bytes of records off a file.
///
/// A line with a checksum that stands behind them (one is written when its batch is five seconds
/// old, so on a slow machine at any time) goes with them: without that the line alone is torn.
pub fn cut(path: &Path, count: u64) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let mut records = &bytes[..];
    while let Some(before) = without_last_annotation(records) {
        records = before;
    }
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len((records.len() as u64).saturating_sub(count))
}

/// What stands before the annotation at the end of `bytes`, if there is one.
fn without_last_annotation(bytes: &[u8]) -> Option<&[u8]> {
    let body = bytes.strip_suffix(b"\r\n")?;
    let start = body.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    (body.get(start) == Some(&b'#')).then(|| &bytes[..start])
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
