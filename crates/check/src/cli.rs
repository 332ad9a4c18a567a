//! The command lines: `russet check`, and those of redis-check-aof and redis-check-rdb.
//!
//! Reports go to standard output, also what is wrong, as with Redis's programs: scripts read both
//! there. Exit code 0: all is well, or is now; 1: it is not; 2: the command line is wrong.
//!
//! Not here: any checking.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::aof::{self, Order};
use crate::{Console, Fix, Stop, dump, time};

/// Say what is wrong with a file, and repair it by cutting.
#[derive(Debug, Parser)]
#[command(name = "russet check", version)]
struct Line {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// Check a dump
    Rdb {
        #[command(flatten)]
        repair: Repair,
        /// The dump
        file: PathBuf,
    },
    /// Check an append-only file, checksums included
    Aof {
        #[command(flatten)]
        repair: Repair,
        /// Cut off what was written after this time (seconds since 1970, or UTC as
        /// 2026-11-20T20:29:38); needs aof-timestamp-enabled
        #[arg(long, value_name = "TIME", value_parser = time::parse, conflicts_with = "fix")]
        until: Option<i64>,
        /// The manifest, a directory that has one, or a single file of an old version
        path: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Repair {
    /// Cut off what is damaged, and everything behind it
    #[arg(long)]
    fix: bool,
    /// Do not ask before cutting
    #[arg(short, long, requires = "fix")]
    yes: bool,
}

impl Repair {
    fn fix(&self) -> Fix {
        match (self.fix, self.yes) {
            (false, _) => Fix::No,
            (true, false) => Fix::Ask,
            (true, true) => Fix::Yes,
        }
    }
}

/// `russet check`. The first argument is the program's name.
pub fn main(arguments: Vec<String>) -> ExitCode {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Help and version are errors to it, too; that it cannot be printed helps nobody.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    on_console(|console| match &line.kind {
        Kind::Rdb { repair, file } => dump::check_file(file, repair.fix(), console),
        Kind::Aof { repair, until, path } => {
            let order = Order { fix: repair.fix(), until: *until };
            let found = if path.is_dir() { aof::find_manifest(path)? } else { path.clone() };
            aof::check(&found, order, console)
        }
    })
}

/// `redis-check-aof`. The first argument is the program's name.
pub fn redis_check_aof(arguments: &[String]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (order, file) = match words[..] {
        [_, file] => (Order { fix: Fix::No, until: None }, file),
        [_, "--fix", file] => (Order { fix: Fix::Ask, until: None }, file),
        [_, "--truncate-to-timestamp", second, file] => match second.parse() {
            Ok(second) => (Order { fix: Fix::No, until: Some(second) }, file),
            Err(_) => {
                println!("Invalid timestamp, aborting...");
                return ExitCode::FAILURE;
            }
        },
        _ => {
            let name = words.first().unwrap_or(&"redis-check-aof");
            println!(
                "Usage: {name} [--fix|--truncate-to-timestamp $timestamp] \
                 <file.manifest|file.aof>"
            );
            return ExitCode::FAILURE;
        }
    };
    on_console(|console| aof::check(Path::new(file), order, console))
}

/// `redis-check-rdb`. The first argument is the program's name.
pub fn redis_check_rdb(arguments: &[String]) -> ExitCode {
    match arguments {
        [name, word] if word == "-v" || word == "--version" => {
            let name = Path::new(name).file_name().unwrap_or_default().to_string_lossy();
            println!("{name} {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        [_, file] => on_console(|console| dump::check_file(Path::new(file), Fix::No, console)),
        _ => {
            let name = arguments.first().map_or("redis-check-rdb", String::as_str);
            eprintln!("Usage: {name} <rdb-file-name>");
            ExitCode::FAILURE
        }
    }
}

fn on_console(check: impl FnOnce(&mut Console<'_>) -> Result<(), Stop>) -> ExitCode {
    let (mut out, mut answers) = (io::stdout().lock(), io::stdin().lock());
    let mut console = Console { out: &mut out, answers: &mut answers };
    let outcome = check(&mut console);
    let said = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Stop::Said) => Ok(()),
        Err(why) => console.say(format_args!("{why}")),
    };
    // Nobody reads the report any more; the exit code still says it.
    let _ = said;
    ExitCode::FAILURE
}
