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
mod module;
#[rustfmt::skip]
mod persistence;
#[rustfmt::skip]
mod pubsub;
#[rustfmt::skip]
mod replication;
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
    module::COMMANDS,
    persistence::COMMANDS,
    pubsub::COMMANDS,
    replication::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    transaction::COMMANDS,
];

/// Which command the engine is to carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// AUTH
    Auth,
    /// BGREWRITEAOF
    Bgrewriteaof,
    /// BGSAVE
    Bgsave,
    /// CLIENT CACHING
    ClientCaching,
    /// CLIENT GETNAME
    ClientGetname,
    /// CLIENT GETREDIR
    ClientGetredir,
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
    /// COMMAND INFO
    CommandInfo,
    /// COMMAND LIST
    CommandList,
    /// CONFIG GET
    ConfigGet,
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
    /// FCALL
    Fcall,
    /// FCALL_RO
    FcallRo,
    /// FLUSHALL
    Flushall,
    /// FLUSHDB
    Flushdb,
    /// HELLO
    Hello,
    /// FUNCTION and a subcommand.
    Function(Function),
    /// CLIENT HELP and its like: the container's subcommands.
    Help,
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
    /// LATENCY and a subcommand.
    Latency(Latency),
    /// LOLWUT
    Lolwut,
    /// MEMORY and a subcommand.
    Memory(Memory),
    /// MODULE and a subcommand.
    Module(Module),
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
    /// PUBSUB NUMPAT
    PubsubNumpat,
    /// PUBSUB NUMSUB
    PubsubNumsub,
    /// PUBSUB SHARDCHANNELS
    PubsubShardchannels,
    /// PUBSUB SHARDNUMSUB
    PubsubShardnumsub,
    /// PSYNC
    Psync,
    /// PUNSUBSCRIBE
    Punsubscribe,
    /// QUIT
    Quit,
    /// REPLCONF
    Replconf,
    /// REPLICAOF, SLAVEOF
    Replicaof,
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
    /// SCRIPT KILL
    ScriptKill,
    /// SCRIPT LOAD
    ScriptLoad,
    /// SELECT
    Select,
    /// SHUTDOWN
    Shutdown,
    /// SLOWLOG and a subcommand.
    Slowlog(Slowlog),
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
    /// SYNC
    Sync,
    /// TIME
    Time,
    /// TRACE
    Trace,
    /// UNSUBSCRIBE
    Unsubscribe,
    /// UNWATCH
    Unwatch,
    /// WAIT
    Wait,
    /// WAITAOF
    WaitAof,
    /// WATCH
    Watch,
}

/// The subcommands of SLOWLOG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slowlog {
    /// SLOWLOG GET
    Get,
    /// SLOWLOG LEN
    Len,
    /// SLOWLOG RESET
    Reset,
}

/// The subcommands of FUNCTION.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// FUNCTION DELETE
    Delete,
    /// FUNCTION DUMP
    Dump,
    /// FUNCTION FLUSH
    Flush,
    /// FUNCTION KILL
    Kill,
    /// FUNCTION LIST
    List,
    /// FUNCTION LOAD
    Load,
    /// FUNCTION RESTORE
    Restore,
    /// FUNCTION STATS
    Stats,
}

/// The subcommands of LATENCY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Latency {
    /// LATENCY DOCTOR
    Doctor,
    /// LATENCY GRAPH
    Graph,
    /// LATENCY HISTOGRAM
    Histogram,
    /// LATENCY HISTORY
    History,
    /// LATENCY LATEST
    Latest,
    /// LATENCY RESET
    Reset,
}

/// The subcommands of MEMORY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Memory {
    /// MEMORY DOCTOR
    Doctor,
    /// MEMORY MALLOC-STATS
    MallocStats,
    /// MEMORY PURGE
    Purge,
    /// MEMORY STATS
    Stats,
    /// MEMORY USAGE
    Usage,
}

/// The subcommands of MODULE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Module {
    /// MODULE LIST
    List,
    /// MODULE LOAD
    Load,
    /// MODULE LOADEX
    Loadex,
    /// MODULE UNLOAD
    Unload,
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
