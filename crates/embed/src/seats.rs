//! Seats: what a session works on, and where its mail lies.
//!
//! A seat is a worker of the engine that no thread belongs to. A session takes one and locks it for
//! each batch; between batches the keeper (a thread of the database) does the seat's upkeep, so
//! that keys expire though nobody calls.
//!
//! Must be true: a seat's session number is in its slot's place, so that mail for a session that
//! has ended does not reach the next one.

use std::collections::VecDeque;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use engine::{Address, Cast, Mail, Post, Recipients, WorkerState};
use parking_lot::{Condvar, Mutex};

/// What lies in a box.
pub(crate) enum Letter {
    Mail(Mail),
    Cast(u64, Cast),
}

/// One seat's mail.
#[derive(Default)]
pub(crate) struct Letterbox {
    letters: Mutex<VecDeque<Letter>>,
    bell: Condvar,
}

impl Letterbox {
    /// The oldest letter.
    pub(crate) fn take(&self) -> Option<Letter> {
        self.letters.lock().pop_front()
    }

    /// Waits until there is a letter or the bell is rung, at most so long.
    pub(crate) fn wait(&self, at_most: Duration) {
        let mut letters = self.letters.lock();
        if letters.is_empty() {
            // Whether the time is up is seen by whoever calls.
            let _ = self.bell.wait_for(&mut letters, at_most);
        }
    }

    pub(crate) fn clear(&self) {
        self.letters.lock().clear();
    }

    fn put(&self, letter: Letter) {
        self.letters.lock().push_back(letter);
        self.bell.notify_all();
    }

    fn ring(&self) {
        // With the lock, so that nobody is between looking and waiting.
        drop(self.letters.lock());
        self.bell.notify_all();
    }
}

/// All letterboxes: the engine's post.
pub(crate) struct Letterboxes(pub(crate) Vec<Letterbox>);

impl Post for Letterboxes {
    fn post(&self, to: Address, mail: Mail) {
        if let Some(letterbox) = self.0.get(to.worker) {
            letterbox.put(Letter::Mail(mail));
        }
    }

    fn cast(&self, worker: usize, to: Recipients, cast: Cast) {
        if let Some(letterbox) = self.0.get(worker) {
            for (_, id) in to.iter() {
                letterbox.put(Letter::Cast(*id, cast.clone()));
            }
        }
    }

    fn has_mail(&self, worker: usize) -> bool {
        self.0.get(worker).is_some_and(|letterbox| !letterbox.letters.lock().is_empty())
    }

    fn wake(&self, worker: usize) {
        if let Some(letterbox) = self.0.get(worker) {
            letterbox.ring();
        }
    }

    fn wake_all(&self) {
        self.0.iter().for_each(Letterbox::ring);
    }
}

/// The seats' states, and which are free.
pub(crate) struct Seats {
    pub(crate) states: Vec<Mutex<WorkerState>>,
    /// What was allocated and freed in the course of each seat's work, in bytes.
    pub(crate) allocated: Vec<AtomicI64>,
    free: Mutex<Vec<usize>>,
}

impl Seats {
    pub(crate) fn new(states: Vec<WorkerState>) -> Self {
        let free = Mutex::new((0..states.len()).rev().collect());
        let allocated = states.iter().map(|_| AtomicI64::new(0)).collect();
        Self { states: states.into_iter().map(Mutex::new).collect(), allocated, free }
    }

    /// A free seat, if there is one.
    pub(crate) fn take(&self) -> Option<usize> {
        self.free.lock().pop()
    }

    pub(crate) fn give_back(&self, seat: usize) {
        self.free.lock().push(seat);
    }
}
