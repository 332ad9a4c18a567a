//! FUNCTION and FCALL: their arguments and replies.
//!
//! What changes libraries runs alone and is logged as it came.
//! Not here: libraries themselves (`scripting::functions`).

use base::glob::matches_ignore_case;
use commands::arguments::is_word;
use commands::control::Function;
use commands::errors::Error;
use protocol::Request;
use rdb::payload;

use super::scripting::key_count;
use super::{After, Answer, Call, misused};
use crate::node::Node;
use crate::scripting::{Access, Arguments, FunctionInterpreter, Killed, Libraries, Target};
use crate::scripting::{FUNCTION_BUSY, Kind, SCRIPT_BUSY};

pub(super) fn function(which: Function, call: &mut Call<'_, '_>) -> Answer {
    match which {
        Function::Delete => delete(call),
        Function::Dump => dump(call),
        Function::Flush => flush(call),
        Function::Kill => kill(call, super::Running::Function),
        Function::List => list(call),
        Function::Load => load(call),
        Function::Restore => restore(call),
        Function::Stats => stats(call),
    }
}

pub(super) fn fcall(call: &mut Call<'_, '_>, access: Access) -> Answer {
    let found = call.turn.node.functions.find(call.arg(1));
    let (library, function) = call.or_shown(found.ok_or(Error::new("ERR Function not found")))?;
    let count = key_count(call.request, Error::new("ERR Bad number of keys provided"));
    let count = call.or_shown(count)?;
    let Call { turn, session, spec, request, keys, reply } = call;
    turn.with_functions(|turn, own| {
        let callback = own.callback(turn.node, &library, &function)?;
        let target = Target::Function(own, callback, &function);
        let arguments = Arguments { spec, request: *request, keys, declared: (3, count) };
        turn.run_script(target, session, arguments, access, reply)
    })
}

/// Makes a change to the libraries and logs the request that asked for it.
fn change<R>(
    call: &mut Call<'_, '_>,
    change: impl FnOnce(&mut FunctionInterpreter, &mut Libraries) -> Result<R, Error>,
) -> Result<R, Error> {
    let mut all = Libraries::clone(&call.turn.node.functions.all());
    let result = call.turn.with_functions(|_, own| change(own, &mut all))?;
    call.turn.node.functions.replace(all);
    call.turn.state.tally.totals.changes += 1;
    let words: Vec<&[u8]> = call.request.iter().collect();
    call.turn.split().0.log(call.session.database, &words);
    Ok(result)
}

fn load(call: &mut Call<'_, '_>) -> Answer {
    let request = call.request;
    let last = request.len() - 1;
    let mut replaces = false;
    for word in request.iter().take(last).skip(2) {
        if !is_word(word, "REPLACE") {
            let shown = String::from_utf8_lossy(word);
            return Err(Error::text(format!("ERR Unknown option given: {shown}")));
        }
        replaces = true;
    }
    let text = request.arg(last);
    let node = call.turn.node;
    let name = change(call, |own, all| add(own, node, all, (text, replaces)))?;
    call.reply.bulk(&name);
    Ok(After::Done)
}

/// Adds a library; its name.
fn add(
    own: &mut FunctionInterpreter,
    node: &Node,
    all: &mut Libraries,
    (text, replaces): (&[u8], bool),
) -> Result<Box<[u8]>, Error> {
    let name = script::parse_library(text)
        .map_err(|text| Error::text(String::from_utf8_lossy(&text).into_owned()))?
        .0;
    if !replaces && all.by_name.contains_key(&name[..]) {
        let shown = String::from_utf8_lossy(&name);
        return Err(Error::text(format!("ERR Library '{shown}' already exists")));
    }
    let library = own.create(node, text)?;
    all.remove(&name);
    let name = library.name.clone();
    all.add(library)?;
    Ok(name)
}

fn delete(call: &mut Call<'_, '_>) -> Answer {
    let name = call.arg(2);
    change(
        call,
        |_, all| {
            if all.remove(name) { Ok(()) } else { Err(Error::new("ERR Library not found")) }
        },
    )?;
    call.ok()
}

fn flush(call: &mut Call<'_, '_>) -> Answer {
    if call.request.len() > 3 {
        return Err(misused(call));
    }
    super::scripting::check_flush(call, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option")?;
    change(call, |_, all| {
        *all = Libraries::default();
        Ok(())
    })?;
    call.ok()
}

fn dump(call: &mut Call<'_, '_>) -> Answer {
    let all = call.turn.node.functions.all();
    let texts = all.by_name.values().map(|library| &library.text[..]);
    let payload = payload::of_functions(texts)
        .map_err(|error| Error::text(format!("ERR cannot dump functions: {error}")))?;
    call.reply.bulk(&payload);
    Ok(After::Done)
}

/// What becomes of the libraries that there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Policy {
    Flush,
    Append,
    Replace,
}

