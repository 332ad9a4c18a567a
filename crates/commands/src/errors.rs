//! What the client did wrong, in Redis's words.
//!
//! The display of an error is the text of the reply after the `-`, code included.

use std::borrow::Cow;

use thiserror::Error as ThisError;

/// A client's mistake, or a refusal.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// The key holds another type.
    #[error("WRONGTYPE Operation against a key holding the wrong kind of value")]
    WrongType,
    /// Options that do not go together, or are unknown.
    #[error("ERR syntax error")]
    Syntax,
    /// Not a 64-bit integer.
    #[error("ERR value is not an integer or out of range")]
    NotInteger,
    /// Not a number.
    #[error("ERR value is not a valid float")]
    NotFloat,
    /// The key must exist.
    #[error("ERR no such key")]
    NoSuchKey,
    /// An index outside of what there is.
    #[error("ERR index out of range")]
    IndexOutOfRange,
    /// The sum would leave the range of 64 bits.
    #[error("ERR increment or decrement would overflow")]
    Overflow,
    /// A time to live of zero, or beyond all calendars; names the command.
    #[error("ERR invalid expire time in '{0}' command")]
    InvalidExpire(&'static str),
    /// The string would be longer than a value may be.
    #[error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    TooLong,
    /// SELECT and its like.
    #[error("ERR DB index is out of range")]
    DatabaseOutOfRange,
    /// SCAN and its like.
    #[error("ERR invalid cursor")]
    InvalidCursor,
    /// Wrong number of arguments; names the command.
    #[error("ERR wrong number of arguments for '{0}' command")]
    Arity(Cow<'static, str>),
    /// Anything else, with its code.
    #[error("{0}")]
    Other(Cow<'static, str>),
}

impl Error {
    /// An error with a text of its own; the text begins with the code.
    pub const fn new(text: &'static str) -> Self {
        Self::Other(Cow::Borrowed(text))
    }

    /// An error whose text is made up at run time; the text begins with the code.
    pub fn text(text: String) -> Self {
        Self::Other(Cow::Owned(text))
    }
}
