//! One flipped bit in any region of a dump and of each append-only file: the server starts with
//! what was there, or names the file and does not start. It never serves other data, never falls.
//!
//! `FLIPS` sets how many places of each file are tried, spread over all of it (8). That every bit
//! of a file is noticed is tested without a server, in the crates of the formats.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use russet_tests::server::StartError;
use russet_tests::{Client, Options, Server, keyspace};
use tempfile::TempDir;

fn fill(client: &mut Client, round: usize) {
    client.run_all((0..40).map(|n| format!("SET key:{n} value:{round}")));
    client.run_all((0..20).map(|n| format!("HSET hash f{n} {round}")));
    client.run_all((0..20).map(|n| format!("RPUSH list {n} long:{n}")));
    client.run_all((0..20).map(|n| format!("SADD set {n} member:{n}")));
    client.run_all((0..20).map(|n| format!("ZADD sorted {n}.25 member:{n}")));
    client.run_all((1..20).map(|n| format!("XADD stream {round}-{n} f v{n}")));
    client.run("PEXPIREAT key:1 33177117420123");
}

/// The files to damage, below the directory.
fn files(dir: &Path, log: &str) -> Vec<PathBuf> {
    if log == "no" {
        return vec!["dump.rdb".into()];
    }
    let entries = fs::read_dir(dir.join("appendonlydir")).expect("the folder of the log");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut files: Vec<PathBuf> = names.map(|name| Path::new("appendonlydir").join(name)).collect();
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("appendonlydir")).expect("a directory");
    for folder in ["", "appendonlydir"] {
        for entry in fs::read_dir(from.join(folder)).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                fs::copy(entry.path(), to.join(folder).join(entry.file_name())).expect("a copy");
            }
        }
    }
}

fn flips() -> usize {
    std::env::var("FLIPS").map_or(8, |text| text.parse().expect("a number"))
}

#[test]
fn a_flipped_bit_anywhere_is_named_or_does_no_harm() {
    for log in ["no", "yes"] {
        let options = || Options::under_test().with("appendonly", log).with("save", "3600 1");
        let mut server = Server::start(options());
        let mut client = server.client();
        fill(&mut client, 1);
        if log == "yes" {
            client.run("BGREWRITEAOF");
            let rewritten = |client: &mut Client| {
                let info = client.run("INFO persistence");
                String::from_utf8_lossy(info.text().unwrap_or_default()).contains("aof_rewrites:1")
            };
            while !rewritten(&mut client) {
                std::thread::yield_now();
            }
            fill(&mut client, 2);
        }
        let expected = keyspace::read(&mut client);
        let dir = server.dir();
        assert!(server.terminate().success(), "{}", server.log());
        let mut named = 0;
        for file in files(&dir, log) {
            let whole = fs::read(dir.join(&file)).expect("a file");
            let places = flips().min(whole.len() * 8);
            for place in 0..places {
                let home = TempDir::new().expect("a directory");
                copy(&dir, home.path());
                let (at, bit) = (place * whole.len() / places, place * 3 % 8);
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                fs::write(home.path().join(&file), &damaged).expect("damage");
                let context = format!("bit {bit} of byte {at} of {}", file.display());
                match options().in_dir(home.path()).start() {
                    Ok(server) => {
                        let found = keyspace::read(&mut server.client());
                        let differences = keyspace::differences(&expected, &found, 0);
                        assert!(differences.is_empty(), "{context}: {}", differences.join("\n"));
                    }
                    Err(StartError::Ended { status, log }) => {
                        named += 1;
                        assert_eq!(status.signal(), None, "{context}: {log}");
                        let names_it = ["dump.rdb", "append", ".aof", "manifest"];
                        assert!(names_it.iter().any(|it| log.contains(it)), "{context}: {log}");
                        assert!(!log.contains("panicked"), "{context}: {log}");
                    }
                    Err(error) => panic!("{context}: {error}"),
                }
            }
        }
        assert!(named > flips() / 2, "only {named} were noticed");
    }
}
