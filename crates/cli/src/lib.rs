//! `russet cli`: everything people reach for in redis-cli, and a prompt that helps.
//!
//! Reading order: `options.rs` (what can be asked for), `session.rs` (what carrying out a command
//! means), `connection.rs`, `format.rs` (replies as redis-cli prints them), `repl.rs` (the
//! prompt), `modes.rs` (--scan, --pipe, --latency and the like).
//!
//! Goals: scripts written for redis-cli see the same bytes and exit codes; people see more.
//! Not here: the Lua debugger, the cluster manager, TLS (each is refused with a word on it).

mod connection;
mod docs;
mod format;
mod hint;
mod modes;
mod options;
mod password;
mod pretty;
mod repl;
mod screen;
mod session;
mod text;
mod trace;

use std::ffi::OsString;
use std::io::{IsTerminal, Read, stdin, stdout};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use crate::connection::Stop;
use crate::options::{Mode, Options, Parsed, Screen};
use crate::session::{Loud, Said, Session};
use crate::text::{lossy, system_text, unquote};

/// Gives a reply to COMMAND DOCS (RESP3) for when the server gives none.
pub type FallbackDocs = fn() -> Vec<u8>;

/// Runs the tool; the first argument is the name by which it was called.
pub fn main(arguments: Vec<OsString>, fallback: FallbackDocs) -> ExitCode {
    let words: Vec<Vec<u8>> = arguments.into_iter().skip(1).map(OsString::into_vec).collect();
    // Tests of redis-cli itself set FAKETTY to see what a terminal would.
    let terminal = stdout().is_terminal() || std::env::var_os("FAKETTY").is_some();
    let screen = if terminal { Screen::Terminal } else { Screen::Other };
    let options = match Options::parse(&words, screen) {
        Ok(Parsed::Run(options)) => *options,
        Ok(Parsed::Help) => {
            screen::say(&options::help());
            return ExitCode::SUCCESS;
        }
        Ok(Parsed::Version) => {
            screen::say(concat!("russet-cli ", env!("CARGO_PKG_VERSION"), "\n"));
            return ExitCode::SUCCESS;
        }
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::FAILURE;
        }
    };
    match run(options, fallback) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Said) => ExitCode::FAILURE,
    }
}

fn run(mut options: Options, fallback: FallbackDocs) -> Result<(), Said> {
    if options.password.is_some() && !options.no_auth_warning {
        eprintln!(
            "Warning: Using a password with '-a' or '-u' option on the command line interface \
             may not be safe."
        );
    }
    if options.password.is_none() {
        options.password = std::env::var_os("REDISCLI_AUTH").map(OsString::into_vec);
    }
    if options.ask_password {
        options.password = Some(password::ask("Please input password: ")?);
    }
    let mut session = Session::new(options, Stop::default());
    if session.options.mode != Mode::Command {
        return modes::run(&mut session);
    }
    if let Some(path) = session.options.eval.clone() {
        session.connect(Loud::Yes)?;
        let words = script_request(&session.options, &path)?;
        return session.issue(&words, session.options.repeat);
    }
    if session.options.command.is_empty() {
        repl::run(&mut session, fallback);
        return Ok(());
    }
    one_command(&mut session, fallback)
}

fn one_command(session: &mut Session, fallback: FallbackDocs) -> Result<(), Said> {
    // A failure shows again, and is said, when the command is sent.
    let _ = session.connect(Loud::No);
    let options = &session.options;
    let mut words = options.command.clone();
    if options.quoted_input {
        let Some(unquoted) = words.iter().map(|w| unquote(w)).collect() else {
            screen::say("Invalid quoted string\n");
            return Err(Said);
        };
        words = unquoted;
    }
    if options.stdin_last {
        words.push(standard_input()?);
    } else if let Some(tag) = &options.stdin_tag {
        let Some(place) = words.iter_mut().find(|word| *word == tag) else {
            eprintln!("Using -X option but stdin tag not match.");
            return Err(Said);
        };
        *place = standard_input()?;
    }
    if words[0] == b":trace" && words.len() > 1 {
        let looks = repl::plain_or_colored();
        trace::run(session, &words[1..], looks);
        return Ok(());
    }
    if ["help", "?"].iter().any(|name| words[0].eq_ignore_ascii_case(name.as_bytes())) {
        repl::help(session, &words[1..], fallback);
        return Ok(());
    }
    session.issue(&words, session.options.repeat)
}

/// `EVAL script numkeys key ... argument ...`: a comma of its own ends the keys.
fn script_request(options: &Options, path: &std::path::Path) -> Result<Vec<Vec<u8>>, Said> {
    let script = std::fs::read(path).map_err(|error| {
        eprintln!("Can't open file '{}': {}", path.display(), system_text(&error));
        Said
    })?;
    let mut words = options.command.clone();
    let comma = words.iter().position(|word| word == b",");
    if let Some(comma) = comma {
        words.remove(comma);
    }
    let keys = comma.unwrap_or(words.len());
    words.splice(0..0, [b"EVAL".to_vec(), script, keys.to_string().into_bytes()]);
    Ok(words)
}

fn standard_input() -> Result<Vec<u8>, Said> {
    let mut bytes = Vec::new();
    match stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => {
            eprintln!("Reading from standard input: {}", lossy(error.to_string().as_bytes()));
            Err(Said)
        }
    }
}
