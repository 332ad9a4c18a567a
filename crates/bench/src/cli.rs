//! `russet bench`: the command line and the order of things (preload, warm-up, measured run).
//!
//! The redis-benchmark command line is in `compat.rs`; both end in `Fleet::run`.

use std::io::{IsTerminal, Write, stderr};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use serde_json::Value;

use crate::client::{Address, Target};
use crate::error::BenchError;
use crate::keys::{Distribution, KEY_COUNT_MAX};
use crate::load::{Connections, Fleet, Moment, Outcome, Pace, Plan, Stop};
use crate::report;
use crate::template::{Holes, Template};
use crate::workload::Workload;

/// Requests of a preload in flight on each connection.
const FILL_DEPTH: usize = 32;

/// Load a server and measure its throughput and latency.
#[derive(Debug, Parser)]
#[command(name = "russet bench", version)]
pub struct Args {
    /// Workloads to run one after the other [default: set,get]
    #[arg(value_delimiter = ',')]
    workloads: Vec<String>,
    /// Run this command instead; __key__, __rand_int__ and __value__ are filled in
    #[arg(long, value_name = "LINE", conflicts_with = "workloads")]
    command: Option<String>,
    /// Run a mix of SET and GET in this proportion instead, for example 1:10
    #[arg(long, value_name = "SETS:GETS", value_parser = parse_ratio,
        conflicts_with_all = ["workloads", "command"])]
    ratio: Option<(u32, u32)>,
    /// Server host
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Server port
    #[arg(short, long, default_value_t = 6379)]
    port: u16,
    /// Server Unix socket, instead of host and port
    #[arg(short, long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// ACL user
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// Password
    #[arg(short = 'a', long)]
    password: Option<String>,
    /// Logical database
    #[arg(long, default_value_t = 0)]
    db: u32,
    /// Use RESP3
    #[arg(short = '3', long)]
    resp3: bool,
    /// Speak the binary protocol (to a server's `binary-port`)
    #[arg(short, long)]
    binary: bool,
    /// Connections
    #[arg(short, long, default_value_t = 50)]
    clients: usize,
    /// Threads
    #[arg(short, long, default_value_t = 1)]
    threads: usize,
    /// Requests in flight on each connection
    #[arg(short = 'P', long, default_value_t = 1)]
    pipeline: usize,
    /// Open loop: send this many requests a second, measure from the time each was due
    #[arg(long, value_name = "REQUESTS/S", value_parser = parse_rate)]
    rate: Option<f64>,
    /// Stop after this many requests
    #[arg(short = 'n', long, value_name = "N", conflicts_with = "seconds")]
    requests: Option<u64>,
    /// Stop after this many seconds
    #[arg(short = 'd', long, default_value_t = 5.0, value_parser = parse_seconds)]
    seconds: f64,
    /// Run this many seconds before measuring
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = parse_seconds)]
    warmup: f64,
    /// Load what the workload reads first (all keys, or the elements it will pop)
    #[arg(long)]
    fill: bool,
    /// Number of keys
    #[arg(short, long, default_value_t = 100_000, value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..=KEY_COUNT_MAX))]
    keys: u64,
    /// How keys are drawn: uniform, zipf:EXPONENT or seq
    #[arg(long, default_value = "uniform", value_name = "DISTRIBUTION")]
    dist: Distribution,
    /// Value size in bytes, or a range such as 16-1024
    #[arg(long, default_value = "64", value_name = "BYTES", value_parser = parse_size)]
    size: Range<usize>,
    /// Seed for keys and mixes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn parse_ratio(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    match parts {
        Some((sets, gets)) if (1..1_000_000).contains(&(sets as u64 + gets as u64)) => {
            Ok((sets, gets))
        }
        _ => Err("expected two numbers such as 1:10".into()),
    }
}

fn parse_size(text: &str) -> Result<Range<usize>, String> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    match (low.parse::<usize>(), high.parse::<usize>()) {
        (Ok(low), Ok(high)) if low <= high && high <= 1 << 29 => Ok(low..high + 1),
        _ => Err("expected a number of bytes such as 64, or a range such as 16-1024".into()),
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|rate| (0.001..1e9).contains(rate)).ok_or("expected a rate".into())
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|s| (0.0..1e7).contains(s)).ok_or("expected seconds".into())
}

/// One thing to measure.
struct Job {
    name: String,
    mix: Vec<(Template, u32)>,
    /// What is sent before, one after the other, and how often.
    fill: Vec<(Template, u64)>,
}

impl Job {
    fn binary(self) -> Self {
        let mix = self.mix.into_iter().map(|(template, weight)| (template.binary(), weight));
        let fill = self.fill.into_iter().map(|(template, count)| (template.binary(), count));
        Job { name: self.name, mix: mix.collect(), fill: fill.collect() }
    }
}

impl Args {
    /// Runs every workload and prints the results on standard output.
    ///
    /// # Errors
    /// The first failure; results printed before it stand.
    pub fn run(&self) -> Result<(), BenchError> {
        if self.pipeline == 0 || self.clients == 0 || self.threads == 0 {
            return Err(BenchError::Usage("clients, threads and pipeline are at least 1".into()));
        }
        let mut jobs = self.jobs()?;
        if self.binary {
            jobs = jobs.into_iter().map(Job::binary).collect();
        }
        let mut fleet = Fleet::connect(&self.target(), self.clients, self.threads)?;
        let mut rows = Vec::new();
        if !self.json {
            println!("{}", report::table_header());
        }
        for job in &jobs {
            let outcome = self.measure(&mut fleet, job)?;
            if self.json {
                rows.push(report::json_row(&job.name, &outcome));
            } else {
                println!("{}", report::table_row(&job.name, &outcome));
                warn(&job.name, &outcome);
            }
        }
        if self.json {
            println!("{:#}", Value::Array(rows));
        }
        Ok(())
    }

