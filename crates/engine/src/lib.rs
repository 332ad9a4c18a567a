//! How a request is carried out: the only crate that knows sessions, keyspace and log together.
//!
//! ```text
//!   session    one client's state: bytes in, bytes out
//!   batch      whole pipelines framed, hashed and prefetched before they run
//!   admission  may this request run now? (authentication, memory, disk, pause)
//!   usual      the same as run, in one piece, for what most requests are
//!   run        lock the keys, have the body run, unlock
//!   desk       run a body on what is held, log and announce what it did
//!   interest   who wants to know when a key is touched
//!   waiting    requests that wait for a key
//!   long       requests that take long, carried out aside
//!   transaction  queued requests, watched keys
//!   scripting  scripts and functions: which are known, and how one is run
//!   control    bodies of commands that need more than keys (CLIENT, CONFIG, INFO, ...)
//!   pubsub     who listens to which channel
//!   notify     events of keys as messages
//!   tracking   who is told when a key changes
//!   monitor    who is shown every request
//!   client_memory  who takes too much
//!   announce   who is told of a touched key
//!   worker     what one thread has for itself; its turn
//!   replication  who is fed with what the log has
//!   snapshot   the keyspace brought to disk as it was at one moment
//!   upkeep     what a worker does by itself: expiry, eviction, accounting
//!   node       the parts that all workers share
//!   mail       what workers tell one another's sessions
//! ```
//!
//! Not here: sockets (a server joins `Turn` to its event loop), what data commands do (`commands`),
//! where data lies (`keyspace`), files (`log`, `rdb`).

mod admission;
pub mod allocator;
mod announce;
mod batch;
mod client_memory;
mod clients;
mod control;
mod desk;
mod eviction;
mod interest;
mod journal;
mod latency;
mod lifecycle;
mod limits;
mod loading;
mod long;
mod mail;
#[cfg(all(test, feature = "model"))]
mod models;
mod monitor;
mod node;
mod notify;
mod pause;
pub mod persistence;
mod pubsub;
mod reaper;
mod renames;
mod replication;
mod run;
mod scripting;
mod session;
mod shutdown;
mod slowlog;
mod snapshot;
mod startup;
mod stats;
#[cfg(test)]
mod testing;
mod trace;
mod tracking;
mod transaction;
mod upkeep;
mod usual;
mod version;
mod waiting;
mod worker;

pub use clients::{Address, Visitor};
pub use journal::{Journal, Level};
pub use lifecycle::Lifecycle;
pub use loading::Loader;
pub use mail::{Cast, Mail, Post, Recipients};
pub use node::{Facts, Host, Node, Parts};
pub use renames::check_renames;
pub use session::Session;
pub use shutdown::StopSignal;
pub use snapshot::load::DumpReport;
pub use snapshot::log_base::{log_layout, log_options};
pub use tracking::Value as Invalid;
pub use version::RUSSET_VERSION;
pub use worker::{Committed, Delivered, Next, Progress, Turn, WorkerState};
