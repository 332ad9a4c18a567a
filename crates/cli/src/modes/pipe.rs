//! --pipe: requests from standard input to the server as they are, replies counted.
//!
//! After the last request goes an ECHO of random bytes; its reply shows that all others have come.
//!
//! Must be true: sending and receiving go on together, else both sides could wait for the other.

use std::io::{Read, stdin};
use std::time::{Duration, Instant};

use protocol::{Value, write_request};
use rustix::event::PollFlags;

use super::byte_bar;
use crate::screen::say;
use crate::session::{Said, Session};
use crate::text::{lossy, system_text};

/// Most bytes sent before replies are looked at.
const TURN_MAX: usize = 128 * 1024;
/// Bytes read from standard input in one go.
const CHUNK: usize = 16 * 1024;

/// How a transfer stands.
struct Transfer {
    /// Read and not yet sent.
    pending: Vec<u8>,
    sent: usize,
    /// What the last ECHO holds, once it is on its way.
    mark: Option<[u8; 20]>,
    errors: u64,
    replies: u64,
    done: bool,
    last_reply: Instant,
    bar: indicatif::ProgressBar,
}

/// Sends standard input.
pub(super) fn transfer(session: &mut Session) -> Result<(), Said> {
    let mut transfer = Transfer {
        pending: Vec::new(),
        sent: 0,
        mark: None,
        errors: 0,
        replies: 0,
        done: false,
        last_reply: Instant::now(),
        bar: byte_bar(None),
    };
    let timeout = session.options.pipe_timeout;
    while !transfer.done {
        transfer.turn(session)?;
        let silent = transfer.last_reply.elapsed();
        if transfer.mark.is_some() && timeout > 0 && silent.as_secs() as i64 > timeout {
            eprintln!("No replies for {timeout} seconds: exiting.");
            transfer.errors += 1;
            break;
        }
    }
    transfer.bar.finish_and_clear();
    let Transfer { errors, replies, .. } = transfer;
    say(&format!("errors: {errors}, replies: {replies}\n"));
    if errors == 0 { Ok(()) } else { Err(Said) }
}

impl Transfer {
    /// Waits until the server reads or writes, then does both as far as it goes.
    fn turn(&mut self, session: &mut Session) -> Result<(), Said> {
        let connection = session.connected()?;
        let mut wanted = PollFlags::IN;
        if self.mark.is_none() || self.sent < self.pending.len() {
            wanted |= PollFlags::OUT;
        }
        let failed = |error| {
            eprintln!("Error reading replies from server: {error}");
            Said
        };
        let ready = connection.wait(wanted, Duration::from_secs(1)).map_err(failed)?;
        if ready.contains(PollFlags::IN) {
            let filled = connection.fill();
            // What came before the end still counts.
            while let Some(value) = connection.decoded().map_err(failed)? {
                self.count(&value);
            }
            if !self.done {
                filled.map_err(failed)?;
            }
        }
        if ready.contains(PollFlags::OUT) {
            let mut turn = 0;
            while turn < TURN_MAX {
                if self.sent == self.pending.len() {
                    if self.mark.is_some() {
                        break;
                    }
                    self.read_more()?;
                }
                let sent = connection.send_some(&self.pending[self.sent..]).map_err(|error| {
                    eprintln!("Error writing to the server: {error}");
                    Said
                })?;
                if sent == 0 {
                    break;
                }
                self.sent += sent;
                turn += sent;
                self.bar.inc(sent as u64);
            }
        }
        Ok(())
    }

    fn count(&mut self, value: &Value) {
        self.last_reply = Instant::now();
        match (value, &self.mark) {
            (Value::Error(text), _) => {
                self.bar.suspend(|| eprintln!("{}", lossy(text)));
                self.errors += 1;
            }
            (Value::Bulk(text), Some(mark)) if text == mark => {
                self.bar.suspend(|| say("Last reply received from server.\n"));
                self.done = true;
                return;
            }
            _ => {}
        }
        self.replies += 1;
    }

    /// Reads from standard input; at its end the ECHO follows.
    fn read_more(&mut self) -> Result<(), Said> {
        self.sent = 0;
        self.pending.resize(CHUNK, 0);
        let count = stdin().lock().read(&mut self.pending).map_err(|error| {
            eprintln!("Error reading from stdin: {}", system_text(&error));
            Said
        })?;
        self.pending.truncate(count);
        if count == 0 {
            let mut mark = [0; 20];
            mark.fill_with(|| fastrand::u8(..));
            // The line end closes whatever the input left open; servers skip an empty line.
            self.pending.extend_from_slice(b"\r\n");
            write_request(&mut self.pending, &[b"ECHO", &mark]);
            self.mark = Some(mark);
            self.bar.suspend(|| say("All data transferred. Waiting for the last reply...\n"));
        }
        Ok(())
    }
}
