//! The thread that walks: it waits for tasks and carries them out one after the other.
//!
//! Must be true: it never does I/O, and never sleeps, inside the gate.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use keyspace::snapshot::{Visitor, Walk, Walked};
use keyspace::{Alone, Inside, Patience};
use protocol::{Output, Reply};

use super::encode::Nobody;
use super::{Aim, Asker, Cut, Ground, Task};
use crate::mail::Mail;
use crate::node::Node;

/// How long a stripe that is taken is left alone.
const BUSY_PAUSE: Duration = Duration::from_micros(20);
/// How long until it is asked again whether others are outside.
const OCCUPIED_PAUSE: Duration = Duration::from_millis(1);
/// A delay between keys is slept in pieces, so that a walk given up ends soon.
const DELAY_PIECE: Duration = Duration::from_millis(10);

/// Why a snapshot came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("it was cancelled")]
    Cancelled,
    #[error("DEBUG FAIL-SNAPSHOT was called")]
    Rehearsed,
    #[error("{0}")]
    Encoding(#[from] rdb::WriteError),
    #[error("{doing}: {}", log::aof::files::reason(cause))]
    Io {
        doing: &'static str,
        #[source]
        cause: std::io::Error,
    },
}

/// Where whoever walks stands in the gate.
pub(crate) enum Place<'i, 'g> {
    /// At a seat of its own, which it takes for each step.
    Seat(usize),
    /// Inside all the time, and alone.
    Alone(&'i Inside<'g>),
}

