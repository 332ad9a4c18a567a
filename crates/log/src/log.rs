//! The log as workers see it: append, commit, and whether all is well.
//!
//! A worker appends while it holds the stripes, and commits once per turn of its event loop, before
//! replies go out. Replies may go out whose records lie below the offset that commit returns, or
//! [`Log::released`] later. What this means depends on the policy:
//!
//! | policy | released when | survives |
//! |---|---|---|
//! | `always` | synced | a power cut |
//! | `everysec` | written | the end of the process; a power cut but for about a second |
//! | `no` | written | the end of the process; otherwise what the system chose to write |
//!
//! A failure to write or sync does not lose what is pending: it stays in order, the syncer tries
//! again, and [`Status`] says so meanwhile, that the engine may refuse writes. Whether a failure
//! lasts is explained in `aof/writer.rs`.
//!
//! Locks: `manifest_turn`, `sync_turn`, `writer`, then the stream's mutex; `status` and the bell
//! are innermost. Only the first two are held during a sync, and none but them while a hook runs.
//! Not here: refusing writes, holding replies back, waking event loops; that is the engine's.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use base::clock::Clock;
use parking_lot::Mutex;

use crate::aof::annotations::BATCH_AGE;
use crate::aof::directory::{self, BaseFormat, History, Layout, OpenError};
use crate::aof::files::{Files, reason};
use crate::aof::syncer::{self, Bell};
use crate::aof::writer::{Retain, Style, WriteFailure, Writer};
use crate::record::Group;
use crate::stream::Stream;
use crate::{Level, Notices};

/// Up to here a worker may wait for a sync itself: what housekeeping may cost a client.
const INLINE_SYNC_MAX: Duration = Duration::from_millis(1);

/// When records are brought to disk (`appendfsync`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Policy {
    /// Before the reply.
    Always,
    /// Once a second.
    #[default]
    EverySecond,
    /// When the system likes.
    No,
}

/// Whether records reach the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// They do, or there is no file.
    Working,
    /// They do not; they are kept, and retried unless `lasting`.
    Failed {
        /// What the system said, such as "No space left on device".
        error: String,
        /// Whether only a new base, or turning the log off, can help.
        lasting: bool,
    },
}

/// What the log calls.
#[derive(Clone)]
pub struct Hooks {
    /// Takes notices.
    pub notices: Notices,
    /// Called when [`Log::released`] has moved by other means than a commit: wakes the workers that
    /// hold replies back. From the log's own thread.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Hooks {
    /// Hooks that do nothing.
    pub fn none() -> Hooks {
        Hooks { notices: Arc::new(|_, _| ()), wake: Arc::new(|| ()) }
    }
}

/// Who does what is due without a worker asking: syncing, and trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upkeep {
    /// A thread of the log's own.
    #[default]
    Thread,
    /// Whoever calls [`Log::upkeep`]; for tests and simulations.
    Caller,
}

/// Whether the file says when records were written (`aof-timestamp-enabled`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timestamps {
    /// It does not.
    #[default]
    None,
    /// Once in each second in which something was written.
    EverySecond,
}

/// How a log is opened.
pub struct LogOptions {
    /// Where the files are.
    pub layout: Layout,
    /// When they are synced.
    pub policy: Policy,
    /// What an empty base looks like.
    pub base_format: BaseFormat,
    /// What becomes of files that a newer base replaces.
    pub history: History,
    /// Who syncs.
    pub upkeep: Upkeep,
    /// Whether times are noted in the file.
    pub timestamps: Timestamps,
    /// Bytes of records that share a checksum, but for the last ones (`annotations::BATCH_BYTES`).
    pub batch_bytes: u64,
    /// Where the times come from.
    pub clock: Clock,
    /// The file system.
    pub files: Arc<dyn Files>,
}

/// The one ordered log.
pub struct Log {
    pub(crate) shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

pub(crate) struct Shared {
    pub(crate) stream: Stream,
    pub(crate) bell: Bell,
    pub(crate) writer: Mutex<Option<Writer>>,
    /// Held while somebody writes and syncs outside of a commit, so that syncs do not overlap.
    pub(crate) sync_turn: Mutex<()>,
    /// Held while the manifest is exchanged.
    pub(crate) manifest_turn: Mutex<()>,
    pub(crate) keeps_history: AtomicBool,
    pub(crate) policy: AtomicU8,
    pub(crate) written: AtomicU64,
    pub(crate) durable: AtomicU64,
    /// Records that the last good sync has covered at least.
    durable_records: AtomicU64,
    /// How long syncs take lately.
    sync_ns: AtomicU64,
    pub(crate) file_len: AtomicU64,
    /// Bytes in the base and the older increments.
    pub(crate) other_len: AtomicU64,
    failed: AtomicBool,
    status: Mutex<Status>,
    pub(crate) hooks: Hooks,
}

impl Log {
    /// A log that takes nothing (`appendonly no`), nor ever will.
    pub fn off() -> Log {
        Log::new(Hooks::none())
    }

