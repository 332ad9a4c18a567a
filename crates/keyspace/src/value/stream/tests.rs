//! Streams against a plain list, and their blocks against Redis's nodes.

use proptest::prelude::*;

use super::*;

const LIMITS: BlockLimits = BlockLimits { bytes_max: 4096, entries_max: 100 };

fn id(ms: u64) -> StreamId {
    StreamId::new(ms, 0)
}

fn numbers(stream: &Stream, from: StreamId, to: StreamId) -> Vec<u64> {
    stream.range(from, to).map(|entry| entry.id.ms).collect()
}

fn of_len(len: u64, limits: BlockLimits) -> Stream {
    let mut stream = Stream::default();
    for ms in 1..=len {
        stream.append(id(ms), &[(b"field", b"value")], limits);
    }
    stream
}

#[test]
fn a_block_holds_as_many_entries_as_a_node_of_redis() {
    // Measured with redis-server 7.0.15: XINFO STREAM after as many XADDs of these entries.
    let stream = of_len(1000, LIMITS);
    assert_eq!(stream.block_count(), 10);
    for (bytes_max, blocks) in [(100, 200), (1000, 16)] {
        let limits = BlockLimits { bytes_max, entries_max: 0 };
        assert_eq!(of_len(1000, limits).block_count(), blocks);
    }
}

#[test]
fn approximate_trimming_removes_whole_blocks_only() {
    let mut stream = of_len(1000, LIMITS);
    let (count, gone) = stream.trim(Keep::Newest(555), Cut::Blocks(0));
    assert_eq!((count, stream.len(), gone.block_count()), (400, 600, 4));
    assert_eq!(stream.trim(Keep::Newest(0), Cut::Blocks(150)).0, 100);
    assert_eq!(stream.trim(Keep::From(id(601)), Cut::Blocks(0)).0, 100);
    assert_eq!(stream.trim(Keep::From(id(601)), Cut::Exact).0, 0);
    assert_eq!(stream.trim(Keep::From(id(650)), Cut::Exact).0, 49);
    assert_eq!(stream.first_id(), Some(id(650)));
}

#[test]
fn an_entry_of_two_small_fields_takes_little() {
    let mut stream = Stream::default();
    for n in 0..100_000u64 {
        let (temperature, humidity) = (format!("{}", n % 40), format!("{}.5", n % 100));
        let at = StreamId::new(1_700_000_000_000 + n * 37, 0);
        let pairs: &Pairs<'_> =
            &[(b"temperature", temperature.as_bytes()), (b"humidity", humidity.as_bytes())];
        stream.append(at, pairs, LIMITS);
    }
    let per_entry = stream.heap_bytes() as f64 / stream.len() as f64;
    assert!(per_entry < 14.0, "{per_entry}");
}

#[derive(Clone, Debug)]
enum Step {
    Append(u8, Vec<(Vec<u8>, Vec<u8>)>),
    Remove(u8),
    Trim(u8, Cut),
    TrimBelow(u8, Cut),
}

fn step() -> impl Strategy<Value = Step> {
    let text = prop_oneof![
        Just(b"f".to_vec()),
        Just(b"12".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..30),
    ];
    let pairs = proptest::collection::vec((text.clone(), text), 1..4);
    let cut = prop_oneof![Just(Cut::Exact), (0..9u64).prop_map(Cut::Blocks)];
    prop_oneof![
        8 => (1..4u8, pairs).prop_map(|(after, pairs)| Step::Append(after, pairs)),
        2 => any::<u8>().prop_map(Step::Remove),
        1 => (any::<u8>(), cut.clone()).prop_map(|(len, cut)| Step::Trim(len, cut)),
        1 => (any::<u8>(), cut).prop_map(|(at, cut)| Step::TrimBelow(at, cut)),
    ]
}

type Model = Vec<(u64, Vec<(Vec<u8>, Vec<u8>)>)>;

fn owned<'a>(entries: impl Iterator<Item = StreamEntry<'a>>) -> Model {
    let pairs = |entry: &StreamEntry<'_>| {
        entry.pairs().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
    };
    entries.map(|entry| (entry.id.ms, pairs(&entry))).collect()
}

