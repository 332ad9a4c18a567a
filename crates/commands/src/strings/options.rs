//! The options that SET, GETEX, MSETEX and INCREX share: what to do about the expiry, and when to
//! act at all.
//!
//! Parsing looks at no key. Amounts stay text until [`Expiry::unix_ms`], because Redis finds
//! unknown words before it finds bad numbers.

use keyspace::Entry;
use protocol::Request;

use crate::arguments::{ExpiryUnit, is_word};
use crate::errors::Error;

use super::digest::{check_digest, has_digest};
use super::with_text;

/// What a command does about the expiry of what it sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry<'a> {
    /// Nothing was said.
    Unsaid,
    /// KEEPTTL
    Keep,
    /// PERSIST
    Persist,
    /// EX, PX, EXAT, PXAT and their amount.
    At(ExpiryUnit, &'a [u8]),
}

impl<'a> Expiry<'a> {
    /// Takes the option at argument `at`, if it is an expiry and goes with what was said before.
    /// Gives the number of arguments it takes; saying the same option again replaces its amount.
    pub(super) fn take(&mut self, request: Request<'a>, at: usize) -> Option<usize> {
        let unit = ExpiryUnit::from_word(request.get(at)?)?;
        let amount = request.get(at + 1)?;
        match *self {
            Self::Unsaid => {}
            Self::At(before, _) if before == unit => {}
            _ => return None,
        }
        *self = Self::At(unit, amount);
        Some(2)
    }

    /// Takes KEEPTTL or PERSIST, as `take` takes the others.
    fn take_word(&mut self, said: Self) -> Option<usize> {
        if *self != Self::Unsaid && *self != said {
            return None;
        }
        *self = said;
        Some(1)
    }

    /// As `take`, for PERSIST.
    pub(super) fn take_persist(&mut self, word: &[u8]) -> Option<usize> {
        if is_word(word, "PERSIST") { self.take_word(Self::Persist) } else { None }
    }

    /// As `take`, for KEEPTTL.
    fn take_keep(&mut self, word: &[u8]) -> Option<usize> {
        if is_word(word, "KEEPTTL") { self.take_word(Self::Keep) } else { None }
    }

    /// The unix time in ms that was asked for, if one was.
    pub(super) fn unix_ms(self, now_ms: i64, command: &'static str) -> Result<Option<i64>, Error> {
        match self {
            Self::At(unit, amount) => unit.parse(amount, now_ms, command).map(Some),
            Self::Unsaid | Self::Keep | Self::Persist => Ok(None),
        }
    }
}

/// What must be true of the key for a command to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition<'a> {
    /// Nothing.
    Always,
    /// NX
    Absent,
    /// XX
    Present,
    /// IFEQ
    Equal(&'a [u8]),
    /// IFNE
    NotEqual(&'a [u8]),
    /// IFDEQ
    DigestEqual(&'a [u8]),
    /// IFDNE
    DigestNotEqual(&'a [u8]),
}

impl<'a> Condition<'a> {
    /// The condition that `word` begins, if it compares the value with `operand`.
    ///
    /// # Errors
    /// The operand must be a digest and is none.
    pub(super) fn comparison(word: &[u8], operand: &'a [u8]) -> Result<Option<Self>, Error> {
        let condition = if is_word(word, "IFEQ") {
            Self::Equal(operand)
        } else if is_word(word, "IFNE") {
            Self::NotEqual(operand)
        } else if is_word(word, "IFDEQ") {
            Self::DigestEqual(check_digest(operand)?)
        } else if is_word(word, "IFDNE") {
            Self::DigestNotEqual(check_digest(operand)?)
        } else {
            return Ok(None);
        };
        Ok(Some(condition))
    }

    /// Takes the condition at argument `at`, as [`Expiry::take`] does. NX and XX may be repeated.
    fn take(&mut self, request: Request<'a>, at: usize) -> Result<Option<usize>, Error> {
        let Some(word) = request.get(at) else { return Ok(None) };
        let existence = if is_word(word, "NX") {
            Some(Self::Absent)
        } else if is_word(word, "XX") {
            Some(Self::Present)
        } else {
            None
        };
        if let Some(condition) = existence {
            if *self != Self::Always && *self != condition {
                return Ok(None);
            }
            *self = condition;
            return Ok(Some(1));
        }
        let (Self::Always, Some(operand)) = (*self, request.get(at + 1)) else { return Ok(None) };
        let Some(condition) = Self::comparison(word, operand)? else { return Ok(None) };
        *self = condition;
        Ok(Some(2))
    }

    /// Whether the condition holds for a key as it is.
    ///
    /// # Errors
    /// The value is to be compared and is no string.
    pub(super) fn holds(self, entry: Option<&Entry>) -> Result<bool, Error> {
        let Some(entry) = entry else {
            return Ok(match self {
                Self::Always | Self::Absent | Self::NotEqual(_) | Self::DigestNotEqual(_) => true,
                Self::Present | Self::Equal(_) | Self::DigestEqual(_) => false,
            });
        };
        match self {
            Self::Always | Self::Present => Ok(true),
            Self::Absent => Ok(false),
            Self::Equal(value) => with_text(entry, |text| text == value),
            Self::NotEqual(value) => with_text(entry, |text| text != value),
            Self::DigestEqual(digest) => has_digest(entry, digest),
            Self::DigestNotEqual(digest) => has_digest(entry, digest).map(|same| !same),
        }
    }
}

/// All options of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    /// When to act.
    pub condition: Condition<'a>,
    /// What becomes of the expiry.
    pub expiry: Expiry<'a>,
    /// GET: answer with the old value.
    pub get: bool,
}

impl<'a> Options<'a> {
    const NONE: Self = Self { condition: Condition::Always, expiry: Expiry::Unsaid, get: false };

    /// The options of SET, from its fourth argument on.
    pub(super) fn of_set(request: Request<'a>) -> Result<Self, Error> {
        let mut options = Self::NONE;
        let mut at = 3;
        while let Some(word) = request.get(at) {
            at += match options.take_storing(request, at)? {
                Some(taken) => taken,
                None if is_word(word, "GET") => {
                    options.get = true;
                    1
                }
                None => return Err(Error::Syntax),
            };
        }
        Ok(options)
    }

    /// The options of MSETEX, from argument `from` on: NX or XX, and an expiry.
    pub(super) fn of_msetex(request: Request<'a>, from: usize) -> Result<Self, Error> {
        let mut options = Self::NONE;
        let mut at = from;
        while at < request.len() {
            at += options.take_storing(request, at)?.ok_or(Error::Syntax)?;
        }
        match options.condition {
            Condition::Always | Condition::Absent | Condition::Present => Ok(options),
            _ => Err(Error::Syntax),
        }
    }

    fn take_storing(&mut self, request: Request<'a>, at: usize) -> Result<Option<usize>, Error> {
        let Some(word) = request.get(at) else { return Ok(None) };
        let expiry = self.expiry.take(request, at).or_else(|| self.expiry.take_keep(word));
        match expiry {
            Some(taken) => Ok(Some(taken)),
            None => self.condition.take(request, at),
        }
    }
}

/// The options of GETEX: an expiry or PERSIST.
pub(super) fn of_getex(request: Request<'_>) -> Result<Expiry<'_>, Error> {
    let mut expiry = Expiry::Unsaid;
    let mut at = 2;
    while let Some(word) = request.get(at) {
        let taken = expiry.take(request, at).or_else(|| expiry.take_persist(word));
        at += taken.ok_or(Error::Syntax)?;
    }
    Ok(expiry)
}
