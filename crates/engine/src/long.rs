//! Requests that take long, carried out aside.
//!
//! A worker runs one request at a time, so one of 50 ms would keep all its connections waiting. A
//! body that can tell beforehand that it will visit very many elements says so instead of beginning
//! (`Outcome::Long`). Its session is left as one that waits for a key is; a thread with a seat of
//! its own inside the gate carries the request out in the ordinary way, and its reply comes by
//! mail. The operating system shares the processors between these threads and the workers.
//!
//! Must be true: a request of a transaction or a script is never put aside, since what it needs is
//! held by its worker; one that was put aside is not put aside again.
//! A body that may wait for a key is never long.
//! Not here: which bodies say so, and from how many elements on (`commands::context`).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use base::clock::Ticks;
use commands::context::KeyArg;
use commands::spec::{Body, Spec};
use parking_lot::{Condvar, Mutex};
use protocol::{Output, OwnedRequest, Reply, Request};

use crate::clients::Client;
use crate::desk::{Caller, DataBody, Job, Ran};
use crate::mail::Mail;
use crate::node::Node;
use crate::session::Session;
use crate::stats::Ending;
use crate::waiting::Ending as EndOfWait;
use crate::worker::{Turn, WorkerState};

/// Between two looks whether others wait.
const RETRY_PAUSE: Duration = Duration::from_micros(50);

/// Whoever was refused a stripe tries again within this time.
const OTHERS_TRY_WITHIN_NS: u64 = 3_000_000;
/// A long request waits no longer than this for others, who may come again and again.
const WAIT_FOR_OTHERS_NS_MAX: u64 = 20_000_000;

/// A request put aside.
struct Task {
    client: Arc<Client>,
    spec: &'static Spec,
    /// `None`: the request runs a script.
    body: Option<DataBody>,
    caller: Caller,
    request: OwnedRequest,
    keys: Box<[KeyArg]>,
}

/// Those that nobody has begun yet.
#[derive(Default)]
pub(crate) struct LongRequests {
    queue: Mutex<VecDeque<Task>>,
    changed: Condvar,
    threads: AtomicUsize,
}

impl LongRequests {
    /// Whether anybody would carry out what is put aside.
    pub(crate) fn is_served(&self) -> bool {
        self.threads.load(Relaxed) > 0
    }

    /// Puts a request aside.
    #[cold]
    pub(crate) fn put(&self, client: &Arc<Client>, job: &Job<'_>) {
        let task = Task {
            client: Arc::clone(client),
            spec: job.spec,
            body: Some(job.body),
            caller: job.caller,
            request: job.request.to_owned_request(),
            keys: job.keys.into(),
        };
        self.enter(task);
    }

    /// Puts a request aside that runs a script.
    #[cold]
    pub(crate) fn put_script(
        &self,
        session: &Session,
        spec: &'static Spec,
        request: Request<'_>,
        keys: &[KeyArg],
    ) {
        self.enter(Task {
            client: Arc::clone(&session.client),
            spec,
            body: None,
            caller: session.caller(),
            request: request.to_owned_request(),
            keys: keys.into(),
        });
    }

    fn enter(&self, task: Task) {
        self.queue.lock().push_back(task);
        self.changed.notify_one();
    }

    /// Wakes everybody who waits for a request, to see that the server ends.
    pub(crate) fn wake_all(&self) {
        // Under the lock, so that nobody is between looking and waiting.
        let _queue = self.queue.lock();
        self.changed.notify_all();
    }

    /// The next request; `None` when the server ends.
    fn next(&self, is_over: impl Fn() -> bool) -> Option<Task> {
        let mut queue = self.queue.lock();
        loop {
            if is_over() {
                return None;
            }
            if let Some(task) = queue.pop_front() {
                return Some(task);
            }
            self.changed.wait(&mut queue);
        }
    }
}

impl Node {
    /// Carries out what is put aside until the server ends. `index`: among the threads that do so,
    /// from 0; there may be as many as workers.
    pub fn serve_long_requests(&self, index: usize) {
        let mut state = WorkerState::new(self, self.outside.workers + 1 + index);
        self.long_requests.threads.fetch_add(1, Relaxed);
        while let Some(task) = self.long_requests.next(|| self.lifecycle.is_over()) {
            let mut is_done = false;
            while !is_done {
                self.let_others_go_first(&task);
                let mut turn = self.begin(&mut state);
                is_done = turn.carry_out_task(&task);
                turn.commit();
            }
        }
        self.long_requests.threads.fetch_sub(1, Relaxed);
    }

