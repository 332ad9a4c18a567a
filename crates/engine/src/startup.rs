//! What happens between start and the first client: settings noted, data loaded.
//!
//! Loading goes the way of a client: records and dump entries become requests, which run in batches
//! like any pipeline, on the engine's last seat, while the other workers answer `-LOADING`. Time
//! stands still at 0 meanwhile: a key expires only by its record, exactly where it did before.

use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use ::log::Visitor;
use base::number::{NumberBuffer, format_f64_stored};
use commands::elements::words;
use keyspace::db::{Db, Key, Moment, Touch};
use keyspace::value::Family;
use keyspace::{Held, Patience, Stamp};
use protocol::resp::decode::write_request;
use protocol::{Output, Request, Version};
use rdb::{Entry, HashField, MemberExpiries, Scored, Value};

use crate::clients::{Address, Visitor as ClientVisitor};
use crate::interest::bit;
use crate::lifecycle::condition;
use crate::node::Node;
use crate::notify::Notices;
use crate::scripting::Libraries;
use crate::session::Session;
use crate::snapshot::dump_file::dump_path;
use crate::snapshot::load::DumpReport;
use crate::snapshot::serve::Place;
use crate::snapshot::streams::object_of;
use crate::snapshot::{Aim, Asker, Task};
use crate::tracking::set_everywhere;
use crate::worker::{Next, Turn, WorkerState};

/// Requests are gathered up to so many bytes before they run.
const GATHER: usize = 64 << 10;
/// How often whoever waits for a reload looks whether it is over.
const RELOAD_POLL: Duration = Duration::from_millis(1);
/// Progress is logged so often.
const TELL_PROGRESS_MS: u64 = 5_000;
/// Strings of a dump stored in one turn.
const STRINGS: usize = 64;
/// Elements of a collection that one request sets or adds.
const ELEMENTS_PER_REQUEST: usize = 500;

impl Node {
    /// Takes note of settings that the engine reads elsewhere than in `Settings`.
    pub(crate) fn note_settings(&self) {
        let settings = self.settings.load();
        self.lifecycle.set(condition::MEMORY_LIMITED, settings.memory.maxmemory_bytes > 0);
        let notices = Notices::of(settings.notifications.events);
        set_everywhere(&self.keyspace, bit::NOTIFIED, notices.is_on());
        let replicas = &settings.replicas;
        let wanted = replicas.min_to_write as usize;
        let now_ms = self.outside.clock.unix_ms() as i64;
        let good = self.replication.good_count(now_ms, replicas.min_max_lag_s.into());
        let too_few = replicas.min_max_lag_s > 0 && good < wanted;
        self.lifecycle.set(condition::TOO_FEW_REPLICAS, too_few);
        self.note_dump_state();
    }

    /// Takes note of the memory that an empty server needs.
    pub fn note_startup_memory(&self) {
        let allocated = (self.outside.allocator.figures)().allocated;
        self.memory.startup.store(allocated, Relaxed);
        self.memory.used.store(allocated as i64, Relaxed);
    }

    /// From now until [`Node::end_loading`] clients are answered `-LOADING`.
    pub fn begin_loading(&self) {
        self.note_load_begun(0);
        self.lifecycle.set(condition::LOADING, true);
    }

    /// So much is to be loaded.
    fn note_load_begun(&self, total_bytes: u64) {
        let figures = &self.lifecycle.loading;
        figures.began_ms.store(self.outside.clock.unix_ms(), Relaxed);
        figures.total_bytes.store(total_bytes, Relaxed);
        figures.loaded_bytes.store(0, Relaxed);
    }

    /// The data is there. Replayed commands do not count.
    pub fn end_loading(&self) {
        self.reports.stats.reset();
        self.lifecycle.set(condition::LOADING, false);
    }

