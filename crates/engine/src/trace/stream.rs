//! TRACE ON: sessions that are shown the ways of others' requests.
//!
//! ```text
//!   > trace { command tokens client address database class keys
//!             log reply-bytes nanoseconds skipped }
//! ```
//!
//! Must be true: a watcher gets at most `PER_SECOND_MAX` messages a second; of what it did not get
//! it is told the number. Not shown are administrative requests, the watchers' own,
//! and those that wait or are carried out aside.

use std::sync::Arc;

use base::sync::Mutex;
use commands::context::KeyArg;
use commands::spec::{ADMIN, Spec};
use protocol::{Output, Reply, Request, Version};

use super::{Looks, Seen, Stages, Trace, Unsent, seen};
use crate::control::redacted;
use crate::lifecycle::condition;
use crate::mail::{Cast, Form};
use crate::node::Node;
use crate::pubsub::Receiver;
use crate::session::Session;
use crate::slowlog::shortened;
use crate::worker::{Next, Turn};

/// Messages that a watcher gets in a second.
const PER_SECOND_MAX: u64 = 1000;

/// A session that is shown requests.
pub(crate) struct Tracer {
    pub(crate) who: Receiver,
    /// Only requests with a key that begins so.
    pub(crate) prefix: Box<[u8]>,
    /// Only requests that took so long.
    pub(crate) least_us: u64,
    /// The present second, and the messages in it.
    second: i64,
    sent: u64,
    skipped: u64,
}

impl Tracer {
    pub(crate) fn new(who: Receiver, prefix: &[u8], least_us: u64) -> Self {
        Self { who, prefix: prefix.into(), least_us, second: 0, sent: 0, skipped: 0 }
    }

    fn wants(&self, streamed: &Streamed) -> bool {
        let fits = |key: &Seen| key.name.starts_with(&self.prefix);
        (self.prefix.is_empty() || streamed.keys.iter().any(fits))
            && streamed.stages.total() / 1000 >= self.least_us
            && streamed.client != self.who.id
    }

    /// Whether it may get a message in this second; if so, how many it did not get before.
    fn admit(&mut self, second: i64) -> Option<u64> {
        if second != self.second {
            (self.second, self.sent) = (second, 0);
        }
        if self.sent >= PER_SECOND_MAX {
            self.skipped += 1;
            return None;
        }
        self.sent += 1;
        Some(std::mem::take(&mut self.skipped))
    }
}

/// The sessions that are shown requests.
#[derive(Default)]
pub(crate) struct Tracers(Mutex<Vec<Tracer>>);

impl Tracers {
    /// A session is shown requests from now on, or others than before.
    pub(crate) fn enter(&self, node: &Node, tracer: Tracer) {
        let mut tracers = self.0.lock();
        tracers.retain(|other| other.who != tracer.who);
        tracers.push(tracer);
        node.lifecycle.set(condition::TRACED, true);
    }

    /// A request is not shown, since too many are under way.
    pub(super) fn skip(&self) {
        self.0.lock().iter_mut().for_each(|tracer| tracer.skipped += 1);
    }

    /// It is so no longer, if it was.
    pub(crate) fn leave(&self, node: &Node, who: Receiver) {
        if node.lifecycle.conditions() & condition::TRACED == 0 {
            return;
        }
        let mut tracers = self.0.lock();
        tracers.retain(|tracer| tracer.who != who);
        node.lifecycle.set(condition::TRACED, !tracers.is_empty());
    }
}

/// A request that was carried out, as it is shown.
#[derive(Debug)]
pub(crate) struct Streamed {
    client: u64,
    address: String,
    database: usize,
    command: String,
    class: &'static str,
    tokens: Vec<Vec<u8>>,
    keys: Vec<Seen>,
    record: Option<(u64, usize)>,
    reply_bytes: usize,
    pub(super) stages: Stages,
}

