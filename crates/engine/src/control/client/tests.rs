//! Tests of CLIENT: what is asked, what is answered, and what others get in their mail.

use crate::clients::flag;
use crate::lifecycle::condition;
use crate::mail::Mail;
use crate::testing::{Bench, Letter};
use crate::worker::Next;

/// The text of a bulk reply.
fn text(reply: &str) -> String {
    let (_, body) = reply.split_once("\r\n").expect("a header");
    body.trim_end_matches("\r\n").to_owned()
}

/// Slot and client of each letter that ends a connection or lets it go on.
fn steering_mail(bench: &Bench) -> Vec<(usize, &'static str, u64)> {
    let letters = bench.letterbox.letters.lock();
    let steering = letters.iter().filter_map(|letter| match letter {
        Letter::Mail(to, Mail::Kill { id }) => Some((to.slot, "kill", *id)),
        Letter::Mail(to, Mail::Resume { id }) => Some((to.slot, "resume", *id)),
        _ => None,
    });
    steering.collect()
}

#[test]
fn names() {
    let mut bench = Bench::default();
    bench.check(&[
        ("CLIENT ID", ":1"),
        ("CLIENT GETNAME", "$-1"),
        ("CLIENT SETNAME it", "+OK"),
        ("CLIENT GETNAME", "$2 it"),
        ("CLIENT SETINFO LIB-NAME redis-py", "+OK"),
        ("CLIENT SETINFO lib-ver 5.0.1", "+OK"),
        ("CLIENT SETINFO frob x", "-ERR Unrecognized option 'frob'"),
        ("CLIENT SETINFO lib-ver", "-ERR wrong number of arguments for 'client|setinfo' command"),
    ]);
    let bad = |words: &[&[u8]], bench: &mut Bench| {
        String::from_utf8_lossy(&bench.send(0, words).0).into_owned()
    };
    assert_eq!(
        bad(&[b"CLIENT", b"SETNAME", b"a b"], &mut bench),
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n"
    );
    assert_eq!(
        bad(&[b"CLIENT", b"SETINFO", b"lib-Name", b"a\nb"], &mut bench),
        "-ERR lib-Name cannot contain spaces, newlines or special characters.\r\n"
    );
    assert!(bench.run("CLIENT INFO").contains(" name=it "));
    assert_eq!(bad(&[b"CLIENT", b"SETNAME", b""], &mut bench), "+OK\r\n");
    bench.check(&[("CLIENT GETNAME", "$-1")]);
    assert!(bench.run("CLIENT INFO").ends_with(" lib-name=redis-py lib-ver=5.0.1\n\r\n"));
}

#[test]
fn a_line_has_all_fields_in_order() {
    let mut bench = Bench::default();
    bench.check(&[("CLIENT NO-EVICT on", "+OK"), ("CLIENT NO-TOUCH on", "+OK")]);
    bench.check(&[("CLIENT NO-EVICT off", "+OK"), ("SELECT 3", "+OK")]);
    bench.advance_ms(2500);
    let line = text(&bench.run("CLIENT INFO"));
    let (before, after) = line.split_once(" tot-mem=").expect("a total");
    assert_eq!(
        before,
        "id=1 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=8 name= age=2 idle=0 flags=T db=3 sub=0 \
         psub=0 ssub=0 multi=-1 qbuf=26 qbuf-free=0 argv-mem=10 multi-mem=0 rbs=0 rbp=0 obl=0 \
         oll=0 omem=0"
    );
    let (total, after) = after.split_once(' ').expect("more");
    assert!(total.parse::<usize>().expect("a number") > 100);
    assert_eq!(after, "events=r cmd=client|info user=default redir=-1 resp=2 lib-name= lib-ver=\n");
    bench.run("HELLO 3");
    assert!(bench.run("CLIENT INFO").starts_with("=2"), "verbatim");
}

