//! One database through held stripes: find, store and remove keys as of one moment.
//!
//! Expired keys count as absent: whoever meets one removes it and notes it in [`Removals`], which
//! the engine turns into log records and notifications. What is costly to free is not freed here
//! but put aside ([`Tools::discard`]).

mod elements;

use base::lzf::Compressor;
use smallvec::SmallVec;
use structures::list::Gone;
use structures::table::{Lent, NO_DEADLINE, Retired, Slot};

use crate::access::Held;
use crate::deadline::{deadline_of, deadline_of_entry};
use crate::entry::{Entry, Kind, Payload, Stamp};
use crate::eviction::LfuSettings;
use crate::keyspace::Keyspace;
use crate::timed::TimedChange;
use crate::value::{Family, Object};

pub use elements::Settled;

/// Text longer than this is freed elsewhere.
const BIG_TEXT: usize = 64 << 10;

/// When a command runs: read once for it, so that all it does happens at one time.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Unix time in ms.
    pub now_ms: i64,
    /// The stamp of a key used now.
    pub stamp: Stamp,
    /// How a use changes a key's stamp.
    pub touch: Touch,
}

/// How a use changes a key's stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Not at all (CLIENT NO-TOUCH, TTL and its like).
    Nothing,
    /// It becomes the moment's.
    Recency,
    /// Its counter may grow: logarithm factor and decay time of LFU.
    Frequency(LfuSettings),
}

/// A key by its bytes and their hash.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The key.
    pub bytes: &'a [u8],
    /// Its hash under the keyspace's hasher.
    pub hash: u64,
}

/// What is to be told of a key though no command says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It went: its time was up.
    Expired,
    /// It went: memory was short.
    Evicted,
    /// Elements of its collection went: their time was up.
    Lost(Family),
    /// It went, since no element of its collection was left.
    Emptied,
    /// It came. Noted only if [`Wanted`].
    Created,
    /// It was asked for and is not there. Noted only if [`Wanted`].
    Missed,
}

/// What is noted only if somebody wants to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// New keys.
    pub created: bool,
    /// Keys asked for that are not there.
    pub missed: bool,
}

/// What is to be told of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// What happened.
    pub cause: Cause,
    /// The number of the database.
    pub database: usize,
    /// The key.
    pub key: Vec<u8>,
    /// With [`Cause::Lost`]: which elements went.
    pub elements: Vec<Vec<u8>>,
}

/// Keys and elements that went by themselves, and others that something is to be told of; in order,
/// to be logged and announced before the locks open.
#[derive(Default)]
pub struct Removals {
    list: Vec<Noted>,
}

impl Removals {
    /// Notes a key.
    pub fn note(&mut self, cause: Cause, database: usize, key: &[u8]) {
        self.list.push(Noted { cause, database, key: key.to_vec(), elements: Vec::new() });
    }

    /// Notes elements of a key's collection that went since their time was up.
    pub fn note_lost(
        &mut self,
        family: Family,
        (database, key): (usize, &[u8]),
        elements: Vec<Vec<u8>>,
    ) {
        self.list.push(Noted { cause: Cause::Lost(family), database, key: key.to_vec(), elements });
    }

    /// True if there are none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes them all.
    pub fn drain(&mut self) -> impl Iterator<Item = Noted> + '_ {
        self.list.drain(..)
    }
}

/// What becomes of a key whose time is up when somebody meets it. It counts as absent either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overdue {
    /// It is removed.
    #[default]
    Goes,
    /// It stays, since nothing may change now (CLIENT PAUSE).
    Stays,
}

/// A worker's things that keyspace operations need; one of each for all its commands.
#[derive(Default)]
pub struct Tools {
    /// Blocks of tables.
    pub graveyard: crate::access::Graveyard,
    /// Keys that went by themselves.
    pub removals: Removals,
    /// Entries too big to free on a worker.
    pub discarded: Vec<Entry>,
    /// What is noted in `removals` beside removals.
    pub wanted: Wanted,
    /// For the inner chunks of lists; made when first needed.
    pub compressor: Option<Box<Compressor>>,
    /// What becomes of keys whose time is up.
    pub overdue: Overdue,
}

