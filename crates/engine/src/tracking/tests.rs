//! Tests of client-side caching: who is told what, when, and in which order.

use crate::testing::Bench;

/// A bench with so many clients; the second speaks RESP3.
fn with_clients(count: usize) -> Bench {
    let mut bench = Bench::default();
    for _ in 1..count {
        bench.connect();
    }
    bench.run_as(1, "HELLO 3");
    bench
}

fn flat(reply: &str) -> String {
    reply.trim_end().replace("\r\n", " ")
}

/// The push that says that these keys are no longer valid.
fn invalid(keys: &str) -> String {
    let words = keys.split(' ').map(|key| format!("${} {key}", key.len()));
    let words: Vec<String> = words.collect();
    format!(">2 $10 invalidate *{} {}", words.len(), words.join(" "))
}

#[test]
fn whoever_read_a_key_is_told_once_that_it_changed() {
    let mut bench = with_clients(2);
    bench.run_as(1, "CLIENT TRACKING ON");
    bench.check(&[("MSET a 1 b 1 c 1", "+OK")]);
    bench.run_as(1, "MGET a b nosuch");
    bench.check(&[("SET a 2", "+OK"), ("SET c 2", "+OK"), ("SET a 3", "+OK")]);
    assert_eq!(bench.received(1), invalid("a"));
    bench.check(&[("SET nosuch 1", "+OK")]);
    assert_eq!(bench.received(1), invalid("nosuch"));
    bench.run_as(1, "CLIENT TRACKING OFF");
    bench.check(&[("SET b 2", "+OK")]);
    assert_eq!(bench.received(1), "");
    assert_eq!(bench.node.tracking.counts()[..2], [0, 0]);
}

#[test]
fn one_is_told_of_ones_own_change_behind_its_reply_unless_one_asked_not_to_be() {
    let mut bench = with_clients(2);
    bench.run_as(1, "CLIENT TRACKING ON");
    bench.run_as(1, "GET a");
    assert_eq!(flat(&bench.run_as(1, "SET a 1")), "+OK");
    assert_eq!(bench.received(1), invalid("a"));
    let (reply, _) = {
        bench.run_as(1, "GET a");
        let framed = b"*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n";
        bench.send_bytes(1, framed)
    };
    let expected = format!(":2 {} +PONG", invalid("a"));
    assert_eq!(flat(&String::from_utf8_lossy(&reply)), expected);
    bench.run_as(1, "CLIENT TRACKING ON NOLOOP");
    bench.run_as(1, "GET a");
    bench.run_as(1, "SET a 1");
    assert_eq!(bench.received(1), "");
}

#[test]
fn what_expires_is_told_by_itself_and_when_it_is_found() {
    let mut bench = with_clients(2);
    bench.run_as(1, "CLIENT TRACKING ON NOLOOP");
    bench.check(&[("SET a 1 PX 100", "+OK"), ("HSETEX h PX 100 FIELDS 1 f v", ":1")]);
    bench.run_as(1, "GET a");
    bench.run_as(1, "HLEN h");
    bench.advance_ms(1000);
    let received = bench.received(1);
    assert!(received.contains(&invalid("a")) && received.contains(&invalid("h")), "{received}");
    bench.check(&[("DEBUG SET-ACTIVE-EXPIRE 0", "+OK"), ("SET a 1 PX 100", "+OK")]);
    bench.run_as(1, "GET a");
    bench.advance_ms(200);
    bench.check(&[("EXISTS a", ":0")]);
    assert_eq!(bench.received(1), invalid("a"));
}

#[test]
fn a_flush_makes_everything_invalid_for_all_who_track() {
    let mut bench = with_clients(3);
    bench.run_as(2, "HELLO 3");
    bench.run_as(1, "CLIENT TRACKING ON");
    bench.run_as(2, "CLIENT TRACKING ON BCAST PREFIX x");
    bench.run_as(1, "GET a");
    for flush in ["FLUSHALL", "FLUSHDB"] {
        bench.check(&[(flush, "+OK")]);
        assert_eq!(bench.received(1), ">2 $10 invalidate _");
        assert_eq!(bench.received(2), ">2 $10 invalidate _");
    }
    assert_eq!(bench.node.tracking.counts(), [2, 0, 0, 1]);
    assert_eq!(flat(&bench.run_as(1, "FLUSHALL")), "+OK");
    assert_eq!(bench.received(1), ">2 $10 invalidate _");
}

