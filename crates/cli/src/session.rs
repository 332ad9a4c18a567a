//! One person's or script's session: the connection, what it must be told again after a break
//! (password, database, protocol), and what carrying out a command means.
//!
//! Must be true
//! 1. After a reconnect the server is told the password, the database and the protocol before
//!    anything else; a transaction is gone with its connection.
//! 2. A failure of AUTH or SELECT is printed, and the command is sent all the same: redis-cli
//!    does so, and the server then says what is wrong.
//! 3. Whatever fails has been said on standard error when an [`Said`] comes back.

use std::time::Duration;

use protocol::Value;
use rustix::event::PollFlags;

use crate::connection::{Address, Broken, Connection, Stop, Wire};
use crate::format;
use crate::options::{Options, Output};
use crate::pretty::{self, Looks};
use crate::screen::{print, say};
use crate::text::{leading_integer, lossy, system_text};

mod after;
mod stream;

pub(crate) use stream::{Answer, DumpLength};

/// How long a server may take to answer in the binary protocol.
const GREETING_PATIENCE: Duration = Duration::from_secs(3);

/// Something went wrong and was said.
#[derive(Debug)]
pub(crate) struct Said;

/// What the last reply was, as far as it matters later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    Error,
    Nil,
    Other,
}

/// Whether a person (or a script of commands) goes on after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    OneCommand,
    Lines,
}

/// Whether connecting may complain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loud {
    Yes,
    No,
}

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    pub options: Options,
    pub connection: Option<Connection>,
    pub stop: Stop,
    pub manner: Manner,
    /// The database the server has selected, and the one asked for.
    pub db: i64,
    pub in_multi: bool,
    /// Replies are shown in colours, and maps as tables.
    pub looks: Option<Looks>,
    /// User and password that AUTH or HELLO took here; for this server only.
    pub typed_password: Option<(Option<Vec<u8>>, Vec<u8>)>,
    db_before_multi: i64,
    last: Last,
    shutting_down: bool,
    /// A cluster has said that another node is responsible.
    redirected: bool,
    ask: bool,
    /// Ctrl-C ended the waiting for the last reply.
    interrupted: bool,
    /// The last reply's failure, kept for "Error: ...".
    broken: Option<Broken>,
}

impl Session {
    pub(crate) fn new(options: Options, stop: Stop) -> Self {
        Self {
            options,
            connection: None,
            stop,
            manner: Manner::OneCommand,
            db: 0,
            in_multi: false,
            looks: None,
            typed_password: None,
            db_before_multi: 0,
            last: Last::Other,
            shutting_down: false,
            redirected: false,
            ask: false,
            interrupted: false,
            broken: None,
        }
    }

    /// Where commands go.
    pub(crate) fn address(&self) -> Address {
        match &self.options.socket {
            Some(path) if !self.redirected => Address::Unix(path.clone()),
            _ => Address::Tcp(self.options.host.clone(), self.options.port),
        }
    }

    /// Opens a new connection in place of the old one.
    pub(crate) fn connect(&mut self, loud: Loud) -> Result<(), Said> {
        self.leave();
        let address = self.address();
        let patience = self.options.connect_timeout;
        let wire = if self.options.binary { Wire::Binary } else { Wire::Resp };
        match Connection::open(&address, wire, patience, self.stop.clone()) {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => {
                if loud == Loud::Yes {
                    let text = system_text(&error);
                    eprintln!("Could not connect to Redis at {address}: {text}");
                }
                return Err(Said);
            }
        }
        if wire == Wire::Binary {
            self.greet(loud)?;
        }
        self.authenticate()?;
        self.select()?;
        self.switch_protocol()
    }

    /// Closes the connection, and with it what the server knew of us.
    pub(crate) fn leave(&mut self) {
        self.connection = None;
        self.db = 0;
        self.in_multi = false;
    }

    /// A connection to work with, opened if there is none.
    ///
    /// # Errors
    /// Nobody answers; said.
    pub(crate) fn connected(&mut self) -> Result<&mut Connection, Said> {
        if self.connection.is_none() {
            self.connect(Loud::Yes)?;
        }
        self.connection.as_mut().ok_or(Said)
    }

    /// The same without a word.
    pub(crate) fn connected_quietly(&mut self) -> Result<&mut Connection, Said> {
        if self.connection.is_none() {
            self.connect(Loud::No)?;
        }
        self.connection.as_mut().ok_or(Said)
    }

