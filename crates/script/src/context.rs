//! What one interpreter keeps beside the script that runs in it.
//!
//! Everything is in cells, since the functions that scripts call reach it while the interpreter is
//! running. None is borrowed while a script's own code runs.

use std::cell::{Cell, RefCell};

use protocol::{Output, Version};

use crate::host::Verdict;
use crate::libraries::cjson::Settings;
use crate::library::Registered;
use crate::lua::{Place, Slot};
use crate::random::Random;

/// After so many steps the host is asked whether a script may go on.
const STEPS_PER_QUESTION: usize = 100_000;

/// Buffers up to this size are kept.
const KEPT_SIZE_MAX: usize = 64 << 10;

/// State of a run, and what outlives it.
pub struct Context {
    /// Who runs the script.
    pub host: Slot,
    /// Why the script is being ended; `Go` if it is not.
    pub stop: Cell<Verdict>,
    /// Where in the script that was.
    pub stop_place: RefCell<Option<Place>>,
    /// The version in which the script wants replies.
    pub version: Cell<Version>,
    /// What `math.random` draws from.
    pub random: Random,
    /// Replies to the script's commands; kept for its memory.
    pub output: RefCell<Output>,
    /// The tables that scripts may not change, by `Frame::table_id`, sorted.
    pub protected: RefCell<Vec<usize>>,
    /// Where on the machine's stack the run began.
    stack_start: Cell<usize>,
    /// Steps of functions written in Rust since the host was last asked.
    pub steps: Cell<usize>,
    /// Memory for what functions build, kept from one to the next.
    pub buffer: RefCell<Vec<u8>>,
    /// Settings of `cjson` and of copies of it.
    pub cjson: RefCell<Vec<Settings>>,
    /// While a library is loaded: the functions that it has registered.
    pub registered: RefCell<Option<Vec<Registered>>>,
    /// What is shown as the version of the server.
    pub server_version: ServerVersion,
}

/// The version that scripts find in `redis.REDIS_VERSION` and `REDIS_VERSION_NUM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerVersion {
    /// The 7 of 7.0.15.
    pub major: u8,
    /// The 0 of 7.0.15.
    pub minor: u8,
    /// The 15 of 7.0.15.
    pub patch: u8,
}

impl ServerVersion {
    /// As text: `7.0.15`.
    pub(crate) fn text(self) -> String {
        format!("{}.{}.{}", self.major, self.minor, self.patch)
    }

    /// As number: `0x0007_000f`.
    pub(crate) fn number(self) -> u32 {
        u32::from_be_bytes([0, self.major, self.minor, self.patch])
    }
}

impl Context {
    /// The state before the first run.
    pub fn new(server_version: ServerVersion, seed: u64) -> Self {
        Context {
            host: Slot::default(),
            stop: Cell::new(Verdict::Go),
            stop_place: RefCell::new(None),
            version: Cell::new(Version::Resp2),
            random: Random::new(seed),
            output: RefCell::new(Output::new()),
            protected: RefCell::new(Vec::new()),
            stack_start: Cell::new(0),
            steps: Cell::new(0),
            buffer: RefCell::new(Vec::new()),
            cjson: RefCell::new(vec![Settings::default()]),
            registered: RefCell::new(None),
            server_version,
        }
    }

    /// Makes everything that belongs to a run as it is at the start of one.
    pub fn begin(&self) {
        self.stop.set(Verdict::Go);
        self.stop_place.replace(None);
        self.stack_start.set(stack_position());
        self.version.set(Version::Resp2);
        self.random.begin();
        let mut cjson = self.cjson.borrow_mut();
        cjson.truncate(1);
        cjson[0] = Settings::default();
    }

    /// How much of the machine's stack the run has used, in bytes.
    pub fn stack_used(&self) -> usize {
        stack_position().abs_diff(self.stack_start.get())
    }

    /// Counts steps; whether the running script must end.
    pub fn work(&self, steps: usize) -> bool {
        let steps = self.steps.get().saturating_add(steps);
        let is_due = steps >= STEPS_PER_QUESTION;
        self.steps.set(if is_due { 0 } else { steps });
        is_due && self.must_stop()
    }

    /// Takes a buffer back, unless it has become large.
    pub fn keep_buffer(&self, buffer: Vec<u8>) {
        if buffer.capacity() <= KEPT_SIZE_MAX {
            self.buffer.replace(buffer);
        }
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

    /// Takes note of where the script was when it was to end, the first time.
    pub fn stopped_at(&self, place: Option<Place>) {
        let mut known = self.stop_place.borrow_mut();
        if known.is_none() {
            *known = place;
        }
    }

    /// Whether scripts may not change the table with this identity.
    pub fn is_protected(&self, table: usize) -> bool {
        self.protected.borrow().binary_search(&table).is_ok()
    }
}

/// About where the machine's stack ends now.
#[inline(never)]
fn stack_position() -> usize {
    let here = 0u8;
    std::hint::black_box(&raw const here).addr()
}
