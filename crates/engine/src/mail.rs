//! Mail: what one worker has for the sessions of another, or of itself.
//!
//! ```text
//!   Mail    for one session: end, go on, bytes
//!   Cast    the same bytes for several sessions of one worker, encoded once
//! ```
//!
//! Must be true
//! 1. Whoever sends mail about something holds the lock that orders it (of the channel, of the
//!    stripe), so that all receivers get it in one order: a worker's mail is kept in the order in
//!    which it was left.
//! 2. Sending only leaves the mail; the workers it was left for are woken once, at the end of the
//!    sender's turn. A worker looks for mail before it acts on bytes it has received, so nobody who
//!    asks after having been told finds that others have not been told.
//! 3. Mail names the client it is for, since slots are reused.
//! 4. What tells of a change that is in the log waits for the log as the reply to it does
//!    (`release_at`).

use std::sync::Arc;

use protocol::{Output, Reply, Version, decode};

use crate::clients::Address;
use crate::node::Node;
use crate::session::{ReplyMode, Session};
use crate::tracking::{Value, write_broken, write_invalid};
use crate::worker::{Delivered, Next, Turn, WorkerState};

/// From this length on, in bytes, what is cast is sent by reference.
const SHARED_MIN: usize = protocol::SHARED_MIN;

/// What is sent to one session. Names the client, since slots are reused.
#[derive(Debug)]
pub enum Mail {
    /// End the connection.
    Kill {
        /// Of this client.
        id: u64,
    },
    /// A pause is over: go on.
    Resume {
        /// This client.
        id: u64,
    },
    /// Bytes for the client; the session stays as it is.
    Output {
        /// This client.
        id: u64,
        /// What it is sent.
        output: Output,
        /// Not before the log has come this far.
        release_at: Option<u64>,
    },
    /// Keys that the client may have read are no longer valid.
    Invalid {
        /// This client.
        id: u64,
        /// Another client read them.
        is_redirected: bool,
        /// The keys.
        value: Value,
        /// Not before the log has come this far.
        release_at: Option<u64>,
    },
    /// The client that this one redirects to is gone.
    BrokenRedirect {
        /// This client.
        id: u64,
        /// The other.
        redirect: u64,
    },
    /// The reply to the request that the client waits with: it goes on.
    Answer {
        /// This client.
        id: u64,
        /// The reply.
        output: Output,
        /// Not before the log has come this far.
        release_at: Option<u64>,
    },
}

impl Mail {
    /// The client it is for.
    pub(crate) fn id(&self) -> u64 {
        match self {
            Self::Kill { id }
            | Self::Resume { id }
            | Self::Output { id, .. }
            | Self::Answer { id, .. }
            | Self::Invalid { id, .. }
            | Self::BrokenRedirect { id, .. } => *id,
        }
    }
}

/// How a [`Cast`] is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// An array in RESP2, a push in RESP3. What is cast lacks the first byte, which tells which.
    Message,
    /// As it is, for sessions that are shown every request.
    Line,
}

/// A message that nobody asked for just now, for several sessions.
#[derive(Clone, Debug)]
pub struct Cast {
    pub(crate) form: Form,
    /// The message.
    pub(crate) rest: Arc<Vec<u8>>,
    /// Not before the log has come this far.
    pub(crate) release_at: Option<u64>,
}

/// The clients of one worker that a [`Cast`] is for: slots and ids.
pub type Recipients = Arc<Vec<(u32, u64)>>;

/// Carries mail between workers. Leaving mail wakes nobody.
pub trait Post: Send + Sync {
    /// Leaves mail for a session.
    fn post(&self, to: Address, mail: Mail);
    /// Leaves the same mail for several sessions of a worker.
    fn cast(&self, worker: usize, to: Recipients, cast: Cast);
    /// Whether a worker may have mail that it has not looked at.
    fn has_mail(&self, worker: usize) -> bool;
    /// Makes a worker look for mail if it sleeps.
    fn wake(&self, worker: usize);
    /// Makes every worker go round its loop once.
    fn wake_all(&self);
}

/// The workers that a worker has left mail for in its present turn.
#[derive(Default)]
pub(crate) struct Outgoing {
    workers: Vec<usize>,
    /// This worker is among them: it has mail for itself, since this was last set to false.
    pub(crate) has_own: bool,
}

impl Outgoing {
    fn note(&mut self, worker: usize, own: usize) {
        self.has_own |= worker == own;
        if !self.workers.contains(&worker) {
            self.workers.push(worker);
        }
    }
}

impl WorkerState {
    /// Leaves mail for a session.
    pub(crate) fn post(&mut self, node: &Node, to: Address, mail: Mail) {
        node.outside.post.post(to, mail);
        self.outgoing.note(to.worker, self.index);
    }

    /// Leaves the same mail for several sessions of a worker.
    pub(crate) fn cast(&mut self, node: &Node, worker: usize, to: &Recipients, cast: Cast) {
        node.outside.post.cast(worker, Arc::clone(to), cast);
        self.outgoing.note(worker, self.index);
    }

    /// Wakes the workers that mail was left for. A worker that left some for itself is awake, and
    /// looks for it before it sleeps.
    pub(crate) fn wake_receivers(&mut self, node: &Node) {
        if !self.outgoing.workers.is_empty() && !self.slow_served.is_empty() {
            // Who waited was answered by mail.
            self.report_slow_served(node);
        }
        for worker in self.outgoing.workers.drain(..) {
            if worker != self.index {
                node.outside.post.wake(worker);
            }
        }
    }
}

