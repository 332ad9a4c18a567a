//! May this request run now? The checks before a body, in Redis's order.
//!
//! In the usual state of things (authenticated, nothing loading, no memory limit, log writable,
//! nobody paused) all of them together are one comparison.

use commands::control::Control;
use commands::spec::{Body, DENYOOM, LOADING, MAY_REPLICATE, NO_AUTH, NO_MULTI, Spec, WRITE};

use crate::lifecycle::condition;
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
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoAuth,
    Loading,
    OutOfMemory,
    LogFailed,
    DumpFailed,
    TooFewReplicas,
    NoMulti,
}

impl Refusal {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::NoAuth => "NOAUTH Authentication required.",
            Self::Loading => "LOADING Redis is loading the dataset in memory",
            Self::OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'.",
            Self::TooFewReplicas => "NOREPLICAS Not enough good replicas to write.",
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
        }
    }
}

impl Turn<'_> {
    /// Whether `spec` may run for this session now.
    #[inline(always)]
    pub(crate) fn admit(&mut self, session: &mut Session, spec: &Spec) -> Admission {
        let conditions = self.node.lifecycle.conditions();
        if conditions == 0 && session.is_plain {
            return Admission::Run;
        }
        self.admit_slowly(session, spec, conditions)
    }

    #[cold]
    fn admit_slowly(&mut self, session: &mut Session, spec: &Spec, conditions: u32) -> Admission {
        if session.is_loader {
            return Admission::Run;
        }
        if conditions & condition::ENDING != 0 {
            return Admission::Wait;
        }
        if !session.authenticated && !self.wants_password() {
            // The password was taken away meanwhile.
            session.authenticated = true;
            session.note_plainness();
        }
        if !session.authenticated && spec.flags & NO_AUTH == 0 {
            return Admission::Refuse(Refusal::NoAuth);
        }
        let is = |condition: u32| conditions & condition != 0;
        // EXEC asks for what all its requests ask for.
        let flags = match &session.transaction {
            Some(transaction) if is_exec(spec) => spec.flags | transaction.flags,
            _ => spec.flags,
        };
        if is(condition::MEMORY_LIMITED) && !self.make_memory() && flags & DENYOOM != 0 {
            return Admission::Refuse(Refusal::OutOfMemory);
        }
        if is(condition::LOG_FAILED) && flags & WRITE != 0 {
            return Admission::Refuse(Refusal::LogFailed);
        }
        if is(condition::DUMP_FAILED) && (flags & WRITE != 0 || is_ping(spec)) {
            return Admission::Refuse(Refusal::DumpFailed);
        }
        if is(condition::TOO_FEW_REPLICAS) && flags & WRITE != 0 {
            return Admission::Refuse(Refusal::TooFewReplicas);
        }
        if is(condition::LOADING) && flags & LOADING == 0 {
            return Admission::Refuse(Refusal::Loading);
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
        if queues { Admission::Queue } else { Admission::Run }
    }
}

impl Turn<'_> {
    /// Whether clients have to authenticate.
    pub(crate) fn wants_password(&self) -> bool {
        self.state.settings.acl.requirepass.as_ref().is_some_and(|p| !p.is_empty())
    }
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
