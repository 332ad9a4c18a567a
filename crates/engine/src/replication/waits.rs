//! WAIT: clients that wait until so many replicas have confirmed their writes.

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
    /// Unix ms; `None`: as long as it takes.
    pub(crate) until_ms: Option<i64>,
}

impl Replication {
    /// Milliseconds until the first wait ends.
    pub(super) fn next_end_ms(&self, now_ms: i64) -> Option<u64> {
        let waits = self.waits.lock();
        let first = waits.iter().filter_map(|wait| wait.until_ms).min()?;
        Some((first - now_ms).max(0) as u64)
    }

    pub(super) fn has_waits(&self) -> bool {
        !self.waits.lock().is_empty()
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
            let count = self.replication.acked_count(wait.offset);
            let is_late = wait.until_ms.is_some_and(|until_ms| until_ms <= now_ms);
            if count < wait.replicas && !is_late {
                return true;
            }
            self.answer_wait(wait, |reply| reply.int(count as i64));
            false
        });
    }

    /// CLIENT UNBLOCK. False: the client does not wait for replicas.
    pub(crate) fn unblock_wait(&self, client: &Client, ending: Ending) -> bool {
        let mut waits = self.replication.waits.lock();
        let Some(at) = waits.iter().position(|wait| wait.client.id == client.id) else {
            return false;
        };
        if ending == Ending::Lapse {
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

/// Asks replicas to confirm what they have.
const GETACK: &[u8] = b"*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n";
