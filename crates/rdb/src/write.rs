//! Writing a dump: header, facts, then entries database by database, then the checksum.
//!
//! The caller keeps the order that readers expect: [`Writer::new`], [`Writer::origin`] and other
//! facts, function libraries, then for each database [`Writer::select_db`], [`Writer::resize_db`]
//! and its entries, and [`Writer::finish`]. Without `finish` the output is no dump.
//!
//! The version stands in the header, before anything is known about the entries, so the caller
//! says beforehand whether hash fields with an expiry will come.
//!
//! Not here: how values are laid out (`types/`), and files: renaming and syncing is the caller's.

use std::io::Write;

use crate::error::WriteError;
use crate::expiries::{self, MemberExpiries};
use crate::format::{self, ValueType};
use crate::lzf::Compressor;
use crate::sink::Sink;
use crate::source::new_digest;
use crate::stream::{Block, Stream, StreamId};
use crate::types;
use crate::value::Entry;

/// The format version a dump announces. The older, the more servers load it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// Loads in Redis 7.0 and newer.
    #[default]
    V10,
    /// Loads in Redis 7.4 and newer; needed for hash fields that expire.
    V12,
}

impl Version {
    pub(crate) fn number(self) -> u32 {
        match self {
            Version::V10 => 10,
            Version::V12 => 12,
        }
    }
}

/// How a dump is written. The fields carry the names and defaults of Redis's settings.
#[derive(Debug, Clone, Copy)]
pub struct WriteOptions {
    /// The version to announce.
    pub version: Version,
    /// `rdbcompression`: whether strings above 20 bytes are compressed when that helps.
    pub compression: bool,
    /// `rdbchecksum`: whether the dump ends with a checksum or with zero.
    pub checksum: bool,
    /// `hash-max-listpack-entries`: a hash with more fields is not packed.
    pub hash_listpack_entries: usize,
    /// `hash-max-listpack-value`: a hash with a longer field or value is not packed, in bytes.
    pub hash_listpack_value_bytes: usize,
    /// `list-max-listpack-size`, in bytes: about so big are the parts of a list.
    pub list_listpack_bytes: usize,
    /// `set-max-intset-entries`: a set of more integers is not packed.
    pub set_intset_entries: usize,
    /// `zset-max-listpack-entries`: a sorted set with more members is not packed.
    pub zset_listpack_entries: usize,
    /// `zset-max-listpack-value`: a sorted set with a longer member is not packed, in bytes.
    pub zset_listpack_value_bytes: usize,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions {
            version: Version::default(),
            compression: true,
            checksum: true,
            hash_listpack_entries: 512,
            hash_listpack_value_bytes: 64,
            list_listpack_bytes: 8 << 10,
            set_intset_entries: 512,
            zset_listpack_entries: 128,
            zset_listpack_value_bytes: 64,
        }
    }
}

/// What the dump is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A dump of its own, or the payload of a full synchronisation.
    Dump,
    /// The base file of an append-only file.
    AofBase,
}

/// Who wrote a dump, and when.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The Redis version to report, such as "7.0.15".
    pub redis_version: &'a str,
    /// Seconds since the Unix epoch.
    pub created_at_s: u64,
    /// Memory the keyspace takes, in bytes.
    pub used_memory: u64,
    /// What the dump is for.
    pub purpose: Purpose,
}

/// A key and what Redis keeps beside it, without its value.
#[derive(Debug, Clone, Copy, Default)]
pub struct Head<'a> {
    /// The key's name.
    pub key: &'a [u8],
    /// As in [`Entry`].
    pub expires_at_ms: Option<u64>,
    /// As in [`Entry`].
    pub idle_s: Option<u64>,
    /// As in [`Entry`].
    pub freq: Option<u8>,
}

/// Writes a dump to any output, buffering in between.
pub struct Writer<W> {
    sink: Sink<W>,
    options: WriteOptions,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    pub fn new(inner: W, options: WriteOptions) -> Result<Writer<W>, WriteError> {
        let digest = options.checksum.then(new_digest);
        let compressor = options.compression.then(Compressor::new);
        let mut sink = Sink::new(inner, digest, compressor);
        sink.bytes(&format::MAGIC)?;
        sink.bytes(format!("{:04}", options.version.number()).as_bytes())?;
        Ok(Writer { sink, options })
    }

    /// The facts that every dump of Redis starts with.
    pub fn origin(&mut self, origin: &Origin<'_>) -> Result<(), WriteError> {
        let base = if origin.purpose == Purpose::AofBase { "1" } else { "0" };
        self.aux(b"redis-ver", origin.redis_version.as_bytes())?;
        self.aux(b"redis-bits", usize::BITS.to_string().as_bytes())?;
        self.aux(b"ctime", origin.created_at_s.to_string().as_bytes())?;
        self.aux(b"used-mem", origin.used_memory.to_string().as_bytes())?;
        self.aux(b"aof-base", base.as_bytes())
    }

    /// A fact about the dump, such as "repl-id".
    pub fn aux(&mut self, key: &[u8], value: &[u8]) -> Result<(), WriteError> {
        self.sink.byte(format::OP_AUX)?;
        self.sink.string(key)?;
        Ok(self.sink.string(value)?)
    }

