//! Where a server is, how a connection to it is opened, and a simple blocking client.
//!
//! TCP and Unix sockets are one type here (`socket2::Socket`), so the load loop does not know
//! the difference. The blocking client sends one command and waits; it serves preparation
//! (AUTH, SELECT, FLUSHALL) and observation (INFO), never the measured load.

use std::io::{self, Read, Write};
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::time::Duration;

pub use protocol::{Value, write_request};
use protocol::{binary, decode};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::error::BenchError;

/// How long a connection attempt or a blocking command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host name or IP address, and a port.
    Tcp(String, u16),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// A server and what a new connection says to it first.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where the server listens.
    pub address: Address,
    /// The ACL user; used only with a password.
    pub user: Option<String>,
    /// The password for AUTH.
    pub password: Option<String>,
    /// The logical database; 0 sends no SELECT.
    pub db: u32,
    /// Ask for RESP3 with HELLO 3.
    pub resp3: bool,
    /// The binary protocol is spoken there.
    pub binary: bool,
}

impl Target {
    /// A server on the loopback address without a password.
    pub fn local(port: u16) -> Self {
        let address = Address::Tcp("127.0.0.1".into(), port);
        Self { address, user: None, password: None, db: 0, resp3: false, binary: false }
    }

    /// Opens a blocking connection and sends HELLO, AUTH and SELECT as needed.
    ///
    /// # Errors
    /// `BenchError::Io` when nobody answers, `BenchError::Refused` when the server says no.
    pub fn connect(&self) -> Result<Client, BenchError> {
        let socket = self.open().map_err(BenchError::io(format!("connect to {self}")))?;
        let mut client = Client { socket, input: Vec::new(), is_binary: self.binary };
        if let Some(password) = &self.password {
            match &self.user {
                Some(user) => client.must(&["AUTH", user, password])?,
                None => client.must(&["AUTH", password])?,
            };
        }
        if self.resp3 {
            client.must(&["HELLO", "3"])?;
        }
        if self.db != 0 {
            client.must(&["SELECT", &self.db.to_string()])?;
        }
        Ok(client)
    }

    fn open(&self) -> io::Result<Socket> {
        let socket = match &self.address {
            Address::Unix(path) => {
                let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
                socket.connect(&SockAddr::unix(path)?)?;
                socket
            }
            Address::Tcp(host, port) => {
                let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
                let mut opened = None;
                for address in (host.as_str(), *port).to_socket_addrs()? {
                    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
                    match socket.connect_timeout(&address.into(), PATIENCE) {
                        Ok(()) => {
                            socket.set_tcp_nodelay(true)?;
                            opened = Some(socket);
                            break;
                        }
                        Err(error) => last = error,
                    }
                }
                opened.ok_or(last)?
            }
        };
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket)
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.address {
            Address::Tcp(host, port) => write!(out, "{host}:{port}"),
            Address::Unix(path) => write!(out, "{}", path.display()),
        }
    }
}

/// A blocking connection.
#[derive(Debug)]
pub struct Client {
    socket: Socket,
    input: Vec<u8>,
    is_binary: bool,
}

impl Client {
    /// Gives the socket to the load loop.
    pub fn into_socket(self) -> Socket {
        self.socket
    }

    /// Sends one command and waits for its reply, which may be an error.
    ///
    /// # Errors
    /// `BenchError::Io` or `Closed` when the connection breaks, `Protocol` when it talks nonsense.
    pub fn call(&mut self, words: &[&str]) -> Result<Value, BenchError> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let mut request = Vec::new();
        if self.is_binary {
            binary::decode::write_request(&mut request, &words);
        } else {
            write_request(&mut request, &words);
        }
        self.send(&request)
    }

    /// Sends the bytes of one request and waits for its reply.
    ///
    /// # Errors
    /// As `call`.
    pub fn send(&mut self, request: &[u8]) -> Result<Value, BenchError> {
        self.socket.write_all(request).map_err(BenchError::io("send"))?;
        let mut chunk = [0; 16 * 1024];
        loop {
            let count = self.socket.read(&mut chunk).map_err(BenchError::io("receive"))?;
            if count == 0 {
                return Err(BenchError::Closed);
            }
            self.input.extend_from_slice(&chunk[..count]);
            let decoded = if self.is_binary {
                binary::decode::decode(&self.input)
            } else {
                decode(&self.input)
            };
            let decoded = decoded.map_err(|_| BenchError::protocol(&self.input))?;
            if let Some((value, length)) = decoded {
                self.input.drain(..length);
                return Ok(value);
            }
        }
    }

    /// As `call`, but an error reply is an error.
    ///
    /// # Errors
    /// Those of `call`, and `BenchError::Refused`.
    pub fn must(&mut self, words: &[&str]) -> Result<Value, BenchError> {
        match self.call(words)? {
            Value::Error(text) => {
                let command = words.first().copied().unwrap_or_default().to_owned();
                let reply = String::from_utf8_lossy(&text).into_owned();
                Err(BenchError::Refused { command, reply })
            }
            reply => Ok(reply),
        }
    }
}

/// The text of a string reply; empty for every other kind.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Status(text) | Value::Bulk(text) | Value::Verbatim(_, text) => {
            String::from_utf8_lossy(text).into_owned()
        }
        _ => String::new(),
    }
}