/// Removes from the model what a trim removed, after a check that it was right to.
fn follow_trim(model: &mut Model, keep: Keep, cut: Cut, count: u64) {
    let wanted = match keep {
        Keep::Newest(newest) => (model.len() as u64).saturating_sub(newest),
        Keep::From(from) => model.iter().filter(|(ms, _)| *ms < from.ms).count() as u64,
    };
    match cut {
        Cut::Exact => assert_eq!(count, wanted),
        Cut::Blocks(limit) => assert!(count <= wanted && (limit == 0 || count <= limit)),
    }
    model.drain(..count as usize);
}

proptest! {
    #[test]
    fn a_stream_agrees_with_a_list(
        steps in proptest::collection::vec(step(), 1..80),
        entries_max in 0..8usize,
        (from, to) in (any::<u8>(), any::<u8>()),
    ) {
        let limits = BlockLimits { bytes_max: 200, entries_max };
        let (mut stream, mut model) = (Stream::default(), Model::new());
        for step in steps {
            match step {
                Step::Append(after, pairs) => {
                    let ms = stream.last_id.ms + u64::from(after);
                    let borrowed: Vec<_> = pairs.iter().map(|(n, v)| (&n[..], &v[..])).collect();
                    stream.append(id(ms), &borrowed, limits);
                    model.push((ms, pairs));
                }
                Step::Remove(ms) => {
                    let at = model.iter().position(|(other, _)| *other == u64::from(ms));
                    prop_assert_eq!(stream.remove(id(ms.into())), at.is_some());
                    at.map(|at| model.remove(at));
                }
                Step::Trim(len, cut) => {
                    let keep = Keep::Newest(len.into());
                    let (count, gone) = stream.trim(keep, cut);
                    let whole = gone.range(StreamId::MIN, StreamId::MAX).count() as u64;
                    prop_assert!(whole <= count);
                    follow_trim(&mut model, keep, cut, count);
                }
                Step::TrimBelow(ms, cut) => {
                    let keep = Keep::From(id(ms.into()));
                    let (count, _) = stream.trim(keep, cut);
                    follow_trim(&mut model, keep, cut, count);
                }
            }
            prop_assert_eq!(stream.len(), model.len() as u64);
            prop_assert_eq!(stream.first_id().map(|id| id.ms), model.first().map(|e| e.0));
            prop_assert_eq!(stream.last_entry_id().map(|id| id.ms), model.last().map(|e| e.0));
        }
        prop_assert_eq!(&owned(stream.range(StreamId::MIN, StreamId::MAX)), &model);
        let (from, to) = (id(from.into()), id(to.into()));
        let inside: Vec<u64> =
            model.iter().map(|e| e.0).filter(|ms| *ms >= from.ms && *ms <= to.ms).collect();
        prop_assert_eq!(numbers(&stream, from, to), inside.clone());
        let back: Vec<u64> = stream.range_back(from, to).map(|entry| entry.id.ms).collect();
        prop_assert_eq!(back, inside.into_iter().rev().collect::<Vec<_>>());
    }
}

#[test]
fn pending_entries_change_hands() {
    let mut group = Group::new(StreamId::MIN, Some(0));
    let [a, b] = [b"a", b"b"].map(|name| group.add_consumer(name, 1));
    let pending = |consumer| Pending { consumer, delivered_ms: 1, deliveries: 1 };
    for (ms, consumer) in [(1, a), (2, a), (1, b), (3, b), (1, b)] {
        group.assign(id(ms), pending(consumer));
    }
    let of = |group: &Group, number| -> Vec<u64> {
        group.consumer(number).expect("a consumer").pending().iter().map(|id| id.ms).collect()
    };
    assert_eq!((of(&group, a), of(&group, b)), (vec![2], vec![1, 3]));
    assert!(group.acknowledge(id(3)) && !group.acknowledge(id(3)));
    assert_eq!(group.remove_consumer(b"b"), Some(1));
    assert_eq!(group.pending().keys().map(|id| id.ms).collect::<Vec<_>>(), [2]);
    assert_eq!(group.find(b"b"), None);
    assert_eq!(group.add_consumer(b"c", 1), b, "its number is used again");
}

fn group_that_read(stream: &mut Stream, name: &[u8], until: u64) -> ConsumerNumber {
    let mut group = Group::new(id(until), None);
    let reader = group.add_consumer(b"reader", 0);
    stream.add_group(name, group);
    reader
}

