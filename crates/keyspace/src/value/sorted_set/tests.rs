//! Big sorted sets: that table and tree stay in step, and what a member costs.

use std::collections::HashMap;

use base::hash::KeyHasher;
use fastrand::Rng;
use proptest::prelude::*;
use structures::ordered::{Direction, Edge, rank_key};

use super::SortedSetTable;
use crate::deadline::deadline_of;
use crate::value::Before;

fn hasher() -> KeyHasher {
    KeyHasher::with_key([7; 16])
}

/// All members in order, with their scores.
fn walked(set: &SortedSetTable) -> Vec<(Vec<u8>, f64)> {
    let members = set.iter(0..usize::MAX, Direction::Ascending);
    members.map(|it| (it.member.to_vec(), it.score)).collect()
}

fn check(set: &SortedSetTable, model: &HashMap<Vec<u8>, f64>) {
    let mut expected: Vec<(Vec<u8>, f64)> = model.iter().map(|(m, s)| (m.clone(), *s)).collect();
    expected.sort_by(|(m, s), (n, t)| rank_key(*s).cmp(&rank_key(*t)).then_with(|| m.cmp(n)));
    assert_eq!(set.len(), expected.len());
    assert_eq!(walked(set), expected);
    for (rank, (member, score)) in expected.iter().enumerate() {
        assert_eq!(set.score(&hasher(), member), Some(*score));
        assert_eq!(set.rank(&Edge::before(*score, member)), rank);
    }
    let mut scanned = HashMap::new();
    let mut from = Some(0);
    while let Some(position) = from {
        from = set.scan(position, 10, |member, score| {
            scanned.insert(member.to_vec(), score);
        });
    }
    assert_eq!(&scanned, model);
}

fn name(number: u32) -> Vec<u8> {
    let width = if number.is_multiple_of(50) { 240 + number as usize % 30 } else { 0 };
    format!("member:{number:0width$}").into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_set_that_grows_and_shrinks_is_what_a_map_is(
        grown in 1u32..3_000,
        left in 0u32..100,
        step in prop::sample::select(&[1u32, 7, 769]),
        steps in prop::collection::vec((0u32..3_000, prop::option::of(-50i32..50)), 0..200),
    ) {
        let (mut set, mut model) = (SortedSetTable::default(), HashMap::new());
        for number in 0..grown {
            set.set(&hasher(), &name(number), f64::from(number % 97)).expect("room");
            model.insert(name(number), f64::from(number % 97));
        }
        for count in 0..grown - left.min(grown) {
            let number = count * step % grown;
            let before = model.remove(&name(number));
            prop_assert_eq!(set.remove(&hasher(), &name(number)), before);
        }
        for (number, score) in steps {
            match score.map(f64::from) {
                Some(score) => {
                    let seen = set.update(&hasher(), &name(number), |_| Some(score));
                    let before = model.insert(name(number), score);
                    prop_assert_eq!(seen, Ok((before, Some(score))));
                }
                None => {
                    let removed = set.remove(&hasher(), &name(number));
                    prop_assert_eq!(removed, model.remove(&name(number)));
                }
            }
        }
        check(&set, &model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn expiries_of_members_are_those_of_a_map(
        size in 1u32..2_000,
        steps in prop::collection::vec(
            (0u32..2_000, prop_oneof![
                5 => prop::option::weighted(0.8, 0i64..5_000).prop_map(Some),
                1 => Just(None),
            ], 0i64..3_000, 1usize..200),
            0..600,
        ),
    ) {
        const NOW: i64 = 1_795_000_000_000;
        let (mut set, mut model) = (SortedSetTable::default(), HashMap::new());
        for number in 0..size {
            set.set(&hasher(), &name(number), f64::from(number % 97)).expect("room");
            model.insert(name(number), None);
        }
        for (at, (number, step, now, budget)) in steps.into_iter().enumerate() {
            let member = name(number % size);
            match step {
                Some(expiry) => {
                    let expires_at = expiry.map(|ms| NOW + ms);
                    let before = set.set_expiry(&hasher(), &member, expires_at).expect("room");
                    let old = model.get_mut(&member);
                    let expected = old.as_ref().map(|old| **old);
                    prop_assert_eq!(before, expected.map_or(Before::Absent, |old: Option<i64>| {
                        old.map_or(Before::Lasting, Before::Expiring)
                    }));
                    old.into_iter().for_each(|old| *old = expires_at);
                }
                None => {
                    let removed = set.remove(&hasher(), &member).is_some();
                    prop_assert_eq!(removed, model.remove(&member).is_some());
                }
            }
            if at % 50 == 0 {
                let now = NOW + now;
                let mut gone = Vec::new();
                let done = set.sweep(&hasher(), (now, budget), |it| gone.push(it.to_vec()));
                for member in gone {
                    let at = model.remove(&member).expect("it was there");
                    prop_assert!(at.is_some_and(|at| at <= now));
                }
                prop_assert!(!done || model.values().flatten().all(|at| *at > now));
            }
        }
        prop_assert_eq!(set.expiring(), model.values().flatten().count());
        let least = model.values().flatten().min();
        prop_assert!(least.is_none_or(|at| set.least_deadline() <= deadline_of(*at)));
        let members = set.iter(0..usize::MAX, Direction::Ascending);
        let found: HashMap<_, _> =
            members.map(|it| (it.member.to_vec(), it.expires_at)).collect();
        prop_assert_eq!(found, model);
    }
}

#[test]
fn an_expiry_costs_a_member_about_ten_bytes() {
    let mut set = SortedSetTable::default();
    let member = |number| format!("member:{number:011}");
    for number in 0..60_000u32 {
        set.set(&hasher(), member(number).as_bytes(), f64::from(number)).expect("room");
    }
    let before = set.heap_bytes() as f64 / 60_000.0;
    for number in 0..60_000 {
        set.set_expiry(&hasher(), member(number).as_bytes(), Some(5)).expect("room");
    }
    let each = set.heap_bytes() as f64 / 60_000.0;
    assert!(each < before + 16.0, "{before} became {each}");
}

#[test]
fn ranges_are_removed_from_either_end() {
    for direction in [Direction::Ascending, Direction::Descending] {
        let (mut set, mut model) = (SortedSetTable::default(), HashMap::new());
        for number in 0..5_000 {
            set.set(&hasher(), &name(number), f64::from(number)).expect("room");
            model.insert(name(number), f64::from(number));
        }
        let mut removed = Vec::new();
        set.remove_range(&hasher(), 100..4_600, direction, |member, score| {
            removed.push((member.to_vec(), score));
        });
        assert_eq!(removed.len(), 4_500);
        let first = if direction == Direction::Ascending { 100.0 } else { 4_899.0 };
        assert_eq!(removed[0].1, first);
        for (member, score) in removed {
            assert_eq!(model.remove(&member), Some(score));
        }
        check(&set, &model);
    }
}

#[test]
fn a_member_of_18_bytes_costs_less_than_52() {
    let orders: [fn(&mut Rng, u32) -> f64; 3] = [
        |_, n| f64::from(n),
        |random, _| random.f64(),
        |random, _| 1.7e12 + f64::from(random.u32(..1_000_000_000)),
    ];
    for order in orders {
        let (mut set, mut random) = (SortedSetTable::default(), Rng::with_seed(1));
        for number in 0..60_000 {
            let member = format!("member:{number:011}");
            set.set(&hasher(), member.as_bytes(), order(&mut random, number)).expect("room");
        }
        let each = set.heap_bytes() as f64 / 60_000.0;
        assert!(each < 52.0, "{each}");
    }
}
