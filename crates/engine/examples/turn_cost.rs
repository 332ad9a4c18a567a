//! What a request costs the engine: pipelines of bytes in, bytes out, without sockets.
//!
//! ```text
//!   cargo run --release -p russet-engine --example turn_cost            the usual workloads
//!   cargo run --release -p russet-engine --example turn_cost get 16     one of them, at depth 16
//!   valgrind --tool=callgrind --toggle-collect='*serve_all*' --dump-line=yes \
//!       target/release/examples/turn_cost get 16 100000 300             its instructions
//! ```
//!
//! Arguments: workload, requests in a pipeline, keys, turns. A turn serves `PIPELINES` connections
//! one after the other, as an event loop does that found so many readable. Prints nanoseconds per
//! request, the best of several rounds. A workload whose name ends in `-bin` (`get-bin`)
//! is sent over the binary protocol.
//!
//! Not here: the kernel's part, which the floor server shows, and the allocator of the server
//! (preload a jemalloc to measure with one).

use std::env::args;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use base::clock::{Clock, Ticks};
use base::hash::KeyHasher;
use config::Settings;
use log::Log;
use protocol::resp::decode::write_request;
use protocol::{Output, Version, binary};
use russet_engine::{
    Address, Cast, Facts, Host, Journal, Mail, Next, Node, Parts, Post, Recipients, Session,
    Visitor, WorkerState, allocator,
};

/// Connections served in one turn.
const PIPELINES: usize = 32;
/// Different pipelines, sent again and again.
const DIFFERENT: usize = 2_048;

struct Nobody;

impl Post for Nobody {
    fn post(&self, _to: Address, _mail: Mail) {}
    fn cast(&self, _worker: usize, _to: Recipients, _cast: Cast) {}
    fn has_mail(&self, _worker: usize) -> bool {
        false
    }
    fn wake(&self, _worker: usize) {}
    fn wake_all(&self) {}
}

impl Host for Nobody {
    fn apply(&self, _changed: &[&str], _settings: &Settings) -> Result<(), String> {
        Ok(())
    }
    fn facts(&self) -> Facts {
        Facts::default()
    }
    fn rewrite_config(&self, _settings: &Settings) -> Result<(), String> {
        Ok(())
    }
    fn reload(&self) -> Result<(), String> {
        Ok(())
    }
    fn stop(&self) {}
}

/// A node, its worker, a client, and where the client's bytes come and go.
struct Stage {
    node: Arc<Node>,
    state: WorkerState,
    session: Session,
    input: Vec<u8>,
    output: Output,
}

impl Stage {
    fn new(speaks: Version) -> Result<Self, Box<dyn Error>> {
        let node = Node::new(Parts {
            settings: Settings::default(),
            workers: 1,
            clock: Clock::system(),
            hasher: KeyHasher::with_key([7; 16]),
            log: Arc::new(Log::off()),
            post: Arc::new(Nobody),
            journal: Journal::silent(),
            allocator: allocator::UNCOUNTED,
            host: Arc::new(Nobody),
            files: Arc::new(log::aof::files::OsFiles),
        })?;
        let mut state = WorkerState::new(&node, 0);
        let visitor = Visitor {
            address: "127.0.0.1:50000".into(),
            local: "127.0.0.1:6379".into(),
            is_unix: false,
            is_loopback: true,
            speaks,
            descriptor: 8,
            at: Address { worker: 0, slot: 0 },
        };
        let mut turn = node.begin(&mut state);
        let session = turn.open(visitor, &mut Output::new()).ok_or("not let in")?;
        turn.commit();
        drop(turn);
        Ok(Self { node, state, session, input: vec![0; 64 << 10], output: Output::new() })
    }

    /// So many turns. Never inlined, so that a profiler can be told to look at this only.
    #[inline(never)]
    fn serve_all(&mut self, pipelines: &[Vec<u8>], turns: usize) {
        for turn in 0..turns {
            let first = turn * PIPELINES % DIFFERENT;
            self.serve_turn(&pipelines[first..first + PIPELINES]);
        }
    }

