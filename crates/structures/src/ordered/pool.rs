//! Cells: each one member with its score, many to a chunk of memory.
//!
//! ```text
//!   chunk       320 bytes to 8 KB, in units of 4 bytes
//!   handle      chunk (21 bits) | first unit (11 bits)
//!   live cell   len (1: 0..=252) | score (8) | member                        12 bytes at least
//!   large cell  254 | score (8) | index into the list of large members (4)
//!   timed cell  253 | score (8) | expiry, unix ms (8) | len or 254 (1) | member or index
//!   free cell   255 | units (1) | - (2) | next free (4) | previous free (4)
//!   gap         255 | units (1: 1 or 2): too small to be used
//! ```
//!
//! A free cell is used again for a cell of exactly its size. When more than half of all memory is
//! free, whoever removes empties one sparse chunk after the other ([`Pool::sparse`]), so that the
//! memory follows the number of members down.
//!
//! Must be true: cells, free cells and gaps follow each other without holes up to a chunk's `end`;
//! the chunk that is being filled is the last that was opened.
//! Not here: which handles are used where. A handle is good until its cell is removed or moved.

use crate::prefetch::prefetch_line;
use crate::table::Handle;

/// Bytes of a unit.
const UNIT: usize = 4;
const OFFSET_BITS: u32 = 11;
const CHUNK_MAX: usize = UNIT << OFFSET_BITS;
/// Room for the largest cell.
const CHUNK_MIN: usize = 320;
/// Chunks that handles can tell apart; the last is left out, so that no handle is `NONE`.
const CHUNKS_MAX: usize = (1 << (32 - OFFSET_BITS)) - 1;
/// Code, score.
const HEADER: usize = 9;
/// The same, expiry, another code.
const TIMED_HEADER: usize = HEADER + 9;
/// Bytes that most cells do not exceed.
const CELL_USUAL: usize = 32;
/// The longest member that lies in a chunk.
const INLINE_MAX: usize = 252;
const TIMED: u8 = 253;
const LARGE: u8 = 254;
const FREE: u8 = 255;
/// Units of the smallest free cell that can be in a list.
const LINKED_MIN: usize = 3;
const NONE: u32 = u32::MAX;
/// Chunks that are looked at to find a sparse one.
const LOOKS: usize = 32;

#[derive(Default)]
struct Chunk {
    bytes: Box<[u8]>,
    /// Units of live cells.
    live: usize,
    /// Units in use, live or free.
    end: usize,
}

impl Chunk {
    fn units(&self) -> usize {
        self.bytes.len() / UNIT
    }
}

/// A cell that was asked for: see [`Pool::ask_for`].
#[derive(Clone, Copy, Default)]
pub struct Cell<'p>(&'p [u8]);

/// Members with their scores.
#[derive(Default)]
pub struct Pool {
    chunks: Vec<Chunk>,
    /// Indexes of chunks that were given back.
    vacant: Vec<usize>,
    /// The first free cell of each number of units.
    free: Vec<u32>,
    /// Members too long for a chunk, and the places among them that are free.
    large: Vec<Box<[u8]>>,
    large_free: Vec<u32>,
    large_bytes: usize,
    /// The chunk that is being filled.
    current: usize,
    /// Units of all chunks, and of live cells.
    units: usize,
    live: usize,
    /// Where the next look for a sparse chunk begins.
    looked: usize,
}

fn units_for(len: usize) -> usize {
    (HEADER + len).div_ceil(UNIT)
}

/// The size of the next chunk: a quarter of all memory so far, so that little is left unused, in
/// four steps a doubling, which is what allocators have.
fn chunk_size(total: usize) -> usize {
    let quarter = (total / 4).clamp(CHUNK_MIN, CHUNK_MAX);
    let step = quarter.next_power_of_two() / 8;
    quarter / step * step
}

fn split(handle: u32) -> (usize, usize) {
    ((handle >> OFFSET_BITS) as usize, (handle as usize & ((1 << OFFSET_BITS) - 1)) * UNIT)
}

fn join(chunk: usize, unit: usize) -> u32 {
    (chunk as u32) << OFFSET_BITS | unit as u32
}

fn read_u32(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(NONE, |bytes| u32::from_le_bytes(*bytes))
}

/// The code of a live cell that says what its member is, and where the member lies.
#[inline]
fn layout(cell: &[u8]) -> (u8, usize) {
    match cell[0] {
        TIMED => (cell[TIMED_HEADER - 1], TIMED_HEADER),
        code => (code, HEADER),
    }
}