impl Place<'_, '_> {
    /// Runs `body` alone, if there is a seat to do so from.
    pub(super) fn alone<R>(&self, node: &Node, body: impl FnOnce(&Alone<'_>) -> R) -> Option<R> {
        match self {
            Self::Seat(seat) => loop {
                let mut inside = node.keyspace.gate().enter(*seat);
                // Nobody is to wait for this: a script may take for ever, and is to be ended.
                if inside.seclude(Patience::Short).is_ok() {
                    break Some(inside.alone(|alone| body(alone)));
                }
                drop(inside);
                thread::sleep(OCCUPIED_PAUSE);
            },
            Self::Alone(_) => None,
        }
    }

    /// Runs `body` inside.
    pub(super) fn inside<R>(&self, node: &Node, body: impl FnOnce(&Inside<'_>) -> R) -> R {
        match self {
            Self::Seat(seat) => body(&node.keyspace.gate().enter(*seat)),
            Self::Alone(inside) => body(inside),
        }
    }
}

/// A visitor whose bytes are taken away between steps.
pub(crate) trait Sink: Visitor {
    /// Brings what has gathered on its way. Outside the gate.
    fn flush(&mut self) -> Result<(), Failure>;
    /// Keys visited so far.
    fn keys(&self) -> u64;
}

impl Node {
    /// The seat of the thread that walks.
    pub(super) fn snapshot_seat(&self) -> usize {
        self.outside.workers * 2 + 1
    }

    /// Takes snapshots until the server ends.
    pub fn serve_snapshots(&self) {
        let mut reported = 0;
        while let Some(task) = self.next_snapshot() {
            self.carry_out(task, &Place::Seat(self.snapshot_seat()));
            self.memory.report((self.outside.allocator.thread_net)(), &mut reported);
        }
    }

    fn next_snapshot(&self) -> Option<Task> {
        let mut agenda = self.snapshots.agenda.lock();
        loop {
            if self.lifecycle.is_over() {
                return None;
            }
            if let Some(task) = agenda.queue.pop_front() {
                if task.cut.is_none() {
                    agenda.running = Some((task.aim, None));
                }
                return Some(task);
            }
            self.snapshots.changed.wait(&mut agenda);
        }
    }

    /// Takes a snapshot, for whoever is alone or sits at the thread's seat.
    pub(crate) fn carry_out(&self, task: Task, place: &Place<'_, '_>) -> bool {
        let is_awaited = matches!(task.asker, Asker::Client(..));
        let is_awaited = is_awaited || matches!(place, Place::Alone(_));
        let ground = if is_awaited { Ground::Fore } else { Ground::Back };
        // Redis saves what is flushed in the foreground.
        if ground == Ground::Back && task.aim != Aim::Flushed {
            self.snapshots.figures.begun.fetch_add(1, Relaxed);
        }
        let done = if task.aim == Aim::LogBase {
            self.rewrite_log(place)
        } else {
            let cut =
                task.cut.or_else(|| place.alone(self, |alone| self.cut_unasked(alone, task.aim)));
            cut.is_some_and(|cut| self.walk_for((task.aim, ground), &cut, place))
        };
        self.snapshots.note_end();
        self.tell(task.asker, done);
        done
    }

    fn walk_for(&self, (aim, ground): (Aim, Ground), cut: &Cut, place: &Place<'_, '_>) -> bool {
        self.note_running(aim, cut);
        let done = match aim {
            Aim::Dump | Aim::Flushed => self.save_dump(cut, ground, place),
            Aim::Sync => self.dump_for_replicas(cut, place),
            Aim::LogBase => false,
        };
        self.keyspace.end_snapshot();
        done
    }

    pub(super) fn note_running(&self, aim: Aim, cut: &Cut) {
        self.snapshots.agenda.lock().running = Some((aim, Some(Arc::clone(&cut.snapshot))));
    }

    fn tell(&self, asker: Asker, done: bool) {
        match asker {
            Asker::Nobody => {}
            Asker::Client(client, version) => {
                let mut output = Output::new();
                let mut reply = Reply::new(&mut output, version);
                if done {
                    reply.ok()
                } else {
                    reply.error("ERR")
                }
                let mail = Mail::Answer { id: client.id, output, release_at: None };
                self.outside.post.post(client.visitor.at, mail);
                self.outside.post.wake(client.visitor.at.worker);
            }
        }
    }

    /// Walks to the end, handing all to `sink`; then the keyspace is as if there had been no
    /// snapshot, whatever became of it.
    pub(super) fn walk(
        &self,
        cut: &Cut,
        place: &Place<'_, '_>,
        sink: &mut impl Sink,
    ) -> Result<(), Failure> {
        let mut walk = Walk::new(&self.keyspace, Arc::clone(&cut.snapshot));
        let mut outcome = Ok(());
        let figures = &self.snapshots.figures;
        let mut delayed = 0;
        while self.step(&mut walk, place, sink) == Walked::On {
            outcome = if cut.snapshot.is_given_up() || self.lifecycle.is_over() {
                Err(Failure::Cancelled)
            } else if self.snapshots.fails.load(Relaxed) {
                Err(Failure::Rehearsed)
            } else {
                sink.flush()
            };
            if outcome.is_err() {
                break;
            }
            self.delay(cut, sink.keys() - delayed);
            delayed = sink.keys();
            figures.keys_done.store(delayed, Relaxed);
            figures.copies_bytes.fetch_max(cut.snapshot.copies_bytes() as u64, Relaxed);
        }
        if outcome.is_err() {
            cut.snapshot.give_up();
            while self.step(&mut walk, place, &mut Nobody) == Walked::On {}
        }
        outcome
    }

    /// Ends a snapshot of which nothing is wanted.
    pub(super) fn walk_in_vain(&self, cut: &Cut, place: &Place<'_, '_>) {
        cut.snapshot.give_up();
        let mut walk = Walk::new(&self.keyspace, Arc::clone(&cut.snapshot));
        while self.step(&mut walk, place, &mut Nobody) == Walked::On {}
    }

    fn step(&self, walk: &mut Walk<'_>, place: &Place<'_, '_>, sink: &mut impl Visitor) -> Walked {
        loop {
            match place.inside(self, |inside| walk.step(inside, sink)) {
                Ok(walked) => return walked,
                Err(_) => thread::sleep(BUSY_PAUSE),
            }
        }
    }

    /// `rdb-key-save-delay`, which tests use to make a save last.
    fn delay(&self, cut: &Cut, keys: u64) {
        let delay_us = self.settings.load().testing.key_save_delay_us;
        let us = match delay_us {
            0 => return,
            us if us > 0 => us as u64 * keys,
            us => keys / u64::from(us.unsigned_abs()),
        };
        let end = Instant::now() + Duration::from_micros(us);
        let fails = &self.snapshots.fails;
        while !cut.snapshot.is_given_up() && !self.lifecycle.is_over() && !fails.load(Relaxed) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.settings.load().testing.key_save_delay_us == 0 {
                return;
            }
            thread::sleep(left.min(DELAY_PIECE));
        }
    }
}
