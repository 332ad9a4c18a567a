//! Big sorted sets: that table and tree stay in step, and what a member costs.

use std::collections::HashMap;
use std::ops::ControlFlow;

use base::hash::KeyHasher;
use fastrand::Rng;
use proptest::prelude::*;
use structures::ordered::{Direction, Edge, rank_key};

use super::SortedSetTable;

fn hasher() -> KeyHasher {
    KeyHasher::with_key([7; 16])
}

/// All members in order, with their scores.
fn walked(set: &SortedSetTable) -> Vec<(Vec<u8>, f64)> {
    let mut found = Vec::new();
    set.walk(0, Direction::Ascending, |member, score| {
        found.push((member.to_vec(), score));
        ControlFlow::Continue(())
    });
    found
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

#[test]
fn ranges_are_removed_from_either_end() {
    for direction in [Direction::Ascending, Direction::Descending] {
        let (mut set, mut model) = (SortedSetTable::default(), HashMap::new());
        for number in 0..5_000 {
            set.set(&hasher(), &name(number), f64::from(number)).expect("room");
            model.insert(name(number), f64::from(number));
        }
        let mut removed = Vec::new();
        set.remove_range(&hasher(), (100, 4_500), direction, |member, score| {
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
