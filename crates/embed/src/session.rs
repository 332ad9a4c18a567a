//! A session: calls and batches, and what comes without being asked for.
//!
//! Requests go to the engine in the binary form, which is the cheapest to write and to read, and
//! so do its replies come back; beyond that a session is served as a connection is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Address, Next, Progress, Session as EngineSession, Visitor};
use protocol::binary::decode::{decode, write_request};
use protocol::{Output, Value, Version};
use thiserror::Error;

use crate::allocator::Counted;
use crate::database::Shared;
use crate::seats::Letter;

/// While something is taken: how often to try at once, and then how long to pause.
const RETRIES_AT_ONCE: u32 = 50;
const RETRY_PAUSE: Duration = Duration::from_millis(1);

/// While a request waits: how often time is looked at, besides when mail comes.
const WAIT: Duration = Duration::from_millis(20);

/// Memory for requests and replies that is kept from call to call, in bytes.
const KEPT_MAX: usize = 1 << 20;

/// Why a call has no reply.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CallError {
    /// The command was refused, or failed: its error, as a server would send it.
    #[error("{0}")]
    Refused(String),
    /// The reply is of another type than the call promises.
    #[error("the reply is of another type")]
    Unexpected,
    /// The database is closed, or the session has ended itself (QUIT).
    #[error("the database is closed")]
    Closed,
    /// There are as many sessions as the database was opened for.
    #[error("there are too many sessions")]
    TooManySessions,
}

/// A session on a database. Dropping it ends it.
pub struct Session {
    shared: Arc<Shared>,
    seat: usize,
    /// `None` once it has ended.
    engine: Option<EngineSession>,
    input: Vec<u8>,
    output: Output,
    replies: Vec<u8>,
    messages: VecDeque<Value>,
}

impl Session {
    pub(crate) fn begin(shared: &Arc<Shared>) -> Result<Self, CallError> {
        if shared.node.lifecycle.is_over() {
            return Err(CallError::Closed);
        }
        let seat = shared.seats.take().ok_or(CallError::TooManySessions)?;
        let counted = Counted::on(&shared.seats.allocated[seat]);
        shared.post.0[seat].clear();
        let visitor = Visitor {
            address: "127.0.0.1:0".to_owned(),
            local: "127.0.0.1:0".to_owned(),
            is_unix: false,
            is_loopback: true,
            speaks: Version::Binary3,
            descriptor: -1,
            at: Address { worker: seat, slot: 0 },
        };
        let mut session = Self {
            shared: Arc::clone(shared),
            seat,
            engine: None,
            input: Vec::new(),
            output: Output::new(),
            replies: Vec::new(),
            messages: VecDeque::new(),
        };
        let mut state = shared.seats.states[seat].lock();
        let mut turn = shared.node.begin(&mut state);
        session.engine = turn.open(visitor, &mut session.output);
        turn.commit();
        drop(turn);
        drop(state);
        session.output.clear();
        drop(counted);
        // If it was refused, dropping it gives the seat back.
        if session.engine.is_some() { Ok(session) } else { Err(CallError::TooManySessions) }
    }

    /// Carries out a command and returns its reply. An error reply is an error.
    ///
    /// # Errors
    /// [`CallError::Refused`], [`CallError::Closed`]
    pub fn call(&mut self, words: &[&[u8]]) -> Result<Value, CallError> {
        self.input.clear();
        self.input.shrink_to(KEPT_MAX);
        write_request(&mut self.input, words);
        self.run(1)?;
        let (value, _) = self.reply_at(0)?;
        match value {
            Value::Error(text) => {
                Err(CallError::Refused(String::from_utf8_lossy(&text).into_owned()))
            }
            value => Ok(value),
        }
    }

