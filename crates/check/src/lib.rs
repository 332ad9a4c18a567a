//! `russet check`: says what is wrong with a dump or an append-only file, and cuts what is damaged.
//!
//! Links named `redis-check-aof` and `redis-check-rdb` (or `russet-...`) behave as the programs of
//! that name: the same arguments, texts and exit codes, as scripts read them. `russet check` takes
//! directories too, and repairs dumps.
//!
//! Goals: nothing is changed unless `--fix` or `--until` was given and the answer was yes; every
//! refusal names file and offset; a file of any size is read in little memory.
//!
//! Not here: whether a record's command exists, and what it does.
//!
//! Reading order: `cli.rs`, `aof.rs`, `scan.rs`, `dump.rs`.

mod aof;
mod cli;
mod dump;
mod scan;
mod time;

use std::io::{self, BufRead, Write};

pub use cli::{main, redis_check_aof, redis_check_rdb};

/// Where reports go and answers come from.
struct Console<'a> {
    out: &'a mut dyn Write,
    answers: &'a mut dyn BufRead,
}

/// Whether damage is to be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fix {
    No,
    /// If the answer to a question is yes.
    Ask,
    /// Without a question.
    Yes,
}

/// Why checking ended with exit code 1.
#[derive(Debug, thiserror::Error)]
enum Stop {
    /// What is wrong has been said.
    #[error("said already")]
    Said,
    /// This is wrong.
    #[error("{0}")]
    Because(String),
    /// The report could not be written.
    #[error("cannot write the report: {0}")]
    Report(#[from] io::Error),
}

impl Console<'_> {
    fn say(&mut self, text: std::fmt::Arguments<'_>) -> Result<(), Stop> {
        writeln!(self.out, "{text}")?;
        Ok(())
    }

    /// Whether to go on.
    fn confirm(&mut self, fix: Fix) -> Result<bool, Stop> {
        if fix == Fix::Yes {
            return Ok(true);
        }
        write!(self.out, "Continue? [y/N]: ")?;
        self.out.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer.starts_with(['y', 'Y']))
    }
}
