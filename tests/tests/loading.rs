//! Loading dumps on several workers: the same as on one, and told of while it lasts.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::SystemTime;

use russet_tests::{Client, Options, Program, Server};
use tempfile::TempDir;

fn options(program: Program, dir: &Path) -> Options {
    let options = Options::of(program).with("appendonly", "no").with("save", "");
    options.with("enable-debug-command", "yes").in_dir(dir)
}

fn on_workers(workers: usize, dir: &Path) -> Options {
    options(Program::UnderTest, dir).with("io-threads", &workers.to_string())
}

/// About five megabytes of every type and size, in two databases.
fn fill(client: &mut Client) {
    let text = "between the lines ".repeat(4);
    client.run_all((0..30_000).map(|n| format!("SET text:{n} \"{n} {text}\"")));
    client.run_all((0..5000).map(|n| format!("SET number:{n} {n} PXAT {}", 4e12 as u64 + n)));
    client.run_all((0..3000).map(|n| format!("HSET hash:{n} a {n} b \"{text}\" c {n}.5")));
    client.run_all((0..3000).map(|n| format!("RPUSH list:{n} {n} \"{text}\" {n}")));
    client.run_all((0..3000).map(|n| format!("SADD set:{n} {n} {} x{n}", n * 3)));
    client.run_all((0..3000).map(|n| format!("SADD integers:{n} {n} {} -{n}", n * 3)));
    client.run_all((0..3000).map(|n| format!("ZADD sorted:{n} {n} a {n}.25 b -1 c")));
    client.run_all((0..3000).map(|n| format!("XADD stream:{n} {n}-1 field {n}")));
    client.run_all((0..100).map(|n| format!("XGROUP CREATE stream:{n} group 0")));
    client.run_all((0..100).map(|n| format!("XREADGROUP GROUP group me STREAMS stream:{n} >")));
    client.run_all((0..6000).map(|n| format!("HSET big:hash field:{n} {n}")));
    client.run_all((0..6000).map(|n| format!("ZADD big:sorted {} member:{n}", n % 77)));
    client.run_all((0..6000).map(|n| format!("SADD big:set member:{n}")));
    client.run_all((0..6000).map(|n| format!("RPUSH big:list \"{n} {text}\"")));
    client.run("SETRANGE big:text 2000000 end");
    client.run("SELECT 3");
    client.run_all((0..3000).map(|n| format!("SET text:{n} \"{text}\"")));
}

fn digest(client: &mut Client) -> String {
    let reply = client.run("DEBUG DIGEST");
    assert!(!reply.is_error(), "{reply}");
    reply.to_string()
}

fn run_well(client: &mut Client, command: &str) {
    let reply = client.run(command);
    assert!(!reply.is_error(), "{command}: {reply}");
}

#[test]
fn a_dump_of_redis_is_the_same_on_any_number_of_workers_and_in_redis_again() {
    let dir = TempDir::new().expect("a directory");
    let mut redis = Server::start(options(Program::Oracle, dir.path()));
    let mut client = redis.client();
    fill(&mut client);
    let written = digest(&mut client);
    run_well(&mut client, "SAVE");
    redis.kill9();
    let digests = [1, 2, 4].map(|workers| {
        let mut server = Server::start(on_workers(workers, dir.path()));
        let mut client = server.client();
        let loaded = digest(&mut client);
        if workers > 1 {
            run_well(&mut client, "SAVE");
            run_well(&mut client, "DEBUG RELOAD");
            assert_eq!(digest(&mut client), loaded);
        }
        server.kill9();
        loaded
    });
    assert!(digests.iter().all(|it| *it == digests[0]), "{digests:?}");
    let redis = Server::start(options(Program::Oracle, dir.path()));
    assert_eq!(digest(&mut redis.client()), written);
}

#[test]
fn a_base_of_the_log_is_the_same_on_any_number_of_workers() {
    let dir = TempDir::new().expect("a directory");
    let with_log = |workers| on_workers(workers, dir.path()).with("appendonly", "yes");
    let mut server = Server::start(with_log(1));
    let mut client = server.client();
    fill(&mut client);
    run_well(&mut client, "BGREWRITEAOF");
    let mut is_rewriting = || {
        let info = client.run("INFO persistence").to_string();
        info.contains("aof_rewrite_in_progress:1") || info.contains("aof_rewrite_scheduled:1")
    };
    while is_rewriting() {
        thread::sleep(russet_tests::server::POLL);
    }
    run_well(&mut client, "SET behind the-base");
    let written = digest(&mut client);
    for workers in [1, 4] {
        assert!(server.terminate().success(), "its log:\n{}", server.log());
        server = Server::start(with_log(workers));
        assert_eq!(digest(&mut server.client()), written, "{workers} workers");
    }
}

