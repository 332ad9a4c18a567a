//! Libraries of functions: `redis.register_function`, and the first line of a library.
//!
//! ```text
//! #!lua name=mylib
//! redis.register_function('f', function(keys, args) return keys[1] end)
//! redis.register_function{function_name='g', callback=g, flags={'no-writes'}, description='text'}
//! ```
//!
//! Not here: which libraries a server has.

use base::words;

use crate::decode::{Counted, push_error};
use crate::lua::{Frame, Kept, Kind, Raise};
use crate::script::{Flags, flag};

/// A function that a library has registered.
#[derive(Debug)]
pub struct Registered {
    /// Its name.
    pub name: Vec<u8>,
    /// What it is for.
    pub description: Option<Vec<u8>>,
    /// What it declares.
    pub flags: Flags,
    /// Where the interpreter keeps it.
    pub callback: Kept,
}

/// The names of all flags, in the order in which they are listed.
pub const FLAG_NAMES: [&str; 5] =
    ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];

/// The names of the flags that are set.
pub fn flag_names(flags: Flags) -> Vec<&'static str> {
    let is_set = |name: &&str| {
        let mut flags = flags;
        flag(&mut flags, name.as_bytes()).is_some_and(|flag| *flag)
    };
    FLAG_NAMES.into_iter().filter(is_set).collect()
}

/// The name of a library and where its code begins.
///
/// # Errors
/// The text of the error, with its code.
pub fn parse_library(text: &[u8]) -> Result<(Vec<u8>, usize), Vec<u8>> {
    let fail = |text: &str, rest: &[u8]| Err([b"ERR ", text.as_bytes(), rest].concat());
    if !text.starts_with(b"#!") {
        return fail("Missing library metadata", b"");
    }
    let Some(end) = text.iter().position(|&byte| byte == b'\n') else {
        return fail("Invalid library metadata", b"");
    };
    let Some(words) = words::split(&text[..end]) else {
        return fail("Invalid library metadata", b"");
    };
    let engine = words.first().map_or(&b""[..], |word| word.get(2..).unwrap_or_default());
    let mut name = None;
    for word in words.iter().skip(1) {
        let is_name = word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"name="));
        match (is_name, &name) {
            (true, None) => name = Some(word[5..].to_vec()),
            (true, Some(_)) => {
                let text = "Invalid metadata value, name argument was given multiple times";
                return fail(text, b"");
            }
            (false, _) => return fail("Invalid metadata value given: ", word),
        }
    }
    let Some(name) = name else { return fail("Library name was not given", b"") };
    if !is_valid_name(&name) {
        return fail(BAD_NAME, b"");
    }
    if !engine.eq_ignore_ascii_case(b"lua") {
        return fail("Engine '", &[engine, b"' not found"].concat());
    }
    Ok((name, end))
}

const BAD_NAME: &str = "Library names can only contain letters, numbers, or underscores(_) and \
                        must be at least one character long";

fn is_valid_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// `redis.register_function`
pub fn register_function(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let context = frame.context();
    if context.registered.borrow().is_none() {
        let text = "redis.register_function can only be called on FUNCTION LOAD command";
        return fail(frame, text);
    }
    let registered = match frame.args() {
        1 => named(frame)?,
        2 => positional(frame)?,
        _ => return fail(frame, "wrong number of arguments to redis.register_function"),
    };
    if !is_valid_name(&registered.name) {
        return fail(frame, BAD_NAME);
    }
    let mut all = context.registered.borrow_mut();
    let all = all.get_or_insert_default();
    if all.iter().any(|known| known.name == registered.name) {
        return fail(frame, "Function already exists in the library");
    }
    all.push(registered);
    Ok(0)
}

fn fail<T>(frame: &mut Frame<'_>, text: &str) -> Result<T, Raise> {
    push_error(frame, format!("ERR {text}").as_bytes(), Counted::No)?;
    Err(frame.raise_last())
}

fn positional(frame: &mut Frame<'_>) -> Result<Registered, Raise> {
    let Some(name) = frame.argument_text(1) else {
        return fail(frame, "first argument to redis.register_function must be a string");
    };
    let name = name.to_vec();
    if frame.kind(2) != Kind::Function {
        return fail(frame, "second argument to redis.register_function must be a function");
    }
    frame.push_copy(2)?;
    let flags = Flags { declared: true, ..Flags::default() };
    Ok(Registered { name, description: None, flags, callback: frame.keep() })
}

fn named(frame: &mut Frame<'_>) -> Result<Registered, Raise> {
    if frame.kind(1) != Kind::Table {
        let text = "calling redis.register_function with a single argument is only applicable to \
                    Lua table (representing named arguments).";
        return fail(frame, text);
    }
    let (mut name, mut description, mut callback) = (None, None, None);
    let mut flags = Flags { declared: true, ..Flags::default() };
    let (key, value) = (frame.top() + 1, frame.top() + 2);
    frame.push_nil()?;
    while frame.next(1)? {
        let Some(word) = frame.bytes(key).map(<[u8]>::to_ascii_lowercase) else {
            let is_number = frame.kind(key) == Kind::Number;
            let text = if is_number {
                "unknown argument given to redis.register_function"
            } else {
                "named argument key given to redis.register_function is not a string"
            };
            return fail(frame, text);
        };
        match &word[..] {
            b"function_name" => name = Some(text_value(frame, value, "function_name")?),
            b"description" => description = Some(text_value(frame, value, "description")?),
            b"callback" => {
                if frame.kind(value) != Kind::Function {
                    let text = "callback argument given to redis.register_function must be a \
                                function";
                    return fail(frame, text);
                }
                frame.push_copy(value)?;
                callback = Some(frame.keep());
            }
            b"flags" => read_flags(frame, value, &mut flags)?,
            _ => return fail(frame, "unknown argument given to redis.register_function"),
        }
        frame.truncate(key);
    }
    let Some(name) = name else {
        return fail(frame, "redis.register_function must get a function name argument");
    };
    let Some(callback) = callback else {
        return fail(frame, "redis.register_function must get a callback argument");
    };
    Ok(Registered { name, description, flags, callback })
}

fn text_value(frame: &mut Frame<'_>, slot: i32, name: &str) -> Result<Vec<u8>, Raise> {
    match frame.convert_to_text(slot).map(<[u8]>::to_vec) {
        Some(text) => Ok(text),
        None => {
            let text = format!("{name} argument given to redis.register_function must be a string");
            fail(frame, &text)
        }
    }
}

fn read_flags(frame: &mut Frame<'_>, slot: i32, flags: &mut Flags) -> Result<(), Raise> {
    if frame.kind(slot) != Kind::Table {
        let text = "flags argument to redis.register_function must be a table representing \
                    function flags";
        return fail(frame, text);
    }
    for index in 1.. {
        frame.raw_element(slot, index)?;
        let top = frame.top();
        if frame.kind(top) == Kind::Nil {
            break;
        }
        let name = frame.bytes(top).map(<[u8]>::to_ascii_lowercase);
        match name.and_then(|name| flag(flags, &name)) {
            Some(flag) => *flag = true,
            None => return fail(frame, "unknown flag given"),
        }
        frame.pop(1);
    }
    Ok(())
}
