//! Reading a dump: header, then one event after another until the end.
//!
//! Owns the loop over opcodes and the attributes (expiry, idle time, frequency) that stand before
//! the key they belong to. After `End`, or after an error, there are no more events.
//!
//! Not here: how values are laid out (`types/`), and what to do with an entry that has expired.

use std::io::{Empty, Read};

use crate::error::ReadError;
use crate::expiries::{self, MemberExpiries};
use crate::format::{self, Dialect, ValueType};
use crate::pieces::{EntryTaker, Head};
use crate::source::{Source, malformed, new_digest};
use crate::types;
use crate::value::Entry;

/// Whether the checksum at the end is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChecksumCheck {
    /// A mismatch is an error.
    #[default]
    On,
    /// No checksum is computed, which saves a little time.
    Off,
}

/// What to do with data that a module keeps outside the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ModuleAux {
    /// Stop with an error that names the module.
    #[default]
    Refuse,
    /// Go past it, with an event that names the module.
    Skip,
}

/// How a dump is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// Whether the checksum is compared.
    pub checksum: ChecksumCheck,
    /// What to do with data of modules.
    pub module_aux: ModuleAux,
}

/// How the dump ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// The bytes are those that were written.
    Matches,
    /// The dump was written without a checksum.
    Absent,
    /// There is one, but the reader was told not to compare it.
    Unchecked,
}

/// One item of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A fact about the dump; unknown ones are to be ignored.
    Aux {
        /// Its name, such as "redis-ver".
        key: Vec<u8>,
        /// Its value, as text.
        value: Vec<u8>,
    },
    /// The entries that follow belong to this database.
    SelectDb(u64),
    /// How much room the current database will need. A hint, not a promise.
    ResizeDb {
        /// Keys in the database.
        keys: u64,
        /// Those of them that expire.
        expiring_keys: u64,
    },
    /// How much room one cluster slot will need. A hint, not a promise.
    SlotInfo {
        /// The slot.
        slot: u64,
        /// Keys in it.
        keys: u64,
        /// Those of them that expire.
        expiring_keys: u64,
    },
    /// The source of a function library.
    Function(Vec<u8>),
    /// Data of this module was skipped.
    ModuleAuxSkipped {
        /// The module's name, nine characters.
        module: String,
    },
    /// A key with its value.
    Entry(Entry),
    /// When members of a set or a sorted set expire whose entry came before.
    MemberExpiries(MemberExpiries),
    /// A key whose value has no elements was passed over, as Redis does. Old bugs of Redis wrote
    /// such keys.
    EmptyEntry {
        /// The key.
        key: Vec<u8>,
    },
    /// The end of the dump.
    End {
        /// Whether the checksum was right; a wrong one is an error instead.
        checksum: Checksum,
    },
}

/// Reads a dump from any input.
///
/// It reads ahead; what lies behind the dump is not lost but returned by [`Reader::into_rest`].
pub struct Reader<R> {
    pub(crate) source: Source<R>,
    pub(crate) dialect: Dialect,
    version: u32,
    options: ReadOptions,
    pub(crate) attributes: Attributes,
    done: bool,
}

/// What has been said about the next key.
#[derive(Default)]
pub(crate) struct Attributes {
    expires_at_ms: Option<u64>,
    idle_s: Option<u64>,
    freq: Option<u8>,
}

impl Attributes {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self { expires_at_ms: None, idle_s: None, freq: None })
    }
}

/// What stands before the next item's contents.
enum Ahead {
    /// The type of an entry.
    Entry(ValueType),
    /// The opcode of something else.
    Section(u8),
}

impl<R: Read> Reader<R> {
    /// Reads the header, and fails if this is no dump or one of an unknown version.
    pub fn new(inner: R, options: ReadOptions) -> Result<Reader<R>, ReadError> {
        let digest = (options.checksum == ChecksumCheck::On).then(new_digest);
        let mut source = Source::new(inner, digest);
        let (dialect, version) = read_header(&mut source)?;
        let attributes = Attributes::default();
        Ok(Reader { source, dialect, version, options, attributes, done: false })
    }

