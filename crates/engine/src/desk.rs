//! Running one body on what is held: the step that everything else leads to or follows from.
//!
//! A [`Desk`] is a worker's things but for its place inside the gate, so that what is held can be
//! borrowed from that place meanwhile. The same step serves a client's request, the requests of a
//! transaction or a script, and a request that waited and is run by whoever touched its key.
//!
//! Must be true: whatever a body did is logged and announced before the locks open.
//! Not here: which locks those are (`run`), what is told to whom (`interest`, `waiting`).

use base::clock::Ticks;
use commands::context::{Ctx, KeyArg, Outcome, Record, Wait};
use commands::elements::words;
use commands::errors::Error;
use commands::spec::{BRIEF, Spec};
use keyspace::db::{Cause, Moment, Noted, Touch};
use keyspace::{Db, Held};
use protocol::resp::decode::write_request;
use protocol::{Output, Reply, Request, Version};

use crate::node::Node;
use crate::worker::WorkerState;

/// The function that carries a data command out.
pub(crate) type DataBody = fn(&mut Ctx<'_, '_>) -> Result<Outcome, Error>;

/// Whom a request runs for, as far as its body can tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) database: usize,
    pub(crate) version: Version,
    /// Its uses of keys do not count (CLIENT NO-TOUCH).
    pub(crate) no_touch: bool,
    /// It is a script.
    pub(crate) is_script: bool,
    /// Id of the session's client.
    pub(crate) client: u64,
}

/// A data command ready to run.
#[derive(Clone, Copy)]
pub(crate) struct Job<'j> {
    pub(crate) spec: &'static Spec,
    pub(crate) body: DataBody,
    pub(crate) caller: Caller,
    pub(crate) request: Request<'j>,
    pub(crate) keys: &'j [KeyArg],
    /// See [`Ctx::woken`].
    pub(crate) woken: Option<u32>,
    /// See [`Ctx::may_defer`].
    pub(crate) may_defer: bool,
}

/// How running a body ended.
pub(crate) enum Ran {
    Done,
    Failed(Error),
    /// It failed and has said so.
    Said,
    /// A stripe is taken: nothing happened.
    Busy,
    /// It has to wait: nothing happened.
    Waiting(Wait),
    /// It takes long: nothing happened.
    Long,
}

/// A worker's things, and when it works.
pub(crate) struct Desk<'d> {
    pub(crate) node: &'d Node,
    pub(crate) state: &'d mut WorkerState,
    pub(crate) moment: &'d Moment,
    /// The number of the first request whose element was not prefetched (see `usual`).
    pub(crate) elements_until: &'d mut usize,
    /// Where the log stood after the last record of the present session.
    pub(crate) release_at: &'d mut Option<u64>,
}

