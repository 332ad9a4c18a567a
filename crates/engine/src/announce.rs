//! Telling the world that a key was touched: transactions that watch it, requests that wait for it,
//! notifications, and sessions that cache it.
//!
//! Must be true
//! 1. The key's stripe is held, and what happened to it is in the log if it will be. What a
//!    transaction or script does is logged at its end, so what it has to tell is kept until then;
//!    those who watch or wait are told at once, for they look only when the locks open.
//! 2. What a request that waited has to tell is kept until its answer is on its way: to its own
//!    session it comes behind that.

use commands::elements::words;
use commands::events::{Event, generic};
use keyspace::db::{Cause, Noted};

use crate::desk::{Desk, Job};
use crate::interest::{self, bit};
use crate::notify::notify;

/// What happened to a key.
struct Happening<'h> {
    database: usize,
    key: &'h [u8],
    stripe: usize,
    event: &'static Event,
    by: By,
}

/// Whose doing something is.
#[derive(Clone, Copy, Debug)]
struct By {
    /// The session whose request runs, if one does.
    running: Option<u64>,
    /// It is that session's own doing: not if the key went by itself.
    is_own: bool,
}

/// A [`Happening`] to be told later.
pub(crate) struct Postponed {
    database: usize,
    key: Box<[u8]>,
    stripe: usize,
    event: &'static Event,
    by: By,
}

impl Desk<'_> {
    /// Tells of what a body did. The keys' stripes are held.
    #[cold]
    pub(crate) fn announce_touched(&mut self, job: &Job<'_>) {
        let by = By { running: Some(job.caller.client), is_own: true };
        for touched in self.state.effects.touched.clone() {
            let key = job.request.arg(touched.argument as usize);
            let hash = match job.keys.iter().find(|known| known.index == touched.argument) {
                Some(known) => known.hash,
                None => self.node.keyspace.hasher().hash(key),
            };
            let stripe = self.node.keyspace.stripe_of(hash);
            let (database, event) = (touched.database as usize, touched.event);
            self.tell(&Happening { database, key, stripe, event, by });
        }
    }

    /// Tells of what the keyspace took note of, in the course of a session's request or not.
    pub(crate) fn announce_noted(&mut self, noted: &Noted, running: Option<u64>) {
        let (database, key) = (noted.database, noted.key.as_slice());
        let stripe = self.node.keyspace.stripe_of(self.node.keyspace.hasher().hash(key));
        let event = match noted.cause {
            Cause::Expired => &generic::EXPIRED,
            Cause::Evicted => &generic::EVICTED,
            Cause::Lost(family) => words(family).expired,
            Cause::Emptied => &generic::DEL,
            Cause::Created => &generic::NEW,
            Cause::Missed => &generic::KEYMISS,
        };
        let by = By { running, is_own: false };
        self.tell(&Happening { database, key, stripe, event, by });
    }

    fn tell(&mut self, what: &Happening<'_>) {
        let bits = self.node.keyspace.interest(what.stripe);
        let changes = changes_value(what.event);
        if bits & (bit::WATCHED | bit::AWAITED) != 0 && changes {
            self.tell_parties(what.database, what.key, what.stripe);
        }
        if bits & (bit::TRACKED | bit::HEARD) == 0 || self.state.is_replaying {
            return;
        }
        match &mut self.state.postponed {
            Some(postponed) => postponed.push(Postponed {
                database: what.database,
                key: what.key.into(),
                stripe: what.stripe,
                event: what.event,
                by: what.by,
            }),
            None => self.tell_world(what),
        }
    }

    /// Tells those who watch a key or wait for it. Its stripe is held.
    pub(crate) fn tell_parties(&mut self, database: usize, key: &[u8], stripe: usize) {
        let name = interest::Name { database, key, stripe };
        if self.node.interests.touch(name) == interest::Awaited::Yes {
            self.state.touched_awaited.push_back(name.to_owned_name());
        }
    }

    fn tell_world(&mut self, what: &Happening<'_>) {
        let (node, state) = (self.node, &mut *self.state);
        if changes_value(what.event) {
            let by = what.by.running.filter(|_| what.by.is_own);
            node.tracking.key_changed(node, state, (what.stripe, what.key), what.by.running, by);
        }
        notify(node, state, what.database, what.key, what.event);
    }

    /// From now on, what is to be told is kept. False: it is already.
    pub(crate) fn postpone(&mut self) -> bool {
        let begins = self.state.postponed.is_none();
        if begins {
            self.state.postponed = Some(Vec::new());
        }
        begins
    }

    /// Ends what [`Desk::postpone`] began, if it did.
    pub(crate) fn end_postponing(&mut self, has_begun: bool) {
        if has_begun {
            self.tell_postponed();
        }
    }

    /// Tells what was kept. The locks of all that it is about are still held.
    pub(crate) fn tell_postponed(&mut self) {
        for kept in self.state.postponed.take().unwrap_or_default() {
            let Postponed { database, stripe, event, by, .. } = kept;
            self.tell_world(&Happening { database, key: &kept.key, stripe, event, by });
        }
    }
}

/// A key that came is told of once more, with what was done to it; one that is missed has not
/// changed.
fn changes_value(event: &Event) -> bool {
    !matches!(event.class, b'n' | b'm')
}
