//! Parts of strings: reading them, overwriting them, adding to the end.
//!
//! Text that is changed here stays text, even if it reads as an integer, and is marked as edited:
//! its encoding shows as `raw`, as in Redis.

use std::sync::Arc;

use base::number::{NumberBuffer, format_i64};
use keyspace::entry::SHARED_MIN;
use keyspace::{Entry, Kind, Payload};

use crate::arguments::{integer, payload};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::string;
use crate::spec::{
    ACCESS, Body, DENYOOM, FAST, Group, INSERT, READONLY, RO, RW, Spec, UPDATE, WRITE,
};

use super::with_text;

#[rustfmt::skip]
pub(super) const APPEND: Spec = Spec::new("APPEND", "key value", Body::Data(append))
    .does("Adds text to the end of a string, creating the key if it is missing.")
    .since("2.0.0").cost("O(1) amortised").group(Group::String)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT);

fn append(ctx: &mut Ctx) -> Result {
    let key = ctx.key(1);
    let added = ctx.arg(2);
    let len = match ctx.db.used(key) {
        Some(mut slot) => {
            let len = with_text(&slot.get(), <[u8]>::len)?;
            check_len(ctx.limits.string_len_max, len, added.len())?;
            overwrite(&mut slot.get_mut(), len, len, added);
            len + added.len()
        }
        None => {
            ctx.db.store(key, payload(added), None);
            added.len()
        }
    };
    ctx.touched(1, &string::APPEND);
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const SETRANGE: Spec = Spec::new("SETRANGE", "key offset value", Body::Data(setrange))
    .does("Overwrites part of a string from an offset on, with zero bytes before it if need be.")
    .since("2.2.0")
    .cost("O(N), N being the length of the value; O(M) if the string of length M must move")
    .group(Group::String)
    .flags(WRITE | DENYOOM).key(1, RW | UPDATE);

fn setrange(ctx: &mut Ctx) -> Result {
    let offset = integer(ctx.arg(2))?;
    let offset = usize::try_from(offset).map_err(|_| Error::new("ERR offset is out of range"))?;
    let key = ctx.key(1);
    let value = ctx.arg(3);
    let max = ctx.limits.string_len_max;
    let len = match ctx.db.used(key) {
        Some(mut slot) => {
            let len = with_text(&slot.get(), <[u8]>::len)?;
            if value.is_empty() {
                return ctx.int(len as i64);
            }
            let end = check_len(max, offset, value.len())?;
            overwrite(&mut slot.get_mut(), len, offset, value);
            len.max(end)
        }
        None if value.is_empty() => return ctx.int(0),
        None => {
            let end = check_len(max, offset, value.len())?;
            let mut entry = Entry::new(key.bytes, Payload::Text(b""), None, ctx.db.fresh_stamp());
            overwrite(&mut entry, 0, offset, value);
            ctx.db.put(key, entry);
            end
        }
    };
    ctx.touched(1, &string::SETRANGE);
    ctx.int(len as i64)
}

/// The sum of two lengths, if a string may be that long.
fn check_len(max: usize, len: usize, added: usize) -> Result<usize> {
    len.checked_add(added).filter(|sum| *sum <= max).ok_or(Error::TooLong)
}

/// Writes `value` into a string of length `len` from `offset` on, with zero bytes before it if it
/// starts beyond the end. Text that grows beyond `SHARED_MIN` moves to a block of its own.
pub(crate) fn overwrite(entry: &mut Entry, len: usize, offset: usize, value: &[u8]) {
    if entry.kind() == Kind::Integer {
        let integer = entry.integer();
        let mut buffer = NumberBuffer::new();
        entry.set_payload(Payload::Text(format_i64(integer, &mut buffer)));
    }
    let end = offset + value.len();
    if let Some(text) = entry.shared_text_mut() {
        overwrite_vec(text, offset, value);
    } else if len.max(end) > SHARED_MIN {
        let mut text = Vec::with_capacity(len.max(end));
        text.extend_from_slice(entry.payload());
        overwrite_vec(&mut text, offset, value);
        entry.set_shared(Arc::new(text));
    } else {
        let gap = vec![0; offset.saturating_sub(len)];
        let at = offset.min(len);
        entry.splice(at, end.min(len) - at, &[&gap, value]);
    }
    entry.set_edited();
}

fn overwrite_vec(text: &mut Vec<u8>, offset: usize, value: &[u8]) {
    if text.len() < offset {
        text.resize(offset, 0);
    }
    let (inside, beyond) = value.split_at(value.len().min(text.len() - offset));
    text[offset..offset + inside.len()].copy_from_slice(inside);
    text.extend_from_slice(beyond);
}

#[rustfmt::skip]
pub(super) const GETRANGE: Spec = Spec::new("GETRANGE", "key start end", Body::Data(getrange))
    .does("Returns the part of a string between two offsets.")
    .since("2.4.0").cost("O(N), N being the length of the part").group(Group::String)
    .flags(READONLY).key(1, RO | ACCESS);

fn getrange(ctx: &mut Ctx) -> Result {
    let (start, end) = (integer(ctx.arg(2))?, integer(ctx.arg(3))?);
    let key = ctx.key(1);
    let ends_before = ctx.limits.follows.ranges_may_end_before_the_start();
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            with_text(&slot.get(), |text| {
                let is_before = ends_before && end < 0 && text.len() as i64 + end < 0;
                ctx.reply.bulk(if is_before { b"" } else { part(text, start, end) });
            })?;
        }
        None => {
            ctx.missed(1);
            ctx.reply.bulk(b"");
        }
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const SUBSTR: Spec = Spec::new("SUBSTR", "key start end", Body::Data(substr))
    .does("Returns the part of a string between two offsets.")
    .since("1.0.0").cost("O(N), N being the length of the part").group(Group::String)
    .flags(READONLY).key(1, RO | ACCESS)
    .deprecated("2.0.0", "`GETRANGE`");

fn substr(ctx: &mut Ctx) -> Result {
    getrange(ctx)
}

/// The bytes from `start` to `end`, both included; negative ones count from the end.
fn part(text: &[u8], start: i64, end: i64) -> &[u8] {
    let len = text.len() as i64;
    if start < 0 && end < 0 && start > end {
        return b"";
    }
    let from_start = |index: i64| if index < 0 { (len + index).max(0) } else { index };
    let (start, end) = (from_start(start), from_start(end).min(len - 1));
    text.get(start as usize..(end + 1) as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Bench;

    #[test]
    fn append_makes_text_and_marks_it() {
        let mut bench = Bench::default();
        bench.check(&[
            ("APPEND k 12", ":2", "=", "append 1"),
            ("APPEND k ", ":2", "=", "append 1"),
            ("APPEND k 3", ":3", "=", "append 1"),
        ]);
        bench.check_reads(&[("GET k", "$3 123"), ("OBJECT ENCODING k", "$3 raw")]);
        bench.run("SET e v PX 5000");
        bench.run("APPEND e w");
        bench.check_reads(&[("PTTL e", ":5000"), ("GET e", "$2 vw")]);
    }

    #[test]
    fn setrange_pads_with_zeros() {
        let mut bench = Bench::default();
        bench.check(&[
            ("SETRANGE k 0 ", ":0", "-", ""),
            ("SETRANGE k 2 ab", ":4", "=", "setrange 1"),
            ("SETRANGE k 0 ", ":4", "-", ""),
            ("SETRANGE k 3 xy", ":5", "=", "setrange 1"),
        ]);
        bench.check_reads(&[
            ("GET k", "$5 \0\0axy"),
            ("SETRANGE k -1 x", "-ERR offset is out of range"),
            ("SETRANGE k x x", "-ERR value is not an integer or out of range"),
        ]);
        bench.run("SET n 1234");
        bench.check(&[("SETRANGE n 1 x", ":4", "=", "setrange 1")]);
        bench.check_reads(&[("GET n", "$4 1x34"), ("OBJECT ENCODING n", "$3 raw")]);
    }

    #[test]
    fn a_string_stays_within_its_limit() {
        let mut bench = Bench::default();
        bench.limits.string_len_max = 100_000;
        let too_long = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
        bench.check_reads(&[
            ("SETRANGE k 100000 x", too_long),
            ("SETRANGE k 9223372036854775807 x", too_long),
            ("EXISTS k", ":0"),
            ("SETRANGE k 100000 ", ":0"),
        ]);
        bench.check(&[("SETRANGE k 99999 x", ":100000", "=", "setrange 1")]);
        bench.check_reads(&[("APPEND k x", too_long), ("SETRANGE k 99999 xx", too_long)]);
    }

    #[test]
    fn only_strings_have_parts() {
        let mut bench = Bench::default();
        bench.run("HSET h f v");
        let wrong_type = "-WRONGTYPE Operation against a key holding the wrong kind of value";
        bench.check_reads(&[
            ("APPEND h x", wrong_type),
            ("SETRANGE h 0 x", wrong_type),
            ("SETRANGE h 0 ", wrong_type),
            ("GETRANGE h 0 1", wrong_type),
            ("GETRANGE h x 1", "-ERR value is not an integer or out of range"),
            ("SUBSTR h 1 x", "-ERR value is not an integer or out of range"),
            ("GETRANGE none 0 1", "$0"),
        ]);
    }

    // From GETRANGE on Redis 7.0.15 with the value "Hello".
    #[test]
    fn offsets_count_from_either_end() {
        let cases: [(i64, i64, &str); 13] = [
            (0, -1, "Hello"),
            (1, 2, "el"),
            (-3, -1, "llo"),
            (-3, 100, "llo"),
            (-100, 1, "He"),
            (3, 1, ""),
            (-1, -3, ""),
            (-100, -50, "H"),
            (-50, -100, ""),
            (5, 10, ""),
            (4, 4, "o"),
            (0, i64::MIN, "H"),
            (i64::MAX, i64::MAX, ""),
        ];
        for (start, end, expected) in cases {
            assert_eq!(part(b"Hello", start, end), expected.as_bytes(), "{start} {end}");
        }
        assert_eq!(part(b"", 0, -1), b"");
    }

    #[derive(Clone, Debug)]
    enum Step {
        Append(usize),
        SetRange(usize, usize),
        Share,
    }

    fn step() -> impl Strategy<Value = Step> {
        let len = prop_oneof![4 => 0..50usize, 1 => 0..40_000usize];
        let offset = prop_oneof![4 => 0..300usize, 1 => 0..70_000usize];
        prop_oneof![
            len.clone().prop_map(Step::Append),
            (offset, len).prop_map(|(offset, len)| Step::SetRange(offset, len)),
            Just(Step::Share),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn agrees_with_a_vector(steps in proptest::collection::vec(step(), 1..20)) {
            let mut bench = Bench::default();
            let mut model: Vec<u8> = Vec::new();
            for (round, step) in steps.into_iter().enumerate() {
                let value = |len: usize| vec![b'a' + round as u8; len];
                let reply = match step {
                    Step::Append(len) => {
                        model.extend(value(len));
                        bench.run_words(&[b"APPEND", b"k", &value(len)])
                    }
                    Step::SetRange(offset, len) => {
                        if len > 0 {
                            model.resize(model.len().max(offset + len), 0);
                            model[offset..offset + len].fill(b'a' + round as u8);
                        }
                        let offset = offset.to_string();
                        bench.run_words(&[b"SETRANGE", b"k", offset.as_bytes(), &value(len)])
                    }
                    Step::Share => {
                        // The copy and the source may share their text; then both go on.
                        bench.run("COPY k l REPLACE");
                        bench.run("APPEND l z");
                        bench.run("STRLEN k").into_bytes()
                    }
                };
                prop_assert_eq!(reply, format!(":{}\r\n", model.len()).into_bytes());
                let mut expected = format!("${}\r\n", model.len()).into_bytes();
                expected.extend_from_slice(&model);
                expected.extend_from_slice(b"\r\n");
                let found = bench.run_words(&[b"GETRANGE", b"k", b"0", b"-1"]);
                prop_assert!(found == expected);
            }
        }
    }
}