    /// Empties the keyspace and loads what the log holds, as at a start. Clients are answered
    /// `-LOADING` meanwhile; the caller's worker waits.
    ///
    /// # Errors
    /// The log could not be written, or loaded: the reason. What was loaded before that stays.
    pub(crate) fn reload(&self, turn: &mut Turn<'_>) -> Result<(), String> {
        if turn.inside.is_holding() {
            return Err("a transaction or a script cannot wait for it".to_owned());
        }
        let begun = turn.alone(|alone, node, _| {
            if node.lifecycle.conditions() & condition::LOADING != 0 {
                return false;
            }
            node.lifecycle.set(condition::LOADING, true);
            for database in 0..node.keyspace.databases() {
                let contents = node.keyspace.detach(alone, database);
                node.reaper.free(contents.len() as u64, contents);
            }
            true
        });
        if !begun {
            return Err("another load is under way".to_owned());
        }
        self.load_beside(turn, || self.write_log().and_then(|()| self.outside.host.reload()))
    }

    /// Has `load` run on a thread of its own, and waits for it.
    fn load_beside(
        &self,
        turn: &mut Turn<'_>,
        load: impl FnOnce() -> Result<(), String> + Send,
    ) -> Result<(), String> {
        let outcome = thread::scope(|scope| {
            let loading = scope.spawn(load);
            while !loading.is_finished() {
                // Replayed commands may want to be alone.
                turn.inside.pass();
                thread::sleep(RELOAD_POLL);
            }
            loading.join().unwrap_or_else(|_| Err("the loading thread panicked".to_owned()))
        });
        self.lifecycle.set(condition::LOADING, false);
        outcome
    }

    /// Saves the dump file, empties the keyspace and loads the file, each step if `reload` says so.
    /// Nobody comes in between.
    ///
    /// # Errors
    /// What went wrong. If the file could not be saved nothing has changed.
    pub(crate) fn reload_dump(&self, turn: &mut Turn<'_>, reload: Reload) -> Result<(), Unloaded> {
        if turn.inside.is_holding() || self.lifecycle.conditions() & condition::LOADING != 0 {
            return Err(Unloaded::Unsaved);
        }
        let saved = reload.nosave || self.save_alone(turn, Others::Finish);
        if !saved {
            return Err(Unloaded::Unsaved);
        }
        // Endless patience does not fail; after a save it is alone already.
        let _ = turn.inside.seclude(Patience::Endless);
        self.lifecycle.set(condition::LOADING, true);
        if !reload.noflush {
            self.functions.replace(Libraries::default());
            turn.alone(|alone, node, _| {
                for database in 0..node.keyspace.databases() {
                    let contents = node.keyspace.detach(alone, database);
                    node.reaper.free(contents.len() as u64, contents);
                }
            });
        }
        turn.inside.unlock();
        let path = dump_path(&self.settings());
        let meeting = if reload.merge { Meeting::Replace } else { Meeting::Refuse };
        let load = || self.load_dump_file(&path, meeting).map(|_| ());
        let outcome = self.load_beside(turn, load).map_err(Unloaded::Unloaded);
        // What loading did is in the file.
        let changes = self.reports.stats.totals().changes;
        self.reports.changes_at_save.store(changes, Relaxed);
        outcome
    }

    /// Saves the dump file while nobody else is inside. If that went well the worker stays alone.
    pub(crate) fn save_alone(&self, turn: &mut Turn<'_>, others: Others) -> bool {
        turn.settle_tally();
        let cut = loop {
            if others == Others::AreCancelled {
                self.snapshots.drop_queue();
                self.snapshots.cancel();
            }
            // Endless patience does not fail.
            let _ = turn.inside.seclude(Patience::Endless);
            if let Some(cut) = turn.inside.alone(|alone| self.cut(alone)) {
                break cut;
            }
            turn.inside.unlock();
            thread::sleep(RELOAD_POLL);
        };
        let task = Task { aim: Aim::Dump, cut: Some(cut), asker: Asker::Nobody };
        let saved = self.carry_out(task, &Place::Alone(&turn.inside));
        if !saved {
            turn.inside.unlock();
        }
        saved
    }

