//! Joins the engine to the event loop: the engine's turns as `net` wants them.

use std::sync::Arc;
use std::time::Duration;

use engine::{Address, Cast, Mail, Next, Node, Post, Recipients, Session, Visitor, WorkerState};
use net::{Commit, Delivered, Flow, Peer, Postbox, Progress, Service, Turn};
use protocol::Output;

/// A node behind sockets.
pub struct NodeService(pub Arc<Node>);

/// The engine's turn behind `net`'s trait.
pub struct NodeTurn<'t>(engine::Turn<'t>);

impl Service for NodeService {
    type Worker = WorkerState;
    type Session = Session;
    type Mail = Mail;
    type Cast = Cast;
    type Turn<'t> = NodeTurn<'t>;

    fn worker(&self, index: usize) -> WorkerState {
        WorkerState::new(&self.0, index)
    }

    fn begin<'t>(&'t self, worker: &'t mut WorkerState) -> NodeTurn<'t> {
        NodeTurn(self.0.begin(worker))
    }

    fn is_over(&self) -> bool {
        self.0.lifecycle.is_over()
    }
}

fn flow_of(next: Next) -> Flow {
    match next {
        Next::Continue | Next::Deliver => Flow::Again,
        Next::Incomplete(needed) => Flow::Incomplete(needed),
        Next::Retry => Flow::Retry,
        Next::Hold | Next::Park => Flow::Hold,
        Next::Close => Flow::Close,
        Next::Abort => Flow::Abort,
    }
}

fn delivered_of(delivered: engine::Delivered) -> Delivered {
    Delivered { flow: flow_of(delivered.next), release_at: delivered.release_at }
}

impl Turn for NodeTurn<'_> {
    type Session = Session;
    type Mail = Mail;
    type Cast = Cast;

    fn open(&mut self, peer: Peer, output: &mut Output) -> Option<Session> {
        let visitor = Visitor {
            address: peer.address,
            local: peer.local,
            is_unix: peer.is_unix,
            is_loopback: peer.is_loopback,
            speaks: peer.speaks,
            descriptor: peer.descriptor,
            at: Address { worker: peer.worker, slot: peer.slot },
        };
        self.0.open(visitor, output)
    }

    #[inline]
    fn on_bytes(&mut self, session: &mut Session, input: &[u8], output: &mut Output) -> Progress {
        let progress = self.0.on_bytes(session, input, output);
        Progress {
            consumed: progress.consumed,
            flow: flow_of(progress.next),
            release_at: progress.release_at,
        }
    }

    fn on_mail(
        &mut self,
        _slot: usize,
        session: Option<&mut Session>,
        mail: Mail,
        output: &mut Output,
    ) -> Delivered {
        delivered_of(self.0.on_mail(session, mail, output))
    }

    #[inline]
    fn on_cast(
        &mut self,
        session: &mut Session,
        number: u64,
        cast: &Cast,
        output: &mut Output,
    ) -> Delivered {
        delivered_of(self.0.on_cast(session, number, cast, output))
    }

    fn on_watch(&mut self, session: &mut Session, pending: usize, input: usize) -> Flow {
        flow_of(self.0.on_watch(session, pending, input))
    }

    fn allows_output(&mut self, session: &mut Session, pending: usize) -> bool {
        self.0.allows_output(session, pending)
    }

    fn on_sent(&mut self, session: &mut Session, pending: usize) {
        self.0.note_pending(session, pending);
    }

    fn close(&mut self, session: Session) {
        self.0.close(session);
    }

    fn tick(&mut self) {
        self.0.tick();
    }

    fn commit(&mut self) -> Commit {
        let committed = self.0.commit();
        Commit {
            released: committed.released,
            next_tick: Duration::from_millis(committed.next_tick_ms),
        }
    }

    fn count_sent(&mut self, bytes: usize) {
        self.0.count_sent(bytes);
    }
}

/// The event loops' postboxes as the engine's post.
pub struct Postboxes(pub Vec<Postbox<Mail, Cast>>);

impl Post for Postboxes {
    fn post(&self, to: Address, mail: Mail) {
        if let Some(postbox) = self.0.get(to.worker) {
            postbox.send(to.slot, mail);
        }
    }

    fn cast(&self, worker: usize, to: Recipients, cast: Cast) {
        if let Some(postbox) = self.0.get(worker) {
            postbox.cast(to, cast);
        }
    }

    fn has_mail(&self, worker: usize) -> bool {
        self.0.get(worker).is_some_and(Postbox::has_mail)
    }

    fn wake(&self, worker: usize) {
        if let Some(postbox) = self.0.get(worker) {
            postbox.wake();
        }
    }

    fn wake_all(&self) {
        self.0.iter().for_each(Postbox::interrupt);
    }
}
