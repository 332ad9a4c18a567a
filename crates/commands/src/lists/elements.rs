//! A list as it is read: flat in the key's entry, or a deque of chunks.

use std::ops::{ControlFlow, Range};

use keyspace::{Entry, Kind, Object};
use protocol::Reply;
use structures::list::{Direction, End, List, Run, flat};
use structures::packed::elements;

use crate::errors::Error;

/// A list, for reading it.
#[derive(Clone, Copy)]
pub(super) enum Elements<'e> {
    /// In the entry.
    Flat(Run<'e>),
    /// In chunks.
    Long(&'e List),
}

impl<'e> Elements<'e> {
    /// The list in a key's entry.
    ///
    /// # Errors
    /// The entry holds something else.
    #[inline]
    pub(super) fn of(entry: &'e Entry) -> Result<Self, Error> {
        match (entry.kind(), entry.object()) {
            (Kind::FlatList, _) => Ok(Self::Flat(flat::run(entry.payload()))),
            (_, Some(Object::List(list))) => Ok(Self::Long(list)),
            _ => Err(Error::WrongType),
        }
    }

    #[inline]
    pub(super) fn len(self) -> usize {
        match self {
            Self::Flat(run) => run.count(),
            Self::Long(list) => list.len(),
        }
    }

    /// The element at an end, as a run of one.
    #[inline]
    pub(super) fn end(self, end: End) -> Option<Run<'e>> {
        match self {
            Self::Flat(run) => {
                let last = run.count().checked_sub(1)?;
                let at = if end == End::Front { 0 } else { last };
                Some(one(run.get(at)?))
            }
            Self::Long(list) => list.end(end),
        }
    }

    /// Runs `body` on the element at `index` as a run of one, or on nothing beyond the end.
    pub(super) fn get<R>(self, index: usize, body: impl FnOnce(Option<Run<'_>>) -> R) -> R {
        match self {
            Self::Flat(run) => body(run.get(index).map(one)),
            Self::Long(list) => list.get(index, body),
        }
    }

    /// The index that a client's number means, counted from the end if negative; `None` if it is
    /// outside of the list.
    pub(super) fn index(self, number: i64) -> Option<usize> {
        let len = self.len();
        let index = if number < 0 { number.checked_add(len as i64)? } else { number };
        usize::try_from(index).ok().filter(|index| *index < len)
    }

    /// The elements from `start` to `stop`, which count from the end if negative.
    pub(super) fn range(self, (start, stop): (i64, i64)) -> Range<usize> {
        let len = self.len() as i64;
        let from_end = |at: i64| if at < 0 { at + len } else { at };
        let (start, stop) = (from_end(start).max(0), from_end(stop).min(len - 1));
        if start > stop { 0..0 } else { start as usize..stop as usize + 1 }
    }

    /// Visits the elements `range`, which lies within the list, as runs.
    #[inline]
    pub(super) fn try_for_each_run<B>(
        self,
        range: Range<usize>,
        direction: Direction,
        mut visit: impl FnMut(Run<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        match self {
            Self::Flat(run) => visit(run.slice(range)),
            Self::Long(list) => list.try_for_each_run(range, direction, visit),
        }
    }

    /// Writes the elements `range`, which lies within the list, as an array.
    #[inline]
    pub(super) fn write(self, range: Range<usize>, direction: Direction, reply: &mut Reply<'_>) {
        reply.array(range.len());
        let _ = self.try_for_each_run::<()>(range, direction, |run| {
            write_run(run, direction, reply);
            ControlFlow::Continue(())
        });
    }

    /// Visits the indexes of the elements in `range` that equal `element`.
    pub(super) fn find<B>(
        self,
        element: &[u8],
        range: Range<usize>,
        direction: Direction,
        mut visit: impl FnMut(usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut passed = 0;
        self.try_for_each_run(range.clone(), direction, |run| {
            if matches!(run, Run::Same { len, .. } if len != element.len()) {
                passed += run.count();
                return ControlFlow::Continue(());
            }
            run.try_for_each(direction, |each| {
                let index = match direction {
                    Direction::Forward => range.start + passed,
                    Direction::Backward => range.end - 1 - passed,
                };
                passed += 1;
                if each == element { visit(index) } else { ControlFlow::Continue(()) }
            })
        })
    }
}

#[inline(always)]
fn one(element: &[u8]) -> Run<'_> {
    Run::Same { bytes: element, len: element.len(), count: 1 }
}

/// Writes the elements of a run one after the other.
#[inline]
pub(super) fn write_run(run: Run<'_>, direction: Direction, reply: &mut Reply<'_>) {
    let is_forward = direction == Direction::Forward;
    match run {
        Run::Same { bytes, len, count } if is_forward => {
            reply.bulks(bytes, count, (0..count).map(|at| (at * len, len)));
        }
        Run::Same { bytes, len, count } => {
            reply.bulks(bytes, count, (0..count).rev().map(|at| (at * len, len)));
        }
        Run::Each { bytes, lens } if is_forward => {
            let mut end = 0;
            let place = |len| {
                end += len;
                (end - len, len)
            };
            reply.bulks(bytes, lens.count(), lens.iter().map(place));
        }
        Run::Each { bytes, lens } => {
            let mut start = bytes.len();
            let place = |len| {
                start -= len;
                (start, len)
            };
            reply.bulks(bytes, lens.count(), lens.iter().rev().map(place));
        }
        Run::Prefixed { bytes, count } => {
            let places = elements(bytes).map(|element| (element.data, element.end - element.data));
            if is_forward {
                return reply.bulks(bytes, count, places);
            }
            let places: Vec<(usize, usize)> = places.collect();
            reply.bulks(bytes, count, places.into_iter().rev());
        }
        Run::Alone(element) => reply.bulk_shared(element),
    }
}

/// Writes a run of one element.
#[inline(always)]
pub(super) fn write_one(run: Run<'_>, reply: &mut Reply<'_>) {
    match run {
        Run::Same { bytes, .. } => reply.bulk(bytes),
        run => write_run(run, Direction::Forward, reply),
    }
}
