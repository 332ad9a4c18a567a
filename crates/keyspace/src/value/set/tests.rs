//! Big sets against a plain map, long members and expiring ones among them.

use std::collections::BTreeMap;

use fastrand::Rng;
use proptest::prelude::*;

use super::*;
use crate::deadline::{comes_at, deadlines_come};
use crate::value::{Object, sweep_elements};

const NOW: i64 = 1_795_000_000_000;

fn hasher() -> KeyHasher {
    KeyHasher::with_key([9; 16])
}

#[derive(Clone, Debug)]
enum Step {
    Add(u8),
    Expiry(u8, Option<i64>),
    Remove(u8),
    RemoveRandom,
    Sweep(i64, usize),
}

fn at() -> impl Strategy<Value = i64> {
    (0i64..4000).prop_map(|ms| NOW + ms)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Add),
        3 => (any::<u8>(), proptest::option::of(at())).prop_map(|(m, at)| Step::Expiry(m, at)),
        1 => any::<u8>().prop_map(Step::Remove),
        1 => Just(Step::RemoveRandom),
        1 => (at(), 1usize..40).prop_map(|(now, budget)| Step::Sweep(now, budget)),
    ]
}

/// One byte, or too many for a group.
fn name(number: u8) -> Vec<u8> {
    vec![number; if number.is_multiple_of(5) { 200 } else { 1 }]
}

type Model = BTreeMap<Vec<u8>, Option<i64>>;

fn take_step(step: Step, set: &mut SetTable, model: &mut Model, random: &mut Rng) {
    let hasher = hasher();
    match step {
        Step::Add(number) => {
            let is_new = !model.contains_key(&name(number));
            assert_eq!(set.add(&hasher, &name(number)), is_new);
            model.entry(name(number)).or_insert(None);
        }
        Step::Expiry(number, expires_at) => {
            let before = match model.get(&name(number)) {
                None => Before::Absent,
                Some(None) => Before::Lasting,
                Some(Some(at)) => Before::Expiring(*at),
            };
            assert_eq!(set.set_expiry(&hasher, &name(number), expires_at), before);
            model.entry(name(number)).and_modify(|it| *it = expires_at);
        }
        Step::Remove(number) => {
            let was = model.remove(&name(number)).is_some();
            assert_eq!(set.remove(&hasher, &name(number)), was);
        }
        Step::RemoveRandom => {
            let mut drawn = None;
            assert!(!set.remove_random(random, |_| false));
            let removed = set.remove_random(random, |it| {
                drawn = Some((it.bytes.to_vec(), it.expires_at));
                true
            });
            assert_eq!(removed, !model.is_empty());
            if let Some((bytes, expires_at)) = drawn {
                assert_eq!(model.remove(&bytes), Some(expires_at));
            }
        }
        Step::Sweep(now, budget) => {
            let done = set.sweep(now, budget, |entry| {
                assert_eq!(model.remove(entry.key()), Some(entry.expires_at()));
            });
            assert!(!done || model.values().flatten().all(|&at| at > now));
        }
    }
}

proptest! {
    #[test]
    fn a_set_does_what_a_map_does(steps in proptest::collection::vec(step(), 0..300), seed: u64) {
        let (mut set, mut model) = (SetTable::default(), BTreeMap::new());
        let mut random = Rng::with_seed(seed);
        for step in steps {
            take_step(step, &mut set, &mut model, &mut random);
            let expiries: Vec<i64> = model.values().flatten().copied().collect();
            prop_assert_eq!((set.len(), set.expiring()), (model.len(), expiries.len()));
            match expiries.iter().min() {
                Some(first) => {
                    prop_assert!(set.least_deadline() <= deadline_of(*first));
                    prop_assert!(set.may_have_expired(*first));
                }
                None => prop_assert!(!set.may_have_expired(i64::MAX)),
            }
        }
        let mut all = BTreeMap::new();
        set.for_each(|it| { all.insert(it.bytes.to_vec(), it.expires_at); });
        prop_assert_eq!(all, model);
    }
}

#[test]
fn a_sweep_that_ran_out_of_budget_is_due_again_at_once() {
    let hasher = hasher();
    let mut set = SetTable::new(Size::Small);
    for name in (0..600u16).map(u16::to_be_bytes) {
        set.add(&hasher, &name);
        set.set_expiry(&hasher, &name, Some(NOW));
    }
    let object = Box::new(Object::Set(Box::new(set)));
    let mut entry = Entry::with_object(b"k", object, None, Stamp::default());
    let now = comes_at(deadline_of(NOW));
    let (mut removed, mut rounds) = (0, 0);
    loop {
        let swept = sweep_elements(&mut entry, &hasher, (now, 100), drop);
        assert!(swept.removed <= 140, "about the budget");
        (removed, rounds) = (removed + swept.removed, rounds + 1);
        if swept.empty {
            break;
        }
        assert!(swept.deadline <= deadlines_come(now));
    }
    assert_eq!(removed, 600);
    assert!(rounds > 1);
}
