//! SUBSCRIBE and its relatives, PUBLISH, PUBSUB; MONITOR.
//!
//! Confirmations are messages of their own: one for each name, whatever CLIENT REPLY says.
//!
//! Must be true: when the end of a subscription is confirmed, no message of that channel comes any
//! more. Those that were left as mail before it ended are therefore delivered first: the body ends
//! the subscription and, if there is mail, asks to be run again after it.

use std::sync::Arc;

use commands::errors::Error;
use protocol::{Output, Reply, write_request};

use super::{After, Answer, Call};
use crate::clients::flag;
use crate::mail::Mail;
use crate::node::Node;
use crate::pubsub::{Kind, Receiver};
use crate::session::{ReplyMode, Session};

/// The words of a confirmation.
fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Channel => ("subscribe", "unsubscribe"),
        Kind::Pattern => ("psubscribe", "punsubscribe"),
        Kind::ShardChannel => ("ssubscribe", "sunsubscribe"),
    }
}

/// A session as others reach it.
pub(crate) fn receiver(session: &Session) -> Receiver {
    Receiver { at: session.client.visitor.at, id: session.client.id }
}

pub(super) fn subscribe(call: &mut Call<'_, '_>, kind: Kind) -> Answer {
    let node = call.turn.node;
    let mut confirmations = Output::new();
    for name in call.request.from(1).iter() {
        let who = receiver(call.session);
        let own = call.session.subscriptions.get_or_insert_default();
        if let Some(name) = own.add(kind, name) {
            node.pubsub.enter(node, kind, &name, who);
        }
        let count = own.shown(kind);
        confirm(call.session, words(kind).0, Some(name), count, &mut confirmations);
    }
    note_counts(call.session);
    confirmed(call, confirmations)
}

pub(super) fn unsubscribe(call: &mut Call<'_, '_>, kind: Kind) -> Answer {
    let node = call.turn.node;
    let names: Vec<Arc<[u8]>> = match call.request.len() {
        1 => call.session.subscriptions.as_ref().map_or_else(Vec::new, |own| own.list(kind)),
        _ => call.request.from(1).iter().map(Arc::from).collect(),
    };
    if !call.session.is_leaving {
        let who = receiver(call.session);
        let is_subscribed = |name: &Arc<[u8]>| {
            call.session.subscriptions.as_ref().is_some_and(|own| own.contains(kind, name))
        };
        let ended = names.iter().filter(|name| is_subscribed(name));
        let count = ended.map(|name| node.pubsub.leave(node, kind, name, who)).count();
        let may_come_again = !call.turn.inside.is_holding();
        if count > 0 && may_come_again && node.outside.post.has_mail(who.at.worker) {
            call.session.is_leaving = true;
            return Ok(After::Busy);
        }
    }
    call.session.is_leaving = false;
    let mut confirmations = Output::new();
    let word = words(kind).1;
    for name in &names {
        let own = call.session.subscriptions.as_mut();
        let count = own.map_or(0, |own| {
            own.remove(kind, name);
            own.shown(kind)
        });
        confirm(call.session, word, Some(name), count, &mut confirmations);
    }
    if names.is_empty() {
        let count = call.session.subscriptions.as_ref().map_or(0, |own| own.shown(kind));
        confirm(call.session, word, None, count, &mut confirmations);
    }
    note_counts(call.session);
    confirmed(call, confirmations)
}

/// Adds a confirmation.
fn confirm(session: &Session, word: &str, name: Option<&[u8]>, count: usize, to: &mut Output) {
    let mut reply = Reply::new(to, session.version);
    reply.push(3);
    reply.bulk(word.as_bytes());
    match name {
        Some(name) => reply.bulk(name),
        None => reply.nil(),
    }
    reply.int(count as i64);
}

/// Sends the confirmations: as the reply, or by mail if replies are turned off.
fn confirmed(call: &mut Call<'_, '_>, confirmations: Output) -> Answer {
    if call.session.reply_mode == ReplyMode::On {
        call.reply.output().append(confirmations);
    } else {
        let Receiver { at, id } = receiver(call.session);
        let mail = Mail::Output { id, output: confirmations, release_at: None };
        call.turn.state.post(call.turn.node, at, mail);
    }
    Ok(After::Done)
}

