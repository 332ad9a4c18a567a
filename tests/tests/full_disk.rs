//! A full disk: writes are refused, reads go on, and writes come back when there is room again.
//!
//! Needs a small file system, so root and Linux; elsewhere it is skipped.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use russet_tests::server::POLL;
use russet_tests::{Client, Options, Reply, Server, skip};
use tempfile::TempDir;

const DISK: &str = "size=8m";
const BALLAST_BYTES: usize = 4_000_000;
const PATIENCE: Duration = Duration::from_secs(30);

/// A mounted file system in memory, unmounted when dropped.
struct Disk {
    place: TempDir,
}

impl Disk {
    fn mount() -> Result<Self, String> {
        let place = TempDir::new().map_err(|error| error.to_string())?;
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", DISK, "tmpfs"])
            .arg(place.path())
            .output()
            .map_err(|error| format!("mount: {error}"))?;
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(Self { place }) } else { Err(complaint) }
    }

    fn path(&self) -> &Path {
        self.place.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, as the server may not have closed its files yet.
        let _ = Command::new("umount").arg("-l").arg(self.place.path()).status();
    }
}

#[test]
fn writes_are_refused_and_come_back() {
    let disk = match Disk::mount() {
        Ok(disk) => disk,
        Err(reason) => return skip(&format!("no small file system can be mounted: {reason}")),
    };
    let (data, ballast) = (disk.path().join("data"), disk.path().join("ballast"));
    fs::create_dir(&data).expect("a directory");
    fs::write(&ballast, vec![1; BALLAST_BYTES]).expect("room for the ballast");
    let options = Options::under_test()
        .with("appendonly", "yes")
        .with("appendfsync", "everysec")
        .with("auto-aof-rewrite-percentage", "0")
        .in_dir(&data);
    let mut server = Server::start(options);
    let mut client = server.client();
    assert_eq!(client.run("SET first v").to_string(), "OK");

    let refusal = write_until(&mut client, Reply::is_error);
    let refusal = refusal.unwrap_or_else(|| panic!("the disk never filled: {}", server.log()));
    assert!(refusal.to_string().starts_with("(error) MISCONF "), "{refusal}");
    assert_eq!(client.run("GET first").to_string(), "\"v\"", "reads go on");
    assert!(server.is_running(), "its log:\n{}", server.log());

    fs::remove_file(&ballast).expect("the ballast");
    let accepted = write_until(&mut client, |reply| !reply.is_error());
    assert!(accepted.is_some(), "no write was accepted again; its log:\n{}", server.log());
    client.run("SET last v");
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    server.start_again();
    assert_eq!(server.client().run("EXISTS first last").integer(), Some(2));
}

/// Writes until a reply is as wanted; `None` when that does not come.
fn write_until(client: &mut Client, wanted: impl Fn(&Reply) -> bool) -> Option<Reply> {
    let (end, text) = (Instant::now() + PATIENCE, "x".repeat(20_000));
    while Instant::now() < end {
        let reply = client.call(&["SET", "filler", &text]);
        if wanted(&reply) {
            return Some(reply);
        }
        if reply.is_error() {
            std::thread::sleep(POLL);
        }
    }
    None
}
