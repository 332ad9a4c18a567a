//! Settings of sockets: listening, clients, threads, TLS.
//!
//! Each structure holds a few fields that are used together; its defaults are Redis 7.0.15's,
//! except where the field says otherwise. Which directive sets a field: see `directives`.

use super::values::{OutputBufferLimits, texts};
use crate::choices::TlsAuthClients;

/// Listening on TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Addresses to listen on; a leading `-` lets one be missing, `*` is every interface.
    pub bind: Vec<String>,
    /// TCP port; 0 listens on none.
    pub port: u16,
    /// Serve only local clients while no password is set and no address is bound.
    pub protected_mode: bool,
    /// Connections the kernel queues before they are accepted.
    pub tcp_backlog: u32,
    /// Idle time after which TCP asks a peer whether it is alive; 0 never asks. In seconds.
    pub tcp_keepalive_s: u32,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            bind: texts(&["*", "-::*"]),
            port: 6379,
            protected_mode: true,
            tcp_backlog: 511,
            tcp_keepalive_s: 300,
        }
    }
}

/// Listening on a unix socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unix {
    /// Path of a unix socket to listen on as well.
    pub path: Option<String>,
    /// Group that owns the unix socket.
    pub group: Option<String>,
    /// File mode of the unix socket; 0 leaves it to the umask.
    pub mode: u32,
}

/// The threads that serve clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    /// Threads that serve clients; 0 is one per core. CONFIG GET shows the number in effect.
    pub io_threads: u32,
    /// Cores the serving threads may run on, such as `0-3,8`.
    pub cpu_list: Option<String>,
}

/// Limits on each client and on all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clients {
    /// RESP version of a new connection.
    pub default_resp: u32,
    /// Output a client may leave unread before it is disconnected: class, hard limit, soft limit,
    /// seconds above the soft limit.
    pub output_buffer_limits: OutputBufferLimits,
    /// Bytes of unfinished requests a client may have pending.
    pub query_buffer_limit_bytes: u64,
    /// Connections served at the same time.
    pub maxclients: u32,
    /// Memory all clients' buffers may take together, in bytes or percent of `maxmemory`; 0 sets
    /// no limit.
    pub maxmemory_clients: i64,
    /// Longest single argument of a request.
    pub proto_max_bulk_len_bytes: u64,
    /// Idle time after which a client is disconnected; 0 never. In seconds.
    pub timeout_s: u32,
    /// Keys remembered for client-side caching; beyond it some are invalidated early. 0 sets no
    /// limit.
    pub tracking_table_max_keys: u64,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            default_resp: 2,
            output_buffer_limits: OutputBufferLimits::default(),
            query_buffer_limit_bytes: 1 << 30,
            maxclients: 10_000,
            maxmemory_clients: 0,
            proto_max_bulk_len_bytes: 512 << 20,
            timeout_s: 0,
            tracking_table_max_keys: 1_000_000,
        }
    }
}

/// The compact binary protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binary {
    /// TCP port of the compact binary protocol; 0 listens on none.
    pub port: u16,
    /// Path of a unix socket for it.
    pub path: Option<String>,
}

/// Encrypted connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Whether clients must show a certificate.
    pub auth_clients: TlsAuthClients,
    /// Ciphers up to TLS 1.2.
    pub ciphers: Option<String>,
    /// Ciphers of TLS 1.3.
    pub ciphersuites: Option<String>,
    /// Use TLS between the nodes of a cluster.
    pub cluster: bool,
    /// Port for TLS; 0 listens on none.
    pub port: u16,
    /// Let the server choose the cipher.
    pub prefer_server_ciphers: bool,
    /// TLS versions to offer, such as `TLSv1.2 TLSv1.3`.
    pub protocols: Option<String>,
    /// Use TLS for the link to the master.
    pub replication: bool,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            auth_clients: TlsAuthClients::Yes,
            ciphers: None,
            ciphersuites: None,
            cluster: false,
            port: 0,
            prefer_server_ciphers: false,
            protocols: None,
            replication: false,
        }
    }
}

/// The server's certificates and keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Directory of trusted certificates.
    pub ca_dir: Option<String>,
    /// File of trusted certificates.
    pub ca_file: Option<String>,
    /// The server's certificate.
    pub cert_file: Option<String>,
    /// Diffie-Hellman parameters for old clients.
    pub dh_params_file: Option<String>,
    /// The server's private key.
    pub key_file: Option<String>,
    /// Password of that key.
    pub key_password: Option<String>,
}

/// Certificates of outgoing connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsClient {
    /// Certificate for outgoing connections, if another.
    pub cert_file: Option<String>,
    /// Private key for outgoing connections, if another.
    pub key_file: Option<String>,
    /// Password of that key.
    pub key_password: Option<String>,
}

/// Resuming TLS sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSessions {
    /// Sessions cached; 0 sets no limit.
    pub cache_size: u32,
    /// How long a session stays cached. In seconds.
    pub cache_timeout_s: u32,
    /// Let clients resume sessions.
    pub caching: bool,
}

impl Default for TlsSessions {
    fn default() -> Self {
        Self { cache_size: 20_480, cache_timeout_s: 300, caching: true }
    }
}
