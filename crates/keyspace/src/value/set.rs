//! A big set: members in groups, those that are long or expire as entries of their own.
//!
//! Must be true
//! 1. `expiries` knows of every member's expiry.
//! 2. A member lies outside its group exactly when it is too long for it or has an expiry.
//! 3. Nothing here looks at the clock: as in `elements.rs`, callers treat what is due as absent.
//!
//! Not here: small sets, which are packed in the key's entry; when one becomes big.

use std::ops::ControlFlow;

use base::hash::KeyHasher;
use fastrand::Rng;
use structures::groups::{Groups, Item, Lies, Near, Outside};
use structures::table::NO_DEADLINE;

use crate::deadline::deadline_of;
use crate::entry::{Entry, Payload, Stamp};

use super::expiries::{Due, Expiries};
use super::{Before, Size};

/// Members looked at to estimate what those outside take.
const SAMPLE: usize = 64;

impl Outside for Entry {
    #[inline]
    fn bytes(&self) -> &[u8] {
        self.key()
    }
}

/// Members, in no particular order.
#[derive(Default)]
pub struct SetTable {
    members: Groups<Entry>,
    expiries: Expiries,
    size: Size,
}

/// A member as it is stored.
#[derive(Clone, Copy)]
pub struct SetMember<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// When it expires, in unix ms.
    pub expires_at: Option<i64>,
    /// Where it would be in another set.
    pub near: Near,
}

impl<'a> From<Item<'a, Entry>> for SetMember<'a> {
    #[inline]
    fn from(item: Item<'a, Entry>) -> Self {
        let Item { bytes, outside, near } = item;
        Self { bytes, expires_at: outside.and_then(Entry::expires_at), near }
    }
}

fn entry_of(member: &[u8], expires_at: Option<i64>) -> Entry {
    Entry::new(member, Payload::Text(b""), expires_at, Stamp::default())
}

#[inline]
fn before(found: Option<Lies<&Entry>>) -> Before {
    match found {
        None => Before::Absent,
        Some(Lies::Inside) => Before::Lasting,
        Some(Lies::Outside(entry)) => entry.expires_at().map_or(Before::Lasting, Before::Expiring),
    }
}

impl SetTable {
    /// No members, for a set of this size.
    pub fn new(size: Size) -> Self {
        Self { size, ..Self::default() }
    }

    /// Why the set is not packed.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Notes that the set outgrew the packed form.
    pub fn outgrow(&mut self) {
        self.size = Size::Big;
    }

    /// Number of members, those included that expired and were not yet removed.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Number of members with an expiry.
    pub fn expiring(&self) -> usize {
        self.expiries.count()
    }

    /// False only if no member can have expired by `now_ms`; O(1).
    #[inline]
    pub fn may_have_expired(&self, now_ms: i64) -> bool {
        self.expiries.may_have_come(now_ms)
    }

    /// See [`super::Object::prefetch`].
    pub(super) fn prefetch(&self, hashes: &[u64]) {
        self.members.prefetch(hashes);
    }

    /// What `name` is.
    #[inline]
    pub fn look(&self, hasher: &KeyHasher, name: &[u8]) -> Before {
        before(self.members.find(hasher.hash(name), name))
    }

    /// As [`look`](Self::look), for a member that was found near here in another set.
    #[inline]
    pub fn look_near(&self, hasher: &KeyHasher, near: Near, name: &[u8]) -> Before {
        before(self.members.find_near(near, name, || hasher.hash(name)))
    }

    /// Asks the memory for what [`look_near`](Self::look_near) will look at.
    #[inline]
    pub fn prefetch_near(&self, near: Near) {
        self.members.prefetch_near(near);
    }

    /// Adds a member without expiry. False if it is there, whose expiry stays.
    #[inline]
    pub fn add(&mut self, hasher: &KeyHasher, name: &[u8]) -> bool {
        let outside = || entry_of(name, None);
        self.members.insert(hasher.hash(name), name, outside, &|bytes| hasher.hash(bytes))
    }

