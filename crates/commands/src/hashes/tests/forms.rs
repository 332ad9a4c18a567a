//! The two forms of a hash: when one becomes the other, how big they are, when they come up for the
//! sweep.

use keyspace::deadline::{deadline_of, deadline_of_entry};
use keyspace::{Entry, Payload, Stamp};
use structures::packed::push;

use super::{bench, check};
use crate::hashes::encoding_name;
use crate::testing::Bench;

const NOW: i64 = 1_795_000_000_000;

#[test]
fn a_packed_hash_of_five_fields_is_one_block_of_160_bytes() {
    let mut packed = Vec::new();
    for at in 0..5 {
        push(&mut packed, format!("field::{at}").as_bytes());
        push(&mut packed, format!("value:::::::::{at:02}").as_bytes());
    }
    let entry = Entry::new(&[b'k'; 16], Payload::PackedHash(&packed), None, Stamp::default());
    // 7 bytes of header, 16 of key, 5 * (1 + 8 + 1 + 16): 153.
    assert_eq!(packed.len(), 130);
    assert_eq!((entry.block_bytes(), entry.heap_bytes()), (160, 160));
}

#[test]
fn a_small_hash_with_expiries_takes_a_block_a_field_and_a_table() {
    let mut bench = Bench::default();
    for at in 0..5 {
        bench.run(&format!("HSETEX h EX 100 FIELDS 1 field::{at} value:::::::::{at:02}"));
    }
    // 40 bytes for each field with its expiry, 216 for key and table: 416.
    bench.with_entry("h", |entry, _| assert!(entry.heap_bytes() <= 416));
}

fn encoding(bench: &mut Bench) -> &'static str {
    bench.with_entry("h", |entry, _| encoding_name(entry).expect("a hash"))
}

#[test]
fn a_hash_becomes_a_table_when_it_outgrows_the_limits() {
    let mut bench = bench();
    bench.run("HSET h a 1 b 2 c 3 d 4");
    assert_eq!(encoding(&mut bench), "listpack");
    bench.run("HSET h e 5");
    assert_eq!(encoding(&mut bench), "hashtable");
    bench.run("HDEL h a b c d");
    assert_eq!(encoding(&mut bench), "hashtable", "there is no way back");
    check(&mut bench, &[("HGETALL h", "*2 $1 e $1 5")]);

    for line in ["HSET h a 123456789012345678901", "HSET h 123456789012345678901 a"] {
        bench.run("DEL h");
        bench.run("HSET h b 12345678901234567890");
        assert_eq!(encoding(&mut bench), "listpack");
        bench.run(line);
        assert_eq!(encoding(&mut bench), "hashtable");
        check(&mut bench, &[("HLEN h", ":2"), ("HGET h b", "$20 12345678901234567890")]);
    }
}

#[test]
fn a_small_hash_with_an_expiry_shows_as_small_until_it_grows() {
    let mut bench = bench();
    bench.run("HSET h a 1 b 2");
    bench.run("HEXPIRE h 10 FIELDS 1 x");
    assert_eq!(encoding(&mut bench), "listpack");
    bench.run("HEXPIRE h 10 FIELDS 1 a");
    assert_eq!(encoding(&mut bench), "listpackex");
    bench.run("HPERSIST h FIELDS 1 a");
    bench.run("HSET h c 3 d 4");
    assert_eq!(encoding(&mut bench), "listpackex");
    bench.run("HSET h e 5");
    assert_eq!(encoding(&mut bench), "hashtable");

    bench.run("DEL h");
    bench.run("HSETEX h EX 5 FIELDS 1 a 1");
    assert_eq!(encoding(&mut bench), "listpackex");
    bench.run("HSET h a 123456789012345678901");
    assert_eq!(encoding(&mut bench), "hashtable");
}

#[test]
fn the_key_comes_up_for_the_sweep_with_its_first_field() {
    let mut bench = bench();
    let due = |bench: &mut Bench, key: &str| {
        bench.with_entry(key, |entry, table| (deadline_of_entry(entry), table))
    };
    let both = |ms: i64| (deadline_of(NOW + ms), deadline_of(NOW + ms));
    let cases = [
        ("HSETEX h PXAT 1795000060000 FIELDS 1 a 1", 60_000),
        ("HSETEX h PXAT 1795000050000 FIELDS 1 b 1", 50_000),
        ("HPEXPIRE h 40000 FIELDS 1 a", 40_000),
        ("HGETEX h PX 30000 FIELDS 1 a", 30_000),
    ];
    for (line, ms) in cases {
        bench.run(line);
        assert_eq!(due(&mut bench, "h"), both(ms), "{line}");
    }
    bench.run("RENAME h other");
    assert_eq!(due(&mut bench, "other"), both(30_000));
    bench.run("COPY other third");
    assert_eq!(due(&mut bench, "third"), both(30_000));
    bench.run("PEXPIREAT third 1795000020000");
    assert_eq!(due(&mut bench, "third"), both(20_000));
}

#[test]
fn long_values_and_odd_bytes_survive() {
    let mut bench = bench();
    let long = vec![0xab; 200_000];
    bench.run_words(&[b"HSET", b"h", b"", b"", b"\0\r\n", b"\xff"]);
    bench.run_words(&[b"HSET", b"h", b"long", &long]);
    assert_eq!(bench.run("HSTRLEN h long"), ":200000\r\n");
    let reply = bench.run_words(&[b"HGET", b"h", b"long"]);
    assert_eq!(&reply[..9], b"$200000\r\n");
    assert_eq!(&reply[9..200_009], long);
    assert_eq!(bench.run_words(&[b"HGET", b"h", b"\0\r\n"]), b"$1\r\n\xff\r\n");
    assert_eq!(bench.run_words(&[b"HGET", b"h", b""]), b"$0\r\n\r\n");
}
