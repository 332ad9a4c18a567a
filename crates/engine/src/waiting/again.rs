//! Waiters that may be served because time has passed: looked at by their own worker, key by key,
//! as if each had been touched.
//!
//! Must be true: a waiter is in `look_agains` under its `again_ms`, or `again_ms` is 0.
//! Not here: what comes with time, and when.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use keyspace::Held;

use super::{Served, Waiter};
use crate::interest::OwnedName;
use crate::worker::Turn;

/// When to look again at who could not be looked at, in ms.
const LATER_MS: i64 = 10;

impl Turn<'_> {
    /// Looks at those of this worker's waiters whose time has come.
    pub(crate) fn look_again(&mut self) {
        while let Some(first) = self.state.look_agains.first_entry() {
            if first.key().0 > self.moment.now_ms {
                return;
            }
            let client = first.remove();
            let Some(waiter) = client.waiter.lock().clone() else { continue };
            let again_ms = self.serve_by_time(&waiter).unwrap_or(0);
            waiter.again_ms.store(again_ms, Relaxed);
            if again_ms != 0 {
                self.state.look_agains.insert((again_ms, client.id), client);
            }
        }
    }

    /// Serves a waiter, if one of its keys has something for it; when to look again otherwise.
    fn serve_by_time(&mut self, waiter: &Arc<Waiter>) -> Option<i64> {
        let (keyspace, now_ms) = (&self.node.keyspace, self.moment.now_ms);
        let names: Vec<OwnedName> = {
            let parked = waiter.parked.lock();
            let names = waiter.names(parked.as_ref()?.as_request(), keyspace);
            names.into_iter().map(|name| name.to_owned_name()).collect()
        };
        if self.node.pause.is_on(now_ms) {
            return Some(now_ms + LATER_MS);
        }
        let mut again_ms = None;
        for name in names {
            let (mut desk, inside) = self.split();
            let Ok(mut held) = Held::stripe(keyspace, inside, name.as_name().stripe) else {
                again_ms = again_ms.into_iter().chain([now_ms + 1]).min();
                continue;
            };
            desk.state.effects.again_ms = None;
            match desk.serve(waiter, name.as_name(), &mut held) {
                Served::Yes | Served::Ended => {
                    desk.serve_waiters(&mut held);
                    return None;
                }
                Served::No => {
                    let later_ms = desk.state.effects.again_ms.take();
                    again_ms =
                        again_ms.into_iter().chain([later_ms.unwrap_or(now_ms + LATER_MS)]).min();
                }
            }
        }
        again_ms
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use crate::worker::Next;

    /// A stream `s` with a group `g` whose reader `a` has had entry 1-0 for no time yet, and a
    /// connection 1 that waits for what has been idle for a second.
    fn waiting() -> Bench {
        let mut bench = Bench::default();
        bench.check(&[("XADD s 1 f v", "$3 1-0"), ("XGROUP CREATE s g 0", "+OK")]);
        bench.run("XREADGROUP GROUP g a STREAMS s >");
        bench.connect();
        assert_eq!(bench.send(1, &words()).1, Next::Park);
        bench
    }

    fn words() -> Vec<&'static [u8]> {
        let line = "XREADGROUP GROUP g b BLOCK 5000 CLAIM 1000 STREAMS s >";
        line.split(' ').map(str::as_bytes).collect()
    }

    fn owner(bench: &mut Bench) -> String {
        bench.run("XPENDING s g - + 1 b")
    }

    #[test]
    fn what_has_been_idle_long_enough_is_given_to_who_waits() {
        let mut bench = waiting();
        bench.advance_ms(999);
        assert_eq!(owner(&mut bench), "*0\r\n");
        bench.advance_ms(1);
        assert!(owner(&mut bench).starts_with("*1\r\n*4\r\n$3\r\n1-0\r\n"));
    }

    #[test]
    fn what_was_delivered_again_meanwhile_is_waited_for_anew() {
        let mut bench = waiting();
        bench.advance_ms(600);
        bench.run("XREADGROUP GROUP g a STREAMS s 0");
        bench.advance_ms(600);
        assert_eq!(owner(&mut bench), "*0\r\n");
        bench.advance_ms(400);
        assert!(owner(&mut bench).starts_with("*1\r\n"));
    }

    #[test]
    fn who_is_served_or_gone_is_not_looked_at_again() {
        let mut bench = waiting();
        bench.check(&[("XNACK s g FAIL IDS 1 1-0", ":1")]);
        assert!(owner(&mut bench).starts_with("*1\r\n"), "given back, and taken at once");
        bench.check(&[("XACK s g 1-0", ":1")]);
        bench.advance_ms(60_000);
        assert_eq!(bench.run("XLEN s"), ":1\r\n");
    }
}
