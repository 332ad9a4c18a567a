//! One thread of load: its connections and the two loops, closed and open.
//!
//! The closed loop does per batch one receive, one look at the clock and one send, and nothing
//! else that the system could notice: connections are registered once, edge-triggered.
//! The open loop busy-waits when the next request is due within two milliseconds, because a
//! sleeping client would be late and blame the server; give it a core of its own.
//!
//! Invariants
//! 1. `waiting` is the number of requests sent, or queued in `unsent`, whose replies have not
//!    come; a connection with none of them has an idle `ReplyCounter`.
//! 2. In the open loop `due` holds the due times of exactly those requests, oldest first.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use rustix::time::{ClockId, clock_gettime};
use socket2::Socket;

use crate::client::Target;
use crate::error::BenchError;
use crate::keys::Keys;
use crate::load::{Connections, Outcome, Pace, Part, Plan, Stop};
use crate::replies::ReplyCounter;
use crate::template::Batch;

/// Bytes taken from a socket at once.
const INBOX_SIZE: usize = 64 * 1024;
/// Events taken from the poll at once.
const EVENTS_MAX: usize = 1024;
/// A run without any reply for so long has failed.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// The open loop sleeps only when nothing is due within this time.
const SPIN_NS: u64 = 2_000_000;

/// One thread's connections.
#[derive(Debug)]
pub(crate) struct Worker {
    target: Target,
    part: Part,
    poll: Poll,
    connections: Vec<Connection>,
    inbox: Vec<u8>,
}

#[derive(Debug)]
struct Connection {
    socket: Socket,
    counter: ReplyCounter,
    /// What the socket did not take yet; usually empty.
    unsent: Vec<u8>,
    waiting: u64,
    /// When the last batch was sent (closed loop), in nanoseconds since the start.
    sent_ns: u64,
    /// When each waiting request was due (open loop), in nanoseconds since the start.
    due: VecDeque<u64>,
}

/// What belongs to one run and not to the connections.
struct Lap<'a> {
    plan: &'a Plan,
    batch: Batch,
    keys: Keys,
    outcome: Outcome,
    start: Instant,
    /// Requests still to be sent by this thread.
    left: u64,
    /// No request is sent after this time.
    deadline_ns: u64,
    /// Requests sent and not answered, over all connections.
    waiting: u64,
    counter: &'a AtomicU64,
}

impl Lap<'_> {
    #[inline]
    fn now_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// Requests a connection may send now.
    #[inline]
    fn next_count(&self, now_ns: u64) -> u64 {
        if now_ns >= self.deadline_ns { 0 } else { self.left.min(self.plan.depth as u64) }
    }
}

impl Worker {
    pub fn connect(target: &Target, part: Part, count: u64) -> Result<Self, BenchError> {
        let poll = Poll::new().map_err(BenchError::io("create a poll"))?;
        let mut connections = Vec::with_capacity(count as usize);
        for index in 0..count as usize {
            connections.push(Connection::open(target, &poll, index)?);
        }
        let inbox = vec![0; INBOX_SIZE];
        Ok(Self { target: target.clone(), part, poll, connections, inbox })
    }

    pub fn run(
        &mut self,
        plan: &Plan,
        start: Instant,
        counter: &AtomicU64,
    ) -> Result<Outcome, BenchError> {
        let part = (self.part.index, self.part.threads);
        let (left, deadline_ns) = match plan.stop {
            Stop::Requests(total) => (self.part.share(total), u64::MAX),
            Stop::After(time) => (u64::MAX, time.as_nanos() as u64),
        };
        let mut lap = Lap {
            plan,
            batch: Batch::new(&plan.mix, plan.size.clone(), plan.depth),
            keys: Keys::new(plan.distribution, plan.keys, plan.seed, part),
            outcome: Outcome::empty()?,
            start,
            left,
            deadline_ns,
            waiting: 0,
            counter,
        };
        let cpu = thread_cpu();
        match plan.pace {
            Pace::Closed => self.run_closed(&mut lap)?,
            Pace::Open(rate) => self.run_open(&mut lap, rate / part.1 as f64)?,
        }
        lap.outcome.elapsed = start.elapsed();
        lap.outcome.client_cpu = thread_cpu().saturating_sub(cpu);
        Ok(lap.outcome)
    }

