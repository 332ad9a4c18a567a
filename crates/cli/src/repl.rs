//! The prompt, and lines of commands from standard input.
//!
//! Both carry out the same lines: Redis's commands, a number in front to repeat them, `connect`,
//! `clear`, `quit`, and what begins with a colon, which is ours. `help.rs` of this folder
//! completes and hints; `history.rs` keeps what was typed, without passwords.
//!
//! Must be true: input that is no terminal sees no prompt, no colour and no preference file, and
//! a line that fails never ends the loop.

use std::io::{BufRead, IsTerminal, stdin, stdout};
use std::time::{Duration, Instant};

use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use crate::docs::Docs;
use crate::options::Output;
use crate::pretty::Looks;
use crate::screen::say;
use crate::session::{Loud, Manner, Session};
use crate::text::{leading_integer, lines, lossy, split};
use crate::{FallbackDocs, trace};

mod assist;
mod history;
mod preferences;

use assist::Assistant;
use preferences::Preferences;

/// A reply that takes longer than this is followed by its time.
const SLOW: Duration = Duration::from_millis(500);

/// Whether to read another line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Line,
    Leave,
}

/// The prompt and what it remembers.
struct Repl<'a> {
    session: &'a mut Session,
    preferences: Preferences,
    docs: Option<Docs>,
    fallback: FallbackDocs,
}

/// Reads and carries out commands until there are no more.
pub(crate) fn run(session: &mut Session, fallback: FallbackDocs) {
    session.manner = Manner::Lines;
    // An unreachable server is no reason to leave: each command tries again.
    let _ = session.connect(Loud::Yes);
    let mut repl = Repl { session, preferences: Preferences::default(), docs: None, fallback };
    if stdin().is_terminal() {
        repl.preferences.load();
        repl.prompt_loop();
    } else {
        repl.line_loop();
    }
}

/// Colours for what is drawn outside the prompt: those preferred, and none without a terminal.
pub(crate) fn plain_or_colored() -> Looks {
    let colors = stdout().is_terminal() && Preferences::default().colors;
    Looks { colors, tables: false }
}

/// Prints the help for `words`, as `russet cli help ...` does.
pub(crate) fn help(session: &mut Session, words: &[Vec<u8>], fallback: FallbackDocs) {
    let preferences = Preferences::default();
    Repl { session, preferences, docs: None, fallback }.help(words);
}

