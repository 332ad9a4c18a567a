//! A server process: started on a free port in a directory of its own, ended with the test.
//!
//! Owns the process, its temporary directory and its log file. Two programs are known: the one
//! under test (`RUSSET_BIN`, else the workspace's `target/verify/russet`) and the oracle, an
//! unmodified Redis (`REDIS_SERVER`, else `redis-server` on the path).
//!
//! Must be true: a process started here is ended by its own id when the value is dropped.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use thiserror::Error;

use crate::client::{Client, Form};
use crate::reply::Reply;

/// How long a server may take to answer its first PING, or to end.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition is looked at again.
pub const POLL: Duration = Duration::from_millis(2);

/// Which program to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The server these tests are about.
    UnderTest,
    /// The Redis whose behaviour is the measure.
    Oracle,
}

/// Why a server is not there.
#[derive(Debug, Error)]
pub enum StartError {
    /// The program could not be started at all.
    #[error("cannot start {}: {source}", .program.display())]
    Spawn {
        /// The program's path.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process ended before it answered.
    #[error("the server ended at once ({status}); its log:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// All it printed.
        log: String,
    },
    /// The process runs and does not answer.
    #[error("the server did not answer in time; its log:\n{log}")]
    Silent {
        /// All it printed.
        log: String,
    },
}

impl Program {
    /// The program's path, and the word it wants before its options, if any.
    pub fn command(self) -> (PathBuf, Option<&'static str>) {
        let path = match self {
            Self::Oracle => {
                PathBuf::from(std::env::var_os("REDIS_SERVER").unwrap_or("redis-server".into()))
            }
            Self::UnderTest => std::env::var_os("RUSSET_BIN").map_or_else(built, PathBuf::from),
        };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let subcommand = (name.as_deref() == Some("russet")).then_some("server");
        (path, subcommand)
    }

    /// Whether this program is Russet, and not a Redis standing in its place.
    pub fn is_russet(self) -> bool {
        let (path, _) = self.command();
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("russet"))
    }
}

/// Where `cargo build --profile verify` leaves the binary.
fn built() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    target.join("verify/russet")
}

/// What to start, and how.
#[derive(Debug, Clone)]
pub struct Options {
    program: Program,
    form: Form,
    arguments: Vec<OsString>,
    dir: Option<PathBuf>,
    file: Option<PathBuf>,
}

impl Options {
    /// The server under test with nothing but the defaults of these tests.
    pub fn under_test() -> Self {
        Self::of(Program::UnderTest)
    }

    /// The oracle with the same defaults.
    pub fn oracle() -> Self {
        Self::of(Program::Oracle)
    }

    /// A program with the defaults of these tests: no snapshots, DEBUG allowed.
    pub fn of(program: Program) -> Self {
        Self { program, form: Form::Resp, arguments: Vec::new(), dir: None, file: None }
            .with("save", "")
            .with("enable-debug-command", "yes")
            .with("enable-protected-configs", "yes")
    }

    /// Adds `--name value`.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.arguments.push(format!("--{name}").into());
        self.arguments.push(value.into());
        self
    }

    /// Has the server speak this form too; it must be Russet for the binary one.
    pub fn speaking(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// Adds words of a command line as they are.
    pub fn with_all(mut self, words: &[String]) -> Self {
        self.arguments.extend(words.iter().map(OsString::from));
        self
    }

    /// Keeps the data in `dir`, which outlives the server.
    pub fn in_dir(mut self, dir: &Path) -> Self {
        self.dir = Some(dir.to_path_buf());
        self
    }

    /// Reads its settings from a file before those given here.
    pub fn with_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_path_buf());
        self
    }

    /// Starts the server or says why it is not there.
    pub fn start(self) -> Result<Server, StartError> {
        Server::launch(self)
    }
}

/// A running (or ended) server process.
pub struct Server {
    options: Options,
    home: TempDir,
    child: Child,
    port: u16,
    binary_port: u16,
}

impl Server {
    /// Starts a server. Fails the test when it does not come up.
    #[track_caller]
    pub fn start(options: Options) -> Self {
        match options.start() {
            Ok(server) => server,
            Err(error) => panic!("{error}"),
        }
    }

    fn launch(options: Options) -> Result<Self, StartError> {
        let home = TempDir::with_prefix("russet-").expect("a temporary directory");
        fs::create_dir(home.path().join("data")).expect("a data directory");
        let (child, port, binary_port) = spawn(&options, home.path())?;
        let mut server = Self { options, home, child, port, binary_port };
        match server.wait_ready() {
            // Another process took the port between our look and the server's.
            Err(StartError::Ended { log, .. }) if log.contains("already in use") => {
                server.try_start_again()?;
            }
            other => other?,
        }
        Ok(server)
    }

    /// Starts the ended server again on the same directory.
    pub fn try_start_again(&mut self) -> Result<(), StartError> {
        let (child, port, binary_port) = spawn(&self.options, self.home.path())?;
        (self.child, self.port, self.binary_port) = (child, port, binary_port);
        self.wait_ready()
    }