    /// The format version in the header.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Bytes of the dump used so far.
    pub fn offset(&self) -> u64 {
        self.source.offset()
    }

    /// The next event, or `None` after the end or an error.
    pub fn next_event(&mut self) -> Result<Option<Event>, ReadError> {
        if self.done {
            return Ok(None);
        }
        let event = self.read_event();
        self.done = matches!(event, Err(_) | Ok(Event::End { .. }));
        event.map(Some)
    }

    /// What lies behind the dump: the tail of an append-only file, or a replication stream.
    pub fn into_rest(self) -> impl Read {
        self.source.into_rest()
    }

    /// Nothing more comes: the end was read, or something wrong.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    fn read_event(&mut self) -> Result<Event, ReadError> {
        match self.read_ahead()? {
            Ahead::Entry(value_type) => self.read_entry(value_type),
            Ahead::Section(opcode) => self.read_section(opcode),
        }
    }

    /// Hands the next entry to `taker`, its key left in `key`; false if its value has no elements.
    /// What is no entry is given as the event it is.
    pub(crate) fn take_entry(
        &mut self,
        key: &mut Vec<u8>,
        taker: &mut impl EntryTaker,
    ) -> Result<Result<bool, Event>, ReadError> {
        let value_type = match self.read_ahead()? {
            Ahead::Entry(value_type) => value_type,
            Ahead::Section(opcode) => return Ok(Err(self.read_section(opcode)?)),
        };
        self.source.string_into(key)?;
        let Attributes { expires_at_ms, idle_s, freq } = std::mem::take(&mut self.attributes);
        taker.begin(Head { key, expires_at_ms, idle_s, freq });
        types::take(&mut self.source, value_type, key, taker).map(Ok)
    }

    /// Reads what is said about a key, up to its type or another opcode.
    fn read_ahead(&mut self) -> Result<Ahead, ReadError> {
        loop {
            let offset = self.source.offset();
            let opcode = self.source.byte()?;
            match opcode {
                format::OP_EXPIRE_MS => {
                    let time = i64::from_le_bytes(self.source.array()?);
                    self.attributes.expires_at_ms = Some(time.max(0) as u64);
                }
                format::OP_EXPIRE_S => {
                    let time = i32::from_le_bytes(self.source.array()?);
                    self.attributes.expires_at_ms = Some(time.max(0) as u64 * 1000);
                }
                format::OP_IDLE => self.attributes.idle_s = Some(self.source.length()?),
                format::OP_FREQ => self.attributes.freq = Some(self.source.byte()?),
                format::OP_FUNCTION_PRE_RELEASE => {
                    return Err(ReadError::FunctionPreRelease { offset });
                }
                format::OP_SLOT_INFO..=format::OP_END => return Ok(Ahead::Section(opcode)),
                format::OP_DIALECT => {
                    let what = match self.dialect {
                        Dialect::Redis => "a module's data about a key",
                        Dialect::Valkey => "slots on their way into a cluster's node",
                    };
                    return Err(ReadError::Foreign { offset, what });
                }
                _ => match ValueType::from_byte(opcode, self.dialect) {
                    Some(value_type) => return Ok(Ahead::Entry(value_type)),
                    None => return Err(ReadError::UnknownOpcode { offset, byte: opcode }),
                },
            }
        }
    }

    /// An item that is an event of its own.
    fn read_section(&mut self, opcode: u8) -> Result<Event, ReadError> {
        let source = &mut self.source;
        match opcode {
            format::OP_AUX => {
                let offset = source.offset();
                let (key, value) = (source.string()?, source.string()?);
                if key == expiries::NAME {
                    return Ok(Event::MemberExpiries(expiries::decode(&value, offset)?));
                }
                Ok(Event::Aux { key, value })
            }
            format::OP_SELECT_DB => Ok(Event::SelectDb(source.length()?)),
            format::OP_RESIZE_DB => {
                Ok(Event::ResizeDb { keys: source.length()?, expiring_keys: source.length()? })
            }
            format::OP_SLOT_INFO => Ok(Event::SlotInfo {
                slot: source.length()?,
                keys: source.length()?,
                expiring_keys: source.length()?,
            }),
            format::OP_FUNCTION => Ok(Event::Function(source.string()?)),
            format::OP_MODULE_AUX => self.read_module_aux(),
            _ => Ok(Event::End { checksum: self.read_checksum()? }),
        }
    }

    /// An entry, unless its value has no elements.
    fn read_entry(&mut self, value_type: ValueType) -> Result<Event, ReadError> {
        let key = self.source.string()?;
        let value = types::read(&mut self.source, value_type, &key)?;
        let Attributes { expires_at_ms, idle_s, freq } = std::mem::take(&mut self.attributes);
        let Some(value) = value else { return Ok(Event::EmptyEntry { key }) };
        Ok(Event::Entry(Entry { key, value, expires_at_ms, idle_s, freq }))
    }

    fn read_module_aux(&mut self) -> Result<Event, ReadError> {
        let module = format::module_name(self.source.length()?);
        if self.options.module_aux == ModuleAux::Refuse {
            return Err(ReadError::ModuleAux { module });
        }
        loop {
            let offset = self.source.offset();
            match self.source.length()? {
                format::MODULE_END => return Ok(Event::ModuleAuxSkipped { module }),
                format::MODULE_SIGNED | format::MODULE_UNSIGNED => {
                    self.source.length()?;
                }
                format::MODULE_FLOAT => {
                    self.source.array::<4>()?;
                }
                format::MODULE_DOUBLE => {
                    self.source.array::<8>()?;
                }
                format::MODULE_STRING => {
                    self.source.string()?;
                }
                _ => return malformed(offset, "unknown item in data of a module"),
            }
        }
    }

    fn read_checksum(&mut self) -> Result<Checksum, ReadError> {
        if self.version < format::VERSION_CHECKSUM {
            return Ok(Checksum::Absent);
        }
        let computed = self.source.checksum();
        let found = u64::from_le_bytes(self.source.array()?);
        match computed {
            _ if found == 0 => Ok(Checksum::Absent),
            None => Ok(Checksum::Unchecked),
            Some(computed) if computed == found => Ok(Checksum::Matches),
            Some(computed) => Err(ReadError::Checksum { computed, found }),
        }
    }
}