    /// Several commands to be carried out at once.
    pub fn batch(&mut self) -> Batch<'_> {
        self.input.clear();
        Batch { session: self, count: 0 }
    }

    /// GET: the value of a string, `None` if there is no such key.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, CallError> {
        match self.call(&[b"GET", key])? {
            Value::Bulk(value) => Ok(Some(value)),
            Value::Null => Ok(None),
            _ => Err(CallError::Unexpected),
        }
    }

    /// SET
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), CallError> {
        self.call(&[b"SET", key, value]).map(|_| ())
    }

    /// SET with an expiry, in whole milliseconds.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn set_for(&mut self, key: &[u8], value: &[u8], time: Duration) -> Result<(), CallError> {
        let milliseconds = time.as_millis().to_string();
        self.call(&[b"SET", key, value, b"PX", milliseconds.as_bytes()]).map(|_| ())
    }

    /// DEL: whether the key was there.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn delete(&mut self, key: &[u8]) -> Result<bool, CallError> {
        Ok(self.integer(&[b"DEL", key])? == 1)
    }

    /// EXISTS
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn exists(&mut self, key: &[u8]) -> Result<bool, CallError> {
        Ok(self.integer(&[b"EXISTS", key])? == 1)
    }

    /// INCRBY: the new value.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn incr_by(&mut self, key: &[u8], by: i64) -> Result<i64, CallError> {
        self.integer(&[b"INCRBY", key, by.to_string().as_bytes()])
    }

    /// A command whose reply is an integer.
    ///
    /// # Errors
    /// As [`Session::call`], and [`CallError::Unexpected`].
    pub fn integer(&mut self, words: &[&[u8]]) -> Result<i64, CallError> {
        match self.call(words)? {
            Value::Int(number) => Ok(number),
            _ => Err(CallError::Unexpected),
        }
    }

    /// The next message (of a channel, of a key that is tracked), if one comes in this time.
    /// Messages lie until they are asked for.
    ///
    /// # Errors
    /// [`CallError::Closed`]
    pub fn message(&mut self, at_most: Duration) -> Result<Option<Value>, CallError> {
        let end = Instant::now() + at_most;
        loop {
            self.receive()?;
            self.sort_out(0)?;
            if let Some(message) = self.messages.pop_front() {
                return Ok(Some(message));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.shared.post.0[self.seat].wait(left.min(WAIT));
        }
    }

    /// Takes what mail there is.
    fn receive(&mut self) -> Result<(), CallError> {
        let shared = Arc::clone(&self.shared);
        let _counted = Counted::on(&shared.seats.allocated[self.seat]);
        self.deliver()?;
        self.take_output();
        Ok(())
    }

    /// Carries out the requests in `input`, until there are so many replies in `replies`.
    fn run(&mut self, count: usize) -> Result<(), CallError> {
        self.carry_out()?;
        // The messages are for the program to free.
        self.sort_out(count)
    }

    /// Carries out the requests in `input`.
    fn carry_out(&mut self) -> Result<(), CallError> {
        let shared = Arc::clone(&self.shared);
        let _counted = Counted::on(&shared.seats.allocated[self.seat]);
        self.replies.clear();
        self.replies.shrink_to(KEPT_MAX);
        self.deliver()?;
        let mut consumed = 0;
        let mut attempts = 0;
        let mut release_at = 0;
        while consumed < self.input.len() {
            let progress = self.turn(consumed)?;
            consumed += progress.consumed;
            release_at = release_at.max(progress.release_at.unwrap_or(0));
            match progress.next {
                Next::Continue | Next::Incomplete(_) => attempts = 0,
                Next::Deliver => {
                    self.deliver()?;
                }
                Next::Retry => {
                    attempts += 1;
                    match attempts {
                        0..RETRIES_AT_ONCE => std::thread::yield_now(),
                        _ => std::thread::sleep(RETRY_PAUSE),
                    }
                }
                Next::Hold | Next::Park => self.wait_for_go()?,
                Next::Close | Next::Abort => {
                    self.end();
                    break;
                }
            }
        }
        self.take_output();
        self.wait_for_log(release_at)
    }

    /// One turn of the engine over the input from `from` on.
    fn turn(&mut self, from: usize) -> Result<Progress, CallError> {
        let Self { shared, engine, input, output, .. } = self;
        let session = engine.as_mut().ok_or(CallError::Closed)?;
        if shared.node.lifecycle.is_over() {
            return Err(CallError::Closed);
        }
        let mut state = shared.seats.states[self.seat].lock();
        let mut turn = shared.node.begin(&mut state);
        let progress = turn.on_bytes(session, &input[from..], output);
        turn.commit();
        Ok(progress)
    }

    /// Waits until mail says that the session goes on.
    fn wait_for_go(&mut self) -> Result<(), CallError> {
        while !self.deliver()? {
            self.shared.post.0[self.seat].wait(WAIT);
            let mut state = self.shared.seats.states[self.seat].lock();
            let mut turn = self.shared.node.begin(&mut state);
            turn.tick();
            turn.commit();
        }
        Ok(())
    }

    /// Takes the mail that is there; whether it says that the session goes on.
    fn deliver(&mut self) -> Result<bool, CallError> {
        let mut goes_on = false;
        let mut ends = false;
        let Self { shared, engine, output, .. } = self;
        let session = engine.as_mut().ok_or(CallError::Closed)?;
        if shared.node.lifecycle.is_over() {
            return Err(CallError::Closed);
        }
        while let Some(letter) = shared.post.0[self.seat].take() {
            let mut state = shared.seats.states[self.seat].lock();
            let mut turn = shared.node.begin(&mut state);
            let delivered = match letter {
                Letter::Mail(mail) => turn.on_mail(Some(session), mail, output),
                Letter::Cast(id, cast) => turn.on_cast(session, id, &cast, output),
            };
            turn.commit();
            goes_on |= delivered.next == Next::Continue;
            ends |= matches!(delivered.next, Next::Close | Next::Abort);
        }
        if ends {
            self.end();
            return Err(CallError::Closed);
        }
        Ok(goes_on)
    }

    /// Waits until the log has come so far.
    fn wait_for_log(&self, release_at: u64) -> Result<(), CallError> {
        while self.shared.node.log().released() < release_at {
            if self.shared.node.log().is_failed() || self.shared.node.lifecycle.is_over() {
                return Err(CallError::Closed);
            }
            let mut state = self.shared.seats.states[self.seat].lock();
            self.shared.node.begin(&mut state).commit();
            drop(state);
            if self.shared.node.log().released() < release_at {
                self.shared.post.0[self.seat].wait(RETRY_PAUSE);
            }
        }
        Ok(())
    }

    fn take_output(&mut self) {
        self.output.take_into(&mut self.replies);
    }

    /// Puts messages among the replies aside, and sees that the replies are so many.
    fn sort_out(&mut self, count: usize) -> Result<(), CallError> {
        const KIND_AT: usize = 4;
        let (mut at, mut replies) = (0, 0);
        while let Some(len) = self.len_at(at) {
            if self.replies.get(at + KIND_AT) == Some(&protocol::binary::kind::PUSH)
                && let Ok(Some((message, _))) = decode(&self.replies[at..])
            {
                if replies < count && is_confirmation(&message) {
                    replies += 1;
                    at += len;
                    continue;
                }
                self.messages.push_back(message);
                self.replies.drain(at..at + len);
                continue;
            }
            replies += 1;
            at += len;
        }
        if replies < count { Err(CallError::Closed) } else { Ok(()) }
    }

    fn len_at(&self, at: usize) -> Option<usize> {
        let word = self.replies.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*word) as usize + 4)
    }

    /// The reply at an offset, and where it ends.
    fn reply_at(&self, at: usize) -> Result<(Value, usize), CallError> {
        match decode(&self.replies[at..]) {
            Ok(Some((value, len))) => Ok((value, at + len)),
            _ => Err(CallError::Closed),
        }
    }

    fn end(&mut self) {
        if let Some(session) = self.engine.take() {
            let mut state = self.shared.seats.states[self.seat].lock();
            let mut turn = self.shared.node.begin(&mut state);
            turn.close(session);
            turn.commit();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let shared = Arc::clone(&self.shared);
        let counted = Counted::on(&shared.seats.allocated[self.seat]);
        self.end();
        // They grew in the course of calls.
        (self.replies, self.output) = (Vec::new(), Output::new());
        drop(counted);
        self.shared.seats.give_back(self.seat);
    }
}

