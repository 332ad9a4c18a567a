//! What can be said of a command (`u32`) and of a key it names (`u16`), one bit each.
//!
//! Names and meanings are those of COMMAND INFO; `docs.rs` holds the texts. The two kinds have
//! different types so that a row cannot take one for the other.

/// The command changes the keyspace.
pub const WRITE: u32 = 1 << 0;
/// The command only reads the keyspace.
pub const READONLY: u32 = 1 << 1;
/// The command may need more memory: refused when over `maxmemory`.
pub const DENYOOM: u32 = 1 << 2;
/// The command comes from a loaded module.
pub const MODULE: u32 = 1 << 3;
/// The command administers the server.
pub const ADMIN: u32 = 1 << 4;
/// The command belongs to publish/subscribe.
pub const PUBSUB: u32 = 1 << 5;
/// The command is refused in scripts.
pub const NOSCRIPT: u32 = 1 << 6;
/// The command may make its session wait.
pub const BLOCKING: u32 = 1 << 7;
/// The command runs while the data set is being loaded.
pub const LOADING: u32 = 1 << 8;
/// The command runs on a replica whose data is known to be stale.
pub const STALE: u32 = 1 << 9;
/// The command is not shown to MONITOR.
pub const SKIP_MONITOR: u32 = 1 << 10;
/// The command is not entered in the slow log.
pub const SKIP_SLOWLOG: u32 = 1 << 11;
/// The command behaves as if ASKING had come before it.
pub const ASKING: u32 = 1 << 12;
/// The command takes O(1) or O(log N) time.
pub const FAST: u32 = 1 << 13;
/// The command needs no authentication.
pub const NO_AUTH: u32 = 1 << 14;
/// The command may reach the log although it is not a write.
pub const MAY_REPLICATE: u32 = 1 << 15;
/// The command exists on a Sentinel too.
pub const SENTINEL: u32 = 1 << 16;
/// The command exists on a Sentinel only.
pub const ONLY_SENTINEL: u32 = 1 << 17;
/// The command has keys, but may be called without any.
pub const NO_MANDATORY_KEYS: u32 = 1 << 18;
/// The command is enabled only by its own setting (DEBUG, MODULE).
pub const PROTECTED: u32 = 1 << 19;
/// The command is refused while a replica swaps in a data set it is receiving.
pub const NO_ASYNC_LOADING: u32 = 1 << 20;
/// The command is refused inside MULTI.
pub const NO_MULTI: u32 = 1 << 21;
/// The first/last/step triple does not name all the keys. Derived; no row sets it.
pub const MOVABLE_KEYS: u32 = 1 << 22;
/// The command runs while a script has gone on for too long.
pub const ALLOW_BUSY: u32 = 1 << 23;
/// The command may touch keys that it does not name.
pub const TOUCHES_ARBITRARY_KEYS: u32 = 1 << 24;

/// Some arguments are routed like keys without being any. Derived; no row sets it.
pub const ROUTED: u32 = 1 << 25;
/// The command is `FAST`, or its cost is O(1): the time of several in a row may be measured
/// together. Derived; no row sets it.
pub const BRIEF: u32 = 1 << 26;

/// The value is read, never changed.
pub const RO: u16 = 1 << 0;
/// The value is read and changed, or changed in part.
pub const RW: u16 = 1 << 1;
/// The value is overwritten whatever it was.
pub const OW: u16 = 1 << 2;
/// The key is removed.
pub const RM: u16 = 1 << 3;
/// The value's content shows in the reply or in another key.
pub const ACCESS: u16 = 1 << 4;
/// The value's content changes.
pub const UPDATE: u16 = 1 << 5;
/// Content is added, none that was there changes.
pub const INSERT: u16 = 1 << 6;
/// Content, or the key, is deleted on purpose.
pub const DELETE: u16 = 1 << 7;
/// Routed like a key, but not one (the channel of SPUBLISH).
pub const NOT_KEY: u16 = 1 << 8;
/// The key spec may miss keys.
pub const INCOMPLETE: u16 = 1 << 9;
/// Which of the other flags hold depends on the arguments.
pub const VARIABLE_FLAGS: u16 = 1 << 10;
