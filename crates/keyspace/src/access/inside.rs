//! A worker inside the gate, and what it holds from one request to the next.
//!
//! Most requests lock their keys by a [`Held`](super::Held) of their own, which ends with them.
//! What consists of several requests (a transaction, a script) locks once, here, and its requests
//! are lent what is held; or it is alone. Then a `Held` asked for is a loan: it locks nothing, and
//! what lies beyond is `Busy`.
//!
//! Must be true: whoever holds stripes does not step out, except to be alone from then on.

use base::sync::MutexGuard;

use super::gate::{Gate, Occupied, Patience};
use super::held::{Busy, StripeSet, lock_set, unlock_set};
use crate::keyspace::Keyspace;

/// What a worker holds.
pub(super) enum Hold<'g> {
    Nothing,
    Stripes(&'g Keyspace, StripeSet),
    /// The whole keyspace. The stripes are those that it held before, if any: they stay locked.
    Alone(MutexGuard<'g, ()>, Option<(&'g Keyspace, StripeSet)>),
}

/// A worker inside the gate; dropping it gives back what it holds and steps out.
pub struct Inside<'g> {
    gate: &'g Gate,
    worker: usize,
    hold: Hold<'g>,
}

impl<'g> Inside<'g> {
    pub(super) fn new(gate: &'g Gate, worker: usize) -> Self {
        Self { gate, worker, hold: Hold::Nothing }
    }

    /// The worker's number.
    pub fn worker(&self) -> usize {
        self.worker
    }