    /// Starts the ended server again. Fails the test when it does not come up.
    #[track_caller]
    pub fn start_again(&mut self) {
        if let Err(error) = self.try_start_again() {
            panic!("after a restart: {error}");
        }
    }

    /// Starts the ended server again, and returns while it is still loading its data. Fails the
    /// test when it is never seen to load.
    #[track_caller]
    pub fn start_loading(&mut self) {
        let spawned = spawn(&self.options, self.home.path());
        (self.child, self.port, self.binary_port) = spawned.expect("a started program");
        let end = Instant::now() + PATIENCE;
        while answer_of(self.port) != Some(Standing::Loads) {
            assert!(Instant::now() < end, "it does not load; its log:\n{}", self.log());
            std::thread::sleep(POLL);
        }
    }

    /// Adds `--name value` for the next start.
    pub fn set_option(&mut self, name: &str, value: &str) {
        self.options = self.options.clone().with(name, value);
    }

    /// Ends the process as a crash would, and waits for its end.
    pub fn kill9(&mut self) {
        // The process may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks the process to end and returns how it ended. Fails the test when it does not end.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        self.ask_to_end();
        self.wait_end()
    }

    /// Sends SIGTERM.
    #[track_caller]
    pub fn ask_to_end(&self) {
        kill_process(self.pid(), Signal::TERM).expect("a running server to end");
    }

    /// Sends SIGINT.
    #[track_caller]
    pub fn interrupt(&self) {
        kill_process(self.pid(), Signal::INT).expect("a running server");
    }

    /// Waits for the process to end by itself. Fails the test when it does not.
    #[track_caller]
    pub fn wait_end(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child process") {
                return status;
            }
            assert!(Instant::now() < end, "the server does not end; its log:\n{}", self.log());
            std::thread::sleep(POLL);
        }
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// A new RESP2 connection. Fails the test when the server does not accept it.
    #[track_caller]
    pub fn client(&self) -> Client {
        match Client::connect(self.port) {
            Ok(client) => client,
            Err(error) => panic!("cannot connect: {error}; the server's log:\n{}", self.log()),
        }
    }

    /// The port where this form is spoken, if the server was asked to speak it.
    pub fn port_of(&self, form: Form) -> u16 {
        match form {
            Form::Resp => self.port,
            Form::Binary => self.binary_port,
        }
    }

    /// The port the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's data directory.
    pub fn dir(&self) -> PathBuf {
        self.options.dir.clone().unwrap_or_else(|| self.home.path().join("data"))
    }

    /// All that the server has printed, over all its starts.
    pub fn log(&self) -> String {
        read_log(self.home.path())
    }

    /// The process id.
    pub fn pid(&self) -> Pid {
        let raw = i32::try_from(self.child.id()).expect("a process id");
        Pid::from_raw(raw).expect("a process id")
    }

    fn wait_ready(&mut self) -> Result<(), StartError> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(StartError::Ended { status, log: self.log() });
            }
            if answer_of(self.port) == Some(Standing::Serves) {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        self.kill9();
        Err(StartError::Silent { log: self.log() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// How a server stands that answers.
#[derive(PartialEq, Eq)]
enum Standing {
    Loads,
    /// A password that it asks for counts.
    Serves,
}

/// How the server on this port stands, if one answers there.
fn answer_of(port: u16) -> Option<Standing> {
    let mut client = Client::connect(port).ok()?;
    client.send(&["PING"]).ok()?;
    match client.read().ok()? {
        Reply::Error(text) if text.starts_with(b"LOADING") => Some(Standing::Loads),
        _ => Some(Standing::Serves),
    }
}

fn spawn(options: &Options, home: &Path) -> Result<(Child, u16, u16), StartError> {
    let port = free_port();
    let binary_port = if options.form == Form::Binary { free_port() } else { 0 };
    let mut more = Vec::new();
    if binary_port > 0 {
        more = vec!["--binary-port".to_owned(), binary_port.to_string()];
    }
    let (program, subcommand) = options.program.command();
    let log = File::options().create(true).append(true).open(home.join("log")).expect("a log");
    let dir = options.dir.clone().unwrap_or_else(|| home.join("data"));
    let child = Command::new(&program)
        .args(subcommand)
        .args(&options.file)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
        .arg(&dir)
        .args(more)
        .args(&options.arguments)
        .current_dir(home)
        .stdin(Stdio::null())
        .stderr(log.try_clone().expect("a second handle"))
        .stdout(log)
        .spawn()
        .map_err(|source| StartError::Spawn { program, source })?;
    Ok((child, port, binary_port))
}

/// A port that was free a moment ago and that this process has not handed out before.
fn free_port() -> u16 {
    static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut taken = TAKEN.lock().expect("no test panics in here");
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound address").port();
        if taken.insert(port) {
            return port;
        }
    }
}

fn read_log(home: &Path) -> String {
    let bytes = fs::read(home.join("log")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
