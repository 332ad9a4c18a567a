//! Compiling and running scripts.
//!
//! ```text
//! slot of the stack outside all calls
//! 1 globals   2 what they show   3 what chooses that   4 compiled scripts   5 error handler
//! 6 "KEYS"    7 "ARGV"           8 .. "err" "ok" ... (encode::FIELDS)
//! ```
//!
//! Must be true: between runs there is nothing above these slots, and nothing that the last run
//! left can be noticed by the next.

use std::collections::HashMap;
use std::ffi::CStr;

use protocol::Reply;

use crate::context::{Context, ServerVersion};
use crate::decode::{COUNTED, clean};
use crate::encode::{Encoder, Errors, FIELDS, until_nul};
use crate::host::{Host, Verdict};
use crate::library::Registered;
use crate::lua::{Frame, Kept, Kind, Lua, Raise};
use crate::sandbox;
use crate::script::{Script, Sha};
use crate::source::evened;

const REAL: i32 = 2;
const CHOOSE_GLOBALS: i32 = 3;
const COMPILED: i32 = 4;
const HANDLER: i32 = 5;
const KEYS: i32 = 6;
const ARGV: i32 = 7;
const FIRST_FIELD: i32 = 8;
const BOTTOM: i32 = FIRST_FIELD + FIELDS.len() as i32 - 1;

/// Above so many bytes the interpreter is cleaned at the end of a run.
const CLEAN_ABOVE: usize = 8 << 20;

/// The first byte of compiled code.
const ESCAPE: u8 = 0x1B;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// The script's result has been written.
    Replied,
    /// An error has been written, or stands in the reply.
    Failed {
        /// Its text; empty if it has been counted and stands within the reply.
        error: Vec<u8>,
        /// Whether it came from a command, whose error has been counted already.
        is_counted: bool,
    },
    /// The host has ended the script. Nothing has been written.
    Abandoned,
}

/// An interpreter with everything that scripts find in it.
pub struct Vm {
    lua: Lua,
    /// Numbers of compiled scripts in the table `COMPILED`.
    compiled: HashMap<Sha, i32>,
    /// Bytes in use after the last cleaning.
    clean_size: usize,
}

impl Vm {
    /// An interpreter that may take so many bytes; `seed` is where random numbers begin.
    ///
    /// Returns why it cannot be made, for want of memory or by a fault of ours.
    pub fn new(memory_limit: usize, version: ServerVersion, seed: u64) -> Result<Vm, String> {
        let lua = Lua::new(memory_limit, sandbox::functions(), Context::new(version, seed));
        let mut lua = lua.ok_or("not enough memory")?;
        sandbox::furnish(&mut lua).map_err(|text| String::from_utf8_lossy(&text).into_owned())?;
        prepare(&mut lua.frame()).map_err(|_| "stack overflow")?;
        lua.collect();
        let clean_size = lua.memory().used();
        Ok(Vm { lua, compiled: HashMap::new(), clean_size })
    }

    /// Bytes in use.
    pub fn memory_used(&self) -> usize {
        self.lua.memory().used()
    }

    /// Compiles a script unless that has been done; why it cannot be, as the client is told.
    pub fn compile(&mut self, script: &Script) -> Result<(), Vec<u8>> {
        if self.compiled.contains_key(script.sha()) {
            return Ok(());
        }
        let number = self.compiled.len() as i32 + 1;
        let mut frame = self.lua.frame();
        let result = compile(&mut frame, script.code(), c"@user_script").and_then(|()| {
            frame.raw_set_element(COMPILED, number).map_err(|_| b"not enough memory".to_vec())
        });
        self.lua.truncate(BOTTOM);
        result.map_err(|text| {
            let text = [b"ERR Error compiling script (new function): ", &text[..]].concat();
            clean(until_nul(&text))
        })?;
        self.compiled.insert(*script.sha(), number);
        Ok(())
    }

    /// Runs a script that has been compiled, and writes its result.
    pub fn run(
        &mut self,
        script: &Script,
        arguments: [&[&[u8]]; 2],
        host: &mut dyn Host,
        reply: &mut Reply<'_>,
    ) -> Ran {
        let Some(&number) = self.compiled.get(script.sha()) else {
            let error = b"ERR script is not compiled".to_vec();
            reply.error_bytes(&error);
            return Ran::Failed { error, is_counted: false };
        };
        let job = Job { what: What::Script(number), name: script.sha(), arguments };
        self.carry_out(&job, host, reply)
    }

    /// Calls a function that a library has registered, and writes its result.
    pub fn call_function(
        &mut self,
        (name, callback): (&[u8], Kept),
        arguments: [&[&[u8]]; 2],
        host: &mut dyn Host,
        reply: &mut Reply<'_>,
    ) -> Ran {
        let job = Job { what: What::Function(callback), name, arguments };
        self.carry_out(&job, host, reply)
    }