impl Desk<'_> {
    /// Runs a body on what is held; logs and announces what it did.
    pub(crate) fn run(&mut self, job: &Job<'_>, held: &mut Held<'_>, output: &mut Output) -> Ran {
        if let Some(snapshot) = self.node.keyspace.snapshot()
            && self.preserve_for(&snapshot, job, held).is_err()
        {
            return Ran::Busy;
        }
        if self.state.trace.is_some() {
            return self.run_traced(job, held, output);
        }
        self.run_usual(job, held, output, || *job)
    }

    /// As `run`, for the usual request, which changes nothing that a snapshot still needs. `again`
    /// makes the job anew if there is anything to tell of (see `usual`).
    #[inline(always)]
    pub(crate) fn run_usual<'r>(
        &mut self,
        job: &Job<'_>,
        held: &mut Held<'_>,
        output: &mut Output,
        again: impl FnOnce() -> Job<'r>,
    ) -> Ran {
        let quiet;
        let moment = if job.caller.no_touch {
            quiet = Moment { touch: Touch::Nothing, ..*self.moment };
            &quiet
        } else {
            self.moment
        };
        let state = &mut *self.state;
        if state.has_effects {
            state.has_effects = false;
            state.effects.clear();
        }
        // The log is turned on by somebody who is alone, so not while the body runs.
        state.effects.is_unread = !self.node.log.is_on();
        let mut ctx = Ctx {
            request: job.request,
            reply: Reply::new(output, job.caller.version),
            db: Db::new(held, job.caller.database, moment, &mut state.tools),
            effects: &mut state.effects,
            limits: &state.knobs.limits,
            random: &mut state.random,
            keys: job.keys,
            woken: job.woken,
            may_defer: job.may_defer,
            in_script: job.caller.is_script,
        };
        let result = (job.body)(&mut ctx);
        let effects = &state.effects;
        let silent = effects.changes == 0 && effects.record == Record::AsRequested;
        if !silent || !effects.touched.is_empty() || !state.tools.removals.is_empty() {
            state.has_effects = true;
            let interest = held.interest();
            if interest == 0 && !self.node.log.is_on() && state.tools.removals.is_empty() {
                state.tally.totals.changes += state.effects.changes;
            } else {
                self.publish(&again(), interest);
            }
        }
        match result {
            Ok(Outcome::Done) => Ran::Done,
            Ok(Outcome::Busy) => Ran::Busy,
            Ok(Outcome::Wait(wait)) => {
                self.state.has_effects = true;
                Ran::Waiting(wait)
            }
            Ok(Outcome::Long) => Ran::Long,
            Err(error) => Ran::Failed(error),
        }
    }

    /// Logs, counts and announces what a body did, while its keys are locked: first the keys that
    /// went by themselves, then the command's own effect.
    #[inline(never)]
    fn publish(&mut self, job: &Job<'_>, interest: u32) {
        if job.spec.flags & BRIEF == 0 {
            self.state.logging_at = Some(Ticks::now());
        }
        if !self.state.tools.removals.is_empty() {
            self.publish_noted(interest, Some(job.caller.client));
        }
        self.log_effects(job);
        if interest != 0 && !self.state.effects.touched.is_empty() {
            self.announce_touched(job);
        }
    }

    #[inline]
    fn log_effects(&mut self, job: &Job<'_>) {
        let (node, state) = (self.node, &mut *self.state);
        let effects = &state.effects;
        state.tally.totals.changes += effects.changes;
        if !node.log.is_on() || state.is_replaying {
            return;
        }
        let record = effects.record_of(job.request, &mut state.record);
        if record.is_empty() {
            return;
        }
        match &mut state.group {
            None => *self.release_at = Some(node.log.append(job.caller.database as u32, record)),
            Some(_) if state.is_log_muted => {}
            Some(group) => group.push(job.caller.database as u32, record),
        }
    }

    /// Logs something that is no data command's own effect. Whoever calls holds what it is about,
    /// or is alone.
    pub(crate) fn log(&mut self, database: usize, words: &[&[u8]]) {
        let (node, state) = (self.node, &mut *self.state);
        if !node.log.is_on() || state.is_replaying {
            return;
        }
        state.record.clear();
        write_request(&mut state.record, words);
        if let Some(trace) = &mut state.trace {
            trace.record_bytes += state.record.len();
        }
        match &mut state.group {
            None => *self.release_at = Some(node.log.append(database as u32, &state.record)),
            Some(group) => group.push(database as u32, &state.record),
        }
    }

    /// From now on records are gathered, to be logged as what happened at once.
    pub(crate) fn begin_group(&mut self) {
        self.state.group = Some(std::mem::take(&mut self.state.spare_group));
        if self.node.log.is_on() {
            self.postpone();
        }
    }

    /// Logs what was gathered. The locks of all that it is about are still held.
    pub(crate) fn end_group(&mut self) {
        let Some(mut group) = self.state.group.take() else { return };
        if !group.is_empty() {
            *self.release_at = Some(self.node.log.append_group(&group));
        }
        group.clear();
        self.state.spare_group = group;
        self.tell_postponed();
    }

    /// Logs, counts and announces keys and elements that expired or were evicted, and announces
    /// what else was noted. `interest` is that of what is held.
    #[cold]
    pub(crate) fn publish_removals(&mut self, interest: u32) {
        self.publish_noted(interest, None);
    }

    /// As `publish_removals`, in the course of a session's request.
    #[cold]
    fn publish_noted(&mut self, interest: u32, running: Option<u64>) {
        let noted: Vec<_> = self.state.tools.removals.drain().collect();
        for noted in noted {
            let Noted { cause, database, ref key, ref elements } = noted;
            let totals = &mut self.state.tally.totals;
            match cause {
                Cause::Expired => totals.expired += 1,
                Cause::Evicted => totals.evicted += 1,
                Cause::Lost(_) => totals.expired_elements += elements.len() as u64,
                Cause::Emptied | Cause::Created | Cause::Missed => {}
            }
            match cause {
                Cause::Expired | Cause::Evicted => self.log(database, &[b"DEL", key]),
                Cause::Lost(family) => {
                    let head = [words(family).removal, key];
                    let names = elements.iter().map(Vec::as_slice);
                    self.log(database, &head.into_iter().chain(names).collect::<Vec<_>>());
                }
                // Of an emptied key the records of its elements tell.
                Cause::Emptied | Cause::Created | Cause::Missed => {}
            }
            if interest != 0 {
                self.announce_noted(&noted, running);
            }
        }
    }
}
