//! `maxmemory-clients`: what the buffers of all clients may take together.
//!
//! Each worker counts what its sessions take when that changes; whoever finds the sum over the
//! limit closes the clients that take most, until it is not. Those with CLIENT NO-EVICT count and
//! are spared.
//!
//! Must be true: with no limit set nothing is counted.
//! Not here: the limits of a single client's output and input (`worker`).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use config::Settings;

use crate::clients::{Client, flag};
use crate::mail::Mail;
use crate::node::Node;
use crate::session::Session;
use crate::worker::{Turn, WorkerState};

/// What all clients take, in bytes.
#[derive(Default)]
pub(crate) struct ClientMemory {
    total: AtomicI64,
}

/// What clients may take together; 0: any amount.
pub(crate) fn limit_of(settings: &Settings) -> u64 {
    let limit = settings.clients.maxmemory_clients;
    match u64::try_from(limit) {
        Ok(bytes) => bytes,
        // Percent of maxmemory, written below zero.
        Err(_) => {
            (u128::from(settings.memory.maxmemory_bytes) * u128::from(limit.unsigned_abs()) / 100)
                as u64
        }
    }
}

impl Client {
    /// Bytes that the session takes, as far as others can tell.
    pub(crate) fn memory(&self) -> u64 {
        let kept = (size_of::<Self>() + size_of::<Session>()) as u64;
        kept + u64::from(self.input_bytes.load(Relaxed))
            + self.output_bytes.load(Relaxed)
            + u64::from(self.queued_bytes.load(Relaxed))
            + self.names_bytes.load(Relaxed)
    }

    fn set_counted(&self, sum: &ClientMemory, bytes: u64) {
        let before = self.counted_bytes.swap(bytes, Relaxed);
        sum.total.fetch_add(bytes as i64 - before as i64, Relaxed);
    }
}

impl Turn<'_> {
    /// Counts what a session takes. False: it takes most, and too much.
    #[inline]
    pub(crate) fn may_take(&mut self, session: &Session) -> bool {
        if self.state.knobs.clients_memory_max == 0 {
            return true;
        }
        let (node, client) = (self.node, &session.client);
        client.set_counted(&node.client_memory, client.memory());
        self.state.evict_clients(node);
        !client.has(flag::EVICTED)
    }
}

impl Node {
    /// A session is gone.
    pub(crate) fn forget_memory(&self, client: &Client) {
        client.set_counted(&self.client_memory, 0);
    }

    /// Counts all clients, for a limit that is new.
    pub(crate) fn count_client_memory(&self) {
        for client in self.clients.all() {
            client.set_counted(&self.client_memory, client.memory());
        }
    }
}

impl WorkerState {
    /// Closes the clients that take most until all together take less than the limit.
    pub(crate) fn evict_clients(&mut self, node: &Node) {
        let limit = self.knobs.clients_memory_max;
        let total = &node.client_memory.total;
        let is_over = || limit > 0 && total.load(Relaxed).max(0) as u64 >= limit;
        if is_over() {
            self.evict_largest(node, is_over);
        }
    }

    #[cold]
    fn evict_largest(&mut self, node: &Node, is_over: impl Fn() -> bool) {
        let mut clients: Vec<(u64, Arc<Client>)> = node
            .clients
            .all()
            .into_iter()
            .filter(|client| !client.has(flag::NO_EVICT))
            .map(|client| (client.counted_bytes.load(Relaxed), client))
            .collect();
        clients.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        for (bytes, client) in clients {
            if !is_over() {
                return;
            }
            node.journal().notice(format_args!(
                "Evicting client: id={} addr={} tot-mem={bytes}",
                client.id, client.visitor.address
            ));
            self.tally.totals.evicted_clients += 1;
            node.clients.leave(client.id);
            client.set(flag::CLOSING | flag::EVICTED, true);
            node.forget_memory(&client);
            self.post(node, client.visitor.at, Mail::Kill { id: client.id });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::limit_of;
    use crate::testing::Bench;
    use crate::worker::Next;

    #[test]
    fn a_limit_may_be_a_part_of_maxmemory() {
        let mut settings = config::Settings::default();
        assert_eq!(limit_of(&settings), 0);
        settings.clients.maxmemory_clients = -7;
        assert_eq!(limit_of(&settings), 0);
        settings.memory.maxmemory_bytes = 6 << 20;
        assert_eq!(limit_of(&settings), (6 << 20) * 7 / 100);
        settings.clients.maxmemory_clients = 3_000_000;
        assert_eq!(limit_of(&settings), 3_000_000);
    }

    #[test]
    fn the_largest_clients_go_first_and_some_are_spared() {
        let mut bench = Bench::default();
        for _ in 0..3 {
            bench.connect();
        }
        let big = |size: usize| format!("*1\r\n${size}\r\n{}", "x".repeat(size - 10)).into_bytes();
        bench.send_bytes(1, &big(100_000));
        bench.send_bytes(2, &big(300_000));
        bench.send_bytes(3, &big(200_000));
        bench.run_as(0, "CLIENT NO-EVICT ON");
        bench.run("CONFIG SET maxmemory-clients 700000");
        bench.deliver();
        assert!(bench.received.iter().all(|(_, next)| *next == Next::Hold));
        bench.run("CONFIG SET maxmemory-clients 450000");
        bench.deliver();
        let ended = |bench: &Bench| -> Vec<usize> {
            let ended = bench.received.iter().enumerate();
            ended.filter(|(_, (_, next))| *next == Next::Abort).map(|(at, _)| at).collect()
        };
        assert_eq!(ended(&bench), [2]);
        assert!(bench.run("INFO stats").contains("evicted_clients:1\r\n"));
        bench.run("CONFIG SET maxmemory-clients 1");
        bench.deliver();
        assert_eq!(ended(&bench), [1, 2, 3]);
    }

    #[test]
    fn one_that_takes_too_much_goes_before_its_request_runs() {
        let mut bench = Bench::default();
        bench.connect();
        bench.run("CONFIG SET maxmemory-clients 200000");
        let value = "x".repeat(250_000);
        let (reply, next) = bench.send(1, &[b"SET", b"k", value.as_bytes()]);
        assert_eq!((reply.as_slice(), next), (b"".as_slice(), Next::Abort));
        bench.check(&[("EXISTS k", ":0")]);
        bench.connect();
        for name in 0..10_000 {
            if bench.send(2, &[b"SUBSCRIBE", format!("{name:0>100}").as_bytes()]).1 == Next::Abort {
                return;
            }
        }
        panic!("subscriptions must count");
    }
}
