//! The way of one request through the server: how long each station took, and what was seen there.
//!
//! ```text
//!  bytes     its turn      the first      locks        body     record         its client's
//!  there     comes         attempt        are held     ends     is there       bytes are gone
//!    | queue   |   lock (attempts, waiting)  |    run    |   log  |  fsync | write  |
//! ```
//!
//! One record, [`Stages`], is filled along the way: by the request's own steps if it is traced
//! ([`Trace`], in `WorkerState::trace` meanwhile), and otherwise afterwards, if it turns out to
//! have been slow (`slow`). What comes after a request, the log's promise and the sending, is
//! added when its output is sent (`unsent`).
//!
//! Must be true: a usual request does not look at any of this. That somebody watches is a condition
//! of the node, which keeps requests from being usual.
//! Not here: what TRACE answers (`control::trace`), who watches others (`stream`).

mod slow;
pub(crate) mod stream;
mod unsent;

use std::cell::Cell;

use base::clock::Ticks;
use commands::context::{KeyArg, Limits};
use keyspace::Held;
use protocol::{Output, Request};

use crate::desk::{Desk, Job, Ran};

pub(crate) use stream::Tracers;
pub(crate) use unsent::Unsent;

/// Keys that are listed and looked at.
const KEYS_MAX: usize = 16;

/// How long a request was where, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stages {
    /// From the beginning of the worker's turn until its own turn.
    pub(crate) queue: u64,
    /// Until what it needs was locked.
    pub(crate) lock: u64,
    /// Carrying it out, but for the log.
    pub(crate) run: u64,
    /// Appending to the log and telling who wants to know.
    pub(crate) log: u64,
    /// Until the log had it as far as its policy promises. `None`: not known.
    pub(crate) fsync: Option<u64>,
    /// Until the system had taken all of its output. `None`: not known.
    pub(crate) write: Option<u64>,
}

impl Stages {
    /// Names and figures, in order.
    pub(crate) fn list(&self) -> [(&'static str, Option<u64>); 6] {
        [
            ("queue", Some(self.queue)),
            ("lock", Some(self.lock)),
            ("run", Some(self.run)),
            ("log", Some(self.log)),
            ("fsync", self.fsync),
            ("write", self.write),
        ]
    }

    /// All that is known together.
    pub(crate) fn total(&self) -> u64 {
        self.list().iter().filter_map(|(_, figure)| *figure).sum()
    }
}

/// What a value was like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) encoding: &'static str,
    pub(crate) bytes: usize,
}

/// A key of a traced request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) name: Vec<u8>,
    pub(crate) hash: u64,
    pub(crate) stripe: usize,
    /// Segment and bucket of its home in the stripe's table.
    pub(crate) home: Option<(usize, usize)>,
    pub(crate) before: Option<Look>,
    pub(crate) after: Option<Look>,
    /// Whether `before` was looked at.
    is_known: bool,
}

/// Whether values are looked at, which takes longer than many a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    Yes,
    No,
}

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Trace {
    looks: Looks,
    began: Ticks,
    queue: u64,
    /// Waiting in earlier attempts.
    waited: u64,
    locked: Option<Ticks>,
    log: u64,
    /// Looking at keys, which is no part of its way.
    looking: u64,
    /// Bytes of records.
    pub(crate) record_bytes: usize,
    pub(crate) keys: Vec<Seen>,
}

impl Trace {
    /// A request that waited so long (in a queue, in vain) is attempted now.
    pub(crate) fn begin(looks: Looks, queue: u64, waited: u64, keys: Vec<Seen>) -> Box<Self> {
        Box::new(Self {
            looks,
            began: Ticks::now(),
            queue,
            waited,
            locked: None,
            log: 0,
            looking: 0,
            record_bytes: 0,
            keys,
        })
    }

    /// What it needs is locked, or it needs nothing.
    pub(crate) fn note_locked(&mut self) {
        self.locked.get_or_insert(Ticks::now());
    }

    /// It was carried out by now.
    pub(crate) fn stages(&self) -> Stages {
        let lock = self.locked.map_or(0, |locked| locked.since(self.began));
        let took = Ticks::now().since(self.began);
        Stages {
            queue: self.queue,
            lock: self.waited + lock,
            run: took.saturating_sub(lock + self.log + self.looking),
            log: self.log,
            fsync: None,
            write: None,
        }
    }

    /// Looks at the keys among what is held, before the body or after it.
    fn look(&mut self, (database, limits): (usize, &Limits), held: &mut Held<'_>, is_before: bool) {
        if self.looks == Looks::No {
            return;
        }
        let begun = Ticks::now();
        for key in self.keys.iter_mut().filter(|key| held.contains(key.stripe)) {
            let entry = held.find(database, key.hash, &key.name);
            let look = entry.map(|entry| Look {
                encoding: commands::encoding(&entry, limits),
                bytes: entry.heap_bytes(),
            });
            if is_before && !key.is_known {
                (key.before, key.is_known) = (look, true);
            }
            key.after = look;
        }
        for key in &mut self.keys {
            if held.contains(key.stripe) {
                let position = held.keyspace().position_of(key.hash);
                key.home = held.table(database, key.stripe).home(position);
            }
        }
        self.looking += Ticks::now().since(begun);
    }
}

/// The keys of a request, as they are listed.
pub(crate) fn seen(node: &crate::Node, request: Request<'_>, keys: &[KeyArg]) -> Vec<Seen> {
    let seen = |key: &KeyArg| Seen {
        name: request.arg(key.index as usize).to_vec(),
        hash: key.hash,
        stripe: node.keyspace.stripe_of(key.hash),
        home: None,
        before: None,
        after: None,
        is_known: false,
    };
    keys.iter().take(KEYS_MAX).map(seen).collect()
}

impl Desk<'_> {
    /// As `run`, for a request that is traced.
    #[cold]
    pub(crate) fn run_traced(
        &mut self,
        job: &Job<'_>,
        held: &mut Held<'_>,
        output: &mut Output,
    ) -> Ran {
        let Some(mut trace) = self.state.trace.take() else {
            return self.run_usual(job, held, output, || *job);
        };
        trace.note_locked();
        let (database, limits) = (job.caller.database, self.state.knobs.limits);
        trace.look((database, &limits), held, true);
        let ran_at = Cell::new(None);
        let ran = self.run_usual(job, held, output, || {
            ran_at.set(Some(Ticks::now()));
            *job
        });
        if let Some(ran_at) = ran_at.get() {
            trace.log += Ticks::now().since(ran_at);
        }
        if self.state.has_effects && self.node.log.is_on() && !self.state.is_replaying {
            let state = &mut *self.state;
            let record = state.effects.record_of(job.request, &mut state.record);
            trace.record_bytes += record.len();
        }
        trace.look((database, &limits), held, false);
        self.state.trace = Some(trace);
        ran
    }
}

#[cfg(test)]
mod tests;
