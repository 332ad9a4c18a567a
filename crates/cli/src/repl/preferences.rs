//! What a person prefers: `:set`, and the file that is read at the start.

use std::path::PathBuf;

use crate::text::{lossy, split};

/// What can be turned on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Preferences {
    pub hints: bool,
    pub colors: bool,
    pub tables: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        Self { hints: true, colors: !no_color, tables: true }
    }
}

/// The text of `:help`.
pub(super) const HELP: &str = "\
:trace COMMAND [ARGUMENT ...]   carry a command out and draw its way through the server
:set hints     / :set nohints   show the arguments that may follow
:set colors    / :set nocolors  colour replies by their type
:set tables    / :set notables  show maps (RESP3: -3 or HELLO 3) as tables
:help                           this

The :set lines may stand in ~/.russetclirc (or in the file that RUSSETCLI_RCFILE names, or in
~/.redisclirc), to be read at the start.
";

/// The text of HELP without words.
pub(super) const GENERAL_HELP: &str = "\
Help on commands:
      help COMMAND     what a command does and takes
      help @GROUP      all commands of a group, such as @string
      Tab              completes commands, groups and arguments

Here at the prompt:
      5 INCR n         repeats a command
      connect HOST PORT, clear, quit
      Ctrl-C           ends the waiting for a reply, or the line
      :help            what is not Redis's: :trace, :set
";

impl Preferences {
    /// Turns something on or off by its name.
    pub(super) fn set(&mut self, name: &str) -> Result<(), String> {
        let (on, what) = match name.strip_prefix("no") {
            Some(what) => (false, what),
            None => (true, name),
        };
        match what {
            "hints" => self.hints = on,
            "colors" | "colours" => self.colors = on,
            "tables" => self.tables = on,
            _ => return Err(format!("unknown preference '{name}'; see :help")),
        }
        Ok(())
    }

    /// Reads the preference file, if there is one.
    pub(super) fn load(&mut self) {
        let places = [
            dot_file(&["RUSSETCLI_RCFILE", "REDISCLI_RCFILE"], ".russetclirc"),
            dot_file(&[], ".redisclirc"),
        ];
        let text = places.into_iter().flatten().find_map(|path| std::fs::read(path).ok());
        for line in text.unwrap_or_default().split(|b| *b == b'\n') {
            let words = split(line).unwrap_or_default();
            let texts: Vec<String> = words.iter().map(|w| lossy(w)).collect();
            let result = match texts.as_slice() {
                [] => Ok(()),
                [set, name] if set == ":set" => self.set(name),
                [name, ..] => Err(format!("unknown command '{name}'")),
            };
            if let Err(error) = result {
                eprintln!("preferences: {error}");
            }
        }
    }
}

/// The path that the first variable set names, else the file in the home folder. `/dev/null` is
/// no file.
pub(super) fn dot_file(variables: &[&str], name: &str) -> Option<PathBuf> {
    let value = |name: &&str| std::env::var_os(name).filter(|v| !v.is_empty());
    let path = match variables.iter().find_map(value) {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(std::env::var_os("HOME").filter(|v| !v.is_empty())?).join(name),
    };
    (path.as_os_str() != "/dev/null").then_some(path)
}
