//! The open increment: takes pending records from the stream, and appends them.
//!
//! Invariants
//! 1. The first `len` bytes of the file are whole records, and `written` is the stream offset
//!    behind them. What lies beyond is what a failed write has left: `torn` is set, and it is cut
//!    before anything else is written. Hence a reader finds whole records and at most one tear.
//! 2. What was taken from the stream and not written is in `outgoing`, in order.
//! 3. `retained` is empty, or holds the records in the last `retained_len` bytes before `len`.
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
//! Lines of annotation (`annotations.rs`) are put around records as they are written, and are in no
//! buffer: `outgoing` and `retained` are counted as the stream counts, `len` as the file does.
//!
//! Locks: the caller holds the mutex around the writer, except while it syncs.
//! Not here: when to write and sync, and what to tell whom (`log.rs`, `syncer.rs`).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;

use crate::aof::annotations::{Annotations, Moment};
use crate::aof::directory::Opened;
use crate::aof::files::{File, append_all};
use crate::log::{LogOptions, Timestamps};
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
    annotations: Annotations,
    durable_len: u64,
    durable: u64,
    durable_annotations: Annotations,
    outgoing: Vec<u8>,
    outgoing_end: u64,
    retained: Vec<u8>,
    retained_len: u64,
    torn: bool,
    lasting: bool,
    twin: Option<Twin>,
    style: Style,
}

/// How lines are put around records.
#[derive(Clone)]
pub(crate) struct Style {
    clock: Clock,
    batch_bytes: u64,
    timestamps: Timestamps,
}

impl Style {
    pub(crate) fn of(options: &LogOptions) -> Style {
        let LogOptions { batch_bytes, timestamps, .. } = *options;
        Style { clock: options.clock.clone(), batch_bytes, timestamps }
    }

    fn moment(&self) -> Moment {
        let is_wanted = self.timestamps == Timestamps::EverySecond;
        let stamp_s = is_wanted.then(|| self.clock.unix_ms() / 1000);
        Moment { monotonic_ns: self.clock.monotonic_ns(), stamp_s }
    }
}

/// The increment behind a base that is being written: it gets every record from the base's cut on,
/// beside the old increment, until a manifest names it and it takes the old one's place.
struct Twin {
    file: Arc<dyn File>,
    len: u64,
    /// Stream offset up to which it has everything from the cut on.
    offset: u64,
    annotations: Annotations,
    /// How much of these the disk has.
    durable_len: u64,
    durable: u64,
    durable_annotations: Annotations,
    /// From now on what the file has it must have too: the manifest may name it at any moment.
    counts: bool,
    /// As of the file.
    torn: bool,
    failure: Option<io::Error>,
}

/// A sync under way: what it will have covered.
pub(crate) struct Sync {
    file: Arc<dyn File>,
    twin: Option<TwinSync>,
    len: u64,
    written: u64,
    annotations: Annotations,
}

/// Likewise of the twin.
pub(crate) struct TwinSync {
    file: Arc<dyn File>,
    len: u64,
    offset: u64,
    annotations: Annotations,
}

impl TwinSync {
    /// Waits for the disk.
    pub(crate) fn run(&self) -> io::Result<()> {
        self.file.sync()
    }
}

impl Sync {
    /// Waits for the disk. Not to be called with the writer's mutex held.
    pub(crate) fn run(&self) -> io::Result<()> {
        self.file.sync()?;
        self.twin.as_ref().map_or(Ok(()), TwinSync::run)
    }
}

/// Why writing stopped.
pub(crate) struct WriteFailure {
    pub(crate) error: io::Error,
    /// Bytes taken and bytes offered, if only some were taken.
    pub(crate) short: Option<(usize, usize)>,
}

impl Twin {
    /// Everything since its last good sync is to be written again.
    fn roll_back(&mut self) {
        self.len = self.durable_len;
        self.offset = self.durable;
        self.annotations = self.durable_annotations.clone();
        self.torn = true;
    }

    fn begin_sync(&self) -> TwinSync {
        TwinSync {
            file: Arc::clone(&self.file),
            len: self.len,
            offset: self.offset,
            annotations: self.annotations.clone(),
        }
    }
}

impl Writer {
    /// A writer behind an opened increment; the stream stands at `offset`.
    pub(crate) fn new(opened: Opened, offset: u64, style: Style) -> Writer {
        let Opened { file, len } = opened;
        let annotations = Annotations::behind(len);
        Writer {
            file,
            len,
            written: offset,
            annotations: annotations.clone(),
            durable_len: len,
            durable: offset,
            durable_annotations: annotations,
            outgoing: Vec::new(),
            outgoing_end: offset,
            retained: Vec::new(),
            retained_len: 0,
            torn: false,
            lasting: false,
            twin: None,
            style,
        }
    }

