//! Replies, log records and events of the stream commands, without a server.

use crate::testing::Bench;

/// The clock of a bench.
const NOW: &str = "1795000000000";

#[test]
fn what_is_logged_of_xadd_says_the_id_and_the_length() {
    let mut bench = Bench::default();
    bench.limits.stream_block_entries_max = 2;
    let id = format!("{NOW}-0");
    bench.check(&[
        ("XADD s 1-1 a 1", "$3 1-1", "=", "xadd 1"),
        ("XADD s 1-* a 2", "$3 1-2", "XADD s 1-2 a 2", "xadd 1"),
        ("XADD s MAXLEN = 5 1-3 a 3", "$3 1-3", "=", "xadd 1"),
        ("XADD s MAXLEN 2 1-4 a 4", "$3 1-4", "=", "xadd 1, xtrim 1"),
        ("XADD s NOMKSTREAM 1-5 a 5", "$3 1-5", "=", "xadd 1"),
        (
            "XADD s MAXLEN ~ 2 LIMIT 0 2-0 a 5",
            "$3 2-0",
            "XADD s MAXLEN = 2 2-0 a 5",
            "xadd 1, xtrim 1",
        ),
        ("XADD s MINID ~ 2-0 3 a 5", "$3 3-0", "XADD s MINID = 1-5 3 a 5", "xadd 1"),
        (
            "XADD s NOMKSTREAM * a 5",
            &format!("$15 {id}"),
            &format!("XADD s NOMKSTREAM {id} a 5"),
            "xadd 1",
        ),
        ("XADD t NOMKSTREAM * a 5", "$-1", "-", ""),
    ]);
}

#[test]
fn what_is_logged_of_xtrim_is_exact() {
    let mut bench = Bench::default();
    bench.limits.stream_block_entries_max = 3;
    for number in 1..=10 {
        bench.run(&format!("XADD s {number} a 1"));
    }
    bench.check(&[
        ("XTRIM s MAXLEN ~ 9", ":0", "-", ""),
        ("XTRIM s MAXLEN ~ 5 LIMIT 4", ":3", "XTRIM s MAXLEN = 7", "xtrim 1"),
        ("XTRIM s MINID ~ 8", ":3", "XTRIM s MINID = 7-0", "xtrim 1"),
        ("XTRIM s MAXLEN = 2", ":2", "=", "xtrim 1"),
        ("XTRIM s MAXLEN 2", ":0", "-", ""),
        ("XDEL s 9 9 1", ":1", "=", "xdel 1"),
        ("XDEL s 9", ":0", "-", ""),
        ("XDEL s 10", ":1", "=", "xdel 1"),
        ("XLEN s", ":0", "-", ""),
        ("XSETID s 77", "+OK", "=", "xsetid 1"),
        (
            "XADD s 77-0 a 1",
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
            "-",
            "",
        ),
    ]);
}

#[test]
fn a_record_with_a_limit_is_accepted_from_a_log_only() {
    let mut bench = Bench::default();
    let error = "-ERR syntax error, LIMIT cannot be used without the special ~ option\r\n";
    assert_eq!(bench.run("XADD s MAXLEN = 1 LIMIT 5 1-1 a 1"), error);
    bench.now_ms = 0;
    assert_eq!(bench.run("XADD s MAXLEN = 1 LIMIT 5 1-1 a 1"), "$3\r\n1-1\r\n");
}

#[test]
fn a_waiting_xread_remembers_what_the_last_id_was() {
    let mut bench = Bench::default();
    bench.run("XADD s 5-1 a 1");
    let waits_as = |bench: &mut Bench, request: &str| {
        assert_eq!(bench.run(request), "*-1\r\n", "{request}");
        let request = bench.effects.waits_as.take();
        request.map(|request| {
            let words: Vec<_> = request.as_request().iter().map(String::from_utf8_lossy).collect();
            words.join(" ")
        })
    };
    let found = waits_as(&mut bench, "XREAD BLOCK 0 STREAMS s t s $ $ 5-2");
    assert_eq!(found.as_deref(), Some("XREAD BLOCK 0 STREAMS s t s 5-1 0-0 5-2"));
    assert_eq!(waits_as(&mut bench, "XREAD BLOCK 0 STREAMS s 5-1"), None);
    assert_eq!(bench.effects.waits.as_slice(), [4]);
}

#[test]
fn the_keys_of_xread_follow_the_option_not_a_word_like_it() {
    let keys = |line: &str| {
        let words: protocol::OwnedRequest = line.split(' ').map(str::as_bytes).collect();
        let request = words.as_request();
        let spec = crate::table::find(request).expect("a command");
        let found = crate::keys::find(spec, request).expect("keys");
        found.iter().map(|key| key.index).collect::<Vec<_>>()
    };
    assert_eq!(keys("XREAD COUNT 1 STREAMS a b 1 2"), [4, 5]);
    assert_eq!(keys("XREAD STREAMS a 1"), [2]);
    assert_eq!(keys("XREAD STREAMS a b 1"), []);
}

