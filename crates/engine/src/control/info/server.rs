//! Sections Server, Replication, CPU and Cluster.

use super::Page;
use super::process::{CpuTime, CpuTimes};
use crate::replication::Shown;
use crate::version::RUSSET_VERSION;
use crate::worker::Turn;

/// How many seconds the LRU clock counts before it begins again.
const LRU_CLOCK_MASK: i64 = (1 << 24) - 1;

pub(super) fn server(page: &mut Page, turn: &mut Turn<'_>) {
    let node = turn.node;
    let settings = &turn.state.settings;
    let facts = node.outside.host.facts();
    let system = rustix::system::uname();
    let words = [system.sysname(), system.release(), system.machine()];
    let os = words.map(|word| word.to_string_lossy().into_owned()).join(" ");
    let now_us = node.outside.clock.unix_us();
    // By a clock that nobody sets.
    let uptime_ns = node.outside.clock.monotonic_ns() - node.reports.birth.monotonic_ns;
    let uptime_s = uptime_ns / 1_000_000_000;
    page.line("redis_version", settings.compatibility.redis_version);
    page.line("redis_git_sha1", "00000000");
    page.line("redis_git_dirty", 0);
    page.line("redis_build_id", build_id());
    page.line("redis_mode", "standalone");
    page.line("os", os);
    page.line("arch_bits", usize::BITS);
    page.line("monotonic_clock", "POSIX clock_gettime");
    page.line("multiplexing_api", if cfg!(target_os = "linux") { "epoll" } else { "kqueue" });
    page.line("atomicvar_api", "rust-core");
    page.line("gcc_version", "0.0.0");
    page.line("process_id", std::process::id());
    page.line("process_supervised", supervised(turn));
    page.line("run_id", &node.reports.birth.run_id);
    let port = if facts.port > 0 { facts.port } else { settings.network.port };
    page.line("tcp_port", port);
    page.line("server_time_usec", now_us);
    page.line("uptime_in_seconds", uptime_s);
    page.line("uptime_in_days", uptime_s / 86_400);
    page.line("hz", settings.process.hz);
    page.line("configured_hz", settings.process.hz);
    page.line("lru_clock", (turn.moment.now_ms / 1000) & LRU_CLOCK_MASK);
    page.line("executable", facts.executable);
    page.line("config_file", facts.config_file);
    page.line("io_threads_active", u8::from(node.outside.workers > 1));
    page.line("russet_version", RUSSET_VERSION);
    page.line("russet_workers", node.outside.workers);
}

/// A number that differs from version to version.
fn build_id() -> String {
    let hash = base::hash::KeyHasher::with_key([0; 16]).hash(RUSSET_VERSION.as_bytes());
    format!("{hash:016x}")
}

fn supervised(turn: &Turn<'_>) -> String {
    let shown = config::get(&turn.state.settings, &[b"supervised"]);
    shown.into_iter().next().map_or_else(|| "no".to_owned(), |(_, value)| value)
}

pub(super) fn replication(page: &mut Page, turn: &mut Turn<'_>) {
    let (node, now_ms) = (turn.node, turn.moment.now_ms);
    let all = node.replication.all();
    page.line("role", "master");
    page.line("connected_slaves", all.len());
    let wanted = &turn.state.settings.replicas;
    if wanted.min_to_write > 0 && wanted.min_max_lag_s > 0 {
        let good = node.replication.good_count(now_ms, wanted.min_max_lag_s.into());
        page.line("min_slaves_good_slaves", good);
    }
    for (index, replica) in all.iter().enumerate() {
        let Shown { ip, port, state, offset, lag_s } = replica.shown(now_ms);
        let line = format!("ip={ip},port={port},state={state},offset={offset},lag={lag_s}");
        page.line(&format!("slave{index}"), line);
    }
    let replicas = &turn.state.settings.replicas;
    page.line("master_failover_state", "no-failover");
    page.line("master_replid", turn.node.reports.birth.replication_id.lock());
    page.line("master_replid2", "0".repeat(40));
    let (is_kept, start, len) = node.replication.backlog();
    page.line("master_repl_offset", node.log.feed_end());
    page.line("second_repl_offset", -1);
    page.line("repl_backlog_active", u8::from(is_kept));
    page.line("repl_backlog_size", replicas.backlog_size_bytes);
    page.line("repl_backlog_first_byte_offset", if is_kept { start + 1 } else { 0 });
    page.line("repl_backlog_histlen", len);
}

pub(super) fn cpu(page: &mut Page, _turn: &mut Turn<'_>) {
    let times = CpuTimes::now();
    let mut show = |suffix: &str, time: CpuTime| {
        for (name, us) in [("sys", time.system_us), ("user", time.user_us)] {
            let seconds = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
            page.line(&format!("used_cpu_{name}{suffix}"), seconds);
        }
    };
    show("", times.own);
    show("_children", times.children);
    show("_main_thread", times.thread);
}

pub(super) fn cluster(page: &mut Page, turn: &mut Turn<'_>) {
    page.line("cluster_enabled", u8::from(turn.state.settings.cluster.enabled));
}
