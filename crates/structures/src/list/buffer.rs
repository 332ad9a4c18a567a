//! Bytes that grow and shrink cheaply at both ends.
//!
//! ```text
//!   |  slack  |  the bytes  |  slack  |
//!             ^ head        ^ tail    ^ capacity
//! ```
//!
//! Blocks have sizes that the allocator really has. One that grows at one end goes from size to
//! size, so it is nearly full, and a byte added moves some five until the owner's limit is reached.
//! One that has slack at the other end too (a queue; pushes at both ends) gets a quarter of what
//! there is as slack, half of it at either end, so a byte added moves some eight.
//!
//! Must be true: `head <= tail <= bytes.len()`, and all three fit 32 bits.

use crate::block::block_size;

/// Slack that is asked for, unless there are fewer bytes.
const SLACK: usize = 64;
/// The share of the bytes that is, if there is slack at both ends.
const SLACK_SHARE: usize = 4;
/// Slack is given back once the bytes take less than this share of a block.
const SHRINK_BELOW: usize = 4;
/// Blocks up to this size are left alone by that.
const SHRINK_MIN: usize = 512;

/// Bytes with slack at both ends.
#[derive(Clone, Default)]
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    head: u32,
    tail: u32,
}

/// An end of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where index 0 is.
    Front,
    /// Where the last index is.
    Back,
}

impl End {
    /// The other end.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Front => Self::Back,
            Self::Back => Self::Front,
        }
    }
}

