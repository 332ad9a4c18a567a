//! A random key of a database.
//!
//! Every key is equally likely: a stripe is drawn with a chance in proportion to its number of
//! keys, then a key within its table.

use fastrand::Rng;

use crate::access::{Busy, Held};
use crate::entry::Entry;

/// Keys that are looked at before giving up.
const TRIES_MAX: usize = 100;

/// Draws keys until `wanted` makes something of one. `None` if the database is empty, or if nothing
/// came of many keys in a row.
///
/// # Errors
/// `Busy`: the stripe of the first key that was drawn could not be had.
pub fn pick<R>(
    held: &mut Held<'_>,
    database: usize,
    random: &mut Rng,
    mut wanted: impl FnMut(&Entry) -> Option<R>,
) -> Result<Option<R>, Busy> {
    for round in 0..TRIES_MAX {
        let Some(stripe) = random_stripe(held, database, random) else { return Ok(None) };
        let picked = held.visit(stripe, |held| {
            held.table(database, stripe).random(random).and_then(|entry| wanted(&entry))
        });
        match picked {
            Ok(Some(picked)) => return Ok(Some(picked)),
            Ok(None) => {}
            Err(busy) if round == 0 => return Err(busy),
            Err(_) => {}
        }
    }
    Ok(None)
}

/// The stripe of a random key; `None` if there is no key. Other workers may be changing the numbers
/// meanwhile, which then are a little out of date.
fn random_stripe(held: &Held<'_>, database: usize, random: &mut Rng) -> Option<usize> {
    let total = held.len(database);
    if total == 0 {
        return None;
    }
    let mut left = random.usize(..total);
    let stripes = held.keyspace().stripe_count();
    let found = (0..stripes).find(|&stripe| {
        let len = held.table_len(database, stripe);
        let here = left < len;
        left = left.saturating_sub(len);
        here
    });
    // Keys may have gone since they were counted.
    found.or_else(|| (0..stripes).find(|&stripe| held.table_len(database, stripe) > 0))
}

#[cfg(test)]
mod tests {
    use base::hash::KeyHasher;

    use super::*;
    use crate::db::{Moment, Tools, Touch};
    use crate::{Db, Keyspace, Payload, Stamp};

    fn filled(names: &[String]) -> Keyspace {
        let keyspace = Keyspace::new(2, 1, KeyHasher::with_key([5; 16]));
        let mut inside = keyspace.gate().enter(0);
        let mut tools = Tools::default();
        let moment = Moment { now_ms: 0, stamp: Stamp::default(), touch: Touch::Nothing };
        inside.alone(|alone| {
            let mut held = Held::all(&keyspace, alone);
            let mut db = Db::new(&mut held, 1, &moment, &mut tools);
            for name in names {
                db.store(db.key(name.as_bytes()), Payload::Integer(1), None);
            }
        });
        tools.graveyard.tend(keyspace.gate(), 0);
        drop(inside);
        keyspace
    }

    #[test]
    fn every_key_is_equally_likely() {
        let names: Vec<String> = (0..40).map(|n| format!("key{n}")).collect();
        let keyspace = filled(&names);
        let inside = keyspace.gate().enter(0);
        let mut held = Held::roaming(&keyspace, &inside);
        assert_eq!((held.len(0), held.len(1)), (0, 40));
        let mut random = Rng::with_seed(7);
        let mut counts = std::collections::HashMap::<Vec<u8>, u32>::new();
        for _ in 0..40_000 {
            let name = pick(&mut held, 1, &mut random, |e| Some(e.key().to_vec()));
            *counts.entry(name.expect("nobody else").expect("a key")).or_default() += 1;
        }
        assert_eq!(counts.len(), 40);
        // 1000 each; five standard deviations are 158.
        assert!(counts.values().all(|count| (842..1158).contains(count)), "{counts:?}");
    }

    #[test]
    fn it_gives_up_when_there_is_nothing_or_nothing_is_wanted() {
        let keyspace = filled(&["a".into()]);
        let inside = keyspace.gate().enter(0);
        let mut held = Held::roaming(&keyspace, &inside);
        let mut random = Rng::with_seed(7);
        assert_eq!(pick(&mut held, 0, &mut random, |_| Some(())), Ok(None));
        let mut looks = 0;
        let nothing = pick(&mut held, 1, &mut random, |_| {
            looks += 1;
            None::<()>
        });
        assert_eq!((nothing, looks), (Ok(None), TRIES_MAX));
    }

    #[test]
    fn a_locked_stripe_is_busy() {
        let keyspace = filled(&["a".into()]);
        let inside = keyspace.gate().enter(0);
        let hash = keyspace.hasher().hash(b"a");
        let _locked = Held::one(&keyspace, &inside, hash).expect("nobody else");
        let mut held = Held::roaming(&keyspace, &inside);
        let stripe = keyspace.stripe_of(hash);
        let picked = pick(&mut held, 1, &mut Rng::with_seed(7), |_| Some(()));
        assert_eq!(picked, Err(Busy { stripe }));
    }
}
