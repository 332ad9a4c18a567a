//! Transactions: requests queued after MULTI, and the keys watched by WATCH.
//!
//! EXEC locks the stripes of everything the queue names and of the watched keys at once, looks
//! whether a watched key was touched, runs the queue on what it holds, and logs what that did as
//! one group. If the queue has a request that may touch more than it names, EXEC runs alone.
//!
//! Must be true
//! 1. Between the look at the watched keys and the last request of the queue nothing is unlocked.
//! 2. Waiting clients are served after the last request, before the locks open.
//! 3. A watched key's flag is set by whoever touches the key while holding its stripe; EXEC looks
//!    at the flag while it holds all those stripes.
//!
//! Not here: the wording of replies to MULTI and DISCARD (`control::transaction`).

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use base::number::parse_i64;
use commands::context::KeyArg;
use commands::control::Control;
use commands::spec::{Body, Class, FAST, Spec};
use keyspace::db::Key;
use keyspace::{Db, Held};
use protocol::{Output, OwnedRequest, Reply, Request};

use crate::interest::{Name, Watch};
use crate::monitor::Source;
use crate::scripting::command_flags;
use crate::session::{ReplyMode, Session};
use crate::snapshot::preserve::Names;
use crate::worker::{Next, Turn};

/// A request in the queue.
pub(crate) struct Queued {
    spec: &'static Spec,
    request: OwnedRequest,
    keys: Box<[KeyArg]>,
}

/// What came after MULTI.
#[derive(Default)]
pub(crate) struct Transaction {
    queue: Vec<Queued>,
    bytes: usize,
    /// A request was refused: EXEC will refuse the whole.
    pub(crate) is_broken: bool,
    /// The command flags of all queued requests together.
    pub(crate) flags: u32,
}

impl Transaction {
    /// Bytes of the queued requests.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes
    }

    /// Number of queued requests.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    fn needs_gate(&self) -> bool {
        self.queue.iter().any(|Queued { spec, request, .. }| {
            // What is a control command and not quick may look anywhere.
            let is_control = matches!(spec.body, Body::Control(_));
            let class = spec.class_of(request.as_request());
            matches!(class, Class::Gate | Class::Walk) || is_control && spec.flags & FAST == 0
        })
    }
}

/// The keys that a session watches.
#[derive(Default)]
pub(crate) struct Watched {
    flag: Arc<Watch>,
    keys: Vec<WatchedKey>,
}

struct WatchedKey {
    database: usize,
    hash: u64,
    bytes: Box<[u8]>,
    /// Its time was up already when it was watched, and it stayed.
    was_overdue: bool,
}

impl Watched {
    /// Heap bytes, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        // A key here, and another copy among the interests of its stripe.
        size_of::<Self>() + self.keys.len() * (size_of::<WatchedKey>() + 96)
    }
}

/// What a refused request did to its transaction.
pub(crate) enum Broken {
    /// It goes on if there is one, and EXEC will be refused.
    Goes,
    /// The refused request was EXEC.
    Ended,
}

/// How EXEC ended.
pub(crate) enum Executed {
    /// All was run; the replies are written.
    Done,
    /// A watched key was touched.
    Conflict,
    /// Something is taken: nothing happened.
    Busy,
}

/// Whether a command is carried out at once even after MULTI.
pub(crate) fn is_never_queued(spec: &Spec) -> bool {
    let Body::Control(control) = spec.body else { return false };
    matches!(
        control,
        Control::Exec
            | Control::Discard
            | Control::Multi
            | Control::Watch
            | Control::Quit
            | Control::Reset
    )
}

