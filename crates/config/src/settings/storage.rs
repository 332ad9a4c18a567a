//! Settings of data in memory and on disk.
//!
//! Each structure holds a few fields that are used together; its defaults are Redis 7.0.15's,
//! except where the field says otherwise. Which directive sets a field: see `directives`.

use super::values::SavePoint;
use crate::choices::{AppendFsync, EvictionPolicy};

/// How much memory data may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// How hard expired keys are looked for: 1 is least, 10 is most.
    pub active_expire_effort: u32,
    /// Memory for data; 0 sets no limit.
    pub maxmemory_bytes: u64,
    /// Which key goes when `maxmemory` is reached.
    pub policy: EvictionPolicy,
}

impl Default for Memory {
    fn default() -> Self {
        Self { active_expire_effort: 1, maxmemory_bytes: 0, policy: EvictionPolicy::NoEviction }
    }
}

/// How the keys to evict are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// Time after which a key's access counter is halved. In minutes.
    pub lfu_decay_minutes: u32,
    /// How slowly a key's access counter saturates.
    pub lfu_log_factor: u32,
    /// Keys compared before one is evicted.
    pub samples: u32,
}

impl Default for Eviction {
    fn default() -> Self {
        Self { lfu_decay_minutes: 1, lfu_log_factor: 10, samples: 5 }
    }
}

/// What is freed in the background.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lazyfree {
    /// Free evicted values in the background.
    pub eviction: bool,
    /// Free expired values in the background.
    pub expire: bool,
    /// Free values that a command overwrites in the background.
    pub server_del: bool,
    /// Free values removed by DEL in the background.
    pub user_del: bool,
    /// Free FLUSHDB and FLUSHALL without SYNC in the background.
    pub user_flush: bool,
}

/// Limits up to which small values stay packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encodings {
    /// Elements up to which a hash stays packed.
    pub hash_max_listpack_entries: u64,
    /// Longest element of a packed hash.
    pub hash_max_listpack_value_bytes: u64,
    /// Elements up to which a sorted set stays packed.
    pub zset_max_listpack_entries: u64,
    /// Longest element of a packed sorted set.
    pub zset_max_listpack_value_bytes: u64,
    /// Size up to which a HyperLogLog stays sparse.
    pub hll_sparse_max_bytes: u64,
    /// Size of one chunk of a list: elements if positive; -1 to -5 are 4, 8, 16, 32 and 64 kb.
    pub list_max_listpack_size: i32,
    /// Chunks at each end of a list that are not compressed; 0 compresses none.
    pub list_compress_depth: u32,
    /// Elements up to which a set of integers stays an array of integers.
    pub set_max_intset_entries: u64,
    /// Elements up to which a set stays packed.
    pub set_max_listpack_entries: u64,
    /// Longest element of a packed set. In bytes.
    pub set_max_listpack_value_bytes: u64,
    /// How long a stream remembers the names that producers give entries. In seconds.
    pub stream_idmp_duration_s: u64,
    /// How many names of one producer a stream remembers.
    pub stream_idmp_maxsize: u64,
    /// Size of one block of a stream; 0 sets no limit.
    pub stream_node_max_bytes: u64,
    /// Entries of one block of a stream; 0 sets no limit.
    pub stream_node_max_entries: u64,
}

impl Default for Encodings {
    fn default() -> Self {
        Self {
            hash_max_listpack_entries: 512,
            hash_max_listpack_value_bytes: 64,
            zset_max_listpack_entries: 128,
            zset_max_listpack_value_bytes: 64,
            hll_sparse_max_bytes: 3000,
            list_max_listpack_size: -2,
            list_compress_depth: 0,
            set_max_intset_entries: 512,
            set_max_listpack_entries: 128,
            set_max_listpack_value_bytes: 64,
            stream_idmp_duration_s: 100,
            stream_idmp_maxsize: 100,
            stream_node_max_bytes: 4096,
            stream_node_max_entries: 100,
        }
    }
}

/// The append-only file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aof {
    /// Start from an append-only file whose end is cut off, dropping the unfinished record.
    pub load_truncated: bool,
    /// Write times into the append-only file, for recovery to a moment.
    pub timestamps: bool,
    /// Write the base of the append-only file as a snapshot.
    pub rdb_preamble: bool,
    /// When appended writes are flushed to disk; `always` flushes before the reply.
    pub fsync: AppendFsync,
    /// Append every write to a log on disk. (Redis's default is no.)
    pub enabled: bool,
}

impl Default for Aof {
    fn default() -> Self {
        Self {
            load_truncated: true,
            timestamps: false,
            rdb_preamble: true,
            fsync: AppendFsync::EverySecond,
            enabled: true,
        }
    }
}

/// Names of append-only files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AofFiles {
    /// Directory of the append-only files, below `dir`.
    pub dir_name: String,
    /// What the names of append-only files begin with.
    pub file_name: String,
    /// Keep append-only files that a rewrite replaced.
    pub keep_history: bool,
}

impl Default for AofFiles {
    fn default() -> Self {
        Self {
            dir_name: "appendonlydir".to_owned(),
            file_name: "appendonly.aof".to_owned(),
            keep_history: false,
        }
    }
}

/// When the append-only file is rewritten by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AofRewrite {
    /// Size below which the append-only file is not rewritten by itself.
    pub min_size_bytes: u64,
    /// Growth since the last rewrite at which the next begins; 0 never. In percent.
    pub percentage: u32,
}

impl Default for AofRewrite {
    fn default() -> Self {
        Self { min_size_bytes: 64 << 20, percentage: 100 }
    }
}

/// Snapshot files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// File name of the snapshot, below `dir`.
    pub file_name: String,
    /// Remove snapshot files made only for replication, when nothing else persists.
    pub delete_sync_files: bool,
    /// End snapshots with a checksum and verify it.
    pub checksum: bool,
    /// Compress strings in snapshots.
    pub compression: bool,
    /// When to take a snapshot: seconds and changes, in pairs; empty never.
    pub save_points: Vec<SavePoint>,
    /// Refuse writes after a snapshot failed, until one succeeds.
    pub stop_writes_on_error: bool,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            file_name: "dump.rdb".to_owned(),
            delete_sync_files: false,
            checksum: true,
            compression: true,
            save_points: SavePoint::defaults(),
            stop_writes_on_error: true,
        }
    }
}
