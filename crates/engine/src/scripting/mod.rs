//! Scripts: which ones the server knows, and each worker's interpreter.
//!
//! ```text
//!   Scripts      all that are known, by name; forgotten by SCRIPT FLUSH (a new generation)
//!   Interpreter  a worker's own: an interpreter, and what it has compiled
//!   functions    libraries of functions, and each worker's interpreter for those
//!   flags        what a request that runs a script is held to
//!   habits       what is known of how a script behaves
//!   run          locks, runs, logs, unlocks
//!   host         what a script's commands do
//!   slow         scripts that have run for too long
//! ```
//!
//! A script locks the stripes of the keys that it declares. If its text shows that it uses no
//! others, that is all it holds. Any other script is alone before it writes, and may read what it
//! did not declare if that is free; if not, the run is given up and repeated alone, and the script
//! is remembered as one that needs that.
//!
//! Must be true: an interpreter is used in the generation it was made in, and while the version
//! that it shows is followed.
//! Not here: the language (`script`), parsing of EVAL and SCRIPT (`control::scripting`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};

use commands::errors::Error;
use config::Settings;
use config::settings::RedisVersion;
use parking_lot::Mutex;
use script::{Script, ServerVersion, Sha, Vm};

use self::habits::Habits;
use crate::node::Node;
use crate::worker::Turn;

mod flags;
mod functions;
mod habits;
mod host;
mod run;
mod slow;

pub(crate) use flags::command_flags;
pub(crate) use functions::{FunctionInterpreter, Functions, Libraries};
pub(crate) use run::{Access, Arguments, Target};
pub(crate) use slow::{FUNCTION_BUSY, Killed, Kind, SCRIPT_BUSY};

/// What one interpreter may take, in bytes.
const MEMORY_MAX: usize = 512 << 20;

/// After so many scripts an interpreter is made anew, so that a client that puts its arguments into
/// the scripts' text does not fill the memory.
const COMPILED_MAX: usize = 10_000;

/// The name of a script, in small letters.
pub(crate) fn sha_of(text: &[u8]) -> Option<Sha> {
    let mut sha: Sha = text.try_into().ok()?;
    sha.make_ascii_lowercase();
    Some(sha)
}

/// A script that the server knows.
pub(crate) struct Known {
    pub(crate) script: Script,
    habits: Habits,
}

/// All scripts that the server knows.
#[derive(Default)]
pub(crate) struct Scripts {
    known: Mutex<HashMap<Sha, Arc<Known>>>,
    /// Bytes of their texts.
    bytes: AtomicUsize,
    /// Bytes of all interpreters.
    interpreter_bytes: AtomicI64,
    /// Counts SCRIPT FLUSH.
    generation: AtomicU64,
    pub(crate) slow: slow::Slow,
}

impl Scripts {
    /// The script with this name.
    pub(crate) fn find(&self, sha: &Sha) -> Option<Arc<Known>> {
        self.known.lock().get(sha).cloned()
    }

    fn enter(&self, script: Script) -> Arc<Known> {
        let mut known = self.known.lock();
        let entry = known.entry(*script.sha()).or_insert_with(|| {
            self.bytes.fetch_add(script.body().len(), Relaxed);
            let habits = Habits::of_script(script.code(), script.may_loop());
            Arc::new(Known { script, habits })
        });
        Arc::clone(entry)
    }

    /// Forgets all.
    pub(crate) fn flush(&self) {
        let mut known = self.known.lock();
        self.generation.fetch_add(1, Relaxed);
        self.bytes.store(0, Relaxed);
        // Each worker gives its interpreter up before it uses it again.
        self.interpreter_bytes.store(0, Relaxed);
        known.clear();
    }

    /// How many there are, and the bytes of their texts.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.known.lock().len(), self.bytes.load(Relaxed))
    }

    /// Bytes of all interpreters.
    pub(crate) fn interpreter_bytes(&self) -> u64 {
        self.interpreter_bytes.load(Relaxed).max(0) as u64
    }
}

/// A worker's interpreter.
pub(crate) struct Interpreter {
    vm: Vm,
    generation: u64,
    /// What it shows scripts.
    version: ServerVersion,
    /// Scripts that it has compiled.
    known: HashMap<Sha, Arc<Known>>,
    /// Bytes that it was last known to take.
    reported: i64,
}

impl Interpreter {
    fn new(generation: u64, version: ServerVersion, seed: u64) -> Result<Self, Error> {
        let vm = Vm::new(MEMORY_MAX, version, seed)
            .map_err(|text| Error::text(format!("ERR cannot start the interpreter: {text}")))?;
        Ok(Self { vm, generation, version, known: HashMap::new(), reported: 0 })
    }

    /// The script with this name, compiled.
    pub(crate) fn by_name(&mut self, node: &Node, sha: &Sha) -> Result<Option<Arc<Known>>, Error> {
        if let Some(known) = self.known.get(sha) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(known) = node.scripts.find(sha) else { return Ok(None) };
        self.compile(&known.script)?;
        self.known.insert(*sha, Arc::clone(&known));
        Ok(Some(known))
    }

    /// The script with this text, compiled and known from now on.
    pub(crate) fn by_text(&mut self, node: &Node, text: &[u8]) -> Result<Arc<Known>, Error> {
        let sha = script::sha1_hex(text);
        if let Some(known) = self.by_name(node, &sha)? {
            return Ok(known);
        }
        let script = Script::new(text).map_err(|text| error_of(b"ERR ", &text))?;
        self.compile(&script)?;
        let known = node.scripts.enter(script);
        self.known.insert(sha, Arc::clone(&known));
        Ok(known)
    }

    fn compile(&mut self, script: &Script) -> Result<(), Error> {
        self.vm.compile(script).map_err(|text| error_of(b"", &text))
    }

    fn report(&mut self, node: &Node) {
        let used = self.vm.memory_used() as i64;
        if used != self.reported {
            node.scripts.interpreter_bytes.fetch_add(used - self.reported, Relaxed);
            self.reported = used;
        }
    }

    fn give_up(self, node: &Node) {
        if self.generation == node.scripts.generation.load(Relaxed) {
            node.scripts.interpreter_bytes.fetch_sub(self.reported, Relaxed);
        }
    }
}

/// The version that scripts are shown.
fn server_version(settings: &Settings) -> ServerVersion {
    let RedisVersion { major, minor, patch } = settings.compatibility.redis_version;
    ServerVersion { major, minor, patch }
}

fn error_of(code: &[u8], text: &[u8]) -> Error {
    Error::text(String::from_utf8_lossy(&[code, text].concat()).into_owned())
}

impl Turn<'_> {
    /// Works with this worker's interpreter, which is made if there is none.
    pub(crate) fn with_interpreter<R>(
        &mut self,
        work: impl FnOnce(&mut Self, &mut Interpreter) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let generation = self.node.scripts.generation.load(Relaxed);
        let version = server_version(&self.state.settings);
        let mut interpreter = match self.state.interpreter.take() {
            Some(own)
                if own.generation == generation
                    && own.version == version
                    && own.known.len() < COMPILED_MAX =>
            {
                own
            }
            old => {
                if let Some(old) = old {
                    old.give_up(self.node);
                }
                Box::new(Interpreter::new(generation, version, self.state.random.u64(..))?)
            }
        };
        let result = work(self, &mut interpreter);
        interpreter.report(self.node);
        self.state.interpreter = Some(interpreter);
        result
    }
}