    /// One of our own requests; an error reply comes back as the value.
    fn tell(&mut self, words: &[&[u8]]) -> Result<Value, Said> {
        let Some(connection) = &mut self.connection else { return Err(Said) };
        connection.call(words).map_err(|_| {
            eprintln!("\nI/O error");
            Said
        })
    }

    /// A RESP port takes binary requests for the beginning of a line, and waits for its end.
    fn greet(&mut self, loud: Loud) -> Result<(), Said> {
        let Some(connection) = &mut self.connection else { return Err(Said) };
        let mut greeted = connection.request(&[b"PING"]);
        if greeted.is_ok() {
            greeted = match connection.wait(PollFlags::IN, GREETING_PATIENCE) {
                Ok(ready) if ready.is_empty() => Err(Broken::Closed),
                Ok(_) => connection.reply().map(|_| ()),
                Err(error) => Err(error),
            };
        }
        greeted.map_err(|_| {
            if loud == Loud::Yes {
                eprintln!("Nobody speaks the binary protocol there: is it the binary-port?");
            }
            self.leave();
            Said
        })
    }

    fn authenticate(&mut self) -> Result<(), Said> {
        let given = || Some((self.options.user.clone(), self.options.password.clone()?));
        let known = self.typed_password.clone().or_else(given);
        let Some((user, password)) = known else { return Ok(()) };
        let words: Vec<&[u8]> = match &user {
            Some(user) => vec![b"AUTH", user, &password],
            None => vec![b"AUTH", &password],
        };
        match self.tell(&words)? {
            Value::Error(text) => {
                eprintln!("AUTH failed: {}", lossy(&text));
                Err(Said)
            }
            _ => Ok(()),
        }
    }

    fn select(&mut self) -> Result<(), Said> {
        let wanted = self.options.db;
        if wanted == self.db {
            return Ok(());
        }
        match self.tell(&[b"SELECT", wanted.to_string().as_bytes()])? {
            Value::Error(text) => {
                eprintln!("SELECT {wanted} failed: {}", lossy(&text));
                Err(Said)
            }
            _ => {
                self.db = wanted;
                Ok(())
            }
        }
    }