fn pending(consumer: ConsumerNumber, delivered_ms: i64) -> Pending {
    Pending { consumer, delivered_ms, deliveries: 1 }
}

#[test]
fn trimming_leaves_what_a_group_still_needs() {
    let limits = BlockLimits { bytes_max: 0, entries_max: 3 };
    let mut stream = of_len(10, limits);
    let reader = group_that_read(&mut stream, b"g", 7);
    let group = stream.group_mut(b"g").expect("the group");
    [2, 5].into_iter().for_each(|ms| group.assign(id(ms), pending(reader, 1)));
    let gone = stream.trim_with(Keep::Newest(0), Cut::Blocks(0), References::Respect);
    assert_eq!(gone, [1, 3, 4, 6, 7].map(id));
    assert_eq!(numbers(&stream, StreamId::MIN, StreamId::MAX), [2, 5, 8, 9, 10]);
    let gone = stream.trim_with(Keep::From(id(6)), Cut::Exact, References::Remove);
    assert_eq!(gone, [2, 5].map(id));
    assert!(stream.group(b"g").expect("the group").pending().is_empty());
}

#[test]
fn exact_trimming_does_not_depend_on_blocks() {
    let trim = |entries_max, keep| {
        let mut stream = of_len(20, BlockLimits { bytes_max: 0, entries_max });
        let reader = group_that_read(&mut stream, b"g", 15);
        let group = stream.group_mut(b"g").expect("the group");
        [1, 4, 9].into_iter().for_each(|ms| group.assign(id(ms), pending(reader, 1)));
        stream.trim_with(keep, Cut::Exact, References::Respect)
    };
    for keep in [Keep::Newest(12), Keep::Newest(1), Keep::From(id(10))] {
        assert_eq!(trim(2, keep), trim(100, keep), "{keep:?}");
    }
    assert_eq!(trim(5, Keep::Newest(17)), [2, 3, 5].map(id));
}

#[test]
fn what_was_given_back_is_claimed_first_and_in_turn() {
    let mut group = Group::default();
    let [a, b] = [b"a", b"b"].map(|name| group.add_consumer(name, 0));
    for ms in 1..=5 {
        group.assign(id(ms), pending(a, 100 - ms as i64));
    }
    let claimable = |group: &mut Group, until| group.claimable(until).collect::<Vec<_>>();
    assert_eq!(claimable(&mut group, 97), [5, 4, 3].map(id));
    [4, 2, 4].into_iter().for_each(|ms| group.give_back(id(ms), 7));
    assert_eq!(claimable(&mut group, i64::MAX), [2, 4, 5, 3, 1].map(id));
    assert_eq!(group.pending()[&id(4)].idle_ms(1000), -1);
    group.assign(id(4), pending(b, 1));
    assert_eq!(claimable(&mut group, 1), [2, 4].map(id));
    assert!(group.acknowledge(id(2)));
    assert_eq!(group.remove_consumer(b"a"), Some(3));
    assert_eq!(claimable(&mut group, i64::MAX), [id(4)]);
    assert_eq!((group.given_back().len(), group.pending().len()), (0, 1));
}

#[test]
fn names_are_remembered_for_a_while_and_up_to_a_number() {
    let mut names = Idempotency::new(Memory { duration_s: 10, names_max: 3 });
    for ms in 1..=4 {
        names.record(b"p", format!("n{ms}").as_bytes(), id(ms * 1000), 0);
    }
    assert_eq!(names.find(b"p", b"n1", 0), None, "four are one too many");
    assert_eq!(names.find(b"p", b"n2", 11_999), Some(id(2000)));
    assert_eq!(names.find(b"p", b"n2", 12_000), None);
    assert_eq!(names.counts(13_500), (1, 1));
    names.record(b"q", b"n", id(20_000), 20_000);
    assert_eq!(names.producers().len(), 1, "a producer without names is gone");
    assert!(names.set_memory(Memory { duration_s: 10, names_max: 3 }).is_none());
    assert!(names.set_memory(Memory { duration_s: 11, names_max: 3 }).is_some());
    assert_eq!(names.counts(20_000), (0, 0));
}
