//! Running a script: what is checked before, locked meanwhile, and done after.
//!
//! Must be true: what a script did is logged as one group before the locks open, also if it failed
//! half way. A run that was given up has done nothing.

use std::sync::atomic::Ordering::Relaxed;

use base::clock::Ticks;
use commands::errors::Error;
use commands::spec::Spec;
use keyspace::Held;
use keyspace::db::Key;
use protocol::{Reply, Request};
use script::{Flags, Kept, Ran};

use super::functions::{Function, FunctionInterpreter};
use super::habits::Habits;
use super::host::{About, ScriptHost, Why};
use super::{Interpreter, Kind, Known};
use crate::control::After;
use crate::lifecycle::condition;
use crate::monitor::Source;
use crate::session::Session;
use crate::worker::Turn;

/// A script whose last run took less is not run aside.
const QUICK_NS_MAX: u64 = 2_000_000;

/// What a script's caller allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Full,
    ReadOnly,
}

/// What a script is called with.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'a> {
    /// The command and the request that runs it.
    pub(crate) spec: &'static Spec,
    pub(crate) request: Request<'a>,
    /// Hashed keys among its arguments.
    pub(crate) keys: &'a [commands::context::KeyArg],
    /// Index of the first key, and the number of keys.
    pub(crate) declared: (usize, usize),
}

/// What is run.
pub(crate) enum Target<'a> {
    Script(&'a mut Interpreter, &'a Known),
    Function(&'a mut FunctionInterpreter, Kept, &'a Function),
}

impl<'a> Target<'a> {
    fn kind(&self) -> Kind {
        match self {
            Self::Script(..) => Kind::Script,
            Self::Function(..) => Kind::Function,
        }
    }

    fn name(&self) -> &'a [u8] {
        match self {
            Self::Script(_, known) => known.script.sha(),
            Self::Function(_, _, function) => &function.name,
        }
    }

    fn flags(&self) -> Flags {
        match self {
            Self::Script(_, known) => known.script.flags(),
            Self::Function(_, _, function) => function.flags,
        }
    }

    fn habits(&self) -> &'a Habits {
        match self {
            Self::Script(_, known) => &known.habits,
            Self::Function(_, _, function) => &function.habits,
        }
    }

    fn run(
        self,
        arguments: [&[&[u8]]; 2],
        host: &mut ScriptHost<'_, '_>,
        reply: &mut Reply<'_>,
    ) -> Ran {
        match self {
            Self::Script(own, known) => own.vm.run(&known.script, arguments, host, reply),
            Self::Function(own, callback, function) => {
                own.vm.call_function((&function.name, callback), arguments, host, reply)
            }
        }
    }
}

