//! Where a worker keeps what it took out of tables until nobody can be peeking at it.
//!
//! Quiescent-state reclamation: a block retired now can be reached only by peeks of workers that
//! are inside now; once each of them has ended its turn the block is free.

use std::collections::VecDeque;

use structures::table::Retired;

use super::gate::Gate;

/// A worker's retired blocks.
#[derive(Default)]
pub struct Graveyard {
    fresh: Retired,
    waiting: VecDeque<(Box<[u64]>, Retired)>,
}

impl Graveyard {
    /// Where tables put what they no longer need.
    pub fn fresh(&mut self) -> &mut Retired {
        &mut self.fresh
    }

    /// Frees what has become free. Call at the end of each batch, still inside as `worker`.
    #[inline]
    pub fn tend(&mut self, gate: &Gate, worker: usize) {
        if !self.fresh.is_empty() || !self.waiting.is_empty() {
            self.tend_slowly(gate, worker);
        }
    }

    #[cold]
    fn tend_slowly(&mut self, gate: &Gate, worker: usize) {
        if !self.fresh.is_empty() {
            let retired = std::mem::take(&mut self.fresh);
            self.waiting.push_back((gate.snapshot(), retired));
        }
        while let Some((snapshot, _)) = self.waiting.front() {
            if !gate.all_turned(snapshot, worker) {
                return;
            }
            if let Some((_, mut retired)) = self.waiting.pop_front() {
                retired.free_now();
            }
        }
    }

    /// Frees everything; the caller is alone.
    pub fn clear(&mut self, _alone: &super::Alone<'_>) {
        self.fresh.free_now();
        self.waiting.drain(..).for_each(|(_, mut retired)| retired.free_now());
    }

    /// Bytes waiting to be freed.
    pub fn bytes(&self) -> usize {
        self.fresh.bytes() + self.waiting.iter().map(|(_, r)| r.bytes()).sum::<usize>()
    }
}
