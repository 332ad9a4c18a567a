//! One client's state, on the worker that serves it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use base::clock::Ticks;
use protocol::{Parser, Version};

use crate::clients::{Client, flag};
use crate::desk::Caller;
use crate::pubsub::Subscriptions;
use crate::replication::Following;
use crate::tracking::Own as Tracking;
use crate::transaction::{Transaction, Watched};

/// CLIENT REPLY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyMode {
    On,
    Off,
    /// Not the next one (the command that asks for it included).
    SkipNext,
    /// Not this one.
    Skip,
}

/// Names of a hash's fields, kept under a name of its own.
pub(crate) struct FieldSet {
    pub(crate) name: Box<[u8]>,
    pub(crate) fields: Box<[Box<[u8]>]>,
}

/// A client's state.
pub struct Session {
    pub(crate) client: Arc<Client>,
    pub(crate) parser: Parser,
    pub(crate) database: usize,
    pub(crate) version: Version,
    pub(crate) authenticated: bool,
    /// It may do what any client may, and nothing about it is out of the ordinary: with no
    /// condition of the node in force its requests run without further questions.
    pub(crate) is_plain: bool,
    pub(crate) no_touch: bool,
    pub(crate) reply_mode: ReplyMode,
    /// Replays the log: admitted whatever the state of the server.
    pub(crate) is_loader: bool,
    /// A script's, for its commands.
    pub(crate) is_script: bool,
    /// Close once the replies so far are sent.
    pub(crate) closing: bool,
    /// Since MONITOR.
    pub(crate) is_monitor: bool,
    /// What it listens to, if anything.
    pub(crate) subscriptions: Option<Box<Subscriptions>>,
    /// Subscriptions have ended; that is confirmed when the mail that came before is delivered.
    pub(crate) is_leaving: bool,
    /// CLIENT TRACKING, if on.
    pub(crate) tracking: Option<Box<Tracking>>,
    /// Its part in replication, if any.
    pub(crate) following: Option<Box<Following>>,
    /// Where the feed stood after its last write, as far as replicas matter.
    pub(crate) fed_to: u64,
    /// Where the log stood after its last write.
    pub(crate) logged_to: u64,
    /// Since MULTI.
    pub(crate) transaction: Option<Box<Transaction>>,
    /// Since WATCH.
    pub(crate) watched: Option<Box<Watched>>,
    /// HIMPORT PREPARE
    pub(crate) field_sets: Vec<FieldSet>,
    /// When its output first exceeded the soft limit, unix ms; 0: it does not.
    pub(crate) over_soft_limit_since: i64,
    /// When its next request was first attempted in vain.
    pub(crate) refused_at: Cell<Option<Ticks>>,
}

impl Session {
    pub(crate) fn new(client: Arc<Client>, authenticated: bool) -> Self {
        let version = client.visitor.speaks;
        Self {
            client,
            parser: Parser::default(),
            database: 0,
            version,
            authenticated,
            is_plain: authenticated,
            is_monitor: false,
            subscriptions: None,
            is_leaving: false,
            tracking: None,
            no_touch: false,
            reply_mode: ReplyMode::On,
            is_loader: false,
            is_script: false,
            closing: false,
            following: None,
            fed_to: 0,
            logged_to: 0,
            transaction: None,
            watched: None,
            field_sets: Vec::new(),
            over_soft_limit_since: 0,
            refused_at: Cell::new(None),
        }
    }

    /// What a script's commands run for: its caller, as far as they can tell.
    pub(crate) fn of_script(client: &Arc<Client>, caller: Caller) -> Self {
        let mut session = Self::new(Arc::clone(client), true);
        session.database = caller.database;
        session.version = caller.version;
        session.no_touch = caller.no_touch;
        session.is_script = true;
        session
    }

    /// Whom its requests run for.
    #[inline(always)]
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            database: self.database,
            version: self.version,
            no_touch: self.no_touch,
            is_script: self.is_script,
            client: self.client.id,
        }
    }

    /// Notes whether it is plain. To be called by whoever changes what that depends on.
    pub(crate) fn note_plainness(&mut self) {
        self.is_plain = self.authenticated
            && self.reply_mode == ReplyMode::On
            && self.transaction.is_none()
            && self.subscriptions.is_none()
            && self.tracking.is_none()
            && !self.is_monitor;
        let transaction = self.transaction.as_deref();
        let (len, bytes) = transaction.map_or((-1, 0), |t| (t.len() as i32, t.heap_bytes()));
        self.client.queued.store(len, Relaxed);
        self.client.queued_bytes.store(bytes as u32, Relaxed);
        self.client.set(flag::MULTI, transaction.is_some());
        self.client.names_bytes.store(self.names_bytes(), Relaxed);
    }

    /// Bytes of the names that it listens to, watches and tracks.
    fn names_bytes(&self) -> u64 {
        let subscriptions = self.subscriptions.as_ref().map_or(0, |own| own.heap_bytes());
        let watched = self.watched.as_ref().map_or(0, |watched| watched.heap_bytes());
        let tracking = self.tracking.as_ref().map_or(0, |own| own.heap_bytes());
        (subscriptions + watched + tracking) as u64
    }

    /// The client's id.
    pub fn id(&self) -> u64 {
        self.client.id
    }
}
