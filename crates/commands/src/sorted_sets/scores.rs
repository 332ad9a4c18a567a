//! A sorted set as it is read: the same calls for packed members and for a table with a tree.
//!
//! Must be true: a missing key is a sorted set without members. Ranks count from the least member.
//! An expired member is absent, but for `stored`: while a table `hides` some, ranks are counted
//! member by member.
//! Not here: changing anything (`edit.rs`), what a range means (`range.rs`).

use std::collections::HashSet;
use std::ops::{ControlFlow, Range};

use base::hash::KeyHasher;
use fastrand::Rng;
use keyspace::db::Settled;
use keyspace::scan::table_cursor;
use keyspace::value::Stored;
use keyspace::{Entry, Kind, Object, SortedSetTable};
use structures::ordered::{Direction, Edge};
use structures::scored::{Item, items};

use crate::elements::{Env, Expiry};
use crate::errors::Error;

/// Draws that may hit expired members before one is looked for in a slower way.
const MISSES_MAX: usize = 100;

/// A sorted set, for reading.
#[derive(Clone, Copy)]
pub(crate) struct Scores<'e> {
    form: Form<'e>,
    hasher: &'e KeyHasher,
    /// Members that expired by this unix time in ms are absent; `NOTHING` if none has, which only
    /// of a table has to be found out.
    hidden_until: i64,
}

