//! Rows of the commands between masters and replicas, and of those that ask about them.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, command};
use crate::spec::{
    ADMIN, ALLOW_BUSY, BLOCKING, FAST, LOADING, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI, SENTINEL,
    STALE, Group, Spec, category,
};

const PSYNC: Spec = command("PSYNC", "replicationid offset<integer>", Control::Psync)
    .does("Feeds the session as a replica, from an offset on if that is still known.")
    .since("2.8.0").cost("O(N), N being the number of keys, unless the offset is still known")
    .group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI).arity(-3);

const REPLCONF: Spec = command("REPLCONF", "", Control::Replconf)
    .does("Introduces a replica to its master, and tells how far it has come.")
    .since("3.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY).internal().arity(-1);

const REPLICAOF: Spec = command("REPLICAOF",
    "args: (host-port: (host port<integer>) | no-one: (NO ONE))", Control::Replicaof)
    .does("Makes the server a replica of another, or a master.")
    .since("5.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING);

const ROLE: Spec = command("ROLE", "", Control::Role)
    .does("Tells the server's part in replication, and with whom.")
    .since("2.8.12").cost("O(1)").group(Group::Server)
    .flags(NOSCRIPT | LOADING | STALE | FAST | SENTINEL)
    .category(category::ADMIN | category::DANGEROUS);

const SLAVEOF: Spec = command("SLAVEOF",
    "args: (host-port: (host port<integer>) | no-one: (NO ONE))", Control::Replicaof)
    .does("Makes the server a replica of another, or a master.")
    .since("1.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING)
    .deprecated("5.0.0", "`REPLICAOF`");

const SYNC: Spec = command("SYNC", "", Control::Sync)
    .does("Feeds the session as a replica.")
    .since("1.0.0").cost("O(N), N being the number of keys").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI);

const WAIT: Spec = command("WAIT", "numreplicas timeout<integer>", Control::Wait)
    .does("Waits until so many replicas have the session's writes, or for a time.")
    .since("3.0.0").cost("O(1)").group(Group::Generic)
    .flags(NOSCRIPT).categories(category::CONNECTION)
    .tips(&["request_policy:all_shards", "response_policy:agg_min"]);

const WAITAOF: Spec = command(
    "WAITAOF", "numlocal<integer> numreplicas<integer> timeout<integer>", Control::WaitAof)
    .does("Waits until the session's writes are on disk, here or on replicas, or for a time.")
    .since("7.2.0").cost("O(1)").group(Group::Generic)
    .flags(BLOCKING).categories(category::CONNECTION)
    .tips(&["request_policy:all_shards", "response_policy:agg_min"]);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[PSYNC, REPLCONF, REPLICAOF, ROLE, SLAVEOF, SYNC, WAIT, WAITAOF];