#[test]
fn lists_are_filtered() {
    let mut bench = Bench::default();
    bench.connect();
    bench.advance_ms(10_000);
    bench.connect();
    bench.run_as(1, "PING");
    let mut ids = |request: &str| {
        let list = text(&bench.run(request));
        let id = |line: &str| line[3..].split(' ').next().expect("an id").to_owned();
        list.lines().map(id).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids("CLIENT LIST"), "1 2 3");
    assert_eq!(ids("CLIENT LIST TYPE normal"), "1 2 3");
    assert_eq!(ids("CLIENT LIST TYPE replica"), "");
    assert_eq!(ids("CLIENT LIST ID 3 99 1 3"), "3 1 3");
    assert_eq!(ids("CLIENT LIST ID 3 1 SKIPME yes"), "3");
    assert_eq!(ids("CLIENT LIST MAXAGE 10"), "1 2");
    assert_eq!(ids("CLIENT LIST MAXAGE 11"), "");
    assert_eq!(ids("CLIENT LIST ADDR 127.0.0.1:50001"), "2");
    assert_eq!(ids("CLIENT LIST LADDR 127.0.0.1:6379 USER default"), "1 2 3");
    bench.check(&[
        ("CLIENT LIST TYPE", "-ERR syntax error"),
        ("CLIENT LIST ID", "-ERR syntax error"),
        ("CLIENT LIST ID x", "-ERR Invalid client ID"),
        ("CLIENT LIST FROB x", "-ERR syntax error"),
        ("CLIENT LIST TYPE frob", "-ERR Unknown client type 'frob'"),
    ]);
    let list = text(&bench.run("CLIENT LIST"));
    let commands: Vec<_> = list
        .lines()
        .map(|line| line.split(' ').find_map(|field| field.strip_prefix("cmd=")).expect("cmd"))
        .collect();
    assert_eq!(commands, ["client|list", "ping", "NULL"]);
}

#[test]
fn kill_by_address() {
    let mut bench = Bench::default();
    bench.connect();
    bench.check(&[
        ("CLIENT KILL 1.2.3.4:5", "-ERR No such client"),
        ("CLIENT KILL 127.0.0.1:50001", "+OK"),
        ("CLIENT KILL 127.0.0.1:50001", "-ERR No such client"),
    ]);
    assert_eq!(steering_mail(&bench), [(1, "kill", 2)]);
    assert_eq!(bench.node.clients.len(), 1);
    let (reply, next) = bench.send(0, &[b"CLIENT", b"KILL", b"127.0.0.1:50000"]);
    assert_eq!((reply.as_slice(), next), (b"+OK\r\n".as_slice(), Next::Close));
}

#[test]
fn kill_by_filter() {
    let mut bench = Bench::default();
    for _ in 0..4 {
        bench.connect();
    }
    bench.check(&[
        ("CLIENT KILL", "-ERR wrong number of arguments for 'client|kill' command"),
        ("CLIENT KILL id 10 wrong", "-ERR syntax error"),
        ("CLIENT KILL id", "-ERR No such client"),
        ("CLIENT KILL id str", "-ERR client-id should be greater than 0"),
        ("CLIENT KILL id 0", "-ERR client-id should be greater than 0"),
        ("CLIENT KILL id -1", "-ERR client-id should be greater than 0"),
        ("CLIENT KILL type wrong", "-ERR Unknown client type 'wrong'"),
        ("CLIENT KILL user wrong", "-ERR No such user 'wrong'"),
        ("CLIENT KILL skipme yes_or_no", "-ERR syntax error"),
        ("CLIENT KILL maxage x", "-ERR maxage is not an integer or out of range"),
        ("CLIENT KILL maxage 0", "-ERR maxage should be greater than 0"),
        ("CLIENT KILL ID 1 ADDR 127.0.0.1:50000", ":0"),
        ("CLIENT KILL TYPE master SKIPME no", ":0"),
        ("CLIENT KILL ID 2 3 ADDR 127.0.0.1:50002", ":1"),
        ("CLIENT KILL TYPE normal USER default LADDR 127.0.0.1:6379", ":3"),
    ]);
    let killed = [(2, "kill", 3), (1, "kill", 2), (3, "kill", 4), (4, "kill", 5)];
    assert_eq!(steering_mail(&bench), killed);
    let (reply, next) = bench.send(0, &[b"CLIENT", b"KILL", b"SKIPME", b"NO", b"ID", b"1"]);
    assert_eq!((reply.as_slice(), next), (b":1\r\n".as_slice(), Next::Close));
}

