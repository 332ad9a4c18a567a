//! Server CPU per operation, workload by workload, the servers taking turns within each.
//!
//! CPU nanoseconds per operation move far less with a noisy neighbour than operations per second;
//! the median over the rounds is printed. A workload that a server answers with an error is n/a.
//! Not here: latency (see `russet bench`) and memory (`memory.rs`).

use std::process::Command;

use bench::cli::fill_plan;
use bench::client::{Value, text_of};
use bench::keys::Distribution;
use bench::load::{Fleet, Plan, Stop};
use bench::template::{Holes, filler};
use bench::workload::Workload;
use serde_json::json;

use super::server::{Cpu, Server};
use super::special::{SPECIAL, Special};
use super::{Args, CompareError, median};

/// One line of the comparison.
struct Work {
    name: &'static str,
    workload: &'static str,
    depth: usize,
    value_size: usize,
    keys: u64,
    connections: usize,
    requests: u64,
    floor: Floor,
    /// Over the binary protocol, by servers that speak it.
    is_binary: bool,
}

/// Whether the floor server's constant replies have the size of the real ones.
#[derive(PartialEq, Eq)]
enum Floor {
    Fits,
    Differs,
}

const fn work(
    name: &'static str,
    workload: &'static str,
    depth: usize,
    value_size: usize,
    requests: u64,
) -> Work {
    let (keys, connections, floor, is_binary) = (100_000, 50, Floor::Fits, false);
    Work { name, workload, depth, value_size, keys, connections, requests, floor, is_binary }
}

const fn binary(work: Work) -> Work {
    Work { is_binary: true, ..work }
}

const fn million_keys(work: Work) -> Work {
    Work { keys: 1_000_000, ..work }
}

const fn without_floor(work: Work) -> Work {
    Work { floor: Floor::Differs, ..work }
}

const WORKS: &[Work] = &[
    work("get_p1", "get", 1, 64, 300_000),
    work("set_p1", "set", 1, 64, 300_000),
    work("get_p16", "get", 16, 64, 3_000_000),
    work("set_p16", "set", 16, 64, 3_000_000),
    binary(work("get_p16_bin", "get", 16, 64, 3_000_000)),
    binary(work("set_p16_bin", "set", 16, 64, 3_000_000)),
    million_keys(work("get_p64", "get", 64, 64, 6_000_000)),
    million_keys(work("set_p64", "set", 64, 64, 6_000_000)),
    work("incr_p16", "incr", 16, 3, 3_000_000),
    work("hset_p16", "hset", 16, 16, 2_000_000),
    work("lpush_p16", "lpush", 16, 16, 2_000_000),
    without_floor(work("lpop_p16", "lpop", 16, 16, 2_000_000)),
    work("sadd_p16", "sadd", 16, 3, 2_000_000),
    work("zadd_p16", "zadd", 16, 3, 2_000_000),
    million_keys(without_floor(work("spop_p16", "spop", 16, 3, 300_000))),
    million_keys(work("zadd_1m_p16", "zadd_known", 16, 3, 1_000_000)),
    million_keys(without_floor(work("zrank_1m_p16", "zrank", 16, 3, 1_000_000))),
    million_keys(without_floor(work("zrange_1m_p4", "zrange_100", 4, 3, 300_000))),
    without_floor(work("smembers100_p4", "smembers_100", 4, 16, 300_000)),
    without_floor(work("sinter_100k", "sinter", 1, 3, 200)),
    without_floor(work("bitcount_10mb", "bitcount", 1, 3, 4_000)),
    without_floor(work("lrange100_p4", "lrange_100", 4, 16, 300_000)),
    without_floor(work("hgetall50_p4", "hgetall", 4, 16, 300_000)),
    work("mset_p4", "mset", 4, 64, 300_000),
    without_floor(work("mget_p4", "mget", 4, 64, 300_000)),
    without_floor(work("xadd_p16", "xadd", 16, 16, 1_000_000)),
    without_floor(work("xreadgroup_p16", "xreadgroup", 16, 16, 300_000)),
    without_floor(work("eval_p16", "eval", 16, 16, 1_000_000)),
    without_floor(work("get_1k_p16", "get", 16, 1024, 1_500_000)),
    Work { connections: 500, ..work("get_500c_p1", "get", 1, 64, 300_000) },
];

