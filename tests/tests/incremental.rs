//! Requests that arrive in pieces get the same replies as requests that arrive whole.

use russet_tests::client::encode;
use russet_tests::words::{quote, split};
use russet_tests::{Client, Options, Server};

const LINES: [&str; 10] = [
    "SET k \"a\\r\\nb\\x00\"",
    "GET k",
    "MSET a 1 b \"\"",
    "MGET a b missing",
    "HSET h field value other \"\"",
    "HGETALL h",
    "INCR a",
    "FOO bar",
    "ECHO \"*1\\r\\n$4\\r\\nPING\\r\\n\"",
    "PING",
];

/// The commands as arrays, with inline commands and empty lines among them.
fn requests() -> Vec<u8> {
    let arrays = LINES.iter().map(|line| encode(&split(line).expect("a command")));
    let mut bytes: Vec<u8> = arrays.flatten().collect();
    bytes.extend_from_slice(
        b"\r\nPING\r\n  SET  'a b'  \"c\\x41\"\r\nGET 'a b'\n*0\r\nDEL k h a b 'a b'\r\n",
    );
    bytes
}

fn whole(server: &Server) -> Vec<u8> {
    let mut client = server.client();
    client.run("FLUSHALL");
    client.send_raw(&requests()).expect("a connection");
    client.finish_sending().expect("a connection");
    client.read_until_closed().expect("an end")
}

/// A reply on another connection means that the server has had the chance to read ours.
fn let_it_read(other: &mut Client) {
    other.run("PING");
}

#[test]
fn byte_by_byte() {
    let server = Server::start(Options::under_test());
    let expected = whole(&server);
    assert!(expected.len() > 150, "the replies: {}", quote(&expected));
    let (mut client, mut other) = (server.client(), server.client());
    for byte in requests() {
        client.send_raw(&[byte]).expect("a connection");
        let_it_read(&mut other);
    }
    client.finish_sending().expect("a connection");
    let got = client.read_until_closed().expect("an end");
    assert_eq!(quote(&got), quote(&expected));
}

#[test]
fn split_at_every_byte() {
    let server = Server::start(Options::under_test());
    let (expected, requests) = (whole(&server), requests());
    let mut other = server.client();
    for at in 1..requests.len() {
        let mut client = server.client();
        client.send_raw(&requests[..at]).expect("a connection");
        let_it_read(&mut other);
        client.send_raw(&requests[at..]).expect("a connection");
        client.finish_sending().expect("a connection");
        let got = client.read_until_closed().expect("an end");
        assert_eq!(quote(&got), quote(&expected), "split at byte {at}");
    }
}

#[test]
fn a_long_pipeline_is_answered_in_order() {
    let server = Server::start(Options::under_test());
    let mut client = server.client();
    let count = 20_000;
    let requests: Vec<u8> = (0..count).flat_map(|n| encode(&["ECHO", &n.to_string()])).collect();
    let replies = std::thread::scope(|scope| {
        // A server may stop reading while its replies are not read, so both go on at once.
        let mut writer = client.try_clone().expect("a second handle");
        scope.spawn(move || writer.send_raw(&requests).expect("a connection"));
        (0..count).map(|_| client.read().expect("a reply").to_string()).collect::<Vec<_>>()
    });
    let first_wrong = (0..count).find(|&n| replies[n] != quote(n.to_string().as_bytes()));
    assert_eq!(first_wrong, None);
}

#[test]
fn a_big_text_in_pieces() {
    let server = Server::start(Options::under_test());
    let (mut client, mut other) = (server.client(), server.client());
    let text: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[(n % 3) as usize]).collect();
    for piece in encode(&[b"SET".as_slice(), b"k", &text]).chunks(100_003) {
        client.send_raw(piece).expect("a connection");
        let_it_read(&mut other);
    }
    assert_eq!(client.read().expect("a reply").to_string(), "OK");
    let got = client.call(&["GET", "k"]);
    assert!(got.text() == Some(&text), "another text of {:?} bytes", got.text().map(<[u8]>::len));
}
