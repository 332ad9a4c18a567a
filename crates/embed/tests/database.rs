//! A database as a program around it sees it.

use std::thread;
use std::time::{Duration, Instant};

use russet_embed::{CallError, Database, Options, Value};

fn bulk(text: &str) -> Value {
    Value::Bulk(text.into())
}

#[test]
fn what_was_written_is_there_when_it_is_opened_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("new/data");
    for run in 1..=3 {
        let database = Database::open(&path).expect("opened");
        let mut session = database.session().expect("a session");
        assert_eq!(session.incr_by(b"runs", 1), Ok(run));
        session.call(&[b"RPUSH", b"list", run.to_string().as_bytes()]).expect("pushed");
        assert_eq!(session.integer(&[b"LLEN", b"list"]), Ok(run));
        drop(session);
        database.close().expect("closed");
    }
}

#[test]
fn under_always_a_call_returns_when_its_record_is_synced() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut options = Options { directory: Some(directory.path().into()), ..Options::default() };
    options.settings.aof.fsync = config::AppendFsync::Always;
    let database = Database::with(options.clone()).expect("opened");
    let mut session = database.session().expect("a session");
    for round in 0..20 {
        session.set(b"k", round.to_string().as_bytes()).expect("set");
    }
    // Nothing is closed: a second one on the same files sees what a crash would have left.
    let again = Database::with(options).expect("opened");
    assert_eq!(again.session().expect("a session").get(b"k"), Ok(Some(b"19".to_vec())));
}

#[test]
fn sessions_of_several_threads_work_on_one_keyspace() {
    let database = Database::in_memory().expect("opened");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut session = database.session().expect("a session");
                for _ in 0..500 {
                    session.incr_by(b"n", 1).expect("counted");
                    let mut batch = session.batch();
                    batch.push(&[b"MULTI"]).push(&[b"INCR", b"a"]).push(&[b"INCR", b"b"]);
                    let replies = batch.push(&[b"EXEC"]).run().expect("replies");
                    let Value::Array(both) = &replies[3] else { panic!("{replies:?}") };
                    assert_eq!(both[0], both[1]);
                }
            });
        }
    });
    assert_eq!(database.session().expect("a session").incr_by(b"n", 0), Ok(2000));
}

#[test]
fn what_is_in_memory_only_saves_nothing_by_itself() {
    let database = Database::in_memory().expect("opened");
    let mut session = database.session().expect("a session");
    let info = session.call(&[b"CONFIG", b"GET", b"save", b"appendonly"]);
    let expected = vec![(bulk("save"), bulk("")), (bulk("appendonly"), bulk("no"))];
    assert_eq!(info.map(sorted), Ok(sorted(Value::Map(expected))));
}

fn sorted(map: Value) -> Vec<(String, String)> {
    let Value::Map(pairs) = map else { panic!("{map:?}") };
    let mut pairs: Vec<_> =
        pairs.iter().map(|(name, value)| (format!("{name:?}"), format!("{value:?}"))).collect();
    pairs.sort();
    pairs
}

#[test]
fn replies_have_their_types_and_errors_are_errors() {
    let database = Database::in_memory().expect("opened");
    let mut session = database.session().expect("a session");
    assert_eq!(session.call(&[b"PING"]), Ok(Value::Status(b"PONG".to_vec())));
    session.call(&[b"ZADD", b"z", b"1.5", b"m"]).expect("added");
    assert_eq!(session.call(&[b"ZSCORE", b"z", b"m"]), Ok(Value::Double(1.5)));
    let refused = session.call(&[b"INCR", b"z"]);
    let text = "WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(refused, Err(CallError::Refused(text.into())));
    assert_eq!(session.get(b"none"), Ok(None));
    assert_eq!((session.delete(b"z"), session.exists(b"z")), (Ok(true), Ok(false)));
    let mut batch = session.batch();
    batch.push(&[b"INCR", b"n"]).push(&[b"LPUSH", b"n", b"x"]);
    let replies = batch.run().expect("replies");
    assert_eq!(replies, [Value::Int(1), Value::Error(text.into())]);
}

