//! Tables of elements against a plain map, and the sweep of one key's elements.

use std::collections::BTreeMap;

use proptest::prelude::*;
use structures::table::Verdict;

use super::*;
use crate::access::Held;
use crate::db::{Db, Moment, Tools, Touch};
use crate::deadline::{comes_at, deadlines_come};
use crate::keyspace::Keyspace;

const NOW: i64 = 1_795_000_000_000;

fn hasher() -> KeyHasher {
    KeyHasher::with_key([9; 16])
}

#[derive(Clone, Debug)]
enum Step {
    Set(u8, u8, ElementExpiry),
    Expiry(u8, Option<i64>),
    Remove(u8),
    Sweep(i64, usize),
}

fn at() -> impl Strategy<Value = i64> {
    (0i64..4000).prop_map(|ms| NOW + ms)
}

fn step() -> impl Strategy<Value = Step> {
    let expiry = prop_oneof![
        Just(ElementExpiry::None),
        Just(ElementExpiry::Keep),
        at().prop_map(ElementExpiry::At)
    ];
    prop_oneof![
        3 => (any::<u8>(), any::<u8>(), expiry).prop_map(|(f, v, e)| Step::Set(f, v, e)),
        2 => (any::<u8>(), proptest::option::of(at())).prop_map(|(f, e)| Step::Expiry(f, e)),
        1 => any::<u8>().prop_map(Step::Remove),
        1 => (at(), 1usize..40).prop_map(|(now, budget)| Step::Sweep(now, budget)),
    ]
}

fn as_before(old: Option<&(u8, Option<i64>)>) -> Before {
    match old {
        None => Before::Absent,
        Some((_, None)) => Before::Lasting,
        Some((_, Some(at))) => Before::Expiring(*at),
    }
}

proptest! {
    #[test]
    fn a_table_does_what_a_map_does(steps in proptest::collection::vec(step(), 0..300)) {
        let hasher = hasher();
        let (mut table, mut model) = (ElementTable::default(), BTreeMap::new());
        for step in steps {
            match step {
                Step::Set(f, v, expiry) => {
                    let old = model.get(&f).copied();
                    let before = table.set(&hasher, &[f], Payload::Text(&[v]), expiry);
                    prop_assert_eq!(before, as_before(old.as_ref()));
                    let expires_at = match expiry {
                        ElementExpiry::None => None,
                        ElementExpiry::Keep => old.and_then(|(_, at)| at),
                        ElementExpiry::At(at) => Some(at),
                    };
                    model.insert(f, (v, expires_at));
                }
                Step::Expiry(f, expires_at) => {
                    let before = table.set_expiry(&hasher, &[f], expires_at);
                    prop_assert_eq!(before, as_before(model.get(&f)));
                    if let Some(old) = model.get_mut(&f) {
                        old.1 = expires_at;
                    }
                }
                Step::Remove(f) => {
                    let removed = table.remove(&hasher, &[f]).is_some();
                    prop_assert_eq!(removed, model.remove(&f).is_some());
                }
                Step::Sweep(now, budget) => {
                    let mut gone = Vec::new();
                    let done = table.sweep(now, budget, |entry| gone.push(entry.key()[0]));
                    for f in &gone {
                        let (_, at) = model.remove(f).expect("it was there");
                        prop_assert!(at.is_some_and(|at| at <= now));
                    }
                    let left = model.values().any(|(_, at)| at.is_some_and(|at| at <= now));
                    prop_assert!(!done || !left);
                }
            }
            prop_assert_eq!(table.len(), model.len());
            let expiries: Vec<i64> = model.values().filter_map(|(_, at)| *at).collect();
            prop_assert_eq!(table.expiring(), expiries.len());
            if let Some(first) = expiries.iter().min() {
                prop_assert!(table.least_deadline() <= deadline_of(*first));
                prop_assert!(table.may_have_expired(*first));
            } else {
                prop_assert!(!table.may_have_expired(i64::MAX));
            }
        }
        for (f, (v, at)) in &model {
            let entry = table.get(&hasher, &[*f]).expect("it is there");
            prop_assert_eq!((entry.payload(), entry.expires_at()), (&[*v][..], *at));
        }
    }
}

fn entry_with(fields: &[(&[u8], Option<i64>)], expires_at: Option<i64>) -> Entry {
    let hasher = hasher();
    let mut table = ElementTable::new(Size::Small);
    for (field, at) in fields {
        let expiry = at.map_or(ElementExpiry::None, ElementExpiry::At);
        table.set(&hasher, field, Payload::Text(b"v"), expiry);
    }
    Entry::with_object(b"k", Box::new(Object::Hash(table)), expires_at, Stamp::default())
}

