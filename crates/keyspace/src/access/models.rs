//! Gate, stripes, upgrade and detention under schedules chosen by a model checker.
//!
//! `cargo test -p russet-keyspace --features model --lib models`; `MODEL_ITERATIONS` for more.
//! Each model is a few workers with a few steps; what is wrong shows as an assertion, a deadlock
//! or a schedule without an end, with the schedule to repeat it.

use std::cell::UnsafeCell;
use std::sync::Arc;

use base::hash::KeyHasher;
use base::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use base::sync::{TimePasses, check, spawn, yield_now};

use super::{Busy, Held, Inside, Occupied, Patience};
use crate::keyspace::Keyspace;

/// Schedules tried for each model.
const ITERATIONS: usize = 2_000;

/// What the models share: a keyspace, and a counter for each of its four stripes that only who
/// holds the stripe may change.
struct Yard {
    keyspace: Keyspace,
    counters: [UnsafeCell<u64>; 4],
    is_changing: [AtomicBool; 4],
}

// SAFETY: the counters change only under the locks that the models are about, and `is_changing`
// shows when that is not so.
unsafe impl Sync for Yard {}

/// A hash that falls into this stripe.
fn hash(stripe: usize) -> u64 {
    (stripe as u64) << 62
}

impl Yard {
    fn new(workers: usize) -> Arc<Self> {
        let keyspace = Keyspace::new(1, workers, KeyHasher::with_key([1; 16]));
        assert_eq!(keyspace.stripe_count(), 4);
        let (counters, is_changing) = Default::default();
        Arc::new(Self { keyspace, counters, is_changing })
    }

    /// Changes what stripes guard, with room for others to do so at the same time.
    fn change(&self, stripes: &[usize]) {
        for &stripe in stripes {
            assert!(!self.is_changing[stripe].swap(true, SeqCst), "stripe {stripe} is shared");
        }
        for &stripe in stripes {
            // SAFETY: the assertion above.
            unsafe { *self.counters[stripe].get() += 1 };
            yield_now();
        }
        for &stripe in stripes {
            self.is_changing[stripe].store(false, SeqCst);
        }
    }

    /// What a worker with a request for these stripes does: tries again, from outside, until it has
    /// them.
    fn change_locked(&self, worker: usize, stripes: &[usize]) {
        loop {
            let mut inside = self.keyspace.gate().enter(worker);
            inside.pass();
            let hashes = stripes.iter().map(|&stripe| hash(stripe));
            match Held::several(&self.keyspace, &inside, hashes) {
                Ok(_held) => return self.change(stripes),
                Err(Busy { .. }) => yield_now(),
            }
        }
    }

    /// What a worker with a request for everything does.
    fn change_alone(&self, worker: usize, patience: Patience) {
        loop {
            let mut inside = self.keyspace.gate().enter(worker);
            match inside.seclude(patience) {
                Ok(()) => return self.change(&[0, 1, 2, 3]),
                Err(Occupied) => yield_now(),
            }
        }
    }

    /// What a script does that holds a stripe and gives it back if it cannot have everything.
    fn change_upgraded_or_not(&self, worker: usize, stripe: usize) {
        loop {
            let mut inside = self.keyspace.gate().enter(worker);
            if inside.lock(&self.keyspace, [stripe].into_iter()).is_ok() {
                match inside.try_seclude_holding() {
                    Ok(()) => return self.change(&[0, 1, 2, 3]),
                    // What was held is held still.
                    Err(Occupied) => self.change(&[stripe]),
                }
            }
            yield_now();
        }
    }

    fn total(&self, stripe: usize) -> u64 {
        // SAFETY: all threads are joined.
        unsafe { *self.counters[stripe].get() }
    }
}