#[test]
fn by_prefix_one_is_told_of_keys_one_never_read_once_a_batch() {
    let mut bench = with_clients(4);
    for client in [2, 3] {
        bench.run_as(client, "HELLO 3");
    }
    bench.run_as(1, "CLIENT TRACKING ON BCAST");
    bench.run_as(2, "CLIENT TRACKING ON BCAST PREFIX a: PREFIX b:");
    bench.run_as(3, "CLIENT TRACKING ON BCAST PREFIX a: NOLOOP");
    bench.check(&[("MSET a:2 1 a:1 1 b:1 1 c 1 a:2 2", "+OK")]);
    assert_eq!(bench.received(1), invalid("a:1 a:2 b:1 c"));
    assert_eq!(bench.received(2), format!("{} {}", invalid("a:1 a:2"), invalid("b:1")));
    assert_eq!(bench.received(3), invalid("a:1 a:2"));
    bench.run_as(3, "SET a:1 1");
    assert_eq!(bench.received(2), invalid("a:1"));
    assert_eq!(bench.received(3), "");
    bench.leave(3);
    bench.run_as(2, "RESET");
    bench.run_as(1, "CLIENT TRACKING OFF");
    assert_eq!(bench.node.tracking.counts(), [0; 4]);
}

#[test]
fn a_session_that_redirects_has_another_told() {
    let mut bench = with_clients(3);
    bench.run_as(2, "SUBSCRIBE __redis__:invalidate");
    bench.check(&[("CLIENT TRACKING ON REDIRECT 3", "+OK"), ("CLIENT GETREDIR", ":3")]);
    bench.run("GET a");
    bench.run("SET a 1");
    assert_eq!(bench.received(2), "*3 $7 message $20 __redis__:invalidate *1 $1 a");
    bench.run("FLUSHALL");
    assert_eq!(bench.received(2), "*3 $7 message $20 __redis__:invalidate $-1");
    // In RESP2 and listening to nothing it cannot be told.
    bench.run_as(2, "UNSUBSCRIBE");
    bench.run("GET a");
    bench.run("SET a 1");
    assert_eq!(bench.received(2), "");
    bench.run_as(2, "HELLO 3");
    bench.run("GET a");
    bench.run("SET a 1");
    assert_eq!(bench.received(2), invalid("a"));
    // Gone: only RESP3 can say so.
    bench.run_as(1, "CLIENT TRACKING ON REDIRECT 3");
    bench.run_as(1, "GET a");
    bench.leave(2);
    assert_eq!(flat(&bench.run_as(1, "SET a 2")), "+OK");
    assert_eq!(bench.received(1), ">2 $21 tracking-redir-broken :3");
    let info = flat(&bench.run_as(1, "CLIENT TRACKINGINFO"));
    assert!(info.contains("~2 $2 on $15 broken_redirect $8 redirect :3 "), "{info}");
    assert!(bench.run_as(1, "CLIENT INFO").contains(" flags=tR "));
}

#[test]
fn opting_in_and_out() {
    let mut bench = with_clients(2);
    bench.run_as(1, "CLIENT TRACKING ON OPTIN");
    for (before, told) in [("PING", ""), ("CLIENT CACHING YES", &*invalid("a"))] {
        bench.run_as(1, before);
        bench.run_as(1, "GET a");
        bench.run("SET a 1");
        assert_eq!(bench.received(1), told);
    }
    // It holds for one command, whichever.
    bench.run_as(1, "CLIENT CACHING YES");
    bench.run_as(1, "PING");
    bench.run_as(1, "GET a");
    bench.run("SET a 1");
    assert_eq!(bench.received(1), "");
    bench.run_as(1, "CLIENT TRACKING OFF");
    bench.run_as(1, "CLIENT TRACKING ON OPTOUT");
    for (before, told) in [("PING", &*invalid("a")), ("CLIENT CACHING NO", "")] {
        bench.run_as(1, before);
        bench.run_as(1, "GET a");
        bench.run("SET a 1");
        assert_eq!(bench.received(1), told);
    }
}

