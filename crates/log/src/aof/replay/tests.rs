//! Torn ends at every byte, damage at every byte, groups, and records across chunks.

use proptest::prelude::*;

use super::*;
use crate::{DumpFault, DumpInput};

/// Remembers what it was given, as text.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    refuse: Option<&'static str>,
}

impl Visitor for Notes {
    fn on_dump(&mut self, _: &mut rdb::Pieces<DumpInput<'_>>) -> Result<u64, DumpFault> {
        Err(DumpFault::Refused { offset: 0, reason: "no dump expected".to_owned() })
    }

    fn on_request(&mut self, database: u32, request: Request<'_>) -> Result<(), String> {
        assert!(request.raw().is_some());
        if request.len() == 1 && self.refuse.is_none() {
            return Err("unknown command".to_owned());
        }
        let words: Vec<_> = request.iter().map(|word| word.escape_ascii().to_string()).collect();
        let line = format!("{database}: {}", words.join(" "));
        if self.refuse.is_some_and(|word| line.contains(word)) {
            return Err("no".to_owned());
        }
        self.lines.push(line);
        Ok(())
    }
}

/// Hands out a few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(self.1).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn record(text: &str) -> Vec<u8> {
    let words: Vec<_> = text.split(' ').map(str::as_bytes).collect();
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn records(lines: &[&str]) -> Vec<u8> {
    lines.iter().flat_map(|line| record(line)).collect()
}

fn range(from: u64) -> Range<'static> {
    static LIMITS: std::sync::LazyLock<Limits> = std::sync::LazyLock::new(Limits::default);
    Range { from, until_s: None, limits: &LIMITS }
}

/// What was read, without what is said of checksums.
fn plain(outcome: Result<Replayed, ReplayError>) -> (End, u64, u64) {
    let Replayed { end, records, len, .. } = outcome.unwrap();
    (end, records, len)
}

fn read_in(bytes: &[u8], step: usize) -> (Result<Replayed, ReplayError>, Vec<String>) {
    let mut notes = Notes::default();
    let outcome = replay(&mut Drip(bytes, step), range(0), &mut notes);
    (outcome, notes.lines)
}

fn read(bytes: &[u8]) -> (Result<Replayed, ReplayError>, Vec<String>) {
    read_in(bytes, usize::MAX)
}

fn damage(bytes: &[u8]) -> u64 {
    match read(bytes).0 {
        Err(ReplayError::Damaged { offset, .. }) => offset,
        other => panic!("{}: {other:?}", bytes.escape_ascii()),
    }
}

#[test]
fn records_are_handed_over_with_their_database() {
    let mut bytes = b"#TS:1700000000\r\n".to_vec();
    bytes.extend(records(&[
        "SET a 1", "select 3", "SET b 2", "MULTI", "DEL a", "SELECT 4", "DEL b",
    ]));
    bytes.extend(b"#TS:1700000001\r\n");
    bytes.extend(records(&["EXEC", "SET c 3"]));
    for step in [1, 7, usize::MAX] {
        let (outcome, lines) = read_in(&bytes, step);
        let len = bytes.len() as u64;
        assert_eq!(plain(outcome), (End::Clean, 5, len));
        assert_eq!(lines, ["0: SET a 1", "3: SET b 2", "3: DEL a", "4: DEL b", "4: SET c 3"]);
    }
    assert_eq!(plain(read(b"").0), (End::Clean, 0, 0));
}

#[test]
fn an_end_anywhere_gives_the_whole_records_and_groups_before_it() {
    let pieces: Vec<Vec<u8>> = [
        &["SET first 1"][..],
        &["MULTI", "SET second 2", "SELECT 9", "SET third 3", "EXEC"],
        &["SET fourth 4"],
    ]
    .map(records)
    .into();
    let counts = [0, 1, 3, 4];
    let mut ends = vec![0];
    ends.extend(pieces.iter().scan(0, |end, piece| {
        *end += piece.len();
        Some(*end)
    }));
    let bytes = pieces.concat();
    for cut in 0..=bytes.len() {
        let whole = ends.iter().rposition(|&end| end <= cut).unwrap();
        let end = match ends[whole] {
            at if at == cut => End::Clean,
            at => End::Torn { whole: at as u64 },
        };
        let (outcome, lines) = read(&bytes[..cut]);
        assert_eq!(outcome.unwrap().end, end, "cut at {cut}");
        assert_eq!(lines.len(), counts[whole], "cut at {cut}");
        // A power cut may leave zeros where the rest was to be.
        let mut zeroed = bytes[..cut].to_vec();
        // Once more than the window holds.
        zeroed.extend(vec![0; if cut % 64 == 0 { 3 << 20 } else { 100 }]);
        let (outcome, lines) = read(&zeroed);
        let outcome = outcome.unwrap();
        assert_eq!(outcome.end, End::Torn { whole: ends[whole] as u64 }, "cut at {cut}");
        assert_eq!((lines.len(), outcome.len), (counts[whole], zeroed.len() as u64));
    }
}

