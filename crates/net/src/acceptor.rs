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

/// Sockets that listen.
pub struct Listeners {
    list: Vec<Listener>,
}

impl Listeners {
    /// Listens at all endpoints.
    ///
    /// # Errors
    /// One that is not optional cannot be listened at.
    pub fn bind(endpoints: &[Endpoint], backlog: i32) -> Result<Self, BindError> {
        let mut list = Vec::new();
        for endpoint in endpoints {
            let optional = matches!(endpoint, Endpoint::Tcp { optional: true, .. });
            match listen(endpoint, backlog) {
                Ok(listener) => list.push(listener),
                Err(error) if optional && is_missing(&error) => {}
                Err(source) => {
                    return Err(BindError { endpoint: endpoint.to_string(), source });
                }
            }
        }
        Ok(Self { list })
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
        self.list.iter().filter_map(address).collect()
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
        Endpoint::Unix { path, mode } => {
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

/// Talks to a running acceptor.
#[derive(Clone)]
pub struct AcceptorHandle {
    replace: Sender<Listeners>,
    waker: Arc<Waker>,
    keepalive: Arc<AtomicU32>,
    over: Arc<AtomicBool>,
}

impl AcceptorHandle {
    /// Listens at these instead.
    pub fn replace(&self, listeners: Listeners) {
        if self.replace.send(listeners).is_ok() {
            let _ = self.waker.wake();
        }
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
pub struct Acceptor<M> {
    poll: Poll,
    listeners: Listeners,
    replaced: Receiver<Listeners>,
    handle: AcceptorHandle,
    postboxes: Vec<Postbox<M>>,
    load: Arc<[AtomicUsize]>,
}

impl<M> Acceptor<M> {
    /// Will hand connections to the workers behind `postboxes`.
    ///
    /// # Errors
    /// The system has no more descriptors.
    pub fn new(
        listeners: Listeners,
        postboxes: Vec<Postbox<M>>,
        load: Arc<[AtomicUsize]>,
    ) -> io::Result<(Self, AcceptorHandle)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (replace, replaced) = channel();
        let handle =
            AcceptorHandle { replace, waker, keepalive: Arc::default(), over: Arc::default() };
        let acceptor = Self { poll, listeners, replaced, handle: handle.clone(), postboxes, load };
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
            if let Err(error) = self.poll.poll(&mut events, timeout) {
                if error.kind() != ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            while let Ok(listeners) = self.replaced.try_recv() {
                self.remove_paths(&listeners);
                self.listeners = listeners;
                self.register()?;
            }
            let exhausted = (0..self.listeners.list.len()).any(|index| !self.accept_all(index));
            timeout = exhausted.then_some(EXHAUSTED_PAUSE);
        }
        self.remove_paths(&Listeners { list: Vec::new() });
        Ok(())
    }

    fn register(&mut self) -> io::Result<()> {
        for (index, listener) in self.listeners.list.iter_mut().enumerate() {
            let registry = self.poll.registry();
            match listener {
                Listener::Tcp(l) => registry.register(l, Token(index), Interest::READABLE)?,
                Listener::Unix(l, _) => registry.register(l, Token(index), Interest::READABLE)?,
            }
        }
        Ok(())
    }

    fn remove_paths(&self, keep: &Listeners) {
        let kept = |path: &PathBuf| {
            keep.list.iter().any(|l| matches!(l, Listener::Unix(_, other) if other == path))
        };
        for listener in &self.listeners.list {
            if let Listener::Unix(_, path) = listener {
                if !kept(path) {
                    let _ = fs::remove_file(path);
                }
            }
        }
    }

    /// False if the process is out of descriptors.
    fn accept_all(&self, index: usize) -> bool {
        loop {
            let keepalive = self.handle.keepalive.load(Relaxed);
            let accepted = match &self.listeners.list[index] {
                Listener::Tcp(l) => l.accept().map(|(stream, _)| Stream::tcp(stream, keepalive)),
                Listener::Unix(l, _) => l.accept().map(|(stream, _)| Stream::Unix(stream)),
            };
            match accepted {
                Ok(stream) => self.assign(stream),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if matches!(error.raw_os_error(), Some(23 | 24)) => return false,
                // The peer is gone already, or the call was interrupted.
                Err(_) => {}
            }
        }
    }

    /// Gives a connection to the worker with the fewest.
    fn assign(&self, stream: Stream) {
        let least = (0..self.load.len()).min_by_key(|&worker| self.load[worker].load(Relaxed));
        if let Some(worker) = least {
            self.load[worker].fetch_add(1, Relaxed);
            self.postboxes[worker].put(Letter::Connection(stream));
        }
    }
}
