//! --lru-test: half writes, half reads, 80 % of them for 20 % of the keys; how many reads hit.

use std::time::{Duration, Instant};

use protocol::Value;

use crate::connection::Connection;

use crate::screen::say;
use crate::session::{Said, Session};
use crate::text::lossy;

/// Requests in flight.
const DEPTH: usize = 250;
/// With this exponent a fifth of the keys gets four fifths of the requests.
const EXPONENT: f64 = 6.2;

/// Runs until ended, a line a second.
pub(super) fn test(session: &mut Session) -> Result<(), Said> {
    let keys = session.options.amount.max(1);
    loop {
        let began = Instant::now();
        let (mut hits, mut misses) = (0u64, 0u64);
        while began.elapsed() < Duration::from_secs(1) {
            let set = |to: &Connection, key: &str, bytes: &mut Vec<u8>| {
                let value: Vec<u8> = (0..5).map(|_| fastrand::alphabetic() as u8).collect();
                to.write_request(bytes, &[b"SET", key.as_bytes(), &value]);
            };
            exchange(session, keys, set)?;
            let get = |to: &Connection, key: &str, bytes: &mut Vec<u8>| {
                to.write_request(bytes, &[b"GET", key.as_bytes()]);
            };
            for reply in exchange(session, keys, get)? {
                match reply {
                    Value::Error(text) => eprintln!("{}", lossy(&text)),
                    Value::Null => misses += 1,
                    _ => hits += 1,
                }
            }
        }
        let all = (hits + misses).max(1);
        let share = |part: u64| part as f64 / all as f64 * 100.0;
        say(&format!(
            "{all} Gets/sec | Hits: {hits} ({:.2}%) | Misses: {misses} ({:.2}%)\n",
            share(hits),
            share(misses),
        ));
    }
}

/// Sends [`DEPTH`] requests made by `write` for keys drawn by chance, and reads the replies.
fn exchange(
    session: &mut Session,
    keys: i64,
    write: impl Fn(&Connection, &str, &mut Vec<u8>),
) -> Result<Vec<Value>, Said> {
    let connection = session.connected()?;
    let mut bytes = Vec::new();
    for _ in 0..DEPTH {
        write(connection, &format!("lru:{}", draw(keys)), &mut bytes);
    }
    let mut replies = Vec::with_capacity(DEPTH);
    let failed = |_| {
        eprintln!("I/O error during LRU test");
        Said
    };
    connection.send(&bytes).map_err(failed)?;
    for _ in 0..DEPTH {
        replies.push(connection.reply().map_err(failed)?);
    }
    Ok(replies)
}

/// A number from 1 to `keys`, the small ones often: a power law, by its inverse.
fn draw(keys: i64) -> i64 {
    let (low, high) = (1f64, keys as f64 + 1.0);
    let power = EXPONENT + 1.0;
    let span = high.powf(power) - low.powf(power);
    let drawn = (span * fastrand::f64() + low.powf(power)).powf(1.0 / power);
    keys - drawn as i64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_keys_gets_most_requests() {
        fastrand::seed(1);
        let draws: Vec<i64> = (0..10_000).map(|_| draw(1000)).collect();
        assert!(draws.iter().all(|key| (1..=1000).contains(key)));
        let popular = draws.iter().filter(|key| **key <= 200).count();
        assert!((7500..8500).contains(&popular), "{popular}");
    }
}
