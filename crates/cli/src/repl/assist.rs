//! Hints, completion and colours while a line is typed.
//!
//! Must be true: everything here comes from the server's own documentation, so that a command
//! that it does not have is neither completed nor hinted.

use std::borrow::Cow;
use std::io::stdout;

use rustix::termios::tcgetwinsize;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use super::preferences::Preferences;
use crate::docs::Docs;
use crate::hint::rest;
use crate::text::{is_blank, lossy, split};

/// Words of our own that a line may begin with.
const OWN: &[&str] = &["help", "quit", "exit", "clear", "connect", ":set", ":trace", ":help"];
const SETTINGS: &[&str] = &["hints", "nohints", "colors", "nocolors", "tables", "notables"];

/// Looks over a person's shoulder.
#[derive(Debug, Default)]
pub(super) struct Assistant {
    docs: Docs,
    hints: bool,
    colors: bool,
    prompt_len: usize,
}

/// A hint that is only looked at.
pub(super) struct Syntax(String);

impl Hint for Syntax {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

/// A line up to the cursor: its complete words, and the one being typed.
struct Typed {
    words: Vec<Vec<u8>>,
    partial: String,
}

impl Typed {
    fn read(line: &str) -> Option<Self> {
        let mut words = split(line.as_bytes())?;
        let open = line.bytes().last().is_some_and(|b| !is_blank(b));
        let partial = if open { words.pop().unwrap_or_default() } else { Vec::new() };
        Some(Self { words, partial: String::from_utf8(partial).ok()? })
    }

    /// Whether this person types in small letters.
    fn is_lower(&self) -> bool {
        let letters = if self.partial.is_empty() {
            self.words.first().map(|w| lossy(w)).unwrap_or_default()
        } else {
            self.partial.clone()
        };
        letters.bytes().any(|b| b.is_ascii_lowercase())
    }
}

impl Assistant {
    /// Called before each line.
    pub(super) fn update(&mut self, docs: Option<&Docs>, preferences: &Preferences, prompt: &str) {
        if let Some(docs) = docs
            && self.docs.commands.is_empty()
        {
            self.docs = docs.clone();
        }
        (self.hints, self.colors) = (preferences.hints, preferences.colors);
        self.prompt_len = prompt.chars().count();
    }

    /// As much of a hint as fits behind the line: one that wraps makes the screen jump.
    fn cut(&self, hint: String, line: &str) -> Option<String> {
        let columns = tcgetwinsize(stdout()).map_or(80, |size| usize::from(size.ws_col));
        let used = self.prompt_len + line.chars().count();
        let room = columns.checked_sub(used + 1)?;
        if hint.chars().count() <= room {
            return Some(hint);
        }
        let room = room.checked_sub(4)?;
        Some(hint.chars().take(room).chain("...".chars()).collect())
    }

    /// Words that may stand where the cursor is.
    fn candidates(&self, typed: &Typed) -> Vec<String> {
        let first = typed.words.first().map(|w| w.to_ascii_lowercase());
        let mut found = match first.as_deref() {
            None => {
                let mut all = self.next_words(&[]);
                all.extend(OWN.iter().map(|word| word.to_string()));
                all
            }
            Some(b"help") => {
                let mut all = self.next_words(&typed.words[1..]);
                if typed.words.len() == 1 {
                    all.extend(self.docs.groups().iter().map(|group| format!("@{group}")));
                }
                all
            }
            Some(b":set") => SETTINGS.iter().map(|word| word.to_string()).collect(),
            Some(_) => self.of_command(traced(&typed.words)),
        };
        found.retain(|word| {
            let begin = word.get(..typed.partial.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(&typed.partial))
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Sub-commands, and words that arguments begin with.
    fn of_command(&self, words: &[Vec<u8>]) -> Vec<String> {
        let mut all = self.next_words(words);
        if let Some((command, len)) = self.docs.find(words) {
            all.extend(rest(&command.arguments, &words[len..]).tokens);
        }
        all
    }

    /// The next words of the commands that begin with `words`.
    fn next_words(&self, words: &[Vec<u8>]) -> Vec<String> {
        let next = |name: &str| {
            let parts: Vec<&str> = name.split(' ').collect();
            let fits = parts.len() > words.len()
                && words.iter().zip(&parts).all(|(w, p)| w.eq_ignore_ascii_case(p.as_bytes()));
            fits.then(|| parts[words.len()].to_owned())
        };
        self.docs.commands.iter().filter_map(|command| next(&command.name)).collect()
    }
}

/// The command that `:trace` or TRACE is to carry out; the words themselves if there is none.
fn traced(words: &[Vec<u8>]) -> &[Vec<u8>] {
    let is = |word: &[u8], names: &[&str]| {
        names.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
    };
    match words {
        [first, rest @ ..] if is(first, &[":trace"]) => rest,
        [first, rest @ ..] if is(first, &["trace"]) => match rest.first() {
            Some(second) if !is(second, &["on", "off", "slow"]) => rest,
            _ => words,
        },
        _ => words,
    }
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let Some(typed) = Typed::read(&line[..pos]) else { return Ok((pos, Vec::new())) };
        let lower = typed.is_lower();
        let pair = |word: String| {
            let word = if lower { word.to_ascii_lowercase() } else { word };
            Pair { replacement: format!("{word} "), display: word }
        };
        let start = pos - typed.partial.len();
        // A word with quotes is nothing that we know.
        if line.get(start..pos) != Some(typed.partial.as_str()) {
            return Ok((pos, Vec::new()));
        }
        Ok((start, self.candidates(&typed).into_iter().map(pair).collect()))
    }
}

impl Hinter for Assistant {
    type Hint = Syntax;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<Syntax> {
        if !self.hints || pos < line.len() {
            return None;
        }
        let words = split(line.as_bytes())?;
        let words = traced(&words);
        let (command, len) = self.docs.find(words)?;
        let rest = rest(&command.arguments, &words[len..]);
        if rest.hint.is_empty() {
            return None;
        }
        let blank = if line.ends_with(' ') { "" } else { " " };
        self.cut(format!("{blank}{}", rest.hint), line).map(Syntax)
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        let words = split(line.as_bytes()).unwrap_or_default();
        match self.docs.find(&words) {
            Some((command, _)) if self.colors && line.len() >= command.name.len() => {
                // Several blanks between the words of a name: then only the first is coloured.
                let len = match line.get(..command.name.len()) {
                    Some(begin) if begin.eq_ignore_ascii_case(&command.name) => begin.len(),
                    _ => return Cow::Borrowed(line),
                };
                Cow::Owned(format!("\x1b[1;36m{}\x1b[0m{}", &line[..len], &line[len..]))
            }
            _ => Cow::Borrowed(line),
        }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        if self.colors && prompt.ends_with("(TX)> ") {
            return Cow::Owned(prompt.replace("(TX)", "\x1b[33m(TX)\x1b[0m"));
        }
        Cow::Borrowed(prompt)
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.colors { Cow::Owned(format!("\x1b[90m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colors
    }
}

impl Validator for Assistant {}
impl Helper for Assistant {}
