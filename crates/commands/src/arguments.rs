//! Options that several commands share, and numbers among the arguments.

use base::number::{parse_f64, parse_i64};
use keyspace::Payload;

use crate::errors::Error;

/// A 64-bit integer argument.
#[inline]
pub fn integer(text: &[u8]) -> Result<i64, Error> {
    parse_i64(text).ok_or(Error::NotInteger)
}

/// A floating-point argument.
pub fn float(text: &[u8]) -> Result<f64, Error> {
    parse_f64(text).ok_or(Error::NotFloat)
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
