//! The dump format in one page: marks, numbers, and how lengths and strings are written.
//!
//! ```text
//!   file     "REDIS" "0010"  item*  0xFF  checksum
//!                    |              |     `- 8 bytes, little-endian, from version 5 on
//!                    |              `- end of file
//!                    `- version, four decimal digits
//!
//!   item     0xFA string string           a fact about the dump, by name ("redis-ver", ...)
//!            0xFE length                  the keys that follow belong to this database
//!            0xFB length length           a hint: keys in it, and keys with an expiry
//!            0xF5 string                  the source of one function library
//!            attribute*  type  key  value
//!
//!   attribute  0xFC 8 bytes               expires at, milliseconds, little-endian
//!              0xFD 4 bytes               expires at, seconds, little-endian (before version 3)
//!              0xF8 length                idle seconds
//!              0xF9 1 byte                access frequency
//!
//!   length   00vvvvvv                               6 bits
//!            01vvvvvv vvvvvvvv                     14 bits, high bits first
//!            0x80 + 4 bytes                        32 bits, big-endian
//!            0x81 + 8 bytes                        64 bits, big-endian (from version 8 on)
//!
//!   string   length, then that many bytes
//!            0xC0 + 1 byte                         an integer whose decimal text is the string,
//!            0xC1 + 2 bytes                           signed, little-endian
//!            0xC2 + 4 bytes
//!            0xC3 length length bytes              LZF: compressed size, plain size, data
//! ```
//!
//! A type byte stands where an opcode could stand, and says how the value after the key is laid
//! out; `types/` has one file per kind of value. The checksum is CRC-64/REDIS over everything
//! before it; zero means that none was computed. `docs/formats/rdb.md` is the longer version,
//! with a worked example.
//!
//! Valkey 9 begins with "VALKEY" "080": another magic word, versions from 80 on, and from there on
//! its own numbers for what came after version 11 ([`Dialect`]).
//!
//! Not here: any reading or writing.

/// The first five bytes of every dump of Redis's.
pub const MAGIC: [u8; 5] = *b"REDIS";
/// The first six bytes of a dump of Valkey 9 and newer.
pub const MAGIC_VALKEY: [u8; 6] = *b"VALKEY";
/// The newest version that can be read. Redis 8.4 writes 12; the newer ones add value types,
/// which are refused one by one.
pub const VERSION_NEWEST: u32 = 16;
/// Versions of Valkey's own that can be read.
pub const VERSIONS_VALKEY: std::ops::RangeInclusive<u32> = 80..=81;
/// The first version that ends with a checksum.
pub const VERSION_CHECKSUM: u32 = 5;

/// Redis 8.6: a module's data about the next key. Valkey 9: slots on their way into a node.
pub const OP_DIALECT: u8 = 0xF3;
/// Size of one cluster slot: three lengths (slot, keys, keys with expiry). A hint.
pub const OP_SLOT_INFO: u8 = 0xF4;
/// The source of a function library, as a string.
pub const OP_FUNCTION: u8 = 0xF5;
/// A function library as the release candidates of Redis 7.0 wrote it.
pub const OP_FUNCTION_PRE_RELEASE: u8 = 0xF6;
/// Data of a module outside the keyspace.
pub const OP_MODULE_AUX: u8 = 0xF7;
/// Idle seconds of the next key, a length.
pub const OP_IDLE: u8 = 0xF8;
/// Access frequency of the next key, one byte.
pub const OP_FREQ: u8 = 0xF9;
/// A fact about the dump: two strings.
pub const OP_AUX: u8 = 0xFA;
/// Two lengths: how many keys follow for this database, how many of them expire.
pub const OP_RESIZE_DB: u8 = 0xFB;
/// Expiry of the next key: 8 bytes, milliseconds since the epoch.
pub const OP_EXPIRE_MS: u8 = 0xFC;
/// Expiry of the next key: 4 bytes, seconds since the epoch.
pub const OP_EXPIRE_S: u8 = 0xFD;
/// The database of the keys that follow, a length.
pub const OP_SELECT_DB: u8 = 0xFE;
/// The end; only the checksum follows.
pub const OP_END: u8 = 0xFF;

