//! The usual request, in one piece: a data command with one key, from a client about which nothing
//! is out of the ordinary, for a key that nobody is interested in.
//!
//! `run.rs` would carry it out just as well, step by step. Here the steps are one function, so that
//! the parts of the request go from the batch into the body's context by registers. As structs
//! handed from step to step they cost a GET more than its look-up: a copy of what was stored
//! in parts waits until the stores are done. For the same reason whatever is not usual makes the
//! request anew, in a function of its own.
//!
//! Must be true: what this declines was not touched, and does the same in `run.rs`.

use commands::spec::{Body, Class, DRAWN, WRITE};
use keyspace::db::Key;
use keyspace::{Db, Held};
use protocol::{Mark, Output};

use crate::batch::Listed;
use crate::desk::{Desk, Job, Ran};
use crate::interest::bit;
use crate::run::settle;
use crate::session::Session;
use crate::stats::Ending;
use crate::worker::{Next, Run, Turn};

impl Turn<'_> {
    /// Carries out a request if it is a usual one. `None`: it is not, and nothing was done.
    #[inline(always)]
    pub(crate) fn execute_usual(
        &mut self,
        session: &mut Session,
        listed: Listed<'_>,
        output: &mut Output,
    ) -> Option<Next> {
        let (Some(spec), request, keys @ [key]) = listed.request() else { return None };
        let Body::Data(body) = spec.body else { return None };
        let is_plain = session.is_plain
            && self.node.lifecycle.conditions() == 0
            && self.node.renames.is_none();
        if !is_plain || spec.class != Class::Keys || self.inside.is_holding() {
            return None;
        }
        let mark = output.mark();
        let may_defer = self.state.may_defer;
        let (mut desk, inside) = self.split();
        let Ok(mut held) = Held::one(&desk.node.keyspace, inside, key.hash) else { return None };
        let interest = held.interest();
        if interest != 0 && (interest != bit::SNAPSHOT || spec.flags & WRITE != 0) {
            return None;
        }
        let caller = session.caller();
        if spec.element > 0 && listed.index >= *desk.elements_until {
            desk.prefetch_elements(caller.database, listed, &mut held);
        }
        let job = Job { spec, body, caller, request, keys, woken: None, may_defer };
        let again = || {
            let (caller, request) = (session.caller(), listed.request().1);
            Job { spec, body, caller, request, keys, woken: None, may_defer }
        };
        let ran = desk.run_usual(&job, &mut held, output, again);
        if !matches!(ran, Ran::Done) {
            park_listed(&mut desk, session, listed, &ran, &mut held);
            drop(held);
            return Some(self.conclude_listed(session, listed, ran, mark, output));
        }
        drop(held);
        if self.ends_run {
            self.finish_listed(session, listed);
        } else {
            self.run = Run { id: spec.id, count: self.run.count + 1 };
        }
        Some(Next::Continue)
    }

    #[inline(never)]
    fn finish_listed(&mut self, session: &Session, listed: Listed<'_>) {
        if let (Some(spec), request, _) = listed.request() {
            self.finish(&session.client, spec, request, Ending::Done);
        }
    }

    /// What follows from a body that did not simply do what it was to do.
    #[cold]
    fn conclude_listed(
        &mut self,
        session: &Session,
        listed: Listed<'_>,
        ran: Ran,
        mark: Mark,
        output: &mut Output,
    ) -> Next {
        if let (Ran::Long, Some(job)) = (&ran, job_of(session, listed)) {
            self.node.long_requests.put(&session.client, &job);
            return Next::Park;
        }
        let (Some(spec), request, _) = listed.request() else { return Next::Continue };
        self.conclude(session, (spec, request), (ran, Next::Continue), mark, output)
    }
}

impl Desk<'_> {
    /// Asks the memory for the elements that this request and those behind it name, if they are
    /// for the same key: a collection's own table can be looked at only while the key is held, so
    /// this is done when the first of them runs.
    #[inline(never)]
    fn prefetch_elements(&mut self, database: usize, listed: Listed<'_>, held: &mut Held<'_>) {
        let count = listed.same_key().count();
        *self.elements_until = listed.index + count;
        if let (Some(spec), request, [key]) = listed.request()
            && count > 1
        {
            let key = Key { bytes: request.arg(key.index as usize), hash: key.hash };
            let mut db = Db::new(held, database, self.moment, &mut self.state.tools);
            if spec.element == DRAWN {
                return db.prefetch_drawn(key, &self.state.random, count);
            }
            let elements = listed.same_key().map(|each| each.arg(usize::from(spec.element)));
            db.prefetch_elements(key, elements);
        }
    }
}

