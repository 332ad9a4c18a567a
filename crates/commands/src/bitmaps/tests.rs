//! Bitmaps against a list of bits, and what is logged of them.

use proptest::prelude::*;

use crate::testing::Bench;

#[test]
fn a_bit_that_does_not_change_is_no_change() {
    let mut bench = Bench::default();
    bench.check(&[
        ("SETBIT k 7 1", ":0", "=", "setbit 1"),
        ("SETBIT k 7 1", ":1", "-", ""),
        ("SETBIT k 3 0", ":0", "-", ""),
        ("SETBIT k 23 0", ":0", "=", "setbit 1"),
        ("STRLEN k", ":3", "-", ""),
        ("OBJECT ENCODING k", "$3 raw", "-", ""),
        ("BITFIELD k SET u8 0 1 GET u8 0", "*2 :1 :1", "-", ""),
        ("BITFIELD k INCRBY u8 0 2 INCRBY i8 0 -1", "*2 :3 :2", "=", "setbit 1"),
        ("BITFIELD k OVERFLOW FAIL INCRBY u2 0 7", "*1 $-1", "-", ""),
        ("BITFIELD n OVERFLOW FAIL SET u2 0 7", "*1 $-1", "=", ""),
        ("STRLEN n", ":1", "-", ""),
        ("SET i 12", "+OK", "=", "set 1"),
        ("SETBIT i 6 1", ":0", "=", "setbit 1"),
        ("GET i", "$2 32", "-", ""),
        ("SET i 12", "+OK", "=", "set 1"),
        ("SETBIT i 6 0", ":0", "-", ""),
        ("OBJECT ENCODING i", "$3 raw", "-", ""),
    ]);
}

#[test]
fn combined_strings_replace_the_target_or_remove_it() {
    let mut bench = Bench::default();
    bench.check(&[
        ("BITOP OR k a b", ":0", "-", ""),
        ("SET k v EX 100", "+OK", "SET k v PXAT 1795000100000", "set 1, expire 1"),
        ("BITOP OR k a b", ":0", "=", "del 2"),
        ("SET a 12", "+OK", "=", "set 1"),
        ("BITOP AND k a a", ":2", "=", "set 2"),
        ("GET k", "$2 12", "-", ""),
        ("OBJECT ENCODING k", "$3 raw", "-", ""),
        ("HSET h f v", ":1", "=", "hset 1"),
    ]);
    assert!(bench.run("BITOP AND k a h").starts_with("-WRONGTYPE"));
    assert!(bench.run("BITOP NOT k a a").starts_with("-ERR BITOP NOT must be"));
    assert!(bench.run("BITOP DIFF1 k a").starts_with("-ERR BITOP DIFF1 must be"));
}

fn bits_of(text: &[u8]) -> Vec<bool> {
    text.iter().flat_map(|byte| (0..8).map(move |at| byte & 0x80 >> at != 0)).collect()
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => Just(0u8), 3 => Just(0xff), 1 => any::<u8>()];
    proptest::collection::vec(byte, 0..40)
}

fn words(bench: &mut Bench, words: &[&[u8]]) -> String {
    String::from_utf8_lossy(&bench.run_words(words)).trim_end().to_owned()
}