/// Where what is told now must wait for the log to come, if it must.
pub(crate) fn release_point(node: &Node) -> Option<u64> {
    if !node.log.has_file() {
        return None;
    }
    Some(node.log.end()).filter(|&end| end > node.log.released())
}

impl Turn<'_> {
    /// Mail arrived for the client in a slot.
    pub fn on_mail(
        &mut self,
        session: Option<&mut Session>,
        mail: Mail,
        output: &mut Output,
    ) -> Delivered {
        let kept = Delivered { next: Next::Hold, release_at: None };
        let Some(session) = session.filter(|session| session.client.id == mail.id()) else {
            return kept;
        };
        match mail {
            Mail::Kill { .. } => Delivered { next: Next::Abort, ..kept },
            Mail::Resume { .. } => {
                session.client.set(crate::clients::flag::PAUSED, false);
                Delivered { next: Next::Continue, ..kept }
            }
            Mail::Output { output: bytes, release_at, .. } => {
                if let Some(following) = &session.following
                    && let Some(replica) = &following.replica
                {
                    replica.note_taken(bytes.len());
                }
                output.append(bytes);
                Delivered { release_at, ..kept }
            }
            Mail::Invalid { is_redirected, value, release_at, .. } => {
                write_invalid(session, is_redirected, &value, output);
                Delivered { release_at, ..kept }
            }
            Mail::BrokenRedirect { redirect, .. } => {
                write_broken(session, redirect, output);
                kept
            }
            Mail::Answer { output: reply, release_at, .. } => {
                self.unpark(&session.client);
                if session.reply_mode != ReplyMode::Off {
                    output.append(reply);
                }
                Delivered { next: Next::Continue, release_at }
            }
        }
    }

    /// Mail for several sessions arrived, this one among them if the client is still the same.
    #[inline]
    pub fn on_cast(
        &mut self,
        session: &mut Session,
        id: u64,
        cast: &Cast,
        output: &mut Output,
    ) -> Delivered {
        let is_deaf = match cast.form {
            // Whoever has no pushes and listens to nothing could not tell a message from a reply.
            Form::Message => !session.version.is_typed() && session.subscriptions.is_none(),
            Form::Line => !session.is_monitor,
        };
        if session.client.id != id || is_deaf {
            return Delivered { next: Next::Hold, release_at: None };
        }
        cast.write(session.version, output);
        Delivered { next: Next::Hold, release_at: cast.release_at }
    }
}

impl Cast {
    /// Appends the message as a client of this version understands it.
    #[inline]
    pub(crate) fn write(&self, version: Version, output: &mut Output) {
        match (self.form, version) {
            (Form::Message, Version::Resp2) => output.push_bytes(b"*"),
            (Form::Message, Version::Resp3) => output.push_bytes(b">"),
            (_, Version::Binary2 | Version::Binary3) => return self.write_binary(version, output),
            (Form::Line, _) => {}
        }
        if self.rest.len() >= SHARED_MIN {
            output.push_shared(&self.rest);
        } else {
            output.push_bytes(&self.rest);
        }
    }

    /// The message is there in RESP, since that is what nearly all receivers speak.
    #[cold]
    fn write_binary(&self, version: Version, output: &mut Output) {
        let first: &[u8] = if self.form == Form::Message { b">" } else { b"" };
        let message = [first, &self.rest].concat();
        if let Ok(Some((value, _))) = decode(&message) {
            Reply::new(output, version).value(&value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::Output;

    use super::{Cast, Form, Mail};
    use crate::clients::Address;
    use crate::testing::Bench;
    use crate::worker::Next;

    fn at(slot: usize) -> Address {
        Address { worker: 0, slot }
    }

    #[test]
    fn mail_reaches_the_client_it_names_and_no_later_one_in_its_slot() {
        let mut bench = Bench::default();
        bench.connect();
        for id in [2, 9] {
            let mut output = Output::new();
            output.push_bytes(b"+hello\r\n");
            bench.post(at(1), Mail::Output { id, output, release_at: None });
        }
        assert_eq!(bench.received(1), "+hello");
        bench.post(at(1), Mail::Kill { id: 9 });
        bench.deliver();
        assert_eq!(bench.received[1].1, Next::Hold);
        bench.post(at(1), Mail::Kill { id: 2 });
        bench.deliver();
        assert_eq!(bench.received[1].1, Next::Abort);
    }

    #[test]
    fn a_cast_is_an_array_or_a_push_whatever_its_length() {
        let mut bench = Bench::default();
        bench.connect();
        bench.connect();
        bench.run("SUBSCRIBE a");
        bench.run_as(1, "HELLO 3");
        for len in [3, 100_000] {
            let rest = format!("1\r\n${len}\r\n{}\r\n", "x".repeat(len));
            let cast = Cast {
                form: Form::Message,
                rest: Arc::new(rest.clone().into_bytes()),
                release_at: None,
            };
            bench.cast(Arc::new(vec![(0, 1), (1, 2), (2, 7)]), cast);
            let shown = rest.trim_end().replace("\r\n", " ");
            assert_eq!(bench.received(0), format!("*{shown}"));
            assert_eq!(bench.received(1), format!(">{shown}"));
            assert_eq!(bench.received(2), "", "another client has the slot");
        }
    }
}
