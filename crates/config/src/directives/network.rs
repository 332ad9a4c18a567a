//! Where the server listens, and the threads that serve.
//!
//! Rows of the table of directives, sorted by name.

use super::lists;
use crate::directive::bounds::{INT_MAX, UINT_MAX};
use crate::directive::{Directive, accepted, decimals, list, octals, single};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    list("bind", lists::BIND).about(
        "Addresses to listen on; a leading `-` lets one be missing, `*` is every interface.",
    ),
    accepted("bind-source-addr", Shape::Text(any), "", "no outgoing connections are made")
        .about("Address that outgoing connections (to a master, to cluster nodes) start from."),
    accepted(
        "events-per-io-thread",
        decimals(0, INT_MAX),
        "2",
        "threads are not switched on and off by load",
    )
    .about("Events needed before Valkey wakes one more thread."),
    single("io-threads", decimals(0, 1024), field!(threads.io_threads))
        .unit("threads")
        .immutable()
        .shown_as(|settings| settings.thread_count().to_string())
        .about(
            "Threads that serve clients; 0 is one per core. CONFIG GET shows the number in \
             effect.",
        ),
    accepted("io-threads-always-active", Shape::Bool, "no", "all threads are always ready")
        .hidden()
        .about("Keep Valkey's helper threads awake."),
    accepted(
        "io-threads-do-reads",
        Shape::Bool,
        "no",
        "every thread reads, runs and answers the requests of its own connections",
    )
    .immutable()
    .about("Whether Redis's helper threads also read."),
    accepted("lookahead", decimals(1, 1000000), "16", "a batch is what one read brought")
        .about("Commands Redis parses ahead on a connection."),
    accepted(
        "max-new-connections-per-cycle",
        decimals(1, 1000),
        "10",
        "threads accept connections beside serving them",
    )
    .about("Connections accepted per turn of the event loop."),
    accepted(
        "max-new-tls-connections-per-cycle",
        decimals(1, 1000),
        "1",
        "threads accept connections beside serving them",
    )
    .about("TLS connections accepted per turn of the event loop."),
    accepted("mptcp", Shape::Bool, "no", "multipath TCP is not offered")
        .immutable()
        .hidden()
        .about("Listen with multipath TCP."),
    single("port", decimals(0, 65535), field!(network.port)).about("TCP port; 0 listens on none."),
    accepted("prefetch-batch-max-size", decimals(0, 128), "16", "a batch is what one read brought")
        .about("Commands Valkey prefetches together."),
    single("protected-mode", Shape::Bool, field!(network.protected_mode))
        .about("Serve only local clients while no password is set and no address is bound."),
    single("server_cpulist", Shape::Text(any), field!(threads.cpu_list))
        .alias(&["server-cpulist"])
        .immutable()
        .about("Cores the serving threads may run on, such as `0-3,8`."),
    accepted("socket-mark-id", decimals(0, UINT_MAX), "0", "listening sockets get no mark")
        .immutable()
        .about("Mark put on listening sockets for the operating system's routing; 0 sets none."),
    single("tcp-backlog", decimals(0, INT_MAX), field!(network.tcp_backlog))
        .unit("connections")
        .immutable()
        .about("Connections the kernel queues before they are accepted."),
    single("tcp-keepalive", decimals(0, INT_MAX), field!(network.tcp_keepalive_s))
        .unit("seconds")
        .about("Idle time after which TCP asks a peer whether it is alive; 0 never asks."),
    single("unixsocket", Shape::Text(any), field!(unix.path))
        .immutable()
        .about("Path of a unix socket to listen on as well."),
    single("unixsocketgroup", Shape::Text(any), field!(unix.group))
        .immutable()
        .hidden()
        .about("Group that owns the unix socket."),
    single("unixsocketperm", octals(0o777), field!(unix.mode))
        .immutable()
        .about("File mode of the unix socket; 0 leaves it to the umask."),
];
