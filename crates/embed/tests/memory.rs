//! `maxmemory` in a program that counts what it allocates.

use std::sync::Mutex;
use std::thread;

use russet_embed::{CallError, CountingAllocator, Database, Options, Session, Value};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::SYSTEM;

const MEGABYTE: u64 = 1 << 20;

fn limited(policy: &str, megabytes: u64) -> Database {
    let database = Database::in_memory().expect("opened");
    let mut session = database.session().expect("a session");
    let bytes = (megabytes * MEGABYTE).to_string();
    session
        .call(&[b"CONFIG", b"SET", b"maxmemory", bytes.as_bytes()])
        .expect("a limit is accepted");
    session.call(&[b"CONFIG", b"SET", b"maxmemory-policy", policy.as_bytes()]).expect("a policy");
    database
}

fn info(session: &mut Session, name: &str) -> u64 {
    let Ok(Value::Verbatim(_, text) | Value::Bulk(text)) = session.call(&[b"INFO"]) else {
        panic!("no text")
    };
    let text = String::from_utf8(text).expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|value| value.parse().ok()).expect("a number")
}

fn key(number: usize) -> Vec<u8> {
    format!("key:{number}").into_bytes()
}

#[test]
fn without_eviction_what_needs_memory_is_refused_and_the_rest_goes_on() {
    let database = limited("noeviction", 8);
    let mut session = database.session().expect("a session");
    let full = (0..10_000).find_map(|n| session.set(&key(n), &[b'x'; 2000]).err().map(|e| (n, e)));
    let (count, error) = full.expect("a limit");
    let text = "OOM command not allowed when used memory > 'maxmemory'.";
    assert_eq!(error, CallError::Refused(text.to_owned()));
    assert!((3000..4200).contains(&count), "{count} values of 2000 bytes in 8 MB");
    assert_eq!(session.get(b"key:0"), Ok(Some(vec![b'x'; 2000])));
    for n in 0..100 {
        assert_eq!(session.delete(&key(n)), Ok(true));
    }
    session.set(b"after", b"1").expect("there is room again");
}

#[test]
fn with_a_policy_keys_go_and_no_write_is_refused() {
    let database = limited("allkeys-lru", 8);
    thread::scope(|scope| {
        for share in 0..3 {
            let database = &database;
            scope.spawn(move || {
                let mut session = database.session().expect("a session");
                for n in 0..5000 {
                    session.set(&key(share * 5000 + n), &[b'x'; 2000]).expect("stored");
                    // The program's own memory does not count.
                    drop(vec![0u8; 1 << 20]);
                }
            });
        }
    });
    let mut session = database.session().expect("a session");
    let keys = session.integer(&[b"DBSIZE"]).expect("a number");
    assert!((2500..4200).contains(&keys), "{keys} values of 2000 bytes in 8 MB");
    // What comes after that may evict, too.
    assert!(info(&mut session, "evicted_keys") >= 15_000 - keys as u64);
    let used = info(&mut session, "used_memory");
    assert!(used < 9 * MEGABYTE, "{used}");
}

#[test]
fn the_count_does_not_drift() {
    let database = Database::in_memory().expect("opened");
    let session = Mutex::new(database.session().expect("a session"));
    session.lock().expect("a session").set(b"big", &[b'x'; 200_000]).expect("stored");
    let round = || {
        // One session on several threads, big replies, messages, and others beside it.
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut kept = Vec::new();
                    for n in 0..100 {
                        let mut session = session.lock().expect("a session");
                        kept.push(session.get(b"big"));
                        session.set(&key(n), &[b'y'; 5000]).expect("stored");
                        let mut other = database.session().expect("another");
                        other.call(&[b"SUBSCRIBE", b"news"]).expect("subscribed");
                        session.call(&[b"PUBLISH", b"news", &[b'n'; 3000]]).expect("sent");
                        let second = std::time::Duration::from_secs(1);
                        kept.push(other.message(second).map(|it| it.map(|_| Vec::new())));
                    }
                });
            }
        });
        let mut session = session.lock().expect("a session");
        for n in 0..100 {
            session.delete(&key(n)).expect("deleted");
        }
        info(&mut session, "used_memory")
    };
    let first = round();
    for number in 0..5 {
        let used = round();
        assert!(first.abs_diff(used) < MEGABYTE / 2, "from {first} to {used} bytes: {number}");
    }
}

#[test]
fn what_is_loaded_counts_once() {
    let directory = tempfile::tempdir().expect("a directory");
    for command in ["BGREWRITEAOF", "PING"] {
        let open = || Database::open(directory.path()).expect("opened");
        let database = open();
        let mut session = database.session().expect("a session");
        for n in 0..4000 {
            session.set(&key(n), &[b'x'; 2000]).expect("stored");
        }
        session.call(&[command.as_bytes()]).expect("done");
        while info(&mut session, "aof_rewrite_in_progress") == 1 {
            thread::yield_now();
        }
        drop(session);
        database.close().expect("closed");
        let database = open();
        let used = info(&mut database.session().expect("a session"), "used_memory");
        assert!((8 * MEGABYTE..11 * MEGABYTE).contains(&used), "{command}: {used}");
    }
    let mut options = Options { directory: Some(directory.path().into()), ..Options::default() };
    options.settings.memory.maxmemory_bytes = 4 * MEGABYTE;
    let database = Database::with(options).expect("opened");
    let mut session = database.session().expect("a session");
    assert!(
        matches!(session.set(b"k", b"v"), Err(CallError::Refused(text)) if text.starts_with("OOM"))
    );
}
