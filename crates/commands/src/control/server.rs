//! Rows of the commands about the server and its databases as a whole.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, command};
use crate::spec::{
    ADMIN, ALLOW_BUSY, FAST, LOADING, NOSCRIPT, NO_MULTI, READONLY, SENTINEL, STALE, WRITE, Class,
    Group, Spec, category,
};

const FLUSHALL: Spec = command("FLUSHALL", "[async: ASYNC @4.0.0 | SYNC @6.2.0]", Control::Flushall)
    .does("Deletes all keys of all databases.")
    .since("1.0.0").cost("O(N), N being the number of keys").group(Group::Server)
    .flags(WRITE).category(category::KEYSPACE | category::DANGEROUS)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
    .history(&[("4.0.0", "`ASYNC`."), ("6.2.0", "`SYNC`.")]).class(Class::Gate);

const FLUSHDB: Spec = command("FLUSHDB", "[async: ASYNC @4.0.0 | SYNC @6.2.0]", Control::Flushdb)
    .does("Deletes all keys of the database.")
    .since("1.0.0").cost("O(N), N being the number of keys").group(Group::Server)
    .flags(WRITE).category(category::KEYSPACE | category::DANGEROUS)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
    .history(&[("4.0.0", "`ASYNC`."), ("6.2.0", "`SYNC`.")]).class(Class::Gate);

const INFO: Spec = command("INFO", "[section [section ...]]", Control::Info)
    .does("Describes the server, in sections of `name:value` lines.")
    .since("1.0.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::DANGEROUS)
    .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])
    .history(&[("7.0.0", "More than one section.")]);

const MONITOR: Spec = command("MONITOR", "", Control::Monitor)
    .does("Shows the session every request that the server carries out.")
    .since("1.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE);

const LOLWUT: Spec = command("LOLWUT", "[VERSION version<integer>]", Control::Lolwut)
    .does("Draws a picture, and tells the version.")
    .since("5.0.0").cost("O(1)").group(Group::Server)
    .flags(READONLY | FAST);

const SHUTDOWN: Spec = command("SHUTDOWN",
    "[NOSAVE | SAVE] [NOW @7.0.0] [FORCE @7.0.0] [ABORT @7.0.0]", Control::Shutdown)
    .does("Saves the data if so configured and ends the server.")
    .since("1.0.0").cost("O(N) when saving, N being the number of keys; else O(1)")
    .group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | SENTINEL | NO_MULTI | ALLOW_BUSY)
    .history(&[("7.0.0", "`NOW`, `FORCE` and `ABORT`.")]);

const SWAPDB: Spec = command("SWAPDB", "index1<integer> index2<integer>", Control::Swapdb)
    .does("Exchanges two databases.")
    .since("4.0.0")
    .cost("O(N), N being the number of sessions that watch or wait for keys in either")
    .group(Group::Server)
    .flags(WRITE | FAST).category(category::KEYSPACE | category::DANGEROUS).class(Class::Gate);

const TIME: Spec = command("TIME", "", Control::Time)
    .does("Returns the server's Unix time, in seconds and microseconds.")
    .since("2.6.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE | FAST)
    .tips(&["nondeterministic_output"]);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[
    FLUSHALL, FLUSHDB, INFO, LOLWUT, MONITOR, SHUTDOWN, SWAPDB, TIME,
];
