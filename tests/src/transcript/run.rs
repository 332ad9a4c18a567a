//! Carries out a block against a server and says where it first went otherwise.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::parse::{Action, Block, Expected, Step};
use super::pattern::Kept;
use crate::client::{Client, Form, is_closed};
use crate::reply::Reply;
use crate::server::{Options, POLL, Program, Server, StartError};
use crate::words::quote;

/// How long a reply, or a reply that `until>` waits for, may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Where a block failed, and how.
#[derive(Debug, Error)]
pub enum Failure {
    /// A reply is not as written.
    #[error("line {line}: {command}\n  expected: {expected}\n  got:      {got}")]
    Differs {
        /// Line in the file.
        line: usize,
        /// The last command on that connection.
        command: String,
        /// The transcript's text.
        expected: String,
        /// The reply in the same notation.
        got: String,
    },
    /// Something else about a step.
    #[error("line {line}: {why}")]
    Step {
        /// Line in the file.
        line: usize,
        /// What happened.
        why: String,
    },
    /// The block's server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server is not answering at all.
    #[error("the server is lost: {0}")]
    Lost(#[from] io::Error),
}

/// A server on which blocks are run one after another.
pub struct Stage {
    program: Program,
    form: Form,
    server: Server,
    settings: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Replies to commands that had none in the file, by line; only kept when recording.
    pub recorded: Option<Vec<(usize, String)>>,
}

impl Stage {
    /// Starts a server for blocks that do not ask for their own.
    pub fn new(program: Program, form: Form, recording: bool) -> Result<Self, Failure> {
        let server = Options::of(program).speaking(form).start()?;
        let settings = settings_of(&server)?;
        Ok(Self { program, form, server, settings, recorded: recording.then(Vec::new) })
    }

    /// Runs one block.
    pub fn run(&mut self, block: &Block) -> Result<(), Failure> {
        if let Some(arguments) = &block.own_server {
            let options = Options::of(self.program).speaking(self.form);
            let server = options.with_all(arguments).start()?;
            return Scene::new((&server, self.form), block, &mut self.recorded).play();
        }
        if !self.server.is_running() {
            self.server = Options::of(self.program).speaking(self.form).start()?;
        }
        let cleared = Client::connect(self.server.port())?.try_call(&["FLUSHALL"])?;
        if cleared != Reply::Simple(b"OK".to_vec()) {
            // FLUSHALL has blocks of its own; the others need not fail with it.
            self.server = Options::of(self.program).speaking(self.form).start()?;
        }
        let outcome = Scene::new((&self.server, self.form), block, &mut self.recorded).play();
        if !self.server.is_running() {
            let why = format!("the server fell; its log:\n{}", self.server.log());
            return Err(Failure::Step { line: block.line, why });
        }
        if block.changes_settings() {
            self.put_settings_back()?;
        }
        outcome
    }