impl Reader<Empty> {
    /// Reads entries that were cut from a dump.
    pub(crate) fn of_entries(source: Source<Empty>, dialect: Dialect) -> Self {
        let (options, attributes) = (ReadOptions::default(), Attributes::default());
        Reader { source, dialect, version: 0, options, attributes, done: false }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_event().transpose()
    }
}

fn read_header<R: Read>(source: &mut Source<R>) -> Result<(Dialect, u32), ReadError> {
    let magic = source.array()?;
    if magic == format::MAGIC {
        let found: [u8; 4] = source.array()?;
        let version = read_version(&found).ok_or(ReadError::VersionDigits { found })?;
        let is_known = (1..=format::VERSION_NEWEST).contains(&version);
        return is_known.then_some((Dialect::Redis, version)).ok_or(ReadError::Version { version });
    }
    let rest: [u8; 4] = source.array()?;
    if [&magic[..], &rest[..1]].concat() != format::MAGIC_VALKEY {
        return Err(ReadError::Magic { found: magic });
    }
    let version = read_version(&rest[1..]).ok_or(ReadError::VersionDigits { found: rest })?;
    let is_known = format::VERSIONS_VALKEY.contains(&version);
    is_known.then_some((Dialect::Valkey, version)).ok_or(ReadError::Version { version })
}

fn read_version(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
    digits.parse().ok()
}