    /// A log that takes nothing until [`start`](Self::start).
    pub fn new(hooks: Hooks) -> Log {
        let shared = Arc::new(Shared::new(Policy::default(), hooks));
        Log { shared, thread: Mutex::new(None) }
    }

    /// A log that is started at once.
    pub fn open(options: &LogOptions, hooks: Hooks) -> Result<Log, OpenError> {
        let log = Log::new(hooks);
        log.start(options)?;
        Ok(log)
    }

    /// Opens the directory for appending, creating what is missing. [`load`](crate::load) comes
    /// first: it adopts an old file and cuts a torn tail. A log is started once.
    pub fn start(&self, options: &LogOptions) -> Result<(), OpenError> {
        let shared = &self.shared;
        let files = options.files.as_ref();
        let opened = directory::open(options, &shared.hooks.notices)?;
        self.set_history(options.history);
        shared.policy.store(options.policy as u8, Ordering::SeqCst);
        shared.file_len.store(opened.len, Ordering::Relaxed);
        let total = total_len(files, &options.layout);
        shared.other_len.store(total.saturating_sub(opened.len), Ordering::Relaxed);
        *shared.writer.lock() = Some(Writer::new(opened, shared.stream.end(), Style::of(options)));
        shared.stream.turn_on();
        self.spawn_syncer(options)
    }

    /// Starts the thread that syncs, if there is to be one and there is none.
    pub(crate) fn spawn_syncer(&self, options: &LogOptions) -> Result<(), OpenError> {
        let mut thread = self.thread.lock();
        if options.upkeep == Upkeep::Thread && thread.is_none() {
            let shared = self.shared.clone();
            let name = "log-syncer".to_owned();
            let spawned = thread::Builder::new().name(name).spawn(move || syncer::run(&shared));
            *thread = Some(spawned.map_err(|cause| OpenError::Io {
                doing: "start the syncer of",
                path: options.layout.dir(),
                cause,
            })?);
        }
        Ok(())
    }

    /// Whether records are wanted, by the file or by replicas. If not nothing needs to be encoded.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.shared.stream.is_on()
    }

    /// Whether records go to a file.
    #[inline]
    pub fn has_file(&self) -> bool {
        self.shared.stream.has_file()
    }

    /// Whether records go to replicas.
    #[inline]
    pub fn feeds(&self) -> bool {
        self.shared.stream.feeds()
    }

    /// From now on records go to replicas too, beginning with one that names its database. Returns
    /// the feed's end: what a snapshot taken now does not hold comes behind it. The caller is
    /// alone.
    pub fn begin_feed(&self) -> u64 {
        self.shared.stream.begin_feed()
    }

    /// No more records go to replicas.
    pub fn end_feed(&self) {
        self.shared.stream.end_feed();
    }

    /// Bytes fed to replicas since the process started.
    #[inline]
    pub fn feed_end(&self) -> u64 {
        self.shared.stream.feed_end()
    }

    /// Appends a finished record for replicas only, which may belong to a database.
    pub fn append_to_feed(&self, database: Option<u32>, record: &[u8]) {
        self.shared.stream.append_to_feed(database, record);
    }

    /// Exchanges what was fed and not taken for an empty buffer. Returns the offset behind it.
    pub fn take_feed(&self, buffer: &mut Vec<u8>) -> u64 {
        self.shared.stream.take_feed(buffer)
    }

    /// Appends a finished record, one RESP multibulk request that belongs to `database`, and
    /// returns the offset behind it. The caller holds the stripes of the keys concerned.
    #[inline]
    pub fn append(&self, database: u32, record: &[u8]) -> u64 {
        self.shared.stream.append(database, record)
    }

    /// Appends records that happened at once, wrapped in MULTI and EXEC if there are several. They
    /// are loaded all or none. The caller holds the stripes of all the keys concerned.
    pub fn append_group(&self, group: &Group) -> u64 {
        self.shared.stream.append_group(group)
    }

