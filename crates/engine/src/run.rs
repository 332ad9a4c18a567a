//! Carrying out one request: find its row, admit it, lock its keys, run its body, log what it did.

use std::sync::atomic::Ordering::Relaxed;

use base::clock::Ticks;
use commands::arguments::is_word;
use commands::context::{Ctx, KeyArg, Outcome, Record};
use commands::errors::Error;
use commands::spec::{Body, Class, SKIP_SLOWLOG, Spec};
use commands::table::{self, Unknown};
use keyspace::db::{Cause, Moment, Touch};
use keyspace::{Alone, Db, Held};
use protocol::resp::decode::write_request;
use protocol::{Output, OwnedRequest, Reply, Request};

use crate::admission::Admission;
use crate::announce::{Happening, announce, event_of, has_audience};
use crate::clients::flag;
use crate::node::Node;
use crate::renames::own_name;
use crate::session::{ReplyMode, Session};
use crate::slowlog::{Slow, shortened};
use crate::stats::Ending;
use crate::worker::{Next, Turn, WorkerState};

/// Attacks are reported in the journal at most so often.
const ATTACK_REPORT_EVERY_S: u64 = 60;

/// How running a body ended.
pub(crate) enum Ran {
    Done,
    Failed(Error),
    /// A stripe is taken: nothing happened.
    Busy,
}

