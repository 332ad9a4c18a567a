//! A database: opening it, its threads, closing it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;

use base::clock::{Clock, Ticks};
use base::hash::KeyHasher;
use config::Settings;
use engine::{Host, Journal, Node, Parts, Post, WorkerState, persistence};
use log::aof::files::OsFiles;
use parking_lot::Mutex;
use thiserror::Error;

use crate::allocator::{ALLOCATOR, Counted, is_counting};
use crate::host::LibraryHost;
use crate::seats::{Letterbox, Letterboxes, Seats};
use crate::session::{CallError, Session};

/// How often keys are looked through for those whose time is up, and the log is tended.
const UPKEEP_EVERY: Duration = Duration::from_millis(100);

/// Sessions at a time, if not told otherwise.
const SESSIONS_DEFAULT: usize = 16;

/// Why a database cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The system refuses something: the directory, a thread, random numbers.
    #[error("{0}")]
    System(#[from] io::Error),
    /// What is in the directory cannot be loaded: why.
    #[error("{0}")]
    Data(String),
    /// `maxmemory` is set, and the program does not count what it allocates: see
    /// [`CountingAllocator`](crate::CountingAllocator).
    #[error("{UNCOUNTED}")]
    Uncounted,
}

/// Why `maxmemory` cannot be set.
pub(crate) const UNCOUNTED: &str =
    "'maxmemory' needs russet_embed::CountingAllocator as the program's global allocator";

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its data is kept; `None`: in memory only.
    pub directory: Option<PathBuf>,
    /// Sessions at a time, 1 or more.
    pub sessions: usize,
    /// Everything else, as in a configuration file. What is about sockets means nothing here.
    pub settings: Settings,
}

impl Default for Options {
    fn default() -> Self {
        Self { directory: None, sessions: SESSIONS_DEFAULT, settings: Settings::default() }
    }
}

/// An open database. Clones are the same one.
#[derive(Clone)]
pub struct Database(Arc<Shared>);

/// What the database and its sessions share.
pub(crate) struct Shared {
    pub(crate) node: Arc<Node>,
    pub(crate) seats: Arc<Seats>,
    pub(crate) post: Arc<Letterboxes>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Database {
    /// An empty database that is gone with the process. Nothing is written anywhere unless SAVE and
    /// the like ask for it.
    ///
    /// # Errors
    /// [`OpenError::System`]
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::with(Options::default())
    }

    /// The database in a directory, which is made if it is not there. Its files are the server's:
    /// an append-only file that Redis loads too.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, OpenError> {
        Self::with(Options { directory: Some(directory.into()), ..Options::default() })
    }

    /// A database with these options.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn with(options: Options) -> Result<Self, OpenError> {
        let Options { directory, sessions, mut settings } = options;
        let sessions = sessions.max(1);
        if settings.memory.maxmemory_bytes > 0 && !is_counting() {
            return Err(OpenError::Uncounted);
        }
        // What is loaded is counted here; each seat begins with nothing of its own.
        let own = AtomicI64::new(0);
        let counted = Counted::on(&own);
        match &directory {
            None => {
                settings.aof.enabled = false;
                settings.snapshot.save_points.clear();
            }
            Some(directory) => {
                std::fs::create_dir_all(directory)?;
                settings.process.dir = directory.canonicalize()?.to_string_lossy().into_owned();
            }
        }
        Ticks::calibrate();
        let boxes = (0..sessions).map(|_| Letterbox::default()).collect();
        let post = Arc::new(Letterboxes(boxes));
        let host = Arc::new(LibraryHost::default());
        let journal = Journal::silent();
        let log = persistence::new_log(&journal, Arc::clone(&post) as Arc<dyn Post>);
        let node = Node::new(Parts {
            settings,
            workers: sessions,
            clock: Clock::system(),
            hasher: KeyHasher::random().map_err(io::Error::other)?,
            log: Arc::new(log),
            post: Arc::clone(&post) as Arc<dyn Post>,
            journal,
            allocator: ALLOCATOR,
            host: Arc::clone(&host) as Arc<dyn Host>,
            files: Arc::new(OsFiles),
        })?;
        host.know(&node);
        if directory.is_some() {
            persistence::begin(&node).map_err(OpenError::Data)?;
            node.end_loading();
        }
        let states = (0..sessions).map(|seat| WorkerState::new(&node, seat)).collect();
        let seats = Arc::new(Seats::new(states));
        drop(counted);
        let threads = Mutex::new(start_threads(&node, &seats)?);
        Ok(Self(Arc::new(Shared { node, seats, post, threads })))
    }

    /// A session on this database, for one thread at a time.
    ///
    /// # Errors
    /// [`CallError::Closed`], or [`CallError::TooManySessions`].
    pub fn session(&self) -> Result<Session, CallError> {
        Session::begin(&self.0)
    }

    /// Closes the database: its files are whole then. Sessions that are still there answer
    /// [`CallError::Closed`].
    ///
    /// # Errors
    /// The last of the log cannot be written.
    pub fn close(self) -> io::Result<()> {
        self.0.close()
    }
}

impl Shared {
    fn close(&self) -> io::Result<()> {
        self.node.stop();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            thread.join().map_err(|_| io::Error::other("a thread of the database panicked"))?;
        }
        self.node.log().close()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Nobody is there to be told; whoever wants to know calls `close`.
        let _ = self.close();
    }
}

fn start_threads(node: &Arc<Node>, seats: &Arc<Seats>) -> io::Result<Vec<JoinHandle<()>>> {
    let snapshots = Arc::clone(node);
    let snapshot =
        Builder::new().name("snapshot".into()).spawn(move || snapshots.serve_snapshots())?;
    let (node, seats) = (Arc::clone(node), Arc::clone(seats));
    let keeper = Builder::new().name("keeper".into()).spawn(move || keep(&node, &seats))?;
    Ok(vec![snapshot, keeper])
}

/// Does the upkeep of all seats until the end.
fn keep(node: &Node, seats: &Seats) {
    while !node.lifecycle.is_over() {
        for (state, allocated) in seats.states.iter().zip(&seats.allocated) {
            // One that is in use now has its turn the next time.
            if let Some(mut state) = state.try_lock() {
                let _counted = Counted::on(allocated);
                let mut turn = node.begin(&mut state);
                turn.tick();
                turn.commit();
            }
        }
        sleep(UPKEEP_EVERY);
    }
}
