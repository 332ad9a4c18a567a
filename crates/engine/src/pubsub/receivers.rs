//! The sessions that get the same messages, in one list for each worker.
//!
//! A list is shared with the letters that are on their way; it is copied only if it changes while
//! one is. Long lists know where each id stands, so that many sessions can leave in any order.

use std::collections::HashMap;
use std::sync::Arc;

use crate::clients::Address;
use crate::mail::Recipients;

/// From this length on, a list knows the places of its ids.
const INDEXED_MIN: usize = 64;

/// A session as others reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receiver {
    pub(crate) at: Address,
    pub(crate) id: u64,
}

/// The receivers on one worker.
struct Local {
    worker: usize,
    list: Recipients,
    /// Places of ids in a long list.
    places: Option<HashMap<u64, usize>>,
}

/// Who gets a message.
#[derive(Default)]
pub(crate) struct Receivers {
    locals: Vec<Local>,
    len: usize,
}

impl Receivers {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Each worker's list.
    pub(crate) fn by_worker(&self) -> impl Iterator<Item = (usize, &Recipients)> {
        self.locals.iter().map(|local| (local.worker, &local.list))
    }

    /// Enters one that is not there.
    pub(crate) fn enter(&mut self, who: Receiver) {
        let local = match self.locals.iter().position(|local| local.worker == who.at.worker) {
            Some(at) => &mut self.locals[at],
            None => {
                let list = Arc::default();
                self.locals.push(Local { worker: who.at.worker, list, places: None });
                let last = self.locals.len() - 1;
                &mut self.locals[last]
            }
        };
        let list = Arc::make_mut(&mut local.list);
        list.push((who.at.slot as u32, who.id));
        if let Some(places) = &mut local.places {
            places.insert(who.id, list.len() - 1);
        } else if list.len() >= INDEXED_MIN {
            local.places = Some(list.iter().enumerate().map(|(at, (_, id))| (*id, at)).collect());
        }
        self.len += 1;
    }

    /// Takes one out, if it is there.
    pub(crate) fn leave(&mut self, who: Receiver) {
        let Some(at) = self.locals.iter().position(|local| local.worker == who.at.worker) else {
            return;
        };
        let local = &mut self.locals[at];
        let place = match &local.places {
            Some(places) => places.get(&who.id).copied(),
            None => local.list.iter().position(|(_, id)| *id == who.id),
        };
        let Some(place) = place else { return };
        let list = Arc::make_mut(&mut local.list);
        list.swap_remove(place);
        if let Some(places) = &mut local.places {
            places.remove(&who.id);
            if let Some((_, moved)) = list.get(place) {
                places.insert(*moved, place);
            }
        }
        if list.is_empty() {
            self.locals.swap_remove(at);
        }
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Receiver, Receivers};
    use crate::clients::Address;

    #[test]
    fn it_is_a_set_of_sessions_however_long() {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut receivers, mut model) = (Receivers::default(), BTreeSet::new());
        for step in 0..20_000 {
            // It grows past the length at which it is indexed, and shrinks to nothing.
            let grows = (step / 1000) % 2 == 0;
            let id = random.u64(..300);
            let (worker, slot) = (id as usize % 3, id as usize);
            let who = Receiver { at: Address { worker, slot }, id };
            if grows && model.insert(id) {
                receivers.enter(who);
            } else if !grows {
                model.remove(&id);
                receivers.leave(who);
            }
            assert_eq!(receivers.len(), model.len());
        }
        let there = |receivers: &Receivers| -> BTreeSet<u64> {
            let lists = receivers.by_worker();
            lists
                .flat_map(|(worker, list)| list.iter().map(move |entry| (worker, *entry)))
                .map(|(worker, (slot, id))| {
                    assert_eq!((worker, slot), (id as usize % 3, id as u32));
                    id
                })
                .collect()
        };
        assert_eq!(there(&receivers), model);
    }
}
