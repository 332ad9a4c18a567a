//! Section Persistence.

use std::sync::atomic::Ordering::Relaxed;

use super::Page;
use crate::control::server::last_save_unix_s;
use crate::lifecycle::condition;
use crate::worker::Turn;

pub(super) fn persistence(page: &mut Page, turn: &mut Turn<'_>) {
    let node = turn.node;
    let changes = node.reports.stats.totals().changes;
    let unsaved = changes.saturating_sub(node.reports.changes_at_save.load(Relaxed));
    page.line("loading", u8::from(node.lifecycle.conditions() & condition::LOADING != 0));
    // Snapshots are taken without a second process, so nothing is copied on write.
    page.none(&["async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age"]);
    page.line("current_fork_perc", "0.00");
    page.none(&["current_save_keys_processed", "current_save_keys_total"]);
    page.line("rdb_changes_since_last_save", unsaved);
    page.line("rdb_bgsave_in_progress", 0);
    page.line("rdb_last_save_time", last_save_unix_s(node));
    page.line("rdb_last_bgsave_status", "ok");
    page.line("rdb_last_bgsave_time_sec", -1);
    page.line("rdb_current_bgsave_time_sec", -1);
    page.none(&["rdb_saves", "rdb_last_cow_size"]);
    page.none(&["rdb_last_load_keys_expired", "rdb_last_load_keys_loaded"]);
    page.line("aof_enabled", u8::from(node.log.is_on()));
    page.none(&["aof_rewrite_in_progress", "aof_rewrite_scheduled"]);
    page.line("aof_last_rewrite_time_sec", -1);
    page.line("aof_current_rewrite_time_sec", -1);
    page.line("aof_last_bgrewrite_status", "ok");
    page.none(&["aof_rewrites", "aof_rewrites_consecutive_failures"]);
    page.line("aof_last_write_status", if node.log.is_failed() { "err" } else { "ok" });
    page.none(&["aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size"]);
    if node.log.is_on() {
        page.line("aof_current_size", node.log.file_bytes());
        page.none(&["aof_base_size", "aof_pending_rewrite"]);
        page.line("aof_buffer_length", node.log.pending_bytes());
        page.none(&["aof_pending_bio_fsync", "aof_delayed_fsync"]);
    }
    page.line("log_pending_bytes", node.log.pending_bytes());
}
