//! CONFIG: the settings at run time.
//!
//! Must be true: settings change while their changer is alone in the gate, so that two changes
//! never overlap, and every batch that begins after the reply sees the new ones. Not here: what a
//! directive accepts (`config`), and directives that reach beyond the engine (`Host`).

use std::sync::Arc;

use commands::errors::Error;
use config::{Conditions, ProtectedAction, SetError, Settings};

use super::{After, Answer, Call};
use crate::lifecycle::condition;
use crate::node::Node;
use crate::snapshot::Aim;
use crate::snapshot::log_base::{history_of, log_layout, policy_of, timestamps_of};
use crate::worker::WorkerState;

/// Directives whose application may fail, the likeliest first: the error names one.
const FALLIBLE: [&str; 6] = ["port", "bind", "tls-port", "dir", "appendonly", "maxclients"];

pub(super) fn get(call: &mut Call<'_, '_>) -> Answer {
    let patterns: Vec<&[u8]> = call.request.from(2).iter().collect();
    let found = config::get(&effective(call.turn.node), &patterns);
    call.reply.map(found.len());
    for (name, value) in found {
        call.reply.bulk(name.as_bytes());
        call.reply.bulk(value.as_bytes());
    }
    Ok(After::Done)
}

pub(super) fn set(call: &mut Call<'_, '_>) -> Answer {
    let arguments: Vec<&[u8]> = call.request.from(2).iter().collect();
    let (pairs, rest) = arguments.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Error::Syntax);
    }
    let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|[name, value]| (*name, *value)).collect();
    let conditions = conditions(call);
    let outcome = call.turn.alone(|_, node, state| change(node, state, &pairs, conditions));
    outcome.map_err(|error| match error {
        SetError::Loading => Error::text(format!("LOADING {error}")),
        SetError::Unknown(_) | SetError::Failed { .. } => Error::text(format!("ERR {error}")),
    })?;
    call.turn.node.turn_on_log();
    // An eviction policy decides what keys remember.
    call.turn.refresh_time();
    call.ok()
}

pub(super) fn rewrite(call: &mut Call<'_, '_>) -> Answer {
    let node = call.turn.node;
    let host = &node.outside.host;
    if let Err(why) = host.rewrite_config(&node.settings.load()) {
        if host.facts().config_file.is_empty() {
            return Err(Error::text(format!("ERR {why}")));
        }
        node.journal().warning(format_args!("CONFIG REWRITE failed: {why}"));
        return Err(Error::text(format!("ERR Rewriting config file: {why}")));
    }
    node.journal().notice(format_args!("CONFIG REWRITE executed with success."));
    call.ok()
}

pub(super) fn resetstat(call: &mut Call<'_, '_>) -> Answer {
    let node = call.turn.node;
    call.turn.settle_tally();
    // How much has changed since the last snapshot is no statistic.
    let changes = node.reports.stats.totals().changes;
    node.reports.stats.reset();
    node.reaper.reset();
    call.turn.state.tally.totals.changes = changes;
    call.ok()
}

/// The settings as they are carried out.
fn effective(node: &Node) -> Settings {
    let mut settings = Settings::clone(&node.settings.load());
    let port = node.outside.host.facts().port;
    if port != 0 {
        settings.network.port = port;
    }
    if settings.threads.io_threads == 0 {
        settings.threads.io_threads = node.outside.workers as u32;
    }
    settings
}

fn conditions(call: &Call<'_, '_>) -> Conditions {
    let visitor = &call.session.client.visitor;
    let node = call.turn.node;
    let protected_allowed = match node.settings.load().protected.configs {
        ProtectedAction::Yes => true,
        ProtectedAction::Local => visitor.is_loopback || visitor.is_unix,
        ProtectedAction::No => false,
    };
    let loading = node.lifecycle.conditions() & condition::LOADING != 0;
    Conditions { loading, protected_allowed }
}

