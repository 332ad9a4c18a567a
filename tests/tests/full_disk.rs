//! A full disk: writes are refused, reads go on, and writes come back when there is room again.
//! What a save or a rewrite cannot write leaves what was there. And a disk that cannot be written
//! at all.
//!
//! Needs a small file system, so root and Linux; elsewhere it is skipped.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use russet_tests::server::POLL;
use russet_tests::{Client, Options, Reply, Server, skip};
use tempfile::TempDir;

const BALLAST_BYTES: usize = 4_000_000;
const PATIENCE: Duration = Duration::from_secs(30);

/// A mounted file system in memory, unmounted when dropped.
struct Disk {
    place: TempDir,
}

impl Disk {
    fn mount(size: &str) -> Result<Self, String> {
        let place = TempDir::new().map_err(|error| error.to_string())?;
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "tmpfs"])
            .arg(place.path())
            .output()
            .map_err(|error| format!("mount: {error}"))?;
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(Self { place }) } else { Err(complaint) }
    }

    /// From now on nothing can be written.
    fn make_read_only(&self) {
        let arguments = ["-o", "remount,ro"];
        let status = Command::new("mount").args(arguments).arg(self.path()).status();
        assert!(status.is_ok_and(|status| status.success()), "remount");
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
    let disk = match Disk::mount("size=8m") {
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

/// A value that does not compress.
fn noise(random: &mut fastrand::Rng) -> String {
    std::iter::repeat_with(|| random.alphanumeric()).take(20_000).collect()
}

fn info(client: &mut Client, field: &str) -> String {
    let info = client.run("INFO persistence").to_string();
    let found = info.split("\\r\\n").find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    found.unwrap_or_else(|| panic!("no {field} in {info}")).to_owned()
}

fn wait_until(client: &mut Client, field: &str, wanted: &str) {
    let end = Instant::now() + PATIENCE;
    while info(client, field) != wanted {
        assert!(Instant::now() < end, "{field} does not become {wanted}");
        std::thread::sleep(POLL);
    }
}

#[test]
fn a_save_and_a_rewrite_that_do_not_fit_leave_what_was_there() {
    let disk = match Disk::mount("size=20m") {
        Ok(disk) => disk,
        Err(reason) => return skip(&format!("no small file system can be mounted: {reason}")),
    };
    let options = Options::under_test()
        .with("appendonly", "yes")
        .with("appendfsync", "always")
        .with("auto-aof-rewrite-percentage", "0")
        .in_dir(disk.path());
    let mut server = Server::start(options);
    let mut client = server.client();
    let mut random = fastrand::Rng::with_seed(1);
    for number in 0..300 {
        let reply = client.call(&["SET", &format!("key:{number}"), &noise(&mut random)]);
        assert_eq!(reply.to_string(), "OK");
    }
    // 6 MB of log, 6 MB of dump; another 6 MB fit, but not 12.
    assert_eq!(client.run("SAVE").to_string(), "OK");
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![1; 4_000_000]).expect("room for the ballast");
    client.run("BGREWRITEAOF");
    wait_until(&mut client, "aof_rewrite_in_progress", "0");
    assert_eq!(info(&mut client, "aof_last_bgrewrite_status"), "err");
    let reply = client.run("SAVE");
    assert!(reply.is_error(), "{reply}");
    assert_eq!(info(&mut client, "rdb_last_bgsave_status"), "ok", "whoever asked was told");
    client.run("BGSAVE");
    wait_until(&mut client, "rdb_bgsave_in_progress", "0");
    assert_eq!(info(&mut client, "rdb_last_bgsave_status"), "err");
    let left: Vec<String> = fs::read_dir(disk.path().join("appendonlydir"))
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(left.len(), 3, "nothing of what failed: {left:?}");

    client.run("CONFIG SET stop-writes-on-bgsave-error no");
    assert_eq!(client.run("SET last v").to_string(), "OK", "the log still fits");
    fs::remove_file(&ballast).expect("the ballast");
    client.run("BGREWRITEAOF");
    wait_until(&mut client, "aof_rewrite_in_progress", "0");
    assert_eq!(info(&mut client, "aof_last_bgrewrite_status"), "ok");
    server.kill9();
    server.start_again();
    assert_eq!(server.client().run("DBSIZE").integer(), Some(301));
}

#[test]
fn a_disk_that_cannot_be_written_serves_reads_or_is_refused_by_name() {
    let disk = match Disk::mount("size=8m") {
        Ok(disk) => disk,
        Err(reason) => return skip(&format!("no small file system can be mounted: {reason}")),
    };
    let options = |log: &str| Options::under_test().with("appendonly", log).in_dir(disk.path());
    let mut server = Server::start(options("no"));
    server.client().run("SET k v");
    assert_eq!(server.client().run("SAVE").to_string(), "OK");
    server.kill9();
    disk.make_read_only();

    let server = Server::start(options("no"));
    let mut client = server.client();
    assert_eq!(client.run("GET k").to_string(), "\"v\"");
    let reply = client.run("SAVE");
    assert!(reply.is_error(), "{reply}");
    assert!(server.log().contains("Read-only file system"), "{}", server.log());
    assert_eq!(client.run("GET k").to_string(), "\"v\"");
    let refused = options("yes").start().err().expect("a server that does not start").to_string();
    assert!(refused.contains("append-only dir") && refused.contains("Read-only"), "{refused}");
}