#[test]
fn it_is_known_to_the_millisecond_when_something_may_have_expired() {
    let hasher = hasher();
    let mut table = ElementTable::default();
    table.set(&hasher, b"late", Payload::Text(b""), Some(NOW + 9000));
    table.set(&hasher, b"soon", Payload::Text(b""), Some(NOW + 100));
    table.set(&hasher, b"next", Payload::Text(b""), Some(NOW + 101));
    assert!(!table.may_have_expired(NOW + 99) && table.may_have_expired(NOW + 100));
    // What was looked at and stays is known, though its deadline is the same.
    assert!(table.sweep(NOW + 100, 9, drop));
    assert!(!table.may_have_expired(NOW + 100) && table.may_have_expired(NOW + 101));
    assert!(table.sweep(NOW + 101, 9, drop));
    assert!(!table.may_have_expired(NOW + 101));
    table.set_expiry(&hasher, b"late", Some(NOW + 150));
    assert!(!table.may_have_expired(NOW + 149) && table.may_have_expired(NOW + 150));
    assert_eq!(table.len(), 1);
}

#[test]
fn a_sweep_says_when_to_come_again() {
    let fields: [(&[u8], _); 3] = [(b"a", Some(NOW)), (b"b", Some(NOW + 10_000)), (b"c", None)];
    let mut entry = entry_with(&fields, Some(NOW + 20_000));
    assert_eq!(deadline_of_entry(&entry), deadline_of(NOW));

    let now = comes_at(deadline_of(NOW));
    let mut gone = Vec::new();
    let swept =
        sweep_elements(&mut entry, &hasher(), (now, 10), |field| gone.push(field.key().to_vec()));
    let deadline = deadline_of(NOW + 10_000);
    assert_eq!(swept, Swept { removed: 1, done: true, empty: false, deadline });
    assert_eq!(gone, [b"a"]);

    let swept = sweep_elements(&mut entry, &hasher(), (comes_at(deadline), 10), drop);
    let deadline = deadline_of(NOW + 20_000);
    assert_eq!(
        swept,
        Swept { removed: 1, done: true, empty: false, deadline },
        "only the key's own is left"
    );
}

#[test]
fn a_sweep_that_ran_out_of_budget_is_due_again_at_once() {
    let names: Vec<[u8; 2]> = (0..600u16).map(u16::to_be_bytes).collect();
    let fields: Vec<(&[u8], _)> = names.iter().map(|name| (name.as_slice(), Some(NOW))).collect();
    let mut entry = entry_with(&fields, None);
    let now = comes_at(deadline_of(NOW));
    let (mut removed, mut rounds) = (0, 0);
    loop {
        let swept = sweep_elements(&mut entry, &hasher(), (now, 100), drop);
        assert!(swept.removed <= 110, "about the budget");
        (removed, rounds) = (removed + swept.removed, rounds + 1);
        if swept.empty {
            break;
        }
        assert!(swept.deadline <= deadlines_come(now));
    }
    assert_eq!(removed, 600);
    assert!(rounds > 1);
}

#[test]
fn what_is_no_big_hash_is_left_alone() {
    let mut entry = Entry::new(b"k", Payload::Text(b"v"), Some(NOW), Stamp::default());
    let swept = sweep_elements(&mut entry, &hasher(), (NOW, 10), drop);
    assert_eq!(swept, Swept { removed: 0, done: true, empty: false, deadline: deadline_of(NOW) });
}

#[test]
fn a_keyspace_sweep_reaches_fields_and_takes_emptied_keys_away() {
    let keyspace = Keyspace::new(1, 1, hasher());
    let inside = keyspace.gate().enter(0);
    let hash = keyspace.hasher().hash(b"k");
    let mut held = Held::several(&keyspace, &inside, [hash].into_iter()).expect("nobody else");
    let mut tools = Tools::default();
    let moment = Moment { now_ms: NOW, stamp: Stamp::default(), touch: Touch::Nothing };
    let mut db = Db::new(&mut held, 0, &moment, &mut tools);
    let key = db.key(b"k");
    db.put(key, entry_with(&[(b"a", Some(NOW + 1000)), (b"b", Some(NOW + 9000))], None));
    let stripe = keyspace.stripe_of(key.hash);

    let sweep = |db: &mut Db<'_, '_>, now: i64| {
        let mut table = db.held().table(0, stripe);
        let mut fields = Vec::new();
        let visit = |entry: &mut Entry| {
            let swept = sweep_elements(entry, &hasher(), (now, 100), |field| {
                fields.push(field.key().to_vec())
            });
            if swept.empty { Verdict::Remove } else { Verdict::Keep(swept.deadline) }
        };
        let mut keys = 0;
        assert!(table.sweep(deadlines_come(now), 100, visit, |_| keys += 1));
        (fields.concat(), keys, table.least_deadline())
    };
    assert_eq!(sweep(&mut db, NOW + 500), (b"".to_vec(), 0, deadline_of(NOW + 1000)));
    assert_eq!(sweep(&mut db, NOW + 2000), (b"a".to_vec(), 0, deadline_of(NOW + 9000)));
    assert_eq!(sweep(&mut db, NOW + 9500), (b"b".to_vec(), 1, NO_DEADLINE));
    assert!(!db.contains(key));
}