impl Turn<'_> {
    /// Carries out a request. `spec` is its row if there is one and the arity fits.
    #[inline]
    pub(crate) fn execute(
        &mut self,
        session: &mut Session,
        spec: Option<&'static Spec>,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> Next {
        let Some(spec) = spec else { return self.refuse_unknown(session, request, output) };
        if self.node.renames.is_some() && !is_word(request.arg(0), own_name(spec)) {
            return self.execute_by_own_name(session, spec, request, keys, output);
        }
        match self.admit(session, spec, request, keys) {
            Admission::Run => {}
            Admission::Refuse(refusal) => {
                self.state.tally.count(spec.id, Ending::Rejected, 0);
                self.answer_error(session, refusal.text(spec).as_bytes(), output);
                return Next::Continue;
            }
            Admission::Wait => return self.hold(session),
            Admission::Again => return Next::Retry,
        }
        let mark = output.mark();
        let mut next = Next::Continue;
        let ran = match spec.body {
            Body::Data(body) => self.run_data((session, spec), request, keys, body, output),
            Body::Control(control) => {
                let whose = (&mut *session, spec);
                let (ran, after) = self.run_control(control, whose, request, keys, output);
                next = after;
                ran
            }
            Body::Container => Ran::Failed(Error::Arity(spec.full_name().into())),
        };
        let ending = match ran {
            Ran::Done => Ending::Done,
            Ran::Failed(error) => {
                output.truncate_to(mark);
                let text = error.to_string();
                self.state.tally.count_error(text.as_bytes());
                Reply::new(output, session.version).error(&text);
                Ending::Failed
            }
            Ran::Busy => {
                output.truncate_to(mark);
                self.state.tally.totals.retries += 1;
                return Next::Retry;
            }
        };
        self.finish(session, spec, request, ending);
        if !session.is_plain {
            next = self.after_unplain(session, spec, (mark, next), output);
        }
        if session.closing { Next::Close } else { next }
    }

    /// What a session that is not plain needs after a request: its reply may be unwanted, and what
    /// it has just caused to be sent to itself comes before its next request.
    #[cold]
    fn after_unplain(
        &mut self,
        session: &mut Session,
        spec: &Spec,
        (mark, next): (protocol::Mark, Next),
        output: &mut Output,
    ) -> Next {
        if let Some(tracking) = &mut session.tracking
            && spec.container != "CLIENT"
        {
            tracking.caching = false;
        }
        self.broadcast();
        if session.reply_mode != ReplyMode::On {
            self.suppress(session, mark, output);
        }
        let has_mail = self.state.outgoing.has_own;
        if next == Next::Continue && has_mail { Next::Deliver } else { next }
    }

    /// Carries out a request that calls its command by a name from the configuration. Bodies and
    /// the log know only the command's own.
    #[cold]
    fn execute_by_own_name(
        &mut self,
        session: &mut Session,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> Next {
        let name = std::iter::once(own_name(spec).as_bytes());
        let own: OwnedRequest = name.chain(request.iter().skip(1)).collect();
        self.execute(session, Some(spec), own.as_request(), keys, output)
    }

    /// Counts the request and, if it was slow, remembers it.
    #[inline(always)]
    fn finish(&mut self, session: &Session, spec: &Spec, request: Request<'_>, ending: Ending) {
        let now = Ticks::now();
        let nanoseconds = now.since(self.ticks);
        self.ticks = now;
        self.state.tally.count(spec.id, ending, nanoseconds);
        session.client.last_command.store(spec.id, Relaxed);
        let microseconds = (nanoseconds / 1000) as i64;
        let knobs = &self.state.knobs;
        let slow = knobs.slower_than_us >= 0 && microseconds >= knobs.slower_than_us;
        let spike = knobs.latency_threshold_ms > 0
            && microseconds >= knobs.latency_threshold_ms as i64 * 1000;
        if slow || spike {
            self.report_slow(session, spec, request, (microseconds as u64, slow, spike));
        }
    }

    #[cold]
    fn report_slow(
        &mut self,
        session: &Session,
        spec: &Spec,
        request: Request<'_>,
        (microseconds, slow, spike): (u64, bool, bool),
    ) {
        let unix_s = self.moment.now_ms / 1000;
        if spike {
            let fast = spec.flags & commands::spec::FAST != 0;
            let event = if fast { "fast-command" } else { "command" };
            self.node.reports.latency.note(event, unix_s, microseconds / 1000);
        }
        if slow && spec.flags & SKIP_SLOWLOG == 0 {
            let entry = Slow {
                id: 0,
                unix_s,
                microseconds,
                arguments: crate::control::redacted(spec, shortened(request)),
                address: session.client.visitor.address.clone(),
                name: session.client.names().name,
            };
            let max_len = self.state.settings.slowlog.max_len as usize;
            self.node.reports.slowlog.enter(entry, max_len);
        }
    }

    /// Takes the reply since `mark` back, as CLIENT REPLY asked for.
    #[cold]
    pub(crate) fn suppress(
        &mut self,
        session: &mut Session,
        mark: protocol::Mark,
        output: &mut Output,
    ) {
        match session.reply_mode {
            ReplyMode::On => {}
            ReplyMode::Off => output.truncate_to(mark),
            ReplyMode::SkipNext => session.reply_mode = ReplyMode::Skip,
            ReplyMode::Skip => {
                output.truncate_to(mark);
                session.reply_mode = ReplyMode::On;
                session.settle();
            }
        }
    }

    #[cold]
    fn refuse_unknown(
        &mut self,
        session: &mut Session,
        request: Request<'_>,
        output: &mut Output,
    ) -> Next {
        let text = match self.names(session).find(request) {
            Err(Unknown::Command) if is_of_http(request) => return self.refuse_attack(),
            Err(unknown) => unknown.text(request),
            Ok(spec) => {
                self.state.tally.count(spec.id, Ending::Rejected, 0);
                table::wrong_arity(spec).into_bytes()
            }
        };
        self.answer_error(session, &text, output);
        Next::Continue
    }

    /// Somebody makes a browser or another server send HTTP here, hoping that a line of its body is
    /// understood as a request. The connection ends before that line is read.
    #[cold]
    fn refuse_attack(&self) -> Next {
        let now_s = self.moment.now_ms / 1000;
        let reported_s = &self.node.reports.attack_reported_s;
        if now_s.abs_diff(reported_s.load(Relaxed)) > ATTACK_REPORT_EVERY_S {
            reported_s.store(now_s, Relaxed);
            self.node.journal().warning(format_args!(
                "Possible SECURITY ATTACK detected: somebody is sending POST or Host: as commands, \
                 as in Cross Protocol Scripting. Connection aborted."
            ));
        }
        Next::Abort
    }

    /// The session waits for the end of a pause.
    #[cold]
    fn hold(&mut self, session: &Session) -> Next {
        session.client.set(flag::PAUSED, true);
        self.state.paused.push(std::sync::Arc::clone(&session.client));
        Next::Hold
    }

    /// As [`Turn::run_data`], for commands that work with a data command's body.
    #[cold]
    pub(crate) fn run_data_for(
        &mut self,
        whose: (&Session, &Spec),
        request: Request<'_>,
        keys: &[KeyArg],
        body: fn(&mut Ctx<'_, '_>) -> Result<Outcome, Error>,
        output: &mut Output,
    ) -> Ran {
        self.run_data(whose, request, keys, body, output)
    }

    /// Runs a data command's body with its keys locked.
    #[inline(always)]
    fn run_data(
        &mut self,
        (session, spec): (&Session, &Spec),
        request: Request<'_>,
        keys: &[KeyArg],
        body: fn(&mut Ctx<'_, '_>) -> Result<Outcome, Error>,
        output: &mut Output,
    ) -> Ran {
        let mut moment = self.moment;
        if session.no_touch {
            moment.touch = Touch::Nothing;
        }
        let node = self.node;
        let mut job = Job {
            node,
            state: self.state,
            moment,
            session,
            request,
            keys,
            body,
            output,
            release_at: &mut self.release_at,
        };
        let keyspace = &node.keyspace;
        match spec.class {
            Class::Keys => {
                let held = match keys {
                    [key] => Held::one(keyspace, &self.inside, key.hash),
                    keys => Held::several(keyspace, &self.inside, keys.iter().map(|k| k.hash)),
                };
                match held {
                    Ok(mut held) => job.run(&mut held),
                    Err(_) => Ran::Busy,
                }
            }
            Class::Walk | Class::Local => job.run(&mut Held::roaming(keyspace, &self.inside)),
            Class::Gate => self.inside.alone(|alone| job.run(&mut Held::all(keyspace, alone))),
        }
    }

    /// Runs `body` alone, with everything held and the session's database.
    pub(crate) fn alone<R>(
        &mut self,
        body: impl FnOnce(&mut Alone<'_>, &Node, &mut WorkerState) -> R,
    ) -> R {
        let (node, state) = (self.node, &mut *self.state);
        self.inside.alone(|alone| body(alone, node, state))
    }
}

/// Whether a request is a line of HTTP.
fn is_of_http(request: Request<'_>) -> bool {
    request.get(0).is_some_and(|name| is_word(name, "POST") || is_word(name, "HOST:"))
}

/// A data command ready to run.
struct Job<'j> {
    node: &'j Node,
    state: &'j mut WorkerState,
    moment: Moment,
    session: &'j Session,
    request: Request<'j>,
    keys: &'j [KeyArg],
    body: fn(&mut Ctx<'_, '_>) -> Result<Outcome, Error>,
    output: &'j mut Output,
    release_at: &'j mut Option<u64>,
}

