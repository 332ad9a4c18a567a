//! Mail between workers: a queue and a wake-up for each.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use mio::{Poll, Token, Waker};

use crate::stream::Stream;

pub(crate) const WAKE: Token = Token(usize::MAX);

pub(crate) enum Letter<M> {
    /// A connection to serve.
    Connection(Stream),
    /// For the session in `slot`.
    Mail { slot: usize, mail: M },
}

/// Where to leave mail for one worker.
pub struct Postbox<M> {
    letters: Sender<Letter<M>>,
    waker: Arc<Waker>,
}

impl<M> Clone for Postbox<M> {
    fn clone(&self) -> Self {
        Self { letters: self.letters.clone(), waker: Arc::clone(&self.waker) }
    }
}

impl<M> Postbox<M> {
    /// Leaves mail for the session in `slot` and wakes the worker. Mail to a worker that has
    /// stopped is lost.
    pub fn send(&self, slot: usize, mail: M) {
        self.put(Letter::Mail { slot, mail });
    }

    pub(crate) fn put(&self, letter: Letter<M>) {
        if self.letters.send(letter).is_ok() {
            self.wake();
        }
    }

    /// Makes the worker go once round its loop.
    pub fn wake(&self) {
        // Fails only if the worker's poll is gone, and then there is nobody to wake.
        let _ = self.waker.wake();
    }
}

/// One worker's end.
pub(crate) struct Inbox<M> {
    pub(crate) poll: Poll,
    pub(crate) letters: Receiver<Letter<M>>,
}

/// The mailboxes of all workers, made before the workers are.
pub struct Mailboxes<M> {
    postboxes: Vec<Postbox<M>>,
    inboxes: Vec<Option<Inbox<M>>>,
}

impl<M> Mailboxes<M> {
    /// For `workers` workers.
    ///
    /// # Errors
    /// The system has no more descriptors.
    pub fn new(workers: usize) -> io::Result<Self> {
        let mut mailboxes = Self { postboxes: Vec::new(), inboxes: Vec::new() };
        for _ in 0..workers {
            let poll = Poll::new()?;
            let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
            let (sender, letters) = channel();
            mailboxes.postboxes.push(Postbox { letters: sender, waker });
            mailboxes.inboxes.push(Some(Inbox { poll, letters }));
        }
        Ok(mailboxes)
    }

    /// The postboxes, by worker.
    pub fn postboxes(&self) -> &[Postbox<M>] {
        &self.postboxes
    }

    pub(crate) fn take(&mut self, worker: usize) -> Option<Inbox<M>> {
        self.inboxes.get_mut(worker)?.take()
    }
}
