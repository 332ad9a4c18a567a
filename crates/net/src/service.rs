//! What the loop asks of whoever understands the bytes.

use std::time::Duration;

use protocol::{Output, Version};

/// Who connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Address of the client, `ip:port` or the path of the unix socket with `:0`.
    pub address: String,
    /// Address it connected to, likewise.
    pub local: String,
    /// Through a unix socket.
    pub is_unix: bool,
    /// From this machine.
    pub is_loopback: bool,
    /// What is spoken at the address it connected to.
    pub speaks: Version,
    /// Descriptor number, for display.
    pub descriptor: i32,
    /// The worker that serves it.
    pub worker: usize,
    /// Its place in that worker: where mail goes.
    pub slot: usize,
}

/// What to do with a connection next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Call again if bytes are left.
    Again,
    /// The rest is not a whole request; call again when at least so many more bytes have come.
    Incomplete(usize),
    /// Something it needs is taken for a moment: call again with the same bytes soon.
    Retry,
    /// Do not call before mail says [`Turn::on_mail`] wants it.
    Hold,
    /// Send what there is, then close.
    Close,
    /// Close at once.
    Abort,
}

/// What became of some bytes.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes of the input that are done with.
    pub consumed: usize,
    /// What next.
    pub flow: Flow,
    /// The output must wait until [`Commit::released`] reaches this.
    pub release_at: Option<u64>,
}

/// What became of mail.
#[derive(Clone, Copy, Debug)]
pub struct Delivered {
    /// What next; `Hold` keeps the connection as it is.
    pub flow: Flow,
    /// The output must wait until [`Commit::released`] reaches this.
    pub release_at: Option<u64>,
}

/// The end of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Commit {
    /// Outputs that wait for this or less may be sent.
    pub released: u64,
    /// When the service wants its next turn even if nothing happens.
    pub next_tick: Duration,
}

/// A server's logic, shared by all workers.
pub trait Service: Send + Sync + 'static {
    /// State of one worker thread.
    type Worker;
    /// State of one connection.
    type Session;
    /// What workers send one another.
    type Mail: Send + 'static;
    /// What workers send one another for several sessions at once.
    type Cast: Send + 'static;
    /// A worker at work.
    type Turn<'t>: Turn<Session = Self::Session, Mail = Self::Mail, Cast = Self::Cast>
    where
        Self: 't;

    /// Makes the state of worker `index`; called on its thread.
    fn worker(&self, index: usize) -> Self::Worker;

    /// Begins a batch.
    fn begin<'t>(&'t self, worker: &'t mut Self::Worker) -> Self::Turn<'t>;

    /// True when workers shall stop.
    fn is_over(&self) -> bool;
}

/// One batch of a worker.
pub trait Turn {
    /// See [`Service::Session`].
    type Session;
    /// See [`Service::Mail`].
    type Mail;
    /// See [`Service::Cast`].
    type Cast;

    /// A client connected. `None`: it is refused, with what is in `output`.
    fn open(&mut self, peer: Peer, output: &mut Output) -> Option<Self::Session>;

    /// Bytes arrived. Appends replies to `output`.
    fn on_bytes(
        &mut self,
        session: &mut Self::Session,
        input: &[u8],
        output: &mut Output,
    ) -> Progress;

    /// Mail arrived for the session in `slot`, if there is one. Appends to `output` what the
    /// connection is to be sent.
    fn on_mail(
        &mut self,
        slot: usize,
        session: Option<&mut Self::Session>,
        mail: Self::Mail,
        output: &mut Output,
    ) -> Delivered;

    /// Mail for several sessions arrived; this one has the slot of the one that was meant, and
    /// `number` came with the slot.
    fn on_cast(
        &mut self,
        session: &mut Self::Session,
        number: u64,
        cast: &Self::Cast,
        output: &mut Output,
    ) -> Delivered;

    /// Asked about every connection once a second or so. `pending` bytes of output are unsent,
    /// `input` bytes unread.
    fn on_watch(&mut self, session: &mut Self::Session, pending: usize, input: usize) -> Flow;

    /// After bytes were put out: false if the connection's output has grown beyond its limits.
    fn allows_output(&mut self, session: &mut Self::Session, pending: usize) -> bool;

    /// Of what was kept for the connection `pending` bytes are left after sending.
    fn on_sent(&mut self, session: &mut Self::Session, pending: usize);

    /// The connection is gone.
    fn close(&mut self, session: Self::Session);

    /// Work of its own: expiry, eviction, statistics.
    fn tick(&mut self);

    /// Ends the batch.
    fn commit(&mut self) -> Commit;

    /// Bytes went out over the network, for statistics.
    fn count_sent(&mut self, bytes: usize);
}
