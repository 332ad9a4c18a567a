//! CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO: client-side caching.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;

use base::number::parse_i64;
use commands::arguments::is_word;
use commands::errors::Error;

use super::{After, Answer, Call};
use crate::clients::flag;
use crate::node::Node;
use crate::session::Session;
use crate::tracking::Choice;

const CACHING_UNASKED: Error = Error::new(
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or \
     OPTOUT mode enabled",
);
const BROADCAST_SWITCHED: Error = Error::new(
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then \
     re-enabling it with a different mode.",
);
const CHOICE_SWITCHED: Error = Error::new(
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then \
     re-enabling it with a different mode.",
);

/// The options of CLIENT TRACKING.
#[derive(Default)]
struct Options<'r> {
    redirect: u64,
    is_broadcast: bool,
    is_opt_in: bool,
    is_opt_out: bool,
    no_loop: bool,
    prefixes: Vec<&'r [u8]>,
}

impl<'r> Options<'r> {
    fn parse(call: &Call<'r, '_>) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut at = 3;
        while let Some(option) = call.request.get(at) {
            let value = call.request.get(at + 1);
            match value {
                Some(id) if is_word(option, "REDIRECT") => {
                    options.redirect_to(call, id)?;
                    at += 1;
                }
                Some(prefix) if is_word(option, "PREFIX") => {
                    options.prefixes.push(prefix);
                    at += 1;
                }
                _ if is_word(option, "BCAST") => options.is_broadcast = true,
                _ if is_word(option, "OPTIN") => options.is_opt_in = true,
                _ if is_word(option, "OPTOUT") => options.is_opt_out = true,
                _ if is_word(option, "NOLOOP") => options.no_loop = true,
                _ => return Err(Error::Syntax),
            }
            at += 1;
        }
        Ok(options)
    }

    fn redirect_to(&mut self, call: &Call<'_, '_>, id: &[u8]) -> Result<(), Error> {
        if self.redirect != 0 {
            return Err(Error::new("ERR A client can only redirect to a single other client"));
        }
        let id = parse_i64(id).ok_or(Error::NotInteger)?;
        let id = u64::try_from(id).unwrap_or(0);
        if call.turn.node.clients.get(id).is_none() {
            return Err(Error::new("ERR The client ID you want redirect to does not exist"));
        }
        self.redirect = id;
        Ok(())
    }

    fn choice(&self) -> Choice {
        match (self.is_opt_in, self.is_opt_out) {
            (true, _) => Choice::Asked,
            (false, true) => Choice::NotRefused,
            (false, false) => Choice::All,
        }
    }

    /// Whether they go together, and with what the session tracks already.
    fn check(&self, session: &Session) -> Result<(), Error> {
        if !self.is_broadcast && !self.prefixes.is_empty() {
            return Err(Error::new("ERR PREFIX option requires BCAST mode to be enabled"));
        }
        let own = session.tracking.as_deref();
        if own.is_some_and(|own| own.prefixes.is_some() != self.is_broadcast) {
            return Err(BROADCAST_SWITCHED);
        }
        if self.is_broadcast && (self.is_opt_in || self.is_opt_out) {
            return Err(Error::new("ERR OPTIN and OPTOUT are not compatible with BCAST"));
        }
        if self.is_opt_in && self.is_opt_out {
            return Err(Error::new("ERR You can't specify both OPTIN mode and OPTOUT mode"));
        }
        let choice = own.map_or(Choice::All, |own| own.choice);
        if choice == Choice::NotRefused && self.is_opt_in
            || choice == Choice::Asked && self.is_opt_out
        {
            return Err(CHOICE_SWITCHED);
        }
        let existing = own.and_then(|own| own.prefixes.as_ref());
        self.prefixes.iter().enumerate().try_for_each(|(index, prefix)| {
            let collides = |other: &&[u8]| prefix.starts_with(other) || other.starts_with(prefix);
            let mut existing = existing.into_iter().flatten().map(|other| &**other);
            if let Some(other) = existing.find(collides) {
                return Err(overlap(prefix, "an existing prefix", other));
            }
            match self.prefixes[index + 1..].iter().copied().find(collides) {
                Some(other) => Err(overlap(prefix, "another provided prefix", other)),
                None => Ok(()),
            }
        })
    }
}

fn overlap(prefix: &[u8], with: &str, other: &[u8]) -> Error {
    let (prefix, other) = (String::from_utf8_lossy(prefix), String::from_utf8_lossy(other));
    Error::text(format!(
        "ERR Prefix '{prefix}' overlaps with {with} '{other}'. Prefixes for a single client must \
         not overlap."
    ))
}

