//! A dump cut into pieces that can be read side by side.
//!
//! ```text
//!   header | facts | select 0 | entry entry entry | entry entry | ... | select 1 | ... | end
//!                               `---- piece ----'   `- piece -'
//! ```
//!
//! Whoever cuts only follows lengths (`skip.rs`), sums up the bytes and copies them; the reading
//! is left to who gets the piece, and may go on on many threads at once. What is no entry, is too
//! long for a piece, or cannot be skipped is read at once, as a [`Reader`] does: so each fault of a
//! dump is found by the same code, with the same words and offset, whether it is cut or not.
//!
//! Must be true
//! 1. A piece holds whole entries with what is said about them before and behind: each can be read
//!    without the others.
//! 2. The memory of a piece is bounded by [`PIECE_BYTES`] and the longest entry that is cut
//!    ([`ENTRY_BYTES_MAX`]).
//!
//! Not here: threads.

use std::io::{self, Read};

use crate::error::ReadError;
use crate::expiries::MemberExpiries;
use crate::format::{self, Dialect};
use crate::read::{Event, ReadOptions, Reader};
use crate::skip::{Unskipped, entry_len};
use crate::source::Source;
use crate::value::{Entry, Taker};

/// Bytes of a piece.
const PIECE_BYTES: usize = 128 << 10;
/// A longer entry is read where it stands.
const ENTRY_BYTES_MAX: usize = 1 << 20;

/// Cuts a dump from any input.
pub struct Pieces<R> {
    reader: Reader<R>,
    database: u64,
    /// About so many bytes make a piece.
    piece_bytes: usize,
    /// An entry of more unread bytes is read where it stands.
    entry_bytes_max: usize,
    /// What went wrong behind what was given last.
    failure: Option<ReadError>,
}

/// What comes next in a dump. Facts about the dump, and hints about slots, are passed over.
#[derive(Debug)]
pub enum Part {
    /// Entries, still to be read.
    Piece(Piece),
    /// An entry that was read.
    Entry {
        /// The database it belongs to.
        database: u64,
        /// The entry.
        entry: Entry,
        /// When members of it expire.
        expiries: Vec<MemberExpiries>,
    },
    /// A key whose value has no elements.
    EmptyEntry {
        /// The key.
        key: Vec<u8>,
    },
    /// The source of a function library.
    Function(Vec<u8>),
    /// About so many keys follow for a database: a hint, not a promise.
    Expected {
        /// The database.
        database: u64,
        /// How many.
        keys: u64,
    },
}

impl<R: Read> Pieces<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// This is no dump, or one of an unknown version.
    pub fn new(inner: R, options: ReadOptions) -> Result<Self, ReadError> {
        let reader = Reader::new(inner, options)?;
        let (piece_bytes, entry_bytes_max) = (PIECE_BYTES, ENTRY_BYTES_MAX);
        Ok(Self { reader, database: 0, piece_bytes, entry_bytes_max, failure: None })
    }

    /// Other sizes than [`PIECE_BYTES`] and [`ENTRY_BYTES_MAX`], for tests.
    pub(crate) fn with_sizes(self, (piece_bytes, entry_bytes_max): (usize, usize)) -> Self {
        Self { piece_bytes, entry_bytes_max, ..self }
    }

    /// Bytes of the dump used so far.
    pub fn offset(&self) -> u64 {
        self.reader.offset()
    }

    /// What comes next; `None` at the end, when the checksum was found right, and after an error. A
    /// piece is put into `room`, whatever that held.
    ///
    /// # Errors
    /// The dump is wrong, or cannot be read.
    pub fn next_part(&mut self, room: Vec<u8>) -> Result<Option<Part>, ReadError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if let Some(piece) = self.cut(room) {
            return Ok(Some(Part::Piece(piece)));
        }
        loop {
            match self.reader.next_event()? {
                Some(Event::SelectDb(number)) => {
                    self.database = number;
                    if let Some(piece) = self.cut(Vec::new()) {
                        return Ok(Some(Part::Piece(piece)));
                    }
                }
                Some(Event::Entry(entry)) => {
                    let expiries = self.expiries_behind();
                    let database = self.database;
                    return Ok(Some(Part::Entry { database, entry, expiries }));
                }
                Some(Event::EmptyEntry { key }) => return Ok(Some(Part::EmptyEntry { key })),
                Some(Event::ResizeDb { keys, .. }) => {
                    return Ok(Some(Part::Expected { database: self.database, keys }));
                }
                Some(Event::Function(source)) => return Ok(Some(Part::Function(source))),
                // Expiries that stand elsewhere than behind their key are a fact like others.
                Some(
                    Event::Aux { .. }
                    | Event::SlotInfo { .. }
                    | Event::ModuleAuxSkipped { .. }
                    | Event::MemberExpiries(_)
                    | Event::End { .. },
                ) => {}
                None => return Ok(None),
            }
        }
    }

    /// What lies behind the dump, as [`Reader::into_rest`].
    pub fn into_rest(self) -> impl Read {
        self.reader.into_rest()
    }

    /// A piece, if entries come next that can be cut.
    fn cut(&mut self, mut room: Vec<u8>) -> Option<Piece> {
        let dialect = self.reader.dialect;
        if self.reader.is_done() || !self.reader.attributes.is_empty() {
            return None;
        }
        let source = &mut self.reader.source;
        let offset = source.offset();
        room.clear();
        while room.len() < self.piece_bytes {
            let mut len = 0;
            let stopped = loop {
                match entry_len(&source.unread()[len..], dialect) {
                    Ok(entry) if entry > self.entry_bytes_max => break Unskipped::Strange,
                    Ok(entry) => len += entry,
                    Err(stopped) => break stopped,
                }
                if room.len() + len >= self.piece_bytes {
                    break Unskipped::Short;
                }
            };
            source.move_to(&mut room, len);
            let is_over = stopped == Unskipped::Strange
                || room.len() >= self.piece_bytes
                || source.unread().len() > self.entry_bytes_max;
            if is_over || !source.read_on() {
                break;
            }
        }
        let database = self.database;
        (!room.is_empty()).then_some(Piece { database, offset, dialect, bytes: room })
    }

    /// The expiries that stand right behind an entry that was read.
    fn expiries_behind(&mut self) -> Vec<MemberExpiries> {
        let mut expiries = Vec::new();
        loop {
            let source = &mut self.reader.source;
            while source.unread().is_empty() && source.read_on() {}
            if source.unread().first() != Some(&format::OP_AUX) {
                return expiries;
            }
            match self.reader.next_event() {
                Ok(Some(Event::MemberExpiries(more))) => expiries.push(more),
                Ok(_) => {}
                Err(failure) => {
                    self.failure = Some(failure);
                    return expiries;
                }
            }
        }
    }
}

