//! LATENCY: what the server noticed of its own delays.
//!
//! ```text
//!   spikes       LATEST, HISTORY, RESET, GRAPH, DOCTOR: delays above latency-monitor-threshold
//!   histograms   HISTOGRAM: how long each command's calls took
//! ```

use std::fmt::Write;

use commands::control::Latency;
use commands::errors::Error;
use commands::spec::Spec;
use commands::table;
use protocol::Reply;

use super::{After, Answer, Call};
use crate::latency::Series;
use crate::stats::CommandStats;

/// Columns of a graph, and rows of its bars.
const GRAPH_COLUMNS: usize = 80;
const GRAPH_ROWS: u64 = 4;

pub(super) fn latency(which: Latency, call: &mut Call<'_, '_>) -> Answer {
    match which {
        Latency::Doctor => doctor(call),
        Latency::Graph => graph(call),
        Latency::Histogram => histogram(call),
        Latency::History => history(call),
        Latency::Latest => latest(call),
        Latency::Reset => reset(call),
    }
}

fn latest(call: &mut Call<'_, '_>) -> Answer {
    let all = call.turn.node.reports.latency.all();
    call.reply.array(all.len());
    for (event, series) in all {
        let (unix_s, ms) = series.spikes.back().copied().unwrap_or_default();
        call.reply.array(4);
        call.reply.bulk(event.as_bytes());
        call.reply.int(unix_s);
        call.reply.int(ms as i64);
        call.reply.int(series.max_ms as i64);
    }
    Ok(After::Done)
}

fn series(call: &Call<'_, '_>) -> Option<Series> {
    let wanted = call.arg(2);
    let all = call.turn.node.reports.latency.all();
    all.into_iter().find(|(event, _)| event.as_bytes() == wanted).map(|(_, series)| series)
}

fn history(call: &mut Call<'_, '_>) -> Answer {
    let spikes = series(call).unwrap_or_default().spikes;
    call.reply.array(spikes.len());
    for (unix_s, ms) in spikes {
        call.reply.array(2);
        call.reply.int(unix_s);
        call.reply.int(ms as i64);
    }
    Ok(After::Done)
}

fn reset(call: &mut Call<'_, '_>) -> Answer {
    let events: Vec<&[u8]> = call.request.iter().skip(2).collect();
    let count = call.turn.node.reports.latency.reset(&events);
    call.reply.int(count as i64);
    Ok(After::Done)
}

fn graph(call: &mut Call<'_, '_>) -> Answer {
    let event = String::from_utf8_lossy(call.arg(2)).into_owned();
    let Some(series) = series(call) else {
        return Err(Error::text(format!("ERR No samples available for event '{event}'")));
    };
    let text = drawn(&event, &series, call.turn.now_ms() / 1000);
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(After::Done)
}

/// Bars, one a spike, the oldest on the left; below each, downwards, how long ago it was.
fn drawn(event: &str, series: &Series, now_s: i64) -> String {
    let skipped = series.spikes.len().saturating_sub(GRAPH_COLUMNS);
    let shown: Vec<(String, u64)> =
        series.spikes.iter().skip(skipped).map(|&(at, ms)| (age(now_s - at), ms)).collect();
    let high = shown.iter().map(|(_, ms)| *ms).max().unwrap_or(0);
    let low = shown.iter().map(|(_, ms)| *ms).min().unwrap_or(0);
    let mut text = format!(
        "{event} - high {high} ms, low {low} ms (all time high {} ms)\n{}\n",
        series.max_ms,
        "-".repeat(GRAPH_COLUMNS)
    );
    let span = (high - low).max(1);
    for row in (0..GRAPH_ROWS).rev() {
        let bar = |ms: u64| {
            let height = (ms - low) * (GRAPH_ROWS * 2 - 1) / span;
            match height.checked_sub(row * 2) {
                None => ' ',
                Some(0) => '.',
                Some(_) => '|',
            }
        };
        push_line(&mut text, shown.iter().map(|(_, ms)| bar(*ms)));
    }
    text.push('\n');
    let longest = shown.iter().map(|(age, _)| age.len()).max().unwrap_or(0);
    for depth in 0..longest {
        push_line(&mut text, shown.iter().map(|(age, _)| age.chars().nth(depth).unwrap_or(' ')));
    }
    text
}

fn push_line(text: &mut String, columns: impl Iterator<Item = char>) {
    let line: String = columns.collect();
    text.push_str(line.trim_end());
    text.push('\n');
}

/// A time span in its greatest unit: `59s`, `2m`, `3h`, `4d`.
fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn doctor(call: &mut Call<'_, '_>) -> Answer {
    let threshold_ms = call.turn.state.knobs.latency_threshold_ms;
    let all = call.turn.node.reports.latency.all();
    let text = if threshold_ms == 0 {
        "Delays are not being watched. To watch them, set latency-monitor-threshold to the \
         milliseconds from which a delay matters, for instance:\n\n\
         CONFIG SET latency-monitor-threshold 100\n"
            .to_owned()
    } else if all.is_empty() {
        format!("No delay of {threshold_ms} ms or more has been noticed.\n")
    } else {
        diagnosis(&all, call.turn.now_ms() / 1000)
    };
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(After::Done)
}

