//! Types of settings that hold more than one number, word or text.
//!
//! Texts of these values (how redis.conf writes them) are in `directives::lists`; here are
//! only the types, their defaults, and the letters of keyspace events, which ACL-like tools
//! print too.

use std::fmt;

use crate::Reason;
use crate::value::{Field, Value};

/// Take a snapshot when so many seconds passed since the last and so many changes were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// At least 1.
    pub seconds: u64,
    /// Changes to keys since the last snapshot.
    pub changes: u32,
}

impl SavePoint {
    /// The save points of a server whose configuration names none.
    pub fn defaults() -> Vec<Self> {
        [(3600, 1), (300, 100), (60, 10_000)]
            .map(|(seconds, changes)| Self { seconds, changes })
            .to_vec()
    }
}

/// How much output a client may leave unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputBufferLimit {
    /// Disconnect at once above this; 0 sets no limit.
    pub hard_bytes: u64,
    /// Disconnect when above this for `soft_s` on end; 0 sets no limit.
    pub soft_bytes: u64,
    /// Seconds.
    pub soft_s: u64,
}

/// The limits of each class of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputBufferLimits {
    /// Ordinary clients, MONITOR among them.
    pub normal: OutputBufferLimit,
    /// Replicas.
    pub replica: OutputBufferLimit,
    /// Clients subscribed to a channel or pattern.
    pub pubsub: OutputBufferLimit,
}

impl Default for OutputBufferLimits {
    fn default() -> Self {
        let limit =
            |hard_bytes, soft_bytes, soft_s| OutputBufferLimit { hard_bytes, soft_bytes, soft_s };
        Self {
            normal: limit(0, 0, 0),
            replica: limit(256 << 20, 64 << 20, 60),
            pubsub: limit(32 << 20, 8 << 20, 60),
        }
    }
}

/// The master a server follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// How a signal stops the server. All off is the default way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShutdownOptions {
    /// Save a snapshot even if there are no save points.
    pub save: bool,
    /// Save none even if there are. Never together with `save`.
    pub nosave: bool,
    /// Do not wait for replicas.
    pub now: bool,
    /// Stop even if saving fails.
    pub force: bool,
}

/// Which changes are announced over Pub/Sub, and how: a set of letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotifyEvents(u16);

impl NotifyEvents {
    /// `K`: on the key's channel.
    pub const KEYSPACE: Self = Self(1 << 0);
    /// `E`: on the event's channel.
    pub const KEYEVENT: Self = Self(1 << 1);
    /// `g`: commands on any type, such as DEL and EXPIRE.
    pub const GENERIC: Self = Self(1 << 2);
    /// `$`: strings.
    pub const STRING: Self = Self(1 << 3);
    /// `l`: lists.
    pub const LIST: Self = Self(1 << 4);
    /// `s`: sets.
    pub const SET: Self = Self(1 << 5);
    /// `h`: hashes.
    pub const HASH: Self = Self(1 << 6);
    /// `z`: sorted sets.
    pub const ZSET: Self = Self(1 << 7);
    /// `x`: a key expired.
    pub const EXPIRED: Self = Self(1 << 8);
    /// `e`: a key was evicted.
    pub const EVICTED: Self = Self(1 << 9);
    /// `t`: streams.
    pub const STREAM: Self = Self(1 << 10);
    /// `m`: a key was looked for in vain. Not part of `A`.
    pub const KEY_MISS: Self = Self(1 << 11);
    /// `d`: module types.
    pub const MODULE: Self = Self(1 << 12);
    /// `n`: a key was created. Not part of `A`.
    pub const NEW: Self = Self(1 << 13);
    /// `A`: all events but `m` and `n`.
    pub const ALL: Self = Self(0b1_0111_1111_1100);

    /// Letters in the order CONFIG GET shows them.
    const LETTERS: [(char, Self); 14] = [
        ('g', Self::GENERIC),
        ('$', Self::STRING),
        ('l', Self::LIST),
        ('s', Self::SET),
        ('h', Self::HASH),
        ('z', Self::ZSET),
        ('x', Self::EXPIRED),
        ('e', Self::EVICTED),
        ('t', Self::STREAM),
        ('d', Self::MODULE),
        ('n', Self::NEW),
        ('K', Self::KEYSPACE),
        ('E', Self::KEYEVENT),
        ('m', Self::KEY_MISS),
    ];

    /// Reads letters in any order.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let mut events = Self::default();
        for letter in text.chars() {
            let known = Self::LETTERS.iter().find(|(it, _)| *it == letter);
            events.0 |= match (letter, known) {
                ('A', _) => Self::ALL.0,
                (_, Some((_, event))) => event.0,
                (_, None) => {
                    return Err(Reason::Rule(
                        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
                    ));
                }
            };
        }
        Ok(events)
    }

    /// The letter of each.
    pub fn letters(self) -> impl Iterator<Item = char> {
        Self::LETTERS.into_iter().filter(move |(_, event)| self.contains(*event)).map(|(it, _)| it)
    }

    /// Whether every event of `other` is among these.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Display for NotifyEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.contains(Self::ALL);
        if all {
            f.write_str("A")?;
        }
        Self::LETTERS
            .iter()
            .filter(|(_, event)| self.contains(*event) && !(all && Self::ALL.contains(*event)))
            .try_for_each(|(letter, _)| write!(f, "{letter}"))
    }
}

impl Field for NotifyEvents {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn assign(&mut self, value: Value) {
        if let Value::Text(text) = value
            && let Ok(events) = Self::parse(&text)
        {
            *self = events;
        }
    }
}

/// Owned copies of some words.
pub(super) fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_normalised() {
        for (given, shown) in [
            ("", ""),
            ("KEA", "AKE"),
            ("xeE", "xeE"),
            ("Ex", "xE"),
            ("g$lshzxetdKE", "AKE"),
            ("KEAnm", "AnKEm"),
            ("nK", "nK"),
        ] {
            assert_eq!(NotifyEvents::parse(given).expect(given).to_string(), shown);
        }
        assert!(NotifyEvents::parse("KEw").is_err());
    }

    #[test]
    fn all_is_the_union_of_its_letters() {
        let every = NotifyEvents::parse("g$lshzxetd").expect("letters");
        assert_eq!(every, NotifyEvents::ALL);
    }
}
