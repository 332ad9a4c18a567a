//! The acceptor: one thread that listens and hands connections to the workers.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use mio::net::{TcpListener, UnixListener};
use mio::{Events, Interest, Poll, Token, Waker};
use protocol::Version;
use socket2::{Domain, Protocol, Socket, Type};

use crate::address::{BindError, Endpoint};
use crate::mailbox::{Letter, Postbox, WAKE};
use crate::stream::Stream;

/// After the process has run out of descriptors: how long to leave clients in the backlog.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// Sockets that listen, with what each was asked for.
#[derive(Default)]
pub struct Listeners {
    list: Vec<(Endpoint, Listener)>,
}

impl Listeners {
    /// Listens at all endpoints.
    ///
    /// # Errors
    /// One that is not optional cannot be listened at.
    pub fn bind(endpoints: &[Endpoint], backlog: i32) -> Result<Self, BindError> {
        let mut listeners = Self::default();
        for endpoint in endpoints {
            if let Some(listener) = bind_one(endpoint, backlog)? {
                listeners.list.push((endpoint.clone(), listener));
            }
        }
        Ok(listeners)
    }

    /// Listens at these endpoints instead, keeping the sockets of those it listens at already.
    ///
    /// # Errors
    /// As `bind`; then everything stays as it was.
    fn change(&mut self, endpoints: &[Endpoint], backlog: i32) -> Result<(), BindError> {
        let mut fresh = Vec::new();
        for endpoint in endpoints.iter().filter(|e| !self.has(e)) {
            if let Some(listener) = bind_one(endpoint, backlog)? {
                fresh.push((endpoint.clone(), listener));
            }
        }
        self.list.retain(|(endpoint, listener)| {
            let stays = endpoints.contains(endpoint);
            if !stays {
                remove_path(listener);
            }
            stays
        });
        self.list.append(&mut fresh);
        Ok(())
    }

    fn has(&self, endpoint: &Endpoint) -> bool {
        self.list.iter().any(|(known, _)| known == endpoint)
    }

    /// True if there is no socket at all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The TCP addresses listened at (the port is known even if 0 was asked for).
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let address = |listener: &Listener| match listener {
            Listener::Tcp(listener) => listener.local_addr().ok(),
            Listener::Unix(..) => None,
        };
        self.list.iter().filter_map(|(_, listener)| address(listener)).collect()
    }
}

/// Listens at one endpoint; `None` if it is optional and this machine does not have it.
fn bind_one(endpoint: &Endpoint, backlog: i32) -> Result<Option<Listener>, BindError> {
    let optional = matches!(endpoint, Endpoint::Tcp { optional: true, .. });
    match listen(endpoint, backlog) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if optional && is_missing(&error) => Ok(None),
        Err(source) => Err(BindError { endpoint: endpoint.to_string(), source }),
    }
}

fn remove_path(listener: &Listener) {
    if let Listener::Unix(_, path) = listener {
        let _ = fs::remove_file(path);
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        || error.raw_os_error() == Some(97) // EAFNOSUPPORT
}

fn listen(endpoint: &Endpoint, backlog: i32) -> io::Result<Listener> {
    match endpoint {
        Endpoint::Tcp { address, .. } => {
            let socket =
                Socket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP))?;
            if address.is_ipv6() {
                socket.set_only_v6(true)?;
            }
            socket.set_reuse_address(true)?;
            socket.bind(&(*address).into())?;
            socket.listen(backlog)?;
            socket.set_nonblocking(true)?;
            Ok(Listener::Tcp(TcpListener::from_std(socket.into())))
        }
        Endpoint::Unix { path, mode, .. } => {
            let _ = fs::remove_file(path);
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            socket.bind(&socket2::SockAddr::unix(path)?)?;
            // Nobody can connect before `listen`, so the permissions are never too wide.
            if *mode != 0 {
                fs::set_permissions(path, fs::Permissions::from_mode(*mode))?;
            }
            socket.listen(backlog)?;
            socket.set_nonblocking(true)?;
            Ok(Listener::Unix(UnixListener::from_std(socket.into()), path.clone()))
        }
    }
}

/// A wish to listen elsewhere, and where to answer it.
struct Change {
    endpoints: Vec<Endpoint>,
    backlog: i32,
    outcome: Sender<Result<(), BindError>>,
}

/// Talks to a running acceptor.
#[derive(Clone)]
pub struct AcceptorHandle {
    changes: Sender<Change>,
    waker: Arc<Waker>,
    keepalive: Arc<AtomicU32>,
    over: Arc<AtomicBool>,
}

