//! A chunk: consecutive elements of a long list in one block of memory.
//!
//! ```text
//!   Open       the elements one behind the other, with slack at both ends; no lengths while all
//!              have the same, else one byte or two each in a second block
//!   Squeezed   the same bytes compressed
//!   Alone      one element, too long for a chunk of several
//! ```
//!
//! Must be true
//! 1. A chunk in a list has an element.
//! 2. No element of an open chunk is longer than 65,535 bytes.
//! 3. Only open chunks are changed; `open` makes them so.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use base::lzf::{Compressor, decompress};

use super::Sizing;
use super::buffer::{Buffer, End};
use super::run::{Direction, Lens, Run, Width};

/// Chunks below this size are not compressed; above it only if that saves `SQUEEZE_GAIN` bytes.
const SQUEEZE_MIN: usize = 48;
const SQUEEZE_GAIN: usize = 8;

/// Several elements, or a long one.
#[derive(Clone)]
pub(super) struct Chunk {
    count: u32,
    /// Compression was tried since the chunk last changed or left the middle.
    is_tried: bool,
    lens: OwnLens,
    store: Store,
}

#[derive(Clone)]
enum OwnLens {
    Same(u32),
    Each(Box<Beside>),
}

#[derive(Clone)]
struct Beside {
    bytes: Buffer,
    width: Width,
}

#[derive(Clone)]
enum Store {
    Open(Buffer),
    Squeezed(Box<[u8]>, u32),
    Alone(Arc<Vec<u8>>),
}

impl Chunk {
    /// A chunk without elements, to be given some.
    pub(super) fn new() -> Self {
        Self {
            count: 0,
            is_tried: false,
            lens: OwnLens::Same(0),
            store: Store::Open(Buffer::default()),
        }
    }

    /// As `new`, with room for `size` bytes that are added at `end`.
    pub(super) fn with_room(end: End, size: usize) -> Self {
        Self { store: Store::Open(Buffer::with_room(end, size)), ..Self::new() }
    }

    /// A chunk for one element that is too long for the others.
    pub(super) fn alone(element: &[u8]) -> Self {
        Self::of_shared(Arc::new(element.to_vec()))
    }

    pub(super) fn of_shared(element: Arc<Vec<u8>>) -> Self {
        Self { count: 1, is_tried: false, lens: OwnLens::Same(0), store: Store::Alone(element) }
    }

    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    /// Bytes of the elements.
    pub(super) fn size(&self) -> usize {
        match &self.store {
            Store::Open(buffer) => buffer.len(),
            Store::Squeezed(_, plain) => *plain as usize,
            Store::Alone(text) => text.len(),
        }
    }

    /// Bytes of the blocks it owns.
    pub(super) fn heap_bytes(&self) -> usize {
        let lens = match &self.lens {
            OwnLens::Same(_) => 0,
            OwnLens::Each(beside) => size_of::<Beside>() + beside.bytes.capacity(),
        };
        lens + match &self.store {
            Store::Open(buffer) => buffer.capacity(),
            Store::Squeezed(bytes, _) => bytes.len(),
            Store::Alone(text) => size_of::<Vec<u8>>() + 16 + text.capacity(),
        }
    }

    pub(super) fn is_alone(&self) -> bool {
        matches!(self.store, Store::Alone(_))
    }

    pub(super) fn is_squeezed(&self) -> bool {
        matches!(self.store, Store::Squeezed(..))
    }

    /// True if an element of `len` bytes may come in. Squeezed chunks say no.
    #[inline(always)]
    pub(super) fn has_room(&self, len: usize, sizing: &Sizing) -> bool {
        // Lengths beside the elements do not count, so that these fill their block.
        let Store::Open(buffer) = &self.store else { return false };
        self.count() < sizing.count_max && buffer.len() + len <= sizing.size_max
    }

    /// The elements, decompressed if need be.
    #[inline]
    pub(super) fn with_run<R>(&self, body: impl FnOnce(Run<'_>) -> R) -> R {
        match &self.store {
            Store::Open(buffer) => body(self.run(buffer.as_slice())),
            Store::Squeezed(bytes, plain) => body(self.run(&unsqueezed(bytes, *plain))),
            Store::Alone(text) => body(Run::Alone(text)),
        }
    }

    #[inline(always)]
    fn run<'a>(&'a self, bytes: &'a [u8]) -> Run<'a> {
        match &self.lens {
            OwnLens::Same(len) => Run::Same { bytes, len: *len as usize, count: self.count() },
            OwnLens::Each(beside) => Run::Each { bytes, lens: beside.lens() },
        }
    }

    /// Where the elements `range` lie in the bytes of an open chunk.
    fn place(&self, range: Range<usize>) -> Range<usize> {
        match &self.lens {
            OwnLens::Same(len) => range.start * *len as usize..range.end * *len as usize,
            OwnLens::Each(beside) => {
                let lens = beside.lens();
                let start = lens.slice(0..range.start).sum();
                start..start + lens.slice(range).sum()
            }
        }
    }

    /// Length of the element at an end of an open chunk.
    #[inline(always)]
    fn end_len(&self, end: End) -> usize {
        match &self.lens {
            OwnLens::Same(len) => *len as usize,
            OwnLens::Each(beside) => match end {
                End::Front => beside.lens().get(0),
                End::Back => beside.lens().get(self.count() - 1),
            },
        }
    }

    /// The element at an end of a chunk that is not squeezed.
    #[inline(always)]
    pub(super) fn end(&self, end: End) -> Run<'_> {
        match &self.store {
            Store::Open(buffer) => {
                let (bytes, len) = (buffer.as_slice(), self.end_len(end));
                let bytes = match end {
                    End::Front => bytes.get(..len),
                    End::Back => bytes.get(bytes.len() - len..),
                };
                Run::Same { bytes: bytes.unwrap_or_default(), len, count: 1 }
            }
            Store::Alone(text) => Run::Alone(text),
            Store::Squeezed(..) => Run::Same { bytes: &[], len: 0, count: 0 },
        }
    }