/// Runs a function for each worker at the same time.
fn together(yard: &Arc<Yard>, works: &[fn(&Yard, usize)]) {
    let threads: Vec<_> = works
        .iter()
        .enumerate()
        .map(|(worker, &work)| {
            let yard = Arc::clone(yard);
            spawn(move || work(&yard, worker))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no worker fails");
    }
}

#[test]
fn stripes_are_had_by_one_at_a_time_and_without_deadlock() {
    check(TimePasses::No, ITERATIONS, || {
        let yard = Yard::new(3);
        together(
            &yard,
            &[
                |yard, worker| yard.change_locked(worker, &[0, 2]),
                |yard, worker| yard.change_locked(worker, &[2, 1, 0]),
                |yard, worker| yard.change_locked(worker, &[1, 2]),
            ],
        );
        assert_eq!([0, 1, 2, 3].map(|stripe| yard.total(stripe)), [2, 2, 3, 0]);
    });
}

#[test]
fn who_is_alone_is_alone() {
    for time in [TimePasses::No, TimePasses::Yes] {
        check(time, ITERATIONS, || {
            let yard = Yard::new(3);
            together(
                &yard,
                &[
                    |yard, worker| {
                        yard.change_locked(worker, &[0, 2]);
                        yard.change_locked(worker, &[1]);
                    },
                    |yard, worker| yard.change_alone(worker, Patience::Short),
                    |yard, worker| yard.change_alone(worker, Patience::Endless),
                ],
            );
            assert_eq!([0, 1, 2, 3].map(|stripe| yard.total(stripe)), [3, 3, 3, 2]);
        });
    }
}

#[test]
fn one_who_holds_stripes_becomes_alone_whoever_else_wants_to() {
    for time in [TimePasses::No, TimePasses::Yes] {
        check(time, ITERATIONS, || {
            let yard = Yard::new(4);
            together(
                &yard,
                &[
                    |yard, worker| yard.change_upgraded_or_not(worker, 1),
                    |yard, worker| yard.change_alone(worker, Patience::Short),
                    |yard, worker| yard.change_alone(worker, Patience::Endless),
                    |yard, worker| {
                        yard.change_locked(worker, &[3]);
                        yard.change_locked(worker, &[1, 2]);
                    },
                ],
            );
            assert_eq!([0, 2, 3].map(|stripe| yard.total(stripe)), [3, 4, 4]);
        });
    }
}

#[test]
fn two_who_hold_stripes_and_want_everything_have_it_one_after_the_other() {
    check(TimePasses::Yes, ITERATIONS, || {
        let yard = Yard::new(3);
        together(
            &yard,
            &[
                |yard, worker| yard.change_upgraded_or_not(worker, 1),
                |yard, worker| yard.change_upgraded_or_not(worker, 2),
                |yard, worker| yard.change_alone(worker, Patience::Short),
            ],
        );
        assert_eq!([0, 3].map(|stripe| yard.total(stripe)), [3, 3]);
    });
}

#[test]
fn a_worker_that_was_asked_to_stay_outside_goes_on_though_the_asker_never_comes_back() {
    check(TimePasses::Yes, ITERATIONS, || {
        let yard = Yard::new(3);
        together(
            &yard,
            &[
                |yard, worker| {
                    for _ in 0..2 {
                        yard.change_locked(worker, &[0]);
                    }
                },
                |yard, worker| {
                    let mut inside = yard.keyspace.gate().enter(worker);
                    if inside.seclude(Patience::Short).is_ok() {
                        inside.unlock();
                    }
                },
                |yard, worker| yard.change_locked(worker, &[0, 1]),
            ],
        );
        assert_eq!(yard.total(0), 3);
    });
}

#[test]
fn what_is_taken_out_is_not_freed_while_somebody_may_be_looking_at_it() {
    check(TimePasses::No, ITERATIONS, || {
        let yard = Yard::new(3);
        let linked: Arc<[AtomicU64; 2]> = Arc::default();
        let looker = |worker: usize| {
            let (yard, state) = (Arc::clone(&yard), Arc::clone(&linked));
            spawn(move || {
                for _ in 0..2 {
                    let mut inside = yard.keyspace.gate().enter(worker);
                    let found = state[0].load(SeqCst) == 0;
                    yield_now();
                    let is_freed = state[1].load(SeqCst) == 1;
                    assert!(!(found && is_freed), "freed under a look");
                    inside.pass();
                }
            })
        };
        let lookers = [looker(0), looker(1)];
        let gate = yard.keyspace.gate();
        let inside = gate.enter(2);
        linked[0].store(1, SeqCst);
        let snapshot = gate.snapshot();
        drop(inside);
        while !gate.all_turned(&snapshot, 2) {
            yield_now();
        }
        linked[1].store(1, SeqCst);
        for looker in lookers {
            looker.join().expect("nothing was freed too early");
        }
    });
}

#[test]
fn interest_that_is_noted_under_a_lock_is_seen_by_the_next_to_hold_it() {
    check(TimePasses::No, ITERATIONS, || {
        let yard = Yard::new(2);
        let seen = Arc::new(AtomicBool::new(false));
        let waits = {
            let (yard, seen) = (Arc::clone(&yard), Arc::clone(&seen));
            spawn(move || {
                let inside = yard.keyspace.gate().enter(0);
                // Found nothing and waits, or found what was left.
                let Ok(_held) = Held::one(&yard.keyspace, &inside, hash(1)) else { return true };
                if yard.total(1) == 0 {
                    yard.keyspace.add_interest(1, 1);
                    return false;
                }
                seen.store(true, SeqCst);
                true
            })
        };
        loop {
            let inside = yard.keyspace.gate().enter(1);
            let Ok(held) = Held::one(&yard.keyspace, &inside, hash(1)) else { continue };
            yard.change(&[1]);
            if held.interest() & 1 != 0 {
                seen.store(true, SeqCst);
            }
            break;
        }
        let was_served_or_busy = waits.join().expect("no failure");
        assert!(was_served_or_busy || seen.load(SeqCst), "the wait was not noticed");
    });
}
