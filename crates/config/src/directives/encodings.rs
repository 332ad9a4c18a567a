//! Up to which size small values stay packed.
//!
//! Rows of the table of directives, sorted by name.

use crate::directive::bounds::{INT_MAX, INT_MIN, LONG_MAX};
use crate::directive::{Directive, decimals, single, sizes};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    single(
        "hash-max-listpack-entries",
        decimals(0, LONG_MAX),
        field!(encodings.hash_max_listpack_entries),
    )
    .unit("elements")
    .alias(&["hash-max-ziplist-entries"])
    .about("Elements up to which a hash stays packed."),
    single(
        "hash-max-listpack-value",
        sizes(0, LONG_MAX),
        field!(encodings.hash_max_listpack_value_bytes),
    )
    .alias(&["hash-max-ziplist-value"])
    .about("Longest element of a packed hash."),
    single("hll-sparse-max-bytes", sizes(0, LONG_MAX), field!(encodings.hll_sparse_max_bytes))
        .about("Size up to which a HyperLogLog stays sparse."),
    single("list-compress-depth", decimals(0, INT_MAX), field!(encodings.list_compress_depth))
        .unit("chunks")
        .about("Chunks at each end of a list that are not compressed; 0 compresses none."),
    single(
        "list-max-listpack-size",
        decimals(INT_MIN, INT_MAX),
        field!(encodings.list_max_listpack_size),
    )
    .alias(&["list-max-ziplist-size"])
    .about(
        "Size of one chunk of a list: elements if positive; -1 to -5 are 4, 8, 16, 32 and 64 \
             kb.",
    ),
    single(
        "set-max-intset-entries",
        decimals(0, LONG_MAX),
        field!(encodings.set_max_intset_entries),
    )
    .unit("elements")
    .about("Elements up to which a set of integers stays an array of integers."),
    single(
        "set-max-listpack-entries",
        decimals(0, LONG_MAX),
        field!(encodings.set_max_listpack_entries),
    )
    .unit("elements")
    .about("Elements up to which a set stays packed."),
    single(
        "set-max-listpack-value",
        decimals(0, LONG_MAX),
        field!(encodings.set_max_listpack_value_bytes),
    )
    .unit("bytes")
    .about("Longest element of a packed set."),
    single("stream-idmp-duration", decimals(1, 86_400), field!(encodings.stream_idmp_duration_s))
        .unit("seconds")
        .about("How long a stream remembers the names that producers give entries."),
    single("stream-idmp-maxsize", decimals(1, 10_000), field!(encodings.stream_idmp_maxsize))
        .unit("names")
        .about("How many names of one producer a stream remembers."),
    single("stream-node-max-bytes", sizes(0, LONG_MAX), field!(encodings.stream_node_max_bytes))
        .about("Size of one block of a stream; 0 sets no limit."),
    single(
        "stream-node-max-entries",
        decimals(0, LONG_MAX),
        field!(encodings.stream_node_max_entries),
    )
    .unit("entries")
    .about("Entries of one block of a stream; 0 sets no limit."),
    single(
        "zset-max-listpack-entries",
        decimals(0, LONG_MAX),
        field!(encodings.zset_max_listpack_entries),
    )
    .unit("elements")
    .alias(&["zset-max-ziplist-entries"])
    .about("Elements up to which a sorted set stays packed."),
    single(
        "zset-max-listpack-value",
        sizes(0, LONG_MAX),
        field!(encodings.zset_max_listpack_value_bytes),
    )
    .alias(&["zset-max-ziplist-value"])
    .about("Longest element of a packed sorted set."),
];
