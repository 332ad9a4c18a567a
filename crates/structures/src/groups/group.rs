//! A group: a few members in one block, found by their tags.
//!
//! ```text
//!   head of 8 members:  8 tags | 8 next bytes | 8 lengths        (24 bytes)
//!   block:              head | head .. | free | .. | data of member 1 | data of member 0
//! ```
//!
//! Heads grow from the front of the block and data from its end, so that a new member moves
//! nothing. For three members `ab`, `cde` and one that lies outside, as number 7:
//!
//! ```text
//!   t0 t1 t2 0 0 0 0 0 | n0 n1 n2 0 0 0 0 0 | 2 3 82 0 0 0 0 0 | free | 07 00 | c d e | a b
//! ```
//!
//! Must be true
//! 1. The bytes of heads that belong to no member are 0, so that sums of lengths need no mask.
//! 2. Data follow each other, from the end of the block, in the order of the heads.
//!
//! Not here: the number of members, which the segment keeps; what tags and next bytes mean.

use crate::block::block_size;
use crate::prefetch::prefetch;

/// Members in a head.
const EIGHT: usize = 8;
/// Bytes of a head.
const HEAD: usize = 3 * EIGHT;
/// In a length: the member's data is the number of an item outside.
const OUTSIDE: u8 = 0x80;
/// Bytes of such a number.
const NUMBER_LEN: usize = 2;
/// The longest member whose bytes are in the block.
pub(super) const INSIDE_MAX: usize = 127;
/// The most members of a group.
pub(super) const GROUP_MAX: usize = 255;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
const LENS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const EVEN: u64 = 0x00ff_00ff_00ff_00ff;

/// A member's part of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data<'a> {
    /// The member.
    Inside(&'a [u8]),
    /// The number of the item outside that stands for it.
    Outside(u16),
}

/// A member with what its head says.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) tag: u8,
    pub(super) next: u8,
    pub(super) data: Data<'a>,
}

/// The block of a group; empty while the group is.
#[derive(Default)]
pub(super) struct Group(Box<[u8]>);

/// The sum of eight bytes.
#[inline(always)]
pub(super) fn sum(bytes: u64) -> usize {
    let pairs = (bytes & EVEN) + ((bytes >> 8) & EVEN);
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as usize
}

/// The first `count` of eight bytes.
#[inline(always)]
fn first(bytes: u64, count: usize) -> u64 {
    if count >= EIGHT { bytes } else { bytes & !(u64::MAX << (8 * count)) }
}

fn heads_len(count: usize) -> usize {
    count.div_ceil(EIGHT) * HEAD
}

impl Group {
    /// A block with room for `count` members of together `data` bytes, and a sixteenth more.
    fn with_room(count: usize, data: usize) -> Self {
        let bytes = heads_len(count) + data;
        Self(vec![0; block_size(bytes + bytes / 16)].into())
    }

    /// Bytes of the block.
    pub(super) fn size(&self) -> usize {
        self.0.len()
    }

    /// Asks the memory for the heads of `count` members.
    #[inline]
    pub(super) fn prefetch_heads(&self, count: usize) {
        prefetch(&self.0[..heads_len(count)]);
    }

    /// Asks the memory for the data of member `index`.
    #[inline]
    pub(super) fn prefetch_data(&self, index: usize) {
        if let Data::Inside(bytes) = self.part(index).data {
            prefetch(bytes);
        }
    }

    /// Asks the memory for everything.
    #[inline]
    pub(super) fn prefetch(&self) {
        prefetch(&self.0);
    }