    /// Brings what was appended on its way, and returns the offset up to which replies may go out.
    ///
    /// Writes with one system call, unless another worker has just done so, or the policy is
    /// `always`: then the syncer does it, and wakes the workers afterwards.
    #[inline]
    pub fn commit(&self) -> u64 {
        let shared = &*self.shared;
        if !self.has_file() {
            return u64::MAX;
        }
        let end = shared.stream.end();
        if shared.policy() == Policy::Always {
            if shared.durable.load(Ordering::Acquire) < end {
                shared.bell.ring_for(shared.stream.records());
            }
        } else if shared.written.load(Ordering::Acquire) < end && !shared.is_failed() {
            shared.write_committed(end);
        }
        self.released()
    }

    /// As [`commit`](Self::commit), for a worker whose turn served a single client: under `always`
    /// it may sync in the calling thread, which spares that client two changes of threads.
    ///
    /// It does so only if one record is pending, nobody is syncing, and syncs are known to take
    /// less than `INLINE_SYNC_MAX` here, as other clients of the worker wait meanwhile.
    pub fn commit_alone(&self) -> u64 {
        let shared = &*self.shared;
        let pending = shared.stream.records().wrapping_sub(shared.durable_records());
        let inline = self.has_file()
            && shared.policy() == Policy::Always
            && pending == 1
            && !shared.is_failed()
            && shared.sync_ns.load(Ordering::Relaxed) < INLINE_SYNC_MAX.as_nanos() as u64;
        if inline && let Some(turn) = shared.sync_turn.try_lock() {
            let end = shared.stream.end();
            let healthy = shared.write_and_sync(Policy::Always);
            drop(turn);
            if healthy && shared.durable.load(Ordering::Acquire) > end {
                // Records of other workers came in between.
                (shared.hooks.wake)();
            }
        }
        self.commit()
    }

    /// Offset up to which replies may go out under the present policy; all of them if the log is
    /// off. (After a change of policy it may be lower than before.)
    #[inline]
    pub fn released(&self) -> u64 {
        let shared = &*self.shared;
        match shared.policy() {
            _ if !self.has_file() => u64::MAX,
            Policy::Always => shared.durable.load(Ordering::Acquire),

            Policy::EverySecond | Policy::No => shared.written.load(Ordering::Acquire),
        }
    }

    /// Offset behind the last record.
    #[inline]
    pub fn end(&self) -> u64 {
        self.shared.stream.end()
    }

    /// Offset up to which a sync has succeeded.
    #[inline]
    pub fn durable(&self) -> u64 {
        self.shared.durable.load(Ordering::Acquire)
    }

    /// Bytes appended but not written; the engine slows or refuses writers above a limit.
    #[inline]
    pub fn pending_bytes(&self) -> u64 {
        let written = self.shared.written.load(Ordering::Acquire);
        if self.has_file() { self.shared.stream.end().saturating_sub(written) } else { 0 }
    }

    /// Bytes in the increment that is appended to.
    pub fn file_bytes(&self) -> u64 {
        self.shared.file_len.load(Ordering::Relaxed)
    }

    /// Bytes in all files that count: the base and all increments.
    pub fn total_bytes(&self) -> u64 {
        self.file_bytes() + self.shared.other_len.load(Ordering::Relaxed)
    }

    /// Bytes in the base and the older increments.
    pub fn other_bytes(&self) -> u64 {
        self.shared.other_len.load(Ordering::Relaxed)
    }

    /// Whether [`status`](Self::status) is a failure; one relaxed load.
    #[inline]
    pub fn is_failed(&self) -> bool {
        self.shared.is_failed()
    }

    /// Whether records reach the file.
    pub fn status(&self) -> Status {
        self.shared.status.lock().clone()
    }

    /// The policy in force.
    pub fn policy(&self) -> Policy {
        self.shared.policy()
    }

    /// Changes the policy. Replies held back are looked at again.
    pub fn set_policy(&self, policy: Policy) {
        let shared = &*self.shared;
        shared.policy.store(policy as u8, Ordering::SeqCst);
        if policy != Policy::Always && self.has_file() {
            // What the syncer was to write has no other writer from now on. After the store: who
            // appends later sees the new policy and writes by itself.
            shared.write_committed(shared.stream.end());
        }
        shared.bell.ring();
        (shared.hooks.wake)();
    }

    /// Changes whether times are noted in the file.
    pub fn set_timestamps(&self, timestamps: Timestamps) {
        if let Some(writer) = self.shared.writer.lock().as_mut() {
            writer.set_timestamps(timestamps);
        }
    }

    /// Stops logging (`appendonly no`): writes and syncs what is pending, closes the file and
    /// releases all replies, also if that failed. The files stay.
    pub fn turn_off(&self) -> io::Result<()> {
        let shared = &*self.shared;
        shared.stream.turn_off();
        let outcome = shared.finish();
        shared.clear_failure();
        shared.bell.ring();
        (shared.hooks.wake)();
        outcome
    }

