//! The stream under schedules chosen by a model checker: whole records, in each appender's order,
//! groups unbroken, offsets exact, and every record in its database.
//!
//! `cargo test -p russet-log --features model --lib models`; `MODEL_ITERATIONS` for more.

use std::sync::Arc;

use base::sync::{TimePasses, check, spawn};

use super::Stream;
use crate::record::Group;

/// Schedules tried for each model.
const ITERATIONS: usize = 2_000;

/// What a reader of the bytes makes of them: database and name of each record; brackets around
/// groups.
fn read(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).expect("ASCII");
    let text = text.replace("*1\r\n$5\r\nMULTI\r\n", "( ").replace("*1\r\n$4\r\nEXEC\r\n", ") ");
    let text = text.replace("*2\r\n$6\r\nSELECT\r\n$1\r\n", "=").replace("\r\n", " ");
    let mut database = String::new();
    let mut records = Vec::new();
    for word in text.split_ascii_whitespace() {
        match word.strip_prefix('=') {
            Some(number) => database = number.to_owned(),
            None if word == "(" || word == ")" => records.push(word.to_owned()),
            None => records.push(format!("{database}{word}")),
        }
    }
    records
}

#[test]
fn what_several_append_stands_whole_and_in_order() {
    check(TimePasses::No, ITERATIONS, || {
        let stream = Arc::new(Stream::new());
        stream.turn_on();
        let append = |database: u32, records: [&'static [u8]; 2]| {
            let stream = Arc::clone(&stream);
            spawn(move || records.map(|record| stream.append(database, record)).to_vec())
        };
        let append_group = || {
            let stream = Arc::clone(&stream);
            spawn(move || {
                let mut group = Group::new();
                group.push(0, b"g ");
                group.push(1, b"h ");
                vec![stream.append_group(&group)]
            })
        };
        let appenders = [append(0, [b"a ", b"b "]), append(1, [b"c ", b"d "]), append_group()];
        let taker = {
            let stream = Arc::clone(&stream);
            spawn(move || {
                let mut bytes = Vec::new();
                let end = stream.take(&mut bytes);
                assert_eq!(bytes.len() as u64, end, "the offset behind what was taken");
                assert!(stream.end() >= end, "what was taken lies below the end");
                bytes
            })
        };
        let mut ends: Vec<u64> =
            appenders.into_iter().flat_map(|it| it.join().expect("appended")).collect();
        let mut bytes = taker.join().expect("taken");
        let mut rest = Vec::new();
        let end = stream.take(&mut rest);
        bytes.append(&mut rest);
        ends.sort_unstable();
        ends.dedup();
        assert_eq!((ends.len(), ends.last()), (5, Some(&end)));
        assert_eq!((bytes.len() as u64, stream.end(), stream.records()), (end, end, 5));
        let found = read(&bytes);
        let mut records = found.clone();
        records.sort();
        assert_eq!(records, ["(", ")", "0a", "0b", "0g", "1c", "1d", "1h"], "{found:?}");
        let place = |name: &str| found.iter().position(|it| it == name).expect("there");
        assert!(place("0a") < place("0b") && place("1c") < place("1d"), "{found:?}");
        let group = ["(", "0g", "1h", ")"].map(place);
        assert!(group.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{found:?}");
    });
}
