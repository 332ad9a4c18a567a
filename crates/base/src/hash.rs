//! The keyed hash of keys: SipHash-1-3 with 128 random bits of key.
//!
//! Clients choose the keys of the database, and SCAN and RANDOMKEY publish the order in which they
//! lie, hence much about their hashes. With a weaker hash that is enough to construct keys which
//! all fall into one bucket and make every lookup slow. So the hash must resist an adversary who
//! sees its effects; SipHash is the cheapest widely studied function made for that ("SipHash: a
//! fast short-input PRF", 2012; one round per word and three to finish, as in Rust's own hash
//! maps).
//!
//! The `siphasher` crate's one-shot form does the work. A version of our own was within 10 % of it
//! at 5 to 40 bytes, which does not pay for the code.
//!
//! Not here: hashing of anything that is written to disk or sent to peers (see `crc`).

use siphasher::sip::SipHasher13;

/// A SipHash-1-3 function with its key.
#[derive(Clone, Copy)]
pub struct KeyHasher(SipHasher13);

impl KeyHasher {
    /// A hasher that nobody can predict. Fails only if the system has no random source.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key)?;
        Ok(Self::with_key(key))
    }

    /// A hasher with a given key, for tests and simulations.
    pub fn with_key(key: [u8; 16]) -> Self {
        Self(SipHasher13::new_with_key(&key))
    }

    /// The hash of `bytes`, all 64 bits of it equally good.
    #[inline]
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        self.0.hash(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Key 00 01 .. 0f, input 00 01 02 ..; from an independent implementation. They guard against a
    // change of the function: hashes order the keyspace, also between nodes of a simulation.
    #[test]
    fn hashes_byte_for_byte() {
        let hasher = KeyHasher::with_key(std::array::from_fn(|n| n as u8));
        let bytes: Vec<u8> = (0..64).collect();
        let cases = [
            (0, 0xabac0158050fc4dc),
            (1, 0xc9f49bf37d57ca93),
            (7, 0xd3927d989bb11140),
            (8, 0x369095118d299a8e),
            (15, 0xd320d86d2a519956),
            (16, 0xcc4fdd1a7d908b66),
            (40, 0xc1d2363299e41531),
            (63, 0x9d199062b7bbb3a8),
        ];
        for (len, hash) in cases {
            assert_eq!(hasher.hash(&bytes[..len]), hash, "{len} bytes");
        }
    }

    #[test]
    fn two_random_hashers_differ() {
        let (one, two) = (KeyHasher::random().unwrap(), KeyHasher::random().unwrap());
        assert_ne!(one.hash(b"key"), two.hash(b"key"));
    }

    #[test]
    fn every_bit_of_the_input_counts() {
        let hasher = KeyHasher::with_key([7; 16]);
        let mut bytes = *b"a key of 21 bytes....";
        let plain = hasher.hash(&bytes);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = (hasher.hash(&bytes) ^ plain).count_ones();
            assert!((12..=52).contains(&changed), "bit {bit} changed {changed} bits");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
