//! The table against a model, with good and bad positions, and its promises one by one.
#![allow(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{NO_DEADLINE, Retired, Table, Verdict, Word};

/// A boxed number with a deadline.
#[derive(Debug)]
struct Item(Box<(u64, u32)>);

// SAFETY: a box is non-null, 8-aligned and below 2^48 in user space.
unsafe impl Word for Item {
    fn into_word(self) -> u64 {
        Box::into_raw(self.0) as u64
    }
    unsafe fn from_word(word: u64) -> Self {
        // SAFETY: by the caller.
        Self(unsafe { Box::from_raw(word as *mut _) })
    }
}

/// Splitmix64: turns small numbers into positions that look like hashes.
fn mixed(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn place_of(item: &Item) -> u64 {
    mixed(item.0.0)
}

fn insert(table: &mut Table<Item>, key: u64, deadline: u32) {
    let mut retired = Retired::default();
    let item = Item(Box::new((key, deadline)));
    table.view().insert(mixed(key), item, deadline, &place_of, &mut retired);
    retired.free_now();
}

fn remove(table: &mut Table<Item>, key: u64) -> bool {
    let mut retired = Retired::default();
    let found =
        table.view().remove(mixed(key), |i| i.0.0 == key, &place_of, &mut retired).is_some();
    retired.free_now();
    found
}

fn has(table: &Table<Item>, key: u64) -> bool {
    table.find(mixed(key), |i| i.0.0 == key).is_some()
}

fn keys(table: &Table<Item>) -> BTreeSet<u64> {
    let mut keys = BTreeSet::new();
    table.for_each(|i| assert!(keys.insert(i.0.0), "visited twice"));
    keys
}

#[test]
fn grows_large_and_shrinks_to_nothing() {
    let mut table = Table::new();
    let count = 300_000;
    for key in 0..count {
        insert(&mut table, key, NO_DEADLINE);
    }
    assert_eq!(table.len(), count as usize);
    assert!((0..count).all(|key| has(&table, key)));
    assert!((count..2 * count).all(|key| !has(&table, key)));
    let per_item = table.overhead() as f64 / count as f64;
    assert!(per_item < 11.6, "{per_item} bytes an item");
    for key in 0..count {
        assert!(remove(&mut table, key));
        if key == count - 1_000 {
            assert!(table.overhead() < 64 * 1024, "shrinks on the way: {}", table.overhead());
        }
    }
    assert_eq!((table.len(), table.overhead()), (0, 0));
}

#[test]
fn density_stays_good_at_every_size() {
    let mut table = Table::new();
    for key in 0..200_000u64 {
        insert(&mut table, key, NO_DEADLINE);
        if key > 5_000 && key % 997 == 0 {
            let per_item = table.overhead() as f64 / key as f64;
            assert!(per_item < 12.5, "{per_item} bytes an item at {key}");
        }
    }
}

#[test]
fn a_scan_sees_everything_that_stays() {
    let mut table = Table::new();
    for key in 0..5_000 {
        insert(&mut table, key, NO_DEADLINE);
    }
    let mut seen = BTreeSet::new();
    let mut cursor = Some(0);
    let mut next = 5_000;
    let mut step = 0;
    while let Some(from) = cursor {
        cursor = table.scan(from, 10, |i| {
            seen.insert(i.0.0);
        });
        step += 1;
        // Grow fast at first, then shrink below the start: keys under 1,000 stay all the time.
        if step < 100 {
            for _ in 0..300 {
                insert(&mut table, next, NO_DEADLINE);
                next += 1;
            }
        } else {
            for _ in 0..200 {
                if next > 1_000 {
                    next -= 1;
                    remove(&mut table, next);
                }
            }
        }
    }
    assert!((0..1_000).all(|key| seen.contains(&key)));
}

#[test]
fn a_scan_of_a_resting_table_sees_each_item_once() {
    for count in [0, 1, 7, 8, 100, 441, 3_000, 50_000] {
        let mut table = Table::new();
        for key in 0..count {
            insert(&mut table, key, NO_DEADLINE);
        }
        let mut seen = Vec::new();
        let mut cursor = Some(0);
        while let Some(from) = cursor {
            cursor = table.scan(from, 7, |i| seen.push(i.0.0));
            assert!(cursor.is_none_or(|c| c > from));
        }
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(0..count), "{count}");
    }
}

#[test]
fn random_picks_are_even() {
    let mut table = Table::new();
    let count = 2_000u64;
    for key in 0..count {
        insert(&mut table, key, NO_DEADLINE);
    }
    let mut random = fastrand::Rng::with_seed(7);
    let mut picks = vec![0u32; count as usize];
    for _ in 0..count * 100 {
        let item = table.random(&mut random).expect("not empty");
        picks[item.0.0 as usize] += 1;
    }
    let (least, most) = (picks.iter().min().unwrap(), picks.iter().max().unwrap());
    assert!(*least > 50 && *most < 160, "{least}..{most}");
}

