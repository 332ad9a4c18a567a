//! Replies without an end: MONITOR, subscriptions, and what a replica is sent.

use protocol::Value;

use crate::connection::Broken;
use crate::options::Output;
use crate::screen::say;
use crate::session::{Last, Manner, Said, Session};
use crate::text::{leading_integer, lossy};
use crate::trace;

/// Length of the mark at the end of a dump of unknown length.
const MARK_LEN: usize = 40;

impl Session {
    /// Prints what other clients do, until Ctrl-C.
    pub(super) fn monitor(&mut self, verbatim: bool) -> Result<(), Said> {
        loop {
            match self.read()? {
                Some(value @ Value::Push(_)) => self.show_push(&value),
                Some(value) => self.show(&value, verbatim),
                None => return Ok(()),
            }
            if self.last == Last::Error {
                return Ok(());
            }
        }
    }

    /// Prints messages, until Ctrl-C.
    pub(super) fn receive_messages(&mut self, verbatim: bool) -> Result<(), Said> {
        if self.options.output != Output::Raw {
            say("Reading messages... (press Ctrl-C to quit)\n");
        }
        loop {
            let Some(value) = self.read()? else { return Ok(()) };
            self.show(&value, verbatim);
            if self.last == Last::Error {
                return Ok(());
            }
        }
    }

    /// Prints the ways of other clients' requests, a line each, until Ctrl-C.
    pub(super) fn watch_traces(&mut self) -> Result<(), Said> {
        loop {
            match self.read()? {
                Some(Value::Push(parts)) if self.options.output == Output::Standard => {
                    say(&trace::line(parts.last().unwrap_or(&Value::Null)));
                }
                Some(value) => self.show(&value, false),
                None => return Ok(()),
            }
            if self.last == Last::Error {
                return Ok(());
            }
        }
    }

    /// Sends SYNC, skips the dump, and prints the stream of changes as CSV.
    pub(crate) fn follow(&mut self) -> Result<(), Said> {
        let length = self.begin_sync()?;
        let mut discard = |_: &[u8]| Ok(());
        match &length {
            DumpLength::Marked(_) => {
                eprintln!("SYNC with master, discarding bytes of bulk transfer until EOF marker...")
            }
            DumpLength::Known(n) => {
                eprintln!("SYNC with master, discarding {n} bytes of bulk transfer...");
            }
        }
        let received = self.receive_dump(&length, &mut discard)?;
        if matches!(length, DumpLength::Marked(_)) {
            eprintln!("SYNC done after {received} bytes. Logging commands from master.");
            self.replconf(b"ACK", b"0", Answer::None)?;
        } else {
            eprintln!("SYNC done. Logging commands from master.");
        }
        let output = std::mem::replace(&mut self.options.output, Output::Csv);
        let manner = std::mem::replace(&mut self.manner, Manner::OneCommand);
        while let Some(value) = self.read()? {
            self.show(&value, false);
        }
        (self.options.output, self.manner) = (output, manner);
        Ok(())
    }

    /// Announces something about us as a replica; whether the server took it.
    pub(crate) fn replconf(
        &mut self,
        name: &[u8],
        value: &[u8],
        answer: Answer,
    ) -> Result<bool, Said> {
        eprintln!("sending REPLCONF {} {}", lossy(name), lossy(value));
        let connection = self.connected()?;
        if answer == Answer::None {
            return Ok(connection.request(&[b"REPLCONF", name, value]).is_ok());
        }
        match connection.call(&[b"REPLCONF", name, value]) {
            Ok(Value::Error(text)) => {
                eprintln!("REPLCONF {} error: {}", lossy(name), lossy(&text));
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(_) => {
                eprintln!("\nI/O error");
                Err(Said)
            }
        }
    }

    /// Sends SYNC; what the server says about the dump that follows.
    pub(crate) fn begin_sync(&mut self) -> Result<DumpLength, Said> {
        let failed = |what: &str| {
            eprintln!("{what}");
            Said
        };
        let connection = self.connected()?;
        connection.send(b"SYNC\r\n").map_err(|_| failed("Error writing to master"))?;
        let mut line = Vec::new();
        loop {
            let byte = connection.raw(1).map_err(|error| {
                failed(&format!("Error reading bulk length while SYNCing: {error}"))
            })?;
            match byte.as_slice() {
                // The server sends line ends while it prepares the dump.
                b"\n" if line.is_empty() => {}
                b"\n" => break,
                byte => line.extend_from_slice(byte),
            }
        }
        let line = line.trim_ascii_end();
        match line {
            [b'-', ..] => Err(failed(&format!("SYNC with master failed: {}", lossy(line)))),
            [b'$', b'E', b'O', b'F', b':', mark @ ..] if mark.len() >= MARK_LEN => {
                Ok(DumpLength::Marked(mark[..MARK_LEN].to_vec()))
            }
            [b'$', length @ ..] => Ok(DumpLength::Known(leading_integer(length) as u64)),
            _ => Err(failed("The server's answer to SYNC is no dump")),
        }
    }

    /// Hands the bytes of a dump to `sink`, without the mark; returns their number.
    pub(crate) fn receive_dump(
        &mut self,
        length: &DumpLength,
        sink: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<u64, Said> {
        let mut received = 0;
        // The last bytes may be the mark: they are held back until more follows.
        let mut held = Vec::new();
        loop {
            let left = match length {
                DumpLength::Known(n) if received == *n => return Ok(received),
                DumpLength::Known(n) => (*n - received).min(64 * 1024) as usize,
                DumpLength::Marked(_) => 64 * 1024,
            };
            let bytes = self.connected()?.raw(left).map_err(|error| {
                match error {
                    Broken::Stopped => eprintln!("interrupted"),
                    _ => eprintln!("I/O Error reading RDB payload from socket"),
                }
                Said
            })?;
            held.extend_from_slice(&bytes);
            let keep = match length {
                DumpLength::Known(_) => 0,
                DumpLength::Marked(mark) if held.ends_with(mark) => MARK_LEN,
                DumpLength::Marked(_) => held.len().min(MARK_LEN),
            };
            let end = held.len() - keep;
            sink(&held[..end]).map_err(|error| {
                eprintln!("Error writing data to file: {error}");
                Said
            })?;
            received += end as u64;
            held.drain(..end);
            if let DumpLength::Marked(mark) = length
                && held == *mark
            {
                return Ok(received);
            }
        }
    }
}

/// How a server announces the length of a dump.
#[derive(Debug)]
pub(crate) enum DumpLength {
    Known(u64),
    /// Unknown; this ends it.
    Marked(Vec<u8>),
}

/// Whether REPLCONF is answered: ACK is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Wanted,
    None,
}
