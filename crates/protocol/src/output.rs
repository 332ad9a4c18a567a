//! What a connection will send: bytes, and large values among them by reference.
//!
//! ```text
//! bytes   |sent already|$3\r\nabc\r\n$100000\r\n|\r\n+OK\r\n|
//! shared                                        ^ a value of 100,000 bytes goes in here
//! ```
//!
//! A GET of a large value thus costs a reference count instead of a copy, and the kernel reads the
//! value itself (`writev`).
//!
//! Must be true: `shared` is in ascending order of position, no position is below `head`, and no
//! value in it is empty.
//! Not here: what the bytes mean (see [`Reply`](crate::Reply)) and the sending.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;

use crate::binary::write::{Frame, append_within};
use crate::reply::Version;
use crate::resp::header;

/// From this length on, in bytes, a value is sent by reference: below it a copy is cheaper than
/// another element for `writev` and a count that other threads share.
pub const SHARED_MIN: usize = 32 << 10;

/// Bytes already sent are dropped from the front once they are so many, and half of all.
const SENT_MAX: usize = 64 << 10;

/// The bytes that wait to be sent on one connection.
#[derive(Debug, Default)]
pub struct Output {
    pub(crate) bytes: Vec<u8>,
    shared: VecDeque<Shared>,
    /// How much of `bytes` has been sent.
    head: usize,
    /// How much of the first shared value has been sent.
    shared_head: usize,
    /// Total length of the shared values.
    shared_len: usize,
    /// The version of the writer that was made last.
    pub(crate) version: Version,
    /// The binary reply that is being written.
    pub(crate) frame: Frame,
}

/// A value that is sent between two bytes of [`Output::bytes`].
#[derive(Debug)]
struct Shared {
    /// How many of the bytes go before it.
    position: usize,
    value: Arc<Vec<u8>>,
}

/// A place in an [`Output`], valid until something of it is sent or cleared.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    position: usize,
    shared: usize,
}

impl Mark {
    pub(crate) fn position(self) -> usize {
        self.position
    }
}

impl Output {
    /// An empty one; it takes no memory yet.
    pub fn new() -> Self {
        Output::default()
    }