impl Tools {
    /// Frees an entry, now if that is quick, otherwise later.
    #[inline]
    pub fn discard(&mut self, entry: Entry) {
        let big = match entry.kind() {
            Kind::Object => entry.object().is_some_and(Object::is_big),
            Kind::Shared => entry.shared_text().is_some_and(|t| t.len() > BIG_TEXT),
            _ => false,
        };
        if big {
            self.discarded.push(entry);
        }
    }

    /// Frees elements taken out of a list, now if that is quick, otherwise later.
    #[inline]
    pub fn discard_gone(&mut self, gone: Gone) {
        if let Some(list) = gone.into_list() {
            let object = Box::new(Object::List(list));
            self.discard(Entry::with_object(b"", object, None, Stamp::default()));
        }
    }
}

/// A database as a command sees it.
pub struct Db<'a, 'k> {
    held: &'a mut Held<'k>,
    /// Number of the database.
    pub number: usize,
    /// When the command runs.
    pub moment: &'a Moment,
    /// The worker's tools.
    pub tools: &'a mut Tools,
}

impl<'a, 'k> Db<'a, 'k> {
    /// A database through stripes that are held.
    #[inline(always)]
    pub fn new(
        held: &'a mut Held<'k>,
        number: usize,
        moment: &'a Moment,
        tools: &'a mut Tools,
    ) -> Self {
        Self { held, number, moment, tools }
    }

