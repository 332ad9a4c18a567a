//! Settings of replication and clusters.
//!
//! Each structure holds a few fields that are used together; its defaults are Redis 7.0.15's,
//! except where the field says otherwise. Which directive sets a field: see `directives`.

use super::values::Master;
use crate::choices::{EndpointType, ReplDisklessLoad};

/// The link between a master and a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Password to show to the master.
    pub password: Option<String>,
    /// User to log in to the master as.
    pub user: Option<String>,
    /// How often a master pings its replicas. In seconds.
    pub ping_period_s: u32,
    /// Silence after which a replication link is given up. In seconds.
    pub timeout_s: u32,
    /// The master to follow: host and port, or `no one`.
    pub replica_of: Option<Master>,
}

impl Default for Link {
    fn default() -> Self {
        Self { password: None, user: None, ping_period_s: 10, timeout_s: 60, replica_of: None }
    }
}

/// A master's side of replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replicas {
    /// Lag above which a replica does not count for `min-replicas-to-write`. In seconds.
    pub min_max_lag_s: u32,
    /// Replicas that must be connected for writes to be accepted; 0 needs none.
    pub min_to_write: u32,
    /// Log kept so that a replica can continue after a short absence.
    pub backlog_size_bytes: u64,
    /// Time without replicas after which that log is dropped; 0 never. In seconds.
    pub backlog_ttl_s: u64,
    /// Let TCP gather small packets to replicas.
    pub disable_tcp_nodelay: bool,
}

impl Default for Replicas {
    fn default() -> Self {
        Self {
            min_max_lag_s: 10,
            min_to_write: 0,
            backlog_size_bytes: 1 << 20,
            backlog_ttl_s: 3600,
            disable_tcp_nodelay: false,
        }
    }
}

/// A replica's side of replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// How a replica loads a full synchronisation straight from the socket.
    pub diskless_load: ReplDisklessLoad,
    /// Go on replicating when the replica cannot write to its disk.
    pub ignore_disk_write_errors: bool,
    /// Leave eviction to the master.
    pub ignore_maxmemory: bool,
    /// Free the old data in the background when a full synchronisation begins.
    pub lazy_flush: bool,
    /// Sentinel promotes the replica with the lowest; 0 is never promoted.
    pub priority: u32,
    /// Refuse writes of clients on a replica.
    pub read_only: bool,
    /// Answer from old data while the link to the master is down.
    pub serve_stale_data: bool,
}

impl Default for Replica {
    fn default() -> Self {
        Self {
            diskless_load: ReplDisklessLoad::Disabled,
            ignore_disk_write_errors: false,
            ignore_maxmemory: true,
            lazy_flush: false,
            priority: 100,
            read_only: true,
            serve_stale_data: true,
        }
    }
}

/// How a master sends its whole dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullSync {
    /// Send snapshots to replicas without writing a file first.
    pub diskless: bool,
    /// How long to wait for more replicas before a snapshot is sent. In seconds.
    pub delay_s: u32,
    /// Replicas that end this wait; 0 is any number.
    pub max_replicas: u32,
}

impl Default for FullSync {
    fn default() -> Self {
        Self { diskless: true, delay_s: 5, max_replicas: 0 }
    }
}

/// What the server says about itself to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// Address a replica tells its master to show.
    pub replica_ip: Option<String>,
    /// Port a replica tells its master to show; 0 is the real one.
    pub replica_port: u16,
    /// Whether Sentinel tells clients of this replica.
    pub replica_announced: bool,
    /// Name of the zone the server runs in, shown by INFO and HELLO.
    pub availability_zone: String,
    /// Bus port shown to other nodes; 0 is the real one.
    pub cluster_bus_port: u16,
    /// Host name shown to clients.
    pub cluster_hostname: Option<String>,
    /// Name of this node in logs.
    pub cluster_human_nodename: Option<String>,
    /// Address shown to other nodes and clients.
    pub cluster_ip: Option<String>,
    /// Port shown to other nodes and clients; 0 is the real one.
    pub cluster_port: u16,
    /// TLS port shown to other nodes and clients; 0 is the real one.
    pub cluster_tls_port: u16,
}

impl Default for Announce {
    fn default() -> Self {
        Self {
            replica_ip: None,
            replica_port: 0,
            replica_announced: true,
            availability_zone: String::new(),
            cluster_bus_port: 0,
            cluster_hostname: None,
            cluster_human_nodename: None,
            cluster_ip: None,
            cluster_port: 0,
            cluster_tls_port: 0,
        }
    }
}

/// What a cluster serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Serve sharded Pub/Sub while the cluster is down.
    pub allow_pubsubshard_when_down: bool,
    /// Serve reads while the cluster is down.
    pub allow_reads_when_down: bool,
    /// Let a spare replica move to a master that has none.
    pub allow_replica_migration: bool,
    /// Run as a node of a cluster.
    pub enabled: bool,
    /// What clients are told to reach a node by.
    pub preferred_endpoint: EndpointType,
    /// Serve nothing unless every slot has a node.
    pub require_full_coverage: bool,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            allow_pubsubshard_when_down: true,
            allow_reads_when_down: false,
            allow_replica_migration: true,
            enabled: false,
            preferred_endpoint: EndpointType::Ip,
            require_full_coverage: true,
        }
    }
}

/// A node of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterNode {
    /// File in which the node keeps the cluster map.
    pub config_file: String,
    /// Silence after which a node counts as failing. In ms.
    pub timeout_ms: u64,
    /// Port of the cluster bus; 0 is `port` + 10000.
    pub bus_port: u16,
}

impl Default for ClusterNode {
    fn default() -> Self {
        Self { config_file: "nodes.conf".to_owned(), timeout_ms: 15_000, bus_port: 0 }
    }
}

/// Failover and replica migration in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterFailover {
    /// Replicas a master must keep when one moves away.
    pub migration_barrier: u32,
    /// Never promote this replica by itself.
    pub replica_no_failover: bool,
    /// Node timeouts a replica may lag and still be promoted; 0 is any.
    pub replica_validity_factor: u32,
}

impl Default for ClusterFailover {
    fn default() -> Self {
        Self { migration_barrier: 1, replica_no_failover: false, replica_validity_factor: 10 }
    }
}
