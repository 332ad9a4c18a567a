//! LZF, the compression of strings in a dump and of inner chunks of long lists.
//!
//! ```text
//!   000lllll  bytes                        copy the next l + 1 bytes (1 to 32)
//!   lllddddd  dddddddd                     repeat l + 2 bytes (3 to 8) from distance d + 1
//!   111ddddd  llllllll  dddddddd           repeat l + 9 bytes (9 to 264) from distance d + 1
//! ```
//!
//! A repeat may overlap what it produces: distance 1 fills with the byte before.
//!
//! Compression is greedy with a table from a hash of three bytes to the last place they were seen.
//! The table belongs to the [`Compressor`] and is never cleared between strings: places are
//! counted across all strings, so those of earlier strings fall below `base` and are ignored. A
//! dump compresses millions of short strings, and clearing a table for each would dominate.
//!
//! The format is that of LibLZF. The crate `lzf` reads and writes it too, and is
//! the oracle of the tests; it is not used here because its compressor clears a table of 512 KB
//! for every string, and panics on some strings that do not shrink.

const LITERALS_MAX: usize = 32;
const REPEAT_MIN: usize = 3;
const REPEAT_MAX: usize = 264;
const DISTANCE_MAX: usize = 8192;
const TABLE_BITS: u32 = 14;

/// The most plain bytes one compressed byte can stand for: a repeat of 264 takes three.
const EXPANSION_MAX: usize = REPEAT_MAX / 3;

/// The `plain_len` bytes that `packed` stands for, or what is wrong with it.
///
/// Allocates nothing if `packed` is too short to stand for that much.
pub fn decompress(packed: &[u8], plain_len: usize) -> Result<Vec<u8>, &'static str> {
    if plain_len > packed.len().saturating_mul(EXPANSION_MAX) {
        return Err("compressed string is too short for its plain size");
    }
    let mut plain = Vec::with_capacity(plain_len);
    let mut rest = packed;
    while let Some((&control, tail)) = rest.split_first() {
        rest = if control < LITERALS_MAX as u8 {
            let (literals, tail) = tail
                .split_at_checked(usize::from(control) + 1)
                .ok_or("compressed string ends early")?;
            if literals.len() > plain_len - plain.len() {
                return Err("compressed string is longer than its plain size");
            }
            plain.extend_from_slice(literals);
            tail
        } else {
            repeat(control, tail, &mut plain, plain_len)?
        };
    }
    if plain.len() == plain_len { Ok(plain) } else { Err("compressed string ends early") }
}

/// Appends what one repeat stands for; returns the input after it.
fn repeat<'a>(
    control: u8,
    input: &'a [u8],
    plain: &mut Vec<u8>,
    plain_len: usize,
) -> Result<&'a [u8], &'static str> {
    let (len, low, tail) = match (control >> 5, input) {
        (7, [more, low, tail @ ..]) => (usize::from(*more) + 9, *low, tail),
        (short @ 1..=6, [low, tail @ ..]) => (usize::from(short) + 2, *low, tail),
        _ => return Err("compressed string ends early"),
    };
    let distance = (usize::from(control & 0x1F) << 8 | usize::from(low)) + 1;
    if len > plain_len - plain.len() {
        return Err("compressed string is longer than its plain size");
    }
    let start = plain.len().checked_sub(distance).ok_or("repeat from before the start")?;
    if distance >= len {
        plain.extend_from_within(start..start + len);
    } else {
        // What has been repeated so far is repeated with it, so the pieces double.
        let mut left = len;
        while left > 0 {
            let piece = left.min(plain.len() - start);
            plain.extend_from_within(start..start + piece);
            left -= piece;
        }
    }
    Ok(tail)
}

/// Compresses strings one after another, reusing its table and its output.
#[derive(Debug)]
pub struct Compressor {
    /// `base + place + 1` of the last string that contained the three bytes at `place`.
    table: Box<[u32]>,
    base: u32,
    packed: Vec<u8>,
}

impl Default for Compressor {
    fn default() -> Compressor {
        Compressor::new()
    }
}

impl Compressor {
    /// Allocates the table: 64 KB.
    pub fn new() -> Compressor {
        Compressor { table: vec![0; 1 << TABLE_BITS].into(), base: 0, packed: Vec::new() }
    }

    /// The compressed form of `plain`, if it takes at most `packed_len_max` bytes.
    pub fn compress(&mut self, plain: &[u8], packed_len_max: usize) -> Option<&[u8]> {
        let len = u32::try_from(plain.len()).ok()?;
        if self.base.checked_add(len).is_none() {
            self.table.fill(0);
            self.base = 0;
        }
        self.packed.clear();
        let mut literals = 0;
        let mut place = 0;
        while let Some(window) = plain[place..].first_chunk::<REPEAT_MIN>() {
            match self.seen(plain, place, window) {
                Some(earlier) => {
                    let len = common_len(plain, earlier, place);
                    self.put_literals(&plain[literals..place]);
                    self.put_repeat(place - earlier, len);
                    place += len;
                    literals = place;
                }
                None => place += 1,
            }
            if self.packed.len() > packed_len_max {
                break;
            }
        }
        self.base += len;
        if self.packed.len() > packed_len_max {
            return None;
        }
        self.put_literals(&plain[literals..]);
        (self.packed.len() <= packed_len_max).then_some(&self.packed)
    }

