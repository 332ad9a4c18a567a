//! Memory per key: the resident bytes that a server adds for each key of a given shape.
//!
//! Every shape meets a fresh server. The figure is (resident after loading - resident when empty)
//! over the number of keys; what exceeds the raw bytes of keys and values is overhead.
//! Not here: a server's own opinion of its memory.

use std::io::{Read, Write};
use std::thread::sleep;
use std::time::Duration;

use bench::client::write_request;
use bench::replies::{ReplyCounter, Tally};
use serde_json::json;

use super::server::{Recipe, Server};
use super::{Args, CompareError};

/// Requests sent before their replies are read.
const CHUNK: u64 = 1000;
/// How long a server gets to settle before its memory is read.
const SETTLE: Duration = Duration::from_millis(1500);

/// A shape of data: what the n-th request is and how many raw bytes it carries.
struct Shape {
    name: &'static str,
    /// `--keys` is divided by this, for shapes that are large.
    divisor: u64,
    raw_bytes: u64,
    words: fn(u64) -> Vec<String>,
}

const SHAPES: &[Shape] = &[
    Shape { name: "string 16+32", divisor: 1, raw_bytes: 48, words: |i| set(i, 32) },
    Shape { name: "string 16+8 ttl", divisor: 1, raw_bytes: 24, words: string_with_ttl },
    Shape { name: "counter 16", divisor: 1, raw_bytes: 24, words: counter },
    Shape { name: "string 16+200", divisor: 4, raw_bytes: 216, words: |i| set(i, 200) },
    Shape { name: "hash 5x(8+16)", divisor: 8, raw_bytes: 136, words: small_hash },
    Shape { name: "set 10 ints", divisor: 8, raw_bytes: 36, words: small_set },
    Shape { name: "zset 10x(12+score)", divisor: 8, raw_bytes: 216, words: small_zset },
    Shape { name: "list 10x20", divisor: 8, raw_bytes: 216, words: small_list },
    Shape { name: "zset big member", divisor: 1, raw_bytes: 24, words: big_zset },
    Shape { name: "hash big field", divisor: 1, raw_bytes: 32, words: big_hash },
    Shape { name: "set big member", divisor: 1, raw_bytes: 16, words: big_set },
    Shape { name: "stream entry 2 fields", divisor: 2, raw_bytes: 32, words: stream_entry },
];

fn words(head: [&str; 2], rest: impl IntoIterator<Item = String>) -> Vec<String> {
    head.into_iter().map(str::to_owned).chain(rest).collect()
}

fn set(i: u64, size: usize) -> Vec<String> {
    words(["SET", &format!("key:{i:012}")], ["v".repeat(size)])
}

fn string_with_ttl(i: u64) -> Vec<String> {
    let value = format!("{:08}", i % 100_000_000 / 3);
    words(["SET", &format!("key:{i:012}")], [value, "EX".into(), "1000000".into()])
}

fn counter(i: u64) -> Vec<String> {
    words(["SET", &format!("cnt:{i:012}")], [(i * 7919).to_string()])
}

fn small_hash(i: u64) -> Vec<String> {
    let fields = (0..5).flat_map(|f| [format!("field{f:03}"), format!("v{:015}", i + f)]);
    words(["HSET", &format!("hsh:{i:012}")], fields)
}

fn small_set(i: u64) -> Vec<String> {
    let members = (0..10).map(|k| ((i * 31 + k * 1009) % 60_000).to_string());
    words(["SADD", &format!("set:{i:012}")], members)
}

fn small_zset(i: u64) -> Vec<String> {
    let members = (0..10).flat_map(|k| {
        [format!("{:.1}", k as f64 * 1.5 + (i % 100) as f64), format!("member{:06}", i % 9999 + k)]
    });
    words(["ZADD", &format!("zst:{i:012}")], members)
}

fn small_list(i: u64) -> Vec<String> {
    words(["RPUSH", &format!("lst:{i:012}")], (0..10).map(|k| format!("item{:016}", i + k)))
}

fn big_zset(i: u64) -> Vec<String> {
    words(["ZADD", "bigz"], [((i * 7919) % 1_000_003).to_string(), format!("member:{i:09}")])
}

fn big_hash(i: u64) -> Vec<String> {
    words(["HSET", "bigh"], [format!("field:{i:010}"), format!("v{i:015}")])
}

fn big_set(i: u64) -> Vec<String> {
    words(["SADD", "bigs"], [format!("member:{i:09}")])
}

fn stream_entry(i: u64) -> Vec<String> {
    let fields = ["*".into(), "temp".into(), format!("{:05}", i % 99_999)];
    let more = ["hum".into(), format!("{:04}", i % 9999)];
    words(["XADD", "strm"], fields.into_iter().chain(more))
}

