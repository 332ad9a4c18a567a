//! The libraries that scripts find beside the language's own.
//!
//! Their functions work on values that scripts chose to do harm as well: each counts its steps
//! ([`Frame::work`]) and checks what it builds against the memory left ([`Frame::afford`]), since
//! neither the interpreter's instruction count nor its memory limit reach into them.

use crate::lua::{Frame, Function, Raise};

mod bit;
pub mod cjson;
mod cmsgpack;
mod structs;
pub mod text;

/// A table of functions and constants, by the name under which scripts find it.
pub struct Library {
    /// Its global name.
    pub name: &'static str,
    /// Its functions.
    pub functions: &'static [(&'static str, Function)],
    /// Other values in it.
    pub constants: &'static [(&'static str, Constant)],
}

/// A value in a library.
#[derive(Clone, Copy)]
pub enum Constant {
    /// A number.
    Number(f64),
    /// A string.
    Text(&'static str),
    /// The null pointer.
    Null,
}

impl Constant {
    /// Pushes it.
    pub fn push(self, frame: &mut Frame<'_>) -> Result<(), Raise> {
        match self {
            Constant::Number(number) => frame.push_number(number),
            Constant::Text(text) => frame.push_bytes(text.as_bytes()),
            Constant::Null => frame.push_null(),
        }
    }
}

/// All of them but `redis`.
pub const LIBRARIES: &[Library] =
    &[bit::LIBRARY, cjson::LIBRARY, cmsgpack::LIBRARY, structs::LIBRARY];
