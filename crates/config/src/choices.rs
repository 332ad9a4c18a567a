//! The enumerations of `Settings`: directives whose value is one word of a short list.
//!
//! Each type knows its words in Redis's order (the order of the error text). Several words may
//! mean the same variant; the first of them is the one shown by CONFIG GET.

use crate::value::{Field, Value};

/// Declares an enumeration together with its words.
macro_rules! choice {
    (
        $(#[$about:meta])*
        $name:ident, default $default:ident;
        $($(#[$doc:meta])* $variant:ident),+;
        $($word:literal => $meaning:ident),+
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// Every accepted word, in the order error texts list them.
            pub const WORDS: &'static [&'static str] = &[$($word),+];
            const MEANINGS: &'static [(&'static str, Self)] = &[$(($word, Self::$meaning)),+];

            /// The word CONFIG GET shows.
            pub fn word(self) -> &'static str {
                Self::MEANINGS.iter().find(|(_, it)| *it == self).map_or("", |(word, _)| word)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        }

        impl Field for $name {
            fn to_value(&self) -> Value {
                Value::Word(self.word())
            }

            fn assign(&mut self, value: Value) {
                if let Value::Word(new) = value
                    && let Some((_, it)) = Self::MEANINGS.iter().find(|(word, _)| *word == new)
                {
                    *self = *it;
                }
            }
        }
    };
}

choice! {
    /// Which key goes when `maxmemory` is reached.
    EvictionPolicy, default NoEviction;
    /// Least recently used among keys with an expiry.
    VolatileLru,
    /// Least frequently used among keys with an expiry.
    VolatileLfu,
    /// Any key with an expiry.
    VolatileRandom,
    /// The key with the nearest expiry.
    VolatileTtl,
    /// Least recently used of all keys.
    AllKeysLru,
    /// Least frequently used of all keys.
    AllKeysLfu,
    /// Any key.
    AllKeysRandom,
    /// None: writes that need memory fail.
    NoEviction;
    "volatile-lru" => VolatileLru, "volatile-lfu" => VolatileLfu,
    "volatile-random" => VolatileRandom, "volatile-ttl" => VolatileTtl,
    "allkeys-lru" => AllKeysLru, "allkeys-lfu" => AllKeysLfu,
    "allkeys-random" => AllKeysRandom, "noeviction" => NoEviction
}

choice! {
    /// When the append-only file is flushed to disk.
    AppendFsync, default EverySecond;
    /// About once a second, in the background.
    EverySecond,
    /// Before the reply is sent.
    Always,
    /// Whenever the operating system likes.
    No;
    "everysec" => EverySecond, "always" => Always, "no" => No
}

choice! {
    /// The least important message that is still logged.
    LogLevel, default Notice;
    /// Everything.
    Debug,
    /// Many rarely useful messages.
    Verbose,
    /// What an operator wants to see.
    Notice,
    /// Only what needs attention.
    Warning;
    "debug" => Debug, "verbose" => Verbose, "notice" => Notice, "warning" => Warning
}

choice! {
    /// Which supervisor is told that the server is ready.
    Supervised, default No;
    /// Upstart: raise SIGSTOP when ready.
    Upstart,
    /// systemd: write to NOTIFY_SOCKET.
    Systemd,
    /// Whichever of the two the environment names.
    Auto,
    /// None.
    No;
    "upstart" => Upstart, "systemd" => Systemd, "auto" => Auto, "no" => No
}

choice! {
    /// How a replica loads a full synchronisation straight from the socket.
    ReplDisklessLoad, default Disabled;
    /// It does not: the snapshot goes to a file first.
    Disabled,
    /// Only when it holds no data.
    OnEmptyDb,
    /// Beside the old data, which serves until the new is complete.
    SwapDb;
    "disabled" => Disabled, "on-empty-db" => OnEmptyDb, "swapdb" => SwapDb
}

choice! {
    /// Whether TLS clients must show a certificate.
    TlsAuthClients, default Yes;
    /// Not asked for.
    No,
    /// Required and verified.
    Yes,
    /// Verified if shown.
    Optional;
    "no" => No, "yes" => Yes, "optional" => Optional
}

choice! {
    /// How the kernel's out-of-memory score is adjusted.
    OomScoreAdj, default No;
    /// Left alone.
    No,
    /// Values are added to the score the process started with.
    Relative,
    /// Values are written as they are.
    Absolute;
    "no" => No, "yes" => Relative, "relative" => Relative, "absolute" => Absolute
}

choice! {
    /// The Pub/Sub channels a new ACL user may use.
    AclPubsubDefault, default ResetChannels;
    /// All of them.
    AllChannels,
    /// None.
    ResetChannels;
    "allchannels" => AllChannels, "resetchannels" => ResetChannels
}

choice! {
    /// Who may use a dangerous command or directive.
    ProtectedAction, default No;
    /// Nobody.
    No,
    /// Every client.
    Yes,
    /// Clients on the same machine (loopback or unix socket).
    Local;
    "no" => No, "yes" => Yes, "local" => Local
}

choice! {
    /// What CLUSTER SLOTS and redirections name a node by.
    EndpointType, default Ip;
    /// Its address.
    Ip,
    /// Its announced host name.
    Hostname,
    /// Nothing: the client reuses the endpoint it knows.
    UnknownEndpoint;
    "ip" => Ip, "hostname" => Hostname, "unknown-endpoint" => UnknownEndpoint
}
