//! `cjson`: values to and from JSON.
//!
//! What the functions do depends on settings that scripts can change, for all that follows in the
//! same run or, with `cjson.new`, for a copy of the library. Each function finds its settings by a
//! number that it carries.
//!
//! Must be true: the settings of the library itself are the defaults at the start of each run.
//! Not here: the two directions, `encode` and `decode`.

use super::{Constant, Library};
use crate::encode::truncated;
use crate::lua::{Frame, Function, Kind, Raise};

mod decode;
mod encode;
mod number;

/// The library.
pub const LIBRARY: Library = Library {
    name: "cjson",
    functions: &[
        ("encode", encode::encode),
        ("decode", decode::decode),
        ("encode_sparse_array", encode_sparse_array),
        ("encode_max_depth", encode_max_depth),
        ("decode_max_depth", decode_max_depth),
        ("encode_number_precision", encode_number_precision),
        ("encode_keep_buffer", encode_keep_buffer),
        ("encode_invalid_numbers", encode_invalid_numbers),
        ("decode_invalid_numbers", decode_invalid_numbers),
        ("new", new),
    ],
    constants: &[
        ("null", Constant::Null),
        ("_NAME", Constant::Text("cjson")),
        ("_VERSION", Constant::Text("2.1.0")),
    ],
};

/// How many copies of the library a run can make.
const COPIES_MAX: usize = 1_000;

/// What infinities and NaN are encoded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InvalidNumbers {
    Error,
    Text,
    Null,
}

/// Settings of one copy of the library.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Very sparse arrays become objects instead of errors.
    sparse_convert: bool,
    /// An array is very sparse if its highest index is above so many times its elements ...
    sparse_ratio: i32,
    /// ... and above this.
    sparse_safe: i32,
    encode_depth_max: i32,
    decode_depth_max: i32,
    precision: i32,
    keep_buffer: bool,
    encode_invalid: InvalidNumbers,
    decode_invalid: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            sparse_convert: false,
            sparse_ratio: 2,
            sparse_safe: 10,
            encode_depth_max: 1_000,
            decode_depth_max: 1_000,
            precision: 14,
            keep_buffer: true,
            encode_invalid: InvalidNumbers::Error,
            decode_invalid: true,
        }
    }
}

/// The settings that the running function belongs to.
fn settings(frame: &Frame<'_>) -> Settings {
    let all = frame.context().cjson.borrow();
    all.get(frame.data()).copied().unwrap_or_default()
}

/// Changes the settings that the running function belongs to.
fn change(frame: &Frame<'_>, settings: Settings) {
    if let Some(place) = frame.context().cjson.borrow_mut().get_mut(frame.data()) {
        *place = settings;
    }
}

fn at_most(frame: &mut Frame<'_>, args: i32) -> Result<Settings, Raise> {
    if frame.args() > args {
        return Err(frame.bad_argument(args + 1, "found too many arguments"));
    }
    Ok(settings(frame))
}

/// The argument as an integer within bounds, or `current` if it is nil.
fn integer(
    frame: &mut Frame<'_>,
    slot: i32,
    current: i32,
    (min, max): (i32, i32),
) -> Result<i32, Raise> {
    if frame.kind(slot) == Kind::Nil {
        return Ok(current);
    }
    let Some(number) = frame.to_number(slot) else { return Err(frame.bad_kind(slot, "number")) };
    let number = truncated(number) as i32;
    if (min..=max).contains(&number) {
        return Ok(number);
    }
    Err(frame.bad_argument(1, &format!("expected integer between {min} and {max}")))
}

/// The argument as the index of one of `options`, the first two of which also are false and true;
/// or `current` if it is nil.
fn choice(
    frame: &mut Frame<'_>,
    slot: i32,
    current: usize,
    options: &[&str],
) -> Result<usize, Raise> {
    match frame.kind(slot) {
        Kind::Nil => return Ok(current),
        Kind::Boolean => return Ok(usize::from(frame.truth(slot))),
        _ => {}
    }
    let Some(text) = frame.argument_text(slot) else { return Err(frame.bad_kind(slot, "string")) };
    match options.iter().position(|option| option.as_bytes() == text) {
        Some(index) => Ok(index),
        None => {
            let problem = format!("invalid option '{}'", String::from_utf8_lossy(text));
            Err(frame.bad_argument(slot, &problem))
        }
    }
}