/// Tells others what a session listens to, and forgets the list if that is nothing.
fn note_counts(session: &mut Session) {
    let count = |kind| session.subscriptions.as_ref().map_or(0, |own| own.count(kind));
    let counts = [Kind::Channel, Kind::Pattern, Kind::ShardChannel].map(count);
    session.client.note_subscriptions(counts);
    let listens = counts.iter().any(|count| *count > 0);
    session.client.set(flag::PUBSUB, listens);
    if !listens {
        session.subscriptions = None;
    }
}

/// Ends all subscriptions of a session that is reset or closed.
pub(crate) fn forget_all(node: &Node, session: &mut Session) {
    let Some(own) = session.subscriptions.take() else { return };
    let who = receiver(session);
    for kind in [Kind::Channel, Kind::Pattern, Kind::ShardChannel] {
        for name in own.list(kind) {
            node.pubsub.leave(node, kind, &name, who);
        }
    }
    note_counts(session);
}

pub(super) fn monitor(call: &mut Call<'_, '_>) -> Answer {
    if call.turn.inside.is_holding() {
        return Err(Error::new("ERR MONITOR isn't allowed for DENY BLOCKING client"));
    }
    if call.session.is_monitor {
        return Ok(After::Done);
    }
    let node = call.turn.node;
    call.session.is_monitor = true;
    call.session.client.set(flag::MONITOR, true);
    node.monitors.enter(node, receiver(call.session));
    call.ok()
}

/// The session is shown requests no longer.
pub(crate) fn end_monitor(node: &Node, session: &mut Session) {
    if session.is_monitor {
        session.is_monitor = false;
        session.client.set(flag::MONITOR, false);
        node.monitors.leave(node, receiver(session));
    }
}

pub(super) fn publish(call: &mut Call<'_, '_>, kind: Kind) -> Answer {
    let (channel, message) = (call.arg(1), call.arg(2));
    let node = call.turn.node;
    let count = node.pubsub.publish(node, call.turn.state, kind, channel, message);
    if node.log.feeds() {
        // Who listens at a replica hears it too.
        let words: Vec<&[u8]> = call.request.iter().collect();
        let mut record = Vec::new();
        write_request(&mut record, &words);
        node.log.append_to_feed(Some(call.session.database as u32), &record);
    }
    call.reply.int(count as i64);
    Ok(After::Done)
}

pub(super) fn channels(call: &mut Call<'_, '_>, kind: Kind) -> Answer {
    if call.request.len() > 3 {
        return Err(super::misused(call));
    }
    let names = call.turn.node.pubsub.names(kind, call.request.get(2));
    call.reply.array(names.len());
    names.iter().for_each(|name| call.reply.bulk(name));
    Ok(After::Done)
}

pub(super) fn numsub(call: &mut Call<'_, '_>, kind: Kind) -> Answer {
    let node = call.turn.node;
    let names = call.request.from(2);
    call.reply.array(names.len() * 2);
    for name in names.iter() {
        call.reply.bulk(name);
        call.reply.int(node.pubsub.receivers(node, kind, name) as i64);
    }
    Ok(After::Done)
}

pub(super) fn numpat(call: &mut Call<'_, '_>) -> Answer {
    call.reply.int(call.turn.node.pubsub.count(Kind::Pattern) as i64);
    Ok(After::Done)
}

#[cfg(test)]
mod tests {
    use crate::mail::Mail;
    use crate::pubsub::Kind;
    use crate::testing::Bench;

    /// A bench with so many clients.
    fn with_clients(count: usize) -> Bench {
        let mut bench = Bench::default();
        for _ in 1..count {
            bench.connect();
        }
        bench
    }

    fn flat(reply: &str) -> String {
        reply.trim_end().replace("\r\n", " ")
    }

