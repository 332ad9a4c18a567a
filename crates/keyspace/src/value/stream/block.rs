//! A block of a stream: up to about a hundred entries in one run of bytes, told from a first id.
//!
//! ```text
//!   block    count of names | name* | entry*
//!   entry    2 * size of what follows (+ 1 if it has names of its own)
//!            | ms - first ms | zigzag(seq - first seq) | value*
//!                                                      | count of pairs | (name value)*
//! ```
//!
//! All numbers are varints, names and values as in `text`. The names are those of the entry that
//! began the block: most entries of a stream have the same. An entry of two small values takes some
//! six bytes and its values.
//!
//! Must be true
//! 1. Entries stand in the order of their ids, none of which is below the block's first id.
//! 2. `listpack_body` is what names and entries, removed ones included, take in the listpack that
//!    Redis would hold them in: a block is full when Redis's would be, so that approximate trimming
//!    removes the same entries.
//!
//! Not here: the first id, which the stream knows its blocks by.

use super::id::StreamId;
use super::text::{
    Text, listpack_integer_len, listpack_text_len, push_text, push_varint, take_text, take_varint,
    unzigzag, zigzag,
};

/// Header and end mark of a listpack.
const LISTPACK_FRAME: usize = 7;
/// The flags before an entry in a listpack.
const FLAGS_LEN: usize = 2;

/// Names and values of an entry to be added.
pub type Pairs<'a> = [(&'a [u8], &'a [u8])];

/// What limits a block.
#[derive(Clone, Copy, Debug)]
pub struct BlockLimits {
    /// `stream-node-max-bytes`; 0: none.
    pub bytes_max: usize,
    /// `stream-node-max-entries`; 0: none.
    pub entries_max: usize,
}

/// A block.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    entries_start: u32,
    live: u32,
    removed: u32,
    listpack_body: u32,
    last: StreamId,
}

impl Block {
    /// A block without entries whose entries mostly have these names.
    pub(super) fn new<'n>(names: impl ExactSizeIterator<Item = &'n [u8]>) -> Self {
        let mut block = Self::default();
        let mut body = listpack_integer_len(names.len() as i64) + listpack_integer_len(0);
        push_varint(&mut block.bytes, names.len() as u64);
        for name in names {
            push_text(&mut block.bytes, name);
            body += listpack_text_len(name);
        }
        block.entries_start = block.bytes.len() as u32;
        block.listpack_body = body as u32;
        block
    }

    /// Number of entries.
    pub(super) fn live(&self) -> u64 {
        self.live.into()
    }

    /// Number of entries that were removed.
    pub(super) fn removed(&self) -> u64 {
        self.removed.into()
    }

    /// The id of the last entry, be it removed.
    pub(super) fn last(&self) -> StreamId {
        self.last
    }

    /// Bytes allocated.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether an entry of so many bytes of names and values starts a new block.
    pub(super) fn is_full(&self, added: usize, limits: BlockLimits) -> bool {
        const BYTES_MAX: usize = 1 << 30;
        let bytes_max = match limits.bytes_max {
            0 => BYTES_MAX,
            max => max.min(BYTES_MAX),
        };
        let count = (self.live + self.removed) as usize;
        let counts = [self.live, self.removed].map(|count| listpack_integer_len(count.into()));
        let size = LISTPACK_FRAME + counts[0] + counts[1] + self.listpack_body as usize;
        size + added >= bytes_max || (limits.entries_max > 0 && count >= limits.entries_max)
    }

    /// Nothing will be added any more.
    pub(super) fn seal(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// The names that most entries have.
    pub(super) fn names(&self) -> impl Iterator<Item = Text<'_>> {
        let mut at = 0;
        let count = take_varint(&self.bytes, &mut at);
        (0..count).map(move |_| take_text(&self.bytes, &mut at))
    }

    fn has_same_names(&self, pairs: &Pairs<'_>) -> bool {
        let mut at = 0;
        take_varint(&self.bytes, &mut at) == pairs.len() as u64
            && self.names().zip(pairs).all(|(name, (other, _))| name.with_bytes(|n| n == *other))
    }

    /// Adds an entry with an id above all others, to a block whose first id is `first`.
    pub(super) fn push(&mut self, first: StreamId, id: StreamId, pairs: &Pairs<'_>) {
        let same = self.has_same_names(pairs);
        let start = self.bytes.len();
        self.bytes.push(0);
        push_varint(&mut self.bytes, id.ms.wrapping_sub(first.ms));
        push_varint(&mut self.bytes, zigzag(id.seq.wrapping_sub(first.seq) as i64));
        if !same {
            push_varint(&mut self.bytes, pairs.len() as u64);
        }
        for (name, value) in pairs {
            if !same {
                push_text(&mut self.bytes, name);
            }
            push_text(&mut self.bytes, value);
        }
        let size = (self.bytes.len() - start - 1) as u64;
        let mut header = Vec::new();
        push_varint(&mut header, size << 1 | u64::from(!same));
        match header[..] {
            [byte] => self.bytes[start] = byte,
            _ => drop(self.bytes.splice(start..=start, header)),
        }
        self.live += 1;
        self.last = id;
        self.listpack_body += listpack_entry_len(first, id, pairs, same) as u32;
    }

    /// Notes an entry that was there, so that the block fills as it would have.
    pub(super) fn push_removed(&mut self, first: StreamId, id: StreamId, pairs: &Pairs<'_>) {
        let same = self.has_same_names(pairs);
        self.removed += 1;
        self.last = id;
        self.listpack_body += listpack_entry_len(first, id, pairs, same) as u32;
    }

    /// The entries in order; the block's first id is `first`.
    pub(super) fn entries(&self, first: StreamId) -> Entries<'_> {
        Entries { block: self, first, at: self.entries_start as usize }
    }

    /// Removes the entry with this id. False if there is none.
    pub(super) fn remove(&mut self, first: StreamId, id: StreamId) -> bool {
        let mut entries = self.entries(first);
        let mut start = entries.at;
        while let Some(entry) = entries.next() {
            if entry.id >= id {
                let (end, found) = (entries.at, entry.id == id);
                if found {
                    self.bytes.drain(start..end);
                    (self.live, self.removed) = (self.live - 1, self.removed + 1);
                }
                return found;
            }
            start = entries.at;
        }
        false
    }

    /// Removes entries from the front as long as `goes` says so; how many.
    pub(super) fn remove_front(
        &mut self,
        first: StreamId,
        mut goes: impl FnMut(StreamId) -> bool,
    ) -> u64 {
        let mut entries = self.entries(first);
        let (start, mut end, mut count) = (entries.at, entries.at, 0);
        while entries.next().is_some_and(|entry| goes(entry.id)) {
            end = entries.at;
            count += 1;
        }
        self.bytes.drain(start..end);
        (self.live, self.removed) = (self.live - count, self.removed + count);
        count.into()
    }
}

