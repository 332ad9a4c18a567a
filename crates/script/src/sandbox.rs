//! What a script can reach: builds the globals of an interpreter.
//!
//! The list of what there is stands in `prelude.lua`, which runs once for each interpreter. This
//! file gives it the functions that it cannot write itself.
//!
//! Must be true: a script cannot change anything that the next one sees.
//! Not here: the functions of the libraries.

use std::time::Duration;

use crate::api;
use crate::encode::truncated;
use crate::libraries::text;
use crate::libraries::{LIBRARIES, Library};
use crate::library::register_function;
use crate::lua::{Frame, Function, Kind, Lua, PRELUDE_NAME, Raise};

/// Functions that the prelude uses or hands on.
const NATIVE: &[(&str, Function)] = &[
    ("protect", protect),
    ("readonly", readonly),
    ("refuse", refuse),
    ("missing", missing),
    ("random", random),
    ("randomseed", randomseed),
    ("clock", clock),
    ("guard", guard),
    ("fail", fail),
    ("count", count),
    ("register_function", register_function),
];

/// The function that makes the error value of a script that failed.
pub const ERROR_HANDLER: &str = "error_handler";

const PRELUDE: &[u8] = include_bytes!("prelude.lua");

fn natives() -> impl Iterator<Item = &'static (&'static str, Function)> {
    NATIVE.iter().chain(text::FUNCTIONS)
}

/// Every library, by the order of its functions' numbers.
fn libraries() -> impl Iterator<Item = &'static Library> {
    [&api::LIBRARY].into_iter().chain(LIBRARIES)
}

/// Every function written in Rust, in the order of their numbers.
pub fn functions() -> Vec<(&'static str, Function)> {
    let of_libraries = libraries().flat_map(|library| library.functions);
    let handler = (ERROR_HANDLER, error_handler as Function);
    natives().chain(of_libraries).copied().chain([handler]).collect()
}

/// The number of the error handler.
pub fn error_handler_number() -> usize {
    functions().len() - 1
}

/// Fills the interpreter: leaves the globals as scripts see them, what they show, and the function
/// that chooses what they show, as three values on the stack. Returns why
/// not, which would be a fault of ours.
pub fn furnish(lua: &mut Lua) -> Result<(), Vec<u8>> {
    let failed = |_: Raise| b"cannot set up the interpreter".to_vec();
    let mut frame = lua.frame();
    let bottom = frame.top();
    frame.push_globals().map_err(failed)?;
    if !frame.load(PRELUDE, PRELUDE_NAME).map_err(failed)? {
        return Err(frame.bytes(frame.top()).unwrap_or_default().to_vec());
    }
    frame.push_copy(bottom + 1).map_err(failed)?;
    push_native(&mut frame).map_err(failed)?;
    if !frame.call_for(3, 2, 0) {
        return Err(frame.bytes(frame.top()).unwrap_or_default().to_vec());
    }
    // What globals show, what chooses that, the metatable of strings.
    frame.set_string_metatable().map_err(failed)
}

fn push_native(frame: &mut Frame<'_>) -> Result<(), Raise> {
    let mut number = 0;
    frame.push_table(0, natives().count() + 1)?;
    let native = frame.top();
    for (name, _) in natives() {
        frame.push_function(number, 0)?;
        frame.raw_set_field(native, name)?;
        number += 1;
    }
    frame.push_table(0, 1 + LIBRARIES.len())?;
    let tables = frame.top();
    for library in libraries() {
        frame.push_table(0, library.functions.len() + library.constants.len())?;
        let table = frame.top();
        for (name, _) in library.functions {
            frame.push_function(number, 0)?;
            frame.raw_set_field(table, name)?;
            number += 1;
        }
        for (name, constant) in library.constants {
            constant.push(frame)?;
            frame.raw_set_field(table, name)?;
        }
        if library.name == "redis" {
            let version = frame.context().server_version;
            frame.push_bytes(version.text().as_bytes())?;
            frame.raw_set_field(table, "REDIS_VERSION")?;
            frame.push_number(f64::from(version.number()))?;
            frame.raw_set_field(table, "REDIS_VERSION_NUM")?;
        }
        frame.raw_set_field(tables, library.name)?;
    }
    frame.raw_set_field(native, "libraries")
}

/// Takes note of a table that scripts may not change.
fn protect(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let table = frame.table_id(1);
    let mut protected = frame.context().protected.borrow_mut();
    if let Err(index) = protected.binary_search(&table) {
        protected.insert(index, table);
    }
    Ok(0)
}

/// What a write to a guarded table calls.
fn readonly(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    Err(frame.raise_at(b"Attempt to modify a readonly table"))
}

