//! The table of options, and the help that is printed from it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Mode, Options, Output, seconds};
use crate::text::{leading_integer, lossy};

/// What an option does.
pub(super) enum Effect {
    Flag(fn(&mut Options)),
    Value(fn(&mut Options, &[u8]) -> Result<(), String>),
    /// Known, and not to be had; why.
    Refused(&'static str),
}

/// One option.
pub(super) struct Row {
    names: &'static [&'static str],
    /// How its argument is called in the help; empty if it takes none.
    argument: &'static str,
    help: &'static str,
    pub effect: Effect,
}

/// The option with this name.
pub(super) fn find(name: &[u8]) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.names.iter().any(|n| n.as_bytes() == name))
}

/// The text of `--help`.
pub(crate) fn help() -> String {
    let mut text = String::from(
        "usage: russet cli [OPTIONS] [COMMAND [ARGUMENT ...]]\n\n\
         Carries out COMMAND and prints its reply. Without COMMAND it reads commands from a\n\
         prompt, or from standard input. Options and formats are those of redis-cli.\n\n",
    );
    for row in ROWS.iter().filter(|row| !row.help.is_empty()) {
        let mut names = row.names.join(", ");
        if !row.argument.is_empty() {
            names = format!("{names} {}", row.argument);
        }
        // A long name gets a line of its own.
        if names.len() > 24 {
            text.push_str(&format!("  {names}\n  {:24}  {}\n", "", row.help));
        } else {
            text.push_str(&format!("  {names:24}  {}\n", row.help));
        }
    }
    text.push_str("  -v, --version             Print the version\n");
    text.push_str("  --help                    Print this\n\n");
    text.push_str("At the prompt: HELP, and :help for what is not Redis's.\n");
    text
}

const NO_TLS: &str = "TLS is not there yet, neither here nor in the server";
const NO_DEBUGGER: &str = "the Lua debugger is not there; --eval alone runs the script";
const NO_CLUSTER: &str = "managing a cluster is not there; -c follows redirections";

const fn flag(names: &'static [&'static str], help: &'static str, effect: fn(&mut Options)) -> Row {
    Row { names, argument: "", help, effect: Effect::Flag(effect) }
}

const fn value(
    names: &'static [&'static str],
    argument: &'static str,
    help: &'static str,
    effect: fn(&mut Options, &[u8]) -> Result<(), String>,
) -> Row {
    Row { names, argument, help, effect: Effect::Value(effect) }
}

const fn refused(names: &'static [&'static str], why: &'static str) -> Row {
    Row { names, argument: "", help: "", effect: Effect::Refused(why) }
}

fn path(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}

/// An effect that cannot fail: a field becomes what a function makes of the argument.
macro_rules! set {
    ($field:ident = $convert:expr) => {
        |o, v| {
            o.$field = $convert(v);
            Ok(())
        }
    };
}

fn some(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(bytes.to_vec())
}

fn some_path(bytes: &[u8]) -> Option<PathBuf> {
    Some(path(bytes))
}

fn some_integer(bytes: &[u8]) -> Option<i64> {
    Some(leading_integer(bytes))
}

/// A time; none is no limit.
fn some_time(bytes: &[u8]) -> Option<Duration> {
    Some(seconds(bytes)).filter(|time| !time.is_zero())
}

fn dump(o: &mut Options, v: &[u8]) -> Result<(), String> {
    if o.file.is_some() {
        return Err("Option --functions-rdb and --rdb are mutually exclusive.".into());
    }
    o.enter(Mode::Dump);
    o.file = Some(path(v));
    Ok(())
}

fn json(o: &mut Options, output: Output) {
    o.output = output;
    o.resp3_wished = true;
}

