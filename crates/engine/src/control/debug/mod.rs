//! DEBUG: what tests of a server need and nobody else should use.
//!
//! ```text
//!   mod       the subcommands, who may use them, switches, ways to crash
//!   keys      about keys and tables
//!   digest    one number for the whole keyspace
//!   replies   replies that test clients
//!   contents  what an entry holds, whatever it is kept as
//! ```
//!
//! Must be true: a subcommand is one line of `SUBCOMMANDS`, from which HELP is made.
//! Not here: what there is nothing of to debug (scripts, cluster links, jmap).

pub(crate) mod contents;
mod digest;
mod keys;
mod replies;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use base::glob;
use base::number::{parse_f64, parse_i64};
use base::units::parse_memory;
use commands::arguments::is_word;
use commands::errors::Error;
use config::{ProtectedAction, Settings};
use protocol::write_request;
use rustix::process::{Signal, getpid, kill_process};

use super::{After, Answer, Call};
use crate::limits::Knobs;
use crate::loading::{Reload, Unloaded};
use crate::snapshot::log_base::log_layout;

/// A subcommand: name, syntax of its arguments, how many words there are in all, its body, what it
/// does.
struct Subcommand {
    name: &'static str,
    syntax: &'static str,
    words: RangeInclusive<usize>,
    body: fn(&mut Call<'_, '_>) -> Answer,
    summary: &'static str,
}

const fn row(
    name: &'static str,
    syntax: &'static str,
    words: RangeInclusive<usize>,
    body: fn(&mut Call<'_, '_>) -> Answer,
    summary: &'static str,
) -> Subcommand {
    Subcommand { name, syntax, words, body, summary }
}

const ANY: usize = usize::MAX;

/// Times that DEBUG SEGFAULT sends its signal.
const SIGNALS: usize = 10;

#[rustfmt::skip]
const SUBCOMMANDS: &[Subcommand] = &[
    row("AOF-FLUSH-SLEEP", "microseconds", 3..=3, aof_flush_sleep, "Delays writing the log."),
    row("ASSERT", "", 2..=2, assertion, "Ends the process as a failed assertion does."),
    row("CHANGE-REPL-ID", "", 2..=2, change_repl_id, "Changes the replication id."),
    row("CONFIG-REWRITE-FORCE-ALL", "", 2..=2, rewrite_all, "CONFIG REWRITE."),
    row("DIGEST", "", 2..=2, keys::digest, "Returns a digest of all databases."),
    row("DIGEST-VALUE", "[key ...]", 2..=ANY, keys::digest_value, "Returns each value's digest."),
    row("ERROR", "text", 3..=3, replies::error, "Answers with this error."),
    row("HELP", "", 2..=2, help, "Describes the subcommands."),
    row("HTSTATS", "database", 3..=3, keys::htstats, "Describes a database's tables."),
    row("HTSTATS-KEY", "key [full]", 3..=4, keys::htstats_key, "Describes a value's table."),
    row("LISTPACK", "key", 3..=3, keys::listpack, "Checks that a value is packed."),
    row("LOADAOF", "", 2..=2, loadaof, "Empties the databases and loads the log."),
    row("LOG", "message", 3..=3, log, "Writes a line for the operator."),
    row("MALLCTL", "key [value]", 3..=4, refused, "Reads or sets a number of the allocator."),
    row("MALLCTL-STR", "key [value]", 3..=4, refused, "Reads or sets a text of the allocator."),
    row("OBJECT", "key", 3..=3, keys::object, "Describes how a value is kept."),
    row("PANIC", "", 2..=2, panicking, "Ends the process as a found fault does."),
    row("PAUSE-CRON", "0|1", 3..=3, pause_cron, "Stops what workers do by themselves."),
    row("POPULATE", "count [prefix] [size]", 3..=5, keys::populate, "Stores many strings."),
    row("PROTOCOL", "type", 3..=3, replies::protocol, "Answers with a value of this type."),
    row("QUICKLIST", "key [0|1]", 3..=4, keys::quicklist, "Checks that a value is a long list."),
    row("QUICKLIST-PACKED-THRESHOLD", "size", 3..=3, packed_threshold, "Sets what is big."),
    row("RELOAD", "[NOSAVE] [NOFLUSH] [MERGE]", 2..=ANY, reload, "Saves and loads the data."),
    row("REPLICATE", "word [word ...]", 3..=ANY, replicate, "Sends a command to replicas only."),
    row("REPLYBUFFER", "setting value", 4..=4, replybuffer, "Accepted."),
    row("SDSLEN", "key", 3..=3, keys::sdslen, "Tells the lengths of a key and its text."),
    row("SEGFAULT", "", 2..=2, segfault, "Ends the process by SIGSEGV."),
    row("SET-ACTIVE-EXPIRE", "0|1", 3..=3, set_active_expire, "Whether keys expire unused."),
    row("SET-DISABLE-DENY-SCRIPTS", "0|1", 3..=3, unbind_scripts, "Lets scripts call anything."),
    row("SET-SKIP-CHECKSUM-VALIDATION", "0|1", 3..=3, skip_checksum, "Whether dumps are trusted."),
    row("SLEEP", "seconds", 3..=3, sleep, "Stops the server for some time."),
    row("STRINGMATCH-LEN", "pattern text", 4..=4, stringmatch, "Whether a pattern matches a text."),
];

