//! A connected socket, TCP or unix.

use std::io::{self, IoSlice, Read, Write};
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use protocol::Version;
use socket2::{SockRef, TcpKeepalive};

use crate::service::Peer;

/// Probes before a silent peer is given up, at a third of the keepalive time each.
const KEEPALIVE_PROBES: u32 = 3;

pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    /// A TCP stream with small packets sent at once, and probes every `keepalive` seconds if not 0.
    /// A peer that is gone already shows at the first read.
    pub(crate) fn tcp(stream: TcpStream, keepalive: u32) -> Self {
        let _ = stream.set_nodelay(true);
        if keepalive > 0 {
            let time = Duration::from_secs(u64::from(keepalive));
            let interval = Duration::from_secs(u64::from(keepalive / KEEPALIVE_PROBES).max(1));
            let probes = TcpKeepalive::new()
                .with_time(time)
                .with_interval(interval)
                .with_retries(KEEPALIVE_PROBES);
            let _ = SockRef::from(&stream).set_tcp_keepalive(&probes);
        }
        Self::Tcp(stream)
    }

    pub(crate) fn peer(&self, speaks: Version, worker: usize, slot: usize) -> Peer {
        let (address, local, is_unix, is_loopback) = match self {
            Self::Tcp(stream) => {
                let address = stream.peer_addr();
                let is_loopback = address.as_ref().is_ok_and(|a| is_loopback(a.ip()));
                let text = |a: io::Result<std::net::SocketAddr>| {
                    a.map_or_else(|_| "?:0".to_owned(), |a| unmapped(a).to_string())
                };
                (text(address), text(stream.local_addr()), false, is_loopback)
            }
            Self::Unix(stream) => {
                let path = stream.local_addr().ok();
                let path = path.as_ref().and_then(|a| a.as_pathname());
                let text = path.map_or_else(|| "?".to_owned(), |p| p.display().to_string()) + ":0";
                (text.clone(), text, true, true)
            }
        };
        let descriptor = self.descriptor();
        Peer { address, local, is_unix, is_loopback, speaks, descriptor, worker, slot }
    }

    fn descriptor(&self) -> i32 {
        match self {
            Self::Tcp(stream) => stream.as_raw_fd(),
            Self::Unix(stream) => stream.as_raw_fd(),
        }
    }

    pub(crate) fn register(&mut self, registry: &Registry, slot: usize) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        match self {
            Self::Tcp(stream) => stream.register(registry, Token(slot), interest),
            Self::Unix(stream) => stream.register(registry, Token(slot), interest),
        }
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    pub(crate) fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write_vectored(slices),
            Self::Unix(stream) => stream.write_vectored(slices),
        }
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// IPv4 clients of an IPv6 socket are shown by their IPv4 address.
fn unmapped(address: std::net::SocketAddr) -> std::net::SocketAddr {
    std::net::SocketAddr::new(address.ip().to_canonical(), address.port())
}
