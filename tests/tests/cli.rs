//! `russet cli` beside the real redis-cli: the same invocations, each against a server of its own,
//! must print the same bytes and end with the same status.
//!
//! What only one of them has is tested here by what it says. The prompt: `cli_prompt.rs`.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use russet_tests::tool::{self, Outcome};
use russet_tests::{Form, Options, Program, Server, skip, words};

/// How `russet cli` is called with these words.
fn ours(server: &Server, words: &[OsString]) -> Outcome {
    let (program, _) = Program::UnderTest.command();
    let mut arguments: Vec<OsString> = vec!["cli".into()];
    arguments.extend(["-p".into(), server.port().to_string().into()]);
    arguments.extend_from_slice(words);
    run(&program, &arguments, b"").expect("russet")
}

fn run(program: &Path, arguments: &[OsString], input: &[u8]) -> Option<Outcome> {
    tool::run(program.as_os_str(), arguments, input)
}

fn split(line: &str) -> Vec<OsString> {
    use std::os::unix::ffi::OsStringExt;
    words::split(line).expect("a line").into_iter().map(OsString::from_vec).collect()
}

/// Two servers in the same state, one for each tool.
struct Pair {
    redis_cli: Server,
    russet_cli: Server,
}

impl Pair {
    /// `None`, with a word on it, where redis-cli is not installed.
    fn start() -> Option<Self> {
        if tool::run(OsStr::new("redis-cli"), &["--version"], b"").is_none() {
            skip("redis-cli is not installed");
            return None;
        }
        let [redis_cli, russet_cli] = [(); 2].map(|()| {
            let server = Server::start(Options::under_test());
            server.client().run_all(STATE.lines().map(str::to_owned));
            server
        });
        Some(Self { redis_cli, russet_cli })
    }

    #[track_caller]
    fn compare(&self, line: &str, input: &str) {
        self.compare_by(line, input, str::to_owned);
    }

    /// Compares what both print if they believe that they print to a terminal.
    #[track_caller]
    fn compare_at_terminal(&self, line: &str, input: &str) {
        self.compare_in(&["env", "FAKETTY=1"], line, input, str::to_owned);
    }

    /// Compares what `view` makes of the output.
    #[track_caller]
    fn compare_by(&self, line: &str, input: &str, view: fn(&str) -> String) {
        self.compare_in(&["env"], line, input, view);
    }

    #[track_caller]
    fn compare_in(&self, env: &[&str], line: &str, input: &str, view: fn(&str) -> String) {
        let run = |program: &Path, first: &[&str], server: &Server| {
            let port = server.port().to_string();
            let mut arguments: Vec<OsString> = env[1..].iter().map(OsString::from).collect();
            arguments.push(program.into());
            arguments.extend(first.iter().map(OsString::from));
            arguments.extend(["-p".into(), port.clone().into()]);
            arguments.extend(split(&line.replace("PORT", &port)));
            let outcome = run(Path::new(env[0]), &arguments, input.as_bytes()).expect("env");
            (view(&outcome.stdout.replace(&port, "PORT")), outcome.code, outcome.stderr)
        };
        let (russet, _) = Program::UnderTest.command();
        let expected = run(Path::new("redis-cli"), &[], &self.redis_cli);
        let found = run(&russet, &["cli"], &self.russet_cli);
        assert_eq!(found.0, expected.0, "{line}\ninput: {input}\n{}", found.2);
        assert_eq!(found.1, expected.1, "status of {line}\ninput: {input}\n{}", found.2);
    }
}

const STATE: &str = "\
SET k v
SET bytes \"\\x00\\xff\\n\\\"\\\\\\x1b\\xc3\\xa9\"
SET n 5
HSET h a 1 b 2
ZADD z 1.5 a 3.25 b
RPUSH l a b c d e f g h i j k
SADD s one
XADD x 1-1 f v";

/// Options that choose how replies are printed.
const FORMATS: &[&str] = &[
    "",
    "--raw",
    "--no-raw",
    "--csv",
    "--json",
    "--quoted-json",
    "-3 --raw",
    "-3 --no-raw",
    "-3 --csv",
    "-3 --json",
    "-3 --quoted-json",
    "-2 --json",
    "-d , --raw",
    "-D END --raw",
];

