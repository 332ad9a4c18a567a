//! Broken requests: the server under test answers and closes exactly as the oracle does, and lives.
//!
//! Each input is sent as it is and the sending side is closed; all that comes back until the server
//! closes too is compared. Then once more with a PING behind it, which tells whether the
//! connection was still in use.

use std::time::Duration;

use russet_tests::words::quote;
use russet_tests::{Client, Options, Reply, Server};

/// Shorter than elsewhere, as a server that forgets to close would cost it once for each input.
const PATIENCE: Duration = Duration::from_secs(3);
const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

#[test]
fn broken_requests_end_as_with_the_oracle() {
    let ours = Server::start(Options::under_test());
    let theirs = Server::start(Options::oracle());
    let (mut differences, mut free) = (Vec::new(), 0);
    let inputs = inputs();
    assert!(inputs.len() >= 60, "only {} inputs", inputs.len());
    for input in &inputs {
        for bytes in [input.clone(), [input, PING].concat()] {
            let (got, expected) = (outcome(&ours, &bytes), outcome(&theirs, &bytes));
            if is_free(input) {
                free += 1;
            } else if got != expected {
                let shown = quote(&bytes[..bytes.len().min(120)]);
                differences.push(format!("{shown}\n  got:      {got}\n  expected: {expected}"));
            }
        }
    }
    println!("{} inputs, each with and without a PING behind it", inputs.len());
    println!("{free} of them need only leave the server alive");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

/// Whether the answer is our own affair. The oracle looks for the end of an inline command as C
/// looks for the end of a string: a zero byte hides it, and it waits. Nothing depends on that.
fn is_free(input: &[u8]) -> bool {
    input.contains(&0)
}

/// All that a server answers until it closes. Fails the test if the server does not serve others.
fn outcome(server: &Server, bytes: &[u8]) -> String {
    let mut client = server.client();
    client.set_patience(PATIENCE).expect("a connection");
    // The server may close while we still send.
    let sent = client.send_raw(bytes).and_then(|()| client.finish_sending());
    let shown = match client.read_until_closed() {
        Ok(answer) => quote(&answer),
        Err(error) => format!("no end: {error}, sent: {sent:?}"),
    };
    let pong = server.client().run("PING");
    assert_eq!(pong, Reply::Simple(b"PONG".to_vec()), "after {}", quote(bytes));
    shown
}

/// Counts of arguments.
const COUNTS: &[&str] = &[
    "*",
    "*\r\n",
    "*a\r\n",
    "*1a\r\n",
    "*-2\r\n",
    "*-1\r\n",
    "*0\r\n",
    "*+1\r\n",
    "*01\r\n",
    "* 1\r\n",
    "*1 \r\n",
    "*1.0\r\n",
    "*2147483647\r\n",
    "*2147483648\r\n",
    "*9223372036854775807\r\n",
    "*9223372036854775808\r\n",
    "*-9223372036854775808\r\n",
    "*99999999999999999999999999\r\n",
    "*1\n",
    "*1\n$4\nPING\n",
    "*3\r\n",
];

/// Lengths of arguments.
const LENGTHS: &[&str] = &[
    "*1\r\n$",
    "*1\r\n$\r\n",
    "*1\r\n$a\r\n",
    "*1\r\n$-1\r\n",
    "*1\r\n$-2\r\n",
    "*1\r\n$+4\r\nPING\r\n",
    "*1\r\n$04\r\nPING\r\n",
    "*1\r\n$ 4\r\nPING\r\n",
    "*1\r\n$4 \r\nPING\r\n",
    "*1\r\n$536870913\r\n",
    "*1\r\n$9223372036854775808\r\n",
    "*1\r\n$4\nPING\n",
    "*1\r\n$0\r\n\r\n",
    "*2\r\n$0\r\n\r\n$0\r\n\r\n",
];

/// Texts shorter or longer than said.
const TEXTS: &[&str] = &[
    "*1\r\n$4\r\nPI",
    "*1\r\n$4\r\nPING",
    "*1\r\n$4\r\nPING\r",
    "*1\r\n$4\r\nPINGxx",
    "*1\r\n$3\r\nPING\r\n",
    "*1\r\n$5\r\nPING\r\n",
    "*2\r\n$4\r\nECHO\r\n$1\r\nabc\r\n",
    "*1\r\n$4\r\nPING\n\r",
];

/// Arguments of another kind.
const ARGUMENTS: &[&str] = &[
    "*1\r\n:1\r\n",
    "*1\r\n+PING\r\n",
    "*1\r\n*1\r\n$4\r\nPING\r\n",
    "*1\r\nPING\r\n",
    "*1\r\n\r\n",
    "*2\r\n$4\r\nECHO\r\n_\r\n",
    "*1\r\n%1\r\n",
    "*1\r\n\0\r\n",
];

/// Replies sent as requests.
const REPLIES: &[&str] = &[
    "+OK\r\n",
    "-ERR\r\n",
    ":1\r\n",
    "$4\r\nPING\r\n",
    "$-1\r\n",
    "_\r\n",
    "%1\r\n",
    "~1\r\n",
    "#t\r\n",
    ",1.5\r\n",
];

/// Inline requests.
const INLINE: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    " \r\n",
    "\t\r\n",
    "PING",
    "PING\r",
    "PING\n",
    "PING\r\r\n",
    "  PING  \r\n",
    "PING\0\r\n",
    "\0\r\n",
    "\0PING\r\n",
    "PI\0NG\r\n",
    "PING \"\r\n",
    "PING '\r\n",
    "PING \"a\"b\r\n",
    "PING 'a'b\r\n",
    "PING \"\\x4\"\r\n",
    "PING \"\\xzz\"\r\n",
    "PING \"\\\"\r\n",
    "PING '\\''\r\n",
    "\"PING\"\r\n",
    "'PING' 'a b'\r\n",
    "PING a\tb\r\n",
    "SET k\r\nGET k\r\n",
    "FOO\r\n",
];

