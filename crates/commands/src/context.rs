//! What a body works on: its arguments, its locked keys, its reply, and the list of what it did.

use base::number::{NumberBuffer, format_i64};
use fastrand::Rng;
use keyspace::db::{Cause, Key};
use keyspace::value::stream::Memory;
use keyspace::{Db, Entry};
use protocol::resp::decode::write_request;
use protocol::{OwnedRequest, Reply, Request};
use smallvec::SmallVec;
use structures::list::Sizing;

use crate::errors::Error;
use crate::events::Event;
use crate::follows::Follows;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out and answered.
    Done,
    /// A stripe it needs beyond its own could not be had; nothing was done, try again.
    Busy,
    /// It found nothing to answer with: nothing was done or written. The engine runs the body
    /// again when one of the keys in [`Effects::waits`] is touched (then [`Ctx::woken`] names
    /// that key), and answers `Wait::lapse` when the time is up, or at once where nobody may
    /// wait: in a transaction or a script.
    Wait(Wait),
    /// It would take long ([`Ctx::defers`]): nothing was done or written. The engine carries it
    /// out aside, while the worker serves others.
    Long,
}

/// How long a request waits, and for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Unix time in ms; `None`: as long as it takes.
    pub until_ms: Option<i64>,
    /// What is answered then.
    pub lapse: Lapse,
}

/// The reply of a request that waited in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// A string that is not there.
    Nil,
    /// An array that is not there.
    NilArray,
    /// An array that is not there when the time is up, and a string that is not there where nobody
    /// may wait: so does Redis answer BLMOVE.
    NilArrayInTime,
}

impl Lapse {
    /// Writes the reply when the time is up.
    pub fn write(self, reply: &mut Reply<'_>) {
        match self {
            Self::Nil => reply.nil(),
            Self::NilArray | Self::NilArrayInTime => reply.nil_array(),
        }
    }

    /// Writes the reply where nobody may wait.
    pub fn write_at_once(self, reply: &mut Reply<'_>) {
        match self {
            Self::Nil | Self::NilArrayInTime => reply.nil(),
            Self::NilArray => reply.nil_array(),
        }
    }
}

/// What a body, or an error, leaves behind.
pub type Result<T = Outcome> = std::result::Result<T, Error>;

/// A key among the arguments, hashed when the request was framed.
#[derive(Clone, Copy, Debug)]
pub struct KeyArg {
    /// Index of the argument.
    pub index: u32,
    /// Its hash.
    pub hash: u64,
}

/// Settings that bodies ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most elements a reply with repetitions is given: with more it would be over the limit of
    /// a client's output (`client-output-buffer-limit`).
    pub draws_max: i64,
    /// `proto-max-bulk-len`: the longest string a value may become.
    pub string_len_max: usize,
    /// `hash-max-listpack-entries`: above this many fields a hash is a table.
    pub packed_hash_fields_max: usize,
    /// `hash-max-listpack-value`: a longer field or value makes a hash a table.
    pub packed_hash_bytes_max: usize,
    /// `list-max-listpack-size`, `list-compress-depth`: how long lists are kept.
    pub lists: Sizing,
    /// `set-max-intset-entries`: above this many members a set of integers is packed or a table.
    pub integer_set_members_max: usize,
    /// `set-max-listpack-entries`: above this many members a set is a table.
    pub packed_set_members_max: usize,
    /// `set-max-listpack-value`: a longer member makes a set a table.
    pub packed_set_bytes_max: usize,
    /// `zset-max-listpack-entries`: above this many members a sorted set is a table and a tree.
    pub packed_sorted_set_members_max: usize,
    /// `zset-max-listpack-value`: a longer member makes a sorted set a table and a tree.
    pub packed_sorted_set_bytes_max: usize,
    /// `stream-node-max-bytes`: the size from which a block of a stream is full; 0: none.
    pub stream_block_bytes_max: usize,
    /// `stream-node-max-entries`: the entries with which a block of a stream is full; 0: none.
    pub stream_block_entries_max: usize,
    /// `stream-idmp-duration`, `stream-idmp-maxsize`: how long and how many names of a producer a
    /// stream remembers.
    pub stream_names: Memory,
    /// `hll-sparse-max-bytes`: a longer sparse HyperLogLog becomes dense.
    pub sparse_sketch_bytes_max: usize,
    /// Whether an LFU policy is in force (OBJECT FREQ), and its decay.
    pub lfu: Option<keyspace::eviction::LfuSettings>,
    /// `redis-version`: whose answers are given where versions contradict one another.
    pub follows: Follows,
}

/// A change to a key that others may want to know of.
#[derive(Clone, Copy, Debug)]
pub struct Touched {
    /// Index of the argument that names the key.
    pub argument: u32,
    /// The database it is in.
    pub database: u32,
    /// What happened.
    pub event: &'static Event,
}