    #[inline(always)]
    fn word(&self, at: usize) -> u64 {
        let bytes = self.0.get(at..at + 8).and_then(|bytes| bytes.first_chunk());
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    #[inline(always)]
    fn tags(&self, head: usize) -> u64 {
        self.word(head * HEAD)
    }

    #[inline(always)]
    fn lens(&self, head: usize) -> u64 {
        self.word(head * HEAD + 2 * EIGHT)
    }

    /// Where the three bytes about member `index` lie: tag, next byte, length.
    #[inline(always)]
    fn places(index: usize) -> [usize; 3] {
        let at = index / EIGHT * HEAD + index % EIGHT;
        [at, at + EIGHT, at + 2 * EIGHT]
    }

    /// The data that ends at `end` and has this length byte.
    #[inline(always)]
    fn data(&self, end: usize, len: u8) -> Data<'_> {
        let bytes = &self.0[end - usize::from(len & !OUTSIDE)..end];
        match bytes {
            [low, high] if len & OUTSIDE != 0 => Data::Outside(u16::from_le_bytes([*low, *high])),
            _ => Data::Inside(bytes),
        }
    }

    /// Where the data of member `index` ends.
    #[inline]
    fn end_of(&self, index: usize) -> usize {
        let full: usize = (0..index / EIGHT).map(|head| sum(self.lens(head) & LENS)).sum();
        let lens = first(self.lens(index / EIGHT), index % EIGHT);
        self.0.len() - full - sum(lens & LENS)
    }

    /// Bytes of all data.
    #[inline]
    fn data_len(&self, count: usize) -> usize {
        (0..count.div_ceil(EIGHT)).map(|head| sum(self.lens(head) & LENS)).sum()
    }

    /// The first of `count` members with this tag for whose data `same` holds, and those.
    #[inline]
    pub(super) fn find(
        &self,
        count: usize,
        tag: u8,
        mut same: impl FnMut(Data<'_>) -> bool,
    ) -> Option<(usize, Data<'_>)> {
        let mut end = self.0.len();
        for head in 0..count.div_ceil(EIGHT) {
            let differing = self.tags(head) ^ (LOW * u64::from(tag));
            let equal = differing.wrapping_sub(LOW) & !differing & HIGH;
            let mut matches = first(equal, count - head * EIGHT);
            let lens = self.lens(head);
            while matches != 0 {
                let slot = matches.trailing_zeros() as usize / 8;
                let len = (lens >> (8 * slot)) as u8;
                let data = self.data(end - sum(first(lens, slot) & LENS), len);
                if same(data) {
                    return Some((head * EIGHT + slot, data));
                }
                matches &= matches - 1;
            }
            end -= sum(lens & LENS);
        }
        None
    }

    /// Member `index`.
    pub(super) fn part(&self, index: usize) -> Part<'_> {
        let [tag, next, len] = Self::places(index).map(|at| self.0[at]);
        Part { tag, next, data: self.data(self.end_of(index), len) }
    }

