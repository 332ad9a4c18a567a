//! The functions of the table `redis`.
//!
//! Not here: what scripts find elsewhere (`sandbox`).

use base::number::append_f64_17g;
use protocol::Version;
use smallvec::SmallVec;

use crate::decode::{Counted, clean, push_error, push_reply};
use crate::encode::until_nul;
use crate::host::{Called, LogLevel, Propagation, Verdict};
use crate::libraries::{Constant, Library};
use crate::lua::{Frame, Kind, Raise};
use crate::script::sha1_hex;

const REPL_AOF: u32 = 1;
const REPL_REPLICA: u32 = 2;

/// The library.
pub const LIBRARY: Library = Library {
    name: "redis",
    functions: &[
        ("call", call),
        ("pcall", pcall),
        ("error_reply", error_reply),
        ("status_reply", status_reply),
        ("sha1hex", sha1hex),
        ("log", log),
        ("setresp", setresp),
        ("set_repl", set_repl),
        ("replicate_commands", replicate_commands),
        ("breakpoint", breakpoint),
        ("debug", debug),
        ("acl_check_cmd", acl_check_cmd),
    ],
    constants: &[
        ("LOG_DEBUG", Constant::Number(0.0)),
        ("LOG_VERBOSE", Constant::Number(1.0)),
        ("LOG_NOTICE", Constant::Number(2.0)),
        ("LOG_WARNING", Constant::Number(3.0)),
        ("REPL_NONE", Constant::Number(0.0)),
        ("REPL_AOF", Constant::Number(REPL_AOF as f64)),
        ("REPL_SLAVE", Constant::Number(REPL_REPLICA as f64)),
        ("REPL_REPLICA", Constant::Number(REPL_REPLICA as f64)),
        ("REPL_ALL", Constant::Number((REPL_AOF | REPL_REPLICA) as f64)),
    ],
};

/// What is done with a command's error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnError {
    Raise,
    Return,
}

fn call(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    command(frame, OnError::Raise)
}

fn pcall(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    command(frame, OnError::Return)
}

fn command(frame: &mut Frame<'_>, on_error: OnError) -> Result<i32, Raise> {
    let context = frame.context();
    if !context.host.is_lent() {
        return fail(frame, "redis.call/pcall can only be called inside a script invocation");
    }
    let request = match Arguments::of(frame) {
        Ok(request) => request,
        Err(problem) if on_error == OnError::Raise => return fail(frame, problem),
        Err(problem) => {
            push_error(frame, format!("ERR {problem}").as_bytes(), Counted::No)?;
            return Ok(1);
        }
    };
    let mut output = context.output.borrow_mut();
    output.clear();
    let version = context.version.get();
    let called = request
        .with(frame, |request| context.host.with(|host| host.call(request, version, &mut output)));
    if called != Some(Called::Replied) {
        context.stop.set(Verdict::Abandon);
        return Err(frame.stop());
    }
    let mut pieces = output.pieces();
    let first = pieces.next().unwrap_or_default();
    let is_error = first.first() == Some(&b'-');
    if pieces.next().is_none() {
        push_reply(frame, first)?;
    } else {
        let whole = output.pieces().collect::<Vec<_>>().concat();
        push_reply(frame, &whole)?;
    }
    if is_error && on_error == OnError::Raise {
        return Err(frame.raise_last());
    }
    Ok(1)
}

/// A request made of a function's arguments: numbers among them are turned into text.
struct Arguments {
    numbers: Vec<u8>,
    /// For each number, where its text ends.
    ends: SmallVec<[usize; 8]>,
}

