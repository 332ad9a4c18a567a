//! What the server tells its operator: lines with a level, given to whoever keeps the log file.

use std::fmt;
use std::sync::Arc;

/// How important a line is, in Redis's four levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For finding faults.
    Debug,
    /// Much detail.
    Verbose,
    /// What an operator wants to know.
    Notice,
    /// What an operator must know.
    Warning,
}

/// Where lines go. Cheap to clone.
#[derive(Clone)]
pub struct Journal(Arc<dyn Fn(Level, fmt::Arguments<'_>) + Send + Sync>);

impl Journal {
    /// A journal that hands each line to `write`.
    pub fn new(write: impl Fn(Level, fmt::Arguments<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// A journal that forgets everything.
    pub fn silent() -> Self {
        Self::new(|_, _| {})
    }

    /// A line.
    pub fn write(&self, level: Level, line: fmt::Arguments<'_>) {
        (self.0)(level, line);
    }

    /// A line of level `Notice`.
    pub fn notice(&self, line: fmt::Arguments<'_>) {
        self.write(Level::Notice, line);
    }

    /// A line of level `Warning`.
    pub fn warning(&self, line: fmt::Arguments<'_>) {
        self.write(Level::Warning, line);
    }
}