/// Whole entries of one database, still to be read.
#[derive(Debug)]
pub struct Piece {
    /// The database they belong to.
    pub database: u64,
    /// Where in the dump they begin.
    pub offset: u64,
    dialect: Dialect,
    bytes: Vec<u8>,
}

impl Piece {
    /// Reads the entries.
    pub fn read(self) -> PieceReader {
        let end = self.offset + self.bytes.len() as u64;
        let source = Source::over(self.bytes, self.offset);
        let reader = Reader::of_entries(source, self.dialect);
        PieceReader { reader, key: Vec::new(), end }
    }
}

/// Reads the entries of a piece.
pub struct PieceReader {
    reader: Reader<io::Empty>,
    key: Vec<u8>,
    end: u64,
}

/// What is said about a key beside its value; see [`Entry`].
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The key.
    pub key: &'a [u8],
    /// When it expires, in milliseconds since the Unix epoch.
    pub expires_at_ms: Option<u64>,
    /// Seconds since it was last used.
    pub idle_s: Option<u64>,
    /// The access counter.
    pub freq: Option<u8>,
}

/// Takes the entries of a piece.
pub trait EntryTaker: Taker {
    /// An entry begins: what follows is its value.
    fn begin(&mut self, head: Head<'_>);
}

/// What a reader of a piece has come upon.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// An entry, which the taker has.
    Entry,
    /// An entry whose value has no elements, and its key. What the taker has of it means nothing.
    EmptyEntry(Vec<u8>),
    /// When members of the set or the sorted set before this expire.
    MemberExpiries(MemberExpiries),
    /// A fact to be ignored.
    Fact,
}

impl PieceReader {
    /// The next step, or `None` at the end.
    ///
    /// # Errors
    /// An entry is broken: there is nothing more.
    pub fn next_step(&mut self, taker: &mut impl EntryTaker) -> Result<Option<Step>, ReadError> {
        if self.reader.offset() >= self.end {
            return Ok(None);
        }
        let step = match self.reader.take_entry(&mut self.key, taker)? {
            Ok(true) => Step::Entry,
            Ok(false) => Step::EmptyEntry(self.key.clone()),
            Err(Event::MemberExpiries(expiries)) => Step::MemberExpiries(expiries),
            Err(_) => Step::Fact,
        };
        Ok(Some(step))
    }

    /// Bytes of the dump used so far, those before the piece included.
    pub fn offset(&self) -> u64 {
        self.reader.offset()
    }

    /// The room that the piece took, for another.
    pub fn into_room(self) -> Vec<u8> {
        self.reader.source.into_buffer()
    }
}
