//! Streams as plain data: blocks of entries as the dump packs them, and consumer groups.
//!
//! A block is one listpack, kept as it is read: a stream of millions of entries would take many
//! times its size as lists of lists. It is checked when it is read, and its entries are unpacked
//! one by one.
//!
//! ```text
//!   live removed count name* 0  entry*           entries that are there, and that were removed
//!
//!   entry   flags ms seq value*  parts           with the names of the block
//!           flags ms seq count (name value)* parts
//!
//!   flags   1: removed, 2: has the names of the block
//!   ms seq  what its id is more than the block's, which wraps
//!   parts   elements of the entry, itself not included; 0 behind the names
//! ```
//!
//! Not here: what surrounds the blocks in a dump (`types/stream.rs`).

use base::number::parse_i64;

use crate::listpack::{self, Listpack};
use crate::packed::{Element, PackedError};

const REMOVED: i64 = 1;
const SAME_NAMES: i64 = 2;

/// The id of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// Mostly a time in milliseconds.
    pub ms: u64,
    /// Tells entries of one millisecond apart.
    pub seq: u64,
}

/// A stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stream {
    /// Its blocks, in the order of their ids.
    pub blocks: Vec<Block>,
    /// The greatest id an entry ever had.
    pub last_id: StreamId,
    /// The greatest id that was removed.
    pub max_deleted_id: StreamId,
    /// How many entries were ever added. `None` in dumps of Redis 6.2 and older.
    pub entries_added: Option<u64>,
    /// Its groups.
    pub groups: Vec<Group>,
    /// The names that producers have given entries, if they ever have.
    pub names: Option<Names>,
}

/// The names that producers have given entries, so that none is added twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Seconds for which a name is remembered.
    pub duration_s: u64,
    /// Names of one producer that are remembered.
    pub names_max: u64,
    /// The producers.
    pub producers: Vec<Producer>,
    /// How many entries were ever added with a name.
    pub added: u64,
    /// How many were not added, since their name was known.
    pub duplicates: u64,
}

/// Somebody who adds entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Producer {
    /// What it is called.
    pub name: Vec<u8>,
    /// The names it has given, and the entries it has given them.
    pub entries: Vec<(Vec<u8>, StreamId)>,
}

/// A run of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The id that those of its entries are told from; none is less.
    pub first: StreamId,
    /// The listpack.
    pub(crate) packed: Vec<u8>,
}

/// A consumer group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Vec<u8>,
    /// The last entry that was delivered.
    pub last_id: StreamId,
    /// How many entries it has read; `None` if that is not known or not said.
    pub entries_read: Option<u64>,
    /// What was delivered and not acknowledged.
    pub pending: Vec<Pending>,
    /// Its consumers.
    pub consumers: Vec<Consumer>,
    /// What of the pending entries was given back and nobody has, in the order in which that was.
    pub given_back: Vec<StreamId>,
}

/// An entry that was delivered and not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Its id; the entry itself may be gone.
    pub id: StreamId,
    /// When it was delivered last, unix ms.
    pub delivered_ms: i64,
    /// How often it was delivered.
    pub deliveries: u64,
}

/// Somebody who reads for a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: Vec<u8>,
    /// When it last tried something, unix ms.
    pub seen_ms: i64,
    /// When it last got something, unix ms; `None`: never, or not said.
    pub active_ms: Option<i64>,
    /// What it has of the group's pending entries.
    pub pending: Vec<StreamId>,
}

/// An entry, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEntry<'a> {
    /// Its id.
    pub id: StreamId,
    /// True if it was removed and only takes room.
    pub is_removed: bool,
    /// Names and values.
    pub pairs: Vec<(Element<'a>, Element<'a>)>,
}

impl Block {
    /// The names that most entries have.
    ///
    /// # Errors
    /// The block is broken; one that came out of a reader is not.
    pub fn names(&self) -> Result<Vec<Element<'_>>, PackedError> {
        Ok(Unpacking::new(self)?.names)
    }

    /// The entries in order, removed ones included.
    ///
    /// # Errors
    /// As [`Block::names`]; of the entries each for itself.
    pub fn entries(
        &self,
    ) -> Result<impl Iterator<Item = Result<StreamEntry<'_>, PackedError>>, PackedError> {
        let mut unpacking = Unpacking::new(self)?;
        Ok(std::iter::from_fn(move || unpacking.entry().transpose()))
    }

    /// Checks all of it: its frame, its counts, and that ids ascend from the block's on. Gives the
    /// id of the last entry, removed or not.
    pub(crate) fn check(&self) -> Result<Option<StreamId>, PackedError> {
        let mut unpacking = Unpacking::new(self)?;
        let (mut counts, mut last) = ([0, 0], None);
        while let Some(entry) = unpacking.entry()? {
            if entry.id < self.first || last.is_some_and(|last| entry.id <= last) {
                return Err(unpacking.error("ids of a stream do not ascend"));
            }
            last = Some(entry.id);
            counts[usize::from(entry.is_removed)] += 1;
        }
        if counts != unpacking.counts {
            return Err(unpacking.error("wrong count of stream entries"));
        }
        Ok(last)
    }
}

