//! A worker: one thread, one readiness loop, its connections.
//!
//! A round: poll; then inside one service turn: mail, readable connections, retries, tick, commit;
//! then send what the commit released. Replies that wait for nothing are sent as soon as their
//! connection's bytes are used up, from one output that all connections share in turn, so that
//! it stays in the cache; only what must wait, or what a socket refuses, is kept with the
//! connection.
//!
//! Readiness is edge-triggered: a connection that is not read to its end is remembered as
//! `readable`.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Poll};
use protocol::{Output, Version};
use slab::Slab;

use crate::connection::{Connection, Sent, State, Step, send};
use crate::mailbox::{Inbox, Mailboxes, WAKE};
use crate::service::{Flow, Service, Turn};
use crate::stream::Stream;

mod delivery;

/// The receive buffer all connections of a worker share.
const RECEIVE: usize = 64 << 10;
/// A longer unfinished request is received where it is kept instead of being copied each time.
const COPY_MAX: usize = 16 << 10;
/// Most that is reserved at once for a request that announces a large argument.
const RESERVE_MAX: usize = 4 << 20;
/// Output is sent at this length even in the middle of a connection's input.
const FLUSH_AT: usize = 256 << 10;
/// Receives of one connection in one round, so that it cannot keep the others waiting.
const RECEIVES_MAX: usize = 4;
/// Outputs kept for use again, and the most each may hold.
const SPARES_MAX: usize = 256;
const SPARE_BYTES_MAX: usize = 16 << 10;
/// Replies of this length are held against the limits before an attempt to send them.
const CHECKED_MIN: usize = 4 << 10;
const EVENTS: usize = 256;
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// While a connection waits for a stripe: how often to try at once, and then how long to pause.
const RETRIES_AT_ONCE: u32 = 50;
const RETRY_PAUSE: Duration = Duration::from_millis(1);

/// A worker before it runs.
pub struct Worker<S: Service> {
    index: usize,
    service: Arc<S>,
    poll: Poll,
    inbox: Inbox<S::Mail, S::Cast>,
    load: Arc<[AtomicUsize]>,
}

impl<S: Service> Worker<S> {
    /// Worker `index`, whose mailbox is taken. `load` counts each worker's connections.
    ///
    /// # Errors
    /// The mailbox is taken already.
    pub fn new(
        index: usize,
        service: Arc<S>,
        mailboxes: &mut Mailboxes<S::Mail, S::Cast>,
        load: Arc<[AtomicUsize]>,
    ) -> io::Result<Self> {
        let (poll, inbox) = mailboxes.take(index).ok_or(ErrorKind::AlreadyExists)?;
        Ok(Self { index, service, poll, inbox, load })
    }

    /// Serves until the service is over.
    ///
    /// # Errors
    /// The poll fails.
    pub fn run(self) -> io::Result<()> {
        let mut state = self.service.worker(self.index);
        let mut lane = Lane::<S> {
            index: self.index,
            connections: Slab::new(),
            poll: self.poll,
            inbox: self.inbox,
            arrivals: Vec::new(),
            buffer: vec![0; RECEIVE],
            output: Output::new(),
            spare: Vec::new(),
            active: Vec::new(),
            retrying: Vec::new(),
            waiting: Vec::new(),
            unsent: Vec::new(),
            sent: 0,
            load: self.load,
        };
        let mut events = Events::with_capacity(EVENTS);
        let mut timeout = Duration::ZERO;
        let mut next_watch = Instant::now() + WATCH_EVERY;
        let mut next_tick = Instant::now();
        let mut idle_retries = 0;
        while !self.service.is_over() {
            if !timeout.is_zero() && !lane.inbox.fall_asleep() {
                timeout = Duration::ZERO;
            }
            if let Err(error) = lane.poll.poll(&mut events, Some(timeout))
                && error.kind() != ErrorKind::Interrupted
            {
                return Err(error);
            }
            lane.inbox.awake();
            let mut turn = self.service.begin(&mut state);
            events.iter().filter(|event| event.token() != WAKE).for_each(|e| lane.on_event(e));
            lane.deliver(&mut turn);
            lane.open_arrivals(&mut turn);
            lane.serve(&mut turn);
            lane.deliver(&mut turn);
            let now = Instant::now();
            if now >= next_watch {
                next_watch = now + WATCH_EVERY;
                lane.watch(&mut turn);
            }
            if now >= next_tick {
                turn.tick();
            }
            turn.count_sent(std::mem::take(&mut lane.sent));
            let commit = turn.commit();
            let wanted = now + commit.next_tick;
            next_tick = if now >= next_tick { wanted } else { next_tick.min(wanted) };
            lane.release(&mut turn, commit.released);
            drop(turn);
            idle_retries = if lane.retrying.is_empty() { 0 } else { idle_retries + 1 };
            timeout = if !lane.active.is_empty() || lane.inbox.has_mail() {
                Duration::ZERO
            } else if !lane.retrying.is_empty() {
                if idle_retries < RETRIES_AT_ONCE { Duration::ZERO } else { RETRY_PAUSE }
            } else {
                next_tick.min(next_watch).saturating_duration_since(now)
            };
        }
        let mut turn = self.service.begin(&mut state);
        lane.close_all(&mut turn);
        turn.commit();
        Ok(())
    }
}

