//! Counts how often it was run, in a directory, from several threads at once.
//!
//! ```text
//!   cargo run -p russet-embed --example counter /tmp/counter
//! ```

use std::error::Error;
use std::thread;

use russet_embed::Database;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| "counter-data".to_owned());
    let database = Database::open(directory)?;
    let mut session = database.session()?;
    println!("run number {}", session.incr_by(b"runs", 1)?);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| -> Result<(), russet_embed::CallError> {
                let mut session = database.session()?;
                (0..1000).try_for_each(|_| session.incr_by(b"calls", 1).map(|_| ()))
            });
        }
    });
    println!("{} calls so far", session.incr_by(b"calls", 0)?);
    drop(session);
    Ok(database.close()?)
}