    /// The keyspace.
    #[inline(always)]
    pub fn keyspace(&self) -> &'k Keyspace {
        self.held.keyspace()
    }

    /// What is held.
    pub fn held(&mut self) -> &mut Held<'k> {
        self.held
    }

    /// The same stripes of another database.
    pub fn other(&mut self, number: usize) -> Db<'_, 'k> {
        Db { held: self.held, number, moment: self.moment, tools: self.tools }
    }

    /// The key for these bytes.
    pub fn key<'b>(&self, bytes: &'b [u8]) -> Key<'b> {
        Key { bytes, hash: self.keyspace().hasher().hash(bytes) }
    }

    /// The place of a live key. Removes it if its time is up. Does not count as a use.
    // Always inlined, as `used` is: a slot handed through memory was a tenth of a GET, because the
    // processor cannot forward two stored halves to one wide load.
    #[inline(always)]
    pub fn slot(&mut self, key: Key<'_>) -> Option<Slot<'_, Entry>> {
        let keyspace = self.keyspace();
        let slot = find(self.held, self.number, key)?;
        if is_due(&slot.get(), self.moment.now_ms) {
            pass_over(slot, keyspace, self.number, key, self.tools);
            return None;
        }
        Some(slot)
    }

    /// A live key's place, counted as a use of it.
    #[inline(always)]
    pub fn used(&mut self, key: Key<'_>) -> Option<Slot<'_, Entry>> {
        let keyspace = self.keyspace();
        let slot = find(self.held, self.number, key)?;
        if is_due(&slot.get(), self.moment.now_ms) {
            pass_over(slot, keyspace, self.number, key, self.tools);
            return None;
        }
        touch(&slot.get(), self.moment);
        Some(slot)
    }

    /// The entries of live keys side by side, each counted as a use; `None` for keys that are not
    /// there. Their stripes must be held.
    pub fn several<'b>(
        &mut self,
        keys: impl Iterator<Item = Key<'b>> + Clone,
    ) -> SmallVec<[Option<Lent<'_, Entry>>; 4]> {
        keys.clone().for_each(|key| {
            self.used(key);
        });
        keys.map(|key| self.held.find(self.number, key.hash, key.bytes)).collect()
    }

    /// Asks the memory for elements of a big collection that requests to come will look at.
    pub fn prefetch_elements<'e>(
        &mut self,
        key: Key<'_>,
        elements: impl Iterator<Item = &'e [u8]>,
    ) {
        let hasher = self.keyspace().hasher();
        if let Some(slot) = find(self.held, self.number, key)
            && let Some(object) = slot.get().object()
        {
            let hashes: SmallVec<[u64; 64]> = elements.map(|each| hasher.hash(each)).collect();
            object.prefetch(&hashes);
        }
    }

    /// As [`prefetch_elements`](Self::prefetch_elements), for requests that draw an element each,
    /// with generators that are forks of `random`, one after the other.
    pub fn prefetch_drawn(&mut self, key: Key<'_>, random: &fastrand::Rng, count: usize) {
        if let Some(slot) = find(self.held, self.number, key)
            && let Some(object) = slot.get().object()
        {
            let mut random = random.clone();
            let mut forks: SmallVec<[_; 64]> = (0..count).map(|_| random.fork()).collect();
            object.prefetch_random(&mut forks);
        }
    }

    /// True if the key is there and its time is not up.
    pub fn contains(&mut self, key: Key<'_>) -> bool {
        self.slot(key).is_some()
    }

    /// Stores text or an integer under a key, whatever was there, with this expiry or none.
    #[inline]
    pub fn store(&mut self, key: Key<'_>, payload: Payload<'_>, expires_at: Option<i64>) {
        let (keyspace, stamp) = (self.keyspace(), self.fresh_stamp());
        let Some(mut slot) = find(self.held, self.number, key) else {
            return self.insert(key.hash, Entry::new(key.bytes, payload, expires_at, stamp));
        };
        if is_due(&slot.get(), self.moment.now_ms) {
            expire(slot, keyspace, self.number, key, self.tools);
            return self.insert(key.hash, Entry::new(key.bytes, payload, expires_at, stamp));
        }
        if slot.get_mut().overwrite(payload, expires_at, stamp) {
            return lower_deadline(&mut slot, expires_at);
        }
        let simple = !matches!(slot.get().kind(), Kind::Object | Kind::Shared);
        if simple && slot.get().expires_at().is_some() == expires_at.is_some() {
            let mut entry = slot.get_mut();
            entry.set_payload(payload);
            entry.set_expires_at(expires_at);
            entry.set_stamp(stamp);
            drop(entry);
            lower_deadline(&mut slot, expires_at);
        } else {
            let old = slot.replace(Entry::new(key.bytes, payload, expires_at, stamp));
            lower_deadline(&mut slot, expires_at);
            let change = TimedChange::between(old.expires_at().is_some(), expires_at.is_some());
            self.count_timed(key, change);
            self.part_with_replaced(key, old);
        }
    }

    /// Stores a whole entry under its key, replacing any that was there.
    pub fn put(&mut self, key: Key<'_>, entry: Entry) {
        let deadline = deadline_of_entry(&entry);
        self.note_field_expiry(&entry);
        if let Some(mut slot) = find(self.held, self.number, key) {
            let timed = entry.expires_at().is_some();
            let old = slot.replace(entry);
            slot.lower_deadline(deadline);
            self.count_timed(key, TimedChange::between(old.expires_at().is_some(), timed));
            self.part_with_replaced(key, old);
        } else {
            self.insert(key.hash, entry);
        }
    }

    /// Stores a whole entry under its key, which has this hash.
    ///
    /// # Errors
    /// The key is there already: nothing is done, and the entry given back.
    pub fn put_new(&mut self, hash: u64, entry: Entry) -> Result<(), Entry> {
        if find(self.held, self.number, Key { bytes: entry.key(), hash }).is_some() {
            return Err(entry);
        }
        self.note_field_expiry(&entry);
        self.insert(hash, entry);
        Ok(())
    }

    fn note_field_expiry(&self, entry: &Entry) {
        if let Some(object @ Object::Hash(_)) = entry.object()
            && object.least_deadline() != NO_DEADLINE
        {
            self.keyspace().note_field_expiry();
        }
    }

    /// The entry that was under `key` until another took its place just now.
    fn part_with_replaced(&mut self, key: Key<'_>, old: Entry) {
        let (keyspace, number) = (self.held.keyspace(), self.number);
        if let Some(snapshot) = keyspace.snapshot()
            && let Some(slot) = find(self.held, number, key)
        {
            snapshot.note_arrival(keyspace, number, (key.hash, &slot.get()));
        }
        self.tools.part_with(keyspace, number, key.hash, old);
    }

    fn insert(&mut self, hash: u64, entry: Entry) {
        if self.tools.wanted.created {
            self.tools.removals.note(Cause::Created, self.number, entry.key());
        }
        let keyspace = self.held.keyspace();
        if let Some(snapshot) = keyspace.snapshot() {
            snapshot.note_arrival(keyspace, self.number, (hash, &entry));
        }
        let stripe = keyspace.stripe_of(hash);
        keyspace.timed().note(self.number, stripe, TimedChange::arrival(&entry));
        let deadline = deadline_of_entry(&entry);
        let place_of = |e: &Entry| keyspace.position_of(keyspace.hasher().hash(e.key()));
        let position = keyspace.position_of(hash);
        let retired: &mut Retired = self.tools.graveyard.fresh();
        self.held.table(self.number, stripe).insert(position, entry, deadline, &place_of, retired);
    }

    /// Sets or clears a live key's expiry. False if the key is absent.
    pub fn set_expiry(&mut self, key: Key<'_>, expires_at: Option<i64>) -> bool {
        let Some(mut slot) = self.slot(key) else { return false };
        let change = set_slot_expiry(&mut slot, expires_at);
        self.count_timed(key, change);
        true
    }

    /// Counts what became of the number of keys with an expiry when `key` was changed through its
    /// slot.
    #[inline(always)]
    pub fn count_timed(&mut self, key: Key<'_>, change: TimedChange) {
        let keyspace = self.held.keyspace();
        let stripe = keyspace.stripe_of(key.hash);
        debug_assert!(self.held.contains(stripe), "stripe {stripe} is not held");
        keyspace.timed().note(self.number, stripe, change);
    }

    /// Removes a live key and gives its entry.
    pub fn take(&mut self, key: Key<'_>) -> Option<Entry> {
        let keyspace = self.keyspace();
        let slot = find(self.held, self.number, key)?;
        if is_due(&slot.get(), self.moment.now_ms) {
            pass_over(slot, keyspace, self.number, key, self.tools);
            return None;
        }
        Some(take_out(slot, keyspace, self.number, key, self.tools))
    }

    /// Removes a live key. True if it was there.
    pub fn remove(&mut self, key: Key<'_>) -> bool {
        match self.take(key) {
            Some(entry) => {
                self.tools.part_with(self.held.keyspace(), self.number, key.hash, entry);
                true
            }
            None => false,
        }
    }

    /// True if the key's time is up and it stays all the same ([`Overdue::Stays`]).
    pub fn is_overdue(&mut self, key: Key<'_>) -> bool {
        let now_ms = self.moment.now_ms;
        find(self.held, self.number, key).is_some_and(|slot| is_due(&slot.get(), now_ms))
    }

    /// The stamp of a key stored now.
    #[inline(always)]
    pub fn fresh_stamp(&self) -> Stamp {
        self.moment.stamp
    }
}