    /// What the log's own thread would do now; for [`Upkeep::Caller`].
    pub fn upkeep(&self) {
        self.shared.upkeep();
    }

    /// Writes and syncs everything and closes the file.
    pub fn close(&self) -> io::Result<()> {
        self.end_thread();
        self.shared.finish()
    }

    fn end_thread(&self) {
        self.shared.bell.close();
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            // It fails only if the thread panicked, which has been reported by then.
            let _ = thread.join();
        }
    }
}

/// Bytes of the files that the manifest names; a file that cannot be looked at counts for nothing.
fn total_len(files: &dyn Files, layout: &Layout) -> u64 {
    let manifest = layout.read_manifest(files).unwrap_or_default();
    let len = |part| files.len(&layout.part(part)).ok().flatten().unwrap_or(0);
    manifest.parts().map(len).sum()
}

impl Drop for Log {
    fn drop(&mut self) {
        self.end_thread();
        // Whoever wants to know calls `close`.
        let _ = self.shared.finish();
    }
}

impl Shared {
    fn new(policy: Policy, hooks: Hooks) -> Shared {
        Shared {
            stream: Stream::new(),
            bell: Bell::new(),
            writer: Mutex::new(None),
            sync_turn: Mutex::new(()),
            manifest_turn: Mutex::new(()),
            keeps_history: AtomicBool::new(false),
            policy: AtomicU8::new(policy as u8),
            written: AtomicU64::new(0),
            durable: AtomicU64::new(0),
            durable_records: AtomicU64::new(0),
            sync_ns: AtomicU64::new(0),
            file_len: AtomicU64::new(0),
            other_len: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            status: Mutex::new(Status::Working),
            hooks,
        }
    }

    #[inline]
    pub(crate) fn policy(&self) -> Policy {
        match self.policy.load(Ordering::Relaxed) {
            0 => Policy::Always,
            1 => Policy::EverySecond,
            _ => Policy::No,
        }
    }

    #[inline]
    pub(crate) fn is_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Whether something was appended that no sync has covered.
    pub(crate) fn has_undurable(&self) -> bool {
        self.stream.has_file() && self.stream.end() > self.durable.load(Ordering::Acquire)
    }

    /// Writes up to `end` unless somebody has done so meanwhile.
    #[cold]
    fn write_committed(&self, end: u64) {
        let mut guard = self.writer.lock();
        let Some(writer) = guard.as_mut() else { return };
        if writer.written() >= end || self.is_failed() {
            return;
        }
        let outcome = writer.write(&self.stream, end, Retain::No);
        self.publish(writer);
        drop(guard);
        if let Err(failure) = outcome {
            self.fail_write(&failure);
            self.bell.ring();
        }
    }

    /// Does what is due: under `always` writes and syncs, under `everysec` syncs, and after a
    /// failure tries again.
    pub(crate) fn upkeep(&self) {
        let (policy, failed) = (self.policy(), self.is_failed());
        let turn = self.sync_turn.lock();
        let healthy = match policy {
            Policy::No if !failed => self.close_batch(BATCH_AGE),
            Policy::EverySecond if !failed => self.close_batch(BATCH_AGE) && self.sync(),
            _ => self.write_and_sync(policy),
        };
        drop(turn);
        if !healthy {
            return;
        }
        if failed && !self.is_lasting() {
            self.clear_failure();
            let text = "AOF write error looks solved, writes are accepted again.";
            (self.hooks.notices)(Level::Notice, text);
        }
        if failed || policy == Policy::Always {
            (self.hooks.wake)();
        }
    }

    /// Whether only a new base can help.
    pub(crate) fn is_lasting(&self) -> bool {
        self.writer.lock().as_ref().is_some_and(Writer::is_lasting)
    }

    /// The caller holds `sync_turn`. Returns whether all went well.
    pub(crate) fn write_and_sync(&self, policy: Policy) -> bool {
        // Counted before they are taken: each of them is covered.
        let records = self.stream.records();
        let healthy = self.write_all(policy) && self.close_batch(BATCH_AGE) && self.sync();
        if healthy {
            self.durable_records.store(records, Ordering::Relaxed);
        }
        healthy
    }

    fn write_all(&self, policy: Policy) -> bool {
        let retain = if policy == Policy::Always { Retain::UntilSynced } else { Retain::No };
        let mut guard = self.writer.lock();
        let Some(writer) = guard.as_mut() else { return true };
        let outcome = writer.write(&self.stream, self.stream.end(), retain);
        self.publish(writer);
        drop(guard);
        outcome.inspect_err(|failure| self.fail_write(failure)).is_ok()
    }

