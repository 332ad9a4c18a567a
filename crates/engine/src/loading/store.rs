//! The entries of a dump, made and stored.
//!
//! An entry is made before its stripe is asked for: the stripe is held for as long as it takes to
//! put one word into a table. A few dozen entries are made at a time, so that the memory can be
//! asked for all their places before the first is needed.

use std::hint;
use std::mem::take;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use ::log::DumpFault;
use commands::build::Builder;
use commands::context::Limits;
use keyspace::db::{Db, Key, Moment, Tools, Touch};
use keyspace::eviction::{LfuSettings, stamp_told};
use keyspace::{Entry, Held, Inside, Stamp};
use rdb::stream::Stream;
use rdb::{EntryTaker, KeyHead, MemberExpiries, Part, Piece, PieceReader, Step, Taker};

use super::{Meeting, Rules};
use crate::limits::Knobs;
use crate::node::Node;
use crate::snapshot::load::DumpReport;
use crate::snapshot::streams::object_of;
use crate::worker::{MEMORY_REPORT, moment};

/// Entries stored together.
const CHUNK: usize = 64;
/// A hint of how many keys there are is believed as far as they have so many bytes each in the
/// file: room for one takes less.
const BYTES_PER_KEY: u64 = 16;
/// Attempts at a stripe before the processor is given to others.
const SPINS: u32 = 100;

/// Stores parts of a dump, one after the other.
pub(super) struct Storer<'n, 'l> {
    node: &'n Node,
    seat: usize,
    rules: Rules,
    builder: Builder<'l>,
    /// The key that the builder has is to be left out.
    is_expired: bool,
    /// The builder's entry is whole, but for what may be said about its members.
    is_whole: bool,
    /// When it is for the loader, and what is kept of the uses of keys.
    now_ms: i64,
    lfu: Option<LfuSettings>,
    /// Of keys of whose uses the dump tells nothing.
    stamp: Stamp,
    tools: Tools,
    database: usize,
    /// Entries to be stored, with the hashes of their keys.
    chunk: Vec<(u64, Entry)>,
    /// The key of the entry that is being stored.
    key: Vec<u8>,
    refusal: Option<String>,
    report: DumpReport,
    /// Of the present part so many bytes and keys are told of.
    told: (u64, u64),
    room: Vec<u8>,
    undelayed_keys: u64,
    reported_memory: i64,
}

