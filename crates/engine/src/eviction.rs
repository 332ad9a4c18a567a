//! Making room when memory is short: the worker's part of `maxmemory`.
//!
//! Any worker may evict any key: it samples random stripes, trying their locks and never waiting.
//! Commands run before the memory they need is known, so the limit can be exceeded by what workers
//! have not yet reported (64 KB each) and by one command's own needs.

use keyspace::Held;
use keyspace::db::{Cause, Db};
use keyspace::eviction::{Candidate, Policy, score};

use crate::limits::Scope;
use crate::worker::Turn;

/// Keys evicted before one command at most; the rest goes before the next ones.
const EVICTIONS_MAX: usize = 64;
/// Stripes tried for one sample before giving up on it.
const TRIES_MAX: usize = 64;

impl Turn<'_> {
    /// Evicts until the memory in use is within `maxmemory`. False if it is not and nothing could
    /// be evicted.
    pub(crate) fn make_memory(&mut self) -> bool {
        let limit = self.state.knobs.maxmemory;
        if limit == 0 || self.evictable_memory() <= limit {
            return true;
        }
        let Some((policy, scope)) = self.state.knobs.policy else { return false };
        let mut evicted = 0;
        while self.evictable_memory() > limit && evicted < EVICTIONS_MAX {
            if !self.evict_one(policy, scope) {
                break;
            }
            evicted += 1;
        }
        evicted > 0 || self.evictable_memory() <= limit
    }

    /// Bytes in use, but for what evictions themselves make grow: the log's buffer.
    fn evictable_memory(&mut self) -> u64 {
        self.used_memory().saturating_sub(self.node.log.pending_bytes())
    }

    /// Bytes in use, this worker's unreported ones included.
    pub(crate) fn used_memory(&mut self) -> u64 {
        let net = (self.node.outside.allocator.thread_net)();
        self.node.memory.report(net, &mut self.state.reported_memory);
        self.node.memory.used()
    }

    fn evict_one(&mut self, policy: Policy, scope: Scope) -> bool {
        for _ in 0..TRIES_MAX {
            let samples = if policy == Policy::Random { 1 } else { self.state.knobs.samples };
            for _ in 0..samples {
                self.sample(policy, scope);
            }
            while let Some(candidate) = self.state.pool.take_best() {
                if self.evict(&candidate, scope) {
                    return true;
                }
            }
        }
        false
    }

    /// Offers a random key to the pool.
    fn sample(&mut self, policy: Policy, scope: Scope) {
        let keyspace = &self.node.keyspace;
        let first = self.state.random.usize(..keyspace.stripe_count());
        for database in 0..keyspace.databases() {
            for step in 0..TRIES_MAX {
                let stripe = (first + step) % keyspace.stripe_count();
                let Ok(mut held) = Held::stripe(keyspace, &self.inside, stripe) else { continue };
                let table = held.table(database, stripe);
                let random = &mut self.state.random;
                let found = match scope {
                    Scope::All => table.random(random),
                    Scope::Volatile => table.random_timed(random, |e| e.expires_at().is_some()),
                };
                if let Some(entry) = found {
                    let score = score(policy, &entry, self.moment.now_ms, self.state.knobs.lfu);
                    let key = entry.key().to_vec();
                    self.state.pool.offer(Candidate { score, database, key });
                    break;
                }
            }
        }
    }

    /// Evicts a candidate if it is still there.
    fn evict(&mut self, candidate: &Candidate, scope: Scope) -> bool {
        let keyspace = &self.node.keyspace;
        let hash = keyspace.hasher().hash(&candidate.key);
        let (mut desk, inside) = self.split();
        let Ok(mut held) = Held::one(keyspace, inside, hash) else { return false };
        let tools = &mut desk.state.tools;
        let mut db = Db::new(&mut held, candidate.database, desk.moment, tools);
        let key = db.key(&candidate.key);
        let goes = match scope {
            Scope::All => true,
            Scope::Volatile => db.slot(key).is_some_and(|s| s.get().expires_at().is_some()),
        };
        let gone = goes && db.remove(key);
        if gone {
            tools.removals.note(Cause::Evicted, candidate.database, &candidate.key);
        }
        // Logged before the lock opens, so that the log keeps the order of effects. Also if it had
        // expired meanwhile.
        desk.publish_removals(held.interest());
        desk.serve_waiters(&mut held);
        gone
    }
}
