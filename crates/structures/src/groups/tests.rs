//! Groups against a plain map, their invariants after every kind of step, and fairness.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry::Vacant;
use std::ops::ControlFlow;

use base::hash::KeyHasher;
use fastrand::Rng;
use proptest::prelude::*;

use super::*;
use crate::table::Verdict;

/// An item outside: the member, and when it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Timed(Vec<u8>, u32);

impl Outside for Timed {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn place_of(bytes: &[u8]) -> u64 {
    KeyHasher::with_key([3; 16]).hash(bytes)
}

/// Members of many lengths, those included that are as long as a number or just too long.
fn member(number: u16) -> Vec<u8> {
    let len = [5, 2, 20, 127, 128, 0, 3, 16][usize::from(number % 8)];
    let mut bytes = number.to_string().into_bytes();
    bytes.resize(len, b'.');
    bytes
}

fn short(number: u32) -> Vec<u8> {
    format!("element:{number:012}").into_bytes()
}

impl Groups<Timed> {
    fn add(&mut self, bytes: &[u8]) -> bool {
        let make = || Timed(bytes.to_vec(), NO_DEADLINE);
        self.insert(place_of(bytes), bytes, make, &place_of)
    }

    fn give_deadline(&mut self, bytes: &[u8], deadline: u32) -> bool {
        self.exchange((place_of(bytes), bytes), deadline, |old| {
            assert!(old.is_none_or(|it| it.0 == bytes));
            let is_short = bytes.len() <= group::INSIDE_MAX;
            (deadline != NO_DEADLINE || !is_short).then(|| Timed(bytes.to_vec(), deadline))
        })
    }

    fn contents(&self) -> BTreeMap<Vec<u8>, u32> {
        let mut all = BTreeMap::new();
        self.for_each(|item| {
            let deadline = item.outside.map_or(NO_DEADLINE, |it| it.1);
            assert!(all.insert(item.bytes.to_vec(), deadline).is_none(), "seen twice");
        });
        all
    }