#[test]
fn a_call_waits_as_long_as_the_command_does() {
    let database = Database::in_memory().expect("opened");
    let mut session = database.session().expect("a session");
    let begun = Instant::now();
    assert_eq!(session.call(&[b"BLPOP", b"queue", b"0.05"]), Ok(Value::Null));
    assert!(begun.elapsed() >= Duration::from_millis(50));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| session.call(&[b"BLPOP", b"queue", b"0"]));
        let mut other = database.session().expect("a session");
        while !matches!(other.call(&[b"CLIENT", b"LIST"]), Ok(list) if waits(&list)) {
            thread::yield_now();
        }
        other.call(&[b"RPUSH", b"queue", b"job"]).expect("pushed");
        let reply = waiter.join().expect("a thread");
        assert_eq!(reply, Ok(Value::Array(vec![bulk("queue"), bulk("job")])));
    });
}

fn waits(list: &Value) -> bool {
    let (Value::Verbatim(_, text) | Value::Bulk(text)) = list else { return false };
    String::from_utf8_lossy(text).contains("cmd=blpop")
}

#[test]
fn messages_are_kept_apart_from_replies() {
    let database = Database::in_memory().expect("opened");
    let mut listener = database.session().expect("a session");
    let confirmed = listener.call(&[b"SUBSCRIBE", b"news"]).expect("subscribed");
    assert_eq!(confirmed, Value::Push(vec![bulk("subscribe"), bulk("news"), Value::Int(1)]));
    let mut other = database.session().expect("a session");
    assert_eq!(other.integer(&[b"PUBLISH", b"news", b"first"]), Ok(1));
    assert_eq!(listener.get(b"k"), Ok(None));
    other.call(&[b"PUBLISH", b"news", b"second"]).expect("published");
    for text in ["first", "second"] {
        let message = listener.message(Duration::from_secs(5)).expect("open");
        let expected = Value::Push(vec![bulk("message"), bulk("news"), bulk(text)]);
        assert_eq!(message, Some(expected));
    }
    assert_eq!(listener.message(Duration::ZERO), Ok(None));
}

#[test]
fn keys_expire_though_nobody_calls() {
    let database = Database::in_memory().expect("opened");
    let mut session = database.session().expect("a session");
    session.set_for(b"k", b"v", Duration::from_millis(10)).expect("set");
    let end = Instant::now() + Duration::from_secs(10);
    while session.integer(&[b"DBSIZE"]) == Ok(1) {
        assert!(Instant::now() < end, "it is still there");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn seats_are_given_back_and_a_closed_database_says_so() {
    let database = Database::with(Options { sessions: 2, ..Options::default() }).expect("opened");
    let first = database.session().expect("a session");
    let mut second = database.session().expect("a session");
    assert_eq!(database.session().err(), Some(CallError::TooManySessions));
    drop(first);
    let third = database.session().expect("its seat");
    drop(third);
    database.clone().close().expect("closed");
    assert_eq!(second.get(b"k"), Err(CallError::Closed));
    assert_eq!(database.session().err(), Some(CallError::Closed));
}

#[test]
fn a_limit_of_memory_is_refused_where_nobody_counts() {
    let database = Database::in_memory().expect("opened");
    let mut session = database.session().expect("a session");
    let refused = session.call(&[b"CONFIG", b"SET", b"maxmemory", b"1mb"]);
    assert!(
        matches!(&refused, Err(CallError::Refused(text)) if text.contains("CountingAllocator")),
        "{refused:?}"
    );
    session.call(&[b"CONFIG", b"SET", b"maxmemory", b"0"]).expect("no limit");
    let mut options = Options::default();
    options.settings.memory.maxmemory_bytes = 1 << 20;
    let error = Database::with(options).err().expect("a refusal").to_string();
    assert!(error.contains("CountingAllocator"), "{error}");
}