#[test]
fn a_changed_byte_is_never_read_over() {
    let lines = ["SET key value", "MULTI", "SELECT 2", "HSET hash field text", "EXEC", "DEL key"];
    let bytes = records(&lines);
    let intact = read(&bytes).1;
    for at in 0..bytes.len() {
        let before = read(&bytes[..at]).1;
        for change in [1u8, 2, 3, 4, 8, 0x20, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= change;
            let (outcome, lines) = read(&damaged);
            let context = format!("{:?}: {outcome:?}", damaged.escape_ascii().to_string());
            assert!(lines.starts_with(&before), "{context}");
            // Inside an argument nothing can tell. Otherwise at most the changed record itself may
            // have been handed over, in another shape, before the damage shows.
            if !matches!(outcome, Ok(Replayed { end: End::Clean, .. })) {
                let same = lines.iter().zip(&intact).take_while(|(a, b)| a == b).count();
                assert!(lines.len() <= same + 1, "{context}");
            }
        }
    }
}

#[test]
fn what_is_not_a_record_is_damage_at_its_offset() {
    let good = record("SET a 1");
    let at = good.len() as u64;
    for bad in [
        "SET b 2\r\n",
        "*0\r\n",
        "*-1\r\n",
        "\r\n",
        "*1\r\n+OK\r\n",
        "*x\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$999999999\r\n",
        "*1\r\n$4\r\nPINGxx",
        "*2\r\n$6\r\nSELECT\r\n$1\r\nx\r\n",
        "*1\r\n$4\r\nEXEC\r\n",
        "\0\0\0\0x",
    ] {
        let mut bytes = good.clone();
        bytes.extend_from_slice(bad.as_bytes());
        bytes.extend_from_slice(&good);
        assert_eq!(damage(&bytes), at, "{}", bad.escape_default());
        assert_eq!(read(&bytes).1, ["0: SET a 1"]);
    }
    let nested = records(&["MULTI", "SET a 1", "MULTI"]);
    assert_eq!(damage(&nested), records(&["MULTI", "SET a 1"]).len() as u64);
}

#[test]
fn a_length_that_swallows_the_rest_is_damage_and_not_a_torn_end() {
    let mut bytes = record("SET a 1");
    let at = bytes.len() as u64;
    bytes.extend(b"*2\r\n$3\r\nDEL\r\n$5000\r\nb\r\n");
    for _ in 0..20 {
        bytes.extend(record("SET c 3"));
    }
    assert_eq!(damage(&bytes), at);
}

#[test]
fn records_larger_than_the_window_and_across_its_edges_are_whole() {
    let big = "x".repeat(3 << 20);
    let mut lines = vec!["SET small 1".to_owned()];
    lines.push(format!("SET big {big}"));
    lines.extend((0..60_000).map(|number| format!("SET key:{number} {number}")));
    let bytes: Vec<u8> = lines.iter().flat_map(|line| record(line)).collect();
    for step in [4096, 1_000_003, usize::MAX] {
        let (outcome, read) = read_in(&bytes, step);
        assert_eq!(outcome.unwrap().end, End::Clean);
        assert!(read.iter().zip(&lines).all(|(read, line)| read.strip_prefix("0: ") == Some(line)));
        assert_eq!(read.len(), lines.len());
    }
}

#[test]
fn a_refusal_names_the_record_or_its_group() {
    let bytes = records(&["SET a 1", "MULTI", "SET b 2", "FOO", "EXEC"]);
    let mut notes = Notes { refuse: Some("FOO"), ..Notes::default() };
    let outcome = replay(&mut &bytes[..], range(100), &mut notes);
    let expected = 100 + record("SET a 1").len() as u64;
    assert!(matches!(outcome, Err(ReplayError::Refused { offset, .. }) if offset == expected));
}

proptest! {
    #[test]
    fn nonsense_does_no_harm(bytes in proptest::collection::vec(
        prop_oneof![proptest::sample::select(&b"*$\r\n12\0"[..]), any::<u8>()],
        0..60,
    )) {
        let _ = read(&bytes);
    }
}
