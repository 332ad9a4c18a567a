//! INFO: the server's figures, in sections of `name:value` lines.
//!
//! ```text
//!   server   memory   persistence   clients   stats   commands   (a file each)
//!   process      what the system knows about this process
//! ```
//!
//! Sections, names and their order are those of Redis 7.0.15, so that tools find what they look
//! for; a figure of something that is not there is what Redis shows when it has none of it. Behind
//! them stand our own.
//!
//! Must be true: a value holds no line break.
//! Not here: keeping the figures (`stats`, `node`).

mod clients;
mod commands;
mod memory;
mod persistence;
pub(super) mod process;
mod server;
mod stats;

use std::fmt::{Display, Write};

use super::{After, Answer, Call};
use crate::worker::Turn;

/// A section: the words that ask for it, its title, whether it is shown unasked, what is in it.
struct Section {
    words: &'static [&'static str],
    title: &'static str,
    usual: Usual,
    write: fn(&mut Page, &mut Turn<'_>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Usual {
    Yes,
    No,
}

const SECTIONS: [Section; 13] = [
    section(&["server"], "Server", Usual::Yes, server::server),
    section(&["clients"], "Clients", Usual::Yes, clients::clients),
    section(&["memory"], "Memory", Usual::Yes, memory::memory),
    section(&["persistence"], "Persistence", Usual::Yes, persistence::persistence),
    section(&["stats"], "Stats", Usual::Yes, stats::stats),
    section(&["replication"], "Replication", Usual::Yes, server::replication),
    section(&["cpu"], "CPU", Usual::Yes, server::cpu),
    section(&["modules", "module_list"], "Modules", Usual::Yes, |_, _| {}),
    section(&["commandstats"], "Commandstats", Usual::No, commands::commandstats),
    section(&["errorstats"], "Errorstats", Usual::Yes, commands::errorstats),
    section(&["latencystats"], "Latencystats", Usual::No, commands::latencystats),
    section(&["cluster"], "Cluster", Usual::Yes, server::cluster),
    section(&["keyspace"], "Keyspace", Usual::Yes, stats::keyspace),
];

const fn section(
    words: &'static [&'static str],
    title: &'static str,
    usual: Usual,
    write: fn(&mut Page, &mut Turn<'_>),
) -> Section {
    Section { words, title, usual, write }
}

/// INFO [section ...]
pub(super) fn info(call: &mut Call<'_, '_>) -> Answer {
    let words: Vec<&[u8]> = call.request.iter().skip(1).collect();
    let asked = |word: &str| words.iter().any(|it| it.eq_ignore_ascii_case(word.as_bytes()));
    let everything = asked("all") || asked("everything");
    let usual = words.is_empty() || asked("default");
    // What this worker has counted and not yet told, so that a client sees what it did.
    call.turn.settle_tally();
    let mut page = Page::default();
    for section in &SECTIONS {
        let shown = everything
            || usual && section.usual == Usual::Yes
            || section.words.iter().any(|word| asked(word));
        if shown {
            page.begin(section.title);
            (section.write)(&mut page, call.turn);
        }
    }
    call.reply.verbatim(b"txt", page.0.as_bytes());
    Ok(After::Done)
}

/// The text, as it grows.
#[derive(Default)]
struct Page(String);

impl Page {
    fn begin(&mut self, title: &str) {
        if !self.0.is_empty() {
            self.0.push_str("\r\n");
        }
        // Writing to a String cannot fail, here and below.
        let _ = write!(self.0, "# {title}\r\n");
    }

    fn line(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.0, "{name}:{value}\r\n");
    }

    /// Figures of things that are not there.
    fn none(&mut self, names: &[&str]) {
        names.iter().for_each(|name| self.line(name, 0));
    }

    /// A number of bytes, and the same for people.
    fn bytes(&mut self, name: &str, bytes: u64) {
        self.line(name, bytes);
        self.human(name, bytes);
    }

    /// A number of bytes for people only.
    fn human(&mut self, name: &str, bytes: u64) {
        let _ = write!(self.0, "{name}_human:{}\r\n", base::units::human_memory(bytes));
    }
}

/// A name as the left side of a line: none of the characters that mean something there.
fn safe(name: &str) -> String {
    name.replace(['#', ':', '\n', '\r'], "_")
}

#[cfg(test)]
mod tests;
