//! What one worker thread has for itself, and its turn: one batch of work inside the gate.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use base::clock::Ticks;
use commands::context::Effects;
use commands::follows::Follows;
use config::Settings;
use keyspace::db::{Moment, Overdue, Tools, Touch};
use keyspace::eviction::{LfuSettings, Pool};
use keyspace::{Inside, Stamp};
use log::{Group, Policy};
use protocol::resp::parse::Limits as ProtocolLimits;
use protocol::{Output, Reply, Request};

use crate::announce::Postponed;
use crate::batch::{Batch, Listed, Tail, hash_keys};
use crate::clients::{Client, Visitor, flag};
use crate::control::pubsub::{end_monitor, forget_all, receiver};
use crate::control::tracking;
use crate::interest::OwnedName;
use crate::lifecycle::condition;
use crate::limits::Knobs;
use crate::mail::Outgoing;
use crate::node::Node;
use crate::renames::Names;
use crate::scripting::{FunctionInterpreter, Interpreter};
use crate::session::Session;
use crate::slowlog::Slow;
use crate::stats::Tally;
use crate::trace::{Trace, Unsent};
use crate::tracking::Changed;
use crate::waiting::Ending as EndOfWait;

/// A worker reports what it allocated when it is more than this many bytes.
pub(crate) const MEMORY_REPORT: i64 = 64 << 10;

/// In `Turn::release_at`: nothing was logged, but the output is kept until the end of the turn.
pub(crate) const KEPT: u64 = 0;

/// Unread replies that a client may pile up before it has authenticated.
const STRANGER_OUTPUT_MAX: usize = 64 << 10;

/// What a worker keeps from turn to turn.
pub struct WorkerState {
    pub(crate) index: usize,
    pub(crate) batch: Batch,
    pub(crate) tools: Tools,
    pub(crate) effects: Effects,
    /// Whether `effects` must be cleared before they are used again.
    pub(crate) has_effects: bool,
    pub(crate) random: fastrand::Rng,
    pub(crate) tally: Tally,
    pub(crate) settings: Arc<Settings>,
    pub(crate) knobs: Knobs,
    pub(crate) pool: Pool,
    pub(crate) reported_memory: i64,
    /// Sessions that wait for a pause to end.
    pub(crate) paused: Vec<Arc<Client>>,
    pub(crate) upkeep: crate::upkeep::Upkeep,
    /// What this worker does is in the log already.
    pub(crate) is_replaying: bool,
    /// Encoded records, reused.
    pub(crate) record: Vec<u8>,
    pub(crate) outgoing: Outgoing,
    /// Keys that changed and that sessions want to be told of by prefix.
    pub(crate) changed: Changed,
    /// What is to be told when the present transaction or script is logged.
    pub(crate) postponed: Option<Vec<Postponed>>,
    /// Keys that were touched while somebody waits for them.
    pub(crate) touched_awaited: VecDeque<OwnedName>,
    /// Requests that waited and were slow, for the slow log.
    pub(crate) slow_served: Vec<Slow>,
    /// When this worker's waiting clients have waited long enough: unix ms and the client's id.
    pub(crate) wait_ends: BTreeMap<(i64, u64), Arc<Client>>,
    /// When those of them are looked at again whom time may serve, likewise.
    pub(crate) look_agains: BTreeMap<(i64, u64), Arc<Client>>,
    /// Records of a transaction or script under way.
    pub(crate) group: Option<Group>,
    pub(crate) spare_group: Group,
    /// Whether requests that take long are carried out aside.
    pub(crate) may_defer: bool,
    /// The interpreter, once there was a script.
    pub(crate) interpreter: Option<Box<Interpreter>>,
    pub(crate) functions: Option<Box<FunctionInterpreter>>,
    /// What the running script's commands do does not go into the log.
    pub(crate) is_log_muted: bool,
    /// The request that is carried out, if it is traced.
    pub(crate) trace: Option<Box<Trace>>,
    /// When the last request that is not brief began to be logged.
    pub(crate) logging_at: Option<Ticks>,
    /// Requests whose stages are known when their output is sent.
    pub(crate) unsent: Vec<Unsent>,
    /// The end of the last turn while there were any.
    pub(crate) committed_at: Ticks,
}

