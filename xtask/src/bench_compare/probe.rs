//! The probe of the stalls: asks a server at an even rate and keeps what it waited.
//!
//! Requests are due at fixed times and waits count from there, so a stall cannot hide. The probe
//! and whatever else talks to the server are driven by one busy loop without sleeps: two threads on
//! the client's core would wait for each other and blame the server. A wait during which this
//! process itself lost its core is discarded and counted as disturbed.

use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

use bench::keys::{Distribution, Keys};
use bench::load::Outcome;
use bench::replies::{ReplyCounter, Tally};
use bench::template::{Batch, Holes, Template};
use socket2::Socket;

use super::server::Server;
use super::{Args, CompareError};

/// Without any reply for so long the server has hung, in nanoseconds.
const SILENCE_NS_MAX: u64 = 30_000_000_000;
/// A longer time between two turns of the busy loop means that it lost its core.
const GAP_NS_MAX: u64 = 200_000;

/// One connection of the busy loop.
pub struct Lane {
    socket: Socket,
    counter: ReplyCounter,
    pub tally: Tally,
    unsent: Vec<u8>,
    /// Replies that have not come yet.
    pub waiting: u64,
}

impl Lane {
    pub fn open(server: &Server) -> Result<Self, CompareError> {
        let socket = server.client()?.into_socket();
        socket.set_nonblocking(true)?;
        let (counter, tally, unsent) = Default::default();
        Ok(Self { socket, counter, tally, unsent, waiting: 0 })
    }

    pub fn send(&mut self, bytes: &[u8], count: u64) -> Result<(), CompareError> {
        self.unsent.extend_from_slice(bytes);
        self.waiting += count;
        self.flush()
    }

    fn flush(&mut self) -> Result<(), CompareError> {
        match self.socket.write(&self.unsent) {
            Ok(sent) => drop(self.unsent.drain(..sent)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Takes what has come, without waiting; returns the number of replies.
    pub fn receive(&mut self, inbox: &mut [u8]) -> Result<u64, CompareError> {
        if !self.unsent.is_empty() {
            self.flush()?;
        }
        let count = match self.socket.read(inbox) {
            Ok(0) => return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let replies = self.counter.feed(&inbox[..count], &mut self.tally)?;
        self.waiting = self.waiting.saturating_sub(replies);
        Ok(replies)
    }
}

/// What a run gave.
pub struct Stalls {
    /// Replies of the work beside the probe, latencies of the probe.
    pub outcome: Outcome,
    /// Waits discarded because this process lost its core meanwhile.
    pub disturbed: u64,
    /// How long the server queued for its core.
    pub queued_ms: f64,
}

/// Something that goes on beside the probe, on a connection of its own.
pub trait Work {
    /// One turn of the busy loop at so many nanoseconds: sends and receives without waiting.
    /// Returns whether something was heard from the server.
    fn turn(&mut self, now_ns: u64, inbox: &mut [u8]) -> Result<bool, CompareError>;

    /// Whether the probe shall go on asking.
    fn goes_on(&self, now_ns: u64) -> bool;

    fn lane(self) -> Lane;
}

/// GET and SET in turn, of `keys` keys.
pub struct Probe<'server> {
    server: &'server Server,
    lane: Lane,
    batch: Batch,
    keys: Keys,
    interval_ns: u64,
}

impl<'server> Probe<'server> {
    pub fn new(args: &Args, server: &'server Server) -> Result<Self, CompareError> {
        let template = |line| Template::parse(line, Holes::Filled);
        let mix = [(template("SET key:__key__ __value__")?, 1), (template("GET key:__key__")?, 1)];
        Ok(Self {
            server,
            lane: Lane::open(server)?,
            batch: Batch::new(&mix, 32..33, 1),
            keys: Keys::new(Distribution::Uniform, args.keys, 2, (0, 1)),
            interval_ns: (1e9 / args.stall_rate) as u64,
        })
    }

    /// Asks while the work goes on.
    pub fn run(mut self, mut work: impl Work) -> Result<Stalls, CompareError> {
        let queued_ns = self.server.queued_ns();
        let mut inbox = vec![0; 64 * 1024];
        let mut outcome = Outcome::empty()?;
        let (mut due_ns, mut heard_ns) = (0, 0);
        let (mut last_ns, mut gap_end_ns, mut disturbed) = (0, 0, 0);
        let start = Instant::now();
        loop {
            let now_ns = start.elapsed().as_nanos() as u64;
            if now_ns - last_ns > GAP_NS_MAX {
                gap_end_ns = now_ns;
            }
            last_ns = now_ns;
            if self.lane.waiting == 0 {
                if !work.goes_on(now_ns) {
                    break;
                }
                if due_ns <= now_ns {
                    self.lane.send(self.batch.fill(1, &mut self.keys), 1)?;
                }
            }
            if self.lane.waiting > 0 && self.lane.receive(&mut inbox)? > 0 {
                if gap_end_ns > due_ns {
                    disturbed += 1;
                } else {
                    let wait_ns = start.elapsed().as_nanos() as u64 - due_ns;
                    outcome.latency.saturating_record(wait_ns.max(1));
                }
                due_ns += self.interval_ns;
                heard_ns = now_ns;
            }
            if work.turn(now_ns, &mut inbox)? {
                heard_ns = now_ns;
            }
            if now_ns.saturating_sub(heard_ns) > SILENCE_NS_MAX {
                return Err(self.wrong("it stopped answering".to_owned()));
            }
        }
        outcome.elapsed = start.elapsed();
        outcome.tally = work.lane().tally;
        outcome.tally.errors += self.lane.tally.errors;
        if let Some(error) = outcome.tally.first_error.take().or(self.lane.tally.first_error.take())
        {
            return Err(self.wrong(error));
        }
        let queued_ns = self.server.queued_ns().unwrap_or(0.0) - queued_ns.unwrap_or(0.0);
        Ok(Stalls { outcome, disturbed, queued_ms: queued_ns / 1e6 })
    }

    fn wrong(&self, what: String) -> CompareError {
        CompareError::Server(self.server.name.clone(), what)
    }
}
