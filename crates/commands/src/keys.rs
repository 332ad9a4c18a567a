//! Which arguments of a request are keys.
//!
//! `positions` is for the way of every request: it knows the plain first/last/step form by three
//! integers in the row and turns to the key specs only for commands whose keys move. `find` also
//! tells what happens to each key; COMMAND GETKEYS and ACL checks need that.
//!
//! Must be true: a position that comes out of here is the index of an argument that is there.
//! Not here: whether the request is otherwise well formed. A request that its key specs do not fit
//! is `Unfit`; the command's body will say what is wrong with it.

use base::number::parse_i64;
use protocol::Request;
use thiserror::Error;

use crate::spec::{
    Begin, Find, INCOMPLETE, KeySpec, MOVABLE_KEYS, NO_MANDATORY_KEYS, NOT_KEY, ROUTED, Spec,
    VARIABLE_FLAGS,
};

/// An argument that is a key, and what happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundKey {
    /// Index of the argument.
    pub index: usize,
    /// `spec::RO`, `spec::ACCESS`, ... bits.
    pub flags: u16,
}

/// The arguments do not fit the command's key specs, so there is no telling its keys.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("Invalid arguments specified for command")]
pub struct Unfit;

/// The indexes of the arguments that are keys, one after the other.
#[derive(Clone, Debug)]
pub enum Positions {
    /// `next`, and every `step`-th after it before `end`.
    #[expect(missing_docs, reason = "said above")]
    Plain { next: usize, end: usize, step: usize },
    /// These.
    Listed(std::vec::IntoIter<FoundKey>),
}

impl Iterator for Positions {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        match self {
            Self::Plain { next, end, step } => {
                let index = *next;
                if index >= *end {
                    return None;
                }
                *next = index + *step;
                Some(index)
            }
            Self::Listed(found) => found.next().map(|key| key.index),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = match self {
            Self::Plain { next, end, step } => end.saturating_sub(*next).div_ceil(*step),
            Self::Listed(found) => found.len(),
        };
        (len, Some(len))
    }
}

impl ExactSizeIterator for Positions {}

/// The index of a command's key, if it has exactly one, always in the same place: so do most.
#[inline(always)]
pub fn only(spec: &Spec) -> Option<usize> {
    let fixed = spec.flags & (MOVABLE_KEYS | ROUTED) == 0 && spec.first_key == spec.last_key;
    (fixed && spec.first_key > 0).then_some(usize::from(spec.first_key.unsigned_abs()))
}

/// Where the keys of a request are that has the arity its command asks for.
///
/// # Errors
/// `Unfit`, for a command whose keys move, if the arguments do not fit its key specs.
#[inline]
pub fn positions(spec: &Spec, request: Request<'_>) -> Result<Positions, Unfit> {
    if spec.flags & (MOVABLE_KEYS | ROUTED) != 0 {
        return find(spec, request).map(|found| Positions::Listed(found.into_iter()));
    }
    // Nothing to clamp from above: the arity covers fixed positions, others count from the end.
    let end = match spec.last_key {
        last if last < 0 => (request.len() + 1).saturating_sub(usize::from(last.unsigned_abs())),
        last => (usize::from(last.unsigned_abs()) + 1).min(request.len()),
    };
    let step = usize::from(spec.key_step.unsigned_abs()).max(1);
    let next = if spec.first_key == 0 { end } else { usize::from(spec.first_key.unsigned_abs()) };
    Ok(Positions::Plain { next, end, step })
}

/// The keys of a request and what happens to each, in the order of the key specs. Arguments that
/// are only routed like keys are left out.
///
/// # Errors
/// `Unfit` if the arguments do not fit the key specs, and the row has no finder of its own.
pub fn find(spec: &Spec, request: Request<'_>) -> Result<Vec<FoundKey>, Unfit> {
    let needs_finder = |each: &KeySpec| {
        // A word that looks like the keyword may be an option's value.
        each.flags & VARIABLE_FLAGS != 0 || matches!(each.begin, Begin::Keyword(..))
    };
    if let Some(finder) = spec.key_finder
        && spec.key_specs().iter().any(needs_finder)
    {
        return Ok(finder(request));
    }
    let mut found = Vec::new();
    let fits = spec
        .key_specs()
        .iter()
        .filter(|each| each.flags & NOT_KEY == 0)
        .try_for_each(|each| collect(each, request, &mut found));
    match (fits, spec.key_finder) {
        (Ok(()), _) => Ok(found),
        (Err(_), Some(finder)) => Ok(finder(request)),
        (Err(unfit), None) => Err(unfit),
    }
}

