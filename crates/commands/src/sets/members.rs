//! A set as it is read: the same calls for integers, packed members and a table.
//!
//! Must be true: a missing key is a set without members. A member that is the only spelling of a
//! 64-bit integer is `Member::Integer` when it comes out of an integer set and `Member::Text`
//! otherwise; `contains` finds it either way.
//! Not here: changing anything (`edit.rs`).

use std::collections::HashSet;
use std::ops::ControlFlow;

use base::hash::KeyHasher;
use base::number::{NumberBuffer, format_i64, is_canonical_integer};
use fastrand::Rng;
use keyspace::scan::table_cursor;
use keyspace::{Entry, Kind, Object, SetTable};
use protocol::Reply;
use structures::integers;
use structures::packed::elements;

use crate::errors::Error;

/// Members visited before a visitor's wish to stop is heard.
const STRIDE: usize = 64;

/// A member on its way out of a set.
#[derive(Clone, Copy)]
pub(crate) enum Member<'m> {
    /// Its number.
    Integer(i64),
    /// Its bytes.
    Text(&'m [u8]),
}

impl Member<'_> {
    /// Answers with the member.
    #[inline]
    pub(crate) fn write(self, reply: &mut Reply<'_>) {
        match self {
            Self::Integer(integer) => reply.bulk_int(integer),
            Self::Text(text) => reply.bulk(text),
        }
    }

    /// Runs `body` on the member's bytes.
    #[inline]
    pub(crate) fn with_text<R>(self, body: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Integer(integer) => body(format_i64(integer, &mut NumberBuffer::new())),
            Self::Text(text) => body(text),
        }
    }
}

/// A set, for reading.
#[derive(Clone, Copy)]
pub(crate) struct Members<'e> {
    form: Form<'e>,
    hasher: &'e KeyHasher,
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
    pub(crate) fn of(entry: &'e Entry, hasher: &'e KeyHasher) -> Result<Self, Error> {
        let form = match entry.kind() {
            Kind::IntegerSet => Form::Integers(entry.payload()),
            Kind::PackedSet => Form::Packed(entry.payload()),
            _ => match entry.object() {
                Some(Object::Set(table)) => Form::Table(table),
                _ => return Err(Error::WrongType),
            },
        };
        Ok(Self { form, hasher })
    }

    /// No members.
    pub(crate) fn none(hasher: &'e KeyHasher) -> Self {
        Self { form: Form::Integers(&[]), hasher }
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        match self.form {
            Form::Integers(bytes) => integers::len(bytes),
            Form::Packed(packed) => elements(packed).count(),
            Form::Table(table) => table.len(),
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
            Form::Table(table) => table.contains(self.hasher, member),
        }
    }

    /// As [`contains`](Self::contains), for a member of another set.
    #[inline]
    pub(crate) fn has(&self, member: Member<'_>) -> bool {
        match (self.form, member) {
            (Form::Integers(bytes), Member::Integer(it)) => integers::find(bytes, it).is_ok(),
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
            Form::Table(table) => table.for_each(|it| visit(Member::Text(it))),
        }
    }

    /// Visits members until one of them makes `visit` break off, which the result tells.
    pub(crate) fn until(
        &self,
        mut visit: impl FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self.form {
            Form::Integers(bytes) => {
                integers::iter(bytes).try_for_each(|it| visit(Member::Integer(it)))
            }
            Form::Packed(packed) => {
                elements(packed).try_for_each(|it| visit(Member::Text(it.bytes(packed))))
            }
            Form::Table(table) => {
                let (mut from, mut flow) = (Some(0), ControlFlow::Continue(()));
                while let Some(position) = from.filter(|_| flow.is_continue()) {
                    from = table.scan(position, STRIDE, |it| {
                        if flow.is_continue() {
                            flow = visit(Member::Text(it));
                        }
                    });
                }
                flow
            }
        }
    }

    /// Visits about `count` members from the cursor on, all of a set that is no table. Gives the
    /// cursor to go on from, 0 at the end.
    pub(crate) fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(Member<'_>)) -> u64 {
        match self.form {
            Form::Table(table) => {
                let from = table_cursor::position(cursor);
                table_cursor::number(table.scan(from, count, |it| visit(Member::Text(it))))
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
                (0..count).for_each(|_| table.random(random, |it| visit(Member::Text(it))));
            }
        }
    }

    /// Visits `count` different members, every set of as many equally likely. There are more.
    pub(super) fn sample(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(Member<'_>)) {
        match self.form {
            // As Redis: with a third of the members or more, going through all is quicker.
            Form::Table(table) if count.saturating_mul(3) <= self.len() => {
                // Members stay where they are, so an address stands for one.
                let mut seen = HashSet::with_capacity(count);
                while seen.len() < count {
                    table.random(random, |it| {
                        if seen.insert(it.as_ptr()) {
                            visit(Member::Text(it));
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
