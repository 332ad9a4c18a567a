//! Dumps: read from end to end, as a server would, without keeping anything.
//!
//! The report's lines are those of redis-check-rdb. A damaged dump can be cut behind its last whole
//! item: what was read so far becomes a dump of its own, with a new end and checksum, in the place
//! of the old one, which is kept beside it as `NAME.damaged`.
//!
//! Not here: the format (crate `rdb`).

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crc_fast::{CrcAlgorithm, Digest};
use log::aof::files::reason;
use rdb::{Checksum, Event, ModuleAux, ReadError, ReadOptions, Reader};

use crate::{Console, Fix, Stop};

/// The mark behind the last item of a dump.
const END: u8 = 0xFF;
/// Dumps of earlier versions have no checksum.
const VERSION_CHECKSUM: u32 = 5;

/// What was read so far.
#[derive(Default)]
struct Figures {
    keys: u64,
    expires: u64,
    expired: u64,
    /// Where the last whole item ends.
    whole: u64,
}

/// What is needed to cut a dump.
struct Damage {
    figures: Figures,
    version: u32,
}

/// Checks a dump at the beginning of `input`. Returns what lies behind it and where that begins;
/// `None` if something is wrong, which has been said.
pub(crate) fn check<'f>(
    name: &str,
    input: &'f File,
    console: &mut Console<'_>,
) -> Result<Option<(impl Read + 'f, u64)>, Stop> {
    Ok(read(name, input, console)?.ok())
}

/// Checks a file, and cuts it if asked to.
pub(crate) fn check_file(path: &Path, fix: Fix, console: &mut Console<'_>) -> Result<(), Stop> {
    let shown = path.display().to_string();
    console.say(format_args!("[offset 0] Checking RDB file {shown}"))?;
    // redis-check-rdb says no more of a file that is not there.
    let input = File::open(path)
        .map_err(|error| Stop::Because(format!("Cannot open file {shown}: {}", reason(&error))))?;
    let Err(damage) = read_on(&input, console)? else { return Ok(()) };
    match damage {
        _ if fix == Fix::No => Err(Stop::Said),
        Some(damage) if damage.figures.whole > 0 => repair(path, &damage, fix, console),
        _ => Err(Stop::Because("There is nothing in it that could be kept.".to_owned())),
    }
}

fn read<'f>(
    name: &str,
    input: &'f File,
    console: &mut Console<'_>,
) -> Result<Result<(impl Read + 'f, u64), Option<Damage>>, Stop> {
    console.say(format_args!("[offset 0] Checking RDB file {name}"))?;
    read_on(input, console)
}

fn read_on<'f>(
    input: &'f File,
    console: &mut Console<'_>,
) -> Result<Result<(impl Read + 'f, u64), Option<Damage>>, Stop> {
    let options = ReadOptions { module_aux: ModuleAux::Skip, ..ReadOptions::default() };
    let mut figures = Figures::default();
    let mut reader = match Reader::new(input, options) {
        Ok(reader) => reader,
        Err(error) => {
            complain(&error, &figures, console)?;
            return Ok(Err(None));
        }
    };
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as u64);
    figures.whole = reader.offset();
    loop {
        match reader.next_event() {
            Ok(Some(Event::Entry(entry))) => {
                figures.keys += 1;
                figures.expires += u64::from(entry.expires_at_ms.is_some());
                figures.expired += u64::from(entry.expires_at_ms.is_some_and(|at| at < now_ms));
            }
            Ok(Some(event)) => say(&event, reader.offset(), console)?,
            Ok(None) => break,
            Err(error) => {
                complain(&error, &figures, console)?;
                return Ok(Err(Some(Damage { figures, version: reader.version() })));
            }
        }
        figures.whole = reader.offset();
    }
    let offset = reader.offset();
    console.say(format_args!("[offset {offset}] \\o/ RDB looks OK! \\o/"))?;
    say_figures(&figures, console)?;
    Ok(Ok((reader.into_rest(), offset)))
}

