//! What a script's commands do: each is admitted by the rules for scripts, gets what it needs
//! locked, and is carried out like any other.
//!
//! Must be true
//! 1. Once a command has been carried out that changes something, or that others can notice, the
//!    run is not given up any more. So before that the script is alone, unless its text shows that
//!    it will need nothing but what it holds.
//! 2. A script that holds stripes does not wait for others: two could wait for each other.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use base::clock::Ticks;
use commands::arguments::is_word;
use commands::context::KeyArg;
use commands::spec::{Body, Class, DENYOOM, FAST, MAY_REPLICATE, NOSCRIPT, READONLY, Spec, WRITE};
use protocol::{Output, OwnedRequest, Reply, Request, Version};
use rustix::time::{ClockId, clock_gettime};
use script::{Called, Host, LogLevel, Propagation, Verdict};

use super::slow::{Kind, SlowRun};
use crate::admission::Refusal;
use crate::batch::hash_keys;
use crate::journal::{Journal, Level};
use crate::monitor::Source;
use crate::renames::own_name;
use crate::session::Session;
use crate::stats::Ending;
use crate::worker::{Next, Turn};

/// A script on its worker's own time is carried out aside once it has taken so long.
const OWN_TIME_NS_MAX: u64 = 20_000_000;

/// Why a run was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Nothing,
    /// It needs what it did not declare.
    NeedsGate,
    /// It takes too long for its worker.
    TooSlow,
    /// The server ends.
    ServerEnds,
}

/// What is run, and what it may do.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a [u8],
    /// It uses no key but those it declares.
    pub(super) is_declared: bool,
    /// The request that runs it.
    pub(super) request: Request<'a>,
    pub(super) may_write: bool,
    /// Memory was short when it began.
    pub(super) is_out_of_memory: bool,
}

/// The host of one run.
pub(super) struct ScriptHost<'h, 't> {
    turn: &'h mut Turn<'t>,
    /// What its commands run for.
    session: &'h mut Session,
    caller: &'h Session,
    about: About<'h>,
    keys: Vec<KeyArg>,
    /// It has carried out what cannot be repeated.
    is_committed: bool,
    has_written: bool,
    /// It has carried out a command that only reads.
    pub(super) has_read: bool,
    why: Why,
    started: Ticks,
    slow: Option<Arc<SlowRun>>,
}

impl<'h, 't> ScriptHost<'h, 't> {
    pub(super) fn new(
        turn: &'h mut Turn<'t>,
        session: &'h mut Session,
        caller: &'h Session,
        about: About<'h>,
    ) -> Self {
        let started = turn.ticks;
        ScriptHost {
            turn,
            session,
            caller,
            about,
            keys: Vec::new(),
            is_committed: false,
            has_written: false,
            has_read: false,
            why: Why::Nothing,
            started,
            slow: None,
        }
    }

    /// The run is over: why it was given up, if it was.
    pub(super) fn finish(mut self) -> Why {
        if let Some(slow) = self.slow.take() {
            self.turn.node.scripts.slow.leave(self.turn.node, &slow);
        }
        self.why
    }