impl Arguments {
    fn of(frame: &Frame<'_>) -> Result<Self, &'static str> {
        let mut arguments = Arguments { numbers: Vec::new(), ends: SmallVec::new() };
        if frame.args() == 0 {
            return Err("Please specify at least one argument for this redis lib call");
        }
        for slot in 1..=frame.args() {
            match frame.kind(slot) {
                Kind::String => {}
                Kind::Number => {
                    let number = frame.number(slot).unwrap_or_default();
                    append_f64_17g(&mut arguments.numbers, number);
                    arguments.ends.push(arguments.numbers.len());
                }
                _ => return Err("Lua redis lib command arguments must be strings or integers"),
            }
        }
        Ok(arguments)
    }

    fn with<R>(&self, frame: &Frame<'_>, use_it: impl FnOnce(&[&[u8]]) -> R) -> R {
        let mut start = 0;
        let mut ends = self.ends.iter();
        let slots = 1..=frame.args();
        let request: SmallVec<[&[u8]; 16]> = slots
            .map(|slot| {
                frame.argument(slot).unwrap_or_else(|| {
                    let end = ends.next().copied().unwrap_or(start);
                    let text = &self.numbers[start..end];
                    start = end;
                    text
                })
            })
            .collect();
        use_it(&request)
    }
}

/// Raises `{err="ERR text"}`.
fn fail(frame: &mut Frame<'_>, text: &str) -> Result<i32, Raise> {
    push_error(frame, format!("ERR {text}").as_bytes(), Counted::No)?;
    Err(frame.raise_last())
}

fn error_reply(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let Some(text) = only_string(frame) else {
        return wrong_arguments(frame);
    };
    let text = until_nul(text);
    push_error(frame, text.strip_prefix(b"-").unwrap_or(text), Counted::No)?;
    Ok(1)
}

fn status_reply(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let Some(text) = only_string(frame) else {
        return wrong_arguments(frame);
    };
    frame.push_table(0, 1)?;
    let table = frame.top();
    frame.push_bytes(&clean(text))?;
    frame.raw_set_field(table, "ok")?;
    Ok(1)
}

fn only_string<'a>(frame: &Frame<'a>) -> Option<&'a [u8]> {
    if frame.args() == 1 { frame.argument(1) } else { None }
}

fn wrong_arguments(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    push_error(frame, b"ERR wrong number or type of arguments", Counted::No)?;
    Ok(1)
}

fn sha1hex(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    if frame.args() != 1 {
        return fail(frame, "wrong number of arguments");
    }
    let sha = sha1_hex(frame.argument_text(1).unwrap_or_default());
    frame.push_bytes(&sha)?;
    Ok(1)
}

fn log(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    if frame.args() < 2 {
        return fail(frame, "redis.log() requires two arguments or more.");
    }
    let Some(level) = frame.to_number(1) else {
        return fail(frame, "First argument must be a number (log level).");
    };
    let level = match level as i32 {
        0 => LogLevel::Debug,
        1 => LogLevel::Verbose,
        2 => LogLevel::Notice,
        3 => LogLevel::Warning,
        _ => return fail(frame, "Invalid debug level."),
    };
    let mut line = Vec::new();
    for slot in 2..=frame.args() {
        let Some(text) = frame.argument_text(slot) else { continue };
        if slot > 2 {
            line.push(b' ');
        }
        line.extend_from_slice(text);
    }
    frame.context().host.with(|host| host.log(level, &line));
    Ok(0)
}

fn setresp(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let context = frame.context();
    if !context.host.is_lent() {
        return fail(frame, "redis.setresp can only be called inside a script invocation");
    }
    if frame.args() != 1 {
        return fail(frame, "redis.setresp() requires one argument.");
    }
    context.version.set(match frame.to_number(1).map(|version| version as i32) {
        Some(2) => Version::Resp2,
        Some(3) => Version::Resp3,
        _ => return fail(frame, "RESP version must be 2 or 3."),
    });
    Ok(0)
}

fn set_repl(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let context = frame.context();
    if !context.host.is_lent() {
        return fail(frame, "redis.set_repl can only be called inside a script invocation");
    }
    if frame.args() != 1 {
        return fail(frame, "redis.set_repl() requires two arguments.");
    }
    let flags = frame.to_number(1).unwrap_or_default() as i32 as u32;
    if flags & !(REPL_AOF | REPL_REPLICA) != 0 {
        let text = "Invalid replication flags. \
                    Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.";
        return fail(frame, text);
    }
    let to = Propagation { to_log: flags & REPL_AOF != 0, to_replicas: flags & REPL_REPLICA != 0 };
    context.host.with(|host| host.set_propagation(to));
    Ok(0)
}

/// Once chose how scripts are replicated; effects have long been the only way.
fn replicate_commands(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    frame.push_boolean(true)?;
    Ok(1)
}

/// Stops in the debugger, if there were one.
fn breakpoint(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    frame.push_boolean(false)?;
    Ok(1)
}

/// Prints in the debugger, if there were one.
fn debug(_frame: &mut Frame<'_>) -> Result<i32, Raise> {
    Ok(0)
}

fn acl_check_cmd(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let context = frame.context();
    if !context.host.is_lent() {
        return fail(frame, "redis.acl_check_cmd can only be called inside a script invocation");
    }
    let request = match Arguments::of(frame) {
        Ok(request) => request,
        Err(problem) => return fail(frame, problem),
    };
    let may = request.with(frame, |request| context.host.with(|host| host.may_call(request)));
    let Some(may) = may.flatten() else {
        return fail(frame, "Invalid command passed to redis.acl_check_cmd()");
    };
    frame.push_boolean(may)?;
    Ok(1)
}