    /// Loads a library: compiles its code and runs that once. What it has registered.
    ///
    /// # Errors
    /// The text of the error, with its code.
    pub fn load_library(
        &mut self,
        code: &[u8],
        host: &mut dyn Host,
    ) -> Result<Vec<Registered>, Vec<u8>> {
        let Vm { lua, .. } = self;
        lua.context().begin();
        lua.context().registered.replace(Some(Vec::new()));
        let mut frame = lua.frame();
        let slot = &frame.context().host;
        let result = slot.lend(host, || load_library(&mut frame, code));
        let registered = lua.context().registered.take().unwrap_or_default();
        self.end_run();
        result.map(|()| registered)
    }

    fn carry_out(&mut self, job: &Job<'_>, host: &mut dyn Host, reply: &mut Reply<'_>) -> Ran {
        let Vm { lua, .. } = self;
        lua.context().begin();
        let mark = reply.output().mark();
        let mut frame = lua.frame();
        let slot = &frame.context().host;
        let ran = slot.lend(host, || run(&mut frame, job, reply));
        let ran = ran.unwrap_or_else(|_| {
            reply.output().truncate_to(mark);
            let error = b"ERR stack overflow".to_vec();
            reply.error_bytes(&error);
            Ran::Failed { error, is_counted: false }
        });
        self.end_run();
        ran
    }

    fn end_run(&mut self) {
        self.lua.truncate(BOTTOM);
        if self.lua.context().stop.get() != Verdict::Go {
            self.lua.watch();
        }
        if self.lua.memory().used() > self.clean_size + CLEAN_ABOVE {
            self.clean();
        }
        self.lua.resume_panic();
    }

    /// Frees what the last runs left.
    fn clean(&mut self) {
        let mut frame = self.lua.frame();
        // There is room for three values: the stack is at its bottom.
        for name in [KEYS, ARGV] {
            let _ = frame.push_copy(name);
            let _ = frame.push_nil();
            let _ = frame.raw_set(REAL);
        }
        self.lua.collect();
        self.clean_size = self.lua.memory().used();
    }
}

/// Fills the slots up to the bottom.
fn prepare(frame: &mut Frame<'_>) -> Result<(), Raise> {
    frame.push_table(0, 0)?;
    frame.push_function(sandbox::error_handler_number(), 0)?;
    for name in ["KEYS", "ARGV"].iter().chain(&FIELDS) {
        frame.push_bytes(name.as_bytes())?;
    }
    debug_assert_eq!(frame.top(), BOTTOM);
    Ok(())
}

/// Pushes the function that code is the source of; the error text if that fails.
fn compile(frame: &mut Frame<'_>, code: &[u8], name: &CStr) -> Result<(), Vec<u8>> {
    // The interpreter would take the first for compiled code, and skip the line of the second.
    let unexpected = match code.first() {
        Some(&ESCAPE) => Some("char(27)"),
        Some(b'#') => Some("#"),
        _ => None,
    };
    if let Some(shown) = unexpected {
        let place = name.to_string_lossy().replace('@', "");
        return Err(format!("{place}:1: unexpected symbol near '{shown}'").into_bytes());
    }
    let code = evened(code);
    let is_fine = frame.load(&code, name).map_err(|_| b"not enough memory".to_vec())?;
    if is_fine { Ok(()) } else { Err(frame.bytes(frame.top()).unwrap_or_default().to_vec()) }
}

/// Compiles a library's code and runs it; the error with its code if that fails.
fn load_library(frame: &mut Frame<'_>, code: &[u8]) -> Result<(), Vec<u8>> {
    compile(frame, code, c"@user_function").map_err(|text| {
        clean(until_nul(&[b"ERR Error compiling function: ", &text[..]].concat()))
    })?;
    let bottom = frame.top();
    choose_globals(frame, true);
    let is_fine = frame.call(0, 0);
    let text = match (is_fine, frame.context().stop.get()) {
        (true, Verdict::Go) => None,
        (false, Verdict::Go) => Some(load_error(frame)),
        _ => Some(b"ERR FUNCTION LOAD timeout".to_vec()),
    };
    frame.truncate(bottom - 1);
    choose_globals(frame, false);
    match text {
        None => Ok(()),
        Some(text) => {
            let text = [b"ERR Error registering functions: ", &text[..]].concat();
            Err(clean(until_nul(&text)))
        }
    }
}

/// The text of the error value that is the last one.
fn load_error(frame: &mut Frame<'_>) -> Vec<u8> {
    let error = frame.top();
    if frame.kind(error) == Kind::Table {
        let text = field_text(frame, error, "err").ok().flatten();
        return text.unwrap_or_else(|| b"ERR execution failure".to_vec());
    }
    [b"ERR ", frame.convert_to_text(error).unwrap_or(b"execution failure")].concat()
}

