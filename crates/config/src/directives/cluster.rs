//! Sharding over several servers.
//!
//! Rows of the table of directives, sorted by name.

use super::checks::{hostname, node_name};
use crate::choices::EndpointType;
use crate::directive::bounds::{INT_MAX, LONG_MAX, ULONG_MAX};
use crate::directive::{Directive, accepted, decimals, single, sizes};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    single("availability-zone", Shape::Text(any), field!(announce.availability_zone))
        .about("Name of the zone the server runs in, shown by INFO and HELLO."),
    single(
        "cluster-allow-pubsubshard-when-down",
        Shape::Bool,
        field!(cluster.allow_pubsubshard_when_down),
    )
    .about("Serve sharded Pub/Sub while the cluster is down."),
    single("cluster-allow-reads-when-down", Shape::Bool, field!(cluster.allow_reads_when_down))
        .about("Serve reads while the cluster is down."),
    single("cluster-allow-replica-migration", Shape::Bool, field!(cluster.allow_replica_migration))
        .about("Let a spare replica move to a master that has none."),
    single("cluster-announce-bus-port", decimals(0, 65535), field!(announce.cluster_bus_port))
        .about("Bus port shown to other nodes; 0 is the real one."),
    accepted(
        "cluster-announce-client-ipv4",
        Shape::Text(any),
        "",
        "clients are shown `cluster-announce-ip`",
    )
    .about("IPv4 address shown to clients (Valkey)."),
    accepted(
        "cluster-announce-client-ipv6",
        Shape::Text(any),
        "",
        "clients are shown `cluster-announce-ip`",
    )
    .about("IPv6 address shown to clients (Valkey)."),
    single("cluster-announce-hostname", Shape::Text(hostname), field!(announce.cluster_hostname))
        .about("Host name shown to clients."),
    single(
        "cluster-announce-human-nodename",
        Shape::Text(node_name),
        field!(announce.cluster_human_nodename),
    )
    .about("Name of this node in logs."),
    single("cluster-announce-ip", Shape::Text(any), field!(announce.cluster_ip))
        .about("Address shown to other nodes and clients."),
    single("cluster-announce-port", decimals(0, 65535), field!(announce.cluster_port))
        .about("Port shown to other nodes and clients; 0 is the real one."),
    single("cluster-announce-tls-port", decimals(0, 65535), field!(announce.cluster_tls_port))
        .about("TLS port shown to other nodes and clients; 0 is the real one."),
    accepted(
        "cluster-blacklist-ttl",
        decimals(0, LONG_MAX),
        "60",
        "the cluster map is not gossiped",
    )
    .unit("seconds")
    .about("How long a forgotten node stays forgotten (Valkey)."),
    accepted(
        "cluster-compatibility-sample-ratio",
        decimals(0, 100),
        "0",
        "commands are not sampled for cluster compatibility",
    )
    .unit("percent")
    .about("Commands checked for cluster compatibility (Redis 8)."),
    single("cluster-config-file", Shape::Text(any), field!(cluster_node.config_file))
        .immutable()
        .about("File in which the node keeps the cluster map."),
    single("cluster-enabled", Shape::Bool, field!(cluster.enabled))
        .immutable()
        .about("Run as a node of a cluster."),
    accepted(
        "cluster-link-sendbuf-limit",
        sizes(0, ULONG_MAX),
        "0",
        "the cluster map is not gossiped",
    )
    .about("Buffer of one link of the cluster bus."),
    accepted(
        "cluster-manual-failover-timeout",
        decimals(1, INT_MAX),
        "5000",
        "the cluster map is not gossiped",
    )
    .unit("ms")
    .about("Time a manual failover may take (Valkey)."),
    single(
        "cluster-migration-barrier",
        decimals(0, INT_MAX),
        field!(cluster_failover.migration_barrier),
    )
    .unit("replicas")
    .about("Replicas a master must keep when one moves away."),
    single("cluster-node-timeout", decimals(0, LONG_MAX), field!(cluster_node.timeout_ms))
        .unit("ms")
        .about("Silence after which a node counts as failing."),
    accepted(
        "cluster-ping-interval",
        decimals(0, LONG_MAX),
        "0",
        "the cluster map is not gossiped",
    )
    .unit("ms")
    .hidden()
    .about("How often a node pings a random other (hidden)."),
    single("cluster-port", decimals(0, 65535), field!(cluster_node.bus_port))
        .immutable()
        .about("Port of the cluster bus; 0 is `port` + 10000."),
    single(
        "cluster-preferred-endpoint-type",
        Shape::Choice(EndpointType::WORDS),
        field!(cluster.preferred_endpoint),
    )
    .about("What clients are told to reach a node by."),
    single(
        "cluster-replica-no-failover",
        Shape::Bool,
        field!(cluster_failover.replica_no_failover),
    )
    .alias(&["cluster-slave-no-failover"])
    .about("Never promote this replica by itself."),
    single(
        "cluster-replica-validity-factor",
        decimals(0, INT_MAX),
        field!(cluster_failover.replica_validity_factor),
    )
    .alias(&["cluster-slave-validity-factor"])
    .about("Node timeouts a replica may lag and still be promoted; 0 is any."),
    single("cluster-require-full-coverage", Shape::Bool, field!(cluster.require_full_coverage))
        .about("Serve nothing unless every slot has a node."),
    accepted("cluster-slot-stats-enabled", Shape::Bool, "no", "slots are not measured one by one")
        .about("Keep statistics of each slot (Valkey)."),
];
