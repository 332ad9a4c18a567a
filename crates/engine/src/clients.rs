//! The clients of all workers, as the others may see them.
//!
//! A session belongs to its worker; this is the part of it that CLIENT LIST, KILL and PAUSE reach
//! from elsewhere. The owner stores into the atomics at the end of a batch; nobody waits for
//! anybody. How mail reaches a session is in `mail.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicI32, AtomicI64, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed,
};

use base::sync::Mutex;
use protocol::Version;

use crate::waiting::Waiter;

/// Who connected.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Address of the client.
    pub address: String,
    /// Address it connected to.
    pub local: String,
    /// Through a unix socket.
    pub is_unix: bool,
    /// From this machine.
    pub is_loopback: bool,
    /// What is spoken at the address it connected to.
    pub speaks: Version,
    /// Descriptor number, for display; -1 without a socket.
    pub descriptor: i32,
    /// Where mail for it goes.
    pub at: Address,
}

/// A place among the workers' connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The worker.
    pub worker: usize,
    /// The slot in that worker; it may meanwhile serve another client.
    pub slot: usize,
}

/// Names a client gave itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) name: String,
    pub(crate) library: String,
    pub(crate) library_version: String,
}

/// Bits of [`Client::flags`].
pub(crate) mod flag {
    /// Connected through a unix socket.
    pub(crate) const UNIX: u32 = 1 << 0;
    /// CLIENT NO-EVICT on.
    pub(crate) const NO_EVICT: u32 = 1 << 1;
    /// CLIENT NO-TOUCH on.
    pub(crate) const NO_TOUCH: u32 = 1 << 2;
    /// Will be closed once its replies are sent.
    pub(crate) const CLOSING: u32 = 1 << 3;
    /// Waits for a pause to end.
    pub(crate) const PAUSED: u32 = 1 << 4;
    /// Waits for a key.
    pub(crate) const BLOCKED: u32 = 1 << 5;
    /// Queues requests for EXEC.
    pub(crate) const MULTI: u32 = 1 << 6;
    /// Listens to channels or patterns.
    pub(crate) const PUBSUB: u32 = 1 << 7;
    /// CLIENT TRACKING on.
    pub(crate) const TRACKING: u32 = 1 << 8;
    /// ... with BCAST.
    pub(crate) const BROADCAST: u32 = 1 << 9;
    /// ... with NOLOOP.
    pub(crate) const NOLOOP: u32 = 1 << 10;
    /// ... and REDIRECT to a client that is gone.
    pub(crate) const BROKEN_REDIRECT: u32 = 1 << 11;
    /// Is shown every request.
    pub(crate) const MONITOR: u32 = 1 << 12;
    /// Took too much memory.
    pub(crate) const EVICTED: u32 = 1 << 13;
    /// Is fed as a replica.
    pub(crate) const REPLICA: u32 = 1 << 14;
}

/// The shared part of a session.
pub(crate) struct Client {
    pub(crate) id: u64,
    pub(crate) visitor: Visitor,
    pub(crate) created_ms: i64,
    pub(crate) last_active_ms: AtomicI64,
    pub(crate) flags: AtomicU32,
    pub(crate) database: AtomicU32,
    pub(crate) resp: AtomicU16,
    /// Row id of the last command; `u16::MAX`: none yet.
    pub(crate) last_command: AtomicU16,
    pub(crate) input_bytes: AtomicU32,
    pub(crate) output_bytes: AtomicU64,
    /// Requests queued since MULTI; -1: there was none.
    pub(crate) queued: AtomicI32,
    pub(crate) queued_bytes: AtomicU32,
    /// Keys that it watches.
    pub(crate) watched: AtomicU32,
    pub(crate) authenticated: AtomicBool,
    /// How many channels, patterns and shard channels it listens to.
    pub(crate) subscriptions: [AtomicU32; 3],
    /// Bytes of names that it listens to, watches and tracks.
    pub(crate) names_bytes: AtomicU64,
    /// Bytes it is counted with in the sum of all clients.
    pub(crate) counted_bytes: AtomicU64,
    /// CLIENT TRACKING REDIRECT; 0: to itself.
    pub(crate) redirect: AtomicU64,
    pub(crate) names: Mutex<Option<Box<Names>>>,
    /// The request that it waits with.
    pub(crate) waiter: Mutex<Option<Arc<Waiter>>>,
}

impl Client {
    pub(crate) fn has(&self, flag: u32) -> bool {
        self.flags.load(Relaxed) & flag != 0
    }

    pub(crate) fn set(&self, flag: u32, on: bool) {
        if on {
            self.flags.fetch_or(flag, Relaxed);
        } else {
            self.flags.fetch_and(!flag, Relaxed);
        }
    }

    /// Channels, patterns, shard channels.
    pub(crate) fn note_subscriptions(&self, counts: [usize; 3]) {
        for (shown, count) in self.subscriptions.iter().zip(counts) {
            shown.store(count as u32, Relaxed);
        }
    }

    pub(crate) fn names(&self) -> Names {
        self.names.lock().as_deref().cloned().unwrap_or_default()
    }

    pub(crate) fn change_names(&self, change: impl FnOnce(&mut Names)) {
        change(self.names.lock().get_or_insert_with(Box::default));
    }
}

/// All clients by id, hence in order of connection.
#[derive(Default)]
pub(crate) struct Clients {
    list: Mutex<BTreeMap<u64, Arc<Client>>>,
    last_id: AtomicU64,
}

impl Clients {
    /// Enters a new client.
    pub(crate) fn enter(&self, visitor: Visitor, now_ms: i64) -> Arc<Client> {
        let id = self.last_id.fetch_add(1, Relaxed) + 1;
        let flags = if visitor.is_unix { flag::UNIX } else { 0 };
        let resp = u16::from(visitor.speaks.number());
        let client = Arc::new(Client {
            id,
            visitor,
            created_ms: now_ms,
            last_active_ms: now_ms.into(),
            flags: flags.into(),
            database: 0.into(),
            resp: resp.into(),
            last_command: u16::MAX.into(),
            input_bytes: 0.into(),
            output_bytes: 0.into(),
            queued: (-1).into(),
            queued_bytes: 0.into(),
            watched: 0.into(),
            authenticated: true.into(),
            subscriptions: Default::default(),
            names_bytes: 0.into(),
            counted_bytes: 0.into(),
            redirect: 0.into(),
            names: Mutex::new(None),
            waiter: Mutex::new(None),
        });
        self.list.lock().insert(id, Arc::clone(&client));
        client
    }

    pub(crate) fn leave(&self, id: u64) {
        self.list.lock().remove(&id);
    }

    pub(crate) fn len(&self) -> usize {
        self.list.lock().len()
    }

    /// All of them as of now.
    pub(crate) fn all(&self) -> Vec<Arc<Client>> {
        self.list.lock().values().cloned().collect()
    }

    pub(crate) fn get(&self, id: u64) -> Option<Arc<Client>> {
        self.list.lock().get(&id).cloned()
    }
}
