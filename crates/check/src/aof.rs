//! Append-only files: one of an old version, or a manifest with the files it names.
//!
//! Only the last file may be cut: what stands in later files builds upon every record before it.
//!
//! Not here: how far a file is good (`scan.rs`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use log::Layout;
use log::aof::files::reason;
use log::aof::manifest::{Manifest, Part};

use crate::scan::{Scanned, scan};
use crate::{Console, Fix, Stop, dump};

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) fix: Fix,
    /// Cut before the first record that was written after this second.
    pub(crate) until: Option<i64>,
}

/// How a file was left.
#[derive(Clone, Copy)]
enum Left {
    Valid,
    Empty,
    Cut,
    CutBack(i64),
}

/// One file of several, perhaps.
struct Piece<'a> {
    /// As the report calls it.
    name: String,
    path: &'a Path,
    is_last: bool,
}

/// Checks a file, or all that a manifest names.
pub(crate) fn check(path: &Path, order: Order, console: &mut Console<'_>) -> Result<(), Stop> {
    let shown = path.display();
    let input = File::open(path);
    let input = input
        .map_err(|error| Stop::Because(format!("Cannot open file {shown}: {}", reason(&error))))?;
    let head = head_of(&input).map_err(|_| Stop::Because(format!("Cannot read file: {shown}")))?;
    drop(input);
    if is_manifest(&head) {
        return check_parts(path, order, console);
    }
    console.say(format_args!("Start checking Old-Style AOF"))?;
    let piece = Piece { name: shown.to_string(), path, is_last: true };
    let left = check_file(&piece, order, console)?;
    tell("AOF", &piece.name, left, console)
}

/// The manifest that a directory stands for.
pub(crate) fn find_manifest(directory: &Path) -> Result<PathBuf, Stop> {
    let list = |directory: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let manifests = |directory: &Path| -> Vec<PathBuf> {
        let is_one = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.ends_with(".manifest") && !name.starts_with("temp-")
        };
        list(directory).into_iter().filter(is_one).collect()
    };
    let mut found = manifests(directory);
    if found.is_empty() {
        found = list(directory).iter().flat_map(|path| manifests(path)).collect();
    }
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(Stop::Because(format!("There is no AOF manifest in {}", directory.display()))),
        several => {
            let names: Vec<String> = several.iter().map(|it| it.display().to_string()).collect();
            Err(Stop::Because(format!("There are several manifests: {}", names.join(", "))))
        }
    }
}

