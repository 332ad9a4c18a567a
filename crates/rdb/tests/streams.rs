//! Streams in every layout, and payloads of DUMP: as a real server made them, and damaged.

#![allow(clippy::unwrap_used)] // helpers are not known to be tests

mod dumps;

use dumps::{bytes, dump, read_error};
use proptest::prelude::*;
use russet_rdb::dump::{DumpError, decode, encode};
use russet_rdb::packed::Element;
use russet_rdb::stream::StreamId;
use russet_rdb::stream::{BlockBuilder, Consumer, Group, Names, Pending, Producer, Stream};
use russet_rdb::{ChecksumCheck, Value, WriteOptions};

/// DUMP of Redis 7.0.15, but for type and footer: four entries, one of them deleted, one with names
/// of its own.
const BLOCKS: &str = "
    0110000000000000000100000000000000014055550000001f00030101010201816102816202000102010001
    000101018374776f04050103010101dfff02c12c02817802050100010201dfff020101856f7468657206dff9
    02060102010201040180018179020501ff";
/// Length and last id; first id, greatest deleted id, entries added.
const IDS: &str = "03 0305";
const COUNTERS: &str = "0101 0200 04";
/// Two groups, the first with two consumers and two pending entries, the second with a consumer
/// that has nothing.
const GROUP_G: &str = "0167 0305";
const GROUP_H: &str = "0168 0300";
const UNKNOWN: &str = "81ffffffffffffffff";
const PENDING: &str = "
    02 00000000000000030000000000000000 e803000000000000 01
       00000000000000030000000000000005 d007000000000000 07";
const SEEN: &str = "b8391419a2010000";
const FOOTER: &str = "0a00 888c03da2e64377b";

/// The bytes of a value: its type, whether it has counters, and what consumers have besides.
fn value_bytes(value_type: &str, counters: bool, active: &str) -> Vec<u8> {
    let [counters, unknown] = [COUNTERS, UNKNOWN].map(|text| if counters { text } else { "" });
    let consumer = |name: &str, pending: &str| format!("{name}{SEEN}{active}{pending}");
    let consumers = [
        consumer("026331", "01 00000000000000030000000000000000"),
        consumer("026332", "01 00000000000000030000000000000005"),
    ];
    let idle = consumer("0469646c65", "00");
    let groups = format!(
        "02 {GROUP_G}{unknown}{PENDING} 02 {} {GROUP_H}{unknown} 00 01 {idle}",
        consumers.concat()
    );
    bytes(&format!("{value_type}{BLOCKS}{IDS}{counters}{groups}"))
}

fn payload() -> Vec<u8> {
    [value_bytes("13", true, ""), bytes(FOOTER)].concat()
}

fn id(ms: u64, seq: u64) -> StreamId {
    StreamId { ms, seq }
}

/// The stream of the payload, without its blocks.
fn groups() -> Vec<Group> {
    let pending = |id, delivered_ms, deliveries| Pending { id, delivered_ms, deliveries };
    let consumer = |name: &str, pending| Consumer {
        name: name.into(),
        seen_ms: TIME,
        // The layout does not say; when it was seen is the best guess.
        active_ms: Some(TIME),
        pending,
    };
    vec![
        Group {
            name: b"g".to_vec(),
            last_id: id(3, 5),
            entries_read: None,
            pending: vec![pending(id(3, 0), 1000, 1), pending(id(3, 5), 2000, 7)],
            consumers: vec![consumer("c1", vec![id(3, 0)]), consumer("c2", vec![id(3, 5)])],
            given_back: Vec::new(),
        },
        Group {
            name: b"h".to_vec(),
            last_id: id(3, 0),
            entries_read: None,
            pending: Vec::new(),
            consumers: vec![consumer("idle", Vec::new())],
            given_back: Vec::new(),
        },
    ]
}

const TIME: i64 = 1_795_717_085_624;

fn stream(bytes: &[u8]) -> Stream {
    match decode(bytes, ChecksumCheck::Off).map(|dumped| dumped.value) {
        Ok(Value::Stream(stream)) => *stream,
        other => panic!("{other:?}"),
    }
}

/// With a footer that nobody checks.
fn unchecked(value: Vec<u8>) -> Vec<u8> {
    [value, vec![0; 10]].concat()
}

#[test]
fn a_payload_of_redis_comes_back_and_is_written_the_same() {
    let value = decode(&payload(), ChecksumCheck::On).unwrap().value;
    let Value::Stream(stream) = &value else { panic!("{value:?}") };
    assert_eq!((stream.last_id, stream.max_deleted_id), (id(3, 5), id(2, 0)));
    assert_eq!((stream.entries_added, &stream.groups), (Some(4), &groups()));
    let [block] = &stream.blocks[..] else { panic!("{:?}", stream.blocks) };
    let entries: Vec<_> = block.entries().unwrap().map(Result::unwrap).collect();
    let found: Vec<_> = entries.iter().map(|it| (it.id, it.is_removed, it.pairs.len())).collect();
    let expected =
        [(id(1, 1), false, 2), (id(2, 0), true, 2), (id(3, 0), false, 1), (id(3, 5), false, 2)];
    assert_eq!(found, expected);
    let (a, other) = (Element::Bytes(b"a"), Element::Bytes(b"other"));
    assert_eq!(entries[1].pairs[0], (a, Element::Integer(300)));
    assert_eq!(entries[2].pairs[0], (other, Element::Integer(-7)));
    assert_eq!(encode(&value, Vec::new(), &WriteOptions::default()).unwrap(), payload());
}