impl Turn<'_> {
    /// Runs a script for a session and writes its result.
    pub(crate) fn run_script(
        &mut self,
        target: Target<'_>,
        session: &mut Session,
        arguments: Arguments<'_>,
        access: Access,
        reply: &mut Reply<'_>,
    ) -> Result<After, Error> {
        let is_nested = self.inside.is_holding();
        let (flags, habits) = (target.flags(), target.habits());
        if !is_nested {
            if self.goes_aside(session, habits) {
                return Ok(After::Long);
            }
            if !self.lock_for_script(habits, arguments) {
                return Ok(After::Busy);
            }
            if access == Access::Full && !self.preserve_declared(session, arguments) {
                self.inside.unlock();
                return Ok(After::Busy);
            }
            self.split().0.begin_group();
        }
        self.show_script(session, arguments.spec, arguments.request);
        let is_out_of_memory = self.node.lifecycle.conditions() & condition::MEMORY_LIMITED != 0
            && !self.make_memory();
        if let Err(error) = self.check_script(flags, access, is_out_of_memory) {
            self.end_script(is_nested);
            return Err(error);
        }
        let started = self.ticks;
        let (first, count) = arguments.declared;
        let words: Vec<&[u8]> = arguments.request.iter().skip(first).collect();
        let (keys, args) = words.split_at(count.min(words.len()));

        let mut own = Session::of_script(&session.client, session.caller());
        own.is_loader = session.is_loader;
        let about = About {
            kind: target.kind(),
            name: target.name(),
            is_declared: habits.is_declared,
            request: arguments.request,
            may_write: access == Access::Full && !flags.no_writes,
            is_out_of_memory: is_out_of_memory && !(flags.declared && flags.allow_oom),
        };
        let mut host = ScriptHost::new(self, &mut own, session, about);
        let ran = target.run([keys, args], &mut host, reply);
        let has_read = host.has_read;
        let why = host.finish();
        if has_read && self.state.knobs.limits.follows.tracks_declared_keys() {
            // All that it declared besides what it did read.
            self.remember(session, arguments.request, arguments.keys);
        }

        self.ticks = started;
        if why == Why::ServerEnds {
            // What it did so far is no whole: nobody shall find it in the log.
            self.state.group = None;
        }
        self.end_script(is_nested);
        let took = Ticks::now().since(started);
        habits.is_quick.store(took < QUICK_NS_MAX, Relaxed);
        Ok(self.settle(ran, why, habits))
    }

    fn settle(&mut self, ran: Ran, why: Why, habits: &Habits) -> After {
        match ran {
            Ran::Replied => After::Done,
            Ran::Failed { error, is_counted } => {
                if !is_counted {
                    self.state.tally.count_error(&error);
                }
                After::Failed
            }
            Ran::Abandoned => match why {
                Why::TooSlow => After::Long,
                Why::ServerEnds => After::Close,
                Why::NeedsGate | Why::Nothing => {
                    habits.needs_gate.store(true, Relaxed);
                    After::Busy
                }
            },
        }
    }

    /// Whether a script is carried out aside: it may take long for all that is known, and its own
    /// worker could not let anybody end it.
    fn goes_aside(&self, session: &Session, habits: &Habits) -> bool {
        self.state.may_defer
            && session.is_plain
            && habits.may_loop
            && !habits.is_quick.load(Relaxed)
    }

    /// Shows a request that runs a script to the monitors, before what the script does.
    pub(crate) fn show_script(
        &mut self,
        session: &Session,
        spec: &'static Spec,
        request: Request<'_>,
    ) {
        if self.is_monitored() {
            self.show_anyway(session, spec, request, Source::Client);
        }
    }

    fn lock_for_script(&mut self, habits: &Habits, arguments: Arguments<'_>) -> bool {
        // What monitors are shown happens: such a run must not be given up.
        if habits.needs_gate.load(Relaxed) || self.is_monitored() {
            return self.seclude();
        }
        self.lock_widened(arguments.keys.iter().map(|key| key.hash))
    }

    /// Sees to it that a snapshot under way has what the declared keys hold, which the script may
    /// change. False: not yet. Of other keys it makes copies as they come up, however big.
    fn preserve_declared(&mut self, session: &Session, arguments: Arguments<'_>) -> bool {
        let keyspace = &self.node.keyspace;
        let Some(snapshot) = keyspace.snapshot() else { return true };
        let mut held = Held::lent(keyspace, &self.inside);
        arguments.keys.iter().all(|arg| {
            let key = Key { bytes: arguments.request.arg(arg.index as usize), hash: arg.hash };
            snapshot.preserve(&mut held, session.database, key).is_ok()
        })
    }

    /// Logs what the script did, and lets go of what it held.
    fn end_script(&mut self, is_nested: bool) {
        self.state.is_log_muted = false;
        if is_nested {
            return;
        }
        self.split().0.end_group();
        self.serve_waiters_behind();
        self.inside.unlock();
    }

    /// Whether a script that declares what it does may do that now.
    fn check_script(
        &self,
        flags: Flags,
        access: Access,
        is_out_of_memory: bool,
    ) -> Result<(), Error> {
        if !flags.declared {
            return Ok(());
        }
        let conditions = self.node.lifecycle.conditions();
        if !flags.no_writes {
            if conditions & condition::LOG_FAILED != 0 {
                return Err(Error::new(
                    "MISCONF Redis is configured to persist data to AOF, but it's currently \
                     unable to persist to disk. Writable scripts are blocked. Use 'no-writes' \
                     flag for read only scripts. AOF error: see the log",
                ));
            }
            if conditions & condition::DUMP_FAILED != 0 {
                return Err(Error::new(
                    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable \
                     to persist to disk. Writable scripts are blocked. Use 'no-writes' flag for \
                     read only scripts.",
                ));
            }
            if access == Access::ReadOnly {
                return Err(Error::new(
                    "ERR Can not execute a script with write flag using *_ro command.",
                ));
            }
            if conditions & condition::TOO_FEW_REPLICAS != 0 {
                return Err(Error::new("NOREPLICAS Not enough good replicas to write."));
            }
        }
        if is_out_of_memory && !flags.allow_oom && !flags.no_writes {
            return Err(Error::new(
                "OOM allow-oom flag is not set on the script, can not run it when used memory > \
                 'maxmemory'",
            ));
        }
        Ok(())
    }
}
