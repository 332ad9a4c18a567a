//! Dumps: any bytes are read without a panic, and what could be read survives being written.
//!
//! The promises are checked by `rdb::fuzz`, which the property tests call too. Checksums are not
//! compared, since an engine of mutations would hardly ever find one that fits.
//! Not here: a dump at the beginning of an append-only file (`log_load.rs`).
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(rdb::fuzz::fuzz_read(bytes)));