impl Job<'_> {
    #[inline(always)]
    fn run(&mut self, held: &mut Held<'_>) -> Ran {
        let state = &mut *self.state;
        state.effects.clear();
        let mut ctx = Ctx {
            request: self.request,
            reply: Reply::new(self.output, self.session.version),
            db: Db::new(held, self.session.database, self.moment, &mut state.tools),
            effects: &mut state.effects,
            limits: &state.knobs.limits,
            random: &mut state.random,
            keys: self.keys,
            woken: None,
        };
        let result = (self.body)(&mut ctx);
        let effects = &state.effects;
        let silent = effects.changes == 0 && effects.record == Record::AsRequested;
        if !silent || !state.tools.removals.is_empty() {
            self.publish();
        }
        match result {
            Ok(Outcome::Done) => Ran::Done,
            Ok(Outcome::Busy) => Ran::Busy,
            Ok(Outcome::Wait(wait)) => {
                wait.lapse.write(&mut Reply::new(self.output, self.session.version));
                Ran::Done
            }
            Err(error) => Ran::Failed(error),
        }
    }

    /// Logs, counts and announces what the body did, while its keys are locked: first the keys that
    /// went by themselves, then the command's own effect.
    #[inline]
    fn publish(&mut self) {
        let (node, state) = (self.node, &mut *self.state);
        let running = Some(self.session.client.id);
        if !state.tools.removals.is_empty() {
            publish_removals(node, state, running, self.release_at);
        }
        log_effects(node, state, self.session.database, self.request, self.release_at);
        if has_audience(node, state) {
            self.announce_touched();
        }
    }

    #[cold]
    fn announce_touched(&mut self) {
        let (node, state) = (self.node, &mut *self.state);
        for touched in state.effects.touched.clone() {
            let key = self.request.arg(touched.argument as usize);
            let known = self.keys.iter().find(|known| known.index == touched.argument);
            let hash = known.map_or_else(|| node.keyspace.hasher().hash(key), |known| known.hash);
            let what = Happening {
                database: touched.database as usize,
                key,
                hash,
                event: touched.event,
                running: Some(self.session.client.id),
                is_own: true,
            };
            announce(node, state, &what);
        }
    }
}

