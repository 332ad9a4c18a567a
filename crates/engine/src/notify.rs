//! Keyspace notifications: events of keys as messages to channels.
//!
//! ```text
//!   __keyspace@<db>__:<key>    <event>      (K)
//!   __keyevent@<db>__:<event>  <key>        (E)
//! ```
//!
//! Must be true: whoever calls holds the key's stripe, so that its events are announced in the
//! order in which they happened.
//! Not here: which events there are (`commands::events`).

use commands::events::Event;
use config::settings::NotifyEvents;
use keyspace::db::Wanted;

use crate::node::Node;
use crate::pubsub::Kind;
use crate::worker::WorkerState;

/// What `notify-keyspace-events` asks for: a bit for each letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notices(u128);

impl Notices {
    /// What a setting asks for.
    pub(crate) fn of(events: NotifyEvents) -> Self {
        let notices = Self(events.letters().fold(0, |bits, letter| bits | bit(letter as u8)));
        if notices.has(b'K') || notices.has(b'E') { notices } else { Self::default() }
    }

    /// Whether anything is announced.
    #[inline(always)]
    pub(crate) fn is_on(self) -> bool {
        self.0 != 0
    }

    #[inline(always)]
    fn has(self, letter: u8) -> bool {
        self.0 & bit(letter) != 0
    }

    /// What the keyspace is to take note of for this.
    pub(crate) fn wanted(self) -> Wanted {
        Wanted { created: self.has(b'n'), missed: self.has(b'm') }
    }
}

const fn bit(letter: u8) -> u128 {
    if letter < 128 { 1 << letter } else { 0 }
}

/// Announces what happened to a key.
#[inline]
pub(crate) fn notify(
    node: &Node,
    state: &mut WorkerState,
    database: usize,
    key: &[u8],
    event: &Event,
) {
    let notices = state.knobs.notices;
    if notices.has(event.class) && !state.is_replaying && node.pubsub.has_listeners() {
        publish(node, state, (database, key), event);
    }
}

#[cold]
fn publish(node: &Node, state: &mut WorkerState, (database, key): (usize, &[u8]), event: &Event) {
    let name = event.name.as_bytes();
    let channel = |kind: &str, end: &[u8]| {
        let mut channel = format!("__key{kind}@{database}__:").into_bytes();
        channel.extend_from_slice(end);
        channel
    };
    if state.knobs.notices.has(b'K') {
        node.pubsub.publish(node, state, Kind::Channel, &channel("space", key), name);
    }
    if state.knobs.notices.has(b'E') {
        node.pubsub.publish(node, state, Kind::Channel, &channel("event", name), key);
    }
}

#[cfg(test)]
mod tests {
    use config::settings::NotifyEvents;

    use super::Notices;
    use crate::testing::Bench;

    #[test]
    fn without_a_kind_of_channel_nothing_is_announced() {
        let of = |text: &str| Notices::of(NotifyEvents::parse(text).expect("letters"));
        assert!(!of("").is_on() && !of("g$A").is_on());
        assert!(of("K").is_on() && !of("K").has(b'g'));
        let all = of("AE");
        assert!(b"g$lshzxetd".iter().all(|class| all.has(*class)));
        assert!(!all.has(b'm') && !all.has(b'n') && !all.has(b'K'));
    }

    /// A bench whose second client hears all keyspace notifications of these kinds.
    fn hearing(events: &str) -> Bench {
        let mut bench = Bench::default();
        bench.run(&format!("CONFIG SET notify-keyspace-events {events}"));
        bench.connect();
        bench.run_as(1, "PSUBSCRIBE *");
        bench
    }

    /// Channel and message of each notification.
    fn heard(bench: &mut Bench) -> Vec<String> {
        let received = bench.received(1);
        let words: Vec<&str> = received.split(' ').collect();
        words.chunks(9).map(|words| format!("{} {}", words[6], words[8])).collect()
    }

    #[test]
    fn both_kinds_are_announced_in_the_order_of_events() {
        let mut bench = hearing("KEA");
        bench.run("SET a 1 EX 100");
        bench.run("SELECT 3");
        bench.run("HSET h f v");
        bench.run("DEL h nosuch");
        let expected = [
            "__keyspace@0__:a set",
            "__keyevent@0__:set a",
            "__keyspace@0__:a expire",
            "__keyevent@0__:expire a",
            "__keyspace@3__:h hset",
            "__keyevent@3__:hset h",
            "__keyspace@3__:h del",
            "__keyevent@3__:del h",
        ];
        assert_eq!(heard(&mut bench), expected);
        bench.run("GET a");
        assert_eq!(bench.received(1), "");
    }

    #[test]
    fn classes_are_chosen() {
        let mut bench = hearing("K$");
        bench.run("SET a 1 EX 100");
        bench.run("HSET h f v");
        assert_eq!(heard(&mut bench), ["__keyspace@0__:a set"]);
    }

    #[test]
    fn what_goes_by_itself_is_announced() {
        let mut bench = hearing("EA");
        bench.run("SET a 1 PX 100");
        bench.run("SET b 1 PX 100");
        bench.run("HSETEX h PX 100 FIELDS 1 f v");
        bench.received(1);
        bench.run("DEBUG SET-ACTIVE-EXPIRE 0");
        bench.advance_ms(200);
        bench.run("GET a");
        assert_eq!(heard(&mut bench), ["__keyevent@0__:expired a"]);
        bench.run("DEBUG SET-ACTIVE-EXPIRE 1");
        bench.advance_ms(200);
        let mut all = heard(&mut bench);
        all.sort();
        let expected =
            ["__keyevent@0__:del h", "__keyevent@0__:expired b", "__keyevent@0__:hexpired h"];
        assert_eq!(all, expected);
    }

    #[test]
    fn new_and_missed_keys_are_announced_if_asked_for() {
        let mut bench = hearing("Enm$");
        bench.run("SET a 1");
        bench.run("SET a 2");
        bench.run("HSET h f v");
        bench.run("RENAME a b");
        bench.run("MGET b c d");
        bench.run("EXISTS c b");
        bench.run("GETEX nosuch");
        bench.run("DEL nosuch");
        let expected = [
            "__keyevent@0__:new a",
            "__keyevent@0__:set a",
            "__keyevent@0__:set a",
            "__keyevent@0__:new h",
            "__keyevent@0__:new b",
            "__keyevent@0__:keymiss c",
            "__keyevent@0__:keymiss d",
            "__keyevent@0__:keymiss c",
            "__keyevent@0__:keymiss nosuch",
        ];
        assert_eq!(heard(&mut bench), expected);
    }
}
