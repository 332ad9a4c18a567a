//! Libraries of functions: those that the server has, and each worker's interpreter for them.
//!
//! Changes are made by a worker that is alone, so that they have a place in the log's order. Each
//! worker loads a library into its own interpreter when it first calls a function of it; a local
//! variable of a library's main part is therefore one in each worker.
//!
//! Must be true: no two functions have one name, whatever the case of its letters.
//! Not here: FUNCTION's arguments and replies (`control::functions`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwap;
use base::clock::Ticks;
use commands::errors::Error;
use protocol::{Output, Version};
use script::{
    Called, Flags, Host, Kept, LogLevel, Propagation, Registered, ServerVersion, Verdict, Vm,
    parse_library,
};

use super::{Habits, MEMORY_MAX, error_of, server_version};
use crate::journal::Journal;
use crate::node::Node;
use crate::worker::Turn;

/// A library that takes longer to load is refused.
const LOAD_NS_MAX: u64 = 500_000_000;

/// A worker's interpreter holds so many libraries, present and past, before it is made anew.
const LOADED_MAX: usize = 1_000;

/// A function.
pub(crate) struct Function {
    pub(crate) name: Box<[u8]>,
    pub(crate) description: Option<Box<[u8]>>,
    pub(crate) flags: Flags,
    pub(super) habits: Habits,
    /// Its place among those of its library.
    index: usize,
}

/// A library.
pub(crate) struct Library {
    /// No two libraries have the same, ever.
    id: u64,
    pub(crate) name: Box<[u8]>,
    pub(crate) text: Box<[u8]>,
    code_start: usize,
    pub(crate) functions: Vec<Arc<Function>>,
}

impl Library {
    fn code(&self) -> &[u8] {
        &self.text[self.code_start..]
    }
}

/// All libraries at one time.
#[derive(Clone, Default)]
pub(crate) struct Libraries {
    pub(crate) by_name: BTreeMap<Box<[u8]>, Arc<Library>>,
    /// Names in small letters.
    functions: HashMap<Vec<u8>, (Arc<Library>, Arc<Function>)>,
}

impl Libraries {
    pub(crate) fn function_count(&self) -> usize {
        self.functions.len()
    }

    /// Bytes of the texts.
    pub(crate) fn text_bytes(&self) -> usize {
        self.by_name.values().map(|library| library.text.len()).sum()
    }

    fn function(&self, name: &[u8]) -> Option<&(Arc<Library>, Arc<Function>)> {
        self.functions.get(&name.to_ascii_lowercase())
    }

    /// Removes a library. False if there is none of this name.
    pub(crate) fn remove(&mut self, name: &[u8]) -> bool {
        let Some(library) = self.by_name.remove(name) else { return false };
        for function in &library.functions {
            self.functions.remove(&function.name.to_ascii_lowercase());
        }
        true
    }

    /// Adds a library of which there is no other of this name.
    pub(crate) fn add(&mut self, library: Arc<Library>) -> Result<(), Error> {
        for function in &library.functions {
            if self.function(&function.name).is_some() {
                return Err(error_of(
                    b"ERR Function ",
                    &[&function.name, &b" already exists"[..]].concat(),
                ));
            }
        }
        for function in &library.functions {
            let value = (Arc::clone(&library), Arc::clone(function));
            self.functions.insert(function.name.to_ascii_lowercase(), value);
        }
        self.by_name.insert(library.name.clone(), library);
        Ok(())
    }
}

/// The libraries that the server has.
#[derive(Default)]
pub(crate) struct Functions {
    all: ArcSwap<Libraries>,
    /// Counts FUNCTION FLUSH.
    generation: AtomicU64,
    next_id: AtomicU64,
    interpreter_bytes: AtomicI64,
}

impl Functions {
    /// All at present.
    pub(crate) fn all(&self) -> Arc<Libraries> {
        self.all.load_full()
    }

    /// From now on there are these. The worker is alone.
    pub(crate) fn replace(&self, all: Libraries) {
        if all.by_name.is_empty() {
            self.generation.fetch_add(1, Relaxed);
            self.interpreter_bytes.store(0, Relaxed);
        }
        self.all.store(Arc::new(all));
    }

    /// Bytes of all interpreters.
    pub(crate) fn interpreter_bytes(&self) -> u64 {
        self.interpreter_bytes.load(Relaxed).max(0) as u64
    }

    /// The function of this name, and its library.
    pub(crate) fn find(&self, name: &[u8]) -> Option<(Arc<Library>, Arc<Function>)> {
        self.all.load().function(name).cloned()
    }
}

/// A worker's interpreter for functions.
pub(crate) struct FunctionInterpreter {
    pub(super) vm: Vm,
    generation: u64,
    /// What it shows scripts.
    version: ServerVersion,
    /// Where it keeps the functions of each library, by the library's id.
    loaded: HashMap<u64, Vec<Kept>>,
    reported: i64,
}