    /// Why a command may not be called by the script, if so.
    fn refusal(&self, spec: &Spec, request: Request<'_>) -> Option<Cow<'static, str>> {
        let rehearsal = &self.turn.node.lifecycle.rehearsal;
        let may_wait =
            self.turn.state.knobs.limits.follows.lets_scripts_ask_to_wait() && spec.can_wait();
        let is_bound = !may_wait && !rehearsal.unbound_scripts.load(Relaxed);
        if spec.flags & NOSCRIPT != 0 && is_bound {
            return Some("ERR This Redis command is not allowed from script".into());
        }
        if !self.about.may_write && spec.flags & (WRITE | MAY_REPLICATE) != 0 {
            return Some("ERR Write commands are not allowed from read-only scripts.".into());
        }
        if spec.flags & WRITE != 0
            && !self.has_written
            && let Some(refusal) = Refusal::of_writes(self.turn.node.lifecycle.conditions())
        {
            return Some(refusal.text(spec));
        }
        let is_out = self.about.is_out_of_memory && !self.has_written;
        if is_out && spec.flags & DENYOOM != 0 {
            return Some(Refusal::OutOfMemory.text(spec));
        }
        if may_wait {
            return None;
        }
        waits_openly(spec, request).map(Cow::Borrowed)
    }

    fn refuse(&mut self, spec: Option<&Spec>, text: &str, output: &mut Output) -> Called {
        self.turn.state.tally.count_error(text.as_bytes());
        if let Some(spec) = spec {
            self.turn.state.tally.count(spec.id, Ending::Rejected, 0);
        }
        Reply::new(output, self.session.version).error(text);
        Called::Replied
    }

    /// Carries out a command that may be called.
    fn carry_out(
        &mut self,
        spec: &'static Spec,
        request: Request<'_>,
        output: &mut Output,
    ) -> Called {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        hash_keys(spec, request, &self.turn.node.keyspace, &mut keys);
        let called = self.carry_out_on(spec, request, &keys, output);
        self.keys = keys;
        called
    }

    fn carry_out_on(
        &mut self,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> Called {
        // What is a control command and not quick may look anywhere.
        let is_control = matches!(spec.body, Body::Control(_));
        let looks_anywhere =
            matches!(spec.class, Class::Walk | Class::Gate) || is_control && spec.flags & FAST == 0;
        let mut needs_all = looks_anywhere || !self.about.is_declared && commits(spec);
        let mark = output.mark();
        loop {
            let has_all = self.turn.inside.is_alone();
            if has_all || !needs_all && self.holds(keys) {
                self.note_effects(spec);
                self.turn.remember_keys(self.caller, spec, request, keys);
                self.turn.ticks = Ticks::now();
                if self.turn.carry_out(self.session, spec, request, keys, output) != Next::Retry {
                    break;
                }
                // What it needs beyond its keys cannot be told: it gets everything.
                output.truncate_to(mark);
                needs_all = true;
            }
            if has_all || self.turn.inside.try_seclude_holding().is_err() {
                if !self.is_committed {
                    self.why = Why::NeedsGate;
                    return Called::Abandon;
                }
                // Cannot be: it has everything, or declared all that it needs.
                debug_assert!(false, "{} in a script is busy", spec.name);
                return self.refuse(Some(spec), "ERR command not allowed", output);
            }
        }
        if self.slow.is_some() {
            self.turn.inside.share(&self.turn.node.keyspace);
        }
        if self.turn.is_monitored() {
            self.turn.show(self.caller, spec, request, Source::Script);
        }
        Called::Replied
    }

    /// Whether the stripes of these keys are held, if need be from now on.
    fn holds(&mut self, keys: &[KeyArg]) -> bool {
        if self.turn.inside.is_alone() {
            return true;
        }
        let node = self.turn.node;
        let stripe_of = |key: &KeyArg| node.keyspace.stripe_of(key.hash);
        if self.turn.inside.holds(keys.iter().map(stripe_of)) {
            return true;
        }
        // With those that clients need who wait for these.
        let all = node.interests.widened(&node.keyspace, keys.iter().map(stripe_of).collect());
        self.turn.inside.extend(all.into_iter()).is_ok()
    }

    fn note_effects(&mut self, spec: &Spec) {
        self.is_committed |= commits(spec);
        self.has_read |= spec.flags & READONLY != 0;
        if spec.flags & WRITE != 0 && !self.has_written {
            self.has_written = true;
            if let Some(slow) = &self.slow {
                slow.has_written.store(true, Relaxed);
            }
        }
    }

    /// The script has run for too long: others are told, and served as far as that is possible.
    fn becomes_slow(&mut self, elapsed_ms: u64) {
        let node = self.turn.node;
        let About { kind, name, request, .. } = self.about;
        let (shown, command) = (String::from_utf8_lossy(name), kind.kill_command());
        node.journal().warning(format_args!(
            "Slow script detected: still in execution after {elapsed_ms} milliseconds. You can \
             try killing the script using the {command} command. Script name is: {shown}."
        ));
        let slow = node.scripts.slow.enter(node, SlowRun::new(kind, name, request, self.started));
        slow.has_written.store(self.has_written, Relaxed);
        self.slow = Some(slow);
        self.turn.inside.share(&node.keyspace);
    }

    fn request_of<'r>(request: &[&[u8]], owned: &'r mut OwnedRequest) -> Request<'r> {
        *owned = request.iter().copied().collect();
        owned.as_request()
    }
}

