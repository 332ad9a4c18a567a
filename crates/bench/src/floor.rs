//! The floor: a server of the shape of the real one that only counts commands.
//!
//! One thread, one edge-triggered loop, one receive into a buffer shared by all connections,
//! the least scan that finds where well-formed requests end, one constant reply for each,
//! one send for the batch. No table, no parsing of arguments, no checks: whatever a real server
//! spends beyond this is its own doing, whatever it spends below is the kernel's.
//! Reply sizes are right for the workloads of bench-compare, decided by the command's first letter.
//!
//! Invariant: `rest` of a connection holds the bytes of at most one incomplete request.
//! Not here: replies that depend on data; errors, except that malformed input ends a connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::error::BenchError;
use crate::template::filler;

const LISTENER: Token = Token(usize::MAX);
/// Bytes received at once; a longer request grows the buffer.
const INBOX_SIZE: usize = 256 * 1024;

/// Which reply is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// As fits the first letter of the command.
    ByLetter,
    /// A value for everything.
    Get,
    /// `+OK` for everything.
    Set,
}

/// A floor server.
#[derive(Debug)]
pub struct Floor {
    poll: Poll,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    /// Free places in `connections`.
    free: Vec<usize>,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    replies: Replies,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// The beginning of a request whose end has not come.
    rest: Vec<u8>,
    /// What the socket did not take.
    unsent: Vec<u8>,
}

#[derive(Debug)]
struct Replies {
    reply: Reply,
    value: Vec<u8>,
}

impl Replies {
    #[inline]
    fn to(&self, letter: u8) -> &[u8] {
        match (self.reply, letter | 0x20) {
            (Reply::Get, _) | (Reply::ByLetter, b'g') => &self.value,
            (Reply::Set, _) | (Reply::ByLetter, b's' | b'm' | b'f') => b"+OK\r\n",
            (_, b'p') => b"+PONG\r\n",
            _ => b":1\r\n",
        }
    }
}

enum Fate {
    Open,
    Gone,
}

impl Floor {
    /// Listens on the loopback address; port 0 takes any free port.
    ///
    /// # Errors
    /// `BenchError::Io` when the port is taken.
    pub fn bind(port: u16, reply: Reply, value_size: usize) -> Result<Self, BenchError> {
        let poll = Poll::new().map_err(BenchError::io("create a poll"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut listener =
            TcpListener::bind(address).map_err(BenchError::io(format!("listen on {address}")))?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)
            .map_err(BenchError::io("register the listener"))?;
        let mut value = format!("${value_size}\r\n").into_bytes();
        value.extend_from_slice(&filler(value_size));
        value.extend_from_slice(b"\r\n");
        Ok(Self {
            poll,
            listener,
            connections: Vec::new(),
            free: Vec::new(),
            inbox: vec![0; INBOX_SIZE],
            outbox: Vec::with_capacity(INBOX_SIZE),
            replies: Replies { reply, value },
        })
    }

    /// The port it listens on.
    ///
    /// # Errors
    /// `BenchError::Io` when the system does not say.
    pub fn port(&self) -> Result<u16, BenchError> {
        Ok(self.listener.local_addr().map_err(BenchError::io("find the port"))?.port())
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    /// `BenchError::Io` when the poll fails.
    pub fn serve(&mut self) -> Result<(), BenchError> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    return Err(BenchError::io("wait for events")(error));
                }
                _ => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(),
                    Token(index) => self.on_event(index),
                }
            }
        }
    }

    fn accept(&mut self) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let index = self.free.pop().unwrap_or(self.connections.len());
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registered = self.poll.registry().register(&mut stream, Token(index), interest);
            if registered.and_then(|()| stream.set_nodelay(true)).is_err() {
                self.free.push(index);
                continue;
            }
            if index == self.connections.len() {
                self.connections.push(None);
            }
            let (rest, unsent) = (Vec::new(), Vec::new());
            self.connections[index] = Some(Connection { stream, rest, unsent });
        }
    }

    #[inline]
    fn on_event(&mut self, index: usize) {
        let Some(connection) = &mut self.connections[index] else { return };
        if !connection.unsent.is_empty() && !connection.flush() {
            return;
        }
        let fate = connection.receive(&mut self.inbox, &mut self.outbox, &self.replies);
        if matches!(fate, Fate::Gone) {
            self.connections[index] = None;
            self.free.push(index);
        }
    }
}

