//! What a snapshot costs those who write meanwhile: SETs at depth 1, before and during a BGSAVE.
//!
//! "Serving" is the processor time of all threads but the one that writes the snapshot; a child
//! process counts as such a thread. Server and client share two cores with the snapshot here, so
//! the longest SET is also printed as the server times it, without the wait for its turn.

use std::thread::sleep;
use std::time::{Duration, Instant};

use bench::cli::fill_plan;
use bench::client::text_of;
use bench::load::{Fleet, Plan, Stop};
use bench::template::{Holes, Template};
use serde_json::json;

use super::server::{Recipe, Server};
use super::{Args, CompareError};

const CONNECTIONS: usize = 50;
/// Bytes of `key:000000012345` and of a value.
const KEY_BYTES: u64 = 16;
const VALUE_BYTES: u64 = 32;
/// One stretch of load; the state of the save is asked for between two.
const STRETCH: Duration = Duration::from_millis(250);
/// Stretches before the save.
const BEFORE: u32 = 16;
/// A save that takes longer is given up.
const SAVE_MAX: Duration = Duration::from_secs(300);

/// Titles, names in the JSON, digits behind the point.
const COLUMNS: [(&str, &str, usize); 11] = [
    ("ns/op", "ns_per_op", 0),
    ("ns/op saving", "ns_per_op_saving", 0),
    ("ratio", "ratio", 2),
    ("save s", "save_s", 1),
    ("save CPU s", "save_cpu_s", 2),
    ("MB/CPU s", "payload_mb_per_cpu_s", 0),
    ("memory %", "memory_percent", 1),
    ("longest us", "longest_us", 0),
    ("saving us", "longest_us_saving", 0),
    ("fork ms", "fork_ms", 1),
    ("copied MB", "copied_mb", 0),
];

/// What some stretches of load cost.
#[derive(Default)]
struct Cost {
    operations: f64,
    serving_ns: f64,
    saving_ns: f64,
    /// The longest SET by the server's own account.
    longest_us: f64,
    resident_max: u64,
}

impl Cost {
    fn per_operation(&self) -> f64 {
        self.serving_ns / self.operations.max(1.0)
    }
}

/// Measures every server in turn and prints the table; returns the rows as JSON.
pub fn run(args: &Args, recipes: &[Recipe]) -> Result<serde_json::Value, CompareError> {
    println!(
        "SET at depth 1 over {CONNECTIONS} connections, {} keys, before and during a BGSAVE",
        args.keys
    );
    let titles = COLUMNS.map(|(title, ..)| format!("{title:>14}")).concat();
    println!("{:10}{titles}", "server");
    let mut rows = Vec::new();
    for (index, recipe) in recipes.iter().enumerate() {
        let server = Server::start(recipe, args.base_port + index as u16, &args.server_core)?;
        server.prefer(args.realtime)?;
        rows.push(measure(args, &server)?);
    }
    Ok(rows.into())
}

fn measure(args: &Args, server: &Server) -> Result<serde_json::Value, CompareError> {
    let plan = Plan {
        keys: args.keys,
        size: VALUE_BYTES as usize..VALUE_BYTES as usize + 1,
        ..Plan::new(
            Template::parse("SET key:__key__ __value__", Holes::Filled)?,
            Stop::After(STRETCH),
        )
    };
    let (set, _) = &plan.mix[0];
    Fleet::connect(&server.target, 10, 1)?.run(&fill_plan(&plan, set, args.keys), |_| ())?;
    let mut client = server.client()?;
    for setting in [["rdbcompression", "no"], ["latency-tracking-info-percentiles", "100"]] {
        client.must(&["CONFIG", "SET", setting[0], setting[1]])?;
    }
    sleep(Duration::from_secs(2));
    client.must(&["CONFIG", "RESETSTAT"])?;
    let before = load(server, &plan, |stretch| stretch == BEFORE)?;
    client.must(&["CONFIG", "RESETSTAT"])?;
    let begun = Instant::now();
    client.must(&["BGSAVE"])?;
    let during = load(server, &plan, |_| {
        field(server, "rdb_bgsave_in_progress") != Some(1.0) || begun.elapsed() > SAVE_MAX
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let is_saved = info(server).lines().any(|line| line.trim() == "rdb_last_bgsave_status:ok");
    if begun.elapsed() > SAVE_MAX || !is_saved {
        let what = "the save failed, or took too long".to_owned();
        return Err(CompareError::Server(server.name.clone(), what));
    }
    let saving_s = during.saving_ns.max(server.children_ns()) / 1e9;
    let payload_mb = (args.keys * (KEY_BYTES + VALUE_BYTES)) as f64 / 1e6;
    let row = json!({
        "server": server.name,
        "ns_per_op": before.per_operation(),
        "ns_per_op_saving": during.per_operation(),
        "ratio": during.per_operation() / before.per_operation(),
        "save_s": seconds,
        "save_cpu_s": saving_s,
        "payload_mb_per_cpu_s": payload_mb / saving_s,
        "memory_percent": (during.resident_max as f64 / before.resident_max as f64 - 1.0) * 100.0,
        "longest_us": before.longest_us,
        "longest_us_saving": during.longest_us,
        "fork_ms": field(server, "latest_fork_usec").unwrap_or(0.0) / 1e3,
        "copied_mb": field(server, "rdb_last_cow_size").unwrap_or(0.0) / 1e6,
    });
    print(&row);
    Ok(row)
}

fn print(row: &serde_json::Value) {
    let figure = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
    let line = COLUMNS.map(|(_, name, digits)| format!("{:>14.digits$}", figure(name))).concat();
    println!("{:10}{line}", row["server"].as_str().unwrap_or_default());
}

/// Stretches of load until `done`, which is asked after each with their number.
fn load(
    server: &Server,
    plan: &Plan,
    mut done: impl FnMut(u32) -> bool,
) -> Result<Cost, CompareError> {
    let mut fleet = Fleet::connect(&server.target, CONNECTIONS, 1)?;
    let mut cost = Cost::default();
    for stretch in 1.. {
        let (all, saving) = (server.cpu(), server.thread_ns("snapshot"));
        let outcome = fleet.run(plan, |_| ())?;
        let saving_ns = server.thread_ns("snapshot") - saving;
        cost.operations += outcome.tally.replies as f64;
        cost.serving_ns += server.cpu().since(all).total_ns() - saving_ns;
        cost.saving_ns += saving_ns;
        cost.resident_max = cost.resident_max.max(server.resident_bytes().unwrap_or(0));
        if done(stretch) {
            break;
        }
    }
    // "p100=123.456", alone or as the last of several.
    let text = info(server);
    let line = text.lines().find_map(|line| line.strip_prefix("latency_percentiles_usec_set:"));
    let longest = line.and_then(|line| line.trim().rsplit('=').next()?.parse().ok());
    cost.longest_us = longest.unwrap_or(f64::NAN);
    Ok(cost)
}

fn info(server: &Server) -> String {
    let info = server.client().ok().and_then(|mut client| client.call(&["INFO", "ALL"]).ok());
    info.map(|value| text_of(&value)).unwrap_or_default()
}

/// A number in INFO.
fn field(server: &Server, name: &str) -> Option<f64> {
    let text = info(server);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line?.trim().parse().ok()
}