fn say(event: &Event, offset: u64, console: &mut Console<'_>) -> Result<(), Stop> {
    match event {
        Event::Aux { key, value } => {
            let [key, value] = [key, value].map(|text| String::from_utf8_lossy(text).into_owned());
            console.say(format_args!("[offset {offset}] AUX FIELD {key} = '{value}'"))
        }
        Event::SelectDb(number) => {
            console.say(format_args!("[offset {offset}] Selecting DB ID {number}"))
        }
        Event::ModuleAuxSkipped { module } => {
            console.say(format_args!("[offset {offset}] MODULE AUX for: {module}"))
        }
        Event::End { checksum: Checksum::Matches } => {
            console.say(format_args!("[offset {offset}] Checksum OK"))
        }
        Event::End { checksum: Checksum::Absent } => console.say(format_args!(
            "[offset {offset}] RDB file was saved with checksum disabled: no check performed."
        )),
        _ => Ok(()),
    }
}

fn complain(error: &ReadError, figures: &Figures, console: &mut Console<'_>) -> Result<(), Stop> {
    console.say(format_args!("--- RDB ERROR DETECTED ---"))?;
    let text = match error {
        ReadError::Truncated { .. } => "Unexpected EOF reading RDB file".to_owned(),
        ReadError::Magic { .. } => "Wrong signature trying to load DB from file".to_owned(),
        ReadError::Version { version } => format!("Can't handle RDB format version {version}"),
        ReadError::Checksum { computed, found } => {
            format!("RDB CRC error: the bytes have {computed:016x}, {found:016x} was written")
        }
        other => other.to_string(),
    };
    let offset = match error {
        ReadError::Truncated { offset }
        | ReadError::Malformed { offset, .. }
        | ReadError::Packed { offset, .. }
        | ReadError::UnknownOpcode { offset, .. }
        | ReadError::FunctionPreRelease { offset }
        | ReadError::Io { offset, .. } => *offset,
        _ => figures.whole,
    };
    console.say(format_args!("[offset {offset}] {text}"))?;
    let whole = figures.whole;
    console.say(format_args!("[additional info] The last whole item ends at offset {whole}"))?;
    say_figures(figures, console)
}

fn say_figures(figures: &Figures, console: &mut Console<'_>) -> Result<(), Stop> {
    console.say(format_args!("[info] {} keys read", figures.keys))?;
    console.say(format_args!("[info] {} expires", figures.expires))?;
    console.say(format_args!("[info] {} already expired", figures.expired))
}

fn repair(path: &Path, damage: &Damage, fix: Fix, console: &mut Console<'_>) -> Result<(), Stop> {
    let (shown, kept) = (path.display(), damage.figures.keys);
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (whole, damaged) = (damage.figures.whole, beside(".damaged"));
    console.say(format_args!(
        "This will make {shown} a dump of the {kept} keys before offset {whole}, and keep it as it \
         is as {}",
        damaged.display()
    ))?;
    if damaged.exists() {
        return Err(Stop::Because(format!("{} is there already.", damaged.display())));
    }
    if !console.confirm(fix)? {
        return Err(Stop::Because("Aborting...".to_owned()));
    }
    let replaced = copy(path, &beside(".fixed"), damage).and_then(|()| {
        fs::rename(path, &damaged)?;
        fs::rename(beside(".fixed"), path)?;
        let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    });
    replaced.map_err(|error| {
        Stop::Because(format!("{shown} could not be replaced: {}", reason(&error)))
    })?;
    console.say(format_args!("Successfully repaired {shown}"))
}

/// Copies what is whole, and ends it as a dump ends.
fn copy(path: &Path, to: &Path, damage: &Damage) -> io::Result<()> {
    let mut input = File::open(path)?.take(damage.figures.whole);
    let mut output = File::create(to)?;
    let mut digest = Digest::new(CrcAlgorithm::Crc64Redis);
    let mut piece = vec![0; 1 << 16];
    loop {
        let count = input.read(&mut piece)?;
        if count == 0 {
            break;
        }
        digest.update(&piece[..count]);
        output.write_all(&piece[..count])?;
    }
    digest.update(&[END]);
    output.write_all(&[END])?;
    if damage.version >= VERSION_CHECKSUM {
        output.write_all(&digest.finalize().to_le_bytes())?;
    }
    output.sync_all()
}
