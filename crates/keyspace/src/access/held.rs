//! Stripes held: the only way to the tables.

use smallvec::SmallVec;
use structures::table::{Lent, View};

use super::chaos;
use super::inside::{Alone, Hold, Inside};
use crate::entry::Entry;
use crate::keyspace::Keyspace;
use crate::timed::TimedChange;

/// A stripe that was asked for is held by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Its number.
    pub stripe: usize,
}

/// Stripe numbers, ascending, no duplicates.
pub type StripeSet = SmallVec<[u32; 8]>;

enum Stripes<'k> {
    One(usize),
    Several(StripeSet),
    /// Of those that the worker holds for longer.
    Lent(&'k StripeSet),
    All,
    Roaming(&'k Inside<'k>),
}

/// The right to touch some stripes; dropping it unlocks them.
pub struct Held<'k> {
    keyspace: &'k Keyspace,
    stripes: Stripes<'k>,
}

impl<'k> Held<'k> {
    /// Locks the stripe of one key.
    #[inline(always)]
    pub fn one(keyspace: &'k Keyspace, inside: &'k Inside<'_>, hash: u64) -> Result<Self, Busy> {
        Self::stripe(keyspace, inside, keyspace.stripe_of(hash))
    }

    /// Locks a stripe by number, for walks.
    #[inline(always)]
    pub fn stripe(
        keyspace: &'k Keyspace,
        inside: &'k Inside<'_>,
        stripe: usize,
    ) -> Result<Self, Busy> {
        keyspace.check(inside);
        if inside.is_holding() {
            return Self::lent(keyspace, inside).containing([stripe].into_iter());
        }
        if keyspace.stripes()[stripe].try_lock() {
            Ok(Self { keyspace, stripes: Stripes::One(stripe) })
        } else {
            Err(Busy { stripe })
        }
    }

    /// What the worker holds for longer than one request: a set of stripes, everything, or nothing.
    #[cold]
    pub fn lent(keyspace: &'k Keyspace, inside: &'k Inside<'_>) -> Self {
        keyspace.check(inside);
        let stripes = match inside.hold() {
            Hold::Nothing => Stripes::Several(StripeSet::new()),
            Hold::Stripes(_, set) => Stripes::Lent(set),
            Hold::Alone(..) => Stripes::All,
        };
        Self { keyspace, stripes }
    }

    fn containing(self, mut stripes: impl Iterator<Item = usize>) -> Result<Self, Busy> {
        match stripes.find(|&stripe| !self.contains(stripe)) {
            Some(stripe) => Err(Busy { stripe }),
            None => Ok(self),
        }
    }

    /// Locks the stripes of several keys, all or none.
    pub fn several(
        keyspace: &'k Keyspace,
        inside: &'k Inside<'_>,
        hashes: impl Iterator<Item = u64>,
    ) -> Result<Self, Busy> {
        keyspace.check(inside);
        let stripes = hashes.map(|hash| keyspace.stripe_of(hash));
        if inside.is_holding() {
            return Self::lent(keyspace, inside).containing(stripes);
        }
        let set = lock_set(keyspace, stripes)?;
        Ok(Self { keyspace, stripes: Stripes::Several(set) })
    }

    /// Everything, by right of being alone.
    pub fn all(keyspace: &'k Keyspace, alone: &'k Alone<'_>) -> Self {
        assert!(std::ptr::eq(alone.gate(), keyspace.gate()), "alone at another gate");
        Self { keyspace, stripes: Stripes::All }
    }

    /// Nothing yet, but any one stripe at a time through [`Held::visit`]: for walks.
    pub fn roaming(keyspace: &'k Keyspace, inside: &'k Inside<'k>) -> Self {
        keyspace.check(inside);
        Self { keyspace, stripes: Stripes::Roaming(inside) }
    }

    /// Runs `body` with one stripe held: locked for it when roaming, otherwise one that is held
    /// already. `Busy` if it cannot be had.
    pub fn visit<R>(
        &mut self,
        stripe: usize,
        body: impl FnOnce(&mut Held<'_>) -> R,
    ) -> Result<R, Busy> {
        match &self.stripes {
            Stripes::Roaming(inside) => {
                let mut held = Held::stripe(self.keyspace, inside, stripe)?;
                Ok(body(&mut held))
            }
            _ if self.contains(stripe) => Ok(body(self)),
            _ => Err(Busy { stripe }),
        }
    }

    /// The keyspace.
    #[inline(always)]
    pub fn keyspace(&self) -> &'k Keyspace {
        self.keyspace
    }

