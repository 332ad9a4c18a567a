//! A list: elements in an order, quick at both ends.
//!
//! ```text
//!   run      consecutive elements in one piece of memory: how lists are read
//!   flat     a short list as bytes inside of something else
//!   chunk    some elements of a long list in one block, compressed or not; or one long element
//!   buffer   bytes that grow and shrink at both ends
//!   edit     changes in the middle of a long list
//! ```
//!
//! A long list is a deque of chunks. Pushing and popping touch one end of one chunk; finding an
//! index adds up the counts of chunks; a change in the middle touches one chunk, or splits it.
//!
//! Must be true
//! 1. `len` and `size` are the sums over the chunks.
//! 2. The first and the last chunk are not squeezed.
//! 3. A long element that is no longer wanted is not freed here but goes to the caller's [`Gone`]:
//!    it may be too big to free on the spot.

mod buffer;
mod chunk;
mod edit;
pub mod flat;
mod run;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use base::lzf::Compressor;

pub use buffer::End;
pub use run::{Direction, Lens, Run};

use chunk::Chunk;

/// How big chunks become, and which of them are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizing {
    /// Elements of a chunk at most.
    pub count_max: usize,
    /// Bytes of a chunk at most.
    pub size_max: usize,
    /// An element longer than this has a chunk of its own.
    pub element_max: usize,
    /// With an element longer than this a list is not flat.
    pub flat_element_max: usize,
    /// Chunks at each end that are not compressed; 0 if none is.
    pub depth: usize,
}

/// Bytes of a chunk when its elements are counted.
const COUNTED_SIZE_MAX: usize = 8 << 10;
const COUNT_MAX: usize = 32_767;
/// Room for more in the chunk that a flat list becomes.
const ROOM: usize = 128;
/// From so many chunks on, a new one at an end gets all its room at once: it weighs little.
const GENEROUS_FROM: usize = 8;
/// Lengths in chunks are 16 bits wide.
const ELEMENT_MAX: usize = 65_535;

impl Sizing {
    /// What `list-max-listpack-size` (elements, or the size -1 to -5 for 4 to 64 KB) and
    /// `list-compress-depth` say.
    pub const fn new(setting: i32, depth: usize) -> Self {
        let (count_max, size_max) = match setting {
            ..=-5 => (COUNT_MAX, 64 << 10),
            -4..0 => (COUNT_MAX, (2 << 10) << -setting),
            0 => (1, COUNTED_SIZE_MAX),
            _ if setting as usize > COUNT_MAX => (COUNT_MAX, COUNTED_SIZE_MAX),
            _ => (setting as usize, COUNTED_SIZE_MAX),
        };
        let element_max = if size_max < ELEMENT_MAX { size_max } else { ELEMENT_MAX };
        Self { count_max, size_max, element_max, flat_element_max: element_max, depth }
    }

    /// With elements longer than `len` in chunks of their own, in long lists.
    #[must_use]
    pub fn with_element_max(self, len: usize) -> Self {
        Self { element_max: self.element_max.min(len), ..self }
    }

    /// With lists that are not flat if they have an element longer than `len`.
    #[must_use]
    pub fn with_flat_element_max(self, len: usize) -> Self {
        Self { flat_element_max: self.flat_element_max.min(len), ..self }
    }
}

/// A long list.
#[derive(Clone, Default)]
pub struct List {
    chunks: VecDeque<Chunk>,
    len: usize,
    size: usize,
    edited: Edited,
    outgrew: bool,
}

/// Where chunks were changed that are not near the ends, since the list was last settled.
#[derive(Clone, Copy, Default)]
enum Edited {
    #[default]
    Ends,
    /// At this chunk, or the next two.
    Around(u32),
    Anywhere,
}

/// Elements taken out of a list that may be too big to free on the spot.
#[derive(Default)]
pub struct Gone(Option<Box<List>>);

impl Gone {
    fn add(&mut self, list: List) {
        self.add_chunks(list.chunks);
    }

    /// Takes over chunks; how many bytes their elements have.
    fn add_chunks(&mut self, chunks: VecDeque<Chunk>) -> usize {
        let size = chunks.iter().map(Chunk::size).sum();
        if !chunks.is_empty() {
            let list = self.0.get_or_insert_default();
            list.len += chunks.iter().map(Chunk::count).sum::<usize>();
            list.size += size;
            list.chunks.extend(chunks);
        }
        size
    }

    #[cold]
    fn add_chunk(&mut self, chunk: Chunk) {
        self.0.get_or_insert_default().take_in(chunk);
    }

    /// What is to be freed, if anything.
    #[inline]
    pub fn into_list(self) -> Option<Box<List>> {
        self.0
    }
}

