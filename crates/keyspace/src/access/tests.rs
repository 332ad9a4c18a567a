//! Gate, stripes and graveyard under real threads.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use base::hash::KeyHasher;

use super::{Busy, Graveyard, Held, Occupied, Patience};
use crate::keyspace::Keyspace;

fn keyspace(workers: usize) -> Keyspace {
    Keyspace::new(1, workers, KeyHasher::with_key([1; 16]))
}

/// A counter that only one thread at a time may change: lost updates show a broken lock.
struct Guarded(std::cell::UnsafeCell<u64>);
// SAFETY: the tests change it only under the lock that they test.
unsafe impl Sync for Guarded {}

impl Guarded {
    fn add(&self) {
        // SAFETY: see above.
        unsafe { *self.0.get() += 1 };
    }
}

#[test]
fn one_stripe_is_held_by_one_worker() {
    let keyspace = keyspace(4);
    let counter = Guarded(0.into());
    thread::scope(|scope| {
        for worker in 0..4 {
            let (keyspace, counter) = (&keyspace, &counter);
            scope.spawn(move || {
                let mut done = 0;
                while done < 20_000 {
                    let inside = keyspace.gate().enter(worker);
                    if let Ok(_held) = Held::one(keyspace, &inside, 7) {
                        counter.add();
                        done += 1;
                    }
                }
            });
        }
    });
    assert_eq!(counter.0.into_inner(), 80_000);
}

#[test]
fn alone_excludes_everybody() {
    let keyspace = keyspace(4);
    let (counter, refused) = (Guarded(0.into()), AtomicU64::new(0));
    thread::scope(|scope| {
        for worker in 0..4usize {
            let (keyspace, counter, refused) = (&keyspace, &counter, &refused);
            scope.spawn(move || {
                for round in 0..3_000u64 {
                    let mut inside = keyspace.gate().enter(worker);
                    if round % 3 == worker as u64 % 3 {
                        inside.alone(|_| counter.add());
                    } else {
                        // Both stripes, in whatever order the hashes come.
                        let hashes = [round << 60, 7, 1 << 63];
                        loop {
                            inside.pass();
                            match Held::several(keyspace, &inside, hashes.into_iter()) {
                                Ok(_held) => break counter.add(),
                                Err(_) => refused.fetch_add(1, Relaxed),
                            };
                        }
                    }
                }
            });
        }
    });
    assert_eq!(counter.0.into_inner(), 12_000);
}

#[test]
fn held_stripes_are_the_ones_asked_for() {
    let keyspace = keyspace(1);
    let inside = keyspace.gate().enter(0);
    let (a, b) = (1 << 54, 9 << 54);
    let held = Held::several(&keyspace, &inside, [b, a, b].into_iter()).expect("free");
    assert!(held.contains(1) && held.contains(9) && !held.contains(0) && !held.is_all());
    assert!(Held::one(&keyspace, &inside, a).is_err(), "held already");
    drop(held);
    assert!(Held::one(&keyspace, &inside, a).is_ok());
}

#[test]
#[should_panic(expected = "stripe 2 is not held")]
fn a_stripe_that_is_not_held_is_out_of_reach() {
    let keyspace = keyspace(1);
    let inside = keyspace.gate().enter(0);
    let mut held = Held::stripe(&keyspace, &inside, 1).expect("free");
    held.table(0, 2);
}

#[test]
fn retired_memory_waits_for_the_others_turn() {
    use crate::db::{Db, Moment, Tools, Touch};
    use crate::entry::{Payload, Stamp};
    let keyspace = keyspace(2);
    let other = keyspace.gate().enter(1);
    let inside = keyspace.gate().enter(0);
    let mut tools = Tools::default();
    let moment = Moment { now_ms: 0, stamp: Stamp::default(), touch: Touch::Nothing };
    for n in 0..20_000u32 {
        let key = n.to_string();
        let hash = keyspace.hasher().hash(key.as_bytes());
        let mut held = Held::one(&keyspace, &inside, hash).expect("free");
        let mut db = Db::new(&mut held, 0, &moment, &mut tools);
        let key = db.key(key.as_bytes());
        db.store(key, Payload::Integer(1), None);
    }
    let mut graveyard: Graveyard = tools.graveyard;
    graveyard.tend(keyspace.gate(), 0);
    assert!(graveyard.bytes() > 0, "worker 1 may still be peeking");
    drop(other);
    graveyard.tend(keyspace.gate(), 0);
    assert_eq!(graveyard.bytes(), 0);
}

#[test]
fn what_is_held_for_longer_is_lent_and_nothing_else_is() {
    let keyspace = keyspace(2);
    let mut inside = keyspace.gate().enter(0);
    let other = keyspace.gate().enter(1);
    let (a, b, c) = (1 << 54, 9 << 54, 12 << 54);
    inside.lock(&keyspace, [9, 1].into_iter()).expect("free");
    assert!(Held::one(&keyspace, &other, a).is_err(), "held by worker 0");
    for _ in 0..2 {
        let held = Held::several(&keyspace, &inside, [a, b].into_iter()).expect("lent");
        assert!(held.contains(1) && held.contains(9) && !held.contains(12));
        drop(held);
        assert_eq!(Held::one(&keyspace, &inside, c).err(), Some(Busy { stripe: 12 }));
    }
    inside.unlock();
    assert!(Held::one(&keyspace, &other, a).is_ok());
}

#[test]
fn whoever_holds_stripes_can_become_alone_while_others_want_to_be() {
    let keyspace = keyspace(3);
    let counter = Guarded(0.into());
    let turn = base::sync::Mutex::new(());
    thread::scope(|scope| {
        for worker in 0..3usize {
            let (keyspace, counter, turn) = (&keyspace, &counter, &turn);
            scope.spawn(move || {
                for round in 0..2_000u64 {
                    let mut inside = keyspace.gate().enter(worker);
                    if worker == 2 {
                        // Only one at a time may become alone while it holds something.
                        let _turn = turn.lock();
                        while inside.lock(keyspace, [0, round as usize % 1024].into_iter()).is_err()
                        {
                            inside.pass();
                        }
                        while inside.try_seclude_holding().is_err() {}
                        counter.add();
                        inside.unlock();
                    } else if round % 2 == 0 {
                        while inside.seclude(Patience::Short).is_err() {}
                        counter.add();
                        inside.unlock();
                    } else {
                        loop {
                            inside.pass();
                            if let Ok(_held) = Held::one(keyspace, &inside, 7) {
                                break counter.add();
                            }
                        }
                    }
                }
            });
        }
    });
    assert_eq!(counter.0.into_inner(), 6_000);
}

#[test]
fn a_busy_worker_keeps_only_the_one_waiting_that_wants_to_be_alone() {
    let keyspace = keyspace(3);
    let (busy, asked) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut inside = keyspace.gate().enter(0);
            busy.wait();
            asked.wait();
            // It was asked to wait when it comes out, and is let in after the asker's turn.
            inside.pass();
        });
        busy.wait();
        let mut asker = keyspace.gate().enter(1);
        assert_eq!(asker.seclude(Patience::Short), Err(Occupied));
        // A third worker comes and goes.
        for _ in 0..100 {
            let mut third = keyspace.gate().enter(2);
            third.pass();
        }
        asked.wait();
        while asker.seclude(Patience::Short).is_err() {}
        asker.unlock();
    });
}
