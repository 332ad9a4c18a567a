//! One connection: its socket, its session, what is unread and what is unsent.

use std::io::{self, ErrorKind, IoSlice};

use protocol::Output;

use crate::stream::Stream;

/// Pieces given to one `writev`.
const SLICES: usize = 64;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Bytes.
    Open,
    /// Another try with the bytes it has.
    Retrying,
    /// Mail.
    Held,
    /// The last of its output to be sent.
    Closing,
}

pub(crate) struct Connection<S> {
    pub(crate) stream: Stream,
    pub(crate) session: S,
    /// Received and not yet consumed.
    pub(crate) input: Vec<u8>,
    /// How much more input is needed before there can be progress.
    pub(crate) needed: usize,
    /// Put out and not yet sent.
    pub(crate) output: Output,
    /// The output waits until this is released; 0: it does not wait.
    pub(crate) release_at: u64,
    pub(crate) state: State,
    /// The socket may have bytes that no new event will tell of.
    pub(crate) readable: bool,
    /// The peer has sent its last byte: read on until the end shows, whatever a short read
    /// suggests.
    pub(crate) ended: bool,
    /// The socket refused bytes; an event will tell when it takes more.
    pub(crate) blocked: bool,
    /// It is in the worker's list of connections with output to send.
    pub(crate) is_unsent: bool,
    /// It is in the worker's list of connections whose output waits.
    pub(crate) is_waiting: bool,
}

/// What a connection's step ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There may be more to do at once.
    Go,
    /// Enough for now.
    Stop,
    /// The connection goes.
    Drop,
}

/// How sending went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Everything is sent.
    All,
    /// The rest has to wait for the socket.
    Some,
    /// The peer is gone.
    Broken,
}

impl<S> Connection<S> {
    pub(crate) fn new(stream: Stream, session: S) -> Self {
        Self {
            stream,
            session,
            input: Vec::new(),
            needed: 0,
            output: Output::new(),
            release_at: 0,
            state: State::Open,
            readable: true,
            ended: false,
            blocked: false,
            is_unsent: false,
            is_waiting: false,
        }
    }

    /// The peer has closed its side: what it asked for is still answered.
    pub(crate) fn end(&mut self) -> Step {
        if self.output.is_empty() {
            return Step::Drop;
        }
        self.state = State::Closing;
        Step::Stop
    }

    /// The peer has closed its side while what it asked for waits: nobody will read the answer,
    /// and nothing may be taken from the keyspace for it. What is ready goes out first.
    pub(crate) fn is_deserted(&self) -> bool {
        self.state == State::Held && self.ended && (self.output.is_empty() || self.blocked)
    }

    /// Sends what waits. Counts the bytes in `sent`.
    pub(crate) fn flush(&mut self, sent: &mut usize) -> Sent {
        let outcome = send(&mut self.stream, &mut self.output, sent);
        self.blocked = outcome == Sent::Some;
        outcome
    }
}

/// Sends as much of `output` as the socket takes.
pub(crate) fn send(stream: &mut Stream, output: &mut Output, sent: &mut usize) -> Sent {
    while !output.is_empty() {
        match send_once(stream, output) {
            Ok(0) => return Sent::Broken,
            Ok(count) => {
                *sent += count;
                output.advance(count);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Sent::Some,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Sent::Broken,
        }
    }
    Sent::All
}

fn send_once(stream: &mut Stream, output: &Output) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); SLICES];
    match output.io_slices(&mut slices) {
        1 => stream.write(&slices[0]),
        used => stream.write_vectored(&slices[..used]),
    }
}