    /// Waits until all that was logged is in the file.
    fn write_log(&self) -> Result<(), String> {
        while self.log.pending_bytes() > 0 {
            if self.log.is_failed() {
                return Err("the log cannot be written".to_owned());
            }
            self.log.commit();
            thread::sleep(RELOAD_POLL);
        }
        Ok(())
    }

    /// Ends the server: workers stop after their present batch.
    pub fn stop(&self) {
        self.lifecycle.end();
        self.long_requests.wake_all();
        self.snapshots.wake_all();
        self.replication.wake();
        self.outside.post.wake_all();
    }
}

/// What DEBUG RELOAD was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reload {
    /// Load what the file holds, without saving first.
    pub(crate) nosave: bool,
    /// Keep what is in memory.
    pub(crate) noflush: bool,
    /// Let keys of the file replace those in memory.
    pub(crate) merge: bool,
}

/// What becomes of other snapshots under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// They go on to their end first.
    Finish,
    /// They are of no use any more.
    AreCancelled,
}

/// Why a reload failed.
pub(crate) enum Unloaded {
    Unsaved,
    Unloaded(String),
}

/// Puts what a log's files hold into the keyspace.
pub struct Loader<'n> {
    node: &'n Node,
    state: WorkerState,
    session: Session,
    gathered: Vec<u8>,
    output: Output,
    /// Strings of one database that were not stored yet.
    strings: Vec<Entry>,
    /// What a key of a dump means that is there already.
    pub(crate) meeting: Meeting,
    /// Whether that can be, for others than strings.
    pub(crate) checks_collections: bool,
    /// Keys of a dump that expired by this time, in unix ms, are left out.
    pub(crate) drop_expired_at: Option<i64>,
    /// Which family the last entry is of, if its members' expiries may follow.
    last_family: Option<Family>,
    pub(crate) report: DumpReport,
    progress: Progress,
}

/// How far loading has got.
#[derive(Default)]
struct Progress {
    /// Bytes of the files before the present one, and of that one.
    before: u64,
    file: u64,
    /// Since when keys are counted for `key-load-delay`.
    undelayed_keys: u64,
    told_ms: u64,
}

/// What a key of a dump means that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// The dump is wrong.
    Refuse,
    /// It replaces the one that is there.
    Replace,
}

impl<'n> Loader<'n> {
    /// A loader on the engine's last seat; there must be one at a time.
    pub fn new(node: &'n Node) -> Self {
        let visitor = ClientVisitor {
            address: String::new(),
            local: String::new(),
            is_unix: false,
            is_loopback: true,
            speaks: Version::Resp2,
            descriptor: -1,
            at: Address { worker: usize::MAX, slot: usize::MAX },
        };
        let client = node.clients.enter(visitor, node.outside.clock.unix_ms() as i64);
        node.clients.leave(client.id);
        let mut session = Session::new(client, true);
        session.version = Version::Resp2;
        session.is_loader = true;
        Self {
            node,
            state: WorkerState {
                is_replaying: true,
                ..WorkerState::new(node, node.outside.workers)
            },
            session,
            gathered: Vec::with_capacity(GATHER * 2),
            output: Output::new(),
            strings: Vec::new(),
            meeting: Meeting::Replace,
            checks_collections: false,
            drop_expired_at: None,
            last_family: None,
            report: DumpReport::default(),
            progress: Progress::default(),
        }
    }

    /// `key-load-delay`, which tests use to make a load last.
    fn delay(&mut self) {
        let delay_us = self.node.settings.load().testing.key_load_delay_us;
        self.progress.undelayed_keys += 1;
        match delay_us {
            0 => {}
            us if us > 0 => thread::sleep(Duration::from_micros(us as u64)),
            us if self.progress.undelayed_keys >= u64::from(us.unsigned_abs()) => {
                self.progress.undelayed_keys = 0;
                thread::sleep(Duration::from_micros(1));
            }
            _ => {}
        }
    }