pub(super) fn tracking(call: &mut Call<'_, '_>) -> Answer {
    let options = Options::parse(call)?;
    let is_on = match call.arg(2) {
        word if is_word(word, "ON") => true,
        word if is_word(word, "OFF") => false,
        _ => return Err(Error::Syntax),
    };
    if is_on {
        options.check(call.session)?;
        begin(call, &options);
    } else {
        end(call.turn.node, call.session);
    }
    call.ok()
}

fn begin(call: &mut Call<'_, '_>, options: &Options<'_>) {
    let (node, session) = (call.turn.node, &mut *call.session);
    if session.tracking.is_none() {
        node.tracking.count_client(1);
    }
    let client = &session.client;
    client.redirect.store(options.redirect, Relaxed);
    client.set(flag::BROKEN_REDIRECT, false);
    client.set(flag::NOLOOP, options.no_loop);
    client.set(flag::BROADCAST, options.is_broadcast);
    let own = session.tracking.get_or_insert_default();
    own.choice = options.choice();
    if options.is_broadcast {
        let prefixes = own.prefixes.get_or_insert_with(BTreeSet::new);
        let all: &[&[u8]] = &[b""];
        let wanted = if options.prefixes.is_empty() { all } else { &options.prefixes };
        for prefix in wanted {
            if prefixes.insert((*prefix).into()) {
                node.tracking.enter(&node.keyspace, client, prefix);
            }
        }
    }
    client.set(flag::TRACKING, true);
}

/// The session tracks nothing any more.
pub(crate) fn end(node: &Node, session: &mut Session) {
    let Some(own) = session.tracking.take() else { return };
    let client = &session.client;
    for prefix in own.prefixes.iter().flatten() {
        node.tracking.leave(&node.keyspace, client, prefix);
    }
    let flags = flag::TRACKING | flag::BROADCAST | flag::NOLOOP | flag::BROKEN_REDIRECT;
    client.set(flags, false);
    client.redirect.store(0, Relaxed);
    node.tracking.count_client(-1);
}

pub(super) fn caching(call: &mut Call<'_, '_>) -> Answer {
    let word = call.arg(2);
    let Some(own) = call.session.tracking.as_mut() else { return Err(CACHING_UNASKED) };
    let (choice, refusal) = if is_word(word, "YES") {
        (
            Choice::Asked,
            "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
        )
    } else if is_word(word, "NO") {
        (
            Choice::NotRefused,
            "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
        )
    } else {
        return Err(Error::Syntax);
    };
    if own.choice != choice {
        return Err(Error::new(refusal));
    }
    own.caching = true;
    call.ok()
}

/// The id that a session redirects to; 0: nowhere; -1: it does not track.
pub(crate) fn redirect_shown(client: &crate::clients::Client) -> i64 {
    if client.has(flag::TRACKING) { client.redirect.load(Relaxed) as i64 } else { -1 }
}

pub(super) fn getredir(call: &mut Call<'_, '_>) -> Answer {
    call.reply.int(redirect_shown(&call.session.client));
    Ok(After::Done)
}

pub(super) fn trackinginfo(call: &mut Call<'_, '_>) -> Answer {
    let (reply, session) = (&mut call.reply, &*call.session);
    let client = &session.client;
    let mut flags = vec![if client.has(flag::TRACKING) { "on" } else { "off" }];
    if let Some(own) = &session.tracking {
        let caching: &[&str] = match own.choice {
            Choice::All => &[],
            Choice::Asked => &["optin", "caching-yes"],
            Choice::NotRefused => &["optout", "caching-no"],
        };
        let shown = if own.caching { caching.len() } else { caching.len().min(1) };
        let broadcast: &[&str] = if own.prefixes.is_some() { &["bcast"] } else { &[] };
        flags.extend(broadcast.iter().chain(&caching[..shown]));
    }
    for (bit, word) in [(flag::NOLOOP, "noloop"), (flag::BROKEN_REDIRECT, "broken_redirect")] {
        if client.has(bit) {
            flags.push(word);
        }
    }
    reply.map(3);
    reply.bulk(b"flags");
    reply.set(flags.len());
    flags.iter().for_each(|word| reply.bulk(word.as_bytes()));
    reply.bulk(b"redirect");
    reply.int(redirect_shown(client));
    reply.bulk(b"prefixes");
    let prefixes = session.tracking.as_ref().and_then(|own| own.prefixes.as_ref());
    reply.array(prefixes.map_or(0, BTreeSet::len));
    prefixes.into_iter().flatten().for_each(|prefix| reply.bulk(prefix));
    Ok(After::Done)
}
