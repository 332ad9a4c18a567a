//! Options that several commands share, and numbers among the arguments.

use base::number::{parse_f64, parse_i64, parse_u64_lenient};
use keyspace::Payload;

use crate::errors::Error;

/// A 64-bit integer argument.
#[inline]
pub fn integer(text: &[u8]) -> Result<i64, Error> {
    parse_i64(text).ok_or(Error::NotInteger)
}

/// An integer argument that is at least `least`; `error` says what is wrong with any other.
pub fn limited(text: &[u8], least: i64, error: &'static str) -> Result<i64, Error> {
    parse_i64(text).filter(|number| *number >= least).ok_or(Error::new(error))
}

/// An integer argument within bounds.
pub fn bounded(text: &[u8], bounds: std::ops::RangeInclusive<i64>) -> Result<i64, Error> {
    let number = integer(text)?;
    if bounds.contains(&number) {
        return Ok(number);
    }
    let (min, max) = bounds.into_inner();
    Err(Error::text(format!("ERR value is out of range, value must between {min} and {max}")))
}

/// A floating-point argument.
pub fn float(text: &[u8]) -> Result<f64, Error> {
    parse_f64(text).ok_or(Error::NotFloat)
}

/// The number of a database, of which there are `databases`.
pub fn database(text: &[u8], databases: usize) -> Result<usize, Error> {
    let number = i32::try_from(integer(text)?).map_err(|_| {
        let (min, max) = (i32::MIN, i32::MAX);
        Error::text(format!("ERR value is out of range, value must between {min} and {max}"))
    })?;
    let number = usize::try_from(number).ok().filter(|number| *number < databases);
    number.ok_or(Error::DatabaseOutOfRange)
}

/// The timeout of a blocking command, in seconds with a fraction: the unix time in ms when it is
/// over, or `None` for 0, which stands for ever.
pub fn timeout(text: &[u8], now_ms: i64) -> Result<Option<i64>, Error> {
    let seconds = parse_f64(text)
        .filter(|seconds| seconds.is_finite())
        .ok_or(Error::new("ERR timeout is not a float or out of range"))?;
    if seconds < 0.0 {
        return Err(Error::new("ERR timeout is negative"));
    }
    let ms = (seconds * 1000.0).ceil();
    if ms > (i64::MAX - now_ms.max(0)) as f64 {
        return Err(Error::new("ERR timeout is out of range"));
    }
    Ok((ms > 0.0).then_some(now_ms + ms as i64))
}

/// The cursor of SCAN and its like: what C's `strtoul` reads, but no white space in front. Empty
/// text is 0.
pub fn cursor(text: &[u8]) -> Result<u64, Error> {
    match text {
        [] => Ok(0),
        [b' ' | b'\t'..=b'\r', ..] => Err(Error::InvalidCursor),
        _ => parse_u64_lenient(text).ok_or(Error::InvalidCursor),
    }
}

/// True if the argument is this word, in any case. `word` is in upper case.
#[inline]
pub fn is_word(argument: &[u8], word: &str) -> bool {
    argument.eq_ignore_ascii_case(word.as_bytes())
}

/// A value as it is stored: integers in binary, everything else as it came.
#[inline]
pub fn payload(value: &[u8]) -> Payload<'_> {
    match base::number::is_canonical_integer(value) {
        Some(integer) => Payload::Integer(integer),
        None => Payload::Text(value),
    }
}

/// The unit and the starting point of an expiry argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryUnit {
    /// EX, EXPIRE
    Seconds,
    /// PX, PEXPIRE
    Milliseconds,
    /// EXAT, EXPIREAT
    UnixSeconds,
    /// PXAT, PEXPIREAT
    UnixMilliseconds,
}

impl ExpiryUnit {
    /// The unit that an option word names.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        let units = [
            ("EX", Self::Seconds),
            ("PX", Self::Milliseconds),
            ("EXAT", Self::UnixSeconds),
            ("PXAT", Self::UnixMilliseconds),
        ];
        units.into_iter().find(|(name, _)| is_word(word, name)).map(|(_, unit)| unit)
    }

    /// The unix time in ms that `amount` of this unit means, or `None` beyond the range of 64 bits.
    pub fn to_unix_ms(self, amount: i64, now_ms: i64) -> Option<i64> {
        let ms = match self {
            Self::Seconds | Self::UnixSeconds => amount.checked_mul(1000)?,
            Self::Milliseconds | Self::UnixMilliseconds => amount,
        };
        match self {
            Self::Seconds | Self::Milliseconds => ms.checked_add(now_ms),
            Self::UnixSeconds | Self::UnixMilliseconds => Some(ms),
        }
    }

    /// The expiry that an option of a command like SET means: it must lie after the unix epoch.
    pub fn parse(self, amount: &[u8], now_ms: i64, command: &'static str) -> Result<i64, Error> {
        let amount = integer(amount)?;
        if amount <= 0 {
            return Err(Error::InvalidExpire(command));
        }
        self.to_unix_ms(amount, now_ms).ok_or(Error::InvalidExpire(command))
    }
}
