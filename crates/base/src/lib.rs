//! Small foundations with no Redis commands in them.
//!
//! Everything here is a plain function or a small value: no sockets, no files, no global state but
//! one calibrated clock rate. The other crates may all use this one; it uses none
//! of them. `unsafe` is confined to `clock` (one instruction that reads the cycle counter).

/// Variable-length integers, and the escaped text that logs and CLIENT LIST print.
pub mod bytes;
/// The only source of time; tests steer it.
pub mod clock;
/// CRC16 and the cluster slot of a key.
pub mod crc;
/// The 80-bit floating point number behind INCRBYFLOAT.
pub mod extended;
/// Glob-style patterns as KEYS, SCAN and PSUBSCRIBE understand them.
pub mod glob;
/// The keyed hash of keys.
pub mod hash;
/// Counts of latencies: percentiles and power-of-two distributions.
pub mod histogram;
/// LZF compression, as in dump files and for the inner chunks of long lists.
pub mod lzf;
/// Text to integer or double and back, exactly as Redis reads and prints them.
pub mod number;
/// Seedable randomness for sampling, and random identifiers.
pub mod random;
/// Locks and atomics that a model checker can stand in for.
pub mod sync;
/// Memory sizes: as redis.conf writes them, as INFO prints them.
pub mod units;
/// Words of one line, quoted.
pub mod words;
