//! Why a value, a line, a file or a CONFIG SET was refused, in Redis's words.
//!
//! [`Reason`] is about one directive; [`LoadError`] adds the place in a file; [`SetError`] is
//! the reply of CONFIG SET without its `ERR ` prefix. Texts are facts of the protocol: test
//! suites and tools match on them.

use std::io;
use std::path::PathBuf;

/// Why a directive refused its arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No directive of that name takes that many arguments.
    #[error("Bad directive or wrong number of arguments")]
    BadDirective,
    /// The directive exists but takes another number of arguments.
    #[error("wrong number of arguments")]
    WrongNumber,
    /// A quote is not closed, or closed in the middle of a word.
    #[error("Unbalanced quotes in configuration line")]
    UnbalancedQuotes,
    /// Not a boolean.
    #[error("argument must be 'yes' or 'no'")]
    NotBool,
    /// Not a decimal integer of 64 bits.
    #[error("argument couldn't be parsed into an integer")]
    NotInteger,
    /// Not an octal integer.
    #[error("argument couldn't be parsed as an octal number")]
    NotOctal,
    /// Not a number with an optional unit (kb, mb, gb, ...).
    #[error("argument must be a memory value")]
    NotMemory,
    /// Neither a memory size nor a percentage.
    #[error("argument must be a memory or percent value")]
    NotMemoryOrPercent,
    /// Outside the directive's bounds, both of which are allowed values.
    #[error("argument must be between {low} and {high} inclusive")]
    OutOfBounds {
        /// The smallest value, as text in the directive's own base.
        low: String,
        /// The largest value, likewise.
        high: String,
    },
    /// More percent than allowed.
    #[error("percentage argument must be less or equal to {0}")]
    PercentTooHigh(i128),
    /// Not one of the directive's words.
    #[error("argument(s) must be one of the following: {}", .0.join(", "))]
    NotAWord(&'static [&'static str]),
    /// Any other rule, in its own words.
    #[error("{0}")]
    Rule(&'static str),
}

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A line was refused.
    #[error("Reading the configuration file, at line {line}\n>>> '{text}'\n{reason}")]
    Line {
        /// The file, or `None` for standard input and command-line options.
        file: Option<PathBuf>,
        /// The line, counted from 1; options continue the count of the main file.
        line: usize,
        /// The line without surrounding blanks.
        text: String,
        /// What is wrong with it.
        reason: Reason,
    },
    /// A file could not be read.
    #[error("Fatal error, can't open config file '{}': {}", path.display(), os_text(source))]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Every line is good but they contradict each other.
    #[error("{0}")]
    Contradiction(Reason),
}

/// Why CONFIG SET changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// A name is not a directive.
    #[error("Unknown option or number of arguments for CONFIG SET - '{0}'")]
    Unknown(String),
    /// A directive may not be set, or refused its value, or could not be applied.
    #[error("CONFIG SET failed (possibly related to argument '{name}') - {reason}")]
    Failed {
        /// The name the client used.
        name: String,
        /// Why.
        reason: String,
    },
    /// The dataset is being loaded and a directive must wait for its end.
    #[error("Redis is loading the dataset in memory")]
    Loading,
}

/// The operating system's message without Rust's " (os error N)" tail, as strerror prints it.
fn os_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
