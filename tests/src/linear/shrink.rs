//! A smaller history that has no order either.
//!
//! Two steps are sound, whatever the server does when asked again: to end the history at some
//! moment (what was not answered by then may have happened or not), and to leave out what changes
//! nothing (an order of the whole would be one of the rest).

use super::check::{Verdict, check};
use super::{Act, Operation, Request, Word};

/// Makes a history without an order smaller, as far as that goes.
pub fn shrink(history: &[Operation]) -> Vec<Operation> {
    let mut best = earliest(history);
    let mut at = 0;
    while at < best.len() {
        let mut shorter = best.clone();
        let left_out = shorter.remove(at);
        if changes_nothing(&left_out) && has_no_order(&shorter) {
            best = shorter;
        } else {
            at += 1;
        }
    }
    best
}

/// The history as it was when it first had no order.
fn earliest(history: &[Operation]) -> Vec<Operation> {
    let mut ends: Vec<u64> = history.iter().map(|operation| operation.ret).collect();
    ends.sort_unstable();
    let ended = ends.into_iter().map(|end| until(history, end));
    ended.into_iter().find(|history| has_no_order(history)).unwrap_or_else(|| history.to_vec())
}

fn until(history: &[Operation], end: u64) -> Vec<Operation> {
    let begun = history.iter().filter(|operation| operation.call <= end);
    let seen = |operation: &Operation| {
        let mut operation = operation.clone();
        if operation.ret > end {
            (operation.ret, operation.reply) = (u64::MAX, None);
        }
        operation
    };
    begun.map(seen).collect()
}

fn has_no_order(history: &[Operation]) -> bool {
    matches!(check(history), Verdict::None(_))
}

/// Whether what an operation asked for can have changed nothing.
fn changes_nothing(operation: &Operation) -> bool {
    let reads = |request: &Request| {
        let Word::Text(name) = &request[0] else { return false };
        [
            "GET", "MGET", "EXISTS", "LLEN", "LRANGE", "HGET", "HGETALL", "KEYS", "SMEMBERS",
            "SINTER", "ZRANGE",
        ]
        .contains(&name.as_str())
    };
    // EXEC ends what is watched.
    !matches!(operation.act, Act::Exec(_)) && operation.act.requests().iter().all(reads)
}