/// A running worker's connections.
struct Lane<V: Service> {
    index: usize,
    connections: Slab<Connection<V::Session>>,
    poll: Poll,
    inbox: Inbox<V::Mail, V::Cast>,
    /// Connections that came by mail and are not yet open.
    arrivals: Vec<(Stream, Version)>,
    buffer: Vec<u8>,
    /// Where replies go before they are sent.
    output: Output,
    /// Emptied outputs for use again.
    spare: Vec<Output>,
    /// Connections with something to read or consume.
    active: Vec<usize>,
    /// Connections in state `Retrying`.
    retrying: Vec<usize>,
    /// Connections whose output waits for a release.
    waiting: Vec<usize>,
    /// Connections with released output to send.
    unsent: Vec<usize>,
    /// Bytes sent since they were last counted.
    sent: usize,
    load: Arc<[AtomicUsize]>,
}

impl<V: Service> Lane<V> {
    fn open(&mut self, turn: &mut V::Turn<'_>, mut stream: Stream, speaks: Version) {
        let entry = self.connections.vacant_entry();
        let slot = entry.key();
        let peer = stream.peer(speaks, self.index, slot);
        self.output.clear();
        match turn.open(peer, &mut self.output) {
            Some(session) => {
                if stream.register(self.poll.registry(), slot).is_err() {
                    self.load[self.index].fetch_sub(1, Relaxed);
                    return turn.close(session);
                }
                entry.insert(Connection::new(stream, session));
                self.active.push(slot);
            }
            None => {
                let _ = send(&mut stream, &mut self.output, &mut self.sent);
                self.output.clear();
                self.load[self.index].fetch_sub(1, Relaxed);
            }
        }
    }

    fn on_event(&mut self, event: &Event) {
        let slot = event.token().0;
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if event.is_writable() && connection.blocked {
            connection.blocked = false;
            note_unsent(&mut self.unsent, connection, slot);
        }
        connection.ended |= event.is_read_closed();
        if event.is_readable() || connection.ended {
            connection.readable = true;
            // One that is held may have to go.
            if matches!(connection.state, State::Open | State::Held) {
                self.active.push(slot);
            }
        }
    }

    fn serve(&mut self, turn: &mut V::Turn<'_>) {
        for slot in std::mem::take(&mut self.retrying) {
            if let Some(connection) = self.connections.get_mut(slot)
                && connection.state == State::Retrying
            {
                connection.state = State::Open;
                self.active.push(slot);
            }
        }
        let mut active = std::mem::take(&mut self.active);
        for slot in active.drain(..) {
            self.advance(turn, slot);
        }
        if self.active.is_empty() {
            self.active = active;
        }
    }

    /// Receives, consumes and answers as much as one round allows.
    fn advance(&mut self, turn: &mut V::Turn<'_>, slot: usize) {
        for receive in 0..RECEIVES_MAX {
            let Some(connection) = self.connections.get_mut(slot) else { return };
            if connection.is_deserted() {
                return self.close(turn, slot);
            }
            if connection.state != State::Open {
                return;
            }
            // Bytes left from a retry come before new ones; a first round may have only those.
            let has_rest = !connection.input.is_empty() && connection.needed == 0;
            let step = if has_rest && receive == 0 {
                self.consume_kept(turn, slot)
            } else if connection.readable {
                self.receive(turn, slot)
            } else {
                return;
            };
            match step {
                Step::Go => {}
                Step::Stop => return,
                Step::Drop => return self.close(turn, slot),
            }
        }
        let more = |c: &Connection<V::Session>| {
            c.state == State::Open && (c.readable || !c.input.is_empty() && c.needed == 0)
        };
        if self.connections.get(slot).is_some_and(more) {
            self.active.push(slot);
        }
    }

    fn consume_kept(&mut self, turn: &mut V::Turn<'_>, slot: usize) -> Step {
        let Some(connection) = self.connections.get_mut(slot) else { return Step::Stop };
        let input = std::mem::take(&mut connection.input);
        self.deliver(turn);
        let (step, consumed) = self.consume(turn, slot, &input);
        self.keep(slot, input, consumed);
        step
    }