    fn put_settings_back(&self) -> Result<(), Failure> {
        let mut client = Client::connect(self.server.port())?;
        for (name, value) in settings_of(&self.server)? {
            match self.settings.get(&name) {
                Some(old) if *old != value => {
                    let words = [&b"CONFIG"[..], b"SET", &name, old];
                    client.try_call(&words)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn settings_of(server: &Server) -> io::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let reply = Client::connect(server.port())?.try_call(&["CONFIG", "GET", "*"])?;
    let texts: Vec<&[u8]> =
        reply.items().unwrap_or_default().iter().filter_map(Reply::text).collect();
    Ok(texts.chunks_exact(2).map(|pair| (pair[0].to_vec(), pair[1].to_vec())).collect())
}

/// One block being carried out.
struct Scene<'a> {
    server: &'a Server,
    form: Form,
    block: &'a Block,
    recorded: &'a mut Option<Vec<(usize, String)>>,
    clients: BTreeMap<usize, Client>,
    /// The last command of each connection, for messages.
    commands: BTreeMap<usize, String>,
    kept: Kept,
}

impl<'a> Scene<'a> {
    fn new(
        (server, form): (&'a Server, Form),
        block: &'a Block,
        recorded: &'a mut Option<Vec<(usize, String)>>,
    ) -> Self {
        let (clients, commands, kept) = (BTreeMap::new(), BTreeMap::new(), Kept::new());
        Self { server, form, block, recorded, clients, commands, kept }
    }

    fn play(mut self) -> Result<(), Failure> {
        for (at, step) in self.block.steps.iter().enumerate() {
            self.step(step).map_err(|why| Failure::Step { line: step.line, why })??;
            if self.block.is_unanswered(at) {
                self.unanswered(step)?;
            }
        }
        // Its second answer means that the server has had the time to send what nobody expects.
        let mut other = Client::connect(self.server.port())?;
        other.try_call(&["PING"])?;
        other.try_call(&["PING"])?;
        for (number, client) in &mut self.clients {
            let extra = client.leftover()?;
            if !extra.is_empty() {
                let line = self.block.line;
                let command = self.commands.get(number).cloned().unwrap_or_default();
                let got = quote(&extra);
                return Err(Failure::Differs { line, command, expected: "no more".into(), got });
            }
        }
        Ok(())
    }

    /// Outer error: the step could not be done. Inner error: it went otherwise.
    fn step(&mut self, step: &Step) -> Result<Result<(), Failure>, String> {
        let lost = |error: io::Error| format!("connection {}: {error}", step.client);
        match &step.action {
            Action::Send(words) => {
                let words = self.replaced(words)?;
                self.note(step.client, &words);
                self.client(step.client)?.send(&words).map_err(lost)?;
            }
            Action::SendRaw(bytes) => {
                self.note(step.client, std::slice::from_ref(bytes));
                self.client(step.client)?.send_raw(bytes).map_err(lost)?;
            }
            Action::Expect(expected, source) => return self.expect(step, expected, source),
            Action::Until(words, expected, source) => {
                let words = self.replaced(words)?;
                self.note(step.client, &words);
                let end = Instant::now() + PATIENCE;
                loop {
                    self.client(step.client)?.send(&words).map_err(lost)?;
                    let outcome = self.expect(step, expected, source)?;
                    if outcome.is_ok() || Instant::now() > end {
                        return Ok(outcome);
                    }
                    std::thread::sleep(POLL);
                }
            }
        }
        Ok(Ok(()))
    }

    fn expect(
        &mut self,
        step: &Step,
        expected: &Expected,
        source: &str,
    ) -> Result<Result<(), Failure>, String> {
        let read = match expected {
            Expected::Nothing => return Ok(Ok(())),
            Expected::Closed => match self.client(step.client)?.read_until_closed() {
                Ok(bytes) if bytes.is_empty() => return Ok(Ok(())),
                Ok(bytes) => Ok((false, quote(&bytes))),
                Err(error) => Err(error),
            },
            Expected::Raw(bytes) => self
                .client(step.client)?
                .read_raw(bytes.len())
                .map(|got| (got == *bytes, format!("raw {}", quote(&got)))),
            Expected::Reply(pattern) => match self.client(step.client)?.read() {
                Ok(reply) => Ok((pattern.matches(&reply, &mut self.kept), reply.to_string())),
                Err(error) => Err(error),
            },
        };
        let (matched, got) = match read {
            Ok(read) => read,
            Err(error) => {
                let unread = self.client(step.client)?.leftover().unwrap_or_default();
                let end = if is_closed(&error) { "(closed)".into() } else { error.to_string() };
                (false, format!("{} {end}", quote(&unread)))
            }
        };
        if matched {
            return Ok(Ok(()));
        }
        let command = self.commands.get(&step.client).cloned().unwrap_or_default();
        let expected = source.to_owned();
        Ok(Err(Failure::Differs { line: step.line, command, expected, got }))
    }

    fn unanswered(&mut self, step: &Step) -> Result<(), Failure> {
        let line = step.line;
        let command = self.commands.get(&step.client).cloned().unwrap_or_default();
        let Some(recorded) = self.recorded.as_mut() else {
            return Err(Failure::Step { line, why: format!("no reply is given for {command}") });
        };
        if let Some(client) = self.clients.get_mut(&step.client) {
            recorded.push((line, client.read()?.to_string()));
        }
        Ok(())
    }

    fn client(&mut self, number: usize) -> Result<&mut Client, String> {
        if !self.clients.contains_key(&number) {
            let lost = |error: io::Error| format!("connection {number}: {error}");
            let port = self.server.port_of(self.form);
            let mut client = Client::connect_as(port, self.form).map_err(lost)?;
            client.set_patience(PATIENCE).map_err(lost)?;
            if self.block.resp3 {
                let hello = client.try_call(&["HELLO", "3"]).map_err(lost)?;
                if !matches!(hello, Reply::Map(_)) {
                    return Err(format!("HELLO 3: {hello}"));
                }
            }
            self.clients.insert(number, client);
        }
        self.clients.get_mut(&number).ok_or_else(|| "no such connection".into())
    }

    fn note(&mut self, client: usize, words: &[Vec<u8>]) {
        let words: Vec<String> = words
            .iter()
            .map(|word| {
                let plain = !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
                let text = if plain { String::from_utf8_lossy(word).into() } else { quote(word) };
                if text.len() > 80 { format!("{}...", &text[..77]) } else { text }
            })
            .collect();
        self.commands.insert(client, words.join(" "));
    }

    fn replaced(&self, words: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, String> {
        let replace = |word: &Vec<u8>| match word.strip_prefix(b"$") {
            Some(name) if !name.is_empty() => {
                let name = String::from_utf8_lossy(name);
                self.kept.get(&*name).cloned().ok_or_else(|| format!("nothing is kept as {name}"))
            }
            _ => Ok(word.clone()),
        };
        words.iter().map(replace).collect()
    }
}