#[test]
fn every_format_is_that_of_redis_cli() {
    let Some(pair) = Pair::start() else { return };
    let commands = [
        "PING",
        "GET k",
        "GET bytes",
        "GET missing",
        "INCR n",
        "FOO",
        "HGETALL h",
        "HGET h",
        "ZRANGE z 0 -1 WITHSCORES",
        "ZSCORE z a",
        "LRANGE l 0 -1",
        "LRANGE missing 0 -1",
        "SMEMBERS s",
        "XRANGE x - +",
        "XINFO STREAM x",
        "CONFIG GET maxmemory*",
        "COMMAND INFO get",
        "COMMAND DOCS set",
        "EVAL 'return {1,{2,{3,{}}},false}' 0",
        "INCRBYFLOAT f 0.1",
        "DEBUG PROTOCOL double",
        "DEBUG PROTOCOL true",
        "DEBUG PROTOCOL false",
        "DEBUG PROTOCOL null",
        "DEBUG PROTOCOL map",
        "DEBUG PROTOCOL set",
        "DEBUG PROTOCOL array",
        "DEBUG PROTOCOL verbatim",
        "DEBUG PROTOCOL string",
        "DEBUG PROTOCOL integer",
        "MEMORY DOCTOR",
        "LATENCY DOCTOR",
        "CLIENT NO-EVICT",
        "HELP SET",
        "? @list",
        "HELP nothing",
        "HELP CLIENT",
        "OBJECT HELP",
    ];
    for command in commands {
        for format in FORMATS {
            pair.compare(&format!("{format} {command}"), "");
        }
        pair.compare_at_terminal(command, "");
        pair.compare_at_terminal(&format!("-3 {command}"), "");
    }
}

#[test]
fn messages_that_nobody_asked_for_are_shown_at_a_terminal() {
    let Some(pair) = Pair::start() else { return };
    let tracking = "HELLO 3\nCLIENT TRACKING ON BCAST\nSET k v\nGET k\nSET n 1\nPING\n";
    pair.compare_at_terminal("", tracking);
    pair.compare("--show-pushes yes", tracking);
    pair.compare("", tracking);
}

#[test]
fn options_do_what_they_do_in_redis_cli() {
    let Some(pair) = Pair::start() else { return };
    for line in [
        "-n 3 SET only here",
        "-n 3 DBSIZE",
        "DBSIZE",
        "-n 99 DBSIZE",
        "-r 3 INCR counter",
        "-r 0 INCR counter",
        "-r 2 -i 0.01 INCR counter",
        "-e FOO",
        "-e GET k",
        "-e INCR k",
        "-a wrong GET k",
        "--user nobody --pass wrong GET k",
        "--no-auth-warning -a wrong GET k",
        "-u redis://127.0.0.1:PORT/2 DBSIZE",
        "-u redis://127.0.0.1:PORT GET k",
        "-u http://127.0.0.1:PORT GET k",
        "--quoted-input SET '\"q\\x41\"' v",
        "GET qA",
        "--quoted-input SET '\"open' v",
        "--show-pushes no -3 GET k",
        "--show-pushes y -3 GET k",
        "--verbose GET k",
        "-c GET k",
        "-2 -3 GET k",
        "--nonsense",
        "-n",
        "-x -X t GET k",
        "--scan --pattern z*",
        "--no-raw --scan --pattern [bk]",
        "--scan --quoted-pattern '\"z\"'",
        "--scan --quoted-pattern '\"z'",
        "-n 5 --scan",
        "--eval /nonexistent",
        "--bogus GET",
        "SUBSCRIBE",
        "MONITOR x",
        "SHUTDOWN nonsense",
        "--hotkeys",
        "--functions-rdb a --rdb b",
        "-s /nonexistent GET k",
        "-p 1 GET k",
        "-h 127.0.0.1 GET k",
        "-s /x -c GET k",
    ] {
        pair.compare(line, "");
    }
}

#[test]
fn what_searches_the_keyspace_reports_the_same() {
    let Some(pair) = Pair::start() else { return };
    // The walk meets keys in an order of its own, so what was the largest so far differs; and
    // redis-cli reports the types in the order of a hash table.
    let without_progress = |text: &str| {
        let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('[')).collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    for line in ["--bigkeys", "--memkeys", "--memkeys-samples 3", "--bigkeys --pattern h*"] {
        pair.compare_by(line, "", without_progress);
    }
    for server in [&pair.redis_cli, &pair.russet_cli] {
        server.client().run("CONFIG SET maxmemory-policy allkeys-lfu");
    }
    let heads = |text: &str| {
        let lines: Vec<&str> = text.lines().filter(|line| !line.contains("ounter")).collect();
        lines.join("\n")
    };
    pair.compare_by("--hotkeys", "", heads);
    let sorted = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    pair.compare_by("--scan", "", sorted);
}

