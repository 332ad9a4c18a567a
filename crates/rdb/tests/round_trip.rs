//! Whatever is written is read back the same, for all options and all ways input can arrive.

use std::io::Read;

use proptest::prelude::*;
use russet_rdb::{
    Checksum, Entry, Event, HashField, ReadOptions, Reader, Scored, Value, Version, WriteOptions,
    Writer,
};

/// Hands out at most `step` bytes at a time.
struct Trickle<'a> {
    left: &'a [u8],
    step: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = buffer.len().min(self.step);
        self.left.read(&mut buffer[..len])
    }
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => proptest::collection::vec(any::<u8>(), 0..40),
        2 => any::<i64>().prop_map(|value| value.to_string().into_bytes()),
        2 => (-40_000i32..40_000).prop_map(|value| value.to_string().into_bytes()),
        2 => (any::<u8>(), 0usize..400).prop_map(|(byte, len)| vec![byte; len]),
        1 => (0usize..140_000).prop_map(|len| (0..len).map(|at| ((at * at) >> 7) as u8).collect()),
    ]
}

fn expiry_ms() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(prop_oneof![1u64..1 << 48, 4_102_444_800_000u64..4_102_444_900_000])
}

fn field() -> impl Strategy<Value = HashField> {
    (text(), text(), expiry_ms()).prop_map(|(field, value, expires_at_ms)| HashField {
        field,
        value,
        expires_at_ms,
    })
}

/// A hash with some fields that expire, or with none.
fn hash() -> impl Strategy<Value = Value> {
    (proptest::collection::vec(field(), 1..12), any::<bool>()).prop_map(|(mut fields, expiring)| {
        // The order in which a packed hash with expiries is stored, and so read.
        fields.sort_by_key(|field| field.expires_at_ms.unwrap_or(u64::MAX));
        if !expiring {
            fields.iter_mut().for_each(|field| field.expires_at_ms = None);
        }
        Value::Hash(fields)
    })
}

fn list() -> impl Strategy<Value = Value> {
    proptest::collection::vec(text(), 1..12).prop_map(Value::List)
}

/// A set in the order in which one of integers is stored.
fn set() -> impl Strategy<Value = Value> {
    let integers = proptest::collection::btree_set(any::<i64>(), 1..12);
    let integers = integers.prop_map(|set| set.iter().map(|it| it.to_string().into()).collect());
    let members = proptest::collection::btree_set(text(), 1..12);
    let members = members.prop_map(|set| {
        let number = |it: &Vec<u8>| String::from_utf8(it.clone()).ok()?.parse::<i64>().ok();
        let mut members: Vec<Vec<u8>> = set.into_iter().collect();
        members.sort_by_key(number);
        members
    });
    prop_oneof![integers, members].prop_map(Value::Set)
}

fn score() -> impl Strategy<Value = f64> {
    let odd = prop::sample::select(&[f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e17, f64::MAX]);
    let any = any::<f64>().prop_filter("a number", |score| !score.is_nan());
    prop_oneof![odd, any, (-40_000i32..40_000).prop_map(f64::from)]
}

/// A sorted set in its order.
fn sorted_set() -> impl Strategy<Value = Value> {
    proptest::collection::vec((text(), score()), 1..12).prop_map(|members| {
        let scored =
            members.into_iter().map(|(member, score)| Scored { member, score: score + 0.0 });
        let mut scored: Vec<Scored> = scored.collect();
        scored.sort_by(in_order);
        Value::SortedSet(scored)
    })
}

fn in_order(one: &Scored, other: &Scored) -> std::cmp::Ordering {
    one.score.total_cmp(&other.score).then_with(|| one.member.cmp(&other.member))
}

/// Big sorted sets are stored in descending order.
fn ascending(mut event: Event) -> Event {
    if let Event::Entry(Entry { value: Value::SortedSet(members), .. }) = &mut event {
        members.sort_by(in_order);
    }
    event
}

fn entry() -> impl Strategy<Value = Entry> {
    let value = prop_oneof![text().prop_map(Value::String), hash(), list(), set(), sorted_set()];
    let idle_s = proptest::option::of(any::<u64>());
    let freq = proptest::option::of(any::<u8>());
    let expires_at_ms = proptest::option::of(0..=i64::MAX as u64);
    (text(), value, expires_at_ms, idle_s, freq).prop_map(
        |(key, value, expires_at_ms, idle_s, freq)| Entry {
            key,
            value,
            expires_at_ms,
            idle_s,
            freq,
        },
    )
}

fn options() -> impl Strategy<Value = WriteOptions> {
    (any::<bool>(), any::<bool>(), 0usize..20, 0usize..100, 0usize..500).prop_map(
        |(compression, checksum, entries, bytes, list_listpack_bytes)| WriteOptions {
            version: Version::V12,
            compression,
            checksum,
            hash_listpack_entries: entries,
            hash_listpack_value_bytes: bytes,
            set_intset_entries: entries,
            zset_listpack_entries: entries,
            zset_listpack_value_bytes: bytes,
            list_listpack_bytes,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn entries_survive(
        entries in proptest::collection::vec(entry(), 0..8),
        options in options(),
        step in prop_oneof![1usize..8, 1000usize..100_000],
    ) {
        let mut writer = Writer::new(Vec::new(), options).unwrap();
        entries.iter().for_each(|entry| writer.entry(entry).unwrap());
        let dump = writer.finish().unwrap();

        // Cut, it is the same.
        russet_rdb::fuzz::fuzz_read(&dump);
        let input = Trickle { left: &dump, step };
        let reader = Reader::new(input, ReadOptions::default()).unwrap();
        let events: Vec<Event> = reader.map(Result::unwrap).map(ascending).collect();

        let checksum = if options.checksum { Checksum::Matches } else { Checksum::Absent };
        let mut expected: Vec<Event> = entries.into_iter().map(Event::Entry).collect();
        expected.push(Event::End { checksum });
        prop_assert_eq!(events, expected);
    }
}