    /// Adds an element for which there is room.
    #[inline]
    pub(super) fn push(&mut self, end: End, element: &[u8], sizing: &Sizing) {
        let Store::Open(buffer) = &mut self.store else { return };
        buffer.push(end, element, sizing.size_max);
        self.is_tried = false;
        let at = match end {
            End::Front => 0,
            End::Back => self.count(),
        };
        self.add_len(at, element.len());
        self.count += 1;
    }

    /// Removes the element at an end of an open chunk.
    #[inline]
    pub(super) fn pop(&mut self, end: End) {
        let len = self.end_len(end);
        let Store::Open(buffer) = &mut self.store else { return };
        buffer.pop(end, len);
        if let OwnLens::Each(beside) = &mut self.lens {
            beside.bytes.pop(end, beside.width.bytes());
        }
        self.count -= 1;
    }

    #[inline]
    fn add_len(&mut self, at: usize, len: usize) {
        match &mut self.lens {
            OwnLens::Same(same) if *same as usize == len => {}
            OwnLens::Same(same) if self.count == 0 => *same = len as u32,
            OwnLens::Same(_) => {
                self.keep_lens();
                self.add_len(at, len);
            }
            OwnLens::Each(beside) => beside.insert(at, len),
        }
    }

    #[cold]
    fn keep_lens(&mut self) {
        if let OwnLens::Same(same) = self.lens {
            let mut beside = Beside { bytes: Buffer::default(), width: Width::of(same as usize) };
            (0..self.count()).for_each(|at| beside.insert(at, same as usize));
            self.lens = OwnLens::Each(Box::new(beside));
        }
    }

    /// Inserts an element, for which there is room, before the one at `index`.
    pub(super) fn insert(&mut self, index: usize, element: &[u8]) {
        let place = self.place(index..index);
        if let Store::Open(buffer) = &mut self.store {
            buffer.splice(place.start, 0, element);
            self.is_tried = false;
            self.add_len(index, element.len());
            self.count += 1;
        }
    }

