//! MONITOR: sessions that are shown every request as it is carried out.
//!
//! ```text
//!   +1700000000.000000 [0 127.0.0.1:50000] "set" "k" "v"
//! ```
//!
//! Must be true: all monitors get the lines in one order. A request is shown after it was carried
//! out and before its reply is sent. Two requests that workers carry out at the same moment may be
//! shown in either order, even if they name the same key.
//! Not here: administrative requests, which nobody is shown.

use std::sync::Arc;

use base::sync::Mutex;
use commands::spec::{ADMIN, SKIP_MONITOR, Spec};
use protocol::Request;

use crate::control::redacted;
use crate::lifecycle::condition;
use crate::mail::{Cast, Form, release_point};
use crate::node::Node;
use crate::pubsub::{Receiver, Receivers};
use crate::session::Session;
use crate::worker::Turn;

/// The sessions that are shown requests.
#[derive(Default)]
pub(crate) struct Monitors(Mutex<Receivers>);

impl Monitors {
    /// A session is shown requests from now on.
    pub(crate) fn enter(&self, node: &Node, who: Receiver) {
        let mut receivers = self.0.lock();
        receivers.enter(who);
        node.lifecycle.set(condition::MONITORED, true);
    }

    /// It is so no longer.
    pub(crate) fn leave(&self, node: &Node, who: Receiver) {
        let mut receivers = self.0.lock();
        receivers.leave(who);
        node.lifecycle.set(condition::MONITORED, receivers.len() > 0);
    }
}

/// Who asked for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The session's client.
    Client,
    /// A script that it runs.
    Script,
}

impl Turn<'_> {
    /// Whether requests are to be shown.
    #[inline]
    pub(crate) fn is_monitored(&self) -> bool {
        self.node.lifecycle.conditions() & condition::MONITORED != 0
    }

    /// Shows a request to the monitors, unless its command is of the kind that is not shown.
    #[cold]
    pub(crate) fn show(
        &mut self,
        session: &Session,
        spec: &Spec,
        request: Request<'_>,
        source: Source,
    ) {
        if spec.flags & (ADMIN | SKIP_MONITOR) == 0 && !session.is_loader {
            self.show_anyway(session, spec, request, source);
        }
    }

    /// Shows a request to the monitors.
    pub(crate) fn show_anyway(
        &mut self,
        session: &Session,
        spec: &Spec,
        request: Request<'_>,
        source: Source,
    ) {
        let now_us = self.node.outside.clock.unix_us();
        let line = line(now_us, session, spec, request, source);
        let cast = Cast {
            form: Form::Line,
            rest: Arc::new(line.into_bytes()),
            release_at: release_point(self.node),
        };
        let receivers = self.node.monitors.0.lock();
        for (worker, list) in receivers.by_worker() {
            self.state.cast(self.node, worker, list, cast.clone());
        }
    }
}

fn line(
    now_us: u64,
    session: &Session,
    spec: &Spec,
    request: Request<'_>,
    source: Source,
) -> String {
    let visitor = &session.client.visitor;
    let address = match source {
        Source::Script => "lua".to_owned(),
        Source::Client if visitor.is_unix => {
            format!("unix:{}", visitor.address.trim_end_matches(":0"))
        }
        Source::Client => visitor.address.clone(),
    };
    let (seconds, rest_us) = (now_us / 1_000_000, now_us % 1_000_000);
    let mut line = format!("+{seconds}.{rest_us:06} [{} {address}]", session.database);
    let arguments = request.iter().map(<[u8]>::to_vec).collect();
    for argument in redacted(spec, arguments) {
        line.push(' ');
        line.push_str(&base::bytes::quoted(&argument));
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use crate::lifecycle::condition;
    use crate::testing::Bench;

    fn watched() -> Bench {
        let mut bench = Bench::default();
        bench.connect();
        assert_eq!(bench.run_as(1, "MONITOR"), "+OK\r\n");
        bench
    }

    /// The lines that came, without time and address.
    fn shown(bench: &mut Bench) -> Vec<String> {
        let received = bench.received(1);
        let lines = received.split("+1700000000.000000 ").skip(1);
        lines.map(|line| line.trim_end().replace("127.0.0.1:50000", "me")).collect()
    }

    #[test]
    fn a_monitor_is_shown_what_others_do() {
        let mut bench = watched();
        bench.run("SET foo bar");
        bench.run("SELECT 3");
        bench.run("get foo");
        bench.send(0, &[b"ECHO", b"\"\\\x00\n\xff"]);
        bench.run("HSET foo");
        bench.run("NOSUCH");
        bench.run("CONFIG GET port");
        bench.run("AUTH secret");
        bench.run("HELLO 3 AUTH default secret");
        let expected = [
            r#"[0 me] "SET" "foo" "bar""#,
            r#"[3 me] "SELECT" "3""#,
            r#"[3 me] "get" "foo""#,
            r#"[3 me] "ECHO" "\"\\\x00\n\xff""#,
            r#"[3 me] "AUTH" "(redacted)""#,
            r#"[3 me] "HELLO" "3" "AUTH" "(redacted)" "(redacted)""#,
        ];
        assert_eq!(shown(&mut bench), expected);
    }

    #[test]
    fn a_transaction_is_shown_as_it_is_carried_out() {
        let mut bench = watched();
        for request in ["MULTI", "SET foo bar", "PING", "EXEC"] {
            bench.run(request);
        }
        let expected = ["MULTI\"", "SET\" \"foo\" \"bar\"", "PING\"", "EXEC\""];
        assert_eq!(shown(&mut bench), expected.map(|it| format!("[0 me] \"{it}")));
    }

    #[test]
    fn a_monitor_may_not_touch_keys_and_can_go_back() {
        let mut bench = watched();
        let refused = "-ERR Replica can't interact with the keyspace\r\n";
        for request in ["GET k", "SET k v", "PUBLISH c m"] {
            assert_eq!(bench.run_as(1, request), refused);
        }
        // Again: nothing is answered, as in Redis.
        assert_eq!(bench.run_as(1, "MONITOR"), "");
        assert_eq!(bench.run_as(1, "PING"), "+PONG\r\n");
        assert!(bench.received(1).ends_with("[0 127.0.0.1:50001] \"PING\""));
        assert!(bench.run("CLIENT LIST ID 2").contains(" flags=O "));
        bench.run("PING");
        assert_eq!(bench.run_as(1, "RESET"), "+RESET\r\n");
        // What was on its way would be taken for a reply.
        assert_eq!(bench.received(1), "");
        assert_eq!(bench.run_as(1, "GET k"), "$-1\r\n");
        assert_eq!(bench.node.lifecycle.conditions() & condition::MONITORED, 0);
        bench.run_as(1, "MULTI");
        bench.run_as(1, "MONITOR");
        let denied = "*1\r\n-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n";
        assert_eq!(bench.run_as(1, "EXEC"), denied);
        bench.run_as(1, "MONITOR");
        bench.leave(1);
        assert_eq!(bench.node.lifecycle.conditions() & condition::MONITORED, 0);
    }
}