    #[test]
    fn whoever_listens_gets_the_messages_in_order() {
        let mut bench = with_clients(3);
        assert_eq!(
            flat(&bench.run_as(1, "SUBSCRIBE a b a")),
            "*3 $9 subscribe $1 a :1 *3 $9 subscribe $1 b :2 *3 $9 subscribe $1 a :2"
        );
        assert_eq!(flat(&bench.run_as(2, "HELLO 3"))[..2], *"%7");
        assert_eq!(flat(&bench.run_as(2, "PSUBSCRIBE [ab]")), ">3 $10 psubscribe $4 [ab] :1");
        bench.check(&[("PUBLISH a x", ":2"), ("PUBLISH b y", ":2"), ("PUBLISH c z", ":0")]);
        assert_eq!(bench.received(1), "*3 $7 message $1 a $1 x *3 $7 message $1 b $1 y");
        assert_eq!(
            bench.received(2),
            ">4 $8 pmessage $4 [ab] $1 a $1 x >4 $8 pmessage $4 [ab] $1 b $1 y"
        );
        assert_eq!(flat(&bench.run_as(1, "UNSUBSCRIBE a")), "*3 $11 unsubscribe $1 a :1");
        bench.check(&[("PUBLISH a x", ":1"), ("PUBSUB NUMSUB a b", "*4 $1 a :0 $1 b :1")]);
        assert_eq!(bench.received(1), "");
        assert_eq!(flat(&bench.run_as(1, "UNSUBSCRIBE")), "*3 $11 unsubscribe $1 b :0");
        assert_eq!(flat(&bench.run_as(1, "UNSUBSCRIBE")), "*3 $11 unsubscribe $-1 :0");
        bench.check(&[("PUBSUB CHANNELS", "*0"), ("PUBSUB NUMPAT", ":1")]);
    }

    #[test]
    fn shard_channels_are_a_world_of_their_own() {
        let mut bench = with_clients(2);
        assert_eq!(flat(&bench.run_as(1, "SSUBSCRIBE a")), "*3 $10 ssubscribe $1 a :1");
        assert_eq!(flat(&bench.run_as(1, "PSUBSCRIBE *")), "*3 $10 psubscribe $1 * :1");
        bench.check(&[("SPUBLISH a x", ":1"), ("PUBLISH a y", ":1")]);
        assert_eq!(bench.received(1), "*3 $8 smessage $1 a $1 x *4 $8 pmessage $1 * $1 a $1 y");
        bench.check(&[
            ("PUBSUB SHARDCHANNELS", "*1 $1 a"),
            ("PUBSUB SHARDNUMSUB a", "*2 $1 a :1"),
            ("PUBSUB CHANNELS", "*0"),
        ]);
        assert_eq!(flat(&bench.run_as(1, "SUNSUBSCRIBE")), "*3 $12 sunsubscribe $1 a :0");
    }

    #[test]
    fn in_resp2_a_listener_may_only_listen() {
        let mut bench = with_clients(2);
        bench.run("SUBSCRIBE a");
        bench.check(&[
            (
                "GET k",
                "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / \
                 RESET are allowed in this context",
            ),
            ("NOSUCH", "-ERR unknown command 'NOSUCH', with args beginning with:"),
            ("PING", "*2 $4 pong $0"),
            ("PING x", "*2 $4 pong $1 x"),
            ("UNSUBSCRIBE a", "*3 $11 unsubscribe $1 a :0"),
            ("GET k", "$-1"),
            ("PSUBSCRIBE a*", "*3 $10 psubscribe $2 a* :1"),
            ("RESET", "+RESET"),
            ("GET k", "$-1"),
            ("PUBLISH a x", ":0"),
        ]);
        bench.run("HELLO 3");
        bench.check(&[
            ("SUBSCRIBE a", ">3 $9 subscribe $1 a :1"),
            ("PING", "+PONG"),
            ("GET k", "_"),
        ]);
    }

