//! Telling a session that keys have changed.
//!
//! ```text
//!   RESP3   > invalidate [key ...]
//!   RESP2   * message __redis__:invalidate [key ...]     only to where another session redirects
//! ```
//!
//! Which of the two, and whether at all, shows only where the session is: a message is written when
//! its mail is delivered.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use protocol::resp::decode::{decode, write_request};
use protocol::{Output, Reply};

use crate::clients::{Client, flag};
use crate::mail::{Mail, release_point};
use crate::node::Node;
use crate::session::Session;
use crate::worker::WorkerState;

/// The channel that RESP2 clients hear of changed keys on.
const CHANNEL: &[u8] = b"__redis__:invalidate";

/// What is no longer valid.
#[derive(Clone, Debug)]
pub enum Value {
    /// These keys, as an array in RESP.
    Keys(Arc<Vec<u8>>),
    /// All keys.
    All,
}

impl Value {
    pub(super) fn keys<'k>(keys: impl Iterator<Item = &'k [u8]>) -> Self {
        let keys: Vec<&[u8]> = keys.collect();
        let mut array = Vec::new();
        write_request(&mut array, &keys);
        Self::Keys(Arc::new(array))
    }
}

/// Tells a session that tracks keys, or the one that it redirects to.
pub(super) fn invalidate(node: &Node, state: &mut WorkerState, client: &Client, value: &Value) {
    let redirect = client.redirect.load(Relaxed);
    let release_at = release_point(node);
    let mail = |id: u64| Mail::Invalid {
        id,
        is_redirected: redirect != 0,
        value: value.clone(),
        release_at,
    };
    if redirect == 0 {
        return state.post(node, client.visitor.at, mail(client.id));
    }
    match node.clients.get(redirect) {
        Some(other) => state.post(node, other.visitor.at, mail(redirect)),
        None => {
            client.set(flag::BROKEN_REDIRECT, true);
            let mail = Mail::BrokenRedirect { id: client.id, redirect };
            state.post(node, client.visitor.at, mail);
        }
    }
}

/// Writes a message that keys are no longer valid, if the session can be told.
pub(crate) fn write_invalid(
    session: &Session,
    is_redirected: bool,
    value: &Value,
    output: &mut Output,
) {
    let mut reply = Reply::new(output, session.version);
    if session.version.is_typed() {
        reply.push(2);
        reply.bulk(b"invalidate");
    } else if is_redirected && session.subscriptions.is_some() {
        reply.array(3);
        reply.bulk(b"message");
        reply.bulk(CHANNEL);
    } else {
        return;
    }
    match value {
        Value::All => reply.nil(),
        Value::Keys(keys) if session.version.is_binary() => write_binary(keys, &mut reply),
        Value::Keys(keys) => output.push_bytes(keys),
    }
}

/// Writes an array of RESP in the binary form.
#[cold]
fn write_binary(array: &[u8], reply: &mut Reply<'_>) {
    if let Ok(Some((keys, _))) = decode(array) {
        reply.value(&keys);
    }
}

/// Writes a message that nobody is there any more where a session redirects to.
pub(crate) fn write_broken(session: &Session, redirect: u64, output: &mut Output) {
    if session.version.is_typed() {
        let mut reply = Reply::new(output, session.version);
        reply.push(2);
        reply.bulk(b"tracking-redir-broken");
        reply.int(redirect as i64);
    }
}