/// Loads every shape into every server and prints the table; returns the rows as JSON.
pub fn run(args: &Args, recipes: &[Recipe]) -> Result<serde_json::Value, CompareError> {
    println!("resident bytes per key; the ratio compares what exceeds the raw bytes");
    let mut header = format!("{:24}{:>8}", "shape", "raw");
    for recipe in recipes {
        header.push_str(&format!("{:>12}", recipe.name));
    }
    println!("{header}{:>12}", "overhead");
    let mut rows = Vec::new();
    for shape in SHAPES {
        let words: Vec<&str> = args.only.iter().map(String::as_str).collect();
        if !words.is_empty() && !words.iter().any(|word| shape.name.contains(word)) {
            continue;
        }
        let mut line = format!("{:24}{:>8}", shape.name, shape.raw_bytes);
        let mut overheads = Vec::new();
        let mut by_name = serde_json::Map::new();
        for (index, recipe) in recipes.iter().enumerate() {
            let keys = (args.keys / shape.divisor).max(CHUNK);
            let bytes = bytes_per_key(args, recipe, shape, (index, keys))?;
            line.push_str(&match &bytes {
                Ok(bytes) => format!("{bytes:>12.1}"),
                Err(_) => format!("{:>12}", "n/a"),
            });
            overheads.push(bytes.as_ref().ok().map(|bytes| bytes - shape.raw_bytes as f64));
            by_name.insert(
                recipe.name.clone(),
                match bytes {
                    Ok(bytes) => json!(bytes),
                    Err(reason) => json!({ "not_available": reason }),
                },
            );
        }
        let ratio = ratio(&overheads);
        println!("{line}{:>12}", ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")));
        rows.push(json!({
            "shape": shape.name,
            "raw_bytes": shape.raw_bytes,
            "bytes_per_key": by_name,
            "overhead_ratio_to_best_peer": ratio,
        }));
    }
    Ok(rows.into())
}

/// Our overhead over the least of the peers'; an overhead below one byte counts as one.
fn ratio(overheads: &[Option<f64>]) -> Option<f64> {
    let (ours, peers) = overheads.split_first()?;
    let best = peers.iter().flatten().copied().min_by(f64::total_cmp)?;
    Some(ours.as_ref()?.max(1.0) / best.max(1.0))
}

/// The inner error is the server's refusal of the shape's command.
fn bytes_per_key(
    args: &Args,
    recipe: &Recipe,
    shape: &Shape,
    (index, keys): (usize, u64),
) -> Result<Result<f64, String>, CompareError> {
    let server = Server::start(recipe, args.base_port + index as u16, &args.server_core)?;
    sleep(SETTLE / 3);
    let resident = || {
        let what = "its memory cannot be read".to_owned();
        server.resident_bytes().ok_or(CompareError::Server(recipe.name.clone(), what))
    };
    let before = resident()?;
    if let Some(error) = load(&server, shape, keys)?.first_error {
        return Ok(Err(error));
    }
    sleep(SETTLE);
    Ok(Ok((resident()? as f64 - before as f64) / keys as f64))
}

fn load(server: &Server, shape: &Shape, keys: u64) -> Result<Tally, CompareError> {
    let lost = |error: std::io::Error| CompareError::Server(server.name.clone(), error.to_string());
    let mut socket = server.client()?.into_socket();
    let (mut counter, mut tally) = (ReplyCounter::default(), Tally::default());
    let mut requests = Vec::new();
    let mut inbox = vec![0; 64 * 1024];
    let mut sent = 0;
    while sent < keys && tally.errors == 0 {
        let end = keys.min(sent + CHUNK);
        requests.clear();
        for i in sent..end {
            let words = (shape.words)(i);
            let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
            write_request(&mut requests, &words);
        }
        sent = end;
        socket.write_all(&requests).map_err(lost)?;
        while tally.replies < sent {
            let count = socket.read(&mut inbox).map_err(lost)?;
            if count == 0 {
                return Err(lost(std::io::ErrorKind::UnexpectedEof.into()));
            }
            counter.feed(&inbox[..count], &mut tally)?;
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_bytes_are_those_of_keys_and_values() {
        let length = |words: Vec<String>| words.iter().skip(1).map(String::len).sum::<usize>();
        assert_eq!(length(set(7, 32)), 48);
        assert_eq!(length(small_hash(7)), 136);
        assert_eq!(length(small_list(7)), 216);
        assert_eq!(length(string_with_ttl(7)), 24 + "EX1000000".len());
    }

    #[test]
    fn a_ratio_needs_both_sides() {
        assert_eq!(ratio(&[Some(10.0), Some(40.0), Some(20.0), None]), Some(0.5));
        assert_eq!(ratio(&[Some(-3.0), Some(2.0)]), Some(0.5));
        assert_eq!(ratio(&[None, Some(2.0)]), None);
        assert_eq!(ratio(&[Some(2.0)]), None);
    }
}
