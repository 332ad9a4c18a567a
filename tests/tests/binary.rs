//! The binary protocol against a real process: by a client in Python that was written from its
//! description, through a unix socket, and into the log.
//!
//! The transcripts run over it too (`transcripts.rs`).

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use russet_tests::{Client, Form, Options, Reply, Server, binary, skip, tool};

#[test]
fn a_client_in_python_understands_every_reply() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/binary.py");
    let server = Server::start(Options::under_test().speaking(Form::Binary));
    let port = server.port_of(Form::Binary).to_string();
    let arguments = [script.into_os_string(), port.into()];
    let Some(outcome) = tool::run("python3".as_ref(), &arguments, b"") else {
        return skip("there is no python3");
    };
    assert!(outcome.success, "{}\n{}", outcome.stdout, outcome.stderr);
    assert_eq!(outcome.stdout.trim(), "ok");
}

#[test]
fn it_is_spoken_through_a_unix_socket_of_its_own() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("binary.sock");
    let name = path.to_str().expect("a path of ASCII");
    let _server = Server::start(Options::under_test().with("binary-unixsocket", name));
    let mut stream = UnixStream::connect(&path).expect("a listener");
    stream.write_all(&binary::encode(&["ECHO", "hello"])).expect("a connection");
    let mut bytes = [0; 14];
    stream.read_exact(&mut bytes).expect("a reply");
    assert_eq!(binary::decode(&bytes), Ok(Some((Reply::Plain(b"hello".to_vec()), 14))));
}

#[test]
fn the_port_can_be_changed_and_closed_while_clients_stay() {
    let server = Server::start(Options::under_test().speaking(Form::Binary));
    let port = server.port_of(Form::Binary);
    let mut client = Client::connect_as(port, Form::Binary).expect("a listener");
    server.client().run("CONFIG SET binary-port 0");
    assert_eq!(client.run("CONFIG GET binary-port").items().map(<[Reply]>::len), Some(2));
    assert!(Client::connect(port).is_err());
}

#[test]
fn what_is_written_over_it_is_in_the_log_as_any_other_write() {
    let options = Options::under_test().speaking(Form::Binary).with("appendonly", "yes");
    let mut server = Server::start(options);
    let mut client = Client::connect_as(server.port_of(Form::Binary), Form::Binary).expect("it");
    // The lengths in front of strings have the bytes of line ends here and there.
    let value = vec![b'\r'; 0x0a0d];
    client.call(&[b"SET", &b"k"[..], &value]);
    client.run("RPUSH list a b c");
    client.run("MULTI");
    client.run("INCR n");
    client.run("INCR n");
    client.run("EXEC");
    server.kill9();
    server.start_again();
    let mut client = server.client();
    assert_eq!(client.run("GET k"), Reply::Bulk(value));
    assert_eq!(client.run("LLEN list"), Reply::Integer(3));
    assert_eq!(client.run("GET n"), Reply::Bulk(b"2".to_vec()));
}
