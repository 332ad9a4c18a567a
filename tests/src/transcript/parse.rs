//! The text of a transcript as blocks of steps.

use thiserror::Error;

use super::pattern::Pattern;
use crate::words;

/// A line that is not part of the language.
#[derive(Debug, Error)]
#[error("{file}:{line}: {why}")]
pub struct ParseError {
    file: String,
    line: usize,
    why: String,
}

/// One file of blocks.
#[derive(Debug)]
pub struct Transcript {
    /// The file's name, for messages.
    pub file: String,
    /// Its blocks in order.
    pub blocks: Vec<Block>,
}

/// One promise and the steps that show it.
#[derive(Debug, Default)]
pub struct Block {
    /// The promise.
    pub title: String,
    /// Line of the title, from 1.
    pub line: usize,
    /// Connections speak RESP3.
    pub resp3: bool,
    /// Why the oracle cannot run this block, if it cannot.
    pub not_on_oracle: Option<String>,
    /// Why Russet cannot run this block yet, if it cannot.
    pub later: Option<String>,
    /// Options of a server of the block's own.
    pub own_server: Option<Vec<String>>,
    pub(super) steps: Vec<Step>,
}

/// One thing to do, with its place in the file.
#[derive(Debug)]
pub(super) struct Step {
    pub line: usize,
    pub client: usize,
    pub action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Send(Vec<Vec<u8>>),
    SendRaw(Vec<u8>),
    Expect(Expected, String),
    /// Ask until the reply is as expected.
    Until(Vec<Vec<u8>>, Expected, String),
}

#[derive(Debug)]
pub(super) enum Expected {
    Reply(Pattern),
    Raw(Vec<u8>),
    Closed,
    Nothing,
}

/// What stands before a command.
struct Prompt<'a> {
    client: usize,
    mode: &'a str,
    command: &'a str,
}

impl Block {
    /// Whether bytes of RESP itself are sent or expected.
    pub fn has_raw_bytes(&self) -> bool {
        self.steps.iter().any(|step| {
            matches!(&step.action, Action::SendRaw(_) | Action::Expect(Expected::Raw(_), _))
        })
    }
}

impl Transcript {
    /// Reads the text of a file.
    pub fn parse(file: &str, text: &str) -> Result<Self, ParseError> {
        let mut reader = Reader { blocks: Vec::new(), until: None, sender: 0 };
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let mut next = at + 1;
            let expected = is_reply(lines[at]);
            while expected && lines.get(next).is_some_and(|line| is_reply(line)) {
                next += 1;
            }
            let taken = if expected {
                reader.replies(at + 1, &lines[at..next].join("\n"))
            } else {
                reader.line(at + 1, lines[at])
            };
            taken.map_err(|why| ParseError { file: file.into(), line: at + 1, why })?;
            at = next;
        }
        Ok(Self { file: file.into(), blocks: reader.blocks })
    }

    /// The text of a file with the replies that a server gave to commands without any.
    pub fn insert_replies(text: &str, replies: &[(usize, String)]) -> String {
        let mut out = String::new();
        for (at, line) in text.lines().enumerate() {
            let recorded = replies.iter().filter(|(number, _)| *number == at + 1);
            for line in std::iter::once(line).chain(recorded.map(|(_, reply)| reply.as_str())) {
                out.push_str(line);
                out.push('\n');
            }
        }
        out
    }
}

impl Block {
    /// Whether the step at `at` is a command on the plain connection that no reply follows.
    pub(super) fn is_unanswered(&self, at: usize) -> bool {
        let step = &self.steps[at];
        let asks = matches!(step.action, Action::Send(_) | Action::SendRaw(_)) && step.client == 0;
        let answers =
            |next: &Step| next.client == step.client && matches!(next.action, Action::Expect(..));
        let more_bytes = |next: &Step| matches!(next.action, Action::SendRaw(_));
        asks && !self.steps.get(at + 1).is_some_and(|next| answers(next) || more_bytes(next))
    }