/// No member has expired.
const NOTHING: i64 = i64::MIN;

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
    pub(crate) fn of(entry: &'e Entry, env: Env<'e>) -> Result<Self, Error> {
        if entry.kind() == Kind::PackedSortedSet {
            let form = Form::Packed(entry.payload());
            return Ok(Self { form, hasher: env.hasher, hidden_until: NOTHING });
        }
        match entry.object() {
            Some(Object::SortedSet(table)) => {
                let may_hide = table.may_have_expired(env.now_ms);
                let hidden_until = if may_hide { env.now_ms } else { NOTHING };
                Ok(Self { form: Form::Table(table), hasher: env.hasher, hidden_until })
            }
            _ => Err(Error::WrongType),
        }
    }

    /// No members.
    pub(crate) fn none(env: Env<'e>) -> Self {
        Self { form: Form::Packed(&[]), hasher: env.hasher, hidden_until: NOTHING }
    }

    /// The same sorted set, of which it is known what is left of its expired members.
    pub(crate) fn settled(self, settled: Settled) -> Self {
        match settled {
            Settled::All => Self { hidden_until: NOTHING, ..self },
            Settled::Partly => self,
        }
    }

    /// False only if no member has expired.
    #[inline]
    pub(super) fn hides(&self) -> bool {
        self.hidden_until != NOTHING
    }

    /// The table, if there is one, some of whose members may have expired.
    #[inline]
    fn veiled(&self) -> Option<&'e SortedSetTable> {
        match self.form {
            Form::Table(table) if self.hides() => Some(table),
            _ => None,
        }
    }

    #[inline]
    fn is_live(&self, member: &Stored<'_>) -> bool {
        member.expires_at.is_none_or(|at| at > self.hidden_until)
    }

    /// The live members of a table in order.
    fn iter_live(
        &self,
        table: &'e SortedSetTable,
        direction: Direction,
    ) -> impl Iterator<Item = Stored<'e>> + use<'e, '_> {
        table.iter(0..table.len(), direction).filter(|it| self.is_live(it))
    }

    /// How many live members of a table come before the first one for which `before` is false.
    #[cold]
    fn count_live(&self, table: &'e SortedSetTable, before: impl Fn(&[u8], f64) -> bool) -> usize {
        let live = self.iter_live(table, Direction::Ascending);
        live.take_while(|it| before(it.member, it.score)).count()
    }

    /// Number of members that are stored, those included that expired and were not yet removed.
    pub(crate) fn stored(&self) -> usize {
        match self.form {
            Form::Packed(packed) => items(packed).count(),
            Form::Table(table) => table.len(),
        }
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        match self.veiled() {
            Some(table) => self.count_live(table, |_, _| true),
            None => self.stored(),
        }
    }

    /// True if there is no member.
    pub(crate) fn is_empty(&self) -> bool {
        match self.form {
            Form::Packed(packed) => packed.is_empty(),
            Form::Table(_) if self.hides() => self.len() == 0,
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
            Form::Table(table) if self.hides() => {
                let found = table.look(self.hasher, member);
                found.filter(|it| self.is_live(it)).map(|it| it.score)
            }
            Form::Table(table) => table.score(self.hasher, member),
        }
    }

    /// When `member` expires.
    pub(super) fn expiry(&self, member: &[u8]) -> Expiry {
        match self.form {
            Form::Packed(_) if self.score(member).is_some() => Expiry::Never,
            Form::Packed(_) => Expiry::Absent,
            Form::Table(table) => {
                let found = table.look(self.hasher, member).filter(|it| self.is_live(it));
                found.map_or(Expiry::Absent, |it| it.expires_at.map_or(Expiry::Never, Expiry::At))
            }
        }
    }

    /// How many members lie before an edge.
    pub(crate) fn rank(&self, edge: &Edge<'_>) -> usize {
        match self.form {
            Form::Packed(packed) => {
                items(packed).take_while(|item| edge.is_after(item.score, item.member)).count()
            }
            Form::Table(table) if self.hides() => {
                self.count_live(table, |member, score| edge.is_after(score, member))
            }
            Form::Table(table) => table.rank(edge),
        }
    }

    /// How many members lie before the first one for which `before` is false.
    pub(super) fn rank_where(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        match self.form {
            Form::Packed(packed) => items(packed).take_while(|item| before(item.member)).count(),
            Form::Table(table) if self.hides() => {
                self.count_live(table, |member, _| before(member))
            }
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
            Form::Table(_) => {
                let score = self.score(member)?;
                Some((self.rank(&Edge::before(score, member)), score))
            }
        }
    }

    /// Visits the members of these ranks, which count from the end that the direction starts at,
    /// until `visit` breaks off.
    pub(crate) fn walk(
        &self,
        ranks: Range<usize>,
        direction: Direction,
        mut visit: impl FnMut(&[u8], f64) -> ControlFlow<()>,
    ) {
        let (skip, count) = (ranks.start, ranks.len());
        let mut visit_item = |item: Item<'_>| visit(item.member, item.score);
        let _ = match (self.form, direction) {
            (Form::Table(table), _) if self.hides() => {
                let mut live = self.iter_live(table, direction).skip(skip).take(count);
                live.try_for_each(|it| visit(it.member, it.score))
            }
            (Form::Table(table), _) => {
                table.iter(ranks, direction).try_for_each(|it| visit(it.member, it.score))
            }
            (Form::Packed(packed), Direction::Ascending) => {
                items(packed).skip(skip).take(count).try_for_each(&mut visit_item)
            }
            (Form::Packed(packed), Direction::Descending) => {
                let all: Vec<Item<'_>> = items(packed).collect();
                all.into_iter().rev().skip(skip).take(count).try_for_each(&mut visit_item)
            }
        };
    }

    /// As [`walk`](Self::walk), to the end of the ranks.
    pub(crate) fn slice(
        &self,
        ranks: Range<usize>,
        direction: Direction,
        mut visit: impl FnMut(&[u8], f64),
    ) {
        self.walk(ranks, direction, |member, score| {
            visit(member, score);
            ControlFlow::Continue(())
        });
    }

    /// Visits every member in order.
    pub(crate) fn for_each(&self, visit: impl FnMut(&[u8], f64)) {
        self.slice(0..usize::MAX, Direction::Ascending, visit);
    }

    /// Visits about `count` members from the cursor on, all of a packed sorted set. Gives the
    /// cursor to go on from, 0 at the end.
    pub(super) fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(&[u8], f64)) -> u64 {
        match self.form {
            Form::Packed(_) => {
                self.for_each(visit);
                0
            }
            Form::Table(table) => {
                let visit = |it: Stored<'_>| {
                    if !self.hides() || self.is_live(&it) {
                        visit(it.member, it.score);
                    }
                };
                let from = table_cursor::position(cursor);
                table_cursor::number(table.scan_stored(from, count, visit))
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
            Form::Table(table) => {
                (0..count).for_each(|_| self.draw_from(table, random, &mut visit));
            }
        }
    }

    /// Visits one member drawn from a table that has a live one.
    fn draw_from(
        &self,
        table: &SortedSetTable,
        random: &mut Rng,
        visit: &mut impl FnMut(&[u8], f64),
    ) {
        for _ in 0..MISSES_MAX {
            if let Some(it) = table.draw(random).filter(|it| !self.hides() || self.is_live(it)) {
                return visit(it.member, it.score);
            }
        }
        self.select(1, random, visit);
    }

    /// Visits `count` different members, every set of as many equally likely. There are more.
    pub(super) fn sample(&self, count: usize, random: &mut Rng, mut visit: impl FnMut(&[u8], f64)) {
        match self.form {
            // As Redis: with a third of the members or more, going through all is quicker.
            Form::Table(table) if count.saturating_mul(3) <= self.len() => {
                // Members stay where they are, so an address stands for one.
                let mut seen = HashSet::with_capacity(count);
                while seen.len() < count {
                    self.draw_from(table, random, &mut |member: &[u8], score| {
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
        self.walk(0..usize::MAX, Direction::Ascending, |member, score| {
            if random.usize(..left) < wanted {
                wanted -= 1;
                visit(member, score);
            }
            left -= 1;
            if wanted == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
}
