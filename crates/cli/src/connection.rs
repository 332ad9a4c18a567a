//! A connection to a server: bytes out, replies in, interruptible while it waits.
//!
//! Must be true: waiting ends when the flag of [`Stop`] is set, whichever way SIGINT came; and a
//! reply in many pieces is looked at again only when it has grown by a quarter, or nothing more
//! comes for a moment: each look begins at its first byte.
//! Not here: what replies mean, and when to connect anew (`session.rs`).

use std::io::{self, Read, Write};
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use protocol::{DecodeError, Value, binary};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, SockAddr, Socket, TcpKeepalive, Type};

use crate::text::system_text;

/// How often the stop flag is looked at although no signal woke us.
const GLANCE: Duration = Duration::from_millis(200);
/// No more of a reply for so long: then what is there may be all of it.
const LULL: Duration = Duration::from_millis(2);
/// Bytes received in one go.
const CHUNK: usize = 64 * 1024;

/// Set by Ctrl-C; shared by all who wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(pub Arc<AtomicBool>);

impl Stop {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Sleeps, or less if stopped.
    pub(crate) fn sleep(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.is_set() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(GLANCE));
        }
    }
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Tcp(String, i64),
    Unix(PathBuf),
}

impl std::fmt::Display for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(out, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(out, "{host}:{port}"),
            Self::Unix(path) => write!(out, "{}", path.display()),
        }
    }
}

