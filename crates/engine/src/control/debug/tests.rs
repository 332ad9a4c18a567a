//! DEBUG through a bench.

use crate::testing::Bench;

const REFUSED: &str = "-ERR DEBUG command not allowed. If the enable-debug-command option is set \
to \"local\", you can run it from a local connection, otherwise you need to set this option in the \
configuration file, and then restart the server.";

fn digest(bench: &mut Bench) -> String {
    let reply = bench.run("DEBUG DIGEST");
    assert_eq!((reply.len(), &reply[..1]), (43, "+"), "{reply}");
    reply[1..41].to_owned()
}

#[test]
fn debug_is_for_who_is_allowed() {
    use config::ProtectedAction::{Local, No};
    let with = |action| Bench::with(move |settings| settings.protected.debug_command = action);
    with(No).check(&[("DEBUG SLEEP 0", REFUSED), ("DEBUG NOSUCH", REFUSED)]);
    with(Local).check(&[("DEBUG SLEEP 0", "+OK")]);
}

#[test]
fn unknown_subcommands_and_wrong_counts_are_the_same_error() {
    let error = |word: &str| {
        format!(
            "-ERR unknown subcommand or wrong number of arguments for '{word}'. Try DEBUG HELP."
        )
    };
    Bench::default().check(&[
        ("DEBUG NoSuch", &error("NoSuch")),
        ("DEBUG sleep", &error("sleep")),
        ("DEBUG REPLYBUFFER other 1", &error("REPLYBUFFER")),
    ]);
}

#[test]
fn switches_are_accepted() {
    Bench::default().check(&[
        ("DEBUG QUICKLIST-PACKED-THRESHOLD 100b", "+OK"),
        ("DEBUG QUICKLIST-PACKED-THRESHOLD 0", "+OK"),
        (
            "DEBUG QUICKLIST-PACKED-THRESHOLD 4gb",
            "-ERR argument must be a memory value bigger than 1 and smaller than 4gb",
        ),
        ("DEBUG REPLYBUFFER PEAK-RESET-TIME never", "+OK"),
        ("DEBUG REPLYBUFFER PEAK-RESET-TIME soon", "-ERR value is not an integer or out of range"),
        ("DEBUG REPLYBUFFER RESIZING 0", "+OK"),
        ("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1", "+OK"),
        ("DEBUG SET-DISABLE-DENY-SCRIPTS 1", "+OK"),
        ("DEBUG AOF-FLUSH-SLEEP 10", "+OK"),
        ("DEBUG LOG hello", "+OK"),
        ("DEBUG REPLICATE SET k v", "+OK"),
        ("EXISTS k", ":0"),
        ("DEBUG STRINGMATCH-LEN a*c abc", ":1"),
        ("DEBUG STRINGMATCH-LEN a*b abc", ":0"),
    ]);
}

#[test]
fn while_upkeep_is_paused_nothing_happens_by_itself() {
    let mut bench = Bench::default();
    bench.check(&[("DEBUG PAUSE-CRON 1", "+OK"), ("SET k v PX 10", "+OK")]);
    bench.advance_ms(1000);
    bench.check(&[("DBSIZE", ":1"), ("DEBUG PAUSE-CRON 0", "+OK")]);
    bench.advance_ms(100);
    bench.check(&[("DBSIZE", ":0")]);
}

#[test]
fn populating_leaves_what_is_there() {
    let mut bench = Bench::default();
    bench.check(&[
        ("SET key:1 mine", "+OK"),
        ("DEBUG POPULATE 3", "+OK"),
        ("DBSIZE", ":3"),
        ("MGET key:0 key:1 key:2", "*3 $7 value:0 $4 mine $7 value:2"),
        ("DEBUG POPULATE 2 a 10", "+OK"),
        ("STRLEN a:1", ":10"),
        ("GETRANGE a:1 0 6", "$7 value:1"),
        ("DEBUG POPULATE 1 b 3", "+OK"),
        ("GET b:0", "$3 val"),
        ("DEBUG POPULATE -1", "-ERR value is out of range, must be positive"),
        ("DEBUG POPULATE x", "-ERR value is out of range, must be positive"),
    ]);
    assert_eq!(bench.node.reports.stats.totals().changes, 1);
}