/// Inline and array by turns.
const BY_TURNS: &[&str] = &[
    "PING\r\n*1\r\n$4\r\nPING\r\nPING\r\n",
    "*0\r\nPING\r\n",
    "*-1\r\n*0\r\nPING\r\n",
    "*1\r\n$4\r\nPING\r\n\r\nPING\r\n",
];

/// A good one, a bad one, a good one.
const BETWEEN_GOOD: &[&str] = &[
    "PING\r\n*x\r\nPING\r\n",
    "*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n*1\r\n$4\r\nPING\r\n",
    "PING\r\nPING \"\r\nPING\r\n",
];

/// Other protocols.
const OTHER_PROTOCOLS: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "Host: localhost\r\n",
    "\u{16}\u{3}\u{1}\0\u{5}hello",
];

fn inputs() -> Vec<Vec<u8>> {
    let kinds = [
        COUNTS,
        LENGTHS,
        TEXTS,
        ARGUMENTS,
        REPLIES,
        INLINE,
        BY_TURNS,
        BETWEEN_GOOD,
        OTHER_PROTOCOLS,
    ];
    let mut inputs: Vec<Vec<u8>> =
        kinds.concat().iter().map(|text| text.as_bytes().to_vec()).collect();
    inputs.extend([
        b"\xff\xfe\xfd\r\n".to_vec(),
        [b"*", "1".repeat(100).as_bytes(), b"\r\n"].concat(),
        [b"*1\r\n$", "1".repeat(100).as_bytes(), b"\r\n"].concat(),
        ["PING ".as_bytes(), &b"a ".repeat(500), b"\r\n"].concat(),
        b"\r\n".repeat(5_000),
        b"*0\r\n".repeat(5_000),
        PING.repeat(1_000),
        [b"*1000\r\n".to_vec(), b"$1\r\na\r\n".repeat(1_000)].concat(),
        [b"*1000\r\n".to_vec(), b"$1\r\na\r\n".repeat(999)].concat(),
    ]);
    inputs
}

/// A line without an end is refused at 64 KB, whatever follows.
#[test]
fn endless_lines_are_refused() {
    let server = Server::start(Options::under_test());
    for (start, error) in [
        ("", "-ERR Protocol error: too big inline request\r\n"),
        ("*", "-ERR Protocol error: too big mbulk count string\r\n"),
        ("*1\r\n$", "-ERR Protocol error: too big bulk count string\r\n"),
    ] {
        let mut client = server.client();
        client.send_raw(start.as_bytes()).expect("a connection");
        let answer = send_until_answered(&mut client, b"1".repeat(16 * 1024).as_slice());
        assert_eq!(quote(&answer), quote(error.as_bytes()), "after {start:?}");
    }
    assert_eq!(server.client().run("PING").to_string(), "PONG");
}

/// Sends pieces until the server closes or the sum is far beyond any limit.
fn send_until_answered(client: &mut Client, piece: &[u8]) -> Vec<u8> {
    for _ in 0..8 {
        if client.send_raw(piece).is_err() {
            break;
        }
    }
    client.read_until_closed().expect("an answer and an end")
}