    /// Carries out what is gathered. Call at the end too.
    ///
    /// # Errors
    /// A request was refused: its error text.
    pub fn flush(&mut self) -> Result<(), String> {
        self.store_strings()?;
        self.run_gathered()
    }

    /// Stores strings without the detour of requests.
    fn store_strings(&mut self) -> Result<(), String> {
        let strings = std::mem::take(&mut self.strings);
        let (database, meeting) = (self.session.database, self.meeting);
        let mut turn = self.node.begin(&mut self.state);
        turn.moment = Moment { now_ms: 0, stamp: turn.moment.stamp, touch: Touch::Nothing };
        let keyspace = &self.node.keyspace;
        for entry in &strings {
            let Value::String(text) = &entry.value else { continue };
            let (desk, inside) = turn.split();
            let hash = keyspace.hasher().hash(&entry.key);
            let held = loop {
                if let Ok(held) = Held::one(keyspace, inside, hash) {
                    break held;
                }
            };
            let mut held = held;
            let tools = &mut desk.state.tools;
            let mut db = Db::new(&mut held, database, desk.moment, tools);
            let key = Key { bytes: &entry.key, hash };
            if meeting == Meeting::Refuse && db.contains(key) {
                return Err(duplicate(&entry.key));
            }
            let expires_at = entry.expires_at_ms.map(|at| at.max(1) as i64);
            db.store(key, commands::arguments::payload(text), expires_at);
        }
        turn.commit();
        drop(turn);
        self.strings = strings;
        self.strings.clear();
        Ok(())
    }

    /// Stores a stream as its blocks are, which requests could not tell of.
    fn store_stream(&mut self, entry: &Entry, stream: &rdb::stream::Stream) -> Result<(), String> {
        self.flush()?;
        let database = self.session.database;
        let mut turn = self.node.begin(&mut self.state);
        turn.moment = Moment { now_ms: 0, stamp: turn.moment.stamp, touch: Touch::Nothing };
        let keyspace = &self.node.keyspace;
        let hash = keyspace.hasher().hash(&entry.key);
        let expires_at = entry.expires_at_ms.map(|at| at.max(1) as i64);
        let stamp = turn.moment.stamp;
        let object = Box::new(object_of(stream));
        let stored = keyspace::Entry::with_object(&entry.key, object, expires_at, stamp);
        let (desk, inside) = turn.split();
        let mut held = loop {
            if let Ok(held) = Held::one(keyspace, inside, hash) {
                break held;
            }
        };
        let mut db = Db::new(&mut held, database, desk.moment, &mut desk.state.tools);
        db.put(Key { bytes: &entry.key, hash }, stored);
        drop(held);
        turn.commit();
        Ok(())
    }

    fn run_gathered(&mut self) -> Result<(), String> {
        let gathered = std::mem::take(&mut self.gathered);
        let mut at = 0;
        while at < gathered.len() {
            let mut turn = self.node.begin(&mut self.state);
            turn.moment = Moment { now_ms: 0, stamp: turn.moment.stamp, touch: Touch::Nothing };
            let errors = turn.errors();
            let progress = turn.on_bytes(&mut self.session, &gathered[at..], &mut self.output);
            let failed = turn.errors() > errors || progress.next == Next::Close;
            turn.commit();
            at += progress.consumed;
            drop(turn);
            if failed {
                return Err(self.first_error());
            }
            self.output.clear();
        }
        self.gathered = gathered;
        self.gathered.clear();
        Ok(())
    }

    fn first_error(&self) -> String {
        let replies: Vec<u8> = self.output.pieces().collect::<Vec<_>>().concat();
        let mut lines = replies.split(|&b| b == b'\n');
        let error = lines.find(|line| line.starts_with(b"-")).unwrap_or_default();
        String::from_utf8_lossy(error).trim_end().to_owned()
    }

    fn select(&mut self, database: u32) -> Result<(), String> {
        if self.session.database != database as usize {
            self.flush()?;
            if database as usize >= self.node.keyspace.databases() {
                return Err(format!("database {database} is beyond the configured 'databases'"));
            }
            self.session.database = database as usize;
        }
        Ok(())
    }