/// Changes the settings and applies what changed, or puts everything back.
fn change(
    node: &Node,
    state: &mut WorkerState,
    pairs: &[(&[u8], &[u8])],
    conditions: Conditions,
) -> Result<(), SetError> {
    let old = node.settings();
    let mut new = Settings::clone(&old);
    let changes = config::set(&mut new, pairs, conditions)?;
    let names: Vec<&str> = changes.iter().map(|change| change.name).collect();
    if names.is_empty() {
        return Ok(());
    }
    new.process.dir = absolute(&old.process.dir, &new.process.dir);
    let host = &node.outside.host;
    let applied = host.apply(&names, &new).and_then(|()| apply_to_engine(node, &names, &new));
    if let Err(reason) = applied {
        // What was applied before the failure; what cannot go back has not gone forth.
        let _ = host.apply(&names, &old);
        let name = FALLIBLE.iter().find(|name| names.contains(name)).unwrap_or(&names[0]);
        node.journal().warning(format_args!(
            "Failed applying new configuration. Possibly related to new {name} setting. \
             Restoring previous settings."
        ));
        return Err(SetError::Failed { name: (*name).to_owned(), reason });
    }
    let new = Arc::new(new);
    node.settings.store(Arc::clone(&new));
    node.note_settings();
    let had_limit = state.knobs.clients_memory_max > 0;
    state.take_settings(node, new);
    if state.knobs.clients_memory_max > 0 {
        if !had_limit {
            node.count_client_memory();
        }
        state.evict_clients(node);
    }
    Ok(())
}

/// Applies directives that the engine keeps elsewhere than in its settings.
fn apply_to_engine(node: &Node, changed: &[&str], settings: &Settings) -> Result<(), String> {
    if changed.contains(&"appendonly") && settings.aof.enabled != node.log.has_file() {
        if settings.aof.enabled {
            // A first base is written in the background, once the settings say so.
            let dir = log_layout(settings).dir();
            if let Err(error) = node.outside.files.create_dir(&dir) {
                node.journal().warning(format_args!("Can't create {}: {error}", dir.display()));
                return Err("Unable to turn on AOF. Check server logs.".into());
            }
        } else {
            if node.snapshots.running() == Some(Aim::LogBase) {
                node.snapshots.cancel();
                // Redis's words; there is no child.
                node.journal().notice(format_args!("Killing AOF child: its rewrite is cancelled"));
            }
            if let Err(error) = node.log.turn_off() {
                let journal = node.journal();
                journal.warning(format_args!("Closing the append-only file failed: {error}"));
            }
        }
    }
    if changed.contains(&"appendfsync") {
        node.log.set_policy(policy_of(settings.aof.fsync));
    }
    if changed.contains(&"aof-disable-auto-gc") {
        let keep = settings.aof_files.keep_history;
        node.log.set_history(history_of(keep));
        if !keep {
            let files = node.outside.files.as_ref();
            // The names go now; what the system has to free it frees on the reaper.
            node.reaper.free(0, node.log.delete_history(&log_layout(settings), files));
        }
    }
    if changed.contains(&"aof-timestamp-enabled") {
        node.log.set_timestamps(timestamps_of(settings.aof.timestamps));
    }
    Ok(())
}

