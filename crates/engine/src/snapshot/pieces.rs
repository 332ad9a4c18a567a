//! Big collections as a dump has them, piece by piece: one arm for each type.
//!
//! ```text
//!   list         count, elements                     goes on at an index
//!   set          count, members                      at a position of the table
//!   sorted set   count, (member, score)              at a rank
//!   stream       count, blocks, tail (`streams.rs`)  at a millisecond
//!   hash         [time] count ([time] field, value)  at a position of the table
//! ```
//!
//! Expiries of members follow their set or sorted set, in a second walk through it.
//! Must be true: the collection does not change between two pieces (`keyspace::snapshot`).

use std::ops::ControlFlow;

use keyspace::deadline::{STEP_MS, comes_at};
use keyspace::value::SortedSetTable;
use keyspace::{ElementTable, Entry, Object, SetTable};
use rdb::format::ValueType;
use rdb::{MemberExpiries, WriteError};
use structures::list::{Direction, List, Run};
use structures::ordered;

use super::encode::DumpEncoder;
use super::value::dump_time;
use crate::control::debug::contents::text;

/// Elements written under one lock.
const ELEMENTS_PER_PIECE: usize = 256;

/// Where a collection goes on; `None` when all of it is written.
type Next = Result<Option<u64>, WriteError>;

impl DumpEncoder {
    /// The next piece of a value; of one that has no pieces all of it.
    pub(super) fn next_piece(&mut self, number: usize, entry: &Entry, from: Option<u64>) -> Next {
        if self.tells_expiries {
            return self.expiries_piece(entry, from.unwrap_or(0));
        }
        let next = self.value_piece(number, entry, from)?;
        let has_more = matches!(entry.object(), Some(Object::Set(_) | Object::SortedSet(_)))
            && entry.object().is_some_and(|object| object.expiring() > 0);
        if next.is_some() || !has_more {
            return Ok(next);
        }
        // From the beginning once more.
        self.tells_expiries = true;
        Ok(Some(0))
    }

    /// The next expiries of members; where to go on.
    fn expiries_piece(&mut self, entry: &Entry, from: u64) -> Next {
        let mut members = Vec::new();
        let mut note = |member: &[u8], expires_at: Option<i64>| {
            members.extend(expires_at.map(|at| (member.to_vec(), dump_time(at))));
        };
        let next = match entry.object() {
            Some(Object::Set(set)) => {
                set.scan(from, ELEMENTS_PER_PIECE, |it| note(it.bytes, it.expires_at))
            }
            Some(Object::SortedSet(sorted)) => {
                sorted.scan_stored(from, ELEMENTS_PER_PIECE, |it| note(it.member, it.expires_at))
            }
            _ => None,
        };
        if !members.is_empty() {
            self.writer()
                .member_expiries(&MemberExpiries { key: entry.key().to_vec(), members })?;
        }
        self.tells_expiries = next.is_some();
        Ok(next)
    }

    fn value_piece(&mut self, number: usize, entry: &Entry, from: Option<u64>) -> Next {
        match entry.object() {
            Some(Object::Hash(hash)) => self.hash_piece((number, entry), hash, from),
            Some(Object::List(list)) => self.list_piece((number, entry), list, from),
            Some(Object::Set(set)) => self.set_piece((number, entry), set, from),
            Some(Object::SortedSet(sorted)) => self.sorted_piece((number, entry), sorted, from),
            Some(Object::Stream(stream)) => self.stream_piece((number, entry), stream, from),
            None => self.whole(number, entry).map(|()| None),
        }
    }

    /// Head and count of a collection, if this is its first piece. Gives where to go on.
    fn begin_counted(
        &mut self,
        (number, entry): (usize, &Entry),
        (value_type, count): (ValueType, usize),
        from: Option<u64>,
    ) -> Result<u64, WriteError> {
        if let Some(from) = from {
            return Ok(from);
        }
        self.begin(number, entry, value_type)?;
        self.writer().length(count as u64)?;
        Ok(0)
    }

    fn hash_piece(&mut self, at: (usize, &Entry), hash: &ElementTable, from: Option<u64>) -> Next {
        let times = (hash.expiring() > 0).then(|| earliest(hash));
        if from.is_none() {
            let plain = times.is_none();
            let value_type = if plain { ValueType::Hash } else { ValueType::HashExpiring };
            self.begin(at.0, at.1, value_type)?;
            if let Some(earliest) = times {
                self.writer().bytes(&earliest.to_le_bytes())?;
            }
            self.writer().length(hash.len() as u64)?;
        }
        let mut outcome = Ok(());
        let next = hash.scan(from.unwrap_or(0), ELEMENTS_PER_PIECE, |field| {
            if outcome.is_ok() {
                outcome = self.field(field, times);
            }
        });
        outcome.map(|()| next)
    }

    fn field(&mut self, field: &Entry, times: Option<u64>) -> Result<(), WriteError> {
        let writer = self.writer();
        if let Some(earliest) = times {
            let after = |at| (dump_time(at) + 1).saturating_sub(earliest);
            writer.length(field.expires_at().map_or(0, after))?;
        }
        writer.string(field.key())?;
        writer.string(&text(field))
    }

    fn list_piece(&mut self, at: (usize, &Entry), list: &List, from: Option<u64>) -> Next {
        let from = self.begin_counted(at, (ValueType::List, list.len()), from)? as usize;
        let end = list.len().min(from + ELEMENTS_PER_PIECE);
        let mut outcome = Ok(());
        let _ = list.try_for_each_run(from..end, Direction::Forward, |run: Run<'_>| {
            run.try_for_each::<()>(Direction::Forward, |element| {
                outcome = self.writer().string(element);
                if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        outcome.map(|()| (end < list.len()).then_some(end as u64))
    }

    fn set_piece(&mut self, at: (usize, &Entry), set: &SetTable, from: Option<u64>) -> Next {
        let from = self.begin_counted(at, (ValueType::Set, set.len()), from)?;
        let mut outcome = Ok(());
        let next = set.scan(from, ELEMENTS_PER_PIECE, |member| {
            if outcome.is_ok() {
                outcome = self.writer().string(member.bytes);
            }
        });
        outcome.map(|()| next)
    }

    fn sorted_piece(
        &mut self,
        at: (usize, &Entry),
        sorted: &SortedSetTable,
        from: Option<u64>,
    ) -> Next {
        let from = self.begin_counted(at, (ValueType::Zset, sorted.len()), from)? as usize;
        let end = sorted.len().min(from + ELEMENTS_PER_PIECE);
        for it in sorted.iter(from..end, ordered::Direction::Ascending) {
            let writer = self.writer();
            writer.string(it.member)?;
            writer.bytes(&it.score.to_le_bytes())?;
        }
        Ok((end < sorted.len()).then_some(end as u64))
    }
}

/// A time before which no field expires, as fields' expiries count from it. The table's deadlines
/// are later than the expiries by less than a step.
fn earliest(hash: &ElementTable) -> u64 {
    dump_time(comes_at(hash.least_deadline()).saturating_sub(STEP_MS)).max(1)
}