/// Logs what a body did, while its keys are locked.
#[inline]
fn log_effects(
    node: &Node,
    state: &mut WorkerState,
    database: usize,
    request: Request<'_>,
    release_at: &mut Option<u64>,
) {
    let effects = &state.effects;
    state.tally.totals.changes += effects.changes;
    if !node.log.is_on() || state.is_replaying {
        return;
    }
    let record = match effects.record {
        Record::Instead => effects.records.as_slice(),
        Record::AsRequested if effects.changes == 0 => &[],
        Record::AsRequested => match request.raw() {
            Some(raw) => raw,
            None => {
                let words: Vec<&[u8]> = request.iter().collect();
                state.record.clear();
                write_request(&mut state.record, &words);
                &state.record
            }
        },
    };
    if !record.is_empty() {
        *release_at = Some(node.log.append(database as u32, record));
    }
}

/// Logs something that is no data command's own effect. Whoever calls holds what it is about, or is
/// alone. Gives where the log then stands, if it is on.
pub(crate) fn log_record(
    node: &Node,
    state: &mut WorkerState,
    database: usize,
    words: &[&[u8]],
) -> Option<u64> {
    (node.log.is_on() && !state.is_replaying).then(|| {
        state.record.clear();
        write_request(&mut state.record, words);
        node.log.append(database as u32, &state.record)
    })
}

/// Logs, counts and announces keys that expired or were evicted, and announces what else was noted.
#[cold]
pub(crate) fn publish_removals(
    node: &Node,
    state: &mut WorkerState,
    running: Option<u64>,
    release_at: &mut Option<u64>,
) {
    let is_logged = node.log.is_on() && !state.is_replaying;
    let noted: Vec<_> = state.tools.removals.drain().collect();
    for (cause, database, key) in noted {
        match cause {
            Cause::Expired => state.tally.totals.expired += 1,
            Cause::Evicted => state.tally.totals.evicted += 1,
            Cause::Created | Cause::Missed => {}
        }
        if is_logged && matches!(cause, Cause::Expired | Cause::Evicted) {
            state.record.clear();
            write_request(&mut state.record, &[b"DEL", &key]);
            *release_at = Some(node.log.append(database as u32, &state.record));
        }
        if has_audience(node, state) {
            let (hash, event) = (node.keyspace.hasher().hash(&key), event_of(cause));
            let what = Happening { database, key: &key, hash, event, running, is_own: false };
            announce(node, state, &what);
        }
    }
}
