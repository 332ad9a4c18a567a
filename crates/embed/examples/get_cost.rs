//! What a GET costs without a network: so many keys, so many GETs in a batch.
//!
//! ```text
//!   cargo run --release -p russet-embed --example get_cost        1,000,000 keys, batches of 64
//!   cargo run --release -p russet-embed --example get_cost 100000 16
//! ```
//!
//! Prints nanoseconds per GET of random keys, the best of several rounds: one by one, and in
//! batches whose values are looked at where they are.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use russet_embed::Database;

const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<usize>());
    let keys = numbers.next().transpose()?.unwrap_or(1_000_000).max(1);
    let depth = numbers.next().transpose()?.unwrap_or(64).max(1);
    let database = Database::in_memory()?;
    let mut session = database.session()?;
    let name = |number: usize| format!("key:{number:012}").into_bytes();
    for first in (0..keys).step_by(64) {
        let mut batch = session.batch();
        for number in first..(first + 64).min(keys) {
            batch.push(&[b"SET", &name(number), &[b'x'; 64]]);
        }
        batch.run()?;
    }
    let mut random = fastrand::Rng::with_seed(1);
    let names: Vec<Vec<u8>> = (0..64 * 1024).map(|_| name(random.usize(..keys))).collect();
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for name in &names {
            black_box(session.get(name)?);
        }
        best[0] = best[0].min(begun.elapsed().as_nanos() as f64 / names.len() as f64);
        let begun = Instant::now();
        let mut bytes = 0;
        for names in names.chunks(depth) {
            let mut batch = session.batch();
            names.iter().for_each(|name| {
                batch.push(&[b"GET", name]);
            });
            batch.run_strings(|value| bytes += value.map_or(0, <[u8]>::len))?;
        }
        assert_eq!(black_box(bytes), names.len() * 64);
        best[1] = best[1].min(begun.elapsed().as_nanos() as f64 / names.len() as f64);
    }
    println!("{keys} keys: GET {:.1} ns; in batches of {depth} {:.1} ns", best[0], best[1]);
    drop(session);
    Ok(database.close()?)
}
