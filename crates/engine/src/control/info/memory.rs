//! Section Memory.

use super::Page;
use super::process::system_bytes;
use crate::control::memory::Overview;
use crate::scripting::{Functions, Scripts};
use crate::worker::Turn;

pub(super) fn memory(page: &mut Page, turn: &mut Turn<'_>) {
    let it = Overview::of(turn);
    let node = turn.node;
    let percent = |share: f64| format!("{share:.2}%");
    page.bytes("used_memory", it.used);
    page.bytes("used_memory_rss", it.resident);
    page.bytes("used_memory_peak", it.peak);
    page.line("used_memory_peak_perc", percent(it.peak_percent()));
    page.line("used_memory_overhead", it.overhead());
    page.line("used_memory_startup", it.startup);
    page.line("used_memory_dataset", it.dataset());
    page.line("used_memory_dataset_perc", percent(it.dataset_percent()));
    page.line("allocator_allocated", it.allocator.allocated);
    page.line("allocator_active", it.allocator.active);
    page.line("allocator_resident", it.allocator.resident);
    page.bytes("total_system_memory", system_bytes());
    scripts(page, &node.scripts, &node.functions);
    let settings = &turn.state.settings;
    page.bytes("maxmemory", settings.memory.maxmemory_bytes);
    let policy = config::get(settings, &[b"maxmemory-policy"]);
    page.line("maxmemory_policy", policy.first().map_or("noeviction", |(_, policy)| policy));
    for gap in it.gaps() {
        page.line(gap.info_names.0, format_args!("{:.2}", gap.ratio()));
        page.line(gap.info_names.1, gap.bytes());
    }
    page.line("mem_not_counted_for_evict", it.log_buffer);
    page.none(&["mem_replication_backlog", "mem_total_replication_buffers"]);
    page.line("mem_clients_slaves", 0);
    page.line("mem_clients_normal", it.clients);
    page.line("mem_cluster_links", 0);
    page.line("mem_aof_buffer", it.log_buffer);
    page.line("mem_allocator", node.outside.allocator.name);
    page.line("active_defrag_running", 0);
    let (pending, freed) = node.reaper.counts();
    page.line("lazyfree_pending_objects", pending);
    page.line("lazyfreed_objects", freed);
}

fn scripts(page: &mut Page, scripts: &Scripts, functions: &Functions) {
    let interpreters = scripts.interpreter_bytes();
    let (count, bytes) = scripts.size();
    page.line("used_memory_lua", interpreters);
    page.line("used_memory_vm_eval", interpreters);
    page.human("used_memory_lua", interpreters);
    page.line("used_memory_scripts_eval", bytes);
    page.line("number_of_cached_scripts", count);
    let (all, own) = (functions.all(), functions.interpreter_bytes());
    page.line("number_of_functions", all.function_count());
    page.line("number_of_libraries", all.by_name.len());
    page.line("used_memory_vm_functions", own);
    page.bytes("used_memory_vm_total", interpreters + own);
    page.line("used_memory_functions", all.text_bytes());
    page.bytes("used_memory_scripts", (bytes + all.text_bytes()) as u64);
}
