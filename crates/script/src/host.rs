//! What a script's surroundings offer it: the one interface between this crate and a server.
//!
//! Not here: who implements it.

use std::time::Duration;

use protocol::{Output, Version};

/// What became of a command that a script called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// Its reply, or an error, is in the output.
    Replied,
    /// The script must end at once and leave no reply; whoever runs it knows why.
    Abandon,
}

/// Whether a running script may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Go,
    /// Somebody asked for its end: it answers that it was killed.
    Kill,
    /// As [`Called::Abandon`].
    Abandon,
}

/// Levels of `redis.log`, in rising order of weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `redis.LOG_DEBUG`
    Debug,
    /// `redis.LOG_VERBOSE`
    Verbose,
    /// `redis.LOG_NOTICE`
    Notice,
    /// `redis.LOG_WARNING`
    Warning,
}

/// Where the writes of a script go, as `redis.set_repl` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Propagation {
    /// To the append-only file.
    pub to_log: bool,
    /// To replicas.
    pub to_replicas: bool,
}

/// The surroundings of one run.
pub trait Host {
    /// Carries out a command, and writes its reply, or why it was refused, to `output` in the
    /// given version. There is at least one argument.
    fn call(&mut self, request: &[&[u8]], version: Version, output: &mut Output) -> Called;

    /// Asked every hundred thousand instructions: time may have run out.
    fn tick(&mut self) -> Verdict;

    /// Processor time that the process has used.
    fn processor_time(&mut self) -> Duration;

    /// Whether the user may carry out a command; `None` if there is no such command.
    fn may_call(&mut self, request: &[&[u8]]) -> Option<bool>;

    /// A line for the server's log.
    fn log(&mut self, level: LogLevel, text: &[u8]);

    /// Sets where writes go from now on, in this run.
    fn set_propagation(&mut self, to: Propagation);
}
