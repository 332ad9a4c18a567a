//! Publish/subscribe: who listens to which channel, and how a message gets there.
//!
//! ```text
//!   channels, shard channels   name -> receivers; in shards by hash, each under a short mutex
//!   patterns                   one list; every message to a channel is compared with all
//!   receivers                  for each worker one list of slots and ids, ready to be sent to
//! ```
//!
//! A message is encoded once. Each worker that has receivers gets one letter with the encoded
//! message and its list, both shared; the publisher's work does not grow with the receivers.
//!
//! Must be true
//! 1. Messages are left as mail while the channel's shard is locked, those to patterns too: all
//!    receivers of a channel get its messages in one order.
//! 2. A session is entered and taken out by its own worker only, which keeps the session's own list
//!    (`Subscriptions`) in line.
//!
//! Locks: a shard's mutex comes before the patterns' lock; both come after any stripe's.
//! Not here: the commands (`control::pubsub`), delivery (`mail`).

mod own;
mod receivers;

use std::collections::HashMap;
use std::sync::Arc;

use base::glob;
use base::sync::Mutex;
use base::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use parking_lot::RwLock;
use protocol::resp::decode::write_untyped;

pub(crate) use self::own::Subscriptions;
pub(crate) use self::receivers::{Receiver, Receivers};
use crate::mail::{Cast, Form, release_point};
use crate::node::Node;
use crate::worker::WorkerState;

/// Shards of a directory.
const SHARDS: usize = 64;

/// What a subscription names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Channel,
    Pattern,
    ShardChannel,
}

/// Names and who listens to them.
type Names = Mutex<HashMap<Arc<[u8]>, Receivers>>;

/// All names of a kind, in shards.
struct Directory {
    shards: Box<[Names]>,
    /// How many names somebody listens to.
    count: AtomicUsize,
}

impl Default for Directory {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, count: AtomicUsize::new(0) }
    }
}

impl Directory {
    fn shard(&self, node: &Node, name: &[u8]) -> &Names {
        &self.shards[node.keyspace.hasher().hash(name) as usize % SHARDS]
    }

    fn enter(&self, node: &Node, name: &Arc<[u8]>, who: Receiver) {
        let mut names = self.shard(node, name).lock();
        let count = names.len();
        names.entry(Arc::clone(name)).or_default().enter(who);
        self.count.fetch_add(names.len() - count, Relaxed);
    }

    fn leave(&self, node: &Node, name: &[u8], who: Receiver) {
        let mut names = self.shard(node, name).lock();
        let Some(receivers) = names.get_mut(name) else { return };
        receivers.leave(who);
        if receivers.len() == 0 {
            names.remove(name);
            self.count.fetch_sub(1, Relaxed);
        }
    }
}

/// A pattern and who listens to what it matches.
struct Pattern {
    pattern: Arc<[u8]>,
    receivers: Receivers,
}

/// All patterns, in no order.
#[derive(Default)]
struct Patterns {
    list: Vec<Pattern>,
    places: HashMap<Arc<[u8]>, usize>,
}

impl Patterns {
    fn enter(&mut self, pattern: &Arc<[u8]>, who: Receiver) {
        let end = self.list.len();
        let place = *self.places.entry(Arc::clone(pattern)).or_insert(end);
        if place == end {
            let receivers = Receivers::default();
            self.list.push(Pattern { pattern: Arc::clone(pattern), receivers });
        }
        self.list[place].receivers.enter(who);
    }

    fn leave(&mut self, pattern: &[u8], who: Receiver) {
        let Some(&place) = self.places.get(pattern) else { return };
        self.list[place].receivers.leave(who);
        if self.list[place].receivers.len() > 0 {
            return;
        }
        self.list.swap_remove(place);
        self.places.remove(pattern);
        if let Some(moved) = self.list.get(place) {
            self.places.insert(Arc::clone(&moved.pattern), place);
        }
    }
}

/// Who listens to what, on the whole node.
#[derive(Default)]
pub(crate) struct PubSub {
    channels: Directory,
    shard_channels: Directory,
    patterns: RwLock<Patterns>,
    /// How many patterns there are.
    pattern_count: AtomicUsize,
}

