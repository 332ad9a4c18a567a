//! Limits on clients and their buffers.
//!
//! Rows of the table of directives, sorted by name.

use super::lists;
use crate::directive::bounds::{INT_MAX, LONG_MAX, UINT_MAX};
use crate::directive::{Directive, decimals, list, single, sizes, sizes_or_percent};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    single("client-default-resp", decimals(2, 3), field!(clients.default_resp))
        .immutable()
        .hidden()
        .about("RESP version of a new connection."),
    list("client-output-buffer-limit", lists::OUTPUT_BUFFER_LIMIT).about(
        "Output a client may leave unread before it is disconnected: class, hard limit, soft \
             limit, seconds above the soft limit.",
    ),
    single(
        "client-query-buffer-limit",
        sizes(1 << 20, LONG_MAX),
        field!(clients.query_buffer_limit_bytes),
    )
    .about("Bytes of unfinished requests a client may have pending."),
    single("maxclients", decimals(1, UINT_MAX), field!(clients.maxclients))
        .unit("clients")
        .about("Connections served at the same time."),
    single("maxmemory-clients", sizes_or_percent(100, LONG_MAX), field!(clients.maxmemory_clients))
        .about(
            "Memory all clients' buffers may take together, in bytes or percent of `maxmemory`; \
             0 sets no limit.",
        ),
    single(
        "proto-max-bulk-len",
        sizes(1 << 20, LONG_MAX),
        field!(clients.proto_max_bulk_len_bytes),
    )
    .about("Longest single argument of a request."),
    single("timeout", decimals(0, INT_MAX), field!(clients.timeout_s))
        .unit("seconds")
        .about("Idle time after which a client is disconnected; 0 never."),
    single(
        "tracking-table-max-keys",
        decimals(0, LONG_MAX),
        field!(clients.tracking_table_max_keys),
    )
    .unit("keys")
    .about(
        "Keys remembered for client-side caching; beyond it some are invalidated early. 0 \
             sets no limit.",
    ),
];
