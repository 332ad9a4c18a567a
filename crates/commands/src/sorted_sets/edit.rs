//! A sorted set as it is changed: packed members that become a table with a tree when they must.
//!
//! A packed sorted set becomes a table when it gets more members, or a longer one, than the limits
//! allow, and when a member gets an expiry. It never becomes packed again.
//!
//! Not here: taking an emptied sorted set away, and noting what happened (`elements::change`).

use std::ops::Range;

use base::bytes::write_varint;
use keyspace::db::Settled;
use keyspace::deadline::deadline_of;
use keyspace::value::{Before, Full};
use keyspace::{Entry, Kind, Object, SortedSetTable};
use structures::ordered::{Direction, Edge};
use structures::scored::{Item, encode_score, items};

use super::scores::Scores;
use crate::elements::{Aftermath, ElementsMut, Env, Expiry};
use crate::errors::Error;

/// A sorted set, for changing it.
pub(crate) struct ScoresMut<'e> {
    entry: &'e mut Entry,
    env: Env<'e>,
    /// Whether some member has an expiry.
    timed: bool,
    aftermath: Aftermath,
}

/// A member's score before a change, and what the change made of it; `None` if it was left alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
}

const FULL: Error = Error::new("ERR the sorted set has as many members as it can have");

impl From<Full> for Error {
    fn from(_: Full) -> Self {
        FULL
    }
}

impl<'e> ElementsMut<'e> for ScoresMut<'e> {
    #[inline]
    fn of(entry: &'e mut Entry, env: Env<'e>) -> Result<Self, Error> {
        let timed = match (entry.kind(), entry.object()) {
            (Kind::PackedSortedSet, _) => false,
            (_, Some(Object::SortedSet(table))) => table.expiring() > 0,
            _ => return Err(Error::WrongType),
        };
        Ok(Self { entry, env, timed, aftermath: Aftermath::default() })
    }

    #[inline]
    fn is_empty(&self) -> bool {
        match self.entry.object() {
            Some(object) => object.is_empty(),
            None => self.entry.payload().is_empty(),
        }
    }

    fn expiry(&mut self, member: &[u8]) -> Expiry {
        self.remove_expired(member);
        self.scores().expiry(member)
    }

    fn reserve_expiries(&mut self, count: usize) -> Result<(), Error> {
        self.reserve(count)
    }

    fn set_expiry(&mut self, member: &[u8], expires_at: Option<i64>) {
        if let Some(at) = expires_at {
            self.aftermath.deadline = self.aftermath.deadline.min(deadline_of(at));
            self.timed = true;
            if self.table().is_none() && self.become_table().is_err() {
                return;
            }
        }
        let hasher = self.env.hasher;
        if let Some(table) = self.table() {
            // There is room: it was reserved.
            let _ = table.set_expiry(hasher, member, expires_at);
        }
    }

    fn remove(&mut self, member: &[u8]) -> bool {
        self.remove_expired(member);
        self.delete(member)
    }

    #[inline]
    fn into_aftermath(self) -> Aftermath {
        self.aftermath
    }
}

