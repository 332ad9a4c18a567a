//! A set as it is read: the same calls for integers, packed members and a table.
//!
//! Must be true: a missing key is a set without members. An expired member is absent, but for
//! `stored`. A member that is the only spelling of a 64-bit integer is `Member::Integer` when it
//! comes out of an integer set, and bytes otherwise; `contains` finds it either way.
//! Not here: changing anything (`edit.rs`).

use std::collections::HashSet;
use std::ops::ControlFlow;

use base::number::{NumberBuffer, format_i64, is_canonical_integer};
use fastrand::Rng;
use keyspace::db::Settled;
use keyspace::scan::table_cursor;
use keyspace::value::{Before, SetMember};
use keyspace::{Entry, Kind, Object, SetTable};
use protocol::Reply;
use structures::groups::Near;
use structures::integers;
use structures::packed::elements;

use crate::elements::{Env, Expiry};
use crate::errors::Error;

/// Draws that may hit expired members before one is looked for in a slower way.
pub(super) const MISSES_MAX: usize = 100;

/// A member on its way out of a set.
#[derive(Clone, Copy)]
pub(crate) enum Member<'m> {
    /// Its number.
    Integer(i64),
    /// Its bytes.
    Text(&'m [u8]),
    /// Its bytes, and where a table has or would have them.
    Placed(&'m [u8], Near),
}

impl<'m> From<SetMember<'m>> for Member<'m> {
    #[inline]
    fn from(member: SetMember<'m>) -> Self {
        Self::Placed(member.bytes, member.near)
    }
}

impl Member<'_> {
    /// Answers with the member.
    #[inline]
    pub(crate) fn write(self, reply: &mut Reply<'_>) {
        match self {
            Self::Integer(integer) => reply.bulk_int(integer),
            Self::Text(text) | Self::Placed(text, _) => reply.bulk(text),
        }
    }

    /// Runs `body` on the member's bytes.
    #[inline]
    pub(crate) fn with_text<R>(self, body: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Integer(integer) => body(format_i64(integer, &mut NumberBuffer::new())),
            Self::Text(text) | Self::Placed(text, _) => body(text),
        }
    }
}

/// A set, for reading.
#[derive(Clone, Copy)]
pub(crate) struct Members<'e> {
    form: Form<'e>,
    env: Env<'e>,
    /// Whether some member may have expired.
    hides: bool,
}

