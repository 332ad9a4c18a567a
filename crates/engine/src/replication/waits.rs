//! WAIT and WAITAOF: clients that wait until so many replicas have confirmed their writes, or until
//! their writes are on disk.

use std::sync::Arc;

use protocol::{Output, Reply, Version};

use super::Replication;
use crate::clients::{Client, flag};
use crate::mail::Mail;
use crate::node::Node;
use crate::waiting::{Ending, UNBLOCKED};

/// A client that waits.
pub(crate) struct Wait {
    pub(crate) client: Arc<Client>,
    pub(crate) version: Version,
    pub(crate) offset: u64,
    pub(crate) replicas: usize,
    /// WAITAOF: what counts is what is on disk.
    pub(crate) disks: Option<Disks>,
    /// Unix ms; `None`: as long as it takes.
    pub(crate) until_ms: Option<i64>,
}

/// What WAITAOF waits for here.
#[derive(Clone, Copy)]
pub(crate) struct Disks {
    /// Whether the log must have reached this disk.
    pub(crate) local: bool,
    /// So far.
    pub(crate) logged_to: u64,
}

/// How far a wait has come.
#[derive(Clone, Copy)]
pub(crate) struct Reached {
    /// WAITAOF: whether it is on this disk.
    local: Option<bool>,
    replicas: usize,
    is_enough: bool,
}

impl Reached {
    pub(crate) fn is_enough(self) -> bool {
        self.is_enough
    }

    pub(crate) fn tell(self, reply: &mut Reply<'_>) {
        if let Some(local) = self.local {
            reply.array(2);
            reply.int(local.into());
        }
        reply.int(self.replicas as i64);
    }
}

impl Replication {
    /// Milliseconds until the first wait ends.
    pub(super) fn next_end_ms(&self, now_ms: i64) -> Option<u64> {
        let waits = self.waits.lock();
        let first = waits.iter().filter_map(|wait| wait.until_ms).min()?;
        Some((first.saturating_add(1) - now_ms).max(0) as u64)
    }

    pub(super) fn has_waits(&self) -> bool {
        !self.waits.lock().is_empty()
    }

    /// Whether somebody waits for this server's disk, of which nobody tells the feeder.
    pub(super) fn waits_for_disk(&self) -> bool {
        self.waits.lock().iter().any(|wait| wait.disks.is_some_and(|disks| disks.local))
    }
}

impl Node {
    /// Has a client wait.
    pub(crate) fn wait_for_replicas(&self, wait: Wait) {
        wait.client.set(flag::BLOCKED, true);
        self.replication.waits.lock().push_back(wait);
        // Replicas confirm once a second; this makes them do it now.
        self.log.append_to_feed(None, GETACK);
        self.replication.wake();
    }

    /// Answers those for whom enough replicas have confirmed, or the time is up.
    pub(super) fn end_waits_for_replicas(&self, now_ms: i64) {
        let mut waits = self.replication.waits.lock();
        waits.retain(|wait| {
            if wait.disks.is_some_and(|disks| disks.local) && !self.log.has_file() {
                self.answer_wait(wait, |reply| reply.error(NO_LOG));
                return false;
            }
            let reached = self.reached(wait.offset, wait.replicas, wait.disks);
            let is_late = wait.until_ms.is_some_and(|until_ms| until_ms < now_ms);
            if !reached.is_enough() && !is_late {
                return true;
            }
            self.answer_wait(wait, |reply| reached.tell(reply));
            false
        });
    }

    /// How far a wait has come: for so many replicas that have the feed up to an offset, or for
    /// disks.
    pub(crate) fn reached(&self, offset: u64, replicas: usize, disks: Option<Disks>) -> Reached {
        let Some(disks) = disks else {
            let count = self.replication.acked_count(offset);
            return Reached { local: None, replicas: count, is_enough: count >= replicas };
        };
        let count = self.replication.synced_count(offset);
        let local = self.log.has_file() && self.log.durable() >= disks.logged_to;
        let is_enough = count >= replicas && (local || !disks.local);
        Reached { local: Some(local), replicas: count, is_enough }
    }

    /// CLIENT UNBLOCK. False: the client does not wait for replicas.
    pub(crate) fn unblock_wait(&self, client: &Client, ending: Ending) -> bool {
        let mut waits = self.replication.waits.lock();
        let Some(at) = waits.iter().position(|wait| wait.client.id == client.id) else {
            return false;
        };
        if ending == Ending::Released {
            waits[at].until_ms = Some(0);
            drop(waits);
            self.replication.wake();
            return true;
        }
        let Some(wait) = waits.remove(at) else { return false };
        self.answer_wait(&wait, |reply| reply.error(UNBLOCKED));
        true
    }

    fn answer_wait(&self, wait: &Wait, write: impl FnOnce(&mut Reply<'_>)) {
        let mut output = Output::new();
        write(&mut Reply::new(&mut output, wait.version));
        let client = &wait.client;
        client.set(flag::BLOCKED, false);
        let mail = Mail::Answer { id: client.id, output, release_at: None };
        self.outside.post.post(client.visitor.at, mail);
        self.outside.post.wake(client.visitor.at.worker);
    }

    /// The client is gone.
    pub(crate) fn forget_wait(&self, client_id: u64) {
        self.replication.waits.lock().retain(|wait| wait.client.id != client_id);
    }
}

/// The answer to WAITAOF without a file to wait for.
pub(crate) const NO_LOG: &str =
    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";

/// Asks replicas to confirm what they have.
const GETACK: &[u8] = b"*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n";