    /// Gives the last records their checksum, if they have waited for so long.
    fn close_batch(&self, age: Duration) -> bool {
        let mut guard = self.writer.lock();
        let Some(writer) = guard.as_mut() else { return true };
        let outcome = writer.close_batch(age);
        self.publish(writer);
        drop(guard);
        outcome.inspect_err(|failure| self.fail_write(failure)).is_ok()
    }

    fn sync(&self) -> bool {
        let begun = self.writer.lock().as_ref().and_then(Writer::begin_sync);
        let Some(sync) = begun else { return true };
        let clock = Instant::now();
        let outcome = sync.run();
        self.note_sync_time(clock.elapsed());
        let mut guard = self.writer.lock();
        let Some(writer) = guard.as_mut() else { return true };
        writer.end_sync(&sync, &outcome);
        self.publish(writer);
        let lasting = writer.is_lasting();
        drop(guard);
        outcome.inspect_err(|error| self.fail_sync(error, lasting)).is_ok()
    }

    /// Writes and syncs everything, and lets go of the file.
    fn finish(&self) -> io::Result<()> {
        let _turn = self.sync_turn.lock();
        let Some(mut writer) = self.writer.lock().take() else { return Ok(()) };
        let written = writer.write(&self.stream, self.stream.end(), Retain::No);
        if written.is_ok() {
            // Records are whole without their checksum, which the next start makes up for.
            let _ = writer.close_batch(Duration::ZERO);
        }
        self.publish(&writer);
        written.map_err(|failure| failure.error)?;
        if writer.is_lasting() {
            return Err(io::Error::other("an earlier sync of the append-only file has failed"));
        }
        if let Some(sync) = writer.begin_sync() {
            let outcome = sync.run();
            writer.end_sync(&sync, &outcome);
            self.publish(&writer);
            outcome?;
        }
        Ok(())
    }

    /// Keeps a running mean. A slow sync weighs no more than twice the mean, or one hiccup of the
    /// disk would count for long.
    fn note_sync_time(&self, took: Duration) {
        let (took, mean) = (took.as_nanos() as u64, self.sync_ns.load(Ordering::Relaxed));
        let mean = if mean == 0 { took } else { (mean * 3 + took.min(mean * 2)) / 4 };
        self.sync_ns.store(mean, Ordering::Relaxed);
    }

    pub(crate) fn sync_time(&self) -> Duration {
        Duration::from_nanos(self.sync_ns.load(Ordering::Relaxed))
    }

    fn durable_records(&self) -> u64 {
        self.durable_records.load(Ordering::Relaxed)
    }

    pub(crate) fn publish(&self, writer: &Writer) {
        self.written.store(writer.written(), Ordering::Release);
        self.durable.store(writer.durable(), Ordering::Release);
        self.file_len.store(writer.len(), Ordering::Relaxed);
    }

    fn fail_write(&self, failure: &WriteFailure) {
        let text = match failure.short {
            Some((taken, offered)) => format!(
                "Short write while writing to the AOF file: (nwritten={taken}, expected={offered})"
            ),
            None => format!("Error writing to the AOF file: {}", reason(&failure.error)),
        };
        self.fail(text, &failure.error, false);
    }

    fn fail_sync(&self, error: &io::Error, lasting: bool) {
        let outlook = if lasting {
            "What was written since the last sync may be lost on a power cut; writes are refused \
             until the log has a new base"
        } else {
            "It is written again"
        };
        self.fail(
            format!("Fail to fsync the AOF file: {}. {outlook}.", reason(error)),
            error,
            lasting,
        );
    }

    /// Fails until there is a new base.
    pub(crate) fn fail_lasting(&self, what: &str, reason: &str) {
        self.fail(format!("{what}: {reason}"), &io::Error::other(reason.to_owned()), true);
    }

    /// Enters the failed state, with one notice per failure and not per attempt.
    fn fail(&self, text: String, error: &io::Error, lasting: bool) {
        let failed = Status::Failed { error: reason(error), lasting };
        let previous = std::mem::replace(&mut *self.status.lock(), failed.clone());
        self.failed.store(true, Ordering::Relaxed);
        if previous != failed {
            (self.hooks.notices)(Level::Warning, &text);
        }
    }

    pub(crate) fn clear_failure(&self) {
        *self.status.lock() = Status::Working;
        self.failed.store(false, Ordering::Relaxed);
    }
}