/// The directory that `new` means to a process that works in `old`.
fn absolute(old: &str, new: &str) -> String {
    use std::path::{Component, Path, PathBuf};
    if !Path::new(old).is_absolute() || old == new {
        return new.to_owned();
    }
    let mut path = PathBuf::new();
    for component in Path::new(old).join(new).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::absolute;
    use crate::lifecycle::condition;
    use crate::testing::Bench;

    #[test]
    fn what_is_set_is_got() {
        let mut bench = Bench::default();
        bench.check(&[
            ("CONFIG GET maxmemory", "*2 $9 maxmemory $1 0"),
            ("CONFIG SET maxmemory 1mb timeout 7", "+OK"),
            ("CONFIG GET timeout maxmemory timeout", "*4 $7 timeout $1 7 $9 maxmemory $7 1048576"),
            ("CONFIG GET nosuch", "*0"),
            ("CONFIG GET", "-ERR wrong number of arguments for 'config|get' command"),
            ("CONFIG GET port", "*2 $4 port $4 6379"),
            ("CONFIG GET io-threads", "*2 $10 io-threads $1 1"),
            ("HELLO 2", &bench_hello()),
        ]);
        assert!(bench.node.lifecycle.conditions() & condition::MEMORY_LIMITED != 0);
        assert_eq!(bench.run("CONFIG SET maxmemory 0"), "+OK\r\n");
        assert!(bench.node.lifecycle.conditions() & condition::MEMORY_LIMITED == 0);
        let applied = bench.host.applied.lock().clone();
        assert_eq!(
            applied,
            [vec!["maxmemory".to_owned(), "timeout".into()], vec!["maxmemory".into()]]
        );
    }

    fn bench_hello() -> String {
        Bench::default().run("HELLO 2").trim_end().replace("\r\n", " ")
    }

    #[test]
    fn wrong_settings_change_nothing() {
        let mut bench = Bench::default();
        bench.check(&[
            ("CONFIG SET a", "-ERR wrong number of arguments for 'config|set' command"),
            ("CONFIG SET timeout 1 maxmemory", "-ERR syntax error"),
            (
                "CONFIG SET frob 1",
                "-ERR Unknown option or number of arguments for CONFIG SET - 'frob'",
            ),
            (
                "CONFIG SET timeout 1 maxclients 0",
                "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument \
                 must be between 1 and 4294967295 inclusive",
            ),
            (
                "CONFIG SET dir /",
                "-ERR CONFIG SET failed (possibly related to argument 'dir') - can't set \
                 protected config",
            ),
            ("CONFIG GET timeout", "*2 $7 timeout $1 0"),
            ("CONFIG FROB", "-ERR unknown subcommand 'FROB'. Try CONFIG HELP."),
        ]);
        assert!(bench.host.applied.lock().is_empty());
        bench.node.lifecycle.set(condition::LOADING, true);
        let loading = "-LOADING Redis is loading the dataset in memory";
        bench.check(&[("CONFIG SET appendonly no", loading), ("CONFIG SET timeout 1", "+OK")]);
    }

    #[test]
    fn a_failing_host_undoes_it() {
        let mut bench = Bench::default();
        *bench.host.refusal.lock() = Some("Unable to listen on this port".into());
        bench.check(&[
            (
                "CONFIG SET maxmemory 1mb port 7",
                "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen \
                 on this port",
            ),
            ("CONFIG GET maxmemory", "*2 $9 maxmemory $1 0"),
        ]);
        assert!(bench.node.lifecycle.conditions() & condition::MEMORY_LIMITED == 0);
        assert_eq!(bench.host.applied.lock().len(), 2, "it was told to go back");
    }

    #[test]
    fn a_change_holds_for_the_rest_of_the_batch() {
        let mut bench = Bench::default();
        let (reply, _) = bench.send_bytes(
            0,
            b"*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$18\r\nproto-max-bulk-len\r\n$7\r\n1048576\r\n\
              *4\r\n$8\r\nSETRANGE\r\n$1\r\nk\r\n$7\r\n1048576\r\n$1\r\nx\r\n",
        );
        let expected = "+OK\r\n-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
        assert_eq!(String::from_utf8_lossy(&reply), expected);
    }

    #[test]
    fn rewrite_tells_what_went_wrong() {
        let mut bench = Bench::default();
        bench.check(&[("CONFIG REWRITE", "+OK")]);
        let why = "The server is running without a config file";
        *bench.host.refusal.lock() = Some(why.into());
        bench.check(&[("CONFIG REWRITE", &format!("-ERR {why}"))]);
    }

    #[test]
    fn resetstat_forgets_the_counts_but_not_the_changes() {
        let mut bench = Bench::default();
        bench.check(
            &[
                ("SET k v", "+OK"),
                ("FROB", "-ERR unknown command 'FROB', with args beginning with: "),
            ]
            .map(|(request, reply)| (request, reply.trim_end())),
        );
        assert_eq!(bench.node.reports.stats.errors(), [("ERR".to_owned(), 1)]);
        bench.check(&[("CONFIG RESETSTAT", "+OK")]);
        let totals = bench.node.reports.stats.totals();
        assert_eq!((totals.commands, totals.errors, totals.changes), (1, 0, 1));
        assert_eq!(bench.node.reports.stats.errors(), []);
    }

    #[test]
    fn directories_are_shown_absolute() {
        assert_eq!(absolute("/a/b", "."), "/a/b");
        assert_eq!(absolute("/a/b", "../c/./d"), "/a/c/d");
        assert_eq!(absolute("/a/b", "/x"), "/x");
        assert_eq!(absolute("/", ".."), "/");
        assert_eq!(absolute(".", "x"), "x");
    }
}
