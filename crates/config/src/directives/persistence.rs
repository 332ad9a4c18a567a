//! The append-only file and snapshots.
//!
//! Rows of the table of directives, sorted by name.

use super::checks::{append_dir_name, append_file_name, db_file_name};
use super::lists;
use crate::choices::AppendFsync;
use crate::directive::bounds::{INT_MAX, LONG_MAX};
use crate::directive::{Directive, accepted, decimals, list, single, sizes};
use crate::shape::Shape;
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    single("aof-disable-auto-gc", Shape::Bool, field!(aof_files.keep_history))
        .about("Keep append-only files that a rewrite replaced."),
    single("aof-load-truncated", Shape::Bool, field!(aof.load_truncated)).about(
        "Start from an append-only file whose end is cut off, dropping the unfinished record.",
    ),
    accepted(
        "aof-rewrite-incremental-fsync",
        Shape::Bool,
        "yes",
        "a base file is always flushed in steps",
    )
    .about("Flush a rewritten file while it is written."),
    single("aof-timestamp-enabled", Shape::Bool, field!(aof.timestamps))
        .about("Write times into the append-only file, for recovery to a moment."),
    single("aof-use-rdb-preamble", Shape::Bool, field!(aof.rdb_preamble))
        .about("Write the base of the append-only file as a snapshot."),
    single("appenddirname", Shape::Text(append_dir_name), field!(aof_files.dir_name))
        .immutable()
        .about("Directory of the append-only files, below `dir`."),
    single("appendfilename", Shape::Text(append_file_name), field!(aof_files.file_name))
        .immutable()
        .about("What the names of append-only files begin with."),
    single("appendfsync", Shape::Choice(AppendFsync::WORDS), field!(aof.fsync))
        .about("When appended writes are flushed to disk; `always` flushes before the reply."),
    single("appendonly", Shape::Bool, field!(aof.enabled))
        .denied_while_loading()
        .about("Append every write to a log on disk. (Redis's default is no.)"),
    single("auto-aof-rewrite-min-size", sizes(0, LONG_MAX), field!(aof_rewrite.min_size_bytes))
        .about("Size below which the append-only file is not rewritten by itself."),
    single("auto-aof-rewrite-percentage", decimals(0, INT_MAX), field!(aof_rewrite.percentage))
        .unit("percent")
        .about("Growth since the last rewrite at which the next begins; 0 never."),
    single("dbfilename", Shape::Text(db_file_name), field!(snapshot.file_name))
        .protected()
        .about("File name of the snapshot, below `dir`."),
    accepted(
        "no-appendfsync-on-rewrite",
        Shape::Bool,
        "no",
        "a rewrite does not slow down flushing",
    )
    .about("Do not flush while a rewrite runs."),
    single("rdb-del-sync-files", Shape::Bool, field!(snapshot.delete_sync_files))
        .about("Remove snapshot files made only for replication, when nothing else persists."),
    accepted(
        "rdb-save-incremental-fsync",
        Shape::Bool,
        "yes",
        "a snapshot is always flushed in steps",
    )
    .about("Flush a snapshot while it is written."),
    accepted(
        "rdb-version-check",
        Shape::Choice(&["strict", "relaxed"]),
        "strict",
        "snapshots of unknown versions are refused",
    )
    .about("Whether to read snapshots of newer versions (Valkey)."),
    single("rdbchecksum", Shape::Bool, field!(snapshot.checksum))
        .immutable()
        .about("End snapshots with a checksum and verify it."),
    single("rdbcompression", Shape::Bool, field!(snapshot.compression))
        .about("Compress strings in snapshots."),
    accepted(
        "sanitize-dump-payload",
        Shape::Choice(&["no", "yes", "clients"]),
        "no",
        "every dump payload is checked in full before it is used",
    )
    .about("When to check a dump payload deeply."),
    list("save", lists::SAVE)
        .about("When to take a snapshot: seconds and changes, in pairs; empty never."),
    single("stop-writes-on-bgsave-error", Shape::Bool, field!(snapshot.stop_writes_on_error))
        .about("Refuse writes after a snapshot failed, until one succeeds."),
];
