//! Stalls while a table grows: one connection loads keys as fast as it can, another asks at an
//! even rate, and what the second one waits is the answer.
//!
//! Requests of the probe are due at fixed times and waits count from there, so a stall cannot
//! hide. Both connections are driven by one busy loop without sleeps: two threads on the client's
//! core would wait for each other and blame the server. A wait during which this process itself
//! lost its core is discarded and counted as disturbed; how long the server had to queue for its
//! core is printed beside, for on a busy machine that is the worst wait's usual cause.

use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

use bench::client::text_of;
use bench::keys::{Distribution, Keys};
use bench::load::Outcome;
use bench::replies::{ReplyCounter, Tally};
use bench::template::{Batch, Holes, Template};
use serde_json::json;
use socket2::Socket;

use super::server::{Recipe, Server};
use super::{Args, CompareError};

/// Requests of the loading connection in flight.
const FILL_DEPTH: usize = 16;
/// Without any reply for so long the server has hung, in nanoseconds.
const SILENCE_NS_MAX: u64 = 30_000_000_000;
/// A longer time between two turns of the busy loop means that it lost its core.
const GAP_NS_MAX: u64 = 200_000;
/// Names of INFO fields that a server may keep about its own stalls contain one of these.
const STALL_FIELDS: [&str; 3] = ["stall", "worst_wait", "longest_pause"];

/// One connection of the busy loop.
struct Lane {
    socket: Socket,
    counter: ReplyCounter,
    tally: Tally,
    unsent: Vec<u8>,
    waiting: u64,
}

impl Lane {
    fn open(server: &Server) -> Result<Self, CompareError> {
        let socket = server.client()?.into_socket();
        socket.set_nonblocking(true)?;
        let (counter, tally, unsent) = Default::default();
        Ok(Self { socket, counter, tally, unsent, waiting: 0 })
    }

    fn send(&mut self, bytes: &[u8], count: u64) -> Result<(), CompareError> {
        self.unsent.extend_from_slice(bytes);
        self.waiting += count;
        self.flush()
    }

    fn flush(&mut self) -> Result<(), CompareError> {
        match self.socket.write(&self.unsent) {
            Ok(sent) => drop(self.unsent.drain(..sent)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Takes what has come, without waiting; returns the number of replies.
    fn receive(&mut self, inbox: &mut [u8]) -> Result<u64, CompareError> {
        if !self.unsent.is_empty() {
            self.flush()?;
        }
        let count = match self.socket.read(inbox) {
            Ok(0) => return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let replies = self.counter.feed(&inbox[..count], &mut self.tally)?;
        self.waiting = self.waiting.saturating_sub(replies);
        Ok(replies)
    }
}

/// What one server's run gave.
struct Stalls {
    /// Replies of the load, latencies of the probe.
    outcome: Outcome,
    /// Waits discarded because this process lost its core meanwhile.
    disturbed: u64,
    /// How long the server queued for its core.
    queued_ms: f64,
}

/// Measures every server in turn and prints the table; returns the rows as JSON.
pub fn run(args: &Args, recipes: &[Recipe]) -> Result<serde_json::Value, CompareError> {
    println!(
        "waits in microseconds of GET/SET at {} per second while {} keys are loaded",
        args.stall_rate, args.keys
    );
    println!(
        "{:12}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}{:>11}{:>11}  own field",
        "server", "p50", "p99", "p99.9", "p99.99", "worst", "load kops", "disturbed", "queued ms"
    );
    let mut rows = Vec::new();
    for (index, recipe) in recipes.iter().enumerate() {
        let server = Server::start(recipe, args.base_port + index as u16, &args.server_core)?;
        let queued_ns = server.queued_ns();
        let (outcome, disturbed) = probe(args, &server)?;
        let queued_ns = server.queued_ns().unwrap_or(0.0) - queued_ns.unwrap_or(0.0);
        let stalls = Stalls { outcome, disturbed, queued_ms: queued_ns / 1e6 };
        rows.push(report(&recipe.name, &stalls, &own_field(&server)));
    }
    Ok(rows.into())
}

/// Prints one line and returns the same as JSON.
fn report(name: &str, stalls: &Stalls, field: &str) -> serde_json::Value {
    let Stalls { outcome, disturbed, queued_ms } = stalls;
    let us = |quantile| outcome.latency.value_at_quantile(quantile) as f64 / 1e3;
    let (kops, worst) = (outcome.rate() / 1e3, outcome.latency.max() as f64 / 1e3);
    let mut line = format!("{name:12}");
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

/// The run: the outcome and how many waits were disturbed.
fn probe(args: &Args, server: &Server) -> Result<(Outcome, u64), CompareError> {
    let template = |line| Template::parse(line, Holes::Filled);
    let set = (template("SET key:__key__ __value__")?, 1);
    let get = (template("GET key:__key__")?, 1);
    let mut load_batch = Batch::new(std::slice::from_ref(&set), 32..33, FILL_DEPTH);
    let mut probe_batch = Batch::new(&[set, get], 32..33, 1);
    let mut load_keys = Keys::new(Distribution::Sequential, args.keys, 1, (0, 1));
    let mut probe_keys = Keys::new(Distribution::Uniform, args.keys, 2, (0, 1));
    let (mut load, mut probe) = (Lane::open(server)?, Lane::open(server)?);
    let mut inbox = vec![0; 64 * 1024];
    let mut outcome = Outcome::empty()?;
    let interval_ns = (1e9 / args.stall_rate) as u64;
    let (mut left, mut due_ns, mut heard_ns) = (args.keys, 0, 0);
    let (mut last_ns, mut gap_end_ns, mut disturbed) = (0, 0, 0);
    let start = Instant::now();
    while left > 0 || load.waiting > 0 || probe.waiting > 0 {
        let now_ns = start.elapsed().as_nanos() as u64;
        if now_ns - last_ns > GAP_NS_MAX {
            gap_end_ns = now_ns;
        }
        last_ns = now_ns;
        if probe.waiting == 0 && due_ns <= now_ns && left > 0 {
            probe.send(probe_batch.fill(1, &mut probe_keys), 1)?;
        }
        if probe.waiting > 0 && probe.receive(&mut inbox)? > 0 {
            if gap_end_ns > due_ns {
                disturbed += 1;
            } else {
                let wait_ns = start.elapsed().as_nanos() as u64 - due_ns;
                outcome.latency.saturating_record(wait_ns.max(1));
            }
            due_ns += interval_ns;
            heard_ns = now_ns;
        }
        if load.waiting == 0 && left > 0 {
            let count = left.min(FILL_DEPTH as u64);
            load.send(load_batch.fill(count as usize, &mut load_keys), count)?;
            left -= count;
        }
        if load.waiting > 0 && load.receive(&mut inbox)? > 0 {
            heard_ns = now_ns;
        }
        if now_ns.saturating_sub(heard_ns) > SILENCE_NS_MAX {
            let what = "it stopped answering".to_owned();
            return Err(CompareError::Server(server.name.clone(), what));
        }
    }
    outcome.elapsed = start.elapsed();
    outcome.tally = load.tally;
    outcome.tally.errors += probe.tally.errors;
    match outcome.tally.first_error.take().or(probe.tally.first_error) {
        Some(error) => Err(CompareError::Server(server.name.clone(), error)),
        None => Ok((outcome, disturbed)),
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