impl WorkerState {
    /// The state of worker `index` (0-based; the engine's last seat is for loading).
    pub fn new(node: &Node, index: usize) -> Self {
        let settings = node.settings();
        let knobs = Knobs::of(&settings, &node.lifecycle.rehearsal);
        let tools = Tools { wanted: knobs.notices.wanted(), ..Tools::default() };
        Self {
            index,
            batch: Batch::default(),
            tools,
            effects: Effects::default(),
            has_effects: false,
            random: fastrand::Rng::new(),
            tally: Tally::default(),
            settings,
            knobs,
            pool: Pool::default(),
            reported_memory: 0,
            paused: Vec::new(),
            upkeep: crate::upkeep::Upkeep::default(),
            is_replaying: false,
            record: Vec::new(),
            outgoing: Outgoing::default(),
            changed: Changed::new(),
            postponed: None,
            slow_served: Vec::new(),
            touched_awaited: VecDeque::new(),
            wait_ends: BTreeMap::new(),
            look_agains: BTreeMap::new(),
            group: None,
            spare_group: Group::new(),
            may_defer: false,
            interpreter: None,
            functions: None,
            is_log_muted: false,
            trace: None,
            logging_at: None,
            unsent: Vec::new(),
            committed_at: Ticks::now(),
        }
    }
}

impl WorkerState {
    /// Takes note of settings that were changed since the last time.
    fn note_settings(&mut self, node: &Node) {
        let settings = node.settings.load();
        if !Arc::ptr_eq(&settings, &self.settings) {
            self.take_settings(node, Arc::clone(&settings));
        }
    }

    /// From now on these settings hold.
    pub(crate) fn take_settings(&mut self, node: &Node, settings: Arc<Settings>) {
        self.knobs = Knobs::of(&settings, &node.lifecycle.rehearsal);
        self.tools.wanted = self.knobs.notices.wanted();
        self.settings = settings;
        if self.is_replaying {
            self.accept_records();
        }
    }

    /// A record was accepted under the version that was followed then: so it is now.
    pub(crate) fn accept_records(&mut self) {
        self.knobs.limits.follows = Follows::OF_RECORDS;
    }
}

/// What to do with a session next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on if there are more bytes.
    Continue,
    /// At least so many more bytes must come.
    Incomplete(usize),
    /// Go on when the mail that is there was delivered.
    Deliver,
    /// Try again soon with the same bytes.
    Retry,
    /// Leave it until mail comes, and then try again with the same bytes.
    Hold,
    /// The request is done with, but its reply comes by mail: leave the rest until then.
    Park,
    /// Send the replies, then close.
    Close,
    /// Close now.
    Abort,
}

/// What became of a session's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes done with.
    pub consumed: usize,
    /// What next.
    pub next: Next,
    /// The replies must wait until the log has come this far.
    pub release_at: Option<u64>,
}

/// What became of mail.
#[derive(Clone, Copy, Debug)]
pub struct Delivered {
    /// What next; [`Next::Hold`] leaves the session as it is.
    pub next: Next,
    /// What was put out must wait until the log has come this far.
    pub release_at: Option<u64>,
}

/// The end of a turn.
#[derive(Clone, Copy, Debug)]
pub struct Committed {
    /// Replies that wait for the log to come to this or less may go.
    pub released: u64,
    /// Milliseconds until the worker's own work wants the next turn.
    pub next_tick_ms: u64,
}

/// A worker at work. Dropping it leaves the gate.
pub struct Turn<'t> {
    pub(crate) node: &'t Node,
    pub(crate) state: &'t mut WorkerState,
    pub(crate) inside: Inside<'t>,
    pub(crate) moment: Moment,
    /// Where the log stood after the last record of the present session.
    pub(crate) release_at: Option<u64>,
    /// Batches of requests that appended to the log.
    pub(crate) writers: usize,
    pub(crate) ticks: Ticks,
    /// When the turn began.
    pub(crate) began: Ticks,
    /// When the present batch began to be carried out.
    pub(crate) batch_at: Ticks,
    /// When its first request was first attempted in vain.
    pub(crate) refused_at: Option<Ticks>,
    /// Brief requests for one row that were carried out since then.
    pub(crate) run: Run,
    /// Whether the present request ends a run (see [`Run`]).
    pub(crate) ends_run: bool,
    /// The number of the first request of the present batch whose element was not prefetched.
    pub(crate) elements_until: usize,
    /// When `moment` was read.
    moment_at: Ticks,
    /// The unix time that `moment` has in ms, in microseconds.
    pub(crate) moment_us: u64,
}