impl<'n, 'l> Storer<'n, 'l> {
    /// A storer on a seat of its own, of values under these limits.
    pub(super) fn new(node: &'n Node, (seat, limits): (usize, &'l Limits), rules: Rules) -> Self
    where
        'n: 'l,
    {
        Self {
            node,
            seat,
            rules,
            builder: Builder::new(node.keyspace.hasher(), limits),
            is_expired: false,
            is_whole: false,
            now_ms: 0,
            lfu: None,
            stamp: Stamp::default(),
            tools: Tools::default(),
            database: 0,
            chunk: Vec::with_capacity(CHUNK),
            key: Vec::new(),
            refusal: None,
            report: DumpReport::default(),
            told: (0, 0),
            room: Vec::new(),
            undelayed_keys: 0,
            // What this thread has allocated so far is told of by others.
            reported_memory: (node.outside.allocator.thread_net)(),
        }
    }

    /// Room for a piece.
    pub(super) fn take_room(&mut self) -> Vec<u8> {
        take(&mut self.room)
    }

    /// Stores a part, which takes up these bytes of the dump.
    ///
    /// # Errors
    /// What comes first in it that is wrong, or not wanted.
    pub(super) fn store(&mut self, part: Part, span: Range<u64>) -> Result<(), DumpFault> {
        let now_ms = self.node.outside.clock.unix_ms() as i64;
        let knobs = Knobs::of(&self.node.settings(), &self.node.lifecycle.rehearsal);
        (self.now_ms, self.lfu) = (now_ms, knobs.limits.lfu);
        self.stamp = moment(now_ms, &knobs).stamp;
        self.told = (0, self.report.keys);
        match part {
            Part::Piece(piece) => self.store_piece(piece, span.start)?,
            Part::Entry { database, entry, expiries } => {
                self.select(database).map_err(|reason| refused(span.end, reason))?;
                self.delay();
                let rdb::Entry { key, value, expires_at_ms, idle_s, freq } = entry;
                self.begin(KeyHead { key: &key, expires_at_ms, idle_s, freq });
                self.is_whole = value.hand_over(self);
                expiries.into_iter().for_each(|it| self.expire_members(it));
                self.store_made(span.end)?;
            }
            Part::EmptyEntry { key } => self.pass_over_empty(&key),
            // Not for the keyspace.
            Part::Function(_) | Part::Expected { .. } => {}
        }
        self.tell(span.end - span.start);
        Ok(())
    }

    fn store_piece(&mut self, piece: Piece, from: u64) -> Result<(), DumpFault> {
        let selected = self.select(piece.database);
        let mut reader = piece.read();
        let mut outcome = selected.map_err(|reason| refused(from, reason));
        if outcome.is_ok() {
            outcome = self.store_entries(&mut reader, from);
        }
        self.room = reader.into_room();
        outcome
    }

    fn store_entries(&mut self, reader: &mut PieceReader, from: u64) -> Result<(), DumpFault> {
        loop {
            let step = reader.next_step(self);
            if step.is_err() || self.chunk.len() >= CHUNK || self.refusal.is_some() {
                // What came before a fault comes first.
                self.store_chunk().map_err(|reason| refused(reader.offset(), reason))?;
                self.tell(reader.offset() - from);
            }
            match step? {
                Some(Step::Entry) => {
                    self.is_whole = true;
                    self.delay();
                }
                Some(Step::EmptyEntry(key)) => self.pass_over_empty(&key),
                Some(Step::MemberExpiries(expiries)) => self.expire_members(expiries),
                Some(Step::Fact) => {}
                None => return self.store_made(reader.offset()),
            }
        }
    }

    /// Stores what is left.
    fn store_made(&mut self, offset: u64) -> Result<(), DumpFault> {
        self.finish_entry();
        self.store_chunk().map_err(|reason| refused(offset, reason))
    }

    fn select(&mut self, database: u64) -> Result<(), String> {
        match usize::try_from(database) {
            Ok(number) if number < self.node.keyspace.databases() => {
                self.database = number;
                Ok(())
            }
            _ => Err(format!("database {database} is beyond the configured 'databases'")),
        }
    }

    fn pass_over_empty(&mut self, key: &[u8]) {
        self.is_whole = false;
        self.report.empty += 1;
        let key = String::from_utf8_lossy(key);
        self.node.journal().notice(format_args!("Loading a dump: skipping empty key: {key}"));
    }

    /// Members of the last entry expire. What names another key is passed over.
    fn expire_members(&mut self, expiries: MemberExpiries) {
        if self.is_whole && !self.is_expired && expiries.key == self.builder.key() {
            for (member, at) in &expiries.members {
                self.builder.expire_member(member, *at as i64);
            }
        }
    }

    /// Puts the builder's entry to those that are to be stored, if it has one.
    fn finish_entry(&mut self) {
        if !take(&mut self.is_whole) {
            return;
        }
        if self.is_expired {
            self.report.expired += 1;
            return;
        }
        match self.builder.finish() {
            Ok(Some(entry)) => {
                self.report.keys += 1;
                self.chunk.push((self.node.keyspace.hasher().hash(entry.key()), entry));
            }
            Ok(None) => {}
            Err(error) => {
                self.refusal.get_or_insert(error.to_string());
            }
        }
    }

    fn store_chunk(&mut self) -> Result<(), String> {
        self.node.check_load_wanted()?;
        let keyspace = &self.node.keyspace;
        let inside = keyspace.gate().enter(self.seat);
        self.prefetch(&inside);
        let moment = Moment { now_ms: 0, stamp: self.stamp, touch: Touch::Nothing };
        let mut duplicate = None;
        for (hash, entry) in self.chunk.drain(..) {
            let mut held = lock(self.node, &inside, hash);
            let mut db = Db::new(&mut held, self.database, &moment, &mut self.tools);
            match self.rules.meeting {
                Meeting::Refuse => {
                    if let Err(entry) = db.put_new(hash, entry) {
                        duplicate = Some(entry);
                        break;
                    }
                }
                Meeting::Replace => {
                    self.key.clear();
                    self.key.extend_from_slice(entry.key());
                    db.put(Key { bytes: &self.key, hash }, entry);
                }
            }
        }
        self.tools.graveyard.tend(keyspace.gate(), self.seat);
        drop(inside);
        self.settle(MEMORY_REPORT);
        match (duplicate, self.refusal.take()) {
            (Some(entry), _) => {
                let key = String::from_utf8_lossy(entry.key());
                Err(format!("the key '{key}' is there already"))
            }
            (None, Some(refusal)) => Err(refusal),
            (None, None) => Ok(()),
        }
    }

    /// Makes room for so many keys of a database, if the dump is long enough to have them: tables
    /// that grow step by step were a tenth of the time.
    pub(super) fn make_room(&mut self, database: u64, keys: u64) {
        let keyspace = &self.node.keyspace;
        let most = self.node.lifecycle.loading.total_bytes.load(Relaxed) / BYTES_PER_KEY;
        let each = keys.min(most) as usize / keyspace.stripe_count();
        if self.select(database).is_err() || each == 0 {
            return;
        }
        let inside = keyspace.gate().enter(self.seat);
        for stripe in 0..keyspace.stripe_count() {
            if let Ok(mut held) = Held::stripe(keyspace, &inside, stripe) {
                held.table(self.database, stripe).reserve(each);
            }
        }
    }

    /// Asks the memory for the places of the entries.
    fn prefetch(&self, inside: &Inside<'_>) {
        let keyspace = &self.node.keyspace;
        let peek = |hash| keyspace.peek(inside, self.database, hash);
        for (hash, _) in &self.chunk {
            peek(*hash).prefetch_directory(keyspace.position_of(*hash));
        }
        let mut aims = [None; CHUNK];
        for (aim, (hash, _)) in aims.iter_mut().zip(&self.chunk) {
            *aim = peek(*hash).prefetch_bucket(keyspace.position_of(*hash));
        }
        // That a key is not there yet is often seen only in the bucket behind its own.
        aims.iter().flatten().for_each(|aim| aim.prefetch_item());
    }

    /// Frees and reports what has become of memory, if it is so much.
    fn settle(&mut self, report_min: i64) {
        let discarded = take(&mut self.tools.discarded);
        if !discarded.is_empty() {
            self.node.reaper.free(discarded.len() as u64, discarded);
        }
        let net = (self.node.outside.allocator.thread_net)();
        if (net - self.reported_memory).abs() >= report_min {
            self.node.memory.report(net, &mut self.reported_memory);
        }
    }

    /// Tells how much of the present part is loaded.
    fn tell(&mut self, bytes: u64) {
        let (told_bytes, told_keys) = self.told;
        self.told = (bytes, self.report.keys);
        self.node.note_loaded(bytes - told_bytes, self.report.keys - told_keys);
    }

    /// `key-load-delay`, which tests use to make a load last.
    fn delay(&mut self) {
        let delay_us = self.node.settings.load().testing.key_load_delay_us;
        self.undelayed_keys += 1;
        match delay_us {
            0 => {}
            // What is read already is passed over at once.
            _ if self.node.lifecycle.is_over() => {}
            us if us > 0 => thread::sleep(Duration::from_micros(us as u64)),
            us if self.undelayed_keys >= u64::from(us.unsigned_abs()) => {
                self.undelayed_keys = 0;
                thread::sleep(Duration::from_micros(1));
            }
            _ => {}
        }
    }

    /// What was stored in all.
    pub(super) fn finish(mut self) -> DumpReport {
        self.room = Vec::new();
        self.node.free_retired(self.seat, &mut self.tools);
        self.settle(0);
        self.report
    }
}