    fn run_closed(&mut self, lap: &mut Lap<'_>) -> Result<(), BenchError> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        for connection in &mut self.connections {
            let now_ns = lap.now_ns();
            connection.send_batch(lap, now_ns)?;
        }
        while lap.waiting > 0 {
            self.wait(&mut events, SILENCE_MAX)?;
            if events.is_empty() {
                return Err(BenchError::Silent(SILENCE_MAX.as_secs()));
            }
            for event in &events {
                let Token(index) = event.token();
                let connection = &mut self.connections[index];
                if event.is_writable() && !connection.unsent.is_empty() {
                    connection.flush()?;
                }
                if connection.waiting == 0 || connection.receive(&mut self.inbox, lap)? == 0 {
                    continue;
                }
                if connection.waiting == 0 {
                    if lap.plan.connections == Connections::Renewed {
                        *connection = Connection::open(&self.target, &self.poll, index)?;
                        connection.sent_ns = lap.now_ns();
                    }
                    // The clock was read a moment ago, when the replies were recorded.
                    let now_ns = connection.sent_ns;
                    connection.send_batch(lap, now_ns)?;
                }
            }
            lap.counter.store(lap.outcome.tally.replies, Ordering::Relaxed);
        }
        Ok(())
    }

    fn run_open(&mut self, lap: &mut Lap<'_>, rate: f64) -> Result<(), BenchError> {
        let interval_ns = 1e9 / rate;
        // Threads take turns within an interval rather than sending all at once.
        let offset = self.part.index as f64 / self.part.threads as f64;
        let due_ns = |number: u64| ((number as f64 + offset) * interval_ns) as u64;
        if let Stop::After(time) = lap.plan.stop {
            lap.left = (rate * time.as_secs_f64()).ceil() as u64;
        }
        let mut number = 0;
        let mut free: VecDeque<usize> = (0..self.connections.len()).collect();
        let mut touched = Vec::new();
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut heard_ns = 0;
        while lap.left > 0 || lap.waiting > 0 {
            let now_ns = lap.now_ns();
            if now_ns >= lap.deadline_ns {
                lap.outcome.unsent += lap.left;
                lap.left = 0;
            }
            while lap.left > 0
                && due_ns(number) <= now_ns
                && let Some(index) = free.pop_front()
            {
                if lap.waiting == 0 {
                    // Nothing could be heard while nothing was asked.
                    heard_ns = now_ns;
                }
                let connection = &mut self.connections[index];
                connection.queue_one(lap, due_ns(number));
                touched.push(index);
                number += 1;
                if (connection.waiting as usize) < lap.plan.depth {
                    free.push_back(index);
                }
            }
            for index in touched.drain(..) {
                self.connections[index].flush()?;
            }
            let idle_ns = match (lap.left, free.is_empty()) {
                (0, _) | (_, true) => SILENCE_MAX.as_nanos() as u64 / 4,
                _ => due_ns(number).saturating_sub(now_ns),
            };
            self.wait(&mut events, sleep_for(idle_ns))?;
            for event in &events {
                let Token(index) = event.token();
                let connection = &mut self.connections[index];
                if event.is_writable() {
                    connection.flush()?;
                }
                let was_full = connection.waiting as usize >= lap.plan.depth;
                if connection.waiting > 0 && connection.receive(&mut self.inbox, lap)? > 0 {
                    heard_ns = now_ns;
                    if was_full {
                        free.push_back(index);
                    }
                }
            }
            if lap.waiting > 0 && now_ns - heard_ns > SILENCE_MAX.as_nanos() as u64 {
                return Err(BenchError::Silent(SILENCE_MAX.as_secs()));
            }
            lap.counter.store(lap.outcome.tally.replies, Ordering::Relaxed);
        }
        Ok(())
    }

    fn wait(&mut self, events: &mut Events, limit: Duration) -> Result<(), BenchError> {
        loop {
            match self.poll.poll(events, Some(limit)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result.map_err(BenchError::io("wait for events")),
            }
        }
    }
}