#[test]
fn all_three_layouts_hold_the_same_stream() {
    let second = stream(&payload());
    let third = stream(&unchecked(value_bytes("15", true, SEEN)));
    assert_eq!(second, third);
    let idle = stream(&unchecked(value_bytes("15", true, "ffffffffffffffff")));
    assert_eq!(idle.groups[1].consumers[0].active_ms, None);
    let first = stream(&unchecked(value_bytes("0f", false, "")));
    let expected = Stream { entries_added: None, max_deleted_id: id(0, 0), ..second };
    assert_eq!(first, expected);
}

/// Names as Redis 8.6 writes them: how long and how many, one producer with two, two counts.
const NAMES: &str = "4064 0a  01 0170  02 026e31 0105 026e32 0300  07 4080";

fn names() -> Names {
    let entries = vec![(b"n1".to_vec(), id(1, 5)), (b"n2".to_vec(), id(3, 0))];
    Names {
        duration_s: 100,
        names_max: 10,
        producers: vec![Producer { name: b"p".to_vec(), entries }],
        added: 7,
        duplicates: 128,
    }
}

#[test]
fn a_stream_with_names_is_written_as_redis_writes_it() {
    let value = [value_bytes("1a", true, SEEN), bytes(NAMES)].concat();
    let found = stream(&unchecked(value.clone()));
    assert_eq!(found.names, Some(names()));
    let written =
        encode(&Value::<Vec<u8>>::Stream(Box::new(found)), vec![], &WriteOptions::default());
    assert_eq!(written.unwrap()[..value.len()], value);
}

#[test]
fn what_was_given_back_comes_back_in_its_order() {
    let mut given = stream(&payload());
    given.groups[0].consumers.iter_mut().for_each(|consumer| consumer.pending.clear());
    given.groups[0].given_back = vec![id(3, 5), id(3, 0)];
    let value = Value::<Vec<u8>>::Stream(Box::new(given.clone()));
    let written = encode(&value, vec![], &WriteOptions::default()).unwrap();
    assert_eq!(written[0], 27);
    // It always says how names are remembered.
    let expected = Names { duration_s: 100, names_max: 100, ..Names::default() };
    given.names = Some(expected);
    assert_eq!(stream(&written), given);
    // What is given back must be pending, and nobody's.
    let tail = bytes("00000000000000030000000000000000 00000000000000030000000000000005");
    let from = written.windows(16).rposition(|window| window == &tail[..16]).unwrap();
    let mut damaged = written;
    damaged[from + 15] = 5;
    assert!(matches!(decode(&damaged, ChecksumCheck::Off), Err(DumpError::Value(_))));
}

#[test]
fn a_damaged_payload_is_refused() {
    let good = payload();
    for len in 0..good.len() {
        assert!(decode(&good[..len], ChecksumCheck::On).is_err(), "{len}");
    }
    let mut newer = good.clone();
    let at = newer.len() - 10;
    newer[at] = 99;
    assert!(matches!(decode(&newer, ChecksumCheck::Off), Err(DumpError::Footer)));
    let cases: [(&str, &str, &str); 8] = [
        ("a block without an end", "020501ff", "020501fe"),
        ("an entry of wrong size", "817902050", "817902060"),
        ("ids that do not ascend", "0102010201040180", "0100010201040180"),
        ("a wrong count", "1f0003010101", "1f0004010101"),
        ("a last id below an entry's", "03030501010200", "03030401010200"),
        ("an entry pending twice", "0300000000000000 05d0", "0300000000000000 00d0"),
        (
            "a consumer that has what its group has not",
            "0000000000030000000000000005016",
            "0000000000030000000000000006016",
        ),
        ("more than the value", "c65b8391419a201000000", "c65b8391419a20100000000"),
    ];
    let text = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let whole = text(&value_bytes("13", true, ""));
    for (what, from, to) in cases {
        let (from, to) = (from.replace(' ', ""), to.replace(' ', ""));
        assert_eq!(whole.matches(&from).count(), 1, "{what}");
        let damaged = unchecked(bytes(&whole.replace(&from, &to)));
        assert!(matches!(decode(&damaged, ChecksumCheck::Off), Err(DumpError::Value(_))), "{what}");
    }
}

#[test]
fn what_is_wrong_with_a_stream_in_a_file_is_said() {
    let items = b"\x13\x01s\x01\x02ab";
    let expected = "malformed dump at offset 13: the id of a stream block has not 16 bytes";
    assert_eq!(read_error(&dump("0010", items)), expected);
}

proptest! {
    #[test]
    fn blocks_give_back_what_was_put_in(
        entries in proptest::collection::vec(
            (1..1000u64, any::<u64>(), proptest::collection::vec(("[ab]|[0-9]{1,9}", ".*"), 0..4)),
            1..20,
        ),
    ) {
        let names = vec![b"a".to_vec(), b"7".to_vec()];
        let mut block = BlockBuilder::new(id(5, 9), (entries.len() as u64, 0), names);
        let (mut ms, mut expected) = (5, Vec::new());
        for (after, seq, pairs) in entries {
            ms += after;
            block.push(id(ms, seq), &pairs);
            expected.push((id(ms, seq), pairs));
        }
        let block = block.finish();
        let text = |element: &Element<'_>| String::from_utf8(element.to_vec()).unwrap();
        let found: Vec<_> = block.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let pairs = entry.pairs.iter().map(|(name, value)| (text(name), text(value)));
            (entry.id, pairs.collect::<Vec<_>>())
        }).collect();
        prop_assert_eq!(found, expected);
    }
}
