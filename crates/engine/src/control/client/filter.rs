//! Which clients CLIENT LIST and CLIENT KILL are about.
//!
//! Both understand the same options: those of KILL in Redis 7.0, its MAXAGE of 7.4, and several
//! ids. A client must satisfy all that are given.

use base::number::parse_i64;
use commands::arguments::is_word;
use commands::errors::Error;
use protocol::Request;

use crate::clients::{Client, flag};
use crate::control::connection::DEFAULT_USER;

const BAD_ID: &str = "ERR Invalid client ID";

/// Conditions on a client.
#[derive(Default)]
pub(super) struct Filter<'r> {
    pub(super) ids: Option<Vec<u64>>,
    address: Option<&'r [u8]>,
    local: Option<&'r [u8]>,
    kind: Option<Kind>,
    age_min_s: Option<i64>,
    /// Whether the asker itself is left out.
    pub(super) skips_me: Option<bool>,
}

/// What ids are named for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    /// LIST: a number that is nobody's id finds nobody.
    ToList,
    /// KILL: what cannot be an id is refused.
    ToKill,
}

impl Ids {
    fn id(self, text: &[u8]) -> Result<u64, Error> {
        match (self, parse_i64(text)) {
            (_, Some(id)) if id > 0 => Ok(id.unsigned_abs()),
            // No client has this id.
            (Self::ToList, Some(_)) => Ok(0),
            (Self::ToList, None) => Err(Error::new(BAD_ID)),
            (Self::ToKill, _) => Err(Error::new("ERR client-id should be greater than 0")),
        }
    }
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Master,
    Replica,
    Pubsub,
}

impl Kind {
    fn of(client: &Client) -> Self {
        if client.has(flag::REPLICA) {
            Self::Replica
        } else if client.has(flag::PUBSUB) {
            Self::Pubsub
        } else {
            Self::Normal
        }
    }

    fn from_word(word: &[u8]) -> Option<Self> {
        let kinds = [
            ("NORMAL", Self::Normal),
            ("MASTER", Self::Master),
            ("REPLICA", Self::Replica),
            ("SLAVE", Self::Replica),
            ("PUBSUB", Self::Pubsub),
        ];
        kinds.into_iter().find(|(name, _)| is_word(word, name)).map(|(_, kind)| kind)
    }
}

impl<'r> Filter<'r> {
    /// Everybody at an address.
    pub(super) fn of_address(address: &'r [u8]) -> Self {
        Self { address: Some(address), ..Self::default() }
    }

    /// Options and their values.
    pub(super) fn parse(options: Request<'r>, rule: Ids) -> Result<Self, Error> {
        let mut filter = Self::default();
        let mut at = 0;
        while let Some(option) = options.get(at) {
            let Some(value) = options.get(at + 1) else {
                // In a list, what follows ids was meant to be one.
                let is_id = rule == Ids::ToList && filter.ids.is_some();
                return Err(if is_id { Error::new(BAD_ID) } else { Error::Syntax });
            };
            at += 2;
            if is_word(option, "ID") {
                let ids = filter.ids.get_or_insert_default();
                ids.push(rule.id(value)?);
                while let Some(next) = options.get(at).and_then(|word| rule.id(word).ok()) {
                    ids.push(next);
                    at += 1;
                }
            } else {
                filter.restrict(option, value)?;
            }
        }
        Ok(filter)
    }

    fn restrict(&mut self, option: &[u8], value: &'r [u8]) -> Result<(), Error> {
        let shown = || String::from_utf8_lossy(value);
        if is_word(option, "TYPE") {
            let unknown = || Error::text(format!("ERR Unknown client type '{}'", shown()));
            self.kind = Some(Kind::from_word(value).ok_or_else(unknown)?);
        } else if is_word(option, "ADDR") {
            self.address = Some(value);
        } else if is_word(option, "LADDR") {
            self.local = Some(value);
        } else if is_word(option, "USER") {
            if value != DEFAULT_USER {
                return Err(Error::text(format!("ERR No such user '{}'", shown())));
            }
        } else if is_word(option, "MAXAGE") {
            let age = parse_i64(value)
                .ok_or(Error::new("ERR maxage is not an integer or out of range"))?;
            if age <= 0 {
                return Err(Error::new("ERR maxage should be greater than 0"));
            }
            self.age_min_s = Some(age);
        } else if is_word(option, "SKIPME") && is_word(value, "YES") {
            self.skips_me = Some(true);
        } else if is_word(option, "SKIPME") && is_word(value, "NO") {
            self.skips_me = Some(false);
        } else {
            return Err(Error::Syntax);
        }
        Ok(())
    }

    /// Whether a client satisfies the conditions, but for its id.
    pub(super) fn admits(&self, client: &Client, now_ms: i64) -> bool {
        let visitor = &client.visitor;
        self.address.is_none_or(|address| visitor.address.as_bytes() == address)
            && self.local.is_none_or(|local| visitor.local.as_bytes() == local)
            && self.kind.is_none_or(|kind| kind == Kind::of(client))
            && self.age_min_s.is_none_or(|age| now_ms / 1000 - client.created_ms / 1000 >= age)
    }
}
