//! What can stop a benchmark: the world (sockets, servers) or a wrong argument.
//!
//! A server's error reply is not in here: it is an observation, counted by `replies.rs`.

use std::io;

/// Why a run could not be made or finished.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A connection could not be made, or broke.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The server answered an AUTH, SELECT or other preparing command with an error.
    #[error("{command}: {reply}")]
    Refused {
        /// The command's name.
        command: String,
        /// The server's error text.
        reply: String,
    },
    /// The server sent something that is not RESP.
    #[error("not a RESP reply: {0:?}")]
    Protocol(String),
    /// The server closed a connection in the middle of a run.
    #[error("the server closed the connection")]
    Closed,
    /// No reply arrived for a long time although requests were waiting.
    #[error("no reply for {0} seconds")]
    Silent(u64),
    /// An argument makes no sense.
    #[error("{0}")]
    Usage(String),
}

impl BenchError {
    /// A function that wraps an `io::Error` with what was attempted.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.into(), source }
    }

    /// The bytes that could not be read as RESP, shortened.
    #[cold]
    pub fn protocol(bytes: &[u8]) -> Self {
        let shown = &bytes[..bytes.len().min(60)];
        Self::Protocol(String::from_utf8_lossy(shown).into_owned())
    }
}