/// Why COMMAND GETKEYS has no answer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeysError {
    /// There is no such command.
    #[error("Invalid command specified")]
    Command,
    /// The command never has keys.
    #[error("The command has no key arguments")]
    NoKeys,
    /// It cannot be called with so many arguments.
    #[error("Invalid number of arguments specified for command")]
    Arity,
    /// The arguments do not fit.
    #[error(transparent)]
    Arguments(#[from] Unfit),
}

/// What COMMAND GETKEYS answers for a complete command.
///
/// # Errors
/// Says why there is no answer; also if there are no keys though the command wants some.
pub fn of_command(spec: Option<&Spec>, request: Request<'_>) -> Result<Vec<FoundKey>, KeysError> {
    let spec = spec.ok_or(KeysError::Command)?;
    if !spec.has_keys() {
        return Err(KeysError::NoKeys);
    }
    if !spec.accepts(request.len()) {
        return Err(KeysError::Arity);
    }
    match find(spec, request) {
        Ok(found) if !found.is_empty() => Ok(found),
        _ if spec.flags & NO_MANDATORY_KEYS != 0 => Ok(Vec::new()),
        _ => Err(Unfit.into()),
    }
}

/// Adds the keys that one key spec finds.
fn collect(spec: &KeySpec, request: Request<'_>, found: &mut Vec<FoundKey>) -> Result<(), Unfit> {
    let argc = request.len();
    let Some(begin) = begin(spec.begin, request)? else { return Ok(()) };
    let (first, last, step) = match spec.find {
        Find::Unknown => return Err(Unfit),
        Find::Range { last, step, limit } => {
            let last = match (last, limit) {
                (0.., _) => begin.checked_add_signed(last.into()),
                (_, 0 | 1) => argc.checked_add_signed(last.into()),
                _ => {
                    let share = argc.saturating_sub(begin) / usize::from(limit.unsigned_abs());
                    (begin + share).checked_add_signed(last.into())
                }
            };
            (begin, last, usize::from(step.unsigned_abs()))
        }
        Find::KeyNum { count, first, step } => {
            let count = request.get(begin + usize::from(count.unsigned_abs())).ok_or(Unfit)?;
            let count = parse_i64(count).and_then(|count| usize::try_from(count).ok());
            let step = usize::from(step.unsigned_abs());
            let first = begin + usize::from(first.unsigned_abs());
            let last = count
                .ok_or(Unfit)?
                .checked_sub(1)
                .and_then(|count| count.checked_mul(step)?.checked_add(first));
            (first, last, step)
        }
    };
    let last = last.filter(|last| first <= *last && *last < argc).ok_or(Unfit)?;
    found.extend(
        (first..=last).step_by(step.max(1)).map(|index| FoundKey { index, flags: spec.flags }),
    );
    if spec.flags & INCOMPLETE == 0 { Ok(()) } else { Err(Unfit) }
}

/// Where the search starts; `None` if the keyword is not there, which is no error.
fn begin(begin: Begin, request: Request<'_>) -> Result<Option<usize>, Unfit> {
    let argc = request.len();
    let (keyword, from) = match begin {
        Begin::Index(index) => return Ok(Some(usize::from(index.unsigned_abs()))),
        Begin::Keyword(keyword, from) => (keyword.as_bytes(), from),
        Begin::Unknown => return Err(Unfit),
    };
    let is_keyword =
        |index: &usize| request.get(*index).is_some_and(|word| word.eq_ignore_ascii_case(keyword));
    // The last argument is never the keyword: no key could follow.
    let at = if from > 0 {
        (usize::from(from.unsigned_abs())..argc.saturating_sub(1)).find(is_keyword)
    } else {
        let start = argc.saturating_sub(usize::from(from.unsigned_abs()));
        (2..=start).rev().find(is_keyword)
    };
    Ok(at.map(|index| index + 1))
}

#[cfg(test)]
mod tests;