/// First byte of a 32-bit length.
pub const LENGTH_32: u8 = 0x80;
/// First byte of a 64-bit length.
pub const LENGTH_64: u8 = 0x81;
/// First byte of a string kept as an 8-bit integer.
pub const STRING_INT8: u8 = 0xC0;
/// First byte of a string kept as a 16-bit integer.
pub const STRING_INT16: u8 = 0xC1;
/// First byte of a string kept as a 32-bit integer.
pub const STRING_INT32: u8 = 0xC2;
/// First byte of a compressed string.
pub const STRING_LZF: u8 = 0xC3;

/// Inside module data: the end of it.
pub const MODULE_END: u64 = 0;
/// Inside module data: a signed integer, as a length.
pub const MODULE_SIGNED: u64 = 1;
/// Inside module data: an unsigned integer, as a length.
pub const MODULE_UNSIGNED: u64 = 2;
/// Inside module data: 4 bytes, a float.
pub const MODULE_FLOAT: u64 = 3;
/// Inside module data: 8 bytes, a double.
pub const MODULE_DOUBLE: u64 = 4;
/// Inside module data: a string.
pub const MODULE_STRING: u64 = 5;

/// The latest expiry of a hash field: 48 bits of milliseconds.
pub const FIELD_EXPIRY_MAX_MS: u64 = (1 << 48) - 1;

/// The alphabet of module names: six bits a character.
const MODULE_NAME_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The name in a module's 64-bit id: nine characters of six bits, then ten bits of version.
pub fn module_name(id: u64) -> String {
    (0..9)
        .map(|place| {
            let index = (id >> (10 + 6 * (8 - place))) & 63;
            char::from(MODULE_NAME_ALPHABET[index as usize])
        })
        .collect()
}

/// Whose numbers are meant, where Redis and Valkey use the same one for different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Redis, all versions; Valkey up to 8.
    Redis,
    /// Valkey from 9 on.
    Valkey,
}

impl Dialect {
    /// Who wrote a payload of this version, if it can be read. (A payload has no magic word.)
    pub fn of_version(version: u32) -> Option<Dialect> {
        match version {
            0..=VERSION_NEWEST => Some(Dialect::Redis),
            _ if VERSIONS_VALKEY.contains(&version) => Some(Dialect::Valkey),
            _ => None,
        }
    }
}

/// How a value is laid out; the byte before its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ValueType {
    /// One string.
    String = 0,
    /// Length, then strings.
    List = 1,
    /// Length, then strings.
    Set = 2,
    /// Length, then pairs of string and score as text.
    ZsetText = 3,
    /// Length, then pairs of strings.
    Hash = 4,
    /// Length, then pairs of string and 8-byte score.
    Zset = 5,
    /// A module's value as written by the release candidates of Redis 4.0.
    ModulePreRelease = 6,
    /// A module's value.
    Module = 7,
    /// A zipmap in a string.
    HashZipmap = 9,
    /// A ziplist in a string.
    ListZiplist = 10,
    /// Sorted integers in a string.
    SetIntset = 11,
    /// A ziplist in a string.
    ZsetZiplist = 12,
    /// A ziplist in a string: field, value, field, value, ...
    HashZiplist = 13,
    /// Length, then ziplists in strings.
    ListQuicklist = 14,
    /// Blocks of stream entries, then consumer groups.
    StreamListpacks = 15,
    /// A listpack in a string: field, value, field, value, ...
    HashListpack = 16,
    /// A listpack in a string.
    ZsetListpack = 17,
    /// Length, then tagged strings: a single element or a listpack.
    ListQuicklist2 = 18,
    /// As 15, with first id, tombstones and counters.
    StreamListpacks2 = 19,
    /// A listpack in a string.
    SetListpack = 20,
    /// As 19, with each consumer's active time.
    StreamListpacks3 = 21,
    /// As 24 without the leading time; expiries are absolute (7.4 release candidates).
    HashExpiringPreRelease = 22,
    /// As 25 without the leading time (7.4 release candidates).
    HashListpackExpiringPreRelease = 23,
    /// Earliest expiry, length, then triples of relative expiry, field and value.
    HashExpiring = 24,
    /// Earliest expiry, then a listpack in a string: field, value, expiry, field, ...
    HashListpackExpiring = 25,
    /// As 21, with the names that producers have given entries (8.6).
    StreamListpacks4 = 26,
    /// As 26, with what was given back to each group (8.8).
    StreamListpacks5 = 27,
    /// Valkey's 22: length, then triples of field, value and 8-byte expiry. Not this number.
    HashExpiringValkey = 22 + VALKEY_OFFSET,
}