    fn switch_protocol(&mut self) -> Result<(), Said> {
        let options = &self.options;
        if options.resp2 || !(options.resp3 || options.resp3_wished) {
            return Ok(());
        }
        match self.tell(&[b"HELLO", b"3"])? {
            Value::Error(text) => {
                eprintln!("HELLO 3 failed: {}", lossy(&text));
                if self.options.resp3 { Err(Said) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// Carries out a command `repeat` times, connecting first if need be, and prints the replies.
    pub(crate) fn issue(&mut self, words: &[Vec<u8>], repeat: i64) -> Result<(), Said> {
        self.notice_end();
        loop {
            if self.redirected || self.connection.is_none() {
                let connected = self.connect(Loud::Yes);
                self.redirected = false;
                connected?;
            }
            if std::mem::take(&mut self.ask) {
                self.tell(&[b"ASKING"])?;
            }
            if self.send_and_show(words, repeat).is_err() {
                if let Some(broken) = self.broken.take() {
                    eprintln!("Error: {broken}");
                }
                self.leave();
                return Err(Said);
            }
            if !self.redirected {
                return Ok(());
            }
        }
    }

    /// A connection that broke while nobody was looking is replaced before a command is lost to
    /// it. Not within a transaction: the rest of it would be carried out on its own.
    fn notice_end(&mut self) {
        let is_gone = self.connection.as_ref().is_some_and(Connection::is_gone);
        if self.manner == Manner::Lines && is_gone && !self.in_multi {
            self.leave();
        }
    }

    fn send_and_show(&mut self, words: &[Vec<u8>], repeat: i64) -> Result<(), Said> {
        let verbatim = is_made_for_reading(words);
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let is = |name: &str| words[0].eq_ignore_ascii_case(name.as_bytes());
        self.shutting_down |= is("shutdown");
        self.interrupted = false;
        let mut left = repeat;
        // A negative count is no end.
        while left != 0 {
            left = if left < 0 { left } else { left - 1 };
            self.request(&words)?;
            if is("monitor") {
                return self.monitor(verbatim);
            }
            if is("subscribe") || is("psubscribe") || is("ssubscribe") {
                self.receive_messages(verbatim)?;
                continue;
            }
            let is_on = words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"on"));
            if is("trace") && is_on {
                return self.watch_traces();
            }
            if is("sync") || is("psync") {
                say("Entering replica output mode...  (press Ctrl-C to quit)\n");
                self.follow()?;
                return Err(Said);
            }
            self.read_and_show(verbatim)?;
            self.note_effect(&words)?;
            if self.redirected {
                break;
            }
            if !self.options.interval.is_zero() {
                self.stop.sleep(self.options.interval);
            }
            if self.interrupted || self.stop.is_set() {
                break;
            }
        }
        Ok(())
    }

    fn request(&mut self, words: &[&[u8]]) -> Result<(), Said> {
        let Some(connection) = &mut self.connection else { return Err(Said) };
        let sent = connection.request(words);
        // A reset shows in the reading too, after what the server may have said before.
        if let Err(error) = sent
            && !matches!(error, Broken::Io(_))
        {
            self.broken = Some(error);
            return Err(Said);
        }
        Ok(())
    }

    /// Reads replies until one comes that is no push of its own accord, and prints it.
    fn read_and_show(&mut self, verbatim: bool) -> Result<(), Said> {
        loop {
            match self.read()? {
                Some(value @ Value::Push(_)) => self.show_push(&value),
                Some(value) => {
                    self.show(&value, verbatim);
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
    }

    /// The next reply. `None`: there is none, and that is as it should be.
    fn read(&mut self) -> Result<Option<Value>, Said> {
        let Some(connection) = &mut self.connection else { return Err(Said) };
        match connection.reply() {
            Ok(value) => Ok(Some(value)),
            Err(Broken::Stopped) => {
                self.stop.clear();
                self.interrupted = true;
                // The reply that we did not wait for may still come: only a new connection is sure.
                let _ = self.connect(Loud::Yes);
                Ok(None)
            }
            Err(_) if self.shutting_down => {
                self.shutting_down = false;
                self.leave();
                Ok(None)
            }
            Err(error) => {
                if self.manner == Manner::OneCommand {
                    eprintln!("Error: {error}");
                    std::process::exit(1);
                }
                self.broken = Some(error);
                Err(Said)
            }
        }
    }

    /// Prints a reply and remembers what it was; or follows a redirection.
    fn show(&mut self, value: &Value, verbatim: bool) {
        self.last = match value {
            Value::Error(_) => Last::Error,
            Value::Null => Last::Nil,
            _ => Last::Other,
        };
        if let Value::Error(text) = value {
            if self.options.cluster && self.redirect(text) {
                return;
            }
            if self.options.fail_on_error && self.manner == Manner::OneCommand {
                eprintln!("{}", lossy(text));
                std::process::exit(1);
            }
        }
        match self.looks {
            Some(looks) if self.options.output == Output::Standard && !verbatim => {
                say(&pretty::format(value, looks));
            }
            _ => print(&format::format(value, &self.options, verbatim)),
        }
    }

    fn show_push(&self, value: &Value) {
        if self.options.show_pushes {
            print(&format::push(value, &self.options));
        }
    }

    /// `MOVED 3999 127.0.0.1:6381`, `ASK 3999 127.0.0.1:6381`.
    fn redirect(&mut self, error: &[u8]) -> bool {
        let text = lossy(error);
        let mut words = text.split(' ');
        let (kind, slot, place) = (words.next(), words.next(), words.next());
        let (Some(kind @ ("MOVED" | "ASK")), Some(slot), Some(place)) = (kind, slot, place) else {
            return false;
        };
        let Some((host, port)) = place.rsplit_once(':') else { return false };
        // An empty host means the one that answered.
        if !host.is_empty() {
            self.options.host = host.to_owned();
        }
        self.options.port = leading_integer(port.as_bytes());
        if self.manner == Manner::Lines {
            let (host, port) = (&self.options.host, self.options.port);
            say(&format!("-> Redirected to slot [{slot}] located at {host}:{port}\n"));
        }
        self.redirected = true;
        self.ask = kind == "ASK";
        true
    }
}

/// Replies that are texts laid out for reading: printed as they are in every format.
fn is_made_for_reading(words: &[Vec<u8>]) -> bool {
    let word = |at: usize| words.get(at).map(|w| lossy(w).to_ascii_lowercase());
    let (first, second) = (word(0).unwrap_or_default(), word(1).unwrap_or_default());
    match (first.as_str(), second.as_str()) {
        ("info" | "lolwut", _) => true,
        ("debug", "htstats" | "htstats-key" | "client-eviction") => true,
        ("memory", "malloc-stats" | "doctor") => true,
        ("cluster", "nodes" | "info") => words.len() == 2,
        ("client", "list" | "info") => true,
        ("latency", "graph") => words.len() == 3,
        ("latency", "doctor") => words.len() == 2,
        ("proxy", "info") => true,
        _ => false,
    }
}