    fn target(&self) -> Target {
        let address = match &self.socket {
            Some(path) => Address::Unix(path.clone()),
            None => Address::Tcp(self.host.clone(), self.port),
        };
        Target {
            address,
            user: self.user.clone(),
            password: self.password.clone(),
            db: self.db,
            resp3: self.resp3,
            binary: self.binary,
        }
    }

    fn jobs(&self) -> Result<Vec<Job>, BenchError> {
        if let Some(line) = &self.command {
            let template = Template::parse(line, Holes::Filled)?;
            return Ok(vec![Job {
                name: template.name(),
                mix: vec![(template, 1)],
                fill: Vec::new(),
            }]);
        }
        let (set, get) = (Workload::find("set")?, Workload::find("get")?);
        // How many requests a timed run will make is not known; a million pops fill five seconds.
        let requests = self.requests.unwrap_or(1_000_000);
        let fill = |row: &Workload| {
            row.fill_templates(self.keys, requests).filter(|_| self.fill).collect::<Vec<_>>()
        };
        if let Some((sets, gets)) = self.ratio {
            let mix = [(set, sets), (get, gets)]
                .into_iter()
                .filter(|(_, weight)| *weight > 0)
                .map(|(row, weight)| (row.template(Holes::Filled), weight));
            let fill = fill(get);
            let name = format!("set:get {sets}:{gets}");
            return Ok(vec![Job { name, mix: mix.collect(), fill }]);
        }
        let rows = match self.workloads.as_slice() {
            [] => vec![set, get],
            names => names.iter().map(|name| Workload::find(name)).collect::<Result<_, _>>()?,
        };
        let job = |row: &Workload| Job {
            name: row.name.to_owned(),
            mix: vec![(row.template(Holes::Filled), 1)],
            fill: fill(row),
        };
        Ok(rows.into_iter().map(job).collect())
    }

    fn measure(&self, fleet: &mut Fleet, job: &Job) -> Result<Outcome, BenchError> {
        let stop = match self.requests {
            Some(count) => Stop::Requests(count),
            None => Stop::After(Duration::from_secs_f64(self.seconds)),
        };
        let plan = Plan {
            mix: job.mix.clone(),
            distribution: self.dist,
            keys: self.keys,
            seed: self.seed,
            size: self.size.clone(),
            depth: self.pipeline,
            pace: self.rate.map_or(Pace::Closed, Pace::Open),
            stop,
            connections: Connections::Kept,
        };
        for (template, count) in &job.fill {
            let fill = fill_plan(&plan, template, *count);
            let outcome = fleet.run(&fill, |moment| progress("fill", moment))?;
            warn("fill", &outcome);
        }
        if self.warmup > 0.0 {
            let stop = Stop::After(Duration::from_secs_f64(self.warmup));
            let seed = self.seed ^ 0x5EED;
            let warm = Plan { stop, seed, ..plan.clone() };
            fleet.run(&warm, |moment| progress("warm-up", moment))?;
        }
        let outcome = fleet.run(&plan, |moment| progress(&job.name, moment))?;
        end_progress();
        Ok(outcome)
    }
}

/// The preload that goes with a plan: `count` requests over its keys, one after the other.
pub fn fill_plan(plan: &Plan, template: &Template, count: u64) -> Plan {
    Plan {
        mix: vec![(template.clone(), 1)],
        distribution: Distribution::Sequential,
        keys: plan.keys.min(count).max(1),
        depth: FILL_DEPTH,
        pace: Pace::Closed,
        stop: Stop::Requests(count),
        ..plan.clone()
    }
}

fn progress(name: &str, moment: Moment) {
    if stderr().is_terminal() {
        let Moment { replies, elapsed } = moment;
        let rate = replies as f64 / elapsed.as_secs_f64();
        let seconds = elapsed.as_secs();
        // A progress line that cannot be shown is no reason to stop.
        let _ = write!(stderr(), "\r\x1b[K{name}: {seconds} s, {replies} replies, {rate:.0}/s");
    }
}

fn end_progress() {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\x1b[K");
    }
}

/// Says on standard error what the numbers alone would hide.
pub(crate) fn warn(name: &str, outcome: &Outcome) {
    if let Some(text) = &outcome.tally.first_error {
        eprintln!("{name}: {} errors, the first: {text}", outcome.tally.errors);
    }
    if outcome.unsent > 0 {
        eprintln!("{name}: the server was too slow, {} requests were not sent", outcome.unsent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn sizes_and_ratios_are_read() {
        assert_eq!(parse_size("64"), Ok(64..65));
        assert_eq!(parse_size("16-1024"), Ok(16..1025));
        assert!(parse_size("9-3").is_err());
        assert_eq!(parse_ratio("1:10"), Ok((1, 10)));
        assert!(parse_ratio("0:0").is_err());
        assert!(parse_ratio("1").is_err());
        assert!(parse_rate("0").is_err());
    }

    #[test]
    fn sequential_fill_reaches_every_key() {
        let plan = Plan { keys: 1000, ..Plan::new(template(), Stop::Requests(1)) };
        assert_eq!(fill_plan(&plan, &template(), 1000).keys, 1000);
        assert_eq!(fill_plan(&plan, &template(), 50).keys, 50);
    }

    fn template() -> Template {
        Template::parse("PING", Holes::Filled).unwrap()
    }
}