/// Requests whose time is measured together with that of the next one: brief ones, for the same
/// row as the next. Reading the clock for each took a tenth of a GET's time.
#[derive(Clone, Copy, Default)]
pub(crate) struct Run {
    pub(crate) id: u16,
    pub(crate) count: u32,
}

/// A turn with long requests, or very many, reads the clock again after so long: what comes later
/// must neither find keys whose time is up nor set times that are too early.
pub(crate) const MOMENT_NS_MAX: u64 = 1_000_000;

impl Node {
    /// Begins a turn of the worker whose state it is.
    pub fn begin<'t>(&'t self, state: &'t mut WorkerState) -> Turn<'t> {
        // Inside first: settings change while nobody else is.
        let inside = self.keyspace.gate().enter(state.index);
        state.note_settings(self);
        state.may_defer = state.index < self.outside.workers && self.long_requests.is_served();
        let is_paused = self.lifecycle.conditions() & condition::PAUSED != 0;
        state.tools.overdue = if is_paused { Overdue::Stays } else { Overdue::Goes };
        let moment_us = self.outside.clock.unix_us();
        let moment = moment((moment_us / 1_000) as i64, &state.knobs);
        let ticks = Ticks::now();
        Turn {
            node: self,
            state,
            inside,
            moment,
            release_at: None,
            writers: 0,
            ticks,
            began: ticks,
            batch_at: ticks,
            refused_at: None,
            run: Run::default(),
            ends_run: true,
            elements_until: 0,
            moment_at: ticks,
            moment_us,
        }
    }
}

pub(crate) fn moment(now_ms: i64, knobs: &Knobs) -> Moment {
    match knobs.limits.lfu {
        Some(lfu) => {
            Moment { now_ms, stamp: LfuSettings::fresh(now_ms), touch: Touch::Frequency(lfu) }
        }
        None => {
            let stamp = Stamp::of_seconds(now_ms as u64 / 1000);
            Moment { now_ms, stamp, touch: Touch::Recency }
        }
    }
}

impl<'t> Turn<'t> {
    /// Unix time of this turn in ms.
    pub fn now_ms(&self) -> i64 {
        self.moment.now_ms
    }

    /// Reads the clock again, after something that took long.
    #[cold]
    pub(crate) fn refresh_time(&mut self) {
        self.moment_at = Ticks::now();
        if self.state.is_replaying {
            // Long before any key's time is up.
            return;
        }
        self.moment_us = self.node.outside.clock.unix_us();
        self.moment = moment((self.moment_us / 1_000) as i64, &self.state.knobs);
    }

    /// A client connected. `None`: it is refused, and `output` says why.
    pub fn open(&mut self, visitor: Visitor, output: &mut Output) -> Option<Session> {
        let settings = &self.state.settings;
        if self.node.clients.len() >= settings.clients.maxclients as usize {
            self.state.tally.totals.rejected_connections += 1;
            Reply::new(output, visitor.speaks).error("ERR max number of clients reached");
            return None;
        }
        let has_password = self.wants_password();
        if settings.network.protected_mode && !has_password && !visitor.is_loopback {
            self.state.tally.totals.rejected_connections += 1;
            Reply::new(output, visitor.speaks).error(PROTECTED);
            return None;
        }
        self.state.tally.totals.connections += 1;
        let client = self.node.clients.enter(visitor, self.moment.now_ms);
        client.authenticated.store(!has_password, Relaxed);
        Some(Session::new(client, !has_password))
    }

    /// The client leaves: others find it no longer and nothing is sent to it any more. Before it is
    /// told so: whoever has seen it leave finds it gone.
    pub(crate) fn part(&mut self, session: &mut Session) {
        forget_all(self.node, session);
        tracking::end(self.node, session);
        end_monitor(self.node, session);
        self.node.tracers.leave(self.node, receiver(session));
        self.node.forget_memory(&session.client);
        self.node.clients.leave(session.client.id);
    }

