//! Rows of transactions.

use super::{Control, command};
use crate::spec::{
    ALLOW_BUSY, FAST, Group, LOADING, NOSCRIPT, RO, SKIP_SLOWLOG, STALE, Spec,
};

const DISCARD: Spec = command("DISCARD", "", Control::Discard)
    .does("Forgets the queued requests.")
    .since("2.0.0").cost("O(N), N being the number of queued requests").group(Group::Transactions)
    .flags(NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY);

const EXEC: Spec = command("EXEC", "", Control::Exec)
    .does("Carries out the queued requests as one step.")
    .since("1.2.0").cost("Depends on the requests").group(Group::Transactions)
    .flags(NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG);

const MULTI: Spec = command("MULTI", "", Control::Multi)
    .does("Begins a transaction: requests are queued until EXEC.")
    .since("1.2.0").cost("O(1)").group(Group::Transactions)
    .flags(NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY);

const UNWATCH: Spec = command("UNWATCH", "", Control::Unwatch)
    .does("Watches no key any more.")
    .since("2.2.0").cost("O(1)").group(Group::Transactions)
    .flags(NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY);

const WATCH: Spec = command("WATCH", "key [key ...]", Control::Watch)
    .does("Watches keys: EXEC does nothing if one of them was changed meanwhile.")
    .since("2.2.0").cost("O(1) for each key").group(Group::Transactions)
    .flags(NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY).keys(1, -1, 1, RO);

/// The rows.
pub const COMMANDS: &[Spec] = &[DISCARD, EXEC, MULTI, UNWATCH, WATCH];