    /// How many bytes wait to be sent.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.len() - self.head + self.shared_len - self.shared_head
    }

    /// Whether nothing waits to be sent.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Heap bytes held, shared values not counted.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.shared.capacity() * size_of::<Shared>()
    }

    /// Appends bytes that are RESP already.
    #[inline]
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a value by reference.
    pub fn push_shared(&mut self, value: &Arc<Vec<u8>>) {
        if value.is_empty() {
            return;
        }
        self.shared_len += value.len();
        self.shared.push_back(Shared { position: self.bytes.len(), value: Arc::clone(value) });
    }

    /// Moves everything of `other` to the end of this.
    pub fn append(&mut self, mut other: Output) {
        if self.frame.is_open() {
            let replies: Vec<&[u8]> = other.pieces().collect();
            return append_within(self, &replies.concat());
        }
        if self.is_empty() && self.bytes.capacity() <= other.bytes.capacity() {
            *self = other;
            return;
        }
        other.drop_sent();
        let offset = self.bytes.len();
        self.bytes.append(&mut other.bytes);
        if other.shared_head > 0 {
            // A value sent in part: its rest goes in as a value of its own.
            if let Some(first) = other.shared.front_mut() {
                first.value = Arc::new(first.value[other.shared_head..].to_vec());
            }
        }
        self.shared_len += other.shared_len - other.shared_head;
        let moved = |shared: Shared| Shared { position: shared.position + offset, ..shared };
        self.shared.extend(other.shared.into_iter().map(moved));
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Output {
        std::mem::take(self)
    }

    /// Forgets everything but keeps the memory.
    #[inline]
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.frame = Frame::default();
        self.head = 0;
        if !self.shared.is_empty() {
            self.shared.clear();
            (self.shared_head, self.shared_len) = (0, 0);
        }
    }

    /// Gives back memory beyond `capacity` bytes, or what is in use.
    pub fn shrink_to(&mut self, capacity: usize) {
        self.drop_sent();
        self.bytes.shrink_to(capacity);
        self.shared.shrink_to(0);
    }

    /// The place where the next byte will go.
    #[inline]
    pub fn mark(&self) -> Mark {
        Mark { position: self.bytes.len(), shared: self.shared.len() }
    }

    /// Undoes everything appended since `mark`.
    pub fn truncate_to(&mut self, mark: Mark) {
        self.bytes.truncate(mark.position);
        for undone in self.shared.drain(mark.shared.min(self.shared.len())..) {
            self.shared_len -= undone.value.len();
        }
        if self.frame.is_open() {
            self.frame.undo(mark.position);
        }
    }

    /// As `truncate_to`, from a position that is no mark.
    pub(crate) fn undo_from(&mut self, position: usize) {
        // One that ends what is before has the same position.
        let shared = self.shared.partition_point(|shared| shared.position <= position);
        self.truncate_to(Mark { position, shared });
    }

    /// Bytes in shared values.
    pub(crate) fn shared_bytes(&self) -> usize {
        self.shared_len
    }

    /// The bytes appended since `mark`; shared values are left out.
    #[inline]
    pub fn bytes_since(&self, mark: Mark) -> &[u8] {
        self.bytes.get(mark.position..).unwrap_or_default()
    }

    /// Puts the header `kind`, `number` in at `mark`, before everything appended since.
    pub(crate) fn insert_header(&mut self, mark: Mark, kind: u8, number: u64) {
        let old_len = self.bytes.len();
        header::write(&mut self.bytes, kind, number);
        let header_len = self.bytes.len() - old_len;
        self.bytes[mark.position..].rotate_right(header_len);
        for later in self.shared.iter_mut().skip(mark.shared) {
            later.position += header_len;
        }
    }

    /// Fills `slices` with what is to be sent first, for `writev`; returns how many are in use.
    pub fn io_slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut used = 0;
        for (slot, piece) in slices.iter_mut().zip(self.pieces()) {
            *slot = IoSlice::new(piece);
            used += 1;
        }
        used
    }

    /// What is to be sent, in order, in pieces that are not empty.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = self.head;
        let mut skip = self.shared_head;
        let among = self.shared.iter().flat_map(move |shared| {
            let before = &self.bytes[from..shared.position];
            from = shared.position;
            [before, &shared.value[std::mem::take(&mut skip)..]]
        });
        let last = self.shared.back().map_or(self.head, |shared| shared.position);
        among.chain([&self.bytes[last..]]).filter(|piece| !piece.is_empty())
    }

    /// Takes note that the first `sent` bytes are gone; everything, if there were fewer.
    pub fn advance(&mut self, sent: usize) {
        if sent >= self.len() {
            return self.clear();
        }
        let mut sent = sent;
        while let Some(first) = self.shared.front() {
            let before = first.position - self.head;
            let left = first.value.len() - self.shared_head;
            if sent < before + left {
                break;
            }
            sent -= before + left;
            self.head = first.position;
            self.shared_len -= first.value.len();
            self.shared_head = 0;
            self.shared.pop_front();
        }
        let before = self.shared.front().map_or(usize::MAX, |first| first.position - self.head);
        let plain = sent.min(before);
        self.head += plain;
        self.shared_head += sent - plain;
        if self.head >= SENT_MAX && self.head * 2 >= self.bytes.len() {
            self.drop_sent();
        }
    }

    fn drop_sent(&mut self) {
        self.bytes.drain(..self.head);
        for shared in &mut self.shared {
            shared.position -= self.head;
        }
        self.head = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(output: &Output) -> Vec<u8> {
        output.pieces().collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_shared_value_is_not_copied_and_is_released_once_sent() {
        let value = Arc::new(vec![7; 100]);
        let mut output = Output::new();
        output.push_bytes(b"ab");
        output.push_shared(&value);
        output.push_bytes(b"c");
        let mut slices = [IoSlice::new(&[]); 8];
        assert_eq!(output.io_slices(&mut slices), 3);
        assert_eq!(slices[1].as_ptr(), value.as_ptr());
        assert_eq!(output.io_slices(&mut slices[..2]), 2);
        output.advance(101);
        assert_eq!((output.len(), Arc::strong_count(&value)), (2, 2));
        output.advance(1);
        assert_eq!((all(&output), Arc::strong_count(&value)), (b"c".to_vec(), 1));
        output.advance(9);
        assert!(output.is_empty() && output.take().is_empty());
    }

    #[test]
    fn what_was_sent_does_not_pile_up() {
        let mut output = Output::new();
        for _ in 0..1_000 {
            output.push_bytes(&[1; 2_000]);
            output.advance(1_999);
        }
        assert_eq!(output.len(), 1_000);
        assert!(output.heap_bytes() < 4 * SENT_MAX);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Bytes(Vec<u8>),
        Shared(Vec<u8>),
        Advance(usize),
        Undo(Vec<u8>),
        Insert(Vec<u8>),
        Append(Vec<u8>, usize),
        Shrink,
    }

    fn step() -> impl Strategy<Value = Step> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..20);
        prop_oneof![
            bytes().prop_map(Step::Bytes),
            bytes().prop_map(Step::Shared),
            (0..40usize).prop_map(Step::Advance),
            bytes().prop_map(Step::Undo),
            bytes().prop_map(Step::Insert),
            (bytes(), 0..30usize).prop_map(|(bytes, sent)| Step::Append(bytes, sent)),
            Just(Step::Shrink),
        ]
    }

    proptest! {
        #[test]
        fn behaves_as_a_plain_vector_of_bytes(steps in prop::collection::vec(step(), 0..40)) {
            let mut output = Output::new();
            let mut model = Vec::new();
            for step in steps {
                match step {
                    Step::Bytes(bytes) => {
                        output.push_bytes(&bytes);
                        model.extend(bytes);
                    }
                    Step::Shared(bytes) => {
                        model.extend(&bytes);
                        output.push_shared(&Arc::new(bytes));
                    }
                    Step::Advance(sent) => {
                        output.advance(sent);
                        model.drain(..sent.min(model.len()));
                    }
                    Step::Undo(bytes) => {
                        let mark = output.mark();
                        output.push_bytes(&bytes);
                        output.push_shared(&Arc::new(bytes));
                        output.truncate_to(mark);
                    }
                    Step::Insert(bytes) => {
                        let mark = output.mark();
                        output.push_bytes(b"x");
                        output.push_shared(&Arc::new(bytes.clone()));
                        output.insert_header(mark, b'*', 12);
                        model.extend(b"*12\r\nx");
                        model.extend(bytes);
                    }
                    Step::Append(bytes, sent) => {
                        let mut other = Output::new();
                        other.push_bytes(b"abc");
                        other.push_shared(&Arc::new(bytes.clone()));
                        other.push_bytes(b"def");
                        other.advance(sent);
                        output.append(other);
                        let sum = [b"abc", &bytes[..], b"def"].concat();
                        model.extend(&sum[sent.min(sum.len())..]);
                    }
                    Step::Shrink => output.shrink_to(0),
                }
                prop_assert_eq!(all(&output), &model[..]);
                prop_assert_eq!(output.len(), model.len());
            }
        }
    }
}
