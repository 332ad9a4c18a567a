//! Settings of the process, its logs, its users and its scripts.
//!
//! Each structure holds a few fields that are used together; its defaults are Redis 7.0.15's,
//! except where the field says otherwise. Which directive sets a field: see `directives`.

use super::values::{NotifyEvents, ShutdownOptions};
use crate::choices::{AclPubsubDefault, LogLevel, OomScoreAdj, ProtectedAction, Supervised};

/// The process as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Go on in the background.
    pub daemonize: bool,
    /// Number of databases that SELECT chooses from.
    pub databases: u32,
    /// Directory of snapshots and append-only files; the server works there.
    pub dir: String,
    /// Rounds of housekeeping; taken into 1 to 500.
    pub hz: u32,
    /// File to write the process number to.
    pub pid_file: Option<String>,
    /// Which supervisor is told that the server is ready.
    pub supervised: Supervised,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            daemonize: false,
            databases: 16,
            dir: ".".to_owned(),
            hz: 10,
            pid_file: None,
            supervised: Supervised::No,
        }
    }
}

/// The kernel's out-of-memory killer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oom {
    /// Adjust how readily the kernel kills the process when memory runs out.
    pub adjust: OomScoreAdj,
    /// Scores of a master, a replica and a background process.
    pub values: [i32; 3],
}

impl Default for Oom {
    fn default() -> Self {
        Self { adjust: OomScoreAdj::No, values: [0, 200, 800] }
    }
}

/// How the server stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// How SIGINT stops the server: default, or any of save, nosave, now, force.
    pub on_sigint: ShutdownOptions,
    /// How SIGTERM stops the server, likewise.
    pub on_sigterm: ShutdownOptions,
    /// How long a stopping master waits for lagging replicas. In seconds.
    pub timeout_s: u32,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            on_sigint: ShutdownOptions::default(),
            on_sigterm: ShutdownOptions::default(),
            timeout_s: 10,
        }
    }
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// Log what is known about a crash.
    pub crash_log: bool,
    /// Keep keys and values out of the log.
    pub hide_user_data: bool,
    /// File to log to; empty is standard output.
    pub file: String,
    /// Least important message that is logged.
    pub level: LogLevel,
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            crash_log: true,
            hide_user_data: false,
            file: String::new(),
            level: LogLevel::Notice,
        }
    }
}

/// Measuring latency.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// Duration from which LATENCY records an event; 0 records none. In ms.
    pub monitor_threshold_ms: u64,
    /// Keep a latency histogram of each command.
    pub tracking: bool,
    /// Percentiles of each command's latency that INFO shows.
    pub info_percentiles: Vec<f64>,
}

impl Default for Latency {
    fn default() -> Self {
        Self { monitor_threshold_ms: 0, tracking: true, info_percentiles: vec![50.0, 99.0, 99.9] }
    }
}

/// The log of slow commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slowlog {
    /// Duration from which a command is remembered as slow; 0 is all, -1 none. In microseconds.
    pub slower_than_us: i64,
    /// Slow commands remembered.
    pub max_len: u64,
}

impl Default for Slowlog {
    fn default() -> Self {
        Self { slower_than_us: 10_000, max_len: 128 }
    }
}

/// Keyspace notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notifications {
    /// Changes announced over Pub/Sub: K or E for the kind of channel, and g$lshzxetdmn or A for
    /// the events.
    pub events: NotifyEvents,
}

/// Users and passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    /// Channels a new user may use.
    pub pubsub_default: AclPubsubDefault,
    /// File of users; empty keeps them in redis.conf.
    pub file: String,
    /// Refusals that ACL LOG remembers.
    pub log_max_len: u64,
    /// Password of the default user.
    pub requirepass: Option<String>,
}

impl Default for Acl {
    fn default() -> Self {
        Self {
            pubsub_default: AclPubsubDefault::ResetChannels,
            file: String::new(),
            log_max_len: 128,
            requirepass: None,
        }
    }
}

/// Who may do dangerous things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// Who may use DEBUG.
    pub debug_command: ProtectedAction,
    /// Who may use MODULE.
    pub module_command: ProtectedAction,
    /// Who may set `dir` and `dbfilename` at run time.
    pub configs: ProtectedAction,
}

/// Scripts and functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripts {
    /// Duration after which other clients are told that a script is busy. In ms.
    pub busy_reply_threshold_ms: u64,
}

impl Default for Scripts {
    fn default() -> Self {
        Self { busy_reply_threshold_ms: 5000 }
    }
}

/// Pauses and intervals for tests of the server itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testing {
    /// Pause after each key when loading; negative pauses once in so many keys. In microseconds.
    pub key_load_delay_us: i32,
    /// Bytes loaded between looks at clients. In bytes.
    pub loading_events_interval_bytes: u64,
    /// Pause after each key when saving; negative pauses once in so many keys. In microseconds.
    pub key_save_delay_us: i32,
}

impl Default for Testing {
    fn default() -> Self {
        Self { key_load_delay_us: 0, loading_events_interval_bytes: 2 << 20, key_save_delay_us: 0 }
    }
}