/// What one round on one server gave.
#[derive(Debug, Clone, Copy)]
struct Sample {
    kops: f64,
    cpu: Cpu,
}

/// The median of a server's rounds, or why there is none.
type Figure = Result<Sample, String>;

/// Runs the workloads and prints the table; returns the rows as JSON.
pub fn run(args: &Args, servers: &[Server]) -> Result<serde_json::Value, CompareError> {
    let chosen: Vec<&Work> = WORKS
        .iter()
        .filter(|work| args.only.is_empty() || args.only.contains(&work.name.to_owned()))
        .collect();
    let special: Vec<&Special> = SPECIAL
        .iter()
        .filter(|work| args.only.is_empty() || args.only.contains(&work.name.to_owned()))
        .collect();
    if chosen.is_empty() && special.is_empty() {
        let names = WORKS.iter().map(|work| work.name);
        let names: Vec<_> = names.chain(SPECIAL.iter().map(|work| work.name)).collect();
        return Err(CompareError::Usage(format!("--only: there are {}", names.join(", "))));
    }
    println!(
        "server CPU per operation in ns; a ratio below 1 means that {} is cheaper",
        servers[0].name
    );
    println!("{}", header(servers));
    let mut rows = Vec::new();
    for work in chosen {
        let figures = measure(args, work, servers)?;
        println!("{}", line(work.name, servers, &figures));
        for (server, figure) in servers.iter().zip(&figures) {
            if let Err(reason) = figure
                && server.name != super::FLOOR
            {
                println!("    {}: {reason}", server.name);
            }
        }
        rows.push(row(work.name, servers, &figures));
    }
    for work in special {
        let figures = measure_special(args, work, servers)?;
        println!("{}", line(work.name, servers, &figures));
        rows.push(row(work.name, servers, &figures));
    }
    Ok(rows.into())
}

fn measure_special(
    args: &Args,
    work: &Special,
    servers: &[Server],
) -> Result<Vec<Figure>, CompareError> {
    let count = ((work.count as f64 * args.scale) as u64).max(100);
    let mut rounds: Vec<Vec<Sample>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..args.rounds {
        for (server, samples) in servers.iter().zip(&mut rounds) {
            if server.name == super::FLOOR {
                continue;
            }
            server.client()?.must(&["FLUSHALL"])?;
            let (rate, cpu) = work.run(server, count)?;
            let per_op = |ns: f64| ns / count as f64;
            let cpu = Cpu { user_ns: per_op(cpu.user_ns), system_ns: per_op(cpu.system_ns) };
            samples.push(Sample { kops: rate / 1e3, cpu });
        }
    }
    let figure = |samples: Vec<Sample>| match samples.as_slice() {
        [] => Err("its replies have another size".to_owned()),
        samples => Ok(middle(samples)),
    };
    Ok(rounds.into_iter().map(figure).collect())
}

fn measure(args: &Args, work: &Work, servers: &[Server]) -> Result<Vec<Figure>, CompareError> {
    let plan = plan(args, work)?;
    let mut rounds: Vec<Result<Vec<Sample>, String>> = Vec::new();
    for server in servers {
        let refusal = refused(prepare(args, work, server, &plan))?;
        rounds.push(refusal.map(|()| Vec::new()));
    }
    for _ in 0..args.rounds {
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            let Ok(samples) = rounds else { continue };
            match refused(round(args, work, server, &plan))? {
                Ok(sample) => samples.push(sample),
                Err(reason) => *rounds = Err(reason),
            }
        }
    }
    Ok(rounds.into_iter().map(|rounds| rounds.map(|samples| middle(&samples))).collect())
}

/// Takes a broken connection for a refusal too: one server's failure is not the others'.
fn refused<T>(
    result: Result<Result<T, String>, CompareError>,
) -> Result<Result<T, String>, CompareError> {
    match result {
        Err(CompareError::Bench(error)) => Ok(Err(error.to_string())),
        other => other,
    }
}

