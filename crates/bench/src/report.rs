//! Results as text: a table, JSON, and the two formats of redis-benchmark that scripts read.
//!
//! Only formatting is here; every function returns a string or lines, nothing is printed.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::load::Outcome;

/// The quantiles of the table, with their headings.
const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)];

/// The first line of redis-benchmark's CSV.
pub const CSV_HEADER: &str = "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\
    \"p50_latency_ms\",\"p95_latency_ms\",\"p99_latency_ms\",\"max_latency_ms\"";

fn quantile_ms(latency: &Histogram<u64>, quantile: f64) -> f64 {
    latency.value_at_quantile(quantile) as f64 / 1e6
}

fn max_ms(latency: &Histogram<u64>) -> f64 {
    latency.max() as f64 / 1e6
}

fn min_ms(latency: &Histogram<u64>) -> f64 {
    if latency.is_empty() { 0.0 } else { latency.min() as f64 / 1e6 }
}

/// The heading of the table; latencies are in milliseconds.
pub fn table_header() -> String {
    let mut line = format!("{:14}{:>12}{:>12}{:>10}", "workload", "requests", "req/s", "mean ms");
    for (name, _) in QUANTILES {
        line.push_str(&format!("{name:>10}"));
    }
    line.push_str(&format!("{:>10}{:>9}{:>11}", "max", "errors", "client ns"));
    line
}

/// One line of the table.
pub fn table_row(name: &str, outcome: &Outcome) -> String {
    let latency = &outcome.latency;
    let mut line = format!(
        "{name:14}{:>12}{:>12.0}{:>10.3}",
        outcome.tally.replies,
        outcome.rate(),
        latency.mean() / 1e6,
    );
    for (_, quantile) in QUANTILES {
        line.push_str(&format!("{:>10.3}", quantile_ms(latency, quantile)));
    }
    let errors = outcome.tally.errors;
    line.push_str(&format!("{:>10.3}{errors:>9}{:>11.0}", max_ms(latency), outcome.client_ns()));
    line
}

/// One workload as a JSON object.
pub fn json_row(name: &str, outcome: &Outcome) -> Value {
    let latency = &outcome.latency;
    let mut quantiles = json!({
        "min": min_ms(latency),
        "mean": latency.mean() / 1e6,
        "max": max_ms(latency),
    });
    for (name, quantile) in QUANTILES {
        quantiles[name] = quantile_ms(latency, quantile).into();
    }
    json!({
        "workload": name,
        "requests": outcome.tally.replies,
        "errors": outcome.tally.errors,
        "first_error": outcome.tally.first_error,
        "unsent": outcome.unsent,
        "seconds": outcome.elapsed.as_secs_f64(),
        "requests_per_second": outcome.rate(),
        "latency_ms": quantiles,
        "client_cpu_ns_per_request": outcome.client_ns(),
    })
}

/// One line of redis-benchmark's CSV.
pub fn csv_row(title: &str, outcome: &Outcome) -> String {
    let latency = &outcome.latency;
    let numbers = [
        latency.mean() / 1e6,
        min_ms(latency),
        quantile_ms(latency, 0.5),
        quantile_ms(latency, 0.95),
        quantile_ms(latency, 0.99),
        max_ms(latency),
    ];
    let mut line = format!("\"{title}\",\"{:.2}\"", outcome.rate());
    for number in numbers {
        line.push_str(&format!(",\"{number:.3}\""));
    }
    line
}

/// The line of redis-benchmark's `-q`.
pub fn quiet_row(title: &str, outcome: &Outcome) -> String {
    let (rate, median) = (outcome.rate(), quantile_ms(&outcome.latency, 0.5));
    format!("{title}: {rate:.2} requests per second, p50={median:.3} msec")
}

/// What redis-benchmark prints by default, less the two long distributions.
pub fn full_report(title: &str, outcome: &Outcome, setting: &[String]) -> String {
    let latency = &outcome.latency;
    let mut text = format!("====== {title} ======\n");
    let (requests, seconds) = (outcome.tally.replies, outcome.elapsed.as_secs_f64());
    text.push_str(&format!("  {requests} requests completed in {seconds:.2} seconds\n"));
    for line in setting {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str("\nLatency by percentile distribution:\n");
    for (_, quantile) in QUANTILES.iter().chain(&[("max", 1.0)]) {
        let value = latency.value_at_quantile(*quantile);
        text.push_str(&format!(
            "{:.3}% <= {:.3} milliseconds (cumulative count {})\n",
            quantile * 100.0,
            value as f64 / 1e6,
            latency.count_between(0, value),
        ));
    }
    text.push_str(&format!(
        "\nSummary:\n  throughput summary: {:.2} requests per second\n",
        outcome.rate()
    ));
    text.push_str("  latency summary (msec):\n  ");
    for name in ["avg", "min", "p50", "p95", "p99", "max"] {
        text.push_str(&format!("{name:>10}"));
    }
    text.push_str(&format!("\n  {:>10.3}{:>10.3}", latency.mean() / 1e6, min_ms(latency)));
    for quantile in [0.5, 0.95, 0.99] {
        text.push_str(&format!("{:>10.3}", quantile_ms(latency, quantile)));
    }
    text.push_str(&format!("{:>10.3}\n", max_ms(latency)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn outcome() -> Outcome {
        let mut outcome = Outcome::empty().unwrap();
        outcome.tally.replies = 1000;
        outcome.elapsed = Duration::from_millis(500);
        for step in 1..=1000 {
            outcome.latency.record(step * 1000).unwrap();
        }
        outcome
    }

    #[test]
    fn the_formats_that_scripts_read_are_exact() {
        assert_eq!(
            quiet_row("SET", &outcome()),
            "SET: 2000.00 requests per second, p50=0.500 msec"
        );
        assert_eq!(
            csv_row("GET", &outcome()),
            "\"GET\",\"2000.00\",\"0.501\",\"0.001\",\"0.500\",\"0.950\",\"0.990\",\"1.000\""
        );
        assert_eq!(CSV_HEADER.split(',').count(), csv_row("x", &outcome()).split(',').count());
    }

    #[test]
    fn an_empty_run_prints_numbers() {
        let empty = Outcome::empty().unwrap();
        for text in [table_row("x", &empty), csv_row("x", &empty), full_report("x", &empty, &[])] {
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
        assert_eq!(json_row("x", &empty)["requests"], 0);
    }

    #[test]
    fn table_columns_line_up() {
        assert_eq!(table_header().len(), table_row("set", &outcome()).len());
    }
}
