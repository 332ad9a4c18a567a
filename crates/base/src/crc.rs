//! CRC16 and the cluster slot of a key.
//!
//! The polynomial is XMODEM's (0x1021, initial value 0, not reflected), as the Redis Cluster
//! specification says. Keys with the same text between the first '{' and the next '}' share a
//! slot, unless there is nothing between them.
//!
//! Not here: CRC64 of dump files.

/// How many slots a cluster has.
pub const SLOT_COUNT: u16 = 16_384;

/// The CRC16/XMODEM of `bytes`.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| (crc << 8) ^ TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

/// The cluster slot of a key, below [`SLOT_COUNT`].
pub fn key_slot(key: &[u8]) -> u16 {
    crc16(hash_tag(key)) % SLOT_COUNT
}

/// The part of a key that decides its slot: the hash tag if there is one, else the whole key.
pub fn hash_tag(key: &[u8]) -> &[u8] {
    let Some(open) = key.iter().position(|&byte| byte == b'{') else { return key };
    let tail = &key[open + 1..];
    match tail.iter().position(|&byte| byte == b'}') {
        None | Some(0) => key,
        Some(close) => &tail[..close],
    }
}

const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_value_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(crc16(b""), 0);
    }

    #[test]
    fn a_tag_decides_the_slot() {
        let cases: [(&[u8], &[u8]); 8] = [
            (b"{user1000}.following", b"user1000"),
            (b"foo{}{bar}", b"foo{}{bar}"),
            (b"foo{{bar}}zap", b"{bar"),
            (b"foo{bar}{zap}", b"bar"),
            (b"foo{bar", b"foo{bar"),
            (b"foo}bar{", b"foo}bar{"),
            (b"{a}", b"a"),
            (b"", b""),
        ];
        for (key, tag) in cases {
            assert_eq!(hash_tag(key), tag, "{}", key.escape_ascii());
            assert_eq!(key_slot(key), crc16(tag) % SLOT_COUNT);
        }
    }

    // From CLUSTER KEYSLOT on Redis 7.0.15.
    #[test]
    fn slots_agree_with_redis() {
        let cases: [(&[u8], u16); 9] = [
            (b"foo", 12_182),
            (b"bar", 5_061),
            (b"hello", 866),
            (b"somekey", 11_058),
            (b"{user1000}.following", 3_443),
            (b"foo{}{bar}", 8_363),
            (b"foo{{bar}}zap", 4_015),
            (b"foo{bar", 15_278),
            (b"", 0),
        ];
        for (key, slot) in cases {
            assert_eq!(key_slot(key), slot, "{}", key.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn the_table_agrees_with_division_bit_by_bit(bytes: Vec<u8>) {
            let mut crc = 0u32;
            for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1)) {
                let carry = (crc >> 15) as u8 & 1 != bit;
                crc = crc << 1 & 0xffff;
                if carry {
                    crc ^= 0x1021;
                }
            }
            prop_assert_eq!(u32::from(crc16(&bytes)), crc);
        }
    }
}
