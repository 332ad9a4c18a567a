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

/// Visits about `count` entries from the cursor on, one stripe after the other. Gives the next
/// cursor (number 0 at the end). `Busy`: the first stripe could not be had, nothing was visited.
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

#[cfg(test)]
mod tests {
    use base::hash::KeyHasher;

    use super::*;
    use crate::Payload;
    use crate::db::{Db, Moment, Tools, Touch};
    use crate::entry::Stamp;

    fn filled(count: usize) -> Keyspace {
        let keyspace = Keyspace::new(2, 1, KeyHasher::with_key([5; 16]));
        let mut inside = keyspace.gate().enter(0);
        let mut tools = Tools::default();
        let moment = Moment { now_ms: 0, stamp: Stamp::default(), touch: Touch::Nothing };
        inside.alone(|alone| {
            let mut held = Held::all(&keyspace, alone);
            let mut db = Db::new(&mut held, 1, &moment, &mut tools);
            for n in 0..count {
                let name = n.to_string();
                db.store(db.key(name.as_bytes()), Payload::Integer(1), None);
            }
        });
        tools.graveyard.tend(keyspace.gate(), 0);
        drop(inside);
        keyspace
    }

    /// The number of keys seen by a walk, and the number of calls it took.
    fn walk(held: &mut Held<'_>, database: usize, count: usize) -> (usize, usize) {
        let (mut cursor, mut seen, mut calls) = (Cursor(0), 0, 0);
        loop {
            cursor = scan(held, database, (cursor, count), |_| seen += 1).expect("nobody else");
            calls += 1;
            if cursor.number() == 0 {
                return (seen, calls);
            }
            cursor = Cursor::from_number(cursor.number());
        }
    }

    #[test]
    fn a_walk_takes_as_many_calls_as_its_keys_need() {
        for count in [0, 1, 9, 3000] {
            let keyspace = filled(count);
            let inside = keyspace.gate().enter(0);
            let mut held = Held::roaming(&keyspace, &inside);
            let (seen, calls) = walk(&mut held, 1, 10);
            assert_eq!(seen, count);
            assert!(calls <= count / 10 + 1, "{count} keys in {calls} calls");
            assert_eq!(walk(&mut held, 0, 10), (0, 1));
        }
    }

    #[test]
    fn a_locked_stripe_stops_the_walk_before_it() {
        let keyspace = filled(3000);
        let inside = keyspace.gate().enter(0);
        let stripe = keyspace.stripe_count() / 2;
        let mut held = Held::roaming(&keyspace, &inside);
        let locked = Held::stripe(&keyspace, &inside, stripe).expect("nobody else");
        let mut seen = 0;
        let cursor = scan(&mut held, 1, (Cursor(0), 10_000), |_| seen += 1).expect("a start");
        assert_eq!(cursor.stripe(&keyspace), stripe);
        assert_eq!(scan(&mut held, 1, (cursor, 10_000), |_| {}), Err(Busy { stripe }));
        drop(locked);
        let end = scan(&mut held, 1, (cursor, 10_000), |_| seen += 1).expect("nobody else");
        assert_eq!((end.number(), seen), (0, 3000));
    }
}