/// A block being unpacked.
struct Unpacking<'a> {
    list: Listpack<'a>,
    first: StreamId,
    /// Entries that are there, and that were removed.
    counts: [u64; 2],
    names: Vec<Element<'a>>,
}

impl<'a> Unpacking<'a> {
    fn new(block: &'a Block) -> Result<Self, PackedError> {
        let list = Listpack::new(&block.packed)?;
        let mut this = Self { list, first: block.first, counts: [0, 0], names: Vec::new() };
        this.counts = [this.count()?, this.count()?];
        this.names = this.elements()?;
        match this.number()? {
            0 => Ok(this),
            _ => Err(this.error("no end of the names of a stream block")),
        }
    }

    fn error(&self, reason: &'static str) -> PackedError {
        PackedError { at: self.list.position(), reason }
    }

    fn next(&mut self) -> Result<Element<'a>, PackedError> {
        let missing = self.error("a stream block breaks off");
        self.list.next().ok_or(missing)?
    }

    fn number(&mut self) -> Result<i64, PackedError> {
        match self.next()? {
            Element::Integer(number) => Ok(number),
            Element::Bytes(text) => {
                parse_i64(text).ok_or(self.error("text where a number should be"))
            }
        }
    }

    fn count(&mut self) -> Result<u64, PackedError> {
        let number = self.number()?;
        u64::try_from(number).map_err(|_| self.error("a negative count"))
    }

    /// So many elements as the number before them says.
    fn elements(&mut self) -> Result<Vec<Element<'a>>, PackedError> {
        let count = self.count()?;
        // The count is believed element by element.
        let mut elements = Vec::new();
        for _ in 0..count {
            elements.push(self.next()?);
        }
        Ok(elements)
    }

    fn entry(&mut self) -> Result<Option<StreamEntry<'a>>, PackedError> {
        let flags = match self.list.next() {
            None => return Ok(None),
            Some(Ok(Element::Integer(flags))) if (0..=3).contains(&flags) => flags,
            Some(Ok(_)) => return Err(self.error("unknown flags of a stream entry")),
            Some(Err(error)) => return Err(error),
        };
        let ms = self.first.ms.wrapping_add(self.number()? as u64);
        let seq = self.first.seq.wrapping_add(self.number()? as u64);
        let mut pairs = Vec::new();
        let parts = if flags & SAME_NAMES != 0 {
            for at in 0..self.names.len() {
                let value = self.next()?;
                pairs.extend(self.names.get(at).map(|name| (*name, value)));
            }
            pairs.len() + 3
        } else {
            for _ in 0..self.count()? {
                let name = self.next()?;
                pairs.push((name, self.next()?));
            }
            2 * pairs.len() + 4
        };
        if self.number()? != parts as i64 {
            return Err(self.error("wrong size of a stream entry"));
        }
        let id = StreamId { ms, seq };
        Ok(Some(StreamEntry { id, is_removed: flags & REMOVED != 0, pairs }))
    }
}

/// A block under construction.
pub struct BlockBuilder {
    first: StreamId,
    packed: listpack::Builder,
    names: Vec<Vec<u8>>,
}

impl BlockBuilder {
    /// A block of so many entries and so many removed ones, most of them with these names.
    pub fn new(first: StreamId, (live, removed): (u64, u64), names: Vec<Vec<u8>>) -> BlockBuilder {
        let mut packed = listpack::Builder::new();
        packed.push_integer(live as i64);
        packed.push_integer(removed as i64);
        packed.push_integer(names.len() as i64);
        names.iter().for_each(|name| packed.push(name));
        packed.push_integer(0);
        BlockBuilder { first, packed, names }
    }

    /// Adds an entry.
    pub fn push<B: AsRef<[u8]>>(&mut self, id: StreamId, pairs: &[(B, B)]) {
        let same = pairs.len() == self.names.len()
            && self.names.iter().zip(pairs).all(|(name, pair)| name == pair.0.as_ref());
        self.packed.push_integer(if same { SAME_NAMES } else { 0 });
        self.packed.push_integer(id.ms.wrapping_sub(self.first.ms) as i64);
        self.packed.push_integer(id.seq.wrapping_sub(self.first.seq) as i64);
        if !same {
            self.packed.push_integer(pairs.len() as i64);
        }
        for (name, value) in pairs {
            if !same {
                self.packed.push(name.as_ref());
            }
            self.packed.push(value.as_ref());
        }
        let parts = if same { pairs.len() + 3 } else { 2 * pairs.len() + 4 };
        self.packed.push_integer(parts as i64);
    }

    /// The finished block.
    pub fn finish(self) -> Block {
        Block { first: self.first, packed: self.packed.finish() }
    }
}
