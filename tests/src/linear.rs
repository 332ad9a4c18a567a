//! Is there an order? A checker of histories: what several clients asked and were answered at the
//! same time must be explained by one of their requests after the other.
//!
//! ```text
//!   check   the search for an order (Wing and Gong, with Lowe's memory of what was tried)
//!   model   what each request does and answers when it is alone: texts and the usual collections
//!   plan    what clients do, drawn from a seed
//!   shrink  a smaller history that has no order either
//! ```
//!
//! Must be true: a history without an order is a fault of the server. So where the model is in
//! doubt (when exactly a key expires) it allows everything that may be right.
//! Not here: running a server (`tests/linearizability.rs`).

pub mod check;
pub mod model;
pub mod plan;
pub mod shrink;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::reply::Reply;

/// A word of a request: one of a handful of keys, or text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Word {
    /// A key by its number; its name differs from history to history.
    Key(u8),
    /// Anything else.
    Text(String),
}

/// A request by its words.
pub type Request = Vec<Word>;

/// What a client asks for in one step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Act {
    /// A request.
    One(Request),
    /// MULTI, these requests, and EXEC, whose reply it is about.
    Exec(Vec<Request>),
    /// A script that carries out these requests and answers with all replies.
    Script(Script),
}

/// A script of requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Script {
    /// What it does.
    pub requests: Vec<Request>,
    /// So many of its keys it declares.
    pub declared: usize,
}

impl Act {
    /// The requests that it carries out.
    pub fn requests(&self) -> &[Request] {
        match self {
            Self::One(request) => std::slice::from_ref(request),
            Self::Exec(requests) | Self::Script(Script { requests, .. }) => requests,
        }
    }
}

/// Something that a client asked and was answered.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The client's number.
    pub client: u8,
    /// When it was sent, in ns since some moment.
    pub call: u64,
    /// When the reply was there; `u64::MAX` if it never was.
    pub ret: u64,
    /// What was asked.
    pub act: Act,
    /// The reply; `None` if it never came.
    pub reply: Option<Reply>,
}

/// The request of a line such as `SET a 1`: single letters from `a` to `h` are keys.
pub fn request(line: &str) -> Request {
    let word = |word: &str| match word.as_bytes() {
        [letter @ b'a'..=b'h'] => Word::Key(letter - b'a'),
        _ => Word::Text(word.to_owned()),
    };
    line.split(' ').map(word).collect()
}

/// Whether a request waits if it finds nothing.
pub fn is_waiting(request: &Request) -> bool {
    matches!(&request[0], Word::Text(name) if name.starts_with('B'))
}

/// The keys that a script declares: the first of those it uses.
pub fn declared_keys(script: &Script) -> Vec<u8> {
    let mut keys = Vec::new();
    for word in script.requests.iter().flatten() {
        if let Word::Key(key) = word
            && !keys.contains(key)
        {
            keys.push(*key);
        }
    }
    keys.truncate(script.declared);
    keys
}

/// The letter of a key.
pub fn letter(key: u8) -> char {
    char::from(b'a' + key)
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "{}", letter(*key)),
            Self::Text(text) => f.write_str(text),
        }
    }
}

fn line(request: &Request) -> String {
    request.iter().map(Word::to_string).collect::<Vec<_>>().join(" ")
}

fn lines(requests: &[Request]) -> String {
    requests.iter().map(line).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(request) => f.write_str(&line(request)),
            Self::Exec(requests) => write!(f, "EXEC [{}]", lines(requests)),
            Self::Script(Script { requests, declared }) => {
                write!(f, "EVAL/{declared} [{}]", lines(requests))
            }
        }
    }
}

/// A history as a table, in the order of the calls; times in microseconds from the first.
pub fn table(history: &[Operation]) -> String {
    let mut history: Vec<&Operation> = history.iter().collect();
    history.sort_by_key(|operation| operation.call);
    let start = history.first().map_or(0, |operation| operation.call);
    let row = |operation: &&Operation| {
        let call = (operation.call - start) / 1000;
        let (ret, reply) = match &operation.reply {
            Some(reply) => (((operation.ret - start) / 1000).to_string(), reply.to_string()),
            None => ("...".to_owned(), "(no reply)".to_owned()),
        };
        format!("  {call:>8} {ret:>8}  client {}  {} -> {reply}", operation.client, operation.act)
    };
    history.iter().map(row).collect::<Vec<_>>().join("\n")
}
