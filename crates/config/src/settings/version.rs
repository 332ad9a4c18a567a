//! The version of Redis that a server says it is, and follows where versions contradict each other.
//!
//! Not here: what differs from version to version; `commands::follows` says it, once.

use std::fmt;

use crate::Reason;
use crate::value::{Field, Value};

/// Where the server stands among the versions of Redis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compatibility {
    /// The version shown and followed.
    pub redis_version: RedisVersion,
}

/// A version of Redis. Each part is a byte, as in the number that scripts are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RedisVersion {
    /// The first part.
    pub major: u8,
    /// The second part.
    pub minor: u8,
    /// The third part.
    pub patch: u8,
}

impl RedisVersion {
    /// The oldest that can be followed: what Redis 6 answered otherwise is not known here.
    pub const OLDEST: Self = Self::new(7, 0, 0);
    /// The newest: the answers of later ones were not held against ours.
    pub const NEWEST: Self = Self::new(8, 0, u8::MAX);

    /// `major.minor.patch`.
    pub const fn new(major: u8, minor: u8, patch: u8) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `X.Y.Z`, of those that can be followed.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let parts: Vec<Option<u8>> = text.split('.').map(part).collect();
        match parts[..] {
            [Some(major), Some(minor), Some(patch)] => Some(Self::new(major, minor, patch)),
            _ => None,
        }
        .filter(|version| (Self::OLDEST..=Self::NEWEST).contains(version))
        .ok_or(Reason::Rule("argument must be a version of Redis, X.Y.Z, from 7.0.0 to 8.0.255"))
    }
}

/// A number up to 255 as it is usually written.
fn part(text: &str) -> Option<u8> {
    let number: u8 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl Default for RedisVersion {
    fn default() -> Self {
        Self::new(7, 0, 15)
    }
}

impl fmt::Display for RedisVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Field for RedisVersion {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn assign(&mut self, value: Value) {
        if let Value::Text(text) = value
            && let Ok(version) = Self::parse(&text)
        {
            *self = version;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_are_followed_are_read_and_shown() {
        for text in ["7.0.0", "7.0.15", "7.2.4", "7.4.1", "8.0.0", "8.0.255"] {
            assert_eq!(RedisVersion::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn others_are_refused() {
        for text in
            ["", "7", "7.2", "7.2.4.1", "7.2.", "7..4", "7.2.x", "07.2.4", "7.2.+4", "7.2.256"]
        {
            assert!(RedisVersion::parse(text).is_err(), "{text}");
        }
        for text in ["6.2.14", "8.1.0", "255.255.255"] {
            assert!(RedisVersion::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn later_versions_are_greater() {
        assert!(RedisVersion::new(7, 2, 0) > RedisVersion::new(7, 0, 15));
        assert!(RedisVersion::new(8, 0, 0) > RedisVersion::new(7, 4, 9));
    }
}