const SWITCH: [&str; 2] = ["off", "on"];

fn encode_sparse_array(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut new = at_most(frame, 3)?;
    new.sparse_convert = choice(frame, 1, usize::from(new.sparse_convert), &SWITCH)? == 1;
    new.sparse_ratio = integer(frame, 2, new.sparse_ratio, (0, i32::MAX))?;
    new.sparse_safe = integer(frame, 3, new.sparse_safe, (0, i32::MAX))?;
    change(frame, new);
    frame.push_boolean(new.sparse_convert)?;
    frame.push_number(f64::from(new.sparse_ratio))?;
    frame.push_number(f64::from(new.sparse_safe))?;
    Ok(3)
}

fn encode_max_depth(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut new = at_most(frame, 1)?;
    new.encode_depth_max = integer(frame, 1, new.encode_depth_max, (1, i32::MAX))?;
    change(frame, new);
    frame.push_number(f64::from(new.encode_depth_max))?;
    Ok(1)
}

fn decode_max_depth(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut new = at_most(frame, 1)?;
    new.decode_depth_max = integer(frame, 1, new.decode_depth_max, (1, i32::MAX))?;
    change(frame, new);
    frame.push_number(f64::from(new.decode_depth_max))?;
    Ok(1)
}

fn encode_number_precision(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut new = at_most(frame, 1)?;
    new.precision = integer(frame, 1, new.precision, (1, 14))?;
    change(frame, new);
    frame.push_number(f64::from(new.precision))?;
    Ok(1)
}

/// Once chose whether memory is kept between calls; remembered and shown, no more.
fn encode_keep_buffer(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut new = at_most(frame, 1)?;
    new.keep_buffer = choice(frame, 1, usize::from(new.keep_buffer), &SWITCH)? == 1;
    change(frame, new);
    frame.push_boolean(new.keep_buffer)?;
    Ok(1)
}

fn encode_invalid_numbers(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut new = at_most(frame, 1)?;
    let current = match new.encode_invalid {
        InvalidNumbers::Error => 0,
        InvalidNumbers::Text => 1,
        InvalidNumbers::Null => 2,
    };
    new.encode_invalid = match choice(frame, 1, current, &["off", "on", "null"])? {
        0 => InvalidNumbers::Error,
        1 => InvalidNumbers::Text,
        _ => InvalidNumbers::Null,
    };
    change(frame, new);
    match new.encode_invalid {
        InvalidNumbers::Null => frame.push_bytes(b"null")?,
        other => frame.push_boolean(other == InvalidNumbers::Text)?,
    }
    Ok(1)
}

fn decode_invalid_numbers(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let mut new = at_most(frame, 1)?;
    new.decode_invalid = choice(frame, 1, usize::from(new.decode_invalid), &SWITCH)? == 1;
    change(frame, new);
    frame.push_boolean(new.decode_invalid)?;
    Ok(1)
}

/// Another copy of the library, with settings of its own.
fn new(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let number = {
        let mut all = frame.context().cjson.borrow_mut();
        all.push(Settings::default());
        all.len() - 1
    };
    if number > COPIES_MAX {
        frame.context().cjson.borrow_mut().pop();
        return Err(frame.raise_at(b"too many copies of cjson"));
    }
    frame.push_table(0, LIBRARY.functions.len() + LIBRARY.constants.len())?;
    let table = frame.top();
    for (name, function) in LIBRARY.functions {
        push_copy(frame, *function, number)?;
        frame.raw_set_field(table, name)?;
    }
    for (name, constant) in LIBRARY.constants {
        constant.push(frame)?;
        frame.raw_set_field(table, name)?;
    }
    Ok(1)
}

fn push_copy(frame: &mut Frame<'_>, function: Function, settings: usize) -> Result<(), Raise> {
    match frame.function_number(function) {
        Some(number) => frame.push_function(number, settings),
        None => frame.push_nil(),
    }
}