fn diagnosis(all: &[(&'static str, Series)], now_s: i64) -> String {
    let mut text = "Delays noticed:\n\n".to_owned();
    for (number, (event, series)) in all.iter().enumerate() {
        let count = series.spikes.len() as u64;
        let sum: u64 = series.spikes.iter().map(|(_, ms)| ms).sum();
        let last_s = series.spikes.back().map_or(now_s, |(at, _)| *at);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}. {event}: {count} spikes, {} ms on average, worst {} ms, last {} ago.",
            number + 1,
            sum / count.max(1),
            series.max_ms,
            age(now_s - last_s)
        );
    }
    text.push_str("\nWhat may help:\n\n");
    if all.iter().any(|(event, _)| *event == "command") {
        text.push_str(
            "- command: some requests do much work at once. SLOWLOG GET shows which; ask for less \
             with each (SCAN instead of KEYS, ranges instead of whole collections).\n",
        );
    }
    if all.iter().any(|(event, _)| *event == "fast-command") {
        text.push_str(
            "- fast-command: requests that do little took long, so the processors were busy \
             elsewhere or memory was swapped out. Look at the machine's load and at swapping.\n",
        );
    }
    text
}

fn histogram(call: &mut Call<'_, '_>) -> Answer {
    call.turn.settle_tally();
    let stats = call.turn.node.reports.stats.commands();
    let begun = call.reply.deferred();
    let mut count = 0;
    let mut show = |reply: &mut Reply<'_>, spec: &Spec| {
        count += usize::from(show_histogram(reply, spec, &stats[usize::from(spec.id)]));
    };
    if call.request.len() == 2 {
        for spec in table::commands() {
            show(&mut call.reply, spec);
            table::subcommands(spec).iter().for_each(|sub| show(&mut call.reply, sub));
        }
    } else {
        for name in call.request.iter().skip(2) {
            let Some(spec) = table::by_full_name(name) else { continue };
            show(&mut call.reply, spec);
            table::subcommands(spec).iter().for_each(|sub| show(&mut call.reply, sub));
        }
    }
    call.reply.finish_map(begun, count);
    Ok(After::Done)
}

/// Shows a command's distribution, if there is any. Whether there was.
fn show_histogram(reply: &mut Reply<'_>, spec: &Spec, stats: &CommandStats) -> bool {
    if stats.latency.count() == 0 {
        return false;
    }
    let pairs = stats.latency.cumulative_us();
    reply.bulk(spec.full_name().as_bytes());
    reply.map(2);
    reply.bulk(b"calls");
    reply.int(stats.latency.count() as i64);
    reply.bulk(b"histogram_usec");
    reply.map(pairs.len());
    for (edge_us, count) in pairs {
        reply.int(edge_us as i64);
        reply.int(count as i64);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, START_MS};

    fn bench_with_spikes() -> Bench {
        let bench = Bench::with(|settings| settings.latency.monitor_threshold_ms = 10);
        let start_s = (START_MS / 1000) as i64;
        for (age_s, ms) in [(7200, 90), (130, 20), (5, 50)] {
            bench.node.reports.latency.note("command", start_s - age_s, ms);
        }
        bench
    }

    #[test]
    fn spikes_are_told_and_forgotten() {
        let mut bench = bench_with_spikes();
        let at = |age: u64| START_MS / 1000 - age;
        let (a, b, c) = (at(7200), at(130), at(5));
        bench.check(&[
            ("LATENCY LATEST", &format!("*1 *4 $7 command :{c} :50 :90")),
            ("LATENCY HISTORY command", &format!("*3 *2 :{a} :90 *2 :{b} :20 *2 :{c} :50")),
            ("LATENCY HISTORY other", "*0"),
            ("LATENCY RESET other", ":0"),
            ("LATENCY RESET command", ":1"),
            ("LATENCY LATEST", "*0"),
            ("LATENCY GRAPH command", "-ERR No samples available for event 'command'"),
        ]);
    }

    #[test]
    fn a_graph_has_a_bar_for_each_spike() {
        let bench = bench_with_spikes();
        let (_, series) = bench.node.reports.latency.all().remove(0);
        let text = drawn("command", &series, (START_MS / 1000) as i64);
        let head = "command - high 90 ms, low 20 ms (all time high 90 ms)";
        let expected = format!("{head}\n{}\n|\n|\n| |\n|.|\n\n225\nhms\n", "-".repeat(80));
        assert_eq!(text, expected);
    }

    #[test]
    fn the_doctor_names_what_was_noticed() {
        let mut bench = bench_with_spikes();
        assert!(bench.run("LATENCY DOCTOR").contains("1. command: 3 spikes, 53 ms on average"));
        assert!(Bench::default().run("LATENCY DOCTOR").contains("latency-monitor-threshold"));
    }

    #[test]
    fn histograms_are_of_the_commands_asked_for() {
        let mut bench = Bench::default();
        bench.run("SET k v");
        bench.run("SLOWLOG LEN");
        let one = bench.run("LATENCY HISTOGRAM set nosuch").replace("\r\n", " ");
        assert!(one.starts_with("*2 $3 set *4 $5 calls :1 $14 histogram_usec *2 :"), "{one}");
        assert!(bench.run("LATENCY HISTOGRAM slowlog").contains("slowlog|len"));
        let all = bench.run("LATENCY HISTOGRAM");
        assert!(all.contains("slowlog|len") && all.contains("set") && all.contains("latency|"));
    }
}