impl Turn<'_> {
    /// Whether requests are shown to whoever asked for that with TRACE ON.
    pub(crate) fn is_traced(&self) -> bool {
        self.node.lifecycle.conditions() & condition::TRACED != 0
    }

    /// Begins to trace a request if it is of the kind that is shown.
    pub(crate) fn begin_streamed(
        &mut self,
        session: &Session,
        spec: &Spec,
        request: Request<'_>,
        keys: &[KeyArg],
    ) {
        let is_hidden = spec.flags & ADMIN != 0 || session.is_loader;
        if is_hidden || !self.is_traced() {
            return;
        }
        let keys = seen(self.node, request, keys);
        self.state.trace = Some(self.begin_trace(Looks::No, keys));
    }

    /// A trace of the request that is attempted now.
    pub(crate) fn begin_trace(&mut self, looks: Looks, keys: Vec<Seen>) -> Box<Trace> {
        let waited = match self.refused_at {
            Some(refused_at) if self.ticks == self.batch_at => self.ticks.since(refused_at),
            _ => 0,
        };
        let queue = self.ticks.since(self.began).saturating_sub(waited);
        Trace::begin(looks, queue, waited, keys)
    }

    /// The request was carried out, if a trace was begun: it is shown when its output is sent.
    pub(crate) fn end_streamed(
        &mut self,
        session: &Session,
        spec: &Spec,
        request: Request<'_>,
        (next, reply_bytes): (Next, usize),
    ) {
        let Some(trace) = self.state.trace.take() else { return };
        if !matches!(next, Next::Continue | Next::Deliver) {
            return;
        }
        let offset = self.release_at.filter(|_| trace.record_bytes > 0);
        let streamed = Streamed {
            client: session.client.id,
            address: session.client.visitor.address.clone(),
            database: session.database,
            command: spec.full_name().to_ascii_lowercase(),
            class: class_name(spec, request),
            tokens: redacted(spec, shortened(request)),
            record: offset.map(|offset| (offset, trace.record_bytes)),
            reply_bytes,
            stages: trace.stages(),
            keys: trace.keys,
        };
        self.await_sending(Unsent::streamed(session.client.id, Box::new(streamed)));
    }

    /// Shows a request to those who want to see it.
    pub(super) fn cast_trace(&mut self, streamed: &Streamed) {
        let second = self.moment.now_ms / 1000;
        let mut tracers = self.node.tracers.0.lock();
        for tracer in tracers.iter_mut().filter(|tracer| tracer.wants(streamed)) {
            let Some(skipped) = tracer.admit(second) else { continue };
            let rest = Arc::new(streamed.message(skipped));
            let Receiver { at, id } = tracer.who;
            let to = Arc::new(vec![(at.slot as u32, id)]);
            let cast = Cast { form: Form::Message, rest, release_at: None };
            self.state.cast(self.node, at.worker, &to, cast);
        }
    }
}

impl Streamed {
    /// The message in RESP3, without its first byte.
    fn message(&self, skipped: u64) -> Vec<u8> {
        let mut output = Output::new();
        let mut reply = Reply::new(&mut output, Version::Resp3);
        reply.push(2);
        reply.bulk(b"trace");
        reply.map(11);
        write_text(&mut reply, "command", self.command.as_bytes());
        write_texts(&mut reply, "tokens", &self.tokens);
        reply.bulk(b"client");
        reply.int(self.client as i64);
        write_text(&mut reply, "address", self.address.as_bytes());
        reply.bulk(b"database");
        reply.int(self.database as i64);
        write_text(&mut reply, "class", self.class.as_bytes());
        let keys: Vec<Vec<u8>> = self.keys.iter().map(|key| key.name.clone()).collect();
        write_texts(&mut reply, "keys", &keys);
        write_record(&mut reply, self.record);
        reply.bulk(b"reply-bytes");
        reply.int(self.reply_bytes as i64);
        write_stages(&mut reply, &self.stages, &[]);
        reply.bulk(b"skipped");
        reply.int(skipped as i64);
        output.pieces().collect::<Vec<_>>().concat()[1..].to_vec()
    }
}

/// How a request is locked for.
pub(crate) fn class_name(spec: &Spec, request: Request<'_>) -> &'static str {
    use commands::spec::Class;
    match spec.class_of(request) {
        Class::Keys | Class::Varies => "keys",
        Class::Local => "local",
        Class::Walk => "walk",
        Class::Gate => "gate",
    }
}

pub(crate) fn write_text(reply: &mut Reply<'_>, name: &str, text: &[u8]) {
    reply.bulk(name.as_bytes());
    reply.bulk(text);
}

pub(crate) fn write_texts(reply: &mut Reply<'_>, name: &str, texts: &[Vec<u8>]) {
    reply.bulk(name.as_bytes());
    reply.array(texts.len());
    texts.iter().for_each(|text| reply.bulk(text));
}

/// The log's record: where it ends, and its bytes.
pub(crate) fn write_record(reply: &mut Reply<'_>, record: Option<(u64, usize)>) {
    reply.bulk(b"log");
    match record {
        None => reply.nil(),
        Some((offset, bytes)) => {
            reply.map(2);
            reply.bulk(b"offset");
            reply.int(offset as i64);
            reply.bulk(b"bytes");
            reply.int(bytes as i64);
        }
    }
}

/// The stages, `first` ones before them; nil where a figure is not known.
pub(crate) fn write_stages(reply: &mut Reply<'_>, stages: &Stages, first: &[(&str, u64)]) {
    let list = stages.list();
    reply.bulk(b"nanoseconds");
    reply.map(first.len() + list.len());
    let first = first.iter().map(|(name, figure)| (*name, Some(*figure)));
    for (name, figure) in first.chain(list) {
        write_number(reply, name, figure);
    }
}

pub(crate) fn write_number(reply: &mut Reply<'_>, name: &str, number: Option<u64>) {
    reply.bulk(name.as_bytes());
    match number {
        Some(number) => reply.int(number as i64),
        None => reply.nil(),
    }
}