    /// Whether a key is there; if it is to be replaced it is removed.
    fn meets(&mut self, key: &[u8]) -> bool {
        let mut turn = self.node.begin(&mut self.state);
        let keyspace = &self.node.keyspace;
        let database = self.session.database;
        let meeting = self.meeting;
        turn.alone(|alone, _, state| {
            let moment = Moment { now_ms: 0, stamp: Stamp::default(), touch: Touch::Nothing };
            let mut held = Held::all(keyspace, alone);
            let mut db = Db::new(&mut held, database, &moment, &mut state.tools);
            let key = db.key(key);
            match meeting {
                Meeting::Refuse => db.contains(key),
                Meeting::Replace => {
                    db.remove(key);
                    false
                }
            }
        })
    }

    fn gather(&mut self, database: u32, words: &[&[u8]]) -> Result<(), String> {
        self.select(database)?;
        write_request(&mut self.gathered, words);
        if self.gathered.len() >= GATHER { self.flush() } else { Ok(()) }
    }

    fn gather_hash(
        &mut self,
        database: u32,
        key: &[u8],
        fields: &[HashField<Vec<u8>>],
    ) -> Result<(), String> {
        for chunk in fields.chunks(ELEMENTS_PER_REQUEST) {
            let mut words: Vec<&[u8]> = vec![b"HSET", key];
            words.extend(chunk.iter().flat_map(|f| [f.field.as_slice(), f.value.as_slice()]));
            self.gather(database, &words)?;
        }
        for field in fields {
            if let Some(at) = field.expires_at_ms {
                let at = at.to_string();
                let words: [&[u8]; 6] =
                    [b"HPEXPIREAT", key, at.as_bytes(), b"FIELDS", b"1", &field.field];
                self.gather(database, &words)?;
            }
        }
        Ok(())
    }

    fn gather_list(
        &mut self,
        database: u32,
        key: &[u8],
        elements: &[Vec<u8>],
    ) -> Result<(), String> {
        let (mut words, mut size): (Vec<&[u8]>, usize) = (vec![b"RPUSH", key], 0);
        for element in elements {
            words.push(element);
            size += element.len();
            if words.len() > ELEMENTS_PER_REQUEST || size > GATHER {
                self.gather(database, &words)?;
                words.truncate(2);
                size = 0;
            }
        }
        if words.len() > 2 { self.gather(database, &words) } else { Ok(()) }
    }
}

impl Loader<'_> {
    fn gather_set(&mut self, database: u32, key: &[u8], members: &[Vec<u8>]) -> Result<(), String> {
        for chunk in members.chunks(ELEMENTS_PER_REQUEST) {
            let mut words: Vec<&[u8]> = vec![b"SADD", key];
            words.extend(chunk.iter().map(Vec::as_slice));
            self.gather(database, &words)?;
        }
        Ok(())
    }

    fn gather_sorted_set(
        &mut self,
        database: u32,
        key: &[u8],
        members: &[Scored],
    ) -> Result<(), String> {
        let mut buffer = NumberBuffer::new();
        for chunk in members.chunks(ELEMENTS_PER_REQUEST) {
            let scores = chunk.iter().map(|it| format_f64_stored(it.score, &mut buffer).to_vec());
            let scores: Vec<Vec<u8>> = scores.collect();
            let mut words: Vec<&[u8]> = vec![b"ZADD", key];
            words.extend(scores.iter().zip(chunk).flat_map(|(score, it)| [score, &it.member[..]]));
            self.gather(database, &words)?;
        }
        Ok(())
    }
}

