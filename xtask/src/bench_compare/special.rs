//! Workloads that are more than one request to one connection: transactions, messages to many.
//!
//! Each drives its sockets itself and answers with the rate; the caller reads the server's CPU.
//! Not here: workloads of single requests (`cpu.rs`).

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use bench::client::write_request;
use bench::replies::{ReplyCounter, Tally};

use super::CompareError;
use super::server::{Cpu, Server};

/// Connections that send transactions.
const CONNECTIONS: usize = 50;
/// Requests of one transaction: MULTI, five SETs, EXEC.
const REQUESTS: u64 = 7;
const SUBSCRIBERS: usize = 100;
/// Messages sent before all subscribers have to have them.
const MESSAGES: u64 = 16;
const KEYS: u64 = 100_000;

/// A workload of several requests or connections.
pub struct Special {
    /// What `--only` and the table call it.
    pub name: &'static str,
    /// Operations in one round.
    pub count: u64,
    drive: fn(&mut Sockets, u64) -> Result<(), CompareError>,
    connections: usize,
}

/// The workloads.
pub const SPECIAL: &[Special] = &[
    Special { name: "multi5", count: 300_000, drive: transactions, connections: CONNECTIONS },
    Special { name: "publish100", count: 32_000, drive: messages, connections: SUBSCRIBERS + 1 },
];

impl Special {
    /// Runs `count` operations; operations a second, and what they cost the server.
    ///
    /// # Errors
    /// The server breaks off or answers an error.
    pub fn run(&self, server: &Server, count: u64) -> Result<(f64, Cpu), CompareError> {
        let connect = |_| TcpStream::connect(("127.0.0.1", server.port()));
        let streams = (0..self.connections).map(connect).collect::<Result<Vec<_>, _>>()?;
        for stream in &streams {
            stream.set_nodelay(true)?;
        }
        let mut sockets = Sockets { streams, buffer: vec![0; 256 << 10], tally: Tally::default() };
        let (before, begun) = (server.cpu(), Instant::now());
        (self.drive)(&mut sockets, count)?;
        let rate = count as f64 / begun.elapsed().as_secs_f64();
        match sockets.tally.first_error {
            Some(error) => Err(CompareError::Server(server.name.clone(), error)),
            None => Ok((rate, server.cpu().since(before))),
        }
    }
}

struct Sockets {
    streams: Vec<TcpStream>,
    buffer: Vec<u8>,
    tally: Tally,
}

impl Sockets {
    /// Reads until so many replies have come on one connection.
    fn read_replies(&mut self, index: usize, count: u64) -> Result<(), CompareError> {
        let mut counter = ReplyCounter::default();
        let wanted = self.tally.replies + count;
        while self.tally.replies < wanted {
            let len = match self.streams[index].read(&mut self.buffer) {
                Ok(0) => return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            counter.feed(&self.buffer[..len], &mut self.tally)?;
        }
        Ok(())
    }
}

fn transactions(sockets: &mut Sockets, count: u64) -> Result<(), CompareError> {
    let value = "v".repeat(64);
    let mut number = 0;
    let mut left = count;
    let mut bytes = Vec::new();
    while left > 0 {
        let turn = left.min(CONNECTIONS as u64);
        for index in 0..turn as usize {
            bytes.clear();
            write_request(&mut bytes, &[b"MULTI"]);
            for _ in 0..5 {
                // A large odd step visits the keys in no order that a cache would know.
                number = (number + 7_919) % KEYS;
                let key = format!("key:{number:012}");
                write_request(&mut bytes, &[b"SET", key.as_bytes(), value.as_bytes()]);
            }
            write_request(&mut bytes, &[b"EXEC"]);
            sockets.streams[index].write_all(&bytes)?;
        }
        for index in 0..turn as usize {
            sockets.read_replies(index, REQUESTS)?;
        }
        left -= turn;
    }
    Ok(())
}

fn messages(sockets: &mut Sockets, count: u64) -> Result<(), CompareError> {
    let mut bytes = Vec::new();
    write_request(&mut bytes, &[b"SUBSCRIBE", b"channel"]);
    for index in 0..SUBSCRIBERS {
        sockets.streams[index].write_all(&bytes)?;
        sockets.read_replies(index, 1)?;
    }
    bytes.clear();
    for _ in 0..MESSAGES {
        write_request(&mut bytes, &[b"PUBLISH", b"channel", &[b'm'; 64]]);
    }
    for _ in 0..count.div_ceil(MESSAGES) {
        sockets.streams[SUBSCRIBERS].write_all(&bytes)?;
        for index in (0..=SUBSCRIBERS).rev() {
            sockets.read_replies(index, MESSAGES)?;
        }
    }
    Ok(())
}