#[rustfmt::skip] // one row, one option
const ROWS: &[Row] = &[
    value(&["-h"], "HOST", "Server host (127.0.0.1)", set!(host = lossy)),
    value(&["-p"], "PORT", "Server port (6379)", set!(port = leading_integer)),
    value(&["-s"], "PATH", "Server's Unix socket instead", set!(socket = some_path)),
    value(&["-u"], "URI", "redis://[[USER:]PASSWORD@]HOST[:PORT][/DB]", Options::read_uri),
    value(&["-a", "--pass"], "PASSWORD", "Password; REDISCLI_AUTH in the environment is safer",
        set!(password = some)),
    value(&["--user"], "NAME", "User that the password is of", set!(user = some)),
    flag(&["--askpass"], "Ask for the password", |o| o.ask_password = true),
    flag(&["--no-auth-warning"], "Do not warn of a password among the arguments",
        |o| o.no_auth_warning = true),
    value(&["-n"], "DB", "Database", set!(db = leading_integer)),
    value(&["-t"], "SECONDS", "How long connecting may take",
        set!(connect_timeout = some_time)),
    flag(&["-2"], "Speak RESP2", |o| o.resp2 = true),
    flag(&["-3"], "Speak RESP3", |o| o.resp3 = true),
    flag(&["--binary"], "Speak Russet's binary protocol (server's binary-port)",
        |o| o.binary = true),
    value(&["-r"], "COUNT", "Carry the command out COUNT times; -1: without end",
        set!(repeat = leading_integer)),
    value(&["-i"], "SECONDS", "Wait between repetitions, lines of --stat, cycles of --scan",
        set!(interval = seconds)),
    flag(&["-x"], "Take the last argument from standard input", |o| o.stdin_last = true),
    value(&["-X"], "TAG", "Put standard input in the place of the argument TAG",
        set!(stdin_tag = some)),
    flag(&["--quoted-input"], "Arguments are quoted strings with escapes",
        |o| o.quoted_input = true),
    flag(&["-c"], "Follow a cluster's redirections", |o| o.cluster = true),
    flag(&["-e"], "An error reply ends the program with status 1", |o| o.fail_on_error = true),
    flag(&["--raw"], "Print values as they are (without a terminal the default)",
        |o| o.output = Output::Raw),
    flag(&["--no-raw"], "Print values for people", |o| o.output = Output::Standard),
    flag(&["--csv"], "Print comma-separated values", |o| o.output = Output::Csv),
    flag(&["--json"], "Print JSON; speaks RESP3 unless -2", |o| json(o, Output::Json)),
    flag(&["--quoted-json"], "The same with strings in ASCII", |o| json(o, Output::QuotedJson)),
    value(&["-d"], "TEXT", "What --raw puts between elements (a line end)",
        set!(delimiter = <[u8]>::to_vec)),
    value(&["-D"], "TEXT", "What --raw puts after a reply (a line end)",
        set!(command_delimiter = <[u8]>::to_vec)),
    value(&["--show-pushes"], "YES|NO", "Print messages not asked for", Options::read_pushes),
    flag(&["--verbose"], "Changes nothing; redis-cli has it", |_| {}),
    value(&["--eval"], "FILE", "Run a Lua script: KEY ... , ARGUMENT ... follow",
        set!(eval = some_path)),
    flag(&["--stat"], "Print figures of the server, a line a second", |o| o.enter(Mode::Stat)),
    flag(&["--latency"], "Measure PING until ended", |o| o.enter(Mode::Latency)),
    flag(&["--latency-history"], "The same, a line every 15 seconds (-i)", |o| {
        o.enter(Mode::Latency);
        o.history = true;
    }),
    flag(&["--latency-dist"], "The same as a spectrum of colours, a line a second (-i)",
        |o| o.enter(Mode::LatencyDist)),
    flag(&["--mono"], "That spectrum in grey", |o| o.mono = true),
    value(&["--intrinsic-latency"], "SECONDS", "Measure this machine without a server", |o, v| {
        o.enter(Mode::IntrinsicLatency);
        o.amount = leading_integer(v);
        Ok(())
    }),
    flag(&["--bigkeys"], "Find the keys with most elements", |o| o.enter(Mode::BigKeys)),
    flag(&["--memkeys"], "Find the keys that take most memory", |o| o.enter(Mode::MemKeys)),
    value(&["--memkeys-samples"], "COUNT", "The same, COUNT elements of each key looked at",
        |o, v| {
            o.enter(Mode::MemKeys);
            o.samples = Some(leading_integer(v)).filter(|n| *n != 0);
            Ok(())
        }),
    flag(&["--hotkeys"], "Find the keys used most (maxmemory-policy *lfu)",
        |o| o.enter(Mode::HotKeys)),
    flag(&["--scan"], "List keys", |o| o.enter(Mode::Scan)),
    value(&["--pattern"], "GLOB", "Which keys --scan, --bigkeys and the like look at",
        set!(pattern = some)),
    value(&["--quoted-pattern"], "GLOB", "The same, quoted", Options::read_quoted_pattern),
    value(&["--count"], "COUNT", "Keys in a step of --scan and the like",
        set!(scan_count = some_integer)),
    value(&["--type"], "TYPE", "Which type of keys --scan lists", set!(scan_type = some)),
    value(&["--cursor"], "CURSOR", "Where --scan begins", set!(scan_cursor = some)),
    flag(&["--pipe"], "Send requests from standard input, count the replies",
        |o| o.enter(Mode::Pipe)),
    value(&["--pipe-timeout"], "SECONDS", "How long --pipe waits for the last reply (30; 0: on)",
        set!(pipe_timeout = leading_integer)),
    value(&["--rdb"], "FILE", "Fetch a dump of the server; -: to standard output", dump),
    value(&["--functions-rdb"], "FILE", "The same, functions only", |o, v| {
        o.functions_only = true;
        dump(o, v)
    }),
    flag(&["--replica", "--slave"], "Print what a replica is sent", |o| o.enter(Mode::Replica)),
    value(&["--lru-test"], "KEYS", "Use the server as a cache, 80 % of requests for 20 % of KEYS",
        |o, v| {
            o.enter(Mode::CacheTest);
            o.amount = leading_integer(v);
            Ok(())
        }),
    refused(&["--ldb", "--ldb-sync-mode"], NO_DEBUGGER),
    refused(&["--cluster"], NO_CLUSTER),
    refused(
        &["--tls", "--sni", "--cacert", "--cacertdir", "--cert", "--key", "--insecure",
            "--tls-ciphers", "--tls-ciphersuites"],
        NO_TLS,
    ),
];