    #[test]
    fn a_message_to_oneself_comes_behind_the_reply_and_before_the_next_request() {
        let mut bench = with_clients(1);
        bench.run("HELLO 3");
        bench.run("SUBSCRIBE a");
        let (reply, _) = bench.send_bytes(0, b"PUBLISH a x\r\nPUBLISH a y\r\nPING\r\n");
        let expected = ":1 >3 $7 message $1 a $1 x :1 >3 $7 message $1 a $1 y +PONG";
        assert_eq!(flat(&String::from_utf8_lossy(&reply)), expected);
        let framed = b"*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$1\r\nx\r\n*1\r\n$4\r\nPING\r\n";
        let (reply, _) = bench.send_bytes(0, framed);
        let expected = ":1 >3 $7 message $1 a $1 x +PONG";
        assert_eq!(flat(&String::from_utf8_lossy(&reply)), expected);
    }

    #[test]
    fn what_was_sent_before_the_end_of_a_subscription_comes_before_its_confirmation() {
        let mut bench = with_clients(2);
        bench.run_as(1, "SUBSCRIBE a b");
        bench.check(&[("PUBLISH a x", ":1")]);
        assert_eq!(
            flat(&bench.run_as(1, "UNSUBSCRIBE a")),
            "*3 $7 message $1 a $1 x *3 $11 unsubscribe $1 a :1"
        );
        bench.check(&[("PUBLISH b y", ":1")]);
        assert_eq!(
            flat(&bench.run_as(1, "UNSUBSCRIBE")),
            "*3 $7 message $1 b $1 y *3 $11 unsubscribe $1 b :0"
        );
        // RESET confirms nothing; a late message would be taken for a reply.
        bench.run_as(1, "SUBSCRIBE a");
        bench.check(&[("PUBLISH a x", ":1")]);
        assert_eq!(flat(&bench.run_as(1, "RESET")), "+RESET");
        assert_eq!(bench.received(1), "");
    }

    #[test]
    fn confirmations_and_messages_come_though_replies_are_off() {
        let mut bench = with_clients(2);
        bench.run_as(1, "HELLO 3");
        bench.run_as(1, "CLIENT REPLY OFF");
        assert_eq!(bench.run_as(1, "SUBSCRIBE a"), "");
        assert_eq!(bench.received(1), ">3 $9 subscribe $1 a :1");
        bench.check(&[("PUBLISH a x", ":1")]);
        assert_eq!(bench.received(1), ">3 $7 message $1 a $1 x");
        assert_eq!((bench.run_as(1, "PING"), bench.received(1)), (String::new(), String::new()));
        bench.run_as(1, "CLIENT REPLY ON");
        bench.run_as(1, "CLIENT REPLY SKIP");
        assert_eq!(bench.run_as(1, "UNSUBSCRIBE a"), "");
        assert_eq!(bench.received(1), ">3 $11 unsubscribe $1 a :0");
        assert_eq!(bench.run_as(1, "PING"), "+PONG\r\n");
    }

    #[test]
    fn a_listener_shows_and_is_forgotten_when_it_leaves() {
        let mut bench = with_clients(2);
        bench.run_as(1, "SUBSCRIBE a b");
        bench.run_as(1, "PSUBSCRIBE c*");
        bench.run_as(1, "SSUBSCRIBE s");
        let list = bench.run("CLIENT LIST TYPE pubsub");
        assert!(list.contains(" flags=P db=0 sub=2 psub=1 ssub=1 "), "{list}");
        let info = bench.run("INFO stats");
        let shown = "pubsub_channels:2\r\npubsub_patterns:1\r\npubsubshard_channels:1\r\n";
        assert!(info.contains(shown), "{info}");
        bench.leave(1);
        let none = [Kind::Channel, Kind::Pattern, Kind::ShardChannel];
        assert_eq!(none.map(|kind| bench.node.pubsub.count(kind)), [0; 3]);
        bench.check(&[("CLIENT KILL TYPE pubsub", ":0"), ("PUBLISH a x", ":0")]);
        assert!(!bench.letterbox.letters.lock().iter().any(|letter| {
            matches!(letter, crate::testing::Letter::Mail(_, Mail::Kill { .. }))
        }));
    }
}