/// Chooses whether globals are those for loading a library, or those for running.
fn choose_globals(frame: &mut Frame<'_>, is_loading: bool) {
    let top = frame.top();
    // There is room: the stack is near its bottom. The function cannot fail.
    let pushed = frame.push_copy(CHOOSE_GLOBALS).and_then(|()| frame.push_boolean(is_loading));
    if pushed.is_ok() {
        frame.call(1, 0);
    }
    frame.truncate(top);
}

/// What is to be run.
#[derive(Clone, Copy)]
enum What {
    /// A compiled script, by its number. It finds its arguments in globals.
    Script(i32),
    /// A function, which gets them.
    Function(Kept),
}

struct Job<'j> {
    what: What,
    /// What error texts call it.
    name: &'j [u8],
    /// Keys and the rest.
    arguments: [&'j [&'j [u8]]; 2],
}

fn push_list(frame: &mut Frame<'_>, texts: &[&[u8]]) -> Result<(), Raise> {
    frame.push_table(texts.len(), 0)?;
    let table = frame.top();
    for (index, text) in (1..).zip(texts) {
        frame.push_bytes(text)?;
        frame.raw_set_element(table, index)?;
    }
    Ok(())
}

fn run(frame: &mut Frame<'_>, job: &Job<'_>, reply: &mut Reply<'_>) -> Result<Ran, Raise> {
    let is_fine = match job.what {
        What::Script(number) => {
            for (name, texts) in [KEYS, ARGV].into_iter().zip(job.arguments) {
                frame.push_copy(name)?;
                push_list(frame, texts)?;
                frame.raw_set(REAL)?;
            }
            frame.raw_element(COMPILED, number)?;
            frame.call(0, HANDLER)
        }
        What::Function(callback) => {
            frame.push_kept(callback)?;
            for texts in job.arguments {
                push_list(frame, texts)?;
            }
            frame.call(2, HANDLER)
        }
    };
    match frame.context().stop.get() {
        Verdict::Abandon => return Ok(Ran::Abandoned),
        Verdict::Kill => {
            let mut text = b"ERR Script killed by user with SCRIPT KILL...".to_vec();
            if let Some(place) = frame.context().stop_place.take() {
                let line = place.line.to_string();
                push_place(&mut text, job.name, &place.source, line.as_bytes());
            }
            return Ok(failed(reply, &text, false));
        }
        Verdict::Go => {}
    }
    if !is_fine {
        return report(frame, job.name, reply);
    }
    let mut errors = Errors::default();
    Encoder::new(frame, reply, FIRST_FIELD, &mut errors).run()?;
    Ok(match errors {
        Errors { is_any: false, .. } => Ran::Replied,
        Errors { uncounted: Some(error), .. } => Ran::Failed { error, is_counted: false },
        Errors { uncounted: None, .. } => Ran::Failed { error: Vec::new(), is_counted: true },
    })
}

/// Writes the error that a script ended with; it is the last value.
fn report(frame: &mut Frame<'_>, name: &[u8], reply: &mut Reply<'_>) -> Result<Ran, Raise> {
    let error = frame.top();
    if frame.kind(error) != Kind::Table {
        let text = frame.bytes(error).unwrap_or(b"execution failure");
        let text = &until_nul(text)[..until_nul(text).len().min(100)];
        let text = [b"ERR Error running script ", name, b", ", text].concat();
        return Ok(failed(reply, &text, false));
    }
    let text = field_text(frame, error, "err")?;
    // Redis 7.0 does not survive an error value without a text.
    let mut text = text.unwrap_or_else(|| b"ERR execution failure".to_vec());
    let source = field_text(frame, error, "source")?;
    let line = field_text(frame, error, "line")?;
    if let (Some(source), Some(line)) = (source, line) {
        push_place(&mut text, name, &source, &line);
    }
    frame.raw_field(error, COUNTED)?;
    let is_counted = frame.truth(frame.top());
    Ok(failed(reply, &text, is_counted))
}

fn push_place(text: &mut Vec<u8>, name: &[u8], source: &[u8], line: &[u8]) {
    let place = [b" script: ", name, b", on ", source, b":", line, b"."];
    text.extend_from_slice(&place.concat());
}

/// A field that is a string or a number, as text.
fn field_text(frame: &mut Frame<'_>, table: i32, name: &str) -> Result<Option<Vec<u8>>, Raise> {
    frame.raw_field(table, name)?;
    let slot = frame.top();
    let text = match frame.number(slot) {
        Some(number) => {
            let mut text = Vec::new();
            base::number::append_f64_17g(&mut text, number);
            Some(text)
        }
        None => frame.bytes(slot).map(|text| until_nul(text).to_vec()),
    };
    frame.pop(1);
    Ok(text)
}

fn failed(reply: &mut Reply<'_>, text: &[u8], is_counted: bool) -> Ran {
    let error = clean(text);
    reply.error_bytes(&error);
    Ran::Failed { error, is_counted }
}