    /// The client is gone.
    pub fn close(&mut self, mut session: Session) {
        self.part(&mut session);
        if session.following.take().is_some_and(|it| it.replica.is_some()) {
            self.node.replication.remove(session.client.id);
        }
        self.node.forget_wait(session.client.id);
        self.state.end_wait(self.node, &session.client, EndOfWait::Gone);
        self.unpark(&session.client);
        self.unwatch(&mut session);
    }

    /// Bytes arrived: carries out the requests in them, as many as one batch holds.
    pub fn on_bytes(
        &mut self,
        session: &mut Session,
        input: &[u8],
        output: &mut Output,
    ) -> Progress {
        if self.inside.pass() {
            self.state.note_settings(self.node);
            self.refresh_time();
        } else if self.ticks.since(self.moment_at) > MOMENT_NS_MAX {
            self.refresh_time();
        }
        if self.state.knobs.clients_memory_max > 0 && !self.may_take_input(session, input.len()) {
            return Progress { consumed: 0, next: Next::Abort, release_at: None };
        }
        self.release_at = None;
        self.refused_at = session.refused_at.take();
        self.state.outgoing.has_own = false;
        self.state.tally.totals.reads += 1;
        let mut batch = std::mem::take(&mut self.state.batch);
        let limits = self.protocol_limits(session);
        let names = self.names(session);
        let keyspace = &self.node.keyspace;
        let (tail, end) = if session.version.is_binary() {
            batch.frame_binary(input, &limits, keyspace, names)
        } else {
            batch.frame(&mut session.parser, input, &limits, keyspace, names)
        };
        if batch.has_several_keys() {
            batch.prefetch(&self.node.keyspace, &self.inside, session.database);
        }
        let progress = self.run_batch(session, input, &batch, (tail, end), output);
        self.broadcast();
        self.writers += usize::from(self.release_at.is_some());
        if let Some(logged_to) = self.release_at {
            session.logged_to = logged_to;
            if self.node.log.feeds() {
                session.fed_to = self.node.log.feed_end();
            }
        }
        self.state.tally.totals.input_bytes += progress.consumed as u64;
        self.state.batch = batch;
        self.note_session(session, input.len() - progress.consumed);
        if self.state.knobs.clients_memory_max > 0 && !self.may_take(session) {
            return Progress { next: Next::Abort, ..progress };
        }
        progress
    }

    /// As `may_take`, with bytes that are still to be looked at.
    #[cold]
    fn may_take_input(&mut self, session: &Session, len: usize) -> bool {
        session.client.input_bytes.store(len as u32, Relaxed);
        self.may_take(session)
    }

    fn run_batch(
        &mut self,
        session: &mut Session,
        input: &[u8],
        batch: &Batch,
        (tail, end): (Tail, usize),
        output: &mut Output,
    ) -> Progress {
        self.ticks = Ticks::now();
        self.batch_at = self.ticks;
        self.elements_until = 0;
        let measures_runs = self.state.knobs.measures_runs;
        for index in 0..batch.requests.len() {
            let listed = Listed { batch, input, index };
            self.ends_run = !(measures_runs && listed.is_followed_by_its_like());
            let next = match self.execute_usual(session, listed, output) {
                Some(next) => next,
                None => {
                    let (spec, request, keys) = listed.request();
                    self.execute(session, spec, request, keys, output)
                }
            };
            if next != Next::Continue {
                self.break_off_run();
                let consumed = match next {
                    Next::Retry | Next::Hold => batch.start(index),
                    Next::Deliver if index + 1 < batch.requests.len() => batch.start(index + 1),
                    Next::Park => batch.end(index),
                    _ => end,
                };
                return self.progress(consumed, next);
            }
        }
        self.break_off_run();
        match tail {
            Tail::More => self.progress(end, Next::Continue),
            Tail::Incomplete(needed) => self.progress(end, Next::Incomplete(needed)),
            Tail::Inline(request) => {
                let next = self.execute_unframed(session, request.as_request(), output);
                let again = matches!(next, Next::Retry | Next::Hold);
                self.progress(if again { 0 } else { end }, next)
            }
            Tail::Broken(error) => {
                let mut text = b"ERR ".to_vec();
                text.extend_from_slice(&error.text());
                self.answer_error(session, &text, output);
                self.progress(input.len(), Next::Close)
            }
        }
    }