#[test]
fn standard_input_is_read_as_redis_cli_reads_it() {
    let Some(pair) = Pair::start() else { return };
    for (line, input) in [
        ("", "SET k 'a b'\nGET k\nFOO\nGET k\n"),
        ("", "GET k\r\n\n  \nget \"k\"\nquit\nGET k\n"),
        ("", "SET a \"b\nPING\n3 INCR c\n0 PING\n-1 PING\n2\n"),
        ("", "SELECT 3\nSET x y\nMULTI\nSET a 1\nSELECT 4\nEXEC\nDBSIZE\nRESET\nDBSIZE"),
        ("--no-raw", "MULTI\nGET k\nDISCARD\nEXEC\nHELLO 3\nHGETALL h\nRESET\nHGETALL h\n"),
        ("--csv", "LRANGE l 0 2\nhelp GET\nrestart\n"),
        ("-n 2", "SET in two\nDBSIZE\nEXIT\n"),
        ("", "EVAL \"return {1,2}\" 0\nSET bin \"\\x00\\xff\"\nGET bin\n"),
        ("", "CONNECT 127.0.0.1 1\nPING\n"),
        ("-x SET from-stdin", "text with\nlines\n"),
        ("GET from-stdin", ""),
        ("-X TAG SET tagged TAG EX 100", "by tag"),
        ("GET tagged", ""),
        ("-X TAG SET tagged other", "unused"),
        ("-x --quoted-input SET '\"a\\tb\"'", "v"),
        ("--raw DUMP k", ""),
    ] {
        pair.compare(line, input);
    }
}

#[test]
fn masses_of_requests_are_piped() {
    let Some(pair) = Pair::start() else { return };
    let mut input: String = (0..20_000).map(|n| format!("SET key:{n} {n}\r\n")).collect();
    pair.compare("--pipe", &input);
    input.push_str("HGET key:1 f\r\n*2\r\n$4\r\nPING\r\n$2\r\nhi\r\n");
    pair.compare("--pipe", &input);
    pair.compare("DBSIZE", "");
    pair.compare("--pipe", "");
}

#[test]
fn scripts_are_run_from_files() {
    let Some(pair) = Pair::start() else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("script.lua");
    std::fs::write(&path, "return {KEYS[1] or 'no key', ARGV[1] or 'no argument', #KEYS}")
        .expect("a file");
    let path = path.display();
    for rest in ["", "key", "key , argument", ", argument", "a b , c , d"] {
        pair.compare(&format!("--eval {path} {rest}"), "");
    }
}

#[test]
fn dumps_are_fetched() {
    let server = Server::start(Options::under_test());
    server.client().run_all((0..1000).map(|n| format!("SET key:{n} {n}")));
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("dump.rdb");
    let outcome = ours(&server, &["--rdb".into(), path.clone().into()]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("Transfer finished with success"), "{}", outcome.stderr);
    // Whoever loads it finds everything.
    let other = Server::start(Options::under_test().in_dir(dir.path()).with("appendonly", "no"));
    assert_eq!(other.client().run("DBSIZE").integer(), Some(1000));
    assert_eq!(other.client().run("GET key:999").text(), Some(&b"999"[..]));
    let outcome = ours(&server, &split("--rdb /nonexistent/dump.rdb"));
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("No such file or directory"), "{}", outcome.stderr);
}

#[test]
fn figures_are_watched_and_measured() {
    let server = Server::start(Options::under_test());
    server.client().run("SET k v");
    let (program, _) = Program::UnderTest.command();
    let port = server.port().to_string();
    let first = |options: &[&str], count| {
        let mut words = vec!["cli", "-p", &port];
        words.extend(options);
        tool::first_lines(program.as_os_str(), &words, count).expect("russet")
    };
    let lines = first(&["--stat", "-i", "0.01"], 4);
    assert_eq!(lines[2].split_whitespace().next(), Some("1"), "{lines:?}");
    let lines = first(&["--latency-history", "--csv", "-i", "0.1"], 3);
    assert_eq!(lines[0].split(',').count(), 4, "{lines:?}");
    let lines = first(&["--latency-dist", "-i", "0.05"], 9);
    assert!(lines[8].starts_with("\x1b[38;5;0m"), "{lines:?}");
    let lines = first(&["--lru-test", "100"], 1);
    assert!(lines[0].contains("Gets/sec | Hits: "), "{lines:?}");
    let outcome = ours(&server, &split("--latency --json -i 0.05"));
    assert!(outcome.stdout.starts_with("{\"min\": "), "{}", outcome.stdout);
    let outcome = ours(&server, &split("--intrinsic-latency 0"));
    assert!(outcome.stdout.contains("Worst run took"), "{}", outcome.stdout);
}

