//! Requests that wait for a key (BLPOP and its like): parked, served, ended.
//!
//! A waiter is a copy of its request, not a continuation: when one of its keys is touched, whoever
//! touched it runs the waiter's request again under the locks that are held already, and sends the
//! reply to the waiter's own worker. So there is no moment in which a third could take what was
//! meant for the one that waited.
//!
//! Must be true
//! 1. A waiter is in the queues of all the keys it waits for, or of none: it is entered under the
//!    locks of all of them, in the same hold in which its body found nothing.
//! 2. Those who wait for one key are served in the order they came.
//! 3. A waiter ends once: whoever takes its `parked` request out (a server, its own worker when the
//!    time is up or the client goes, CLIENT UNBLOCK) answers it.
//! 4. Who needs further keys to be served (BLMOVE its destination) is `wide`: writers to the
//!    stripes it waits at lock those too (`run`).
//!
//! Locks: stripes, then a waiter's `parked`, then the log's and the interests' mutexes.
//! 5. Who may be served without a key's being touched (XREADGROUP ... CLAIM) says when, and is
//!    looked at then by its own worker (`waiting/again.rs`).
//!
//! Not here: what a body takes for "found nothing", and transactions and scripts, which never wait.

mod account;
mod again;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};

use base::clock::Ticks;
use base::sync::Mutex;
use commands::context::{KeyArg, Wait};
use commands::spec::{Group, Spec};
use keyspace::{Held, Keyspace};
use protocol::{Output, OwnedRequest, Reply, Request};
use smallvec::SmallVec;

use self::account::Account;
use crate::clients::{Client, flag};
use crate::desk::{Caller, DataBody, Desk, Job, Ran};
use crate::interest::{Name, OwnedName};
use crate::mail::Mail;
use crate::node::Node;
use crate::stats;
use crate::worker::{Turn, WorkerState};

/// A request that waits.
pub(crate) struct Waiter {
    client: Arc<Client>,
    spec: &'static Spec,
    body: DataBody,
    caller: Caller,
    keys: Box<[KeyArg]>,
    /// Arguments that name the keys it waits for.
    waits: SmallVec<[u32; 4]>,
    /// Stripes of its other keys.
    wide: SmallVec<[u32; 2]>,
    wait: Wait,
    /// When its worker looks at it again, unix ms; 0: not before a key is touched.
    again_ms: AtomicI64,
    parked: Mutex<Option<OwnedRequest>>,
    /// As it came, if it waits as another one.
    original: Option<OwnedRequest>,
    /// How long it ran before it began to wait, in ns.
    ran_ns: AtomicU64,
}

impl Waiter {
    /// The type of value it waits for.
    pub(crate) fn group(&self) -> Group {
        self.spec.group
    }

    /// Whether its wait ends when a key it waits for goes.
    pub(crate) fn needs_key(&self) -> bool {
        self.spec.name == "XREADGROUP"
    }

    /// Stripes it needs besides those it waits at.
    pub(crate) fn wide(&self) -> &[u32] {
        &self.wide
    }

    /// The keys it waits for.
    fn names<'a>(&'a self, request: Request<'a>, keyspace: &Keyspace) -> Vec<Name<'a>> {
        let awaited = self.keys.iter().filter(|key| self.waits.contains(&key.index));
        let name = |key: &KeyArg| Name {
            database: self.caller.database,
            key: request.arg(key.index as usize),
            stripe: keyspace.stripe_of(key.hash),
        };
        awaited.map(name).collect()
    }

    fn leave_queues(self: &Arc<Self>, node: &Node, request: Request<'_>) {
        for name in self.names(request, &node.keyspace) {
            node.interests.stop_waiting(&node.keyspace, name, self);
        }
    }
}

/// How many clients wait, for INFO.
#[derive(Default)]
pub(crate) struct Waiting {
    pub(crate) clients: AtomicUsize,
    /// Of these, those who do not wait for ever.
    pub(crate) with_end: AtomicUsize,
}

/// Why a waiter's wait ends without its being served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The time is up.
    Lapse,
    /// CLIENT UNBLOCK says that the time is up.
    Released,
    /// CLIENT UNBLOCK ... ERROR.
    Unblocked,
    /// Its client is gone.
    Gone,
}

pub(crate) const UNBLOCKED: &str = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

impl WorkerState {
    /// Ends a client's wait. False if it did not wait, or was served a moment ago.
    pub(crate) fn end_wait(&mut self, node: &Node, client: &Client, ending: Ending) -> bool {
        let Some(waiter) = client.waiter.lock().clone() else { return false };
        let Some(request) = waiter.parked.lock().take() else { return false };
        waiter.leave_queues(node, request.as_request());
        let mut output = Output::new();
        let mut reply = Reply::new(&mut output, waiter.caller.version);
        match ending {
            Ending::Lapse | Ending::Released => waiter.wait.lapse.write(&mut reply),
            Ending::Unblocked => reply.error(UNBLOCKED),
            Ending::Gone => return true,
        }
        if ending != Ending::Lapse {
            let ending = stats::Ending::FailedWaiting;
            let request = request.as_request();
            self.count_served(node, &Account { waiter: &waiter, request, ending, nanoseconds: 0 });
        }
        let mail = Mail::Answer { id: client.id, output, release_at: None };
        self.post(node, client.visitor.at, mail);
        true
    }
}

