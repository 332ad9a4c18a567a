//! Masters and replicas.
//!
//! Rows of the table of directives, sorted by name.

use super::lists;
use crate::choices::ReplDisklessLoad;
use crate::directive::bounds::{INT_MAX, LONG_MAX};
use crate::directive::{Directive, accepted, decimals, list, single, sizes};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    accepted(
        "dual-channel-replication-enabled",
        Shape::Bool,
        "no",
        "writes made during a full synchronisation are kept in the log, not sent beside it",
    )
    .about("Send snapshot and writes on two connections (Valkey)."),
    single("masterauth", Shape::Text(any), field!(link.password))
        .alias(&["primaryauth"])
        .sensitive()
        .about("Password to show to the master."),
    single("masteruser", Shape::Text(any), field!(link.user))
        .alias(&["primaryuser"])
        .sensitive()
        .about("User to log in to the master as."),
    single("min-replicas-max-lag", decimals(0, INT_MAX), field!(replicas.min_max_lag_s))
        .unit("seconds")
        .alias(&["min-slaves-max-lag"])
        .about("Lag above which a replica does not count for `min-replicas-to-write`."),
    single("min-replicas-to-write", decimals(0, INT_MAX), field!(replicas.min_to_write))
        .unit("replicas")
        .alias(&["min-slaves-to-write"])
        .about("Replicas that must be connected for writes to be accepted; 0 needs none."),
    accepted(
        "propagation-error-behavior",
        Shape::Choice(&["ignore", "panic", "panic-on-replicas"]),
        "ignore",
        "effects are replicated, not commands, so they cannot fail differently on a replica",
    )
    .about("What to do when a replicated command fails."),
    single("repl-backlog-size", sizes(1, LONG_MAX), field!(replicas.backlog_size_bytes))
        .about("Log kept so that a replica can continue after a short absence."),
    single("repl-backlog-ttl", decimals(0, LONG_MAX), field!(replicas.backlog_ttl_s))
        .unit("seconds")
        .about("Time without replicas after which that log is dropped; 0 never."),
    single("repl-disable-tcp-nodelay", Shape::Bool, field!(replicas.disable_tcp_nodelay))
        .about("Let TCP gather small packets to replicas."),
    single(
        "repl-diskless-load",
        Shape::Choice(ReplDisklessLoad::WORDS),
        field!(replica.diskless_load),
    )
    .denied_while_loading()
    .about("How a replica loads a full synchronisation straight from the socket."),
    single("repl-diskless-sync", Shape::Bool, field!(full_sync.diskless))
        .about("Send snapshots to replicas without writing a file first."),
    single("repl-diskless-sync-delay", decimals(0, INT_MAX), field!(full_sync.delay_s))
        .unit("seconds")
        .about("How long to wait for more replicas before a snapshot is sent."),
    single("repl-diskless-sync-max-replicas", decimals(0, INT_MAX), field!(full_sync.max_replicas))
        .unit("replicas")
        .about("Replicas that end this wait; 0 is any number."),
    single("repl-ping-replica-period", decimals(1, INT_MAX), field!(link.ping_period_s))
        .unit("seconds")
        .alias(&["repl-ping-slave-period"])
        .about("How often a master pings its replicas."),
    accepted(
        "repl-rdb-channel",
        Shape::Bool,
        "no",
        "writes made during a full synchronisation are kept in the log, not sent beside it",
    )
    .about("Send snapshot and writes on two connections (Redis 8)."),
    single("repl-timeout", decimals(1, INT_MAX), field!(link.timeout_s))
        .unit("seconds")
        .about("Silence after which a replication link is given up."),
    single("replica-announce-ip", Shape::Text(any), field!(announce.replica_ip))
        .alias(&["slave-announce-ip"])
        .about("Address a replica tells its master to show."),
    single("replica-announce-port", decimals(0, 65535), field!(announce.replica_port))
        .alias(&["slave-announce-port"])
        .about("Port a replica tells its master to show; 0 is the real one."),
    single("replica-announced", Shape::Bool, field!(announce.replica_announced))
        .about("Whether Sentinel tells clients of this replica."),
    accepted(
        "replica-full-sync-buffer-limit",
        sizes(0, LONG_MAX),
        "0",
        "writes made during a full synchronisation are kept in the log",
    )
    .about("Writes a replica buffers during a full synchronisation (Redis 8)."),
    single(
        "replica-ignore-disk-write-errors",
        Shape::Bool,
        field!(replica.ignore_disk_write_errors),
    )
    .about("Go on replicating when the replica cannot write to its disk."),
    single("replica-ignore-maxmemory", Shape::Bool, field!(replica.ignore_maxmemory))
        .alias(&["slave-ignore-maxmemory"])
        .about("Leave eviction to the master."),
    single("replica-lazy-flush", Shape::Bool, field!(replica.lazy_flush))
        .alias(&["slave-lazy-flush"])
        .about("Free the old data in the background when a full synchronisation begins."),
    single("replica-priority", decimals(0, INT_MAX), field!(replica.priority))
        .alias(&["slave-priority"])
        .about("Sentinel promotes the replica with the lowest; 0 is never promoted."),
    single("replica-read-only", Shape::Bool, field!(replica.read_only))
        .alias(&["slave-read-only"])
        .about("Refuse writes of clients on a replica."),
    single("replica-serve-stale-data", Shape::Bool, field!(replica.serve_stale_data))
        .alias(&["slave-serve-stale-data"])
        .about("Answer from old data while the link to the master is down."),
    list("replicaof", lists::REPLICA_OF)
        .alias(&["slaveof"])
        .immutable()
        .about("The master to follow: host and port, or `no one`."),
];