fn head_of(mut input: &File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.by_ref().take(1 << 16).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether the first line that is no comment names a file.
fn is_manifest(head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n');
    lines.find(|line| !line.starts_with(b"#")).is_some_and(|line| line.starts_with(b"file"))
}

fn is_dump(head: &[u8]) -> bool {
    head.len() >= 8 && (head.starts_with(b"REDIS") || head.starts_with(b"VALKEY"))
}

fn check_parts(path: &Path, order: Order, console: &mut Console<'_>) -> Result<(), Stop> {
    console.say(format_args!("Start checking Multi Part AOF"))?;
    let unreadable = |error: io::Error| {
        Stop::Because(format!("Cannot read file: {}: {}", path.display(), reason(&error)))
    };
    let manifest = Manifest::parse(&fs::read(path).map_err(unreadable)?).map_err(|error| {
        Stop::Because(format!(
            "\n*** FATAL AOF MANIFEST FILE ERROR ***\nReading the manifest file, at line {}\n\
             >>> '{}'\n{}",
            error.line, error.text, error.reason
        ))
    })?;
    let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let layout = Layout { data_dir: directory, dir_name: String::new(), file_name: String::new() };
    let count = manifest.parts().count();
    for (index, part) in manifest.parts().enumerate() {
        let is_base = index == 0 && manifest.base.is_some();
        if index == usize::from(manifest.base.is_some()) {
            console.say(format_args!("Start to check INCR files."))?;
        }
        let (path, name) = (layout.part(part), name_of(part));
        if is_base {
            let head = File::open(&path).and_then(|file| head_of(&file)).map_err(|error| {
                Stop::Because(format!("Cannot open file {}: {}", path.display(), reason(&error)))
            })?;
            let format = if is_dump(&head) { "RDB" } else { "RESP" };
            console.say(format_args!("Start to check BASE AOF ({format} format)."))?;
        }
        let piece = Piece { name, path: &path, is_last: index + 1 == count };
        let left = check_file(&piece, order, console)?;
        let kind = if is_base { "BASE AOF" } else { "INCR AOF" };
        tell(kind, &piece.name, left, console)?;
    }
    console.say(format_args!("All AOF files and manifest are valid"))
}

fn name_of(part: &Part) -> String {
    String::from_utf8_lossy(&part.name).into_owned()
}

fn tell(kind: &str, name: &str, left: Left, console: &mut Console<'_>) -> Result<(), Stop> {
    match left {
        Left::Valid => console.say(format_args!("{kind} {name} is valid")),
        Left::Empty => console.say(format_args!("{kind} {name} is empty")),
        Left::Cut => console.say(format_args!("Successfully truncated AOF {name}")),
        Left::CutBack(second) => {
            console.say(format_args!("Successfully truncated AOF {name} to timestamp {second}"))
        }
    }
}

fn check_file(piece: &Piece<'_>, order: Order, console: &mut Console<'_>) -> Result<Left, Stop> {
    let name = &piece.name;
    let shown = piece.path.display();
    let because = |error: io::Error| {
        Stop::Because(format!("Cannot open file {shown}: {}, aborting...", reason(&error)))
    };
    let mut input = File::open(piece.path).map_err(because)?;
    let size = input.metadata().map_err(because)?.len();
    if size == 0 {
        return Ok(Left::Empty);
    }
    let head = head_of(&input).map_err(because)?;
    input.seek(SeekFrom::Start(0)).map_err(because)?;
    let mut scanned = if is_dump(&head) {
        let Some((rest, from)) = dump::check(name, &input, console)? else {
            return Err(Stop::Because(
                "RDB preamble of AOF file is not sane, aborting.".to_owned(),
            ));
        };
        console.say(format_args!("RDB preamble is OK, proceeding with AOF tail..."))?;
        scan(rest, from, order.until)
    } else {
        scan(&input, 0, order.until)
    }
    .map_err(|_| Stop::Because(format!("Failed to read from AOF {name}, aborting...")))?;
    if let (Some(offset), Some(second)) = (scanned.later, order.until) {
        return cut_back(piece, offset.min(scanned.ok_up_to), second);
    }
    report(piece, &mut scanned, (order, size), console)
}

fn report(
    piece: &Piece<'_>,
    scanned: &mut Scanned,
    (order, size): (Order, u64),
    console: &mut Console<'_>,
) -> Result<Left, Stop> {
    let name = &piece.name;
    if let Some(error) = scanned.error.take() {
        match error.split_once(": ") {
            Some((_, "AOF format error")) => {
                console.say(format_args!("AOF {name} format error"))?;
            }
            _ if error.ends_with(" in AOF") => {
                console.say(format_args!("{error} {}", piece.path.display()))?;
            }
            _ => console.say(format_args!("{error}"))?,
        }
    }
    let Scanned { ok_up_to, line, sums, .. } = *scanned;
    let bad = size - ok_up_to;
    if let (Some(second), 0) = (order.until, bad) {
        console.say(format_args!("Truncate nothing in AOF {name} to timestamp {second}"))?;
        return Ok(Left::Valid);
    }
    console.say(format_args!(
        "AOF analyzed: filename={name}, size={size}, ok_up_to={ok_up_to}, \
         ok_up_to_line={line}, diff={bad}"
    ))?;
    if sums > 0 {
        console.say(format_args!("AOF {name}: {sums} checksums match"))?;
    }
    if bad == 0 {
        return Ok(Left::Valid);
    }
    if order.fix == Fix::No {
        let text = format!("AOF {name} is not valid. Use the --fix option to try fixing it.");
        return Err(Stop::Because(text));
    }
    if !piece.is_last {
        let text = format!("Failed to truncate AOF {name} because it is not the last file");
        return Err(Stop::Because(text));
    }
    console.say(format_args!(
        "This will shrink the AOF {name} from {size} bytes, with {bad} bytes, to {ok_up_to} bytes"
    ))?;
    if !console.confirm(order.fix)? {
        return Err(Stop::Because("Aborting...".to_owned()));
    }
    cut(piece.path, ok_up_to)
        .map_err(|_| Stop::Because(format!("Failed to truncate AOF {name}")))?;
    Ok(Left::Cut)
}

/// Cuts before an annotation.
fn cut_back(piece: &Piece<'_>, offset: u64, second: i64) -> Result<Left, Stop> {
    let shown = piece.path.display();
    if offset == 0 {
        let text = format!("AOF {shown} has nothing before timestamp {second}, aborting...");
        return Err(Stop::Because(text));
    }
    if !piece.is_last {
        return Err(Stop::Because(format!(
            "Failed to truncate AOF {shown} to timestamp {second} to offset {offset} because it is \
             not the last file.\nIf you insist, delete the files behind it, and their lines in the \
             manifest, by hand. Then run this again."
        )));
    }
    cut(piece.path, offset).map_err(|_| {
        Stop::Because(format!("Failed to truncate AOF {shown} to timestamp {second}"))
    })?;
    Ok(Left::CutBack(second))
}

fn cut(path: &Path, len: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(len)?;
    file.sync_all()
}
