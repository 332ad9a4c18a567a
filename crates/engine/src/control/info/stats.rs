//! Sections Stats and Keyspace.

use std::sync::atomic::Ordering::Relaxed;

use keyspace::Held;

use super::Page;
use crate::pubsub::Kind;
use crate::worker::Turn;

/// Keys looked at to estimate how long the keys of a database have to live.
const TTL_SAMPLES: usize = 16;

pub(super) fn stats(page: &mut Page, turn: &mut Turn<'_>) {
    let node = turn.node;
    let totals = node.reports.stats.totals();
    let rates = *node.reports.rates.lock();
    let kilobytes = |bytes: u64| format!("{:.2}", bytes as f64 / 1024.0);
    let threaded = node.outside.workers > 1;
    page.line("total_connections_received", totals.connections);
    page.line("total_commands_processed", totals.commands);
    page.line("instantaneous_ops_per_sec", rates.commands_per_s);
    page.line("total_net_input_bytes", totals.input_bytes);
    page.line("total_net_output_bytes", totals.output_bytes);
    page.none(&["total_net_repl_input_bytes", "total_net_repl_output_bytes"]);
    page.line("instantaneous_input_kbps", kilobytes(rates.input_bytes_per_s));
    page.line("instantaneous_output_kbps", kilobytes(rates.output_bytes_per_s));
    page.line("instantaneous_input_repl_kbps", kilobytes(0));
    page.line("instantaneous_output_repl_kbps", kilobytes(0));
    page.line("rejected_connections", totals.rejected_connections);
    let replicas = &node.replication.figures;
    page.line("sync_full", replicas.full.load(Relaxed));
    page.line("sync_partial_ok", replicas.partial.load(Relaxed));
    page.line("sync_partial_err", replicas.partial_refused.load(Relaxed));
    page.line("expired_keys", totals.expired);
    // Sweeps find what is due without searching, so no share of the keys is left over unseen.
    page.line("expired_stale_perc", "0.00");
    page.line("expired_time_cap_reached_count", 0);
    page.line("expire_cycle_cpu_milliseconds", totals.expire_ns / 1_000_000);
    page.line("evicted_keys", totals.evicted);
    page.line("evicted_clients", totals.evicted_clients);
    page.line("total_eviction_exceeded_time", 0);
    page.none(&["current_eviction_exceeded_time"]);
    page.line("keyspace_hits", totals.hits);
    page.line("keyspace_misses", totals.misses);
    page.line("pubsub_channels", node.pubsub.count(Kind::Channel));
    page.line("pubsub_patterns", node.pubsub.count(Kind::Pattern));
    page.line("pubsubshard_channels", node.pubsub.count(Kind::ShardChannel));
    page.none(&["latest_fork_usec"]);
    // A snapshot in the background stands for each; it has no process of its own.
    page.line("total_forks", turn.node.snapshots.figures.begun.load(Relaxed));
    page.none(&["migrate_cached_sockets"]);
    page.none(&["slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses"]);
    page.none(&["active_defrag_key_hits", "active_defrag_key_misses"]);
    page.none(&["total_active_defrag_time", "current_active_defrag_time"]);
    let [_, keys, items, prefixes] = node.tracking.counts();
    page.line("tracking_total_keys", keys);
    page.line("tracking_total_items", items);
    page.line("tracking_total_prefixes", prefixes);
    page.line("unexpected_error_replies", 0);
    page.line("total_error_replies", totals.errors);
    page.line("dump_payload_sanitizations", 0);
    page.line("total_reads_processed", totals.reads);
    page.line("total_writes_processed", totals.writes);
    page.line("io_threaded_reads_processed", if threaded { totals.reads } else { 0 });
    page.line("io_threaded_writes_processed", if threaded { totals.writes } else { 0 });
    page.none(&["reply_buffer_shrinks", "reply_buffer_expands"]);
    page.line("client_query_buffer_limit_disconnections", totals.query_buffer_disconnections);
    page.line("client_output_buffer_limit_disconnections", totals.output_buffer_disconnections);
    page.line("expired_subkeys", totals.expired_elements);
    page.line("expire_lag_ms", node.reports.expiry_lag.worst_ms());
    page.line("stripe_retries", totals.retries);
}

pub(super) fn keyspace(page: &mut Page, turn: &mut Turn<'_>) {
    let keyspace = &turn.node.keyspace;
    for database in 0..keyspace.databases() {
        let keys = keyspace.len(&turn.inside, database);
        let expires = keyspace.timed_len(database);
        if keys > 0 || expires > 0 {
            let ttl = if expires > 0 { average_ttl_ms(turn, database) } else { 0 };
            let value = format!("keys={keys},expires={expires},avg_ttl={ttl}");
            page.line(&format!("db{database}"), value);
        }
    }
}

/// The mean time that some keys with an expiry, chosen at random, have to live, in ms.
fn average_ttl_ms(turn: &mut Turn<'_>, database: usize) -> i64 {
    let keyspace = &turn.node.keyspace;
    let now_ms = turn.moment.now_ms;
    let random = &mut turn.state.random;
    let (mut sum, mut count) = (0i128, 0);
    // Stripes that are taken, or hold none, are passed over.
    let first = random.usize(..keyspace.stripe_count());
    for step in 0..keyspace.stripe_count() {
        if count == TTL_SAMPLES {
            break;
        }
        let stripe = (first + step) % keyspace.stripe_count();
        let Ok(mut held) = Held::stripe(keyspace, &turn.inside, stripe) else { continue };
        let table = held.table(database, stripe);
        let timed = table.random_timed(random, |entry| entry.expires_at().is_some());
        if let Some(at) = timed.and_then(|entry| entry.expires_at()) {
            sum += i128::from(at) - i128::from(now_ms);
            count += 1;
        }
    }
    (sum / (count.max(1) as i128)).max(0) as i64
}