impl Repl<'_> {
    /// Lines from a file or pipe.
    fn line_loop(&mut self) {
        let mut input = stdin().lock();
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if self.carry_out(line.strip_suffix(b"\n").unwrap_or(&line)) == Next::Leave {
                return;
            }
        }
    }

    /// A person at a terminal.
    fn prompt_loop(&mut self) {
        // Ctrl-C ends the waiting for a reply; while a line is typed it is a key like others.
        let flag = self.session.stop.0.clone();
        let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, flag);
        self.ensure_docs();
        let mut editor = match self.editor() {
            Ok(editor) => editor,
            Err(error) => return eprintln!("the terminal cannot be used: {error}"),
        };
        let path = history::path();
        if let Some(path) = &path {
            // The first time there is none.
            let _ = editor.load_history(path);
        }
        loop {
            self.session.stop.clear();
            self.session.looks = self.looks();
            let prompt = self.prompt();
            if let Some(assistant) = editor.helper_mut() {
                assistant.update(self.docs.as_ref(), &self.preferences, &prompt);
            }
            let text = match editor.readline(&prompt) {
                Ok(text) => text,
                Err(ReadlineError::Interrupted) => {
                    say("(quit or Ctrl-D leaves)\n");
                    continue;
                }
                Err(_) => return,
            };
            if text.trim().is_empty() {
                continue;
            }
            if !history::is_secret(&text) {
                // What cannot be kept is not worth an interruption.
                let _ = editor.add_history_entry(text.as_str());
                if let Some(path) = &path {
                    let _ = history::save(&mut editor, path);
                }
            }
            for line in lines(&text) {
                if self.carry_out(line.as_bytes()) == Next::Leave {
                    return;
                }
            }
        }
    }

    fn editor(&self) -> Result<Editor<Assistant, DefaultHistory>, ReadlineError> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .history_ignore_dups(true)?
            .max_history_size(1000)?
            .bracketed_paste(true)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Assistant::default()));
        Ok(editor)
    }

    fn looks(&self) -> Option<Looks> {
        let Preferences { colors, tables, .. } = self.preferences;
        stdout().is_terminal().then_some(Looks { colors, tables })
    }

    /// Carries out one line.
    fn carry_out(&mut self, line: &[u8]) -> Next {
        let Some(words) = split(line) else {
            say("Invalid argument(s)\n");
            return Next::Line;
        };
        let Some(first) = words.first() else { return Next::Line };
        let is = |name: &str| first.eq_ignore_ascii_case(name.as_bytes());
        let (mut words, mut repeat) = (words.as_slice(), 1);
        if words.len() > 1 && is_integer(first) {
            repeat = leading_integer(first);
            if repeat <= 0 {
                say("Invalid redis-cli repeat command option value.\n");
                return Next::Line;
            }
            words = &words[1..];
        }
        if is("quit") || is("exit") {
            return Next::Leave;
        }
        if first.starts_with(b":") {
            self.own_command(words);
        } else if is("restart") {
            say("Use 'restart' only in Lua debugging mode.\n");
        } else if is("connect") && words.len() == 3 {
            // What was typed for one server is not for another.
            self.session.typed_password = None;
            self.session.options.socket = None;
            self.session.options.host = lossy(&words[1]);
            self.session.options.port = leading_integer(&words[2]);
            let _ = self.session.connect(Loud::Yes);
        } else if is("clear") && words.len() == 1 {
            say("\x1b[H\x1b[2J");
        } else if is("help") || is("?") {
            self.help(&words[1..]);
        } else {
            let start = Instant::now();
            // What failed has been said.
            let _ = self.session.issue(words, repeat);
            let elapsed = start.elapsed();
            if elapsed >= SLOW && self.session.options.output == Output::Standard {
                say(&format!("({:.2}s)\n", elapsed.as_secs_f64()));
            }
        }
        Next::Line
    }

    /// A line that begins with a colon.
    fn own_command(&mut self, words: &[Vec<u8>]) {
        let texts: Vec<String> = words.iter().map(|w| lossy(w)).collect();
        match (texts[0].to_ascii_lowercase().as_str(), &texts[1..]) {
            (":set", [name]) => match self.preferences.set(name) {
                Ok(()) => {}
                Err(unknown) => say(&format!("{unknown}\n")),
            },
            (":help", _) => say(preferences::HELP),
            (":trace", []) => say("usage: :trace COMMAND [ARGUMENT ...]\n"),
            (":trace", _) => {
                let looks = self.looks().unwrap_or(Looks { colors: false, tables: false });
                trace::run(self.session, &words[1..], looks);
            }
            (name, _) => say(&format!("unknown command '{name}'; see :help\n")),
        }
    }

    fn help(&mut self, words: &[Vec<u8>]) {
        if words.is_empty() {
            return say(preferences::GENERAL_HELP);
        }
        self.ensure_docs();
        let docs = self.docs.clone().unwrap_or_default();
        say(&docs.help(words));
    }

    /// The server's documentation; that of the server built with this program if it has none.
    fn ensure_docs(&mut self) {
        if self.docs.is_some() {
            return;
        }
        if self.session.connection.is_none() {
            let _ = self.session.connect(Loud::No);
        }
        let connection = self.session.connection.as_mut();
        let reply = connection.and_then(|c| c.call(&[b"COMMAND", b"DOCS"]).ok());
        let docs = reply.map(|reply| Docs::read(&reply)).filter(|docs| !docs.commands.is_empty());
        self.docs = docs.or_else(|| {
            let (value, _) = protocol::decode(&(self.fallback)()).ok()??;
            Some(Docs::read(&value))
        });
    }

    fn prompt(&self) -> String {
        if self.session.connection.is_none() {
            return "not connected> ".into();
        }
        let mut prompt = match &self.session.options.socket {
            Some(path) => format!("russet {}", path.display()),
            None => self.session.address().to_string(),
        };
        if self.session.db != 0 {
            prompt.push_str(&format!("[{}]", self.session.db));
        }
        if self.session.in_multi {
            prompt.push_str("(TX)");
        }
        prompt + "> "
    }
}

/// Whether a word is nothing but an integer.
fn is_integer(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").or(word.strip_prefix(b"+")).unwrap_or(word);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