fn restore(call: &mut Call<'_, '_>) -> Answer {
    if call.request.len() > 4 {
        return Err(misused(call));
    }
    let policy = match call.request.get(3) {
        None => Policy::Append,
        Some(word) if is_word(word, "APPEND") => Policy::Append,
        Some(word) if is_word(word, "REPLACE") => Policy::Replace,
        Some(word) if is_word(word, "FLUSH") => Policy::Flush,
        Some(_) => {
            return Err(Error::new(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
            ));
        }
    };
    let body = payload::open(call.arg(2));
    let body = body.ok_or(Error::new("ERR DUMP payload version or checksum are wrong"))?;
    let sources = payload::functions(body)
        .map_err(|_| Error::new("ERR failed loading the given functions payload"))?;
    let node = call.turn.node;
    change(call, |own, all| {
        if policy == Policy::Flush {
            *all = Libraries::default();
        }
        let mut new = Vec::new();
        for source in sources {
            let source = source.ok_or(Error::new("ERR given type is not a function"))?;
            new.push(own.create(node, &source)?);
        }
        for library in &new {
            if policy == Policy::Replace {
                all.remove(&library.name);
            } else if all.by_name.contains_key(&library.name) {
                let shown = String::from_utf8_lossy(&library.name);
                return Err(Error::text(format!("ERR Library {shown} already exists")));
            }
        }
        new.into_iter().try_for_each(|library| all.add(library))
    })?;
    call.ok()
}

/// What FUNCTION LIST is to show.
#[derive(Default)]
struct Shown<'a> {
    pattern: Option<&'a [u8]>,
    with_code: bool,
}

impl<'a> Shown<'a> {
    fn parse(request: Request<'a>) -> Result<Self, Error> {
        let mut shown = Self::default();
        let mut words = request.iter().skip(2);
        while let Some(word) = words.next() {
            if !shown.with_code && is_word(word, "WITHCODE") {
                shown.with_code = true;
            } else if shown.pattern.is_none() && is_word(word, "LIBRARYNAME") {
                let pattern = words.next();
                shown.pattern =
                    Some(pattern.ok_or(Error::new("ERR library name argument was not given"))?);
            } else {
                let word = String::from_utf8_lossy(word);
                return Err(Error::text(format!("ERR Unknown argument {word}")));
            }
        }
        Ok(shown)
    }
}

fn list(call: &mut Call<'_, '_>) -> Answer {
    let shown = Shown::parse(call.request)?;
    let all = call.turn.node.functions.all();
    let is_meant =
        |name: &[u8]| shown.pattern.is_none_or(|pattern| matches_ignore_case(pattern, name));
    let libraries: Vec<_> = all.by_name.values().filter(|each| is_meant(&each.name)).collect();
    let reply = &mut call.reply;
    reply.array(libraries.len());
    for library in libraries {
        reply.map(3 + usize::from(shown.with_code));
        reply.bulk(b"library_name");
        reply.bulk(&library.name);
        reply.bulk(b"engine");
        reply.bulk(b"LUA");
        reply.bulk(b"functions");
        reply.array(library.functions.len());
        for function in &library.functions {
            reply.map(3);
            reply.bulk(b"name");
            reply.bulk(&function.name);
            reply.bulk(b"description");
            match &function.description {
                Some(text) => reply.bulk(text),
                None => reply.nil(),
            }
            reply.bulk(b"flags");
            let names = script::flag_names(function.flags);
            reply.set(names.len());
            names.iter().for_each(|name| reply.status(name));
        }
        if shown.with_code {
            reply.bulk(b"library_code");
            reply.bulk(&library.text);
        }
    }
    Ok(After::Done)
}

fn stats(call: &mut Call<'_, '_>) -> Answer {
    let node = call.turn.node;
    if node.scripts.slow.is_any(Kind::Script) {
        return Err(Error::new(SCRIPT_BUSY));
    }
    let reply = &mut call.reply;
    reply.map(2);
    reply.bulk(b"running_script");
    match node.scripts.slow.first() {
        None => reply.nil(),
        Some(run) => {
            reply.map(3);
            reply.bulk(b"name");
            reply.bulk(&run.name);
            reply.bulk(b"command");
            reply.array(run.command.len());
            run.command.iter().for_each(|word| reply.bulk(word));
            reply.bulk(b"duration_ms");
            reply.int(run.duration_ms() as i64);
        }
    }
    let all = node.functions.all();
    reply.bulk(b"engines");
    reply.map(1);
    reply.bulk(b"LUA");
    reply.map(2);
    reply.bulk(b"libraries_count");
    reply.int(all.by_name.len() as i64);
    reply.bulk(b"functions_count");
    reply.int(all.function_count() as i64);
    Ok(After::Done)
}

pub(super) fn kill(call: &mut Call<'_, '_>, kind: Kind) -> Answer {
    match call.turn.node.scripts.slow.kill(kind) {
        Killed::Yes => call.ok(),
        Killed::Nothing => Err(Error::new("NOTBUSY No scripts in execution right now.")),
        Killed::OtherKind if kind == Kind::Script => Err(Error::new(FUNCTION_BUSY)),
        Killed::OtherKind => Err(Error::new(SCRIPT_BUSY)),
        Killed::Unkillable => Err(Error::new(
            "UNKILLABLE Sorry the script already executed write commands against the dataset. You \
             can either wait the script termination or kill the server in a hard way using the \
             SHUTDOWN NOSAVE command.",
        )),
    }
}