#[test]
fn a_pause_holds_writes_back_until_it_ends() {
    let mut bench = Bench::default();
    bench.connect();
    bench.check(&[
        ("CLIENT PAUSE x", "-ERR timeout is not an integer or out of range"),
        ("CLIENT PAUSE -1", "-ERR timeout is negative"),
        ("CLIENT PAUSE 1 frob", "-ERR CLIENT PAUSE mode must be WRITE or ALL"),
        (
            "CLIENT PAUSE 1 all all",
            "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.",
        ),
        ("CLIENT PAUSE 0", "+OK"),
        ("SET k v", "+OK"),
        ("CLIENT PAUSE 100 write", "+OK"),
        ("GET k", "$1 v"),
    ]);
    assert_eq!(bench.send(1, &[b"SET", b"k", b"w"]), (Vec::new(), Next::Hold));
    assert!(bench.sessions[1].client.has(flag::PAUSED));
    assert!(bench.run("CLIENT LIST ID 2").contains(" flags=b "));
    bench.check(&[("CLIENT UNPAUSE", "+OK"), ("GET k", "$1 v")]);
    assert_eq!(steering_mail(&bench), [(1, "resume", 2)]);
    assert_eq!(bench.node.lifecycle.conditions() & condition::PAUSED, 0);
    bench.check(&[("SET k x", "+OK"), ("CLIENT PAUSE 100", "+OK")]);
    assert_eq!(bench.send(0, &[b"GET", b"k"]).1, Next::Hold);
    bench.advance_ms(101);
    bench.check(&[("GET k", "$1 x"), ("CLIENT PAUSE 9223372036854775807", "+OK")]);
    assert_eq!(bench.send(0, &[b"GET", b"k"]).1, Next::Hold);
}

#[test]
fn replies_can_be_turned_off() {
    let mut bench = Bench::default();
    bench.check(&[
        ("CLIENT REPLY frob", "-ERR syntax error"),
        ("CLIENT REPLY off", ""),
        ("PING", ""),
        ("CLIENT REPLY skip", ""),
        ("CLIENT REPLY frob", ""),
        ("PING", ""),
        ("CLIENT REPLY on", "+OK"),
        ("PING", "+PONG"),
        ("CLIENT REPLY skip", ""),
        ("PING", ""),
        ("PING", "+PONG"),
        ("CLIENT REPLY skip", ""),
        ("CLIENT REPLY skip", ""),
        ("PING", ""),
        ("PING", "+PONG"),
        ("CLIENT REPLY skip", ""),
        ("CLIENT REPLY on", "+OK"),
        ("PING", "+PONG"),
    ]);
}

#[test]
fn the_rest() {
    let mut bench = Bench::default();
    bench.check(&[
        ("CLIENT UNBLOCK 1", ":0"),
        ("CLIENT UNBLOCK 1 timeout", ":0"),
        ("CLIENT UNBLOCK 1 ERROR", ":0"),
        ("CLIENT UNBLOCK 1 frob", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
        ("CLIENT UNBLOCK x", "-ERR value is not an integer or out of range"),
        (
            "CLIENT unblock 1 error 2",
            "-ERR unknown subcommand or wrong number of arguments for 'unblock'. Try CLIENT HELP.",
        ),
        ("CLIENT GETREDIR", ":-1"),
        ("CLIENT TRACKINGINFO", "*6 $5 flags *1 $3 off $8 redirect :-1 $8 prefixes *0"),
        ("CLIENT NO-EVICT maybe", "-ERR syntax error"),
        ("CLIENT NO-TOUCH maybe", "-ERR syntax error"),
        ("CLIENT FROB", "-ERR unknown subcommand 'FROB'. Try CLIENT HELP."),
        ("CLIENT", "-ERR wrong number of arguments for 'client' command"),
    ]);
}
