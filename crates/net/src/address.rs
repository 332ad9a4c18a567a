//! Where to listen.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use protocol::Version;
use thiserror::Error;

/// A place to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A TCP address; `optional` ones (written with a leading `-`) may be missing on this machine.
    Tcp {
        /// The address.
        address: SocketAddr,
        /// Whether failing to listen there is no error.
        optional: bool,
        /// What is spoken there at first.
        speaks: Version,
    },
    /// A unix socket and its permissions (0: as the umask says).
    Unix {
        /// Its path.
        path: PathBuf,
        /// Mode bits.
        mode: u32,
        /// What is spoken there at first.
        speaks: Version,
    },
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { address, .. } => write!(f, "{address}"),
            Self::Unix { path, .. } => write!(f, "{}", path.display()),
        }
    }
}

/// An endpoint cannot be listened at.
#[derive(Debug, Error)]
#[error("Could not create server listening socket {endpoint}: {source}")]
pub struct BindError {
    /// Which.
    pub endpoint: String,
    /// Why.
    pub source: io::Error,
}

impl Endpoint {
    /// What is spoken there at first.
    pub fn speaks(&self) -> Version {
        match self {
            Self::Tcp { speaks, .. } | Self::Unix { speaks, .. } => *speaks,
        }
    }

    /// The endpoints of a `bind` directive's word (`127.0.0.1`, `-::1`, `*`, `-::*`, a host name).
    ///
    /// # Errors
    /// The name means no address.
    pub fn of_bind(word: &str, port: u16, speaks: Version) -> Result<Vec<Self>, BindError> {
        let (optional, host) = match word.strip_prefix('-') {
            Some(host) => (true, host),
            None => (false, word),
        };
        let host = match host {
            "*" => "0.0.0.0",
            "::*" => "::",
            host => host,
        };
        let addresses = (host, port).to_socket_addrs();
        match addresses {
            Ok(addresses) => {
                let endpoint = |address| Self::Tcp { address, optional, speaks };
                Ok(addresses.take(1).map(endpoint).collect())
            }
            Err(_) if optional => Ok(Vec::new()),
            Err(source) => Err(BindError { endpoint: format!("{word}:{port}"), source }),
        }
    }
}