#[derive(Clone, Copy)]
enum Form<'e> {
    Integers(&'e [u8]),
    Packed(&'e [u8]),
    Table(&'e SetTable),
}

impl<'e> Members<'e> {
    /// The set in a key's entry.
    ///
    /// # Errors
    /// The entry holds something else.
    #[inline]
    pub(crate) fn of(entry: &'e Entry, env: Env<'e>) -> Result<Self, Error> {
        let (form, hides) = match entry.kind() {
            Kind::IntegerSet => (Form::Integers(entry.payload()), false),
            Kind::PackedSet => (Form::Packed(entry.payload()), false),
            _ => match entry.object() {
                Some(Object::Set(table)) => {
                    (Form::Table(table), table.may_have_expired(env.now_ms))
                }
                _ => return Err(Error::WrongType),
            },
        };
        Ok(Self { form, env, hides })
    }

    /// No members.
    pub(crate) fn none(env: Env<'e>) -> Self {
        Self { form: Form::Integers(&[]), env, hides: false }
    }

    /// The same set, of which it is known what is left of its expired members.
    pub(crate) fn settled(self, settled: Settled) -> Self {
        Self { hides: self.hides && settled == Settled::Partly, ..self }
    }

    /// False only if no member has expired.
    #[inline]
    pub(super) fn hides(&self) -> bool {
        self.hides
    }

    #[inline]
    fn is_live(&self, member: SetMember<'_>) -> bool {
        !self.hides || member.expires_at.is_none_or(|at| at > self.env.now_ms)
    }

    /// Whether a member is there that was found so.
    #[inline]
    fn is_there(&self, found: Before) -> bool {
        match found {
            Before::Absent => false,
            Before::Lasting => true,
            Before::Expiring(at) => !self.hides || at > self.env.now_ms,
        }
    }

    /// Number of members that are stored, those included that expired and were not yet removed.
    pub(crate) fn stored(&self) -> usize {
        match self.form {
            Form::Integers(bytes) => integers::len(bytes),
            Form::Packed(packed) => elements(packed).count(),
            Form::Table(table) => table.len(),
        }
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        match self.form {
            Form::Table(_) if self.hides => {
                let mut count = 0;
                self.for_each(|_| count += 1);
                count
            }
            _ => self.stored(),
        }
    }

    /// True if `member` is in the set.
    #[inline]
    pub(crate) fn contains(&self, member: &[u8]) -> bool {
        match self.form {
            Form::Integers(bytes) => {
                is_canonical_integer(member).is_some_and(|it| integers::find(bytes, it).is_ok())
            }
            Form::Packed(packed) => elements(packed).any(|it| it.bytes(packed) == member),
            Form::Table(table) => self.is_there(table.look(self.env.hasher, member)),
        }
    }

    /// Asks the memory for what looking for a member near here will need.
    fn prefetch_near(&self, near: Near) {
        if let Form::Table(table) = self.form {
            table.prefetch_near(near);
        }
    }

    /// When `member` expires.
    pub(super) fn expiry(&self, member: &[u8]) -> Expiry {
        match self.form {
            Form::Table(table) => match table.look(self.env.hasher, member) {
                found if !self.is_there(found) => Expiry::Absent,
                Before::Expiring(at) => Expiry::At(at),
                Before::Lasting | Before::Absent => Expiry::Never,
            },
            _ if self.contains(member) => Expiry::Never,
            _ => Expiry::Absent,
        }
    }

    /// As [`contains`](Self::contains), for a member of another set.
    #[inline]
    pub(crate) fn has(&self, member: Member<'_>) -> bool {
        match (self.form, member) {
            (Form::Integers(bytes), Member::Integer(it)) => integers::find(bytes, it).is_ok(),
            (Form::Table(table), Member::Placed(text, near)) => {
                self.is_there(table.look_near(self.env.hasher, near, text))
            }
            _ => member.with_text(|text| self.contains(text)),
        }
    }

    /// Visits every member.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(Member<'_>)) {
        match self.form {
            Form::Integers(bytes) => {
                integers::iter(bytes).for_each(|it| visit(Member::Integer(it)));
            }
            Form::Packed(packed) => {
                elements(packed).for_each(|it| visit(Member::Text(it.bytes(packed))));
            }
            Form::Table(table) => table.for_each(|it| {
                if self.is_live(it) {
                    visit(it.into());
                }
            }),
        }
    }

    /// Visits members until one of them makes `visit` break off, which the result tells.
    pub(crate) fn until(
        &self,
        visit: impl FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.until_beside([], visit)
    }

    /// As [`until`](Self::until), for a visitor that looks members up in `others`, whose memory is
    /// asked for ahead.
    #[inline]
    pub(super) fn until_beside<'o>(
        &self,
        others: impl IntoIterator<Item = &'o Self> + Clone,
        mut visit: impl FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()>
    where
        Self: 'o,
    {
        match self.form {
            Form::Integers(bytes) => {
                integers::iter(bytes).try_for_each(|it| visit(Member::Integer(it)))
            }
            Form::Packed(packed) => {
                elements(packed).try_for_each(|it| visit(Member::Text(it.bytes(packed))))
            }
            Form::Table(table) => {
                let ahead = |near| others.clone().into_iter().for_each(|it| it.prefetch_near(near));
                table.until(ahead, |it| {
                    if self.is_live(it) { visit(it.into()) } else { ControlFlow::Continue(()) }
                })
            }
        }
    }

    /// Visits about `count` members from the cursor on, all of a set that is no table. Gives the
    /// cursor to go on from, 0 at the end.
    pub(crate) fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(Member<'_>)) -> u64 {
        match self.form {
            Form::Table(table) => {
                let from = table_cursor::position(cursor);
                let visit = |it: SetMember<'_>| {
                    if self.is_live(it) {
                        visit(it.into());
                    }
                };
                table_cursor::number(table.scan(from, count, visit))
            }
            _ => {
                self.for_each(visit);
                0
            }
        }
    }

    /// Visits `count` members, each drawn from all, equally likely. There must be one.
    pub(super) fn draw(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(Member<'_>)) {
        match self.form {
            Form::Integers(bytes) => {
                for _ in 0..count {
                    let index = random.usize(..integers::len(bytes).max(1));
                    integers::get(bytes, index).into_iter().for_each(|it| {
                        visit(Member::Integer(it));
                    });
                }
            }
            Form::Packed(packed) => {
                let all: Vec<_> = elements(packed).collect();
                for _ in 0..count {
                    visit(Member::Text(all[random.usize(..all.len())].bytes(packed)));
                }
            }
            Form::Table(table) => {
                (0..count).for_each(|_| self.draw_from(table, random, &mut visit));
            }
        }
    }

    /// Visits one member drawn from a table that has a live one.
    fn draw_from(&self, table: &SetTable, random: &mut Rng, visit: &mut impl FnMut(Member<'_>)) {
        for _ in 0..MISSES_MAX {
            if let Some(member) = table.random(random).filter(|it| self.is_live(*it)) {
                return visit(member.into());
            }
        }
        self.select(1, random, visit);
    }

    /// Visits `count` different members, every set of as many equally likely. There are more.
    pub(super) fn sample(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(Member<'_>)) {
        match self.form {
            // As Redis: with a third of the members or more, going through all is quicker.
            Form::Table(table) if count.saturating_mul(3) <= self.len() => {
                // Members stay where they are, so where their bytes are stands for them.
                let mut seen = HashSet::with_capacity(count);
                while seen.len() < count {
                    self.draw_from(table, random, &mut |member| {
                        let place = member.with_text(|text| text.as_ptr_range());
                        if seen.insert(place) {
                            visit(member);
                        }
                    });
                }
            }
            _ => self.select(count, random, visit),
        }
    }

    /// Visits `count` different members in the order of the set (selection sampling: "The Art of
    /// Computer Programming", 3.4.2, algorithm S).
    fn select(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(Member<'_>)) {
        let (mut wanted, mut left) = (count, self.len());
        let _ = self.until(|member| {
            if random.usize(..left) < wanted {
                wanted -= 1;
                visit(member);
            }
            left -= 1;
            if wanted == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
}
