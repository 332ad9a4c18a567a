//! How much memory, which keys go first, and how memory is given back.
//!
//! Rows of the table of directives, sorted by name.

use super::checks::no_defrag;
use crate::choices::EvictionPolicy;
use crate::directive::bounds::{INT_MAX, LONG_MAX, ULONG_MAX};
use crate::directive::{Directive, accepted, decimals, single, sizes};
use crate::shape::Shape;
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    accepted(
        "active-defrag-cycle-max",
        decimals(1, 99),
        "25",
        "memory is not moved between allocations; small values are packed instead",
    )
    .unit("percent")
    .about("Most CPU that defragmentation takes."),
    accepted(
        "active-defrag-cycle-min",
        decimals(1, 99),
        "1",
        "memory is not moved between allocations; small values are packed instead",
    )
    .unit("percent")
    .about("Least CPU that defragmentation takes."),
    accepted(
        "active-defrag-cycle-us",
        decimals(0, 100000),
        "500",
        "memory is not moved between allocations; small values are packed instead",
    )
    .unit("microseconds")
    .about("Time of one turn of defragmentation (Valkey)."),
    accepted(
        "active-defrag-ignore-bytes",
        sizes(1, LONG_MAX),
        "104857600",
        "memory is not moved between allocations; small values are packed instead",
    )
    .about("Waste below which defragmentation rests."),
    accepted(
        "active-defrag-max-scan-fields",
        decimals(1, LONG_MAX),
        "1000",
        "memory is not moved between allocations; small values are packed instead",
    )
    .about("Elements above which a key is defragmented in steps."),
    accepted(
        "active-defrag-threshold-lower",
        decimals(0, 1000),
        "10",
        "memory is not moved between allocations; small values are packed instead",
    )
    .unit("percent")
    .about("Waste at which defragmentation starts."),
    accepted(
        "active-defrag-threshold-upper",
        decimals(0, 1000),
        "100",
        "memory is not moved between allocations; small values are packed instead",
    )
    .unit("percent")
    .about("Waste at which defragmentation works hardest."),
    single("active-expire-effort", decimals(1, 10), field!(memory.active_expire_effort))
        .about("How hard expired keys are looked for: 1 is least, 10 is most."),
    accepted(
        "activedefrag",
        Shape::Text(no_defrag),
        "no",
        "memory is not moved between allocations; small values are packed instead",
    )
    .about("Move values together to give memory back."),
    accepted(
        "activerehashing",
        Shape::Bool,
        "yes",
        "the table grows one segment at a time and has nothing left to rehash",
    )
    .about("Use idle time to finish growing hash tables."),
    accepted(
        "jemalloc-bg-thread",
        Shape::Bool,
        "yes",
        "the allocator is tended by the server's own housekeeping",
    )
    .about("Let the allocator return memory from a thread of its own."),
    single("lazyfree-lazy-eviction", Shape::Bool, field!(lazyfree.eviction))
        .about("Free evicted values in the background."),
    single("lazyfree-lazy-expire", Shape::Bool, field!(lazyfree.expire))
        .about("Free expired values in the background."),
    single("lazyfree-lazy-server-del", Shape::Bool, field!(lazyfree.server_del))
        .about("Free values that a command overwrites in the background."),
    single("lazyfree-lazy-user-del", Shape::Bool, field!(lazyfree.user_del))
        .about("Free values removed by DEL in the background."),
    single("lazyfree-lazy-user-flush", Shape::Bool, field!(lazyfree.user_flush))
        .about("Free FLUSHDB and FLUSHALL without SYNC in the background."),
    single("lfu-decay-time", decimals(0, INT_MAX), field!(eviction.lfu_decay_minutes))
        .unit("minutes")
        .about("Time after which a key's access counter is halved."),
    single("lfu-log-factor", decimals(0, INT_MAX), field!(eviction.lfu_log_factor))
        .about("How slowly a key's access counter saturates."),
    single("maxmemory", sizes(0, ULONG_MAX), field!(memory.maxmemory_bytes))
        .about("Memory for data; 0 sets no limit."),
    accepted(
        "maxmemory-eviction-tenacity",
        decimals(0, 100),
        "10",
        "a command evicts at most 64 keys before it runs, whatever their size",
    )
    .about("How long a command may be held up by eviction: 0 is least, 100 without bound."),
    single("maxmemory-policy", Shape::Choice(EvictionPolicy::WORDS), field!(memory.policy))
        .about("Which key goes when `maxmemory` is reached."),
    single("maxmemory-samples", decimals(1, INT_MAX), field!(eviction.samples))
        .unit("keys")
        .about("Keys compared before one is evicted."),
];