    /// From now on times are noted, or not.
    pub(crate) fn set_timestamps(&mut self, timestamps: Timestamps) {
        self.style.timestamps = timestamps;
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
        self.cut_tear()?;
        while self.written < until {
            if self.outgoing.is_empty() {
                self.outgoing_end = stream.take(&mut self.outgoing);
            }
            self.write_outgoing(retain)?;
        }
        Ok(())
    }

    /// Writes the line that closes the open batch, if it has been open for so long.
    pub(crate) fn close_batch(&mut self, age: Duration) -> Result<(), WriteFailure> {
        if !self.annotations.is_open_for(age, self.style.clock.monotonic_ns()) {
            return Ok(());
        }
        self.cut_tear()?;
        let (line, after) = self.annotations.closed();
        let len = self.append(&line)?;
        // There are no records in it.
        self.retained_len += len;
        self.len += len;
        self.annotations = after;
        Ok(())
    }

    fn cut_tear(&mut self) -> Result<(), WriteFailure> {
        if self.torn {
            let cut = self.file.truncate(self.len);
            cut.map_err(|error| WriteFailure { error, short: None })?;
            self.torn = false;
        }
        if let Some(twin) = self.twin.as_mut().filter(|twin| twin.torn) {
            let cut = twin.file.truncate(twin.len);
            cut.map_err(|error| WriteFailure { error, short: None })?;
            twin.torn = false;
        }
        Ok(())
    }