impl ScoresMut<'_> {
    /// The sorted set, for reading.
    pub(crate) fn scores(&self) -> Scores<'_> {
        Scores::of(self.entry, self.env).unwrap_or(Scores::none(self.env))
    }

    /// Removes `member` if it has expired.
    #[inline]
    pub(super) fn remove_expired(&mut self, member: &[u8]) {
        if self.timed {
            self.remove_due(member);
        }
    }

    #[cold]
    fn remove_due(&mut self, member: &[u8]) {
        let Env { hasher, now_ms, .. } = self.env;
        if let Some(table) = self.table()
            && let Some(at) = table.look(hasher, member).and_then(|it| it.expires_at)
            && at <= now_ms
        {
            table.remove(hasher, member);
            self.aftermath.lose(member);
        }
    }

    /// Removes all members that have expired, so that ranks are those of what is left.
    #[inline]
    pub(super) fn lose_expired(&mut self) {
        if self.timed {
            self.lose_due();
        }
    }

    #[cold]
    fn lose_due(&mut self) {
        let Env { hasher, now_ms, .. } = self.env;
        if let Some(Object::SortedSet(table)) = self.entry.object_mut() {
            let aftermath = &mut self.aftermath;
            table.sweep(hasher, (now_ms, usize::MAX), |member| aftermath.lose(member));
        }
    }

    /// The sorted set, for reading, when no expired member is left.
    pub(super) fn settled(&self) -> Scores<'_> {
        self.scores().settled(Settled::All)
    }

    /// Takes the expiry of a member away. False if it has none.
    #[inline]
    pub(super) fn persist(&mut self, member: &[u8]) -> bool {
        self.timed && self.persist_timed(member)
    }

    #[cold]
    fn persist_timed(&mut self, member: &[u8]) -> bool {
        let hasher = self.env.hasher;
        // What has no expiry takes no more room.
        let persist = |table: &mut SortedSetTable| table.set_expiry(hasher, member, None);
        matches!(self.table().map(persist), Some(Ok(Before::Expiring(_))))
    }

    fn table(&mut self) -> Option<&mut SortedSetTable> {
        match self.entry.object_mut() {
            Some(Object::SortedSet(table)) => Some(table),
            _ => None,
        }
    }

    /// Makes ready for so many members in an empty sorted set: if they are too many to be packed
    /// they never are, and -0, which only a table keeps, is not lost on the way.
    ///
    /// # Errors
    /// There is no room for them.
    pub(crate) fn prepare_for(&mut self, members: usize) -> Result<(), Error> {
        if members > self.env.limits.packed_sorted_set_members_max {
            self.become_table()?;
        }
        self.reserve(members)
    }

    /// Makes sure that so many members can be added.
    ///
    /// # Errors
    /// They cannot.
    pub(crate) fn reserve(&mut self, members: usize) -> Result<(), Error> {
        match self.table() {
            Some(table) if !table.has_room(members) => Err(FULL),
            _ => Ok(()),
        }
    }

    /// Gives `member` the score that `decide` makes of the one it has, or leaves it as it is.
    ///
    /// # Errors
    /// There is no room for a new member.
    #[inline]
    pub(crate) fn update(
        &mut self,
        member: &[u8],
        decide: impl FnOnce(Option<f64>) -> Option<f64>,
    ) -> Result<Update, Error> {
        let hasher = self.env.hasher;
        if let Some(table) = self.table() {
            let (before, after) = table.update(hasher, member, decide)?;
            return Ok(Update { before, after });
        }
        let packed = self.entry.payload();
        let (mut count, mut found) = (0, None);
        for item in items(packed) {
            if item.member == member {
                found = Some((item.score, item.start, item.end));
                break;
            }
            count += 1;
        }
        let before = found.map(|(score, ..)| score);
        let after = decide(before);
        let Some(score) = after else { return Ok(Update { before, after }) };
        if let Some((_, start, end)) = found {
            self.entry.splice(start, end - start, &[]);
        } else {
            let limits = self.env.limits;
            if count >= limits.packed_sorted_set_members_max
                || member.len() > limits.packed_sorted_set_bytes_max
            {
                self.become_table()?;
                if let Some(table) = self.table() {
                    table.set(hasher, member, score)?;
                }
                return Ok(Update { before, after });
            }
        }
        self.insert_packed(member, score);
        Ok(Update { before, after })
    }

    /// Gives `member` a score.
    ///
    /// # Errors
    /// There is no room for a new member.
    pub(crate) fn set(&mut self, member: &[u8], score: f64) -> Result<(), Error> {
        self.update(member, |_| Some(score)).map(|_| ())
    }

    /// Puts a new member in its place.
    fn insert_packed(&mut self, member: &[u8], score: f64) {
        let packed = self.entry.payload();
        let edge = Edge::before(score, member);
        let next = items(packed).find(|item| !edge.is_after(item.score, item.member));
        let at = next.map_or(packed.len(), |item| item.start);
        let mut prefix = [0; 10];
        let width = write_varint(&mut prefix, member.len() as u64);
        let (bytes, len) = encode_score(score);
        self.entry.splice(at, 0, &[&prefix[..width], member, &bytes[..len]]);
    }

    #[cold]
    fn become_table(&mut self) -> Result<(), Error> {
        let mut table = SortedSetTable::default();
        for item in items(self.entry.payload()) {
            table.set(self.env.hasher, item.member, item.score)?;
        }
        self.entry.set_object(Box::new(Object::SortedSet(Box::new(table))));
        Ok(())
    }

    /// Removes a member, expired or not. False if it was not stored.
    pub(super) fn delete(&mut self, member: &[u8]) -> bool {
        let hasher = self.env.hasher;
        if let Some(table) = self.table() {
            return table.remove(hasher, member).is_some();
        }
        let found = items(self.entry.payload()).find(|item| item.member == member);
        let Some(Item { start, end, .. }) = found else { return false };
        self.entry.splice(start, end - start, &[]);
        true
    }

    /// Removes the members of these ranks, which count from the end that the direction starts at,
    /// handing each to `removed`.
    pub(crate) fn remove_range(
        &mut self,
        ranks: Range<usize>,
        direction: Direction,
        mut removed: impl FnMut(&[u8], f64),
    ) {
        // Whoever gives ranks has settled the sorted set.
        let hasher = self.env.hasher;
        if let Some(table) = self.table() {
            return table.remove_range(hasher, ranks, direction, removed);
        }
        self.scores().slice(ranks.clone(), direction, &mut removed);
        let len = self.scores().stored();
        let skip = match direction {
            Direction::Ascending => ranks.start,
            Direction::Descending => len.saturating_sub(ranks.end),
        };
        let mut range = items(self.entry.payload()).skip(skip).take(ranks.len());
        let Some(first) = range.next() else { return };
        let end = range.last().map_or(first.end, |last| last.end);
        let start = first.start;
        self.entry.splice(start, end - start, &[]);
    }
}