#[test]
fn a_damaged_dump_is_refused_alike_on_any_number_of_workers() {
    let dir = TempDir::new().expect("a directory");
    let mut server = Server::start(on_workers(1, dir.path()));
    fill(&mut server.client());
    run_well(&mut server.client(), "SAVE");
    server.kill9();
    let path = dir.path().join("dump.rdb");
    let whole = std::fs::read(&path).expect("a dump");
    let middle = whole.len() / 2;
    let flipped = |at: usize| {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        damaged
    };
    let cut = whole[..middle].to_vec();
    let damages = [flipped(middle), flipped(whole.len() - 1), flipped(20), cut];
    for damaged in damages {
        std::fs::write(&path, &damaged).expect("a written file");
        let [one, four] = [1, 4].map(|workers| {
            let started = on_workers(workers, dir.path()).start();
            let error = started.err().expect("a refusal").to_string();
            let lines = error.lines().filter(|line| line.contains("Error reading"));
            lines.map(|line| line[line.find("Error").unwrap_or(0)..].to_owned()).collect::<Vec<_>>()
        });
        assert_eq!(one.len(), 1, "one reason");
        assert_eq!(one, four);
    }
}

/// The value of a field of INFO.
fn field(info: &str, name: &str) -> Option<f64> {
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().parse().ok()
}

/// What clients see of a load while `is_over` is not said: shares of it that are loaded.
fn watch(mut client: Client, size: u64, is_over: &AtomicBool) -> Vec<f64> {
    let mut told = Vec::new();
    while !is_over.load(Relaxed) {
        if !client.run("GET key:1").to_string().contains("LOADING") {
            continue;
        }
        let info = client.run("INFO persistence");
        let info = String::from_utf8_lossy(info.text().unwrap_or_default()).into_owned();
        let total = field(&info, "loading_total_bytes");
        // At first it is not known.
        if total != Some(0.0) && field(&info, "loading") == Some(1.0) {
            assert_eq!(total, Some(size as f64));
            told.extend(field(&info, "loading_loaded_perc"));
        }
    }
    told
}

#[test]
fn clients_are_told_of_a_load_and_how_far_it_is() {
    let dir = TempDir::new().expect("a directory");
    let server = Server::start(on_workers(2, dir.path()));
    let mut client = server.client();
    client.run_all((0..6000).map(|n| format!("SET key:{n} value:{n}")));
    run_well(&mut client, "SAVE");
    run_well(&mut client, "CONFIG SET key-load-delay 200");
    let size = std::fs::metadata(dir.path().join("dump.rdb")).expect("a dump").len();
    let is_over = AtomicBool::new(false);
    let told: Vec<Vec<f64>> = thread::scope(|scope| {
        // Those on the worker that waits for the load hear of it when it is over.
        let watching: Vec<_> = (0..4)
            .map(|_| {
                let (client, is_over) = (server.client(), &is_over);
                scope.spawn(move || watch(client, size, is_over))
            })
            .collect();
        run_well(&mut client, "DEBUG RELOAD NOSAVE");
        is_over.store(true, Relaxed);
        watching.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    assert!(told.iter().all(|it| it.is_sorted()), "{told:?}");
    assert!(told.iter().flatten().any(|share| (1.0..99.0).contains(share)), "{told:?}");
    assert_eq!(client.run("DBSIZE").to_string(), "6000");
}

/// The files of a directory with their contents and the times of their last change.
fn files(dir: &Path) -> Vec<(String, Vec<u8>, SystemTime)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        let changed = path.metadata().and_then(|it| it.modified()).expect("a time");
        let name = path.display().to_string();
        files.push((name, std::fs::read(&path).expect("a file"), changed));
    }
    files.sort();
    files
}

#[test]
fn a_server_that_is_loading_ends_at_once_and_leaves_its_files() {
    let dir = TempDir::new().expect("a directory");
    // With a save point, so that it would save its data at the end if it had them.
    let mut server = Server::start(on_workers(2, dir.path()).with("save", "3600 1"));
    server.client().run_all((0..6000).map(|n| format!("SET key:{n} value:{n}")));
    run_well(&mut server.client(), "SAVE");
    server.kill9();
    let before = files(dir.path());
    // Of ten minutes.
    server.set_option("key-load-delay", "200000");
    for end in ["SIGINT", "SIGTERM", "SHUTDOWN", "SHUTDOWN SAVE", "SHUTDOWN NOSAVE"] {
        server.start_loading();
        match end {
            "SIGINT" => server.interrupt(),
            "SIGTERM" => server.ask_to_end(),
            request => {
                let words: Vec<&str> = request.split(' ').collect();
                server.client().send(&words).expect("a connection");
            }
        }
        let status = server.wait_end();
        assert!(status.success(), "{end} ended it with {status}; its log:\n{}", server.log());
        assert!(files(dir.path()) == before, "{end} changed the files");
    }
}