    /// Gives those who wait for one of a task's keys the time to try again. Otherwise long requests
    /// for one key, one after the other, would leave them no moment. Outside the gate, since it
    /// takes its time.
    fn let_others_go_first(&self, task: &Task) {
        let stripes = || task.keys.iter().map(|key| self.keyspace.stripe_of(key.hash));
        let others_wait = |stripe| self.keyspace.refused_ns_ago(stripe) < OTHERS_TRY_WITHIN_NS;
        let begun = Ticks::now();
        while stripes().any(others_wait) && Ticks::now().since(begun) < WAIT_FOR_OTHERS_NS_MAX {
            std::thread::sleep(RETRY_PAUSE);
        }
    }
}

impl Turn<'_> {
    /// False: a stripe is taken, nothing happened.
    fn carry_out_task(&mut self, task: &Task) -> bool {
        let request = task.request.as_request();
        let mut output = Output::new();
        self.ticks = Ticks::now();
        let ending = match self.run_task(task, &mut output) {
            Ran::Done => Ending::Done,
            Ran::Said => Ending::Failed,
            Ran::Failed(error) => {
                output.clear();
                let text = error.to_string();
                self.state.tally.count_error(text.as_bytes());
                Reply::new(&mut output, task.caller.version).error(&text);
                Ending::Failed
            }
            Ran::Waiting(_) => {
                // A body that may wait is never long; but let nobody wait without an end.
                self.state.end_wait(self.node, &task.client, EndOfWait::Lapse);
                return true;
            }
            Ran::Busy | Ran::Long => return false,
        };
        self.finish(&task.client, task.spec, request, ending);
        let mail = Mail::Answer { id: task.client.id, output, release_at: self.release_at };
        self.state.post(self.node, task.client.visitor.at, mail);
        true
    }
}

impl Turn<'_> {
    fn run_task(&mut self, task: &Task, output: &mut Output) -> Ran {
        let request = task.request.as_request();
        let keys = &task.keys;
        match (task.body, task.spec.body) {
            (Some(body), _) => {
                let Task { spec, caller, .. } = *task;
                let job = Job { spec, body, caller, request, keys, woken: None, may_defer: false };
                self.run_data(&task.client, &job, output)
            }
            (None, Body::Control(control)) => {
                let mut session = Session::of_script(&task.client, task.caller);
                let whose = (&mut session, task.spec);
                self.run_control(control, whose, request, keys, output).0
            }
            (None, _) => Ran::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::testing::Bench;
    use crate::worker::Next;

    fn hash_of(bench: &mut Bench, fields: usize) {
        for n in 0..fields {
            bench.run(&format!("HSET h f{n} v"));
        }
    }

    #[test]
    fn a_long_request_is_answered_by_mail_and_a_short_one_at_once() {
        let mut bench = Bench::default();
        let node = Arc::clone(&bench.node);
        let aside = thread::spawn(move || node.serve_long_requests(0));
        while !bench.node.long_requests.is_served() {
            thread::yield_now();
        }
        hash_of(&mut bench, 9_999);
        assert_eq!(bench.run("HKEYS h").lines().count(), 1 + 2 * 9_999);
        hash_of(&mut bench, 20_000);
        assert_eq!(bench.send(0, &[b"HKEYS", b"h"]), (Vec::new(), Next::Park));
        let deadline = Instant::now() + Duration::from_secs(60);
        while bench.received[0].0.is_empty() {
            assert!(Instant::now() < deadline, "no reply came");
            bench.deliver();
        }
        assert_eq!(bench.received[0].1, Next::Continue);
        let lines = bench.received(0).matches(" f").count();
        assert_eq!(lines, 20_000);
        bench.node.stop();
        aside.join().expect("no panic");
    }

    #[test]
    fn a_transaction_does_not_put_requests_aside() {
        let mut bench = Bench::default();
        let node = Arc::clone(&bench.node);
        let aside = thread::spawn(move || node.serve_long_requests(0));
        while !bench.node.long_requests.is_served() {
            thread::yield_now();
        }
        hash_of(&mut bench, 10_001);
        bench.run("MULTI");
        bench.run("HKEYS h");
        assert_eq!(bench.run("EXEC").lines().count(), 2 + 2 * 10_001);
        bench.node.stop();
        aside.join().expect("no panic");
    }
}