/// DEBUG subcommand [argument ...]
pub(super) fn debug(call: &mut Call<'_, '_>) -> Answer {
    check_allowed(call)?;
    let (name, words) = (call.arg(1), call.request.len());
    let found = SUBCOMMANDS.iter().find(|it| is_word(name, it.name) && it.words.contains(&words));
    let Some(subcommand) = found else {
        let shown = String::from_utf8_lossy(&name[..name.len().min(128)]);
        return Err(Error::text(format!(
            "ERR unknown subcommand or wrong number of arguments for '{shown}'. Try DEBUG HELP."
        )));
    };
    (subcommand.body)(call)
}

fn check_allowed(call: &Call<'_, '_>) -> Result<(), Error> {
    let visitor = &call.session.client.visitor;
    let allowed = match call.turn.state.settings.protected.debug_command {
        ProtectedAction::Yes => true,
        ProtectedAction::Local => visitor.is_loopback || visitor.is_unix,
        ProtectedAction::No => false,
    };
    if allowed { Ok(()) } else { Err(NOT_ALLOWED) }
}

const NOT_ALLOWED: Error = Error::new(
    "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you \
     can run it from a local connection, otherwise you need to set this option in the \
     configuration file, and then restart the server.",
);

fn help(call: &mut Call<'_, '_>) -> Answer {
    call.reply.array(1 + 2 * SUBCOMMANDS.len());
    call.reply.status("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for subcommand in SUBCOMMANDS {
        call.reply.status(format!("{} {}", subcommand.name, subcommand.syntax).trim_end());
        call.reply.status(&format!("    {}", subcommand.summary));
    }
    Ok(After::Done)
}

/// A switch's argument: what is no number counts as 0.
fn is_on(call: &Call<'_, '_>) -> bool {
    parse_i64(call.arg(2)).unwrap_or(0) != 0
}

fn refused(call: &mut Call<'_, '_>) -> Answer {
    let name = String::from_utf8_lossy(call.arg(1)).to_ascii_uppercase();
    Err(Error::text(format!("ERR DEBUG {name} is not supported by this server")))
}

fn set_active_expire(call: &mut Call<'_, '_>) -> Answer {
    call.turn.node.lifecycle.no_active_expiry.store(!is_on(call), Relaxed);
    call.ok()
}

fn pause_cron(call: &mut Call<'_, '_>) -> Answer {
    call.turn.node.lifecycle.rehearsal.upkeep_paused.store(is_on(call), Relaxed);
    call.ok()
}

fn unbind_scripts(call: &mut Call<'_, '_>) -> Answer {
    call.turn.node.lifecycle.rehearsal.unbound_scripts.store(is_on(call), Relaxed);
    call.ok()
}

fn skip_checksum(call: &mut Call<'_, '_>) -> Answer {
    call.turn.node.lifecycle.rehearsal.unchecked_dumps.store(is_on(call), Relaxed);
    call.ok()
}

fn aof_flush_sleep(call: &mut Call<'_, '_>) -> Answer {
    let us = parse_i64(call.arg(2)).unwrap_or(0).max(0) as u64;
    call.turn.node.lifecycle.rehearsal.flush_sleep_us.store(us, Relaxed);
    call.ok()
}

/// A list's elements up to this size are packed; 0 for the usual size.
fn packed_threshold(call: &mut Call<'_, '_>) -> Answer {
    let bytes = parse_memory(call.arg(2)).filter(|bytes| *bytes < 4 << 30);
    let bytes = bytes.ok_or(Error::new(
        "ERR argument must be a memory value bigger than 1 and smaller than 4gb",
    ))?;
    let (node, state) = (call.turn.node, &mut *call.turn.state);
    node.lifecycle.rehearsal.packed_threshold.store(bytes, Relaxed);
    // A new copy of the settings makes every worker look again.
    let settings = Arc::new(Settings::clone(&node.settings()));
    node.settings.store(Arc::clone(&settings));
    state.knobs = Knobs::of(&settings, &node.lifecycle.rehearsal);
    state.settings = settings;
    call.ok()
}

fn replybuffer(call: &mut Call<'_, '_>) -> Answer {
    let (what, value) = (call.arg(2), call.arg(3));
    if is_word(what, "PEAK-RESET-TIME") {
        if !is_word(value, "NEVER") && !is_word(value, "RESET") {
            parse_i64(value).ok_or(Error::NotInteger)?;
        }
    } else if !is_word(what, "RESIZING") {
        return Err(Error::new(
            "ERR unknown subcommand or wrong number of arguments for 'REPLYBUFFER'. Try DEBUG \
             HELP.",
        ));
    }
    call.ok()
}