impl List {
    /// A list of these elements.
    pub fn of(run: Run<'_>, sizing: &Sizing) -> Self {
        let mut list = Self::default();
        // Limits may have become narrower since it was flat.
        if run.get(0).is_some_and(|first| first.len() <= sizing.element_max) {
            let room = (run.size() + ROOM).min(sizing.size_max);
            list.push_chunk(End::Back, Chunk::with_room(End::Back, room));
        }
        let _ = run.try_for_each::<()>(Direction::Forward, |element| {
            list.push(End::Back, element, sizing);
            ControlFlow::Continue(())
        });
        list
    }

    /// Number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there is no element.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of the elements.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Number of chunks.
    pub fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    /// Whether all elements are in one chunk that has room for several.
    pub fn is_one_chunk(&self) -> bool {
        self.chunks.len() == 1 && self.chunks.front().is_some_and(|chunk| !chunk.is_alone())
    }

    /// Whether it ever was more than that.
    pub fn has_outgrown_one_chunk(&self) -> bool {
        self.outgrew
    }

    /// Bytes of everything below, exactly. O(chunks).
    pub fn heap_bytes(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(Chunk::heap_bytes).sum();
        self.chunks.capacity() * size_of::<Chunk>() + chunks
    }

    /// Adds an element at an end.
    #[inline]
    pub fn push(&mut self, end: End, element: &[u8], sizing: &Sizing) {
        self.len += 1;
        self.size += element.len();
        let chunk = match end {
            End::Front => self.chunks.front_mut(),
            End::Back => self.chunks.back_mut(),
        };
        match chunk {
            Some(chunk)
                if element.len() <= sizing.element_max && chunk.has_room(element.len(), sizing) =>
            {
                chunk.push(end, element, sizing);
            }
            _ => self.push_in_new_chunk(end, element, sizing),
        }
    }

    #[cold]
    fn push_in_new_chunk(&mut self, end: End, element: &[u8], sizing: &Sizing) {
        let mut chunk = if element.len() > sizing.element_max {
            return self.push_chunk(end, Chunk::alone(element));
        } else if self.chunks.len() < GENEROUS_FROM {
            Chunk::new()
        } else {
            Chunk::with_room(end, sizing.size_max)
        };
        chunk.push(end, element, sizing);
        self.push_chunk(end, chunk);
    }

    /// Puts a chunk, whose elements are counted already, at an end.
    fn push_chunk(&mut self, end: End, chunk: Chunk) {
        if self.chunks.is_empty() {
            // Most lists stay within one chunk.
            self.chunks.reserve_exact(1);
            self.outgrew |= chunk.is_alone();
        } else {
            self.outgrew = true;
        }
        match end {
            End::Front => {
                if let Some(first) = self.chunks.front_mut() {
                    first.settle();
                }
                self.chunks.push_front(chunk);
            }
            End::Back => {
                if let Some(last) = self.chunks.back_mut() {
                    last.settle();
                }
                self.chunks.push_back(chunk);
            }
        }
    }