    /// No run goes on beyond here. Usually its last request has ended it.
    #[inline(always)]
    fn break_off_run(&mut self) {
        self.ends_run = true;
        if self.run.count > 0 {
            self.break_run();
        }
    }

    /// Carries out a request that was not framed in a batch.
    pub(crate) fn execute_unframed(
        &mut self,
        session: &mut Session,
        request: Request<'_>,
        output: &mut Output,
    ) -> Next {
        let mut keys = Vec::new();
        let spec = self.names(session).find(request).ok().filter(|s| s.accepts(request.len()));
        if let Some(spec) = spec {
            hash_keys(spec, request, &self.node.keyspace, &mut keys);
        }
        self.execute(session, spec, request, &keys, output)
    }

    fn progress(&self, consumed: usize, next: Next) -> Progress {
        let log = &self.node.log;
        let release_at = if log.has_file() && log.policy() == Policy::Always {
            // Reads wait too: nobody shall see what a crash could still take back.
            Some(log.end())
        } else {
            self.release_at
        };
        let release_at = release_at.filter(|&at| at > log.released());
        // What is released already keeps the output for the end of the turn, and no longer.
        let kept = self.release_at.filter(|&at| at == KEPT).map(|_| 1);
        Progress { consumed, next, release_at: release_at.or(kept) }
    }

