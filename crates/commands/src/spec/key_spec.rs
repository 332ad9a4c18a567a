//! Where a command's keys are among its arguments: begin a search, then find keys from there.
//!
//! The forms and their numbers are those of COMMAND INFO. Not here: carrying them out (`keys.rs`).

/// Where the search for keys starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At this argument; the command's name is argument 0.
    Index(i16),
    /// After this word, searched for from this argument on; a negative one counts from the end and
    /// searches backwards.
    Keyword(&'static str, i16),
    /// Cannot be told without knowing the command.
    Unknown,
}

/// Which arguments are keys, relative to where the search started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find {
    /// Every `step`-th argument up to `last`: relative to the first key, or if negative to the end
    /// (-1 is the last argument). With a `limit` above 1 and `last` -1, only the first
    /// `limit`-th part of the arguments that remain.
    #[expect(missing_docs, reason = "said above")]
    Range { last: i16, step: i16, limit: i16 },
    /// The argument `count` says how many keys there are; they start at `first`.
    #[expect(missing_docs, reason = "said above")]
    KeyNum { count: i16, first: i16, step: i16 },
    /// Cannot be told without knowing the command.
    Unknown,
}

/// Where some of a command's keys are, and what happens to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// Where the search starts.
    pub begin: Begin,
    /// Which arguments from there on are keys.
    pub find: Find,
    /// `RO`, `RW`, ... bits.
    pub flags: u16,
    /// A remark for the reader of COMMAND DOCS; empty if none.
    pub note: &'static str,
}

impl KeySpec {
    pub(super) const NONE: Self =
        Self { begin: Begin::Unknown, find: Find::Unknown, flags: 0, note: "" };
}
