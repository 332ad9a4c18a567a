//! EVAL and its like, SCRIPT: their arguments and replies.
//!
//! Not here: running a script (`scripting`).

use base::number::parse_i64;
use commands::arguments::is_word;
use commands::errors::Error;
use protocol::Request;
use script::Sha;

use super::{After, Answer, Call};
use crate::scripting::{Access, Arguments, Target, sha_of};

const NOSCRIPT: Error = Error::new("NOSCRIPT No matching script. Please use EVAL.");

/// How a script is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Text,
    Name,
}

pub(super) fn eval(call: &mut Call<'_, '_>, by: By, access: Access) -> Answer {
    let found = named(call.request, by);
    let (sha, count) = call.or_shown(found)?;
    let Call { turn, session, spec, request, keys, reply } = call;
    turn.with_interpreter(|turn, interpreter| {
        let known = match sha {
            Some(sha) => interpreter.by_name(turn.node, &sha).and_then(|it| it.ok_or(NOSCRIPT)),
            None => interpreter.by_text(turn.node, request.arg(1)),
        };
        let known = known.inspect_err(|_| turn.show_script(session, spec, *request))?;
        let arguments = Arguments { spec, request: *request, keys, declared: (3, count) };
        turn.run_script(Target::Script(interpreter, &known), session, arguments, access, reply)
    })
}

/// The name of the script that a request runs, if it is named so, and the number of keys.
fn named(request: Request<'_>, by: By) -> Result<(Option<Sha>, usize), Error> {
    let sha = match by {
        By::Text => None,
        By::Name => Some(sha_of(request.arg(1)).ok_or(NOSCRIPT)?),
    };
    Ok((sha, key_count(request, Error::NotInteger)?))
}

/// The number of keys that a request which runs a script declares.
pub(super) fn key_count(request: Request<'_>, invalid: Error) -> Result<usize, Error> {
    let count = parse_i64(request.arg(2)).ok_or(invalid)?;
    if count > request.len() as i64 - 3 {
        return Err(Error::new("ERR Number of keys can't be greater than number of args"));
    }
    usize::try_from(count).map_err(|_| Error::new("ERR Number of keys can't be negative"))
}

impl Call<'_, '_> {
    /// Shows a request that runs a script to the monitors if it does not get that far.
    pub(super) fn or_shown<T>(&mut self, found: Result<T, Error>) -> Result<T, Error> {
        found.inspect_err(|_| self.turn.show_script(self.session, self.spec, self.request))
    }
}

pub(super) fn script_load(call: &mut Call<'_, '_>) -> Answer {
    let text = call.arg(2);
    let known = call.turn.with_interpreter(|turn, own| own.by_text(turn.node, text))?;
    call.reply.bulk(known.script.sha());
    Ok(After::Done)
}

pub(super) fn script_exists(call: &mut Call<'_, '_>) -> Answer {
    let node = call.turn.node;
    call.reply.array(call.request.len() - 2);
    for name in call.request.iter().skip(2) {
        let is_known = sha_of(name).is_some_and(|sha| node.scripts.find(&sha).is_some());
        call.reply.int(i64::from(is_known));
    }
    Ok(After::Done)
}

/// There is no debugger. To say that it is off is true.
pub(super) fn script_debug(call: &mut Call<'_, '_>) -> Answer {
    let mode = call.arg(2);
    if is_word(mode, "NO") {
        call.ok()
    } else if is_word(mode, "YES") || is_word(mode, "SYNC") {
        Err(Error::new("ERR the debugger of scripts is not supported"))
    } else {
        Err(Error::new("ERR Use SCRIPT DEBUG YES/SYNC/NO"))
    }
}

pub(super) fn script_flush(call: &mut Call<'_, '_>) -> Answer {
    check_flush(call, "ERR SCRIPT FLUSH only support SYNC|ASYNC option")?;
    call.turn.node.scripts.flush();
    call.ok()
}

pub(super) fn check_flush(call: &Call<'_, '_>, misused: &'static str) -> Result<(), Error> {
    match (call.request.len(), call.request.get(2)) {
        (2, _) => Ok(()),
        (3, Some(mode)) if is_word(mode, "ASYNC") || is_word(mode, "SYNC") => Ok(()),
        _ => Err(Error::new(misused)),
    }
}

/// The error of SHUTDOWN while a script has run for too long, unless nothing is to be saved.
pub(super) fn refuse_shutdown(call: &Call<'_, '_>, saves: bool) -> Result<(), Error> {
    let slow = &call.turn.node.scripts.slow;
    if saves && slow.first().is_some() { Err(Error::new(slow.refusal())) } else { Ok(()) }
}