    /// The first `count` members in order.
    #[inline]
    pub(super) fn parts(&self, count: usize) -> impl Iterator<Item = Part<'_>> {
        let mut end = self.0.len();
        (0..count).map(move |index| {
            let [tag, next, len] = Self::places(index).map(|at| self.0[at]);
            let part = Part { tag, next, data: self.data(end, len) };
            end -= usize::from(len & !OUTSIDE);
            part
        })
    }

    /// Adds a member behind `count` others.
    #[inline]
    pub(super) fn push(&mut self, count: usize, part: Part<'_>) {
        let number;
        let (bytes, len) = match part.data {
            Data::Inside(bytes) => (bytes, bytes.len() as u8),
            Data::Outside(outside) => {
                number = outside.to_le_bytes();
                (number.as_slice(), NUMBER_LEN as u8 | OUTSIDE)
            }
        };
        debug_assert!(bytes.len() <= INSIDE_MAX && count < GROUP_MAX);
        let data = self.data_len(count);
        if heads_len(count + 1) + data + bytes.len() > self.0.len() {
            self.resize(count, data, (count + 1, data + bytes.len()));
        }
        if count.is_multiple_of(EIGHT) {
            let at = heads_len(count);
            self.0[at..at + HEAD].fill(0);
        }
        for (at, byte) in Self::places(count).into_iter().zip([part.tag, part.next, len]) {
            self.0[at] = byte;
        }
        let end = self.0.len() - data;
        self.0[end - bytes.len()..end].copy_from_slice(bytes);
    }

    /// Moves to a block for `room` (members, bytes of data).
    #[cold]
    fn resize(&mut self, count: usize, data: usize, room: (usize, usize)) {
        let mut block = Self::with_room(room.0, room.1);
        let heads = heads_len(count);
        block.0[..heads].copy_from_slice(&self.0[..heads]);
        let (to, from) = (block.0.len() - data, self.0.len() - data);
        block.0[to..].copy_from_slice(&self.0[from..]);
        *self = block;
    }

    /// Takes member `index` out of `count`.
    pub(super) fn remove(&mut self, count: usize, index: usize) {
        if count == 1 {
            return *self = Self::default();
        }
        let data = self.data_len(count);
        let end = self.end_of(index);
        let places = Self::places(index);
        let len = usize::from(self.0[places[2]] & !OUTSIDE);
        let last = Self::places(count - 1);
        let lowest = self.0.len() - data;
        if usize::from(self.0[last[2]] & !OUTSIDE) == len {
            // The last one fits into the hole.
            self.0.copy_within(lowest..lowest + len, end - len);
            for (to, from) in places.into_iter().zip(last) {
                self.0[to] = self.0[from];
            }
        } else {
            self.0.copy_within(lowest..end - len, lowest + len);
            for at in index + 1..count {
                for (to, from) in Self::places(at - 1).into_iter().zip(Self::places(at)) {
                    self.0[to] = self.0[from];
                }
            }
        }
        last.into_iter().for_each(|at| self.0[at] = 0);
        let left = heads_len(count - 1) + data - len;
        if left * 2 < self.0.len() {
            self.resize(count - 1, data - len, (count - 1, data - len));
        }
    }

    /// Sets the next byte of member `index`.
    pub(super) fn set_next(&mut self, index: usize, next: u8) {
        let at = Self::places(index)[1];
        self.0[at] = next;
    }

    /// Gives the items outside that stand for some of `count` members other numbers.
    pub(super) fn renumber(&mut self, count: usize, mut renumber: impl FnMut(u16) -> u16) {
        let mut end = self.0.len();
        for index in 0..count {
            let len = self.0[Self::places(index)[2]];
            if len & OUTSIDE != 0
                && let Some(number) = self.0[..end].last_chunk_mut()
            {
                *number = renumber(u16::from_le_bytes(*number)).to_le_bytes();
            }
            end -= usize::from(len & !OUTSIDE);
        }
    }

    /// The members of two groups, `counts` of them, in one.
    pub(super) fn joined(groups: [&Self; 2], counts: [usize; 2]) -> Self {
        let data: usize = (0..2).map(|it| groups[it].data_len(counts[it])).sum();
        let count = counts[0] + counts[1];
        let mut joined = if count > 0 { Self::with_room(count, data) } else { Self::default() };
        let parts = (0..2).flat_map(|it| groups[it].parts(counts[it]));
        parts.enumerate().for_each(|(index, part)| joined.push(index, part));
        joined
    }

    /// The members whose next byte has none of the bits of `mask`, and those that have one, with
    /// their numbers.
    pub(super) fn split(&self, count: usize, mask: u8) -> [(Self, u8); 2] {
        let is_upper = |part: &Part<'_>| part.next & mask != 0;
        let mut lens = [(0, 0); 2];
        for part in self.parts(count) {
            let (members, data) = &mut lens[usize::from(is_upper(&part))];
            *members += 1;
            *data += part.data.len();
        }
        [false, true].map(|upper| {
            let (members, data) = lens[usize::from(upper)];
            let mut half =
                if members > 0 { Self::with_room(members, data) } else { Self::default() };
            let parts = self.parts(count).filter(|part| is_upper(part) == upper);
            parts.enumerate().for_each(|(index, part)| half.push(index, part));
            (half, members as u8)
        })
    }
}

impl Data<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Inside(bytes) => bytes.len(),
            Self::Outside(_) => NUMBER_LEN,
        }
    }
}