    pub(crate) fn gate(&self) -> &'g Gate {
        self.gate
    }

    #[inline(always)]
    pub(super) fn hold(&self) -> &Hold<'g> {
        &self.hold
    }

    /// True if it holds anything beyond one request.
    #[inline(always)]
    pub fn is_holding(&self) -> bool {
        !matches!(self.hold, Hold::Nothing)
    }

    /// True if nobody else is inside.
    pub fn is_alone(&self) -> bool {
        matches!(self.hold, Hold::Alone(..))
    }

    /// Lets a worker that wants to be alone have its turn. Call between commands, holding nothing.
    /// True if it stepped out, so that anything may have changed.
    #[inline(always)]
    pub fn pass(&mut self) -> bool {
        let stops = self.gate.stops(self.worker);
        if stops {
            self.wait_outside();
        }
        stops
    }

    #[cold]
    fn wait_outside(&mut self) {
        assert!(!self.is_holding(), "stepping out with stripes held");
        self.gate.step_out(self.worker);
        self.gate.step_in(self.worker);
    }

    /// Locks some stripes, named by their numbers, until [`Inside::unlock`]: all or none.
    ///
    /// # Errors
    /// One of them is taken. Panics if anything is held already.
    pub fn lock(
        &mut self,
        keyspace: &'g Keyspace,
        stripes: impl Iterator<Item = usize>,
    ) -> Result<(), Busy> {
        keyspace.check(self);
        assert!(!self.is_holding(), "locking more while holding");
        let set = lock_set(keyspace, stripes)?;
        self.hold = Hold::Stripes(keyspace, set);
        Ok(())
    }

    /// Waits until nobody else is inside, and keeps it so until [`Inside::unlock`]. Does nothing if
    /// that is so already.
    ///
    /// # Errors
    /// The others do not come out soon, and `patience` is short: try again later.
    pub fn seclude(&mut self, patience: Patience) -> Result<(), Occupied> {
        if self.is_alone() {
            return Ok(());
        }
        assert!(!self.is_holding(), "stepping out with stripes held");
        self.gate.step_out(self.worker);
        match self.gate.close(patience) {
            Ok(lock) => {
                self.gate.step_in_alone(self.worker);
                self.hold = Hold::Alone(lock, None);
                Ok(())
            }
            Err(occupied) => {
                self.gate.step_in(self.worker);
                Err(occupied)
            }
        }
    }

    /// As [`Inside::seclude`] for a worker that may hold stripes; they stay held either way. It
    /// gives up if the others do not come out soon: one of them may want the same.
    ///
    /// # Errors
    /// They did not.
    pub fn try_seclude_holding(&mut self) -> Result<(), Occupied> {
        match std::mem::replace(&mut self.hold, Hold::Nothing) {
            Hold::Stripes(keyspace, set) => match self.gate.try_close_from_inside(self.worker) {
                Ok(lock) => {
                    self.hold = Hold::Alone(lock, Some((keyspace, set)));
                    Ok(())
                }
                Err(occupied) => {
                    self.hold = Hold::Stripes(keyspace, set);
                    Err(occupied)
                }
            },
            held => {
                self.hold = held;
                self.seclude(Patience::Short)
            }
        }
    }

    /// Whether it holds all of these stripes.
    pub fn holds(&self, mut stripes: impl Iterator<Item = usize>) -> bool {
        match &self.hold {
            Hold::Nothing => false,
            Hold::Stripes(_, set) => {
                stripes.all(|stripe| set.binary_search(&(stripe as u32)).is_ok())
            }
            Hold::Alone(..) => true,
        }
    }

    /// Locks further stripes for a worker that holds some: all or none. It does not wait for them,
    /// so the order of locking does not matter.
    ///
    /// # Errors
    /// One of them is taken. Panics unless stripes are held already.
    pub fn extend(&mut self, stripes: impl Iterator<Item = usize>) -> Result<(), Busy> {
        let Hold::Stripes(keyspace, set) = &mut self.hold else {
            assert!(self.is_alone(), "nothing is held that could be extended");
            return Ok(());
        };
        let missing = stripes.filter(|&stripe| set.binary_search(&(stripe as u32)).is_err());
        let more = lock_set(keyspace, missing)?;
        set.extend(more);
        set.sort_unstable();
        Ok(())
    }

    /// Lets the others in again for a worker that is alone, but with every stripe locked: they can
    /// do what touches no key.
    pub fn share(&mut self, keyspace: &'g Keyspace) {
        keyspace.check(self);
        match std::mem::replace(&mut self.hold, Hold::Nothing) {
            Hold::Alone(lock, held) => {
                let mut set = held.map_or_else(StripeSet::new, |(_, set)| set);
                let all = 0..keyspace.stripe_count();
                let missing = all.filter(|&stripe| set.binary_search(&(stripe as u32)).is_err());
                // Nobody else is inside, so none is taken.
                let more = lock_set(keyspace, missing);
                assert!(more.is_ok(), "a stripe is taken though nobody is inside");
                set.extend(more.unwrap_or_default());
                set.sort_unstable();
                self.gate.open(lock);
                self.hold = Hold::Stripes(keyspace, set);
            }
            held => self.hold = held,
        }
    }

    /// Gives back what is held.
    pub fn unlock(&mut self) {
        match std::mem::replace(&mut self.hold, Hold::Nothing) {
            Hold::Nothing => {}
            Hold::Stripes(keyspace, set) => unlock_set(keyspace, &set),
            Hold::Alone(lock, stripes) => {
                if let Some((keyspace, set)) = stripes {
                    unlock_set(keyspace, &set);
                }
                self.gate.open(lock);
            }
        }
    }

    /// Runs `body` while every other worker is outside, waiting for that as long as it takes.
    pub fn alone<R>(&mut self, body: impl FnOnce(&mut Alone<'_>) -> R) -> R {
        let was_alone = self.is_alone();
        // Endless patience does not fail.
        let _ = self.seclude(Patience::Endless);
        let result = body(&mut Alone { gate: self.gate });
        if !was_alone {
            self.unlock();
        }
        result
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.unlock();
        self.gate.step_out(self.worker);
    }
}

/// Proof that nobody else is inside.
pub struct Alone<'g> {
    gate: &'g Gate,
}

impl Alone<'_> {
    pub(crate) fn gate(&self) -> &Gate {
        self.gate
    }
}