#[inline]
fn score_in(cell: &[u8]) -> f64 {
    f64::from_le_bytes(cell[1..].first_chunk().copied().unwrap_or_default())
}

#[inline]
fn expiry_in(cell: &[u8]) -> Option<i64> {
    let expiry = cell[HEADER..].first_chunk().filter(|_| cell[0] == TIMED);
    expiry.map(|bytes| i64::from_le_bytes(*bytes))
}

impl Pool {
    /// The cell's bytes, and what follows them in its chunk.
    #[inline]
    fn cell(&self, handle: u32) -> &[u8] {
        let (chunk, at) = split(handle);
        &self.chunks[chunk].bytes[at..]
    }

    #[inline]
    fn cell_mut(&mut self, handle: u32) -> &mut [u8] {
        let (chunk, at) = split(handle);
        &mut self.chunks[chunk].bytes[at..]
    }

    /// Asks the memory for a cell, which lies anywhere, to be read a little later.
    #[inline]
    pub fn ask_for(&self, handle: Handle) -> Cell<'_> {
        let cell = self.cell(handle.0);
        prefetch_line(cell.as_ptr());
        prefetch_line(cell.as_ptr().wrapping_add(CELL_USUAL - 1));
        Cell(cell)
    }

    /// What is in a cell.
    #[inline]
    pub fn read<'s>(&'s self, cell: Cell<'s>) -> (&'s [u8], f64, Option<i64>) {
        (self.member_in(cell.0), score_in(cell.0), expiry_in(cell.0))
    }

    /// The score in a cell.
    #[inline]
    pub fn score(&self, handle: Handle) -> f64 {
        score_in(self.cell(handle.0))
    }

    /// Changes the score in a cell, which must be in no tree meanwhile.
    #[inline]
    pub fn set_score(&mut self, handle: Handle, score: f64) {
        self.cell_mut(handle.0)[1..HEADER].copy_from_slice(&score.to_le_bytes());
    }

    /// The member in a cell.
    #[inline]
    pub fn member(&self, handle: Handle) -> &[u8] {
        self.member_in(self.cell(handle.0))
    }

    #[inline]
    fn member_in<'s>(&'s self, cell: &'s [u8]) -> &'s [u8] {
        match cell[0] {
            // One comparison for nearly all members: this is asked for every step down the tree.
            len @ 0..TIMED => &cell[HEADER..HEADER + usize::from(len)],
            _ => self.unusual_member(cell),
        }
    }

    fn unusual_member<'s>(&'s self, cell: &'s [u8]) -> &'s [u8] {
        match layout(cell) {
            (LARGE, at) => &self.large[read_u32(&cell[at..]) as usize],
            (len, at) => &cell[at..at + usize::from(len)],
        }
    }

    /// When the member expires, in unix ms.
    #[inline]
    pub fn expires_at(&self, handle: Handle) -> Option<i64> {
        expiry_in(self.cell(handle.0))
    }

    /// Gives the member another expiry or none. If that takes a cell of another size, gives its
    /// handle: the old one stays readable until [`Pool::leave`]. `None` as in [`Pool::insert`].
    pub fn set_expires_at(&mut self, handle: Handle, expires_at: Option<i64>) -> Option<Handle> {
        let cell = self.cell_mut(handle.0);
        if let (TIMED, Some(at)) = (cell[0], expires_at) {
            cell[HEADER..HEADER + 8].copy_from_slice(&at.to_le_bytes());
            return Some(handle);
        }
        if cell[0] != TIMED && expires_at.is_none() {
            return Some(handle);
        }
        let (code, at) = layout(cell);
        let len = if code == LARGE { UNIT } else { code.into() };
        let (score, member) = (cell[1..HEADER].to_vec(), cell[at..at + len].to_vec());
        let header = if expires_at.is_some() { TIMED_HEADER } else { HEADER };
        let new = self.allocate((header + len).div_ceil(UNIT))?;
        let cell = self.cell_mut(new);
        cell[0] = code;
        cell[1..HEADER].copy_from_slice(&score);
        if let Some(at) = expires_at {
            cell[0] = TIMED;
            cell[HEADER..TIMED_HEADER - 1].copy_from_slice(&at.to_le_bytes());
            cell[TIMED_HEADER - 1] = code;
        }
        cell[header..header + len].copy_from_slice(&member);
        Some(Handle(new))
    }

    /// Frees a cell whose member has another one now.
    pub fn leave(&mut self, handle: Handle) {
        self.release(handle.0);
        self.drop_empty_chunk(handle);
    }

    /// True if so many members can certainly be stored.
    pub fn has_room(&self, members: usize) -> bool {
        // The smallest chunk takes the largest cell.
        members <= self.vacant.len() + (CHUNKS_MAX - self.chunks.len())
    }

    /// Stores a member. `None` if no handle is left to name its cell by.
    #[inline]
    pub fn insert(&mut self, score: f64, member: &[u8]) -> Option<Handle> {
        if member.len() > INLINE_MAX {
            return self.insert_large(score, member);
        }
        let handle = self.allocate(units_for(member.len()))?;
        let cell = self.cell_mut(handle);
        cell[0] = member.len() as u8;
        cell[1..HEADER].copy_from_slice(&score.to_le_bytes());
        cell[HEADER..HEADER + member.len()].copy_from_slice(member);
        Some(Handle(handle))
    }

    #[cold]
    fn insert_large(&mut self, score: f64, member: &[u8]) -> Option<Handle> {
        let handle = self.allocate(units_for(UNIT))?;
        let index = match self.large_free.pop() {
            Some(index) => {
                self.large[index as usize] = member.into();
                index
            }
            None => {
                self.large.push(member.into());
                (self.large.len() - 1) as u32
            }
        };
        self.large_bytes += member.len();
        let cell = self.cell_mut(handle);
        cell[0] = LARGE;
        cell[1..HEADER].copy_from_slice(&score.to_le_bytes());
        cell[HEADER..HEADER + UNIT].copy_from_slice(&index.to_le_bytes());
        Some(Handle(handle))
    }

    /// Frees a cell.
    pub fn remove(&mut self, handle: Handle) {
        let cell = self.cell(handle.0);
        if let (LARGE, at) = layout(cell) {
            let index = read_u32(&cell[at..]);
            let member = std::mem::take(&mut self.large[index as usize]);
            self.large_bytes -= member.len();
            self.large_free.push(index);
        }
        self.leave(handle);
    }

    fn drop_empty_chunk(&mut self, handle: Handle) {
        let (chunk, _) = split(handle.0);
        if self.chunks[chunk].live == 0 && chunk != self.current {
            self.begin_emptying(chunk);
            self.give_back(chunk);
        }
    }

    /// Units of a live cell.
    fn units_of(&self, handle: u32) -> usize {
        let (code, at) = layout(self.cell(handle));
        let len = if code == LARGE { UNIT } else { code.into() };
        (at + len).div_ceil(UNIT)
    }

    fn release(&mut self, handle: u32) {
        let units = self.units_of(handle);
        let (chunk, _) = split(handle);
        self.chunks[chunk].live -= units;
        self.live -= units;
        self.link(handle, units);
    }

    /// A cell of so many units; what is in it is left over from before.
    fn allocate(&mut self, units: usize) -> Option<u32> {
        let handle = match self.free.get(units) {
            Some(&head) if head != NONE => {
                self.unlink(head, units);
                head
            }
            _ => self.extend(units)?,
        };
        let (chunk, _) = split(handle);
        self.chunks[chunk].live += units;
        self.live += units;
        Some(handle)
    }

    /// A cell that was never used.
    fn extend(&mut self, units: usize) -> Option<u32> {
        let room = self.chunks.get(self.current).map_or(0, |it| it.units() - it.end);
        if room < units {
            self.open()?;
        }
        let chunk = &mut self.chunks[self.current];
        let handle = join(self.current, chunk.end);
        chunk.end += units;
        Some(handle)
    }

    /// Opens another chunk. What is left of the one before becomes a free cell.
    fn open(&mut self) -> Option<()> {
        if self.vacant.is_empty() && self.chunks.len() >= CHUNKS_MAX {
            return None;
        }
        if let Some(chunk) = self.chunks.get_mut(self.current) {
            let (unit, rest) = (chunk.end, chunk.units() - chunk.end);
            chunk.end = chunk.units();
            if rest > 0 {
                self.link(join(self.current, unit), rest);
            }
        }
        let bytes = chunk_size(self.units * UNIT);
        let chunk = Chunk { bytes: vec![0; bytes].into_boxed_slice(), live: 0, end: 0 };
        self.units += chunk.units();
        match self.vacant.pop() {
            Some(index) => {
                self.chunks[index] = chunk;
                self.current = index;
            }
            None => {
                self.chunks.push(chunk);
                self.current = self.chunks.len() - 1;
            }
        }
        Some(())
    }

    /// Makes units a free cell, at the head of its list if it is large enough to be in one.
    fn link(&mut self, handle: u32, units: usize) {
        if units >= LINKED_MIN {
            if self.free.len() <= units {
                self.free.resize(units + 1, NONE);
            }
            let next = std::mem::replace(&mut self.free[units], handle);
            if next != NONE {
                self.cell_mut(next)[8..12].copy_from_slice(&handle.to_le_bytes());
            }
            let cell = self.cell_mut(handle);
            cell[4..8].copy_from_slice(&next.to_le_bytes());
            cell[8..12].copy_from_slice(&NONE.to_le_bytes());
        }
        let cell = self.cell_mut(handle);
        cell[0] = FREE;
        cell[1] = units as u8;
    }

    fn unlink(&mut self, handle: u32, units: usize) {
        let cell = self.cell(handle);
        let (next, previous) = (read_u32(&cell[4..]), read_u32(&cell[8..]));
        match previous {
            NONE => self.free[units] = next,
            _ => self.cell_mut(previous)[4..8].copy_from_slice(&next.to_le_bytes()),
        }
        if next != NONE {
            self.cell_mut(next)[8..12].copy_from_slice(&previous.to_le_bytes());
        }
    }

    /// A chunk whose live cells should be moved ([`Pool::relocate`]) so that it can be given back;
    /// `None` while at least half of the memory is in use, or few chunks are there.
    pub fn sparse(&mut self) -> Option<usize> {
        let count = self.chunks.len();
        if self.live * 2 >= self.units || self.units * UNIT < CHUNK_MAX {
            return None;
        }
        let from = self.looked;
        self.looked = (from + LOOKS) % count;
        let looks = (from..from + LOOKS.min(count)).map(|index| index % count);
        let full = |&index: &usize| {
            let chunk = &self.chunks[index];
            chunk.live * 256 / chunk.units().max(1)
        };
        looks.filter(|&it| it != self.current && self.chunks[it].units() > 0).min_by_key(full)
    }

    /// Prepares a chunk for being emptied: nothing is stored in it any more. Gives its live cells.
    pub fn begin_emptying(&mut self, chunk: usize) -> Vec<Handle> {
        let mut live = Vec::new();
        let mut unit = 0;
        while unit < self.chunks[chunk].end {
            let handle = join(chunk, unit);
            let cell = self.cell(handle);
            if cell[0] == FREE {
                let units = usize::from(cell[1]);
                if units >= LINKED_MIN {
                    self.unlink(handle, units);
                }
                unit += units;
            } else {
                live.push(Handle(handle));
                unit += self.units_of(handle);
            }
        }
        live
    }

    /// Copies a cell of a chunk that is being emptied to another place. The old one stays readable
    /// until the chunk is given back. `None` as in [`Pool::insert`].
    pub fn relocate(&mut self, handle: Handle) -> Option<Handle> {
        let units = self.units_of(handle.0);
        let to = self.allocate(units)?;
        let ((chunk, at), (to_chunk, to_at)) = (split(handle.0), split(to));
        let size = units * UNIT;
        if chunk == to_chunk {
            self.chunks[chunk].bytes.copy_within(at..at + size, to_at);
        } else if let Ok([from, to]) = self.chunks.get_disjoint_mut([chunk, to_chunk]) {
            to.bytes[to_at..to_at + size].copy_from_slice(&from.bytes[at..at + size]);
        }
        self.chunks[chunk].live -= units;
        self.live -= units;
        Some(Handle(to))
    }

    /// Gives back a chunk whose cells have all been moved or removed.
    pub fn give_back(&mut self, chunk: usize) {
        debug_assert_eq!(self.chunks[chunk].live, 0, "live cells");
        self.units -= self.chunks[chunk].units();
        self.chunks[chunk] = Chunk::default();
        self.vacant.push(chunk);
    }

    /// Bytes of everything.
    pub fn heap_bytes(&self) -> usize {
        self.units * UNIT
            + self.chunks.capacity() * size_of::<Chunk>()
            + self.vacant.capacity() * size_of::<usize>()
            + (self.free.capacity() + self.large_free.capacity()) * size_of::<u32>()
            + self.large.capacity() * size_of::<Box<[u8]>>()
            + self.large_bytes
    }
}