proptest! {
    #[test]
    fn ranges_agree_with_a_list_of_bits(
        text in text(),
        start in -400..400i64,
        end in -400..400i64,
        (bit, by_bit) in (any::<bool>(), any::<bool>()),
    ) {
        let mut bench = Bench::default();
        bench.run_words(&[b"SET", b"k", &text]);
        let bits = bits_of(&text);
        let len = if by_bit { bits.len() } else { text.len() } as i64;
        let clamp = |at: i64| if at < 0 { (len + at).max(0) } else { at };
        let (first, last) = (clamp(start), clamp(end).min(len - 1));
        let width = if by_bit { 1 } else { 8 };
        let inside: Vec<(usize, bool)> = match first <= last {
            true => (first * width..(last + 1) * width)
                .map(|at| (at as usize, bits[at as usize])).collect(),
            false => Vec::new(),
        };
        let unit = if by_bit { "BIT" } else { "BYTE" };
        let reversed = start < 0 && end < 0 && start > end;
        let count = if reversed { 0 } else { inside.iter().filter(|(_, bit)| *bit).count() };
        let found = bench.run(&format!("BITCOUNT k {start} {end} {unit}"));
        prop_assert_eq!(found, format!(":{count}\r\n"));
        let position = inside.iter().find(|(_, other)| *other == bit);
        let position = position.map_or(-1, |(at, _)| *at as i64);
        let found = bench.run(&format!("BITPOS k {} {start} {end} {unit}", u8::from(bit)));
        prop_assert_eq!(found, format!(":{position}\r\n"));
    }

    #[test]
    fn combining_agrees_with_a_list_of_bits(
        texts in proptest::collection::vec(text(), 2..5),
        operation in prop::sample::select(&["AND", "OR", "XOR", "DIFF", "DIFF1", "ANDOR", "ONE"]),
    ) {
        let mut bench = Bench::default();
        let names: Vec<Vec<u8>> = (0..texts.len()).map(|n| format!("k{n}").into_bytes()).collect();
        let mut request: Vec<&[u8]> = vec![b"BITOP", operation.as_bytes(), b"to"];
        for (name, text) in names.iter().zip(&texts) {
            bench.run_words(&[b"SET", name, text]);
            request.push(name);
        }
        let len = texts.iter().map(Vec::len).max().unwrap_or(0);
        prop_assert_eq!(words(&mut bench, &request), format!(":{len}"));
        let bits: Vec<Vec<bool>> = texts.iter().map(|text| bits_of(text)).collect();
        for at in 0..len * 8 {
            let column: Vec<bool> =
                bits.iter().map(|bits| bits.get(at).copied().unwrap_or(false)).collect();
            let (x, any) = (column[0], column[1..].iter().any(|bit| *bit));
            let count = column.iter().filter(|bit| **bit).count();
            let expected = match operation {
                "AND" => count == column.len(),
                "OR" => count > 0,
                "XOR" => count % 2 == 1,
                "DIFF" => x && !any,
                "DIFF1" => any && !x,
                "ANDOR" => x && any,
                _ => count == 1,
            };
            let found = bench.run(&format!("GETBIT to {at}"));
            prop_assert_eq!(found, format!(":{}\r\n", u8::from(expected)), "{} {}", operation, at);
        }
    }

    #[test]
    fn fields_agree_with_wide_arithmetic(
        (bits, is_signed, offset) in (1..=64u32, any::<bool>(), 0..40u64),
        (start, by, small) in any::<(i64, i64, bool)>(),
        mode in prop::sample::select(&["WRAP", "SAT", "FAIL"]),
    ) {
        let bits = if is_signed { bits } else { bits.min(63) };
        let (min, max): (i128, i128) = match is_signed {
            true => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            false => (0, (1 << bits) - 1),
        };
        let start = (i128::from(start) - min).rem_euclid(max - min + 1) + min;
        let by = if small { by % 5 } else { by };
        let kind = format!("{}{bits}", if is_signed { 'i' } else { 'u' });
        let mut bench = Bench::default();
        bench.run_words(&[b"SET", b"k", &[0xa5; 8]]);
        let before = words(&mut bench, &[b"GET", b"k"]);
        bench.run(&format!("BITFIELD k SET {kind} {offset} {start}"));
        let found = bench.run(&format!("BITFIELD k GET {kind} {offset}"));
        prop_assert_eq!(found, format!("*1\r\n:{start}\r\n"));
        let sum = start + i128::from(by);
        let expected = match mode {
            _ if (min..=max).contains(&sum) => Some(sum),
            "SAT" => Some(if sum > max { max } else { min }),
            "WRAP" => Some((sum - min).rem_euclid(max - min + 1) + min),
            _ => None,
        };
        let found = bench.run(&format!("BITFIELD k OVERFLOW {mode} INCRBY {kind} {offset} {by}"));
        let answer = expected.map_or("$-1".to_owned(), |value| format!(":{value}"));
        prop_assert_eq!(found, format!("*1\r\n{answer}\r\n"));
        // What lies beside the field is as it was.
        let beside = (offset + u64::from(bits)).max(40);
        if beside < 64 {
            let expected = u8::from(0xa5_u8 & 0x80 >> (beside % 8) != 0);
            prop_assert_eq!(bench.run(&format!("GETBIT k {beside}")), format!(":{expected}\r\n"));
        }
        prop_assert!(!before.is_empty());
    }
}