impl AcceptorHandle {
    /// Listens at these endpoints instead. Waits until the acceptor has done so.
    ///
    /// # Errors
    /// One that is not optional cannot be listened at; then nothing changed.
    pub fn listen_at(&self, endpoints: Vec<Endpoint>, backlog: i32) -> Result<(), BindError> {
        let (outcome, done) = channel();
        if self.changes.send(Change { endpoints, backlog, outcome }).is_ok() {
            let _ = self.waker.wake();
            if let Ok(result) = done.recv() {
                return result;
            }
        }
        // The acceptor has ended, and with it all listening.
        Ok(())
    }

    /// Seconds between keepalive probes of connections accepted from now on; 0: none.
    pub fn set_keepalive(&self, seconds: u32) {
        self.keepalive.store(seconds, Relaxed);
    }

    /// Ends the acceptor and removes its unix sockets.
    pub fn stop(&self) {
        self.over.store(true, Relaxed);
        let _ = self.waker.wake();
    }
}

/// The acceptor before it runs.
pub struct Acceptor<M, C> {
    poll: Poll,
    listeners: Listeners,
    changes: Receiver<Change>,
    handle: AcceptorHandle,
    postboxes: Vec<Postbox<M, C>>,
    load: Arc<[AtomicUsize]>,
}

impl<M, C> Acceptor<M, C> {
    /// Will hand connections to the workers behind `postboxes`.
    ///
    /// # Errors
    /// The system has no more descriptors.
    pub fn new(
        listeners: Listeners,
        postboxes: Vec<Postbox<M, C>>,
        load: Arc<[AtomicUsize]>,
    ) -> io::Result<(Self, AcceptorHandle)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (sender, changes) = channel();
        let handle = AcceptorHandle {
            changes: sender,
            waker,
            keepalive: Arc::default(),
            over: Arc::default(),
        };
        let acceptor = Self { poll, listeners, changes, handle: handle.clone(), postboxes, load };
        Ok((acceptor, handle))
    }

    /// Accepts until stopped.
    ///
    /// # Errors
    /// The poll fails.
    pub fn run(mut self) -> io::Result<()> {
        self.register()?;
        let mut events = Events::with_capacity(16);
        let mut timeout = None;
        while !self.handle.over.load(Relaxed) {
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != ErrorKind::Interrupted
            {
                return Err(error);
            }
            while let Ok(change) = self.changes.try_recv() {
                let outcome = self.listeners.change(&change.endpoints, change.backlog);
                self.register()?;
                // Whoever asked may have gone.
                let _ = change.outcome.send(outcome);
            }
            let exhausted = (0..self.listeners.list.len()).any(|index| !self.accept_all(index));
            timeout = exhausted.then_some(EXHAUSTED_PAUSE);
        }
        self.listeners.list.iter().for_each(|(_, listener)| remove_path(listener));
        Ok(())
    }

    /// Registers every listener under its index, which may have changed.
    fn register(&mut self) -> io::Result<()> {
        let registry = self.poll.registry();
        for (index, (_, listener)) in self.listeners.list.iter_mut().enumerate() {
            let _ = match listener {
                Listener::Tcp(l) => registry.deregister(l),
                Listener::Unix(l, _) => registry.deregister(l),
            };
            match listener {
                Listener::Tcp(l) => registry.register(l, Token(index), Interest::READABLE)?,
                Listener::Unix(l, _) => registry.register(l, Token(index), Interest::READABLE)?,
            }
        }
        Ok(())
    }

    /// False if the process is out of descriptors.
    fn accept_all(&self, index: usize) -> bool {
        loop {
            let keepalive = self.handle.keepalive.load(Relaxed);
            let (endpoint, listener) = &self.listeners.list[index];
            let accepted = match listener {
                Listener::Tcp(l) => l.accept().map(|(stream, _)| Stream::tcp(stream, keepalive)),
                Listener::Unix(l, _) => l.accept().map(|(stream, _)| Stream::Unix(stream)),
            };
            match accepted {
                Ok(stream) => self.assign(stream, endpoint.speaks()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if matches!(error.raw_os_error(), Some(23 | 24)) => return false,
                // The peer is gone already, or the call was interrupted.
                Err(_) => {}
            }
        }
    }

    /// Gives a connection to the worker with the fewest.
    fn assign(&self, stream: Stream, speaks: Version) {
        let least = (0..self.load.len()).min_by_key(|&worker| self.load[worker].load(Relaxed));
        if let Some(worker) = least {
            self.load[worker].fetch_add(1, Relaxed);
            self.postboxes[worker].put(Letter::Connection(stream, speaks));
            self.postboxes[worker].wake();
        }
    }
}
