//! Every setting of a server, typed, in groups of a few fields that are used together.
//!
//! A plain value: clone it, change the clone, swap it in. Defaults are those of Redis 7.0.15
//! with three exceptions, called durable defaults in the manual: `appendonly` is yes,
//! `io-threads` is one per core, and `dir` is "." until the server makes it absolute.
//!
//! Must be true: a field holds only what its directive accepts; only `directives` writes text.
//!
//! Not here: anything a running server learns or counts (its role, its users, its memory).

mod distribution;
mod network;
mod process;
mod storage;
mod values;
mod version;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::available_parallelism;

use crate::Reason;

pub use distribution::{
    Announce, Cluster, ClusterFailover, ClusterNode, FullSync, Link, Replica, Replicas,
};
pub use network::{Binary, Clients, Network, Threads, Tls, TlsClient, TlsFiles, TlsSessions, Unix};
pub use process::{
    Acl, Latency, Logging, Notifications, Oom, Process, Protected, Scripts, Shutdown, Slowlog,
    Testing,
};
pub use storage::{Aof, AofFiles, AofRewrite, Encodings, Eviction, Lazyfree, Memory, Snapshot};
pub use values::{
    Master, NotifyEvents, OutputBufferLimit, OutputBufferLimits, SavePoint, ShutdownOptions,
};
pub use version::{Compatibility, RedisVersion};

/// The housekeeping rounds per second that are allowed, whatever `hz` says.
const HZ: (u32, u32) = (1, 500);

/// The smallest log kept for replicas, whatever `repl-backlog-size` says.
const BACKLOG_BYTES_MIN: u64 = 16 << 10;

/// Every setting. See the module's page for what it is not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Listening on TCP.
    pub network: Network,
    /// Listening on a unix socket.
    pub unix: Unix,
    /// The threads that serve clients.
    pub threads: Threads,
    /// Limits on each client and on all of them.
    pub clients: Clients,
    /// The compact binary protocol.
    pub binary: Binary,
    /// Encrypted connections.
    pub tls: Tls,
    /// The server's certificates and keys.
    pub tls_files: TlsFiles,
    /// Certificates of outgoing connections.
    pub tls_client: TlsClient,
    /// Resuming TLS sessions.
    pub tls_sessions: TlsSessions,
    /// How much memory data may take.
    pub memory: Memory,
    /// How the keys to evict are found.
    pub eviction: Eviction,
    /// What is freed in the background.
    pub lazyfree: Lazyfree,
    /// Limits up to which small values stay packed.
    pub encodings: Encodings,
    /// The append-only file.
    pub aof: Aof,
    /// Names of append-only files.
    pub aof_files: AofFiles,
    /// When the append-only file is rewritten by itself.
    pub aof_rewrite: AofRewrite,
    /// Snapshot files.
    pub snapshot: Snapshot,
    /// The link between a master and a replica.
    pub link: Link,
    /// A master's side of replication.
    pub replicas: Replicas,
    /// A replica's side of replication.
    pub replica: Replica,
    /// How a master sends its whole dataset.
    pub full_sync: FullSync,
    /// What the server says about itself to others.
    pub announce: Announce,
    /// What a cluster serves.
    pub cluster: Cluster,
    /// A node of a cluster.
    pub cluster_node: ClusterNode,
    /// Failover and replica migration in a cluster.
    pub cluster_failover: ClusterFailover,
    /// The process as a whole.
    pub process: Process,
    /// The kernel's out-of-memory killer.
    pub oom: Oom,
    /// How the server stops.
    pub shutdown: Shutdown,
    /// The log.
    pub logging: Logging,
    /// Measuring latency.
    pub latency: Latency,
    /// The log of slow commands.
    pub slowlog: Slowlog,
    /// Keyspace notifications.
    pub notifications: Notifications,
    /// Users and passwords.
    pub acl: Acl,
    /// Who may do dangerous things.
    pub protected: Protected,
    /// Scripts and functions.
    pub scripts: Scripts,
    /// Which Redis is followed.
    pub compatibility: Compatibility,
    /// Pauses and intervals for tests of the server itself.
    pub testing: Testing,
    /// What only a file can say, for the server to carry out when it starts.
    pub startup: Startup,
    /// Directives that mean nothing here, as they were set: name to text.
    pub(crate) accepted: BTreeMap<&'static str, String>,
}

/// Lines of the configuration file that are orders rather than values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// `rename-command FROM TO`: two words; an empty second word removes the command.
    pub renamed_commands: Vec<Order>,
    /// `user NAME RULE...`: the name and the rules.
    pub users: Vec<Order>,
    /// `loadmodule PATH ARGUMENT...`: the path and the arguments.
    pub modules: Vec<Order>,
    /// `MODULE.NAME VALUE...`: the name and the values.
    pub module_options: Vec<Order>,
}

/// One such line, and where it stood, for the message if it cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The words after the directive; for `module_options` all words.
    pub words: Vec<Vec<u8>>,
    /// The file, or `None` for standard input and command-line options.
    pub file: Option<PathBuf>,
    /// The line, counted from 1.
    pub line: usize,
    /// The line without surrounding blanks.
    pub text: String,
}

impl Settings {
    /// Threads that serve clients: `io-threads`, or one per core if that is 0.
    pub fn thread_count(&self) -> usize {
        match self.threads.io_threads {
            0 => available_parallelism().map_or(1, usize::from),
            count => count as usize,
        }
    }

    /// Port of the cluster bus: `cluster-port`, or 10000 above the port clients use.
    pub fn cluster_bus_port(&self) -> u32 {
        let clients = if self.tls.cluster { self.tls.port } else { self.network.port };
        match self.cluster_node.bus_port {
            0 => u32::from(clients) + 10_000,
            port => u32::from(port),
        }
    }

    /// Takes values that are hints into the range that is carried out.
    pub(crate) fn normalise(&mut self) {
        self.process.hz = self.process.hz.clamp(HZ.0, HZ.1);
        let backlog = &mut self.replicas.backlog_size_bytes;
        *backlog = (*backlog).max(BACKLOG_BYTES_MIN);
    }

    /// Refuses settings that are good one by one but contradict each other.
    pub(crate) fn check(&self) -> Result<(), Reason> {
        if self.cluster.enabled && self.link.replica_of.is_some() {
            return Err(Reason::Rule("replicaof directive not allowed in cluster mode"));
        }
        Ok(())
    }
}