impl Buffer {
    /// These bytes, without slack.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut buffer = Self::default();
        buffer.grow(End::Back, bytes.len(), bytes.len());
        buffer.push(End::Back, bytes, bytes.len());
        buffer
    }

    /// No bytes, and room for `capacity` of them that are added at `end`.
    pub(super) fn with_room(end: End, capacity: usize) -> Self {
        let bytes = vec![0; block_size(capacity)].into_boxed_slice();
        let head = match end {
            End::Front => bytes.len() as u32,
            End::Back => 0,
        };
        Self { bytes, head, tail: head }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        (self.tail - self.head) as usize
    }

    /// Bytes of the block.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    #[inline(always)]
    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.head as usize..self.tail as usize).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.head as usize..self.tail as usize).unwrap_or_default()
    }

    /// Adds bytes at an end. The owner does not expect the whole to exceed `most` bytes soon, which
    /// bounds the slack.
    #[inline]
    pub(super) fn push(&mut self, end: End, piece: &[u8], most: usize) {
        let len = piece.len();
        let room = match end {
            End::Front => self.head as usize,
            End::Back => self.bytes.len() - self.tail as usize,
        };
        if room < len {
            self.grow(end, len, most);
        }
        let at = match end {
            End::Front => {
                self.head -= len as u32;
                self.head as usize
            }
            End::Back => {
                self.tail += len as u32;
                self.tail as usize - len
            }
        };
        self.bytes[at..at + len].copy_from_slice(piece);
    }

    /// Removes `len` bytes at an end, of which there are as many.
    #[inline]
    pub(super) fn pop(&mut self, end: End, len: usize) {
        debug_assert!(len <= self.len());
        match end {
            End::Front => self.head += len as u32,
            End::Back => self.tail -= len as u32,
        }
        if self.bytes.len() > SHRINK_MIN && self.len() < self.bytes.len() / SHRINK_BELOW {
            self.move_to(block_size(self.len() * 2), self.len() / 2);
        }
    }

    /// Replaces `remove` bytes at `at` by `piece`, moving the shorter side.
    pub(super) fn splice(&mut self, at: usize, remove: usize, piece: &[u8]) {
        debug_assert!(at + remove <= self.len());
        let front = at < self.len() - at - remove;
        let end = if front { End::Front } else { End::Back };
        let (old, new) = (remove as i64, piece.len() as i64);
        if new > old {
            let more = piece.len() - remove;
            let room = match end {
                End::Front => self.head as usize,
                End::Back => self.bytes.len() - self.tail as usize,
            };
            if room < more {
                self.grow(end, more, self.len() + more);
            }
        }
        let (head, tail) = (self.head as usize, self.tail as usize);
        if front {
            let new_head = (head as i64 - (new - old)) as usize;
            self.bytes.copy_within(head..head + at, new_head);
            self.head = new_head as u32;
        } else {
            let new_tail = (tail as i64 + (new - old)) as usize;
            self.bytes.copy_within(head + at + remove..tail, head + at + piece.len());
            self.tail = new_tail as u32;
        }
        let start = self.head as usize + at;
        self.bytes[start..start + piece.len()].copy_from_slice(piece);
        self.pop(end, 0);
    }

    /// Gives the slack back as far as that makes the block smaller.
    pub(super) fn shrink(&mut self) {
        if block_size(self.len()) < self.bytes.len() {
            self.move_to(block_size(self.len()), 0);
        }
    }

    /// Makes room for `more` bytes at an end.
    #[cold]
    fn grow(&mut self, end: End, more: usize, most: usize) {
        let (len, old) = (self.len(), self.bytes.len());
        let needed = len + more;
        let other_end = match end {
            End::Front => old - self.tail as usize,
            End::Back => self.head as usize,
        };
        let slack = if other_end > 0 { needed / SLACK_SHARE } else { len.min(SLACK) };
        let capacity = if other_end > 0 && needed + slack <= old {
            old
        } else {
            block_size((needed + slack).min(most).max(needed))
        };
        let spare = capacity - needed;
        let beyond = if other_end > 0 { spare / 2 } else { 0 };
        let head = match end {
            End::Front => capacity - len - beyond,
            End::Back => beyond,
        };
        self.move_to(capacity, head);
    }

    /// Moves the bytes to `head` of a block of `capacity` bytes.
    fn move_to(&mut self, capacity: usize, head: usize) {
        let (from, len) = (self.head as usize, self.len());
        if capacity == self.bytes.len() {
            self.bytes.copy_within(from..from + len, head);
        } else {
            let mut bytes = vec![0; capacity].into_boxed_slice();
            bytes[head..head + len].copy_from_slice(self.as_slice());
            self.bytes = bytes;
        }
        (self.head, self.tail) = (head as u32, (head + len) as u32);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(bool, Vec<u8>),
        Pop(bool, usize),
        Splice(usize, usize, Vec<u8>),
        Shrink,
    }

    fn step() -> impl Strategy<Value = Step> {
        let bytes = |max: usize| proptest::collection::vec(any::<u8>(), 0..max);
        prop_oneof![
            4 => (any::<bool>(), bytes(200)).prop_map(|(front, piece)| Step::Push(front, piece)),
            3 => (any::<bool>(), 0usize..300).prop_map(|(front, len)| Step::Pop(front, len)),
            2 => (0usize..2000, 0usize..100, bytes(100))
            .prop_map(|(at, remove, piece)| Step::Splice(at, remove, piece)),
            1 => Just(Step::Shrink),
        ]
    }

    proptest! {
        #[test]
        fn a_buffer_is_a_deque_of_bytes(steps in proptest::collection::vec(step(), 0..60)) {
            let (mut buffer, mut model) = (Buffer::default(), VecDeque::new());
            for step in steps {
                match step {
                    Step::Push(true, piece) => {
                        buffer.push(End::Front, &piece, 1_000);
                        piece.iter().rev().for_each(|byte| model.push_front(*byte));
                    }
                    Step::Push(false, piece) => {
                        buffer.push(End::Back, &piece, 1_000);
                        model.extend(piece);
                    }
                    Step::Pop(front, len) => {
                        let len = len.min(model.len());
                        buffer.pop(if front { End::Front } else { End::Back }, len);
                        let rest = model.len() - len;
                        if front { model.drain(..len) } else { model.drain(rest..) };
                    }
                    Step::Splice(at, remove, piece) => {
                        let at = at.min(model.len());
                        let remove = remove.min(model.len() - at);
                        buffer.splice(at, remove, &piece);
                        let tail = model.split_off(at);
                        model.extend(piece);
                        model.extend(tail.into_iter().skip(remove));
                    }
                    Step::Shrink => {
                        buffer.shrink();
                        prop_assert_eq!(block_size(buffer.len()), buffer.capacity());
                    }
                }
                prop_assert_eq!(buffer.as_slice(), &*model.make_contiguous());
                let roomy = (buffer.len() * 4 + SLACK).max(SHRINK_MIN).max(1_024);
                prop_assert!(buffer.capacity() <= roomy, "{}", buffer.capacity());
            }
        }
    }

    /// Bytes moved by pushes of 20 bytes each and pops of as many.
    fn moved(buffer: &mut Buffer, steps: impl Iterator<Item = (End, Option<End>)>) -> usize {
        let mut moved = 0;
        for (push, pop) in steps {
            let (block, place) = (buffer.bytes.as_ptr(), buffer.head);
            buffer.push(push, &[7; 20], 8 << 10);
            let head = if push == End::Front { buffer.head + 20 } else { buffer.head };
            if (block, place) != (buffer.bytes.as_ptr(), head) {
                moved += buffer.len();
            }
            pop.into_iter().for_each(|end| buffer.pop(end, 20));
        }
        moved
    }

    #[test]
    fn pushing_moves_little() {
        let ends = [End::Front, End::Back];
        let both = (0..400).map(|at| (ends[at % 2], None));
        let one = |end| std::iter::repeat_n((end, None), 400);
        let steps: [Vec<_>; 3] = [one(ends[0]).collect(), one(ends[1]).collect(), both.collect()];
        for steps in steps {
            let mut buffer = Buffer::default();
            let moved = moved(&mut buffer, steps.into_iter());
            assert!(moved < 10 * buffer.len(), "{moved}");
            assert_eq!(buffer.capacity(), 8 << 10);
        }
    }

    #[test]
    fn room_is_where_it_was_asked_for() {
        for end in [End::Front, End::Back] {
            let mut buffer = Buffer::with_room(end, 1_000);
            (0..51).for_each(|_| buffer.push(end, &[7; 20], 1_000));
            assert_eq!((buffer.len(), buffer.capacity()), (1_020, 1_024));
        }
    }

    #[test]
    fn a_queue_within_one_buffer_stays_small_and_moves_little() {
        for (push, pop) in [(End::Back, End::Front), (End::Front, End::Back)] {
            let mut buffer = Buffer::default();
            moved(&mut buffer, std::iter::repeat_n((push, None), 60));
            let moved = moved(&mut buffer, std::iter::repeat_n((push, Some(pop)), 10_000));
            assert!(buffer.capacity() <= 1_792, "{}", buffer.capacity());
            assert!(moved < 10 * 10_000 * 20, "{moved}");
        }
    }
}
