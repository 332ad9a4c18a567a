//! A node in a test: one worker, one or more clients, no sockets, no threads but the reaper, and
//! time that moves only when told.
//!
//! ```text
//!   let mut bench = Bench::default();
//!   assert_eq!(bench.run("SET k v"), "+OK\r\n");
//!   bench.advance_ms(100);
//! ```
//!
//! What mail was posted and what the host was asked for can be looked at afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use base::clock::{Clock, ManualClock};
use base::hash::KeyHasher;
use config::Settings;
use log::Log;
use log::aof::files::simulated::Disk;
use parking_lot::Mutex;
use protocol::resp::decode::write_request;
use protocol::{Output, Version};

use crate::allocator::UNCOUNTED;
use crate::clients::{Address, Visitor};
use crate::journal::Journal;
use crate::mail::{Cast, Mail, Post, Recipients};
use crate::node::{Facts, Host, Node, Parts};
use crate::session::Session;
use crate::worker::{Delivered, Next, WorkerState};

/// When the clock of a bench stands at first: 2023-11-14T22:13:20Z.
pub(crate) const START_MS: u64 = 1_700_000_000_000;

/// Rounds after which a request that goes on has had its chance.
const ROUNDS_MAX: usize = 100;

/// How long a request is tried again. Another thread of the test, such as the snapshot's, may hold
/// what it needs for as long as the machine does not let that thread run.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// Mail that was left.
#[derive(Debug)]
pub(crate) enum Letter {
    Mail(Address, Mail),
    Cast(Recipients, Cast),
}

/// Keeps the mail.
#[derive(Default)]
pub(crate) struct Letterbox {
    pub(crate) letters: Mutex<Vec<Letter>>,
}

impl Post for Letterbox {
    fn post(&self, to: Address, mail: Mail) {
        self.letters.lock().push(Letter::Mail(to, mail));
    }

    fn cast(&self, _worker: usize, to: Recipients, cast: Cast) {
        self.letters.lock().push(Letter::Cast(to, cast));
    }

    fn has_mail(&self, _worker: usize) -> bool {
        !self.letters.lock().is_empty()
    }

    fn wake(&self, _worker: usize) {}

    fn wake_all(&self) {}
}

/// Notes what it is asked for.
#[derive(Default)]
pub(crate) struct QuietHost {
    pub(crate) stopped: AtomicBool,
    /// What `apply` answers, if not that all is well.
    pub(crate) refusal: Mutex<Option<String>>,
    /// The names that `apply` was given, one list a call.
    pub(crate) applied: Mutex<Vec<Vec<String>>>,
}

impl Host for QuietHost {
    fn apply(&self, changed: &[&str], _settings: &Settings) -> Result<(), String> {
        self.applied.lock().push(changed.iter().map(|name| (*name).to_owned()).collect());
        self.refusal.lock().clone().map_or(Ok(()), Err)
    }

    fn facts(&self) -> Facts {
        Facts { port: 6379, ..Facts::default() }
    }

    fn rewrite_config(&self, _settings: &Settings) -> Result<(), String> {
        self.refusal.lock().clone().map_or(Ok(()), Err)
    }

    fn reload(&self) -> Result<(), String> {
        self.refusal.lock().clone().map_or(Ok(()), Err)
    }

    fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }
}

/// A node with one worker and, at first, one client.
pub(crate) struct Bench {
    pub(crate) node: Arc<Node>,
    pub(crate) hands: Arc<ManualClock>,
    pub(crate) letterbox: Arc<Letterbox>,
    pub(crate) host: Arc<QuietHost>,
    state: WorkerState,
    /// The clients; the first is the one that `run` speaks for.
    pub(crate) sessions: Vec<Session>,
    /// What came by mail for each, and what became of the connection if that ended or went on.
    pub(crate) received: Vec<(Output, Next)>,
}

impl Default for Bench {
    fn default() -> Self {
        Self::with(|_| {})
    }
}