/// As `readonly`, for a function of the prelude that was asked to write.
fn refuse(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    Err(frame.raise(b"Attempt to modify a readonly table"))
}

/// The most of the machine's stack that a script may use, in bytes.
const STACK_MAX: usize = 256 << 10;

/// Called before what uses the machine's stack (a coroutine in a coroutine, the comparison of a
/// sort): the interpreter itself does not see its end.
fn guard(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    if frame.context().stack_used() > STACK_MAX {
        return Err(frame.raise_at(b"C stack overflow"));
    }
    Ok(0)
}

/// What catching an error counts for, in steps.
const CATCH_STEPS: usize = 1_000;

/// Called where an error has been caught. Near the end of the interpreter's stack its hook fails
/// for want of room, so that a script which only works there would never be asked to end.
fn count(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    frame.work(CATCH_STEPS)?;
    Ok(0)
}

/// Raises a text with the place of the script.
fn fail(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let text = frame.argument_text(1).unwrap_or_default();
    Err(frame.raise_at(text))
}

/// What a read of an unknown global calls.
fn missing(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let Some(name) = frame.argument_text(2) else {
        return Err(
            frame.raise_at(b"Second argument to luaProtectedTableError must be a string or number")
        );
    };
    let text = [b"Script attempted to access nonexistent global variable '", name, b"'"].concat();
    Err(frame.raise_at(&text))
}

/// Upper end of what the generator draws.
const DRAWN_END: u32 = 1 << 31;

fn random(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let context = frame.context();
    if !context.host.is_lent() {
        return Err(frame.raise_at(b"math.random can only be called inside a script invocation"));
    }
    let drawn = f64::from(context.random.draw() % (DRAWN_END - 1)) / f64::from(DRAWN_END - 1);
    let number = match frame.args() {
        0 => drawn,
        1 => {
            let upper = int_argument(frame, 1)?;
            if upper < 1 {
                return Err(frame.bad_argument(1, "interval is empty"));
            }
            (drawn * f64::from(upper)).floor() + 1.0
        }
        2 => {
            let (lower, upper) = (int_argument(frame, 1)?, int_argument(frame, 2)?);
            if lower > upper {
                return Err(frame.bad_argument(2, "interval is empty"));
            }
            let count = upper.wrapping_sub(lower).wrapping_add(1);
            (drawn * f64::from(count)).floor() + f64::from(lower)
        }
        _ => return Err(frame.raise_at(b"wrong number of arguments")),
    };
    frame.push_number(number)?;
    Ok(1)
}

fn randomseed(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let context = frame.context();
    if !context.host.is_lent() {
        let text = b"math.randomseed can only be called inside a script invocation";
        return Err(frame.raise_at(text));
    }
    context.random.seed(int_argument(frame, 1)?);
    Ok(0)
}

/// A number argument as C's `int`, as the interpreter converts it.
pub fn int_argument(frame: &mut Frame<'_>, slot: i32) -> Result<i32, Raise> {
    match frame.to_number(slot) {
        Some(number) => Ok(truncated(number) as i32),
        None => Err(frame.bad_kind(slot, "number")),
    }
}

/// `os.clock`: processor time of the process, in seconds.
fn clock(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let time = frame.context().host.with(|host| host.processor_time());
    frame.push_number(time.unwrap_or(Duration::ZERO).as_secs_f64())?;
    Ok(1)
}

/// Makes a table of the error value of a script that failed, and notes where that was.
fn error_handler(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let place = frame.script_place(1);
    let is_protected = frame.context().is_protected(frame.table_id(1));
    if frame.kind(1) == Kind::Table && !is_protected {
        frame.push_copy(1)?;
    } else {
        let text = [b"ERR ", &text_of(frame)[..]].concat();
        frame.push_table(0, 3)?;
        let table = frame.top();
        frame.push_bytes(&text)?;
        frame.raw_set_field(table, "err")?;
    }
    let table = frame.top();
    if let Some(place) = place {
        frame.push_bytes(&place.source)?;
        frame.raw_set_field(table, "source")?;
        frame.push_number(f64::from(place.line))?;
        frame.raw_set_field(table, "line")?;
    }
    Ok(1)
}

/// The first argument as `tostring` shows it.
fn text_of(frame: &mut Frame<'_>) -> Vec<u8> {
    match frame.kind(1) {
        Kind::Nil => b"nil".to_vec(),
        Kind::Boolean => frame.truth(1).to_string().into_bytes(),
        Kind::String | Kind::Number => frame.argument_text(1).unwrap_or_default().to_vec(),
        _ => format!("{}: {:#x}", frame.kind_name(1), frame.table_id(1)).into_bytes(),
    }
}