    /// Holds the structure against what its files say must be true.
    fn check(&self) {
        assert_eq!(self.directory.len(), if self.is_empty() { 0 } else { 1 << self.depth });
        let mut len = 0;
        for (at, segment) in self.segments.iter().enumerate() {
            let first = self.index(segment.start());
            let words = 1 << (self.depth - segment.depth());
            assert!(self.directory[first..first + words].iter().all(|&it| it as usize == at));
            assert_eq!(self.directory.iter().filter(|&&it| it as usize == at).count(), words);
            let brief = self.briefs[at];
            assert!(brief.least <= segment.least_deadline() && self.least <= brief.least);
            assert!(brief == Brief { least: brief.least, ..segment.brief() });
            let mut in_segment = 0;
            for group in 0..segment.group_count() {
                for item in segment.items(group) {
                    in_segment += 1;
                    let position = place_of(item.bytes);
                    let Near { position: near, known } = item.near;
                    assert_eq!(near >> (64 - known.max(1)), position >> (64 - known.max(1)));
                    assert_eq!(near as u8, position as u8);
                    assert_eq!(segment.group_of(position), group);
                    let deadline = item.outside.map_or(NO_DEADLINE, |it| it.1);
                    assert!(segment.deadline(group) <= deadline);
                }
            }
            assert_eq!(segment.len(), in_segment);
            assert!(in_segment <= SEGMENT_MAX);
            len += in_segment;
        }
        assert_eq!(self.len, len);
        if self.depth > 0 {
            let deepest = self.segments.iter().filter(|it| it.depth() == self.depth).count();
            assert_eq!(self.deepest as usize, deepest);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Add(u16),
    Remove(u16),
    TakeRandom,
    Deadline(u16, u32),
    Sweep(u32, usize),
    AddMany(u16),
    RemoveMany(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0u16..600;
    let deadline = prop_oneof![0u32..50, Just(NO_DEADLINE)];
    prop_oneof![
        4 => number.clone().prop_map(Step::Add),
        3 => number.clone().prop_map(Step::Remove),
        2 => Just(Step::TakeRandom),
        2 => (number, deadline).prop_map(|(n, d)| Step::Deadline(n, d)),
        1 => (0u32..50, 1usize..40).prop_map(|(now, budget)| Step::Sweep(now, budget)),
        1 => any::<u16>().prop_map(Step::AddMany),
        1 => any::<u16>().prop_map(Step::RemoveMany),
    ]
}

type Model = BTreeMap<Vec<u8>, u32>;

fn take_step(step: Step, groups: &mut Groups<Timed>, model: &mut Model, random: &mut Rng) {
    match step {
        Step::Add(number) => add(groups, model, &member(number)),
        Step::AddMany(from) => {
            (0..3000).for_each(|it| add(groups, model, &member(from.wrapping_add(it))));
        }
        Step::Remove(number) => remove(groups, model, &member(number)),
        Step::RemoveMany(from) => {
            (0..3000).for_each(|it| remove(groups, model, &member(from.wrapping_add(it))));
        }
        Step::TakeRandom => {
            let mut seen = None;
            let taken = groups.take_random(random, |item| {
                seen = Some(item.bytes.to_vec());
                true
            });
            assert_eq!(taken.is_some(), !model.is_empty());
            let removed = seen.and_then(|bytes| model.remove(&bytes));
            assert_eq!(taken.is_some(), removed.is_some());
        }
        Step::Deadline(number, deadline) => {
            let bytes = member(number);
            assert_eq!(groups.give_deadline(&bytes, deadline), model.contains_key(&bytes));
            model.entry(bytes).and_modify(|it| *it = deadline);
        }
        Step::Sweep(now, budget) => {
            let verdict = |it: &mut Timed| {
                if it.1 <= now { Verdict::Remove } else { Verdict::Keep(it.1) }
            };
            let done = groups.sweep(now, budget, verdict, |it| {
                assert_eq!(model.remove(&it.0), Some(it.1));
            });
            assert!(!done || model.values().all(|&deadline| deadline > now));
        }
    }
}

fn add(groups: &mut Groups<Timed>, model: &mut Model, bytes: &[u8]) {
    let slot = model.entry(bytes.to_vec());
    assert_eq!(groups.add(bytes), matches!(slot, Vacant(_)));
    slot.or_insert(NO_DEADLINE);
}

fn remove(groups: &mut Groups<Timed>, model: &mut Model, bytes: &[u8]) {
    assert_eq!(groups.remove(place_of(bytes), bytes).is_some(), model.remove(bytes).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn groups_do_what_a_map_does(steps in proptest::collection::vec(step(), 0..120), seed: u64) {
        let (mut groups, mut model) = (Groups::new(), BTreeMap::new());
        let mut random = Rng::with_seed(seed);
        for step in steps {
            take_step(step, &mut groups, &mut model, &mut random);
            groups.check();
        }
        prop_assert_eq!(groups.contents(), model);
    }

    #[test]
    fn a_walk_by_cursor_sees_all_that_stays(
        stay in 0u32..4000,
        changes in proptest::collection::vec((0u32..9000, any::<bool>()), 0..40),
        count in 1usize..50,
    ) {
        let mut groups = Groups::new();
        (0..stay).for_each(|it| { groups.add(&short(it)); });
        let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), Some(0));
        let mut changes = changes.into_iter();
        while let Some(from) = cursor {
            cursor = groups.scan(from, count, |item| { seen.insert(item.bytes.to_vec()); });
            // Thousands come or go between two calls, so that segments split and join.
            if let Some((size, grows)) = changes.next() {
                for number in 10_000..10_000 + size {
                    let bytes = short(number);
                    if grows {
                        groups.add(&bytes);
                    } else {
                        groups.remove(place_of(&bytes), &bytes);
                    }
                }
                groups.check();
            }
        }
        prop_assert!((0..stay).all(|it| seen.contains(&short(it))));
    }

    #[test]
    fn what_is_found_in_one_is_found_near_there_in_another(
        small in 1u32..3000,
        large in 1u32..40_000,
        swap: bool,
    ) {
        let (mut one, mut other) = (Groups::new(), Groups::new());
        (0..small).for_each(|it| { one.add(&short(it)); });
        (small / 2..small / 2 + large).for_each(|it| { other.add(&short(it)); });
        let (from, to) = if swap { (&other, &one) } else { (&one, &other) };
        let mut common = 0;
        let _ = from.until(|near| to.prefetch_near(near), |item| {
            let found = to.find_near(item.near, item.bytes, || place_of(item.bytes));
            common += u32::from(found.is_some());
            ControlFlow::Continue(())
        });
        prop_assert_eq!(common, small.min(small / 2 + large) - small / 2);
    }
}

#[test]
fn a_large_set_grows_and_shrinks_to_nothing() {
    let mut groups = Groups::new();
    let count = 60_000;
    for number in 0..count {
        assert!(groups.add(&short(number)));
    }
    groups.check();
    assert!(groups.bytes() < count as usize * 36, "{}", groups.bytes() / count as usize);
    for number in 0..count {
        let bytes = short(number);
        assert!(groups.find(place_of(&bytes), &bytes).is_some());
        assert!(groups.remove(place_of(&bytes), &bytes).is_some());
        assert!(groups.find(place_of(&bytes), &bytes).is_none());
        if number % 997 == 0 {
            groups.check();
        }
    }
    groups.check();
    assert_eq!(groups.bytes(), 0);
}

#[test]
fn all_members_are_drawn_equally_often() {
    // Just above a doubling, so that segments of two depths exist; the last draws are from a set
    // that became small again.
    for (count, left) in [(5, 5), (1100, 1100), (2300, 2300), (5000, 700)] {
        let mut groups = Groups::new();
        (0..count).for_each(|it| {
            groups.add(&short(it));
        });
        (left..count).for_each(|it| {
            groups.remove(place_of(&short(it)), &short(it));
        });
        groups.check();
        let mut random = Rng::with_seed(11);
        let draws = left * 100;
        let mut hits = BTreeMap::new();
        for _ in 0..draws {
            let bytes = groups.random(&mut random).map(|item| item.bytes.to_vec());
            *hits.entry(bytes).or_insert(0u32) += 1;
        }
        assert_eq!(hits.len(), left as usize);
        // The statistic has mean `left - 1` and variance twice that.
        let chi: f64 = hits.values().map(|&it| (f64::from(it) - 100.0).powi(2) / 100.0).sum();
        let mean = f64::from(left - 1);
        assert!((chi - mean).abs() < 5.0 * (2.0 * mean).sqrt(), "{count} {left}: {chi}");
    }
}

#[test]
fn members_outside_take_little_room_besides_their_items() {
    let mut groups = Groups::<Timed>::new();
    let count = 40_000;
    for number in 0..count {
        let bytes = short(number);
        groups.add(&bytes);
        assert!(groups.give_deadline(&bytes, 1_000_000));
    }
    // An item's place, and what its group has for it: head, number, and room to grow.
    let each = groups.bytes() as f64 / f64::from(count);
    let least = (size_of::<Option<Timed>>() + 3 + 2) as f64;
    assert!(each < 1.25 * least, "{each:.1} bytes a member, where {least} are needed");
}
