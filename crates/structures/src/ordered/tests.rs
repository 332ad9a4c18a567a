//! Pool and tree against a sorted map of members.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::{Direction, Edge, Pool, Tie, Tree, rank_key};
use crate::table::Handle;

/// What a sorted set is made of, without the table, and what it should hold.
#[derive(Default)]
struct World {
    pool: Pool,
    tree: Tree,
    handles: HashMap<Vec<u8>, Handle>,
    model: BTreeMap<(u64, Vec<u8>), f64>,
    expiries: HashMap<Vec<u8>, i64>,
}

impl World {
    fn set_expiry(&mut self, member: &[u8], at: Option<i64>) {
        let Some(handle) = self.handles.get_mut(member) else { return };
        let new = self.pool.set_expires_at(*handle, at).expect("room");
        if new != *handle {
            self.tree.replace(*handle, new, &self.pool);
            self.pool.leave(std::mem::replace(handle, new));
        }
        self.expiries.remove(member);
        self.expiries.extend(at.map(|at| (member.to_vec(), at)));
    }

    fn set(&mut self, member: &[u8], score: f64) {
        self.remove(member);
        let handle = self.pool.insert(score, member).expect("room");
        self.tree.insert(handle, &self.pool);
        self.handles.insert(member.to_vec(), handle);
        self.model.insert((rank_key(score), member.to_vec()), score);
    }

    fn remove(&mut self, member: &[u8]) {
        let Some(handle) = self.handles.remove(member) else { return };
        let key = rank_key(self.pool.score(handle));
        assert!(self.tree.remove(handle, &self.pool), "the handle is there");
        self.pool.remove(handle);
        self.model.remove(&(key, member.to_vec())).expect("the member is there");
        self.expiries.remove(member);
        while let Some(chunk) = self.pool.sparse() {
            for old in self.pool.begin_emptying(chunk) {
                let new = self.pool.relocate(old).expect("room");
                self.tree.replace(old, new, &self.pool);
                self.handles.insert(self.pool.member(new).to_vec(), new);
            }
            self.pool.give_back(chunk);
        }
    }

    fn check(&self) {
        assert_eq!(self.tree.len(), self.model.len());
        let all: Vec<&[u8]> = self.model.keys().map(|(_, member)| &member[..]).collect();
        let mut found = Vec::new();
        for handle in self.tree.iter(0..usize::MAX, Direction::Ascending) {
            found.push(self.pool.member(handle));
        }
        assert_eq!(found, all);
        for (rank, ((key, member), score)) in self.model.iter().enumerate() {
            let handle = self.handles[member];
            assert_eq!(self.tree.get(rank), Some(handle));
            assert_eq!(self.pool.score(handle).to_bits(), score.to_bits());
            assert_eq!(self.pool.expires_at(handle), self.expiries.get(member).copied());
            let edge = Edge { key: *key, tie: Tie::Before(member) };
            assert_eq!(self.tree.rank(&edge, &self.pool), rank);
            let up_to = |handle| {
                let key = rank_key(self.pool.score(handle));
                (key, self.pool.member(handle)) <= (rank_key(*score), member)
            };
            assert_eq!(self.tree.rank_where(up_to), rank + 1);
        }
        assert_eq!(self.tree.get(self.model.len()), None);
    }

    fn check_score(&self, score: f64) {
        let key = rank_key(score);
        let below = self.model.keys().filter(|(it, _)| *it < key).count();
        let up_to = self.model.keys().filter(|(it, _)| *it <= key).count();
        assert_eq!(self.tree.rank(&Edge { key, tie: Tie::First }, &self.pool), below);
        assert_eq!(self.tree.rank(&Edge { key, tie: Tie::Last }, &self.pool), up_to);
    }
}

#[test]
fn keys_have_the_order_of_scores() {
    let scores = [f64::NEG_INFINITY, -1e300, -2.0, -1e-300, 0.0, 5e-324, 1.0, 1e300, f64::INFINITY];
    assert!(scores.windows(2).all(|pair| rank_key(pair[0]) < rank_key(pair[1])));
    assert_eq!(rank_key(-0.0), rank_key(0.0));
}