    /// Gives a member, if it is there, another expiry or none.
    pub fn set_expiry(
        &mut self,
        hasher: &KeyHasher,
        name: &[u8],
        expires_at: Option<i64>,
    ) -> Before {
        let mut before = Before::Lasting;
        let deadline = expires_at.map_or(NO_DEADLINE, deadline_of);
        let is_there = self.members.exchange((hasher.hash(name), name), deadline, |old| {
            let old_expiry = old.as_ref().and_then(Entry::expires_at);
            before = old_expiry.map_or(Before::Lasting, Before::Expiring);
            match (old, expires_at) {
                (Some(mut entry), Some(_)) => {
                    entry.set_expires_at(expires_at);
                    Some(entry)
                }
                (_, Some(_)) => Some(entry_of(name, expires_at)),
                (_, None) => Groups::<Entry>::is_long(name).then(|| entry_of(name, None)),
            }
        });
        if !is_there {
            return Before::Absent;
        }
        self.expiries.change(before != Before::Lasting, expires_at);
        before
    }

    /// Removes a member. False if it is not there.
    pub fn remove(&mut self, hasher: &KeyHasher, name: &[u8]) -> bool {
        let removed = self.members.remove(hasher.hash(name), name);
        self.note_removed(removed)
    }

    /// Removes a member by chance, all equally likely, if `may` says that it may go. False if
    /// nothing was removed.
    pub fn remove_random(
        &mut self,
        random: &mut Rng,
        may: impl FnOnce(SetMember<'_>) -> bool,
    ) -> bool {
        let removed = self.members.take_random(random, |item| may(item.into()));
        self.note_removed(removed)
    }

    /// Whether a member was removed.
    fn note_removed(&mut self, removed: Option<Lies<Entry>>) -> bool {
        if let Some(Lies::Outside(entry)) = &removed {
            self.expiries.change(entry.expires_at().is_some(), None);
        }
        removed.is_some()
    }

    /// See [`super::Object::prefetch_random`].
    pub(super) fn prefetch_random(&self, randoms: &mut [Rng]) {
        self.members.prefetch_random(randoms);
    }

    /// A random member.
    pub fn random(&self, random: &mut Rng) -> Option<SetMember<'_>> {
        self.members.random(random).map(SetMember::from)
    }

    /// Removes members whose expiry is at most `now_ms`, at most about `budget` of them, handing
    /// each to `removed`. True if none is left.
    pub fn sweep(&mut self, now_ms: i64, budget: usize, removed: impl FnMut(Entry)) -> bool {
        let mut due = Due::by(now_ms);
        let verdict = |entry: &mut Entry| due.verdict(entry.expires_at());
        let done = self.members.sweep(deadline_of(now_ms), budget, verdict, removed);
        self.expiries.settle(&due, done);
        done
    }

    /// The least deadline of any member, or earlier (see `deadline`).
    #[inline]
    pub fn least_deadline(&self) -> u32 {
        self.expiries.least_deadline(|| self.members.least_deadline())
    }

    /// Visits about `count` members from cursor position `from` on; see [`Groups::scan`].
    pub fn scan(
        &self,
        from: u64,
        count: usize,
        mut visit: impl FnMut(SetMember<'_>),
    ) -> Option<u64> {
        self.members.scan(from, count, |item| visit(item.into()))
    }

    /// Visits every member.
    pub fn for_each(&self, mut visit: impl FnMut(SetMember<'_>)) {
        self.members.for_each(|item| visit(item.into()));
    }

    /// Visits members until `visit` breaks off; see [`Groups::until`].
    #[inline]
    pub fn until(
        &self,
        ahead: impl FnMut(Near),
        mut visit: impl FnMut(SetMember<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.members.until(ahead, |item| visit(item.into()))
    }

    /// Bytes of everything, those of entries estimated from a sample.
    pub fn heap_bytes(&self) -> usize {
        let (mut seen, mut outside, mut cursor) = (0, 0, Some(0));
        while let Some(from) = cursor.filter(|_| seen < SAMPLE) {
            cursor = self.members.scan(from, SAMPLE, |item| {
                seen += 1;
                outside += item.outside.map_or(0, Entry::heap_bytes);
            });
        }
        self.members.bytes() + (outside * self.len()).checked_div(seen).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
