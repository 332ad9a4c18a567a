//! May this request run now? The checks before a body, in Redis's order.
//!
//! In the usual state of things (a plain session, nothing loading, no memory limit, log writable,
//! nobody paused) all of them together are one comparison.

use std::borrow::Cow;

use commands::context::KeyArg;
use commands::control::Control;
use commands::spec::{
    ALLOW_BUSY, Body, DENYOOM, Group, LOADING, MAY_REPLICATE, NO_AUTH, NO_MULTI, READONLY, Spec,
    WRITE,
};
use protocol::Request;

use crate::lifecycle::condition;
use crate::scripting;
use crate::session::Session;
use crate::transaction::is_never_queued;
use crate::worker::Turn;

/// What became of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may run.
    Run,
    /// It is refused with this error.
    Refuse(Refusal),
    /// It waits until a pause ends.
    Wait,
    /// It is queued for EXEC.
    Queue,
    /// It may run, and is then shown to those who watch.
    Shown,
    /// It comes again when its session has been told what it must know before.
    Again,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoAuth,
    Loading,
    OutOfMemory,
    LogFailed,
    DumpFailed,
    /// It has no pushes (RESP2) and listens to channels: it could not tell replies from
    /// messages.
    Listening,
    /// It is shown what others do, and does nothing itself.
    Monitoring,
    TooFewReplicas,
    NoMulti,
    ScriptBusy,
    FunctionBusy,
}

impl Refusal {
    /// Why nothing may be written now, if so.
    pub(crate) fn of_writes(conditions: u32) -> Option<Self> {
        const REASONS: [(u32, Refusal); 3] = [
            (condition::LOG_FAILED, Refusal::LogFailed),
            (condition::DUMP_FAILED, Refusal::DumpFailed),
            (condition::TOO_FEW_REPLICAS, Refusal::TooFewReplicas),
        ];
        REASONS.iter().find(|(it, _)| conditions & it != 0).map(|(_, refusal)| *refusal)
    }

    /// What the client is told.
    pub(crate) fn text(self, spec: &Spec) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Listening => {
                let name = spec.full_name();
                return Cow::Owned(format!(
                    "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / \
                     QUIT / RESET are allowed in this context"
                ));
            }
            Self::Monitoring => "ERR Replica can't interact with the keyspace",
            Self::NoAuth => "NOAUTH Authentication required.",
            Self::Loading => "LOADING Redis is loading the dataset in memory",
            Self::OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'.",
            Self::TooFewReplicas => "NOREPLICAS Not enough good replicas to write.",
            Self::ScriptBusy => scripting::SCRIPT_BUSY,
            Self::FunctionBusy => scripting::FUNCTION_BUSY,
            Self::NoMulti => "ERR Command not allowed inside a transaction",
            Self::DumpFailed => {
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to \
                 persist to disk. Commands that may modify the data set are disabled, because this \
                 instance is configured to report errors during writes if RDB snapshotting fails \
                 (stop-writes-on-bgsave-error option). Please check the Redis logs for details \
                 about the RDB error."
            }
            Self::LogFailed => {
                "MISCONF Errors writing to the AOF file: the disk refuses writes, see the log"
            }
        })
    }
}

