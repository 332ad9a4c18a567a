//! Stalls: what a connection waits while a table grows, or while a big collection goes away.
//!
//! One connection causes the trouble, another asks at an even rate (`probe.rs`), and what the
//! second one waits is the answer. How long the server had to queue for its core is printed beside,
//! for on a busy machine that is the worst wait's usual cause; with `--realtime` there is no queue.

use std::thread::sleep;
use std::time::Duration;

use bench::client::{Client, text_of, write_request};
use bench::keys::{Distribution, Keys};
use bench::template::{Batch, Holes, Template};
use clap::ValueEnum;
use serde_json::json;

use super::probe::{Lane, Probe, Stalls, Work};
use super::server::{Recipe, Server};
use super::{Args, CompareError};

/// Requests of the loading connection in flight.
const FILL_DEPTH: usize = 16;
/// Names of INFO fields that a server may keep about its own stalls contain one of these.
const STALL_FIELDS: [&str; 3] = ["stall", "worst_wait", "longest_pause"];
/// The key of the collection that goes away.
const COLLECTION: &str = "collection";
/// Elements of the collection added by one request.
const CHUNK: u64 = 500;
/// How long the probe asks before the collection goes, and in all, in nanoseconds.
const GONE_AT_NS: u64 = 500_000_000;
const GOING_NS: u64 = 4_000_000_000;
/// What takes a collection away.
const ENDS: [(&str, &[&str]); 4] = [
    ("DEL", &["DEL", COLLECTION]),
    ("SET", &["SET", COLLECTION, "text"]),
    ("expiry", &["PEXPIRE", COLLECTION, "50"]),
    ("FLUSHALL", &["FLUSHALL"]),
];

/// What the stalls come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trouble {
    /// A table that grows from nothing to --keys.
    Growth,
    /// A hash with --keys fields that is deleted, overwritten, expires, is flushed.
    Hash,
    /// The same with a set.
    Set,
    /// The same with a sorted set.
    Zset,
}

/// Measures every server in turn and prints the table; returns the rows as JSON.
pub fn run(
    args: &Args,
    trouble: Trouble,
    recipes: &[Recipe],
) -> Result<serde_json::Value, CompareError> {
    let what = match trouble {
        Trouble::Growth => "keys are loaded".to_owned(),
        of => format!("elements of a {of:?} go away").to_lowercase(),
    };
    println!(
        "waits in microseconds of GET/SET at {} per second while {} {what}",
        args.stall_rate, args.keys
    );
    println!(
        "{:20}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}{:>11}{:>11}  own field",
        "server", "p50", "p99", "p99.9", "p99.99", "worst", "load kops", "disturbed", "queued ms"
    );
    let mut rows = Vec::new();
    for (index, recipe) in recipes.iter().enumerate() {
        let server = Server::start(recipe, args.base_port + index as u16, &args.server_core)?;
        server.prefer(args.realtime)?;
        if trouble == Trouble::Growth {
            let stalls = Probe::new(args, &server)?.run(Growth::new(args, &server)?)?;
            rows.push(report(&server, &server.name, &stalls));
            continue;
        }
        for (name, words) in ENDS {
            fill(&mut server.client()?, trouble, args.keys)?;
            // What the fill left behind, such as memory to give back, is not what is measured.
            sleep(Duration::from_secs(2));
            let stalls = Probe::new(args, &server)?.run(Going::new(words, &server)?)?;
            rows.push(report(&server, &format!("{} {name}", server.name), &stalls));
            server.client()?.must(&["DEL", COLLECTION])?;
        }
    }
    Ok(rows.into())
}

