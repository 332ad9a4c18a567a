//! Carrying out one request: find its row, admit it, lock its keys, run its body, log what it did.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use base::clock::Ticks;
use commands::arguments::is_word;
use commands::context::KeyArg;
use commands::control::Control;
use commands::errors::Error;
use commands::spec::{Body, Class, SKIP_SLOWLOG, Spec, WRITE};
use commands::table::{self, Unknown};
use keyspace::db::Overdue;
use keyspace::{Alone, Db, Held, Inside, Patience};
use protocol::{Mark, Output, OwnedRequest, Reply, Request};

use crate::admission::Admission;
use crate::clients::{Client, flag};
use crate::desk::{DataBody, Desk, Job, Ran};
use crate::interest::{OwnedName, bit};
use crate::monitor::Source;
use crate::node::Node;
use crate::renames::own_name;
use crate::session::{ReplyMode, Session};
use crate::slowlog::{Slow, shortened};
use crate::stats::Ending;
use crate::transaction::Broken;
use crate::worker::{MOMENT_NS_MAX, Next, Turn, WorkerState};

/// Attacks are reported in the journal at most so often.
const ATTACK_REPORT_EVERY_S: u64 = 60;

impl<'t> Turn<'t> {
    /// Carries out a request. `spec` is its row if there is one and the arity fits.
    #[inline(never)]
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
            Admission::Shown => return self.execute_shown(session, spec, request, keys, output),
            Admission::Queue => return self.queue(session, spec, request, keys, output),
            Admission::Refuse(refusal) => {
                return self.refuse(session, spec, &refusal.text(spec), output);
            }
            Admission::Wait => return self.hold(session),
            Admission::Again => return Next::Retry,
        }
        self.carry_out_alone(session, spec, request, keys, output)
    }

    /// Carries out a request that is not one of a transaction or script, and may run.
    #[inline(always)]
    fn carry_out_alone(
        &mut self,
        session: &mut Session,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> Next {
        let mark = output.mark();
        let mut next = self.carry_out(session, spec, request, keys, output);
        if next == Next::Retry {
            return next;
        }
        if !session.is_plain {
            next = self.after_unplain(session, spec, (mark, next), output);
        }
        if session.closing { Next::Close } else { next }
    }

    /// Carries out a request that may run and that is then shown to those who watch.
    #[cold]
    fn execute_shown(
        &mut self,
        session: &mut Session,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> Next {
        let len = output.len();
        // One that is itself carried out by TRACE is traced already.
        let is_streamed = self.state.trace.is_none();
        if is_streamed {
            self.begin_streamed(session, spec, request, keys);
        }
        let next = self.carry_out_alone(session, spec, request, keys, output);
        if is_streamed {
            let reply_bytes = output.len().saturating_sub(len);
            self.end_streamed(session, spec, request, (next, reply_bytes));
        }
        if next == Next::Retry {
            return next;
        }
        if self.is_monitored() {
            self.show(session, spec, request, Source::Client);
        }
        let has_mail = session.is_monitor && self.state.outgoing.has_own;
        if next == Next::Continue && has_mail { Next::Deliver } else { next }
    }

    /// Carries out a request that may run: a client's own, or one of a transaction or a script,
    /// whose locks are held by then.
    #[inline]
    pub(crate) fn carry_out(
        &mut self,
        session: &mut Session,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> Next {
        let mark = output.mark();
        let end = match spec.body {
            Body::Data(body) => {
                let caller = session.caller();
                let may_defer = self.state.may_defer && !self.inside.is_holding();
                let job = Job { spec, body, caller, request, keys, woken: None, may_defer };
                match self.run_data(&session.client, &job, output) {
                    Ran::Long => {
                        self.node.long_requests.put(&session.client, &job);
                        return Next::Park;
                    }
                    ran => (ran, Next::Continue),
                }
            }
            Body::Control(control) => {
                let whose = (&mut *session, spec);
                let end = self.run_control(control, whose, request, keys, output);
                if matches!(end.0, Ran::Long) {
                    output.truncate_to(mark);
                    self.node.long_requests.put_script(session, spec, request, keys);
                    return Next::Park;
                }
                end
            }
            Body::Container => (Ran::Failed(Error::Arity(spec.full_name().into())), Next::Continue),
        };
        self.conclude(session, (spec, request), end, mark, output)
    }

    /// Answers and counts a request according to how it ended; `next` is what follows if it ended
    /// well.
    #[inline]
    pub(crate) fn conclude(
        &mut self,
        session: &Session,
        (spec, request): (&Spec, Request<'_>),
        (ran, mut next): (Ran, Next),
        mark: Mark,
        output: &mut Output,
    ) -> Next {
        let ending = match ran {
            Ran::Done => Ending::Done,
            Ran::Said => Ending::Failed,
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
                session.refused_at.set(Some(self.refused_at.unwrap_or(self.ticks)));
                return Next::Retry;
            }
            Ran::Waiting(wait) if self.inside.is_holding() => {
                // Others wait for what a transaction or a script holds: it does not wait itself.
                wait.lapse.write_at_once(&mut Reply::new(output, session.version));
                Ending::Done
            }
            Ran::Waiting(_) => {
                self.finish_before_wait(&session.client, spec);
                return Next::Park;
            }
            Ran::Long => {
                next = Next::Park;
                Ending::Done
            }
        };
        self.finish(&session.client, spec, request, ending);
        next
    }

    /// What a session that is not plain needs after a request: its reply may be unwanted, and what
    /// it has just caused to be sent to itself comes before its next request.
    #[cold]
    fn after_unplain(
        &mut self,
        session: &mut Session,
        spec: &Spec,
        (mark, next): (Mark, Next),
        output: &mut Output,
    ) -> Next {
        if let Some(tracking) = &mut session.tracking
            && session.transaction.is_none()
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

    /// Refuses a request before it runs.
    #[cold]
    fn refuse(
        &mut self,
        session: &mut Session,
        spec: &Spec,
        text: &str,
        output: &mut Output,
    ) -> Next {
        self.state.tally.count(spec.id, Ending::Rejected, 0);
        match self.break_transaction(session, spec) {
            Broken::Ended => {
                let text = format!("EXECABORT Transaction discarded because of: {text}");
                self.answer_error(session, text.as_bytes(), output);
            }
            Broken::Goes => self.answer_error(session, text.as_bytes(), output),
        }
        Next::Continue
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
    #[inline]
    pub(crate) fn finish(
        &mut self,
        client: &Client,
        spec: &Spec,
        request: Request<'_>,
        ending: Ending,
    ) {
        let started = self.ticks;
        let nanoseconds = self.end_run(spec.id, ending);
        client.last_command.store(spec.id, Relaxed);
        if nanoseconds > MOMENT_NS_MAX && !self.inside.is_holding() {
            self.refresh_time();
        }
        let microseconds = (nanoseconds / 1000) as i64;
        let knobs = &self.state.knobs;
        let slow = knobs.slower_than_us >= 0 && microseconds >= knobs.slower_than_us;
        let spike = knobs.latency_threshold_ms > 0
            && microseconds >= knobs.latency_threshold_ms as i64 * 1000;
        if slow || spike {
            self.report_slow(client, spec, request, (started, slow, spike));
        }
    }

    /// Counts a request and those whose time is measured together with its own. Returns the
    /// nanoseconds that all of them took.
    #[inline]
    pub(crate) fn end_run(&mut self, id: u16, ending: Ending) -> u64 {
        let now = Ticks::now();
        let nanoseconds = now.since(self.ticks);
        self.ticks = now;
        let run = std::mem::take(&mut self.run);
        let tally = &mut self.state.tally;
        if run.count == 0 || run.id == id && ending == Ending::Done {
            tally.count_run(id, run.count + 1, ending, nanoseconds);
        } else {
            let own = nanoseconds / (u64::from(run.count) + 1);
            tally.count_run(run.id, run.count, Ending::Done, nanoseconds - own);
            tally.count(id, ending, own);
        }
        nanoseconds
    }

    /// Counts a run that no request ended.
    #[cold]
    pub(crate) fn break_run(&mut self) {
        let now = Ticks::now();
        let run = std::mem::take(&mut self.run);
        self.state.tally.count_run(run.id, run.count, Ending::Done, now.since(self.ticks));
        self.ticks = now;
    }

    #[cold]
    fn report_slow(
        &mut self,
        client: &Client,
        spec: &Spec,
        request: Request<'_>,
        (started, slow, spike): (Ticks, bool, bool),
    ) {
        let microseconds = self.ticks.since(started) / 1000;
        let unix_s = self.moment.now_ms / 1000;
        if spike {
            self.note_spike(spec, microseconds / 1000);
        }
        if slow && spec.flags & SKIP_SLOWLOG == 0 {
            let entry = Slow {
                id: 0,
                unix_s,
                microseconds,
                arguments: crate::control::redacted(spec, shortened(request)),
                address: client.visitor.address.clone(),
                name: client.names().name,
                stages: self.stages_of_slow(started),
            };
            let max_len = self.state.settings.slowlog.max_len as usize;
            let id = self.node.reports.slowlog.enter(entry, max_len);
            self.await_sending_of_slow(client, id);
            self.state.report_slow_served(self.node);
        }
    }

    /// A request has kept its worker for so long.
    #[cold]
    pub(crate) fn note_spike(&self, spec: &Spec, milliseconds: u64) {
        let fast = spec.flags & commands::spec::FAST != 0;
        let event = if fast { "fast-command" } else { "command" };
        self.node.reports.latency.note(event, self.moment.now_ms / 1000, milliseconds);
    }

    /// Takes the reply since `mark` back, as CLIENT REPLY asked for.
    #[cold]
    pub(crate) fn suppress(&mut self, session: &mut Session, mark: Mark, output: &mut Output) {
        match session.reply_mode {
            ReplyMode::On => {}
            ReplyMode::Off => output.truncate_to(mark),
            ReplyMode::SkipNext => session.reply_mode = ReplyMode::Skip,
            ReplyMode::Skip => {
                output.truncate_to(mark);
                session.reply_mode = ReplyMode::On;
                session.note_plainness();
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
                let text = table::wrong_arity(spec);
                let is_exec = matches!(spec.body, Body::Control(Control::Exec));
                let text = if is_exec { text.trim_start_matches("ERR ") } else { &text };
                return self.refuse(session, spec, text, output);
            }
        };
        if let Some(transaction) = &mut session.transaction {
            transaction.is_broken = true;
        }
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
        self.state.paused.push(Arc::clone(&session.client));
        Next::Hold
    }

    /// As a data command with this body, for commands that work with one.
    #[cold]
    pub(crate) fn run_data_for(
        &mut self,
        (session, spec): (&Session, &'static Spec),
        request: Request<'_>,
        keys: &[KeyArg],
        body: DataBody,
        output: &mut Output,
    ) -> Ran {
        let caller = session.caller();
        let job = Job { spec, body, caller, request, keys, woken: None, may_defer: false };
        self.run_data(&session.client, &job, output)
    }

    /// Runs a data command's body with its keys locked.
    #[inline(always)]
    pub(crate) fn run_data(
        &mut self,
        client: &Arc<Client>,
        job: &Job<'_>,
        output: &mut Output,
    ) -> Ran {
        match job.spec.class {
            Class::Keys => {}
            Class::Walk | Class::Local => {
                let keyspace = &self.node.keyspace;
                let (mut desk, inside) = self.split();
                let ran = desk.run(job, &mut Held::roaming(keyspace, inside), output);
                if !self.state.effects.overdue.is_empty() {
                    self.remove_overdue(job.caller.database);
                }
                return ran;
            }
            Class::Gate => return self.run_alone(job, output),
            Class::Varies if job.spec.class_of(job.request) == Class::Gate => {
                return self.run_alone(job, output);
            }
            Class::Varies => {}
        }
        {
            let keyspace = &self.node.keyspace;
            let (mut desk, inside) = self.split();
            let held = match job.keys {
                [key] => Held::one(keyspace, inside, key.hash),
                keys => Held::several(keyspace, inside, keys.iter().map(|k| k.hash)),
            };
            let Ok(mut held) = held else { return Ran::Busy };
            let may_serve_wide = job.spec.flags & WRITE != 0 && held.interest() & bit::WIDE != 0;
            if !may_serve_wide || inside.is_holding() {
                let ran = desk.run(job, &mut held, output);
                if matches!(ran, Ran::Waiting(_)) || !desk.state.touched_awaited.is_empty() {
                    settle(&mut desk, inside.is_holding(), (client, job), &ran, &mut held);
                }
                return ran;
            }
        }
        self.run_wide(client, job, output)
    }

    /// Removes the keys that a walk came across after their time, each with its stripe locked; not
    /// within a transaction, whose effects are one.
    #[cold]
    fn remove_overdue(&mut self, database: usize) {
        let overdue = std::mem::take(&mut self.state.effects.overdue);
        let keyspace = &self.node.keyspace;
        let (mut desk, inside) = self.split();
        if inside.is_holding() {
            return;
        }
        for name in overdue {
            let hash = keyspace.hasher().hash(&name);
            let Ok(mut held) = Held::one(keyspace, inside, hash) else { continue };
            let mut db = Db::new(&mut held, database, desk.moment, &mut desk.state.tools);
            let key = db.key(&name);
            db.contains(key);
            desk.publish_removals(held.interest());
            desk.serve_waiters(&mut held);
        }
    }

    /// Runs a write to keys that somebody waits for who needs other keys as well: with those
    /// locked too, so that whoever waits can be served at once.
    #[cold]
    fn run_wide(&mut self, client: &Arc<Client>, job: &Job<'_>, output: &mut Output) -> Ran {
        let own = job.keys.iter().map(|key| key.hash);
        if !self.lock_widened(own) {
            return Ran::Busy;
        }
        let keyspace = &self.node.keyspace;
        let (mut desk, inside) = self.split();
        let mut held = Held::lent(keyspace, inside);
        let ran = desk.run(job, &mut held, output);
        settle(&mut desk, false, (client, job), &ran, &mut held);
        drop(held);
        self.inside.unlock();
        ran
    }

    /// Locks the stripes of these keys, and those that waiters at them need, until they are
    /// unlocked. False if one is taken.
    pub(crate) fn lock_widened(&mut self, hashes: impl Iterator<Item = u64>) -> bool {
        let keyspace = &self.node.keyspace;
        let own: Vec<usize> = hashes.map(|hash| keyspace.stripe_of(hash)).collect();
        let all = self.node.interests.widened(keyspace, own);
        if self.inside.lock(keyspace, all.iter().copied()).is_err() {
            return false;
        }
        // Others may have begun to wait before the locks were ours.
        let count = all.len();
        if self.node.interests.widened(keyspace, all).len() > count {
            self.inside.unlock();
            return false;
        }
        true
    }

    #[cold]
    fn run_alone(&mut self, job: &Job<'_>, output: &mut Output) -> Ran {
        let was_alone = self.inside.is_alone();
        if !self.seclude() {
            return Ran::Busy;
        }
        let keyspace = &self.node.keyspace;
        let (mut desk, inside) = self.split();
        let mut held = Held::lent(keyspace, inside);
        let ran = desk.run(job, &mut held, output);
        if !was_alone {
            desk.serve_waiters(&mut held);
            drop(held);
            self.inside.unlock();
        }
        ran
    }

    /// Becomes alone. False if that is not to be had now: others are busy, or stripes are held that
    /// do not include all.
    pub(crate) fn seclude(&mut self) -> bool {
        if self.inside.is_holding() {
            return self.inside.is_alone();
        }
        let is_alone = self.inside.seclude(Patience::Short).is_ok();
        self.refresh_time();
        is_alone
    }

    /// Runs `body` alone, waiting for that as long as it takes.
    pub(crate) fn alone<R>(
        &mut self,
        body: impl FnOnce(&mut Alone<'_>, &Node, &mut WorkerState) -> R,
    ) -> R {
        let (node, state) = (self.node, &mut *self.state);
        self.inside.alone(|alone| body(alone, node, state))
    }

    /// Serves who waits for what was touched meanwhile, and lets everybody in again.
    pub(crate) fn end_seclusion(&mut self) {
        let keyspace = &self.node.keyspace;
        let (mut desk, inside) = self.split();
        desk.serve_waiters(&mut Held::lent(keyspace, inside));
        self.inside.unlock();
    }

    /// Those keys of a database that are there, of all that are watched or waited for in one of
    /// `interested`. What has expired among them goes or stays. The worker is alone.
    pub(crate) fn present_names(
        &mut self,
        database: usize,
        interested: &[usize],
        overdue: Overdue,
    ) -> Vec<OwnedName> {
        let keyspace = &self.node.keyspace;
        let all = interested.iter().flat_map(|&each| self.node.interests.names(each));
        let mut names: Vec<OwnedName> = all.collect();
        let (mut desk, inside) = self.split();
        let mut held = Held::lent(keyspace, inside);
        let usually = desk.state.tools.overdue;
        desk.state.tools.overdue = if usually == Overdue::Stays { usually } else { overdue };
        let mut db = Db::new(&mut held, database, desk.moment, &mut desk.state.tools);
        names.retain(|name| {
            let key = db.key(name.as_name().key);
            db.contains(key)
        });
        desk.state.tools.overdue = usually;
        // To those who watch a key it is the same whether it is not there or has expired.
        desk.publish_removals(0);
        names
    }

    /// Tells those who watch these keys or wait for them that they changed. The worker is alone.
    pub(crate) fn touch_names(&mut self, database: usize, names: &[OwnedName]) {
        let (mut desk, _) = self.split();
        for name in names {
            let name = name.as_name();
            desk.tell_parties(database, name.key, name.stripe);
        }
    }

    /// The worker's things, and its place inside the gate.
    #[inline(always)]
    pub(crate) fn split<'s>(&'s mut self) -> (Desk<'s>, &'s Inside<'t>) {
        let (node, state, moment) = (self.node, &mut *self.state, &self.moment);
        let (elements_until, release_at) = (&mut self.elements_until, &mut self.release_at);
        (Desk { node, state, moment, elements_until, release_at }, &self.inside)
    }
}

/// What follows from a body that has to wait, or that touched a key for which somebody waits.
#[cold]
pub(crate) fn settle(
    desk: &mut Desk<'_>,
    is_nested: bool,
    (client, job): (&Arc<Client>, &Job<'_>),
    ran: &Ran,
    held: &mut Held<'_>,
) {
    if is_nested {
        // Whoever holds the locks serves at the end, and does not wait.
        return;
    }
    if let Ran::Waiting(wait) = ran {
        desk.park(client, job, *wait);
    }
    desk.serve_waiters(held);
}

/// Whether a request is a line of HTTP.
fn is_of_http(request: Request<'_>) -> bool {
    request.get(0).is_some_and(|name| is_word(name, "POST") || is_word(name, "HOST:"))
}