impl Turn<'_> {
    /// Serves those who wait for what a transaction or script has touched, at its end. Time stood
    /// still for it; for them it did not.
    pub(crate) fn serve_waiters_behind(&mut self) {
        if self.state.touched_awaited.is_empty() {
            return;
        }
        self.refresh_time();
        let keyspace = &self.node.keyspace;
        let (mut desk, inside) = self.split();
        desk.serve_waiters(&mut Held::lent(keyspace, inside));
    }

    /// The session waits no longer: its worker forgets about it.
    pub(crate) fn unpark(&mut self, client: &Arc<Client>) {
        if let Some(waiter) = client.waiter.lock().take() {
            client.set(flag::BLOCKED, false);
            self.state.look_agains.remove(&(waiter.again_ms.load(Relaxed), client.id));
            self.node.waiting.clients.fetch_sub(1, Relaxed);
            if let Some(until_ms) = waiter.wait.until_ms {
                self.state.wait_ends.remove(&(until_ms, client.id));
                self.node.waiting.with_end.fetch_sub(1, Relaxed);
            }
        }
    }

    /// Answers those of this worker's waiters whose time is up. The millisecond that a wait ends in
    /// belongs to it: both times are cut to whole ones, and no wait may be shorter than asked.
    pub(crate) fn end_waits(&mut self) {
        while let Some(first) = self.state.wait_ends.first_entry() {
            if first.key().0 >= self.moment.now_ms {
                return;
            }
            let client = first.remove();
            self.state.end_wait(self.node, &client, Ending::Lapse);
        }
    }

    /// When the first of this worker's waiters must be looked at, in ms from now.
    pub(crate) fn next_wait_end_ms(&self) -> Option<u64> {
        let firsts = [(&self.state.wait_ends, 1), (&self.state.look_agains, 0)];
        let firsts = firsts.map(|(times, after)| {
            times.first_key_value().map(|((ms, _), _)| ms.saturating_add(after))
        });
        let first = firsts.into_iter().flatten().min()?;
        Some((first - self.moment.now_ms).max(0) as u64)
    }
}

