//! What the protocol costs: nanoseconds per request parsed and per reply written or skipped.
//!
//! Run with `cargo run --release --example parse_cost`. Each figure is the best of several rounds,
//! so that a busy machine disturbs it little. Not here: anything about sockets.

use std::hint::black_box;
use std::time::Instant;

use russet_protocol::{
    Limits, Output, Parser, Reply, Request, Span, Step, Version, skip, write_request,
};

/// Requests in one pipeline.
const DEPTH: usize = 16;
const ROUNDS: usize = 25;
const REPEATS: usize = 20_000;

fn main() {
    println!("parse, a pipeline of {DEPTH}:");
    let key = |i: usize| format!("key:{i:012}");
    parse_cost("GET, 16 B key", |i| vec![b"GET".to_vec(), key(i).into()]);
    parse_cost("SET, 16 B key, 32 B value", |i| {
        vec![b"SET".to_vec(), key(i).into(), vec![b'v'; 32]]
    });
    parse_cost("SET, 16 B key, 64 B value", |i| {
        vec![b"SET".to_vec(), key(i).into(), vec![b'v'; 64]]
    });
    parse_cost("SET, value of 1 to 2,000 B", |i| {
        vec![b"SET".to_vec(), key(i).into(), vec![b'v'; [1, 90, 2_000, 12][i % 4]]]
    });
    parse_cost("MSET of 10", |i| (0..21).map(|j| key(i * j).into()).collect());

    println!("reply:");
    let value = [7u8; 4096];
    reply_cost("+OK", |reply| reply.ok());
    reply_cost("int", |reply| reply.int(black_box(7)));
    reply_cost("int of 10 digits", |reply| reply.int(black_box(1_234_567_890)));
    reply_cost("nil", |reply| reply.nil());
    for len in [3, 32, 64, 1_000, 4_096] {
        let value = &value[..len];
        reply_cost(&format!("bulk of {len} B"), |reply| reply.bulk(black_box(value)));
    }
    reply_cost("array of 2 ints", |reply| {
        reply.array(2);
        reply.int(1);
        reply.int(2);
    });
    reply_cost("double 0.1", |reply| reply.double(black_box(0.1)));
    reply_cost("double 42", |reply| reply.double(black_box(42.0)));

    println!("skip, {DEPTH} replies:");
    skip_cost("+OK", b"+OK\r\n");
    skip_cost(":1", b":1\r\n");
    skip_cost("$64", &[&b"$64\r\n"[..], &value[..64], b"\r\n"].concat());
}

fn parse_cost(name: &str, arguments: impl Fn(usize) -> Vec<Vec<u8>>) {
    let mut bytes = Vec::new();
    for i in 0..DEPTH {
        let arguments = arguments(i);
        write_request(&mut bytes, &arguments.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    let limits = Limits::default();
    let mut parser = Parser::default();
    let mut spans: Vec<Span> = Vec::new();
    let per_request = best(|| {
        let buffer = black_box(&bytes[..]);
        spans.clear();
        let mut from = 0;
        while let Ok(Step::Request { end }) = parser.next(buffer, from, &limits, &mut spans) {
            from = end;
        }
        black_box(&spans);
    }) / DEPTH as f64;
    let mut with_raw = 0;
    let raw = best(|| {
        let request =
            Request::framed(&bytes, &spans[..spans.len() / DEPTH], 0..bytes.len() / DEPTH);
        with_raw += black_box(request).raw().map_or(0, <[u8]>::len);
    });
    println!("  {name:28} {per_request:6.1} ns   (raw {raw:.1} ns)");
}

fn reply_cost(name: &str, write: impl Fn(&mut Reply)) {
    let mut output = Output::new();
    let per_reply = best(|| {
        output.clear();
        for _ in 0..DEPTH {
            write(&mut Reply::new(black_box(&mut output), Version::Resp2));
        }
    }) / DEPTH as f64;
    println!("  {name:28} {per_reply:6.1} ns");
}

fn skip_cost(name: &str, reply: &[u8]) {
    let bytes = reply.repeat(DEPTH);
    let per_reply = best(|| {
        let mut rest = black_box(&bytes[..]);
        while let Ok(Some(len)) = skip(rest) {
            rest = &rest[len..];
        }
    }) / DEPTH as f64;
    println!("  {name:28} {per_reply:6.1} ns");
}

/// Nanoseconds for one call, best of several rounds.
fn best(mut call: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        (0..REPEATS).for_each(|_| call());
        start.elapsed().as_nanos() as f64 / REPEATS as f64
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