#[test]
fn what_is_logged_of_names_says_them_and_the_id() {
    let mut bench = Bench::default();
    let id = format!("{NOW}-0");
    let reply = format!("$15 {id}");
    bench.check(&[
        ("XADD s IDMP p n * a 1", &reply, &format!("XADD s IDMP p n {id} a 1"), "xadd 1"),
        ("XADD s IDMP p n * a 2", &reply, &format!("XADD s IDMP p n {id} a 2"), ""),
        ("XCFGSET s IDMP-DURATION 9", "+OK", "=", ""),
        (&format!("XIDMPRECORD s p m {id}"), "+OK", "=", ""),
        (&format!("XIDMPRECORD s p m {id}"), "+OK", "-", ""),
    ]);
    bench.run("XADD t IDMPAUTO p MAXLEN ~ 5 LIMIT 1 * a 1");
    let logged = bench.logged();
    let words: Vec<&str> = logged.split(' ').collect();
    assert_eq!(words[..4], ["XADD", "t", "IDMP", "p"], "{logged}");
    assert!(logged.ends_with(&format!(" MAXLEN = 1 {id} a 1")), "{logged}");
}

#[test]
fn a_record_of_a_name_that_was_forgotten_adds_an_entry() {
    let mut bench = Bench::default();
    bench.now_ms = 0;
    for (record, len) in [("5-0", 1), ("5-0", 1), ("200000-0", 2), ("200000-0", 2)] {
        let reply = bench.run(&format!("XADD s IDMP p n {record} a 1"));
        assert_eq!(reply.lines().last(), Some(record));
        assert_eq!(bench.run("XLEN s"), format!(":{len}\r\n"));
    }
    let info = bench.run("XINFO STREAM s");
    assert!(info.contains("iids-added\r\n:2\r\n$15\r\niids-duplicates\r\n:2\r\n"), "{info}");
}

#[test]
fn what_is_logged_of_entries_given_back_and_claimed() {
    let mut bench = Bench::default();
    bench.run("XADD s 1-0 f v");
    bench.run("XGROUP CREATE s g 0");
    bench.run("XREADGROUP GROUP g a STREAMS s >");
    let claimed = "*1 *2 $1 s *1 *4 $3 1-0 *2 $1 f $1 v";
    let record = format!("XCLAIM s g b 0 1-0 TIME {NOW} RETRYCOUNT 2 FORCE JUSTID LASTID 1-0");
    bench.check(&[
        ("XNACK s g FAIL IDS 1 1-0", ":1", "=", "xnack 1"),
        ("XNACK s g FAIL IDS 1 2-0", ":0", "-", ""),
        (
            "XREADGROUP GROUP g b CLAIM 5 STREAMS s >",
            &format!("{claimed} :{NOW} :1"),
            &record,
            "xgroup-createconsumer 7",
        ),
        ("XNACK s g FAIL IDS 1 1-0", ":1", "=", "xnack 1"),
        ("XDEL s 1-0", ":1", "=", "xdel 1"),
        ("XCLAIM s g b 0 1-0", "*0", "XACK s g 1-0", ""),
    ]);
}

#[test]
fn what_is_logged_of_removal_with_a_say() {
    let mut bench = Bench::default();
    bench.limits.stream_block_entries_max = 2;
    for number in 1..=8 {
        bench.run(&format!("XADD s {number} a 1"));
    }
    bench.run("XGROUP CREATE s g 0");
    bench.run("XREADGROUP GROUP g a COUNT 6 STREAMS s >");
    bench.run("XACK s g 2-0 3-0 4-0 6-0");
    bench.check(&[
        ("XDELEX s ACKED IDS 1 1-0", "*1 :2", "-", ""),
        ("XTRIM s MINID ~ 5-0 ACKED", ":3", "XTRIM s MINID = 4-1 ACKED", "xtrim 1"),
        ("XTRIM s MAXLEN ~ 4 ACKED", ":0", "-", ""),
        ("XTRIM s MAXLEN 4 ACKED", ":1", "=", "xtrim 1"),
        ("XACKDEL s g KEEPREF IDS 2 5-0 6-0", "*2 :1 :-1", "=", "xdel 1"),
        ("XDEL s 1-0", ":1", "=", "xdel 1"),
        ("XDELEX s DELREF IDS 1 1-0", "*1 :-1", "=", ""),
        ("XDELEX s DELREF IDS 1 1-0", "*1 :-1", "-", ""),
    ]);
}
