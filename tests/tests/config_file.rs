//! Settings from a file in the form of redis.conf, and CONFIG REWRITE of that file.

use std::fs;
use std::path::{Path, PathBuf};

use russet_tests::{Client, Options, Server};
use tempfile::TempDir;

const FILE: &str = "\
# A remark that must survive
maxmemory 100mb

maxmemory-policy   allkeys-lru
save 3600 1 300 100
requirepass \"a b\"
  timeout 7
appendonly no
rename-command DEBUG \"\"
client-output-buffer-limit pubsub 32mb 8mb 60
";

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a directory");
    let file = folder.path().join("redis.conf");
    (folder, file)
}

fn start(file: &Path) -> (Server, Client) {
    let server = Server::start(Options::under_test().with_file(file));
    let mut client = server.client();
    assert_eq!(client.run("AUTH \"a b\"").to_string(), "OK");
    (server, client)
}

fn get(client: &mut Client, name: &str) -> String {
    let reply = client.call(&["CONFIG", "GET", name]);
    let value = reply.items().and_then(|items| items.get(1)?.text());
    String::from_utf8_lossy(value.unwrap_or_else(|| panic!("{name}: {reply}"))).into_owned()
}

#[test]
fn settings_are_read_from_a_file_and_the_command_line_wins() {
    let (_folder, file) = folder();
    fs::write(&file, FILE).expect("a file");
    let (_server, mut client) = start(&file);
    assert_eq!(get(&mut client, "maxmemory"), "104857600");
    assert_eq!(get(&mut client, "maxmemory-policy"), "allkeys-lru");
    assert_eq!(get(&mut client, "timeout"), "7");
    assert_eq!(get(&mut client, "save"), "", "the command line says so");
    assert!(client.run("DEBUG SLEEP 0").to_string().contains("unknown command"));
}

#[test]
fn a_file_can_include_others() {
    let (folder, file) = folder();
    let other = folder.path().join("other.conf");
    fs::write(&other, "maxmemory 5mb\ntimeout 9\n").expect("a file");
    let text = format!("timeout 3\ninclude {}\nrequirepass 'a b'\n", other.display());
    fs::write(&file, text).expect("a file");
    let (_server, mut client) = start(&file);
    assert_eq!(get(&mut client, "maxmemory"), "5242880");
    assert_eq!(get(&mut client, "timeout"), "9");
}

#[test]
fn rewrite_changes_what_changed_and_keeps_the_rest() {
    let (_folder, file) = folder();
    fs::write(&file, FILE).expect("a file");
    let (mut server, mut client) = start(&file);
    assert_eq!(client.run("CONFIG SET timeout 11 hash-max-listpack-entries 33").to_string(), "OK");
    assert_eq!(client.run("CONFIG REWRITE").to_string(), "OK");
    let text = fs::read_to_string(&file).expect("a file");
    for kept in ["# A remark that must survive", "maxmemory-policy allkeys-lru"] {
        assert!(text.contains(kept), "{kept:?} is not in:\n{text}");
    }
    for changed in ["timeout 11", "hash-max-listpack-entries 33"] {
        assert!(text.contains(changed), "{changed:?} is not in:\n{text}");
    }
    server.terminate();
    server.start_again();
    let mut client = server.client();
    client.run("AUTH \"a b\"");
    assert_eq!(get(&mut client, "timeout"), "11");
    assert_eq!(get(&mut client, "hash-max-listpack-entries"), "33");
}

#[test]
fn a_wrong_file_is_refused_with_the_line() {
    let (_folder, file) = folder();
    for (text, reason) in [
        ("timeout 3\nfoo bar\n", "foo bar"),
        ("timeout x\n", "timeout x"),
        ("timeout\n", "timeout"),
        ("maxmemory-policy foo\n", "maxmemory-policy foo"),
        ("rename-command NOSUCH x\n", "No such command in rename-command"),
        ("rename-command GET SET\n", "Target command name already exists"),
    ] {
        fs::write(&file, text).expect("a file");
        let Err(error) = Options::under_test().with_file(&file).start() else {
            panic!("it started with {text:?}");
        };
        let log = error.to_string();
        assert!(log.contains(reason) && log.contains("ended"), "{text:?}: {log}");
    }
}