    /// The log knows commands by their own names.
    #[inline(always)]
    pub(crate) fn names(&self, session: &Session) -> Names<'t> {
        if session.is_loader { Names::Own } else { self.node.names() }
    }

    /// Error replies since the last commit.
    pub(crate) fn errors(&self) -> u64 {
        self.state.tally.totals.errors
    }

    fn protocol_limits(&self, session: &Session) -> ProtocolLimits {
        if session.authenticated {
            let bulk_len_max = self.state.knobs.limits.string_len_max as u64;
            ProtocolLimits { bulk_len_max, ..ProtocolLimits::default() }
        } else {
            ProtocolLimits::unauthenticated()
        }
    }

    /// Tells the others what the session is doing.
    #[inline]
    fn note_session(&mut self, session: &Session, unread: usize) {
        let client = &session.client;
        client.last_active_ms.store(self.moment.now_ms, Relaxed);
        client.input_bytes.store(unread as u32, Relaxed);
        client.database.store(session.database as u32, Relaxed);
    }

    /// Answers an error outside of a body, and counts it.
    pub(crate) fn answer_error(&mut self, session: &mut Session, text: &[u8], output: &mut Output) {
        self.state.tally.count_error(text);
        let mark = output.mark();
        Reply::new(output, session.version).error_bytes(text);
        self.suppress(session, mark, output);
    }

    /// Looked at twice a second: is the client idle too long, or its output too long?
    pub fn on_watch(&mut self, session: &mut Session, pending: usize, unread: usize) -> Next {
        let client = &session.client;
        client.output_bytes.store(pending as u64, Relaxed);
        let timeout_ms = i64::from(self.state.settings.clients.timeout_s) * 1000;
        let idle_ms = self.moment.now_ms - client.last_active_ms.load(Relaxed);
        let waits = client.has(flag::PAUSED | flag::BLOCKED | flag::PUBSUB | flag::REPLICA);
        if timeout_ms > 0 && idle_ms > timeout_ms && !waits {
            return Next::Close;
        }
        let limit = self.state.settings.clients.query_buffer_limit_bytes;
        if (unread + session.parser.heap_bytes()) as u64 > limit {
            self.state.tally.totals.query_buffer_disconnections += 1;
            return Next::Close;
        }
        client.input_bytes.store((unread + session.parser.heap_bytes()) as u32, Relaxed);
        if self.allows_output(session, pending) { Next::Continue } else { Next::Close }
    }

    /// Whether a session may have so much unsent output.
    pub fn allows_output(&mut self, session: &mut Session, pending: usize) -> bool {
        session.client.output_bytes.store(pending as u64, Relaxed);
        let limits = &self.state.settings.clients.output_buffer_limits;
        let limit = if session.client.has(flag::REPLICA) {
            limits.replica
        } else if session.subscriptions.is_some() {
            limits.pubsub
        } else {
            limits.normal
        };
        if !session.authenticated && pending > STRANGER_OUTPUT_MAX {
            return false;
        }
        let pending = pending as u64;
        let over_hard = limit.hard_bytes > 0 && pending >= limit.hard_bytes;
        let over_soft = limit.soft_bytes > 0 && pending >= limit.soft_bytes;
        if !over_soft {
            session.over_soft_limit_since = 0;
        } else if session.over_soft_limit_since == 0 {
            session.over_soft_limit_since = self.moment.now_ms;
        }
        let soft_ms = self.moment.now_ms - session.over_soft_limit_since;
        let too_long = over_soft && soft_ms > limit.soft_s as i64 * 1000;
        if over_hard || too_long {
            self.state.tally.totals.output_buffer_disconnections += 1;
            self.node.journal().warning(format_args!(
                "Client id={} addr={} scheduled to be closed ASAP for overcoming of output buffer \
                 limits.",
                session.client.id, session.client.visitor.address
            ));
        }
        !(over_hard || too_long) && self.may_take(session)
    }

    /// Of what was kept for a session so much is left now.
    pub fn note_pending(&mut self, session: &Session, pending: usize) {
        session.client.output_bytes.store(pending as u64, Relaxed);
        if session.client.has(flag::REPLICA) {
            self.node.replication.ring();
        }
        if pending == 0 && !self.state.unsent.is_empty() {
            self.note_sent(session);
        }
    }

    /// Bytes went out.
    pub fn count_sent(&mut self, bytes: usize) {
        let totals = &mut self.state.tally.totals;
        totals.output_bytes += bytes as u64;
        totals.writes += 1;
    }

    /// Adds the worker's tally to what all may read.
    pub(crate) fn settle_tally(&mut self) {
        let state = &mut *self.state;
        state.tally.totals.hits += std::mem::take(&mut state.effects.hits);
        state.tally.totals.misses += std::mem::take(&mut state.effects.misses);
        self.node.reports.stats.take_in(
            state.index,
            &mut state.tally,
            state.knobs.latency_tracking,
        );
    }

    /// Tells those who want to know by prefix what changed so far.
    #[inline]
    pub(crate) fn broadcast(&mut self) {
        if !self.state.changed.is_empty() {
            self.node.tracking.broadcast(self.node, self.state);
        }
    }

    pub(crate) fn commit_log(&mut self) -> u64 {
        let log = &self.node.log;
        let released = if self.writers == 1 { log.commit_alone() } else { log.commit() };
        if !self.node.log.is_failed() {
            return released;
        }
        // At once, so that no further write is acknowledged; upkeep takes it back.
        self.node.lifecycle.set(condition::LOG_FAILED, true);
        match self.node.log.policy() {
            Policy::Always => released,
            // Nothing but about a second was promised. A write that met the failure was carried
            // out and will be written when the disk allows; its client shall not wait for that.
            Policy::EverySecond | Policy::No => u64::MAX,
        }
    }

    /// Ends the batch: settles the log, the counters and the memory.
    pub fn commit(&mut self) -> Committed {
        let released = if self.node.log.has_file() { self.commit_log() } else { u64::MAX };
        if self.node.log.feeds() {
            self.node.replication.ring();
        }
        if !self.state.unsent.is_empty() {
            self.note_committed();
        }
        self.broadcast();
        self.state.wake_receivers(self.node);
        self.settle_tally();
        let state = &mut *self.state;
        state.tools.graveyard.tend(self.node.keyspace.gate(), state.index);
        if !state.tools.discarded.is_empty() {
            let discarded = std::mem::take(&mut state.tools.discarded);
            self.node.reaper.free(discarded.len() as u64, discarded);
        }
        let net = (self.node.outside.allocator.thread_net)();
        if (net - state.reported_memory).abs() >= MEMORY_REPORT {
            self.node.memory.report(net, &mut state.reported_memory);
        }
        let next_tick_ms = state.upkeep.next_tick_ms;
        let next_wait_end_ms = self.next_wait_end_ms().unwrap_or(next_tick_ms);
        Committed { released, next_tick_ms: next_tick_ms.min(next_wait_end_ms) }
    }
}

const PROTECTED: &str = "\
DENIED Redis is running in protected mode because protected mode is enabled \
and no password is set for the default user. In this mode connections are only accepted from the \
loopback interface. If you want to connect from external computers, set a password for the default \
user, or turn 'protected-mode' off.";
