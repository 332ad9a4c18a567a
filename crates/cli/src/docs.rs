//! What the server says about its commands (COMMAND DOCS), for HELP, hints and completion.
//!
//! Must be true: nothing here trusts the reply's shape; what is missing or odd is left out.
//! The arguments of a command become a tree; `hint.rs` walks it along what was typed.

use protocol::Value;

use crate::text::lossy;

/// One argument of a command, or a group of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    pub name: String,
    pub kind: Kind,
    /// The word that announces it.
    pub token: Option<String>,
    pub optional: bool,
    pub multiple: bool,
    /// If it may come several times, the word is repeated too.
    pub multiple_token: bool,
    /// Of a choice or a block.
    pub parts: Vec<Argument>,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any word.
    Word,
    /// A word that is a number.
    Number,
    /// Nothing but its token.
    Token,
    OneOf,
    Block,
}

/// What is known about a command or sub-command.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// `CLIENT LIST`
    pub name: String,
    pub summary: String,
    pub since: Option<String>,
    pub group: String,
    pub arguments: Vec<Argument>,
}

/// All commands by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Docs {
    pub commands: Vec<Command>,
}

impl Docs {
    /// Reads a reply of COMMAND DOCS.
    pub(crate) fn read(reply: &Value) -> Self {
        let mut commands = Vec::new();
        for (name, spec) in pairs(reply) {
            read_command(&mut commands, lossy(&text(name)).to_ascii_uppercase(), spec);
        }
        commands.sort_by(|a: &Command, b| a.name.cmp(&b.name));
        Self { commands }
    }

    /// The command that the words begin with, and how many words its name has. The longest wins.
    pub(crate) fn find<W: AsRef<[u8]>>(&self, words: &[W]) -> Option<(&Command, usize)> {
        let len_of = |command: &Command| {
            let mut len = 0;
            for part in command.name.split(' ') {
                let word = words.get(len)?.as_ref();
                if !word.eq_ignore_ascii_case(part.as_bytes()) {
                    return None;
                }
                len += 1;
            }
            Some(len)
        };
        self.commands.iter().filter_map(|c| Some((c, len_of(c)?))).max_by_key(|(_, len)| *len)
    }

    /// Names of groups, in order.
    pub(crate) fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = self.commands.iter().map(|c| c.group.as_str()).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// The text of `HELP words`: `@group`, or the beginning of a command's name.
    pub(crate) fn help(&self, words: &[Vec<u8>]) -> String {
        let mut text = String::new();
        let group = words.first().and_then(|w| w.strip_prefix(b"@"));
        for command in &self.commands {
            let parts: Vec<&str> = command.name.split(' ').collect();
            let named = words.len() <= parts.len()
                && words.iter().zip(&parts).all(|(w, p)| w.eq_ignore_ascii_case(p.as_bytes()));
            match group {
                Some(group) if group.eq_ignore_ascii_case(command.group.as_bytes()) => {
                    text.push_str(&command.help(Part::WithoutGroup));
                }
                None if named => text.push_str(&command.help(Part::All)),
                _ => {}
            }
        }
        text.push_str("\r\n");
        text
    }
}

/// How much of a command's help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    WithoutGroup,
}

impl Command {
    /// All arguments in Redis's notation.
    pub(crate) fn syntax(&self) -> String {
        notation_of(&self.arguments, " ")
    }

    fn help(&self, part: Part) -> String {
        let (name, syntax) = (&self.name, self.syntax());
        let mut text = format!("\r\n  \x1b[1m{name}\x1b[0m \x1b[90m{syntax}\x1b[0m\r\n");
        let mut line = |label: &str, content: &str| {
            text.push_str(&format!("  \x1b[33m{label}:\x1b[0m {content}\r\n"));
        };
        line("summary", &self.summary);
        if let Some(since) = &self.since {
            line("since", since);
        }
        if part == Part::All {
            line("group", &self.group);
        }
        text
    }
}

/// Arguments in Redis's notation.
pub(crate) fn notation_of(arguments: &[Argument], separator: &str) -> String {
    arguments.iter().map(notation).collect::<Vec<_>>().join(separator)
}

/// `[EX seconds]`, `key [key ...]`, `NX|XX`.
pub(crate) fn notation(argument: &Argument) -> String {
    let body = match argument.kind {
        Kind::Word | Kind::Number => or_empty(&argument.name),
        Kind::Token => String::new(),
        Kind::OneOf => notation_of(&argument.parts, "|"),
        Kind::Block => notation_of(&argument.parts, " "),
    };
    let mut token = argument.token.as_deref().map(or_empty).unwrap_or_default();
    if !token.is_empty() && argument.kind != Kind::Token {
        token.push(' ');
    }
    let mut text = format!("{token}{body}");
    if argument.multiple {
        let again = if argument.multiple_token { token.as_str() } else { "" };
        text = format!("{text} [{again}{body} ...]");
    }
    if argument.optional { format!("[{text}]") } else { text }
}

/// An empty word is shown as two quotes.
fn or_empty(text: &str) -> String {
    if text.is_empty() { "\"\"".into() } else { text.to_owned() }
}

fn read_command(commands: &mut Vec<Command>, name: String, spec: &Value) {
    let at = commands.len();
    commands.push(Command {
        name: name.clone(),
        summary: String::new(),
        since: None,
        group: String::new(),
        arguments: Vec::new(),
    });
    for (key, value) in pairs(spec) {
        let content = || lossy(&text(value));
        match text(key).as_slice() {
            b"summary" => commands[at].summary = content(),
            b"since" => commands[at].since = Some(content()),
            b"group" => commands[at].group = content(),
            b"arguments" => commands[at].arguments = arguments(value),
            b"subcommands" => {
                for (key, spec) in pairs(value) {
                    let key = lossy(&text(key)).to_ascii_uppercase();
                    let Some((_, part)) = key.split_once('|') else { continue };
                    read_command(commands, format!("{name} {part}"), spec);
                }
            }
            _ => {}
        }
    }
}

fn arguments(value: &Value) -> Vec<Argument> {
    crate::format::elements(value).into_iter().map(argument).collect()
}

fn argument(value: &Value) -> Argument {
    let mut argument = Argument {
        name: String::new(),
        kind: Kind::Word,
        token: None,
        optional: false,
        multiple: false,
        multiple_token: false,
        parts: Vec::new(),
    };
    for (key, value) in pairs(value) {
        match text(key).as_slice() {
            b"name" => argument.name = lossy(&text(value)),
            b"token" => argument.token = Some(lossy(&text(value))),
            b"type" => {
                argument.kind = match text(value).as_slice() {
                    b"integer" | b"double" | b"unix-time" => Kind::Number,
                    b"pure-token" => Kind::Token,
                    b"oneof" => Kind::OneOf,
                    b"block" => Kind::Block,
                    _ => Kind::Word,
                };
            }
            b"arguments" => argument.parts = arguments(value),
            b"flags" => {
                for flag in crate::format::elements(value) {
                    match text(flag).as_slice() {
                        b"optional" => argument.optional = true,
                        b"multiple" => argument.multiple = true,
                        b"multiple_token" => argument.multiple_token = true,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    argument
}

/// The pairs of a map, or of the flat array that stands for one in RESP2.
pub(crate) fn pairs(value: &Value) -> Vec<(&Value, &Value)> {
    let all = crate::format::elements(value);
    all.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

/// The bytes of any kind of string.
pub(crate) fn text(value: &Value) -> Vec<u8> {
    match value {
        Value::Bulk(text) | Value::Status(text) | Value::Verbatim(_, text) => text.clone(),
        _ => Vec::new(),
    }
}