fn score() -> impl Strategy<Value = f64> {
    let palette = prop::sample::select(&[
        0.0,
        -0.0,
        1.0,
        2.0,
        -1.0,
        1.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
    ]);
    prop_oneof![
        3 => palette,
        2 => (0..1000i32).prop_map(f64::from),
        2 => (0..1_000_000u32).prop_map(|n| 1.7e12 + f64::from(n)),
        1 => any::<f64>().prop_filter("a number", |score| !score.is_nan()),
    ]
}

fn member() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0..400u32).prop_map(|n| n.to_string().into_bytes()),
        1 => (0..12u8).prop_map(|n| vec![n; 240 + usize::from(n) * 4]),
    ]
}

/// Whether a member gets another expiry, and which.
fn expiry() -> impl Strategy<Value = Option<Option<i64>>> {
    prop::option::weighted(0.5, prop::option::weighted(0.7, any::<i64>()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn members_are_kept_in_order(
        steps in prop::collection::vec(
            (member(), prop::option::weighted(0.7, score()), expiry()),
            1..900,
        ),
    ) {
        let mut world = World::default();
        for (member, score, expiry) in steps {
            match score {

                Some(score) => {
                    world.set(&member, score);
                    world.check_score(score);
                }
                None => world.remove(&member),
            }
            if let Some(at) = expiry {
                world.set_expiry(&member, at);
            }
        }
        world.check();
    }
}

/// A bijection of `0..2^20` without a pattern that matters.
fn scattered(n: u32) -> u32 {
    n.wrapping_mul(0x9E37_79B1) & 0xf_ffff
}

#[test]
fn many_members_come_and_go_in_every_order() {
    let orders: [fn(u32) -> f64; 5] = [
        |n| f64::from(n),
        |n| -f64::from(n),
        |n| f64::from(scattered(n)) / 1e6,
        |n| 1.7e12 + f64::from(scattered(n)),
        |_| 7.0,
    ];
    for order in orders {
        let mut world = World::default();
        for n in 0..6_000 {
            world.set(format!("member:{}", scattered(n)).as_bytes(), order(n));
        }
        world.check();
        for n in 0..5_900 {
            world.remove(format!("member:{}", scattered(n * 7 % 6_000)).as_bytes());
        }
        world.check();
    }
}

#[test]
fn a_walk_begins_and_ends_anywhere_both_ways() {
    let mut world = World::default();
    for n in 0..5_000u32 {
        world.set(format!("{n:05}").as_bytes(), f64::from(n / 3));
    }
    let visit = |skip, direction| {
        let text = |it| String::from_utf8_lossy(world.pool.member(it)).into_owned();
        let found = world.tree.iter(skip..skip + 3, direction).map(text);
        found.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(visit(0, Direction::Ascending), "00000 00001 00002");
    assert_eq!(visit(63, Direction::Ascending), "00063 00064 00065");
    assert_eq!(visit(4_998, Direction::Ascending), "04998 04999");
    assert_eq!(visit(5_000, Direction::Ascending), "");
    assert_eq!(visit(0, Direction::Descending), "04999 04998 04997");
    assert_eq!(visit(4_000, Direction::Descending), "00999 00998 00997");
    assert_eq!(visit(4_999, Direction::Descending), "00000");
}

#[test]
fn memory_follows_the_number_of_members() {
    let mut world = World::default();
    let name = |n: u32| format!("member:{n:09}");
    for n in 0..60_000 {
        world.set(name(n).as_bytes(), f64::from(scattered(n)));
    }
    let bytes = world.pool.heap_bytes() + world.tree.heap_bytes();
    assert!(bytes < 60_000 * 40, "{} bytes a member", bytes / 60_000);
    for n in (0..60_000).filter(|n| n % 10 > 0) {
        world.remove(name(n).as_bytes());
    }
    let bytes = world.pool.heap_bytes() + world.tree.heap_bytes();
    assert!(bytes < 6_000 * 90, "{} bytes a member", bytes / 6_000);
    let before = bytes;
    for n in 0..6_000 {
        world.remove(name(n * 10).as_bytes());
        world.set(name(n * 10).as_bytes(), f64::from(n));
    }
    let bytes = world.pool.heap_bytes() + world.tree.heap_bytes();
    assert!(bytes < before + before / 4, "{before} bytes became {bytes}");
    world.check();
}