    /// The element at an end, as a run of one.
    #[inline]
    pub fn end(&self, end: End) -> Option<Run<'_>> {
        let chunk = match end {
            End::Front => self.chunks.front(),
            End::Back => self.chunks.back(),
        };
        chunk.map(|chunk| chunk.end(end))
    }

    /// Removes the element at an end. A long one goes to `gone`.
    #[inline]
    pub fn pop(&mut self, end: End, gone: &mut Gone) {
        let chunk = match end {
            End::Front => self.chunks.front_mut(),
            End::Back => self.chunks.back_mut(),
        };
        match chunk {
            Some(chunk) if chunk.count() > 1 => {
                let before = chunk.size();
                chunk.pop(end);
                self.len -= 1;
                self.size -= before - chunk.size();
            }
            Some(_) => self.pop_chunk(end, gone),
            None => {}
        }
    }

    #[cold]
    fn pop_chunk(&mut self, end: End, gone: &mut Gone) {
        let chunk = match end {
            End::Front => self.chunks.pop_front(),
            End::Back => self.chunks.pop_back(),
        };
        if let Some(chunk) = chunk {
            self.len -= chunk.count();
            self.size -= chunk.size();
            if chunk.is_alone() {
                gone.add_chunk(chunk);
            }
        }
        self.open_ends();
    }

    /// Adds a chunk at the back.
    fn take_in(&mut self, chunk: Chunk) {
        self.len += chunk.count();
        self.size += chunk.size();
        self.chunks.push_back(chunk);
    }

    fn open_ends(&mut self) {
        if let Some(first) = self.chunks.front_mut() {
            first.open();
        }
        if let Some(last) = self.chunks.back_mut() {
            last.open();
        }
    }

    /// Which chunk holds the element at `index`, below the length, and its index there.
    fn locate(&self, index: usize) -> (usize, usize) {
        if index < self.len / 2 {
            let mut rest = index;
            for (at, chunk) in self.chunks.iter().enumerate() {
                if rest < chunk.count() {
                    return (at, rest);
                }
                rest -= chunk.count();
            }
        } else {
            let mut before = self.len;
            for (at, chunk) in self.chunks.iter().enumerate().rev() {
                before -= chunk.count();
                if before <= index {
                    return (at, index - before);
                }
            }
        }
        (self.chunks.len(), 0)
    }

    /// Runs `body` on the element at `index` as a run of one, or on nothing beyond the end.
    pub fn get<R>(&self, index: usize, body: impl FnOnce(Option<Run<'_>>) -> R) -> R {
        if index >= self.len {
            return body(None);
        }
        let (at, within) = self.locate(index);
        match self.chunks.get(at) {
            Some(chunk) => chunk.with_run(|run| body(Some(run.slice(within..within + 1)))),
            None => body(None),
        }
    }

    /// Visits the elements `range`, which lies within the length, as runs: those in the order of
    /// `direction`, the elements of each always forward. Ends when `visit` breaks.
    ///
    /// # Errors
    /// What `visit` breaks with.
    pub fn try_for_each_run<B>(
        &self,
        range: Range<usize>,
        direction: Direction,
        mut visit: impl FnMut(Run<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut left = range.len();
        let first = match direction {
            Direction::Forward => range.start,
            Direction::Backward => range.end.saturating_sub(1),
        };
        if left == 0 {
            return ControlFlow::Continue(());
        }
        let (mut at, mut within) = self.locate(first);
        while left > 0 {
            let Some(chunk) = self.chunks.get(at) else { break };
            let part = match direction {
                Direction::Forward => within..chunk.count().min(within + left),
                Direction::Backward => (within + 1).saturating_sub(left)..within + 1,
            };
            left -= part.len();
            chunk.with_run(|run| {
                visit(if part.len() == run.count() { run } else { run.slice(part) })
            })?;
            match direction {
                Direction::Forward => (at, within) = (at + 1, 0),
                Direction::Backward if at == 0 => break,
                Direction::Backward => {
                    at -= 1;
                    within = self.chunks.get(at).map_or(0, |chunk| chunk.count() - 1);
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Brings compression in line with `sizing` after changes: chunks near the ends become plain,
    /// those beyond are compressed if that pays.
    pub fn settle(&mut self, sizing: &Sizing, compressor: &mut Compressor) {
        if sizing.depth > 0 && self.chunks.len() > 1 {
            self.settle_at(sizing.depth, compressor);
        }
    }

    #[cold]
    fn settle_at(&mut self, depth: usize, compressor: &mut Compressor) {
        let count = self.chunks.len();
        let zone = depth.min(count);
        // What came into the zones at the ends lies at their inner borders.
        let _ = self.chunks.range_mut(..zone).rev().try_for_each(Chunk::open_if_squeezed);
        let _ = self.chunks.range_mut(count - zone..).try_for_each(Chunk::open_if_squeezed);
        if depth >= count.saturating_sub(depth) {
            self.edited = Edited::Ends;
            return;
        }
        // What left them does too, just beyond.
        let mut inner = depth..count - depth;
        let mut squeeze = |chunk: &mut Chunk| chunk.squeeze(compressor);
        let _ = self.chunks.range_mut(inner.clone()).try_for_each(&mut squeeze);
        let _ = self.chunks.range_mut(inner.clone()).rev().try_for_each(&mut squeeze);
        match std::mem::take(&mut self.edited) {
            Edited::Ends => return,
            Edited::Around(at) => {
                let at = at as usize;
                inner = inner.start.max(at.saturating_sub(1))..inner.end.min(at + 3);
            }
            Edited::Anywhere => {}
        }
        if !inner.is_empty() {
            for chunk in self.chunks.range_mut(inner) {
                let _ = squeeze(chunk);
            }
        }
    }

    /// (chunks that are compressed, their plain bytes).
    pub fn squeezed(&self) -> (usize, usize) {
        let squeezed = self.chunks.iter().filter(|chunk| chunk.is_squeezed());
        squeezed.fold((0, 0), |(count, size), chunk| (count + 1, size + chunk.size()))
    }

    /// Adds an element that has a chunk of its own, whatever its length.
    pub fn push_shared(&mut self, end: End, element: Arc<Vec<u8>>) {
        self.len += 1;
        self.size += element.len();
        self.push_chunk(end, Chunk::of_shared(element));
    }
}

/// A chunk of one element.
fn chunk_of(element: &[u8], sizing: &Sizing) -> Chunk {
    if element.len() > sizing.element_max {
        return Chunk::alone(element);
    }
    let mut chunk = Chunk::new();
    chunk.push(End::Front, element, sizing);
    chunk
}