impl Turn<'_> {
    /// Puts a request into the session's queue and says so.
    #[cold]
    pub(crate) fn queue(
        &mut self,
        session: &mut Session,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> Next {
        if let Some(transaction) = &mut session.transaction {
            transaction.flags |= command_flags(self.node, spec, request);
            let request = request.to_owned_request();
            transaction.bytes += size_of::<Queued>() + request.heap_bytes();
            transaction.queue.push(Queued { spec, request, keys: keys.into() });
            let client = &session.client;
            client.queued.store(transaction.queue.len() as i32, Relaxed);
            client.queued_bytes.store(transaction.bytes as u32, Relaxed);
        }
        let mark = output.mark();
        Reply::new(output, session.version).status("QUEUED");
        if session.reply_mode != ReplyMode::On {
            self.suppress(session, mark, output);
        }
        Next::Continue
    }

    /// A request was refused before it could run or be queued.
    pub(crate) fn break_transaction(&mut self, session: &mut Session, spec: &Spec) -> Broken {
        if matches!(spec.body, Body::Control(Control::Exec)) {
            self.end_transaction(session);
            return Broken::Ended;
        }
        if let Some(transaction) = &mut session.transaction {
            transaction.is_broken = true;
        }
        Broken::Goes
    }

    /// The transaction is over, whatever became of it, and nothing is watched any more.
    pub(crate) fn end_transaction(&mut self, session: &mut Session) {
        session.transaction = None;
        session.note_plainness();
        self.unwatch(session);
    }

    /// Watches keys of the session's database, whose stripes are held. With each key: whether its
    /// time is up already.
    pub(crate) fn watch(&mut self, session: &mut Session, keys: &[(Key<'_>, bool)]) {
        let keyspace = &self.node.keyspace;
        let watched = session.watched.get_or_insert_default();
        let database = session.database;
        for &(key, was_overdue) in keys {
            let is_same =
                |known: &WatchedKey| known.database == database && *known.bytes == *key.bytes;
            if watched.keys.iter().any(is_same) {
                continue;
            }
            let stripe = keyspace.stripe_of(key.hash);
            let name = Name { database, key: key.bytes, stripe };
            self.node.interests.watch(keyspace, name, &watched.flag);
            let (hash, bytes) = (key.hash, key.bytes.into());
            watched.keys.push(WatchedKey { database, hash, bytes, was_overdue });
        }
        session.client.watched.store(watched.keys.len() as u32, Relaxed);
    }

    /// Watches nothing any more.
    pub(crate) fn unwatch(&mut self, session: &mut Session) {
        let Some(watched) = session.watched.take() else { return };
        session.client.watched.store(0, Relaxed);
        let keyspace = &self.node.keyspace;
        for key in &watched.keys {
            let stripe = keyspace.stripe_of(key.hash);
            let name = Name { database: key.database, key: &key.bytes, stripe };
            self.node.interests.unwatch(keyspace, name, &watched.flag);
        }
    }

    /// Carries out the session's queue, or finds that it may not be. The session has one.
    pub(crate) fn execute_queue(
        &mut self,
        session: &mut Session,
        output: &mut Output,
    ) -> (Executed, Next) {
        let Some(transaction) = session.transaction.take() else {
            return (Executed::Done, Next::Continue);
        };
        if !self.lock_for(&transaction, session.watched.as_deref()) {
            session.transaction = Some(transaction);
            return (Executed::Busy, Next::Retry);
        }
        if !self.preserve_queue(session, &transaction) {
            self.inside.unlock();
            session.transaction = Some(transaction);
            return (Executed::Busy, Next::Retry);
        }
        session.note_plainness();
        let outcome = if self.is_conflicting(session.watched.as_deref()) {
            (Executed::Conflict, Next::Continue)
        } else {
            (Executed::Done, self.run_queue(session, &transaction, output))
        };
        self.serve_waiters_behind();
        self.inside.unlock();
        self.unwatch(session);
        outcome
    }

    fn lock_for(&mut self, transaction: &Transaction, watched: Option<&Watched>) -> bool {
        if transaction.needs_gate() {
            return self.seclude();
        }
        let queued = transaction.queue.iter().flat_map(|queued| queued.keys.iter().map(|k| k.hash));
        let watched = watched.into_iter().flat_map(|watched| watched.keys.iter().map(|k| k.hash));
        self.lock_widened(queued.chain(watched))
    }

    /// Sees to it that a snapshot under way has what the queue may change. False: not yet.
    fn preserve_queue(&mut self, session: &Session, transaction: &Transaction) -> bool {
        let keyspace = &self.node.keyspace;
        let Some(snapshot) = keyspace.snapshot() else { return true };
        let (desk, inside) = self.split();
        let mut held = Held::lent(keyspace, inside);
        let mut database = session.database;
        transaction.queue.iter().all(|queued| {
            let (spec, request, keys) = (queued.spec, queued.request.as_request(), &queued.keys);
            let select = matches!(spec.body, Body::Control(Control::Select));
            let number = select.then(|| request.get(1).and_then(parse_i64)).flatten();
            let number = number.and_then(|number| usize::try_from(number).ok());
            database = number.filter(|it| *it < keyspace.databases()).unwrap_or(database);
            let names = Names { spec, database, request, keys };
            desk.preserve(&snapshot, &names, &mut held).is_ok()
        })
    }

    /// Whether a watched key was touched. A key that expires is touched when somebody finds it
    /// expired, so that each is looked at now.
    fn is_conflicting(&mut self, watched: Option<&Watched>) -> bool {
        let Some(watched) = watched else { return false };
        let keyspace = &self.node.keyspace;
        let (mut desk, inside) = self.split();
        let mut held = Held::lent(keyspace, inside);
        let mut is_any_overdue = false;
        for watched in &watched.keys {
            let tools = &mut desk.state.tools;
            let mut db = Db::new(&mut held, watched.database, desk.moment, tools);
            let key = Key { bytes: &watched.bytes, hash: watched.hash };
            db.contains(key);
            is_any_overdue |= !watched.was_overdue && db.is_overdue(key);
        }
        desk.publish_removals(held.interest());
        is_any_overdue || watched.flag.load(Relaxed)
    }

    fn run_queue(
        &mut self,
        session: &mut Session,
        transaction: &Transaction,
        output: &mut Output,
    ) -> Next {
        let mut next = Next::Continue;
        self.split().0.begin_group();
        let replies = Reply::new(output, session.version).replies(transaction.queue.len());
        for queued in &transaction.queue {
            let request = queued.request.as_request();
            self.remember_keys(session, queued.spec, request, &queued.keys);
            let after = self.carry_out(session, queued.spec, request, &queued.keys, output);
            if self.is_monitored() {
                self.show(session, queued.spec, request, Source::Client);
            }
            match after {
                Next::Continue => {}
                Next::Retry => {
                    // Cannot be: everything it names is held.
                    debug_assert!(false, "{} in a transaction is busy", queued.spec.name);
                    let mut reply = Reply::new(output, session.version);
                    reply.error("ERR command not allowed inside a transaction");
                }
                after => next = after,
            }
        }
        self.split().0.end_group();
        Reply::new(output, session.version).finish_replies(replies);
        next
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[test]
    fn a_queue_with_a_request_for_everything_runs_alone_however_quick_that_is() {
        Bench::default().check(&[
            ("SET k v", "+OK"),
            ("MULTI", "+OK"),
            ("SWAPDB 0 1", "+QUEUED"),
            ("GET k", "+QUEUED"),
            ("EXEC", "*2 +OK $-1"),
        ]);
    }

    #[test]
    fn a_watched_key_whose_time_is_up_is_a_conflict_though_it_stays_during_a_pause() {
        let mut bench = Bench::default();
        bench.check(&[("SET k v PX 100", "+OK"), ("CLIENT PAUSE 5000 WRITE", "+OK")]);
        bench.check(&[("WATCH k", "+OK"), ("MULTI", "+OK"), ("GET k", "+QUEUED")]);
        bench.check(&[("EXEC", "*1 $1 v"), ("WATCH k", "+OK")]);
        bench.advance_ms(200);
        bench.check(&[("MULTI", "+OK"), ("GET k", "+QUEUED"), ("EXEC", "*-1")]);
        // Watched when its time was up already, it has not changed since.
        bench.check(&[("WATCH k", "+OK"), ("MULTI", "+OK"), ("GET k", "+QUEUED")]);
        bench.check(&[("EXEC", "*1 $-1")]);
    }
}