#[test]
fn a_digest_is_of_content_only() {
    let (mut one, mut other) = (Bench::default(), Bench::default());
    assert_eq!(digest(&mut one), "0".repeat(40));
    one.run("SET a 10");
    one.run("HSET h f 1 g 2");
    // The same by other ways: in another order, edited, once too big to be packed.
    other.run(&format!("HSET h f 1 x {}", "y".repeat(1000)));
    other.run("HSET h g 2");
    other.run("HDEL h x");
    other.run("SET a 1");
    other.run("APPEND a 0");
    one.run("SADD s 1 2 3");
    one.run("ZADD z 1 a 2.5 b 0 c");
    other.run(&format!("SADD s 3 2 {}", "y".repeat(1000)));
    other.run(&format!("SREM s {}", "y".repeat(1000)));
    other.run("SADD s 1");
    other.run(&format!("ZADD z 5 a -0 c 2.5 b 1 {}", "y".repeat(1000)));
    other.run(&format!("ZREM z {}", "y".repeat(1000)));
    other.run("ZADD z 1 a");
    let same = digest(&mut one);
    assert_eq!(same, digest(&mut other));
    let changes = [
        "SET a 11",
        "PEXPIREAT a 1800000000000",
        "HSET h f 2",
        "SELECT 1",
        "RENAME h i",
        "SADD s 4",
        "SREM s 3",
        "ZADD z 1.5 a",
        "ZREM z c",
    ];
    for change in changes {
        let mut bench = Bench::default();
        bench.run(change);
        for request in
            ["SET a 10", "HSET h f 1 g 2", "SADD s 1 2 3", "ZADD z 1 a 2.5 b 0 c", change]
        {
            bench.run(request);
        }
        assert_ne!(digest(&mut bench), same, "{change}");
    }
    let values = |bench: &mut Bench| bench.run("DEBUG DIGEST-VALUE a h s z");
    assert_eq!(values(&mut one), values(&mut other));
    let nothing = format!("*1 +{}", "0".repeat(40));
    one.check(&[("DEBUG DIGEST-VALUE nosuch", &nothing), ("DEBUG DIGEST-VALUE", "*0")]);
}

#[test]
fn the_digest_of_a_list_tells_its_order_and_not_its_form() {
    let (mut one, mut other) = (Bench::default(), Bench::default());
    one.run("RPUSH l a b c");
    other.run(&format!("RPUSH l c b a {}", "x".repeat(2000)));
    other.run("RPOP l");
    let values = |bench: &mut Bench| bench.run("DEBUG DIGEST-VALUE l");
    assert_ne!(values(&mut one), values(&mut other));
    for _ in 0..2 {
        other.run("LMOVE l l LEFT RIGHT");
    }
    assert_ne!(values(&mut one), values(&mut other));
    other.run("LSET l 1 b");
    other.run("LSET l 2 c");
    other.run("LSET l 0 a");
    assert_eq!(values(&mut one), values(&mut other));
}

#[test]
fn lists_are_described() {
    let mut bench = Bench::default();
    bench.run("RPUSH l a b c");
    bench.run("CONFIG SET list-max-listpack-size 2 list-compress-depth 1");
    bench.run(&format!("RPUSH m {}", format!("{} ", "x".repeat(100)).repeat(7).trim_end()));
    let described = |bench: &mut Bench, key: &str| {
        let reply = bench.run(&format!("DEBUG OBJECT {key}"));
        assert!(reply.contains("encoding:quicklist serializedlength:"), "{reply}");
        let (_, figures) = reply.split_once(" ql_nodes").expect("figures");
        format!("ql_nodes{}", figures.trim_end())
    };
    let flat = "ql_nodes:1 ql_avg_node:3.00 ql_listpack_max:2 ql_compressed:1 \
                ql_uncompressed_size:4";
    assert_eq!(described(&mut bench, "l"), flat);
    let long = "ql_nodes:4 ql_avg_node:1.75 ql_listpack_max:2 ql_compressed:1 \
                ql_uncompressed_size:700";
    assert_eq!(described(&mut bench, "m"), long);
    bench.check(&[
        ("DEBUG QUICKLIST l", "+The structure of lists is shown by DEBUG OBJECT"),
        ("DEBUG LISTPACK l", "-ERR Not a listpack encoded object."),
        (
            "DEBUG HTSTATS-KEY m",
            "-ERR The value stored at the specified key is not represented \
                                 using an hash table",
        ),
        ("DEBUG SDSLEN m", "-ERR Not an sds encoded string."),
        ("SET s v", "+OK"),
        ("DEBUG QUICKLIST s", "-ERR Not a quicklist encoded object."),
    ]);
}

#[test]
fn long_elements_have_chunks_of_their_own_from_the_threshold_on() {
    let mut bench = Bench::default();
    bench.run("DEBUG QUICKLIST-PACKED-THRESHOLD 3b");
    bench.run("RPUSH l aa bbb cccc");
    assert!(bench.run("DEBUG OBJECT l").contains(" ql_nodes:3 "));
    bench.run("DEBUG QUICKLIST-PACKED-THRESHOLD 0");
    bench.run("RPUSH m aa bbb cccc");
    assert!(bench.run("DEBUG OBJECT m").contains(" ql_nodes:1 "));
}

#[test]
fn an_expiry_is_part_of_the_digest() {
    let mut bench = Bench::default();
    bench.run("SET k v");
    let lasting = digest(&mut bench);
    bench.run("PEXPIREAT k 1800000000000");
    let timed = digest(&mut bench);
    bench.run("PERSIST k");
    assert_ne!(lasting, timed);
    assert_eq!(lasting, digest(&mut bench));
}

