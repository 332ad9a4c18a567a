//! `russet`: the whole program. `russet server`, `russet cli`, `russet bench`, `russet check`.
//!
//! Links named `russet-server`, `russet-cli`, `russet-benchmark`, `russet-check-aof` and
//! `russet-check-rdb` (or `redis-...`) go straight to theirs.

mod allocator;
mod assemble;
mod host;
mod journal;
mod process;
mod service;
mod signals;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use protocol::{Output, OwnedRequest, Reply, Version};

const USAGE: &str = "\
usage: russet server [CONFIG] [--name value ...]   start a server
       russet cli [OPTIONS] [COMMAND ...]          talk to one
       russet bench [OPTIONS]                      measure one
       russet check rdb|aof [--fix] PATH           say what is wrong with a file, and cut it
       russet --version

Without arguments a server starts on 127.0.0.1:6379 and keeps its data in the current directory.
";

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let name = arguments.first().cloned().unwrap_or_default();
    let name = Path::new(&name).file_name().map(|n| n.to_string_lossy().into_owned());
    match name.as_deref() {
        Some("russet") | None => {}
        Some(link) if link.ends_with("-benchmark") => return bench::main(texts(arguments)),
        Some(link) if link.ends_with("-check-aof") => {
            return check::redis_check_aof(&texts(arguments));
        }
        Some(link) if link.ends_with("-check-rdb") => {
            return check::redis_check_rdb(&texts(arguments));
        }
        Some(link) if link.ends_with("-cli") => return cli::main(arguments, command_docs),
        // `russet-server`, `redis-server` in a test suite, or any other link.
        Some(_) => return assemble::serve(&arguments[1..]),
    }
    let verb = arguments.get(1).map(|v| v.to_string_lossy().into_owned());
    match verb.as_deref() {
        None => assemble::serve(&[]),
        Some("server") => assemble::serve(&arguments[2..]),
        Some("bench") => {
            arguments.remove(1);
            arguments[0] = "russet bench".into();
            bench::main(texts(arguments))
        }
        Some("check") => {
            arguments.remove(1);
            arguments[0] = "russet check".into();
            check::main(texts(arguments))
        }
        Some("cli") => {
            arguments.remove(1);
            cli::main(arguments, command_docs)
        }
        Some("--version" | "-v") => assemble::serve(&arguments[1..]),
        Some("--help" | "-h" | "help") => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        Some(other) => {
            eprintln!("russet: there is no '{other}'\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn texts(arguments: Vec<OsString>) -> Vec<String> {
    arguments.into_iter().map(|a| a.to_string_lossy().into_owned()).collect()
}

/// What COMMAND DOCS answers, for a client without a server.
fn command_docs() -> Vec<u8> {
    let mut output = Output::new();
    let request = OwnedRequest::default();
    commands::docs::docs(&mut Reply::new(&mut output, Version::Resp3), request.as_request());
    output.pieces().flatten().copied().collect()
}
