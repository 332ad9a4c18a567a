//! What one interpreter keeps beside the script that runs in it.
//!
//! Everything is in cells, since the functions that scripts call reach it while the interpreter is
//! running. None is borrowed while a script's own code runs.

use std::cell::{Cell, RefCell};

use protocol::{Output, Version};

use crate::host::Verdict;
use crate::lua::Slot;
use crate::random::Random;

/// State of a run, and what outlives it.
pub struct Context {
    /// Who runs the script.
    pub host: Slot,
    /// Why the script is being ended; `Go` if it is not.
    pub stop: Cell<Verdict>,
    /// The version in which the script wants replies.
    pub version: Cell<Version>,
    /// What `math.random` draws from.
    pub random: Random,
    /// Replies to the script's commands; kept for its memory.
    pub output: RefCell<Output>,
    /// The tables that scripts may not change, by `Frame::table_id`, sorted.
    pub protected: RefCell<Vec<usize>>,
    /// What is shown as the version of the server.
    pub server_version: ServerVersion,
}

/// The version that scripts find in `redis.REDIS_VERSION` and `REDIS_VERSION_NUM`.
#[derive(Clone, Copy, Debug)]
pub struct ServerVersion {
    /// As text: `7.0.15`.
    pub text: &'static str,
    /// As number: `0x0007_000f`.
    pub number: u32,
}

impl Context {
    /// The state before the first run.
    pub fn new(server_version: ServerVersion) -> Self {
        Context {
            host: Slot::default(),
            stop: Cell::new(Verdict::Go),
            version: Cell::new(Version::Resp2),
            random: Random::new(),
            output: RefCell::new(Output::new()),
            protected: RefCell::new(Vec::new()),
            server_version,
        }
    }

    /// Makes everything that belongs to a run as it is at the start of one.
    pub fn begin(&self) {
        self.stop.set(Verdict::Go);
        self.version.set(Version::Resp2);
        self.random.seed(0);
    }

    /// Whether the running script must end.
    pub fn must_stop(&self) -> bool {
        if self.stop.get() == Verdict::Go {
            // Without a host no script runs, only our own set-up.
            let verdict = self.host.with(|host| host.tick()).unwrap_or(Verdict::Go);
            self.stop.set(verdict);
        }
        self.stop.get() != Verdict::Go
    }

    /// Whether scripts may not change the table with this identity.
    pub fn is_protected(&self, table: usize) -> bool {
        self.protected.borrow().binary_search(&table).is_ok()
    }
}