/// Whether a command changes something, or does what others can notice.
fn commits(spec: &Spec) -> bool {
    let is_read = spec.flags & READONLY != 0 && spec.flags & MAY_REPLICATE == 0;
    let is_quiet = matches!(spec.body, Body::Data(_)) && is_read;
    let is_local = spec.class == Class::Local && spec.flags & (WRITE | MAY_REPLICATE) == 0;
    !(is_quiet || is_local)
}

impl Host for ScriptHost<'_, '_> {
    fn call(&mut self, request: &[&[u8]], version: Version, output: &mut Output) -> Called {
        self.session.version = version;
        let mut owned = OwnedRequest::default();
        let request = Self::request_of(request, &mut owned);
        let found = self.turn.names(self.session).find(request);
        let Ok(spec) = found else {
            return self.refuse(None, "ERR Unknown Redis command called from script", output);
        };
        if !spec.accepts(request.len()) {
            let text = "ERR Wrong number of args calling Redis command from script";
            return self.refuse(Some(spec), text, output);
        }
        if let Some(text) = self.refusal(spec, request) {
            return self.refuse(Some(spec), &text, output);
        }
        let is_renamed =
            self.turn.node.renames.is_some() && !is_word(request.arg(0), own_name(spec));
        if !is_renamed {
            return self.carry_out(spec, request, output);
        }
        let name = std::iter::once(own_name(spec).as_bytes());
        let own: OwnedRequest = name.chain(request.iter().skip(1)).collect();
        self.carry_out(spec, own.as_request(), output)
    }

    fn tick(&mut self) -> Verdict {
        if self.turn.node.lifecycle.is_over() {
            self.why = Why::ServerEnds;
            return Verdict::Abandon;
        }
        if let Some(slow) = &self.slow {
            return if slow.is_killed() { Verdict::Kill } else { Verdict::Go };
        }
        let elapsed = Ticks::now().since(self.started);
        if elapsed > OWN_TIME_NS_MAX
            && self.turn.state.may_defer
            && self.caller.is_plain
            && !self.is_committed
        {
            self.why = Why::TooSlow;
            return Verdict::Abandon;
        }
        let threshold_ms = self.turn.state.settings.scripts.busy_reply_threshold_ms;
        let elapsed_ms = elapsed / 1_000_000;
        if threshold_ms > 0 && elapsed_ms >= threshold_ms {
            self.becomes_slow(elapsed_ms);
        }
        Verdict::Go
    }

    fn processor_time(&mut self) -> Duration {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }

    fn may_call(&mut self, request: &[&[u8]]) -> Option<bool> {
        let mut owned = OwnedRequest::default();
        let request = Self::request_of(request, &mut owned);
        self.turn.names(self.session).find(request).is_ok().then_some(true)
    }

    fn log(&mut self, level: LogLevel, text: &[u8]) {
        write_line(self.turn.node.journal(), level, text);
    }

    fn set_propagation(&mut self, to: Propagation) {
        self.turn.state.is_log_muted = !to.to_log;
    }
}

/// Writes what a script says to the server's log.
pub(super) fn write_line(journal: &Journal, level: LogLevel, text: &[u8]) {
    let level = match level {
        LogLevel::Debug => Level::Debug,
        LogLevel::Verbose => Level::Verbose,
        LogLevel::Notice => Level::Notice,
        LogLevel::Warning => Level::Warning,
    };
    let text = String::from_utf8_lossy(text);
    journal.write(level, format_args!("{text}"));
}

/// The error of a command that is asked in so many words to wait.
fn waits_openly(spec: &Spec, request: Request<'_>) -> Option<&'static str> {
    let error = match spec.name {
        "XREAD" => "ERR xread command is not allowed with BLOCK option from scripts",
        "XREADGROUP" => "ERR xreadgroup command is not allowed with BLOCK option from scripts",
        _ => return None,
    };
    let mut words = request.iter().skip(1).take_while(|word| !is_word(word, "STREAMS"));
    words.any(|word| is_word(word, "BLOCK")).then_some(error)
}
