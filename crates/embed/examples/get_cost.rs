//! What a GET costs without a network: so many keys, so many GETs in a batch.
//!
//! ```text
//!   cargo run --release -p russet-embed --example get_cost        1,000,000 keys, batches of 64
//!   cargo run --release -p russet-embed --example get_cost 100000 16
//!   cargo run --release -p russet-embed --example get_cost 1000000 16 2        by two threads
//! ```
//!
//! Prints nanoseconds per GET of random keys, the best of several rounds: one by one, and in
//! batches whose values are looked at where they are. With several threads the batches once more,
//! by all of them at the same time, and how many more GETs a second that gives.

use std::error::Error;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use russet_embed::{CallError, Database, Session};

const ROUNDS: usize = 7;
const VALUE_LEN: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<usize>());
    let keys = numbers.next().transpose()?.unwrap_or(1_000_000).max(1);
    let depth = numbers.next().transpose()?.unwrap_or(64).max(1);
    let threads = numbers.next().transpose()?.unwrap_or(1).max(1);
    let database = Database::in_memory()?;
    fill(&database, keys)?;
    let mut random = fastrand::Rng::with_seed(1);
    let names: Vec<Vec<u8>> = (0..keys.min(1 << 20)).map(|_| name(random.usize(..keys))).collect();
    let mut session = database.session()?;
    let single = best(|| {
        let begun = Instant::now();
        for name in &names {
            black_box(session.get(name)?);
        }
        Ok(begun.elapsed().as_nanos() as f64 / names.len() as f64)
    })?;
    drop(session);
    let batched = best(|| in_batches(&database, &names, depth, 1))?;
    println!("{keys} keys: GET {single:.1} ns; in batches of {depth} {batched:.1} ns");
    if threads > 1 {
        let together = best(|| in_batches(&database, &names, depth, threads))?;
        let times = batched / together;
        println!("{threads} threads: {together:.1} ns, {times:.2} times as many GETs a second");
    }
    Ok(database.close()?)
}

fn name(number: usize) -> Vec<u8> {
    format!("key:{number:012}").into_bytes()
}

fn fill(database: &Database, keys: usize) -> Result<(), CallError> {
    let mut session = database.session()?;
    for first in (0..keys).step_by(64) {
        let mut batch = session.batch();
        for number in first..(first + 64).min(keys) {
            batch.push(&[b"SET", &name(number), &[b'x'; VALUE_LEN]]);
        }
        batch.run()?;
    }
    Ok(())
}

/// The least of several rounds.
fn best(mut round: impl FnMut() -> Result<f64, CallError>) -> Result<f64, CallError> {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        best = best.min(round()?);
    }
    Ok(best)
}

/// Nanoseconds per GET when so many threads each get all names in batches, at the same time.
fn in_batches(
    database: &Database,
    names: &[Vec<u8>],
    depth: usize,
    threads: usize,
) -> Result<f64, CallError> {
    let barrier = Barrier::new(threads);
    let elapsed: Result<Vec<f64>, CallError> = thread::scope(|scope| {
        let works: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut session = database.session()?;
                    barrier.wait();
                    let begun = Instant::now();
                    get_all(&mut session, names, depth)?;
                    Ok(begun.elapsed().as_nanos() as f64)
                })
            })
            .collect();
        works.into_iter().map(|work| work.join().expect("no panic")).collect()
    });
    let longest = elapsed?.into_iter().fold(0.0, f64::max);
    Ok(longest / (names.len() * threads) as f64)
}

fn get_all(session: &mut Session, names: &[Vec<u8>], depth: usize) -> Result<(), CallError> {
    let mut bytes = 0;
    for names in names.chunks(depth) {
        let mut batch = session.batch();
        names.iter().for_each(|name| {
            batch.push(&[b"GET", name]);
        });
        batch.run_strings(|value| bytes += value.map_or(0, <[u8]>::len))?;
    }
    assert_eq!(black_box(bytes), names.len() * VALUE_LEN);
    Ok(())
}