/// Parks a request that has to wait, while its key is held.
#[cold]
fn park_listed(
    desk: &mut Desk<'_>,
    session: &Session,
    listed: Listed<'_>,
    ran: &Ran,
    held: &mut Held<'_>,
) {
    if let (Ran::Waiting(_), Some(job)) = (ran, job_of(session, listed)) {
        settle(desk, false, (&session.client, &job), ran, held);
    }
}

fn job_of<'b>(session: &Session, listed: Listed<'b>) -> Option<Job<'b>> {
    let (Some(spec), request, keys) = listed.request() else { return None };
    let Body::Data(body) = spec.body else { return None };
    let caller = session.caller();
    Some(Job { spec, body, caller, request, keys, woken: None, may_defer: true })
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    fn pipeline(requests: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for request in requests {
            let words: Vec<&[u8]> = request.split(' ').map(str::as_bytes).collect();
            protocol::resp::decode::write_request(&mut bytes, &words);
        }
        bytes
    }

    /// The calls and failures of a command.
    fn counted(bench: &mut Bench, command: &str) -> (u64, u64) {
        let info = bench.run("INFO commandstats");
        let start = format!("cmdstat_{command}:");
        let line = info.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default();
        let figure = |name: &str| {
            let figure = line.split(',').find_map(|part| part.strip_prefix(name));
            figure.and_then(|figure| figure.parse().ok()).unwrap_or(0)
        };
        (figure("calls="), figure("failed_calls="))
    }

    #[test]
    fn requests_measured_together_are_counted_each() {
        let mut bench = Bench::default();
        let requests =
            ["HSET h f v", "GET a", "GET h", "GET a", "GET", "GET a", "INCR n", "INCR n"];
        let (replies, _) = bench.send_bytes(0, &pipeline(&requests));
        let replies = String::from_utf8_lossy(&replies).into_owned();
        assert_eq!(replies.matches("$-1").count(), 3, "{replies}");
        assert!(replies.contains("-WRONGTYPE") && replies.ends_with(":1\r\n:2\r\n"), "{replies}");
        assert_eq!(counted(&mut bench, "get"), (4, 1));
        assert_eq!(counted(&mut bench, "incr"), (2, 0));
        assert_eq!(counted(&mut bench, "hset"), (1, 0));
        // The last one ends no run: there is no such command.
        bench.send_bytes(0, &pipeline(&["GET a", "GET a", "GET"]));
        assert_eq!(counted(&mut bench, "get"), (6, 1));
        let latencies = bench.run("INFO latencystats");
        assert!(latencies.contains("latency_percentiles_usec_get:"), "{latencies}");
    }

    #[test]
    fn elements_of_one_key_are_prefetched_without_harm() {
        let mut bench = Bench::default();
        let fill: Vec<String> = (0..600).map(|n| format!("HSET h f{n} v{n}")).collect();
        let fill: Vec<&str> = fill.iter().map(String::as_str).collect();
        bench.send_bytes(0, &pipeline(&fill));
        // Another key and another command in between, a key of another type, and none.
        let requests = ["HGET h f1", "HGET h f2", "HGET i f1", "HGET h f3", "HSET h f3 w"];
        let more = ["HGET h f3", "SADD s a", "SADD h a", "SADD s b", "HDEL h f1 f2", "HLEN h"];
        let (replies, _) = bench.send_bytes(0, &pipeline(&[&requests[..], &more[..]].concat()));
        let replies = String::from_utf8_lossy(&replies).replace("\r\n", " ");
        let expected = "$2 v1 $2 v2 $-1 $2 v3 :0 $1 w :1 -WRONGTYPE Operation against a key \
                        holding the wrong kind of value :1 :2 :598 ";
        assert_eq!(replies, expected);
    }

    #[test]
    fn with_a_short_limit_each_slow_request_is_told_of() {
        let mut bench = Bench::default();
        bench.run("CONFIG SET slowlog-log-slower-than 0");
        bench.run("SLOWLOG RESET");
        bench.send_bytes(0, &pipeline(&["GET a", "GET b", "GET c"]));
        bench.run("CONFIG SET slowlog-log-slower-than -1");
        let log = bench.run("SLOWLOG GET");
        for key in ["a", "b", "c"] {
            assert!(log.contains(&format!("$3\r\nGET\r\n$1\r\n{key}\r\n")), "{key}: {log}");
        }
    }
}
