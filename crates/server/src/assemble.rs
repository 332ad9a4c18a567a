//! Puts a server together and runs it: configuration, log file, data, workers, acceptor, signals.
//!
//! The one place where all parts are seen at once. Order matters: listen first (a busy port must
//! be told before data is touched), then load, then serve.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use base::clock::{Clock, Ticks};
use base::hash::KeyHasher;
use config::settings::RedisVersion;
use config::{CommandLine, Invocation, LoadError, Settings};
use engine::{Node, Parts, persistence};
use log::aof::files::OsFiles;
use net::{Acceptor, BindError, Endpoint, Listeners, Mailboxes, Worker};
use protocol::Version;
use thiserror::Error;

use crate::allocator::ALLOCATOR;
use crate::host::ProcessHost;
use crate::journal::LogFile;
use crate::process::{self, PidFile};
use crate::service::{NodeService, Postboxes};
use crate::signals;

/// Loading that is done within this time is not noticed by clients.
const LOAD_HEAD_START: Duration = Duration::from_millis(200);

/// Why the server did not start, or stopped.
#[derive(Debug, Error)]
enum Failure {
    #[error("{0}")]
    Configuration(#[from] LoadError),
    #[error("{0}")]
    Bind(#[from] BindError),
    #[error("Failed listening on port {port}, aborting.")]
    NoListener { port: u16 },
    #[error("{context}: {source}")]
    System { context: &'static str, source: io::Error },
    #[error("{0}")]
    Data(String),
}

fn system(context: &'static str) -> impl Fn(io::Error) -> Failure {
    move |source| Failure::System { context, source }
}

/// Starts a server with these arguments and runs it to its end.
pub fn serve(arguments: &[OsString]) -> ExitCode {
    match Invocation::parse(arguments) {
        Invocation::Version => {
            println!(
                "Redis server v={} russet={} malloc={}",
                RedisVersion::default(),
                env!("CARGO_PKG_VERSION"),
                ALLOCATOR.name
            );
            ExitCode::SUCCESS
        }
        Invocation::Help => {
            println!("usage: russet server [CONFIG] [--name value ...]");
            ExitCode::SUCCESS
        }
        Invocation::Run(line) => match run(&line) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Configuration(error)) => {
                eprintln!(
                    "\n*** FATAL CONFIG FILE ERROR (Redis {}) ***\n{error}",
                    RedisVersion::default()
                );
                ExitCode::FAILURE
            }
            Err(failure) => {
                let file = LogFile::stdout();
                file.write(engine::Level::Warning, format_args!("{failure}"));
                ExitCode::FAILURE
            }
        },
    }
}

/// Reads the configuration and opens the log file.
fn configure(line: &CommandLine) -> Result<(Settings, LogFile), Failure> {
    let mut settings = line.load(&mut io::stdin())?;
    engine::check_renames(&settings.startup.renamed_commands)?;
    process::daemonize(&settings).map_err(system("Can't go into the background"))?;
    enter_directory(&mut settings)?;
    let file = LogFile::stdout();
    file.redirect(&settings.logging.file).map_err(system("Can't open the log file"))?;
    file.set_least(crate::host::level_of(settings.logging.level));
    greet(&file.journal(), &settings, line);
    Ok((settings, file))
}

fn run(line: &CommandLine) -> Result<(), Failure> {
    let (mut settings, file) = configure(line)?;
    let journal = file.journal();
    Ticks::calibrate();
    process::fit_descriptors(&mut settings, &journal);
    let listeners = listen(&settings, &journal)?;
    process::give_socket_to_group(&settings, &journal);
    let _pid_file = PidFile::write(&settings, &journal);
    let workers = settings.thread_count();
    let mut mailboxes = Mailboxes::new(workers).map_err(system("Can't create event loops"))?;
    let load: Arc<[AtomicUsize]> = (0..workers).map(|_| AtomicUsize::new(0)).collect();
    let postboxes = mailboxes.postboxes().to_vec();
    let keepalive = settings.network.tcp_keepalive_s;
    let (acceptor, acceptor_handle) =
        Acceptor::new(listeners, postboxes.clone(), Arc::clone(&load))
            .map_err(system("Can't create the acceptor"))?;
    acceptor_handle.set_keepalive(keepalive);
    let host = Arc::new(ProcessHost::new(line, file, acceptor_handle.clone()));
    let post = Arc::new(Postboxes(postboxes));
    let log = Arc::new(persistence::new_log(&journal, Arc::clone(&post) as Arc<dyn engine::Post>));
    let node = Node::new(Parts {
        settings,
        workers,
        clock: Clock::system(),
        hasher: KeyHasher::random().map_err(|e| Failure::Data(e.to_string()))?,
        log,
        post,
        journal: journal.clone(),
        allocator: ALLOCATOR,
        host: Arc::clone(&host) as Arc<dyn engine::Host>,
        files: Arc::new(OsFiles),
    })
    .map_err(system("Can't create the node"))?;
    node.note_startup_memory();
    node.begin_loading();
    let service = Arc::new(NodeService(Arc::clone(&node)));
    signals::watch(Arc::clone(&node), &host).map_err(system("Can't watch signals"))?;
    let mut threads = spawn_long(&node, workers)?;
    threads.push(spawn_snapshots(&node)?);
    threads.push(spawn_feeder(&node)?);
    for index in 0..workers {
        let worker = Worker::new(index, Arc::clone(&service), &mut mailboxes, Arc::clone(&load))
            .map_err(system("Can't create a worker"))?;
        threads.push(spawn_worker(&node, index, move || worker.run())?);
    }
    // Clients that come while a little data is loaded wait in the backlog; if it takes longer they
    // are let in and told so.
    let (loaded, waiting) = mpsc::channel::<()>();
    let accepting = spawn("acceptor".into(), move || {
        let _ = waiting.recv_timeout(LOAD_HEAD_START);
        acceptor.run()
    })?;
    let outcome = load_data(&node)?;
    drop(loaded);
    if outcome == Load::Done {
        journal.notice(format_args!("Ready to accept connections"));
        process::notify_ready(&node.settings(), &journal);
    }
    for thread in threads {
        join(thread)?;
    }
    acceptor_handle.stop();
    join(accepting)?;
    persistence::end(&node);
    journal.warning(format_args!("Redis is now ready to exit, bye bye..."));
    Ok(())
}

/// A worker's thread, on the processors that the settings name.
fn spawn_worker(
    node: &Node,
    index: usize,
    run: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Result<thread::JoinHandle<io::Result<()>>, Failure> {
    let processors = node.settings().threads.cpu_list.clone().unwrap_or_default();
    spawn(format!("worker-{index}"), move || {
        process::bind_to_processors(&processors);
        run()
    })
}

/// The threads that carry out long requests.
fn spawn_long(
    node: &Arc<Node>,
    count: usize,
) -> Result<Vec<thread::JoinHandle<io::Result<()>>>, Failure> {
    let start = |index: usize| {
        let node = Arc::clone(node);
        spawn(format!("long-{index}"), move || {
            node.serve_long_requests(index);
            Ok(())
        })
    };
    (0..count).map(start).collect()
}

/// The thread that takes snapshots.
fn spawn_snapshots(node: &Arc<Node>) -> Result<thread::JoinHandle<io::Result<()>>, Failure> {
    let node = Arc::clone(node);
    spawn("snapshot".into(), move || {
        node.serve_snapshots();
        Ok(())
    })
}

/// The thread that feeds replicas.
fn spawn_feeder(node: &Arc<Node>) -> Result<thread::JoinHandle<io::Result<()>>, Failure> {
    let node = Arc::clone(node);
    spawn("feeder".into(), move || {
        node.serve_replicas();
        Ok(())
    })
}

/// What became of the load at the start.
#[derive(PartialEq, Eq)]
enum Load {
    Done,
    /// The server was asked to end meanwhile.
    GivenUp,
}

fn load_data(node: &Arc<Node>) -> Result<Load, Failure> {
    if let Err(reason) = persistence::begin(node) {
        if node.lifecycle.is_over() {
            return Ok(Load::GivenUp);
        }
        node.journal().warning(format_args!("Fatal error loading the DB. Exiting."));
        let mut lines = reason.split('\n').collect::<Vec<_>>();
        let last = lines.pop().unwrap_or_default().to_owned();
        for line in lines {
            node.journal().warning(format_args!("{line}"));
        }
        // Whoever started the server looks at the last line.
        return Err(Failure::Data(last));
    }
    node.end_loading();
    Ok(Load::Done)
}

fn spawn(
    name: String,
    body: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Result<thread::JoinHandle<io::Result<()>>, Failure> {
    thread::Builder::new().name(name).spawn(body).map_err(system("Can't start a thread"))
}

fn join(thread: thread::JoinHandle<io::Result<()>>) -> Result<(), Failure> {
    match thread.join() {
        Ok(result) => result.map_err(system("An event loop failed")),
        Err(_) => Err(Failure::Data("a thread panicked".into())),
    }
}

/// Changes to `dir` and remembers it as an absolute path.
fn enter_directory(settings: &mut Settings) -> Result<(), Failure> {
    std::env::set_current_dir(&settings.process.dir).map_err(system("Can't chdir to 'dir'"))?;
    let dir = std::env::current_dir().map_err(system("Can't find the current directory"))?;
    settings.process.dir = dir.to_string_lossy().into_owned();
    Ok(())
}

fn listen(settings: &Settings, journal: &engine::Journal) -> Result<Listeners, Failure> {
    let endpoints = endpoints(settings)?;
    let backlog = settings.network.tcp_backlog.min(i32::MAX as u32) as i32;
    let port = settings.network.port;
    match Listeners::bind(&endpoints, backlog) {
        Ok(listeners) if listeners.is_empty() && !endpoints.is_empty() => {
            Err(Failure::NoListener { port })
        }
        Ok(listeners) => {
            // Whoever waits for this line may connect when it is there.
            journal.notice(format_args!("Port: {port} PID: {}", std::process::id()));
            Ok(listeners)
        }
        Err(error) => {
            journal.warning(format_args!("Warning: {error}"));
            Err(Failure::NoListener { port })
        }
    }
}

/// Where the settings say to listen.
pub fn endpoints(settings: &Settings) -> Result<Vec<Endpoint>, BindError> {
    let ports = [(settings.network.port, Version::Resp2), (settings.binary.port, Version::Binary2)];
    let paths = [(&settings.unix.path, Version::Resp2), (&settings.binary.path, Version::Binary2)];
    let mut endpoints = Vec::new();
    for (port, speaks) in ports.into_iter().filter(|(port, _)| *port != 0) {
        for word in &settings.network.bind {
            endpoints.extend(Endpoint::of_bind(word, port, speaks)?);
        }
    }
    for (path, speaks) in paths {
        if let Some(path) = path.as_ref().filter(|path| !path.is_empty()) {
            let mode = settings.unix.mode;
            endpoints.push(Endpoint::Unix { path: path.into(), mode, speaks });
        }
    }
    Ok(endpoints)
}

/// The first lines of the log. Test suites and operators read version, port and PID from them.
fn greet(journal: &engine::Journal, settings: &Settings, line: &CommandLine) {
    let version = settings.compatibility.redis_version;
    let pid = std::process::id();
    journal.warning(format_args!("Russet {} is starting", env!("CARGO_PKG_VERSION")));
    journal.warning(format_args!(
        "Redis version={version}, bits=64, pid={pid}, just started; workers={}",
        settings.thread_count()
    ));
    match &line.config_file {
        Some(_) => journal.warning(format_args!("Configuration loaded")),
        None => journal
            .warning(format_args!("Warning: no config file specified, using the default config.")),
    }
    journal.notice(format_args!("Running mode=standalone, port={}.", settings.network.port));
}
