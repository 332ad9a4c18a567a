//! The redis crate as a client, unchanged.

use std::collections::HashMap;

use redis::{Commands, Connection, RedisResult};
use russet_tests::{Options, Server};

fn connect(server: &Server, protocol: u8) -> Connection {
    let address = format!("redis://127.0.0.1:{}/0?protocol=resp{protocol}", server.port());
    let client = redis::Client::open(address).expect("an address");
    client.get_connection().expect("a connection")
}

fn both(test: impl Fn(&mut Connection)) {
    let server = Server::start(Options::under_test());
    for protocol in [2, 3] {
        let mut connection = connect(&server, protocol);
        let _: () = redis::cmd("FLUSHALL").query(&mut connection).expect("FLUSHALL");
        test(&mut connection);
    }
}

#[test]
fn strings_and_numbers() {
    both(|connection| {
        let _: () = connection.set("k", "v").expect("SET");
        assert_eq!(connection.get::<_, String>("k"), Ok("v".into()));
        assert_eq!(connection.get::<_, Option<String>>("missing"), Ok(None));
        assert_eq!(connection.incr::<_, _, i64>("n", 41), Ok(41));
        assert_eq!(connection.incr::<_, _, f64>("f", 1.5), Ok(1.5));
        assert_eq!(connection.append::<_, _, usize>("k", "w"), Ok(2));
        let _: () = connection.mset(&[("a", 1), ("b", 2)]).expect("MSET");
        let read: RedisResult<(i32, Option<i32>, i32)> = connection.mget(&["a", "missing", "b"]);
        assert_eq!(read, Ok((1, None, 2)));
        assert_eq!(connection.del::<_, usize>(&["a", "b", "missing"]), Ok(2));
        let bytes: Vec<u8> = (0..=255).collect();
        let _: () = connection.set("bytes", bytes.as_slice()).expect("SET");
        assert_eq!(connection.get::<_, Vec<u8>>("bytes"), Ok(bytes));
    });
}

#[test]
fn hashes_are_maps() {
    both(|connection| {
        let fields = [("a", "1"), ("b", "2")];
        let _: () = connection.hset_multiple("h", &fields).expect("HSET");
        let all: HashMap<String, i32> = connection.hgetall("h").expect("HGETALL");
        assert_eq!(all, HashMap::from([("a".into(), 1), ("b".into(), 2)]));
        assert_eq!(connection.hget::<_, _, Option<String>>("h", "x"), Ok(None));
        assert_eq!(connection.hincr::<_, _, _, i32>("h", "a", 9), Ok(10));
        assert_eq!(connection.hlen::<_, usize>("h"), Ok(2));
        assert_eq!(connection.hexists::<_, _, bool>("h", "b"), Ok(true));
        assert_eq!(connection.hdel::<_, _, usize>("h", &["a", "b"]), Ok(2));
        assert_eq!(connection.exists::<_, bool>("h"), Ok(false));
    });
}

#[test]
fn expiry() {
    both(|connection| {
        let _: () = connection.set_ex("k", "v", 1_000).expect("SETEX");
        assert!((990..=1_000).contains(&connection.ttl::<_, i64>("k").expect("TTL")));
        assert_eq!(connection.persist::<_, bool>("k"), Ok(true));
        assert_eq!(connection.ttl::<_, i64>("k"), Ok(-1));
        assert_eq!(connection.expire_at::<_, bool>("k", 33_177_117_420), Ok(true));
        assert_eq!(connection.expire_time::<_, i64>("k"), Ok(33_177_117_420));
    });
}

#[test]
fn pipelines_and_scans() {
    both(|connection| {
        let mut pipe = redis::pipe();
        for number in 0..1_000 {
            pipe.set(format!("key:{number}"), number).ignore();
        }
        pipe.get("key:999").cmd("DBSIZE");
        let last: (i32, usize) = pipe.query(connection).expect("a pipeline");
        assert_eq!(last, (999, 1_000));
        let found = connection.scan_match::<_, String>("key:1*").expect("SCAN");
        let found: Vec<String> = found.map(|item| item.expect("a name")).collect();
        assert_eq!(found.len(), 111);
    });
}

#[test]
fn errors_keep_their_code() {
    both(|connection| {
        let _: () = connection.hset("h", "f", "v").expect("HSET");
        let error = connection.incr::<_, _, i64>("h", 1).expect_err("a wrong type");
        assert_eq!(error.code(), Some("WRONGTYPE"));
        let error = redis::cmd("FOO").query::<()>(connection).expect_err("an unknown command");
        assert_eq!(error.code(), Some("ERR"));
        assert_eq!(connection.hget::<_, _, String>("h", "f"), Ok("v".into()), "still in use");
    });
}