impl FunctionInterpreter {
    fn new(generation: u64, version: ServerVersion, seed: u64) -> Result<Self, Error> {
        let vm = Vm::new(MEMORY_MAX, version, seed)
            .map_err(|text| Error::text(format!("ERR cannot start the interpreter: {text}")))?;
        Ok(Self { vm, generation, version, loaded: HashMap::new(), reported: 0 })
    }

    /// Makes a library of its text, loaded here.
    pub(crate) fn create(&mut self, node: &Node, text: &[u8]) -> Result<Arc<Library>, Error> {
        let (name, code_start) = parse_library(text).map_err(|text| error_of(b"", &text))?;
        let registered = self.load(node, &text[code_start..])?;
        if registered.is_empty() {
            return Err(Error::new("ERR No functions registered"));
        }
        // That its text has a function says nothing: all have.
        let may_loop = script::may_loop(&text[code_start..]);
        let habits = Habits::of_functions(&text[code_start..], may_loop);
        let function = |(index, registered): (usize, &Registered)| {
            Arc::new(Function {
                name: registered.name.clone().into(),
                description: registered.description.clone().map(Into::into),
                flags: registered.flags,
                habits: habits(),
                index,
            })
        };
        let library = Library {
            id: node.functions.next_id.fetch_add(1, Relaxed),
            name: name.into(),
            text: text.into(),
            code_start,
            functions: registered.iter().enumerate().map(function).collect(),
        };
        let kept = registered.iter().map(|registered| registered.callback).collect();
        self.loaded.insert(library.id, kept);
        Ok(Arc::new(library))
    }

    fn load(&mut self, node: &Node, code: &[u8]) -> Result<Vec<Registered>, Error> {
        let mut host = LoadHost { journal: node.journal(), started: Ticks::now() };
        self.vm.load_library(code, &mut host).map_err(|text| error_of(b"", &text))
    }

    /// Where a function is kept; loads its library if need be.
    pub(crate) fn callback(
        &mut self,
        node: &Node,
        library: &Library,
        function: &Function,
    ) -> Result<Kept, Error> {
        if !self.loaded.contains_key(&library.id) {
            let registered = self.load(node, library.code())?;
            // In the order of the functions, whatever it has registered now.
            let find = |function: &Arc<Function>| {
                let same = registered.iter().find(|known| *known.name == *function.name);
                same.map(|known| known.callback)
            };
            let kept: Option<Vec<Kept>> = library.functions.iter().map(find).collect();
            let kept = kept.ok_or(Error::new("ERR Function not found"))?;
            self.loaded.insert(library.id, kept);
        }
        let kept = self.loaded.get(&library.id).and_then(|kept| kept.get(function.index));
        kept.copied().ok_or(Error::new("ERR Function not found"))
    }

    fn report(&mut self, node: &Node) {
        let used = self.vm.memory_used() as i64;
        if used != self.reported {
            node.functions.interpreter_bytes.fetch_add(used - self.reported, Relaxed);
            self.reported = used;
        }
    }
}

/// What a library has while it is loaded.
struct LoadHost<'l> {
    journal: &'l Journal,
    started: Ticks,
}

impl Host for LoadHost<'_> {
    fn call(&mut self, _request: &[&[u8]], _version: Version, _output: &mut Output) -> Called {
        Called::Abandon
    }

    fn tick(&mut self) -> Verdict {
        if Ticks::now().since(self.started) > LOAD_NS_MAX { Verdict::Kill } else { Verdict::Go }
    }

    fn processor_time(&mut self) -> Duration {
        Duration::ZERO
    }

    fn may_call(&mut self, _request: &[&[u8]]) -> Option<bool> {
        None
    }

    fn log(&mut self, level: LogLevel, text: &[u8]) {
        super::host::write_line(self.journal, level, text);
    }

    fn set_propagation(&mut self, _to: Propagation) {}
}

impl Turn<'_> {
    /// Works with this worker's interpreter for functions, which is made if there is none.
    pub(crate) fn with_functions<R>(
        &mut self,
        work: impl FnOnce(&mut Self, &mut FunctionInterpreter) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let generation = self.node.functions.generation.load(Relaxed);
        let version = server_version(&self.state.settings);
        let mut own = match self.state.functions.take() {
            Some(own)
                if own.generation == generation
                    && own.version == version
                    && own.loaded.len() < LOADED_MAX =>
            {
                own
            }
            old => {
                if let Some(old) = old
                    && old.generation == generation
                {
                    self.node.functions.interpreter_bytes.fetch_sub(old.reported, Relaxed);
                }
                Box::new(FunctionInterpreter::new(generation, version, self.state.random.u64(..))?)
            }
        };
        let result = work(self, &mut own);
        own.report(self.node);
        self.state.functions = Some(own);
        result
    }
}