#[test]
fn a_table_that_is_too_full_lets_keys_go() {
    let mut bench = with_clients(2);
    bench.run_as(1, "CLIENT TRACKING ON");
    for n in 0..250 {
        bench.run_as(1, &format!("GET k{n}"));
    }
    bench.run("CONFIG SET tracking-table-max-keys 1");
    assert_eq!(bench.received(1), "");
    for left in [150, 1] {
        bench.advance_ms(100);
        assert_eq!(bench.node.tracking.counts()[1], left);
    }
    assert_eq!(bench.received(1).matches("invalidate").count(), 249);
    // A session's own reads are told of before the next reply.
    bench.run_as(1, "GET x");
    bench.run_as(1, "GET y");
    let reply = flat(&bench.run_as(1, "PING"));
    assert!(reply.starts_with(">2 $10 invalidate *1 ") && reply.ends_with(" +PONG"), "{reply}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let unasked = "-ERR CLIENT CACHING can be called only when the client is in tracking mode with \
                   OPTIN or OPTOUT mode enabled";
    let overlapping = "-ERR Prefix 'foo' overlaps with another provided prefix 'fo'. Prefixes for \
                       a single client must not overlap.";
    let absent = "-ERR The client ID you want redirect to does not exist";
    let twice = "-ERR A client can only redirect to a single other client";
    let unasked_prefix = "-ERR PREFIX option requires BCAST mode to be enabled";
    let both = "-ERR You can't specify both OPTIN mode and OPTOUT mode";
    Bench::default().check(&[
        ("CLIENT TRACKING", "-ERR wrong number of arguments for 'client|tracking' command"),
        ("CLIENT TRACKING MAYBE", "-ERR syntax error"),
        ("CLIENT TRACKING ON FROB", "-ERR syntax error"),
        ("CLIENT TRACKING ON REDIRECT", "-ERR syntax error"),
        ("CLIENT TRACKING ON REDIRECT x", "-ERR value is not an integer or out of range"),
        ("CLIENT TRACKING ON REDIRECT 99", absent),
        ("CLIENT TRACKING ON REDIRECT 1 REDIRECT 1", twice),
        ("CLIENT TRACKING ON PREFIX a", unasked_prefix),
        ("CLIENT TRACKING ON BCAST OPTIN", "-ERR OPTIN and OPTOUT are not compatible with BCAST"),
        ("CLIENT TRACKING ON OPTIN OPTOUT", both),
        ("CLIENT TRACKING ON BCAST PREFIX foo PREFIX fo", overlapping),
        ("CLIENT CACHING YES", unasked),
        ("CLIENT TRACKINGINFO", "*6 $5 flags *1 $3 off $8 redirect :-1 $8 prefixes *0"),
    ]);
}

#[test]
fn a_mode_cannot_be_left_for_another_while_tracking() {
    let switched = "before disabling tracking for this client, and then re-enabling it with a \
                    different mode.";
    let broadcast = format!("-ERR You can't switch BCAST mode on/off {switched}");
    let choice = format!("-ERR You can't switch OPTIN/OPTOUT mode {switched}");
    let overlapping = "-ERR Prefix 'ab' overlaps with an existing prefix 'a'. Prefixes for a \
                       single client must not overlap.";
    let optout = "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
    Bench::default().check(&[
        ("CLIENT TRACKING ON BCAST PREFIX b PREFIX a", "+OK"),
        (
            "CLIENT TRACKINGINFO",
            "*6 $5 flags *2 $2 on $5 bcast $8 redirect :0 $8 prefixes *2 $1 a $1 b",
        ),
        ("CLIENT TRACKING ON BCAST PREFIX ab", overlapping),
        ("CLIENT TRACKING ON", &broadcast),
        ("CLIENT TRACKING OFF", "+OK"),
        ("CLIENT TRACKING ON OPTIN", "+OK"),
        ("CLIENT TRACKING ON OPTOUT", &choice),
        ("CLIENT CACHING NO", optout),
        ("CLIENT CACHING PERHAPS", "-ERR syntax error"),
        ("CLIENT CACHING YES", "+OK"),
        (
            "CLIENT TRACKINGINFO",
            "*6 $5 flags *3 $2 on $5 optin $11 caching-yes $8 redirect :0 $8 prefixes *0",
        ),
    ]);
}
