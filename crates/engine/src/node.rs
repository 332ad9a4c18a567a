//! A running node: the parts that all workers share, and no logic.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use base::clock::Clock;
use base::hash::KeyHasher;
use config::Settings;
use keyspace::Keyspace;
use log::Log;
use log::aof::files::Files;
use parking_lot::Mutex;

use crate::allocator::Allocator;
use crate::client_memory::ClientMemory;
use crate::clients::Clients;
use crate::interest::Interests;
use crate::journal::Journal;
use crate::latency::LatencyMonitor;
use crate::lifecycle::Lifecycle;
use crate::long::LongRequests;
use crate::mail::Post;
use crate::monitor::Monitors;
use crate::pause::Pause;
use crate::pubsub::PubSub;
use crate::reaper::Reaper;
use crate::renames::{Names, Renames};
use crate::replication::Replication;
use crate::scripting::{Functions, Scripts};
use crate::slowlog::Slowlog;
use crate::snapshot::Snapshots;
use crate::stats::Stats;
use crate::trace::Tracers;
use crate::tracking::Tracking;
use crate::upkeep::{Lag, Rates};
use crate::waiting::Waiting;

/// What a node is put together from.
pub struct Parts {
    /// The configuration.
    pub settings: Settings,
    /// Worker threads.
    pub workers: usize,
    /// Time.
    pub clock: Clock,
    /// The hash function of keys.
    pub hasher: KeyHasher,
    /// The log of effects.
    pub log: Arc<Log>,
    /// Carries mail between workers.
    pub post: Arc<dyn Post>,
    /// Where lines for the operator go.
    pub journal: Journal,
    /// The memory allocator.
    pub allocator: Allocator,
    /// What the engine asks of the process around it.
    pub host: Arc<dyn Host>,
    /// The file system.
    pub files: Arc<dyn Files>,
}

/// What the engine asks of the process around it.
pub trait Host: Send + Sync {
    /// Applies directives that reach beyond the engine (`port`, `bind`, `maxclients`, `dir`,
    /// `loglevel` ...): `changed` names them. An error undoes the CONFIG SET.
    fn apply(&self, changed: &[&str], settings: &Settings) -> Result<(), String>;
    /// Facts for INFO: executable, config file, TCP port listened at.
    fn facts(&self) -> Facts;
    /// CONFIG REWRITE.
    fn rewrite_config(&self, settings: &Settings) -> Result<(), String>;
    /// Loads the data directory into the node, whose keyspace is empty and whose log is written.
    ///
    /// # Errors
    /// The reason, for the operator.
    fn reload(&self) -> Result<(), String>;
    /// Stops the process: the workers have been told.
    fn stop(&self);
}

/// Facts for INFO that only the process knows.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Path of the program.
    pub executable: String,
    /// Path of the configuration file; empty if none.
    pub config_file: String,
    /// TCP port listened at.
    pub port: u16,
    /// Most descriptors the process may have.
    pub descriptors_max: u64,
}

/// Figures about memory, kept by all workers together.
#[derive(Default)]
pub(crate) struct MemoryAccount {
    /// Bytes allocated, exact but for what each worker has not yet reported (64 KB at most).
    pub(crate) used: AtomicI64,
    pub(crate) peak: AtomicU64,
    /// Bytes allocated when the server had just started.
    pub(crate) startup: AtomicU64,
}

impl MemoryAccount {
    /// Adds what a thread has allocated since it last reported. `net`: all it ever allocated minus
    /// all it ever freed; `reported`: that figure at its last report.
    pub(crate) fn report(&self, net: i64, reported: &mut i64) {
        let change = net - *reported;
        if change != 0 {
            *reported = net;
            let used = self.used.fetch_add(change, Relaxed) + change;
            self.peak.fetch_max(used.max(0) as u64, Relaxed);
        }
    }

    /// Bytes in use.
    pub(crate) fn used(&self) -> u64 {
        self.used.load(Relaxed).max(0) as u64
    }
}

/// Dates of the node's life.
pub(crate) struct Birth {
    pub(crate) unix_ms: i64,
    pub(crate) monotonic_ns: u64,
    /// 40 hexadecimal digits, new at every start.
    pub(crate) run_id: String,
    /// The name of the history of changes that replicas follow: the run's own, unless it was
    /// changed.
    pub(crate) replication_id: Mutex<String>,
}

