//! The tools that come with Redis, unchanged: redis-cli and redis-benchmark.

use std::ffi::OsStr;

use russet_tests::tool::{self, Outcome};
use russet_tests::{Options, Server, skip};

/// Runs a tool against the server; `None`, with a word on it, when it is not installed.
fn run(name: &str, server: &Server, line: &str, input: &str) -> Option<Outcome> {
    let port = server.port().to_string();
    let words = ["-p", &port].into_iter().chain(line.split_whitespace());
    let arguments: Vec<&str> = words.collect();
    let outcome = tool::run(OsStr::new(name), &arguments, input.as_bytes());
    if outcome.is_none() {
        skip(&format!("{name} is not installed"));
    }
    outcome
}

fn cli(server: &Server, line: &str, input: &str) -> Option<String> {
    let outcome = run("redis-cli", server, line, input)?;
    assert!(outcome.success, "redis-cli {line}\n{}\n{}", outcome.stdout, outcome.stderr);
    Some(outcome.stdout)
}

#[test]
fn cli_runs_single_commands() {
    let server = Server::start(Options::under_test());
    for (line, expected) in [
        ("SET k v", "OK\n"),
        ("GET k", "v\n"),
        ("INCR n", "1\n"),
        ("GET missing", "\n"),
        ("--no-raw GET missing", "(nil)\n"),
        ("--no-raw HSET h f v", "(integer) 1\n"),
        ("--no-raw HGETALL h", "1) \"f\"\n2) \"v\"\n"),
        ("-3 --no-raw HGETALL h", "1# \"f\" => \"v\"\n"),
        ("--raw HGETALL h", "f\nv\n"),
        ("--csv HGETALL h", "\"f\",\"v\"\n"),
        ("--json HGETALL h", "{\"f\":\"v\"}\n"),
        ("--json MGET k missing", "[\"v\",null]\n"),
        ("-n 3 --no-raw EXISTS k", "(integer) 0\n"),
        ("-r 3 INCR n", "2\n3\n4\n"),
    ] {
        let Some(output) = cli(&server, line, "") else { return };
        assert_eq!(output, expected, "redis-cli {line}");
    }
}

#[test]
fn cli_reads_commands_from_its_input() {
    let server = Server::start(Options::under_test());
    let Some(output) = cli(&server, "", "SET k 'a b'\nGET k\nFOO\nGET k\n") else { return };
    assert!(output.starts_with("OK\na b\nERR unknown command"), "{output}");
    assert!(output.ends_with("a b\n"), "{output}");
    let Some(output) = cli(&server, "-x SET k", "from the input") else { return };
    assert_eq!(output, "OK\n");
    assert_eq!(cli(&server, "GET k", ""), Some("from the input\n".into()));
}

#[test]
fn cli_pipes_a_mass_of_commands() {
    let server = Server::start(Options::under_test());
    let mut input: String = (0..10_000).map(|n| format!("SET key:{n} {n}\r\n")).collect();
    input.push_str("HGET key:1 f\r\n");
    let Some(outcome) = run("redis-cli", &server, "--pipe", &input) else { return };
    assert!(outcome.stdout.contains("errors: 1, replies: 10001"), "{}", outcome.stdout);
    assert_eq!(server.client().run("DBSIZE").integer(), Some(10_000));
}

#[test]
fn cli_walks_the_keyspace() {
    let server = Server::start(Options::under_test());
    let mut client = server.client();
    for number in 0..100 {
        client.run(&format!("SET key:{number} {number}"));
    }
    client.run("SET big \"x\"*5000");
    client.run("HSET h a 1 b 2 c 3");
    let Some(output) = cli(&server, "--scan --pattern key:*", "") else { return };
    assert_eq!(output.lines().count(), 100);
    let Some(output) = cli(&server, "--bigkeys", "") else { return };
    assert!(output.contains("Sampled 102 keys in the keyspace!"), "{output}");
    assert!(output.contains("Biggest string found '\"big\"' has 5000 bytes"), "{output}");
    assert!(output.contains("Biggest   hash found '\"h\"' has 3 fields"), "{output}");
    let Some(output) = cli(&server, "--memkeys", "") else { return };
    assert!(output.contains("Sampled 102 keys in the keyspace!"), "{output}");
}

#[test]
fn cli_measures_and_watches() {
    let server = Server::start(Options::under_test());
    server.client().run("SET k v");
    let arguments = ["-p", &server.port().to_string(), "--stat", "-i", "0.01"].map(String::from);
    let Some(lines) = tool::first_lines(OsStr::new("redis-cli"), &arguments, 3) else {
        return skip("redis-cli is not installed");
    };
    let first = lines.get(2).and_then(|line| line.split_whitespace().next());
    assert_eq!(first, Some("1"), "the number of keys in:\n{}", lines.join("\n"));
    // --latency ends by itself when its output is not a terminal: minimum, maximum, average, count.
    let Some(output) = cli(&server, "--latency --raw -i 0.05", "") else { return };
    assert_eq!(output.split_whitespace().count(), 4, "{output}");
}

#[test]
fn cli_knows_the_commands_of_the_server() {
    let server = Server::start(Options::under_test());
    let Some(output) = cli(&server, "INFO server", "") else { return };
    assert!(output.starts_with("# Server"), "{output}");
    let Some(output) = cli(&server, "--json COMMAND DOCS get", "") else { return };
    assert!(output.contains("\"get\""), "{output}");
}

#[test]
fn benchmark_runs() {
    let server = Server::start(Options::under_test());
    let line = "-t set,get,incr,hset,mset -n 1000 -P 16 -c 10 --csv";
    let Some(outcome) = run("redis-benchmark", &server, line, "") else { return };
    assert!(outcome.success, "{}\n{}", outcome.stdout, outcome.stderr);
    let tests: Vec<&str> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.split('"').next())
        .collect();
    assert_eq!(tests, ["test", "SET", "GET", "INCR", "HSET", "MSET (10 keys)"]);
    assert!(!outcome.stderr.contains("WARNING"), "{}", outcome.stderr);
    let mut client = server.client();
    assert_eq!(client.run("GET counter:__rand_int__").text(), Some(&b"1008"[..]));
    assert_eq!(client.run("TYPE myhash").to_string(), "hash");
}