/// Bytes of an entry in a listpack.
fn listpack_entry_len(first: StreamId, id: StreamId, pairs: &Pairs<'_>, same: bool) -> usize {
    let ms = listpack_integer_len(id.ms.wrapping_sub(first.ms) as i64);
    let seq = listpack_integer_len(id.seq.wrapping_sub(first.seq) as i64);
    let mut size = FLAGS_LEN + ms + seq;
    let mut count = pairs.len() + 3;
    if !same {
        count += pairs.len() + 1;
        size += listpack_integer_len(pairs.len() as i64);
    }
    for (name, value) in pairs {
        size += listpack_text_len(value) + if same { 0 } else { listpack_text_len(name) };
    }
    size + listpack_integer_len(count as i64)
}

/// An entry of a stream.
#[derive(Clone, Copy)]
pub struct StreamEntry<'a> {
    /// Its id.
    pub id: StreamId,
    /// The names it shares with its block, as the block has them.
    names: Option<&'a [u8]>,
    len: usize,
    /// Values, or pairs if there are no shared names.
    body: &'a [u8],
}

impl<'a> StreamEntry<'a> {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Names and values in order.
    pub fn pairs(&self) -> impl Iterator<Item = (Text<'a>, Text<'a>)> + use<'a> {
        let (names, body) = (self.names, self.body);
        let (mut name_at, mut at) = (0, 0);
        (0..self.len).map(move |_| {
            let name = match names {
                Some(names) => take_text(names, &mut name_at),
                None => take_text(body, &mut at),
            };
            (name, take_text(body, &mut at))
        })
    }
}

/// The entries of a block in order.
#[derive(Clone)]
pub(super) struct Entries<'a> {
    block: &'a Block,
    first: StreamId,
    at: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = StreamEntry<'a>;

    fn next(&mut self) -> Option<StreamEntry<'a>> {
        let bytes = self.block.bytes.as_slice();
        if self.at >= bytes.len() {
            return None;
        }
        let header = take_varint(bytes, &mut self.at);
        let end = self.at + (header >> 1) as usize;
        let mut at = self.at;
        let ms = self.first.ms.wrapping_add(take_varint(bytes, &mut at));
        let seq = unzigzag(take_varint(bytes, &mut at)) as u64;
        let id = StreamId { ms, seq: self.first.seq.wrapping_add(seq) };
        let (names, len) = if header & 1 == 1 {
            (None, take_varint(bytes, &mut at))
        } else {
            let mut names_start = 0;
            let len = take_varint(bytes, &mut names_start);
            (bytes.get(names_start..self.block.entries_start as usize), len)
        };
        self.at = end;
        let body = bytes.get(at..end).unwrap_or_default();
        Some(StreamEntry { id, names, len: len as usize, body })
    }
}

/// The entries of a block in reverse order.
pub(super) fn backwards(block: &Block, first: StreamId) -> impl Iterator<Item = StreamEntry<'_>> {
    let mut starts = Vec::with_capacity(block.live as usize);
    let mut entries = block.entries(first);
    loop {
        let at = entries.at;
        if entries.next().is_none() {
            break;
        }
        starts.push(at);
    }
    starts.into_iter().rev().filter_map(move |at| Entries { block, first, at }.next())
}
