//! Cursors over a whole database: stripe after stripe, each in position order.
//!
//! A cursor is the upper 48 bits of the hash to go on from; 0 begins and ends a walk. It means the
//! same whatever has grown or shrunk since it was given out.

use crate::access::{Busy, Held};
use crate::entry::Entry;
use crate::keyspace::Keyspace;

/// Bits of a hash that a cursor leaves out, so that clients with 53-bit integers can hold it.
const DROPPED_BITS: u32 = 16;

/// Where a walk through the keyspace stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(u64);

impl Cursor {
    /// From the number a client sent; too large ones begin anew.
    pub fn from_number(number: u64) -> Self {
        Self(if number >> (64 - DROPPED_BITS) == 0 { number << DROPPED_BITS } else { 0 })
    }

    /// The number to send; 0 if the walk is over.
    pub fn number(self) -> u64 {
        self.0 >> DROPPED_BITS
    }

    /// The stripe it stands in.
    pub fn stripe(self, keyspace: &Keyspace) -> usize {
        keyspace.stripe_of(self.0)
    }
}

/// A cursor within one collection's table, as HSCAN sends it.
pub mod table_cursor {
    use super::DROPPED_BITS;

    /// The table position for the number a client sent.
    pub fn position(number: u64) -> u64 {
        if number >> (64 - DROPPED_BITS) == 0 { number << DROPPED_BITS } else { 0 }
    }

    /// The number to send for the position to go on from.
    pub fn number(position: Option<u64>) -> u64 {
        position.map_or(0, |p| p >> DROPPED_BITS)
    }
}

/// Visits about `count` entries of one stripe from the cursor on. Gives the cursor to go on from:
/// in this stripe, at the start of the next, or `None` when the last stripe is done.
pub fn scan_stripe(
    held: &mut Held<'_>,
    database: usize,
    cursor: Cursor,
    count: usize,
    visit: impl FnMut(&Entry),
) -> Option<Cursor> {
    let keyspace = held.keyspace();
    let bits = keyspace.stripe_bits();
    let stripe = cursor.stripe(keyspace);
    let position = cursor.0 << bits;
    match held.table(database, stripe).scan(position, count, visit) {
        Some(next) => Some(Cursor((stripe as u64) << (64 - bits) | next >> bits)),
        None if stripe + 1 < keyspace.stripe_count() => {
            Some(Cursor((stripe as u64 + 1) << (64 - bits)))
        }
        None => None,
    }
}

/// Visits about `count` entries from the cursor on, one stripe after the other. Gives the next cursor
/// (number 0 at the end). `Busy`: the first stripe could not be had, nothing was visited.
pub fn scan(
    held: &mut Held<'_>,
    database: usize,
    (cursor, count): (Cursor, usize),
    mut visit: impl FnMut(&Entry),
) -> Result<Cursor, Busy> {
    let keyspace = held.keyspace();
    let mut next = Some(cursor);
    let mut seen = 0;
    // An almost empty database must not make one call lock all its stripes.
    let stripes_max = count.saturating_mul(10).max(64);
    for round in 0..stripes_max {
        next = next.and_then(|cursor| skip_empty(held, database, cursor));
        let Some(cursor) = next.filter(|_| seen < count) else { break };
        let result = held.visit(cursor.stripe(keyspace), |held| {
            scan_stripe(held, database, cursor, count - seen, |entry| {
                seen += 1;
                visit(entry);
            })
        });
        next = match result {
            Err(busy) if round == 0 => return Err(busy),
            Err(_) => return Ok(cursor),
            Ok(next) => next,
        };
    }
    Ok(next.unwrap_or(Cursor(0)))
}

/// The cursor, moved on to the first stripe that has keys; `None` if there is none. A look at the
/// lengths takes no lock, so that a walk over few keys takes few calls.
fn skip_empty(held: &Held<'_>, database: usize, cursor: Cursor) -> Option<Cursor> {
    let keyspace = held.keyspace();
    let stripe = cursor.stripe(keyspace);
    let has_keys = |stripe: &usize| held.table_len(database, *stripe) > 0;
    match (stripe..keyspace.stripe_count()).find(has_keys)? {
        same if same == stripe => Some(cursor),
        later => Some(Cursor((later as u64) << (64 - keyspace.stripe_bits()))),
    }
}
