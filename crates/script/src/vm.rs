//! Compiling and running scripts.
//!
//! ```text
//! slot of the stack outside all calls
//! 1 globals   2 what they show   3 compiled functions   4 error handler
//! 5 "KEYS"    6 "ARGV"                  7 .. "err" "ok" ... (encode::FIELDS)
//! ```
//!
//! Must be true: between runs there is nothing above these slots, and nothing that the last run
//! left can be noticed by the next.

use std::collections::HashMap;

use protocol::Reply;

use crate::context::{Context, ServerVersion};
use crate::decode::{COUNTED, clean};
use crate::encode::{Encoder, Errors, FIELDS, until_nul};
use crate::host::{Host, Verdict};
use crate::lua::{Frame, Kind, Lua, Raise};
use crate::sandbox;
use crate::script::{Script, Sha};
use crate::source::evened;

const REAL: i32 = 2;
const COMPILED: i32 = 3;
const HANDLER: i32 = 4;
const KEYS: i32 = 5;
const ARGV: i32 = 6;
const FIRST_FIELD: i32 = 7;
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
        let result = compile(&mut frame, script.code(), number);
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
        let Vm { lua, .. } = self;
        lua.context().begin();
        let mark = reply.output().mark();
        let mut frame = lua.frame();
        let slot = &frame.context().host;
        let ran = slot.lend(host, || run(&mut frame, number, arguments, script, reply));
        let ran = ran.unwrap_or_else(|_| {
            reply.output().truncate_to(mark);
            let error = b"ERR stack overflow".to_vec();
            reply.error_bytes(&error);
            Ran::Failed { error, is_counted: false }
        });
        lua.truncate(BOTTOM);
        if lua.context().stop.get() != Verdict::Go {
            lua.watch();
        }
        if lua.memory().used() > self.clean_size + CLEAN_ABOVE {
            self.clean();
        }
        self.lua.resume_panic();
        ran
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

/// Compiles and keeps a function; the error text if that fails.
fn compile(frame: &mut Frame<'_>, code: &[u8], number: i32) -> Result<(), Vec<u8>> {
    // The interpreter would take the first for compiled code, and skip the line of the second.
    match code.first() {
        Some(&ESCAPE) => return Err(b"user_script:1: unexpected symbol near 'char(27)'".to_vec()),
        Some(b'#') => return Err(b"user_script:1: unexpected symbol near '#'".to_vec()),
        _ => {}
    }
    let failed = |_: Raise| b"not enough memory".to_vec();
    let code = evened(code);
    if !frame.load(&code, c"@user_script").map_err(failed)? {
        return Err(frame.bytes(frame.top()).unwrap_or_default().to_vec());
    }
    frame.raw_set_element(COMPILED, number).map_err(failed)
}

fn run(
    frame: &mut Frame<'_>,
    number: i32,
    arguments: [&[&[u8]]; 2],
    script: &Script,
    reply: &mut Reply<'_>,
) -> Result<Ran, Raise> {
    for (name, texts) in [KEYS, ARGV].into_iter().zip(arguments) {
        frame.push_copy(name)?;
        frame.push_table(texts.len(), 0)?;
        let table = frame.top();
        for (index, text) in (1..).zip(texts) {
            frame.push_bytes(text)?;
            frame.raw_set_element(table, index)?;
        }
        frame.raw_set(REAL)?;
    }
    frame.raw_element(COMPILED, number)?;
    let is_fine = frame.call(0, HANDLER);
    match frame.context().stop.get() {
        Verdict::Abandon => return Ok(Ran::Abandoned),
        Verdict::Kill => {
            let mut text = b"ERR Script killed by user with SCRIPT KILL...".to_vec();
            if let Some(place) = frame.context().stop_place.take() {
                let line = place.line.to_string();
                push_place(&mut text, script, &place.source, line.as_bytes());
            }
            return Ok(failed(reply, &text, false));
        }
        Verdict::Go => {}
    }
    if !is_fine {
        return report(frame, script, reply);
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
fn report(frame: &mut Frame<'_>, script: &Script, reply: &mut Reply<'_>) -> Result<Ran, Raise> {
    let error = frame.top();
    if frame.kind(error) != Kind::Table {
        let text = frame.bytes(error).unwrap_or(b"execution failure");
        let text = &until_nul(text)[..until_nul(text).len().min(100)];
        let text = [b"ERR Error running script ", &script.sha()[..], b", ", text].concat();
        return Ok(failed(reply, &text, false));
    }
    let text = field_text(frame, error, "err")?;
    // Redis 7.0 does not survive an error value without a text.
    let mut text = text.unwrap_or_else(|| b"ERR execution failure".to_vec());
    let source = field_text(frame, error, "source")?;
    let line = field_text(frame, error, "line")?;
    if let (Some(source), Some(line)) = (source, line) {
        push_place(&mut text, script, &source, &line);
    }
    frame.raw_field(error, COUNTED)?;
    let is_counted = frame.truth(frame.top());
    Ok(failed(reply, &text, is_counted))
}

fn push_place(text: &mut Vec<u8>, script: &Script, source: &[u8], line: &[u8]) {
    let place = [b" script: ", &script.sha()[..], b", on ", source, b":", line, b"."];
    text.extend_from_slice(&place.concat());
}

/// A field that is a string or a number, as text.
fn field_text(frame: &mut Frame<'_>, table: i32, name: &str) -> Result<Option<Vec<u8>>, Raise> {
    frame.raw_field(table, name)?;
    let slot = frame.top();
    let text = match frame.number(slot) {
        Some(number) => {
            let mut text = Vec::new();
            protocol::number::write_double(&mut text, number);
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
