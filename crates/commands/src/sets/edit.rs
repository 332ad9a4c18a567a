//! A set as it is changed: integers, then packed members, then a table, as it grows.
//!
//! A set begins as sorted integers. It becomes packed, or a table if the limits of the packed form
//! are passed, when a member is no integer or there are too many; and a table when a member gets an
//! expiry. It never goes back.
//!
//! Not here: taking an emptied set away, and noting what happened (`elements::change`).

use base::bytes::write_varint;
use base::number::{NumberBuffer, format_i64, is_canonical_integer};
use fastrand::Rng;
use keyspace::db::Settled;
use keyspace::deadline::deadline_of;
use keyspace::value::{Before, Size};
use keyspace::{Entry, Kind, Object, Payload, SetTable};
use structures::integers;
use structures::packed::{elements, push};

use super::members::{MISSES_MAX, Member, Members};
use crate::elements::{Aftermath, ElementsMut, Env, Expiry};
use crate::errors::Error;

/// A set, for changing it.
pub(crate) struct MembersMut<'e> {
    entry: &'e mut Entry,
    env: Env<'e>,
    /// Whether some member has an expiry.
    timed: bool,
    aftermath: Aftermath,
}

impl<'e> ElementsMut<'e> for MembersMut<'e> {
    #[inline]
    fn of(entry: &'e mut Entry, env: Env<'e>) -> Result<Self, Error> {
        let timed = match entry.kind() {
            Kind::IntegerSet | Kind::PackedSet => false,
            _ => match entry.object() {
                Some(Object::Set(table)) => table.expiring() > 0,
                _ => return Err(Error::WrongType),
            },
        };
        Ok(Self { entry, env, timed, aftermath: Aftermath::default() })
    }

    #[inline]
    fn is_empty(&self) -> bool {
        match self.entry.kind() {
            Kind::IntegerSet => integers::len(self.entry.payload()) == 0,
            Kind::PackedSet => self.entry.payload().is_empty(),
            _ => self.entry.object().is_none_or(Object::is_empty),
        }
    }

    fn expiry(&mut self, member: &[u8]) -> Expiry {
        self.remove_expired(member);
        self.members().expiry(member)
    }

    fn reserve_expiries(&mut self, _count: usize) -> Result<(), Error> {
        Ok(())
    }

    fn set_expiry(&mut self, member: &[u8], expires_at: Option<i64>) {
        if let Some(at) = expires_at {
            self.aftermath.deadline = self.aftermath.deadline.min(deadline_of(at));
            self.timed = true;
            self.leave_packed();
        }
        let hasher = self.env.hasher;
        if let Some(table) = self.table() {
            table.set_expiry(hasher, member, expires_at);
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

impl MembersMut<'_> {
    /// The set, for reading.
    pub(super) fn members(&self) -> Members<'_> {
        Members::of(self.entry, self.env).unwrap_or(Members::none(self.env))
    }

    fn table(&mut self) -> Option<&mut SetTable> {
        match self.entry.object_mut() {
            Some(Object::Set(table)) => Some(table),
            _ => None,
        }
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        self.members().len()
    }

    /// Adds a member. False if it was there; then its expiry stays.
    #[inline]
    pub(crate) fn add(&mut self, member: &[u8]) -> bool {
        if self.timed {
            self.remove_expired(member);
        }
        self.insert(member)
    }

    /// Removes `member` if it has expired.
    #[cold]
    fn remove_expired(&mut self, member: &[u8]) {
        let Env { hasher, now_ms, .. } = self.env;
        if let Some(table) = self.table()
            && table.may_have_expired(now_ms)
            && let Before::Expiring(at) = table.look(hasher, member)
            && at <= now_ms
        {
            table.remove(hasher, member);
            self.aftermath.lose(member);
        }
    }

    /// Adds a member that is not there, or is there and has not expired. False if it was there.
    #[inline]
    pub(crate) fn insert(&mut self, member: &[u8]) -> bool {
        let Env { hasher, limits, .. } = self.env;
        if let Some(Object::Set(table)) = self.entry.object_mut() {
            let is_new = table.add(hasher, member);
            if table.size() == Size::Small
                && (member.len() > limits.packed_set_bytes_max
                    || table.len() > limits.packed_set_members_max)
            {
                table.outgrow();
            }
            return is_new;
        }
        if self.entry.kind() == Kind::IntegerSet {
            match is_canonical_integer(member) {
                Some(integer) => return self.add_integer(integer),
                None => self.leave_integers(1, member.len()),
            }
        }
        if self.entry.kind() == Kind::PackedSet {
            return self.add_packed(member);
        }
        self.insert(member)
    }

    fn add_integer(&mut self, integer: i64) -> bool {
        let bytes = self.entry.payload();
        let Err(index) = integers::find(bytes, integer) else { return false };
        if integers::len(bytes) >= self.env.limits.integer_set_members_max {
            let mut buffer = NumberBuffer::new();
            let text = format_i64(integer, &mut buffer);
            self.leave_integers(1, text.len());
            return self.insert(text);
        }
        let width = integers::width_of(integer);
        if width > integers::width(bytes) {
            let wider = integers::widened(bytes, width);
            self.entry.set_payload(Payload::IntegerSet(&wider));
        }
        let bytes = self.entry.payload();
        let (at, width) = (integers::offset(bytes, index), integers::width(bytes));
        self.entry.splice(at, 0, &[&integers::encode(integer)[..width]]);
        true
    }

    /// Makes integers packed members, or a table if `more` members of up to `len_max` bytes would
    /// be too much.
    #[cold]
    fn leave_integers(&mut self, more: usize, len_max: usize) {
        let limits = self.env.limits;
        let bytes = self.entry.payload();
        let mut packed = Vec::new();
        let mut longest = len_max;
        for integer in integers::iter(bytes) {
            Member::Integer(integer).with_text(|text| {
                longest = longest.max(text.len());
                push(&mut packed, text);
            });
        }
        self.entry.set_payload(Payload::PackedSet(&packed));
        let count = elements(&packed).count() + more;
        if longest > limits.packed_set_bytes_max || count > limits.packed_set_members_max {
            self.become_table(Size::Big);
        }
    }

    fn add_packed(&mut self, member: &[u8]) -> bool {
        let packed = self.entry.payload();
        let mut count = 0;
        for element in elements(packed) {
            if element.bytes(packed) == member {
                return false;
            }
            count += 1;
        }
        let limits = self.env.limits;
        if count >= limits.packed_set_members_max || member.len() > limits.packed_set_bytes_max {
            self.become_table(Size::Big);
            return self.insert(member);
        }
        let mut prefix = [0; 10];
        let width = write_varint(&mut prefix, member.len() as u64);
        let end = packed.len();
        self.entry.splice(end, 0, &[&prefix[..width], member]);
        true
    }

    /// Makes a set a table, so that members can have an expiry.
    #[cold]
    fn leave_packed(&mut self) {
        if self.entry.kind() == Kind::IntegerSet {
            self.leave_integers(0, 0);
        }
        if self.entry.kind() == Kind::PackedSet {
            self.become_table(Size::Small);
        }
    }

    #[cold]
    fn become_table(&mut self, size: Size) {
        let mut table = SetTable::new(size);
        let packed = self.entry.payload();
        for element in elements(packed) {
            table.add(self.env.hasher, element.bytes(packed));
        }
        self.entry.set_object(Box::new(Object::Set(Box::new(table))));
    }

    /// Removes a member, expired or not. False if it was not stored.
    pub(super) fn delete(&mut self, member: &[u8]) -> bool {
        let hasher = self.env.hasher;
        if let Some(Object::Set(table)) = self.entry.object_mut() {
            return table.remove(hasher, member);
        }
        let bytes = self.entry.payload();
        let found = if self.entry.kind() == Kind::IntegerSet {
            let index = is_canonical_integer(member).and_then(|it| integers::find(bytes, it).ok());
            index.map(|index| (integers::offset(bytes, index), integers::width(bytes)))
        } else {
            let element = elements(bytes).find(|element| element.bytes(bytes) == member);
            element.map(|element| (element.start, element.end - element.start))
        };
        let Some((at, len)) = found else { return false };
        self.entry.splice(at, len, &[]);
        true
    }

    /// Removes `count` different members by chance, every set of as many equally likely, handing
    /// each to `removed`. There are more.
    pub(super) fn pop(
        &mut self,
        (count, settled): (usize, Settled),
        random: &mut Rng,
        mut removed: impl FnMut(&[u8]),
    ) {
        let mut wanted = count;
        let members = self.members().settled(settled);
        // As Redis: with a third of the members or more, going through all is quicker.
        if count == 1 || count.saturating_mul(3) <= members.len() {
            wanted -= self.pop_drawn(count, random, &mut removed);
        }
        if wanted == 0 {
            return;
        }
        let (members, mut packed) = (self.members().settled(settled), Vec::new());
        let take = |member: Member<'_>| member.with_text(|it| push(&mut packed, it));
        match wanted {
            1 => members.draw(1, random, take),
            _ => members.sample(wanted, random, take),
        }
        for element in elements(&packed) {
            let member = element.bytes(&packed);
            self.delete(member);
            removed(member);
        }
    }

    /// Draws members one after the other from a table until `count` were removed, or too many draws
    /// in a row hit members that expired; how many were removed. From other forms none.
    fn pop_drawn(
        &mut self,
        count: usize,
        random: &mut Rng,
        removed: &mut impl FnMut(&[u8]),
    ) -> usize {
        let now_ms = self.env.now_ms;
        let Some(table) = self.table() else { return 0 };
        let (mut gone, mut misses) = (0, 0);
        while gone < count && misses < MISSES_MAX {
            let is_gone = table.remove_random(random, |member| {
                let is_live = member.expires_at.is_none_or(|at| at > now_ms);
                if is_live {
                    removed(member.bytes);
                }
                is_live
            });
            (gone, misses) = if is_gone { (gone + 1, 0) } else { (gone, misses + 1) };
        }
        gone
    }
}