    /// An earlier place, within reach, with the same three bytes; notes this place.
    fn seen(&mut self, plain: &[u8], place: usize, window: &[u8; 3]) -> Option<usize> {
        let [a, b, c] = window.map(u32::from);
        let slot = (a << 16 | b << 8 | c).wrapping_mul(0x9E37_79B1) >> (32 - TABLE_BITS);
        let entry = &mut self.table[slot as usize];
        let noted = *entry;
        *entry = self.base + place as u32 + 1;
        let earlier = noted.checked_sub(self.base + 1)? as usize;
        let found = place - earlier <= DISTANCE_MAX && plain[earlier..].starts_with(window);
        found.then_some(earlier)
    }

    fn put_literals(&mut self, literals: &[u8]) {
        for run in literals.chunks(LITERALS_MAX) {
            self.packed.push(run.len() as u8 - 1);
            self.packed.extend_from_slice(run);
        }
    }

    fn put_repeat(&mut self, distance: usize, len: usize) {
        let [high, low] = ((distance - 1) as u16).to_be_bytes();
        match len {
            0..=8 => self.packed.extend([((len - 2) as u8) << 5 | high, low]),
            _ => self.packed.extend([7 << 5 | high, (len - 9) as u8, low]),
        }
    }
}

/// How many bytes from `earlier` on equal those from `place` on, as far as one repeat goes.
fn common_len(plain: &[u8], earlier: usize, place: usize) -> usize {
    let here = plain[place..].iter().take(REPEAT_MAX);
    plain[earlier..].iter().zip(here).take_while(|(then, now)| then == now).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn repetitive() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            proptest::collection::vec(0u8..4, 1..12),
            proptest::collection::vec(any::<u8>(), 1..40),
            (any::<u8>(), 1usize..900).prop_map(|(byte, len)| vec![byte; len]),
        ];
        proptest::collection::vec(word, 0..40).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn both_implementations_read_what_either_writes(
            strings in proptest::collection::vec(repetitive(), 1..8),
        ) {
            let mut compressor = Compressor::new();
            for plain in strings {
                if let Some(packed) = compressor.compress(&plain, usize::MAX).map(<[u8]>::to_vec) {
                    prop_assert_eq!(decompress(&packed, plain.len()), Ok(plain.clone()));
                    if !plain.is_empty() {
                        prop_assert_eq!(lzf::decompress(&packed, plain.len()), Ok(plain.clone()));
                    }
                }
                // The other compressor panics on some strings that do not shrink; these do.
                let plain = plain[..plain.len().min(2000)].repeat(4);
                if let Ok(packed) = lzf::compress(&plain) {
                    prop_assert_eq!(decompress(&packed, plain.len()), Ok(plain));
                }
            }
        }

        #[test]
        fn any_input_is_answered_and_answers_agree(
            packed in proptest::collection::vec(any::<u8>(), 1..60),
            plain_len in 0usize..400,
        ) {
            let ours = decompress(&packed, plain_len).ok();
            let theirs = lzf::decompress(&packed, plain_len).ok().filter(|p| p.len() == plain_len);
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn compression_is_worth_it_or_absent() {
        let mut compressor = Compressor::new();
        let plain = b"0123456789".repeat(100);
        let packed = compressor.compress(&plain, plain.len() - 4).expect("it repeats").to_vec();
        assert!(packed.len() < 40, "{} bytes", packed.len());
        let random: Vec<u8> = (0..=255).collect();
        assert_eq!(compressor.compress(&random, random.len() - 4), None);
        assert_eq!(compressor.compress(&plain, packed.len() - 1), None);
    }

    #[test]
    fn repeats_reach_as_far_as_the_format_allows() {
        // A word, then bytes without repeats of three, then the word again.
        let noise: Vec<u8> =
            (0..5000u16).flat_map(|n| [0x80 | (n >> 6) as u8, n as u8 & 63]).collect();
        for distance in [DISTANCE_MAX - 1, DISTANCE_MAX, DISTANCE_MAX + 1] {
            let plain = [b"(word)", &noise[..distance - 6], b"(word)"].concat();
            let mut compressor = Compressor::new();
            let packed = compressor.compress(&plain, usize::MAX).expect("no limit").to_vec();
            assert_eq!(decompress(&packed, plain.len()).as_ref(), Ok(&plain));
            let ends_with_repeat =
                packed[packed.len() - 2..] == [4 << 5 | 31, (distance - 1) as u8];
            assert_eq!(ends_with_repeat, distance <= DISTANCE_MAX, "{distance}");
        }
    }

    #[test]
    fn places_survive_the_wrap_of_the_count() {
        let mut compressor = Compressor::new();
        let plain = b"abcabcabcabcabcabcabc".to_vec();
        let first = compressor.compress(&plain, 99).map(<[u8]>::to_vec);
        compressor.base = u32::MAX - 5;
        assert_eq!(compressor.compress(&plain, 99).map(<[u8]>::to_vec), first);
    }

    #[test]
    fn a_huge_plain_size_is_refused_before_allocating() {
        assert!(decompress(b"\x00a", 1 << 60).is_err());
    }
}