    /// True if this stripe may be touched.
    #[inline(always)]
    pub fn contains(&self, stripe: usize) -> bool {
        match &self.stripes {
            Stripes::One(one) => *one == stripe,
            _ => self.contains_of_several(stripe),
        }
    }

    fn contains_of_several(&self, stripe: usize) -> bool {
        match &self.stripes {
            Stripes::One(one) => *one == stripe,
            Stripes::Several(set) => set.binary_search(&(stripe as u32)).is_ok(),
            Stripes::Lent(set) => set.binary_search(&(stripe as u32)).is_ok(),
            Stripes::All => true,
            Stripes::Roaming(_) => false,
        }
    }

    /// Number of keys in a database, as [`Keyspace::len`], whatever is held.
    pub fn len(&self, database: usize) -> usize {
        (0..self.keyspace.stripe_count()).map(|stripe| self.table_len(database, stripe)).sum()
    }

    /// Number of keys in one stripe of a database. Of a stripe that is not held it may be a little
    /// out of date.
    pub fn table_len(&self, database: usize, stripe: usize) -> usize {
        // Whoever has a `Held` is inside, or alone.
        self.keyspace.table_len(database, stripe)
    }

    /// Counts a key with an expiry that was taken out of a held stripe's table by other means than
    /// a `Db` (a sweep).
    pub fn count_gone(&self, database: usize, stripe: usize, entry: &Entry) {
        assert!(self.contains(stripe), "stripe {stripe} is not held");
        self.keyspace.timed().note(database, stripe, TimedChange::departure(entry));
    }

    /// The interest bits of all that is held, together; all bits if that is everything.
    #[inline(always)]
    pub fn interest(&self) -> u32 {
        match &self.stripes {
            Stripes::One(stripe) => self.keyspace.interest(*stripe),
            Stripes::Several(set) => self.interest_of(set),
            Stripes::Lent(set) => self.interest_of(set),
            Stripes::All => u32::MAX,
            Stripes::Roaming(_) => 0,
        }
    }

    fn interest_of(&self, set: &[u32]) -> u32 {
        set.iter().fold(0, |bits, &stripe| bits | self.keyspace.interest(stripe as usize))
    }

    /// True if everything may be touched.
    pub fn is_all(&self) -> bool {
        matches!(self.stripes, Stripes::All)
    }

    /// The table of one stripe in one database. Panics if the stripe is not held.
    #[inline(always)]
    pub fn table(&mut self, database: usize, stripe: usize) -> View<'_, Entry> {
        assert!(self.contains(stripe), "stripe {stripe} is not held");
        // SAFETY: whoever holds a stripe's lock, or is alone, is the only one to look at its
        // tables; `&mut self` allows one view at a time. Peeks are allowed for: tables retire into
        // a graveyard.
        unsafe { View::new(self.keyspace.root(database, stripe)) }
    }

    /// The entry of a key, for reading several of them side by side. Panics if the key's stripe is
    /// not held.
    pub fn find(&self, database: usize, hash: u64, key: &[u8]) -> Option<Lent<'_, Entry>> {
        let stripe = self.keyspace.stripe_of(hash);
        assert!(self.contains(stripe), "stripe {stripe} is not held");
        // SAFETY: as in `table`; `&self` excludes views for changes while entries are lent out.
        let view: View<'_, Entry> = unsafe { View::new(self.keyspace.root(database, stripe)) };
        view.into_find(self.keyspace.position_of(hash), |entry| entry.key() == key)
    }
}

/// Locks some stripes in ascending order, all or none.
pub(super) fn lock_set(
    keyspace: &Keyspace,
    stripes: impl Iterator<Item = usize>,
) -> Result<StripeSet, Busy> {
    let mut set: StripeSet = stripes.map(|stripe| stripe as u32).collect();
    set.sort_unstable();
    set.dedup();
    for (count, &stripe) in set.iter().enumerate() {
        if !keyspace.stripes()[stripe as usize].try_lock() {
            unlock_set(keyspace, &set[..count]);
            return Err(Busy { stripe: stripe as usize });
        }
    }
    Ok(set)
}

pub(super) fn unlock_set(keyspace: &Keyspace, set: &[u32]) {
    for &stripe in set {
        chaos::point();
        keyspace.stripes()[stripe as usize].unlock();
    }
}

impl Drop for Held<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        match &self.stripes {
            Stripes::One(stripe) => self.keyspace.stripes()[*stripe].unlock(),
            Stripes::Several(set) => unlock_set(self.keyspace, set),
            Stripes::Lent(_) | Stripes::All | Stripes::Roaming(_) => {}
        }
    }
}