/// DEBUG REPLICATE word [word ...]
fn replicate(call: &mut Call<'_, '_>) -> Answer {
    let words: Vec<&[u8]> = call.request.iter().skip(2).collect();
    let mut record = Vec::new();
    write_request(&mut record, &words);
    let database = call.session.database as u32;
    call.turn.node.log.append_to_feed(Some(database), &record);
    call.turn.node.replication.wake();
    call.ok()
}

/// Alone, so that it stops everybody, as in Redis.
fn sleep(call: &mut Call<'_, '_>) -> Answer {
    let seconds = parse_f64(call.arg(2)).unwrap_or(0.0);
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    call.turn.alone(|_, _, _| thread::sleep(time));
    call.ok()
}

fn stringmatch(call: &mut Call<'_, '_>) -> Answer {
    let matches = glob::matches(call.arg(2), call.arg(3));
    call.reply.int(matches.into());
    Ok(After::Done)
}

fn change_repl_id(call: &mut Call<'_, '_>) -> Answer {
    let id = base::random::random_hex(40);
    let id = id.map_err(|error| Error::text(format!("ERR no random numbers: {error}")))?;
    *call.turn.node.reports.birth.replication_id.lock() = id;
    call.ok()
}

fn log(call: &mut Call<'_, '_>) -> Answer {
    let message = String::from_utf8_lossy(call.arg(2)).into_owned();
    call.turn.node.journal().warning(format_args!("DEBUG LOG: {message}"));
    call.ok()
}

fn rewrite_all(call: &mut Call<'_, '_>) -> Answer {
    let settings = call.turn.node.settings();
    match call.turn.node.outside.host.rewrite_config(&settings) {
        Ok(()) => call.ok(),
        Err(error) => Err(Error::text(format!("ERR CONFIG-REWRITE-FORCE-ALL failed: {error}"))),
    }
}

fn reload(call: &mut Call<'_, '_>) -> Answer {
    let mut options = Reload::default();
    for word in call.request.iter().skip(2) {
        let option = if is_word(word, "NOSAVE") {
            &mut options.nosave
        } else if is_word(word, "NOFLUSH") {
            &mut options.noflush
        } else if is_word(word, "MERGE") {
            &mut options.merge
        } else {
            return Err(Error::new(
                "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
            ));
        };
        *option = true;
    }
    save_and_load(call, options)
}

fn save_and_load(call: &mut Call<'_, '_>, options: Reload) -> Answer {
    let node = call.turn.node;
    match node.reload_dump(call.turn, options) {
        Ok(()) => {}
        Err(Unloaded::Unsaved) => return Err(Error::new("ERR")),
        Err(Unloaded::Unloaded(reason)) => {
            node.journal().warning(format_args!("Error trying to load the RDB dump: {reason}"));
            return Err(Error::new("ERR Error trying to load the RDB dump, check server logs."));
        }
    }
    node.journal().warning(format_args!("DB reloaded by DEBUG RELOAD"));
    call.turn.refresh_time();
    call.ok()
}

fn loadaof(call: &mut Call<'_, '_>) -> Answer {
    let node = call.turn.node;
    let manifest = log_layout(&node.settings()).read_manifest(node.outside.files.as_ref());
    if !node.log.has_file() && manifest.is_ok_and(|manifest| manifest.is_empty()) {
        return Err(Error::new("ERR DEBUG LOADAOF finds no append-only file"));
    }
    if let Err(reason) = node.reload(call.turn) {
        node.journal().warning(format_args!("Error trying to load the AOF files: {reason}"));
        return Err(Error::new("ERR Error trying to load the AOF files, check server logs."));
    }
    node.journal().notice(format_args!("Append Only File loaded by DEBUG LOADAOF"));
    call.turn.refresh_time();
    call.ok()
}

fn segfault(call: &mut Call<'_, '_>) -> Answer {
    call.turn.node.journal().warning(format_args!("DEBUG SEGFAULT: crashed by signal: 11"));
    // The runtime's handler, which looks for stack overflows, takes the first and steps aside.
    for _ in 0..SIGNALS {
        let _ = kill_process(getpid(), Signal::SEGV);
        thread::sleep(Duration::from_millis(10));
    }
    std::process::abort()
}

fn panicking(call: &mut Call<'_, '_>) -> Answer {
    let unix_s = call.turn.now_ms() / 1000;
    call.turn.node.journal().warning(format_args!("DEBUG PANIC called at Unix time {unix_s}"));
    std::process::abort()
}

fn assertion(call: &mut Call<'_, '_>) -> Answer {
    call.turn.node.journal().warning(format_args!("=== ASSERTION FAILED ==="));
    call.turn.node.journal().warning(format_args!("==> DEBUG ASSERT was called"));
    std::process::abort()
}