impl Bench {
    /// A node whose settings are the usual ones but for what `change` does.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(Disk::new(), change)
    }

    /// As [`with`](Self::with), with its files on a disk that is there already.
    pub(crate) fn on(disk: Disk, change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(1, disk, change)
    }

    /// As [`on`](Self::on), with seats for more workers.
    pub(crate) fn of(workers: usize, disk: Disk, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        settings.protected.debug_command = config::ProtectedAction::Yes;
        change(&mut settings);
        let (clock, hands) = Clock::manual(START_MS * 1000);
        let (letterbox, host) = (Arc::<Letterbox>::default(), Arc::<QuietHost>::default());
        let node = Node::new(Parts {
            settings,
            workers,
            clock,
            hasher: KeyHasher::with_key([7; 16]),
            log: Arc::new(Log::off()),
            post: Arc::clone(&letterbox) as Arc<dyn Post>,
            journal: Journal::silent(),
            allocator: UNCOUNTED,
            host: Arc::clone(&host) as Arc<dyn Host>,
            files: Arc::new(disk),
        })
        .expect("a thread and random numbers");
        let state = WorkerState::new(&node, 0);
        let (sessions, received) = (Vec::new(), Vec::new());
        let mut bench = Self { node, hands, letterbox, host, state, sessions, received };
        bench.connect();
        bench
    }

    /// Another client connects from this machine. Its number among `sessions`.
    pub(crate) fn connect(&mut self) -> usize {
        let slot = self.sessions.len();
        let visitor = Visitor {
            address: format!("127.0.0.1:{}", 50_000 + slot),
            local: "127.0.0.1:6379".into(),
            is_unix: false,
            is_loopback: true,
            speaks: Version::Resp2,
            descriptor: 8 + slot as i32,
            at: Address { worker: 0, slot },
        };
        let mut turn = self.node.begin(&mut self.state);
        let session = turn.open(visitor, &mut Output::new()).expect("let in");
        turn.commit();
        self.sessions.push(session);
        self.received.push((Output::new(), Next::Hold));
        slot
    }

    /// Runs a request of words without blanks for the first client; the reply in RESP.
    pub(crate) fn run(&mut self, request: &str) -> String {
        self.run_as(0, request)
    }

    /// Runs a request of words without blanks for a client.
    pub(crate) fn run_as(&mut self, client: usize, request: &str) -> String {
        let words: Vec<&[u8]> = request.split_ascii_whitespace().map(str::as_bytes).collect();
        String::from_utf8_lossy(&self.send(client, &words).0).into_owned()
    }

    /// Runs a request for a client: the reply, and what becomes of the connection.
    pub(crate) fn send(&mut self, client: usize, words: &[&[u8]]) -> (Vec<u8>, Next) {
        let mut bytes = Vec::new();
        write_request(&mut bytes, words);
        self.send_bytes(client, &bytes)
    }

    /// Hands bytes from a client to the worker, as often as it asks for them again.
    pub(crate) fn send_bytes(&mut self, client: usize, bytes: &[u8]) -> (Vec<u8>, Next) {
        let mut output = Output::new();
        let (mut consumed, mut next) = (0, Next::Continue);
        let (mut rounds, deadline) = (0, Instant::now() + RETRY_MAX);
        while rounds < ROUNDS_MAX && Instant::now() < deadline {
            let mut turn = self.node.begin(&mut self.state);
            let session = &mut self.sessions[client];
            let progress = turn.on_bytes(session, &bytes[consumed..], &mut output);
            turn.commit();
            drop(turn);
            consumed += progress.consumed;
            next = progress.next;
            let again = matches!(next, Next::Continue | Next::Deliver | Next::Retry);
            if consumed == bytes.len() || !again {
                break;
            }
            if next == Next::Retry {
                thread::yield_now();
            } else {
                rounds += 1;
            }
            // As the loop does: mail that is there comes behind the replies so far.
            self.deliver();
            output.append(self.received[client].0.take());
        }
        (output.pieces().collect::<Vec<_>>().concat(), next)
    }

    /// All that a client was answered is sent.
    pub(crate) fn sent(&mut self, client: usize) {
        let mut turn = self.node.begin(&mut self.state);
        turn.commit();
        turn.note_pending(&self.sessions[client], 0);
    }

    /// Whether the dump file is there.
    pub(crate) fn dump_exists(&self) -> bool {
        let path = crate::snapshot::dump_file::dump_path(&self.node.settings());
        self.node.outside.files.len(&path).expect("no failure").is_some()
    }

    /// The newest client disconnects.
    pub(crate) fn leave(&mut self, client: usize) {
        assert_eq!(client + 1, self.sessions.len(), "the newest");
        if let Some(session) = self.sessions.pop() {
            let mut turn = self.node.begin(&mut self.state);
            turn.close(session);
            turn.commit();
        }
    }

    /// Leaves mail as a worker does.
    pub(crate) fn post(&mut self, to: Address, mail: Mail) {
        self.state.post(&self.node, to, mail);
    }

    /// Leaves mail for several sessions as a worker does.
    pub(crate) fn cast(&mut self, to: Recipients, cast: Cast) {
        self.state.cast(&self.node, 0, &to, cast);
    }

    /// Delivers all mail that was left, in order.
    pub(crate) fn deliver(&mut self) {
        let letters = std::mem::take(&mut *self.letterbox.letters.lock());
        let mut turn = self.node.begin(&mut self.state);
        for letter in letters {
            match letter {
                Letter::Mail(to, mail) => {
                    let (output, next) = &mut self.received[to.slot];
                    let session = self.sessions.get_mut(to.slot);
                    note(next, turn.on_mail(session, mail, output));
                }
                Letter::Cast(to, cast) => {
                    for &(slot, id) in to.iter() {
                        let (output, next) = &mut self.received[slot as usize];
                        let Some(session) = self.sessions.get_mut(slot as usize) else { continue };
                        note(next, turn.on_cast(session, id, &cast, output));
                    }
                }
            }
        }
        turn.commit();
    }

    /// Delivers the mail; what came for a client since this was last asked, with blanks for line
    /// breaks.
    pub(crate) fn received(&mut self, client: usize) -> String {
        self.deliver();
        let bytes = self.received[client].0.take().pieces().collect::<Vec<_>>().concat();
        String::from_utf8_lossy(&bytes).trim_end().replace("\r\n", " ")
    }

    /// Runs requests one after the other and compares the replies, with blanks for line breaks.
    pub(crate) fn check(&mut self, rows: &[(&str, &str)]) {
        for (request, expected) in rows {
            let reply = self.run(request).trim_end().replace("\r\n", " ");
            assert_eq!(reply, *expected, "{request}");
        }
    }

    /// Looks at a client as the worker does twice a second.
    pub(crate) fn watch(&mut self, client: usize) -> Next {
        let mut turn = self.node.begin(&mut self.state);
        let next = turn.on_watch(&mut self.sessions[client], 0, 0);
        turn.commit();
        next
    }

    /// Lets time pass and the worker do its own work.
    pub(crate) fn advance_ms(&mut self, ms: u64) {
        self.hands.advance(Duration::from_millis(ms));
        let mut turn = self.node.begin(&mut self.state);
        turn.tick();
        turn.commit();
    }
}

/// Remembers what mail did to a connection, if anything.
fn note(next: &mut Next, delivered: Delivered) {
    if delivered.next != Next::Hold {
        *next = delivered.next;
    }
}

#[test]
fn what_is_set_is_got_until_it_expires() {
    let mut bench = Bench::default();
    bench.check(&[("SET k v PX 100", "+OK"), ("GET k", "$1 v")]);
    bench.advance_ms(101);
    bench.check(&[("GET k", "$-1")]);
}
