//! Sketches byte for byte, in both forms, and those that somebody made up.

use proptest::prelude::*;

use super::sketch::{self, Sketch};
use super::sparse;
use crate::testing::Bench;

/// What redis-server 7.0.15 has after PFADD h a b c d e, but for the count.
const RUNS: &[u8] = b"\\{\x80Dv\x80P\xb1\x84I\x8c\x80Bm\x80BZ";

fn value(bench: &mut Bench, key: &str) -> Vec<u8> {
    bench.with_entry(key, |entry, _| entry.payload().to_vec())
}

#[test]
fn the_bytes_are_those_of_redis() {
    let mut bench = Bench::default();
    bench.check(&[("PFADD h a b c d e", ":1", "=", "pfadd 1"), ("PFADD h a", ":0", "-", "")]);
    assert_eq!(value(&mut bench, "h"), [b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80", RUNS].concat());
    bench.check(&[("PFCOUNT h", ":5", "=", ""), ("PFCOUNT h", ":5", "-", "")]);
    assert_eq!(value(&mut bench, "h"), [b"HYLL\x01\0\0\0\x05\0\0\0\0\0\0\0", RUNS].concat());
    bench.check(&[
        ("PFDEBUG ENCODING h", "+sparse", "-", ""),
        ("PFDEBUG TODENSE h", ":1", "=", ""),
        ("PFDEBUG TODENSE h", ":0", "-", ""),
        ("PFDEBUG DECODE h", "-ERR HLL encoding is not sparse", "-", ""),
        ("PFADD h a", ":0", "-", ""),
        ("PFADD h f", ":1", "=", "pfadd 1"),
        ("PFCOUNT h", ":6", "=", ""),
        ("STRLEN h", ":12304", "-", ""),
        ("OBJECT ENCODING h", "$3 raw", "-", ""),
        ("PFADD new", ":1", "=", "pfadd 1"),
        ("PFADD new", ":0", "-", ""),
        ("PFDEBUG DECODE new", "$7 Z:16384", "-", ""),
        ("PFMERGE new h", "+OK", "=", "pfadd 1"),
        ("PFCOUNT new", ":6", "=", ""),
    ]);
}

#[test]
fn strings_that_are_no_sketches_are_refused() {
    let mut bench = Bench::default();
    let dense = [&b"HYLL\0"[..], &[0; 12_298]].concat();
    let forged: [(&[u8], &str); 8] = [
        (b"12", "WRONGTYPE"),
        (b"HYLL", "WRONGTYPE"),
        (b"HYLX\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff", "WRONGTYPE"),
        (b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff", "WRONGTYPE"),
        (&dense, "WRONGTYPE"),
        (b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80", "INVALIDOBJ"),
        (b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f", "INVALIDOBJ"),
        (b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff\x80", "INVALIDOBJ"),
    ];
    for (text, refusal) in forged {
        bench.run_words(&[b"SET", b"k", text]);
        for request in ["PFCOUNT k", "PFCOUNT k k", "PFMERGE m k", "PFMERGE k m"] {
            let reply = bench.run(request);
            assert!(reply.starts_with(&format!("-{refusal}")), "{request}: {reply}");
            assert_eq!(bench.logged(), "-");
        }
    }
    bench.run("HSET h f v");
    assert!(bench.run("PFADD h a").starts_with("-WRONGTYPE Operation"));
}

#[test]
fn the_self_test_passes() {
    assert_eq!(Bench::default().run("PFSELFTEST"), "+OK\r\n");
}

proptest! {
    #[test]
    fn both_forms_have_the_same_registers(
        elements in proptest::collection::vec(any::<u32>(), 0..2000),
        bytes_max in prop::sample::select(&[0usize, 40, 3000]),
    ) {
        let mut bytes = sparse::empty();
        let mut dense = sketch::to_dense(&bytes).expect("a sketch");
        for element in &elements {
            let (index, count) = sketch::place(&element.to_le_bytes());
            let changed = sketch::set(&mut bytes, index, count, bytes_max).expect("a sketch");
            let same = sketch::set(&mut dense, index, count, bytes_max).expect("a sketch");
            prop_assert_eq!(changed, same);
        }
        prop_assert_eq!(sketch::to_dense(&bytes), Some(dense.clone()));
        let estimate = |bytes| Sketch::of(bytes).and_then(|sketch| sketch.estimate());
        prop_assert_eq!(estimate(&bytes), estimate(&dense));
    }

    #[test]
    fn no_forged_sketch_causes_a_panic(
        body in proptest::collection::vec(any::<u8>(), 0..40),
        runs in 0..300usize,
        element: u32,
    ) {
        // Many long runs go far beyond the last register.
        let long = [0x7f, 0xff].repeat(runs);
        let text = [&b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80"[..], &long, &body].concat();
        let mut bench = Bench::default();
        for request in ["PFCOUNT k", "PFMERGE d k", "PFDEBUG DECODE k", "PFDEBUG GETREG k"] {
            bench.run_words(&[b"SET", b"k", &text]);
            bench.run(&format!("PFADD k {element}"));
            bench.run(request);
        }
    }
}