impl Desk<'_> {
    /// Parks a request whose body found nothing, under the same hold.
    #[cold]
    pub(crate) fn park(&mut self, client: &Arc<Client>, job: &Job<'_>, wait: Wait) {
        let keyspace = &self.node.keyspace;
        let waits = self.state.effects.waits.clone();
        let (request, original) = match self.state.effects.waits_as.take() {
            Some(request) => (request, Some(job.request.to_owned_request())),
            None => (job.request.to_owned_request(), None),
        };
        let again_ms = self.state.effects.again_ms.take();
        let others = job.keys.iter().filter(|key| !waits.contains(&key.index));
        let waiter = Arc::new(Waiter {
            client: Arc::clone(client),
            spec: job.spec,
            body: job.body,
            caller: job.caller,
            keys: job.keys.into(),
            wide: others.map(|key| keyspace.stripe_of(key.hash) as u32).collect(),
            waits,
            wait,
            again_ms: AtomicI64::new(again_ms.unwrap_or(0)),
            parked: Mutex::new(Some(request)),
            original,
            ran_ns: AtomicU64::new(0),
        });
        for name in waiter.names(job.request, keyspace) {
            self.node.interests.wait(keyspace, name, &waiter);
        }
        client.set(flag::BLOCKED, true);
        self.node.waiting.clients.fetch_add(1, Relaxed);
        if let Some(until_ms) = wait.until_ms {
            self.state.wait_ends.insert((until_ms, client.id), Arc::clone(client));
            self.node.waiting.with_end.fetch_add(1, Relaxed);
        }
        if let Some(again_ms) = again_ms {
            self.state.look_agains.insert((again_ms, client.id), Arc::clone(client));
        }
        *client.waiter.lock() = Some(waiter);
        // Whoever kills a client says so first and then ends its wait: either that found the
        // waiter, or this finds that it was said. Nothing is given to the client in between, as the
        // keys are still locked.
        if client.has(flag::CLOSING) {
            self.state.end_wait(self.node, client, Ending::Gone);
        }
    }

    /// Serves those who wait for keys that were touched, until nobody can be served: what one
    /// takes or moves may touch keys for others.
    #[cold]
    pub(crate) fn serve_waiters(&mut self, held: &mut Held<'_>) {
        while let Some(touched) = self.state.touched_awaited.pop_front() {
            for group in self.node.interests.awaited_as(touched.as_name()) {
                self.serve_queue(&touched, group, held);
            }
        }
    }

    fn serve_queue(&mut self, touched: &OwnedName, group: Group, held: &mut Held<'_>) {
        let name = touched.as_name();
        if group == Group::Stream {
            // Reading takes nothing away, so each decides for itself.
            for waiter in self.node.interests.waiters(name, group) {
                self.serve(&waiter, name, held);
            }
            return;
        }
        while let Some(waiter) = self.node.interests.first_waiter(name, group) {
            if self.serve(&waiter, name, held) == Served::No {
                break;
            }
        }
        // Who wants more than there is (BLMOVEM EXACTLY) does not keep the others waiting.
        if !self.is_there(name, held) {
            return;
        }
        for waiter in self.node.interests.waiters(name, group) {
            if self.serve(&waiter, name, held) == Served::Yes && !self.is_there(name, held) {
                return;
            }
        }
    }

    fn is_there(&self, name: Name<'_>, held: &mut Held<'_>) -> bool {
        let keyspace = &self.node.keyspace;
        let position = keyspace.position_of(keyspace.hasher().hash(name.key));
        let table = held.table(name.database, name.stripe);
        table.find(position, |entry| entry.key() == name.key).is_some()
    }

    /// Runs a waiter's request for the key that was touched.
    fn serve(&mut self, waiter: &Arc<Waiter>, touched: Name<'_>, held: &mut Held<'_>) -> Served {
        let mut parked = waiter.parked.lock();
        let Some(request) = parked.as_ref() else {
            // Its wait has just ended, and whoever ended it is about to take it out of the queue.
            self.node.interests.stop_waiting(&self.node.keyspace, touched, waiter);
            return Served::Ended;
        };
        if waiter.wide.iter().any(|&stripe| !held.contains(stripe as usize)) {
            return Served::No;
        }
        let request = request.as_request();
        let is_touched = |key: &&KeyArg| {
            waiter.waits.contains(&key.index) && request.arg(key.index as usize) == touched.key
        };
        let woken = waiter.keys.iter().find(is_touched).map(|key| key.index);
        let job = Job {
            spec: waiter.spec,
            body: waiter.body,
            caller: waiter.caller,
            request,
            keys: &waiter.keys,
            woken,
            may_defer: false,
        };
        let mut output = Output::new();
        // What it has to tell its own session comes behind its answer.
        let postpones = self.postpone();
        let began = Ticks::now();
        let ending = match self.run(&job, held, &mut output) {
            Ran::Waiting(_) | Ran::Busy | Ran::Long => {
                self.end_postponing(postpones);
                return Served::No;
            }
            Ran::Done => stats::Ending::Served,
            Ran::Said => stats::Ending::FailedWaiting,
            Ran::Failed(error) => {
                let text = error.to_string();
                self.state.tally.count_error(text.as_bytes());
                output.clear();
                Reply::new(&mut output, waiter.caller.version).error(&text);
                stats::Ending::FailedWaiting
            }
        };
        let nanoseconds = Ticks::now().since(began);
        self.state.count_served(self.node, &Account { waiter, request, ending, nanoseconds });
        waiter.leave_queues(self.node, request);
        *parked = None;
        drop(parked);
        let client = &waiter.client;
        let mail = Mail::Answer { id: client.id, output, release_at: *self.release_at };
        self.state.post(self.node, client.visitor.at, mail);
        self.end_postponing(postpones);
        Served::Yes
    }
}

/// What became of a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Yes,
    /// There is nothing for it.
    No,
    /// It does not wait any more.
    Ended,
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use crate::worker::Next;

    #[test]
    fn one_who_is_killed_as_it_begins_to_wait_is_given_nothing() {
        let mut bench = Bench::default();
        bench.connect();
        bench.check(&[("CLIENT KILL ID 2", ":1")]);
        // Its worker has not yet read the mail that ends the connection.
        assert_eq!(bench.send(1, &[b"BLPOP", b"k", b"0"]).1, Next::Park);
        bench.check(&[("RPUSH k v", ":1"), ("LLEN k", ":1")]);
    }

    #[test]
    fn nobody_waits_for_less_than_was_asked() {
        let mut bench = Bench::default();
        assert_eq!(bench.send(0, &[b"BLPOP", b"k", b"0.1"]).1, Next::Park);
        // It may have begun at the end of its first millisecond, and this one has just begun.
        bench.advance_ms(100);
        assert_eq!(bench.received(0), "");
        bench.advance_ms(1);
        assert_eq!(bench.received(0), "*-1");
    }

    #[test]
    fn one_who_waits_is_not_idle() {
        let mut bench = Bench::with(|settings| settings.clients.timeout_s = 1);
        bench.connect();
        assert_eq!(bench.send(1, &[b"BLPOP", b"k", b"0"]).1, Next::Park);
        bench.advance_ms(5_000);
        assert_eq!(bench.watch(0), Next::Close);
        assert_eq!(bench.watch(1), Next::Continue);
    }
}