impl PubSub {
    /// A session listens from now on.
    pub(crate) fn enter(&self, node: &Node, kind: Kind, name: &Arc<[u8]>, who: Receiver) {
        match kind {
            Kind::Channel => self.channels.enter(node, name, who),
            Kind::ShardChannel => self.shard_channels.enter(node, name, who),
            Kind::Pattern => {
                self.change_patterns(|patterns| patterns.enter(name, who));
            }
        }
    }

    /// It does so no longer, if it did.
    pub(crate) fn leave(&self, node: &Node, kind: Kind, name: &[u8], who: Receiver) {
        match kind {
            Kind::Channel => self.channels.leave(node, name, who),
            Kind::ShardChannel => self.shard_channels.leave(node, name, who),
            Kind::Pattern => {
                self.change_patterns(|patterns| patterns.leave(name, who));
            }
        }
    }

    /// The count changes when the lock is open again: it is never too low for a session that has
    /// been told that it listens.
    fn change_patterns(&self, change: impl FnOnce(&mut Patterns)) {
        let mut patterns = self.patterns.write();
        let before = patterns.list.len();
        change(&mut patterns);
        let after = patterns.list.len();
        drop(patterns);
        self.pattern_count.fetch_add(after.wrapping_sub(before), Relaxed);
    }

    /// Whether a message to some channel may reach anybody.
    pub(crate) fn has_listeners(&self) -> bool {
        self.channels.count.load(Relaxed) > 0 || self.pattern_count.load(Relaxed) > 0
    }

    /// How many names of a kind somebody listens to.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Channel => self.channels.count.load(Relaxed),
            Kind::ShardChannel => self.shard_channels.count.load(Relaxed),
            Kind::Pattern => self.pattern_count.load(Relaxed),
        }
    }

    /// How many sessions listen to a channel, patterns apart.
    pub(crate) fn receivers(&self, node: &Node, kind: Kind, channel: &[u8]) -> usize {
        let names = self.directory(kind).shard(node, channel).lock();
        names.get(channel).map_or(0, Receivers::len)
    }

    /// The channels that somebody listens to, in no order.
    pub(crate) fn names(&self, kind: Kind, pattern: Option<&[u8]>) -> Vec<Arc<[u8]>> {
        let mut found = Vec::new();
        for shard in &self.directory(kind).shards {
            let names = shard.lock();
            let wanted = names.keys().filter(|name| pattern.is_none_or(|p| glob::matches(p, name)));
            found.extend(wanted.cloned());
        }
        found
    }

    fn directory(&self, kind: Kind) -> &Directory {
        if kind == Kind::ShardChannel { &self.shard_channels } else { &self.channels }
    }

    /// Sends a message to all who listen to a channel, or to a pattern that it matches; shard
    /// channels have no patterns. Tells how many times it was sent.
    pub(crate) fn publish(
        &self,
        node: &Node,
        state: &mut WorkerState,
        kind: Kind,
        channel: &[u8],
        message: &[u8],
    ) -> usize {
        let release_at = release_point(node);
        let names = self.directory(kind).shard(node, channel).lock();
        let mut send = |receivers: &Receivers, words: &[&[u8]]| {
            send(node, state, receivers, (words, release_at));
            receivers.len()
        };
        let mut count = 0;
        if let Some(receivers) = names.get(channel) {
            let word: &[u8] = if kind == Kind::ShardChannel { b"smessage" } else { b"message" };
            count += send(receivers, &[word, channel, message]);
        }
        if kind == Kind::Channel && self.pattern_count.load(Relaxed) > 0 {
            let patterns = self.patterns.read();
            for Pattern { pattern, receivers } in &patterns.list {
                if glob::matches(pattern, channel) {
                    count += send(receivers, &[b"pmessage", pattern, channel, message]);
                }
            }
        }
        // Held until here, so that nobody's message to this channel overtakes another's.
        drop(names);
        count
    }
}

fn send(
    node: &Node,
    state: &mut WorkerState,
    receivers: &Receivers,
    (words, release_at): (&[&[u8]], Option<u64>),
) {
    let len = words.iter().map(|word| word.len() + 16).sum();
    let mut rest = Vec::with_capacity(len);
    write_untyped(&mut rest, words);
    let cast = Cast { form: Form::Message, rest: Arc::new(rest), release_at };
    for (worker, list) in receivers.by_worker() {
        state.cast(node, worker, list, cast.clone());
    }
}