    /// One receive and what follows from it.
    fn receive(&mut self, turn: &mut V::Turn<'_>, slot: usize) -> Step {
        let Some(connection) = self.connections.get_mut(slot) else { return Step::Stop };
        if connection.input.len() > COPY_MAX {
            return self.receive_large(turn, slot);
        }
        let kept = connection.input.len();
        self.buffer[..kept].copy_from_slice(&connection.input);
        let count = match connection.stream.read(&mut self.buffer[kept..]) {
            Ok(0) => return connection.end(),
            Ok(count) => count,
            Err(error) => return failed(connection, &error),
        };
        connection.readable = connection.ended || kept + count == self.buffer.len();
        connection.input.clear();
        self.deliver(turn);
        let buffer = std::mem::take(&mut self.buffer);
        let (step, consumed) = self.consume(turn, slot, &buffer[..kept + count]);
        if consumed < kept + count {
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.input.extend_from_slice(&buffer[consumed..kept + count]);
            }
        } else if kept > 0
            && let Some(connection) = self.connections.get_mut(slot)
        {
            connection.input = Vec::new();
        }
        self.buffer = buffer;
        step
    }

    /// As `receive`, into the connection's own buffer, without copying what is there.
    fn receive_large(&mut self, turn: &mut V::Turn<'_>, slot: usize) -> Step {
        let Some(connection) = self.connections.get_mut(slot) else { return Step::Stop };
        let mut input = std::mem::take(&mut connection.input);
        let kept = input.len();
        let room = connection.needed.clamp(RECEIVE, RESERVE_MAX);
        input.resize(kept + room, 0);
        let outcome = connection.stream.read(&mut input[kept..]);
        let count = match outcome {
            Ok(0) => return connection.end(),
            Ok(count) => count,
            Err(error) => {
                input.truncate(kept);
                connection.input = input;
                return failed(connection, &error);
            }
        };
        connection.readable = connection.ended || count == room;
        input.truncate(kept + count);
        if count < connection.needed {
            connection.needed -= count;
            connection.input = input;
            let (pending, len) = (connection.output.len(), connection.input.len());
            return match turn.on_watch(&mut connection.session, pending, len) {
                Flow::Close | Flow::Abort => Step::Drop,
                _ => Step::Go,
            };
        }
        self.deliver(turn);
        let (step, consumed) = self.consume(turn, slot, &input);
        self.keep(slot, input, consumed);
        step
    }

    /// Keeps what is left of `input` with the connection.
    fn keep(&mut self, slot: usize, mut input: Vec<u8>, consumed: usize) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if consumed < input.len() {
            input.drain(..consumed);
            connection.input = input;
        }
    }

    /// Gives bytes to the service until it wants no more; sends what comes out. Returns how many
    /// are done with.
    fn consume(&mut self, turn: &mut V::Turn<'_>, slot: usize, input: &[u8]) -> (Step, usize) {
        let Some(mut connection) = self.connections.get_mut(slot) else { return (Step::Stop, 0) };
        if connection.state != State::Open {
            // Mail has changed it just now.
            return (Step::Stop, 0);
        }
        connection.needed = 0;
        let mut consumed = 0;
        let mut step = Step::Go;
        while consumed < input.len() {
            let progress =
                turn.on_bytes(&mut connection.session, &input[consumed..], &mut self.output);
            consumed += progress.consumed;
            if let Some(release_at) = progress.release_at {
                connection.release_at = connection.release_at.max(release_at);
            }
            match progress.flow {
                Flow::Again => {}
                Flow::Incomplete(needed) => {
                    connection.needed = needed;
                    break;
                }
                Flow::Retry => {
                    connection.state = State::Retrying;
                    self.retrying.push(slot);
                    step = Step::Stop;
                    break;
                }
                Flow::Hold => {
                    connection.state = State::Held;
                    step = Step::Stop;
                    break;
                }
                Flow::Close => {
                    connection.state = State::Closing;
                    step = Step::Stop;
                    break;
                }
                Flow::Abort => {
                    self.output.clear();
                    return (Step::Drop, consumed);
                }
            }
            if self.output.len() >= FLUSH_AT || self.inbox.has_mail() {
                if self.put_out(turn, slot) == Step::Drop {
                    return (Step::Drop, consumed);
                }
                self.deliver(turn);
            }
            let Some(again) = self.connections.get_mut(slot) else { return (Step::Stop, consumed) };
            if again.state != State::Open {
                break;
            }
            connection = again;
        }
        if self.put_out(turn, slot) == Step::Drop {
            step = Step::Drop;
        }
        (step, consumed)
    }

    /// Sends the shared output on this connection, or keeps it there.
    fn put_out(&mut self, turn: &mut V::Turn<'_>, slot: usize) -> Step {
        let Some(connection) = self.connections.get_mut(slot) else { return Step::Stop };
        let waits = connection.release_at != 0;
        let is_long = self.output.len() >= CHECKED_MIN;
        if is_long {
            // Before it is sent: a reply over the limit is not sent in part.
            let pending = connection.output.len() + self.output.len();
            if !turn.allows_output(&mut connection.session, pending) {
                // Its memory too: it may be more than is good to keep.
                self.output = Output::new();
                return Step::Drop;
            }
        }
        if !waits && connection.output.is_empty() && !self.output.is_empty() {
            match send(&mut connection.stream, &mut self.output, &mut self.sent) {
                Sent::All if is_long => {
                    turn.allows_output(&mut connection.session, 0);
                }
                Sent::All => {}
                Sent::Some => connection.blocked = true,
                Sent::Broken => {
                    self.output.clear();
                    return Step::Drop;
                }
            }
        }
        if !self.output.is_empty() {
            if connection.output.is_empty() {
                let fresh = self.spare.pop().unwrap_or_default();
                connection.output = std::mem::replace(&mut self.output, fresh);
            } else {
                connection.output.append(self.output.take());
            }
            if waits {
                note_waiting(&mut self.waiting, connection, slot);
            }
            let pending = connection.output.len();
            if !turn.allows_output(&mut connection.session, pending) {
                return Step::Drop;
            }
        }
        let is_over = connection.state == State::Closing && connection.output.is_empty();
        if is_over || connection.is_deserted() { Step::Drop } else { Step::Go }
    }

    /// After a commit: sends what may go now.
    fn release(&mut self, turn: &mut V::Turn<'_>, released: u64) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|&slot| {
            let Some(connection) = self.connections.get_mut(slot) else { return false };
            if connection.release_at > released {
                return true;
            }
            connection.release_at = 0;
            connection.is_waiting = false;
            note_unsent(&mut self.unsent, connection, slot);
            false
        });
        self.waiting = waiting;
        let mut unsent = std::mem::take(&mut self.unsent);
        for slot in unsent.drain(..) {
            let Some(connection) = self.connections.get_mut(slot) else { continue };
            connection.is_unsent = false;
            if connection.release_at != 0 {
                note_waiting(&mut self.waiting, connection, slot);
                continue;
            }
            if connection.blocked {
                continue;
            }
            let outcome = connection.flush(&mut self.sent);
            turn.on_sent(&mut connection.session, connection.output.len());
            if outcome == Sent::All {
                turn.allows_output(&mut connection.session, 0);
                let emptied = connection.output.take();
                if self.spare.len() < SPARES_MAX && emptied.heap_bytes() <= SPARE_BYTES_MAX {
                    self.spare.push(emptied);
                }
            }
            let closing = connection.state == State::Closing && outcome == Sent::All;
            if closing || outcome == Sent::Broken || connection.is_deserted() {
                self.close(turn, slot);
            }
        }
        self.unsent = unsent;
    }

    fn watch(&mut self, turn: &mut V::Turn<'_>) {
        let mut ended = Vec::new();
        for (slot, connection) in &mut self.connections {
            let pending = connection.output.len();
            let input = connection.input.len();
            match turn.on_watch(&mut connection.session, pending, input) {
                Flow::Close | Flow::Abort => ended.push(slot),
                _ => {}
            }
        }
        for slot in ended {
            self.close(turn, slot);
        }
    }

    fn close(&mut self, turn: &mut V::Turn<'_>, slot: usize) {
        if let Some(connection) = self.connections.try_remove(slot) {
            self.load[self.index].fetch_sub(1, Relaxed);
            turn.close(connection.session);
        }
    }

    fn close_all(&mut self, turn: &mut V::Turn<'_>) {
        for connection in self.connections.drain() {
            let mut connection = connection;
            let _ = connection.flush(&mut self.sent);
            turn.close(connection.session);
        }
    }
}

/// Remembers that a connection has released output to send.
fn note_unsent<S>(unsent: &mut Vec<usize>, connection: &mut Connection<S>, slot: usize) {
    if !std::mem::replace(&mut connection.is_unsent, true) {
        unsent.push(slot);
    }
}

/// Remembers that a connection's output waits for a release.
fn note_waiting<S>(waiting: &mut Vec<usize>, connection: &mut Connection<S>, slot: usize) {
    if !std::mem::replace(&mut connection.is_waiting, true) {
        waiting.push(slot);
    }
}

/// What a failed read means for its connection.
fn failed<S>(connection: &mut Connection<S>, error: &io::Error) -> Step {
    match error.kind() {
        ErrorKind::WouldBlock => {
            connection.readable = false;
            Step::Stop
        }
        ErrorKind::Interrupted => Step::Go,
        _ => Step::Drop,
    }
}
