//! Section Persistence.

use std::sync::atomic::Ordering::Relaxed;

use super::Page;
use crate::lifecycle::condition;
use crate::snapshot::{Aim, Attendance};
use crate::worker::Turn;

pub(super) fn persistence(page: &mut Page, turn: &mut Turn<'_>) {
    let node = turn.node;
    let figures = &node.snapshots.figures;
    let running = node.snapshots.running().is_some();
    let saving = node.snapshots.is_saving();
    let began_s = figures.began_s.load(Relaxed);
    page.line("loading", u8::from(node.lifecycle.conditions() & condition::LOADING != 0));
    // Snapshots are taken without a second process, so nothing is copied on write.
    // What stands in for it are the copies that wait to be written.
    page.none(&["async_loading"]);
    let copies_bytes = figures.copies_bytes.load(Relaxed);
    page.line("current_cow_peak", if running { copies_bytes } else { 0 });
    page.line("current_cow_size", node.keyspace.snapshot().map_or(0, |it| it.copies_bytes()));
    page.none(&["current_cow_size_age"]);
    let (done, total) = (figures.keys_done.load(Relaxed), figures.keys_total.load(Relaxed));
    let share = if running && total > 0 { done as f64 * 100.0 / total as f64 } else { 0.0 };
    page.line("current_fork_perc", format!("{:.2}", share.min(100.0)));
    page.line("current_save_keys_processed", if running { done } else { 0 });
    page.line("current_save_keys_total", if running { total } else { 0 });
    page.line("rdb_changes_since_last_save", node.changes_to_save());
    page.line("rdb_bgsave_in_progress", u8::from(saving));
    page.line("rdb_last_save_time", figures.last_save_s.load(Relaxed));
    let failed = figures.last_failed.load(Relaxed);
    page.line("rdb_last_bgsave_status", if failed { "err" } else { "ok" });
    page.line("rdb_last_bgsave_time_sec", figures.last_seconds.load(Relaxed));
    let current_s = if began_s < 0 { -1 } else { turn.moment.now_ms / 1000 - began_s };
    page.line("rdb_current_bgsave_time_sec", current_s);
    page.line("rdb_saves", figures.saves.load(Relaxed));
    page.line("rdb_last_cow_size", copies_bytes);
    page.line("rdb_last_load_keys_expired", figures.keys_expired.load(Relaxed));
    page.line("rdb_last_load_keys_loaded", figures.keys_loaded.load(Relaxed));
    let rewrites = &node.snapshots.rewrites;
    let rewriting = node.snapshots.is_at(Aim::LogBase);
    let is_wanted = turn.state.settings.aof.enabled || node.log.has_file();
    page.line("aof_enabled", u8::from(is_wanted));
    page.line("aof_rewrite_in_progress", u8::from(rewriting == Attendance::Here));
    page.line("aof_rewrite_scheduled", u8::from(rewriting == Attendance::Waiting));
    page.line("aof_last_rewrite_time_sec", rewrites.last_seconds.load(Relaxed));
    let began_s = rewrites.began_s.load(Relaxed);
    let current_s = if began_s < 0 { -1 } else { turn.moment.now_ms / 1000 - began_s };
    page.line("aof_current_rewrite_time_sec", current_s);
    let failed = rewrites.last_failed.load(Relaxed);
    page.line("aof_last_bgrewrite_status", if failed { "err" } else { "ok" });
    page.line("aof_rewrites", rewrites.count.load(Relaxed));
    let failures = rewrites.failures_in_a_row.load(Relaxed);
    page.line("aof_rewrites_consecutive_failures", failures);
    page.line("aof_last_write_status", if node.log.is_failed() { "err" } else { "ok" });
    page.none(&["aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size"]);
    if node.log.has_file() {
        page.line("aof_current_size", node.log.total_bytes());
        page.line("aof_base_size", rewrites.base_bytes.load(Relaxed));
        page.none(&["aof_pending_rewrite"]);
        page.line("aof_buffer_length", node.log.pending_bytes());
        page.none(&["aof_pending_bio_fsync", "aof_delayed_fsync"]);
    }
    page.line("log_pending_bytes", node.log.pending_bytes());
    if node.lifecycle.conditions() & condition::LOADING != 0 {
        loading(page, turn);
    }
}

/// How far loading has got, and when it may end.
fn loading(page: &mut Page, turn: &Turn<'_>) {
    let figures = &turn.node.lifecycle.loading;
    let began_ms = figures.began_ms.load(Relaxed);
    let total = figures.total_bytes.load(Relaxed);
    let loaded = figures.loaded_bytes.load(Relaxed);
    let elapsed_ms = (turn.moment.now_ms as u64).saturating_sub(began_ms);
    let left = total.saturating_sub(loaded);
    let eta_s = match loaded {
        0 => 1,
        loaded => (elapsed_ms as f64 * left as f64 / loaded as f64 / 1000.0) as u64,
    };
    page.line("loading_start_time", began_ms / 1000);
    page.line("loading_total_bytes", total);
    page.line("loading_rdb_used_mem", 0);
    page.line("loading_loaded_bytes", loaded);
    let share = if total > 0 { loaded as f64 * 100.0 / total as f64 } else { 0.0 };
    page.line("loading_loaded_perc", format!("{share:.2}"));
    page.line("loading_eta_seconds", eta_s);
}
