//! The bodies of commands that need more than their keys: sessions, settings, figures, the whole
//! keyspace.
//!
//! `commands::control` has their rows; the match below is exhaustive, so a documented command without
//! a body does not compile.

mod connection;

use commands::context::KeyArg;
use commands::control::Control;
use commands::errors::Error;
use commands::spec::Spec;
use protocol::{Output, Reply, Request};

use crate::run::Ran;
use crate::session::Session;
use crate::worker::{Next, Turn};

/// What a control body works on.
pub(crate) struct Call<'c, 't> {
    pub(crate) turn: &'c mut Turn<'t>,
    pub(crate) session: &'c mut Session,
    pub(crate) spec: &'static Spec,
    pub(crate) request: Request<'c>,
    pub(crate) keys: &'c [KeyArg],
    pub(crate) reply: Reply<'c>,
}

/// How a control body ended, if not with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Answered.
    Done,
    /// A stripe is taken: nothing happened, try again.
    Busy,
    /// Answered; close the connection once that is sent.
    Close,
}

/// What a control body returns.
pub(crate) type Answer = Result<After, Error>;

impl<'c> Call<'c, '_> {
    /// Argument `index`; the row's arity says that it is there.
    pub(crate) fn arg(&self, index: usize) -> &'c [u8] {
        self.request.arg(index)
    }

    /// Answers OK.
    pub(crate) fn ok(&mut self) -> Answer {
        self.reply.ok();
        Ok(After::Done)
    }
}

impl Turn<'_> {
    /// Runs a control command's body.
    pub(crate) fn run_control(
        &mut self,
        control: Control,
        session: &mut Session,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> (Ran, Next) {
        let reply = Reply::new(output, session.version);
        let mut call = Call { turn: self, session, spec, request, keys, reply };
        match dispatch(control, &mut call) {
            Ok(After::Done) => (Ran::Done, Next::Continue),
            Ok(After::Close) => (Ran::Done, Next::Close),
            Ok(After::Busy) => (Ran::Busy, Next::Retry),
            Err(error) => (Ran::Failed(error), Next::Continue),
        }
    }
}

fn dispatch(control: Control, call: &mut Call<'_, '_>) -> Answer {
    match control {
        Control::Ping => connection::ping(call),
        Control::Echo => connection::echo(call),
        Control::Quit => connection::quit(call),
        Control::Select => connection::select(call),
        _ => Err(Error::new("ERR not here yet")),
    }
}

/// A request's arguments as logs may show them: secrets are covered.
pub(crate) fn redacted(_spec: &Spec, arguments: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    arguments
}