    /// When members of a set or a sorted set expire whose entry was written before.
    pub fn member_expiries<B: AsRef<[u8]>>(
        &mut self,
        expiries: &MemberExpiries<B>,
    ) -> Result<(), WriteError> {
        let value = expiries::encode(expiries)?;
        self.aux(expiries::NAME, &value)
    }

    /// The source of a function library.
    pub fn function(&mut self, source: &[u8]) -> Result<(), WriteError> {
        self.sink.byte(format::OP_FUNCTION)?;
        Ok(self.sink.string(source)?)
    }

    /// The entries that follow belong to this database.
    pub fn select_db(&mut self, db: u64) -> Result<(), WriteError> {
        self.sink.byte(format::OP_SELECT_DB)?;
        Ok(self.sink.length(db)?)
    }

    /// How many keys follow for this database, and how many of them expire.
    pub fn resize_db(&mut self, keys: u64, expiring_keys: u64) -> Result<(), WriteError> {
        self.sink.byte(format::OP_RESIZE_DB)?;
        self.sink.length(keys)?;
        Ok(self.sink.length(expiring_keys)?)
    }

    /// A key with its value. A collection must have elements: Redis knows no empty one.
    ///
    /// Errors: an expiry the format cannot hold, or field expiry in a version without it. Nothing
    /// of the entry has been written then, but for an expiry of a field out of range.
    pub fn entry<B: AsRef<[u8]>>(&mut self, entry: &Entry<B>) -> Result<(), WriteError> {
        let value_type = types::type_for(&entry.value, &self.options);
        self.check_version(value_type)?;
        let Entry { expires_at_ms, idle_s, freq, .. } = *entry;
        self.head(Head { key: entry.key.as_ref(), expires_at_ms, idle_s, freq }, value_type)?;
        types::write(&mut self.sink, value_type, &entry.value, &self.options)
    }

    /// The beginning of a key whose value is too big to be at hand as a whole: attributes, type and
    /// key. The caller writes the value as `types/` lays it out, with [`Writer::length`],
    /// [`Writer::string`] and [`Writer::bytes`].
    ///
    /// Errors: as [`Writer::entry`]; the type decides whether fields may expire.
    pub fn begin(&mut self, head: Head<'_>, value_type: ValueType) -> Result<(), WriteError> {
        self.check_version(value_type)?;
        self.head(head, value_type)
    }

    /// A length within a value that was begun.
    pub fn length(&mut self, length: u64) -> Result<(), WriteError> {
        Ok(self.sink.length(length)?)
    }

    /// A string within a value that was begun.
    pub fn string(&mut self, text: &[u8]) -> Result<(), WriteError> {
        Ok(self.sink.string(text)?)
    }

    /// Bytes within a value that was begun.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        Ok(self.sink.bytes(bytes)?)
    }

    /// The type that this stream is begun with. Its blocks are counted by [`Writer::length`],
    /// written by [`Writer::stream_block`], and followed by [`Writer::stream_tail`].
    pub fn stream_type(&self, stream: &Stream) -> ValueType {
        types::stream::type_for(stream, &self.options)
    }

    /// A block of a stream that was begun.
    pub fn stream_block(&mut self, block: &Block) -> Result<(), WriteError> {
        types::stream::write_block(&mut self.sink, block)
    }

    /// What stands behind the blocks of a stream that was begun; `stream` has no blocks itself.
    pub fn stream_tail(
        &mut self,
        stream: &Stream,
        length: u64,
        first_id: StreamId,
    ) -> Result<(), WriteError> {
        let value_type = self.stream_type(stream);
        types::stream::write_tail(&mut self.sink, value_type, stream, (length, first_id))
    }

    /// Where the dump goes. Up to 64 KB of it may not have come there yet.
    pub fn output(&mut self) -> &mut W {
        self.sink.output()
    }

    fn check_version(&self, value_type: ValueType) -> Result<(), WriteError> {
        let field_expiry =
            matches!(value_type, ValueType::HashExpiring | ValueType::HashListpackExpiring);
        if field_expiry && self.options.version == Version::V10 {
            let version = self.options.version.number();
            return Err(WriteError::FieldExpiryVersion { version });
        }
        Ok(())
    }

    fn head(&mut self, head: Head<'_>, value_type: ValueType) -> Result<(), WriteError> {
        if let Some(expires_at_ms) = head.expires_at_ms {
            let time = i64::try_from(expires_at_ms)
                .map_err(|_| WriteError::KeyExpiryRange { expires_at_ms })?;
            self.sink.byte(format::OP_EXPIRE_MS)?;
            self.sink.bytes(&time.to_le_bytes())?;
        }
        if let Some(idle_s) = head.idle_s {
            self.sink.byte(format::OP_IDLE)?;
            self.sink.length(idle_s)?;
        }
        if let Some(freq) = head.freq {
            self.sink.bytes(&[format::OP_FREQ, freq])?;
        }
        self.sink.byte(value_type as u8)?;
        Ok(self.sink.string(head.key)?)
    }

    /// Writes the end mark and the checksum, flushes, and gives the output back.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.sink.byte(format::OP_END)?;
        let checksum = self.sink.checksum()?;
        self.sink.bytes(&checksum.to_le_bytes())?;
        Ok(self.sink.finish()?)
    }
}
