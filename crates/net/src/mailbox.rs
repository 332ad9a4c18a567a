//! Mail between workers: a queue and a wake-up for each.
//!
//! Leaving mail and waking are two steps: whoever leaves several letters in one turn wakes each
//! worker once. Mail is in the order in which it was left.
//!
//! Must be true
//! 1. A worker looks for mail after it has received bytes and before it acts on them: whoever was
//!    told of something and then asks finds it told to everybody.
//! 2. A worker that goes to sleep says so first and then looks for mail once more; whoever wakes it
//!    leaves the mail first and then looks whether it sleeps. So no letter is slept through.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};

use mio::{Poll, Token, Waker};
use protocol::Version;

use crate::stream::Stream;

pub(crate) const WAKE: Token = Token(usize::MAX);

/// The sessions that one letter is for: their slots, and a number by which the service knows
/// whether a slot still serves the session that is meant.
pub type Recipients = Arc<Vec<(u32, u64)>>;

pub(crate) enum Letter<M, C> {
    /// A connection to serve, and what is spoken on it at first.
    Connection(Stream, Version),
    /// For the session in `slot`.
    Mail { slot: usize, mail: M },
    /// The same for several sessions.
    Cast { to: Recipients, cast: C },
}

/// What a worker and those who write to it share.
struct Bell {
    waker: Waker,
    /// There may be letters.
    has_mail: AtomicBool,
    /// The worker sleeps, or is about to.
    is_asleep: AtomicBool,
}

/// Where to leave mail for one worker. Mail to a worker that has stopped is lost.
pub struct Postbox<M, C> {
    letters: Sender<Letter<M, C>>,
    bell: Arc<Bell>,
}

impl<M, C> Clone for Postbox<M, C> {
    fn clone(&self) -> Self {
        Self { letters: self.letters.clone(), bell: Arc::clone(&self.bell) }
    }
}

impl<M, C> Postbox<M, C> {
    /// Leaves mail for the session in `slot`.
    pub fn send(&self, slot: usize, mail: M) {
        self.put(Letter::Mail { slot, mail });
    }

    /// Leaves the same mail for several sessions.
    pub fn cast(&self, to: Recipients, cast: C) {
        self.put(Letter::Cast { to, cast });
    }

    pub(crate) fn put(&self, letter: Letter<M, C>) {
        if self.letters.send(letter).is_ok() {
            self.bell.has_mail.store(true, SeqCst);
        }
    }

    /// Whether there may be mail that the worker has not looked at.
    pub fn has_mail(&self) -> bool {
        self.bell.has_mail.load(SeqCst)
    }

    /// Wakes the worker if it sleeps: it will see what was left before this.
    pub fn wake(&self) {
        if self.bell.is_asleep.swap(false, SeqCst) {
            self.interrupt();
        }
    }

    /// Makes the worker go once round its loop, mail or not.
    pub fn interrupt(&self) {
        // Fails only if the worker's poll is gone, and then there is nobody to wake.
        let _ = self.bell.waker.wake();
    }
}

/// One worker's end.
pub(crate) struct Inbox<M, C> {
    letters: Receiver<Letter<M, C>>,
    bell: Arc<Bell>,
}

impl<M, C> Inbox<M, C> {
    /// Whether there may be letters.
    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.bell.has_mail.load(SeqCst)
    }

    /// The next letter, if there is one.
    pub(crate) fn take(&self) -> Option<Letter<M, C>> {
        if let Ok(letter) = self.letters.try_recv() {
            return Some(letter);
        }
        if !self.bell.has_mail.swap(false, SeqCst) {
            return None;
        }
        // One that came after the look above raised the flag before it was lowered.
        let late = self.letters.try_recv().ok();
        if late.is_some() {
            self.bell.has_mail.store(true, SeqCst);
        }
        late
    }

    /// The worker wants to sleep. False: there is mail.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.bell.is_asleep.store(true, SeqCst);
        if self.has_mail() {
            self.awake();
            return false;
        }
        true
    }

    pub(crate) fn awake(&self) {
        // Seen late, it costs somebody a needless wake-up.
        self.bell.is_asleep.store(false, Relaxed);
    }
}

/// A worker's poll and its mail.
type Desk<M, C> = (Poll, Inbox<M, C>);

/// The mailboxes of all workers, made before the workers are.
pub struct Mailboxes<M, C> {
    postboxes: Vec<Postbox<M, C>>,
    desks: Vec<Option<Desk<M, C>>>,
}

impl<M, C> Mailboxes<M, C> {
    /// For `workers` workers.
    ///
    /// # Errors
    /// The system has no more descriptors.
    pub fn new(workers: usize) -> io::Result<Self> {
        let mut mailboxes = Self { postboxes: Vec::new(), desks: Vec::new() };
        for _ in 0..workers {
            let poll = Poll::new()?;
            let bell = Arc::new(Bell {
                waker: Waker::new(poll.registry(), WAKE)?,
                has_mail: AtomicBool::new(false),
                is_asleep: AtomicBool::new(false),
            });
            let (sender, letters) = channel();
            mailboxes.postboxes.push(Postbox { letters: sender, bell: Arc::clone(&bell) });
            mailboxes.desks.push(Some((poll, Inbox { letters, bell })));
        }
        Ok(mailboxes)
    }

    /// The postboxes, by worker.
    pub fn postboxes(&self) -> &[Postbox<M, C>] {
        &self.postboxes
    }

    pub(crate) fn take(&mut self, worker: usize) -> Option<Desk<M, C>> {
        self.desks.get_mut(worker)?.take()
    }
}

#[cfg(test)]
mod tests {
    use super::{Letter, Mailboxes};

    #[test]
    fn nobody_falls_asleep_over_mail() {
        let mut mailboxes = Mailboxes::<u32, ()>::new(1).expect("a poll");
        let (_poll, inbox) = mailboxes.take(0).expect("there");
        let postbox = &mailboxes.postboxes()[0];
        assert!(inbox.fall_asleep());
        inbox.awake();
        postbox.send(3, 7);
        assert!(!inbox.fall_asleep() && inbox.has_mail());
        let first = inbox.take();
        assert!(matches!(first, Some(Letter::Mail { slot: 3, mail: 7 })));
        assert!(inbox.take().is_none() && !inbox.has_mail() && inbox.fall_asleep());
    }
}