/// A running node.
pub struct Node {
    pub(crate) keyspace: Keyspace,
    pub(crate) log: Arc<Log>,
    pub(crate) settings: ArcSwap<Settings>,
    pub(crate) clients: Clients,
    pub(crate) interests: Interests,
    pub(crate) waiting: Waiting,
    pub(crate) long_requests: LongRequests,
    pub(crate) snapshots: Snapshots,
    pub(crate) replication: Replication,
    pub(crate) scripts: Scripts,
    pub(crate) functions: Functions,
    pub(crate) reports: Reports,
    pub(crate) pause: Pause,
    pub(crate) pubsub: PubSub,
    pub(crate) tracking: Tracking,
    pub(crate) monitors: Monitors,
    pub(crate) tracers: Tracers,
    pub(crate) client_memory: ClientMemory,
    pub(crate) memory: Arc<MemoryAccount>,
    pub(crate) reaper: Reaper,
    pub(crate) outside: Outside,
    pub(crate) renames: Option<Box<Renames>>,
    /// Start, run, stop.
    pub lifecycle: Lifecycle,
}

/// What is told about the node's work.
pub(crate) struct Reports {
    pub(crate) stats: Stats,
    pub(crate) slowlog: Slowlog,
    pub(crate) latency: LatencyMonitor,
    pub(crate) birth: Birth,
    pub(crate) expiry_lag: Lag,
    /// Instantaneous rates, sampled by worker 0.
    pub(crate) rates: Mutex<Rates>,
    /// Changes since the last snapshot.
    pub(crate) changes_at_save: AtomicU64,
    /// When an attack was last reported, unix seconds.
    pub(crate) attack_reported_s: AtomicI64,
}

/// What lies around the engine.
pub(crate) struct Outside {
    pub(crate) clock: Clock,
    pub(crate) post: Arc<dyn Post>,
    pub(crate) journal: Journal,
    pub(crate) allocator: Allocator,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) workers: usize,
}

impl Node {
    /// A node with an empty keyspace.
    ///
    /// # Errors
    /// The system has no random numbers, or no more threads; a command cannot be renamed as asked
    /// (`check_renames` tells that beforehand).
    pub fn new(parts: Parts) -> std::io::Result<Arc<Self>> {
        let allocator = parts.allocator;
        // Whoever loads goes through the gate too, as do those who carry out long requests, as many
        // as workers, the one who takes snapshots, and at times others who help to load.
        let seats = parts.workers * 2 + 2;
        let databases = parts.settings.process.databases as usize;
        let run_id = base::random::random_hex(40).map_err(std::io::Error::other)?;
        let renames = Renames::of(&parts.settings.startup.renamed_commands)
            .map_err(std::io::Error::other)?
            .map(Box::new);
        let birth = Birth {
            unix_ms: parts.clock.unix_ms() as i64,
            monotonic_ns: parts.clock.monotonic_ns(),
            replication_id: Mutex::new(run_id.clone()),
            run_id,
        };
        let memory = Arc::new(MemoryAccount::default());
        let account = Arc::clone(&memory);
        let mut reported = 0;
        let reaper =
            Reaper::start(move || account.report((allocator.thread_net)(), &mut reported))?;
        let keyspace =
            Keyspace::new(databases, seats, parts.hasher).with_long_seats_from(parts.workers + 1);
        let keyspace = keyspace.with_more_seats(parts.workers.saturating_sub(1));
        let tracking = Tracking::new(keyspace.stripe_count());
        let node = Arc::new(Self {
            interests: Interests::new(keyspace.stripe_count()),
            waiting: Waiting::default(),
            long_requests: LongRequests::default(),
            snapshots: Snapshots::new(birth.unix_ms / 1000),
            replication: Replication::default(),
            scripts: Scripts::default(),
            functions: Functions::default(),
            keyspace,
            log: parts.log,
            settings: ArcSwap::from_pointee(parts.settings),
            clients: Clients::default(),
            reports: Reports {
                stats: Stats::new(seats),
                slowlog: Slowlog::default(),
                latency: LatencyMonitor::default(),
                birth,
                expiry_lag: Lag::default(),
                rates: Mutex::default(),
                changes_at_save: AtomicU64::new(0),
                attack_reported_s: AtomicI64::new(0),
            },
            pause: Pause::default(),
            pubsub: PubSub::default(),
            tracking,
            monitors: Monitors::default(),
            tracers: Tracers::default(),
            client_memory: ClientMemory::default(),
            memory,
            reaper,
            outside: Outside {
                clock: parts.clock,
                post: parts.post,
                journal: parts.journal,
                allocator,
                host: parts.host,
                files: parts.files,
                workers: parts.workers,
            },
            renames,
            lifecycle: Lifecycle::default(),
        });
        node.note_settings();
        Ok(node)
    }

    /// How the names in requests are understood.
    #[inline(always)]
    pub(crate) fn names(&self) -> Names<'_> {
        self.renames.as_deref().map_or(Names::Own, Names::Changed)
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The present configuration.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// Lines for the operator.
    pub fn journal(&self) -> &Journal {
        &self.outside.journal
    }
}
