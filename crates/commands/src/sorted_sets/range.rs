//! What a range of a sorted set is: by rank, by score, or by the bytes of members of one score.

use std::ops;

use base::number::parse_f64_lenient;
use structures::ordered::{Edge, Tie, rank_key};

use super::scores::Scores;
use crate::arguments::integer;
use crate::errors::Error;

/// A range, as the arguments of a command give it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Range<'a> {
    /// From one index to another, both included; negative ones count from the end.
    Rank(i64, i64),
    /// Scores from one bound to another.
    Score(ScoreBound, ScoreBound),
    /// Members from one bound to another.
    Lex(LexBound<'a>, LexBound<'a>),
}

/// How a range is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Rank,
    Score,
    Lex,
}

/// The end of a range of scores.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScoreBound {
    score: f64,
    exclusive: bool,
}

/// The end of a range of members.
#[derive(Clone, Copy, Debug)]
pub(super) enum LexBound<'a> {
    /// `-`: before all.
    Least,
    /// `[member`
    Inclusive(&'a [u8]),
    /// `(member`
    Exclusive(&'a [u8]),
    /// `+`: after all.
    Greatest,
}

impl ScoreBound {
    fn parse(text: &[u8]) -> Option<Self> {
        let (exclusive, number) = match text {
            [b'(', number @ ..] => (true, number),
            _ => (false, text),
        };
        Some(Self { score: parse_f64_lenient(number)?, exclusive })
    }

    /// The place of the bound; `open` is where it lies among its own score if it is exclusive.
    fn edge(self, open: Tie<'static>, closed: Tie<'static>) -> Edge<'static> {
        Edge { key: rank_key(self.score), tie: if self.exclusive { open } else { closed } }
    }
}

impl<'a> LexBound<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        match text {
            b"-" => Some(Self::Least),
            b"+" => Some(Self::Greatest),
            [b'[', member @ ..] => Some(Self::Inclusive(member)),
            [b'(', member @ ..] => Some(Self::Exclusive(member)),
            _ => None,
        }
    }
}

impl<'a> Range<'a> {
    /// The range between two arguments, the lower one first.
    ///
    /// # Errors
    /// They are no such bounds.
    pub(super) fn parse(by: By, min: &'a [u8], max: &'a [u8]) -> Result<Self, Error> {
        match by {
            By::Rank => Ok(Self::Rank(integer(min)?, integer(max)?)),
            By::Score => match (ScoreBound::parse(min), ScoreBound::parse(max)) {
                (Some(min), Some(max)) => Ok(Self::Score(min, max)),
                _ => Err(Error::new("ERR min or max is not a float")),
            },
            By::Lex => match (LexBound::parse(min), LexBound::parse(max)) {
                (Some(min), Some(max)) => Ok(Self::Lex(min, max)),
                _ => Err(Error::new("ERR min or max not valid string range item")),
            },
        }
    }

    /// The ranks that the range covers.
    pub(super) fn ranks(self, scores: Scores<'_>) -> ops::Range<usize> {
        let (start, end) = match self {
            Self::Rank(start, stop) => return ranks_between(start, stop, scores.len()),
            Self::Score(min, max) => (
                scores.rank(&min.edge(Tie::Last, Tie::First)),
                scores.rank(&max.edge(Tie::First, Tie::Last)),
            ),
            Self::Lex(min, max) => {
                // Only bytes are compared: with members of different scores that makes sense as far
                // as they have the order of their bytes all the same.
                let place = |bound, lower: bool| match bound {
                    LexBound::Least => 0,
                    LexBound::Greatest => scores.len(),
                    LexBound::Inclusive(it) if lower => scores.rank_where(|member| member < it),
                    LexBound::Inclusive(it) => scores.rank_where(|member| member <= it),
                    LexBound::Exclusive(it) if lower => scores.rank_where(|member| member <= it),
                    LexBound::Exclusive(it) => scores.rank_where(|member| member < it),
                };
                (place(min, true), place(max, false))
            }
        };
        start..end.max(start)
    }
}

/// The ranks between two indexes among `len`, both included.
fn ranks_between(start: i64, stop: i64, len: usize) -> ops::Range<usize> {
    let len = len as i64;
    let from_front = |index: i64| if index < 0 { index.saturating_add(len) } else { index };
    let (start, stop) = (from_front(start).max(0), from_front(stop).min(len - 1));
    if start > stop { 0..0 } else { start as usize..stop as usize + 1 }
}