/// The place of a key, live or not.
#[inline(always)]
fn find<'h>(held: &'h mut Held<'_>, database: usize, key: Key<'_>) -> Option<Slot<'h, Entry>> {
    let keyspace = held.keyspace();
    let view = held.table(database, keyspace.stripe_of(key.hash));
    view.into_slot(keyspace.position_of(key.hash), |entry| entry.has_key(key.bytes))
}

#[inline(always)]
fn is_due(entry: &Entry, now_ms: i64) -> bool {
    entry.expires_at().is_some_and(|at| at <= now_ms)
}

/// Somebody met a key whose time is up.
#[cold]
#[inline(never)]
fn pass_over(
    slot: Slot<'_, Entry>,
    keyspace: &Keyspace,
    database: usize,
    key: Key<'_>,
    tools: &mut Tools,
) {
    if tools.overdue == Overdue::Goes {
        expire(slot, keyspace, database, key, tools);
    }
}

/// Removes a key whose time is up.
#[cold]
#[inline(never)]
fn expire(
    slot: Slot<'_, Entry>,
    keyspace: &Keyspace,
    database: usize,
    key: Key<'_>,
    tools: &mut Tools,
) {
    let entry = take_out(slot, keyspace, database, key, tools);
    tools.removals.note(Cause::Expired, database, key.bytes);
    tools.part_with(keyspace, database, key.hash, entry);
}