    /// Whether a command of the block changes the server's settings.
    pub fn changes_settings(&self) -> bool {
        self.steps.iter().any(|step| match &step.action {
            Action::Send(words) => {
                words.len() > 2
                    && words[0].eq_ignore_ascii_case(b"config")
                    && words[1].eq_ignore_ascii_case(b"set")
            }
            _ => false,
        })
    }
}

struct Reader {
    blocks: Vec<Block>,
    /// An `until>` whose expected reply has not been read yet.
    until: Option<Vec<Vec<u8>>>,
    /// The connection of the last command.
    sender: usize,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with("//") {
            return Ok(());
        }
        if let Some(title) = line.strip_prefix("# ") {
            self.blocks.push(Block { title: title.into(), line: number, ..Block::default() });
            return Ok(());
        }
        let block = self.blocks.last_mut().ok_or("a block starts with # and a title")?;
        if let Some(option) = line.strip_prefix("@ ") {
            return block.option(option);
        }
        let prompt = prompt(line).ok_or("neither a command nor a reply")?;
        self.sender = prompt.client;
        let bytes = || words::split(prompt.command).map_err(|error| error.to_string());
        let action = match prompt.mode {
            "until" => {
                self.until = Some(bytes()?);
                return Ok(());
            }
            "raw" => Action::SendRaw(bytes()?.concat()),
            _ => Action::Send(bytes()?),
        };
        block.steps.push(Step { line: number, client: prompt.client, action });
        Ok(())
    }

    fn replies(&mut self, number: usize, text: &str) -> Result<(), String> {
        let block = self.blocks.last_mut().ok_or("a block starts with # and a title")?;
        let (mut rest, mut line) = (text, number);
        while !rest.is_empty() {
            let mut client = self.sender;
            if let [digit @ b'1'..=b'9', b':', b' ', ..] = rest.as_bytes() {
                client = usize::from(digit - b'0');
                rest = &rest[3..];
            }
            let (expected, after) = expected(rest)?;
            let taken = &rest[..rest.len() - after.len()];
            let source = taken.trim_end().to_owned();
            let action = match self.until.take() {
                Some(command) => Action::Until(command, expected, source),
                None => Action::Expect(expected, source),
            };
            block.steps.push(Step { line, client, action });
            line += taken.matches('\n').count();
            rest = after;
        }
        Ok(())
    }
}

impl Block {
    fn option(&mut self, option: &str) -> Result<(), String> {
        if option == "resp3" {
            self.resp3 = true;
        } else if let Some(arguments) = option.strip_prefix("server") {
            let words = words::split(arguments).map_err(|error| error.to_string())?;
            let text = words.into_iter().map(|word| String::from_utf8_lossy(&word).into_owned());
            self.own_server = Some(text.collect());
        } else if let Some(("only-russet" | "differs", reason)) = option.split_once(": ") {
            self.not_on_oracle = Some(reason.into());
        } else if let Some(reason) = option.strip_prefix("later: ") {
            self.later = Some(reason.into());
        } else {
            return Err(format!("unknown option: {option}"));
        }
        Ok(())
    }
}

fn expected(text: &str) -> Result<(Expected, &str), String> {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    Ok(match line {
        "(none)" => (Expected::Nothing, after),
        "(closed)" => (Expected::Closed, after),
        _ if line.starts_with("raw ") => {
            let bytes = words::split(&line[4..]).map_err(|error| error.to_string())?.concat();
            (Expected::Raw(bytes), after)
        }
        _ => {
            let (pattern, after) = Pattern::parse(text)?;
            (Expected::Reply(pattern), after)
        }
    })
}

fn is_reply(line: &str) -> bool {
    let other = line.trim().is_empty() || ["# ", "@ ", "//"].iter().any(|s| line.starts_with(s));
    !other && prompt(line).is_none()
}

fn prompt(line: &str) -> Option<Prompt<'_>> {
    let (head, command) = line.split_once("> ")?;
    let digit = head.as_bytes().first().filter(|byte| (b'1'..=b'9').contains(byte));
    let (client, mode) = match digit {
        Some(digit) => (usize::from(digit - b'0'), &head[1..]),
        None => (0, head),
    };
    matches!(mode, "" | "raw" | "until").then_some(Prompt { client, mode, command })
}
