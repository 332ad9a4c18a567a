//! What `always` brings: closed-loop clients against workers that sync themselves (one thread
//! executes, writes and syncs, as Redis does) and against the log's group commit.
//!
//! Run it with `cargo run --release -p russet-log --example group_commit [extra-sync-us]`. Clients
//! are threads' worth of messages over a channel; a request costs server and client some processor
//! time, as sockets do. The argument makes every sync slower by so many microseconds, to see what
//! other disks would bring.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use base::clock::Clock;
use russet_log::aof::annotations::BATCH_BYTES;
use russet_log::aof::files::{Create, File, Files, OsFiles};
use russet_log::{BaseFormat, Hooks, Layout, Log, LogOptions, Policy, Timestamps, Upkeep};

const RECORD: &[u8] = b"*3\r\n$3\r\nSET\r\n$16\r\nkey:000000012345\r\n$36\r\n\
                        abcdefghijklmnopqrstuvwxyz0123456789\r\n";
const SERVER_COST: Duration = Duration::from_micros(6);
const CLIENT_COST: Duration = Duration::from_micros(6);
const RUN: Duration = Duration::from_secs(2);

/// The real files, with slower syncs that are counted.
struct Slow {
    extra: Duration,
    syncs: Arc<AtomicU64>,
}

struct SlowFile {
    inner: Arc<dyn File>,
    extra: Duration,
    syncs: Arc<AtomicU64>,
}

impl Files for Slow {
    fn append_to(&self, path: &Path, create: Create) -> io::Result<Arc<dyn File>> {
        let inner = OsFiles.append_to(path, create)?;
        Ok(Arc::new(SlowFile { inner, extra: self.extra, syncs: self.syncs.clone() }))
    }
    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        OsFiles.read(path)
    }
    fn len(&self, path: &Path) -> io::Result<Option<u64>> {
        OsFiles.len(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsFiles.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        OsFiles.remove(path)
    }
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        OsFiles.create_dir(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        OsFiles.sync_dir(path)
    }
}

impl File for SlowFile {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.append(bytes)
    }
    fn truncate(&self, len: u64) -> io::Result<()> {
        self.inner.truncate(len)
    }
    fn sync(&self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.inner.sync()?;
        if !self.extra.is_zero() {
            thread::sleep(self.extra);
        }
        Ok(())
    }
    fn size(&self) -> io::Result<u64> {
        self.inner.size()
    }
}

fn spin(cost: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < cost {
        std::hint::spin_loop();
    }
}

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// What a worker's event loop hears.
enum Event {
    Request,
    Wake,
    End,
}

/// Answers replies with requests until the time is over; returns how many replies there were.
fn clients(count: usize, replies: &Receiver<usize>, requests: &Sender<Event>) -> u64 {
    let begun = Instant::now();
    let mut answered = 0;
    for _ in 0..count {
        let _ = requests.send(Event::Request);
    }
    while begun.elapsed() < RUN {
        let Ok(ready) = replies.recv() else { break };
        answered += ready as u64;
        for _ in 0..ready {
            spin(CLIENT_COST);
            let _ = requests.send(Event::Request);
        }
    }
    let _ = requests.send(Event::End);
    answered
}

/// One turn's worth of events: waits for the first, takes those that are there.
fn turn(events: &Receiver<Event>) -> (usize, bool) {
    let (mut requests, mut ended) = (0, false);
    let mut event = events.recv().ok();
    while let Some(next) = event {
        match next {
            Event::Request => requests += 1,
            Event::Wake => {}
            Event::End => ended = true,
        }
        event = events.try_recv().ok();
    }
    (requests, ended)
}

/// Executes, writes and syncs in one thread.
fn inline(
    files: &Slow,
    place: &Path,
    events: &Receiver<Event>,
    replies: &Sender<usize>,
) -> Outcome {
    let file = files.append_to(&place.join("inline"), Create::Empty)?;
    loop {
        let (requests, ended) = turn(events);
        if ended {
            return Ok(());
        }
        for _ in 0..requests {
            spin(SERVER_COST);
        }
        if requests > 0 {
            file.append(&RECORD.repeat(requests))?;
            file.sync()?;
            let _ = replies.send(requests);
        }
    }
}

/// Executes, and leaves the rest to the log.
fn grouped(log: &Log, events: &Receiver<Event>, replies: &Sender<usize>) {
    let mut held: VecDeque<(u64, usize)> = VecDeque::new();
    loop {
        let (requests, ended) = turn(events);
        if ended {
            return;
        }
        let mut end = 0;
        for _ in 0..requests {
            spin(SERVER_COST);
            end = log.append(0, RECORD);
        }
        if requests > 0 {
            held.push_back((end, requests));
        }
        let released = if requests == 1 { log.commit_alone() } else { log.commit() };
        let mut ready = 0;
        while let Some((_, count)) = held.pop_front_if(|(end, _)| *end <= released) {
            ready += count;
        }
        if ready > 0 {
            let _ = replies.send(ready);
        }
    }
}

fn main() -> Outcome {
    let extra = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let extra = Duration::from_micros(extra);
    let place = tempfile::tempdir()?;
    for count in [1, 2, 10, 50] {
        for grouping in [false, true] {
            let syncs = Arc::new(AtomicU64::new(0));
            let files = Slow { extra, syncs: syncs.clone() };
            let (requests, events) = channel();
            let (replies, answers) = channel();
            let path = place.path().to_owned();
            let wake = requests.clone();
            let server = thread::spawn(move || -> Outcome {
                if !grouping {
                    return inline(&files, &path, &events, &replies);
                }
                let options = LogOptions {
                    layout: Layout {
                        data_dir: path,
                        dir_name: format!("grouped{count}"),
                        file_name: "appendonly.aof".to_owned(),
                    },
                    policy: Policy::Always,
                    base_format: BaseFormat::Rdb,
                    upkeep: Upkeep::Thread,
                    timestamps: Timestamps::None,
                    batch_bytes: BATCH_BYTES,
                    clock: Clock::system(),
                    files: Arc::new(files),
                };
                let wake = Arc::new(move || {
                    let _ = wake.send(Event::Wake);
                });
                let hooks = Hooks { wake, ..Hooks::none() };
                let log = Log::open(&options, hooks)?;
                grouped(&log, &events, &replies);
                Ok(())
            });
            let answered = clients(count, &answers, &requests);
            server.join().map_err(|_| "the server has panicked")??;
            let (rate, syncs) =
                (answered / RUN.as_secs(), syncs.load(Ordering::Relaxed) / RUN.as_secs());
            let shape = if grouping { "group commit" } else { "sync inline" };
            let per_sync = answered as f64 / (syncs * RUN.as_secs()).max(1) as f64;
            let latency = count as f64 * 1e6 / rate.max(1) as f64;
            println!(
                "{count:3} clients, {shape}: {rate:7} ops/s, {syncs:5} syncs/s of {per_sync:4.1}, \
                 {latency:6.0} us each"
            );
        }
    }
    Ok(())
}