impl Turn<'_> {
    /// Whether `spec` may run for this session now.
    #[inline(always)]
    pub(crate) fn admit(
        &mut self,
        session: &mut Session,
        spec: &Spec,
        request: Request<'_>,
        keys: &[KeyArg],
    ) -> Admission {
        let conditions = self.node.lifecycle.conditions();
        if conditions == 0 && session.is_plain {
            return Admission::Run;
        }
        let admission = self.admit_slowly(session, spec, request, conditions);
        if session.is_plain {
            return admission;
        }
        let admission = self.catch_up(session, admission);
        if matches!(admission, Admission::Run | Admission::Shown) {
            self.remember_keys(session, spec, request, keys);
        }
        admission
    }

    /// Before a request of a session that is not plain: it is first told what was evicted just now,
    /// to make room for keys or for tracking them.
    #[cold]
    fn catch_up(&mut self, session: &Session, admission: Admission) -> Admission {
        if !matches!(admission, Admission::Run | Admission::Shown | Admission::Queue) {
            return admission;
        }
        if session.tracking.is_some() {
            self.node.tracking.limit(self.node, self.state);
        }
        self.broadcast();
        if self.state.outgoing.has_own { Admission::Again } else { admission }
    }

    /// Notes that a session that tracks keys is about to read these.
    pub(crate) fn remember_keys(
        &self,
        session: &Session,
        spec: &Spec,
        request: Request<'_>,
        keys: &[KeyArg],
    ) {
        // A script reads by the commands that it calls.
        if spec.flags & READONLY != 0 && spec.group != Group::Scripting {
            self.remember(session, request, keys);
        }
    }

    /// Notes that a session that tracks keys is about to read these, or has their stripes locked.
    pub(crate) fn remember(&self, session: &Session, request: Request<'_>, keys: &[KeyArg]) {
        if session.tracking.as_ref().is_none_or(|tracking| !tracking.remembers()) {
            return;
        }
        for key in keys {
            let stripe = self.node.keyspace.stripe_of(key.hash);
            let name = request.arg(key.index as usize);
            self.node.tracking.remember(&self.node.keyspace, (stripe, name), session.client.id);
        }
    }

    #[cold]
    fn admit_slowly(
        &mut self,
        session: &mut Session,
        spec: &Spec,
        request: Request<'_>,
        conditions: u32,
    ) -> Admission {
        if session.is_loader {
            return Admission::Run;
        }
        if conditions & condition::ENDING != 0 {
            return Admission::Wait;
        }
        if !self.is_known(session) && spec.flags & NO_AUTH == 0 {
            return Admission::Refuse(Refusal::NoAuth);
        }
        let is = |condition: u32| conditions & condition != 0;
        if is(condition::SCRIPT_BUSY) && spec.flags & ALLOW_BUSY == 0 {
            let is_function = self.node.scripts.slow.is_any(scripting::Kind::Function);
            let refusal = if is_function { Refusal::FunctionBusy } else { Refusal::ScriptBusy };
            return Admission::Refuse(refusal);
        }
        // EXEC asks for what all its requests ask for.
        let flags = match &session.transaction {
            Some(transaction) if is_exec(spec) => spec.flags | transaction.flags,
            _ => scripting::command_flags(self.node, spec, request),
        };
        if is(condition::MEMORY_LIMITED) && !self.make_memory() && flags & DENYOOM != 0 {
            return Admission::Refuse(Refusal::OutOfMemory);
        }
        if flags & WRITE != 0
            && let Some(refusal) = Refusal::of_writes(conditions)
        {
            return Admission::Refuse(refusal);
        }
        if is(condition::DUMP_FAILED) && is_ping(spec) {
            return Admission::Refuse(Refusal::DumpFailed);
        }
        if session.subscriptions.is_some() && !session.version.is_typed() && !serves_listeners(spec)
        {
            return Admission::Refuse(Refusal::Listening);
        }
        if is(condition::LOADING) && flags & LOADING == 0 {
            return Admission::Refuse(Refusal::Loading);
        }
        if session.is_monitor && flags & (WRITE | READONLY | MAY_REPLICATE) != 0 {
            return Admission::Refuse(Refusal::Monitoring);
        }
        let queues = session.transaction.is_some() && !is_never_queued(spec);
        if queues && flags & NO_MULTI != 0 {
            return Admission::Refuse(Refusal::NoMulti);
        }
        let changes = flags & (WRITE | MAY_REPLICATE) != 0;
        let now_ms = self.now_ms();
        let holds = is(condition::PAUSED) && !is_exempt(spec);
        if holds && !queues && self.node.pause.holds(changes, now_ms) {
            return Admission::Wait;
        }
        match (queues, is(condition::MONITORED | condition::TRACED)) {
            (true, _) => Admission::Queue,
            (false, true) => Admission::Shown,
            (false, false) => Admission::Run,
        }
    }
}

impl Turn<'_> {
    /// Whether a session has authenticated, as far as it must.
    fn is_known(&self, session: &mut Session) -> bool {
        if !session.authenticated && !self.wants_password() {
            // The password was taken away meanwhile.
            session.authenticated = true;
            session.note_plainness();
        }
        session.authenticated
    }

    /// Whether clients have to authenticate.
    pub(crate) fn wants_password(&self) -> bool {
        self.state.settings.acl.requirepass.as_ref().is_some_and(|p| !p.is_empty())
    }
}

/// Whether a session that listens to channels may run this in RESP2.
fn serves_listeners(spec: &Spec) -> bool {
    let Body::Control(control) = spec.body else { return false };
    matches!(
        control,
        Control::Ping
            | Control::Subscribe
            | Control::Ssubscribe
            | Control::Psubscribe
            | Control::Unsubscribe
            | Control::Sunsubscribe
            | Control::Punsubscribe
            | Control::Quit
            | Control::Reset
    )
}

fn is_exec(spec: &Spec) -> bool {
    matches!(spec.body, Body::Control(Control::Exec))
}

/// PING tells whether the server is well.
fn is_ping(spec: &Spec) -> bool {
    matches!(spec.body, Body::Control(Control::Ping))
}

/// CLIENT and its like must get through, or nobody could end a pause.
fn is_exempt(spec: &Spec) -> bool {
    spec.container == "CLIENT" || spec.name == "CLIENT"
}
