//! Sockets: worker threads that move bytes between connections and a [`Service`].
//!
//! ```text
//!   acceptor thread   listeners --accept--> the worker with the fewest connections
//!   worker thread     poll -> for each ready connection: receive, on_bytes, send -> tick -> commit
//! ```
//!
//! Each worker is one readiness loop (epoll, kqueue) with one receive buffer. A connection
//! belongs to one worker for its whole life. Nothing here blocks but the poll.
//!
//! Not here: what the bytes mean. This crate knows one trait, `Service`, and no protocol but the
//! container that replies come in (`protocol::Output`).

mod acceptor;
mod address;
mod connection;
mod mailbox;
mod service;
mod stream;
mod worker;

pub use acceptor::{Acceptor, AcceptorHandle, Listeners};
pub use address::{BindError, Endpoint};
pub use mailbox::{Mailboxes, Postbox, Recipients};
pub use service::{Commit, Delivered, Flow, Peer, Progress, Service, Turn};
pub use worker::Worker;
