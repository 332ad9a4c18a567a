//! The settings that every command may look at, flattened from the configuration.
//!
//! A worker copies them at the start of a batch if the configuration has changed, so that commands
//! read plain fields.

use std::sync::atomic::Ordering::Relaxed;

use commands::context::Limits;
use commands::follows::Follows;
use config::settings::OutputBufferLimits;
use config::{EvictionPolicy, Settings};
use keyspace::eviction::{LfuSettings, Policy};
use keyspace::value::stream::Memory;
use structures::list::Sizing;

use crate::lifecycle::Rehearsal;

use crate::client_memory::limit_of;
use crate::notify::Notices;

/// Longer than any run of brief requests takes, in microseconds, unless something is wrong.
const RUN_US_MAX: i64 = 1_000;

/// What a worker knows of the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knobs {
    pub(crate) limits: Limits,
    /// 0: no limit.
    pub(crate) maxmemory: u64,
    pub(crate) policy: Option<(Policy, Scope)>,
    pub(crate) samples: u32,
    pub(crate) lfu: LfuSettings,
    pub(crate) slower_than_us: i64,
    /// Whether the time of several brief requests in a row is measured together: not if what
    /// counts as slow is so short that a pipeline takes as long.
    pub(crate) measures_runs: bool,
    pub(crate) latency_threshold_ms: u64,
    pub(crate) latency_tracking: bool,
    pub(crate) notices: Notices,
    /// What clients may take together; 0: any amount.
    pub(crate) clients_memory_max: u64,
    /// `usize::MAX`: no limit.
    pub(crate) tracked_keys_max: usize,
}

/// Which keys may be evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Volatile,
}

impl Knobs {
    pub(crate) fn of(settings: &Settings, rehearsal: &Rehearsal) -> Self {
        let lfu = LfuSettings {
            log_factor: settings.eviction.lfu_log_factor,
            decay_minutes: settings.eviction.lfu_decay_minutes,
        };
        let policy = policy_of(settings.memory.policy);
        let is_lfu = matches!(policy, Some((Policy::Lfu, _)));
        let encodings = &settings.encodings;
        let limits = Limits {
            draws_max: draws_max(&settings.clients.output_buffer_limits),
            string_len_max: settings.clients.proto_max_bulk_len_bytes as usize,
            lists: list_sizing(settings, rehearsal),
            packed_hash_fields_max: encodings.hash_max_listpack_entries as usize,
            packed_hash_bytes_max: encodings.hash_max_listpack_value_bytes as usize,
            integer_set_members_max: encodings.set_max_intset_entries as usize,
            packed_set_members_max: encodings.set_max_listpack_entries as usize,
            packed_set_bytes_max: encodings.set_max_listpack_value_bytes as usize,
            packed_sorted_set_members_max: encodings.zset_max_listpack_entries as usize,
            packed_sorted_set_bytes_max: encodings.zset_max_listpack_value_bytes as usize,
            stream_block_bytes_max: encodings.stream_node_max_bytes as usize,
            stream_block_entries_max: encodings.stream_node_max_entries as usize,
            stream_names: Memory {
                duration_s: encodings.stream_idmp_duration_s,
                names_max: encodings.stream_idmp_maxsize,
            },
            sparse_sketch_bytes_max: encodings.hll_sparse_max_bytes as usize,
            lfu: is_lfu.then_some(lfu),
            follows: Follows::of(settings.compatibility.redis_version),
        };
        Self {
            limits,
            maxmemory: settings.memory.maxmemory_bytes,
            policy,
            samples: settings.eviction.samples,
            lfu,
            slower_than_us: settings.slowlog.slower_than_us,
            measures_runs: !(0..RUN_US_MAX).contains(&settings.slowlog.slower_than_us),
            latency_threshold_ms: settings.latency.monitor_threshold_ms,
            latency_tracking: settings.latency.tracking,
            clients_memory_max: limit_of(settings),
            notices: Notices::of(settings.notifications.events),
            tracked_keys_max: match settings.clients.tracking_table_max_keys {
                0 => usize::MAX,
                keys => keys as usize,
            },
        }
    }
}

fn list_sizing(settings: &Settings, rehearsal: &Rehearsal) -> Sizing {
    let encodings = &settings.encodings;
    let depth = encodings.list_compress_depth as usize;
    let sizing = Sizing::new(encodings.list_max_listpack_size, depth);
    // As in Redis, an element of the threshold's size has a chunk of its own already.
    let len = match rehearsal.packed_threshold.load(Relaxed) {
        0 => return sizing,
        threshold => threshold as usize - 1,
    };
    let sizing = sizing.with_element_max(len);
    match Follows::of(settings.compatibility.redis_version).names_listpacks() {
        // What has the name of a listpack is one whatever its elements are.
        true => sizing,
        false => sizing.with_flat_element_max(len),
    }
}

/// How many elements of at least 6 bytes, such as an empty string, fit within the limit of a
/// client's output, and one more. A client that also listens to channels is given no more either,
/// though its limit is another one.
fn draws_max(limits: &OutputBufferLimits) -> i64 {
    match limits.normal.hard_bytes {
        0 => i64::MAX,
        bytes => i64::try_from(bytes / 6 + 1).unwrap_or(i64::MAX),
    }
}

fn policy_of(policy: EvictionPolicy) -> Option<(Policy, Scope)> {
    match policy {
        EvictionPolicy::NoEviction => None,
        EvictionPolicy::AllKeysLru => Some((Policy::Lru, Scope::All)),
        EvictionPolicy::AllKeysLfu => Some((Policy::Lfu, Scope::All)),
        EvictionPolicy::AllKeysRandom => Some((Policy::Random, Scope::All)),
        EvictionPolicy::VolatileLru => Some((Policy::Lru, Scope::Volatile)),
        EvictionPolicy::VolatileLfu => Some((Policy::Lfu, Scope::Volatile)),
        EvictionPolicy::VolatileRandom => Some((Policy::Random, Scope::Volatile)),
        EvictionPolicy::VolatileTtl => Some((Policy::Ttl, Scope::Volatile)),
    }
}