#[test]
fn an_object_is_described() {
    let mut bench = Bench::default();
    bench.run("SET k 12345");
    bench.run("SET text hello");
    bench.run("HSET h f v");
    bench.run("SADD i 1 2 3");
    bench.run("SADD s a");
    bench.run("ZADD z 1 a");
    bench.advance_ms(3000);
    let mut described = |key: &str| {
        let reply = bench.run(&format!("DEBUG OBJECT {key}"));
        let (place, rest) = reply.split_once(" refcount").expect("a description");
        assert!(place.starts_with("+Value at:0x"), "{reply}");
        format!("refcount{}", rest.trim_end())
    };
    // The LRU clock is the start's seconds modulo 2^24; lengths are those of Redis 7.0.15.
    let lru = 1_700_000_000 & 0xff_ffff;
    let expected = |encoding: &str, len: usize| {
        format!(
            "refcount:1 encoding:{encoding} serializedlength:{len} lru:{lru} lru_seconds_idle:3"
        )
    };
    assert_eq!(described("k"), expected("int", 3));
    assert_eq!(described("text"), expected("embstr", 6));
    assert_eq!(described("h"), expected("listpack", 14));
    assert_eq!(described("i"), expected("intset", 15));
    assert_eq!(described("s"), expected("hashtable", 3));
    assert_eq!(described("z"), expected("listpack", 13));
    bench.check(&[("DEBUG OBJECT nosuch", "-ERR no such key")]);
}

#[test]
fn replies_of_each_type() {
    let mut bench = Bench::default();
    bench.check(&[
        ("DEBUG PROTOCOL double", "$5 3.141"),
        ("DEBUG PROTOCOL map", "*6 :0 :0 :1 :1 :2 :0"),
        ("DEBUG PROTOCOL attrib", "$39 Some real reply following the attribute"),
        ("DEBUG PROTOCOL push", "-ERR RESP2 is not supported by this command"),
        ("DEBUG ERROR MYCODE_text", "-MYCODE_text"),
    ]);
    bench.run("HELLO 3");
    bench.check(&[
        ("DEBUG PROTOCOL string", "$11 Hello World"),
        ("DEBUG PROTOCOL integer", ":12345"),
        ("DEBUG PROTOCOL double", ",3.141"),
        ("DEBUG PROTOCOL bignum", "(1234567999999999999999999999999999999"),
        ("DEBUG PROTOCOL null", "_"),
        ("DEBUG PROTOCOL array", "*3 :0 :1 :2"),
        ("DEBUG PROTOCOL set", "~3 :0 :1 :2"),
        ("DEBUG PROTOCOL map", "%3 :0 #f :1 #t :2 #f"),
        ("DEBUG PROTOCOL true", "#t"),
        ("DEBUG PROTOCOL false", "#f"),
        ("DEBUG PROTOCOL verbatim", "=29 txt:This is a verbatim\nstring"),
        (
            "DEBUG PROTOCOL attrib",
            "|1 $14 key-popularity *2 $7 key:123 :90 $39 Some real reply following the attribute",
        ),
        (
            "DEBUG PROTOCOL push",
            ">2 $16 server-cpu-usage :42 $40 Some real reply following the push reply",
        ),
    ]);
    assert!(bench.run("DEBUG PROTOCOL nil").starts_with("-ERR Wrong protocol type name."));
}

#[test]
fn tables_are_described() {
    let mut bench = Bench::default();
    bench.run("SET k v EX 10");
    bench.run("HSET h f v");
    let text = bench.run("DEBUG HTSTATS 0");
    assert!(text.contains("[Dictionary HT]\ntables: 1024\n number of elements: 2\n"), "{text}");
    assert!(text.contains("[Expires HT]\nkept in the entries\n number of elements: 1\n"), "{text}");
    bench.check(&[
        ("DEBUG HTSTATS 16", "-ERR Out of range database"),
        ("DEBUG LISTPACK k", "-ERR Not a listpack encoded object."),
        ("DEBUG SDSLEN h", "-ERR Not an sds encoded string."),
    ]);
    let not_one =
        "-ERR The value stored at the specified key is not represented using an hash table";
    bench.check(&[("DEBUG HTSTATS-KEY h", not_one), ("DEBUG HTSTATS-KEY x", "-ERR no such key")]);
}

#[test]
fn help_names_every_subcommand() {
    let text = Bench::default().run("DEBUG HELP");
    assert!(
        text.starts_with(&format!("*{}\r\n+DEBUG <subcommand>", 1 + 2 * super::SUBCOMMANDS.len()))
    );
    assert!(super::SUBCOMMANDS.is_sorted_by_key(|subcommand| subcommand.name));
}

#[test]
fn the_replication_id_is_the_runs_own_until_changed() {
    let mut bench = Bench::default();
    let shown = format!("master_replid:{}\r\n", bench.node.reports.birth.run_id);
    assert!(bench.run("INFO replication").contains(&shown));
    bench.check(&[("DEBUG CHANGE-REPL-ID", "+OK")]);
    assert!(!bench.run("INFO replication").contains(&shown));
}