/// Whether a push is what SUBSCRIBE and its like are answered.
fn is_confirmation(push: &Value) -> bool {
    let Value::Push(parts) = push else { return false };
    let Some(Value::Bulk(word)) = parts.first() else { return false };
    word.ends_with(b"subscribe")
}

/// Commands that are carried out together.
pub struct Batch<'s> {
    session: &'s mut Session,
    count: usize,
}

impl Batch<'_> {
    /// Adds a command.
    pub fn push(&mut self, words: &[&[u8]]) -> &mut Self {
        write_request(&mut self.session.input, words);
        self.count += 1;
        self
    }

    /// Carries the commands out and returns their replies, in order. Errors are among them.
    ///
    /// # Errors
    /// [`CallError::Closed`]
    pub fn run(&mut self) -> Result<Vec<Value>, CallError> {
        let count = self.send()?;
        let (mut at, mut values) = (0, Vec::with_capacity(count));
        for _ in 0..count {
            let (value, end) = self.session.reply_at(at)?;
            values.push(value);
            at = end;
        }
        Ok(values)
    }

    /// As [`Batch::run`], for commands whose replies are strings or nil: gives each to `take`,
    /// copying nothing.
    ///
    /// # Errors
    /// [`CallError::Closed`]; [`CallError::Unexpected`] for a reply of another type.
    pub fn run_strings(&mut self, mut take: impl FnMut(Option<&[u8]>)) -> Result<(), CallError> {
        use protocol::binary::kind::{NIL, STRING};
        /// Bytes before a string's: length, kind, length.
        const HEAD: usize = 9;
        let count = self.send()?;
        let mut rest = &self.session.replies[..];
        for _ in 0..count {
            let Some((len, _)) = rest.split_first_chunk() else { return Err(CallError::Closed) };
            let len = u32::from_le_bytes(*len) as usize + 4;
            let (reply, after) = rest.split_at_checked(len).ok_or(CallError::Closed)?;
            match reply.get(4) {
                Some(&STRING) => take(reply.get(HEAD..)),
                Some(&NIL) => take(None),
                _ => return Err(CallError::Unexpected),
            }
            rest = after;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<usize, CallError> {
        let count = std::mem::take(&mut self.count);
        self.session.run(count)?;
        self.session.input.clear();
        Ok(count)
    }
}
