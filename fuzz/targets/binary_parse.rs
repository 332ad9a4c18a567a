//! Binary requests: any bytes, whole or in any chunks, mean the same requests or the same error.
//!
//! The promises are checked by `protocol::fuzz`, which the property tests call too.
//! Not here: what a request does (`session_bytes.rs`).
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| protocol::fuzz::fuzz_binary_parse(bytes));
