//! One client's state, on the worker that serves it.

use std::sync::Arc;

use protocol::{Parser, Version};

use crate::clients::Client;
use crate::pubsub::Subscriptions;
use crate::tracking::Own as Tracking;

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
    /// Authenticated, and nothing about it needs to be looked at before or after a request: see
    /// [`Session::settle`].
    pub(crate) is_plain: bool,
    pub(crate) no_touch: bool,
    pub(crate) reply_mode: ReplyMode,
    /// Replays the log: admitted whatever the state of the server.
    pub(crate) is_loader: bool,
    /// Close once the replies so far are sent.
    pub(crate) closing: bool,
    /// What it listens to, if anything.
    pub(crate) subscriptions: Option<Box<Subscriptions>>,
    /// Subscriptions have ended; that is confirmed when the mail that came before is delivered.
    pub(crate) is_leaving: bool,
    /// CLIENT TRACKING, if on.
    pub(crate) tracking: Option<Box<Tracking>>,
    /// HIMPORT PREPARE
    pub(crate) field_sets: Vec<FieldSet>,
    /// When its output first exceeded the soft limit, unix ms; 0: it does not.
    pub(crate) over_soft_limit_since: i64,
}

impl Session {
    pub(crate) fn new(client: Arc<Client>, authenticated: bool) -> Self {
        Self {
            client,
            parser: Parser::default(),
            database: 0,
            version: Version::Resp2,
            authenticated,
            is_plain: authenticated,
            subscriptions: None,
            is_leaving: false,
            tracking: None,
            no_touch: false,
            reply_mode: ReplyMode::On,
            is_loader: false,
            closing: false,
            field_sets: Vec::new(),
            over_soft_limit_since: 0,
        }
    }

    /// Brings `is_plain` in line with the rest. Called after whatever may change that.
    pub(crate) fn settle(&mut self) {
        self.is_plain = self.authenticated
            && self.reply_mode == ReplyMode::On
            && self.subscriptions.is_none()
            && self.tracking.is_none();
    }

    /// The client's id.
    pub fn id(&self) -> u64 {
        self.client.id
    }
}