    /// One turn over these pipelines.
    fn serve_turn(&mut self, pipelines: &[Vec<u8>]) {
        let mut turn = self.node.begin(&mut self.state);
        for pipeline in pipelines {
            let input = &mut self.input[..pipeline.len()];
            input.copy_from_slice(pipeline);
            let mut consumed = 0;
            while consumed < input.len() {
                let rest = black_box(&input[consumed..]);
                let progress = turn.on_bytes(&mut self.session, rest, &mut self.output);
                assert_eq!(progress.next, Next::Continue);
                consumed += progress.consumed;
            }
            black_box(&self.output);
            self.output.clear();
        }
        turn.commit();
    }
}

/// A request of a workload; `key` numbers the keys.
fn request((workload, speaks): (&str, Version), mut key: impl FnMut() -> u64, bytes: &mut Vec<u8>) {
    let mut key = || format!("key:{:012}", key()).into_bytes();
    let value = [b'x'; 64];
    let words: Vec<Vec<u8>> = match workload {
        "get" => vec![b"GET".to_vec(), key()],
        "set" => vec![b"SET".to_vec(), key(), value.to_vec()],
        "incr" => vec![b"INCR".to_vec(), [b"counter:", &key()[..]].concat()],
        "hset" => vec![b"HSET".to_vec(), b"myhash".to_vec(), key(), value[..16].to_vec()],
        "mset" => {
            let pairs = (0..10).flat_map(|_| [key(), value.to_vec()]);
            std::iter::once(b"MSET".to_vec()).chain(pairs).collect()
        }
        _ => vec![b"PING".to_vec()],
    };
    let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    if speaks.is_binary() {
        binary::decode::write_request(bytes, &words);
    } else {
        write_request(bytes, &words);
    }
}

/// Makes the keys of a workload, and pipelines of requests for random ones.
fn prepare(
    stage: &mut Stage,
    (workload, speaks): (&str, Version),
    depth: usize,
    keys: u64,
) -> Vec<Vec<u8>> {
    let filler = if workload == "get" { "set" } else { workload };
    for number in 0..keys {
        let mut fill = Vec::new();
        request((filler, speaks), || number, &mut fill);
        stage.serve_turn(&[fill]);
    }
    let mut random = fastrand::Rng::with_seed(1);
    let mut pipelines = vec![Vec::new(); DIFFERENT];
    for pipeline in &mut pipelines {
        let mut key = || random.u64(..keys);
        (0..depth).for_each(|_| request((workload, speaks), &mut key, pipeline));
    }
    pipelines
}

fn measure(workload: &str, depth: usize, keys: u64, turns: usize) -> Result<(), Box<dyn Error>> {
    const ROUNDS: usize = 7;
    let speaks = match workload.ends_with("-bin") {
        true => Version::Binary2,
        false => Version::Resp2,
    };
    let name = workload.trim_end_matches("-bin");
    let mut stage = Stage::new(speaks)?;
    let pipelines = prepare(&mut stage, (name, speaks), depth, keys);
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        stage.serve_all(&pipelines, turns);
        let requests = turns * PIPELINES * depth;
        best = best.min(begun.elapsed().as_nanos() as f64 / requests as f64);
    }
    println!("{workload:9} depth {depth:3}, {keys:8} keys: {best:7.1} ns");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    Ticks::calibrate();
    let words: Vec<String> = args().skip(1).collect();
    let number = |at: usize, usual: u64| words.get(at).map_or(Ok(usual), |word| word.parse());
    if let Some(workload) = words.first() {
        let (depth, keys, turns) = (number(1, 16)?, number(2, 100_000)?, number(3, 2_000)?);
        return measure(workload, depth as usize, keys, turns as usize);
    }
    for depth in [1, 16, 64] {
        for workload in ["ping", "get", "set", "incr", "hset"] {
            measure(workload, depth, 100_000, 40_000 / depth)?;
        }
    }
    measure("get", 64, 1_000_000, 1_000)?;
    measure("set", 64, 1_000_000, 1_000)?;
    measure("mset", 4, 100_000, 1_000)
}
