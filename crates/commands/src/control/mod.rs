//! The commands whose bodies live in the engine: their rows, and the enum that names them.
//!
//! The engine matches on `Control` exhaustively, so a documented command without a body does not
//! compile. One variant for each row that is not a mere container; a test holds the two together.

use crate::spec::{Body, Spec};

#[rustfmt::skip]
mod client;
#[rustfmt::skip]
mod config;
#[rustfmt::skip]
mod connection;
#[rustfmt::skip]
mod dump;
#[rustfmt::skip]
mod himport;
#[rustfmt::skip]
mod introspect;
#[rustfmt::skip]
mod memory;
#[rustfmt::skip]
mod persistence;
#[rustfmt::skip]
mod pubsub;
#[rustfmt::skip]
mod scripting;
#[rustfmt::skip]
mod server;
#[rustfmt::skip]
mod transaction;

/// The rows of each family.
pub(crate) const FAMILIES: &[&[Spec]] = &[
    client::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    dump::COMMANDS,
    himport::COMMANDS,
    introspect::COMMANDS,
    memory::COMMANDS,
    persistence::COMMANDS,
    pubsub::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    transaction::COMMANDS,
];

/// Which command the engine is to carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// AUTH
    Auth,
    /// BGSAVE
    Bgsave,
    /// CLIENT CACHING
    ClientCaching,
    /// CLIENT GETNAME
    ClientGetname,
    /// CLIENT GETREDIR
    ClientGetredir,
    /// CLIENT HELP
    ClientHelp,
    /// CLIENT ID
    ClientId,
    /// CLIENT INFO
    ClientInfo,
    /// CLIENT KILL
    ClientKill,
    /// CLIENT LIST
    ClientList,
    /// CLIENT NO-EVICT
    ClientNoEvict,
    /// CLIENT NO-TOUCH
    ClientNoTouch,
    /// CLIENT PAUSE
    ClientPause,
    /// CLIENT REPLY
    ClientReply,
    /// CLIENT SETINFO
    ClientSetinfo,
    /// CLIENT SETNAME
    ClientSetname,
    /// CLIENT TRACKING
    ClientTracking,
    /// CLIENT TRACKINGINFO
    ClientTrackinginfo,
    /// CLIENT UNBLOCK
    ClientUnblock,
    /// CLIENT UNPAUSE
    ClientUnpause,
    /// COMMAND
    Command,
    /// COMMAND COUNT
    CommandCount,
    /// COMMAND DOCS
    CommandDocs,
    /// COMMAND GETKEYS
    CommandGetkeys,
    /// COMMAND GETKEYSANDFLAGS
    CommandGetkeysandflags,
    /// COMMAND HELP
    CommandHelp,
    /// COMMAND INFO
    CommandInfo,
    /// COMMAND LIST
    CommandList,
    /// CONFIG GET
    ConfigGet,
    /// CONFIG HELP
    ConfigHelp,
    /// CONFIG RESETSTAT
    ConfigResetstat,
    /// CONFIG REWRITE
    ConfigRewrite,
    /// CONFIG SET
    ConfigSet,
    /// DEBUG
    Debug,
    /// DISCARD
    Discard,
    /// DUMP
    Dump,
    /// ECHO
    Echo,
    /// EVAL
    Eval,
    /// EVAL_RO
    EvalRo,
    /// EVALSHA
    Evalsha,
    /// EVALSHA_RO
    EvalshaRo,
    /// EXEC
    Exec,
    /// FLUSHALL
    Flushall,
    /// FLUSHDB
    Flushdb,
    /// FUNCTION FLUSH
    FunctionFlush,
    /// HELLO
    Hello,
    /// HIMPORT DISCARD
    HimportDiscard,
    /// HIMPORT DISCARDALL
    HimportDiscardall,
    /// HIMPORT PREPARE
    HimportPrepare,
    /// HIMPORT SET
    HimportSet,
    /// INFO
    Info,
    /// LASTSAVE
    Lastsave,
    /// LATENCY DOCTOR
    LatencyDoctor,
    /// LATENCY GRAPH
    LatencyGraph,
    /// LATENCY HELP
    LatencyHelp,
    /// LATENCY HISTOGRAM
    LatencyHistogram,
    /// LATENCY HISTORY
    LatencyHistory,
    /// LATENCY LATEST
    LatencyLatest,
    /// LATENCY RESET
    LatencyReset,
    /// LOLWUT
    Lolwut,
    /// MEMORY DOCTOR
    MemoryDoctor,
    /// MEMORY HELP
    MemoryHelp,
    /// MEMORY MALLOC-STATS
    MemoryMallocStats,
    /// MEMORY PURGE
    MemoryPurge,
    /// MEMORY STATS
    MemoryStats,
    /// MEMORY USAGE
    MemoryUsage,
    /// MONITOR
    Monitor,
    /// MULTI
    Multi,
    /// PING
    Ping,
    /// PSUBSCRIBE
    Psubscribe,
    /// PUBLISH
    Publish,
    /// PUBSUB CHANNELS
    PubsubChannels,
    /// PUBSUB HELP
    PubsubHelp,
    /// PUBSUB NUMPAT
    PubsubNumpat,
    /// PUBSUB NUMSUB
    PubsubNumsub,
    /// PUBSUB SHARDCHANNELS
    PubsubShardchannels,
    /// PUBSUB SHARDNUMSUB
    PubsubShardnumsub,
    /// PUNSUBSCRIBE
    Punsubscribe,
    /// QUIT
    Quit,
    /// RESET
    Reset,
    /// RESTORE
    Restore,
    /// ROLE
    Role,
    /// SAVE
    Save,
    /// SCRIPT DEBUG
    ScriptDebug,
    /// SCRIPT EXISTS
    ScriptExists,
    /// SCRIPT FLUSH
    ScriptFlush,
    /// SCRIPT HELP
    ScriptHelp,
    /// SCRIPT KILL
    ScriptKill,
    /// SCRIPT LOAD
    ScriptLoad,
    /// SELECT
    Select,
    /// SHUTDOWN
    Shutdown,
    /// SLOWLOG GET
    SlowlogGet,
    /// SLOWLOG HELP
    SlowlogHelp,
    /// SLOWLOG LEN
    SlowlogLen,
    /// SLOWLOG RESET
    SlowlogReset,
    /// SPUBLISH
    Spublish,
    /// SSUBSCRIBE
    Ssubscribe,
    /// SUBSCRIBE
    Subscribe,
    /// SUNSUBSCRIBE
    Sunsubscribe,
    /// SWAPDB
    Swapdb,
    /// TIME
    Time,
    /// UNSUBSCRIBE
    Unsubscribe,
    /// UNWATCH
    Unwatch,
    /// WAIT
    Wait,
    /// WATCH
    Watch,
}

/// The row of a command whose body is in the engine.
const fn command(name: &'static str, syntax: &'static str, control: Control) -> Spec {
    Spec::new(name, syntax, Body::Control(control))
}

/// The row of a subcommand whose body is in the engine.
const fn sub(
    container: &'static str,
    name: &'static str,
    syntax: &'static str,
    control: Control,
) -> Spec {
    Spec::sub(container, name, syntax, Body::Control(control))
}
