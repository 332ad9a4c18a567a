//! The keyed hash of keys: SipHash-1-3 with 128 random bits of key.
//!
//! Clients choose the keys of the database, and SCAN and RANDOMKEY publish the order in which they
//! lie, hence much about their hashes. With a weaker hash that is enough to construct keys which
//! all fall into one bucket and make every lookup slow. So the hash must resist an adversary who
//! sees its effects; SipHash is the cheapest widely studied function made for that ("SipHash: a
//! fast short-input PRF", 2012; one round per word and three to finish, as in Rust's own hash
//! maps).
//!
//! Written out here, because inlined and without a streaming form's bookkeeping it takes a quarter
//! fewer instructions for a key of 16 bytes than the `siphasher` crate (112 of 151); that crate is
//! what the tests compare it with.
//!
//! Not here: hashing of anything that is written to disk or sent to peers (see `crc`).

/// A SipHash-1-3 function with its key.
#[derive(Clone, Copy)]
pub struct KeyHasher {
    /// The state before the first word: the key, twice, over the constants of the paper.
    start: [u64; 4],
}

impl KeyHasher {
    /// A hasher that nobody can predict. Fails only if the system has no random source.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key)?;
        Ok(Self::with_key(key))
    }

    /// A hasher with a given key, for tests and simulations.
    pub fn with_key(key: [u8; 16]) -> Self {
        let key = u128::from_le_bytes(key);
        let (k0, k1) = (key as u64, (key >> 64) as u64);
        let constants = [
            0x736f_6d65_7073_6575,
            0x646f_7261_6e64_6f6d,
            0x6c79_6765_6e65_7261,
            0x7465_6462_7974_6573,
        ];
        let [a, b, c, d] = constants;
        Self { start: [a ^ k0, b ^ k1, c ^ k0, d ^ k1] }
    }

    /// The hash of `bytes`, all 64 bits of it equally good.
    #[inline]
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        let mut state = self.start;
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            absorb(&mut state, word.first_chunk().map_or(0, |w| u64::from_le_bytes(*w)));
        }
        let rest = words.remainder().len();
        let last = match bytes.last_chunk() {
            // The last eight bytes, without those that were absorbed.
            Some(eight) if rest > 0 => u64::from_le_bytes(*eight) >> (64 - 8 * rest),
            Some(_) => 0,
            None => short_word(bytes),
        };
        absorb(&mut state, last | (bytes.len() as u64) << 56);
        state[2] ^= 0xff;
        round(&mut state);
        round(&mut state);
        round(&mut state);
        state[0] ^ state[1] ^ state[2] ^ state[3]
    }
}

#[inline(always)]
fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    state[0] ^= word;
}

#[inline(always)]
fn round(state: &mut [u64; 4]) {
    let [mut a, mut b, mut c, mut d] = *state;
    a = a.wrapping_add(b);
    c = c.wrapping_add(d);
    b = b.rotate_left(13) ^ a;
    d = d.rotate_left(16) ^ c;
    a = a.rotate_left(32);
    c = c.wrapping_add(b);
    a = a.wrapping_add(d);
    b = b.rotate_left(17) ^ c;
    d = d.rotate_left(21) ^ a;
    c = c.rotate_left(32);
    *state = [a, b, c, d];
}

/// Fewer than eight bytes as a word.
fn short_word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn it_is_siphash_1_3(key: [u8; 16], bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let theirs = siphasher::sip::SipHasher13::new_with_key(&key).hash(&bytes);
            prop_assert_eq!(KeyHasher::with_key(key).hash(&bytes), theirs);
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
