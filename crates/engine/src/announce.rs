//! Telling the world that a key was touched: notifications, and sessions that cache it.
//!
//! Must be true: the key's stripe is held, and what happened to it is in the log if it will be.

use commands::events::Event;
use keyspace::db::Cause;

use crate::node::Node;
use crate::notify::notify;
use crate::worker::WorkerState;

/// What happened to a key.
pub(crate) struct Happening<'h> {
    pub(crate) database: usize,
    pub(crate) key: &'h [u8],
    pub(crate) hash: u64,
    pub(crate) event: &'static Event,
    /// The session whose request runs, if one does.
    pub(crate) running: Option<u64>,
    /// Whether it is that session's doing: not if the key went by itself.
    pub(crate) is_own: bool,
}

/// Whether there may be anybody to tell.
#[inline(always)]
pub(crate) fn has_audience(node: &Node, state: &WorkerState) -> bool {
    state.knobs.notices.is_on() || node.tracking.is_on()
}

/// Tells everybody who wants to know.
pub(crate) fn announce(node: &Node, state: &mut WorkerState, what: &Happening<'_>) {
    if node.tracking.is_on() && changes_value(what.event) {
        let stripe = node.keyspace.stripe_of(what.hash);
        let by = what.running.filter(|_| what.is_own);
        node.tracking.key_changed(node, state, (stripe, what.key), what.running, by);
    }
    notify(node, state, what.database, what.key, what.event);
}

/// A key that came is announced once more with what was done to it; one that is missed has not
/// changed.
fn changes_value(event: &Event) -> bool {
    !matches!(event.class, b'n' | b'm')
}

/// The event that stands for what the keyspace took note of.
pub(crate) fn event_of(cause: Cause) -> &'static Event {
    use commands::events::generic;
    match cause {
        Cause::Expired => &generic::EXPIRED,
        Cause::Evicted => &generic::EVICTED,
        Cause::Created => &generic::NEW,
        Cause::Missed => &generic::KEYMISS,
    }
}