/// The form of requests and replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Resp,
    Binary,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("Server closed the connection")]
    Closed,
    #[error("{}", system_text(.0))]
    Io(#[from] io::Error),
    #[error("Protocol error, {0}")]
    Protocol(#[from] DecodeError),
    /// Ctrl-C while waiting.
    #[error("interrupted")]
    Stopped,
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: Socket,
    wire: Wire,
    input: Vec<u8>,
    /// How much of `input` has been read.
    taken: usize,
    stop: Stop,
}

impl Connection {
    pub(crate) fn open(
        address: &Address,
        wire: Wire,
        patience: Option<Duration>,
        stop: Stop,
    ) -> Result<Self, io::Error> {
        let socket = match address {
            Address::Unix(path) => {
                let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
                socket.connect(&SockAddr::unix(path)?)?;
                socket
            }
            Address::Tcp(host, port) => open_tcp(host, *port, patience)?,
        };
        Ok(Self { socket, wire, input: Vec::new(), taken: 0, stop })
    }

    /// Sends one request.
    pub(crate) fn request(&mut self, words: &[&[u8]]) -> Result<(), Broken> {
        let mut bytes = Vec::new();
        self.write_request(&mut bytes, words);
        self.send(&bytes)
    }

    /// Appends the bytes of one request.
    pub(crate) fn write_request(&self, bytes: &mut Vec<u8>, words: &[&[u8]]) {
        match self.wire {
            Wire::Resp => protocol::write_request(bytes, words),
            Wire::Binary => binary::decode::write_request(bytes, words),
        }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        Ok(self.socket.write_all(bytes)?)
    }

    /// Whether the other side has gone away while we were not looking.
    pub(crate) fn is_gone(&self) -> bool {
        match self.ready(PollFlags::IN, Duration::ZERO) {
            Ok(ready) if ready.contains(PollFlags::IN) => {
                // A message may lie there as well; only an end or an error counts.
                let mut byte = [std::mem::MaybeUninit::uninit()];
                !matches!(self.socket.peek(&mut byte), Ok(1..))
            }
            _ => false,
        }
    }

    /// Sends what the socket takes at once; 0 if it takes nothing now.
    pub(crate) fn send_some(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        match self.socket.send_with_flags(bytes, rustix::net::SendFlags::DONTWAIT.bits() as i32) {
            Ok(count) => Ok(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// One request, one reply.
    pub(crate) fn call(&mut self, words: &[&[u8]]) -> Result<Value, Broken> {
        self.request(words)?;
        loop {
            match self.reply()? {
                Value::Push(_) => {}
                value => return Ok(value),
            }
        }
    }

    /// The next reply or push.
    pub(crate) fn reply(&mut self) -> Result<Value, Broken> {
        loop {
            if let Some(value) = self.decoded()? {
                return Ok(value);
            }
            let looked_at = self.input.len() - self.taken;
            self.fill()?;
            while self.input.len() < looked_at + looked_at / 4
                && self.wait(PollFlags::IN, LULL)?.contains(PollFlags::IN)
            {
                // An end right behind a whole reply shows next time.
                if self.fill().is_err() {
                    break;
                }
            }
        }
    }

    /// The next reply, although Ctrl-C was pressed: for what has been asked for already.
    pub(crate) fn reply_always(&mut self) -> Result<Value, Broken> {
        match self.reply() {
            Err(Broken::Stopped) => {
                // The flag stays set for whoever asks next; this reply is on its way.
                let stop = std::mem::take(&mut self.stop);
                let value = self.reply();
                self.stop = stop;
                value
            }
            other => other,
        }
    }

    /// The next reply that has come whole already, without waiting.
    pub(crate) fn decoded(&mut self) -> Result<Option<Value>, Broken> {
        let bytes = &self.input[self.taken..];
        if bytes.is_empty() {
            return Ok(None);
        }
        let decoded = match self.wire {
            Wire::Resp => protocol::decode(bytes)?,
            Wire::Binary => binary::decode::decode(bytes)?,
        };
        let Some((value, len)) = decoded else { return Ok(None) };
        self.taken += len;
        if self.taken == self.input.len() {
            self.input.clear();
            self.taken = 0;
        }
        Ok(Some(value))
    }

    /// Waits for bytes, and takes all that are there.
    pub(crate) fn fill(&mut self) -> Result<(), Broken> {
        while !self.wait(PollFlags::IN, GLANCE)?.contains(PollFlags::IN) {}
        self.input.drain(..self.taken);
        self.taken = 0;
        let mut chunk = [0; CHUNK];
        let before = self.input.len();
        loop {
            let count = self.socket.read(&mut chunk)?;
            if count == 0 {
                let came = self.input.len() > before;
                return if came { Ok(()) } else { Err(Broken::Closed) };
            }
            self.input.extend_from_slice(&chunk[..count]);
            if count < CHUNK || !self.ready(PollFlags::IN, Duration::ZERO)?.contains(PollFlags::IN)
            {
                return Ok(());
            }
        }
    }

    /// What the socket is ready for, after `time` at most.
    pub(crate) fn wait(&self, what: PollFlags, time: Duration) -> Result<PollFlags, Broken> {
        if self.stop.is_set() {
            return Err(Broken::Stopped);
        }
        let ready = self.ready(what, time)?;
        if self.stop.is_set() { Err(Broken::Stopped) } else { Ok(ready) }
    }

    fn ready(&self, what: PollFlags, time: Duration) -> Result<PollFlags, Broken> {
        let mut polled = [PollFd::new(&self.socket, what)];
        let time = Timespec::try_from(time).map_err(|_| Broken::Stopped)?;
        match poll(&mut polled, Some(&time)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(PollFlags::empty()),
            Err(error) => return Err(Broken::Io(error.into())),
        }
        let ready = polled[0].revents();
        // An error or a hang-up shows itself to whoever reads or writes.
        if ready.intersects(PollFlags::ERR | PollFlags::HUP) { Ok(what) } else { Ok(ready) }
    }

    /// Bytes as they come, for what is no reply: at most `max`.
    pub(crate) fn raw(&mut self, max: usize) -> Result<Vec<u8>, Broken> {
        if self.taken == self.input.len() {
            self.fill()?;
        }
        let end = self.input.len().min(self.taken.saturating_add(max));
        let bytes = self.input[self.taken..end].to_vec();
        self.taken = end;
        Ok(bytes)
    }
}

fn open_tcp(host: &str, port: i64, patience: Option<Duration>) -> Result<Socket, io::Error> {
    let port = u16::try_from(port)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "there is no such port"))?;
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (host, port).to_socket_addrs()? {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        let connected = match patience {
            Some(patience) => socket.connect_timeout(&address.into(), patience),
            None => socket.connect(&address.into()),
        };
        match connected {
            Ok(()) => {
                socket.set_tcp_nodelay(true)?;
                let often = TcpKeepalive::new().with_time(Duration::from_secs(15));
                socket.set_tcp_keepalive(&often.with_interval(Duration::from_secs(5)))?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