fn refused(offset: u64, reason: String) -> DumpFault {
    DumpFault::Refused { offset, reason }
}

/// Locks the stripe of a key; another thread that loads may have it for a moment.
fn lock<'k>(node: &'k Node, inside: &'k Inside<'_>, hash: u64) -> Held<'k> {
    let mut spins = 0;
    loop {
        if let Ok(held) = Held::one(&node.keyspace, inside, hash) {
            return held;
        }
        spins += 1;
        if spins < SPINS { hint::spin_loop() } else { thread::yield_now() }
    }
}

impl EntryTaker for Storer<'_, '_> {
    fn begin(&mut self, head: KeyHead<'_>) {
        self.finish_entry();
        let drop_at = self.rules.drop_expired_at;
        let expires_at = head.expires_at_ms.map(|at| at.min(i64::MAX as u64) as i64);
        self.is_expired = expires_at.zip(drop_at).is_some_and(|(at, now_ms)| at < now_ms);
        let stamp = stamp_told(self.lfu, self.now_ms, head.idle_s, head.freq);
        let stamp = stamp.unwrap_or(self.stamp);
        self.builder.begin(head.key, expires_at.map(|at| at.max(1)), stamp);
    }
}

/// What is left out is read all the same: it must not be broken.
impl Taker for Storer<'_, '_> {
    fn string(&mut self, text: &[u8]) {
        if !self.is_expired {
            self.builder.text(text);
        }
    }

    fn field(&mut self, field: &[u8], value: &[u8], expires_at_ms: Option<u64>) {
        if !self.is_expired {
            self.builder.field(field, value, expires_at_ms.map(|at| at as i64));
        }
    }

    fn element(&mut self, element: &[u8]) {
        if !self.is_expired {
            self.builder.element(element);
        }
    }

    fn member(&mut self, member: &[u8]) {
        if !self.is_expired {
            self.builder.member(member);
        }
    }

    fn integer(&mut self, member: i64) {
        if !self.is_expired {
            self.builder.integer(member);
        }
    }

    fn scored(&mut self, member: &[u8], score: f64) {
        if !self.is_expired {
            self.builder.scored(member, score);
        }
    }

    fn stream(&mut self, stream: Stream) {
        if !self.is_expired {
            self.builder.object(Box::new(object_of(&stream)));
        }
    }
}

impl Node {
    /// The limits of values as a load finds them.
    pub(super) fn loading_limits(&self) -> Limits {
        Knobs::of(&self.settings(), &self.lifecycle.rehearsal).limits
    }
}
