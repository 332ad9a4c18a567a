//! Consecutive elements that lie in one piece of memory: how lists are read.
//!
//! ```text
//!   Same      |aaaa|bbbb|cccc|                     all have one length
//!   Each      |a|bbbbb|cc|   and  |1|5|2|          lengths beside them, one byte or two each
//!   Prefixed  |1|a|5|bbbbb|2|cc|                   each behind its length (see `packed`)
//!   Alone     one long element, shared with replies on their way
//! ```
//!
//! Must be true: the bytes are as many as the lengths say.
//! Not here: who owns the bytes (`chunk.rs`, `flat.rs`).

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use crate::packed::{elements, skip};

/// Which way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the first to the last.
    Forward,
    /// From the last to the first.
    Backward,
}

/// Lengths beside the bytes, little-endian.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    bytes: &'a [u8],
    width: Width,
}

/// Bytes that a length takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    One,
    Two,
}

impl Width {
    /// The narrowest for `len`, which is below 65,536.
    pub(super) fn of(len: usize) -> Self {
        if len <= usize::from(u8::MAX) { Self::One } else { Self::Two }
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

impl<'a> Lens<'a> {
    pub(super) fn new(bytes: &'a [u8], width: Width) -> Self {
        Self { bytes, width }
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.bytes.len() / self.width.bytes()
    }

    /// The length at `index`; 0 beyond the end.
    #[inline]
    pub(super) fn get(self, index: usize) -> usize {
        match self.width {
            Width::One => self.bytes.get(index).copied().map_or(0, usize::from),
            Width::Two => {
                let pair = self.bytes.get(index * 2..).and_then(<[u8]>::first_chunk);
                pair.map_or(0, |pair| u16::from_le_bytes(*pair).into())
            }
        }
    }

    pub(super) fn slice(self, range: Range<usize>) -> Self {
        let width = self.width.bytes();
        let bytes = self.bytes.get(range.start * width..range.end * width).unwrap_or_default();
        Self { bytes, width: self.width }
    }

    /// All together.
    pub(super) fn sum(self) -> usize {
        match self.width {
            Width::One => self.bytes.iter().map(|len| usize::from(*len)).sum(),
            Width::Two => self.iter().sum(),
        }
    }

    /// One after the other.
    #[inline]
    pub fn iter(self) -> impl DoubleEndedIterator<Item = usize> + 'a {
        (0..self.count()).map(move |index| self.get(index))
    }
}

/// Consecutive elements.
#[derive(Clone, Copy, Debug)]
pub enum Run<'a> {
    /// All of one length, which is not 0 unless there is one element.
    Same {
        /// One element behind the other.
        bytes: &'a [u8],
        /// The length of each.
        len: usize,
        /// How many there are.
        count: usize,
    },
    /// With lengths beside them.
    Each {
        /// One element behind the other.
        bytes: &'a [u8],
        /// The length of each.
        lens: Lens<'a>,
    },
    /// Each behind its length.
    Prefixed {
        /// Elements as in [`crate::packed`].
        bytes: &'a [u8],
        /// How many there are.
        count: usize,
    },
    /// One long element.
    Alone(&'a Arc<Vec<u8>>),
}

impl<'a> Run<'a> {
    /// Number of elements.
    #[inline]
    pub fn count(self) -> usize {
        match self {
            Self::Same { count, .. } | Self::Prefixed { count, .. } => count,
            Self::Each { lens, .. } => lens.count(),
            Self::Alone(_) => 1,
        }
    }

    /// Bytes in memory, hence at least those of the elements.
    #[inline]
    pub fn size(self) -> usize {
        match self {
            Self::Same { bytes, .. } | Self::Each { bytes, .. } | Self::Prefixed { bytes, .. } => {
                bytes.len()
            }
            Self::Alone(text) => text.len(),
        }
    }

    /// The element at `index`, or nothing beyond the end.
    pub fn get(self, index: usize) -> Option<&'a [u8]> {
        if index >= self.count() {
            return None;
        }
        match self.slice(index..index + 1) {
            Self::Same { bytes, .. } | Self::Each { bytes, .. } => Some(bytes),
            Self::Prefixed { bytes, .. } => elements(bytes).next().map(|it| it.bytes(bytes)),
            Self::Alone(text) => Some(text),
        }
    }

    /// Some of the elements: `range` lies within `0..count()`.
    #[must_use]
    pub fn slice(self, range: Range<usize>) -> Self {
        let kept = range.end.saturating_sub(range.start);
        match self {
            Self::Same { bytes, len, .. } => {
                let bytes = bytes.get(range.start * len..range.end * len).unwrap_or_default();
                Self::Same { bytes, len, count: kept }
            }
            Self::Each { bytes, lens } => {
                let start = lens.slice(0..range.start).sum();
                let lens = lens.slice(range);
                let bytes = bytes.get(start..start + lens.sum()).unwrap_or_default();
                Self::Each { bytes, lens }
            }
            Self::Prefixed { bytes, count } => {
                let start = skip(bytes, 0, range.start);
                let end = if range.end == count { bytes.len() } else { skip(bytes, start, kept) };
                Self::Prefixed { bytes: bytes.get(start..end).unwrap_or_default(), count: kept }
            }
            Self::Alone(_) => self,
        }
    }

    /// Visits the elements in order until `visit` breaks.
    ///
    /// # Errors
    /// What `visit` breaks with.
    #[inline]
    pub fn try_for_each<B>(
        self,
        direction: Direction,
        mut visit: impl FnMut(&'a [u8]) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        match (self, direction) {
            (Self::Same { bytes, len, count }, _) => {
                let element = |at: usize| bytes.get(at * len..(at + 1) * len).unwrap_or_default();
                match direction {
                    Direction::Forward => (0..count).try_for_each(|at| visit(element(at))),
                    Direction::Backward => (0..count).rev().try_for_each(|at| visit(element(at))),
                }
            }
            (Self::Each { bytes, lens }, Direction::Forward) => {
                let mut rest = bytes;
                lens.iter().try_for_each(|len| {
                    let (element, more) = rest.split_at_checked(len).unwrap_or_default();
                    rest = more;
                    visit(element)
                })
            }
            (Self::Each { bytes, lens }, Direction::Backward) => {
                let mut rest = bytes;
                lens.iter().rev().try_for_each(|len| {
                    let start = rest.len().saturating_sub(len);
                    let (more, element) = rest.split_at_checked(start).unwrap_or_default();
                    rest = more;
                    visit(element)
                })
            }
            (Self::Prefixed { bytes, .. }, Direction::Forward) => {
                elements(bytes).try_for_each(|element| visit(element.bytes(bytes)))
            }
            (Self::Prefixed { bytes, count }, Direction::Backward) => {
                let mut found = Vec::with_capacity(count);
                found.extend(elements(bytes));
                found.iter().rev().try_for_each(|element| visit(element.bytes(bytes)))
            }
            (Self::Alone(text), _) => visit(text),
        }
    }
}
