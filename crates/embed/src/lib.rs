//! Russet in one's own process: a database without a socket.
//!
//! ```
//! use russet_embed::{Database, Value};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let database = Database::in_memory()?;
//! let mut session = database.session()?;
//! session.set(b"greeting", b"hello")?;
//! assert_eq!(session.get(b"greeting")?, Some(b"hello".to_vec()));
//! assert_eq!(session.incr_by(b"visits", 2)?, 2);
//!
//! // Any command, its reply as a value.
//! session.call(&[b"HSET", b"user:1", b"name", b"Ann"])?;
//! let reply = session.call(&[b"HGETALL", b"user:1"])?;
//! assert_eq!(reply, Value::Map(vec![(bulk("name"), bulk("Ann"))]));
//!
//! // Many at once: their memory accesses overlap.
//! let mut batch = session.batch();
//! batch.push(&[b"GET", b"greeting"]).push(&[b"GET", b"nobody"]);
//! assert_eq!(batch.run()?, [bulk("hello"), Value::Null]);
//!
//! drop(session);
//! database.close()?;
//! # Ok(())
//! # }
//! # fn bulk(text: &str) -> Value { Value::Bulk(text.into()) }
//! ```
//!
//! A [`Database`] is the engine that the server runs, with the same commands, locks, log, snapshots
//! and expiry; [`Database::open`] keeps its data in a directory as the server would. A [`Session`]
//! is what a connection is there: a database number, a transaction, watched keys. Each thread has
//! sessions of its own, at most [`Options::sessions`] at a time, and they run at the same time.
//!
//! `maxmemory` (in [`Options::settings`], or by CONFIG SET) is enforced as by the server, by
//! eviction or by refusing what needs memory, if the program counts what it allocates. What counts
//! is what the database has allocated, not what else the program has:
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: russet_embed::CountingAllocator = russet_embed::CountingAllocator::SYSTEM;
//! # fn main() {}
//! ```
//!
//! Must be true: what a call returned with is in the log as far as `appendfsync` promises.
//! Not here: sockets, and with them being followed by replicas; figures of the allocator and of the
//! process in INFO.

mod allocator;
mod database;
mod host;
mod seats;
mod session;

pub use allocator::CountingAllocator;
pub use config::Settings;
pub use database::{Database, OpenError, Options};
pub use protocol::Value;
pub use session::{Batch, CallError, Session};