/// What the log gets of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Record {
    /// The request as it came, if anything changed.
    #[default]
    AsRequested,
    /// What [`Effects::log`] was given, and nothing else.
    Instead,
}

/// What a command did, for the engine to log and to announce while the keys are still locked.
#[derive(Default)]
pub struct Effects {
    /// Changes to the keyspace; 0 if there was none.
    pub changes: u64,
    /// What the log gets.
    pub record: Record,
    /// Requests in RESP, for `Record::Instead`.
    pub records: Vec<u8>,
    /// Nobody reads records, so none are written.
    pub is_unread: bool,
    /// Which keys changed, in order.
    pub touched: SmallVec<[Touched; 4]>,
    /// Reads that found their key.
    pub hits: u64,
    /// Reads that did not.
    pub misses: u64,
    /// Keys whose time is up that a walk came across: it holds no lock with which to remove them.
    pub overdue: Vec<Vec<u8>>,
    /// Arguments that name the keys a request waits for, with [`Outcome::Wait`].
    pub waits: SmallVec<[u32; 4]>,
    /// The request that waits in place of the one that came, with [`Outcome::Wait`].
    pub waits_as: Option<OwnedRequest>,
    /// Unix time in ms when a request that waits is to be run again though no key was touched, with
    /// [`Outcome::Wait`]: what it waits for may come with time.
    pub again_ms: Option<i64>,
}

impl Effects {
    /// Makes the list empty again.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.changes = 0;
        self.record = Record::AsRequested;
        self.records.clear();
        self.touched.clear();
        self.waits.clear();
    }

    /// What the log gets of a request that did this, in RESP; empty: nothing. `room` is used if it
    /// is not there as it is.
    #[inline]
    pub fn record_of<'r>(&'r self, request: Request<'r>, room: &'r mut Vec<u8>) -> &'r [u8] {
        match self.record {
            Record::Instead => &self.records,
            Record::AsRequested if self.changes == 0 => &[],
            Record::AsRequested => match request.raw() {
                Some(raw) => raw,
                None => {
                    let words: Vec<&[u8]> = request.iter().collect();
                    room.clear();
                    write_request(room, &words);
                    room
                }
            },
        }
    }

    /// Logs this request instead of the one that came. Several calls add up.
    pub fn log(&mut self, request: &[&[u8]]) {
        self.record = Record::Instead;
        if !self.is_unread {
            write_request(&mut self.records, request);
        }
    }

    /// Logs that `key` expires at a unix time in ms.
    pub fn log_expiry(&mut self, key: &[u8], unix_ms: i64) {
        let mut buffer = NumberBuffer::new();
        self.log(&[b"PEXPIREAT", key, format_i64(unix_ms, &mut buffer)]);
    }

    /// Logs nothing, though something changed that later records tell of, or that is no matter.
    pub fn log_nothing(&mut self) {
        self.record = Record::Instead;
    }
}

/// What a body works on.
pub struct Ctx<'a, 'k> {
    /// The arguments, the command's name first.
    pub request: Request<'a>,
    /// Where the answer goes.
    pub reply: Reply<'a>,
    /// The database, through the keys' locks.
    pub db: Db<'a, 'k>,
    /// What the body did.
    pub effects: &'a mut Effects,
    /// Settings.
    pub limits: &'a Limits,
    /// Chance.
    pub random: &'a mut Rng,
    /// The hashed keys among the arguments.
    pub keys: &'a [KeyArg],
    /// The request waited and runs again, since the key that this argument names was touched. Only
    /// that key, and those it never waits for, are locked: it looks at no other, and if the key is
    /// not what it waits for (absent, or of another type) it waits on.
    pub woken: Option<u32>,
    /// Whether the request may be carried out aside.
    pub may_defer: bool,
    /// A script runs it, and expects the same answer wherever it runs.
    pub in_script: bool,
}

/// A body that would visit more elements than this takes long: about a millisecond.
pub const LONG_MIN: usize = 10_000;