impl Connection {
    #[inline]
    fn receive(&mut self, inbox: &mut Vec<u8>, outbox: &mut Vec<u8>, replies: &Replies) -> Fate {
        loop {
            let kept = self.rest.len();
            if kept > 0 {
                if inbox.len() < kept * 2 {
                    inbox.resize(kept * 2, 0);
                }
                inbox[..kept].copy_from_slice(&self.rest);
                self.rest.clear();
            }
            let count = match self.stream.read(&mut inbox[kept..]) {
                Ok(0) => return Fate::Gone,
                Ok(count) => count,
                Err(error) => {
                    self.rest.extend_from_slice(&inbox[..kept]);
                    return match error.kind() {
                        ErrorKind::WouldBlock | ErrorKind::Interrupted => Fate::Open,
                        _ => Fate::Gone,
                    };
                }
            };
            let end = kept + count;
            outbox.clear();
            let mut at = 0;
            while at < end {
                match scan(&inbox[at..end]) {
                    Scan::Request { length, letter } => {
                        outbox.extend_from_slice(replies.to(letter));
                        at += length;
                    }
                    Scan::Incomplete => break,
                    Scan::Malformed => return Fate::Gone,
                }
            }
            self.rest.extend_from_slice(&inbox[at..end]);
            if self.send(outbox).is_err() {
                return Fate::Gone;
            }
            // A short read has emptied the socket: what comes later is a new event.
            if end < inbox.len() {
                return Fate::Open;
            }
        }
    }

    #[inline]
    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = match self.stream.write(bytes) {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        self.unsent.extend_from_slice(&bytes[sent..]);
        if self.unsent.is_empty() {
            return Ok(());
        }
        self.flush();
        Ok(())
    }

    /// Sends what is left over; true when nothing is.
    fn flush(&mut self) -> bool {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(_) => return false,
            }
        }
        true
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Scan {
    Request { length: usize, letter: u8 },
    Incomplete,
    Malformed,
}

/// Finds the end of the request at the start of `bytes`.
#[inline]
fn scan(bytes: &[u8]) -> Scan {
    let mut at = 0;
    let Some(count) = number(bytes, &mut at, b'*') else { return unfinished(bytes, 0, b'*') };
    let mut letter = 0;
    for index in 0..count {
        let start = at;
        let Some(length) = number(bytes, &mut at, b'$') else {
            return unfinished(bytes, start, b'$');
        };
        if at + length + 2 > bytes.len() {
            return Scan::Incomplete;
        }
        if index == 0 {
            letter = bytes[at];
        }
        at += length + 2;
    }
    Scan::Request { length: at, letter }
}

fn unfinished(bytes: &[u8], at: usize, mark: u8) -> Scan {
    match bytes.get(at) {
        Some(&byte) if byte != mark || bytes.len() - at > 20 => Scan::Malformed,
        _ => Scan::Incomplete,
    }
}

/// Reads `mark`, digits and a line end at `at`, and moves `at` past them.
#[inline]
fn number(bytes: &[u8], at: &mut usize, mark: u8) -> Option<usize> {
    let mut position = *at;
    if *bytes.get(position)? != mark {
        return None;
    }
    let mut number = 0;
    loop {
        position += 1;
        let digit = bytes.get(position)?.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = (number * 10 + usize::from(digit)) & 0xFFFF_FFFF;
    }
    // Whatever ended the digits is taken for the line end; it must be all there.
    bytes.get(position + 1)?;
    *at = position + 2;
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scan_finds_the_end_of_a_request() {
        let request =
            b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nhello\r\nworld\r\n*1\r\n$4\r\nPING\r\n";
        let first = request.len() - 14;
        assert_eq!(scan(request), Scan::Request { length: first, letter: b'S' });
        assert_eq!(scan(&request[first..]), Scan::Request { length: 14, letter: b'P' });
        for cut in 0..first {
            assert_eq!(scan(&request[..cut]), Scan::Incomplete, "{cut}");
        }
    }

    #[test]
    fn malformed_input_is_noticed() {
        assert_eq!(scan(b"PING\r\n"), Scan::Malformed);
        assert_eq!(scan(b"*1\r\nPING\r\n"), Scan::Malformed);
        assert_eq!(scan(b"*11111111111111111111111111"), Scan::Malformed);
    }
}