    /// Removes the elements `range` of an open chunk.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        let place = self.place(range.clone());
        let Store::Open(buffer) = &mut self.store else { return };
        buffer.splice(place.start, place.len(), &[]);
        self.is_tried = false;
        self.count -= range.len() as u32;
        if let OwnLens::Each(beside) = &mut self.lens {
            let width = beside.width.bytes();
            beside.bytes.splice(range.start * width, range.len() * width, &[]);
        }
    }

    /// Replaces the element at `index` of an open chunk, if nothing but its bytes must change.
    pub(super) fn overwrite(&mut self, index: usize, element: &[u8]) -> bool {
        let place = self.place(index..index + 1);
        let Store::Open(buffer) = &mut self.store else { return false };
        if place.len() != element.len() {
            return false;
        }
        if let Some(old) = buffer.as_mut_slice().get_mut(place) {
            old.copy_from_slice(element);
        }
        self.is_tried = false;
        true
    }

    /// Takes the first or last elements out of an open chunk.
    pub(super) fn take(&mut self, range: Range<usize>) -> Self {
        let place = self.place(range.clone());
        let Store::Open(buffer) = &self.store else { return Self::new() };
        let taken = Self {
            count: range.len() as u32,
            is_tried: false,
            lens: match &self.lens {
                OwnLens::Same(len) => OwnLens::Same(*len),
                OwnLens::Each(beside) => OwnLens::Each(Box::new(beside.part(range.clone()))),
            },
            store: Store::Open(Buffer::of(buffer.as_slice().get(place).unwrap_or_default())),
        };
        self.remove(range);
        taken
    }

    /// Adds another chunk's elements behind its own; both are open.
    pub(super) fn append(&mut self, other: &Self, sizing: &Sizing) {
        other.with_run(|run| {
            let _ = run.try_for_each::<()>(Direction::Forward, |element| {
                self.push(End::Back, element, sizing);
                ControlFlow::Continue(())
            });
        });
    }

    /// Removes up to `limit` elements that equal `element`, the first or the last ones. Returns how
    /// many. The chunk may be empty then.
    pub(super) fn remove_equal(
        &mut self,
        element: &[u8],
        limit: usize,
        direction: Direction,
    ) -> usize {
        let matching = self.count_equal(element);
        let removed = matching.min(limit);
        if removed == 0 {
            return 0;
        }
        if self.is_alone() {
            self.count = 0;
            return 1;
        }
        self.open();
        let mut skip = if direction == Direction::Backward { matching - removed } else { 0 };
        let mut left = removed;
        let (mut kept, mut bytes) = (Self::new(), Vec::with_capacity(self.size()));
        self.with_run(|run| {
            let _ = run.try_for_each::<()>(Direction::Forward, |each| {
                let equal = left > 0 && each == element;
                if equal && skip == 0 {
                    left -= 1;
                } else {
                    skip -= usize::from(equal);
                    bytes.extend_from_slice(each);
                    kept.add_len(kept.count(), each.len());
                    kept.count += 1;
                }
                ControlFlow::Continue(())
            });
        });
        kept.store = Store::Open(Buffer::of(&bytes));
        *self = kept;
        removed
    }

    fn count_equal(&self, element: &[u8]) -> usize {
        if matches!(&self.lens, OwnLens::Same(len) if *len as usize != element.len())
            && !self.is_alone()
        {
            return 0;
        }
        let mut count = 0;
        self.with_run(|run| {
            let _ = run.try_for_each::<()>(Direction::Forward, |each| {
                count += usize::from(each == element);
                ControlFlow::Continue(())
            });
        });
        count
    }

    /// Brings back a long element that `remove_equal` removed.
    pub(super) fn revive(&mut self) {
        self.count = 1;
    }

    /// Gives back slack: the chunk is not expected to change soon.
    pub(super) fn settle(&mut self) {
        if let Store::Open(buffer) = &mut self.store {
            buffer.shrink();
        }
        if let OwnLens::Each(beside) = &mut self.lens {
            beside.bytes.shrink();
        }
    }

    /// As `open`; breaks off when there is nothing to do.
    pub(super) fn open_if_squeezed(&mut self) -> ControlFlow<()> {
        if !self.is_squeezed() {
            return ControlFlow::Break(());
        }
        self.open();
        ControlFlow::Continue(())
    }

    /// Makes the chunk one that can be changed, unless it is a long element.
    #[inline(always)]
    pub(super) fn open(&mut self) {
        if let Store::Squeezed(bytes, plain) = &self.store {
            self.store = Store::Open(Buffer::of(&unsqueezed(bytes, *plain)));
        }
    }

    /// Compresses the chunk if that pays. Breaks off if that was done, or tried, before.
    pub(super) fn squeeze(&mut self, compressor: &mut Compressor) -> ControlFlow<()> {
        let Store::Open(buffer) = &self.store else {
            return if self.is_squeezed() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            };
        };
        let plain = buffer.as_slice();
        if std::mem::replace(&mut self.is_tried, true) {
            return ControlFlow::Break(());
        }
        if plain.len() >= SQUEEZE_MIN
            && let Some(bytes) = compressor.compress(plain, plain.len() - SQUEEZE_GAIN)
        {
            self.store = Store::Squeezed(bytes.into(), plain.len() as u32);
        }
        ControlFlow::Continue(())
    }
}

impl Beside {
    fn lens(&self) -> Lens<'_> {
        Lens::new(self.bytes.as_slice(), self.width)
    }

    fn insert(&mut self, at: usize, len: usize) {
        if self.width == Width::One && Width::of(len) == Width::Two {
            self.widen();
        }
        let bytes = (len as u16).to_le_bytes();
        let bytes = bytes.get(..self.width.bytes()).unwrap_or_default();
        if at * self.width.bytes() == self.bytes.len() {
            self.bytes.push(End::Back, bytes, usize::MAX);
        } else if at == 0 {
            self.bytes.push(End::Front, bytes, usize::MAX);
        } else {
            self.bytes.splice(at * self.width.bytes(), 0, bytes);
        }
    }

    #[cold]
    fn widen(&mut self) {
        let mut wide = Vec::with_capacity(self.bytes.len() * 2);
        self.lens().iter().for_each(|len| wide.extend((len as u16).to_le_bytes()));
        *self = Self { bytes: Buffer::of(&wide), width: Width::Two };
    }

    fn part(&self, range: Range<usize>) -> Self {
        let width = self.width.bytes();
        let bytes = self.bytes.as_slice().get(range.start * width..range.end * width);
        Self { bytes: Buffer::of(bytes.unwrap_or_default()), width: self.width }
    }
}

/// The plain bytes of a squeezed chunk.
fn unsqueezed(bytes: &[u8], plain: u32) -> Vec<u8> {
    let plain = decompress(bytes, plain as usize);
    assert!(plain.is_ok(), "a chunk that was compressed here cannot be read: {plain:?}");
    plain.unwrap_or_default()
}
