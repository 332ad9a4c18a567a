//! The search for an order.
//!
//! Wing and Gong: of the operations not yet placed, any that was called before all others had
//! returned may be next; place it, see whether the model explains its reply, go on; if nothing
//! fits, go back. Lowe: the same set of placed operations with the same state need not be tried
//! twice. An operation without a reply may have happened or not.

use std::collections::HashSet;

use super::Operation;
use super::model::{self, State};

/// Operations a history may have.
pub const OPERATIONS_MAX: usize = 64;
/// Steps after which the search is given up.
const STEPS_MAX: usize = 2_000_000;

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This order explains everything.
    Order(Vec<usize>),
    /// There is none. The longest beginning of one.
    None(Vec<usize>),
    /// It took too long to tell.
    Unknown,
}

struct Search<'h> {
    history: &'h [Operation],
    tried: HashSet<(u64, State)>,
    steps: usize,
    order: Vec<usize>,
    longest: Vec<usize>,
}

/// Looks for an order that explains a history. Operations of one client keep their order, also
/// when it did not wait for its replies.
pub fn check(history: &[Operation]) -> Verdict {
    assert!(history.len() <= OPERATIONS_MAX, "{} operations", history.len());
    let (order, longest) = (Vec::new(), Vec::new());
    let mut search = Search { history, tried: HashSet::new(), steps: 0, order, longest };
    match search.place(0, &State::default()) {
        Some(true) => Verdict::Order(search.order),
        Some(false) => Verdict::None(search.longest),
        None => Verdict::Unknown,
    }
}

impl Search<'_> {
    /// Places the operations that are not in `done`. `None`: given up.
    fn place(&mut self, done: u64, state: &State) -> Option<bool> {
        let open: Vec<usize> = (0..self.history.len()).filter(|&at| done & 1 << at == 0).collect();
        let first_return = open.iter().map(|&at| self.history[at].ret).min().unwrap_or(u64::MAX);
        if first_return == u64::MAX {
            return Some(true);
        }
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return None;
        }
        for at in self.candidates(&open, first_return) {
            let placed = done | 1 << at;
            for next in model::after(state, &self.history[at]) {
                if !self.tried.insert((placed, next.clone())) {
                    continue;
                }
                self.order.push(at);
                if self.order.len() > self.longest.len() {
                    self.longest.clone_from(&self.order);
                }
                if self.place(placed, &next)? {
                    return Some(true);
                }
                self.order.pop();
            }
        }
        Some(false)
    }

    /// Which may be next: called before any other had returned, and the first of its client's.
    fn candidates(&self, open: &[usize], first_return: u64) -> Vec<usize> {
        let mut clients = 0u64;
        let is_first = |&at: &usize| {
            let bit = 1 << self.history[at].client;
            let is_first = clients & bit == 0;
            clients |= bit;
            is_first
        };
        let firsts = open.iter().copied().filter(is_first);
        firsts.filter(|&at| self.history[at].call <= first_return).collect()
    }
}