/// Makes a collection of so many elements.
fn fill(client: &mut Client, trouble: Trouble, elements: u64) -> Result<(), CompareError> {
    let command = match trouble {
        Trouble::Set => "SADD",
        Trouble::Zset => "ZADD",
        Trouble::Hash | Trouble::Growth => "HSET",
    };
    for first in (0..elements).step_by(CHUNK as usize) {
        let mut words = vec![command.to_owned(), COLLECTION.to_owned()];
        for number in first..elements.min(first + CHUNK) {
            let element = format!("element:{number:010}");
            match trouble {
                Trouble::Set => words.push(element),
                Trouble::Zset => words.extend([number.to_string(), element]),
                Trouble::Hash | Trouble::Growth => words.extend([element, number.to_string()]),
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        client.must(&words)?;
    }
    Ok(())
}

/// Prints one line and returns the same as JSON.
fn report(server: &Server, name: &str, stalls: &Stalls) -> serde_json::Value {
    let Stalls { outcome, disturbed, queued_ms } = stalls;
    let field = own_field(server);
    let us = |quantile| outcome.latency.value_at_quantile(quantile) as f64 / 1e3;
    let (kops, worst) = (outcome.rate() / 1e3, outcome.latency.max() as f64 / 1e3);
    let mut line = format!("{name:20}");
    for quantile in [0.5, 0.99, 0.999, 0.9999] {
        line.push_str(&format!("{:>9.0}", us(quantile)));
    }
    println!("{line}{worst:>9.0}{kops:>11.0}{disturbed:>11}{queued_ms:>11.1}  {field}");
    json!({
        "server": name,
        "p50_us": us(0.5),
        "p99_us": us(0.99),
        "p99.9_us": us(0.999),
        "p99.99_us": us(0.9999),
        "worst_us": worst,
        "probes": outcome.latency.len(),
        "disturbed": disturbed,
        "server_queued_ms": queued_ms,
        "load_kops": kops,
        "own_field": field,
    })
}

/// Loads keys as fast as it can.
struct Growth {
    lane: Lane,
    batch: Batch,
    keys: Keys,
    left: u64,
}

impl Growth {
    fn new(args: &Args, server: &Server) -> Result<Self, CompareError> {
        let set = (Template::parse("SET key:__key__ __value__", Holes::Filled)?, 1);
        Ok(Self {
            lane: Lane::open(server)?,
            batch: Batch::new(&[set], 32..33, FILL_DEPTH),
            keys: Keys::new(Distribution::Sequential, args.keys, 1, (0, 1)),
            left: args.keys,
        })
    }
}

impl Work for Growth {
    fn turn(&mut self, _: u64, inbox: &mut [u8]) -> Result<bool, CompareError> {
        if self.lane.waiting == 0 && self.left > 0 {
            let count = self.left.min(FILL_DEPTH as u64);
            self.lane.send(self.batch.fill(count as usize, &mut self.keys), count)?;
            self.left -= count;
        }
        Ok(self.lane.waiting > 0 && self.lane.receive(inbox)? > 0)
    }

    fn goes_on(&self, _: u64) -> bool {
        self.left > 0 || self.lane.waiting > 0
    }

    fn lane(self) -> Lane {
        self.lane
    }
}

/// Sends one request that takes a collection away.
struct Going {
    lane: Lane,
    request: Option<Vec<u8>>,
}

impl Going {
    fn new(words: &[&str], server: &Server) -> Result<Self, CompareError> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let mut request = Vec::new();
        write_request(&mut request, &words);
        Ok(Self { lane: Lane::open(server)?, request: Some(request) })
    }
}

impl Work for Going {
    fn turn(&mut self, now_ns: u64, inbox: &mut [u8]) -> Result<bool, CompareError> {
        if now_ns >= GONE_AT_NS
            && let Some(request) = self.request.take()
        {
            self.lane.send(&request, 1)?;
        }
        Ok(self.lane.waiting > 0 && self.lane.receive(inbox)? > 0)
    }

    fn goes_on(&self, now_ns: u64) -> bool {
        now_ns < GOING_NS || self.lane.waiting > 0
    }

    fn lane(self) -> Lane {
        self.lane
    }
}

/// What the server itself says about its stalls, as `name=value`.
fn own_field(server: &Server) -> String {
    let info = server.client().ok().and_then(|mut client| client.call(&["INFO", "ALL"]).ok());
    let info = info.map(|value| text_of(&value)).unwrap_or_default();
    let ours = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        STALL_FIELDS.iter().any(|part| name.contains(part))
    };
    let fields: Vec<_> = info.lines().filter(ours).map(|line| line.replace(':', "=")).collect();
    if fields.is_empty() { "-".to_owned() } else { fields.join(" ") }
}
