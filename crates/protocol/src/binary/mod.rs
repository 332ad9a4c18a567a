//! The compact binary form of requests and replies. `docs/formats/binary.md` draws its bytes.
//!
//! ```text
//! request   length  count  (length string)*         GET k     0d000000 02 03000000 474554 ...
//! reply     length  kind   what the kind has        3         09000000 03 0300000000000000
//! ```
//!
//! All numbers are little-endian. It is a third form beside RESP's lines, not a translation of
//! them: what a handler says to [`Reply`](crate::Reply) is written in it at once.
//!
//! Must be true: a client that knows the kinds from nil to array understands every reply until it
//! has asked for more with HELLO 3.
//! Not here: sockets, sessions, and what any command means.

pub mod decode;
pub mod parse;
pub(crate) mod write;

/// Kinds of values, by their first byte. Those from [`DOUBLE`](kind::DOUBLE) on are sent after
/// HELLO 3 only.
pub mod kind {
    /// Nothing follows.
    pub const NIL: u8 = 0;
    /// A number for the error's first word (4 bytes), the text's length (4), the text.
    pub const ERROR: u8 = 1;
    /// Length (4), bytes.
    pub const STRING: u8 = 2;
    /// 8 bytes, signed.
    pub const INTEGER: u8 = 3;
    /// Count (4), so many values.
    pub const ARRAY: u8 = 4;
    /// IEEE 754, 8 bytes.
    pub const DOUBLE: u8 = 5;
    /// Count of pairs (4), twice so many values.
    pub const MAP: u8 = 6;
    /// Count (4), so many values.
    pub const SET: u8 = 7;
    /// One byte, 0 or 1.
    pub const BOOLEAN: u8 = 8;
    /// Length (4), decimal digits.
    pub const BIG_NUMBER: u8 = 9;
    /// Length (4), three letters for the format, the text.
    pub const VERBATIM: u8 = 10;
    /// A message nobody asked for just now: count (4), so many values.
    pub const PUSH: u8 = 11;
    /// A short text that is no data: length (4), bytes.
    pub const STATUS: u8 = 12;
}

/// First words of errors, in the order of the numbers that stand for them, from 1 on. 0 stands for
/// any other word.
pub const ERROR_WORDS: [&str; 32] = [
    "ERR",
    "WRONGTYPE",
    "NOAUTH",
    "WRONGPASS",
    "NOPERM",
    "OOM",
    "LOADING",
    "BUSY",
    "NOSCRIPT",
    "READONLY",
    "MISCONF",
    "EXECABORT",
    "NOREPLICAS",
    "MASTERDOWN",
    "BUSYKEY",
    "BUSYGROUP",
    "NOGROUP",
    "UNBLOCKED",
    "UNKILLABLE",
    "NOTBUSY",
    "NOPROTO",
    "DENIED",
    "MOVED",
    "ASK",
    "CROSSSLOT",
    "TRYAGAIN",
    "CLUSTERDOWN",
    "INPROG",
    "NOGOODSLAVE",
    "IOERR",
    "NOMASTERLINK",
    "INVALIDOBJ",
];

/// The number for an error, by its first word.
pub fn error_code(text: &[u8]) -> u32 {
    let word = text.split(|&byte| byte == b' ').next().unwrap_or_default();
    let at = ERROR_WORDS.iter().position(|known| known.as_bytes() == word);
    at.map_or(0, |at| at as u32 + 1)
}