#[test]
fn what_is_missing_is_refused_with_a_reason() {
    let server = Server::start(Options::under_test());
    for (line, reason) in [
        ("--tls PING", "TLS"),
        ("--cacert x PING", "TLS"),
        ("-u rediss://localhost PING", "TLS"),
        ("--ldb --eval x", "debugger"),
        ("--cluster create", "cluster"),
    ] {
        let outcome = ours(&server, &split(line));
        assert_eq!(outcome.code, Some(1), "{line}");
        assert!(outcome.stderr.contains(reason), "{line}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{line}");
    }
}

#[test]
fn keys_are_scanned_by_type_and_in_steps() {
    let server = Server::start(Options::under_test());
    server.client().run_all(STATE.lines().map(str::to_owned));
    let list = |line: &str| {
        let outcome = ours(&server, &split(line));
        let mut lines: Vec<String> = outcome.stdout.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(list("--scan --type hash"), ["h"]);
    assert_eq!(list("--scan --type string --count 1"), ["bytes", "k", "n"]);
}

#[test]
fn a_cluster_s_redirections_are_followed() {
    use std::io::{BufRead, BufReader, Write};
    let server = Server::start(Options::under_test());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let other = server.port();
    let node = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
        // *3 $3 SET $1 k $1 v
        let request: Vec<String> = lines.by_ref().take(7).map_while(Result::ok).collect();
        let answer = format!("-MOVED 12345 127.0.0.1:{other}\r\n");
        (&stream).write_all(answer.as_bytes()).expect("a client");
        request
    });
    let (program, _) = Program::UnderTest.command();
    let words = ["cli", "-c", "-p", &port, "SET", "k", "v"].map(OsString::from);
    let outcome = run(&program, &words, b"").expect("russet");
    assert_eq!(outcome.stdout, "OK\n", "{}", outcome.stderr);
    assert_eq!(node.join().expect("a thread")[2], "SET");
    assert_eq!(server.client().run("GET k").text(), Some(&b"v"[..]));
}

#[test]
fn commands_go_over_the_binary_protocol_too() {
    let server = Server::start(Options::under_test().speaking(Form::Binary));
    let (program, _) = Program::UnderTest.command();
    let binary = |port: u16, line: &str| {
        let mut words = vec!["cli".into(), "-p".into(), port.to_string().into()];
        words.extend(split(&format!("--binary {line}")));
        run(&program, &words, b"").expect("russet")
    };
    let port = server.port_of(Form::Binary);
    assert_eq!(binary(port, "--quoted-input SET k '\"a\\x00b\"'").stdout, "OK\n");
    assert_eq!(binary(port, "--no-raw GET k").stdout, "\"a\\x00b\"\n");
    assert_eq!(binary(port, "--json -3 CONFIG GET port").stdout.matches(':').count(), 1);
    assert_eq!(binary(port, "-e FOO").code, Some(1));
    assert_eq!(binary(port, "--scan").stdout, "k\n");
    // The other port is told apart, although it waits for more.
    let outcome = binary(server.port(), "GET k");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("binary-port"), "{}", outcome.stderr);
}

#[test]
fn links_are_called_like_redis_cli() {
    let server = Server::start(Options::under_test());
    let dir = tempfile::tempdir().expect("a directory");
    let (program, _) = Program::UnderTest.command();
    let program = std::fs::canonicalize(program).expect("russet");
    for name in ["russet-cli", "redis-cli"] {
        let link = dir.path().join(name);
        std::os::unix::fs::symlink(&program, &link).expect("a link");
        let words = ["-p".into(), server.port().to_string().into(), "PING".into()];
        assert_eq!(run(&link, &words, b"").expect("russet").stdout, "PONG\n");
    }
}

#[test]
fn passwords_come_from_the_environment_too() {
    let server = Server::start(Options::under_test().with("requirepass", "secret"));
    let (program, _) = Program::UnderTest.command();
    let port = server.port().to_string();
    let output = std::process::Command::new(program)
        .args(["cli", "-p", &port, "PING"])
        .env("REDISCLI_AUTH", "secret")
        .output()
        .expect("russet");
    assert_eq!(output.stdout, b"PONG\n");
    assert_eq!(output.stderr, b"");
    let outcome = ours(&server, &split("-a secret PING"));
    assert_eq!(outcome.stdout, "PONG\n");
    assert!(outcome.stderr.contains("Warning: Using a password"), "{}", outcome.stderr);
    let outcome = ours(&server, &split("PING"));
    assert!(outcome.stdout.starts_with("NOAUTH"), "{}", outcome.stdout);
}
