//! The open increment: takes pending records from the stream, and appends them.
//!
//! Invariants
//! 1. The first `len` bytes of the file are whole records, and `written` is the stream offset
//!    behind them. What lies beyond is what a failed write has left: `torn` is set, and it is cut
//!    before anything else is written. Hence a reader finds whole records and at most one tear.
//! 2. What was taken from the stream and not written is in `outgoing`, in order.
//! 3. `retained` is empty, or holds the last bytes before `len`, as they are in the file.
//! 4. `durable_len` and `durable` only move after a sync that covered them and succeeded, with no
//!    failed one since the bytes were written.
//!
//! A failed sync. The kernel reports an error once and may then treat the lost pages as clean, so
//! syncing again proves nothing. If everything since the last good sync is still in `retained`, the
//! file is cut back to there and the bytes are written anew, which makes the pages dirty again: a
//! sync that succeeds after that is honest. `always` keeps the bytes for this; one batch, as no
//! reply has been released yet. The other policies do not (it would be all that a second brings),
//! so for them the failure lasts until there is a new base or the log is turned off.
//!
//! Locks: the caller holds the mutex around the writer, except while it syncs.
//! Not here: when to write and sync, and what to tell whom (`log.rs`, `syncer.rs`).

use std::io;
use std::sync::Arc;

use crate::aof::directory::Opened;
use crate::aof::files::File;
use crate::stream::Stream;

/// Whether bytes are kept until a sync has covered them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retain {
    UntilSynced,
    No,
}

pub(crate) struct Writer {
    file: Arc<dyn File>,
    len: u64,
    written: u64,
    durable_len: u64,
    durable: u64,
    outgoing: Vec<u8>,
    outgoing_end: u64,
    retained: Vec<u8>,
    torn: bool,
    lasting: bool,
}

/// A sync under way: what it will have covered.
pub(crate) struct Sync {
    file: Arc<dyn File>,
    len: u64,
    written: u64,
}

impl Sync {
    /// Waits for the disk. Not to be called with the writer's mutex held.
    pub(crate) fn run(&self) -> io::Result<()> {
        self.file.sync()
    }
}

/// Why writing stopped.
pub(crate) struct WriteFailure {
    pub(crate) error: io::Error,
    /// Bytes taken and bytes offered, if only some were taken.
    pub(crate) short: Option<(usize, usize)>,
}

impl Writer {
    /// A writer behind an opened increment; the stream stands at `offset`.
    pub(crate) fn new(opened: Opened, offset: u64) -> Writer {
        let Opened { file, len } = opened;
        Writer {
            file,
            len,
            written: offset,
            durable_len: len,
            durable: offset,
            outgoing: Vec::new(),
            outgoing_end: offset,
            retained: Vec::new(),
            torn: false,
            lasting: false,
        }
    }

    /// Stream offset up to which the file has everything.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Stream offset up to which the disk has everything.
    pub(crate) fn durable(&self) -> u64 {
        self.durable
    }

    /// Bytes of whole records in the file.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Whether a sync has failed in a way that cannot be made good.
    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// Appends what is pending to the file, at least up to the offset `until`.
    pub(crate) fn write(
        &mut self,
        stream: &Stream,
        until: u64,
        retain: Retain,
    ) -> Result<(), WriteFailure> {
        if self.torn {
            let cut = self.file.truncate(self.len);
            cut.map_err(|error| WriteFailure { error, short: None })?;
            self.torn = false;
        }
        while self.written < until {
            if self.outgoing.is_empty() {
                self.outgoing_end = stream.take(&mut self.outgoing);
            }
            self.write_outgoing(retain)?;
        }
        Ok(())
    }

    fn write_outgoing(&mut self, retain: Retain) -> Result<(), WriteFailure> {
        let mut count = 0;
        while count < self.outgoing.len() {
            let error = match self.file.append(&self.outgoing[count..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(more) => {
                    count += more;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.torn = count > 0 && self.file.truncate(self.len).is_err();
            let short = (count > 0).then_some((count, self.outgoing.len()));
            return Err(WriteFailure { error, short });
        }
        self.len += count as u64;
        self.written = self.outgoing_end;
        match retain {
            Retain::No => self.retained = Vec::new(),
            Retain::UntilSynced if self.retained.is_empty() => {
                std::mem::swap(&mut self.retained, &mut self.outgoing);
            }
            Retain::UntilSynced => self.retained.extend_from_slice(&self.outgoing),
        }
        self.outgoing.clear();
        Ok(())
    }

    /// What a sync would have to cover, if anything.
    pub(crate) fn begin_sync(&self) -> Option<Sync> {
        let due = self.len > self.durable_len && !self.lasting;
        due.then(|| Sync { file: self.file.clone(), len: self.len, written: self.written })
    }

    /// Notes how a sync went. After a failure, see [`is_lasting`](Self::is_lasting).
    pub(crate) fn end_sync(&mut self, sync: &Sync, outcome: &io::Result<()>) {
        if outcome.is_ok() {
            self.durable_len = sync.len;
            self.durable = sync.written;
            let newer = (self.len - sync.len) as usize;
            let covered = self.retained.len().saturating_sub(newer);
            self.retained.drain(..covered);
        } else if self.retained.len() as u64 == self.len - self.durable_len {
            self.roll_back();
        } else {
            self.lasting = true;
        }
    }

    /// Makes everything since the last good sync unwritten again.
    fn roll_back(&mut self) {
        if self.outgoing.is_empty() {
            self.outgoing_end = self.written;
        }
        self.retained.append(&mut self.outgoing);
        std::mem::swap(&mut self.retained, &mut self.outgoing);
        self.len = self.durable_len;
        self.written = self.durable;
        self.torn = true;
    }
}
