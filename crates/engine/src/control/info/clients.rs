//! Section Clients.

use std::sync::atomic::Ordering::Relaxed;

use super::Page;
use crate::clients::flag;
use crate::worker::Turn;

pub(super) fn clients(page: &mut Page, turn: &mut Turn<'_>) {
    let all = turn.node.clients.all();
    let input = all.iter().map(|client| client.input_bytes.load(Relaxed)).max();
    let output = all.iter().map(|client| client.output_bytes.load(Relaxed)).max();
    page.line("connected_clients", all.len());
    page.line("cluster_connections", 0);
    page.line("maxclients", turn.state.settings.clients.maxclients);
    page.line("client_recent_max_input_buffer", input.unwrap_or(0));
    page.line("client_recent_max_output_buffer", output.unwrap_or(0));
    // Who waits for a pause to end counts as blocked, as in Redis.
    let paused = all.iter().filter(|client| client.has(flag::PAUSED)).count();
    let waiting = turn.node.waiting.clients.load(Relaxed);
    page.line("blocked_clients", paused + waiting);
    let [tracking, ..] = turn.node.tracking.counts();
    page.line("tracking_clients", tracking);
    page.line("clients_in_timeout_table", turn.node.waiting.with_end.load(Relaxed));
    let (awaited, needed) = turn.node.interests.awaited_counts();
    page.line("total_blocking_keys", awaited);
    page.line("total_blocking_keys_on_nokey", needed);
    page.line("paused_clients", paused);
}