/// How long to sleep when nothing is due for `idle_ns`: in whole milliseconds, waking early.
fn sleep_for(idle_ns: u64) -> Duration {
    match idle_ns.checked_sub(SPIN_NS) {
        None => Duration::ZERO,
        Some(safe_ns) => Duration::from_millis(safe_ns / 1_000_000),
    }
}

impl Connection {
    fn open(target: &Target, poll: &Poll, index: usize) -> Result<Self, BenchError> {
        let socket = target.connect()?.into_socket();
        socket.set_nonblocking(true).map_err(BenchError::io("set a socket to non-blocking"))?;
        poll.registry()
            .register(
                &mut SourceFd(&socket.as_raw_fd()),
                Token(index),
                Interest::READABLE | Interest::WRITABLE,
            )
            .map_err(BenchError::io("register a socket"))?;
        Ok(Self {
            socket,
            counter: if target.binary { ReplyCounter::binary() } else { ReplyCounter::default() },
            unsent: Vec::new(),
            waiting: 0,
            sent_ns: 0,
            due: VecDeque::new(),
        })
    }

    /// Sends as many requests as the run still wants from this connection.
    #[inline]
    fn send_batch(&mut self, lap: &mut Lap<'_>, now_ns: u64) -> Result<(), BenchError> {
        let count = lap.next_count(now_ns);
        if count == 0 {
            return Ok(());
        }
        lap.left -= count;
        lap.waiting += count;
        self.waiting = count;
        self.sent_ns = now_ns;
        let bytes = lap.batch.fill(count as usize, &mut lap.keys);
        let sent = write_some(&self.socket, bytes)?;
        self.unsent.extend_from_slice(&bytes[sent..]);
        Ok(())
    }

    /// Queues one request that was due at `due_ns`.
    fn queue_one(&mut self, lap: &mut Lap<'_>, due_ns: u64) {
        self.unsent.extend_from_slice(lap.batch.fill(1, &mut lap.keys));
        self.due.push_back(due_ns);
        self.waiting += 1;
        lap.left -= 1;
        lap.waiting += 1;
    }

    fn flush(&mut self) -> Result<(), BenchError> {
        let sent = write_some(&self.socket, &self.unsent)?;
        self.unsent.drain(..sent);
        Ok(())
    }

    /// Takes what has arrived and records it; returns the number of replies.
    #[inline]
    fn receive(&mut self, inbox: &mut [u8], lap: &mut Lap<'_>) -> Result<u64, BenchError> {
        let mut ended = 0;
        while self.waiting > 0 {
            let count = match (&self.socket).read(inbox) {
                Ok(0) => return Err(BenchError::Closed),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(BenchError::io("receive")(error)),
            };
            let replies = self.counter.feed(&inbox[..count], &mut lap.outcome.tally)?;
            if replies > self.waiting {
                return Err(BenchError::Protocol("more replies than requests".into()));
            }
            if replies > 0 {
                self.record(replies, lap);
                ended += replies;
            }
            // A short read has emptied the socket: what comes later is a new event.
            if count < inbox.len() {
                break;
            }
        }
        Ok(ended)
    }

    #[inline]
    fn record(&mut self, replies: u64, lap: &mut Lap<'_>) {
        let now_ns = lap.now_ns();
        self.waiting -= replies;
        lap.waiting -= replies;
        let latency = &mut lap.outcome.latency;
        if self.due.is_empty() {
            latency.saturating_record_n(now_ns.saturating_sub(self.sent_ns).max(1), replies);
            if self.waiting == 0 {
                self.sent_ns = now_ns;
            }
            return;
        }
        for due_ns in self.due.drain(..replies as usize) {
            latency.saturating_record(now_ns.saturating_sub(due_ns).max(1));
        }
    }
}

/// Writes until the socket is full; returns the number of bytes it took.
#[inline]
fn write_some(mut socket: &Socket, bytes: &[u8]) -> Result<usize, BenchError> {
    let mut sent = 0;
    while sent < bytes.len() {
        match socket.write(&bytes[sent..]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(BenchError::io("send")(error)),
        }
    }
    Ok(sent)
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
