//! Russet's own directives. Their names must not be Redis's or Valkey's.
//!
//! Rows of the table of directives, sorted by name.

use crate::directive::{Directive, decimals, single};
use crate::directives::checks::redis_version;
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    single("binary-port", decimals(0, 65535), field!(binary.port))
        .hidden()
        .about("TCP port of the compact binary protocol; 0 listens on none."),
    single("binary-unixsocket", Shape::Text(any), field!(binary.path))
        .immutable()
        .hidden()
        .about("Path of a unix socket for the compact binary protocol."),
    single("redis-version", Shape::Text(redis_version), field!(compatibility.redis_version))
        .hidden()
        .about(
            "The version of Redis that is shown to clients, and followed where versions contradict \
             one another: X.Y.Z, from 7.0.0 to 8.0.255. From 7.2.0 on small sets and lists are \
             named `listpack`, for instance.",
        ),
];
