//! Sections Commandstats, Errorstats and Latencystats.

use std::fmt::Write;

use commands::spec::Spec;
use commands::table;

use super::{Page, safe};
use crate::worker::Turn;

/// All rows, subcommands behind their containers.
fn rows() -> impl Iterator<Item = &'static Spec> {
    table::commands().flat_map(|spec| std::iter::once(spec).chain(table::subcommands(spec)))
}

pub(super) fn commandstats(page: &mut Page, turn: &mut Turn<'_>) {
    let all = turn.node.reports.stats.commands();
    for spec in rows() {
        let stats = &all[usize::from(spec.id)];
        if stats.calls + stats.rejected + stats.failed == 0 {
            continue;
        }
        let us = stats.nanoseconds / 1000;
        let us_per_call = stats.nanoseconds as f64 / 1000.0 / stats.calls.max(1) as f64;
        let value = format!(
            "calls={},usec={us},usec_per_call={us_per_call:.2},rejected_calls={},failed_calls={}",
            stats.calls, stats.rejected, stats.failed
        );
        page.line(&format!("cmdstat_{}", safe(&spec.full_name())), value);
    }
}

pub(super) fn errorstats(page: &mut Page, turn: &mut Turn<'_>) {
    for (code, count) in turn.node.reports.stats.errors() {
        page.line(&format!("errorstat_{}", safe(&code)), format_args!("count={count}"));
    }
}

pub(super) fn latencystats(page: &mut Page, turn: &mut Turn<'_>) {
    if !turn.state.knobs.latency_tracking {
        return;
    }
    let percentiles = turn.state.settings.latency.info_percentiles.clone();
    let all = turn.node.reports.stats.commands();
    for spec in rows() {
        let latency = &all[usize::from(spec.id)].latency;
        if latency.count() == 0 {
            continue;
        }
        let mut value = String::new();
        for (number, percent) in percentiles.iter().enumerate() {
            let separator = if number > 0 { "," } else { "" };
            let us = latency.percentile(*percent) as f64 / 1000.0;
            // Writing to a String cannot fail.
            let _ = write!(value, "{separator}p{percent}={us:.3}");
        }
        page.line(&format!("latency_percentiles_usec_{}", safe(&spec.full_name())), value);
    }
}
