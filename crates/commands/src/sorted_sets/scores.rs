//! A sorted set as it is read: the same calls for packed members and for a table with a tree.
//!
//! Must be true: a missing key is a sorted set without members. Ranks count from the least member.
//! Not here: changing anything (`edit.rs`), what a range means (`range.rs`).

use std::collections::HashSet;
use std::ops::ControlFlow;

use base::hash::KeyHasher;
use fastrand::Rng;
use keyspace::scan::table_cursor;
use keyspace::{Entry, Kind, Object, SortedSetTable};
use structures::ordered::{Direction, Edge};
use structures::scored::{Item, items};

use crate::errors::Error;

/// A sorted set, for reading.
#[derive(Clone, Copy)]
pub(crate) struct Scores<'e> {
    form: Form<'e>,
    hasher: &'e KeyHasher,
}

#[derive(Clone, Copy)]
enum Form<'e> {
    Packed(&'e [u8]),
    Table(&'e SortedSetTable),
}

impl<'e> Scores<'e> {
    /// The sorted set in a key's entry.
    ///
    /// # Errors
    /// The entry holds something else.
    #[inline]
    pub(crate) fn of(entry: &'e Entry, hasher: &'e KeyHasher) -> Result<Self, Error> {
        if entry.kind() == Kind::PackedSortedSet {
            return Ok(Self { form: Form::Packed(entry.payload()), hasher });
        }
        match entry.object() {
            Some(Object::SortedSet(table)) => Ok(Self { form: Form::Table(table), hasher }),
            _ => Err(Error::WrongType),
        }
    }

    /// No members.
    pub(crate) fn none(hasher: &'e KeyHasher) -> Self {
        Self { form: Form::Packed(&[]), hasher }
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        match self.form {
            Form::Packed(packed) => items(packed).count(),
            Form::Table(table) => table.len(),
        }
    }

    /// True if there is no member.
    pub(crate) fn is_empty(&self) -> bool {
        match self.form {
            Form::Packed(packed) => packed.is_empty(),
            Form::Table(table) => table.is_empty(),
        }
    }

    /// True if scores are printed as Redis's packed form prints them (in ZSCAN).
    pub(super) fn is_packed(&self) -> bool {
        matches!(self.form, Form::Packed(_))
    }

    /// The score of `member`.
    #[inline]
    pub(crate) fn score(&self, member: &[u8]) -> Option<f64> {
        match self.form {
            Form::Packed(packed) => {
                items(packed).find(|item| item.member == member).map(|item| item.score)
            }
            Form::Table(table) => table.score(self.hasher, member),
        }
    }

    /// How many members lie before an edge.
    pub(crate) fn rank(&self, edge: &Edge<'_>) -> usize {
        match self.form {
            Form::Packed(packed) => {
                items(packed).take_while(|item| edge.is_after(item.score, item.member)).count()
            }
            Form::Table(table) => table.rank(edge),
        }
    }

    /// How many members lie before the first one for which `before` is false.
    pub(super) fn rank_where(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        match self.form {
            Form::Packed(packed) => items(packed).take_while(|item| before(item.member)).count(),
            Form::Table(table) => table.rank_where(before),
        }
    }

    /// The rank and the score of `member`.
    pub(super) fn rank_of(&self, member: &[u8]) -> Option<(usize, f64)> {
        match self.form {
            Form::Packed(packed) => {
                let mut ranked = items(packed).enumerate();
                let (rank, item) = ranked.find(|(_, item)| item.member == member)?;
                Some((rank, item.score))
            }
            Form::Table(table) => {
                let score = table.score(self.hasher, member)?;
                Some((table.rank(&Edge::before(score, member)), score))
            }
        }
    }

    /// Visits members in order, the first `skip` (from the end that the direction starts at) left
    /// out, until `visit` breaks off.
    pub(crate) fn walk(
        &self,
        skip: usize,
        direction: Direction,
        mut visit: impl FnMut(&[u8], f64) -> ControlFlow<()>,
    ) {
        let mut visit_item = |item: Item<'_>| visit(item.member, item.score);
        let _ = match (self.form, direction) {
            (Form::Table(table), _) => {
                table.walk(skip, direction, visit);
                return;
            }
            (Form::Packed(packed), Direction::Ascending) => {
                items(packed).skip(skip).try_for_each(&mut visit_item)
            }
            (Form::Packed(packed), Direction::Descending) => {
                let all: Vec<Item<'_>> = items(packed).collect();
                all.into_iter().rev().skip(skip).try_for_each(&mut visit_item)
            }
        };
    }

    /// Visits `count` members after the first `skip`.
    pub(crate) fn slice(
        &self,
        (skip, count): (usize, usize),
        direction: Direction,
        mut visit: impl FnMut(&[u8], f64),
    ) {
        let mut left = count;
        if left == 0 {
            return;
        }
        self.walk(skip, direction, |member, score| {
            visit(member, score);
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }

    /// Visits every member in order.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(&[u8], f64)) {
        self.walk(0, Direction::Ascending, |member, score| {
            visit(member, score);
            ControlFlow::Continue(())
        });
    }

    /// Visits about `count` members from the cursor on, all of a packed sorted set. Gives the
    /// cursor to go on from, 0 at the end.
    pub(super) fn scan(&self, cursor: u64, count: usize, visit: impl FnMut(&[u8], f64)) -> u64 {
        match self.form {
            Form::Packed(_) => {
                self.for_each(visit);
                0
            }
            Form::Table(table) => {
                table_cursor::number(table.scan(table_cursor::position(cursor), count, visit))
            }
        }
    }

    /// Visits `count` members, each drawn from all, equally likely. There must be one.
    pub(super) fn draw(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(&[u8], f64)) {
        match self.form {
            Form::Packed(packed) => {
                let all: Vec<Item<'_>> = items(packed).collect();
                for _ in 0..count {
                    let item = all[random.usize(..all.len())];
                    visit(item.member, item.score);
                }
            }
            Form::Table(table) => (0..count).for_each(|_| table.random(random, &mut visit)),
        }
    }

    /// Visits `count` different members, every set of as many equally likely. There are more.
    pub(super) fn sample(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(&[u8], f64)) {
        match self.form {
            // As Redis: with a third of the members or more, going through all is quicker.
            Form::Table(table) if count.saturating_mul(3) <= self.len() => {
                // Members stay where they are, so an address stands for one.
                let mut seen = HashSet::with_capacity(count);
                while seen.len() < count {
                    table.random(random, |member, score| {
                        if seen.insert(member.as_ptr()) {
                            visit(member, score);
                        }
                    });
                }
            }
            _ => self.select(count, random, visit),
        }
    }

    /// Visits `count` different members in order (selection sampling: "The Art of Computer
    /// Programming", 3.4.2, algorithm S).
    fn select(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(&[u8], f64)) {
        let (mut wanted, mut left) = (count, self.len());
        self.walk(0, Direction::Ascending, |member, score| {
            if random.usize(..left) < wanted {
                wanted -= 1;
                visit(member, score);
            }
            left -= 1;
            if wanted == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
}