fn plan(args: &Args, work: &Work) -> Result<Plan, CompareError> {
    let template = Workload::find(work.workload)?.template(Holes::Filled);
    let template = if work.is_binary { template.binary() } else { template };
    let requests = ((work.requests as f64 * args.scale) as u64).max(1000);
    Ok(Plan {
        distribution: Distribution::Uniform,
        keys: work.keys,
        size: work.value_size..work.value_size + 1,
        depth: work.depth,
        ..Plan::new(template, Stop::Requests(requests))
    })
}

fn requests(plan: &Plan) -> u64 {
    match plan.stop {
        Stop::Requests(count) => count,
        Stop::After(_) => 0,
    }
}

/// Empties the server, preloads, and tries the command once; the inner error is a refusal.
fn prepare(
    args: &Args,
    work: &Work,
    server: &Server,
    plan: &Plan,
) -> Result<Result<(), String>, CompareError> {
    if server.name == super::FLOOR && work.floor == Floor::Differs {
        return Ok(Err("its replies have another size".into()));
    }
    let Some(target) = server.target_of(work.is_binary) else {
        return Ok(Err("it does not speak the binary protocol".into()));
    };
    let mut client = target.connect()?;
    client.must(&["FLUSHALL"])?;
    let elements = requests(plan) * u64::from(args.rounds);
    for (template, count) in Workload::find(work.workload)?.fill_templates(work.keys, elements) {
        let template = if work.is_binary { template.binary() } else { template };
        let fill = fill_plan(plan, &template, count);
        let outcome = Fleet::connect(target, 10, 1)?.run(&fill, |_| ())?;
        if let Some(error) = outcome.tally.first_error {
            return Ok(Err(error));
        }
    }
    let value = filler(work.value_size);
    for (template, _) in &plan.mix {
        if let Value::Error(text) = client.send(&template.render(&value))? {
            return Ok(Err(String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Ok(Ok(()))
}

/// One measured run; the inner error is the server's refusal.
fn round(
    args: &Args,
    work: &Work,
    server: &Server,
    plan: &Plan,
) -> Result<Result<Sample, String>, CompareError> {
    let count = requests(plan) as f64;
    let target = server.target_of(work.is_binary).unwrap_or(&server.target);
    let (rate, cpu) = if let Some(binary) = args.client.as_ref().filter(|_| !work.is_binary) {
        let before = server.cpu();
        let rate = foreign_client(binary, work, server, requests(plan))?;
        (rate, server.cpu().since(before))
    } else {
        let mut fleet = Fleet::connect(target, work.connections, 1)?;
        let before = server.cpu();
        let outcome = fleet.run(plan, |_| ())?;
        let cpu = server.cpu().since(before);
        if let Some(error) = outcome.tally.first_error {
            return Ok(Err(error));
        }
        (outcome.rate(), cpu)
    };
    let cpu = Cpu { user_ns: cpu.user_ns / count, system_ns: cpu.system_ns / count };
    Ok(Ok(Sample { kops: rate / 1e3, cpu }))
}

/// Runs redis-benchmark (or one like it) with the same command; returns requests per second.
fn foreign_client(
    binary: &str,
    work: &Work,
    server: &Server,
    requests: u64,
) -> Result<f64, CompareError> {
    let value = String::from_utf8_lossy(&filler(work.value_size)).into_owned();
    let words = Workload::find(work.workload)?.line.split_whitespace().map(|word| {
        word.replace("__key__", "__rand_int__")
            .replace("__score__", "__rand_int__")
            .replace("__value__", &value)
    });
    let numbers = [
        ("-p", u64::from(server.port())),
        ("-c", work.connections as u64),
        ("-P", work.depth as u64),
        ("-r", work.keys),
        ("-n", requests),
    ];
    let mut command = Command::new(binary);
    for (flag, number) in numbers {
        command.args([flag, &number.to_string()]);
    }
    // It inherits this process's core.
    let output = command.arg("--csv").args(words).output();
    let output = output.map_err(|error| CompareError::Usage(format!("{binary}: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().rev().find_map(|line| {
        // The title comes first and may contain anything but the separator.
        line.strip_prefix('"')?.split("\",\"").nth(1)?.trim_matches('"').parse().ok()
    });
    rate.ok_or_else(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        CompareError::Usage(format!("{binary} printed no result: {errors}"))
    })
}

fn middle(samples: &[Sample]) -> Sample {
    let of = |get: fn(&Sample) -> f64| median(samples.iter().map(get).collect());
    Sample {
        kops: of(|sample| sample.kops),
        cpu: Cpu {
            user_ns: of(|sample| sample.cpu.user_ns),
            system_ns: of(|sample| sample.cpu.system_ns),
        },
    }
}

/// Our cost over the cheapest peer's, and over the floor's.
fn ratios(servers: &[Server], figures: &[Figure]) -> (Option<f64>, Option<f64>) {
    let cost = |figure: &Figure| figure.as_ref().ok().map(|sample| sample.cpu.total_ns());
    let Some(ours) = figures.first().and_then(cost) else { return (None, None) };
    let others = || servers.iter().zip(figures).skip(1);
    let peers = others().filter(|(server, _)| server.name != super::FLOOR);
    let best = peers.filter_map(|(_, figure)| cost(figure)).min_by(f64::total_cmp);
    let floor = others().find(|(server, _)| server.name == super::FLOOR);
    let floor = floor.and_then(|(_, figure)| cost(figure));
    (best.map(|best| ours / best), floor.map(|floor| ours / floor))
}

fn header(servers: &[Server]) -> String {
    let mut text = format!("{:14}", "workload");
    for server in servers {
        let title = format!("{} kops", server.name);
        text.push_str(&format!(" |{title:>13}{:>7}{:>7}{:>7}", "user", "sys", "ns/op"));
    }
    text.push_str(&format!(" |{:>9}{:>9}", "/ best", "/ floor"));
    text
}

fn line(name: &str, servers: &[Server], figures: &[Figure]) -> String {
    let mut text = format!("{name:14}");
    for figure in figures {
        match figure {
            Err(_) => text.push_str(&format!(" |{:>13}{:>7}{:>7}{:>7}", "n/a", "", "", "")),
            Ok(Sample { kops, cpu }) => text.push_str(&format!(
                " |{kops:>13.0}{:>7.0}{:>7.0}{:>7.0}",
                cpu.user_ns,
                cpu.system_ns,
                cpu.total_ns()
            )),
        }
    }
    let (best, floor) = ratios(servers, figures);
    let show = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
    text.push_str(&format!(" |{:>9}{:>9}", show(best), show(floor)));
    text
}

fn row(name: &str, servers: &[Server], figures: &[Figure]) -> serde_json::Value {
    let (best, floor) = ratios(servers, figures);
    let mut by_name = serde_json::Map::new();
    for (server, figure) in servers.iter().zip(figures) {
        let figure = match figure {
            Err(reason) => json!({ "not_available": reason }),
            Ok(Sample { kops, cpu }) => json!({
                "kops": kops,
                "user_ns": cpu.user_ns,
                "system_ns": cpu.system_ns,
                "ns_per_op": cpu.total_ns(),
            }),
        };
        by_name.insert(server.name.clone(), figure);
    }
    json!({
        "workload": name,
        "servers": by_name,
        "ratio_to_best_peer": best,
        "ratio_to_floor": floor,
    })
}

/// What a server calls itself, from INFO; empty when it does not say.
pub fn version_of(server: &Server) -> String {
    let info = server.client().ok().and_then(|mut client| client.call(&["INFO", "server"]).ok());
    let info = info.map(|value| text_of(&value)).unwrap_or_default();
    let fields = ["valkey_version:", "russet_version:", "redis_version:"];
    let line = fields.iter().find_map(|field| info.lines().find(|line| line.starts_with(field)));
    line.map_or(String::new(), |line| line.trim().replace(':', " "))
}