impl Visitor for Loader<'_> {
    fn on_total(&mut self, bytes: u64) {
        self.node.note_load_begun(bytes);
        self.progress =
            Progress { told_ms: self.node.outside.clock.unix_ms(), ..Progress::default() };
    }

    fn on_file(&mut self, bytes: u64) {
        self.progress.before += self.progress.file;
        self.progress.file = bytes;
    }

    fn on_progress(&mut self, bytes: u64) {
        let figures = &self.node.lifecycle.loading;
        let loaded = self.progress.before + bytes;
        figures.loaded_bytes.store(loaded, Relaxed);
        let now_ms = self.node.outside.clock.unix_ms();
        if now_ms.saturating_sub(self.progress.told_ms) >= TELL_PROGRESS_MS {
            self.progress.told_ms = now_ms;
            let total = figures.total_bytes.load(Relaxed).max(1);
            let percent = loaded * 100 / total;
            self.node.journal().notice(format_args!(
                "Loading: {percent}% of {total} bytes are read, {} keys of dumps so far",
                self.report.keys
            ));
        }
    }

    fn on_empty_key(&mut self, key: &[u8]) {
        self.report.empty += 1;
        let key = String::from_utf8_lossy(key);
        self.node.journal().notice(format_args!("Loading a dump: skipping empty key: {key}"));
    }

    fn on_function(&mut self, source: &[u8]) -> Result<(), String> {
        self.store_strings()?;
        let words: &[&[u8]] = match self.meeting {
            Meeting::Refuse => &[b"FUNCTION", b"LOAD", source],
            Meeting::Replace => &[b"FUNCTION", b"LOAD", b"REPLACE", source],
        };
        self.gather(0, words)
    }

    fn on_entry(&mut self, database: u32, entry: Entry) -> Result<(), String> {
        self.delay();
        self.select(database)?;
        self.last_family = None;
        let has_expired = |now_ms: i64| entry.expires_at_ms.is_some_and(|at| (at as i64) < now_ms);
        if self.drop_expired_at.is_some_and(has_expired) {
            self.report.expired += 1;
            return Ok(());
        }
        self.report.keys += 1;
        if matches!(entry.value, Value::String(_)) {
            self.strings.push(entry);
            return if self.strings.len() >= STRINGS { self.store_strings() } else { Ok(()) };
        }
        if self.checks_collections && self.meets(&entry.key) {
            return Err(duplicate(&entry.key));
        }
        self.last_family = match &entry.value {
            Value::Set(_) => Some(Family::Set),
            Value::SortedSet(_) => Some(Family::SortedSet),
            _ => None,
        };
        match &entry.value {
            Value::Hash(fields) => self.gather_hash(database, &entry.key, fields)?,
            Value::List(elements) => self.gather_list(database, &entry.key, elements)?,
            Value::Set(members) => self.gather_set(database, &entry.key, members)?,
            Value::SortedSet(members) => self.gather_sorted_set(database, &entry.key, members)?,
            Value::Stream(stream) => return self.store_stream(&entry, stream),
            _ => return Err("a value of a type that is not supported".to_owned()),
        }
        match entry.expires_at_ms {
            Some(at) => {
                let at = at.max(1).to_string();
                self.gather(database, &[b"PEXPIREAT", &entry.key, at.as_bytes()])
            }
            None => Ok(()),
        }
    }

    fn on_member_expiries(
        &mut self,
        database: u32,
        expiries: MemberExpiries,
    ) -> Result<(), String> {
        self.select(database)?;
        let MemberExpiries { key, members } = expiries;
        // The key may have been left out.
        let Some(family) = self.last_family else { return Ok(()) };
        let words = words(family);
        for (member, at) in members {
            let at = at.to_string();
            let words = [words.expiry, &key, at.as_bytes(), words.elements, b"1", &member];
            self.gather(database, &words)?;
        }
        Ok(())
    }

    fn on_request(&mut self, database: u32, request: Request<'_>) -> Result<(), String> {
        // Records stand behind the dump they belong to.
        self.store_strings()?;
        let words: Vec<&[u8]> = request.iter().collect();
        self.gather(database, &words)
    }
}

fn duplicate(key: &[u8]) -> String {
    format!("the key '{}' is there already", String::from_utf8_lossy(key))
}