/// What Valkey's own numbers are told apart by.
const VALKEY_OFFSET: u8 = 128;

impl ValueType {
    /// The type with this number, if there is one.
    pub fn from_byte(byte: u8, dialect: Dialect) -> Option<ValueType> {
        use ValueType as T;
        match (dialect, byte) {
            (Dialect::Valkey, 22) => return Some(T::HashExpiringValkey),
            (Dialect::Valkey, 23..) => return None,
            _ => {}
        }
        const TYPES: [ValueType; 27] = [
            T::String,
            T::List,
            T::Set,
            T::ZsetText,
            T::Hash,
            T::Zset,
            T::ModulePreRelease,
            T::Module,
            T::HashZipmap,
            T::ListZiplist,
            T::SetIntset,
            T::ZsetZiplist,
            T::HashZiplist,
            T::ListQuicklist,
            T::StreamListpacks,
            T::HashListpack,
            T::ZsetListpack,
            T::ListQuicklist2,
            T::StreamListpacks2,
            T::SetListpack,
            T::StreamListpacks3,
            T::HashExpiringPreRelease,
            T::HashListpackExpiringPreRelease,
            T::HashExpiring,
            T::HashListpackExpiring,
            T::StreamListpacks4,
            T::StreamListpacks5,
        ];
        TYPES.into_iter().find(|value_type| *value_type as u8 == byte)
    }

    /// What an operator would call it, for error messages.
    pub fn name(self) -> &'static str {
        match self {
            ValueType::String => "string",
            ValueType::List => "list",
            ValueType::Set => "set",
            ValueType::ZsetText => "sorted set, scores as text",
            ValueType::Hash => "hash",
            ValueType::Zset => "sorted set",
            ValueType::ModulePreRelease => "module value, pre-release",
            ValueType::Module => "module value",
            ValueType::HashZipmap => "hash zipmap",
            ValueType::ListZiplist => "list ziplist",
            ValueType::SetIntset => "set intset",
            ValueType::ZsetZiplist => "sorted set ziplist",
            ValueType::HashZiplist => "hash ziplist",
            ValueType::ListQuicklist => "list quicklist",
            ValueType::StreamListpacks => "stream listpacks",
            ValueType::HashListpack => "hash listpack",
            ValueType::ZsetListpack => "sorted set listpack",
            ValueType::ListQuicklist2 => "list quicklist, version 2",
            ValueType::StreamListpacks2 => "stream listpacks, version 2",
            ValueType::SetListpack => "set listpack",
            ValueType::StreamListpacks3 => "stream listpacks, version 3",
            ValueType::HashExpiringPreRelease => "hash with field expiry, pre-release",
            ValueType::HashListpackExpiringPreRelease => {
                "hash listpack with field expiry, pre-release"
            }
            ValueType::HashExpiring => "hash with field expiry",
            ValueType::HashListpackExpiring => "hash listpack with field expiry",
            ValueType::HashExpiringValkey => "hash with field expiry, Valkey's",
            ValueType::StreamListpacks4 => "stream listpacks, version 4",
            ValueType::StreamListpacks5 => "stream listpacks, version 5",
        }
    }

    /// The number in a dump.
    pub fn number(self) -> u8 {
        (self as u8) & !VALKEY_OFFSET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_numbers_are_0_to_27_without_8() {
        for byte in 0..=u8::MAX {
            let found = |dialect| ValueType::from_byte(byte, dialect).map(ValueType::number);
            let expected = (byte <= 27 && byte != 8).then_some(byte);
            assert_eq!(found(Dialect::Redis), expected);
            assert_eq!(found(Dialect::Valkey), expected.filter(|byte| *byte <= 22));
        }
    }

    #[test]
    fn a_module_id_spells_its_name() {
        // "ReJSON-RL", encoding version 3, as RedisJSON registers it.
        let id = b"ReJSON-RL".iter().fold(0u64, |id, letter| {
            let place = MODULE_NAME_ALPHABET.iter().position(|known| known == letter);
            id << 6 | place.expect("a letter of the alphabet") as u64
        });
        assert_eq!(module_name(id << 10 | 3), "ReJSON-RL");
    }
}