#[test]
fn a_sweep_removes_exactly_what_is_due() {
    let mut table = Table::new();
    for key in 0..20_000u64 {
        let deadline = if key % 3 == 0 { NO_DEADLINE } else { (key % 1_000) as u32 };
        insert(&mut table, key, deadline);
    }
    let verdict = |now: u32| {
        move |i: &mut Item| if i.0.1 <= now { Verdict::Remove } else { Verdict::Keep(i.0.1) }
    };
    assert_eq!(table.view().least_deadline(), 0);
    let mut removed = Vec::new();
    let mut rounds = 0;
    while !table.view().sweep(499, 64, verdict(499), |i| removed.push(i.0.0)) {
        rounds += 1;
        assert!(removed.len() <= rounds * (64 + 7));
    }
    let due = |key: &u64| !key.is_multiple_of(3) && key % 1_000 <= 499;
    removed.sort_unstable();
    assert!(removed.iter().copied().eq((0..20_000).filter(due)));
    assert_eq!(table.view().least_deadline(), 500);
    assert!(keys(&table).into_iter().eq((0..20_000).filter(|k| !due(k))));
    let mut visits = 0;
    table.view().sweep(
        499,
        64,
        |_| {
            visits += 1;
            Verdict::Keep(0)
        },
        drop,
    );
    assert_eq!(visits, 0, "nothing is due twice");
}

#[test]
fn an_item_changed_in_place_may_move() {
    let mut table = Table::new();
    for key in 0..1_000 {
        insert(&mut table, key, NO_DEADLINE);
    }
    let mut view = table.view();
    let mut slot = view.slot(mixed(500), |i| i.0.0 == 500).expect("present");
    *slot.get_mut() = Item(Box::new((500, 42)));
    assert_eq!(slot.get().0.1, 42);
    assert_eq!(slot.replace(Item(Box::new((500, 43)))).0.1, 42);
    assert_eq!(table.find(mixed(500), |i| i.0.0 == 500).expect("present").0.1, 43);
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u64, u32),
    Remove(u64),
    Sweep(u32),
    Bulk(u64, u64),
    Unbulk(u64, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = 0u64..400;
    let step = prop_oneof![
        4 => (key.clone(), 0u32..50).prop_map(|(k, d)| Step::Insert(k, d)),
        3 => key.prop_map(Step::Remove),
        1 => (0u32..50).prop_map(Step::Sweep),
        1 => (1_000u64..20_000, 1u64..3_000).prop_map(|(f, n)| Step::Bulk(f, n)),
        1 => (1_000u64..20_000, 1u64..6_000).prop_map(|(f, n)| Step::Unbulk(f, n)),
    ];
    proptest::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn behaves_as_a_map(steps in steps()) {
        let mut table = Table::new();
        let mut model: BTreeMap<u64, u32> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Insert(key, deadline) => {
                    if model.insert(key, deadline).is_some() {
                        prop_assert!(remove(&mut table, key));
                    }
                    insert(&mut table, key, deadline);
                }
                Step::Remove(key) => {
                    prop_assert_eq!(remove(&mut table, key), model.remove(&key).is_some());
                }
                Step::Sweep(now) => {
                    let check = |i: &mut Item| {
                        if i.0.1 <= now { Verdict::Remove } else { Verdict::Keep(i.0.1) }
                    };
                    while !table.view().sweep(now, 16, check, drop) {}
                    model.retain(|_, deadline| *deadline > now);
                    let least = model.values().copied().min().unwrap_or(NO_DEADLINE);
                    // Too early is allowed (removed items, moved neighbours), due or too late is
                    // not.
                    prop_assert!(table.view().least_deadline() > now);
                    prop_assert!(table.view().least_deadline() <= least);
                }
                Step::Bulk(from, count) => {
                    for key in from..from + count {
                        if model.insert(key, NO_DEADLINE).is_none() {
                            insert(&mut table, key, NO_DEADLINE);
                        }
                    }
                }
                Step::Unbulk(from, count) => {
                    for key in from..from + count {
                        prop_assert_eq!(remove(&mut table, key), model.remove(&key).is_some());
                    }
                }
            }
            prop_assert_eq!(table.len(), model.len());
        }
        prop_assert!(keys(&table).into_iter().eq(model.keys().copied()));
        prop_assert!(model.keys().all(|&key| has(&table, key)));
    }
}

#[test]
fn a_table_with_room_holds_as_much_without_growing_and_can_be_emptied() {
    for count in [1u64, 7, 100, 1700, 5000, 20_000] {
        let mut table = Table::<Item>::default();
        table.view().reserve(count as usize);
        let overhead = table.view().overhead();
        (0..count).for_each(|key| insert(&mut table, key, NO_DEADLINE));
        let grown = table.view().overhead();
        assert!(grown <= overhead + overhead / 8, "{count}: {overhead} became {grown}");
        assert!(overhead as u64 <= 4096.max(count * 14), "{count}: {overhead}");
        assert_eq!(keys(&table), (0..count).collect());
        // Room is made only where nothing is.
        table.view().reserve(1 << 20);
        assert_eq!(table.view().overhead(), grown);
        (0..count).for_each(|key| assert!(remove(&mut table, key)));
        assert_eq!((table.len(), table.view().overhead()), (0, 0));
    }
}

#[test]
fn room_that_is_not_used_is_given_back() {
    let mut table = Table::<Item>::default();
    table.view().reserve(10_000);
    assert_eq!((table.len(), keys(&table)), (0, BTreeSet::new()));
    (0..50).for_each(|key| insert(&mut table, key, key as u32));
    let reserved = table.view().overhead();
    (0..40).for_each(|key| assert!(remove(&mut table, key)));
    assert_eq!(keys(&table), (40..50).collect());
    assert!(table.view().overhead() < reserved);
}