impl<'a> Ctx<'a, '_> {
    /// The argument at `index`; the row's arity says that it is there.
    #[inline(always)]
    pub fn arg(&self, index: usize) -> &'a [u8] {
        self.request.arg(index)
    }

    /// Number of arguments, the name included.
    #[inline(always)]
    pub fn argc(&self) -> usize {
        self.request.len()
    }

    /// The argument at `index` as a key.
    #[inline(always)]
    pub fn key(&self, index: usize) -> Key<'a> {
        let bytes = self.arg(index);
        match self.keys.first() {
            Some(first) if first.index as usize == index => Key { bytes, hash: first.hash },
            _ => self.key_beyond_first(index),
        }
    }

    /// The argument at `index` as a key, which is the `nth` of them (from 0).
    #[inline(always)]
    pub fn nth_key(&self, nth: usize, index: usize) -> Key<'a> {
        match self.keys.get(nth) {
            Some(key) if key.index as usize == index => {
                Key { bytes: self.arg(index), hash: key.hash }
            }
            _ => self.key_beyond_first(index),
        }
    }

    fn key_beyond_first(&self, index: usize) -> Key<'a> {
        let bytes = self.arg(index);
        match self.keys.binary_search_by_key(&(index as u32), |k| k.index) {
            Ok(at) => Key { bytes, hash: self.keys[at].hash },
            Err(_) => self.db.key(bytes),
        }
    }

    /// Notes that the key named by argument `argument` changed.
    #[inline(always)]
    pub fn touched(&mut self, argument: usize, event: &'static Event) {
        self.effects.changes += 1;
        self.note(argument, event);
    }

    /// Notes an event without counting another change.
    #[inline(always)]
    pub fn note(&mut self, argument: usize, event: &'static Event) {
        self.note_in(self.db.number, argument, event);
    }

    /// Notes an event of a key in another database, without counting another change.
    #[inline(always)]
    pub fn note_in(&mut self, database: usize, argument: usize, event: &'static Event) {
        let (argument, database) = (argument as u32, database as u32);
        self.effects.touched.push(Touched { argument, database, event });
    }

    /// Reads the key named by argument `argument`, counting hit or miss and the use.
    #[inline(always)]
    pub fn read<R>(&mut self, argument: usize, body: impl FnOnce(Option<&Entry>) -> R) -> R {
        let key = self.key(argument);
        match self.db.used(key) {
            Some(slot) => {
                self.effects.hits += 1;
                body(Some(&slot.get()))
            }
            None => {
                self.missed(argument);
                body(None)
            }
        }
    }

    /// As `read`, but does not count as a use of the key.
    #[inline(always)]
    pub fn look<R>(&mut self, argument: usize, body: impl FnOnce(Option<&Entry>) -> R) -> R {
        let key = self.key(argument);
        match self.db.slot(key) {
            Some(slot) => {
                self.effects.hits += 1;
                body(Some(&slot.get()))
            }
            None => {
                self.missed(argument);
                body(None)
            }
        }
    }

    /// Counts a read that did not find the key named by argument `argument`.
    #[inline]
    pub fn missed(&mut self, argument: usize) {
        self.effects.misses += 1;
        if self.db.tools.wanted.missed {
            self.note_missed(argument);
        }
    }

    #[cold]
    fn note_missed(&mut self, argument: usize) {
        let (number, key) = (self.db.number, self.arg(argument));
        self.db.tools.removals.note(Cause::Missed, number, key);
    }

    /// For a body that reads several keys at once and counts its misses itself: notes those of the
    /// keys named by these arguments that are not there.
    #[inline]
    pub fn note_absent(&mut self, arguments: std::ops::Range<usize>) {
        if !self.db.tools.wanted.missed {
            return;
        }
        for argument in arguments {
            let key = self.key(argument);
            if !self.db.contains(key) {
                self.note_missed(argument);
            }
        }
    }

    /// Whether a body that is about to visit so many elements must answer `Outcome::Long` instead.
    #[inline(always)]
    pub fn defers(&self, elements: usize) -> bool {
        elements > LONG_MIN && self.may_defer
    }

    /// Those of the arguments `keys` that a blocking command is to look at now, in order: all of
    /// them at first, and the touched one when it runs again.
    pub fn awaited(&self, keys: std::ops::Range<usize>) -> std::ops::Range<usize> {
        match self.woken {
            Some(index) => index as usize..index as usize + 1,
            None => keys,
        }
    }

    /// Waits until one of the keys that the arguments `keys` name is touched.
    pub fn wait_for(&mut self, keys: std::ops::Range<usize>, wait: Wait) -> Result {
        self.effects.waits.extend(keys.map(|index| index as u32));
        self.effects.waits_as = None;
        self.effects.again_ms = None;
        Ok(Outcome::Wait(wait))
    }

    /// As `wait_for`, but what runs again is `request`, which has the same keys in the same places.
    pub fn wait_as(
        &mut self,
        request: OwnedRequest,
        keys: std::ops::Range<usize>,
        wait: Wait,
    ) -> Result {
        let outcome = self.wait_for(keys, wait);
        self.effects.waits_as = Some(request);
        outcome
    }

    /// Whether the request comes from the log at a start, where time stands still.
    pub fn is_replay(&self) -> bool {
        self.db.moment.now_ms == 0
    }

    /// Answers OK.
    pub fn ok(&mut self) -> Result {
        self.reply.ok();
        Ok(Outcome::Done)
    }

    /// Answers an integer.
    pub fn int(&mut self, number: i64) -> Result {
        self.reply.int(number);
        Ok(Outcome::Done)
    }

    /// Answers nil.
    pub fn nil(&mut self) -> Result {
        self.reply.nil();
        Ok(Outcome::Done)
    }

    /// Answers a string.
    pub fn bulk(&mut self, bytes: &[u8]) -> Result {
        self.reply.bulk(bytes);
        Ok(Outcome::Done)
    }
}
