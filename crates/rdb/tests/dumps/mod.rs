//! Dumps for the tests: what real servers saved, and old layouts built from the format.

#![allow(dead_code, clippy::unwrap_used)] // each test uses some of them

use russet_rdb::{Event, ReadError, ReadOptions, Reader};

/// Redis 7.0.15: a string in each encoding, and one that expires.
pub const STRINGS: &str = "
    524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa0563
    74696d65c2b1f8006bfa08757365642d6d656dc2a0201500fa08616f662d62617365c000fe00fb080100057a
    65726f73033030370003693136c1ff7f0005706c61696e0568656c6c6f000477696465133932323333373230
    3336383534373735383037fc7bd8c32cbb030000000374746c0176000372756ec30938016161e02b00016161
    00026938c0800003693332c200000080ff3fa15eaf6037c152";

/// Redis 7.0.15: a hash in a listpack, and one with a value too long for that.
pub const HASHES: &str = "
    524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa0563
    74696d65c2b1f8006bfa08757365642d6d656dc2c81f1500fa08616f662d62617365c000fe00fb020004056c
    6172676502016ec007056669656c64c309404c016161e03f000161611005736d616c6c36360000000800846e
    616d650584727573740586616e73776572072a01836e656704f1ffef03846875676505f4ffffffffffffff7f
    09ffff8a0d90cd33bef0e2";

/// Redis 7.0.15: a function library, database 9, an access frequency.
pub const FUNCTION: &str = "
    524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa0563
    74696d65c2b1f8006bfa08757365642d6d656dc218201500fa08616f662d62617365c000f53923216c756120
    6e616d653d6c0a72656469732e72656769737465725f66756e6374696f6e282766272c2066756e6374696f6e
    282920656e6429fe09fb0100f90500016b0176fff18a8d07b228ecc1";

/// Redis 7.0.15: an idle time.
pub const IDLE: &str = "
    524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa0563
    74696d65c2b2f8006bfa08757365642d6d656dc2781e1500fa08616f662d62617365c000fe09fb0100f88000
    744bac00016b0176ff679bd738ed6cfb00";

/// Redis 7.0.15: a stream, which is not supported yet.
pub const STREAM: &str = "
    524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa0563
    74696d65c2b2f8006bfa08757365642d6d656dc2788f1500fa08616f662d62617365c000fe00fb0100f80013
    01730110000000000000000100000000000000011c1c0000000a000101000101018161020001020100010001
    01010401ff010101010100000100ff08e4602ff4c8031e";

/// Redis of late 2024: hash fields that expire, packed and not.
pub const FIELD_EXPIRY: &str = "
    524544495330303132fa0972656469732d7665720b3235352e3235352e323535fa0a72656469732d62697473
    c040fa056374696d65c2ccf8006bfa08757365642d6d656dc2b8781000fa08616f662d62617365c000fe00fb
    03001901737bd8c32cbb0300002c2c00000009008163020301f400d8c32cbb030000098162020201f47bd8c3
    2cbb0300000981610201010001ff180362696700d8c32cbb03000003010163c003000161c309404e017a7ae0
    4100017a7a407c0162c002100273320c0c00000002008161020101ffffffaeefe452fb3dec";

pub const ALL: [&str; 5] = [STRINGS, HASHES, FUNCTION, IDLE, FIELD_EXPIRY];

pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
    let pair = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// A dump of version `version` with these items between header and end, without a checksum.
pub fn dump(version: &str, items: &[u8]) -> Vec<u8> {
    let checksum: &[u8] = if version < "0005" { b"" } else { &[0; 8] };
    [b"REDIS", version.as_bytes(), items, b"\xff", checksum].concat()
}

pub fn read(bytes: &[u8]) -> Result<Vec<Event>, ReadError> {
    Reader::new(bytes, ReadOptions::default())?.collect()
}

pub fn read_error(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok(events) => panic!("read without an error: {events:?}"),
        Err(error) => error.to_string(),
    }
}