fn take_out(
    slot: Slot<'_, Entry>,
    keyspace: &Keyspace,
    database: usize,
    key: Key<'_>,
    tools: &mut Tools,
) -> Entry {
    let place_of = |e: &Entry| keyspace.position_of(keyspace.hasher().hash(e.key()));
    let entry = slot.remove(&place_of, tools.graveyard.fresh());
    // Whoever has the slot holds the stripe.
    let change = TimedChange::departure(&entry);
    keyspace.timed().note(database, keyspace.stripe_of(key.hash), change);
    entry
}

/// Sets or clears the expiry of a key that was found, in unix ms. The change is to be counted
/// ([`Db::count_timed`]).
#[inline]
pub fn set_slot_expiry(slot: &mut Slot<'_, Entry>, expires_at: Option<i64>) -> TimedChange {
    let timed = slot.get().expires_at().is_some();
    slot.get_mut().set_expires_at(expires_at);
    lower_deadline(slot, expires_at);
    TimedChange::between(timed, expires_at.is_some())
}

#[inline(always)]
fn lower_deadline(slot: &mut Slot<'_, Entry>, expires_at: Option<i64>) {
    if let Some(at) = expires_at {
        slot.lower_deadline(deadline_of(at));
    }
}

/// Counts a use of the entry.
#[inline(always)]
pub fn touch(entry: &Entry, moment: &Moment) {
    match moment.touch {
        Touch::Recency => entry.set_stamp(moment.stamp),
        Touch::Nothing => {}
        Touch::Frequency(settings) => touch_by_frequency(entry, settings, moment.now_ms),
    }
}

#[cold]
fn touch_by_frequency(entry: &Entry, settings: LfuSettings, now_ms: i64) {
    entry.set_stamp(settings.used(entry.stamp(), now_ms));
}

#[cfg(test)]
mod tests {
    use base::hash::KeyHasher;

    use super::*;

    #[test]
    fn storing_over_an_expired_key_notes_that_it_went() {
        let keyspace = Keyspace::new(1, 1, KeyHasher::with_key([5; 16]));
        let mut inside = keyspace.gate().enter(0);
        let mut tools = Tools::default();
        let mut moment = Moment { now_ms: 9, stamp: Stamp::default(), touch: Touch::Nothing };
        inside.alone(|alone| {
            let mut held = Held::all(&keyspace, alone);
            for (now_ms, expired) in [(9, false), (9, false), (10, true), (10, false)] {
                moment.now_ms = now_ms;
                let mut db = Db::new(&mut held, 0, &moment, &mut tools);
                let key = db.key(b"k");
                db.store(key, Payload::Text(b"v"), (now_ms == 9).then_some(10));
                assert!(db.contains(key));
                let gone: Vec<_> = tools.removals.drain().collect();
                let expected = expired.then(|| Noted {
                    cause: Cause::Expired,
                    database: 0,
                    key: b"k".to_vec(),
                    elements: Vec::new(),
                });
                assert_eq!(gone, Vec::from_iter(expected));
            }
        });
        tools.graveyard.tend(keyspace.gate(), 0);
    }
}