    /// Appends all of the bytes, or none of them unless `torn` is set. Returns how many.
    fn append(&mut self, bytes: &[u8]) -> Result<u64, WriteFailure> {
        let mut count = 0;
        while count < bytes.len() {
            let error = match self.file.append(&bytes[count..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(more) => {
                    count += more;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.torn = count > 0 && self.file.truncate(self.len).is_err();
            let short = (count > 0).then_some((count, bytes.len()));
            return Err(WriteFailure { error, short });
        }
        Ok(count as u64)
    }

    fn write_outgoing(&mut self, retain: Retain) -> Result<(), WriteFailure> {
        let mut outgoing = std::mem::take(&mut self.outgoing);
        let moment = self.style.moment();
        let framed = self.annotations.frame(&mut outgoing, moment, self.style.batch_bytes);
        let appended = self.append(&outgoing);
        framed.strip(&mut outgoing);
        self.outgoing = outgoing;
        let len = appended?;
        if let Err(error) = self.write_twin(moment) {
            self.torn = self.file.truncate(self.len).is_err();
            return Err(WriteFailure { error, short: None });
        }
        self.len += len;
        self.written = self.outgoing_end;
        self.annotations = framed.after;
        match retain {
            Retain::No => {
                self.retained = Vec::new();
                self.retained_len = 0;
            }
            Retain::UntilSynced => {
                if self.retained.is_empty() {
                    std::mem::swap(&mut self.retained, &mut self.outgoing);
                } else {
                    self.retained.extend_from_slice(&self.outgoing);
                }
                self.retained_len += len;
            }
        }
        self.outgoing.clear();
        Ok(())
    }

    /// What the file has just got, for the twin: as much of it as lies behind its cut. Fails if
    /// the twin counts: then both have it or none.
    fn write_twin(&mut self, moment: Moment) -> io::Result<()> {
        let Some(twin) = self.twin.as_mut().filter(|twin| twin.failure.is_none()) else {
            return Ok(());
        };
        let start = self.outgoing_end - self.outgoing.len() as u64;
        let had = twin.offset.saturating_sub(start).min(self.outgoing.len() as u64);
        let mut news = self.outgoing[had as usize..].to_vec();
        if news.is_empty() {
            return Ok(());
        }
        let framed = twin.annotations.frame(&mut news, moment, self.style.batch_bytes);
        match append_all(twin.file.as_ref(), &news) {
            Ok(()) => {
                twin.len += news.len() as u64;
                twin.annotations = framed.after;
                twin.offset = twin.offset.max(self.outgoing_end);
            }
            Err(error) if twin.counts => {
                twin.torn = twin.file.truncate(twin.len).is_err();
                return Err(error);
            }
            Err(error) => twin.failure = Some(error),
        }
        Ok(())
    }

    /// From the stream's offset `cut` on, everything goes to this file as well.
    pub(crate) fn begin_twin(&mut self, opened: Opened, cut: u64) {
        let Opened { file, len, .. } = opened;
        let annotations = Annotations::behind(len);
        self.twin = Some(Twin {
            file,
            len,
            offset: cut,
            annotations: annotations.clone(),
            durable_len: len,
            durable: cut,
            durable_annotations: annotations,
            counts: false,
            torn: false,
            failure: None,
        });
    }

    /// From now on syncs cover the twin, of which all so far is brought to disk by the caller.
    pub(crate) fn count_twin(&mut self) -> io::Result<TwinSync> {
        let twin = self.twin.as_mut().ok_or_else(|| io::Error::other("the rewrite was ended"))?;
        match twin.failure.take() {
            Some(failure) => Err(failure),
            None => {
                twin.counts = true;
                Ok(twin.begin_sync())
            }
        }
    }

    /// The twin takes the file's place. No sync is under way. Returns what has gone wrong with it.
    pub(crate) fn become_twin(&mut self) -> Option<io::Error> {
        let twin = self.twin.take()?;
        // It may have what the file lost again by a failed sync.
        let had = twin.offset.saturating_sub(self.written).min(self.outgoing.len() as u64);
        self.outgoing.drain(..had as usize);
        self.written = self.written.max(twin.offset);
        // What was kept to be written again is of use if it is what the twin has behind its sync.
        let is_twins = twin.offset == self.written
            && self.durable <= twin.durable
            && self.retained.len() as u64 == twin.offset - twin.durable;
        if is_twins {
            self.retained_len = twin.len - twin.durable_len;
        } else {
            self.retained.clear();
            self.retained_len = 0;
        }
        self.file = twin.file;
        self.len = twin.len;
        self.annotations = twin.annotations;
        self.durable_len = twin.durable_len;
        self.durable_annotations = twin.durable_annotations;
        self.durable = self.durable.max(twin.durable);
        // Behind a failure nothing is known of what the disk has of it; and a hole must not grow.
        self.lasting = twin.failure.is_some();
        self.torn = twin.torn;
        twin.failure
    }

    /// The caller has brought the twin to disk.
    pub(crate) fn end_twin_sync(&mut self, sync: &TwinSync) {
        if let Some(twin) = &mut self.twin {
            if sync.len >= twin.durable_len {
                twin.durable_annotations = sync.annotations.clone();
            }
            twin.durable_len = twin.durable_len.max(sync.len);
            twin.durable = twin.durable.max(sync.offset);
        }
    }

    /// Nothing is promised any more until there is a new base.
    pub(crate) fn give_up_promises(&mut self) {
        self.lasting = true;
    }

    /// There will be no new base.
    pub(crate) fn drop_twin(&mut self) {
        self.twin = None;
    }

    /// What a sync would have to cover, if anything.
    pub(crate) fn begin_sync(&self) -> Option<Sync> {
        let due = self.len > self.durable_len && !self.lasting;
        let twin = self.twin.as_ref().filter(|twin| twin.counts && twin.failure.is_none());
        due.then(|| Sync {
            file: self.file.clone(),
            twin: twin.map(Twin::begin_sync),
            len: self.len,
            written: self.written,
            annotations: self.annotations.clone(),
        })
    }

    /// Notes how a sync went. After a failure, see [`is_lasting`](Self::is_lasting).
    pub(crate) fn end_sync(&mut self, sync: &Sync, outcome: &io::Result<()>) {
        if outcome.is_ok() {
            self.durable_len = sync.len;
            self.durable = sync.written;
            self.durable_annotations = sync.annotations.clone();
            let newer = (self.written - sync.written) as usize;
            let covered = self.retained.len().saturating_sub(newer);
            self.retained.drain(..covered);
            self.retained_len = self.retained_len.min(self.len - sync.len);
            if let Some(sync) = &sync.twin {
                self.end_twin_sync(sync);
            }
            return;
        }
        let twin = self.twin.as_mut().filter(|_| sync.twin.is_some());
        if self.retained_len == self.len - self.durable_len {
            if let Some(twin) = twin {
                twin.roll_back();
            }
            self.roll_back();
        } else {
            if let Some(twin) = twin {
                let failure = || io::Error::other("a sync has failed meanwhile");
                twin.failure.get_or_insert_with(failure);
            }
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
        self.retained_len = 0;
        self.len = self.durable_len;
        self.written = self.durable;
        self.annotations = self.durable_annotations.clone();
        self.torn = true;
    }
}
